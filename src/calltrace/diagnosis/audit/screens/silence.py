"""Did an account's calls stop, or those to one of its numbers?

The gap test of every account, in expected calls, given how busy the rest of the platform was; what lies within a
shared silence is taken out first. A gap that begins or ends with the hours of coverage is tested as what it is: there
are one or two such a day, so it pays for two looks and not for every gap a day could hold.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from calltrace.diagnosis.audit.ground import Candidate, Ground
from calltrace.diagnosis.audit.screens._base import Screen
from calltrace.tables import times

if TYPE_CHECKING:
    from calltrace.normal.rhythm import Rhythm

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

MOST = 6
"""Gaps of one account that are looked at in one window."""


def run(ground: Ground, found: Sequence[Candidate]) -> list[Candidate]:
    """Test the gaps of every account and, where it has several numbers, of each number."""
    shared = [(c.start, c.end, c.trunk_group) for c in found if c.screen == "outage"]
    of_group = {a: g for g, accounts in ground.groups.items() for a in accounts}
    table = ground.case.table("accounts").drop_duplicates("account").set_index("account")
    candidates: list[Candidate] = []
    for account in ground.names_in_order:
        mine = [(s, e) for s, e, g in shared if g is None or g == of_group.get(account)]
        coverage = _coverage(ground, account, table)
        rhythm = ground.baseline.of("account", account)
        own = _gaps(ground, rhythm, mine, coverage, account, "")
        candidates += own
        for number in _numbers(ground, account, table):
            gaps = _gaps(ground, ground.baseline.of("number", number), mine, coverage, account, number)
            candidates += [g for g in gaps if not any(_same(g, o) for o in own)]
    return candidates


def _numbers(ground: Ground, account: str, table: pd.DataFrame) -> list[str]:
    listed = table["numbers"].get(account) if len(table) else None
    if listed is None or pd.isna(listed):
        calls = ground.case.calls
        numbers = sorted(calls.loc[(calls["account"] == account).fillna(value=False), "dnis"].dropna().unique())
    else:
        numbers = [n for n in str(listed).split(";") if n]
    return numbers if len(numbers) > 1 else []


def _coverage(ground: Ground, account: str, table: pd.DataFrame) -> list[tuple[pd.Timestamp, pd.Timestamp]]:
    text = table["coverage"].get(account) if len(table) else None
    if text is None or pd.isna(text) or str(text).strip() == "24/7":
        return []
    day = pd.Timedelta(days=3)
    return times.coverage_spans(str(text), ground.zone(account), ground.start - day, ground.end + day)


def _gaps(  # noqa: PLR0917 -- what an account has, then which of its series
    ground: Ground, rhythm: Rhythm, shared: list[tuple[pd.Timestamp, pd.Timestamp]],
    coverage: list[tuple[pd.Timestamp, pd.Timestamp]], account: str, number: str,
) -> list[Candidate]:
    if rhythm.learned_from == 0:
        return []
    frame = rhythm.silences(ground.start, ground.end, platform=True)
    candidates = []
    scan = math.log10(1.0 + rhythm.calls_per_day)
    for start, end, expected, score in zip(
        frame["start"].head(MOST), frame["end"].head(MOST), frame["expected"].head(MOST), frame["score"].head(MOST),
        strict=True,
    ):
        gap_score, lost = float(score), float(expected)
        own_start, own_end = max(start, ground.start), min(end, ground.end)
        if own_end <= own_start or lost < 1.0:
            continue
        overlap = [(max(s, start), min(e, end)) for s, e in shared if s < end and start < e]
        if overlap:
            rest = lost - sum(rhythm.expected(s, e, platform=True) for s, e in overlap)
            if rest <= 0.5 * lost:
                continue
            # what the outage explains is taken off in proportion: the chance of a gap falls with its expected calls
            gap_score = (gap_score + scan) * rest / lost - scan
            lost = rest
        if _at_edge(rhythm, start, end, coverage):
            gap_score += scan - LOOKS
        if number:
            gap_score -= 0.3
        if gap_score < LEAST:
            continue
        candidates.append(Candidate(
            screen="silence", account=account, asked=(account,), complaint="missed-calls", start=own_start,
            end=own_end, score=gap_score, causes=CAUSES, lost=lost, data={"number": number} if number else {}))
    return candidates


def _at_edge(
    rhythm: Rhythm, start: pd.Timestamp, end: pd.Timestamp, coverage: list[tuple[pd.Timestamp, pd.Timestamp]]
) -> bool:
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
