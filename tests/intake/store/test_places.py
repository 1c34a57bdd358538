"""A store's folder on a disk: what is made there, and what is in the way."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

import pytest

from calltrace.errors import InputError
from calltrace.intake.store.places import LocalPlace

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.skipif(os.name == "nt", reason="modes are of POSIX")
def test_every_folder_that_is_made_is_the_owners_alone(tmp_path: Path) -> None:
    place = LocalPlace(str(tmp_path / "new" / "store"))
    place.write("calls/day=2026-01-01/a.parquet", memoryview(b"rows"))
    place.settle()
    made = [p for p in tmp_path.rglob("*") if p.is_dir()]
    assert len(made) == 4  # new, store, calls, day
    assert {p.stat().st_mode & 0o777 for p in made} == {0o700}
    assert (tmp_path / "new/store/calls/day=2026-01-01/a.parquet").stat().st_mode & 0o777 == 0o600
    assert place.read("calls/day=2026-01-01/a.parquet") == b"rows"


def test_a_file_in_the_way_of_a_folder_is_told(tmp_path: Path) -> None:
    place = LocalPlace(str(tmp_path))
    (tmp_path / "calls").write_text("not ours", encoding="utf-8")
    for name in ("calls/a.parquet", "calls/day=2026-01-01/a.parquet"):
        with pytest.raises(InputError, match="can't be written to"):
            place.write(name, b"rows")
    assert (tmp_path / "calls").read_text(encoding="utf-8") == "not ours"
    assert not place.fresh


def test_a_file_is_never_written_over(tmp_path: Path) -> None:
    place = LocalPlace(str(tmp_path))
    place.write("calls/a.parquet", b"first")
    with pytest.raises(InputError):
        place.write("calls/a.parquet", b"second")
    assert place.read("calls/a.parquet") == b"first"


@pytest.mark.skipif(not hasattr(os, "posix_fadvise"), reason="hints are of POSIX")
def test_a_disk_that_takes_no_hints_keeps_files_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def refused(_handle: int, _begin: int, _size: int, word: int) -> None:
        asked.append(word)
        raise OSError(errno.ESPIPE, "Illegal seek")

    monkeypatch.setattr(os, "posix_fadvise", refused)
    place = LocalPlace(str(tmp_path))
    place.write("calls/a.parquet", b"rows")
    assert asked
    assert (tmp_path / "calls" / "a.parquet").read_bytes() == b"rows"


def test_a_relative_folder_is_made_and_settled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    place = LocalPlace("store")
    place.write("a.parquet", b"rows")
    place.settle()
    assert (tmp_path / "store" / "a.parquet").read_bytes() == b"rows"
