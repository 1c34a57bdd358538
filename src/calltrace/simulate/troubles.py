"""Complaints about the troubles that were put into a world: each only where the records bear its mark.

Each function looks whose calls a trouble hit hard enough to be seen, and poses the question for them.
"""

from __future__ import annotations

from statistics import fmean
from typing import TYPE_CHECKING

from calltrace.simulate.messages import spoil
from calltrace.simulate.plan import DISPATCH, SILENT
from calltrace.simulate.records import ring_queue

if TYPE_CHECKING:
    from calltrace.simulate.clients import Client
    from calltrace.simulate.messages import Message
    from calltrace.simulate.plan import Fault
    from calltrace.simulate.questions import Interview

EXPECTED_LEAST = 3.0
"""Calls a silence must have been expected to bring before anybody asks about it."""

LEFT_SOON_S, UNSERVED_LEAST = 10.0, 6
"""Seconds within which a caller leaves at once, and callers who waited in vain before anybody says that nobody serves them."""


def _line(interview: Interview, fault: Fault) -> None:
    client = interview.client[fault.account or ""]
    a, b = fault.window
    share = sum(
        s
        for n, s in zip(client.numbers, client.shares.tolist(), strict=True)
        if not fault.numbers or n in fault.numbers
    )
    if interview.setting.coming(client, a, b, float(share)) < EXPECTED_LEAST:
        return
    # lines that are late or early need their other part to be seen, or all of it is silent
    spans = client.coverage.spans(interview.setting.first, interview.setting.days, client.zone)
    whole = next(((x, y) for x, y in spans if x <= a < y), (a, b))
    rest = len(interview.within(client.account, *whole)) - len(interview.within(client.account, a, b))
    if fault.cause in ("lines-forwarded-late", "lines-released-early") and rest < 2:
        return
    # and somebody else on the trunk group must have rung, or the group might have been down
    others = sum(
        len(interview.within(c.account, a, b))
        for c in interview.setting.clients
        if c is not client and c.trunk_group == client.trunk_group
    )
    if others >= 2:
        interview.ask(client, "missed-calls", fault.cause, (a, b))


def _silence(interview: Interview, fault: Fault) -> None:
    a, b = fault.window
    fits = [
        c
        for c in interview.setting.clients
        if (fault.trunk is None or c.trunk_group == fault.trunk)
        and interview.setting.coming(c, a, b) >= EXPECTED_LEAST
        and not _own_trouble(interview, c, a, b)
    ]
    for client in interview.rng.sample(fits, min(len(fits), interview.rng.choice([1, 1, 1, 2]))):
        interview.ask(client, "missed-calls", fault.cause, (a, b))


def _own_trouble(interview: Interview, client: Client, a: float, b: float) -> bool:
    """Say whether the account has a trouble of its own in a span, that would be another answer."""
    return any(
        f.account == client.account and f.start < b and a < f.end and f.cause not in DISPATCH
        for f in interview.plan.faults
    )


def _waits(interview: Interview, fault: Fault) -> None:
    a, b = fault.window
    fits = []
    for client in interview.setting.clients:
        if client.account in (fault.source, fault.account) or _own_trouble(interview, client, a, b):
            continue
        calls, long, left, _ = interview.hard(client.account, a, b)
        waits = [sum(ring_queue(c)) for c in interview.within(client.account, a, b)]
        if (
            long + left >= 3
            and long + left >= 0.3 * calls
            and fmean(waits) >= 2.2 * interview.usual_wait(client.account)
        ):
            fits.append((client, long, left))
    if fault.cause in ("slow-handling", "wide-surge") and not _across(interview, a, b):
        return
    for client, long, left in interview.rng.sample(fits, min(len(fits), interview.rng.choice([1, 1, 2]))):
        interview.ask(client, _wait_complaint(interview, client, long, left), fault.cause, (a, b))


def _across(interview: Interview, a: float, b: float) -> bool:
    """Say whether a span's calls are of several accounts, none of them having most: else it can't be told."""
    counts = sorted(len(interview.within(account, a, b)) for account in interview.calls)
    return sum(n > 0 for n in counts) >= 4 and counts[-1] <= 0.6 * sum(counts)


def _rang_out(interview: Interview, fault: Fault) -> None:
    """Ask somebody several of whose calls rang at the agents who don't answer, and waited for it."""
    a, b = fault.window
    deaf = set((fault.agent or "").split(";"))
    fits = []
    for client in interview.setting.clients:
        calls = interview.within(client.account, a, b)
        hit = [c for c in calls if any(r[3] == "rang_out" and r[0] in deaf for r in c.rings)]
        _, long, left, _ = interview.hard(client.account, a, b)
        waits = [sum(ring_queue(c)) for c in calls]
        if (
            len(hit) >= 3
            and len(hit) >= 0.25 * len(calls)
            and fmean(waits) >= 1.4 * interview.usual_wait(client.account)
            and not _own_trouble(interview, client, a, b)
        ):
            fits.append((client, long, left))
    for client, long, left in interview.rng.sample(fits, min(len(fits), interview.rng.choice([1, 1, 2]))):
        interview.ask(client, _wait_complaint(interview, client, long, left), fault.cause, (a, b))


