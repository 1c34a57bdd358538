"""Waits: ring, queue and hold apart, the platform's beside the account's."""

from __future__ import annotations

from calltrace.diagnosis.evidence import Outcome
from checks.floor import TROUBLE, WINDOW, Row, ask, floor
from support import at


def waiting(row: Row) -> Row:
    return row | {"queue_s": 90.0}


def test_waits_of_everybody_are_found_in_the_part_of_the_window_where_they_rose() -> None:
    found = ask("waits", floor(waiting), "long-hold")
    assert found["waits-rose"].outcome is Outcome.FOUND
    assert (found["waits-rose"].start, found["waits-rose"].end) == TROUBLE
    own = found["own-waits-long"]
    assert own.outcome is Outcome.FOUND
    assert own.data["over_limit"] == 6  # account 1: a call every 20 min for two hours
    assert {e.id for e in own.examples} == {e.id for e in own.examples if e.id.startswith("1-")}
    assert len(own.examples) == 6
    assert "94 s" in own.says


def test_a_wait_in_the_queue_is_no_long_ring_and_no_hold() -> None:
    found = ask("waits", floor(waiting), "long-ring")
    assert found["own-rings-long"].outcome is Outcome.CLEAR
    assert found["own-holds-long"].outcome is Outcome.CLEAR


def test_hold_after_the_answer_and_waiting_before_it_are_told_apart() -> None:
    before = ask("waits", floor(waiting), "long-hold")["held-after-answer"]
    assert before.outcome is Outcome.CLEAR
    assert (before.data["before_s"], before.data["after_s"]) == (
        6 * 64.0,
        0.0,
    )  # six calls of 94 s, 30 s allowed
    after = ask("waits", floor(lambda r: r | {"hold_s": 90.0}), "long-hold")["held-after-answer"]
    assert after.outcome is Outcome.FOUND
    assert (after.data["before_s"], after.data["after_s"]) == (0.0, 6 * 60.0)
    assert len(after.examples) == 6


def test_ordinary_waits_are_clear_and_say_so_with_their_number() -> None:
    found = ask("waits", floor())
    assert found.pop("held-after-answer").outcome is Outcome.NOT_RUN  # nobody waited: nothing to tell apart
    assert {e.outcome for e in found.values()} == {Outcome.CLEAR}
    assert found["waits-rose"].strength > 0.5  # 46 callers could have shown it


def test_without_queue_times_nothing_is_said_of_queueing() -> None:
    rows = [r | {"queue_s": None, "hold_s": None} for r in floor()]
    found = ask("waits", rows)
    assert found["own-waits-long"].outcome is Outcome.NOT_RUN
    assert found["own-waits-long"].missing == ("calls.queue_s",)
    assert found["own-holds-long"].missing == ("calls.hold_s",)


def test_a_window_without_calls_is_not_run() -> None:
    found = ask("waits", floor(), window=(at(40), at(40, 2)))
    assert {e.outcome for e in found.values()} == {Outcome.NOT_RUN}


def test_two_calls_that_waited_weigh_less_than_twelve() -> None:
    few = ask(
        "waits", floor(lambda r: waiting(r) if r["call_id"] in {"1-1543", "1-1544"} else r), "long-hold"
    )
    all_of_them = ask("waits", floor(waiting), "long-hold")
    assert few["waits-rose"].outcome is Outcome.CLEAR
    assert few["own-waits-long"].strength < all_of_them["own-waits-long"].strength
    assert WINDOW[0] < TROUBLE[0]


def of_a_queue(rows: list[Row]) -> list[Row]:
    """The same calls as the queue's own log has them: from where the caller entered the queue."""
    return [r | {"ring_s": None} for r in rows]


def test_a_log_of_the_queue_alone_tells_waits_and_no_rings() -> None:
    found = ask("waits", of_a_queue(floor(waiting)), "long-hold")
    assert found["waits-rose"].outcome is Outcome.FOUND
    assert (found["waits-rose"].start, found["waits-rose"].end) == TROUBLE
    assert (found["own-waits-long"].outcome, found["own-waits-long"].data["over_limit"]) == (Outcome.FOUND, 6)
    assert "90 s" in found["own-waits-long"].says
    assert found["own-rings-long"].missing == ("calls.ring_s",)
    quick = ask("waits", of_a_queue([r | {"queue_s": 0.0} if r["account"] == "2" else r for r in floor()]))
    assert quick["waits-rose"].outcome is Outcome.CLEAR
    assert "of 72 callers" in quick["waits-rose"].says  # who was put through at once is one of them


def test_where_neither_is_told_no_wait_is_asked_for() -> None:
    rows = [r | {"queue_s": 0.0 if r["outcome"] == "abandoned" else None} for r in of_a_queue(floor(waiting))]
    found = ask("waits", rows, "long-hold")  # as accounting has it: nothing queued those who left, how long they rang is not told
    assert found["waits-rose"].outcome is Outcome.NOT_RUN
    assert found["waits-rose"].missing == ("calls.ring_s", "calls.queue_s")
    assert found["own-waits-long"].outcome is Outcome.NOT_RUN


def test_holds_of_those_who_were_not_answered_say_nothing_of_holds() -> None:
    rows = [r if r["outcome"] == "abandoned" else r | {"hold_s": None} for r in floor(waiting)]
    for check, facets in (("waits", ("own-holds-long", "held-after-answer")), ("handling", ("agent-holds",))):
        found = ask(check, rows, "long-hold")
        assert {(found[f].outcome, found[f].missing) for f in facets} == {(Outcome.NOT_RUN, ("calls.hold_s",))}
