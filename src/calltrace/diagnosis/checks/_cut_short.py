"""Answered calls that were over within seconds: whose they were, by agent and by trunk group.

Some clients' calls are always short (a page is left, a door is opened), some agents take only such clients, robots and the
people who test a line make short calls too. So an agent's calls, and a trunk group's, are held against what is usual of the
very clients they were for, and against what others had of the same clients at the same time; and what can be told apart from
none of these names nobody.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from calltrace.classes import dataclass
from calltrace.diagnosis.checks._chance import ramp, share_tail, spread_of_shares
from calltrace.diagnosis.checks._ongoing import learning, shares_of_each
from calltrace.diagnosis.checks._stretch import Scans
from calltrace.diagnosis.scene import groups_of

if TYPE_CHECKING:
    from calltrace.diagnosis.checks._chance import Bools, Floats, Ints
    from calltrace.diagnosis.checks._load import Load
    from calltrace.tables.case import Case

FAR_SHORTER = 0.25
"""Part of the usual length of a call up to which it is far shorter."""

LEAST_CALLS = 20
"""Usual calls of an account from which its own length is known; everybody's is taken where it has fewer."""

DRAWN = 20.0
"""Calls of everybody that one account's or agent's usual share is drawn towards."""

AS_OTHERS = (0.25, 0.6)
"""The others' share of short calls, of an agent's or a group's own, from which on it begins not to stand out, and does not."""

FEW_CALLERS = (2.0, 5.0)
"""Callers of the short calls up to which these are but a few callers', and from which on they are not."""

FEW_BESIDE = 3
"""Calls of other accounts that tell whether it is one account's."""

LEAST = 3
"""Short calls of an agent, or of a trunk group, that are worth a look."""

LEAST_OF_DAY, LEAST_DAYS = 5, 5
"""Calls of an agent that a day counts from, and days from which the middle one of them says how it usually is."""

BESIDE = 10
"""Calls that others answered at the same time, or came on other trunk groups, that tell how it was there."""

NEAR = 2
"""Quarters either side of an agent's calls that count as the same time."""

SEVERAL = 3
"""Accounts whose calls were cut short from which it is not theirs."""

HEARD = 5.0
"""Calls' worth that an account's share at the others' hands leans on all of theirs."""

RISEN = (0.15, 0.4)
"""By how much more of an agent's calls than are to be expected are short where it begins to be the agent's, and is."""

MOST = (0.3, 0.6)
"""The same of a trunk group, most of whose calls it has to be."""

ALIKE = (0.4, 0.7)
"""Part of the accounts of a group whose calls were cut short up to which it is but some of them, and from which on the group."""

GONE = (0.4, 0.7)
"""Part of the usual calls of ordinary length up to which these are gone, and from which on others came on top of them."""

KNOWN = (2.0, 8.0)
"""Usual calls of ordinary length of which it begins to show that they are gone, and does."""

SPANS, ENOUGH, MANY = (4, 8, 24, 96), 10, 0.45
"""Quarters on end in which a trunk group had so many answered calls at least, and so large a part of them short, from which
groups are looked at."""

LONGER = 1.3
"""How much longer than everybody's the usual calls of an account may be for that."""

TRIED = (0.1, 0.3)
"""Part of the short calls whose callers called again up to which they were content, and from which on they were not."""

AGAIN_US = 3_600_000_000
"""Within this long (an hour) a caller who was cut off calls again."""

DISTINCT = (0.2, 0.4)
"""Callers of an agent's short calls, of these, up to which a few made them, and from which on many did."""


@dataclass(frozen=True)
class Answers:
    """Answered calls whose length is known (``kept``): how many seconds they ``took``, and which were put through to others.

    An answered call with neither talk nor hold may be one whose length the switch does not write.
    """

    took: Floats
    kept: Bools
    moved: Bools


@dataclass(frozen=True)
class Cut:
    """An agent or a trunk group whose calls of some quarters were over within seconds more often than usual.

    ``who`` is its number among the agents or groups; ``short`` of ``calls`` were, ``expected`` is how many usually are;
    ``chance`` that chance alone makes it, before the number of looks.
    """

    who: int
    first: int
    last: int
    short: float
    calls: float
    expected: float
    chance: float


