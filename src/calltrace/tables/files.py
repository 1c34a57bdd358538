"""Writing files so that a reader sees the old ones or the new ones, never half, and nothing is left of a failure."""

from __future__ import annotations

import os
import stat
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from calltrace.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

OWNER_ONLY = 0o600
"""The mode of a file that nobody but its owner reads."""


def write_whole(path: Path, content: str | bytes, *, mode: int | None = None) -> None:
    """Write a file, of text (UTF-8) or bytes, whole or not at all.

    A file that is there keeps its mode; a new one gets ``mode``, else the usual one. A link is followed. What is no
    regular file (``/dev/stdout``, a pipe) is written to as it is.

    Raises
    ------
    OSError
        Where it can't be written.
    """
    target = path.resolve()
    data = content if isinstance(content, bytes) else content.encode("utf-8")
    if target.exists() and not target.is_file():
        target.write_bytes(data)
        return
    beside(target, data, mode=_mode(target, mode)).replace(target)


def write_private(path: Path, content: bytes) -> None:
    """Write a file that only its owner reads, so that also after a crash it is there whole or not at all."""
    beside(path, content, mode=OWNER_ONLY, durable=True).replace(path)


def beside(target: Path, data: bytes, *, mode: int, durable: bool = False) -> Path:
    """Write what is to be ``target`` into a new file of its folder, for the caller to put in its place.

    With ``durable`` it is on the disk when this returns.
    """
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            if durable:
                stream.flush()
                os.fsync(stream.fileno())
        Path(name).chmod(mode)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return Path(name)


class Together:
    """Files that come to be together, or not at all: each lies beside its place until all are whole."""

    def __init__(self) -> None:
        self._waiting: list[tuple[Path, Path]] = []
        self._going: list[Path] = []

    def add(self, path: Path, content: str | bytes) -> None:
        """Write one of them; its folder is made where it is missing."""
        target = path.resolve()
        if target.parent != Path.cwd():
            target.parent.mkdir(parents=True, exist_ok=True)
        data = content if isinstance(content, bytes) else content.encode("utf-8")
        self._waiting.append((beside(target, data, mode=_mode(target)), target))

    def remove(self, path: Path) -> None:
        """Take an old file away once all are whole, unless one of them has its name; it need not be there."""
        self._going.append(path.resolve())

    def _put(self) -> None:
        for made, target in self._waiting:
            made.replace(target)
        for old in set(self._going) - {target for _, target in self._waiting}:
            old.unlink(missing_ok=True)

    def _drop(self) -> None:
        for made, _ in self._waiting:
            made.unlink(missing_ok=True)


@contextmanager
def together(named: Path | str) -> Iterator[Together]:
    """Give what to add files to; at the end all are put in their places.

    Raises
    ------
    UsageError
        Where the system refuses: the place ``named`` can't be written.
    """
    files = Together()
    try:
        yield files
        files._put()  # noqa: SLF001 -- its own way in and out
    except BaseException as error:
        files._drop()  # noqa: SLF001 -- its own
        if isinstance(error, OSError):
            raise UsageError(f"{named} can't be written: {error.strerror or error}") from error
        raise


def _mode(target: Path, new: int | None = None) -> int:
    if target.exists():
        return stat.S_IMODE(target.stat().st_mode)
    return 0o666 & ~_umask() if new is None else new


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
