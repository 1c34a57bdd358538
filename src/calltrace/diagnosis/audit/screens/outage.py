"""Was everybody silent at once, or everybody of one trunk group?

Asked before any account's silence: what all share is one trouble. A pool of accounts has so many calls that a gap of
minutes is telling; its chance is that of the pooled calls. A hole in the switch's own interval counts needs no chance at
all, nor do calls that the switch counted in a gap and that are not on record. Accounts whose switch's records stop have no
part in any of it: nobody would have seen their calls. Nor is a trunk group silent whose accounts' calls came by another
name.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from calltrace.diagnosis.another_name import LEAST_EXPECTED, LEAST_SCORE, rung
from calltrace.diagnosis.audit.ground import Candidate, Ground, whole
from calltrace.diagnosis.audit.screens._base import Screen
from calltrace.diagnosis.audit.screens._scan import ASKED
from calltrace.diagnosis.audit.screens._together import silent_together
from calltrace.diagnosis.audit.sources import stopped
from calltrace.diagnosis.beyond import share_of_others, silent_beyond
from calltrace.diagnosis.diagnosis import Hit
from calltrace.diagnosis.failing import LEAST_FAILING
from calltrace.diagnosis.gaps import POOL_EXPECTED, POOL_SETTLED, beside_holidays
from calltrace.diagnosis.words import count
from calltrace.normal.intervals import microseconds, to_us

if TYPE_CHECKING:
    from collections.abc import Iterable

    from calltrace.diagnosis.checks._chance import Floats, Ints

EVERYBODY = ("platform-outage", "planned-shutdown", "records-missing")

OF_A_GROUP = ("carrier-outage", "records-missing")

TELLING = 2.0
"""Calls to be expected in a silence of an account that is asked what it was, beside the hardest hit: who has fewer knows
only that it was quiet."""

COUNTED = 5.0
"""Calls that the switch must have counted in a gap without a call on record for the gap to be proven: fewer may be those
of an account that is not exported, or of a clock that is off."""

ALL = 0.9
"""Part of the calls the switch ever counted that must be on record: else it counts what is not exported."""

ELSEWHERE = 0.5
"""Part of an account's usual calls that came by another trunk group from which it lost none while its own had none."""

THOUGHT = 1.0
"""Score of a gap from which the switch's counts are asked, or test calls."""

OF_CALLS_THAT_CAME = (
    "understaffed", "agent-not-answering", "agent-ends-calls", "one-way-audio", "own-surge", "path-limit",
    "announcement-dead-end", "queue-not-served")
"""Causes of what callers met who were put through. One of them may be at work at an account that is asked, before and after
the silence of all: of calls that never came it explains none."""

OF_SEVERAL = 2
"""Numbers of a trunk group, and accounts of theirs, test calls to which must have failed to speak of the group."""

MOST_TESTED = 3.0
"""The most that test calls add to a gap's score."""


def run(ground: Ground, _found: Sequence[Candidate]) -> list[Candidate]:
    """Look for gaps of the whole platform, then of each trunk group, then of accounts that no group's name joins."""
    candidates = _platform(ground)
    for group in ground.rung:
        candidates += _group(ground, group, ground.groups[group], candidates)
    return candidates + silent_together(ground, candidates)


def renamed(ground: Ground) -> tuple[str, ...]:
    """Return what is to be said of trunk groups whose calls began to come by another name in the window: no call was lost."""
    moved = (one for found in ground.rung.values() for one in found.moved)
    return tuple(one.told(ground.case.zone) for one in moved if ground.start <= one.first < ground.end)


def before(ground: Ground, since: pd.Timestamp) -> list[tuple[pd.Timestamp, pd.Timestamp, str | None]]:
    """Return the silences of everybody, and of everybody of a trunk group (named), between ``since`` and the window.

    Those that are beyond chance: an account's silence that goes on into the window may have begun with one.
    """
    since = max(since, ground.case.extent.first)
    if since >= ground.start:
        return []
    found: list[tuple[pd.Timestamp, pd.Timestamp, str | None]] = [
        (start, end, None) for start, end, _ in _spans(ground, since, ground.start)]
    for group, accounts in ground.groups.items() if len(ground.groups) > 1 else ():
        if ground.baseline.of("trunk_group", group).learned_from:
            span, of = (since, ground.start), ground.groups.__getitem__
            gaps = rung(ground.case, ground.baseline, group, span, of, least_score=POOL_SETTLED).gaps
            spans = zip(gaps["start"], gaps["end"], strict=True)
            found += [(start, end, group) for start, end in spans if len(hit(ground, accounts, start, end)) > 1]
    return found


