"""Forgetting a caller wherever calltrace keeps one: the store, the ledger, the access log; and the proof of it.

The logs themselves are the switch's: they are not touched. The store keeps the caller out when they are imported
again; a command that reads them by themselves shows what they hold.
Files calltrace keeps besides (mail that waits to be sent) are searched, and what has the number is named.
"""

from __future__ import annotations

import email
import email.policy
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from calltrace.classes import dataclass
from calltrace.desk import state
from calltrace.desk.access import AccessLog
from calltrace.desk.ledger import forget as in_ledger
from calltrace.desk.ledger.database import File
from calltrace.desk.ledger.records import reference
from calltrace.errors import UsageError
from calltrace.tables import national, phones
from calltrace.tables.written import Written

if TYPE_CHECKING:
    from calltrace.desk.ledger.ledger import Ledger
    from calltrace.intake.store.dataset import Store

OWN_NUMBERS = {"calls": ("dnis",), "accounts": ("numbers", "office_number"), "line_tests": ("number",)}
"""Columns of numbers that are dialled: the clients' own, never a caller's."""

LARGEST = 64 << 20
"""Bytes above which a file besides is no mail and no note of calltrace's, and is not searched."""


@dataclass(frozen=True)
class Place:
    """One place that was searched.

    ``changed`` counts rows, texts or lines that had the caller, ``left`` those that still have it. ``searched`` says
    what was read for the proof, ``fix`` what to do about what is left.
    """

    name: str
    where: str
    changed: int
    left: int
    searched: str
    fix: str = ""


@dataclass(frozen=True)
class Outcome:
    """What forgetting did, place by place. ``dry_run``: nothing was changed, and nothing is proven."""

    places: tuple[Place, ...]
    dry_run: bool

    @property
    def changed(self) -> int:
        """How many rows, texts and lines had the caller."""
        return sum(p.changed for p in self.places)

    @property
    def left(self) -> int:
        """How many places still have it; 0 is the proof."""
        return sum(p.left for p in self.places)

    def to_dict(self) -> dict[str, object]:
        """Return it as JSON values. The number is not among them."""
        return {
            "dry_run": self.dry_run,
            "changed": self.changed,
            "left": self.left,
            "places": [
                {
                    "place": p.name,
                    "where": p.where,
                    "changed": p.changed,
                    "left": p.left,
                    "searched": p.searched,
                    "fix": p.fix or None,
                }
                for p in self.places
            ],
        }


def known_in(store: Store, number: str) -> str:
    """Return a number that was said as it is dialled within its own country as the store has it; else as it was said.

    Raises
    ------
    UsageError
        Where it may be more than one.
    """
    cleaned = phones.one(number)
    if cleaned is None or cleaned.startswith("+"):
        return number
    seen: set[str] = set()
    for batch in store.dataset("calls").to_batches(columns=["ani"]):
        seen.update(n for n in batch["ani"].unique().to_pylist() if n is not None)
    theirs = [n for n in national.meant(number, seen) if n.startswith("+")]
    if len(theirs) > 1:
        raise UsageError(f"{number!r} may be any of {', '.join(theirs)}", fix="Give it with its country's code.")
    return theirs[0] if theirs else number


def forget(
    number: str,
    *,
    by: str,
    now: datetime,
    names: Iterable[str] = (),
    store: Store | None = None,
    ledger: Ledger | None = None,
    log: AccessLog | None = None,
    dry_run: bool = False,
) -> Outcome:
    """Take a caller out of every place calltrace keeps one, and read all of it again.

    Parameters
    ----------
    number : str
        As a person writes it, or E.164.
    by, now
        Who does it and when. The ledger and the access log keep that somebody was forgotten, and not who.
    names : iterable of str
        Names of the caller, to be taken out of the ledger wherever they stand.
    store, ledger, log
        Where to forget; None where there is none.
    dry_run : bool
        Only count.

    Raises
    ------
    UsageError
        For what is no number.
    """
    written = Written(number, names)
    places: list[Place] = []
    beside: set[str] = set()
    if store is not None:
        place, beside = _store(store, written, dry_run=dry_run)
        places.append(place)
    if ledger is not None:
        done = in_ledger.forget(ledger, written, by=by, now=now, beside=beside, dry_run=dry_run)
        told = f"{', '.join(done.searched)}" if done.searched else ""
        places.append(Place("ledger", ledger.place, done.places, done.left, told, _advice(done)))
    if log is not None and log.path.exists():
        places.append(_log(log, written, dry_run=dry_run))
        if not dry_run:
            log.record("forget", "", "", who=by, now=now)
    skip = {log.path} if log else set()
    if ledger is not None and isinstance(ledger.database, File):
        skip.update(in_ledger.files_of(ledger.database.path))
    if store is not None and dry_run:  # its files are counted above, and are for nobody to delete by hand
        skip.add(Path(store.url))
    places += _besides(written, {p.resolve() for p in skip})
    return Outcome(tuple(places), dry_run)


