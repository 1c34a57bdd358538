"""The stretch that rises furthest: the one planted, the same as a look at every stretch gives."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calltrace.diagnosis.checks import _stretch
from calltrace.diagnosis.checks._chance import TINY


def test_the_worst_stretch_is_the_one_planted() -> None:
    seen = np.array([2.0, 2, 2, 9, 8, 9, 2, 2])
    worst = _stretch.worst_stretch(seen, np.full(8, 2.0))
    assert worst is not None
    assert (worst.first, worst.last, worst.seen, worst.expected) == (3, 6, 26.0, 6.0)
    assert _stretch.worst_stretch(np.ones(5), np.full(5, 2.0)) is None
    assert _stretch.worst_stretch(np.zeros(0), np.zeros(0)) is None


def test_a_share_counts_the_calls_it_is_of() -> None:
    of = np.array([10.0, 10, 10, 10])
    worst = _stretch.worst_stretch(np.array([1.0, 1, 8, 1]), 0.1 * of, of)
    assert worst is not None
    assert (worst.first, worst.last) == (2, 3)


@given(st.lists(st.integers(0, 12), min_size=1, max_size=14), st.floats(0.5, 6))
@settings(deadline=None, max_examples=60)
def test_the_scan_misses_no_stretch(counts: list[int], mean: float) -> None:
    seen, expected = np.array(counts, dtype=float), np.full(len(counts), mean)
    best = -math.inf
    for i in range(len(counts)):
        for j in range(i + 1, len(counts) + 1):
            k, m = float(seen[i:j].sum()), mean * (j - i)
            if k > m:
                best = max(best, k * math.log(k / m) - (k - m))
    worst = _stretch.worst_stretch(seen, expected)
    if worst is None:
        assert best == -math.inf
    else:
        assert worst.gain == pytest.approx(best, abs=1e-9)


@given(
    st.lists(st.tuples(st.integers(0, 599), st.integers(1, 3)), max_size=40), st.floats(1e-3, 0.2), st.booleans(),
    st.integers(0, 9), st.sampled_from([40, 600]))
@settings(deadline=None, max_examples=25)
def test_the_scan_of_few_counts_is_that_of_all(
    counts: list[tuple[int, int]], mean: float, shares: bool, turn: int, longest: int
) -> None:
    bins = 600
    seen = np.bincount([at for at, _ in counts], weights=[n for _, n in counts], minlength=bins).astype(float)
    expected = mean * (1.0 + np.arange(bins) % (turn + 1))
    of = seen + np.arange(bins) % (turn + 2) if shares else None
    if of is not None:
        expected = np.minimum(expected, 0.9) * of
    tried = []
    for size in _stretch.lengths(longest):
        def held(values: np.ndarray, size: int = size) -> np.ndarray:
            whole = np.concatenate(([0.0], np.cumsum(values)))
            return whole[size:] - whole[:-size]

        k, m = held(seen), held(np.maximum(expected, TINY))
        gain = np.where(k > m, _stretch.gains(k, m, None if of is None else held(of), 0.2), -np.inf)
        tried.append((float(gain.max()), size, int(gain.argmax())))
    gain, size, first = max(tried, key=lambda t: (t[0], -t[1]))
    assert np.count_nonzero(seen) < bins / 4
    assert bins >= _stretch.MANY
    worst = _stretch.worst_stretch(seen, expected, of, longest, 0.2)
    if gain == -math.inf:
        assert worst is None
    else:
        assert worst is not None
        assert (worst.gain, worst.first, worst.last) == (gain, first, first + size)
