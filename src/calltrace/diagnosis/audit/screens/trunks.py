"""Was a trunk group short of lines?

The switch's interval counts of every group: intervals in which it was all busy or calls were blocked, joined where they
lie near each other, or under one cap that lasts. All busy with as many trunks in use as ever is a crowd; with fewer, lines are
gone. Where calls are
blocked so at the peaks of ordinary weeks, one week after another, and more of them than a group is built for, it never had
enough: that is one trouble, as long as the window is, and not one a peak.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from calltrace.diagnosis.audit.ground import CAPPED, Candidate, Ground
from calltrace.diagnosis.audit.screens._base import Screen
from calltrace.diagnosis.audit.screens._capped import lasting
from calltrace.diagnosis.audit.screens._scan import ASKED, hardest_hit
from calltrace.diagnosis.checks._chance import after_looking, counts_tail, score, weigh
from calltrace.diagnosis.checks._lines import grade
from calltrace.diagnosis.complaints import causes_of
from calltrace.diagnosis.evidence import Outcome
from calltrace.diagnosis.scene import within

if TYPE_CHECKING:
    from calltrace.diagnosis.checks._chance import Bools, Floats

NEAR = pd.Timedelta(hours=2)
"""Full intervals less than this apart are one trouble."""

HIGHER = 3
"""Intervals at other times that must have had more trunks in use than the ceiling."""

FEWEST = 2
"""Blocked calls from which lines are missed."""

LEAST_OUTSIDE = 20
"""Intervals outside the window below which nothing is known of other times."""

QUARTER = pd.Timedelta(minutes=15)

TOO_FEW = "too-few-trunks"

CROWDS = frozenset({"own-surge", "other-account-surge", "wide-surge"})
"""What may fill any group once."""


def run(ground: Ground, _found: Sequence[Candidate]) -> list[Candidate]:
    """Look at every trunk group's full intervals."""
    kpi = ground.case.table("kpi")
    candidates = []
    for group in sorted(kpi["scope"].dropna().unique()):
        if group != "platform":
            rows = kpi[(kpi["scope"] == group).fillna(value=False)].sort_values("interval_start", ignore_index=True)
            candidates += [*_group(ground, str(group), rows), *_too_few(ground, str(group), rows)]
    return candidates


def _figures(values: pd.Series) -> Floats:
    return np.asarray(np.nan_to_num(values.to_numpy(dtype="float64", na_value=np.nan)), dtype=np.float64)


def _group(ground: Ground, group: str, rows: pd.DataFrame) -> list[Candidate]:
    """Return the stretches in which the group was full below what it carried at other times: one where the cap lasted."""
    starts = rows["interval_start"]
    inside = ((starts >= ground.start) & (starts < ground.end)).to_numpy()
    blocked, busy = _figures(rows["blocked"]), _figures(rows["all_trunks_busy_s"])
    peak, offered = _figures(rows["peak_trunks_in_use"]), _figures(rows["offered"])
    full = (blocked > 0) | (busy > 0)
    if not (full & inside).any() or (~inside).sum() < LEAST_OUTSIDE:
        return []
    step = pd.Timedelta(starts.diff().median())
    run = lasting(starts, peak, full, inside)
    outside = ~inside if run is None else ~(inside | run.whole)
    usual = (blocked[outside].sum() + 0.5) / max(1.0, float(outside.sum()))
    at = starts[full & inside]
    cluster = (at.diff() > NEAR).cumsum().to_numpy()
    its = [np.flatnonzero(full & inside)[cluster == one] for one in np.unique(cluster)]
    under = None
    if run is not None and blocked[run.known].sum() >= FEWEST and blocked[run.known & inside].any():
        # what is full now and then for days under one cap is one trouble, and its peaks are not judged one by one
        under = np.flatnonzero(run.known & full)
        its = [chosen for chosen in its if not run.whole[chosen].any()] + [under]
    mine = _calls_of(ground, group)
    candidates = []
    for chosen in its:
        first, last = starts.iloc[chosen[0]], starts.iloc[chosen[-1]] + step
        ceiling = float(np.quantile(peak[chosen], 0.75))
        if int((peak[outside] > ceiling).sum()) < HIGHER or blocked[chosen].sum() < FEWEST:
            continue
        span = max(1.0, (last - first) / step)
        chance = after_looking(counts_tail(float(blocked[chosen].sum()), usual * span, 0.3), pd.Timedelta("1D") / step)
        begin = max(first, ground.start)
        hits = hardest_hit(ground, mine, ground.quarter(begin), ground.quarter(last) + 1, "calls came in")
        if not hits:
            continue
        now = chosen[inside[chosen]]
        candidates.append(Candidate(
            screen="trunks", account=None, trunk_group=group, asked=tuple(h.account for h in hits[:ASKED]),
            complaint="busy", start=begin, end=min(last, ground.end), score=score(chance),
            unit="trunk-day", causes=("trunk-group-degraded",), lost=float(blocked[now].sum()), hits=hits,
            since=first if first < ground.start else None,
            data={"ceiling": ceiling, "most_before": float(peak[outside].max()),
                  "offered": float(offered[now].sum()), **({CAPPED: len(now)} if chosen is under else {})}))
    return candidates


