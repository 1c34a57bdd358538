"""Interval counts as reports export them: which names mean what, where the interval begins, what is no interval.

Shared by the readers of KPI exports. Each says by which columns it knows its files; the names below are tried by
all of them, for users rename and choose columns. Names are compared without case, blanks and punctuation.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from calltrace.errors import Location
from calltrace.intake.formats import _sheet, _values
from calltrace.intake.formats._base import Reading
from calltrace.tables.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from calltrace.intake.formats._sheet import Sheet

    Mask = NDArray[np.bool_]

WHEN = (
    "intervalstarttime", "intervalstart", "startinterval", "interval", "starttime", "startdatetime", "datetime",
    "timestamp", "dateandtime", "periodstart", "time", "hour", "timeinterval", "timeperiod", "halfhour", "date",
    "day", "fecha", "archivedate", "datum",
)  # fmt: skip
DAY = ("date", "day", "archivedate", "fecha", "calldate", "reportdate", "datum")
CLOCK = ("time", "hour", "interval", "starttime", "timeinterval", "timeperiod", "halfhour", "intervalstarttime", "intervalstart")
SCOPE = (
    "trunkgroup", "queuename", "queue", "csqname", "csqnamecallskills", "csq", "splitskill", "split", "skill", "vdn",
    "callcenter", "campaign", "process", "servicename", "acdgroup", "queueid",
)  # fmt: skip
OFFERED = (
    "offered", "callsoffered", "offeredcalls", "offer", "totaloffered", "noffered", "incomingcalls", "incoming",
    "totalreceivedcalls", "receivedcalls", "callsreceived", "received", "receivedcount", "callspresented", "presented",
    "contactsqueued", "contactsincoming", "contactsoffered", "ntotalcontacts", "callcount", "callscount",
    "countofcalls", "totalcalls", "inboundcalls", "callsin", "calls", "numberofcalls", "volume", "callvolume",
)  # fmt: skip
ANSWERED = (
    "answered", "answeredcalls", "callsanswered", "answer", "nanswered", "totalanswered", "callshandled", "handled",
    "handledcalls", "totalconnected", "acdcalls", "contactshandled", "contactshandledincoming", "nhandledcontacts",
    "answeredcount", "taken", "takencalls", "callstaken",
)  # fmt: skip
ABANDONED = (
    "abandoned", "abandonedcalls", "callsabandoned", "abandon", "nabandoned", "totalabandoned", "abandcalls",
    "abancalls", "totalabandonedcallsatacd", "contactsabandoned", "nabandonedcontacts", "lost", "lostcalls",
    "callslost", "lostcount", "unanswered", "unansweredcalls", "nunanswered", "abandonedcount", "callsabandonedinqueue",
    "callsabandonedqueue", "abandonedinqueue",
)  # fmt: skip
OTHER = (
    "callsdequeued", "dequeuedcalls", "ndequeuedcontacts", "flowout", "flowouts", "contactstransferredoutqueue",
    "transferredout", "dequeued",
)  # fmt: skip
BLOCKED = ("blocked", "blockedcalls", "callsblocked", "busycalls", "forcedbusy", "forcedbusycalls")
ASA = (
    "asa", "avgspeedans", "avgspeedofanswer", "averagespeedofanswer", "averagespeedofanswerasa", "avgspeedanswer",
    "answerspeedavg", "averagequeueanswertime", "avgasa", "avganswerspeed",
)  # fmt: skip
SERVICE = (
    "servicelevelpct", "servicelevel", "pctservicelevel", "pctinservlevel", "pctinsl", "pctwithinservicelevel",
    "pctwithinservlevel", "percentservicelevel", "sla", "slapct", "sl", "slpct", "percentinservicelevel",
    "percentagewithinservicelevel",
)  # fmt: skip
HANDLE = (
    "aht", "avghandle", "avghandletime", "averagehandletime", "averagehandlingtime", "avghandlingtime", "ahtavg",
)  # fmt: skip
TALK = ("avgtalktime", "avgtalk", "talkdurationavg", "averagetalktime", "avgacdtime", "averageagentinteractiontime")
HOLD = ("avgholdtime", "avghold", "averagecustomerholdtime", "averageholdtime")
WRAP = ("avgacw", "avgacwtime", "averageaftercontactworktime", "avgaftercallwork", "avgwrap", "avgwraptime")
STAFF = ("avgstaff", "avgposstaff", "staffed", "agentsstaffed", "avgstaffed", "agentslogged", "agents", "loggedinagents")
TRUNKS_BUSY = ("alltrunksbusys", "alltrunksbusytime", "alltrunksbusyseconds")
PEAK = ("peaktrunksinuse", "maxtrunksinuse", "peaktrunks")
OF_CALLS = frozenset(
    {
        "callid", "caller", "callernumber", "ani", "uniqueid", "sessionid", "interactionid", "contactid", "conversationid",
        "callsid", "from", "phonenumber", "externalnumber", "callerid", "clid", "src", "extension", "disposition",
    }
)  # fmt: skip
"""Names of columns that rows of calls have and intervals never do."""

_TOTALS = r"(?i)^\W*(grand |sub|report |overall )?-?\s*(totals?|summary|averages?|avg|sum|overall|all intervals)\b"
_ONE_DATE = re.compile(
    r"(?i)\bdate[^0-9A-Za-z]{1,4}((?:[A-Za-z]{3,9},? +)?(?:\d{1,4}[/.-]\d{1,2}[/.-]\d{2,4}|[A-Za-z]{3,9}\.? \d{1,2},? \d{4}))"
)
_NAMED = re.compile(r"(?i)^\W*(?:split/skill|split|skill|queue|csq|vdn|campaign)(?: name)?\W{1,4}([^,;\t\"]+)")


def has_any(words: frozenset[str], *names: Sequence[str]) -> int:
    """Return how many of the groups of names have one among the words."""
    return sum(bool(words & set(group)) for group in names)


def title_date(lines: Sequence[str], header_line: int) -> str | None:
    """Return the date that stands above the header ("Date: 04/16/2026"), None where there is none."""
    for line in lines[: header_line - 1]:
        found = _ONE_DATE.search(line)
        if found:
            return found.group(1)
    return None


def title_scope(lines: Sequence[str], header_line: int) -> str | None:
    """Return the split, skill or queue named above the header, None where none is."""
    for line in lines[: header_line - 1]:
        found = _NAMED.match(line)
        if found and found.group(1).strip():
            return found.group(1).strip()
    return None


def reading(
    sheet: Sheet, *, date: str | None = None, scope: str | None = None, milliseconds: bool = False
) -> Reading:
    """Return the intervals of a sheet.

    Parameters
    ----------
    sheet : Sheet
        Of table "kpi".
    date, scope : str, optional
        What stands above the header, where rows have no column for it.
    milliseconds : bool
        Whether plain numbers in columns of durations are milliseconds.

    Returns
    -------
    Reading
        Table "kpi". Totals, rows without a time and texts below the rows are Problems; where the file has no time
        at all, one Problem stands for all of its rows.
    """
    scopes = sheet.text(*SCOPE)
    starts = _starts(sheet, date)
    if starts is None:
        return without_time(sheet, "no column with the time of an interval")
    _leave_out_totals(sheet, scopes)
    given = sheet.text(*(w for w in WHEN if sheet.has(w)))
    unsaid = given.is_null().to_numpy(zero_copy_only=False) & ~starts.known
    expected, fix = "the time an interval begins", "Row left out."
    sheet.tell(unsaid, "a row without a time, as of totals", expected, fix, "totals")
    sheet.tell(~starts.known, given, expected, fix, "bad-time")
    named = pd.Series(pd.array(pc.fill_null(scopes, scope or "platform"), dtype="string"))
    whole = named.str.lower().isin(("all", "all queues", "total", "platform", "all calls"))
    unit = 0.001 if milliseconds else 1.0
    columns: dict[str, object] = {
        "interval_start": starts,
        "scope": named.mask(whole, "platform"),
        "offered": _count(sheet, OFFERED),
        "answered": _count(sheet, ANSWERED),
        "abandoned": _count(sheet, ABANDONED),
        "blocked": _count(sheet, BLOCKED),
        "asa_s": sheet.seconds(*ASA, unit=unit),
        "service_level_pct": _share(sheet),
        "aht_s": _handling(sheet, unit),
        "agents_staffed": _number(sheet, STAFF),
        "all_trunks_busy_s": sheet.seconds(*TRUNKS_BUSY),
        "peak_trunks_in_use": _count(sheet, PEAK),
    }
    _fill_offered(sheet, columns)
    frame = sheet.frame(columns)
    naive = bool(len(frame) and frame["interval_start__naive"].any())
    if len(frame) and not naive:
        at = frame["interval_start"].astype("datetime64[us]").dt.tz_localize("UTC")
        frame = frame.assign(interval_start=at).drop(columns="interval_start__naive")
    return _sheet.whole(sheet, "kpi", frame, naive=naive)


def without_time(sheet: Sheet, why: str) -> Reading:
    """Return a reading without rows, and one Problem that stands for all of them."""
    left = int((~sheet.drop).sum())
    told = Problem(
        at=Location(sheet.stream.display, int(sheet.lines[0]) if sheet.size else 0),
        saw=f"{why}: {left} rows can't be placed in time",
        expected="the start of the interval in each row",
        fix="Rows left out; export the report with its dates.",
        table="kpi",
        rows=left,
        kind="no-time",
    )
    sums = [
        f"{name} {int(total)}"
        for name, words in (("offered", OFFERED), ("answered", ANSWERED), ("abandoned", ABANDONED))
        if sheet.has(*words) and (total := float(_count(sheet, words).sum())) >= 0
    ]
    notes = (f"in all rows together: {', '.join(sums)}",) if sums else ()
    columns = ("interval_start", "scope")
    empty = pd.DataFrame({c: pd.Series([], dtype="datetime64[us, UTC]" if c == columns[0] else "string") for c in columns})
    empty["source_file"] = pd.Categorical([])
    empty["source_line"] = pd.Series([], dtype="int64")
    problems = (*sheet.problems, told) if left else tuple(sheet.problems)
    return Reading("kpi", empty, rows=sheet.rows, problems=problems, notes=notes)


def _leave_out_totals(sheet: Sheet, scopes: pa.Array) -> None:
    """Leave out rows whose time or scope says that they are sums."""
    totals = np.zeros(sheet.size, dtype=bool)
    for texts in (scopes, *(sheet.text(w) for w in WHEN if sheet.has(w))):
        totals |= pc.fill_null(pc.match_substring_regex(texts, _TOTALS), fill_value=False).to_numpy(zero_copy_only=False)
    first = next((sheet.text(w) for w in sheet.cells), None)
    if first is not None:
        totals |= pc.fill_null(pc.match_substring_regex(first, _TOTALS), fill_value=False).to_numpy(zero_copy_only=False)
    sheet.tell(totals, "a row of totals", "an interval", "Left out; nothing needs doing.", "totals")


def _starts(sheet: Sheet, date: str | None) -> _values.Times | None:
    """Return when each interval begins; None where no column and no title says it."""
    columns = [w for w in WHEN if sheet.has(w)]
    if not columns:
        return None
    best: _values.Times | None = None
    for name in columns:  # a column that holds dates and times, or dates alone
        if name == "hour" and _hours(sheet.text(name)) is not None:
            continue
        found = sheet.moments(_begin(sheet.text(name)), dates=True)
        if best is None or int(found.known.sum()) > int(best.known.sum()):
            best, chosen = found, name
    clock = next((c for c in CLOCK if sheet.has(c) and _hours(sheet.text(c)) is not None), None)
    if best is not None and best.known.any():
        sheet.dated(best)
        midnights = best.values[best.known] == best.values[best.known].astype("datetime64[D]")  # noqa: PD011 -- Times
        if clock is None or clock == chosen or not midnights.all():
            return best
        return _added(best, _hours(sheet.text(clock)))
    if clock is None or date is None:
        return None
    day = sheet.moments(pa.array([date]), dates=True)
    if not day.known.all():
        return None
    sheet.dated(day)
    days = np.repeat(day.values, sheet.size)
    sheet.notes.append(f"the date is the report's title's: {date}")
    base = _values.Times(days, np.ones(sheet.size, dtype=bool), np.zeros(sheet.size, dtype=bool))
    return _added(base, _hours(sheet.text(clock)))


def _begin(texts: pa.Array) -> pa.Array:
    """Return the beginning of texts that name an interval's beginning and end: ``08:00 - 08:30``."""
    return pc.utf8_trim_whitespace(pc.replace_substring_regex(texts, r"\s+(?:-|–|to)\s+.*$", ""))