def _wait_complaint(interview: Interview, client: Client, long: int, left: int) -> str:
    if left >= 3 and (interview.rng.random() < 0.5 or long < 1):
        return "abandoned"
    return "long-hold" if client.auto_after_s is not None else "long-ring"


def _holds(interview: Interview, fault: Fault) -> None:
    a, b = fault.window
    fits = [
        c
        for c in interview.setting.clients
        if sum(x.agent == fault.agent and x.hold >= 60 for x in interview.within(c.account, a, b)) >= 2
        and not _own_trouble(interview, c, a, b)
    ]
    if fits:
        interview.ask(interview.rng.choice(fits), "long-hold", fault.cause, (a, b))


def _cut_off(interview: Interview, fault: Fault) -> None:
    """Ask somebody several of whose calls were answered by that agent, or came on that trunk group, and over at once."""
    a, b = fault.window
    fits = []
    for client in interview.setting.clients:
        calls = [c for c in interview.within(client.account, a, b) if c.outcome == "answered"]
        its = [c for c in calls if fault.trunk in (None, client.trunk_group) and fault.agent in (None, c.agent)]
        if sum(c.talk < 20 for c in its) >= 3 and not _own_trouble(interview, client, a, b):
            fits.append(client)
    if len(fits) >= 3:
        complaint = "missed-calls" if interview.rng.random() < 0.7 else "abandoned"
        interview.ask(interview.rng.choice(fits), complaint, fault.cause, (a, b))


def _degraded(interview: Interview, fault: Fault) -> None:
    a, b = fault.window
    blocked = [x for x in interview.record.blocked if a <= x[0] < b and x[2] == fault.trunk]
    if len(blocked) < 8:
        return
    fits = [
        c
        for i, c in enumerate(interview.setting.clients)
        if sum(x[1] == i for x in blocked) >= 2 and not _own_trouble(interview, c, a, b)
    ]
    if fits:
        interview.ask(
            interview.rng.choice(fits),
            "busy" if interview.rng.random() < 0.75 else "missed-calls",
            fault.cause,
            (a, b),
        )


def _too_few(interview: Interview, fault: Fault) -> None:
    a, b = interview.setting.since, fault.end
    blocked = [x for x in interview.record.blocked if a <= x[0] < b and x[2] == fault.trunk]
    fits = [c for i, c in enumerate(interview.setting.clients) if sum(x[1] == i for x in blocked) >= 2]
    if fits:
        complaint = "busy" if interview.rng.random() < 0.75 else "missed-calls"
        interview.ask(interview.rng.choice(fits), complaint, fault.cause, fault.window, about=(a, b))


def _surge(interview: Interview, fault: Fault) -> None:
    client = interview.client[fault.account or ""]
    a, b = fault.window
    calls, long, left, busy = interview.hard(client.account, a, b)
    usual = interview.setting.coming(client, a, b)
    if calls < max(2 * usual, usual + 8) or long + left + busy < 3:
        return
    if busy >= 3 and busy >= left:
        interview.ask(client, "busy", fault.cause, (a, b))
    else:
        interview.ask(client, _wait_complaint(interview, client, long, left + busy), fault.cause, (a, b))


def _refused(interview: Interview, fault: Fault) -> None:
    client = interview.client[fault.account or ""]
    a, b = fault.window
    refused = [c.t for c in interview.within(client.account, a, b) if c.outcome == "busy"]
    if len(refused) < 4:
        return
    about = (a, b)
    if interview.rng.random() < 0.4:  # the client speaks of one bad day
        at = interview.rng.choice(refused)
        near = [t for t in refused if abs(t - at) < 12 * 3600]
        if len(near) >= 3:
            about = (near[0], near[-1] + 300)
    interview.ask(client, "busy", fault.cause, (a, b), about=about)


def _dead_end(interview: Interview, fault: Fault) -> None:
    client = interview.client[fault.account or ""]
    a, b = fault.window
    ended = sum(c.outcome == "announcement" for c in interview.within(client.account, a, b))
    if ended >= 4:
        interview.ask(client, interview.rng.choice(["abandoned", "abandoned", "missed-calls"]), fault.cause, (a, b))


