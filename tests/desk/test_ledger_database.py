"""The ledger's files: private, whole after a kill, safe for two at once, and brought up to date from version 1."""

from __future__ import annotations

import os
import signal
import sqlite3
import stat
import subprocess
import sys
import uuid
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from calltrace.desk.ledger import database
from calltrace.desk.ledger.ledger import Ledger, open_existing
from calltrace.desk.ledger.place import is_server, with_password
from calltrace.errors import InputError, UsageError
from desk.ledgers import NOW

WRITER = """
import sys
from datetime import UTC, datetime
from calltrace.desk.ledger.ledger import Ledger
place, who, entries, cases = sys.argv[1:]
now = datetime(2026, 2, 16, 13, 30, tzinfo=UTC)
print("ready", flush=True)
sys.stdin.readline()
with Ledger(place) as ledger:
    for i in range(int(cases)):
        print("case", ledger.open_case(f"{who}-{i}", by=who, now=now), flush=True)
    for i in range(int(entries)):
        print("entry", ledger.note(1, f"{who} {i}", by=who, now=now).number, flush=True)
"""


def writer(place: str, who: str, *, entries: int, cases: int = 0) -> subprocess.Popen[str]:
    child = subprocess.Popen(
        [sys.executable, "-c", WRITER, place, who, str(entries), str(cases)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert child.stdout is not None
    assert child.stdout.readline() == "ready\n"
    return child


def go(*children: subprocess.Popen[str]) -> list[list[str]]:
    """Let them all begin at once, and return what each confirmed."""
    for child in children:
        assert child.stdin is not None
        child.stdin.write("go\n")
        child.stdin.flush()
    said = [child.communicate(timeout=60)[0].splitlines() for child in children]
    assert [child.returncode for child in children] == [0] * len(children)
    return said


def places(tmp_path: Path) -> list[str]:
    server = os.environ.get("CALLTRACE_TEST_POSTGRES")
    return [str(tmp_path / "new" / "ledger.sqlite3"), *([f"{server}?schema=two_{uuid.uuid4().hex[:12]}"] if server else [])]


def test_two_who_write_at_once_lose_nothing(tmp_path: Path) -> None:
    for place in places(tmp_path):
        one, two = go(writer(place, "dana", entries=50, cases=5), writer(place, "eli", entries=50, cases=5))
        with Ledger(place) as ledger:
            cases, entries = ledger.cases(), ledger.case(1).entries
            assert sorted(c.id for c in cases) == list(range(1, 11))
            assert sorted(int(line.split()[1]) for line in one + two if line.startswith("case")) == list(range(1, 11))
            assert [e.number for e in entries] == list(range(1, 102))
            confirmed = [int(line.split()[1]) for line in one + two if line.startswith("entry")]
            assert sorted(confirmed) == list(range(2, 102))
            for who in ("dana", "eli"):  # each one's own words, in the order they were written
                assert [e.text for e in entries if e.by == who and e.kind == "note"] == [f"{who} {i}" for i in range(50)]
            if is_server(place):
                with ledger.database.writing():
                    ledger.database.run(f'DROP SCHEMA "{place.rpartition("=")[2]}" CASCADE')


def test_two_who_begin_the_ledger_at_once_begin_one(tmp_path: Path) -> None:
    for place in places(tmp_path):
        go(*(writer(place, who, entries=0, cases=1) for who in ("dana", "eli")))
        with Ledger(place) as ledger:
            assert sorted(c.id for c in ledger.cases()) == [1, 2]
            if is_server(place):
                with ledger.database.writing():
                    ledger.database.run(f'DROP SCHEMA "{place.rpartition("=")[2]}" CASCADE')


def test_killed_in_the_middle_all_that_was_confirmed_is_there(tmp_path: Path) -> None:
    place = str(tmp_path / "ledger.sqlite3")
    with Ledger(place) as ledger:
        ledger.open_case("1021", by="dana", now=NOW)
    confirmed: list[int] = []
    for turn in range(6):
        child = writer(place, f"turn{turn}", entries=100_000)
        assert child.stdin is not None
        assert child.stdout is not None
        child.stdin.write("go\n")
        child.stdin.flush()
        # killed at another place each time
        confirmed += [int(child.stdout.readline().split()[1]) for _ in range(3 + 7 * turn)]
        child.send_signal(signal.SIGKILL)
        rest = child.stdout.read()  # and not communicate(): what was read ahead of the last line is in here
        child.stdin.close()
        child.stdout.close()
        child.wait(timeout=10)
        confirmed += [int(line.split()[1]) for line in rest.splitlines(keepends=True) if line.endswith("\n")]
        with Ledger(place) as ledger:
            numbers = [e.number for e in ledger.case(1).entries]
            assert set(confirmed) <= set(numbers)
            assert numbers == list(range(1, len(numbers) + 1))
            # at most the one that was on its way when the kill came
            assert len(numbers) <= 1 + len(confirmed) + (turn + 1)
    with sqlite3.connect(place) as link:
        assert link.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert link.execute("PRAGMA foreign_key_check").fetchall() == []


def test_only_its_owner_reads_it(tmp_path: Path) -> None:
    place = tmp_path / "deep" / "ledger.sqlite3"
    before = os.umask(0)
    try:
        with Ledger(str(place)) as ledger:
            ledger.open_case("1021", by="dana", now=NOW)
            for path in [place.parent, *place.parent.iterdir()]:  # the write-ahead log too
                assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path
    finally:
        os.umask(before)
    place.chmod(0o644)
    with Ledger(str(place), create=False):
        assert stat.S_IMODE(place.stat().st_mode) == 0o600


def test_it_waits_for_the_disk(tmp_path: Path) -> None:
    """What is confirmed survives a power cut: the settings SQLite documents for that."""
    with Ledger(str(tmp_path / "l.sqlite3")) as ledger:
        link: Any = ledger.database
        assert link.rows("PRAGMA journal_mode")[0]["journal_mode"] == "wal"
        assert link.rows("PRAGMA synchronous")[0]["synchronous"] == 2
        assert link.rows("PRAGMA foreign_keys")[0]["foreign_keys"] == 1


def test_a_ledger_of_version_1_opens_and_holds_what_it_held(tmp_path: Path, repo_root: Path) -> None:
    place = tmp_path / "old.sqlite3"
    with sqlite3.connect(place) as link:
        link.executescript((repo_root / "tests" / "desk" / "ledger_v1.sql").read_text(encoding="utf-8"))
    with Ledger(str(place), create=False) as ledger:
        first, second = ledger.cases()
        assert (first.account, first.status, len(first.entries)) == ("1021", "closed", 11)
        assert first.found is not None
        assert first.found.cause == "lines-not-forwarded"
        assert [i.state for i in first.items] == ["kept", "signed", "open"]
        assert first.entries[0].at == NOW
        assert (second.account, second.status) == ("2000", "open")
        assert ledger.report(1)["verdict"]["cause"] == "lines-not-forwarded"
        assert ledger.open_case("3000", by="dana", now=NOW) == 3
        newest = max(database.versions())
        with ledger.database.reading():
            assert ledger.database.rows("SELECT max(version) AS v FROM migrations")[0]["v"] == newest


def test_a_migration_is_run_once_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = str(tmp_path / "l.sqlite3")
    with Ledger(place) as ledger:
        ledger.open_case("1021", by="dana", now=NOW)
    newest = max(database.versions())
    folder = tmp_path / "migrations"
    folder.mkdir()
    for path in database.MIGRATIONS.glob("*.sql"):
        (folder / path.name).write_bytes(path.read_bytes())
    following = folder / f"{newest + 1:04d}_next.sql"
    following.write_text("-- half of it is wrong\nALTER TABLE cases ADD COLUMN mood TEXT;\nUPDATE no_table SET x = 1;\n")
    monkeypatch.setattr(database, "MIGRATIONS", folder)
    with pytest.raises(InputError, match="no such table: no_table"):
        Ledger(place)
    following.write_text("ALTER TABLE cases ADD COLUMN mood TEXT DEFAULT 'calm';\n")
    for _ in range(2):
        with Ledger(place) as ledger, ledger.database.reading():
            assert ledger.database.rows("SELECT mood FROM cases") == [{"mood": "calm"}]
            assert len(ledger.database.rows("SELECT * FROM migrations")) == newest + 1
    monkeypatch.undo()
    with pytest.raises(InputError, match=rf"has version {newest + 1} of its tables; expected at most version {newest}"):
        Ledger(place)


def test_what_is_no_ledger_is_left_alone(tmp_path: Path) -> None:
    text = tmp_path / "notes.txt"
    text.write_text("dear diary, " * 100)
    with pytest.raises(InputError, match="is no ledger"):
        Ledger(str(text))
    other = tmp_path / "places.sqlite"
    with sqlite3.connect(other) as link:
        link.execute("CREATE TABLE cases (id INTEGER)")
    with pytest.raises(InputError, match="another program's database"):
        Ledger(str(other))
    with sqlite3.connect(other) as link:
        assert link.execute("SELECT name FROM sqlite_master").fetchall() == [("cases",)]
    with pytest.raises(InputError, match="there is no ledger at"):
        Ledger(str(tmp_path / "none"), create=False)
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="can't be made"):
        Ledger(str(tmp_path / "file" / "below"))
    with pytest.raises(UsageError, match="can't be kept at a mysql address"):
        Ledger("mysql://root@host/db")
    with pytest.raises(UsageError, match="no name for a schema"):
        Ledger('postgresql://host/db?schema="; DROP')


def test_a_folder_closed_to_us_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def closed(path: Path) -> bool:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "exists", closed)  # root may enter everywhere, and tests may run as root
    for attempt in (Ledger, open_existing):
        with pytest.raises(InputError, match="can't be reached: Permission denied"):
            attempt(str(tmp_path / "ledger.sqlite3"))


