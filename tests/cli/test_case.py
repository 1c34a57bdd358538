from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from calltrace.cli.main import main
from desk.ledgers import report


@pytest.fixture(autouse=True)
def _desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALLTRACE_LEDGER", str(tmp_path / "ledger.sqlite3"))
    monkeypatch.setenv("CALLTRACE_NOW", "2026-02-16T08:30-05:00")
    monkeypatch.setenv("CALLTRACE_USER", "dana")
    monkeypatch.setenv("COLUMNS", "160")
    monkeypatch.chdir(tmp_path)
    Path("report.json").write_text(json.dumps(report()), encoding="utf-8")


def run(*args: str, code: int = 0, **more: Any) -> Any:
    result = CliRunner().invoke(main, ["case", *args], **more)
    assert result.exit_code == code, (result.stdout, result.stderr, result.exception)
    return result


def opened() -> None:
    run("open", "--report", "report.json", "--complaint", "missed-calls")


def test_a_case_from_a_report() -> None:
    shown = run("open", "--report", "report.json", "--complaint", "missed-calls", "--claim", "it just rang")
    assert shown.stdout.splitlines()[:3] == [
        "C-0001 · Polar Refrigeration (1021) · missed calls · open",
        "  Opened Mon 16 Feb 2026 08:30 EST by dana",
        "  The client says: “it just rang”",
    ]
    assert "Found  lines-not-forwarded (the client), 95 %" in shown.stdout
    assert shown.stderr == ""
    kept = run("show", "1", "--report").stdout
    assert json.loads(kept) == report()


def test_what_is_written_is_shown_as_it_was_understood() -> None:
    opened()
    for args, said in (
        (("promise", "1", "call back", "--due", "15:00"),
         "C-0001, entry 3: promise by dana, due Mon 16 Feb 2026 15:00 EST: call back (in 6 h 30 min)\n"),
        (("note", "c-1", "nothing arrived", "--told", "Ms Keane", "--by", "phone"),
         "C-0001, entry 4: told Ms Keane by phone: nothing arrived\n"),
        (("move", "1", "3", "she is out", "--due", "tomorrow"),
         "C-0001, entry 5: moved 3 (promise: call back), now due Tue 17 Feb 2026 17:00 EST: she is out\n"),
        (("change", "1", "forward", "--with", "Ms Keane", "--due", "fri"),
         "C-0001, entry 6: agreed change to be signed by Ms Keane, due Fri 20 Feb 2026 17:00 EST: forward (in 4 days 8 h)\n"),
        (("credit", "1", "1,250.5", "goodwill", "--currency", "eur"), "C-0001, entry 7: credit 1250.5 EUR: goodwill\n"),
        (("kept", "1", "3", "--as", "eli"), "C-0001, entry 8: kept 3 (promise: call back)\n"),
        (("sign", "1", "6", "--by", "Ms Keane", "--at", "7:00"),
         "C-0001, entry 9: signed 6 (change: forward) by Ms Keane, on Mon 16 Feb 07:00\n"),
        (("follow-up", "1", "does it hold?", "--due", "in 2 weeks", "--with", "Ms Keane"),
         "C-0001, entry 10: follow-up with Ms Keane, due Mon 2 Mar 2026 08:30 EST: does it hold? (in 14 days)\n"),
        (("close", "1", "--outcome", "forwards by schedule"), "C-0001, entry 11: closed: forwards by schedule\n"),
    ):  # fmt: skip
        assert run(*args).stdout == said
    document = json.loads(run("show", "1", "--json").stdout)
    assert document["schema"] == "calltrace.ledger/1"
    assert (document["case"], document["status"]) == ("C-0001", "closed")
    assert [e["written_by"] for e in document["entries"]][7] == "eli"
    assert [(i["entry"], i["state"]) for i in document["items"]] == [(3, "kept"), (6, "signed"), (10, "open")]


def test_what_is_due_tells_a_script_by_its_exit_code(monkeypatch: pytest.MonkeyPatch) -> None:
    assert run("due").stdout == "Nothing is due within 1 day.\n"  # and no ledger was made
    opened()
    run("promise", "1", "call back", "--due", "15:00")
    run("change", "1", "forward by schedule")
    assert run("due").stdout.startswith("Due within 1 day\n  C-0001/3  Polar Refrigeration (1021): promise (dana), ")
    assert run("due", "--within", "2 h").stdout.startswith("Not signed yet, no time agreed\n  C-0001/4  ")
    monkeypatch.setenv("CALLTRACE_NOW", "2026-02-16T15:20-05:00")
    late = run("due", code=1)
    assert "Mon 16 Feb 15:00 EST (20 min overdue)" in late.stdout
    assert run("due", "--exit-zero").stdout == late.stdout
    listed = json.loads(run("due", "--json", code=1).stdout)["due"]
    assert [(d["case"], d["entry"], d["overdue"]) for d in listed] == [("C-0001", 3, True), ("C-0001", 4, False)]
    assert "is no length of time" in run("due", "--within", "soon", code=2).stderr


