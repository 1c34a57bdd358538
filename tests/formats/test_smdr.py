"""What the SMDR readers share: durations, dates, and the account of every row."""

from __future__ import annotations

import os
from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calltrace.intake.formats import _dates, _smdr
from calltrace.intake.formats._base import ReadOptions
from calltrace.intake.opened import stream_of
from reading import recognised_by

if TYPE_CHECKING:
    from pathlib import Path

SAMPLES = {
    "avaya_ipoffice_smdr": ("smdr.csv",),
    "intertel_smdr": ("report.txt",),
    "panasonic_smdr": ("smdr.log",),
    "mitel_smdr": ("smdr-20260114.log",),
    "nec_smdr": ("smdr.txt", "frames.smdr"),
    "avaya_cm_cdr": ("cdr-20260102.log",),
    "threecx_cdr": ("cdr.log",),
    "threecx_cdroutput": ("cdroutput.csv",),
    "threecx_report": ("calls.csv",),
    "amtelco_genesis": (
        "statCallStart.csv",
        "statCallEnd.csv",
        "statAgentTracker.csv",
        "cltClients.csv",
        "cltSources.csv",
        "msgMessages.csv",
        "msgHistories.csv",
        "statEmail.csv",
    ),
    "message_log": ("messages.txt",),
    "dmanswers_messages": ("messages.csv",),
}


@pytest.mark.parametrize(("name", "file"), [(n, f) for n, files in SAMPLES.items() for f in files])
def test_every_sample_is_taken_by_its_own_format_alone(repo_root: Path, name: str, file: str) -> None:
    assert recognised_by((repo_root / "sample_logs" / name / file).read_bytes(), file) == [name]


def test_every_other_sample_is_refused(repo_root: Path) -> None:
    for folder in sorted((repo_root / "sample_logs").iterdir()):
        if folder.name in SAMPLES:
            continue
        for path in sorted(p for p in folder.rglob("*") if p.is_file() and p.suffix not in {".md", ".gz"}):
            assert not set(recognised_by(path.read_bytes(), path.name)) & set(SAMPLES), path


def test_every_shared_file_of_another_kind_is_refused(shared: Path) -> None:
    for path in sorted((shared / "formats" / "samples").rglob("*.*")):
        if path.parent.name != "smdr" and path.suffix != ".md":
            assert not set(recognised_by(path.read_bytes(), path.name)) & set(SAMPLES), path


@given(st.integers(0, 99), st.integers(0, 59), st.integers(0, 59))
def test_a_duration_is_read_as_it_is_written(hours: int, minutes: int, seconds: int) -> None:
    total = hours * 3600 + minutes * 60 + seconds
    assert _smdr.seconds(f"{hours:02d}:{minutes:02d}:{seconds:02d}") == total
    assert _smdr.seconds(f"{hours:02d}:{minutes:02d}'{seconds:02d}") == total
    assert _smdr.seconds(f"{minutes}'{seconds:02d}") == minutes * 60 + seconds


@pytest.mark.parametrize("text", ["", "12", "1:60", "00:61:00", "a:b", "1:2:3:4", "-1:00"])
def test_what_is_no_duration(text: str) -> None:
    assert _smdr.seconds(text) is None


def test_the_files_own_date_is_told_by_its_name_before_its_change(tmp_path: Path) -> None:
    named, bare = tmp_path / "smdr_2024-05-06.log", tmp_path / "smdr.log"
    for path in (named, bare):
        path.write_text("x\n")
        os.utime(path, (1_700_000_000, 1_700_000_000))  # 2023-11-14
    assert _dates.file_date(stream_of(str(named), b"x\n")) == (
        date(2024, 5, 6),
        "the date in its name",
    )
    assert _dates.file_date(stream_of(str(bare), b"x\n")) == (
        date(2023, 11, 14),
        "the date of the file",
    )


@given(st.lists(st.dates(date(2021, 1, 1), date(2025, 12, 31)), min_size=1, max_size=40))
def test_years_come_back_for_any_log_without_a_gap_of_half_a_year(days: list[date]) -> None:
    days = sorted(days)
    if any((b - a).days > 150 for a, b in pairwise(days)):
        return
    stream = stream_of(f"smdr-{days[-1]:%Y%m%d}.log", b"x\n")
    found, told = _smdr.years_of([(d.month, d.day) for d in days], stream, ReadOptions())
    assert found == [d.year for d in days]
    assert told is not None
    assert (told.kind, told.effect) == ("no-year", "noted")


def test_a_row_has_the_same_id_in_every_file_and_its_twin_in_one_file_another() -> None:
    first, second = _smdr.Attempts(stream_of("a.log", b"one\ntwo\ntwo\n")), _smdr.Attempts(stream_of("b.log", b"two\r\n"))
    assert first.lines()[1][1] == second.lines()[0][1].strip() == "two"
    ids = [first.made_id("T1", line) for line in (1, 2, 3)]
    assert len(set(ids)) == 3
    assert ids[2] == f"{ids[1]}-2"
    assert second.made_id("T1", 1) == ids[1]


def test_rows_of_one_kind_of_trouble_are_listed_up_to_a_number() -> None:
    out = _smdr.Attempts(stream_of("x.log", b"x\n"))
    for line in range(1, 251):
        out.rows += 1
        out.line_bad(line, "rubbish", "a record")
    reading = out.reading(ReadOptions())
    assert len(reading.problems) == _smdr.LISTED + 1
    assert sum(p.rows for p in reading.problems) == 250
