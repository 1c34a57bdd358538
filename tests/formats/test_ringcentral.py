"""Sessions as extensions saw them, to calls."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from reading import gathered, golden, known, only_source, recognised_by, written

if TYPE_CHECKING:
    from pathlib import Path

HEAD = "Type,Direction,Phone Number,Name,Date,Time,Action,Action Result,Result Description,Duration\n"


def record(**changes: Any) -> dict[str, Any]:
    return {
        "id": "A1",
        "sessionId": "101",
        "startTime": "2026-04-16T04:00:00.000Z",
        "duration": 30,
        "type": "Voice",
        "direction": "Inbound",
        "result": "Accepted",
        "to": {"phoneNumber": "+15855550178", "name": "Bea Ray"},
        "from": {"phoneNumber": "+15855550117"},
    } | changes


def test_the_sample_becomes_what_it_should(repo_root: Path, update_golden: bool) -> None:
    case = golden(repo_root / "sample_logs" / "ringcentral" / "call-log.json", update=update_golden)
    source = only_source(case)
    assert (source.format, source.rows, source.left_out, source.calls, source.answered) == ("ringcentral", 10, 1, 6, 1)
    assert source.notes[0].endswith("2 set aside, which are no caller's (1 fax or message, 1 outbound)")


@pytest.mark.parametrize(
    ("results", "outcome", "agent"),
    [
        (["Missed", "Accepted"], "answered", "Bea Ray"),
        (["Missed", "Missed"], "abandoned", None),
        (["Missed", "Voicemail"], "voicemail", None),
        (["No Answer"], "no_answer", None),
        (["Busy"], "busy", None),
        (["Blocked"], "failed", None),
    ],
)
def test_a_session_is_one_call_with_its_best_result(
    tmp_path: Path, results: list[str], outcome: str, agent: str | None
) -> None:
    text = json.dumps({"records": [record(id=str(n), result=r) for n, r in enumerate(results)]})
    (call,) = written(tmp_path, "a.json", text).calls.to_dict("records")
    assert (call["outcome"], known(call["agent"])) == (outcome, agent)
    assert known(call["ring_s"]) is None  # the log has no waits
    assert known(call["talk_s"]) is None  # and the duration is not talk


def test_a_call_from_one_extension_to_another_is_no_callers(tmp_path: Path) -> None:
    here, there = {"extensionNumber": "204", "name": "Dee Park"}, {"extensionNumber": "207", "name": "Gus Hart"}
    main = {"phoneNumber": "+15855550178", "extensionNumber": "207"}
    records = [
        record(**{"from": here, "to": there}),
        record(sessionId="102", **{"from": {"phoneNumber": "+15855550117"}, "to": there}),
        record(sessionId="103", **{"from": {}, "to": main}),  # withheld
        record(sessionId="104", **{"from": {}, "to": there}),
    ]
    case = written(tmp_path, "a.json", json.dumps({"records": records}))
    assert case.calls["call_id"].tolist() == ["102", "103", "104"]
    assert only_source(case).notes[0].endswith("1 set aside, which are no caller's (1 internal)")


def test_a_result_nobody_knows_is_taken_for_failed_and_said(tmp_path: Path) -> None:
    case = written(tmp_path, "a.json", json.dumps(record(result="Evaporated")))
    assert case.calls["outcome"].tolist() == ["failed"]
    assert [(p.kind, p.effect) for p in only_source(case).problems] == [("unknown-word", "noted")]


def test_the_leg_that_accepted_tells_the_agent_and_the_talk(tmp_path: Path) -> None:
    legs = [
        {"legType": "FindMe", "result": "Missed", "duration": 9, "to": {"name": "Ann"}},
        {"legType": "Accept", "result": "Accepted", "duration": 21, "to": {"name": "Cal Dow"}},
        {"legType": "Accept", "result": "Accepted", "duration": 30, "master": True},
    ]
    (call,) = written(tmp_path, "a.json", json.dumps(record(legs=legs))).calls.to_dict("records")
    assert (call["agent"], call["talk_s"]) == ("Cal Dow", 21)


def test_the_portals_csv_has_a_twelve_hour_clock_in_the_users_zone(tmp_path: Path) -> None:
    text = HEAD + (
        "Voice,Inbound,(585) 555-0117,ANN LEE,Thu 04/16/2026,12:05 AM,Phone Call,Accepted,,0:00:55\n"
        "Voice,Inbound,(585) 555-0118,,Thu 04/16/2026,1:30 PM,Phone Call,Missed,,0:00:12\n"
        "Voice,Outbound,(585) 555-0119,,Thu 04/16/2026,1:31 PM,VoIP Call,Call connected,,0:01:12\n"
        "Fax,Inbound,(585) 555-0120,,Thu 04/16/2026,1:32 PM,Fax,Received,,0:01:12\n"
        "Voice,Inbound,(585) 555-0118,,Thu 04/31/2026,1:33 PM,Phone Call,Missed,,0:00:12\n"
    )
    assert recognised_by(text) == ["ringcentral"]
    case = written(tmp_path, "a.csv", text)
    assert [at.isoformat() for at in case.calls["offered_at"]] == ["2026-04-16T04:05:00+00:00", "2026-04-16T17:30:00+00:00"]
    assert case.calls["outcome"].tolist() == ["answered", "abandoned"]
    assert [(p.kind, p.at.line) for p in only_source(case).problems] == [("bad-time", 6)]


def test_a_companys_csv_tells_both_numbers_and_who_took_the_call(tmp_path: Path) -> None:
    text = (
        "Type,Direction,From,To,Extension,Name,Date,Time,Action,Action Result,Result Description,Duration\n"
        "Voice,Inbound,(585) 555-0117,(585) 555-0178,Dee Park,ANN LEE,Thu 04/16/2026,12:05 AM,Phone Call,Accepted,,0:00:55\n"
        "Voice,Inbound,,(585) 555-0167,800 - Desk,,Thu 04/16/2026,1:30 PM,Phone Call,Missed,,0:00:12\n"
        "Voice,Inbound,204,207,207 - Gus Hart,,Thu 04/16/2026,1:31 PM,VoIP Call,Accepted,,0:01:12\n"
        "Voice,Outbound,(585) 555-0100,(585) 555-0119,204 - Dee Park,,Thu 04/16/2026,1:32 PM,VoIP Call,Call connected,,0:01:12\n"
    )
    assert recognised_by(text) == ["ringcentral"]
    case = written(tmp_path, "a.csv", text)
    columns = ["ani", "dnis", "agent", "caller_name", "outcome"]
    assert [[known(cell) for cell in row] for row in case.calls[columns].to_numpy().tolist()] == [
        ["+15855550117", "+15855550178", "Dee Park", "ANN LEE", "answered"],
        [None, "+15855550167", None, None, "abandoned"],
    ]
    assert only_source(case).notes[0].endswith("2 set aside, which are no caller's (1 internal, 1 outbound)")


def test_the_legs_below_a_call_are_no_further_calls(tmp_path: Path) -> None:
    text = (
        "Type,CallId,SessionId,Leg,Direction,From,To,Extension,Forwarded To,Name,Date,Time,Action,Action Result,"
        "Result Description,Duration,Included,Purchased,Site,Attachment\n"
        "Voice,A1,101,Leg-master,Incoming,(585) 555-0117,(585) 555-0178,Dee Park,,ANN LEE,Thu 4/16/2026,12:05:10 AM,"
        "Phone Call,Accepted,,0:00:55,0,0,-,-\n"
        ",,,Leg-1,Outgoing,,,Gus Hart,,,Thu 4/16/2026,12:05:12 AM,FindMe,No Answer,,0:00:09,0,0,-,\n"
        ",,,Leg-2,Incoming,,,Dee Park,,ANN LEE,Thu 4/16/2026,12:05:12 AM,VoIP Call,Accepted,,0:00:53,0,0,-,\n"
    )
    assert recognised_by(text) == ["ringcentral"]
    case = written(tmp_path, "a.csv", text)
    assert case.calls[["call_id", "agent", "outcome"]].to_numpy().tolist() == [["101", "Dee Park", "answered"]]


def test_overlapping_exports_of_the_portal_count_each_call_once(tmp_path: Path) -> None:
    row = "Voice,Inbound,(585) 555-0117,,Thu 04/16/2026,%s PM,Phone Call,Missed,,0:00:12\n"
    (tmp_path / "a.csv").write_text(HEAD + row % "1:30" + row % "1:30" + row % "1:40")
    (tmp_path / "b.csv").write_text(HEAD + row % "1:40" + row % "1:50")
    assert len(gathered(tmp_path).calls) == 4  # two calls alike in one minute are two


def test_a_real_record_gives_its_call(shared: Path) -> None:
    case = gathered(shared / "formats/samples/ringcentral/ringcentral_call_log_record.json")
    source = only_source(case)
    assert (source.rows, source.calls, source.answered, source.left_out) == (1, 1, 1, 0)
    (call,) = case.calls.to_dict("records")
    assert call["offered_at"].isoformat() == "2023-06-06T23:07:20+00:00"
    assert (call["call_id"], call["ani"], call["dnis"]) == ("13916417004", "+14155555900", "+15625555772")


def leg(start: int, duration: int, to: str, ident: int, result: str = "Accepted", **more: Any) -> dict[str, Any]:
    """A leg that begins so many seconds after 4:05."""
    at = f"2026-04-16T04:{5 + start // 60:02d}:{start % 60:02d}.000Z"
    return {"startTime": at, "duration": duration, "type": "Voice", "direction": "Inbound", "action": "Phone Call",
            "result": result, "to": {"name": to}, "legType": "Accept", "extension": {"id": ident}} | more  # fmt: skip


MASTER = leg(0, 70, "Main", 1, master=True)


@pytest.mark.parametrize("placed", [{}, {"from": {"name": "Desk"}, "legType": "FindMe"}])
def test_a_queue_is_not_the_agent_who_took_its_call(tmp_path: Path, placed: dict[str, Any]) -> None:
    legs = [MASTER, leg(2, 68, "Desk", 50), leg(5, 20, "Ann Lee", 51, "No Answer", **placed)]
    legs.append(leg(27, 43, "Bea Ray", 52, **placed))
    (call,) = written(tmp_path, "a.json", json.dumps(record(legs=legs))).calls.to_dict("records")
    assert [call[n] for n in ("agent", "queue", "talk_s", "outcome")] == ["Bea Ray", "Desk", 43, "answered"]


def test_whom_the_agent_handed_the_caller_to_is_no_queues_agent(tmp_path: Path) -> None:
    legs = [MASTER, leg(2, 30, "Bea Ray", 52), leg(32, 38, "Cal Dow", 53, legType="TransferCall", action="Transfer")]
    (call,) = written(tmp_path, "a.json", json.dumps(record(legs=legs))).calls.to_dict("records")
    assert [call[n] for n in ("agent", "transferred_to", "talk_s")] == ["Bea Ray", "Cal Dow", 30]


def test_a_call_that_only_the_queue_took_is_not_answered(tmp_path: Path) -> None:
    rang = {"from": {"name": "Desk"}, "legType": "FindMe", "direction": "Outbound"}
    legs = [MASTER, leg(2, 68, "Desk", 50), leg(5, 20, "Ann Lee", 51, "No Answer", **rang)]
    legs.append(leg(27, 43, "Bea Ray", 52, "Missed", **rang))
    (call,) = written(tmp_path, "a.json", json.dumps(record(legs=legs))).calls.to_dict("records")
    assert (call["outcome"], known(call["agent"]), call["queue"]) == ("abandoned", None, "Desk")


def test_a_mobile_of_the_agents_own_is_the_agent(tmp_path: Path) -> None:
    """The extension accepts, and finds its owner on another number: one party, two legs."""
    mobile = leg(4, 66, "+15855550140", 52, direction="Outbound", action="FindMe", legType="FindMe")
    mobile["from"] = {"name": "Bea Ray"}
    legs = [MASTER, leg(0, 70, "Bea Ray", 52), mobile]
    (call,) = written(tmp_path, "a.json", json.dumps(record(legs=legs))).calls.to_dict("records")
    assert (call["agent"], known(call["queue"]), known(call["transferred_to"])) == ("Bea Ray", None, None)
