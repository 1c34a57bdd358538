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
from datetime import datetime
from random import Random
from statistics import fmean
from typing import TYPE_CHECKING, Any

from calltrace.classes import dataclass
from calltrace.simulate import clock
from calltrace.simulate.plan import PARTIES
from calltrace.simulate.records import ring_queue

if TYPE_CHECKING:
    from calltrace.simulate.clients import Client
    from calltrace.simulate.faults import Setting
    from calltrace.simulate.messages import Message, Rosters
    from calltrace.simulate.plan import Plan
    from calltrace.simulate.switch import Call, Record

CLAIMED = (
    "the wrong person was called",
    "the doctor says nobody reached him",
    "the message came far too late",
    "nobody called us back",
    "our technician never got the page",
)
"""What is said where a message went astray, or is thought to have."""


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

    def touched(self, client: Client, a: float, b: float) -> bool:
        """Say whether any trouble bears on the account in or near a span."""
        near = 2 * 3600
        return any(
            f.start - near < b
            and a < f.end + near
            and (f.account in (None, client.account))
            and (f.trunk in (None, client.trunk_group))
            for f in self.plan.faults
        ) or not self.setting.clear((a, b), margin=near)

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

    def about_message(
        self, message: Message, cause: str, window: tuple[float, float], claim: str = ""
    ) -> None:
        """Ask about a message: hours around it, and in what words it is complained of where ``claim`` does not say."""
        rng = self.rng
        claim = claim or rng.choice(CLAIMED)
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
