"""What the tables say of one call, as events: of every switch's calls alike, whatever its own logs tell beside them.

Arrival, first pick-up, each agent it rang, answer, hold, transfer, the end and whose it was; the messages taken on it and
every attempt to deliver them. Some of those instants are logged and some are worked out from durations; an event says
which.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from calltrace.classes import dataclass
from calltrace.desk.find import MESSAGE_WITHIN
from calltrace.diagnosis import accounts
from calltrace.diagnosis.board import board
from calltrace.diagnosis.words import length

if TYPE_CHECKING:
    from collections.abc import Iterator

    from calltrace.diagnosis.profile import Profile
    from calltrace.tables.case import Case

STATES = {
    "unlogged": "the deliveries of that time are not on file",
    "pending": "no attempt yet, and its time is not up",
    "not-dispatched": "no attempt to deliver it is on record",
    "late": "the first attempt came late",
    "wrong-person": "it went to somebody who was not on call",
    "other-address": "it went to another number or address than the roster gave",
    "changed-later": "who was on call was changed only after it was taken",
    "all-failed": "every attempt failed",
    "unanswered": "nobody took it",
    "handled": "delivered in time, to the person on call",
}
"""What became of a message (:func:`calltrace.diagnosis.board.board`), in words."""

LOST = {
    "abandoned": "the caller hangs up before an agent answers",
    "announcement": "the call ends in an announcement",
    "busy": "the caller is refused: busy",
    "failed": "the call is cut by the switch",
    "no_answer": "nobody answers",
    "voicemail": "the call ends in voicemail",
}

ENDED = {"caller": "the caller hangs up", "agent": "the agent hangs up", "system": "the switch ends the call"}

GOES_ON = pd.Timedelta(seconds=2)
"""From here on a logged end is later than the row's, and no rounding of seconds."""


@dataclass(frozen=True)
class Event:
    """One thing that happened.

    ``at`` is UTC, None where its instant is not known. ``kind`` is arrival, pickup, ring, answer, hold, transfer,
    end, message, due, delivery or log. ``mark`` is good, bad or ''. ``worked_out`` says that the instant was made of
    durations. ``source`` is the table or log, ``file`` and ``line`` where it was read, ``raw`` that line.
    """

    at: pd.Timestamp | None
    kind: str
    says: str
    source: str
    mark: str = ""
    worked_out: bool = False
    file: str = ""
    line: int = 0
    raw: str = ""
    word: str = ""
    also: tuple[str, ...] = ()


def none(value: object) -> object:
    """Return a cell's value, None for what is not known."""
    return None if value is None or value is pd.NA or value is pd.NaT or value != value else value  # noqa: PLR0124


def number(call: dict[str, object], name: str) -> float | None:
    """Return a figure of a call's row."""
    value = call.get(name)
    return float(value) if isinstance(value, (int, float)) else None


def seconds(value: float) -> str:
    """Return a duration as people say it."""
    if value < 90:
        return f"{value:.0f} s"
    return length(pd.Timedelta(seconds=value)) if value >= 5400 else f"{int(value // 60)} min {int(value % 60)} s"


# --- the call's own row -------------------------------------------------------------------------------------


class _Row:
    """A call's row: when the call arrived, and events at instants worked out from its durations."""

    def __init__(self, call: dict[str, object]) -> None:
        self.call = call
        at = call["offered_at"]
        self.arrived = at if isinstance(at, pd.Timestamp) else pd.Timestamp(str(at))
        self.ring, self.queue, self.hold, self.talk = (number(call, f"{n}_s") for n in ("ring", "queue", "hold", "talk"))
        self.wait = number(call, "wait_s")

    def of(self, name: str) -> str:
        """Return a text of the row, '' where there is none."""
        return str(self.call.get(name) or "")

    def said(self, name: str, words: str) -> str:
        """Return words around a text of the row; '' where there is none."""
        return words.format(self.of(name)) if self.of(name) else ""

    def after(self, *parts: float | None) -> pd.Timestamp | None:
        """Return the instant so many seconds after the arrival; None where one of them is not known."""
        known = [p for p in parts if p is not None]
        return self.arrived + pd.Timedelta(seconds=sum(known)) if len(known) == len(parts) else None

    def event(self, at: pd.Timestamp | None, kind: str, says: str, mark: str = "", *, logged: bool = False) -> Event:
        """Return an event of the row; its instant is worked out unless it is ``logged``."""
        return Event(
            at, kind, says, "calls", mark, worked_out=at is not None and not logged,
            file=self.of("source_file"), line=int(self.of("source_line") or 0))


