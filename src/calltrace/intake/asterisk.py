"""Calls out of Asterisk's logs: legs of Master.csv and events of queue_log, joined to one row a caller's attempt.

Neither log says it alone. The CDR knows when the call came, on which trunk and for which account, but ANSWERED
there means that *something* answered, a greeting or the queue's music too; the queue_log knows the agent, the wait
and who hung up, but nothing of what came before the queue. They share the caller's channel id. Each is also read
alone, and what it can't tell is then left NA.

A caller's attempt is a call whose first channel came in on a trunk, or one that entered a queue. Legs of other
calls (agents dialling out, phones calling each other) are set aside and counted in the notes, and so are the further
rows of one call: rows in are calls, rows folded into them and rows set aside, to the last one.

References
----------
asterisk/asterisk ``main/cdr.c``, ``apps/app_queue.c``, ``apps/app_dial.c``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from calltrace.errors import Location
from calltrace.intake.formats._base import Reading
from calltrace.tables import phones
from calltrace.tables.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from calltrace.intake.formats._base import ReadOptions

    Mask = NDArray[np.bool_]
    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]
    Texts = NDArray[np.object_]

NO_TIME = np.iinfo(np.int64).min
"""NaT as a plain integer: times are compared and subtracted as whole seconds."""

QUEUE_APPS = ("queue", "appqueue")
DIAL_APPS = ("dial", "appdial", "appdial2", "retrydial", "followme", "macro", "gosub")
VOICEMAIL_APPS = ("voicemail", "vm", "voicemailplaymsg", "minivmrecord")
REFUSING_APPS = ("congestion", "busy", "playtones")
SPEAKING_APPS = (
    "playback", "background", "backgrounddetect", "controlplayback", "waitexten", "read", "wait", "musiconhold",
    "festival", "saydigits", "saynumber", "sayalpha", "playtts", "agi", "swift", "record", "directory",
)
"""Applications that play something to the caller: a call that ends in one has not reached anybody."""

INBOUND = r"(?i)(?:from|ext|in|incoming)[-_]?(?:pstn|trunk|carrier|did|zaptel|dahdi|outside|external|provider|sip-ext)" \
    r"|inbound|incoming|^did"
"""Contexts that dialplans (FreePBX, Issabel, the samples) give to calls from outside."""

WENT_ON_S = 2
"""Rows of one call follow one another within the truncation of both their seconds."""

DOUBTFUL_PICKUP_S = 1
"""Both logs cut off fractions of a second: two instants this close may be the same one."""

LISTED = 100
"""How many open calls are listed one by one."""


def join(readings: Sequence[tuple[str, Reading]], options: ReadOptions) -> list[tuple[str, Reading]]:
    """Make calls and agent events of all of one switch's logs.

    Parameters
    ----------
    readings : pairs of format name and reading
        Tables "asterisk-legs" and "queue-events"; others are handed back as they are.
    options : ReadOptions
        ``region`` says in which country a number without ``+`` is.

    Returns
    -------
    list of (format name, reading)
        A reading of table "calls" and, if there is a queue_log, one of "agents". ``source_file`` and
        ``source_line`` of a call are its earliest leg's, else its first queue event's.
    """
    given = [reading for _, reading in readings if reading.table == "asterisk-legs"]
    heard = [reading for _, reading in readings if reading.table == "queue-events"]
    made = [pair for pair in readings if pair[1].table not in ("asterisk-legs", "queue-events")]
    if not given and not heard:
        return made
    problems: list[Problem] = []
    legs = _concat(given, ("uniqueid", "start_at", "dstchannel", "channel", "lastapp"), problems, "calls")
    # one agent's phone can be rung twice in a second: within one queue_log equal lines are two events
    events = _concat(heard, ("at", "call_id", "event", "agent", "queue"), problems, "queue-events", across=True)
    calls, notes, hides = _calls(legs, events, options, problems)
    main = given or heard
    made.append((
        "asterisk_cdr_csv" if given else "asterisk_queue_log",
        Reading("calls", calls, sum(reading.rows for reading in main), tuple(problems), *_zone(main), hides,
                tuple(notes)),
    ))
    if heard:
        agents, agent_notes = _agents(events, legs)
        made.append((
            "asterisk_queue_log",
            Reading("agents", agents, sum(reading.rows for reading in heard), (), *_zone(heard),
                    notes=tuple(agent_notes)),
        ))
    return made


def _zone(readings: Sequence[Reading]) -> tuple[str, str]:
    """Return the zone and how it was known if all files share them; the files keep their own otherwise."""
    found = {(reading.zone, reading.zone_from) for reading in readings}
    return found.pop() if len(found) == 1 else ("", "")


# --- reading together -----------------------------------------------------------------


def _concat(
    readings: Sequence[Reading], telling: tuple[str, ...], problems: list[Problem], table: str, *,
    across: bool = False,
) -> pd.DataFrame:
    """Put the files of one kind together and drop exact duplicates (per-account files repeat Master.csv).

    With ``across`` a row only repeats one of another file.
    """
    frames = [reading.frame for reading in readings if len(reading.frame)]
    if not frames:
        return readings[0].frame if readings else pd.DataFrame()
    if len(frames) == 1:
        frame = frames[0].reset_index(drop=True)
    else:
        parts = [part.assign(source_file=part["source_file"].astype("string")) for part in frames]
        frame = pd.concat(parts, ignore_index=True)
        frame["source_file"] = frame["source_file"].astype("category")
    if across and len(frames) == 1:
        return frame
    maybe = frame.duplicated([name for name in telling if name in frame.columns], keep=False).to_numpy()
    if maybe.any():
        told = [name for name in frame.columns if name not in ("source_file", "source_line")]
        again = np.zeros(len(frame), dtype=bool)
        doubles = frame.loc[maybe, told]
        if across:
            file = frame.loc[maybe, "source_file"].astype("string")
            doubles = doubles.assign(nth=doubles.assign(file=file).groupby(
                [*told, "file"], dropna=False, observed=True).cumcount())
        again[maybe] = doubles.duplicated().to_numpy()
        if again.any():
            twice = frame.loc[again]
            for file, count in sorted(twice["source_file"].astype(str).value_counts().items()):
                line = int(twice.loc[twice["source_file"].astype(str) == file, "source_line"].iloc[0])
                problems.append(Problem(
                    Location(str(file), line), f"{count} rows that are already there, this is the first",
                    "each row once", "The repeats were left out.", table, "left-out", int(count), "duplicate"))
            frame = frame.loc[~again].reset_index(drop=True)
    return frame


def _codes(values: pd.Series[str]) -> tuple[Ints, Texts]:
    """Return each value's number and the distinct values; -1 where NA."""
    coded = pa.array(values, from_pandas=True)
    if isinstance(coded, pa.ChunkedArray):
        coded = coded.combine_chunks()
    coded = coded.dictionary_encode()
    numbers = pc.fill_null(coded.indices, -1).to_numpy(zero_copy_only=False).astype(np.int64)
    return numbers, np.array(coded.dictionary.to_pylist(), dtype=object)


def _by_value(values: pd.Series[str], of: Callable[[pd.Series[str]], pd.Series[Any]]) -> NDArray[Any]:
    """Return ``of`` each value as objects, worked out once for each distinct one; None where NA."""
    code, names = _codes(values)
    found = of(pd.Series(names, dtype="string"))
    each = np.empty(len(names) + 1, dtype=object)
    each[:-1] = found.to_numpy(dtype=object, na_value=None)
    each[-1] = None
    return np.asarray(each[code], dtype=object)


def _is(values: pd.Series[str], of: Callable[[pd.Series[str]], pd.Series[Any]]) -> Mask:
    """Return a yes or no for each value, worked out once for each distinct one; no where NA."""
    return np.asarray(_by_value(values, of) == True, dtype=bool)  # noqa: E712 - element by element


