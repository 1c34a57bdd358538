"""The stretch of bins that rises furthest above what is expected: Kulldorff's scan, of one row of bins or of many.

Where few bins have counts, only the stretches from one of them to another can be the worst, and where somewhat more
have, a bound rules out most. Neither changes what is found.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from calltrace.classes import dataclass
from calltrace.diagnosis.checks._chance import TINY, Bools, Floats, Ints

MANY = 500
"""Bins from which a scan of a few counts first rules out where the worst stretch can't begin."""

LED = 48
"""Blocks of beginnings that are looked at first."""

PAIRED = 96
"""Bins with counts up to which every pair of them is looked at, rather than every block of beginnings."""

SLACK = 1e-9
"""More than the sums of a scan err by."""


@dataclass(frozen=True)
class Stretch:
    """Bins ``first`` up to but without ``last``; ``gain`` is their log-likelihood ratio."""

    first: int
    last: int
    gain: float
    seen: float
    expected: float


def worst_stretch(
    seen: Floats, expected: Floats, of: Floats | None = None, longest: int = 96, dispersion: float = 0.0
) -> Stretch | None:
    """Return the contiguous bins whose count (or share ``of`` others) rises furthest above what is expected.

    Parameters
    ----------
    seen, expected : arrays, one value a bin
        Counts and their expectation, in the same unit.
    of : array, optional
        Where given, ``seen`` and ``expected`` are parts of these counts, and the ratio is binomial.
    longest : int
        Bins a stretch may have.
    dispersion : float
        Of the counts (variance mean + dispersion·mean²); tempers long stretches.

    Returns
    -------
    Stretch or None
        None where no stretch rises above its expectation.

    References
    ----------
    Kulldorff, A spatial scan statistic, Commun. Statist. Theory Meth. 26 (1997) 1481.
    """
    return Scan(expected, of, longest, dispersion).worst(seen) if len(seen) else None


class Scan:
    """A scan of bins by what is expected of them, for counts that may be several; see :func:`worst_stretch`.

    ``floor`` is as of :class:`Scans`.
    """

    def __init__(
        self, expected: Floats, of: Floats | None = None, longest: int = 96, dispersion: float = 0.0, floor: float = -math.inf
    ) -> None:
        self.expected, self.of, self.longest, self.dispersion, self.floor = expected, of, longest, dispersion, floor
        usual = np.maximum(expected, TINY)
        self._least = float(usual.min()) if len(usual) else TINY
        self._m, self._n = upto(usual), None if of is None else upto(of)

    def worst(self, seen: Floats) -> Stretch | None:
        """Return the worst stretch of these counts; None where none rises above what is expected."""
        bins = len(seen)
        sums = _Sums(upto(seen), self._m, self._n, self.dispersion)
        if bins >= MANY:
            held = np.flatnonzero(seen)
            if len(held) <= PAIRED:
                one = np.zeros(len(held), dtype=np.int64)
                its = _Held(one, held, seen[held])
                return sums.best_between(its, bins, self.longest, np.array([self._least]), one[:1], self.floor)[0]
            if len(held) < bins / 4:
                share = _least_share(seen, self.expected, self.of)
                return sums.best_of_few(bins, self.longest, self._least, share, self.floor)
        return sums.best(bins, self.longest)


class Scans:
    """Scans of many rows of as many bins, each as of :class:`Scan`, those of few counts side by side.

    ``expected`` and ``of`` have a row each. Of no interest is a stretch with a gain below ``floor``: where the worst is none,
    it may not be found.
    """

    def __init__(
        self, expected: Floats, of: Floats | None = None, longest: int = 96, dispersion: float = 0.0, floor: float = -math.inf
    ) -> None:
        self.expected, self.of, self.longest, self.dispersion, self.floor = expected, of, longest, dispersion, floor
        usual = np.maximum(expected, TINY)
        self._least = usual.min(axis=1) if usual.size else np.full(len(usual), TINY)
        self._m, self._n = upto(usual), None if of is None else upto(of)

    def worst(self, seen: Floats, rows: Ints) -> list[Stretch | None]:
        """Return the worst stretch of the counts of each of these rows; ``seen`` has one for each of them."""
        bins = seen.shape[1]
        places = np.flatnonzero(seen)
        held = _Held(*np.divmod(places, bins), seen.take(places))
        many = np.bincount(held.rows, minlength=len(rows))
        is_few = (many <= PAIRED) & (bins >= MANY)
        found: list[Stretch | None] = [None] * len(rows)
        if (some := is_few[held.rows]).any():
            sums = _Sums(np.zeros(0), self._m.ravel(), None if self._n is None else self._n.ravel(), self.dispersion)
            found = sums.best_between(held.take(some), bins, self.longest, self._least[rows], rows, self.floor)
        for k in np.flatnonzero((many > 0) & ~is_few).tolist():
            of = None if self.of is None else self.of[rows[k]]
            found[k] = Scan(self.expected[rows[k]], of, self.longest, self.dispersion, self.floor).worst(seen[k])
        return found