def test_lists_causes_and_exports() -> None:
    opened()
    second = {**report("lines-released-early"), "account": {"account": "2000", "name": "Alma Dental"}}
    Path("second.json").write_text(json.dumps(second), encoding="utf-8")
    run("open", "--report", "second.json")
    run("promise", "2", "=1+1", "--due", "fri")
    text = run("list").stdout
    assert "C-0001  16 Feb 2026  Polar Refrigeration (1021)  missed calls" in text
    assert text.endswith("2 cases, 2 open\n")
    assert [c["case"] for c in json.loads(run("list", "--account", "alma", "--json").stdout)["cases"]] == ["C-0002"]
    assert run("list", "--closed").stdout == "No case.\n"
    assert run("list", "--cause", "forwarding", "--since", "2026-02-01").stdout.endswith("2 cases, 2 open\n")
    again = run("causes", "--since", "2026-01-01", "--tz", "America/New_York").stdout
    assert again.startswith("Forwarding: 2 cases of 2 accounts, 1 time from Fri 13 Feb 2026 08:30")
    assert "→ Ask how their forwarding is done." in again
    rows = list(csv.DictReader(io.StringIO(run("export", "--format", "csv").stdout)))
    assert [(r["case"], r["kind"]) for r in rows] == [
        ("C-0001", "opened"), ("C-0001", "report"),
        ("C-0002", "opened"), ("C-0002", "report"), ("C-0002", "promise"),
    ]  # fmt: skip
    assert rows[-1]["text"] == "'=1+1"
    run("export", "--output", "cases.json")
    assert Path("cases.json").stat().st_mode & 0o777 == 0o600  # callers are in it
    exported = json.loads(Path("cases.json").read_text(encoding="utf-8"))["cases"]
    assert exported[0]["reports"][0]["report"] == report()


def test_an_account_is_taken_from_an_earlier_case_or_as_it_is() -> None:
    opened()
    second = run("open", "--account", "polar", "--complaint", "long-hold", "--from", "2026-02-15", "--to", "2026-02-15")
    assert second.stdout.startswith("C-0002 · Polar Refrigeration (1021) · long hold · open\n")
    assert "Asked about Sun 15 Feb 00:00 – 24:00 EST" in second.stdout
    third = run("open", "--account", "New Client", "--tz", "America/Chicago")
    assert third.stdout.startswith("C-0003 · New Client · no complaint named · open\n  Opened Mon 16 Feb 2026 07:30 CST")
    assert "No account 'New Client' is known here yet" in third.stderr


@pytest.mark.parametrize(
    ("args", "code", "told"),
    [
        (("open",), 2, "Whose complaint is it?"),
        (("open", "logs", "--report", "report.json"), 2, "not both"),
        (("open", "--account", "1021", "--from", "2026-02-15", "--to", "2026-02-10"), 2, "ends before it begins"),
        (("note", "1", "x", "--by", "phone"), 2, "say whom with --told"),
        (("note", "x", "text"), 2, "'x' is no case; expected its number, such as C-0042 or 42"),
        (("show", "9"), 3, "there is no case C-0009"),
        (("show", "1", "--entry", "2"), 2, "it goes with --report"),
        (("promise", "1", "x", "--due", "3/4"), 2, "says nothing about when"),
        (("promise", "1", "x", "--due", "today 7:00"), 2, "which has gone by"),
        (("kept", "1", "1"), 2, "entry 1 of C-0001 is nothing to keep"),
        (("credit", "1", "lots", "x"), 2, "'lots' is no amount"),
        (("change", "1", "x", "--at", "7:00"), 2, "say by whom with --signed-by"),
        (("attach", "1", "notes.txt"), 2, "notes.txt is no report"),
        (("close", "1", "--outcome", "x", "--cause", "luck"), 2, "there is no cause 'luck'"),
        (("reopen", "1", "why"), 2, "is open already"),
        (("list", "--ledger", "mysql://x/y"), 2, "can't be kept at a mysql address"),
    ],
)
def test_what_can_not_be_done_is_said(args: tuple[str, ...], code: int, told: str) -> None:
    opened()
    Path("notes.txt").write_text("no json", encoding="utf-8")
    result = run(*args, code=code)
    assert result.stdout == ""
    assert told in " ".join(result.stderr.split())


