"""Zoom's entries: the path says what picked up."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from reading import golden, known, only_source, recognised_by, written

if TYPE_CHECKING:
    from pathlib import Path


def test_the_sample_becomes_what_it_should(repo_root: Path, update_golden: bool) -> None:
    case = golden(repo_root / "sample_logs" / "zoom_phone" / "call_logs.json", update=update_golden)
    source = only_source(case)
    assert source.format == "zoom-phone"
    assert (source.rows, source.left_out, source.calls, source.answered) == (8, 0, 6, 2)
    assert source.notes[0].startswith("8 rows: 6 callers' attempts")


HEAD = "call_id,direction,caller_number,callee_number,callee_name,date_time,answer_start_time,call_end_time,"
HEAD += "path,result,accepted_by\n"
AT = "2026-04-16T04:05:"


@pytest.mark.parametrize(
    ("answer", "path", "result", "accepted", "outcome"),
    [
        (AT + "10Z", "callQueue", "Call connected", "Bea", "answered"),
        (AT + "10Z", "extension", "Call connected", "", "answered"),
        (AT + "10Z", "autoReceptionist", "Call connected", "", "announcement"),
        (AT + "10Z", "autoReceptionist", "Call connected", "Bea", "answered"),
        ("", "callQueue", "No Answer", "", "no_answer"),
        ("", "callQueue", "Hang Up", "", "abandoned"),
        ("", "voiceMail", "Voicemail", "", "voicemail"),
        ("", "extension", "Busy", "", "busy"),
        ("", "extension", "Call failed", "", "failed"),
    ],
)
def test_how_an_entry_ended(  # noqa: PLR0917 -- a table
    tmp_path: Path, answer: str, path: str, result: str, accepted: str, outcome: str
) -> None:
    row = f"7011,inbound,+15855550117,+15855550178,Desk,{AT}00Z,{answer},{AT}40Z,{path},{result},{accepted}\n"
    assert recognised_by(HEAD + row) == ["zoom_phone"]
    assert written(tmp_path, "a.csv", HEAD + row).calls["outcome"].tolist() == [outcome]


@pytest.mark.parametrize(("kind", "agent", "queue", "waited"), [
    ("call_queue", None, "Desk", (None, 10)), ("auto_receptionist", None, None, (None, 10)), ("user", "Desk", None, (10, None))])
def test_call_history_says_by_the_extension_what_picked_up(
    tmp_path: Path, kind: str, agent: str | None, queue: str | None, waited: tuple[int | None, int | None]
) -> None:
    entry = {
        "id": "1", "call_id": "7011", "direction": "inbound", "caller_did_number": "+15855550117", "start_time": f"{AT}00Z",
        "callee_did_number": "+15855550178", "callee_ext_number": "801", "callee_ext_type": kind, "callee_name": "Desk",
        "answer_time": f"{AT}10Z", "end_time": f"{AT}40Z", "duration": 40, "call_result": "answered"}
    text = json.dumps({"next_page_token": "", "call_history": [entry]})
    assert recognised_by(text) == ["zoom_phone"]
    call = written(tmp_path, "a.json", text).calls.iloc[0]
    said = {name: None if pd.isna(call[name]) else call[name] for name in ("agent", "queue", "ring_s", "queue_s", "talk_s")}
    assert said == {"agent": agent, "queue": queue, "ring_s": waited[0], "queue_s": waited[1], "talk_s": 30}
    assert (call["outcome"], call["dnis"]) == ("answered", "+15855550178")


def test_the_agents_entry_and_the_queues_are_one_call(tmp_path: Path) -> None:
    row = f"7011,inbound,+15855550117,+15855550178,%s,{AT}00Z,%s,{AT}40Z,%s,%s,%s\n"
    text = HEAD + row % ("Cal", "", "extension", "No Answer", "")
    text += row % ("Desk", AT + "10Z", "callQueue", "Call connected", "Bea")
    (call,) = written(tmp_path, "a.csv", text).calls.to_dict("records")
    assert (call["outcome"], call["agent"], call["queue_s"], call["talk_s"]) == ("answered", "Bea", 10, 30)


def test_a_call_within_the_account_is_no_callers(tmp_path: Path) -> None:
    call = {
        "call_id": "7", "direction": "inbound", "caller_did_number": "+15855550117", "callee_did_number": "+15855550178",
        "callee_name": "Bea Ray", "callee_ext_type": "user", "start_time": "2026-04-16T04:05:57Z", "call_result": "answered",
        "connect_type": "external",
    }  # fmt: skip
    inside = {**call, "call_id": "8", "caller_did_number": "", "caller_ext_number": "207", "connect_type": "internal"}
    case = written(tmp_path, "calls.json", json.dumps({"call_logs": [call, inside]}))
    assert case.calls["call_id"].tolist() == ["7"]
    assert "1 set aside, which are no caller's (1 outbound or internal)" in only_source(case).notes[0]


def step(  # noqa: PLR0917 -- a table's cells
    event: str, kind: str, name: str, start: int, end: int, result: str, **more: object
) -> dict[str, object]:
    """A step of a call's way, its times in seconds after 4:05."""
    return {"event": event, "callee_ext_type": kind, "callee_name": name, "result": result, "is_node": 1,
            "start_time": f"2026-04-16T04:05:{start:02d}Z", "end_time": f"2026-04-16T04:05:{end:02d}Z"} | more  # fmt: skip


