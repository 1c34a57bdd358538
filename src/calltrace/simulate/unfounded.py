"""Complaints that no trouble put into a world lies behind: what clients make of chance, of closures and of what they heard.

Each function looks for an account and a time whose records bear the answer, and poses the question.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from calltrace.simulate import clock
from calltrace.simulate.plan import SILENT
from calltrace.simulate.records import ring_queue

if TYPE_CHECKING:
    from calltrace.simulate.clients import Client
    from calltrace.simulate.messages import Message
    from calltrace.simulate.plan import Fault
    from calltrace.simulate.questions import Interview
    from calltrace.simulate.switch import Call

HALF_A_DAY, DAY = 43_200, 86_400


def quiet(interview: Interview, count: int) -> None:
    """Ask about silences that are no surprise: low volume, or an announced closure."""
    setting, rng = interview.setting, interview.rng
    for fault in interview.plan.faults:
        if fault.cause not in ("_closure", "_holiday") or fault.start < setting.since or count <= 0:
            continue
        names = [fault.account] if fault.account else rng.sample(fault.extra["accounts"], 1)
        client = interview.client[names[0] or ""]
        cover = client.coverage.spans(setting.first, setting.days, client.zone)
        spans = [(max(a, fault.start), min(b, fault.end)) for a, b in cover]
        a, b = max(spans, key=lambda s: s[1] - s[0], default=(0.0, 0.0))
        usual = setting.coming(client, a, b) if b > a else 0.0
        alone = setting.clear((a, b), only=SILENT)
        if alone and usual >= 3 and len(interview.within(client.account, a, b)) <= 0.35 * usual:
            interview.ask(client, "missed-calls", "expected-quiet", (a, b))
            count -= 1
    for _ in range(300):
        if count <= 0:
            return
        client = rng.choice(setting.clients)
        length = rng.uniform(1.2, 9) * 3600
        a = rng.uniform(setting.since, setting.end - length)
        b = a + length
        if _is_idle(interview, client, a, b) and not interview.touched(client, a, b):
            interview.ask(client, "missed-calls", "expected-quiet", (a, b), exactly=rng.random() < 0.5)
            count -= 1


def _is_idle(interview: Interview, client: Client, a: float, b: float) -> bool:
    """Say whether hardly a call was to be expected of covered time, and none came."""
    usual = interview.setting.coming(client, a, b)
    cover = client.coverage.spans(interview.setting.first, interview.setting.days, client.zone)
    covered = clock.length_within(cover, a, b)
    return 0.25 < usual < 2.0 and covered >= 0.9 * (b - a) and not interview.within(client.account, a, b)


def normal(interview: Interview, complaints: list[str]) -> None:
    """Ask complaints that the records don't bear out."""
    for complaint in complaints:
        pose = _usual_bill if complaint == "high-bill" else _usual_calls
        for _ in range(150):
            client = interview.rng.choice(interview.setting.clients)
            if pose(interview, client, complaint):
                break


def _usual_bill(interview: Interview, client: Client, _complaint: str) -> bool:
    """Complain of a bill that is as ever; return whether it is."""
    span = interview.setting.since, interview.setting.end
    if client.account in interview.setting.used:
        return False
    ratio = interview.ratios(client, *span)
    if not (ratio and 0.8 < ratio["calls"] < 1.12 and 0.85 < ratio["minutes"] < 1.12 and ratio["attempts"] < 1.25):
        return False
    interview.bill(client, "within-normal", span)
    return True


def _usual_calls(interview: Interview, client: Client, complaint: str) -> bool:
    """Complain of hours in which all was as ever; return whether it was."""
    setting, rng = interview.setting, interview.rng
    length = rng.uniform(1.5, 9) * 3600
    a = rng.uniform(setting.since, setting.end - length)
    b = a + length
    if interview.touched(client, a, b) or client.account in setting.used:
        return False
    calls, long, left, busy = interview.hard(client.account, a, b)
    usual = setting.coming(client, a, b)
    if calls < 4 or usual < 3 or not 0.6 * usual <= calls <= 1.7 * usual + 2:
        return False
    blocked = any(a <= at < b and setting.clients[place] is client for at, place, *_ in interview.record.blocked)
    if busy or blocked or long > 0.08 * calls or left > max(1, 0.1 * calls):
        return False
    if complaint == "abandoned" and all(c.outcome != "abandoned" for c in interview.within(client.account, a, b)):
        return False
    interview.ask(client, complaint, "within-normal", (a, b), exactly=rng.random() < 0.6)
    return True


def claims(interview: Interview, kinds: list[str]) -> None:
    """Ask about callers who say that they called: as ``kinds`` have it, and while nobody's calls were on record."""
    numbers = {c.ani for calls in (*interview.calls.values(), *interview.lost.values()) for c in calls}
    told = {m.call: m for m in interview.messages}
    for kind in kinds:
        for _ in range(200):
            client = interview.rng.choice(interview.setting.clients)
            if kind == "no-record-of-call":
                found = _never_called(interview, client, numbers)
            else:
                found = _did_call(interview, client, kind, told)
            if found:
                _claim(interview, client, kind, *found)
                break
    for fault in (f for f in interview.plan.faults if f.cause in SILENT):
        _claim_hidden(interview, fault, numbers)


