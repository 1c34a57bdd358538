"""Large files are read in stretches: what comes into the store is what load() makes of them, to the row."""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
import subprocess
import sys
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import calltrace
from calltrace.errors import InputError
from calltrace.intake.asked import Given
from calltrace.intake.load import gather
from calltrace.intake.store import Store, dealing, fast, stretches
from calltrace.tables.case import Case
from intake_store import HEADER, lines, row, same

Write = Callable[[str, Iterable[str]], Path]
GOOD = lines(range(1, 7), a_day=14)


@pytest.fixture(autouse=True)
def small_stretches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stretches, "AT_LEAST_BYTES", 1)
    monkeypatch.setattr(stretches, "PACKED_BYTES", 1)
    monkeypatch.setattr(stretches, "STRETCH_BYTES", 1200)  # some thirteen rows


def brought(store: Path, *paths: Path, tz: str | None = None) -> tuple[Case, Case]:
    """What the store has of the files, and what load says of them."""
    kept = Store.open(store, create=True)
    kept.import_(list(paths), tz=tz)
    assert kept.verify().faults == ()
    return kept.read(), calltrace.load(list(paths), tz=tz)


def alike(got: Case, want: Case) -> None:
    same(want.calls, got.calls, "calls")
    assert (got.zone, got.zone_from) == (want.zone, want.zone_from)
    assert got.logs_unanswered == want.logs_unanswered
    for left, right in zip(got.sources, want.sources, strict=True):
        for name in ("path", "format", "table", "recognised_by", "rows", "left_out", "calls", "answered", "first", "last",
                     "zone", "notes"):  # fmt: skip
            assert getattr(left, name) == getattr(right, name), name


def test_a_clean_file(tmp_path: Path, write: Write) -> None:
    got, want = brought(tmp_path / "kept", write("a.csv", GOOD))
    alike(got, want)
    assert (len(got.calls), got.problems, want.problems) == (len(GOOD), (), ())


def test_how_the_zone_was_known_is_said_once(tmp_path: Path, write: Write) -> None:
    """Of one stretch by the offset alone, of another also by the option: one of its times has none."""
    naive = row(40, "2026-10-03T23:59:00Z").replace("23:59:00Z", "23:59:00")
    got, want = brought(tmp_path / "kept", write("a.csv", [*GOOD, naive]), tz="UTC")
    alike(got, want)
    assert [s.zone_from for s in got.sources] == [s.zone_from for s in want.sources] == ["offset, option"]


def test_damage_is_told_by_its_line(tmp_path: Path, write: Write) -> None:
    rows = list(GOOD)
    rows[20] = "c-x,1021,+12125551021,T1\n"
    rows[37] = row(1, "31/09/2026 08:15")
    rows[38] = row(2, "2026-10-03T12:00:00Z", outcome="vanished")
    rows[60] = row(3, "2026-10-04T12:00:00Z", talk="-4")
    rows[65] = HEADER
    rows[70] = row(4, "2026-10-05T12:00:00Z", ani="anonymous")
    rows[71] = row(5, "2026-10-05T12:00:01Z", ani="(717) 555-0199")
    got, want = brought(tmp_path / "kept", write("a.csv", rows))
    alike(got, want)
    assert got.problems == want.problems
    assert {p.at.line for p in got.problems} == {22, 39, 40, 62, 67}


def test_numbers_that_a_spreadsheet_took_for_quantities(tmp_path: Path, write: Write) -> None:
    """One with all its digits is itself; one cut short is told by its line, whichever number it is."""
    rows = list(GOOD)
    rows[20] = row(1, "2026-10-02T12:00:00Z", ani="1.21256E+10")
    rows[40] = row(2, "2026-10-03T12:00:00Z", ani="12125550142.0")
    rows[60] = row(3, "2026-10-04T12:00:00Z").replace("+12125551021", "1.21256E+10")
    rows[70] = row(4, "2026-10-05T12:00:00Z").replace("+12125551021", "12125551021.0")
    got, want = brought(tmp_path / "kept", write("a.csv", rows))
    alike(got, want)
    assert got.problems == want.problems
    assert [(p.at.line, p.kind) for p in got.problems] == [(22, "cut-number"), (62, "cut-number")]
    assert (got.calls["ani"] == "+12125550142").sum() == (want.calls["ani"] == "+12125550142").sum() > 0


