"""Calls out of Call Manager's records: legs of thousands of small files, joined to one row a caller's attempt.

A call is what has one global call id. A transfer or a conference makes further calls, in which one leg keeps the
identifier it had: calls that share one, near in time, are one caller's attempt. Its verdict is the best of its
rows, its start the earliest. The recorder's own legs (``joinOnBehalfOf`` 27) are nobody's call, whatever cause
they end with.

A call that begins at a phone of ours is an agent's or between phones. They are set aside where the records hold
calls from a gateway or trunk as well; where they hold none, what a device is can't be told by its name (or it is
a laboratory), every call counts, and the notes say so.

References
----------
Cisco Unified Communications Manager Call Detail Records Administration Guide, "Cisco call detail records
codes"; ITU-T Q.850 for causes.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from calltrace.intake.duplicates import without_repeats
from calltrace.intake.formats._base import Reading
from calltrace.intake.formats._rows import together
from calltrace.intake.formats._values import nullable_array
from calltrace.intake.formats.cisco_cucm import SOUND_TYPES, TYPES
from calltrace.tables import phones
from calltrace.tables.schema import SOURCE_COLUMNS, TABLES, empty

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from calltrace.intake.formats._base import ReadOptions
    from calltrace.tables.problems import Problem

    Mask = NDArray[np.bool_]
    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]
    Texts = NDArray[np.object_]

PHONE = r"(?i)^(?:SEP|CSF|TCT|BOT|TAB|ATA|VGC|AN|LIT|CIPC|BAT|UPC|RDP|SPARK|IPMASQ)[0-9A-Z_]{4,}"
"""Names that Call Manager gives to phones and to clients on computers and mobiles."""
CLIENT = r"(?i)^(?:CSF|TCT|BOT|TAB)[0-9A-Z_.-]{1,12}$"
"""Names of such clients hold their user's, which may be short (``CSFBOB``) or have a dot: a trunk's may look the same."""
MACHINE = r"(?i)voice.?mail|unity|unifiedmsg|cisco.?um|^cuc|_vm_|^vm[_-]|^AnnPort|ann_\d"
"""Names that voicemail ports and announcers usually have."""
ANSWERING = r"(?i)^cti|_cti_|^rp[_-]|^ccx|uccx|ipcc|ivr|^aa[_-]"
"""Names that ports of menus usually have; whoever connects to one has reached no person yet."""

BUSY = frozenset({17})
UNANSWERED = frozenset({18, 19})
SPLIT = frozenset({126, 0x60000, 0x40000, 0x70000})
"""Call split, conference full, conference drop: how legs part in a transfer or conference, not how a call ends."""

FORWARDED = (1, 2, 10, 15)
"""Redirect reasons of a call forwarded when busy, unanswered, by the phone, always."""

NEAR_S = 6 * 3600.0
"""Leg identifiers are a counter: one seen again after this is another leg's."""

HIDING_ODDS = math.log(0.001)
"""The zero-duration flag is called off where a log without one such call would be less likely than 1 in 1,000."""

HUNG_UP = frozenset({16, 31, 127})
"""Causes by which a person ends a conversation: cleared as usual, or for a reason that is not told. By any other, such as 41
(temporary failure) or 27 (out of order), the network or a device cut it, whichever side the cause stands at."""

LOST_AT_LEAST = 0.02
"""So many callers hang up, find it busy or ring out anywhere; for the above."""

BAD_SOUND_LOSS = 0.05
"""Share of lost packets above which speech breaks up with any usual codec (ITU-T G.113, appendix I)."""


def join(readings: Sequence[tuple[str, Reading]], options: ReadOptions) -> list[tuple[str, Reading]]:
    """Make calls of all CDR files, and hold the CMR files against them.

    Parameters
    ----------
    readings : pairs of format name and reading
        Tables "cucm-legs" and "cucm-sound"; others are handed back as they are.
    options : ReadOptions
        ``region`` says in which country a number without ``+`` is.

    Returns
    -------
    list of (format name, reading)
        One reading of table "calls", times in UTC.
    """
    made = [pair for pair in readings if pair[1].table not in ("cucm-legs", "cucm-sound")]
    given = [(name, reading) for name, reading in readings if reading.table == "cucm-legs"]
    if not given:
        return made
    legs, problems = _once(together([reading.frame for _, reading in given], TYPES))
    heard = [reading.frame for _, reading in readings if reading.table == "cucm-sound"]
    sound = together(heard, SOUND_TYPES) if heard else pd.DataFrame()
    calls, notes, hides = _calls(legs, sound, options)
    made.append(
        (
            given[0][0],
            Reading(
                "calls",
                calls,
                rows=sum(reading.rows for _, reading in given),
                problems=tuple(problems),
                zone="",
                zone_from="epoch",
                hides_unanswered=hides,
                notes=tuple(notes),
            ),
        )
    )
    return made


