"""A period's bill from the records, and what they do not cover."""

from __future__ import annotations

from calltrace.desk.bill import bill
from calltrace.desk.rates import Rates
from support import account, at, case, steady

RATES = Rates(per_minute=1.0, per_message=0.5, per_dial_out=0.1, accounts={"1": {"per_minute": 2.0}})


def test_the_accounts_own_rates_over_the_period_only() -> None:
    rows = steady("1", every_min=720, days=4) + steady(
        "2", every_min=60, days=4
    )  # two one-minute calls a day
    messages = [
        {"message_id": "M0", "account": "1", "taken_at": at(0, 23), "priority": "urgent"},
        {"message_id": "M1", "account": "1", "taken_at": at(2), "priority": "urgent"},
    ]
    # the message of the day before is tried within the period: a dial-out of it
    dispatch = [
        {"message_id": m, "attempted_at": at(d, h), "method": "sms", "status": "acknowledged"}
        for m, d, h in (("M0", 0, 23.5), ("M0", 1, 0.5), ("M1", 2, 0.1))
    ]
    made = bill(
        case(rows, accounts=[account("1")], messages=messages, dispatch=dispatch), "1", at(1), at(3), RATES
    )
    assert {line.what: (line.count, round(line.amount, 2)) for line in made.lines} == {
        "base": (2.0, 0.0),
        "calls": (4.0, 0.0),
        "minutes": (4.0, 8.0),
        "messages": (1.0, 0.5),
        "dial-outs": (2.0, 0.2),
        "minimum": (0.0, 0.0),
    }
    assert made.total == 8.7
    assert made.missing == ()


def test_what_the_records_do_not_cover_is_said() -> None:
    late = [{"message_id": "M1", "account": "1", "taken_at": at(5), "priority": "urgent"}]
    made = bill(case(steady("1", every_min=720, days=6), messages=late), "1", at(0), at(6), RATES)
    assert made.missing == ("messages begin only 2026-06-06 00:00 UTC", "no dispatch were given")
