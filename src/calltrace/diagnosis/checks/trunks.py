"""Was the account's trunk group short of lines?

A carrier that loses part of a group's channels leaves no call rows for the callers it refuses: only the
switch's interval counts show it. Its sign is not load but a ceiling: the group is all busy
(`all_trunks_busy_s`, blocked calls) with fewer trunks in use than it has had in use before. All busy at a
peak as high as ever is a crowd, not a fault. Blocked calls stand in no call row and are not the `busy` calls
the switch itself refuses at an account's limit. A group that blocks calls at every ordinary week's peak lost no
lines and never had enough: the carrier took none, and callers heard a busy signal all the same (`_lines.py` says how many
it would take). Limit for blocking: P.01 in the busy hour (`blocked_share`).
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from calltrace.diagnosis import words
from calltrace.diagnosis.checks._base import Check, Facet
from calltrace.diagnosis.checks._chance import (
    after_looking,
    counts_tail,
    plain,
    ramp,
    score,
    weigh,
)
from calltrace.diagnosis.checks._lines import LEAST_WEEKS, Grade, grade
from calltrace.diagnosis.evidence import Evidence, Example, Outcome, examples_of, unasked
from calltrace.diagnosis.scene import Scene, within


def run(scene: Scene) -> list[Evidence]:
    """Compare each of the account's trunk groups with what it carried before; give the worst."""
    kpi = scene.case.table("kpi")
    found = []
    for group in scene.account.trunk_groups[:3]:
        rows = kpi[(kpi["scope"] == group).fillna(value=False)]
        inside = within(rows, scene.question.start, scene.question.end, "interval_start")
        outside = rows[~rows.index.isin(inside.index)]
        if len(inside) and len(outside) >= 20:
            lost = (_flattened(scene, group, inside, outside), _blocked(scene, group, inside, outside))
            found.append((*lost, _too_few(scene, group, inside, outside, lost)))
    if not found:
        why = "the interval counts have no rows of the account's trunk group for that time"
        missing = ("kpi rows of the trunk group",)
        return [unasked(f, why, *missing) for f in ("trunks-flattened", "blocked-at-ordinary-volume", TOO_FEW)]
    return list(max(found, key=lambda of_group: sum(e.strength for e in of_group if e.outcome is Outcome.FOUND)))


TOO_FEW = "trunks-too-few"

PROOF = 0.01
"""Chance that a group built for its busy hour blocks so many, from which it is told: somebody complained, and there is no worst
of many windows that was picked."""

FEW_WEEKS = 0.3
"""The same of counts of so few weeks that nobody can say what is ordinary: calls were blocked, and why is open."""

UNCOUNTED = 0.5
"""How much it bears where nobody counted the trunks in use: whether lines were lost all the while is not known then."""


def _too_few(
    scene: Scene, group: str, inside: pd.DataFrame, outside: pd.DataFrame, lost: tuple[Evidence, ...]
) -> Evidence:
    """Say whether more calls are blocked week after week than a group is built for, with as many lines as it ever had."""
    blocked, offered = (np.nan_to_num(_figures(inside[name])) for name in ("blocked", "offered"))
    if inside["blocked"].isna().all():
        return unasked(TOO_FEW, "the interval counts do not say how many calls were blocked", "kpi.blocked")
    if any(e.facet == "trunks-flattened" and e.outcome is Outcome.FOUND for e in lost):
        return unasked(TOO_FEW, "more calls were blocked than this trunk group's lines usually leave out")
    limit = scene.profile.value("blocked_share", scene.account.account)
    total, tried = float(blocked.sum()), float(blocked.sum() + offered.sum())
    built = grade(
        pd.concat([outside, inside], ignore_index=True), scene.question.start, scene.question.end,
        zone=scene.case.zone, limit=limit)
    effect = ramp(built.share, limit, 2 * limit) * ramp(total, 0, 3)
    effect *= (UNCOUNTED if np.isnan(built.lines) else 1.0) * (1.0 if built.ordinary else FEW_WEEKS)
    outcome, strength = weigh(built.chance if total > 0 else 1.0, proof=PROOF, effect=effect)
    before = np.nan_to_num(_figures(outside["blocked"])).sum()
    usual = float(before / max(1.0, before + np.nan_to_num(_figures(outside["offered"])).sum()))
    says = (
        f"{total:.0f} of {words.count(tried, 'call')} to trunk group {group} found no trunk free in the"
        f" window ({total / max(tried, 1.0):.1%}, {usual:.1%} at other times)"
    )
    if total > 0:
        says += _how_built(built, limit)
        full = _figures(inside["all_trunks_busy_s"])
        if np.nansum(full) > 0:
            says += f"; all its trunks were busy for {np.nansum(full):.0f} s"
    return Evidence(
        TOO_FEW,
        outcome,
        says,
        strength=strength,
        observed=built.share,
        expected=limit,
        unit="share of calls",
        examples=_examples(inside[blocked > 0]) if outcome is Outcome.FOUND else (),
        data=plain(
            blocked=total, tried=tried, usual_share=usual, score=score(built.chance), lines=built.lines,
            needed=built.needed(limit),
            settled_by=f"How many lines trunk group {group} has, and how many its busy hour takes: no record tells which"
            " of its clients' callers found none free.",
        ),
    )


