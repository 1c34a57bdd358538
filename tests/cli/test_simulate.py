"""``calltrace simulate`` and ``calltrace drill``."""

from __future__ import annotations

import json
import subprocess
import sys

from click.testing import CliRunner

from calltrace.cli.main import main


def test_simulate_writes_a_folder_and_says_what_is_in_it(tmp_path):
    folder = tmp_path / "service"
    result = CliRunner().invoke(
        main,
        [
            "simulate",
            "--seed",
            "7",
            "--weeks",
            "3",
            "--size",
            "tiny",
            "--zone",
            "Europe/London",
            "--cause",
            "number-down",
            "--output",
            str(folder),
        ],
    )
    assert result.exit_code == 0, result.output
    assert result.stdout.strip() == str(folder)
    assert "number-down" in result.stderr
    assert "Europe/London" in result.stderr
    assert {f["cause"] for f in json.loads((folder / "faults.json").read_text())} >= {"number-down"}


def test_simulate_writes_asterisk_logs(tmp_path):
    result = CliRunner().invoke(
        main,
        [
            "simulate",
            "--seed",
            "7",
            "--weeks",
            "3",
            "--size",
            "tiny",
            "--healthy",
            "--asterisk",
            "--no-truth",
            "-o",
            str(tmp_path),
        ],
    )
    assert result.exit_code == 0, result.output
    assert sorted(p.name for p in tmp_path.iterdir()) == ["Master.csv", "accounts.csv", "queue_log"]
    assert "no trouble" in result.stderr


def test_simulate_says_what_it_found_no_place_for(tmp_path):
    # two accounts of a small office: nobody there could be too few
    asked = ["--seed", "3", "--weeks", "3", "--size", "tiny", "--accounts", "2", "-o", str(tmp_path)]
    found = CliRunner().invoke(main, ["simulate", *asked, "--cause", "understaffed", "--cause", "number-down"])
    assert found.exit_code == 0, found.output
    assert "troubles: number-down" in found.stderr
    assert found.stderr.rstrip().splitlines()[-1].startswith("No place for understaffed: too few calls")


def test_simulate_refuses_what_contradicts_itself(tmp_path):
    result = CliRunner().invoke(
        main, ["simulate", "--seed", "1", "--healthy", "--cause", "number-down", "-o", str(tmp_path)]
    )
    assert (result.exit_code, result.stdout) == (2, "")
    assert "--healthy" in result.stderr
    zone = CliRunner().invoke(main, ["simulate", "--seed", "1", "--zone", "Mars/Olympus", "-o", str(tmp_path)])
    assert (zone.exit_code, zone.stdout) == (2, "")


def test_drill_poses_a_complaint_and_tells_the_truth(tmp_path):
    result = CliRunner().invoke(
        main,
        [
            "drill",
            "--seed",
            "11",
            "--complaint",
            "high-bill",
            "--answer",
            "platform-outage",
            "--folder",
            str(tmp_path),
        ],
    )
    assert result.exit_code == 0, result.output
    assert "The bill is much higher" in result.stdout
    assert "You said platform-outage: it was" in result.stdout
    assert "What the records say" in result.stdout
    told = [line for line in result.stdout.splitlines() if not line.startswith("Logs:")]
    assert max(map(len, told)) <= 100  # no word broken at the screen's edge
    assert not list(tmp_path.glob("*.json"))  # the truth is not lying about


def test_drill_asks_until_it_gets_a_cause(tmp_path):
    result = CliRunner().invoke(
        main,
        ["drill", "--seed", "11", "--complaint", "high-bill", "--folder", str(tmp_path)],
        input="?\nmore-calls\n",
    )
    assert result.exit_code == 0, result.output
    assert "lines-not-forwarded" in result.stdout
    assert "You said more-calls" in result.stdout


def test_naming_the_commands_brings_in_no_pandas():
    code = (
        "import sys, calltrace.cli.simulate, calltrace.cli.drill, calltrace.simulate as s; s.CAUSES; "
        "print({'pandas', 'numpy'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "set()"


def test_a_service_is_no_stream(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(main, ["simulate", "--seed", "1", "--output", "-"])
    assert (result.exit_code, result.stdout) == (2, "")
    assert list(tmp_path.iterdir()) == []


def test_simulate_writes_over_no_logs_but_its_own(tmp_path):
    asked = ["--seed", "7", "--weeks", "3", "--size", "tiny", "--output", str(tmp_path)]
    (tmp_path / "calls.csv").write_text("of a real switch")
    refused = CliRunner().invoke(main, ["simulate", *asked])
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert "has logs already (calls.csv)" in refused.stderr
    assert [p.name for p in tmp_path.iterdir()] == ["calls.csv"]
    assert CliRunner().invoke(main, ["simulate", *asked, "--force"]).exit_code == 0
    assert CliRunner().invoke(main, ["simulate", *asked]).exit_code == 0  # its own, by the truth beside it


def test_a_drill_writes_over_no_logs(tmp_path):
    (tmp_path / "calls.csv").write_text("of a real switch")
    refused = CliRunner().invoke(main, ["drill", "--seed", "11", "--complaint", "high-bill", "--folder", str(tmp_path)])
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert refused.stderr.rstrip().endswith("Name another folder.")
    assert [p.name for p in tmp_path.iterdir()] == ["calls.csv"]
