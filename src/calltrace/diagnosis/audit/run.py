"""The audit itself: feed, screens, false discovery rate, investigation, incidents, standings."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from calltrace.diagnosis import series
from calltrace.diagnosis.audit import screens
from calltrace.diagnosis.audit.findings import Audit, Finding, Severity, Standing, Status
from calltrace.diagnosis.audit.ground import Candidate, Ground
from calltrace.diagnosis.audit.judge import judge, merged, order, screened, settled
from calltrace.diagnosis.profile import FIELD, Profile
from calltrace.errors import InputError, UsageError
from calltrace.intake.load import load
from calltrace.normal.intervals import HOUR, instants, to_us
from calltrace.tables import times
from calltrace.tables.case import Case

if TYPE_CHECKING:
    from calltrace.diagnosis.checks._chance import Bools, Ints

FDR = 0.10
"""Share of findings that may be false, where the user says nothing."""

FEW_CALLS = 5.0
"""Calls to be expected of an account in the window below which nothing can be said of it."""

NEW_DAYS = 28
"""Days of history below which what is usual for an account is rough."""

MOST_HEAT = 300_000
"""Rows of the heat table, at most: accounts with findings first, then those with most calls."""


def audit(
    paths: Sequence[str | Path],
    *,
    start: str | None = None,
    end: str | None = None,
    tz: str | None = None,
    fdr: float = FDR,
    checks: Sequence[str] | None = None,
    profile: Profile | None = None,
    now: str | None = None,
    mapping: str | Path | None = None,
    year: int | None = None,
) -> Audit:
    """Load the logs and look at every account.

    Parameters
    ----------
    paths : sequence of path
        Files and folders of logs.
    start, end : str, optional
        The window, as people say it, in the service's zone; all of the records where not given.
    tz : str, optional
        Zone of times without one.
    fdr : float
        The share of findings that may be false, between 0 and 1.
    checks : sequence of str, optional
        Screens to run (``calltrace.diagnosis.audit.screens.NAMES``); all by default.
    profile : Profile, optional
        Thresholds; the field's own by default.
    now : str, optional
        When the audit is made; nothing later is judged, and a feed that ends long before is dead.

    Raises
    ------
    InputError
        The input can't be read, or holds no call.
    UsageError
        A window that ends before it starts, an unknown check, a rate out of range.
    """
    return audit_case(load(paths, tz=tz, mapping=mapping, year=year), start=start, end=end, fdr=fdr, checks=checks,
                      profile=profile, now=now)


def audit_case(
    case: Case,
    *,
    start: str | pd.Timestamp | None = None,
    end: str | pd.Timestamp | None = None,
    fdr: float = FDR,
    checks: Sequence[str] | None = None,
    profile: Profile | None = None,
    now: str | pd.Timestamp | None = None,
) -> Audit:
    """Look at every account of a loaded Case; parameters and errors as for :func:`audit`.

    Instants may be given as tz-aware timestamps.
    """
    names = _checks(checks)
    if not 0 < fdr < 1:
        raise UsageError(f"a false discovery rate of {fdr:g}", expected="a number between 0 and 1, such as 0.1")
    if case.calls.empty:
        raise InputError("the records hold no call", expected="call records of the time to be audited")
    since, until, asked_at = _window(case, start, end, now)
    profile = profile or Profile()
    profile.asked.clear()
    reach = _reach(case)
    ground = Ground(case, since, max(min(until, reach), since + pd.Timedelta(minutes=15)), profile, asked_at)
    feed = _feed(ground, until, reach)
    candidates, findings, symptoms = _look(ground, names, fdr)
    joined = merged(findings, ground)
    told = settled(joined)
    ordered = order(told)
    return Audit(
        start=since, end=until, zone=case.zone, case=case, checks=names, fdr=fdr, feed=feed, findings=ordered,
        standings=_standings(ground, ordered), heat=_heat(ground, ordered),
        symptoms=symptoms + len(joined) - len(told),
        account_days=ground.days * len(ground.names), notes=_notes(ground, candidates),
        thresholds=tuple(
            f"{FIELD[n].decides}: {profile.value(n):g} {FIELD[n].unit} ({profile.source(n)})"
            for n in sorted(profile.asked) if n in FIELD),
        series=series.of_service(case, since, max(min(until, reach), since + pd.Timedelta(minutes=15)), profile))


def _checks(checks: Sequence[str] | None) -> tuple[str, ...]:
    if checks is None:
        return screens.NAMES
    for name in checks:
        if name not in screens.NAMES:
            raise UsageError(f"there is no check {name!r}", expected=", ".join(screens.NAMES))
    return tuple(n for n in screens.NAMES if n in checks)


def _window(
    case: Case, start: str | pd.Timestamp | None, end: str | pd.Timestamp | None, now: str | pd.Timestamp | None
) -> tuple[pd.Timestamp, pd.Timestamp, pd.Timestamp | None]:
    first, last = case.calls["offered_at"].iloc[0], case.calls["offered_at"].iloc[-1]

    def instant(said: str | pd.Timestamp, *, is_end: bool, today: pd.Timestamp) -> pd.Timestamp:
        return said if isinstance(said, pd.Timestamp) else times.parse_when(said, case.zone, today, end=is_end)

    asked_at = None if now is None else instant(now, is_end=True, today=last)
    today = asked_at or last
    until = last + pd.Timedelta(seconds=1) if end is None else instant(end, is_end=True, today=today)
    since = first if start is None else instant(start, is_end=False, today=today)
    if asked_at is not None:
        until = min(until, asked_at)
    if until <= since:
        raise UsageError("the window ends before it starts", expected="--from earlier than --to")
    if until <= first:
        raise InputError(
            f"the records begin {first.isoformat()}, after the window", expected="records of the time to be audited",
            fix="Export the logs of that time and ask again.")
    return since, until, asked_at


def _reach(case: Case) -> pd.Timestamp:
    """Return up to when calls are on record, just after the last of them."""
    return pd.Timestamp(case.calls["offered_at"].iloc[-1]) + pd.Timedelta(seconds=1)


def _feed(ground: Ground, until: pd.Timestamp, reach: pd.Timestamp) -> tuple[Finding, ...]:
    """Return what is wrong with the records themselves."""
    found = []
    expected = ground.feed.rates.expected(reach, until) if until > reach else 0.0
    if until > reach and ground.feed.ends_before(until):
        found.append(_records(
            ground, "feed-dead", "the call records stop", max(reach, ground.start), until, expected,
            f"No call on record after {times.local(reach, ground.case.zone):%Y-%m-%d %H:%M}, where about"
            f" {expected:,.0f} calls are usual: the feed is dead, or the switch is. Nothing can be said of any account"
            " after that.",
            ("Look whether the switch still writes its log, and whether the export of it still runs.",)))
    if ground.feed.hides_unanswered:
        found.append(_records(
            ground, "log-hides-unanswered", "the log seems to leave out unanswered calls", ground.start, ground.end,
            0.0, ground.feed.hides_unanswered[:1].upper() + ground.feed.hides_unanswered[1:] + ".",
            ("Have the switch log unanswered calls as well.",)))
    return tuple(found)


def _records(  # noqa: PLR0917 -- in the order of a Finding
    ground: Ground, cause: str, title: str, start: pd.Timestamp, end: pd.Timestamp, lost: float, summary: str,
    steps: tuple[str, ...],
) -> Finding:
    return Finding(
        key=f"feed/{cause}/{times.local(start, ground.case.zone):%Y-%m-%d}", account=None, name="", trunk_group=None,
        cause=cause, title=title, party="service", confidence=0.99, wording="confirmed",
        severity=Severity.CRITICAL if cause == "feed-dead" else Severity.MEDIUM, check="feed", start=start, end=end,
        zone=ground.case.zone, lost=0.0, harmed=0.0, score=9.0, summary=summary, next_steps=steps,
        ongoing=end >= ground.end, data={"expected_calls": lost})


def _look(
    ground: Ground, names: Sequence[str], fdr: float
) -> tuple[list[Candidate], list[Finding], int]:
    """Run the screens, the false discovery rate and the investigations; return also how many symptoms were silenced."""
    candidates: list[Candidate] = []
    findings: list[Finding] = []
    symptoms = 0
    for name in names:
        screen = screens.get(name)
        if ground.case.lacks(screen.needs):
            continue
        found = screen.run(ground, candidates)
        passed = screened(ground, found, fdr)
        candidates += passed
        for candidate in passed:
            if _explained(candidate, findings):
                symptoms += 1
                continue
            one = judge(ground, candidate)
            if one is not None:
                findings.append(one)
    return candidates, findings, symptoms


def _explained(candidate: Candidate, findings: Sequence[Finding]) -> bool:
    """Say whether an incident already told explains the candidate: most of it lies within, and it was hit."""
    if candidate.screen in {"dispatch", "bill", "outage"}:
        return False
    length = candidate.end - candidate.start
    for one in findings:
        if one.account is not None or one.check in {"dispatch", "bill"}:
            continue
        shared = min(candidate.end, one.end) - max(candidate.start, one.start)
        if candidate.account is None and one.cause in candidate.causes and shared > pd.Timedelta(0):
            continue  # the same trouble seen another way: merged, not silenced
        if shared < 0.7 * length:
            continue
        if candidate.account is None or candidate.account in {h.account for h in one.also_affected}:
            return candidate.screen in {"silence", "ring", "hold", "abandonment"}
    return False


def _standings(ground: Ground, findings: Sequence[Finding]) -> tuple[Standing, ...]:
    calls = ground.case.calls
    inside = calls[(calls["offered_at"] >= ground.start) & (calls["offered_at"] < ground.end)]
    offered = inside["account"].value_counts()
    answered = inside.loc[inside["outcome"] == "answered", "account"].value_counts()
    abandoned = inside.loc[inside["outcome"] == "abandoned", "account"].value_counts()
    own = {f.account: f for f in reversed(findings) if f.account is not None}
    hit = {h.account: f for f in reversed(findings) if f.account is None for h in f.also_affected}
    have = set(ground.names_in_order)
    rows = []
    for account, name in sorted(ground.names.items()):
        expected: float | None = None
        if account in have:
            rhythm = ground.baseline.of("account", account)
            expected = rhythm.expected(ground.start, ground.end) if rhythm.learned_from else None
        status, why = _status(ground, account, own.get(account), hit.get(account), expected)
        rows.append(Standing(account, name, status, why, int(offered.get(account, 0)), int(answered.get(account, 0)),
                             int(abandoned.get(account, 0)), expected))
    return tuple(rows)


def _status(
    ground: Ground, account: str, own: Finding | None, hit: Finding | None, expected: float | None
) -> tuple[Status, str]:
    if own is not None:
        return Status.FINDING, own.title
    if hit is not None:
        return Status.INCIDENT, hit.title
    if account not in ground.columns.accounts:
        return Status.ABSENT, "in the accounts table, in no call on record"
    if expected is None:
        return Status.UNJUDGED, "no call on record outside the window to learn its usual from"
    if expected < FEW_CALLS:
        return Status.UNJUDGED, f"only {expected:.1f} calls are usual in the window: silence would prove nothing"
    rhythm = ground.baseline.of("account", account)
    if rhythm.history_days < 3:
        return Status.UNJUDGED, rhythm.careful
    return Status.CLEAR, rhythm.careful


def _heat(ground: Ground, findings: Sequence[Finding]) -> pd.DataFrame:
    """Return the calls of every account and local hour, see :class:`Audit`."""
    troubled = {f.account for f in findings} | {h.account for f in findings for h in f.also_affected}
    totals = ground.case.calls["account"].value_counts()
    accounts = sorted(ground.names_in_order, key=lambda a: (a not in troubled, -int(totals.get(a, 0)), a))
    hours = max(1, int(np.ceil(ground.days * 24)) + 1)
    calls = ground.columns
    bad = ~calls.answered | (calls.waited & (np.nan_to_num(calls.wait) > ground.profile.value("long_hold_s")))
    frames = []
    for account in sorted(accounts[: max(1, MOST_HEAT // hours)]):
        rhythm = ground.baseline.of("account", account)
        hourly = rhythm.hourly(ground.start, ground.end)
        mine = calls.account == calls.account_code(account)
        edges = np.append(np.asarray([to_us(s) for s in hourly["start"]]), 0)
        edges[-1] = edges[-2] + HOUR

        def counted(which: Bools, edges: Ints = edges) -> Ints:
            return np.diff(np.searchsorted(calls.at[which], edges, side="left"))  # noqa: PD008 -- a field, not pandas

        frames.append(pd.DataFrame({
            "account": account, "start": instants(edges[:-1]), "expected": hourly["expected"].to_numpy(),
            "arrived": hourly["arrived"].to_numpy(dtype="float64", na_value=np.nan),
            "answered": counted(mine & calls.answered), "harmed": counted(mine & bad)}))
    columns = ["account", "start", "expected", "arrived", "answered", "harmed"]
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=columns)


def _notes(ground: Ground, _candidates: Sequence[Candidate]) -> tuple[str, ...]:
    notes = []
    lacking = [f"{screens.get(n).title} ({', '.join(ground.case.lacks(screens.get(n).needs))})"
               for n in screens.NAMES if ground.case.lacks(screens.get(n).needs)]
    if lacking:
        notes.append("Not asked for want of records: " + "; ".join(lacking))
    days = (ground.end - ground.start) / pd.Timedelta(days=1)
    history = (ground.records_end - ground.case.calls["offered_at"].iloc[0]) / pd.Timedelta(days=1) - days
    if history < NEW_DAYS:
        notes.append(f"Only {max(history, 0):.0f} days of records lie outside the window: what is usual is rough.")
    return tuple(notes)
