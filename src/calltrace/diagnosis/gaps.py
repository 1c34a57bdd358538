"""Where the silence is: of the account, of each of its numbers, of its trunk group and of the platform.

The account's own gap is compared with those of everybody else, so that what many share is never laid at one
client's door. Gaps are found once a question and kept in the scene's cache.
"""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from calltrace.classes import dataclass
from calltrace.diagnosis.astray import Astray, astray
from calltrace.diagnosis.elsewhere import Elsewhere, elsewhere
from calltrace.diagnosis.lives import absence, life, since
from calltrace.diagnosis.nobodys import Nobodys, came_with
from calltrace.diagnosis.number_level import level
from calltrace.diagnosis.others import busy, not_silent_beyond, offered, others_expected
from calltrace.diagnosis.scene import Scene
from calltrace.intake import quality
from calltrace.normal import tails
from calltrace.normal.intervals import instant, to_us
from calltrace.tables import times

if TYPE_CHECKING:
    from collections.abc import Sequence

    from calltrace.normal.rhythm import Rhythm
    from calltrace.tables.case import Case

DAY_OFF = "day_off"
"""Name of a figure of everybody's silence that asks whether a day of it was a holiday."""

DOORS = 3.0, 0.02
"""Calls to be expected before the first midnight of a silence and after the last, or their part of all of it, below which it
keeps office hours."""

MARGIN = pd.Timedelta(hours=1)
"""People round the window they remember; a silence may begin or end this much outside it."""

SETTLED = 3.0
"""Score (-log10 of the chance) from which chance is ruled out: one false alarm in 1,000 account-days."""

TICK = pd.Timedelta(microseconds=1)

MEANT = 1.8
"""Score from which a gap is called one: a complaint is itself a reason to look, so less is asked than of an alarm."""

POOL_SETTLED = 4.0
"""The same for the pooled calls of a trunk group or the platform, of which there are far more looks a day."""

MOST_DAYS = 31
"""Days of a window for each of which four more of a pool's gaps are looked at."""

ALL_OF_IT = 0.9
"""Part of the window that a pool's gap must cover to be what was asked about, and not one of many in it."""

MOSTLY = 0.7
"""Part of one gap that another must fill to be the same silence."""

POOL_EXPECTED = 4.0
"""Calls a pool must have expected in a gap before its silence means anything."""


@dataclass(frozen=True)
class Gap:
    """A time without calls: from the last call before it to the first after it, UTC.

    ``window_share`` is how much of the window a pool's
    gap covers; ``proven``, that the switch wrote no interval counts in it either, so that it needs no calls to be one;
    ``aimed``, that it was looked for where the account itself is silent, or for the very time that was asked about.
    ``open_end`` says that the records end with it: nobody knows when the next call came. ``expected`` is how many
    calls the usual week brings in it, ``lost`` how many of those fall within the window
    complained of, ``score`` -log10 of the chance of such a gap, corrected for having looked for it: by ``looks`` (log10), of a
    pool's.
    """

    start: pd.Timestamp
    end: pd.Timestamp
    expected: float
    lost: float
    score: float
    open_end: bool = False
    window_share: float = 0.0
    proven: bool = False
    aimed: bool = False
    looks: float = 0.0

    @property
    def shared(self) -> bool:
        """Of a pool's gap: whether it is beyond chance, and enough of it lies in the window complained of.

        Enough is some expected calls, or half the window where that is short, as one caller's is.
        """
        matters = self.lost >= POOL_EXPECTED / 2 or self.window_share >= 0.5
        settled = self.score >= (SETTLED if self.aimed else POOL_SETTLED)
        return self.proven or (settled and self.expected >= POOL_EXPECTED and matters)

    @property
    def strength(self) -> float:
        """0 to 1: how far the gap is from chance; 1 from a score of :data:`SETTLED` on."""
        return float(min(1.0, max(0.0, self.score / SETTLED)))

    def overlaps(self, start: pd.Timestamp, end: pd.Timestamp) -> bool:
        """Say whether the gap and [start, end) have any time in common."""
        return bool(self.start < end and start < self.end)


@dataclass(frozen=True)
class Gaps:
    """The gaps of one question. ``focus`` is the one to explain: the account's, else its most silent number's.

    ``number`` names the number of ``focus`` where only some numbers are silent, '' where the account as a whole
    is. ``pool`` and ``platform`` are the other accounts' gaps (of the same trunk groups, and of everybody). ``booked`` are
    the calls to the account's own numbers that another had in its gap, or those of its callers to another's number, or those
    to a number of nobody's that came with it: it then is none.
    """

    account: Gap | None
    numbers: dict[str, Gap]
    silent_numbers: tuple[str, ...]
    ringing_numbers: tuple[str, ...]
    pool: Gap | None
    platform: Gap | None
    focus: Gap | None
    number: str
    booked: Elsewhere | Astray | Nobodys | None = None


