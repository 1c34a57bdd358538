"""What the screen of refusals makes of few of them, by the calls that were in progress."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from calltrace.diagnosis.audit import audit_case
from calltrace.diagnosis.audit.findings import Status
from calltrace.diagnosis.audit.ground import Candidate, Ground
from calltrace.diagnosis.audit.screens.busy import LOWERED, SCREEN, _quarter_of
from calltrace.diagnosis.profile import Profile
from calltrace.tables.case import Case
from support import account, at, case, steady


def records(lowered: pd.Timestamp, *, pairs: tuple[float, float] = (10, 12), talk_s: float = 400.0) -> Case:
    """Account 2 has a call an hour, and between ``pairs`` another two minutes later: refused from when the limit is lowered."""
    rows: list[dict[str, Any]] = steady("2", every_min=60, days=35, talk_s=talk_s)
    for row in steady("2", every_min=60, days=35, offset_min=2, hours=pairs):
        late = pd.Timestamp(row["offered_at"]) >= lowered  # type: ignore[arg-type]
        rows.append(row | {"call_id": f"second-{row['call_id']}"} | (
            {"outcome": "busy", "agent": None, "talk_s": 0.0} if late else {}))
    return case([*rows, *steady("3", every_min=7, days=35, offset_min=2)], accounts=[account("2"), account("3")])


def found(logs: Case, day: float, days: float = 1) -> list[Candidate]:
    return SCREEN.run(Ground(logs, at(day), at(day + days), Profile()), [])


def test_two_refusals_beside_a_call_that_many_were_let_in_beside_are_a_lowered_limit() -> None:
    [one] = found(records(at(28)), 28)
    assert (one.account, one.causes, one.data) == ("2", ("path-limit",), {LOWERED: True})
    assert (one.start, one.end, one.since) == (at(28, 10), at(28, 11.25), at(28, 10 + 2 / 60))
    assert one.harmed == pytest.approx(2, abs=0.1)
    # two of two, where one in 58 is: 1/58 · (1/58 + 0.02) or so, for eight days it may have been lowered on
    assert 2 < one.score < 3


def test_who_refuses_callers_as_ever_is_clear_and_it_is_said() -> None:
    logs = records(at(0), pairs=(8, 20))
    told = {s.account: s for s in audit_case(logs, start=at(28), end=at(29), checks=("busy",)).standings}
    assert (told["2"].status, told["3"].status) == (Status.CLEAR, Status.CLEAR)
    assert told["2"].why.startswith("12 of 36 callers were refused as busy (33%), no more than usual for it")
    assert told["3"].why == ""
    assert {s.why for s in audit_case(logs, start=at(28), end=at(29), checks=("silence",)).standings} == {""}


def test_one_refusal_a_day_adds_up_over_a_week() -> None:
    logs = records(at(26), pairs=(10, 11))
    scores = [one.score for day in range(26, 30) for one in found(logs, day)]
    assert len(scores) >= 3
    assert scores == sorted(scores)
    [last] = found(logs, 29)
    assert (last.start, last.since) == (at(29, 10), at(26, 10 + 2 / 60))
    assert last.harmed == pytest.approx(1, abs=0.1)  # the day's own
    [days] = found(logs, 26, 4)
    assert (days.start, days.since, round(days.harmed)) == (at(26, 10), at(26, 10 + 2 / 60), 4)


def test_a_day_on_which_more_met_the_limit_there_always_was_is_no_lowered_limit() -> None:
    """Every second call is refused from the beginning; on day 28 nine in a row are, where one a day is usual."""
    rows: list[dict[str, Any]] = steady("2", every_min=60, days=35, talk_s=400.0)
    seconds = [*(at(d, 10 + 2 / 60) for d in range(28)), *(at(28, 10 + k / 100) for k in range(1, 10))]
    for number, moment in enumerate(seconds):
        rows.append(rows[0] | {"call_id": f"second-{number}", "offered_at": moment, "outcome": "busy", "agent": None,
                               "talk_s": 0.0})
    quiet = steady("3", every_min=7, days=35, offset_min=2)
    accounts = [account("2"), account("3")]
    assert found(case([*rows, *quiet], accounts=accounts), 28) == []
    # where little is known of the limit, nine are more than usual
    known = [row for row in rows if row["offered_at"] >= at(22)]
    assert [c.causes for c in found(case([*known, *quiet], accounts=accounts), 28)] == [("path-limit",)]


def test_who_was_always_refused_beside_a_call_has_the_limit_it_always_had() -> None:
    assert found(records(at(0)), 28) == []


def test_a_refusal_beside_no_call_says_nothing_of_a_limit() -> None:
    assert found(records(at(28), talk_s=60.0), 28) == []


@given(st.lists(st.integers(0, 40), min_size=1, max_size=60))
def test_a_quarter_of_few_numbers_is_numpy_s(counts: list[int]) -> None:
    assert _quarter_of(np.array(counts)) == int(np.quantile(counts, 0.25))
