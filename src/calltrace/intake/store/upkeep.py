"""Keeping a store: what it holds, whether it is whole, and what goes when.

Files that no state names any more are left for :data:`GRACE_S`, for a reader may have them open and an import may
be about to name them; then :func:`clean` deletes them. What was pruned or forgotten is deleted at once.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import time
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from calltrace.errors import UsageError
from calltrace.intake.store import aggregate, manifest, parts
from calltrace.intake.store.manifest import UNDATED, Key, Manifest, Part
from calltrace.tables.schema import SOURCE_COLUMNS, TABLES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import pandas as pd

    from calltrace.intake.store.dataset import Store

    Progress = Callable[[str, float, float], None]

GRACE_S = 24 * 3600
KEPT_STATES = 20
"""How many states' files are kept, for readers that hold an older one and for a look back."""


# --- status -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class TableStatus:
    """One table: rows, files, bytes, and its first and last instant (microseconds since 1970, None undated)."""

    table: str
    rows: int
    files: int
    size: int
    days: int
    first: int | None
    last: int | None


@dataclass(frozen=True)
class Status:
    """What a store holds. ``gaps`` are runs of days without a call between the first and the last."""

    url: str
    version: int
    tables: tuple[TableStatus, ...]
    imports: int
    last_import: str
    zone: str
    left_out: int
    gaps: tuple[tuple[str, str], ...]
    forgotten: int

    @property
    def size(self) -> int:
        """Bytes of all files in force."""
        return sum(t.size for t in self.tables)

    def to_dict(self) -> dict[str, object]:
        """Return it as plain values, for JSON; instants as ISO 8601 UTC."""
        return {
            "store": self.url,
            "version": self.version,
            "zone": self.zone,
            "imports": self.imports,
            "last_import": self.last_import or None,
            "left_out": self.left_out,
            "bytes": self.size,
            "forgotten": self.forgotten,
            "tables": [
                {
                    "table": t.table,
                    "rows": t.rows,
                    "days": t.days,
                    "files": t.files,
                    "bytes": t.size,
                    "first": _iso(t.first),
                    "last": _iso(t.last),
                }
                for t in self.tables
            ],
            "days_without_calls": [{"first": a, "last": b} for a, b in self.gaps],
        }


def _iso(us: int | None) -> str | None:
    return None if us is None else str(np.datetime64(us, "us").astype("datetime64[s]")) + "Z"


def status(store: Store) -> Status:
    """Say what a store holds, from its manifest alone."""
    state = store.state()
    tables = []
    for name in (*TABLES, parts.INTERVALS):
        found = state.of(name)
        if not found:
            continue
        firsts = [p.first for p in found if p.first is not None]
        lasts = [p.last for p in found if p.last is not None]
        tables.append(
            TableStatus(
                name,
                sum(p.rows for p in found),
                len(found),
                sum(p.size for p in found),
                sum(bool(p.day) for p in found),
                min(firsts, default=None),
                max(lasts, default=None),
            )
        )
    return Status(
        store.url,
        state.version,
        tuple(tables),
        len(state.imports),
        max((i.at for i in state.imports), default=""),
        state.zone,
        sum(i.left_out for i in state.imports),
        tuple(_gaps(state.days("calls"))),
        len(state.forgotten),
    )


def _gaps(days: list[str]) -> list[tuple[str, str]]:
    numbers = np.array(days, dtype="datetime64[D]").astype(np.int64)
    return [
        (parts.day_name(int(a) + 1), parts.day_name(int(b) - 1))
        for a, b in pairwise(numbers)
        if b - a > 1
    ]


