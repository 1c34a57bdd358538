"""Days of calls, and tables beside them, that were on record the mornings before and are no more.

A file that vanished leaves what is left to be judged by less: a month's calls by which one knows what is usual, or the test
calls that told a carrier's silence from a client's. Records that end early are another matter: there the audit says it.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

import pandas as pd

from calltrace.desk.troubles import PLATFORM
from calltrace.diagnosis.words import clock
from calltrace.intake.quality import LOGGED_AS_THEY_HAPPEN, MAIN_INSTANT
from calltrace.tables import times

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from calltrace.desk.late_rows import Counts
    from calltrace.tables.case import Case

TABLE = "table "
"""What the name of a table begins with among the accounts whose last call is remembered."""

WHAT = {
    "kpi": "The switch's interval counts",
    "agents": "The agents' events",
    "messages": "The messages taken",
    "dispatch": "The attempts to deliver messages",
    "line_tests": "The test calls to the numbers",
}

KEPT = 0.5
"""Share of a day's calls that is left, from which their loss is no file that vanished: rows are corrected, and forgotten."""

LEAST = 10
"""Calls of a day, gone, below which nothing is said of it."""


def last_rows(case: Case) -> dict[str, datetime]:
    """Return when the last row was of each table beside the calls that is logged as things happen, UTC."""
    frames = {name: case.table(name) for name in LOGGED_AS_THEY_HAPPEN}
    last = {name: frame[MAIN_INSTANT[name]].max() for name, frame in frames.items() if len(frame)}
    return {f"{TABLE}{name}": at.to_pydatetime() for name, at in last.items() if not pd.isna(at)}


def comparable(case: Case, heard: Mapping[str, datetime]) -> bool:
    """Say whether at least half of the accounts the mornings before had calls of have some here: else it is another service."""
    known = {account for account in heard if not account.startswith(TABLE)}
    return 2 * len(known & {*case.codes("account")[1], *case.extent.accounts}) >= len(known)


def tables(case: Case, heard: Mapping[str, datetime]) -> dict[str, str]:
    """Say of each table whose rows, those that were the newest, are on record no more, that it is so; by its name.

    Parameters
    ----------
    heard : mapping of str to datetime
        When the last row of a table was, by the records of the mornings before, UTC.
    """
    at, now = case.calls["offered_at"], last_rows(case)
    found = {}
    for name, what in WHAT.items():
        last = heard.get(f"{TABLE}{name}")
        if last is None or at.empty or not at.iloc[0] <= last <= at.iloc[-1]:
            continue
        if (left := now.get(f"{TABLE}{name}")) is None or left < last:
            newest = clock(pd.Timestamp(last), case.zone)
            found[name] = (
                f"{what} that were on record the mornings before are no more (the last of {newest}): what they would tell is"
                " not weighed. Look whether the file is still there; calltrace inspect tells what is read.")
    return found


def days(case: Case, then: Counts, counted: Counts) -> str:
    """Say of which days most of the calls that were on record are no more, '' where of none.

    Days before the first call of all, or with it, are none: there the records begin later than they did.
    """
    if case.calls.empty:
        return ""
    begins = times.local(max(case.extent.first, case.calls["offered_at"].iloc[0]), case.zone).date()
    lost = {
        day: (was, left) for (day, scope), was in then.items()
        if scope == PLATFORM and day > begins and (left := counted.get((day, scope))) is not None
        and left < KEPT * was and was - left >= LEAST
    }
    if not lost:
        return ""
    was, left = (sum(counts) for counts in zip(*lost.values(), strict=True))
    named = ", ".join(_spans(lost))
    return (
        f"Calls of {named} that were on record the mornings before are no more ({was:,} then, {left:,} now): what is usual is"
        " known from less. Look whether all of the logs are still there; calltrace inspect tells what is read.")


def _spans(found: Iterable[date]) -> list[str]:
    """Return days as words, those in a row as one span."""
    rows: list[list[date]] = []
    for day in sorted(found):
        if rows and day - rows[-1][-1] == timedelta(days=1):
            rows[-1].append(day)
        else:
            rows.append([day])
    return [" to ".join(dict.fromkeys(f"{d:%a} {d.day} {d:%b}" for d in (row[0], row[-1]))) for row in rows]
