"""Logs that do not tell how long the phone rang: a queue's own, and those that tell no seconds before the answer at all."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest

from audit import quiet
from calltrace.diagnosis.audit.findings import UNEXPLAINED, Audit, Status
from calltrace.diagnosis.audit.ground import Ground
from calltrace.diagnosis.audit.run import audit_case
from calltrace.diagnosis.audit.screens import ring
from calltrace.diagnosis.profile import Profile
from calltrace.report.inspection import missing
from calltrace.tables.case import Case
from support import at, table

DAY, FROM, UNTIL = 28, at(28, 10), at(28, 16)


@cache
def short_of_agents() -> Case:
    """Four agents share the calls but for six hours, in which one has them all: callers wait, and every other leaves."""
    records = quiet.service()
    calls = records.calls.sort_values("offered_at", ignore_index=True)
    there = np.arange(len(calls))
    answered = calls["outcome"] == "answered"
    inside = (calls["offered_at"] >= FROM) & (calls["offered_at"] < UNTIL)
    calls.loc[answered, "agent"] = [f"A{n % 4}" for n in there[answered]]
    calls.loc[answered & inside, "agent"] = "A0"
    calls.loc[inside, "queue_s"] = 90.0
    left = inside & (there % 2 == 0)
    calls.loc[left, "outcome"] = "abandoned"
    calls.loc[left, "agent"] = pd.NA
    return replace(records, tables=records.tables | {"calls": calls}, cache={})


def without(records: Case, *columns: str) -> Case:
    calls = records.calls.assign(**{c: pd.array([pd.NA] * len(records.calls), dtype="Float64") for c in columns})
    return replace(records, tables=records.tables | {"calls": calls}, cache={})


def looked(records: Case, *checks: str) -> Audit:
    return audit_case(records, start=at(DAY), end=at(DAY + 1), checks=checks or None, charts=False)


@pytest.mark.parametrize("check", ["hold", "abandonment"])
def test_waits_and_callers_who_leave_are_found_in_a_log_of_the_queue_alone(check: str) -> None:
    [one] = looked(without(short_of_agents(), "ring_s"), check).findings
    assert (one.account, one.cause) == (None, "understaffed")
    assert (one.start, one.end) == (FROM, UNTIL)


def test_agents_who_let_calls_ring_are_looked_for_where_no_ring_is_told() -> None:
    records = without(quiet.service(), "ring_s")
    out = [{"at": at(DAY, 9 + n / 4), "agent": "A1", "event": "ring_no_answer"} for n in range(9)]
    told = replace(records, tables=records.tables | {"agents": table("agents", out)}, cache={})
    found = looked(told, "ring")
    assert found.unasked == ()
    assert found.notes[0] == "Not asked for want of records: Did callers ring too long? (calls.ring_s)"
    assert {s.status for s in found.standings} == {Status.UNJUDGED, Status.ABSENT}
    assert looked(records, "ring").unasked == ("Did callers ring too long? (calls.ring_s)",)
    [one] = [c for c in ring.run(Ground(told, at(DAY), at(DAY + 1), Profile()), []) if c.data]
    assert (one.data, one.causes) == ({"agent": "A1"}, ("agent-not-answering",))


def test_what_none_of_the_answered_calls_tells_is_not_asked_and_nobody_is_clear_of_it() -> None:
    records = quiet.service()
    calls = records.calls
    untold = replace(records, tables=records.tables | {
        "calls": calls.assign(hold_s=calls["hold_s"].mask(calls["outcome"] == "answered"))}, cache={})
    assert untold.has("calls.hold_s")  # of callers who reached nobody: they were not held
    found = looked(untold, "hold")
    assert found.unasked == ()
    assert {s.status for s in found.standings} == {Status.UNJUDGED, Status.ABSENT}
    said = "Were callers left on hold by an agent? (calls.hold_s)"
    assert found.notes[0] == f"Not asked for want of records: {said}"
    among = looked(untold, "announcement", "hold")
    assert (found.notes, Status.CLEAR in {s.status for s in among.standings}) == (among.notes, True)
    assert (looked(records, "hold").notes, missing(records)) == ((), [m for m in missing(untold) if m["need"] != "calls.hold_s"])
    assert [m["need"] for m in missing(untold) if m["need"].startswith("calls.")] == ["calls.hold_s"]


def test_callers_who_leave_everybody_are_told_where_no_wait_is() -> None:
    untold = without(short_of_agents(), "ring_s", "queue_s")
    [one] = looked(untold, "abandonment").findings
    assert (one.account, one.cause, one.check) == (None, "understaffed", "abandonment")
    nobody = replace(untold, tables=untold.tables | {"calls": untold.calls.assign(agent=pd.array([pd.NA] * len(untold.calls)))})
    [bare] = looked(replace(nobody, cache={}), "abandonment").findings
    assert (bare.account, bare.cause, bare.wording) == (None, UNEXPLAINED, "inconclusive")
    assert "more callers than usual gave up, whomever they called, and no known cause explains it" in bare.summary
    assert (bare.start, bare.end) == (FROM, UNTIL)
    assert {h.account for h in bare.also_affected} == {"2", "3", "4", "5"}  # account 1 is there by night
    assert looked(without(quiet.service(), "ring_s", "queue_s"), "abandonment").findings == ()
