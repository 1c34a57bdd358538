"""What means nothing: notes, works without effect, promotions; and closures that really empty a day."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from calltrace.simulate import clock
from calltrace.simulate.faults._carrier import MAINTENANCE
from calltrace.simulate.faults._demand import PROMOTIONS, WEATHER
from calltrace.simulate.faults._setting import Setting, uniform
from calltrace.simulate.plan import Event, Fault, Plan

if TYPE_CHECKING:
    from calltrace.simulate.clock import Span


CLOSURES = ("office closed", "closed for inventory", "staff training day", "family event, closed")


NOTES = (
    "new receptionist from today",
    "contact person on holiday",
    "asked for a shorter greeting",
    "bill to be sent by e-mail",
    "new script reviewed",
    "owner called, content with service",
)


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
            plan.events.append(Event(*span, "maintenance", "platform", "", str(rng.choice(MAINTENANCE))))
    for _ in range(int(rng.poisson(2.5))):
        plan.events.append(Event(*sometime(), "weather", "region", "", str(rng.choice(WEATHER))))
    for _ in range(int(rng.poisson(2))):
        plan.events.append(
            Event(
                *sometime(), "promotion", "account", str(rng.choice(accounts)), str(rng.choice(PROMOTIONS))
            )
        )
    for _ in range(int(rng.poisson(2))):
        plan.events.append(
            Event(*sometime(), "note", "account", str(rng.choice(accounts)), str(rng.choice(NOTES)))
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
            Event(start, end, "closure", "account", client.account, str(rng.choice(CLOSURES)))
        )
        setting.used.add(client.account)
        factor = uniform(setting, 0.02, 0.35) if rng.random() < 0.7 else 1.0
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
        factor = uniform(setting, 0.15, 0.5)
        plan.rates.append((closed, start, end, factor))
        plan.faults.append(
            Fault("_holiday", start, end, extra={"factor": factor, "accounts": sorted(closed)})
        )
        setting.taken.append((start, end, "_holiday"))
