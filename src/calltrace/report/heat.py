"""The day of all accounts in one look: which hours brought fewer or more calls than usual, or served them badly.

Judged here, so that a renderer only lays it out. The judgement is for the eye, not for a verdict: it knows the
expected calls of each hour and takes all accounts to stray alike about them; what an audit finds is found elsewhere.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np

from calltrace.classes import dataclass
from calltrace.normal import tails

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from calltrace.report.audit import AuditReport, Trouble

LEVELS = ("unknown", "usual", "found", "more", "many", "served", "fewer", "none")
"""What a cell can be: not on record; as usual; usual by itself, but in the time of a finding of the account; more calls
than usual, far more; harmed; fewer calls than usual, far fewer or none. The later in the list goes before."""

SIZES = (1, 2, 3, 6, 12, 24, 48, 168)
MOST_COLUMNS = 72

SPREAD = 0.1
"""Dispersion taken for every account: the variance of an hour's calls is mu + 0.1 mu², a middling account's."""

SELDOM, RARE = -2.5, -4.0
"""log10 of the chance of so few or so many calls from which a cell is marked, and marked strongly."""

LEAST_HARMED = 3
HARMED_SHARE = 0.25
"""Calls lost or kept waiting long, of those that came, from which a cell counts as harmed."""


@dataclass(frozen=True)
class Heat:
    """Cells of ``hours`` hours from ``start`` (UTC) on; ``levels`` has a row an account, an index of LEVELS a cell."""

    start: datetime
    hours: int
    accounts: tuple[str, ...]
    levels: tuple[tuple[int, ...], ...]

    @property
    def end(self) -> datetime:
        """The first instant after the last column."""
        return self.start + timedelta(hours=self.hours * (len(self.levels[0]) if self.levels else 0))


def heat_of(report: AuditReport) -> Heat | None:
    """Return the heat map of an audit: accounts with findings first, the worst on top; None where there is nothing."""
    if not report.heat:
        return None
    start = min(row.start for row in report.heat)
    shifts = [round((row.start - start) / timedelta(hours=1)) for row in report.heat]
    width = max(shift + len(row.expected) for shift, row in zip(shifts, report.heat, strict=True))
    size = next((s for s in SIZES if -(-width // s) <= MOST_COLUMNS), SIZES[-1])
    columns = -(-width // size)
    cells = {
        name: np.full((len(report.heat), columns * size), np.nan) for name in ("expected", "arrived", "harmed")
    }
    for place, (shift, row) in enumerate(zip(shifts, report.heat, strict=True)):
        for name, values in cells.items():
            given = getattr(row, name)
            values[place, shift : shift + len(given)] = [np.nan if v is None else v for v in given]
    summed = {name: _binned(values, size) for name, values in cells.items()}
    levels = _levels(summed["expected"], summed["arrived"], summed["harmed"])
    troubles = _troubles(report)
    for place, row in enumerate(report.heat):
        for trouble in troubles.get(row.account, ()):
            first = int((trouble.window.start - start) / timedelta(hours=size))
            last = int(-((start - trouble.window.end) // timedelta(hours=size)))
            part = levels[place, max(first, 0) : max(last, 0)]
            part[part == LEVELS.index("usual")] = LEVELS.index("found")
    rank = {account: place for place, account in enumerate(troubles)}
    order = sorted(
        range(len(report.heat)),
        key=lambda i: (rank.get(report.heat[i].account, len(rank)), report.heat[i].account),
    )
    return Heat(
        start, size, tuple(report.heat[i].account for i in order), tuple(tuple(levels[i].tolist()) for i in order)
    )


def remarkable(heat: Heat, most: int) -> Heat:
    """Return the rows of at most so many accounts: those with a marked cell, the most and the strongest marks first.

    Where two weigh alike, the order of the map decides, which has those with findings on top.
    """
    weights = {LEVELS.index(n): w for n, w in (("none", 3), ("many", 3), ("served", 3), ("found", 2), ("fewer", 1), ("more", 1))}
    score = [sum(weights.get(level, 0) for level in row) for row in heat.levels]
    chosen = sorted((i for i, points in enumerate(score) if points), key=lambda i: (-score[i], i))[:most]
    return Heat(
        heat.start, heat.hours, tuple(heat.accounts[i] for i in chosen), tuple(heat.levels[i] for i in chosen)
    )


def _troubles(report: AuditReport) -> dict[str, list[Trouble]]:
    """Return the findings of each account, its own and those it was hit by, accounts by their worst finding."""
    found: dict[str, list[Trouble]] = {}
    for trouble in report.findings:
        own = () if trouble.account is None else (trouble.account,)
        for account in (*own, *(h.account for h in trouble.also_affected)):
            found.setdefault(account, []).append(trouble)
    return found


def _binned(values: NDArray[np.float64], size: int) -> NDArray[np.float64]:
    """Return the sums of ``size`` neighbours; an hour that is not known counts nothing, none known is NaN."""
    parts = values.reshape(len(values), -1, size)
    known = np.isfinite(parts).any(axis=2)
    return np.where(known, np.nansum(parts, axis=2), np.nan)


def _levels(
    expected: NDArray[np.float64], arrived: NDArray[np.float64], harmed: NDArray[np.float64]
) -> NDArray[np.int64]:
    known = np.isfinite(expected) & np.isfinite(arrived)
    mu, seen = np.where(known, expected, 1.0), np.where(known, arrived, 1.0)
    mu = np.maximum(mu, 1e-6)
    few = tails.log10_at_most(seen, mu, SPREAD)
    # where next to nothing is expected, a call or two are no crowd
    many = np.where(seen >= LEAST_HARMED, tails.log10_at_least(seen, mu, SPREAD), 0.0)
    bad = np.nan_to_num(harmed)
    served = (bad >= LEAST_HARMED) & (bad >= HARMED_SHARE * seen)
    level = np.full(expected.shape, LEVELS.index("usual"), dtype=np.int64)
    for name, which in (
        ("more", many <= SELDOM),
        ("many", many <= RARE),
        ("served", served),
        ("fewer", few <= SELDOM),
        ("none", few <= RARE),
    ):
        level[which] = LEVELS.index(name)
    level[~known] = LEVELS.index("unknown")
    return level
