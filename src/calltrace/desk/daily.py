"""The morning: yesterday audited in the service's zone, and held against the mornings before.

Three ways a day ends: nothing wrong; findings; or no answer, because the records can't carry one. The third never
looks like the first: records that stop too early, hold no call of the day, or could not be read are said, whatever
else was found (:attr:`Daily.dark`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pandas as pd

from calltrace.classes import dataclass
from calltrace.desk import gone, late_rows
from calltrace.desk.acks import Memory
from calltrace.desk.heard import last_calls, lost
from calltrace.desk.quiet_days import is_quiet
from calltrace.desk.renamed import names_of
from calltrace.desk.silent import still_silent
from calltrace.desk.torn_rows import NEVER_CLOSED, lost_for_good, of_day
from calltrace.desk.troubles import EPISODES, EVENTS, Left, Morning, followed
from calltrace.diagnosis.audit import audit_case
from calltrace.diagnosis.audit.feeds import UNREAD
from calltrace.diagnosis.audit.findings import Audit, Finding, Known, Standing, Status
from calltrace.diagnosis.audit.joining import CROWD, SILENCE
from calltrace.diagnosis.audit.over import seen_later
from calltrace.diagnosis.audit.run import FDR
from calltrace.diagnosis.audit.standing import FEW_CALLS, LEAST_DAYS, unexplained
from calltrace.diagnosis.audit.weighing import LEAST_REAL, proven
from calltrace.diagnosis.profile import SEVERITIES
from calltrace.diagnosis.switches import RECENT
from calltrace.errors import InputError, UsageError, of_python
from calltrace.intake.load import load
from calltrace.intake.quality import as_known
from calltrace.intake.resembling import UNREAD_CALLS
from calltrace.intake.torn import is_torn
from calltrace.tables import times
from calltrace.tables.case import Case
from calltrace.tables.when import instant_of, parse_when

if TYPE_CHECKING:
    from calltrace.diagnosis.audit.looking import Progress
    from calltrace.diagnosis.engine import Engine
    from calltrace.diagnosis.profile import Profile
    from calltrace.tables.case import Source
    from calltrace.tables.problems import Problem

DAMAGED = frozenset({
    "bad-number", "bad-record", "bad-row", "bad-time", "cut-off", "encoding", "field-count", "framing", "missing-value",
    "nul-bytes", "other-quotes", "truncated", "unclosed-quote", "unknown-type", "unknown-word", NEVER_CLOSED,
})  # fmt: skip
"""Kinds of problem of a row that mean that a call may be missing. A row read twice is none, nor a call that was up as the
log ended (:func:`calltrace.desk.torn_rows.lost_for_good`)."""

LASTING = frozenset({"log-hides-unanswered"})
"""What is wrong with the records of every day: told, followed and acknowledged like any finding. All else that the audit
says of the records (they stop, they begin too late) leaves the day in the dark."""

NEWS = frozenset({"new", "worse"})
"""States of a finding that nobody was told of yet, or not as it is now."""

LEAST_TOLD = 0.25
"""Confidence below which a morning does not tell what an audit that is asked for does: whoever is told something every
morning stops to read it where three of four times it is nothing."""

OF_SOME = {
    "source-dead": frozenset[str](),
    "source-hole": frozenset[str](),
    "calls-few": frozenset[str](),
    "kpi-dead": frozenset({"trunks"}),
    "agents-dead": frozenset({"ring", "hold", "abandonment"}),
    "messages-dead": frozenset({"dispatch"}),
    "dispatch-dead": frozenset({"dispatch"}),
}
"""What is wrong with some of the records only, or how few calls everybody had, and the checks that can't be asked then; all
else goes on as ever."""

TORN_SHARE = 0.05
"""Share of a call log's rows, of all of them or of the day's, that could not be read, from which a day can't be called
clean."""

LEAST_TORN = 3
"""Rows of a day below which those that could not be read are no reason, however few it has."""

NOBODY_CALLS = "hardly a call is usual of anybody on such a day"
"""Why no account is judged of a day without a call on which that is as ever."""

TOO_DOUBTFUL = "something was out of the ordinary, too doubtful to be told: calltrace audit tells what"
"""Why an account of which a finding is not told is not simply clear."""

NOT_FOLLOWED = (
    "Until then no finding is told as new or as going on, one that is acknowledged is told as if nobody knew of it, and"
    " nothing is told to have ended.")
"""What is wrong with a morning that could not be held against those before it."""

LEARNING = pd.Timedelta(days=LEAST_DAYS)
"""Records before the day, below which no account has a usual to be held against."""


@dataclass(frozen=True)
class Daily:
    """One morning's answer.

    ``start`` and ``end`` are the day's edges, UTC. ``dark`` says why the day, or part of it, could not be judged; empty
    where it could. ``doubtful`` is how many findings are right too seldom to be told unasked (:func:`_doubtful`).
    ``forgotten`` says why nothing is known of the mornings before, '' where it is: then of nothing is told whether it is
    new, and the morning is not to be kept. ``renamed`` says that they were made under another name of the service,
    ``with_less`` that they had a table that is on record no more. ``until`` is up to when a day was judged that was not over,
    UTC, None of one that was.
    """

    day: date
    start: pd.Timestamp
    end: pd.Timestamp
    audit: Audit
    morning: Morning
    dark: tuple[str, ...] = ()
    doubtful: int = 0
    forgotten: str = ""
    renamed: str = ""
    with_less: bool = False
    until: pd.Timestamp | None = None

    @property
    def told(self) -> int:
        """How many findings nobody has acknowledged."""
        return sum(stand.ack is None for stand in self.morning.stands)


def day_of(said: str, zone: str, now: pd.Timestamp) -> tuple[date, pd.Timestamp, pd.Timestamp]:
    """Return a day as said, its beginning and its end (UTC).

    Parameters
    ----------
    said : str
        "yesterday", a date, a weekday; what :func:`calltrace.tables.when.parse_when` reads.
    zone : str
        The service's zone (IANA).
    now : Timestamp
        When it is said, tz-aware.

    Raises
    ------
    UsageError
        For what is no day, or one that has not begun.

    Examples
    --------
    >>> day_of("yesterday", "America/New_York", pd.Timestamp("2026-11-02T06:00-05:00"))[1:]
    (Timestamp('2026-11-01 04:00:00+0000', tz='UTC'), Timestamp('2026-11-02 05:00:00+0000', tz='UTC'))
    """
    begun = parse_when(said, zone, now, end=False, option="--day")
    day = times.local(begun, zone).date()
    start, end = times.day_edges(begun, begun + timedelta(minutes=1), zone)[:2]
    if start >= now:
        raise UsageError(f"--day is {said!r}, and {day:%a} {day.day} {day:%b %Y} has not begun", expected="a day that has")
    return day, start, end


@of_python
def daily(
    paths: Sequence[str | Path] | str | Path | Case,
    *,
    day: str = "yesterday",
    now: str | pd.Timestamp | None = None,
    tz: str | None = None,
    mapping: str | Path | None = None,
    year: int | None = None,
    memory: Memory | None = None,
    fdr: float | None = None,
    profile: Profile | None = None,
    engine: Engine | None = None,
) -> Daily:
    """Load the logs and audit one day of them; parameters and errors as for :func:`daily_case` and :func:`calltrace.load`.

    What :func:`calltrace.load` made of the logs may stand for them (``tz``, ``mapping`` and ``year`` then do nothing).
    ``memory`` is the one in the state folder and ``now``, which may be said in words, the present where not given.
    Nothing is remembered of it until ``memory.keep(answer.morning)``.
    """
    case = paths if isinstance(paths, Case) else load(paths, tz=tz, mapping=mapping, year=year)
    clock = pd.Timestamp.now(tz="UTC")
    asked = clock if now is None else instant_of(now, case.zone, clock, end=True, option="--now")
    return daily_case(case, memory or Memory(), day=day, now=asked, fdr=fdr, profile=profile, engine=engine)


def daily_case(
    case: Case,
    memory: Memory,
    *,
    day: str = "yesterday",
    now: pd.Timestamp,
    fdr: float | None = None,
    profile: Profile | None = None,
    engine: Engine | None = None,
    progress: Progress | None = None,
) -> Daily:
    """Audit one day of a loaded Case and follow its findings from the mornings before; :meth:`Memory.keep` is the caller's.

    Parameters
    ----------
    case : Case
        The day, and enough before it to know what is usual.
    memory : Memory
        What the mornings before have told, and what is acknowledged. One that can't be used is told
        (:attr:`Daily.forgotten`), and keeps nobody from the report.
    day : str
        The day, as people say it.
    now : Timestamp
        When the morning is, tz-aware: nothing later is judged.
    fdr : float, optional
        The share of findings that may be chance.
    profile : Profile, optional
        Thresholds; the field's own by default.
    engine : Engine, optional
        Where the work runs; this process by default.
    progress : callable, optional
        Told how far the audit is.

    Raises
    ------
    UsageError
        The day has not begun.
    InputError
        The records begin after the day or end before it, and it is none on which nobody ever calls.
    """
    which, start, end = day_of(day, case.zone, now)
    case = as_known(case, now)  # a morning made again is the same morning
    at = case.calls["offered_at"]
    quiet = not ((at >= start) & (at < end)).any() and end <= now and is_quiet(case, start, end)
    if not quiet:
        _reached(case, which, start)
    share = FDR if fdr is None else fdr
    renamed = ""
    try:
        renamed = memory.taken_along(which, names_of(case))
        left, forgotten = memory.left(which), ""
    except InputError as error:
        left, forgotten = Left(which), f"{str(error).rstrip('.')}. {NOT_FOLLOWED}"
    audit = audit_case(
        case, start=start, end=end, now=now, profile=profile, fdr=share, engine=engine, progress=progress,
        known=left.known)
    audit = _sorted(case, audit, quiet=quiet)
    counted, missing = late_rows.on_record(case, which, now), gone.tables(case, left.heard)
    if not gone.comparable(case, left.heard):
        left, missing = replace(left, then=None), {}
    away = lost(case, left.heard) or gone.days(case, left.then.calls if left.then else {}, counted)
    dark = (*_dark(case, audit, start, end, quiet=quiet), *([away] if away else []))
    morning = _followed(case, audit, left, dark, end, missing=missing)
    dark += tuple(missing.values())
    morning = replace(
        late_rows.compared(morning, left, counted),
        accounts={s.account: s.name for s in audit.standings},
        known=Known(proven(audit.findings), audit.account_days),
        heard=last_calls(case) | gone.last_rows(case),
        missed=morning.missed if day == "yesterday" else (),  # another day is looked at on purpose
    )
    audit, morning, doubtful = _worth_telling(audit, morning)
    audit, morning = _in_order(audit, morning)
    return Daily(
        which, start, end, audit, morning, dark, doubtful, forgotten=forgotten, renamed=renamed, with_less=bool(missing),
        until=now if now < end else None)


def _sorted(case: Case, audit: Audit, *, quiet: bool) -> Audit:
    """Put what is wrong with the records of every day among the findings, and say of a quiet day why nobody is judged."""
    dead = tuple(f for f in audit.feed if f.cause not in LASTING and not (quiet and f.cause == "feed-dead"))
    lasting = tuple(f for f in audit.feed if f.cause in LASTING)
    known = tuple(seen_later(case, f) for f in audit.findings)
    standings = tuple(
        replace(s, why=NOBODY_CALLS) if quiet and s.status is Status.UNJUDGED else s for s in audit.standings)
    return replace(audit, feed=dead, findings=(*lasting, *known), standings=standings)


def _followed(
    case: Case, audit: Audit, left: Left, dark: tuple[str, ...], end: pd.Timestamp, *, missing: Iterable[str]
) -> Morning:
    """Hold the findings against the mornings before: only what this one could judge, with no table missing, can have ended."""
    of_some = [f for f in audit.feed if f.cause in OF_SOME]
    unseen = {str(a) for f in of_some for a in cast("list[str]", f.data.get("accounts", ()))}
    dead = {*(f.cause for f in of_some), *(f"{table}-dead" for table in missing)}
    judged = {
        s.account
        for s in audit.standings
        if s.status in {Status.CLEAR, Status.FINDING} or (s.status is Status.INCIDENT and s.offered)
    }
    return followed(
        left,
        audit.findings,
        judged=judged - unseen,
        whole={f.summary for f in of_some}.issuperset(dark),
        shared=not unseen,
        unasked={check for name in dead for check in OF_SOME.get(name, ())},
        silent=still_silent(case, audit.standings, left.open, end),
    )


def _reached(case: Case, which: date, start: pd.Timestamp) -> None:
    """See that the calls reach into the day: a log that broke off before it says nothing of it."""
    last = case.calls["offered_at"].max()
    if last >= start:  # not where there is none
        return
    when = "there is no call on record" if case.calls.empty else (
        f"the last call on record is of {times.local(last, case.zone):%Y-%m-%d %H:%M}, before {which} began")  # fmt: skip
    raise InputError(
        when,
        expected="the calls of that day",
        fix=" ".join([
            "Look whether the switch still writes its log, and whether the export of it still runs.",
            *(f"Not read, or not whole: {p}" for p in _unread(case)),  # last: what it says to run has no full stop after it
        ]),
    )  # fmt: skip


def _worth_telling(audit: Audit, morning: Morning) -> tuple[Audit, Morning, int]:
    """Leave out the findings that are too doubtful to be told, and say how many.

    What was told before is told whatever becomes of it: a trouble must not end because it is doubted.
    """
    pairs = list(zip(audit.findings, morning.stands, strict=True))
    told = [(f, s) for f, s in pairs if s.before is not None or not _doubtful(f)]
    if len(told) == len(pairs):
        return audit, morning, 0
    findings = tuple(f for f, _ in told)
    own, hit = {f.account for f in findings}, {h.account for f in findings for h in f.also_affected}
    doubted = {f.account for f in audit.findings if f.check in {CROWD, SILENCE}}

    def without(s: Standing) -> Standing:
        if s.status not in {Status.FINDING, Status.INCIDENT} or s.account in own or s.account in hit:
            return s
        if s.expected is None or s.expected < FEW_CALLS:
            return replace(s, status=Status.UNJUDGED, why=TOO_DOUBTFUL)
        if not s.offered:  # whatever was doubted, nobody can call it clear
            return replace(s, status=Status.UNJUDGED, why=unexplained(s.expected))
        return replace(s, status=Status.UNJUDGED if s.account in doubted else Status.CLEAR, why=TOO_DOUBTFUL)

    audit = replace(audit, findings=findings, standings=tuple(without(s) for s in audit.standings))
    stands = tuple(s for _, s in told)
    return audit, replace(morning, stands=stands, by_key={f.key: s for f, s in told}), len(pairs) - len(told)


def _in_order(audit: Audit, morning: Morning) -> tuple[Audit, Morning]:
    """Put the worst first; of equally bad ones what is new or worse, and what is wrong with every day's records last."""
    levels = SEVERITIES[::-1]
    pairs = sorted(
        zip(audit.findings, morning.stands, strict=True),
        key=lambda p: (levels.index(p[0].severity), p[1].state not in NEWS, p[0].cause in LASTING))
    return replace(audit, findings=tuple(f for f, _ in pairs)), replace(morning, stands=tuple(s for _, s in pairs))


