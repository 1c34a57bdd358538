"""Does the silence begin and end with the hours in which the client forwards its lines?

A client that forgets to forward is silent from the start of its coverage to its end; one that is late, from the
start until somebody remembers; one that takes its lines back early, from some moment to the end. A fault of the
line or the network knows nothing of those hours. Coverage comes from the accounts table; without it, from the hours
in which the account's calls have come in the past, which the sentence then says. An account covered around the
clock has no such edge. While a silence goes on, only its beginning tells.
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import pandas as pd

from calltrace.classes import dataclass
from calltrace.diagnosis import words
from calltrace.diagnosis.alibis import explained
from calltrace.diagnosis.checks._base import Check, Facet
from calltrace.diagnosis.evidence import Evidence, Outcome, unasked
from calltrace.diagnosis.gaps import MARGIN, MEANT, SETTLED, Gap, gaps
from calltrace.diagnosis.scene import Scene
from calltrace.tables import phones

if TYPE_CHECKING:
    from calltrace.normal.rhythm import Rhythm

SLACK = pd.Timedelta(minutes=25)
"""People forward some minutes early or late, and callers do not ring the moment a line is theirs."""

STRAY = 1
"""Calls that may come in those minutes all the same, as somebody dials the service's own number: more show the line forwarded."""

FOUND_FROM = 0.6
"""Strength of a gap from which it is one to explain."""

FACETS = ("silent-whole-coverage", "silent-from-coverage-start", "silent-to-coverage-end", "silent-inside-coverage")


Spans: TypeAlias = list[tuple[pd.Timestamp, pd.Timestamp]]


@dataclass(frozen=True)
class Fit:
    """How a gap lies in one span of coverage: expected calls before, in and after it, within the span.

    ``seen`` are the calls that came before and after it; ``lively``, from :data:`LEAST_LIVELY` to 1, how far they are
    what those hours usually bring.
    """

    start: pd.Timestamp
    end: pd.Timestamp
    before: float
    lost: float
    after: float
    seen: tuple[int, int]
    lively: tuple[float, float]


LIVELY, LISTLESS = 0.1, 0.005
"""Chance of so few calls in the rest of the span from which it was an ordinary day, and below which it was none: a
holiday nobody announced is quiet throughout, and forwarding has little to do with it."""

LEAST_LIVELY, HALF_LIVELY = 0.15, 0.6
"""What is left of a fit where the rest of the span was that quiet, and below what a closure nobody told of fits as well."""

BEGAN = 0.5
"""Most that the beginning of a silence alone tells, of what its beginning and end do together."""

LASTS = pd.Timedelta(hours=20)
"""A silence longer than this outlasts any one shift: nobody forwards that late or takes the lines back that early."""


def run(scene: Scene) -> list[Evidence]:
    """Lay the gap over the coverage span in which it lost most calls, and measure how long it lasts."""
    return [*_shape(scene), _lasting(scene), _going_on(scene), _toll_free(scene)]


def _going_on(scene: Scene) -> Evidence:
    """Say whether the records end with the silence, so that no call shows the lines to be back."""
    name = "silence-goes-on"
    gap = gaps(scene).focus
    if gap is None or gap.strength < FOUND_FROM:
        return unasked(name, "there is no silence to measure")
    zone = scene.account.zone
    return Evidence(
        name, Outcome.FOUND if gap.open_end else Outcome.CLEAR,
        f"no call has come since {words.clock(gap.start, zone)}, up to the end of the records" if gap.open_end
        else f"calls came again from {words.clock(gap.end, zone)}",
        strength=gap.strength, start=gap.start, end=gap.end)


def _lasting(scene: Scene) -> Evidence:
    """Say whether the silence lasted longer than a shift, weekends and closed hours not counted."""
    name = "silent-for-long"
    gap = gaps(scene).focus
    if gap is None or gap.strength < FOUND_FROM:
        return unasked(name, "there is no silence to measure")
    if scene.coverage and not around_the_clock(scene.coverage):
        lasted = sum(
            ((min(b, gap.end) - max(a, gap.start)) for a, b in scene.coverage if gap.overlaps(a, b)), pd.Timedelta(0))
    else:
        lasted = gap.end - gap.start
    found = lasted > LASTS
    return Evidence(
        name, Outcome.FOUND if found else Outcome.CLEAR,
        f"the silence lasted {words.length(lasted)} of the time in which calls could come",
        strength=min(1.0, lasted / LASTS - 1) if found else 1.0 - 0.5 * min(1.0, lasted / LASTS),
        start=gap.start, end=gap.end)


