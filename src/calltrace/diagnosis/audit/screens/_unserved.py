"""Accounts whose callers waited and left while others' were answered: sent where nobody serves them."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from calltrace.diagnosis import words
from calltrace.diagnosis.audit.ground import Candidate, Ground
from calltrace.diagnosis.checks._chance import TINY, score, share_tail
from calltrace.diagnosis.checks._columns import instant
from calltrace.diagnosis.checks._unserved import BEYOND, DAYTIMES, DRAWN_OWN, Served, Stretch, always, new
from calltrace.diagnosis.checks._unserved import LEAST as LEAST_USUAL
from calltrace.diagnosis.checks.unserved import CAUSE, SAID, queue_of
from calltrace.diagnosis.diagnosis import Hit

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

LEAST = 1.0
"""Score from which a stretch is worth a thought,"""

AMONG = 0.5
"""or, where it is higher, so much less than that of one chance finding in all that is looked at: others may be troubles."""

ON_END = 3
"""Callers who left on end, from which an account is looked at."""

SLACK = 0.9
"""What an account's usual share is multiplied by before that: at some hours fewer of its callers leave than at others."""

NEARLY_ALL = 0.8
"""Share of an account's callers who usually leave, from which it may always have been so."""


def unserved(ground: Ground) -> list[Candidate]:
    """Return, of each account, the stretches in which hardly any caller reached an agent, those of one queue as one."""
    if len(ground.names_in_order) < 2:
        return []
    soon = ground.profile.value("hung_up_soon_s")
    rows = _worth_a_look(ground, soon)
    if not rows:  # as on most days: which calls are a next try, and how all others fared, takes longer to tell
        return []
    served = Served(ground.view, soon)
    clients = [row for row in rows if served.is_client(row)]
    return _by_queue(ground, served, [
        (_candidate(ground, row, stretch), queue_of(ground.case.calls, stretch.places))
        for row in clients for stretch in _of(served, row, ground)])


def _worth_a_look(ground: Ground, soon: float) -> list[int]:
    """Return the accounts so many of whose callers left on end, in the window or up to it, that it may be no chance; by number.

    On end, or at the same times of the days around. A caller's next tries count here: what is told is looked at more closely.
    """
    calls, view = ground.columns, ground.view
    near = view.places(view.first - BEYOND, view.last + BEYOND)
    left = calls.ended_as(("abandoned", "no_answer")) & (np.nan_to_num(calls.wait, nan=0.0) > soon)
    told = left | calls.answered
    gave_up, of = (ground.usually(which) for which in (left, told))
    everyone = (gave_up.sum() + 0.5) / (of.sum() + 10.0)
    usual = np.clip(SLACK * (gave_up + DRAWN_OWN * everyone) / (of + DRAWN_OWN), LEAST_USUAL, 1.0)
    places = near.start + np.flatnonzero((told & calls.owned)[near])
    if not len(places):
        return []
    places = places[np.argsort(calls.account[places].astype(np.int32), kind="stable")]
    account, gone, bins = calls.account[places], left[places], view.bin[places]
    turns = np.flatnonzero((account[1:] != account[:-1]) | (gone[1:] != gone[:-1])) + 1
    begin, end = np.concatenate([[0], turns]), np.concatenate([turns, [len(places)]])
    reaches = gone[begin] & (bins[end - 1] >= view.first) & (bins[begin] < view.last)
    least = -math.log(10.0) * max(LEAST, math.log10(len(usual) * max(1.0, ground.days)) - AMONG)
    found = set()
    for one in np.flatnonzero(reaches & (end - begin >= ON_END)).tolist():
        row = int(account[begin[one]])
        mine = slice(*np.searchsorted(account, [row, row + 1]).tolist())
        looks, share = math.log(mine.stop - mine.start), float(usual[row])
        first, last = int(bins[begin[one]]), int(bins[end[one] - 1])
        alike = (bins[mine] - first) % 96 <= last - first
        daily = share_tail(float((gone[mine] & alike).sum()), float(alike.sum()), share)
        chance = min((end[one] - begin[one]) * math.log(share), math.log(max(daily, TINY)) + math.log(DAYTIMES))
        if chance + looks <= least or share >= NEARLY_ALL:
            found.add(row)
    return sorted(found)


