"""A service whose clients are offices, open from a quarter to eight to twenty past six: what their doors do is no trouble."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest

from calltrace.diagnosis.audit.findings import Finding
from calltrace.diagnosis.audit.run import audit_case
from calltrace.diagnosis.diagnose import diagnose
from calltrace.diagnosis.scene import Question
from calltrace.tables.case import Case
from support import at, case, table

OPEN, CLOSE, LUNCH = 7.75, 18 + 1 / 3, (12.25, 13.0)


@cache
def service(
    days: int, clients: int = 6, each: int = 120, *, lunch: bool = False, silent: tuple[float, float] = (0.0, 0.0)
) -> Case:
    """So many calls of every client a day, Monday to Friday, at random; two in a hundred are refused.

    ``lunch`` says that nobody calls at noon; ``silent`` are hours from the beginning without a call.
    """
    rng = np.random.default_rng(days * 100 + clients)
    rows: list[dict[str, object]] = []
    for day in range(days):
        if day % 7 >= 5:
            continue
        for client in range(clients):
            hours = np.sort(rng.uniform(OPEN, CLOSE, rng.poisson(each)))
            if lunch:
                hours = hours[(hours < LUNCH[0]) | (hours >= LUNCH[1])]
            hours = hours[(day * 24 + hours < silent[0]) | (day * 24 + hours >= silent[1])]
            for hour, luck in zip(hours, rng.uniform(size=len(hours)), strict=True):
                row: dict[str, object] = {
                    "call_id": f"c{len(rows)}", "account": str(client), "dnis": f"+1212555{client:04d}",
                    "trunk_group": "AB"[client % 2], "offered_at": at(day, hour), "ani": f"+1313555{int(luck * 9999):04d}",
                    "outcome": "answered", "agent": "Ann", "ring_s": 4.0, "queue_s": 5.0, "hold_s": 0.0, "talk_s": 60.0}
                if luck < 0.1:
                    row |= {"outcome": "busy" if luck < 0.02 else "abandoned", "agent": None, "talk_s": 0.0, "ring_s": 8.0}
                rows.append(row)
    return case(rows)


def found(records: Case, start: pd.Timestamp | None = None, end: pd.Timestamp | None = None) -> list[Finding]:
    """Return what an audit finds beyond chance's due of single callers."""
    audit = audit_case(records, start=start, end=end, charts=False)
    return [*audit.feed, *(f for f in audit.findings if f.severity not in {"low", "medium"})]


@pytest.mark.parametrize("days", [9, 19, 33])
@pytest.mark.parametrize("lunch", [False, True])
def test_no_evening_and_no_weekend_is_an_outage(days: int, *, lunch: bool) -> None:
    records = service(days, lunch=lunch)
    assert [(f.cause, f.start) for f in found(records)] == []


@pytest.mark.parametrize("day", [28, 31])
def test_a_day_that_is_over_is_whole_though_nobody_called_since_twenty_past_six(day: int) -> None:
    calls = service(33).calls
    until = Case({"calls": calls[calls["offered_at"] < at(day + 1)].reset_index(drop=True)}, zone="UTC")
    assert [(f.cause, f.start) for f in found(until, at(day), at(day + 1))] == []
    # a log that stops at noon is none of that day
    torn = Case({"calls": calls[calls["offered_at"] < at(day, 12)].reset_index(drop=True)}, zone="UTC")
    assert "feed-dead" in [f.cause for f in found(torn, at(day), at(day + 1))]


@pytest.mark.parametrize("clients", [1, 6])
def test_an_evening_is_nobody_s_fault(clients: int) -> None:
    said = diagnose(service(33, clients), Question("0", "missed-calls", at(22, 17), at(23, 9)))
    assert said.ranked[0].cause in {"within-normal", "expected-quiet"}


def test_a_holiday_on_which_nobody_called_is_asked_for_and_then_known() -> None:
    records = service(33, silent=(24 * 22, 24 * 23))
    (one,) = found(records)
    assert (one.cause, one.start, one.end, one.party) == ("calls-few", at(22), at(23), "nobody")
    assert one.next_steps[0].startswith("If it was a holiday, enter it")
    asked = diagnose(records, Question("0", "missed-calls", at(22), at(23)))
    assert "whether Tue 23 Jun was a holiday" in asked.next_steps[0] or asked.ranked[0].cause == "expected-quiet"
    holiday = {"kind": "holiday", "scope": "platform", "starts_at": at(22), "ends_at": at(23), "text": "Midsummer"}
    entered = table("events", [holiday])
    known = replace(records, tables=records.tables | {"events": entered}, cache={})
    assert found(known) == []
    # who is down before it is down
    torn = service(33, silent=(24 * 21 + 14, 24 * 23))
    (outage,) = found(replace(torn, tables=torn.tables | {"events": entered}, cache={}))
    assert outage.account is None


def test_what_is_silent_in_the_middle_of_a_day_is() -> None:
    silent = 24 * 22 + 10.0, 24 * 22 + 11.5
    (one,) = found(service(33, silent=silent))
    assert (one.account, one.trunk_group) == (None, None)
    assert abs(one.start - at(0, silent[0])) < pd.Timedelta(minutes=5)
    assert one.cause in {"platform-outage", "records-missing", "planned-shutdown"}
