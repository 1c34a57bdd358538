"""Whether a store is whole: every file held against the manifest and the calls against their counts."""

from __future__ import annotations

import hashlib
import io
import json
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from calltrace.classes import dataclass
from calltrace.intake.store import aggregate, parts
from calltrace.intake.store.cleaning import orphans
from calltrace.intake.store.manifest import Manifest, Part
from calltrace.tables.schema import SOURCE_COLUMNS, TABLES

if TYPE_CHECKING:
    from collections.abc import Callable

    from calltrace.intake.store.dataset import Store

    Progress = Callable[[str, float, float], None]


@dataclass(frozen=True)
class Fault:
    """One thing wrong with a store: the file, what was found, and what that costs."""

    file: str
    saw: str
    expected: str


@dataclass(frozen=True)
class VerifyResult:
    """What verifying found. ``orphans`` are files no state names: left-overs, which do no harm."""

    url: str
    version: int
    files: int
    rows: int
    faults: tuple[Fault, ...]
    orphans: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.faults

    def to_dict(self) -> dict[str, object]:
        """Return it as plain values, for JSON."""
        return {
            "store": self.url,
            "version": self.version,
            "ok": self.ok,
            "files": self.files,
            "rows": self.rows,
            "faults": [{"file": f.file, "saw": f.saw, "expected": f.expected} for f in self.faults],
            "orphans": list(self.orphans),
        }


def verify(store: Store, *, progress: Progress | None = None) -> VerifyResult:
    """Hold every file of the store against its manifest.

    Read are all bytes: their SHA-256, number of rows and columns must be as the manifest and the layout say, each
    row on its day and in order, no record there twice, and the interval counts must be those of the day's calls.

    Parameters
    ----------
    store : Store
        To verify.
    progress : callable, optional
        Called with what is being done, how much of it is done, and how much there is.
    """
    state = store.state()
    faults: list[Fault] = []
    chosen = [state.parts[key] for key in sorted(state.parts)]
    for number, part in enumerate(chosen):
        rows = _whole(store, part, faults)
        if rows is not None:
            faults += _sound(part, rows)
            if part.table == "calls":
                faults += _counted(store, state, part, rows)
        if progress:
            progress("verifying", number + 1, len(chosen))
    faults += _one_day_each(store, state, {fault.file for fault in faults})
    for day in set(state.days(parts.INTERVALS)) - set(state.days("calls")):
        faults.append(Fault(state.parts[parts.INTERVALS, day].file, "counts of a day without calls", "none"))
    for record in state.imports:
        try:
            json.loads(store.place.read(record.file))
        except FileNotFoundError:
            faults.append(Fault(record.file, "it is not there", "the record of an import"))
        except ValueError:
            faults.append(Fault(record.file, "it is damaged", "the record of an import"))
        except OSError as error:
            faults.append(Fault(record.file, f"it can't be read: {error.strerror or error}", "the record of an import"))
    return VerifyResult(
        store.url,
        state.version,
        len(chosen),
        sum(p.rows for p in chosen if p.table in TABLES),
        tuple(faults),
        tuple(orphans(store, state)),
    )


def _whole(store: Store, part: Part, faults: list[Fault]) -> pa.Table | None:
    from pyarrow import parquet  # noqa: PLC0415 - nothing but verifying reads here

    try:
        data = store.place.read(part.file)
    except FileNotFoundError:
        faults.append(Fault(part.file, "it is not there", f"{part.rows} rows of {part.table}"))
        return None
    except OSError as error:
        faults.append(Fault(part.file, f"it can't be read: {error.strerror or error}", f"{part.rows} rows of {part.table}"))
        return None
    if hashlib.sha256(data).hexdigest() != part.sha256:
        faults.append(Fault(part.file, "its content is not what was written", f"SHA-256 {part.sha256[:16]}…"))
        return None
    try:
        rows = parquet.read_table(io.BytesIO(data), use_threads=False)
    except (pa.ArrowException, OSError) as error:
        faults.append(Fault(part.file, f"it can't be read: {error}", "a Parquet file"))
        return None
    if rows.num_rows != part.rows:
        faults.append(Fault(part.file, f"{rows.num_rows} rows", f"{part.rows} rows"))
    if not set(rows.column_names) <= set(parts.schema_of(part.table).names):
        faults.append(Fault(part.file, "other columns", f"those of {part.table}"))
        return None
    return parts.completed(rows, part.table)


def _sound(part: Part, rows: pa.Table) -> list[Fault]:
    if part.table not in TABLES:
        return []
    table = TABLES[part.table]
    faults = []
    instant = table.main_instant
    if instant and part.day:
        us = rows[instant].cast(pa.int64()).to_numpy()
        start = parts.day_start(part.day)
        if len(us) and (us.min() < start or us.max() >= start + parts.DAY_US):
            faults.append(Fault(part.file, f"{instant} outside the day", f"rows of {part.day}"))
        if (np.diff(us) < 0).any():
            faults.append(Fault(part.file, "rows out of order", f"rows in order of {instant}"))
    twice = _repeats(rows, part.table)
    if twice:
        faults.append(Fault(part.file, f"{twice} records there twice", f"each {' and '.join(table.identity)} once"))
    return faults


def _repeats(rows: pa.Table, name: str) -> int:
    table = TABLES[name]
    if name == "calls" and not parts.repeats_possible(rows):
        return 0
    content = [c for c in rows.column_names if c not in SOURCE_COLUMNS]
    frame = rows.select(content).to_pandas()
    return int(frame.duplicated(list(table.identity)).sum())


def _counted(store: Store, state: Manifest, part: Part, rows: pa.Table) -> list[Fault]:
    kept = state.parts.get((parts.INTERVALS, part.day))
    if kept is None:
        return [Fault(part.file, "no interval counts of its day", "counts beside every day of calls")]
    counts = _whole(store, kept, [])  # what is wrong with that file is told in its own turn
    if counts is not None and not aggregate.same(counts, aggregate.count(rows)):
        return [Fault(kept.file, "other counts than the calls give", "the counts of the day's calls")]
    return []


def _one_day_each(store: Store, state: Manifest, damaged: set[str]) -> list[Fault]:
    """Find messages that are on two days: their id alone says which they are; files that are damaged are told already."""
    seen: dict[str, str] = {}
    twice = 0
    last = ""
    for part in state.of("messages"):
        if part.file in damaged:
            continue
        ids = parts.read(store.place, part, ["message_id"])["message_id"].to_pylist()
        for one in ids:
            if seen.setdefault(one, part.day) != part.day:
                twice, last = twice + 1, part.file
    return [Fault(last, f"{twice} messages that are on another day too", "each message once")] if twice else []
