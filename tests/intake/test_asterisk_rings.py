"""Calls that rang out at an agent, by the legs of a CDR without a queue_log: whose failure a ring is, and whose not."""

from __future__ import annotations

import pytest

from asterisk_switch import Switch


def rung(*legs: tuple[str, int, int, int | None], app: str = "Queue", field: str = "5855550167") -> Switch:
    """Write a call of these legs: the phone, when its row begins and ends, and when it was answered."""
    switch = Switch()
    for phone, start, end, answer in legs:
        switch.leg(
            0, app, "NO ANSWER" if answer is None else "ANSWERED", start=start, answer=answer, end=end,
            far=f"PJSIP/{phone}-000000{phone[1:]}" if phone[0] == "2" else phone, data="desk,t", field=field)
    return switch


def events(switch: Switch) -> list[tuple[int, str, str]]:
    return switch.agents() if "agents" in switch.joined() else []


def test_a_phone_that_rang_in_vain_before_another_answered_let_the_call_ring_out() -> None:
    switch = rung(("203", 0, 20, None), ("206", 0, 60, 28))
    assert events(switch) == [(20, "PJSIP/203", "ring_no_answer")]
    rings, call = switch.joined()["agents"].frame.iloc[0], switch.call()
    assert (rings["call_id"], call["agent"]) == (call["call_id"], "PJSIP/206")
    assert (rings["source_file"], rings["source_line"]) == ("Master.csv", 1)


@pytest.mark.parametrize(
    "legs",
    [
        [("203", 0, 27, None), ("206", 0, 60, 28)],  # rang together: one was answered, and the other stopped
        [("203", 0, 20, None), ("204", 0, 20, None), ("206", 0, 60, 28)],  # a whole group's turn that was over
        [("206", 0, 4, None), ("203", 0, 60, 28)],  # hardly heard: a phone that refused, or was not there
        [("203", 0, 20, None)],  # the caller left while it rang
        [("PJSIP/north-00000009", 0, 20, None), ("206", 0, 60, 28)],  # somebody's mobile, beyond a line
        [("206", 0, 60, 28)],
    ],
)
def test_other_rings_are_nobodys_failure(legs: list[tuple[str, int, int, int | None]]) -> None:
    assert events(rung(*legs)) == []


def test_one_phone_that_nobody_takes_is_no_agent_beside_others() -> None:
    """A number that rings at one desk, and then the voicemail: nobody was looking for anybody who is free."""
    switch = rung(("203", 0, 20, None), app="Dial")
    switch.leg(0, "VoiceMail", "ANSWERED", start=20, answer=20, end=50)
    assert events(switch) == []
    assert events(rung(("203", 0, 20, None), ("206", 20, 60, 28), app="Dial")) == [(20, "PJSIP/203", "ring_no_answer")]


def test_a_queue_log_knows_better() -> None:
    switch = rung(("203", 0, 20, None), ("206", 0, 60, 28))
    switch.event(0, 0, "NONE", "ENTERQUEUE", "", "5855550137", 1)
    switch.event(28, 0, "PJSIP/206", "CONNECT", 28, "x.2", 8)
    switch.event(60, 0, "PJSIP/206", "COMPLETECALLER", 28, 32, 1)
    assert events(switch) == []
