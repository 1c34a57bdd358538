"""Were answered calls over within seconds, far more of them than usual?

A call that an agent answered counts as served, however short it was. Where one side hears nothing, callers hang up after a
few hellos and try again; a robot that dials with a new number each time hangs up at the first word; an agent who wants no
calls ends them at once. In each the calls are answered, they are no more abandoned than ever, and often there are more of
them: so they look like a surge of the client's own, like nuisance callers, or like nothing at all.

A call is over within seconds if its talk and hold last no longer than `hung_up_soon_s`, or than a quarter of what is usual of
the account (its median), whichever is longer. The answer tells how many calls, of how many callers, at which agents, and how
it was on the account's trunk group and on others. Callers who make several such calls are left to the check of nuisance calls,
unless other accounts' calls were as short then.

Which of the three it was is told only where nothing else looks the same. It is one agent where that agent's calls of several
clients, with many callers, were over at once, and what others answered at the same time of the same clients was not. It is one
trunk group where most calls of nearly all its accounts were, at whichever agents, those of ordinary length are gone, the callers
called again, and on the other groups calls took as long as ever. Calls that were put through to somebody else are none of these,
nor are calls of clients whose calls are always short.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from calltrace.classes import dataclass
from calltrace.diagnosis import words
from calltrace.diagnosis.checks._base import Check, Facet
from calltrace.diagnosis.checks._chance import (
    after_looking,
    plain,
    ramp,
    reach_of_shares,
    score,
    share_tail,
    weigh,
)
from calltrace.diagnosis.checks._cut_short import (
    AS_OTHERS,
    DRAWN,
    FAR_SHORTER,
    FEW_BESIDE,
    FEW_CALLERS,
    LEAST_CALLS,
    agents_cutting,
    answers,
    apart,
    far_shorter,
    groups_by_call,
    groups_cutting,
    heard_elsewhere,
    limits,
    often_short,
    over_at_once,
    usual_of_all,
)
from calltrace.diagnosis.checks._load import LONGEST, load, once, rows
from calltrace.diagnosis.checks._ongoing import has_both, learning
from calltrace.diagnosis.checks._stretch import worst_stretch
from calltrace.diagnosis.checks.nuisance import REPEATS, very_short
from calltrace.diagnosis.evidence import Evidence, Outcome, examples_of, unasked

if TYPE_CHECKING:
    import pandas as pd

    from calltrace.diagnosis.checks._chance import Bools, Floats, Ints
    from calltrace.diagnosis.checks._cut_short import Cut
    from calltrace.diagnosis.checks._load import Load
    from calltrace.diagnosis.scene import Scene

MOSTLY = 0.8
"""Part of the short calls that one agent must have answered to be named."""

LEAST_OTHERS = 5
"""Other accounts' answered calls that tell whether theirs were cut short as well."""

OWN_FEW = (0.0, 1.5)
"""Short calls of the account's own from which what befell many befell it as well."""

PROOF = 3.0
"""Score (-log10) from which chance is ruled out, as :func:`weigh` has it."""

OWN, AGENT, ALONE, GROUP = "answers-cut-short", "agent-cuts-short", "agent-alone-cuts-short", "group-cuts-short"


@dataclass(frozen=True)
class _Lengths:
    """Answered calls whose length is known (``kept``), and those of them ``cut`` short: no longer than ``limit`` seconds.

    ``usual`` is the seconds an ordinary call of the account takes.
    """

    kept: Bools
    cut: Bools
    limit: float
    usual: float


def run(scene: Scene) -> list[Evidence]:
    """Scan the account's answered calls, and those of each agent, for calls over within seconds."""
    view = load(scene)
    calls, took, kept = view.calls, answers(view).took, answers(view).kept
    if not (kept & view.usual_calls).any() or not (kept & view.mine & view.inside(view.first, view.last)).any():
        why = "no call of the account that an agent answered says how long it was"
        missing = ("calls.talk_s",) if np.isnan(calls.talk).all() else ()
        return [*(unasked(f, why, *missing) for f in (OWN, AGENT)), unasked(ALONE, why), unasked(GROUP, why)]
    soon = scene.profile.value("hung_up_soon_s", scene.account.account)
    own = _own(scene, view, took, kept, soon)
    return [
        own, *_agents(scene, view, kept, soon), _group(scene, view, soon, wanted=own.outcome is Outcome.FOUND)]


