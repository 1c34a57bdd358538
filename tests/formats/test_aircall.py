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
