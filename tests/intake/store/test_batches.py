"""Reading many files at once."""

from __future__ import annotations

import errno
from pathlib import Path

import pandas as pd
import pytest

from calltrace.errors import InputError
from calltrace.intake.store import Store, batches, parts, slices
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


def test_a_damaged_file_among_those_read_together_is_named(store: Store) -> None:
    (part,) = (p for p in store.state().of("calls") if p.day == at(22).date().isoformat())
    Path(store.place.path(part.file)).write_bytes(b"PAR1 no more")
    with pytest.raises(InputError, match=part.file):
        history(store)


def test_a_file_that_may_not_be_read_is_no_damage(store: Store) -> None:
    said = str(parts.unreadable(store.place, store.state().of("calls")[0], PermissionError(errno.EACCES, "no")))
    assert "can't be read (Permission denied); expected a file of the store that can be read" in said
    assert "import its logs" not in said


def test_files_go_together_until_there_are_enough_calls(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "AT_ONCE", 13)  # two days of six
    chosen = store.state().of("calls")
    made = [batch.parts for batch in batches.batches(chosen, lambda _: ["offered_at"])]
    assert [p for files in made for p in files] == chosen
    assert max(sum(p.rows for p in files) for files in made) == 12
