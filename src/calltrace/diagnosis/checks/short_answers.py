"""Were answered calls over within seconds, far more of them than usual?

A call that an agent answered counts as served, however short it was. Where one side hears nothing, callers hang up after a
few hellos and try again; a robot that dials with a new number each time hangs up at the first word; an agent who wants no
calls ends them at once. In each the calls are answered, they are no more abandoned than ever, and often there are more of
them: so they look like a surge of the client's own, like nuisance callers, or like nothing at all.

A call is over within seconds if its talk and hold last no longer than `hung_up_soon_s`, or than a quarter of what is usual of
the account (its median), whichever is longer. Which of the three it is the records do not say for certain: the answer tells how
many calls, of how many callers, at which agents, and how it was on the account's trunk group and on others. Callers who make
several such calls are left to the check of nuisance calls, unless other accounts' calls were as short then.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from calltrace.diagnosis import words
from calltrace.diagnosis.checks._base import Check, Facet
from calltrace.diagnosis.checks._chance import (
    after_looking,
    plain,
    ramp,
    reach_of_shares,
    score,
    share_tail,
    spread_of_shares,
    weigh,
)
from calltrace.diagnosis.checks._load import LONGEST, load, once, rows
from calltrace.diagnosis.checks._stretch import worst_stretch
from calltrace.diagnosis.checks.nuisance import REPEATS, very_short
from calltrace.diagnosis.evidence import Evidence, Outcome, examples_of, unasked

if TYPE_CHECKING:
    from calltrace.diagnosis.checks._chance import Bools, Floats, Ints
    from calltrace.diagnosis.checks._load import Load
    from calltrace.diagnosis.scene import Scene

FAR_SHORTER = 0.25
"""Part of the usual length of a call up to which it is far shorter."""

LEAST_CALLS = 20
"""Usual calls of an account from which its own length is known; everybody's is taken where it has fewer."""

DRAWN = 20.0
"""Calls of everybody that one account's or agent's usual share is drawn towards."""

MOSTLY = 0.8
"""Part of the short calls that one agent must have answered to be named."""

AS_OTHERS = (0.25, 0.6)
"""The other agents' share of short calls, of one agent's own, from which on that agent begins not to stand out, and does not."""

FEW_CALLERS = (2.0, 5.0)
"""Callers of the short calls up to which these are but a few callers', and from which on they are not."""

LEAST_OTHERS = 5
"""Other accounts' answered calls that tell whether theirs were cut short as well."""

FEW_BESIDE = 3
"""Calls of other accounts that tell whether it is the agent."""

OWN, AGENT = "answers-cut-short", "agent-cuts-short"


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
    calls = view.calls
    took = calls.talk + np.nan_to_num(calls.hold)
    kept = calls.answered & ~np.isnan(took)
    if not (kept & view.usual_calls).any() or not (kept & view.mine & view.inside(view.first, view.last)).any():
        why = "no call of the account that an agent answered says how long it was"
        return [unasked(f, why, *(("calls.talk_s",) if np.isnan(calls.talk).all() else ())) for f in (OWN, AGENT)]
    soon = scene.profile.value("hung_up_soon_s", scene.account.account)
    return [_own(scene, view, took, kept, soon), _agents(scene, view, took, kept, soon)]


def _usual_length(view: Load, took: Floats, kept: Bools, mine: Bools) -> float:
    usual = kept & view.usual_calls
    own = usual & mine
    return float(np.median(took[own if own.sum() >= LEAST_CALLS else usual]))


def _usually(view: Load, kept: Bools, short: Bools) -> tuple[float, float]:
    """Return the share of answered calls that usually are over within seconds, and what those of a day have in common."""
    days = np.arange(view.grid.size) // 96
    of, k = (view.per_quarter(which & view.usual_calls) for which in (kept, short))
    by_day, short_by_day = (np.bincount(days, weights=some) for some in (of, k))
    share = float((k.sum() + 0.5) / (of.sum() + 1.0))
    return share, spread_of_shares(short_by_day, by_day, share)


def _own(scene: Scene, view: Load, took: Floats, kept: Bools, soon: float) -> Evidence:
    """Find the stretch in which most of the account's answered calls were far shorter than usual."""
    length = _usual_length(view, took, kept, view.mine)
    limit = max(soon, FAR_SHORTER * length)
    cut = kept & (took <= limit)
    usual = once(scene, f"{OWN} {limit:.2f}", lambda: _usually(view, kept, cut))
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
    before = mine & view.usual_calls
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


