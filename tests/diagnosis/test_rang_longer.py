"""Calls that rang far longer than usual, none of them "long": no complaint of long rings is confirmed to be unfounded then."""

from __future__ import annotations

import functools

import pandas as pd
import pytest

from calltrace.diagnosis.bounds.rang_longer import held
from calltrace.diagnosis.diagnose import diagnose
from calltrace.diagnosis.diagnosis import Diagnosis, Ranked
from calltrace.diagnosis.evidence import Evidence, Outcome
from calltrace.diagnosis.scene import Question
from calltrace.report.letter import letter
from calltrace.report.making import report_of
from support import at, case, steady


@functools.cache
def asked(*longer: int, ring_s: float = 25.0, complaint: str = "long-ring") -> Diagnosis:
    """Ask of 8 hours with a call an hour, some of which rang longer than the 4 to 8 s (one in 29 for 20 s) of other days."""
    rows = steady("1", every_min=60, days=28, offset_min=5) + steady("2", every_min=20, days=28, offset_min=1)
    for n, row in enumerate(rows):
        row["ring_s"] = 20.0 if n % 29 == 0 else 4.0 + n % 5
        if row["account"] == "1" and at(21, 8) <= pd.Timestamp(str(row["offered_at"])) < at(21, 16):
            hour = pd.Timestamp(str(row["offered_at"])).hour - 8
            row["ring_s"] = ring_s if hour in longer else 6.0
    return diagnose(case(rows), Question("1", complaint, at(21, 8), at(21, 16)))


def written(answer: Diagnosis) -> str:
    return " ".join(letter(report_of(answer, command="investigate")).paper.as_text.split())


def test_rings_that_more_than_doubled_are_not_confirmed_to_be_as_usual() -> None:
    answer = asked(1, 2, 4)
    assert (answer.ranked[0].cause, answer.wording) == ("within-normal", "inconclusive")
    assert all(r.party in ("nobody", "service") for r in answer.ranked[:2])
    assert "3 of 4 callers" in answer.summary
    text = written(answer)
    assert "answered as usual" not in text
    assert "Your calls rang 13 seconds on average in that time, where seven seconds are usual; the longest rang 25" in text


def test_one_call_that_rang_longer_leaves_the_answer_as_sure_as_it_was() -> None:
    answer = asked(3, ring_s=18.0)
    assert (answer.ranked[0].cause, answer.wording) == ("within-normal", "likely")
    assert "on average" not in written(answer)


def rings(**data: float) -> dict[str, Evidence]:
    usual = {"score": 1.0, "over_mark": 3.0, "mean_s": 18.0, "mean_in_window_s": 14.0, "mean_usual_s": 6.0}
    return {"own-rings-long": Evidence("own-rings-long", Outcome.CLEAR, "", data=usual | data)}


WELL = tuple(Ranked(cause, "", party, p, (), (), ()) for cause, party, p in (
    ("within-normal", "nobody", 0.96), ("agent-not-answering", "service", 0.03), ("path-limit", "service", 0.01)))


@pytest.mark.parametrize(("data", "sure"), [
    ({}, 0.85),  # chance may have made them so
    ({"score": 1.5}, 0.55),  # it hardly did
    ({"score": 1.5, "over_mark": 1.0, "mean_in_window_s": 8.0}, 0.96),  # one call is one call
    ({"mean_in_window_s": 11.9}, 0.96),  # not twice as long
    ({"score": 2.9, "mean_s": 9.0, "mean_in_window_s": 9.0, "mean_usual_s": 4.0}, 0.96),  # quick all the same
])
def test_how_sure_it_may_be_goes_by_how_much_longer_and_by_chance(data: dict[str, float], sure: float) -> None:
    told = held("long-ring", WELL, rings(**data))
    assert told[0].probability == pytest.approx(sure)
    assert sum(r.probability for r in told) == pytest.approx(1.0)
    assert held("long-hold", WELL, rings(**data)) == WELL


def test_waits_for_an_agent_are_held_alike() -> None:
    waited = {"own-waits-long": rings(score=1.5)["own-rings-long"]}
    assert held("long-hold", WELL, waited)[0].probability == pytest.approx(0.55)
    assert held("long-ring", WELL, waited) == WELL  # of rings they say nothing


def test_everybodys_waits_short_of_proof_are_not_called_as_usual() -> None:
    """Two accounts answered in 2 to 6 s; on one day a third of the callers of two hours waited 40 s."""
    rows = steady("1", every_min=30, days=28, offset_min=5) + steady("2", every_min=12, days=28, offset_min=1)
    for n, row in enumerate(rows):
        offered = pd.Timestamp(str(row["offered_at"]))
        slow = at(21, 10) <= offered < at(21, 12) and n % 3 == 0
        row["queue_s"] = 40.0 if slow or n % 25 == 0 else 2.0 + n % 5
    told = diagnose(case(rows), Question("1", "long-hold", at(21, 8), at(21, 16)))
    waits = next(p for p in told.evidence if p.facet == "waits-rose")
    assert "as usual" not in waits.says
