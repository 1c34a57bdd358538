"""What the keys of the configuration take: each kind in words, and how a value of it is read."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from calltrace.classes import dataclass


class Wrong(Exception):  # noqa: N818 -- never leaves this room: it becomes a line of a ConfigError
    """A value a key does not take: what was expected, and what to do."""

    def __init__(self, expected: str, fix: str = "", saw: str = "") -> None:
        self.expected = expected
        self.fix = fix
        self.saw = saw
        super().__init__(expected)


@dataclass(frozen=True)
class Here:
    """What values are read against: the configuration's own folder, and the country of its numbers."""

    folder: Path = field(default_factory=Path)
    country: str = "US"


@dataclass(frozen=True)
class Takes:
    """A kind of value: ``words`` for the reference, ``read`` to turn TOML into what the program uses."""

    words: str
    read: Callable[[object, Here], Any]


def near(word: str, known: Sequence[str]) -> str:
    """Return "Did you mean …?" for a word close to a known one, else ''."""
    by_fold = {k.casefold(): k for k in known}
    found = get_close_matches(word.casefold(), by_fold, n=1, cutoff=0.6)
    return f"Did you mean {by_fold[found[0]]}?" if found else ""


def _text(value: object, _: Here) -> str:
    if not isinstance(value, str):
        raise Wrong('a text in quotes, such as "…"')
    return value.strip()


def _texts(value: object, _: Here) -> tuple[str, ...]:
    listed = [value] if isinstance(value, str) else value
    if not isinstance(listed, list) or not all(isinstance(one, str) and one.strip() for one in listed):
        raise Wrong('a text, or a list of texts: ["…", "…"]')
    return tuple(one.strip() for one in listed)


def _flag(value: object, _: Here) -> bool:
    if not isinstance(value, bool):
        raise Wrong("true or false")
    return value


def placed(text: str, here: Here) -> str:
    """Return a path as the configuration means it: ``~`` and ``$NAME`` filled in, relative to its own folder.

    Addresses (``postgresql://…``, ``s3://…``) and ``-`` stay as they are.
    """
    if text == "-" or re.match(r"[A-Za-z][A-Za-z0-9+.\-]*://", text):
        return text
    filled = os.path.expandvars(os.path.expanduser(text))  # noqa: PTH111 -- a path in a configuration, not ours
    if left := re.search(r"\$(\{\w+\}|\w+)", filled):
        raise Wrong("a path", f"{left[0]} is not set in the environment.")
    return str(here.folder / filled)


def _path(value: object, here: Here) -> str:
    text = _text(value, here)
    if not text:
        raise Wrong("a path; relative ones start at the configuration's folder")
    return placed(text, here)


def _zone(value: object, here: Here) -> str:
    from calltrace.tables.clock import is_zone  # noqa: PLC0415

    text = _text(value, here)
    if not is_zone(text):
        from zoneinfo import available_timezones  # noqa: PLC0415

        raise Wrong(
            "a time zone's IANA name, such as America/New_York",
            _near_zone(text, sorted(available_timezones())),
        )
    return text


def _near_zone(text: str, zones: Sequence[str]) -> str:
    """Name the zone meant: an abbreviation, a city, a slip."""
    usual = {
        "EST": "America/New_York", "EDT": "America/New_York", "EASTERN": "America/New_York",
        "CST": "America/Chicago", "CDT": "America/Chicago", "CENTRAL": "America/Chicago",
        "MST": "America/Denver", "MDT": "America/Denver", "MOUNTAIN": "America/Denver",
        "PST": "America/Los_Angeles", "PDT": "America/Los_Angeles", "PACIFIC": "America/Los_Angeles",
        "BST": "Europe/London", "CET": "Europe/Berlin", "CEST": "Europe/Berlin",
    }  # fmt: skip
    first = text.upper().split()[0] if text.split() else ""
    if first in usual:
        return f"Did you mean {usual[first]}?"
    city = text.replace(" ", "_").casefold()
    same = [z for z in zones if z.casefold().rpartition("/")[2] == city]
    return f"Did you mean {same[0]}?" if same else near(text, zones)


def _country(value: object, here: Here) -> str:
    from phonenumbers import SUPPORTED_REGIONS  # noqa: PLC0415

    text = _text(value, here)
    if text not in SUPPORTED_REGIONS:
        upper = text.upper()
        usual = {"UK": "GB", "USA": "US", "UNITED STATES": "US", "GERMANY": "DE", "CANADA": "CA", "ENGLAND": "GB"}
        meant = upper if upper in SUPPORTED_REGIONS else usual.get(upper, "")
        raise Wrong("a country's two capital letters (ISO 3166), such as US", f"Did you mean {meant}?" if meant else "")
    return text


