"""Everybody waited and nobody called more: no surge of others is named, and what is left is told as what is left."""

from __future__ import annotations

import pytest

from calltrace.diagnosis.audit.run import audit
from calltrace.diagnosis.diagnose import investigate
from calltrace.tables.case import Case
from support import at, case, steady

EVENING = at(22, 17), at(22, 22)


def evening(*, surge: bool = False) -> Case:
    """Three agents by turns, of whom no events are on record; on one evening two of three callers wait, one of them in vain."""
    rows = [*steady("1", every_min=30), *steady("2", every_min=20, offset_min=3), *steady("3", every_min=15, offset_min=1)]
    if surge:
        more = steady("3", every_min=2, offset_min=1.5, hours=(17, 22))
        rows += [r | {"call_id": f"more-{r['call_id']}"} for r in more if EVENING[0] <= r["offered_at"] < EVENING[1]]
    for n, row in enumerate(rows):
        row |= {"ani": f"+1917555{n % 10_000:04d}", "agent": f"A{n // 3 % 3}"}
        if EVENING[0] <= row["offered_at"] < EVENING[1] and n % 3:
            row["queue_s"] = 75.0
            if n % 3 == 1:
                row |= {"outcome": "abandoned", "talk_s": 0.0, "agent": None}
    return case(rows)


@pytest.mark.parametrize("complaint", ["long-hold", "abandoned"])
def test_waits_of_everybody_at_an_ordinary_volume_are_no_other_clients_surge(complaint: str) -> None:
    answer = investigate(
        evening(), account="1", complaint=complaint, start=at(22, 17).isoformat(), end=at(22, 23).isoformat())
    chance = {r.cause: r.probability for r in answer.ranked}
    assert answer.ranked[0].cause == "agent-not-answering"  # whose rings nothing tells
    assert answer.wording == "inconclusive"
    assert chance["other-account-surge"] < 0.1
    assert chance["wide-surge"] < 0.1


def test_a_surge_that_is_on_record_is_named() -> None:
    answer = investigate(
        evening(surge=True), account="1", complaint="long-hold", start=at(22, 17).isoformat(), end=at(22, 23).isoformat())
    assert answer.ranked[0].cause == "other-account-surge"


def test_an_audit_tells_the_waits_and_that_their_cause_is_open() -> None:
    told = audit(evening(), start=at(22).isoformat(), end=at(23).isoformat()).findings
    assert len(told) == 1
    assert told[0].party == "service"
    assert told[0].wording == "inconclusive"
    assert "the records do not settle why; nearest is that a logged-in agent let calls ring out" in told[0].summary
    assert "callers of all accounts waited" in told[0].summary
