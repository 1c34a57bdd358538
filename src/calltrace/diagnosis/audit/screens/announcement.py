"""Did an account's calls end in an announcement instead of reaching an agent?

The share of each account's calls that ended so, against its own usual and everybody's. A platform that sends
everybody's callers to the announcement (for want of agents) is no dead end of one account: the share of all the others
in the same quarters is what is expected.
"""

from __future__ import annotations

from collections.abc import Sequence

from calltrace.diagnosis.audit.ground import Candidate, Ground
from calltrace.diagnosis.audit.screens._base import Screen
from calltrace.diagnosis.audit.screens._shares import rises_of_shares


def run(ground: Ground, _found: Sequence[Candidate]) -> list[Candidate]:
    """Scan every account's share of announcements."""
    calls = ground.columns
    ended = calls.ended("announcement") | calls.ended("voicemail")
    could = ended | calls.answered | calls.ended("abandoned") | calls.ended("no_answer")
    return [
        Candidate(
            screen="announcement", account=account, asked=(account,), complaint="abandoned",
            start=ground.at(rise.first), end=ground.at(rise.last), score=rise.score, causes=("announcement-dead-end",),
            harmed=rise.seen - rise.expected)
        for account, rise, _ in rises_of_shares(ground, ended, could)]


SCREEN = Screen("Did calls end in an announcement?", ("calls.outcome", "calls.account"), run)
