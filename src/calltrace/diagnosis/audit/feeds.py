"""The records themselves, judged first: a feed that died or is torn must never look like quiet accounts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pandas as pd

from calltrace.diagnosis.audit import sources
from calltrace.diagnosis.audit.findings import Finding, Severity, key
from calltrace.diagnosis.audit.ground import Ground
from calltrace.diagnosis.audit.lows import Low
from calltrace.diagnosis.bounds import unread
from calltrace.diagnosis.scene import within
from calltrace.diagnosis.words import clock, count, day, length
from calltrace.intake.quality import MAIN_INSTANT
from calltrace.tables import times

DEPENDS = {
    "kpi": "short trunk groups and missing records",
    "agents": "agents who do not answer, and too few of them",
    "messages": "messages that went astray",
    "dispatch": "messages that were not delivered",
}
"""What can't be judged once a table's records stop."""

LOOK = (
    "If it was a holiday, enter it in the configuration's calendars or the events; else ask the carrier how many calls it"
    " handed over in that time, and hold that against the switch's own count.")
"""What to do about a day of few calls."""

LOOK_AT_GROUP = (
    "Ask the carrier how many calls it handed over on that trunk group in that time, and hold that against the switch's own"
    " count; look whether all of its lines were up.")
"""The same of a trunk group's."""

OUT = (
    "Look whether the switch was up then and whether it logged; if it was, ask the carrier how many calls it handed over, and"
    " export the records of that time again.")
"""What to do about a time in which nobody called."""

UNREAD = "calls-unread"
"""The cause of the finding that a file of calls was not read."""

STILL = 4.0
"""Times the longest pause a table ever had, from which its records have stopped."""

LEAST_STILL = pd.Timedelta(hours=8)


def feeds(ground: Ground, until: pd.Timestamp, reach: pd.Timestamp) -> tuple[Finding, ...]:
    """Return what is wrong with the records of the window.

    Parameters
    ----------
    ground : Ground
        Whose window ends where the calls do.
    until : Timestamp
        The end of the window that was asked for.
    reach : Timestamp
        Up to when calls are on record.
    """
    found = []
    zone = ground.case.zone
    if until > reach and ground.feed.ends_before(until):
        since = max(reach, ground.start)
        usual = ground.feed.due(since, until)
        found.append(_finding(
            zone, "feed-dead", "the call records stop", Severity.CRITICAL, since, until,
            f"No call on record after {clock(reach, zone)}, where {count(round(usual), 'call')} are usual until"
            f" {clock(until, zone)}: {_whereabouts(ground, since, until)}. Nothing is said of any account"
            " after that.",
            (_look_at(ground, since, until) + _day_off(ground, reach, until),),
            {"expected_calls": usual}))
    found += _unread(ground, until)
    for one in sources.stopped(ground):
        since, many = max(one.since, ground.start), count(len(one.accounts), "account")
        if one.until is not None:
            hole = f"{clock(one.since, zone)} to {clock(one.until, zone)}"
            down = "that switch or the lines to it were down" if one.lines else "that switch was down"
            look = "that switch and the lines to it were up; if they were" if one.lines else "that switch was down; if it was not"
            found.append(_finding(
                zone, sources.HOLE, f"the call records of {one.file} have a hole", Severity.CRITICAL, since,
                min(one.until, ground.end),
                f"No call {hole} in {one.file}, where {count(round(one.expected), 'call')} of the {many} that come by it are"
                f" usual; the other records go on. The export of it left them out, or {down}. Nothing is said"
                " of these accounts' silence in that time.",
                (f"Look whether {look}, export its log of that time again.",),
                {"expected_calls": one.expected, "accounts": sorted(one.accounts), "file": one.file}))
            continue
        found.append(_finding(
            zone, sources.DEAD, f"the call records of {one.file} stop", Severity.CRITICAL, since, ground.end,
            f"The last call in {one.file} is of {clock(one.since, zone)}, where {count(round(one.expected), 'call')} of"
            f" the {many} that come by it are usual until {clock(ground.end, zone)}; the other records go on. The export"
            " of it died, or that switch did. Nothing is said of these accounts' silence after that.",
            ("Look whether that switch still writes its log and whether its export still runs; call one of the numbers.",),
            {"expected_calls": one.expected, "accounts": sorted(one.accounts), "file": one.file}))
    first = ground.case.extent.first
    lead = ground.feed.rates.due(ground.start, first) if first > ground.start else 0.0
    if lead > 0 and ground.feed.rates.chance_of_none(lead) < 1e-3:
        found.append(_finding(
            zone, "records-begin-late", "the call records begin after the window does", Severity.MEDIUM, ground.start,
            first, f"The first call on record is of {clock(first, zone)}. Nothing is said of any account before that.",
            ("Export the logs of that time and audit again.",), {"expected_calls": lead}))
    if not ground.names_in_order:
        found += _nobodys(ground, reach)
    for table, what in DEPENDS.items():
        end = min(ground.end, reach)
        stopped = _stopped(ground, table, end)
        if stopped is not None:
            found.append(_finding(
                zone, f"{table}-dead", f"the records of {table} stop", Severity.MEDIUM, stopped, ground.end,
                f"The last row of {table} is of {clock(stopped, zone)}, {length(end - stopped)} before the calls"
                f" end. Since then nothing can be said of {what}.",
                (f"Look whether the export of {table} still runs.",), {}))
    moved = ground.feed.moved
    if moved is not None and moved.touches(ground.start, ground.end):
        said = moved.says(zone)
        found.append(_finding(
            zone, "hours-moved", "the hours of all calls moved", Severity.HIGH, max(moved.start, ground.start),
            min(moved.end, ground.end),
            f"{said[:1].upper()}{said[1:]}. What calls are usual is asked of the hours so moved, and no client is accused of when"
            " its calls came.",
            ("Look up in which zone the log was written when, and read the files of each time apart, with the zone of each.",),
            {"hours": moved.hours, "accounts": moved.accounts}))
    if ground.feed.hides_unanswered:
        says = ground.feed.hides_unanswered
        found.append(_finding(
            zone, "log-hides-unanswered", "the log seems to leave out unanswered calls", Severity.MEDIUM, ground.start,
            ground.end, f"{says[:1].upper()}{says[1:]}.", ("Have the switch log unanswered calls as well.",), {}))
    return _going_on(found, ground.end)


