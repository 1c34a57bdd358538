"""Did other clients fall silent, and ring again, together with this one, while the rest went on?

A trunk group that is down silences its clients alone; where the records name no trunk group, or one that all calls come in
on, the clients themselves show it: several stop within minutes and ring again within minutes, amid hours that bring all of
them calls, beyond what chance makes. No client forwards for the others. What carries their calls was down: a carrier's, or
the service's own; the records don't say which, nor what these clients have in common.

What looks the same: closing hours and holidays, which offices share; see :mod:`calltrace.diagnosis.together` for what sets
them apart. Numbers of one block are told by ``neighbours-silent``, and a known trunk group, or everybody, by
``shared_silence``.
"""

from __future__ import annotations

import numpy as np

from calltrace.diagnosis import words
from calltrace.diagnosis.accounts import known
from calltrace.diagnosis.checks._base import Check, Facet
from calltrace.diagnosis.checks.coverage import FOUND_FROM
from calltrace.diagnosis.evidence import Evidence, Outcome, unasked
from calltrace.diagnosis.gaps import Gap, gaps
from calltrace.diagnosis.scene import Scene
from calltrace.diagnosis.switches import stopped
from calltrace.diagnosis.together import LEAST, Together, span_of, together
from calltrace.normal.intervals import instant, to_us

FACET = "silent-together"

STEPS = 400
"""Instants of a silence at which its cost so far is measured."""

ABLE = 4.6
"""Calls to be expected of another account in the silence below which its own can't be beyond chance by itself."""


def run(scene: Scene) -> list[Evidence]:
    """Look for other accounts that fell silent and rang again together with the account."""
    found = gaps(scene)
    gap = found.focus
    if gap is None or gap.strength < FOUND_FROM:
        return [unasked(FACET, "there is no silence to compare")]
    if found.number:
        return [unasked(FACET, "the account as a whole was not silent")]
    if any(pool is not None and pool.shared for pool in (found.pool, found.platform)):
        return [unasked(FACET, "the trunk group or the platform was silent as a whole")]
    zone = scene.account.zone
    one = _together(scene, gap)
    if one is None:
        return [Evidence(FACET, Outcome.CLEAR, "no other clients fell silent and rang again together with this one"
                         f" ({words.span(gap.start, gap.end, zone)})", start=gap.start, end=gap.end)]
    names = known(scene.case)
    others = [a for a in one.accounts if a != scene.account.account]
    hit = [{"account": a, "name": names.get(a, a), "expected": round(one.expected[a], 1), "observed": 0.0,
            "says": f"{words.count(round(one.expected[a], 1), 'call')} expected, none on record"} for a in others]
    says = (f"{len(others)} other clients fell silent and rang again together with this one"
            f" ({words.span(one.start, one.end, zone)}), {words.count(round(sum(one.expected.values())), 'call')} of theirs"
            f" missing in all; the rest had {words.count(one.came, 'call')}, {one.usual:.0f} are usual")
    return [Evidence(FACET, Outcome.FOUND, says, observed=0.0, expected=sum(one.expected.values()), unit="calls",
                     start=one.start, end=one.end, data={"score": one.score, "also_affected": {"carrier-outage": hit}})]


def _together(scene: Scene, gap: Gap) -> Together | None:
    """Return the accounts that were silent together with the one that is asked about; None for fewer than speak."""
    baseline, own = scene.baseline, scene.account.account
    unseen = _unseen(scene, gap)
    names = [a for a in baseline.accounts if a not in unseen]
    if own not in names or len(names) < LEAST:
        return None
    middle = _middle(scene, gap)
    able = baseline.all("account", names).expected(gap.start, gap.end) >= ABLE
    spans = {a: span for a, may in zip(names, able, strict=True)
             if (may or a == own) and (span := span_of(baseline.of("account", a), middle)) is not None}
    return together(baseline, own, spans) if own in spans and len(spans) >= LEAST else None


def _unseen(scene: Scene, gap: Gap) -> frozenset[str]:
    """Return the accounts whose records stop in the silence: that they have no call says nothing."""
    latest = max(scene.question.end, scene.case.calls["offered_at"].iloc[-1])
    dark = [one.accounts for one in stopped(scene.case, scene.question.start.floor("D"), latest)
            if one.since < gap.end and (one.until is None or one.until > gap.start)]
    return frozenset[str]().union(*dark)


def _middle(scene: Scene, gap: Gap) -> int:
    """Return when the silence had cost half of its calls, microseconds since 1970 UTC."""
    start, end = to_us(gap.start), to_us(gap.end)
    steps = np.linspace(start, end, STEPS)
    lost = scene.baseline.of("account", scene.account.account).between(np.full(STEPS, float(start)), steps)
    return to_us(instant(int(np.interp(0.5 * lost[-1], lost, steps))))


CHECK = Check(
    title="Did other clients fall silent with it?",
    facets=(Facet(FACET, "Did other clients fall silent and ring again together with it?", "other accounts' silences"),),
    needs=("calls.account",),
    complaints=("missed-calls",),
    run=run,
)
