"""The Scene: one question, the Case it is asked of, and what checks share (computed once, when first used)."""

from __future__ import annotations

from dataclasses import field, replace
from datetime import date
from functools import cached_property

import pandas as pd

from calltrace.classes import dataclass
from calltrace.diagnosis.profile import Profile
from calltrace.intake.quality import Feed, feed
from calltrace.normal.baseline import Baseline, learn
from calltrace.tables.case import Case
from calltrace.tables.coverage import coverage_spans

LEAST_HISTORY = pd.Timedelta(days=3)
"""Records outside the window below which they say less of the usual than the window itself."""


@dataclass(frozen=True)
class Question:
    """What the client complains of.

    ``account`` is the account's id as the Case knows it. ``complaint`` is one of
    :data:`calltrace.diagnosis.complaints.NAMES`, or '' for none (every check runs). ``start`` and ``end`` are UTC;
    ``end`` is the first instant after the window. ``now`` is when the question is asked: nothing later is known, and
    nothing is said of it. ``zone`` is the zone that times are told in, where not the account's: one account is asked
    of what all of them share. ``number`` is that of the account's numbers which fell silent, where an audit knows it;
    a client speaks of missed calls.
    """

    account: str
    complaint: str
    start: pd.Timestamp
    end: pd.Timestamp
    caller: str = ""
    claim: str = ""
    now: pd.Timestamp | None = None
    zone: str = ""
    number: str = ""


@dataclass(frozen=True)
class AccountFacts:
    """The account's row in the accounts table, or what the calls alone tell of it (``known`` False).

    ``numbers`` are E.164 as in ``calls.dnis``. ``zone`` is IANA. ``coverage`` is opening_hours syntax or ''.
    """

    account: str
    name: str
    numbers: tuple[str, ...]
    trunk_groups: tuple[str, ...]
    zone: str
    coverage: str
    path_limit: int | None
    office_number: str
    dispatch_within_min: float | None
    known: bool


@dataclass(frozen=True)
class Scene:
    """What a check is given."""

    case: Case
    question: Question
    profile: Profile
    cache: dict[str, object] = field(default_factory=dict, compare=False, repr=False)

    @cached_property
    def account(self) -> AccountFacts:
        """The account complained of; its ``zone`` is the one that times are told in."""
        return replace(self._facts, zone=self.question.zone) if self.question.zone else self._facts

    @cached_property
    def _facts(self) -> AccountFacts:
        return account_facts(self.case, self.question.account)

    @property
    def own_zone(self) -> str:
        """The account's own zone, which its coverage is meant in."""
        return self._facts.zone

    @cached_property
    def calls(self) -> pd.DataFrame:
        """All calls of the account, sorted by ``offered_at``."""
        return self.case.calls_of(self.question.account)

    @cached_property
    def window(self) -> pd.DataFrame:
        """The account's calls offered within the window of the complaint."""
        return within(self.calls, self.question.start, self.question.end)

    @cached_property
    def everyone(self) -> pd.DataFrame:
        """All accounts' calls offered within the window of the complaint."""
        return within(self.case.calls, self.question.start, self.question.end)

    @cached_property
    def coverage(self) -> list[tuple[pd.Timestamp, pd.Timestamp]]:
        """When the account's lines should be forwarded, from a week before the window to a week after, UTC.

        Empty where the accounts table gives no coverage.
        """
        week = pd.Timedelta(days=8)
        return coverage_spans(
            self.account.coverage, self.own_zone, self.question.start - week, self.question.end + week, self.holidays
        )

    @cached_property
    def holidays(self) -> frozenset[date]:
        """The public holidays the account's coverage speaks of (``PH``); none where it does not."""
        if "PH" not in self.account.coverage:
            return frozenset()
        return self.case.holidays(self.account.account, self.own_zone)

    @cached_property
    def feed(self) -> Feed:
        """What is known of the records themselves: their reach, holes, duplicates, what they hide. Without their problems."""
        return feed(self.case, now=self.question.now, problems=False)

    @cached_property
    def baseline(self) -> Baseline:
        """How many calls to expect, learned from every call outside the window.

        Where the records hold hardly anything else, the window itself is learned from, its plain silences apart
        (:attr:`learned_from_window`). Who asks many questions of one window may put what it learned once in the
        cache, under ``baseline``.
        """
        known = self.cache.get("baseline")
        if isinstance(known, Baseline):
            return known
        window = None if self.learned_from_window else (self.question.start, self.question.end)
        return learn(self.case, zone_of=account_zones(self.case), leave_out=window, records_end=records_end(self.case))

    @cached_property
    def groups(self) -> dict[str, tuple[str, ...]]:
        """The accounts of every trunk group (:func:`groups_of`)."""
        return groups_of(self.case)

    @cached_property
    def learned_from_window(self) -> bool:
        """Whether the records outside the window are too short to learn from."""
        first, last = self.case.calls["offered_at"].iloc[0], records_end(self.case)
        before = max(pd.Timedelta(0), self.question.start - first)
        after = max(pd.Timedelta(0), last - self.question.end)
        return bool(before + after < LEAST_HISTORY)


