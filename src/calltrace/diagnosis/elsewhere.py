"""Calls to an account's own numbers that are booked to another: whose number rings is not silent, and forwards its lines.

A client that merges with another, or gets a new account, goes on ringing under that one. Its numbers are those of the
accounts table and those its calls were made to, as far as hardly a call to them was anybody else's before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from calltrace.classes import dataclass
from calltrace.diagnosis.words import count
from calltrace.normal.intervals import microseconds, to_us

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

    from calltrace.diagnosis.checks._chance import Bools, Ints
    from calltrace.tables.case import Case

    Span = tuple[pd.Timestamp, pd.Timestamp]

MOSTLY = 0.8
"""Part of the calls to a number, outside the silence, that must be the account's for the number to be its own."""

ENOUGH = 0.5
"""Part of the calls that usually come which its numbers must have taken for the account not to be silent."""

LEAST = 2
"""Calls they must have taken at least: one may have been booked wrongly."""


@dataclass(frozen=True)
class Elsewhere:
    """The calls to an account's own numbers in a silence of it, the numbers, and the accounts they are booked to."""

    calls: int
    numbers: tuple[str, ...]
    accounts: tuple[str, ...]

    @property
    def told(self) -> str:
        """A sentence without a full stop: who took how many calls, and whose they are on record."""
        return f"{', '.join(self.numbers)} took {count(self.calls, 'call')} in that time, {self._booked}"

    @property
    def settled_by(self) -> str:
        """The next step: what settles whose the numbers are."""
        which = "number belongs" if len(self.numbers) == 1 else "numbers belong"
        return (f"Look up which account the {which} to, {', '.join(self.numbers)}, and since when:"
                f" {'its' if len(self.numbers) == 1 else 'their'} calls are {self._booked}.")

    @property
    def _booked(self) -> str:
        whose = f"account{'s' if len(self.accounts) > 1 else ''} {', '.join(self.accounts)}" if self.accounts else "no account"
        return f"booked to {whose}"


def elsewhere(  # noqa: PLR0917 -- whose numbers, when, and how many calls would be usual
    case: Case, account: str, numbers: Iterable[str], silent: Span, asked: Span, expected: float
) -> Elsewhere | None:
    """Return the calls to an account's own numbers that others had while it had none; None where they are too few.

    ``silent`` is the whole silence, ``asked`` the part of it that ``expected`` calls usually come in.
    """
    if not case.has("calls.dnis"):
        return None
    known, mine = case.named("dnis"), case.in_groups("account")[0].get(account, -2)
    if not _others_rang(case, mine, numbers):  # as is nearly always so
        return None
    ones, others, counts = case.met("account", "dnis")
    rung = slice(*np.searchsorted(ones, [mine, mine + 1]).tolist())
    own = {known[k]: n for k, n in zip(others[rung].tolist(), counts[rung].tolist(), strict=True)}
    first, last, since, until = (to_us(at) for at in (*silent, *asked))
    took = 0
    of: list[str] = []
    by: set[str] = set()
    for number in sorted({*own, *numbers}):
        rows = case.rows("dnis", number)
        if len(rows) == own.get(number, 0):  # nobody else was called by it
            continue
        when, whose = microseconds(case.calls["offered_at"].iloc[rows]), case.numbered("account")[rows]
        theirs = whose != mine
        outside = (when < first) | (when > last)
        if not outside.any() or theirs[outside].mean() > 1.0 - MOSTLY:
            continue
        inside = theirs & (when >= since) & (when < until)
        if inside.any():
            took += int(inside.sum())
            of.append(number)
            by.update(case.named("account")[k] for k in np.unique(whose[inside]).tolist() if k >= 0)
    return Elsewhere(took, tuple(of), tuple(sorted(by))) if took >= max(LEAST, ENOUGH * expected) else None


def _others_rang(case: Case, account: int, numbers: Iterable[str]) -> bool:
    """Say whether any call to these numbers, or to those an account's calls were made to, was not the account's."""
    whose, mixed = _whose(case)
    places = case.in_groups("dnis")[0]
    return bool(account >= 0 and mixed[account]) or any(
        whose[places[number]] != account for number in numbers if number in places)


def _whose(case: Case) -> tuple[Ints, Bools]:
    """Return of every number the account all calls to it are of, -1 for none or several, and which accounts share one."""
    found = case.cache.get("elsewhere.whose")
    if not isinstance(found, tuple):
        _, _, edges = case.in_groups("dnis")
        account, number, calls = case.met("account", "dnis")
        alone = calls == np.diff(edges)[number]
        whose, mixed = np.full(len(edges) - 1, -1), np.zeros(len(case.named("account")), dtype=bool)
        whose[number[alone]] = account[alone]
        mixed[account[~alone]] = True
        found = case.cache["elsewhere.whose"] = whose, mixed
    return found
