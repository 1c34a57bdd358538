"""Rings unanswered: one agent's run of them, by name, or seen only in who answers."""

from __future__ import annotations

import pandas as pd

from calltrace.diagnosis.evidence import Outcome
from checks.floor import TROUBLE, Row, ask, floor, sessions
from support import at


def rings(agent: str, start: pd.Timestamp, every_min: float, count: int) -> list[Row]:
    return [
        {
            "at": start + pd.Timedelta(minutes=every_min * i),
            "agent": agent,
            "event": "ring_no_answer",
            "call_id": f"1-{i}",
        }
        for i in range(count)
    ]


USUAL = [r for day in range(28) for r in rings(("A1", "A2", "A3")[day % 3], at(day, 15), 1, 1)]


def test_an_agents_run_of_unanswered_rings_is_found_and_named() -> None:
    table = [*sessions(), *USUAL, *rings("A2", TROUBLE[0], 10, 12)]
    found = ask("ring-outs", floor(), agents=table)["agent-rings-out"]
    assert found.outcome is Outcome.FOUND
    assert found.data["agent"] == "A2"
    assert found.observed == 12
    assert found.start == TROUBLE[0]
    assert len(found.examples) == 12


def test_several_agents_who_let_calls_ring_out_are_all_named() -> None:
    table = [*sessions(), *USUAL, *rings("A2", TROUBLE[0], 10, 12), *rings("A3", TROUBLE[0], 12, 9)]
    found = ask("ring-outs", floor(), agents=table)["agent-rings-out"]
    assert found.data["agent"] == "A2"
    assert found.data["also"] == {"A3": 9}
    assert "so did A3 (9)" in found.says


def test_the_usual_ring_a_day_is_clear() -> None:
    found = ask("ring-outs", floor(), agents=[*sessions(), *USUAL])["agent-rings-out"]
    assert found.outcome is Outcome.CLEAR


def test_without_agents_events_it_is_not_run_and_says_what_would_tell() -> None:
    found = ask("ring-outs", floor())["agent-rings-out"]
    assert found.outcome is Outcome.NOT_RUN
    assert found.missing == ("agents",)


def test_a_switch_that_logs_no_unanswered_rings_proves_nothing() -> None:
    found = ask("ring-outs", floor(), agents=sessions())["agent-rings-out"]
    assert found.outcome is Outcome.NOT_RUN
    assert "may not log" in found.says


def busy_hours() -> list[Row]:
    """The floor with three further calls beside each, so that shares can be told."""
    return [
        r | {"call_id": f"{r['call_id']}{part}", "ani": f"{r['ani']}{k}"}
        for r in floor()
        for k, part in enumerate(("", "b", "c", "d"))
    ]


def test_an_agent_at_work_who_answers_a_fraction_is_found_in_the_calls_alone() -> None:
    rows, seen = busy_hours(), 0
    for row in rows:
        if row["agent"] == "A2" and TROUBLE[0] <= row["offered_at"] < TROUBLE[1]:  # type: ignore[operator]
            seen += 1
            row.update({"queue_s": 90.0} | ({} if seen % 6 == 1 else {"agent": "A1" if seen % 2 else "A3"}))
    found = ask("ring-outs", rows)["agent-answers-fewer"]
    assert found.outcome is Outcome.FOUND
    assert found.data["agent"] == "A2"


def test_agents_who_share_the_calls_are_clear_and_one_who_left_is_no_such_agent() -> None:
    assert ask("ring-outs", busy_hours())["agent-answers-fewer"].outcome is Outcome.CLEAR
    gone = [
        r | {"agent": "A1"} if r["agent"] == "A2" and r["offered_at"] >= TROUBLE[0] else r  # type: ignore[operator]
        for r in busy_hours()
    ]
    found = ask("ring-outs", gone, window=TROUBLE)["agent-answers-fewer"]
    assert found.outcome is Outcome.CLEAR


def test_rings_read_off_the_calls_reach_as_far_as_the_calls_and_tell_no_staffing() -> None:
    """One agent's first rings ever on record are of the morning asked about; nothing tells who was logged in."""
    rows = rings("A2", TROUBLE[0], 10, 12)
    found = ask("ring-outs", floor(), agents=rows)["agent-rings-out"]
    assert found.outcome is Outcome.FOUND
    assert (found.data["agent"], found.observed) == ("A2", 12)
    later = ask("ring-outs", floor(), window=(at(25, 9), at(25, 13)), agents=rows)["agent-rings-out"]
    assert later.outcome is Outcome.CLEAR
    staff = ask("staffing", floor(), agents=rows)["fewer-agents"]
    assert "inferred from the calls" in staff.says
