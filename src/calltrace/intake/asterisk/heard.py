"""What channel events (CEL) say of each call, folded to one entry a call.

A call is the events that share a linkedid; the caller's channel is the one that bears it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from calltrace.classes import dataclass
from calltrace.intake.asterisk.columns import (
    NO_TIME,
    at_rows,
    between,
    codes,
    either,
    first_of,
    last_of,
    matches,
    said,
    seconds,
    texts,
)
from calltrace.intake.asterisk.legs import NOT_LINES, peers_of

if TYPE_CHECKING:
    from calltrace.intake.asterisk.columns import Floats, Ints, Mask, Texts


@dataclass(frozen=True)
class Heard:
    """What the events say of each call: one entry a call, in the order of ``ids`` (linkedids).

    Places are rows of ``events``, -1 where there is no such event; times epoch seconds, NO_TIME where unset.
    ``uniqueid_of`` and ``uniqueid_call`` pair every channel's id with its call's number.
    """

    events: pd.DataFrame
    code: Ints
    own: Mask
    ids: Texts
    started: Ints
    answered: Ints
    ended: Ints
    person: Ints
    person_at: Ints
    dnis: Texts
    redirected_from: Texts
    agent: Texts
    agent_answered: Ints
    talk_s: Floats
    hold_s: Floats
    transferred_to: Texts
    cause: Texts
    source: Texts
    status: Texts
    uniqueid_of: Texts
    uniqueid_call: Ints

    @property
    def size(self) -> int:
        """How many calls there are."""
        return len(self.ids)

    def at(self, rows: Ints) -> Ints:
        """Return the epoch seconds of events, NO_TIME where there is none."""
        return at_rows(seconds(self.events["at"]), rows, NO_TIME)

    def text(self, column: str, rows: Ints) -> Texts:
        """Return a column at rows, None where there is none."""
        return at_rows(texts(self.events[column]), rows, None)


def heard(events: pd.DataFrame) -> Heard:
    """Fold the events of each call.

    Parameters
    ----------
    events : DataFrame, one row an event
        Table "channel-events", ``at`` in UTC; those with neither linkedid nor uniqueid are of no call.
    """
    asked = _by_call(events)
    events, own = asked.events, asked.own
    ended = _ends(asked)
    cause, source, status = _hangups(events["extra"], ended)
    met = _meetings(asked)
    talk_s, hold_s = _talks(asked, met, ended)
    started = asked.first(own & asked.are("CHAN_START"))
    moved = asked.last(asked.are("BLINDTRANSFER"))
    channels = pd.DataFrame({"id": asked.uniqueid, "call": asked.code}).dropna().drop_duplicates("id")
    return Heard(
        events=events,
        code=asked.code,
        own=own,
        ids=asked.ids,
        started=started,
        answered=asked.first(own & asked.are("ANSWER")),
        ended=ended,
        person=met.person,
        person_at=met.at,
        dnis=_dialled(asked, started),
        redirected_from=asked.text("cid_rdnis", asked.first(own & asked.has("cid_rdnis"))),
        agent=texts(peers_of(pd.Series(met.who, dtype="string"))),
        agent_answered=asked.at(asked.first(met.theirs & asked.are("ANSWER"))),
        talk_s=talk_s,
        hold_s=hold_s,
        transferred_to=_found(asked.text("extra", moved), said_in_json("extension")),
        cause=cause,
        source=source,
        status=status,
        uniqueid_of=channels["id"].to_numpy(dtype=object),
        uniqueid_call=channels["call"].to_numpy(dtype=np.int64),
    )


# --- asking the events ----------------------------------------------------------------


@dataclass(frozen=True)
class _Asked:
    """Events sorted by call, then time, and what is asked of them again and again.

    ``code`` numbers each event's call, ``own`` says which events are of the caller's channel, ``kind`` is each
    event's place in ``kinds``.
    """

    events: pd.DataFrame
    code: Ints
    ids: Texts
    uniqueid: Texts
    own: Mask
    kind: Ints
    kinds: tuple[str, ...]
    when: Ints

    def are(self, *names: str) -> Mask:
        """Say which events are of these kinds."""
        return np.isin(self.kind, [n for n, name in enumerate(self.kinds) if name in names])

    def has(self, column: str) -> Mask:
        """Say which events have a column."""
        return self.events[column].notna().to_numpy(dtype=bool)

    def first(self, mask: Mask) -> Ints:
        """Return each call's first event of the mask, -1 where it has none."""
        return first_of(self.code, np.flatnonzero(mask), len(self.ids))

    def last(self, mask: Mask) -> Ints:
        """Return each call's last event of the mask, -1 where it has none."""
        return last_of(self.code, np.flatnonzero(mask), len(self.ids))

    def at(self, rows: Ints) -> Ints:
        """Return the epoch seconds of events, NO_TIME where there is none."""
        return at_rows(self.when, rows, NO_TIME)

    def text(self, column: str, rows: Ints) -> Texts:
        """Return a column at rows, None where there is none."""
        return at_rows(texts(self.events[column]), rows, None)

    def in_bridges(self) -> tuple[Mask, Mask]:
        """Say which events begin a stay in a bridge, and which end one."""
        return self.are("BRIDGE_ENTER", "BRIDGE_START"), self.are("BRIDGE_EXIT", "BRIDGE_END")


