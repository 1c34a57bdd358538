"""Handling: slow for everybody, or one agent's holds."""

from __future__ import annotations

import numpy as np
import pytest

import calltrace
from calltrace.diagnosis.checks import handling
from calltrace.diagnosis.evidence import Outcome
from checks.floor import WINDOW, Row, accounts, ask, burst, during, floor
from support import at, case, steady


def spread(rows: list[Row]) -> list[Row]:
    """Talk times that differ from call to call as they do: 30 to 120 s in turn."""
    lengths = (30.0, 60.0, 120.0, 45.0, 90.0)
    for i, row in enumerate(rows):
        if row["outcome"] == "answered":
            row["talk_s"] = lengths[i % 5] * (2.5 if row.pop("slow", False) else 1.0)
    return rows


def test_handling_up_for_all_agents_is_found() -> None:
    found = ask("handling", spread(floor(lambda r: r | {"slow": True})))
    slow = found["handling-slow"]
    assert slow.outcome is Outcome.FOUND
    assert slow.data["agents_up"] == 3
    assert slow.data["agents"] == 3
    assert found["agent-holds"].outcome is Outcome.CLEAR


def test_more_calls_of_an_account_whose_calls_are_long_are_no_slow_handling() -> None:
    def long(rows: list[Row]) -> list[Row]:
        return [r | {"talk_s": float(r["talk_s"]) * 3} if r["account"] == "2" else r for r in spread(rows)]  # type: ignore[arg-type]

    surge = burst("2", every_min=3, agent="A1")
    assert ask("handling", long(floor(extra=surge)))["handling-slow"].outcome is Outcome.CLEAR


def test_one_account_s_longer_calls_are_no_slow_handling_of_all() -> None:
    found = ask("handling", spread(floor(lambda r: r | {"slow": r["account"] == "2"})))["handling-slow"]
    assert (found.data["accounts_up"], found.data["accounts"]) == (1, 4)
    assert found.outcome is Outcome.CLEAR


def test_a_busy_account_s_longer_calls_are_no_slow_handling_of_all_where_the_few_calls_of_others_are_longer_by_chance() -> None:
    def hardly(rows: list[Row]) -> list[Row]:
        return [r | {"talk_s": float(r["talk_s"]) * 1.25} if during(r) and r["account"] != "2" else r for r in rows]  # type: ignore[arg-type]

    def slow(row: Row) -> Row:
        return row | {"slow": row["account"] == "2"}

    rows = floor(slow, [slow(r) for r in burst("2", every_min=2)])
    found = ask("handling", hardly(spread(rows)))["handling-slow"]
    assert (found.data["accounts_up"], found.data["accounts"]) == (3, 4)
    assert found.outcome is Outcome.CLEAR


def test_all_agents_slow_handling_is_found_where_one_account_has_most_calls() -> None:
    """The few calls of two others would not show it by themselves."""
    rng = np.random.default_rng(5)
    rows = [
        row | {"talk_s": float(60 * np.exp(rng.normal(0, 0.4))) * (1.8 if at(24, 9) <= row["offered_at"] < at(24, 17) else 1.0),
               "agent": f"A{1 + n % 2}"}
        for who, every in (("1", 10), ("2", 240), ("3", 240))
        for n, row in enumerate(steady(who, every_min=every, hours=(8, 20)))]
    found = ask("handling", rows, "long-hold", window=(at(24, 8), at(24, 20)))
    assert found["handling-slow"].outcome is Outcome.FOUND


def test_ordinary_handling_is_clear() -> None:
    found = ask("handling", spread(floor()))
    assert {e.outcome for e in found.values()} == {Outcome.CLEAR}
    assert found["handling-slow"].strength > 0.5


def holding(row: Row) -> Row:
    return row | ({"hold_s": 150.0} if row["agent"] == "A2" else {})


def test_the_agent_who_leaves_callers_on_hold_is_named() -> None:
    found = ask("handling", spread(floor(holding)), "long-hold")
    assert found["agent-holds"].outcome is Outcome.FOUND
    assert found["agent-holds"].data["agent"] == "A2"
    assert "A2" in found["agent-holds"].says
    assert found["handling-slow"].outcome is Outcome.CLEAR


def test_the_accounts_own_callers_among_those_held_are_counted() -> None:
    mine = ask("handling", spread(floor(holding)), "long-hold")["own-calls-held-by-agent"]
    assert mine.outcome is Outcome.FOUND
    assert all(e.id.startswith("1-") for e in mine.examples)

    others = ask("handling", spread(floor(lambda r: holding(r) if r["account"] != "1" else r)), "long-hold")
    assert others["agent-holds"].outcome is Outcome.FOUND
    assert others["own-calls-held-by-agent"].outcome is Outcome.CLEAR


def test_no_agent_is_blamed_where_none_stands_out_and_the_accounts_one_call_was_not_held() -> None:
    rows = spread(floor())
    own = [r for r in rows if r["account"] == "1" and during(r, WINDOW) and r["outcome"] == "answered"]
    for row in own:
        row["hold_s"] = 40.0  # what agents' holds are counted from is longer
    mine = ask("handling", [r for r in rows if r not in own[1:]], "long-hold")["own-calls-held-by-agent"]
    assert (mine.outcome, mine.strength) == (Outcome.CLEAR, 1.0)
    own[0]["hold_s"] = 50.0
    held = ask("handling", [r for r in rows if r not in own[1:]], "long-hold")["own-calls-held-by-agent"]
    assert held.outcome is Outcome.CLEAR
    assert held.strength < 0.5


@pytest.mark.parametrize("calls", [0, 1])
def test_no_agent_is_blamed_for_holds_that_none_of_the_accounts_callers_was_in(calls: int) -> None:
    """An account of no call, or of one that nobody held, in the hours another's callers were left on hold."""
    held = spread(floor(lambda r: holding(r) if r["account"] != "1" else r))
    own = [r for r in held if r["account"] == "1" and during(r)]
    rows = [r for r in held if r not in own[calls:]]
    mine = ask("handling", rows, "long-hold")["own-calls-held-by-agent"]
    assert (mine.outcome, mine.strength) == (Outcome.CLEAR, 1.0)
    verdict = calltrace.investigate(
        case(rows, accounts=accounts()), account="1", complaint="long-hold", start=WINDOW[0].isoformat(),
        end=WINDOW[1].isoformat())
    blamed = next(r for r in verdict.ranked if r.cause == "agent-long-holds")
    assert blamed.probability < 0.05


def test_without_hold_times_or_agents_holds_are_not_run() -> None:
    no_hold = ask("handling", [r | {"hold_s": None} for r in spread(floor())])
    assert no_hold["agent-holds"].missing == ("calls.hold_s",)
    no_agent = ask("handling", [r | {"agent": None} for r in spread(floor())])
    assert no_agent["agent-holds"].missing == ("calls.agent",)


def test_without_talk_times_handling_is_not_run() -> None:
    found = ask("handling", [r | {"talk_s": None} for r in floor()])
    assert found["handling-slow"].outcome is Outcome.NOT_RUN
    assert found["handling-slow"].missing == ("calls.talk_s",)


def test_calls_of_nobody_are_of_nobodys_mean() -> None:
    whose, values = np.array([0, -1, 2, 2]), np.array([5.0, 100.0, 1.0, 2.0])
    many, mean = handling._means(whose, values, 4)
    assert (many.tolist(), mean.tolist()) == ([1, 0, 2, 0], [5.0, 0.0, 1.5, 0.0])
    assert handling._means(whose[[0, 2, 3]], values[[0, 2, 3]], 4)[1].tolist() == mean.tolist()
