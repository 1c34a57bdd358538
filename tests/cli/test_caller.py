from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from calltrace.cli.main import main

if TYPE_CHECKING:
    from pathlib import Path

CALLS = """call_id,account,dnis,ani,caller_name,agent,offered_at,ring_s,queue_s,outcome
c1,1021,+18135550145,+17175551234,Ann Lee,A17,2026-10-05T09:15:00-04:00,5,20,answered
c2,1022,+18135550146,+17175551234,Ann Lee,,2026-10-05T10:40:00-04:00,4,65,abandoned
c3,1022,+18135550146,+17175551235,,A18,2026-10-06T22:10:00-04:00,6,0,answered
"""


@pytest.fixture
def logs(tmp_path: Path) -> str:
    folder = tmp_path / "logs"
    folder.mkdir()
    (folder / "calls.csv").write_text(CALLS, encoding="utf-8")
    return str(folder)


def run(*args: str, **more: Any) -> Any:
    return CliRunner().invoke(main, ["caller", *args], **more)


def test_a_caller_is_told(logs: str) -> None:
    result = run("(717) 555-1234", logs)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.startswith("+17175551234 · 2 calls of 3 looked through")
    assert "1 abandoned, 1 answered" in result.stdout
    assert "+17175551235" in result.stdout.partition("one slip away")[2]


def test_json_and_csv_hold_the_calls(logs: str) -> None:
    document = json.loads(run("717 555 1234", logs, "--json").stdout)
    assert (document["command"], document["caller"]) == ("caller", "+17175551234")
    assert [c["call_id"] for c in document["calls"]] == ["c1", "c2"]
    assert [n["ani"] for n in document["near"]] == ["+17175551235"]
    assert run("7175551234", logs, "--format", "csv").stdout.count("\n") == 3


def test_a_masked_page_tells_callers_apart_and_nothing_more(logs: str) -> None:
    for form in ("terminal", "json", "csv"):
        shown = run("7175551234", logs, "--mask", "--format", form).stdout
        assert "555123" not in shown
        assert "Ann" not in shown
        assert "caller 1" in shown
    assert "caller 2" in run("7175551234", logs, "--mask").stdout


def test_who_looked_and_why_is_written_down_before_anything_is_shown(logs: str, tmp_path: Path) -> None:
    env = {"CALLTRACE_STATE_DIR": str(tmp_path / "state")}
    log = tmp_path / "state" / "access.log"
    assert run("7175551234", logs, "--reason", "case 12: 717-555-1234 asks", env=env).exit_code == 0
    line = json.loads(log.read_text(encoding="utf-8"))
    assert (line["command"], line["caller"]) == ("caller", "…34")
    assert line["reason"].startswith("case 12")
    assert "1234" not in line["reason"]


def test_what_is_no_number_is_2(logs: str) -> None:
    result = run("Ann", logs)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "'Ann' is no number" in result.stderr


def test_the_configuration_may_hide_callers_unless_told_otherwise(logs: str, tmp_path: Path) -> None:
    config = tmp_path / "calltrace.toml"
    config.write_text("[privacy]\nmask = true\n", encoding="utf-8")
    assert "caller 1" in run("7175551234", logs, "--config", str(config)).stdout
    assert "+17175551234" in run("7175551234", logs, "--config", str(config), "--no-mask").stdout
    assert "caller 1" in run("7175551234", logs, env={"CALLTRACE_MASK": "1"}).stdout