def _usual_length(view: Load, took: Floats, kept: Bools, mine: Bools) -> float:
    usual = kept & view.usual_calls
    own = usual & mine
    return float(np.median(took[own if own.sum() >= LEAST_CALLS else usual]))


def _own(scene: Scene, view: Load, took: Floats, kept: Bools, soon: float) -> Evidence:
    """Find the stretch in which most of the account's answered calls were far shorter than usual."""
    length = _usual_length(view.before if has_both(view) else view, took, kept, view.mine)
    limit = max(soon, FAR_SHORTER * length)
    cut = kept & (took <= limit)
    usual = once(scene, f"{OWN} {limit:.2f}", lambda: usual_of_all(view, kept, cut))
    theirs = _again_and_again(scene, view, cut | very_short(soon, view.calls))
    lengths = _Lengths(kept, cut, limit, length)
    if theirs.any():
        whole = _scan(scene, view, lengths, np.ones(len(theirs), dtype=bool), usual)
        # where the others' calls are as short, it is the line that cuts off those who try again and again
        if whole.outcome is Outcome.FOUND and _others_too(scene, view, lengths, whole):
            return whole
    return _scan(scene, view, lengths, ~theirs, usual)


def _again_and_again(scene: Scene, view: Load, cut: Bools) -> Bools:
    """Return which of the account's short calls in the window, answered or not, are of callers who made several of them."""
    at = np.flatnonzero(cut & view.mine & view.inside(view.first, view.last))
    ani = scene.case.calls["ani"].iloc[at]
    found = np.zeros(len(cut), dtype=bool)
    found[at] = (ani.map(ani.value_counts()) >= REPEATS).fillna(value=False).to_numpy(dtype=bool)
    return found


def _others_too(scene: Scene, view: Load, lengths: _Lengths, found: Evidence) -> bool:
    """Say whether most answered calls of other accounts, on the same trunk group where that is known, were as short then."""
    first, last = (int(str(found.data[name])) for name in ("first", "last"))
    others = lengths.kept & view.inside(first, last) & ~view.mine & view.calls.owned
    if scene.account.trunk_groups and scene.case.calls["trunk_group"].notna().any():
        others &= _on(scene)
    return bool(others.sum() >= LEAST_OTHERS and (others & lengths.cut).sum() >= 0.5 * others.sum())


def _on(scene: Scene) -> Bools:
    """Return which calls came in on the account's trunk group."""
    groups = scene.case.calls["trunk_group"]
    return np.asarray(groups.isin(scene.account.trunk_groups[:1]).fillna(value=False), dtype=bool)