def _how_built(built: Grade, limit: float) -> str:
    """Return what the weeks round the window say of the group's lines, as the end of a sentence."""
    told = f"; in its busiest hours {built.share:.1%},{' the worst week left out,' if built.ordinary else ''}"
    told += f" where no more than {limit:.0%} is what a group is built for"
    told += f"; calls were blocked in {built.blocking} of {words.count(built.weeks, 'week')}" if built.ordinary else (
        f"; {LEAST_WEEKS} weeks of counts would tell whether it is so at every peak")
    if not np.isnan(built.lines):
        told += f", never with more than {words.count(built.lines, 'line')} in use"
    needed = built.needed(limit)
    return told + (f", and about {needed} would be needed (Erlang B)" if needed is not None else "")


def _figures(values: pd.Series) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.asarray(values.to_numpy(dtype="float64", na_value=np.nan))


def _flattened(scene: Scene, group: str, inside: pd.DataFrame, outside: pd.DataFrame) -> Evidence:
    facet = "trunks-flattened"
    peak, before = _figures(inside["peak_trunks_in_use"]), _figures(outside["peak_trunks_in_use"])
    before = before[~np.isnan(before)]
    if np.isnan(peak).all() or len(before) < 20:
        return unasked(facet, "the interval counts do not say how many trunks were in use", "kpi.peak_trunks_in_use")
    busy, blocked = _figures(inside["all_trunks_busy_s"]), _figures(inside["blocked"])
    full = (np.nan_to_num(busy) > 0) | (np.nan_to_num(blocked) > 0)
    used = float(np.quantile(before, 0.995))
    most = float(before.max())
    zone = scene.account.zone
    if full.any():
        hit = inside[full]
        # What the group carried when it had no more to give; an interval the fault cuts may still show the
        # old peak.
        ceiling = float(np.nanquantile(peak[full], 0.75))
        over = int((before > ceiling).sum())
        start, end = _span(hit)
        seconds = float(np.nansum(busy[full]))
        says = (
            f"trunk group {group} was all busy for {seconds:.0f} s in"
            f" {words.count(int(full.sum()), 'interval')}"
            f" {words.span(start, end, zone)} with {ceiling:.0f} trunks in use; at other times it had more"
            " than that in"
            f" {over} of {words.count(len(before), 'interval')} (up to {most:.0f})"
        )
        found = over >= 3
        return Evidence(
            facet,
            Outcome.FOUND if found else Outcome.CLEAR,
            says if found else says + ": as many as it ever had",
            strength=round(ramp(over, 1, 12) * ramp(float(full.sum()), 0, 3), 3) if found else 0.7,
            observed=ceiling,
            expected=used,
            unit="trunks",
            start=start,
            end=end,
            examples=_examples(hit),
            data=plain(all_busy_s=seconds, intervals=int(full.sum()), ceiling=ceiling, most_before=most),
        )
    top = float(np.nanmax(peak))
    if np.isnan(busy).all() and np.isnan(blocked).all():
        # Without busy seconds a ceiling can only be inferred: how likely are this many intervals none above
        # it?
        share = float((before > top).mean())
        chance = (1 - share) ** int((~np.isnan(peak)).sum())
        outcome, strength = weigh(chance, effect=0.5)
        return Evidence(
            facet,
            outcome,
            f"trunk group {group} never had more than {top:.0f} trunks in use in the window;"
            f" at other times in {share:.0%} of intervals",
            strength=strength,
            observed=top,
            expected=used,
            unit="trunks",
            data=plain(score=score(chance)),
        )
    return Evidence(
        facet,
        Outcome.CLEAR,
        f"trunk group {group} was never all busy in the window"
        f" (most in use {top:.0f}, {most:.0f} at other times)",
        strength=1.0,
        observed=top,
        expected=used,
        unit="trunks",
        data=plain(most_before=most),
    )


