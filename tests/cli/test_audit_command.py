from __future__ import annotations

import json
import re
from contextlib import nullcontext
from typing import Any

import pytest
from click.testing import CliRunner

from audit.quiet import service
from calltrace.cli.main import main
from calltrace.diagnosis.audit import screens
from support import at


@pytest.fixture(autouse=True)
def logs(monkeypatch: pytest.MonkeyPatch) -> None:
    """A night that account 1 was not forwarded, whatever PATH is given."""
    night = service({"1": [(at(29, 18), at(30, 8))]})
    monkeypatch.setattr("calltrace.config.large.records", lambda *_paths, **_given: nullcontext(night))


def run(*args: str) -> Any:
    return CliRunner().invoke(main, [*args, "--from", "2026-06-29", "--to", "2026-07-01"])


def test_findings_are_the_document_and_the_exit_code() -> None:
    result = run("audit", "logs", "--format", "json")
    assert result.exit_code == 1
    assert result.stderr == ""
    data = json.loads(result.stdout)
    assert [(f["account"], f["cause"]) for f in data["findings"]] == [("1", "lines-not-forwarded")]
    assert data["window"] == {"start": "2026-06-29T00:00:00+00:00", "end": "2026-07-02T00:00:00+00:00"}


def test_a_single_check_asks_one_question_and_what_is_asked_for_decides_the_exit_code() -> None:
    assert run("check", "busy", "logs").exit_code == 0
    assert run("check", "silence", "logs", "--fail-on", "critical").exit_code == 0
    told = run("check", "silence", "logs", "--exit-zero")
    assert told.exit_code == 0
    assert told.stdout.startswith("Check silence")
    assert "lines-not-forwarded" in told.stdout


@pytest.mark.parametrize("args", [("check", "weather", "logs"), ("audit", "logs", "--fdr", "0"), ("audit",)])
def test_a_wrong_command_line_is_told_on_stderr(args: tuple[str, ...]) -> None:
    result = run(*args)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr


def test_every_check_there_is_stands_in_its_help() -> None:
    words = " ".join(run("check", "--help").stdout.split())
    (listed,) = re.findall(r"CHECK is ([a-z, ]+)\.", words)
    assert tuple(re.split(r", | or ", listed)) == screens.NAMES
