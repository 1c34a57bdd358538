"""One call from ring to message: every event any table or log holds of it, in order, with times and gaps.

Two kinds of events make the timeline. What the tables say of every switch's calls: arrival, first pick-up, each
agent it rang, answer, hold, transfer, the end and whose it was, the message and every attempt to deliver it. Some of
those instants are logged and some are worked out from durations; an event says which. And what the logs themselves
say (:mod:`calltrace.intake.trail`), line by line.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from calltrace.desk import people
from calltrace.desk.find import MESSAGE_WITHIN, rows_with, with_wait
from calltrace.diagnosis import accounts
from calltrace.diagnosis.board import board
from calltrace.diagnosis.profile import Profile
from calltrace.diagnosis.scene import account_zones
from calltrace.diagnosis.words import clock, length
from calltrace.errors import InputError, UsageError
from calltrace.intake.trail import Logged, Trail
from calltrace.intake.trail import trail as trail_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from calltrace.intake.store import Store
    from calltrace.tables.case import Case

STATES = {
    "unlogged": "the deliveries of that time are not on file",
    "pending": "no attempt yet, and its time is not up",
    "not-dispatched": "no attempt to deliver it is on record",
    "late": "the first attempt came late",
    "wrong-person": "it went to somebody who was not on call",
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


@dataclass(frozen=True)
class Stretch:
    """A part of the call: ring, queue, talk or hold, in seconds; hold is all of it, wherever it lay."""

    name: str
    seconds: float


@dataclass(frozen=True)
class Trace:
    """One call. ``events`` are in order of time, those without an instant last.

    ``lines`` are raw lines nobody could read as events, ``gone`` files that are no longer there, ``missing`` tables
    that would have told more.
    """

    call: dict[str, object]
    account: str
    name: str
    zone: str
    outcome: str
    events: tuple[Event, ...]
    stretches: tuple[Stretch, ...]
    lines: tuple[Logged, ...] = ()
    gone: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    case: Case | None = field(default=None, repr=False, compare=False)


def trace(
    case: Case, call_id: str, *, paths: Sequence[str] = (), profile: Profile | None = None, logs: bool = True
) -> Trace:
    """Return everything the records hold of one call.

    Parameters
    ----------
    case : Case
        What was read.
    call_id : str
        The call's id; its linked id, or the id of a message taken on it, will do.
    paths : sequence of str
        Where the logs are, to go back to their lines; the Case's own sources where not given.
    profile : Profile, optional
        ``urgent_dispatch_min`` says when an urgent message is late where the account does not.
    logs : bool
        Whether to go back to the logs' lines.

    Raises
    ------
    InputError
        There is no such call; the nearest ids are named.
    UsageError
        The id is of several calls; their times are named.
    """
    row = call_named(case, call_id)
    call = {str(k): _none(v) for k, v in row.items()}
    ids = [str(call[k]) for k in ("call_id", "linked_id") if call.get(k)]
    trail = trail_of(case, ids, paths=paths) if logs else Trail((), (), ())
    account = str(call.get("account") or "")
    zone = account_zones(case).get(account, case.zone)
    own = [
        *_of_the_call(case, call, account, _gone(trail)),
        *_of_agents(case, call),
        *_of_messages(case, call, profile or Profile()),
    ]
    logged = [_logged(e) for e in trail.events]
    own = [_when_logged(e, trail.events) for e in own]
    rank = {e: n for n, e in enumerate(own)}
    events = sorted(
        [*own, *logged],
        key=lambda e: (
            e.at is None,
            e.at or pd.Timestamp(0, tz="UTC"),
            e.kind == "log" and e.at is not None,
            rank.get(e, 0),
        ),
    )
    return Trace(
        call=call,
        account=account,
        name=accounts.known(case).get(account, account),
        zone=zone,
        outcome=_outcome(call),
        events=tuple(events),
        stretches=tuple(_stretches(call)),
        lines=trail.lines,
        gone=trail.gone,
        missing=tuple(t for t in ("agents", "messages", "dispatch") if not case.has(t)),
        case=case,
    )


def call_named(case: Case, call_id: str) -> pd.Series[Any]:
    """Return the one call that is meant; raises as :func:`trace` does."""
    calls, wanted = with_wait(case.calls), call_id.strip()
    found = calls[(calls["call_id"] == wanted).fillna(value=False)]
    if found.empty:
        found = calls[(calls["linked_id"] == wanted).fillna(value=False)]
    if found.empty:
        messages = case.table("messages")
        of_message = messages.loc[(messages["message_id"] == wanted).fillna(value=False), "call_id"].dropna()
        found = calls[calls["call_id"].isin(of_message)]
    if found.empty:
        start = wanted[: max(3, len(wanted) - 3)]
        ids = calls["call_id"].dropna()
        near = people.nearest(
            wanted.casefold(), ids[ids.str.startswith(start, na=False)].head(400).astype(str)
        ) or (people.nearest(wanted.casefold(), ids.head(400).astype(str)))
        raise InputError(
            f"there is no call {call_id!r} among the {len(calls)} of these records",
            fix=f"Did you mean {' or '.join(near)}?"
            if near
            else "`calltrace calls` lists them with their ids.",
        )
    if len(found) > 1:
        when = ", ".join(clock(t, case.zone) for t in found["offered_at"].head(6))
        raise UsageError(
            f"{call_id!r} is the id of {len(found)} calls ({when}): the switch counted from the beginning again",
            expected="one of them",
            fix="Narrow the logs with --from and --to.",
        )
    return found.iloc[0]


def _none(value: object) -> object:
    return None if value is None or value is pd.NA or value is pd.NaT or value != value else value  # noqa: PLR0124


def _number(call: dict[str, object], name: str) -> float | None:
    value = call.get(name)
    return float(value) if isinstance(value, (int, float)) else None


def _seconds(value: float) -> str:
    return (
        f"{value:.0f} s"
        if value < 90
        else length(pd.Timedelta(seconds=value))
        if value >= 5400
        else (f"{int(value // 60)} min {int(value % 60)} s")
    )


def _outcome(call: dict[str, object]) -> str:
    wait = _number(call, "wait_s")
    waited = f" after {_seconds(wait)}" if wait is not None else ""
    agent = str(call.get("agent") or "an agent")
    if call["outcome"] == "answered":
        talk = _number(call, "talk_s")
        talked = f", talk {_seconds(talk)}" if talk is not None else ""
        return f"answered by {agent}{waited}{talked}"
    return f"{str(call['outcome']).replace('_', ' ')}{waited}"


def _stretches(call: dict[str, object]) -> list[Stretch]:
    found = [(n, _number(call, f"{n}_s")) for n in ("ring", "queue", "talk", "hold")]
    return [Stretch(n, s) for n, s in found if s]


# --- what the tables say ------------------------------------------------------------------------------------


HANGUPS = ("HANGUP", "CHAN_END", "LINKEDID_END", "end")
"""What the switch's own logs say where a part of a call is over; the last is the call's end."""

GOES_ON = pd.Timedelta(seconds=2)
"""From here on a logged end is later than the row's, and no rounding of seconds."""


