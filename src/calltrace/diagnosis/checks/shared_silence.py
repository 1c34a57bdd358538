"""Was the silence shared: by the trunk group, or by everybody?

A silence is pooled by what accounts share before anyone is accused: ten harmless gaps at once are one certain
outage. The other accounts' calls in the same time tell a client's own silence (theirs are normal) from a carrier's
(one trunk group silent) and a switch's (all silent). Small groups can't speak: with too few calls expected of the
others the answer is not-run, not clear. A trunk group whose accounts' calls came by another name, as of one that was
renamed, had them; nor is one to blame that was down while the account's own calls came another way. A silence that
goes on for long after the others ring again is not theirs: a weekend without a call is not explained by a trunk group's
night.
"""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pandas as pd

from calltrace.diagnosis import words, worked
from calltrace.diagnosis.another_name import FILLED, by_another_name
from calltrace.diagnosis.checks._base import Check, Facet
from calltrace.diagnosis.evidence import Evidence, Outcome, unasked
from calltrace.diagnosis.gaps import DAY_OFF, MARGIN, MEANT, SETTLED, TICK, Gap, gaps
from calltrace.diagnosis.others import count_others, others_expected
from calltrace.diagnosis.scene import Scene, within
from calltrace.tables import times

ENOUGH = 2.0
"""Expected calls of the others below which their silence or normality says nothing."""

FEW = 10.0
"""Expected calls of the others below which half of them missing is neither a silence nor the normal."""


def run(scene: Scene) -> list[Evidence]:
    """Compare the others' calls, of the trunk group and of the platform, with their usual."""
    found = gaps(scene)
    platform = _judge(scene, found.platform, trunk=False)
    trunk = _judge(scene, found.pool, trunk=True)
    if trunk.outcome is not Outcome.NOT_RUN and _only_group(scene):
        trunk = unasked(
            "trunk-silent",
            "nearly all calls come in on this one trunk group, so its silence can't be told from the platform's",
            "calls on another trunk group",
        )
    elif trunk.outcome is Outcome.FOUND and platform.outcome is Outcome.FOUND:
        # the group is silent because everybody is: that speaks for the platform alone
        trunk = Evidence(
            "trunk-silent", Outcome.CLEAR, "the trunk group was as silent as every other: not the group's own doing",
            strength=trunk.strength, start=trunk.start, end=trunk.end, observed=trunk.observed,
            expected=trunk.expected, unit="calls")
    return [trunk, platform]


def _judge(scene: Scene, gap: Gap | None, *, trunk: bool) -> Evidence:
    facet = "trunk-silent" if trunk else "platform-silent"
    who = (f"trunk group {', '.join(scene.account.trunk_groups)}" if trunk else "the platform")
    if trunk and not scene.account.trunk_groups:
        return unasked(facet, "the records name no trunk group", "calls.trunk_group")
    zone = scene.account.zone
    if gap is not None and gap.shared:
        beyond = _beyond(scene, gap, trunk=trunk)
        if beyond is not None:
            observed, expected = beyond
            return Evidence(
                facet, Outcome.CLEAR,
                f"the others on {who} were silent too {words.span(gap.start, gap.end, zone)}, but in the rest of the"
                f" silence had {words.count(observed, 'call')}, {words.usual(round(expected))}",
                strength=float(min(1.0, expected / 10, 2 * observed / expected)), observed=float(observed),
                expected=expected, unit="calls", start=gap.start, end=gap.end,
                data={"silent": words.length(gap.end - gap.start)})
        own = _own_way(scene, gap) if trunk else None
        if own is not None:
            return Evidence(
                facet, Outcome.CLEAR,
                f"no call to any other account on {who} {words.span(gap.start, gap.end, zone)}, but the account had"
                f" {words.count(own[0], 'call')} another way, where {words.usual(round(own[1]))}",
                strength=1.0, observed=float(own[0]), expected=own[1], unit="calls", start=gap.start, end=gap.end)
        return Evidence(
            facet, Outcome.FOUND,
            f"no call to any other account on {who} {words.span(gap.start, gap.end, zone)},"
            f" where {words.count(gap.expected, 'call')} usually come ({words.one_in(gap.score)})",
            strength=1.0, observed=0.0, expected=gap.expected, unit="calls", start=gap.start, end=gap.end,
            data={"score": gap.score, "of_all": _of_all(scene, gap, who)} | (_counted if trunk else _off)(scene, gap))
    start, end = _span(scene)
    expected = others_expected(scene, start, end, trunk=trunk)
    if expected < ENOUGH:
        return unasked(
            facet,
            f"the others on {who} make too few calls at that time to tell ({words.count(round(expected, 1), 'call')})",
            f"calls of other accounts on {who}",
        )
    observed = count_others(scene, start, end, trunk=trunk)
    share = observed / expected
    if share < 0.5 and expected < FEW:
        return unasked(
            facet,
            f"the others on {who} had {words.count(observed, 'call')} {words.span(start, end, zone)} where"
            f" {words.usual(round(expected, 1))}: too few to tell",
            f"calls of other accounts on {who}")
    return Evidence(
        facet, Outcome.CLEAR,
        f"the others on {who} had {words.count(observed, 'call')} {words.span(start, end, zone)},"
        f" {words.usual(round(expected))}{_by_another_name(scene, start, end) if trunk else ''}",
        strength=float(min(1.0, expected / 10, 2 * share)), observed=float(observed), expected=expected,
        unit="calls", start=start, end=end)


