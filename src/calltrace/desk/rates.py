"""What a client pays for: a rate table, and what calls, messages and dial-outs cost by it.

A bill check must know the unit (call, minute, message, dial-out), the rounding, the least and the most billed
of one call (the time cap), what the base fee includes and the minimum. A rate table says so in TOML::

    currency = "USD"
    base = 49.00            # flat, for period_days
    period_days = 28
    per_minute = 1.05
    per_dial_out = 0.35
    included_minutes = 30
    rounding_s = 6          # every call's time is rounded up to whole tenths of a minute
    least_s = 30            # an answered call is billed at least half a minute
    cap_s = 900             # and a quarter of an hour at most

    [accounts.1004]         # what one account pays otherwise
    per_minute = 0.95

or in CSV (by the name's ``.csv``), one line an item, ``account`` empty for everybody::

    account,item,value
    ,per_minute,1.05
    ,rounding_s,6
    1004,per_minute,0.95

An item that is not named is 0 (nothing is charged for it); one no rate table has is refused, with its line.
"""

from __future__ import annotations

import csv
import tomllib
from dataclasses import field, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from calltrace.classes import dataclass
from calltrace.errors import InputError, Location

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Rates:
    """One rate table. Prices in ``currency``; base, minimum and what is included are for ``period_days``.

    ``rounding_s``, ``least_s`` and ``cap_s`` bear on one answered call's talk and (with ``bill_hold``) hold;
    a ``cap_s`` of 0 is no cap. Unanswered calls cost nothing unless ``bill_unanswered``, and then no time.
    """

    currency: str = "USD"
    base: float = 0.0
    minimum: float = 0.0
    period_days: float = 28.0
    per_call: float = 0.0
    per_minute: float = 0.0
    per_message: float = 0.0
    per_dial_out: float = 0.0
    included_calls: float = 0.0
    included_minutes: float = 0.0
    rounding_s: float = 0.0
    least_s: float = 0.0
    cap_s: float = 0.0
    bill_hold: bool = True
    bill_unanswered: bool = False
    accounts: Mapping[str, Mapping[str, float]] = field(default_factory=dict)

    def of(self, account: str) -> Rates:
        """Return the table as it stands for one account."""
        own = self.accounts.get(account)
        return replace(self, **own, accounts={}) if own else self  # type: ignore[arg-type]

    def billed_s(self, calls: pd.DataFrame) -> NDArray[np.float64]:
        """Return the seconds billed of each call, 0 of one no agent answered.

        Parameters
        ----------
        calls : DataFrame
            ``outcome, talk_s, hold_s``; a time the log does not give counts as none and so as ``least_s``.
        """
        answered = (calls["outcome"] == "answered").fillna(value=False).to_numpy(dtype=bool)
        took = calls["talk_s"].fillna(0).to_numpy(dtype=float)
        if self.bill_hold:
            took = took + calls["hold_s"].fillna(0).to_numpy(dtype=float)
        if self.rounding_s > 0:
            # 1e-9: 12.000000001 s out of a sum of fractions is 12 s
            took = np.ceil(took / self.rounding_s - 1e-9) * self.rounding_s
        took = np.maximum(took, self.least_s)
        if self.cap_s > 0:
            took = np.minimum(took, self.cap_s)
        return np.where(answered, took, 0.0)

    def lines(
        self, calls: pd.DataFrame, messages: pd.DataFrame, attempts: pd.DataFrame, days: float
    ) -> tuple[tuple[str, float, float], ...]:
        """Return the bill line by line: what, how many (calls, minutes, messages, dial-outs), amount.

        ``days`` is the time billed: base, minimum and what is included count in proportion to it. The last
        line is what the minimum adds.
        """
        return self.priced(
            float(self.billed_calls(calls).sum()),
            float(self.billed_s(calls).sum() / 60),
            float(len(messages)),
            float(len(attempts)),
            days,
        )

    def billed_calls(self, calls: pd.DataFrame) -> NDArray[np.bool_]:
        """Return which calls are billed as calls: the answered ones, or all with ``bill_unanswered``."""
        if self.bill_unanswered:
            return np.ones(len(calls), dtype=bool)
        return (calls["outcome"] == "answered").fillna(value=False).to_numpy(dtype=bool)

    def priced(
        self, calls: float, minutes: float, messages: float, dial_outs: float, days: float
    ) -> tuple[tuple[str, float, float], ...]:
        """Return the bill of so many calls, billed minutes, messages and dial-outs; see :meth:`lines`."""
        part = days / self.period_days if self.period_days > 0 else 1.0
        lines = [
            ("base", days, self.base * part),
            ("calls", calls, max(0.0, calls - self.included_calls * part) * self.per_call),
            ("minutes", minutes, max(0.0, minutes - self.included_minutes * part) * self.per_minute),
            ("messages", messages, messages * self.per_message),
            ("dial-outs", dial_outs, dial_outs * self.per_dial_out),
        ]
        short = max(0.0, self.minimum * part - sum(amount for _, _, amount in lines))
        return (*lines, ("minimum", 0.0, short))

    def amount(
        self, calls: pd.DataFrame, messages: pd.DataFrame, attempts: pd.DataFrame, days: float
    ) -> float:
        """Return the whole bill, in ``currency``."""
        return sum(amount for _, _, amount in self.lines(calls, messages, attempts, days))


