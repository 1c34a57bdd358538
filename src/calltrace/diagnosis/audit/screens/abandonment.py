"""Did more callers than usual leave before an agent, or all of one account's?

The platform's share of callers who gave up after more than a moment, by quarter hour, against the same hours of other
days. Those who left at once are left out: they did not wait for anybody. And of each account, whether hardly any of its callers
reached an agent while the others' did: on the whole platform that hardly shows.
"""

from __future__ import annotations

from collections.abc import Sequence

from calltrace.diagnosis.audit.ground import Candidate, Ground
from calltrace.diagnosis.audit.screens._base import Screen
from calltrace.diagnosis.audit.screens._unserved import unserved
from calltrace.diagnosis.audit.screens._waits import waits


def run(ground: Ground, found: Sequence[Candidate]) -> list[Candidate]:
    """Scan the platform's late abandons."""
    calls = ground.columns
    soon = ground.profile.value("hung_up_soon_s")
    left = (calls.ended("abandoned") | calls.ended("no_answer")) & ~(calls.wait <= soon)
    everybodys = waits(ground, "abandonment", "abandoned", left, calls.answered | left, says="callers gave up", found=found)
    return everybodys + unserved(ground)


SCREEN = Screen("Did callers give up?", ("calls.outcome",), run)