def _doubtful(finding: Finding) -> bool:
    """Say whether a finding is right less than once in four; who looks in vain three mornings of four looks no more.

    An audit that is asked for tells such findings where chance hardly brings them; over a year's mornings it brings them
    all. Not meant are an outage, which nobody can miss, and a silence by which calls were lost all but surely, of which only
    the cause is open.
    """
    if finding.check in {*EVENTS, *EPISODES} or (finding.real is not None and finding.real >= LEAST_REAL):
        return False
    return finding.confidence < LEAST_TOLD


def _unread(case: Case) -> list[Problem]:
    """Return what is said of files that could not be read, or not whole."""
    return [p for p in dict.fromkeys([*case.problems, *(p for s in case.sources for p in s.problems)]) if is_torn(p)]


def _at_hand(case: Case, start: pd.Timestamp) -> tuple[Source, ...]:
    """Return the sources that may hold calls of a day, or that were damaged too lately to be left without a word.

    What a store read before the day began held no call of it. Of any other the damage is told for four weeks after
    its records end: were it told for ever, nobody would look any more.
    """
    last: dict[tuple[str, pd.Timestamp | None], pd.Timestamp] = {}
    for one in case.sources:
        if one.last is not None:
            key = one.path, one.read_at
            last[key] = max(one.last, last.get(key, one.last))

    def over(one: Source) -> bool:
        ends = last.get((one.path, one.read_at))
        if one.read_at is not None:
            return (one.read_at if ends is None else max(ends, one.read_at)) < start
        return ends is not None and ends < start - RECENT

    return tuple(s for s in case.sources if not over(s))