def worst(rhythm: Rhythm, start: pd.Timestamp, end: pd.Timestamp) -> Gap | None:
    """Return the gap whose part within [start, end) is least likely by chance; None where no call was ever expected.

    The whole gap, however far it reaches outside, may count for one power of ten more than its part inside: what
    happened at another time is not what was complained of.
    """
    frame = rhythm.silences(start, end)
    best: Gap | None = None
    scan = math.log10(1 + rhythm.calls_per_day)
    top = frame.head(6)
    for began, ended, usual, score in zip(top["start"], top["end"], top["expected"], top["score"], strict=True):
        first, last = max(began, start), min(ended, end)
        if last <= first:
            continue
        part = min(1.0, float(usual) / max(rhythm.expected(began, ended), 1e-9))  # of what other days lead to expect
        inside = -math.log10(max(rhythm.chance(first, last, 0, share=part), 1e-300)) - scan
        gap = Gap(began, ended, float(usual), rhythm.expected(first, last) * part,
                  min(float(score), inside + 1.0), open_end=rhythm.count(ended, ended + TICK) == 0)
        if best is None or gap.score > best.score:
            best = gap
    return best


def gaps(scene: Scene) -> Gaps:
    """Find the gaps of a scene's question."""
    cached = scene.cache.get("gaps")
    if isinstance(cached, Gaps):
        return cached
    found = _find(scene)
    scene.cache["gaps"] = found
    return found


def _find(scene: Scene) -> Gaps:
    start, end = scene.question.start - MARGIN, scene.question.end + MARGIN
    baseline = scene.baseline
    # what was before the first call to the account, or to one of its numbers, is no silence of theirs
    account = worst(baseline.of("account", scene.account.account), since(scene, start), end)
    booked = _booked(scene, account, start, end)
    if booked is not None or absence(scene) is not None:
        # there is no silence of the account's own, and what the others did stands apart
        pool = _others_gap(scene, start, end, trunk=True)
        return Gaps(None, {}, (), (), pool, _platform(scene, start, end, None), None, "", booked)
    numbers = _of_numbers(scene, start, end)

    def told(gap: Gap, *of: str) -> bool:
        # of the number that is asked about the rest counts, however long the account was silent before
        alone = gap.score >= MEANT and gap.lost > 0 and (scene.question.number in of or not _same(gap, account))
        return alone and bool(_passing(scene, gap, start, end).any()) and _beside(scene, of, gap, account, start, end)

    silent = tuple(n for n, g in numbers.items() if told(g, n))
    if not silent:
        several, joint = _several(scene, numbers, start, end)
        if joint is not None and told(joint, *several):
            silent = several
            numbers |= dict.fromkeys(several, joint)
    number = ""
    if silent:
        asked = scene.question.number
        number = asked if asked in silent else max(silent, key=lambda n: numbers[n].score)
        silent = _at_once(silent, numbers, numbers[number])
        if number != asked and account is not None and account.score >= MEANT and not _weaker(
                account, [numbers[n] for n in silent]):
            number = ""
    focus = numbers[number] if number else account
    ringing = tuple(n for n in numbers if n not in silent)
    return Gaps(
        account=account,
        numbers=numbers,
        silent_numbers=silent,
        ringing_numbers=ringing,
        pool=_others_gap(scene, start, end, trunk=True, own=focus),
        platform=_platform(scene, start, end, focus),
        focus=focus,
        number=number,
    )


def _of_numbers(scene: Scene, start: pd.Timestamp, end: pd.Timestamp) -> dict[str, Gap]:
    """Return the worst gap within [start, end) of each of an account's numbers; none where it has but one."""
    if len(scene.account.numbers) < 2:
        return {}
    found: dict[str, Gap] = {}
    for number in scene.account.numbers:
        rhythm = scene.baseline.of("number", number)
        gap = worst(rhythm, max(since(scene, start), life(rhythm).begun or start), end)
        if gap is not None:
            found[number] = gap
    judged = {}
    for number, gap in found.items():
        with_it = {n for n, g in found.items() if g.score >= MEANT and _covers(g, gap)}
        at_level = _at_level(scene, number, gap, [n for n in found if n != number and n not in with_it])
        one = _against_others(scene, (number,), at_level, start, end)
        # the worst of several numbers was picked
        judged[number] = replace(one, score=one.score - math.log10(len(scene.account.numbers)))
    return judged


