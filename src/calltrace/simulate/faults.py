"""Draws what goes wrong: for every cause sensible times, sizes and durations, mild to severe.

A fault is only put where it would cost something: the calls the usual rate brings in its span are counted
first (:func:`calltrace.simulate.demand.expected`). Whether its mark can be seen in the records is judged
again after the world has been played, by :mod:`calltrace.simulate.questions`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from calltrace.simulate import clock, erlang
from calltrace.simulate.demand import expected
from calltrace.simulate.plan import DISPATCH, Event, Fault, Plan
from calltrace.simulate.roster import on_shift
from calltrace.tables.phones import is_toll_free

if TYPE_CHECKING:
    from calltrace.simulate.clients import Client
    from calltrace.simulate.clock import Span
    from calltrace.simulate.numbers import Numbers
    from calltrace.simulate.roster import Shift
    from calltrace.simulate.switch import House

# what leaves an account without calls for a reason of its own: no other silence may lie in its span
_SILENT = ("platform-outage", "planned-shutdown", "records-missing", "carrier-outage")
# and what does so to one account
_HUSHED = (
    "lines-not-forwarded",
    "some-lines-not-forwarded",
    "lines-forwarded-late",
    "lines-released-early",
    "number-down",
    "announcement-dead-end",
)
MARGIN_S = 20 * 60
_MAINTENANCE = (
    "switch firmware update",
    "database maintenance",
    "UPS test",
    "router replaced",
    "voice cards changed",
    "carrier cut-over rehearsal",
)
_WEATHER = (
    "storm warning",
    "heavy snow expected",
    "heat advisory",
    "wind advisory",
    "flood watch",
    "freezing rain",
)
_PROMOTIONS = (
    "radio spot booked",
    "mailing announced by client",
    "TV campaign",
    "coupon in Sunday paper",
    "newsletter goes out",
)
_CLOSURES = ("office closed", "closed for inventory", "staff training day", "family event, closed")
_NOTES = (
    "new receptionist from today",
    "contact person on holiday",
    "asked for a shorter greeting",
    "bill to be sent by e-mail",
    "new script reviewed",
    "owner called, content with service",
)


@dataclass
class Setting:
    """What the planner knows of the world before it is played."""

    clients: list[Client]
    first: date
    days: int
    zone: str
    begin: float
    end: float
    since: float
    load: np.ndarray[tuple[int], np.dtype[np.float64]]
    need: list[int]
    shifts: list[Shift]
    house: House
    handling_s: float
    numbers: Numbers
    rng: np.random.Generator
    taken: list[tuple[float, float, str]] = field(default_factory=list)
    used: set[str] = field(default_factory=set)
    hushed: list[tuple[float, float, str]] = field(default_factory=list)

    def hour_of_week(self, t: float) -> int:
        """Return the hour of the week in the service's zone."""
        moment = clock.local(t, self.zone)
        return moment.weekday() * 24 + moment.hour

    def rate(self, t: float) -> float:
        """Return the usual calls an hour of the whole platform at an instant."""
        return float(self.load[self.hour_of_week(t)])

    def coming(self, client: Client, start: float, end: float, share: float = 1.0) -> float:
        """Return how many calls the client usually has at the switch in a span."""
        cover = [
            s
            for s in client.coverage.spans(self.first - timedelta(days=1), self.days + 2, client.zone)
            if s[1] > start and s[0] < end
        ]
        spans = [(max(a, start), min(b, end)) for a, b in cover]
        return expected(client, spans, self.first, self.days, share=share)

    def staffed(self, start: float, end: float) -> list[str]:
        """Return the agents rostered for the whole of a span."""
        return sorted({s.agent for s in self.shifts if s.start <= start and s.end >= end})

    def moment(self, hours: tuple[float, float], *, busy: float = 1.0, whole: bool = False) -> Span:
        """Draw a span within the last days, likelier where more calls come (``busy`` is the exponent)."""
        length = float(self.rng.uniform(*hours)) * 3600
        starts = np.arange(self.since, self.end - length, 900)
        weight = np.array([self.rate(s) for s in starts]) ** busy + 1e-9
        start = float(self.rng.choice(starts, p=weight / weight.sum()))
        if not whole:
            start += float(self.rng.integers(15)) * 60
            length += float(self.rng.uniform(0, 59))
        return start, start + (round(length / 3600) * 3600 if whole else length)

    def clear(self, span: Span, *, only: tuple[str, ...] = (), margin: float = 2 * 3600) -> bool:
        """Say whether no other trouble of the platform (of ``only`` these causes) lies in or near a span."""
        return not any(
            a - margin < span[1] and span[0] < b + margin
            for a, b, cause in self.taken
            if not only or cause.split(":")[0] in only
        )

    def speaking(self, span: Span, *, group: str | None = None) -> bool:
        """Say whether no account (of a trunk group) is silent in a span for a reason of its own."""
        groups = {c.account: c.trunk_group for c in self.clients}
        return not any(
            a - 1800 < span[1] and span[0] < b + 1800 and group in (None, groups[account])
            for a, b, account in self.hushed
        )

    def pick(self, fits: list[Client]) -> Client | None:
        """Draw a client that has no trouble yet."""
        free = [c for c in fits if c.account not in self.used]
        return free[int(self.rng.integers(len(free)))] if free else None


