from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from click.testing import CliRunner

from calltrace.cli.main import main

if TYPE_CHECKING:
    from pathlib import Path


def run(*args: str) -> Any:
    return CliRunner().invoke(main, ["trace", *args])


def logs(root: Path) -> str:
    return str(root / "sample_logs" / "refrigeration-weekend-asterisk")


def some_call(root: Path, event: str) -> str:
    lines = (root / "sample_logs" / "refrigeration-weekend-asterisk" / "queue_log").read_text(
        encoding="utf-8"
    )
    return next(line.split("|")[1] for line in lines.splitlines() if line.split("|")[4] == event)


def test_a_call_of_asterisk_is_told_with_its_lines(repo_root: Path) -> None:
    call_id = some_call(repo_root, "COMPLETECALLER")
    result = run(call_id, logs(repo_root))
    assert (result.exit_code, result.stderr) == (0, "")
    lines = result.stdout.splitlines()
    assert lines[0].startswith(f"Call {call_id} · ")
    assert "queue_log CONNECT" in result.stdout
    assert "CDR start" in result.stdout
    assert "[queue_log:" in result.stdout
    raw = f"|{call_id}|"
    assert raw not in result.stdout
    assert raw in run(call_id, logs(repo_root), "--verbose").stdout
    assert "queue_log CONNECT" not in run(call_id, logs(repo_root), "--no-logs").stdout


def test_json_has_the_events_with_offsets_and_lines(repo_root: Path) -> None:
    call_id = some_call(repo_root, "ABANDON")
    document = json.loads(run(call_id, logs(repo_root), "--json").stdout)
    assert (document["schema"], document["command"]) == ("calltrace.report/1", "trace")
    assert document["call"]["call_id"] == call_id
    abandon = [e for e in document["events"] if e["event"] == "ABANDON"]
    assert len(abandon) == 1
    assert abandon[0]["file"].endswith("queue_log")
    assert abandon[0]["raw"].split("|")[1] == call_id
    instants = [e["at"] for e in document["events"] if e["at"]]
    assert instants == sorted(instants)


def test_no_caller_is_shown_where_callers_are_hidden(repo_root: Path) -> None:
    call_id = some_call(repo_root, "COMPLETECALLER")
    document = json.loads(run(call_id, logs(repo_root), "--json").stdout)
    number, name = document["call"]["ani"][2:], document["call"].get("caller_name", "no name at all")
    for form in ("terminal", "json", "csv"):
        shown = run(call_id, logs(repo_root), "--mask", "--verbose", "--format", form).stdout
        assert number not in shown
        assert name not in shown
        assert "caller 1" in shown


def test_an_unknown_call_is_3(repo_root: Path) -> None:
    result = run("1.1", logs(repo_root))
    assert (result.exit_code, result.stdout) == (3, "")
    assert "there is no call '1.1'" in result.stderr


def test_the_end_is_the_latest_the_logs_show_and_channels_are_written_as_the_switch_does(tmp_path: Path) -> None:
    """The queue gives the caller up after a minute, and an announcement of seven seconds follows."""
    calls = {1771000000.1: "", 1771003600.2: ""}
    for n, unique in enumerate(calls):
        hour = 11 + n
        calls[unique] = (
            f'"","8285550168","8285550178","from-carrier","""Ann Lee"" <8285550168>","SIP/carrier-000000b{n}","",'
            f'"Hangup","","2026-02-13 {hour}:26:40","2026-02-13 {hour}:26:41","2026-02-13 {hour}:27:51",71,70,"ANSWERED",'
            f'"DOCUMENTATION","{unique}",""'
        )
    (tmp_path / "Master.csv").write_text("\n".join(calls.values()) + "\n", encoding="utf-8")
    queue = [
        f"{int(unique) + at}|{unique}|answering|NONE|{said}"
        for unique in calls
        for at, said in ((4, "ENTERQUEUE||8285550168|1"), (64, "EXITWITHTIMEOUT|1|1|60"))
    ]
    (tmp_path / "queue_log").write_text("\n".join(queue) + "\n", encoding="utf-8")
    result = run("1771000000.1", str(tmp_path), "--json", "--tz", "America/New_York")
    assert result.exit_code == 0, result.stderr
    events = json.loads(result.stdout)["events"]
    (end,) = (e for e in events if e["kind"] == "end")
    assert (end["at"], end["worked_out"]) == ("2026-02-13T11:27:51-05:00", False)
    assert "of waiting" in end["says"]
    assert any("SIP/carrier-000000b0" in e["says"] for e in events)
