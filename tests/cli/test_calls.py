from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from calltrace.cli.main import main

if TYPE_CHECKING:
    from pathlib import Path

HEADER = (
    "call_id,account,dnis,trunk_group,ani,caller_name,agent,offered_at,"
    "ring_s,queue_s,hold_s,talk_s,outcome,ended_by,recording\n"
)
CALLS = """c1,1021,+18135550145,A,+17175551234,Ann Lee,A17,2026-10-05T09:15:00-04:00,5,20,0,90,answered,caller,rec/c1.wav
c2,1021,+18135550145,A,+16145550000,=cmd(),,2026-10-05T10:40:00-04:00,4,65,,,abandoned,caller,
c3,1022,+18135550146,A,,,A18,2026-10-06T22:10:00-04:00,6,0,10,60,answered,agent,rec/c3.wav
"""


@pytest.fixture
def logs(tmp_path: Path) -> str:
    (tmp_path / "calls.csv").write_text(HEADER + CALLS, encoding="utf-8")
    return str(tmp_path)


def run(*args: str) -> Any:
    return CliRunner().invoke(main, ["calls", *args])


def test_calls_are_listed_with_what_was_asked(logs: str) -> None:
    result = run(logs, "--account", "1021", "--when", "mon 9 to 12", "--tz", "America/New_York")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.startswith(
        "2 calls of 3: account 1021 (1021); from Mon 5 Oct 09:00; before Mon 5 Oct"
    )
    assert "Mon 5 Oct 10:40:00" in result.stdout
    assert "1:09" in result.stdout  # 4 s of ring, 65 s of queue
    assert "c3" not in result.stdout


def test_json_has_every_column_and_offsets(logs: str) -> None:
    result = run(logs, "--agent", "a17", "--json", "--tz", "America/New_York")
    document = json.loads(result.stdout)
    assert (document["schema"], document["command"], document["matched"]) == (
        "calltrace.report/1",
        "calls",
        1,
    )
    call = document["calls"][0]
    assert (call["call_id"], call["wait_s"], call["offered_at"]) == ("c1", 25.0, "2026-10-05T09:15:00-04:00")
    assert call["source_line"] == 2


def test_a_spreadsheet_gets_no_formula(logs: str, tmp_path: Path) -> None:
    out = tmp_path / "found.csv"
    result = run(logs, "--outcome", "missed", "--output", str(out))
    assert (result.exit_code, result.stdout) == (0, "")
    text = out.read_text(encoding="utf-8")
    assert ",'=cmd()," in text
    assert "+16145550000" in text


def test_what_callers_wrote_commands_no_terminal_and_no_spreadsheet(tmp_path: Path) -> None:
    logs, out = tmp_path / "calls.csv", tmp_path / "out" / "found.csv"
    out.parent.mkdir()
    at = "2026-10-05T09:15:00-04:00"
    names = ("\x1b]0;mine\x07", "\u202egnp.exe", "=1+1", "\uff1dHYPERLINK(1)", "Núñez")
    rows = "".join(f"c{i},1,,A,+1717555000{i},{n},A1,{at},5,0,0,9,answered,caller,\n" for i, n in enumerate(names))
    logs.write_text(HEADER + rows, encoding="utf-8")
    piped = run(str(logs), "--format", "csv").stdout
    assert not {"\x1b", "\x07", "\u202e"} & set(piped)
    for shown in (r"\x1b]0;mine\x07", r"\u202egnp.exe", "'=1+1", "'\uff1dHYPERLINK(1)", "Núñez", ",+17175550004,"):
        assert shown in piped
    assert piped.startswith("call_id,")
    assert run(str(logs), "--output", str(out)).exit_code == 0
    assert out.read_text(encoding="utf-8") == "\ufeff" + piped  # by the mark a spreadsheet knows Núñez for Núñez


def test_how_many_and_by_what(logs: str) -> None:
    assert run(logs, "--outcome", "answered", "--count").stdout == "2\n"
    assert "A17" in run(logs, "--by", "agent").stdout


def test_recordings_are_named_and_a_call_without_one_is_told(logs: str) -> None:
    assert run(logs, "--recordings").stdout == "rec/c1.wav\nrec/c3.wav\n"
    assert json.loads(run(logs, "--recordings", "--json").stdout)["recordings"] == ["rec/c1.wav", "rec/c3.wav"]
    result = run(logs, "--caller", "6145550000", "--open")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "The one call found has no recording" in result.stderr


def test_a_recording_that_is_not_there_is_not_opened(logs: str) -> None:
    result = run(logs, "--caller", "7175551234", "--open")
    assert result.exit_code == 2
    assert "rec/c1.wav is not there" in result.stderr


def test_callers_are_hidden_and_stay_apart(logs: str) -> None:
    for form in ("terminal", "json", "csv"):
        shown = run(logs, "--mask", "--format", form).stdout
        assert "caller 1" in shown
        assert "caller 2" in shown
        for private in ("7175551234", "6145550000", "Ann Lee", "cmd"):
            assert private not in shown


def test_an_unknown_agent_is_3_with_the_nearest(logs: str) -> None:
    result = run(logs, "--agent", "A71")
    assert (result.exit_code, result.stdout) == (3, "")
    assert "no agent 'A71'" in result.stderr
    assert "A17" in result.stderr


def test_a_window_that_means_two_things_is_2(logs: str) -> None:
    result = run(logs, "--when", "mon 9 to 5")
    assert result.exit_code == 2
    assert '"9:00 to 17:00" or "9 pm to 5 am"' in result.stderr


@pytest.mark.parametrize("option", ["--account", "--agent", "--caller", "--when", "--from", "--tz", "--output"])
def test_an_unset_variable_does_not_ask_of_every_client(logs: str, option: str) -> None:
    result = run(logs, option, "")
    assert (result.exit_code, result.stdout) == (2, "")
    assert f"'{option}'" in result.stderr
    assert "Is the variable set" in result.stderr
