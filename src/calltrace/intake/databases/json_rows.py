"""Tables that a database's client, or a switch's API, wrote as JSON: an object a row, handed on as text with a header.

What phpMyAdmin (``[{"type": "table", "name": "cdr", "data": [...]}]``), DBeaver (``{"cdr": [...]}``), ``json_agg``, a log shipper
(an object a line) and Grandstream's API (``{"cdr_root": [...]}``) write alike: somewhere is a list of objects whose keys are the
columns of a table that some format knows. Nulls, and keys that a row lacks, are empty cells. A call of several legs Grandstream's
API writes as one object, a leg of it each under ``sub_cdr_1``, ``sub_cdr_2``, …, beside ``main_cdr``, which sums them up.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import field, replace
from typing import TYPE_CHECKING, Any

from calltrace.classes import dataclass
from calltrace.errors import Location
from calltrace.intake.databases.rows import is_log, passed_over, stream_of_rows
from calltrace.intake.formats import _json
from calltrace.intake.formats.generic_json import OWN
from calltrace.intake.opened import Opened
from calltrace.tables.problems import Problem
from calltrace.tables.text import visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from calltrace.intake.formats._base import Stream

FEW = 60
"""Rows of a list by whose keys it is known: an exporter may leave out what is null."""
DEEP = 6
"""How many lists and objects may lie around the rows."""
MOST_BROKEN = 100
"""Values that are not whole which are looked into: each is gone through anew, and a file of nothing else is none of ours."""
ENDS, GIVEN_UP = "the file ends in the middle of a record", "more damage than is looked into, from here on"
_OTHER_LIST = re.compile(r'\]\s*,\s*"(?:[^"\\]|\\.)*"\s*:\s*\[\s*(?=[{\]])')
"""Where a list ends and the next of its object begins."""
_LEG = re.compile(r"sub_cdr_(\d+)")
_FIRST_KEY = re.compile(r'\{\s*("(?:[^"\\]|\\.)*")\s*:')


@dataclass
class _Rows:
    """The objects of one list that are rows of a log, the place each begins at, and what the list is called."""

    name: str
    values: list[dict[str, Any]]
    places: list[int]


@dataclass
class _Walk:
    """Goes through a text of JSON once: the lists that are a log, the names of others, places of what is damaged."""

    text: str
    found: list[_Rows] = field(default_factory=list)
    passed: list[str] = field(default_factory=list)
    damaged: list[tuple[int, str]] = field(default_factory=list)
    looked_into: int = 0

    def elements(self, at: int, name: str, depth: int = 0) -> int:
        """Read the values that follow one another at a place, as in a list; return the place behind the last."""
        text, items = self.text, _Rows(name, [], [])
        at = _json.skip(text, at)
        while at < len(text) and text[at] != "]":
            decoded = _json.decode(text, at)
            if decoded is None:
                at = self.broken(at, name, depth)
            else:
                if isinstance(decoded[0], dict):
                    legs = _legs(decoded[0])
                    items.values += legs
                    items.places += [at] * len(legs)
                elif isinstance(decoded[0], list) and depth < DEEP:
                    self.elements(at + 1, name, depth + 1)
                at = decoded[1]
            at = _json.skip(text, at)
        columns = _columns(items.values[:FEW])
        if is_log(columns):
            self.found.append(items)
            return at
        before = len(self.found)
        for place, value in dict(zip(items.places, items.values, strict=True)).items():
            named = value.get("name")
            self.inside(place, named if isinstance(named, str) else name, depth)
        if len(self.found) == before and len(items.values) > 1 and len(columns) > 1:
            self.passed.append(name)
        return at

    def inside(self, at: int, name: str, depth: int) -> int:
        """Read the lists within the object at a place; return the place where it, or what can be read of it, ends.

        A list with damage in it is gone through, so that those behind it are read too.
        """
        if depth >= DEEP:
            return at
        text = self.text
        for key, start in _json.members(text, at):
            opens, whole = text[start : start + 1], self.looked_into
            if opens == "[":
                at = self.elements(start + 1, name if key == "data" else key, depth + 1) + 1
            elif opens == "{":
                at = self.inside(start, key, depth + 1)
            else:
                at = start
            if self.looked_into > whole and text[(on := _json.skip(text, at)) : on + 1] == '"':
                return self.inside(on - 1, name, depth)  # what follows the list, as if the object began there
        return at

    def broken(self, at: int, name: str, depth: int) -> int:
        """Read what is whole within a value that is not; return the place where the next one seems to begin."""
        before = len(self.found)
        self.looked_into += 1
        if self.looked_into > MOST_BROKEN:
            self.damaged.append((at, GIVEN_UP))
            return len(self.text)
        if self.text[at] == "{":
            self.inside(at, name, depth)
        elif self.text[at] == "[" and depth < DEEP:
            self.elements(at + 1, name, depth + 1)
        key = _FIRST_KEY.match(self.text, at)
        alike = re.compile(r"\{\s*" + (re.escape(key.group(1)) + r"\s*:" if key else ""))
        inner = self.found[before:]
        if inner:  # what is around rows: the next of its kind begins behind them
            if key is None or key.group(1)[1:-1].lower() in {c.lower() for rows in inner for c in _columns(rows.values)}:
                return len(self.text)
            again = alike.search(self.text, max(rows.places[-1] for rows in inner) + 1)
            return again.start() if again else len(self.text)
        again = alike.search(self.text, at + 1)
        other = _OTHER_LIST.search(self.text, at + 1)
        if other and (again is None or again.start() == other.end()):  # it was the last of its list
            self.damaged.append((at, "a damaged record"))
            return other.start()
        self.damaged.append((at, "a damaged record" if again else ENDS))
        return again.start() if again else len(self.text)


def is_json_rows(stream: Stream) -> bool:
    """Say whether a text is JSON that holds rows that some format knows as a table; a report of calltrace's own is none."""
    text = stream.head.text
    if text[_json.skip(text, 0) :][:1] not in {"[", "{"} or OWN.match(text):
        return False
    walk = _Walk(text)
    walk.elements(0, "rows")
    return bool(walk.found)


