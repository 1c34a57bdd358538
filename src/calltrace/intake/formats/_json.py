r"""JSON logs, however they are wrapped: the records and the line each begins at.

Exports write the same records in many ways, all of which are read alike: one object, an array, an object
around an array (``{"records": [...]}``, a page of an API), JSON lines, and objects glued together with
nothing between them (Amazon's Firehose), or several of these one after the other (pages saved into one
file). Line ends inside a record are of no consequence. What a service posts to a web hook is an object around
one record, beside the event's name (``{"event": "call.ended", "data": {...}}``): the record is read.

A damaged record costs itself: reading goes on where the next one seems to begin, at the next object with
the same first key. A record that the end of the file cuts off is told as such.
"""

from __future__ import annotations

import json
import re
from dataclasses import field
from typing import TYPE_CHECKING, Any

from calltrace.classes import dataclass
from calltrace.errors import Location
from calltrace.tables.problems import Problem
from calltrace.tables.text import visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from calltrace.intake.formats._base import Head, Stream

WRAPPERS = (
    "records", "calls", "conversations", "call_logs", "call_history", "call_elements", "items", "results", "entries", "data",
    "value", "Records",
)
"""Keys whose array, in an object at the top, holds the records."""

_WRAPPING = frozenset(WRAPPERS)

LISTED = 200
"""How many damaged records are told one by one; the rest is told as a number."""

_DECODER = json.JSONDecoder()
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
_BETWEEN = re.compile(r"[\s,\x00\ufeff]*")
_FIRST_KEY = re.compile(r'\{\s*("(?:[^"\\]|\\.)*")\s*:')

Object = dict[str, Any]


@dataclass
class Records:
    """What a file of JSON holds.

    Parameters
    ----------
    values : list of dict
        The records that could be read, in the file's order.
    lines : list of int
        The line each begins at, from 1.
    problems : list of Problem
        Damaged records, each left out, with its line.
    rows : int
        Records the file holds, the damaged ones included.
    """

    values: list[Object] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    rows: int = 0


# --- recognising --------------------------------------------------------------------------------------------


def opening(head: Head) -> Object | None:
    """Return the first record of a file as far as the head shows it, None where the file is no JSON.

    For ``detect``: the record may be cut off by the end of the head; then the keys that are whole are there,
    and a value that is not is left out.

    Examples
    --------
    >>> from calltrace.intake.opened import stream_of
    >>> opening(stream_of("a.json", b'{"page": 1, "calls": [{"sid": "CA1", "from": "+1717').head)
    {'sid': 'CA1'}
    """
    text = head.text
    at = skip(text, 0)
    if text[at : at + 1] == "[":
        at = skip(text, at + 1)
    if text[at : at + 1] != "{":
        return None
    found: Object = {}
    for key, start in members(text, at):
        if key in WRAPPERS and text[start : start + 1] == "[":
            inner = skip(text, start + 1)
            return dict(_values(text, inner)) if text[inner : inner + 1] == "{" else None
        if key == "data" and "event" in found and text[start : start + 1] == "{":
            return dict(_values(text, start))
        value = decode(text, start)
        if value is not None:
            found[key] = value[0]
    return _posted(found)


def _posted(value: Object) -> Object:
    """Return the record within what was posted to a web hook, any other record as it is."""
    inside = value.get("data") if "event" in value else None
    return inside if isinstance(inside, dict) else value


def skip(text: str, at: int) -> int:
    """Return the place of the next value: blanks and commas are passed over."""
    found = _BETWEEN.match(text, at)
    return found.end() if found else at


def decode(text: str, at: int, decoder: json.JSONDecoder = _DECODER) -> tuple[Any, int] | None:
    """Return the value at a place and the place behind it, None where there is no whole one."""
    try:
        return decoder.raw_decode(text, at)
    except (ValueError, RecursionError):
        return None


def members(text: str, at: int) -> Iterator[tuple[str, int]]:
    """Give each key of the object at ``at`` and where its value begins, as far as the text goes."""
    at = skip(text, at + 1)
    while text[at : at + 1] == '"':
        key = _STRING.match(text, at)
        if key is None:
            return
        at = skip(text, key.end())
        if text[at : at + 1] != ":":
            return
        at = skip(text, at + 1)
        yield key.group()[1:-1], at
        value = decode(text, at)
        if value is None:
            return
        at = skip(text, value[1])


def _values(text: str, at: int) -> Iterator[tuple[str, Any]]:
    for key, start in members(text, at):
        value = decode(text, start)
        if value is not None:
            yield key, value[0]


# --- reading ------------------------------------------------------------------------------------------------


