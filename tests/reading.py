"""What tests of formats share: read a sample as the program would, and hold it to what it should become."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from calltrace.intake import formats, load
from calltrace.intake.formats._base import ReadOptions
from calltrace.intake.opened import stream_of

if TYPE_CHECKING:
    from pathlib import Path

    from calltrace.intake.formats._base import Reading
    from calltrace.tables.case import Case, Source


def gathered(*paths: Path, tz: str = "America/New_York") -> Case:
    """Read files as ``inspect`` does."""
    return load.gather(list(paths), tz=tz)


def written(folder: Path, name: str, text: str | bytes, tz: str = "America/New_York") -> Case:
    """Write a file and read it."""
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return gathered(path, tz=tz)


def only_source(case: Case) -> Source:
    """Return the one source of a case."""
    (source,) = case.sources
    return source


def golden(path: Path, *, update: bool, table: str = "calls", tz: str = "America/New_York") -> Case:
    """Compare a sample with the file beside it that says what it should become."""
    case = gathered(path, tz=tz)
    frame = case.table(table).dropna(axis=1, how="all")
    if "source_file" in frame.columns:
        frame = frame.assign(source_file=path.name)
    text = frame.to_csv(index=False)
    expected = path.with_name(path.name + ".expected.csv")
    if update:
        expected.write_text(text, encoding="utf-8")
    assert text == expected.read_text(encoding="utf-8")
    return case


def known(value: Any) -> Any:
    """Return a value of a frame, None for the ways of saying that there is none."""
    return None if pd.isna(value) else value


def read_with(name: str, text: str | bytes, file: str = "file.csv") -> Reading:
    """Read a text with one format, which has to recognise it."""
    stream = stream_of(file, text if isinstance(text, bytes) else text.encode())
    one = formats.get(name)
    assert one.detect(stream.head), "not recognised"
    return one.read(stream, ReadOptions())


def recognised_by(text: str | bytes, file: str = "file.csv") -> list[str]:
    """Names of all formats that take the text for theirs."""
    head = stream_of(file, text if isinstance(text, bytes) else text.encode()).head
    return [name for name in formats.NAMES if formats.get(name).detect(head)]
