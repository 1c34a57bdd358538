"""The audit itself: the feed, the window part by part, incidents, standings."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import partial, reduce
from operator import add
from pathlib import Path

import pandas as pd

from calltrace.classes import dataclass
from calltrace.diagnosis import series, words
from calltrace.diagnosis.audit import parts, screens
from calltrace.diagnosis.audit.feeds import UNREAD, feeds, of_few
from calltrace.diagnosis.audit.findings import Audit, Known
from calltrace.diagnosis.audit.ground import Ground
from calltrace.diagnosis.audit.joining import merged, order, still, uncut
from calltrace.diagnosis.audit.kept import (
    LARGE_CALLS,
    Cut,
    Kept,
    Lying,
    NoRoomError,
    Piece,
    Span,
    ends_of,
    imported,
    is_large,
    trim,
)
from calltrace.diagnosis.audit.looking import Part, Progress, look, of_case
from calltrace.diagnosis.audit.lows import joined
from calltrace.diagnosis.audit.over import seen_later
from calltrace.diagnosis.audit.sources import unseen
from calltrace.diagnosis.audit.standing import (
    HEAT,
    MOST_HEAT,
    counted,
    none_clear,
    standings,
)
from calltrace.diagnosis.audit.unasked import Unasked
from calltrace.diagnosis.bounds import unlisted, unread
from calltrace.diagnosis.checks._columns import columns
from calltrace.diagnosis.cluster import Cluster
from calltrace.diagnosis.engine import Alone, Cores, Engine
from calltrace.diagnosis.profile import FIELD, Profile
from calltrace.errors import InputError, UsageError, of_python
from calltrace.intake import misbooked
from calltrace.intake.load import load
from calltrace.intake.quality import as_known, with_problems
from calltrace.intake.store import Store, is_store
from calltrace.intake.store.manifest import SupersededError
from calltrace.intake.store.slices import count, release
from calltrace.tables.case import Case
from calltrace.tables.group_names import in_one_spelling
from calltrace.tables.when import instant_of

FDR = 0.10
"""Share of findings that may be false, where the user says nothing."""

NEW_DAYS = 28
"""Days of history below which what is usual for an account is rough."""

TRIES = 3
"""Times an audit of a store begins, where each is overtaken by a prune, before it is given up."""

BLIND = frozenset({UNREAD, "feed-dead", "hours-moved"})
"""What is wrong with the records for most of a window, for no account to be clear in it."""

LEAST = pd.Timedelta(minutes=15)
"""A window is at least this long."""


@of_python
def audit(
    paths: Sequence[str | Path] | str | Path | Case,
    *,
    start: str | None = None,
    end: str | None = None,
    tz: str | None = None,
    fdr: float = FDR,
    checks: Sequence[str] | None = None,
    profile: Profile | None = None,
    now: str | pd.Timestamp | None = None,
    mapping: str | Path | None = None,
    year: int | None = None,
    engine: Engine | None = None,
    progress: Progress | None = None,
) -> Audit:
    """Load the logs and look at every account.

    Parameters
    ----------
    paths : path, sequence of paths, or Case
        Files and folders of logs, or what :func:`calltrace.load` made of them (``tz``, ``mapping`` and ``year`` then
        do nothing: they say how to read).
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
    now : str or Timestamp, optional
        When the audit is made, in words or with its offset; nothing later is judged, and a feed that ends long before is
        dead.
    mapping, year
        As :func:`calltrace.load` takes them.
    engine : Engine, optional
        Where the work runs (:mod:`calltrace.diagnosis.engine`); this process by default. The findings are the
        same wherever.

    Raises
    ------
    InputError
        The input can't be read, or holds no call.
    UsageError
        A window that ends before it starts, an unknown check, a rate out of range.
    """
    if isinstance(paths, Case):
        return audit_case(paths, start=start, end=end, fdr=fdr, checks=checks, profile=profile, now=now, engine=engine,
                          progress=progress)
    paths = [paths] if isinstance(paths, str | Path) else paths
    here = not isinstance(engine, Cluster)  # whose workers can't be told to lie on this machine
    with records_of(paths, tz=tz, mapping=mapping, year=year, progress=progress, here=here) as records:
        return audit_case(records, start=start, end=end, fdr=fdr, checks=checks, profile=profile, now=now, engine=engine,
                          progress=progress)


@contextmanager
def records_of(
    paths: Sequence[str | Path],
    *,
    tz: str | None = None,
    mapping: str | Path | None = None,
    year: int | None = None,
    progress: Progress | None = None,
    here: bool = True,
) -> Iterator[Case | Kept]:
    """Give the records of some logs: read, or kept in a store where they are too many to be held.

    ``here`` says that the work is done on this machine, where a folder can be read again.
    """
    stored = [one for one in paths if is_store(one)]
    if not here:
        yield load(paths, tz=tz, mapping=mapping, year=year)
    elif len(paths) == len(stored) == 1 and count(Store.open(stored[0])) > LARGE_CALLS:
        yield Kept(str(stored[0]))
    elif not stored and is_large(paths):
        with imported(paths, tz=tz, mapping=mapping, year=year, progress=progress) as kept:
            yield kept
    else:
        yield load(paths, tz=tz, mapping=mapping, year=year)


def audit_case(
    records: Case | Kept,
    *,
    start: str | pd.Timestamp | None = None,
    end: str | pd.Timestamp | None = None,
    fdr: float = FDR,
    checks: Sequence[str] | None = None,
    profile: Profile | None = None,
    now: str | pd.Timestamp | None = None,
    engine: Engine | None = None,
    progress: Progress | None = None,
    charts: bool = True,
    known: Known | None = None,
) -> Audit:
    """Look at every account of a loaded Case, or of what is kept in a store; parameters and errors as for :func:`audit`.

    Instants may be given as tz-aware timestamps. ``charts`` says whether ``heat`` and ``series`` are wanted, which a
    report in words shows nothing of. ``known`` is what audits of the days before have shown: it says how many troubles to
    expect of the service, beside what this one shows. A store is audited as it is when it begins; where a prune takes away
    what it has yet to read, it begins again.
    """
    names = _checks(checks)
    if not 0 < fdr < 1:
        raise UsageError(f"a false discovery rate of {fdr:g}", expected="a number between 0 and 1, such as 0.1")
    asked = partial(_audited, start=start, end=end, fdr=fdr, names=names, profile=profile, now=now, engine=engine,
                    tell=progress or _silent, charts=charts, known=known)
    if isinstance(records, Case):
        return asked(records)
    for _ in range(TRIES - 1):
        with suppress(SupersededError):
            return asked(records.steady())
    return asked(records.steady())


def _audited(
    records: Case | Kept,
    *,
    start: str | pd.Timestamp | None,
    end: str | pd.Timestamp | None,
    fdr: float,
    names: tuple[str, ...],
    profile: Profile | None,
    now: str | pd.Timestamp | None,
    engine: Engine | None,
    tell: Progress,
    charts: bool,
    known: Known | None,
) -> Audit:
    """Audit a Case, or one state of a store, all of it."""
    tell("Auditing", 0.0, 0.0)  # what is usual is learnt before the first part is done
    kept = records if isinstance(records, Kept) else None
    case = records if isinstance(records, Case) else records.sketch()
    if case.calls.empty:
        raise InputError("the records hold no call", expected="call records of the time to be audited")
    since, until, asked_at = _window(case, start, end, now)
    if kept is None and asked_at is not None:
        case = as_known(case, asked_at)
    profile = replace(profile or Profile(), asked=set())
    last = pd.Timestamp(case.calls["offered_at"].iloc[-1])
    reach = last + pd.Timedelta(seconds=1)
    judged = max(min(until, reach), since + LEAST)
    whole = Ground(case, since, judged, profile, asked_at)
    feed = feeds(whole, until, reach)
    stopped = last if any(f.cause == "feed-dead" for f in feed) else None
    goes_to = min(judged, stopped or whole.records_end)
    beside = case.extent.accounts
    accounts, calls, days = {a: a for a in beside} | whole.names, counted(case, since, until, beside), whole.days
    notes = (*_short(whole), *_misbooked(case, since, until), *unlisted.noted(case))
    cut = [(span, parts.reach(case.extent, *span)) for span in parts.parts(case, since, judged)] if reach > since else []
    shown = with_problems(case, asked_at)
    lacking = {n: case.lacks(screens.get(n).needs) for n in names}
    if kept:
        del whole
        case = ends_of(case)  # all of them are needed no more
        shown = replace(shown, tables=case.tables, cache={})
        trim()
    asked = _Asked(profile, asked_at, names, fdr, (since, judged), kept is not None, charts, known, stopped)
    done = _parts(kept or case, cut, asked, engine or Alone(), tell)
    if kept:
        lacking = {n: tuple(w for w in screens.get(n).needs if all(w in p.lacking for p in done)) for n in names}
    unasked = Unasked(names, lacking, [part.short for part in done])
    profile.asked.update(*(part.asked for part in done))
    whole_of_it = [uncut(f, since, goes_to) for f in merged([f for part in done for f in part.findings], profile)]
    ordered = order([still(of_case(shown, f), goes_to) for f in whole_of_it])
    feed += of_few(joined(low for part in done for low in part.lows), case.zone, judged)
    blind = next((f.title for f in feed if (f.cause in BLIND and f.end - f.start > (until - since) / 2) or f.cause == UNREAD), "")
    heats = [part.heat for part in done if len(part.heat)]
    sums = [p.sums for p in done if p.sums is not None]
    stands = unseen(standings(calls, accounts, [p.usual for p in done], ordered, blind=blind,
                              blocked=profile.value("blocked_share") if "busy" in names else 1.0), feed, since, until)
    if unasked.unclear:
        stands = none_clear(stands, unasked.unclear)
    told = (*unasked.notes, *notes, *(note for part in done for note in part.notes))
    return Audit(
        start=since, end=until, zone=case.zone, case=case, checks=names, fdr=fdr, feed=feed,
        findings=ordered,
        standings=stands,
        heat=pd.concat(heats, ignore_index=True).sort_values(["account", "start"], ignore_index=True)
        if heats else pd.DataFrame(columns=list(HEAT)),
        symptoms=sum(p.symptoms for p in done), account_days=days * len(accounts), notes=told,
        thresholds=tuple(
            f"{FIELD[n].decides}: {profile.value(n):g} {FIELD[n].unit} ({profile.source(n)})"
            for n in sorted(profile.asked) if n in FIELD),
        series=series.of_service(case, since, judged, profile, reduce(add, sums) if sums else None) if charts else (),
        unasked=unasked.none)


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
    first, last = case.calls["offered_at"].iloc[0], case.extent.last

    asked_at = None if now is None else instant_of(now, case.zone, last, end=True, option="--now")
    today = asked_at or last
    until = unread.until(case, last) + pd.Timedelta(seconds=1) if end is None else instant_of(end, case.zone, today, end=True)
    since = first if start is None else instant_of(start, case.zone, today, end=False)
    if asked_at is not None and asked_at <= first:
        raise UsageError(
            f"--now is {words.dated(asked_at, case.zone)}, and the records begin {words.dated(first, case.zone)}",
            expected="a time of which there are records")
    if start is not None and end is not None and until <= since:
        raise UsageError("the window ends before it starts", expected="--from earlier than --to")
    if asked_at is not None:
        if start is not None and asked_at <= since:
            raise UsageError("the window lies after the time of asking", expected="--from earlier than --now")
        until = min(until, asked_at)
    if until <= max(first, since):  # of the one that was not said the records' own end stands
        reach = f"begin {words.dated(first, case.zone)}, after" if until <= first else (
            f"end {words.dated(last, case.zone)}, before")  # fmt: skip
        raise InputError(
            f"the records {reach} the window", expected="records of the time to be audited",
            fix="Export the logs of that time and ask again.")
    return since, until, asked_at


@dataclass(frozen=True)
class _Asked:
    """What is asked of every part alike.

    ``window`` is all of it that can be judged; ``kept`` says that there is no Case of all its records, ``charts`` that
    what charts are drawn of is wanted; ``known`` is what audits of the days before have shown; ``stopped`` is when
    the last call on record came, where their records stop before the window does.
    """

    profile: Profile
    now: pd.Timestamp | None
    names: tuple[str, ...]
    fdr: float
    window: Span
    kept: bool
    charts: bool
    known: Known | None = None
    stopped: pd.Timestamp | None = None


def _parts(records: Case | Kept, cut: Sequence[Cut], asked: _Asked, engine: Engine, progress: Progress) -> list[Part]:
    """Audit every part of the window: several at a time, or the investigations of the only one."""
    rows = MOST_HEAT // max(1, len(cut)) if asked.charts else 0
    if len(cut) == 1:
        return [_looked(_held(records, cut[0]), asked, cut[0][0], rows, engine, progress)]

    def told(done: int) -> None:
        progress("Auditing", float(done), float(len(cut)))

    if isinstance(records, Kept) and isinstance(engine, Alone | Cores) and (lying := records.lying(cut)) is not None:
        with suppress(NoRoomError):  # then every part reads what it is judged by
            return engine.flow(_piece, (lying, asked, rows), cut, lying.ready, done=told)
    if isinstance(engine, Cores):
        engine = Cores(engine.workers, few=2)  # a part takes far longer than a process to be made
    return engine.map(_part, (records, asked, rows), cut, done=told)


def _part(shared: tuple[Case | Kept, _Asked, int], one: Cut) -> Part:
    records, asked, rows = shared
    return _looked(_held(records, one), asked, one[0], rows, Alone(), _silent)


def _piece(shared: tuple[Lying, _Asked, int], one: Piece) -> Part:
    lying, asked, rows = shared
    return _looked(lying.part(one), asked, one.span, rows, Alone(), _silent)


def _held(records: Case | Kept, one: Cut) -> Case:
    """Return what a part is judged by."""
    span, reach = one
    return records.part(reach, *span) if isinstance(records, Kept) else parts.within_reach(records, reach)


def _looked(  # noqa: PLR0917 -- what a part is judged by, what is asked of it, and how
    case: Case, asked: _Asked, span: Span, rows: int, engine: Engine, progress: Progress
) -> Part:
    """Audit one part."""
    case = in_one_spelling(case)
    if asked.stopped is not None:
        case = parts.told_until(case, asked.stopped)
    ground = Ground(case, *span, replace(asked.profile, asked=set()), asked.now)
    if asked.kept and ground.names_in_order:
        columns(case)
        release()  # what it took to number the callers
    found = look(ground, asked.names, asked.fdr, rows=rows, engine=engine, progress=progress, known=asked.known)
    found = replace(found, findings=[seen_later(case, f) for f in found.findings])
    if not asked.kept:
        return found
    lacking = case.lacks(tuple({need for name in asked.names for need in screens.get(name).needs}))
    sums = series.sums_of(ground.view, span, asked.window, case.zone) if asked.charts else None
    case.cache.clear()  # what was worked out refers to itself: the next part would be read before it is gone
    del case, ground
    gc.collect()
    trim()
    return replace(found, sums=sums, lacking=frozenset(lacking))


def _silent(_what: str, _done: float, _of: float) -> None:
    """Tell nobody how far it is."""


def _misbooked(case: Case, start: pd.Timestamp, end: pd.Timestamp) -> tuple[str, ...]:
    """Say which calls of the window stand under the wrong account, or are on record twice."""
    return tuple(f"{p.saw[:1].upper()}{p.saw[1:]}. {p.fix}" for p in misbooked.told(case, start=start, end=end))


def _short(ground: Ground) -> tuple[str, ...]:
    days = (ground.records_end - ground.case.extent.first) / pd.Timedelta(days=1)
    return (f"The records hold {days:.0f} days in all: what is usual is rough.",) if days < NEW_DAYS else ()