TAKEN = [
    step("incoming", "auto_receptionist", "Main", 0, 4, "succeeded", answer_time="2026-04-16T04:05:00Z"),
    step("forward", "call_queue", "Desk", 4, 55, "answered", answer_time="2026-04-16T04:05:05Z"),
    step("ring_to_member", "user", "Ann Lee", 6, 20, "ring_timeout", is_node=0),
    step("ring_to_member", "user", "Bea Ray", 21, 40, "answered", is_node=0, answer_time="2026-04-16T04:05:25Z",
         talk_time=12, hold_time=3),
    step("warm_transfer", "user", "Cal Dow", 38, 55, "answered", answer_time="2026-04-16T04:05:39Z", talk_time=16, hold_time=0),
]  # fmt: skip
LEFT = [TAKEN[0], step("forward", "call_queue", "Desk", 4, 30, "abandoned"), TAKEN[2]]
MESSAGE = [TAKEN[0], step("forward", "call_queue", "Desk", 4, 30, "overflowed", result_reason="play_a_message_then_disconnect")]
MAIL = [step("incoming", "user", "Bea Ray", 0, 20, "ring_timeout"), step("overflow", "voicemail", "Bea Ray", 20, 50, "voicemail")]
CALL = {"call_history_uuid": "u1", "call_id": "7011", "connect_type": "external", "direction": "inbound",
        "caller_did_number": "+15855550117", "callee_did_number": "+15855550178"}  # fmt: skip
OUTER = {"start_time": "2026-04-16T04:05:00Z", "end_time": "2026-04-16T04:05:55Z", "call_result": "answered", "duration": 55}


@pytest.mark.parametrize("key", ["call_path", "call_elements", None])
@pytest.mark.parametrize(
    ("way", "told", "rang"),
    [
        (TAKEN, ("answered", "Bea Ray", "Desk", "Cal Dow", 0, 25, 28, 3), ["Ann Lee"]),
        (LEFT, ("abandoned", None, "Desk", None, 0, 30, None, None), ["Ann Lee"]),
        (MESSAGE, ("announcement", None, "Desk", None, 0, 30, None, None), []),
        (TAKEN[:1], ("announcement", None, None, None, 0, 4, None, None), []),
        (MAIL, ("voicemail", None, None, None, 20, 30, None, None), []),
    ],
)
def test_the_way_of_a_call_tells_who_took_it(
    tmp_path: Path, key: str | None, way: list[dict[str, object]], told: tuple[object, ...], rang: list[str]
) -> None:
    if key is None:  # the elements alone
        text = json.dumps({"call_elements": [CALL | s | {"call_element_id": f"e{n}"} for n, s in enumerate(way)]})
    else:
        end = {"end_time": way[-1]["end_time"]}
        text = json.dumps({"call_history": [CALL | OUTER | end | {key: way}]})
    assert recognised_by(text) == ["zoom_phone"]
    case = written(tmp_path, "a.json", text)
    (call,) = case.calls.to_dict("records")
    names = ("outcome", "agent", "queue", "transferred_to", "ring_s", "queue_s", "talk_s", "hold_s")
    assert tuple(known(call[n]) for n in names) == told
    assert (call["dnis"], call["ani"]) == ("+15855550178", "+15855550117")
    assert list(case.table("agents").get("agent", [])) == rang
    assert not [p for p in case.problems if p.kind in {"missing-value", "unknown-word"}]
