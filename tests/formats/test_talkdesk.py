"""Talkdesk's type says how a call ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reading import golden, known, only_source, recognised_by, written

if TYPE_CHECKING:
    from pathlib import Path


def test_the_sample_becomes_what_it_should(repo_root: Path, update_golden: bool) -> None:
    case = golden(repo_root / "sample_logs" / "talkdesk" / "calls.csv", update=update_golden)
    source = only_source(case)
    assert source.format == "talkdesk"
    assert (source.rows, source.left_out, source.calls, source.answered) == (7, 1, 5, 1)
    assert source.notes[0].startswith("6 rows: 5 callers' attempts")


HEAD = "interaction_id,type,start_at,talkdesk_phone_number,contact_phone_number,user_name,talk_time,wait_time\n"


@pytest.mark.parametrize(
    ("kind", "outcome"),
    [
        ("inbound", "answered"),
        ("missed", "no_answer"),
        ("abandoned", "abandoned"),
        ("Short Abandoned", "abandoned"),
        ("voicemail", "voicemail"),
    ],
)
def test_the_type_is_the_outcome(tmp_path: Path, kind: str, outcome: str) -> None:
    text = HEAD + f"9f,{kind},2026-04-16 04:05:57,+15855550178,+15855550117,Bea,70,20\n"
    assert recognised_by(text) == ["talkdesk"]
    (call,) = written(tmp_path, "a.csv", text).calls.to_dict("records")
    assert (call["outcome"], call["queue_s"]) == (outcome, 20)
    assert known(call["agent"]) == ("Bea" if outcome == "answered" else None)
    assert call["offered_at"].isoformat() == "2026-04-16T04:05:57+00:00"  # UTC by definition


@pytest.mark.parametrize("kind", ["outbound", "outbound_missed", "internal"])
def test_agents_own_calls_are_set_aside(tmp_path: Path, kind: str) -> None:
    text = HEAD + f"9f,{kind},2026-04-16 04:05:57,+15855550178,+15855550117,Bea,70,20\n"
    source = only_source(written(tmp_path, "a.csv", text))
    assert (source.calls, source.left_out) == (0, 0)
    assert "1 set aside" in source.notes[0]


def test_what_the_data_api_gives(tmp_path: Path) -> None:
    text = (
        '{"total": 1, "entries": [{"interaction_id": "9f01", "call_type": "inbound", "start_time": "2026-04-16T04:05:57Z", '
        '"talkdesk_phone_number": "+15855550178", "customer_phone_number": "+15855550117", "talk_time": 70, "waiting_time": 20, '
        '"holding_time": 5, "handling_agent": "Bea Ray", "record": "https://example.com/9f01.mp3"}]}'
    )
    (call,) = written(tmp_path, "calls.json", text).calls.to_dict("records")
    assert (call["queue_s"], call["hold_s"], call["talk_s"], call["agent"]) == (20, 5, 70, "Bea Ray")
    assert (call["ani"], call["recording"]) == ("+15855550117", "https://example.com/9f01.mp3")


@pytest.mark.parametrize(
    ("talk", "wait", "hold"),
    [
        ("0.000810185", "0.00023148148", "0.0"),
        ("8.10185E-04", "2.3148148e-4", "0"),
        ("70", "20", "0"),
        ("0:01:10", "0:00:20", "0:00:00"),
    ],
)
def test_durations_are_parts_of_a_day_where_none_is_a_second(tmp_path: Path, talk: str, wait: str, hold: str) -> None:
    text = (
        "Interaction ID,Call Type,Start Time,End Time,Talkdesk Phone Number,Customer Phone Number,Talk Time,Waiting Time,"
        "Holding Time,Agent Name\n"
        f"9f01,inbound,2026-04-16 04:05:57,2026-04-16 04:07:27,+15855550178,+15855550117,{talk},{wait},{hold},Bea Ray\n"
        f"9f02,abandoned,2026-04-16 04:09:00,2026-04-16 04:09:20,+15855550178,+15855550118,{hold},{wait},{hold},\n"
    )
    calls = written(tmp_path, "a.csv", text).calls
    assert calls["queue_s"].tolist() == [20, 20]
    assert calls["talk_s"].iloc[0] == 70