def _by_call(events: pd.DataFrame) -> _Asked:
    """Sort the events of calls; the others are left out."""
    linked = events["linkedid"].fillna(events["uniqueid"])
    events = events[linked.notna()].reset_index(drop=True)
    linked = linked.dropna().reset_index(drop=True)
    at = events["at"].to_numpy()
    if len(at) > 1 and (at[1:] < at[:-1]).sum() > (at[1:] > at[:-1]).sum():  # exported newest first
        events, linked = events.iloc[::-1].reset_index(drop=True), linked.iloc[::-1].reset_index(drop=True)
    code, ids = codes(linked)
    order = np.lexsort((events["at"].to_numpy(), code))
    events, code = events.iloc[order].reset_index(drop=True), code[order]
    uniqueid = texts(events["uniqueid"])
    kind, kinds = codes(events["event"])
    return _Asked(
        events=events,
        code=code,
        ids=ids,
        uniqueid=uniqueid,
        own=(uniqueid == ids[code]) & said(uniqueid),
        kind=kind,
        kinds=tuple(str(name) for name in kinds.tolist()),
        when=seconds(events["at"]),
    )


# --- how it began and ended -----------------------------------------------------------


def _dialled(asked: _Asked, started: Ints) -> Texts:
    """Return the number each caller dialled: the DNID of its channel, else the extension it began at."""
    dnid = asked.text("cid_dnid", asked.first(asked.own & asked.has("cid_dnid")))
    extension = asked.text("exten", started)
    numeric = pd.Series(extension, dtype="string").str.fullmatch(r"\+?\d{3,15}").fillna(False).to_numpy(dtype=bool)
    return either(said(dnid), dnid, either(numeric, extension, None))


def _ends(asked: _Asked) -> Ints:
    """Return the event each call ended with: the caller's hang-up, else its channel's end, else the last channel's."""
    ended = asked.last(asked.own & asked.are("HANGUP"))
    ended = np.where(ended >= 0, ended, asked.last(asked.own & asked.are("CHAN_END")))
    return np.where(ended >= 0, ended, asked.last(asked.are("LINKEDID_END")))


def _hangups(extra: pd.Series[str], ended: Ints) -> tuple[Texts, Texts, Texts]:
    """Return cause, source and dial status of each call's end; None where the event doesn't say."""
    given = at_rows(texts(extra), ended, None)
    found = []
    for key, place in (("hangupcause", r"^(?P<it>\d+),[^,]*,[^,]*$"), ("hangupsource", r"^\d+,(?P<it>[^,]*),[^,]*$"),
                       ("dialstatus", r"^\d+,[^,]*,(?P<it>[^,]*)$")):  # fmt: skip
        new = _found(given, said_in_json(key))
        found.append(either(said(new), new, _found(given, place)))
    return found[0], found[1], found[2]


