"""Messages agents take, the rosters of who is on call, and the attempts to deliver."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import field
from datetime import timedelta
from itertools import pairwise
from random import Random
from typing import TYPE_CHECKING

from calltrace.classes import dataclass
from calltrace.simulate import clock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from calltrace.simulate.clients import Client
    from calltrace.simulate.plan import Plan
    from calltrace.simulate.switch import Call

REPORTED_BEFORE = (
    "client says the on-call change was reported before the call",
    "they say the change of on-call person had been phoned in earlier",
)


@dataclass
class OnCall:
    """One shift of a roster, as it stands at export."""

    account: str
    start: float
    end: float
    person: str
    contact: str
    updated_at: float
    updated_by: str
    # before ``updated_at`` somebody else stood there; None where that does not matter
    before: tuple[str, str] | None = None


@dataclass
class Attempt:
    """One attempt to deliver."""

    at: float
    method: str
    recipient: str
    address: str
    status: str


@dataclass
class Message:
    """One message; ``trouble`` is the dispatch cause that was put into it, '' for none."""

    id: str
    call: Call
    client: Client
    taken_at: float
    agent: str
    urgent: bool
    attempts: list[Attempt] = field(default_factory=list)
    trouble: str = ""
    claim: str = ""


class Rosters:
    """All accounts' rosters."""

    def __init__(
        self, clients: list[Client], *, seed: int, first: date, days: int, agents: list[str]
    ) -> None:
        rng = Random(seed)
        self.of: dict[str, list[OnCall]] = {}
        for client in clients:
            every = rng.choice([1, 1, 2, 3, 7])
            split = rng.random() < 0.15
            rows = []
            turn = rng.randrange(len(client.people))
            for d in range(-1, days + 3):
                day = first + timedelta(days=d)
                if d % every == 0:
                    turn += 1
                edges = [60 * client.roster_hour, 60 * client.roster_hour + 1440]
                if split:
                    edges.insert(1, edges[0] + 720)
                for k, (a, b) in enumerate(pairwise(edges)):
                    person, contact = client.people[(turn + k) % len(client.people)]
                    start = clock.epoch(day, a, client.zone)
                    rows.append(
                        OnCall(
                            client.account,
                            start,
                            clock.epoch(day, b, client.zone),
                            person,
                            contact,
                            start - rng.uniform(0.3, 9) * 86400,
                            rng.choice(["client portal", "office", rng.choice(agents)]),
                        )
                    )
            self.of[client.account] = rows

    def at(self, account: str, t: float) -> OnCall:
        """Return the roster row that covers an instant."""
        rows = self.of[account]
        return rows[max(0, bisect_right([r.start for r in rows], t) - 1)]


def _urgent_attempts(
    message: Message, to: tuple[str, str], rng: Random, *, first_after_s: float, ack: float
) -> list[Attempt]:
    method = rng.choice(["page", "call", "sms", "call"])
    t = message.taken_at + first_after_s
    attempts = []
    confirms = message.client.notes.get("confirms", True)
    for _ in range(6):
        draw = rng.random()
        if draw < ack:
            status = "acknowledged" if confirms or method == "call" else "delivered"
        elif method == "call" or rng.random() < 0.8:
            status = "no_answer"
        else:
            status = "failed"
        attempts.append(Attempt(t, method, to[0], to[1], status))
        if status in ("acknowledged", "delivered"):
            break
        t += rng.uniform(3.5, 10) * 60
        if rng.random() < 0.3:
            method = rng.choice(["page", "call", "sms"])
    return attempts


def take(
    clients: list[Client],
    calls: list[Call],
    plan: Plan,
    rosters: Rosters,
    *,
    seed: int,
    since: float,
) -> list[Message]:
    """Take messages on answered calls and dispatch them, spoiling those the plan names.

    Parameters
    ----------
    calls : list of Call
        Every call that reached the switch, in order of time, ids set.
    since : float
        Messages go back no further than this.

    Returns
    -------
    list of Message
        In order of when they were taken; ``plan.faults`` of a mishap learn which message it was through
        :func:`spoil`.
    """
    rng = Random(seed)
    messages = _written(clients, calls, rng, since=since)
    for message in messages:
        if message.urgent:
            _to_on_call(message, rosters.at(message.client.account, message.taken_at), plan, rng)
        else:
            message.attempts = _to_office(message, rng)
    return messages


