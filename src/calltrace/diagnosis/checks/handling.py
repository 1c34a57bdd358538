"""Were calls handled slowly, by everybody or by one agent, and did one agent leave callers on hold?

Handling time is talk and hold of answered calls. It is compared as a logarithm, since a few very long calls
make an average of anything, and against the same agents' usual. Slow for everybody (a slow screen, a new
script) takes capacity from all accounts; an agent who parks answered callers on hold harms those callers. The
two are kept apart: the first is judged without hold time of the agent who holds most, the second by agent and
by name. What is usual of an agent is learned without a run of days in which this has gone on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from calltrace.classes import dataclass
from calltrace.diagnosis import words
from calltrace.diagnosis.checks._base import Check, Facet
from calltrace.diagnosis.checks._chance import (
    after_looking,
    normal_tail,
    plain,
    ramp,
    reach_of_shares,
    score,
    share_tail,
    spread_of_shares,
    weigh,
)
from calltrace.diagnosis.checks._load import LONGEST, load, once, rows
from calltrace.diagnosis.checks._ongoing import going_on
from calltrace.diagnosis.checks._runs import by_day as runs_by_day
from calltrace.diagnosis.checks._runs import in_doubt, run_of
from calltrace.diagnosis.checks._stretch import lengths, worst_stretch
from calltrace.diagnosis.evidence import Evidence, Outcome, examples_of, unasked

if TYPE_CHECKING:
    from calltrace.diagnosis.checks._chance import Bools, Floats, Ints
    from calltrace.diagnosis.checks._load import Load
    from calltrace.diagnosis.checks._stretch import Stretch
    from calltrace.diagnosis.scene import Scene

HOLD_FELT_S = 45.0
"""Hold times counted from here on when agents are compared: most callers are never held, the rest about 30
s."""


FEW_ACCOUNTS = 4
"""Accounts that can be compared, below which their number tells nothing."""

LEAST = 4
"""Calls of a stretch, below which their handling tells nothing."""

DRAWN = 10.0
"""Calls of everybody that an account's usual handling is drawn towards."""


def run(scene: Scene) -> list[Evidence]:
    """Scan handling time of all accounts, and hold time by agent."""
    view = load(scene)
    return [_slow(scene, view), *_holds(scene, view)]


def _slow(scene: Scene, view: Load) -> Evidence:
    """Tell how much longer calls took to handle where that rose most."""
    facet = "handling-slow"
    if np.isnan(view.calls.talk).all():
        return unasked(facet, "the log has no talk time", "calls.talk_s")
    soon = scene.profile.value("hung_up_soon_s")
    risen = once(scene, facet, lambda: _longest(view, soon))
    if risen is None:
        return unasked(facet, "too few answered calls to compare handling times")
    here, usual, ratio, of = risen.here, risen.usual, risen.ratio, risen.of
    broad = ramp(risen.agents_up / max(risen.agents, 1), 0.34, 0.7) if risen.agents >= 2 else 0.7
    if risen.accounts >= FEW_ACCOUNTS:  # one account's calls that took longer are that account's
        broad = min(broad, ramp(risen.accounts_up / risen.accounts, 0.25, 0.5))
    outcome, strength = weigh(risen.chance, reach=risen.reach, effect=ramp(ratio, 1.1, 1.6) * broad)
    start, end = view.span(risen.first, risen.last)
    when = words.span(start, end, scene.account.zone)
    if outcome is Outcome.FOUND:
        strength = round(strength * view.covered(risen.first, risen.last), 3)
        says = (
            f"calls took {here:.0f} s to handle {when}, {usual:.0f} s are usual (median {ratio:.1f} times"
            " the usual, of"
            f" {words.count(of, 'call')}); up for {risen.agents_up} of {words.count(risen.agents, 'agent')} and"
            f" {risen.accounts_up} of"
            f" {words.count(risen.accounts, 'account')}"
        )
    else:
        says = (
            f"handling time was ordinary: at most {here:.0f} s {when}, {usual:.0f} s are usual (median"
            f" {ratio:.1f} times the usual, of {words.count(of, 'call')})"
        )
    return Evidence(
        facet,
        outcome,
        says,
        strength=strength,
        observed=here,
        expected=usual,
        unit="s",
        start=start,
        end=end,
        examples=examples_of(rows(scene, risen.slowest), "call_id") if outcome is Outcome.FOUND else (),
        data=plain(
            score=score(risen.chance),
            ratio=ratio,
            calls=of,
            agents_up=risen.agents_up,
            agents=risen.agents,
            accounts_up=risen.accounts_up,
            accounts=risen.accounts,
        ),
    )


