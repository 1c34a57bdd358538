"""Read the logs as the configuration says, and add to a Case what the configuration knows."""

from __future__ import annotations

import glob
import os
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from calltrace.config import _lines, calendars, inputs, public_holidays
from calltrace.config._secrets import Secret
from calltrace.config._takes import Here, placed
from calltrace.config.settings import Account, Config, LogSource
from calltrace.errors import InputError, Location, UsageError
from calltrace.intake.asked import AskedTime, Given, Known
from calltrace.intake.load import by_last_digits, gather, require_calls
from calltrace.intake.store import is_store
from calltrace.tables import known_as, owners
from calltrace.tables.case import Case, Extent, Source
from calltrace.tables.later import later
from calltrace.tables.overlay import overlay
from calltrace.tables.problems import Problem
from calltrace.tables.schema import TABLES, conform

if TYPE_CHECKING:
    import pandas as pd

    from calltrace.intake.mapping import Mapping
else:
    pd = later("pandas")

FORMAT = "configuration"
"""What the configuration is called among a Case's sources."""

ALONE = {"before_days": 2, "after_days": 2}
"""Days read beside a time that alone is wanted: whose days they are, and so where they begin, is not known yet."""

BESIDE = timedelta(days=8)
"""How far beyond the calls calendars and holidays are laid out: to the end of whatever is asked about."""


def load(
    paths: Sequence[str | os.PathLike[str]] = (),
    config: Config | None = None,
    *,
    tz: str | None = None,
    mapping: str | os.PathLike[str] | Mapping | None = None,
    year: int | None = None,
    start: str | None = None,
    end: str | None = None,
    now: str | None = None,
    only: bool = False,
    calls: bool = True,
    coded: bool = False,
    lately: bool = False,
    account: str | None = None,
) -> Case:
    """Read logs into a Case, with everything the configuration adds.

    Parameters
    ----------
    paths : sequence of path
        Files, folders, addresses; none for the configuration's store, or its sources
        (:mod:`calltrace.config.inputs`).
    config : Config, optional
        What stands where nothing is said here; nothing by default.
    tz, mapping, year
        As :func:`calltrace.intake.load.load` takes them; they go before the configuration. A mapping may be
        called by its name there.
    start, end, now : str, optional
        The time asked about, as people say it: bounds what is read from a database.
    only : bool
        Whether nothing but what was logged at that time is wanted: a database is read without what came before,
        and what the configuration knows besides the logs is not added.
    calls : bool
        Whether a Case without calls is an error.
    coded : bool
        Whether a store's calls may come with repeating texts as categories, ids and names only of the time asked
        about (:func:`calltrace.intake.store.slices.read`), and no more of them than that time is held against: an
        audit needs no more.
    lately : bool
        Whether the last week is meant where neither ``start`` nor ``end`` is said, as in an investigation: no more of a
        store is read than that is held against.
    account : str, optional
        Whom it is about: of a store that has no call of it at that time, but at others, all is read.

    Raises
    ------
    InputError, UsageError
        As :func:`calltrace.intake.load.load` does; also where there is no path and no source.
    """
    config = config or Config()
    if isinstance(mapping, str) and mapping in config.mappings:
        mapping = config.mappings[mapping].mapping
    chosen: list[str | Given] = [os.fspath(p) for p in paths]
    if not chosen:
        kept = inputs.stored(config)
        chosen = [kept] if kept else given(config, tz=tz, mapping=mapping, year=year)
    if not chosen:
        raise UsageError("there is nothing to read", expected="PATH, or [[sources]] in a configuration")
    said = config.service.zone
    accounts, told = accounts_of(config)
    asked = None
    if start or end or (lately and any(is_store(one) for one in chosen if isinstance(one, str))):
        asked = AskedTime(start, end, now, tz or said or "UTC", beside=_reach if coded else None,
                          account=account or "", **(ALONE if only else {}))
    shared = [(m.match, m.mapping) for m in config.mappings.values() if m.match and m.mapping is not None]
    case = gather(
        chosen,
        tz=tz or said or None,
        mapping=mapping,
        year=year,
        region=config.service.country,
        known=Known(accounts, [] if mapping else shared),
        asked=asked,
    )
    if said and not tz:
        case = zone_configured(case)
    if calls:
        require_calls(case)
    return case if only else _with(case, config, accounts, told)


def _reach(records: Extent, start: pd.Timestamp, end: pd.Timestamp) -> tuple[pd.Timestamp, pd.Timestamp] | None:
    from calltrace.diagnosis.audit import parts  # noqa: PLC0415 -- brings in what an audit needs

    return parts.reach(records, start, end)


def apply(case: Case, config: Config) -> Case:
    """Return a Case, however it was read, with the configuration's accounts, calendars and holidays added.

    Accounts go before those of the logs, cell by cell; calls whose account is not known get that of the number they
    dialled. Applied twice it adds nothing more. The file stands among the sources, with what it gave.

    Raises
    ------
    InputError
        A calendar or the accounts file can't be read.
    """
    accounts, told = accounts_of(config)
    return _with(case, config, accounts, told)