# --- verify -------------------------------------------------------------------------------------------------


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
    faults += _one_day_each(store, state)
    for day in set(state.days(parts.INTERVALS)) - set(state.days("calls")):
        faults.append(Fault(state.parts[parts.INTERVALS, day].file, "counts of a day without calls", "none"))
    for record in state.imports:
        try:
            json.loads(store.place.read(record.file))
        except FileNotFoundError:
            faults.append(Fault(record.file, "it is not there", "the record of an import"))
        except ValueError:
            faults.append(Fault(record.file, "it is damaged", "the record of an import"))
    return VerifyResult(
        store.url,
        state.version,
        len(chosen),
        sum(p.rows for p in chosen if p.table in TABLES),
        tuple(faults),
        tuple(_orphans(store, state)),
    )


def _whole(store: Store, part: Part, faults: list[Fault]) -> pa.Table | None:
    from pyarrow import parquet  # noqa: PLC0415 - nothing but verifying reads here

    try:
        data = store.place.read(part.file)
    except FileNotFoundError:
        faults.append(Fault(part.file, "it is not there", f"{part.rows} rows of {part.table}"))
        return None
    if hashlib.sha256(data).hexdigest() != part.sha256:
        faults.append(Fault(part.file, "its content is not what was written", f"SHA-256 {part.sha256[:16]}…"))
        return None
    try:
        rows = parquet.read_table(io.BytesIO(data), use_threads=False)
    except (pa.ArrowInvalid, OSError) as error:
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
    try:
        counts = parts.read(store.place, kept)
    except FileNotFoundError:
        return []  # told already
    if not aggregate.same(counts, aggregate.count(rows)):
        return [Fault(kept.file, "other counts than the calls give", "the counts of the day's calls")]
    return []


def _one_day_each(store: Store, state: Manifest) -> list[Fault]:
    """Find messages that are on two days: their id alone says which they are."""
    seen: dict[str, str] = {}
    twice = 0
    last = ""
    for part in state.of("messages"):
        try:
            ids = parts.read(store.place, part, ["message_id"])["message_id"].to_pylist()
        except (FileNotFoundError, OSError):
            continue
        for one in ids:
            if seen.setdefault(one, part.day) != part.day:
                twice, last = twice + 1, part.file
    return [Fault(last, f"{twice} messages that are on another day too", "each message once")] if twice else []


# --- what no state names ------------------------------------------------------------------------------------


FOLDERS = (*TABLES, parts.INTERVALS, "imports", manifest.FOLDER)
"""What lies at the top of a store, beside the file it is recognised by."""

_OURS = re.compile(
    rf"(?:{'|'.join((*TABLES, parts.INTERVALS))})/(?:day=\d{{4}}-\d\d-\d\d/)?(?:\d{{4}}-\d\d-\d\d-)?[0-9a-f]{{20}}\.parquet"
    rf"|imports/[0-9a-f]{{20}}\.json|(?:{manifest.FOLDER}/)?\.new-\w+"
)
"""Names that a store gives its files. Whatever else lies there is somebody else's, and is never touched."""


def foreign(store: Store) -> list[str]:
    """Return what lies at a store's place that no store puts there; hidden files and a disk's own folder apart."""
    known = {*FOLDERS, manifest.MARK, "lost+found"}
    return [name for name in store.place.top() if name not in known and not name.startswith(".")]


def _orphans(store: Store, state: Manifest) -> list[str]:
    named = state.files() | {manifest.MARK}
    return [f.name for f in store.place.listing() if f.name not in named and _OURS.fullmatch(f.name)]


def clean(store: Store, state: Manifest, *, grace_s: float = GRACE_S) -> int:
    """Delete files of the store's own that the state does not name and that are older than the grace.

    Parameters
    ----------
    store : Store
        To clean.
    state : Manifest
        The state it is in.
    grace_s : float
        Files written within so many seconds stay: an import may be about to name them.

    Returns
    -------
    int
        How many were deleted.
    """
    place = store.place
    old = manifest.versions(place)[:-KEPT_STATES]
    kept = state.files() | {manifest.MARK}
    before = time.time() - grace_s
    gone = [
        f.name
        for f in place.listing()
        if f.name not in kept and f.modified < before and _OURS.fullmatch(f.name)
    ]
    place.delete(gone)
    place.delete(manifest.name_of(v) for v in old)
    return len(gone)


