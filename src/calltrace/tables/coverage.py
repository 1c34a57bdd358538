"""When an account is covered: hours in the OpenStreetMap opening_hours syntax, as spans of time."""

from __future__ import annotations

import calendar
import re
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from calltrace.errors import InputError
from calltrace.tables.clock import zone_named
from calltrace.tables.later import later

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd
else:
    pd = later("pandas")


def check_coverage(coverage: str) -> str:
    """Return what is wrong with an opening_hours string in a few words, '' where it can be read."""
    from opening_hours import OpeningHours, ParserError  # type: ignore[attr-defined]  # noqa: PLC0415 - 30 ms

    try:
        OpeningHours(coverage)
    except ParserError as error:
        told = [line.strip(" =") for line in str(error).splitlines() if line.strip().startswith("=")]
        return told[0] if told and "unknown" not in told[0] else "it does not follow the syntax"
    return ""


_WEEKDAYS = r"(?:Mo|Tu|We|Th|Fr|Sa|Su)(?:\s*-\s*(?:Mo|Tu|We|Th|Fr|Sa|Su))?"
_HOLIDAY_RULE = re.compile(rf"^\s*(?P<days>(?:{_WEEKDAYS}|[PS]H)(?:\s*,\s*(?:{_WEEKDAYS}|[PS]H))*)(?P<rest>\s.*)?$")


def with_holidays(coverage: str, holidays: Iterable[date]) -> str:
    """Return an opening_hours string with the days that are holidays in place of ``PH``.

    A rule for weekdays and holidays becomes one for each; one with no holiday to stand for it stays as it is, and
    so does one where PH is bound to months or counted from ("PH -1 day"): there it is never matched.

    Examples
    --------
    >>> with_holidays("Mo-Fr 17:00-24:00; Sa,PH 00:00-24:00", [date(2026, 7, 3)])
    'Mo-Fr 17:00-24:00; Sa 00:00-24:00; 2026 Jul 03 00:00-24:00'
    >>> with_holidays("Mo-Fr 17:00-24:00; PH off", [])
    'Mo-Fr 17:00-24:00; PH off'
    """
    days = ",".join(f"{day.year} {calendar.month_abbr[day.month]} {day.day:02d}" for day in sorted(set(holidays)))
    if not days or "PH" not in coverage or '"' in coverage:
        return coverage
    rules = []
    for rule in coverage.split(";"):
        match = _HOLIDAY_RULE.match(rule)
        named = [part.strip() for part in match["days"].split(",")] if match else []
        if match is None or "PH" not in named:
            rules.append(rule.strip())
            continue
        others = ",".join(part for part in named if part != "PH")
        rest = (match["rest"] or "").rstrip()
        rules += [f"{others}{rest}"] if others else []
        rules.append(f"{days}{rest}")
    return "; ".join(rules)


def coverage_spans(
    coverage: str, zone: str, start: pd.Timestamp, end: pd.Timestamp, holidays: Iterable[date] = ()
) -> list[tuple[pd.Timestamp, pd.Timestamp]]:
    """Return the spans of [start, end) in which coverage is open, in the civil time of the zone, as UTC.

    Parameters
    ----------
    coverage : str
        OpenStreetMap opening_hours syntax; '' gives no spans. Hours marked ``unknown`` are not open.
    zone : str
        IANA name: 17:00 is 17:00 on the client's wall before and after a clock change.
    start, end : Timestamp
        Of any zone; ``end`` is not part of it.
    holidays : dates, optional
        The days ``PH`` stands for; without them it is never matched.

    Returns
    -------
    list of (start, end)
        Adjoining spans merged, in order.

    Raises
    ------
    InputError
        For a string that can't be read.

    Examples
    --------
    >>> night = coverage_spans("Mo-Fr 17:00-24:00; Sa 00:00-24:00", "America/New_York",
    ...     pd.Timestamp("2026-10-09T00:00-04:00"), pd.Timestamp("2026-10-12T00:00-04:00"))
    >>> [f"{a:%dT%H:%MZ}/{b:%dT%H:%MZ}" for a, b in night]
    ['09T21:00Z/11T04:00Z']
    """
    if not coverage.strip() or end <= start:
        return []
    start, end = start.tz_convert("UTC").as_unit("us"), end.tz_convert("UTC").as_unit("us")
    if coverage.strip() == "24/7":
        return [(start, end)]
    from opening_hours import OpeningHours, ParserError, State  # type: ignore[attr-defined]  # noqa: PLC0415 - 30 ms

    try:
        hours = OpeningHours(with_holidays(coverage.strip(), holidays))
    except ParserError as error:
        raise InputError(
            f"coverage is {coverage!r}: {check_coverage(coverage.strip())}",
            expected='hours such as "Mo-Fr 17:00-24:00; Sa-Su 00:00-24:00" (OpenStreetMap opening_hours)',
            fix="Correct the account's coverage in the accounts table.",
        ) from error
    where = zone_named(zone)
    # a day to either side, for the wall clock and UTC do not end at one time
    begin_wall = start.tz_convert(zone).to_pydatetime().replace(tzinfo=None, fold=0) - timedelta(days=1)
    end_wall = end.tz_convert(zone).to_pydatetime().replace(tzinfo=None, fold=0) + timedelta(days=1)
    spans: list[tuple[pd.Timestamp, pd.Timestamp]] = []
    for opens, closes, state, _ in hours.intervals(begin_wall, end_wall):
        if state != State.OPEN:
            continue
        a = max(start, pd.Timestamp(opens.replace(tzinfo=where)).tz_convert("UTC").as_unit("us"))
        b = min(end, pd.Timestamp(closes.replace(tzinfo=where)).tz_convert("UTC").as_unit("us"))
        if b <= a:
            continue
        if spans and a <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(b, spans[-1][1]))
        else:
            spans.append((a, b))
    return spans


WORKING_DAYS, WORKING_HOURS = range(1, 6), range(9, 17)
"""Days (of a month that begins with a Monday) and hours in which an office that forwards after hours is open."""


def covers_working_hours(coverage: str) -> bool:
    """Say whether an account is covered for most of an office's working hours, as who takes its nights itself is.

    A coverage that is not known or can't be read covers them: of nobody it is said that its own office answers.

    Examples
    --------
    >>> covers_working_hours("Mo-Fr 08:00-17:00"), covers_working_hours("Mo-Fr 17:00-24:00,00:00-08:00; Sa-Su 00:00-24:00")
    (True, False)
    """
    if not coverage.strip() or check_coverage(coverage):
        return True
    from opening_hours import OpeningHours  # noqa: PLC0415 - 30 ms

    hours = OpeningHours(coverage)
    working = [datetime(2026, 6, day, hour, 30) for day in WORKING_DAYS for hour in WORKING_HOURS]  # noqa: DTZ001 - by the wall
    return 2 * sum(hours.is_open(at) for at in working) >= len(working)
