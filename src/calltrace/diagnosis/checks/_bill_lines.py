"""What the bill's check says of each driver, all of them judged by one book.

A driver is behind the bill where it rose beyond chance and is a fair part of the whole rise; calls of a few callers,
second tries and the client's own calls are held against the rise in calls alone.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from calltrace.classes import dataclass
from calltrace.diagnosis import unentered, words
from calltrace.diagnosis.checks._bill_days import of_peak, of_strays
from calltrace.diagnosis.checks._drivers import (
    CERTAIN,
    LEAST_RISE,
    PRIOR_SPREAD,
    SURE,
    Attempts,
    by_coverage,
    on_days_off,
)
from calltrace.diagnosis.checks._left_on import hours_of, left_on
from calltrace.diagnosis.evidence import Evidence, Outcome, examples_of, unasked
from calltrace.diagnosis.scene import within
from calltrace.diagnosis.words import clock, count

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from calltrace.diagnosis.checks._bill_days import Peak, Strays
    from calltrace.diagnosis.checks._drivers import Change, Days, Few, Repeats
    from calltrace.diagnosis.checks._left_on import LeftOn
    from calltrace.diagnosis.checks._rise import Rise
    from calltrace.diagnosis.scene import Scene

LEAST_PART = 0.25
"""The part of the whole rise a driver must have to be named among its causes."""

APART = 1.0
"""Standard deviations between two drivers from which one of them stands out."""

OUTSIDE = "bill-outside-coverage"
"""The facet of calls outside coverage."""

LINES = {
    "bill-more-calls": "calls",
    "bill-outside-coverage": "calls outside coverage",
    "bill-nuisance": "nuisance calls",
    "bill-longer-calls": "minutes a call",
    "bill-more-attempts": "delivery attempts",
}
"""The line of the rise in money that tells what a facet asks after."""


@dataclass(frozen=True)
class Book:
    """What all drivers are judged by.

    ``own`` are the account's calls of the period and of the weeks before, ``day`` each one's day, counted from the
    period's first. ``calls`` is the change of all of them, ``changes`` that of each driver by its facet, None where it
    could not be told; ``parts`` is each driver's part (0 to 1) of the whole rise, ``money`` the rise in money where a
    rate table is at hand, ``peak`` the days that made it where it is no more than that, ``strays`` days whose calls outside
    coverage the sums hide.
    """

    scene: Scene
    days: Days
    own: pd.DataFrame
    day: NDArray[np.int64]
    calls: Change
    changes: dict[str, Change | None]
    parts: dict[str, float]
    money: Rise | None = None
    peak: Peak | None = None
    strays: Strays | None = None

    @property
    def now(self) -> pd.DataFrame:
        """The period's calls."""
        return within(self.own, self.days.start, self.days.end)

    @property
    def weeks(self) -> str:
        """The weeks before, in words."""
        if self.days.silent:
            return f"the {self.days.past} days with calls of the {self.days.weeks} weeks before"
        return "the week before" if self.days.weeks == 1 else f"the {self.days.weeks} weeks before"


def _give(
    book: Book,
    facet: str,
    change: Change,
    says: str,
    *,
    unit: str,
    rows: pd.DataFrame | Callable[[], pd.DataFrame],
    strength: float = 1.0,
    id_column: str = "call_id",
    **data: object,
) -> Evidence:
    """Build one driver's evidence: FOUND where it rose beyond chance and is a fair part of the whole rise."""
    part, found = book.parts.get(facet, 0.0), is_behind(book, facet, change)
    if facet == OUTSIDE and book.strays is not None and of_days_alone(book):
        part = max(part, book.strays.part)
    if found:
        weight = change.sure * strength * float(np.sqrt(part))
    else:
        # as sure of no rise as the figures are far from one
        weight = float(np.clip(1 - max(change.z, 0) / SURE, 0.1, 1)) if not change.rose else 0.1
    return Evidence(
        facet,
        Outcome.FOUND if found else Outcome.CLEAR,
        says,
        round(float(weight), 3),
        observed=round(change.seen, 2),
        expected=round(change.expected, 2),
        unit=unit,
        start=book.days.start,
        end=book.days.end,
        examples=examples_of(rows() if callable(rows) else rows, id_column, 20) if found else (),
        data={
            "ratio": round(change.ratio, 3),
            "z": round(change.z, 2),
            "part_of_rise": round(part, 3),
            "weeks": book.days.weeks,
            "days": round(book.days.n, 2),
            **data,
        },
    )


