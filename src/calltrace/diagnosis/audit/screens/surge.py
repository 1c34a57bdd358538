"""Did far more calls than usual come in, to many accounts together or to one?

The platform first: where it is up and no single account makes it, it is one wide surge. Then every account, against
what the platform's own rise explains. What comes outside the hours in which a client should forward needs no crowd
(:mod:`calltrace.diagnosis.audit.screens._outside`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from calltrace.diagnosis.audit.ground import Candidate, Ground
from calltrace.diagnosis.audit.screens._base import Screen
from calltrace.diagnosis.audit.screens._outside import (
    left_forwarded,
    left_on_days,
    left_on_since,
    mostly_outside,
    on_days_off,
    without_days_off_of_many,
)
from calltrace.diagnosis.audit.screens._scan import ASKED
from calltrace.diagnosis.audit.screens.bill import LEAST_DAYS
from calltrace.diagnosis.checks._chance import counts_tail, score
from calltrace.diagnosis.diagnosis import Hit
from calltrace.normal.intervals import DAY, HOUR, instant, to_us
from calltrace.normal.windows import HIGH_LOOKS

if TYPE_CHECKING:
    from calltrace.diagnosis.checks._chance import Floats, Ints
    from calltrace.normal.rhythm import Rhythm
    from calltrace.normal.surges import Rushes, Surges

LEAST_EXTRA = 10.0
"""Calls beyond the usual that make a crowd of an account's callers: fewer (one caller who tries again, a family) are no
surge worth a supervisor's time, however improbable."""

LEAST_WIDE = 12.0
"""The same for all accounts together."""

LEAST_RATIO = 1.5
"""Times the usual below which a rise is no surge, however certain."""

LONGEST_US = DAY
"""A rise that lasts longer is no surge but how things have become."""

LEAST = 1.0
"""Score from which a rise is worth a thought."""

KNOWN_DAYS, UNKNOWN = 28, 1.0
"""Days of history below which a rise must be ten times less likely."""

SETTLED_CALLS = 3.0
"""Calls' worth of trust in the window's other days being as usual."""

SPREAD_US = 2 * HOUR
"""A surge fades: so far round it the other days' hours are not compared."""

LARGEST = 0.5
"""Part of the extra calls that makes a surge one account's."""


def run(ground: Ground, _found: Sequence[Candidate]) -> list[Candidate]:
    """Look for surges of the platform and of every account."""
    own = _own(ground) + (left_forwarded(ground) if ground.days < LEAST_DAYS else [])
    return _wide(ground) + without_days_off_of_many(ground, own)


def _wide(ground: Ground) -> list[Candidate]:
    spells = ground.baseline.of("platform").surges(ground.start, ground.end, most=20)
    candidates = []
    for start, end, seen, expected, reached in zip(
        spells["start"], spells["end"], spells["observed"], spells["expected"], spells["score"], strict=True
    ):
        if seen < 1.3 * expected or seen - expected < LEAST_WIDE:
            continue
        hits = _who(ground, start, end)
        extra = [(h.observed or 0.0) - (h.expected or 0.0) for h in hits]
        if len(hits) < 3 or max(extra) > LARGEST * sum(extra):
            continue
        candidates.append(Candidate(
            screen="surge", account=None, asked=tuple(h.account for h in hits[:ASKED]), complaint="long-hold",
            start=max(start, ground.start), end=min(end, ground.end), score=float(reached), unit="platform-day",
            causes=("wide-surge",), harmed=float(seen - expected), hits=hits))
    return candidates


def _who(ground: Ground, start: pd.Timestamp, end: pd.Timestamp) -> tuple[Hit, ...]:
    hits = []
    rhythms = ground.baseline.all("account", ground.names_in_order)
    for account, seen, expected in zip(
        rhythms.keys, rhythms.count(start, end).tolist(), rhythms.expected(start, end).tolist(), strict=True
    ):
        if seen > expected + 1:
            hits.append(Hit(account, ground.names[account], expected, float(seen),
                            f"{seen} calls, {expected:.1f} usually"))
    return tuple(sorted(hits, key=lambda h: ((h.expected or 0.0) - (h.observed or 0.0), h.account)))


def _own(ground: Ground) -> list[Candidate]:
    """Find the accounts that were up by themselves."""
    rhythms = ground.baseline.all("account", ground.names_in_order)
    found: list[tuple[int, Candidate]] = []
    for places, surges in rhythms.surges(to_us(ground.start), to_us(ground.end)):
        rushes = surges.rushes(least_extra=LEAST_EXTRA, least_ratio=LEAST_RATIO)
        short = rushes.ends - rushes.starts <= LONGEST_US
        expected = _expected(ground, surges, rushes)
        enough = (rushes.observed >= LEAST_RATIO * expected) & (rushes.observed - expected >= LEAST_EXTRA)
        learned = rhythms.learned_from[places] > 0
        for k in np.flatnonzero(short & enough & learned[rushes.series]).tolist():
            place, start, end = int(places[rushes.series[k]]), instant(rushes.starts[k]), instant(rushes.ends[k])
            rhythm = rhythms[place]
            if start < ground.start and not _shown(ground, rhythm, end):
                continue  # told of the day before
            made = _surge(ground, rhythm, (start, end), float(rushes.observed[k]), float(expected[k]))
            if made is not None:
                found.append((place, made))
    return [made for _, made in sorted(found, key=lambda one: one[0])]


