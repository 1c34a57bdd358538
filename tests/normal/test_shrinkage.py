"""Own calls against what is shared: closed hours, few calls, growth."""

import numpy as np
import pytest

from calltrace.normal.shrinkage import level, own_ratio


def test_closed_hours_are_believed_closed_and_few_calls_are_not_believed():
    rng = np.random.default_rng(1)
    usual = np.full((40, 72), 12.0)
    closed = np.arange(72) < 24
    calls = rng.poisson(np.where(closed, 0.02, 1.0) * usual)
    ratio = own_ratio(calls.astype(float), usual)
    assert ratio[:, closed].mean() < 0.06
    # the open hours bring what they should: chance of one count in twelve hardly moves them
    assert ratio[:, ~closed].mean() == pytest.approx(1, abs=0.03)
    assert ratio[:, ~closed].std() < 0.2 < (calls / usual)[:, ~closed].std()


def test_accounts_that_all_differ_are_believed_themselves():
    rng = np.random.default_rng(2)
    truth = rng.gamma(1.0, 1.0, (40, 72))
    usual = np.full((40, 72), 30.0)
    ratio = own_ratio(rng.poisson(truth * usual).astype(float), usual)
    assert np.abs(ratio - truth).mean() < 0.2


def test_nothing_seen_of_nothing_expected_is_as_all():
    assert own_ratio(np.zeros(5), np.zeros(5)) == pytest.approx(np.ones(5), abs=0.6)


def test_a_level_that_stands_is_remembered_and_one_that_grows_followed():
    rng = np.random.default_rng(3)
    usual = np.full((200, 12), 70.0)
    ratio, weight = level(rng.poisson(usual).astype(float), usual)
    assert ratio.mean() == pytest.approx(1, abs=0.02)
    assert ratio.std() < 0.07
    assert 150 < weight.mean() < 600
    growth = 1.15 ** np.arange(12)
    ratio, _ = level(rng.poisson(usual * growth).astype(float), usual)
    # the last week was 4.65 times the first
    assert 3.7 < ratio.mean() < 4.7


def test_an_account_without_history_is_as_usual():
    ratio, weight = level(np.zeros((2, 12)), np.zeros((2, 12)))
    assert ratio == pytest.approx([1, 1])
    assert weight == pytest.approx([5, 5])