def said_in_json(key: str) -> str:
    r"""Return the pattern of a key's value in an event's JSON: Asterisk sets no blanks, who writes it anew may.

    Examples
    --------
    >>> import re
    >>> [re.search(said_in_json("source"), text)["it"] for text in (r'{"source":"SIP/7-1","n":1}', r'{"source" : "SIP\/7-1"}')]
    ['SIP/7-1', 'SIP\\/7-1']
    """
    return rf'"{key}"\s*:\s*"?(?P<it>[^",}}]*)'


def _found(values: Texts, pattern: str) -> Texts:
    """Return the group ``it`` of each text, None where there is none, or it is empty or null."""
    array = pc.struct_field(pc.extract_regex(pa.array(values.tolist(), pa.string()), pattern), "it")
    array = pc.utf8_trim_whitespace(pc.replace_substring(array, "\\/", "/"))  # as PHP writes a slash
    array = pc.if_else(pc.is_in(array, pa.array(["", "null"])), pa.scalar(None, pa.string()), array)
    return np.array(array.to_pylist(), dtype=object) if len(values) else values


# --- the person who took it -----------------------------------------------------------


@dataclass(frozen=True)
class _Meetings:
    """Each call's first person: the event of it, when it was (NO_TIME), whose channel, and that channel's events."""

    person: Ints
    at: Ints
    who: Texts
    theirs: Mask


def _meetings(asked: _Asked) -> _Meetings:
    """Return who first shared a bridge with each caller."""
    events, own = asked.events, asked.own
    enters, _ = asked.in_bridges()
    line = ~_no_line(events["channel"])
    # before version 12 only the caller's channel says that it is in a bridge, and with whom
    old = own & asked.are("BRIDGE_START") & ~_no_line(events["peer"]) & asked.has("peer")
    far, own_enter = asked.first((enters & ~own & line) | old), asked.first(own & enters)
    person = np.where((far >= 0) & (own_enter >= 0), far, -1)
    channel = texts(events["channel"])
    who = at_rows(np.where(old, texts(events["peer"]), channel), person, None)
    return _Meetings(
        person=person,
        at=np.where(person >= 0, np.maximum(asked.at(far), asked.at(own_enter)), NO_TIME),
        who=who,
        theirs=(channel == who[asked.code]) & said(channel),
    )


def _no_line(channels: pd.Series[str]) -> Mask:
    """Say which channels are neither a line nor a phone."""
    return matches(channels, lambda name: name.str.match(rf"(?:{NOT_LINES})(?:/|$)"))


def _talks(asked: _Asked, met: _Meetings, ended: Ints) -> tuple[Floats, Floats]:
    """Return the seconds callers talked and were on hold (NaN where none shows); talk NaN where nobody was met.

    They talked until the person left the bridge, else until the caller did, else until the end.
    """
    _, exits = asked.in_bridges()
    agent_left, own_left = asked.at(asked.last(met.theirs & exits)), asked.at(asked.last(asked.own & exits))
    left = np.where(agent_left != NO_TIME, agent_left, np.where(own_left != NO_TIME, own_left, asked.at(ended)))
    gaps = _gaps(asked, met.at, left)
    return np.clip(between(left, met.at) - gaps, 0, None), np.where(gaps > 0, gaps, np.nan)


def _gaps(asked: _Asked, met_at: Ints, left: Ints) -> Floats:
    """Return the seconds each caller was out of a bridge between meeting the person and the person's leaving."""
    code, when = asked.code, asked.when
    enters, exits = asked.in_bridges()
    rows = np.flatnonzero(asked.own & (enters | exits))
    before, after = rows[:-1], rows[1:]
    out = (code[before] == code[after]) & ~enters[before] & enters[after]
    before, after = before[out], after[out]
    call = code[before]
    within = (when[before] >= met_at[call]) & (when[after] <= left[call])
    found = np.zeros(len(asked.ids))
    np.add.at(found, call[within], (when[after] - when[before])[within].astype(float))
    return found
