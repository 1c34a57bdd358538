"""The events of a queue_log in a table with a header (realtime, FreePBX, PBXware): read by its column names."""

from __future__ import annotations

import csv
import io
import re
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from calltrace.errors import InputError, Location
from calltrace.intake.formats._base import PREAMBLE, ReadOptions
from calltrace.intake.formats._clocks import clock_steps, epochs_of
from calltrace.intake.formats._lines import LISTED
from calltrace.intake.formats._queue_events import COMPLETED, MEANING, NOBODY, NUMBERS, TRANSFERRED, left_out
from calltrace.tables import times
from calltrace.tables.problems import Problem, first_of

if TYPE_CHECKING:
    from collections.abc import Sequence

_HEADER = {
    "date_time": "epoch",
    "epoch": "epoch",
    "timestamp": "time",
    "time": "time",
    "created": "time",
    "time_id": "epoch",
    "callid": "call_id",
    "call_id": "call_id",
    "uniqueid": "call_id",
    "queuename": "queue",
    "queue_name": "queue",
    "queue": "queue",
    "agent": "agent",
    "type": "agent",
    "event": "event",
    "data": "data",
    "verb": "event",
}
_DATA = re.compile(r"^(?:data|param)(\d)$")
# PBXware writes an event's parts into columns of their own: event -> {column of ours: column of the table}
_PBXWARE = {
    "wait_s": (
        "htime",
        ("CONNECT", *COMPLETED, "ABANDON", "EXITEMPTY", "EXITWITHTIMEOUT", "EXITWITHKEY", *TRANSFERRED),
    ),
    "talk_s": ("ttime", (*COMPLETED, *TRANSFERRED)),
    "ring_ms": ("htime", ("RINGNOANSWER", "RINGCANCELED")),
    "caller": ("data1", ("ENTERQUEUE",)),
    "agent_call_id": ("data2", ("CONNECT",)),
    "transferred_to": ("data2", ("BLINDTRANSFER", "TRANSFER")),
}


_EPOCHS = 1e8
"""A number of so much is seconds of the epoch, from 1973 on."""


def header_of(lines: Sequence[str]) -> tuple[int, list[str]] | None:
    """Return the place of the header, and its words with the column of ours each one is; None where there is none."""
    for place, line in enumerate(lines[:PREAMBLE]):
        words = header_words(line)
        if {"call_id", "queue", "event"} <= set(words) and {"epoch", "time"} & set(words):
            return place, words
    return None


def header_words(line: str) -> list[str]:
    """Return what each column of a header is, by the names of ours; other names lower-cased."""
    delimiter = max(",;\t|", key=line.count)
    found = [
        re.sub(r"[\s_]+", "_", word.strip().strip("\ufeff`").lower())
        for word in next(csv.reader([line], delimiter=delimiter), [])
    ]
    return [f"data{at.group(1)}" if (at := _DATA.match(word)) else _HEADER.get(word, word) for word in found]


def read_table(
    data: bytes, name: str, options: ReadOptions, problems: list[Problem]
) -> tuple[pd.DataFrame, int, str, str]:
    """Read an exported table by its header; local times are placed by the call ids, else by the zone."""
    text = data.decode(errors="replace")
    top = text.split("\n", PREAMBLE)
    header = header_of(top)
    above, names = header or (0, header_words(top[0]))
    if above:
        text = text.split("\n", above)[above]
    # "time" and "created" both: the first of a name is the one meant
    names = [f"{name}#{n}" if name in names[:n] else name for n, name in enumerate(names)]
    if header is None:
        raise InputError(
            "a queue_log table without a call id, a queue or an event",
            at=Location(name, 1),
            expected="columns callid, queuename, agent, event and a time",
        )
    delimiter = max(",;\t|", key=text.split("\n", 1)[0].count)
    reader = csv.reader(io.StringIO(text), delimiter=delimiter)
    found: list[list[str]] = []
    at: list[int] = []
    for row in reader:
        if any(cell.strip() for cell in row):
            found.append(row)
            at.append(above + reader.line_num)
    heading = found[0]
    kept = [n for n, row in enumerate(found) if row != heading]  # exports put one below the other bring theirs along
    found, at = [found[n] for n in kept], [at[n] for n in kept]
    rows = len(found)
    whole = [n for n, row in enumerate(found) if len(row) == len(names) and row[names.index("event")].strip()]
    torn = np.array(sorted(set(range(rows)) - set(whole)), dtype=np.int64)
    left_out(torn, [found[n] for n in torn[: LISTED + 1]], np.array(at, dtype=np.int64), name, problems)
    table = pd.DataFrame([found[n] for n in whole], columns=names, dtype="string")
    table = table.replace({"NULL": pd.NA, "\\N": pd.NA})
    table["source_line"] = np.array([at[n] for n in whole], dtype=np.int64)
    frame = _meanings(table, pbxware="htime" in names)
    instants, zone, zone_from = _table_times(table, options)
    no_time = np.flatnonzero(instants.isna())
    lines = table["source_line"].to_numpy()

    def untimed(n: int) -> Problem:
        return Problem(
            Location(name, int(lines[no_time[n]])),
            "an event whose time can't be read",
            "epoch seconds, or YYYY-MM-DD HH:MM:SS",
            "Event left out.",
            table="queue-events",
            kind="bad-time",
        )

    problems += first_of(len(no_time), untimed, LISTED, "events", "Events left out.", "a time")
    frame.insert(0, "at", instants)
    return frame[instants.notna()].reset_index(drop=True), rows, zone, zone_from