def _written(clients: list[Client], calls: list[Call], rng: Random, *, since: float) -> list[Message]:
    """Return the messages agents write down, nothing of them delivered yet."""
    messages: list[Message] = []
    number = rng.randrange(10_000, 90_000)
    prefix = rng.choice(["M", "MSG-", "m", ""])
    for call in calls:
        if call.outcome != "answered" or call.t < since or call.flood or call.agent_at is None:
            continue
        client = clients[call.account]
        if call.talk < 12 or rng.random() > client.message_share:
            continue
        number += 1
        taken = call.agent_at + call.hold + call.talk * rng.uniform(0.6, 1.0)
        messages.append(
            Message(
                f"{prefix}{number:06d}", call, client, taken, call.agent, rng.random() < client.urgent_share
            )
        )
    return messages


def _to_office(message: Message, rng: Random) -> list[Attempt]:
    """Return how a routine message is mailed to the client's office: now and then it bounces and goes again."""
    t = message.taken_at + rng.uniform(20, 560)
    address = f"office@{message.client.account}.example"
    office = Attempt(t, "email", "office", address, "delivered")
    if rng.random() >= 0.003:
        return [office]
    office.status = "bounced"
    return [office, Attempt(t + rng.uniform(300, 1500), "email", "office", address, "delivered")]


def _to_on_call(message: Message, row: OnCall, plan: Plan, rng: Random) -> None:
    """Dispatch an urgent message to who is on call; now and then something goes wrong that nobody planned."""
    client = message.client
    to = (row.person, row.contact)
    ack = client.ack_share
    for account, a, b, share in plan.unreachable:
        if account == client.account and a <= message.taken_at < b:
            ack = share
    limit = client.dispatch_within_min * 60
    after = min(rng.lognormvariate(4.9, 0.6), limit * rng.uniform(0.3, 0.85))
    draw = rng.random()
    if draw < 0.0015:
        message.trouble = "not-dispatched"
        return
    if draw < 0.003:
        message.trouble = "dispatched-late"
        after = limit * rng.uniform(1.3, 4) + 60
    elif draw < 0.0045 and len(client.people) > 1:
        message.trouble = "dispatched-to-wrong-person"
        to = rng.choice([p for p in client.people if p[0] != row.person])
    message.attempts = _urgent_attempts(message, to, rng, first_after_s=after, ack=ack)
    if draw > 0.9985:
        message.trouble = "delivery-failed"
        for attempt in message.attempts:
            attempt.status = "failed"


# --- troubles that are planned --------------------------------------------------------------------------------


@dataclass
class _Spoilt:
    """A message that gets a trouble, and what is around it."""

    message: Message
    variant: str
    messages: list[Message]
    row: OnCall
    rng: Random
    now: float

    def __post_init__(self) -> None:
        client = self.message.client
        self.limit = client.dispatch_within_min * 60
        self.in_time = min(self.limit * self.rng.uniform(0.15, 0.8), 600)
        self.others = [p for p in client.people if p[0] != self.row.person]
        self.holder = (self.row.person, self.row.contact)

    def urgent_between(self, start: float, end: float) -> Iterator[Message]:
        """Return the client's urgent messages taken in [start, end)."""
        for other in self.messages:
            if other.client is self.message.client and other.urgent and start <= other.taken_at < end:
                yield other


