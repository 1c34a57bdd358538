"""Stretches in which most calls of everybody, or of everybody on one trunk group, were lost as they came in.

Cut by the switch, refused as busy, left in an announcement, or given up within seconds: whatever it was, none of these callers
waited for an agent, so that no agent's absence explains it, and what all of them share is no one account's trouble. Looked for
in quarters of an hour, the platform's share against what is usual at that hour of the week; told apart from

- one client's own calls, by asking most of the accounts that had any, and the calls without those of the one hit hardest;
- robots and tests, which come on top of ordinary calls and ring several clients: the agents must have answered far fewer calls
  than usual, and whoever rang several clients is not counted;
- hours at which the service is closed, and answers nobody's calls on any day of that kind.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from calltrace.classes import dataclass
from calltrace.diagnosis.checks._chance import after_looking, score, share_tail
from calltrace.diagnosis.checks._cut_short import groups_by_call
from calltrace.diagnosis.checks._load import LEAST_LONG
from calltrace.diagnosis.checks._ongoing import learning
from calltrace.diagnosis.checks._stretch import Scan

if TYPE_CHECKING:
    from collections.abc import Iterator

    from calltrace.diagnosis.checks._chance import Bools, Floats, Ints
    from calltrace.diagnosis.checks._columns import Columns
    from calltrace.diagnosis.checks._load import Load
    from calltrace.diagnosis.checks._stretch import Stretch
    from calltrace.tables.case import Case

LEAST = 10.0
"""Calls lost beyond what is usual, below which a stretch is not told of everybody."""

MOST = 0.5
"""Part of a stretch's calls that must be lost beyond what is usual; and part of the answered ones that are usual then, which
must be missing."""

HINT = 0.4
"""Part that the cheap first look asks for: what exceeds it must add up to what :data:`MOST` of so many calls would."""

BROAD = 0.7
"""Part of the accounts with calls in it that must have lost most of theirs."""

ASKED = 2
"""Calls of an account from which it has a say in that; and accounts that must have lost theirs, at least."""

OF_GROUP = 5
"""Calls on a trunk group from which it tells whether everybody's calls were lost."""

SURE = 3.0
"""-log10 of the false alarms a day that chance gives, from which a stretch is told."""

LOOKS = 96.0
"""Stretches a day holds that have little to do with one another."""

TRIES = 20
"""Stretches of one window that are looked at, the worst first."""

ROBOT = 3
"""Clients that one caller rang in such a stretch, from which it is a robot, or somebody's test."""

ALIKE_S = 3.0
"""Seconds by which calls that were cut after the same time may differ."""

WHOLE = ("platform", "region", "service", "all")
"""What an announced event is of, where it is everybody's."""

ENDED = {
    "failed": "cut by the switch", "busy": "refused as busy", "announcement": "ended in an announcement",
    "voicemail": "ended in an announcement", "left": "given up within seconds"}
"""How a call may be lost as it comes in, and what is said of it; ``left`` is of callers who gave up at once."""


@dataclass(frozen=True)
class Lost:
    """A stretch of quarters in which most calls were lost as they came in.

    ``group`` is the trunk group it is of, '' for the platform's; ``usual`` the share that is usually lost so; ``ways`` how
    many ended how (the keys of :data:`ENDED`, those of one sentence as one), the most first; ``accounts`` the numbers of those
    that lost any; ``lines`` on how many trunk groups calls were lost; ``score`` -log10 of the false alarms a day. ``after`` are
    the seconds after which the switch cut the middle eight in ten of the calls it cut, the shortest and the longest; None where
    it cut them at once, or that is not known.
    """

    first: int
    last: int
    group: str
    lost: float
    calls: float
    usual: float
    ways: tuple[tuple[str, int], ...]
    accounts: tuple[int, ...]
    lines: int
    score: float
    after: tuple[float, float] | None = None

    @property
    def alike(self) -> bool:
        """Whether all of them were cut after the same time: by something that lets a caller wait so long, and no longer."""
        return self.after is not None and self.after[1] - self.after[0] <= ALIKE_S

    @property
    def soon(self) -> str:
        """What to say of when they were lost: ``as they came in``, or after how long."""
        if self.after is None or self.way != "failed":
            return "as they came in"
        return f"{f'{np.mean(self.after):.0f} s' if self.alike else '{:.0f} to {:.0f} s'.format(*self.after)} after they came in"

    @property
    def way(self) -> str:
        """How nearly all of them ended, '' where in several ways."""
        name, many = self.ways[0]
        return name if many >= 0.8 * self.lost else ""

    def how(self) -> str:
        """Say how they ended."""
        if self.way and self.ways[0][1] == self.lost:
            return f"all {ENDED[self.way]}" if self.lost > 1 else ENDED[self.way]
        return ", ".join(f"{many} {ENDED[name]}" for name, many in self.ways)