@dataclass(frozen=True)
class Beside:
    """How the others fared meanwhile: ``short`` of ``calls``; ``sure`` is how surely it is the agent or group, 0 to 1.

    ``tried`` of the group's short calls were of callers who called again, of ``callers`` whose number is known; ``accounts``
    is how many clients' calls were cut short.
    """

    short: int
    calls: int
    sure: float
    accounts: int
    tried: int = 0
    callers: int = 0


def answers(view: Load) -> Answers:
    """Return the answered calls and how long they took, worked out once a Case."""
    case = view.scene.case
    known = case.cache.get("checks.answers lengths")
    if isinstance(known, Answers):
        return known
    calls = view.calls
    took = calls.talk + np.nan_to_num(calls.hold)
    moved = np.zeros(len(took), dtype=bool)
    if "transferred_to" in case.calls.columns:
        moved = np.asarray(case.calls["transferred_to"].notna(), dtype=bool)
    found = Answers(took, calls.answered & ~np.isnan(took), moved)
    case.cache["checks.answers lengths"] = found
    return found


def usual_of_all(view: Load, kept: Bools, short: Bools) -> tuple[float, float]:
    """Return the share of answered calls that usually are over within seconds, and what those of a day have in common."""
    days = np.arange(view.grid.size) // 96
    of, k = view.per_quarter(kept), view.per_quarter(short)
    known = learning(view, k, of).usual
    of, k = of * known, k * known
    by_day, short_by_day = (np.bincount(days, weights=some) for some in (of, k))
    share = float((k.sum() + 0.5) / (of.sum() + 1.0))
    return share, spread_of_shares(short_by_day, by_day, share)


def usual_of_each(  # noqa: PLR0917 -- whose the calls are, which were short, and what is usual of all
    view: Load, codes: Ints, size: int, kept: Bools, short: Bools, everyone: float
) -> tuple[Floats, Floats]:
    """Return the usual share of short calls of every account or agent, drawn to everyone's, and of how many calls."""
    k, of = shares_of_each(view, kept & short, kept, codes, size)
    return (k + DRAWN * everyone) / (of + DRAWN), of


def agents_cutting(view: Load, soon: float, longest: int | None = None) -> list[Cut]:
    """Return the agents whose calls were over within ``soon`` seconds more often than usual, the least likely first.

    Usual is the agent's own share, or that of the clients whose calls they took, whichever is larger. Looked at are the
    whole window and its worst stretch of at most ``longest`` quarters (all of it where not given): who hangs up on callers may
    do so all week.
    """
    calls, found = view.calls, answers(view)
    some = found.kept & (calls.agent >= 0)
    short = some & over_at_once(view, soon)
    everyone, _ = usual_of_all(view, some, short)
    of, k = _by_day(view, calls.agent, len(calls.agents), some, short)
    own, _ = usual_of_each(view, calls.agent, len(calls.agents), some, short, everyone)
    usual = np.maximum(_of_clients(view, some, short, everyone), np.minimum(own, _on_most_days(of, k))[calls.agent])
    return _rising(view, calls.agent, some, short, usual, (of, k), longest)


