"""Did an account's calls stop, or those to one of its numbers?

The gap test of every account, in expected calls, given how busy the rest of the platform was; what lies within a
shared silence is taken out first. A gap that begins or ends with the hours of coverage is tested as what it is: there
are one or two such a day, so it pays for two looks and not for every gap a day could hold.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import pandas as pd

from calltrace.diagnosis.audit.ground import Candidate, Ground
from calltrace.diagnosis.audit.screens._base import Screen
from calltrace.normal.intervals import instant, microseconds, to_us
from calltrace.normal.monitor import Meaning, learn_meaning

if TYPE_CHECKING:
    from calltrace.normal.rhythm import Floats, Rhythm

Spans: TypeAlias = list[tuple[pd.Timestamp, pd.Timestamp]]

CAUSES = (
    "lines-not-forwarded",
    "some-lines-not-forwarded",
    "lines-forwarded-late",
    "lines-released-early",
    "number-down",
)

LEAST = 1.0
"""Score from which a gap is worth a thought; the false discovery rate decides."""

EDGE = pd.Timedelta(minutes=30)
"""How near to the edge of coverage a gap's end must be, beside what callers' own pauses explain."""

LOOKS = math.log10(3.0)
"""What a gap at the edge of coverage pays for: it could have been the whole span, its beginning or its end."""

LEFT = 0.3
"""Part of a gap's expected calls that must lie outside shared silences for it to be the account's own."""

LEAST_FAILING = 0.01
"""Share of test calls that fail for no reason, at least."""

MOST_TESTED = 2.5
"""What failed test calls add to a score at most."""

MOST_RAISED = 0.3
"""What a quiet history may raise a score by: the tail beyond what it held is not known."""

HISTORY = pd.Timedelta(days=84)
"""How far back the scores of chance are looked at."""

TOLD = 0.5
"""Raw score from which a gap is held against the same hours of other weeks as well."""

WEEKS = 8
"""Weeks either side that are looked at for that."""

THREE = pd.Timedelta(days=3)
"""How far beyond the window coverage is looked at, for spans that begin before or end after it."""

IDLE = -0.5
"""Raw score below which a gap is no gap."""

MOST = 6
"""Gaps of one account that are looked at in one window."""


def run(ground: Ground, found: Sequence[Candidate]) -> list[Candidate]:
    """Test the gaps of every account and, where it has several numbers, of each number."""
    shared = [(c.start, c.end, c.trunk_group) for c in found if c.screen == "outage"]
    of_group = {a: g for g, accounts in ground.groups.items() for a in accounts}
    past: dict[bool, list[Floats]] = {False: [], True: []}
    looked: list[tuple[str, list[_Gap]]] = []
    for account in ground.names_in_order:
        mine = [(s, e) for s, e, g in shared if g is None or g == of_group.get(account)]
        coverage = ground.coverage(account, ground.start - HISTORY - THREE, ground.end + THREE) or []
        for number in ("", *_numbers(ground, account)):
            rhythm = ground.baseline.of("number", number) if number else ground.baseline.of("account", account)
            if rhythm.learned_from:
                gaps, days = _gaps(ground, rhythm, number, mine, coverage)
                past[bool(number)].append(days)
                looked.append((account, gaps))
    meant = {number: learn_meaning(np.concatenate(days)) for number, days in past.items() if days}
    candidates: list[Candidate] = []
    own: dict[str, list[Candidate]] = {}
    tests = _Tests(ground, shared)
    for account, gaps in looked:
        for gap in gaps:
            numbers = [gap.number] if gap.number else _numbers(ground, account, least=1)
            tested = tests.speak(numbers, gap.start, gap.end)
            made = _candidate(account, gap, meant[bool(gap.number)], tested)
            if made is None:
                continue
            if not gap.number:
                own.setdefault(account, []).append(made)
            elif any(_same(made, o) for o in own.get(account, [])):
                continue
            candidates.append(made)
    return candidates


@dataclass(frozen=True)
class _Gap:
    """A gap of one account (``number`` '') or of one of its numbers, outside shared silences."""

    number: str
    start: pd.Timestamp
    end: pd.Timestamp
    lost: float
    raw: float
    edge: bool


def _numbers(ground: Ground, account: str, *, least: int = 2) -> list[str]:
    """Return the account's numbers, none where it has fewer than ``least``."""
    listed = ground.facts["numbers"].get(account) if len(ground.facts) else None
    if listed is None or pd.isna(listed):
        calls = ground.case.calls
        numbers = sorted(calls.loc[(calls["account"] == account).fillna(value=False), "dnis"].dropna().unique())
    else:
        numbers = [n for n in str(listed).split(";") if n]
    return numbers if len(numbers) >= least else []


