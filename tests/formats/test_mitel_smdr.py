"""Mitel SMDR: columns of both widths, calls of several records, and dates without a year."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

from calltrace.intake.formats import mitel_smdr
from calltrace.intake.formats._base import ReadOptions
from calltrace.intake.opened import stream_of
from reading import golden, known, only_source, read_with, recognised_by

if TYPE_CHECKING:
    from pathlib import Path

NAME = "mitel_smdr"


def record(  # noqa: PLR0917 -- the columns
    date: str, clock: str, spent: str, calling: str, wait: str, digits: str, done: str, called: str
) -> str:
    return (
        f" {date} {clock:6} {spent:8} {calling:4}  {wait:3} {digits:26}{done:1} {called:4}"
        + " " * 18
        + "001\n"
    )


ANSWERED = record("03/02", "09:14", "00:02:11", "T001", "007", "5178", "A", "3214")


def years(name: str, *dates: str, year: int | None = None) -> list[str]:
    text = "".join(record(d, "09:14", "00:02:11", "T001", "007", "5178", "A", "3214") for d in dates)
    reading = mitel_smdr.read(stream_of(name, text.encode()), ReadOptions(year=year))
    return reading.frame["offered_at"].dt.strftime("%Y-%m-%d").tolist()


def test_the_sample_becomes_what_it_should(repo_root: Path, update_golden: bool) -> None:
    source = only_source(golden(repo_root / "sample_logs" / NAME / "smdr-20260114.log", update=update_golden))
    assert (source.rows, source.left_out, source.calls, source.answered) == (9, 1, 5, 3)
    assert [p.kind for p in source.problems] == ["no-year", "bad-time"]


@pytest.mark.parametrize(
    ("name", "dates", "year", "found"),
    [
        ("smdr-20260310.log", ("03/01", "03/13"), None, ["2025-03-01", "2025-03-13"]),
        ("smdr-20260314.log", ("03/01", "03/13"), None, ["2026-03-01", "2026-03-13"]),
        ("smdr-20260310.log", ("12/30", "01/13"), None, ["2025-12-30", "2026-01-13"]),
        ("smdr-20260310.log", ("12/30", "01/01", "12/31"), None, ["2025-12-30", "2026-01-01", "2025-12-31"]),
        ("smdr-20260310.log", ("02/29", "03/13"), None, ["2024-02-29", "2024-03-13"]),
        ("smdr-20260310.log", ("12/30", "01/13"), 2019, ["2019-12-30", "2020-01-13"]),
    ],
)  # fmt: skip
def test_the_year_a_log_does_not_write(
    name: str, dates: tuple[str, ...], year: int | None, found: list[str]
) -> None:
    assert years(name, *dates, year=year) == found


@pytest.mark.parametrize(
    ("clocks", "shown"),
    [
        (("12:53", "01:16", "12:07P", "01:20P"), ["00:53", "01:16", "12:07", "13:20"]),
        (("12:53", "01:16"), ["12:53", "01:16"]),  # no afternoon: nothing says which clock it is
        (("12:53A", "01:16A", "12:07P"), ["00:53", "01:16", "12:07"]),
        (("12:53", "14:10", "01:20P"), ["12:53", "14:10", "13:20"]),  # a clock of 24 hours, whatever the P is
    ],
)
def test_midnight_is_12_on_a_clock_that_marks_the_afternoon(clocks: tuple[str, ...], shown: list[str]) -> None:
    text = "".join(record("03/02", clock, "00:02:11", "T001", "007", "5178", "A", "3214") for clock in clocks)
    assert read_with(NAME, text).frame["offered_at"].dt.strftime("%H:%M").tolist() == shown


def test_the_day_may_stand_first() -> None:
    assert years("smdr-20260410.log", "12/03", "13/03", "01/04") == ["2026-03-12", "2026-03-13", "2026-04-01"]


@pytest.mark.parametrize(
    ("line", "outcome", "ring", "agent"),
    [
        (ANSWERED, "answered", 7, "3214"),
        (record("03/02", "09:14", "00:00:31", "T001", "***", "5178", " ", "3214"), "abandoned", 31, None),
        (record("03/02", "09:14", "00:00:02", "T001", "***", "5178", "B", "3214"), "busy", 2, None),
        (record("03/02", "09:14", "00:00:02", "T001", "***", "5178", "E", "3214"), "failed", 2, None),
    ],
)
def test_how_a_call_ended(line: str, outcome: str, ring: float, agent: str | None) -> None:
    found = read_with(NAME, line).frame.iloc[0]
    assert (found["outcome"], found["ring_s"], found["dnis"], found["trunk_group"]) == (
        outcome,
        ring,
        "5178",
        "T001",
    )
    assert (None if pd.isna(found["agent"]) else found["agent"]) == agent


def test_records_with_extended_digits_carry_ani_and_dnis() -> None:
    frame = read_with(
        NAME,
        "+03/05 13:15:09  0000:00:21         0004 5178                        3214" + " " * 34
        + "001   5855550117           5178               A0097399 A\n"
        " 03/05 13:38:35  0000:06:59 3214         5855550130           00000A" + " " * 39 + "001\n",
    ).frame  # fmt: skip
    assert len(frame) == 1
    found = frame.iloc[0]
    assert (found["ani"], found["dnis"], found["ring_s"], found["talk_s"]) == ("+15855550117", "5178", 4, 21)
    assert found["call_id"] == "A0097399"


@pytest.mark.parametrize("account", ["", "123", "4711", "123456789012"])
@pytest.mark.parametrize(
    ("ani", "dnis", "found"),
    [
        ("5855550117", "5855550178", ("+15855550117", "+15855550178")),
        ("", "5855550178", (None, "+15855550178")),
        ("5855550117", "", ("+15855550117", "5178")),
    ],
)
def test_ani_and_dnis_are_told_where_the_switch_has_no_system_id(
    account: str, ani: str, dnis: str, found: tuple[str | None, str]
) -> None:
    plain = ANSWERED.replace(" " * 18 + "001\n", "")
    line = f"{plain:72}{account:12}    {'':3}{ani:10} {dnis:10} A0097399 A\n"
    (row,) = read_with(NAME, line).frame.to_dict("records")
    assert (known(row["ani"]), known(row["dnis"])) == found
    assert row["call_id"] == "A0097399"


def test_no_other_format_takes_it() -> None:
    assert recognised_by(ANSWERED) == [NAME]


MOVED = ANSWERED.replace("3214" + " " * 18, "3214T T005" + " " * 12)


def test_the_leg_of_a_transfer_from_trunk_to_trunk_is_the_same_call() -> None:
    between = record("03/02", "09:15", "00:00:31", "T002", "003", "5179", "A", "3215")
    onward = record("03/02", "09:16", "00:00:44", "T001", "006", "5855550119", "A", "T005")
    frame = read_with(NAME, MOVED + between + onward).frame
    assert frame["dnis"].tolist() == ["5178", "5179"]
    assert (frame["agent"].iloc[0], frame["transferred_to"].iloc[0], frame["talk_s"].iloc[0]) == ("3214", "T005", 175)


@pytest.mark.parametrize(("digits", "dnis"), [("5855550119", None), ("5178", "5178")])
def test_from_trunk_to_trunk_the_number_outside_is_nobodys_line(digits: str, dnis: str | None) -> None:
    later = record("03/02", "11:40", "00:00:44", "T001", "006", digits, "A", "T005")
    frame = read_with(NAME, MOVED + later).frame
    assert len(frame) == 2
    assert known(frame["dnis"].iloc[1]) == dnis
