"""What a configuration comes to: its values as they are in force, and whether what it points to is there."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from calltrace.classes import dataclass
from calltrace.config import settings as s
from calltrace.config._secrets import Secret
from calltrace.config.propose import quoted
from calltrace.config.settings import Config
from calltrace.errors import CalltraceError
from calltrace.tables.text import visible


@dataclass(frozen=True)
class Found:
    """One thing the configuration points to: its key, what it is, and what is wrong with it, '' if nothing."""

    key: str
    what: str
    wrong: str = ""


def look(config: Config) -> tuple[Found, ...]:
    """Look at everything a configuration points to: files, folders, calendars, passwords; opens no network.

    What is a matter of the file itself was told when it was read.
    """
    return tuple(_look(config))


def _look(config: Config) -> Iterator[Found]:
    for source in config.sources:
        key, what = "[[sources]] path", visible(source.path)
        yield Found(key, what, "" if "://" in source.path else _source(source.path))
        if source.password_env or source.password_file:
            yield _secret(Secret(source.password_env, source.password_file, "[[sources]]"), "[[sources]]")
    if config.accounts_file:
        yield _accounts(config)
    if config.accounts:
        yield Found("[accounts]", f"{len(config.accounts)} in the configuration itself")
    for calendar in config.calendars:
        yield _calendar(calendar)
    for holidays in config.holidays:
        part = f", {holidays.subdivision}" if holidays.subdivision else ""
        yield Found("[[holidays]]", f"{holidays.country}{part}")
    for name, shared in sorted(config.mappings.items()):
        match = ", ".join(shared.match) or "only where a source names it"
        yield Found(f"[mappings.{visible(name)}]", f"for {visible(match)}")
    if config.rates.file:
        yield _rates(config.rates.file)
    if config.store.path and "://" not in config.store.path:
        there = Path(config.store.path).is_dir()
        yield Found("[store] path", visible(config.store.path) + ("" if there else " (not there yet)"))
    if config.letter.templates:
        yield Found("[letter] templates", visible(config.letter.templates), _unreadable(config.letter.templates))
    if config.mail.host:
        to = ", ".join(config.mail.to) or "nobody unless a command says"
        yield Found("[mail]", f"{config.mail.host}:{config.mail.chosen_port} ({config.mail.tls}), to {visible(to)}")
        if config.mail.secret:
            yield _secret(config.mail.secret, "[mail]")
        elif config.mail.user:
            yield Found("[mail] password_env", "none", "a user is given and no password: name where it is found")
    yield from _ledger(config.ledger)


def _ledger(ledger: s.Ledger) -> Iterator[Found]:
    """Look where the ledger lies, or is to lie: a file's folder is made with the first case."""
    file = Path(ledger.url)
    if ledger.url and "://" not in ledger.url:
        above = next(p for p in (file, *file.parents) if p.exists())
        if above == file:
            yield Found("[ledger] url", visible(ledger.url), _unreadable(ledger.url))
        else:
            able = above.is_dir() and os.access(above, os.W_OK)
            yield Found("[ledger] url", f"{visible(ledger.url)} (not there yet)",
                        "" if able else f"no file can be made in {visible(str(above))}")
    if ledger.secret:
        yield _secret(ledger.secret, "[ledger]")


def _source(path: str) -> str:
    from calltrace.config.cases import places_of  # noqa: PLC0415 -- pandas

    try:
        wrong = [why for place in places_of(path) if (why := _unreadable(place))]
    except CalltraceError:
        return "no file is of that name"
    return wrong[0] if wrong else ""


def _unreadable(path: str) -> str:
    if not Path(path).exists():
        from calltrace.intake.sources import within  # noqa: PLC0415 -- slow to import

        if (part := within(path)) is None:
            return "it is not there"
        path = str(part[0])
    return "" if os.access(path, os.R_OK) else "it may not be read"


def _secret(secret: Secret, section: str) -> Found:
    where = f"${secret.env}" if secret.env else visible(secret.file)
    try:
        secret.read()
    except CalltraceError as error:
        saw = error.saw.removeprefix(f"{section} ").removeprefix("password_env names ").removeprefix("password_file ")
        return Found(f"{section} password", where, f"{saw}. {error.fix}".strip())
    return Found(f"{section} password", f"{where}, which is there")


