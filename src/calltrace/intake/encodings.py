"""What bytes are: text in one encoding or another, or which kind of binary file."""

from __future__ import annotations

import codecs
from typing import Literal

_KNOWN_BINARIES: tuple[tuple[bytes, str], ...] = (
    (b"%PDF", "a PDF document"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a program"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old or locked Office file (such as .xls)"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"RIFF", "a sound recording"),
    (b"ID3", "a sound recording"),
    (b"OggS", "a sound recording"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"Rar!\x1a\x07", "a RAR archive"),
    (b"\x1f\x9d", "a compress (.Z) archive"),
)


NOISE, NULS, PAGE = "a binary file", "nothing but NUL bytes", "a web page"
_PACKED = (".gz", ".bz2", ".xz", ".zst", ".zip")
_TABLES = (".csv", ".tsv")


def no_text(name: str, what: str) -> tuple[str, str, str, str]:
    """Return what is to be said of a file that holds ``what`` (:func:`binary_kind`): saw, expected, fix, kind of problem.

    A recording beside the logs is no log. A table that holds no text, or an archive that is none, was one: it is damaged,
    as a full disk or a loss of power leaves files behind; and a web page in its place is what a server answered who was
    asked for it, as that there is none, or to log in first.
    """
    if what not in {NOISE, NULS, PAGE} or not is_table(name):
        return what, "a text log", "Export it as text (CSV).", "binary"
    return f"{what}, though its name says otherwise", "a log, plain or packed", "Copy the file again.", "unreadable"


def is_table(name: str) -> bool:
    """Say whether a file's name is that of a table, or of an archive."""
    return name.lower().endswith((*_PACKED, *_TABLES))


def is_page(start: bytes) -> bool:
    """Say whether a file that begins so is a web page."""
    return start.removeprefix(codecs.BOM_UTF8).lstrip()[:15].lower().startswith((b"<!doctype html", b"<html"))


def binary_kind(start: bytes) -> str:
    """Return what kind of binary file begins so, '' for text."""
    for magic, what in _KNOWN_BINARIES:
        if start.startswith(magic) and (len(magic) > 2 or _control_share(start) > 0.05):
            return what
    if start[257:262] == b"ustar":
        return "a tar archive"
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or wide_order(start):
        return ""
    if start and _control_share(start) > 0.10 and start.strip(b"\0"):
        return NOISE
    if start and not start.strip(b"\0"):
        return NULS
    return ""


def _control_share(start: bytes) -> float:
    """Return the share of bytes no text has."""
    control = len(start) - len(start.translate(None, bytes(set(range(32)) - {9, 10, 11, 12, 13, 27} | {127})))
    return control / max(len(start), 1)


def wide_order(start: bytes) -> str:
    """Return the byte order of unmarked UTF-16, '' for other text: every other byte of it is NUL."""
    sample = start[:4096]
    if len(sample) < 8:
        return ""
    even, odd = sample[0::2], sample[1::2]
    if odd.count(0) > 0.8 * len(odd) and even.count(0) < 0.05 * len(even):
        return "utf-16-le"
    if even.count(0) > 0.8 * len(even) and odd.count(0) < 0.05 * len(odd):
        return "utf-16-be"
    return ""


def _windows_byte(error: UnicodeError) -> tuple[str, int]:
    """Decode the bytes that are no UTF-8 as Windows-1252, and only those."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    wrong = error.object[error.start : error.end]
    return wrong.decode("cp1252", "replace").replace("\ufffd", "?"), error.end


codecs.register_error("calltrace-windows-1252", _windows_byte)

Encoding = Literal["utf-8", "utf-16", "utf-16-le", "utf-16-be", "cp1252"]


def to_utf8(data: bytes) -> tuple[bytes, Encoding]:
    r"""Return the text as UTF-8 without a byte order mark, and what it was written in.

    Bytes that are no UTF-8 are taken for Windows-1252, each by itself: a log to which two programs wrote may
    hold both.

    Examples
    --------
    >>> to_utf8("name;Zoë".encode("cp1252"))
    (b'name;Zo\xc3\xab', 'cp1252')
    """
    if data.startswith(codecs.BOM_UTF8):
        data = data[len(codecs.BOM_UTF8) :]
    elif data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", "replace").encode(), "utf-16"
    elif wide := wide_order(data):
        return data.decode(wide, "replace").encode(), "utf-16-le" if wide == "utf-16-le" else "utf-16-be"
    if data.isascii():
        return data, "utf-8"
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("utf-8", "calltrace-windows-1252").encode(), "cp1252"
    return data, "utf-8"