def _counted(scene: Scene, gap: Gap) -> dict[str, object]:
    """Return when the switch's own counts still had a call of the account's trunk groups in a silence, if they had one."""
    kpi = scene.case.table("kpi")
    still = worked.while_counted(kpi[kpi["scope"].isin(scene.account.trunk_groups)], gap.start, gap.end)
    return {} if still is None else {worked.WORKED: still.isoformat()}


def _off(scene: Scene, gap: Gap) -> dict[str, object]:
    """Return what to ask where nobody called from one midnight to the next: it may have been a holiday nobody entered."""
    zone = scene.case.zone
    days = [a for a, b in pairwise(times.day_edges(gap.start, gap.end, zone)) if gap.start <= a and b <= gap.end]
    return {DAY_OFF: f"To settle it: whether {words.day(days[0], zone)} was a holiday. If so, enter it in the configuration's"
                     " calendars or the events."} if days else {}


def _of_all(scene: Scene, gap: Gap, who: str) -> str:
    """Say of everybody what was found of the account's others: as it is told where it is everybody's trouble."""
    calls = within(scene.calls, gap.start, gap.end)
    silent = not (calls["offered_at"] > gap.start).any()
    usual = gap.expected + (scene.baseline.of("account", scene.account.account).expected(gap.start, gap.end) if silent else 0.0)
    return (f"no call to any account on {who}{'' if silent else f' but {scene.account.name}'}"
            f" {words.span(gap.start, gap.end, scene.account.zone)},"
            f" where {words.count(usual, 'call')} usually come ({words.one_in(gap.score)})")


def _by_another_name(scene: Scene, start: pd.Timestamp, end: pd.Timestamp) -> str:
    """Return where calls counted as the trunk group's came in instead in that time; '' for none."""
    return "".join(
        f"; from {words.clock(one.first, scene.account.zone)} on its accounts' calls came in {one.where}"
        for one in by_another_name(scene) if one.start < end and start < one.end)


def _beyond(scene: Scene, gap: Gap, *, trunk: bool) -> tuple[int, float] | None:
    """Return the others' calls, and their usual ones, in the rest of a silence that a shared gap does not explain.

    None where it does: where the account's silence within the window, outside the shared gap, may be chance, or the
    others were not there either to tell.
    """
    found = gaps(scene)
    focus = found.focus
    if gap.proven or focus is None:
        return None
    start, end = max(focus.start, scene.question.start - MARGIN), min(focus.end, scene.question.end + MARGIN)
    parts = [(a, b) for a, b in ((start, min(end, gap.start)), (max(start, gap.end), end)) if b > a]
    rhythm = (scene.baseline.of("number", found.number) if found.number
              else scene.baseline.of("account", scene.account.account))
    # the silence was the worst to be found: what is left of it pays for that as well
    chance = math.prod(rhythm.chance_of_none(a, b) for a, b in parts) * (1 + rhythm.calls_per_day)
    if chance > 10**-SETTLED:
        return None
    expected = sum(others_expected(scene, a, b, trunk=trunk) for a, b in parts)
    observed = sum(count_others(scene, a, b, trunk=trunk) for a, b in parts)
    return (observed, expected) if expected >= ENOUGH and observed >= expected / 2 else None


def _own_way(scene: Scene, gap: Gap) -> tuple[int, float] | None:
    """Return the account's calls, and its usual ones, while its trunk group had none; None where it lacked some.

    They came by another trunk group, and make up for those missing on its own: a call there would have ended the gap.
    """
    found, rhythm = gaps(scene), scene.baseline.of("account", scene.account.account)
    focus = found.focus
    if found.number or (focus is not None and focus.score >= MEANT and focus.overlaps(gap.start, gap.end)):
        return None
    observed, expected = rhythm.count(gap.start + TICK, gap.end), rhythm.expected(gap.start, gap.end)
    at = scene.calls["offered_at"]
    outside = scene.calls.loc[(at <= gap.start) | (at >= gap.end), "trunk_group"]
    missing = expected * float(outside.isin(scene.account.trunk_groups).sum()) / max(1, len(outside))
    made_up = observed - (expected - missing) >= FILLED * missing >= FILLED * ENOUGH
    return (observed, expected) if made_up else None


def _only_group(scene: Scene) -> bool:
    """Say whether hardly a call comes in on any other trunk group."""
    numbers, _, edges = scene.case.in_groups("trunk_group")
    counts = np.diff(edges)
    mine = sum(int(counts[numbers[group]]) for group in set(scene.account.trunk_groups) if group in numbers)
    return bool(mine >= 0.95 * max(1, int(counts.sum())))


def _span(scene: Scene) -> tuple[pd.Timestamp, pd.Timestamp]:
    """Return the account's own gap, cut to a day at each side of the window, else the window."""
    focus = gaps(scene).focus
    if focus is None or focus.expected <= 0:
        return scene.question.start, scene.question.end
    day = pd.Timedelta(days=1)
    return max(focus.start, scene.question.start - day), min(focus.end, scene.question.end + day)


CHECK = Check(
    title="Was the silence shared?",
    facets=(
        Facet("trunk-silent", "Was the whole trunk group silent?", "trunk calls"),
        Facet("platform-silent", "Was the whole platform silent?", "platform calls"),
    ),
    needs=("calls.account",),
    complaints=("missed-calls", "caller-claim"),
    run=run,
)
