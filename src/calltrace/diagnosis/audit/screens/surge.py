"""Did far more calls than usual come in, to many accounts together or to one?

The platform first: where it is up and no single account makes it, it is one wide surge. Then every account, against
what the platform's own rise explains.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from calltrace.diagnosis.audit.ground import Candidate, Ground
from calltrace.diagnosis.audit.screens._base import Screen
from calltrace.diagnosis.audit.screens._scan import ASKED
from calltrace.diagnosis.checks._chance import counts_tail, score
from calltrace.diagnosis.diagnosis import Hit
from calltrace.normal.intervals import DAY, instant, to_us
from calltrace.normal.rhythm import HIGH_LOOKS

if TYPE_CHECKING:
    from calltrace.normal.rhythm import Rhythm

LEAST_EXTRA = 4.0
"""Calls beyond the usual."""

LEAST_RATIO = 1.5
"""Times the usual below which a rise is no surge, however certain."""

LONGEST = pd.Timedelta(hours=24)
"""A rise that lasts longer is no surge but how things have become."""

LEAST = 1.0
"""Score from which a rise is worth a thought."""

KNOWN_DAYS, UNKNOWN = 28, 1.0
"""Days of history below which a rise must be ten times less likely."""

SETTLED_CALLS = 3.0
"""Calls' worth of trust in the window's other days being as usual."""

SPREAD = pd.Timedelta(hours=2)
"""A surge fades: so far round it the other days' hours are not compared."""

LARGEST = 0.5
"""Part of the extra calls that makes a surge one account's."""


def run(ground: Ground, _found: Sequence[Candidate]) -> list[Candidate]:
    """Look for surges of the platform and of every account."""
    return _wide(ground) + _own(ground)


def _wide(ground: Ground) -> list[Candidate]:
    spells = ground.baseline.of("platform").surges(ground.start, ground.end, most=20)
    candidates = []
    for start, end, seen, expected, reached in zip(
        spells["start"], spells["end"], spells["observed"], spells["expected"], spells["score"], strict=True
    ):
        if seen < 1.3 * expected or seen - expected < 3 * LEAST_EXTRA:
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
    candidates = []
    rhythms = ground.baseline.all("account", ground.names_in_order)
    rising = rhythms.surging(ground.start, ground.end, least_extra=LEAST_EXTRA, least_ratio=LEAST_RATIO)
    for rhythm in (rhythms[k] for k in rising):
        if rhythm.learned_from == 0:
            continue
        account = rhythm.key
        spells = rhythm.rushes(
            ground.start, ground.end, platform=True, least_extra=LEAST_EXTRA, least_ratio=LEAST_RATIO)
        for first, last, usual, seen, _, _ in spells:
            start, end = instant(first), instant(last)
            if end - start > LONGEST:
                continue
            expected = _expected(ground, rhythm, start, end, usual)
            if seen < LEAST_RATIO * expected or seen - expected < LEAST_EXTRA:
                continue
            spread = float(rhythm.spread_platform.at((end - start) / pd.Timedelta(hours=1)))
            reached = score(counts_tail(float(seen), expected, spread)) - HIGH_LOOKS
            if rhythm.history_days < KNOWN_DAYS:
                reached -= UNKNOWN
            if reached < LEAST:
                continue
            candidates.append(Candidate(
                screen="surge", account=account, asked=(account,), complaint=_harm(ground, account, start, end),
                start=max(start, ground.start), end=min(end, ground.end), score=reached, causes=("own-surge",),
                harmed=float(seen) - expected,
                data={"outside_coverage": True} if _outside(ground, account, start, end) else {}))
    return candidates


def _expected(ground: Ground, rhythm: Rhythm, start: pd.Timestamp, end: pd.Timestamp, usual: float) -> float:
    """Return the calls to expect in [start, end), given what the window's other days brought at these hours.

    Lines that were left forwarded bring calls every night, and a growing client is up all week: neither is a surge.
    """
    a, b, window_start, window_end = (to_us(t) for t in (start, end, ground.start, ground.end))
    shift = np.arange(-math.ceil((b - window_start) / DAY), math.ceil((window_end - a) / DAY) + 1, dtype=np.int64) * DAY
    first, last = a + shift, b + shift
    spread = int(SPREAD / pd.Timedelta(microseconds=1))
    other = (first >= window_start) & (last <= window_end) & ((last <= a - spread) | (first >= b + spread))
    first, last, days = first[other], last[other], int(other.sum())
    seen = float(rhythm.counts(first, last).sum())
    expected = float(rhythm.between(first, last, platform=True).sum())
    if not days or seen <= expected:
        return usual
    return max(usual * (seen + SETTLED_CALLS) / (expected + SETTLED_CALLS), usual + (seen - expected) / days)


def _outside(ground: Ground, account: str, start: pd.Timestamp, end: pd.Timestamp) -> bool:
    """Say whether most of [start, end) lies outside the hours the account's lines should be forwarded."""
    spans = ground.coverage(account, start, end)
    if spans is None:
        return False
    covered = sum((max(pd.Timedelta(0), min(b, end) - max(a, start)) for a, b in spans), pd.Timedelta(0))
    return covered < (end - start) / 2


def _harm(ground: Ground, account: str, start: pd.Timestamp, end: pd.Timestamp) -> str:
    """Return what the account's callers ran into most, as a client would complain of it."""
    calls, view = ground.columns, ground.view
    own = ground.case.rows("account", account)
    first, last = np.searchsorted(view.bin[own], [ground.quarter(start), ground.quarter(end) + 1])
    own = own[first:last]
    busy, answered = np.isin(calls.outcome[own], calls.named("busy")), calls.answered[own]
    counts = {
        "busy": int(busy.sum()),
        "abandoned": int((~answered & ~busy).sum()),
        "long-hold": int((answered & (np.nan_to_num(calls.wait[own]) > 30)).sum()),
    }
    return max(counts, key=lambda c: counts[c]) if any(counts.values()) else "long-hold"


SCREEN = Screen("Did far more calls come in than usual?", ("calls.account",), run)
