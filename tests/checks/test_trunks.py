"""Trunks: a ceiling below what the group used to carry, blocked calls at ordinary volume."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd
import pytest

from calltrace.diagnosis.diagnose import diagnose
from calltrace.diagnosis.evidence import Outcome
from calltrace.diagnosis.scene import Question
from calltrace.normal import erlang
from checks.floor import TROUBLE, WINDOW, Row, ask, floor
from support import account, at, case


def counts(in_trouble: Row, peaks: tuple[int, ...] = (3, 4, 5, 6)) -> list[Row]:
    """Interval counts of group A: twelve calls a quarter, peaks in turn, and the trouble's own figures."""
    rows: list[Row] = []
    for i, t in enumerate(pd.date_range(at(0), at(28), freq="15min", inclusive="left")):
        row: Row = {
            "interval_start": t,
            "scope": "A",
            "offered": 12,
            "blocked": 0,
            "all_trunks_busy_s": 0.0,
            "peak_trunks_in_use": peaks[i % len(peaks)],
        }
        rows.append(row | (in_trouble if TROUBLE[0] <= t < TROUBLE[1] else {}))
    return rows


LOST: Row = {"offered": 11, "blocked": 1, "all_trunks_busy_s": 120.0, "peak_trunks_in_use": 3}


def test_a_group_all_busy_below_its_old_peak_has_lost_channels() -> None:
    found = ask("trunks", floor(), "busy", kpi=counts(LOST))
    flat = found["trunks-flattened"]
    assert flat.outcome is Outcome.FOUND
    assert flat.observed == 3
    assert flat.data["most_before"] == 6
    assert (flat.start, flat.end) == TROUBLE
    blocked = found["blocked-at-ordinary-volume"]
    assert blocked.outcome is Outcome.FOUND
    assert blocked.observed == 8


def test_a_group_full_to_its_old_peak_at_three_times_the_calls_is_a_crowd() -> None:
    crowd: Row = {"offered": 40, "blocked": 5, "all_trunks_busy_s": 120.0, "peak_trunks_in_use": 6}
    found = ask("trunks", floor(), "busy", kpi=counts(crowd))
    assert found["trunks-flattened"].outcome is Outcome.CLEAR
    assert found["blocked-at-ordinary-volume"].outcome is Outcome.CLEAR
    assert "far above the usual" in found["blocked-at-ordinary-volume"].says


def test_a_group_never_full_is_clear() -> None:
    found = ask("trunks", floor(), "busy", kpi=counts({}))
    assert {e.outcome for e in found.values()} == {Outcome.CLEAR}
    assert found["trunks-flattened"].strength == 1.0


def test_counts_of_another_group_or_without_figures_are_not_run() -> None:
    other = [r | {"scope": "B"} for r in counts(LOST)]
    assert ask("trunks", floor(), "busy", kpi=other)["trunks-flattened"].outcome is Outcome.NOT_RUN
    bare = [{k: v for k, v in r.items() if k in {"interval_start", "scope", "offered"}} for r in counts(LOST)]
    found = ask("trunks", floor(), "busy", kpi=bare)
    assert found["trunks-flattened"].missing == ("kpi.peak_trunks_in_use",)
    assert found["blocked-at-ordinary-volume"].missing == ("kpi.blocked",)


def small(blocked: int) -> list[Row]:
    """A group whose six trunks are full for an hour of every day, as many calls blocked then in each quarter of it."""
    return peaks(blocked, range(28))


def peaks(blocked: int, days: Iterable[int], in_use: int = 6) -> list[Row]:
    """The same on these days alone, with so many trunks in use."""
    rows = counts({})
    for row in rows:
        t = pd.Timestamp(str(row["interval_start"]))
        if t.hour == 11 and (t - at(0)).days in days:
            row |= {"blocked": blocked, "all_trunks_busy_s": 60.0, "peak_trunks_in_use": in_use}
    return rows