def open_json_rows(opened: Opened, stream: Stream) -> Iterator[Opened]:
    """Yield the lists of a text of JSON that are a log."""
    walk = _Walk(stream.data.decode("utf-8", "replace"))
    walk.elements(0, "rows")
    ends = [found.end() for found in re.finditer("\n", walk.text)]
    groups: dict[tuple[str, ...], list[_Rows]] = {}
    for rows in walk.found:
        groups.setdefault(tuple(sorted({c.lower() for c in _columns(rows.values)})), []).append(rows)
    told = [*opened.problems, *passed_over(stream.display, list(dict.fromkeys(walk.passed)))]
    for at, saw in walk.damaged:
        start = visible(walk.text[at : at + 60].split("\n", maxsplit=1)[0])
        told.append(
            Problem(
                Location(stream.display, bisect_right(ends, at) + 1),
                f"{saw}: {start}",
                "a whole record" if saw == ENDS else "JSON",
                f"{'All from here on' if saw == GIVEN_UP else 'Record'} left out. Export the file again.",
                table="calls",
                kind="bad-record" if saw not in {ENDS, GIVEN_UP} else "truncated",
            )
        )
    for several in groups.values():
        name = stream.display if len(groups) == 1 else f"{stream.display}!{visible(several[0].name)}"
        values = [value for rows in several for value in rows.values]
        lines = [bisect_right(ends, place) + 1 for rows in several for place in rows.places]
        columns = _columns(values)
        made = stream_of_rows(name, columns, _cells(values, columns), stream.opened_from or stream.display, lines)
        yield Opened(name, made, tuple(replace(p, at=Location(name, p.at.line)) for p in told), opened.asked)
        told = []


def _legs(value: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the legs within the object of a call, in their order; any other object, and a call of one leg, is its own."""
    if not isinstance(whole := value.get("main_cdr"), dict):
        return [value]
    numbered = {int(n.group(1)): value[key] for key in value if (n := _LEG.fullmatch(key))}
    legs = [leg for _, leg in sorted(numbered.items(), key=lambda item: item[0]) if isinstance(leg, dict) and leg]
    return legs or [whole]


def _columns(values: Sequence[dict[str, Any]]) -> list[str]:
    """Return the keys under which some row has a value, however it writes them, in the order they come in."""
    found: dict[str, str] = {}
    for row in values:
        for key, value in row.items():
            if not isinstance(value, dict | list):
                found.setdefault(key.lower(), key)
    return list(found.values())


def _cells(values: Sequence[dict[str, Any]], columns: Sequence[str]) -> Iterator[list[str]]:
    place = {column.lower(): n for n, column in enumerate(columns)}
    for row in values:
        cells = [""] * len(columns)
        for key, value in row.items():
            if value is not None and not isinstance(value, dict | list):
                cells[place[key.lower()]] = str(value)
        yield cells
