"""Unpacking within bounds: gzip, bzip2, xz, zstd and members of zip archives, as far as they are whole."""

from __future__ import annotations

import bz2
import lzma
import zipfile
import zlib
from typing import TYPE_CHECKING, Protocol

from calltrace.classes import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable

STEP_BYTES = 1 << 20


@dataclass(frozen=True)
class Limits:
    """How much one file may unpack to.

    Text logs pack 5 to 50 times. Beyond ``free_bytes`` a ratio above ``ratio`` is a decompression bomb;
    ``total_bytes`` is more than a switch's log of many years (10 million calls are about 1.4 GB).
    """

    free_bytes: int = 64 << 20
    ratio: int = 250
    total_bytes: int = 4 << 30
    members: int = 10_000


LIMITS = Limits()


class TooBigError(Exception):
    """More came out of an archive than any log holds."""


_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"\x1f\x8b\x08", "gzip"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ\x00", "xz"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
)


def packing(start: bytes) -> str:
    """Return how data that begin so are packed, '' where they are not."""
    for magic, kind in _MAGIC:
        if start.startswith(magic) and not (kind == "bzip2" and not start[3:4].isdigit()):
            return kind
    return ""


class _Inflater(Protocol):
    """What bz2 and lzma decompressors have in common."""

    @property
    def eof(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    @property
    def needs_input(self) -> bool: ...
    def decompress(self, data: bytes, max_length: int = -1) -> bytes: ...


class _Zlib:
    """zlib's decompressor in the manner of the other two."""

    def __init__(self) -> None:
        self._inner = zlib.decompressobj(wbits=31)

    @property
    def eof(self) -> bool:
        return self._inner.eof

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data

    @property
    def needs_input(self) -> bool:
        return not self._inner.unconsumed_tail

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        return self._inner.decompress(self._inner.unconsumed_tail + data, max(max_length, 0))


def inflate(packed: str, data: bytes, limits: Limits) -> tuple[bytes, str]:
    """Unpack; return what came out and, where it broke off, why."""
    if packed == "zstd":
        return _inflate_zstd(data, limits)
    kinds: dict[str, Callable[[], _Inflater]] = {
        "gzip": _Zlib,
        "bzip2": bz2.BZ2Decompressor,
        "xz": lzma.LZMADecompressor,
    }
    new = kinds[packed]
    out = bytearray()
    rest = data
    while rest:  # an archive may be several, one after the other
        broken = _inflate_one(new(), rest, out, len(data), limits)
        if isinstance(broken, str):
            return bytes(out), broken
        rest = broken.lstrip(b"\0")  # padding, as tape and some loggers leave it
        if rest and packing(rest) != packed:
            return bytes(out), "something else follows the archive"
    return bytes(out), ""


def _inflate_one(
    inflater: _Inflater, data: bytes, out: bytearray, packed_size: int, limits: Limits
) -> bytes | str:
    """Unpack one archive onto ``out``; return what follows it, or in words why it broke off."""
    view = memoryview(data)
    position = 0
    step = STEP_BYTES
    try:
        while not inflater.eof:
            if inflater.needs_input:
                if position >= len(data):
                    return "the end is missing"
                piece = bytes(view[position : position + step])
                position += len(piece)
            else:
                piece = b""
            out += inflater.decompress(piece, 8 * STEP_BYTES)
            _check_size(len(out), packed_size, limits)
    except (zlib.error, OSError, lzma.LZMAError, EOFError, ValueError) as error:
        return str(error) or type(error).__name__
    return inflater.unused_data + bytes(view[position:])


def _check_size(size: int, packed_size: int, limits: Limits) -> None:
    if size > limits.total_bytes or (size > limits.free_bytes and size > limits.ratio * max(packed_size, 1)):
        raise TooBigError


def _inflate_zstd(data: bytes, limits: Limits) -> tuple[bytes, str]:
    import pyarrow as pa  # noqa: PLC0415 - the frames need it anyway, plain files may do without

    out = bytearray()
    try:
        with pa.CompressedInputStream(pa.BufferReader(data), "zstd") as stream:
            while piece := stream.read(STEP_BYTES):
                out += piece
                _check_size(len(out), len(data), limits)
    except (OSError, pa.ArrowException) as error:
        return bytes(out), str(error).splitlines()[0]
    return bytes(out), ""


def member(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, limits: Limits) -> tuple[bytes, str]:
    """Read one member; a damaged one as far as it goes."""
    out = bytearray()
    with archive.open(entry) as file:
        try:
            while piece := file.read(STEP_BYTES):
                out += piece
                _check_size(len(out), entry.compress_size, limits)
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, lzma.LZMAError) as error:
            return bytes(out), str(error) or "the end is missing"
    return bytes(out), ""
