"""What the window of an audit cut off, and calls after it show to be over."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from calltrace.diagnosis.audit import audit
from calltrace.diagnosis.audit.findings import Finding
from calltrace.diagnosis.audit.over import seen_later
from calltrace.tables.case import Case
from support import account, at, case, steady

WINDOW = at(27), at(28)
TEST_CALL = "To settle it: a test call to the number during the silence"


def records(trunk_group: str = "A") -> Case:
    """Three accounts to the middle of day 29, the first silent on day 27 and for six hours after."""
    rows = steady("1", every_min=60, days=29.5, silent=[(at(27), at(28, 6))], trunk_group=trunk_group)
    for who in "23":
        rows += steady(who, every_min=60, days=29.5, offset_min=int(who))
    for place, row in enumerate(rows):
        if place % 10 == 0:
            row |= {"outcome": "abandoned", "agent": None, "ring_s": 8.0, "talk_s": 0.0}
    return case(rows, accounts=[account(a) for a in "123"])


def found(now: pd.Timestamp | None = None) -> Finding:
    """What an audit of day 27 finds, that is made at a time; else now, with all that is on record."""
    (one,) = audit(records(), start=str(WINDOW[0]), end=str(WINDOW[1]), now=now, checks=["silence"]).findings
    return one


@pytest.mark.parametrize(("now", "ongoing"), [(None, False), (at(28, 3), True), (at(28, 8), False)])
def test_a_silence_that_later_calls_ended_is_not_going_on(now: pd.Timestamp | None, ongoing: bool) -> None:
    assert found(now).ongoing is ongoing


def test_no_test_call_can_be_made_during_a_silence_that_is_over() -> None:
    steps = (f"{TEST_CALL}.", "Ask who was to forward the lines.")
    going_on = replace(found(at(28, 3)), next_steps=steps)
    assert seen_later(records(), going_on).next_steps == (f"{TEST_CALL}, if one was made.", steps[1])
    still_silent = replace(going_on, end=at(30))  # no call is later
    assert seen_later(records(), still_silent).next_steps == steps


@pytest.mark.parametrize(("last", "over"), [(29, True), (31, False)])
def test_lines_left_forwarded_were_taken_back_where_no_such_call_came_in_the_days_after(last: float, over: bool) -> None:
    nights = account("1", coverage="Mo-Su 18:00-24:00,00:00-08:00")
    rows = steady("1", every_min=60, days=31, silent=[(at(d, 8), at(d, 18)) for d in range(31) if not 26 <= d < last])
    left_on = replace(found(at(28, 3)), cause="forwarding-left-on", check="bill", start=at(26), end=at(28), harmed=20.0)
    assert seen_later(case(rows, accounts=[nights]), left_on).ongoing is not over
    assert seen_later(case(rows), left_on).ongoing  # nobody knows when its lines should be forwarded


def test_an_outage_is_over_by_calls_of_its_own_group() -> None:
    outage = replace(found(at(28, 3)), account=None, check="outage", trunk_group="B", end=at(28))
    assert not seen_later(records("B"), outage).ongoing
    assert seen_later(records(), outage).ongoing  # no call of that group, though the others' go on
    assert not seen_later(records(), replace(outage, trunk_group=None)).ongoing
