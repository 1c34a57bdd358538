"""What is written in the generic layout reads back as the same tables, whatever stands in them."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from calltrace.cli.main import main
from calltrace.errors import InputError, UsageError
from calltrace.intake import convert
from calltrace.intake.load import load
from calltrace.tables.case import Case
from calltrace.tables.schema import TABLES, conform

HEADER = "call_id,account,dnis,caller_name,offered_at,ring_s,talk_s,outcome,queue"
ROWS = [
    '1,1021,+17175551234,"DOE, ""J""",2026-10-08T09:01:00-04:00,5.25,60,answered,day',
    "2,1021,+17175551234,=HYPERLINK(1),2026-11-01T01:30:00-04:00,,0.125,answered,",
    "3,1021,+17175551234,Null,2026-11-01T01:30:00-05:00,7,,abandoned,",
    "4,1022,+17175551235,Zoë 'x',2026-12-01T10:00:00.123456-05:00,7,,abandoned,",
]


def same(one: Case, other: Case) -> None:
    assert set(one.tables) == set(other.tables)
    for name in one.tables:
        keep = [c.name for c in TABLES[name].columns]
        pd.testing.assert_frame_equal(one.table(name)[keep], other.table(name)[keep])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    logs = tmp_path / "logs"
    logs.mkdir()
    (logs / "calls.csv").write_text("\n".join([HEADER, *ROWS]) + "\n")
    (logs / "accounts.csv").write_text(
        'account,name,numbers,timezone,coverage\n1021,"Polar, Inc.",+17175551234;+17175551239,America/New_York,24/7\n'
    )
    return logs


def test_calls_as_csv_read_back(folder: Path, tmp_path: Path) -> None:
    case = load(folder)
    (written,) = convert.write(case, tmp_path / "out.csv")
    assert (written.table, written.rows) == ("calls", 4)
    text = (tmp_path / "out.csv").read_text()
    assert "2026-10-08T09:01:00-04:00" in text
    assert "2026-11-01T01:30:00-04:00" in text  # both passes of the hour keep their offset
    assert "2026-11-01T01:30:00-05:00" in text
    assert "T10:00:00.123456-05:00" in text
    assert "=HYPERLINK(1)" in text
    again = load([tmp_path / "out.csv"])
    pd.testing.assert_frame_equal(*(c.calls.drop(columns=["source_file", "source_line"]) for c in (case, again)))
    assert again.problems == ()


def test_every_table_into_a_folder_reads_back(folder: Path, tmp_path: Path) -> None:
    case = load(folder)
    written = convert.write(case, tmp_path / "all")
    assert [w.table for w in written] == ["calls", "accounts"]
    again = load(tmp_path / "all")
    same(case, again)
    assert again.zone == case.zone == "America/New_York"


def test_our_samples_read_back(repo_root: Path, tmp_path: Path) -> None:
    for name in ("healthy-week", "asterisk/basic"):
        case = load(repo_root / "sample_logs" / name)
        convert.write(case, tmp_path / name)
        again = load(tmp_path / name)
        same(case, again)
        assert again.zone == case.zone


def test_parquet_has_the_types(folder: Path, tmp_path: Path) -> None:
    case = load(folder)
    convert.write(case, tmp_path / "calls.parquet")
    found = pd.read_parquet(tmp_path / "calls.parquet")
    assert str(found["offered_at"].dtype) == "datetime64[us, America/New_York]"
    assert found["talk_s"].dtype == "float64"
    assert conform(found.astype({"offered_at": "datetime64[us, UTC]"}), TABLES["calls"])["offered_at"].equals(
        case.calls["offered_at"]
    )


def test_columns_no_switch_logged_are_left_out(folder: Path, tmp_path: Path) -> None:
    convert.write(load(folder), tmp_path / "out.csv")
    header = (tmp_path / "out.csv").read_text().partition("\n")[0].split(",")
    assert "queue" in header
    assert "linked_id" not in header
    assert set(header) >= {c.name for c in TABLES["calls"].columns} - set(convert.OPTIONAL)


def test_a_failed_writing_leaves_the_old_file(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "out"
    case = load(folder)
    convert.write(case, target)
    before = {p.name: p.read_bytes() for p in target.iterdir()}

    def fail(*_: object) -> bytes:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(convert, "to_csv", fail)
    with pytest.raises(UsageError, match="No space left"):
        convert.write(case, target)
    assert {p.name: p.read_bytes() for p in target.iterdir()} == before


def test_what_can_not_be_written(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="csv or"):
        convert.write(load(folder), tmp_path / "out.xlsx")
    with pytest.raises(InputError, match="no calls"):
        convert.write(Case({}), tmp_path / "out.csv")
    (tmp_path / "file").write_text("x")
    with pytest.raises(UsageError, match="can't be written"):
        convert.write(load(folder), tmp_path / "file" / "out.csv")


def test_the_command(folder: Path, tmp_path: Path) -> None:
    (folder / "more.csv").write_text(f"{HEADER}\n9,1021,+17175551234,x,never,1,1,answered,\n")
    result = CliRunner().invoke(main, ["convert", str(folder), "--output", str(tmp_path / "o.csv")])
    assert result.exit_code == 0
    assert "4 rows of calls" in result.stdout
    assert "1 row was left out" in result.stderr


NAMES = st.text(st.characters(codec="utf-8", exclude_characters="\0\x1a", exclude_categories=["Cs"]), max_size=10)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
@given(st.lists(NAMES, min_size=1, max_size=5))
def test_any_name_reads_back(tmp_path: Path, names: list[str]) -> None:
    rows = pd.DataFrame(
        {
            "call_id": [f"c{i}" for i in range(len(names))],
            "offered_at": pd.to_datetime(["2026-10-08T13:00Z"] * len(names)).astype("datetime64[us, UTC]"),
            "outcome": "answered",
            "caller_name": pd.array([n.strip() or None for n in names], dtype="string"),
        }
    )
    case = Case({"calls": conform(rows, TABLES["calls"])}, zone="America/New_York")
    convert.write(case, tmp_path / "calls.csv")
    again = load(tmp_path / "calls.csv")
    assert again.calls["caller_name"].tolist() == case.calls["caller_name"].tolist()


def test_the_command_writes_calls_to_standard_output(folder: Path, tmp_path: Path) -> None:
    CliRunner().invoke(main, ["convert", str(folder), "--output", str(tmp_path / "o.csv")])
    result = CliRunner().invoke(main, ["convert", str(folder), "--output", "-"])
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == (tmp_path / "o.csv").read_text()
    both = CliRunner().invoke(main, ["convert", str(folder), "--output", "-", "--json"])
    assert (both.exit_code, both.stdout) == (2, "")
    assert "--json together with --output -" in both.stderr
