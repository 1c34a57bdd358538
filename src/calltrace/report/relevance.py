"""What of a diagnosis a reader is told: what the answer itself has overtaken is left out."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from calltrace.diagnosis.diagnosis import Diagnosis, Hit, RuledOut
    from calltrace.diagnosis.evidence import Evidence

_NEGATED = re.compile(r"(?<=\s)(?:not|no)-[a-z-]+")
"""A cause whose name begins with a no: behind another one it is to be seen as a name."""

_LASTS = "only if it lasts until"
"""Words of what is still to be seen: of a silence that has ended there is nothing to wait for."""

SURGE = "other-surge"
"""The facet that names the account whose surge took the agents."""


def provable_of(diagnosis: Diagnosis) -> str:
    """Return from when on the silence would be proof; '' where it is over, or no silence is the answer."""
    top = diagnosis.ranked[0].cause if diagnosis.ranked else ""
    overtaken = _LASTS in diagnosis.provable and _rang_again(diagnosis)
    return "" if top == "within-normal" or overtaken else diagnosis.provable


def _rang_again(diagnosis: Diagnosis) -> bool:
    """Say whether the account's silence has ended: records that go on after it say that a call did end it."""
    ends = [e.end for e in diagnosis.evidence if e.facet == "account-silent" and e.end is not None]
    lasts = [s.last for s in diagnosis.case.sources if s.table == "calls" and s.last is not None]
    return bool(ends) and any(last > max(ends) for last in lasts)


def others_hit(hits: Iterable[Hit], account: str | None, evidence: Iterable[Evidence]) -> tuple[Hit, ...]:
    """Return the accounts hit besides this one; an account is not hit by its own surge."""
    surging = {str(e.data.get("account")) for e in evidence if e.facet == SURGE and e.outcome == "found"}
    return tuple(h for h in hits if h.account != account and h.account not in surging)


def ruled_out_of(diagnosis: Diagnosis) -> tuple[RuledOut, ...]:
    r"""Return what was ruled out, a cause's name in quotes where it would read as "not not".

    Examples
    --------
    >>> _NEGATED.sub(r"“\g<0>”", "not not-dispatched, dispatched-late")
    'not “not-dispatched”, dispatched-late'
    """
    return tuple(replace(r, so=_NEGATED.sub(r"“\g<0>”", r.so)) for r in diagnosis.ruled_out)
