"""Were nearly all calls lost as they came in: everybody's, or everybody's on one trunk group?

The worst day a service can have leaves a row for every call, so that nothing is silent, and what befalls all accounts alike
stands out of none of them: each one's share is held against the others'. Here it is the platform's share of calls that were
cut, refused, left in an announcement or given up within seconds that is held against what is usual at those hours
(:mod:`calltrace.diagnosis.checks._everybody`). It is told as one trouble of all it hit, whether a cause is found for it or not
(:mod:`calltrace.diagnosis.audit.unexplained`), and explains what their own calls show of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from calltrace.diagnosis.audit.ground import Candidate, Ground
from calltrace.diagnosis.audit.joining import EVERYBODY
from calltrace.diagnosis.audit.screens._base import Screen
from calltrace.diagnosis.audit.screens._scan import ASKED, hardest_hit
from calltrace.diagnosis.checks._cut_short import groups_by_call
from calltrace.diagnosis.checks._everybody import everybodys, lost_at_once

if TYPE_CHECKING:
    from calltrace.diagnosis.checks._everybody import Lost

COMPLAINTS = {"failed": "missed-calls", "announcement": "abandoned", "busy": "busy"}
"""What those hit would complain of, by how their calls ended; of any other that callers gave up."""

CAUSES = {"failed": ("platform-outage", "planned-shutdown"), "announcement": ("announcement-dead-end", "understaffed")}
"""What may explain it."""


EDGE = pd.Timedelta(minutes=30)
"""How near to an outage calls that were lost are its own: those it cut as it began, and as it ended."""


def run(ground: Ground, found: Sequence[Candidate]) -> list[Candidate]:
    """Scan the platform's calls that were lost as they came in, then each trunk group's, where the window holds many."""
    soon = ground.profile.value("hung_up_soon_s")
    candidates = [_candidate(ground, one, soon) for one in everybodys(ground.view, soon)]
    down = [c for c in found if c.screen == "outage"]
    return [
        c for c in candidates
        if not any(d.trunk_group in {None, c.trunk_group} and d.start - EDGE < c.end and c.start < d.end + EDGE for d in down)]


def _candidate(ground: Ground, one: Lost, soon: float) -> Candidate:
    lost = lost_at_once(ground.columns, soon, slice(None))
    if one.group:
        group, groups = groups_by_call(ground.case)
        lost &= np.asarray(group == groups.index(one.group))
    hits = hardest_hit(ground, lost, one.first, one.last, f"calls were lost {one.soon}")
    return Candidate(
        screen=EVERYBODY, account=None, trunk_group=one.group or None, asked=tuple(h.account for h in hits[:ASKED]),
        complaint=COMPLAINTS.get(one.way, "abandoned"), start=ground.at(one.first), end=ground.at(one.last), score=one.score,
        unit="trunk-day" if one.group else "platform-day", causes=() if one.group else CAUSES.get(one.way, ()),
        harmed=one.lost - one.usual * one.calls, hits=hits)


SCREEN = Screen("Were everybody's calls lost?", ("calls.outcome", "calls.account"), run)