def _seconds(times: pd.Series[pd.Timestamp]) -> Ints:
    """Return epoch seconds as integers, NO_TIME where NaT."""
    raw = times.to_numpy(dtype="datetime64[us]") if times.dt.tz is None else times.dt.tz_convert(None).to_numpy()
    found = raw.astype("datetime64[s]").astype(np.int64)
    return np.where(np.isnat(raw), NO_TIME, found)


def _between(later: Ints, earlier: Ints) -> Floats:
    """Return later - earlier in seconds, never below 0; NaN where either is not known."""
    known = (later != NO_TIME) & (earlier != NO_TIME)
    return np.where(known, np.clip(np.where(known, later - earlier, 0), 0, None).astype(np.float64), np.nan)


def _first_of(code: Ints, rows: Ints, size: int) -> Ints:
    """Return for each of ``size`` codes the first of ``rows`` (indices into ``code``) that has it, else -1."""
    found = np.full(size, -1, dtype=np.int64)
    found[code[rows][::-1]] = rows[::-1]
    return found


def _last_of(code: Ints, rows: Ints, size: int) -> Ints:
    """Return for each of ``size`` codes the last of ``rows`` that has it, else -1."""
    found = np.full(size, -1, dtype=np.int64)
    found[code[rows]] = rows
    return found


def _at(values: NDArray[np.generic], rows: Ints, otherwise: object) -> NDArray[np.generic]:
    """Return ``values[rows]``, ``otherwise`` where a row is -1."""
    if not len(values):
        return np.full(len(rows), otherwise, dtype=values.dtype)
    return np.where(rows >= 0, values[rows], otherwise)


# --- what the events of one call say --------------------------------------------------


@dataclass(frozen=True)
class _Queued:
    """What the queue_log says of each call: one entry a call, in the order of ``ids``.

    Times are epoch seconds (NO_TIME where there was no such event), texts None where the log has none.
    """

    ids: Texts
    row: Ints
    entered: Ints
    connected: Ints
    ended: Ints
    left: Ints
    wait_s: Floats
    talk_s: Floats
    how: Texts
    agent: Texts
    queue: Texts
    caller: Texts
    caller_name: Texts
    did: Texts
    transferred_to: Texts
    restarted: Mask
    attempts: Ints


def _queued(events: pd.DataFrame) -> _Queued:
    """Fold the events of each call id that entered a queue."""
    empty = np.array([], dtype=object)
    if events.empty or "call_id" not in events.columns:
        none = np.array([], dtype=np.int64)
        return _Queued(empty, none, none, none, none, none, none.astype(float), none.astype(float), empty, empty,
                       empty, empty, empty, empty, empty, none.astype(bool), none)
    code, ids = _codes(events["call_id"])
    kind_code, kinds = _codes(events["event"])
    number = {name: n for n, name in enumerate(kinds.tolist())}

    def rows(*names: str) -> Ints:
        wanted = [number[name] for name in names if name in number]
        return np.flatnonzero(np.isin(kind_code, wanted) & (code >= 0))

    size = len(ids)
    at = _seconds(events["at"])
    enter, enter_last = _first_of(code, rows("ENTERQUEUE"), size), _last_of(code, rows("ENTERQUEUE"), size)
    connect = _last_of(code, rows("CONNECT"), size)
    finish = _last_of(code, rows(
        "COMPLETEAGENT", "COMPLETECALLER", "BLINDTRANSFER", "ATTENDEDTRANSFER", "TRANSFER"), size)
    leave = _last_of(code, rows(
        "ABANDON", "EXITEMPTY", "EXITWITHTIMEOUT", "EXITWITHKEY", "WITHDRAW", "AGENTDUMP", "SYSCOMPAT"), size)
    did = _last_of(code, np.flatnonzero(events["did"].notna().to_numpy() & (code >= 0)), size)
    # an event of an end belongs to the last attempt only if it came after it
    connect = np.where((finish >= 0) & (connect < 0), finish, connect)
    leave = np.where(leave > connect, leave, -1)
    wait, talk = events["wait_s"].to_numpy(dtype=float), events["talk_s"].to_numpy(dtype=float)
    attempts = np.bincount(code[rows("ENTERQUEUE")], minlength=size).astype(np.int64)
    over = np.where(connect >= 0, connect, leave)
    kinds_at = np.where(kind_code >= 0, kinds[kind_code], None) if len(kinds) else empty
    last = np.where(finish >= 0, finish, leave)
    starts = np.sort(at[np.flatnonzero(kind_code == number.get("QUEUESTART", -2))])
    entered = _at(at, enter, NO_TIME).astype(np.int64)
    later_start = np.searchsorted(starts, entered, side="right") < len(starts)
    connected = _at(at, np.where((finish >= 0) & (connect == finish), -1, connect), NO_TIME).astype(np.int64)
    lone_finish = (finish >= 0) & (connect == finish)
    # a rotated log may hold only the end: count back
    back = _at(at, finish, NO_TIME).astype(np.int64) - np.nan_to_num(_at(talk, finish, 0.0).astype(float)).astype(int)
    connected = np.where(lone_finish, back, connected)
    waited = _at(wait, over, np.nan).astype(float)
    spanned = _between(np.where(over >= 0, _at(at, over, NO_TIME).astype(np.int64), NO_TIME), entered)
    waited = np.where((attempts > 1) | np.isnan(waited), spanned, waited)

    def text(column: str, where: Ints) -> Texts:
        values = events[column].to_numpy(dtype=object, na_value=None)
        return np.asarray(_at(values, where, None), dtype=object)

    keep = np.flatnonzero((enter >= 0) | (connect >= 0) | (leave >= 0))
    first = np.where(enter >= 0, enter, np.where(connect >= 0, connect, leave))
    return _Queued(
        ids=ids[keep],
        row=first[keep],
        entered=np.where(entered == NO_TIME, np.where(
            over >= 0, _at(at, over, NO_TIME).astype(np.int64) - np.nan_to_num(waited).astype(np.int64), NO_TIME),
            entered)[keep],
        connected=connected[keep],
        ended=_at(at, last, NO_TIME).astype(np.int64)[keep],
        left=_at(at, leave, NO_TIME).astype(np.int64)[keep],
        wait_s=waited[keep],
        talk_s=_at(talk, finish, np.nan).astype(float)[keep],
        how=np.asarray(_at(kinds_at, last, None), dtype=object)[keep],
        agent=text("agent", np.where(connect >= 0, connect, -1))[keep],
        queue=text("queue", np.where(enter_last >= 0, enter_last, first))[keep],
        caller=text("caller", enter)[keep],
        caller_name=text("caller_name", enter)[keep],
        did=text("did", did)[keep],
        transferred_to=text("transferred_to", finish)[keep],
        restarted=later_start[keep],
        attempts=attempts[keep],
    )


# --- which rows are one call, and which calls are callers' ----------------------------


def _call_keys(legs: pd.DataFrame) -> tuple[Ints, Texts]:
    """Return for each leg the number of its call and each call's id: linkedid, else uniqueid, else its channel."""
    column = pd.Series(pd.NA, index=legs.index, dtype="string")
    for name in ("linkedid", "uniqueid"):
        if name in legs.columns:
            column = legs[name] if not column.notna().any() else column.fillna(legs[name])
    bare = column.isna().to_numpy()
    if bare.any():
        # Without an id a channel's name is all there is; it comes back after a restart, so a call ends where
        # nothing of that channel follows at once.
        lone = np.flatnonzero(bare)
        channel, _ = _codes(legs["channel"])
        start, end = _seconds(legs["start_at"]), _seconds(legs["end_at"])
        order = lone[np.lexsort((start[lone], channel[lone]))]
        same = (channel[order][1:] == channel[order][:-1]) & (
            start[order][1:] <= np.maximum(end[order][:-1], start[order][:-1]) + WENT_ON_S)
        begins = np.concatenate(([True], ~same))
        named = (legs["channel"].fillna("?") + "@" + legs["start_at"].dt.strftime("%Y%m%dT%H%M%SZ")).to_numpy(
            dtype=object)
        name_of = np.empty(len(legs), dtype=object)
        name_of[order] = named[order][np.flatnonzero(begins)[np.cumsum(begins) - 1]]
        column = column.mask(bare, pd.Series(name_of, index=legs.index, dtype="string"))
    code, ids = _codes(column)
    if "linkedid" not in legs.columns or legs["linkedid"].isna().all():
        code = _with_local_halves(legs, code)
    return code, ids