def _added(days: _values.Times, hours: NDArray[np.float64] | None) -> _values.Times:
    seconds = np.zeros(len(days.values)) if hours is None else hours
    known = days.known & ~np.isnan(seconds)
    micro = np.round(np.nan_to_num(seconds) * 1e6).astype(np.int64).astype("timedelta64[us]")
    made = days.values + micro  # noqa: PD011 -- Times, no frame
    made[~known] = np.datetime64("NaT")
    return _values.Times(made, known, np.zeros(len(made), dtype=bool))


_OCLOCK = (
    r"^(?P<h>\d{1,2})(?::(?P<m>\d{2}))?(?::\d{2})? *(?P<ap>[AaPp])?\.?[Mm]?\.?"
    r"(?: *(?:-|–|to) *\d{1,2}(?::\d{2})?(?::\d{2})? *(?P<ep>[AaPp])?\.?[Mm]?\.?)?$"
)


def _hours(texts: pa.Array) -> NDArray[np.float64] | None:
    """Return times of day in seconds (``8``, ``0830``, ``8:30 PM``, ``08:00-08:30``); None where few texts are one.

    In ``11:30-12:00PM`` the half of the day is the end's: the beginning takes it unless it would be later.
    """
    four = pc.replace_substring_regex(texts, r"^(\d{1,2})(\d{2})$", r"\1:\2")
    texts = pc.if_else(pc.match_substring_regex(texts, r"^\d{3,4}$"), four, texts)
    found = pc.extract_regex(texts, _OCLOCK)
    fits = ~found.is_null().to_numpy(zero_copy_only=False)
    given = int(len(texts) - texts.null_count)
    if not fits.any() or fits.sum() * 2 < given:
        return None

    def part(name: str) -> pa.Array:
        value = pc.struct_field(found, name)
        return pc.if_else(pc.equal(value, ""), pa.scalar(None, pa.string()), value)

    def number(name: str) -> NDArray[np.float64]:
        cast = pc.cast(part(name), pa.float64()).fill_null(0.0)
        return np.asarray(cast.to_numpy(zero_copy_only=False), dtype=np.float64)

    hour, minute = number("h"), number("m")
    own = pc.utf8_lower(part("ap"))
    half = pc.coalesce(own, pc.utf8_lower(part("ep")))
    borrowed = own.is_null().to_numpy(zero_copy_only=False)
    pm = pc.fill_null(pc.equal(half, "p"), fill_value=False).to_numpy(zero_copy_only=False)
    am = pc.fill_null(pc.equal(half, "a"), fill_value=False).to_numpy(zero_copy_only=False)
    noon = borrowed & pm & (hour == 11)  # 11:30-12:00PM begins in the morning
    hour = np.where(pm & (hour < 12) & ~noon, hour + 12, np.where(am & (hour == 12), 0, hour))
    wrong = ~fits | (hour > 23) | (minute > 59)
    return np.where(wrong, np.nan, hour * 3600 + minute * 60)


