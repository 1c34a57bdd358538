"""Chance: tails against scipy's, and what weighing must keep to."""

from __future__ import annotations

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
