"""Hours of the week laid out over a history and added up again, held against the quarter hours they are made of."""

import numpy as np
import pandas as pd
import pytest

from calltrace.normal.history import Calls, Weeks
from calltrace.normal.intervals import DAY, Grid, to_us

ZONES = ("UTC", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "Asia/Kolkata")


def grid() -> Grid:
    """Return ten weeks over the clock changes of New York in March and of Lord Howe in April."""
    start = to_us(pd.Timestamp("2026-02-20T05:00", tz="UTC"))
    return Grid.over(start, start + 70 * DAY)


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("masked", [False, True])
def test_hours_are_the_sum_of_their_quarters(zone: str, masked: bool) -> None:
    over, rng = grid(), np.random.default_rng(4)
    rates = rng.uniform(0, 9, (3, 336))
    mask = np.ones(over.size, dtype=bool)
    if masked:
        mask[501:1207] = mask[2003] = False
    by_hand = (rates[:, over.halves(zone)] / 4 * mask).reshape(3, -1, 4).sum(axis=2)
    weeks = Weeks(over, zone)
    assert weeks.hourly(rates, mask) == pytest.approx(by_hand)
    assert weeks.quarters(rates).reshape(3, -1) == pytest.approx(rates[:, over.halves(zone)] / 4)


@pytest.mark.parametrize("zone", ZONES)
def test_what_is_laid_out_adds_up_again(zone: str) -> None:
    over, rng = grid(), np.random.default_rng(5)
    weeks, slots = Weeks(over, zone), over.hours(zone)[::4]
    values, weights = rng.uniform(0, 5, (2, len(slots))), rng.uniform(0, 1, len(slots))
    by_hand = np.stack([np.bincount(slots, weights=v * weights, minlength=168) for v in values])
    assert weeks.add_up(values, weights) == pytest.approx(by_hand)
    weekly = rng.uniform(0, 5, (2, 168))
    assert weeks.lay_out(weekly).tolist() == weekly[:, slots].tolist()
    # each hour of the week comes as often as it is on the clock
    assert weeks.add_up(weeks.lay_out(weekly)) == pytest.approx(weekly * np.bincount(slots, minlength=168))


def test_calls_of_series_one_after_the_other() -> None:
    calls = Calls.of([np.array([3, 9]), np.array([], dtype=np.int64), np.array([4])])
    assert len(calls) == 3
    assert [calls[k].tolist() for k in range(3)] == [[3, 9], [], [4]]
    assert calls.take(np.array([2, 0])).at.tolist() == [4, 3, 9]
    assert len(Calls.of([])) == 0


def test_series_that_follow_one_another_are_left_where_they_are() -> None:
    lying = np.arange(10, dtype=np.int64) * 3
    pieces = [lying[2:4], lying[4:4], lying[4:5], lying[5:9]]
    calls = Calls.of(pieces)
    assert np.shares_memory(calls.at, lying)
    assert [calls[k].tolist() for k in range(4)] == [p.tolist() for p in pieces]
    for apart in ([lying[2:4], lying[5:9]], [lying[5:9], lying[2:5]], [lying[:3], lying[3:].copy()], [lying[::2], lying[9:]]):
        calls = Calls.of(apart)
        assert [calls[k].tolist() for k in range(2)] == [p.tolist() for p in apart]
        assert not np.shares_memory(calls.at, lying)
