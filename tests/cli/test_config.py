"""``calltrace config``, ``--config`` and what commands take from the configuration, at the command line."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from calltrace.cli.main import main
from calltrace.diagnosis import audit

CALLS = "call_id,account,offered_at,ring_s,outcome\n" + "".join(
    f"{day}-{hour},1021,2026-06-{day:02d}T{hour:02d}:00:00,4,answered\n" for day in range(1, 29) for hour in range(9, 18)
)


def run(*args: str, **more: Any) -> Any:
    return CliRunner().invoke(main, list(args), **more)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "calls.csv").write_text(CALLS)
    return tmp_path


def settle(folder: Path, text: str) -> str:
    file = folder / "calltrace.toml"
    file.write_text(text)
    return str(file)


SERVICE = '[service]\nzone = "America/Chicago"\n[[sources]]\npath = "logs"\n'


def test_path_may_be_left_out_where_sources_are_configured(folder: Path) -> None:
    file = settle(folder, SERVICE)
    for args in (("inspect", "--config", file), ("--config", file, "inspect")):
        result = run(*args, "--format", "json")
        assert (result.exit_code, result.stderr) == (0, ""), result.output
        told = json.loads(result.stdout)
        assert (told["zone"], told["zone_from"]) == ("America/Chicago", "configuration")
        assert [f["format"] for f in told["files"]] == ["generic", "configuration"]


def test_the_environment_names_it_and_the_option_goes_before(folder: Path) -> None:
    file = settle(folder, SERVICE)
    result = run("config", "path", env={"CALLTRACE_CONFIG": file})
    assert result.stdout == f"{file}\n"
    other = folder / "other.toml"
    other.write_text("")
    assert run("config", "path", "--config", str(other), env={"CALLTRACE_CONFIG": file}).stdout == f"{other}\n"
    assert run("--config", file, "config", "path", "--config", str(other)).stdout == f"{other}\n"


def test_without_path_or_sources_the_command_line_is_wrong(folder: Path) -> None:
    result = run("inspect", "--config", settle(folder, ""))
    assert (result.exit_code, result.stdout) == (2, "")
    assert "Missing argument PATH" in result.stderr
    assert "calltrace init" in result.stderr


def test_a_wrong_configuration_ends_the_command_with_every_problem_on_a_line(folder: Path) -> None:
    file = settle(folder, '[service]\nzone = "EST5"\nnmae = "x"\n')
    result = run("inspect", str(folder / "logs"), "--config", file)
    assert (result.exit_code, result.stdout) == (2, "")
    lines = result.stderr.splitlines()
    assert lines[0].startswith(f"Error: {file}:2: [service] zone is")
    assert lines[1].startswith(f"{file}:3: [service] nmae is no key")
    assert len(lines) == 2


def test_help_needs_no_configuration_however_wrong(folder: Path) -> None:
    file = settle(folder, "no toml at all")
    assert run("--config", file, "inspect", "--help").exit_code == 0
    assert run("explain", "silence", env={"CALLTRACE_CONFIG": file}).exit_code == 0


def test_check_names_everything_it_points_to(folder: Path) -> None:
    (folder / "secret").write_text("hunter2\n")
    (folder / "secret").chmod(0o600)
    text = SERVICE + '[mail]\nhost = "h.example"\nfrom = "a@b.example"\nuser = "u"\npassword_file = "secret"\n'
    result = run("config", "check", "--config", settle(folder, text))
    assert (result.exit_code, result.stderr) == (0, "")
    assert f"[[sources]] path: {folder}/logs\n" in result.stdout
    assert "[mail]: h.example:587 (starttls), to nobody unless a command says" in result.stdout
    assert "secret, which is there" in result.stdout
    assert "hunter2" not in result.stdout


def test_check_knows_a_sheet_by_its_workbook(folder: Path) -> None:
    (folder / "b.xlsx").write_bytes(b"")
    text = '[[sources]]\npath = "b.xlsx!Calls"\n[[sources]]\npath = "gone.xlsx!Calls"\n'
    result = run("config", "check", "--config", settle(folder, text))
    assert f"[[sources]] path: {folder}/b.xlsx!Calls\n" in result.stdout
    assert f"[[sources]] path: {folder}/gone.xlsx!Calls: it is not there" in result.stdout


def test_check_is_2_where_something_is_not_there(folder: Path) -> None:
    text = '[[sources]]\npath = "gone"\n[[calendars]]\nfile = "gone.ics"\n[rates]\nfile = "gone.csv"\n'
    result = run("config", "check", "--config", settle(folder, text))
    assert result.exit_code == 2
    assert f"[[sources]] path: {folder}/gone: it is not there" in result.stdout
    assert f"[[calendars]] file: {folder}/gone.ics: can't be read" in result.stdout
    assert "3 things the configuration points to can't be used." in result.stderr


@pytest.mark.parametrize(
    ("url", "code", "said"),
    [("ledgers/l.db", 0, "ledgers/l.db (not there yet)\n"), ("logs/calls.csv/l.db", 2, "no file can be made in ")],
    ids=["a folder that will be made", "a file for a folder"])
def test_check_says_where_the_ledger_is_to_lie(folder: Path, url: str, code: int, said: str) -> None:
    result = run("config", "check", "--config", settle(folder, f'{SERVICE}[ledger]\nurl = "{url}"\n'))
    assert result.exit_code == code, result.output
    assert "[ledger] url: " in result.output
    assert said in result.output


def test_check_without_one_says_how_to_get_one() -> None:
    result = run("config", "check")
    assert result.exit_code == 0
    assert "`calltrace init` writes one" in result.stdout


def test_show_is_what_is_in_force_and_can_be_read_back(folder: Path) -> None:
    text = (
        SERVICE + '[accounts.1021]\nname = "Polar \\"R\\""\nthresholds = { long_hold_s = 45 }\n'
        '[[holidays]]\ncountry = "US"\n[thresholds]\nlong_ring_s = 25\n[audit]\nfdr = 0.01\n'
    )
    first = run("config", "show", "--config", settle(folder, text))
    assert first.exit_code == 0
    assert 'country = "US"  # default' in first.stdout
    assert "fdr = 0.01\n" in first.stdout
    again = run("config", "show", "--config", settle(folder, first.stdout))
    without = re.compile(r"  # default$", re.MULTILINE)
    assert without.sub("", again.stdout) == without.sub("", first.stdout)


def test_a_broken_one_can_not_be_shown(folder: Path) -> None:
    result = run("config", "show", "--config", settle(folder, "[service]\nzone = 1\n"))
    assert (result.exit_code, result.stdout) == (2, "")


def test_convert_writes_only_the_time_asked_for_and_nothing_of_the_configuration(folder: Path) -> None:
    file = settle(folder, SERVICE + '[accounts.1021]\nname = "Polar"\n')
    window = ("--from", "2026-06-10", "--to", "2026-06-11 12:00")
    result = run("convert", "--config", file, *window, "--output", f"{folder}/out/")
    assert result.exit_code == 0, result.output
    lines = (folder / "out" / "calls.csv").read_text().splitlines()
    assert len(lines) == 1 + 9 + 3  # the tenth from 9 to 17, the eleventh at 9, 10 and 11
    assert "2026-06-10T09:00:00-05:00" in lines[1]
    assert [p.name for p in (folder / "out").iterdir()] == ["calls.csv"]


def test_convert_of_a_time_without_calls_is_3(folder: Path) -> None:
    result = run("convert", "--config", settle(folder, SERVICE), "--from", "2026-07-10", "--output", str(folder / "o.csv"))
    assert result.exit_code == 3
    assert not (folder / "o.csv").exists()


def test_thresholds_and_the_configuration_itself_are_in_the_report(folder: Path) -> None:
    file = settle(folder, SERVICE + "[thresholds]\nlong_ring_s = 3\n")
    result = run(
        "investigate", "--config", file, "--account", "1021", "--complaint", "long-ring",
        "--from", "2026-06-10", "--to", "2026-06-20", "--format", "json",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert any(i["format"] == "configuration" and i["path"] == file for i in told["inputs"])
    assert any("long" in t and "configuration" in t for t in told["thresholds"]), told["thresholds"]


def test_masking_can_be_the_rule_and_the_option_its_exception(folder: Path) -> None:
    (folder / "logs" / "calls.csv").write_text(
        "call_id,account,ani,offered_at,outcome\n1,1021,+17175550148,2026-06-01T09:00:00Z,answered\n"
    )
    file = settle(folder, "[[sources]]\npath = 'logs'\n[privacy]\nmask = true\n")
    out = folder / "calls.csv"
    assert run("convert", "--config", file, "--output", str(out)).exit_code == 0
    assert "+17175550148" not in out.read_text()
    assert run("convert", "--config", file, "--no-mask", "--output", str(out)).exit_code == 0
    assert "+17175550148" in out.read_text()


def test_the_audits_defaults_are_the_configured_ones(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[float] = []

    class EnoughError(Exception):
        pass

    def audit_case(*_: object, fdr: float, **__: object) -> None:
        asked.append(fdr)
        raise EnoughError

    monkeypatch.setattr(audit, "audit_case", audit_case)
    file = settle(folder, SERVICE + "[audit]\nfdr = 0.02\n")
    run("audit", "--config", file)
    run("audit", "--config", file, "--fdr", "0.3")
    assert asked == [0.02, 0.3]