@dataclass(frozen=True)
class _Held:
    """The bins of some rows that have counts, in order: row, bin and count of each."""

    rows: Ints
    bins: Ints
    counts: Floats

    def take(self, chosen: Bools) -> _Held:
        """Return some of them."""
        return _Held(self.rows[chosen], self.bins[chosen], self.counts[chosen])

    def sums(self) -> tuple[Floats, Floats]:
        """Return, for each, the counts of its row before it, and with it."""
        many = np.bincount(self.rows)
        place = np.arange(len(self.rows)) - np.repeat(np.cumsum(many) - many, many)
        counts = np.zeros((len(many), int(many.max(initial=0)) + 1))
        counts[self.rows, place + 1] = self.counts
        np.cumsum(counts, axis=1, out=counts)
        return counts[self.rows, place], counts[self.rows, place + 1]

    def apart(self, bins: int) -> tuple[Ints, Ints]:
        """Return the bin with counts before each in its row, -1 for none, and that after it, ``bins`` for none."""
        before, after = np.full(len(self.bins), -1), np.full(len(self.bins), bins)
        alike = np.flatnonzero(self.rows[1:] == self.rows[:-1])
        before[alike + 1], after[alike] = self.bins[alike], self.bins[alike + 1]
        return before, after


def upto(values: Floats) -> Floats:
    """Return the sum of the values before each bin, and of all of them (last axis)."""
    sums = np.zeros((*values.shape[:-1], values.shape[-1] + 1))
    np.cumsum(values, axis=-1, out=sums[..., 1:])
    return sums


def gains(k: Floats, m: Floats, n: Floats | None = None, dispersion: float = 0.0) -> Floats:
    """Return the log-likelihood ratio of counts ``k`` above ``m``; of ``n`` others each where that is given."""
    with np.errstate(divide="ignore", invalid="ignore"):
        gain = np.where(k > 0, k * np.log(np.maximum(k, TINY) / m), 0.0)
        if n is None:
            return np.asarray((gain - (k - m)) / (1.0 + dispersion * m))
        rest, usual = np.maximum(n - k, 0.0), np.maximum(n - m, TINY)
        return np.asarray(gain + np.where(rest > 0, rest * np.log(np.maximum(rest, TINY) / usual), 0.0))


def _least_share(seen: Floats, expected: Floats, of: Floats | None) -> float:
    """Return what share of the others is expected at least; 0 where more is seen than there are others."""
    if of is None or (seen > of).any():
        return 0.0
    some = of > 0
    return float((expected[some] / of[some]).min()) if some.any() else 0.0