def _toll_free(scene: Scene) -> Evidence:
    """Say whether the only silent numbers are toll-free ones, whose routing no client changes from day to day."""
    name = "only-toll-free-silent"
    found = gaps(scene)
    if not found.number:
        return unasked(name, "no single number was silent while others rang")
    free = [n for n in found.silent_numbers if phones.is_toll_free(n)]
    only = len(free) == len(found.silent_numbers) and not any(phones.is_toll_free(n) for n in found.ringing_numbers)
    gap = found.numbers[found.number]
    return Evidence(
        name, Outcome.FOUND if only else Outcome.CLEAR,
        f"the silent number{'s are' if len(free) > 1 else ' is'} toll-free, the local ones rang" if only
        else "the silent number is a local one, or other toll-free numbers rang",
        strength=gap.strength, start=gap.start, end=gap.end)


def _shape(scene: Scene) -> list[Evidence]:
    gap = gaps(scene).focus
    if gap is None or gap.strength <= 0:
        return _not_run("there is no silence to compare with the coverage")
    spans, learned = _spans(scene)
    if not spans:
        return _not_run("the hours in which the client forwards are not known", ("accounts.coverage",))
    if around_the_clock(spans):
        if learned:  # calls at every hour say nothing of who forwards when: for a weekend, or for good
            return _not_run("calls come at every hour, and when the client forwards is not known", ("accounts.coverage",))
        return _inside(gap, "the account is covered around the clock: there is no hour at which it forwards")
    if (outage := explained(scene)) is not None:
        silent = words.span(outage.start, outage.end, scene.account.zone)
        return _not_run(f"others were silent {silent} as well: whoever forwards by the clock is silent for all of it then")
    start, end = scene.question.start - MARGIN, scene.question.end + MARGIN
    fits = [_fit(scene, gap, a, b) for a, b in spans if gap.overlaps(a, b) and a < end and start < b]
    fits = [f for f in fits if f.lost > 0]
    if not fits:
        return _not_run("the silence lies outside the hours in which the client forwards")
    began = outlasts(_rhythm(scene), gap.start, gap.end, spans)
    first = next((a, b) for a, b in spans if gap.overlaps(a, b))
    # whoever asks of the next span alone says nothing of calls missing in the one before: that takes more than a complaint does
    unasked_of = first[1] <= start
    if began >= (SETTLED if unasked_of else MEANT):
        return _amid(scene, gap, first, began, learned=learned)
    doubt = began / SETTLED if unasked_of and began >= MEANT else 0.0
    return _evidence(scene, gap, max(fits, key=lambda f: f.lost), spans, learned=learned, doubt=doubt)


def _not_run(says: str, missing: tuple[str, ...] = ()) -> list[Evidence]:
    return [unasked(f, says, *missing) for f in FACETS]


def around_the_clock(spans: list[tuple[pd.Timestamp, pd.Timestamp]]) -> bool:
    """Say whether coverage is one span that hardly ends."""
    return len(spans) == 1 and spans[0][1] - spans[0][0] > pd.Timedelta(days=10)


def _inside(gap: Gap, says: str, sure: float = 1.0) -> list[Evidence]:
    found = Evidence(
        "silent-inside-coverage", Outcome.FOUND, says, strength=sure * gap.strength, start=gap.start, end=gap.end)
    return [*(Evidence(f, Outcome.CLEAR, says, strength=sure) for f in FACETS[:3]), found]


def _spans(scene: Scene) -> tuple[list[tuple[pd.Timestamp, pd.Timestamp]], bool]:
    """Return the coverage spans, and whether they were learned from the calls for want of a table."""
    if scene.coverage:
        return scene.coverage, False
    rhythm = scene.baseline.of("account", scene.account.account)
    if rhythm.history_days < 14 or rhythm.learned_from < 60:
        return [], True
    start = scene.question.start.floor("h") - pd.Timedelta(days=8)
    hours = pd.date_range(start, periods=16 * 24 + 1, freq="h")
    rates = np.array([rhythm.expected(a, b) for a, b in pairwise(hours)])
    # an hour counts as open when calls come in it at more than a twentieth of the account's mean rate
    is_open = rates > 0.05 * rates.mean()
    if is_open.mean() > 0.97:
        return [(hours[0], hours[-1])], True
    edges = np.flatnonzero(np.diff(np.concatenate([[False], is_open, [False]]).astype(int)))
    return [(hours[a], hours[b]) for a, b in edges.reshape(-1, 2)], True