def _with(case: Case, config: Config, accounts: pd.DataFrame | None, told: tuple[Source, ...]) -> Case:
    if config.path is None or any(s.format == FORMAT and s.path == str(config.path) for s in case.sources):
        return case
    tables = dict(case.tables)
    if accounts is not None:
        tables["accounts"] = overlay(tables.get("accounts"), accounts, TABLES["accounts"])
        if "calls" in tables:
            tables["calls"] = known_as.calls_known(owners.calls_by_number(tables["calls"], accounts), tables["accounts"])
    events, sources = _events(replace(case, tables=tables), config)
    if len(events):
        tables["events"] = _joined(tables.get("events"), events)
    own = _itself(config, 0 if accounts is None else len(accounts), len(events))
    own = replace(own, problems=(*own.problems, *_strangers(config, tables.get("accounts"))))
    added = (own, *told, *sources)
    return by_last_digits(replace(
        case,
        tables={name: tables[name] for name in TABLES if name in tables},
        sources=(*case.sources, *added),
        problems=(*case.problems, *(p for s in added for p in s.problems)),
        cache={key: value for key, value in case.cache.items() if key == "now"},  # the rest was worked out without them
    ))


# --- sources ------------------------------------------------------------------------------------------------


def given(
    config: Config,
    *,
    tz: str | None = None,
    mapping: str | os.PathLike[str] | Mapping | None = None,
    year: int | None = None,
) -> list[str | Given]:
    """Return the configuration's sources as the loader takes them; what the command line says goes before them.

    Raises
    ------
    InputError
        A database's password is not where the configuration says, or no file is of a source's pattern.
    """
    found: list[str | Given] = []
    for source in config.sources:
        found += [_given(replace(source, path=path), config, tz, mapping, year) for path in places_of(source.path)]
    return found


def places_of(path: str) -> list[str]:
    """Return the files a source's path stands for, where it has ``*`` or ``?`` in it, by name; else the path.

    Raises
    ------
    InputError
        Where there is no such file.
    """
    if not set("*?[") & set(path) or "://" in path or os.path.exists(path):  # noqa: PTH110 -- may hold a NUL
        return [path]
    found = sorted(glob.glob(path, recursive=True))  # noqa: PTH207 -- the pattern is a whole path
    if not found:
        raise InputError(f"[[sources]] path {path}: no file is of that name", fix="Correct the path, or wait for the export.")
    return found


def _given(
    source: LogSource, config: Config, tz: str | None, mapping: str | os.PathLike[str] | Mapping | None, year: int | None
) -> Given:
    chosen: Any = None
    if source.mapping and mapping is None:
        shared = config.mappings.get(source.mapping)
        folder = config.path.absolute().parent if config.path else None
        chosen = shared.mapping if shared else placed(source.mapping, Here(folder) if folder else Here())
    path = source.path
    secret = Secret(source.password_env, source.password_file, f"[[sources]] {path}")
    if secret:
        from calltrace.intake.databases import with_password  # noqa: PLC0415 -- only who has a database

        path = with_password(path, secret.read())
    return Given(path, "" if tz else source.zone, source.format, chosen, None if year else source.year)


def zone_configured(case: Case) -> Case:
    """Say of zones that came by the option that it was the configuration that said it."""

    def told(how: str) -> str:
        return ", ".join("configuration" if way == "option" else way for way in how.split(", "))

    listed = tuple(replace(s, zone_from=told(s.zone_from)) if "option" in s.zone_from else s for s in case.sources)
    return replace(case, sources=listed, zone_from=told(case.zone_from))


# --- accounts -----------------------------------------------------------------------------------------------


def accounts_of(config: Config) -> tuple[pd.DataFrame | None, tuple[Source, ...]]:
    """Return the accounts the configuration knows, None where it knows none, and the sources they came from.

    Raises
    ------
    InputError
        The accounts file can't be read, or holds no accounts.
    """
    frame: pd.DataFrame | None = None
    sources: tuple[Source, ...] = ()
    if config.accounts_file:
        read = gather([config.accounts_file], region=config.service.in_country)
        frame, sources = read.tables.get("accounts"), read.sources
        if frame is None:
            why = "; ".join(p.saw for s in read.sources for p in s.problems) or ", ".join(
                sorted({f"it holds {s.table}" for s in read.sources}))
            raise InputError(
                f"[accounts] file {config.accounts_file} is no table of accounts ({why})",
                expected="a file with the columns account and name",
            )
    rows = [row for account in config.accounts if (row := _row(account, config))]
    if rows:
        own = conform(pd.DataFrame(rows), TABLES["accounts"])
        frame = overlay(frame, own, TABLES["accounts"])
    return frame, sources


