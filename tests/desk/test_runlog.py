"""The log of what ran: a line a run, whatever the values hold, and never a full disk."""

from __future__ import annotations

import shlex
import threading
import unicodedata
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calltrace.desk import runlog
from calltrace.tables.text import HIDDEN, visible

AT = datetime(2026, 6, 9, 6, 0, tzinfo=UTC)


@given(st.dictionaries(st.sampled_from(["day", "mail", "by"]), st.text(max_size=40)))
def test_whatever_the_values_hold_it_is_one_line_of_names_and_values(values: dict[str, str]) -> None:
    line = runlog.line(AT, "daily", values)
    assert len(line.splitlines()) == 1
    assert not [c for c in line if unicodedata.category(c) in HIDDEN]
    assert line.startswith("2026-06-09T06:00:00+00:00 daily")
    assert dict(part.split("=", 1) for part in shlex.split(line)[2:]) == {n: visible(v) for n, v in values.items()}


def test_lines_are_added_and_only_the_owner_reads_them(tmp_path: Path) -> None:
    path = tmp_path / "calltrace.log"
    for number in range(3):
        runlog.append(path, f"line {number}")
    assert path.read_text(encoding="utf-8") == "line 0\nline 1\nline 2\n"
    assert path.stat().st_mode & 0o077 == 0


def test_a_large_log_is_turned_over_and_the_oldest_goes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runlog, "LARGEST", 5)
    path = tmp_path / "calltrace.log"
    for number in range(8):
        runlog.append(path, f"line {number}")
    found = {p.name: p.read_text(encoding="utf-8") for p in tmp_path.iterdir() if not p.name.endswith(".lock")}
    assert found == {
        "calltrace.log": "line 7\n", "calltrace.log.1": "line 6\n", "calltrace.log.2": "line 5\n",
        "calltrace.log.3": "line 4\n", "calltrace.log.4": "line 3\n",
    }  # fmt: skip


def test_runs_at_once_lose_no_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runlog, "LARGEST", 100)
    monkeypatch.setattr(runlog, "KEPT", 99)
    path = tmp_path / "calltrace.log"
    threads = [
        threading.Thread(target=lambda n=n: [runlog.append(path, f"run {n} line {i}") for i in range(10)])  # type: ignore[misc]
        for n in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    lines = [line for p in tmp_path.glob("calltrace.log*") for line in p.read_text(encoding="utf-8").splitlines()]
    assert len(lines) == len(set(lines)) == 60