def test_a_server_that_is_not_there_is_said_without_its_password() -> None:
    with pytest.raises(InputError) as told:
        Ledger("postgresql://dana:s3cret@127.0.0.1:1/ledger")
    assert "dana:***@127.0.0.1:1/ledger can't be used" in str(told.value)
    assert "s3cret" not in str(told.value)


@pytest.mark.parametrize(
    ("place", "whole"),
    [
        ("postgresql://dana@db/ledger", "postgresql://dana:p%40ss%2F@db/ledger"),
        ("postgresql://dana:own@db/ledger", "postgresql://dana:own@db/ledger"),
        ("/var/lib/ledger.sqlite3", "/var/lib/ledger.sqlite3"),
    ],
)
def test_a_password_kept_apart_goes_into_the_address(place: str, whole: str) -> None:
    assert with_password(place, "p@ss/") == whole


def test_what_goes_wrong_within_a_transaction_undoes_it_whole(tmp_path: Path) -> None:
    with Ledger(str(tmp_path / "l.sqlite3")) as ledger:
        case = ledger.open_case("1021", by="dana", now=NOW)
        with pytest.raises(RuntimeError, match="half way"):
            half_way(ledger, case)
        assert ledger.case(case).name == ""
        ledger.promise(case, "call back", NOW + timedelta(hours=1), by="dana", now=NOW)


def half_way(ledger: Ledger, case: int) -> None:
    with ledger.database.writing():
        ledger.database.run("UPDATE cases SET name = 'half' WHERE id = :id", id=case)
        raise RuntimeError("half way")