def lost_at_once(calls: Columns, soon: float, at: Ints | slice) -> Bools:
    """Return which calls (at some places) were lost as they came in: given up within ``soon`` seconds, and not after a wait."""
    left = calls.ended_as(("abandoned", "no_answer"), at) & (calls.wait[at] <= soon)
    cut = calls.ended("failed", at) & (calls.agent[at] < 0)
    return np.asarray(left | cut | calls.ended_as(("busy", "announcement", "voicemail"), at))


def lost_of_everybody(view: Load, soon: float) -> tuple[Lost, ...]:
    """Return the stretches of the window in which everybody's calls were lost, then those of single trunk groups.

    Parameters
    ----------
    soon : float
        Seconds up to which a caller who leaves waited for nobody.
    """
    calls, near = view.calls, view.places(view.first, view.last)
    if len(calls.accounts) < ASKED:
        return ()
    bad = np.flatnonzero(lost_at_once(calls, soon, near) & calls.owned[near]) + near.start
    if len(bad) < LEAST:
        return ()
    group, groups = groups_by_call(view.scene.case)
    owned = np.flatnonzero(calls.owned[near]) + near.start
    found = list(_of_pool(view, soon, "", group)) if _may_be(view, bad, owned) else []
    for number, name in enumerate(groups) if len(groups) > 1 else ():
        if _may_be(view, bad[group[bad] == number], owned[group[owned] == number]):
            found += [one for one in _of_pool(view, soon, name, group, number) if not _within(one, found)]
    return tuple(found)


def everybodys(view: Load, soon: float) -> tuple[Lost, ...]:
    """Return the stretches of the window in which everybody's calls were lost, without what was announced as a day off."""
    found = lost_of_everybody(view, soon)
    case = view.scene.case
    return tuple(one for one in found if not {"closure", "holiday"} & announced(case, *view.span(one.first, one.last)))


def announced(case: Case, start: pd.Timestamp, end: pd.Timestamp) -> set[str]:
    """Return the kinds of what was announced of the whole service for most of that time."""
    events = case.table("events")
    some = events[events["scope"].isin(WHOLE).fillna(value=False)]
    times = zip(some["kind"].astype("string"), some["starts_at"], some["ends_at"].fillna(end), strict=True)
    return {str(kind) for kind, begun, over in times if min(over, end) - max(begun, start) >= MOST * (end - start)}


def _may_be(view: Load, bad: Ints, owned: Ints) -> bool:
    """Say whether any stretch of the window may hold enough lost calls: a sum of the window's own calls, and no more.

    Of a stretch that does, what exceeds :data:`HINT` of its calls adds up to at least a fifth of :data:`LEAST`.
    """
    if len(bad) < LEAST:
        return False
    size = view.last - view.first
    quarters = (np.clip(view.bin[places] - view.first, -1, size) + 1 for places in (bad, owned))
    k, n = (np.bincount(its, minlength=size + 2)[1:-1] for its in quarters)
    sums = np.concatenate(([0.0], np.cumsum(k - HINT * n)))
    return bool((sums - np.minimum.accumulate(sums)).max() >= LEAST * (1.0 - HINT / MOST))


def _of_pool(view: Load, soon: float, name: str, group: Ints, number: int = -1) -> Iterator[Lost]:
    """Yield the stretches of the platform (``name`` ''), or of one trunk group, by its number."""
    calls = view.calls
    of = calls.owned & (group == number) if name else calls.owned
    bad = lost_at_once(calls, soon, slice(None)) & of
    k, n, served = (view.per_quarter(which) for which in (bad, of, of & calls.answered))
    past = learning(view, k, n)
    share = np.maximum(past.usual_share(k, n), LEAST_LONG)
    rho, usually = past.rho(k, n, share), view.usual_rate(served)
    part = slice(view.first, view.last)
    seen, expected, whole = k[part].copy(), share[part] * n[part], n[part]
    scan = Scan(expected, whole, view.last - view.first)
    for _ in range(TRIES):
        worst = scan.worst(seen) if len(seen) else None
        reached = 0.0 if worst is None else _score(worst, whole, rho)
        if worst is None or reached < SURE:
            return
        first, last = view.first + worst.first, view.first + worst.last
        missing = float(usually[first:last].sum())
        few = missing >= LEAST * MOST and float(served[first:last].sum()) <= (1.0 - MOST) * missing
        if few and _is_known(view, first, last):
            one = _told(view, (of, bad, group), (first, last), name, reached, worst, soon)
            if one is not None:
                yield one
        seen[worst.first : worst.last] = np.minimum(seen[worst.first : worst.last], expected[worst.first : worst.last])