def _accounts(config: Config) -> Found:
    from calltrace.config.cases import accounts_of  # noqa: PLC0415 -- pandas

    try:
        frame, sources = accounts_of(config)
    except CalltraceError as error:
        saw = error.saw.removeprefix(f"[accounts] file {config.accounts_file} ")
        return Found("[accounts] file", visible(config.accounts_file), saw)
    problems = [p for source in sources for p in source.problems]
    many = 0 if frame is None else len(frame)
    return Found("[accounts] file", f"{visible(config.accounts_file)}, {many} accounts",
                 "; ".join(f"line {p.at.line}: {p.saw}" for p in problems[:3]))


def _calendar(calendar: s.Calendar) -> Found:
    import pandas as pd  # noqa: PLC0415

    from calltrace.config import calendars  # noqa: PLC0415

    try:
        today = pd.Timestamp.now(tz="UTC")
        found = calendars.read(calendar, today - pd.Timedelta(days=365), today + pd.Timedelta(days=365), calendar.zone or "UTC")
    except CalltraceError as error:
        saw = error.saw.removeprefix(f"[[calendars]] file {calendar.file} ")
        return Found("[[calendars]] file", visible(calendar.file), saw)
    wrong = "; ".join(f"line {p.at.line}: {p.saw}" for p in found.problems[:3])
    entries = f"{found.entries} entr{'y' if found.entries == 1 else 'ies'}"
    return Found("[[calendars]] file", f"{visible(calendar.file)}, {entries}, {len(found.rows)} times within a year", wrong)


def _rates(file: str) -> Found:
    from calltrace.desk.rates import read_rates  # noqa: PLC0415 -- pandas

    try:
        read_rates(file)
    except CalltraceError as error:
        return Found("[rates] file", visible(file), error.saw)
    return Found("[rates] file", visible(file))


# --- as it is in force --------------------------------------------------------------------------------------


def shown(config: Config) -> str:
    """Return the configuration as it is in force, as TOML; what is a default is said to be one.

    No password is in it, for there is none in the configuration; of addresses only what may be shown.
    """
    where = visible(str(config.path)) if config.path else "there is none: defaults throughout"
    lines = [f"# {where}", ""]
    for name, kind in s.TABLES.items():
        lines += [f"[{name}]", *_keys(kind, getattr(config, name)), ""]
        if name == "service" and not config.service.country:
            lines.insert(-1, f"country = {_toml(config.service.in_country)}  # default")
    for name, kind in s.LISTS.items():
        for one in getattr(config, name):
            lines += [f"[[{name}]]", *_keys(kind, one, defaults=False), ""]
    if config.accounts_file:
        lines += ["[accounts]", f"file = {quoted(visible(config.accounts_file))}", ""]
    for account in config.accounts:
        lines += [f"[accounts.{quoted(visible(account.account))}]", *_keys(s.Account, account, defaults=False), ""]
    if config.profile is not None:
        lines += ["[thresholds]", *_numbers(config.profile.overrides), ""]
        for who, own in sorted(config.profile.accounts.items()):
            lines += [f"[accounts.{quoted(visible(who))}.thresholds]", *_numbers(own), ""]
    for name, shared in sorted(config.mappings.items()):
        lines += [f"[mappings.{quoted(visible(name))}]", *_keys(s.SharedMapping, shared, defaults=False), ""]
    return "\n".join(lines).rstrip("\n") + "\n"


def _keys(kind: type, section: object, *, defaults: bool = True) -> list[str]:
    lines = []
    for name, field in s.keys_of(kind).items():
        value = getattr(section, field.name)
        if value == field.default and value in ("", None, ()):
            continue
        if value == field.default and not defaults:
            continue
        lines.append(f"{name} = {_toml(value)}" + ("  # default" if value == field.default else ""))
    return lines


def _numbers(table: Any) -> list[str]:
    return [f"{name} = {value:g}" for name, value in sorted(table.items())]


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return f"{value:g}"
    if isinstance(value, tuple):
        return f"[{', '.join(map(_toml, value))}]"
    text = str(value)
    if "://" in text:
        from calltrace.intake.databases import shown as fit_to_show  # noqa: PLC0415

        text = fit_to_show(text)
    return quoted(visible(text))