def _with_local_halves(legs: pd.DataFrame, code: Ints) -> Ints:
    """Give the legs of a Local channel's far half the call of the leg that dialled it."""
    far = pc.fill_null(pc.starts_with(pa.array(legs["channel"], from_pandas=True), "Local/"), False).to_numpy(
        zero_copy_only=False)
    near = pc.fill_null(pc.starts_with(pa.array(legs["dstchannel"], from_pandas=True), "Local/"), False).to_numpy(
        zero_copy_only=False)
    if not far.any() or not near.any():
        return code
    start = legs["start_at"]
    code = code.copy()
    for _ in range(3):  # a Local channel may dial another; more than three deep is no queue's doing
        dialled = pd.DataFrame({
            "base": legs.loc[near, "dstchannel"].str.replace(r";\d$", "", regex=True).to_numpy(dtype=object),
            "at": start[near].to_numpy(), "to": code[near],
        }).sort_values("at")
        heard = pd.DataFrame({
            "base": legs.loc[far, "channel"].str.replace(r";\d$", "", regex=True).to_numpy(dtype=object),
            "at": start[far].to_numpy(), "row": np.flatnonzero(far),
        }).sort_values("at")
        found = pd.merge_asof(heard, dialled, on="at", by="base", direction="nearest",
                              tolerance=pd.Timedelta(hours=1))
        found = found[found["to"].notna()]
        before = code.copy()
        code[found["row"].to_numpy()] = found["to"].to_numpy(dtype=np.int64)
        if (before == code).all():
            break
    return code


def _peers(channels: pd.Series[str]) -> pd.Series[str]:
    """Return the trunk or phone of each channel: ``SIP/carrier-0000001b`` is SIP/carrier, DAHDI/i1/… is DAHDI/i1."""
    array = pa.array(channels, from_pandas=True)
    array = pc.replace_substring_regex(array, r"(?:-[0-9A-Fa-f]{1,12})?(?:;\d)?$", "", max_replacements=1)
    array = pc.replace_substring_regex(array, r"^(DAHDI/[^/]+)/.*$", r"\1")
    # a channel of a T1 or an analogue line goes by its number: all of them are one group
    array = pc.replace_substring_regex(array, r"^(DAHDI|Zap)/\d+$", r"\1")
    return pd.Series(pd.array(array, dtype="string"), index=channels.index)


def _trunks(legs: pd.DataFrame, peer_code: Ints, peers: Texts) -> Mask:
    """Say of each peer whether calls from outside come in on it.

    A peer whose context is one for calls from outside, or that numbers are dialled at (``Dial(SIP/5551234@trunk)``),
    is a trunk; a two- to six-digit name, or one that is its own caller number, is a phone.
    """
    size = len(peers)
    names = pd.Series(peers, dtype="string")
    there = peer_code >= 0
    context_code, contexts = _codes(legs["dcontext"])
    outside = pd.Series(contexts, dtype="string").str.contains(INBOUND, regex=True).fillna(False).to_numpy(dtype=bool)
    from_outside = np.where(context_code >= 0, outside[context_code], False) if len(contexts) else np.zeros(
        len(legs), dtype=bool)
    inbound = np.bincount(peer_code[there & from_outside], minlength=size) > 0
    short = names.str.partition("/")[2]
    phone = short.str.fullmatch(r"\d{2,6}(?:@.*)?").fillna(False).to_numpy(dtype=bool)
    local = names.str.match(r"(?:Local|Console|ALSA|OSS|Message|Bridge|Announcer|Recorder|ConfBridge|Agent)(?:/|$)").fillna(
        True).to_numpy(dtype=bool)
    dialled_code, dialled = _codes(legs["lastdata"])
    via = pd.Series(dialled, dtype="string").str.extract(r"^(\w+)/[^,&@/]+@([^,&/]+)").dropna()
    via_names = set((via[0] + "/" + via[1]).tolist())
    slash = pd.Series(dialled, dtype="string").str.extract(r"^(\w+/[^,&@/]+)/\+?\d{7,}").dropna()
    via_names |= set(slash[0].tolist())
    dialled_at = np.array([name in via_names for name in peers.tolist()], dtype=bool)
    src_code, sources = _codes(legs["src"])
    src_names = pd.Series(sources, dtype="string")
    own_name = np.zeros(len(legs), dtype=bool)
    if len(sources):
        own_name = (
            np.where(src_code >= 0, sources[src_code], "") == np.where(there, short.to_numpy(dtype=object)[peer_code], None))
    own = np.bincount(peer_code[there & own_name], minlength=size) * 2 > np.bincount(
        peer_code[there], minlength=size)
    long_source = src_names.str.contains(r"\d{7}", regex=True).fillna(False).to_numpy(dtype=bool)
    from_number = np.where(src_code >= 0, long_source[src_code], False) if len(sources) else own_name
    numbered = np.bincount(peer_code[there & from_number], minlength=size) > 0
    return ~local & ~phone & ~own & (inbound | dialled_at | numbered)


# --- calls ----------------------------------------------------------------------------


def _calls(
    legs: pd.DataFrame, events: pd.DataFrame, options: ReadOptions, problems: list[Problem]
) -> tuple[pd.DataFrame, list[str], bool]:
    """Return the calls, what to say about the rows, and whether unanswered calls may be hidden."""
    queued = _queued(events)
    if legs.empty:
        frame, notes = _from_queue_alone(queued, events, options, problems)
        return frame, [*notes, "calls that never reached a queue are not in a queue_log"], False
    made, met, notes, hides = _from_legs(legs, queued, options)
    rest = np.setdiff1d(np.arange(len(queued.ids)), met)
    if len(rest):
        covered = (queued.entered[rest] >= _seconds(legs["start_at"]).min()) & (
            queued.entered[rest] <= _seconds(legs["end_at"]).max())
        given_up = covered & np.isin(queued.how[rest].astype(str), ["ABANDON"])
        if given_up.any():
            hides = True
            notes.append(
                f"{int(given_up.sum())} calls abandoned in a queue have no row in the CDR: cdr.conf says unanswered=no")
        lone, lone_notes = _from_queue_alone(_pick(queued, rest), events, options, problems)
        notes += [f"{len(lone)} calls are in the queue_log only", *lone_notes]
        made = pd.concat([
            made.assign(source_file=made["source_file"].astype("string")),
            lone.assign(source_file=lone["source_file"].astype("string")),
        ], ignore_index=True)
        made["source_file"] = made["source_file"].astype("category")
    return made.sort_values("offered_at", kind="stable", ignore_index=True), notes, hides


def _pick(queued: _Queued, rows: Ints) -> _Queued:
    return _Queued(**{name: getattr(queued, name)[rows] for name in _Queued.__dataclass_fields__})


