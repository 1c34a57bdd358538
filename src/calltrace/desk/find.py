"""Which calls are meant: by account, agent, caller, time, outcome, waits, who hung up, the message taken.

Every filter is said in words with the answer, so that whoever reads "12 calls" reads what they are the twelve of. A
call of which a filter's column is not known is not among what is found, and the answer counts how many were left aside
for that.
"""

from __future__ import annotations

import re
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from calltrace.classes import dataclass
from calltrace.desk import people
from calltrace.diagnosis import accounts
from calltrace.diagnosis.caller import HIDDEN, asked_for, is_from, perhaps_from, perhaps_named
from calltrace.diagnosis.scene import account_zones, records_end
from calltrace.diagnosis.words import clock, span
from calltrace.errors import UsageError
from calltrace.tables import national, phones, times
from calltrace.tables.schema import OUTCOMES
from calltrace.tables.spans import parse_hours, parse_span
from calltrace.tables.waits import wait_s
from calltrace.tables.when import parse_when

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from calltrace.tables.case import Case

    Mask = pd.Series[bool]

MISSED = ("abandoned", "announcement", "busy", "failed", "no_answer", "voicemail")
"""What ``missed`` stands for: every outcome but answered."""

ENDED_BY = ("caller", "agent", "system")
PRIORITIES = ("urgent", "routine", "none")

SORTS = ("time", "wait", "ring", "queue", "hold", "talk", "account", "agent", "caller", "outcome")
"""What calls can be sorted by; ``-`` before it turns the order round."""

_COLUMN_OF = {
    "time": "offered_at",
    "wait": "wait_s",
    "ring": "ring_s",
    "queue": "queue_s",
    "hold": "hold_s",
    "talk": "talk_s",
    "caller": "ani",
}

BY = (
    "account",
    "agent",
    "caller",
    "outcome",
    "ended_by",
    "trunk_group",
    "dnis",
    "priority",
    "day",
    "hour",
    "weekday",
)
"""What calls can be counted by; day, hour and weekday are local."""

_UNIT_S = {"": 1, "s": 1, "sec": 1, "m": 60, "min": 60, "h": 3600}
_BOUND = re.compile(r"^(>=|<=|>|<|=)?\s*(\d+(?:\.\d+)?)\s*(s|sec|m|min|h)?\s*(\+)?$")
_RANGE = re.compile(
    r"^(\d+(?:\.\d+)?)\s*(s|sec|m|min|h)?\s*(?:-|–|to|\.\.)\s*(\d+(?:\.\d+)?)\s*(s|sec|m|min|h)?$"
)


MESSAGE_WITHIN = pd.Timedelta(days=1)
"""After its call's arrival a message is written well within this."""

LAST, SEARCHED = "desk.last", "desk.searched"
"""Where a Case read for a lookup has in its cache when the records end, and how many calls were looked through."""


@dataclass(frozen=True)
class Wanted:
    """What is looked for, as people say it; '' and () leave a filter out.

    ``start`` and ``end`` are one end of a window each, ``when`` is both ("this morning 9 to 12"); ``between`` are
    hours of any day. ``wait``, ``hold``, ``talk`` are bounds (">60", "30-60", "2 min"). ``outcomes`` may hold
    ``missed``. ``priority`` is of the message taken; ``none`` means no message. ``now`` is when it is asked, the
    end of the records by default: what "yesterday" counts from.
    """

    account: str = ""
    agent: str = ""
    caller: str = ""
    number: str = ""
    trunk_group: str = ""
    start: str = ""
    end: str = ""
    when: str = ""
    between: str = ""
    outcomes: tuple[str, ...] = ()
    wait: str = ""
    hold: str = ""
    talk: str = ""
    ended_by: str = ""
    priority: str = ""
    recorded: bool = False
    now: str = ""
    sort: str = "time"
    limit: int | None = None


@dataclass(frozen=True)
class Found:
    """The calls found, sorted, with what is known of each beside the columns of the table.

    ``calls`` has also ``wait_s`` (ring and queue), ``message_id`` and ``priority`` of the first message taken on
    the call. ``asked`` are the filters in words, ``unknown`` how many calls a filter could not be asked of.
    ``matched`` counts what fits before ``limit``; ``zone`` is the account's where one was asked for, else the
    service's. ``start`` and ``end`` are the window, None where open; all instants UTC.
    """

    calls: pd.DataFrame
    zone: str
    asked: tuple[str, ...]
    searched: int
    matched: int
    unknown: int
    start: pd.Timestamp | None = None
    end: pd.Timestamp | None = None
    case: Case | None = field(default=None, repr=False, compare=False)


