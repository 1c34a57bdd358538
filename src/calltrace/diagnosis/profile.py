"""Thresholds, as data: each with its unit and its source, overridable per account.

A threshold is a convention of the field, never a law: what a report calls long it calls long by a named
number, which it prints.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


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
        3, "min", "an urgent message is late where the account sets no time of its own",
        "first attempt within 3 min (CCHA-0088)"),
    "hung_up_soon_s": Threshold(10, "s", "the caller left at once", "the generic layout's own definition"),
    "proof": Threshold(
        1e-3, "probability", "chance is ruled out for one account and one day",
        "one false alarm in 1,000 account-days, the operating point of the silence test"),
}


@dataclass(frozen=True)
class Profile:
    """A named set of thresholds and the accounts' own.

    ``overrides`` go before ``FIELD``; ``accounts`` (account id to thresholds) before both.
    """

    name: str = "field"
    overrides: Mapping[str, float] = field(default_factory=dict)
    accounts: Mapping[str, Mapping[str, float]] = field(default_factory=dict)

    def value(self, name: str, account: str = "") -> float:
        """Return a threshold, the account's own if it has one; KeyError for a name nobody knows."""
        own = self.accounts.get(account, {})
        if name in own:
            return own[name]
        return self.overrides.get(name, FIELD[name].value)
