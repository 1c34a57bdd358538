"""Trunks: a ceiling below what the group used to carry, blocked calls at ordinary volume."""

from __future__ import annotations

import pandas as pd

from calltrace.diagnosis.diagnose import diagnose
from calltrace.diagnosis.evidence import Outcome
from calltrace.diagnosis.scene import Question
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
    rows = counts({})
    for row in rows:
        if pd.Timestamp(str(row["interval_start"])).hour == 11:
            row |= {"blocked": blocked, "all_trunks_busy_s": 60.0, "peak_trunks_in_use": 6}
    return rows


def test_a_group_that_never_had_lines_enough_is_told_and_nobodys_callers_came_as_usual() -> None:
    found = ask("trunks", floor(), "busy", kpi=small(1))
    assert found["trunks-flattened"].outcome is Outcome.CLEAR
    assert found["blocked-at-ordinary-volume"].outcome is Outcome.CLEAR
    few = found["trunks-too-few"]
    assert few.outcome is Outcome.FOUND
    assert few.says.startswith("4 of 196 calls to trunk group A found no trunk free in the window (2.0%, 0.3% at other times)")
    answer = diagnose(case(floor(), accounts=[account("1")], kpi=small(1)), Question("1", "busy", *WINDOW))
    assert (answer.ranked[0].cause, answer.wording) == ("within-normal", "inconclusive")
    assert "found no trunk free" in answer.summary
    assert answer.next_steps[0].startswith("How many lines trunk group A has")


def test_a_blocked_call_in_a_thousand_is_what_a_group_is_built_for() -> None:
    rows = small(0)
    rows[4 * (24 * 21 + 11)] |= {"blocked": 1}
    assert ask("trunks", floor(), "busy", kpi=rows)["trunks-too-few"].outcome is Outcome.CLEAR