def find(case: Case, wanted: Wanted) -> Found:
    """Return the calls that fit every filter.

    Raises
    ------
    UsageError
        A filter that can't be read, or means two things.
    InputError, UnknownAccountError
        No such account, agent or trunk group; the nearest are named.
    """
    account = accounts.resolve(case, wanted.account) if wanted.account else ""
    zone = account_zones(case).get(account, case.zone) if account else case.zone
    start, end = window(case, wanted, zone)
    calls = with_messages(case, with_wait(case.calls))
    asked: list[str] = []
    keep, sure = np.ones(len(calls), dtype=bool), np.ones(len(calls), dtype=bool)

    def narrow(says: str, mask: pd.Series[bool]) -> None:
        nonlocal keep, sure
        asked.append(says)
        known = mask.notna().to_numpy(dtype=bool)
        sure &= known | ~keep
        keep &= mask.fillna(value=False).to_numpy(dtype=bool)

    if account:
        names = accounts.known(case)
        narrow(f"account {names.get(account, account)} ({account})", calls["account"] == account)
    if start is not None:
        narrow(f"from {clock(start, zone)}", calls["offered_at"] >= start)
    if end is not None:
        narrow(f"before {clock(end, zone)}", calls["offered_at"] < end)
    for says, mask in _filters(case, calls, wanted, zone):
        narrow(says, mask)
    unknown = int((~sure).sum())
    found = ordered(calls[keep], wanted.sort)
    matched = len(found)
    if wanted.limit is not None:
        found = found.head(wanted.limit)
    return Found(
        found.reset_index(drop=True), zone, tuple(asked), searched(case), matched, unknown, start, end, case
    )


def _filters(case: Case, calls: pd.DataFrame, wanted: Wanted, zone: str) -> list[tuple[str, pd.Series[bool]]]:
    """Return each filter that was asked for: in words, and which calls fit it (NA where it can't be told)."""
    found: list[tuple[str, pd.Series[bool]]] = []
    if wanted.agent:
        who = people.agent(case, wanted.agent)
        found.append((f"agent {who}", calls["agent"].fillna("") == who))
    if wanted.caller:
        theirs = caller_mask(calls["ani"], wanted.caller)
        found.append((f"caller {only_perhaps(calls['ani'][theirs], wanted.caller) or wanted.caller}", theirs))
    if wanted.number:
        own = national.meant(wanted.number, (str(n) for n in calls["dnis"].dropna().unique()))
        number = ", ".join(own) or phones.one(wanted.number) or wanted.number
        found.append((f"number dialled {number}", calls["dnis"].isin(own or [number])))
    if wanted.trunk_group:
        group = people.trunk_group(case, wanted.trunk_group)
        found.append((f"trunk group {group}", calls["trunk_group"].fillna("") == group))
    if wanted.between:
        found.append(_of_day(calls["offered_at"], wanted.between, zone))
    if wanted.outcomes:
        names = _outcomes(wanted.outcomes)
        found.append((" or ".join(n.replace("_", " ") for n in names), calls["outcome"].isin(names)))
    for name, said in (("wait", wanted.wait), ("hold", wanted.hold), ("talk", wanted.talk)):
        if said:
            words, fits = bound(name, said)
            found.append((words, fits(calls[f"{name}_s"])))
    if wanted.ended_by:
        who = _word("--ended-by", wanted.ended_by, ENDED_BY)
        found.append((f"ended by the {who}", calls["ended_by"] == who))
    if wanted.priority:
        if wanted.priority not in PRIORITIES:
            raise UsageError(f"--priority is {wanted.priority!r}", expected=", ".join(PRIORITIES))
        none = wanted.priority == "none"
        says = "no message taken" if none else f"{wanted.priority} message"
        mask = (
            calls["message_id"].isna()
            if none
            else calls["priorities"].str.contains(wanted.priority, regex=False)
        )
        found.append((says, mask.fillna(value=False)))
    if wanted.recorded:
        found.append(("with a recording", calls["recording"].notna()))
    return found


def window(
    case: Case, wanted: Wanted, zone: str, *, last: pd.Timestamp | None = None
) -> tuple[pd.Timestamp | None, pd.Timestamp | None]:
    """Return the window that is meant, UTC; None where it is open. ``last`` is the end of the records.

    Raises
    ------
    UsageError
        Words that are no time, or a window that ends before it starts.
    """
    if not (wanted.start or wanted.end or wanted.when or wanted.now):
        return None, None
    noted = case.cache.get(LAST)  # a Case read for a lookup ends before the records do
    last = last if last is not None else noted if isinstance(noted, pd.Timestamp) else records_end(case)
    now = parse_when(wanted.now, zone, last, end=True, option="--now") if wanted.now else last
    if wanted.when and (wanted.start or wanted.end):
        raise UsageError("--when and --from or --to say the window twice", fix="Leave one of them out.")
    if wanted.when:
        return parse_span(wanted.when, zone, now)
    start = parse_when(wanted.start, zone, now, end=False) if wanted.start else None
    end = parse_when(wanted.end, zone, now, end=True) if wanted.end else None
    if start is not None and end is not None and end <= start:
        raise UsageError(
            f'--to ("{wanted.end}", which is {clock(end, zone)}) is not after --from ("{wanted.start}", which is'
            f" {clock(start, zone)})",
            expected="--from earlier than --to; a bare date as --to means its end",
        )
    return start, end


