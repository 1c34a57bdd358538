"""Whether a bill rose with calls whose records can't be right: made to another account's number, or on record twice.

:mod:`calltrace.intake.misbooked` finds them. What counts is by how many more there are of them than in the weeks before, and
than of all calls: a number that has always been shared, or a switch that has always written two records a call, made no bill
rise, nor did it where callers became more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from calltrace.diagnosis.astray import LEAST, at_anothers
from calltrace.diagnosis.checks._drivers import LEAST_RISE
from calltrace.diagnosis.evidence import Evidence, Outcome, examples_of, unasked
from calltrace.diagnosis.scene import within
from calltrace.diagnosis.words import count
from calltrace.intake import misbooked

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from calltrace.diagnosis.astray import Astray
    from calltrace.diagnosis.checks._bill_lines import Book

LEAST_PART = 0.25
"""The part of the rise in calls that they must be for anything to be said of it."""

TWICE, OTHERS = "bill-calls-twice", "bill-calls-of-another"


def calls_twice(book: Book) -> Evidence:
    """Say whether the calls rose with records of calls that stand there already, under another id."""
    case, own = book.scene.case, book.own
    again = _among(book, misbooked.copies(case))
    first = within(own[again], book.days.start, book.days.end)["call_id"].dropna().astype(str).head(1).tolist()
    named = f" ({first[0]} is one)" if first else ""
    return _told(
        book, TWICE, again,
        "are on record before under another id, the same in second, caller, number dialled, agent and length",
        "No more calls than usual are on record twice, under two ids.",
        f"Look whether the calls of that time were exported twice{named}, leave one of each out, and ask again: the bill counts"
        " both.")


def of_another(book: Book) -> Evidence:
    """Say whether the calls rose with calls to a number that the accounts table gives to another."""
    case, account = book.scene.case, book.scene.question.account
    went = at_anothers(case, book.scene.baseline, account, (book.days.start, book.days.end)) if _rose(book) else None
    if went is not None:
        return _of_its_callers(book, went)
    if case.lacks(("accounts.numbers", "calls.dnis")):
        return unasked(OTHERS, "Could not be asked: whose number was dialled is not on file.")
    booked = [b for b in misbooked.of_others(case) if b.account == account]
    theirs = _among(book, np.concatenate([np.array([], dtype=np.int64), *(b.rows for b in booked)]))
    now = within(book.own[theirs], book.days.start, book.days.end)
    dialled = set(now["dnis"])
    numbers = [f"{b.number}, which the accounts table gives to {b.owner}" for b in booked if b.number in dialled]
    more = f", and of {count(len(numbers) - 2, 'more number')}" if len(numbers) > 2 else ""
    which = f"{'; '.join(numbers[:2])}{more}"
    return _told(
        book, OTHERS, theirs, f"were made to {which}",
        "No more calls than usual were made to a number that the accounts table gives to another account.",
        f"Look up whose number it is, and since when: {which}. Whoever it belongs to is to be billed for its calls.",
        numbers=sorted(dialled))


def _rose(book: Book) -> bool:
    """Say whether enough more calls came for another's callers to be worth looking for."""
    return book.calls.seen - book.calls.expected >= max(LEAST, (LEAST_RISE - 1) * book.calls.expected)


def _of_its_callers(book: Book, went: Astray) -> Evidence:
    """Tell the calls of another's callers, who rang the account's number while the other was silent."""
    part = min(1.0, (went.calls - went.usual) / max(book.calls.seen - book.calls.expected, 1.0))
    rows = within(book.own[book.own["dnis"] == went.number], went.start, went.end)
    return Evidence(
        OTHERS,
        Outcome.FOUND if part >= LEAST_PART else Outcome.CLEAR,
        f"On {went.number} callers of account {went.silent} came in, which had no call in that time: {went.who}:"
        f" {part * 100:.0f} % of the rise in calls.",
        round(part, 3),
        observed=float(went.calls),
        expected=round(went.usual, 1),
        unit="calls",
        start=went.start,
        end=went.end,
        examples=examples_of(rows, "call_id", 20),
        data={"part_of_calls_rise": round(part, 3), "settled_by": went.settled_by, "numbers": [went.number], **went.data},
    )


def _among(book: Book, places: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return which of the account's calls of the period and the weeks before are among these of the Case."""
    own = book.scene.case.rows("account", book.scene.question.account)
    which = np.isin(own, places)
    at = book.scene.calls["offered_at"]
    inside = ((at >= book.days.before) & (at < book.days.end)).to_numpy(dtype=bool)
    return np.asarray(which[inside], dtype=bool)


def _told(  # noqa: PLR0917 -- which calls, and what is said of them
    book: Book, facet: str, which: NDArray[np.bool_], how: str, none: str, settled_by: str, **data: object
) -> Evidence:
    """FOUND where they are a fair part of the rise in calls."""
    sums, seen = book.days.split(book.day[which])
    usual, calls = book.days.expected(sums), book.calls
    more = seen - usual * max(1.0, calls.ratio)
    part = min(1.0, more / max(calls.seen - calls.expected, 1.0))
    found = part >= LEAST_PART and more >= max(misbooked.LEAST, (LEAST_RISE - 1) * calls.expected)
    rows = within(book.own[which], book.days.start, book.days.end)
    return Evidence(
        facet,
        Outcome.FOUND if found else Outcome.CLEAR,
        f"{seen:.0f} of the {count(calls.seen, 'call')} {how}, where {usual:.0f} are usual: {part * 100:.0f} % of the rise in"
        " calls." if found else none,
        round(part if found else 1.0, 3),
        observed=seen,
        expected=round(usual, 1),
        unit="calls",
        start=book.days.start,
        end=book.days.end,
        examples=examples_of(rows, "call_id", 20) if found else (),
        data={"part_of_calls_rise": round(max(part, 0.0), 3), "settled_by": settled_by, **data},
    )