def _gaps(
    ground: Ground, rhythm: Rhythm, number: str, shared: Spans, coverage: Spans
) -> tuple[list[_Gap], Floats]:
    """Return the window's gaps that are worth a thought, and the highest raw score of each day of the history.

    The history is gone over with the same measure, so that what it scores by chance says what a score means.
    """
    since = max(ground.start - HISTORY, instant(rhythm.first))
    frame = rhythm.silences(since, ground.end, platform=True)
    frame = frame[frame["score"] >= IDLE]
    scan = math.log10(1.0 + rhythm.calls_per_day)
    days = np.full(max(1, math.ceil((ground.start - since) / pd.Timedelta(days=1))), IDLE - 1.0)
    gaps: list[_Gap] = []
    for start, end, expected, score in zip(frame["start"], frame["end"], frame["expected"], frame["score"], strict=True):
        raw, lost, first, last = float(score), float(expected), start, end
        in_window = start < ground.end and end > ground.start
        if in_window:
            first, last = max(start, ground.start), min(end, ground.end)
            free = _free(first, last, [(s, e) for s, e in shared if s < last and first < e])
            if free != [(first, last)]:
                pieces = [(rhythm.expected(s, e, platform=True), s, e) for s, e in free]
                rest, first, last = max(pieces, default=(0.0, first, last), key=lambda p: (p[0], p[1]))
                if rest <= LEFT * lost:
                    continue
                # what the outage explains is taken off in proportion: chance falls with the calls expected
                raw, lost = (raw + scan) * rest / lost - scan, rest
        # nor may a day that was busy elsewhere make a gap of few expected calls improbable
        alone = rhythm.chance_of_none(first, last, platform=True)
        raw = min(raw, -math.log10(max(alone, 1e-300)) - scan + 1.0)
        if raw >= TOLD:
            known = _same_hours(ground, rhythm, start, end)
            if known is not None and known < lost:
                raw, lost = (raw + scan) * known / lost - scan, known
        edge = _at_edge(rhythm, start, end, coverage)
        if edge:
            raw += scan - LOOKS
        if in_window and lost >= 1.0:
            gaps.append(_Gap(number, first, last, lost, raw, edge))
        elif not in_window and start >= since:
            day = min(int((start - since) / pd.Timedelta(days=1)), len(days) - 1)
            days[day] = max(days[day], raw)
    gaps.sort(key=lambda g: (-g.raw, g.start))
    return gaps[:MOST], days


def _candidate(account: str, gap: _Gap, meaning: Meaning, tested: float) -> Candidate | None:
    score = float(min(meaning.score(np.array([gap.raw]))[0], gap.raw + MOST_RAISED)) + tested
    if score < LEAST:
        return None
    data: dict[str, object] = {"number": gap.number} if gap.number else {}
    return Candidate(
        screen="silence", account=account, asked=(account,), complaint="missed-calls", start=gap.start, end=gap.end,
        score=score, unit="number-day" if gap.number else "account-day", causes=CAUSES, lost=gap.lost,
        margin=pd.Timedelta(0), data=data)


