"""The morning's report: an audit's, with what is new, what goes on, what has ended and what is acknowledged."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import date
from typing import TYPE_CHECKING

from calltrace.classes import dataclass
from calltrace.diagnosis import hedges
from calltrace.report.audit import AuditReport, Trouble, audit_report_of
from calltrace.report.render._words import NBSP, capital, plural
from calltrace.report.values import zone_named

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from calltrace.desk.daily import Daily
    from calltrace.desk.late_rows import Late, Undone
    from calltrace.desk.troubles import Ack
    from calltrace.desk.troubles import Trouble as Told
    from calltrace.report.report import Window

WHY = {
    "carried": "not to be judged that day",
    "unproved": "not found again, but the records of that day are not whole",
    "silent": "still without a call, though that day's silence may be chance or an outage's",
    "resting": "not met that day, but it stands until somebody changes a setting",
}
"""Why a trouble of the mornings before is open though it was not found again, by its state."""


@dataclass(frozen=True)
class Standing:
    """How a finding stands: new, going-on, over, again or worse; since when, on which morning it is told, and how bad it was.

    ``state`` is "unknown" where nothing is known of the mornings before (:attr:`DailyReport.forgotten`).
    ``over`` says of a worse one too that the day saw its end.
    """

    state: str
    since: datetime
    mornings: int
    was: str
    over: bool = False

    @property
    def is_news(self) -> bool:
        """Whether it is new, or worse than it was, as far as is known."""
        return self.state in {"new", "worse", "unknown"}

    def to_dict(self, zone: str) -> dict[str, object]:
        """Return it as JSON values."""
        return {
            "state": self.state,
            "since": self.since.astimezone(zone_named(zone)).isoformat(),
            "mornings": self.mornings,
            "was": self.was or None,
            "over": self.over,
        }


@dataclass(frozen=True)
class Past:
    """A trouble of the mornings before that was not found again.

    ``why`` says why it is open all the same, '' if it is not; ``cost`` what it cost in all its mornings, '' if nothing.
    """

    key: str
    who: str
    title: str
    since: datetime
    mornings: int
    why: str = ""
    cost: str = ""


@dataclass(frozen=True)
class DailyReport(AuditReport):
    """An :class:`AuditReport` of one day. ``findings`` are those to be told; ``standings`` goes with them, in order.

    ``acknowledged`` are findings somebody knows of, with who and why; ``ended`` troubles are over; ``unsettled`` could
    not be judged again; ``undone`` were told without calls that came on record since, and ``late`` are the days of those;
    ``missed`` are the days since the last morning of which none was made. ``dark`` says why the day, or part of it, could
    not be judged. ``doubtful`` is how many findings are right too seldom to be among them.
    ``forgotten`` says why nothing is known of the mornings before, '' where it is; ``renamed`` that they were made under
    another name of the service; ``unfinished`` that the day was not over, and up to when it was judged.
    """

    day: date = date.min
    dark: tuple[str, ...] = ()
    standings: tuple[Standing, ...] = ()
    acknowledged: tuple[tuple[Trouble, str], ...] = ()
    ended: tuple[Past, ...] = ()
    unsettled: tuple[Past, ...] = ()
    missed: tuple[date, ...] = ()
    undone: tuple[Past, ...] = ()
    late: tuple[Late, ...] = ()
    doubtful: int = 0
    forgotten: str = ""
    renamed: str = ""
    unfinished: str = ""

    @property
    def nothing(self) -> str:
        """What is to be said where there is no finding."""
        return "The day could not be audited" if self.dark and not self.accounts else super().nothing

    @property
    def over(self) -> int:
        """How many troubles of the mornings before are over: not found again, or found with their end."""
        return len(self.ended) + sum(s.over for s in self.standings)

    @property
    def news(self) -> int:
        """How many findings are new, or worse than they were, as far as is known."""
        return sum(s.is_news for s in self.standings)

    def to_dict(self) -> dict[str, object]:
        """Return the report as JSON values: the audit's, with the day, and each finding's standing."""
        told = super().to_dict()
        zone = zone_named(self.zone)
        findings = [
            t.to_dict() | {"standing": s.to_dict(t.zone)} for t, s in zip(self.findings, self.standings, strict=True)
        ]

        def past(trouble: Past) -> dict[str, object]:
            return {
                "key": trouble.key,
                "who": trouble.who,
                "title": trouble.title,
                "since": trouble.since.astimezone(zone).isoformat(),
                "mornings": trouble.mornings,
                "why": trouble.why or None,
                "cost": trouble.cost or None,
            }

        return told | {
            "day": self.day.isoformat(),
            "dark": list(self.dark),
            "findings": findings,
            "acknowledged": [t.to_dict() | {"acknowledged": how} for t, how in self.acknowledged],
            "ended": [past(t) for t in self.ended],
            "unsettled": [past(t) for t in self.unsettled],
            "missed": [d.isoformat() for d in self.missed],
            "undone": [past(t) for t in self.undone],
            "late": [{"day": d.day.isoformat(), "then": d.then, "now": d.now} for d in self.late],
            "doubtful": self.doubtful,
            "forgotten": self.forgotten or None,
            "renamed": self.renamed or None,
            "unfinished": self.unfinished or None,
        }


def daily_report_of(daily: Daily) -> DailyReport:
    """Return what renderers may see of a morning; each finding's summary begins with how it stands."""
    base = audit_report_of(daily.audit, command="daily")
    zone = zone_named(base.zone)

    def on(moment: datetime) -> str:
        local = moment.astimezone(zone)
        return f"{local:%a} {local.day} {local:%b}"

    told: list[Trouble] = []
    standings: list[Standing] = []
    quiet: list[tuple[Trouble, str]] = []
    for trouble, stand in zip(base.findings, daily.morning.stands, strict=True):
        if stand.ack is not None:
            quiet.append((trouble, _by(stand.ack, on)))
            continue
        was = stand.before.severity if stand.before and stand.before.severity != trouble.severity else ""
        over = bool(stand.before and stand.before.ongoing and not stand.trouble.ongoing)
        standing = Standing(
            "unknown" if daily.forgotten else stand.state, stand.trouble.since, stand.trouble.mornings, was,
            over=stand.state == "over" or (stand.state == "worse" and over),
        )  # fmt: skip
        standings.append(standing)
        summary = trouble.summary
        for whose in (trouble.name, trouble.who, capital(trouble.who)):  # it stands above the sentence
            summary = summary.removeprefix(f"{whose}: ")
        before = stand.before if daily.with_less and stand.before and stand.before.cause != trouble.cause else None
        otherwise = f" (told before, with records that are missing now: {before.title})" if before else ""
        told.append(replace(trouble, summary=f"{_said(standing, on)}{otherwise}: {summary}"))
    ended, unsettled, undone = _past(daily.morning.news), _past(daily.morning.unsettled), _undone(daily.morning.undone)
    unfinished = "" if daily.until is None else unfinished_said(daily.day, daily.until.to_pydatetime(), zone)
    notes = [
        *(said for said in (daily.forgotten, daily.renamed, unfinished) if said),
        *(f"Ended: {t.who}: {t.title}, since {on(t.since)}, {_mornings(t.mornings)}{t.cost and f', {t.cost}'}" for t in ended),
        *(f"Taken back: {t.who}: {t.title}, since {on(t.since)}: {t.why}" for t in undone),
        *(f"{capital(t.why)}, so still open: {t.who}: {t.title}, since {on(t.since)}" for t in unsettled),
    ]
    if daily.morning.missed:
        notes.append(missed_said(daily.morning.missed))
    if daily.morning.late:
        notes.append(late_said(daily.morning.late))
    if daily.doubtful:
        day = daily.day.isoformat()
        notes.append(
            f"{plural(daily.doubtful, 'finding')} not told, right less than once in four:"
            f" calltrace audit --from {day} --to {day}".replace(NBSP, " "))
    if quiet:
        named = "; ".join(f"{t.who}: {hedges.said(t.title, t.summary, t.wording)} ({how})" for t, how in quiet)
        notes.append(f"{len(quiet)} acknowledged: {named}")
    said = {t.summary for t in base.feed}
    feed = (*base.feed, *(_in_the_dark(why, base) for why in daily.dark if why not in said))
    same = {f.name: getattr(base, f.name) for f in fields(base)}
    return DailyReport(
        **(same | {"feed": feed, "findings": tuple(told), "notes": (*notes, *base.notes)}),
        day=daily.day,
        dark=daily.dark,
        standings=tuple(standings),
        acknowledged=tuple(quiet),
        ended=ended,
        unsettled=unsettled,
        missed=daily.morning.missed,
        undone=undone,
        late=daily.morning.late,
        doubtful=daily.doubtful,
        forgotten=daily.forgotten,
        renamed=daily.renamed,
        unfinished=unfinished,
    )