def _unserved(interview: Interview, fault: Fault) -> None:
    client = interview.client[fault.account or ""]
    a, b = fault.window
    calls = interview.within(client.account, a, b)
    waited = [c for c in calls if c.outcome == "abandoned" and sum(ring_queue(c)) > LEFT_SOON_S]
    if len(waited) < UNSERVED_LEAST or any(c.outcome == "answered" for c in calls):
        return
    others = [c for o in interview.setting.clients if o is not client for c in interview.within(o.account, a, b)]
    if sum(c.outcome == "answered" for c in others) >= 0.7 * max(UNSERVED_LEAST, len(others)):
        complaint = interview.rng.choice(["abandoned", "missed-calls", "missed-calls", _wait_complaint(interview, client, 1, 0)])
        interview.ask(client, complaint, fault.cause, (a, b))


def _nuisance(interview: Interview, fault: Fault) -> None:
    client = interview.client[fault.account or ""]
    a, b = fault.window
    calls = interview.within(client.account, a, b)
    left = sum(c.flood and c.outcome == "abandoned" for c in calls)
    busy = sum(c.outcome == "busy" for c in calls)
    if sum(c.flood for c in calls) < 10:
        return
    if busy >= 4 and interview.rng.random() < 0.3:
        interview.ask(client, "busy", fault.cause, (a, b))
    elif left >= 5:
        interview.ask(client, "abandoned", fault.cause, (a, b))


def _bill(interview: Interview, fault: Fault) -> None:
    client = interview.client[fault.account or ""]
    a, b = fault.window
    ratio = interview.ratios(client, a, b)
    driver = {
        "forwarding-left-on": "calls",
        "more-calls": "calls",
        "longer-calls": "minutes",
        "more-delivery-attempts": "attempts",
    }[fault.cause]
    if ratio.get(driver, 0) < 1.2:
        return
    if fault.cause == "more-delivery-attempts" and ratio["attempts"] < 1.5:
        return
    interview.bill(client, fault.cause, (a, b))


ASKING = {
    **dict.fromkeys(
        (
            "lines-not-forwarded",
            "some-lines-not-forwarded",
            "lines-forwarded-late",
            "lines-released-early",
            "number-down",
        ),
        _line,
    ),
    **dict.fromkeys(SILENT, _silence),
    **dict.fromkeys(("understaffed", "slow-handling", "other-account-surge", "wide-surge"), _waits),
    **dict.fromkeys(("forwarding-left-on", "more-calls", "longer-calls", "more-delivery-attempts"), _bill),
    "agent-not-answering": _rang_out,
    "agent-long-holds": _holds,
    "agent-ends-calls": _cut_off,
    "one-way-audio": _cut_off,
    "trunk-group-degraded": _degraded,
    "too-few-trunks": _too_few,
    "own-surge": _surge,
    "path-limit": _refused,
    "announcement-dead-end": _dead_end,
    "queue-not-served": _unserved,
    "nuisance-calls": _nuisance,
}
"""How each cause's trouble comes to be complained of."""


def ask_all(interview: Interview) -> None:
    """Ask about every trouble whose mark the records bear."""
    for fault in interview.plan.faults:
        before = len(interview.asked)
        if fault.cause in ASKING:
            ASKING[fault.cause](interview, fault)
        fault.scored = fault.scored or len(interview.asked) > before
    _mishaps(interview)


def _mishaps(interview: Interview) -> None:
    """Spoil a message for each mishap that was planned, and ask about it."""
    per_caller: dict[tuple[str, str], list[Message]] = {}
    for message in interview.messages:
        per_caller.setdefault((message.client.account, message.call.ani), []).append(message)
    for cause, account, a, b, variant in interview.plan.mishaps:
        fits = [
            m
            for m in interview.messages
            if m.urgent
            and m.client.account == account
            and a <= m.taken_at < b
            and m.call.ani
            and not m.trouble
            and m.attempts
            and not any(x <= m.call.t < y for x, y in interview.plan.lost_rows)
            and sum(abs(o.taken_at - m.taken_at) < 43200 for o in per_caller[account, m.call.ani]) == 1
            and sum(abs(c.t - m.call.t) < 43200 and c.ani == m.call.ani for c in interview.calls[account]) == 1
        ]
        # a shift's end soon after would leave it open whose message it was
        fits = [
            m
            for m in fits
            if interview.rosters.at(account, m.taken_at).end - m.taken_at > 5400
            and m.taken_at - interview.rosters.at(account, m.taken_at).start > 2700
        ]
        if not fits:
            continue
        message = interview.rng.choice(fits)
        spoil(cause, variant, message, interview.messages, interview.rosters, rng=interview.rng, now=interview.setting.end)
        fault = next(f for f in interview.plan.faults if f.cause == cause and f.account == account)
        fault.scored = True
        window = (message.call.t, message.taken_at + 60)
        fault.shown = window
        interview.about_message(message, cause, window, message.claim)