def window_words(start: pd.Timestamp | None, end: pd.Timestamp | None, zone: str) -> str:
    """Return a window in words, its open ends too."""
    if start is not None and end is not None:
        return span(start, end, zone)
    if start is not None:
        return f"since {clock(start, zone)}"
    return f"until {clock(end, zone)}" if end is not None else "all on record"


def searched(case: Case) -> int:
    """Return how many calls were looked through: the Case's, or those of the store its calls were found in."""
    return int(str(case.cache.get(SEARCHED, len(case.calls))))


def with_wait(calls: pd.DataFrame) -> pd.DataFrame:
    """Return the calls with ``wait_s``: ring and queue seconds; NA where the wait is not known."""
    return calls.assign(wait_s=wait_s(calls))


def with_messages(case: Case, calls: pd.DataFrame) -> pd.DataFrame:
    """Return the calls with the first message taken on each: ``message_id``, ``priority``, ``priorities``.

    ``priority`` is urgent if any message of the call is.
    """
    messages = case.table("messages")
    messages = messages[messages["call_id"].notna()].sort_values("taken_at", kind="stable")
    if messages.empty:
        nothing = pd.Series(pd.NA, index=calls.index, dtype="string")
        return calls.assign(message_id=nothing, priority=nothing, priorities=nothing)
    by_call = messages.groupby("call_id", sort=False)
    first = by_call["message_id"].first()
    said = messages.assign(priority=messages["priority"].fillna("")).groupby("call_id", sort=False)[
        "priority"
    ]
    every = (
        said.agg(lambda p: " ".join(sorted(set(p))))
        if messages["call_id"].duplicated().any()
        else said.first()
    )
    priorities = calls["call_id"].map(every).astype("string")
    urgent = priorities.str.contains("urgent", regex=False).fillna(value=False)
    return calls.assign(
        message_id=calls["call_id"].map(first).astype("string"),
        priority=priorities.str.strip().mask(urgent, "urgent").mask(lambda p: p == "").astype("string"),
        priorities=priorities,
    )


def caller_mask(numbers: pd.Series[str], caller: str) -> pd.Series[bool]:
    """Say of each number whether it is the caller's; ``withheld`` asks for those without a number.

    Where none is, those without an area's code are given that may be theirs: :func:`only_perhaps` says so.
    """
    wanted = asked_for(caller)
    if wanted == HIDDEN:
        return numbers.isna()
    theirs = is_from(numbers, wanted)
    return theirs if theirs.any() else perhaps_from(numbers, wanted)


def only_perhaps(found: pd.Series[str], caller: str) -> str:
    """Name the numbers found for a caller where they have no area's code and are only perhaps theirs; '' where they are."""
    perhaps = len(found) > 0 and asked_for(caller) != HIDDEN and bool(perhaps_from(found, caller).all())
    return perhaps_named(found, caller) if perhaps else ""


def _outcomes(said: tuple[str, ...]) -> tuple[str, ...]:
    found: list[str] = []
    for one in said:
        if one.casefold() == "missed":
            found.extend(MISSED)
        else:
            found.append(_word("--outcome", one.replace("-", "_").replace(" ", "_"), OUTCOMES, also=("missed",)))
    return tuple(dict.fromkeys(found))


def _word(option: str, said: str, words: Sequence[str], *, also: Sequence[str] = ()) -> str:
    """Return the one of an option's words that is meant, in any case, or by its beginning; no records are needed."""
    folded = said.casefold().strip()
    found = [w for w in words if w == folded] or [w for w in words if folded and w.startswith(folded)]
    if len(found) == 1:
        return found[0]
    near = people.nearest(folded, (*words, *also), 1)
    raise UsageError(
        f"{option} is {said!r}",
        expected=f"one of {', '.join((*words, *also))}",
        fix=f"Did you mean {near[0]}?" if near else "",
    )


def _of_day(at: pd.Series[pd.Timestamp], said: str, zone: str) -> tuple[str, pd.Series[bool]]:
    start, end = parse_hours(said)
    there = times.local(at, zone).dt
    second = there.hour * 3600 + there.minute * 60 + there.second
    fits = (second >= start) & (second < end) if start < end else (second >= start) | (second < end)
    return f"between {_clock(start)} and {_clock(end)} of the day", fits