def of_the_call(case: Case, call: dict[str, object], account: str, gone: pd.Timestamp | None = None) -> list[Event]:
    """Return the milestones of the call's own row; instants behind the first are worked out from durations.

    ``gone`` is when the logs say that the caller was gone: after the queue gave them up an announcement may go on.
    """
    row = _Row(call)
    answered = call["outcome"] == "answered"
    rest = _answered(row) if answered else [_lost(row, gone)]
    return [*_arrival(row, account, accounts.known(case).get(account, account)), *_picked_up(row, answered=answered), *rest]


def _arrival(row: _Row, account: str, name: str) -> Iterator[Event]:
    to = f" for {name} ({account})" if account and name != account else f" for account {account}" if account else ""
    where = f"{row.said('dnis', ' on {}')}{row.said('trunk_group', ', trunk group {}')}"
    yield row.event(row.arrived, "arrival", f"arrives{to}{where}", logged=True)
    if forwarded := row.said("redirected_from", "it was forwarded from {}"):
        yield row.event(row.arrived, "arrival", forwarded, logged=True)


def _picked_up(row: _Row, *, answered: bool) -> Iterator[Event]:
    """Give the automatic pick-up; with no time in the queue the first to pick up was the agent: it rang until then."""
    automatic = bool(row.queue) or (bool(row.of("queue")) and not (answered and row.queue == 0))
    if automatic and row.ring is not None:
        where = row.said("queue", ", queue {}")
        says = f"picked up automatically after {seconds(row.ring)} of ringing (greeting or queue{where})"
        yield row.event(row.after(row.ring), "pickup", says)


def _answered(row: _Row) -> Iterator[Event]:
    known = row.wait is not None
    waited = "" if row.wait is None else f" after a wait of {seconds(row.wait)}"
    at = row.after(row.ring or 0.0, row.queue or 0.0) if known else None
    yield row.event(at, "answer", f"{row.of('agent') or 'an agent'} answers{waited}", "good")
    if row.hold:
        yield row.event(None, "hold", f"on hold for {seconds(row.hold)} in all; when in the conversation is not logged")
    if transferred := row.said("transferred_to", "transferred to {}; when is in the switch's own log, if anywhere"):
        yield row.event(None, "transfer", transferred)
    ended = ENDED.get(row.of("ended_by"), "the call ends; who hung up is not logged")
    if transferred:
        ended = "the agent's part of the call ends"
    talked = "" if row.talk is None else f" after {seconds(row.talk)} of talk"
    end = row.after(row.ring or 0.0, row.queue or 0.0, row.talk, row.hold or 0.0) if known else None
    yield row.event(end, "end", f"{ended}{talked}{_cause(row)}")


def _lost(row: _Row, gone: pd.Timestamp | None) -> Event:
    says = LOST.get(row.of("outcome"), row.of("outcome"))
    waited = "" if row.wait is None else f", after {seconds(row.wait)}"
    by = {"system": "; the switch ended it", "agent": "; an agent ended it"}.get(row.of("ended_by"), "")
    end = row.after(row.ring or 0.0, row.queue or 0.0, row.talk or 0.0) if row.wait is not None else None
    if end is not None and gone is not None and gone - end >= GOES_ON:
        return row.event(gone, "end", f"{says}{waited} of waiting{by}{_cause(row)}", "bad", logged=True)
    return row.event(end, "end", f"{says}{waited}{by}{_cause(row)}", "bad")


def _cause(row: _Row) -> str:
    return row.said("hangup_cause", " (cause as logged: {})")


# --- agents -------------------------------------------------------------------------------------------------


def of_agents(case: Case, call: dict[str, object]) -> list[Event]:
    """Return every agent whose phone it rang without an answer, and pauses the switch made of it."""
    agents = case.table("agents")
    own = agents[(agents["call_id"] == str(call["call_id"])).fillna(value=False)]
    words = {"ring_no_answer": "rings out at {}: not answered", "pause": "{} is paused after it"}
    return [
        Event(
            at,
            "ring",
            words.get(str(event), str(event).replace("_", " ") + ": {}").format(agent),
            "agents",
            "bad" if event == "ring_no_answer" else "",
            file=str(file),
            line=0 if pd.isna(line) else int(line),
        )
        for at, agent, event, file, line in zip(
            own["at"], own["agent"], own["event"], own["source_file"], own["source_line"], strict=True
        )
    ]


