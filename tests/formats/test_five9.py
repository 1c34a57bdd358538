"""Five9's reports: the system's dispositions decide where no agent was, the customer's never."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reading import golden, only_source, recognised_by, written

if TYPE_CHECKING:
    from pathlib import Path


def test_the_sample_becomes_what_it_should(repo_root: Path, update_golden: bool) -> None:
    case = golden(repo_root / "sample_logs" / "five9" / "call-log.csv", update=update_golden)
    source = only_source(case)
    assert source.format == "five9"
    assert (source.rows, source.left_out, source.calls, source.answered) == (7, 1, 4, 1)
    assert source.notes[0].startswith("6 rows: 4 callers' attempts")


HEAD = "CALL ID,TIMESTAMP,CAMPAIGN,CALL TYPE,AGENT,DISPOSITION,ANI,DNIS,TALK TIME\n"


@pytest.mark.parametrize(
    ("agent", "disposition", "talk", "outcome"),
    [
        ("bea@example.com", "Message taken", "00:01:00", "answered"),
        ("bea@example.com", "Busy doctor", "00:01:00", "answered"),
        ("bea@example.com", "No Answer", "00:00:00", "no_answer"),
        ("[None]", "Abandon", "00:00:00", "abandoned"),
        ("", "Our own word", "", "abandoned"),
        ("[Deleted]", "Sent To Voicemail", "", "voicemail"),
        ("", "Busy", "", "busy"),
    ],
)
def test_how_a_row_ended(tmp_path: Path, agent: str, disposition: str, talk: str, outcome: str) -> None:
    row = f"1,2026-04-16 00:05:57,Desk,Inbound,{agent},{disposition},5855550117,5855550178,{talk}\n"
    assert written(tmp_path, "a.csv", HEAD + row).calls["outcome"].tolist() == [outcome]


def test_times_without_a_zone_are_the_reports(tmp_path: Path) -> None:
    text = HEAD + "1,2026-04-16 00:05:57,Desk,Inbound,bea,Ok,5855550117,5855550178,60\n"
    assert recognised_by(text) == ["five9"]
    case = written(tmp_path, "a.csv", text, tz="America/Chicago")
    assert case.calls["offered_at"].iloc[0].isoformat() == "2026-04-16T05:05:57+00:00"
    assert only_source(case).zone == "America/Chicago"


def test_a_number_that_a_spreadsheet_cut_short_is_told(tmp_path: Path) -> None:
    text = HEAD + "1,2026-04-16 00:05:57,Desk,Inbound,bea,Ok,5.85555E+09,5855550178.0,60\n"
    case = written(tmp_path, "a.csv", text, tz="America/Chicago")
    assert case.calls["ani"].isna().tolist() == [True]
    assert case.calls["dnis"].tolist() == ["+15855550178"]
    told = [p for p in case.problems if p.kind == "cut-number"]
    assert [(p.at.line, p.saw, p.effect) for p in told] == [(2, '"5.85555E+09"', "repaired")]