@dataclass(frozen=True)
class _Sums:
    """Running sums of what is seen, of what is expected, and of what both are parts of, for a scan."""

    k: Floats
    m: Floats
    n: Floats | None
    dispersion: float

    def best(self, bins: int, longest: int) -> Stretch | None:
        """Return the worst stretch, looking at all there are."""
        best: Stretch | None = None
        for size in lengths(min(bins, longest)):
            k = self.k[size:] - self.k[:-size]
            m = self.m[size:] - self.m[:-size]
            rises = np.flatnonzero(k > m)  # few do where little is counted
            if not rises.size:
                continue
            k, m = k[rises], m[rises]
            n = None if self.n is None else (self.n[size:] - self.n[:-size])[rises]
            gain = gains(k, m, n, self.dispersion)
            at = int(np.argmax(gain))
            if np.isfinite(gain[at]) and (best is None or gain[at] > best.gain):
                first = int(rises[at])
                best = Stretch(first, first + size, float(gain[at]), float(k[at]), float(m[at]))
        return best

    def best_between(  # noqa: PLR0917 -- what is seen and where, what is expected there, and what is of interest
        self, held: _Held, bins: int, longest: int, least: Floats, lines: Ints, floor: float
    ) -> list[Stretch | None]:
        """Return the worst stretch of each of some rows, few of whose bins have counts (``held``: what is seen is read there).

        Of what is expected and of the others the sums are those of lines of ``bins`` one after the other; ``lines`` are
        those of the rows. ``least`` is what a bin of each row is expected to have at least; a gain below ``floor`` is of no
        interest.

        Of the stretches that hold the same of them the shortest is the worst, as a gain falls with what is expected and
        with the others; and no gain is more than that of the bins between the first and the last of them alone.
        """
        found: list[Stretch | None] = [None] * len(least)
        rows, base, most = held.rows, lines[held.rows] * (bins + 1), min(bins, longest)
        first, last = _pairs(rows)
        exact = held.bins[last] - held.bins[first] + 1
        size = _fitting(most)[np.minimum(exact, most + 1)]
        before, upto = held.sums()
        k, m = upto[last] - before[first], self.m[base + held.bins + 1][last] - self.m[base + held.bins][first]
        m += (size - exact) * (least[rows] * (1 - SLACK))[first]
        risen = np.flatnonzero((size > 0) & (k * (1 + SLACK) > m * (1 - SLACK)))
        if not risen.size:
            return found
        first, last, size, seen = first[risen], last[risen], size[risen], k[risen]
        k, m, n, row = seen * (1 + SLACK), m[risen] * (1 - SLACK), None, rows[first]
        if self.n is not None:
            n = np.maximum(self.n[base + held.bins + 1][last] - self.n[base + held.bins][first], k)
        bound = gains(k, m, n, self.dispersion) * (1 + SLACK) + SLACK
        some = np.flatnonzero(bound >= floor)
        if not some.size:
            return found
        first, last, size, row = first[some], last[some], size[some], row[some]
        seen, bound = seen[some], bound[some]
        begins_after, stops_before = held.apart(bins)

        def best_of(some: Ints) -> tuple[Ints, Ints, Ints, Floats, Floats, Floats]:
            """Return the worst of each row's stretches that hold some of the pairs and no other bin with counts."""
            one, two = first[some], last[some]
            low = base[one] + np.maximum(held.bins[two] - size[some], begins_after[one]) + 1
            high = base[one] + np.minimum(held.bins[one], stops_before[two] - size[some])
            order = np.lexsort((low, size[some], row[some]))
            some = some[order]
            return self._best(row[some], size[some], low[order], high[order], seen[some])

        reached = np.full(len(least), -math.inf)
        top = _firsts(row, bound)
        best = best_of(top)
        reached[best[0]] = best[3]
        able = np.flatnonzero(bound >= reached[row])
        if len(able) > len(top):
            best = best_of(able)
        for one, start, end, gain, counted, mean in zip(*(v.tolist() for v in best), strict=True):
            line = int(lines[one]) * (bins + 1)
            found[one] = Stretch(start - line, end - line, gain, counted, mean)
        return found

    def best_of_few(self, bins: int, longest: int, least: float, share: float, floor: float) -> Stretch | None:
        """Return the worst stretch where few bins have counts, by looking at no others than those that can be it.

        Stretches of one length that begin next to one another are a block: what all of them hold together is seen at
        most, what all of them share is expected at least, and the gain of that bounds theirs, as a gain rises with
        what is seen and falls with what is expected and with the others. ``least`` is what a bin is expected to have at
        least, ``share`` the same as a share of the others; a gain below ``floor`` is of no interest.
        """
        blocks = _blocks(bins, longest)
        k = self.k[blocks.over] - self.k[blocks.low]
        m = np.maximum(self.m[blocks.inner] - self.m[blocks.high], blocks.size * (least * (1 - SLACK)))
        np.maximum(m, k * (share * (1 - SLACK)), out=m)
        risen = np.flatnonzero(k * (1 + SLACK) > m)
        if not risen.size:
            return None
        k, m, n = k[risen] * (1 + SLACK), m[risen], None
        if self.n is not None:
            n = np.maximum(self.n[blocks.inner[risen]] - self.n[blocks.high[risen]], k)
        bound = gains(k, m, n, self.dispersion) * (1 + SLACK) + SLACK
        some = np.flatnonzero(bound >= floor)
        risen, bound = risen[some], bound[some]
        if not risen.size:
            return None
        led = risen if risen.size <= LED else risen[np.argpartition(bound, -LED)[-LED:]]
        found = self._of(blocks, np.sort(led))
        if led is not risen:
            able = risen if found is None else risen[bound >= found.gain]
            found = self._of(blocks, able)
        return found

    def _of(self, blocks: _Blocks, which: Ints) -> Stretch | None:
        """Return the worst of the stretches in some blocks."""
        best = self._best(np.zeros_like(which), blocks.size[which], blocks.low[which], blocks.high[which])
        return next((Stretch(*one) for one in zip(*(v.tolist() for v in best[1:]), strict=True)), None)

    def _best(
        self, row: Ints, size: Ints, low: Ints, high: Ints, seen: Floats | None = None
    ) -> tuple[Ints, Ints, Ints, Floats, Floats, Floats]:
        """Return the worst of each row's stretches: of these lengths, beginning from ``low`` to ``high``.

        Rows are in order, each one's stretches by length and beginning; of equals it is the first. ``seen`` is what all
        that begin between two such hold, where that is known.

        Returns
        -------
        rows, first, last, gain, seen, expected : array
            One value a row that has any.
        """
        many = np.maximum(high - low + 1, 0)
        starts = np.arange(many.sum()) + np.repeat(low - (np.cumsum(many) - many), many)
        ends, row = starts + np.repeat(size, many), np.repeat(row, many)
        k = self.k[ends] - self.k[starts] if seen is None else np.repeat(seen, many)
        m = self.m[ends] - self.m[starts]
        rises = np.flatnonzero(k > m)
        row, starts, ends, k, m = row[rises], starts[rises], ends[rises], k[rises], m[rises]
        gain = gains(k, m, None if self.n is None else self.n[ends] - self.n[starts], self.dispersion)
        at = _firsts(row, gain)
        at = at[np.isfinite(gain[at])]
        return row[at], starts[at], ends[at], gain[at], k[at], m[at]


