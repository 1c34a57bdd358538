"""Did an account's calls stop, or those to one of its numbers?

The gap test of every account, in expected calls, given how busy the rest of the platform was; what lies within a
shared silence is taken out first. A gap that begins or ends with the hours of coverage is tested as what it is: there
are one or two such a day, so it pays for two looks and not for every gap a day could hold.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import pandas as pd

from calltrace.classes import dataclass
from calltrace.diagnosis.audit.ground import GOES_ON, Candidate, Ground, whole
from calltrace.diagnosis.audit.screens import outage
from calltrace.diagnosis.audit.screens._base import Screen
from calltrace.diagnosis.audit.screens._together import TOGETHER
from calltrace.diagnosis.elsewhere import elsewhere
from calltrace.diagnosis.failing import LEAST_FAILING
from calltrace.diagnosis.taken_over import taken_over
from calltrace.diagnosis.words import count, span
from calltrace.normal.intervals import DAY, HOUR, instant, microseconds, to_us
from calltrace.normal.monitor import Meaning, learn_meaning, rarity
from calltrace.normal.rhythm import TOLD
from calltrace.tables import same_hours

if TYPE_CHECKING:
    from calltrace.diagnosis.checks._chance import Bools, Floats, Ints
    from calltrace.normal.rhythm import Rhythm
    from calltrace.normal.rhythms import Rhythms
    from calltrace.normal.silences import Silences

Spans: TypeAlias = list[tuple[pd.Timestamp, pd.Timestamp]]
Shared: TypeAlias = tuple[pd.Timestamp, pd.Timestamp, str | None]
"""A silence of everybody, or of everybody of a trunk group."""

Coverage: TypeAlias = Callable[[str], Spans]
"""When an account's lines should be forwarded; empty where always, or not known."""

CAUSES = (
    "lines-not-forwarded",
    "some-lines-not-forwarded",
    "lines-forwarded-late",
    "lines-released-early",
    "number-down",
)

RECORDS = "records-missing"
"""What the switch's own counts may show of an account that is alone on its trunk group."""

LEAST = 1.0
"""Score from which a gap is worth a thought; the false discovery rate decides."""

EDGE = pd.Timedelta(minutes=30)
"""How near to the edge of coverage a gap's end must be, beside what callers' own pauses explain."""

LOOKS = math.log10(3.0)
"""What a gap at the edge of coverage pays for: it could have been the whole span, its beginning or its end."""

LEFT = 0.3
"""Part of a gap's expected calls that must lie outside shared silences for it to be the account's own."""

MOST_TESTED = 2.5
"""What failed test calls add to a score at most."""

MOST_RAISED = 0.3
"""What a quiet history may raise a score by: the tail beyond what it held is not known."""

HISTORY = pd.Timedelta(days=84)
"""How far back the scores of chance are looked at."""

OFF_WEEKS, OFF_SHARE, HARDLY = 2, 1 / 3, 0.1
"""Other weeks, and their share, in whose same hours there were hardly any calls, and the part of the usual ones that is hardly
any, for a silence to be one of a client that takes turns with another."""

THREE = pd.Timedelta(days=3)
"""How far beyond the window coverage is looked at, for spans that begin before or end after it."""

IDLE = -0.5
"""Raw score below which a gap is no gap."""

EARLIER = pd.Timedelta(days=5)
"""How far before the window silences of everybody are looked for, which an account's may have begun with."""

BEGUN = 0.5
"""Calls to be expected of a silence before one of everybody, below which it began with that."""

OF_A_GROUP = (*outage.OF_A_GROUP, "trunk-group-degraded")
"""What a silence of everybody of a trunk group may be,"""

OF_ALL = (*outage.EVERYBODY, *OF_A_GROUP)
"""and what one of everybody may be."""

PART = 1.0
"""Calls of a silence to be expected within the window for it to be told there: what ended soon after the window began was
told of the day before, and what began just before its end will be of the next."""

MOST = 6
"""Gaps of one account that are looked at in one window."""


