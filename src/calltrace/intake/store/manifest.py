"""The manifest: the one file that says what a store holds at one moment.

``manifest/000000000042.json`` is the 42nd state of the store: every Parquet file that belongs to it with its
rows, size and SHA-256, and every import with what it read. A state is never changed. The next one is written
under the next number, which only one process can do (:meth:`Place.create`); who comes second takes the new state
and does its own work again on top of it. A process that dies at any moment leaves the last state as it was, and
at most files that no state names, which :func:`calltrace.intake.store.cleaning.clean` removes later.

Holds no call: only counts, days, names of files and the paths that were imported.
"""

from __future__ import annotations

import json
from dataclasses import asdict, field, replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING

from calltrace.classes import dataclass
from calltrace.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from calltrace.intake.store.places import Place

MARK = "calltrace-store.json"
"""The file a store is recognised by."""
SCHEMA = "calltrace.store/1"
FOLDER = "manifest"
UNDATED = ""
"""The day of tables that are kept whole: what is in them holds for many days (accounts, events, rosters)."""

Key = tuple[str, str]


@dataclass(frozen=True)
class Part:
    """One Parquet file: all rows of one table on one day (UTC; '' for tables kept whole).

    ``first`` and ``last`` are the least and greatest instant of its rows, microseconds since 1970 UTC, None
    where the table has no instant.
    """

    table: str
    day: str
    file: str
    rows: int
    size: int
    sha256: str
    first: int | None = None
    last: int | None = None

    @property
    def key(self) -> Key:
        """Table and day."""
        return self.table, self.day


@dataclass(frozen=True)
class Import:
    """One run of ``calltrace import``. ``at`` is ISO 8601 UTC; ``file`` has its sources and problems in full.

    ``fingerprint`` is of the files' content and of how they were read: what was imported just so is not read
    again. ``first`` and ``last`` bound its calls, microseconds since 1970. ``rows`` is what it read,
    ``left_out`` how many of them could not be. ``torn`` is "open" where one of its files could not be read whole,
    "settled" where what was missing of all such has come otherwise.
    """

    id: str
    at: str
    file: str
    fingerprint: str
    paths: tuple[str, ...]
    rows: int
    left_out: int
    first: int | None = None
    last: int | None = None
    zone: str = "UTC"
    zone_from: str = ""
    logs_unanswered: bool = True
    torn: str = ""


@dataclass(frozen=True)
class Manifest:
    """One state of a store; version 0 is the empty one, which no file stands for."""

    version: int = 0
    parts: dict[Key, Part] = field(default_factory=dict)
    imports: tuple[Import, ...] = ()
    forgotten: tuple[str, ...] = ()
    """Hashes, keyed by ``salt``, of numbers that were forgotten and must not come back with the next import."""
    salt: str = ""
    kept_from: str = ""
    """The first day the last prune that took anything out has kept: no import brings back what lies before."""

    def of(self, table: str, first_day: str = "", last_day: str = "9999") -> list[Part]:
        """Return the parts of a table from one day to another, both included, by day."""
        found = [p for (name, day), p in self.parts.items() if name == table and first_day <= day <= last_day]
        return sorted(found, key=lambda p: p.day)

    def days(self, table: str = "calls") -> list[str]:
        """Return the days the table has rows on, in order."""
        return sorted(day for name, day in self.parts if name == table)

    @property
    def zone(self) -> str:
        """The service's zone as the last import that was told it knew it; else as the last one guessed it."""
        return self._last.zone if self._last else "UTC"

    @property
    def zone_from(self) -> str:
        """How :attr:`zone` is known."""
        return self._last.zone_from if self._last else ""

    @property
    def _last(self) -> Import | None:
        """The import whose word on the zone counts: accounts and options go before what offsets look like."""
        for ways in (("option", "account"), ("uniqueid", "epoch", "offset", "mapping")):
            for one in reversed(self.imports):
                if one.zone_from in ways:
                    return one
        return self.imports[-1] if self.imports else None

    def files(self) -> set[str]:
        """Return every file the state stands on."""
        return {p.file for p in self.parts.values()} | {i.file for i in self.imports}

    def with_parts(self, parts: Mapping[Key, Part | None]) -> Manifest:
        """Return the next state with these parts put in place, those of None taken out."""
        merged = {**self.parts, **{k: p for k, p in parts.items() if p is not None}}
        gone = {k for k, p in parts.items() if p is None}
        return replace(self, version=self.version + 1, parts={k: p for k, p in merged.items() if k not in gone})


def name_of(version: int) -> str:
    """Return the name of a state's file."""
    return f"{FOLDER}/{version:012d}.json"


def encode(state: Manifest) -> bytes:
    """Return a state as JSON, the same state always as the same bytes."""
    parts = [vars(state.parts[key]) for key in sorted(state.parts)]  # asdict copies each in depth: a year is slow
    document = {
        "schema": SCHEMA,
        "version": state.version,
        "parts": parts,
        "imports": [{k: v for k, v in asdict(i).items() if v or k != "torn"} for i in state.imports],
        "forgotten": list(state.forgotten),
        "salt": state.salt,
    } | ({"kept_from": state.kept_from} if state.kept_from else {})
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "backslashreplace")  # of a file's name that is no UTF-8: as JSON writes it, it comes back whole