def _clock(second: int) -> str:
    return f"{second // 3600:02d}:{second // 60 % 60:02d}"


def bound(name: str, said: str) -> tuple[str, Callable[[pd.Series[float]], pd.Series[bool]]]:
    """Return a bound on seconds in words, and what says of each value whether it fits (NA where unknown).

    Examples
    --------
    >>> bound("wait", ">2 min")[0], bound("hold", "30-60")[0]
    ('wait over 120 s', 'hold 30 to 60 s')
    """
    text = said.strip().lower()
    if match := _RANGE.match(text):
        unit = match[4] or match[2] or ""
        low, high = float(match[1]) * _UNIT_S[match[2] or unit], float(match[3]) * _UNIT_S[unit]
        if high < low:
            raise UsageError(
                f"--{name} is {said!r}, which ends below where it begins", expected='such as "30-60"'
            )
        return f"{name} {low:g} to {high:g} s", lambda values: (values >= low) & (values <= high)
    match = _BOUND.match(text)
    if not match or (match[1] and match[4]):
        raise UsageError(
            f"--{name} is {said!r}", expected='seconds or minutes, such as ">60", "<10", "30-60" or "2 min"'
        )
    value = float(match[2]) * _UNIT_S[match[3] or ""]
    sign = match[1] or ">="
    words = {">": "over", ">=": "at least", "<": "under", "<=": "at most", "=": "exactly"}[sign]
    compare: dict[str, Callable[[pd.Series[float]], pd.Series[bool]]] = {
        ">": lambda values: values > value,
        ">=": lambda values: values >= value,
        "<": lambda values: values < value,
        "<=": lambda values: values <= value,
        "=": lambda values: values == value,
    }
    return f"{name} {words} {value:g} s", compare[sign]


def ordered(calls: pd.DataFrame, sort: str) -> pd.DataFrame:
    """Return calls sorted by one of :data:`SORTS`; unknown values last, ties by time and id."""
    down, name = sort.startswith("-"), sort.lstrip("-")
    if name not in SORTS:
        near = people.nearest(name, SORTS, 1)
        raise UsageError(
            f"--sort is {sort!r}",
            expected=f"one of {', '.join(SORTS)}, with - before it for the largest first",
            fix=f"Did you mean {near[0]}?" if near else "",
        )
    column = _COLUMN_OF.get(name, name)
    calls = calls.sort_values(["offered_at", "call_id"], kind="stable")
    return calls.sort_values(column, ascending=not down, kind="stable", na_position="last")


def counted(found: Found, by: str) -> pd.DataFrame:
    """Return how many of the calls found there are by one of :data:`BY`: ``value``, ``calls``, most first.

    A local ``day``, ``hour`` or ``weekday`` is in order of time. Calls of which it is not known come last, as NA.
    """
    if by not in BY:
        near = people.nearest(by, BY, 1)
        raise UsageError(
            f"--by is {by!r}", expected=", ".join(BY), fix=f"Did you mean {near[0]}?" if near else ""
        )
    calls = found.calls
    if by in ("day", "hour", "weekday"):
        there = times.local(calls["offered_at"], found.zone).dt
        value = {
            "day": lambda: there.strftime("%Y-%m-%d"),
            "hour": lambda: there.strftime("%H:00"),
            "weekday": lambda: (there.day_of_week + 1).astype("string") + " " + there.day_name(),
        }[by]().astype("string")
        counts = value.groupby(value).size().rename_axis("value").reset_index(name="calls")
        return counts.assign(value=counts["value"].str.replace(r"^\d ", "", regex=True))
    value = calls[_COLUMN_OF.get(by, by)].astype("string")
    counts = value.value_counts(dropna=False, sort=False).rename_axis("value").reset_index(name="calls")
    counts = counts.astype({"value": "string", "calls": "Int64"})
    known = counts[counts["value"].notna()].sort_values(
        ["calls", "value"], ascending=[False, True], kind="stable"
    )
    return pd.concat([known, counts[counts["value"].isna()]], ignore_index=True)


def recordings(found: Found) -> list[str]:
    """Return where the recordings of the calls found are, in their order, each once.

    A relative path is looked for beside the log that names it, and given as it is where it is not there.
    """
    paths: list[str] = []
    calls = found.calls[found.calls["recording"].notna()]
    for path, log in zip(calls["recording"], calls["source_file"].astype("string"), strict=True):
        beside = Path(str(log)).parent / str(path)
        paths.append(
            str(beside)
            if "://" not in path and not Path(path).is_absolute() and beside.exists()
            else str(path)
        )
    return list(dict.fromkeys(paths))
