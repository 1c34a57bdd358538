from __future__ import annotations

import json
import stat
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from calltrace.desk.access import AccessLog
from calltrace.errors import InputError

NOW = datetime(2026, 2, 16, 13, 30, tzinfo=UTC)
ANN = "+17175550143"


@pytest.fixture
def log(tmp_path: Path) -> AccessLog:
    return AccessLog(tmp_path / "private" / "access.log")


def test_it_tells_who_looked_up_whom_and_why_and_holds_no_number(log: AccessLog) -> None:
    log.record("caller", "717-555-0143", "case 12: (717) 555-0143 says nobody called back", who="dana", now=NOW)
    log.record("calls", ANN, "", who="eli", now=NOW + timedelta(hours=1))
    log.record("caller", "+17175550199", "wrong number?", who="dana", now=NOW + timedelta(hours=2))
    first, second, _ = log.lookups()
    assert (first.at, first.who, first.command, first.caller) == (NOW, "dana", "caller", "…43")
    assert first.reason == "case 12: (forgotten) says nobody called back"
    assert [one.who for one in log.lookups(caller="+1 (717) 555-0143")] == ["dana", "eli"]
    assert [one.caller for one in log.lookups(who="DANA")] == ["…43", "…99"]
    assert log.lookups(since=NOW + timedelta(minutes=1)) == (second, _)
    text = log.path.read_text(encoding="utf-8")
    assert "5550143" not in text
    assert "555-0143" not in text


@pytest.mark.parametrize(
    "said", ["0017175550143", "011 1 717 555 0143", "tel:+1-717-555-0143", "555-0143", "75550143"]
)
def test_whatever_finds_a_caller_is_a_lookup_of_that_caller(log: AccessLog, said: str) -> None:
    log.record("caller", said, "1 (717) 555-0143 or 7175550143?", who="dana", now=NOW)
    log.record("caller", "+17175550199", "", who="dana", now=NOW)
    assert [one.caller for one in log.lookups(caller=ANN)] == ["…43"]
    rows = [json.loads(line) for line in log.path.read_text(encoding="utf-8").splitlines()]
    assert "0143" not in str([row | {"tag": ""} for row in rows])  # a tag has any digits, by chance those as well
    assert log.forget(ANN) == 1
    assert [one.caller for one in log.lookups()] == ["(forgotten)", "…99"]


@pytest.mark.parametrize(("recorded", "asked"), [("03 5554 7067", "+61355547067"), ("+61355547067", "03 5554 7067")])
def test_a_lookup_is_told_with_its_countrys_code_and_without(log: AccessLog, recorded: str, asked: str) -> None:
    log.record("caller", recorded, "", who="dana", now=NOW)
    assert len(log.lookups(caller=asked)) == 1
    assert log.lookups(caller="03 5554 7068") == ()


def test_only_its_owner_reads_it_and_another_key_opens_nothing(log: AccessLog, tmp_path: Path) -> None:
    log.record("caller", ANN, "", who="dana", now=NOW)
    for path in (log.path.parent, log.path, log.path.with_suffix(".key")):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path
    assert len(log.path.with_suffix(".key").read_bytes()) == 32
    assert AccessLog(tmp_path / "other.log").tag(ANN) != log.tag(ANN)


def test_two_who_look_at_once_are_both_written_down(log: AccessLog) -> None:
    code = (
        "import sys; from datetime import UTC, datetime; from calltrace.desk.access import AccessLog\n"
        "for i in range(25): AccessLog(sys.argv[1]).record('caller', '+17175550143', str(i), who=sys.argv[2],"
        " now=datetime(2026, 2, 16, tzinfo=UTC))"
    )
    children = [subprocess.Popen([sys.executable, "-c", code, str(log.path), who]) for who in ("dana", "eli")]
    assert [child.wait(timeout=60) for child in children] == [0, 0]
    for who in ("dana", "eli"):
        assert [one.reason for one in log.lookups(who=who, caller=ANN)] == [str(i) for i in range(25)]


def test_a_line_torn_by_a_crash_takes_no_other_with_it(log: AccessLog) -> None:
    log.record("caller", ANN, "one", who="dana", now=NOW)
    with log.path.open("ab") as stream:
        stream.write(b'{"at": "2026-02-16T13:3')
    log.record("caller", ANN, "two", who="dana", now=NOW)
    assert [one.reason for one in log.lookups()] == ["one", "two"]


def test_forgetting_leaves_that_somebody_looked(log: AccessLog) -> None:
    log.record("caller", ANN, "Ann Lee asked", who="dana", now=NOW)
    log.record("caller", "+17175550199", "as did 717 555 0143", who="dana", now=NOW)
    assert log.forget(ANN, ("Ann Lee",)) == 2
    first, second = log.lookups()
    assert (first.who, first.caller, first.tag, first.reason) == ("dana", "(forgotten)", "", "(forgotten) asked")
    assert (second.caller, second.reason) == ("…99", "as did (forgotten)")
    assert log.lookups(caller=ANN) == ()
    assert log.forget(ANN) == 0
    assert stat.S_IMODE(log.path.stat().st_mode) == 0o600


def test_old_lines_go_by_policy(log: AccessLog) -> None:
    for days in (400, 10):
        log.record("caller", ANN, str(days), who="dana", now=NOW - timedelta(days=days))
    assert log.prune(NOW - timedelta(days=365)) == 1
    assert [one.reason for one in log.lookups()] == ["10"]


def test_what_can_not_be_written_down_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="can't be written"):
        AccessLog(tmp_path / "file" / "access.log").record("caller", ANN, "", who="dana", now=NOW)
    assert AccessLog(tmp_path / "none.log").lookups() == ()
