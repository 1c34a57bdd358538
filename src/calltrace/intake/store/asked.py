"""What an import is asked for: the files below the paths given, and what tells one import from another."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from calltrace.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from calltrace.intake.asked import Given, Known

    Progress = Callable[[str, float, float], None]


HASH_STEP = 1 << 22

HASHED_WHOLE = 64 << 20

HASH_BLOCKS = 64

HASH_BLOCK = 1 << 16


@dataclass(frozen=True)
class Asked:
    """What is to be imported, and how: the arguments of :func:`run`, with the files found."""

    given: list[str | os.PathLike[str] | Given]
    files: list[Found] | None
    tz: str | None
    mapping: Any
    year: int | None
    region: str
    known: Known | None


@dataclass(frozen=True)
class Found:
    """One file, and what was said of it in particular."""

    path: Path
    tz: str | None = None
    plain: bool = True


def files_of(given: Iterable[str | os.PathLike[str] | Given]) -> list[Found] | None:
    """Return every file below the paths; None where something is no file (standard input, a database)."""
    found: list[Found] = []
    for one in given:
        if isinstance(one, str | os.PathLike):
            name, tz, plain = os.fspath(one), None, True
        else:
            name, tz = one.path, one.tz or None
            plain = one.mapping is None and one.format in {"", "generic"}
        if name == "-" or "://" in name:
            return None
        path = Path(name)
        if not path.exists():
            return None  # the reader says what is wrong with it
        found += [Found(p, tz, plain) for p in _below(path)]
    return list({f.path: f for f in found}.values())


def _below(path: Path) -> list[Path]:
    """Return the files a path stands for; what lies in hidden folders is left, as by the reader."""
    if not path.is_dir():
        return [path]
    inside = (p for p in path.rglob("*") if not any(n.startswith(".") for n in p.relative_to(path).parts[:-1]))
    return sorted(p for p in inside if p.is_file())


def as_given(asked: Asked, paths: list[Path]) -> list[str | os.PathLike[str] | Given]:
    """Return single files as they were given, with what was said of them."""
    wanted: list[str | os.PathLike[str] | Given] = []
    for one in asked.given:
        if isinstance(one, str | os.PathLike):
            mine = _below(Path(one))
            wanted += [p for p in paths if p in mine]
        else:
            mine = _below(Path(one.path))
            wanted += [replace(one, path=str(p)) for p in paths if p in mine]
    return wanted


def fingerprint(asked: Asked, tell: Progress) -> str:
    """Return what tells one import from another: the content of the files, and how they are read.

    '' where that can't be told beforehand (standard input, a database): then the rows themselves tell.
    """
    if asked.files is None:
        return ""
    whole = hashlib.sha256()
    mapping = asked.mapping
    if isinstance(mapping, str | os.PathLike):
        mapping = Path(mapping).read_text(encoding="utf-8")
    known = ""
    if asked.known is not None:
        accounts = asked.known.accounts
        known = repr(asked.known.mappings) + ("" if accounts is None else accounts.to_json())
    said = [repr(g) for g in asked.given if not isinstance(g, str | os.PathLike)]
    whole.update(repr((__version__, asked.tz, mapping, asked.year, asked.region, known, said)).encode())
    for number, file in enumerate(asked.files):
        try:
            whole.update(str(file.path).encode() + b"\0" + _content(file.path))
        except OSError:
            return ""  # the reader says what is wrong with it
        tell("looking", number + 1, len(asked.files))
    return whole.hexdigest()


def _content(file: Path) -> bytes:
    """Return what tells a file's content from another's: all of it, or for a large one enough of it.

    Of a large file its size, the time it was last written and blocks from all over it; one that was copied, and so
    has another time, is merely read again, and found to hold nothing new.
    """
    about = file.stat()
    digest = hashlib.sha256()
    with file.open("rb") as stream:
        if about.st_size <= HASHED_WHOLE:
            while block := stream.read(HASH_STEP):
                digest.update(block)
            return digest.digest()
        digest.update(repr((about.st_size, about.st_mtime_ns)).encode())
        for at in np.linspace(0, about.st_size - HASH_BLOCK, HASH_BLOCKS).astype(np.int64).tolist():
            stream.seek(at)
            digest.update(stream.read(HASH_BLOCK))
    return digest.digest()
