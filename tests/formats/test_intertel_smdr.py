"""Axxess SMDR: ring-ins and the calls they became, in the collector's tab form and as printed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

from reading import gathered, golden, only_source, read_with, recognised_by, written

if TYPE_CHECKING:
    from pathlib import Path

NAME = "intertel_smdr"


def row(kind: str, number: str, dnis: str, start: str, spent: str, trunk: str = "94129") -> str:  # noqa: PLR0917 -- the columns
    return "\t".join((kind, "108", trunk, number, dnis, f"2026-03-02 {start}:00", spent)) + "\n"


def test_the_sample_becomes_what_it_should(repo_root: Path, update_golden: bool) -> None:
    source = only_source(golden(repo_root / "sample_logs" / NAME / "report.txt", update=update_golden))
    assert (source.rows, source.left_out, source.calls, source.answered) == (12, 1, 6, 5)


def test_a_ring_in_and_its_call_are_one() -> None:
    text = row("RG", "5855550117", "8900", "09:14", "00:00:06") + row(
        "IN", "5855550117", "8900", "09:15", "00:01:00"
    )
    frame = read_with(NAME, text).frame
    assert frame["outcome"].tolist() == ["answered"]
    assert (frame["ring_s"].iloc[0], frame["talk_s"].iloc[0]) == (6, 60)
    assert frame["offered_at"].iloc[0] == pd.Timestamp("2026-03-02 09:14")


def test_a_ring_in_alone_is_a_caller_who_left() -> None:
    text = row("RG", "5855550117", "8900", "09:14", "00:00:06") + row(
        "IN", "5855550117", "8900", "09:17", "00:01:00"
    )
    frame = read_with(NAME, text).frame
    assert frame["outcome"].tolist() == ["abandoned", "answered"]
    assert frame["ring_s"].isna().tolist() == [False, True]


@pytest.mark.parametrize(("rang", "answered"), [("00:03:05", "09:17"), ("00:02:10", "09:16"), ("00:02:50", "09:17")])
def test_a_call_that_rang_for_minutes_is_one(rang: str, answered: str) -> None:
    text = row("RG", "5855550117", "8900", "09:14", rang) + row("IN", "5855550117", "8900", answered, "00:01:00")
    frame = read_with(NAME, text).frame
    assert frame["outcome"].tolist() == ["answered"]
    assert frame["ring_s"].iloc[0] > 120
    assert frame["offered_at"].iloc[0] == pd.Timestamp("2026-03-02 09:14")


def test_who_gave_up_after_minutes_and_rang_again_was_lost_once() -> None:
    text = (
        row("RG", "5855550117", "8900", "09:14", "00:03:05")
        + row("RG", "5855550117", "8900", "09:17", "00:00:06")
        + row("IN", "5855550117", "8900", "09:17", "00:01:00")
    )
    frame = read_with(NAME, text).frame
    assert frame["outcome"].tolist() == ["abandoned", "answered"]
    assert frame["ring_s"].tolist() == [185, 6]


def test_where_the_caller_is_unknown_the_switch_writes_what_was_dialled() -> None:
    frame = read_with(NAME, row("IN", "8900", "8900", "09:14", "00:01:00")).frame
    assert frame["dnis"].tolist() == ["8900"]
    assert frame["ani"].isna().all()


def test_a_log_without_ring_ins_says_what_it_hides() -> None:
    reading = read_with(NAME, row("IN", "5855550117", "8900", "09:14", "00:01:00"))
    assert reading.hides_unanswered


def test_the_printed_report_takes_its_dates_from_the_headings() -> None:
    reading = read_with(
        NAME,
        "                 CALL ACCOUNTING   03-02-26\n"
        "TYP EXT#  TRUNK DIALED DIGITS                START ELAPSED   COST   ACCOUNT CODE\n"
        "IN  00108 94129 5855550117                   23:58 00:02:11\n"
        "IN  ***** 94129 5855550119                   00:01 S=31      *\n"
        "LOC 00108 94151 5855550130                   00:04 00:01:00  $00.10\n",
    )
    assert reading.frame["offered_at"].dt.strftime("%m-%d %H:%M").tolist() == ["03-02 23:58", "03-03 00:01"]
    assert reading.frame["talk_s"].tolist() == [131, 31]
    assert reading.notes[0].endswith("1 set aside, which are no caller's (1 outgoing calls)")


def test_the_order_of_the_headings_dates_is_told_by_all_of_them() -> None:
    page = "                 CALL ACCOUNTING   {}\nIN  00108 94129 5855550117                   09:58 00:02:11\n".format
    title = "TYP EXT#  TRUNK DIALED DIGITS                START ELAPSED   COST   ACCOUNT CODE\n"
    reading = read_with(NAME, title + page("12-03-26") + page("13-03-26"))
    assert reading.frame["offered_at"].dt.strftime("%m-%d").tolist() == ["03-12", "03-13"]


def test_no_other_format_takes_it() -> None:
    assert recognised_by(row("RG", "5855550117", "8900", "09:14", "00:00:06")) == [NAME]


def test_a_real_report_accounts_for_every_row(shared: Path) -> None:
    source = only_source(
        gathered(shared / "formats" / "samples" / "smdr" / "fmahnke_intertel_axxess_report.txt", tz="UTC")
    )
    assert (source.format, source.rows, source.left_out) == ("intertel-smdr", 104, 0)
    # 44 IN rows, 37 of them with their ring-in; the two ring-ins left are callers who hung up
    assert (source.calls, source.answered) == (46, 44)
    assert source.first == pd.Timestamp("2012-04-16T07:42Z")
    assert source.last == pd.Timestamp("2012-04-17T15:13Z")
    assert source.notes[0] == (
        "104 rows: 46 callers' attempts and 37 further rows of the same calls; 21 set aside, which are no caller's "
        "(21 outgoing calls)"
    )


def printed(kind: str, ext: str, number: str, start: str, spent: str) -> str:
    return f"{kind:<3} {ext} 94129 {number:<28} {start} {spent} $00.00                    "


SOCKET = [
    ("2026-03-02 09:16:12.501", printed("IN", "01108", "5855550117", "09:14", "00:02:11")),
    ("2026-03-02 09:20:15.001", printed("RG", "*****", "5855550118", "09:20", "00:00:14")),
    ("2026-03-02 09:25:15.001", printed("TLC", "01120", "961-9000", "09:24", "00:00:03")),
    ("2026-03-03 00:09:15.001", printed("IN", "01108", "5855550119", "23:58", "00:11:14")),
]


def test_what_a_logger_at_the_switchs_socket_writes_has_the_day_it_came(tmp_path: Path) -> None:
    """No headings, and the time at which each record came: a call may have begun on the day before."""
    text = "".join(f"{came} {line}\r\n" for came, line in SOCKET)
    assert recognised_by(text) == ["intertel_smdr"]
    case = written(tmp_path, "smdr.txt", text, tz="UTC")
    assert case.calls["offered_at"].dt.strftime("%d %H:%M").tolist() == ["02 09:14", "02 09:20", "02 23:58"]
    assert case.calls["outcome"].tolist() == ["answered", "abandoned", "answered"]
    assert not [p for p in case.problems if p.kind == "no-date"]


def test_a_capture_of_the_switchs_socket_has_lengths_between_the_records(tmp_path: Path) -> None:
    data = b"".join(bytes([len(line) + 6, 0, 0, 0]) + line.encode() + b"\r\n" for _, line in SOCKET)
    assert recognised_by(data) == ["intertel_smdr"]
    case = written(tmp_path, "smdr.txt", data)
    assert case.calls["ani"].tolist() == ["+15855550117", "+15855550118", "+15855550119"]
    assert only_source(case).left_out == 0
