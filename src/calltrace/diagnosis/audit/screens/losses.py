"""Did far more of one account's calls than usual reach nobody, while the others' were answered?

Waits and abandoned calls are looked at platform by platform, as everybody waits for the same agents. What befalls one
account alone is not seen there: its calls may be sent to a queue, a skill or agents that nobody serves. So each account's
share of calls that were given up after a wait, or cut, is held against its own usual and against the others' at the
same time. The investigation may find a cause for it; where it finds none the calls are lost all the same, and that is
told (:mod:`calltrace.diagnosis.audit.unexplained`).

Callers who left within `hung_up_soon_s` waited for nobody, and do not count; nor do callers refused or left in an
announcement, which have screens of their own.
"""

from __future__ import annotations

from collections.abc import Sequence

from calltrace.diagnosis.audit.ground import Candidate, Ground
from calltrace.diagnosis.audit.screens._base import Screen
from calltrace.diagnosis.audit.screens._shares import rises_of_shares

LEAST = 5.0
"""Calls lost beyond what is usual, below which an account's losses are not looked into."""

LEAST_SHARE = 0.25
"""Part of a stretch's calls that must be lost beyond what is usual."""

LEAST_SCORE = 2.5
"""Score from which an account's losses are worth a thought: many an account has a worse day than usual within weeks."""

CAUSES = ("understaffed", "slow-handling", "agent-not-answering", "announcement-dead-end", "path-limit", "platform-outage")
"""What may explain the losses of an account alone; crowds and nuisance callers are found by their calls."""


def run(ground: Ground, _found: Sequence[Candidate]) -> list[Candidate]:
    """Scan every account's share of calls lost after a wait, or cut."""
    calls = ground.columns
    soon = ground.profile.value("hung_up_soon_s")
    left = (calls.ended("abandoned") | calls.ended("no_answer")) & ~(calls.wait <= soon)
    lost = left | calls.ended("failed")
    return [
        Candidate(
            screen="losses", account=account, asked=(account,), complaint="abandoned", start=ground.at(rise.first),
            end=ground.at(rise.last), score=rise.score, causes=CAUSES, harmed=rise.seen - rise.expected)
        for account, rise, of in rises_of_shares(ground, lost, lost | calls.answered, LEAST, LEAST_SHARE, least=LEAST_SCORE)
        if rise.seen - rise.expected >= max(LEAST, LEAST_SHARE * of)]


SCREEN = Screen("Were one account's calls lost?", ("calls.outcome", "calls.account"), run)