def records_end(case: Case) -> pd.Timestamp:
    """Return the last instant the switch itself speaks of, by its calls or its interval counts.

    Agents' events do not count: some exports hold log-outs that are only planned.
    """
    last = pd.Timestamp(case.calls["offered_at"].iloc[-1])
    kpi = case.table("kpi")
    return max(last, pd.Timestamp(kpi["interval_start"].max())) if len(kpi) else last


def within(frame: pd.DataFrame, start: pd.Timestamp, end: pd.Timestamp, column: str = "offered_at") -> pd.DataFrame:
    """Return the rows of a frame whose ``column`` lies in [start, end)."""
    at = frame[column]
    if at.is_monotonic_increasing:  # in order, and none unknown: one stretch
        first, last = at.searchsorted([start, end], side="left").tolist()
        return frame.iloc[first : max(first, last)]
    return frame[(at >= start) & (at < end)]


def account_zones(case: Case) -> dict[str, str]:
    """Return the IANA zone of every account that has one of its own; the others are in ``case.zone``."""
    accounts = case.table("accounts")
    known = accounts[accounts["timezone"].notna()]
    return dict(zip(known["account"], known["timezone"], strict=True))


def groups_of(case: Case) -> dict[str, tuple[str, ...]]:
    """Return the accounts of every trunk group: by the accounts table, else by where most of their calls came in."""
    counted = case.pairs("account", "trunk_group")
    mostly: dict[str, str] = {}
    if len(counted):
        counted = counted.sort_values(["account", "n", "trunk_group"], ascending=[True, False, True])
        first = counted.drop_duplicates("account")
        mostly = dict(zip(first["account"].astype(str), first["trunk_group"].astype(str), strict=True))
    table = case.table("accounts")
    listed = table[table["trunk_group"].notna()]
    mostly |= dict(zip(listed["account"].astype(str), listed["trunk_group"].astype(str), strict=True))
    groups: dict[str, list[str]] = {}
    for account, group in sorted(mostly.items()):
        groups.setdefault(group, []).append(account)
    return {g: tuple(a) for g, a in sorted(groups.items())}


def numbers_of(case: Case) -> dict[str, list[str]]:
    """Return the numbers of every account: by the accounts table, else those its calls were made to, sorted."""
    pairs = case.pairs("account", "dnis").sort_values(["account", "dnis"])
    found: dict[str, list[str]] = {}
    for account, number in zip(pairs["account"], pairs["dnis"], strict=True):
        found.setdefault(str(account), []).append(str(number))
    listed = case.table("accounts").drop_duplicates("account").set_index("account")["numbers"].dropna()
    return found | {str(a): [n for n in str(text).split(";") if n] for a, text in listed.items()}


def account_facts(case: Case, account: str) -> AccountFacts:
    """Return what is known of an account: its row in the accounts table, else what its calls show."""
    accounts = case.table("accounts")
    own = case.calls_of(account)
    seen_numbers = tuple(sorted(own["dnis"].dropna().unique()))
    seen_groups = tuple(own["trunk_group"].dropna().value_counts().index)
    row = accounts[accounts["account"] == account].head(1)
    if row.empty:
        return AccountFacts(account, account, seen_numbers, seen_groups, case.zone, "", None, "", None, known=False)
    facts = row.iloc[0]

    def text(name: str) -> str:
        return "" if pd.isna(facts[name]) else str(facts[name])

    numbers = tuple(n for n in text("numbers").split(";") if n) or seen_numbers
    groups = (text("trunk_group"),) if text("trunk_group") else seen_groups
    return AccountFacts(
        account=account,
        name=text("name") or account,
        numbers=numbers,
        trunk_groups=groups,
        zone=text("timezone") or case.zone,
        coverage=text("coverage"),
        path_limit=None if pd.isna(facts["path_limit"]) else int(facts["path_limit"]),
        office_number=text("office_number"),
        dispatch_within_min=None if pd.isna(facts["dispatch_within_min"]) else float(facts["dispatch_within_min"]),
        known=True,
    )