def apart(view: Load, soon: float, cut: Cut) -> Beside | None:
    """Say how surely it is the agent that ends calls; None where nobody else at work tells how the calls of the time were.

    It is where most of what several clients' callers had of the agent was over at once, with many different callers, and
    little of what others answered meanwhile, of the same clients as far as these had calls. Clients whose calls' usual length
    is not known say nothing, nor do calls that took no second at all: many a switch writes that for want of the length.
    """
    calls, found = view.calls, answers(view)
    near = view.places(cut.first - NEAR, cut.last + NEAR)
    inside = np.flatnonzero(found.kept[near] & (calls.agent[near] >= 0) & (calls.account[near] >= 0)) + near.start
    short = over_at_once(view, soon)
    everyone, _ = usual_of_all(view, found.kept, short)
    usual, many = usual_of_each(view, calls.account, len(calls.accounts), found.kept, short, everyone)
    inside = inside[many[calls.account[inside]] >= LEAST_CALLS]
    its = inside[(calls.agent[inside] == cut.who) & (view.bin[inside] >= cut.first) & (view.bin[inside] < cut.last)]
    rest = inside[calls.agent[inside] != cut.who]
    rest = rest[np.isin(view.bin[rest], _widened(view.bin[its]))]
    if len(rest) < BESIDE or not len(its):
        return None
    hit = its[short[its]]
    if (found.took[hit] == 0).sum() > len(hit) / 2:
        return None
    size = len(calls.accounts)
    of, k = (np.bincount(calls.account[which], minlength=size) for which in (rest, rest[short[rest]]))
    theirs = float(k.sum()) / len(rest)
    expected = float(np.maximum((k + HEARD * theirs) / (of + HEARD), usual)[calls.account[its]].mean())
    by = np.bincount(calls.account[hit], minlength=size)
    share = min(len(hit) / len(its), _without_most(calls.account[its], calls.account[hit]))
    callers = _callers(view, hit)
    sure = ramp(share - expected, *RISEN) * (1.0 - ramp(expected / max(share, 1e-9), *AS_OTHERS))
    sure *= ramp(float(callers), *FEW_CALLERS) * ramp(callers / max(1, len(hit)), *DISTINCT)
    accounts = int((by > 0).sum())
    return Beside(int(short[rest].sum()), len(rest), sure if accounts >= SEVERAL else 0.0, accounts)


def over_at_once(view: Load, soon: float) -> Bools:
    """Return which answered calls were over within ``soon`` seconds, and put through to nobody."""
    found = answers(view)
    return np.asarray(found.kept & (found.took <= soon) & ~found.moved)


def groups_by_call(case: Case) -> tuple[Ints, tuple[str, ...]]:
    """Return each call's trunk group as a number, -1 where not known, and the groups: as logged, else its account's."""
    codes, groups = case.codes("trunk_group")
    if groups:
        return codes, groups
    listed = groups_of(case)
    names = tuple(listed)
    of = {account: number for number, name in enumerate(names) for account in listed[name]}
    account, accounts = case.codes("account")
    by = np.array([*(of.get(a, -1) for a in accounts), -1], dtype=np.int64)
    return by[account], names


def limits(view: Load, soon: float) -> Floats:
    """Return up to how many seconds a call of every account is far shorter than usual; the last is of calls of none."""
    found = answers(view)
    usual = np.flatnonzero(found.kept & view.usual_calls)
    size = len(view.calls.accounts)
    everyone = float(np.median(found.took[usual])) if len(usual) else 0.0
    of = pd.Series(found.took[usual]).groupby(view.calls.account[usual]).agg(["median", "size"])
    length = np.full(size + 1, everyone)
    own = of[(of["size"] >= LEAST_CALLS) & (of.index >= 0)]
    length[own.index.to_numpy()] = own["median"].to_numpy()
    return np.maximum(soon, FAR_SHORTER * length)


def often_short(group: Ints, bins: Ints, took: Floats, soon: float) -> bool:
    """Say whether a trunk group has hours, of calls enough, in which many of them were short: a first look, without accounts.

    Parameters
    ----------
    group, bins, took : array
        The trunk group (-1 where not known), quarter and seconds of answered calls.
    soon : float
        Seconds within which who hung up waited for nobody; a call may be short that took longer, where most take long.
    """
    known = group >= 0
    if not known.any():
        return False
    limit = max(soon, LONGER * FAR_SHORTER * float(np.median(took)))
    if not known.all():
        group, bins, took = group[known], bins[known], took[known]
    short = np.flatnonzero(took <= limit)
    for quarters in SPANS:
        span = bins // quarters
        span -= span.min()
        cells = group.astype(np.int64) * (int(span.max()) + 1) + span
        of, k = np.bincount(cells), np.bincount(cells[short], minlength=1)
        if ((of[: len(k)] >= ENOUGH) & (k >= MANY * of[: len(k)])).any():
            return True
    return False


