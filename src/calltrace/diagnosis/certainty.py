"""How sure an answer may be worded: confirmed, likely or inconclusive, and whom it may accuse.

Nobody outside the service is accused on a gap alone that chance could explain, on records that could not have shown the
call, or beside another cause that was never looked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from calltrace.diagnosis import causes
from calltrace.diagnosis.alibis import day_off, faded, moved
from calltrace.diagnosis.causes._shared import DOUBTFUL as DOUBTED
from calltrace.diagnosis.checks import coverage
from calltrace.diagnosis.diagnosis import Ranked
from calltrace.diagnosis.evidence import MEANT as ON_PURPOSE
from calltrace.diagnosis.evidence import Evidence, Outcome
from calltrace.diagnosis.gaps import MEANT, gaps
from calltrace.diagnosis.profile import CONFIRMED, LIKELY
from calltrace.diagnosis.scene import Scene
from calltrace.diagnosis.weigh import is_own, strongest, symptoms, unlooked

SHAPED = 4.0
"""Calls to be expected within the coverage from which a gap's fit with it says more than the gap itself."""

OF_THE_GAP = {"account-silent", "some-numbers-silent", "all-numbers-silent", "only-toll-free-silent", "silent-inside-coverage"}
"""Facets that say no more than that there is a gap, and whose."""

PLAIN = 1.0
"""Weight (log-odds) against a cause from which it counts as plainly spoken against."""

HELD, HELD_CHANCE = 0.55, 0.45
"""Probability to which a cause somebody outside has to answer for is held where the records could not have shown the
call, and where chance alone may have made the gap."""

REACH = "records-end-early"
"""Says that the records do not reach over the window."""

OF_A_GROUP = ("carrier-outage", "trunk-group-degraded")
"""Causes of calls of a trunk group that never came, as none do where its records end."""

UNTRIED = ("one-way-audio",)
"""Causes the records show by what callers did of them alone: only a test call confirms where the sound is lost."""

ACCUSING = ("client", "carrier", "another-client")
"""Parties outside the service: a cause laid at their door is confirmed only on evidence that ran."""


def wording(scene: Scene, ranked: tuple[Ranked, ...], evidence: list[Evidence]) -> str:
    """Return confirmed, likely or inconclusive.

    Nobody outside the service is accused as confirmed unless the shared silences were looked for and not found,
    and the gap itself is beyond chance.
    """
    if not ranked or ranked[0].probability < LIKELY:
        return "inconclusive"
    top = ranked[0]
    pieces = strongest(evidence)
    if top.party in ACCUSING and any(f in pieces and pieces[f].outcome is Outcome.FOUND for f in _of_the_feed(top.cause)):
        return "inconclusive"
    if top.party in ACCUSING and LEFT in pieces and pieces[LEFT].outcome is Outcome.FOUND:
        return "inconclusive"
    if top.party in ACCUSING and (unproven(scene, pieces, top) or _quiet_day(pieces, top)):
        return "inconclusive"
    if (unknowable(pieces) and top.party == "nobody") or disputing(pieces, top.cause):
        return "inconclusive"
    if top.probability < CONFIRMED or top.cause in UNTRIED:
        return "likely"
    if top.party in ACCUSING:
        if scene.learned_from_window:
            return "likely"  # what is usual was read off the very days complained of
        pooled = [pieces[f] for f in ("platform-silent", "account-silent") if f in pieces]
        if any(p.outcome is Outcome.NOT_RUN for p in pooled) or _neighbour_unasked(ranked, pieces):
            return "likely"
        focus = gaps(scene).focus if "account-silent" in pieces else None
        shared = pieces.get("trunk-silent")
        alone = shared is None or shared.outcome is not Outcome.FOUND
        if alone and focus is not None and focus.strength < 1:
            return "likely"
    return "confirmed"


def _of_the_feed(cause: str) -> tuple[str, ...]:
    """Return the facets that say that the records could not have shown what a cause is told by.

    Where they end says nothing of a crowd, or of refusals, that they hold: who complains while it lasts asks of a time that is
    not over.
    """
    ends = cause in OF_A_GROUP or any(s.facet == REACH for s in causes.get(cause).signs)
    return (REACH, "log-hides-unanswered") if ends else ("log-hides-unanswered",)


def _neighbour_unasked(ranked: tuple[Ranked, ...], pieces: Mapping[str, Evidence]) -> bool:
    """Say whether a cause the first is mistaken for, of another party, was not looked for, for want of a table.

    One that something else plainly speaks against needs no looking for.
    """
    top = ranked[0]
    for rank in ranked[1:]:
        if rank.party == top.party or rank.cause not in causes.get(top.cause).neighbours:
            continue
        own = [pieces[s.facet] for s in causes.get(rank.cause).signs
               if s.facet in pieces and s.facet not in symptoms() and is_own(rank.cause, s.facet)]
        not_asked = own and all(p.outcome is Outcome.NOT_RUN for p in own) and any(p.missing for p in own)
        if not_asked and sum(b.weight for b in rank.refutes) > -PLAIN:
            return True
    return False