@lru_cache(maxsize=2)
def decode(data: bytes, name: str) -> Manifest:
    """Read a state; the same bytes, read again and again while a store is asked one thing after another, only once.

    Raises
    ------
    InputError
        Where it is damaged, or of a later calltrace.
    """
    try:
        document = json.loads(data)
        schema = document["schema"]
        if schema != SCHEMA:
            raise InputError(
                f"{name} is of schema {schema!r}", expected=SCHEMA, fix="Use the calltrace that wrote the store."
            )
        parts = [Part(**p) for p in document["parts"]]
        imports = tuple(Import(**{**i, "paths": tuple(i["paths"])}) for i in document["imports"])
        return Manifest(
            document["version"], {p.key: p for p in parts}, imports, tuple(document["forgotten"]), document["salt"],
            document.get("kept_from", ""))
    except (ValueError, KeyError, TypeError) as error:
        raise DamagedError(
            f"{name} is damaged ({type(error).__name__})",
            expected="a manifest of the store",
            fix="Restore it from a copy, or import the logs into a new store.",
        ) from error


def versions(place: Place) -> list[int]:
    """Return the numbers of the states that are kept, in order."""
    found = []
    for one in place.listing(FOLDER):
        stem = one.name.removeprefix(FOLDER + "/").removesuffix(".json")
        if stem.isdigit() and one.name.endswith(".json"):
            found.append(int(stem))
    return sorted(found)


class DamagedError(InputError):
    """The file of a state can't be read as one."""


class SupersededError(InputError):
    """What a reading goes by is gone: a prune or a forgetting took it away meanwhile. It has to begin again."""

    @classmethod
    def of(cls, place: Place) -> SupersededError:
        """Return it for a store."""
        return cls(f"{place.url} was pruned, or a caller was forgotten in it, while it was read", fix="Try again.")


def at(place: Place, version: int) -> Manifest:
    """Return one state of a store.

    Raises
    ------
    SupersededError
        It is no longer kept.
    """
    if not version:
        return Manifest()
    name = name_of(version)
    try:
        return decode(place.read(name), f"{place.url}/{name}")
    except FileNotFoundError as error:
        raise SupersededError.of(place) from error


def latest(place: Place) -> Manifest:
    """Return the state the store is in; the empty one where nothing was imported yet."""
    for _ in range(5):
        kept = versions(place)
        if not kept:
            return Manifest()
        name = name_of(kept[-1])
        try:
            return decode(place.read(name), f"{place.url}/{name}")
        except FileNotFoundError:
            continue  # superseded and cleaned away while we looked
        except DamagedError as error:
            raise _beside_its_elder(place, kept, error) from error
    raise InputError(f"{place.url} changes faster than it can be read", fix="Try again.")


def _beside_its_elder(place: Place, kept: list[int], error: DamagedError) -> DamagedError:
    """Return the error with what else can be done where the state before the damaged one can be read."""
    if len(kept) == 1:
        return error
    try:
        elder = at(place, kept[-2])
    except InputError:
        return error
    fix = (
        f"Restore it from a copy. Or move it out of the store's folder, which puts the store back into its state {elder.version},"
        " the one before; then hold that against its files with `calltrace store verify`, and import again what came since."
    )
    return DamagedError(error.saw, expected=error.expected, fix=fix)


def is_store(place: Place) -> bool:
    """Say whether a store lies at the place."""
    try:
        return SCHEMA.encode() in place.read(MARK)
    except FileNotFoundError:
        return False


def found(place: Place) -> None:
    """Make an empty store at the place, unless there is one."""
    if is_store(place):
        return
    document = {"schema": SCHEMA, "made": datetime.now(UTC).isoformat(timespec="seconds")}
    place.create(MARK, json.dumps(document).encode() + b"\n")


def change(place: Place, build: Callable[[Manifest], Manifest | None], *, tries: int = 100) -> Manifest:
    """Bring the store into its next state.

    Parameters
    ----------
    place : Place
        Where the store lies.
    build : callable
        Gets the state the store is in and returns the next one, or None where nothing would change. It is
        called again, with the newer state, where another process was quicker.
    tries : int
        How often another may be quicker before this gives up.

    Returns
    -------
    Manifest
        The state the store is in now.

    Raises
    ------
    InputError
        Where others were quicker every time.
    """
    for _ in range(tries):
        state = latest(place)
        wanted = build(state)
        if wanted is None:
            return state
        if place.create(name_of(wanted.version), encode(wanted)):
            return wanted
    raise InputError(
        f"{place.url} was changed by others {tries} times while this tried to",
        fix="Nothing was changed; try again when they are done.",
    )


def overlapping(imports: Iterable[Import], start: int | None, end: int | None) -> tuple[Import, ...]:
    """Return the imports that may have rows in [start, end), microseconds since 1970; None is open."""
    return tuple(
        i
        for i in imports
        if i.first is None
        or i.last is None
        or ((start is None or i.last >= start) and (end is None or i.first < end))
    )
