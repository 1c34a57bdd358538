"""Did the account's calls stop, and could that be chance?

Asked first, because everything else about missed calls depends on it: a gap in an account's calls means nothing
until it holds more expected calls than chance leaves out. The gap is measured in expected calls, never in hours,
with the account's own hours of the week and over-dispersion; its chance is corrected for having looked for the
worst gap. What looks the same: a quiet hour of a small account, a closed office, and any silence that others share
(see ``shared_silence``).

References
----------
Silence as a test of expected calls against a negative binomial: see ``docs/explanation/how-it-decides.md``.
"""

from __future__ import annotations

import math

import pandas as pd

from calltrace.diagnosis import words
from calltrace.diagnosis.checks._base import Check, Facet
from calltrace.diagnosis.checks._chance import share_tail
from calltrace.diagnosis.checks._load import load
from calltrace.diagnosis.checks._ongoing import learning
from calltrace.diagnosis.elsewhere import Elsewhere
from calltrace.diagnosis.evidence import Evidence, Outcome, examples_of, unasked
from calltrace.diagnosis.gaps import SETTLED, Gap, gaps
from calltrace.diagnosis.lives import absence, left_perhaps, since
from calltrace.diagnosis.scene import Scene, within

MEANT = 0.6
"""Strength of a gap from which it is called found: chance alone makes it about once in sixty account-days."""


QUIET = 1.5
"""Score of a window without a call (-log10 of its chance) up to which chance may have left it so: at once in thirty it says
nothing either way."""

LOST_CHANCE = 0.01
"""Chance below which losing so many calls after arrival is not the account's usual way."""

LOST_LEAST = 3


def run(scene: Scene) -> list[Evidence]:
    """Judge the account's gap, its numbers' gaps, the volume to be expected and what arrived."""
    return [_account(scene), *_numbers(scene), _volume(scene), _arrived(scene), _lost(scene), _life(scene), _left(scene),
            _elsewhere(scene)]


def _edges(scene: Scene, gap: Gap) -> pd.DataFrame:
    """Return the calls at the two edges of a gap: the last before it and the first after it."""
    calls = scene.calls
    return calls[(calls["offered_at"] == gap.start) | (calls["offered_at"] == gap.end)]


def _life(scene: Scene) -> Evidence:
    """Say whether the account is on record at all so early, or so late."""
    if gaps(scene).booked is not None:
        return unasked("no-client-then", "its numbers rang")
    outside = absence(scene)
    if outside is None:
        return Evidence("no-client-then", Outcome.CLEAR, "calls of this account are on record from before that time and"
                        " after it, or from near it")
    return Evidence("no-client-then", Outcome.FOUND, outside.told, start=scene.question.start, end=scene.question.end,
                    data={"settled_by": outside.settled_by})


def _left(scene: Scene) -> Evidence:
    """Say whether the account's calls had stopped a week and more before, or for good, and never came back."""
    shape = gaps(scene)
    if shape.booked is not None:
        return unasked("may-have-left", "its numbers rang")
    gone = left_perhaps(scene, None if shape.focus is None or shape.number else shape.focus.start)
    if gone is None:
        return Evidence("may-have-left", Outcome.CLEAR, "no window that begins a week and more after the account's last call,"
                        " and no silence of two weeks that goes on")
    return Evidence("may-have-left", Outcome.FOUND, gone.told, start=scene.question.start, end=scene.question.end,
                    data={"settled_by": gone.settled_by})


def _elsewhere(scene: Scene) -> Evidence:
    """Say whether the account's own numbers took calls that are booked to another, or another's the calls of its callers."""
    name, booked = "number-elsewhere", gaps(scene).booked
    if not scene.case.has("calls.dnis"):
        return unasked(name, "the records do not say which number was dialled", "calls.dnis")
    if booked is None:
        return Evidence(name, Outcome.CLEAR, "hardly a call to its numbers is booked to another account while it had none")
    return Evidence(name, Outcome.FOUND, booked.told, observed=float(booked.calls), unit="calls",
                    start=scene.question.start, end=scene.question.end,
                    data={"settled_by": booked.settled_by, "numbers": list(booked.numbers), "accounts": list(booked.accounts),
                          **({} if isinstance(booked, Elsewhere) else booked.data)})