def _platform(ground: Ground) -> list[Candidate]:
    candidates = []
    for start, end, score in _spans(ground, ground.start, ground.end):
        own = _silent_beyond(ground, ground.names_in_order, start, end)
        made = _candidate(ground, None, [a for a in ground.names_in_order if a not in own], start, end, score)
        if made is not None:
            candidates.append(made)
    return candidates


def _spans(
    ground: Ground, since: pd.Timestamp, until: pd.Timestamp
) -> list[tuple[pd.Timestamp, pd.Timestamp, float]]:
    """Return the gaps of the whole platform that touch [since, until) and are beyond chance, with their scores."""
    rhythm = ground.baseline.of("platform")
    gaps = rhythm.silences(since, until, least_expected=POOL_EXPECTED, least_score=THOUGHT)
    counts = _counted(ground) if (gaps["score"] < POOL_SETTLED).any() else None
    looks = math.log10(1.0 + rhythm.calls_per_day)
    spans = []
    for s, e, alone, usual in zip(gaps["start"], gaps["end"], gaps["score"], gaps["expected"], strict=True):
        # of calls that nobody would have seen the want says nothing, nor of who was silent for days: chance falls with the rest
        seen = _seen(ground, ground.names_in_order, s, e) * beside_holidays(ground.case, rhythm, s, e, entered=False)
        if (alone + looks) * seen - looks >= POOL_SETTLED:
            own = _silent_beyond(ground, ground.names_in_order, s, e)
            seen = min(seen, _telling(ground, ground.names_in_order, own, s, e))
        score = (alone + looks) * seen - looks
        if score >= POOL_SETTLED and usual * seen >= POOL_EXPECTED:
            spans.append((s, e, float(score)))
        elif counts is not None and counts[0][slice(*np.searchsorted(counts[1], [to_us(s), to_us(e)]))][:-1].sum() >= COUNTED:
            spans.append((s, e, POOL_SETTLED))
    at = ground.case.calls["offered_at"]
    for start, end in ground.feed.kpi_missing:
        if end <= since or start >= until or ((at >= start) & (at < end)).any():
            continue
        last, first = at[at < start].max(), at[at >= end].min()
        if pd.isna(last) or pd.isna(first) or any(a < first and last < b for a, b, _ in spans):
            continue
        if rhythm.expected(last, first) >= 1.0:
            spans.append((last, first, POOL_SETTLED))
    return sorted(spans)


def _counted(ground: Ground) -> tuple[Floats, Ints] | None:
    """Return the calls the switch counted for the platform, and when each interval began.

    None where it counts none, or always more than the records hold. An interval that begins within a gap and is not its
    last lies within it.
    """
    kpi = ground.case.table("kpi")
    kpi = kpi[(kpi["scope"] == "platform").fillna(value=False) & kpi["offered"].notna()].sort_values("interval_start")
    if kpi.empty:
        return None
    offered, began = kpi["offered"].to_numpy(dtype=np.float64), microseconds(kpi["interval_start"])
    first, last = np.searchsorted(ground.columns.at, began[[0, -1]])
    return (offered, began) if last - first >= ALL * offered[:-1].sum() else None


