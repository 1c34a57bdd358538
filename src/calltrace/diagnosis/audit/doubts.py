"""Silences that an investigation would lay to somebody and that are no finding: of all looked at, chance brings as many.

No alarm is made of them, but nobody is clear of them either: who asks about that account is told "likely".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from calltrace.diagnosis.audit.joining import SILENCE
from calltrace.diagnosis.words import count, span

if TYPE_CHECKING:
    from calltrace.diagnosis.audit.findings import Finding

DOUBTED = "too doubtful for a finding"
"""What the row of an account ends in that is not clear for such a silence."""


def doubts(judged: Iterable[Finding], told: Iterable[Finding]) -> Mapping[str, str]:
    """Return what is said of each account that had a silence which was investigated and is not told, the dearest one."""
    kept = {_which(one) for one in told}
    left: dict[str, list[Finding]] = {}
    for one in judged:
        if one.check == SILENCE and one.account is not None and _which(one) not in kept:
            left.setdefault(one.account, []).append(one)
    return {account: _said(some) for account, some in sorted(left.items())}


def _which(one: Finding) -> tuple[object, ...]:
    return one.account, one.check, one.start, one.end, one.data.get("number")


def _said(some: Sequence[Finding]) -> str:
    one = max(some, key=lambda f: (f.lost, f.start))
    number = one.data.get("number")
    who = f"to {number} " if number else ""
    return (f"no call {who}{span(*one.counted, one.zone)}, where {count(round(one.lost), 'call')} would be usual: by chance, or"
            f" perhaps {one.title}; {DOUBTED}")