def _once(legs: pd.DataFrame) -> tuple[pd.DataFrame, list[Problem]]:
    """Keep each record once, by its ``pkid`` where there is one: exports overlap."""
    if legs.empty:
        return legs, []
    told = [c for c in legs.columns if c not in SOURCE_COLUMNS]
    by = "pkid" if legs["pkid"].notna().all() else told
    return without_repeats(legs, legs.duplicated(by).to_numpy(), "record")


def cause_of(value: float) -> int:
    """Return the Q.850 cause of a cause value; those of transfers and conferences as they are.

    Causes over 127 came from SIP: the low byte is the cause. A column read as signed has them negative.

    Examples
    --------
    >>> [cause_of(v) for v in (16, 1459617833, 1174405137, -1577058283, 393216)]
    [16, 41, 17, 21, 393216]
    """
    if math.isnan(value):
        return 0
    whole = int(value) & 0xFFFFFFFF
    return whole if whole <= 127 or whole in SPLIT else whole & 0x7F


# --- calls ----------------------------------------------------------------------------------------------------


def _groups(legs: pd.DataFrame) -> Ints:
    """Return for each record the first record of the same caller's attempt."""
    size = len(legs)
    root = list(range(size))

    def find(i: int) -> int:
        while root[i] != i:
            root[i] = root[root[i]]
            i = root[i]
        return i

    def unite(i: int, j: int) -> None:
        a, b = find(i), find(j)
        if a != b:
            root[max(a, b)] = min(a, b)

    cluster = legs["cluster"].tolist()
    names = {n: legs[n].tolist() for n in ("manager", "call", "from_leg", "to_leg")}
    start, end = legs["start"].to_numpy(), np.fmax(legs["end"].to_numpy(), legs["start"].to_numpy())
    last: dict[tuple[Any, ...], int] = {}
    recorder = _recorder(legs)
    for i in np.argsort(start, kind="stable").tolist():
        if recorder[i]:
            continue
        keys: list[tuple[Any, ...]] = [("call", cluster[i], names["manager"][i], names["call"][i])]
        keys += [("leg", cluster[i], leg) for leg in (names["from_leg"][i], names["to_leg"][i]) if leg > 0]
        for key in keys:
            before = last.get(key)
            if before is not None and start[i] - end[before] < NEAR_S:
                unite(before, i)
            if before is None or end[i] >= end[before]:
                last[key] = i
    return np.array([find(i) for i in range(size)], dtype=np.int64)


def _recorder(legs: pd.DataFrame) -> Mask:
    found: Mask = (
        (legs["join"] == 27) | legs["reason"].eq(354) | legs["last_reason"].eq(354)
    ).to_numpy(dtype=bool)
    return found


def _calls(legs: pd.DataFrame, sound: pd.DataFrame, options: ReadOptions) -> tuple[pd.DataFrame, list[str], bool]:
    """Return the calls, what became of the rows, and whether unanswered calls seem to be hidden."""
    if legs.empty:
        return empty(TABLES["calls"]), [], False
    recorder = _recorder(legs)
    group = _groups(legs)
    order = np.lexsort((np.arange(len(legs)), legs["start"].to_numpy(), group))
    order = order[~recorder[order]]
    code = group[order]
    firsts = order[np.concatenate(([True], code[1:] != code[:-1]))] if len(order) else order
    phone_from = _from_phones(legs)
    outside = ~phone_from & legs["from_device"].notna().to_numpy(dtype=bool)
    cluster = legs["cluster"].fillna("").to_numpy(dtype=object)
    telling = np.isin(cluster, np.unique(cluster[firsts[outside[firsts]]].astype(str)))
    kept = firsts[outside[firsts] | ~telling[firsts]]
    notes = [_told(legs, recorder, order, firsts, kept)]
    if not telling[firsts].all():
        notes.append(
            "no call came in on a gateway or trunk that its name tells from a phone: every call counts as a caller's"
        )
    zero = (legs["connect"].to_numpy() <= 0) | (legs["duration"].to_numpy() <= 0)
    hides = bool(not zero.any() and len(kept) * math.log1p(-LOST_AT_LEAST) < HIDING_ODDS)
    if hides:
        notes.append(
            f"not one of {len(legs):,} records is of a call of no length: CdrLogCallsWithZeroDurationFlag seems to "
            "be off, so unanswered calls are not in the log"
        )
    frame = _attempts(legs, group, order, kept, options, phone_from)
    if len(sound):
        notes.append(_sound(frame, legs, sound))
    return frame, notes, hides