def _from_legs(
    legs: pd.DataFrame, queued: _Queued, options: ReadOptions
) -> tuple[pd.DataFrame, Ints, list[str], bool]:
    """Return a call for each attempt in the CDR, the entries of ``queued`` used, notes, and whether it hides some."""
    code, ids = _call_keys(legs)
    start, end, answer = (_seconds(legs[name]) for name in ("start_at", "end_at", "answer_at"))
    uniqueid = legs["uniqueid"] if "uniqueid" in legs.columns else pd.Series(pd.NA, index=legs.index, dtype="string")
    linked = "linkedid" in legs.columns
    further = (uniqueid != legs["linkedid"]).fillna(False).to_numpy(dtype=bool) if linked else np.zeros(
        len(legs), dtype=bool)
    order = np.lexsort((np.arange(len(legs)), start, further, code))
    legs = legs.iloc[order].reset_index(drop=True)
    uniqueid = uniqueid.iloc[order].reset_index(drop=True)
    code, start, end, answer = code[order], start[order], end[order], answer[order]
    heads = np.flatnonzero(np.concatenate(([True], code[1:] != code[:-1])))
    call = np.cumsum(np.concatenate(([True], code[1:] != code[:-1]))) - 1
    size = len(heads)

    # the caller's own rows: those of the call's first channel
    channel_code, _ = _codes(legs["channel"])
    own = channel_code == channel_code[heads][call]
    peer_series = _peers(legs["channel"])
    peer_code, peers = _codes(peer_series)
    trunk = _trunks(legs, peer_code, peers) if len(peers) else np.zeros(0, dtype=bool)
    on_trunk = np.where(peer_code[heads] >= 0, trunk[peer_code[heads]], False) if len(peers) else np.zeros(size, bool)
    app = _apps(legs["lastapp"])
    in_queue = app.queue
    reached_queue = np.zeros(size, dtype=bool)
    reached_queue[call[in_queue]] = True

    # the queue_log's entry of each call, by any of its channels' ids
    of_call = np.full(size, -1, dtype=np.int64)
    if len(queued.ids) and uniqueid.notna().any():
        where = pd.Index(queued.ids).get_indexer(pd.Index(uniqueid.to_numpy(dtype=object, na_value="")))
        hit = np.flatnonzero(where >= 0)
        of_call[call[hit][::-1]] = where[hit][::-1]
    attempt = on_trunk | reached_queue | (of_call >= 0)
    used = of_call[of_call >= 0]

    notes = _account_for_rows(legs, call, heads, attempt, on_trunk, peers, trunk)
    chosen = np.flatnonzero(attempt)
    number = np.full(size, -1, dtype=np.int64)
    number[chosen] = np.arange(len(chosen))
    keep = attempt[call]
    lone = keep & legs["dstchannel"].isna().to_numpy() & (legs["disposition"] != "ANSWERED").to_numpy(dtype=bool)
    hides = bool(len(chosen)) and not bool(lone.any())
    if hides:
        notes.append("no unanswered call without a second channel is in the CDR: calls nobody answered may be missing "
                     "(cdr.conf: unanswered=no)")
    rows = np.flatnonzero(keep)
    frame = _attempts(
        legs.iloc[rows].reset_index(drop=True), number[call[rows]], len(chosen), own[rows], start[rows], end[rows],
        answer[rows], peer_series.iloc[rows].to_numpy(dtype=object, na_value=None), app.take(rows),
        np.array(ids, dtype=object)[code[heads[chosen]]], on_trunk[chosen], of_call[chosen], queued, options)
    return frame, used, notes, hides


@dataclass(frozen=True)
class _Apps:
    """What each leg's last application is."""

    queue: Mask
    dial: Mask
    voicemail: Mask
    refusing: Mask
    speaking: Mask
    hangup: Mask
    none: Mask

    def take(self, rows: Ints) -> _Apps:
        """Return the same of some rows."""
        return _Apps(**{name: getattr(self, name)[rows] for name in _Apps.__dataclass_fields__})


def _apps(lastapp: pd.Series[str]) -> _Apps:
    code, names = _codes(lastapp)
    lower = [str(name).lower() for name in names.tolist()]

    def of(wanted: tuple[str, ...]) -> Mask:
        return np.isin(code, [n for n, name in enumerate(lower) if name in wanted])

    return _Apps(of(QUEUE_APPS), of(DIAL_APPS), of(VOICEMAIL_APPS), of(REFUSING_APPS), of(SPEAKING_APPS),
                 of(("hangup",)), code < 0)


def _account_for_rows(
    legs: pd.DataFrame, call: Ints, heads: Ints, attempt: Mask, on_trunk: Mask, peers: Texts, trunk: Mask
) -> list[str]:
    """Say where every row went: calls, rows folded into them, rows set aside and why."""
    total, calls = len(legs), int(attempt.sum())
    folded = int(attempt[call].sum()) - calls
    others = ~attempt & ~on_trunk
    aside = others[call]
    notes = [f"{total} rows: {calls} callers' attempts and {folded} further rows of the same calls"]
    if aside.any():
        far_code, far = _codes(_peers(legs["dstchannel"]))
        trunk_names = set(peers[trunk].tolist())
        far_trunk = np.array([name in trunk_names for name in far.tolist()], dtype=bool)
        to_trunk = np.zeros(len(heads), dtype=bool)
        if len(far):
            to_trunk[call[np.where(far_code >= 0, far_trunk[far_code], False)]] = True
        dialled_out = others & to_trunk
        out_rows = int(dialled_out[call].sum())
        in_rows = int((others & ~to_trunk)[call].sum())
        notes[0] += f"; {out_rows + in_rows} set aside, which are no caller's"
        if out_rows:
            notes.append(f"set aside: {out_rows} rows of {int(dialled_out.sum())} calls that phones here dialled out")
        if in_rows:
            notes.append(f"set aside: {in_rows} rows of {int((others & ~to_trunk).sum())} calls between phones here, "
                         "of local channels, or dialled out and never connected")
    return notes