def _gone(trail: Trail) -> pd.Timestamp | None:
    """Return when the last part of the call was over by the switch's own logs, None where they do not say."""
    return max((e.at for e in trail.events if e.event in HANGUPS and e.at is not None), default=None)


def _of_the_call(
    case: Case, call: dict[str, object], account: str, gone: pd.Timestamp | None = None
) -> list[Event]:
    """Return the milestones of the call's own row; instants behind the first are worked out from durations.

    ``gone`` is when the logs say that the caller was gone: after the queue gave them up an announcement may go on.
    """
    arrived = (
        pd.Timestamp(str(call["offered_at"]))
        if not isinstance(call["offered_at"], pd.Timestamp)
        else call["offered_at"]
    )
    place = {"file": str(call.get("source_file") or ""), "line": int(str(call.get("source_line") or 0))}
    name = accounts.known(case).get(account, account)
    to = (
        f" for {name} ({account})"
        if account and name != account
        else f" for account {account}"
        if account
        else ""
    )
    dialled = f" on {call['dnis']}" if call.get("dnis") else ""
    trunk = f", trunk group {call['trunk_group']}" if call.get("trunk_group") else ""
    events = [Event(arrived, "arrival", f"arrives{to}{dialled}{trunk}", "calls", **place)]  # type: ignore[arg-type]
    if call.get("redirected_from"):
        events.append(
            Event(arrived, "arrival", f"it was forwarded from {call['redirected_from']}", "calls", **place)  # type: ignore[arg-type]
        )
    ring, queue, hold, talk = (_number(call, f"{n}_s") for n in ("ring", "queue", "hold", "talk"))

    def after(*parts: float | None) -> pd.Timestamp | None:
        if any(p is None for p in parts):
            return None
        return arrived + pd.Timedelta(seconds=sum(p for p in parts if p is not None))

    def add(at: pd.Timestamp | None, kind: str, says: str, mark: str = "") -> None:
        events.append(Event(at, kind, says, "calls", mark, worked_out=at is not None, **place))  # type: ignore[arg-type]

    answered = call["outcome"] == "answered"
    # with no time in the queue the first to pick up was the agent: the caller heard it ring until then
    automatic = bool(queue) or (bool(call.get("queue")) and not (answered and queue == 0))
    if automatic and ring is not None:
        where = f", queue {call['queue']}" if call.get("queue") else ""
        add(
            after(ring),
            "pickup",
            f"picked up automatically after {_seconds(ring)} of ringing (greeting or queue{where})",
        )
    if answered:
        wait = _number(call, "wait_s")
        waited = f" after a wait of {_seconds(wait)}" if wait is not None else ""
        at = after(ring or 0.0, queue or 0.0) if wait is not None else None
        add(at, "answer", f"{call.get('agent') or 'an agent'} answers{waited}", "good")
        if hold:
            add(None, "hold", f"on hold for {_seconds(hold)} in all; when in the conversation is not logged")
        if call.get("transferred_to"):
            add(
                None,
                "transfer",
                f"transferred to {call['transferred_to']}; when is in the switch's own log, if anywhere",
            )
        ended = ENDED.get(str(call.get("ended_by")), "the call ends; who hung up is not logged")
        if call.get("transferred_to"):
            ended = "the agent's part of the call ends"
        end = after(ring or 0.0, queue or 0.0, talk, hold or 0.0) if wait is not None else None
        talked = f" after {_seconds(talk)} of talk" if talk is not None else ""
        add(end, "end", f"{ended}{talked}{_cause(call)}")
    else:
        wait = _number(call, "wait_s")
        says = LOST.get(str(call["outcome"]), str(call["outcome"]))
        waited = f", after {_seconds(wait)}" if wait is not None else ""
        by = {"system": "; the switch ended it", "agent": "; an agent ended it"}.get(
            str(call.get("ended_by")), ""
        )
        end = after(ring or 0.0, queue or 0.0, talk or 0.0) if wait is not None else None
        if end is not None and gone is not None and gone - end >= GOES_ON:
            told = f"{says}{waited} of waiting{by}{_cause(call)}"
            events.append(Event(gone, "end", told, "calls", "bad", **place))  # type: ignore[arg-type]
        else:
            add(end, "end", f"{says}{waited}{by}{_cause(call)}", "bad")
    return events


