"""From causes as they were weighed to a verdict: what each may be named for, how sure it may be, and how it is worded."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from calltrace.diagnosis import astray, certainty, claimed, hiding, nobodys
from calltrace.diagnosis.alibis import day_off
from calltrace.diagnosis.bounds import (
    by_digits,
    one_way,
    partly,
    perhaps_down,
    present,
    rang_longer,
    unannounced,
    unharmed,
    unlisted,
    unread,
    unrisen,
    untested,
    unwaited,
)
from calltrace.diagnosis.diagnosis import Ranked
from calltrace.diagnosis.evidence import Evidence
from calltrace.diagnosis.moved_clock import off_by_clock
from calltrace.diagnosis.scene import Scene
from calltrace.diagnosis.weigh import strongest


def settled(
    scene: Scene, ranked: tuple[Ranked, ...], evidence: list[Evidence], *, known: Collection[str], own_calls: bool
) -> tuple[tuple[Ranked, ...], str]:
    """Return the causes of a scene's question in order, each as likely as the records allow, and how they may be worded.

    ``ranked`` are the causes as weighed on ``evidence``; for ``known`` and ``own_calls`` see
    :func:`calltrace.diagnosis.diagnose.decide`.
    """
    pieces = strongest(evidence)
    ranked = _explaining(scene, ranked, evidence, pieces)
    ranked = _but(known, ranked)
    ranked = present.unlogged_rings(certainty.perhaps_meant(ranked, pieces), pieces)
    ranked = present.only_answers(certainty.left_over(ranked, pieces), pieces)
    ranked = unrisen.left(scene, ranked, pieces)
    ranked = certainty.lost_together(certainty.unrouted(ranked, pieces), pieces)
    ranked = one_way.down(untested.alike(scene, certainty.of_records(ranked, pieces), pieces), pieces)
    ranked = unharmed.of_its_own(scene, ranked, pieces) if own_calls else ranked
    ranked = perhaps_down.held(scene, rang_longer.held(scene.question.complaint, ranked, pieces))
    ranked = ranked if scene.question.complaint == hiding.CLAIM else astray.unnamed(ranked, pieces)
    if unlisted.perhaps_its_calls(scene) or unread.holds_window(scene):
        ranked = ()
    return _worded(scene, ranked, evidence, pieces)


def _explaining(
    scene: Scene, ranked: tuple[Ranked, ...], evidence: list[Evidence], pieces: Mapping[str, Evidence]
) -> tuple[Ranked, ...]:
    """Return the causes by what of the complaint each of them explains."""
    complaint = scene.question.complaint
    if complaint == hiding.CLAIM:
        ranked = claimed.on_another_line(claimed.unseen(hiding.by_time(ranked, pieces), pieces), pieces)
        ranked = () if claimed.unexplained(ranked, pieces) else ranked
    return partly.by_part(scene, unwaited.explaining(complaint, ranked, evidence), evidence)


def _but(known: Collection[str], ranked: tuple[Ranked, ...]) -> tuple[Ranked, ...]:
    """Return the causes without those known to explain too little, as likely together as all were."""
    others = [r for r in ranked if r.cause not in known]
    rest = sum(r.probability for r in others)
    if len(others) == len(ranked) or rest <= 0:
        return ranked
    return tuple(replace(r, probability=r.probability / rest) for r in others)


def _worded(
    scene: Scene, ranked: tuple[Ranked, ...], evidence: list[Evidence], pieces: Mapping[str, Evidence]
) -> tuple[tuple[Ranked, ...], str]:
    """Return how the first cause may be worded, and the causes held to it where that is less than they were weighed."""
    ranked, both = unannounced.told(ranked, pieces), unannounced.sure(ranked, pieces)
    as_sure = ranked if both is None else (replace(ranked[0], probability=both), *ranked[1:])
    wording = unread.at_most_likely(scene, certainty.wording(scene, as_sure, evidence), ranked)
    wording = by_digits.silence_at_most_likely(scene, by_digits.at_most_likely(wording, pieces), ranked)
    wording = nobodys.at_most_likely(scene, wording, ranked)
    if ranked and off_by_clock(scene, ranked[0]):
        return certainty.cleared(ranked, certainty.CLOCK), "inconclusive"
    if wording == "inconclusive" and "account-silent" in pieces and day_off(scene) is not None:
        return certainty.cleared(ranked), wording
    if ranked and certainty.disputing(pieces, ranked[0].cause):
        return certainty.unexplained(ranked), wording
    if wording == "inconclusive" and ranked and ranked[0].party in certainty.ACCUSING:
        chance, alibi = certainty.unproven(scene, pieces, ranked[0]), certainty.has_alibi(scene, pieces)
        return certainty.held(ranked, chance=chance, alibi=alibi), wording
    if ranked and ranked[0].party == "nobody" and certainty.unknowable(pieces):
        return certainty.spared(ranked), wording
    return ranked, wording