def _calls_of(ground: Ground, group: str) -> Bools:
    """Return which calls are of a trunk group's accounts."""
    account = ground.view.calls.account
    of_group = np.isin(np.asarray(ground.columns.accounts, dtype=object), ground.groups.get(group, ()))
    return np.asarray((account >= 0) & of_group[np.maximum(account, 0)])


def _not_before() -> tuple[str, ...]:
    """Return what befalls calls that found a line, and explains none that did not, however much of it the window has seen."""
    return tuple(c for c in causes_of("busy") if c not in {TOO_FEW, "trunk-group-degraded", "within-normal", *CROWDS})


def _too_few(ground: Ground, group: str, rows: pd.DataFrame) -> list[Candidate]:
    """Say of a group that it has too few lines for its ordinary weeks, where it blocked calls in the window."""
    starts, limit = rows["interval_start"], ground.profile.value("blocked_share")
    inside = ((starts >= ground.start) & (starts < ground.end)).to_numpy()
    if not _figures(rows["blocked"])[inside].any() or (~inside).sum() < LEAST_OUTSIDE:
        return []
    built = grade(rows, ground.start, ground.end, zone=ground.case.zone, limit=limit)
    blocking = inside & (built.blocked > 0)
    lost = float(built.blocked[blocking].sum())
    if np.isnan(built.lines) or not built.ordinary or not lost or weigh(built.chance)[0] is not Outcome.FOUND:
        return []
    view, mine = ground.view, _calls_of(ground, group)
    step = max(1, round(pd.Timedelta(starts.diff().median()) / QUARTER))
    full = np.unique([ground.quarter(at) + k for at in starts[blocking] for k in range(step)])
    hits = hardest_hit(
        ground, mine & np.isin(view.bin, full), ground.quarter(ground.start), ground.quarter(ground.end),
        "calls came in quarters of an hour in which others found no line free")
    asked = tuple(h.account for h in hits[:ASKED]) or tuple(ground.groups.get(group, ())[:1])
    return [Candidate(
        screen="trunks", account=None, trunk_group=group, asked=asked, complaint="busy", start=ground.start,
        end=min(ground.end, ground.records_end), score=score(built.chance), unit="trunk-day", causes=(TOO_FEW,), lost=lost,
        hits=hits, beside=_not_before(),
        data={"lines": built.lines, "needed": built.needed(limit), "busy_hour_share": built.share})]


def short(ground: Ground) -> str:
    """Say that no trunk group's counts are of the window: the platform's alone tell of none."""
    rows = within(ground.case.table("kpi"), ground.start, ground.end, "interval_start")
    return "" if (rows["scope"].dropna() != "platform").any() else "kpi of trunk groups in the window"


SCREEN = Screen("Was a trunk group short of lines?", ("kpi.peak_trunks_in_use",), run, short)
