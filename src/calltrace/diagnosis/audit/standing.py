"""Where every account stands, the absent ones too, and its calls by the hour."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import reduce
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from calltrace.classes import dataclass
from calltrace.diagnosis import hedges
from calltrace.diagnosis.audit.findings import Finding, Standing, Status
from calltrace.diagnosis.audit.ground import Ground
from calltrace.diagnosis.audit.lives import muted
from calltrace.diagnosis.elsewhere import elsewhere
from calltrace.diagnosis.lives import life_of
from calltrace.diagnosis.scene import within
from calltrace.normal.intervals import DAY, instant, instants, to_us
from calltrace.tables.case import Case, grouped

if TYPE_CHECKING:
    from calltrace.diagnosis.checks._chance import Floats, Ints
    from calltrace.normal.rhythm import Rhythm

FEW_CALLS = 5.0
"""Calls to be expected of an account in the window below which nothing can be said of it."""

LEAST_DAYS = 3.0
"""Days of history below which nothing can be said of an account."""

LEAST_REFUSED = 5
"""Refused callers of an account in the window from which a share of them is said."""

MOST_HEAT = 300_000
"""Rows of the heat table, at most: accounts with findings first, then those with most calls."""

HEAT = ("account", "start", "expected", "arrived", "answered", "harmed")


@dataclass(frozen=True)
class Usual:
    """What a part of the window knows of one account.

    Calls expected (None: nothing to learn them from), days learned from, and words of care. ``life`` says that it has
    only just become a client, or seems to be one no more, ``mute`` which of its numbers seem to be in use no more,
    ``booked`` that its numbers rang for another account while it had no call, ``doubt`` which silence or crowd of its own
    is too doubtful to be told; '' where none of these. ``left`` tells which of the two ``life`` says.
    """

    expected: float | None
    days: float
    careful: str
    life: str = ""
    mute: str = ""
    booked: str = ""
    left: bool = False
    doubt: str = ""


def usual(ground: Ground, doubted: Mapping[str, str]) -> dict[str, Usual]:
    """Return what is usual of every account that has calls, for this ground's window; ``doubted`` is what was not told."""
    rhythms = ground.baseline.all("account", ground.names_in_order)
    expected = rhythms.expected(ground.start, ground.end).tolist()
    mute = muted(ground)
    found: dict[str, Usual] = {}
    for rhythm, calls in zip(rhythms, expected, strict=True):
        of = life_of(rhythm, ground.case)
        usually = calls if rhythm.learned_from else None
        if usually is not None and of.begun is not None and of.begun > ground.start:
            usually = rhythm.expected(of.begun, ground.end) if of.begun < ground.end else None
        found[rhythm.key] = Usual(usually, rhythm.history_days, rhythm.careful,
                                  of.said(ground.end, ground.zone(rhythm.key)), mute.get(rhythm.key, ""),
                                  _booked(ground, rhythm, usually), of.ended is not None and of.ended < ground.end,
                                  doubted.get(rhythm.key, ""))
    return found


def _booked(ground: Ground, rhythm: Rhythm, expected: float | None) -> str:
    """Return the calls that an account's own numbers took for another while it had none in the window, '' for none."""
    if expected is None or rhythm.count(ground.start, ground.end):
        return ""
    before, after = rhythm.gap_edges(to_us(ground.start), to_us(ground.end))[[0, -1]].tolist()
    found = elsewhere(ground.case, rhythm.key, ground.numbers_of.get(rhythm.key, ()), (instant(before), instant(after)),
                      (ground.start, ground.end), expected)
    return found.told if found is not None else ""


AT_ONCE = 1 << 20
"""Calls whose accounts are counted at a time."""


@dataclass(frozen=True)
class Counted:
    """Calls offered, answered, abandoned and refused as busy in the window, by account, and every account with a call."""

    offered: pd.Series
    answered: pd.Series
    abandoned: pd.Series
    refused: pd.Series
    seen: frozenset[str]