def _scan(scene: Scene, view: Load, lengths: _Lengths, which: Bools, usually: tuple[float, float]) -> Evidence:
    """Judge the account's answered calls among ``which``; ``usually`` is everybody's share of short ones, and how it strays."""
    part, (everyone, rho) = slice(view.first, view.last), usually
    mine, cut = lengths.kept & view.mine & which, lengths.cut
    before = mine & learning(view, view.per_quarter(mine & cut), view.per_quarter(mine)).usual_calls
    share = float(((cut & before).sum() + DRAWN * everyone) / (before.sum() + DRAWN))
    inside = mine & view.inside(view.first, view.last)
    seen, of = view.per_quarter(inside & cut)[part], view.per_quarter(inside)[part]
    n = float(of.sum())
    reach = reach_of_shares(max(1, round(n)), share, rho=rho)
    worst = worst_stretch(seen, share * of, of, LONGEST)
    if worst is None:
        says = f"of {words.count(n, 'answered call')} none was over within {lengths.limit:.0f} s"
        return Evidence(OWN, Outcome.CLEAR, says, strength=round(min(1.0, reach / 3), 3), observed=0.0, expected=share,
                        unit="share of calls")
    first, last = view.first + worst.first, view.first + worst.last
    many = float(of[worst.first : worst.last].sum())
    chance = after_looking(share_tail(worst.seen, many, share, rho), view.looks)
    start, end = view.span(first, last)
    stretch = view.inside(first, last)
    hit = inside & cut & stretch
    ani = scene.case.calls["ani"].iloc[np.flatnonzero(hit)]
    callers = ramp(float(ani.nunique() + ani.isna().sum()), *FEW_CALLERS)
    outcome, strength = weigh(chance, reach=reach, effect=ramp(worst.seen / many - share, 0.2, 0.5) * callers)
    when = words.span(start, end, scene.account.zone)
    says = (
        f"{worst.seen:.0f} of {words.count(many, 'answered call')} {when} {'was' if worst.seen == 1 else 'were'} over within"
        f" {lengths.limit:.0f} s, {share:.0%} are usually (an ordinary one takes {lengths.usual:.0f} s)"
    )
    found = outcome is Outcome.FOUND
    return Evidence(
        OWN, outcome, says + (_whose(scene, view, lengths, hit, stretch) if found else ""), strength=strength,
        observed=worst.seen / many, expected=share, unit="share of calls", start=start, end=end,
        examples=examples_of(rows(scene, hit), "call_id") if found else (),
        data=plain(
            score=score(chance), short=worst.seen, calls=many, limit_s=lengths.limit, usual_s=lengths.usual, first=first,
            last=last,
            settled_by="Listen to the recordings of the shortest calls, from their first second: does each side hear the other,"
            " and who hangs up?"))


def _whose(scene: Scene, view: Load, lengths: _Lengths, hit: Bools, stretch: Bools) -> str:
    """Tell of how many callers the short calls are, who answered and ended them, and how it was for other accounts."""
    picked = scene.case.calls.iloc[np.flatnonzero(hit)]
    known = picked["ani"].dropna()
    said = f"; they came from {words.count(known.nunique(), 'number')}" if len(known) else ""
    agents = picked["agent"].dropna().value_counts()
    if len(agents) and agents.iloc[0] >= MOSTLY * len(picked):
        said += f", agent {agents.index[0]} answered {agents.iloc[0]} of them"
    by_agent = int((picked["ended_by"] == "agent").sum())
    said += f", the agent ended {by_agent}" if by_agent else ""
    if scene.case.calls["trunk_group"].notna().any() and scene.account.trunk_groups:
        on, others = _on(scene), lengths.kept & stretch & ~view.mine & view.calls.owned
        for which, name in ((others & on, "of the others' on its trunk group"), (others & ~on, "on other trunk groups")):
            if which.any():
                said += f"; {name} {(which & lengths.cut).sum()} of {which.sum()} were as short"
    return said


def _agents(scene: Scene, view: Load, kept: Bools, soon: float) -> list[Evidence]:
    """Find the agent whose calls were over within seconds far more often than usual, the account's among them.

    First whichever agent it is, that nothing else be taken for certain; then whether it is sure to be the agent.
    """
    calls = view.calls
    if not calls.agents:
        why = "the log names no agents"
        return [unasked(AGENT, why, "calls.agent"), unasked(ALONE, why)]
    risen = once(scene, f"{AGENT} {soon:.2f}", lambda: agents_cutting(view, soon))
    if not risen:
        says = f"no agent's calls were over within {soon:.0f} s more often than usual"
        return [Evidence(f, Outcome.CLEAR, says, strength=1.0) for f in (AGENT, ALONE)]
    looks = float(len(np.unique(calls.agent[kept & (calls.agent >= 0) & view.inside(view.first, view.last)]))) * view.looks
    shown = _agent_of(scene, view, risen[0], kept, soon)
    outcome, strength = weigh(after_looking(risen[0].chance, looks), effect=shown.effect)
    if outcome is Outcome.FOUND and not shown.own:
        outcome, strength = Outcome.CLEAR, 1.0  # whoever else it was, this account's callers were not cut short
    elif outcome is Outcome.FOUND:
        strength = round(strength * ramp(float(shown.own), 0, 3), 3)
    return [shown.told(AGENT, outcome, strength), _alone(scene, view, risen, looks, kept, soon)]


