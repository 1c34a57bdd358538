"""A file of calls that was not read: it is named, nothing of its time is clear, and no silence in it is anybody's."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from audit.quiet import service
from calltrace.diagnosis.audit import audit_case
from calltrace.diagnosis.audit.findings import Status
from calltrace.diagnosis.diagnose import ask, diagnose
from calltrace.diagnosis.scene import Question
from calltrace.errors import InputError, Location
from calltrace.intake.resembling import UNREAD_CALLS
from calltrace.tables.case import Case, Source
from calltrace.tables.problems import Problem
from support import at

HOLE = at(29), at(31)


def beside(
    whole: Case, first: pd.Timestamp | None, last: pd.Timestamp | None, *, read: bool = False, name: str = "b.csv"
) -> Case:
    """The case with a file beside it that looks like calls of that time and was not read; or was, by a later import."""
    told = Problem(Location(name), "a file of no known format; it looks like calls", "a log",
                   "It was not read. `calltrace inspect FILE --map` proposes how to read it.", rows=0, kind=UNREAD_CALLS)
    some = [Source(name, "", "", "", 0, problems=(told,), first=first, last=last)]
    some += [Source(name, "mapped", "calls", "", 9, calls=9)] * read
    return replace(whole, sources=(*whole.sources, *some), problems=(*whole.problems, told), cache={})


def test_what_its_time_lacks_is_laid_to_nobody() -> None:
    found = audit_case(beside(service({"": [HOLE]}), *HOLE), start=at(28), end=at(33))
    assert found.findings == ()
    (one,) = found.feed
    assert (one.cause, one.start, one.end) == ("calls-unread", HOLE[0], HOLE[1] + pd.Timedelta(seconds=1))
    assert "b.csv" in one.summary
    assert "calltrace inspect b.csv --map" in one.next_steps[0]
    assert not [s for s in found.standings if s.status is Status.CLEAR]


def test_its_name_can_be_copied_into_a_shell() -> None:
    found = audit_case(beside(service({"": [HOLE]}), *HOLE, name="late $(b).csv"), start=at(28), end=at(33))
    assert "calltrace inspect 'late $(b).csv' --map" in found.feed[0].next_steps[0]


def test_beside_calls_as_ever_it_is_named_and_troubles_are_told_all_the_same() -> None:
    silent = {"2": [(at(29, 10), at(29, 16))]}
    found = audit_case(beside(service(silent), *HOLE), start=at(28), end=at(33))
    assert [f.account for f in found.findings] == ["2"]
    assert [f.cause for f in found.feed] == ["calls-unread"]
    assert not [s for s in found.standings if s.status is Status.CLEAR]


def test_an_audit_goes_on_to_where_the_file_ends() -> None:
    found = audit_case(beside(service(), at(35), at(38)), start=at(30))
    assert found.end >= at(38)
    assert [f.cause for f in found.feed] == ["feed-dead", "calls-unread"]
    assert "they may be in b.csv, which was not read" in found.feed[0].summary
    assert not [s for s in found.standings if s.status is Status.CLEAR]
    far = audit_case(beside(service(), at(35), at(400)), start=at(30))  # its dates are read wrongly
    assert far.end < at(36)


@pytest.mark.parametrize(("first", "last", "read"), [
    (at(10), at(12), False), (*HOLE, True), (at(36), at(38), False)], ids=["before", "read-since", "after"])
def test_of_another_time_it_says_nothing(first: pd.Timestamp, last: pd.Timestamp, read: bool) -> None:
    found = audit_case(beside(service(), first, last, read=read), start=at(28), end=at(33))
    assert (found.feed, found.findings) == ((), ())
    assert [s for s in found.standings if s.status is Status.CLEAR]


def test_an_investigation_names_no_cause_of_its_time() -> None:
    whole = beside(service({"": [HOLE]}), *HOLE)
    found = diagnose(whole, Question("2", "missed-calls", *HOLE))
    assert (found.ranked, found.wording) == ((), "inconclusive")
    assert "may be in b.csv, which was not read" in found.summary
    assert "inspect b.csv --map" in found.next_steps[0]
    wide = diagnose(whole, Question("2", "missed-calls", at(25), at(33)))
    assert wide.wording != "confirmed"
    assert any("b.csv" in note for note in wide.notes)


def test_a_window_beyond_the_records_names_it() -> None:
    whole = beside(service(), at(35), at(38))
    with pytest.raises(InputError, match=r"They may be in b\.csv, which was not read"):
        ask(whole, account="2", complaint="missed-calls", start="2026-07-07", end="2026-07-08")
