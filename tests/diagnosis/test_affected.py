"""Who else was hit: the other accounts whose callers waited, were held, or whose messages went the same way."""

from __future__ import annotations

import pandas as pd

from calltrace.diagnosis.affected import ASTRAY, HELD, QUEUE, SILENCES, hits
from calltrace.diagnosis.causes import NAMES, SHARED
from calltrace.diagnosis.evidence import Evidence, Outcome
from calltrace.diagnosis.scene import Scene
from support import at, case, scene, steady

SHORT = (at(21, 9), at(21, 11))


def floor(complaint: str = "long-hold", **tables: list[dict[str, object]]) -> Scene:
    """Three accounts; for two hours the callers of 1 and 2 wait two minutes, and A9 holds those it answers of all three."""
    rows = []
    for n, who in enumerate("123"):
        rows += steady(who, every_min=20 + n, offset_min=n)
    for row in rows:
        if SHORT[0] <= pd.Timestamp(str(row["offered_at"])) < SHORT[1]:
            row |= {"agent": "A9", "hold_s": 90.0, "queue_s": 0.0 if row["account"] == "3" else 120.0}
    return scene(case(rows, **tables), "1", at(21, 8), at(21, 12), complaint)


def test_who_waited_for_the_same_agents_is_named() -> None:
    rose = Evidence("waits-rose", Outcome.FOUND, "", start=SHORT[0], end=SHORT[1])
    (other,) = hits(floor(), "understaffed", {"waits-rose": rose})
    assert (other.account, other.observed, other.expected) == ("2", 6.0, None)
    assert other.says == "6 of 6 callers waited longer than 30 s"
    assert hits(floor(), "path-limit", {"waits-rose": rose}) == ()


def test_whom_the_agent_held_as_well_is_named() -> None:
    held = Evidence("agent-holds", Outcome.FOUND, "", data={"agent": "A9"})
    assert {h.account for h in hits(floor(), "agent-long-holds", {"agent-holds": held})} == {"2", "3"}


def test_whose_messages_were_left_in_the_same_hands_or_hours_is_named() -> None:
    taken = [("m1", "1", "A1", 9.0), ("m2", "2", "A1", 11.9), ("m3", "3", "A2", 9.5), ("m4", "3", "A2", 11.5),
             ("m5", "2", "A1", 10.0)]
    messages: list[dict[str, object]] = [
        {"message_id": m, "account": a, "agent": g, "taken_at": at(21, h), "priority": "urgent"} for m, a, g, h in taken]
    sent: list[dict[str, object]] = [
        {"message_id": m, "attempted_at": at(21, h), "method": "call", "recipient": "Ames", "status": "delivered"}
        for m, h in (("m0", 1.0), ("m5", 10.1), ("m6", 20.0))]
    found = hits(floor("dispatch", messages=messages, dispatch=sent), "not-dispatched", {})
    assert [(h.account, h.says) for h in found] == [
        ("2", "1 of 2 urgent messages never sent out"), ("3", "1 of 1 urgent messages never sent out")]


def test_nobody_else_is_said_of_no_cause_beside_which_nobody_was_looked_for() -> None:
    assert {*QUEUE, HELD, *ASTRAY, *(c for shared in SILENCES.values() for c in shared)} <= SHARED <= set(NAMES)