def _alone(  # noqa: PLR0917 -- what is asked of, and the agents there are to have risen
    scene: Scene, view: Load, risen: list[Cut], looks: float, kept: Bools, soon: float
) -> Evidence:
    """Find the agent whose calls, of the account's among others, were over at once while the others' took as long as ever."""
    untold = False
    for cut in risen:
        chance = after_looking(cut.chance, looks)
        if score(chance) < PROOF:
            break
        beside = once(scene, f"{ALONE} {cut}", partial(apart, view, soon, cut))
        untold |= beside is None
        if beside is None or not beside.sure:
            continue
        shown = _agent_of(scene, view, cut, kept, soon)
        if shown.own:
            _, strength = weigh(chance, effect=beside.sure)
            return shown.told(ALONE, Outcome.FOUND, round(strength * ramp(float(shown.own), *OWN_FEW), 3))
    if untold:
        return unasked(ALONE, "nobody else answered calls enough at that time to tell whether it was the agent",
                       "calls that others answered at the time")
    return Evidence(ALONE, Outcome.CLEAR, "no agent's calls stood out from what the others answered at the time", strength=1.0)


@dataclass(frozen=True)
class _Agent:
    """An agent's calls of a stretch, as a sentence tells them; ``own`` of the account's were over at once (``hit``)."""

    scene: Scene
    cut: Cut
    name: str
    says: str
    own: int
    hit: Bools
    effect: float
    span: tuple[pd.Timestamp, pd.Timestamp]

    def told(self, facet: str, outcome: Outcome, strength: float) -> Evidence:
        """Return the evidence of a facet."""
        cut, found = self.cut, outcome is Outcome.FOUND
        return Evidence(
            facet, outcome, self.says, strength=strength, observed=cut.short / cut.calls, expected=cut.expected / cut.calls,
            unit="share of calls", start=self.span[0], end=self.span[1],
            examples=examples_of(rows(self.scene, self.hit), "call_id") if found else (),
            data=plain(
                score=score(cut.chance), agent=self.name, short=cut.short, calls=cut.calls, own=float(self.own),
                settled_by=f"Listen to the recordings of agent {self.name}'s shortest calls: who hangs up, and at what?"))


def _agent_of(scene: Scene, view: Load, cut: Cut, kept: Bools, soon: float) -> _Agent:
    """Return what is to be told of an agent's calls."""
    calls, name, short = view.calls, view.calls.agents[cut.who], over_at_once(view, soon)
    inside = kept & view.inside(cut.first, cut.last)
    theirs, rest = inside & (calls.agent == cut.who), inside & (calls.agent != cut.who) & (calls.agent >= 0)
    hers = theirs & view.mine
    share, usual = cut.short / cut.calls, cut.expected / cut.calls
    among = float((rest & short).sum()) / max(1, int(rest.sum()))
    # an agent whose calls are short where everybody's are, or on one account only, is not what cuts them short
    elsewhere = _beyond_one_account(calls.account, theirs, theirs & short)
    effect = ramp(min(share, elsewhere) - usual, 0.1, 0.4) * (1.0 - ramp(among / share, *AS_OTHERS))
    ended = scene.case.calls["ended_by"].iloc[np.flatnonzero(theirs & short)]
    start, end = view.span(cut.first, cut.last)
    says = (
        f"agent {name}: {cut.short:.0f} of {words.count(cut.calls, 'answered call')}"
        f" {words.span(start, end, scene.account.zone)} over within {soon:.0f} s, {usual:.0%} are usually"
        f" (other agents {(rest & short).sum()} of {rest.sum()})"
    )
    by_agent = int((ended == "agent").sum())
    if by_agent:
        says += f"; the agent ended {by_agent} of them"
    hit = hers & short
    says += f"; {hit.sum()} of the account's {words.count(int(hers.sum()), 'call')} there"
    return _Agent(scene, cut, name, says, int(hit.sum()), hit, effect, (start, end))


