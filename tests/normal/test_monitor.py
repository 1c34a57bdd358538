"""The replay: nothing of the future is used, faults show, and scores mean what they say."""

import numpy as np
import pytest

from calltrace.normal.monitor import (
    BINS_A_WEEK,
    Meaning,
    combined,
    gap_scores,
    learn_meaning,
    platform_factor,
    replay,
    without_crowds,
)

WEEKS = 10
ACCOUNTS = 24


def simulated(seed=1, accounts=ACCOUNTS, weeks=WEEKS):
    """Accounts of 5 to 60 calls a day, three quarters of them from 08:00 to 20:00; Poisson."""
    rng = np.random.default_rng(seed)
    hour = np.arange(weeks * 168) % 168
    shape = np.where((hour % 24 >= 8) & (hour % 24 < 20), 1.5, 0.5)
    volume = np.geomspace(5, 60, accounts)
    rate = np.repeat(volume[:, None] * shape / 96, 4, axis=1)
    return rng.poisson(rate).astype(float), np.broadcast_to(hour, (accounts, len(hour))).copy(), rate


@pytest.fixture(scope="module")
def past():
    counts, slot, _ = simulated()
    return replay(counts, slot)


def test_expectations_come_near_the_rates(past):
    _, _, rate = simulated()
    here = slice(6 * BINS_A_WEEK, WEEKS * BINS_A_WEEK)
    told, true = past.mu[:, here].sum(axis=1), rate[:, here].sum(axis=1)
    assert np.abs(told / true - 1).max() < 0.2
    assert told.sum() / true.sum() == pytest.approx(1, abs=0.03)
    assert np.isnan(past.mu[:, : 2 * BINS_A_WEEK]).all()