def _account(scene: Scene) -> Evidence:
    shape = gaps(scene)
    if shape.booked is not None:
        return unasked("account-silent", shape.booked.told, "which account the number belongs to")
    outside = absence(scene)
    if outside is not None:
        return unasked("account-silent", outside.told, "since when the account is a client, and until when")
    gap = shape.account
    zone = scene.account.zone
    if shape.number and shape.focus is not None:
        return _others_rang(scene, shape.focus, shape.ringing_numbers)
    if gap is None or gap.expected <= 0:
        return unasked(
            "account-silent",
            "The records hold no call of this account to measure by",
            "calls of this account before the window",
        )
    found = gap.strength >= MEANT
    says = (
        f"no call {words.span(gap.start, gap.end, zone)}, where {words.count(gap.expected, 'call')} usually come"
        f" ({words.one_in(gap.score)})"
    )
    return Evidence(
        "account-silent",
        Outcome.FOUND if found else Outcome.CLEAR,
        says if found else f"the longest gap, {words.span(gap.start, gap.end, zone)}, is not beyond"
        f" chance: {words.count(gap.expected, 'call')} to be expected in it, by days that differ as they do",
        strength=gap.strength if found else 1 - gap.strength,
        observed=0.0, expected=gap.expected, unit="calls", start=gap.start, end=gap.end,
        examples=examples_of(_edges(scene, gap), "call_id"),
        data={"score": gap.score},
    )


def _others_rang(scene: Scene, gap: Gap, ringing: tuple[str, ...]) -> Evidence:
    """Say how the account's other numbers fared while some of its numbers were silent."""
    calls = within(scene.calls[scene.calls["dnis"].isin(ringing).fillna(value=False)], gap.start, gap.end)
    return Evidence(
        "account-silent", Outcome.CLEAR,
        f"the account as a whole was not silent: {words.count(len(calls), 'call')} came in on its other numbers"
        f" {words.span(gap.start, gap.end, scene.account.zone)}",
        strength=1 - math.exp(-len(calls)), observed=float(len(calls)), unit="calls", start=gap.start, end=gap.end,
        examples=examples_of(calls, "call_id"))


def _numbers(scene: Scene) -> list[Evidence]:
    found = gaps(scene)
    zone = scene.account.zone
    if len(scene.account.numbers) == 1:
        says = "the account has one number"
        return [Evidence("single-number", Outcome.FOUND, says, strength=1.0 if scene.account.known else 0.0),
                Evidence("some-numbers-silent", Outcome.CLEAR, says, strength=1.0),
                unasked("all-numbers-silent", says)]
    if not scene.account.numbers:
        return [unasked(f, "the records do not say which number was dialled", "calls.dnis")
                for f in ("single-number", "some-numbers-silent", "all-numbers-silent")]
    evidence = [Evidence("single-number", Outcome.CLEAR, f"the account has {len(scene.account.numbers)} numbers")]
    if found.silent_numbers:
        worst = found.number or max(found.silent_numbers, key=lambda n: found.numbers[n].score)
        gap = found.numbers[worst]
        usual = sum(scene.baseline.of("number", n).expected(gap.start, gap.end) for n in found.silent_numbers)
        ringing = sum(
            len(within(scene.calls[scene.calls["dnis"] == n], gap.start, gap.end)) for n in found.ringing_numbers)
        evidence.append(Evidence(
            "some-numbers-silent", Outcome.FOUND,
            f"{', '.join(found.silent_numbers)} silent {words.span(gap.start, gap.end, zone)}"
            f" ({words.count(gap.expected, 'call')} expected, {words.one_in(gap.score)});"
            f" its other numbers took {words.count(ringing, 'call')}",
            strength=gap.strength, observed=0.0, expected=gap.expected, unit="calls", start=gap.start, end=gap.end,
            data={"numbers": list(found.silent_numbers), "ringing": list(found.ringing_numbers), "usual": usual,
                  "calls_on_others": ringing},
        ))
    else:
        judged = [n for n, g in found.numbers.items() if g.expected >= 1]
        # a number without a call in the window that chance explains is no number that rang
        mute = [n for n in found.numbers if n not in set(scene.window["dnis"].dropna())]
        some = 0 < len(mute) < len(scene.account.numbers)
        doubt = max(found.numbers[n].strength for n in mute) if some else 0.0
        says = f"no single number of {len(scene.account.numbers)} was silent while the others rang"
        if doubt > 0:
            says = f"{', '.join(sorted(mute))} had no call while the others rang: by chance, perhaps"
        evidence.append(Evidence(
            "some-numbers-silent", Outcome.CLEAR, says, strength=max(0.3, 1.0 - doubt) if judged else 0.3))
    evidence.append(_together(scene))
    return evidence