def _of(served: Served, row: int, ground: Ground) -> Iterator[Stretch]:
    """Yield the stretches of an account that reach into the window."""
    view = ground.view
    found = list(new(served, row, view.first, view.last))
    # of one that is served at other hours, at those it may well be the office that picks up
    whole = None if served.ever(row) else always(served, row, view.first, view.last)
    if whole is not None:
        found.append(whole)
    yield from (one for one in found if one.effect > 0 and _score(one) >= LEAST)


def _score(stretch: Stretch) -> float:
    return score(stretch.chance)


def _candidate(ground: Ground, row: int, stretch: Stretch) -> Candidate:
    calls = ground.columns
    since, over = instant(calls.at[stretch.first]), instant(calls.over[stretch.last])
    start = max(since, ground.start)
    end = ground.end if stretch.after < 0 else min(max(over, start), ground.end)
    inside = stretch.places[ground.view.inside(ground.view.first, ground.view.last)[stretch.places]]
    left = int((~calls.answered[inside]).sum())
    return Candidate(
        screen="abandonment", account=calls.accounts[row], asked=(calls.accounts[row],), complaint="abandoned", start=start,
        end=end, score=_score(stretch), causes=(CAUSE,), harmed=left - stretch.usual * len(inside),
        since=since if since < ground.start else None, data={"left": left, "callers": len(inside)})


def _by_queue(ground: Ground, served: Served, found: list[tuple[Candidate, str]]) -> list[Candidate]:
    """Return the candidates, those of several accounts in one queue at one time as one trouble of them all."""
    queues: dict[str, list[Candidate]] = defaultdict(list)
    told: list[Candidate] = []
    for candidate, queue in sorted(found, key=lambda f: (f[0].start, str(f[0].account))):
        if queue:
            queues[queue].append(candidate)
        else:
            told.append(candidate)
    for queue, own in queues.items():
        while own:
            together = [own.pop(0)]
            end = together[0].end
            while own and own[0].start < end:
                together.append(own.pop(0))
                end = max(end, together[-1].end)
            told += together if len(together) == 1 else [_shared(ground, served, queue, together)]
    return told


def _shared(ground: Ground, served: Served, queue: str, together: Sequence[Candidate]) -> Candidate:
    """Return the one trouble of all accounts whose callers waited in a queue nobody served, those hit hardest first."""
    start, end = min(c.start for c in together), max(c.end for c in together)
    calls = ground.columns
    at = (calls.at >= start.value // 1000) & (calls.at < end.value // 1000)
    there = served.told & at & (ground.case.calls["queue"] == queue).fillna(value=False).to_numpy(dtype=bool)
    hits = []
    for row in np.unique(calls.account[there & (calls.account >= 0)]).tolist():
        mine = there & (calls.account == row)
        left, name = int((mine & served.left).sum()), calls.accounts[row]
        hits.append(Hit(name, ground.names[name], None, float(left), f"{left} of {int(mine.sum())} callers {SAID}"))
    hits = sorted((h for h in hits if h.observed), key=lambda h: (-(h.observed or 0.0), h.account))
    asked = tuple(h.account for h in hits if h.account in {c.account for c in together})
    left, callers = int((there & served.left).sum()), int(there.sum())
    elsewhere = served.told & at & ~there
    answered = int((elsewhere & ~served.left).sum())
    return replace(
        max(together, key=lambda c: c.score), account=None, asked=asked, start=start, end=end, hits=tuple(hits),
        harmed=sum(c.harmed for c in together), since=min((c.since for c in together if c.since is not None), default=None),
        data={"queue": queue, "left": left, "callers": callers},
        says=f"nobody served it. {left} of {words.count(callers, 'caller')} of {len(hits)} accounts who waited"
        f" there {words.span(start, end, ground.case.zone)} {SAID}; elsewhere {answered} of {int(elsewhere.sum())} reached one")