@dataclass(frozen=True)
class _Longer:
    """The quarters in which handling rose most, and how likely chance alone does that; the same whoever asks.

    ``here`` and ``usual`` are seconds, ``ratio`` that of their medians, ``of`` the calls; ``agents_up`` of ``agents`` and
    ``accounts_up`` of ``accounts`` took longer than usual. ``reach`` is the score a real rise would have had, ``slowest``
    says which calls were slow.
    """

    first: int
    last: int
    of: float
    chance: float
    reach: float
    ratio: float
    here: float
    usual: float
    agents_up: int
    agents: int
    accounts_up: int
    accounts: int
    slowest: Bools


def _longest(view: Load, soon: float) -> _Longer | None:
    """Find the stretch where handling time rose most, and for how many agents and accounts; None of too few calls."""
    calls = view.calls
    handled = np.nan_to_num(calls.talk) + _hold_of_others(view)
    # Calls that were over in seconds (robots, wrong numbers) say nothing of how fast agents work.
    kept = calls.answered & (handled > soon)
    log = np.log(np.maximum(handled, 1.0))
    past = np.flatnonzero(kept & view.usual_calls)
    inside = kept & view.inside(view.first, view.last)
    n = int(inside.sum())
    if len(past) < 50 or n < 5:
        return None
    z, spread = _spreads(log, past, calls.account)
    part = slice(view.first, view.last)
    value, first, last, of = _slowest_stretch(view, view.per_quarter(inside, z)[part], view.per_quarter(inside)[part])
    risen = inside & view.inside(first, last)
    stretch = np.flatnonzero(risen)
    # Hours differ by more than chance (who works, what callers want): their own spread tempers the test.
    drift = _drift(view, z, past)
    rest = _without_the_slowest(calls.account, stretch, z)
    # a few calls of few others would not show it, were it all agents' handling
    asked = len(rest) >= LEAST and len(np.unique(calls.account[rest])) >= FEW_ACCOUNTS - 1
    others = normal_tail(float(z[rest].sum()) / np.sqrt(len(rest) * (1.0 + len(rest) * drift))) if asked else 0.0
    agents_up, agents = _how_many(calls.agent, stretch, past, log, 3)
    accounts_up, accounts = _how_many(calls.account, stretch, past, log, 2)
    return _Longer(
        first, last, of,
        # the rest was not looked for: the stretch is the one in which all of them, that account's as well, took longest
        chance=max(after_looking(normal_tail(value / np.sqrt(1.0 + of * drift)), view.looks), others),
        reach=score(normal_tail(0.55 / max(spread, 0.1) * np.sqrt(n / (1 + n * drift)))),
        ratio=float(np.exp(np.median(log[stretch]) - np.median(log[past]))),
        here=float(handled[stretch].mean()), usual=float(handled[past].mean()),
        agents_up=agents_up, agents=agents, accounts_up=accounts_up, accounts=accounts, slowest=risen & (z > 1))


def _without_the_slowest(account: Ints, stretch: Ints, z: Floats) -> Ints:
    """Return the calls of a stretch without those of the account that adds most to how much longer they took.

    ``stretch`` are places of calls, ``z`` how many spreads each took longer than usual.
    """
    known = stretch[account[stretch] >= 0]
    if not len(known):
        return stretch
    slowest = int(np.argmax(np.bincount(account[known], weights=z[known])))
    return np.asarray(stretch[account[stretch] != slowest])


def _spreads(log: Floats, past: Ints, account: Ints) -> tuple[Floats, float]:
    """Return how many spreads each call's handling lies from its account's usual, and what a spread is.

    ``past`` are usual calls. Accounts differ in what their calls take: a stretch with more of one whose calls are long
    is no slower. Who has few calls is held against everybody's.
    """
    logs = log[past]
    mean = float(logs.mean())
    size = int(account.max(initial=-1)) + 2
    whose = account[past]
    whose = np.where(whose < 0, size - 1, whose)  # the last is of calls without an account, -1
    calls = np.bincount(whose, minlength=size)
    sums = np.bincount(whose, weights=logs - mean, minlength=size)
    sums[-1] = 0.0
    own = log - mean - (sums / (calls + DRAWN))[account]
    usual = own[past]
    spread = float(usual.std())
    # One caller's hour is not slow handling: each call counts for at most two spreads.
    z = np.clip((own - float(usual.mean())) / max(spread, 0.1), -2.0, 2.0)
    return z - float(z[past].mean()), spread


