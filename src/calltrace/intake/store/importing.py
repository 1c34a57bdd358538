"""Logs into the store: read, split by day, written beside what is there, and put in force all at once.

An import first writes every file it needs under new names, then one new state of the manifest. Until that moment
nothing it did can be seen; from it on all of it can. It may die at any instant, and it may run beside another:
who finishes second finds the other's days in the store and merges its own into them.

What is imported twice is there once. The same files read in the same way are not even read again; a file that
has grown adds what is new; a record that came corrected replaces its elder, and is not undone by a file that says
again what it had said before (:mod:`calltrace.intake.store.elders`).
"""

from __future__ import annotations

import os
import shlex
from dataclasses import field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from calltrace.classes import dataclass
from calltrace.errors import UsageError
from calltrace.intake import home, torn
from calltrace.intake.asked import Known
from calltrace.intake.store import cleaning, is_store, parts, records, rezoned
from calltrace.intake.store.asked import Asked, files_of
from calltrace.intake.store.forgetting import knows
from calltrace.intake.store.gathering import Gathered, accounts_after, gather_for
from calltrace.intake.store.manifest import Import, Key, Manifest, Part, change, found
from calltrace.intake.store.merging import Merging, pruned
from calltrace.intake.store.places import new_name
from calltrace.intake.store.taken import Taken, contents
from calltrace.tables import owners, phones
from calltrace.tables.countries import HOME
from calltrace.tables.schema import TABLES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from calltrace.intake.asked import Given
    from calltrace.intake.mapping import Mapping
    from calltrace.intake.store.asked import Progress
    from calltrace.intake.store.dataset import Store
    from calltrace.intake.store.places import Place
    from calltrace.intake.store.settling import Settling, Why
    from calltrace.intake.store.taken import Content
    from calltrace.tables.case import Source
    from calltrace.tables.problems import Problem


@dataclass(frozen=True)
class ImportResult:
    """What an import did.

    ``rows`` is, by table, what was read and could be; ``added`` how many rows the store has more than before
    (a correction replaces and adds none); ``days`` the days that were written. ``unchanged`` says that the store
    had it all. ``pruned`` is, by table, how many rows were left out for they lie before ``kept_from``, the first day that
    the store's last prune has kept; ``corrected_since`` how many say what their files had said before, of records that
    other files have corrected since; ``corrected`` of how many records the store had these files say otherwise, which counts
    from now on. ``sources`` and ``problems`` are as of :class:`~calltrace.tables.case.Case`.
    """

    url: str
    version: int
    rows: dict[str, int]
    added: dict[str, int]
    days: tuple[str, ...]
    left_out: int
    unchanged: bool
    sources: tuple[Source, ...] = ()
    problems: tuple[Problem, ...] = ()
    pruned: dict[str, int] = field(default_factory=dict)
    kept_from: str = ""
    corrected_since: dict[str, int] = field(default_factory=dict)
    corrected: dict[str, int] = field(default_factory=dict)


def run(
    store: Store,
    paths: Sequence[str | os.PathLike[str] | Given] | str | os.PathLike[str],
    *,
    tz: str | None = None,
    mapping: str | os.PathLike[str] | Mapping | None = None,
    year: int | None = None,
    region: str = "",
    known: Known | None = None,
    now: datetime | None = None,
    progress: Progress | None = None,
) -> ImportResult:
    """Import logs.

    Parameters
    ----------
    store : Store
        To import into.
    paths : path or sequence of paths
        What ``load`` takes: files, folders, ``-``, addresses of databases.
    tz, mapping, year, region, known
        As for :func:`calltrace.intake.load.gather`. Accounts the store has already tell the zones and numbers of
        calls that come without them.
    now : datetime, optional
        When it is said to have happened; the clock's time otherwise.
    progress : callable, optional
        Called with what is being done, how much of it is done, and how much there is.

    Returns
    -------
    ImportResult
        What changed.

    Raises
    ------
    InputError
        A path does not exist, nothing could be read, or the store can't be written. It is then as it was.
    UsageError
        As for ``load``.
    """
    tell = progress or (lambda _what, _done, _of: None)
    given: list[str | os.PathLike[str] | Given] = [paths] if isinstance(paths, str | os.PathLike) else list(paths)
    region = region or _region(store, home.country(given, tz, known or Known(), _zones(store)))
    asked = Asked(given, files_of(given), tz, mapping, year, region, known)
    _no_store(asked)
    if not is_store(store.url):
        _nobodys(store)
    print_of, had = contents(asked, tell)
    before = store.state()
    done = next((i for i in before.imports if i.fingerprint == print_of), None) if print_of else None
    if done is not None:
        listed, problems = records.told(store.place, [done])
        return ImportResult(
            store.url, before.version, {}, {}, (), done.left_out, unchanged=True, sources=listed, problems=problems
        )
    store.place.fresh.clear()
    try:
        gathered = gather_for(store, before, asked, tell)
        return _put(store, gathered, asked, print_of, had, now, tell)
    except BaseException:  # Ctrl-C too: what was written for nothing goes, unless it is in force already
        store.place.delete(store.place.fresh - store.state().files())
        raise