def _told(legs: pd.DataFrame, recorder: Mask, order: Ints, firsts: Ints, kept: Ints) -> str:
    parts = [f"{len(legs)} records: {len(kept)} callers' attempts"]
    aside = len(firsts) - len(kept)
    further = len(order) - len(firsts)
    if further:
        parts.append(f"{further} further records of the same or other calls")
    if aside:
        parts.append(f"{aside} calls set aside, which began at a phone of ours")
    if recorder.any():
        parts.append(f"{int(recorder.sum())} legs of a recorder")
    return ", ".join(parts)


def _matches(values: pd.Series[str], pattern: str) -> Mask:
    found: Mask = values.astype("string").str.contains(pattern, regex=True).fillna(value=False).to_numpy(dtype=bool)
    return found


def _waited(
    legs: pd.DataFrame, kept: Ints, members: tuple[Ints, Ints], *, start: Floats, picked: Floats, over: Floats
) -> tuple[Floats, Floats]:
    """Return for how many seconds each call rang, and for how many it queued; NaN where no queue is logged of it.

    ``kept`` are the legs that calls began with, ``members`` the places of calls and the legs of each; a call rang or queued
    from its ``start`` until a machine ``picked`` it up (NaN for none) and on until the wait was ``over``.
    """
    native = np.zeros(len(kept))
    queued = legs["queued"].to_numpy()
    wait = np.where(queued == 1, np.nan_to_num(legs["wait"].to_numpy()), 0.0)
    place, rows = members
    np.add.at(native, place, wait[rows])
    until = np.where(np.isfinite(picked), picked, over)
    before, behind = until - start, over - until
    in_queue = np.minimum(native, np.clip(before, 0, None))
    known = np.isfinite(queued[kept]) | (behind > 0)
    return before - in_queue, np.where(known, in_queue + np.clip(behind, 0, None), np.nan)


def _from_phones(legs: pd.DataFrame) -> Mask:
    """Say which records began at a phone of ours, or at a client on a computer or mobile.

    A client's name that is short, or has a dot, is a line's all the same where several callers with whole numbers come from
    it: a client has its own number only, mostly an extension.
    """
    device = legs["from_device"].astype("string")
    phone = _matches(device, PHONE)
    short = _matches(device, CLIENT) & ~phone
    if not short.any():
        return phone
    whole = _matches(legs["caller"], r"^\+?\d{7,}$")
    callers = legs.loc[short & whole, ["caller"]].groupby(device[short & whole])["caller"].nunique()
    lines = device.isin(callers.index[callers > 1]).to_numpy(dtype=bool)
    return phone | (short & ~lines)


