from __future__ import annotations

import re
from dataclasses import fields
from datetime import datetime
from importlib import resources
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from calltrace.report.brief import brief
from calltrace.report.facts import Facts
from calltrace.report.languages import Span, language, languages, phone, stamp
from calltrace.report.letter import letter
from calltrace.report.paper import Paper, literal, tidy
from calltrace.report.ticket import ticket
from calltrace.report.wording import SPEECH
from report import browser
from report.answered import NOW, SENDER, answer

NEW_YORK = ZoneInfo("America/New_York")


def at(text: str, zone: ZoneInfo = NEW_YORK) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


@pytest.fixture
def english():
    speech = language("en")
    speech.year = 2026
    return speech


@pytest.mark.parametrize(
    ("start", "end", "said"),
    [
        ("2026-06-05 17:00", "2026-06-08 08:30", "from Friday, June 5 at 5:00 pm until Monday, June 8 at 8:30 am"),
        ("2026-07-21 19:00", "2026-07-21 21:30", "on Tuesday, July 21 between 7:00 pm and 9:30 pm"),
        ("2026-07-21 19:00", "2026-07-22 00:00", "on Tuesday, July 21 between 7:00 pm and midnight"),
        ("2026-07-21 00:00", "2026-07-21 12:00", "on Tuesday, July 21 between midnight and noon"),
        ("2026-07-21 00:00", "2026-07-22 00:00", "on Tuesday, July 21"),
        ("2026-07-14 00:00", "2026-07-23 00:00", "from Tuesday, July 14 through Wednesday, July 22"),
        ("2026-07-21 08:35", "2026-07-21 08:35", "on Tuesday, July 21 at 8:35 am"),
        (
            "2025-12-31 22:00",
            "2026-01-01 02:00",
            "from Wednesday, December 31, 2025 at 10:00 pm until Thursday, January 1 at 2:00 am",
        ),
    ],
)
def test_a_window_is_said_as_people_say_it(english, start: str, end: str, said: str) -> None:
    assert english.span(Span(at(start), at(end))).replace("\u00a0", " ") == said


@pytest.mark.parametrize(
    ("start", "end", "said"),
    [
        ("2026-06-05 17:00", "2026-06-08 08:30", "June 5 to June 8"),
        ("2026-07-21 19:00", "2026-07-22 00:00", "July 21"),
        ("2025-12-31 22:00", "2026-01-01 02:00", "December 31, 2025 to January 1, 2026"),
    ],
)
def test_a_headline_has_the_days_alone(english, start: str, end: str, said: str) -> None:
    assert english.dates(Span(at(start), at(end))) == said


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "no seconds"),
        (1, "one second"),
        (4, "four seconds"),
        (60, "60 seconds"),
        (237, "about four minutes"),
        (600, "ten minutes"),
        (5400, "about two hours"),
        (7200, "two hours"),
        (172_800, "two days"),
    ],
)
def test_a_duration_is_in_the_unit_people_use(english, seconds: float, said: str) -> None:
    assert english.duration(seconds) == said


@pytest.mark.parametrize(("number", "said"), [(0, "no"), (1, "one"), (12, "twelve"), (13, "13"), (5214, "5,214"), (2.6, "three")])
def test_a_count_is_a_word_up_to_twelve(english, number: float, said: str) -> None:
    assert english.number(number) == said


def test_a_count_takes_the_form_of_its_noun(english) -> None:
    assert english.count(1, one="call", other="calls") == "one\u00a0call"
    assert english.count(0, one="call", other="calls") == "no\u00a0calls"
    assert english.listed(["a", "b", "c"]) == "a, b, and c"


@pytest.mark.parametrize(
    ("zone", "said"),
    [
        ("America/New_York", "Eastern Time"),
        ("America/Halifax", "Atlantic Time"),
        ("America/Phoenix", "Mountain Time"),
        # CLDR has these by an elder name: Louisville, Indianapolis, Calcutta, Kiev
        ("America/Kentucky/Louisville", "Eastern Time"),
        ("America/Indiana/Indianapolis", "Eastern Time"),
        ("US/East-Indiana", "Eastern Time"),
        ("Asia/Kolkata", "India Standard Time"),
        ("Asia/Calcutta", "India Standard Time"),
        ("Europe/Kyiv", "Eastern European Time"),
        ("Europe/London", "British Summer Time"),
        ("Europe/Dublin", "Irish Standard Time"),  # in summer, though the law calls winter the exception
        ("UTC", "Coordinated Universal Time"),
    ],
)
def test_a_zone_is_named_as_its_people_name_it(english, zone: str, said: str) -> None:
    assert english.zone(at("2026-06-05 18:00", ZoneInfo(zone))) == said