def groups_cutting(view: Load, soon: float, longest: int | None = None) -> list[Cut]:
    """Return the trunk groups whose calls were far shorter than usual more often than usual, the least likely first."""
    found = answers(view)
    group, groups = groups_by_call(view.scene.case)
    some = found.kept & (group >= 0) & view.calls.owned
    short = some & far_shorter(view, soon)
    everyone, _ = usual_of_all(view, some, short)
    by_day = _by_day(view, group, len(groups), some, short)
    return _rising(view, group, some, short, _of_clients(view, some, short, everyone), by_day, longest)


def far_shorter(view: Load, soon: float) -> Bools:
    """Return which answered calls were far shorter than is usual of their account, and put through to nobody."""
    found = answers(view)
    return np.asarray(found.kept & (found.took <= limits(view, soon)[view.calls.account]) & ~found.moved)


def heard_elsewhere(view: Load, soon: float, cut: Cut) -> Beside | None:
    """Say how surely it is the trunk group that cuts calls short; None where no other group's calls tell how these were.

    It is where most answered calls of nearly all of its accounts, at whichever agents, were far shorter than usual and those
    of ordinary length are gone (robots come on top of them), the callers called again, and on other groups calls took as long
    as ever.
    """
    calls, found = view.calls, answers(view)
    group, _ = groups_by_call(view.scene.case)
    short, near = far_shorter(view, soon), view.places(cut.first, cut.last)
    stretch = (view.bin[near] >= cut.first) & (view.bin[near] < cut.last)
    inside = np.flatnonzero(found.kept[near] & stretch & (group[near] >= 0) & calls.owned[near]) + near.start
    on, others = inside[group[inside] == cut.who], inside[group[inside] != cut.who]
    if len(others) < BESIDE:
        return None
    hit = on[short[on]]
    if (found.took[hit] == 0).sum() > len(hit) / 2:
        return None
    share = min(len(hit) / len(on), _without_most(calls.account[on], calls.account[hit]))
    if calls.agents:
        share = min(share, _without_most(calls.agent[on], calls.agent[hit]))
    theirs = float(short[others].sum()) / len(others)
    size = len(calls.accounts)
    of, k = (np.bincount(calls.account[which], minlength=size) for which in (on, hit))
    with_calls = of >= FEW_BESIDE
    ordinary = found.kept & (group == cut.who) & ~short
    usually = float(view.usual_rate(view.per_quarter(ordinary))[cut.first : cut.last].sum())
    tried, callers = _tried_again(view, hit, near)
    sure = ramp(share - cut.expected / cut.calls, *MOST) * (1.0 - ramp(theirs / max(share, 1e-9), *AS_OTHERS))
    sure *= ramp(float((k[with_calls] >= of[with_calls] / 2).sum()) / max(1, int(with_calls.sum())), *ALIKE)
    sure *= ramp(usually, *KNOWN) * (1.0 - ramp((len(on) - len(hit)) / max(usually, 1e-9), *GONE))
    sure *= ramp(float(_callers(view, hit)), *FEW_CALLERS)
    if callers >= len(hit) / 2:
        sure *= ramp(tried / callers, *TRIED)
    accounts = int((k > 0).sum())
    return Beside(int(short[others].sum()), len(others), sure if accounts >= SEVERAL else 0.0, accounts, tried, callers)


def _by_day(view: Load, codes: Ints, size: int, kept: Bools, short: Bools) -> tuple[Floats, Floats]:
    """Return how many usual calls every agent (or group) had, and short ones, by day: arrays (days, agents)."""
    some = np.flatnonzero(kept & view.usual_calls)
    cells = view.bin[some] // 96 * size + codes[some]
    days = view.grid.size // 96 + 1
    of, k = (np.bincount(cells[which], minlength=days * size).reshape(-1, size).astype(float)
             for which in (slice(None), short[some]))
    return of, k


def _on_most_days(of: Floats, k: Floats) -> Floats:
    """Return the median over an agent's usual days of the share of short calls, 1 where there are few days.

    What has gone on for some days outside the window is no habit.
    """
    known = of >= LEAST_OF_DAY
    share = np.where(known, k / np.maximum(of, 1.0), np.nan)
    told = known.sum(axis=0) >= LEAST_DAYS
    return np.array([float(np.nanmedian(share[:, one])) if told[one] else 1.0 for one in range(of.shape[1])])