def _shown(ground: Ground, rhythm: Rhythm, end: pd.Timestamp) -> bool:
    """Say whether what the window has of a rush that began before it, to ``end``, is a crowd by itself."""
    at = ground.columns.at[ground.case.rows("account", rhythm.key)]
    seen = int(((at >= to_us(ground.start)) & (at < to_us(end))).sum())
    return seen - rhythm.expected(ground.start, end) >= LEAST_EXTRA


def _surge(
    ground: Ground, rhythm: Rhythm, span: tuple[pd.Timestamp, pd.Timestamp], seen: float, expected: float
) -> Candidate | None:
    """Return a surge as a candidate; None where chance explains it."""
    start, end = span
    spread = float(rhythm.spread_platform.at((end - start) / pd.Timedelta(hours=1)))
    reached = score(counts_tail(seen, expected, spread)) - HIGH_LOOKS
    if rhythm.history_days < KNOWN_DAYS:
        reached -= UNKNOWN
    if reached < LEAST:
        return None
    account = rhythm.key
    if on_days_off(ground, rhythm, span, seen, expected):
        return None  # its office is closed: it forwards all day, and the day's callers are no crowd
    made = Candidate(
        screen="surge", account=account, asked=(account,), complaint=_harm(ground, account, start, end),
        start=max(start, ground.start), end=min(end, ground.end), score=reached, causes=("own-surge",),
        harmed=seen - expected)
    if not mostly_outside(ground, account, start, end):
        return made
    outside = replace(made, data={"outside_coverage": True})
    # what comes in while the office is open comes in because its lines are forwarded: first asked as that, of all the window
    left_on = replace(outside, complaint="high-bill", causes=("forwarding-left-on",), margin=ground.end - ground.start)
    if ground.days >= LEAST_DAYS:  # of the days of it alone: what one day brings drowns in what fortnights differ by
        return replace(outside, rather=left_on_days(ground, left_on))
    return replace(outside, rather=replace(left_on, since=left_on_since(ground, account)))


def _expected(ground: Ground, surges: Surges, rushes: Rushes) -> Floats:
    """Return the calls to expect in each rush, given what the window's other days brought at its hours.

    Lines that were left forwarded bring calls every night, and a growing client is up all week: neither is a surge.
    """
    begin, finish = to_us(ground.start), to_us(ground.end)
    days = math.ceil((finish - begin) / DAY) + 1
    shift = np.concatenate((np.arange(-days, 0), np.arange(1, days + 1))).astype(np.int64) * DAY
    first, last = rushes.starts[:, None] + shift, rushes.ends[:, None] + shift
    apart = (last <= rushes.starts[:, None] - SPREAD_US) | (first >= rushes.ends[:, None] + SPREAD_US)
    rush, other = np.nonzero((first >= begin) & (last <= finish) & apart)
    of, first, last = rushes.series[rush], first[rush, other], last[rush, other]

    def sums(values: Floats | Ints) -> Floats:
        return np.bincount(rush, weights=values, minlength=len(rushes.series)).astype(float)

    known, seen = np.bincount(rush, minlength=len(rushes.series)), sums(surges.counts(of, first, last))
    expected = sums(surges.between(of, first, last, platform=True))
    usual = rushes.expected
    risen = np.maximum(
        usual * (seen + SETTLED_CALLS) / (expected + SETTLED_CALLS), usual + (seen - expected) / np.maximum(known, 1))
    return np.where((known > 0) & (seen > expected), risen, usual)


def _harm(ground: Ground, account: str, start: pd.Timestamp, end: pd.Timestamp) -> str:
    """Return what the account's callers ran into most, as a client would complain of it."""
    calls, view = ground.columns, ground.view
    own = ground.case.rows("account", account)
    part = np.searchsorted(view.bin, [ground.quarter(start), ground.quarter(end) + 1])
    own = own[slice(*np.searchsorted(own, part).tolist())]
    busy, answered = calls.ended("busy", own), calls.answered[own]
    counts = {
        "busy": int(busy.sum()),
        "abandoned": int((~answered & ~busy).sum()),
        "long-hold": int((answered & (calls.wait[own] > 30)).sum()),
    }
    return max(counts, key=lambda c: counts[c]) if any(counts.values()) else "long-hold"


SCREEN = Screen("Did far more calls come in than usual?", ("calls.account",), run)