def _attempts(
    legs: pd.DataFrame, call: Ints, size: int, own: Mask, start: Ints, end: Ints, answer: Ints, peer: Texts,
    app: _Apps, ids: Texts, on_trunk: Mask, of_call: Ints, queued: _Queued, options: ReadOptions,
) -> pd.DataFrame:
    """Return one row an attempt. Legs are sorted by call, then time; ``call`` numbers them from 0."""
    every = np.arange(len(legs), dtype=np.int64)
    first = _first_of(call, every, size)
    last = _last_of(call, np.flatnonzero(own), size)
    disposition = legs["disposition"].to_numpy(dtype=object, na_value=None)
    answered = disposition == "ANSWERED"
    far = legs["dstchannel"].to_numpy(dtype=object, na_value=None)
    has_far = legs["dstchannel"].notna().to_numpy()
    billed = np.nan_to_num(legs["billsec_s"].to_numpy(dtype=float))
    local = _is(legs["channel"], lambda name: name.str.startswith("Local/"))
    # a person: a second channel was connected, and not by the far half of a Local channel that nobody took
    person_row = answered & has_far & ~app.voicemail & (answer != NO_TIME) & ~(local & (billed == 0))

    began = np.full(size, np.iinfo(np.int64).max)
    np.minimum.at(began, call, start)
    over = np.full(size, NO_TIME)
    np.maximum.at(over, call, np.maximum(end, start))
    picked = np.full(size, np.iinfo(np.int64).max)
    some = own & (answer != NO_TIME)
    np.minimum.at(picked, call[some], answer[some])
    picked = np.where(picked == np.iinfo(np.int64).max, NO_TIME, picked)
    # the switch's own id holds the second the channel was born; the row may start a second or two later
    epoch = legs["epoch_s"].to_numpy(dtype=float, na_value=np.nan)[first]
    near = ~np.isnan(epoch) & (began - np.nan_to_num(epoch) >= 0) & (began - np.nan_to_num(epoch) <= WENT_ON_S)
    offered = np.where(near, np.nan_to_num(epoch), began).astype(np.int64)

    person = _first_of(call, np.flatnonzero(person_row & own), size)
    person = np.where(person >= 0, person, _first_of(call, np.flatnonzero(person_row), size))
    in_log = of_call >= 0
    q = of_call
    connected = _at(queued.connected, q, NO_TIME).astype(np.int64)
    entered = _at(queued.entered, q, NO_TIME).astype(np.int64)
    left = _at(queued.left, q, NO_TIME).astype(np.int64)
    how = np.asarray(_at(queued.how, q, None), dtype=object)
    by_log = connected != NO_TIME
    # in the log but never connected there: a person may still have been dialled before or after the queue
    by_phone = _first_of(call, np.flatnonzero(person_row & own & ~app.queue), size)
    person = np.where(in_log & ~by_log, by_phone, person)
    reached = by_log | (person >= 0)

    transferred = _transfers(legs, call, size, own, start, end, app, person, queued, q)
    dialled = _dialled(legs, call, size, own, transferred, on_trunk, queued, q)
    dnis = phones.clean(pd.Series(dialled, dtype="string"), options.region).to_numpy(dtype=object, na_value=None)
    account = _accounts(legs, call, size, own, dnis, reached, _reached_app(app, call, size))
    auto = _automatic(dnis, account, picked, offered, connected, by_log, person, reached, call, answer, own, has_far)
    ring = np.where(picked != NO_TIME, _between(picked, offered), _between(over, offered))
    voicemail_row = _first_of(call, np.flatnonzero(app.voicemail & own), size)
    until = np.where(left != NO_TIME, left, over)
    until = np.where((left == NO_TIME) & (voicemail_row >= 0), _at(start, voicemail_row, NO_TIME), until).astype(np.int64)
    wait = np.where(by_log, _between(connected, picked), np.where(reached, np.nan, _between(until, picked)))
    wait = np.where(picked == NO_TIME, 0.0, wait)
    queue = np.where(auto == 1, wait, np.where(auto == 0, 0.0, np.nan))

    talk_said = _at(queued.talk_s, q, np.nan).astype(float)
    by_end = np.where(by_log, _between(over, connected), np.nan)
    by_row = _at(billed, person, np.nan).astype(float)
    talk = np.where(by_log, np.where(np.isnan(talk_said), by_end, talk_said), np.where(auto == 0, by_row, np.nan))
    talk = np.where(reached, talk, 0.0)

    outcome, ended_by = _outcomes(
        legs, call, size, own, app, last, reached, by_log, how, dnis, offered, picked, voicemail_row, answered,
        has_far, disposition, in_log)

    said_code, words = _codes(legs["disposition"])
    app_code, app_names = _codes(legs["lastapp"])
    words, app_names = np.append(words, ""), np.append(app_names, "")
    cause = words[said_code[last]] + np.where(app_code[last] >= 0, " ", "").astype(object) + app_names[app_code[last]]
    queue_row = _first_of(call, np.flatnonzero(app.queue), size)
    queue_name = _by_value(legs["lastdata"], lambda data: data.str.split(",").str[0])
    frame = pd.DataFrame({
        "call_id": pd.array(_call_ids(legs, first, ids), dtype="string"),
        "linked_id": pd.array(ids, dtype="string"),
        "account": pd.array(account, dtype="string"),
        "dnis": pd.array(dnis, dtype="string"),
        "trunk_group": pd.array(np.where(on_trunk, peer[first], None), dtype="string"),
        "ani": phones.clean(_callers(legs, first), options.region),
        "caller_name": _names(legs["clid"], first),
        "agent": pd.array(_agent_names(legs, call, size, person, by_log, person_row, far, queued, q), dtype="string"),
        "offered_at": pd.Series(offered.astype("datetime64[s]").astype("datetime64[us]")).dt.tz_localize("UTC"),
        "ring_s": pd.array(ring, dtype="Float64"),
        "queue_s": _nullable(queue),
        "hold_s": _nullable(np.where(reached, np.nan, 0.0)),
        "talk_s": _nullable(talk),
        "outcome": pd.array(outcome, dtype="string"),
        "ended_by": pd.array(ended_by, dtype="string"),
        "hangup_cause": pd.array(cause, dtype="string"),
        "queue": pd.array(np.where(in_log, _at(queued.queue, q, None), _at(queue_name, queue_row, None)), dtype="string"),
        "transferred_to": pd.array(transferred, dtype="string"),
        "source_file": legs["source_file"].iloc[first].to_numpy(),
        "source_line": legs["source_line"].to_numpy()[first],
    })
    if "recordingfile" in legs.columns:
        record = _first_of(call, np.flatnonzero(legs["recordingfile"].notna().to_numpy()), size)
        frame["recording"] = pd.array(_at(legs["recordingfile"].to_numpy(dtype=object, na_value=None), record, None),
                                      dtype="string")
    frame["source_file"] = frame["source_file"].astype("category")
    return frame


def _nullable(values: Floats) -> pd.api.extensions.ExtensionArray:
    return pd.array(pd.Series(values).astype("Float64").mask(pd.Series(np.isnan(values))), dtype="Float64")


def _call_ids(legs: pd.DataFrame, first: Ints, ids: Texts) -> Texts:
    if "uniqueid" not in legs.columns:
        return ids
    own = legs["uniqueid"].to_numpy(dtype=object, na_value=None)[first]
    return np.where(own == None, ids, own)  # noqa: E711 - element by element


def _reached_app(app: _Apps, call: Ints, size: int) -> Mask:
    found = np.zeros(size, dtype=bool)
    found[call[app.queue | app.dial]] = True
    return found


def _transfers(
    legs: pd.DataFrame, call: Ints, size: int, own: Mask, start: Ints, end: Ints, app: _Apps, person: Ints,
    queued: _Queued, q: Ints,
) -> Texts:
    """Return where an agent sent the caller on to: the queue_log says it, else the caller's next Dial row does.

    A blind transfer writes the target over the dst of the row the agent answered, too.
    """
    said = np.asarray(_at(queued.transferred_to, q, None), dtype=object)
    dst = legs["dst"].to_numpy(dtype=object, na_value=None)
    by_person = np.where(person >= 0, end[person], NO_TIME) if len(end) else np.full(size, NO_TIME)
    follows = own & app.dial & (np.arange(len(legs)) > person[call]) & (person[call] >= 0) & (
        start >= by_person[call] - WENT_ON_S)
    onward = _first_of(call, np.flatnonzero(follows), size)
    rows = np.asarray(_at(dst, onward, None), dtype=object)
    return np.where(said != None, said, rows)  # noqa: E711 - element by element


def _dialled(
    legs: pd.DataFrame, call: Ints, size: int, own: Mask, transferred: Texts, on_trunk: Mask, queued: _Queued,
    q: Ints,
) -> Texts:
    """Return the number each caller dialled; None where nothing says it.

    In order: the DID line, FreePBX's ``did``, a userfield that is a phone number, the extension of the earliest row
    in a context for calls from outside that no transfer has written over.
    """
    did = np.asarray(_at(queued.did, q, None), dtype=object)
    src = legs["src"].to_numpy(dtype=object, na_value=None)
    candidates: list[tuple[Texts, Mask]] = []
    if "did" in legs.columns:
        candidates.append((legs["did"].to_numpy(dtype=object, na_value=None), legs["did"].notna().to_numpy()))
    if "userfield" in legs.columns:
        number = _is(legs["userfield"], lambda text: text.str.fullmatch(r"\+?\d{7,15}"))
        field = legs["userfield"].to_numpy(dtype=object, na_value=None)
        candidates.append((field, number & own & (field != src)))
    context_code, contexts = _codes(legs["dcontext"])
    known = pd.Series(contexts, dtype="string").str.contains(INBOUND, regex=True).fillna(False).to_numpy(dtype=bool)
    outside = np.where(context_code >= 0, known[context_code], False) if len(contexts) else np.zeros(len(legs), bool)
    if not outside.any():
        # no context tells: callers come in where most calls of trunks begin
        firsts = _first_of(call, np.arange(len(legs)), size)
        begin = context_code[firsts][on_trunk]
        begin = begin[begin >= 0]
        if len(begin):
            outside = context_code == np.bincount(begin).argmax()
    dst = legs["dst"].to_numpy(dtype=object, na_value=None)
    numeric = _is(legs["dst"], lambda text: text.str.fullmatch(r"\+?\d{3,15}"))
    onward = transferred[call]
    candidates.append((dst, outside & numeric & own & on_trunk[call] & ((onward == None) | (dst != onward))))  # noqa: E711
    found = did
    for values, mask in candidates:
        row = _first_of(call, np.flatnonzero(mask), size)
        found = np.where(found == None, _at(values, row, None), found)  # noqa: E711 - element by element
    return np.asarray(found, dtype=object)


