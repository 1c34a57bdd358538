"""Messages agents take, the rosters of who is on call, and the attempts to deliver."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import pairwise
from random import Random
from typing import TYPE_CHECKING

from calltrace.simulate import clock

if TYPE_CHECKING:
    from datetime import date

    from calltrace.simulate.clients import Client
    from calltrace.simulate.floor import Call
    from calltrace.simulate.plan import Plan

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
    for message in messages:
        client = message.client
        if not message.urgent:
            t = message.taken_at + rng.uniform(20, 560)
            office = Attempt(t, "email", "office", f"office@{client.account}.example", "delivered")
            if rng.random() < 0.003:
                office.status = "bounced"
                message.attempts = [
                    office,
                    Attempt(
                        t + rng.uniform(300, 1500),
                        "email",
                        "office",
                        f"office@{client.account}.example",
                        "delivered",
                    ),
                ]
            else:
                message.attempts = [office]
            continue
        row = rosters.at(client.account, message.taken_at)
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
            continue
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
    return messages


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
    (a second trouble that comes later in the contract's order).
    """
    client = message.client
    row = rosters.at(client.account, message.taken_at)
    limit = client.dispatch_within_min * 60
    in_time = min(limit * rng.uniform(0.15, 0.8), 600)
    others = [p for p in client.people if p[0] != row.person]
    holder = (row.person, row.contact)
    message.trouble = cause
    message.claim = ""
    if cause == "not-dispatched":
        message.attempts = []
    elif cause == "dispatched-late":
        to = rng.choice(others) if variant == "both" else holder
        after = limit + max(150.0, limit * (rng.expovariate(1 / 1.5) + 0.15))
        message.attempts = _urgent_attempts(message, to, rng, first_after_s=after, ack=0.85)
    elif cause == "delivery-failed":
        t = message.taken_at + in_time
        message.attempts = []
        method = rng.choice(["page", "sms", "call", "email"])
        for _ in range(rng.choice([1, 2, 3, 3, 4, 6])):
            status = "bounced" if method == "email" else "failed"
            message.attempts.append(Attempt(t, method, row.person, row.contact, status))
            t += rng.uniform(3, 9) * 60
    elif cause == "dispatched-to-wrong-person":
        if variant == "claimed":  # the change was there in time, yet the person of before was called
            row.updated_at = message.taken_at - rng.uniform(0.2, 9) * 3600
            row.updated_by = rng.choice(["client portal", "office", message.agent])
            for other in messages:  # those before the change went to whoever stood there then
                if other.client is client and row.start <= other.taken_at < row.updated_at:
                    for attempt in other.attempts if other.urgent else []:
                        attempt.recipient, attempt.address = others[0]
                    other.trouble = other.trouble or "on-call-not-updated"
            message.claim = rng.choice(REPORTED_BEFORE)
        message.attempts = _urgent_attempts(message, others[0], rng, first_after_s=in_time, ack=0.9)
        message.attempts[-1].status = "acknowledged"
    elif cause == "on-call-not-updated":
        message.attempts = _urgent_attempts(message, holder, rng, first_after_s=in_time, ack=0.9)
        message.attempts[-1].status = "acknowledged"
        if variant == "claimed":
            message.claim = rng.choice(REPORTED_BEFORE)
            return
        new = others[0]
        latest = min(message.taken_at + 20 * 3600, now)
        row.before = holder
        row.updated_at = rng.uniform(
            message.attempts[-1].at + 600, max(latest, message.attempts[-1].at + 1800)
        )
        row.updated_by = rng.choice(["client portal", "office", "client, by phone"])
        row.person, row.contact = new
        for other in messages:
            if (
                other is not message
                and other.client is client
                and other.urgent
                and row.updated_at <= other.taken_at < row.end
            ):
                for attempt in other.attempts:
                    attempt.recipient, attempt.address = new
        # those of the shift taken before went to the same person as this one, and suffer the same
        for other in messages:
            if (
                other is not message
                and other.client is client
                and other.urgent
                and not other.trouble
                and row.start <= other.taken_at < row.updated_at
            ):
                other.trouble = cause
