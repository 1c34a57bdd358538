"""8x8's legs: those of one parent are one call."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from reading import golden, known, only_source, recognised_by, written

if TYPE_CHECKING:
    from pathlib import Path


def test_the_sample_becomes_what_it_should(repo_root: Path, update_golden: bool) -> None:
    case = golden(repo_root / "sample_logs" / "eight_x_eight" / "cdr.csv", update=update_golden)
    source = only_source(case)
    assert source.format == "eight-x-eight"
    assert (source.rows, source.left_out, source.calls, source.answered) == (8, 1, 5, 1)
    assert source.notes[0].startswith("7 rows: 5 callers' attempts")


HEAD = "Call ID,Start Time,Answer Time,Stop Time,Talk Time,Caller,Callee,Callee Name,Direction,Status,Parent Call ID\n"
AT = "2026-04-16 00:05:"


@pytest.mark.parametrize(
    ("answer", "callee", "status", "outcome", "ring_s"),
    [
        (AT + "07", "Bea Ray", "", "answered", 7),
        ("", "Bea Ray", "", "no_answer", 40),
        ("", "Bea Ray", "Abandoned", "abandoned", 40),
        ("", "Bea Ray", "Busy", "busy", 40),
        (AT + "20", "Voicemail", "", "voicemail", 20),
        (AT + "01", "Auto Attendant", "", "announcement", 1),
    ],
)
def test_how_a_leg_ended(  # noqa: PLR0917 -- a table
    tmp_path: Path, answer: str, callee: str, status: str, outcome: str, ring_s: int
) -> None:
    row = f"771,{AT}00,{answer},{AT}40,33,+15855550117,+15855550178,{callee},Incoming,{status},\n"
    assert recognised_by(HEAD + row) == ["eight_x_eight"]
    (call,) = written(tmp_path, "a.csv", HEAD + row).calls.to_dict("records")
    assert (call["outcome"], call["ring_s"]) == (outcome, ring_s)


def test_an_internal_leg_counts_as_part_of_a_callers_call_only(tmp_path: Path) -> None:
    leg = f"%s,{AT}00,{AT}09,{AT}40,31,207,208,Cal Dow,Internal,,%s\n"
    caller = f"771,{AT}00,,{AT}40,,+15855550117,+15855550178,Desk,Incoming,,\n"
    case = written(tmp_path, "a.csv", HEAD + caller + leg % (779, 771) + leg % (780, 0))
    assert case.calls[["call_id", "outcome", "agent", "ani"]].to_numpy().tolist() == [
        ["771", "answered", "Cal Dow", "+15855550117"]
    ]
    assert only_source(case).notes[0].endswith("1 set aside, which are no caller's (1 outgoing or internal)")


API = {
    "callId": "771", "startTime": "2026-04-16T04:05:57.000-0400", "connectTime": "0",
    "disconnectedTime": "2026-04-16T04:34:17.000-0400", "talkTimeMS": 0, "talkTime": "00:00:00", "caller": "+15855550117",
    "callee": "CallQueue", "calleeName": "Desk", "dnis": "15855550178", "direction": "Incoming", "missed": "Missed",
    "abandoned": "Abandoned", "answered": "-", "answeredTime": 0,
}  # fmt: skip


def test_a_record_of_the_api_has_the_number_dialled_and_the_wait_in_a_queue(tmp_path: Path) -> None:
    lost = {**API, "lastLegDisposition": "Missed", "waitTimeMS": 1696320, "ringDuration": 197}
    taken = {
        **API, "callId": "772", "connectTime": "2026-04-16T04:06:27.000-0400", "disconnectedTime": "2026-04-16T04:07:27.000-0400",
        "callee": "1001", "calleeName": "Bea Ray", "answered": "Answered", "missed": "-", "abandoned": "-",
        "lastLegDisposition": "Connected", "waitTimeMS": 25000, "talkTime": "00:01:00", "calleeHoldDurationMS": 10000,
    }  # fmt: skip
    case = written(tmp_path, "cdr.json", json.dumps({"meta": {"totalRecordCount": 2}, "data": [lost, taken]}))
    first, second = case.calls.sort_values("call_id").to_dict("records")
    assert (first["outcome"], first["dnis"], first["queue_s"]) == ("abandoned", "+15855550178", 1696.32)
    assert first["ring_s"] == pytest.approx(1700 - 1696.32)
    assert (second["outcome"], second["agent"], second["ring_s"], second["queue_s"]) == ("answered", "Bea Ray", 5, 25)
    assert (second["hold_s"], second["talk_s"]) == (10, 50)
    assert case.problems == ()


@pytest.mark.parametrize(
    ("service", "told", "outcome"), [("VMadvanced", "Voicemail", "voicemail"), ("ACDOperatorService", "Missed", "no_answer")]
)
def test_a_leg_that_a_service_picked_up_is_nobodys_answer(tmp_path: Path, service: str, told: str, outcome: str) -> None:
    leg = {
        **API, "legId": "1", "connectTime": "2026-04-16T04:05:57.040-0400", "status": "Completed", "abandoned": "-",
        "calleeSvcName": service, "propsLastPartyDisp": told,
    }  # fmt: skip
    (call,) = written(tmp_path, "legs.json", json.dumps({"data": [leg]})).calls.to_dict("records")
    assert (call["outcome"], known(call["agent"]), call["hangup_cause"]) == (outcome, None, told)


@pytest.mark.parametrize(("column", "told"), [("Answered Time", ""), ("Answer Time", "Y")])
def test_a_leg_with_a_time_of_answer_is_answered_however_the_export_calls_it(tmp_path: Path, column: str, told: str) -> None:
    head = f"Call ID,Start Time,{column},Stop Time,Caller,Callee,Callee Name,Direction{',Answered' if told else ''}\n"
    line = f"1,{AT}00,{AT}08,{AT}50,+15855550117,1001,Bea Ray,Incoming{told and ',' + told}\n"
    (call,) = written(tmp_path, "legs.csv", head + line).calls.to_dict("records")
    assert (call["outcome"], call["agent"], call["ring_s"]) == ("answered", "Bea Ray", 8)
