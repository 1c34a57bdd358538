"""Accounts whose callers waited and left while others' were answered: sent where nobody serves them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from calltrace.diagnosis import words
from calltrace.diagnosis.audit.ground import Candidate, Ground
from calltrace.diagnosis.checks._chance import score
from calltrace.diagnosis.checks._columns import instant
from calltrace.diagnosis.checks._unserved import Served, Stretch
from calltrace.diagnosis.checks.unserved import CAUSE, SAID, queue_of
from calltrace.diagnosis.diagnosis import Hit

if TYPE_CHECKING:
    from collections.abc import Sequence


def unserved(ground: Ground) -> list[Candidate]:
    """Return, of each account, the stretches in which hardly any caller reached an agent, those of one queue as one."""
    if not ground.unserved:
        return []
    return _by_queue(ground, ground.served, [
        (_candidate(ground, row, stretch), queue_of(ground.case.calls, stretch.places)) for row, stretch in ground.unserved])


def _candidate(ground: Ground, row: int, stretch: Stretch) -> Candidate:
    calls = ground.columns
    since, over = instant(calls.at[stretch.first]), instant(calls.over[stretch.last])
    start = max(since, ground.start)
    end = ground.end if stretch.after < 0 else min(max(over, start), ground.end)
    inside = stretch.places[ground.view.inside(ground.view.first, ground.view.last)[stretch.places]]
    left = int((~calls.answered[inside]).sum())
    return Candidate(
        screen="abandonment", account=calls.accounts[row], asked=(calls.accounts[row],), complaint="abandoned", start=start,
        end=end, score=score(stretch.chance), causes=(CAUSE,), harmed=left - stretch.usual * len(inside),
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
