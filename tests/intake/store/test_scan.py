"""Reading many files at once, and reading begun before it is asked for, give what reading later does."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest

from calltrace.errors import InputError
from calltrace.intake.store import Store, scan, slices
from calltrace.intake.store.manifest import Part
from calltrace.intake.store.places import Place
from support import account, at, case, steady


@pytest.fixture
def store(tmp_path: Path) -> Store:
    calls = case(steady("1", every_min=240, days=40), accounts=[account("1")]).calls  # six a day
    calls.drop(columns=["source_file", "source_line"]).to_csv(tmp_path / "calls.csv", index=False)
    kept = Store.open(tmp_path / "store", create=True)
    kept.import_([tmp_path / "calls.csv"])
    return kept


def history(store: Store) -> pd.DataFrame:
    """Return the calls of eleven days and six hours before the day looked at."""
    return slices.read(store, at(19, 18), at(31), (at(29), at(31)), lines=True).calls


def test_what_was_begun_is_what_reading_later_gives(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    later = history(store)
    assert len(later) == 1 + 11 * 6
    assert scan.begin(store, at(30).date(), days=12) > 40
    read: list[str] = []
    plain = scan.scan

    def told(place: Place, files: Sequence[Part], names: Sequence[str]) -> pa.Table:
        read.extend(p.day for p in files)
        return plain(place, files, names)

    monkeypatch.setattr(scan, "scan", told)
    pd.testing.assert_frame_equal(history(store), later)
    begun_upto = (at(30) - timedelta(days=scan.NEAR_DAYS)).date().isoformat()
    assert read
    assert min(read) > begun_upto  # the days before were not read again


def test_what_was_begun_of_a_file_that_is_damaged_is_said_of_that_file(store: Store) -> None:
    (part,) = (p for p in store.state().of("calls") if p.day == at(22).date().isoformat())
    Path(store.place.path(part.file)).write_bytes(b"PAR1 no more")
    scan.begin(store, at(30).date(), days=12)
    with pytest.raises(InputError, match=part.file):
        history(store)


def test_more_than_can_lie_there_unasked_is_not_begun(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scan, "MOST_BEGUN", 10)
    assert scan.begin(store, at(30).date(), days=12) == 0


def test_files_go_together_until_there_are_enough_calls(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scan, "AT_ONCE", 13)  # two days of six
    chosen = store.state().of("calls")
    groups = list(scan.together(chosen))
    assert [p for group in groups for p in group] == chosen
    assert max(sum(p.rows for p in group) for group in groups) == 12
