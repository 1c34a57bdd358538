"""Whose last call was long ago: clients that left, which count no more in what is usual of all, or of their trunk group.

Their calls stay on record for months. Learned from, they make a group that lost its busiest client look silent by half, and its
weeks so unlike one another that chance explains any silence.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from calltrace.classes import dataclass
from calltrace.normal.intervals import DAY

if TYPE_CHECKING:
    from collections.abc import Sequence

Ints: TypeAlias = NDArray[np.int64]

LEAST = 7 * DAY
"""How long nobody is taken for gone after a last call: by then somebody has looked into it, or nobody will."""

PROOF_CALLS = 10.0
"""Calls that have to be missing before that week begins: an account of few calls has to be silent for longer."""

WEEKS_ALIKE = 4
"""Weeks before an account's last call that say how soon calls are missing after it."""


def ended(calls: Ints, until: int) -> bool:
    """Say whether a series (when its calls came, in order, microseconds) had long ended when the records do."""
    if not len(calls):
        return False
    first, last = int(calls[0]), int(calls[-1])
    silent = until - last - LEAST
    return silent >= PROOF_CALLS * max(last - first, DAY) / len(calls) and silent >= _missed(calls)


def _missed(calls: Ints) -> int:
    """Return how long after the last call :data:`PROOF_CALLS` are missing by the weeks before it; a week, if it takes longer.

    An office that calls on weekdays is silent from Friday to Monday, however many calls it has: were its week to begin on
    Saturday, an audit every Monday would find nothing to miss on the first, and the week over on the next.
    """
    last = int(calls[-1])
    recent = calls[np.searchsorted(calls, last - WEEKS_ALIKE * 7 * DAY, side="right") :]
    weeks = max(1, min(WEEKS_ALIKE, (last - int(calls[0])) // (7 * DAY)))
    since = np.sort((recent - last) % (7 * DAY))  # how long after a week's like moment; the last call itself is 0
    place = int(PROOF_CALLS) * weeks
    return int(since[place]) if place < len(since) else 7 * DAY


@dataclass(frozen=True)
class Calls:
    """All calls in order: when they came (microseconds), and the numbers of their accounts and trunk groups, -1 for none."""

    at: Ints
    account: Ints
    group: Ints


def gone(calls: Calls, each: tuple[Ints, Ints], names: Sequence[str], *, before: int, until: int) -> frozenset[str]:
    """Return the accounts that were gone before a time, while others rang on.

    A week after the last call on the account's trunk group nobody has left: the group is down.

    Parameters
    ----------
    each
        When the accounts' calls came, account by account, and where each account's begin among them.
    names
        The accounts, by number.
    before, until
        The time, and where the records end; microseconds since 1970 UTC.
    """
    at, edges = each
    some = np.flatnonzero(np.diff(edges) > 0)
    last = at[edges[some + 1] - 1]
    long_ago = some[last + LEAST <= before]
    if not long_ago.size:
        return frozenset()
    earlier = slice(int(np.searchsorted(calls.at, before)))
    latest = np.zeros(int(calls.group.max(initial=-1)) + 2, dtype=np.int64)  # the last is that of no group
    latest[calls.group[earlier]] = calls.at[earlier]  # the latest is written last
    found = []
    for k in long_ago.tolist():
        own = at[edges[k] : edges[k + 1]]
        if ended(own, until):
            groups = calls.group[calls.account == k]
            mostly = int(np.bincount(groups + 1).argmax()) - 1
            if latest[mostly] >= own[-1] + LEAST:
                found.append(names[k])
    return frozenset(found)
