"""Who looked up whom is written down before anything is shown, by every command that looks a caller up."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from calltrace.cli.main import main

ANN = "+17175550143"


@pytest.fixture(autouse=True)
def _desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALLTRACE_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("CALLTRACE_USER", "dana")
    monkeypatch.setenv("CALLTRACE_NOW", "2026-02-16T08:30-05:00")
    rows = [f"c{i},1021,+18005550100,{ANN},2026-02-1{i}T10:00:00Z,answered,5" for i in range(5)]
    head = "call_id,account,dnis,ani,offered_at,outcome,ring_s"
    (tmp_path / "calls.csv").write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)


def run(*args: str) -> Result:
    return CliRunner().invoke(main, [*args])


def test_every_lookup_of_a_caller_is_written_down_with_or_without_a_reason(tmp_path: Path) -> None:
    assert run("caller", "717-555-0143", "calls.csv").exit_code == 0
    assert run("calls", "calls.csv", "--caller", ANN, "--reason", "case 12: 717-555-0143 asks").exit_code == 0
    assert run("calls", "calls.csv").exit_code == 0  # nobody in particular
    log = (tmp_path / "state" / "access.log").read_text(encoding="utf-8")
    told = [json.loads(line) for line in log.splitlines()]
    assert [(one["who"], one["command"], one["caller"]) for one in told] == [
        ("dana", "caller", "…43"), ("dana", "calls", "…43")]  # fmt: skip
    assert [one["reason"] for one in told] == [None, "case 12: (forgotten) asks"]
    assert "0143" not in str([one | {"tag": ""} for one in told])  # a tag has any digits
    shown = run("access", "--caller", "(717) 555-0143", "--json").stdout
    assert len(json.loads(shown)["lookups"]) == 2
    assert run("caller", "717-555-0143", "calls.csv", "--reason", "or 614-555-0171?").exit_code == 0
    assert "0171" in run("access").stdout
    assert "0171" not in run("access", "--mask").stdout
    assert json.loads(run("access", "--prune", "2y", "--json").stdout)["deleted"] == 0


def test_following_a_call_is_a_lookup_of_its_caller(tmp_path: Path) -> None:
    assert run("trace", "c1", "calls.csv", "--reason", "case 12").exit_code == 0
    (told,) = (json.loads(x) for x in (tmp_path / "state" / "access.log").read_text(encoding="utf-8").splitlines())
    assert (told["who"], told["command"], told["caller"], told["reason"]) == ("dana", "trace", "…43", "case 12")
    assert len(json.loads(run("access", "--caller", ANN, "--json").stdout)["lookups"]) == 1
    assert run("trace", "c9", "calls.csv").exit_code == 3  # shows nobody
    assert len(json.loads(run("access", "--json").stdout)["lookups"]) == 1


@pytest.mark.parametrize("command", ["investigate", "brief"])
def test_a_claim_that_is_looked_into_is_a_lookup_whose_reason_is_the_claim(command: str, tmp_path: Path) -> None:
    claim = ("calls.csv", "--account", "1021", "--complaint", "caller-claim", "--from", "2026-02-11", "--to", "2026-02-13",
             "--tz", "UTC")  # fmt: skip
    assert run(command, *claim, "--caller", "withheld").exit_code == 0
    assert run(command, *claim, "--caller", "717-555-0143").exit_code == 0
    (told,) = (json.loads(x) for x in (tmp_path / "state" / "access.log").read_text(encoding="utf-8").splitlines())
    assert (told["who"], told["command"], told["caller"]) == ("dana", command, "…43")
    assert told["reason"] == "a claim to have called 1021"
    (tmp_path / "state" / "access.log").unlink()
    (tmp_path / "state" / "access.log").mkdir()  # nobody set the log up: it does not keep the claim from being answered
    unwritten = run(command, *claim, "--caller", "717-555-0143")
    assert unwritten.exit_code == 0
    assert "This lookup is not in the access log" in unwritten.stderr


def test_nobody_looks_without_a_reason_where_the_service_asks_for_one(tmp_path: Path) -> None:
    config = tmp_path / "calltrace.toml"
    config.write_text('[privacy]\nrequire_reason = true\naccess_log = "own.log"\n', encoding="utf-8")
    refused = run("caller", ANN, "calls.csv", "--config", str(config))
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert "Say why you look this caller up" in refused.stderr
    refused = run("trace", "c1", "calls.csv", "--config", str(config))
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert "--reason TEXT" in refused.stderr
    assert run("caller", ANN, "calls.csv", "--config", str(config), "--reason", "case 12").exit_code == 0
    assert "case 12" in (tmp_path / "own.log").read_text(encoding="utf-8")


def test_what_can_not_be_written_down_is_not_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    monkeypatch.setenv("CALLTRACE_STATE_DIR", str(tmp_path / "file" / "below"))
    refused = run("caller", ANN, "calls.csv", "--reason", "case 12")
    assert (refused.exit_code, refused.stdout) == (3, "")
    assert "access log" in refused.stderr
    unasked = run("caller", ANN, "calls.csv")  # nobody set a log up: its folder does not hold the lookup up
    assert unasked.exit_code == 0
    assert "This lookup is not in the access log" in unasked.stderr
