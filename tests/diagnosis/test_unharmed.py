"""A client complains of a week in which others waited, and none of its own callers did."""

from __future__ import annotations

import pandas as pd
import pytest

from calltrace.diagnosis.diagnose import investigate
from calltrace.diagnosis.diagnosis import Diagnosis
from checks.floor import TROUBLE, WINDOW, Row, accounts, burst, during, floor
from support import at, case

HALF_HOUR = (TROUBLE[0], TROUBLE[0] + (TROUBLE[1] - TROUBLE[0]) / 2)


def others_wait(row: Row) -> Row:
    """All others' callers wait for over a minute for an hour, and half of them in vain."""
    if row["account"] == "1" or not during(row, HALF_HOUR):
        return row
    left = int(str(row["call_id"]).partition("-")[2]) % 2
    return row | {"queue_s": 80.0} | ({"outcome": "abandoned", "agent": None, "talk_s": 0.0} if left else {})


def week(complaint: str, *, own_waits: bool = False) -> Diagnosis:
    rows = floor(others_wait)
    for i, row in enumerate(rows):
        row["ani"] = f"+1917555{i % 10_000:04d}"
        if row["account"] == "1" and row["outcome"] == "abandoned":
            row.update(outcome="answered", agent="A1", talk_s=60.0, queue_s=4.0)
        if own_waits and row["account"] == "1" and during(row, HALF_HOUR):
            row.update(outcome="abandoned", agent=None, talk_s=0.0, queue_s=90.0)
    return investigate(
        case(rows, accounts=accounts()), account="1", complaint=complaint, start=at(21).isoformat(), end=at(25).isoformat())


@pytest.mark.parametrize("complaint", ["abandoned", "long-ring", "long-hold"])
def test_somebody_elses_half_hour_is_not_what_a_client_met_whose_calls_were_all_answered(complaint: str) -> None:
    answer = week(complaint)
    assert next(e for e in answer.evidence if e.facet == "waits-rose").outcome == "found"
    assert answer.ranked[0].cause == "within-normal"
    assert answer.ranked[0].probability > 0.75
    assert all(r.probability < 0.1 for r in answer.ranked[1:])


@pytest.mark.parametrize("complaint", ["abandoned", "long-hold"])
def test_a_client_whose_callers_waited_with_the_others_is_told_why(complaint: str) -> None:
    answer = week(complaint, own_waits=True)
    assert answer.ranked == () or answer.ranked[0].cause != "within-normal"


@pytest.mark.parametrize("complaint", ["abandoned", "long-ring", "long-hold"])
def test_a_crowd_of_its_own_that_agents_took_at_once_is_no_client_s_fault(complaint: str) -> None:
    rows = [r for r in floor(extra=burst("1", 5)) if r["account"] != "1" or r["outcome"] == "answered"]
    answer = investigate(
        case(rows, accounts=accounts()), account="1", complaint=complaint, start=WINDOW[0].isoformat(), end=WINDOW[1].isoformat())
    surge = next(e for e in answer.evidence if e.facet == "own-surge")
    assert (surge.outcome, surge.strength) >= ("found", 0.5)
    assert answer.ranked[0].cause == "within-normal"
    assert next(r.probability for r in answer.ranked if r.cause == "own-surge") < 0.1


@pytest.mark.parametrize("complaint", ["abandoned", "long-ring", "long-hold"])
def test_another_client_s_crowd_is_no_answer_to_callers_all_of_whom_an_agent_took_at_once(complaint: str) -> None:
    rows = [r for r in floor(others_wait, extra=burst("3", 1, queue_s=80.0)) if r["account"] != "1" or r["outcome"] == "answered"]
    answer = investigate(
        case(rows, accounts=accounts()), account="1", complaint=complaint, start=WINDOW[0].isoformat(), end=WINDOW[1].isoformat())
    crowd = next(e for e in answer.evidence if e.facet == "other-surge")
    assert (crowd.outcome, crowd.strength) >= ("found", 0.5)
    assert answer.ranked[0].cause == "within-normal"
    assert next(r.probability for r in answer.ranked if r.cause == "other-account-surge") < 0.1


def test_a_crowd_of_its_own_whose_callers_gave_up_is_its_own_surge() -> None:
    left = burst("1", 5, outcome="abandoned", agent=None, talk_s=0.0, ring_s=40.0)
    answer = investigate(
        case(floor(extra=left), accounts=accounts()), account="1", complaint="abandoned", start=WINDOW[0].isoformat(),
        end=WINDOW[1].isoformat())
    assert answer.ranked[0].cause == "own-surge"


@pytest.mark.parametrize(("blocked", "borne_out"), [(0, False), (2, True)])
def test_another_client_s_crowd_gives_no_busy_tone_where_the_switch_counted_none(blocked: int, *, borne_out: bool) -> None:
    """The switch refused no call of the account, and counted its trunk group's calls that found no line."""
    rows = floor(others_wait, extra=burst("3", 0.5, queue_s=80.0))
    for i, row in enumerate(rows):
        row["ani"] = f"+1917555{i % 10_000:04d}"
    kpi = [{"interval_start": t, "scope": "A", "offered": 12, "blocked": blocked if during({"offered_at": t}) else 0,
            "all_trunks_busy_s": 0.0, "peak_trunks_in_use": 4}
           for t in pd.date_range(at(0), at(28), freq="15min", inclusive="left")]
    answer = investigate(
        case(rows, accounts=accounts(), kpi=kpi), account="1", complaint="busy", start=WINDOW[0].isoformat(),
        end=WINDOW[1].isoformat())
    assert next(e for e in answer.evidence if e.facet == "other-surge").outcome == "found"
    assert (answer.ranked[0].cause != "within-normal") is borne_out
    if not borne_out:
        assert answer.ranked[0].probability > 0.75


@pytest.mark.parametrize("lacking", ["half an hour", "what was blocked", "the other group"])
def test_no_busy_tone_is_denied_where_not_all_was_counted(lacking: str) -> None:
    """Some calls of the account come by a second trunk group."""
    rows = floor(others_wait, extra=burst("3", 0.5, queue_s=80.0))
    for i, row in enumerate(rows):
        second = row["account"] == "1" and i % 3 == 0
        row |= {"ani": f"+1917555{i % 10_000:04d}", "trunk_group": "B" if second else row["trunk_group"]}
    gone = at(21, 10.5), at(21, 11)

    def counts(group: str, lacking: str = "") -> list[dict[str, object]]:
        blank = lacking == "what was blocked"
        return [{"interval_start": t, "scope": group, "offered": 12, "all_trunks_busy_s": 0.0, "peak_trunks_in_use": 4,
                 "blocked": None if blank and gone[0] <= t < gone[1] else 0}
                for t in pd.date_range(at(0), at(28), freq="15min", inclusive="left")
                if lacking != "half an hour" or not gone[0] <= t < gone[1]]

    def first(kpi: list[dict[str, object]]) -> float:
        answer = investigate(
            case(rows, accounts=accounts(), kpi=kpi), account="1", complaint="busy", start=WINDOW[0].isoformat(),
            end=WINDOW[1].isoformat())
        return next(r.probability for r in answer.ranked if r.cause == "within-normal")

    whole = first(counts("A") + counts("B"))
    assert whole > 0.9
    assert first(counts("A") + ([] if lacking == "the other group" else counts("B", lacking))) < whole - 0.15