def _hold_of_others(view: Load) -> Floats:
    """Return hold seconds without those of the agent who holds most: that is a question apart."""
    calls = view.calls
    hold = np.nan_to_num(calls.hold)
    inside = calls.answered & (calls.agent >= 0) & view.inside(view.first, view.last)
    n = np.bincount(calls.agent[inside], minlength=1)
    if (n > 0).sum() < 2:
        return hold
    mean = np.bincount(calls.agent[inside], weights=hold[inside], minlength=len(n)) / np.maximum(n, 1)
    return np.where(inside & (calls.agent == int(np.argmax(mean))), 0.0, hold)


def _slowest_stretch(view: Load, sums: Floats, counts: Floats) -> tuple[float, int, int, float]:
    """Return how far handling rose (in spreads of its mean) where it rose most, from which bin to which, of how many calls.

    ``sums`` and ``counts`` are of the window's quarters: the calls' z, and how many they are. Where waits rose is tried
    as well; a stretch of fewer than four calls is none, and without one it is the whole window.
    """
    spans = [_steepest(sums, counts)]
    if view.waits_rose:
        spans.append((view.trouble[0] - view.first, view.trouble[1] - view.first))
    tried = []
    for first, last in spans:
        of = float(counts[first:last].sum())
        if of >= LEAST:
            tried.append((float(sums[first:last].sum()) / np.sqrt(of), first, last, of))
    if tried:
        value, first, last, of = max(tried, key=lambda one: one[0])
    else:
        of = float(counts.sum())
        value, first, last = float(sums.sum()) / np.sqrt(of), 0, view.last - view.first
    return value, view.first + first, view.first + last, of


def _steepest(sums: Floats, counts: Floats) -> tuple[int, int]:
    """Return the stretch with the greatest sum over the root of its count."""
    s = np.concatenate(([0.0], np.cumsum(sums)))
    n = np.concatenate(([0.0], np.cumsum(counts)))
    best = (-np.inf, 0, len(sums))
    for size in lengths(min(len(sums), LONGEST)):
        part = n[size:] - n[:-size]
        value = np.where(part >= LEAST, (s[size:] - s[:-size]) / np.sqrt(np.maximum(part, 1)), -np.inf)
        at = int(np.argmax(value))
        if value[at] > best[0]:
            best = (float(value[at]), at, at + size)
    return best[1], best[2]


def _drift(view: Load, z: Floats, past: Ints) -> float:
    """Return the variance of hours' mean z beyond what their calls explain; ``past`` are places of calls."""
    hour = view.bin[past] // 4
    size = view.grid.size // 4 + 1
    n = np.bincount(hour, minlength=size).astype(float)
    s = np.bincount(hour, weights=z[past], minlength=size)
    use = n >= 4
    if use.sum() < 8:
        return 0.02
    within = float(np.var(z[past]))
    excess = (s[use] ** 2 - n[use] * within) / n[use] ** 2
    return float(np.clip(np.minimum(excess, np.quantile(excess, 0.98)).mean(), 0.002, 0.2))


def _means(whose: Ints, values: Floats, size: int) -> tuple[Ints, Floats]:
    """Return how many of some calls each has, and the mean of their values, 0 of none; those of nobody are negative."""
    known = whose >= 0
    if not known.all():
        whose, values = whose[known], values[known]
    many = np.bincount(whose, minlength=size)
    return many, np.bincount(whose, weights=values, minlength=size) / np.maximum(many, 1)


def _how_many(codes: Ints, stretch: Ints, past: Ints, log: Floats, least: int) -> tuple[int, int]:
    """Return how many took a fifth longer than their own usual, and how many are compared.

    ``stretch`` and ``past`` are places of calls.
    """
    size = int(codes.max()) + 1 if len(codes) else 0
    if size <= 0:
        return 0, 0
    (n, a), (m, b) = (_means(codes[which], log[which], size) for which in (stretch, past))
    several = (n >= least) & (m >= 10)
    return int((several & (a - b > np.log(1.2))).sum()), int(several.sum())


