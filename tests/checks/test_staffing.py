"""Staffing: agents logged in against the same time of other weeks, from whichever source there is."""

from __future__ import annotations

import pandas as pd
import pytest

from calltrace.diagnosis.checks._load import load
from calltrace.diagnosis.checks._staff import staff
from calltrace.diagnosis.evidence import Outcome
from checks.floor import TROUBLE, WINDOW, Row, ask, during, floor, sessions
from support import at, case, scene


def waiting(row: Row) -> Row:
    return row | {"queue_s": 90.0}


def test_two_agents_of_three_away_while_callers_wait_is_found() -> None:
    away = {"A2": TROUBLE, "A3": TROUBLE}
    found = ask("staffing", floor(waiting), agents=sessions(away=away))["fewer-agents"]
    assert found.outcome is Outcome.FOUND
    assert found.observed == pytest.approx(1.0)
    assert found.expected == pytest.approx(3.0)
    assert (found.start, found.end) == TROUBLE
    assert found.strength > 0.8


def test_the_usual_agents_are_clear_though_callers_wait() -> None:
    found = ask("staffing", floor(waiting), agents=sessions())["fewer-agents"]
    assert found.outcome is Outcome.CLEAR
    assert "3.0" in found.says


def test_agents_whom_an_outage_logged_out_are_not_missing() -> None:
    """All are out from 10:30 to 11:30, while nobody on the platform has a call; callers wait before and after."""
    out = (at(21, 10.5), at(21, 11.5))
    rows = [r for r in floor(waiting) if not during(r, out)]
    away = dict.fromkeys(("A1", "A2", "A3"), out)
    assert ask("staffing", rows, agents=sessions(away=away))["fewer-agents"].outcome is Outcome.CLEAR
    still = ask("staffing", floor(waiting), agents=sessions(away=away))["fewer-agents"]
    assert still.outcome is Outcome.FOUND  # nobody answered the calls that came


def test_few_agents_every_week_are_the_usual_staffing() -> None:
    thin = [r for r in sessions() if r["agent"] != "A3"]
    assert ask("staffing", floor(waiting), agents=thin)["fewer-agents"].outcome is Outcome.CLEAR


def test_the_interval_counts_speak_where_the_agents_table_is_missing() -> None:
    quarters = pd.date_range(at(0), at(28), freq="15min", inclusive="left")
    kpi = [
        {
            "interval_start": t,
            "scope": "platform",
            "offered": 5,
            "agents_staffed": 1.0 if TROUBLE[0] <= t < TROUBLE[1] else 3.0,
        }
        for t in quarters
    ]
    found = ask("staffing", floor(waiting), kpi=kpi)["fewer-agents"]
    assert found.outcome is Outcome.FOUND
    assert found.data["source"] == "the switch's interval counts"


def test_without_either_the_calls_say_who_answered_and_it_weighs_less() -> None:
    def alone(row: Row) -> Row:
        return waiting(row) | ({"agent": "A1"} if row["agent"] else {})

    found = ask("staffing", floor(alone))["fewer-agents"]
    assert found.outcome is Outcome.FOUND
    assert found.data["source"] == "the calls"
    assert found.missing == ("agents", "kpi.agents_staffed")
    assert found.strength <= 0.6


def test_who_answers_is_told_by_several_hours_together() -> None:
    # from week to week they stray by half an agent: one hour with one fewer proves nothing, two do
    def away(row: Row) -> Row:
        return row | ({"agent": "A2"} if row["agent"] == "A3" and during(row, WINDOW) else {})

    found = ask("staffing", [away(r) for r in floor(waiting)])["fewer-agents"]
    assert (found.observed, found.expected) == (pytest.approx(2.0), pytest.approx(3.0))
    assert found.outcome is Outcome.FOUND


def test_who_answers_tells_little_where_it_strays_from_week_to_week() -> None:
    def straying(row: Row) -> Row:
        return row | ({"agent": "A1"} if row["agent"] and row["offered_at"].day % 2 else {})

    steady = ask("staffing", floor(waiting))["fewer-agents"]
    unsteady = ask("staffing", [straying(r) for r in floor(waiting)])["fewer-agents"]
    assert steady.outcome is unsteady.outcome is Outcome.CLEAR
    assert unsteady.strength < steady.strength


def test_nothing_that_names_agents_is_not_run() -> None:
    rows = [r | {"agent": None} for r in floor(waiting)]
    found = ask("staffing", rows)["fewer-agents"]
    assert found.outcome is Outcome.NOT_RUN
    assert found.missing == ("agents", "kpi.agents_staffed", "calls.agent")