def run(ground: Ground, found: Sequence[Candidate]) -> list[Candidate]:
    """Test the gaps of every account and, where it has several numbers, of each number."""
    shared = [(c.start, c.end, c.trunk_group) for c in found if c.screen == "outage" and TOGETHER not in c.data]
    shared += outage.before(ground, ground.start - EARLIER)
    # a group short of lines lets some calls through: it makes no silence, but looks like part of one
    short = [(c.start, c.end, c.trunk_group) for c in found
             if c.screen == "trunks" and c.trunk_group is not None and "trunk-group-degraded" in c.causes]
    accounts = ground.names_in_order

    @cache
    def coverage(account: str) -> Spans:
        return ground.coverage(account, ground.start - HISTORY - THREE, ground.end + THREE) or []

    looked, days = _looked(ground, ground.baseline.all("account", accounts), accounts, shared, coverage)
    meant = {False: learn_meaning(days)} if days.size else {}
    pairs = [(account, number) for account in accounts for number in _numbers(ground, account)]
    if pairs:
        owners = [account for account, _ in pairs]
        each, days = _looked(ground, ground.baseline.all("number", [n for _, n in pairs]), owners, shared, coverage)
        looked += each
        if days.size:
            meant[True] = learn_meaning(days)
    # an account as a whole before its numbers
    place = {account: k for k, account in enumerate(accounts)}
    candidates: list[Candidate] = []
    own: dict[str, list[Candidate]] = {}
    tests = _Tests(ground, shared)
    told = [(account, gap) for account, gaps in sorted(looked, key=lambda one: place[one[0]]) for gap in gaps]
    for (account, gap), means in zip(told, _meant(meant, [gap for _, gap in told]), strict=True):
        numbers = [gap.number] if gap.number else _numbers(ground, account, least=1)
        tested = tests.speak(numbers, gap.start, gap.end)
        made = _candidate(account, gap, means, tested)
        if made is None or _booked(ground, account, gap):
            continue
        if beside := _beside(ground, account, gap.silent, shared, short):
            made = replace(made, beside=beside)
        if not gap.number:
            own.setdefault(account, []).append(made)
        elif any(_same(made, o) for o in own.get(account, [])):
            continue
        else:
            made = replace(made, note=_taken_over(ground, account, gap))
        candidates.append(made)
    return candidates


@dataclass(frozen=True)
class _Gap:
    """A gap of one account (``number`` '') or of one of its numbers, outside shared silences; microseconds since 1970."""

    number: str
    start: int
    end: int
    lost: float
    raw: float
    edge: bool
    silent: tuple[int, int]  # all of it, which ``lost`` counts; the window may cut it
    goes_on: bool  # whether no call came until the window's end either: it ends with a shared silence, which is no end


def _booked(ground: Ground, account: str, gap: _Gap) -> bool:
    """Say whether an account that had no call was not silent: its own numbers rang for another."""
    silent = instant(gap.silent[0]), instant(gap.silent[1])
    numbers = _numbers(ground, account, least=1)
    return not gap.number and elsewhere(ground.case, account, numbers, silent, silent, gap.lost) is not None


def _taken_over(ground: Ground, account: str, gap: _Gap) -> str:
    """Say where the calls of a silent number came instead; '' where they did not come to the account's other numbers."""
    start, end = instant(gap.silent[0]), instant(gap.silent[1])
    others = [number for number in _numbers(ground, account) if number != gap.number]
    found = taken_over(ground.baseline, account, others, start, end, gap.lost)
    if found is None:
        return ""
    return (f"{ground.names[account]} ({account}): {gap.number} had no call {span(start, end, ground.zone(account))}, but the"
            f" account's other numbers took {count(found[0], 'call')} where {found[1]:.0f} are usual: its calls came there."
            " Was that number given up?")


def _numbers(ground: Ground, account: str, *, least: int = 2) -> list[str]:
    """Return the account's numbers, none where it has fewer than ``least``."""
    numbers = ground.numbers_of.get(account, [])
    return numbers if len(numbers) >= least else []


