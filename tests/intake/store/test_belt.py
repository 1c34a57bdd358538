"""Calls that are read once for all who judge neighbouring times are those that each would have read."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calltrace.intake.store import Store, belt, slices
from calltrace.intake.store.belt import Belt, NoRoomError
from calltrace.tables.case import Case, in_full
from support import account, at, case, steady

DAYS = 16


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """A store of sixteen days, each known in another way: holds from the fourth on, agents and callers on some."""
    rows = [*steady("1", every_min=300, days=DAYS), *steady("2", every_min=500, days=DAYS - 9)]
    calls = case(rows, accounts=[account("1")]).calls
    day = ((calls["offered_at"] - at(0)) // pd.Timedelta(days=1)).to_numpy()
    places = np.arange(len(calls))
    whose = list(zip(places, day, strict=True))
    calls["call_id"] = pd.array([f"c{n}" for n in places], dtype="string")
    calls["hold_s"] = pd.array([n / 8 if d >= 3 and n % 3 else None for n, d in whose], dtype="Float64")
    calls["agent"] = pd.array([f"agent {n % 5}" if 2 <= d < 12 else None for n, d in whose], dtype="string")
    calls["ani"] = pd.array(
        [None if n % 7 == 0 or 4 <= d < 6 else f"+1212555{n:04d}" for n, d in whose], dtype="string")
    calls["recording"] = pd.array([f"é{n}.wav" if n % 2 else None for n in places], dtype="string")
    folder = tmp_path_factory.mktemp("belt")
    calls.drop(columns=["source_file", "source_line"]).to_csv(folder / "calls.csv", index=False)
    made = Store.open(folder / "store", create=True)
    made.import_([folder / "calls.csv"])
    return made


def plain(read: Case) -> pd.DataFrame:
    """Return the calls with plain texts, none of which is a category, and unknown ones alike in every column."""
    frame = in_full(read.calls).assign(source_file=read.calls["source_file"].astype(str))
    return frame.astype({name: "string" for name, kind in frame.dtypes.items() if "string" in str(kind)})


windows = st.lists(
    st.tuples(st.integers(0, 24 * DAYS), st.integers(1, 120), st.integers(0, 60), st.integers(1, 48)), min_size=1, max_size=6)


@settings(max_examples=20)  # each reads up to a dozen windows of a store
@given(windows)
def test_what_is_read_once_is_what_each_would_have_read(store: Store, asked: list[tuple[int, int, int, int]]) -> None:
    rolling = Belt.of(store)
    assert rolling is not None
    for hours, length, into, days in sorted(asked):  # no window begins before the one that was asked for last
        since, until = at(0, hours), at(0, hours + length)
        shown = at(0, hours + into), at(0, hours + into + days)
        rolling.forget(since)
        found = rolling.read(rolling.stretch(since, until), since, until, shown)
        alone = slices.read(store, since, until, shown)
        pd.testing.assert_frame_equal(plain(found), plain(alone))
        assert found.cache.keys() == alone.cache.keys()
        for name, figures in found.cache.items():
            np.testing.assert_array_equal(figures, alone.cache[name])  # type: ignore[arg-type]
        for column in ("account", "agent", "dnis"):
            assert found.codes(column)[1] == alone.codes(column)[1]
            assert found.numbered(column).tolist() == alone.numbered(column).tolist()


def test_without_bounds_it_is_all_there_is(store: Store) -> None:
    rolling = Belt.of(store)
    assert rolling is not None
    found = rolling.read(rolling.stretch(None, None), None, None, (at(0), at(DAYS)))
    pd.testing.assert_frame_equal(plain(found), plain(slices.read(store, None, None, (at(0), at(DAYS)))))


def test_more_texts_than_two_bytes_can_number_keep_their_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(belt, "FEW", 4)  # of what each number is, the remainder and how many times
    names = [f"{n:02d}" for n in range(11)]
    column = belt._Codes(20)
    column.fill(0, pa.chunked_array([pa.array([*names[::-1][:3], None]).dictionary_encode()]))
    column.fill(4, pa.chunked_array([pa.array([None, *names]).dictionary_encode()]))
    texts = tuple(column.texts)
    assert in_words(column.made(0, 16, texts)) == [*names[::-1][:3], None, None, *names]
    assert in_words(column.made(6, 9, texts)) == names[1:4]
    assert list(column.made(6, 9, texts).categories) == names[1:4]
    assert column.made(3, 5, texts) is None


def in_words(made: pd.Categorical) -> list[str | None]:
    return [None if pd.isna(text) else str(text) for text in made]


def test_what_one_reads_nobody_writes_to(store: Store) -> None:
    rolling = Belt.of(store)
    assert rolling is not None
    talk = rolling.read(rolling.stretch(at(0), at(9)), at(0), at(9), (at(1), at(2))).cache["seconds.talk_s"]
    assert isinstance(talk, np.ndarray)
    with pytest.raises(ValueError, match="read-only"):
        talk[0] = 1.0


def test_what_nobody_needs_any_more_is_given_back(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    given_back: list[int] = []
    monkeypatch.setattr(belt.mmap, "PAGESIZE", 8)
    monkeypatch.setattr(belt, "_given_back", lambda _room, begin, end: given_back.append(end - begin))
    rolling = Belt.of(store)
    assert rolling is not None
    rolling.stretch(None, at(9))
    rolling.forget(at(0))
    assert not given_back
    rolling.forget(at(5))
    assert sum(given_back) > 0


def test_callers_longer_than_there_is_room_for_are_told_of(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(belt, "LETTERS", 1)
    rolling = Belt.of(store)
    assert rolling is not None
    with pytest.raises(NoRoomError):
        rolling.stretch(None, None)


def test_where_nothing_can_be_given_back_few_calls_are_kept(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(belt, "GIVEN_BACK", None)
    assert Belt.of(store) is not None
    monkeypatch.setattr(belt, "MOST_KEPT", 10)
    assert Belt.of(store) is None


def test_where_giving_back_is_refused_all_is_kept(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sandbox may know the word and refuse it: no audit fails for that."""
    monkeypatch.setattr(belt, "GIVEN_BACK", -1)
    rolling = Belt.of(store)
    assert rolling is not None
    rolling.stretch(None, at(9))
    rolling.forget(at(5))
    since, until = at(5), at(9)
    found = rolling.read(rolling.stretch(since, until), since, until, (since, until))
    pd.testing.assert_frame_equal(plain(found), plain(slices.read(store, since, until, (since, until))))
    monkeypatch.setattr(belt, "MOST_KEPT", 10)
    assert Belt.of(store) is None


def test_where_there_is_no_room_there_is_no_belt(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_asked: object) -> None:
        raise OSError

    monkeypatch.setattr(belt, "_room", full)
    assert Belt.of(store) is None