def is_behind(book: Book, facet: str, change: Change) -> bool:
    """Say whether a driver is a fair part of the whole rise, and rose beyond chance or all but as far as one that did.

    Two drivers less than a standard deviation apart are no more one's doing than the other's: which of them is just beyond
    the limit tells nothing.
    """
    if not _is_fair_part(book, facet, change):
        return facet == OUTSIDE and of_days_alone(book)
    beside = (c for f, c in book.changes.items() if c is not None and c.rose and _is_fair_part(book, f, c))
    return change.rose or (change.ratio >= LEAST_RISE and any(c.z - change.z < APART for c in beside))


def of_days_alone(book: Book) -> bool:
    """Say whether calls outside coverage of some days are all that a bill rose by, which it hardly shows as a whole."""
    alone = not any(c is not None and c.rose and _is_fair_part(book, f, c) for f, c in book.changes.items())
    return alone and book.strays is not None and book.strays.part >= LEAST_PART


def _is_fair_part(book: Book, facet: str, change: Change) -> bool:
    return book.parts.get(facet, 0.0) >= LEAST_PART and _matters(book, facet, change)


def _matters(book: Book, facet: str, change: Change) -> bool:
    """Say whether calls of one kind are a tenth of all: many times nothing is still next to nothing."""
    if facet not in {"bill-more-calls", "bill-outside-coverage"}:
        return True
    return change.seen - change.expected >= (LEAST_RISE - 1) * max(book.calls.expected, 1.0)


def _pct(ratio: float) -> str:
    return f"{abs(ratio - 1) * 100:.0f} % {'more' if ratio >= 1 else 'less'}"


def _part(book: Book, facet: str) -> str:
    part = book.parts.get(facet, 0.0)
    return (f"; {part * 100:.0f} % of the rise" if part >= 0.01 else "") + _worth(book, facet)


def _worth(book: Book, facet: str) -> str:
    """Return what a driver added to the bill, where a rate table is at hand and it added anything."""
    line = book.money.of(LINES[facet]) if book.money is not None else None
    if book.money is None or line is None or abs(line.amount) < 0.005:
        return ""
    return f"; {line.amount:+.2f} {book.money.currency} on the bill"


def more_calls(book: Book, change: Change, season: float, nuisance: Few, tests: Few | None) -> Evidence:
    """Hold the calls within coverage against the weeks before; less sure where a few callers or tests made them."""
    where = " within coverage" if "bill-outside-coverage" in book.changes else ""
    # calls somebody made to annoy, or the client to test, are not callers' demand
    odd = nuisance.excess + (tests.excess if tests is not None else 0.0)
    risen = is_behind(book, "bill-more-calls", change)
    rest = float(np.clip(1 - odd / max(change.seen - change.expected, 1.0), 0.1, 1)) if risen or change.rose else 1.0
    return _give(
        book,
        "bill-more-calls",
        change,
        f"{change.seen:.0f} calls{where} where {book.weeks} lead to expect {change.expected:.0f} "
        f"({_pct(change.ratio)}{of_peak(book.peak, book.scene) or ','} {change.z:.1f} standard deviations)"
        f"{_part(book, 'bill-more-calls')}.",
        unit="calls",
        rows=book.now,
        strength=rest,
        season=round(season, 3),
    )


def outside_coverage(book: Book, change: Change | None, outside: NDArray[np.bool_] | None) -> Evidence:
    """Hold the calls outside coverage against the weeks before; not asked where coverage is not on file."""
    if change is None or outside is None:
        return unasked(
            "bill-outside-coverage",
            "Could not be asked: the account's coverage is not on file.",
            "accounts.coverage",
        )
    rows = within(book.own[outside], book.days.start, book.days.end)
    found = _give(
        book,
        "bill-outside-coverage",
        change,
        f"{change.seen:.0f} calls outside coverage ({book.scene.account.coverage}) "
        f"where {change.expected:.1f} are "
        f"usual{_first(rows, book)}{_of_days(book)}"
        f"{_part(book, 'bill-outside-coverage')}{_of_many(book)}.",
        unit="calls",
        rows=rows,
        coverage=book.scene.account.coverage,
    )
    if found.outcome is not Outcome.FOUND:
        return found
    hours = hours_of(book.days.start, book.days.end)
    _, out = by_coverage(book.scene, book.days, pd.DataFrame({"offered_at": hours}))
    return _timed(found, left_on(rows["offered_at"], hours, np.asarray(out), change.expected))


def _of_days(book: Book) -> str:
    """Return what is said of the days on which alone calls outside coverage show; '' where the whole period does."""
    return of_strays(book.strays, book.scene.account.zone) if book.strays is not None and of_days_alone(book) else ""


def _first(rows: pd.DataFrame, book: Book) -> str:
    """Return when the first and the last of some calls came, as the end of a clause; '' of none."""
    if rows.empty:
        return ""
    first, last = (clock(at, book.scene.account.zone) for at in (rows["offered_at"].min(), rows["offered_at"].max()))
    return f", the first {first}" + (f", the last {last}" if last != first else "")


