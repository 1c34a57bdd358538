"""Calls of one client that rang on another client's number while it was silent: it did forward its lines, only not to its own.

Whoever forwards by hand keys a number, and one digit of it may be another client's. Its callers then hear that client's
greeting, their messages go to that client's people and their minutes on that client's bill, and the records have a client
whose lines seem to be at home beside one whose lines seem to have been left on. Neither is so. What tells it is who rang:
people who had called the one, and never the other, and about as many as the one lost.

What looks the same: callers that many clients have in common, as salesmen and robots are, ring the other at other times as
well; and a crowd of the other's own callers is of people who had rung it, or nobody.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from calltrace.classes import dataclass
from calltrace.diagnosis.evidence import Evidence, Outcome
from calltrace.diagnosis.words import count, span
from calltrace.normal import tails
from calltrace.normal.intervals import to_us
from calltrace.tables.case import in_full

if TYPE_CHECKING:
    from collections.abc import Mapping

    from calltrace.diagnosis.diagnosis import Ranked
    from calltrace.normal.baseline import Baseline
    from calltrace.normal.intervals import Ints
    from calltrace.tables.case import Case

    Span = tuple[pd.Timestamp, pd.Timestamp]

LEAST = 4
"""Calls by people who had rung the silent client and never the other, at least: a family has two telephones, and perhaps three
plumbers."""

SURE = 5.0
"""−log10 of the chance of so many of them among the other's calls, from which they are none of its own."""

STRAY = 0.1
"""How far their number strays beyond chance (squared coefficient of variation): who has called once calls again."""

ENOUGH = 0.5
"""Part of the calls that usually come to the silent client by which the other's rose, and of those whom one would know again
among that many, for its callers to have come there."""

MOST = 3
"""Numbers, accounts and silences that are looked at, at most."""

CHANCE = 1e-3
"""Chance of so many calls to the other's number below which they are more than its own."""


OF_SILENCE = (
    "lines-not-forwarded", "lines-forwarded-late", "lines-released-early", "some-lines-not-forwarded", "number-down",
    "carrier-outage", "platform-outage", "planned-shutdown", "records-missing")
"""Causes of calls that never came."""

TITLE = "its lines seem to have been forwarded to another client's number"
"""What it is called, as no cause is named for it."""


@dataclass(frozen=True)
class Astray:
    """The calls of a silent account's callers to a number that is another's.

    ``calls`` came to the number from the first of them in the silence to the last, ``start`` to ``end``, where ``usual`` do;
    ``theirs`` of them by people who had rung the silent account and not that number, ``known`` by people who had rung that
    number. ``accounts`` are those the calls are booked to. ``silent`` is the account whose callers they are.
    """

    silent: str
    number: str
    accounts: tuple[str, ...]
    calls: int
    usual: float
    theirs: int
    known: int
    start: pd.Timestamp
    end: pd.Timestamp
    zone: str

    @property
    def numbers(self) -> tuple[str, ...]:
        """The one number, as :class:`~calltrace.diagnosis.elsewhere.Elsewhere` has several."""
        return (self.number,)

    @property
    def told(self) -> str:
        """A sentence without a full stop: how many of its callers rang whose number."""
        return f"its callers came in on {self.number}{self._whose}: {self.who}"

    @property
    def who(self) -> str:
        """How many calls there were, when, and by whom."""
        return (f"{count(self.calls, 'call')} {span(self.start, self.end, self.zone)}, where"
                f" {self.usual:.0f} {'is' if round(self.usual) == 1 else 'are'} usual, {self.theirs} of them by people who had"
                f" called {self.silent} and never that number, {self.known} by people who had called that number")

    @property
    def settled_by(self) -> str:
        """The next step: what settles how they came there."""
        return (f"Ask {self.silent} which number its lines were forwarded to, and who gave it to them; hold it against"
                f" {self.number}{self._whose}. Sort those calls' messages and minutes out between the two.")

    @property
    def data(self) -> dict[str, object]:
        """What evidence keeps of it: whose callers they are, and by whom the calls were made."""
        return {"callers_of": self.silent, "by_its_callers": self.theirs, "by_known_callers": self.known,
                "usual": round(self.usual, 1)}

    @property
    def _whose(self) -> str:
        if not self.accounts:
            return ", which is no account's"
        return f", a number of account{'s' if len(self.accounts) > 1 else ''} {', '.join(self.accounts)}"


def astray(  # noqa: PLR0917 -- whose silence, when, and how many calls would be usual
    case: Case, baseline: Baseline, account: str, silent: Span, asked: Span, expected: float
) -> Astray | None:
    """Return the calls of an account's callers to another's number while it was silent; None where they are too few to tell.

    ``silent`` is the whole silence, ``asked`` the part of it that ``expected`` calls usually come in. Nothing can be said where
    the records have not who called, or which number.
    """
    if expected < LEAST or not (case.has("calls.ani") and case.has("calls.dnis")):
        return None
    at = case.calls["offered_at"]
    low, high = int(at.searchsorted(asked[0])), int(at.searchsorted(asked[1], side="right"))
    own = _callers(case, case.rows("account", account), silent)
    if own.empty or high - low < LEAST:
        return None
    some = in_full(case.calls.iloc[low:high][["ani", "dnis"]])
    theirs = some["ani"].isin(own.index) & some["dnis"].notna()
    by_number = some.loc[theirs, "dnis"].value_counts()
    mine = case.rows("account", account)
    for number in by_number.index[by_number >= LEAST][:MOST].astype(str):
        rows = case.rows("dnis", number)
        if np.isin(rows, mine).any():  # its own number: see calltrace.diagnosis.elsewhere
            continue
        inside = rows[(rows >= low) & (rows < high)]
        found = _rang(case, own, (number, rows, inside), silent)
        if found is None or not _as_many(baseline, own, found, expected):
            continue
        booked, names = case.numbered("account")[found.rows], case.named("account")
        whose = tuple(names[k] for k in np.unique(booked).tolist() if k >= 0)
        return Astray(account, number, whose, len(found.rows), baseline.of("number", number).expected(*found.span), found.theirs,
                      found.known, *found.span, baseline.of("account", account).zone)
    return None


