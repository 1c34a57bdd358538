"""The terminal's tables that must not lose what they are for: calls to listen to, and a bill's rise."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from calltrace.report.making import report_of
from calltrace.report.render import _calltable, to_terminal
from calltrace.report.render._page import Page
from calltrace.report.report import Answer, Report
from report import story

ZONE = ZoneInfo("America/New_York")
PATH = "/var/spool/asterisk/monitor/2026/01/{n:02d}/q-1021-41000{n:02d}.wav"


def call(n: int, **values: object) -> dict[str, object]:
    row: dict[str, object] = {
        "call_id": f"41000{n}",
        "offered_at": datetime(2026, 1, n, 14, 0, tzinfo=UTC),
        "agent": "Quentin Ash",
        "ani": "+12145550115",
        "outcome": "answered",
        "ring_s": 4.0,
        "queue_s": 0.0,
        "hold_s": 16.0,
        "talk_s": 87.0,
        "ended_by": "agent",
        "recording": PATH.format(n=n),
    }
    return {**row, **values}


def drawn(width: int, *rows: dict[str, object], full: bool = False) -> list[str]:
    page = Page(width)
    _calltable.calls(page, rows, ZONE, "214 555 0115", full=full)
    lines = str(page).splitlines()
    assert all(len(line) <= width for line in lines)
    return lines


@pytest.mark.parametrize("width", [70, 80, 100, 120, 160])
def test_who_ended_a_call_and_its_recording_are_shown_at_any_width(width: int) -> None:
    lines = drawn(width, call(5), call(6, ended_by="caller"))
    said = "\n".join(lines)
    for needed in ("09:00:00", "+12145550115", "Quentin Ash", "87 s", "ended by", "4100005.wav", "4100006.wav"):
        assert needed in said, needed
    assert said.count("→") == 2  # both are the caller's


def test_a_path_is_cut_in_its_middle_and_given_in_full_where_asked() -> None:
    short, whole = "\n".join(drawn(100, call(5))), "\n".join(drawn(100, call(5), full=True))
    assert "…" in short
    assert PATH.format(n=5) not in short
    assert PATH.format(n=5) in whole


def test_a_narrow_screen_keeps_the_first_columns() -> None:
    assert "+12145550115" in "\n".join(drawn(44, call(5)))


def test_nothing_is_said_of_recordings_where_none_is_on_file() -> None:
    assert "recording" not in "\n".join(drawn(100, call(5, recording=None)))


def test_the_middle_of_a_text_keeps_its_ends_and_the_width() -> None:
    for width in range(1, 30):
        cut = _calltable.middle("monitor/2026/04/17/q-0858.wav", width)
        assert len(cut) == min(width, 29)
        assert cut.endswith("v") or width < 3


def listed(n: int) -> Report:
    report = report_of(story.diagnosis(), command="investigate")
    rows = tuple(call(1 + k % 28, call_id=f"c{k}", recording=f"rec-{k:03d}.wav") for k in range(n))
    return replace(report, calls=rows, ruled_out=(), verdict=replace(report.verdict, cause=""))


@pytest.mark.parametrize("n", [3, 40])
def test_verbose_lists_every_call_once_and_points_nowhere(n: int) -> None:
    brief, whole = to_terminal.render(listed(n)), to_terminal.render(listed(n), verbose=True)
    assert ("more: --verbose" in brief) == (n > 12)
    assert "more: --verbose" not in whole
    for k in range(n):
        assert whole.count(f"rec-{k:03d}.wav") == 1


def test_a_bills_rise_is_a_table() -> None:
    lines = [
        {"what": "calls", "unit": "calls", "seen": 168.0, "usual": 84.0, "minutes": 84.0, "amount": 126.0},
        {"what": "minutes a call", "unit": "min", "seen": 2.0, "usual": 1.0, "minutes": 168.0, "amount": 168.0},
        {"what": "delivery attempts", "unit": "attempts", "seen": 126.0, "usual": 42.0, "minutes": None, "amount": 21.0},
        {"what": "base fee and minimum", "unit": "", "seen": 0.0, "usual": 0.0, "minutes": None, "amount": -16.0},
    ]
    data = {"rise": lines, "amount": 425.0, "amount_usual": 126.0, "currency": "USD"}
    rose = Answer("bill-rose", "found", "It rose.", 1.0, None, None, "min", None, None, (), (), data)
    said = to_terminal.render(replace(listed(0), evidence=(rose,)))
    table = said[said.index("What the rise is made of") :].splitlines()[:6]
    assert table == [
        "What the rise is made of (+299.00 USD at the rates given)",
        "                        this period  usual  minutes    money",
        "  calls                         168     84      +84  +126.00",
        "  minutes a call                2.0    1.0     +168  +168.00",
        "  delivery attempts             126     42            +21.00",
        "  base fee and minimum                                -16.00",
    ]