def _group(
    ground: Ground, group: str, accounts: tuple[str, ...], platform: Sequence[Candidate]
) -> list[Candidate]:
    rhythm, gaps = ground.rung[group].rhythm, ground.rung[group].gaps
    if rhythm.learned_from == 0:
        return []
    tests = _Tests(ground, group, accounts)
    if tests.may_tell:
        of, span = ground.groups.__getitem__, (ground.start, ground.end)
        gaps = rung(ground.case, ground.baseline, group, span, of, least_score=THOUGHT).gaps
    candidates = []
    looks = math.log10(1.0 + rhythm.calls_per_day)
    for start, end, alone, usual in zip(gaps["start"], gaps["end"], gaps["score"], gaps["expected"], strict=True):
        score, silent = float(alone), (start, end)
        shared = [(c.start, c.end) for c in platform if c.trunk_group is None and c.start < end and start < c.end]
        if shared:  # of what nobody had the rest is the group's: chance falls with the calls that are left
            left = [(rhythm.expected(a, b, platform=True), a, b) for a, b in _beside(start, end, shared)]
            rest, start, end = max(left, default=(0.0, start, end))  # noqa: PLW2901 -- what is left of it
            score = (score + looks) * min(1.0, rest / max(float(usual), 1e-9)) - looks
            if rest < LEAST_EXPECTED or score < LEAST_SCORE:
                continue
        own = _silent_beyond(ground, accounts, *silent)
        seen = _telling(ground, accounts, own, start, end) * beside_holidays(ground.case, rhythm, start, end)
        score = (score + looks) * seen - looks
        score += tests.speak(start, end) if score >= THOUGHT else 0.0
        if float(usual) * seen < LEAST_EXPECTED or score < LEAST_SCORE:
            continue
        made = _candidate(ground, group, [a for a in accounts if a not in own], start, end, score)
        if made is not None:
            candidates.append(made)
    return candidates


class _Tests:
    """The test calls to a trunk group's numbers in the window, for how far they speak for a gap of it."""

    def __init__(self, ground: Ground, group: str, accounts: Iterable[str]) -> None:
        tests = ground.case.table("line_tests")
        tests = tests[tests["result"].notna()]
        bad = (tests["result"] == "failed").to_numpy(dtype=bool)
        self._base = max(LEAST_FAILING, (bad.sum() + 1) / (len(tests) + 100))
        whose = {number: account for account in accounts for number in ground.numbers_of.get(account, ())}
        its = (tests["trunk_group"] == group).fillna(value=False).to_numpy(dtype=bool)
        its |= tests["trunk_group"].isna().to_numpy(dtype=bool) & tests["number"].isin(list(whose)).to_numpy(dtype=bool)
        at = tests["tested_at"]
        its &= ((at >= ground.start) & (at < ground.end)).to_numpy(dtype=bool)
        order = np.flatnonzero(its)[np.argsort(microseconds(at[its]), kind="stable")]
        self._at, self._bad = microseconds(at.iloc[order]), bad[order]
        self._numbers = tests["number"].iloc[order].astype(str).tolist()
        self._whose = whose

    @property
    def may_tell(self) -> bool:
        """Whether as many failed as it takes."""
        return bool(self._bad.sum() >= OF_SEVERAL)

    def speak(self, start: pd.Timestamp, end: pd.Timestamp) -> float:
        """Return what the tests within [start, end) add to its score: the longest run of failures, at half its weight.

        The group may have gone down within the gap, or come back: what tells is how many failed one after the other, to
        numbers of several accounts. One client's number that is down fails by itself.
        """
        low, high = np.searchsorted(self._at, [to_us(start), to_us(end)]).tolist()
        best = 0.0
        run: list[str] = []
        for place in range(low, high):
            run = [*run, self._numbers[place]] if self._bad[place] else []
            clients = {self._whose[number] for number in run if number in self._whose}
            if len(set(run)) >= OF_SEVERAL and len(clients) >= OF_SEVERAL:
                best = max(best, -0.5 * (len(run) * math.log10(self._base) + math.log10(high - low - len(run) + 1)))
        return min(MOST_TESTED, best)


def _silent_beyond(ground: Ground, accounts: Iterable[str], start: pd.Timestamp, end: pd.Timestamp) -> frozenset[str]:
    """Return the accounts whose own silence reaches beyond [start, end), by more than chance: it tells nothing of the group's."""
    calls = ground.columns
    return silent_beyond(ground.baseline, (calls.at, calls.account, calls.accounts), accounts, (start, end),
                         (ground.case.extent.first, ground.records_end))


def _beside(
    start: pd.Timestamp, end: pd.Timestamp, shared: Iterable[tuple[pd.Timestamp, pd.Timestamp]]
) -> list[tuple[pd.Timestamp, pd.Timestamp]]:
    """Return what is left of [start, end) beside some spans."""
    left = [(start, end)]
    for first, last in shared:
        left = [(a, b) for begun, over in left for a, b in ((begun, min(over, first)), (max(begun, last), over)) if a < b]
    return left


