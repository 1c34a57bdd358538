"""A bill's rise line by line: how much of it each thing that is counted brought, in minutes and in money.

The period is held against what the weeks before lead to expect, weekday by weekday. Of every kind of call (within
coverage, outside it, a few callers' very short ones) the calls beyond the usual number are priced with the minutes
such a call usually takes; what the minutes rose beyond that is the length of calls. Prices are those of the next
call and minute: what the base fee includes, and the minimum, make the rest of the difference and have a line of
their own, so that the lines sum to the rise to the cent.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

import numpy as np

from calltrace.classes import dataclass

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from calltrace.diagnosis.checks._drivers import Days

FEWEST_USUAL = 5.0
"""Usual calls of a kind from which their own length is taken for usual; else the period's is."""

CENT = 0.005


class Prices(Protocol):
    """A rate table, as `desk.rates` reads it; the check needs no more of it than this."""

    @property
    def currency(self) -> str: ...
    @property
    def per_call(self) -> float: ...
    @property
    def per_minute(self) -> float: ...
    @property
    def per_message(self) -> float: ...
    @property
    def per_dial_out(self) -> float: ...

    def billed_s(self, calls: pd.DataFrame) -> NDArray[np.float64]:
        """Return the seconds billed of each call."""
        ...

    def billed_calls(self, calls: pd.DataFrame) -> NDArray[np.bool_]:
        """Return which calls are billed as calls."""
        ...

    def priced(
        self, calls: float, minutes: float, messages: float, dial_outs: float, days: float
    ) -> tuple[tuple[str, float, float], ...]:
        """Return the bill of so much, line by line: what, how many, amount."""
        ...


@dataclass(frozen=True)
class Line:
    """One line of the rise: ``seen`` and ``usual`` in ``unit``; what it added, in minutes and in money.

    ``minutes`` is NA (None) for what has none.
    """

    what: str
    unit: str
    seen: float
    usual: float
    minutes: float | None
    amount: float

    def data(self) -> dict[str, object]:
        """Return the line as plain values, rounded as it is shown."""
        return {
            "what": self.what,
            "unit": self.unit,
            "seen": round(self.seen, 1),
            "usual": round(self.usual, 1),
            "minutes": None if self.minutes is None else round(self.minutes, 1),
            "amount": round(self.amount, 2),
        }


@dataclass(frozen=True)
class Rise:
    """What the period costs, what would be usual, and the lines of the difference, in the order of a bill."""

    amount: float
    usual: float
    currency: str
    lines: tuple[Line, ...]

    def of(self, what: str) -> Line | None:
        """Return the line of that name."""
        return next((line for line in self.lines if line.what == what), None)

    @property
    def says(self) -> str:
        """The rise in words, its largest lines first."""
        more = self.amount - self.usual
        told = sorted((x for x in self.lines if abs(x.amount) >= CENT), key=lambda x: (-abs(x.amount), x.what))
        parts = ", ".join(f"{x.what} {x.amount:+.2f}" for x in told)
        return (
            f"{self.amount:.2f} {self.currency} at the rates given where {self.usual:.2f} would be usual: "
            f"{abs(more):.2f} {'more' if more >= 0 else 'less'}" + (f" ({parts})" if parts else "")
        )


@dataclass(frozen=True)
class Counted:
    """What is counted by the day besides calls: messages or attempts, and the whole weeks before they reach."""

    day: NDArray[np.int64]
    weeks: int

    def of(self, days: Days) -> tuple[float, float]:
        """Return the period's number and the usual one, which is the period's own where none is known."""
        seen, usual = _sums(days, self.day, np.ones(len(self.day)), self.weeks)
        return (seen, usual) if self.weeks else (seen, seen)


