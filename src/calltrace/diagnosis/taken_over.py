"""One number's calls that came to the account's other numbers: it was given up, or callers were told not to dial it.

Whose calls came there lost none, and neither the client nor the carrier is to blame for its silence.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

    from calltrace.normal.baseline import Baseline

MOVED = 0.5
"""Share of the calls that a number's silence cost which the account's other numbers must have had beyond their own usual,
beyond chance, for them to have come there; what is usual of them is learned from the time after as well, and too high."""

AS_EVER = 0.85
"""Share of the account's usual calls, those of the silent number among them, that came in all."""

CHANCE = 1e-3
"""Chance of so many below which they are more than chance."""


def taken_over(  # noqa: PLR0917 -- whose, when, and how many calls the number had then
    baseline: Baseline, account: str, others: Iterable[str], start: pd.Timestamp, end: pd.Timestamp, missing: float
) -> tuple[int, float] | None:
    """Return the calls that an account's other numbers took in a number's silence, and their usual; None where not enough.

    ``missing`` are the calls that usually come to the silent number in [start, end).
    """
    rest = baseline.all("number", sorted(others))
    came, usual = int(rest.count(start, end).sum()), float(rest.expected(start, end).sum())
    whole = baseline.of("account", account)
    expected = whole.expected(start, end)
    if came - usual < MOVED * missing or came < AS_EVER * expected:
        return None
    chance = whole.chance(start, end, came, side="high", platform=True, share=min(1.0, usual / max(expected, 1e-9)))
    return (came, usual) if chance <= CHANCE else None
