"""Calls from the future give a wrong zone away, or a clock; logs of another year are only old, or made up."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

import calltrace
from calltrace.cli.main import main
from calltrace.intake import ahead
from intake_store import HEADER, row

NOW = datetime(2026, 10, 8, 14, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("last", "tz", "told"),
    [
        ("2026-10-08 13:58:00", "UTC", ""),
        ("2026-10-08 14:25:00", "UTC", ""),  # a clock may be a little ahead
        ("2026-10-08 13:58:00", "America/New_York", "13:58, is 3 h 58 min from now; its times are not America/New_York's"),
        ("2026-10-08 13:58:00", "Asia/Tokyo", ""),  # hours ago: that an export is late is told elsewhere
        ("2026-10-08T15:00:00Z", "America/New_York", "15:00, is 1 h 00 min from now; the switch's clock is ahead."),
        ("2026-10-08T10:00:00-05:00", "America/New_York", "15:00 UTC, is 1 h 00 min from now; the switch's clock is ahead."),
        ("2026-10-08T20:30:00+05:30", "UTC", "15:00 UTC, is 1 h 00 min from now"),
        ("2027-10-08 13:58:00", "UTC", ""),
    ],
)  # fmt: skip
def test_what_is_said(last: str, tz: str, told: str, tmp_path: Path) -> None:
    path = tmp_path / "calls.csv"
    offset = last[19:] or "Z"
    path.write_text(HEADER + row(1, f"2026-10-08T09:00:00{offset}") + row(2, last))
    said = " ".join(one.says for one in ahead.files(calltrace.load(path, tz=tz).sources, NOW))
    assert (told in said) if told else not said, said


def test_import_and_inspect_warn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALLTRACE_NOW", NOW.isoformat())
    path = tmp_path / "calls.csv"
    path.write_text(HEADER + row(1, "2026-10-08 09:00:00") + row(2, "2026-10-08 13:58:00"))
    for asked in (["inspect", str(path)], ["import", str(path), "--store", str(tmp_path / "kept")]):
        elsewhere = [a.replace("kept", "other") for a in asked]
        assert CliRunner().invoke(main, [*elsewhere, "--tz", "UTC"]).stderr == ""
        result = CliRunner().invoke(main, [*asked, "--tz", "America/New_York"])
        assert result.exit_code == 0
        assert f"Warning: {path}: its last call, 2026-10-08 13:58, is 3 h 58 min from now" in result.stderr
        assert "say with --tz" in result.stderr