def _amid(
    scene: Scene, gap: Gap, first: tuple[pd.Timestamp, pd.Timestamp], score: float, *, learned: bool
) -> list[Evidence]:
    """Return what a silence shows that began amid one span of coverage and went on into another.

    How it lies in the span in which it lost most says nothing then.
    """
    zone = scene.account.zone
    says = (f"silent {words.span(gap.start, gap.end, zone)}: it began amid the time in which"
            f" {'its calls usually come' if learned else 'it should forward'} ({words.span(*first, zone)}) and outlasted it")
    return _inside(gap, says, min(1.0, score / SETTLED) * (0.7 if learned else 1.0))


def outlasts(
    rhythm: Rhythm, start: pd.Timestamp, end: pd.Timestamp, spans: list[tuple[pd.Timestamp, pd.Timestamp]]
) -> float:
    """Return how surely (-log10 of the chance) a silence began amid one span of coverage and went on into others, else 0.

    The lines were forwarded when it began, and who takes them back forwards them again. What is left of the first span,
    and the others, must hold calls that chance would not leave out: a thin number's last call is often long before its
    lines are taken back.
    """
    first, *later = [(a, b) for a, b in spans if start < b and a < end] or [(start, end)]
    if start <= first[0] + SLACK or not later:
        return 0.0
    left = rhythm.chance_of_none(start, first[1])
    after = math.prod(rhythm.chance_of_none(a, min(b, end)) for a, b in later)
    return -math.log10(max(left, after, 1e-300))


def _rhythm(scene: Scene) -> Rhythm:
    """Return the usual calls of what is silent: of a number, else of the account."""
    number = gaps(scene).number
    return scene.baseline.of("number", number) if number else scene.baseline.of("account", scene.account.account)


def _fit(scene: Scene, gap: Gap, start: pd.Timestamp, end: pd.Timestamp) -> Fit:
    rhythm = _rhythm(scene)

    def expected(a: pd.Timestamp, b: pd.Timestamp) -> float:
        return float(rhythm.expected(a, b)) if b > a else 0.0

    def lively(a: pd.Timestamp, b: pd.Timestamp) -> float:
        if b <= a:
            return 1.0
        chance = max(rhythm.chance(a, b, rhythm.count(a, b), platform=True), 1e-12)
        part = (np.log10(chance) - np.log10(LISTLESS)) / (np.log10(LIVELY) - np.log10(LISTLESS))
        return float(np.clip(part, LEAST_LIVELY, 1.0))

    earlier = start, min(max(gap.start, start), end)
    later = max(min(gap.end, end), start), end
    return Fit(
        start, end,
        before=expected(*earlier),
        lost=expected(max(gap.start, start), min(gap.end, end)),
        after=expected(*later),
        seen=(rhythm.count(*earlier), rhythm.count(*later)),
        lively=(lively(*earlier), lively(*later)),
    )


def _evidence(scene: Scene, gap: Gap, fit: Fit, spans: Spans, *, learned: bool, doubt: float = 0.0) -> list[Evidence]:
    """Say which of the four shapes the gap has; the calls expected outside it, in the span, grade the doubt.

    ``doubt`` (0 to 1) is how far it may have begun in an earlier span.
    """
    from_start = gap.start <= fit.start + SLACK
    to_end = gap.end >= fit.end - SLACK and (learned or fit.seen[1] <= STRAY)
    unknown = gap.open_end and (not to_end or _runs_on(scene, gap, fit, spans))
    zone = scene.account.zone
    covered = words.span(fit.start, fit.end, zone)
    source = "its calls usually come" if learned else "it should forward"
    silent = f"silent {words.span(gap.start, gap.end, zone)}"
    if from_start and to_end and not unknown:
        name, says = FACETS[0], f"{silent}: the whole time in which {source} ({covered})"
        # a span in which hardly a call is usual fits any gap
        sure = min(gap.strength, 1 - np.exp(-fit.lost))
    elif unknown:
        if from_start and gap.start >= spans[0][0]:
            return _so_far(scene, gap, spans, learned=learned)
        return _not_run(f"the records end amid the silence ({words.clock(gap.end, scene.account.zone)})",
                        ("call records behind the end of the silence",))
    elif from_start:
        name = FACETS[1]
        says = f"{silent}: from the start of the time in which {source} ({covered}), then calls again"
        says += _few(fit.seen[1], fit.after, fit.lively[1])
        sure = min(gap.strength, 1 - np.exp(-fit.after)) * fit.lively[1]
    elif to_end:
        name = FACETS[2]
        says = f"{silent}: calls at first, then none to the end of the time in which {source} ({covered})"
        says += _few(fit.seen[0], fit.before, fit.lively[0])
        sure = min(gap.strength, 1 - np.exp(-fit.before)) * fit.lively[0]
    else:
        name = FACETS[3]
        says = f"{silent}: it began and ended amid the time in which {source} ({covered})"
        sure = min(gap.strength, 1 - np.exp(-min(max(fit.before, fit.seen[0]), max(fit.after, fit.seen[1]))))
    rest = fit.lively[1] if name == FACETS[1] else fit.lively[0] if name == FACETS[2] else 1.0
    sure *= (0.7 if learned else 1.0) * (1.0 - doubt)
    evidence = []
    for facet in FACETS:
        found = facet == name
        evidence.append(Evidence(
            facet, Outcome.FOUND if found else Outcome.CLEAR, says, strength=float(sure), observed=0.0,
            expected=fit.lost, unit="calls", start=max(gap.start, fit.start), end=min(gap.end, fit.end),
            data={"before": fit.before, "after": fit.after, "span_start": fit.start.isoformat(),
                  "span_end": fit.end.isoformat(), "learned": learned, "lively": rest}))
    return evidence