def _dark(case: Case, audit: Audit, start: pd.Timestamp, end: pd.Timestamp, *, quiet: bool) -> list[str]:
    """Return why the day can't be judged, or not all of it; on a quiet one nobody calls (:func:`is_quiet`)."""
    said = [f.summary for f in audit.feed]
    at = case.calls["offered_at"]
    if not said and not quiet and not ((at >= start) & (at < end)).any() and not audit.findings:
        said.append("No call of that day is on record, of any account; calls go on after it. Export that day again.")
    if not any(s.status is Status.CLEAR for s in audit.standings) and start - case.extent.first < LEARNING:
        began = times.local(case.extent.first, case.zone)
        said.append(
            f"The calls on record begin {began:%Y-%m-%d %H:%M}: that is too little to know what is usual, and no account"
            " could be judged. Give the weeks before as well; calltrace import keeps them.")
    at_hand = _at_hand(case, start)
    of_sources = {p for s in case.sources for p in s.problems}
    problems = dict.fromkeys([*(p for p in case.problems if p not in of_sources), *(p for s in at_hand for p in s.problems)])
    said += [f"Not read, or not whole: {p}" for p in problems if is_torn(p)]
    said += [] if any(f.cause == UNREAD for f in audit.feed) else [
        f"Calls of that day may be in a file that was not read: {p}"
        for s in at_hand for p in s.problems if p.kind == UNREAD_CALLS and (s.last is None or s.last >= start)]
    left_out: dict[str, list[Problem]] = {}
    for problem in problems:
        if problem.kind in DAMAGED and problem.effect == "left-out" and not is_torn(problem):
            left_out.setdefault(problem.at.file, []).append(problem)
    for one in at_hand:
        if one.table == "calls" and one.rows and one.path in left_out:
            said += _torn(case, one, left_out[one.path], start, end)
    return list(dict.fromkeys(said))


def _torn(case: Case, source: Source, lost: Sequence[Problem], start: pd.Timestamp, end: pd.Timestamp) -> list[str]:
    """Say of a call log that too many of its rows, or of the day's, could not be read."""
    lost = lost_for_good(case, source, lost)
    how = "could not be read"
    if ended := [p.kind == NEVER_CLOSED for p in lost]:
        how = "have no end or outcome" if all(ended) else f"{how}, or have no end or outcome" if any(ended) else how
    of_all = sum(p.rows for p in lost)
    if of_all > TORN_SHARE * source.rows:
        return [f"{source.path}: {of_all:,} of {source.rows:,} rows of the call log {how}; calltrace inspect tells why."]
    mine = of_day(case, source, lost, start, end)
    if mine.torn < LEAST_TORN or mine.torn <= TORN_SHARE * mine.rows:
        return []
    share = f"about {mine.torn:,.0f} of that day's {mine.rows:,.0f} rows"
    return [f"{source.path}: {share} of the call log {how}, by where they lie; calltrace inspect tells why."]