def unaudited(day: date, window: Window, zone: str, why: str) -> DailyReport:
    """Return what programs read of a day that could not be audited at all: no account, no finding, and why."""
    report = DailyReport(
        command="daily", checks=(), window=window, zone=zone, fdr=0.0, account_days=0.0, feed=(), findings=(), accounts=(),
        symptoms=0, heat=(), thresholds=(), notes=(), inputs=(), data_quality=(), day=day, dark=(why,))
    return replace(report, feed=(_in_the_dark(why, report),))


def unfinished_said(day: date, until: datetime, zone: ZoneInfo) -> str:
    """Say of a day up to when it was judged, as it was not over.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> unfinished_said(date(2026, 10, 2), datetime(2026, 10, 2, 12, 30, tzinfo=UTC), zone_named("UTC"))
    'Fri 2 Oct was not over: it was judged up to 12:30 alone. calltrace daily --day 2026-10-02 judges all of it once it is'
    """
    return (
        f"{day:%a} {day.day} {day:%b} was not over: it was judged up to {until.astimezone(zone):%H:%M} alone."
        f" calltrace daily --day {day.isoformat()} judges all of it once it is")


def missed_said(days: Sequence[date]) -> str:
    """Say of which days no morning was made.

    Examples
    --------
    >>> missed_said([date(2026, 6, 6), date(2026, 6, 7)])
    'No morning was made of Sat 6 Jun to Sun 7 Jun: calltrace daily --day 2026-06-06 makes one'
    """
    first, last = (f"{d:%a} {d.day} {d:%b}" for d in (days[0], days[-1]))
    span = first if len(days) == 1 else f"{first} to {last}"
    return f"No morning was made of {span}: calltrace daily --day {days[0].isoformat()} makes one"


