"""What the switch itself counted on an account's own trunk groups, held against the rows on record.

The counts of the whole platform drown one group's: an afternoon's calls of one carrier are hardly a quarter of everybody's.
A group is asked only where its counts are of the calls on record at other times: a switch may count what is not exported, or
write them by another clock.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from calltrace.diagnosis import words
from calltrace.diagnosis.evidence import Evidence, Outcome, examples_of
from calltrace.diagnosis.gaps import MEANT, gaps
from calltrace.diagnosis.others import offered
from calltrace.normal.intervals import HOUR, microseconds

if TYPE_CHECKING:
    from calltrace.diagnosis.scene import Scene
    from calltrace.normal.intervals import Bools, Ints

FACET = "kpi-counts-calls"

FEW = 3
"""Offered calls without a row below which a difference may be rounding at an interval's edge."""

PART = 0.25
"""Part of the counted calls that must be without a row."""

MATCHED = 0.8
"""Part of the calls counted at other times that must have their rows, hour by hour, for the counts to be of these records."""

NEAR = 12 * HOUR
"""How long before and after a silence rows that were not counted are taken for those that were counted in it, by a clock that is
off: where as many come at every hour, nothing else shows it."""

LEAST_MATCHED = 50
"""Calls counted at other times below which nobody can tell."""


def of_group(scene: Scene) -> Evidence | None:
    """Say whether calls counted on the account's trunk groups have no row; None where no such counts can tell."""
    counts = _counts(scene, scene.account.trunk_groups)
    start, end = _span(scene)
    if counts is None or start >= end:
        return None
    step = pd.Timedelta(counts["interval_start"].diff().median())
    began = counts["interval_start"]
    if began.iloc[0] > start or began.iloc[-1] + step < min(end, scene.question.end):
        return None
    inside = ((began + step > start) & (began < end)).to_numpy()
    if not inside.any():
        return None
    calls = offered(scene, trunk=True, own=True)
    rows, counted = _rows(calls, began, step), counts["offered"].to_numpy("int64")
    if not _matches(counted[~inside], rows[~inside], microseconds(began)[~inside]):
        return None
    total = int(counted[inside].sum())
    without = total - int(rows[inside].sum()) - _uncounted(rows - counted, inside, microseconds(began))
    lost = _of_all(scene, max(0, without), began[inside], step)
    found = lost >= FEW and lost > PART * max(1, total)
    who = f"trunk group {', '.join(scene.account.trunk_groups)}"
    when = words.span(began[inside].iloc[0], began[inside].iloc[-1] + step, scene.account.zone)
    says = (f"the switch counted {words.count(total, 'offered call')} on {who} {when}; {words.count(lost, 'of them')[:-1]}"
            f" {'have' if lost != 1 else 'has'} no row in the call records"
            if lost else f"every offered call the switch counted on {who} {when} ({total}) has its row")
    return Evidence(
        FACET, Outcome.FOUND if found else Outcome.CLEAR, says, strength=min(1.0, lost / 8) if found else 1.0,
        observed=float(rows[inside].sum()), expected=float(total), unit="calls", start=start, end=end,
        examples=examples_of(scene.case.table("kpi").loc[counts["place"][inside]], "scope"), data={"without_row": lost})


def _counts(scene: Scene, groups: tuple[str, ...]) -> pd.DataFrame | None:
    """Return how many calls were offered on some trunk groups together, by interval; None unless all of them are counted.

    ``place`` is the row in the table of one of them. Added up once a Case: every account of the groups asks for it.
    """
    key = f"kpi.offered {groups!r}"
    if key not in scene.case.cache:
        scene.case.cache[key] = _added_up(scene.case.table("kpi"), groups)
    found = scene.case.cache[key]
    return found if isinstance(found, pd.DataFrame) else None


def _added_up(kpi: pd.DataFrame, groups: tuple[str, ...]) -> pd.DataFrame | None:
    own = kpi[kpi["scope"].isin(groups).fillna(value=False) & kpi["offered"].notna()]
    if not groups or own["scope"].nunique() < len(groups):
        return None
    of_each = own.assign(place=own.index).drop_duplicates(["interval_start", "scope"])
    counts = of_each.groupby("interval_start", sort=True).agg(offered=("offered", "sum"), place=("place", "first"))
    return counts.reset_index() if len(counts) > 2 else None


def _span(scene: Scene) -> tuple[pd.Timestamp, pd.Timestamp]:
    """Return the group's own silence, else what the account's has of the window, else the window."""
    found, asked = gaps(scene), (scene.question.start, scene.question.end)
    if found.pool is not None and found.pool.shared:
        return found.pool.start, found.pool.end
    if found.focus is not None and found.focus.score >= MEANT:
        return max(found.focus.start, asked[0]), min(found.focus.end, asked[1])
    return asked


def _rows(calls: Ints, began: pd.Series[pd.Timestamp], step: pd.Timedelta) -> Ints:
    """Return how many calls (when they were offered, in order) each interval holds."""
    at = microseconds(began)
    return np.asarray(np.searchsorted(calls, at + step // pd.Timedelta(microseconds=1)) - np.searchsorted(calls, at))


def _matches(counted: Ints, rows: Ints, at: Ints) -> bool:
    """Say whether counts are of the calls on record: hour by hour, for some switches count a call when it ends."""
    _, hour = np.unique(at // HOUR, return_inverse=True)
    by_count, by_rows = np.bincount(hour, weights=counted), np.bincount(hour, weights=rows)
    return bool(by_count.sum() >= LEAST_MATCHED and np.minimum(by_count, by_rows).sum() >= MATCHED * by_count.sum())


def _uncounted(more: Ints, inside: Bools, at: Ints) -> int:
    """Return how many more rows than counted calls there are shortly before some intervals, and shortly after them."""
    first, last = at[inside][[0, -1]].tolist()
    sides = (at >= first - NEAR) & (at < first), (at > last) & (at <= last + NEAR)
    return sum(max(0, int(more[side].sum())) for side in sides)


def _of_all(scene: Scene, lost: int, began: pd.Series[pd.Timestamp], step: pd.Timedelta) -> int:
    """Return how many of the calls that lack a row on a group lack one at all: they may be on record by another name."""
    whole = _counts(scene, ("platform",))
    if whole is None or not lost:
        return lost
    inside = whole[whole["interval_start"].isin(began)]
    calls = microseconds(scene.case.calls["offered_at"])
    without = inside["offered"].to_numpy("int64") - _rows(calls, inside["interval_start"], step)
    return min(lost, int(without.clip(min=0).sum())) if len(inside) == len(began) else lost