MEANS = {
    "currency": "what amounts are in, as shown (USD)",
    "base": "the flat fee for period_days",
    "minimum": "the least a period of period_days comes to",
    "period_days": "how long a billing period is (28)",
    "per_call": "price of a call",
    "per_minute": "price of a billed minute of an answered call",
    "per_message": "price of a message taken",
    "per_dial_out": "price of an attempt to deliver a message",
    "included_calls": "calls in a period that the base fee covers",
    "included_minutes": "billed minutes in a period that the base fee covers",
    "rounding_s": "seconds to whole multiples of which a call's time is rounded up",
    "least_s": "seconds billed of an answered call at least",
    "cap_s": "seconds billed of a call at most; 0 is no cap",
    "bill_hold": "whether hold is billed as talk is (true)",
    "bill_unanswered": "whether per_call is charged for unanswered calls too (false)",
}
"""What each item of a rate table means, with its default where that is not 0."""

_KNOWN = {f.name: f.default for f in fields(Rates) if f.name != "accounts"}


def _value(name: str, value: object, at: Location) -> str | float | bool:
    """Return one item typed, or say what is wrong with it."""
    if name not in _KNOWN:
        raise InputError(
            f"the rate table has an item {name!r}", expected=f"one of {', '.join(sorted(_KNOWN))}", at=at
        )
    usual = _KNOWN[name]
    if isinstance(usual, str):
        return str(value)
    if isinstance(usual, bool):
        word = str(value).strip().lower()
        if word in {"true", "yes", "1", "false", "no", "0"}:
            return word in {"true", "yes", "1"}
        raise InputError(f"{name} is {value!r}", expected="true or false", at=at)
    try:
        number = float(str(value).strip())
    except ValueError:
        number = float("nan")
    if isinstance(value, bool) or not number >= 0 or number == float("inf"):
        raise InputError(f"{name} is {value!r}", expected="a number, 0 or more", at=at)
    return number


def read_rates(path: str | Path) -> Rates:
    """Read a rate table from TOML, or from CSV by its ``.csv`` name.

    Raises
    ------
    InputError
        Where the file can't be read, names an item no rate table has, or gives what is no price.
    """
    file = Path(path)
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"the rate table can't be read: {error}", at=Location(str(path))) from error
    return _from_csv(text, str(path)) if file.suffix.lower() == ".csv" else _from_toml(text, str(path))


def _from_toml(text: str, name: str) -> Rates:
    at = Location(name)
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"the rate table is no TOML: {error}", at=at) from error
    accounts = table.pop("accounts", {})
    if not isinstance(accounts, dict) or not all(isinstance(own, dict) for own in accounts.values()):
        raise InputError("accounts holds no tables", expected="[accounts.NAME] with its own items", at=at)
    own = {str(a): {k: _value(k, v, at) for k, v in items.items()} for a, items in accounts.items()}
    return Rates(**{k: _value(k, v, at) for k, v in table.items()}, accounts=own)  # type: ignore[arg-type]


def _from_csv(text: str, name: str) -> Rates:
    rows = csv.DictReader(text.splitlines())
    if not {"item", "value"} <= set(rows.fieldnames or ()):
        raise InputError(
            "the rate table's header is " + ",".join(rows.fieldnames or ("empty",)),
            expected="account,item,value",
            at=Location(name, 1),
        )
    everybody: dict[str, object] = {}
    own: dict[str, dict[str, object]] = {}
    for row in rows:
        item = (row["item"] or "").strip()
        value = _value(item, row["value"], Location(name, rows.line_num))
        account = (row.get("account") or "").strip()
        (own.setdefault(account, {}) if account else everybody)[item] = value
    return Rates(**everybody, accounts=own)  # type: ignore[arg-type]