def _agents(scene: Scene, view: Load, took: Floats, kept: Bools, soon: float) -> Evidence:
    """Find the agent whose calls were over within seconds far more often than usual, the account's among them."""
    calls = view.calls
    if not calls.agents:
        return unasked(AGENT, "the log names no agents", "calls.agent")
    risen = once(scene, f"{AGENT} {soon:.2f}", lambda: _rose_most(view, kept, kept & (took <= soon)))
    mine = kept & view.mine & view.inside(view.first, view.last)
    if risen is None:
        return Evidence(
            AGENT, Outcome.CLEAR, f"no agent's calls were over within {soon:.0f} s more often than usual", strength=1.0)
    chance, agent, k, n, usual, first, last = risen
    hers = mine & (calls.agent == agent) & view.inside(first, last)
    hit = hers & (took <= soon)
    share = k / n
    inside = view.inside(first, last)
    theirs, rest = (kept & which & inside for which in (calls.agent == agent, (calls.agent != agent) & (calls.agent >= 0)))
    among = float((rest & (took <= soon)).sum()) / max(1, int(rest.sum()))
    # an agent whose calls are short where everybody's are, or on one account only, is not what cuts them short
    apart = 1.0 - ramp(among / share, *AS_OTHERS)
    elsewhere = _beyond_one_account(calls.account, theirs, theirs & (took <= soon))
    outcome, strength = weigh(chance, effect=ramp(min(share, elsewhere) - usual, 0.1, 0.4) * apart)
    ended = scene.case.calls["ended_by"].iloc[np.flatnonzero(theirs & (took <= soon))]
    start, end = view.span(first, last)
    says = (
        f"agent {calls.agents[agent]}: {k:.0f} of {words.count(n, 'answered call')}"
        f" {words.span(start, end, scene.account.zone)} over within {soon:.0f} s, {usual:.0%} are usually"
        f" (other agents {(rest & (took <= soon)).sum()} of {rest.sum()})"
    )
    by_agent = int((ended == "agent").sum())
    if by_agent:
        says += f"; the agent ended {by_agent} of them"
    says += f"; {hit.sum()} of the account's {words.count(int(hers.sum()), 'call')} there"
    if outcome is Outcome.FOUND and not hit.any():
        outcome, strength = Outcome.CLEAR, 1.0  # whoever else it was, this account's callers were not cut short
    elif outcome is Outcome.FOUND:
        strength = round(strength * ramp(float(hit.sum()), 0, 3), 3)
    found = outcome is Outcome.FOUND
    return Evidence(
        AGENT, outcome, says, strength=strength, observed=share, expected=usual, unit="share of calls", start=start, end=end,
        examples=examples_of(rows(scene, hit), "call_id") if found else (),
        data=plain(
            score=score(chance), agent=calls.agents[agent], short=k, calls=n, own=float(hit.sum()),
            settled_by=f"Listen to the recordings of agent {calls.agents[agent]}'s shortest calls: who hangs up, and at what?"))


def _beyond_one_account(account: Ints, theirs: Bools, cut: Bools) -> float:
    """Return the share of an agent's calls that were cut short, without those of the account that had most; 0 of too few."""
    by = np.bincount(account[cut & (account >= 0)])
    rest = theirs & (account != int(np.argmax(by))) if len(by) else theirs
    return float((cut & rest).sum()) / int(rest.sum()) if rest.sum() >= FEW_BESIDE else 0.0


def _rose_most(view: Load, kept: Bools, cut: Bools) -> tuple[float, int, float, float, float, int, int] | None:
    """Return of the agent whose short calls rose most: chance, agent, short calls of how many, usual share, and quarters.

    None where no agent had as many as three. Compared over the whole window and over its worst stretch: who hangs up on
    callers may do so all week.
    """
    calls, size, part = view.calls, len(view.calls.agents), slice(view.first, view.last)
    some = kept & (calls.agent >= 0)
    everyone, rho = _usually(view, some, cut & some)

    def by_agent(which: Bools) -> Ints:
        return np.bincount(calls.agent[which], minlength=size)

    before, short_before = by_agent(some & view.usual_calls), by_agent(some & cut & view.usual_calls)
    usual = (short_before + DRAWN * everyone) / (before + DRAWN)
    inside = some & view.inside(view.first, view.last)
    n, k = by_agent(inside), by_agent(inside & cut)
    looks = float((n > 0).sum()) * view.looks
    best: tuple[float, int, float, float, float, int, int] | None = None
    for one in np.flatnonzero(k >= 3):
        its = inside & (calls.agent == one)
        seen, of = view.per_quarter(its & cut)[part], view.per_quarter(its)[part]
        spans = [(0, len(of))]
        worst = worst_stretch(seen, usual[one] * of, of, LONGEST)
        spans += [(worst.first, worst.last)] if worst is not None else []
        for first, last in spans:
            many, short = float(of[first:last].sum()), float(seen[first:last].sum())
            chance = after_looking(share_tail(short, many, float(usual[one]), rho), looks)
            if best is None or chance < best[0]:
                best = chance, int(one), short, many, float(usual[one]), view.first + first, view.first + last
    return best


CHECK = Check(
    title="Were answered calls over within seconds?",
    facets=(
        Facet(OWN, "Were most answered calls far shorter than usual?", "answered lengths"),
        Facet(AGENT, "Did an agent's calls with the account's callers end within seconds?", "agent lengths"),
    ),
    needs=("calls.outcome", "calls.talk_s", "calls.ani"),
    complaints=("missed-calls", "long-ring", "long-hold", "abandoned", "busy", "high-bill"),
    run=run,
)
