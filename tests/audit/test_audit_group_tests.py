"""A trunk group's silence: what test calls add to it, and what its accounts' other troubles do not take from it."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd
import pytest

from calltrace.diagnosis.audit import audit_case
from calltrace.diagnosis.audit.findings import Finding
from calltrace.tables.case import Case
from support import account, at, case, steady

Row = dict[str, object]
DOWN = at(24, 10)
B = "456"

MINUTES = 60
"""In which some nine calls usually come to the three: by themselves not beyond chance."""


def service(minutes: int, tests: Iterable[Row] = (), lost: str = "") -> Case:
    """Three accounts on group A and three on B, which is silent from 10:00; calls of ``lost`` all end in a recording that day."""
    rows: list[Row] = []
    end = DOWN + pd.Timedelta(minutes=minutes)
    for n, who in enumerate("123456"):
        silent = [(DOWN, end)] if who in B else []
        rows += steady(who, every_min=11 + 2 * n, offset_min=n, silent=silent, trunk_group="B" if who in B else "A")
    for i, row in enumerate(rows):
        row["ani"] = f"+1917555{i % 9973:04d}"
        if row["account"] in lost and at(24) <= row["offered_at"] < at(25):  # type: ignore[operator]
            row |= {"outcome": "announcement", "agent": None, "talk_s": 0.0}
        elif i % 10 == 0:
            row |= {"outcome": "abandoned", "agent": None}
    daily = [call_to(who, at(day, 8)) for day in range(10, 28) for who in "123456"]
    accounts = [account(who, trunk_group="B" if who in B else "A") for who in "123456"]
    return case(rows, accounts=accounts, line_tests=[*daily, *tests])


def call_to(who: str, when: pd.Timestamp, result: str = "ok") -> Row:
    return {"tested_at": when + pd.Timedelta(minutes=int(who)), "number": f"+1212555{int(who):04d}",
            "trunk_group": "B" if who in B else "A", "result": result}


def of_b(found: Case) -> list[Finding]:
    audit = audit_case(found, start=at(24), end=at(25), checks=["outage", "silence"])
    return [one for one in audit.findings if one.trunk_group == "B"]


def failed(whose: str) -> list[Row]:
    return [call_to(who, DOWN + n * pd.Timedelta(minutes=5), "failed") for n, who in enumerate(whose)]


def test_failed_test_calls_to_several_of_a_groups_accounts_speak_for_a_short_silence() -> None:
    assert of_b(service(MINUTES)) == []
    (one,) = of_b(service(MINUTES, failed("456")))
    assert (one.cause, one.account) == ("carrier-outage", None)
    assert "test calls to other numbers on trunk group B failed" in one.summary


@pytest.mark.parametrize("tests", [
    failed("444"), [*failed("4"), call_to("5", DOWN + pd.Timedelta(minutes=2)), *failed("456")[2:]]])
def test_one_accounts_failures_or_failures_with_a_call_that_came_through_between_prove_nothing_of_the_group(
    tests: list[Row]
) -> None:
    assert of_b(service(MINUTES, tests)) == []


def test_what_became_of_calls_that_came_explains_none_that_did_not() -> None:
    (one,) = of_b(service(120, failed("456"), lost="56"))
    assert one.cause == "carrier-outage"
    assert one.confidence > 0.8
