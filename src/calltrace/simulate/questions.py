"""What clients complain of, and what the true answer is: only where the records can bear it.

A trouble that nobody could see in the records is no answer to a complaint. Therefore, once a world has been
played:

- a silence is asked about only where the usual rate would have brought at least three calls in it (borderline
  ones are meant to be there) and others on the trunk group rang on; lines that were late or early must have
  brought calls in the rest of the span;
- waits, only of an account whose calls in the span really waited: three or more long waits or late abandons,
  and a mean wait well above its usual;
- refusals (path limit, degraded trunks), only with several of them; a surge, only if it at least doubled the
  account's calls and made somebody wait, leave or be refused;
- a bill, only if the quantity that drove it rose by a fifth or more;
- an expected quiet, where fewer than about two calls were to be expected and none came, or a closure had
  been announced; a complaint that is within normal, where the account's own records show nothing.

Windows are what people remember: wider than the trouble and rounded, now and then cut short, in the account's
own zone.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from datetime import datetime
from random import Random
from statistics import fmean
from typing import TYPE_CHECKING, Any

from calltrace.simulate import clock, troubles
from calltrace.simulate.messages import spoil
from calltrace.simulate.plan import PARTIES
from calltrace.simulate.records import ring_queue

if TYPE_CHECKING:
    from calltrace.simulate.clients import Client
    from calltrace.simulate.faults import Setting
    from calltrace.simulate.messages import Message, Rosters
    from calltrace.simulate.plan import Plan
    from calltrace.simulate.switch import Call, Record

_CLAIMED = (
    "the wrong person was called",
    "the doctor says nobody reached him",
    "the message came far too late",
    "nobody called us back",
    "our technician never got the page",
)


@dataclass
class Asked:
    """A question with its answer."""

    account: str
    complaint: str
    start: str
    end: str
    cause: str | None
    window: tuple[float, float]
    caller: str = ""
    claim: str = ""


class Interview:
    """Asks the clients of a world that has been played."""

    def __init__(
        self,
        setting: Setting,
        plan: Plan,
        record: Record,
        messages: list[Message],
        rosters: Rosters,
        *,
        seed: int,
    ) -> None:
        self.setting, self.plan, self.record = setting, plan, record
        self.messages, self.rosters = messages, rosters
        self.rng = Random(seed)
        self.client = {c.account: c for c in setting.clients}
        self.calls: dict[str, list[Call]] = {c.account: [] for c in setting.clients}
        self.lost: dict[str, list[Call]] = {c.account: [] for c in setting.clients}
        for call in record.calls:
            hidden = any(a <= call.t < b for a, b in plan.lost_rows)
            (self.lost if hidden else self.calls)[setting.clients[call.account].account].append(call)
        self.times = {account: [c.t for c in calls] for account, calls in self.calls.items()}
        self.asked: list[Asked] = []

    # -- what the records hold ------------------------------------------------------------------------------
    def within(self, account: str, start: float, end: float) -> list[Call]:
        """Return the account's calls offered in a span."""
        times = self.times[account]
        return self.calls[account][bisect_left(times, start) : bisect_left(times, end)]

    def usual_wait(self, account: str) -> float:
        """Return the account's mean wait, all its calls together."""
        waits = [sum(ring_queue(c)) for c in self.calls[account][::3]]
        return fmean(waits) if waits else 0.0

    def hard(self, account: str, start: float, end: float) -> tuple[int, int, int, int]:
        """Return calls, long waits of answered calls, late abandons and refusals of a span."""
        long_from = max(35.0, 2.5 * self.usual_wait(account))
        calls = self.within(account, start, end)
        long = sum(c.outcome == "answered" and sum(ring_queue(c)) >= long_from for c in calls)
        left = sum(c.outcome == "abandoned" and sum(ring_queue(c)) >= 10 for c in calls)
        busy = sum(c.outcome == "busy" for c in calls)
        return len(calls), long, left, busy

    # -- how people put it ----------------------------------------------------------------------------------
    def remembered(self, client: Client, start: float, end: float) -> tuple[str, str]:
        """Return the window people would give for a trouble: wider, rounded, sometimes short of its end."""
        rng = self.rng
        step = rng.choice([900, 1800, 1800, 3600])
        a = (start - rng.choice([0, 600, 1800, 3600, 5400])) // step * step
        until = end
        if rng.random() < 0.15:
            until = start + (end - start) * rng.uniform(0.65, 0.95)
        b = -(-(until + rng.choice([0, 0, 600, 1800, 3600, 5400])) // step) * step
        return self.wall(a, client), self.wall(min(b, self.setting.end), client)

    def wall(self, t: float, client: Client) -> str:
        """Return an instant on the account's wall clock, to the minute, without a zone."""
        return clock.local(t, client.zone).strftime("%Y-%m-%dT%H:%M")

    def ask(
        self,
        client: Client,
        complaint: str,
        cause: str | None,
        window: tuple[float, float],
        *,
        about: tuple[float, float] | None = None,
        exactly: bool = False,
        caller: str = "",
        claim: str = "",
    ) -> None:
        """Note a question: ``about`` is the span complained of where it is not the trouble's own."""
        a, b = about or window
        start, end = (
            (self.wall(a, client), self.wall(b, client)) if exactly else self.remembered(client, a, b)
        )
        if end <= start:
            return
        self.asked.append(Asked(client.account, complaint, start, end, cause, window, caller, claim))

    def spoken(self, number: str) -> str:
        """Return a caller's number as it is passed on: mostly in full, now and then as people say it."""
        if number.startswith("+1") and len(number) == 12 and self.rng.random() < 0.2:
            return self.rng.choice(
                [
                    f"({number[2:5]}) {number[5:8]}-{number[8:]}",
                    f"{number[2:5]}-{number[5:8]}-{number[8:]}",
                    number[2:],
                ]
            )
        return number

    # -- troubles -------------------------------------------------------------------------------------------
    def troubles(self) -> None:
        """Ask about every trouble whose mark the records bear."""
        for fault in self.plan.faults:
            before = len(self.asked)
            if fault.cause in troubles.ASKING:
                troubles.ASKING[fault.cause](self, fault)
            fault.scored = fault.scored or len(self.asked) > before
        self._mishaps()

    def bill(self, client: Client, cause: str, window: tuple[float, float]) -> None:
        """Pose a complaint of a high bill for a period."""
        start, end = (clock.local(t, client.zone) for t in window)
        self.asked.append(
            Asked(
                client.account,
                "high-bill",
                start.strftime("%Y-%m-%dT00:00"),
                end.strftime("%Y-%m-%dT%H:00"),
                cause,
                window,
            )
        )

    def ratios(self, client: Client, a: float, b: float) -> dict[str, float]:
        """Return what a bill is made of, period against what came before it."""
        calls, before = self.within(client.account, a, b), self.within(client.account, self.setting.begin, a)
        answered = [c for c in calls if c.outcome == "answered"]
        answered_before = [c for c in before if c.outcome == "answered"]
        if len(answered) < 10 or len(answered_before) < 10:
            return {}
        own = [m for m in self.messages if m.client is client and m.urgent]
        now = [len(m.attempts) for m in own if a <= m.taken_at < b]
        then = [len(m.attempts) for m in own if m.taken_at < a]
        return {
            "calls": len(calls) / (b - a) / (len(before) / (a - self.setting.begin)),
            "minutes": fmean(c.talk + c.hold for c in answered)
            / fmean(c.talk + c.hold for c in answered_before),
            "attempts": fmean(now) / fmean(then) if len(now) >= 6 and len(then) >= 6 and fmean(then) else 0.0,
        }

    def _mishaps(self) -> None:
        per_caller: dict[tuple[str, str], list[Message]] = {}
        for message in self.messages:
            per_caller.setdefault((message.client.account, message.call.ani), []).append(message)
        for cause, account, a, b, variant in self.plan.mishaps:
            fits = [
                m
                for m in self.messages
                if m.urgent
                and m.client.account == account
                and a <= m.taken_at < b
                and m.call.ani
                and not m.trouble
                and m.attempts
                and not any(x <= m.call.t < y for x, y in self.plan.lost_rows)
                and sum(abs(o.taken_at - m.taken_at) < 43200 for o in per_caller[account, m.call.ani]) == 1
                and sum(abs(c.t - m.call.t) < 43200 and c.ani == m.call.ani for c in self.calls[account]) == 1
            ]
            # a shift's end soon after would leave it open whose message it was
            fits = [
                m
                for m in fits
                if self.rosters.at(account, m.taken_at).end - m.taken_at > 5400
                and m.taken_at - self.rosters.at(account, m.taken_at).start > 2700
            ]
            if not fits:
                continue
            message = self.rng.choice(fits)
            spoil(cause, variant, message, self.messages, self.rosters, rng=self.rng, now=self.setting.end)
            claim = message.claim or self.rng.choice(_CLAIMED)
            fault = next(f for f in self.plan.faults if f.cause == cause and f.account == account)
            fault.scored = True
            window = (message.call.t, message.taken_at + 60)
            fault.shown = window
            self._about_message(message, cause, window, claim)

    def _about_message(self, message: Message, cause: str, window: tuple[float, float], claim: str) -> None:
        rng = self.rng
        about = (message.taken_at - rng.uniform(0.4, 4) * 3600, message.taken_at + rng.uniform(0.6, 5) * 3600)
        about = (max(about[0], self.setting.begin), min(about[1], self.setting.end))
        self.ask(
            message.client,
            "dispatch",
            cause,
            window,
            about=about,
            exactly=True,
            caller=self.spoken(message.call.ani),
            claim=claim,
        )

    # -- no trouble -----------------------------------------------------------------------------------------
    def quiet(self, count: int) -> None:
        """Ask about silences that are no surprise: low volume, or an announced closure."""
        for fault in self.plan.faults:
            if fault.cause not in ("_closure", "_holiday") or fault.start < self.setting.since or count <= 0:
                continue
            names = [fault.account] if fault.account else self.rng.sample(fault.extra["accounts"], 1)
            client = self.client[names[0] or ""]
            cover = client.coverage.spans(self.setting.first, self.setting.days, client.zone)
            spans = [(max(a, fault.start), min(b, fault.end)) for a, b in cover]
            a, b = max(spans, key=lambda s: s[1] - s[0], default=(0.0, 0.0))
            usual = self.setting.coming(client, a, b) if b > a else 0.0
            alone = self.setting.clear((a, b), only=troubles.SILENT)
            if alone and usual >= 3 and len(self.within(client.account, a, b)) <= 0.35 * usual:
                self.ask(client, "missed-calls", "expected-quiet", (a, b))
                count -= 1
        for _ in range(300):
            if count <= 0:
                return
            client = self.rng.choice(self.setting.clients)
            length = self.rng.uniform(1.2, 9) * 3600
            a = self.rng.uniform(self.setting.since, self.setting.end - length)
            b = a + length
            usual = self.setting.coming(client, a, b)
            covered = clock.length_within(
                client.coverage.spans(self.setting.first, self.setting.days, client.zone), a, b
            )
            if not 0.25 < usual < 2.0 or covered < 0.9 * length or self.within(client.account, a, b):
                continue
            if self._touched(client, a, b):
                continue
            self.ask(client, "missed-calls", "expected-quiet", (a, b), exactly=self.rng.random() < 0.5)
            count -= 1

    def _touched(self, client: Client, a: float, b: float) -> bool:
        """Say whether any trouble bears on the account in or near a span."""
        near = 2 * 3600
        return any(
            f.start - near < b
            and a < f.end + near
            and (f.account in (None, client.account))
            and (f.trunk in (None, client.trunk_group))
            for f in self.plan.faults
        ) or not self.setting.clear((a, b), margin=near)

    def normal(self, complaints: list[str]) -> None:
        """Ask complaints that the records don't bear out."""
        for complaint in complaints:
            for _ in range(150):
                client = self.rng.choice(self.setting.clients)
                if complaint == "high-bill":
                    a = self.setting.since
                    if client.account in self.setting.used:
                        continue
                    ratio = self.ratios(client, a, self.setting.end)
                    if (
                        ratio
                        and 0.8 < ratio["calls"] < 1.12
                        and 0.85 < ratio["minutes"] < 1.12
                        and ratio["attempts"] < 1.25
                    ):
                        self.bill(client, "within-normal", (a, self.setting.end))
                        break
                    continue
                length = self.rng.uniform(1.5, 9) * 3600
                a = self.rng.uniform(self.setting.since, self.setting.end - length)
                b = a + length
                if self._touched(client, a, b) or client.account in self.setting.used:
                    continue
                calls, long, left, busy = self.hard(client.account, a, b)
                usual = self.setting.coming(client, a, b)
                blocked = sum(
                    a <= x[0] < b and self.setting.clients[x[1]] is client for x in self.record.blocked
                )
                if (
                    calls < 4
                    or usual < 3
                    or busy
                    or blocked
                    or long > 0.08 * calls
                    or left > max(1, 0.1 * calls)
                    or not 0.6 * usual <= calls <= 1.7 * usual + 2
                ):
                    continue
                if complaint == "abandoned" and not any(
                    c.outcome == "abandoned" for c in self.within(client.account, a, b)
                ):
                    continue
                self.ask(client, complaint, "within-normal", (a, b), exactly=self.rng.random() < 0.6)
                break

    def claims(self, kinds: list[str]) -> None:
        """Ask about callers who say that they called."""
        rng = self.rng
        numbers = {c.ani for calls in (*self.calls.values(), *self.lost.values()) for c in calls}
        told = {m.call: m for m in self.messages}
        for kind in kinds:
            for _ in range(200):
                client = rng.choice(self.setting.clients)
                recent = self.within(client.account, self.setting.since, self.setting.end - 6 * 3600)
                if kind == "no-record-of-call":
                    t = rng.uniform(self.setting.since, self.setting.end - 3600)
                    if self._touched(client, t - 3 * 3600, t + 3 * 3600):
                        continue
                    caller = self.setting.numbers.caller(client.zone)
                    if caller in numbers:
                        continue
                    self._claim(client, kind, (t, t), caller)
                    break
                calls = [c for c in recent if c.ani and not c.flood]
                if kind == "caller-hung-up":
                    calls = [c for c in calls if c.outcome == "abandoned" and sum(ring_queue(c)) <= 9]
                else:
                    calls = [
                        c for c in calls if c.outcome == "answered" and c in told and self._handled(told[c])
                    ]
                calls = [
                    c for c in calls if sum(abs(o.t - c.t) < 86400 for o in recent if o.ani == c.ani) == 1
                ]
                if not calls:
                    continue
                call = rng.choice(calls)
                self._claim(client, kind, (call.t, call.t), call.ani)
                break
        hiding = [f for f in self.plan.faults if f.cause in troubles.SILENT]
        for fault in hiding:
            if rng.random() < 0.5:
                continue
            fits = [
                c
                for c in self.setting.clients
                if fault.trunk in (None, c.trunk_group)
                and clock.length_within(
                    c.coverage.spans(self.setting.first, self.setting.days, c.zone), *fault.window
                )
                > 0.98 * (fault.end - fault.start)
            ]
            if not fits or fault.end - fault.start < 1500:
                continue
            client = rng.choice(fits)
            lost = [c for c in self.lost[client.account] if c.ani and fault.start < c.t < fault.end]
            caller = rng.choice(lost).ani if lost else self.setting.numbers.caller(client.zone)
            if not lost and caller in numbers:
                continue
            t = rng.uniform(fault.start + 600, fault.end - 600)
            a, b = max(fault.start, t - rng.uniform(300, 900)), min(fault.end, t + rng.uniform(300, 900))
            self.ask(
                client,
                "caller-claim",
                fault.cause,
                fault.window,
                about=(a, b),
                exactly=True,
                caller=self.spoken(caller),
            )

    def _claim(self, client: Client, cause: str, window: tuple[float, float], caller: str) -> None:
        rng = self.rng
        about = (window[0] - rng.uniform(0.2, 1.8) * 3600, window[1] + rng.uniform(0.2, 1.8) * 3600)
        self.ask(client, "caller-claim", cause, window, about=about, exactly=True, caller=self.spoken(caller))

    @staticmethod
    def _handled(message: Message) -> bool:
        if message.trouble or not message.attempts:
            return False
        if not message.urgent:
            return message.attempts[-1].status == "delivered"
        first = message.attempts[0].at - message.taken_at
        return first <= message.client.dispatch_within_min * 60 and message.attempts[-1].status in (
            "acknowledged",
            "delivered",
        )

    def handled_messages(self, count: int) -> None:
        """Ask about deliveries that went as they should."""
        fits = [
            m
            for m in self.messages
            if m.urgent
            and m.call.ani
            and self._handled(m)
            and m.attempts[0].status in ("acknowledged", "delivered")
            and m.taken_at >= self.setting.since
            and m.taken_at < self.setting.end - 6 * 3600
            and m.client.account not in self.setting.used
            and not any(x <= m.call.t < y for x, y in self.plan.lost_rows)
        ]
        self.rng.shuffle(fits)
        for message in fits:
            if count <= 0:
                return
            same = [
                c
                for c in self.calls[message.client.account]
                if c.ani == message.call.ani and abs(c.t - message.call.t) < 43200
            ]
            if len(same) == 1:
                self._about_message(
                    message,
                    "call-was-handled",
                    (message.call.t, message.taken_at + 60),
                    self.rng.choice(_CLAIMED),
                )
                count -= 1

    def rude(self) -> None:
        """Ask for the calls of a rude operator: a complaint that names no cause."""
        fits = [
            c
            for calls in self.calls.values()
            for c in calls
            if c.outcome == "answered" and c.ani and c.t > self.setting.since
        ]
        if fits:
            call = self.rng.choice(fits)
            client = self.setting.clients[call.account]
            self.ask(
                client,
                "rude-operator",
                None,
                (call.t, call.end),
                about=(call.t - 1800, call.end + 1800),
                caller=self.spoken(call.ani),
            )

    # -- on paper -------------------------------------------------------------------------------------------
    def written(
        self, label: str, stamp: str
    ) -> tuple[list[dict[str, Any]], dict[str, Any], list[dict[str, Any]]]:
        """Return questions, answers and faults in the shapes of the labelled folders."""
        order = list(self.asked)
        self.rng.shuffle(order)
        zone = "UTC" if stamp == "utc" else self.setting.zone

        def iso(t: float) -> str:
            text = datetime.fromisoformat(clock.local(int(t), zone).isoformat()).isoformat()
            return text.replace("+00:00", "Z") if stamp == "utc" else text

        questions: list[dict[str, Any]] = []
        answers: dict[str, Any] = {}
        for k, asked in enumerate(order, 1):
            name = f"{label}-q{k:02d}"
            question = {
                "id": name,
                "account": asked.account,
                "complaint": asked.complaint,
                "from": asked.start,
                "to": asked.end,
            }
            if asked.caller:
                question["caller"] = asked.caller
            if asked.claim:
                question["claim"] = asked.claim
            questions.append(question)
            answers[name] = {
                "cause": asked.cause,
                "party": PARTIES.get(asked.cause or ""),
                "window": [iso(asked.window[0]), iso(asked.window[1])],
            }
        faults = [
            {
                "cause": f.cause,
                "account": f.account,
                "trunk": f.trunk,
                "start": iso(f.start),
                "end": iso(f.end),
                "agent": f.agent,
                "source": f.source,
                "scored": f.scored,
            }
            for f in self.plan.faults
        ]
        return questions, answers, faults
