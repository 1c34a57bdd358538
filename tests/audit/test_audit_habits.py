"""What a service, a client or a caller does again and again is no trouble of the day on which it is done."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from calltrace.diagnosis.audit.findings import Finding
from calltrace.diagnosis.audit.run import audit_case
from calltrace.tables.case import Case
from support import account, at, case

DAYS = 84


@cache
def calls() -> tuple[dict[str, object], ...]:
    """Six clients around the clock, three calls an hour each, by many callers; one in ten gives up."""
    rng = np.random.default_rng(7)
    rows: list[dict[str, object]] = []
    for client in range(6):
        hours = np.sort(rng.uniform(0, DAYS * 24, rng.poisson(DAYS * 72)))
        for hour, luck, who in zip(hours, rng.uniform(size=len(hours)), rng.integers(0, 10_000, len(hours)), strict=True):
            lost = luck < 0.1
            rows.append({
                "call_id": f"{client}-{len(rows)}", "account": str(client), "dnis": f"+1212555{client:04d}", "trunk_group": "A",
                "offered_at": at(0, hour), "ani": f"+1313555{who:04d}", "outcome": "abandoned" if lost else "answered",
                "agent": None if lost else "Ann", "ring_s": 8.0 if lost else 4.0, "queue_s": 5.0, "hold_s": 0.0,
                "talk_s": 0.0 if lost else 60.0})
    return tuple(rows)


def hour_of(row: dict[str, object]) -> float:
    return float((row["offered_at"] - at(0)).total_seconds() / 3600)  # type: ignore[operator]


def found(rows: list[dict[str, object]], **more: object) -> list[Finding]:
    records: Case = case(rows, **more)  # type: ignore[arg-type]
    return list(audit_case(records, charts=False).findings)


def announced(row: dict[str, object]) -> dict[str, object]:
    return row | {"outcome": "announcement", "agent": None, "talk_s": 0.0}


def test_as_it_is_nothing_is_found() -> None:
    assert found(list(calls())) == []


@pytest.mark.parametrize("whose", ["012345", "2"])
def test_an_announcement_every_night_is_none_of_one_night(whose: str) -> None:
    night = [announced(r) if hour_of(r) % 24 >= 22 and r["account"] in whose else r for r in calls()]
    assert found(night) == []
    # one at noon on one day is
    noon = 24 * 30 + 9, 24 * 30 + 15
    (one,) = found([announced(r) if r["account"] == "3" and noon[0] <= hour_of(r) < noon[1] else r for r in night])
    assert (one.account, one.cause) == ("3", "announcement-dead-end")


def test_a_client_that_takes_turns_is_not_silent_in_every_week_off() -> None:
    rota = [r for r in calls() if r["account"] != "4" or hour_of(r) // 168 % 2 == 0]
    assert found(rota) == []
    # it may have agreed on when it forwards: then a week without a call is none of its
    agreed = [account(str(n), numbers=f"+1212555{n:04d}", coverage="Mo-Su 00:00-24:00") for n in range(6)]
    assert {f.account for f in found(rota, accounts=agreed)} == {"4"}
    # and so is the first week off of one that had none
    once = [r for r in calls() if r["account"] != "4" or not 168 * 4 <= hour_of(r) < 168 * 5]
    assert [f.account for f in found(once)] == ["4"]


def test_a_caller_who_rings_thirty_times_is_no_crowd() -> None:
    made = next(r for r in calls() if r["account"] == "1" and r["outcome"] == "answered")

    def rang(*callers: int) -> list[dict[str, object]]:
        return [*calls(), *(
            made | {"call_id": f"x{k}", "offered_at": at(30, 3 + k / 60), "ani": f"+1414555{who:04d}"}
            for k, who in enumerate(callers))]

    assert found(rang(*[1] * 40)) == []
    (crowd,) = found(rang(*range(40)))
    assert (crowd.account, crowd.cause) == ("1", "own-surge")


def test_refusals_where_calls_are_many_are_of_those_hours() -> None:
    """An office's come in a third of the week: all of them in those hours."""
    rng = np.random.default_rng(3)
    office = [
        r | {"outcome": "busy", "agent": None, "talk_s": 0.0} if r["account"] == "5" and luck < 0.06 else r
        for r, luck in zip(calls(), rng.uniform(size=len(calls())), strict=True)
        if r["account"] != "5" or (8 <= hour_of(r) % 24 < 17 and hour_of(r) // 24 % 7 < 5)]
    assert found(office) == []