def test_a_zone_is_named_by_its_season(english) -> None:
    names = {z: english.zone(at("2026-01-05 18:00", ZoneInfo(z))) for z in ("Europe/London", "Europe/Dublin")}
    assert set(names.values()) == {"Greenwich Mean Time"}


@pytest.mark.parametrize(
    ("number", "said"),
    [
        ("+12155550121", "(215)\u00a0555-0121"),
        ("2155550121", "(215)\u00a0555-0121"),
        ("+442079460018", "+44\u00a020\u00a07946\u00a00018"),
        ("caller 1", "caller 1"),
        ("", ""),
        ("*611", "*611"),
    ],
)
def test_a_number_is_written_as_in_its_country(number: str, said: str) -> None:
    assert phone(number) == said


def test_two_companies_compare_times_to_the_second_with_zone_and_offset() -> None:
    assert stamp(at("2026-11-01 01:30:05")) == "2026-11-01 01:30:05 EDT (UTC-04:00)"
    assert stamp(at("2026-11-01 01:30:05").replace(fold=1)) == "2026-11-01 01:30:05 EST (UTC-05:00)"
    assert stamp(at("2026-06-01 01:30", ZoneInfo("UTC"))) == "2026-06-01 01:30:00 UTC+00:00"
    assert stamp(at("2026-06-05 18:04"), seconds=False) == "2026-06-05 18:04 EDT"


def test_the_languages_there_are() -> None:
    assert languages() == ["en", "en_GB"]
    assert language("en_GB").locale == "en_GB"  # what is not translated falls back on what it is a kind of


# --- the page --------------------------------------------------------------------------------------------------


PAGE = """# Title & *more*

One paragraph that is long enough to be wrapped at seventy-eight columns, which is what a mail carries unfolded.

## Things

- one
- [ ] two \\*
  and more

1. first
   - inner
2. second

A line\\
and another

| A | Bee |
|---|---|
| 1 | 22 |

> said
"""


def test_plain_text_keeps_lists_breaks_and_tables() -> None:
    assert Paper("t", PAGE).as_text == (
        "Title & more\n\n"
        "One paragraph that is long enough to be wrapped at seventy-eight columns,\n"
        "which is what a mail carries unfolded.\n\n"
        "THINGS\n\n- one\n- [ ] two * and more\n\n1. first\n   - inner\n\n2. second\n\n"
        "A line\nand another\n\nA  Bee\n-  ---\n1  22\n\n    said\n"
    )


def test_the_web_page_loads_nothing_and_names_its_language() -> None:
    page = Paper("<T>", PAGE, language="en-US").as_html
    assert page.startswith('<!doctype html>\n<html lang="en-US">')
    assert "<title>&lt;T&gt;</title>" in page
    assert "default-src 'none'" in page
    assert "http:" not in page
    assert "src=" not in page
    assert '<span class="box" aria-hidden="true"></span> two *' in page


def test_what_a_template_leaves_is_tidied() -> None:
    assert tidy("\n\n# A  \n\n\n\nb\r\n- x\n\n- y\n\n\n") == "# A\n\nb\n- x\n- y\n"


@pytest.mark.parametrize(
    ("text", "shown"),
    [("a  b", "a b"), ("-1 or - 2", "-1 or - 2"), ("- 2", "\\- 2"), ("2) x", "2\\) x"), ("2.5", "2.5"), ("a\tb", "a\\\\tb")],
)
def test_a_value_is_shown_letter_for_letter(text: str, shown: str) -> None:
    assert literal(text) == shown


def test_a_written_page_opens_in_a_browser_without_a_fault(tmp_path: Path) -> None:
    """A letter, a ticket and a brief load nothing, say nothing, and axe finds nothing wrong with them."""
    pages = {
        "letter": letter(answer("lines-forwarded-late"), now=NOW, sender=SENDER),
        "ticket": ticket(answer("carrier-outage"), now=NOW, sender=SENDER),
        "brief": brief(answer("lines-not-forwarded"), now=NOW, sender=SENDER),
    }
    with browser.browser() as started:
        for name, page in pages.items():
            file = tmp_path / f"{name}.html"
            file.write_text(page.paper.as_html, encoding="utf-8")
            told = browser.opened(started, file, dark=name == "letter", width=390 if name == "letter" else 1000)
            assert browser.faults(told.page) == [], name
            assert told.said == []
            assert told.asked == [file.as_uri()]
            told.page.close()


def test_the_how_to_names_all_a_template_may_use(repo_root) -> None:
    page = (repo_root / "docs" / "how-to" / "write-to-a-client.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`([a-z_]+)[`(]", page))
    assert {f.name for f in fields(Facts)} <= named
    assert {*SPEECH, "phone", "stamp", "first_up"} <= named
    frame = resources.files("calltrace.report").joinpath("templates/letter/en/base.j2").read_text(encoding="utf-8")
    assert set(re.findall(r"block (\w+)", frame)) - {"check_head"} <= named
