"""Hours in which calls rang far longer than usual are told, though none rang as long as what counts as long."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pandas as pd

from audit import quiet
from calltrace.diagnosis.audit.findings import Finding
from calltrace.diagnosis.audit.ground import Candidate, Ground
from calltrace.diagnosis.audit.judge import judge
from calltrace.diagnosis.audit.screens import ring
from calltrace.diagnosis.audit.screens._far_longer import RANG
from calltrace.diagnosis.profile import Profile
from calltrace.tables.case import Case
from support import at

DAY = 28


@cache
def service() -> Case:
    return quiet.service()


@cache
def longer(hours: float = 7, every: int = 2, more_s: float = 21, accounts: tuple[str, ...] = ("2", "3", "4", "5")) -> Case:
    """Every so-manieth call of a morning from eight on, of some accounts, rang so many seconds longer than ever."""
    records = service()
    calls = records.calls.copy()
    inside = calls["account"].isin(accounts) & (calls["offered_at"] >= at(DAY, 8)) & (calls["offered_at"] < at(DAY, 8 + hours))
    calls.loc[inside & (inside.cumsum() % every == 0), "ring_s"] += more_s
    return replace(records, tables=records.tables | {"calls": calls}, cache={})


def looked(records: Case) -> tuple[Ground, list[Candidate]]:
    ground = Ground(records, at(DAY), at(DAY + 1), Profile())
    return ground, ring.run(ground, [])


def told(records: Case) -> Finding | None:
    ground, (one,) = looked(records)
    return judge(ground, one)


def test_a_morning_of_rings_four_times_as_long_is_told_as_not_settled() -> None:
    one = told(longer())
    assert one is not None
    assert (one.account, one.check, one.party, one.wording) == (None, "ring", "service", "inconclusive")
    assert one.start <= at(DAY, 8.5)
    assert at(DAY, 14.5) <= one.end <= at(DAY, 15.5)
    assert one.confidence <= 0.55
    assert {h.account for h in one.also_affected} == {"2", "3", "4", "5"}
    assert "rang longer than 10 s" in one.summary
    assert "Why is not settled, perhaps" in one.summary
    assert "at a telephone nobody sits at" in one.next_steps[0]


def test_what_is_as_ever_shorter_or_of_few_is_not_told() -> None:
    assert looked(service())[1] == []
    assert looked(longer(hours=0.75, every=1))[1] == []  # a moment
    assert looked(longer(every=9))[1] == []  # one in nine: on average hardly longer
    assert looked(longer(accounts=("2", "3"), every=1))[1] == []  # two accounts


def test_a_crowd_that_waits_for_itself_is_told_as_the_crowd_it_is() -> None:
    records = longer()
    calls = records.calls
    inside = (calls["offered_at"] >= at(DAY, 8)) & (calls["offered_at"] < at(DAY, 15))
    again = calls[inside].assign(call_id=calls["call_id"] + "-again")
    twice = pd.concat([calls, again]).sort_values(["offered_at", "call_id"], ignore_index=True)
    assert looked(replace(records, tables=records.tables | {"calls": twice}, cache={}))[1] == []


def test_rings_that_are_long_are_told_once() -> None:
    candidates = looked(longer(more_s=40))[1]
    assert candidates
    assert not any(RANG in c.data for c in candidates)
