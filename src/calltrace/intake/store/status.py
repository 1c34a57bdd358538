"""What a store holds, told by its manifest alone."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from calltrace.classes import dataclass
from calltrace.intake.store import parts
from calltrace.tables.schema import TABLES

if TYPE_CHECKING:
    from calltrace.intake.store.dataset import Store


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