def _free(start: pd.Timestamp, end: pd.Timestamp, taken: Spans) -> Spans:
    """Return the pieces of [start, end) outside the spans taken."""
    pieces, at = [], start
    for first, last in sorted(taken):
        if first > at:
            pieces.append((at, min(first, end)))
        at = max(at, last)
    if at < end:
        pieces.append((at, end))
    return [p for p in pieces if p[1] > p[0]]


class _Tests:
    """The line tests, for how far those of a gap speak for it: failed ones that no shared trouble explains."""

    def __init__(self, ground: Ground, shared: list[tuple[pd.Timestamp, pd.Timestamp, str | None]]) -> None:
        tests = ground.case.table("line_tests")
        keep = np.ones(len(tests), dtype=bool)
        at = tests["tested_at"]
        for start, end, group in shared:
            inside = ((at >= start) & (at < end)).to_numpy()
            if group is not None:
                inside = inside & (tests["trunk_group"] == group).fillna(value=True).to_numpy(dtype=bool)
            keep &= ~inside
        tests = tests[keep]
        bad = (tests["result"] == "failed").fillna(value=False).to_numpy(dtype=bool)
        self.base = max(LEAST_FAILING, (bad.sum() + 1) / (len(tests) + 100))
        self.by_number = {
            str(n): (microseconds(rows["tested_at"]), bad[rows["place"].to_numpy()])
            for n, rows in tests.assign(place=np.arange(len(tests))).groupby("number", sort=True)}

    def speak(self, numbers: Sequence[str], start: pd.Timestamp, end: pd.Timestamp) -> float:
        """Return what the tests of these numbers within [start, end) add to a score, 0 where any of them passed.

        −log10 of the chance that so many fail by themselves, at half its weight: it was looked for after the gap.
        """
        done = failed = 0
        for number in numbers:
            if number not in self.by_number:
                continue
            at, bad = self.by_number[number]
            inside = (at >= to_us(start)) & (at < to_us(end))
            done, failed = done + int(inside.sum()), failed + int(bad[inside].sum())
        if failed == 0 or failed < done:
            return 0.0
        return min(MOST_TESTED, -0.5 * failed * math.log10(self.base))


def _same_hours(ground: Ground, rhythm: Rhythm, start: pd.Timestamp, end: pd.Timestamp) -> float | None:
    """Return the most calls the same hours of other weeks lead to expect; None where fewer than two weeks can tell.

    No rhythm expects nothing at all of any hour; of an office that never calls on weekdays it expects a few calls a
    week, and after five days their absence would look like news.
    """
    week = pd.Timedelta(weeks=1)
    first, last = instant(rhythm.first), instant(rhythm.last)
    seen = weeks = 0
    for k in (*range(-WEEKS, 0), *range(1, WEEKS + 1)):
        low, high = start + k * week, end + k * week
        apart = high <= start or low >= end
        in_window = low < ground.end and high > ground.start
        if apart and low >= first and high <= last and not in_window:
            seen, weeks = seen + rhythm.count(low, high), weeks + 1
    return (seen + 1 + math.sqrt(seen + 1)) / weeks if weeks >= 2 else None


def _at_edge(rhythm: Rhythm, start: pd.Timestamp, end: pd.Timestamp, coverage: Spans) -> bool:
    """Say whether a gap begins or ends where coverage does: hardly any call is expected between the two."""
    for first, last in coverage:
        if start < last and first < end:
            begins = start <= first + EDGE or rhythm.expected(first, max(start, first)) < 0.5
            ends = end >= last - EDGE or rhythm.expected(min(end, last), last) < 0.5
            if begins or ends:
                return True
    return False


def _same(gap: Candidate, other: Candidate) -> bool:
    shared = min(gap.end, other.end) - max(gap.start, other.start)
    return bool(shared >= 0.7 * (gap.end - gap.start))


SCREEN = Screen("Did an account's calls stop?", ("calls.account",), run)