def held(ranked: tuple[Ranked, ...], *, chance: bool, alibi: bool = False) -> tuple[Ranked, ...]:
    """Hold an accusation of somebody outside that is not proven below likely.

    The weights are learned where a complaint mostly has a fault behind it. A gap that chance makes once in a few
    months among all that are looked at (``chance``) accuses nobody: what is taken off goes to the likeliest cause that
    names nobody. Where it is the records that could not have shown the call, all the others share it. Whom an ``alibi``
    clears is not named first.
    """
    top = ranked[0]
    if top.probability < LIKELY:
        return ranked
    nobody = max((r for r in ranked if r.party == "nobody"), key=lambda r: r.probability, default=None)
    chance = chance and nobody is not None
    both = top.probability + (nobody.probability if nobody is not None else 0.0)
    kept = HELD_CHANCE if chance else HELD
    if chance and (alibi or top.party != "carrier"):
        kept = min(kept, 0.49 * both)  # a client is not even named first; a carrier is asked, not accused
    spare = (top.probability - kept) / (1.0 - top.probability) if top.probability < 1 else 0.0

    def share(rank: Ranked) -> float:
        if rank.cause == top.cause:
            return kept
        if chance and nobody is not None:
            return rank.probability + (top.probability - kept if rank.cause == nobody.cause else 0.0)
        return rank.probability * (1.0 + spare)

    held = [replace(r, probability=share(r)) for r in ranked]
    return tuple(sorted(held, key=lambda r: (-r.probability, r.cause)))


CLOCK = 0.1
"""Probability to which all of those are held where the log's clock had moved: the hours of the calls show nothing then."""


def cleared(ranked: tuple[Ranked, ...], most: float = HELD_CHANCE) -> tuple[Ranked, ...]:
    """Hold all causes together that somebody outside has to answer for, on a day on which most offices had no calls.

    So where the log's clock had moved, to less (``most``).

    Whichever of them it would have been: what is taken off goes to the likeliest cause that names nobody.
    """
    nobody = max((r for r in ranked if r.party == "nobody"), key=lambda r: r.probability, default=None)
    blamed = sum(r.probability for r in ranked if r.party in ACCUSING)
    if nobody is None or blamed <= most:
        return ranked
    share = most / blamed

    def held_to(rank: Ranked) -> float:
        if rank.party in ACCUSING:
            return rank.probability * share
        return rank.probability + (blamed - most if rank.cause == nobody.cause else 0.0)

    told = [replace(r, probability=held_to(r)) for r in ranked]
    return tuple(sorted(told, key=lambda r: (-r.probability, r.cause)))


TOGETHER, CUT = "lost-together", "everybody-cut"
"""Facets that, found, say that everybody's calls were lost as they came in, and that the switch itself cut them."""

BORNE_OUT = {
    "": (TOGETHER, "lost-after-arrival"),
    "missed-calls": (TOGETHER, "lost-after-arrival"),
    "abandoned": (TOGETHER, "abandoned-more"),
    "busy": (TOGETHER,),
    "long-hold": ("own-waits-long", "own-holds-long"),
    "long-ring": ("own-rings-long",),
    "dispatch": ("caller-never-answered",),
}
"""The facets that, found, show what the client complains of in the calls that did arrive."""

PLAINLY = 0.5
"""Strength from which one of them shows it plainly."""


def borne_out(complaint: str, ranked: tuple[Ranked, ...], pieces: Mapping[str, Evidence]) -> Evidence | None:
    """Return what plainly shows the complaint where no cause is likely, and nothing speaks for the nearest; None else.

    That the records do not bear the complaint out, or that no calls were to be expected, is then plainly not so.
    """
    if not ranked or ranked[0].probability >= LIKELY:
        return None
    top = ranked[0]
    if top.party != "nobody" and sum(b.weight for b in top.supports) >= PLAIN:
        return None
    shown = (pieces[f] for f in BORNE_OUT.get(complaint, ()) if f in pieces)
    return next((p for p in shown if p.outcome is Outcome.FOUND and p.strength >= PLAINLY), None)


UNKNOWABLE = ("no-client-then", "number-elsewhere")
"""Facets that, found, leave a time without calls with nobody to blame, and not because the records show how it was."""


LEFT = "may-have-left"
"""Facet that, found, asks of an account's silence whether it was a client still, before anybody outside is accused of it."""


def unknowable(pieces: Mapping[str, Evidence]) -> bool:
    """Say whether the records can't show whose doing a time without calls was."""
    return any(f in pieces and pieces[f].outcome is Outcome.FOUND for f in UNKNOWABLE)


