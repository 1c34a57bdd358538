"""Chance: tails against scipy's, scans against a look at every stretch, and what weighing must keep to."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from calltrace.diagnosis.checks import _chance as chance
from calltrace.diagnosis.evidence import Outcome


@pytest.mark.parametrize("mean", [0.05, 1.0, 7.5, 120.0, 3000.0])
@pytest.mark.parametrize("times", [0.5, 1.0, 1.5, 3.0])
def test_tail_of_counts_is_scipys(mean: float, times: float) -> None:
    k = max(1, round(mean * times))
    assert chance.counts_tail(k, mean) == pytest.approx(stats.poisson.sf(k - 1, mean), rel=1e-6, abs=1e-290)
    for r in (0.02, 0.5):
        size = 1 / r
        theirs = stats.nbinom.sf(k - 1, size, size / (size + mean))
        assert chance.counts_tail(k, mean, r) == pytest.approx(theirs, rel=1e-6, abs=1e-290)


@pytest.mark.parametrize(
    ("k", "n", "share"), [(3, 10, 0.1), (10, 10, 0.3), (1, 1, 0.5), (80, 200, 0.25), (600, 1000, 0.5)]
)
def test_tail_of_shares_is_scipys(k: int, n: int, share: float) -> None:
    assert chance.share_tail(k, n, share) == pytest.approx(stats.binom.sf(k - 1, n, share), rel=1e-7)
    for rho in (0.003, 0.1):
        total = 1 / rho - 1
        theirs = stats.betabinom.sf(k - 1, n, share * total, (1 - share) * total)
        assert chance.share_tail(k, n, share, rho) == pytest.approx(theirs, rel=1e-5)


def test_nothing_or_less_is_certain_and_more_than_all_is_impossible() -> None:
    assert chance.counts_tail(0, 3.0) == 1.0
    assert chance.share_tail(0, 5, 0.2) == 1.0
    assert chance.share_tail(6, 5, 0.2) == 0.0


def test_the_worst_stretch_is_the_one_planted() -> None:
    seen = np.array([2.0, 2, 2, 9, 8, 9, 2, 2])
    worst = chance.worst_stretch(seen, np.full(8, 2.0))
    assert worst is not None
    assert (worst.first, worst.last, worst.seen, worst.expected) == (3, 6, 26.0, 6.0)
    assert chance.worst_stretch(np.ones(5), np.full(5, 2.0)) is None
    assert chance.worst_stretch(np.zeros(0), np.zeros(0)) is None


def test_a_share_counts_the_calls_it_is_of() -> None:
    of = np.array([10.0, 10, 10, 10])
    worst = chance.worst_stretch(np.array([1.0, 1, 8, 1]), 0.1 * of, of)
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
    worst = chance.worst_stretch(seen, expected)
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
    for size in chance.lengths(longest):
        def held(values: np.ndarray, size: int = size) -> np.ndarray:
            whole = np.concatenate(([0.0], np.cumsum(values)))
            return whole[size:] - whole[:-size]

        k, m = held(seen), held(np.maximum(expected, chance.TINY))
        gain = np.where(k > m, chance.gains(k, m, None if of is None else held(of), 0.2), -np.inf)
        tried.append((float(gain.max()), size, int(gain.argmax())))
    gain, size, first = max(tried, key=lambda t: (t[0], -t[1]))
    assert np.count_nonzero(seen) < bins / 4
    assert bins >= chance.MANY
    worst = chance.worst_stretch(seen, expected, of, longest, 0.2)
    if gain == -math.inf:
        assert worst is None
    else:
        assert worst is not None
        assert (worst.gain, worst.first, worst.last) == (gain, first, first + size)


def test_spread_of_poisson_counts_is_none_and_of_bursty_counts_what_it_is() -> None:
    rng = np.random.default_rng(3)
    mean = np.full(4000, 20.0)
    assert chance.spread_of_counts(rng.poisson(20.0, 4000), mean) < 0.01
    bursty = rng.negative_binomial(10, 10 / 30, 4000)  # r = 0.1
    assert chance.spread_of_counts(bursty, mean) == pytest.approx(0.1, abs=0.02)


def test_one_storm_does_not_widen_the_spread() -> None:
    rng = np.random.default_rng(4)
    calm = rng.poisson(20.0, 1000).astype(float)
    stormy = calm.copy()
    stormy[::100] = 200.0
    mean = np.full(1000, 20.0)
    assert chance.spread_of_counts(stormy, mean) < chance.spread_of_counts(calm, mean) + 0.02


@given(st.floats(1e-12, 1), st.floats(1e-12, 1), st.floats(0, 1))
@settings(deadline=None, max_examples=100)
def test_less_likely_by_chance_never_bears_less_for_it(a: float, b: float, effect: float) -> None:
    rare, common = sorted((a, b))
    signed = {Outcome.FOUND: 1.0, Outcome.CLEAR: -1.0}
    first, second = chance.weigh(rare, effect=effect), chance.weigh(common, effect=effect)
    assert signed[first[0]] * first[1] >= signed[second[0]] * second[1] - 1e-9
    assert 0 <= first[1] <= 1


def test_records_that_could_not_show_it_clear_nothing() -> None:
    assert chance.weigh(0.5, reach=0.0) == (Outcome.CLEAR, 0.0)
    assert chance.weigh(1e-9, effect=0.0)[0] is Outcome.CLEAR
    assert chance.weigh(1e-3) == (Outcome.FOUND, 0.5)
    assert chance.weigh(1e-6) == (Outcome.FOUND, 1.0)


def test_figures_are_json_values() -> None:
    assert chance.plain(a=np.float64(1.23456), b=np.int64(2), c=float("nan"), d="x") == {
        "a": 1.2346,
        "b": 2,
        "c": None,
        "d": "x",
    }
