"""The letter, the ticket and the brief from the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from calltrace.cli.main import main
from calltrace.simulate import scenario, write

ANSWERS = Path(__file__).resolve().parent.parent / "report" / "answers"
DATED = ["--dated", "2026-09-01"]


def run(command: str, *arguments: str, cause: str = "number-down") -> Result:
    return CliRunner().invoke(main, [command, "--report", str(ANSWERS / f"{cause}.json"), *DATED, *arguments])


@pytest.mark.parametrize("command", ["letter", "ticket", "brief"])
@pytest.mark.parametrize("form", ["text", "markdown", "html", "json"])
def test_every_page_comes_in_every_form(command: str, form: str) -> None:
    ran = run(command, "--format", form)
    assert ran.exit_code == 0
    assert ran.stdout
    assert "Left to fill in" not in ran.stdout
    if form == "json":
        page = json.loads(ran.stdout)
        assert page["schema"] == f"calltrace.{command}/1"
        assert page["cause"] == "number-down"
        assert page["text"] == run(command).stdout


def test_what_is_left_to_fill_in_is_said_on_standard_error_with_its_option() -> None:
    ran = run("letter")
    assert "[your name] (--signed-by)" in ran.stderr
    filled = run("letter", "--signed-by", "Dana", "--service", "Harbor", "--phone", "717", "--addressee", "Ms. Ortiz")
    assert filled.stderr == ""
    assert "Dear Ms. Ortiz," in filled.stdout


def test_the_promise_is_read_in_the_clients_zone() -> None:
    ran = run("letter", "--promise-by", "2026-09-03 15:00")
    assert "Thursday, September 3 at 3:00 pm" in " ".join(ran.stdout.split())


def test_a_page_goes_to_a_file(tmp_path: Path) -> None:
    file = tmp_path / "letter.html"
    ran = run("letter", "--format", "html", "--output", str(file))
    assert ran.stdout == ""
    assert file.read_text(encoding="utf-8").startswith("<!doctype html>")


def test_a_template_of_ones_own_is_named_where_it_fails(tmp_path: Path) -> None:
    file = tmp_path / "letter" / "en" / "number-down.j2"
    file.parent.mkdir(parents=True)
    file.write_text("# Hi\n{{ oops }}\n", encoding="utf-8")
    ran = run("letter", "--templates", str(tmp_path))
    assert ran.exit_code == 3
    assert "number-down.j2:2" in ran.stderr
    assert ran.stdout == ""


def test_what_no_letter_may_hold_is_warned_of(tmp_path: Path) -> None:
    file = tmp_path / "letter" / "en" / "number-down.j2"
    file.parent.mkdir(parents=True)
    file.write_text("# Hi\nThe trunk was down.\n", encoding="utf-8")
    ran = run("letter", "--templates", str(tmp_path))
    assert ran.exit_code == 0
    assert "Not for a client: 'trunk'" in ran.stderr


def test_no_ticket_where_no_carrier_can_help() -> None:
    ran = run("ticket", cause="understaffed")
    assert ran.exit_code == 2
    assert ran.stdout == ""
    assert "--force" in ran.stderr
    assert run("ticket", "--force", cause="understaffed").exit_code == 0


def test_an_example_is_added_to_the_ticket() -> None:
    ran = run("ticket", "--example", "2026-08-31 9:05, 2155550100, 3014132906, fast busy", "--heard", "fast busy")
    assert "2026-08-31 09:05:00 EDT (UTC-04:00)  2155550100" in ran.stdout
    assert "older than two days" not in ran.stderr
    assert run("ticket", "--example", "yesterday").exit_code == 2


def test_an_answer_changes_what_is_asked_next() -> None:
    before = run("brief", cause="lines-forwarded-late").stdout
    after = run("brief", "--answer", "forwarding=b", cause="lines-forwarded-late").stdout
    assert "Who turns your lines over" in before
    assert "Who turns your lines over" not in after
    assert run("brief", "--answer", "forwarding").exit_code == 2


@pytest.mark.parametrize("command", ["letter", "ticket", "brief"])
@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "--report FILE.json"),
        (["."], "'--account'"),
        (["--report", str(ANSWERS / "number-down.json"), "--account", "1"], "leave out --account"),
        (["--report", str(ANSWERS / "number-down.json"), "logs"], "leave out PATH"),
        (["--report", str(ANSWERS / "number-down.json"), "--language", "xx"], "no templates in the language"),
    ],
)
def test_a_wrong_command_line_is_said_so(
    command: str, arguments: list[str], says: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    ran = CliRunner().invoke(main, [command, *arguments])
    assert ran.exit_code == 2
    assert says in ran.stderr
    assert ran.stdout == ""


def test_a_report_that_is_none_is_input_that_can_not_be_read(tmp_path: Path) -> None:
    file = tmp_path / "saved.json"
    file.write_text("{}", encoding="utf-8")
    ran = CliRunner().invoke(main, ["letter", "--report", str(file)])
    assert ran.exit_code == 3
    assert "saved.json" in ran.stderr


def test_callers_can_be_hidden_in_a_ticket() -> None:
    example = ["--example", "2026-08-31 9:05, 2155550100, 3014132906, fast busy"]
    assert "2155550100" in run("ticket", *example).stdout
    hidden = run("ticket", "--mask", *example).stdout
    assert "2155550100" not in hidden
    assert "+13014132906" in hidden


def test_a_letter_is_written_from_the_logs_as_from_the_saved_answer(tmp_path: Path) -> None:
    world = scenario("understaffed", 5)
    write(world, tmp_path / "logs")
    asked = world.questions[0]
    question = [
        str(tmp_path / "logs"), "--account", asked["account"], "--complaint", asked["complaint"],
        "--from", asked["from"], "--to", asked["to"],
    ]  # fmt: skip
    runner = CliRunner()
    saved = tmp_path / "answer.json"
    assert runner.invoke(main, ["investigate", *question, "--format", "json", "--output", str(saved)]).exit_code == 0
    from_logs = runner.invoke(main, ["letter", *question, *DATED])
    from_saved = runner.invoke(main, ["letter", "--report", str(saved), *DATED])
    assert from_logs.exit_code == 0
    assert from_logs.stdout == from_saved.stdout
    assert "fewer operators" in " ".join(from_logs.stdout.split())
