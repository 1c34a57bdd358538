from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from calltrace.cli import options
from calltrace.cli.main import main
from calltrace.diagnosis import diagnose
from calltrace.errors import UnknownAccountError
from report import story

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the library's functions were asked; they answer with the story."""
    told: dict[str, Any] = {}

    def case(paths: Any, **given: Any) -> str:
        told["case"] = (paths, given)
        return "the case"

    def ask(of: str, **given: Any) -> str:
        told["ask"] = (of, given)
        return "the question"

    def answer(of: str, question: str, **given: Any) -> object:
        told["diagnose"] = (of, question, given)
        return story.diagnosis()

    monkeypatch.setattr(options, "case", case)
    monkeypatch.setattr(diagnose, "ask", ask)
    monkeypatch.setattr(diagnose, "diagnose", answer)
    return told


def run(*args: str, **more: Any) -> Any:
    return CliRunner().invoke(main, ["investigate", *args], **more)


def test_the_options_reach_the_library_as_they_were_given(asked: dict[str, Any]) -> None:
    result = run(
        "june/",
        "july.csv",
        "--account",
        "Polar",
        "--complaint",
        "Missed-Calls",
        "--from",
        "fri 17:00",
        "--to",
        "mon 9:00",
        "--caller",
        "+1 215",
        "--claim",
        "nobody answered",
        "--tz",
        "America/New_York",
        "--year",
        "2026",
        "--now",
        "mon 9:00",
    )
    assert result.exit_code == 0, result.output
    window = {"start": "fri 17:00", "end": "mon 9:00", "now": "mon 9:00"}
    assert asked["case"] == (
        ("june/", "july.csv"),
        {"tz": "America/New_York", "mapping": None, "year": 2026, "lately": True, "account": "Polar", **window},
    )
    assert asked["ask"] == (
        "the case",
        {
            "account": "Polar",
            "complaint": "missed-calls",
            "caller": "+1 215",
            "claim": "nobody answered",
            **window,
        },
    )
    assert asked["diagnose"] == ("the case", "the question", {"profile": None, "rates": None})
    assert result.stdout.startswith("Polar Refrigeration (1021)")
    assert result.stderr == ""
    assert "\x1b" not in result.stdout


def test_what_is_not_given_is_left_to_the_library(asked: dict[str, Any]) -> None:
    assert run("june/", "--account", "1021").exit_code == 0
    nothing = {"start": None, "end": None, "now": None}
    assert asked["case"][1] == {"tz": None, "mapping": None, "year": None, "lately": True, "account": "1021", **nothing}
    assert asked["ask"][1] == {"account": "1021", "complaint": "", "caller": "", "claim": "", **nothing}


@pytest.mark.usefixtures("asked")
def test_json_is_one_document_and_nothing_else() -> None:
    result = run("june/", "--account", "1021", "--format", "json")
    assert json.loads(result.stdout)["verdict"]["cause"] == "lines-not-forwarded"
    assert result.stderr == ""


@pytest.mark.usefixtures("asked")
def test_output_goes_to_a_file_and_nothing_to_standard_output(tmp_path: Path) -> None:
    target = tmp_path / "report.json"
    result = run("june/", "--account", "1021", "--format", "json", "--output", str(target))
    assert (result.exit_code, result.stdout) == (0, "")
    assert json.loads(target.read_text())["schema"] == "calltrace.report/1"


@pytest.mark.usefixtures("asked")
def test_verbose_opens_figures_into_calls_and_lines() -> None:
    short = run("june/", "--account", "1021").stdout
    long = run("june/", "--account", "1021", "--verbose").stdout
    assert "20260605-004417 calls.csv.gz:184417" in long
    assert "calls.csv.gz:184417" not in short


@pytest.mark.usefixtures("asked")
def test_width_and_colour_are_as_told() -> None:
    result = run("june/", "--account", "1021", env={"COLUMNS": "60"})
    assert max(map(len, result.stdout.splitlines())) <= 60
    assert "\x1b[" in run("june/", "--account", "1021", "--color", "always").stdout


