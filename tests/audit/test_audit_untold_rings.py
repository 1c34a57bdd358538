"""Logs that do not tell how long the phone rang: a queue's own, and those that tell no seconds before the answer at all."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest

from audit import quiet
from calltrace.diagnosis.audit.findings import Audit
from calltrace.diagnosis.audit.run import audit_case
from calltrace.tables.case import Case
from support import at

DAY, FROM, UNTIL = 28, at(28, 10), at(28, 16)


@cache
def short_of_agents() -> Case:
    """Four agents share the calls but for six hours, in which one has them all: callers wait, and every other leaves."""
    records = quiet.service()
    calls = records.calls.sort_values("offered_at", ignore_index=True)
    there = np.arange(len(calls))
    answered = calls["outcome"] == "answered"
    inside = (calls["offered_at"] >= FROM) & (calls["offered_at"] < UNTIL)
    calls.loc[answered, "agent"] = [f"A{n % 4}" for n in there[answered]]
    calls.loc[answered & inside, "agent"] = "A0"
    calls.loc[inside, "queue_s"] = 90.0
    left = inside & (there % 2 == 0)
    calls.loc[left, "outcome"] = "abandoned"
    calls.loc[left, "agent"] = pd.NA
    return replace(records, tables=records.tables | {"calls": calls}, cache={})


def without(records: Case, *columns: str) -> Case:
    calls = records.calls.assign(**{c: pd.array([pd.NA] * len(records.calls), dtype="Float64") for c in columns})
    return replace(records, tables=records.tables | {"calls": calls}, cache={})


def looked(records: Case, *checks: str) -> Audit:
    return audit_case(records, start=at(DAY), end=at(DAY + 1), checks=checks or None, charts=False)


@pytest.mark.parametrize("checks", [(), ("hold",), ("abandonment",)], ids=["all", "hold", "abandonment"])
def test_waits_and_callers_who_leave_are_found_in_a_log_of_the_queue_alone(checks: tuple[str, ...]) -> None:
    [one] = looked(without(short_of_agents(), "ring_s"), *checks).findings
    assert (one.account, one.cause) == (None, "understaffed")
    assert (one.start, one.end) == (FROM, UNTIL)
