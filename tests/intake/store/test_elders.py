"""A correction stays, however often the log it corrects is read again: what a file has said counts once."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calltrace.desk.forget import forget
from calltrace.intake.store import Store, manifest, parts, stretches
from calltrace.intake.store.places import new_name
from intake_store import HEADER, import_at_once, lines, row

Write = Callable[[str, Iterable[str]], Path]

AT = "2026-10-01T10:00:00Z"
WRONG, RIGHT = row(1, AT, outcome="abandoned", talk="0"), row(1, AT, talk="75")
OTHER, MORE = row(2, "2026-10-01T11:00:00Z"), row(3, "2026-10-01T12:00:00Z")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.open(tmp_path / "kept", create=True)


@pytest.fixture(params=["read whole", "in stretches"])
def either_way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "in stretches":
        for name in ("AT_LEAST_BYTES", "PACKED_BYTES"):
            monkeypatch.setattr(stretches, name, 1)
        monkeypatch.setattr(stretches, "STRETCH_BYTES", 400)


def outcomes(store: Store) -> dict[str, str]:
    """How each call of the store ended; and see that it is sound."""
    assert store.verify().faults == ()
    calls = store.read().calls
    return dict(zip(calls["call_id"], calls["outcome"], strict=True))


def replaced(store: Store, table: str = "calls") -> int:
    """How many rows the store remembers as replaced."""
    return sum(p.rows for p in store.state().of(parts.replaced(table)))


@pytest.mark.usefixtures("either_way")
def test_a_log_that_grows_does_not_undo_a_correction(store: Store, write: Write) -> None:
    store.import_(write("day.csv", [WRONG, OTHER]))
    store.import_(write("fix.csv", [RIGHT]))
    grown = store.import_(write("day.csv", [WRONG, OTHER, MORE]))
    assert (grown.added, grown.corrected_since) == ({"calls": 1}, {"calls": 1})
    assert outcomes(store) == {"c-1": "answered", "c-2": "answered", "c-3": "answered"}
    assert store.intervals()["abandoned"].sum() == 0
    again = store.import_(write("day.csv", [WRONG, OTHER, MORE, *lines([2])]))
    assert again.added == {"calls": 8}
    assert outcomes(store)["c-1"] == "answered"
    assert replaced(store) == 1


@pytest.mark.usefixtures("either_way")
def test_nor_does_a_folder_of_logs_of_which_another_grew(store: Store, write: Write, tmp_path: Path) -> None:
    logs = tmp_path / "logs"
    logs.mkdir()
    write("logs/day.csv", [WRONG, OTHER])
    store.import_(logs)
    store.import_(write("fix.csv", [RIGHT]))
    write("logs/next.csv", [MORE])
    assert store.import_(logs).corrected_since == {"calls": 1}
    assert outcomes(store)["c-1"] == "answered"


def as_an_older_version_left_it(store: Store) -> None:
    """Take from a store what earlier versions did not write down: which rows were replaced, what the files held."""

    def older(state: manifest.Manifest) -> manifest.Manifest:
        imports = []
        for one in state.imports:
            document = json.loads(store.place.read(one.file))
            del document["taken"]
            name = f"imports/{new_name()}.json"
            store.place.create(name, json.dumps(document).encode())
            imports.append(replace(one, file=name))
        gone = {key: None for key in state.parts if key[0] == parts.replaced("calls")}
        return replace(state.with_parts(gone), imports=tuple(imports))

    manifest.change(store.place, older)


@pytest.mark.usefixtures("either_way")
def test_nor_does_a_log_that_grows_in_a_store_of_an_older_version(store: Store, write: Write, tmp_path: Path) -> None:
    logs = tmp_path / "logs"
    logs.mkdir()
    write("logs/day.csv", [WRONG, OTHER])
    store.import_(logs)
    write("logs/fix.csv", [RIGHT])
    store.import_(logs)
    as_an_older_version_left_it(store)
    assert replaced(store) == 0
    for rows in ([WRONG, OTHER, MORE], [WRONG, OTHER, MORE, *lines([2])]):
        write("logs/day.csv", rows)
        assert store.import_(logs).corrected_since == {"calls": 1}
        assert outcomes(store)["c-1"] == "answered"
    write("logs/day.csv", [WRONG, row(2, "2026-10-01T11:00:00Z", talk="9")])  # its own rows it may say otherwise
    store.import_(logs)
    assert store.read().calls.set_index("call_id")["talk_s"]["c-2"] == 9


@pytest.mark.usefixtures("either_way")
def test_nor_does_the_log_alone_that_came_with_its_correction(store: Store, write: Write) -> None:
    store.import_([write("day.csv", [WRONG, OTHER]), write("fix.csv", [RIGHT])])
    store.import_(write("fix.csv", [RIGHT, *lines([2])]))
    result = store.import_(write("day.csv", [WRONG, OTHER, MORE]))
    assert (result.added, result.corrected_since) == ({"calls": 1}, {"calls": 1})
    assert outcomes(store)["c-1"] == "answered"


@pytest.mark.usefixtures("either_way")
@pytest.mark.parametrize("packed", [False, True])
def test_nor_does_a_log_that_was_turned_over(store: Store, write: Write, tmp_path: Path, *, packed: bool) -> None:
    store.import_(write("day.csv", [WRONG, OTHER]))
    store.import_(write("fix.csv", [RIGHT]))
    whole = write("day.csv", [WRONG, OTHER, MORE]).read_bytes()
    old = tmp_path / ("day.csv.1.gz" if packed else "day.csv.1")
    old.write_bytes(gzip.compress(whole, mtime=0) if packed else whole)
    store.import_([write("day.csv", lines([2])), old])
    assert outcomes(store)["c-1"] == "answered"
    assert outcomes(store)["c-3"] == "answered"


@pytest.mark.usefixtures("either_way")
def test_nor_does_an_archive_that_is_made_anew_every_night(store: Store, write: Write, tmp_path: Path) -> None:
    night = tmp_path / "day.csv.gz"
    for rows in ([WRONG, OTHER], [WRONG, OTHER, MORE]):
        night.write_bytes(gzip.compress((HEADER + "".join(rows)).encode()))
        store.import_(night)
        store.import_(write("fix.csv", [RIGHT]))
    assert outcomes(store) == {"c-1": "answered", "c-2": "answered", "c-3": "answered"}
    (tmp_path / "day.csv").write_bytes(gzip.decompress(night.read_bytes()))
    assert store.import_(tmp_path / "day.csv").unchanged
    assert outcomes(store)["c-1"] == "answered"


def test_nor_does_an_export_with_the_newest_first(store: Store, write: Write) -> None:
    """Nothing of it begins as the last one did; its rows say what they said."""
    store.import_(write("day.csv", [OTHER, WRONG]))
    store.import_(write("fix.csv", [RIGHT]))
    assert store.import_(write("day.csv", [MORE, OTHER, WRONG])).added == {"calls": 1}
    assert outcomes(store)["c-1"] == "answered"


def test_nor_does_a_log_of_calls_joined_from_several_lines(store: Store, repo_root: Path, tmp_path: Path) -> None:
    sample = (repo_root / "sample_logs" / "asterisk_cel" / "Master.csv").read_text().splitlines(keepends=True)
    second = next(n for n, line in enumerate(sample) if "1776312400" in line)
    log, fix = tmp_path / "Master.csv", tmp_path / "fix.csv"
    log.write_text("".join(sample[: second + 2]))
    store.import_(log, tz="UTC")
    calls = store.read().calls.drop(columns=["source_file", "source_line"])
    calls.assign(hangup_cause="looked up").to_csv(fix, index=False)
    store.import_(fix, tz="UTC")
    for name in ("Master.csv", "Master.csv.1"):
        (tmp_path / name).write_text("".join(sample))
        store.import_(tmp_path / name, tz="UTC")
        assert store.read().calls["hangup_cause"].iloc[:2].tolist() == ["looked up", "CANCEL"]
    assert len(calls) == 1


def test_a_later_file_that_says_it_as_it_was_is_a_correction_too(store: Store, write: Write) -> None:
    store.import_(write("day.csv", [WRONG, OTHER]))
    store.import_(write("fix.csv", [RIGHT]))
    store.import_(write("back.csv", [WRONG]))
    assert outcomes(store)["c-1"] == "abandoned"
    for name, rows in (("fix.csv", [RIGHT, MORE]), ("day.csv", [WRONG, OTHER, MORE])):
        store.import_(write(name, rows))
        assert outcomes(store)["c-1"] == "abandoned"
    store.import_(write("fix.csv", [row(1, AT, outcome="busy", talk="0")]))  # the file itself changed its word
    assert outcomes(store)["c-1"] == "busy"
    store.import_(write("fix.csv", [RIGHT]))  # and took it back
    assert outcomes(store)["c-1"] == "answered"


def test_a_record_that_a_log_itself_corrects_stays_so_when_it_grows(store: Store, write: Write) -> None:
    store.import_(write("day.csv", [WRONG, OTHER, RIGHT]))
    store.import_(write("day.csv", [WRONG, OTHER, RIGHT, MORE]))
    assert outcomes(store)["c-1"] == "answered"
    assert replaced(store) == 0


def test_a_log_that_says_otherwise_than_it_did_is_believed(store: Store, write: Write) -> None:
    store.import_(write("day.csv", [WRONG, OTHER]))
    store.import_(write("fix.csv", [RIGHT]))
    store.import_(write("day.csv", [row(1, AT, outcome="busy", talk="0"), OTHER]))
    assert outcomes(store)["c-1"] == "busy"
    store.import_(write("fix.csv", [RIGHT, MORE]))
    assert outcomes(store)["c-1"] == "busy"


def test_a_copy_read_in_another_way_is_no_repeat(store: Store, write: Write) -> None:
    """What was read of it before is not what is read of it now: nobody knows which is right but who imports last."""
    store.import_([write("day.csv", [WRONG, OTHER]), write("fix.csv", [RIGHT])])
    store.import_(write("copy.csv", [WRONG, OTHER]), tz="UTC")
    assert outcomes(store)["c-1"] == "abandoned"


def test_an_accounts_limit_that_is_put_back_is_put_back(store: Store, tmp_path: Path) -> None:
    def put(name: str, limit: int) -> list[int]:
        (tmp_path / name).write_text(f"account,name,numbers,path_limit\n1021,Keane,+12125551021,{limit}\n")
        store.import_(tmp_path / name)
        assert store.verify().ok
        return store.read().table("accounts")["path_limit"].tolist()

    assert [put("accounts.csv", 3), put("accounts.csv", 5), put("accounts.csv", 3)] == [[3], [5], [3]]
    assert put("by-hand.csv", 9) == [9]
    (tmp_path / "folder").mkdir()
    assert put("folder/accounts.csv", 3) == [9]  # the very file, moved: it was read before
    assert put("accounts.csv", 9) == [9]  # it has learned of it
    assert put("accounts.csv", 3) == [3]  # and is changed back


def test_a_message_that_was_put_on_another_day_stays_there(store: Store, tmp_path: Path) -> None:
    head = "message_id,call_id,account,taken_at,agent,priority\n"

    def put(name: str, *messages: tuple[str, str]) -> list[tuple[str, int]]:
        (tmp_path / name).write_text(head + "".join(f"{m},c-{m},1021,{at},A1,urgent\n" for m, at in messages))
        store.import_(tmp_path / name)
        assert store.verify().ok
        found = store.read().table("messages")
        return list(zip(found["message_id"], found["taken_at"].dt.day, strict=True))

    first, later = ("m1", "2026-10-01T10:00:00Z"), ("m2", "2026-10-01T11:00:00Z")
    put("messages.csv", first)
    assert put("fix.csv", ("m1", "2026-10-02T10:00:00Z")) == [("m1", 2)]
    assert put("messages.csv", first, later) == [("m2", 1), ("m1", 2)]
    assert put("messages.csv", ("m1", "2026-10-03T10:00:00Z"), later) == [("m2", 1), ("m1", 3)]


def test_pruning_takes_what_was_replaced_along(store: Store, write: Write) -> None:
    store.import_(write("day.csv", [WRONG, *lines([2])]))
    store.import_(write("fix.csv", [RIGHT]))
    store.prune(1, now=pd.Timestamp("2026-10-03T06:00Z"))
    assert replaced(store) == 0
    store.import_(write("day.csv", [WRONG, *lines([2, 3])]))
    assert store.days() == ["2026-10-02", "2026-10-03"]
    assert store.verify().ok


def test_forgetting_a_caller_empties_what_was_replaced(store: Store, write: Write) -> None:
    store.import_(write("day.csv", [WRONG, OTHER]))
    store.import_(write("fix.csv", [RIGHT]))
    result = store.forget("+17175550100")
    assert (result.rows_by_table, result.left) == ({"calls": 3}, 0)
    assert not any(b"7175550100" in p.read_bytes() for p in Path(store.url).rglob("*.parquet"))
    store.import_(write("day.csv", [WRONG, OTHER, MORE]))
    assert outcomes(store) == {"c-1": "answered", "c-2": "answered", "c-3": "answered"}


def test_a_number_that_only_a_replaced_row_has_is_found_and_forgotten(
    store: Store, write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CALLTRACE_STATE_DIR", str(tmp_path / "state"))  # no ledger, no access log: the store alone
    store.import_(write("day.csv", [row(1, AT, ani="+17175550143"), OTHER]))
    store.import_(write("fix.csv", [row(1, AT, ani="+17175550199")]))
    now = datetime(2026, 10, 3, tzinfo=UTC)
    both = [forget("+17175550143", by="dana", now=now, store=store, dry_run=dry) for dry in (True, False)]
    assert [(p.changed, p.left) for told in both for p in told.places] == [(1, 0), (1, 0)]
    assert replaced(store) == 1
    assert store.read().calls["ani"].iloc[0] == "+17175550199"


def test_a_correction_that_comes_while_the_log_is_read_again_stays(
    store: Store, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.import_(write("day.csv", [WRONG, OTHER]))
    import_at_once(store, [write("day.csv", [WRONG, OTHER, MORE]), write("fix.csv", [RIGHT])], monkeypatch)
    assert outcomes(store) == {"c-1": "answered", "c-2": "answered", "c-3": "answered"}


FILES = ("a.csv", "b.csv", "c.csv")


@settings(max_examples=10, deadline=None)
@given(
    steps=st.lists(
        st.tuples(
            st.sampled_from(FILES),
            st.lists(st.integers(0, 3), max_size=3),  # of which calls it says something more
            st.sets(st.sampled_from(FILES), min_size=1),  # what is imported then
        ),
        min_size=2, max_size=6,
    ),
    stretch=st.booleans(),
)
def test_of_what_was_first_read_last_the_store_has_it(
    steps: list[tuple[str, list[int], set[str]]], *, stretch: bool, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Logs that grow, imported in any company and order: a call is as the line says that was new to the store last.

    Every line says another talk time, so that each is told from each.
    """
    folder = tmp_path_factory.mktemp("law")
    store = Store.open(folder / "kept", create=True)
    written: dict[str, list[tuple[int, int]]] = {name: [] for name in FILES}
    read = dict.fromkeys(FILES, 0)
    want: dict[str, int] = {}
    with pytest.MonkeyPatch.context() as patched:
        if stretch:
            patched.setattr(stretches, "AT_LEAST_BYTES", 1)
            patched.setattr(stretches, "PACKED_BYTES", 1)
        said = 0
        for grows, calls, chosen in steps:
            for call in calls:
                said += 1
                written[grows].append((call, said))
            files = sorted(n for n in chosen if written[n])
            if not files:
                continue
            for name in files:
                (folder / name).write_text(HEADER + "".join(row(c, AT, talk=str(t)) for c, t in written[name]))
                want.update({f"c-{call}": talk for call, talk in written[name][read[name] :]})
                read[name] = len(written[name])
            store.import_([folder / n for n in files])
            calls_now = store.read().calls
            assert dict(zip(calls_now["call_id"], calls_now["talk_s"], strict=True)) == want
    assert store.verify().faults == ()
