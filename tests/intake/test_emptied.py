"""Where a log should be and is none: an export that failed must not look like a quiet day."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from calltrace.desk.daily import daily
from calltrace.intake.load import gather
from calltrace.intake.store import Store
from calltrace.intake.torn import files
from intake_store import HEADER, lines

PAGE = "<!DOCTYPE html>\n<html><body>404 Not found</body></html>\n"


def missing(*paths: Path) -> dict[str, str]:
    """What could not be read, and what was seen in its place."""
    return {Path(name).name: problem.saw for name, problem in files(gather(list(paths)).problems).items()}


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    folder = tmp_path / "logs"
    folder.mkdir()
    (folder / "west.csv").write_text(HEADER + "".join(lines([1, 2])))
    return folder


@pytest.mark.parametrize(
    ("name", "content", "saw"),
    [
        ("east.csv", "", "an empty file"),
        ("east.csv", " \n", "nothing but blanks"),
        ("east.csv", PAGE, "a web page, though its name says otherwise"),
        ("east.csv.gz", "\ufeff " + PAGE.lower(), "a web page, though its name says otherwise"),
        ("west-2.csv", "", None),  # beside west.csv: a log that was just turned over
        ("west.csv.1", "", None),
        ("debug", "", None),
        ("help.html", PAGE, None),
        ("README.md", PAGE, None),
    ],
)
def test_a_table_of_which_nothing_is_left_is_missed(logs: Path, name: str, content: str, saw: str | None) -> None:
    (logs / name).write_text(content, encoding="utf-8")
    assert missing(logs) == ({} if saw is None else {name: saw})


def test_a_folder_that_was_named_and_holds_no_log_is_missed(logs: Path, tmp_path: Path) -> None:
    east = tmp_path / "east"
    (east / "2026").mkdir(parents=True)
    assert missing(logs) == {}
    assert missing(logs, east) == {"east": "a folder without a log in it"}
    (east / "README").write_text("Mounted from pbx-east.\n")
    assert missing(logs, east) == {"east": "a folder without a log in it"}
    (east / "2026" / "calls.csv").write_text(HEADER + "".join(lines([3])))
    assert missing(logs, east) == missing(logs, east, east) == missing(logs, east, east / "2026") == {}


def test_a_morning_without_one_of_two_sources_is_no_clean_one(logs: Path, tmp_path: Path) -> None:
    (tmp_path / "east").mkdir()
    (logs / "west.csv").write_text(HEADER + "".join(lines(range(1, 29), a_day=40)))
    now = pd.Timestamp("2026-10-29T06:30-04:00")
    assert daily([logs], now=now).dark == ()
    assert daily([logs], now="2026-10-29 06:30").start == daily([logs], now=now).start
    (why,) = daily([logs, tmp_path / "east"], now=now).dark
    assert "a folder without a log in it" in why


def test_a_store_takes_what_comes_into_the_folder_later_for_what_was_missed(logs: Path, tmp_path: Path) -> None:
    store = Store.open(tmp_path / "kept", create=True)
    east = tmp_path / "east"
    east.mkdir()
    store.import_([logs, east])
    assert [Path(name).name for name in files(store.read().problems)] == ["east"]
    (east / "calls.csv").write_text(HEADER + "".join(lines([3])))
    store.import_([logs, east])
    assert files(store.read().problems) == {}
