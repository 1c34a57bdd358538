"""Calls that come because lines were left forwarded are no crowd of callers. Four weeks, forwarded from 18:00 to 08:00."""

from __future__ import annotations

from calltrace.diagnosis.checks import demand
from calltrace.diagnosis.diagnose import diagnose
from calltrace.diagnosis.evidence import Outcome
from calltrace.tables.case import Case
from support import account, at, case, scene, steady

NIGHTS = "Mo-Su 18:00-24:00,00:00-08:00"
DAY = (at(24), at(25))


def records(*, ever: bool = False) -> Case:
    """Account 1 a call an hour at night, and on day 24 (``ever``: every third day) a call every half hour by day."""
    days = range(0, 28, 3) if ever else [24]
    rows = steady("1", every_min=60, days=28, silent=[(at(d, 8), at(d, 18)) for d in range(28)])
    rows += [rows[0] | {"call_id": f"day-{d}-{n}", "offered_at": at(d, 8.5 + n / 2)} for d in days for n in range(18)]
    for place, row in enumerate(rows):
        row["ani"] = f"+1312555{place % 90:04d}"
    return case([*rows, *steady("2", every_min=20, days=28)], accounts=[account("1", coverage=NIGHTS), account("2")])


def surged(found: Case, complaint: str) -> Outcome:
    return next(e.outcome for e in demand.run(scene(found, "1", *DAY, complaint)) if e.facet == "own-surge")


def test_lines_left_forwarded_are_no_surge() -> None:
    found = records()
    assert surged(found, "") is Outcome.CLEAR
    assert diagnose(found, scene(found, "1", *DAY, "").question).ranked[0].cause == "forwarding-left-on"


def test_of_what_callers_met_the_crowd_is_told_whatever_brought_it() -> None:
    assert surged(records(), "busy") is Outcome.FOUND


def test_where_such_calls_are_usual_the_coverage_says_nothing() -> None:
    found = records(ever=True)
    says = next(e.says for e in demand.run(scene(found, "1", *DAY, "")) if e.facet == "own-surge")
    assert "not counted" not in says
