"""A folder for what is too large to be held, gone at the end of the run; and what runs that were killed left of theirs.

``kill -9`` and a loss of power leave no time to clean up. So a folder is marked by a file that the run holds locked for
as long as it lives, as do the processes born of it; the system lets go of the lock when the last of them is gone. The
next run takes away the folders whose mark nobody holds: its own user's, and only those with a mark.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PREFIX = "calltrace-"
"""What the names of the folders begin with."""

MARK = ".in-use"
"""The file that is locked as long as a folder is in use."""


@contextmanager
def scratch() -> Iterator[Path]:
    """Give a new folder in the temporary folder (``TMPDIR``), its owner's alone, and remove it in the end, whatever comes."""
    clear()
    place = Path(tempfile.mkdtemp(prefix=PREFIX))
    held = _marked(place)
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)
        if held is not None:
            os.close(held)


def clear() -> None:
    """Take away the folders of runs that are gone. What can't be taken away is left to the next run."""
    with suppress(OSError), os.scandir(tempfile.gettempdir()) as found:
        for one in found:
            with suppress(OSError):
                if one.name.startswith(PREFIX) and one.is_dir(follow_symlinks=False) and _is_ours(one):
                    _take_away(Path(one.path))


def _is_ours(one: os.DirEntry[str]) -> bool:
    """Say whether a folder is this user's: others' may be named as they like."""
    return not hasattr(os, "getuid") or one.stat(follow_symlinks=False).st_uid == os.getuid()


def _marked(place: Path) -> int | None:
    """Mark a folder as in use and return what holds the mark; None where the system can't lock files."""
    fresh = place / f"{MARK}-new"
    handle = os.open(fresh, os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0), 0o600)
    if not _locked(handle):
        os.close(handle)
        return None
    fresh.rename(place / MARK)  # locked before it is there under its name: at no moment does it look left behind
    return handle


def _take_away(place: Path) -> None:
    """Remove a folder whose mark nobody holds; it is held meanwhile, so that no other run does the same."""
    handle = os.open(place / MARK, os.O_RDWR | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0))
    try:
        if _locked(handle):
            shutil.rmtree(place, ignore_errors=True)
    finally:
        os.close(handle)


def _locked(handle: int) -> bool:
    """Lock a file unless another process holds it, and say whether it is; False too where the system can't tell."""
    try:
        import fcntl  # noqa: PLC0415 - Windows has none
    except ImportError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
