"""Numbered ports of a card: phones are agents of their own, lines one trunk group. Rows are invented (555-01xx)."""

from __future__ import annotations

import pytest

from asterisk_switch import Switch


def rung(switch: Switch, born: int, far: str, data: str, *, line: str = "DAHDI/3", answered: bool = True) -> Switch:
    """Write one call that came in on a line: rung 5 s at a port, then 40 s of talk; or rung in vain for 30 s."""
    app, word, answer, end = "Dial", "ANSWERED", born + 5, born + 45
    return switch.leg(
        born, app if "," in data else "Queue", word if answered else "NO ANSWER", answer=answer if answered else None,
        end=end if answered else born + 30, channel=f"{line}-1", far=f"{far}-1", data=data,
    )  # fmt: skip


@pytest.mark.parametrize(("one", "two"), [("DAHDI/12", "DAHDI/13"), ("Zap/12", "Zap/13")])
@pytest.mark.parametrize("data", ["{port},30", "SIP/201&{port},30,t", "{port}|30", "desk"])
def test_phones_on_numbered_ports_are_agents_of_their_own(one: str, two: str, data: str) -> None:
    switch, lines = Switch(), one.partition("/")[0]
    for n, port in enumerate((one, two, one)):
        rung(switch, 100 * n, port, data.format(port=port), line=f"{lines}/{n + 1}")
    calls = switch.calls()
    assert calls["agent"].tolist() == [one, two, one]
    assert calls["trunk_group"].tolist() == [lines] * 3  # lines by number are one group all the same


def test_who_let_it_ring_is_told_by_the_phone() -> None:
    switch = rung(Switch(), 0, "DAHDI/12", "DAHDI/12,30", answered=False)
    switch.leg(0, "Dial", "ANSWERED", start=30, answer=35, end=75, channel="DAHDI/3-1", far="DAHDI/13-1", data="DAHDI/13,30")
    rings = switch.joined()["agents"].frame
    assert rings["agent"].tolist() == ["DAHDI/12"]


def test_a_number_dialled_on_a_line_makes_no_agent_of_the_line() -> None:
    switch = Switch()
    rung(switch, 0, "DAHDI/1", "DAHDI/g1/5855550111,30")
    assert switch.calls()["agent"].tolist() == ["DAHDI"]


def test_a_port_that_callers_come_in_on_is_a_line_although_it_was_dialled_once() -> None:
    switch = Switch()
    for n in range(3):
        rung(switch, 100 * n, "SIP/201", "SIP/201,30", line="DAHDI/12")
    rung(switch, 400, "DAHDI/12", "DAHDI/12,30", line="DAHDI/3")
    calls = switch.calls()
    assert (set(calls["trunk_group"]), calls["agent"].tolist()) == ({"DAHDI"}, ["SIP/201"] * 3 + ["DAHDI"])


def test_what_such_a_phone_dials_out_is_no_callers_attempt() -> None:
    switch = rung(Switch(), 0, "DAHDI/12", "DAHDI/12,30")
    switch.leg(100, "Dial", "ANSWERED", answer=105, end=160, channel="DAHDI/12-1", far="DAHDI/3-1", src="5855550167",
               dst="5855550199", context="from-internal", data="DAHDI/g1/5855550199,60")  # fmt: skip
    assert switch.calls()["agent"].tolist() == ["DAHDI/12"]
