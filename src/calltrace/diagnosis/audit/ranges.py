"""Numbers of one block that fall silent together are one trouble of the carrier, not of each client that has one.

A carrier routes numbers by blocks of a thousand. That several clients forget to forward their lines in the very same
hours, and only those whose numbers lie side by side, is no client's doing; so what was found of each becomes one
incident, with the accounts it hit.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from calltrace.diagnosis.audit.confidence import SILENT
from calltrace.diagnosis.audit.findings import key
from calltrace.diagnosis.audit.ground import whole
from calltrace.diagnosis.audit.severity import severity
from calltrace.diagnosis.diagnosis import Hit
from calltrace.tables import phones

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from calltrace.diagnosis.audit.findings import Finding
    from calltrace.diagnosis.audit.ground import Ground

LEAST = 3
"""Accounts of one block that must be silent together."""

ALIKE = 0.7
"""Part of each one's silence that all must share."""

MOST_SURE = 0.95


def ranged(ground: Ground, findings: Sequence[Finding]) -> list[Finding]:
    """Return the findings, those of accounts whose numbers' block was silent as a whole joined into one of the block.

    A block where any number took a call meanwhile was not down: its accounts' findings stay their own.
    """
    by_block: dict[str, list[Finding]] = defaultdict(list)
    for one in findings:
        if one.account is not None and one.cause in SILENT:
            for block in {phones.block_of(n) for n in _numbers(ground, one)}:
                by_block[block].append(one)
    made: list[Finding] = []
    taken: set[int] = set()
    for block in sorted(by_block, key=lambda b: (-len(by_block[b]), b)):
        left = sorted((f for f in by_block[block] if id(f) not in taken), key=lambda f: (f.start, f.end, f.key))
        while left:
            together = [f for f in left if _alike(left[0], f)]
            left = [f for f in left[1:] if f not in together]
            start, end = max(f.start for f in together), min(f.end for f in together)
            if len({f.account for f in together}) < LEAST or end <= start or _rang(ground, block, start, end):
                continue
            taken |= {id(f) for f in together}
            made.append(_incident(ground, block, together))
    return [*(f for f in findings if id(f) not in taken), *made]


def _numbers(ground: Ground, one: Finding) -> list[str]:
    """Return the numbers a finding is about: the silent one, else all of its account's; no extensions or short codes."""
    number = one.data.get("number")
    mine = [str(number)] if number else ground.numbers_of.get(one.account or "", [])
    return [n for n in mine if phones.block_of(n)]


def _alike(a: Finding, b: Finding) -> bool:
    shared = min(a.end, b.end) - max(a.start, b.start)
    return bool(shared >= ALIKE * max(a.end - a.start, b.end - b.start))


def _rang(ground: Ground, block: str, start: pd.Timestamp, end: pd.Timestamp) -> bool:
    """Say whether any number of the block took a call within [start, end), whoever's it is."""
    calls = ground.case.calls
    at = calls["offered_at"]
    # the edges are calls themselves: the last before the silence and the first after it
    inside = calls.loc[(at > start) & (at < end), "dnis"].dropna().astype("string")
    return bool((inside.str.startswith(block) & (inside.str.len() == len(block) + phones.BLOCK_DIGITS)).any())


def _incident(ground: Ground, block: str, together: Sequence[Finding]) -> Finding:
    hits: dict[str, Hit] = {}
    for one in sorted(together, key=lambda f: (-f.lost, f.account or "")):
        hits.setdefault(one.account or "", Hit(one.account or "", one.name, one.lost, 0.0, f"0 of {one.lost:.0f} calls"))
    start, end = min(f.start for f in together), max(f.end for f in together)
    lost = float(np.sum([h.expected or 0.0 for h in hits.values()]))
    best = max(together, key=lambda f: (f.score, f.key))
    zone = ground.case.zone
    numbers = block + "x" * phones.BLOCK_DIGITS
    name = f"Numbers {numbers}"
    return replace(
        best, key=key(None, None, "number-down", start, zone, numbers), account=None, name=name, zone=zone,
        cause="number-down", title="the carrier's route to a range of numbers was down", party="carrier",
        confidence=min(MOST_SURE, max(f.confidence for f in together)), wording="likely",
        severity=severity(ground.profile, None, "number-down", lost, 0.0), start=start, end=end, lost=lost, harmed=0.0,
        summary=(
            f"{name}: most likely the carrier's route to them was down. {len(hits)} accounts whose numbers lie side by side"
            " were silent in the same hours, and no number of the range took a call: that is no client's forwarding."),
        next_steps=(
            f"Open a ticket with the carrier: {name}, start and end of the silence, the clients' own numbers among them.",
            "Dial two of the numbers from an outside line and note what is heard, with time and zone.",
            "Tell the clients that were hit before they ask; accuse none of them.",
        ),
        also_affected=tuple(hits.values()), ongoing=any(f.ongoing for f in together), diagnosis=None,
        data={"range": numbers} | whole(
            (min(f.counted[0] for f in together), max(f.counted[1] for f in together)), (start, end)))