def at_anothers(case: Case, baseline: Baseline, account: str, asked: Span) -> Astray | None:
    """Return the calls of another's callers that an account had on a number of its own while the other was silent; else None.

    Whose callers they may be tell those who called in the time asked about and at no other.
    """
    if not (case.has("calls.ani") and case.has("calls.dnis")):
        return None
    rows, at = case.rows("account", account), case.calls["offered_at"]
    low, high = at.searchsorted(asked[0]), at.searchsorted(asked[1])
    inside = rows[(rows >= low) & (rows < high)]
    new = set(in_full(case.calls.iloc[inside][["ani"]])["ani"].dropna()) - set(_callers(case, rows, asked).index)
    if len(new) < LEAST:
        return None
    others = case.numbered("account")[np.flatnonzero(case.calls["ani"].isin(new).to_numpy(dtype=bool))]
    calls = np.bincount(others[others >= 0], minlength=len(case.named("account")))
    for k in np.argsort(-calls, kind="stable")[: 1 + MOST].tolist():
        other = case.named("account")[k]
        if other == account or calls[k] < LEAST:
            continue
        gaps = baseline.of("account", other).silences(*asked)
        for start, end in zip(gaps["start"].head(MOST), gaps["end"].head(MOST), strict=True):
            part = max(start, asked[0]), min(end, asked[1])
            expected = baseline.of("account", other).expected(*part)
            found = astray(case, baseline, other, (start, end), part, expected)
            if found is not None and account in found.accounts:
                return found
    return None


FACET = "number-elsewhere"
"""The facet that says so."""


def shown(pieces: Mapping[str, Evidence]) -> Evidence | None:
    """Return the evidence that an account's callers rang another's number while it was silent; None where there is none."""
    found = pieces.get(FACET)
    return found if found is not None and found.outcome is Outcome.FOUND and "callers_of" in found.data else None


def title(shown: Evidence) -> str:
    """Return what it is called that :func:`shown` shows."""
    return str(shown.data.get("title", TITLE))


def unnamed(ranked: tuple[Ranked, ...], pieces: Mapping[str, Evidence]) -> tuple[Ranked, ...]:
    """Name no cause of a silence in which the account's callers rang another's number, and none is known for it.

    That calls were lost is as untrue then as that nothing was wrong; who gave the wrong number, or keyed it, no record says.
    """
    if not ranked or shown(pieces) is None:
        return ranked
    return () if ranked[0].party == "nobody" or ranked[0].cause in OF_SILENCE else ranked


@dataclass(frozen=True)
class _Rang:
    """How many calls to a number were by people who had rung the silent account alone, and by people who had rung that number.

    ``rows`` are all its calls from the first of the former to the last.
    """

    number: str
    rows: Ints
    theirs: int
    known: int
    span: Span


def _rang(case: Case, own: pd.Series[int], to: tuple[str, Ints, Ints], silent: Span) -> _Rang | None:
    """Return who rang a number in the silence, where more of them are the account's than ever ring it; None else."""
    number, rows, inside = to
    others = _callers(case, rows, silent)
    callers = in_full(case.calls.iloc[inside][["ani"]])["ani"]
    known = callers.isin(others.index)
    strange = np.flatnonzero((callers.isin(own.index) & ~known).to_numpy(dtype=bool))
    theirs = len(strange)
    # how many calls at other times were by such people as well, who had rung it no second time
    once = others[others == 1].index
    usually = (float(once.isin(own.index).sum()) + 1.0) / (float(others.sum()) + 2.0)
    mean = np.array([max(len(inside) * usually, STRAY)])
    if theirs < LEAST or -float(tails.log10_at_least(theirs, mean, STRAY)[0]) < SURE:
        return None
    among = slice(int(strange[0]), int(strange[-1]) + 1)
    at = case.calls["offered_at"].iloc[inside[among]]
    return _Rang(number, inside[among], theirs, int(known.iloc[among].sum()), (at.iloc[0], at.iloc[-1] + pd.Timedelta(seconds=1)))


def _as_many(baseline: Baseline, own: pd.Series[int], found: _Rang, expected: float) -> bool:
    """Say whether the number's calls rose by about as many as the account lost, and as many of them by its callers."""
    usual, came = baseline.of("number", found.number), len(found.rows)
    more = came - usual.expected(*found.span)
    if more < ENOUGH * expected:
        return False
    again = float(own[own > 1].sum()) / float(own.sum())  # calls of the account's whose callers one would know again
    if found.theirs < ENOUGH * again * min(more, expected):
        return False
    return usual.chance(*found.span, came, side="high") <= CHANCE


def _callers(case: Case, rows: Ints, silent: Span) -> pd.Series[int]:
    """Return who made these calls outside a silence, and how many."""
    at = case.calls["offered_at"].iloc[rows].to_numpy(dtype="datetime64[us]").view(np.int64)
    outside = rows[(at < to_us(silent[0])) | (at > to_us(silent[1]))]
    return in_full(case.calls.iloc[outside][["ani"]])["ani"].dropna().value_counts()
