"""Aircall's calls: the reason they were missed, and the same by the dashboard's CSV."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reading import golden, known, only_source, recognised_by, written

if TYPE_CHECKING:
    from pathlib import Path


def test_the_sample_becomes_what_it_should(repo_root: Path, update_golden: bool) -> None:
    case = golden(repo_root / "sample_logs" / "aircall" / "calls.json", update=update_golden)
    source = only_source(case)
    assert source.format == "aircall"
    assert (source.rows, source.left_out, source.calls, source.answered) == (8, 1, 6, 1)
    assert source.notes[0].startswith("7 rows: 6 callers' attempts")


HEAD = (
    "line,datetime (UTC),direction,from,to,answered,missed_call_reason,user,duration (total),duration (in call),voicemail\n"
)


@pytest.mark.parametrize(
    ("reason", "outcome"),
    [
        ("short_abandoned", "abandoned"),
        ("abandoned_in_classic", "abandoned"),
        ("no_available_agent", "no_answer"),
        ("agents_did_not_answer", "no_answer"),
        ("out_of_opening_hours", "announcement"),
        ("", "abandoned"),
    ],
)
def test_why_a_call_was_missed(tmp_path: Path, reason: str, outcome: str) -> None:
    text = HEAD + f"Desk,2026-04-16 04:05:57,inbound,+15855550117,+15855550178,No,{reason},,20,0,\n"
    assert recognised_by(text) == ["aircall"]
    (call,) = written(tmp_path, "a.csv", text).calls.to_dict("records")
    assert (call["outcome"], call["ring_s"], known(call["talk_s"])) == (outcome, 20, None)


def test_total_less_talk_is_ringing(tmp_path: Path) -> None:
    text = HEAD + "Desk,2026-04-16 04:05:57,inbound,+15855550117,+15855550178,Yes,,Bea,95,81,\n"
    (call,) = written(tmp_path, "a.csv", text).calls.to_dict("records")
    assert (call["outcome"], call["ring_s"], call["talk_s"], call["agent"]) == ("answered", 14, 81, "Bea")
    assert call["offered_at"].isoformat() == "2026-04-16T04:05:57+00:00"


POSTED = (
    '{{"resource": "call", "event": "call.{0}", "timestamp": 1776312460, "data": {{"id": 812, "direction": "inbound", '
    '"status": "{1}", "missed_call_reason": null, "started_at": 1776312357, "answered_at": {2}, "ended_at": {3}, '
    '"raw_digits": "+1 585-555-0117", "number": {{"name": "Desk", "digits": "+1 585-555-0178"}}, '
    '"user": {{"name": "Bea Ray"}}, "recording": {4}}}}}\n'
).format


def test_what_was_posted_to_a_web_hook_is_one_call(tmp_path: Path) -> None:
    text = POSTED("created", "initial", "null", "null", "null") + POSTED("hungup", "done", 1776312371, 1776312452, "null")
    text += POSTED("ended", "done", 1776312371, 1776312452, '"https://example.com/812.mp3"')
    assert recognised_by(text) == ["aircall"]
    case = written(tmp_path, "hooks.jsonl", text)
    (call,) = case.calls.to_dict("records")
    assert (call["outcome"], call["ring_s"], call["talk_s"], call["agent"]) == ("answered", 14, 81, "Bea Ray")
    assert call["recording"] == "https://example.com/812.mp3"
    assert case.problems == ()
    assert "2 set aside, which are no caller's (2 earlier states of calls)" in only_source(case).notes[0]


def test_a_record_that_came_twice_is_a_call_and_not_none(tmp_path: Path) -> None:
    """The later of two that are alike overtakes nothing: one of them is kept."""
    text = POSTED("ended", "done", 1776312371, 1776312452, "null") * 2
    (call,) = written(tmp_path, "hooks.jsonl", text).calls.to_dict("records")
    assert (call["call_id"], call["outcome"]) == ("812", "answered")


def test_a_call_that_goes_on_is_told_where_no_later_record_of_it_is(tmp_path: Path) -> None:
    text = POSTED("created", "initial", "null", "null", "null")
    text += POSTED("hungup", "done", 1776312371, 1776312452, "null").replace("812", "813")
    case = written(tmp_path, "hooks.jsonl", text)
    assert [(p.kind, p.at.line) for p in case.problems] == [("open-call", 1)]
    assert case.calls["call_id"].tolist() == ["813"]


@pytest.mark.parametrize(
    ("columns", "start"),
    [
        ("datetime (TZ offset incl.)", "2026-04-16 04:05:57"),
        ("date (TZ offset incl.),time (TZ offset incl.)", "2026-04-16,04:05:57"),
    ],
)
def test_an_export_without_times_in_utc_has_the_numbers_own_clock(tmp_path: Path, columns: str, start: str) -> None:
    text = HEAD.replace("datetime (UTC)", columns)
    text += f"Desk,{start},inbound,+15855550117,+15855550178,Yes,,Bea,95,81,\n"
    (call,) = written(tmp_path, "a.csv", text).calls.to_dict("records")  # in New York
    assert call["offered_at"].isoformat() == "2026-04-16T08:05:57+00:00"
