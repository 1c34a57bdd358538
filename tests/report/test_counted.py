"""A letter's figures of a time are of the calls of that very time."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from calltrace.report.facts import facts_of
from calltrace.report.report import Answer, Report, Window
from report.answered import answer

DAY = (2026, 7, 21)


def at(hour: float) -> datetime:
    """An hour of that day, UTC."""
    return datetime(*DAY, int(hour), round(hour % 1 * 60), tzinfo=UTC)


def call(hour: float, wait_s: float | None, outcome: str = "answered") -> dict[str, object]:
    return {"offered_at": at(hour), "ring_s": wait_s, "queue_s": 0.0, "outcome": outcome, "hold_s": 0.0}


CALLS = (
    call(17.75, 84.0),  # before the trouble
    call(18.25, 70.0), call(18.5, 95.0), call(19.0, 5.0, "abandoned"), call(19.5, None, "busy"), call(19.75, 8.0),
    call(20.25, 200.0, "abandoned"), call(20.5, None, "busy"), call(20.75, 61.0),  # after it
)
TROUBLE, ASKED = Window(at(18), at(20)), Window(at(17), at(22))


def found(facet: str, window: Window, **data: object) -> Answer:
    """Something that was found in a time, with its figures."""
    return Answer(facet, "found", "", 1.0, None, None, "", window.start, window.end, (), (), data)


def told(
    felt: Window = ASKED, window: Window = TROUBLE, calls: tuple[dict[str, object], ...] = CALLS, wording: str = "confirmed",
    cause: str = "understaffed",
) -> Report:
    """An answer whose facets were found in ``felt`` while the trouble lasted for ``window``."""
    evidence = (
        found("own-waits-long", felt, calls=7, over_limit=5, limit_s=60.0, longest_s=200.0),
        found("abandoned-more", felt, calls=7, abandoned=2),
        found("refused-busy", felt, calls=9, refused=2),
    )
    report = answer(cause, wording)
    return replace(report, asked=ASKED, window=window, evidence=evidence, calls=calls)


def test_waits_hang_ups_and_refusals_are_of_the_time_the_letter_names() -> None:
    facts = facts_of(told())
    assert facts.wait is not None
    assert (facts.wait.long, facts.wait.longest_s) == (2, 95.0)
    assert facts.left is not None
    assert (facts.left.n, facts.left.of) == (1, 4)
    assert facts.refused is not None
    assert (facts.refused.n, facts.refused.of) == (1, 5)


def test_of_what_nothing_settles_they_are_of_all_that_was_asked_about() -> None:
    facts = facts_of(told(felt=TROUBLE, wording="inconclusive", calls=(*CALLS, *(c | {"offered_at": at(18.6)} for c in CALLS))))
    assert facts.wait is not None
    assert (facts.wait.long, facts.wait.longest_s) == (10, 200.0)


def test_a_figure_of_the_very_time_stands_as_it_was_told() -> None:
    wait = facts_of(told(felt=TROUBLE)).wait
    assert wait is not None
    assert (wait.long, wait.longest_s) == (5, 200.0)


@pytest.mark.parametrize("calls", [CALLS[:3], ()])
def test_nothing_is_counted_of_a_list_that_is_not_whole(calls: tuple[dict[str, object], ...]) -> None:
    facts = facts_of(told(calls=calls))
    assert (facts.wait, facts.left, facts.refused) == (None, None, None)


def test_of_a_trouble_beyond_what_was_asked_about_only_what_was_told_of_all_of_it_is_said() -> None:
    longer = Window(at(18), at(23))
    assert facts_of(told(window=longer)).left is None
    left = facts_of(told(felt=longer, window=longer)).left
    assert left is not None
    assert (left.n, left.of) == (2, 7)


def test_who_never_had_to_wait_in_that_time_is_not_said_to_have() -> None:
    facts = facts_of(told(window=Window(at(18.8), at(19.3))))
    assert facts.wait is not None
    assert facts.wait.long == 0
    assert facts.left is not None
    assert facts.left.n == 1


def test_a_surge_is_told_by_all_the_calls_of_its_time_with_what_is_usual_then() -> None:
    surge = replace(found("own-surge", TROUBLE, calls=5, window_usual=2.6), observed=4.0, expected=1.2)
    report = replace(told(cause="own-surge"), evidence=(surge,))
    facts = facts_of(report)
    assert (facts.came, facts.came_usual) == (5, 1)
    facts = facts_of(replace(report, verdict=replace(report.verdict, wording="inconclusive")))
    assert (facts.came, facts.came_usual) == (9, 3)