@pytest.mark.usefixtures("asked")
@pytest.mark.parametrize(
    "args",
    [
        (),
        ("june/",),
        ("--account", "1021"),
        ("june/", "--account", "1021", "--complaint", "gremlins"),
        ("june/", "--account", "1021", "--format", "smoke"),
    ],
    ids=" ".join,
)
def test_a_wrong_command_line_is_2_and_says_so_on_stderr(args: tuple[str, ...]) -> None:
    result = run(*args)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("Usage: ")


@pytest.mark.usefixtures("asked")
def test_an_unknown_account_is_3_with_the_nearest(monkeypatch: pytest.MonkeyPatch) -> None:
    def ask(*_case: Any, **_given: Any) -> None:
        raise UnknownAccountError("no account is called 'Pollar'", fix="Nearest: Polar Refrigeration (1021).")

    monkeypatch.setattr(diagnose, "ask", ask)
    result = run("june/", "--account", "Pollar")
    assert (result.exit_code, result.stdout) == (3, "")
    assert "Nearest: Polar Refrigeration (1021)." in result.stderr


def test_a_path_that_is_not_there_is_3(tmp_path: Path) -> None:
    result = run(str(tmp_path / "nothing.csv"), "--account", "1021")
    assert (result.exit_code, result.stdout) == (3, "")
    assert "nothing.csv" in result.stderr


def test_the_real_thing_end_to_end(tmp_path: Path) -> None:
    """Six weeks of calls every evening; on the last one account has none, the other its own."""
    rows = ["call_id,account,dnis,trunk_group,offered_at,ring_s,queue_s,talk_s,outcome,agent"]
    for day in range(42):
        date = f"2026-0{4 + (day // 30)}-{day % 30 + 1:02d}"
        for hour in range(18, 23):
            for account, number in (("1021", "+18005550121"), ("1033", "+18005550133")):
                if account == "1021" and day == 41:
                    continue
                rows.extend(
                    f"{account}-{day}-{hour}-{minute},{account},{number},TF-A,{date}T{hour}:{minute:02d}:00-04:00,5,4,60,"
                    "answered,A1"
                    for minute in (7, 27, 47)
                )
    (tmp_path / "calls.csv").write_text("\n".join(rows) + "\n")
    (tmp_path / "accounts.csv").write_text(
        "account,name,numbers,trunk_group,timezone,coverage\n"
        "1021,Polar Refrigeration,+18005550121,TF-A,America/New_York,Mo-Su 18:00-23:00\n"
        "1033,Lakeside Plumbing,+18005550133,TF-A,America/New_York,Mo-Su 18:00-23:00\n"
    )
    result = run(
        str(tmp_path),
        "--account",
        "polar",
        "--complaint",
        "missed-calls",
        "--from",
        "2026-05-12T17:30",
        "--to",
        "2026-05-12T23:30",
        "--format",
        "json",
    )
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert told["account"]["name"] == "Polar Refrigeration"
    assert told["asked"] == {"start": "2026-05-12T17:30:00-04:00", "end": "2026-05-12T23:30:00-04:00"}
    assert told["verdict"]["party"] == "client"
    assert [h["arrived"] for h in told["chart"] if "2026-05-12T17" < h["start"] < "2026-05-12T22:30"] == [
        0
    ] * 6
    assert sum(c["probability"] for c in told["causes"]) == pytest.approx(1)


@pytest.mark.parametrize("said", ["abc", "531 555 O135", "five three one"])
def test_a_caller_that_is_no_number_is_a_wrong_question(said: str, repo_root: Path) -> None:
    logs = str(repo_root / "sample_logs" / "healthy-week")
    result = run(logs, "--account", "1021", "--complaint", "caller-claim", "--caller", said)
    assert (result.exit_code, result.stdout) == (2, "")
    assert f"{said!r} is no telephone number; expected one number in digits" in result.stderr


def test_a_hidden_caller_is_looked_for_among_calls_without_a_number(repo_root: Path) -> None:
    logs = str(repo_root / "sample_logs" / "healthy-week")
    result = run(logs, "--account", "1021", "--complaint", "caller-claim", "--caller", "Private",
                 "--from", "2026-01-14 06:00", "--to", "2026-01-14 07:00", "--format", "json")  # fmt: skip
    assert result.exit_code == 0
    told = json.loads(result.stdout)
    assert told["verdict"]["wording"] == "inconclusive"
    assert "The caller's number was withheld" in told["verdict"]["summary"]