def _advice(done: in_ledger.Forgotten) -> str:
    """Say which columns still have the caller, and which cases may."""
    told = [f"It still stands in {', '.join(done.where)}."] if done.where else []
    if done.local:
        named = ", ".join(reference(case) for case in done.local)
        told.append(f"Without its area the number stands in {named}, and whose it is there you have to tell: case show.")
    return " ".join(told)


def _store(store: Store, written: Written, *, dry_run: bool) -> tuple[Place, set[str]]:
    rows, names = _rows(store, written)
    changed = rows
    left = 0
    if not dry_run:
        done = store.forget(written.number)
        changed = sum(done.rows_by_table.values())
        left = done.left + _texts(store, written)
    files = len(store.state().parts)
    fix = "Somebody may be importing: forget once more when that is done." if left else ""
    return Place("store", store.url, changed, left, "" if dry_run else f"every text of {files} files", fix), names


def _rows(store: Store, written: Written) -> tuple[int, set[str]]:
    """Return how many rows have the number in a column of callers' numbers, and the names beside it in calls."""
    import pyarrow.compute as pc  # noqa: PLC0415 - only where there is a store
    import pyarrow.dataset as ds  # noqa: PLC0415

    from calltrace.intake.store import parts  # noqa: PLC0415
    from calltrace.intake.store.forgetting import PERSONAL  # noqa: PLC0415

    rows, names = 0, set[str]()
    held = {name for name, _ in store.state().parts}
    for table in sorted(name for name in held if parts.table_of(name) in PERSONAL):
        columns = PERSONAL[parts.table_of(table)]
        files = store.dataset(table)
        theirs = None
        for column in columns:
            here = ds.field(column) == written.number
            theirs = here if theirs is None else theirs | here
        rows += files.count_rows(filter=theirs)
        if parts.table_of(table) == "calls":
            seen = files.to_table(columns=["caller_name"], filter=ds.field("ani") == written.number)["caller_name"]
            names.update(n for n in pc.unique(seen).to_pylist() if n)
    return rows, names


def _texts(store: Store, written: Written) -> int:
    """Return how many different texts of the store have the number in any way of writing."""
    import pyarrow as pa  # noqa: PLC0415
    import pyarrow.compute as pc  # noqa: PLC0415

    from calltrace.intake.store import parts  # noqa: PLC0415
    from calltrace.tables.schema import TABLES  # noqa: PLC0415

    found = 0
    held = {name for name, _ in store.state().parts}
    for table in sorted(name for name in held if parts.table_of(name) in TABLES):
        files, own = store.dataset(table), OWN_NUMBERS.get(parts.table_of(table), ())
        for field in files.schema:
            kind = field.type.value_type if pa.types.is_dictionary(field.type) else field.type
            if field.name in own or not (pa.types.is_string(kind) or pa.types.is_large_string(kind)):
                continue
            texts = set()
            for batch in files.to_batches(columns=[field.name]):
                column = batch.column(0)
                values = column.dictionary if pa.types.is_dictionary(column.type) else column
                # the first look is Arrow's, for there are millions: all ten digits in order, whatever is between
                likely = pc.match_substring_regex(values, "|".join(map("[^0-9]{0,3}".join, (written.core, *written.national))))
                texts.update(values.filter(pc.fill_null(likely, fill_value=False)).to_pylist())
            found += sum(written.is_in(text) for text in texts)
    return found


def _log(log: AccessLog, written: Written, *, dry_run: bool) -> Place:
    tag = log.tag(written.number)

    def theirs() -> int:
        return sum(one.tag == tag or written.count(f"{one.reason}\n{one.who}") > 0 for one in log.lookups())

    before = theirs()
    if dry_run:
        return Place("access log", str(log.path), before, 0, "")
    log.forget(written.number, written.names)
    left = theirs() + written.count_bytes(log.path.read_bytes())
    return Place("access log", str(log.path), before, left, f"{len(log.lookups())} lines")


def _besides(written: Written, skip: set[Path]) -> list[Place]:
    """Search what else calltrace keeps: mail that waits, what was acknowledged, what ran; not ``skip``, nor within."""
    root = state.place()
    found, read = [], 0
    kept = (p for p in root.rglob("*") if p.is_file() and skip.isdisjoint((p.resolve(), *p.resolve().parents)))
    for path in sorted(kept) if root.is_dir() else ():
        if path.stat().st_size > LARGEST:
            continue
        data = path.read_bytes()
        read += 1
        left = written.count_bytes(data) + sum(map(written.count_bytes, _decoded(path, data)))
        if left:
            fix = "Send it or delete it (calltrace mail)." if path.suffix == ".eml" else "Delete it."
            found.append(Place("file", str(path), 0, left, path.name, fix))
    return [*found, Place("other files", str(root), 0, 0, f"{read} files")] if read else found


def _decoded(path: Path, data: bytes) -> Iterable[bytes]:
    """Return the parts of a mail as they are read, for they travel encoded."""
    if path.suffix != ".eml":
        return
    for part in email.message_from_bytes(data, policy=email.policy.default).walk():
        inner = part.get_payload(decode=True)
        if isinstance(inner, bytes) and inner not in data:
            yield inner