def records(stream: Stream, table: str = "calls", decoder: json.JSONDecoder = _DECODER) -> Records:
    """Return every record of the file.

    Parameters
    ----------
    stream : Stream
        UTF-8 text.
    table : str
        The table the records are of, for the Problems.
    decoder : JSONDecoder
        What makes an object of its text.

    Returns
    -------
    Records
        Values that are no objects are Problems too: no log's record is a bare number.
    """
    reader = _Reader(stream, table, decoder)
    reader.run()
    return reader.found


class _Reader:
    """Walks through the text once; remembers where lines begin so that counting them stays cheap."""

    def __init__(self, stream: Stream, table: str, decoder: json.JSONDecoder) -> None:
        self.text = stream.data.decode("utf-8", "replace")
        self.decoder = decoder
        self.display, self.table = stream.display, table
        self.found = Records()
        self.counted_to, self.line = 0, 1

    def line_at(self, position: int) -> int:
        """Return the line of a position; positions never go back."""
        self.line += self.text.count("\n", self.counted_to, position)
        self.counted_to = max(position, self.counted_to)
        return self.line

    def run(self) -> None:
        """Read the values at the top, one after the other."""
        at, end = skip(self.text, 0), len(self.text)
        while at < end:
            char = self.text[at]
            if char == "[":
                at = self.array(at)
            elif char == "{":
                at = self.top_object(at)
            elif char in "]}":  # what is left of a wrapper whose array was damaged
                at += 1
            else:
                at = self.damaged(at)
            at = skip(self.text, at)

    def top_object(self, at: int) -> int:
        """Read an object at the top: a record, or what is wrapped around an array of them."""
        decoded = decode(self.text, at, self.decoder)
        if decoded is not None:
            value, end = decoded
            if _WRAPPING.isdisjoint(value) or not any(isinstance(value.get(key), list) for key in WRAPPERS):
                self.keep(value, at)
                return end
        for key, start in members(self.text, at):
            if key in WRAPPERS and self.text[start : start + 1] == "[":
                inside = self.array(start)
                return decoded[1] if decoded is not None else self.after_array(inside)
        return self.damaged(at)

    def after_array(self, at: int) -> int:
        """Step over what follows the array in a wrapper that could not be read as a whole."""
        at = skip(self.text, at)
        for _, start in members(self.text, at - 1):
            value = decode(self.text, start, self.decoder)
            if value is None:
                break
            at = skip(self.text, value[1])
        return at

    def array(self, at: int) -> int:
        """Read the elements of an array; return the place behind it."""
        at = skip(self.text, at + 1)
        end = len(self.text)
        while at < end:
            if self.text[at] == "]":
                return at + 1
            decoded = decode(self.text, at, self.decoder)
            if decoded is None:
                at = self.damaged(at)
            else:
                self.keep(decoded[0], at)
                at = decoded[1]
            at = skip(self.text, at)
        return end

    def keep(self, value: Any, at: int) -> None:
        """Take a record, or tell of a value that is none."""
        self.found.rows += 1
        line = self.line_at(at)
        if isinstance(value, dict):
            self.found.values.append(_posted(value))
            self.found.lines.append(line)
        else:
            self.tell(line, f"{str(value)[:60]!r} where a record should be", "an object in braces", "bad-record")

    def damaged(self, at: int) -> int:
        """Tell of a record that can't be read; return where the next one seems to begin."""
        self.found.rows += 1
        line = self.line_at(at)
        key = _FIRST_KEY.match(self.text, at)
        following = None
        if key:
            following = re.compile(r"\{\s*" + re.escape(key.group(1)) + r"\s*:").search(self.text, at + 1)
        else:
            following = re.compile(r"\{").search(self.text, at + 1)
        start = self.text[at : at + 60].split("\n", maxsplit=1)[0]
        if following is None:
            self.tell(line, f"the file ends in the middle of a record: {start}", "a whole record", "truncated")
            return len(self.text)
        self.tell(line, f"a damaged record: {start}", "JSON", "bad-record")
        return following.start()

    def tell(self, line: int, saw: str, expected: str, kind: str) -> None:
        """Add a Problem; beyond :data:`LISTED` the last one counts for all that follow."""
        problems = self.found.problems
        if len(problems) <= LISTED:
            problems.append(
                Problem(
                    at=Location(self.display, line),
                    saw=visible(saw),
                    expected=expected,
                    fix="Record left out. Export the file again.",
                    table=self.table,
                    kind=kind,
                )
            )
            return
        last = problems[-1]
        rows = last.rows + 1
        problems[-1] = Problem(
            last.at,
            f"{rows} more records like these",
            "JSON",
            last.fix,
            table=self.table,
            effect="left-out",
            rows=rows,
            kind=kind,
        )
