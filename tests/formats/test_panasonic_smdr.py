"""Panasonic SMDR: ends told from starts, transfers, lost calls, and the system's own entries."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

from calltrace.intake.formats.panasonic_smdr import _parties
from reading import golden, only_source, read_with, recognised_by, written

if TYPE_CHECKING:
    from pathlib import Path

NAME = "panasonic_smdr"
HEADING = (
    "  Date     Time    Ext  CO        Dial Number         Ring Duration  Acc code  CD\n" + "-" * 80 + "\n"
)


def row(  # noqa: PLR0917 -- the columns
    time: str, dial: str, ring: str, spent: str, code: str = "", trunk: str = "01", date: str = "03/13/26"
) -> str:
    return f"{date} {time:7}   214 {trunk} {dial:25} {ring:>4} {spent:8}            {code}".rstrip() + "\n"


def test_the_sample_becomes_what_it_should(repo_root: Path, update_golden: bool) -> None:
    source = only_source(golden(repo_root / "sample_logs" / NAME / "smdr.log", update=update_golden))
    assert (source.rows, source.left_out, source.calls, source.answered) == (12, 1, 6, 5)
    assert [p.kind for p in source.problems] == ["bad-time"]


def test_rows_in_order_of_their_ends_are_stamped_with_the_end() -> None:
    text = (
        HEADING
        + row("09:00AM", "<I>5855550117", "0'10", "00:30'00")
        + row("09:02AM", "<I>5855550119", "0'05", "00:01'00")
    )
    frame = read_with(NAME, text).frame
    assert frame["offered_at"].tolist() == [
        pd.Timestamp("2026-03-13 08:29:50"),
        pd.Timestamp("2026-03-13 09:00:55"),
    ]


def test_a_long_call_behind_a_short_one_that_began_later_is_stamped_with_the_start() -> None:
    text = (
        HEADING
        + row("09:02AM", "<I>5855550119", "0'05", "00:01'00")
        + row("08:30AM", "<I>5855550117", "0'10", "00:40'00")
    )
    reading = read_with(NAME, text)
    assert reading.notes[1] == "the time of a row was read as the call's start"
    assert reading.frame["offered_at"].iloc[1] == pd.Timestamp("2026-03-13 08:30")


def test_what_the_file_does_not_tell_is_said() -> None:
    reading = read_with(NAME, HEADING + row("09:02AM", "<I>5855550119", "0'05", "00:10'00"))
    assert [p.kind for p in reading.problems] == ["start-or-end"]


def test_a_call_nobody_answered() -> None:
    frame = read_with(NAME, HEADING + row("09:02AM", "<I>5855550119", "0'31", "00:00'00", "NA")).frame
    assert frame["outcome"].tolist() == ["abandoned"]
    assert frame["ring_s"].tolist() == [31]
    assert frame["agent"].isna().all()


@pytest.mark.parametrize("later", ["*12:54PM", "* 1:24PM", " *1:24PM"])
def test_a_star_before_the_time_is_a_transfer_of_the_call_before_on_that_trunk(later: str) -> None:
    first = "12:53PM" if later == "*12:54PM" else " 1:23PM"
    text = (
        "Date       Time    Ext. CO  Dial number                      Duration Code\n"
        f"12/31/98 {first:>8}  103  02  < incoming >                     00:01'43 ....\n"
        f"12/31/98 {later:>8}  101  02  < incoming >                     00:07'48 ....\n"
        f"12/31/98 {later:>8}  104  05  < incoming >                     00:00'30 ....\n"  # on a trunk without a call before
    )
    reading = read_with(NAME, text)
    assert reading.frame["agent"].tolist() == ["103", "104"]
    assert reading.frame["talk_s"].tolist() == [103 + 468, 30]
    assert reading.frame["transferred_to"].tolist()[0] == "101"
    assert not [p for p in reading.problems if p.effect == "left-out"]


@pytest.mark.parametrize(
    ("dialled", "says"),
    [
        ("<I>5855550117", (None, "5855550117", None)),
        ("<I>ANN LEE5855550117", (None, "5855550117", "ANN LEE")),
        ("<D>5178 <I>5855550117", ("5178", "5855550117", None)),
        ("< incoming >", (None, None, None)),
        ("<I>", (None, None, None)),
    ],
)
def test_the_dialled_field_tells_dnis_ani_and_name(dialled: str, says: tuple[str | None, ...]) -> None:
    assert _parties(dialled) == says


def test_no_incoming_calls_at_all_is_no_silence() -> None:
    assert read_with(NAME, HEADING + row("09:02AM", "5855550119", "", "00:10'00")).hides_unanswered


def test_no_other_format_takes_it() -> None:
    assert recognised_by(HEADING + row("09:02AM", "<I>5855550119", "0'31", "00:00'00", "NA")) == [NAME]


def test_lines_of_one_minute_that_are_alike_are_calls(tmp_path: Path) -> None:
    """Callers without a number who ring out on one trunk after the other, twice within the minute."""
    lost = [f"03/02/26 09:20AM   214 0{trunk} <I>                       0'05 00:00'00            NA\n" for trunk in (1, 2, 3)]
    after = "03/02/26 09:34AM   215 01 <I>5855550119             0'09 00:04'02\n"
    text = "  Date     Time    Ext  CO        Dial Number         Ring Duration  Acc code  CD\n"
    assert len(written(tmp_path, "a.txt", text + "".join([*lost, *lost, after])).calls) == 7
    assert len(written(tmp_path, "b.txt", text + "".join([*lost, after, *lost, after])).calls) == 4  # sent anew


def test_somebody_who_logs_in_between_is_no_heading(tmp_path: Path) -> None:
    """The buffer was sent anew, with the entry of the log-in amid its records."""
    line = "03/02/26 09:{0}AM   214 01 <I>58555501{0}             0'07 00:00'11\n".format
    sent = [line(16), "03/02/26 09:17AM   215 LOG IN\n", line(18), line(19)]
    text = "  Date     Time    Ext  CO        Dial Number         Ring Duration  Acc code  CD\n"
    case = written(tmp_path, "a.txt", text + "".join([*sent, line(20), *sent]))
    assert case.calls["ani"].tolist() == [f"+158555501{n}" for n in (16, 18, 19, 20)]
    assert [p.rows for p in case.problems if p.kind == "duplicate"] == [3]
