"""Accounts whose numbers lie side by side and fall silent together: one incident of the carrier's."""

from __future__ import annotations

import pandas as pd
import pytest

from calltrace.diagnosis.audit import audit_case
from calltrace.diagnosis.audit.findings import Finding
from calltrace.tables.case import Case
from support import account, at, case, steady

DOWN = (at(24, 9), at(24, 17))
RANGE = {"1": "+12155553101", "2": "+12155553102", "3": "+12155553203"}


def service(silent: dict[str, tuple[pd.Timestamp, pd.Timestamp]], numbers: dict[str, str] = RANGE) -> Case:
    """Three accounts of one block, five elsewhere, all on one trunk group, four weeks, one call in ten lost."""
    rows: list[dict[str, object]] = []
    accounts = []
    for n, who in enumerate("12345678"):
        number = numbers.get(who, f"+1610777{n}{n}0{n}")
        pause = [silent[who]] if who in silent else []
        rows += steady(who, every_min=19 + 2 * n, offset_min=n, silent=pause, dnis=number)
        accounts.append(account(who, numbers=number))
    for i, row in enumerate(rows):
        if i % 10 == 0:
            row |= {"outcome": "abandoned", "agent": None}
    return case(rows, accounts=accounts)


def findings(found: Case) -> tuple[Finding, ...]:
    return audit_case(found, start=at(24), end=at(25), checks=["silence"]).findings


def test_three_clients_of_one_block_silent_together_are_one_trouble_of_the_carrier() -> None:
    (one,) = findings(service(dict.fromkeys("123", DOWN)))
    assert (one.account, one.cause, one.party, one.wording) == (None, "number-down", "carrier", "likely")
    assert {h.account for h in one.also_affected} == {"1", "2", "3"}
    assert one.name == "Numbers +12155553xxx"
    assert one.lost == pytest.approx(sum(8 * 60 / (19 + 2 * n) for n in range(3)), rel=0.15)


@pytest.mark.parametrize("silent", [
    dict.fromkeys("12", DOWN),  # the block's third rang on
    {"1": DOWN, "2": DOWN, "3": (at(24, 1), at(24, 8))},  # not together
])
def test_others_stay_troubles_of_their_own(silent: dict[str, tuple[pd.Timestamp, pd.Timestamp]]) -> None:
    found = findings(service(silent))
    assert {f.account for f in found} == set(silent)


@pytest.mark.parametrize(("silent", "numbers"), [
    (dict.fromkeys("124", DOWN), RANGE),  # the third lies elsewhere, and the block's own third rang on
    (dict.fromkeys("123", DOWN), {"1": "101", "2": "102", "3": "103"}),  # extensions of the switch are no carrier's range
])
def test_three_that_share_no_block_of_numbers_are_one_trouble_of_no_range(
    silent: dict[str, tuple[pd.Timestamp, pd.Timestamp]], numbers: dict[str, str],
) -> None:
    (one,) = audit_case(service(silent, numbers), start=at(24), end=at(25), checks=["outage", "silence"]).findings
    assert (one.account, one.cause) == (None, "carrier-outage")
    assert "range" not in one.data
    assert {h.account for h in one.also_affected} == set(silent)