def _never_called(interview: Interview, client: Client, numbers: set[str]) -> tuple[float, str] | None:
    """Return a time, and a number that is not on record at all; None where trouble is near."""
    t = interview.rng.uniform(interview.setting.since, interview.setting.end - 3600)
    if interview.touched(client, t - 3 * 3600, t + 3 * 3600):
        return None
    caller = interview.setting.numbers.caller(client.zone)
    return None if caller in numbers else (t, caller)


def _did_call(
    interview: Interview, client: Client, kind: str, told: dict[Call, Message]
) -> tuple[float, str] | None:
    """Return when somebody called who was handled, or hung up at once, and the number; None for nobody."""
    recent = interview.within(client.account, interview.setting.since, interview.setting.end - 6 * 3600)
    calls = [c for c in recent if c.ani and not c.flood]
    if kind == "caller-hung-up":
        calls = [c for c in calls if c.outcome == "abandoned" and sum(ring_queue(c)) <= 9]
    else:
        calls = [c for c in calls if c.outcome == "answered" and c in told and _handled(told[c])]
    calls = [c for c in calls if sum(abs(o.t - c.t) < DAY for o in recent if o.ani == c.ani) == 1]
    if not calls:
        return None
    call = interview.rng.choice(calls)
    return call.t, call.ani


def _claim(interview: Interview, client: Client, cause: str, t: float, caller: str) -> None:
    rng = interview.rng
    about = (t - rng.uniform(0.2, 1.8) * 3600, t + rng.uniform(0.2, 1.8) * 3600)
    said = interview.spoken(caller)
    interview.ask(client, "caller-claim", cause, (t, t), about=about, exactly=True, caller=said)


def _claim_hidden(interview: Interview, fault: Fault, numbers: set[str]) -> None:
    """Ask, now and then, about somebody who says that they called while a trouble hid every call."""
    setting, rng = interview.setting, interview.rng
    if rng.random() < 0.5:
        return

    def covered(client: Client) -> float:
        spans = client.coverage.spans(setting.first, setting.days, client.zone)
        return clock.length_within(spans, *fault.window)

    length = fault.end - fault.start
    fits = [c for c in setting.clients if fault.trunk in (None, c.trunk_group) and covered(c) > 0.98 * length]
    if not fits or length < 1500:
        return
    client = rng.choice(fits)
    lost = [c for c in interview.lost[client.account] if c.ani and fault.start < c.t < fault.end]
    caller = rng.choice(lost).ani if lost else setting.numbers.caller(client.zone)
    if not lost and caller in numbers:
        return
    t = rng.uniform(fault.start + 600, fault.end - 600)
    about = max(fault.start, t - rng.uniform(300, 900)), min(fault.end, t + rng.uniform(300, 900))
    said = interview.spoken(caller)
    interview.ask(client, "caller-claim", fault.cause, fault.window, about=about, exactly=True, caller=said)


def _handled(message: Message) -> bool:
    if message.trouble or not message.attempts:
        return False
    last = message.attempts[-1].status
    if not message.urgent:
        return last == "delivered"
    first = message.attempts[0].at - message.taken_at
    return first <= message.client.dispatch_within_min * 60 and last in ("acknowledged", "delivered")


def handled_messages(interview: Interview, count: int) -> None:
    """Ask about deliveries that went as they should."""
    setting = interview.setting
    fits = [
        m
        for m in interview.messages
        if m.urgent
        and m.call.ani
        and _handled(m)
        and m.attempts[0].status in ("acknowledged", "delivered")
        and setting.since <= m.taken_at < setting.end - 6 * 3600
        and m.client.account not in setting.used
        and not any(x <= m.call.t < y for x, y in interview.plan.lost_rows)
    ]
    interview.rng.shuffle(fits)
    for message in fits:
        if count <= 0:
            return
        calls = interview.calls[message.client.account]
        same = [c for c in calls if c.ani == message.call.ani and abs(c.t - message.call.t) < HALF_A_DAY]
        if len(same) == 1:
            interview.about_message(message, "call-was-handled", (message.call.t, message.taken_at + 60))
            count -= 1


def rude(interview: Interview) -> None:
    """Ask for the calls of a rude operator: a complaint that names no cause."""
    since = interview.setting.since
    every = (c for calls in interview.calls.values() for c in calls)
    fits = [c for c in every if c.outcome == "answered" and c.ani and c.t > since]
    if fits:
        call = interview.rng.choice(fits)
        client = interview.setting.clients[call.account]
        about = (call.t - 1800, call.end + 1800)
        said = interview.spoken(call.ani)
        interview.ask(client, "rude-operator", None, (call.t, call.end), about=about, caller=said)