def _firsts(row: Ints, values: Floats) -> Ints:
    """Return where each row has its highest value, the first of equals; rows are in order."""
    if not len(row):
        return row
    begins = np.flatnonzero(np.diff(row, prepend=row[0] - 1))
    highest = np.repeat(np.maximum.reduceat(values, begins), np.diff(begins, append=len(row)))
    where = np.flatnonzero(values == highest)
    return where[np.flatnonzero(np.diff(row[where], prepend=row[0] - 1))]


@dataclass(frozen=True)
class _Blocks:
    """Blocks of stretches of one length that begin from ``low`` to ``high``, by length and beginning.

    ``over`` is where the last of a block ends, ``inner`` where the first does.
    """

    size: Ints
    low: Ints
    high: Ints
    over: Ints
    inner: Ints


@lru_cache(maxsize=8)
def _blocks(bins: int, longest: int) -> _Blocks:
    sizes, lows, highs = [], [], []
    for size in lengths(min(bins, longest)):
        step = max(12, size // 6)
        low = np.arange(0, bins - size + 1, step, dtype=np.int64)
        sizes.append(np.full(len(low), size))
        lows.append(low)
        highs.append(np.minimum(low + step - 1, bins - size))
    of_each, low, high = (np.concatenate(v).astype(np.int64) for v in (sizes, lows, highs))
    return _Blocks(of_each, low, high, high + of_each, low + of_each)


def _pairs(rows: Ints) -> tuple[Ints, Ints]:
    """Return all pairs of places with the same row, each with itself as well, the lower first; rows are in order."""
    ends = np.searchsorted(rows, rows, side="right")
    many = ends - np.arange(len(rows))
    first = np.repeat(np.arange(len(rows)), many)
    return first, np.arange(len(first)) - np.repeat(np.cumsum(many) - many, many) + first


@lru_cache(maxsize=8)
def _fitting(longest: int) -> Ints:
    """Return, for numbers of bins up to one more than ``longest``, the least length a scan tries that holds so many.

    None holds the last of them: it is 0.
    """
    tried = np.array([*lengths(longest), 0], dtype=np.int64)
    return tried[np.searchsorted(tried[:-1], np.arange(longest + 2))]


def lengths(longest: int) -> list[int]:
    """Return the lengths a scan tries: each up to sixteen, then a twelfth longer each time."""
    tried = list(range(1, min(16, longest) + 1))
    while tried and tried[-1] < longest:
        tried.append(min(longest, tried[-1] + max(1, tried[-1] // 12)))
    return tried
