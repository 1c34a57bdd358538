"""Thresholds, as data: each with its unit and its source, overridable per account.

A threshold is a convention of the field, never a law: what a report calls long it calls long by a named
number, which it prints.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Mapping
from dataclasses import field
from pathlib import Path

from calltrace.classes import dataclass
from calltrace.errors import InputError, Location

CONFIRMED, LIKELY = 0.9, 0.6
"""Probabilities from which a verdict is worded so; with less it is inconclusive."""

SEVERITIES = ("low", "medium", "high", "critical")
"""How bad a finding is, from the least to the worst."""


@dataclass(frozen=True)
class Threshold:
    """One number, its unit, what it decides and where it comes from."""

    value: float
    unit: str
    decides: str
    source: str


FIELD: dict[str, Threshold] = {
    "long_ring_s": Threshold(
        30, "s", "a ring is long", "five rings of six seconds: an operator's own account (Telelink, 2020)"),
    "long_hold_s": Threshold(
        60, "s", "a wait or hold is long",
        "under 60 s even at overflow, above 90 s abandonment rises sharply (hold-time guide, abu.kompletecloud.com)"),
    "bad_hold_s": Threshold(
        120, "s", "a wait or hold is bad", "twice the long one; contracts ask for an average under one minute (CCHA-0088)"),
    "service_level_s": Threshold(20, "s", "a call was answered in time", "80 % in 20 s, the usual target (vcc.live)"),
    "service_level_share": Threshold(0.80, "share", "the target of the service level", "80 % in 20 s (vcc.live)"),
    "short_abandon_s": Threshold(
        5, "s", "an abandoned call is a short one", "5 s (VICIdial guide); Cisco's example has 10 s"),
    "abandon_share_warn": Threshold(0.05, "share", "abandonment is high", "5 to 8 % (IFC, by way of mptelecom.com.vn)"),
    "abandon_share_bad": Threshold(0.08, "share", "abandonment is bad", "5 to 8 % (IFC, by way of mptelecom.com.vn)"),
    "blocked_share": Threshold(0.01, "share", "blocking is high", "P.01 in the busy hour (Avaya)"),
    "urgent_dispatch_min": Threshold(
        20, "min", "an urgent message is late where the account's own limit is not known",
        "critical notices within 20 min; a strict contract asks for a first attempt within 3 (CCHA-0088)"),
    "hung_up_soon_s": Threshold(10, "s", "the caller left at once", "the generic layout's own definition"),
    "proof": Threshold(
        1e-3, "probability", "chance is ruled out for one account and one day",
        "one false alarm in 1,000 account-days, the operating point of the silence test"),
    "severity_medium_calls": Threshold(
        5, "calls", "a finding is medium", "calltrace's own: about what one client of twenty calls a day notices"),
    "severity_high_calls": Threshold(
        20, "calls", "a finding is high", "calltrace's own: a day of a client of twenty calls a day"),
    "severity_critical_calls": Threshold(
        100, "calls", "a finding is critical", "calltrace's own: many clients at once, or one large one for a day"),
    "bill_rise": Threshold(
        1.25, "times the weeks before", "a rise of calls, minutes or attempts is worth telling before anybody complains",
        "calltrace's own: clients drift by a tenth or so from fortnight to fortnight"),
    "urgent_message_calls": Threshold(
        5, "calls", "what an urgent message gone astray weighs as",
        "calltrace's own: an urgent message is never less than a medium finding"),
}


@dataclass(frozen=True)
class Profile:
    """A named set of thresholds and the accounts' own.

    ``overrides`` go before ``FIELD``; ``accounts`` (account id to thresholds) before both. ``asked`` collects the names
    of the thresholds a diagnosis made use of, for its report.
    """

    name: str = "field"
    overrides: Mapping[str, float] = field(default_factory=dict)
    accounts: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    asked: set[str] = field(default_factory=set, compare=False, repr=False)

    def value(self, name: str, account: str = "") -> float:
        """Return a threshold, the account's own if it has one; KeyError for a name nobody knows."""
        self.asked.add(name)
        own = self.accounts.get(account, {})
        if name in own:
            return own[name]
        return self.overrides.get(name, FIELD[name].value)

    def source(self, name: str, account: str = "") -> str:
        """Return where a threshold's value comes from: the account's or the profile's own, or the field's source."""
        if name in self.accounts.get(account, {}):
            return f"set for account {account} in the profile {self.name}"
        return f"set in the profile {self.name}" if name in self.overrides else FIELD[name].source


def read_profile(path: str | Path) -> Profile:
    """Read a profile from a TOML file.

    Parameters
    ----------
    path : path
        ``name = "…"``, a table ``[thresholds]`` and, per account id, ``[accounts.1021]``, each of threshold names and
        numbers (``calltrace explain`` lists them, with unit and source).

    Raises
    ------
    InputError
        The file can't be read, or a key is not a threshold or no number; the key is named.
    """
    file = Path(path)
    try:
        data = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError(f"the profile can't be read: {error}", expected="a TOML file of thresholds",
                         at=Location(str(file))) from error
    accounts = data.get("accounts", {})
    if not isinstance(accounts, dict):
        raise InputError("accounts is no table", expected="[accounts.ID] tables of thresholds", at=Location(str(file)))
    for key in data:
        if key not in ("name", "thresholds", "accounts"):
            raise InputError(f"the key {key!r} means nothing here", expected="name, [thresholds] or [accounts.ID]",
                             at=Location(str(file)))
    return Profile(
        str(data.get("name", file.stem)), _numbers(data.get("thresholds", {}), "thresholds", file),
        {str(a): _numbers(own, f"accounts.{a}", file) for a, own in accounts.items()})


def _numbers(table: object, where: str, file: Path) -> dict[str, float]:
    if not isinstance(table, dict):
        raise InputError(f"{where} is no table", expected="threshold names and numbers", at=Location(str(file)))
    for name, value in table.items():
        if name not in FIELD:
            near = difflib.get_close_matches(str(name), FIELD, n=1)
            raise InputError(f"{where}.{name} is no threshold", expected=", ".join(FIELD),
                             fix=f"Did you mean {near[0]}?" if near else "", at=Location(str(file)))
        if isinstance(value, bool) or not isinstance(value, (int, float)) or value < 0:
            raise InputError(f"{where}.{name} is {value!r}", expected=f"a number of {FIELD[name].unit}, 0 or more",
                             at=Location(str(file)))
    return {str(n): float(v) for n, v in table.items()}
