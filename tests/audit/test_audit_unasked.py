"""A check that could not be asked leaves nobody clear; one among others that were asked is told in a note."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace

import pandas as pd
import pytest
from click.testing import CliRunner

from audit.quiet import WINDOW, service
from calltrace.cli.main import main
from calltrace.diagnosis.audit.findings import Status
from calltrace.diagnosis.audit.run import audit_case
from calltrace.report.audit import audit_report_of
from calltrace.report.render import to_terminal
from calltrace.tables.case import Case
from support import at, table

MESSAGE = {"message_id": "m1", "call_id": "2-1", "account": "2", "taken_at": at(30, 9), "agent": "A1", "priority": None}
SENT = {"message_id": "m1", "attempted_at": at(30, 9.1), "method": "sms", "status": "delivered"}


COUNTED = [{"interval_start": at(30, 9), "scope": "platform", "offered": 3, "peak_trunks_in_use": 2}]


def unknown(records: Case, *columns: str) -> Case:
    """The case with nothing in these columns of the calls."""
    calls = records.calls.assign(**{c: pd.array([pd.NA] * len(records.calls), dtype="Float64") for c in columns})
    return replace(records, tables=records.tables | {"calls": calls}, cache={})


def with_kpi() -> Case:
    """The quiet service with the switch's counts of all its lines together."""
    records = service()
    return replace(records, tables=records.tables | {"kpi": table("kpi", COUNTED)}, cache={})


@pytest.fixture(scope="module")
def calm() -> Case:
    return service()


@pytest.mark.parametrize(
    ("check", "made", "lacks"),
    [
        ("dispatch", service, "messages, dispatch"),
        ("dispatch", lambda: service(messages=[MESSAGE], dispatch=[SENT]), "messages.priority"),
        ("trunks", service, "kpi.peak_trunks_in_use"),
        ("trunks", with_kpi, "kpi of trunk groups in the window"),
        ("hold", lambda: unknown(service(), "queue_s", "hold_s"), "calls.queue_s or calls.hold_s"),
        ("nuisance", lambda: unknown(service(), "talk_s"), "calls.talk_s"),
        ("bill", service, "a window of 5 days and more"),
    ],
    ids=["no-messages", "no-priority", "no-kpi", "kpi-of-all-alone", "no-waits", "no-talk", "short-window"],
)
def test_nobody_is_clear_of_a_check_that_could_not_be_asked(check: str, made: Callable[[], Case], lacks: str) -> None:
    found = audit_case(made(), start=WINDOW[0], end=WINDOW[1], checks=(check,))
    assert len(found.unasked) == 1
    assert found.unasked[0].endswith(f"({lacks})")
    assert {s.status for s in found.standings} == {Status.UNJUDGED, Status.ABSENT}
    assert all(lacks in s.why for s in found.standings if s.status is Status.UNJUDGED)
    text = to_terminal.render(audit_report_of(found, command="check"), width=200, color=False, ascii_only=False)
    assert "Nothing could be asked." in text
    assert "Too few calls" not in text
    assert f"({lacks})" in text


def test_a_bill_is_not_asked_of_the_first_week_on_record(calm: Case) -> None:
    told = audit_case(calm, start=at(3), end=at(9), checks=("bill",)).unasked
    assert told == ("Does a bill drift? (calls of the 7 days before the window)",)
    assert audit_case(calm, start=at(10), end=at(17), checks=("bill",)).unasked == ()


def test_what_could_be_asked_is_answered_and_the_rest_is_a_note(calm: Case) -> None:
    found = audit_case(calm, start=WINDOW[0], end=WINDOW[1], checks=("silence", "dispatch"))
    assert found.unasked == ()
    assert found.notes[0] == "Not asked for want of records: What became of urgent messages? (messages, dispatch)"
    assert Status.CLEAR in {s.status for s in found.standings}


def test_the_audit_of_everything_is_as_it_was(calm: Case) -> None:
    found = audit_case(calm, start=WINDOW[0], end=WINDOW[1])
    assert found.unasked == ()
    assert "bill" not in found.notes[0]
    assert Status.CLEAR in {s.status for s in found.standings}


def test_the_command_says_what_is_missing_and_exits_with_3(calm: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("calltrace.config.large.records", lambda *_paths, **_given: nullcontext(calm))
    asked = ["check", "dispatch", "logs", "--from", "2026-06-29", "--to", "2026-07-01", "--format", "json", "--exit-zero"]
    result = CliRunner().invoke(main, asked)
    assert result.exit_code == 3
    assert result.stderr == (
        "Error: not asked for want of records: What became of urgent messages? (messages, dispatch). Nobody is clear of it.\n")
    assert {a["status"] for a in json.loads(result.stdout)["accounts"]} == {"unjudged", "absent"}