def _row(account: Account, config: Config) -> dict[str, object] | None:
    """Return an account as a row of its table; None where only thresholds are said of it."""
    said = {
        "name": account.name or None,
        "numbers": ";".join(account.numbers) or None,
        "trunk_group": account.trunk_group or None,
        "timezone": account.zone or None,
        "coverage": account.coverage or None,
        "path_limit": account.path_limit,
        "office_number": account.office_number or None,
        "dispatch_within_min": account.dispatch_within_min,
    }
    if not any(v is not None for v in said.values()):
        return None
    line = _line(config, ("accounts", account.account))
    return {"account": account.account, **said, "source_file": str(config.path), "source_line": line}


# --- events -------------------------------------------------------------------------------------------------


def _events(case: Case, config: Config) -> tuple[pd.DataFrame, tuple[Source, ...]]:
    """Lay out calendars and holidays over the time of the records."""
    nothing = conform(pd.DataFrame(), TABLES["events"])
    if not config.calendars and not config.holidays:
        return nothing, ()
    moments = [case.tables[t][c] for t, c in (("calls", "offered_at"), ("kpi", "interval_start")) if case.has(f"{t}.{c}")]
    if not moments:
        return nothing, ()
    start, end = min(m.min() for m in moments) - BESIDE, max(m.max() for m in moments) + BESIDE
    accounts = case.table("accounts")
    known = accounts[accounts["timezone"].notna()]
    zones = dict(zip(known["account"].astype(str), known["timezone"].astype(str), strict=True))
    default = config.service.zone or case.zone
    rows: list[dict[str, object]] = []
    sources = []
    for calendar in config.calendars:
        here = calendar.zone or zones.get(calendar.account, default)
        found = calendars.read(calendar, start, end, here)
        rows += found.rows
        sources.append(
            Source(
                calendar.file, "icalendar", "events", "place in the configuration", found.entries,
                problems=found.problems, zone=here, zone_from="configuration" if calendar.zone or config.service.zone else "",
                notes=(f"{len(found.rows)} events at the time of the records",),
            )
        )
    for place, wanted in enumerate(config.holidays):
        where = {"source_file": str(config.path), "source_line": _line(config, ("holidays", place))}
        rows += [{**row, **where} for row in public_holidays.read(wanted, start, end, default, zones)]
    if not rows:
        return nothing, tuple(sources)
    frame = pd.DataFrame(rows)
    for column in ("starts_at", "ends_at"):
        frame[column] = pd.to_datetime(frame[column], utc=True).astype("datetime64[us, UTC]")
    return conform(frame, TABLES["events"]), tuple(sources)


def _strangers(config: Config, accounts: pd.DataFrame | None) -> tuple[Problem, ...]:
    """Return a word on each account that a calendar or holidays are of and no accounts table has: most likely a slip."""
    known = set() if accounts is None else set(accounts["account"].dropna().astype(str))
    named = [("calendars", n, one.account) for n, one in enumerate(config.calendars)]
    named += [("holidays", n, account) for n, one in enumerate(config.holidays) for account in one.accounts]
    return tuple(
        Problem(
            Location(str(config.path), _line(config, (key, place)) or 0), f"[[{key}]] account {account!r}",
            "an account of the accounts table", "Correct the account's id; what stands here concerns nobody so far.",
            table="events", effect="noted", rows=0, kind="unknown-account")
        for key, place, account in named if account and known and account not in known)


def _joined(was: pd.DataFrame | None, more: pd.DataFrame) -> pd.DataFrame:
    """Return both tables of events in order of time, what is in both once."""
    if was is not None:
        was, more = (f.astype({"source_file": "string"}) for f in (was, more))
        more = pd.concat([was, more], ignore_index=True).drop_duplicates(list(TABLES["events"].identity))
        more = conform(more, TABLES["events"])
    return more.sort_values("starts_at", kind="stable", ignore_index=True)


# --- itself -------------------------------------------------------------------------------------------------


def _itself(config: Config, accounts: int, events: int) -> Source:
    """Return the configuration as a source: what this run has from it."""
    notes = []
    if config.service.zone:
        notes.append(f"zone {config.service.zone}")
    if accounts:
        notes.append(f"{accounts} account{'s' if accounts > 1 else ''}")
    if events:
        notes.append(f"{events} event{'s' if events > 1 else ''} of calendars and holidays")
    if config.profile is not None:
        own = len(config.profile.overrides) + sum(map(len, config.profile.accounts.values()))
        notes.append(f"{own} threshold{'s' if own != 1 else ''}")
    if config.mappings:
        notes.append(f"mappings: {', '.join(sorted(config.mappings))}")
    return Source(str(config.path), FORMAT, "settings", "place", accounts + events, notes=tuple(notes))


def _line(config: Config, key: _lines.Key) -> int | None:
    if not config.text:
        return None
    return _lines.of_keys(config.text).get(key)
