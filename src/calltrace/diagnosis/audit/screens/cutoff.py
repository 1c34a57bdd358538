"""Were callers cut off within seconds of being answered, by one agent or on one trunk group?

Agents first, then trunk groups, each against what is usual of the clients whose calls they had and against what others had at
the same time, as :mod:`calltrace.diagnosis.checks.short_answers` holds them. It comes before the crowds: whoever was cut off
calls again, and is no crowd. Where everybody's calls are cut short, or one client's, the records name nobody.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from calltrace.diagnosis import words
from calltrace.diagnosis.audit.ground import Candidate, Ground
from calltrace.diagnosis.audit.screens._base import Screen
from calltrace.diagnosis.audit.screens._scan import ASKED, LOOKS_A_DAY, hardest_hit
from calltrace.diagnosis.checks._chance import after_looking, score
from calltrace.diagnosis.checks._cut_short import (
    agents_cutting,
    apart,
    far_shorter,
    groups_by_call,
    groups_cutting,
    heard_elsewhere,
    often_short,
    over_at_once,
)

if TYPE_CHECKING:
    from calltrace.diagnosis.checks._chance import Bools
    from calltrace.diagnosis.checks._cut_short import Cut
    from calltrace.diagnosis.diagnosis import Hit

LEAST_CALLS = 3
"""Calls of an agent over at once in the window, from which agents are looked at."""

LEAST = 3.0
"""Score from which an agent's or a group's short calls are worth a thought: nobody is named by what a month may bring."""


def run(ground: Ground, _found: Sequence[Candidate]) -> list[Candidate]:
    """Scan every agent's answered calls, then every trunk group's, where the window's own show that it may be worth while."""
    soon = ground.profile.value("hung_up_soon_s")
    near = ground.view.places(ground.view.first, ground.view.last)
    calls = ground.columns
    length = calls.talk[near] + np.nan_to_num(calls.hold[near])
    kept = np.flatnonzero(calls.answered[near] & calls.owned[near] & ~np.isnan(length))
    inside, took = near.start + kept, length[kept]
    found: list[Candidate] = []
    at_once = calls.agent[inside[took <= soon]]
    if len(at_once) and np.bincount(at_once + 1)[1:].max(initial=0) >= LEAST_CALLS:
        found += _agents(ground)
    group, groups = groups_by_call(ground.case)
    if len(groups) > 1 and often_short(group[inside], ground.view.bin[inside], took, soon):
        found += _groups(ground)
    return found


def _agents(ground: Ground) -> list[Candidate]:
    """Find agents whose calls were over at once while what the others answered was not."""
    soon, calls = ground.profile.value("hung_up_soon_s"), ground.columns
    candidates = []
    for cut in agents_cutting(ground.view, soon) if calls.agents else []:
        reached = _score(cut)
        beside = apart(ground.view, soon, cut) if reached >= LEAST else None
        if beside is None or not beside.sure:
            continue
        agent = calls.agents[cut.who]
        hits = _hits(ground, cut, over_at_once(ground.view, soon) & (calls.agent == cut.who))
        says = (
            f"calls were over within seconds of being answered. {cut.short:.0f} of"
            f" {words.count(cut.calls, 'call')} this agent answered {_when(ground, cut)} were over within {soon:.0f} s,"
            f" {cut.expected / cut.calls:.0%} are usually; {beside.short} of {beside.calls} that others answered then")
        candidates.append(Candidate(
            screen="cutoff", account=None, asked=tuple(h.account for h in hits[:ASKED]), complaint="missed-calls",
            start=ground.at(cut.first), end=ground.at(cut.last), score=reached, unit="agent-day",
            causes=("agent-ends-calls",), harmed=cut.short - cut.expected, hits=hits, says=says, data={"agent": agent}))
    return candidates


def _groups(ground: Ground) -> list[Candidate]:
    """Find trunk groups whose calls were over at once while those of the others were not."""
    soon, view = ground.profile.value("hung_up_soon_s"), ground.view
    group, groups = groups_by_call(ground.case)
    candidates = []
    for cut in groups_cutting(view, soon) if len(groups) > 1 else []:
        reached = _score(cut)
        beside = heard_elsewhere(view, soon, cut) if reached >= LEAST else None
        if beside is None or not beside.sure:
            continue
        hits = _hits(ground, cut, far_shorter(view, soon) & (group == cut.who))
        candidates.append(Candidate(
            screen="cutoff", account=None, trunk_group=groups[cut.who], asked=tuple(h.account for h in hits[:ASKED]),
            complaint="missed-calls", start=ground.at(cut.first), end=ground.at(cut.last), score=reached, unit="trunk-day",
            causes=("one-way-audio",), harmed=cut.short - cut.expected, hits=hits))
    return candidates


def _hits(ground: Ground, cut: Cut, which: Bools) -> tuple[Hit, ...]:
    """Return the accounts whose calls were cut short, those with most first."""
    return hardest_hit(ground, which, cut.first, cut.last, "calls were over within seconds")


def _score(cut: Cut) -> float:
    return score(after_looking(cut.chance, LOOKS_A_DAY))


def _when(ground: Ground, cut: Cut) -> str:
    return words.span(ground.at(cut.first), ground.at(cut.last), ground.case.zone)


def short(ground: Ground) -> str:
    """Say that neither agents nor several trunk groups are on record, or how long no answered call was."""
    if np.isnan(ground.columns.talk).all():
        return "calls.talk_s"
    return "" if ground.columns.agents or len(groups_by_call(ground.case)[1]) > 1 else "calls.agent or calls.trunk_group"


SCREEN = Screen("Were callers cut off within seconds?", ("calls.talk_s", "calls.account"), run, short)
