"""3CX's reports: titles, totals and segments around the calls."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pandas as pd

from reading import golden, only_source, read_with

if TYPE_CHECKING:
    from pathlib import Path

NAME = "threecx_report"
HEADER = "Call Time,Caller ID,Destination,Status,Ringing,Talking\n"


def test_the_sample_becomes_what_it_should(repo_root: Path, update_golden: bool) -> None:
    source = only_source(golden(repo_root / "sample_logs" / NAME / "calls.csv", update=update_golden))
    assert (source.rows, source.left_out, source.calls, source.answered) == (8, 1, 3, 1)


def test_a_segment_without_its_call_is_told() -> None:
    reading = read_with(NAME, HEADER + ",Desk (800),Bea Ray (214),Answered,00:00:03,00:02:11\n")
    assert reading.frame.empty
    assert [p.saw for p in reading.problems] == ["a segment with no call above it"]


def test_the_records_of_the_api() -> None:
    record = {
        "CallHistoryId": "a1",
        "StartTime": "2026-03-02T14:14:02Z",
        "SourceCallerId": "5855550117",
        "SourceDisplayName": "Ann Lee",
        "DestinationDn": "214",
        "DestinationDisplayName": "Bea Ray",
        "RingingDuration": "PT7S",
        "TalkingDuration": "PT2M11S",
        "Answered": True,
        "Direction": "Inbound",
        "Indent": 0,
    }
    found = read_with(NAME, json.dumps({"value": [record]}) + "\n").frame.iloc[0]
    assert (found["call_id"], found["agent"], found["ring_s"], found["talk_s"]) == ("a1", "Bea Ray", 7, 131)
    assert found["offered_at"] == pd.Timestamp("2026-03-02T14:14:02Z")
