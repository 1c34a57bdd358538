"""Why the bill went up: the period held against the account's own weeks just before it, driver by driver.

A bill is calls, minutes a call, messages and attempts to deliver them. Each is compared with the same
weekdays of the whole weeks before the period, as far back as the records reach; the calls are split by the
account's coverage, by callers who made very short calls over and over, and by the office's own test and
check-in calls. Of what rose, each driver's part is told, so that the one behind the bill can be named; where
nothing rose beyond what weeks differ by, the bill is within normal.

Callers whom nobody answered call again: the bill then rises with the calls, and no more people called.

What looks the same and is not: calls outside coverage are more calls too, but the client's lines to take
back; longer calls of every account are slow handling of the house; attempts that failed are the carrier's,
attempts nobody took the client's. Chance is judged by the spread of the account's own days (quasi-Poisson,
McCullagh & Nelder 1989, ch. 6) and by how far accounts drift from their weeks before.

Messages and dispatch may reach back less far than calls; each driver says how many weeks it stands on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from calltrace.diagnosis import lives, unentered, words
from calltrace.diagnosis.checks._base import Check, Facet
from calltrace.diagnosis.checks._drivers import (
    CERTAIN,
    LEAST_RISE,
    PRIOR_SPREAD,
    SURE,
    Attempts,
    Change,
    Days,
    Few,
    Repeats,
    are_brief,
    attempts_of,
    by_coverage,
    counts_of,
    drift_and_season,
    length_of,
    nuisance_of,
    on_days_off,
    parts_of,
    period,
    period_of,
    repeats_of,
    tests_of,
)
from calltrace.diagnosis.checks._rise import Counted, Rise, rise
from calltrace.diagnosis.evidence import Evidence, Outcome, examples_of, unasked
from calltrace.diagnosis.scene import within
from calltrace.diagnosis.words import clock, count, dated

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from calltrace.diagnosis.checks._rise import Prices
    from calltrace.diagnosis.scene import Scene


LEAST_PART = 0.25
"""The part of the whole rise a driver must have to be named among its causes."""


FACETS = (
    Facet("bill-rose", "Did anything the bill counts rise beyond what weeks differ by?", "bill"),
    Facet("bill-more-calls", "Did more calls come in, within the hours of coverage?", "bill-calls"),
    Facet("bill-outside-coverage", "Did calls come in on days and hours outside coverage?", "bill-coverage"),
    Facet("bill-new-hours", "Did calls come in at hours of the week that had none before?", "bill-coverage"),
    Facet("bill-longer-calls", "Did calls take longer?", "bill-length"),
    Facet("bill-more-attempts", "Did messages take more attempts, nobody acknowledging?", "bill-attempts"),
    Facet("bill-nuisance", "Did a few callers make many very short calls?", "bill-callers"),
    Facet("bill-repeats", "Did callers whom nobody had answered call again?", "bill-callers"),
    Facet("bill-test-calls", "Did the client's own test and check-in calls rise?", "bill-callers"),
)


def run(scene: Scene) -> list[Evidence]:
    """Compare the period with the weeks before it, driver by driver."""
    reach, since = scene.case.calls["offered_at"], ""
    begun = lives.of_scene(scene).begun
    days = period_of(scene, reach)
    if begun is not None and days.weeks and begun > days.before:  # weeks before a client's first call are none of its own
        since = f", as the account's first call on record is of {dated(begun, scene.account.zone)}"
        days = period(scene, pd.Series([begun, reach.iloc[-1]]))
    if days.weeks < 1 or days.n <= 0:
        return [
            unasked(
                f.name,
                f"Could not be asked: the calls on file reach back less than a week before the period{since}.",
                "calls of the week before the period",
            )
            for f in FACETS
        ]
    own = within(scene.calls, days.before, days.end)
    day = days.index(own["offered_at"])
    drift, season = drift_and_season(scene, days)
    inside, outside = by_coverage(scene, days, own)
    calls = counts_of(days, day, np.ones(len(own), dtype=bool), drift)
    within_coverage = counts_of(days, day, inside, drift)
    beyond_coverage = None if outside is None else counts_of(days, day, outside, drift)
    changes = {
        "bill-more-calls": within_coverage,
        "bill-longer-calls": length_of(own, day),
    }
    if beyond_coverage is not None:
        changes["bill-outside-coverage"] = beyond_coverage
    attempts = attempts_of(scene, days)
    if isinstance(attempts, Attempts):
        changes["bill-more-attempts"] = attempts.change
    nuisance = nuisance_of(days, own, day)
    tests = tests_of(scene, own, day, days)
    money = _in_money(scene, days, own, outside, nuisance)
    book = _Book(scene, days, own, day, calls, changes, parts_of(calls, changes), money)
    return [
        _rose(book, season),
        _more_calls(book, within_coverage, season, nuisance, tests),
        _outside(book, beyond_coverage, outside),
        _new_hours(book),
        _longer(book, changes["bill-longer-calls"]),
        _more_attempts(book, attempts),
        _short(book, nuisance),
        _repeats(book, repeats_of(days, own, day)),
        _own_calls(book, tests),
    ]


@dataclass(frozen=True)
class _Book:
    """What all drivers are judged by.

    ``own`` are the account's calls of the period and of the weeks before, ``day`` each one's day, counted from the
    period's first. ``calls`` is the change of all of them, ``changes`` that of each driver by its facet, None where it
    could not be told; ``parts`` is each driver's part (0 to 1) of the whole rise, ``money`` the rise in money where a
    rate table is at hand.
    """

    scene: Scene
    days: Days
    own: pd.DataFrame
    day: NDArray[np.int64]
    calls: Change
    changes: dict[str, Change | None]
    parts: dict[str, float]
    money: Rise | None = None

    @property
    def now(self) -> pd.DataFrame:
        """The period's calls."""
        return within(self.own, self.days.start, self.days.end)

    @property
    def weeks(self) -> str:
        """The weeks before, in words."""
        return "the week before" if self.days.weeks == 1 else f"the {self.days.weeks} weeks before"