def _cause(call: dict[str, object]) -> str:
    return f" (cause as logged: {call['hangup_cause']})" if call.get("hangup_cause") else ""


def _of_agents(case: Case, call: dict[str, object]) -> list[Event]:
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


def _of_messages(case: Case, call: dict[str, object], profile: Profile) -> list[Event]:
    """Return the messages taken on the call, when each was due, every attempt to deliver it, and what came of it."""
    messages = case.table("messages")
    own = messages[(messages["call_id"] == str(call["call_id"])).fillna(value=False)]
    arrived = call["offered_at"]
    if (
        isinstance(arrived, pd.Timestamp) and len(own) > 1
    ):  # an id that came again names an old call's messages too
        near = own[(own["taken_at"] - arrived).abs() < MESSAGE_WITHIN]
        own = near if len(near) else own
    if own.empty:
        return []
    told = board(case, own, profile) if case.has("dispatch") else None
    dispatch = case.table("dispatch").sort_values("attempted_at", kind="stable")
    events: list[Event] = []
    for place, (_, message) in enumerate(own.iterrows()):
        number, urgent = str(message["message_id"]), str(_none(message["priority"]) or "")
        taken = message["taken_at"]
        who = f"{message['agent']} takes" if _none(message["agent"]) else "an agent takes"
        events.append(
            Event(
                taken,
                "message",
                f"{who} message {number}{f' ({urgent})' if urgent else ''}",
                "messages",
                **_place(message),  # type: ignore[arg-type]
            )
        )
        state = None if told is None else told.iloc[place]
        if state is not None and state["on_call"]:
            events.append(
                Event(
                    taken, "message", f"on call then, by the roster as exported: {state['on_call']}", "oncall"
                )
            )
        attempts = dispatch[(dispatch["message_id"] == number).fillna(value=False)]
        for _, attempt in attempts.iterrows():
            status = str(_none(attempt["status"]) or "no word of what came of it")
            to = " ".join(str(v) for v in (_none(attempt["recipient"]), _none(attempt["address"])) if v)
            mark = (
                "good"
                if status in ("delivered", "acknowledged")
                else "bad"
                if _none(attempt["status"])
                else ""
            )
            events.append(
                Event(
                    attempt["attempted_at"],
                    "delivery",
                    f"{_none(attempt['method']) or 'delivery'} to {to or 'nobody named'}: {status.replace('_', ' ')},"
                    f" {length(attempt['attempted_at'] - taken)} after message {number}",
                    "dispatch",
                    mark,
                    **_place(attempt),  # type: ignore[arg-type]
                )
            )
        if state is not None and urgent == "urgent":
            due = taken + pd.Timedelta(minutes=float(state["limit_min"]))
            agreed = "the account allows" if state["limit_own"] else "is usual"
            late = pd.isna(state["first_at"]) or state["first_at"] > due
            events.append(
                Event(
                    due,
                    "due",
                    f"a first attempt at message {number} was due: {state['limit_min']:.0f} min {agreed}",
                    "accounts" if state["limit_own"] else "profile",
                    "bad" if late else "",
                )
            )
        if state is not None:
            events.append(
                Event(
                    None,
                    "message",
                    f"message {number}: {STATES.get(str(state['state']), str(state['state']))}",
                    "dispatch",
                    {"handled": "good", "pending": "", "unlogged": ""}.get(str(state["state"]), "bad"),
                )
            )
    return events


