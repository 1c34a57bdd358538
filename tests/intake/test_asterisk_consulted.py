"""Attended transfers to a queue: the log makes two calls of them, and one caller called. Rows are invented (555-01xx)."""

from __future__ import annotations

import pytest

from asterisk_switch import T0, Switch


def put_through(*, under_agent: bool = True) -> Switch:
    """Ann takes the call after 10 s; after 90 s she asks the nurses' queue herself, and leaves the caller in her place."""
    switch = Switch()
    switch.event(5, 0, "NONE", "DID", "5855550167")
    switch.event(5, 0, "NONE", "ENTERQUEUE", "", "5855550137", 1)
    switch.event(15, 0, "Ann Lee", "CONNECT", 10, f"{T0 + 10}.1", 5)
    switch.event(105, 105, "NONE", "DID", "402", queue="nurse")
    switch.event(105, 105, "NONE", "ENTERQUEUE", "", "201", 1, queue="nurse")
    switch.event(107, 105 if under_agent else 0, "Ann Lee", "ATTENDEDTRANSFER", "APP", "Queue", 10, 92, 1)
    return switch


@pytest.mark.parametrize("under_agent", [True, False])
def test_a_caller_put_through_to_a_queue_is_one_call_of_the_first_agent(under_agent: bool) -> None:
    switch = put_through(under_agent=under_agent)
    switch.event(110, 105, "Cy Orr", "RINGNOANSWER", 4000, queue="nurse")
    switch.event(116, 0, "Bea Ray", "CONNECT", 11, f"{T0 + 110}.2", 5, queue="nurse")
    switch.event(156, 0, "Bea Ray", "COMPLETECALLER", 11, 40, 1, queue="nurse")
    call = switch.call()
    assert (call["ani"], call["dnis"], call["agent"], call["queue"]) == ("+15855550137", "+15855550167", "Ann Lee", "desk")
    assert (call["outcome"], call["transferred_to"], call["ended_by"]) == ("answered", "nurse", "caller")
    assert (call["queue_s"], call["talk_s"]) == (10 + 11, 92 + 40)
    assert (110, "Cy Orr", "ring_no_answer") in switch.agents()


def test_its_rows_in_the_cdr_are_one_call_as_well_and_the_first_talk_is_no_wait() -> None:
    switch = put_through()
    switch.event(116, 0, "Bea Ray", "CONNECT", 11, f"{T0 + 110}.2", 5, queue="nurse")
    switch.event(156, 0, "Bea Ray", "COMPLETECALLER", 11, 40, 1, queue="nurse")
    switch.leg(0, "Queue", "ANSWERED", answer=2, end=156, far="PJSIP/201-00000002", data="desk,t")
    switch.leg(105, "Queue", "ANSWERED", answer=105, end=107, channel="PJSIP/201-00000003", context="inside", src="201",
               dst="402", data="nurse,t", code="")  # fmt: skip
    call = switch.call()
    assert (call["account"], call["agent"], call["ring_s"]) == ("HA", "Ann Lee", 2)
    assert (call["queue_s"], call["talk_s"]) == (13 + 11, 92 + 40)


def test_who_gives_up_in_the_second_queue_was_answered() -> None:
    switch = put_through().event(135, 0, "NONE", "ABANDON", 1, 1, 30, queue="nurse")
    call = switch.call()
    assert (call["outcome"], call["agent"], call["queue_s"], call["talk_s"]) == ("answered", "Ann Lee", 10 + 30, 92)


def test_another_caller_who_waits_in_that_queue_stays_a_caller() -> None:
    """The wait that the second agent ended began when nobody entered: it is not told whose place the caller took."""
    switch = put_through()
    switch.event(136, 0, "Bea Ray", "CONNECT", 11, f"{T0 + 110}.2", 5, queue="nurse")
    switch.leg(0, "Queue", "ANSWERED", answer=2, end=156, far="PJSIP/201-00000002", data="desk,t")
    switch.leg(105, "Queue", "ANSWERED", answer=105, end=156, src="5855550144", data="nurse,t",
               channel="PJSIP/north-00000003")  # fmt: skip
    assert switch.calls()["ani"].tolist() == ["+15855550137", "+15855550144"]
