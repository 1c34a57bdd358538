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


BRIDGE = "5f3c2a10-93cf-4a43-8d8e-0cf21d6a0c11"


def joined(agent: str = "Ann Lee", asking: str = "201") -> Switch:
    """Ann takes the call after 10 s; after 90 s she asks the nurses, is answered after 6 s, and joins the two 25 s later."""
    switch = Switch()
    switch.event(5, 0, "NONE", "ENTERQUEUE", "", "5855550137", 1)
    switch.event(15, 0, agent, "CONNECT", 10, f"{T0 + 10}.1", 5)
    switch.event(105, 105, "NONE", "ENTERQUEUE", "", asking, 1, queue="nurse")
    switch.event(109, 105, "Cy Orr", "RINGNOANSWER", 4000, queue="nurse")
    switch.event(111, 105, "Bea Ray", "CONNECT", 6, f"{T0 + 107}.2", 4, queue="nurse")
    return switch.event(136, 0, agent, "ATTENDEDTRANSFER", "BRIDGE", BRIDGE, 10, 121, 1)


@pytest.mark.parametrize(("agent", "end", "talk_s"), [
    ("Ann Lee", 186, 121 + 50), ("PJSIP/201", 186, 121 + 50), ("PJSIP/201", 136, 121), ("PJSIP/201", None, 121)])
def test_who_is_joined_with_a_second_agent_is_one_caller(agent: str, end: int | None, talk_s: int) -> None:
    switch = joined(agent)
    if end is not None:
        switch.event(end, 105, "Bea Ray", "COMPLETEAGENT", 6, end - 111, 1, queue="nurse")
    call = switch.call()
    assert (call["ani"], call["agent"], call["queue"], call["outcome"]) == ("+15855550137", agent, "desk", "answered")
    assert (call["queue_s"], call["talk_s"], call["transferred_to"]) == (10, talk_s, "nurse")
    assert (109, "Cy Orr", "ring_no_answer") in switch.agents()


def test_its_rows_in_the_cdr_are_joined_as_well() -> None:
    switch = joined().event(186, 105, "Bea Ray", "COMPLETEAGENT", 6, 75, 1, queue="nurse")
    switch.leg(0, "Queue", "ANSWERED", answer=2, end=186, far="PJSIP/201-00000002", data="desk,t")
    switch.leg(105, "Queue", "ANSWERED", answer=105, end=136, channel="PJSIP/201-00000003", context="inside", src="201",
               dst="402", data="nurse,t", code="", far="PJSIP/202-00000004")  # fmt: skip
    call = switch.call()
    assert (call["account"], call["agent"], call["ring_s"], call["queue_s"]) == ("HA", "Ann Lee", 2, 13)


@pytest.mark.parametrize(("agent", "asking", "more"), [
    ("PJSIP/203", "201", False),  # another telephone
    ("Ann Lee", "5855550144", False),  # a caller from outside who was answered meanwhile
    ("Ann Lee", "201", True)])  # two telephones that asked: which of them?
def test_whose_second_conversation_is_not_told_stays_a_call_and_a_bridge_is_nobody(agent: str, asking: str, more: bool) -> None:
    switch = joined(agent, asking).event(186, 105, "Bea Ray", "COMPLETEAGENT", 6, 75, 1, queue="nurse")
    if more:
        switch.event(110, 110, "NONE", "ENTERQUEUE", "", "204", 1, queue="nurse")
        switch.event(112, 110, "Dee Fox", "CONNECT", 2, f"{T0 + 110}.3", 2, queue="nurse")
        switch.event(190, 110, "Dee Fox", "COMPLETEAGENT", 2, 78, 1, queue="nurse")
    calls = switch.calls()
    assert len(calls) == (3 if more else 2)
    assert calls["transferred_to"].isna().all()


def test_another_caller_who_waits_in_that_queue_stays_a_caller() -> None:
    """The wait that the second agent ended began when nobody entered: it is not told whose place the caller took."""
    switch = put_through()
    switch.event(136, 0, "Bea Ray", "CONNECT", 11, f"{T0 + 110}.2", 5, queue="nurse")
    switch.leg(0, "Queue", "ANSWERED", answer=2, end=156, far="PJSIP/201-00000002", data="desk,t")
    switch.leg(105, "Queue", "ANSWERED", answer=105, end=156, src="5855550144", data="nurse,t",
               channel="PJSIP/north-00000003")  # fmt: skip
    assert switch.calls()["ani"].tolist() == ["+15855550137", "+15855550144"]