def _runs_on(scene: Scene, gap: Gap, fit: Fit, spans: Spans) -> bool:
    """Say whether a silence went on, after that span of coverage, into others in which calls were due."""
    rhythm = _rhythm(scene)
    later = [(a, min(b, gap.end)) for a, b in spans if fit.end <= a < gap.end]
    return math.prod(rhythm.chance_of_none(a, b) for a, b in later) < LIVELY


def _so_far(scene: Scene, gap: Gap, spans: Spans, *, learned: bool) -> list[Evidence]:
    """Say what the beginning alone shows of a silence that goes on: it began with the coverage, or while nothing was due.

    A fault begins at any hour. Where nothing is due for much of the week it often begins unseen as well, and that it did so
    tells less; so it does where the last call came long enough before the end of its own span for it to have begun there.
    """
    rhythm, week = _rhythm(scene), pd.Timedelta(days=7)
    first, *later = [(a, b) for a, b in spans if gap.overlaps(a, b)]
    at_once = gap.start <= first[0] + SLACK
    began = first[0] if at_once or not later else later[0][0]
    unseen = 1.0 if at_once else min(1.0, rhythm.chance_of_none(gap.start, first[1]) / LIVELY)
    due = sum((max(min(b, began + week) - max(a, began), pd.Timedelta(0)) for a, b in spans), pd.Timedelta(0))
    lost = rhythm.expected(began, gap.end)
    sure = BEGAN * min(1.0, due / week) * unseen * min(gap.strength, 1 - math.exp(-lost)) * (0.7 if learned else 1.0)
    source = "its calls usually come" if learned else "it should forward"
    zone = scene.account.zone
    says = (f"silent {words.span(gap.start, gap.end, zone)}: from the start of the time in which {source}"
            f" ({words.clock(began, zone)}), and still")
    whole = Evidence(
        FACETS[0], Outcome.FOUND, says, strength=float(sure), observed=0.0, expected=lost, unit="calls",
        start=max(gap.start, began), end=gap.end, data={"span_start": began.isoformat(), "learned": learned})
    open_still = _not_run(f"the records end amid the silence ({words.clock(gap.end, zone)})",
                          ("call records behind the end of the silence",))
    amid = (Evidence(f, Outcome.CLEAR, says, strength=float(sure)) for f in FACETS[2:])
    return [whole, open_still[1], *amid]


def _few(seen: int, expected: float, lively: float) -> str:
    """Return what to add where the rest of the span was quiet as well."""
    if lively >= 1.0:
        return ""
    return f"; {words.count(seen, 'call')} then, where {words.usual(round(expected, 1))}"


CHECK = Check(
    title="Does the silence fit the hours in which the client forwards?",
    facets=(
        Facet(FACETS[0], "Does the silence fill the client's coverage, from start to end?", "gap and coverage"),
        Facet(FACETS[1], "Does it begin with the coverage and end amid it?", "gap and coverage"),
        Facet(FACETS[2], "Does it begin amid the coverage and last to its end?", "gap and coverage"),
        Facet(FACETS[3], "Does it begin and end regardless of the coverage?", "gap and coverage"),
        Facet("silent-for-long", "Did the silence outlast a shift?", "length of the gap"),
        Facet("silence-goes-on", "Does it last to the end of the records?", "end of the gap"),
        Facet("only-toll-free-silent", "Was it only a toll-free number that was silent?", "kind of number"),
    ),
    needs=("calls.account",),
    complaints=("missed-calls",),
    run=run,
)