def _beyond_one_account(account: Ints, theirs: Bools, cut: Bools) -> float:
    """Return the share of an agent's calls that were cut short, without those of the account that had most; 0 of too few."""
    by = np.bincount(account[cut & (account >= 0)])
    rest = theirs & (account != int(np.argmax(by))) if len(by) else theirs
    return float((cut & rest).sum()) / int(rest.sum()) if rest.sum() >= FEW_BESIDE else 0.0


def _risen(view: Load, soon: float, group: Ints) -> list[Cut]:
    """Return the trunk groups whose calls were cut short, none where no hour of any had many short ones."""
    near, known = view.places(view.first, view.last), answers(view)
    inside = near.start + np.flatnonzero(known.kept[near] & view.calls.owned[near])
    return groups_cutting(view, soon) if often_short(group[inside], view.bin[inside], known.took[inside], soon) else []


def _group(scene: Scene, view: Load, soon: float, *, wanted: bool) -> Evidence:
    """Find whether it was the account's trunk group that cut its calls short, and those of others with them.

    Where they were not, nobody has to look for trunk groups (``wanted``).
    """
    group, groups = groups_by_call(scene.case)
    if len(groups) < 2:
        why = "the log names no trunk group" if not groups else "there is one trunk group, and none to compare it with"
        return unasked(GROUP, why, *(("the calls' trunk groups",) if wanted and not groups else ()))
    risen = once(scene, f"{GROUP} {soon:.2f}", lambda: _risen(view, soon, group))
    looks, untold = len(groups) * view.looks, False
    for cut in risen:
        chance = after_looking(cut.chance, looks)
        if score(chance) < PROOF:
            break
        beside = once(scene, f"{GROUP} {cut}", partial(heard_elsewhere, view, soon, cut))
        untold |= beside is None
        hit = far_shorter(view, soon) & view.mine & (group == cut.who) & view.inside(cut.first, cut.last)
        if beside is None or not beside.sure or not hit.any():
            continue
        _, strength = weigh(chance, effect=beside.sure)
        start, end = view.span(cut.first, cut.last)
        when = words.span(start, end, scene.account.zone)
        says = (
            f"{cut.short:.0f} of {words.count(cut.calls, 'answered call')} on trunk group {groups[cut.who]} {when} were over"
            f" within seconds, {cut.expected / cut.calls:.0%} are usually, those of {beside.accounts} accounts; on other trunk"
            f" groups {beside.short} of {beside.calls}")
        if beside.tried:
            says += f"; the callers of {beside.tried} called again within the hour"
        own = f"; {hit.sum()} of them are the account's"
        return Evidence(
            GROUP, Outcome.FOUND, says + own, strength=round(strength * ramp(float(hit.sum()), *OWN_FEW), 3),
            observed=cut.short / cut.calls, expected=cut.expected / cut.calls, unit="share of calls", start=start, end=end,
            examples=examples_of(rows(scene, hit), "call_id"),
            data=plain(score=score(chance), trunk_group=groups[cut.who], short=cut.short, calls=cut.calls,
                       own=float(hit.sum()), limit_s=float(limits(view, soon)[view.own]), of_all=says))
    if untold:
        return unasked(GROUP, "too few calls came on other trunk groups to compare with", "calls on other trunk groups")
    return Evidence(GROUP, Outcome.CLEAR, "no trunk group's calls stood out from what came on the others", strength=1.0)


CHECK = Check(
    title="Were answered calls over within seconds?",
    facets=(
        Facet(OWN, "Were most answered calls far shorter than usual?", "answered lengths"),
        Facet(AGENT, "Did an agent's calls with the account's callers end within seconds?", "agent lengths"),
        Facet(ALONE, "Did one agent's calls end within seconds while the others' lasted as usual?", "agent lengths"),
        Facet(GROUP, "Were the calls of one trunk group over within seconds, and its callers called again?", "group lengths"),
    ),
    needs=("calls.outcome", "calls.talk_s", "calls.ani"),
    complaints=("missed-calls", "long-ring", "long-hold", "abandoned", "busy", "high-bill"),
    run=run,
)