def _number_at(value: object, here: Here) -> str:
    from calltrace.tables import phones  # noqa: PLC0415

    text = _text(value, here)
    found = phones.one(text, here.country)
    if found is None or not re.fullmatch(r"[*+]?\d{2,15}", found):
        raise Wrong("a telephone number, such as +17175551234, in quotes")
    return found


def _numbers(value: object, here: Here) -> tuple[str, ...]:
    listed = value.split(";") if isinstance(value, str) else value
    if not isinstance(listed, list) or not listed:
        raise Wrong('telephone numbers in quotes: ["+17175551234", "+17175551235"]')
    found = []
    for one in listed:
        try:
            found.append(_number_at(one, here))
        except Wrong as error:
            raise Wrong(error.expected, saw=f"{one!r} among them") from None
    return tuple(dict.fromkeys(found))


def _coverage(value: object, here: Here) -> str:
    from calltrace.tables.coverage import check_coverage  # noqa: PLC0415

    text = _text(value, here)
    if not text or check_coverage(text):
        raise Wrong('opening_hours syntax, such as "Mo-Fr 17:00-24:00; Sa-Su 00:00-24:00"')
    return text


def _address(value: object, here: Here) -> str:
    text = _text(value, here)
    if not re.fullmatch(r"[^\s@<>,;]+@[^\s@<>,;]+", mail_part(text)) or re.search(r"[\r\n]", text):
        raise Wrong('a mail address, such as "desk@example.com" or "The desk <desk@example.com>"')
    return text


def mail_part(text: str) -> str:
    """Return the bare address of ``Name <address>``."""
    match = re.fullmatch(r"[^<>]*<([^<>]+)>", text.strip())
    return match[1].strip() if match else text.strip()


def _addresses(value: object, here: Here) -> tuple[str, ...]:
    return tuple(_address(one, here) for one in _texts(value, here))


def _host(value: object, here: Here) -> str:
    text = _text(value, here)
    if not re.fullmatch(r"[A-Za-z0-9._:\-]+|\[[0-9A-Fa-f:]+\]", text):
        raise Wrong("a server's name or address, such as smtp.example.com")
    if re.fullmatch(r"[^:]+:\d+", text):
        raise Wrong("a server's name alone, such as smtp.example.com", "The port has a key of its own: port.")
    return text


def _database(value: object, here: Here) -> str:
    """Read a place or an address, refusing a password in it."""
    text = _text(value, here)
    if re.match(r"[A-Za-z][A-Za-z0-9+.\-]*://[^/?#]*:[^/?#]*@", text) or re.search(r"[?&](ssl)?passw(or)?d=", text):
        raise Wrong(
            "an address without its password",
            "Name an environment variable (password_env) or a file only you can read (password_file) that holds it.",
            saw="an address with a password in it",
        )
    return _path(value, here)


def _paths(value: object, here: Here) -> tuple[str, ...]:
    return tuple(_database(one, here) for one in _texts(value, here))


def whole(least: int, most: int, unit: str = "") -> Takes:
    """Return the kind of a whole number in a range."""
    words = f"a whole number{f' of {unit}' if unit else ''}, {least} to {most}"

    def read(value: object, _: Here) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise Wrong(words)
        return value

    return Takes(words, read)


def number(least: float, most: float, unit: str = "", *, above: bool = False) -> Takes:
    """Return the kind of a number in a range, its lower end out of it where ``above``."""
    words = f"a number{f' of {unit}' if unit else ''}, {'above ' if above else ''}{least:g} to {most:g}"

    def read(value: object, _: Here) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
            raise Wrong(words)
        if above and value == least:
            raise Wrong(words)
        return float(value)

    return Takes(words, read)


def one_of(*words: str, same: Mapping[str, str] | None = None) -> Takes:
    """Return the kind of a choice; ``same`` are other words for some of them."""
    listed = ", ".join(words)

    def read(value: object, here: Here) -> str:
        text = _text(value, here)
        text = (same or {}).get(text, text)
        if text not in words:
            raise Wrong(f"one of {listed}", near(text, words))
        return text

    return Takes(f"one of {listed}", read)


TEXT = Takes("a text", _text)
TEXTS = Takes("a text or a list of texts", _texts)
FLAG = Takes("true or false", _flag)
PATH = Takes("a path", _path)
PLACE = Takes("a path or a database's address, without a password", _database)
PLACES = Takes("a path or a database's address, or a list of them", _paths)
ZONE = Takes("an IANA zone, such as America/New_York", _zone)
COUNTRY = Takes("a country, such as US", _country)
NUMBER = Takes("a telephone number", _number_at)
NUMBERS = Takes("telephone numbers, a list", _numbers)
COVERAGE = Takes("opening_hours syntax", _coverage)
ADDRESS = Takes("a mail address", _address)
ADDRESSES = Takes("a mail address or a list of them", _addresses)
HOST = Takes("a server's name", _host)
VARIABLE = Takes("the name of an environment variable", _text)
