"""A torn file stays one until what was missing of it has come, under whatever name, or somebody says it never will."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable, Iterable
from pathlib import Path

import pandas as pd
import pytest

import calltrace
from calltrace.errors import UsageError
from calltrace.intake import torn
from calltrace.intake.store import Store
from calltrace.tables.case import Case
from intake_store import HEADER, lines

Write = Callable[[str, Iterable[str]], Path]

MONDAY = lines([5], 40)
TUESDAY = lines([6], 40)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.open(tmp_path / "kept", create=True)


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    folder = tmp_path / "logs"
    folder.mkdir()
    return folder


def packed(path: Path, rows: list[str], *, of: int | None = None) -> Path:
    """Rows as a .gz; or torn, so that the first ``of`` of them can be read, and a piece of the next."""
    head = HEADER + "".join(rows)
    path.write_bytes(gzip.compress(head.encode(), mtime=0))
    if of is not None:
        upto = len(HEADER + "".join(rows[:of])) + 20
        stored = gzip.compress(head.encode(), compresslevel=0, mtime=0)  # as it is: byte for byte what was written
        path.write_bytes(stored[: stored.index(b"call_id") + upto])
    return path


def broken(case: Case) -> set[str]:
    """The names of the files told as torn."""
    return {Path(path).name for path in torn.files(case.problems)}


def test_a_torn_file_gives_what_it_holds_and_is_told(store: Store, logs: Path) -> None:
    store.import_(packed(logs / "mon.csv.gz", MONDAY, of=25))
    assert len(store.read().calls) == 25
    assert broken(store.read()) == {"mon.csv.gz"}


@pytest.mark.parametrize("torn_rows", [25, 0])
def test_the_same_file_unpacked_makes_up_for_it(store: Store, logs: Path, write: Write, torn_rows: int) -> None:
    packed(logs / "mon.csv.gz", MONDAY, of=torn_rows)
    if not torn_rows:
        (logs / "mon.csv.gz").write_bytes((logs / "mon.csv.gz").read_bytes()[:12])
    store.import_([logs / "mon.csv.gz", write("other.csv", TUESDAY)])
    assert broken(store.read()) == {"mon.csv.gz"}
    store.import_(write("logs/mon.csv", MONDAY))
    assert broken(store.read()) == set()


def test_what_was_saved_of_it_by_hand_does_not(store: Store, logs: Path, write: Write) -> None:
    """``zcat mon.csv.gz > mon.csv`` gives its rows, and a piece of the next that may pass for one."""
    store.import_(packed(logs / "mon.csv.gz", MONDAY, of=25))
    store.import_(write("logs/mon.csv", MONDAY[:26]))
    assert broken(store.read()) == {"mon.csv.gz"}
    store.import_(write("logs/mon.csv", [*MONDAY[:27], MONDAY[27][:30]]))  # nor one that breaks off itself
    assert broken(store.read()) == {"mon.csv.gz"}


def test_an_export_made_again_under_another_name_makes_up_for_it(store: Store, logs: Path) -> None:
    store.import_(packed(logs / "calls-0600.csv.gz", MONDAY, of=25))
    store.import_(packed(logs / "calls-0915.csv.gz", MONDAY))
    assert broken(store.read()) == set()
    told = [p for p in store.read().problems if p.kind == torn.SETTLED]
    assert [p.fix for p in told] == [f"All of it is in {logs / 'calls-0915.csv.gz'}."]
    assert store.verify().ok


def test_a_folder_with_both_is_whole_and_stays_so(store: Store, logs: Path) -> None:
    packed(logs / "calls-0600.csv.gz", MONDAY, of=25)
    store.import_(logs)
    packed(logs / "calls-0915.csv.gz", MONDAY)
    assert not torn.files(store.import_(logs).problems)  # nobody is warned of it any more
    assert broken(store.read()) == set()
    packed(logs / "tue.csv.gz", TUESDAY)  # the torn one is read again, and is what it was
    store.import_(logs)
    assert broken(store.read()) == set()
    assert len(store.state().imports) == 1
    first = Store.open(store.url + "-at-once", create=True)
    first.import_(logs)
    assert broken(first.read()) == set()


def test_whose_times_only_its_accounts_tell_is_held_against_them(store: Store, logs: Path) -> None:
    """Read by itself, without the accounts beside it, every call would be at another time."""
    (logs / "accounts.csv").write_text("account,name,numbers,timezone\n1021,Keane,,Asia/Tokyo\n1022,Polar,,Asia/Tokyo\n")
    plain = [r.replace("-04:00", "") for r in MONDAY]
    packed(logs / "calls-0600.csv.gz", plain, of=25)
    packed(logs / "calls-0915.csv.gz", plain)
    store.import_(logs)
    assert store.read().calls["offered_at"].iloc[0] == pd.Timestamp("2026-10-05T08:00:05+09:00")
    assert broken(store.read()) == set()


@pytest.mark.parametrize(
    "rows",
    [MONDAY[1:], [r for r in MONDAY if ",1021," in r], [r.replace("c-5", "d-5") for r in MONDAY], TUESDAY],
    ids=["begins later", "one account's", "another switch's", "another day's"],
)
def test_another_file_that_lacks_any_of_it_does_not(store: Store, logs: Path, rows: list[str]) -> None:
    store.import_(packed(logs / "a.csv.gz", MONDAY, of=25))
    store.import_(packed(logs / "b.csv.gz", rows))
    assert broken(store.read()) == {"a.csv.gz"}


def test_a_torn_file_does_not_make_up_for_another(store: Store, logs: Path) -> None:
    store.import_(packed(logs / "a.csv.gz", MONDAY, of=25))
    store.import_(packed(logs / "b.csv.gz", MONDAY, of=35))
    assert broken(store.read()) == {"a.csv.gz", "b.csv.gz"}
    store.import_(packed(logs / "c.csv.gz", MONDAY))
    assert broken(store.read()) == set()


def test_the_next_days_export_under_the_same_name_does_not(store: Store, logs: Path) -> None:
    store.import_(packed(logs / "calls.csv.gz", MONDAY, of=25))
    store.import_(packed(logs / "calls.csv.gz", TUESDAY))
    assert broken(store.read()) == {"calls.csv.gz"}
    store.import_(packed(logs / "calls.csv.gz", [*MONDAY, *TUESDAY]))
    assert broken(store.read()) == set()


def test_a_torn_file_taken_out_of_its_folder_is_not_forgotten(store: Store, logs: Path) -> None:
    packed(logs / "other.csv.gz", MONDAY[::2])
    packed(logs / "mon.csv.gz", MONDAY[1::2], of=10)
    store.import_(logs)
    (logs / "mon.csv.gz").unlink()
    packed(logs / "tue.csv.gz", TUESDAY)
    store.import_(logs)
    assert broken(store.read()) == {"mon.csv.gz"}


def test_one_that_never_comes_is_accepted_by_name(store: Store, logs: Path) -> None:
    path = packed(logs / "mon.csv.gz", MONDAY, of=25)
    packed(logs / "sun.csv.gz", lines([4], 40), of=10)
    store.import_(logs)
    said = next(p.fix for p in store.read().problems if p.at.file == str(path))
    assert said == f"Import it whole; if it never comes: calltrace store accept {path} --store {store.url}"
    assert [(t.path, t.rows) for t in store.torn()] == [(str(path), 25), (str(logs / "sun.csv.gz"), 10)]
    accepted = store.accept(["mon.csv.gz"], now=pd.Timestamp("2026-10-07T09:30:00Z"))
    assert [(t.path, t.rows) for t in accepted] == [(str(path), 25)]
    assert broken(store.read()) == {"sun.csv.gz"}
    assert [p.fix for p in store.read().problems if p.kind == torn.SETTLED] == ["Accepted as it is, 2026-10-07 09:30 UTC."]
    packed(logs / "tue.csv.gz", TUESDAY)
    store.import_(logs)  # read again, as it was
    assert broken(store.read()) == {"sun.csv.gz"}
    packed(path, MONDAY, of=30)
    store.import_(logs)  # another piece of it: who accepted the first knew nothing of this
    assert broken(store.read()) == {"mon.csv.gz", "sun.csv.gz"}
    assert store.verify().ok


def test_what_is_no_torn_file_is_not_accepted(store: Store, logs: Path, write: Write) -> None:
    store.import_(write("good.csv", TUESDAY))
    with pytest.raises(UsageError, match="the store has none"):
        store.accept(["good.csv"])
    for name in ("a", "b"):
        (logs / name).mkdir()
        store.import_(packed(logs / name / "mon.csv.gz", MONDAY, of=25))
    with pytest.raises(UsageError, match=re.escape("mon.csv.gz is more than one torn file")):
        store.accept(["mon.csv.gz"])


def test_an_import_recorded_before_torn_ones_were_marked_is_accepted_as_well(store: Store, logs: Path) -> None:
    """The state of an older calltrace says nothing of torn files; its records do."""
    store.import_(packed(logs / "mon.csv.gz", MONDAY, of=25))
    state = max((Path(store.url) / "manifest").glob("*.json"))
    text = state.read_text()
    assert '"torn":"open"' in text
    state.write_text(text.replace(',"torn":"open"', ""))
    store.accept(["mon.csv.gz"])
    assert broken(store.read()) == set()


def test_files_read_as_they_are_make_up_for_one_another_by_name_alone(logs: Path) -> None:
    packed(logs / "mon.csv.gz", MONDAY, of=25)
    (logs / "again.csv").write_text(HEADER + "".join(MONDAY))
    assert broken(calltrace.load(logs)) == {"mon.csv.gz"}
    (logs / "mon.csv").write_text(HEADER + "".join(MONDAY))
    assert broken(calltrace.load(logs)) == set()
