"""One call from ring to message: every event any table or log holds of it, in order, with times and gaps.

Two kinds of events make it: what the tables say of every switch's calls (:mod:`calltrace.desk.timeline`), and what the
logs themselves say (:mod:`calltrace.intake.trail`), line by line.
"""

from __future__ import annotations

from dataclasses import field, replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from calltrace.classes import dataclass
from calltrace.desk import people
from calltrace.desk.find import MESSAGE_WITHIN, with_wait
from calltrace.desk.of_store import rows_with
from calltrace.desk.timeline import Event, none, number, of_agents, of_messages, of_the_call, seconds
from calltrace.diagnosis import accounts
from calltrace.diagnosis.profile import Profile
from calltrace.diagnosis.scene import account_zones
from calltrace.diagnosis.words import clock
from calltrace.errors import InputError, UsageError
from calltrace.intake.trail import Logged, Trail
from calltrace.intake.trail import trail as trail_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from calltrace.intake.store import Store
    from calltrace.tables.case import Case


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
    call = {str(k): none(v) for k, v in row.items()}
    ids = [str(call[k]) for k in ("call_id", "linked_id") if call.get(k)]
    trail = trail_of(case, ids, paths=paths) if logs else Trail((), (), ())
    account = str(call.get("account") or "")
    zone = account_zones(case).get(account, case.zone)
    own = [
        *of_the_call(case, call, account, _gone(trail)),
        *of_agents(case, call),
        *of_messages(case, call, profile or Profile()),
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


def _outcome(call: dict[str, object]) -> str:
    wait = number(call, "wait_s")
    waited = f" after {seconds(wait)}" if wait is not None else ""
    agent = str(call.get("agent") or "an agent")
    if call["outcome"] == "answered":
        talk = number(call, "talk_s")
        talked = f", talk {seconds(talk)}" if talk is not None else ""
        return f"answered by {agent}{waited}{talked}"
    return f"{str(call['outcome']).replace('_', ' ')}{waited}"


def _stretches(call: dict[str, object]) -> list[Stretch]:
    found = [(n, number(call, f"{n}_s")) for n in ("ring", "queue", "talk", "hold")]
    return [Stretch(n, s) for n, s in found if s]


# --- what the switch's own logs say ---------------------------------------------------------------------------


HANGUPS = ("HANGUP", "CHAN_END", "LINKEDID_END", "end")
"""What the switch's own logs say where a part of a call is over; the last is the call's end."""

TRANSFERS = ("BLINDTRANSFER", "ATTENDEDTRANSFER", "TRANSFER")


def _gone(trail: Trail) -> pd.Timestamp | None:
    """Return when the last part of the call was over by the switch's own logs, None where they do not say."""
    return max((e.at for e in trail.events if e.event in HANGUPS and e.at is not None), default=None)


def _when_logged(event: Event, logged: Sequence[Logged]) -> Event:
    """Return a transfer with the instant the switch's own log gives it."""
    if event.kind != "transfer":
        return event
    at = next((e.at for e in logged if e.event in TRANSFERS and e.at is not None), None)
    return event if at is None else replace(event, at=at, says=event.says.partition(";")[0])


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
