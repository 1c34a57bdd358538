"""Calendar files to events: whole days, repetitions, zones, what can't be laid out."""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd
import pytest

from calltrace.config import calendars, public_holidays
from calltrace.config.reader import ConfigError, of_text
from calltrace.config.settings import Calendar, Holidays
from calltrace.errors import InputError

START, END = pd.Timestamp("2026-10-26T00:00Z"), pd.Timestamp("2026-11-09T00:00Z")


def entries(tmp_path: Path, *bodies: str, zone: str = "America/New_York", **more: str) -> calendars.Entries:
    file = tmp_path / "closures.ics"
    blocks = "".join(f"BEGIN:VEVENT\nUID:u{i}\n{body}\nEND:VEVENT\n" for i, body in enumerate(bodies))
    file.write_text(f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:test\n{blocks}END:VCALENDAR\n", encoding="utf-8")
    return calendars.read(Calendar(str(file), **more), START, END, zone)


def spans(found: calendars.Entries) -> list[tuple[str, str]]:
    return [
        (f"{r['starts_at']:%m-%dT%H:%MZ}", "" if r["ends_at"] is None else f"{r['ends_at']:%m-%dT%H:%MZ}") for r in found.rows
    ]


def test_a_whole_day_is_from_midnight_to_midnight_and_25_hours_where_the_clock_goes_back(tmp_path: Path) -> None:
    found = entries(tmp_path, "DTSTART;VALUE=DATE:20261101\nDTEND;VALUE=DATE:20261102\nSUMMARY:Inventory")
    assert spans(found) == [("11-01T04:00Z", "11-02T05:00Z")]
    assert found.rows[0]["note"] == "Inventory"


def test_a_repeated_entry_is_there_at_each_of_its_times_but_its_exceptions(tmp_path: Path) -> None:
    """Fridays at 17:00 New York time, before and after the clock change; one is left out."""
    body = "DTSTART;TZID=America/New_York:20260102T170000\nDURATION:PT2H\nRRULE:FREQ=WEEKLY"
    assert spans(entries(tmp_path, body)) == [("10-30T21:00Z", "10-30T23:00Z"), ("11-06T22:00Z", "11-07T00:00Z")]
    without = body + "\nEXDATE;TZID=America/New_York:20261030T170000"
    assert spans(entries(tmp_path, without)) == [("11-06T22:00Z", "11-07T00:00Z")]


def test_a_time_without_a_zone_is_in_the_one_given_and_one_with_is_not(tmp_path: Path) -> None:
    found = entries(
        tmp_path,
        "DTSTART:20261027T090000\nDTEND:20261027T100000",
        "DTSTART:20261027T130000Z\nDTEND:20261027T140000Z",
        "DTSTART;TZID=Europe/Berlin:20261027T150000\nDTEND;TZID=Europe/Berlin:20261027T160000",
    )
    assert spans(found) == [
        ("10-27T13:00Z", "10-27T14:00Z"),
        ("10-27T13:00Z", "10-27T14:00Z"),
        ("10-27T14:00Z", "10-27T15:00Z"),
    ]


def test_a_moment_has_no_end(tmp_path: Path) -> None:
    assert spans(entries(tmp_path, "DTSTART:20261027T130000Z")) == [("10-27T13:00Z", "")]


def test_entries_of_another_time_are_left_out_and_one_that_reaches_in_is_not(tmp_path: Path) -> None:
    found = entries(
        tmp_path,
        "DTSTART;VALUE=DATE:20260101\nDTEND;VALUE=DATE:20260102",
        "DTSTART;VALUE=DATE:20261001\nDTEND;VALUE=DATE:20261028\nSUMMARY:Renovation",
    )
    assert [r["note"] for r in found.rows] == ["Renovation"]
    assert found.entries == 2


@pytest.mark.parametrize(
    ("body", "more", "expected"),
    [
        ("", {}, ("note", "platform", None)),
        ("", {"account": "1021"}, ("closure", "account", "1021")),
        ("CATEGORIES:Work,Maintenance", {}, ("maintenance", "platform", None)),
        ("CATEGORIES:Maintenance", {"kind": "weather", "scope": "region"}, ("weather", "region", None)),
        ("", {"kind": "carrier", "target": "PRI-1"}, ("carrier", "trunk_group", "PRI-1")),
    ],
)
def test_what_an_entry_is_and_whom_it_concerns(
    tmp_path: Path, body: str, more: dict[str, str], expected: tuple[str, str, str | None]
) -> None:
    (row,) = entries(tmp_path, f"DTSTART;VALUE=DATE:20261030\n{body}".rstrip(), **more).rows
    assert (row["kind"], row["scope"], row["target"]) == expected


def test_what_cannot_be_laid_out_is_told_with_its_line_and_the_rest_is_read(tmp_path: Path) -> None:
    found = entries(
        tmp_path,
        "SUMMARY:No beginning",
        "DTSTART:20261027T130000Z\nRRULE:FREQ=SECONDLY",
        "DTSTART;VALUE=DATE:20261030\nSUMMARY:Good",
    )
    assert [(p.at.line, p.saw) for p in found.problems] == [
        (4, "an entry without a beginning"),
        (8, "an entry that recurs secondly"),
    ]
    assert [(r["note"], r["source_line"]) for r in found.rows] == [("Good", 13)]


def test_what_was_cancelled_is_no_closure(tmp_path: Path) -> None:
    """A whole entry, and one time of two of a series that goes on."""
    file = tmp_path / "closures.ics"
    series = "UID:2\nDTSTART:20261027T130000Z\nDTEND:20261027T140000Z\nRRULE:FREQ=WEEKLY;COUNT=2"
    changed = "UID:2\nRECURRENCE-ID:20261027T130000Z\nDTSTART:20261027T130000Z\nDTEND:20261027T140000Z\nSTATUS:CANCELLED"
    entry = "UID:1\nDTSTART;VALUE=DATE:20261030\nSTATUS:CANCELLED"
    blocks = "".join(f"BEGIN:VEVENT\n{body}\nEND:VEVENT\n" for body in (entry, series, changed))
    file.write_text(f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:test\n{blocks}END:VCALENDAR\n", encoding="utf-8")
    found = calendars.read(Calendar(str(file), account="1021"), START, END, "UTC")
    assert (spans(found), found.problems) == ([("11-03T13:00Z", "11-03T14:00Z")], ())


def test_an_entry_that_ends_before_it_begins_is_told_and_not_turned_round(tmp_path: Path) -> None:
    found = entries(tmp_path, "DTSTART;VALUE=DATE:20261030\nDTEND;VALUE=DATE:20261028", "DTSTART;VALUE=DATE:20261030")
    assert [p.saw for p in found.problems] == ["an entry that ends before it begins"]
    assert len(found.rows) == 1


def test_a_zone_that_nobody_knows_is_told_with_the_one_taken_for_it(tmp_path: Path) -> None:
    found = entries(tmp_path, "DTSTART;TZID=Desk/Left:20261027T090000\nDTEND;TZID=Desk/Left:20261027T100000")
    assert spans(found) == [("10-27T13:00Z", "10-27T14:00Z")]
    (told,) = found.problems
    assert (told.saw, told.effect) == ("an entry in the zone 'Desk/Left', which nobody knows", "noted")
    assert "taken for those of America/New_York" in told.expected


def test_a_rule_that_makes_no_sense_costs_its_entry_and_no_other(tmp_path: Path) -> None:
    found = entries(tmp_path, "DTSTART:20261027T130000Z\nRRULE:FREQ=NEVER", "DTSTART;VALUE=DATE:20261030\nSUMMARY:Good")
    assert [r["note"] for r in found.rows] == ["Good"]
    assert [(p.at.line, p.saw) for p in found.problems] == [(4, "an entry whose RRULE can't be read")]


@pytest.mark.parametrize("text", ["", "call_id,offered_at\n1,2\n", "BEGIN:VCARD\nFN:x\nN:x\nEND:VCARD\n", "\x00\x01"])
def test_what_is_no_calendar_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "x.ics"
    file.write_text(text)
    with pytest.raises(InputError, match="is no calendar"):
        calendars.read(Calendar(str(file)), START, END, "UTC")


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"\[\[calendars\]\] file .*gone\.ics can't be read"):
        calendars.read(Calendar(str(tmp_path / "gone.ics")), START, END, "UTC")


def test_a_missing_library_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "icalendar", None)
    monkeypatch.setitem(sys.modules, "holidays", None)
    with pytest.raises(InputError, match=r"pip install \"calltrace-cli\[calendars\]\""):
        entries(tmp_path, "DTSTART;VALUE=DATE:20261030")
    with pytest.raises(InputError, match=r"pip install \"calltrace-cli\[calendars\]\""):
        public_holidays.read(Holidays("US"), START, END, "UTC", {})
    with pytest.raises(ConfigError, match=r"1: \[\[holidays\]\] needs a library that is not installed"):
        of_text('[[holidays]]\ncountry = "US"\n', tmp_path / "config.toml")


@pytest.mark.parametrize(("country", "subdivision", "day", "name"), [
    ("DE", "BY", "2026-11-01", "All Saints' Day"),
    ("CA", "ON", "2026-10-12", "Thanksgiving Day"),
])  # fmt: skip
def test_holidays_of_other_countries_and_their_parts(
    country: str, subdivision: str, day: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LANGUAGE", "th")
    start = pd.Timestamp(day, tz="UTC")
    rows = public_holidays.read(Holidays(country, subdivision), start, start + pd.Timedelta(hours=20), "UTC", {})
    assert [(r["starts_at"], r["note"]) for r in rows] == [(start, name)]