def _at_level(scene: Scene, number: str, gap: Gap, others: list[str]) -> Gap:
    """Return a number's gap with no more calls expected in it than these others of the account lead to expect."""
    part = level(scene, others, gap.start, gap.end) if gap.score >= MEANT else 1.0
    if part >= 1.0:
        return gap
    rhythm = scene.baseline.of("number", number)
    score = -math.log10(max(rhythm.chance(gap.start, gap.end, 0, share=part), 1e-300)) - math.log10(1 + rhythm.calls_per_day)
    return replace(gap, expected=gap.expected * part, lost=gap.lost * part, score=min(gap.score, score))


def _booked(
    scene: Scene, gap: Gap | None, start: pd.Timestamp, end: pd.Timestamp
) -> Elsewhere | Astray | Nobodys | None:
    """Return the calls within [start, end) that others had while the account had none: to its numbers, or of its callers."""
    if gap is None:
        return None
    account, silent = scene.question.account, (gap.start, gap.end)
    asked = max(gap.start, start), min(gap.end, end)
    found = elsewhere(scene.case, account, scene.account.numbers, silent, asked, gap.lost)
    if found is not None or gap.score < MEANT:  # what chance leaves without a call needs no other number
        return found
    return astray(scene.case, scene.baseline, account, silent, asked, gap.lost) or came_with(
        scene.case, account, silent, asked, gap.lost)


def _several(
    scene: Scene, numbers: dict[str, Gap], start: pd.Timestamp, end: pd.Timestamp
) -> tuple[tuple[str, ...], Gap | None]:
    """Return the numbers, two or more but not all, whose joint silence within [start, end) is least likely by chance.

    A client that forwards one line of four leaves three silent, none of which may bring calls enough to tell by
    itself. Numbers are added as their own gaps are unlikely, and each set pays for all the sets of its size.
    """
    best: tuple[tuple[str, ...], Gap | None] = (), None
    rhythm = scene.baseline.of("account", scene.account.account)
    ordered = sorted(numbers, key=lambda n: (-numbers[n].score, n))
    for size in range(2, len(scene.account.numbers)):
        together = tuple(ordered[:size])
        if len(together) < size:
            break
        first, last = max(numbers[n].start for n in together), min(numbers[n].end for n in together)
        low, high = max(first, start), min(last, end)
        if high <= low:
            break
        of = [scene.baseline.of("number", n) for n in together]
        looks = math.log10(1.0 + sum(r.calls_per_day for r in of)) + math.log10(math.comb(len(scene.account.numbers), size))
        expected, inside = (sum(r.expected(a, b) for r in of) for a, b in ((first, last), (low, high)))
        score, within_score = (
            -float(tails.log10_at_most(0, np.array([mu]), rhythm.dispersion(a, b))[0])
            for mu, a, b in ((expected, first, last), (inside, low, high)))
        gap = Gap(first, last, expected, inside, min(score, within_score + 1.0),
                  open_end=all(r.count(last, last + TICK) == 0 for r in of))
        gap = _against_others(scene, together, gap, start, end)
        gap = replace(gap, score=gap.score - looks)
        if best[1] is None or gap.score > best[1].score:
            best = together, gap
    return best


def _against_others(
    scene: Scene, numbers: tuple[str, ...], gap: Gap, start: pd.Timestamp, end: pd.Timestamp
) -> Gap:
    """Return a gap of these numbers with the score of their being passed over by all the account's calls, if higher.

    While the account's other numbers took the calls of n callers, none of them going to numbers that usually take the
    share p has the chance (1 - p)^n whatever the account's volume that day was; a beta prior of one call keeps a share
    learned from few calls modest.
    """
    calls = scene.calls
    inside = _passing(scene, gap, start, end)
    # a caller who rings again is no second witness
    callers = calls.loc[inside, "ani"]
    passed = int(callers.nunique() + callers.isna().sum())
    before = calls.loc[~inside, "dnis"]
    of_numbers = float(before.isin(numbers).sum())
    share = of_numbers / (len(before) + 1.0)
    score = -passed * math.log10(max(1e-12, 1.0 - share))
    if len(numbers) == 1:
        score -= math.log10(1.0 + scene.baseline.of("number", numbers[0]).calls_per_day)
    return gap if score <= gap.score else replace(gap, score=score)


def _passing(scene: Scene, gap: Gap, start: pd.Timestamp, end: pd.Timestamp) -> pd.Series[bool]:
    """Return which of the account's calls came within [start, end) while some of its numbers were silent.

    Where there is none, it was not some numbers that were silent then, but the account.
    """
    at = scene.calls["offered_at"]
    return (at > max(gap.start, start)) & (at < min(gap.end, end))