def _count(sheet: Sheet, words: Sequence[str]) -> pd.Series[int]:
    texts = sheet.text(*words)
    values, bad = _values.counts(texts)
    if bad.any():
        sheet.tell(bad, texts, "a whole number", "Value left empty.", "bad-number", effect="repaired")
    return _values.whole(values)


def _number(sheet: Sheet, words: Sequence[str]) -> pd.Series[float]:
    texts = sheet.text(*words)
    values, bad = _values.plain(texts)
    bad |= np.nan_to_num(values) < 0
    if bad.any():
        sheet.tell(bad, texts, "a number", "Value left empty.", "bad-number", effect="repaired")
    return _values.nullable(np.where(bad, np.nan, values))


def _share(sheet: Sheet) -> pd.Series[float]:
    """Return the service level in percent; its header may hold the threshold ("Service Level (20 Seconds)").

    Cisco's "Service Level" is the threshold's seconds, beside "Percentage of Service Level Met - Only Handled".
    """
    met = sorted((w for w in sheet.cells if w.startswith("percentageofservicelevelmet")), key=lambda w: "handled" not in w)
    names = met[:1] or [w for w in SERVICE if sheet.has(w)]
    if met:
        limits = pc.unique(pc.drop_null(sheet.text("servicelevel", "servicelevelsec"))).to_pylist()
        if len(limits) == 1:
            sheet.notes.append(f"the service level's threshold is {limits[0]} s, by the column beside it")
    timed = [w for w in sheet.cells if re.fullmatch(r"(?:pct)?servicelevel(?:pct)?\d+s(?:ec(?:ond)?s?)?", w)]
    for word in timed[:1]:
        seconds = re.sub(r"\D", "", word)
        sheet.notes.append(f"the service level's threshold is {seconds} s, by the column's name")
    texts = sheet.text(*names, *timed)
    values, bad = _values.percents(texts)
    if bad.any():
        sheet.tell(bad, texts, "a percent from 0 to 100", "Value left empty.", "bad-number", effect="repaired")
    return _values.nullable(values)


