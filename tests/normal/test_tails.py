"""The tails against scipy, and by hand."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special, stats

from calltrace.normal import tails

MEANS = [0.01, 0.5, 3.0, 11.4, 80.0, 2500.0]
DISPERSIONS = [1e-5, 0.003, 0.03, 0.2, 1.5]


def test_log_gamma_is_scipys():
    x = np.concatenate([np.linspace(1e-3, 12, 500), np.logspace(1, 7, 200)])
    assert np.allclose(tails.lgamma(x), special.gammaln(x), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("mu", MEANS)
@pytest.mark.parametrize("r", DISPERSIONS)
def test_tails_are_scipys(mu, r):
    k = np.unique(np.rint(mu * np.array([0, 0.2, 0.5, 0.8, 1, 1.2, 2, 4])).astype(int))
    size, chance = 1 / r, 1 / (1 + r * mu)
    low = stats.nbinom.logcdf(k, size, chance) / math.log(10)
    high = stats.nbinom.logsf(k - 1, size, chance) / math.log(10)
    seen_low, seen_high = tails.log10_at_most(k, mu, r), tails.log10_at_least(k, mu, r)
    # scipy's log tails give up below 1e-300 and lose digits near it
    told = low > -250
    assert np.allclose(seen_low[told], low[told], rtol=1e-5, atol=1e-8)
    told = high > -250
    assert np.allclose(seen_high[told], high[told], rtol=1e-5, atol=1e-8)


def test_none_at_all_by_hand():
    # r = 0.5: a Gamma(2) busyness; (1 + 0.5·2)^-2 = 1/4
    assert 10 ** tails.log10_none(2.0, 0.5) == pytest.approx(0.25)
    assert 10 ** tails.log10_at_most(0, 2.0, 0.5) == pytest.approx(0.25)
    # the smallest dispersion is a Poisson for all that can be seen
    assert 10 ** tails.log10_none(3.0, 0.0) == pytest.approx(math.exp(-3), rel=1e-4)


def test_nothing_expected():
    assert tails.log10_at_most(0, 0.0, 0.1) == 0
    assert tails.log10_at_most(3, 0.0, 0.1) == 0
    assert tails.log10_at_least(0, 0.0, 0.1) == 0
    assert tails.log10_at_least(1, 0.0, 0.1) == -np.inf


@given(
    st.integers(0, 300), st.floats(0.01, 300), st.floats(0, 2),
)
def test_at_most_and_more_make_one(k, mu, r):
    below, above = 10 ** float(tails.log10_at_most(k, mu, r)), 10 ** float(tails.log10_at_least(k + 1, mu, r))
    assert below + above == pytest.approx(1, abs=1e-8)


@pytest.mark.parametrize("mu", [0.05, 0.9, 7.0, 300.0, 6000.0])
@pytest.mark.parametrize("r", [1e-5, 0.02, 0.3])
def test_bounds_are_scipys_quantiles(mu, r):
    size, chance = 1 / r, 1 / (1 + r * mu)
    low, high = tails.bounds(mu, r, 0.025)
    assert low == stats.nbinom.ppf(0.025, size, chance)
    assert high == stats.nbinom.ppf(0.975, size, chance)


def test_a_few_values_are_worked_out_as_many_are():
    a, b = np.array([1.5, 40.0, 3.0, 700.0]), np.array([4.0, 2.5, 300.0, 20.0])
    x = a / (a + b) * 0.9
    many = tails.log_betainc(a, b, x, 1.0 - x)
    few = [float(tails.log_betainc(*one)) for one in zip(a, b, x, 1.0 - x, strict=True)]
    assert few == pytest.approx(many, rel=1e-11)
