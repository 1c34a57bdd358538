"""IP Office SMDR: segments of a call, voicemail, names with commas, and the zone by the record's own time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

from reading import golden, only_source, read_with, recognised_by

if TYPE_CHECKING:
    from pathlib import Path

NAME = "avaya_ipoffice_smdr"
ANSWERED = (
    "2026/03/02 09:14:31,00:02:11,7,5855550117,I,300,5855550178,,0,1000412,0,E214,Bea Ray,T9001,Line 1.2,0,0"
)


def test_the_sample_becomes_what_it_should(repo_root: Path, update_golden: bool) -> None:
    source = only_source(golden(repo_root / "sample_logs" / NAME / "smdr.csv", update=update_golden))
    assert (source.rows, source.left_out, source.calls, source.answered) == (12, 2, 6, 4)
    assert source.notes[0] == (
        "12 rows: 6 callers' attempts and 2 further rows of the same calls; 2 set aside, which are no caller's "
        "(1 internal calls, 1 outgoing calls)"
    )
    assert {p.kind for p in source.problems} == {"duplicate", "bad-row"}


def test_a_voicemail_channel_is_no_agent() -> None:
    frame = read_with(NAME, ANSWERED.replace("E214,Bea Ray", "V9501,VM Channel 1") + "\n").frame
    assert frame["outcome"].tolist() == ["voicemail"]
    assert frame["agent"].isna().all()
    assert frame["talk_s"].tolist() == [0]


def test_the_whole_wait_is_ringing_and_queueing_is_unknown() -> None:
    frame = read_with(NAME, ANSWERED + "\n").frame
    assert frame["ring_s"].tolist() == [7]
    assert "queue_s" not in frame.columns
    assert frame["queue"].tolist() == ["300"]


def test_a_log_without_ddi_says_that_the_group_stands_for_the_number() -> None:
    reading = read_with(NAME, ANSWERED.replace("5855550178", "") + "\n")
    assert reading.frame["dnis"].tolist() == ["300"]
    assert "no DDI digits" in reading.notes[1]


def test_a_line_that_gives_no_ddi_beside_others_that_do() -> None:
    later = ANSWERED.replace("09:14:31", "09:20:00").replace("1000412", "1000413").replace("5855550178", "")
    reading = read_with(NAME, f"{ANSWERED}\n{later}\n")
    assert reading.frame["dnis"].tolist() == ["+15855550178", "300"]
    assert reading.notes[1].startswith("1 calls have no DDI digits")


@pytest.mark.parametrize(
    ("caller", "trunk", "calls"), [("5855550117", "T9001", 1), ("214", "T9001", 0), ("5855550117", "E215", 0)]
)
def test_a_caller_on_a_trunk_goes_before_the_flag_for_internal_calls(caller: str, trunk: str, calls: int) -> None:
    row = ANSWERED.replace("5855550117", caller).replace("T9001", trunk).replace(",,0,1000412", ",,1,1000412")
    assert len(read_with(NAME, row + "\n").frame) == calls


def test_the_records_own_time_tells_the_zone() -> None:
    rest = "," * 17 + "2026/03/02 14:16:49"
    reading = read_with(NAME, f"{ANSWERED},0,n/a{rest}\n".replace(",0,n/a,", ",0,n/a", 1))
    assert (reading.zone, reading.zone_from) == ("UTC-05:00", "the records' own time in UTC")
    assert reading.frame["offered_at"].iloc[0] == pd.Timestamp("2026-03-02T14:14:31Z")


@pytest.mark.parametrize(
    "line",
    [
        ANSWERED.replace("2026/03/02 09:14:31", "2026/03/02,09:14:31"),
        ANSWERED.replace("2026/03/02 09:14:31", "2026/3/2 9:14"),
        ANSWERED.replace(",", ";"),
        "\0\0\0" + ANSWERED,
        ANSWERED.replace("Bea Ray", '"Ray, Bea"'),
        ANSWERED.replace("T9001,Line 1.2", "T9001,Line 1.2 (east, hall)"),
    ],
)
def test_what_loggers_and_spreadsheets_make_of_a_row(line: str) -> None:
    frame = read_with(NAME, line + "\r\n").frame
    assert frame["outcome"].tolist() == ["answered"]
    assert frame["offered_at"].dt.strftime("%d %H:%M").tolist() == ["02 09:14"]


def test_no_other_format_takes_it() -> None:
    assert recognised_by(ANSWERED + "\n") == [NAME]


@pytest.mark.parametrize(
    "start", ["3/2/2026 9:14", "3/2/2026 9:14:31 AM", "02.03.2026 09:14:31", "3/2/2026,9:14:31 AM", "2026/3/2 9:14"]
)
def test_a_log_that_a_spreadsheet_saved(start: str) -> None:
    row = ANSWERED.replace("2026/03/02 09:14:31", start).replace("00:02:11", "0:02:11")
    later = row.replace("3/2/", "3/13/").replace("02.03.", "13.03.").replace("1000412", "1000413")
    frame = read_with(NAME, f"{row}\n{later}\n").frame
    seconds = 31 if start.count(":") == 2 else 0
    assert frame["offered_at"].iloc[0] == pd.Timestamp(2026, 3, 2, 9, 14, seconds)
    assert frame[["ring_s", "talk_s"]].to_numpy().tolist() == [[7, 131]] * 2


def test_a_call_of_a_log_that_is_newest_first_begins_with_its_first_segment() -> None:
    first = ANSWERED.replace(",0,1000412,0,", ",0,1000412,1,")
    second = ANSWERED.replace("E214,Bea Ray", "E215,Cal Dow").replace(",7,5855550117", ",3,5855550117")
    either = [read_with(NAME, text).frame for text in (f"{first}\n{second}\n", f"{second}\n{first}\n")]
    for frame in either:
        assert frame[["agent", "transferred_to", "ring_s"]].to_numpy().tolist() == [["Bea Ray", "215", 7]]
