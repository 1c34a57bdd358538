"""A client complains while the trouble lasts: the records end before the time that is asked about does."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from calltrace.diagnosis.diagnose import diagnose
from calltrace.diagnosis.diagnosis import Diagnosis
from calltrace.diagnosis.evidence import Outcome
from calltrace.diagnosis.scene import Question
from checks.floor import TROUBLE, WINDOW, Row, accounts, burst, floor
from support import account, at, case, scene, steady


def asked(rows: list[Row], complaint: str, until: pd.Timestamp, **of_one: object) -> Diagnosis:
    known = [row for row in rows if row["offered_at"] < until]  # type: ignore[operator]
    return diagnose(case(known, accounts=accounts(**of_one)), Question("1", complaint, TROUBLE[0], WINDOW[1]))


def refused() -> list[Row]:
    """Forty callers an hour, two of three of whom find the account's lines taken; others' calls as ever."""
    came = burst("1", 1.5, talk_s=170.0)
    busy = {"outcome": "busy", "agent": None, "talk_s": 0.0, "ring_s": 0.0, "queue_s": 0.0}
    return floor(extra=[row if n % 3 == 0 else row | busy for n, row in enumerate(came)])


def test_a_crowd_that_the_records_hold_is_told_of_while_it_lasts() -> None:
    whole, so_far = (asked(refused(), "busy", until, path_limit=2) for until in (at(28), TROUBLE[1]))
    reach = next(e for e in so_far.evidence if e.facet == "records-end-early")
    assert reach.outcome is Outcome.FOUND
    assert whole.ranked[0].cause == so_far.ranked[0].cause == "own-surge"
    assert so_far.ranked[0].probability == pytest.approx(whole.ranked[0].probability, abs=0.1)
    assert so_far.wording != "inconclusive"


def test_the_end_of_the_records_bears_by_the_part_of_the_time_that_they_lack() -> None:
    def bears(until: pd.Timestamp) -> float:
        found = asked(floor(), "missed-calls", until).evidence
        return next(e.strength for e in found if e.facet == "records-end-early" and e.outcome is Outcome.FOUND)

    assert bears(at(21, 11)) == 1.0  # two of three hours
    assert bears(at(21, 12.25)) == pytest.approx(0.5, abs=0.1)


def test_a_carrier_is_not_accused_of_a_silence_that_begins_where_a_groups_records_end() -> None:
    """The export of trunk group A stops at noon, that of B at midnight; a client of A asks of the day and the next morning."""
    rng = np.random.default_rng(1)
    rows: list[Row] = []
    for who in range(1, 9):
        group = "A" if who <= 2 else "B"
        for row in steady(str(who), every_min=30, days=25, offset_min=who, trunk_group=group):
            row["offered_at"] += pd.Timedelta(seconds=int(rng.integers(0, 1800)))  # type: ignore[operator]
            row["outcome"] = "answered" if rng.random() > 0.05 else "abandoned"
            if group == "B" or row["offered_at"] < at(24, 12):  # type: ignore[operator]
                rows.append(row)
    found = case(rows, accounts=[account(str(w), trunk_group="A" if w <= 2 else "B") for w in range(1, 9)])
    found.calls["source_file"] = (found.calls["trunk_group"] == "A").map({True: "a.csv", False: "b.csv"})
    answer = diagnose(found, scene(found, "1", at(24), at(25.5)).question)
    assert answer.ranked[0].probability <= 0.55
    assert answer.wording == "inconclusive"