def _meanings(table: pd.DataFrame, *, pbxware: bool) -> pd.DataFrame:
    frame = pd.DataFrame(index=table.index)
    for column in ("call_id", "queue", "agent"):
        values = (
            table[column].str.strip()
            if column in table.columns
            else pd.Series(pd.NA, index=table.index, dtype="string")
        )
        frame[column] = values.mask(values.isin(NOBODY), pd.NA)
    event = table["event"].str.strip().str.upper()
    frame["event"] = event
    if "data" in table.columns and "data1" not in table.columns:
        split = table["data"].str.split("|", expand=True)
        for n in range(split.shape[1]):
            table[f"data{n + 1}"] = split[n]
    empty = pd.Series(pd.NA, index=table.index, dtype="string")
    for column, meanings in MEANING.items():
        values = empty.copy()
        if pbxware:
            source, events = _PBXWARE.get(column, ("", ()))
            if source in table.columns:
                values = values.mask(event.isin(events), table[source])
        else:
            for events, field in meanings:
                # in a table, transfers lie in fixed columns: extension, context, hold, talk
                source = f"data{field if field > 0 else 6 + field}"
                if source in table.columns:
                    values = values.mask(event.isin(events), table[source])
        values = values.mask(values == "", pd.NA)
        frame[column] = (
            pd.to_numeric(values, errors="coerce").astype("float64") if column in NUMBERS else values
        )
    frame["source_line"] = table["source_line"]
    return frame


def _table_times(table: pd.DataFrame, options: ReadOptions) -> tuple[pd.Series[pd.Timestamp], str, str]:
    """Return the instants in UTC, the zone of the local times, and how it was known.

    A table that outlived an upgrade has both: Asterisk 1.6 wrote epochs into its column of texts, later ones local times.
    """
    given = [column for column in ("epoch", "time") if column in table.columns]
    counted = {column: pd.to_numeric(table[column], errors="coerce").astype("float64") for column in given}
    best = max(given, key=lambda column: int((counted[column] > _EPOCHS).sum()))
    epochs = counted[best].where(counted[best] > _EPOCHS)
    stamps = pd.Series(np.round(epochs.to_numpy() * 1e6), index=table.index)
    known = pd.to_datetime(stamps, unit="us", utc=True).astype("datetime64[us, UTC]")
    if "time" not in given or not (epochs.isna() & table["time"].notna()).any():
        return known, "UTC", "epoch"
    local = table["time"].where(epochs.isna())
    instants, zone, zone_from = _local_times(table.assign(time=local), options)
    return known.fillna(instants.astype("datetime64[us, UTC]")), zone, zone_from


def _local_times(table: pd.DataFrame, options: ReadOptions) -> tuple[pd.Series[pd.Timestamp], str, str]:
    """Place local times by the call ids, else by the zone that is said, else by the machine's."""
    parsed = times.parse(table["time"])
    wall = parsed.instants
    naive = wall.to_numpy().astype("datetime64[s]").astype(np.int64)
    there = wall.notna().to_numpy()
    epoch = np.where(there, epochs_of(table.rename(columns={"call_id": "uniqueid"})), np.nan)
    clock = clock_steps(naive, epoch)
    if clock is not None:
        utc = clock.to_utc(naive, epoch)
        zone, _ = clock.zone(options.tz)
        rest = wall.to_numpy() - naive.astype("datetime64[s]")
        stamps = pd.Series(utc.astype("datetime64[s]").astype("datetime64[us]") + rest, index=table.index)
        return stamps.where(there).dt.tz_localize("UTC"), zone, "uniqueid"
    zone = options.tz or times.machine_zone()
    return times.localise(wall, zone).instants, zone, "option" if options.tz else "machine"