def _timed(found: Evidence, when: LeftOn | None) -> Evidence:
    """Return the evidence with the time in which the lines were left forwarded for its own, and not the whole period."""
    if when is None:
        return found
    return replace(found, start=when.start, end=when.end, data={**found.data, "then": when.calls, "goes_on": when.goes_on})


def _of_many(book: Book) -> str:
    """Tell of the days that are not counted, as most clients forwarded all day then; '' for none."""
    days = [words.day(start, book.scene.account.zone) for start, _ in unentered.days_off_of_many(book.scene)]
    if not days:
        return ""
    return f"; {' and '.join(days)} not counted, on which many clients that forward after hours did so all day, as on a holiday"


def new_hours(book: Book) -> Evidence:
    """Count the calls at hours of the week that had none in the weeks before: coverage as the calls show it.

    A small account has many an idle hour by chance. How many calls fall in such hours anyway is learned from
    each earlier week against the others, and grows with the calls.
    """
    days, day, facet = book.days, book.day, "bill-new-hours"
    if days.weeks < 2:
        return unasked(
            facet,
            "Could not be asked: two weeks before the period are needed to know its usual hours.",
            "calls of two weeks before the period",
        )
    wall = pd.DatetimeIndex(book.own["offered_at"]).tz_convert(book.scene.account.zone)
    hour = (wall.day_of_week * 24 + wall.hour).to_numpy(dtype=np.int64)
    week = day // 7  # -1 is the last week before
    past = (day < 0) & (week >= -days.weeks)
    counts = np.bincount((week[past] + days.weeks) * 168 + hour[past], minlength=days.weeks * 168)
    weeks = counts.reshape(days.weeks, 168)
    elsewhere = weeks.sum(axis=0) - weeks  # calls of that hour in the other weeks
    by_chance = float(weeks[elsewhere == 0].sum()) / days.weeks
    idle = weeks.sum(axis=0) == 0
    hits = (day >= 0) & idle[hour] & ~on_days_off(book.scene, book.own)
    calls = book.calls
    expected = by_chance * days.n / 7 * max(1.0, calls.ratio)
    seen = float(hits.sum())
    z = 2 * (np.sqrt(seen + 0.375) - np.sqrt(expected + 0.375)) / np.sqrt(PRIOR_SPREAD)
    part = min(1.0, max(0.0, seen - expected) / max(calls.seen - calls.expected, 1.0))
    found = (
        z >= SURE and part >= LEAST_PART and seen - expected >= (LEAST_RISE - 1) * max(calls.expected, 1.0)
    )
    found = found and book.scene.account.coverage.strip() != "24/7"  # no hour is new to who forwards at all of them
    rows = book.own[hits]
    evidence = Evidence(
        facet,
        Outcome.FOUND if found else Outcome.CLEAR,
        f"{seen:.0f} calls came at hours of the week that had none in {book.weeks}, where "
        f"{expected:.0f} would do so by chance{_first(rows, book)}.",
        round(float(np.clip((z - 1) / (CERTAIN - 1), 0, 1) * np.sqrt(part)), 3)
        if found
        else round(float(np.clip(1 - max(z, 0) / CERTAIN, 0.1, 1)), 3),
        observed=seen,
        expected=round(expected, 2),
        unit="calls",
        start=days.start,
        end=days.end,
        examples=examples_of(rows, "call_id", 20) if found else (),
        data={"idle_hours": int(idle.sum()), "z": round(float(z), 2), "part_of_calls_rise": round(part, 3)},
    )
    if not found:
        return evidence
    hours = hours_of(days.start, days.end)
    there = hours.tz_convert(book.scene.account.zone)
    out = idle[there.day_of_week * 24 + there.hour] & ~on_days_off(book.scene, pd.DataFrame({"offered_at": hours}))
    return _timed(evidence, left_on(rows["offered_at"], hours, out, expected))


def longer_calls(book: Book, change: Change | None) -> Evidence:
    """Hold the length of an answered call against the weeks before."""
    if change is None:
        return unasked(
            "bill-longer-calls",
            "Could not be asked: too few answered calls with a talk time.",
            "calls.talk_s",
        )

    def long() -> pd.DataFrame:
        answered = book.now[(book.now["outcome"] == "answered").fillna(value=False)]
        return answered.sort_values("talk_s", ascending=False, kind="stable")

    return _give(
        book,
        "bill-longer-calls",
        change,
        f"An answered call took {change.seen:.0f} s of talk and hold, "
        f"{change.expected:.0f} s in {book.weeks} "
        f"({_pct(change.ratio)}, {change.z:.1f} standard deviations){_part(book, 'bill-longer-calls')}.",
        unit="s",
        rows=long,
    )


