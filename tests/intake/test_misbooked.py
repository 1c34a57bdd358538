"""Calls booked to another account than their number's, and calls on record twice under different ids."""

from __future__ import annotations

import pandas as pd
import pytest

from calltrace.intake.misbooked import copies, of_others
from calltrace.intake.quality import feed
from calltrace.tables.case import Case
from support import account, at, case, steady

OWN, OTHERS = "+12125550001", "+12125550002"


def service(*more: dict[str, object], numbers: str = OWN, days: float = 2) -> Case:
    """Accounts 1 and 2, a call an hour each, and what a test adds."""
    rows = steady("1", every_min=60, days=days) + steady("2", every_min=60, days=days, offset_min=30)
    return case([*rows, *more], accounts=[account("1", numbers=numbers), account("2")])


def call(name: str, minute: float, **values: object) -> dict[str, object]:
    """A call of account 1."""
    one = steady("1", every_min=60, days=0.01)[0]
    return one | {"call_id": name, "offered_at": at(0) + pd.Timedelta(minutes=minute), "ani": "+12125550150"} | values


def said(found: Case, kind: str) -> list[str]:
    return [p.saw for p in feed(found).problems if p.kind == kind]


def test_calls_to_anothers_number_are_told_with_their_count_and_examples() -> None:
    found = service(*(call(f"x{n}", 7 + 60 * n, dnis=OTHERS) for n in range(5)))
    (one,) = said(found, "booked-to-another")
    assert one.startswith(f"5 calls to {OTHERS}, a number of account 2, stand under account 1, 2026-06-01 00:07 to ")
    assert one.endswith("04:07: x0, x1, x2 and others")
    assert [(b.account, b.owner, len(b.rows)) for b in of_others(found)] == [("1", "2", 5)]


@pytest.mark.parametrize(
    ("numbers", "values", "times"),
    [
        (OWN, {"dnis": OTHERS}, 2),  # put right by hand
        (f"{OWN};{OTHERS}", {"dnis": OTHERS}, 5),  # both have it
        (OWN, {"dnis": "+12125559999"}, 5),  # nobody's
        (OWN, {"dnis": OTHERS, "account": "7"}, 5),  # the table has no such account
        (OWN, {"dnis": None}, 5),
    ],
    ids=["few", "shared", "nobody's", "unknown-account", "not-known"],
)
def test_other_calls_are_not_booked_wrongly(numbers: str, values: dict[str, object], times: int) -> None:
    found = service(*(call(f"x{n}", 7 + 60 * n, **values) for n in range(times)), numbers=numbers)
    assert said(found, "booked-to-another") == []


def test_calls_under_two_ids_are_told_as_there_twice() -> None:
    twins = [call(f"{name}{n}", 7 + 60 * n) for n in range(4) for name in "ab"]
    beside = [call(f"z{n}", 7 + 60 * n, ani="+12125550151", agent="A2") for n in range(4)]  # of the same seconds
    found = service(*twins, *beside)
    (one,) = said(found, "there-twice")
    assert one.startswith("4 calls are on record before under another id, the same in second, caller, number dialled, agent")
    assert [name[1:] for name in found.calls["call_id"].iloc[copies(found)]] == ["0", "1", "2", "3"]  # one of each


@pytest.mark.parametrize(
    ("values", "second"),
    [
        ({}, {"agent": "A2"}),
        ({}, {"ani": "+12125550151"}),
        ({}, {"talk_s": 61.0}),
        ({}, {"offered_at": at(0, 5)}),
        ({"agent": None, "talk_s": 0.0, "ring_s": 0.0, "outcome": "busy"}, {}),  # a robot dials in pairs
        ({"agent": None, "ani": None}, {}),
    ],
    ids=["agent", "caller", "length", "time", "refused", "withheld"],
)
def test_calls_that_differ_are_two(values: dict[str, object], second: dict[str, object]) -> None:
    twins = [call(f"{k}{n}", 7 + 60 * n, **values, **(second if k == "b" else {})) for n in range(4) for k in "ab"]
    found = service(*twins)
    assert (said(found, "there-twice"), len(copies(found))) == ([], 0)