def test_a_letter_and_a_brief_are_written_from_the_report_kept_with_a_case(repo_root: Path) -> None:
    asked = (str(repo_root / "sample_logs" / "refrigeration-weekend"), "--account", "polar", "--complaint", "missed-calls")
    asked += ("--from", "2026-02-13 16:00", "--to", "2026-02-16 08:20")
    shown = run("open", *asked)
    assert shown.stdout.startswith("C-0001 · Polar Refrigeration (1021) · missed calls · open")
    again = CliRunner().invoke(main, ["investigate", *asked, "--open-case", "--format", "json"])
    assert json.loads(again.stdout)["verdict"]["cause"] == "lines-not-forwarded"
    assert again.stderr == "Opened C-0002.\n"
    assert json.loads(run("show", "2", "--report").stdout) == json.loads(again.stdout)
    run("show", "2", "--report", "--output", "kept.json")
    letters = [
        CliRunner().invoke(main, ["letter", *source]) for source in (("--case", "2"), ("--report", "kept.json"))
    ]
    assert letters[0].stdout == letters[1].stdout
    assert letters[0].stdout.startswith("February 16, 2026\n")
    for wrong in (("letter", "--case", "1", "--report", "kept.json"), ("brief", "--case", "1", "--account", "polar"),
                  ("investigate", *asked, "--case", "1", "--open-case")):  # fmt: skip
        assert CliRunner().invoke(main, [*wrong]).exit_code == 2


def test_the_configuration_says_where_the_ledger_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CALLTRACE_LEDGER")
    config = tmp_path / "calltrace.toml"
    config.write_text(
        f'[ledger]\nurl = "{tmp_path}/team.sqlite3"\n[service]\nzone = "America/Chicago"\n'
        '[accounts.1021]\nname = "Polar Refrigeration"\nzone = "America/Denver"\n',
        encoding="utf-8",
    )
    shown = run("open", "--account", "polar", "--config", str(config))
    assert shown.stdout.splitlines()[1] == "  Opened Mon 16 Feb 2026 06:30 MST by dana"
    assert (tmp_path / "team.sqlite3").exists()
    assert "there is no ledger" in run("list", code=3).stderr
    assert run("list", "--config", str(config)).stdout.endswith("1 case, 1 open\n")


def test_the_shell_offers_the_open_cases() -> None:
    def offered(begun: str) -> list[str]:
        env = {"_CALLTRACE_COMPLETE": "zsh_complete", "COMP_WORDS": f"calltrace case note {begun}", "COMP_CWORD": "3"}
        result = CliRunner().invoke(main, [], env=env, prog_name="calltrace")
        return result.output.splitlines()[1::3]

    assert offered("") == []
    opened()
    opened()
    run("close", "1", "--outcome", "done")
    opened()
    assert offered("") == ["C-0003", "C-0002"]
    assert offered("C-0002") == offered("2") == ["C-0002"]


def test_two_who_open_a_case_of_one_client_learn_of_each_other() -> None:
    opened()
    second = run("open", "--report", "report.json", "--as", "eli")
    assert second.stderr == "This account has another case open: C-0001 (by dana).\n"
    run("close", "1", "--outcome", "done")
    run("close", "2", "--outcome", "done")
    assert run("open", "--report", "report.json").stderr == ""


def test_what_is_refused_is_named_without_the_caller() -> None:
    opened()
    run("promise", "1", "ring 717-555-0143 back", "--due", "15:00")
    refused = run("close", "1", "--outcome", "x", "--mask", code=2).stderr
    assert "can't be closed yet" in refused
    assert "0143" not in refused
    assert "0143" in run("close", "1", "--outcome", "x", code=2).stderr


def test_reading_makes_no_ledger(tmp_path: Path) -> None:
    for args in (("list",), ("show", "1"), ("export",), ("note", "1", "x"), ("causes",)):
        assert "there is no ledger at" in run(*args, code=3).stderr
    assert not (tmp_path / "ledger.sqlite3").exists()


def test_a_present_that_is_no_instant_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALLTRACE_NOW", "yesterday")
    assert "expected an instant with its offset" in run("open", "--account", "1021", code=2).stderr


def test_callers_are_hidden_where_they_are_to_be() -> None:
    run("open", "--account", "1021", "--complaint", "caller-claim", "--caller", "(717) 555-0143", "--claim",
        "she rang from 717-555-0143", "--mask")  # fmt: skip
    run("note", "1", "rang back", "--told", "Ms Fox 614-555-0171", "--by", "text to 6145550171", "--as", "d 614.555.0171")
    for args in (("show", "1"), ("show", "1", "--json"), ("export", "--format", "csv")):
        shown = run(*args, "--mask").stdout
        assert "717" not in shown
        assert "614" not in shown
    assert "555-0143" in run("show", "1").stdout


def test_a_look_at_what_is_due_leaves_pandas_out() -> None:
    opened()
    code = (
        "import sys; from calltrace.cli.main import main\n"
        "main(['case', 'due', '--within', '3 days'], standalone_mode=False)\n"
        "main(['case', 'show', '1'], standalone_mode=False)\n"
        "main(['case', 'promise', '1', 'x', '--due', 'fri 9:00'], standalone_mode=False)\n"
        "print([m for m in ('pandas', 'pyarrow', 'sqlalchemy') if m in sys.modules])"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.endswith("[]\n")
