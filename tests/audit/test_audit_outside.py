"""What the screen of surges makes of few calls outside the hours in which lines should be forwarded."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from calltrace.diagnosis.audit.ground import Candidate, Ground
from calltrace.diagnosis.audit.screens._outside import left_forwarded
from calltrace.diagnosis.profile import Profile
from calltrace.tables.case import Case
from support import account, at, case, steady

NIGHTS = "Mo-Su 18:00-24:00,00:00-08:00"


def records(*strays: pd.Timestamp, days: float = 35, coverage: str | None = NIGHTS) -> Case:
    """Account 1, forwarded from 18:00 to 08:00, has a call every half hour then, and these beside."""
    rows: list[dict[str, Any]] = steady("1", every_min=30, days=days, silent=[(at(d, 8), at(d, 18)) for d in range(35)])
    rows += [rows[0] | {"call_id": f"stray-{n}", "offered_at": one} for n, one in enumerate(strays)]
    return case([*rows, *steady("2", every_min=20, days=days)], accounts=[account("1", coverage=coverage), account("2")])


def found(logs: Case, day: float) -> list[Candidate]:
    return left_forwarded(Ground(logs, at(day), at(day + 1), Profile()))


def test_a_call_a_day_where_there_was_none_adds_up() -> None:
    logs = records(*(at(day, 12) for day in (28, 29, 30)))
    each = [found(logs, day)[0].score if found(logs, day) else 0.0 for day in (28, 29, 30)]
    assert each[0] < 1.5 < each[1] < each[2]
    [last] = found(logs, 30)
    assert (last.account, last.causes, last.harmed) == ("1", ("forwarding-left-on",), 1.0)
    assert (last.start, last.end, last.since) == (at(30, 12), at(30, 12.25), at(28))
    assert found(logs, 31) == []  # a day without one


@pytest.mark.parametrize("hour", [8.5, 17.5, 3.0])
def test_calls_near_the_hours_of_coverage_or_within_them_are_none(hour: float) -> None:
    assert found(records(*(at(28, hour + n / 60) for n in range(4))), 28) == []


def test_who_has_them_now_and_then_has_them_as_ever() -> None:
    assert found(records(*(at(day, 12) for day in range(0, 35, 2))), 28) == []


def test_where_little_is_known_or_there_are_no_such_hours_nothing_is_said() -> None:
    strays = [at(10, 12 + n / 4) for n in range(4)]
    assert found(records(*strays, days=14), 10) == []
    assert found(records(*(at(28, 12 + n / 4) for n in range(4)), coverage=None), 28) == []
    assert len(found(records(*(at(28, 12 + n / 4) for n in range(4))), 28)) == 1
