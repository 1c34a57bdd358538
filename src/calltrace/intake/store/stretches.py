"""A large file of the generic layout cut into stretches of whole lines, without reading it all at once."""

from __future__ import annotations

import bz2
import lzma
import mmap
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from calltrace.classes import dataclass
from calltrace.intake import delimited
from calltrace.intake.layout import Layout, layout_of
from calltrace.intake.opened import HEAD_BYTES, stream_of
from calltrace.tables.text import visible

if TYPE_CHECKING:
    from collections.abc import Iterator

STRETCH_BYTES = 12 << 20
"""As much as is read at once: smaller stretches cost more each and part more days, larger ones take more memory, and much
of the time goes into memory that is used for the first time."""
AT_LEAST_BYTES = 16 << 20
"""Files smaller than this are read with the others, in one piece."""
PACKED_BYTES = 2 << 20


@dataclass(frozen=True)
class Fast:
    """A file this can read: where it is, how it is packed, and how its lines are laid out."""

    path: Path
    display: str
    packed: str
    layout: Layout
    size: int


def recognise(path: Path) -> Fast | None:
    """Return how to read a file in stretches; None for one that is not such a file, or too small to need it."""
    try:
        size = path.stat().st_size
        if size < PACKED_BYTES:
            return None
        packed = packing_of(path)
        if size < (PACKED_BYTES if packed else AT_LEAST_BYTES):
            return None
        with opened(path, packed) as stream:
            head = bytes(stream.read(HEAD_BYTES))
    except (OSError, EOFError, lzma.LZMAError, pa.ArrowInvalid):
        return None
    try:
        head.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.start < len(head) - 4:
            return None
    if b"\0" in head or head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return None
    layout = layout_of(stream_of(str(path), head[: head.rfind(b"\n") + 1]).head.lines)
    if layout is None or layout.table.name != "calls" or layout.zoned:
        return None
    named = [c for c in layout.columns if c]
    if len(set(named)) != len(named):
        return None
    return Fast(path, visible(str(path)), packed, layout, size)


def packing_of(path: Path) -> str:
    """Return how a file is packed, by its first bytes; '' for one that is not, or in no way known here."""
    with path.open("rb") as file:
        start = file.read(8)
    for magic, kind in ((b"\x1f\x8b\x08", "gzip"), (b"BZh", "bz2"), (b"\xfd7zXZ\x00", "xz"), (b"\x28\xb5\x2f\xfd", "zstd")):
        if start.startswith(magic):
            return kind
    return ""


def opened(path: Path, packed: str) -> Any:
    """Open a file, unpacked as it is read."""
    if packed == "bz2":
        return bz2.open(path)
    if packed == "xz":
        return lzma.open(path)
    if packed:
        return pa.CompressedInputStream(pa.OSFile(os.fsencode(path)), packed)
    return path.open("rb")


@dataclass(frozen=True)
class Bytes:
    """Some whole lines of a file, how many of the file's bytes were read so far, and whether they are the first.

    They lie between two places of ``text``, the file mapped into memory or what was unpacked of it: nothing is
    copied. ``quoted`` says that there is a quote among them; ``careful`` is for a last line without an end, which may
    be cut short.
    """

    text: mmap.mmap | bytes
    begin: int
    end: int
    done: float = 0
    first: bool = False
    quoted: bool = True
    careful: bool = False

    @property
    def data(self) -> memoryview:
        """The bytes where they lie."""
        return memoryview(self.text)[self.begin : self.end]

    def release(self) -> None:
        """Let the memory go that mapped these bytes: a file larger than memory is read through little of it."""
        if isinstance(self.text, mmap.mmap) and hasattr(mmap, "MADV_DONTNEED"):
            begin = self.begin // mmap.PAGESIZE * mmap.PAGESIZE
            end = self.end // mmap.PAGESIZE * mmap.PAGESIZE
            if end > begin:
                self.text.madvise(mmap.MADV_DONTNEED, begin, end - begin)

    def has(self, byte: bytes) -> bool:
        """Say whether a byte is among them."""
        return self.text.find(byte, self.begin, self.end) >= 0


def stretches(fast: Fast) -> Iterator[Bytes]:
    """Cut a file into stretches that end with a line; what a quote holds together stays in one."""
    if fast.packed:
        yield from _unpacked(fast)
        return
    with fast.path.open("rb") as file:
        data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)  # closed with the last stretch of it
    size = len(data)
    begin = 3 if data[:3] == b"\xef\xbb\xbf" else 0
    at, quote = begin, fast.layout.quote.encode()
    while at < size:
        end, quoted = _cut(data, at, min(at + STRETCH_BYTES, size), quote)
        if not end:
            end, quoted = _first_end(data, at, size), True
        yield Bytes(data, at, end, end, first=at == begin, quoted=quoted, careful=data[end - 1 : end] != b"\n")
        at = end


def _first_end(data: mmap.mmap, at: int, size: int) -> int:
    """Return the end of the line that begins here: one that is longer than a stretch, or the last one."""
    found = data.find(b"\n", at)
    return found + 1 if found >= 0 else size


def _unpacked(fast: Fast) -> Iterator[Bytes]:
    quote = fast.layout.quote.encode()
    rest = b""
    first = True
    with opened(fast.path, fast.packed) as stream:
        while block := bytes(stream.read(STRETCH_BYTES)):
            data = rest + block
            if first:
                data = data.removeprefix(b"\xef\xbb\xbf")
            cut, quoted = _cut(data, 0, len(data), quote)
            rest = data[cut:]
            if cut:
                yield Bytes(data, 0, cut, first=first, quoted=quoted)
                first = False
    if rest:
        yield Bytes(rest, 0, len(rest), first=first, careful=True)


def _cut(data: Any, begin: int, end: int, quote: bytes) -> tuple[int, bool]:
    """Return where the last line before the end ends, with as many quotes opened as closed, and whether there are any.

    0 where no line ends.
    """
    cut: int = data.rfind(b"\n", begin, end) + 1
    if not cut or data.find(quote, begin, cut) < 0:
        return cut, False
    odd = _count(data, quote, begin, cut) % 2
    here = cut
    for _ in range(2 * delimited.JOIN_LINES):
        if not odd:
            return here, True
        before = data.rfind(b"\n", begin, here - 1) + 1
        if not before:
            break
        odd ^= _count(data, quote, before, here) % 2
        here = before
    return cut, True


def _count(data: Any, byte: bytes, begin: int, end: int) -> int:
    return int(np.count_nonzero(np.frombuffer(data, dtype=np.uint8, count=end - begin, offset=begin) == byte[0]))
