"""Calls outside the hours in which a client's lines should be forwarded: they come because its lines still are.

A crowd of them is one as any other; but where hardly any ever came, one or two a day for some days are telling as well.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from calltrace.diagnosis import words
from calltrace.diagnosis.audit.ground import Candidate, Ground
from calltrace.diagnosis.checks._chance import counts_tail, score
from calltrace.diagnosis.unentered import MANY, of_many
from calltrace.normal.intervals import DAY, instant, to_us
from calltrace.tables import times

if TYPE_CHECKING:
    from datetime import date

    from calltrace.diagnosis.checks._chance import Ints
    from calltrace.normal.rhythm import Rhythm

STRAYS, BETWEEN_DAYS, BACK_DAYS = 3, 4, 28
"""Calls outside coverage that make a day one of those on which the lines were left forwarded; days between two such (a
weekend that is covered lies between); and how many days back they are looked for."""

NEAR = pd.Timedelta(hours=1)
"""How near to the hours of coverage a call is none outside them: people forward somewhat before an office closes, and take
back after it opens."""

LATELY_DAYS = 7
"""Days before the window on which the calls of one trouble may have begun."""

KNOWN_DAYS = 14.0
"""Days before that, below which nobody knows how many calls outside coverage are usual."""

LOOKS = math.log10(LATELY_DAYS + 1)
"""What is paid for looking for the day on which it began."""

BURST = 0.3
"""Dispersion of such calls: who has called once calls again."""

AS_USUAL = 2.0
"""Times the calls of an ordinary day that a day off brings at most without being remarkable."""

NO_TIME = pd.Timedelta(microseconds=1)

NAMED = 3
"""Clients that are named of those that were forwarded on a day off."""

LEAST = 1.0
"""Score from which they are worth a thought."""


def mostly_outside(ground: Ground, account: str, start: pd.Timestamp, end: pd.Timestamp) -> bool:
    """Say whether most of the account's calls in [start, end) came outside the hours in which its lines should be forwarded."""
    if ground.coverage(account, start, end) is None:
        return False
    at = _calls(ground, account)
    at = at[(at >= to_us(start)) & (at < to_us(end))]
    return bool(2 * len(_uncovered(ground, account, at, start, end)) > len(at))


def on_days_off(ground: Ground, rhythm: Rhythm, span: tuple[pd.Timestamp, pd.Timestamp], seen: float, expected: float) -> bool:
    """Say whether a rise is none for a day on which the account's office was closed: it forwards all day then, as on Sundays.

    Half of the rise came at hours that its coverage leaves out, or no more came than an ordinary such day, or a Sunday,
    might bring: how few calls a holiday has is known of the clients together, and not of each.
    """
    (start, end), account = span, rhythm.key
    closed = ground.case.days_off(account, ground.coverage_text(account))
    if not any(a < end and start < b for a, b in closed):
        return False
    if ground.coverage(account, start, end) is not None:
        every = _calls(ground, account)
        at = _beyond(ground, account, every[(every >= to_us(start)) & (every < to_us(end))], start, end)
        if 2 * (len(at) - len(_working(ground, account, at))) > seen - expected:
            return True
    sunday = times.local(start, ground.zone(account)).isoweekday()
    usual = (rhythm.expected(start - back, end - back) for back in (pd.Timedelta(days=n) for n in (7, sunday)))
    return seen < AS_USUAL * max(usual)


