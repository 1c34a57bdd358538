"""A store holds what one load of everything would, whatever came when, and gives back slices of it."""

from __future__ import annotations

import errno
import gzip
import os
import stat
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import calltrace
from calltrace.errors import InputError, UsageError
from calltrace.intake.asked import AskedTime
from calltrace.intake.load import gather, load
from calltrace.intake.store import Store, cleaning, importing, is_store, manifest, parts, slices, stretches
from calltrace.intake.store.places import new_name
from calltrace.tables.problems import UNREAD
from intake_store import HEADER, held, import_at_once, lines, row, same

Write = Callable[[str, Iterable[str]], Path]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.open(tmp_path / "kept", create=True)


def test_a_store_gives_back_what_load_gives(store: Store, repo_root: Path) -> None:
    logs = repo_root / "sample_logs" / "refrigeration-weekend"
    store.import_(logs)
    whole, back = calltrace.load(logs), calltrace.load(store.url)
    for name in whole.tables:
        same(whole.table(name), back.table(name), name)
    assert back.sources == whole.sources
    assert back.problems == whole.problems
    assert (back.zone, back.zone_from, back.logs_unanswered) == (whole.zone, whole.zone_from, whole.logs_unanswered)
    assert store.verify().ok


def test_importing_twice_changes_nothing(store: Store, write: Write) -> None:
    calls = write("a.csv", lines([1, 2]))
    first = store.import_(calls)
    files = held(store)
    again = store.import_(calls)
    assert first.added == {"calls": 16}
    assert again.unchanged
    assert (again.added, again.version, held(store)) == ({}, first.version, files)