def _give(
    book: _Book,
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
    part = book.parts.get(facet, 0.0)
    found = change.rose and part >= LEAST_PART and _matters(book, facet, change)
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


def _matters(book: _Book, facet: str, change: Change) -> bool:
    """Say whether calls of one kind are a tenth of all: many times nothing is still next to nothing."""
    if facet not in {"bill-more-calls", "bill-outside-coverage"}:
        return True
    return change.seen - change.expected >= (LEAST_RISE - 1) * max(book.calls.expected, 1.0)


def _pct(ratio: float) -> str:
    return f"{abs(ratio - 1) * 100:.0f} % {'more' if ratio >= 1 else 'less'}"


LINES = {
    "bill-more-calls": "calls",
    "bill-outside-coverage": "calls outside coverage",
    "bill-nuisance": "nuisance calls",
    "bill-longer-calls": "minutes a call",
    "bill-more-attempts": "delivery attempts",
}
"""The line of the rise in money that tells what a facet asks after."""


def _part(book: _Book, facet: str) -> str:
    part = book.parts.get(facet, 0.0)
    return (f"; {part * 100:.0f} % of the rise" if part >= 0.01 else "") + _worth(book, facet)


def _worth(book: _Book, facet: str) -> str:
    """Return what a driver added to the bill, where a rate table is at hand and it added anything."""
    line = book.money.of(LINES[facet]) if book.money is not None else None
    if book.money is None or line is None or abs(line.amount) < 0.005:
        return ""
    return f"; {line.amount:+.2f} {book.money.currency} on the bill"


def _rose(book: _Book, season: float) -> Evidence:
    """Say whether anything rose at all; in money where a rate table is at hand."""
    drivers = {k: c for k, c in book.changes.items() if c is not None}
    risen = {
        k: c
        for k, c in drivers.items()
        if c.rose and book.parts.get(k, 0) >= LEAST_PART and _matters(book, k, c)
    }
    calls = book.calls
    minutes, usual = _minutes(book)
    says = (
        f"{calls.seen:.0f} calls and {minutes:.0f} answered minutes in {book.days.n:.0f} days; "
        f"by {book.weeks} "
        f"{calls.expected:.0f} calls and {usual:.0f} minutes would be usual"
    )
    figures: dict[str, object] = {}
    if book.money is not None:
        says += f"; {book.money.says}"
        figures = {
            "amount": book.money.amount,
            "amount_usual": book.money.usual,
            "currency": book.money.currency,
            "rise": [line.data() for line in book.money.lines],
        }
    says += "."
    if abs(season) >= 0.03:
        says += f" The other accounts moved by {(np.exp(season) - 1) * 100:+.0f} %."
    top = max((c.z for c in drivers.values()), default=0.0)
    data: dict[str, object] = {
        "calls": calls.seen,
        "calls_expected": round(calls.expected, 1),
        "minutes": round(minutes, 1),
        "minutes_expected": round(usual, 1),
        "weeks": book.days.weeks,
        "days": round(book.days.n, 2),
        "season_ratio": round(float(np.exp(season)), 3),
        **figures,
    }
    # as sure of no rise as the strongest driver is near what weeks differ by
    none = float(np.clip(1 - (top - 1) / SURE, 0.3, 1))
    strength = max((c.sure for c in risen.values()), default=none)
    return Evidence(
        "bill-rose",
        Outcome.FOUND if risen else Outcome.CLEAR,
        says,
        round(strength, 3),
        observed=round(minutes, 1),
        expected=round(usual, 1),
        unit="min",
        start=book.days.start,
        end=book.days.end,
        data=data,
    )


def _minutes(book: _Book) -> tuple[float, float]:
    """Return the answered minutes (talk and hold) of the period, and those to expect by the weeks before."""
    answered = (book.own["outcome"] == "answered").fillna(value=False).to_numpy(dtype=bool)
    took = (book.own["talk_s"].fillna(0) + book.own["hold_s"].fillna(0)).to_numpy(dtype=float) / 60
    sums, seen = book.days.split(book.day[answered], took[answered])
    return seen, book.days.expected(sums)


def _in_money(
    scene: Scene,
    days: Days,
    own: pd.DataFrame,
    outside: NDArray[np.bool_] | None,
    nuisance: Few,
) -> Rise | None:
    """Return the rise line by line, where ``scene.cache['rates']`` is a rate table; None where there is none."""
    rates = scene.cache.get("rates")
    if rates is None or not hasattr(rates, "of"):
        return None
    prices: Prices = rates.of(scene.question.account)
    pest = own["ani"].fillna("withheld").isin(nuisance.callers).to_numpy(dtype=bool) & are_brief(own)
    out = np.zeros(len(own), dtype=bool) if outside is None else outside & ~pest
    kinds = {"calls": ~out & ~pest, "calls outside coverage": out, "nuisance calls": pest}
    messages, dispatch = scene.case.table("messages"), scene.case.table("dispatch")
    mine = messages[(messages["account"] == scene.question.account).fillna(value=False)]
    mine = mine[mine["taken_at"] < days.end]
    taken = days.index(mine["taken_at"])
    of = pd.Series(taken, index=mine["message_id"].to_numpy()).groupby(level=0).first()
    tried = dispatch["message_id"].map(of).dropna().to_numpy(dtype=np.int64)

    def weeks(first: pd.Timestamp) -> int:
        if pd.isna(first):
            return 0
        return int(np.clip((days.start - first + pd.Timedelta(hours=1)) // pd.Timedelta(days=7), 0, days.weeks))

    known = weeks(messages["taken_at"].min())
    sent = min(known, weeks(dispatch["attempted_at"].min()))
    return rise(days, own, kinds, Counted(taken, known), Counted(tried, sent), prices)


def _more_calls(book: _Book, change: Change, season: float, nuisance: Few, tests: Few | None) -> Evidence:
    where = " within coverage" if "bill-outside-coverage" in book.changes else ""
    # calls somebody made to annoy, or the client to test, are not callers' demand
    odd = nuisance.excess + (tests.excess if tests is not None else 0.0)
    rest = float(np.clip(1 - odd / max(change.seen - change.expected, 1.0), 0.1, 1)) if change.rose else 1.0
    return _give(
        book,
        "bill-more-calls",
        change,
        f"{change.seen:.0f} calls{where} where {book.weeks} lead to expect {change.expected:.0f} "
        f"({_pct(change.ratio)}, {change.z:.1f} standard deviations){_part(book, 'bill-more-calls')}.",
        unit="calls",
        rows=book.now,
        strength=rest,
        season=round(season, 3),
    )


def _outside(book: _Book, change: Change | None, outside: NDArray[np.bool_] | None) -> Evidence:
    if change is None or outside is None:
        return unasked(
            "bill-outside-coverage",
            "Could not be asked: the account's coverage is not on file.",
            "accounts.coverage",
        )
    rows = within(book.own[outside], book.days.start, book.days.end)
    first = "" if rows.empty else f", the first {clock(rows['offered_at'].min(), book.scene.account.zone)}"
    return _give(
        book,
        "bill-outside-coverage",
        change,
        f"{change.seen:.0f} calls outside coverage ({book.scene.account.coverage}) "
        f"where {change.expected:.1f} are "
        f"usual{first}{_part(book, 'bill-outside-coverage')}{_of_many(book)}.",
        unit="calls",
        rows=rows,
        coverage=book.scene.account.coverage,
    )


def _of_many(book: _Book) -> str:
    """Tell of the days that are not counted, as most clients forwarded all day then; '' for none."""
    days = [words.day(start, book.scene.account.zone) for start, _ in unentered.days_off_of_many(book.scene)]
    if not days:
        return ""
    return f"; {' and '.join(days)} not counted, on which most clients that forward after hours did so all day"


def _new_hours(book: _Book) -> Evidence:
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
    return Evidence(
        facet,
        Outcome.FOUND if found else Outcome.CLEAR,
        f"{seen:.0f} calls came at hours of the week that had none in {book.weeks}, where "
        f"{expected:.0f} would do so by chance.",
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


def _longer(book: _Book, change: Change | None) -> Evidence:
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


def _more_attempts(book: _Book, found: Attempts | tuple[str, tuple[str, ...]]) -> Evidence:
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
        f"({_pct(change.ratio)}, by the {found.weeks:.1f} weeks of messages before){rose}{silent}"
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


def _few(book: _Book, facet: str, few: Few, says: str, none: str) -> Evidence:
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
            "part_of_calls_rise": round(part, 3),
        },
    )


def _short(book: _Book, few: Few) -> Evidence:
    return _few(
        book,
        "bill-nuisance",
        few,
        f"{len(few.rows)} very short calls (median talk {few.median_s:.0f} s) "
        f"came from {count(len(few.callers), 'caller')}, "
        f"{few.excess:.0f} above what they made before{_worth(book, 'bill-nuisance')}.",
        "No few callers made many very short calls.",
    )


def _repeats(book: _Book, tries: Repeats) -> Evidence:
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


def _own_calls(book: _Book, few: Few | None) -> Evidence:
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


CHECK = Check(
    title="What the bill rose with",
    facets=FACETS,
    needs=("calls",),
    complaints=("high-bill",),
    run=run,
)
