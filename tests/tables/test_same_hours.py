"""What the same hours of other days lead to expect, by eye."""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd
import pytest

from calltrace.tables.same_hours import ALONE, at_most, between

NEW_YORK = "America/New_York"
MONDAY = pd.Timestamp("2026-10-05", tz=NEW_YORK)


def us(at: pd.Timestamp) -> int:
    return int(at.tz_convert("UTC").as_unit("us").asm8.astype("int64"))


def wall(day: int, clock: str, week: int = 0) -> pd.Timestamp:
    return (MONDAY.tz_localize(None) + pd.Timedelta(days=day, weeks=week) + pd.Timedelta(f"{clock}:00")).tz_localize(NEW_YORK)


def office(weeks: int, every_min: int = 1, days: int = 5) -> np.ndarray:
    """A call a minute from a quarter to eight to twenty past six, Monday to Friday."""
    stamps = [
        pd.date_range(wall(day, "07:45", week), wall(day, "18:20", week), freq=f"{every_min}min", inclusive="left")
        for week in range(weeks) for day in range(days)]
    return np.sort(np.array([us(t) for some in stamps for t in some], dtype=np.int64))


def most(calls: np.ndarray, start: pd.Timestamp, end: pd.Timestamp, *left_out: tuple[pd.Timestamp, pd.Timestamp]) -> float:
    def known(low: np.ndarray, high: np.ndarray) -> np.ndarray:
        use = (low >= calls[0]) & (high <= calls[-1])
        for a, b in left_out:
            use &= (high <= us(a)) | (low >= us(b))
        return use

    found = at_most(partial(between, calls), np.array([us(start)]), np.array([us(end)]), NEW_YORK, known)
    return float(found[0])


def test_an_evening_brings_what_other_evenings_brought() -> None:
    # Monday to Tuesday, of four weeks one is asked of: (0 + 1 + 1) / 3
    assert most(office(4), wall(0, "18:20", 1), wall(1, "07:45", 1)) == pytest.approx(2 / 3)
    # an hour of the day brought 60 on each
    assert most(office(4), wall(0, "10:00", 1), wall(0, "11:00", 1)) == pytest.approx((180 + 1 + 181**0.5) / 3)


def test_the_clock_is_the_one_people_live_by() -> None:
    """On 1 November New York's clocks go back: an hour off, the first hour would lie in the night."""
    calls = office(8)
    assert most(calls, wall(0, "07:45", 3), wall(0, "08:45", 3)) == pytest.approx((7 * 60 + 1 + 421**0.5) / 7)
    assert most(calls, wall(0, "18:20", 4), wall(1, "07:45", 4)) == pytest.approx(2 / 7)


def test_of_few_weeks_other_days_of_the_type_tell_as_well() -> None:
    calls = office(2, days=7)
    # one other Tuesday, and three other weekdays of each week but the one that lies at the edge of the records
    found = most(calls, wall(1, "10:00"), wall(1, "11:00"))
    assert found == pytest.approx((9 * 60 + 1 + 541**0.5) / 9)
    # a Saturday is asked of no weekday
    assert most(calls, wall(5, "10:00"), wall(5, "11:00")) == pytest.approx(ALONE * (60 + 1 + 61**0.5))


def test_what_is_left_out_tells_nothing() -> None:
    calls = office(2)
    assert most(calls, wall(0, "10:00"), wall(3, "10:00"), (wall(0, "00:00", 1), wall(5, "00:00", 1))) == np.inf
    assert np.isinf(most(calls[:1], wall(0, "10:00"), wall(0, "11:00")))