def put(cause: str, setting: Setting, plan: Plan, *, tries: int = 60) -> Fault | None:
    """Put one trouble into the plan; return it, or None where the world has no place for it."""
    if cause in DISPATCH:
        return _dispatch(cause, setting, plan)
    maker = _MAKERS.get(cause)
    if maker is None:
        return None
    for _ in range(tries):
        fault = maker(cause, setting, plan)
        if fault is not None:
            plan.faults.append(fault)
            if fault.account is not None:
                setting.used.add(fault.account)
            if cause in _HUSHED:
                setting.hushed.append((fault.start, fault.end, fault.account or ""))
            return fault
    return None


def _uniform(setting: Setting, lo: float, hi: float) -> float:
    return float(setting.rng.uniform(lo, hi))


def _spans(setting: Setting, client: Client) -> list[Span]:
    """Return the client's covered spans that lie wholly within the days troubles are put in."""
    spans = client.coverage.spans(setting.first, setting.days, client.zone)
    return [s for s in spans if s[0] > setting.since and s[1] < setting.end - 3600]


def _forwarding(cause: str, setting: Setting, plan: Plan) -> Fault | None:
    fits = [
        c
        for c in setting.clients
        if (not c.coverage.always and (cause != "some-lines-not-forwarded" or len(c.numbers) > 1))
        # a client who forwards for good does so for all its numbers at once, and may undo it by mistake
        or (c.coverage.always and cause == "lines-not-forwarded" and len(c.numbers) > 1)
    ]
    client = setting.pick(fits)
    if client is None:
        return None
    spans = [setting.moment((9, 60))] if client.coverage.always else _spans(setting, client)
    spans = [(a, min(b, setting.end - 600)) for a, b in spans]
    if not spans:
        return None
    start, end = spans[int(setting.rng.integers(len(spans)))]
    numbers: tuple[str, ...] | None = None
    share = 1.0
    least = _uniform(setting, 3, 7)
    if cause == "some-lines-not-forwarded":
        count = int(setting.rng.integers(1, len(client.numbers)))
        # toll-free numbers end at the service for good: what is forgotten are mostly local lines
        local = np.array([0.25 if is_toll_free(n) else 1.0 for n in client.numbers])
        chosen = setting.rng.choice(len(client.numbers), size=count, replace=False, p=local / local.sum())
        numbers = tuple(client.numbers[k] for k in sorted(chosen))
        share = float(client.shares[chosen].sum())
        if setting.coming(client, start, end, 1 - share) < 3:
            return None
    a, b = start, end
    if cause == "lines-forwarded-late":
        b = start + max(3000.0, (end - start) * _uniform(setting, 0.12, 0.75))
    elif cause == "lines-released-early":
        a = end - max(3000.0, (end - start) * _uniform(setting, 0.12, 0.75))
    if not start <= a < b <= end or setting.coming(client, a, b, share) < least:
        return None
    if cause in ("lines-forwarded-late", "lines-released-early"):
        rest = setting.coming(client, start, end) - setting.coming(client, a, b)
        if rest < 2.5:
            return None
    if not setting.clear((a, b), only=_SILENT):
        return None
    lo = a - MARGIN_S if a == start else a
    hi = b + MARGIN_S if b == end else b
    plan.unforwarded.append((client.account, numbers, lo, hi))
    return Fault(cause, lo, hi, account=client.account, numbers=numbers or (), shown=(a, b))


