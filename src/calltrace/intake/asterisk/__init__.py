"""Calls out of Asterisk's logs: legs, queue events and channel events, joined to one row a caller's attempt.

Neither log says it alone. The CDR knows when the call came, on which trunk and for which account, but
ANSWERED there means that *something* answered, a greeting or the queue's music too; the queue_log knows the
agent, the wait and who hung up, but nothing of what came before the queue. They share the caller's channel
id; where the CDR does not log it, they are put together by time, caller and end (``alike``). Each is also
read alone, and what it can't tell is then left NA.

A caller's attempt is a call whose first channel came in on a trunk, or one that entered a queue. Legs of
other calls (agents dialling out, phones calling each other) are set aside and counted in the notes, and so
are the further rows of one call: rows in are calls, rows folded into them and rows set aside, to the last
one.

References
----------
asterisk/asterisk ``main/cdr.c``, ``apps/app_queue.c``, ``apps/app_dial.c``.
"""

from __future__ import annotations

from dataclasses import field, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from calltrace.classes import dataclass
from calltrace.errors import Location
from calltrace.intake.asterisk.agents import agents_of
from calltrace.intake.asterisk.alike import alike
from calltrace.intake.asterisk.attempts import from_legs
from calltrace.intake.asterisk.cel import complete, in_cdr, legs_of, with_numbers
from calltrace.intake.asterisk.columns import NO_TIME, said, seconds
from calltrace.intake.asterisk.consulted import callers_put_through
from calltrace.intake.asterisk.heard import heard
from calltrace.intake.asterisk.queue_alone import from_queue_alone
from calltrace.intake.asterisk.queued import queued
from calltrace.intake.asterisk.zeros import with_zeros
from calltrace.intake.formats._base import Reading
from calltrace.intake.formats._queue_events import COMPLETED, TRANSFERRED
from calltrace.tables.problems import Problem
from calltrace.tables.schema import TABLES, empty

if TYPE_CHECKING:
    from collections.abc import Sequence

    from calltrace.intake.asterisk.alike import Alike
    from calltrace.intake.asterisk.columns import Mask
    from calltrace.intake.asterisk.heard import Heard
    from calltrace.intake.asterisk.queued import Queued
    from calltrace.intake.formats._base import ReadOptions


def join(readings: Sequence[tuple[str, Reading]], options: ReadOptions) -> list[tuple[str, Reading]]:
    """Make calls and agent events of all of one switch's logs.

    Parameters
    ----------
    readings : pairs of format name and reading
        Tables "asterisk-legs", "queue-events" and "channel-events"; others are handed back as they are.
    options : ReadOptions
        ``region`` says in which country a number without ``+`` is.

    Returns
    -------
    list of (format name, reading)
        A reading of table "calls" and, if there is a queue_log, one of "agents"; without one, the calls that rang out at a
        phone are the agents' events. ``source_file`` and ``source_line`` of a call are its earliest leg's, else its first
        queue event's.
    """
    given = [reading for _, reading in readings if reading.table == "asterisk-legs"]
    in_queues = [reading for _, reading in readings if reading.table == "queue-events"]
    followed = [reading for _, reading in readings if reading.table == "channel-events"]
    made = [pair for pair in readings if pair[1].table not in ("asterisk-legs", "queue-events", "channel-events")]
    if not given and not in_queues and not followed:
        return made
    problems: list[Problem] = []
    legs = _concat(given, ("uniqueid", "start_at", "dstchannel", "channel", "lastapp"), problems, "calls")
    # one agent's phone can be rung twice in a second: within one stretch of a queue_log equal lines are two events
    events = _concat(
        in_queues, ("at", "call_id", "event", "agent", "queue"), problems, "queue-events", across=True
    )
    channels = _concat(
        followed, ("at", "event", "uniqueid", "channel"), problems, "channel-events", across=True
    )
    made_of = _calls(legs, events, channels, options, problems)
    main = given or followed or in_queues
    zone, zone_from = made_of.zone or _zone(main)
    made.append(
        (
            "asterisk_cdr_csv" if given else "asterisk_cel" if followed else "asterisk_queue_log",
            Reading(
                "calls",
                made_of.calls,
                rows=sum(reading.rows for reading in main),
                problems=tuple(problems),
                zone=zone,
                zone_from=zone_from,
                hides_unanswered=made_of.hides,
                notes=tuple(made_of.notes),
            ),
        )
    )
    if not in_queues and given and len(made_of.rings):
        rings = Reading("agents", made_of.rings, rows=len(made_of.rings), zone=zone, zone_from=zone_from, beside=True)
        made.append(("asterisk_cdr_csv", rings))
    if in_queues:
        agents, agent_notes = agents_of(events, legs)
        zone, zone_from = _zone(in_queues)
        started = events.loc[events["event"] == "QUEUESTART", "at"]
        made.append(
            (
                "asterisk_queue_log",
                Reading(
                    "agents",
                    agents,
                    rows=sum(reading.rows for reading in in_queues),
                    zone=zone,
                    zone_from=zone_from,
                    notes=tuple(agent_notes),
                    starts=tuple(at.isoformat() for at in started),
                ),
            )
        )
    return made