def test_nothing_of_the_future_is_used(past):
    counts, slot, _ = simulated()
    changed = counts.copy()
    cut = 7 * BINS_A_WEEK + 300
    changed[:, cut:] = 0
    again = replay(changed, slot)
    assert np.array_equal(again.mu[:, 2 * BINS_A_WEEK: cut], past.mu[:, 2 * BINS_A_WEEK: cut])
    assert np.allclose(again.gap[:, :cut], past.gap[:, :cut], atol=1e-8)
    assert np.allclose(again.low[:, : cut // 4], past.low[:, : cut // 4], atol=1e-8)
    assert np.allclose(again.high[:, : cut // 4], past.high[:, : cut // 4], atol=1e-8)


def test_a_silence_shows_and_only_where_it_is(past):
    counts, slot, _ = simulated()
    begin = 8 * BINS_A_WEEK + 2 * 96 + 36
    loud = ACCOUNTS - 1
    counts[loud, begin: begin + 40] = 0
    hurt = replay(counts, slot)
    # some 35 of 60 calls a day were to come
    assert hurt.gap[loud, begin: begin + 40].max() > 6
    assert past.gap[loud, begin: begin + 40].max() < 3
    assert np.abs(hurt.gap[:loud, begin: begin + 40] - past.gap[:loud, begin: begin + 40]).mean() < 0.05


def test_a_loss_and_a_rush_show(past):
    counts, slot, _ = simulated()
    begin = 8 * BINS_A_WEEK
    account = ACCOUNTS - 1
    rng = np.random.default_rng(2)
    counts[account, begin: begin + 192] = rng.binomial(counts[account, begin: begin + 192].astype(int), 0.3)
    counts[account - 1, begin + 40: begin + 52] *= 5
    hurt = replay(counts, slot)
    assert hurt.low[account, begin // 4: begin // 4 + 48].max() > 4
    assert past.low[account, begin // 4: begin // 4 + 48].max() < 4
    assert hurt.high[account - 1, begin // 4 + 10: begin // 4 + 15].max() > 4
    assert past.high[account - 1, begin // 4 + 10: begin // 4 + 15].max() < 4


def test_a_shared_day_off_alarms_nobody():
    counts, slot, _ = simulated(accounts=40)
    day = slice(8 * BINS_A_WEEK + 2 * 96, 8 * BINS_A_WEEK + 3 * 96)
    rng = np.random.default_rng(3)
    counts[:, day] = rng.binomial(counts[:, day].astype(int), 0.1)
    hurt = replay(counts, slot)
    factor = hurt.mu[:, day] / hurt.usual[:, day]
    assert factor[:, 32:].mean() < 0.35
    assert (hurt.gap[:, day].max(axis=1) > 3.5).mean() < 0.05


def test_the_factor_leaves_the_account_out():
    counts = np.ones((30, 200))
    usual = np.ones((30, 200))
    counts[0] = 0
    factor = platform_factor(counts, usual)
    assert factor[0] == pytest.approx(np.ones(200))
    assert (factor[1, 10:] < 1).all()
    # alone, or with a few small ones, nothing can be said
    assert (platform_factor(counts[:3] * 0, usual[:3]) == 1).all()


def test_the_factor_forgets_a_storm_within_hours():
    usual = np.full((30, 400), 0.5)
    counts = usual.copy()
    counts[:, 100:148] *= 3
    factor = platform_factor(counts, usual)
    assert factor[0, 147] > 2
    assert factor[0, 148 + 16] < 1.3
    assert factor[0, 399] == pytest.approx(1)


def test_a_gap_is_counted_from_the_last_call():
    counts = np.zeros((1, BINS_A_WEEK))
    counts[0, 99] = 10  # as many as were due by then
    mu = np.full((1, BINS_A_WEEK), 0.1)
    score = gap_scores(counts, mu, np.full((1, 1), 1e-6))
    # twenty quarter hours after the call: 2 expected in 5 h; a day brings 9.6, and 17 faults in 12 last 5 h less
    assert score[0, 119] == pytest.approx(2 / np.log(10) - np.log10(10.6) - np.log10(17 / 12), abs=1e-3)
    assert score[0, 99] == pytest.approx(-np.log10(10.6), abs=1e-6)


def test_an_account_that_was_slow_before_is_excused_and_one_that_was_busy_is_not():
    mu = np.full((3, BINS_A_WEEK), 1.0)
    counts = np.zeros((3, BINS_A_WEEK))
    for row, came in enumerate((288, 104, 800)):
        counts[row, 299] = came
    usual, slow, busy = gap_scores(counts, mu, np.full((1, 3), 1e-6))[:, 319]
    # of 288 calls due in three days 104 came: with 80 calls' worth of trust, half of what is usual is expected now
    assert usual - slow == pytest.approx(20 / 2 / np.log(10), abs=1e-3)
    assert busy == pytest.approx(usual)


def test_what_makes_the_others_busy_counts_in_part():
    usual = np.array([[2.0, 2.0, 2.0, 0.0]])
    mu = np.array([[1.0, 2.0, 16.0, 0.0]])
    assert without_crowds(mu, usual) == pytest.approx(np.array([[1.0, 2.0, 2 * 8**0.3, 0.0]]))


def test_where_nothing_is_expected_nothing_is_said():
    assert (gap_scores(np.zeros((1, 100)), np.zeros((1, 100)), np.full((1, 1), 0.1)) == -9).all()


def test_silences_and_windows_pay_for_their_share():
    both = combined(np.full((1, 8), 3.0), np.array([[0.0, 5.0]]))
    assert both[0, :7] == pytest.approx(np.full(7, 3 + np.log10(0.7)))
    assert both[0, 7] == pytest.approx(5 + np.log10(0.3))


def test_accounts_that_ended_teach_nothing_of_chance():
    chance = np.random.default_rng(5).exponential(1 / np.log(10), 5_000)
    ended = np.append(chance, np.full(800, 40.0))
    clean, hurt = learn_meaning(chance), learn_meaning(ended)
    assert hurt.knee == pytest.approx(clean.knee)
    assert hurt.slope == pytest.approx(clean.slope)
    assert learn_meaning(np.full(10, -9.0)).score(np.array([1.0, 2.0])) == pytest.approx([2.2, 3.1], abs=0.01)


def test_meaning_of_exponential_maxima():
    """Raw scores already in powers of ten come out as they went in."""
    rng = np.random.default_rng(4)
    raw = rng.exponential(1 / np.log(10), 20_000)
    meaning = learn_meaning(raw)
    assert isinstance(meaning, Meaning)
    assert meaning.score(np.array([2.0, 3.0])) == pytest.approx([2, 3], abs=0.25)
    told = meaning.score(np.linspace(0, 5, 100))
    assert (np.diff(told) >= -1e-9).all()
    assert told.min() >= 0


def test_scores_are_of_false_alarms_per_account_day():
    counts, slot, _ = simulated(seed=6, weeks=16)
    by_day = replay(counts, slot).gap.reshape(ACCOUNTS, -1, 96).max(axis=2)
    meaning = learn_meaning(by_day[:, 5 * 7: 11 * 7].ravel())
    later = meaning.score(by_day[:, 11 * 7:].ravel())
    n = len(later)
    for score in (1.3, 2.0):
        nominal = 10**-score
        assert (later > score).mean() < nominal + 3 * np.sqrt(nominal / n)


def test_a_new_account_is_no_rush_and_one_that_grew_is_followed():
    counts, slot, rate = simulated(weeks=14)
    new, grew = 20, 21
    counts[new, : 9 * BINS_A_WEEK] = 0
    counts[grew, 9 * BINS_A_WEEK:] *= 2
    past = replay(counts, slot)
    assert np.isfinite(past.high).all()
    last = slice(13 * BINS_A_WEEK, None)
    # half of what a memory of six weeks holds is of the time before
    assert past.mu[grew, last].sum() / (2 * rate[grew, last]).sum() == pytest.approx(0.95, abs=0.1)