def _together(scene: Scene) -> Evidence:
    """Say whether several numbers, each with calls to expect, fell silent together."""
    found = gaps(scene)
    gap = found.account
    name = "all-numbers-silent"
    if found.number:
        return Evidence(name, Outcome.CLEAR, "its other numbers rang while some were silent", strength=1.0)
    if gap is None or gap.strength < MEANT:
        return unasked(name, "the account as a whole was not silent")
    baseline = scene.baseline
    expected = {n: baseline.of("number", n).expected(gap.start, gap.end) for n in scene.account.numbers}
    ordered = sorted(expected.values(), reverse=True)
    second = ordered[1]
    return Evidence(
        name, Outcome.FOUND if second >= 1 else Outcome.CLEAR,
        f"all {len(expected)} numbers were silent together; all but the busiest usually take"
        f" {words.count(sum(ordered[1:]), 'call')} in that time",
        strength=float(min(1.0, 1 - math.exp(-second))) if second >= 1 else 0.2,
        observed=0.0, expected=sum(ordered), unit="calls", start=gap.start, end=gap.end,
    )


def _volume(scene: Scene) -> Evidence:
    """Say whether the window is one in which chance alone leaves an account like this without calls."""
    rhythm = scene.baseline.of("account", scene.account.account)
    start, end = since(scene, scene.question.start), scene.question.end
    unowed = gaps(scene).booked or absence(scene)
    if unowed is not None:
        return unasked("low-volume", unowed.told)
    if rhythm.learned_from == 0:
        return unasked(
            "low-volume",
            "what this account usually gets is not known",
            "calls of this account at other times",
        )
    expected = rhythm.expected(start, end)
    score = -math.log10(max(rhythm.chance_of_none(start, end), 1e-300))
    low = score < QUIET
    strength = 1 - score / QUIET if low else min(1.0, (score - QUIET) / (SETTLED - QUIET))
    says = f"{words.count(round(expected, 1), 'call')} usually come in this window"
    chance = f"none at all happens {words.one_in(score)}" if score > 0.3 else "none at all is common"
    return Evidence(
        "low-volume", Outcome.FOUND if low else Outcome.CLEAR, f"{says}; {chance}",
        strength=strength, observed=float(len(scene.window)), expected=expected, unit="calls",
        start=start, end=end, data={"score": score, "history_days": rhythm.history_days},
    )


