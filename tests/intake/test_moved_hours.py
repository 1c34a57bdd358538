"""Records whose times go over to another clock or zone: the hours of all accounts' calls move by as many."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from calltrace.diagnosis.audit.run import audit_case
from calltrace.diagnosis.diagnose import diagnose
from calltrace.intake.quality import feed
from support import account, at, case, scene

if TYPE_CHECKING:
    from collections.abc import Callable

    from calltrace.tables.case import Case

NIGHTS = "Mo-Su 17:00-24:00,00:00-08:00"
ALL = tuple("123456")
OFFICE = [0.1, 0.1, 0.1, 0.1, 0.1, 0.3, 1, 2, 5, 7, 7, 6, 5, 6, 6, 6, 5, 3, 2, 1, 1, 1, 0.3, 0.2]
NIGHT = [1.5, 1, 1, 1, 1, 2, 4, 6, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7, 6, 5, 4, 3, 2, 2]


def log(hours: float, *, whose: tuple[str, ...] = ALL, since: float = 35, until: float = 42, days: int = 42) -> Case:
    """Six accounts of offices by day and of others by night; from day to day the times of some are off by some hours."""
    chance = np.random.default_rng(3)
    rows, accounts = [], []
    for who in ALL:
        night = int(who) % 2 == 0
        shape = np.array(NIGHT if night else OFFICE)
        accounts.append(account(who, coverage=NIGHTS if night else "24/7"))
        for day in range(days):
            of_day = np.sort(chance.choice(24, chance.poisson(24), p=shape / shape.sum()) + chance.uniform(0, 1, 99)[0])
            for n, hour in enumerate(of_day):
                when = at(day, float(hour)) + pd.Timedelta(minutes=2 * n)
                off = hours if who in whose and at(since) <= when < at(until) else 0.0
                rows.append({
                    "call_id": f"{who}-{day}-{n}", "account": who, "dnis": f"+1212555{int(who):04d}", "trunk_group": "A",
                    "ani": f"+1312555{n:04d}", "agent": None if n == 3 else "A1", "ring_s": 4.0, "queue_s": 0.0, "hold_s": 0.0,
                    "talk_s": 60.0, "outcome": "abandoned" if n == 3 else "answered", "ended_by": "caller",
                    "offered_at": when + pd.Timedelta(hours=off)})
    return case(rows, accounts=accounts)


@pytest.mark.parametrize("hours", [4, -5])
def test_hours_that_move_for_every_account_are_the_logs_clock(hours: int) -> None:
    found = log(hours)
    told = feed(found).moved
    assert told is not None
    assert (told.hours, told.accounts, told.goes_on) == (hours, 6, True)
    assert abs(told.start - at(35)) < pd.Timedelta(hours=12)
    (note,) = [p for p in feed(found).problems if p.kind == "hours-moved"]
    assert f"{abs(hours)} h {'later' if hours > 0 else 'earlier'} in the day" in note.saw


@pytest.mark.parametrize("found", [
    lambda: log(0),
    lambda: log(1),  # so those of clients move, of whose zone and the log's only one changes its clocks
    lambda: log(4, whose=("2", "4")),  # two clients that forward later are two clients
    lambda: log(4, whose=("2", "4", "6")),  # and so are all that forward at night: the offices did not move
    lambda: log(4, since=35, until=35.4),  # a morning of an outage
    lambda: log(4, since=8, until=20, days=24),  # nobody knows which of the two is usual
])
def test_hours_of_some_clients_or_of_part_of_a_day_are_none(found: Callable[[], Case]) -> None:
    assert feed(found()).moved is None


def test_no_client_is_accused_of_when_its_calls_came_by_a_clock_that_moved() -> None:
    """Account 2's calls begin four hours after it should forward, every evening, and end four hours after it takes back."""
    found = log(4)
    asked = scene(found, "2", at(36), at(41))
    answer = diagnose(found, asked.question)
    assert answer.wording == "inconclusive"
    assert answer.ranked[0].party == "nobody"
    assert sum(r.probability for r in answer.ranked if r.party in {"client", "carrier"}) < 0.2
    assert any("the log's clock or zone was changed" in note for note in answer.notes)
    assert "the log's clock or zone was changed" in answer.summary
    assert "forward" not in answer.summary
    bill = diagnose(found, scene(found, "2", at(36), at(41), complaint="high-bill").question)
    assert bill.ranked[0].cause != "forwarding-left-on"


def test_an_audit_tells_the_clock_once_and_no_clients_hours() -> None:
    made = audit_case(log(4), start=at(36), end=at(41))
    (told,) = [f for f in made.feed if f.cause == "hours-moved"]
    assert "4 h later" in told.summary
    assert not [f for f in made.findings if f.party in {"client", "carrier"}]
    assert not any(s.status == "clear" for s in made.standings)