def _sums(
    days: Days, day: NDArray[np.int64], weight: NDArray[np.float64], weeks: int | None = None
) -> tuple[float, float]:
    """Return the period's sum of a weight, and the one to expect by the mean of each weekday before it."""
    weeks = days.weeks if weeks is None else weeks
    now = (day >= 0) & (day < np.ceil(days.n))
    past = (day < 0) & (day >= -7 * weeks)
    told = days.told(weeks).sum(axis=0) if days.silent and weeks else np.full(7, max(weeks, 1))
    mean = np.bincount(day[past] % 7, weights=weight[past], minlength=7) / np.maximum(told, 1)
    return float(weight[now].sum()), replace(days, silent=()).expected(mean.reshape(1, 7))


def rise(  # noqa: PLR0917 -- a bill's counts, in a bill's order
    days: Days,
    calls: pd.DataFrame,
    kinds: dict[str, NDArray[np.bool_]],
    messages: Counted,
    attempts: Counted,
    prices: Prices,
) -> Rise:
    """Split what the period costs beyond the usual.

    Parameters
    ----------
    days : Days
        The period, and the weeks before it.
    calls : DataFrame
        The account's calls from the first of those weeks to the period's end.
    kinds : dict
        By name, which of the calls are of a kind; every call is of one. They become lines in this order.
    messages, attempts : Counted
        The account's messages, and attempts to deliver them by the day of their message.
    prices : Prices
        As they stand for this account.
    """
    day = days.index(calls["offered_at"])
    billed = prices.billed_calls(calls).astype(float)
    minutes = prices.billed_s(calls) / 60
    lines, longer = [], 0.0
    for what, mask in kinds.items():
        seen, usual = _sums(days, day, billed * mask)
        took, usually = _sums(days, day, minutes * mask)
        length = usually / usual if usual >= FEWEST_USUAL else took / seen if seen else 0.0
        added = (seen - usual) * length
        longer += took - usually - added
        amount = (seen - usual) * prices.per_call + added * prices.per_minute
        lines.append(Line(what, "calls", seen, usual, added, amount))
    number, usual_number = _sums(days, day, billed)
    whole, usual_whole = _sums(days, day, minutes)
    lines.append(
        Line(
            "minutes a call",
            "min",
            whole / number if number else 0.0,
            usual_whole / usual_number if usual_number else 0.0,
            longer,
            longer * prices.per_minute,
        )
    )
    wrote, usually_wrote = messages.of(days)
    tried, usually_tried = attempts.of(days)
    lines.append(Line("messages", "messages", wrote, usually_wrote, None, (wrote - usually_wrote) * prices.per_message))
    lines.append(
        Line("delivery attempts", "attempts", tried, usually_tried, None, (tried - usually_tried) * prices.per_dial_out)
    )
    cost = sum(amount for *_, amount in prices.priced(number, whole, wrote, tried, days.n))
    before = sum(
        amount for *_, amount in prices.priced(usual_number, usual_whole, usually_wrote, usually_tried, days.n)
    )
    flat = cost - before - sum(line.amount for line in lines)
    if abs(flat) >= CENT:
        lines.append(Line("base fee and minimum", "", 0.0, 0.0, None, flat))
    cost, before = round(cost, 2), round(before, 2)
    return Rise(cost, before, prices.currency, _to_the_cent(lines, cost - before))


def _to_the_cent(lines: list[Line], total: float) -> tuple[Line, ...]:
    """Round the amounts so that they sum to the total: what rounding leaves goes to the largest."""
    # + 0.0: no line is less than nothing by nothing
    rounded = [replace(line, amount=round(line.amount, 2) + 0.0) for line in lines if _matters(line)]
    if rounded:
        left = round(total - sum(line.amount for line in rounded), 2)
        most = max(range(len(rounded)), key=lambda i: abs(rounded[i].amount))
        rounded[most] = replace(rounded[most], amount=round(rounded[most].amount + left, 2))
    return tuple(rounded)


def _matters(line: Line) -> bool:
    return bool(line.seen or line.usual or abs(line.amount) >= CENT)
