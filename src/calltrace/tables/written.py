"""Every way people and switches write one number or one name, found in text and in raw bytes.

For what has to be gone: where masking may not hide a time of day that looks like a number, forgetting would rather
take one digit run too many out of what a person typed than leave the number in.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cached_property
from typing import Any

from calltrace.errors import UsageError
from calltrace.tables import national, phones

FORGOTTEN = "(forgotten)"
"""What stands where a number or a name was."""

WHOLE = 10
"""Digits from which a number is looked for inside longer runs too: chance has no ten digits in common."""

LEAST = 7
"""Digits below which it is an extension or a code, which too much else is written like."""

_BETWEEN = "[\\s\\-./()\u00a0\u2010\u2011\u2013]{0,3}"
_BETWEEN_BYTES = rb"(?:[\s\-./()]|\xc2\xa0|\xe2\x80[\x90\x91\x93]){0,3}"

_ALONE = r"(?<!\d)(?<!\d{3}[\s\-./()])(?<!\d{3}[\s\-./()]{2})"
"""Nothing before it that could be the area of another number."""


class Written:
    """One number, and names that go with it, as they may be written.

    Parameters
    ----------
    number : str
        As a person writes it, or E.164.
    names : iterable of str
        Names to look for as well, as whole words, in any case.
    local : bool
        Look for the number without its area too, standing alone: for texts that are known to be of this caller.

    Raises
    ------
    UsageError
        For what is no number with at least seven digits.

    Examples
    --------
    >>> Written("+17175551234").redacted("rang 1 (717) 555-1234 twice; rec/out-7175551234.wav")
    'rang (forgotten) twice; rec/out-(forgotten).wav'
    """

    def __init__(self, number: str, names: Iterable[str] = (), *, local: bool = False) -> None:
        self.local = local
        cleaned = phones.one(number)
        typed, digits = re.sub(r"\D", "", number), re.sub(r"\D", "", cleaned or "")
        digits = typed if len(typed) < WHOLE else digits  # of a number without its area nobody knows the country
        if cleaned is None or len(digits) < LEAST:
            raise UsageError(f"{number!r} is no number to look for", expected="a caller's number, as +17175551234")
        self.number = cleaned
        # the last ten digits are what every way of writing shares; what is before them may be left out or not
        self.core, self.lead = digits[-WHOLE:], digits[:-WHOLE]
        # but in most countries a number has fewer behind its 0, and without the country's code is not the same ten
        told = national.forms(cleaned) if cleaned.startswith("+") else frozenset[str]()
        others = {form for form in told if len(form) >= LEAST and not form.endswith(self.core)}
        self.national = tuple(sorted(others, key=lambda form: (-len(form), form)))
        self.names = tuple(sorted({n.strip() for n in names if len(n.strip()) >= 2}, key=lambda n: (-len(n), n)))

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        lead = _BETWEEN.join(self.lead)
        before = rf"(?:(?:(?:\+|00|011){_BETWEEN})?{lead}{_BETWEEN})?" if lead else r"\+?"
        core = _BETWEEN.join(self.core)
        home = "".join(rf"|(?<!\d)\(?{_BETWEEN.join(form)}(?!\d)" for form in self.national)
        # an opening bracket goes with the number it opens
        if len(self.core) < WHOLE:
            return re.compile(rf"(?<!\d)\(?{before}{core}(?!\d){home}")
        whole = rf"\(?{before}\(?{core}{home}"
        return re.compile(rf"{whole}|{_ALONE}{_BETWEEN.join(self.core[-LEAST:])}(?!\d)" if self.local else whole)

    @cached_property
    def _bytes(self) -> re.Pattern[bytes]:
        core, *home = (_BETWEEN_BYTES.join(c.encode() for c in form) for form in (self.core, *self.national))
        alone = [rb"(?<!\d)" + form + rb"(?!\d)" for form in (home if len(self.core) >= WHOLE else (core, *home))]
        return re.compile(b"|".join([core, *alone] if len(self.core) >= WHOLE else alone))

    @cached_property
    def _names(self) -> re.Pattern[str] | None:
        if not self.names:
            return None
        words = "|".join(r"[\s,._-]+".join(map(re.escape, re.split(r"[\s,._-]+", n))) for n in self.names)
        return re.compile(rf"(?<!\w)(?:{words})(?!\w)", re.IGNORECASE)

    def redacted(self, text: str) -> str:
        """Return a text with the number and the names taken out."""
        if not text:
            return text
        out = self._pattern.sub(FORGOTTEN, text) if any(c.isdigit() for c in text) else text
        return self._names.sub(FORGOTTEN, out) if self._names else out

    def is_in(self, text: str) -> bool:
        """Say whether a text has the number."""
        return self._pattern.search(text) is not None

    def count(self, text: str) -> int:
        """Return how many times a text has the number or one of the names."""
        return len(self._pattern.findall(text)) + (len(self._names.findall(text)) if self._names else 0)

    def count_bytes(self, data: bytes) -> int:
        """Return how many times raw bytes have the number, in UTF-8 or UTF-16."""
        found = len(self._bytes.findall(data))
        return found + (len(self._bytes.findall(data.replace(b"\0", b""))) - found if b"\0" in data else 0)

    def same(self, value: object) -> bool:
        """Say whether a field's value is this very number, in any way of writing."""
        if not isinstance(value, str | int) or isinstance(value, bool):
            return False
        digits = re.sub(r"\D", "", str(value))
        return digits[-WHOLE:] == self.core or digits in self.national


def redacted_document(document: Any, written: Written) -> tuple[Any, int, frozenset[str]]:
    """Return a JSON document without the number, how many values were changed, and the names that stood beside it.

    Where an object holds the number in a field, the names and recordings in that same object go with it.
    """
    changed = 0
    names: set[str] = set()

    def walk(value: Any, key: str = "") -> Any:
        nonlocal changed
        if isinstance(value, str):
            out = written.redacted(value)
            changed += out != value
            return out
        if isinstance(value, dict):
            theirs = any(isinstance(v, str) and written.same(v) for v in value.values())
            made = {}
            for name, inner in value.items():
                if theirs and name in ("caller_name", "cid_name", "recording") and isinstance(inner, str) and inner:
                    if name != "recording":
                        names.add(inner)
                    changed += 1
                    made[name] = FORGOTTEN
                else:
                    made[written.redacted(name)] = walk(inner, name)
            return made
        if isinstance(value, list):
            return [walk(inner, key) for inner in value]
        return value

    return walk(document), changed, frozenset(names)