DISPUTED = 0.3
"""Strength from which something found that a cause does not account for keeps it from being said with any certainty."""


def disputing(pieces: Mapping[str, Evidence], cause: str) -> list[Evidence]:
    """Return what was found that a cause does not account for, the strongest first."""
    found = [pieces[s.facet] for s in causes.get(cause).signs if s.disputes and s.facet in pieces]
    return sorted(
        (p for p in found if p.outcome is Outcome.FOUND and p.strength >= DISPUTED), key=lambda p: (-p.strength, p.facet))


DOUBTFUL = tuple(s.facet for s in DOUBTED)
"""Facets that, found, show records that can't be right as they stand."""

MADE_OF = 0.5
"""Part of what a bill rose by from which it rose by such records, and what else would explain it is not named."""


def doubtful(pieces: Mapping[str, Evidence]) -> Evidence | None:
    """Return what shows that a bill rose by records which can't be right; None where at least half of the rise is sound."""
    found = [pieces[f] for f in DOUBTFUL if f in pieces and pieces[f].outcome is Outcome.FOUND]
    return max((p for p in found if p.strength >= MADE_OF), key=lambda p: p.strength, default=None)


def of_records(ranked: tuple[Ranked, ...], pieces: Mapping[str, Evidence]) -> tuple[Ranked, ...]:
    """Name no cause where the first is one of more calls and these are mostly in doubt: nobody made them, as far as is known."""
    doubt = doubtful(pieces)
    if not ranked or doubt is None or doubt not in disputing(pieces, ranked[0].cause):
        return ranked
    return ()


def unexplained(ranked: tuple[Ranked, ...]) -> tuple[Ranked, ...]:
    """Hold a first cause that what was found disputes below likely; as nothing else is known, all others share alike."""
    top, *others = ranked
    if top.probability <= HELD or not others:
        return ranked
    share = (top.probability - HELD) / len(others)
    return (replace(top, probability=HELD), *sorted(
        (replace(r, probability=r.probability + share) for r in others), key=lambda r: (-r.probability, r.cause)))


def spared(ranked: tuple[Ranked, ...]) -> tuple[Ranked, ...]:
    """Hold a first cause that names nobody below likely; what is taken off goes to the others that name nobody."""
    top, *others = ranked
    nobody = sum(r.probability for r in others if r.party == "nobody")
    if top.probability <= HELD or nobody <= 0:
        return ranked
    spare = (top.probability - HELD) / nobody
    return (replace(top, probability=HELD), *sorted(
        (replace(r, probability=r.probability * (1.0 + spare)) if r.party == "nobody" else r for r in others),
        key=lambda r: (-r.probability, r.cause)))


PERHAPS = 0.7
"""Probability to which a first cause is held that rests on what may have been meant to be so."""


def perhaps_meant(ranked: tuple[Ranked, ...], pieces: Mapping[str, Evidence]) -> tuple[Ranked, ...]:
    """Hold a first cause that rests on what the records can't tell from what was meant to be so.

    What is taken off goes to there being nothing wrong, or is shared by the others where that is not weighed.
    """
    if not ranked or ranked[0].probability <= PERHAPS:
        return ranked
    top, *others = ranked
    if not any(pieces[b.facet].data.get(ON_PURPOSE) for b in top.supports) or not others:
        return ranked
    nothing = [r for r in others if r.cause == "within-normal"] or others
    more = (top.probability - PERHAPS) / len(nothing)
    rest = (replace(r, probability=r.probability + more) if r in nothing else r for r in others)
    return (replace(top, probability=PERHAPS), *sorted(rest, key=lambda r: (-r.probability, r.cause)))


def left_over(ranked: tuple[Ranked, ...], pieces: Mapping[str, Evidence]) -> tuple[Ranked, ...]:
    """Hold a first cause that could not be looked for, and is left where nothing else explains what was found.

    What is taken off goes to the others by their own probability.
    """
    if not ranked or ranked[0].probability <= PERHAPS:
        return ranked
    top, *others = ranked
    if not others or top.cause not in unlooked([r.cause for r in ranked], pieces):
        return ranked
    more = (1.0 - PERHAPS) / (1.0 - top.probability) if top.probability < 1.0 else 0.0
    return (replace(top, probability=PERHAPS), *(replace(r, probability=r.probability * more) for r in others))


UNROUTED = "what carries the calls of several clients was down"
"""What a trouble of accounts that were silent together is called, where the records name no trunk group that was."""


