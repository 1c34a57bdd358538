"""Communication Manager: layouts told by their columns, date lines, conditions, and ends made arrivals."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

from calltrace.intake.formats import avaya_cm_cdr
from calltrace.intake.opened import stream_of
from reading import golden, only_source, read_with, recognised_by

if TYPE_CHECKING:
    from pathlib import Path

NAME = "avaya_cm_cdr"
HEADING = "date   time sec-dur c cod  dialed-num      calling-num vdn\n"


def unformatted(time: str, spent: str, cond: str, number: str = "5855550117") -> str:
    return f"{time}{spent}{cond}    8005           5178{number:>10}{'':24}0003   0  8005\n"


def int_isdn(time: str, spent: str, cond: str) -> str:
    return f"{time} {spent} {cond}      8005 {'5178':15} {'5855550117':10} {'':15} {'':7}\n"


def teleseer(time: str, spent: str, cond: str) -> str:
    return f"   {time}{spent}{cond}   805{'5178':>15}{'3214':>5}{'':15}00003   0\n"


def test_the_sample_becomes_what_it_should(repo_root: Path, update_golden: bool) -> None:
    source = only_source(golden(repo_root / "sample_logs" / NAME / "cdr-20260102.log", update=update_golden))
    assert (source.rows, source.left_out, source.calls, source.answered) == (10, 1, 5, 3)
    assert [p.kind for p in source.problems] == ["no-year", "bad-row"]


@pytest.mark.parametrize(
    ("make", "layout"), [(unformatted, "Unformatted"), (int_isdn, "Int-ISDN"), (teleseer, "TELESEER")]
)
def test_each_of_the_vendors_layouts_is_known_and_read(make, layout: str) -> None:  # type: ignore[no-untyped-def]
    text = "0313\n" + make("0916", "0022", "9") + make("0930", "0101", "9")
    head = stream_of("cdr.log", text.encode()).head
    assert avaya_cm_cdr.detect(head) == f"fixed columns: the layout {layout}"
    frame = read_with(NAME, text, "cdr-20260314.log").frame
    assert frame["talk_s"].tolist() == [132, 606]
    assert frame["offered_at"].iloc[0] == pd.Timestamp("2026-03-13 09:13:48")
    assert frame["dnis"].tolist() == ["5178", "5178"]


def test_a_heading_of_the_vendors_names_gives_the_columns() -> None:
    frame = read_with(
        NAME,
        HEADING
        + "031326 0916 00131   9 8005 3214            5855550117  5178\n"
        + "031326 0920 00031   H 8005 3214            5855550119  5178\n"
        + "031326 0930 00241   7 8005 5855550121      3214\n",
    ).frame
    assert frame["outcome"].tolist() == ["answered", "abandoned"] if len(frame) == 2 else False
    assert frame["dnis"].tolist() == ["5178", "5178"]
    assert frame["agent"].iloc[0] == "3214"


def test_ringing_is_part_of_the_call_it_became() -> None:
    text = (
        "0313\n"
        + unformatted("0910", "0003", "G")
        + unformatted("0912", "0020", "9")
        + unformatted("0915", "0005", "H")
    )
    reading = read_with(NAME, text, "cdr-20260314.log")
    assert reading.frame["ring_s"].tolist() == [18, 30]
    assert reading.frame["outcome"].tolist() == ["answered", "abandoned"]
    assert reading.frame["offered_at"].iloc[0] == pd.Timestamp("2026-03-13 09:09:42")
    assert not reading.hides_unanswered


def test_without_records_of_ringing_nobody_could_be_seen_leaving() -> None:
    assert read_with(NAME, "0313\n" + unformatted("0916", "0022", "9"), "cdr-20260314.log").hides_unanswered


def test_midnight_passes_with_and_without_a_date_line() -> None:
    text = (
        unformatted("2359", "0010", "9")
        + "0313\n"
        + unformatted("0010", "0010", "9")
        + unformatted("2358", "0010", "9")
    )
    text += unformatted("0004", "0010", "9")
    days = read_with(NAME, text, "cdr-20260315.log").frame["offered_at"].dt.strftime("%m-%d %H:%M")
    assert days.tolist() == ["03-12 23:58", "03-13 00:09", "03-13 23:57", "03-14 00:03"]


def test_a_log_without_any_date_takes_the_files() -> None:
    reading = read_with(
        NAME, unformatted("2359", "0010", "9") + unformatted("0010", "0010", "9"), "cdr-20260315.log"
    )
    assert reading.frame["offered_at"].dt.strftime("%m-%d").tolist() == ["03-14", "03-15"]
    assert [p.kind for p in reading.problems] == ["no-date"]


def test_no_other_format_takes_it() -> None:
    assert recognised_by("0313\n" + unformatted("0916", "0022", "9")) == [NAME]


@pytest.mark.parametrize("text", ["091600229\n", "1234567890 1234567890\n" * 5, "a b c\n", "0313\n"])
def test_digits_alone_are_no_record(text: str) -> None:
    assert avaya_cm_cdr.detect(stream_of("x", text.encode()).head) is None


def test_a_number_across_two_columns_is_another_layouts() -> None:
    line = "091600229    8005178           5855550117                             003\n"
    assert avaya_cm_cdr.detect(stream_of("cdr.log", ("0313\n" + line * 3).encode()).head) is None
