"""A number is silent for a day and a half with three calls a day, and test calls say when it went down amid that."""

from __future__ import annotations

import re
from dataclasses import replace

import pandas as pd
import pytest

from calltrace.diagnosis import worked
from calltrace.diagnosis.audit.run import audit_case
from calltrace.diagnosis.diagnose import diagnose
from calltrace.diagnosis.scene import Question
from calltrace.report.brief import brief
from calltrace.report.letter import letter
from calltrace.report.making import report_of
from calltrace.report.ticket import ticket
from calltrace.tables.case import Case
from support import account, at, case, steady, table

NUMBER = "+12125550001"
SILENT = at(21, 8), at(23, 10)
LAST_OK, FIRST_AFTER = at(22, 6.5), at(23, 10)


def made(*results: tuple[pd.Timestamp, str], number: str = NUMBER) -> list[dict[str, object]]:
    return [{"tested_at": when, "number": number, "trunk_group": "A", "result": result} for when, result in results]


MADE = made(
    (at(20, 6.5), "ok"), (at(21, 18.5), "ok"), (LAST_OK, "ok"), (at(22, 18.5), "failed"), (at(23, 6.5), "failed"),
    (at(23, 8.5), "failed"), (at(23, 9.5), "ok"))


def service(tested: list[dict[str, object]] = MADE) -> Case:
    """Account 1 has a call every two hours, 2 to 5 every quarter of an hour; one in ten is given up."""
    rows = steady("1", every_min=120, silent=[SILENT])
    for who in "2345":
        rows += steady(who, every_min=15, offset_min=int(who), trunk_group="A" if who < "4" else "B")
    for row in rows[::10]:
        row |= {"outcome": "abandoned", "agent": None}
    listed = [account(who, trunk_group="A" if who < "4" else "B") for who in "12345"]
    return case(rows, accounts=listed, line_tests=tested)


def written(writing: object) -> str:
    return " ".join(writing.paper.as_text.split())  # type: ignore[attr-defined]


# asked of all of it, and of less than the time since the last test call came through
@pytest.mark.parametrize("asked", [(at(21, 7), at(23, 12)), (at(22, 14), at(23, 10))])
def test_a_number_is_not_said_to_be_down_while_test_calls_to_it_came_through(asked: tuple[pd.Timestamp, pd.Timestamp]) -> None:
    answer = diagnose(service(), Question("1", "missed-calls", *asked))
    assert (answer.ranked[0].cause, answer.start, answer.end) == ("number-down", LAST_OK, FIRST_AFTER)
    assert "; the last before them to come through was Tue 23 Jun 06:30" in answer.summary
    report = report_of(answer, command="investigate")
    filed = written(ticket(report))
    assert "after 2026-06-23 06:30" in filed
    assert "From 2026-06-23 06:30:00 UTC+00:00 (last test call that came through)" in filed
    assert "Last call before 2026-06-22 06:00:00" in filed
    # every two hours from 08:00 on
    assert re.search(r"Calls expected before the first call after 1[34] ", filed)
    told = written(letter(report))
    assert "between Monday, June 22 at 6:00 am (the last call before)" in told
    assert "A test call of ours still came through on Tuesday, June 23 at 6:30 am, so the number was working until then." in told
    assert re.search("About (14|13) calls usually come in for you from Tuesday, June 23 at 6:30 am until the next call.", told)
    assert "did not get through to us from Tuesday, June 23 at 6:30 am" in written(brief(report))


def test_where_no_test_call_came_through_the_last_call_is_what_it_begins_with() -> None:
    asked = at(22, 14), at(23, 9)
    answer = diagnose(service([t for t in MADE if t["result"] == "failed"]), Question("1", "missed-calls", *asked))
    # and not an hour before the time asked about, at which nothing happened
    assert (answer.ranked[0].cause, answer.start) == ("number-down", at(21, 6))
    filed = written(ticket(report_of(answer, command="investigate")))
    assert "From 2026-06-22 06:00:00" in filed
    assert "Last call before 2026-06-22 06:00:00" in filed
    assert "Calls expected 25 " in filed


def test_an_audit_counts_the_lost_calls_from_when_the_number_still_worked() -> None:
    (found,) = audit_case(service(), start=at(20), end=at(25)).findings
    assert (found.cause, found.start, found.end) == ("number-down", LAST_OK, FIRST_AFTER)
    assert found.lost == pytest.approx(14, abs=1)
    (today,) = audit_case(service(), start=at(23), end=at(24)).findings
    assert (today.start, today.counted) == (at(23), (LAST_OK, FIRST_AFTER))
    assert today.lost == pytest.approx(14, abs=1)


@pytest.mark.parametrize(
    ("results", "last"),
    [
        ("fff", None),
        ("ppff", 1),
        ("pffpp", 0),
        ("pfppffp", 3),  # one that failed by itself is no beginning where two failed together later
        ("pfppfp", 0),
        ("ffpff", None),
        ("pp", None),
    ],
)
def test_the_last_that_passed_before_those_that_failed(results: str, last: int | None) -> None:
    known = table("line_tests", made(*((at(0, h), "failed" if r == "f" else "ok") for h, r in enumerate(results))))
    assert worked.before_failing(known) == (None if last is None else at(0, last))


def test_of_two_numbers_that_failed_the_first_to_go_counts() -> None:
    one, other = "+12125550001", "+12125550002"
    first, later = made((at(0, 1), "ok"), (at(0, 3), "failed")), made((at(0, 2), "ok"), (at(0, 3), "failed"), number=other)
    assert worked.before_failing(table("line_tests", [*first, *later])) == at(0, 1)
    never = made((at(0, 3), "failed"), number=one)
    assert worked.before_failing(table("line_tests", [*never, *later])) is None


@pytest.mark.parametrize(("offered", "last"), [([1, 0, 2, 0, 0, 0], 2), ([0, 0, 0, 1, 0], None), ([0, 0], None)])
def test_the_switchs_own_counts_say_until_when_a_trunk_group_had_calls(offered: list[int], last: int | None) -> None:
    rows = [{"interval_start": at(0, h), "scope": "A", "offered": n} for h, n in enumerate(offered)]
    found = worked.while_counted(table("kpi", rows), at(0, -0.5), at(0, len(offered)))
    assert found == (None if last is None else at(0, last))


def test_a_ticket_says_where_a_time_was_only_looked_at_from_there() -> None:
    answer = diagnose(service(), Question("1", "missed-calls", at(21, 7), at(23, 12)))
    filed = written(ticket(report_of(replace(answer, start=at(21, 7), evidence=()), command="investigate")))
    assert "failing from 2026-06-22 07:00 UTC at the latest" in filed
    assert "From 2026-06-22 07:00 UTC at the latest (the time we looked at begins there)" in filed


def test_why_a_cause_that_is_all_but_certain_is_called_no_more_than_likely_is_said() -> None:
    short = diagnose(service(), Question("1", "missed-calls", at(22, 22), at(23, 9)))
    assert (short.ranked[0].cause, short.wording) == ("number-down", "likely")
    assert short.ranked[0].probability > 0.9
    (told,) = [n for n in short.notes if n.startswith("Called likely and not confirmed")]
    assert "by itself not yet beyond chance" in told
    whole = diagnose(service(), Question("1", "missed-calls", at(21, 7), at(23, 12)))
    assert whole.wording == "confirmed"
    assert not [n for n in whole.notes if n.startswith("Called likely")]