def _left_on(cause: str, setting: Setting, plan: Plan) -> Fault | None:
    client = setting.pick([c for c in setting.clients if not c.coverage.always])
    if client is None:
        return None
    cover = client.coverage.spans(setting.first, setting.days + 1, client.zone)
    gaps = [(a[1], b[0]) for a, b in pairwise(cover) if a[1] >= setting.since and b[0] <= setting.end]
    if not gaps:
        return None
    few = int(setting.rng.integers(max(1, len(gaps) // 3), len(gaps) + 1))
    start_at = int(setting.rng.integers(len(gaps) - few + 1))
    gaps = gaps[start_at : start_at + few]
    extra = expected(client, gaps, setting.first, setting.days)
    usual = setting.coming(client, setting.since, setting.end)
    if extra < 12 or extra < 0.25 * usual or extra > 30 * setting.days:
        return None
    for a, b in gaps:
        plan.left_on.append((client.account, a - MARGIN_S, b + MARGIN_S))
    return Fault(
        cause, setting.since, setting.end, account=client.account, extra={"gaps": gaps, "calls": extra}
    )


def _number_down(cause: str, setting: Setting, plan: Plan) -> Fault | None:
    client = setting.pick(setting.clients)
    if client is None:
        return None
    # more hands are in the routing of a toll-free number: its registry, its carrier, the number it rings to
    weight = np.array([2.0 if is_toll_free(n) else 1.0 for n in client.numbers])
    k = int(setting.rng.choice(len(client.numbers), p=weight / weight.sum()))
    start, end = setting.moment((2.5, 34), busy=0.3)
    end = min(end, setting.end - 600)
    share = float(client.shares[k])
    if setting.coming(client, start, end, share) < _uniform(setting, 3.5, 8):
        return None
    edges = [e for s in client.coverage.spans(setting.first, setting.days, client.zone) for e in s]
    if not client.coverage.always and any(min(abs(start - e), abs(end - e)) < 2700 for e in edges):
        return None  # else it looks like a matter of forwarding
    if not setting.clear((start, end), only=_SILENT):
        return None
    number = client.numbers[k]
    plan.dead_numbers.append(((number,), start, end))
    tests = int(setting.rng.integers(1, 4))
    plan.tests += [
        (float(t), number) for t in setting.rng.uniform(start + (end - start) * 0.2, end - 60, tests)
    ]
    if setting.rng.random() < 0.6:
        plan.tests.append((end + _uniform(setting, 120, 3600), number))
    return Fault(cause, start, end, account=client.account, numbers=(number,), trunk=None)


def _outage(cause: str, setting: Setting, plan: Plan) -> Fault | None:
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
        a = _round(start, 900, -1) - 900 * int(setting.rng.integers(0, 2))
        b = _round(end, 900, 1) + 900 * int(setting.rng.integers(0, 4))
        plan.events.append(Event(a, b, "maintenance", "platform", "", str(setting.rng.choice(_MAINTENANCE))))
    elif cause == "platform-outage" and setting.rng.random() < 0.3:
        plan.events.append(
            Event(_round(end, 300, 1), None, "outage", "platform", "", "switch restarted, engineer informed")
        )
    setting.taken.append((start, end, cause))
    return Fault(cause, start, end, announced=cause == "planned-shutdown")


def _round(t: float, step: int, way: int) -> float:
    return float((t // step) * step if way < 0 else -(-t // step) * step)


def _carrier_outage(cause: str, setting: Setting, plan: Plan) -> Fault | None:
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
        (_uniform(setting, start + 300, end), str(setting.rng.choice(numbers)))
        for _ in range(int(setting.rng.integers(2, 6)))
    ]
    if setting.rng.random() < 0.4:
        plan.events.append(
            Event(
                _round(start, 900, 1),
                _round(end, 900, 1) + 1800,
                "carrier",
                "trunk_group",
                group,
                str(setting.rng.choice(["ticket opened with carrier", "carrier reports fibre cut"])),
            )
        )
    setting.taken.append((start, end, f"{cause}:{group}"))
    return Fault(cause, start, end, trunk=group)


def _degraded(cause: str, setting: Setting, plan: Plan) -> Fault | None:
    group = str(setting.rng.choice(sorted({c.trunk_group for c in setting.clients})))
    start, end = setting.moment((2, 9), busy=1.5)
    own = sum(setting.coming(c, start, end) for c in setting.clients if c.trunk_group == group)
    load = own / ((end - start) / 3600) * (setting.handling_s + 12) / 3600
    if load < 0.9 or own < 25 or not setting.clear((start, end)):
        return None
    left = max(1, erlang.lines_for(load, _uniform(setting, 0.12, 0.5)))
    if left >= setting.house.channels[group]:
        return None
    plan.channels.append((group, start, end, left))
    setting.taken.append((start, end, f"{cause}:{group}"))
    return Fault(cause, start, end, trunk=group, extra={"channels": left})


def _understaffed(cause: str, setting: Setting, plan: Plan) -> Fault | None:
    start, end = setting.moment((2, 5), busy=1.5, whole=True)
    usual = on_shift(setting.shifts, (start + end) / 2)
    load = setting.rate((start + end) / 2) * setting.handling_s / 3600
    if len(usual) < 2 or not setting.clear((start, end)):
        return None
    left = max(1, round(load * _uniform(setting, 0.7, 1.15)))
    if left >= len(usual) or load / left < 0.75:
        return None
    present = sorted({s.agent for s in setting.shifts if s.start < end and s.end > start})
    # those who stay are rostered for the whole span where possible, so that somebody is there
    whole = setting.staffed(start, end)
    stay = set(setting.rng.permutation(np.array(whole if len(whole) >= left else usual))[:left])
    absent = frozenset(a for a in present if a not in stay)
    # somebody on a break or gone at the end would leave nobody: keep one who overlaps the end
    plan.absences.append((start, end, absent))
    setting.taken.append((start, end, cause))
    return Fault(cause, start, end, extra={"usual": len(usual), "left": left})


def _slow(cause: str, setting: Setting, plan: Plan) -> Fault | None:
    start, end = setting.moment((1.8, 5), busy=1.5)
    usual = len(on_shift(setting.shifts, (start + end) / 2))
    load = setting.rate((start + end) / 2) * setting.handling_s / 3600
    if not usual or load < 0.6 or not setting.clear((start, end)):
        return None
    factor = min(3.2, max(1.5, usual / load * _uniform(setting, 0.85, 1.3)))
    if load * factor / usual < 0.8:
        return None
    plan.handling.append((None, start, end, factor, _uniform(setting, 1, 2.5)))
    setting.taken.append((start, end, cause))
    return Fault(cause, start, end, extra={"factor": factor})


def _deaf(cause: str, setting: Setting, plan: Plan) -> Fault | None:
    start, end = setting.moment((2, 5), busy=1.2)
    there = setting.staffed(start, end)
    calls = setting.rate((start + end) / 2) * (end - start) / 3600
    if (
        not there
        or calls < 25
        or len(on_shift(setting.shifts, (start + end) / 2)) < 2
        or not setting.clear((start, end))
    ):
        return None
    most = max(1, round(len(there) * 0.3))
    count = 1 if setting.rng.random() < 0.65 else int(setting.rng.integers(1, most + 1))
    agents = sorted(str(a) for a in setting.rng.permutation(np.array(there))[:count])
    for agent in agents:
        plan.deaf.append((agent, start, end, _uniform(setting, 0.65, 1.0)))
    setting.taken.append((start, end, cause))
    return Fault(cause, start, end, agent=";".join(agents))


def _holder(cause: str, setting: Setting, plan: Plan) -> Fault | None:
    start, end = setting.moment((2.5, 7), busy=1.0)
    there = setting.staffed(start, end)
    if not there or not setting.clear((start, end)):
        return None
    staff = max(1, len(on_shift(setting.shifts, (start + end) / 2)))
    if setting.rate((start + end) / 2) * (end - start) / 3600 / staff < 8:
        return None
    agent = str(setting.rng.choice(there))
    plan.holders.append((agent, start, end, _uniform(setting, 0.45, 0.95), _uniform(setting, 80, 260)))
    setting.taken.append((start, end, cause))
    return Fault(cause, start, end, agent=agent)


def _own_surge(cause: str, setting: Setting, plan: Plan) -> Fault | None:
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
        more = max(10.0, room * _uniform(setting, 1.0, 1.6) + staff * 3)
    else:
        paths = client.path_limit * 3600 / (client.talk_s + 20)
        room = min(1.2 * paths, max(0.0, room) + 2 * staff) * _uniform(setting, 0.5, 1.4)
        more = max(usual * _uniform(setting, 1.8, 6), 9 / hours, room)
    if more > 200:
        return None
    factor = 1 + more / usual
    plan.rates.append((frozenset({client.account}), start, end, factor))
    announced = bool(setting.rng.random() < 0.45)
    if announced:
        a = _round(start, 1800, -1) - 1800 * int(setting.rng.integers(0, 3))
        b = _round(end, 1800, 1) + 1800 * int(setting.rng.integers(0, 3))
        plan.events.append(
            Event(a, b, "promotion", "account", client.account, str(setting.rng.choice(_PROMOTIONS)))
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


def _wide(cause: str, setting: Setting, plan: Plan) -> Fault | None:
    start, end = setting.moment((1, 4.5), busy=1.0)
    usual = len(on_shift(setting.shifts, (start + end) / 2))
    rate = setting.rate((start + end) / 2)
    load = rate * setting.handling_s / 3600
    if rate * (end - start) / 3600 < 12 or not setting.clear((start, end)):
        return None
    factor = max(1.6, usual / max(load, 0.2) * _uniform(setting, 0.9, 1.4))
    if factor > 4.5:
        return None
    plan.rates.append((None, start, end, factor))
    announced = bool(setting.rng.random() < 0.6)
    if announced:
        a = _round(start, 900, -1) - 900 * int(setting.rng.integers(0, 5))
        plan.events.append(
            Event(
                a,
                _round(end, 900, 1) + 900 * int(setting.rng.integers(0, 5)),
                "weather",
                "region",
                "",
                str(setting.rng.choice(_WEATHER)),
            )
        )
    setting.taken.append((start, end, cause))
    return Fault(cause, start, end, announced=announced, extra={"factor": factor})


def _path_limit(cause: str, setting: Setting, plan: Plan) -> Fault | None:
    fits: list[tuple[Client, float]] = []
    for client in setting.clients:
        busiest = float(np.sort(client.covered_rate())[-30:].mean())
        load = busiest * (client.talk_s + 15) / 3600
        if client.path_limit > 1 and erlang.blocking(load, 1) > 0.05:
            fits.append((client, load))
    chosen = setting.pick([c for c, _ in fits])
    if chosen is None:
        return None
    client, load = next((c, x) for c, x in fits if c is chosen)
    limit = 1
    while erlang.blocking(load, limit + 1) > 0.1:
        limit += 1
    if limit >= client.path_limit:
        return None
    start = _round(_uniform(setting, setting.since, setting.end - 2.2 * 86400), 1800, 1)
    until: float | None = None
    draw = setting.rng.random()
    if draw < 0.2:
        until = _round(_uniform(setting, start + 86400 * 1.5, setting.end - 3600), 1800, -1)
    elif draw < 0.3:
        start = setting.begin  # never programmed for the account's ordinary volume
    plan.limits.append((client.account, start, until, limit))
    return Fault(
        cause, max(start, setting.since), until or setting.end, account=client.account, extra={"limit": limit}
    )


def _dead_end(cause: str, setting: Setting, plan: Plan) -> Fault | None:
    client = setting.pick(setting.clients)
    if client is None:
        return None
    start, end = setting.moment((4, 30), busy=0.5)
    if setting.coming(client, start, end) < _uniform(setting, 4, 10) or not setting.clear(
        (start, end), only=_SILENT
    ):
        return None
    start = _round(start, 1800, 1) if setting.rng.random() < 0.5 else start
    plan.dead_ends.append((client.account, start, end))
    return Fault(cause, start, end, account=client.account)


def _nuisance(cause: str, setting: Setting, plan: Plan) -> Fault | None:
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
        (client.account, start, end, max(14 * 3600 / (end - start), _uniform(setting, 15, 70)), callers)
    )
    setting.taken.append((start, end, cause))
    return Fault(cause, start, end, account=client.account, extra={"callers": callers})


def _bill(cause: str, setting: Setting, plan: Plan) -> Fault | None:
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
        plan.rates.append((frozenset({client.account}), start, setting.end, _uniform(setting, 1.45, 2.7)))
    elif cause == "longer-calls":
        plan.handling.append(
            (frozenset({client.account}), start, setting.end, _uniform(setting, 1.4, 2.4), 1.0)
        )
    else:
        plan.unreachable.append((client.account, start, setting.end, _uniform(setting, 0.03, 0.25)))
        client.urgent_share = max(client.urgent_share, 0.25)
        client.ack_share = max(client.ack_share, 0.7)
    return Fault(cause, start, setting.end, account=client.account)


def _midnight(t: float, zone: str) -> float:
    day = clock.local(t, zone)
    if day.hour >= 12:
        day = day + timedelta(days=1)
    return clock.epoch(day.date(), 0, zone)


def _dispatch(cause: str, setting: Setting, plan: Plan) -> Fault | None:
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
    start = _round(_uniform(setting, setting.since, setting.end - 3 * day), 3600, 1)
    variant = str(setting.rng.choice(["plain", "plain", "claimed", "both"]))
    length = float(setting.rng.integers(1, 4)) * day
    plan.mishaps.append((cause, client.account, start, min(start + length, setting.end - 8 * 3600), variant))
    fault = Fault(cause, start, start + length, account=client.account, extra={"variant": variant})
    plan.faults.append(fault)
    setting.used.add(client.account)
    return fault


def decoys(setting: Setting, plan: Plan) -> None:
    """Put in what means nothing, and closures that really empty a day; a public holiday now and then."""
    rng = setting.rng
    day_of = [setting.first + timedelta(days=d) for d in range(setting.days)]

    def sometime() -> Span:
        day = day_of[int(rng.integers(len(day_of)))]
        start = clock.epoch(day, 15 * int(rng.integers(28, 82)), setting.zone)
        return start, start + 900 * int(rng.integers(4, 24))

    accounts = [c.account for c in setting.clients]
    for _ in range(int(rng.poisson(2))):
        span = sometime()
        # works on a day like that would have been its announcement
        if setting.clear(span, only=("platform-outage", "planned-shutdown")):
            plan.events.append(Event(*span, "maintenance", "platform", "", str(rng.choice(_MAINTENANCE))))
    for _ in range(int(rng.poisson(2.5))):
        plan.events.append(Event(*sometime(), "weather", "region", "", str(rng.choice(_WEATHER))))
    for _ in range(int(rng.poisson(2))):
        plan.events.append(
            Event(
                *sometime(), "promotion", "account", str(rng.choice(accounts)), str(rng.choice(_PROMOTIONS))
            )
        )
    for _ in range(int(rng.poisson(2))):
        plan.events.append(
            Event(*sometime(), "note", "account", str(rng.choice(accounts)), str(rng.choice(_NOTES)))
        )
    if rng.random() < 0.3:
        plan.events.append(
            Event(
                *sometime(),
                "carrier",
                "trunk_group",
                setting.clients[0].trunk_group,
                "carrier announces works, no impact expected",
            )
        )
    for _ in range(1 + int(rng.poisson(2.5))):
        client = setting.pick(setting.clients)
        if client is None:
            break
        tail = [d for d in day_of if clock.epoch(d, 0, client.zone) >= setting.since]
        among = tail if rng.random() < 0.6 else day_of
        day = among[int(rng.integers(len(among)))]
        start, end = clock.epoch(day, 0, client.zone), clock.epoch(day, 1440, client.zone)
        plan.events.append(
            Event(start, end, "closure", "account", client.account, str(rng.choice(_CLOSURES)))
        )
        setting.used.add(client.account)
        factor = _uniform(setting, 0.02, 0.35) if rng.random() < 0.7 else 1.0
        plan.rates.append((frozenset({client.account}), start, end, factor))
        plan.faults.append(Fault("_closure", start, end, account=client.account, extra={"factor": factor}))
    if rng.random() < 0.12:
        day = day_of[int(rng.integers(len(day_of)))]
        start, end = clock.epoch(day, 0, setting.zone), clock.epoch(day, 1440, setting.zone)
        if any(f.start < end and start < f.end and f.end - f.start < 3 * 86400 for f in plan.faults):
            return  # one trouble at a time
        plan.events.append(Event(start, end, "holiday", "region", "", "public holiday"))
        closed = frozenset(
            c.account for c in setting.clients if c.kind in ("office", "legal", "medical", "retail")
        )
        factor = _uniform(setting, 0.15, 0.5)
        plan.rates.append((closed, start, end, factor))
        plan.faults.append(
            Fault("_holiday", start, end, extra={"factor": factor, "accounts": sorted(closed)})
        )
        setting.taken.append((start, end, "_holiday"))


_MAKERS = {
    "lines-not-forwarded": _forwarding,
    "some-lines-not-forwarded": _forwarding,
    "lines-forwarded-late": _forwarding,
    "lines-released-early": _forwarding,
    "forwarding-left-on": _left_on,
    "number-down": _number_down,
    "carrier-outage": _carrier_outage,
    "trunk-group-degraded": _degraded,
    "platform-outage": _outage,
    "planned-shutdown": _outage,
    "records-missing": _outage,
    "understaffed": _understaffed,
    "slow-handling": _slow,
    "agent-not-answering": _deaf,
    "agent-long-holds": _holder,
    "own-surge": _own_surge,
    "other-account-surge": _own_surge,
    "wide-surge": _wide,
    "path-limit": _path_limit,
    "announcement-dead-end": _dead_end,
    "nuisance-calls": _nuisance,
    "more-calls": _bill,
    "longer-calls": _bill,
    "more-delivery-attempts": _bill,
}