def _in_common(of: Floats, k: Floats, one: int) -> float:
    """Return what two calls of a day have in common in being short, by all but one agent's (or group's): it is asked of that."""
    if of.shape[1] > 1:
        of, k = (np.delete(counts, one, axis=1) for counts in (of, k))
    of, k = of.sum(axis=1), k.sum(axis=1)
    return spread_of_shares(k, of, float((k.sum() + 0.5) / (of.sum() + 1.0)))


def _of_clients(view: Load, kept: Bools, short: Bools, everyone: float) -> Floats:
    """Return, for every call, the share of its account's calls that usually is short."""
    calls = view.calls
    usual, _ = usual_of_each(view, calls.account, len(calls.accounts), kept, short, everyone)
    return np.append(usual, everyone)[calls.account]


def _rising(  # noqa: PLR0917 -- the calls, whose they are, which were short, and what is usual of each
    view: Load, codes: Ints, kept: Bools, short: Bools, usual: Floats, by_day: tuple[Floats, Floats], longest: int | None
) -> list[Cut]:
    near, size = view.places(view.first, view.last), view.last - view.first
    inside = np.flatnonzero(kept[near] & (view.bin[near] >= view.first) & (view.bin[near] < view.last)) + near.start
    rows, place = np.unique(codes[inside], return_inverse=True)
    cells = place * size + view.bin[inside] - view.first
    cut = short[inside]
    worth = np.bincount(place[cut], minlength=len(rows)) >= LEAST
    seen, of, expected = (
        np.bincount(cells[some], weights=weights, minlength=len(rows) * size).reshape(-1, size).astype(float)[worth]
        for some, weights in ((cut, None), (slice(None), None), (slice(None), usual[inside])))
    rows = rows[worth]
    if not len(rows):
        return []
    found = []
    stretches = Scans(expected, of, longest or size).worst(seen, np.arange(len(rows)))
    for k, worst in enumerate(stretches):
        spans = [(worst.first, worst.last)] if worst is not None else []
        rho, cuts = _in_common(*by_day, int(rows[k])), []
        for a, b in [*spans, (0, size)]:
            short_of_it, calls, usually = (float(counts[k, a:b].sum()) for counts in (seen, of, expected))
            chance = share_tail(short_of_it, calls, usually / max(calls, 1e-9), rho)
            cuts.append(Cut(int(rows[k]), view.first + a, view.first + b, short_of_it, calls, usually, chance))
        found.append(min(cuts, key=lambda c: c.chance))
    return sorted(found, key=lambda c: (c.chance, c.who))


def _without_most(of: Ints, short: Ints) -> float:
    """Return the share of short calls without those of the account or agent that had most of them; 0 of too few."""
    by = np.bincount(short[short >= 0])
    if not len(by):
        return 0.0
    most = int(np.argmax(by))
    rest = int((of != most).sum())
    return float((short != most).sum()) / rest if rest >= FEW_BESIDE else 0.0


def _callers(view: Load, places: Ints) -> int:
    """Return how many callers made some calls; each that shows no number is taken for one."""
    ani = view.calls.ani.iloc[places]
    return int(ani.nunique() + ani.isna().sum())


def _tried_again(view: Load, hit: Ints, near: slice) -> tuple[int, int]:
    """Return of how many of some calls the caller called the account again soon, or had before, and of how many it is known."""
    calls = view.calls
    caller, _ = pd.factorize(calls.ani.iloc[near])
    table = pd.DataFrame({"caller": caller, "account": calls.account[near], "at": calls.at[near], "hit": False})
    table.loc[hit - near.start, "hit"] = True
    table = table[table["caller"] >= 0].sort_values(["caller", "account", "at"], kind="stable")
    together = table.groupby(["caller", "account"])["at"]
    soon = (together.diff() <= AGAIN_US) | (-together.diff(-1) <= AGAIN_US)
    return int((soon & table["hit"]).sum()), int(table["hit"].sum())


def _widened(quarters: Ints) -> Ints:
    """Return some quarters with the :data:`NEAR` ones either side."""
    return np.unique(quarters[:, None] + np.arange(-NEAR, NEAR + 1)) if len(quarters) else quarters
