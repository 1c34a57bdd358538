"""The stretches of a series where a count or share rises beyond chance: all of them, the worst first.

A scan picks the best of very many stretches; each finding's chance pays for those a day could hold
(:data:`LOOKS_A_DAY`), so that a score is −log10 of false alarms per series and day.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from calltrace.classes import dataclass
from calltrace.diagnosis.audit.ground import Ground
from calltrace.diagnosis.checks._chance import after_looking, counts_tail, score, share_tail
from calltrace.diagnosis.checks._load import LONGEST
from calltrace.diagnosis.checks._stretch import Scan, Scans, Stretch
from calltrace.diagnosis.diagnosis import Hit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from calltrace.diagnosis.checks._chance import Bools, Floats, Ints

LOOKS_A_DAY = 96.0
"""Stretches a day holds that have little to do with one another: one begins on every quarter hour."""

MOST = 60
"""Stretches of one series and window, at most."""

AFTERMATH = 4
"""Quarters either side of a stretch that go with it: trouble fades."""

CALM = 6
"""Quarters on end that part two troubles, where callers fared nearly as usual in them:"""

CALM_SHARE, CALM_LEAST = 0.2, 4.0
"""with less than this part of the whole stretch's excess in the share of them that fared badly, of so many callers at
least: at night nobody may call, and the trouble last."""

BLOCK = 64
"""Series scanned side by side: their quarters need no more memory than the calls they were counted from."""

MOST_CALLS = 10_000
"""Calls of a stretch up to which its ratio is looked up: of more it is larger."""

ASKED = 4
"""Accounts whose view of a shared trouble is asked."""


@dataclass(frozen=True)
class Rise:
    """A stretch of quarters, counted from the first on record, with what was seen, expected, and its score."""

    first: int
    last: int
    seen: float
    expected: float
    score: float


def rises(
    seen: Floats, expected: Floats, of: Floats | None = None, *, offset: int = 0, rho: float = 0.0,
    dispersion: float = 0.0, longest: int = LONGEST, least: float = 1.0, looks: float = LOOKS_A_DAY,
) -> list[Rise]:
    """Return the stretches that rise above what is expected, those with a score of at least ``least``.

    Parameters
    ----------
    seen, expected, of : arrays, one value a quarter hour
        As :func:`calltrace.diagnosis.checks._stretch.worst_stretch` takes them.
    offset : int
        Quarters before the first, on record.
    rho, dispersion : float
        Of shares (``of`` given) and of counts.
    """
    scan, seen = Scan(expected, of, longest, dispersion), seen.copy()
    found: list[Rise] = []
    while len(found) < MOST:
        rise = _rise(scan.worst(seen), of, offset, rho, dispersion, least, looks)
        if rise is None:
            break
        found.append(rise)
        _leave_out(seen, expected, rise, offset)
    return found


def apart(rise: Rise, seen: Floats, expected: Floats, of: Floats, *, offset: int = 0, rho: float = 0.0) -> list[Rise]:
    """Return a rise of a share, cut in two or more where it was calm between.

    Two grave troubles hours apart score highest as one stretch with all that lies between them, and of that no cause holds.

    Parameters
    ----------
    rise : Rise
        As :func:`rises` gives it of ``seen``, ``expected`` and ``of`` (before it was taken out of them), ``offset`` and
        ``rho``.
    """
    low, high = rise.first - offset, rise.last - offset
    if high - low < 3 * CALM:
        return [rise]
    excess, calls = ((np.concatenate([[0.0], np.cumsum(v[low:high])])) for v in (seen - expected, of))
    of_run, calls_of_run = (v[CALM:] - v[:-CALM] for v in (excess, calls))
    calm = (calls_of_run >= CALM_LEAST) & (of_run < CALM_SHARE * calls_of_run * excess[-1] / max(calls[-1], 1e-9))
    bad = np.ones(high - low, dtype=bool)
    for first in np.flatnonzero(calm).tolist():
        bad[first : first + CALM] = False
    edges = np.flatnonzero(np.diff(np.concatenate([[False], bad, [False]]).astype(int)))
    parts = []
    for first, last in zip((low + edges[::2]).tolist(), (low + edges[1::2]).tolist(), strict=True):
        part = Stretch(first, last, 0.0, float(seen[first:last].sum()), float(expected[first:last].sum()))
        found = _rise(part, of, offset, rho, 0.0, 1.0, LOOKS_A_DAY)
        if found is not None and found.seen > found.expected:
            parts.append(found)
    return parts if len(parts) > 1 else [rise]


def rises_of_each(
    rows: Ints, seen: Floats, expected: Floats, of: Floats | None = None, *, offset: int = 0, rho: float = 0.0,
    dispersion: float = 0.0, longest: int = LONGEST, least: float = 1.0, looks: float = LOOKS_A_DAY,
    floor: float = -math.inf,
) -> Iterator[tuple[int, Rise]]:
    """Yield the :func:`rises` of some rows of many series, each with its row: side by side in a third of the time.

    Parameters
    ----------
    rows : array
        The series looked at.
    seen, expected, of : array (series, quarters)
        As :func:`rises` takes them of one; ``expected`` may be given by series alone.
    floor : float
        Log-likelihood ratio below which no stretch is of interest.
    """
    for first in range(0, len(rows), BLOCK):
        some = rows[first : first + BLOCK]
        usual = np.broadcast_to(expected[some], (len(some), seen.shape[1]))
        whole = None if of is None else of[some]
        scans, left = Scans(usual, whole, longest, dispersion, floor), seen[some]
        found: list[list[Rise]] = [[] for _ in some]
        going = np.arange(len(some))
        while going.size:
            for k, worst in zip(going.tolist(), scans.worst(left[going], going), strict=True):
                rise = _rise(worst, None if whole is None else whole[k], offset, rho, dispersion, least, looks)
                if rise is not None:
                    found[k].append(rise)
                    _leave_out(left[k], usual[k], rise, offset)
                if rise is None or len(found[k]) == MOST:
                    going = going[going != k]
        for row, its in zip(some.tolist(), found, strict=True):
            yield from ((row, rise) for rise in its)


def least_gain(share: float, least: float, looks: float = LOOKS_A_DAY) -> float:
    """Return the log-likelihood ratio that a stretch has at least, of a score of ``least`` and with so much more than usual.

    Parameters
    ----------
    share : float
        Part of a stretch's calls that are more than usual, at least.

    References
    ----------
    The chance of k of n is at least exp(-n·KL) / sqrt(2·n): Ash, Information Theory (1965), lemma 4.7.2; and the ratio of
    shares by so much apart is at least 2·n·share², by Pinsker's inequality.
    """
    n = np.arange(1.0, MOST_CALLS)
    return float(np.maximum(least * math.log(10.0) + math.log(looks) - np.log(2 * n) / 2, 2 * n * share * share).min()) - 0.5


def _rise(  # noqa: PLR0917 -- a stretch, and what its score is measured by
    worst: Stretch | None, of: Floats | None, offset: int, rho: float, dispersion: float, least: float, looks: float
) -> Rise | None:
    """Return a stretch with its score; None where that is not enough."""
    if worst is None or worst.seen < 2:
        return None
    reached = score(after_looking(_chance(worst, of, rho, dispersion), looks))
    if reached < least:
        return None
    return Rise(offset + worst.first, offset + worst.last, worst.seen, worst.expected, reached)


def _leave_out(seen: Floats, expected: Floats, rise: Rise, offset: int) -> None:
    """Take out of the counts what rose in a stretch and its aftermath."""
    low, high = max(0, rise.first - offset - AFTERMATH), rise.last - offset + AFTERMATH
    seen[low:high] = np.minimum(seen[low:high], expected[low:high])


def _chance(worst: Stretch, of: Floats | None, rho: float, dispersion: float) -> float:
    if of is None:
        return counts_tail(worst.seen, max(worst.expected, 1e-3), dispersion)
    n = float(of[worst.first : worst.last].sum())
    # what calls of one hour share, calls hours apart do not
    hours = max(1.0, (worst.last - worst.first) / 4)
    return share_tail(worst.seen, n, worst.expected / max(n, 1e-9), rho / hours)


def hardest_hit(
    ground: Ground, which: Bools, first: int, last: int, says: str, *, usual: float = 0.0
) -> tuple[Hit, ...]:
    """Return the accounts with calls of ``which`` in these quarters, those with most first.

    ``says`` is the noun of what was counted, in the plural; ``usual`` the share of an account's calls it usually
    befalls: accounts that had no more than that are left out.
    """
    view = ground.view
    inside = (view.bin >= first) & (view.bin < last) & (view.calls.account >= 0)
    size = len(view.calls.accounts)
    of = np.bincount(view.calls.account[inside], minlength=size)
    hits = np.bincount(view.calls.account[inside & which], minlength=size)
    chosen = [i for i in np.flatnonzero(hits) if hits[i] > usual * of[i]]
    chosen.sort(key=lambda i: (-hits[i], view.calls.accounts[i]))
    return tuple(
        Hit(view.calls.accounts[i], ground.names[view.calls.accounts[i]], float(usual * of[i]), float(hits[i]),
            f"{hits[i]} of {of[i]} {says}")
        for i in chosen)
