"""One caller's claim, or a client's of missed calls, and a hole in a trunk group's calls that chance may have made."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from calltrace.diagnosis.diagnose import investigate
from calltrace.diagnosis.diagnosis import Diagnosis
from calltrace.diagnosis.hiding import fallen
from calltrace.diagnosis.telling import WHAT_TIME
from calltrace.tables.case import Case
from support import account, at, case, steady

GROUP = {"1": "B", "2": "A", "3": "B"}
HOLE = (at(22, 10), at(22, 10.75))
MORNING = (at(22, 8), at(22, 12))


def service(hole: tuple[pd.Timestamp, pd.Timestamp] | None = HOLE, own: int = 60, **tables: Any) -> Case:
    """Three accounts open 07 to 19: group B has a call in five minutes, nine of them in the hole; A goes on."""
    rows: list[dict[str, Any]] = []
    for who, every in (("1", own), ("2", 7), ("3", 5)):
        silent = [hole] if hole and GROUP[who] == "B" else []
        rows += steady(who, every_min=every, hours=(7, 19), silent=silent, offset_min=int(who), trunk_group=GROUP[who])
    for n, row in enumerate(rows):
        row["ani"] = f"+1212556{n % 997:04d}"
        if n % 20 == 0:
            row |= {"outcome": "abandoned", "agent": None, "talk_s": 0.0}
    return case(rows, accounts=[account(n, trunk_group=GROUP[n]) for n in GROUP], **tables)


def claim(logs: Case, start: pd.Timestamp = MORNING[0], end: pd.Timestamp = MORNING[1]) -> Diagnosis:
    return investigate(
        logs, account="1", complaint="caller-claim", caller="+12125559911", start=start.isoformat(), end=end.isoformat())


def of_carrier(answer: Diagnosis) -> float:
    return {r.cause: r.probability for r in answer.ranked}["carrier-outage"]


def test_a_hole_in_the_time_asked_of_may_have_hidden_the_call() -> None:
    """Nine calls are due in it, of some fifty in the four hours: e^-9 * 50 is 1 in 160."""
    answer = claim(service())
    assert answer.ranked[0].cause == "no-record-of-call"
    assert answer.wording == "likely"
    assert 0.1 < of_carrier(answer) < 0.35
    assert "No call on trunk group B is on record Tue 23 Jun 09:58 to 10:48, where 10 calls usually come" in answer.summary
    assert answer.next_steps[0] == WHAT_TIME
    assert not any("carrier-outage" in row.so for row in answer.ruled_out)


def test_nobody_is_accused_on_it_however_narrow_the_time() -> None:
    answer = claim(service(), at(22, 9.9), at(22, 10.9))
    assert 0.4 < of_carrier(answer) < 0.6
    assert answer.wording == "inconclusive"
    assert [hit.account for hit in answer.also_affected] == ["3"]


def test_without_a_hole_the_callers_word_is_refused_as_ever() -> None:
    answer = claim(service(None))
    assert (answer.ranked[0].cause, answer.wording) == ("no-record-of-call", "confirmed")
    assert of_carrier(answer) < 0.01


def test_a_hole_at_another_time_has_no_part_in_it() -> None:
    assert of_carrier(claim(service((at(22, 15), at(22, 15.75))))) < 0.01


def test_a_line_that_was_tested_in_it_and_rang_was_not_down() -> None:
    tests = [{"tested_at": at(22, 10.4), "number": "+12125550103", "trunk_group": "B", "result": "ok"}]
    assert of_carrier(claim(service(line_tests=tests))) < 0.01
    before = [{**tests[0], "tested_at": at(22, 9)}]
    assert of_carrier(claim(service(line_tests=before))) > 0.1


def test_calls_that_the_switch_counted_in_it_are_only_not_on_record() -> None:
    starts = pd.date_range(at(21), at(23), freq="15min")
    kpi = [{"interval_start": t, "scope": "B", "offered": 3} for t in starts]
    assert of_carrier(claim(service(kpi=kpi))) < 0.02


@pytest.mark.parametrize("share", [0.1, 0.5, 1.0])
def test_the_seldomer_by_chance_the_more_a_hole_hides(share: float) -> None:
    chances = [fallen(score, share) for score in (0.0, 1.0, 2.0, 3.0, 6.0)]
    assert chances == sorted(chances)
    assert chances[-1] <= 0.55


def missed(logs: Case, start: float = 8, end: float = 12) -> Diagnosis:
    return investigate(logs, account="1", complaint="missed-calls", start=at(22, start).isoformat(), end=at(22, end).isoformat())


def test_nothing_wrong_is_not_confirmed_of_missed_calls_with_a_hole_in_their_time() -> None:
    answer = missed(service(own=20))
    assert answer.ranked[0].cause == "within-normal"
    assert answer.wording == "inconclusive"
    assert 0.3 < of_carrier(answer) <= 0.47
    assert "it may have been down; 2.6 calls of the account usually come then" in answer.summary
    assert missed(service(None, own=20)).wording == "likely"


def test_of_a_hole_the_account_has_no_call_due_in_nothing_is_made() -> None:
    assert of_carrier(missed(service(own=120))) < 0.1


@pytest.mark.parametrize("shared", [True, False])
def test_a_silence_that_the_only_other_client_has_too_is_not_laid_to_the_client_alone(*, shared: bool) -> None:
    """Five of the other's calls are due in the three hours that began with the coverage: too few to be beyond chance."""
    gap = (at(22, 7), at(22, 10.2))
    rows = [row | {"ani": f"+1212556{n % 997:04d}", **({"outcome": "abandoned", "agent": None} if n % 20 == 0 else {})}
            for n, row in enumerate(
                steady("1", every_min=9, hours=(7, 19), silent=[gap], offset_min=2)
                + steady("2", every_min=39, hours=(6, 20), silent=[gap] if shared else [], offset_min=1))]
    accounts = [account("1", coverage="Mo-Su 07:00-19:00"), account("2", coverage="Mo-Su 06:00-20:00")]
    answer = missed(case(rows, accounts=accounts), 6.5, 11)
    assert (answer.ranked[0].cause, answer.ranked[0].probability < 0.6) == ("lines-forwarded-late", shared)
    assert (answer.wording == "inconclusive") is shared
    assert ({r.cause: r.probability for r in answer.ranked}["platform-outage"] > 0.3) is shared
