"""Troubles of the switch and of the carrier: outages, works, lost records, trunks that break down."""

from __future__ import annotations

from datetime import timedelta

import numpy as np

from calltrace.normal import erlang
from calltrace.simulate import roster
from calltrace.simulate.faults._setting import Setting, rounded, uniform
from calltrace.simulate.plan import Event, Fault, Plan

MAINTENANCE = (
    "switch firmware update",
    "database maintenance",
    "UPS test",
    "router replaced",
    "voice cards changed",
    "carrier cut-over rehearsal",
)


def outage(cause: str, setting: Setting, plan: Plan) -> Fault | None:
    """Stop the platform: by failure, by announced works, or in the records alone."""
    hours = (0.4, 3.0) if cause != "records-missing" else (0.8, 4.0)
    start, end = setting.moment(hours, busy=0.6 if cause == "planned-shutdown" else 1.0)
    if setting.rate((start + end) / 2) * (end - start) / 3600 < 9 or not setting.clear((start, end)):
        return None
    if not setting.speaking((start, end)):
        return None
    if cause == "records-missing":
        plan.lost_rows.append((start, end))
    else:
        plan.outages.append((start, end))
    if cause == "planned-shutdown":
        a = rounded(start, 900, -1) - 900 * int(setting.rng.integers(0, 2))
        b = rounded(end, 900, 1) + 900 * int(setting.rng.integers(0, 4))
        plan.events.append(Event(a, b, "maintenance", "platform", "", str(setting.rng.choice(MAINTENANCE))))
    elif cause == "platform-outage" and setting.rng.random() < 0.3:
        plan.events.append(
            Event(rounded(end, 300, 1), None, "outage", "platform", "", "switch restarted, engineer informed")
        )
    setting.taken.append((start, end, cause))
    return Fault(cause, start, end, announced=cause == "planned-shutdown")


def carrier_outage(cause: str, setting: Setting, plan: Plan) -> Fault | None:
    """Let the carrier bring no calls on a trunk group."""
    groups = sorted({c.trunk_group for c in setting.clients})
    if len(groups) < 2:
        return None
    group = str(setting.rng.choice(groups))
    start, end = setting.moment((0.7, 5.5))
    own = [setting.coming(c, start, end) for c in setting.clients if c.trunk_group == group]
    others = sum(setting.coming(c, start, end) for c in setting.clients if c.trunk_group != group)
    if sum(own) < 7 or max(own) < 3 or others < 6 or not setting.clear((start, end)):
        return None
    if not setting.speaking((start, end), group=group):
        return None
    plan.dead_groups.append((group, start, end))
    numbers = [n for c in setting.clients if c.trunk_group == group for n in c.numbers]
    plan.tests += [
        (uniform(setting, start + 300, end), str(setting.rng.choice(numbers)))
        for _ in range(int(setting.rng.integers(2, 6)))
    ]
    if setting.rng.random() < 0.4:
        plan.events.append(
            Event(
                rounded(start, 900, 1),
                rounded(end, 900, 1) + 1800,
                "carrier",
                "trunk_group",
                group,
                str(setting.rng.choice(["ticket opened with carrier", "carrier reports fibre cut"])),
            )
        )
    setting.taken.append((start, end, f"{cause}:{group}"))
    return Fault(cause, start, end, trunk=group)


def degraded(cause: str, setting: Setting, plan: Plan) -> Fault | None:
    """Leave a trunk group fewer channels than its calls need."""
    group = str(setting.rng.choice(sorted({c.trunk_group for c in setting.clients})))
    start, end = setting.moment((2, 9), busy=1.5)
    own = sum(setting.coming(c, start, end) for c in setting.clients if c.trunk_group == group)
    load = own / ((end - start) / 3600) * (setting.handling_s + 12) / 3600
    if load < 0.9 or own < 25 or not setting.clear((start, end)):
        return None
    left = max(1, erlang.lines_for(load, uniform(setting, 0.12, 0.5)))
    if left >= setting.house.channels[group]:
        return None
    plan.channels.append((group, start, end, left))
    setting.taken.append((start, end, f"{cause}:{group}"))
    return Fault(cause, start, end, trunk=group, extra={"channels": left})


BUSIEST = 15
"""Hours of a week whose load a trunk group that has too few lines was not ordered for."""


def too_few(cause: str, setting: Setting, plan: Plan) -> Fault | None:
    """Order a trunk group with fewer lines than its ordinary peaks take, from the first day to the last."""
    del plan  # it is how the house is built
    group = str(setting.rng.choice(sorted({c.trunk_group for c in setting.clients})))
    own = [c for c in setting.clients if c.trunk_group == group]
    calls = roster.load_by_hour(own, setting.zone, setting.first - timedelta(days=setting.first.weekday()))
    load = float(np.sort(calls)[-BUSIEST:].mean()) * (setting.handling_s + 12) / 3600
    left = erlang.lines_for(load, uniform(setting, 0.04, 0.12))
    if load < 0.7 or left < 2 or left >= setting.house.channels[group]:
        return None
    setting.house.channels[group] = left
    return Fault(cause, setting.begin, setting.end, trunk=group, extra={"channels": left})


def deafened(cause: str, setting: Setting, plan: Plan) -> Fault | None:
    """Let one side of a trunk group's calls hear nothing: they are over within seconds, and callers try again."""
    groups = sorted({c.trunk_group for c in setting.clients})
    if len(groups) < 2:
        return None
    group = str(setting.rng.choice(groups))
    start, end = setting.moment((1.5, 8), busy=1.0)
    own = [setting.coming(c, start, end) for c in setting.clients if c.trunk_group == group]
    others = sum(setting.coming(c, start, end) for c in setting.clients if c.trunk_group != group)
    if sum(own) < 15 or sum(n >= 1.5 for n in own) < 3 or max(own) > 0.6 * sum(own) or others < 15:
        return None
    if not setting.clear((start, end)):
        return None
    plan.deafened.append((group, start, end, uniform(setting, 0.85, 1.0)))
    setting.taken.append((start, end, f"{cause}:{group}"))
    return Fault(cause, start, end, trunk=group)
