"""Logs in order of time whose times step back at one row: the switch's clock was set back."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from calltrace.intake.quality import feed
from calltrace.intake.set_back import set_back
from calltrace.tables.case import Case
from support import case, table

START = pd.Timestamp("2026-10-20 09:00", tz="UTC")
HOUR = pd.Timedelta(hours=1)


def log(shift: dict[int, pd.Timedelta], *, start: pd.Timestamp = START, apart: bool = False, talk_s: float = 120.0) -> Case:
    """Two hundred calls ten minutes apart, in the order they were written; from each row of ``shift`` on the times are off.

    ``apart`` gives the calls after the hundredth to other accounts.
    """
    rows, off = [], pd.Timedelta(0)
    for n in range(200):
        off = shift.get(n, off)
        rows.append({
            "call_id": str(n), "account": str(n % 3 + 10 * (apart and n >= 100)), "ring_s": 5.0, "queue_s": 0.0, "hold_s": 0.0,
            "talk_s": talk_s, "outcome": "answered", "offered_at": start + n * pd.Timedelta(minutes=10) + off})
    frame = table("calls", rows).sort_values("offered_at", ignore_index=True)
    return replace(case([]), tables={"calls": frame})


def test_a_clock_set_back_is_told_with_the_row_it_begins_at() -> None:
    found = log({100: -HOUR, 150: pd.Timedelta(0)})
    (step,) = set_back(found)
    assert (step.at.file, step.at.line) == ("calls.csv", 102)
    assert step.by == pd.Timedelta(minutes=50)  # the hour, less the ten minutes to the next call
    (note,) = [p for p in feed(found).problems if p.kind == "clock-set-back"]
    assert (note.effect, note.rows, note.at) == ("noted", 0, step.at)
    assert "step back by 50 min or more" in note.saw


@pytest.mark.parametrize("found", [
    log({}),
    log({100: HOUR}),  # set forward, there is a pause and no step back
    log({100: -HOUR, 101: pd.Timedelta(0)}),  # one row with a wrong time
    log({100: -HOUR}, apart=True),  # another log behind the first
    log({100: -15 * HOUR}),  # and so is that
    log({100: -HOUR}, talk_s=3600.0),  # no further back than the longest call
    log({n: -n % 7 * HOUR for n in range(0, 200, 5)}),  # not in order of time
])
def test_other_orders_of_rows_are_no_clocks(found: Case) -> None:
    assert set_back(found) == ()


def test_the_hour_a_clock_change_brings_twice_is_none() -> None:
    at = pd.Timestamp("2026-11-01 06:00", tz="UTC") - 100 * pd.Timedelta(minutes=10)
    found = log({100: -HOUR}, start=at)
    assert len(set_back(found)) == 1
    assert set_back(replace(found, zone="America/New_York", cache={})) == ()