def without_days_off_of_many(ground: Ground, candidates: list[Candidate]) -> list[Candidate]:
    """Return the candidates without the lines that many clients left forwarded on the same day, which nobody does by mistake.

    It was a holiday that nobody entered, or snow: offices that forward after hours forward all day then. Held against are
    those whose coverage leaves out the hours in which the calls came. In their place one is noted of each such day.
    """
    left_on: dict[date, dict[str, Candidate]] = defaultdict(dict)
    for one in candidates:
        if one.account is not None and one.data.get("outside_coverage"):
            left_on[times.local(one.start, ground.zone(one.account)).date()].setdefault(one.account, one)
    off, notes = set(), []
    for which, found in left_on.items():
        if len(found) < MANY:
            continue
        middle = instant(int(np.median([(to_us(c.start) + to_us(c.end)) // 2 for c in found.values()])))
        hour = pd.Timedelta(hours=1)
        able = [spans for a in ground.names_in_order if (spans := ground.coverage(a, middle - hour, middle + hour)) is not None]
        others = sum(not any(a <= middle < b for a, b in spans) for spans in able)
        if of_many(len(found), others, len(found)):
            # who goes on after it is asked of the days after: the investigation leaves out days off of many
            off |= {(which, a) for a, c in found.items() if times.local(c.end - NO_TIME, ground.zone(a)).date() == which}
            notes.append(_noted(ground, list(found.values()), others))
    return notes + [
        c for c in candidates if c.account is None or not c.data.get("outside_coverage")
        or (times.local(c.start, ground.zone(c.account)).date(), c.account) not in off]


def _noted(ground: Ground, found: list[Candidate], able: int) -> Candidate:
    """Return what is said of a day on which many clients were forwarded outside their coverage, as a candidate that is none."""
    first = min(c.start for c in found)
    names = sorted(ground.names.get(c.account or "", "") for c in found)
    listed = f"{', '.join(names[:NAMED])}{f' and {len(names) - NAMED} more' if len(names) > NAMED else ''}"
    return replace(
        found[0], account=None, asked=(), causes=(), data={}, rather=None,
        note=f"{len(found)} of {max(able, len(found))} clients had calls on {words.day(first, ground.case.zone)} at hours that"
        f" their coverage leaves out ({listed}): they forwarded all day, as offices do on a holiday, and nobody is said to have"
        " left the lines on by mistake. Was it a holiday, or a day off, that nobody entered?")


def left_on_since(ground: Ground, account: str) -> pd.Timestamp | None:
    """Return since when an account has had calls outside its coverage on day after day; None where not before the window.

    The days before are part of the trouble, not of what is usual.
    """
    days = _days_before(ground, account, BACK_DAYS)
    at = _calls(ground, account)
    at = at[(at >= days[-1]) & (at < days[0])]
    at = _uncovered(ground, account, at, instant(days[-1]), ground.start)
    back = np.bincount(_days_back(days, at) - 1, minlength=BACK_DAYS)
    earliest = 0
    for day in np.flatnonzero(back >= STRAYS).tolist():
        if day - earliest >= BETWEEN_DAYS:
            break
        earliest = day + 1
    return instant(days[earliest]) if earliest else None


def left_on_days(ground: Ground, crowd: Candidate) -> Candidate | None:
    """Return a crowd outside coverage as lines left forwarded on the days it was of, of which alone it is to be asked.

    Those are its own days and the ones round it that had such calls as well, as far as the window has them; what was before
    it is part of the trouble, and not of what is usual. None where no day had more than a stray call.
    """
    account = crowd.account or ""
    edges = _edges(ground, account, crowd.start)
    at = _calls(ground, account)
    at = at[(at >= edges[0]) & (at < to_us(ground.end))]
    at = _uncovered(ground, account, at, instant(edges[0]), ground.end)
    day = np.searchsorted(edges, at, side="right") - 1
    strays = np.flatnonzero(np.bincount(day, minlength=len(edges)) >= STRAYS)
    its = np.unique(np.searchsorted(edges, [to_us(crowd.start), to_us(crowd.end)], side="right") - 1)
    runs = np.split(strays, np.flatnonzero(np.diff(strays) >= BETWEEN_DAYS) + 1)
    run = next((r for r in runs if np.isin(its, r).any()), None)
    if run is None:
        return None
    start, first = instant(edges[run[0]]), max(instant(edges[run[0]]), ground.start)
    end = min(instant(edges[run[-1] + 1]) if run[-1] + 1 < len(edges) else ground.end, ground.end)
    harmed = int(((at >= to_us(first)) & (at < to_us(end))).sum())
    return replace(
        crowd, start=first, end=end, harmed=float(harmed), margin=pd.Timedelta(0), since=start if start < first else None)


def left_forwarded(ground: Ground) -> list[Candidate]:
    """Return the accounts with calls outside their coverage in the window, counted from the first of the week before it on."""
    return [made for account in ground.names_in_order if (made := _left_forwarded(ground, account)) is not None]


def _left_forwarded(ground: Ground, account: str) -> Candidate | None:
    if ground.coverage(account, ground.start, ground.end) is None:
        return None
    begin, finish = to_us(ground.start), to_us(ground.end)
    every = _calls(ground, account)
    now = _uncovered(ground, account, every[(every >= begin) & (every < finish)], ground.start, ground.end)
    if not len(now):
        return None
    first = instant(every[0])
    at = _uncovered(ground, account, every[every < finish], first, ground.end)
    days = _days_before(ground, account, LATELY_DAYS)
    since = int(at[at >= days[-1]][0])
    known = (since - to_us(first)) / DAY
    if known < KNOWN_DAYS:
        return None
    usual = (int((at < since).sum()) + 1) / (known + 1)
    lately = int((at >= since).sum())
    reached = score(counts_tail(lately, usual * max(1.0, (finish - since) / DAY), BURST)) - LOOKS
    if reached < LEAST:
        return None
    # of the days before all is asked, as it is the trouble and not what is usual
    back = int(_days_back(days, np.array([since]))[0])
    return Candidate(
        screen="surge", account=account, asked=(account,), complaint="high-bill", start=instant(now[0]),
        end=min(instant(now[-1]) + pd.Timedelta(minutes=15), ground.end), score=reached, causes=("forwarding-left-on",),
        harmed=float(len(now)), margin=ground.end - ground.start, data={"outside_coverage": True},
        since=instant(days[back]) if back else None)


def _edges(ground: Ground, account: str, since: pd.Timestamp) -> Ints:
    """Return when the account's days began (UTC), from :data:`BACK_DAYS` before that of ``since`` to the window's last."""
    zone = ground.zone(account)
    first = times.local(since, zone).date() - timedelta(days=BACK_DAYS)
    days = (times.local(ground.end, zone).date() - first).days
    walls = (datetime.combine(first + timedelta(days=n), time()) for n in range(days + 1))
    return np.array([to_us(times.at_wall(wall, zone)) for wall in walls], dtype=np.int64)


def _days_before(ground: Ground, account: str, most: int) -> Ints:
    """Return when the window began and when each of so many days before it did, on the account's clock, the latest first.

    Microseconds since 1970 UTC; a day is 23 or 25 hours long where the clocks change.
    """
    wall = times.local(ground.start, ground.zone(account))
    return np.array([to_us(wall - pd.DateOffset(days=n)) for n in range(most + 1)], dtype=np.int64)


def _days_back(days: Ints, at: Ints) -> Ints:
    """Return how many of the ``days`` before the window (:func:`_days_before`) each call is back; 0 is in the window."""
    return np.searchsorted(-days, -at, side="left").astype(np.int64)


def _calls(ground: Ground, account: str) -> Ints:
    """Return when the account's calls came, in order."""
    return ground.columns.at[ground.case.rows("account", account)]


def _uncovered(ground: Ground, account: str, at: Ints, start: pd.Timestamp, end: pd.Timestamp) -> Ints:
    """Return those of an account's calls in [start, end) that came well outside its coverage, and on no day off."""
    return _working(ground, account, _beyond(ground, account, at, start, end))


def _beyond(ground: Ground, account: str, at: Ints, start: pd.Timestamp, end: pd.Timestamp) -> Ints:
    """Return those of an account's calls in [start, end) that came well outside its coverage."""
    for first, last in ground.coverage(account, start - NEAR, end + NEAR) or []:
        at = at[(at < to_us(first - NEAR)) | (at >= to_us(last + NEAR))]
    return at


def _working(ground: Ground, account: str, at: Ints) -> Ints:
    """Return those of an account's calls that came on no day off (:meth:`~calltrace.tables.case.Case.days_off`)."""
    for first, last in ground.case.days_off(account, ground.coverage_text(account)):
        at = at[(at < to_us(first)) | (at >= to_us(last))]
    return at