def test_the_same_import_at_once_changes_nothing(store: Store, write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = write("a.csv", lines([1, 2]))
    real = importing.gather_for

    def overtaken(*asked: Any) -> Any:
        monkeypatch.setattr(importing, "gather_for", real)
        store.import_(calls)  # by another process, as this one reads
        return real(*asked)

    monkeypatch.setattr(importing, "gather_for", overtaken)
    result = store.import_(calls)
    assert (result.unchanged, result.version, len(store.state().imports)) == (True, 1, 1)
    assert store.verify().orphans == ()


def test_a_copy_under_another_name_changes_nothing(store: Store, write: Write, tmp_path: Path) -> None:
    store.import_(write("a.csv", lines([1, 2])))
    before = held(store)
    again = store.import_(write("b.csv", lines([1, 2])))
    assert again.unchanged
    assert held(store) == before
    assert set(store.read().calls["source_file"]) == {str(tmp_path / "a.csv")}  # where it was first read


def test_a_file_that_was_torn_and_is_whole_now_is_told_as_whole_though_its_rows_are_there(
    store: Store, write: Write, tmp_path: Path
) -> None:
    folder = tmp_path / "logs"
    folder.mkdir()
    packed = gzip.compress(write("calls.csv", lines(range(1, 29), 60)).read_bytes(), mtime=0)
    (folder / "calls.csv.gz").write_bytes(packed[: len(packed) // 2])
    assert {p.kind for p in store.import_([folder]).problems} & UNREAD
    # its rows come by another way first, and those that were lost in two pieces of which none has them all
    whole = (tmp_path / "calls.csv").read_text().splitlines(keepends=True)[1:]
    for number in (0, 1):
        store.import_([write(f"half-{number}.csv", whole[number::2])])
    assert {p.kind for p in store.read().problems} & UNREAD
    (folder / "calls.csv.gz").write_bytes(packed)
    again = store.import_([folder])
    assert (again.unchanged, again.added) == (True, {})
    assert not {p.kind for p in store.read().problems} & UNREAD
    assert store.import_([folder]).version == again.version


def test_what_comes_late_joins_its_day(store: Store, write: Write) -> None:
    all_lines = lines([1, 2, 3])
    store.import_(write("a.csv", all_lines[:10] + all_lines[12:]))
    late = store.import_(write("late.csv", all_lines[10:12]))
    assert (late.added, late.days) == ({"calls": 2}, ("2026-10-02",))
    same(calltrace.load(write("whole.csv", all_lines)).calls, store.read().calls, "calls", source=False)
    assert store.verify().ok


def test_a_corrected_record_replaces_its_elder(store: Store, write: Write) -> None:
    store.import_(write("a.csv", [row(1, "2026-10-01T10:00:00Z", outcome="abandoned", talk="0"), *lines([2])]))
    result = store.import_(write("b.csv", [row(1, "2026-10-01T10:00:00Z", talk="75")]))
    calls = store.read().calls
    assert result.added == {"calls": 0}
    assert len(calls) == 9
    assert calls[["outcome", "talk_s"]].iloc[0].tolist() == ["answered", 75.0]
    assert store.intervals(columns=["answered", "abandoned"]).iloc[0].tolist() == [1, 0]


def test_an_id_used_again_is_another_call(store: Store, write: Write) -> None:
    store.import_(write("a.csv", [row(1, "2026-10-01T10:00:00Z")]))
    store.import_(write("b.csv", [row(1, "2026-10-05T10:00:00Z")]))
    assert len(store.read().calls) == 2


def test_a_message_moved_to_another_day_is_one_message(store: Store, write: Write, tmp_path: Path) -> None:
    store.import_(write("a.csv", lines([1, 2])))
    head = "message_id,call_id,account,taken_at,agent,priority\n"
    for at in ("2026-10-01T10:00:00Z", "2026-10-02T10:00:00Z"):
        (tmp_path / "messages.csv").write_text(f"{head}m1,c-1000,1021,{at},A1,urgent\n")
        store.import_(tmp_path / "messages.csv")
    assert store.read().table("messages")["taken_at"].dt.day.tolist() == [2]
    assert store.days("messages") == ["2026-10-02"]
    assert store.verify().ok


def test_accounts_known_before_tell_the_zone_of_calls_that_come_later(store: Store, write: Write, tmp_path: Path) -> None:
    accounts = tmp_path / "accounts.csv"
    accounts.write_text("account,name,numbers,timezone\n1021,Keane,+12125551021,America/Denver\n")
    store.import_(accounts)
    store.import_(write("a.csv", [row(1, "2026-10-01 10:00:00")]))
    assert store.read().calls["offered_at"].iloc[0] == pd.Timestamp("2026-10-01T16:00:00Z")
    assert store.read().zone == "America/Denver"


def test_the_same_log_in_another_zone_is_refused(store: Store, write: Write) -> None:
    calls = write("a.csv", [row(1, "2026-10-01 10:00:00"), row(2, "2026-10-01 11:00:00")])
    store.import_(calls, tz="UTC")
    with pytest.raises(UsageError, match="its times read in UTC, now in America/Denver"):
        store.import_(calls, tz="America/Denver")
    again = write("copy.csv", [row(1, "2026-10-01 10:00:00"), row(2, "2026-10-01 11:00:00"), row(3, "2026-10-01 12:00:00")])
    with pytest.raises(UsageError, match="its times read in UTC, now in America/Denver"):
        store.import_(again, tz="America/Denver")
    assert len(store.read().calls) == 2
    given = write("b.csv", lines([1]))  # times with offsets are what they are
    store.import_(given, tz="UTC")
    assert store.import_(given, tz="America/Denver").unchanged


def test_a_slice_reads_only_its_days(store: Store, write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    store.import_(write("a.csv", lines(range(1, 11))))
    read: list[str] = []
    whole = calltrace.load(store.url).calls
    real = parts.read

    def counting(place: Any, part: Any, columns: Any = None) -> Any:
        read.append(part.day)
        return real(place, part, columns)

    monkeypatch.setattr(parts, "read", counting)
    start, end = pd.Timestamp("2026-10-03T12:20:00Z"), pd.Timestamp("2026-10-04T13:00:00Z")
    some = store.read(start=start, end=end).calls
    want = whole[(whole["offered_at"] >= start) & (whole["offered_at"] < end)]
    assert len(want) == 10
    assert some["call_id"].tolist() == want["call_id"].tolist()
    assert sorted(set(read)) == ["2026-10-03", "2026-10-04"]
    one = store.read(["calls"], account="1022", columns={"calls": ["call_id", "offered_at"]})
    assert len(one.calls) == 40
    assert one.calls["agent"].isna().all()
    assert list(one.tables) == ["calls"]


def test_calls_are_found_by_caller_agent_and_account(store: Store, write: Write) -> None:
    store.import_(write("a.csv", lines(range(1, 6))))
    assert len(store.find(caller="+17175551002")) == 5
    assert len(store.find(caller="+17175551002", start=pd.Timestamp("2026-10-04T00:00Z"))) == 2
    assert len(store.find(agent="A1", account="1022")) == 20
    assert store.find(where={"outcome": ["abandoned"]}, limit=3)["offered_at"].dt.day.tolist() == [4, 5, 5]
    assert store.find(caller="+19995550000").empty


def test_interval_counts_are_those_of_the_calls(store: Store, write: Write) -> None:
    store.import_(write("a.csv", [
        row(1, "2026-10-01T10:01:00Z"), row(2, "2026-10-01T10:14:59Z", outcome="abandoned", talk="0"),
        row(3, "2026-10-01T10:15:00Z", account="1022", outcome="busy", talk="0"), row(4, "2026-10-02T23:59:59Z"),
    ]))  # fmt: skip
    counts = store.intervals()
    assert counts["interval_start"].dt.strftime("%dT%H:%M").tolist() == ["01T10:00", "01T10:15", "02T23:45"]
    assert counts[["offered", "answered", "abandoned", "busy"]].to_numpy().tolist() == [[2, 1, 1, 0], [1, 0, 0, 1], [1, 1, 0, 0]]
    assert counts[["answer_wait_s", "lost_wait_s", "talk_s"]].to_numpy().tolist() == [[5, 5, 60], [0, 5, 0], [5, 0, 60]]
    grid = store.matrix(pd.Timestamp("2026-10-01T00:00Z"), pd.Timestamp("2026-10-03T00:00Z"))
    assert grid.names == ("1021", "1022")
    assert grid.cells.shape == (2, 192)
    assert grid.cells.sum(axis=1).tolist() == [3, 1]
    assert grid.cells[0, 40] == 2
    platform = store.matrix(pd.Timestamp("2026-10-01T00:00Z"), pd.Timestamp("2026-10-02T00:00Z"), by=None, of="answer_wait_s")
    assert platform.cells[0, 40] == 5.0
    assert np.flatnonzero(platform.cells[0]).tolist() == [40]


def test_a_broken_off_import_leaves_the_old_store(store: Store, write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    store.import_(write("a.csv", lines([1])))
    before = store.read().calls

    def broken(*_: object) -> bool:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(type(store.place), "create", broken)
        with pytest.raises(KeyboardInterrupt):
            store.import_(write("b.csv", lines([1, 2])))
    assert store.read().calls.equals(before)
    found = store.verify()
    assert (found.ok, found.orphans) == (True, ())  # it took back what it wrote


def test_what_a_killed_import_left_is_cleaned_away_later(store: Store, write: Write) -> None:
    store.import_(write("a.csv", lines([1])))
    left = Path(store.url, "calls", "day=2026-10-02", f"{new_name()}.parquet")
    left.parent.mkdir()
    left.write_bytes(b"PAR1")
    found = store.verify()
    assert (found.ok, found.orphans) == (True, (f"calls/day=2026-10-02/{left.name}",))
    assert cleaning.clean(store, store.state()) == 0  # an import may be about to name it
    assert cleaning.clean(store, store.state(), grace_s=-1) == 1
    assert not left.parent.exists()
    assert store.verify().orphans == ()


def test_what_a_killed_change_of_state_left_is_cleaned_away_later(store: Store, write: Write) -> None:
    store.import_(write("a.csv", lines([1])))
    left = Path(store.url, "manifest", ".new-a1b2c3d4")
    left.write_bytes(b"{")
    assert cleaning.clean(store, store.state(), grace_s=-1) == 1
    assert not left.exists()
    assert len(store.read().calls) == 8


def test_nobody_elses_file_is_ever_cleaned_away(store: Store, write: Write) -> None:
    """A store that was begun in a folder with other files, before that was refused: they are their owner's."""
    store.import_(write("a.csv", lines([1])))
    names = ("thesis.doc", "calls/notes.txt", "calls/day=2026-10-01/mine.parquet", "photos/a.png")
    theirs = [Path(store.url, name) for name in names]
    for path in theirs:
        path.parent.mkdir(exist_ok=True)
        path.write_text("of years")
    store.import_(write("b.csv", lines([2])))
    assert cleaning.clean(store, store.state(), grace_s=-1) >= 0
    store.forget("+17175551000")
    store.prune(1, now=pd.Timestamp("2026-10-03T06:00Z"))
    assert all(path.exists() for path in theirs)
    assert not {str(path.relative_to(store.url)) for path in theirs} & set(store.verify().orphans)


def test_a_store_is_not_begun_among_other_files(write: Write, tmp_path: Path) -> None:
    calls = write("a.csv", lines([1]))
    folder = tmp_path / "home"
    folder.mkdir()
    (folder / "thesis.doc").write_text("of years")
    with pytest.raises(UsageError, match=r"home is no store and holds other files \(thesis.doc\)"):
        Store.open(folder, create=True).import_(calls)
    assert [p.name for p in folder.iterdir()] == ["thesis.doc"]
    (folder / "thesis.doc").unlink()
    (folder / ".hidden").touch()
    (folder / "calls" / "day=2026-10-01").mkdir(parents=True)  # left by an import that was killed
    Store.open(folder, create=True).import_(calls)
    (folder / "README.txt").write_text("our calls")
    assert Store.open(folder).import_(write("b.csv", lines([2]))).added == {"calls": 8}
    with pytest.raises(UsageError, match="the store's place is empty"):
        Store.open(" ", create=True)


def test_two_imports_at_once_lose_nothing(store: Store, write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both have read the same state and written their files before either puts the next state in force."""
    store.import_(write("a.csv", lines([1])))
    ways = [write("b.csv", lines([1, 2], a_day=12)), write("c.csv", lines([2, 3], a_day=10))]
    import_at_once(store, ways, monkeypatch)
    assert store.state().version == 3
    assert sorted(store.read().calls["call_id"]) == sorted(calltrace.load(ways).calls["call_id"])
    assert store.verify().ok


def test_a_store_is_its_owners_alone(store: Store, write: Write) -> None:
    store.import_(write("a.csv", lines([1])))
    root = Path(store.url)
    modes = {p.is_dir(): stat.S_IMODE(p.stat().st_mode) for p in [root, *root.rglob("*")]}
    assert modes == {True: 0o700, False: 0o600}


def test_verify_tells_what_is_damaged_missing_or_double(store: Store, write: Write) -> None:
    store.import_(write("a.csv", lines([1, 2, 3])))
    state = store.state()
    bad, gone = (Path(store.url, state.parts["calls", f"2026-10-0{d}"].file) for d in (1, 2))
    data = bytearray(bad.read_bytes())
    data[-6] ^= 1  # in how long its footer is said to be
    bad.write_bytes(data)
    gone.unlink()
    found = store.verify()
    assert [f.saw for f in found.faults] == ["its content is not what was written", "it is not there"]
    with pytest.raises(InputError, match="lacks a file"):
        store.read(start=pd.Timestamp("2026-10-02T00:00Z"), end=pd.Timestamp("2026-10-03T00:00Z"))
    with pytest.raises(InputError, match="can't be read"):
        store.read(end=pd.Timestamp("2026-10-02T00:00Z"))


def test_verify_goes_on_past_a_damaged_file_and_tells_all_of_them(store: Store, write: Write, tmp_path: Path) -> None:
    (tmp_path / "messages.csv").write_text(
        "message_id,call_id,account,taken_at,agent,priority\nM1,C1,1021,2026-10-01T10:00Z,A1,routine\n"
    )
    store.import_([write("a.csv", lines([1, 2])), tmp_path / "messages.csv"])
    state = store.state()
    days = (("intervals", "2026-10-01"), ("intervals", "2026-10-02"), ("messages", "2026-10-01"))
    bad = sorted(state.parts[day].file for day in days)
    for file in bad:
        path = Path(store.url, file)
        path.write_bytes(b"torn" * (path.stat().st_size // 4))
    wrong = store.verify().faults
    assert sorted((f.file, f.saw) for f in wrong) == [(file, "its content is not what was written") for file in bad]


def test_verify_tells_a_file_that_the_disk_does_not_give(
    store: Store, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.import_(write("a.csv", lines([1])))
    state, read = store.state(), type(store.place).read
    bad = state.parts["calls", "2026-10-01"].file

    def failing(place: Any, name: str) -> bytes:
        if name == bad:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return read(place, name)

    monkeypatch.setattr(type(store.place), "read", failing)
    assert [(f.file, f.saw) for f in store.verify().faults] == [(bad, "it can't be read: Input/output error")]


def test_prune_deletes_whole_days_for_good(store: Store, write: Write, tmp_path: Path) -> None:
    (tmp_path / "oncall.csv").write_text(
        "account,starts_at,ends_at,person\n1021,2026-10-01T00:00Z,2026-10-02T00:00Z,Ada\n"
        "1021,2026-10-02T00:00Z,2026-10-05T00:00Z,Bo\n"
    )
    store.import_([write("a.csv", lines([1, 2, 3, 4])), tmp_path / "oncall.csv"])
    now = pd.Timestamp("2026-10-05T08:00Z")
    would = store.prune(2, now=now, dry_run=True)
    assert store.state().version == 1
    result = store.prune(2, now=now)
    assert (result.before, result.rows, would.rows) == ("2026-10-03", {"calls": 16, "oncall": 1}, result.rows)
    assert store.days() == ["2026-10-03", "2026-10-04"]
    assert store.read().table("oncall")["person"].tolist() == ["Bo"]
    assert {p.name for p in Path(store.url, "calls").iterdir()} == {"day=2026-10-03", "day=2026-10-04"}
    assert store.verify().ok
    with pytest.raises(UsageError):
        store.prune(0)


def test_what_was_pruned_does_not_come_back_with_a_log_that_still_has_it(store: Store, write: Write) -> None:
    store.import_(write("a.csv", lines([1, 2, 3, 4])))
    store.prune(2, now=pd.Timestamp("2026-10-05T08:00Z"))
    grown = store.import_(write("a.csv", lines([1, 2, 3, 4, 5])))
    assert (grown.added, grown.pruned, grown.kept_from) == ({"calls": 8}, {"calls": 16}, "2026-10-03")
    assert store.days() == ["2026-10-03", "2026-10-04", "2026-10-05"]
    assert {p.name for p in Path(store.url, "calls").iterdir()} == {f"day={day}" for day in store.days()}
    late = store.import_(write("late.csv", lines([1])))
    assert (late.unchanged, late.pruned) == (True, {"calls": 8})
    store.prune(3, now=pd.Timestamp("2026-10-05T08:00Z"))  # who keeps more wants them again
    assert store.import_(write("a.csv", lines([1, 2, 3, 4, 5, 6]))).added == {"calls": 16}
    assert store.days()[0] == "2026-10-02"


@pytest.mark.parametrize("large", [False, True], ids=["read whole", "in stretches"])
def test_calls_whose_account_turns_out_to_be_in_another_zone_are_not_there_twice(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, large: bool
) -> None:
    if large:
        monkeypatch.setattr(stretches, "PACKED_BYTES", 0)
        monkeypatch.setattr(stretches, "AT_LEAST_BYTES", 0)
    hours = [f"2026-10-{d:02}T{h:02}:15:00" for d in (1, 2) for h in range(8, 20)]
    calls = tmp_path / "calls.csv"
    calls.write_text("call_id,account,offered_at,outcome\n" + "".join(
        f"{a}-{i},{a},{at},answered\n" for i, at in enumerate(hours) for a in ("1021", "1022")))
    store.import_(calls, tz="America/New_York")
    accounts = tmp_path / "accounts.csv"
    accounts.write_text("account,name,timezone\n1021,Polar,America/Chicago\n1022,Ash,America/New_York\n")
    with calls.open("a") as log:
        log.write("1022-x,1022,2026-10-02T21:00:00,answered\n")
    before = held(store)
    with pytest.raises(UsageError, match="calls of account 1021 came into the store before, 1 h earlier than they are now"):
        store.import_([calls, accounts], tz="America/New_York")
    assert held(store) == before
    accounts.write_text("account,name,timezone\n1021,Polar,US/Eastern\n")  # the same by another name
    assert store.import_([calls, accounts], tz="America/New_York").added == {"accounts": 1, "calls": 1}


def test_forgetting_leaves_the_number_nowhere(store: Store, write: Write) -> None:
    store.import_(write("a.csv", [*lines([1, 2]), "c-9,1021,T1,+17175551001,A1,never\n"]))
    assert len(store.find(caller="+17175551001")) == 2
    assert "+17175551001" in Path(store.url, store.state().imports[0].file).read_text()
    result = store.forget("717-555-1001")
    assert (result.number, result.rows_by_table, result.left) == ("+17175551001", {"calls": 2}, 0)
    calls = store.read().calls
    assert len(calls) == 16
    assert int(calls["ani"].isna().sum()) == 2
    assert store.find(caller="+17175551001").empty
    everything = b"".join(p.read_bytes() for p in Path(store.url).rglob("*") if p.is_file())
    assert b"7175551001" not in everything
    assert store.verify().ok
    assert store.forget("717-555-1001").files_rewritten == 0
    store.import_(write("again.csv", lines([1, 2])))  # an old export must not bring it back
    assert store.find(caller="+17175551001").empty


def test_a_store_and_logs_together_are_refused(store: Store, write: Write) -> None:
    calls = write("a.csv", lines([1]))
    store.import_(calls)
    with pytest.raises(UsageError, match="is a store"):
        calltrace.load([store.url, calls])
    with pytest.raises(UsageError, match="a store itself"):
        store.import_(store.url)
    assert is_store(store.url)
    assert not is_store(calls)


def test_the_address_of_no_store_is_told_as_that(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"there is no store at .*none"):
        calltrace.load(f"file://{tmp_path}/none")


def test_what_can_not_be_imported_makes_no_store(tmp_path: Path) -> None:
    empty = tmp_path / "notes.txt"
    empty.write_text("nothing of use\n" * 3)
    with pytest.raises(InputError):
        Store.open(tmp_path / "kept", create=True).import_(empty)
    assert not is_store(tmp_path / "kept")
    with pytest.raises(InputError, match="there is no store"):
        Store.open(tmp_path / "kept")


def test_a_damaged_manifest_is_said_so(store: Store, write: Write) -> None:
    store.import_(write("a.csv", lines([1])))
    store.import_(write("b.csv", lines([2])))
    newest = Path(store.url, manifest.name_of(2))
    newest.write_text("{")
    with pytest.raises(InputError, match=r"is damaged.* move it out of the store's folder, .* its state 1"):
        store.read()
    newest.unlink()  # as it says
    assert (store.days(), store.verify().ok) == (["2026-10-01"], True)
    Path(store.url, manifest.name_of(1)).write_text("{")
    with pytest.raises(InputError, match="import the logs into a new store"):
        store.read()


def test_old_states_are_cleaned_away(store: Store, write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cleaning, "KEPT_STATES", 2)
    for day in range(1, 5):
        store.import_(write(f"{day}.csv", lines([day])))
    assert manifest.versions(store.place) == [3, 4]
    assert len(store.read().sources) == 4
    assert len(HEADER.split(",")) == 13


def test_a_slice_whose_files_are_taken_away_meanwhile_is_read_by_the_newer_state(
    store: Store, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.import_(write("a.csv", lines(range(1, 11))))
    now = pd.Timestamp("2026-10-11T06:00Z")
    real = slices._filled
    pruned: list[object] = []

    def overtaken(*asked: Any, **more: Any) -> Any:
        if not pruned:
            pruned.append(store.prune(5, now=now))
        return real(*asked, **more)

    monkeypatch.setattr(slices, "_filled", overtaken)
    case = slices.read(store, None, None, (now, now))
    assert (len(pruned), len(case.calls)) == (1, 40)
    pruned.clear()
    store.import_(write("b.csv", lines(range(1, 11))))
    assert len(slices.sketch(store).calls) == 40
    found = slices.callers(store)
    first = next(found)
    store.prune(3, now=now)
    rest = list(found)
    assert len(first[0]) == 8
    assert len(rest) == 3  # those of the days that were not given yet and are still there


def test_a_store_as_it_is_does_not_change_and_says_when_it_is_gone(store: Store, write: Write) -> None:
    store.import_(write("a.csv", lines([1, 2])))
    steady = store.as_it_is()
    store.import_(write("b.csv", lines([3])))
    assert (steady.days(), len(store.days())) == (["2026-10-01", "2026-10-02"], 3)
    assert len(steady.read().calls) == 16
    store.prune(1, now=pd.Timestamp("2026-10-04T06:00Z"))
    with pytest.raises(manifest.SupersededError, match="was pruned, or a caller was forgotten in it"):
        steady.read()
    assert len(store.read().calls) == 8


def of_a_number(number: int, day: int) -> str:
    """A line of calls.csv that says no account: the call goes by the number dialled until somebody says whose it is."""
    return row(number, f"2026-10-{day:02d}T10:{number % 60:02d}:00Z").replace(",1021,", ",,", 1)


def test_an_accounts_table_that_comes_later_has_the_calls_of_its_numbers(store: Store, write: Write, tmp_path: Path) -> None:
    store.import_(write("a.csv", [*(of_a_number(n, 1) for n in range(3)), row(9, "2026-10-01T11:00:00Z", account="1022")]))
    (tmp_path / "accounts.csv").write_text("account,name,numbers\n1021,Keane,+12125551021\n")
    store.import_(tmp_path / "accounts.csv")
    assert load(store.url).calls["account"].tolist() == ["1021"] * 3 + ["1022"]
    asked = gather(store.url, asked=AskedTime("2026-10-01", "2026-10-02", None, "UTC", beside=lambda _, a, b: (a, b)))
    assert asked.calls["account"].astype("str").tolist() == ["1021"] * 3 + ["1022"]


@pytest.mark.parametrize("more", [0, 1])
def test_calls_that_come_again_with_their_accounts_are_the_same_calls(
    store: Store, write: Write, tmp_path: Path, more: int
) -> None:
    log = [of_a_number(n, 1) for n in range(3)]
    store.import_(write("a.csv", log))
    (tmp_path / "accounts.csv").write_text("account,name,numbers\n1021,Keane,+12125551021\n")
    again = write("a.csv", [*log, *(of_a_number(n, 1) for n in range(3, 3 + more))])
    assert store.import_([again, tmp_path / "accounts.csv"]).added.get("calls", 0) == more
    assert store.read().calls["account"].tolist() == ["1021"] * (3 + more)
    assert store.intervals(columns=("account",))["account"].unique().tolist() == ["1021"]
    assert store.verify().ok


def on_a_trunk(number: int, *, met: bool) -> str:
    """A row of an Asterisk's Master.csv: a call a phone here answered, or one that nobody and nothing did."""
    at = f"2026-10-0{1 + number // 1440} {number // 60 % 24:02d}:{number % 60:02d}"
    far, app, end = ("PJSIP/207-00000002", "Dial", "ANSWERED") if met else ("", "Ringing", "NO ANSWER")
    return (
        f'"1021","5855550137","2125551021","from-trunk","""Ann"" <5855550137>","PJSIP/north-{number:08x}","{far}","{app}","",'
        f'"{at}:00","{f"{at}:04" if met else ""}","{at}:40",40,{36 if met else 0},"{end}","DOCUMENTATION",'
        f'"17911{number:05d}.{number}",""\n')


@pytest.mark.parametrize(
    ("files", "logs"),
    [
        ([[True] * 9 + [False], [True] * 9], True),  # a few hours without one prove nothing beside a log that has them
        ([[True] * 9, [True] * 9], False),
        ([[True] * 9 + [False], [True] * 900], False),  # since then it has been told to leave them out
    ],
    ids=["few", "none", "many"],
)
def test_whether_a_log_has_unanswered_calls_is_judged_over_all_that_is_kept(
    store: Store, tmp_path: Path, files: list[list[bool]], logs: bool
) -> None:
    number = 0
    for place, calls in enumerate(files):
        path = tmp_path / f"Master.csv.{place}"
        path.write_text("".join(on_a_trunk(number + n, met=met) for n, met in enumerate(calls)))
        number += len(calls)
        store.import_(path, tz="UTC")
    assert len(store.read().calls) == number
    assert store.read().logs_unanswered is logs
