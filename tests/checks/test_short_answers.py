"""Answered calls that are over within seconds: one side hears nothing, robots that change their number, an agent who hangs up."""

from __future__ import annotations

from calltrace.diagnosis.diagnose import diagnose
from calltrace.diagnosis.diagnosis import Diagnosis
from calltrace.diagnosis.evidence import Outcome
from calltrace.diagnosis.scene import Question
from checks.floor import TROUBLE, WINDOW, Row, accounts, ask, burst, during, floor
from support import case


def cut(row: Row) -> Row:
    """Answer a call and have it over after six seconds."""
    return row | {"talk_s": 6.0} if row["outcome"] == "answered" else row


def robots(numbers: int) -> list[Row]:
    return [r | {"ani": f"+1917555{i % numbers:04d}", "talk_s": 3.0} for i, r in enumerate(burst("1", 3))]


def told(rows: list[Row], complaint: str) -> Diagnosis:
    return diagnose(case(rows, accounts=accounts()), Question("1", complaint, *WINDOW))


def test_a_line_on_which_nobody_hears_the_other_is_not_as_usual() -> None:
    rows = floor(cut)
    found = ask("short-answers", rows, "missed-calls")["answers-cut-short"]
    assert found.outcome is Outcome.FOUND
    assert found.start == TROUBLE[0]
    assert "over within 15 s" in found.says  # a quarter of an ordinary call
    assert "of the others' on its trunk group 26 of 26 were as short" in found.says
    for complaint in ("missed-calls", "long-ring", ""):
        answer = told(rows, complaint)
        assert answer.wording == "inconclusive"
        assert "over within 15 s" in answer.summary
        assert answer.next_steps[0].startswith("Listen to the recordings of the shortest calls")


def test_robots_that_change_their_number_are_no_demand_of_the_client() -> None:
    rows = floor(extra=robots(40))
    found = ask("short-answers", rows, "long-hold")["answers-cut-short"]
    assert found.outcome is Outcome.FOUND
    assert "came from 40 numbers" in found.says
    answer = told(rows, "abandoned")
    assert (answer.ranked[0].cause, answer.wording) == ("own-surge", "inconclusive")
    assert not any("brought so many callers" in step for step in answer.next_steps)


def test_a_few_callers_short_calls_are_left_to_nuisance_unless_everybodys_are_as_short() -> None:
    for numbers in (2, 8):
        found = ask("short-answers", floor(extra=robots(numbers)), "abandoned")["answers-cut-short"]
        assert found.outcome is Outcome.CLEAR
    again = ask("short-answers", floor(cut, extra=robots(2)), "abandoned")["answers-cut-short"]
    assert again.outcome is Outcome.FOUND
    assert told(floor(cut, extra=robots(2)), "abandoned").wording == "inconclusive"


def test_calls_that_are_always_short_are_as_usual() -> None:
    rows = [cut(r) for r in floor()]
    found = ask("short-answers", rows, "missed-calls")
    assert found.pop("group-cuts-short").outcome is Outcome.NOT_RUN  # there is one trunk group
    assert {e.outcome for e in found.values()} == {Outcome.CLEAR}


def test_an_agent_who_ends_calls_at_once_is_told_to_those_whose_calls_they_were() -> None:
    def hang_up(row: Row) -> Row:
        mine = row["agent"] == "A2" and during(row, WINDOW)
        return row | {"talk_s": 2.0, "ended_by": "agent"} if mine else row

    rows = [hang_up(r) for r in floor()]
    found = ask("short-answers", rows, "missed-calls")["agent-cuts-short"]
    assert found.outcome is Outcome.FOUND
    assert found.data["agent"] == "A2"
    assert "the agent ended" in found.says
    answer = told(rows, "missed-calls")
    assert (answer.ranked[0].cause, answer.wording) == ("agent-ends-calls", "confirmed")
    assert told(rows, "long-ring").wording == "inconclusive"  # nobody rang for long, and it is not as usual
    spared = [r for r in rows if not (r["account"] == "1" and r["agent"] == "A2" and during(r, WINDOW))]
    assert ask("short-answers", spared, "missed-calls")["agent-cuts-short"].outcome is Outcome.CLEAR


def test_a_log_without_talk_time_cannot_tell() -> None:
    rows = [{k: v for k, v in r.items() if k != "talk_s"} for r in floor()]
    assert {e.outcome for e in ask("short-answers", rows, "missed-calls").values()} == {Outcome.NOT_RUN}