@dataclass(frozen=True)
class _Made:
    """Calls, what to say about the rows, whether unanswered ones may be hidden, and the zone if it was learnt here."""

    calls: pd.DataFrame
    notes: list[str]
    hides: bool = False
    zone: tuple[str, str] | None = None
    rings: pd.DataFrame = field(default_factory=pd.DataFrame)


def _zone(readings: Sequence[Reading]) -> tuple[str, str]:
    """Return the zone and how it was known if all files share them; the files keep their own otherwise."""
    found = {(reading.zone, reading.zone_from) for reading in readings}
    return found.pop() if len(found) == 1 else ("", "")


MIXED = 0.1
"""Steps back in time for each step on from which a table of events is in no order: a log goes on but for a set clock."""


_COURSE = {
    event: place
    for place, events in enumerate(
        (("DID",), ("ENTERQUEUE",), ("RINGNOANSWER", "RINGCANCELED"), ("CONNECT",), (*COMPLETED, *TRANSFERRED)), -5
    )
    for event in events
}
"""What comes before what in a call's stay in a queue; the rest ends it."""


# --- reading together -----------------------------------------------------------------


def _concat(
    readings: Sequence[Reading],
    telling: tuple[str, ...],
    problems: list[Problem],
    table: str,
    *,
    across: bool = False,
) -> pd.DataFrame:
    """Put the files of one kind together and drop exact duplicates (per-account files repeat Master.csv).

    With ``across`` a row only repeats one of another stretch: of another file, or of one file where its clock went back,
    as where logs that overlap were put one below the other.
    """
    frames = [reading.frame for reading in readings if len(reading.frame)]
    if not frames:
        return readings[0].frame if readings else pd.DataFrame()
    frame = _one_below_the_other([_newest_last(part) for part in frames] if across else frames)
    if across and len(frames) == 1 and not _goes_back(frame).any():
        return frame
    again = _repeats(frame, telling, across=across)
    if again.any():
        problems += _left_out(frame.loc[again], table)
        frame = frame.loc[~again].reset_index(drop=True)
    return _in_order(frame) if across else frame


