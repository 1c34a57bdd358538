"""An audit of more calls than can be held gives the same document as one that holds them all."""

from __future__ import annotations

import ctypes
import gzip
import json
import tempfile
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from calltrace.cli.main import main
from calltrace.config.cases import load as configured
from calltrace.config.large import records
from calltrace.diagnosis.audit import audit, audit_case
from calltrace.diagnosis.audit.kept import Kept, Lying, Span, imported, is_large, trim
from calltrace.diagnosis.audit.parts import HARDLY_LONGER, crowded, parts, reach
from calltrace.diagnosis.audit.standing import counted
from calltrace.diagnosis.checks._columns import columns
from calltrace.diagnosis.engine import Cores, Engine
from calltrace.errors import InputError
from calltrace.intake.load import load
from calltrace.intake.store import Store, scan, slices
from calltrace.report.audit import audit_report_of
from calltrace.tables.case import Case, in_full
from calltrace.tables.schema import TABLES, conform
from support import account, at, case, steady

KEPT = "calltrace.diagnosis.audit.kept"


@pytest.fixture(scope="module")
def week(repo_root: Path) -> Path:
    return repo_root / "sample_logs" / "healthy-week"


@pytest.fixture(scope="module")
def held(week: Path) -> str:
    return document(load([week]))


DAYS: Span = pd.Timestamp("2026-01-14", tz="UTC"), pd.Timestamp("2026-01-17", tz="UTC")
"""Three days of the sample, with a finding."""


def document(records: Case | Kept, runs: Engine | None = None, days: Span | tuple[None, None] = DAYS) -> str:
    start, end = days
    found = audit_case(records, start=start, end=end, engine=runs, checks=("silence", "bill", "dispatch"))
    return json.dumps(audit_report_of(found, command="audit").to_dict(), sort_keys=True)


def test_part_by_part_from_a_store_it_says_the_same_to_the_byte(week: Path) -> None:
    held = document(load([week]), days=(None, None))
    with imported([week]) as kept:
        assert document(kept, days=(None, None)) == held
    assert json.loads(held)["findings"], "nothing to compare"