def test_a_group_that_never_had_lines_enough_is_told_and_nobodys_callers_came_as_usual() -> None:
    found = ask("trunks", floor(), "busy", kpi=small(1))
    assert found["trunks-flattened"].outcome is Outcome.CLEAR
    assert found["blocked-at-ordinary-volume"].outcome is Outcome.CLEAR
    few = found["trunks-too-few"]
    assert few.outcome is Outcome.FOUND
    assert few.says.startswith("4 of 196 calls to trunk group A found no trunk free in the window (2.0%, 0.3% at other times)")
    assert "calls were blocked in 4 of 4 weeks, never with more than 6 lines in use, and about 8 would be needed" in few.says
    assert (few.data["lines"], few.data["needed"]) == (6, 8)
    answer = diagnose(case(floor(), accounts=[account("1")], kpi=small(1)), Question("1", "busy", *WINDOW))
    assert (answer.ranked[0].cause, answer.ranked[0].party) == ("too-few-trunks", "service")
    assert answer.wording != "inconclusive"
    assert "found no trunk free" in answer.summary


def test_a_blocked_call_in_a_thousand_is_what_a_group_is_built_for() -> None:
    rows = small(0)
    rows[4 * (24 * 21 + 11)] |= {"blocked": 1}
    assert ask("trunks", floor(), "busy", kpi=rows)["trunks-too-few"].outcome is Outcome.CLEAR
    answer = diagnose(case(floor(), accounts=[account("1")], kpi=rows), Question("1", "busy", *WINDOW))
    assert answer.ranked[0].cause != "too-few-trunks"
    assert any(note.startswith("1 of 193 calls to trunk group A found no trunk free in the window") for note in answer.notes)
    none = diagnose(case(floor(), accounts=[account("1")], kpi=small(0)), Question("1", "busy", *WINDOW))
    assert not any("found no trunk free" in note for note in none.notes)


@pytest.mark.parametrize("days", [range(21, 28), (0, 21), range(14, 28)], ids=["one week", "two days", "two weeks of four"])
def test_what_filled_the_group_once_is_no_want_of_lines(days: Iterable[int]) -> None:
    found = ask("trunks", floor(), "busy", kpi=peaks(2, days))["trunks-too-few"]
    assert (found.outcome, found.strength) == (Outcome.CLEAR, 1.0)
    answer = diagnose(case(floor(), accounts=[account("1")], kpi=peaks(2, days)), Question("1", "busy", *WINDOW))
    assert next(r.probability for r in answer.ranked if r.cause == "too-few-trunks") < 0.02


def test_two_weeks_of_counts_say_that_calls_were_blocked_and_not_that_it_is_ordinary() -> None:
    rows = [row for row in small(2) if pd.Timestamp(str(row["interval_start"])) >= at(14)]
    few = ask("trunks", floor(), "busy", kpi=rows)["trunks-too-few"]
    assert few.outcome is Outcome.FOUND
    assert few.strength <= 0.3
    assert "3 weeks of counts would tell" in few.says
    answer = diagnose(case(floor(), accounts=[account("1")], kpi=rows), Question("1", "busy", *WINDOW))
    assert (answer.ranked[0].cause, answer.wording) == ("within-normal", "inconclusive")
    assert "found no trunk free" in answer.summary


def test_blocked_with_fewer_in_use_than_ever_is_lines_lost_and_no_want_of_them() -> None:
    found = ask("trunks", floor(), "busy", kpi=peaks(2, range(28), in_use=4))
    assert found["trunks-flattened"].outcome is Outcome.FOUND
    assert found["trunks-too-few"].outcome is Outcome.NOT_RUN


def test_a_worse_week_than_usual_of_a_group_that_is_too_small_is_told_as_that() -> None:
    rows = small(1)
    for row in rows:
        if TROUBLE[0] <= pd.Timestamp(str(row["interval_start"])) < TROUBLE[1]:
            row |= {"blocked": 3, "all_trunks_busy_s": 200.0, "peak_trunks_in_use": 6}
    found = ask("trunks", floor(), "busy", kpi=rows)
    assert found["blocked-at-ordinary-volume"].outcome is Outcome.FOUND
    assert found["trunks-too-few"].outcome is Outcome.FOUND


def test_how_many_lines_a_load_takes_is_erlangs_formula_backwards() -> None:
    assert erlang.load_at(5, erlang.erlang_b(2.5, 5)) == pytest.approx(2.5)
    assert erlang.erlang_b(2.5, erlang.lines_for(2.5, 0.01)) <= 0.01
