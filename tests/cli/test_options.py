from __future__ import annotations

from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from calltrace.cli import complete
from calltrace.cli.main import main


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


@pytest.mark.parametrize("command", ["audit", "inspect", "investigate --account 1021", "convert"])
def test_a_result_into_no_folder_is_refused_before_anything_is_read(command: str, tmp_path: Path) -> None:
    """The logs are not there either, which would be said first if they were looked for."""
    result = CliRunner().invoke(main, [*command.split(), "no-logs", "--output", str(tmp_path / "gone" / "week.csv")])
    assert (result.exit_code, result.stdout) == (2, "")
    assert f"can't be written: there is no folder {tmp_path / 'gone'}" in result.stderr


def test_a_morning_is_made_whether_its_file_can_be_written_or_not(tmp_path: Path) -> None:
    (tmp_path / "calls.csv").write_text(LOG)
    asked = ["daily", str(tmp_path), "--tz", "America/New_York", "--day", "2026-10-08", "--now", "2026-10-09T06:30"]
    mail = tmp_path / "mail.eml"
    gone = str(tmp_path / "gone" / "day.html")
    result = CliRunner().invoke(main, [*asked, "--email", "a@example.com", "--email-to-file", str(mail), "--output", gone])
    assert mail.exists()
    assert "can't be written" in result.stderr


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


@pytest.mark.parametrize(
    "command", [["import"], ["inspect"], ["audit"], ["store", "prune", "--days", "1", "--store"]], ids=lambda c: c[0])
def test_a_present_that_is_none_is_seen_before_anything_is_read(
    command: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CALLTRACE_STORE", str(tmp_path / "kept"))
    monkeypatch.setenv("CALLTRACE_NOW", "2026-10-03 06:00")
    (tmp_path / "calls.csv").write_text(LOG)
    result = CliRunner().invoke(main, [*command, str(tmp_path / "calls.csv")])
    assert (result.exit_code, result.stdout) == (2, "")
    assert "Error: CALLTRACE_NOW is '2026-10-03 06:00'; expected an instant with its offset" in result.stderr
    assert not (tmp_path / "kept").exists()
