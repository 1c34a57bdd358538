"""Whose answered calls were over at once: one agent's, one trunk group's, or nobody's in particular."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from calltrace.diagnosis.affected import hits
from calltrace.diagnosis.diagnose import diagnose
from calltrace.diagnosis.evidence import Outcome
from calltrace.diagnosis.scene import Question
from checks.cutting import AGENTS, TROUBLE, WINDOW, cut_by, floor, quiet, records, unheard
from checks.floor import Row, ask, during
from support import at, case, scene, steady

if TYPE_CHECKING:
    from calltrace.diagnosis.diagnosis import Diagnosis
    from calltrace.diagnosis.evidence import Evidence


def evidence(rows: list[Row], facet: str, who: str = "1") -> Evidence:
    return ask("short-answers", records(rows), "missed-calls", who, WINDOW)[facet]


def told(rows: list[Row], complaint: str = "missed-calls", who: str = "1") -> Diagnosis:
    return diagnose(records(rows), Question(who, complaint, *WINDOW))


def test_an_agent_whose_calls_are_over_at_once_is_named() -> None:
    rows = floor(cut_by("A2"))
    found = evidence(rows, "agent-alone-cuts-short")
    assert (found.outcome, found.strength, found.data["agent"]) == (Outcome.FOUND, 1.0, "A2")
    answer = told(rows)
    assert (answer.ranked[0].cause, answer.wording) == ("agent-ends-calls", "confirmed")
    assert "agent A2" in answer.summary.lower().replace("a2", "A2")
    assert {h.account for h in answer.also_affected} == set("234567")
    assert told(rows, "").ranked[0].cause == "agent-ends-calls"


def test_hang_ups_since_some_days_are_no_habit() -> None:
    since = lambda r: r | {"talk_s": 2.0} if r["agent"] == "A2" and r["offered_at"] >= at(21) else dict(r)  # noqa: E731
    assert evidence(floor(since), "agent-alone-cuts-short").strength > 0.7


def test_an_agent_of_clients_whose_calls_are_always_short_is_not_named() -> None:
    short = {"5", "6", "7"}

    def desk(row: Row) -> Row:
        changed = row | {"talk_s": 5.0} if row["account"] in short else dict(row)
        if during(row, WINDOW) and row["agent"]:  # this week these clients are one agent's, who had others before
            changed["agent"] = "A2" if row["account"] in short else AGENTS[hash(row["call_id"]) % 2 * 2]
        return changed

    found = ask("short-answers", floor(desk), "missed-calls", "5", WINDOW)
    assert found["agent-alone-cuts-short"].outcome is not Outcome.FOUND
    assert found["agent-cuts-short"].outcome is not Outcome.FOUND


def test_new_clients_of_unknown_length_name_nobody() -> None:
    new = [r | {"agent": "A2", "talk_s": 4.0, "ani": f"+1917555{k:04d}"} for who in ("11", "12", "13")
           for k, r in enumerate(steady(who, every_min=30, days=26, hours=(8, 18))) if during(r, WINDOW)]
    assert evidence(floor(extra=new), "agent-alone-cuts-short").outcome is not Outcome.FOUND


def test_a_new_agent_is_named_for_calls_that_are_over_and_for_nothing_else() -> None:
    new = lambda r: r | {"agent": "N9"} if r["agent"] == "A2" and during(r, WINDOW) else dict(r)  # noqa: E731
    assert evidence(floor(new), "agent-alone-cuts-short").outcome is not Outcome.FOUND

    def trainee(row: Row) -> Row:  # one call in six goes wrong
        return new(row) | ({"talk_s": 3.0} if new(row)["agent"] == "N9" and int(str(row["ani"])[-2:]) % 6 == 0 else {})

    assert evidence(floor(trainee), "agent-alone-cuts-short").strength < 0.5 or evidence(
        floor(trainee), "agent-alone-cuts-short").outcome is not Outcome.FOUND


@pytest.mark.parametrize("more", [
    {"ani": "+13305550199"},  # somebody tries every line
    {"transferred_to": "A9"},  # put through to another desk
    {"talk_s": 0.0},  # a phone that writes no talk time
])
def test_test_calls_calls_put_through_and_lengths_that_are_not_written_name_nobody(more: Row) -> None:
    found = evidence(floor(cut_by("A2", **more)), "agent-alone-cuts-short")
    assert found.outcome is not Outcome.FOUND


def test_an_agent_alone_at_work_is_not_told_from_the_callers() -> None:
    alone = lambda r: r | {"agent": "A2", "talk_s": 3.0} if r["agent"] and during(r, WINDOW) else dict(r)  # noqa: E731
    assert evidence(floor(alone), "agent-alone-cuts-short").outcome is not Outcome.FOUND


def test_robots_at_every_desk_name_no_agent_and_no_group() -> None:
    def robots(row: Row) -> list[Row]:
        return [row | {"call_id": f"r{k}{row['call_id']}", "talk_s": 3.0, "ani": f"+1646{hash((row['call_id'], k)) % 10**7:07d}"}
                for k in range(3)] if row["agent"] and during(row, TROUBLE) and row["trunk_group"] == "A" else []

    rows = floor(extra=[x for r in quiet() for x in robots(r)])
    assert evidence(rows, "agent-alone-cuts-short").outcome is not Outcome.FOUND
    assert evidence(rows, "group-cuts-short").outcome is Outcome.CLEAR  # ordinary calls go on beside them


def test_a_trunk_group_on_which_nobody_hears_the_other_is_named() -> None:
    rows = unheard()
    found = evidence(rows, "group-cuts-short")
    assert (found.outcome, found.strength, found.data["trunk_group"]) == (Outcome.FOUND, 1.0, "A")
    for complaint in ("missed-calls", "abandoned", "long-hold", ""):
        answer = told(rows, complaint)
        assert (answer.ranked[0].cause, answer.wording) == ("one-way-audio", "likely"), complaint
    assert {h.account for h in answer.also_affected} == {"2", "3", "4"}
    assert evidence(rows, "group-cuts-short", "5").outcome is Outcome.CLEAR
    assert told(rows, who="5").ranked[0].cause == "within-normal"
    assert evidence(rows, "agent-alone-cuts-short").outcome is not Outcome.FOUND


@pytest.mark.parametrize("group", [None, "A"])
def test_where_no_trunk_groups_are_known_none_is_named(group: str | None) -> None:
    rows = [r | {"trunk_group": group} for r in unheard()]
    found = ask("short-answers", rows, "missed-calls", "1", WINDOW)  # and no accounts table
    assert found["group-cuts-short"].outcome is Outcome.NOT_RUN
    assert found["answers-cut-short"].outcome is Outcome.FOUND


def test_groups_are_those_of_the_accounts_table_where_calls_have_none() -> None:
    rows = [r | {"trunk_group": None} for r in unheard()]
    assert evidence(rows, "group-cuts-short").data["trunk_group"] == "A"


def test_where_everybodys_calls_are_cut_short_no_group_is_named() -> None:
    both = [r | {"talk_s": 7.0} if during(r, TROUBLE) else r for r in unheard()]
    assert evidence(both, "group-cuts-short").outcome is not Outcome.FOUND
    assert told(both).wording == "inconclusive"


def test_where_one_clients_calls_are_cut_short_no_group_is_named() -> None:
    one = floor(lambda r: r | {"talk_s": 5.0} if r["account"] == "1" and during(r, TROUBLE) else dict(r))
    assert evidence(one, "group-cuts-short").outcome is not Outcome.FOUND


def test_brief_calls_that_end_well_are_no_lost_sound() -> None:
    brief = floor(lambda r: r | {"talk_s": 8.0} if r["trunk_group"] == "A" and during(r, TROUBLE) else dict(r))
    assert evidence(brief, "group-cuts-short").outcome is not Outcome.FOUND  # nobody calls again


def test_nobody_else_was_hit_where_nothing_was_found() -> None:
    found = scene(case(list(quiet())), "1", *WINDOW)
    assert hits(found, "agent-ends-calls", {}) == ()
