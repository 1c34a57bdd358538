"""The other accounts: when they called, and how many calls they usually make, of a trunk group or of everybody.

A silence is held against theirs before anyone is named for it; who was silent anyway, or could not be seen, says nothing.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from calltrace.diagnosis.another_name import by_another_name
from calltrace.diagnosis.beyond import share_of_others, silent_beyond
from calltrace.diagnosis.scene import Scene, records_end
from calltrace.diagnosis.switches import stopped
from calltrace.normal.intervals import microseconds, to_us

if TYPE_CHECKING:
    from collections.abc import Sequence

    from calltrace.normal.intervals import Bools, Ints

HALF_DAY = pd.Timedelta(hours=12)
"""Before and after a pool's gap: how busy the others were there says what to expect of it."""


def others(scene: Scene, *, trunk: bool) -> Ints:
    """Return when the other accounts' calls were offered: those of the account's trunk groups, or everybody's.

    Microseconds since 1970 UTC, in order.
    """
    return offered(scene, trunk=trunk, own=False)


def offered(scene: Scene, *, trunk: bool, own: bool) -> Ints:
    """Return when the calls of the account's trunk groups were offered, or everybody's, its own among them or left out.

    Those that came by another name while a group had none are the group's (:mod:`calltrace.diagnosis.another_name`).
    """
    key = f"offered-{trunk}-{own}"
    cached = scene.cache.get(key)
    if isinstance(cached, np.ndarray):
        return cached
    case = scene.case
    at = microseconds(case.calls["offered_at"])
    keep = np.ones(len(at), dtype=bool) if own else _is_not(*case.codes("account"), [scene.account.account])
    if trunk:
        on_it = ~_is_not(*case.codes("trunk_group"), scene.account.trunk_groups)
        for one in by_another_name(scene):
            on_it[one.places] = True
        keep &= on_it
    found = at if keep.all() else at[keep]
    if (found[1:] < found[:-1]).any():
        found = np.sort(found)
    scene.cache[key] = found
    return found


def _is_not(numbers: Ints, names: Sequence[str], some: Sequence[str]) -> Bools:
    """Return which calls have none of some values; ``numbers`` stand for ``names``, -1 for no value at all."""
    others = np.array([*(name not in some for name in names), True])
    return np.asarray(others[numbers])


def others_expected(scene: Scene, start: pd.Timestamp, end: pd.Timestamp, *, trunk: bool) -> float:
    """Return how many calls the others (see :func:`others`) usually make in [start, end).

    Those of a switch whose records stop do not count: that they are not on record says nothing.
    """
    baseline = scene.baseline
    name = scene.account.account
    own = 0.0 if name in baseline.gone else baseline.of("account", name).expected(start, end)
    if trunk:
        # a group that was renamed is no second one
        again = {name for one in by_another_name(scene) if one.new for name in one.names}
        groups = [g for g in scene.account.trunk_groups if g not in again]
        if not groups:
            return 0.0
        whole = sum(baseline.of("trunk_group", g).expected(start, end) for g in groups)
    else:
        whole = baseline.of("platform").expected(start, end)
    return max(0.0, whole - own) * _seen(scene, start, end, trunk=trunk)


def _seen(scene: Scene, start: pd.Timestamp, end: pd.Timestamp, *, trunk: bool) -> float:
    """Return the share of the calls the others usually make in [start, end) that would be on record."""
    case, baseline = scene.case, scene.baseline
    latest = max(scene.question.end, case.calls["offered_at"].iloc[-1])
    found = stopped(case, scene.question.start.floor("D"), latest)  # of a day's questions they are the same
    spans = [(one.accounts, max(start, one.since), min(end, one.until or end)) for one in found]
    if not any(since < until for _, since, until in spans):
        return 1.0
    groups = scene.groups if trunk else {}
    names = [a for g in scene.account.trunk_groups for a in groups.get(g, ())] if trunk else case.codes("account")[1]
    others = frozenset(names) - {scene.account.account}

    def usual(whose: frozenset[str], since: pd.Timestamp, until: pd.Timestamp) -> float:
        return float(baseline.expected_of("account", sorted(whose), since, until).sum())

    hidden = sum(usual(whose & others, since, until) for whose, since, until in spans if since < until)
    return max(0.0, 1.0 - hidden / max(usual(others, start, end), 1e-9))


def busy(scene: Scene, start: pd.Timestamp, end: pd.Timestamp, *, trunk: bool) -> float:
    """Return how busy the others were in the half days before and after a gap against their usual, 1 at most.

    An hour without a call is no outage on a day that brings a quarter of everybody's calls, as a holiday does; nor where
    those whose calls the hour usually has, as offices at noon, had none before and after it either. Two deviations are
    added to their calls: what chance takes from a day is no reason to expect less.
    """
    known = scene.case.extent
    sides = ((max(start - HALF_DAY, known.first), start), (end, min(end + HALF_DAY, known.last)))
    usual = sum(others_expected(scene, *side, trunk=trunk) for side in sides)
    came = sum(count_others(scene, *side, trunk=trunk) for side in sides)
    together = min(1.0, (came + 2.0 * math.sqrt(came) + 1.0) / usual) if usual > 0 else 1.0
    whose = set(scene.baseline.accounts)
    if trunk:
        pairs = scene.case.pairs("account", "trunk_group")
        whose &= set(pairs.loc[pairs["trunk_group"].isin(scene.account.trunk_groups), "account"])
    each = scene.baseline.all("account", sorted(whose - {scene.account.account} - scene.baseline.gone))
    due = each.expected(start, end)
    if not due.sum():
        return together
    their_usual = sum((each.expected(*side) for side in sides), np.zeros(len(each)))
    their_calls = sum((each.count(*side) for side in sides), np.zeros(len(each)))
    shares = np.minimum(1.0, (their_calls + 2.0 * np.sqrt(their_calls) + 1.0) / np.maximum(their_usual, 1e-9))
    return min(together, float((due * shares).sum() / due.sum()))


def not_silent_beyond(scene: Scene, start: pd.Timestamp, end: pd.Timestamp, *, trunk: bool) -> float:
    """Return the share of the others' usual calls in a gap that is not of accounts whose own silence reaches beyond it."""
    case, own = scene.case, scene.account
    numbers, names = case.codes("account")
    groups = scene.groups
    known = frozenset(a for g in own.trunk_groups for a in groups.get(g, ())) if trunk else frozenset(names)
    asked = sorted(known & frozenset(names) - {own.account})
    if not asked:
        return 1.0
    calls = microseconds(case.calls["offered_at"]), numbers, names
    silent = silent_beyond(scene.baseline, calls, asked, (start, end), (case.extent.first, records_end(case)))
    return share_of_others(scene.baseline, asked, silent, start, end)


def count_others(scene: Scene, start: pd.Timestamp, end: pd.Timestamp, *, trunk: bool) -> int:
    """Return how many calls the others made in [start, end)."""
    first, last = np.searchsorted(others(scene, trunk=trunk), [to_us(start), to_us(end)]).tolist()
    return max(0, int(last - first))