def late_said(days: Sequence[Late]) -> str:
    """Say of which days calls came late.

    Examples
    --------
    >>> from calltrace.desk.late_rows import Late
    >>> late_said([Late(date(2026, 10, 2), 51, 366)])
    'Calls of Fri 2 Oct (51 then, 366 now) came on record after its morning: calltrace daily --day 2026-10-02 judges it anew'
    """
    parts = []
    for one in days:
        groups = "".join(f"; {name}: {then} then, {now} now" for name, then, now in one.groups)
        parts.append(f"{one.day:%a} {one.day.day} {one.day:%b} ({one.then} then, {one.now} now{groups})")
    several = len(parts) > 1
    named = f"{', '.join(parts[:-1])} and {parts[-1]}" if several else parts[0]
    return (
        f"Calls of {named} came on record after {'their mornings' if several else 'its morning'}:"
        f" calltrace daily --day {days[0].day.isoformat()} judges {'the first' if several else 'it'} anew")


def _in_the_dark(why: str, report: AuditReport) -> Trouble:
    """Return as a trouble of the records why the day could not be judged, for every renderer to say it first."""
    return Trouble(
        key=f"feed/not-judged/{report.window.start.astimezone(zone_named(report.zone)).date()}",
        account=None,
        name="",
        trunk_group=None,
        cause="not-judged",
        title="the day could not be judged, or not all of it",
        party="service",
        confidence=None,
        wording="confirmed",
        severity="critical",
        check="feed",
        window=report.window,
        zone=report.zone,
        lost=0.0,
        harmed=0.0,
        score=None,
        summary=why,
        next_steps=(),
        also_affected=(),
        ongoing=False,
    )


def _said(standing: Standing, on: Callable[[datetime], str]) -> str:
    since = on(standing.since)
    if standing.state == "new":
        return "New"
    if standing.state == "unknown":
        return "Not known whether new"
    morning = _ordinal(standing.mornings)
    if standing.state == "worse":
        was = f" than before ({standing.was})" if standing.was else " than acknowledged"
        return f"Worse{was}, {'over, went' if standing.over else 'going'} on since {since}, {morning} morning"
    if standing.state == "over":
        return f"Over, went on since {since}, {morning} morning"
    if standing.state == "again":
        return f"Again, first on {since}, {morning} morning"
    return f"Going on since {since}, {morning} morning"


def _ordinal(number: int) -> str:
    """Return a number as a place in a row.

    Examples
    --------
    >>> [_ordinal(n) for n in (1, 2, 3, 4, 11, 22)]
    ['1st', '2nd', '3rd', '4th', '11th', '22nd']
    """
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def _mornings(number: int) -> str:
    return f"found on {number} morning{'s' * (number != 1)}"


def _by(ack: Ack, on: Callable[[datetime], str]) -> str:
    until = f", until {on(ack.until)}" if ack.until else ""
    note = f": {ack.note}" if ack.note else ""
    return f"{ack.made_by or 'somebody'}{until}{note}"


def _past(troubles: tuple[Told, ...]) -> tuple[Past, ...]:
    return tuple(Past(t.key, t.who, t.title, t.since, t.mornings, WHY.get(t.state, ""), _cost(t)) for t in troubles)


def _undone(told: Sequence[Undone]) -> tuple[Past, ...]:
    """Return what was told without calls that came on record since, and which day to judge anew."""
    return tuple(
        replace(
            past, cost="",
            why=f"{plural(one.calls, 'call')} of those days came on record after it was told, and"
            f" calltrace daily --day {one.day.isoformat()} judges anew".replace(NBSP, " "))
        for one, past in zip(told, _past(tuple(u.trouble for u in told)), strict=True))


def _cost(trouble: Told) -> str:
    lost, harmed = round(trouble.lost), round(trouble.harmed)
    verb = "without a record" if trouble.cause == "records-missing" else "lost"
    parts = [f"{plural(lost, 'call')} {verb}"] if lost else []
    parts += [f"{plural(harmed, 'call')} harmed"] if harmed else []
    return ", ".join(parts).replace(NBSP, " ")
