"""Files are there whole or not at all, alone and together; nothing is left of a failure."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING, Any

import pytest

from calltrace.errors import UsageError
from calltrace.tables import files

if TYPE_CHECKING:
    from pathlib import Path


def told(folder: Path) -> dict[str, str]:
    """What lies in a folder, hidden files too."""
    return {path.name: path.read_text() for path in folder.iterdir()}


def three(folder: Path, *, then: BaseException | None = None) -> None:
    """Write three files together; or be broken off before they are put in their places."""
    with files.together(folder) as made:
        for name in "abc":
            made.add(folder / f"{name}.csv", "new")
        if then is not None:
            raise then


@pytest.fixture
def full_at(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Let the disk be full at the file of that number."""

    def fill(number: int) -> None:
        opened = 0
        real = os.fdopen

        def fails(*given: Any, **more: Any) -> Any:
            nonlocal opened
            opened += 1
            stream = real(*given, **more)
            if opened == number:
                stream.close()
                raise OSError(28, "No space left on device")
            return stream

        monkeypatch.setattr(os, "fdopen", fails)

    return fill


def test_files_together_are_all_there(tmp_path: Path) -> None:
    (tmp_path / "old.csv").write_text("old")
    (tmp_path / "b.csv").write_text("old")
    with files.together(tmp_path) as made:
        made.add(tmp_path / "a.csv", "new a")
        made.add(tmp_path / "b.csv", b"new b")
        made.remove(tmp_path / "old.csv")
        made.remove(tmp_path / "b.csv")  # as one of them has its name, it is not taken away
        made.remove(tmp_path / "never.csv")
        assert not (tmp_path / "a.csv").exists()
        assert (tmp_path / "b.csv").read_text() == "old"
    assert told(tmp_path) == {"a.csv": "new a", "b.csv": "new b"}


@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_full_disk_leaves_what_was_there(tmp_path: Path, full_at: Any, number: int) -> None:
    (tmp_path / "b.csv").write_text("old")
    full_at(number)
    with pytest.raises(UsageError, match="can't be written: No space left on device"):
        three(tmp_path)
    assert told(tmp_path) == {"b.csv": "old"}


def test_an_interruption_leaves_what_was_there_and_stays_one(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        three(tmp_path, then=KeyboardInterrupt())
    assert told(tmp_path) == {}


def test_a_private_file_is_its_owners_also_where_it_was_not(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_text("old")
    path.chmod(0o644)
    files.write_private(path, b"new")
    assert (path.read_text(), stat.S_IMODE(path.stat().st_mode)) == ("new", 0o600)
