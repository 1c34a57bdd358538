"""A TOML file to a Config, checked whole: every problem is told at once, each with its line and its key."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import MISSING
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from calltrace.config import _lines, places
from calltrace.config import settings as s
from calltrace.config._takes import PATH, Here, Takes, Wrong, placed
from calltrace.config._takes import near as near_word
from calltrace.config.settings import Config
from calltrace.diagnosis.profile import FIELD, Profile, read_profile
from calltrace.errors import CalltraceError, Location, ManyError, UsageError
from calltrace.tables.text import visible

_SECRET = re.compile(r"(?i)(^|_)(pass(word|wd|phrase)?|pwd|secret|token|api_?key)$")
_LONGEST = 60
_TWICE = "Cannot overwrite a value"
"""What the parser says of a key that stands twice in a table."""

_MAX_BYTES = 4 << 20
"""More than a configuration of ten thousand accounts holds."""


class ConfigError(ManyError):
    """What is wrong with a configuration: ``problems`` has every one of them, in the order of the file."""


def read(path: str | os.PathLike[str] | None = None) -> Config:
    """Read and check a configuration.

    Parameters
    ----------
    path : path, optional
        The file; without it the one :func:`~calltrace.config.places.locate` finds.

    Returns
    -------
    Config
        With defaults throughout where there is no file.

    Raises
    ------
    ConfigError
        Something in it is wrong: every key that is, with its line.
    UsageError
        The file named is not there.
    """
    found = places.locate(path)
    if found is None:
        return Config()
    try:
        raw = found.read_bytes()
        text = raw.decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no UTF-8 text"
        raise UsageError(f"the configuration {visible(str(found))} can't be read: {reason}") from error
    return of_text(text, found)


def of_text(text: str, path: Path) -> Config:
    """Check the text of a configuration that lies, or will lie, at ``path``. Raises as :func:`read` does."""
    if len(text) > _MAX_BYTES:
        raise UsageError(f"{visible(str(path))} is too large for a configuration ({len(text) >> 20} MB)")
    try:
        said = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        at = re.search(r"\(at line (\d+), column \d+\)", str(error))
        told = re.sub(r" \(at (line \d+, column \d+|end of document)\)", "", str(error))
        line = int(at[1]) if at else text.rstrip("\n").count("\n") + 1
        said_of = told[:1].lower() + told[1:] if told != _TWICE else "a key that stands there twice"
        key = re.match(r"\s*([\w.\"'-]+)\s*=", text.split("\n")[line - 1])
        at_key = f", at {key[1]}" if key else ""
        raise ConfigError((
            UsageError(f"this is no TOML: {visible(said_of + at_key)}", at=Location(str(path), line),
                       fix='Texts stand in quotes, sections in [brackets], lists in ["a", "b"].'),
        )) from None
    return _Reader(path, text).config(said)


class _Reader:
    """One pass over a file's tables, collecting what is wrong."""

    def __init__(self, path: Path, text: str) -> None:
        self.path = path
        self.text = text
        self.here = Here(Path(os.path.abspath(path)).parent)  # noqa: PTH100 -- links stay as the user knows them
        self.problems: list[UsageError] = []

    # --- what is wrong ---

    def wrong(self, key: _lines.Key, saw: str, expected: str = "", fix: str = "") -> None:
        """Note a problem of a key, with the line the key, or what it is in, stands on."""
        line, place = 0, key
        while place and not line:
            line = _lines.of_keys(self.text).get(place, 0)
            place = place[:-1]
        self.problems.append(UsageError(saw, expected=expected, fix=fix, at=Location(str(self.path), line)))

    def unknown(self, key: _lines.Key, known: tuple[str, ...], where: str) -> None:
        """Note a key nobody knows; one that looks like a password is told what to do instead."""
        word = str(key[-1])
        if _SECRET.search(word):
            has = [k for k in ("password_env", "password_file") if k in known]
            self.wrong(key, f"{where}{word} would keep a secret in the clear", fix=(
                f"Take it out, and name an environment variable ({has[0]}) or a file only you can read ({has[1]}) that"
                " holds it." if has else "Take it out: nothing here needs one."))
            return
        self.wrong(key, f"{where}{visible(word)} is no key", f"one of {', '.join(known)}", near_word(word, known))

    # --- the parts ---

    def value(self, kind: Takes, value: object, key: _lines.Key, where: str) -> Any:
        """Read one value; None, and a problem noted, where it is not what the key takes."""
        try:
            return kind.read(value, self.here)
        except Wrong as error:
            secret = "address" in error.saw  # an address that holds a password is not repeated
            shown = error.saw if secret else f"{_shown(value)}{f': {error.saw}' if error.saw else ''}"
            self.wrong(key, f"{where}{key[-1]} is {shown}", error.expected, error.fix)
            return None

    def section(self, kind: type, said: object, key: _lines.Key, where: str, **given: Any) -> Any:
        """Read one table as a section; what is wrong with a key leaves its default."""
        if not isinstance(said, dict):
            self.wrong(key, f"{where}is {_shown(said)}", "a table with keys of its own")
            return None
        known = s.keys_of(kind)
        values: dict[str, Any] = dict(given)
        for name, value in said.items():
            if name not in known:
                self.unknown((*key, name), tuple(known), where)
                continue
            found = self.value(known[name].metadata["takes"], value, (*key, name), where)
            if found is not None:
                values[known[name].name] = found
        lacking = [n for n, f in known.items() if f.default is MISSING and f.name not in values]
        for name in lacking:
            if name not in said:
                self.wrong(key, f"{where}has no {name}", known[name].metadata["meaning"])
            values[known[name].name] = ""
        return kind(**values)

    def config(self, said: dict[str, Any]) -> Config:
        """Return the whole, or raise with everything that is wrong."""
        values: dict[str, Any] = {"path": self.path, "text": self.text}
        for name, value in said.items():
            if name not in s.SECTIONS:
                self._unknown_section(name, value)
        if "service" in said:  # first, for its country is that of every number below
            values["service"] = self.section(s.Service, said["service"], ("service",), "[service] ") or s.Service()
            self.here = Here(self.here.folder, values["service"].in_country)
        for name, kind in s.TABLES.items():
            if name in said and name != "service":
                values[name] = self.section(kind, said[name], (name,), f"[{name}] ") or kind()
        for name, kind in s.LISTS.items():
            values[name] = self._list(kind, said.get(name, []), name)
        values["mappings"] = self._mappings(said.get("mappings", {}))
        values["accounts_file"], values["accounts"] = self._accounts(said.get("accounts", {}))
        values["profile"] = self._profile(said.get("thresholds"), values["accounts"])
        config = Config(**values)
        self._together(config)
        if self.problems:
            raise ConfigError(tuple(sorted(self.problems, key=lambda p: p.at.line if p.at else 0)))
        return config

    def _unknown_section(self, name: str, value: object) -> None:
        if isinstance(value, dict | list):
            sections = ", ".join(s.SECTIONS)
            self.wrong((name,), f"[{visible(name)}] is no section", f"one of {sections}", near_word(name, s.SECTIONS))
            return
        kinds = {**s.TABLES, **s.LISTS, **s.NAMED}
        owners = [f"[[{n}]]" if n in s.LISTS else f"[{n}]" for n, kind in kinds.items() if name in s.keys_of(kind)]
        fix = f"It belongs under {' or '.join(owners)}." if owners else near_word(name, s.SECTIONS)
        self.wrong((name,), f"{visible(name)} stands outside any section", f"sections: {', '.join(s.SECTIONS)}", fix)

    def _list(self, kind: type, said: object, name: str) -> tuple[Any, ...]:
        if isinstance(said, dict):
            self.wrong((name,), f"[{name}] is one table", f"[[{name}]], in double brackets, one each")
            return ()
        if not isinstance(said, list):
            self.wrong((name,), f"{name} is {_shown(said)}", f"[[{name}]] tables")
            return ()
        many = len(said) > 1
        found = [
            self.section(kind, one, (name, i), f"[[{name}]] {f'no. {i + 1} ' if many else ''}") for i, one in enumerate(said)
        ]
        return tuple(one for one in found if one is not None)

    def _accounts(self, said: object) -> tuple[str, tuple[s.Account, ...]]:
        if not isinstance(said, dict):
            self.wrong(("accounts",), f"accounts is {_shown(said)}", "[accounts] with file, or [accounts.ID] tables")
            return "", ()
        file, found = "", []
        for name, one in said.items():
            if name == "file" and isinstance(one, str):
                file = self.value(PATH, one, ("accounts", "file"), "[accounts] ") or ""
            elif not isinstance(one, dict):
                self.wrong(("accounts", name), f"[accounts] {visible(name)} is {_shown(one)}",
                           'file = "…", or a table [accounts.ID]')
            else:
                found.append(self._account(name, dict(one)))
        claimed: dict[str, str] = {}
        for account in found:
            for number in account.numbers:
                other = claimed.setdefault(number, account.account)
                if other != account.account:
                    mine, theirs = _quoted(account.account), _quoted(other)
                    self.wrong(("accounts", account.account, "numbers"),
                               f"[accounts.{mine}] numbers has {number}, which [accounts.{theirs}] has too",
                               "each number with one account")
        return file, tuple(found)

    def _account(self, name: str, one: dict[str, Any]) -> s.Account:
        key: _lines.Key = ("accounts", name)
        where = f"[accounts.{_quoted(name)}] "
        thresholds = one.pop("thresholds", {})
        given: dict[str, Any] = {}
        if "timezone" in one and "zone" not in one:  # as the accounts table calls it
            zone = self.value(s.keys_of(s.Account)["zone"].metadata["takes"], one.pop("timezone"), (*key, "timezone"), where)
            given = {} if zone is None else {"zone": zone}
        own = self._thresholds(thresholds, (*key, "thresholds"), f"[accounts.{_quoted(name)}.thresholds] ")
        found: s.Account = self.section(s.Account, one, key, where, account=name, thresholds=own, **given)
        return found

    def _mappings(self, said: object) -> dict[str, s.SharedMapping]:
        if not isinstance(said, dict):
            self.wrong(("mappings",), f"mappings is {_shown(said)}", "[mappings.NAME] tables")
            return {}
        found = {}
        for name, one in said.items():
            key: _lines.Key = ("mappings", name)
            where = f"[mappings.{_quoted(name)}] "
            if not isinstance(one, dict):
                self.wrong(key, f"{where}is {_shown(one)}", "a table with file, or with the mapping itself")
                continue
            own = {k: v for k, v in one.items() if k in s.keys_of(s.SharedMapping)}
            inline = {k: v for k, v in one.items() if k not in own}
            shared: s.SharedMapping = self.section(s.SharedMapping, own, key, where, name=name)
            mapping = self._mapping(shared, inline, key, where)
            if mapping is not None:
                found[name] = s.SharedMapping(name, shared.file, shared.match, mapping)
        return found

    def _mapping(self, shared: s.SharedMapping, inline: dict[str, Any], key: _lines.Key, where: str) -> Any:
        from calltrace.intake import mapping  # noqa: PLC0415 -- only who shares one pays for it

        if shared.file and inline:
            self.wrong(key, f"{where}has a file and {next(iter(inline))}", "the file, or the mapping itself")
            return None
        if not shared.file and not inline:
            self.wrong(key, f"{where}is empty", "file, or the mapping itself (columns, fill)")
            return None
        try:
            if shared.file:
                return mapping.of_file(shared.file)
            return mapping.of_dict(inline, f"[mappings.{_quoted(shared.name)}]")
        except CalltraceError as error:
            self.wrong((*key, "file") if shared.file else key, f"{where}{error.saw}", error.expected, error.fix)
            return None

    def _profile(self, said: object, accounts: tuple[s.Account, ...]) -> Profile | None:
        own = {a.account: dict(a.thresholds) for a in accounts if a.thresholds}
        if said is None and not own:
            return None
        base = Profile()
        table = dict(said) if isinstance(said, dict) else {}
        if said is not None and not isinstance(said, dict):
            self.wrong(("thresholds",), f"thresholds is {_shown(said)}", "[thresholds] with names and numbers, or file")
        if "file" in table:
            file = self.value(PATH, table.pop("file"), ("thresholds", "file"), "[thresholds] ")
            try:
                base = read_profile(file) if file else base
            except CalltraceError as error:
                self.wrong(("thresholds", "file"), f"[thresholds] file {file}: {error.saw}", error.expected, error.fix)
        overrides = self._thresholds(table, ("thresholds",), "[thresholds] ")
        both = {a: {**base.accounts.get(a, {}), **own.get(a, {})} for a in sorted({*base.accounts, *own})}
        name = base.name if base.name != "field" and not overrides and not own else "configuration"
        return Profile(name, {**base.overrides, **overrides}, both)

    def _thresholds(self, said: object, key: _lines.Key, where: str) -> dict[str, float]:
        if not isinstance(said, dict):
            self.wrong(key, f"{where}is {_shown(said)}", "names and numbers")
            return {}
        found = {}
        for name, value in said.items():
            if name not in FIELD:
                near = get_close_matches(name, FIELD, n=1)
                fix = f"Did you mean {near[0]}?" if near else "`calltrace explain thresholds` lists them."
                self.wrong((*key, name), f"{where}{visible(name)} is no threshold", fix=fix)
            elif isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < float("inf"):
                self.wrong((*key, name), f"{where}{name} is {_shown(value)}", f"a number of {FIELD[name].unit}, 0 or more")
            else:
                found[name] = float(value)
        return found

    # --- what must fit together ---

    def _together(self, config: Config) -> None:
        for i, source in enumerate(config.sources):
            self._source(source, i, config.mappings)
        for i, calendar in enumerate(config.calendars):
            key: _lines.Key = ("calendars", i)
            if "://" in calendar.file:
                self.wrong((*key, "file"), f"[[calendars]] file is {_shown(calendar.file)}", "a file on this machine",
                           "Have it fetched beforehand, by cron say: calltrace asks no network for what it knows.")
            if calendar.scope == "account" and not calendar.account:
                self.wrong(key, "[[calendars]] scope is account", fix='Say which: account = "…".')
            if calendar.account and calendar.scope not in ("", "account"):
                self.wrong((*key, "scope"), f"[[calendars]] scope is {calendar.scope}, and account is given", "one of them")
        for i, holidays in enumerate(config.holidays):
            self._holidays(holidays, ("holidays", i))
        mail = config.mail
        if mail.password_env and mail.password_file:
            self.wrong(("mail", "password_file"), "[mail] has password_env and password_file", "one of them")
        if (mail.user or mail.to or mail.sender) and not mail.host:
            self.wrong(("mail",), "[mail] has no host", "the SMTP server")
        if mail.host and not mail.sender:
            self.wrong(("mail",), "[mail] has no from", "the address mail is from")
        if mail.user and mail.tls == "none":
            self.wrong(("mail", "tls"), "[mail] tls is none, and a password is never sent unencrypted",
                       "starttls or tls, or no user")

    def _source(self, source: s.LogSource, place: int, mappings: Mapping[str, s.SharedMapping]) -> None:
        key: _lines.Key = ("sources", place)
        if source.format:
            from calltrace.intake import formats  # noqa: PLC0415

            known = tuple(n.replace("_", "-") for n in formats.NAMES)
            if source.format not in known:
                self.wrong((*key, "format"), f"[[sources]] format is {_shown(source.format)}",
                           "a format, as `calltrace formats` lists them", near_word(source.format, known))
        if source.mapping and source.mapping not in mappings:
            from calltrace.intake import mapping  # noqa: PLC0415

            try:
                mapping.of_file(placed(source.mapping, self.here))
            except (CalltraceError, Wrong) as error:
                names = f"a name under [mappings] ({', '.join(mappings)})" if mappings else "a mapping's file"
                self.wrong((*key, "mapping"), f"[[sources]] mapping is {_shown(source.mapping)}", names,
                           near_word(source.mapping, tuple(mappings)) or getattr(error, "saw", ""))
        if (source.password_env or source.password_file) and "://" not in source.path:
            self.wrong(key, "[[sources]] has a password, and path is no database's address")

    def _holidays(self, one: s.Holidays, key: _lines.Key) -> None:
        try:
            import holidays  # noqa: PLC0415 -- an extra
        except ImportError:
            self.wrong(key, "[[holidays]] needs a library that is not installed",
                       fix='Install it: pip install "calltrace-cli[calendars]".')
            return
        supported = holidays.list_supported_countries()
        if one.country and one.country not in supported:
            self.wrong((*key, "country"), f"[[holidays]] country is {_shown(one.country)}",
                       "a country's two capital letters (ISO 3166), such as US", near_word(one.country, tuple(supported)))
            return
        if not one.country:
            return
        known = supported[one.country]
        if one.subdivision and one.subdivision not in known:
            shown = ", ".join(known[:60]) or "none: this country has no parts of its own"
            self.wrong((*key, "subdivision"), f"[[holidays]] subdivision is {_shown(one.subdivision)}", f"one of {shown}",
                       near_word(one.subdivision, tuple(known)))
            return
        kinds = holidays.country_holidays(one.country).supported_categories
        for kind in one.categories:
            if kind not in kinds:
                self.wrong((*key, "categories"), f"[[holidays]] categories has {_shown(kind)}", f"some of {', '.join(kinds)}",
                           near_word(kind, tuple(kinds)))


def _shown(value: object) -> str:
    """Return a value as the file has it, shortened and safe to print."""
    if isinstance(value, bool):
        text = str(value).lower()
    elif isinstance(value, str):
        text = f'"{visible(value)}"'
    elif isinstance(value, dict):
        text = "a table"
    elif isinstance(value, list):
        text = "[" + ", ".join(_shown(v) for v in value) + "]"
    else:
        text = visible(str(value))
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _quoted(name: str) -> str:
    """Return a name as a key of TOML: bare, or in quotes."""
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else f'"{visible(name)}"'