def _candidate(  # noqa: PLR0917 -- in the order of a Candidate
    ground: Ground, group: str | None, accounts: Iterable[str], start: pd.Timestamp, end: pd.Timestamp, score: float
) -> Candidate | None:
    hits = hit(ground, accounts, start, end)
    # one client's silence on a line of its own is not an outage of a group
    if len(hits) < 2:
        return None
    return Candidate(
        screen="outage",
        account=None,
        trunk_group=group,
        asked=tuple(h.account for n, h in enumerate(hits[:ASKED]) if not n or (h.expected or 0.0) >= TELLING),
        complaint="missed-calls",
        start=max(start, ground.start),
        end=min(end, ground.end),
        score=score,
        unit="trunk-day" if group else "platform-day",
        causes=OF_A_GROUP if group else EVERYBODY,
        lost=sum((h.expected or 0.0) - (h.observed or 0.0) for h in hits),
        hits=hits,
        beside=OF_CALLS_THAT_CAME,
        data=whole((start, end), (max(start, ground.start), min(end, ground.end))),
    )


def _unseen(ground: Ground, start: pd.Timestamp, end: pd.Timestamp) -> list[tuple[frozenset[str], pd.Timestamp, pd.Timestamp]]:
    """Return the accounts of which nothing was seen in part of [start, end), for their switch's records stop, and that part."""
    spans = [(one.accounts, max(start, one.since), end if one.until is None else min(end, one.until)) for one in stopped(ground)]
    return [(accounts, since, until) for accounts, since, until in spans if since < until]


def _seen(ground: Ground, accounts: Iterable[str], start: pd.Timestamp, end: pd.Timestamp) -> float:
    """Return the share of the calls to be expected of some accounts in [start, end) that would be on record."""
    unseen = _unseen(ground, start, end)
    if not unseen:
        return 1.0
    whose = frozenset(accounts)

    def expected(of: frozenset[str], since: pd.Timestamp, until: pd.Timestamp) -> float:
        return float(ground.baseline.expected_of("account", sorted(of & whose), since, until).sum())

    hidden = sum(expected(*one) for one in unseen)
    return max(0.0, 1.0 - hidden / max(expected(whose, start, end), 1e-9))


def _telling(
    ground: Ground, accounts: Iterable[str], without: frozenset[str], start: pd.Timestamp, end: pd.Timestamp
) -> float:
    """Return the share of the calls to be expected of some accounts in [start, end) whose want tells of all of them.

    Neither of those left out, nor of those that would not be on record: who is both is left out once.
    """
    whose = list(accounts)
    left = [a for a in whose if a not in without]
    return share_of_others(ground.baseline, whose, without, start, end) * _seen(ground, left, start, end)


def hit(ground: Ground, accounts: Iterable[str], start: pd.Timestamp, end: pd.Timestamp) -> tuple[Hit, ...]:
    """Return the accounts that lost calls in a silence, those that lost most first: not who had theirs by another group."""
    found = []
    dark = frozenset[str]().union(*(whose for whose, _, _ in _unseen(ground, start, end)))
    told = [account for account in accounts if account not in dark]
    within = slice(*np.searchsorted(ground.columns.at, [to_us(start) + 1, to_us(end)]).tolist())
    numbers, names = ground.columns.account[within], ground.names_in_order
    came = dict(zip(names, np.bincount(numbers[numbers >= 0], minlength=len(names)).tolist(), strict=True))
    for account, usual in zip(told, ground.baseline.expected_of("account", told, start, end).tolist(), strict=True):
        had = came.get(account, 0)
        if usual >= 0.25 and had < ELSEWHERE * usual:
            on_record = f"{had} on record, by another trunk group" if had else "none on record"
            found.append(Hit(account, ground.names[account], usual, float(had),
                             f"{count(round(usual, 1), 'call')} expected, {on_record}"))
    return tuple(sorted(found, key=lambda h: (-(h.expected or 0.0), h.account)))


SCREEN = Screen("Was everybody silent, or everybody of a trunk group?", ("calls",), run)