# --- messages -----------------------------------------------------------------------------------------------


def of_messages(case: Case, call: dict[str, object], profile: Profile) -> list[Event]:
    """Return the messages taken on the call, when each was due, every attempt to deliver it, and what came of it."""
    own = _taken_on(case, call)
    if own.empty:
        return []
    told = board(case, own, profile) if case.has("dispatch") else None
    dispatch = case.table("dispatch").sort_values("attempted_at", kind="stable")
    events: list[Event] = []
    for place, (_, message) in enumerate(own.iterrows()):
        attempts = dispatch[(dispatch["message_id"] == str(message["message_id"])).fillna(value=False)]
        state = None if told is None else told.iloc[place]
        events.append(_taken(message))
        if state is not None and state["on_call"]:
            says = f"on call then, by the roster as exported: {state['on_call']}"
            events.append(Event(message["taken_at"], "message", says, "oncall"))
        events += [_delivery(message, attempt) for _, attempt in attempts.iterrows()]
        if state is not None:
            if none(message["priority"]) == "urgent":
                events.append(_due(message, state))
            events.append(_came_of(message, state))
    return events


def _taken_on(case: Case, call: dict[str, object]) -> pd.DataFrame:
    """Return the messages of a call; an id that came again names an old call's messages too."""
    messages = case.table("messages")
    own = messages[(messages["call_id"] == str(call["call_id"])).fillna(value=False)]
    arrived = call["offered_at"]
    if isinstance(arrived, pd.Timestamp) and len(own) > 1:
        near = own[(own["taken_at"] - arrived).abs() < MESSAGE_WITHIN]
        own = near if len(near) else own
    return own


def _taken(message: pd.Series[Any]) -> Event:
    who = f"{message['agent']} takes" if none(message["agent"]) else "an agent takes"
    urgent = f" ({message['priority']})" if none(message["priority"]) else ""
    return Event(message["taken_at"], "message", f"{who} message {message['message_id']}{urgent}", "messages", **_place(message))


def _delivery(message: pd.Series[Any], attempt: pd.Series[Any]) -> Event:
    """Return one attempt to deliver a message."""
    status = none(attempt["status"])
    to = " ".join(str(v) for v in (none(attempt["recipient"]), none(attempt["address"])) if v) or "nobody named"
    came = str(status or "no word of what came of it").replace("_", " ")
    after = length(attempt["attempted_at"] - message["taken_at"])
    says = f"{none(attempt['method']) or 'delivery'} to {to}: {came}, {after} after message {message['message_id']}"
    mark = "good" if status in {"delivered", "acknowledged"} else "bad" if status else ""
    return Event(attempt["attempted_at"], "delivery", says, "dispatch", mark, **_place(attempt))


def _due(message: pd.Series[Any], state: pd.Series[Any]) -> Event:
    """Return when the first attempt at an urgent message was due."""
    due = message["taken_at"] + pd.Timedelta(minutes=float(state["limit_min"]))
    agreed, whose = ("the account allows", "accounts") if state["limit_own"] else ("is usual", "profile")
    late = pd.isna(state["first_at"]) or state["first_at"] > due
    says = f"a first attempt at message {message['message_id']} was due: {state['limit_min']:.0f} min {agreed}"
    return Event(due, "due", says, whose, "bad" if late else "")


def _came_of(message: pd.Series[Any], state: pd.Series[Any]) -> Event:
    """Return what became of a message."""
    what = str(state["state"])
    mark = {"handled": "good", "pending": "", "unlogged": ""}.get(what, "bad")
    return Event(None, "message", f"message {message['message_id']}: {STATES.get(what, what)}", "dispatch", mark)


def _place(row: pd.Series[Any]) -> Any:
    """Return where a row was read, as an event's ``file`` and ``line``."""
    line = none(row["source_line"])
    return {"file": str(none(row["source_file"]) or ""), "line": int(str(line)) if line else 0}
