"""Troubles of a client's messages and of its bill."""

from __future__ import annotations

from datetime import timedelta

from calltrace.simulate import clock
from calltrace.simulate.faults._setting import Setting, rounded, uniform
from calltrace.simulate.plan import Fault, Plan


def _midnight(t: float, zone: str) -> float:
    day = clock.local(t, zone)
    if day.hour >= 12:
        day = day + timedelta(days=1)
    return clock.epoch(day.date(), 0, zone)


def bill(cause: str, setting: Setting, plan: Plan) -> Fault | None:
    """Raise a client's bill: more calls, longer ones, or messages sent many times."""
    most = 6.0 if cause == "more-delivery-attempts" else 3.0
    client = setting.pick(
        [
            c
            for c in setting.clients
            if setting.coming(c, setting.since, setting.end) >= most * (setting.end - setting.since) / 86400
        ]
    )
    if client is None:
        return None
    start = _midnight(setting.since, client.zone)
    if cause == "more-calls":
        plan.rates.append((frozenset({client.account}), start, setting.end, uniform(setting, 1.45, 2.7)))
    elif cause == "longer-calls":
        plan.handling.append(
            (frozenset({client.account}), start, setting.end, uniform(setting, 1.4, 2.4), 1.0)
        )
    else:
        plan.unreachable.append((client.account, start, setting.end, uniform(setting, 0.03, 0.25)))
        client.urgent_share = max(client.urgent_share, 0.25)
        client.ack_share = max(client.ack_share, 0.7)
    return Fault(cause, start, setting.end, account=client.account)


def dispatch(cause: str, setting: Setting, plan: Plan) -> Fault | None:
    """Mishandle a client's messages for some days; planned here, done when the messages are written."""
    day = 86400
    fits = [
        c
        for c in setting.clients
        if len(c.people) > 1
        and setting.coming(c, setting.since, setting.end) * c.message_share * c.urgent_share > 6
    ]
    client = setting.pick(fits)
    if client is None:
        return None
    start = rounded(uniform(setting, setting.since, setting.end - 3 * day), 3600, 1)
    variant = str(setting.rng.choice(["plain", "plain", "claimed", "both"]))
    length = float(setting.rng.integers(1, 4)) * day
    plan.mishaps.append((cause, client.account, start, min(start + length, setting.end - 8 * 3600), variant))
    fault = Fault(cause, start, start + length, account=client.account, extra={"variant": variant})
    plan.faults.append(fault)
    setting.used.add(client.account)
    return fault
