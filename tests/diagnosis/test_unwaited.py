"""Callers who were refused, or rang off at once, never waited: they explain no waits, and no callers who gave up."""

from __future__ import annotations

import pandas as pd
import pytest

from calltrace.diagnosis.diagnose import diagnose
from calltrace.diagnosis.diagnosis import Diagnosis
from calltrace.diagnosis.scene import Question
from calltrace.report.letter import letter
from calltrace.report.making import report_of
from checks.floor import AGENTS, TROUBLE, WINDOW, Row, accounts, burst, during, floor, sessions
from support import case, steady

WAITS = ("long-ring", "long-hold")


def refused() -> list[Row]:
    """Account 1 has a second call a minute into each of its calls; in the trouble it is refused."""
    rows: list[Row] = []
    for row in steady("1", every_min=20, offset_min=1, talk_s=180.0, queue_s=4.0):
        second = row | {
            "call_id": f"{row['call_id']}b", "offered_at": row["offered_at"] + pd.Timedelta(minutes=1),  # type: ignore[operator]
            "ani": "+12125550199"}
        if during(row):
            second |= {"outcome": "busy", "agent": None, "talk_s": 0.0, "ring_s": 0.0, "queue_s": 0.0}
        rows += [row, second]
    return rows


def asked(rows: list[Row], complaint: str, **tables: list[Row]) -> Diagnosis:
    found = case(rows, accounts=accounts(path_limit=1), **tables)
    return diagnose(found, Question("1", complaint, *WINDOW))


def others(rows: list[Row]) -> list[Row]:
    return [r for r in rows if r["account"] != "1"]


@pytest.mark.parametrize("complaint", WAITS)
def test_of_refusals_alone_nobody_waited(complaint: str) -> None:
    answer = asked([*others(floor()), *refused()], complaint)
    assert answer.ranked[0].cause == "within-normal"
    told = " ".join(answer.notes)
    assert "6 of the account's 12 calls" in told
    assert "ask of the same hours as busy" in told
    said = " ".join(letter(report_of(answer, command="investigate")).paper.as_text.split())
    assert "answered about as soon as usual" in said
    assert "six calls met a busy tone" in said.lower()
    assert "found none" not in said


@pytest.mark.parametrize("complaint", ["busy", "abandoned"])
def test_the_limit_is_named_where_callers_were_refused_and_no_more_gave_up(complaint: str) -> None:
    assert asked([*others(floor()), *refused()], complaint).ranked[0].cause == "path-limit"


@pytest.mark.parametrize("complaint", [*WAITS, "abandoned", "missed-calls"])
def test_a_few_refusals_do_not_hide_that_no_agent_was_there(complaint: str) -> None:
    """Two hours without an agent: everybody's callers give up after minutes, and fill account 1's paths."""
    def unanswered(row: Row) -> Row:
        return row | {"outcome": "abandoned", "agent": None, "talk_s": 0.0, "ring_s": 20.0, "queue_s": 200.0}

    rows = floor(change=unanswered)
    more = burst("1", 10, **{k: unanswered({})[k] for k in unanswered({})})
    away = [r | {"call_id": f"r-{r['call_id']}", "outcome": "busy", "ring_s": 0.0, "queue_s": 0.0,
                 "offered_at": r["offered_at"] + pd.Timedelta(minutes=1)}
            for r in more if during(r)][::2]
    answer = asked([*rows, *more, *away], complaint, agents=sessions(away=dict.fromkeys(AGENTS, TROUBLE)))
    assert answer.ranked[0].cause == "understaffed"
    assert any("refused as busy" in note for note in answer.notes)


@pytest.mark.parametrize("complaint", WAITS)
def test_robots_that_ring_off_make_nobody_wait(complaint: str) -> None:
    robots = burst("1", 1, outcome="abandoned", agent=None, talk_s=0.0, ring_s=2.0)
    for row in robots:
        row |= {"ani": "+19175550199", "queue_s": 0.0}
    answer = asked(floor(extra=robots), complaint)
    assert answer.ranked[0].cause == "within-normal"
    assert any("These callers did not wait" in note for note in answer.notes)
    assert asked(floor(extra=robots), "abandoned").ranked[0].cause == "nuisance-calls"
