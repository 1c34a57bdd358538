"""The bill of a period: what the records say a client used, and what it costs by a rate table.

Times are the records' own; the switch's billing export may round and cap otherwise, which is why every line
gives the count beside the amount. What the export does not reach back to is said, never billed as nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from calltrace.classes import dataclass
from calltrace.diagnosis.scene import within

if TYPE_CHECKING:
    import pandas as pd

    from calltrace.desk.rates import Rates
    from calltrace.tables.case import Case


@dataclass(frozen=True)
class Line:
    """One line: what, how many (days, calls, minutes, messages or dial-outs) and the amount."""

    what: str
    count: float
    amount: float


@dataclass(frozen=True)
class Bill:
    """The bill of one account over [start, end), UTC. ``missing`` says what the records do not cover."""

    account: str
    start: pd.Timestamp
    end: pd.Timestamp
    currency: str
    lines: tuple[Line, ...]
    missing: tuple[str, ...]

    @property
    def total(self) -> float:
        """The sum of the lines, rounded to cents once, at the end."""
        return round(sum(line.amount for line in self.lines), 2)


def bill(case: Case, account: str, start: pd.Timestamp, end: pd.Timestamp, rates: Rates) -> Bill:
    """Compute one account's bill.

    Calls count by ``offered_at``, messages by ``taken_at``, dial-outs by ``attempted_at``, each within
    [start, end): a message taken before the period and tried within it is a dial-out of this one.
    """
    calls = case.calls
    own = within(calls[(calls["account"] == account).fillna(value=False)], start, end)
    messages = case.table("messages")
    mine = messages[(messages["account"] == account).fillna(value=False)]
    dispatch = within(case.table("dispatch"), start, end, "attempted_at")
    tries = dispatch[dispatch["message_id"].isin(mine["message_id"])]
    taken = within(mine, start, end, "taken_at")
    mine_rates = rates.of(account)
    days = (end - start).total_seconds() / 86400
    lines = tuple(Line(*line) for line in mine_rates.lines(own, taken, tries, days))
    return Bill(account, start, end, mine_rates.currency, lines, _missing(case, start, end))


def _missing(case: Case, start: pd.Timestamp, end: pd.Timestamp) -> tuple[str, ...]:
    """Say which tables are missing or begin only within the period or after it."""
    said = []
    for name, column in (("calls", "offered_at"), ("messages", "taken_at"), ("dispatch", "attempted_at")):
        if not case.has(name):
            said.append(f"no {name} were given")
            continue
        first = case.table(name)[column].min()
        # a quiet first day is no gap: a day's grace
        if (first - start).total_seconds() > 86400:
            said.append(
                f"{name} begin only {first:%Y-%m-%d %H:%M} UTC"
                + ("" if first < end else ", after the period")
            )
    return tuple(said)
