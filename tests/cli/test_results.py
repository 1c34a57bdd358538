from __future__ import annotations

import os
import stat
from pathlib import Path

import click
import pytest

from calltrace.cli import results


def test_a_file_is_written_whole_with_the_usual_mode(tmp_path: Path) -> None:
    target = tmp_path / "report.txt"
    results.emit("Zoë\n", str(target))
    assert target.read_bytes() == "Zoë\n".encode()
    mask = os.umask(0)
    os.umask(mask)
    assert stat.S_IMODE(target.stat().st_mode) == 0o666 & ~mask
    assert list(tmp_path.iterdir()) == [target]


def test_an_old_file_keeps_its_mode_and_a_link_stays_a_link(tmp_path: Path) -> None:
    target, link = tmp_path / "old.txt", tmp_path / "link.txt"
    target.write_text("old")
    target.chmod(0o640)
    link.symlink_to(target)
    results.emit("new", str(link))
    assert (link.is_symlink(), target.read_text(), stat.S_IMODE(target.stat().st_mode)) == (
        True,
        "new",
        0o640,
    )


def test_a_failure_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "old.txt"
    target.write_text("old")
    monkeypatch.setattr(
        "os.fdopen", lambda *_a, **_k: (_ for _ in ()).throw(OSError(28, "No space left on device"))
    )
    with pytest.raises(click.ClickException, match="No space left") as failed:
        results.emit("new", str(target))
    assert failed.value.exit_code == 74
    assert [p.name for p in tmp_path.iterdir()] == ["old.txt"]
    assert target.read_text() == "old"


def test_a_folder_that_is_not_there_is_a_wrong_command_line(tmp_path: Path) -> None:
    with pytest.raises(click.ClickException, match="can't be written"):
        results.emit("new", str(tmp_path / "no" / "report.txt"))


def test_a_device_is_written_to_and_not_replaced() -> None:
    results.emit("gone", os.devnull)
    assert Path(os.devnull).exists()
    assert not Path(os.devnull).is_file()


@pytest.mark.parametrize(
    ("choice", "env", "tty", "colours"),
    [
        ("auto", {}, True, True),
        ("auto", {}, False, False),
        ("auto", {"NO_COLOR": "1"}, True, False),
        ("auto", {"TERM": "dumb"}, True, False),
        ("always", {"NO_COLOR": "1"}, False, True),
        ("never", {}, True, False),
    ],
)
def test_colour_only_where_it_is_wanted(
    choice: str, env: dict[str, str], tty: bool, colours: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("sys.stdout.isatty", lambda: tty, raising=False)
    assert results.wants_color(choice) is colours


def test_no_colour_in_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert results.wants_color("auto", to_file=True) is False


@pytest.mark.parametrize(("columns", "width"), [("72", 72), ("", 100), ("wide", 100), ("0", 100)])
def test_the_width_is_columns_or_a_hundred(columns: str, width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    monkeypatch.setattr("sys.stdout.isatty", lambda: False, raising=False)
    assert results.terminal_width() == width


@pytest.mark.parametrize(
    ("encoding", "plain"),
    [("utf-8", False), ("ascii", True), ("latin-1", True), (None, True), ("no-such", True)],
)
def test_ascii_where_the_output_can_do_no_more(encoding: str | None, plain: bool) -> None:
    assert results.ascii_only(encoding) is plain