def _score(worst: Stretch, whole: Floats, rho: float) -> float:
    n = float(whole[worst.first : worst.last].sum())
    hours = max(1.0, (worst.last - worst.first) / 4)  # what calls of one hour share, calls hours apart do not
    return score(after_looking(share_tail(worst.seen, n, worst.expected / max(n, 1e-9), rho / hours), LOOKS))


def _is_known(view: Load, first: int, last: int) -> bool:
    """Say whether the records hold such hours of other days of that kind: else nobody knows that the service is open then."""
    return bool(np.isin(view.grid.day[first:last], view.grid.day[view.usual]).mean() > MOST)


def _told(  # noqa: PLR0917 -- calls, quarters, and what was seen of them
    view: Load, which: tuple[Bools, Bools, Ints], span: tuple[int, int], name: str, reached: float, worst: Stretch, soon: float
) -> Lost | None:
    """Return a stretch as everybody's; None where it is a client's own, of robots, or spares a trunk group."""
    calls, (of, bad, group) = view.calls, which
    inside = np.flatnonzero(of & view.inside(*span))
    inside = inside[~_robots(calls, inside)]
    hit = inside[bad[inside]]
    share = worst.expected / max(1e-9, worst.seen) * len(hit)  # of as many, as are usual
    if len(hit) - share < max(LEAST, MOST * len(inside)):
        return None
    size = len(calls.accounts)
    k, n = (np.bincount(calls.account[places], minlength=size) for places in (hit, inside))
    says = n >= ASKED
    lost_most = says & (k >= MOST * n)
    top = int(k.argmax())
    apart = (len(hit) - k[top]) < MOST * max(LEAST, float(len(inside) - n[top]))
    if lost_most.sum() < max(ASKED, BROAD * says.sum()) or apart:
        return None
    lines = np.unique(group[hit][group[hit] >= 0])
    if not name:
        several = [(group[hit] == g).sum() >= MOST * many for g, many in zip(*np.unique(group[inside], return_counts=True),
                                                                            strict=True) if g >= 0 and many >= OF_GROUP]
        if not all(several):
            return None  # where one of them was spared, it is not everybody's
    ways = {way: int(_ended(calls, hit, way).sum()) for way in ENDED}
    ways["announcement"] += ways.pop("voicemail")
    return Lost(
        *span, name, float(len(hit)), float(len(inside)), worst.expected / max(1.0, float(len(inside))),
        tuple(sorted(((w, m) for w, m in ways.items() if m), key=lambda one: (-one[1], one[0]))),
        tuple(np.flatnonzero(k).tolist()), len(lines), reached, _after(calls.wait[hit[_ended(calls, hit, "failed")]], soon))


def _after(waits: Floats, soon: float) -> tuple[float, float] | None:
    """Return within what seconds most of the calls that the switch cut had waited; None where at once, or that is not known."""
    known = waits[~np.isnan(waits)]
    if len(known) <= MOST * len(waits):
        return None
    low, high = (float(s) for s in np.quantile(known, (0.1, 0.9)))
    return (low, high) if low > soon else None


def _robots(calls: Columns, places: Ints) -> Bools:
    """Return which of some calls were given up by callers who rang several clients so; withheld numbers are nobody's."""
    left = np.flatnonzero(_ended(calls, places, "left"))
    frame = pd.DataFrame({"ani": calls.ani.iloc[places[left]].to_numpy(), "account": calls.account[places[left]]})
    found = np.zeros(len(places), dtype=bool)
    found[left] = (frame.groupby("ani")["account"].transform("nunique") >= ROBOT).fillna(value=False).to_numpy(dtype=bool)
    return found


def _ended(calls: Columns, hit: Ints, way: str) -> Bools:
    return calls.ended_as(("abandoned", "no_answer"), hit) if way == "left" else calls.ended(way, hit)


def _within(one: Lost, others: list[Lost]) -> bool:
    """Say whether most of a trunk group's stretch is everybody's."""
    return any(
        not other.group and min(one.last, other.last) - max(one.first, other.first) >= MOST * (one.last - one.first)
        for other in others)
