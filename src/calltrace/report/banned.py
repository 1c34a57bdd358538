"""Words and phrases no letter to a client may hold, each with its reason: data under ``words/``."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from calltrace.classes import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True)
class Ban:
    """A word or phrase that was found, and why it has no place in a letter."""

    says: str
    why: str


@dataclass(frozen=True)
class Rule:
    """One entry of the list: what is looked for, and why. ``pattern`` is compiled from it."""

    pattern: re.Pattern[str]
    why: str


@cache
def rules(code: str = "en") -> tuple[Rule, ...]:
    """Return the rules of a language, in the list's order; none for a language without a list."""
    folder = resources.files("calltrace.report") / "words"
    for name in dict.fromkeys((code, re.split("[-_]", code)[0])):
        file = folder / f"banned.{name}.toml"
        if file.is_file():
            return tuple(_rules(tomllib.loads(file.read_text(encoding="utf-8"))))
    return ()


def _rules(data: dict[str, dict[str, object]]) -> Iterable[Rule]:
    for group in data.values():
        why = str(group["why"])
        for word in _texts(group.get("acronyms")):
            yield Rule(re.compile(rf"\b{re.escape(word)}s?\b"), why)
        for word in _texts(group.get("words")):
            said = re.escape(word).replace(r"\ ", r"\s+").replace("'", "['\u2019]")
            yield Rule(re.compile(rf"(?<!\w){said}(?!\w)", re.IGNORECASE), why)
        for pattern in _texts(group.get("patterns")):
            yield Rule(re.compile(pattern, re.IGNORECASE), why)


def _texts(value: object) -> list[str]:
    return [str(v) for v in value] if isinstance(value, list) else []


def bans_in(text: str, code: str = "en", *, allowed: Iterable[str] = ()) -> tuple[Ban, ...]:
    """Return what a letter may not hold and this text does, in the list's order.

    ``allowed`` are names that may hold a banned word: a client called "Trunk & Sons".
    """
    for name in allowed:
        if name.strip():
            text = text.replace(" ".join(name.split()), " ")
    text = " ".join(text.split())
    return tuple(Ban(m.group(0), rule.why) for rule in rules(code) if (m := rule.pattern.search(text)))
