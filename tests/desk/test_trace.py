"""One call told from the tables: what is logged, what is worked out, and what is not known."""

from __future__ import annotations

import pandas as pd
import pytest

from calltrace.desk.trace import Trace, trace
from calltrace.errors import InputError, UsageError
from calltrace.tables.case import Case
from support import DAY0, account, case


def when(minute: float) -> pd.Timestamp:
    return DAY0 + pd.Timedelta(minutes=minute)


CALL = {
    "call_id": "c1", "account": "1021", "dnis": "+12125551021", "trunk_group": "A", "ani": "+17175551234",
    "caller_name": "Ann Lee", "agent": "Bo Day", "offered_at": when(0), "ring_s": 5.0, "queue_s": 25.0, "hold_s": 20.0,
    "talk_s": 90.0, "outcome": "answered", "ended_by": "caller", "redirected_from": "+18135550100",
    "linked_id": "L9",
}  # fmt: skip


@pytest.fixture
def service() -> Case:
    return case(
        [CALL, {**CALL, "call_id": "c2", "linked_id": "L10", "offered_at": when(9), "agent": None, "outcome": "abandoned",
                "talk_s": None, "hold_s": None, "ended_by": None}],
        accounts=[account("1021", name="Polar Refrigeration", dispatch_within_min=10)],
        agents=[
            {"at": when(0.4), "agent": "Cy Fox", "event": "ring_no_answer", "call_id": "c1"},
            {"at": when(0.4), "agent": "Cy Fox", "event": "ring_no_answer", "call_id": "c9"},
        ],
        messages=[{"message_id": "m1", "call_id": "c1", "account": "1021", "taken_at": when(3), "agent": "Bo Day",
                   "priority": "urgent"}],
        dispatch=[
            {"message_id": "m1", "attempted_at": when(16), "method": "call", "recipient": "Dr. Wu", "address": "+1999",
             "status": "no_answer"},
            {"message_id": "m1", "attempted_at": when(20), "method": "page", "recipient": "Dr. Wu", "address": "+1999",
             "status": "delivered"},
        ],
        oncall=[{"account": "1021", "starts_at": when(-60), "ends_at": when(60), "person": "Dr. Wu", "contact": "+1999",
                 "updated_at": when(-600)}],
    )  # fmt: skip


def told(found: Trace) -> list[tuple[float | None, str, str]]:
    """Minutes since the first instant, kind and mark of each event of the tables."""
    return [
        (None if e.at is None else round((e.at - DAY0).total_seconds() / 60, 2), e.kind, e.mark)
        for e in found.events
        if e.kind != "log"
    ]


@pytest.mark.parametrize(
    ("said", "automatic"),
    [
        ({"queue_s": 0.0, "queue": "answering"}, False),  # the caller heard it ring until the agent picked up
        ({"queue_s": 0.0}, False),
        ({"queue_s": 4.0}, True),
        ({"queue_s": 0.0, "queue": "answering", "outcome": "abandoned", "agent": None}, True),
    ],
)
def test_an_agent_who_was_first_to_pick_up_is_no_automatic_pickup(
    said: dict[str, object], automatic: bool
) -> None:
    found = trace(case([{**CALL, **said}], accounts=[account("1021")]), "c1", logs=False)
    assert any(e.kind == "pickup" for e in found.events) is automatic


def test_a_call_is_told_from_ring_to_the_last_delivery(service: Case) -> None:
    found = trace(service, "c1", logs=False)
    assert told(found) == [
        (0.0, "arrival", ""),
        (0.0, "arrival", ""),
        (0.08, "pickup", ""),
        (0.4, "ring", "bad"),
        (0.5, "answer", "good"),
        (2.33, "end", ""),
        (3.0, "message", ""),
        (3.0, "message", ""),
        (13.0, "due", "bad"),
        (16.0, "delivery", "bad"),
        (20.0, "delivery", "good"),
        (None, "hold", ""),
        (None, "message", "bad"),
    ]
    says = [e.says for e in found.events]
    assert "forwarded from +18135550100" in says[1]
    assert says[3] == "rings out at Cy Fox: not answered"
    assert says[4] == "Bo Day answers after a wait of 30 s"
    assert says[5] == "the caller hangs up after 1 min 30 s of talk"
    assert says[7] == "on call then, by the roster as exported: Dr. Wu"
    assert says[8] == "a first attempt at message m1 was due: 10 min the account allows"
    assert "13 min after message m1" in says[9]
    assert says[-1] == "message m1: the first attempt came late"
    assert [e.worked_out for e in found.events] == [False, False, True, False, True, True, *[False] * 7]
    assert [(s.name, s.seconds) for s in found.stretches] == [
        ("ring", 5),
        ("queue", 25),
        ("talk", 90),
        ("hold", 20),
    ]


def test_a_lost_call_ends_with_the_caller_and_knows_of_no_message(service: Case) -> None:
    found = trace(service, "c2", logs=False)
    assert told(found) == [
        (9.0, "arrival", ""),
        (9.0, "arrival", ""),
        (9.08, "pickup", ""),
        (9.5, "end", "bad"),
    ]
    assert found.outcome == "abandoned after 30 s"


@pytest.mark.parametrize("named", ["c1", "L9", "m1", " c1 "])
def test_a_call_goes_by_its_linked_id_and_its_messages_too(service: Case, named: str) -> None:
    assert trace(service, named, logs=False).call["call_id"] == "c1"


def test_an_unknown_call_is_refused_with_the_nearest(service: Case) -> None:
    with pytest.raises(InputError, match=r"no call 'c1x'.*Did you mean c1"):
        trace(service, "c1x", logs=False)


def test_an_id_of_two_calls_is_refused_with_their_times() -> None:
    twice = case([CALL, {**CALL, "offered_at": when(1440)}])
    with pytest.raises(UsageError, match=r"2 calls \(Mon 1 Jun 00:00, Tue 2 Jun 00:00\)"):
        trace(twice, "c1", logs=False)


def test_what_is_not_known_has_no_instant() -> None:
    bare = case([{**CALL, "ring_s": None, "queue_s": None, "talk_s": None, "hold_s": None, "ended_by": None}])
    found = trace(bare, "c1", logs=False)
    assert told(found) == [
        (0.0, "arrival", ""),
        (0.0, "arrival", ""),
        (None, "answer", "good"),
        (None, "end", ""),
    ]
    assert found.events[-1].says == "the call ends; who hung up is not logged"
    assert found.missing == ("agents", "messages", "dispatch")
