"""What the screens of waits share: the platform's share of badly served callers, by stretch of time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from calltrace.diagnosis.audit.ground import Candidate, Ground
from calltrace.diagnosis.audit.screens._scan import ASKED, apart, hardest_hit, rises
from calltrace.diagnosis.checks._load import LEAST_LONG
from calltrace.diagnosis.checks._ongoing import learning

if TYPE_CHECKING:
    from calltrace.diagnosis.checks._chance import Bools

CAUSES = (
    "understaffed",
    "slow-handling",
    "agent-not-answering",
    "agent-long-holds",
    "other-account-surge",
    "wide-surge",
)

MOMENT_HARMED = 20.0
"""The same for a stretch of a single quarter hour."""

LEAST = 2.0
"""Score from which waits are worth a thought: how far they come together is measured on few weeks."""

LEAST_HARMED = 4.0
"""Callers beyond the usual that a stretch must have harmed to be worth a finding."""


def waits(
    ground: Ground, screen: str, complaint: str, bad: Bools, of: Bools, *, says: str, found: Sequence[Candidate]
) -> list[Candidate]:
    """Return the stretches of the window in which far more of the platform's callers than usual fared badly.

    An account that surged then is not asked: it can't tell whose surge the others waited for. Callers of an account that plainly
    nobody served waited for nobody, and are not counted.

    Parameters
    ----------
    bad, of : arrays of bool, one a call
        Which calls went badly, and of which.
    says : str
        What happened to them, for the accounts hit ("callers' calls rang long").
    """
    view = ground.view
    bad, of = bad & ~ground.waited_in_vain, of & ~ground.waited_in_vain
    k, n = view.per_quarter(bad & of), view.per_quarter(of)
    past = learning(view, k, n)
    share = np.maximum(past.usual_share(k, n), LEAST_LONG)
    rho = past.rho(k, n, share)
    part = slice(view.first, view.last)
    candidates = []
    seen, expected, of_them = k[part], share[part] * n[part], n[part]
    for rise in (
        one for whole in rises(seen, expected, of_them, offset=view.first, rho=rho, least=LEAST)
        for one in apart(whole, seen, expected, of_them, offset=view.first, rho=rho)
    ):
        harmed = rise.seen - rise.expected
        if harmed < LEAST_HARMED or (rise.last - rise.first < 2 and harmed < MOMENT_HARMED):
            continue
        usual = rise.expected / max(float(n[rise.first : rise.last].sum()), 1.0)
        hits = hardest_hit(ground, bad & of, rise.first, rise.last, says, usual=usual)
        start, end = ground.at(rise.first), ground.at(rise.last)
        surging = {c.account for c in found if c.screen == "surge" and c.account and c.start < end and start < c.end}
        asked = [h.account for h in hits if h.account not in surging][:ASKED]
        if not asked:
            continue
        candidates.append(Candidate(
            screen=screen, account=None, asked=tuple(asked), complaint=complaint, start=start,
            end=end, score=rise.score, unit="platform-day",
            causes=CAUSES, harmed=harmed, hits=hits,
            data={"surging": sorted(surging)} if surging else {}))
    return candidates
