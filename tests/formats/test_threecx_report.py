"""3CX's reports: titles, totals and segments around the calls."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pandas as pd
import pytest

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


def test_version_20_calls_its_columns_otherwise() -> None:
    head = "Call Time,Call ID,From,To,Direction,Status,Ringing,Talking,Cost,Call Activity Details\n"
    rows = [
        "2026-03-02 09:14:02,00000000-01DA-1,Ann Lee (5855550117),Desk (800),Inbound,Answered,00:00:07,00:02:11,0,",
        "2026-03-02 09:20:05,00000000-01DA-2,5855550119,Desk (800),Inbound,Unanswered,00:00:31,00:00:00,0,",
        "2026-03-02 09:30:05,00000000-01DA-3,Bea Ray (214),5855550199,Outbound,Answered,00:00:07,00:00:31,0,",
    ]
    frame = read_with(NAME, head + "\n".join(rows) + "\n").frame
    assert frame["call_id"].tolist() == ["00000000-01DA-1", "00000000-01DA-2"]
    assert frame["ani"].tolist() == ["+15855550117", "+15855550119"]
    assert frame["outcome"].tolist() == ["answered", "abandoned"]


V20 = "Call Time,Call ID,From,To,Direction,Status,Ringing,Talking,Cost,Call Activity Details\n"
TO_QUEUE = "2026-03-02T14:14:02Z,C1,Ann Lee (5855550117),Desk (800),Inbound Queue,{0},00:00:15,{1},,\n".format
TO_AGENT = '2026-03-02T14:14:17Z,C1,Ann Lee (5855550117),"Ray, Bea (214)",{0},{1},00:00:05,{2},,\n'.format


@pytest.mark.parametrize("newest_first", [True, False])
def test_the_legs_of_a_call_of_version_20_are_one_call(newest_first: bool) -> None:
    legs = [TO_QUEUE("Answered", "00:02:16"), TO_AGENT("Inbound", "Answered", "00:02:11")]
    legs.append('2026-03-02T14:15:17Z,C1,"Ray, Bea (214)",Cal Dow (215),Internal,Answered,00:00:03,00:00:40,,\n')
    reading = read_with(NAME, V20 + "".join(legs[::-1] if newest_first else legs))
    (call,) = reading.frame.to_dict("records")
    assert (call["offered_at"], call["outcome"]) == (pd.Timestamp("2026-03-02 14:14:02Z"), "answered")
    assert (call["agent"], call["queue"], call["talk_s"], call["transferred_to"]) == ("Ray, Bea", "Desk", 131, "215")
    assert (pd.isna(call["ring_s"]), call["queue_s"]) == (True, 20)
    assert "3 rows: 1 callers' attempts and 2 further rows of the same calls" in reading.notes


def test_a_caller_whom_no_agent_took_left_once() -> None:
    text = V20 + TO_QUEUE("Waiting", "00:00:00") + TO_AGENT("Inbound", "Unanswered", "00:00:00")
    (call,) = read_with(NAME, text).frame.to_dict("records")
    assert (call["outcome"], call["queue"], call["queue_s"], pd.isna(call["agent"])) == ("abandoned", "Desk", 20, True)


def test_an_id_that_is_used_anew_an_hour_later_is_another_calls() -> None:
    later = TO_QUEUE("Waiting", "00:00:00").replace("14:14:02", "15:40:00").replace("5855550117", "5855550119")
    frame = read_with(NAME, V20 + TO_QUEUE("Answered", "00:02:16") + later).frame
    assert frame["ani"].tolist() == ["+15855550117", "+15855550119"]


MENU, DESK, BEA, CAL = "Main menu (800)", "Desk (801)", '"Ray, Bea (214)"', '"Dow, Cal (215)"'


def legs(*rows: str) -> str:
    """Rows of version 20: call, caller's number, time after 9:00, to, direction, status, seconds of ringing and talking."""
    made = []
    for row in rows:
        call, number, at, to, way, status, rang, talked = row.split("|")
        made.append(
            f"2026-03-02T09:{at},0-{call},{number},{to},{way},{status},00:00:{rang},00:0{talked},0.00,\n"
        )
    return V20 + "".join(made)


def test_menus_and_queues_that_answer_are_no_agents() -> None:
    """Of the second call only its queue's leg is answered, and nobody talked; the third stayed in the menu."""
    text = legs(
        f"1|5855550117|14:00|{MENU}|Inbound|Answered|00|0:12",
        f"1|5855550117|14:12|{DESK}|Inbound Queue|Answered|25|0:00",
        f"1|5855550117|14:30|{BEA}|Inbound Queue|Answered|07|2:11",
        f"2|5855550118|20:00|{MENU}|Inbound|Answered|00|0:12",
        f"2|5855550118|20:12|{DESK}|Inbound Queue|Answered|45|0:00",
        f"3|5855550119|30:00|{MENU}|Inbound|Answered|00|0:30",
        f"4|5855550120|40:00|{BEA}|Inbound|Answered|05|0:20",
    )
    frame = read_with(NAME, text).frame.astype(object).where(lambda f: f.notna(), None)
    names = ["outcome", "agent", "queue", "queue_s", "talk_s"]
    assert frame[names].to_numpy().tolist() == [
        ["answered", "Ray, Bea", "Desk", 37, 131],
        ["abandoned", None, "Desk", 57, 0],
        ["announcement", None, None, 30, 0],
        ["answered", "Ray, Bea", None, None, 20],
    ]


def test_a_leg_between_extensions_may_stand_before_the_callers() -> None:
    text = legs(
        f"5|{DESK}|50:00|{BEA}|Internal|Unanswered|10|0:00",
        f"5|5855550121|50:01|{DESK}|Inbound|Answered|00|1:10",
        f"5|5855550121|50:12|{CAL}|Inbound|Answered|08|1:00",
        f"6|{BEA}|55:00|{CAL}|Internal|Answered|03|1:00",
    )
    reading = read_with(NAME, text)
    (call,) = reading.frame.to_dict("records")
    assert (call["ani"], call["agent"], call["outcome"], call["talk_s"]) == ("+15855550121", "Dow, Cal", "answered", 60)
    assert reading.notes[0].endswith("(1 internal calls)")
