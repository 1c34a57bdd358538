"""What is older than wanted, taken out of a store."""

from __future__ import annotations

import time
from dataclasses import field, replace
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from calltrace.classes import dataclass
from calltrace.errors import UsageError
from calltrace.intake.store import manifest, parts
from calltrace.intake.store.cleaning import delete_now
from calltrace.intake.store.manifest import UNDATED, Key, Manifest, Part
from calltrace.tables.schema import TABLES

if TYPE_CHECKING:
    import pandas as pd

    from calltrace.intake.store.dataset import Store

ENDING = tuple((name, UNDATED) for table in ("events", "oncall") for name in (table, parts.replaced(table)))
"""Tables kept whole whose rows hold for a time that ends."""


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
        what ended before then goes. No import brings back what is older, until a prune keeps more days.
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
    held_on: dict[Key, int] = {}

    def build(state: Manifest) -> Manifest | None:
        gone[:] = [part for (_, day), part in state.parts.items() if day != UNDATED and day < first]
        held_on.clear()
        changes: dict[Key, Part | None] = dict.fromkeys(part.key for part in gone)
        for part in (p for p in map(state.parts.get, ENDING) if p is not None):
            rows = parts.read(store.place, part)
            left = _still_on(rows, parts.table_of(part.table), cutoff)
            if left.num_rows == rows.num_rows:
                continue
            gone.append(part)
            held_on[part.key] = left.num_rows
            write = left.num_rows and not dry_run
            changes[part.key] = parts.write(store.place, part.table, UNDATED, left)[0] if write else None
        if dry_run or not (changes or first < state.kept_from):  # who prunes less than last time wants those days again
            return None
        imports = tuple(i for i in state.imports if i.last is None or i.last >= cutoff)
        return replace(state.with_parts(changes), imports=imports, kept_from=first)

    after = manifest.change(store.place, build)
    if gone and not dry_run:
        delete_now(store, after, (p.file for p in gone))
    fewer: dict[str, int] = {}
    for part in gone:
        if part.table in TABLES:
            fewer[part.table] = fewer.get(part.table, 0) + part.rows - held_on.get(part.key, 0)
    dated = {p.day for p in gone if p.day}
    return PruneResult(store.url, first, fewer, len(dated), len(gone), sum(p.size for p in gone), dry_run)


def _still_on(rows: pa.Table, table: str, cutoff: int) -> pa.Table:
    """Return the events or shifts that end at or after an instant (microseconds since 1970), or nobody knows when."""
    ends = rows["ends_at"] if table == "oncall" else pc.coalesce(rows["ends_at"], rows["starts_at"])
    keep = pc.fill_null(pc.greater_equal(ends.cast(pa.int64()), cutoff), fill_value=True)
    if table == "events":  # an open event holds until somebody ends it
        keep = pc.or_(keep, pc.is_null(rows["ends_at"]))
    return rows.filter(keep)