def _region(store: Store, region: str) -> str:
    """Return the country whose numbers are read, where only a zone tells it: as the store's own were, if not so.

    A client whose number was read in another way would fall silent, and another would begin.
    """
    if region == HOME or not is_store(store.url):
        return region
    dialled = [str(n) for n in store.intervals(columns=("dnis",))["dnis"].dropna().unique()]
    otherwise = any(n.startswith("+1") or (n[:1] != "+" and phones.one(n, region) != n) for n in dialled)
    return HOME if otherwise else region


def _zones(store: Store) -> list[str | None]:
    """Return the zones of the accounts that a store has."""
    if not is_store(store.url):
        return []
    kept = (parts.read(store.place, part, ("timezone",)) for part in store.state().of("accounts"))
    return [zone for rows in kept for zone in rows["timezone"].to_pylist()]


def _no_store(asked: Asked) -> None:
    """Refuse a store among the paths: its Parquet files are no log."""
    for one in asked.given:
        name = one if isinstance(one, str | os.PathLike) else one.path
        if is_store(name):
            raise UsageError(
                f"{os.fspath(name)} is a store itself", expected="logs to import",
                fix=f"To fill it: calltrace import PATH... --store {shlex.quote(os.fspath(name))}. Read it as any log:"
                " calltrace investigate STORE …",
            )  # fmt: skip


def _nobodys(store: Store) -> None:
    """Refuse to begin a store among other files."""
    others = cleaning.foreign(store)
    if others:
        more = f" and {len(others) - 3} more" if len(others) > 3 else ""
        raise UsageError(
            f"{store.url} is no store and holds other files ({', '.join(others[:3])}{more})",
            expected="a new folder, or an empty one", fix="Name another place: --store, or [store] path in the configuration.")


def _put(  # noqa: PLR0917 - what was read, and what it is called
    store: Store,
    gathered: Gathered,
    asked: Asked,
    print_of: str,
    had: Sequence[Content],
    now: datetime | None,
    tell: Progress,
) -> ImportResult:
    place = store.place
    name = new_name()
    at = (datetime.now(UTC) if now is None else now.astimezone(UTC)).isoformat(timespec="seconds")
    left_out = sum(p.rows for p in gathered.problems if p.effect == "left-out")
    record = Import(
        id=name,
        at=at,
        file="",
        fingerprint=print_of,
        paths=tuple(os.fspath(p) if isinstance(p, str | os.PathLike) else p.path for p in asked.given),
        rows=sum(gathered.rows.values()),
        left_out=left_out,
        first=gathered.first,
        last=gathered.last,
        zone=gathered.zone,
        zone_from=gathered.zone_from,
        logs_unanswered=gathered.logs_unanswered,
    )
    if any(s.table == "calls" and s.zone_from not in _TOLD_BY_THE_LOG for s in gathered.sources):
        state = store.state()
        _no_other_zone(state, record)
        rezoned.refuse(place, state, gathered.pieces)
    found(place)
    accounts = accounts_after(store, gathered, asked)
    work = Merging(
        place,
        gathered.pieces,
        lambda state: Taken(place, state.imports, asked, gathered.sources),
        tell,
        {} if accounts is None else owners.account_of_number(accounts),
    )
    seen: dict[str, Any] = {}

    def build(state: Manifest) -> Manifest | None:
        made = work.onto(state)
        seen.update(before=state, made=made, told=(gathered.sources, gathered.problems))
        if not made and print_of and any(i.fingerprint == print_of for i in state.imports):
            return None  # another import of the very same was quicker
        past, own = _past(place, state, record, _settling(store, state, gathered, asked))
        sources, problems = torn.all_settled(gathered.sources, gathered.problems, own)
        seen["told"] = sources, problems
        still = "open" if torn.files(problems) else "settled" if own else ""
        if not made and past == state.imports and still != "open":
            return None  # else what was said of the same files, torn then and whole now, holds no more
        mine = replace(record, file=f"imports/{new_name()}.json", torn=still)  # what is forgotten may be more than before
        place.write(mine.file, records.encoded(mine, sources, problems, knows(state), had))
        work.files |= {mine.file, *(i.file for i in past)} - {i.file for i in state.imports}
        tell("writing", 1, 1)
        place.settle()
        return replace(state.with_parts(made), imports=(*past, mine))

    after = change(place, build)
    made, before, (sources, problems) = seen["made"], seen["before"], seen["told"]
    place.delete(work.files - after.files())
    cleaning.clean(store, after)
    return ImportResult(
        store.url,
        after.version,
        gathered.rows,
        _added(before, made),
        tuple(sorted({day for (table, day) in made if day and table in TABLES})),
        left_out,
        unchanged=not any(table in TABLES for table, _ in made),
        sources=sources,
        problems=problems,
        pruned=_pruned(before, work),
        kept_from=before.kept_from,
        corrected_since=work.known,
        corrected=work.corrected,
    )


