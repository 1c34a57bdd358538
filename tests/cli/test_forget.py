from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from calltrace.cli.main import main
from calltrace.desk.access import record
from desk.ledgers import NOW, report

ANN = "+17175550143"


@pytest.fixture(autouse=True)
def _desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALLTRACE_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("CALLTRACE_NOW", "2026-02-16T08:30-05:00")
    monkeypatch.setenv("CALLTRACE_USER", "dana")
    monkeypatch.setenv("COLUMNS", "160")
    monkeypatch.chdir(tmp_path)


def run(*args: str, code: int = 0, **more: Any) -> Any:
    result = CliRunner().invoke(main, [*args], **more)
    assert result.exit_code == code, (result.stdout, result.stderr, result.exception)
    return result


def opened() -> None:
    Path("report.json").write_text(json.dumps(report()), encoding="utf-8")
    run("case", "open", "--report", "report.json", "--complaint", "caller-claim", "--caller", ANN)
    run("case", "note", "1", "rang 717-555-0143 back")


def test_forgetting_says_what_it_did_and_that_nothing_is_left() -> None:
    opened()
    assert "ledger" in run("forget", ANN, "--dry-run").stdout
    assert run("forget", ANN, "--dry-run").stdout.endswith("2 places in all; nothing was changed.\n")
    refused = run("forget", ANN, code=2)
    assert "say --yes" in refused.stderr
    assert "0143" in run("case", "show", "1").stdout
    done = run("forget", "(717) 555-0143", "--yes")
    assert done.stdout.splitlines()[-1] == "Forgotten: 2 places taken out, 0 left."
    assert done.stderr == ""
    shown = run("case", "show", "1").stdout
    assert "0143" not in shown
    assert "rang (forgotten) back" in shown
    document = json.loads(run("forget", ANN, "--yes", "--json").stdout)
    assert (document["command"], document["changed"], document["left"]) == ("forget", 0, 0)


def test_forgetting_where_nothing_is_kept_makes_nothing(tmp_path: Path) -> None:
    assert run("forget", ANN, "--yes").stdout.startswith("There is no store, no ledger and no access log")
    assert not (tmp_path / "state").exists()
    assert "no number" in run("forget", "Ann", "--yes", code=2).stderr


def test_what_is_left_is_named_and_the_exit_code_tells(tmp_path: Path) -> None:
    opened()
    (tmp_path / "state" / "notes.txt").write_text(f"ring {ANN}", encoding="utf-8")
    done = run("forget", ANN, "--yes", code=1)
    assert "notes.txt: 1 left" in done.stdout
    assert done.stdout.endswith("NOT forgotten: 1 places still have the caller.\n")


def test_the_access_log_at_the_prompt() -> None:
    assert run("access").stdout == "Nobody was looked up.\n"
    record("caller", ANN, "case 12", who="dana", now=NOW)
    record("calls", "+17175550199", "", who="eli", now=NOW)
    text = run("access", "--tz", "America/New_York").stdout
    assert " ".join(text.splitlines()[1].split()) == "Mon 16 Feb 2026 08:30 EST dana caller …43 case 12"
    one = json.loads(run("access", "--caller", "717-555-0143", "--json").stdout)["lookups"]
    assert [(x["who"], x["reason"]) for x in one] == [("dana", "case 12")]
    assert run("access", "--caller", "717-555-0111").stdout == "Nobody was looked up.\n"
    assert "no number" in run("access", "--caller", "Ann", code=2).stderr
    assert run("access", "--prune", "1d").stdout == "0 lines deleted\n"


def test_old_cases_go_at_the_prompt(monkeypatch: pytest.MonkeyPatch) -> None:
    opened()
    assert "How old?" in run("case", "prune", code=2).stderr
    run("case", "close", "1", "--outcome", "done")
    monkeypatch.setenv("CALLTRACE_NOW", "2028-02-16T08:30-05:00")
    assert run("case", "prune", "--older-than", "1y", "--dry-run").stdout == "1 closed case would be deleted: C-0001\n"
    assert run("case", "prune", "--older-than", "1y").stdout == "1 closed case deleted: C-0001\n"
    assert run("case", "list").stdout == "No case.\n"
    assert "is no age" in run("case", "prune", "--older-than", "old", code=2).stderr


def test_the_ledger_is_copied_at_the_prompt() -> None:
    opened()
    assert run("case", "copy", "kept.sqlite3").stdout == "1 cases, 3 entries and 1 reports copied to kept.sqlite3\n"
    assert "there are cases in kept.sqlite3 already" in run("case", "copy", "kept.sqlite3", code=2).stderr
    assert run("case", "list", "--ledger", "kept.sqlite3").stdout.endswith("1 case, 1 open\n")