def _whereabouts(ground: Ground, start: pd.Timestamp, end: pd.Timestamp) -> str:
    """Return where the calls of a time without any may be."""
    some = unread.reaching(ground.case, start, end)
    return f"they may be in {unread.named(some)}" if some else "the export of the log died, or the switch did"


def _day_off(ground: Ground, start: pd.Timestamp, end: pd.Timestamp) -> str:
    """Say what to think of a stop with a whole day in it that was a holiday of everybody's, or may have been one."""
    zone = ground.case.zone
    whole = [a for a, b in pairwise(times.day_edges(start, end, zone)) if start <= a and b <= end]
    if not whole:
        return ""
    off = ground.case.holidays("", zone)
    listed = next((a for a in whole if times.local(a, zone).date() in off), None)
    if listed is not None:
        return f" {day(listed, zone)} was a holiday: if all clients were closed, nothing is lost, and the records will go on."
    return (f" If {day(whole[0], zone)} was a holiday on which all clients were closed, enter it in the configuration's calendars"
            " or the events.")


def _look_at(ground: Ground, start: pd.Timestamp, end: pd.Timestamp) -> str:
    some = unread.reaching(ground.case, start, end)
    return unread.what_to_do(some) if some else (
        "Look whether the switch still writes its log and whether the export still runs; call a number yourself.")


def _unread(ground: Ground, until: pd.Timestamp) -> list[Finding]:
    """Return what is to be said of files that look like calls of the window and were not read."""
    some = unread.reaching(ground.case, ground.start, until)
    if not some:
        return []
    zone, most = ground.case.zone, timedelta(seconds=1)
    start = min(max(ground.start, min(one.first for one in some)), until)
    end = max(start, min(until, max(one.last for one in some) + most if some[-1].last < until else until))
    return [_finding(
        zone, UNREAD, "a file that looks like calls was not read", Severity.HIGH, start, end,
        f"Calls of {clock(start, zone)} to {clock(end, zone)} may be in {unread.named(some)}. What is said of that time is said"
        " without them, and nobody is clear.",
        (unread.what_to_do(some),), {"files": [one.path for one in some]})]