def _beside(  # noqa: PLR0917 -- whose gap, and where
    scene: Scene, numbers: tuple[str, ...], gap: Gap, account: Gap | None, start: pd.Timestamp, end: pd.Timestamp
) -> bool:
    """Say whether a gap of these numbers is one outside the account's own gap as well.

    While no number rang, the silence of some of them says nothing of these.
    """
    if account is None or account.score < MEANT:
        return True
    low, high = max(gap.start, start), min(gap.end, end)
    rhythms = [scene.baseline.of("number", n) for n in numbers]
    pieces = [(low, min(account.start, high)), (max(account.end, low), high)]
    return sum(r.expected(a, b) for r in rhythms for a, b in pieces if b > a) >= MEANT * math.log(10)


def _same(gap: Gap, account: Gap | None) -> bool:
    """Say whether a number's gap is only its part of the account's own gap."""
    if account is None or account.score < MEANT:
        return False
    shared = min(gap.end, account.end) - max(gap.start, account.start)
    return bool(shared >= MOSTLY * (gap.end - gap.start))


def _platform(scene: Scene, start: pd.Timestamp, end: pd.Timestamp, own: Gap | None) -> Gap | None:
    """Return the others' gap, or one that missing interval counts prove where calls are too few to."""
    gap = _others_gap(scene, start, end, trunk=False, own=own)
    return gap if gap is not None and gap.shared else _unwritten(scene) or gap


def _unwritten(scene: Scene) -> Gap | None:
    """Return the time in the window for which the switch wrote neither interval counts nor calls, None for none."""
    kpi = scene.case.table("kpi")
    whole = kpi.loc[(kpi["scope"] == "platform").fillna(value=False), "interval_start"].sort_values()
    if len(whole) < 3 or quality.leaves_out_empty(scene.case):
        return None
    step = pd.Timedelta(whole.diff().median())
    start, end = scene.question.start, scene.question.end
    holes = whole[whole.diff() > 1.5 * step]
    calls = scene.case.calls["offered_at"]
    for after in holes:
        before = whole[whole < after].iloc[-1] + step
        first, last = max(before, start), min(after, end)
        if last - first < min(step, (end - start) / 2) or ((calls >= before) & (calls < after)).any():
            continue
        edges = calls[calls < before].max(), calls[calls >= after].min()
        if pd.isna(edges[0]) or pd.isna(edges[1]):
            continue
        expected = others_expected(scene, edges[0], edges[1], trunk=False)
        return Gap(edges[0], edges[1], expected, others_expected(scene, first, last, trunk=False), POOL_SETTLED,
                   window_share=(last - first) / (end - start), proven=True)
    return None


def _at_once(silent: tuple[str, ...], numbers: dict[str, Gap], gap: Gap) -> tuple[str, ...]:
    """Return those of the silent numbers whose own gap fills most of this one.

    One that was silent at another time is another matter: in this gap it rang.
    """
    return tuple(n for n in silent if _covers(numbers[n], gap))


def _covers(one: Gap, gap: Gap) -> bool:
    """Say whether one gap fills most of another."""
    return bool(min(one.end, gap.end) - max(one.start, gap.start) >= MOSTLY * (gap.end - gap.start))


def _weaker(account: Gap, numbers: list[Gap]) -> bool:
    return all(n.score > account.score + 2 and n.end - n.start > 2 * (account.end - account.start) for n in numbers)


