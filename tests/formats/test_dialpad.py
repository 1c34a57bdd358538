"""Dialpad's rows: the department's tells the wait, the user's the agent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reading import golden, only_source, recognised_by, written

if TYPE_CHECKING:
    from pathlib import Path


def test_the_sample_becomes_what_it_should(repo_root: Path, update_golden: bool) -> None:
    case = golden(repo_root / "sample_logs" / "dialpad" / "calls.csv", update=update_golden)
    source = only_source(case)
    assert source.format == "dialpad"
    assert (source.rows, source.left_out, source.calls, source.answered) == (7, 1, 4, 1)
    assert source.notes[0].startswith("6 rows: 4 callers' attempts")


HEAD = "call_id,entry_point_call_id,direction,category,date_started,date_queued,date_connected,date_ended,"
HEAD += "external_number,name,target_kind\n"
AT = "2026-04-16 04:05:"


def test_a_department_and_its_agent_are_one_call(tmp_path: Path) -> None:
    text = HEAD + (
        f"51,,inbound,incoming,{AT}00Z,{AT}02Z,{AT}20Z,{AT}50Z,+15855550117,Desk,Department\n"
        f"52,51,inbound,missed,{AT}05Z,,,{AT}12Z,+15855550117,Cal Dow,UserProfile\n"
        f"53,51,inbound,incoming,{AT}13Z,,{AT}20Z,{AT}50Z,+15855550117,Bea Ray,UserProfile\n"
    )
    assert recognised_by(text) == ["dialpad"]
    (call,) = written(tmp_path, "a.csv", text).calls.to_dict("records")
    assert (call["outcome"], call["agent"], call["queue"]) == ("answered", "Bea Ray", "Desk")
    assert (call["ring_s"], call["queue_s"], call["talk_s"]) == (2, 18, 30)


@pytest.mark.parametrize(
    ("category", "outcome"),
    [
        ("missed", "no_answer"),
        ("abandoned", "abandoned"),
        ("voicemail", "voicemail"),
        ('"inbound,missed,spam"', "no_answer"),
        ("unanswered;voicemail", "voicemail"),
    ],
)
def test_the_category_tells_how_an_unanswered_call_ended(tmp_path: Path, category: str, outcome: str) -> None:
    text = HEAD + f"51,,inbound,{category},{AT}00Z,,,{AT}12Z,+15855550117,Bea,UserProfile\n"
    (call,) = written(tmp_path, "a.csv", text).calls.to_dict("records")
    assert (call["outcome"], call["ring_s"]) == (outcome, 12)


def test_of_a_calls_events_the_latest_counts(tmp_path: Path) -> None:
    event = (
        '{"call_id": 51, "direction": "inbound", "date_started": 1776312357000, "external_number": "+15855550117",'
        ' "target": {"name": "Bea", "type": "user"}, %s}'
    )
    hangup = event % '"state": "hangup", "date_connected": 1776312367000, "date_ended": 1776312397000, "event_timestamp": 3'
    missed = event % '"state": "missed", "date_ended": 1776312397000, "event_timestamp": 1776312398000'
    case = written(tmp_path, "a.json", missed + "\n" + hangup.replace(": 3}", ": 1776312399000}"))
    assert case.calls[["outcome", "ring_s", "talk_s"]].to_numpy().tolist() == [["answered", 10, 30]]
