from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from click.testing import CliRunner

from calltrace.cli.main import main

if TYPE_CHECKING:
    from pathlib import Path


def run(*args: str) -> Any:
    return CliRunner().invoke(main, list(args))


@pytest.fixture
def logs(tmp_path: Path) -> str:
    rows = [
        "call_id,account,dnis,trunk_group,ani,agent,offered_at,ring_s,queue_s,hold_s,talk_s,outcome,ended_by"
    ]
    for day in pd.date_range("2026-05-25", "2026-06-29"):
        for hour in range(8, 18):
            lost = day == pd.Timestamp("2026-06-29") and hour > 12
            end = ",,,abandoned,caller" if lost else "5,0,90,answered,caller"
            rows.append(
                f"c{day:%m%d}{hour:02d},1021,+18135550145,PRI,+17175551234,{'' if lost else 'A17'},"
                f"{day:%Y-%m-%d}T{hour:02d}:15:00Z,4,{end}"
            )
    (tmp_path / "calls.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return str(tmp_path)


@pytest.mark.parametrize(("kind", "named"), [("account", "1021"), ("agent", "a17"), ("trunk", "pri")])
def test_a_page_is_one_page_in_every_form(logs: str, kind: str, named: str) -> None:
    result = run(kind, named, logs, "--when", "2026-06-29")
    assert (result.exit_code, result.stderr) == (0, "")
    assert f" · {'trunk group' if kind == 'trunk' else kind} · Mon 29 Jun 2026" in result.stdout
    assert "Usual is the mean" in result.stdout
    assert all(len(line) <= 100 for line in result.stdout.splitlines())
    document = json.loads(run(kind, named, logs, "--when", "2026-06-29", "--json").stdout)
    assert (document["schema"], document["command"], document["usual_weeks"]) == (
        "calltrace.report/1",
        kind,
        4,
    )
    assert document["window"]["start"].startswith("2026-06-29T00:00:00")
    assert run(kind, named, logs, "--format", "csv").stdout.startswith("name,label,unit,value")


def test_a_lost_afternoon_misses_its_target(logs: str) -> None:
    document = json.loads(run("account", "1021", logs, "--when", "2026-06-29", "--json").stdout)
    lost = next(f for f in document["figures"] if f["name"] == "abandoned_share")
    assert (lost["value"], lost["usual"], lost["verdict"], lost["unusual"]) == (0.5, 0.0, "missed", "above")
    assert (lost["target_is"], lost["target"]) == ("at most", 0.05)


def test_callers_of_a_page_are_hidden_where_asked(logs: str) -> None:
    shown = run("account", "1021", logs, "--when", "2026-06-29", "--mask").stdout
    assert "7175551234" not in shown
    assert "caller 1" in shown


def test_an_unknown_group_is_3(logs: str) -> None:
    result = run("trunk", "PRX", logs)
    assert (result.exit_code, result.stdout) == (3, "")
    assert "Did you mean PRI?" in result.stderr