def usual_holds(view: Load) -> tuple[Bools, Bools, Floats, float, float]:
    """Return how often agents usually leave answered callers on hold.

    Returns
    -------
    kept, held : array of bool
        Calls an agent answered whose hold is known, and those of them that were held long.
    usual : array (agents,)
        The share of held ones that is usual of each agent, drawn to everyone's.
    everyone, rho : float
        The share of all, and what two calls of one agent's day have in common in it.
    """
    calls, size = view.calls, len(view.calls.agents)
    kept = calls.answered & (calls.agent >= 0) & ~np.isnan(calls.hold)
    held = kept & (calls.hold > HOLD_FELT_S)
    days = np.arange(view.grid.size) // 96

    def by_day(which: Bools) -> Floats:
        """Return how many of the calls ``which`` were usual, by day and agent."""
        some = np.flatnonzero(which & view.usual_calls)
        cells = days[view.bin[some]] * size + calls.agent[some]
        return np.bincount(cells, minlength=size * (int(days[-1]) + 1)).reshape(-1, size).astype(float)

    day, long = by_day(kept), by_day(held)
    only, later = going_on(view, held, kept, calls.agent, size), -(-view.until // 96)
    day[later:, only] = long[later:, only] = 0.0
    _without_runs(view, kept, held, day, long)
    m, h = day.sum(axis=0), long.sum(axis=0)
    everyone = float((h.sum() + 1) / (m.sum() + 30))
    return kept, held, (h + 50 * everyone) / (m + 50), everyone, spread_of_shares(long.ravel(), day.ravel(), everyone)


def _without_runs(view: Load, kept: Bools, held: Bools, day: Floats, long: Floats) -> None:
    """Take an agent's run of held calls out of its usual ones: ``day`` and ``long`` have a row a day, a column an agent."""
    doubted = in_doubt(long.sum(axis=0), day.sum(axis=0))
    if not len(doubted):
        return
    of_all, bad_of_all = (runs_by_day(view.per_quarter(which)) for which in (kept, held))
    for one in doubted:
        its = kept & (view.calls.agent == one)
        bad, of = (runs_by_day(view.per_quarter(which)) for which in (its & held, its))
        if (run := run_of(bad, of, bad_of_all, of_all)) is not None:
            day[run[0] : run[1], one] = long[run[0] : run[1], one] = 0


def _holds(scene: Scene, view: Load) -> list[Evidence]:
    """Find the agent whose holds rose most, by the stretch where they did."""
    facet, hers = "agent-holds", "own-calls-held-by-agent"
    calls = view.calls
    if not calls.holds_known:
        return [unasked(f, "the log has no hold time", "calls.hold_s") for f in (facet, hers)]
    if not calls.agents:
        return [unasked(f, "the log names no agents", "calls.agent") for f in (facet, hers)]
    size = len(calls.agents)
    kept, held, usual, everyone, rho = once(scene, facet, lambda: usual_holds(view))
    inside = kept & view.inside(view.first, view.last)
    n = np.bincount(calls.agent[inside], minlength=size)
    k = np.bincount(calls.agent[inside & held], minlength=size)
    if not n.sum():
        return [unasked(f, "nobody answered a call in the window") for f in (facet, hers)]
    risen = _rose_most(view, inside, held, usual, rho)
    typical = float(n.sum()) / max(1, int((n > 0).sum()))
    reach = reach_of_shares(round(typical), everyone, rho=rho)
    if risen is None:
        return [
            Evidence(
                facet,
                Outcome.CLEAR,
                f"no agent left more callers on hold than usual: {k.sum()} of {n.sum()}"
                f" answered calls were held longer than {HOLD_FELT_S:.0f} s",
                strength=round(min(1.0, reach / 3), 3),
                observed=float(k.sum()) / n.sum(),
                expected=everyone,
                unit="share of calls",
            ),
            _theirs(scene, view, None, held, inside),
        ]
    found = _by_agent(scene, view, risen, inside, held, float(usual[risen.agent]), reach)
    return [found, _theirs(scene, view, risen.agent if found.outcome is Outcome.FOUND else None, held, inside)]


@dataclass(frozen=True)
class _Risen:
    """The agent whose holds rose most, in which stretch of the window, and how likely chance alone does that.

    ``calls`` is how many the agent answered in it.
    """

    chance: float
    agent: int
    worst: Stretch
    calls: float


def _rose_most(view: Load, inside: Bools, held: Bools, usual: Floats, rho: float) -> _Risen | None:
    """Return the agent whose holds rose most, None where none left two callers on hold; of equals the first."""
    calls, part = view.calls, slice(view.first, view.last)
    n = np.bincount(calls.agent[inside], minlength=len(calls.agents))
    k = np.bincount(calls.agent[inside & held], minlength=len(calls.agents))
    best = None
    for one in np.flatnonzero(k >= 2):
        its = inside & (calls.agent == one)
        seen, of = view.per_quarter(its & held)[part], view.per_quarter(its)[part]
        worst = worst_stretch(seen, usual[one] * of, of, max(LONGEST, len(seen)))  # one agent's may go on for days
        if worst is None:
            continue
        count = float(of[worst.first : worst.last].sum())
        chance = after_looking(
            share_tail(worst.seen, count, float(usual[one]), rho), float((n > 0).sum()) * view.looks
        )
        if best is None or chance < best.chance:
            best = _Risen(chance, int(one), worst, count)
    return best


def _by_agent(  # noqa: PLR0917 -- what one agent's calls are judged by
    scene: Scene, view: Load, risen: _Risen, inside: Bools, held: Bools, usual: float, reach: float
) -> Evidence:
    """Judge and tell the holds of the agent whose holds rose most; ``usual`` is that agent's usual share."""
    calls, agent, worst, count = view.calls, risen.agent, risen.worst, risen.calls
    first, last = view.first + worst.first, view.first + worst.last
    stretch = inside & view.inside(first, last)
    its = stretch & (calls.agent == agent)
    rest = stretch & (calls.agent != agent)
    share, others = worst.seen / count, float(held[rest].mean()) if rest.any() else float("nan")
    outcome, strength = weigh(risen.chance, reach=reach, effect=ramp(share - usual, 0.08, 0.35))
    if outcome is Outcome.FOUND:
        strength = round(strength * view.covered(first, last), 3)
    start, end = view.span(first, last)
    beside = f", the other agents {held[rest].sum()} of {rest.sum()}" if rest.any() else ""
    name = calls.agents[agent]
    lead = (
        f"agent {name} left"
        if outcome is Outcome.FOUND
        else f"no agent stood out by holds: {name}, who rose most, left"
    )
    says = (
        f"{lead} {worst.seen:.0f} of {words.count(count, 'answered caller')} on hold longer than"
        f" {HOLD_FELT_S:.0f} s"
        f" {words.span(start, end, scene.account.zone)} ({usual:.0%} usually{beside};"
        f" longest {calls.hold[its].max():.0f} s)"
    )
    return Evidence(
        "agent-holds",
        outcome,
        says,
        strength=strength,
        observed=share,
        expected=usual,
        unit="share of calls",
        start=start,
        end=end,
        examples=examples_of(rows(scene, its & held), "call_id"),
        data=plain(
            score=score(risen.chance),
            agent=name,
            held=worst.seen,
            calls=count,
            others_share=others,
            longest_s=float(calls.hold[its].max()),
        ),
    )


def _theirs(scene: Scene, view: Load, agent: int | None, held: Bools, inside: Bools) -> Evidence:
    """Ask whether the account's own callers were among those the agent held."""
    facet = "own-calls-held-by-agent"
    mine = inside & view.mine
    hits = mine & held
    if agent is None:
        n = int(mine.sum())
        if n == 0:
            return unasked(facet, "no agent answered a call of the account in the window")
        return Evidence(
            facet,
            Outcome.CLEAR,
            f"no agent who holds callers far more than usual had any of the account's"
            f" {words.count(n, 'answered call')} ({hits.sum()} held longer than {HOLD_FELT_S:.0f} s)",
            # few calls tell little of who may hold them, but whom nobody held nobody left on hold
            strength=1.0 if not hits.any() else round(min(1.0, n / 10), 3),
            observed=0.0,
            expected=0.0,
            unit="calls",
        )
    by = hits & (view.calls.agent == agent)
    k, all_held, n = int(by.sum()), int(hits.sum()), int(mine.sum())
    name = view.calls.agents[agent]
    if all_held:
        says = (
            f"{k} of the account's {words.count(all_held, 'caller')} held longer than {HOLD_FELT_S:.0f} s were"
            f" agent {name}'s"
        )
    elif n:
        says = f"none of the account's {words.count(n, 'answered call')} was held longer than {HOLD_FELT_S:.0f} s"
    else:
        says = "no agent answered a call of the account in the window, so none left its callers on hold"
    if k:
        return Evidence(
            facet,
            Outcome.FOUND,
            says,
            strength=round(ramp(k, 0, 3) * ramp(k / all_held, 0, 0.6), 3),
            observed=float(k),
            expected=0.0,
            unit="calls",
            examples=examples_of(rows(scene, by), "call_id"),
            data=plain(agent=name, held=k, all_held=all_held),
        )
    return Evidence(
        facet,
        Outcome.CLEAR,
        says,
        strength=1.0,  # however few calls it had: who held none of them did not leave its callers on hold
        observed=0.0,
        expected=0.0,
        unit="calls",
        data=plain(agent=name, held=0, all_held=all_held),
    )


CHECK = Check(
    title="Were calls handled slowly?",
    facets=(
        Facet("handling-slow", "Did calls of all accounts take longer to handle?", "handling times"),
        Facet("agent-holds", "Did one agent leave callers on hold?", "agent holds"),
        Facet("own-calls-held-by-agent", "Were the account's own callers among those held?", "account holds"),
    ),
    needs=("calls.outcome",),
    complaints=("long-ring", "long-hold", "abandoned", "busy"),
    run=run,
)
