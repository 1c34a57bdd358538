"""Draws what goes wrong: for every cause sensible times, sizes and durations, mild to severe.

A fault is only put where it would cost something: the calls the usual rate brings in its span are counted
first (:func:`calltrace.simulate.demand.expected`). Whether its mark can be seen in the records is judged
again after the world has been played, by :mod:`calltrace.simulate.questions`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from calltrace.simulate.faults import _carrier, _demand, _lines, _office, _staff
from calltrace.simulate.faults._decoys import decoys
from calltrace.simulate.faults._setting import Setting
from calltrace.simulate.plan import DISPATCH

if TYPE_CHECKING:
    from calltrace.simulate.plan import Fault, Plan

__all__ = ["Setting", "decoys", "put"]

HUSHED = (
    "lines-not-forwarded",
    "some-lines-not-forwarded",
    "lines-forwarded-late",
    "lines-released-early",
    "number-down",
    "announcement-dead-end",
)
"""What leaves one account without calls."""

MAKERS = {
    "lines-not-forwarded": _lines.forwarding,
    "some-lines-not-forwarded": _lines.forwarding,
    "lines-forwarded-late": _lines.forwarding,
    "lines-released-early": _lines.forwarding,
    "forwarding-left-on": _lines.left_on,
    "number-down": _lines.number_down,
    "carrier-outage": _carrier.carrier_outage,
    "trunk-group-degraded": _carrier.degraded,
    "too-few-trunks": _carrier.too_few,
    "one-way-audio": _carrier.deafened,
    "platform-outage": _carrier.outage,
    "planned-shutdown": _carrier.outage,
    "records-missing": _carrier.outage,
    "understaffed": _staff.understaffed,
    "slow-handling": _staff.slow,
    "agent-not-answering": _staff.deaf,
    "agent-long-holds": _staff.holder,
    "agent-ends-calls": _staff.cutter,
    "own-surge": _demand.own_surge,
    "other-account-surge": _demand.own_surge,
    "wide-surge": _demand.wide,
    "path-limit": _demand.path_limit,
    "announcement-dead-end": _demand.dead_end,
    "queue-not-served": _demand.unserved,
    "nuisance-calls": _demand.nuisance,
    "more-calls": _office.bill,
    "longer-calls": _office.bill,
    "more-delivery-attempts": _office.bill,
}


def put(cause: str, setting: Setting, plan: Plan, *, tries: int = 60) -> Fault | None:
    """Put one trouble into the plan; return it, or None where the world has no place for it."""
    if cause in DISPATCH:
        return _office.dispatch(cause, setting, plan)
    maker = MAKERS.get(cause)
    if maker is None:
        return None
    for _ in range(tries):
        fault = maker(cause, setting, plan)
        if fault is not None:
            plan.faults.append(fault)
            if fault.account is not None:
                setting.used.add(fault.account)
            if cause in HUSHED:
                setting.hushed.append((fault.start, fault.end, fault.account or ""))
            return fault
    return None
