"""Troubles that callers make, or that meet them: surges, path limits, announcements, unserved queues, nuisance calls."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from calltrace.normal import erlang
from calltrace.simulate import clock
from calltrace.simulate.faults._setting import Setting, rounded, uniform
from calltrace.simulate.plan import SILENT, Event, Fault, Plan
from calltrace.simulate.roster import on_shift

if TYPE_CHECKING:
    from calltrace.simulate.clients import Client


PROMOTIONS = (
    "radio spot booked",
    "mailing announced by client",
    "TV campaign",
    "coupon in Sunday paper",
    "newsletter goes out",
)


WEATHER = (
    "storm warning",
    "heavy snow expected",
    "heat advisory",
    "wind advisory",
    "flood watch",
    "freezing rain",
)


def own_surge(cause: str, setting: Setting, plan: Plan) -> Fault | None:
    """Bring one client far more calls than usual, so that its own or others' callers wait."""
    other = cause == "other-account-surge"
    start, end = setting.moment((0.8, 3.2), busy=1.0)
    fits = []
    for candidate in setting.clients:
        covered = candidate.coverage.hours()
        if (
            setting.coming(candidate, start, end) >= (0.5 if other else 1.0)
            and covered[_how(candidate, start)] > 0
            and covered[_how(candidate, end)] > 0
        ):
            fits.append(candidate)
    if other:  # somebody whose limit lets the whole crowd in
        fits = [c for c in fits if c.path_limit >= 8]
    client = setting.pick(fits)
    if client is None or not setting.clear((start, end)):
        return None
    hours = (end - start) / 3600
    usual = setting.coming(client, start, end) / hours
    staff = max(1, len(on_shift(setting.shifts, (start + end) / 2)))
    room = staff * 3600 / setting.handling_s - setting.rate((start + end) / 2)
    if other:
        more = max(10.0, room * uniform(setting, 1.0, 1.6) + staff * 3)
    else:
        paths = client.path_limit * 3600 / (client.talk_s + 20)
        room = min(1.2 * paths, max(0.0, room) + 2 * staff) * uniform(setting, 0.5, 1.4)
        more = max(usual * uniform(setting, 1.8, 6), 9 / hours, room)
    if more > 200:
        return None
    factor = 1 + more / usual
    plan.rates.append((frozenset({client.account}), start, end, factor))
    announced = bool(setting.rng.random() < 0.45)
    if announced:
        a = rounded(start, 1800, -1) - 1800 * int(setting.rng.integers(0, 3))
        b = rounded(end, 1800, 1) + 1800 * int(setting.rng.integers(0, 3))
        plan.events.append(
            Event(a, b, "promotion", "account", client.account, str(setting.rng.choice(PROMOTIONS)))
        )
    setting.taken.append((start, end, cause))
    setting.used.add(client.account)
    return Fault(
        cause,
        start,
        end,
        account=None if other else client.account,
        source=client.account if other else None,
        announced=announced,
        extra={"factor": factor},
    )


def _how(client: Client, t: float) -> int:
    moment = clock.local(t, client.zone)
    return moment.weekday() * 24 + moment.hour


def wide(cause: str, setting: Setting, plan: Plan) -> Fault | None:
    """Bring everybody more calls than usual."""
    start, end = setting.moment((1, 4.5), busy=1.0)
    usual = len(on_shift(setting.shifts, (start + end) / 2))
    rate = setting.rate((start + end) / 2)
    load = rate * setting.handling_s / 3600
    if rate * (end - start) / 3600 < 12 or not setting.clear((start, end)):
        return None
    factor = max(1.6, usual / max(load, 0.2) * uniform(setting, 0.9, 1.4))
    if factor > 4.5:
        return None
    plan.rates.append((None, start, end, factor))
    announced = bool(setting.rng.random() < 0.6)
    if announced:
        a = rounded(start, 900, -1) - 900 * int(setting.rng.integers(0, 5))
        plan.events.append(
            Event(
                a,
                rounded(end, 900, 1) + 900 * int(setting.rng.integers(0, 5)),
                "weather",
                "region",
                "",
                str(setting.rng.choice(WEATHER)),
            )
        )
    setting.taken.append((start, end, cause))
    return Fault(cause, start, end, announced=announced, extra={"factor": factor})


def path_limit(cause: str, setting: Setting, plan: Plan) -> Fault | None:
    """Let fewer of a client's calls in at once than it needs."""
    fits: list[tuple[Client, float]] = []
    for client in setting.clients:
        busiest = float(np.sort(client.covered_rate())[-30:].mean())
        load = busiest * (client.talk_s + 15) / 3600
        if client.path_limit > 1 and erlang.erlang_b(load, 1) > 0.05:
            fits.append((client, load))
    chosen = setting.pick([c for c, _ in fits])
    if chosen is None:
        return None
    client, load = next((c, x) for c, x in fits if c is chosen)
    limit = 1
    while erlang.erlang_b(load, limit + 1) > 0.1:
        limit += 1
    if limit >= client.path_limit:
        return None
    start = rounded(uniform(setting, setting.since, setting.end - 2.2 * 86400), 1800, 1)
    until: float | None = None
    draw = setting.rng.random()
    if draw < 0.2:
        until = rounded(uniform(setting, start + 86400 * 1.5, setting.end - 3600), 1800, -1)
    elif draw < 0.3:
        start = setting.begin  # never programmed for the account's ordinary volume
    plan.limits.append((client.account, start, until, limit))
    return Fault(
        cause, max(start, setting.since), until or setting.end, account=client.account, extra={"limit": limit}
    )


def dead_end(cause: str, setting: Setting, plan: Plan) -> Fault | None:
    """Let a client's announcement end in nothing."""
    client = setting.pick(setting.clients)
    if client is None:
        return None
    start, end = setting.moment((4, 30), busy=0.5)
    if setting.coming(client, start, end) < uniform(setting, 4, 10) or not setting.clear(
        (start, end), only=SILENT
    ):
        return None
    start = rounded(start, 1800, 1) if setting.rng.random() < 0.5 else start
    plan.dead_ends.append((client.account, start, end))
    return Fault(cause, start, end, account=client.account)


def unserved(cause: str, setting: Setting, plan: Plan) -> Fault | None:
    """Send a client's calls to a queue that nobody serves."""
    client = setting.pick(setting.clients)
    if client is None:
        return None
    start, end = setting.moment((6, 60), busy=0.5)
    if setting.coming(client, start, end) < uniform(setting, 6, 14) or not setting.clear((start, end), only=SILENT):
        return None
    start = rounded(start, 1800, 1) if setting.rng.random() < 0.5 else start
    plan.unserved.append((client.account, start, end))
    return Fault(cause, start, end, account=client.account)


def nuisance(cause: str, setting: Setting, plan: Plan) -> Fault | None:
    """Flood a client with calls of a few callers."""
    start, end = setting.moment((0.8, 3.5), busy=0.7)
    client = setting.pick(
        [
            c
            for c in setting.clients
            if setting.coming(c, start, start + 600) > 0 and setting.coming(c, end - 600, end) > 0
        ]
    )
    if client is None or not setting.clear((start, end)):
        return None
    callers = tuple(setting.numbers.callers(client.zone, int(setting.rng.integers(1, 5))))
    plan.floods.append(
        (client.account, start, end, max(14 * 3600 / (end - start), uniform(setting, 15, 70)), callers)
    )
    setting.taken.append((start, end, cause))
    return Fault(cause, start, end, account=client.account, extra={"callers": callers})
