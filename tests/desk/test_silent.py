"""A silence of several days and an outage within it: it goes on, for nothing has shown its end."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date
from pathlib import Path

import pandas as pd
import pytest

from audit import quiet
from calltrace.desk.acks import Memory
from calltrace.desk.daily import daily_case
from calltrace.desk.silent import still_silent
from calltrace.desk.troubles import Morning, Trouble
from calltrace.tables.case import Case
from support import account, at, case, steady

NEVER = at(40)
Span = tuple[pd.Timestamp, pd.Timestamp]


def mornings(records: Case, days: range, folder: Path) -> dict[int, Morning]:
    """The mornings after these days, each made at six with those before in mind."""
    memory, made = Memory(folder / "mornings.sqlite"), {}
    for day in days:
        made[day] = daily_case(records, memory, day=f"{at(day):%Y-%m-%d}", now=at(day + 1, 6)).morning
        memory.keep(made[day])
    return made


def followed(told: dict[int, Morning], whose: str) -> list[str]:
    """What each morning said of the silence of an account: how it stands, or ended, or as it was carried."""
    said = []
    for morning in told.values():
        stands = [s.state for s in morning.stands if s.trouble.scope == whose]
        stands += ["ended" for t in morning.news if t.scope == whose]
        said.append(" ".join(stands + [t.state for t in morning.carried if t.scope == whose]))
    return said


def test_a_silence_goes_on_through_an_hour_without_anybodys_calls(tmp_path: Path) -> None:
    """Account 4 is silent from Monday evening to Wednesday morning, everybody for two hours of Tuesday evening."""
    out = at(29, 17.5), at(29, 19.5)
    told = mornings(quiet.service({"4": [(at(28, 18.8), at(30, 10.5))], "": [out]}), range(28, 30), tmp_path)
    assert followed(told, "4") == ["new", "worse"]  # a day more without a call
    tuesday = next(s.trouble for s in told[29].stands if s.trouble.scope == "4")
    assert tuesday.ongoing


def one_number_silent(gap: Span, out: Span) -> Case:
    """The quiet service, of whose account 2 the second of three numbers is silent in the gap, and everybody in the outage."""
    whole = quiet.service({"": [out]}, kpi=(out,))
    numbers = ["+12125550002", "+12125557002", "+12125558002"]
    calls = whole.calls.copy()
    own = calls["account"] == "2"
    calls.loc[own, "dnis"] = [numbers[n % 3] for n in range(int(own.sum()))]
    silent = (calls["dnis"] == numbers[1]) & (calls["offered_at"] >= gap[0]) & (calls["offered_at"] < gap[1])
    accounts = whole.tables["accounts"].copy()
    accounts.loc[accounts["account"] == "2", "numbers"] = ";".join(numbers)
    tables = {"calls": calls[~silent].reset_index(drop=True), "accounts": accounts}
    return replace(whole, tables=whole.tables | tables, cache={})


def test_the_silence_of_a_number_is_not_over_because_the_others_rang(tmp_path: Path) -> None:
    told = mornings(one_number_silent((at(28, 3), at(30, 9)), (at(29, 6), at(29, 22))), range(28, 31), tmp_path)
    assert followed(told, "2") == ["new", "going-on", "over"]


def test_an_outage_over_midnight_is_one_outage(tmp_path: Path) -> None:
    """By six in the morning it is known to be over; the next morning sees its end, and tells no other one."""
    out = at(29, 11), at(30, 3)
    told = mornings(quiet.service({"": [out]}, kpi=(out,)), range(29, 31), tmp_path)
    assert followed(told, "the platform") == ["new", "over"]


# --- whose number had no call -----------------------------------------------------------------------------------------


def trouble(**more: object) -> Trouble:
    since = at(20, 9).to_pydatetime().astimezone(UTC)
    made = Trouble(
        chain="k", key="k", scope="1", cause="number-down", check="silence", severity="high", who="", title="", since=since,
        zone="UTC", mornings=1, ongoing=True, last=date(2026, 6, 21), state="found")
    return replace(made, **more)  # type: ignore[arg-type]


def two_numbers(*, every_min: float = 60, back: pd.Timestamp = NEVER) -> Case:
    """Account 1: one number has a call an hour, the other is silent from day 20, 09:00 until it is back."""
    down = steady("1", every_min=every_min, days=28, silent=[(at(20, 9), back)], dnis="+12125550009")
    rows = [*steady("1", every_min=60, days=28), *({**row, "call_id": f"d{row['call_id']}"} for row in down)]
    return case(rows, accounts=[account("1", numbers="+12125550001;+12125550009")])


@pytest.mark.parametrize(
    ("records", "more", "silent"),
    [
        (two_numbers(), {}, True),
        (two_numbers(back=at(21, 12)), {}, False),  # back on the day
        (two_numbers(back=at(20, 20)), {}, False),  # back the day before, after it was told
        (two_numbers(every_min=3000), {}, False),  # a number with a call in two days tells nothing
        (two_numbers(), {"ongoing": False}, False),
        (two_numbers(), {"check": "hold"}, False),
        (two_numbers(), {"cause": "lines-not-forwarded"}, False),  # of the account as a whole, which had calls
    ],
)
def test_a_number_is_silent_while_it_has_no_call(records: Case, more: dict[str, object], *, silent: bool) -> None:
    assert still_silent(records, [], [trouble(**more)], at(22)) == ({"1"} if silent else set())


def test_a_number_that_had_calls_since_its_trouble_was_told_is_not_silent() -> None:
    """Told of day 20, it has calls on day 21 and none on day 22; had it been told of day 22, it would be silent still."""
    again = two_numbers(back=at(21, 5))
    calls = again.calls[~((again.calls["dnis"] == "+12125550009") & (again.calls["offered_at"] >= at(21, 8)))]
    records = replace(again, tables=again.tables | {"calls": calls.reset_index(drop=True)}, cache={})
    assert still_silent(records, [], [trouble()], at(23)) == set()
    assert still_silent(records, [], [trouble(last=date(2026, 6, 23))], at(23)) == {"1"}
