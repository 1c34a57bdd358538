"""What an import is asked for: the files below the paths given, and how they are to be read."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from calltrace.classes import dataclass
from calltrace.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from calltrace.intake.asked import Given, Known

    Progress = Callable[[str, float, float], None]


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

    def manner(self) -> bytes:
        """Return what tells one way to read files from another, but for what was said of single ones."""
        mapping = self.mapping
        if isinstance(mapping, str | os.PathLike):
            mapping = Path(mapping).read_text(encoding="utf-8")
        known = ""
        if self.known is not None:
            accounts = self.known.accounts
            known = repr(self.known.mappings) + ("" if accounts is None else accounts.to_json())
        return repr((__version__, self.tz, mapping, self.year, self.region, known)).encode()


@dataclass(frozen=True)
class Found:
    """One file, and what was said of it in particular: its zone, and all of it as text, '' for nothing."""

    path: Path
    tz: str | None = None
    plain: bool = True
    said: str = ""


def files_of(given: Iterable[str | os.PathLike[str] | Given]) -> list[Found] | None:
    """Return every file below the paths; None where something is no file (standard input, a database)."""
    found: list[Found] = []
    for one in given:
        if isinstance(one, str | os.PathLike):
            name, tz, plain, said = os.fspath(one), None, True, ""
        else:
            name, tz, said = one.path, one.tz or None, repr(replace(one, path=""))
            plain = one.mapping is None and one.format in {"", "generic"}
        if name == "-" or "://" in name:
            return None
        path = Path(name)
        if not path.exists():
            return None  # the reader says what is wrong with it
        found += [Found(p, tz, plain, said) for p in _below(path)]
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