def _attempts(  # noqa: PLR0917 - what is known of the records
    legs: pd.DataFrame, group: Ints, order: Ints, kept: Ints, options: ReadOptions, phone_from: Mask
) -> pd.DataFrame:
    """Return one row for each record of ``kept``, which began a call; ``phone_from`` are those that began at a phone."""
    wanted = np.isin(group, group[kept])
    rows = order[wanted[order]]
    slot = {int(g): n for n, g in enumerate(group[kept].tolist())}
    place = np.array([slot[g] for g in group[rows].tolist()], dtype=np.int64)
    size = len(kept)
    with_caller = _with_caller(legs, rows, kept[place])
    person, machine, box = (mask & with_caller for mask in _connected(legs))
    first_person = _first(place, rows, person, size)
    last_person = _last(place, rows, person, size)
    first_machine = _first(place, rows, machine | box | person, size)
    boxed = np.bincount(place[box[rows]], minlength=size) > 0
    last = _last(place, rows, np.ones(len(legs), dtype=bool), size)
    by_end = legs["end"].to_numpy()
    for at, row in zip(place.tolist(), rows.tolist(), strict=True):
        if by_end[row] > by_end[last[at]]:
            last[at] = row
    causes = [tuple(cause_of(v) for v in pair) for pair in zip(legs["from_cause"], legs["to_cause"], strict=True)]
    start, connect = legs["start"].to_numpy()[kept], legs["connect"].to_numpy()
    end = legs["end"].to_numpy()[last]
    answered = first_person >= 0
    met = np.where(answered, connect[np.clip(first_person, 0, None)], np.nan)
    picked = np.where(first_machine >= 0, connect[np.clip(first_machine, 0, None)], np.nan)
    ring, queue = _waited(legs, kept, (place, rows), start=start, picked=picked, over=np.where(answered, met, end))
    talk = np.zeros(size)
    np.add.at(talk, place[person[rows]], np.nan_to_num(legs["duration"].to_numpy()[rows[person[rows]]]))
    outcome, ended, cause = _outcomes(legs, causes, last, answered, boxed, np.isfinite(picked))
    dialling = ("caller", "dialled", "final", "redirect")
    number = {name: phones.clean(legs[name].astype("string"), options.region) for name in dialling}
    raw = {name: legs[name].to_numpy(dtype=object) for name in ("final", "agent", "hunt", "redirect")}
    who = np.clip(first_person, 0, None)
    agent = np.where(pd.isna(raw["agent"][who]), raw["final"][who], raw["agent"][who])
    moved = answered & (last_person != first_person) & (raw["final"][np.clip(last_person, 0, None)] != raw["final"][who])
    reason = legs["reason"].isin(FORWARDED) | legs["last_reason"].isin(FORWARDED)
    forwarded = reason.to_numpy(dtype=bool) & ~pd.isna(raw["redirect"]) & (raw["redirect"] != raw["final"])
    dialled = number["dialled"].fillna(number["final"])
    triple = legs.loc[kept, ["cluster", "manager", "call"]].itertuples(index=False)
    ids = ["-".join(_whole(part) for part in parts) for parts in triple]
    hunt = _any_text(place, rows, raw["hunt"], size)
    frame = pd.DataFrame(
        {
            "call_id": pd.array(ids, dtype="string"),
            "dnis": dialled.iloc[kept].array,
            "trunk_group": legs["from_device"].astype("string").mask(phone_from).iloc[kept].array,
            "ani": number["caller"].iloc[kept].array,
            "agent": pd.array(agent, dtype="string").copy(),
            "offered_at": pd.Series((start * 1e6).astype(np.int64).astype("datetime64[us]")).dt.tz_localize("UTC"),
            "ring_s": nullable_array(np.clip(ring, 0, None)),
            "queue_s": nullable_array(queue),
            "hold_s": nullable_array(np.where(answered, np.nan, 0.0)),
            "talk_s": nullable_array(np.where(answered, talk, 0.0)),
            "outcome": pd.array(outcome, dtype="string"),
            "ended_by": pd.array(ended, dtype="string"),
            "redirected_from": number["redirect"].where(forwarded).iloc[kept].array,
            "linked_id": pd.array(ids, dtype="string"),
            "hangup_cause": pd.array(cause, dtype="string"),
            "queue": pd.array(hunt, dtype="string"),
            "transferred_to": number["final"].iloc[np.clip(last_person, 0, None)].array,
            "source_file": pd.Categorical(legs["source_file"].to_numpy(dtype=object)[kept]),
            "source_line": legs["source_line"].to_numpy()[kept],
        }
    )
    frame["agent"] = frame["agent"].mask(~answered)
    frame["transferred_to"] = frame["transferred_to"].mask(~moved)
    return frame.sort_values("offered_at", kind="stable", ignore_index=True)