def test_an_agent_in_since_before_the_table_and_a_second_login_count_once() -> None:
    events = [
        {"at": at(0, 2), "agent": "A1", "event": "logout"},  # in from the table's beginning
        {"at": at(0, 0), "agent": "A2", "event": "login"},
        {"at": at(0, 1), "agent": "A2", "event": "login"},  # says nothing new
        {"at": at(0, 3), "agent": "A2", "event": "logout"},
        {"at": at(27, 20), "agent": "A2", "event": "login"},
    ]
    asked = scene(case(floor(), agents=events), "1", *WINDOW)
    view = load(asked)
    found = staff(asked, view)
    assert found is not None
    assert found.at_hand[4 * 1] == pytest.approx(2.0)  # 01:00
    assert found.at_hand[4 * 2] == pytest.approx(1.0)
    assert found.at_hand[4 * 5] == pytest.approx(0.0)


def quarters(there: float) -> list[Row]:
    """The switch's own count: three agents, in the trouble so many."""
    starts = pd.date_range(at(0), at(28), freq="15min", inclusive="left")
    return [
        {"interval_start": t, "scope": "platform", "offered": 5, "agents_staffed": there if TROUBLE[0] <= t < TROUBLE[1] else 3.0}
        for t in starts
    ]


def torn(rows: list[Row], every: int) -> list[Row]:
    """The log without every so many-th logout of the days before the trouble."""
    out = [r for r in rows if r["event"] == "logout" and r["at"] < at(20)]  # type: ignore[operator]
    lost = {(r["at"], r["agent"]) for r in out[::every]}
    return [r for r in rows if r["event"] == "login" or (r["at"], r["agent"]) not in lost]


def test_a_logout_that_was_lost_has_nobody_in_all_night() -> None:
    """Of 60 logouts 15 are lost: a session without its end lasts as long as that agent's others, 16 hours."""
    away = {"A2": TROUBLE, "A3": TROUBLE}
    events = torn(sessions(away=away), 4)
    asked = scene(case(floor(waiting), agents=events), "1", *WINDOW)
    view = load(asked)
    read = staff(asked, view)
    assert read is not None
    assert read.at_hand[4 * 24 * 8 + 4 * 3] == pytest.approx(0.0)  # 03:00
    assert read.at_hand[4 * 24 * 8 + 4 * 12] == pytest.approx(3.0)
    found = ask("staffing", floor(waiting), agents=events)["fewer-agents"]
    assert (found.outcome, found.observed, found.expected) == (Outcome.FOUND, pytest.approx(1.0), pytest.approx(3.0))


def test_a_login_that_was_lost_is_taken_for_one_a_usual_session_before() -> None:
    events = [r for r in sessions() if (r["at"], r["agent"]) != (at(8, 6), "A1")]
    asked = scene(case(floor(), agents=events), "1", *WINDOW)
    view = load(asked)
    read = staff(asked, view)
    assert read is not None
    assert read.at_hand[4 * 24 * 8 : 4 * 24 * 9].tolist() == [0.0] * 24 + [3.0] * 64 + [0.0] * 8
    assert read.lost == pytest.approx(1 / (len(sessions()) - 1))


def test_a_second_login_within_a_session_is_none_that_was_lost() -> None:
    again = [{"at": at(day, hour), "agent": "A1", "event": "login"} for day in range(28) for hour in (6.1, 12, 21.9)]
    asked = scene(case(floor(), agents=[*sessions(), *again]), "1", *WINDOW)
    view = load(asked)
    read = staff(asked, view)
    assert read is not None
    assert read.lost == 0
    assert read.at_hand[4 * 24 * 8 : 4 * 24 * 9].tolist() == [0.0] * 24 + [3.0] * 64 + [0.0] * 8


def test_the_switchs_count_goes_before_logins_of_which_many_were_lost() -> None:
    found = ask("staffing", floor(waiting), agents=torn(sessions(), 4), kpi=quarters(1.0))["fewer-agents"]
    assert (found.outcome, found.data["source"]) == (Outcome.FOUND, "the switch's interval counts")
    whole = ask("staffing", floor(waiting), agents=sessions(), kpi=quarters(1.0))["fewer-agents"]
    assert (whole.outcome, whole.data["source"]) == (Outcome.CLEAR, "the agents' logins")


@pytest.mark.parametrize(("there", "outcome"), [(1.0, Outcome.NOT_RUN), (2.2, Outcome.CLEAR), (3.0, Outcome.CLEAR)])
def test_a_count_that_strays_clears_nobody_and_contradicts_itself_nowhere(there: float, outcome: Outcome) -> None:
    """From week to week it is three more or three fewer."""
    def straying(row: Row) -> Row:
        week = int((row["interval_start"] - at(0)).days // 7)  # type: ignore[operator]
        return row if week == 3 else row | {"agents_staffed": 3.0 + (0.0, 3.0, -3.0)[week]}

    kpi = [straying(r) for r in quarters(there)]
    found = ask("staffing", floor(waiting), kpi=kpi)["fewer-agents"]
    assert found.outcome is outcome
    assert ("as many agents as usual" in found.says) == (there == 3.0)
    if there == 1.0:
        assert "can't be told" in found.says
    if there == 2.2:
        assert found.strength < 0.3