TRANSFERS = ("BLINDTRANSFER", "ATTENDEDTRANSFER", "TRANSFER")


def _when_logged(event: Event, logged: Sequence[Logged]) -> Event:
    """Return a transfer with the instant the switch's own log gives it."""
    if event.kind != "transfer":
        return event
    at = next((e.at for e in logged if e.event in TRANSFERS and e.at is not None), None)
    return event if at is None else replace(event, at=at, says=event.says.partition(";")[0])


def _place(row: pd.Series[Any]) -> dict[str, object]:
    line = _none(row["source_line"])
    return {"file": str(_none(row["source_file"]) or ""), "line": int(str(line)) if line else 0}


def _logged(event: Logged) -> Event:
    return Event(
        event.at,
        "log",
        event.says,
        event.log,
        file=event.file,
        line=event.line,
        raw=event.raw,
        word=event.event,
        also=event.also,
    )


def case_of_call(store: Store, call_id: str, *, known: Callable[[Case], Case] = lambda case: case) -> Case:
    """Return of a store what it holds of one call, by its id, its linked id or the id of a message taken on it.

    Raises
    ------
    InputError
        The store has no such call.
    """
    wanted = call_id.strip()
    base = store.read(tables=("accounts",))
    calls = store.find(where={"call_id": wanted})
    if calls.empty:
        calls = store.find(where={"linked_id": wanted})
    if calls.empty:
        message = rows_with(store, "messages", "message_id", [wanted])
        of = [str(i) for i in message["call_id"].dropna()]
        calls = store.find(where={"call_id": of}) if of else calls
    if calls.empty:
        raise InputError(
            f"there is no call {call_id!r} in {store.url}",
            fix="`calltrace calls` lists calls with their ids: narrow them by --account and --when.",
        )
    ids = [str(i) for i in calls["call_id"]]
    start, end = calls["offered_at"].min() - MESSAGE_WITHIN, calls["offered_at"].max() + MESSAGE_WITHIN
    messages = rows_with(store, "messages", "call_id", ids, start, end)
    numbers = [str(m) for m in messages["message_id"]]
    tables = {
        **base.tables,
        "calls": calls,
        "messages": messages,
        "agents": rows_with(store, "agents", "call_id", ids, start, end),
        "dispatch": rows_with(store, "dispatch", "message_id", numbers, start, None),
        "oncall": store.read(tables=("oncall",), account=[str(a) for a in calls["account"].dropna()]).table(
            "oncall"
        ),
    }
    return known(replace(base, tables=tables))