def _whole(value: Any) -> str:
    """Return a part of the id: numbers without a fraction, nothing for NA."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    return str(int(value)) if isinstance(value, float) else str(value)


def _connected(legs: pd.DataFrame) -> tuple[Mask, Mask, Mask]:
    """Say which records connected the caller to a person, to a machine, to a voicemail box."""
    up = (legs["connect"].to_numpy() > 0) & ~(legs["duration"].to_numpy() < 0)
    to = legs["to_device"]
    box = up & _matches(to, MACHINE)
    port = up & ~box & _matches(to, ANSWERING) & ~_matches(to, PHONE)
    return up & ~box & ~port, port, box


def _with_caller(legs: pd.DataFrame, rows: Ints, firsts: Ints) -> Mask:
    """Say which records the caller's own leg is in: an agent asking a colleague first is not the caller's talk."""
    found = np.zeros(len(legs), dtype=bool)
    own = legs["from_leg"].to_numpy()[firsts]
    from_leg, to_leg = legs["from_leg"].to_numpy()[rows], legs["to_leg"].to_numpy()[rows]
    found[rows] = (from_leg == own) | (to_leg == own) | ~(own > 0)
    return found


def _first(place: Ints, rows: Ints, mask: Mask, size: int) -> Ints:
    found = np.full(size, -1, dtype=np.int64)
    chosen = mask[rows]
    found[place[chosen][::-1]] = rows[chosen][::-1]
    return found


def _last(place: Ints, rows: Ints, mask: Mask, size: int) -> Ints:
    found = np.full(size, -1, dtype=np.int64)
    chosen = mask[rows]
    found[place[chosen]] = rows[chosen]
    return found


def _any_text(place: Ints, rows: Ints, values: Texts, size: int) -> list[str | None]:
    found: list[str | None] = [None] * size
    for at, row in zip(place.tolist(), rows.tolist(), strict=True):
        if found[at] is None and isinstance(values[row], str):
            found[at] = values[row]
    return found


def _outcomes(  # noqa: PLR0917 - what is known of the calls' ends
    legs: pd.DataFrame, causes: list[tuple[int, ...]], last: Ints, answered: Mask, boxed: Mask, picked: Mask
) -> tuple[list[str], list[str | None], list[str | None]]:
    """Return each call's outcome, who ended it, and the cause as logged (caller's side / other side)."""
    outcome: list[str] = []
    ended: list[str | None] = []
    said: list[str | None] = []
    from_cause, to_cause = legs["from_cause"].to_numpy(), legs["to_cause"].to_numpy()
    for n, row in enumerate(last.tolist()):
        ours, theirs = causes[row]
        said.append(f"{_whole(float(from_cause[row]))}/{_whole(float(to_cause[row]))}")
        of_caller = ours not in (0, *SPLIT) and theirs in (0, *SPLIT)
        of_other = theirs not in (0, *SPLIT) and ours in (0, *SPLIT)
        if answered[n]:
            outcome.append("answered")
            cut = {ours, theirs} - {0, *SPLIT, *HUNG_UP}
            ended.append("system" if cut else "caller" if of_caller else "agent" if of_other else None)
            continue
        if boxed[n]:
            outcome.append("voicemail")
        elif picked[n]:
            outcome.append("announcement")
        else:
            outcome.append(_unanswered(ours, theirs))
        lost = outcome[-1] in ("busy", "failed", "no_answer")
        ended.append("caller" if of_caller and ours in (16, 31) else "system" if lost else None)
    return outcome, ended, said


def _unanswered(ours: int, theirs: int) -> str:
    """Return how a call ended that nobody took, by the causes of both sides."""
    both = {ours, theirs}
    if both & BUSY:
        return "busy"
    if both & UNANSWERED:
        return "no_answer"
    if ours in (16, 31) and theirs == 0:
        return "abandoned"
    if both <= {0, *SPLIT}:
        return "abandoned"
    return "abandoned" if both == {16} else "failed"


def _sound(calls: pd.DataFrame, legs: pd.DataFrame, sound: pd.DataFrame) -> str:
    """Say how many of the calls had an end with bad sound."""
    lost = sound["lost"].to_numpy()
    total = lost + sound["received"].to_numpy()
    with np.errstate(invalid="ignore", divide="ignore"):
        bad = np.where(total > 0, lost / total, 0) > BAD_SOUND_LOSS
    keys = set(zip(sound.loc[bad, "manager"], sound.loc[bad, "call"], strict=True))
    known = set(zip(legs["manager"], legs["call"], strict=True))
    of_calls = len(keys & known)
    return (
        f"{len(sound)} records of call quality (CMR) beside {len(calls)} calls: {of_calls} calls with more than "
        f"{BAD_SOUND_LOSS:.0%} of the packets lost at one end"
    )
