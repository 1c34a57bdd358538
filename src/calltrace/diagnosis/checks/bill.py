"""Why the bill went up: the period held against the account's own weeks just before it, driver by driver.

A bill is calls, minutes a call, messages and attempts to deliver them. Each is compared with the same
weekdays of the whole weeks before the period, as far back as the records reach; the calls are split by the
account's coverage, by callers who made very short calls over and over, and by the office's own test and
check-in calls. Of what rose, each driver's part is told, so that the one behind the bill can be named, or two
that rose all but alike; where nothing rose beyond what weeks differ by, the bill is within normal.

Callers whom nobody answered call again: the bill then rises with the calls, and no more people called. Nor did they where the
records are wrong: days that were exported twice, calls that the switch lays to the wrong account.

What looks the same and is not: calls outside coverage are more calls too, but the client's lines to take
back; longer calls of every account are slow handling of the house; attempts that failed are the carrier's,
attempts nobody took the client's. Chance is judged by the spread of the account's own days (quasi-Poisson,
McCullagh & Nelder 1989, ch. 6) and by how far accounts drift from their weeks before.

Messages and dispatch may reach back less far than calls; each driver says how many weeks it stands on.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from calltrace.diagnosis import lives
from calltrace.diagnosis.checks._base import Check, Facet
from calltrace.diagnosis.checks._bill_days import peak, silence, strays, without_silences
from calltrace.diagnosis.checks._bill_lines import (
    Book,
    is_behind,
    longer_calls,
    more_attempts,
    more_calls,
    new_hours,
    nuisance_calls,
    of_days_alone,
    outside_coverage,
    own_calls,
    repeated_calls,
)
from calltrace.diagnosis.checks._doubtful import calls_twice, of_another
from calltrace.diagnosis.checks._drivers import (
    SURE,
    Attempts,
    are_brief,
    attempts_of,
    by_coverage,
    counts_of,
    drift_and_season,
    length_of,
    nuisance_of,
    parts_of,
    period,
    period_of,
    repeats_of,
    tests_of,
)
from calltrace.diagnosis.checks._rise import Counted, rise
from calltrace.diagnosis.evidence import Evidence, Outcome, unasked
from calltrace.diagnosis.scene import within
from calltrace.diagnosis.words import dated

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from calltrace.diagnosis.checks._drivers import Days, Few
    from calltrace.diagnosis.checks._rise import Prices, Rise
    from calltrace.diagnosis.scene import Scene

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
    Facet("bill-calls-twice", "Did the calls rise with some that are on record twice?", "bill-records"),
    Facet("bill-calls-of-another", "Did the calls rise with some to another account's number?", "bill-records"),
)


def run(scene: Scene) -> list[Evidence]:
    """Compare the period with the weeks before it, driver by driver."""
    reach, since = scene.case.calls["offered_at"], ""
    life = lives.of_scene(scene)
    begun = life.begun
    days = period_of(scene, reach)
    if begun is not None and days.weeks and begun > days.before:  # weeks before a client's first call are none of its own
        first = "calls began" if life.tried else "first call on record is of"
        since = f", as the account's {first} {dated(begun, scene.account.zone)}"
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
    days = without_silences(days, day)
    drift, season = drift_and_season(scene, replace(days, silent=()))
    inside, outside = by_coverage(scene, days, own)
    calls = counts_of(days, day, np.ones(len(own), dtype=bool), drift)
    within_coverage, outstanding = peak(days, day, inside, counts_of(days, day, inside, drift))
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
    left_on = None if outside is None else strays(days, day, outside, calls)
    book = Book(scene, days, own, day, calls, changes, parts_of(calls, changes), money, outstanding, left_on)
    return [
        _rose(book, season),
        more_calls(book, within_coverage, season, nuisance, tests),
        outside_coverage(book, beyond_coverage, outside),
        new_hours(book),
        longer_calls(book, changes["bill-longer-calls"]),
        more_attempts(book, attempts),
        nuisance_calls(book, nuisance),
        repeated_calls(book, repeats_of(days, own, day)),
        own_calls(book, tests),
        calls_twice(book),
        of_another(book),
    ]


def _rose(book: Book, season: float) -> Evidence:
    """Say whether anything rose at all; in money where a rate table is at hand."""
    drivers = {k: c for k, c in book.changes.items() if c is not None}
    alone = of_days_alone(book)  # the bill of the whole period hardly shows them
    risen = {} if alone else {k: c for k, c in drivers.items() if is_behind(book, k, c)}
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
    says += f".{silence(book.days, book.scene.account.zone)}"
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
        **({"silent_days": len(book.days.silent)} if book.days.silent else {}),
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


def _minutes(book: Book) -> tuple[float, float]:
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


CHECK = Check(
    title="What the bill rose with",
    facets=FACETS,
    needs=("calls",),
    complaints=("high-bill",),
    run=run,
)
