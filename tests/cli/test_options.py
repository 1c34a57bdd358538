from __future__ import annotations

import os
import stat
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from calltrace.cli import complete, options
from calltrace.cli.main import main


def test_a_file_is_written_whole_with_the_usual_mode(tmp_path: Path) -> None:
    target = tmp_path / "report.txt"
    options.emit("Zoë\n", str(target))
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
    options.emit("new", str(link))
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
        options.emit("new", str(target))
    assert failed.value.exit_code == 2
    assert [p.name for p in tmp_path.iterdir()] == ["old.txt"]
    assert target.read_text() == "old"


def test_a_folder_that_is_not_there_is_a_wrong_command_line(tmp_path: Path) -> None:
    with pytest.raises(click.ClickException, match="can't be written"):
        options.emit("new", str(tmp_path / "no" / "report.txt"))


def test_a_device_is_written_to_and_not_replaced() -> None:
    options.emit("gone", os.devnull)
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
    assert options.wants_color(choice) is colours


def test_no_colour_in_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert options.wants_color("auto", to_file=True) is False


@pytest.mark.parametrize(("columns", "width"), [("72", 72), ("", 100), ("wide", 100), ("0", 100)])
def test_the_width_is_columns_or_a_hundred(columns: str, width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    monkeypatch.setattr("sys.stdout.isatty", lambda: False, raising=False)
    assert options.terminal_width() == width


@pytest.mark.parametrize(
    ("encoding", "plain"),
    [("utf-8", False), ("ascii", True), ("latin-1", True), (None, True), ("no-such", True)],
)
def test_ascii_where_the_output_can_do_no_more(encoding: str | None, plain: bool) -> None:
    assert options.ascii_only(encoding) is plain


@pytest.mark.parametrize(
    ("words", "near"),
    [
        (("check", "silense", "logs"), "silence"),
        (("investigate", "logs", "--account", "1", "--complaint", "missed"), "missed-calls"),
        (("calls", ".", "--priority", "urgnt"), "urgent"),
    ],
)
def test_a_slip_in_a_choice_names_the_nearest(words: tuple[str, ...], near: str) -> None:
    result = CliRunner().invoke(main, [*words])
    assert (result.exit_code, result.stdout) == (2, "")
    assert f"Did you mean {near}" in result.stderr


def test_what_can_be_explained_is_offered() -> None:
    ctx = click.Context(click.Command("explain"))
    offered = [item.value for item in complete.explained(ctx, click.Argument(["name"]), "lines-")]
    assert "lines-not-forwarded" in offered
    assert all(name.startswith("lines-") for name in offered)
    assert [i.value for i in complete.explained(ctx, click.Argument(["name"]), "calls.queue_")] == ["calls.queue_s"]


LOG = (
    "call_id,account,offered_at,outcome\n"
    "1,1021,2026-10-08T09:15:00-04:00,answered\n2,1021,2026-10-08T09:25:00-04:00,abandoned\n"
)


@pytest.mark.parametrize("command", [["audit"], ["convert"], ["inspect"], ["calls"]], ids=lambda c: c[0])
def test_no_result_takes_the_place_of_a_log_that_is_read(command: list[str], tmp_path: Path) -> None:
    logs = tmp_path / "logs"
    logs.mkdir()
    (logs / "calls.csv").write_text(LOG)
    for read in (logs, logs / "calls.csv"):
        for asked in (
            [*command, str(read), "--output", str(logs / "calls.csv")],
            [*command, "--output", f"{logs}/../logs/calls.csv", str(read)],
        ):
            result = CliRunner().invoke(main, asked)
            assert (result.exit_code, result.stdout) == (2, "")
            assert "a log that is read: it would be gone" in result.stderr
    assert (logs / "calls.csv").read_text() == LOG


def test_a_report_beside_the_logs_is_written_again(tmp_path: Path) -> None:
    (tmp_path / "calls.csv").write_text(LOG)
    for _ in range(2):
        result = CliRunner().invoke(main, ["inspect", str(tmp_path), "--output", str(tmp_path / "seen.txt")])
        assert result.exit_code == 0, result.stderr
    assert "2 calls" in (tmp_path / "seen.txt").read_text()


def test_an_empty_path_is_not_the_working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "calls.csv").write_text(LOG)
    monkeypatch.chdir(tmp_path)
    for command in ("inspect", "daily", "import"):
        result = CliRunner().invoke(main, [command, ""])
        assert (result.exit_code, result.stdout) == (2, "")
        assert "Is the variable set that should name it?" in result.stderr