def _one_below_the_other(frames: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Put frames together; their files are categories, which pandas gives up where they differ."""
    if len(frames) == 1:
        return frames[0].reset_index(drop=True)
    parts = [part.assign(source_file=part["source_file"].astype("string")) for part in frames]
    frame = pd.concat(parts, ignore_index=True)
    frame["source_file"] = frame["source_file"].astype("category")
    return frame


def _repeats(frame: pd.DataFrame, telling: tuple[str, ...], *, across: bool) -> Mask:
    """Say which rows repeat an earlier one in all but where they were read; with ``across``, one of another stretch.

    Few rows are alike in what is ``telling``: only those are compared whole.
    """
    again = np.zeros(len(frame), dtype=bool)
    maybe = frame.duplicated([name for name in telling if name in frame.columns], keep=False).to_numpy()
    if not maybe.any():
        return again
    told = [name for name in frame.columns if name not in ("source_file", "source_line")]
    doubles = frame.loc[maybe, told]
    if across:
        # the second of two alike in one stretch repeats the second of another, not the first
        stretch = np.cumsum(_goes_back(frame))[maybe]
        doubles = doubles.assign(
            nth=doubles.assign(stretch=stretch).groupby([*told, "stretch"], dropna=False, observed=True).cumcount()
        )
    again[maybe] = doubles.duplicated().to_numpy()
    return again


def _newest_last(frame: pd.DataFrame) -> pd.DataFrame:
    """Turn one file's events round where they are newest first, and sort them where they are by another column than the time.

    A table may be exported so. Sorted by what happened, a call's events of one second have no order: that in which such
    things happen stands for it.
    """
    rises, falls = _steps(frame)
    if falls and (column := _sorted_by(frame)) is not None:
        course = frame["event"].map(_COURSE).fillna(0) if column == "event" else pd.Series(0, frame.index)
        return frame.assign(course=course).sort_values(["at", "course"], kind="stable", ignore_index=True).drop(columns="course")
    return frame.iloc[::-1].reset_index(drop=True) if falls > rises else frame


def _sorted_by(frame: pd.DataFrame) -> str | None:
    """Return the column whose values each stand in one block, time stepping back between blocks only; None where none does."""
    at = frame["at"].to_numpy(dtype="datetime64[us]")
    back = at[1:] < at[:-1]
    for column in ("event", "agent", "queue"):
        if column not in frame.columns:
            continue
        codes, values = pd.factorize(frame[column], use_na_sentinel=False)
        change = codes[1:] != codes[:-1]
        if len(values) > 1 and int(change.sum()) == len(values) - 1 and not (back & ~change).any():
            return column
    return None


def _in_order(frame: pd.DataFrame) -> pd.DataFrame:
    """Sort events that are in no order, as a table may be exported.

    A log as the switch writes it stays as it is: within a second, and where its clock was set back, its order tells.
    """
    rises, falls = _steps(frame)
    return frame.sort_values("at", kind="stable", ignore_index=True) if falls > MIXED * rises else frame


def _steps(frame: pd.DataFrame) -> tuple[int, int]:
    """Return how often the time of events steps on, and how often back, from one to the next of the same file."""
    at = frame["at"].to_numpy(dtype="datetime64[us]")
    same = ~_begins_file(frame)[1:]
    return int((same & (at[1:] > at[:-1])).sum()), int((same & (at[1:] < at[:-1])).sum())


def _begins_file(frame: pd.DataFrame) -> Mask:
    file = frame["source_file"].cat.codes.to_numpy()
    begins: Mask = np.concatenate(([True], file[1:] != file[:-1]))
    return begins


def _goes_back(frame: pd.DataFrame) -> Mask:
    """Say which rows begin another stretch of events: the first of a further file, and one earlier than the row above it."""
    at = frame["at"].to_numpy(dtype="datetime64[us]")
    begins = _begins_file(frame)
    begins[1:] |= at[1:] < at[:-1]
    begins[0] = False
    return begins


def _left_out(twice: pd.DataFrame, table: str) -> list[Problem]:
    """Say of each file how many of its rows were there already."""
    files = twice["source_file"].astype(str)
    return [
        Problem(
            Location(str(file), int(twice.loc[files == file, "source_line"].iloc[0])),
            f"{count} rows that are already there, this is the first",
            "each row once",
            "The repeats were left out.",
            table=table,
            effect="left-out",
            rows=int(count),
            kind="duplicate",
        )
        for file, count in sorted(files.value_counts().items())
    ]


def _calls(
    legs: pd.DataFrame,
    events: pd.DataFrame,
    channels: pd.DataFrame,
    options: ReadOptions,
    problems: list[Problem],
) -> _Made:
    """Return the calls and what is to be said of them."""
    if legs.empty and events.empty and channels.empty:
        return _Made(empty(TABLES["calls"]), [])
    events, legs = callers_put_through(events, legs)
    log = queued(events)
    legs = with_zeros(legs, log.ids)
    side = alike(legs, log, options.tz)
    if not side.fits:
        problems.append(
            Problem(
                Location(str(legs["source_file"].iloc[0])),
                f"--tz {options.tz}, but beside the queue_log the CDR's clock is at {side.says}",
                "one zone",
                "The queue_log was followed.",
                table="calls",
                effect="noted",
                rows=0,
                kind="zone",
            )
        )
    if side.only == "log":
        side = replace(side, legs=legs.iloc[:0])
    logged_ids = legs["uniqueid"] if "uniqueid" in legs.columns else pd.Series(pd.NA, legs.index, "string")
    legs = side.legs
    if channels.empty:
        return _of_legs(side, events, log, options, problems)
    followed = heard(channels)
    # which calls the CDR has is known by its own ids only
    known, by_id = in_cdr(followed, legs if legs.empty else legs.assign(uniqueid=logged_ids))
    further = legs_of(followed, ~known)
    if len(legs):
        _beside_cdr(by_id, channels, problems)
        told = []
        if len(further):
            own = further["linkedid"].nunique()
            told.append(f"{own} calls have no row in the CDR but channel events: {len(further)} rows made of these")
    else:
        told = _alone(followed, channels)
    both = _together(with_numbers(legs, followed), further)
    made = _of_legs(replace(side, legs=both), events, log, options, problems, logged=not legs.empty)
    return replace(made, calls=complete(made.calls, followed, ~known, options), notes=[*told, *made.notes])


def _together(legs: pd.DataFrame, further: pd.DataFrame) -> pd.DataFrame:
    """Return the CDR's legs with those made of channel events below them; either may be empty."""
    if legs.empty or further.empty:
        return further if legs.empty else legs
    return _one_below_the_other([legs, further])


def _beside_cdr(by_id: bool, channels: pd.DataFrame, problems: list[Problem]) -> None:
    """Say what became of channel events that stand beside a CDR."""
    for file, count in channels["source_file"].astype(str).value_counts(sort=False).items():
        problems.append(
            Problem(
                Location(str(file)),
                f"{count} channel events beside a CDR of the same calls",
                "each call once",
                "They complete the CDR's calls."
                if by_id
                else "The CDR has no call ids to join them by: they were set aside.",
                table="",
                effect="noted",
                rows=0,
                kind="beside-cdr",
            )
        )


def _alone(followed: Heard, channels: pd.DataFrame) -> list[str]:
    """Say how many calls the channel events hold, and which of them lack an end or a beginning."""
    open_end = int(((followed.started >= 0) & (followed.ended < 0)).sum())
    cut = int((followed.started < 0).sum())
    notes = [f"{len(channels)} channel events of {followed.size} calls"]
    if cut:
        notes.append(f"{cut} calls began before the log, or have no start in it: they are in no figure")
    if open_end:
        notes.append(f"{open_end} calls have no end in the log: they are in no figure")
    return notes


def _of_legs(
    side: Alike,
    events: pd.DataFrame,
    log: Queued,
    options: ReadOptions,
    problems: list[Problem],
    *,
    logged: bool = True,
) -> _Made:
    """Return the calls of legs and queue events."""
    if side.legs.empty and events.empty:
        return _Made(empty(TABLES["calls"]), [])
    if side.legs.empty:
        frame, notes = from_queue_alone(log, events, options, problems)
        return _Made(frame, [*side.notes, *notes, "calls that never reached a queue are not in a queue_log"])
    zone = (side.zone, "uniqueid") if side.zone else None
    if side.only == "cdr":
        log = log.take(np.array([], dtype=np.int64))
    attempts = from_legs(side.legs, log, options, logged=logged)
    made, hides = attempts.calls, attempts.hides
    notes = [*attempts.notes, *side.notes]
    rest = np.setdiff1d(np.arange(len(log.ids)), attempts.met)
    if len(rest) and side.covered.any():
        # without ids a call that the CDR should have may be in it unrecognised: it is not counted again
        unanswered = log.connected[rest] == NO_TIME
        twice = side.covered[rest] & said(log.how[rest]) & ~(unanswered & hides)
        if twice.any():
            notes.append(
                f"{int(twice.sum())} calls of the queue_log are like none in the CDR, which should have them: "
                "they were set aside, so that none is counted twice"
            )
        rest = rest[~twice]
    if len(rest):
        covered = (log.entered[rest] >= seconds(side.legs["start_at"]).min()) & (
            log.entered[rest] <= seconds(side.legs["end_at"]).max()
        )
        given_up = covered & np.isin(log.how[rest].astype(str), ["ABANDON"]) & (log.connected[rest] == NO_TIME)
        if given_up.any():
            hides = True
            notes.append(
                f"{int(given_up.sum())} calls abandoned in a queue have no row in the CDR: "
                "cdr.conf may say unanswered=no"
            )
        lone, lone_notes = from_queue_alone(log.take(rest), events, options, problems)
        lone["account"] = _accounts_of_numbers(made, lone)
        notes += [f"{len(lone)} calls are in the queue_log only", *lone_notes]
        made = _one_below_the_other([made, lone])
    in_order = made.sort_values("offered_at", kind="stable", ignore_index=True)
    return _Made(in_order, notes, hides, zone, attempts.rings)


def _accounts_of_numbers(made: pd.DataFrame, lone: pd.DataFrame) -> pd.Series[str]:
    """Return the accounts of calls the CDR lacks: the one that every other call to the number has."""
    known = made[["dnis", "account"]].dropna().drop_duplicates().drop_duplicates("dnis", keep=False)
    of_number = lone["dnis"].map(known.set_index("dnis")["account"])
    return of_number.astype("string").fillna(lone["account"])
