"""Contacts to calls: chains, records delivered twice, glued objects, lower-cased keys."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from reading import gathered, golden, only_source, recognised_by, written

if TYPE_CHECKING:
    from pathlib import Path


def contact(name: str, **changes: Any) -> dict[str, Any]:
    """A caller who waited 20 s in a queue and left."""
    return {
        "AWSContactTraceRecordFormatVersion": "2017-03-10",
        "ContactId": name,
        "Channel": "VOICE",
        "InitiationMethod": "INBOUND",
        "InitiationTimestamp": "2026-04-16T04:00:00Z",
        "ConnectedToSystemTimestamp": "2026-04-16T04:00:01Z",
        "DisconnectTimestamp": "2026-04-16T04:00:21Z",
        "DisconnectReason": "CUSTOMER_DISCONNECT",
        "LastUpdateTimestamp": "2026-04-16T04:05:00Z",
        "Queue": {"Name": "Desk"},
        "Agent": None,
        "CustomerEndpoint": {"Address": "+15855550117"},
        "SystemEndpoint": {"Address": "+15855550178"},
    } | changes


def agent(name: str, at: str = "2026-04-16T04:00:11Z") -> dict[str, Any]:
    return {
        "Username": name,
        "ConnectedToAgentTimestamp": at,
        "AgentInteractionDuration": 8,
        "CustomerHoldDuration": 2,
    }


def test_the_sample_becomes_what_it_should(repo_root: Path, update_golden: bool) -> None:
    case = golden(repo_root / "sample_logs" / "amazon_connect" / "contacts.json", update=update_golden)
    source = only_source(case)
    assert (source.format, source.rows, source.left_out, source.calls, source.answered) == ("amazon-connect", 10, 2, 5, 1)
    assert {p.kind for p in source.problems} == {"open-call", "duplicate"}
    assert source.notes[0].startswith("8 rows: 5 callers' attempts and 1 further rows of the same calls; 2 set aside")


@pytest.mark.parametrize(
    ("changes", "outcome", "ended_by"),
    [
        ({}, "abandoned", "caller"),
        ({"Agent": agent("bea")}, "answered", "caller"),
        ({"Queue": None}, "announcement", "caller"),
        ({"DisconnectReason": "CONTACT_FLOW_DISCONNECT"}, "announcement", "system"),
        ({"DisconnectReason": None, "AgentConnectionAttempts": 2}, "no_answer", None),
        ({"DisconnectReason": None}, "abandoned", None),
        ({"DisconnectReason": "TELECOM_PROBLEM"}, "failed", "system"),
    ],
)
def test_how_a_call_ended(tmp_path: Path, changes: dict[str, Any], outcome: str, ended_by: str | None) -> None:
    (call,) = written(tmp_path, "a.json", json.dumps(contact("a", **changes))).calls.to_dict("records")
    assert call["outcome"] == outcome
    assert call["ended_by"] == ended_by or ended_by is None
    assert (call["ring_s"], call["queue_s"]) == (1, 10 if outcome == "answered" else 20)


def test_a_chain_is_one_call_whichever_files_it_lies_in(tmp_path: Path) -> None:
    later = {"InitiationTimestamp": "2026-04-16T04:00:21Z", "DisconnectTimestamp": "2026-04-16T04:01:00Z"}
    one = contact("a", Agent=agent("bea"), DisconnectReason="AGENT_DISCONNECT")
    two = contact(
        "b", InitiationMethod="TRANSFER", PreviousContactId="a", Agent=agent("cal", "2026-04-16T04:00:30Z"), **later
    )
    (tmp_path / "1.json").write_text(json.dumps(two))
    (tmp_path / "2.json").write_text(json.dumps(one))
    (call,) = gathered(tmp_path).calls.to_dict("records")
    assert (call["call_id"], call["agent"], call["transferred_to"]) == ("a", "bea", "cal")
    assert (call["talk_s"], call["hold_s"], call["queue_s"], call["ended_by"]) == (16, 4, 10, "caller")


def test_a_callback_is_no_answer_to_the_caller(tmp_path: Path) -> None:
    back = contact("b", InitiationMethod="CALLBACK", InitialContactId="a", Agent=agent("bea", "2026-04-16T05:00:00Z"))
    case = written(tmp_path, "a.json", json.dumps(contact("a")) + json.dumps(back))
    assert case.calls["outcome"].tolist() == ["abandoned"]


def test_a_transfer_without_its_beginning_is_kept_and_said(tmp_path: Path) -> None:
    text = json.dumps(contact("b", InitiationMethod="TRANSFER", InitialContactId="gone"))
    case = written(tmp_path, "a.json", text)
    assert case.calls["call_id"].tolist() == ["gone"]
    assert "begin in a record that is not here" in only_source(case).notes[1]


def test_the_latest_state_counts_in_whatever_order(tmp_path: Path) -> None:
    old = contact("a", DisconnectReason="TELECOM_PROBLEM", LastUpdateTimestamp="2026-04-16T04:01:00Z")
    for number, order in enumerate(([old, contact("a")], [contact("a"), old])):
        case = written(tmp_path, f"{number}.json", "".join(map(json.dumps, order)))
        assert case.calls["outcome"].tolist() == ["abandoned"]


def test_keys_in_lower_case_are_the_same(tmp_path: Path) -> None:
    def lower(value: Any) -> Any:
        return {k.lower(): lower(v) for k, v in value.items()} if isinstance(value, dict) else value

    text = json.dumps(lower(contact("a", Agent=agent("bea"))))
    assert recognised_by(text) == ["amazon_connect"]
    assert written(tmp_path, "a.json", text).calls["agent"].tolist() == ["bea"]


@pytest.mark.parametrize(
    ("name", "at", "seconds"),
    [
        ("ctr_2022_answered.json", "2022-04-08T14:59:38+00:00", (71, 33, 0)),
        ("ctr_2019_long_hold_transferred.json", "2019-08-13T18:01:18+00:00", (845, 2257, 1021)),
    ],
)
def test_a_real_contact_record_gives_its_times(shared: Path, name: str, at: str, seconds: tuple[int, int, int]) -> None:
    case = gathered(shared / "formats/samples/amazon_connect" / name)
    source = only_source(case)
    assert (source.rows, source.calls, source.answered, source.left_out) == (1, 1, 1, 0)
    (call,) = case.calls.to_dict("records")
    assert call["offered_at"].isoformat() == at
    assert (call["queue_s"], call["talk_s"], call["hold_s"]) == seconds


SEARCH = (
    "Contact ID,Channel,Contact status,Initiation timestamp{0},System phone number,Queue,Agent,Customer phone number,"
    "Disconnect timestamp{0},Connected to agent timestamp{0},Agent interaction duration,Initiation method,Disconnect reason\n"
)
_DAY, _OURS = "2026-04-16 00:", "+15855550179"
TABLE = f"""\
c1,Voice,Completed,{_DAY}12:00,{_OURS},Desk,bea,+15855550119,{_DAY}13:30,{_DAY}12:20,00:01:00,Inbound,x
c2,Voice,Completed,{_DAY}13:20,{_OURS},Second,cal,+15855550119,{_DAY}15:00,{_DAY}13:40,00:01:20,Transfer,x
c3,Voice,Completed,{_DAY}20:00,{_OURS},Second,cal,+15855550119,{_DAY}21:00,{_DAY}20:05,00:00:50,Transfer,x
c4,Voice,Completed,{_DAY}30:00,{_OURS},Desk,,+15855550118,{_DAY}30:45,,,Inbound,Customer disconnect
c5,Voice,Completed,{_DAY}40:00,{_OURS},,bea,+15855550133,{_DAY}41:00,{_DAY}40:09,00:00:51,Outbound,x
c6,Voice,In progress,{_DAY}50:00,{_OURS},Desk,bea,+15855550134,,{_DAY}50:20,,Inbound,
"""


@pytest.mark.parametrize(("zone", "hour"), [(" (UTC-05:00)", 5), (" (UTC)", 0), ("", 4)])
def test_the_consoles_search_is_read(tmp_path: Path, zone: str, hour: int) -> None:
    """A transfer's contact goes on with the one of that number that was not over; another one's, with nobody's, is set aside."""
    text = SEARCH.format(zone) + TABLE
    assert recognised_by(text) == ["amazon_connect"]
    case = written(tmp_path, "search.csv", text)
    one, two = case.calls.to_dict("records")
    assert [one[n] for n in ("call_id", "agent", "transferred_to", "ring_s", "queue_s", "talk_s", "outcome")] == [
        "c1", "bea", "cal", 0, 20, 140, "answered"]
    assert [two[n] for n in ("call_id", "queue_s", "outcome", "ended_by")] == ["c4", 45, "abandoned", "caller"]
    assert one["offered_at"].isoformat() == f"2026-04-16T{hour:02d}:12:00+00:00"
    assert [p.kind for p in only_source(case).problems] == ["open-call"]


def test_the_data_lakes_table_is_read(tmp_path: Path) -> None:
    head = (
        "contact_id,initial_contact_id,channel,initiation_method,initiation_timestamp,connected_to_system_timestamp,"
        "disconnect_timestamp,queue_name,agent_username,agent_connected_to_agent_timestamp,agent_interaction_duration_ms,"
        "agent_customer_hold_duration_ms,customer_endpoint_address,system_endpoint_address\n"
    )
    at = "2026-04-16 04:0{}.000{}"
    rows = [
        f"c{n},,VOICE,INBOUND,{at.format('5:57', z)},{at.format('5:58', z)},{at.format('7:32', z)},Desk,bea,"
        f"{at.format('6:20', z)},68000,4000,+1585555011{n},+15855550178\n"
        for n, z in ((7, " UTC"), (8, ""))
    ]
    case = written(tmp_path, "lake.csv", head + "".join(rows))
    for call in case.calls.to_dict("records"):
        assert [call[n] for n in ("ring_s", "queue_s", "hold_s", "talk_s", "queue", "dnis")] == [
            1, 22, 4, 68, "Desk", "+15855550178"]
        assert call["offered_at"].isoformat() == "2026-04-16T04:05:57+00:00"