def _nobodys(ground: Ground, reach: pd.Timestamp) -> list[Finding]:
    """Return what is to be said where no call names its account: that, and when nobody at all called.

    An outage of everybody is looked for among accounts, of which there are none here; what the calls show without them is
    that for some time there was none.
    """
    zone = ground.case.zone
    calls = len(within(ground.case.calls, ground.start, min(ground.end, reach)))
    found = []
    for gap in ground.feed.gaps:
        if gap.end <= ground.start or gap.start >= ground.end:
            continue
        spoken = f"{clock(gap.start, zone)} to {clock(gap.end, zone)}"
        missing = gap.kpi == "counted"
        why = (f"The switch itself counted {count(round(gap.kpi_offered), 'call')}: the records are missing" if missing else
               "The switch or what brings its calls was down, or the records of that time are missing")
        told = _finding(
            zone, "calls-none", "no call from anybody", Severity.CRITICAL, max(gap.start, ground.start),
            min(gap.end, ground.end), f"No call on record {spoken}, where {count(round(gap.expected), 'call')} are usual."
            f" {why}.", (OUT,), {"expected_calls": gap.expected})
        found.append(told if missing else replace(told, party="nobody"))
    found.append(_finding(
        zone, "accounts-unknown", "no call names its account", Severity.HIGH, ground.start, ground.end,
        f"None of the {count(calls, 'call')} of that time names its account or a number that belongs to one: nothing can be"
        " said of any account.",
        ("Name the column that holds the account, or add an accounts table with the numbers.",), {"calls": calls}))
    return found


def of_few(found: Iterable[Low], zone: str, end: pd.Timestamp) -> tuple[Finding, ...]:
    """Return what is to be said of days of few calls, in their order, in the service's zone; ``end`` is that of the window."""
    return _going_on([_few(low, zone) for low in found], end)


def _going_on(found: Iterable[Finding], end: pd.Timestamp) -> tuple[Finding, ...]:
    return tuple(replace(f, ongoing=f.end >= end) for f in found)


def _few(low: Low, zone: str) -> Finding:
    whose = f"the accounts on trunk group {low.trunk_group}" if low.trunk_group else "all accounts"
    beside = " beside what the others had" if low.trunk_group else ""
    had = (
        f"{count(low.came, 'call')} of {whose} from {clock(low.start, zone)} to {clock(low.end, zone)}"
        f"{', apart from the outages in it' if low.apart else ''}, where {low.expected:.0f} are usual{beside}"
        f" ({low.came / low.expected:.0%}); {low.fewer} of the {low.accounts} accounts that could show it had fewer than"
        " usual.")
    data: dict[str, object] = {"calls": low.came, "expected_calls": low.expected}
    if low.counted:
        data["counted_calls"] = low.counted
    if low.missing:
        return _finding(
            zone, "records-missing", "part of the call records is missing", Severity.CRITICAL, low.start, low.end,
            f"{had} The switch itself counted {low.counted:.0f} offered: the rest is missing from the records, and what is"
            " said of any of these accounts in that time is said of a part of its calls.",
            ("Export the calls of that time again, from every node of the switch, and audit again.",), data, low.trunk_group)
    holiday = "" if low.trunk_group else "it was a holiday that nobody entered, or "
    why = (
        f"The switch counted no more: {holiday}part of the calls did not reach it." if low.borne_out else
        f"{holiday}part of the calls did not reach the switch, or part of them is missing from the records.")
    told = _finding(
        zone, "calls-few", f"{whose} together had far fewer calls than usual", Severity.HIGH, low.start, low.end,
        f"{had} {why[:1].upper()}{why[1:]}", (LOOK_AT_GROUP if low.trunk_group else LOOK,), data, low.trunk_group)
    return replace(told, party="nobody")  # who has to answer for it is what nobody knows


def _stopped(ground: Ground, table: str, end: pd.Timestamp) -> pd.Timestamp | None:
    """Return a table's last row's time where its records stopped within or before the window, while calls went on.

    ``end`` is the end of the window, or of the calls where they end before.
    """
    frame = ground.case.table(table)
    at = frame[MAIN_INSTANT[table]].dropna().sort_values()
    if len(at) < 20 or (table == "agents" and not ground.case.logs_sessions):
        return None
    last = pd.Timestamp(at.iloc[-1])
    longest = pd.Timedelta(at.diff().max())
    return last if end - last > max(LEAST_STILL, STILL * longest) else None


def _finding(  # noqa: PLR0917 -- in the order of a Finding
    zone: str, cause: str, title: str, severity: Severity, start: pd.Timestamp, end: pd.Timestamp, summary: str,
    steps: tuple[str, ...], data: dict[str, object], group: str | None = None,
) -> Finding:
    return Finding(
        key=key(f"feed:{group}" if group else "feed", None, cause, start, zone), account=None, name="", trunk_group=group,
        cause=cause, title=title, party="service", confidence=0.99, wording="confirmed", severity=severity, check="feed",
        start=start, end=max(end, start + pd.Timedelta(minutes=1)), zone=zone, lost=0.0, harmed=0.0,
        score=9.0, summary=summary, next_steps=steps, data=data)