# --- prune --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class PruneResult:
    """What pruning took out: rows by table, days, files and bytes. ``before`` is the first day kept (ISO, UTC)."""

    url: str
    before: str
    rows: dict[str, int] = field(default_factory=dict)
    days: int = 0
    files: int = 0
    size: int = 0
    dry_run: bool = False

    def to_dict(self) -> dict[str, object]:
        """Return it as plain values, for JSON."""
        return {
            "store": self.url,
            "kept_from": self.before,
            "rows": self.rows,
            "days": self.days,
            "files": self.files,
            "bytes": self.size,
            "dry_run": self.dry_run,
        }


def prune(store: Store, days: int, *, now: pd.Timestamp | None = None, dry_run: bool = False) -> PruneResult:
    """Delete what is older than so many days.

    Parameters
    ----------
    store : Store
        To prune.
    days : int
        How many full days before today (UTC) are kept. Accounts, events and rosters hold on: of the latter two,
        what ended before then goes.
    now : Timestamp, optional
        When it is, tz-aware; the clock's time otherwise.
    dry_run : bool
        Only say what would go.

    Raises
    ------
    UsageError
        For less than one day.
    """
    if days < 1:
        raise UsageError(f"--days is {days}", expected="at least 1")
    today = int(time.time() * 1e6 if now is None else now.tz_convert("UTC").as_unit("us").value // 1000)
    first = parts.day_name(today // parts.DAY_US - days)
    cutoff = parts.day_start(first)
    gone: list[Part] = []
    kept_rows: dict[Key, int] = {}

    def build(state: Manifest) -> Manifest | None:
        gone.clear()
        kept_rows.clear()
        changes: dict[Key, Part | None] = {}
        for key, part in state.parts.items():
            if key[1] != UNDATED and key[1] < first:
                gone.append(part)
                changes[key] = None
        for name in ("events", "oncall"):
            part_of = state.parts.get((name, UNDATED))
            if part_of is None:
                continue
            rows = parts.read(store.place, part_of)
            ends = rows["ends_at"] if name == "oncall" else pc.coalesce(rows["ends_at"], rows["starts_at"])
            keep = pc.fill_null(pc.greater_equal(ends.cast(pa.int64()), cutoff), fill_value=True)
            if name == "events":  # an open event holds until somebody ends it
                keep = pc.or_(keep, pc.is_null(rows["ends_at"]))
            left = rows.filter(keep)
            if left.num_rows == rows.num_rows:
                continue
            gone.append(part_of)
            kept_rows[part_of.key] = left.num_rows
            if dry_run or not left.num_rows:
                changes[part_of.key] = None
            else:
                changes[part_of.key] = parts.write(store.place, name, UNDATED, left)[0]
        if not changes or dry_run:
            return None
        imports = tuple(i for i in state.imports if i.last is None or i.last >= cutoff)
        return replace(state.with_parts(changes), imports=imports)

    after = manifest.change(store.place, build)
    if gone and not dry_run:
        delete_now(store, after, (p.file for p in gone))
    rows: dict[str, int] = {}
    for part in gone:
        if part.table in TABLES:
            rows[part.table] = rows.get(part.table, 0) + part.rows - kept_rows.get(part.key, 0)
    dated = {p.day for p in gone if p.day}
    return PruneResult(store.url, first, rows, len(dated), len(gone), sum(p.size for p in gone), dry_run)


def delete_now(store: Store, state: Manifest, files: Iterable[str]) -> None:
    """Delete what a state no longer names, and the older states and left-overs that might still hold it."""
    place = store.place
    place.delete(manifest.name_of(v) for v in manifest.versions(place) if v < state.version)
    place.delete(f for f in files if f not in state.files())
    clean(store, state)