def _automatic(
    dnis: Texts, account: Texts, picked: Ints, offered: Ints, connected: Ints, by_log: Mask, person: Ints,
    reached: Mask, call: Ints, answer: Ints, own: Mask, has_far: Mask,
) -> Ints:
    """Say whether a machine picked up first: 1 yes, 0 no, -1 where the logs don't say.

    With the queue_log it is the switch's answer against the agent's. Without, the habit of a number (of the account,
    where the number is not known) tells: its unanswered calls have an answer time, or nearly everything to it is
    answered within two seconds.
    """
    size = len(dnis)
    auto = np.where(picked == NO_TIME, 0, np.where(reached, -1, 1)).astype(np.int64)
    auto = np.where(by_log, (picked != NO_TIME) & (picked < connected - DOUBTFUL_PICKUP_S), auto)
    unsure = auto == -1
    if not unsure.any():
        return auto
    # rings that failed although the call was already answered, and calls answered that reached nobody
    failed_ring = np.zeros(size, dtype=bool)
    by_person = np.where(person >= 0, np.append(answer, NO_TIME)[person], NO_TIME)[call]
    failed_ring[call[own & has_far & (answer != NO_TIME) & (answer < by_person)]] = True
    lag = np.where(picked != NO_TIME, picked - offered, -1)
    seen = {
        "quick": reached & (lag >= 0) & (lag <= WENT_ON_S),
        "slow": reached & (lag > WENT_ON_S + DOUBTFUL_PICKUP_S),
        "after": (~reached & (lag >= 0)) | failed_ring,
        "before": ~reached & (lag < 0),
    }
    habit = np.where(dnis != None, _habit(dnis, seen), _habit(account, seen))  # noqa: E711 - element by element
    habit = np.where(failed_ring, 1, habit)
    # an agent's own pick-up after several seconds of ringing is no machine's, whatever the number's habit
    habit = np.where(seen["slow"] & (habit != 1), 0, habit)
    return np.where(unsure, habit, auto)


def _habit(of: Texts, seen: dict[str, Mask]) -> Ints:
    """Return for each call whether its number's calls are picked up by a machine: 1 yes, 0 no, -1 unknown."""
    number, names = pd.factorize(pd.Series(of, dtype=object))
    size = len(names) + 1  # the last place is for calls without a number
    count = {name: np.bincount(number[mask] % size, minlength=size) for name, mask in seen.items()}
    machine = (count["after"] > count["before"]) & (count["quick"] >= count["slow"])
    machine |= (count["quick"] >= 5) & (count["quick"] >= 9 * count["slow"])
    rings = ~machine & (count["slow"] > 0)
    habit = np.where(machine, 1, np.where(rings, 0, -1))
    habit[-1] = -1
    return np.asarray(habit[number], dtype=np.int64)


def _outcomes(
    legs: pd.DataFrame, call: Ints, size: int, own: Mask, app: _Apps, last: Ints, reached: Mask, by_log: Mask,
    how: Texts, dnis: Texts, offered: Ints, picked: Ints, voicemail_row: Ints, answered: Mask, has_far: Mask,
    disposition: Texts, in_log: Mask,
) -> tuple[Texts, Texts]:
    """Return how each attempt ended and who ended it (None where the logs don't say)."""
    def is_last(mask: Mask) -> Mask:
        return np.asarray(mask[last], dtype=bool)

    ends = {name: is_last(getattr(app, name)) for name in _Apps.__dataclass_fields__}
    last_answered = is_last(answered)
    last_far = is_last(has_far)
    last_said = disposition[last]
    was_picked = picked != NO_TIME
    queue_any = np.zeros(size, dtype=bool)
    queue_any[call[app.queue]] = True
    queue_any |= in_log
    dial_any = np.zeros(size, dtype=bool)
    dial_any[call[app.dial & own]] = True
    other = ~(ends["queue"] | ends["dial"] | ends["voicemail"] | ends["refusing"] | ends["speaking"]
              | ends["hangup"] | ends["none"])
    voicemail = voicemail_row >= 0
    full_ring = _rang_out(legs, last)
    # who was played a greeting on the way to the queue, and who a recording that leads nowhere
    greeting = _greeted(dnis, offered, queue_any, was_picked & ~queue_any & ~dial_any & ends["hangup"] & ~reached)

    outcome = np.full(size, "failed", dtype=object)
    ended = np.full(size, "system", dtype=object)

    def say(mask: Mask, word: str, by: str | None) -> None:
        outcome[mask] = word
        ended[mask] = by

    say(other & ~was_picked, "abandoned", "caller")  # gone in the first instant, between two steps of the dialplan
    say(other & was_picked, "abandoned", "caller")
    say(ends["hangup"] & was_picked, "announcement", "system")
    say(ends["hangup"] & ~was_picked & (queue_any | dial_any), "no_answer", "system")
    say(ends["hangup"] & ~was_picked & ~queue_any & ~dial_any, "failed", "system")
    say(ends["speaking"] & greeting, "abandoned", "caller")
    say(ends["speaking"] & ~greeting, "announcement", "caller")
    say(ends["queue"], "abandoned", "caller")
    say(ends["dial"] & (last_said == "CANCEL"), "abandoned", "caller")
    say(ends["dial"] & (last_said == "NO ANSWER") & ~full_ring, "abandoned", "caller")
    say(ends["dial"] & (last_said == "NO ANSWER") & full_ring, "no_answer", "system")
    say(ends["dial"] & (last_said == "BUSY"), "busy", "system")
    say(ends["dial"] & np.isin(last_said.astype(str), ["FAILED", "CONGESTION", "UNKNOWN"]), "failed", "system")
    say(ends["dial"] & last_answered & ~last_far, "abandoned", "caller")
    say(ends["refusing"], "busy", "system")
    say(ends["none"] & ~was_picked, "failed", "system")  # the switch was still starting
    say(ends["none"] & was_picked, "abandoned", "caller")
    say(voicemail, "voicemail", None)
    # what the queue_log says goes before what the rows look like
    gone = np.isin(how.astype(str), ["ABANDON", "AGENTDUMP", "SYSCOMPAT"]) & ~reached
    say(gone, "abandoned", "caller")
    exited = np.isin(how.astype(str), ["EXITEMPTY", "EXITWITHTIMEOUT", "EXITWITHKEY", "WITHDRAW"]) & ~reached & ~voicemail
    say(exited & (ends["queue"] | ends["dial"]), "no_answer", "system")
    say(reached, "answered", None)
    ended[reached & (how == "COMPLETECALLER")] = "caller"
    ended[reached & (how == "COMPLETEAGENT")] = "agent"
    return outcome, ended