@pytest.mark.parametrize("saw", ["60.5", "6e1", "0x10", "0X1f", "99999999999", "-60", "-0", "060", "60."])
def test_seconds_that_are_no_plain_whole_number(tmp_path: Path, write: Write, saw: str) -> None:
    """Of a column whose other figures are whole, and are read as such."""
    rows = [*GOOD]
    rows[40] = rows[40].replace(",60,", f",{saw},")
    got, want = brought(tmp_path / "kept", write("a.csv", rows))
    alike(got, want)
    assert got.problems == want.problems


def test_once_fractions_are_met_all_figures_are_read_as_such(
    tmp_path: Path, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[bool] = []
    real = fast._columns

    def counting(*given: Any, whole: bool, ascii_alone: bool) -> Any:
        asked.append(whole)
        return real(*given, whole=whole, ascii_alone=ascii_alone)

    monkeypatch.setattr(fast, "_columns", counting)
    monkeypatch.setattr(fast, "_cores", lambda: 1)
    rows = [r.replace(",60,", ",60.5,") for r in GOOD]
    alike(*brought(tmp_path / "kept", write("a.csv", [*GOOD[:20], *rows[20:]])))
    assert asked[0]
    assert asked[3:] == [False] * len(asked[3:])
    assert asked.index(False) < 4


def test_times_without_an_offset_are_in_the_zone_given(tmp_path: Path, write: Write) -> None:
    rows = [r.replace("-04:00", "") for r in GOOD]
    got, want = brought(tmp_path / "kept", write("a.csv", rows), tz="America/Chicago")
    alike(got, want)
    at_new_york = calltrace.load(write("b.csv", GOOD)).calls["offered_at"]
    assert (got.calls["offered_at"] - at_new_york).unique().tolist() == [pd.Timedelta(hours=1)]


def test_a_switchs_own_clock_goes_before_its_accounts_zones(tmp_path: Path, write: Write) -> None:
    """Written at UTC by a switch whose clients are in Denver: as read whole, and not six hours later."""
    accounts = tmp_path / "accounts.csv"
    accounts.write_text("account,name,numbers,timezone\n1021,Keane,+12125551021,America/Denver\n")
    path = write("a.csv", [r.replace("-04:00", "") for r in GOOD])
    kept = Store.open(tmp_path / "kept", create=True)
    kept.import_([accounts, Given(str(path), tz="UTC")])
    got, want = kept.read(), gather([accounts, Given(str(path), tz="UTC")])
    same(want.calls, got.calls, "calls")
    naive = pd.to_datetime(pd.read_csv(path)["offered_at"]).min()
    assert got.calls["offered_at"].min() == naive.tz_localize("UTC")


def test_accounts_beside_it_tell_zones_and_numbers(tmp_path: Path, write: Write) -> None:
    accounts = tmp_path / "accounts.csv"
    accounts.write_text("account,name,numbers,timezone\nK,Keane,+12125551021,America/Denver\n")
    rows = [r.replace("-04:00", "").replace(",1021,", ",,") for r in GOOD]
    got, want = brought(tmp_path / "kept", write("a.csv", rows), accounts)
    same(want.calls, got.calls, "calls")
    assert set(got.calls["account"]) == {"K", "1022"}
    assert got.zone == "America/Denver"


@pytest.mark.parametrize("tz", [None, "America/Denver"])
@pytest.mark.parametrize("accounts", ["", "account,name,timezone\n1021,Keane,America/Chicago\n"])
def test_one_switchs_clock_is_not_the_services_zone(
    tz: str | None, accounts: str, tmp_path: Path, write: Write
) -> None:
    given: list[Given | str] = [
        Given(str(write("a.csv", [r.replace("-04:00", "") for r in lines([1, 2], a_day=14)])), tz="UTC"),
        str(write("b.csv", lines(range(3, 7), a_day=14))),
    ]
    if accounts:
        given.append(str(tmp_path / "accounts.csv"))
        (tmp_path / "accounts.csv").write_text(accounts)
    for name, order in (("first", given), ("last", given[::-1])):
        kept = Store.open(tmp_path / name, create=True)
        kept.import_(order, tz=tz)
        want = gather(order, tz=tz)
        assert (kept.state().zone, kept.state().zone_from) == (want.zone, want.zone_from)
        assert want.zone == (tz or ("America/Chicago" if accounts else "America/New_York"))


def test_a_file_that_is_not_in_order_of_time(tmp_path: Path, write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dealing, "HELD_BYTES", 4000)  # every few stretches all days are written as far as they have come
    got, want = brought(tmp_path / "kept", write("a.csv", [GOOD[i * 37 % len(GOOD)] for i in range(len(GOOD))]))
    alike(got, want)
    assert (len(got.calls), got.calls["offered_at"].is_monotonic_increasing) == (len(GOOD), True)


def test_what_is_there_twice_is_there_once(tmp_path: Path, write: Write) -> None:
    rows = [*GOOD[:60], *GOOD[50:60], row(9, "2026-10-01T12:00:01Z", talk="1"), row(9, "2026-10-01T12:00:01Z", talk="2")]
    got, want = brought(tmp_path / "kept", write("a.csv", rows))
    same(want.calls, got.calls, "calls")
    assert sum(p.rows for p in got.problems) == sum(p.rows for p in want.problems) == 11


def test_a_log_appended_to_itself_counts_once_and_says_so(tmp_path: Path, write: Write) -> None:
    """Each day had been written long before it came again."""
    got, want = brought(tmp_path / "kept", write("a.csv", [*GOOD, row(99, "2026-10-06T23:00:00Z"), *GOOD[:40]]))
    alike(got, want)
    assert [(p.rows, p.kind) for p in got.problems] == [(p.rows, p.kind) for p in want.problems] == [(40, "duplicate")]
    assert got.problems[0].at.line == want.problems[0].at.line


def test_calls_that_come_again_in_another_large_file_are_told(tmp_path: Path, write: Write) -> None:
    files = write("a.csv", GOOD[:60]), write("b.csv", GOOD[50:])
    got, want = brought(tmp_path / "kept", *files)
    same(want.calls, got.calls, "calls")
    assert sum(p.rows for p in got.problems) == sum(p.rows for p in want.problems) == 10
    assert sum(s.calls or 0 for s in got.sources) == sum(s.calls or 0 for s in want.sources) == len(GOOD)


@pytest.mark.parametrize("at_once", [1, 2, 6])
@pytest.mark.parametrize("order", ["in order", "not in order", "with repeats"])
def test_stretches_of_many_days(
    tmp_path: Path, write: Write, monkeypatch: pytest.MonkeyPatch, at_once: int, order: str
) -> None:
    """Days that lie in one stretch are written and counted together, and are what they are one by one."""
    monkeypatch.setattr(stretches, "STRETCH_BYTES", 4000)  # three days or so
    monkeypatch.setattr(dealing, "DAYS_AT_ONCE", at_once)
    rows = lines(range(1, 15), a_day=14)
    if order == "not in order":
        rows = [r for i in range(0, len(rows), 20) for r in rows[i : i + 20][::-1]]
    if order == "with repeats":
        rows = [*rows[:60], rows[58], *rows[60:100], row(9, "2026-10-08T03:00:00Z", talk="1"), *rows[100:]]
    got, want = brought(tmp_path / "kept", write("a.csv", rows))
    same(want.calls, got.calls, "calls")
    assert len(got.calls) == 14 * 14 + (order == "with repeats")


def test_days_of_a_stretch_are_shared_out_evenly() -> None:
    stretch = pa.table({"call_id": [str(n) for n in range(9)]})
    days = [(day, [dealing._Some(stretch, day, day + 1, 0)]) for day in range(9)]
    days[7] = (7, [*days[7][1], *days[7][1]])  # of two stretches: written by itself
    assert [[day for day, _ in run] for run in dealing._runs(days)] == [[0, 1, 2, 3], [4, 5, 6], [7], [8]]


def test_a_year_of_mostly_one_call_a_day(tmp_path: Path, write: Write) -> None:
    """Every figure of every day's counts is its own calls', however few: verify counts each day anew."""
    days = pd.date_range("2026-01-01T12:00Z", periods=40)
    rows = [row(i, d.isoformat(), talk=str(20_000 * (i % 5))) for i, d in enumerate(days)]
    got, want = brought(tmp_path / "kept", write("a.csv", rows))
    alike(got, want)
    assert got.calls["talk_s"].tolist() == [20_000.0 * (i % 5) for i in range(40)]


@pytest.mark.parametrize("nothing", ["", "NULL", "null", r"\N", '""'])
@pytest.mark.parametrize("column", ["call_id", "account", "dnis", "ani", "agent", "caller_name", "recording", "talk_s"])
def test_words_for_nothing(tmp_path: Path, column: str, nothing: str) -> None:
    """Whatever is written for no value, in whichever column: null as load has it, or the row is left out as it does."""
    header = "call_id,account,dnis,ani,caller_name,agent,offered_at,talk_s,outcome,recording"
    cells = "c{i},1021,+12125551021,+17175550{i:03},Null,A1,2026-10-0{d}T12:00:{s:02}Z,5,answered,r/{i}.wav"
    rows = [cells.format(i=i, d=1 + i // 20, s=i % 20).split(",") for i in range(80)]
    for i in range(5, 80, 7):
        rows[i][header.split(",").index(column)] = nothing
    path = tmp_path / "a.csv"
    path.write_text("\n".join([header, *(",".join(r) for r in rows)]) + "\n")
    got, want = brought(tmp_path / "kept", path)
    alike(got, want)
    assert got.problems == want.problems


def test_letters_beyond_ascii(tmp_path: Path, write: Write) -> None:
    rows = [r.replace(",A1,", ",Zoë,") for r in GOOD]
    got, want = brought(tmp_path / "kept", write("a.csv", rows))
    alike(got, want)
    assert set(got.calls["agent"].dropna()) == {"Zoë"}


def test_what_is_no_text_is_read_closely(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    rows = [r.encode() for r in GOOD]
    rows[40] = rows[40].replace(b",A1,", b",Zo\xeb,")
    path.write_bytes(HEADER.encode() + b"".join(rows))
    got, want = brought(tmp_path / "kept", path)
    same(want.calls, got.calls, "calls")
    agents = got.calls["agent"]
    assert (set(agents.dropna()), (agents == "Zoë").sum()) == ({"A1", "Zoë"}, 1)


def test_an_import_begins_without_what_takes_long_to_import() -> None:
    """What comes before the first stretch takes none of it, whatever is in the file."""
    code = (
        "import sys, calltrace.config.imports, calltrace.intake.store.importing, calltrace.intake.load;"
        "sys.exit(bool({'pandas', 'pyarrow.parquet', 'importlib.metadata'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_clean_file_is_imported_without_pandas(tmp_path: Path, write: Write) -> None:
    """Nor is it imported to say what was read; who asks a source for its first call gets a Timestamp all the same."""
    path = write("a.csv", GOOD)
    code = f"""if True:
        import sys
        from calltrace.intake.store import Store, stretches
        from calltrace.report import upkeep
        stretches.AT_LEAST_BYTES = stretches.PACKED_BYTES = 1
        stretches.STRETCH_BYTES = 1200
        result = Store.open({str(tmp_path / "kept")!r}, create=True).import_({str(path)!r})
        said = upkeep.to_json(upkeep.of_import(result)) + upkeep.import_text(result)
        if "pandas" in sys.modules:
            sys.exit("pandas was imported")
        print(repr(result.sources[0].first))
    """
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    assert done.stderr == ""
    assert done.stdout == f"{min(calltrace.load(path).calls['offered_at'])!r}\n"


def test_the_command_imports_a_clean_file_without_pandas(tmp_path: Path, write: Write) -> None:
    path = write("a.csv", GOOD)
    code = f"""if True:
        import sys
        from calltrace.cli.main import main
        from calltrace.intake.store import stretches
        stretches.AT_LEAST_BYTES = stretches.PACKED_BYTES = 1
        main(["import", {str(path)!r}, "--store", {str(tmp_path / "kept")!r}], standalone_mode=False)
        sys.exit("pandas was imported" if "pandas" in sys.modules else 0)
    """
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Read 1 file into the store" in done.stdout


def test_a_source_says_the_same_whoever_read_it(tmp_path: Path, write: Write) -> None:
    result = Store.open(tmp_path / "kept", create=True).import_(write("a.csv", GOOD))
    (of_import,) = result.sources
    (of_record,) = Store.open(tmp_path / "kept").read().sources
    assert type(of_import) is not type(of_record)
    assert of_import == of_record
    assert of_record == of_import
    assert hash(of_import) == hash(of_record)
    assert of_import != replace(of_record, last=of_record.first)
    assert replace(of_import, zone="UTC").last == of_record.last


def test_of_two_files_the_one_read_last_counts(tmp_path: Path, write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """One is large enough to be read in stretches, the other is not, whichever way round they are given."""
    large = write("b.csv", [*GOOD, row(1, "2026-10-03T12:30:00Z", talk="1")])
    small = write("c.csv", [row(1, "2026-10-03T12:30:00Z", talk="2")])
    monkeypatch.setattr(stretches, "AT_LEAST_BYTES", 2000)
    for number, order in enumerate(([large, small], [small, large])):
        got, want = brought(tmp_path / f"kept{number}", *order)
        same(want.calls, got.calls, "calls")
        assert got.calls.loc[got.calls["offered_at"] == "2026-10-03T12:30:00Z", "talk_s"].tolist() == [2.0 - number]


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        (["\n"] * 4, "has no rows below its header"),
        ([row(1, "31/31/2026 25:00"), row(2, "31/31/2026 26:00")], "none of its 2 rows could be read"),
    ],
    ids=["no row", "no row that can be read"],
)
def test_a_log_without_a_call_is_refused_as_load_refuses_it(
    tmp_path: Path, write: Write, rows: list[str], told: str
) -> None:
    """An export that wrote its header and died must not come in as a log of nothing, whatever its size."""
    file = write("a.csv", rows)
    said = []
    for bring in (lambda: Store.open(tmp_path / "kept", create=True).import_([file]), lambda: calltrace.load([file])):
        with pytest.raises(InputError, match=told) as refused:
            bring()
        said.append(str(refused.value))
    assert said[0] == said[1]
    assert not (tmp_path / "kept").exists()


def test_an_empty_log_beside_one_with_calls_is_no_mistake(tmp_path: Path, write: Write) -> None:
    got, want = brought(tmp_path / "kept", write("a.csv", GOOD), write("b.csv", ["\n"]))
    alike(got, want)
    assert (len(got.calls), got.problems) == (len(GOOD), ())


@pytest.mark.parametrize(("name", "pack"), [("gz", gzip.compress), ("bz2", bz2.compress), ("xz", lzma.compress)])
def test_packed_files(tmp_path: Path, name: str, pack: Callable[[bytes], bytes]) -> None:
    path = tmp_path / f"a.csv.{name}"
    path.write_bytes(pack((HEADER + "".join(GOOD)).encode()))
    got, want = brought(tmp_path / "kept", path)
    alike(got, want)
    assert len(got.calls) == len(GOOD)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a file's name is text")
@pytest.mark.parametrize("name", [b"\xe9pi.csv", b"\xe9pi.csv.gz"])
def test_a_file_whose_name_is_no_utf_8(name: bytes, tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(name)
    content = (HEADER + "".join(GOOD)).encode()
    path.write_bytes(gzip.compress(content) if name.endswith(b"gz") else content)
    got, want = brought(tmp_path / "kept", path)
    alike(got, want)
    assert len(got.calls) == len(GOOD)


def test_a_torn_archive_gives_what_it_holds(tmp_path: Path) -> None:
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress((HEADER + "".join(lines(range(1, 29), a_day=40))).encode())[:-200])
    assert stretches.recognise(path) is not None
    got, want = brought(tmp_path / "kept", path)
    same(want.calls, got.calls, "calls")
    (told,) = got.problems
    assert "calltrace store accept" in told.fix  # of a store something more can be done about it
    assert (replace(told, fix=want.problems[0].fix),) == want.problems


def test_names_in_quotes_over_two_lines(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    rows = [r.replace(",A1,", ',"Ann, Bo",') if i % 3 else r.replace(",A1,", ',"Ann\nMay",') for i, r in enumerate(GOOD)]
    path.write_text(HEADER + "".join(rows))
    got, want = brought(tmp_path / "kept", path)
    same(want.calls, got.calls, "calls")
    assert set(got.calls["agent"].dropna()) == {"Ann, Bo", "Ann\nMay"}


def test_semicolons_a_title_and_no_last_line_end(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("\ufeffExport of October\n" + (HEADER + "".join(GOOD)).replace(",", ";").rstrip("\n"))
    got, want = brought(tmp_path / "kept", path)
    alike(got, want)
    assert got.problems == want.problems


CELLS = st.sampled_from(
    ["", " ", "1021", "NULL", "answered", "Answered ", "no-answer", "x", "2026-10-03T12:00:00Z", "7", "-1", '"', "1,5"]
)


@settings(max_examples=12)
@given(st.lists(st.tuples(st.integers(0, len(GOOD) - 1), st.integers(0, 12), CELLS), max_size=6))
def test_any_damage_reads_as_load_reads_it(tmp_path_factory: pytest.TempPathFactory, damage: list[tuple[int, int, str]]) -> None:
    folder = tmp_path_factory.mktemp("damage")
    rows = list(GOOD)
    for line, cell, value in damage:
        cells = rows[line].rstrip("\n").split(",")
        cells[min(cell, len(cells) - 1)] = value
        rows[line] = ",".join(cells) + "\n"
    path = folder / "a.csv"
    path.write_text(HEADER + "".join(rows))
    got, want = brought(folder / "kept", path)
    same(want.calls, got.calls, "calls")
    told = [{(p.at.line, p.effect) for p in c.problems if p.kind != "id-reused"} for c in (got, want)]
    assert told[0] == told[1]


@settings(max_examples=5)
@given(st.integers(1, len(GOOD) - 1), st.booleans())
def test_one_file_split_in_two_is_the_same_store(tmp_path_factory: pytest.TempPathFactory, cut: int, late: bool) -> None:
    folder = tmp_path_factory.mktemp("split")
    for name, rows in (("a.csv", GOOD[:cut]), ("b.csv", GOOD[cut:]), ("whole.csv", GOOD)):
        (folder / name).write_text(HEADER + "".join(rows))
    halves = Store.open(folder / "halves", create=True)
    for name in ("b.csv", "a.csv") if late else ("a.csv", "b.csv"):
        halves.import_(folder / name)
    whole = Store.open(folder / "whole", create=True)
    whole.import_(folder / "whole.csv")
    same(whole.read().calls, halves.read().calls, "calls", source=False)
    pd.testing.assert_frame_equal(whole.intervals(), halves.intervals())
