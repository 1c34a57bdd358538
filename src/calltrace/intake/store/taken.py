"""What an import took: the content of its files, by which one that was imported before is known again.

Of each file the import's record keeps how long it was and a digest of its content and of how it was read. So the very
same import is not read again; and a file that begins with what was imported before, whatever it is called now or packed
in, is known to say nothing new up to there: a log that has grown and was then turned over, or copied.
"""

from __future__ import annotations

import hashlib
import lzma
import math
import os
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from calltrace.intake import formats
from calltrace.intake.store import records, stretches
from calltrace.intake.torn import archive
from calltrace.tables.text import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from calltrace.intake.store.asked import Asked, Found, Progress
    from calltrace.intake.store.manifest import Import
    from calltrace.intake.store.places import Place
    from calltrace.tables.case import Source

STEP = 1 << 22
WHOLE = 64 << 20
"""Files up to this length are known by all of their content, larger ones by blocks from all over it."""
SMALL = 2 << 20
"""Archives up to this length are known by what is in them as well."""
BLOCKS = 64
BLOCK = 1 << 16

Content = tuple[int, str]
"""How long a file's content is, and a digest of it and of how it was read."""


def contents(asked: Asked, tell: Progress) -> tuple[str, tuple[Content, ...]]:
    """Return what tells one import from another, and the content of its files.

    The first is '' where that can't be told beforehand (standard input, a database): then the rows themselves tell.
    """
    if asked.files is None:
        return "", ()
    manner = asked.manner()
    whole = hashlib.sha256(manner)
    whole.update(repr([repr(g) for g in asked.given if not isinstance(g, str | os.PathLike)]).encode())
    found: list[Content] = []
    for number, file in enumerate(asked.files):
        try:
            about = file.path.stat()
            mine = _contents(file, about.st_size, manner)
        except OSError:
            return "", ()  # the reader says what is wrong with it
        # of a large file not all was looked at; one that was copied, and so has another time, is merely read again
        moment = about.st_mtime_ns if about.st_size > WHOLE else 0
        whole.update(repr((str(file.path), moment, mine)).encode())
        found += mine
        tell("looking", number + 1, len(asked.files))
    return whole.hexdigest(), tuple(dict.fromkeys(found))


def _contents(file: Found, size: int, manner: bytes) -> list[Content]:
    """Return a file's content as it lies there and, of a small archive, unpacked."""
    if size > WHOLE:
        return [(size, _of_blocks(file, size, manner))]
    *_, all_of_it = _digests(_plain(file.path, size), _begun(file, manner), ())
    found = [all_of_it[:2]]
    if size < SMALL and (packed := stretches.packing_of(file.path)):
        try:
            *_, unpacked = _digests(_unpacked(file.path, packed), _begun(file, manner), ())
        except (OSError, EOFError, lzma.LZMAError, pa.ArrowInvalid):
            return found  # the reader says that it is torn
        if unpacked[0] < WHOLE:
            found.append(unpacked[:2])
    return found


def _begun(file: Found, manner: bytes) -> Any:
    """Return a digest of how a file is read, for its content to be added to."""
    return hashlib.sha256(manner + file.said.encode())


def _plain(path: Path, most: int) -> Iterator[bytes]:
    with path.open("rb") as stream:
        while block := stream.read(min(STEP, most)):
            most -= len(block)
            yield block


def _unpacked(path: Path, packed: str) -> Iterator[bytes]:
    """Give what an archive holds, up to the length to which content is known whole: one may hold anything."""
    given = 0
    with stretches.opened(path, packed) as stream:
        while given < WHOLE and (block := bytes(stream.read(STEP))):
            given += len(block)
            yield block[: WHOLE - given + len(block)]


def _digests(blocks: Iterable[bytes], digest: Any, lengths: Sequence[int]) -> Iterator[tuple[int, str, int]]:
    """Digest some content; give lengths (in order, as far as it reaches) and its own, each with its digest and lines."""
    at = lines = 0
    waiting = list(lengths)
    for block in blocks:
        done = 0
        while waiting and waiting[0] <= at + len(block):
            upto = waiting.pop(0) - at
            digest.update(block[done:upto])
            lines += block.count(b"\n", done, upto)
            done = upto
            yield at + upto, _told(digest), lines
        digest.update(block[done:])
        lines += block.count(b"\n", done)
        at += len(block)
    yield at, _told(digest), lines