def unrouted(ranked: tuple[Ranked, ...], pieces: Mapping[str, Evidence]) -> tuple[Ranked, ...]:
    """Hold a carrier's outage that only the accounts silent together show, and call it no more than it is.

    What they have in common is not on record: it may be the service's own as well.
    """
    together, group = pieces.get("silent-together"), pieces.get("trunk-silent")
    if together is None or together.outcome is not Outcome.FOUND:
        return ranked
    if group is not None and group.outcome is Outcome.FOUND:
        return ranked
    named = [replace(r, title=UNROUTED) if r.cause == "carrier-outage" else r for r in ranked]
    top, *others = named
    if top.cause != "carrier-outage" or top.probability <= PERHAPS or not others:
        return tuple(named)
    spare = (1.0 - PERHAPS) / max(1e-9, 1.0 - top.probability)
    return (replace(top, probability=PERHAPS), *(replace(r, probability=r.probability * spare) for r in others))


CUT_ALL = "the service's switch cut everybody's calls"
"""What a switch that was down is called where calls did reach it, and none of them an agent."""

ALL_LINES = 0.9
"""Probability that it was the switch, where the calls it cut came by several trunk groups; of one it is :data:`PERHAPS`."""


OF_SILENCE = ("platform-silent", "kpi-stopped")
"""Facets that say that calls came, which is no word for a switch that then cut them."""

ACCOUNTS_FOR = {
    "failed": ("platform-outage", "planned-shutdown"), "announcement": ("announcement-dead-end", "understaffed")}
"""Causes that account for calls which everybody lost as they came in, by how they ended. Nothing that makes callers wait does:
none of these did."""


def lost_together(ranked: tuple[Ranked, ...], pieces: Mapping[str, Evidence]) -> tuple[Ranked, ...]:
    """Name no cause of calls that everybody lost as they came in but one that accounts for it: the switch, where it cut them."""
    shown = pieces.get(TOGETHER)
    if not ranked or shown is None or shown.outcome is not Outcome.FOUND:
        return ranked
    ranked = _cut(ranked, pieces)
    known = () if shown.data.get("doubted") or shown.data.get("trunk_group") else ACCOUNTS_FOR.get(str(shown.data["way"]), ())
    return ranked if ranked[0].cause in known else ()


def _cut(ranked: tuple[Ranked, ...], pieces: Mapping[str, Evidence]) -> tuple[Ranked, ...]:
    """Put the switch first where it cut everybody's calls: that nothing was silent says nothing for it then.

    One trunk group's calls may as well have been brought in broken. What was announced as maintenance was that.
    """
    cut = pieces.get(CUT)
    if cut is None or cut.outcome is not Outcome.FOUND:
        return ranked
    cause = "planned-shutdown" if cut.data.get("announced") else "platform-outage"
    top = next((r for r in ranked if r.cause == cause), None)
    if top is None:
        return ranked
    sure = max(top.probability, ALL_LINES if float(str(cut.data["lines"])) > 1 else PERHAPS)
    spare = (1.0 - sure) / max(1e-9, 1.0 - top.probability)
    first = replace(
        top, probability=sure, title=CUT_ALL if cause == "platform-outage" else top.title,
        refutes=tuple(b for b in top.refutes if b.facet not in OF_SILENCE))
    return (first, *(replace(r, probability=r.probability * spare) for r in ranked if r.cause != cause))


def unproven(scene: Scene, pieces: Mapping[str, Evidence], top: Ranked) -> bool:
    """Say whether the verdict rests on one gap alone that chance could still explain, or an alibi clears whom it names."""
    gap = gaps(scene).focus if "account-silent" in pieces else None
    if has_alibi(scene, pieces):
        return True
    if gap is None or gap.strength >= 1:
        return False
    others = [pieces[b.facet] for b in top.supports
              if b.facet not in OF_THE_GAP and pieces[b.facet].outcome is Outcome.FOUND]
    # that a gap fits the coverage says something only where the coverage alone would hold calls, and chance makes no such gap
    shaped = gap.score >= MEANT
    return not any(p.facet not in coverage.FACETS or (shaped and (p.expected or 0.0) >= SHAPED) for p in others)


def has_alibi(scene: Scene, pieces: Mapping[str, Evidence]) -> bool:
    """Say whether the records show where the calls of a silence went, or that they had gone."""
    if "account-silent" not in pieces or gaps(scene).focus is None:
        return False
    return any(alibi(scene) is not None for alibi in (faded, moved, day_off))


def _quiet_day(pieces: Mapping[str, Evidence], top: Ranked) -> bool:
    """Say whether the rest of the span was quiet as well, and nobody could have told of a closure."""
    closure = pieces.get("closure-announced")
    if closure is None or closure.outcome is not Outcome.NOT_RUN:
        return False
    shape = next((pieces[b.facet] for b in top.supports if b.facet in coverage.FACETS), None)
    lively = shape.data.get("lively") if shape is not None else None
    return isinstance(lively, float) and lively < coverage.HALF_LIVELY
