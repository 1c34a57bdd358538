"""Did an account's calls end in an announcement instead of reaching an agent?

The share of each account's calls that ended so, against its own usual and everybody's. A platform that sends
everybody's callers to the announcement (for want of agents) is no dead end of one account: the share of all the others
in the same quarters is what is expected.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from calltrace.diagnosis.audit.ground import Candidate, Ground
from calltrace.diagnosis.audit.screens._base import Screen
from calltrace.diagnosis.audit.screens._scan import BLOCK, rises_of_each

if TYPE_CHECKING:
    from calltrace.diagnosis.audit.screens._scan import Rise
    from calltrace.diagnosis.checks._chance import Floats, Ints

LEAST = 0.01
RHO = 0.02
"""Least usual share, and what two calls have in common, as the check of dead ends takes them."""


def run(ground: Ground, _found: Sequence[Candidate]) -> list[Candidate]:
    """Scan every account's share of announcements."""
    calls, view = ground.columns, ground.view
    ended = calls.ended("announcement") | calls.ended("voicemail")
    could = ended | calls.answered | calls.ended("abandoned") | calls.ended("no_answer")
    k, n = (ground.per_account(which, view.first, view.last) for which in (ended, could))
    past_k, past_n = ground.usually(ended), ground.usually(could)
    everyone = float(past_k.sum() + 0.5) / float(past_n.sum() + 50)
    own = np.maximum(LEAST, (past_k + 30 * everyone) / (past_n + 30))
    all_k, all_n = k.sum(axis=0), n.sum(axis=0)

    def usually(rows: Ints) -> Floats:
        """Return how many of these accounts' calls are expected to end so, by quarter."""
        usual = _five(all_k - k[rows]) / np.maximum(_five(all_n - n[rows]), 20.0)
        np.maximum(own[rows, None], usual, out=usual)
        np.minimum(usual, 0.95, out=usual)
        usual *= n[rows]
        return usual

    def found(rows: Ints) -> Iterator[tuple[int, Rise]]:
        for first in range(0, len(rows), BLOCK):  # as many as are scanned side by side: all at once would be many
            some = rows[first : first + BLOCK]
            for place, rise in rises_of_each(
                    np.arange(len(some)), k[some], usually(some), n[some], offset=view.first, rho=RHO,
                    longest=view.last - view.first):
                yield int(some[place]), rise

    accounts = calls.accounts
    return [
        Candidate(
            screen="announcement", account=accounts[row], asked=(accounts[row],), complaint="abandoned",
            start=ground.at(rise.first), end=ground.at(rise.last), score=rise.score, causes=("announcement-dead-end",),
            harmed=rise.seen - rise.expected)
        for row, rise in found(np.flatnonzero(k.sum(axis=1) >= 3))]


def _five(counts: Floats) -> Floats:
    """Return the calls of each quarter and of the two either side, of which the others' share is taken, by series."""
    sums = counts.copy()
    for shift in (1, 2):
        sums[:, shift:] += counts[:, :-shift]
        sums[:, :-shift] += counts[:, shift:]
    return sums


SCREEN = Screen("Did calls end in an announcement?", ("calls.outcome", "calls.account"), run)
