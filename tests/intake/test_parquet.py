"""Parquet files of the generic layout read like the CSV of the same rows; others are refused."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd
import pyarrow as pa
import pytest
from click.testing import CliRunner
from pandas.testing import assert_frame_equal
from pyarrow import parquet

from calltrace.cli.main import main
from calltrace.errors import InputError
from calltrace.intake import convert
from calltrace.intake.load import load
from calltrace.intake.sources import open_all
from calltrace.intake.unpacking import LIMITS
from calltrace.tables.schema import SOURCE_COLUMNS

if TYPE_CHECKING:
    from pathlib import Path

ROWS = {
    "call_id": ["1", "2", "3"],
    "account": ["1021", "1021", "=cmd()"],
    "caller_name": ['Doe, "J"', None, "two\nlines"],
    "offered_at": pd.to_datetime(["2026-10-08 13:15:00", "2026-10-08 13:20:00", "2026-11-01 06:30:00"]),
    "talk_s": [61.0, None, 0.25],
    "outcome": ["answered", "abandoned", "answered"],
}


def written(tmp_path: Path, rows: dict, name: str = "calls.parquet") -> Path:
    parquet.write_table(pa.Table.from_pandas(pd.DataFrame(rows), preserve_index=False), tmp_path / name)
    return tmp_path / name


def test_what_convert_writes_reads_back_as_the_same_calls(repo_root: Path, tmp_path: Path) -> None:
    for name in ("healthy-week", "asterisk/basic"):
        case = load(repo_root / "sample_logs" / name)
        convert.write(case, tmp_path / "calls.parquet")
        again = load(tmp_path / "calls.parquet")
        content = [c for c in case.calls.columns if c not in SOURCE_COLUMNS]
        assert_frame_equal(again.calls[content], case.calls[content])
        assert again.problems == ()


def test_times_without_a_zone_are_placed_and_those_with_one_keep_their_instant(tmp_path: Path) -> None:
    naive = load(written(tmp_path, ROWS), tz="America/New_York").calls
    assert str(naive["offered_at"].iloc[0]) == "2026-10-08 17:15:00+00:00"
    aware = {**ROWS, "offered_at": ROWS["offered_at"].tz_localize("UTC").tz_convert("Europe/Berlin")}
    kept = load(written(tmp_path, aware), tz="America/New_York").calls
    assert kept["offered_at"].tolist() == list(ROWS["offered_at"].tz_localize("UTC"))
    assert kept["talk_s"].tolist()[::2] == [61.0, 0.25]
    assert kept["caller_name"].tolist()[::2] == ['Doe, "J"', "two\nlines"]


def test_a_bad_row_is_a_problem_with_the_number_of_its_row(tmp_path: Path) -> None:
    rows = {**ROWS, "caller_name": ["two\nlines", None, None], "outcome": ["answered", "answered", "sideways"]}
    case = load(written(tmp_path, rows), tz="UTC")
    assert len(case.calls) == 2
    assert [(p.at.line, p.effect) for p in case.problems] == [(3, "left-out")]
    assert case.calls["source_line"].tolist() == [1, 2]


def test_numbers_that_are_texts_here_lose_no_digit(tmp_path: Path) -> None:
    rows = {**ROWS, "account": pd.Series(["a", "a", "a"], dtype="category"), "ani": [17175551234.0, None, 7175551234.0]}
    assert load(written(tmp_path, rows), tz="UTC").calls["ani"].dropna().tolist() == ["+17175551234"] * 2


def test_other_columns_are_refused_with_what_was_expected(tmp_path: Path) -> None:
    file = written(tmp_path, {"start": ["2026-10-08"], "from": ["a,b"]})
    with pytest.raises(InputError, match=r"a Parquet file with other columns \(start, from\).*generic layout") as told:
        load(file)
    assert "Export it as CSV" in str(told.value)
    listed = written(tmp_path, {**ROWS, "caller_name": [["x"], ["y"], []]})
    with pytest.raises(InputError, match="a Parquet file that can't be read"):
        load(listed)


def test_a_cut_file_and_one_too_big(tmp_path: Path) -> None:
    file = written(tmp_path, ROWS)
    (found,) = open_all([file], limits=replace(LIMITS, total_bytes=file.stat().st_size))
    assert found.stream is not None
    (found,) = open_all([file], limits=replace(LIMITS, total_bytes=10))
    assert found.stream is None
    file.write_bytes(file.read_bytes()[:-20])
    with pytest.raises(InputError, match="a Parquet file that can't be read"):
        load(file)


def test_the_command_reads_what_it_wrote(repo_root: Path, tmp_path: Path) -> None:
    out = tmp_path / "b.parquet"
    first = CliRunner().invoke(main, ["convert", str(repo_root / "sample_logs/asterisk/basic"), "--output", str(out)])
    again = CliRunner().invoke(main, ["convert", str(out), "--output", str(tmp_path / "c.csv")])
    assert first.exit_code == again.exit_code == 0
    assert first.stdout.partition(":")[2] == again.stdout.partition(":")[2]
