"""Agents who answered are not agents who were there, and rings that something cuts off tell nothing of agents."""

from __future__ import annotations

import pandas as pd
import pytest

from calltrace.diagnosis.bounds.present import FEWER_ANSWERED
from calltrace.diagnosis.diagnose import investigate
from calltrace.diagnosis.diagnosis import Diagnosis
from checks.floor import TROUBLE, WINDOW, Row, accounts, floor, sessions
from support import at, case

MORNING = 120
"""Seconds a caller waits in the trouble, a greeting having picked up after 9 s."""


def alone(row: Row) -> Row:
    """One agent of three answers; every other caller waits for two minutes, and one in five of these in vain."""
    number = int(str(row["call_id"]).partition("-")[2])
    answered = row["agent"] is not None and number % 10 != 1
    waits = {"ring_s": 9.0, "queue_s": MORNING - 9.0} if number % 2 else {}
    lost = {} if answered else {"agent": None, "outcome": "abandoned", "talk_s": 0.0}
    return row | waits | ({"agent": "A1"} if answered else lost)


def morning(complaint: str = "long-hold", **tables: list[Row]) -> Diagnosis:
    rows = floor(alone)
    for i, row in enumerate(rows):
        row["ani"] = f"+1917555{i % 10_000:04d}"
    start, end = (t.isoformat() for t in WINDOW)
    return investigate(
        case(rows, accounts=accounts(), **tables), account="2", complaint=complaint, start=start, end=end)


def counted() -> list[Row]:
    """The switch's own count of agents logged in: three, day and night."""
    quarters = pd.date_range(at(0), at(28), freq="15min", inclusive="left")
    return [{"interval_start": t, "scope": "platform", "offered": 5, "agents_staffed": 3.0} for t in quarters]


def chances(answer: Diagnosis) -> dict[str, float]:
    return {r.cause: r.probability for r in answer.ranked}


@pytest.mark.parametrize("complaint", ["long-ring", "long-hold", "abandoned"])
def test_fewer_who_answer_may_have_been_there_and_let_calls_ring(complaint: str) -> None:
    answer = morning(complaint)
    told = chances(answer)
    assert answer.wording == "likely"
    assert told["understaffed"] == pytest.approx(0.7)
    assert told["agent-not-answering"] > 0.25
    assert FEWER_ANSWERED in answer.summary
    assert "agent-rings-out" in {o.facet for o in answer.open}
    assert not any("agent-not-answering" in r.so for r in answer.ruled_out)


def test_agents_who_were_not_logged_in_are_told_as_before() -> None:
    answer = morning(agents=sessions(away={"A2": TROUBLE, "A3": TROUBLE}))
    assert answer.wording == "confirmed"
    assert "there were fewer agents than usual" in answer.summary


def test_short_rings_speak_against_idle_agents_only_where_they_could_have_been_long() -> None:
    def facet(answer: Diagnosis) -> str:
        return next(e.says for e in answer.evidence if e.facet == "own-rings-long")

    assert "after something had picked up" in facet(morning())
    quiet = investigate(
        case(floor(), accounts=accounts()), account="2", complaint="long-ring", start=WINDOW[0].isoformat(),
        end=WINDOW[1].isoformat())
    assert facet(quiet).endswith("s")
    silent = next(r for r in quiet.ranked if r.cause == "agent-not-answering")
    assert "own-rings-long" in {b.facet for b in silent.refutes}


def test_calls_that_overflow_after_eighteen_seconds_ring_no_longer() -> None:
    """Over four weeks one call in eight goes on to voicemail after 18 s; in the window it is no different."""
    rows = floor()
    for i, row in enumerate(rows):
        row["queue_s"] = None
        if i % 8 == 0:
            row |= {"ring_s": 18.0, "outcome": "voicemail", "agent": None, "talk_s": 0.0}
    answer = investigate(
        case(rows, accounts=accounts()), account="2", complaint="long-ring", start=WINDOW[0].isoformat(),
        end=at(22).isoformat())
    piece = next(e for e in answer.evidence if e.facet == "own-rings-long")
    assert "taken off by themselves after 18 s" in piece.says
    silent = next(r for r in answer.ranked if r.cause == "agent-not-answering")
    assert "own-rings-long" not in {b.facet for b in silent.refutes}


@pytest.mark.parametrize("complaint", ["long-ring", "abandoned"])
def test_agents_counted_who_do_not_answer_are_no_other_clients_surge(complaint: str) -> None:
    answer = morning(complaint, kpi=counted())
    told = chances(answer)
    assert answer.ranked[0].cause == "agent-not-answering"
    assert answer.wording == "likely"
    assert told["agent-not-answering"] == pytest.approx(0.7)
    assert told["other-account-surge"] < 0.1
    assert "only 1.3 agents answered calls" in next(e.says for e in answer.evidence if e.facet == "agent-answers-fewer")


def test_who_was_logged_in_all_the_time_and_answered_nothing_is_named() -> None:
    answer = morning(agents=sessions())
    assert answer.ranked[0].cause == "agent-not-answering"
    assert answer.ranked[0].probability == pytest.approx(0.85)
    idle = next(e for e in answer.evidence if e.facet == "agent-answers-fewer")
    assert idle.data["agent"] in {"A2", "A3"}
    assert "answered 0 of" in idle.says


def test_who_was_paused_meanwhile_is_not_named() -> None:
    events = list(zip(TROUBLE, ("pause", "unpause"), strict=True))
    resting: list[Row] = [{"at": t, "agent": a, "event": e} for a in ("A2", "A3") for t, e in events]
    answer = morning(agents=[*sessions(), *resting])
    idle = next(e for e in answer.evidence if e.facet == "agent-answers-fewer")
    assert idle.data.get("agent") not in {"A2", "A3"}
    assert "counted" not in idle.data
