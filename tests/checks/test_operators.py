"""An operator's calls: listed, those to listen to first on top; no cause named."""

from __future__ import annotations

from typing import TYPE_CHECKING

from calltrace.diagnosis.caller import HIDDEN
from calltrace.diagnosis.checks import operators
from calltrace.diagnosis.evidence import Evidence, Outcome
from support import at, case, scene, steady

if TYPE_CHECKING:
    from calltrace.tables.case import Case

START, END = at(20, 9), at(20, 12)


def call(n: int, **values: object) -> dict:
    row = {
        "call_id": f"w{n}",
        "account": "1",
        "ani": "+12125550300",
        "agent": "A1",
        "offered_at": at(20, 9 + n / 10),
        "ring_s": 4.0,
        "queue_s": 0.0,
        "hold_s": 0.0,
        "talk_s": 80.0,
        "outcome": "answered",
        "ended_by": "caller",
        "recording": f"w{n}.wav",
    }
    return {**row, **values}


def ask(built: Case, caller: str = "") -> dict[str, Evidence]:
    found = operators.run(scene(built, "1", START, END, "rude-operator", caller=caller))
    assert [e.facet for e in found] == [f.name for f in operators.FACETS]
    return {e.facet: e for e in found}


def test_calls_to_listen_to_come_first() -> None:
    built = case(
        [
            call(1),
            call(2, talk_s=9.0, ended_by="agent"),
            call(3, hold_s=200.0),
            call(4, ani="+12125550199"),
            call(5, outcome="abandoned", agent=None),
        ]
    )
    rows = operators.listed(scene(built, "1", START, END, caller="+12125550199"))
    assert list(zip(rows["call_id"], rows["why"], strict=True)) == [
        ("w4", "the caller's own call"),
        ("w2", "the agent hung up soon"),
        ("w3", "long on hold"),
        ("w1", ""),
    ]
    found = ask(built)
    assert found["operator-calls"].observed == 4
    assert [str(e.at) for e in found["agent-hung-up-soon"].examples] == ["calls.csv:3"]


def test_no_answered_call_is_clear() -> None:
    assert ask(case([call(1, outcome="abandoned", agent=None)]))["operator-calls"].outcome is Outcome.CLEAR


def test_a_log_without_who_hung_up_leaves_it_open() -> None:
    found = ask(case([call(1, ended_by=None)]))
    assert found["operator-calls"].outcome is Outcome.FOUND
    assert found["agent-hung-up-soon"].outcome is Outcome.NOT_RUN
    assert found["agent-hang-up-share"].missing == ("calls.ended_by",)


def test_an_agents_hang_ups_are_held_against_the_agents_own_habit() -> None:
    usual = steady("2", every_min=120, days=19)  # 228 calls, none ended by the agent
    hung_up = ask(case([*usual, *(call(n, ended_by="agent") for n in range(6))]))["agent-hang-up-share"]
    assert (hung_up.outcome, hung_up.observed) == (Outcome.FOUND, 6)
    ordinary = ask(case([*usual, *(call(n) for n in range(6))]))["agent-hang-up-share"]
    assert ordinary.outcome is Outcome.CLEAR
    # to whom it is a habit, it is no news
    habit = steady("2", every_min=120, days=19, ended_by="agent")
    assert (
        ask(case([*habit, *(call(n, ended_by="agent") for n in range(6))]))["agent-hang-up-share"].outcome
        is Outcome.CLEAR
    )
    few = ask(case([call(n, ended_by="agent") for n in range(6)]))["agent-hang-up-share"]
    assert few.outcome is Outcome.NOT_RUN


def test_of_a_caller_whose_number_was_hidden_the_calls_without_one_come_first_as_such() -> None:
    built = case([call(1), call(2, ani=None)])
    rows = operators.listed(scene(built, "1", START, END, caller=HIDDEN))
    assert list(zip(rows["call_id"], rows["why"], strict=True)) == [("w2", "no number shown"), ("w1", "")]