def _arrived(scene: Scene) -> Evidence:
    """Say whether about as many calls arrived as the usual week brings."""
    rhythm = scene.baseline.of("account", scene.account.account)
    start, end = since(scene, scene.question.start), scene.question.end
    unowed = gaps(scene).booked or absence(scene)
    if unowed is not None:
        return unasked("calls-arrived", unowed.told)
    observed = len(scene.window)
    expected = rhythm.expected(start, end)
    shape = gaps(scene)
    silent = bool(shape.number) or (shape.account is not None and shape.account.strength >= MEANT)
    if rhythm.learned_from == 0:
        return unasked(
            "calls-arrived",
            "what this account usually gets is not known",
            "calls of this account at other times",
        )
    if observed == 0 and expected < 1:
        return unasked("calls-arrived", "hardly a call was to be expected")
    chance = rhythm.chance(start, end, observed, side="low")
    usual = observed > 0 and chance > 0.02 and not silent
    share = min(1.0, observed / expected) if expected > 0 else 1.0
    return Evidence(
        "calls-arrived", Outcome.FOUND if usual else Outcome.CLEAR,
        f"{words.count(observed, 'call')} arrived, {words.count(round(expected, 1), 'call')} usually do",
        strength=share if usual else min(1.0, 1 - share if expected >= 3 else expected / 3 * (1 - share)),
        observed=float(observed), expected=expected, unit="calls", start=start, end=end,
        examples=examples_of(scene.window, "call_id"),
    )


def _lost(scene: Scene) -> Evidence:
    """Say whether calls did arrive and were then lost: given up, refused, cut, or left in an announcement."""
    window = scene.window
    start, end = scene.question.start, scene.question.end
    focus = gaps(scene).focus
    silent = focus is not None and focus.strength >= MEANT
    lost = window[(window["outcome"] != "answered").fillna(value=False)]
    if window.empty or (silent and len(lost) <= 1):
        return Evidence(
            "lost-after-arrival", Outcome.CLEAR,
            f"{words.count(len(window), 'call')} arrived, {len(lost) or 'none'} of them lost: not given up, refused,"
            " cut or left in an announcement",
            strength=1.0, observed=float(len(lost)), unit="calls", start=start, end=end,
            examples=examples_of(window, "call_id"))
    usual = _lost_elsewhere(scene)
    chance = share_tail(len(lost), len(window), usual, 0.02)
    found = chance < LOST_CHANCE and len(lost) >= LOST_LEAST
    score = -math.log10(max(chance, 1e-12))
    return Evidence(
        "lost-after-arrival", Outcome.FOUND if found else Outcome.CLEAR,
        f"of {words.count(len(window), 'call')} that arrived {len(lost)} never reached an agent"
        f" ({len(lost) / len(window):.0%}, usually {usual:.0%})",
        strength=min(1.0, score / 4) if found else 1.0 - min(0.9, score / 4), observed=float(len(lost)),
        expected=usual * len(window), unit="calls", start=start, end=end, examples=examples_of(lost, "call_id"))


def _lost_elsewhere(scene: Scene) -> float:
    """Return the share of the account's calls at other times that were lost: before the window alone where it goes on after."""
    calls, view = scene.calls, load(scene)
    missed = view.mine & ~view.calls.answered & (view.calls.outcome >= 0)
    told = calls["offered_at"] < scene.question.start
    if learning(view, view.per_quarter(missed), view.per_quarter(view.mine)) is view:
        told |= calls["offered_at"] >= scene.question.end
    elsewhere = calls[told]
    return (float((elsewhere["outcome"] != "answered").sum()) + 1) / (len(elsewhere) + 10)


CHECK = Check(
    title="Did the account's calls stop?",
    facets=(
        Facet("account-silent", "Did the account's calls stop, beyond chance?", "account calls"),
        Facet("some-numbers-silent", "Were only some of its numbers silent?", "number calls"),
        Facet("all-numbers-silent", "Were all its numbers silent together?", "number calls together"),
        Facet("single-number", "Has the account just one number?", "account numbers"),
        Facet("low-volume", "Are calls to be expected at all at that time?", "account calls"),
        Facet("calls-arrived", "Did calls arrive as usual?", "account calls arrived"),
        Facet("lost-after-arrival", "Did calls arrive and then get lost?", "account outcomes"),
        Facet("no-client-then", "Is no call of the account on record so early, or so late?", "account's first and last call"),
        Facet("may-have-left", "Had the account's calls stopped a week and more before, or for good?",
              "account's first and last call"),
        Facet("number-elsewhere", "Did its own numbers take calls for another account?", "calls to its numbers"),
    ),
    needs=("calls",),
    complaints=("missed-calls", "caller-claim"),
    run=run,
)