def _rang_out(legs: pd.DataFrame, last: Ints) -> Mask:
    """Say whether the last row's Dial rang as long as it was told to (its second argument), or was told nothing."""
    timeout = _by_value(legs["lastdata"].iloc[last], lambda data: data.str.split(",").str[1])
    allowed = pd.to_numeric(pd.Series(timeout), errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    rang = legs["duration_s"].to_numpy(dtype=float)[last]
    return np.isnan(allowed) | (rang >= allowed - WENT_ON_S)


def _greeted(dnis: Texts, offered: Ints, queue_any: Mask, to_its_end: Mask) -> Mask:
    """Say of each call whether, when it came, its number's recording led to agents.

    The row of a caller lost in a greeting and of one lost in an announcement look alike. What tells is what became
    of the nearest call to the same number that got past the recording: into a queue, or to a hang-up by the switch.
    """
    size = len(dnis)
    result = np.zeros(size, dtype=bool)
    number, _ = pd.factorize(pd.Series(dnis, dtype=object))
    telling = np.flatnonzero((queue_any | to_its_end) & (number >= 0))
    asking = np.flatnonzero(~(queue_any | to_its_end) & (number >= 0))
    if not len(telling) or not len(asking):
        return result
    known = pd.DataFrame({"at": offered[telling], "number": number[telling], "leads": queue_any[telling]}).sort_values(
        "at", kind="stable")
    asked = pd.DataFrame({"at": offered[asking], "number": number[asking], "row": asking}).sort_values(
        "at", kind="stable")
    found = pd.merge_asof(asked, known, on="at", by="number", direction="nearest")
    leads = found["leads"].fillna(False).to_numpy(dtype=bool)
    result[found["row"].to_numpy()[leads]] = True
    return result


def _accounts(
    legs: pd.DataFrame, call: Ints, size: int, own: Mask, dnis: Texts, reached: Mask, got_somewhere: Mask
) -> Texts:
    """Return the account of each call: its accountcode, else the one its number always has, else the number.

    A call that ended before the dialplan set the code has the code of its number's other calls. A number that no
    code belongs to is its own account if its calls ever got to a queue or a phone; a number nobody answers for
    (not assigned here) is no account.
    """
    code = legs["accountcode"].to_numpy(dtype=object, na_value=None)
    row = _first_of(call, np.flatnonzero(legs["accountcode"].notna().to_numpy() & own), size)
    account = np.asarray(_at(code, row, None), dtype=object)
    known = pd.DataFrame({"dnis": dnis, "account": account}, dtype="string").dropna().drop_duplicates()
    known = known.drop_duplicates("dnis", keep=False)
    of_number = dict(zip(known["dnis"].tolist(), known["account"].tolist(), strict=True))
    alive = set(pd.Series(dnis[reached | got_somewhere], dtype=object).dropna().tolist())
    lacking = np.flatnonzero((account == None) & (dnis != None))  # noqa: E711 - element by element
    for n in lacking.tolist():
        number = dnis[n]
        account[n] = of_number.get(number, number if number in alive else None)
    return account


def _callers(legs: pd.DataFrame, first: Ints) -> pd.Series[str]:
    """Return each caller's number as the switch wrote it: src, else what clid has in brackets."""
    src = legs["src"].iloc[first].reset_index(drop=True)
    number = _by_value(legs["clid"].iloc[first], lambda text: text.str.extract(r"<([^<>]*)>\s*$", expand=False))
    return src.where(_is(src, lambda text: text.str.contains(r"\d", regex=True)), pd.Series(number, dtype="string"))


def _names(clid: pd.Series[str], first: Ints) -> pd.Series[str]:
    """Return the caller's name in clid, without the tag a dialplan puts before it (``HARBOR:Ann Lee``)."""
    def bare(text: pd.Series[str]) -> pd.Series[str]:
        name = text.str.replace(r"\s*<[^<>]*>\s*$", "", regex=True)
        name = name.str.strip().str.strip('"').str.strip()
        name = name.str.replace(r"^[^:]{1,30}:\s*", "", regex=True)
        return name.mask((name == "") | name.str.lower().isin(phones.WITHHELD), pd.NA)

    return pd.Series(_by_value(clid.iloc[first], bare), dtype="string")


def _agent_names(
    legs: pd.DataFrame, call: Ints, size: int, person: Ints, by_log: Mask, person_row: Mask, far: Texts,
    queued: _Queued, q: Ints,
) -> Texts:
    """Return who answered: the queue_log's member, else the phone, by the member's name where the log showed it."""
    said = np.where(by_log, _at(queued.agent, q, None), None)
    code, phones_seen = _codes(_peers(pd.Series(far, dtype="string")))
    real_phone = np.array([not str(name).startswith("Local/") for name in phones_seen.tolist()], dtype=bool)
    real = (code >= 0) & np.append(real_phone, False)[code]
    taken = _first_of(call, np.flatnonzero(person_row & real), size)
    # behind a Local channel the phone itself is on the far half's row
    taken = np.where((person >= 0) & _at(real, person, False).astype(bool), person, taken)
    row = np.where((person >= 0) & (taken < 0), person, taken)
    of_call = _at(code, row, -1).astype(np.int64)
    named = np.append(phones_seen, None)
    both = pd.DataFrame({"phone": of_call, "name": said}).dropna()
    both = both[both["phone"] >= 0].groupby(["phone", "name"]).size().sort_values(kind="stable")
    for phone, name in both.index.tolist():  # the most frequent name of a phone comes last, and stays
        named[phone] = name
    return np.where(said != None, said, np.where(person >= 0, named[of_call], None))  # noqa: E711 - element by element


# --- the queue_log alone --------------------------------------------------------------


def _from_queue_alone(
    queued: _Queued, events: pd.DataFrame, options: ReadOptions, problems: list[Problem]
) -> tuple[pd.DataFrame, list[str]]:
    """Return calls known by the queue_log only: how long it rang before the queue is not known."""
    how = queued.how.astype(str)
    by_agent = queued.connected != NO_TIME
    open_end = np.array([word in ("None", "nan") for word in how.tolist()], dtype=bool) & ~by_agent
    still_up = open_end & ~queued.restarted
    lost = open_end & queued.restarted
    size = len(queued.ids)
    outcome = np.full(size, "no_answer", dtype=object)
    ended = np.full(size, "system", dtype=object)
    for mask, word, by in (
        (np.isin(how, ["ABANDON", "AGENTDUMP", "SYSCOMPAT"]), "abandoned", "caller"),
        (lost, "failed", "system"),
        (by_agent, "answered", None),
    ):
        outcome[mask], ended[mask] = word, by
    ended[by_agent & (how == "COMPLETECALLER")] = "caller"
    ended[by_agent & (how == "COMPLETEAGENT")] = "agent"
    file = events["source_file"].astype("string").to_numpy(dtype=object)
    line = events["source_line"].to_numpy()
    for n in np.flatnonzero(still_up)[:LISTED].tolist():
        at = int(queued.row[n])
        problems.append(Problem(
            Location(str(file[at]), int(line[at])), f"call {queued.ids[n]} entered the queue and has no end",
            "an end of the wait, or a row in the CDR", "It was open when the log ended; it is in no figure.",
            "calls", "left-out", 1, "open-call"))
    keep = np.flatnonzero(~still_up)
    dnis = phones.clean(pd.Series(queued.did[keep], dtype="string"), options.region)
    frame = pd.DataFrame({
        "call_id": pd.array(queued.ids[keep], dtype="string"),
        "linked_id": pd.array(queued.ids[keep], dtype="string"),
        "account": dnis.fillna(pd.Series(queued.queue[keep], dtype="string")),
        "dnis": dnis,
        "ani": phones.clean(pd.Series(queued.caller[keep], dtype="string"), options.region),
        "caller_name": pd.Series(queued.caller_name[keep], dtype="string"),
        "agent": pd.array(np.where(by_agent, queued.agent, None)[keep], dtype="string"),
        "offered_at": pd.Series(
            queued.entered[keep].astype("datetime64[s]").astype("datetime64[us]")).dt.tz_localize("UTC"),
        "ring_s": _nullable(np.full(len(keep), np.nan)),
        "queue_s": _nullable(queued.wait_s[keep]),
        "hold_s": _nullable(np.where(by_agent, np.nan, 0.0)[keep]),
        "talk_s": _nullable(np.where(by_agent, queued.talk_s, 0.0)[keep]),
        "outcome": pd.array(outcome[keep], dtype="string"),
        "ended_by": pd.array(ended[keep], dtype="string"),
        "hangup_cause": pd.array(queued.how[keep], dtype="string"),
        "queue": pd.array(queued.queue[keep], dtype="string"),
        "transferred_to": pd.array(queued.transferred_to[keep], dtype="string"),
        "source_file": pd.array(file[queued.row[keep]], dtype="string"),
        "source_line": line[queued.row[keep]],
    })
    frame["source_file"] = frame["source_file"].astype("category")
    notes = []
    if lost.any():
        notes.append(f"{int(lost.sum())} calls in the queue were lost when the switch restarted")
    torn = by_agent & np.isnan(queued.talk_s) & queued.restarted
    if torn.any():
        notes.append(f"{int(torn.sum())} conversations have no end: the switch restarted")
    return frame, notes


# --- agents ---------------------------------------------------------------------------


def _agents(events: pd.DataFrame, legs: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """Return agent events: an agent is logged in while in at least one queue, and through a restart.

    Queues are joined and left one by one, pauses are written once a queue, and a member may go by its interface in
    one line and its name in the next: each is one event of one agent here. A restart brings members back without
    a line, so it ends no log-in, save that of an agent who was connected by AgentLogin.
    """
    if events.empty:
        return pd.DataFrame({name: [] for name in ("at", "agent", "event", "call_id")}), []
    name_of = _member_names(events, legs)
    agent = events["agent"].replace(name_of) if name_of else events["agent"]
    kind = events["event"]
    word = pd.Series(pd.NA, index=events.index, dtype="string")
    for names, said in (
        (("ADDMEMBER", "AGENTLOGIN", "AGENTCALLBACKLOGIN"), "login"),
        (("REMOVEMEMBER", "AGENTLOGOFF", "AGENTCALLBACKLOGOFF"), "logout"),
        (("PAUSE", "PAUSEALL"), "pause"),
        (("UNPAUSE", "UNPAUSEALL"), "unpause"),
        (("RINGNOANSWER",), "ring_no_answer"),
    ):
        word = word.mask(kind.isin(names), said)
    told = pd.DataFrame({
        "at": events["at"], "agent": agent, "event": word, "kind": kind, "queue": events["queue"].fillna(""),
        "call_id": events["call_id"].where(kind == "RINGNOANSWER"), "source_file": events["source_file"],
        "source_line": events["source_line"],
    })
    told["order"] = np.arange(len(told))
    told = pd.concat([told, _dropped_by_restart(told, events)])
    told = told[told["agent"].notna() & told["event"].notna()].sort_values("order", kind="stable")
    session = _sessions(told[told["event"].isin(("login", "logout"))])
    pauses = told[told["event"].isin(("pause", "unpause"))]
    again = (pauses.groupby("agent")["event"].shift() == pauses["event"]).fillna(False)
    rings = told[told["event"] == "ring_no_answer"]
    frame = pd.concat([session, pauses[~again], rings]).sort_values("order", kind="stable")
    starts = int((kind == "QUEUESTART").sum())
    notes = [f"the switch started {starts} times in this log; members stay logged in through a restart"] if starts else []
    return frame[["at", "agent", "event", "call_id", "source_file", "source_line"]].reset_index(drop=True), notes


def _sessions(told: pd.DataFrame) -> pd.DataFrame:
    """Return one login when the first queue is joined and one logout when the last is left."""
    if told.empty:
        return told
    pair = told["agent"] + "\0" + told["queue"]
    before = told.groupby(pair)["event"].shift()
    change = (before != told["event"]).fillna(True)
    moves = told[change]
    step = np.where(moves["event"] == "login", 1, -1)
    # a log that begins with a logout began with the member logged in
    opening = (before[change].isna() & (moves["event"] == "logout")).to_numpy()
    agents = moves["agent"].to_numpy(dtype=object)
    at_first = pd.Series(opening.astype(int)).groupby(agents).sum()
    count = pd.Series(step).groupby(agents).cumsum().to_numpy() + at_first.reindex(agents).to_numpy()
    joined = (step == 1) & (count == 1)
    gone = (step == -1) & (count == 0)
    return moves[joined | gone]


def _dropped_by_restart(told: pd.DataFrame, events: pd.DataFrame) -> pd.DataFrame:
    """Return a logout for every AgentLogin session that a restart cut: its channel went down with the switch."""
    starts = np.flatnonzero((events["event"] == "QUEUESTART").to_numpy())
    on = told[told["kind"] == "AGENTLOGIN"]
    if on.empty or not len(starts):
        return told.iloc[:0]
    made = []
    off = told[told["kind"] == "AGENTLOGOFF"]
    for row in on.itertuples():
        after = starts[starts > row.order]
        if not len(after):
            continue
        ends = off.loc[(off["agent"] == row.agent) & (off["order"] > row.order), "order"]
        again = on.loc[(on["agent"] == row.agent) & (on["order"] > row.order), "order"]
        if (ends.empty or ends.min() > after[0]) and (again.empty or again.min() > after[0]):
            start = events.iloc[int(after[0])]
            made.append({
                "at": start["at"], "agent": row.agent, "event": "logout", "kind": "QUEUESTART", "queue": row.queue,
                "call_id": pd.NA, "source_file": start["source_file"], "source_line": start["source_line"],
                "order": float(after[0]),
            })
    return pd.DataFrame(made, columns=told.columns).astype({"order": float}) if made else told.iloc[:0]


def _member_names(events: pd.DataFrame, legs: pd.DataFrame) -> dict[str, str]:
    """Return names of members that some lines call by their interface.

    ADDMEMBER of SIP/201 in the same second as UNPAUSE of Ann Lee is one agent; so is SIP/201, the phone in the CDR
    of calls that the log says Ann Lee took; and PBXware's Local/1127@… of Agent/1127.
    """
    agents = set(events["agent"].dropna().unique().tolist())
    interfaces = {name for name in agents if "/" in name and not name.startswith("Agent/")}
    names: dict[str, str] = {}
    for name in interfaces:
        number = name.partition("/")[2].partition("@")[0]
        if f"Agent/{number}" in agents:
            names[name] = f"Agent/{number}"
    left = interfaces - names.keys()
    if not left:
        return names
    if not legs.empty and "uniqueid" in legs.columns:
        took = events.loc[(events["event"] == "CONNECT") & events["agent"].notna(), ["call_id", "agent"]]
        took = took[~took["agent"].isin(interfaces)]
        rung = legs.loc[(legs["disposition"] == "ANSWERED") & legs["dstchannel"].notna(), ["uniqueid", "dstchannel"]]
        met = took.merge(rung, left_on="call_id", right_on="uniqueid")
        met["phone"] = _peers(met["dstchannel"])
        for phone, group in met[met["phone"].isin(left)].groupby("phone"):
            names[str(phone)] = str(group["agent"].mode().iloc[0])
    left -= names.keys()
    if left:
        members = events[events["event"] == "ADDMEMBER"]
        spoken = events[events["event"].isin(("UNPAUSE", "UNPAUSEALL")) & ~events["agent"].isin(interfaces)]
        both = members[members["agent"].isin(left)].merge(
            spoken[["at", "agent"]].drop_duplicates(), on="at", suffixes=("", "_name")).dropna(subset=["agent_name"])
        for phone, group in both.groupby("agent"):
            counts = group["agent_name"].value_counts()
            # a second shared by chance with another agent's line must not make one of two
            if counts.iloc[0] * 2 > counts.sum():
                names[str(phone)] = str(counts.index[0])
    return names
