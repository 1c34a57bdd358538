"""Callers who waited where nobody served them, and what looks the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from calltrace.diagnosis.evidence import MEANT, Outcome
from calltrace.tables.case import Case
from checks.floor import Row, accounts, ask, floor, quiet_floor
from support import account, at, case

if TYPE_CHECKING:
    from collections.abc import Callable

    from calltrace.diagnosis.evidence import Evidence

DEAD = (at(21, 8), at(21, 20))  # a Monday: 36 calls of account 1
WINDOW = (at(21), at(22))
FACET = "callers-unserved"


def waited(row: Row, place: int, seconds: float = 40.0) -> Row:
    """The call of a caller who waited in vain, the longer the later the place among ten."""
    return row | {"outcome": "abandoned", "agent": None, "talk_s": 0.0, "queue_s": seconds + 20.0 * (place % 10)}


def lost(which: Callable[[Row], bool], **values: object) -> list[Row]:
    """The quiet floor in which the callers of these calls waited in vain."""
    return [waited(r, k) | values if which(r) else dict(r) for k, r in enumerate(quiet_floor())]


def dead(row: Row, who: tuple[str, ...] = ("1",)) -> bool:
    return row["account"] in who and bool(DEAD[0] <= row["offered_at"] < DEAD[1])  # type: ignore[operator]


def of(rows: list[Row] | Case, complaint: str = "abandoned", **more: object) -> Evidence:
    return ask("unserved", rows, complaint, window=more.pop("window", WINDOW), **more)[FACET]  # type: ignore[arg-type]


def test_callers_of_one_account_who_reach_nobody_are_found_from_when_to_when() -> None:
    found = of(lost(dead))
    assert found.outcome is Outcome.FOUND
    assert found.strength > 0.9
    assert (found.start, found.data["left"], found.data["callers"]) == (at(21, 8 + 1 / 60), 36, 36)
    assert found.end is not None
    assert at(21, 19.6) < found.end < at(21, 20)
    others, answered = found.data["others"], found.data["others_answered"]
    assert "36 of 36 callers of the account who waited Mon 22 Jun 08:01 to 19:4" in found.says
    assert f"{answered} of {others} reached one" in found.says
    assert "the last one before that reached one came Mon 22 Jun 07:41, the next Mon 22 Jun 20:01" in found.says
    assert MEANT not in found.data


@pytest.mark.parametrize("window", [(at(21, 12), at(21, 13)), (at(14), at(28))])
def test_a_window_within_the_trouble_or_wider_shows_all_of_it(window: tuple[object, object]) -> None:
    found = of(lost(dead), window=window)
    assert found.outcome is Outcome.FOUND
    assert (found.start, found.data["left"]) == (at(21, 8 + 1 / 60), 36)


@pytest.mark.parametrize("window", [(at(7), at(8)), (at(21, 21), at(22))])
def test_callers_of_another_time_were_answered(window: tuple[object, object]) -> None:
    assert of(lost(dead), window=window).outcome is Outcome.CLEAR


def test_a_quiet_floor_is_clear() -> None:
    found = of(floor())
    assert found.outcome is Outcome.CLEAR
    assert found.strength == 1.0


def test_where_everybody_waits_it_is_no_queue_of_one_account() -> None:
    everybody = lost(lambda r: dead(r, ("1", "2", "3", "4")))
    assert of(everybody).outcome is Outcome.CLEAR


def test_half_of_the_callers_lost_is_something_else() -> None:
    turns = iter(range(10_000))
    assert of(lost(lambda r: dead(r) and next(turns) % 2 == 0)).outcome is Outcome.CLEAR


def test_callers_who_leave_at_once_prove_nothing() -> None:
    at_once = lost(dead, ring_s=2.0, queue_s=4.0)
    assert of(at_once, window=DEAD).outcome is Outcome.NOT_RUN
    assert of(at_once, window=(at(20), at(23))).outcome is Outcome.CLEAR


def test_one_caller_who_tries_again_and_again_is_one_caller() -> None:
    assert of(lost(dead, ani="+12125550100")).outcome is Outcome.CLEAR


def test_calls_that_end_in_a_recording_or_are_refused_wait_for_nobody() -> None:
    for outcome in ("announcement", "voicemail", "busy", "failed"):
        assert of(lost(dead, outcome=outcome), window=DEAD).outcome is Outcome.NOT_RUN


def test_nights_alone_are_found_over_several_days() -> None:
    def dead_night(row: Row) -> bool:
        when = row["offered_at"]
        return row["account"] == "1" and at(19) <= when < at(24) and when.hour < 4  # type: ignore[union-attr, operator, return-value]

    hourly = [r for r in lost(dead_night) if r["account"] != "1" or r["offered_at"].minute < 20]  # type: ignore[union-attr]
    found = of(hourly, window=(at(20), at(24)))
    assert found.outcome is Outcome.FOUND
    assert found.data["left"] == found.data["callers"] == 20
    assert "between " in found.says


def test_an_account_of_few_calls_is_found_after_some_days() -> None:
    few = [r for r in lost(lambda r: r["account"] == "1" and at(19) <= r["offered_at"] < at(23))  # type: ignore[operator]
           if r["account"] != "1" or (r["offered_at"].hour in {9, 14, 19} and r["offered_at"].minute < 20)]  # type: ignore[union-attr]
    found = of(few, window=(at(21), at(22)))
    assert found.outcome is Outcome.FOUND
    assert (found.data["left"], found.start) == (12, at(19, 9 + 1 / 60))


def test_what_has_always_been_so_may_be_meant() -> None:
    found = of(lost(lambda r: r["account"] == "1"))
    assert found.outcome is Outcome.FOUND
    assert found.data["always"] is found.data[MEANT] is True
    assert found.start == at(0, 1 / 60)
    assert "in all the records: whether these calls were meant to be answered they can't tell" in found.says


def test_callers_whose_waits_all_end_alike_heard_a_recording_perhaps() -> None:
    assert of(lost(lambda r: r["account"] == "1", queue_s=60.0)).outcome is Outcome.CLEAR


def test_an_office_that_picks_up_by_day_is_as_ever() -> None:
    office = lost(lambda r: r["account"] == "1" and 8 <= r["offered_at"].hour < 18, queue_s=14.0)  # type: ignore[union-attr]
    assert of(office, window=(at(21), at(28))).outcome is Outcome.CLEAR


def test_an_extension_that_is_its_own_agent_may_be_somebody_away() -> None:
    rows = [r | {"agent": f"x{r['account']}"} if r["agent"] else r for r in lost(dead)]
    alone = of(Case({"calls": case(rows).calls}))
    assert alone.outcome is Outcome.FOUND
    assert alone.data[MEANT] is True
    assert "one person's extension" in alone.says
    assert MEANT not in of(case(rows, accounts=accounts())).data


def test_the_queue_is_named_where_the_log_names_it() -> None:
    rows = [r | {"queue": "night-2" if dead(r) else "main"} for r in lost(dead)]
    found = of(rows)
    assert found.data["queue"] == "night-2"
    assert "who waited in queue night-2 Mon 22 Jun" in found.says


def test_a_caller_is_told_so_only_where_their_own_call_was_one_of_them() -> None:
    rows = lost(dead)
    theirs = next(r for r in rows if dead(r) and r["offered_at"] >= at(21, 12))  # type: ignore[operator]
    answered = next(r for r in rows if r["account"] == "1" and r["offered_at"] >= at(21, 20.5))  # type: ignore[operator]
    for row, ani in ((theirs, "+19175550177"), (answered, "+19175550188")):
        row["ani"] = ani

    def claim(caller: str) -> Evidence:
        from calltrace.diagnosis import checks  # noqa: PLC0415
        from calltrace.diagnosis.scene import Scene  # noqa: PLC0415
        from support import scene  # noqa: PLC0415

        asked: Scene = scene(case(rows, accounts=accounts()), "1", *WINDOW, complaint="caller-claim", caller=caller)
        return {e.facet: e for e in checks.get("unserved").run(asked)}[FACET]

    assert claim("+19175550177").outcome is Outcome.FOUND
    assert claim("+19175550177").says.startswith("the caller waited and nobody came: Mon 22 Jun 12:01")
    assert claim("+19175550188").outcome is Outcome.CLEAR
    assert claim("+19175550199").outcome is Outcome.NOT_RUN


def test_a_log_of_one_account_has_nobody_to_compare_with() -> None:
    assert of([r for r in lost(dead) if r["account"] == "1"]).outcome is Outcome.NOT_RUN


def test_calls_outside_the_coverage_may_be_meant_to_wait() -> None:
    records = case(lost(dead), accounts=[account("1", coverage="Mo-Su 20:00-24:00"), account("2"), account("3"), account("4")])
    found = of(records)
    assert found.data[MEANT] is True
    assert "36 of them came outside the account's coverage" in found.says


def test_callers_who_all_leave_at_the_end_of_a_greeting_waited_for_nobody() -> None:
    assert of(lost(dead, queue_s=26.0)).outcome is Outcome.CLEAR


def test_a_log_of_the_queue_alone_tells_who_was_not_served_and_one_without_seconds_does_not() -> None:
    found = of([r | {"ring_s": None} for r in lost(dead)])
    assert (found.outcome, found.data["left"]) == (Outcome.FOUND, 36)
    untold = of([r | {"ring_s": None, "queue_s": None} for r in lost(dead)])
    assert (untold.outcome, untold.missing) == (Outcome.NOT_RUN, ("calls.ring_s", "calls.queue_s"))