def _looked(
    ground: Ground, rhythms: Rhythms, accounts: Sequence[str], shared: Sequence[Shared], coverage: Coverage
) -> tuple[list[tuple[str, list[_Gap]]], Floats]:
    """Return the window's gaps worth a thought of each series, and the highest raw score of each day of their history.

    ``accounts`` are those the series belong to, one each. Series with nothing to learn from are left out.
    """
    if not len(rhythms):
        return [], np.zeros(0)
    since = max(to_us(ground.start - HISTORY), rhythms[0].first)
    gaps: dict[int, list[_Gap]] = {}
    days: list[Floats] = [np.zeros(0)]
    for places, silences in rhythms.silences(since, to_us(ground.end)):
        owners = [accounts[k] for k in places.tolist()]
        found, highest = _gaps(ground, silences, owners, shared, coverage)
        known = rhythms.learned_from[places] > 0
        days.append(highest[known].ravel())
        gaps.update({int(k): of for k, of, learned in zip(places, found, known, strict=True) if learned})
    return [(accounts[k], gaps[k]) for k in sorted(gaps)], np.concatenate(days)


def _gaps(
    ground: Ground, silences: Silences, accounts: Sequence[str], shared: Sequence[Shared], coverage: Coverage
) -> tuple[list[list[_Gap]], Floats]:
    """Return the gaps in the window that are worth a thought, and the highest raw score of each day, by series.

    The history is gone over with the same measure, so that what it scores by chance says what a score means.
    """
    rhythms = silences.rhythms
    begin, finish = to_us(ground.start), to_us(ground.end)
    since = max(to_us(ground.start - HISTORY), rhythms[0].first)
    scans = np.log10(1.0 + np.array([r.calls_per_day for r in rhythms]))
    found = silences.gaps(scans + IDLE)
    found = found.take(-found.log - scans[found.series] >= IDLE)
    scan = scans[found.series]
    raw, lost = -found.log - scan, found.expected.copy()
    series, starts, ends = found.series, found.starts, found.ends
    inside = (starts < finish) & (ends > begin)
    for k in np.flatnonzero(inside & (starts < begin)).tolist():
        with_others = _shared_with(ground, accounts[series[k]], shared)
        explained, starts[k] = _after(rhythms[series[k]], int(starts[k]), min(int(ends[k]), begin), with_others)
        if explained > 0:
            rest = max(lost[k] - explained, 1e-9)  # is divided by, where an outage in the window takes its part as well
            raw[k], lost[k] = (raw[k] + scan[k]) * rest / lost[k] - scan[k], rest
    first, last = np.where(inside, np.maximum(starts, begin), starts), np.where(inside, np.minimum(ends, finish), ends)
    keep = np.ones(len(raw), dtype=bool)
    froms, untils = starts.copy(), ends.copy()  # what ``lost`` counts
    for k in np.flatnonzero(inside & _hit(first, last, shared)).tolist():
        account, mine = accounts[series[k]], (instant(first[k]), instant(last[k]))
        free = _free(*mine, [(s, e) for s, e in _shared_with(ground, account, shared) if s < mine[1] and mine[0] < e])
        if free != [mine]:
            rhythm = rhythms[series[k]]
            rest, s, e = _gone_through(rhythm, free, mine)
            shown = rhythm.expected(*mine, platform=True)
            keep[k] = rest > LEFT * shown
            if not keep[k]:  # nothing may have been expected at all
                continue
            # what went on before the window, or after it, is of the piece that it goes on from
            rest = max(lost[k] - shown + rest - _beyond(rhythm, (int(starts[k]), int(ends[k])), mine, (s, e)), rest)
            froms[k] = starts[k] if s == mine[0] else to_us(s)
            untils[k] = ends[k] if e == mine[1] else to_us(e)
            first[k], last[k] = to_us(s), to_us(e)
            # what the outage explains is taken off in proportion: chance falls with the calls expected
            raw[k], lost[k] = (raw[k] + scan[k]) * rest / lost[k] - scan[k], rest
    series, starts, ends, first, last = series[keep], starts[keep], ends[keep], first[keep], last[keep]
    scan, raw, lost, inside = scan[keep], raw[keep], lost[keep], inside[keep]
    froms, untils = froms[keep], untils[keep]
    # nor may a day that was busy elsewhere make a gap of few expected calls improbable
    mu = lost.copy()
    cut = (first != starts) | (last != ends)
    mu[cut] = silences.between(series[cut], first[cut], last[cut], platform=True)
    # a silence is weighed by all of it that is known, if the window has enough of it to be its matter
    all_of_it = mu >= PART
    alone = silences.log_none(
        series, np.where(all_of_it, froms, first), np.where(all_of_it, untils, last), np.where(all_of_it, lost, mu))
    raw = np.minimum(raw, np.minimum(-alone, 300.0) - scan + 1.0)
    told = np.flatnonzero(raw >= TOLD)
    # what makes all the others busy need not reach this account; the same hours of other weeks may lead to expect less
    usual = silences.between(series[told], froms[told], untils[told])
    known = np.minimum(usual, _same_hours(ground, silences, series[told], starts[told], ends[told]))
    less = known < lost[told]
    told, known = told[less], known[less]
    raw[told], lost[told] = (raw[told] + scan[told]) * known / lost[told] - scan[told], known
    turns = np.flatnonzero(inside & (raw >= TOLD))
    # who agreed on hours to forward in has to say that it takes turns
    turns = turns[[not ground.coverage_text(accounts[k]).strip() for k in series[turns].tolist()]]
    turns = turns[_every_other_week(ground, silences, series[turns], starts[turns], ends[turns], lost[turns])]
    raw[turns] = np.minimum(raw[turns], TOLD - 1.0)
    edge = _at_edge(silences, [coverage(a) for a in accounts], series, starts, ends)
    raw[edge] += scan[edge] - LOOKS
    raw[~edge] -= rarity(((ends - starts) / HOUR)[~edge])
    days = np.full((len(rhythms), max(1, math.ceil((begin - since) / DAY))), IDLE - 1.0)
    past = ~inside & (starts >= since)
    np.maximum.at(days, (series[past], np.minimum((starts[past] - since) // DAY, days.shape[1] - 1)), raw[past])
    gaps: list[list[_Gap]] = [[] for _ in rhythms]
    told = np.flatnonzero(inside & (lost >= 1.0))
    told = told[np.lexsort((first[told], -raw[told], series[told]))]
    for k in told.tolist():
        of, rhythm = gaps[series[k]], rhythms[series[k]]
        if len(of) < MOST:
            number = rhythm.key if rhythm.kind == "number" else ""
            of.append(_Gap(number, int(first[k]), int(last[k]), float(lost[k]), float(raw[k]), bool(edge[k]),
                           (int(froms[k]), int(untils[k])), bool(last[k] < finish <= ends[k])))
    return gaps, days


def _after(rhythm: Rhythm, start: int, end: int, shared: Spans) -> tuple[float, int]:
    """Return how many of the calls expected in [start, end) shared silences explain, and when the rest began."""
    explained, at = 0.0, start
    for first, last in sorted((to_us(s), to_us(e)) for s, e in shared):
        first, last = max(first, at), min(last, end)  # noqa: PLW2901 -- what the gap has of it
        if first < last:
            explained += rhythm.expected(instant(first), instant(last), platform=True)
            before = rhythm.expected(instant(at), instant(first), platform=True) if first > at else 0.0
            if before < BEGUN:
                explained, at = explained + before, last
    return explained, at


def _gone_through(
    rhythm: Rhythm, free: Spans, mine: tuple[pd.Timestamp, pd.Timestamp]
) -> tuple[float, pd.Timestamp, pd.Timestamp]:
    """Return the calls expected of a silence outside those it shared, and from when to when it went on by itself.

    No call came on either side of a shared one, so it is the same silence; what is too little to be any is left out at
    its ends, for an outage is rarely known to the minute.
    """
    pieces = [(rhythm.expected(s, e, platform=True), s, e) for s, e in free]
    most = max(pieces, default=(0.0, *mine), key=lambda p: (p[0], p[1]))
    enough = [p for p in pieces if p[0] >= PART or p is most]
    start, end = min((p[1] for p in enough), default=mine[0]), max((p[2] for p in enough), default=mine[1])
    return sum(p[0] for p in enough), start, end


def _beyond(
    rhythm: Rhythm, silent: tuple[int, int], shown: tuple[pd.Timestamp, pd.Timestamp], piece: tuple[pd.Timestamp, pd.Timestamp]
) -> float:
    """Return the calls expected of a silence beyond what a window shows of it, on the sides on which a piece of it ends."""
    apart = []
    if piece[0] != shown[0]:
        apart.append((instant(silent[0]), shown[0]))
    if piece[1] != shown[1]:
        apart.append((shown[1], instant(silent[1])))
    return sum(rhythm.expected(start, end, platform=True) for start, end in apart if start < end)


def _beside(
    ground: Ground, account: str, silent: tuple[int, int], shared: Sequence[Shared], short: Sequence[Shared]
) -> tuple[str, ...]:
    """Return the causes that had a part of a silence, and are known to explain too little of it."""
    causes: set[str] = set()
    for start, end, group in shared:
        if to_us(start) <= silent[1] and silent[0] <= to_us(end) and (group is None or account in ground.groups.get(group, ())):
            causes.update(OF_ALL if group is None else OF_A_GROUP)
    for start, end, group in short:
        if to_us(start) <= silent[1] and silent[0] <= to_us(end) and account in ground.groups.get(group or "", ()):
            causes.add("trunk-group-degraded")
    return tuple(sorted(causes))


def _hit(first: Ints, last: Ints, shared: Sequence[Shared]) -> Bools:
    """Say which of the gaps have any time in common with a shared silence."""
    hit = np.zeros(len(first), dtype=bool)
    for start, end, _ in shared:
        hit |= (first < to_us(end)) & (last > to_us(start))
    return hit


def _shared_with(ground: Ground, account: str, shared: Sequence[Shared]) -> Spans:
    """Return the shared silences of everybody and of the account's own trunk group."""
    return [(s, e) for s, e, group in shared if group is None or account in ground.groups.get(group, ())]


def _meant(meant: dict[bool, Meaning], gaps: Sequence[_Gap]) -> list[float]:
    """Return what the raw scores of gaps mean, of accounts and of numbers by what each kind's history held."""
    found = np.zeros(len(gaps))
    for of_number, meaning in meant.items():
        which = [k for k, gap in enumerate(gaps) if bool(gap.number) == of_number]
        raw = np.array([gaps[k].raw for k in which])
        found[which] = np.minimum(meaning.score(raw), raw + MOST_RAISED)
    return [float(one) for one in found]


def _candidate(account: str, gap: _Gap, means: float, tested: float) -> Candidate | None:
    score = means + tested
    if score < LEAST:
        return None
    data: dict[str, object] = {"number": gap.number} if gap.number else {}
    start, end = instant(gap.start), instant(gap.end)
    silent = (start, end) if gap.silent == (gap.start, gap.end) else (instant(gap.silent[0]), instant(gap.silent[1]))
    data |= whole(silent, (start, end))
    if gap.goes_on:
        data[GOES_ON] = True
    return Candidate(
        screen="silence", account=account, asked=(account,), complaint="missed-calls", start=start, end=end,
        score=score, unit="number-day" if gap.number else "account-day", causes=(*CAUSES, RECORDS), lost=gap.lost,
        margin=pd.Timedelta(0), data=data,
        # while a number is silent the others ring, before the window as well
        since=None if gap.number else silent[0])


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

    def __init__(self, ground: Ground, shared: Sequence[Shared]) -> None:
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

    def speak(self, numbers: Sequence[str], start: int, end: int) -> float:
        """Return what the tests of these numbers within [start, end) add to a score.

        A number that went down within the gap, or came back within it, passes before or after: what tells is the longest
        run of failures one after the other of one number, two at least where any of its tests passed. −log10 of the chance
        that so many fail by themselves anywhere among them, at half its weight: it was looked for after the gap. A gap of
        several numbers pays for the choice.
        """
        best = done = failed = 0.0
        for number in numbers:
            if number not in self.by_number:
                continue
            at, bad = self.by_number[number]
            inside = bad[(at >= start) & (at < end)]
            done, failed = done + len(inside), failed + inside.sum()
            run = _longest(inside)
            if run >= min(2, max(1, len(inside))):
                chance = run * math.log10(self.base) + math.log10(len(numbers) * (len(inside) - run + 1))
                best = max(best, -0.5 * chance)
        if failed == done:
            best = max(best, -0.5 * failed * math.log10(self.base))
        return min(MOST_TESTED, best)


def _longest(bad: Bools) -> int:
    """Return the length of the longest run of true values."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], bad, [False]]).astype(int)))
    return int((edges[1::2] - edges[::2]).max(initial=0))


def _same_hours(ground: Ground, silences: Silences, series: Ints, starts: Ints, ends: Ints) -> Floats:
    """Return the most calls the same hours of other days lead to expect; infinite where too few can tell.

    No rhythm expects nothing at all of any hour; of an office that never calls on weekdays it expects a few calls a
    week, and after five days their absence would look like news.
    """
    one, counted, known = _on_record(ground, silences, series)
    return same_hours.at_most(counted, starts, ends, one.zone, known, by_day=one.nobody_rang)


def _every_other_week(  # noqa: PLR0917 -- silences as arrays
    ground: Ground, silences: Silences, series: Ints, starts: Ints, ends: Ints, usual: Floats
) -> Bools:
    """Say of which silences many other weeks have had their like in the same hours: two offices may take turns.

    ``usual`` is how many calls the rhythm expects in each, which knows no more than their mean.
    """
    one, counted, known = _on_record(ground, silences, series)
    off, weeks = same_hours.off_weeks(counted, starts, ends, one.zone, known, HARDLY * usual)
    return (off >= OFF_WEEKS) & (off >= OFF_SHARE * weeks)


def _on_record(ground: Ground, silences: Silences, series: Ints) -> tuple[
    Rhythm, Callable[[Ints, Ints, Ints], Ints], Callable[[Ints, Ints], Bools],
]:
    """Return a rhythm of those, what counts the calls of some of the series, and what says of which times records can tell."""
    begin, finish = to_us(ground.start), to_us(ground.end)
    one = silences.rhythms[0]

    def counted(rows: Ints, low: Ints, high: Ints) -> Ints:
        of = np.broadcast_to(series[rows], low.shape)
        return silences.counts(of.ravel(), low.ravel(), high.ravel()).reshape(low.shape)

    def known(low: Ints, high: Ints) -> Bools:
        return (low >= one.first) & (high <= one.last) & ~((low < finish) & (high > begin))

    return one, counted, known


def _at_edge(silences: Silences, coverage: Sequence[Spans], series: Ints, starts: Ints, ends: Ints) -> Bools:
    """Say which gaps begin or end where their series' coverage does: hardly any call is expected between the two."""
    found = np.zeros(len(starts), dtype=bool)
    touching: list[tuple[Ints, Ints]] = []
    for place, covered in enumerate(coverage):
        mine = np.flatnonzero(series == place) if covered else series[:0]
        if mine.size:
            spans = np.array([(to_us(s), to_us(e)) for s, e in covered], dtype=np.int64)
            gap, span = np.nonzero((starts[mine, None] < spans[:, 1]) & (spans[:, 0] < ends[mine, None]))
            touching.append((mine[gap], spans[span]))
    if not touching:
        return found
    gap, span = (np.concatenate(side) for side in zip(*touching, strict=True))
    whose, begin, finish, first, last = series[gap], starts[gap], ends[gap], span[:, 0], span[:, 1]
    reach = int(EDGE.total_seconds() * 1e6)
    begins = (begin <= first + reach) | (silences.between(whose, first, np.maximum(begin, first)) < 0.5)
    closes = (finish >= last - reach) | (silences.between(whose, np.minimum(finish, last), last) < 0.5)
    found[gap[begins | closes]] = True
    return found


def _same(gap: Candidate, other: Candidate) -> bool:
    shared = min(gap.end, other.end) - max(gap.start, other.start)
    return bool(shared >= 0.7 * (gap.end - gap.start))


SCREEN = Screen("Did an account's calls stop?", ("calls.account",), run)