def _told(digest: Any) -> str:
    return str(digest.hexdigest())[:32]


def _of_blocks(file: Found, size: int, manner: bytes) -> str:
    """Return a digest of blocks from all over the first ``size`` bytes of a large file."""
    digest = _begun(file, manner)
    with file.path.open("rb") as stream:
        for at in np.linspace(0, size - BLOCK, BLOCKS).astype(np.int64).tolist():
            stream.seek(at)
            digest.update(stream.read(BLOCK))
    return _told(digest)


class Taken:
    """What the imports of a state took, to hold the files of a new one against: how much of each was read before.

    It is asked of files that contradict what the store has, which are few, and looks at each once.
    """

    def __init__(self, place: Place, imports: Iterable[Import], asked: Asked, sources: Iterable[Source]) -> None:
        self._place, self._imports, self._asked = place, imports, asked
        self._formats = {s.path: s.format for s in sources}
        self._had: set[Content] | None = None
        self._named: dict[str, int] | None = None
        self._lines: dict[str, float] = {}

    def __call__(self, file: str, line: int, *, replaced: bool) -> bool:
        """Say whether a row was read before, of a file of another name with the same content up to there.

        What one line says stands there for good; what is put together of several lines may have become more by those
        after it, and was read before only where another file's row, since replaced, was just the same (``replaced``).
        """
        upto = self._upto(file)
        return (0 < line <= upto or upto == math.inf) and (replaced or self._by_line(file))

    def _by_line(self, file: str) -> bool:
        name = self._formats.get(file, "").replace("-", "_")
        return name not in formats.NAMES or not formats.get(name).family

    def _upto(self, file: str) -> float:
        """Return how many lines of a file were read before, whatever it was called; infinity for all of it."""
        if file not in self._lines:
            name = archive(file)
            found = next((f for f in self._asked.files or () if visible(str(f.path)) == name), None)
            try:
                upto = 0 if found is None else self._known(found)
            except (OSError, EOFError, lzma.LZMAError, pa.ArrowInvalid):  # gone, or torn: as one never seen
                upto = 0
            # the lines of a file within an archive are not the archive's
            upto = upto if name == file or upto == math.inf else 0
            self._lines[file] = upto or self._by_name(file)
        return self._lines[file]

    def _by_name(self, file: str) -> int:
        """Return how many lines of a file of that name were read by imports of which no content was written down.

        So older versions have left their stores: all that tells there is the file's name and how many rows it had, and
        that a log grows.
        """
        if self._named is None:
            self._named = {}
            for one in self._imports:
                for name, rows in records.rows_by_name(self._place, one).items():
                    self._named[name] = max(rows + 1, self._named.get(name, 0))  # a line above them names the columns
        return self._named.get(file, 0)

    def _known(self, file: Found) -> float:
        if self._had is None:
            self._had = {c for i in self._imports for c in records.taken(self._place, i)}
        had, size, manner = self._had, file.path.stat().st_size, self._asked.manner()
        for length in sorted({n for n, _ in had if WHOLE < n <= size}, reverse=True):
            if (length, _of_blocks(file, length, manner)) in had:
                return math.inf if length == size else sum(b.count(b"\n") for b in _plain(file.path, length))
        lengths = sorted({n for n, _ in had if n <= WHOLE})
        upto = 0.0
        ways = [_plain(file.path, WHOLE)]
        if packed := stretches.packing_of(file.path):
            ways.append(_unpacked(file.path, packed))
        for blocks in ways:
            at, told = 0, False
            for at, digest, lines in _digests(blocks, _begun(file, manner), lengths):
                told = (at, digest) in had
                upto = max(upto, lines if told else 0)
            if told and (at == size or (packed and at < WHOLE)):
                return math.inf
        return upto
