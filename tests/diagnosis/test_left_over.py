"""Everybody waited, no more calls came than usual, and the records have nothing of agents: what is left to explain it."""

from __future__ import annotations

import pytest

from calltrace.diagnosis.diagnose import investigate
from calltrace.diagnosis.diagnosis import Diagnosis
from calltrace.diagnosis.evidence import Evidence, Outcome
from calltrace.diagnosis.weigh import unlooked
from support import at, case, steady

EVENING = at(22, 17), at(22, 22)


def evening(complaint: str, **surge: object) -> Diagnosis:
    """Nobody's agents are named; on one evening two of three callers wait over a minute, one in three of them in vain."""
    rows = [
        *steady("1", every_min=30, agent=None), *steady("2", every_min=20, offset_min=3, agent=None),
        *steady("3", every_min=15, offset_min=1, agent=None)]
    if surge:
        more = steady("3", every_min=2, offset_min=1.5, agent=None, hours=(17, 22))
        rows += [r | {"call_id": f"more-{r['call_id']}"} for r in more if EVENING[0] <= r["offered_at"] < EVENING[1]]
    for n, row in enumerate(rows):
        row["ani"] = f"+1917555{n % 10_000:04d}"
        if EVENING[0] <= row["offered_at"] < EVENING[1] and n % 3:
            row["ring_s"] = 75.0
            if n % 3 == 1:
                row.update(outcome="abandoned", talk_s=0.0)
    return investigate(
        case(rows), account="1", complaint=complaint, start=at(22, 17).isoformat(), end=at(22, 23).isoformat())


@pytest.mark.parametrize("complaint", ["long-ring", "abandoned"])
def test_few_agents_of_whom_nothing_is_on_record_are_no_other_clients_surge(complaint: str) -> None:
    answer = evening(complaint)
    chance = {r.cause: r.probability for r in answer.ranked}
    assert answer.ranked[0].cause == "understaffed"
    assert answer.wording == "likely"  # nobody counted the agents
    assert chance["understaffed"] == pytest.approx(0.7)
    assert chance["agent-not-answering"] > 0.1
    assert chance["other-account-surge"] < 0.05
    assert "fewer-agents" in {o.facet for o in answer.open}


def test_another_clients_surge_is_named_where_another_client_had_one() -> None:
    answer = evening("long-ring", surge=True)
    assert answer.ranked[0].cause == "other-account-surge"
    assert answer.ranked[0].probability > 0.9


@pytest.mark.parametrize(
    ("facet", "outcome"),
    [("waits-rose", Outcome.CLEAR), ("handling-slow", Outcome.FOUND), ("wide-surge", Outcome.FOUND),
     ("other-surge", Outcome.NOT_RUN), ("fewer-agents", Outcome.CLEAR)])
def test_nothing_is_left_over_where_it_was_looked_for_or_something_else_shows(facet: str, outcome: Outcome) -> None:
    def evidence(name: str, how: Outcome) -> Evidence:
        return Evidence(name, how, "…", missing=("agents",) if how is Outcome.NOT_RUN else ())

    pieces = {n: evidence(n, Outcome.CLEAR) for n in ("own-surge", "other-surge", "wide-surge", "handling-slow")}
    pieces |= {"waits-rose": evidence("waits-rose", Outcome.FOUND)}
    pieces |= {n: evidence(n, Outcome.NOT_RUN) for n in ("fewer-agents", "agent-answers-fewer")}
    assert unlooked(["understaffed", "slow-handling", "wide-surge"], pieces) == {"understaffed"}
    assert not unlooked(["understaffed", "slow-handling", "wide-surge"], pieces | {facet: evidence(facet, outcome)})