def more_attempts(book: Book, found: Attempts | tuple[str, tuple[str, ...]]) -> Evidence:
    """Hold the attempts to deliver messages against the weeks before; ``found`` says why where nobody can tell."""
    if not isinstance(found, Attempts):
        why, missing = found
        return unasked("bill-more-attempts", f"Could not be asked: {why}.", *missing)
    change = found.change
    silent = f"; {count(found.silent, 'urgent message')} nobody acknowledged" if found.silent else ""
    rose = f", {found.unanswered * 100:.0f} % of the added ones unanswered" if change.rose else ""
    return _give(
        book,
        "bill-more-attempts",
        change,
        f"{change.seen:.0f} attempts for {found.messages} messages where {change.expected:.0f} are usual "
        f"({_pct(change.ratio)}, by {count(round(found.weeks, 1), 'week')} of messages before){rose}{silent}"
        f"{_part(book, 'bill-more-attempts')}.",
        # what failed on the way is the carrier's; only what nobody took is the client's
        unit="attempts",
        rows=found.rows,
        strength=0.3 + 0.7 * (1 - found.lost),
        id_column="message_id",
        messages=found.messages,
        message_weeks=round(found.weeks, 2),
        unanswered_share=round(found.unanswered, 3),
        unacknowledged=found.silent,
    )


def _few(book: Book, facet: str, few: Few, says: str, none: str) -> Evidence:
    """Tell calls of a few callers: FOUND where they are a fair part of the calls' rise."""
    calls = book.calls
    part = min(1.0, few.excess / max(calls.seen - calls.expected, 1.0))
    found = few.excess >= 10 and part >= LEAST_PART and few.excess >= 0.1 * max(calls.expected, 1.0)
    return Evidence(
        facet,
        Outcome.FOUND if found else Outcome.CLEAR,
        says if found else none,
        round(part if found else 1.0, 3),
        observed=round(few.excess, 1),
        unit="calls",
        start=book.days.start,
        end=book.days.end,
        examples=examples_of(few.rows, "call_id", 20) if found else (),
        data={
            "callers": list(few.callers),
            "excess": round(few.excess, 1),
            "calls": len(few.rows),
            "answered": int((few.rows["outcome"] == "answered").sum()),
            "part_of_calls_rise": round(part, 3),
        },
    )


def nuisance_calls(book: Book, few: Few) -> Evidence:
    """Say whether a few callers made many very short calls."""
    return _few(
        book,
        "bill-nuisance",
        few,
        f"{len(few.rows)} very short calls (median talk {few.median_s:.0f} s) "
        f"came from {count(len(few.callers), 'caller')}, "
        f"{few.excess:.0f} above what they made before{_worth(book, 'bill-nuisance')}.",
        "No few callers made many very short calls.",
    )


def repeated_calls(book: Book, tries: Repeats) -> Evidence:
    """Say whether a fair part of the rise are second tries of callers whom nobody had answered."""
    calls = book.calls
    part = min(1.0, tries.excess / max(calls.seen - calls.expected, 1.0))
    found = tries.excess >= 10 and part >= LEAST_PART and tries.excess >= (LEAST_RISE - 1) * max(calls.expected, 1.0)
    says = (
        f"{tries.seen:.0f} calls, of {count(tries.callers, 'number')}, were made again within an hour of one that nobody"
        f" answered, where {tries.usual:.0f} are usual; {tries.unserved:.0f} calls of the period reached nobody,"
        f" {tries.unserved_usual:.0f} usually"
    )
    return Evidence(
        "bill-repeats",
        Outcome.FOUND if found else Outcome.CLEAR,
        f"{says}: {part * 100:.0f} % of the rise in calls." if found else f"{says}.",
        round(max(part, 0.5) if found else 1.0, 3),
        observed=tries.seen,
        expected=round(tries.usual, 1),
        unit="calls",
        start=book.days.start,
        end=book.days.end,
        examples=examples_of(tries.rows, "call_id", 20) if found else (),
        data={
            "part_of_calls_rise": round(part, 3),
            "unserved": tries.unserved,
            "settled_by": "Look into why those calls were not answered (calltrace investigate with --complaint abandoned), and"
            " whether the client is to pay for tries that reached nobody.",
        },
    )


def own_calls(book: Book, few: Few | None) -> Evidence:
    """Say whether the client's own test and check-in calls rose; not asked where its number is not on file."""
    if few is None:
        return unasked(
            "bill-test-calls",
            "Could not be asked: the client's own number is not on file.",
            "accounts.office_number",
        )
    return _few(
        book,
        "bill-test-calls",
        few,
        f"{len(few.rows)} calls came from the client's own office, {few.excess:.0f} above what is usual.",
        f"{len(few.rows)} calls came from the client's own office: no rise.",
    )