def _handling(sheet: Sheet, unit: float) -> pd.Series[float]:
    """Return handling time: as given, else talk with hold and after-call work as far as they are given."""
    if sheet.has(*HANDLE):
        return sheet.seconds(*HANDLE, unit=unit)
    talk = sheet.seconds(*TALK, unit=unit)
    parts = [name for name, words in (("hold", HOLD), ("after-call work", WRAP)) if sheet.has(*words)]
    if sheet.has(*TALK):
        sheet.notes.append(f"aht_s is made of average talk{''.join(' and ' + p for p in parts)}")
    for words in (HOLD, WRAP):
        if sheet.has(*words):
            talk = talk + sheet.seconds(*words, unit=unit).fillna(0.0)
    return talk


def _fill_offered(sheet: Sheet, columns: dict[str, object]) -> None:
    """Make offered of answered, abandoned and other exits where the report has no such column."""
    if sheet.has(*OFFERED) or not (sheet.has(*ANSWERED) and sheet.has(*ABANDONED)):
        return
    other = _count(sheet, OTHER).fillna(0) if sheet.has(*OTHER) else 0
    columns["offered"] = columns["answered"] + columns["abandoned"] + other  # type: ignore[operator]
    sheet.notes.append("offered is answered and abandoned" + (" and what left otherwise" if sheet.has(*OTHER) else ""))