def _others_gap(
    scene: Scene, start: pd.Timestamp, end: pd.Timestamp, *, trunk: bool, own: Gap | None = None
) -> Gap | None:
    """Find the longest quiet of the others in [start, end), by expected calls, between two of their calls.

    A trunk group that is silent still has its last one up to the last call on record, of whatever group. ``own`` is the
    account's gap: one that has most of it need not pay for having been looked for.
    """
    if trunk and not scene.account.trunk_groups:
        return None
    # a call of the account itself ends the others' silence too: what it came in on was not down
    times = offered(scene, trunk=trunk, own=True)
    first = max(int(np.searchsorted(times, to_us(start))) - 1, 0)
    last = min(int(np.searchsorted(times, to_us(end))) + 1, times.size)
    edges = times[first:last]
    latest = to_us(scene.case.calls["offered_at"].iloc[-1])
    still = trunk and last == times.size and bool(edges.size) and latest > edges[-1]
    if still:
        edges = np.append(edges, latest)
    if edges.size < 2:
        return None
    lengths = np.diff(edges)
    best: Gap | None = None
    # expected calls grow with the length of a gap: a day's few longest hold its most improbable one. Of a whole window
    # they would be its nights, each longer than a morning's outage
    days = math.ceil((end - start) / pd.Timedelta(days=1))
    longest = np.argsort(lengths, kind="stable")[::-1][: 4 * min(max(days, 1), MOST_DAYS)]
    for i in longest:
        a, b = instant(edges[i]), instant(edges[i + 1])
        expected = others_expected(scene, a, b, trunk=trunk)
        rhythm = (scene.baseline.of("trunk_group", scene.account.trunk_groups[0]) if trunk
                  else scene.baseline.of("platform"))
        # of a pool that is mostly the account's own the others' part is little
        theirs, part = min(1.0, expected / max(rhythm.expected(a, b), 1e-9)), 1.0
        chance = rhythm.chance(a, b, 0, share=theirs)
        if chance <= 10**-SETTLED:
            left = min(busy(scene, a, b, trunk=trunk), not_silent_beyond(scene, a, b, trunk=trunk))
            part = min(other_days(rhythm, a, b), beside_holidays(scene.case, rhythm, a, b))
            expected *= part
            chance = rhythm.chance(a, b, 0, share=theirs * left * part)
        score = -math.log10(max(chance, 1e-300))
        inner_start, inner_end = max(a, scene.question.start), min(b, scene.question.end)
        lost = others_expected(scene, inner_start, inner_end, trunk=trunk) * part if inner_end > inner_start else 0.0
        share = max(0.0, (inner_end - inner_start) / (scene.question.end - scene.question.start))
        aimed = share >= ALL_OF_IT or (own is not None and own.score >= MEANT and _mostly(scene, own, inner_start, inner_end))
        looks = 0.0 if aimed else math.log10(1 + others_expected(scene, b - pd.Timedelta(days=1), b, trunk=trunk))
        gap = Gap(a, b, expected, lost, score - looks, open_end=still and i == edges.size - 2, window_share=share, aimed=aimed,
                  looks=looks)
        if best is None or gap.score > best.score:
            best = gap
    return best


def other_days(rhythm: Rhythm, start: pd.Timestamp, end: pd.Timestamp) -> float:
    """Return the part of the calls expected in [start, end) that the same hours of other days lead to expect, at most 1."""
    most = float(rhythm.at_most(np.array([to_us(start)]), np.array([to_us(end)]))[0])
    return min(1.0, most / max(rhythm.expected(start, end), 1e-9))


def beside_holidays(case: Case, rhythm: Rhythm, start: pd.Timestamp, end: pd.Timestamp, *, entered: bool = True) -> float:
    """Return the part of the calls expected in a silence of many that is left beside the days off everybody has within it.

    On a holiday that went by without a call from midnight to midnight nobody was open: what it usually brings is no
    measure. What is left lies on either side, as far as the same hours of other days lead to expect calls there. Where
    nothing is left, because it began as the doors shut and ended as they opened, a day that nobody entered (``entered`` False)
    may well have been one: no trouble keeps such hours.
    """
    days = [(a, b) for a, b in pairwise(times.day_edges(start, end, case.zone)) if start <= a and b <= end]
    if not days:
        return 1.0
    off = case.holidays("", case.zone)
    whole = [span for span in days if times.local(span[0], case.zone).date() in off]
    usual = max(rhythm.expected(start, end), 1e-9)
    if not entered and _left(rhythm, days, start, end) < max(DOORS[0], DOORS[1] * usual):
        whole = days
    return min(1.0, _left(rhythm, whole, start, end) / usual) if whole else 1.0


def _left(
    rhythm: Rhythm, days: Sequence[tuple[pd.Timestamp, pd.Timestamp]], start: pd.Timestamp, end: pd.Timestamp
) -> float:
    """Return the calls the same hours of other days lead to expect in [start, end) outside some days within it."""
    edges = [start, *(t for span in days for t in span), end]
    left = [(a, b) for a, b in zip(edges[::2], edges[1::2], strict=True) if a < b]
    return sum(rhythm.expected(a, b) * other_days(rhythm, a, b) for a, b in left)


def _mostly(scene: Scene, own: Gap, start: pd.Timestamp, end: pd.Timestamp) -> bool:
    """Say whether [start, end) has most of the calls that the account's gap cost in the window."""
    first, last = max(own.start, start), min(own.end, end)
    usual = scene.baseline.of("account", scene.account.account)
    asked = max(own.start, scene.question.start), min(own.end, scene.question.end)
    return first < last and usual.expected(first, last) * 2 >= usual.expected(*asked)
