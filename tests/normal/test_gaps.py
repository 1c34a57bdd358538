"""The tail of the gaps between calls, against processes whose gaps are known."""

import numpy as np
import pytest

from calltrace.normal.gaps import ENOUGH, fit_tail


def test_poisson_gaps_are_exponential():
    rng = np.random.default_rng(1)
    series = np.repeat(np.arange(10), 2000)
    tail = fit_tail(series, rng.exponential(size=len(series)), 10)
    for expected in (1.0, 2.0, 5.0, 10.0):
        told = tail.log10_longer(np.arange(10), np.full(10, expected)).mean()
        assert told == pytest.approx(-expected / np.log(10), rel=0.08)


def test_clustered_calls_have_longer_gaps():
    """Half of the gaps are next to nothing, so the other half are twice as long."""
    rng = np.random.default_rng(2)
    lengths = np.where(rng.random(40_000) < 0.5, 0.01, rng.exponential(2.0, 40_000))
    tail = fit_tail(np.zeros(40_000, dtype=int), lengths, 1)
    # P(gap > 10) = ½ e^(−5)
    told = 10 ** tail.log10_longer(np.array([0]), np.array([10.0]))[0]
    assert told == pytest.approx(0.5 * np.exp(-5), rel=0.25)


def test_outages_of_the_history_do_not_blunt_it():
    rng = np.random.default_rng(3)
    lengths = rng.exponential(size=20_000)
    clean = fit_tail(np.zeros(20_000, dtype=int), lengths, 1)
    lengths[:5] = 500.0
    hurt = fit_tail(np.zeros(20_000, dtype=int), lengths, 1)
    ten = np.array([10.0])
    assert hurt.log10_longer(np.array([0]), ten)[0] == pytest.approx(
        clean.log10_longer(np.array([0]), ten)[0], abs=0.5)


def test_a_series_with_few_gaps_has_everyones_tail():
    rng = np.random.default_rng(4)
    series = np.append(np.zeros(20_000, dtype=int), [1, 1])
    tail = fit_tail(series, np.append(rng.exponential(size=20_000), [0.2, 2.5]), 3)
    told = tail.log10_longer(np.array([0, 1, 2]), np.full(3, 8.0))
    assert told[1] == pytest.approx(told[0], abs=0.15)
    assert told[2] == pytest.approx(told[0], abs=0.15)


def test_longer_gaps_are_never_likelier():
    rng = np.random.default_rng(5)
    tail = fit_tail(np.zeros(20_000, dtype=int), rng.gamma(0.5, 2.0, 20_000), 1)
    told = tail.log10_longer(np.zeros(200, dtype=int), np.linspace(0, 40, 200))
    assert told[0] == 0
    assert (np.diff(told) <= 0).all()


def test_too_few_gaps_tell_nothing():
    lengths = np.append(np.full(1000, 0.5), np.full(ENOUGH - 1, 3.0))
    assert fit_tail(np.zeros(len(lengths), dtype=int), lengths, 1) is None
