"""Silences and crowds of one account that an investigation finds likely and that are no finding: chance brings as many.

Among all that an audit looks at some are to be expected, so no alarm is made of them. Nobody is clear of them either: who asks
about that account is told "likely".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from calltrace.diagnosis.audit.joining import CROWD, SILENCE
from calltrace.diagnosis.words import count, span

if TYPE_CHECKING:
    from calltrace.diagnosis.audit.findings import Finding

DOUBTED = "too doubtful for a finding"
"""What the row of an account ends in that is not clear for such a silence or crowd."""


def doubts(likely: Iterable[Finding], told: Iterable[Finding]) -> Mapping[str, str]:
    """Return what is said of each account that had a silence or a crowd found likely and not told, the largest one."""
    kept = {_which(one) for one in told}
    left: dict[str, list[Finding]] = {}
    for one in likely:
        if one.check in {SILENCE, CROWD} and one.account is not None and _which(one) not in kept:
            left.setdefault(one.account, []).append(one)
    return {account: _said(some) for account, some in sorted(left.items())}


def _which(one: Finding) -> tuple[object, ...]:
    return one.account, one.check, one.start, one.end, one.data.get("number")


def _said(some: Sequence[Finding]) -> str:
    one = max(some, key=lambda f: (f.lost + f.harmed, f.start))
    number = one.data.get("number")
    who = f"to {number} " if number else ""
    what = f"no call {who}{span(*one.counted, one.zone)}, where {count(round(one.lost), 'call')} would be usual"
    if one.check == CROWD:
        what = f"{count(round(one.harmed), 'call')} more than usual {span(one.start, one.end, one.zone)}"
    return f"{what}: by chance, or perhaps {one.title}; {DOUBTED}"