def test_on_several_cores_it_says_the_same(week: Path, held: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("calltrace.diagnosis.engine.FEW", 2)
    with imported([week]) as kept:
        assert document(kept, Cores(2)) == held


def test_calls_are_read_once_for_all_parts_unless_there_is_no_room(
    week: Path, held: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads: list[object] = []

    def alone(kept: Kept, reach: Span | None, start: pd.Timestamp, end: pd.Timestamp) -> Case:
        reads.append(reach)
        return read(kept, reach, start, end)

    read = Kept.part
    monkeypatch.setattr(Kept, "part", alone)
    monkeypatch.setattr("calltrace.diagnosis.audit.parts.HELD_CALLS", 200)  # less than lies there for two parts
    with imported([week]) as kept:
        assert document(kept, Cores(2)) == held
        assert not reads
        monkeypatch.setattr("calltrace.intake.store.belt.LETTERS", 1)
        assert document(kept) == held
        assert len(reads) > 1


def overtaken(monkeypatch: pytest.MonkeyPatch, method: str, change: Callable[[Kept], object], *, always: bool = False) -> None:
    """Have the store changed by somebody else just before the first part is read, or before each."""
    where = Lying if method == "ready" else Kept
    real = getattr(where, method)
    done: list[Kept] = []

    def read(self: Any, *asked: Any) -> Any:
        kept = self if isinstance(self, Kept) else self._kept
        if always or not done:
            done.append(kept)
            change(kept)
        return real(self, *asked)

    monkeypatch.setattr(where, method, read)


@pytest.mark.parametrize(("method", "runs"), [("ready", 2), ("part", None)], ids=["on two cores", "part by part"])
def test_an_audit_overtaken_by_a_prune_is_of_what_is_left(
    method: str, runs: int | None, week: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def prune(kept: Kept) -> None:
        Store.open(kept.url).prune(4, now=last_of(kept))

    with imported([week]) as kept:
        overtaken(monkeypatch, method, prune)
        if method == "part":
            monkeypatch.setattr(Kept, "lying", lambda _self, _cut: None)
        found = document(kept, Cores(runs) if runs else None)
        assert len(Store.open(kept.url).days()) == 5, "nothing was pruned"
        monkeypatch.undo()
        assert document(kept) == found


def test_an_audit_overtaken_again_and_again_says_so(week: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    left = iter(range(6, 0, -1))
    with imported([week]) as kept:
        overtaken(monkeypatch, "ready", lambda k: Store.open(k.url).prune(next(left), now=last_of(k)), always=True)
        with pytest.raises(InputError, match="was pruned, or a caller was forgotten in it, while it was read"):
            document(kept)


def test_calls_imported_meanwhile_are_no_part_of_an_audit(
    week: Path, held: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half of its parts would know them, and half would not."""
    late = tmp_path / "late.csv"
    first = gzip.decompress((week / "calls.csv.gz").read_bytes()).decode().splitlines()
    late.write_text("\n".join([first[0], *(f"late-{row}" for row in first[1::30])]) + "\n")
    with imported([week]) as kept:
        overtaken(monkeypatch, "part", lambda k: Store.open(k.url).import_([late]))
        monkeypatch.setattr(Kept, "lying", lambda _self, _cut: None)
        assert document(kept) == held
        monkeypatch.undo()
        assert document(kept) != held


def last_of(kept: Kept) -> pd.Timestamp:
    last = Store.open(kept.url).last_call()
    assert last is not None
    return last


@pytest.fixture
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Have folders for a while made here."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_logs_too_large_to_hold_are_imported_for_the_audit_alone(
    week: Path, scratch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[list[Path]] = []
    sketch = Kept.sketch

    def watched(kept: Kept) -> Case:
        seen.append(list(scratch.iterdir()))
        return sketch(kept)

    monkeypatch.setattr(Kept, "sketch", watched)
    small = audit([week], checks=("dispatch",))
    assert not seen
    monkeypatch.setattr(f"{KEPT}.LARGE_BYTES", 1000)
    large = audit([week], checks=("dispatch",))
    assert len(seen) == 1
    assert len(seen[0]) == 1, "a store in a folder of its own"
    assert not list(scratch.iterdir()), "and gone"
    assert [f.key for f in large.findings] == [f.key for f in small.findings]
    assert large.standings == small.standings
    assert large.case.sources == small.case.sources


@pytest.mark.parametrize("why", [KeyboardInterrupt, ValueError])
def test_nothing_is_left_behind_whatever_stops_it(week: Path, scratch: Path, why: type[BaseException]) -> None:
    def stopped() -> None:
        with imported([week]) as kept:
            assert Path(kept.url).exists()
            assert Path(kept.url).parent.stat().st_mode & 0o077 == 0, "others may read it"
            raise why

    with pytest.raises(why):
        stopped()
    assert not list(scratch.iterdir())


def test_the_command_says_the_same_of_logs_too_large_to_hold(week: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def said() -> str:
        asked = ["check", "dispatch", str(week), "--format", "json", "--mask", "--jobs", "1"]
        result = CliRunner().invoke(main, asked)
        assert result.exit_code in {0, 1}, result.stderr
        return result.stdout

    small = said()
    monkeypatch.setattr(f"{KEPT}.LARGE_BYTES", 1000)
    assert said() == small


def test_a_packed_log_counts_as_what_is_in_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(f"{KEPT}.LARGE_BYTES", 100)
    (tmp_path / "calls.csv").write_bytes(b"x" * 60)
    assert not is_large([tmp_path])
    (tmp_path / "calls.csv.gz").write_bytes(b"x" * 10)
    assert is_large([tmp_path])
    assert not is_large([tmp_path / "calls.csv"])
    assert not is_large(["-"])


def test_where_nobody_can_be_told_to_give_memory_back_nothing_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[int] = []

    class Library:
        malloc_trim = told.append

    monkeypatch.setattr(ctypes, "CDLL", lambda _name: Library)
    trim()
    assert told == [0]
    for there_is in (object(), None):
        monkeypatch.setattr(ctypes, "CDLL", lambda _name, found=there_is: found)
        trim()


# --- what is read ---------------------------------------------------------------------------------------------


def kept_of(frame: pd.DataFrame, tmp_path: Path) -> Store:
    """Return a store of these calls."""
    frame.drop(columns=["source_file", "source_line"]).to_csv(tmp_path / "calls.csv", index=False)
    store = Store.open(tmp_path / "store", create=True)
    store.import_([tmp_path / "calls.csv"])
    return store


def test_of_a_part_every_call_is_read_and_ids_of_its_days(tmp_path: Path) -> None:
    calls = case(steady("1", every_min=240, days=40), accounts=[account("1")]).calls
    store = kept_of(calls, tmp_path)
    whole = store.read().calls
    some = slices.read(store, at(10), at(30), (at(15), at(16))).calls
    inside = whole[(whole["offered_at"] >= at(10)) & (whole["offered_at"] < at(30))].reset_index(drop=True)
    plain = in_full(some)
    shown = (plain["offered_at"] >= at(15).floor("D")) & (plain["offered_at"] < at(16).floor("D") + pd.Timedelta(days=1))
    assert 0 < shown.sum() < len(plain)
    assert plain.loc[~shown, list(scan.SHOWN)].isna().all().all()
    rest = [c for c in whole.columns if c not in {*scan.SHOWN, "source_file"}]
    pd.testing.assert_frame_equal(plain[rest], inside[rest])
    pd.testing.assert_frame_equal(
        plain.loc[shown, list(scan.SHOWN)], inside.loc[shown, list(scan.SHOWN)], check_dtype=False)
    assert isinstance(some["account"].dtype, pd.CategoricalDtype)


def test_of_all_calls_a_sketch_is_read(tmp_path: Path) -> None:
    calls = case(steady("1", every_min=240, days=10), accounts=[account("1")]).calls
    sketch = slices.sketch(kept_of(calls, tmp_path)).calls
    assert list(sketch["offered_at"]) == list(calls["offered_at"])
    assert list(in_full(sketch)["account"]) == list(calls["account"])
    assert sketch["source_line"].tolist() == list(range(2, len(calls) + 2))
    assert sketch["talk_s"].isna().all()


@pytest.mark.parametrize("coded", [True, False])
def test_accounts_calls_are_counted_some_at_a_time_as_all_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, coded: bool
) -> None:
    calls = case([*steady("1", every_min=240, days=4), *steady("2", every_min=300, days=2, outcome="abandoned"),
                  *steady("3", every_min=700, days=1)]).calls
    read = slices.sketch(kept_of(calls, tmp_path)) if coded else Case({"calls": calls})
    found = counted(read, at(0, 2), at(3, 9))
    monkeypatch.setattr("calltrace.diagnosis.audit.standing.AT_ONCE", 5)
    pieces = counted(read, at(0, 2), at(3, 9))
    assert found.offered.sum() > 20
    for name in ("offered", "answered", "abandoned"):
        whole, some = getattr(found, name), getattr(pieces, name)
        assert {str(a): int(n) for a, n in some.items()} == {str(a): int(n) for a, n in whole.items()}
    assert pieces.seen == found.seen == {"1", "2", "3"}


def test_who_hides_callers_learns_them_all(tmp_path: Path) -> None:
    calls = case(steady("1", every_min=240, days=3), accounts=[account("1")]).calls
    calls["ani"] = pd.array([f"+1212555{n:04d}" for n in range(len(calls))], dtype="string")
    found = {number for numbers, _ in slices.callers(kept_of(calls, tmp_path)) for number in numbers}
    assert found == set(calls["ani"])


# --- how much is held -----------------------------------------------------------------------------------------


def test_more_calls_make_shorter_parts_and_less_around_them(monkeypatch: pytest.MonkeyPatch) -> None:
    year = case(steady("1", every_min=480, days=360), accounts=[account("1")])

    def held_at_most() -> int:
        cut = parts(year, at(0), at(360))
        spans = [reach(year.extent, *span) for span in cut]
        offered = year.calls["offered_at"]
        return max(int(((offered >= s[0]) & (offered < s[1])).sum()) if s else len(offered) for s in spans)

    assert held_at_most() > 600
    monkeypatch.setattr("calltrace.diagnosis.audit.parts.HELD_CALLS", 300)
    assert held_at_most() <= 300 * HARDLY_LONGER
    monkeypatch.setattr("calltrace.diagnosis.audit.parts.HELD_CALLS", 114)  # 38 days of them: no part of a third of that
    assert crowded(year.extent) == (pd.Timedelta(days=9), pd.Timedelta(days=14))
    monkeypatch.setattr("calltrace.diagnosis.audit.parts.HELD_CALLS", 10)  # fewer days than this say nothing
    assert crowded(year.extent) == (pd.Timedelta(days=7), pd.Timedelta(days=14))


def test_more_texts_than_a_short_number_counts(tmp_path: Path) -> None:
    calls = case(steady("1", every_min=1, days=25), accounts=[account("1")]).calls
    assert len(calls) > 33_000
    calls["dnis"] = pd.array([f"+1{2_125_550_000 + n}" for n in range(len(calls))], dtype="string")
    found = slices.read(kept_of(calls, tmp_path), at(0), at(25), (at(1), at(2))).calls
    assert list(in_full(found)["dnis"]) == list(calls["dnis"])


def test_a_day_read_from_a_store_says_the_same_as_one_that_holds_every_column(week: Path, tmp_path: Path) -> None:
    store = Store.open(tmp_path / "store", create=True)
    store.import_([week])
    last = pd.Timestamp(store.read().calls["offered_at"].iloc[-1])
    day = f"{last.tz_convert('America/New_York'):%Y-%m-%d}"

    def said(*, coded: bool) -> str:
        read = configured([store.url], start=day, end=day, coded=coded)
        assert (read.calls["account"].dtype == "category") is coded
        found = audit_case(read, start=day, end=day)
        return json.dumps(audit_report_of(found, command="audit").to_dict(), sort_keys=True)

    assert said(coded=True) == said(coded=False)


@given(
    st.lists(
        st.tuples(st.integers(0, 5000), st.sampled_from("ab"), st.sampled_from(["1", "2", None]), st.booleans()),
        min_size=1, max_size=30),
    st.integers(0, 30), st.integers(0, 30))
def test_second_tries_of_a_stretch_are_those_of_all_calls(
    calls: list[tuple[int, str, str | None, bool]], one: int, other: int
) -> None:
    rows = pd.DataFrame(
        [{"call_id": f"{n}", "account": who, "ani": ani, "offered_at": at(0) + pd.Timedelta(seconds=second),
          "outcome": "answered" if served else "abandoned"}
         for n, (second, who, ani, served) in enumerate(sorted(calls, key=lambda c: c[0]))])
    known = columns(Case({"calls": conform(rows, TABLES["calls"])}))
    first, last = sorted((min(one, len(calls)), min(other, len(calls))))
    within = known.again_within(first, last)
    assert "again" not in vars(known)
    assert within.tolist() == known.again[first:last].tolist()


@given(st.lists(st.sampled_from(["a", "b", "c", "zz", None]), max_size=20), st.integers(1, 3))
def test_categories_are_numbered_as_texts_are(names: list[str | None], few: int) -> None:
    texts = Case({"calls": pd.DataFrame({"account": pd.array(names, dtype="string")})})
    coded = Case({"calls": pd.DataFrame({"account": pd.Categorical(names, categories=["a", "b", "c", "nobody", "zz"])})})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("calltrace.tables.case.FEW", few)
        assert coded.codes("account")[1] == texts.codes("account")[1]
        assert coded.numbered("account").tolist() == texts.numbered("account").tolist()


@given(st.lists(st.tuples(st.sampled_from(["a", "b", None]), st.sampled_from(["x", "y", None])), max_size=20))
def test_pairs_are_counted_as_grouping_counts_them(calls: list[tuple[str | None, str | None]]) -> None:
    rows = pd.DataFrame(
        [{"call_id": f"{n}", "account": who, "dnis": number, "offered_at": at(0), "outcome": "answered"}
         for n, (who, number) in enumerate(calls)], columns=["call_id", "account", "dnis", "offered_at", "outcome"])
    rows["offered_at"] = pd.to_datetime(rows["offered_at"], utc=True)
    found = Case({"calls": conform(rows, TABLES["calls"])}).pairs("account", "dnis")
    counted = {k: calls.count(k) for k in calls if None not in k}
    assert {(a, d): n for a, d, n in found.itertuples(index=False)} == counted


# --- a day of a store -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def long(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """A store of 150 days: account 1 falls silent on the last, and was on the 61st; 3 ended after 80 days."""
    calls = [
        *steady("1", every_min=60, days=149, silent=[(at(60), at(61))]), *steady("2", every_min=45, days=150),
        *steady("3", every_min=60, days=80),
        *steady("2", every_min=1440, days=150, offset_min=7, outcome="abandoned")]
    for number, call in enumerate(calls):
        call["call_id"] = str(number)
    return kept_of(case(calls).calls, tmp_path_factory.mktemp("long"))


def test_a_part_judged_by_all_calls_finds_them_all_though_one_before_it_began_later(long: Store) -> None:
    edges = [at(n) for n in (20, 27, 34, 41)]
    spans = list(pairwise(edges))
    cut = [(spans[0], (at(6), at(41))), (spans[1], None), (spans[2], (at(20), at(55)))]
    lying = Kept(str(long.url)).lying(cut)
    assert lying is not None
    first, whole, last = (lying.ready(one, one) for one in cut)
    assert first is not None
    assert whole is not None
    assert last is not None
    assert len(lying.part(whole).calls) == len(long.read().calls)
    assert len(lying.part(last).calls) < len(lying.part(whole).calls) / 2


def day(number: int) -> dict[str, str]:
    """Return how one is asked about a day."""
    return dict.fromkeys(("start", "end"), f"{at(number):%Y-%m-%d}")


def test_a_day_is_judged_by_the_calls_around_it_as_if_all_of_them_had_been_read(
    long: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("calltrace.diagnosis.audit.parts.HELD_CALLS", 4000)
    read, whole = configured([long.url], **day(149), coded=True), long.read()  # type: ignore[arg-type]
    assert len(read.calls) < len(whole.calls) / 2
    assert read.extent == replace(whole.extent, accounts=read.extent.accounts)
    found, held = (audit_case(one, **day(149), checks=("silence",)) for one in (read, whole))  # type: ignore[arg-type]
    assert [f.account for f in found.findings] == ["1"]
    assert [(f.key, f.cause, f.confidence) for f in found.findings] == [(f.key, f.cause, f.confidence) for f in held.findings]
    assert found.standings == held.standings


def test_an_account_without_a_call_where_they_were_read_still_has_a_row(long: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("calltrace.diagnosis.audit.parts.HELD_CALLS", 4000)
    read = configured([long.url], **day(140), coded=True)  # type: ignore[arg-type]
    assert set(read.calls["account"]) == {"1", "2"}
    assert [s.account for s in audit_case(read, **day(140), checks=("busy",)).standings] == ["1", "2", "3"]  # type: ignore[arg-type]


def test_words_for_a_time_count_from_the_last_call_on_record_not_the_last_one_read(
    long: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("calltrace.diagnosis.audit.parts.HELD_CALLS", 100)
    asked = {"start": "40 days ago", "end": "39 days ago"}
    read = configured([long.url], **asked, coded=True)  # type: ignore[arg-type]
    assert read.calls["offered_at"].iloc[-1] < at(130)
    begins = {audit_case(one, **asked, checks=("busy",)).start for one in (read, long.read())}  # type: ignore[arg-type]
    assert begins == {at(149, 23.25) - pd.Timedelta(days=40)}


def test_figures_are_the_same_as_arrays_and_in_the_frame(long: Store) -> None:
    read = slices.read(long, at(10), at(30), (at(15), at(16)))
    again = columns(replace(read, cache={}))
    for name in ("ring", "queue", "hold", "talk", "at"):
        assert getattr(columns(read), name).tolist() == getattr(again, name).tolist()


def test_months_of_more_calls_than_can_be_held_are_audited_part_by_part(long: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = {"start": f"{at(40):%Y-%m-%d}", "end": f"{at(119):%Y-%m-%d}"}
    with records([long.url], **asked) as held:  # type: ignore[arg-type]
        assert isinstance(held, Case)
    monkeypatch.setattr("calltrace.diagnosis.audit.parts.HELD_CALLS", 4000)
    with records([long.url], **asked) as kept, records([long.url], **day(149)) as one:  # type: ignore[arg-type]
        assert isinstance(kept, Kept)
        assert isinstance(one, Case)
        found, whole = (audit_case(r, **asked, checks=("silence",)) for r in (kept, long.read()))  # type: ignore[arg-type]
    assert [(f.key, f.confidence) for f in found.findings] == [(f.key, f.confidence) for f in whole.findings]
    assert [f.account for f in found.findings] == ["1"]
    assert found.standings == whole.standings
    assert found.standings[2].why.startswith("no call since Wed 19 Aug 2026 23:00")
    # workers of another machine can't read the folder again: they are sent all of it
    with records([long.url], here=False, **asked) as sent:  # type: ignore[arg-type]
        assert isinstance(sent, Case)
        assert len(sent.calls) == slices.count(long)
        assert audit_case(sent, **asked, checks=("silence",)).standings == found.standings  # type: ignore[arg-type]


def test_calls_kept_before_anybody_said_whose_their_numbers_are_are_audited_as_those_accounts(tmp_path: Path) -> None:
    """An Asterisk's calls go by the number they dialled until a table says whose it is; however many there are."""
    rows = [row | {"account": row["dnis"]} for who in "23" for row in steady(who, every_min=20, days=30, silent=[
        (at(25, 8), at(26, 20))] if who == "2" else ())]
    logs, table = tmp_path / "calls.csv", tmp_path / "accounts.csv"
    case(rows).calls.drop(columns=["source_file", "source_line"]).to_csv(logs, index=False)
    table.write_text("account,name,numbers\n2,Dolan West,+12125550002\n3,Harbor,+12125550003\n", encoding="utf-8")
    store = Store.open(tmp_path / "kept", create=True)
    store.import_(logs, tz="UTC")
    store.import_(table, tz="UTC")
    days = at(24), at(28)
    of_kept = json.loads(document(Kept(str(tmp_path / "kept")), days=days))
    assert {a["account"] for a in of_kept["accounts"]} == {"2", "3"}
    assert [f["account"] for f in of_kept["findings"]] == ["2"]
    assert of_kept == json.loads(document(load([tmp_path / "kept"]), days=days))