def _blocked(scene: Scene, group: str, inside: pd.DataFrame, outside: pd.DataFrame) -> Evidence:
    facet = "blocked-at-ordinary-volume"
    blocked = _figures(inside["blocked"])
    if np.isnan(blocked).all():
        return unasked(facet, "the interval counts do not say how many calls were blocked", "kpi.blocked")
    total = float(np.nansum(blocked))
    offered = float(np.nansum(_figures(inside["offered"])))
    usual = float(np.nansum(_figures(outside["blocked"]))) + 0.5
    usual_share = usual / max(1.0, float(np.nansum(_figures(outside["offered"]))) + usual)
    if total == 0:
        return Evidence(
            facet,
            Outcome.CLEAR,
            f"no call to trunk group {group} was blocked in the window",
            strength=0.8,
            observed=0.0,
            expected=usual_share * offered,
            unit="calls",
        )
    hit = inside[np.nan_to_num(blocked) > 0]
    start, end = _span(hit)
    tried = within(inside, start, end, "interval_start")
    came = float(np.nansum(_figures(tried["offered"])) + np.nansum(_figures(tried["blocked"])))
    expected = _usual_offered(tried, outside, scene.account.zone) * len(tried)
    ratio = came / max(expected, 1.0)
    crowd, strong = weigh(counts_tail(came, max(expected, 1.0), 0.1), effect=ramp(ratio, 1.3, 2.5))
    chance = after_looking(counts_tail(total, usual_share * (offered + total), 0.3), max(1, len(inside) / 4))
    says = (
        f"{words.count(total, 'call')} to trunk group {group} found no trunk free"
        f" {words.span(start, end, scene.account.zone)} ({total / (offered + total):.1%} of those in the"
        " window), while"
        f" {words.count(came, 'call')} came where {words.usual(round(expected))}"
    )
    data = plain(blocked=total, came=came, usual=expected, ratio=ratio, score=score(chance))
    if crowd is Outcome.FOUND:
        outcome, strength, says = Outcome.CLEAR, strong, says + ": far above the usual"
    else:
        outcome, strength = weigh(chance, effect=ramp(total, 0, 3) * (1 - 0.8 * ramp(ratio, 1.3, 2.5)))
    return Evidence(
        facet,
        outcome,
        says,
        strength=strength,
        observed=total,
        expected=usual_share * offered,
        unit="calls",
        start=start,
        end=end,
        examples=_examples(hit),
        data=data,
    )


def _usual_offered(tried: pd.DataFrame, outside: pd.DataFrame, zone: str) -> float:
    """Return the calls an interval usually brings at these hours of other days, weekdays held against weekdays."""
    local, here = (rows["interval_start"].dt.tz_convert(zone).dt for rows in (outside, tried))
    like = outside[
        (local.hour.isin(here.hour.unique()))
        & ((local.day_of_week >= 5).isin((here.day_of_week >= 5).unique()))
    ]
    return float(np.nanmean(_figures((like if len(like) else outside)["offered"])))


def _span(rows: pd.DataFrame) -> tuple[pd.Timestamp, pd.Timestamp]:
    return rows["interval_start"].min(), rows["interval_start"].max() + pd.Timedelta(minutes=15)


def _examples(rows: pd.DataFrame) -> tuple[Example, ...]:
    named = rows.assign(
        name=rows["scope"] + " " + rows["interval_start"].dt.strftime("%Y-%m-%dT%H:%MZ").astype("string")
    )
    return examples_of(named, "name")


CHECK = Check(
    title="Was the trunk group short of lines?",
    facets=(
        Facet("trunks-flattened", "Was the trunk group full below what it used to carry?", "kpi trunks"),
        Facet(
            "blocked-at-ordinary-volume", "Were calls blocked at an ordinary number of calls?", "kpi trunks"
        ),
        Facet(TOO_FEW, "Were more calls blocked than a trunk group is built for, at every peak as at this?", "kpi trunks"),
    ),
    needs=("kpi",),
    complaints=("busy", "missed-calls", "abandoned", "long-ring", "long-hold"),
    run=run,
)
