"""calltrace inspect: what each file is; hostile files end in one sentence and exit code 3, never a
traceback."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from calltrace.cli.exits import Exit
from calltrace.cli.main import main

CALLS = (
    "call_id,account,dnis,caller_name,offered_at,talk_s,outcome\n"
    "1,1021,+17175551234,DOE J,2026-10-08T09:01:00-04:00,60,answered\n"
    "2,1021,+17175551234,\x1b[31m[bold]red[/]\u202e,2026-10-08T09:02:00-04:00,0,abandoned\n"
    "3,1021,+17175551234,DOE J,31/09/2026 08:15,60,answered\n"
)


def inspect(*args: str | Path, stdin: bytes | None = None) -> Result:
    return CliRunner().invoke(main, ["inspect", *map(str, args)], input=stdin)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "calls.csv").write_text(CALLS)
    (tmp_path / "README.md").write_text("# logs\n")
    return tmp_path


def test_one_json_document_as_the_contract_has_it(folder: Path) -> None:
    result = inspect(folder, "--format", "json")
    assert result.exit_code == Exit.OK
    said = json.loads(result.stdout)
    assert (said["schema"], said["command"]) == ("calltrace.report/1", "inspect")
    files = {Path(f["path"]).name: f for f in said["files"]}
    calls = files["calls.csv"]
    assert (calls["format"], calls["table"], calls["rows"], calls["left_out"]) == ("generic", "calls", 3, 1)
    assert (calls["calls"], calls["answered"]) == (2, 1)
    assert calls["first"] == "2026-10-08T09:01:00-04:00"
    assert (calls["zone"], calls["zone_from"]) == ("UTC-04:00", "offset")
    (problem,) = calls["problems"]
    assert problem["line"] == 4
    assert problem["saw"] == 'offered_at is "31/09/2026 08:15"'
    assert "ISO 8601" in problem["expected"]
    assert files["README.md"]["format"] == ""
    assert files["README.md"]["problems"]
    assert {m["need"] for m in said["missing"]} >= {"kpi", "accounts", "oncall"}
    assert result.stderr == ""


def test_the_page_names_files_problems_and_what_is_missing(folder: Path) -> None:
    result = inspect(folder)
    assert result.exit_code == Exit.OK
    page = "".join(result.stdout.split())  # a long path wraps anywhere
    for words in (
        "2 files, 1 recognised",
        "calls (generic)",
        "3 rows, 1 left out; 2 calls, 1 answered",
        "line 4: offered_at is",
        "README.md",
        "line_tests",
        "America/New_York",
    ):
        assert words.replace(" ", "") in page
    assert "\x1b" not in result.stdout


def test_a_log_without_a_header_is_known_by_having_none(repo_root: Path) -> None:
    shown = " ".join(inspect(repo_root / "sample_logs" / "asterisk" / "basic" / "Master.csv").stdout.split())
    assert "by having no header; " in shown
    assert "by its no" not in shown


def test_problems_are_limited_unless_all_are_asked_for(tmp_path: Path) -> None:
    rows = "".join(f"{i},1,+17175551234,x,never,60,answered\n" for i in range(10, 30))
    (tmp_path / "calls.csv").write_text(CALLS + rows)
    assert "16 more" in inspect(tmp_path).stdout
    assert inspect(tmp_path, "--verbose").stdout.count("offered_at is") == 21


def test_a_file_name_can_not_steer_the_terminal(tmp_path: Path) -> None:
    (tmp_path / "calls\x1b[31m\u202e[bold].csv").write_text(CALLS)
    result = inspect(tmp_path, "--color", "never")
    assert "\x1b" not in result.stdout
    assert "\u202e" not in result.stdout
    assert "[bold]" in result.stdout.replace("\n", "")


def test_inspect_reads_packed_logs_on_standard_input() -> None:
    result = inspect("-", "--format", "json", stdin=gzip.compress(CALLS.encode()))
    assert json.loads(result.stdout)["files"][0]["path"] == "standard input"


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("empty.csv", b"", "an empty file"),
        ("song.wav", b"RIFF" + bytes(range(256)) * 8, "a sound recording"),
        ("noise", bytes(range(1, 32)) * 99, "a binary file"),
        ("notes.txt", b"hello\n", "no known format"),
        ("header.csv", b"call_id,offered_at,outcome\n", "no rows below its header"),
        ("bad.csv", b"call_id,offered_at,outcome\n1,never,answered\n", 'offered_at is "never" (line 2)'),
        ("kpi.csv", b"interval_start,scope\n2026-10-08T09:00Z,platform\n", "there are no calls among"),
        ("calls.gz", gzip.compress(CALLS.encode(), mtime=0)[:20], "end too early"),
        ("page.html", b"<html>call_id</html>\n", "no known format"),
    ],
)
def test_hostile_files_end_with_a_sentence_and_code_3(
    tmp_path: Path, name: str, data: bytes, says: str
) -> None:
    (tmp_path / name).write_bytes(data)
    for path in (tmp_path / name, tmp_path):
        result = inspect(path)
        assert result.exit_code == Exit.INPUT, result.output
        assert says in result.stderr.replace("\n", " ")
        assert "Traceback" not in result.output


def test_inspect_of_nothing_is_an_input_error(tmp_path: Path) -> None:
    assert inspect(tmp_path).exit_code == Exit.INPUT
    result = inspect(tmp_path / "nowhere")
    assert result.exit_code == Exit.INPUT
    assert "does not exist" in result.stderr
    assert result.stdout == ""


def test_the_command_line_is_wrong(folder: Path) -> None:
    assert inspect().exit_code == Exit.USAGE
    result = inspect(folder, "--tz", "Mars/Olympus")
    assert result.exit_code == Exit.USAGE
    assert "IANA" in result.stderr
    assert inspect(folder, "--format", "xml").exit_code == Exit.USAGE


def test_a_proposal_shows_no_caller_where_callers_are_hidden(tmp_path: Path) -> None:
    log = tmp_path / "odd.csv"
    log.write_text(
        "call_id,account,From,caller_name,offered_at,outcome,ring_s\n"
        "c1,1021,+12125550199,Jane Zimmermann,2026-09-01T10:00:00Z,answered,5\n"
        "c2,1021,+12125550198,Jane Zimmermann,2026-09-01T11:00:00Z,answered,5\n"
        "c3,1021,+12125550198,Jane Zimmermann,at noon Jane Zimmermann,answered,5\n"
        "c4,1021,+12125550198,Jane Zimmermann,2026-09-01T13:00:00Z,put through to 212-555-0187,5\n"
    )
    found = inspect(log, "--map", "--mask", "--tz", "America/New_York")
    assert "line 4: offered_at is" in found.stdout
    assert "line 5: outcome is" in found.stdout or "not known: put through to" in found.stdout
    assert not re.search(r"Zimmermann|0187|019[89]", found.output)


def test_a_file_of_other_dates_throughout_is_sent_to_the_mapping(tmp_path: Path) -> None:
    log = tmp_path / "calls.csv"
    log.write_text("call_id;account;offered_at;outcome\n1;1021;25.09.2026 08:15;answered\n2;1021;26.09.2026 08:15;answered\n")
    refused = inspect(log)
    assert refused.exit_code == Exit.INPUT
    assert "25.09.2026 08:15" in refused.stderr
    assert "calltrace inspect FILE --map" in refused.stderr
    assert inspect(log, "--map", "--output", tmp_path / "m.toml", "--tz", "Europe/Berlin").exit_code == Exit.OK
    read = inspect(log, "--mapping", tmp_path / "m.toml", "--tz", "Europe/Berlin", "--format", "json")
    assert json.loads(read.stdout)["files"][0]["first"] == "2026-09-25T08:15:00+02:00"


def test_of_a_workbook_the_sheet_to_map_is_chosen(tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    book.active.title = "Calls"
    for row in (["Ref", "Client", "Start", "Result"], ["1", "1021", "10/14/2026 09:15", "Answered"]):
        book.active.append(row)
    book.create_sheet("Staff").append(["Name", "Room"])
    path = tmp_path / "export.xlsx"
    book.save(path)
    refused = inspect(path, "--map")
    assert refused.exit_code == Exit.USAGE
    assert f"Give one of them: '{path}!Calls'." in refused.stderr
    shown = inspect(f"{path}!Calls", "--map", "--tz", "America/New_York", "--format", "json")
    assert [c["from"] for c in json.loads(shown.stdout)["columns"]] == ["Ref", "Client", "Start", "Result"]