def _pruned(state: Manifest, work: Merging) -> dict[str, int]:
    """Return the rows read of days that were pruned from the store, by table."""
    found: dict[str, int] = {}
    for key, pieces in work.pieces.items():
        if pruned(state, key):
            rows = sum(p.rows.num_rows if p.rows is not None else (p.written or [])[0].rows for p in pieces if not p.elder)
            found[key[0]] = found.get(key[0], 0) + rows
    return found


def _settling(store: Store, state: Manifest, gathered: Gathered, asked: Asked) -> Settling | None:
    """Return what weighs torn files against what has come; None where there is none, as there hardly ever is."""
    if not any(i.torn for i in state.imports) and not torn.files(gathered.problems):
        return None
    from calltrace.intake.store.settling import Settling  # noqa: PLC0415 - as above

    return Settling(store, gathered, asked)


def _past(place: Place, state: Manifest, record: Import, settling: Settling | None) -> tuple[tuple[Import, ...], Why]:
    """Return the imports before that hold on beside a new one, and what of the new one's torn files is made up for."""
    if settling is None:
        return tuple(i for i in state.imports if not _covers(record, i)), {}
    why, own = settling.onto(state)
    held = []
    for old in state.imports:
        if _covers(record, old):
            broken = [s for s in records.of_import(place, old) if old.torn and any(torn.is_torn(p) for p in s.problems)]
            if all(s.path in why.get(old.id, ()) or settling.speaks_of(s) for s in broken):
                continue
        held.append(records.settled(place, old, why[old.id]) if old.id in why else old)
    return tuple(held), own


def _no_other_zone(state: Manifest, record: Import) -> None:
    """Refuse the same logs read in another zone than before: every call would be there twice, hours apart."""
    for old in state.imports:
        if old.zone == record.zone or old.zone_from == "account":
            continue
        if old.paths == record.paths or _walls(old) & _walls(record):  # under another name: by its clock it is the same log
            raise UsageError(
                f"{', '.join(record.paths)} came into the store before, its times read in {old.zone}, now in {record.zone}",
                expected="the zone it was read in then",
                fix="If that one was wrong, import everything into a new store with --tz.",
            )


def _walls(record: Import) -> set[tuple[str, datetime]]:
    """Return what a clock in its zone showed at the first and at the last call of an import."""
    ends = {"first": record.first, "last": record.last}
    since = datetime(1970, 1, 1, tzinfo=UTC)
    return {
        (name, (since + timedelta(microseconds=us)).astimezone(ZoneInfo(record.zone)).replace(tzinfo=None))
        for name, us in ends.items() if us is not None and record.first != record.last}


_TOLD_BY_THE_LOG = ("", "offset", "uniqueid", "epoch")
"""How a zone is known where the log itself gives it, whatever anybody says."""


def _covers(newer: Import, older: Import) -> bool:
    """Say whether an import tells all another did: of the same paths, over the same span or a wider one."""
    if newer.paths != older.paths:
        return False
    if older.first is None or older.last is None:
        return True
    if newer.first is None or newer.last is None:
        return False
    return newer.first <= older.first and newer.last >= older.last


def _added(before: Manifest, made: dict[Key, Part | None]) -> dict[str, int]:
    added: dict[str, int] = {}
    for key, part in made.items():
        if key[0] not in TABLES:
            continue
        old = before.parts.get(key)
        added[key[0]] = added.get(key[0], 0) + (part.rows if part else 0) - (old.rows if old else 0)
    return added
