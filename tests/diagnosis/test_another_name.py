"""A trunk group whose accounts' calls come by another name is not down, whatever the log calls it."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from audit.quiet import WINDOW, service
from calltrace.diagnosis.audit import audit_case
from calltrace.diagnosis.checks import shared_silence
from calltrace.diagnosis.diagnose import diagnose
from calltrace.diagnosis.evidence import Evidence, Outcome
from calltrace.diagnosis.scene import Question
from calltrace.tables.case import Case
from support import at, scene

SINCE, EVER = at(29, 6), at(99)
DOWN = at(29, 10), at(29, 16)
Span = tuple[pd.Timestamp, pd.Timestamp]


def called(
    whole: Case, name: str | None, start: pd.Timestamp = SINCE, end: pd.Timestamp = EVER, *, of: tuple[str, ...] = ()
) -> Case:
    """The case with the calls of trunk group A, or of some of its accounts, under another name within [start, end)."""
    calls = whole.calls
    other = (calls["trunk_group"] == "A") & (calls["offered_at"] >= start) & (calls["offered_at"] < end)
    if of:
        other &= calls["account"].isin(of)
    named = calls.assign(trunk_group=calls["trunk_group"].mask(other, pd.NA if name is None else name))
    return replace(whole, tables=whole.tables | {"calls": named}, cache={})


def trunk_silent(whole: Case, who: str, start: pd.Timestamp, end: pd.Timestamp) -> Evidence:
    return next(e for e in shared_silence.run(scene(whole, who, start, end)) if e.facet == "trunk-silent")


@pytest.mark.parametrize(("name", "where"), [
    ("SIP-1", "came in on SIP-1, which had none before: was it renamed?"),
    ("B", "came in on B: were they rerouted?"),
    (None, "came in without a trunk group in the log: does the switch still write it?"),
])
def test_a_group_whose_calls_come_by_another_name_is_not_down(name: str | None, where: str) -> None:
    whole = called(service(), name)
    found = audit_case(whole, start=WINDOW[0], end=WINDOW[1])
    assert found.findings == ()
    assert found.feed == ()
    assert [note for note in found.notes if note.startswith("Trunk group A had no call") and where in note]
    evidence = trunk_silent(called(service({"2": [DOWN]}), name), "2", *DOWN)  # its own silence is no carrier's
    assert evidence.outcome is Outcome.CLEAR
    assert where in evidence.says


def test_what_moved_before_the_window_is_told_no_more() -> None:
    whole = called(service(), "SIP-1", at(20))
    found = audit_case(whole, start=WINDOW[0], end=WINDOW[1])
    assert found.findings == ()
    assert not [note for note in found.notes if "SIP-1" in note]


def test_an_outage_after_the_renaming_is_one() -> None:
    silent: dict[str, list[Span]] = {who: [DOWN] for who in ("1", "2", "5")}
    whole = called(service(silent), "SIP-1")
    (one,) = audit_case(whole, start=WINDOW[0], end=WINDOW[1]).findings
    assert (one.trunk_group, one.cause) == ("A", "carrier-outage")
    assert abs(one.start - DOWN[0]) < pd.Timedelta(hours=1)
    assert one.end - DOWN[1] < pd.Timedelta(hours=1)
    assert trunk_silent(whole, "2", *DOWN).outcome is Outcome.FOUND


def test_who_came_another_way_is_not_hit_by_an_outage() -> None:
    down = at(29, 19), at(30, 3)  # account 1 has calls at night alone
    whole = called(service({"1": [down], "2": [down]}), "B", *down, of=("5",))
    (one,) = audit_case(whole, start=WINDOW[0], end=WINDOW[1]).findings
    assert (one.trunk_group, one.cause, [hit.account for hit in one.also_affected]) == ("A", "carrier-outage", ["1", "2"])
    assert trunk_silent(whole, "2", *down).outcome is Outcome.FOUND
    its = trunk_silent(whole, "5", *down)
    assert its.outcome is Outcome.CLEAR
    assert "the account had" in its.says
    assert "another way" in its.says
    told = diagnose(whole, Question("2", "missed-calls", *down))
    assert told.ranked[0].cause == "carrier-outage"
    assert [hit.account for hit in told.also_affected] == ["1"]


def test_a_group_spelled_another_way_is_the_same() -> None:
    whole = called(service(), " a ")
    found = audit_case(whole, start=WINDOW[0], end=WINDOW[1])
    assert found.findings == ()
    assert not [note for note in found.notes if "Trunk group" in note]
    told = diagnose(called(service({"2": [DOWN]}), " a "), Question("2", "missed-calls", *DOWN))
    (evidence,) = [e for e in told.evidence if e.facet == "trunk-silent"]
    assert evidence.outcome is Outcome.CLEAR
    assert "came in on" not in evidence.says