def counted(
    case: Case, start: pd.Timestamp, end: pd.Timestamp, beside: frozenset[str] = frozenset()
) -> Counted:
    """Count every account's calls in [start, end); ``beside`` have calls on record that are not at hand."""
    calls = case.calls
    inside = within(calls, start, end)[["account", "outcome"]]
    offered: list[pd.Series] = []
    answered: list[pd.Series] = []
    abandoned: list[pd.Series] = []
    refused: list[pd.Series] = []
    for first in range(0, max(len(inside), 1), AT_ONCE):  # some at a time: counting makes sixteen bytes of each
        some = inside.iloc[first : first + AT_ONCE]
        offered.append(some["account"].value_counts())
        answered.append(some.loc[some["outcome"] == "answered", "account"].value_counts())
        abandoned.append(some.loc[some["outcome"] == "abandoned", "account"].value_counts())
        refused.append(some.loc[some["outcome"] == "busy", "account"].value_counts())
    seen = beside | frozenset(case.codes("account")[1])
    return Counted(_sum(offered), _sum(answered), _sum(abandoned), _sum(refused), seen)


def _sum(counts: Sequence[pd.Series]) -> pd.Series:
    return reduce(lambda one, other: one.add(other, fill_value=0), counts)


def standings(
    calls: Counted, names: dict[str, str], by_part: Sequence[dict[str, Usual]], findings: Sequence[Finding], *,
    blind: str = "", blocked: float = 1.0,
) -> tuple[Standing, ...]:
    """Return one row an account of the accounts table and of the calls.

    ``by_part`` has the parts' :class:`Usual` by account; ``blind`` says why nothing can be said of most of the window,
    '' where something can; ``blocked`` is the share of callers refused as busy from which it is said of an account that is
    clear, as they were no more than it usually refuses.
    """
    own = {f.account: f for f in reversed(findings) if f.account is not None}
    hit = {h.account: f for f in reversed(findings) if f.account is None for h in f.also_affected}
    offered, answered, abandoned, refused = (
        counts.to_dict() for counts in (calls.offered, calls.answered, calls.abandoned, calls.refused))
    rows = []
    for account, name in sorted(names.items()):
        known = [part[account] for part in by_part if account in part]
        told = [u.expected for u in known if u.expected is not None]
        expected = sum(told) if told else None
        if account in own:
            status, why = Status.FINDING, _told(own[account])
        elif account in hit:
            status, why = Status.INCIDENT, _told(hit[account])
        elif account not in calls.seen:
            status, why = Status.ABSENT, "in the accounts table, in no call on record"
        else:
            status, why = _unremarked(known, expected, blind, silent=account not in offered)
            if status is Status.CLEAR:
                why = "; ".join(said for said in (why, _refused(refused.get(account, 0), offered[account], blocked)) if said)
        rows.append(Standing(account, name, status, why, int(offered.get(account, 0)), int(answered.get(account, 0)),
                             int(abandoned.get(account, 0)), expected))
    return tuple(rows)


def _told(one: Finding) -> str:
    return hedges.said(one.title, one.summary, one.wording)


def _unremarked(known: Sequence[Usual], expected: float | None, blind: str, *, silent: bool) -> tuple[Status, str]:
    if blind:
        return Status.UNJUDGED, blind
    if silent and known and known[-1].booked:
        return Status.UNJUDGED, known[-1].booked
    if known and known[-1].life:  # as the window's end has it
        return Status.ABSENT if silent and known[-1].left else Status.UNJUDGED, known[-1].life
    if expected is None:
        return Status.UNJUDGED, "no call on record outside the window to learn its usual from"
    if expected < FEW_CALLS:
        return Status.UNJUDGED, f"only {expected:.1f} calls are usual in the window: silence would prove nothing"
    least = min(known, key=lambda u: u.days)
    if least.days < LEAST_DAYS:
        return Status.UNJUDGED, least.careful
    if silent:
        return Status.UNJUDGED, unexplained(expected)
    doubt = next((u.doubt for u in known if u.doubt), "")  # the next part may tell the rest of it
    if doubt:
        return Status.UNJUDGED, doubt
    return Status.CLEAR, "; ".join(said for said in (known[-1].mute, least.careful) if said)


