"""Conversations to calls: who picked up when, what was talking and what was waiting."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from reading import gathered, golden, known, only_source, written

if TYPE_CHECKING:
    from pathlib import Path


def segment(kind: str, begins: int, until: int | None, **more: Any) -> dict[str, Any]:
    found = {"segmentType": kind, "segmentStart": f"2026-04-16T04:00:{begins:02d}.000Z"}
    return found | ({} if until is None else {"segmentEnd": f"2026-04-16T04:00:{until:02d}.000Z"}) | more


def person(purpose: str, *segments: dict[str, Any], direction: str = "inbound", **more: Any) -> dict[str, Any]:
    session = {"mediaType": "voice", "direction": direction, "segments": list(segments)}
    if purpose == "customer":
        session |= {"ani": "tel:+15855550117", "dnis": "tel:+15855550178"}
    return {"purpose": purpose, "sessions": [session]} | more


def conversation(*people: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "conversationId": "c1",
        "conversationStart": "2026-04-16T04:00:00.000Z",
        "conversationEnd": "2026-04-16T04:00:50.000Z",
        "participants": list(people),
    } | more


CALLER = person("customer", segment("interact", 0, 50, disconnectType="client"))
CUT = person("customer", segment("interact", 0, 50, disconnectType="peer"))
IVR = person("ivr", segment("ivr", 2, 10))
QUEUE = person("acd", segment("interact", 10, 20, queueId="q7"))
RANG = person("agent", segment("alert", 12, 18), userId="bea")
TALKED = person("agent", segment("alert", 12, 20), segment("interact", 20, 40), segment("hold", 40, 50), userId="bea")


def test_the_sample_becomes_what_it_should(repo_root: Path, update_golden: bool) -> None:
    case = golden(repo_root / "sample_logs" / "genesys_cloud" / "conversations.json", update=update_golden)
    source = only_source(case)
    assert (source.format, source.rows, source.left_out, source.calls, source.answered) == ("genesys-cloud", 8, 1, 5, 1)
    assert source.notes[0].endswith("2 set aside, which are no caller's (1 of other media, 1 outbound or internal)")


def test_an_agent_who_let_it_ring_out_is_told_by_the_services_own_word(tmp_path: Path) -> None:
    def not_responding(who: str, ms: float) -> dict[str, Any]:
        rang = person("agent", segment("alert", 11, 18, disconnectType="client"), userId=who)
        rang["sessions"][0]["metrics"] = [
            {"emitDate": "2026-04-16T04:00:18.377Z", "name": name, "value": ms} for name in ("tAlert", "tNotResponding")]
        return rang

    people = [CALLER, IVR, QUEUE, not_responding("cal", 7421), not_responding("dee", 250), RANG, TALKED]
    case = written(tmp_path, "a.json", json.dumps([conversation(*people), conversation(*people)]))
    assert case.calls["agent"].tolist() == ["bea"]
    rang = case.table("agents")
    assert rang[["agent", "event", "call_id"]].to_numpy().tolist() == [["cal", "ring_no_answer", "c1"]]
    assert rang["at"].iloc[0] == pd.Timestamp("2026-04-16T04:00:18.377Z")


@pytest.mark.parametrize(
    ("people", "outcome", "ring_s", "queue_s", "talk_s"),
    [
        ([CALLER, IVR, QUEUE, TALKED], "answered", 2, 18, 20),
        ([CALLER, QUEUE, TALKED], "answered", 10, 10, 20),
        ([CALLER, TALKED], "answered", 20, None, 20),
        ([CALLER, IVR, QUEUE], "abandoned", 2, 48, None),
        ([CALLER, IVR, QUEUE, RANG], "abandoned", 2, 48, None),
        ([CUT, IVR, QUEUE, RANG], "no_answer", 2, 48, None),
        ([CALLER, IVR], "announcement", 2, 48, None),
        ([CALLER, RANG], "abandoned", 50, None, None),
        ([CUT, QUEUE, person("voicemail", segment("interact", 30, 50))], "voicemail", 10, 40, None),
    ],
)
def test_waiting_is_not_talking(  # noqa: PLR0917 -- a table
    tmp_path: Path, people: list[dict[str, Any]], outcome: str, ring_s: int, queue_s: int | None, talk_s: int | None
) -> None:
    (call,) = written(tmp_path, "a.json", json.dumps(conversation(*people))).calls.to_dict("records")
    assert (call["outcome"], call["ring_s"]) == (outcome, ring_s)
    assert known(call["queue_s"]) == queue_s
    assert known(call["talk_s"]) == talk_s
    assert call["ani"] == "+15855550117"


REFUSED: dict[str, Any] = {"disconnectType": "system", "errorCode": "error.ininedgecontrol.connection.station.busy"}


@pytest.mark.parametrize(
    ("codes", "further", "outcome"),
    [
        ({"sipResponseCodes": [486], "q850ResponseCodes": [17]}, [], "busy"),
        ({"sipResponseCodes": ["600"]}, [], "busy"),
        ({"q850ResponseCodes": [17]}, [], "busy"),
        ({"sipResponseCodes": [503], "q850ResponseCodes": [34]}, [], "failed"),
        ({}, [], "failed"),
        ({"sipResponseCodes": [486]}, [IVR], "failed"),  # whom the menu sent the caller on to was busy
        ({"sipResponseCodes": [486]}, [QUEUE, RANG], "failed"),
    ],
)
def test_a_caller_refused_as_busy_is_told_from_one_that_failed(
    tmp_path: Path, codes: dict[str, Any], further: list[dict[str, Any]], outcome: str
) -> None:
    caller = person("customer", segment("system", 0, 1, **REFUSED, **codes))
    (call,) = written(tmp_path, "a.json", json.dumps(conversation(caller, *further))).calls.to_dict("records")
    assert (call["outcome"], call["ended_by"]) == (outcome, "system")


def test_an_agents_own_call_is_set_aside(tmp_path: Path) -> None:
    dialled = person("agent", segment("interact", 5, 50), direction="outbound", userId="bea")
    reached = person("customer", segment("interact", 5, 50), direction="outbound")
    source = only_source(written(tmp_path, "a.json", json.dumps(conversation(dialled, reached))))
    assert (source.calls, source.notes) == (
        0, ("1 rows: 0 callers' attempts; 1 set aside, which are no caller's (1 outbound or internal)",),
    )  # fmt: skip


def test_only_a_conversation_that_goes_on_has_no_end(tmp_path: Path) -> None:
    over = conversation(CALLER, QUEUE)
    del over["conversationEnd"]
    going = conversation(person("customer", segment("interact", 0, None)), conversationId="c2")
    del going["conversationEnd"]
    case = written(tmp_path, "a.json", json.dumps({"conversations": [over, going]}))
    assert case.calls["call_id"].tolist() == ["c1"]
    assert [p.kind for p in only_source(case).problems] == ["open-call"]


@pytest.mark.parametrize(
    "damage",
    [
        {"participants": None},
        {"participants": [None, 3, {"purpose": "customer", "sessions": "x"}]},
        {"participants": [{"purpose": "customer", "sessions": [{"mediaType": "voice", "segments": [{}]}]}]},
        {"conversationId": None},
        {"conversationStart": "yesterday"},
    ],
)
def test_damage_costs_its_own_record(tmp_path: Path, damage: dict[str, Any]) -> None:
    text = json.dumps(conversation(CALLER, TALKED)) + "\n" + json.dumps(conversation(CALLER) | {"conversationId": "c2"} | damage)
    case = written(tmp_path, "a.json", text)
    assert case.calls["call_id"].tolist() == ["c1"]


def test_real_conversations_give_voice_calls_only(shared: Path) -> None:
    folder = shared / "formats/samples/genesys_cloud"
    case = gathered(folder / "MyPureCloud_conversations_details_query.json")
    source = only_source(case)
    assert (source.rows, source.calls, source.answered, source.left_out) == (25, 2, 2, 0)
    assert source.first is not None
    assert source.first.isoformat() == "2016-09-06T07:06:11.478000+00:00"
    assert source.notes == ("25 rows: 2 callers' attempts; 23 set aside, which are no caller's (23 of other media)",)
    assert case.calls["queue_s"].tolist() == [21.721, 16.82]  # the IVR, the queue, the failed alert and the good one
    assert case.calls["ended_by"].tolist() == ["agent", "caller"]