def spoil(
    cause: str,
    variant: str,
    message: Message,
    messages: list[Message],
    rosters: Rosters,
    *,
    rng: Random,
    now: float,
) -> None:
    """Give one urgent message the trouble a plan asks for.

    ``variant`` says which of a cause's faces is wanted: ``claimed`` (for on-call-not-updated: never recorded,
    the client only says so; for dispatched-to-wrong-person: recorded shortly before the message) or ``both``
    (a second trouble: of several the first of :data:`calltrace.simulate.plan.DISPATCH` is the cause).
    """
    row = rosters.at(message.client.account, message.taken_at)
    spoilt = _Spoilt(message, variant, messages, row, rng, now)
    message.trouble = cause
    message.claim = ""
    if cause in _SPOILERS:
        _SPOILERS[cause](spoilt)


def _not_dispatched(spoilt: _Spoilt) -> None:
    spoilt.message.attempts = []


def _late(spoilt: _Spoilt) -> None:
    rng = spoilt.rng
    to = rng.choice(spoilt.others) if spoilt.variant == "both" else spoilt.holder
    after = spoilt.limit + max(150.0, spoilt.limit * (rng.expovariate(1 / 1.5) + 0.15))
    spoilt.message.attempts = _urgent_attempts(spoilt.message, to, rng, first_after_s=after, ack=0.85)


def _undelivered(spoilt: _Spoilt) -> None:
    rng, message = spoilt.rng, spoilt.message
    t = message.taken_at + spoilt.in_time
    message.attempts = []
    method = rng.choice(["page", "sms", "call", "email"])
    for _ in range(rng.choice([1, 2, 3, 3, 4, 6])):
        status = "bounced" if method == "email" else "failed"
        message.attempts.append(Attempt(t, method, *spoilt.holder, status))
        t += rng.uniform(3, 9) * 60


def _delivered(spoilt: _Spoilt, to: tuple[str, str]) -> None:
    spoilt.message.attempts = _urgent_attempts(
        spoilt.message, to, spoilt.rng, first_after_s=spoilt.in_time, ack=0.9
    )
    spoilt.message.attempts[-1].status = "acknowledged"


def _to_wrong_person(spoilt: _Spoilt) -> None:
    message, row, rng = spoilt.message, spoilt.row, spoilt.rng
    if spoilt.variant == "claimed":  # the change was there in time, yet the person of before was called
        row.updated_at = message.taken_at - rng.uniform(0.2, 9) * 3600
        row.updated_by = rng.choice(["client portal", "office", message.agent])
        for other in spoilt.messages:  # those before the change went to whoever stood there then
            if other.client is message.client and row.start <= other.taken_at < row.updated_at:
                for attempt in other.attempts if other.urgent else []:
                    attempt.recipient, attempt.address = spoilt.others[0]
                other.trouble = other.trouble or "on-call-not-updated"
        message.claim = rng.choice(REPORTED_BEFORE)
    _delivered(spoilt, spoilt.others[0])


def _not_updated(spoilt: _Spoilt) -> None:
    message, row, rng = spoilt.message, spoilt.row, spoilt.rng
    _delivered(spoilt, spoilt.holder)
    if spoilt.variant == "claimed":
        message.claim = rng.choice(REPORTED_BEFORE)
        return
    new, told_at = spoilt.others[0], message.attempts[-1].at
    row.before = spoilt.holder
    row.updated_at = rng.uniform(told_at + 600, max(min(message.taken_at + 20 * 3600, spoilt.now), told_at + 1800))
    row.updated_by = rng.choice(["client portal", "office", "client, by phone"])
    row.person, row.contact = new
    for other in spoilt.urgent_between(row.updated_at, row.end):
        if other is not message:
            for attempt in other.attempts:
                attempt.recipient, attempt.address = new
    # those of the shift taken before went to the same person as this one, and suffer the same
    for other in spoilt.urgent_between(row.start, row.updated_at):
        if other is not message and not other.trouble:
            other.trouble = message.trouble


_SPOILERS = {
    "not-dispatched": _not_dispatched,
    "dispatched-late": _late,
    "delivery-failed": _undelivered,
    "dispatched-to-wrong-person": _to_wrong_person,
    "on-call-not-updated": _not_updated,
}
"""How a message gets each of the troubles a plan may name."""