def _refused(refused: int, offered: int, blocked: float) -> str:
    """Return how many callers found an account busy though nothing rose: what always is so is no trouble of the window."""
    if refused < LEAST_REFUSED or refused < blocked * offered:
        return ""
    return (f"{refused} of {offered} callers were refused as busy ({refused / offered:.0%}), no more than usual for it:"
            " its limit or its lines may be too few")


def unexplained(expected: float) -> str:
    """Return why an account is not judged that had no call, of which nothing is told: calls expected of it."""
    return f"no call, where {expected:.0f} are usual: chance or a closed office, as far as the records tell"


def none_clear(rows: Iterable[Standing], unasked: Sequence[str]) -> tuple[Standing, ...]:
    """Return the rows with nobody clear of what could not be asked."""
    why = f"not asked for want of records: {'; '.join(unasked)}"
    return tuple(replace(s, status=Status.UNJUDGED, why=why) if s.status is Status.CLEAR else s for s in rows)


def heat(ground: Ground, findings: Iterable[Finding], most: int = MOST_HEAT) -> pd.DataFrame:
    """Return the calls of every account and local hour, see :class:`calltrace.diagnosis.audit.findings.Audit`."""
    told = list(findings)
    troubled = {f.account for f in told} | {h.account for f in told for h in f.also_affected}
    calls = ground.columns
    totals = np.bincount(calls.account[calls.account >= 0], minlength=len(calls.accounts)).tolist()
    code_of = {a: k for k, a in enumerate(calls.accounts)}
    accounts = sorted(ground.names_in_order, key=lambda a: (a not in troubled, -totals[code_of[a]], a))
    hours = max(1, int(np.ceil(ground.days * 24)) + 1)
    # the hours shown reach a little beyond the window, but not a day
    near = slice(*np.searchsorted(calls.at, [to_us(ground.start) - DAY, to_us(ground.end) + DAY]).tolist())
    at, answered = calls.at[near], calls.answered[near]
    long = calls.wait[near] > ground.profile.value("long_hold_s")
    bad = ~answered | (calls.waited[near] & long)
    order = grouped(calls.account[near])
    edges_of = np.searchsorted(calls.account[near][order], np.arange(len(calls.accounts) + 1))
    names: list[str] = []
    columns: list[tuple[Ints | Floats, ...]] = []
    for account in sorted(accounts[: max(1, most // hours)]):
        rhythm = ground.baseline.of("account", account)
        edges, expected, arrived = rhythm.by_hour(ground.start, ground.end)
        begun = life_of(rhythm, ground.case).begun
        if begun is not None:  # before its first call nothing was to be expected
            expected = np.where(edges[1:] <= to_us(begun), np.nan, expected)
        code = code_of[account]
        mine = order[edges_of[code] : edges_of[code + 1]]
        known = (edges[1:] > rhythm.first) & (edges[:-1] < rhythm.last)
        names.extend([account] * len(expected))
        columns.append((
            edges[:-1], expected, np.where(known, arrived, np.nan), *(
                np.diff(np.searchsorted(at[mine[which[mine]]], edges, side="left")) for which in (answered, bad))))
    if not columns:
        return pd.DataFrame(columns=list(HEAT))
    start, usual, came, served, harmed = (np.concatenate(column) for column in zip(*columns, strict=True))
    return pd.DataFrame({
        "account": names, "start": instants(start), "expected": usual, "arrived": came, "answered": served,
        "harmed": harmed})
