"""Calls to whole numbers that no row of the accounts table has: they may be a client's that seems to be silent.

A client gets a new number, or one of its numbers was never written into the table. Its calls then stand under that number, and
it seems to have left its lines at home.

- A number that hardly rang but while the client was silent, about as often as the client usually does, is most likely its
  own: nobody is accused, and it is asked whose the number is.
- Others that rang meanwhile may be anybody's, as they are at other times: it is said that they did, and nothing is confirmed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from calltrace.classes import dataclass
from calltrace.diagnosis.astray import OF_SILENCE
from calltrace.diagnosis.words import count
from calltrace.normal.intervals import microseconds, to_us
from calltrace.tables import owners
from calltrace.tables.phones import block_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from calltrace.diagnosis.diagnosis import Ranked
    from calltrace.diagnosis.scene import Scene
    from calltrace.tables.case import Case

    Span = tuple[pd.Timestamp, pd.Timestamp]

LEAST = 4
"""Calls to a number in the silence below which it says nothing."""

MOSTLY = 0.8
"""Part of a number's calls that must be in the silence for it to have come with it."""

ENOUGH, AT_MOST = 0.5, 2.0
"""Part of the calls that usually come to the client, from which and up to which they took them."""

LONGEST = 0.5
"""Part of the records up to which a silence is long: of what was before it too little is known of a longer one."""

FEW = 0.1
"""Such numbers by the accounts of the table, up to which one may be an oversight: a table that lacks more is only short."""

NAMED = 3
"""Numbers that are named one by one."""

TITLE = "its calls seem to have come in on a number that no row of the accounts table has"
"""What it is called, as no cause is named for it."""


@dataclass(frozen=True)
class Nobodys:
    """Calls to numbers that no row of the table has, while an account was silent."""

    silent: str
    calls: int
    usual: float
    numbers: tuple[str, ...]
    accounts: tuple[str, ...] = ()

    @property
    def told(self) -> str:
        """A sentence without a full stop: which numbers took how many calls."""
        return (f"{_named(self.numbers)}, which no row of the accounts table has, took {count(self.calls, 'call')} in that time"
                f" and hardly any at others; {count(round(self.usual), 'call')} usually come to {self.silent}")

    @property
    def settled_by(self) -> str:
        """The next step: what settles whose the numbers are."""
        return (f"Ask {self.silent}, and whoever sets up numbers at the switch, whether {_named(self.numbers)}"
                f" {'is' if len(self.numbers) == 1 else 'are'} theirs, and since when; then write"
                f" {'it' if len(self.numbers) == 1 else 'them'} into the accounts table.")

    @property
    def data(self) -> dict[str, object]:
        """What evidence keeps of it."""
        return {"callers_of": self.silent, "by_its_callers": self.calls, "usual": round(self.usual, 1), "title": TITLE}


def _named(numbers: Sequence[str]) -> str:
    more = f" and {len(numbers) - NAMED} more" if len(numbers) > NAMED else ""
    return f"{', '.join(numbers[:NAMED])}{more}"


def numbers(case: Case) -> tuple[str, ...]:
    """Return the whole numbers that calls go by and no row of the accounts table has; none where there is no table."""
    found = case.cache.get("nobodys.numbers")
    if not isinstance(found, tuple):
        found = case.cache["nobodys.numbers"] = _numbers(case)
    return found


def _numbers(case: Case) -> tuple[str, ...]:
    table = case.tables.get("accounts")
    whole = () if table is None or table.empty else tuple(n for n in case.named("account") if block_of(n))
    if not whole or table is None:
        return ()
    known = {*table["account"], *(number for number, _, _ in owners.numbers_of(table))}
    return tuple(n for n in whole if n not in known)


def _oversights(case: Case) -> tuple[str, ...]:
    """Return these numbers where they are so few that one may be an oversight; none where the table is only short."""
    found = numbers(case)
    return found if len(found) <= max(NAMED, FEW * len(case.table("accounts"))) else ()


def came_with(case: Case, account: str, silent: Span, asked: Span, expected: float) -> Nobodys | None:
    """Return the calls to numbers that hardly rang but while an account was silent; None where they are too few, or too many.

    ``silent`` is the whole silence, ``asked`` the part of it that ``expected`` calls usually come in.
    """
    able = _oversights(case)
    if not able or expected < LEAST or account in able:
        return None
    if silent[1] - silent[0] > LONGEST * (case.extent.last - case.extent.first):
        return None
    first, last, since, until = (to_us(at) for at in (*silent, *asked))
    took: dict[str, int] = {}
    for number in able:
        when = microseconds(case.calls["offered_at"].iloc[case.rows("account", number)])
        inside = int(np.count_nonzero((when >= since) & (when < until)))
        if inside >= LEAST and np.count_nonzero((when >= first) & (when <= last)) >= MOSTLY * len(when):
            took[number] = inside
    calls = sum(took.values())
    if not ENOUGH * expected <= calls <= AT_MOST * expected + LEAST:
        return None
    return Nobodys(account, calls, expected, tuple(sorted(took, key=lambda n: (-took[n], n))))


def meanwhile(scene: Scene, ranked: Sequence[Ranked]) -> tuple[str, ...]:
    """Return the numbers of nobody's that rang while a client is said to have kept its lines, the busiest first."""
    case = scene.case
    if not ranked or ranked[0].party != "client" or ranked[0].cause not in OF_SILENCE:
        return ()
    since, until = to_us(scene.question.start), to_us(scene.question.end)
    took = {}
    for number in _oversights(case):
        when = microseconds(case.calls["offered_at"].iloc[case.rows("account", number)])
        took[number] = int(np.count_nonzero((when >= since) & (when < until)))
    return tuple(sorted((n for n in took if took[n] >= LEAST), key=lambda n: (-took[n], n)))


def at_most_likely(scene: Scene, wording: str, ranked: Sequence[Ranked]) -> str:
    """Return how sure an answer may be worded that a client kept its lines, while numbers of no account rang."""
    return "likely" if wording == "confirmed" and meanwhile(scene, ranked) else wording


def besides(scene: Scene, ranked: Sequence[Ranked]) -> str:
    """Return what is said of such numbers beside a verdict, with a blank before it; '' for none."""
    rang = meanwhile(scene, ranked)
    if not rang:
        return ""
    return (f" {_named(rang)}, which no row of the accounts table has, rang in that time:"
            f" ask whether {'it is' if len(rang) == 1 else 'one of them is'} this client's.")
