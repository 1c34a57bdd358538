"""What the tests of switches' formats share: read through the loader, compare with a golden, ask who recognises."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from calltrace.intake import formats
from calltrace.intake.load import gather
from calltrace.intake.opened import stream_of
from calltrace.tables.case import Case


def loaded(*paths: Path, tz: str | None = "America/New_York") -> Case:
    return gather(paths, tz=tz)


def calls_as_text(case: Case) -> str:
    """The calls as a golden has them: only columns with a value, files by their bare name."""
    calls = case.calls.dropna(axis=1, how="all").copy()
    calls["source_file"] = [Path(str(name)).name for name in calls["source_file"]]
    return calls.to_csv(index=False)


def matches_golden(case: Case, golden: Path, *, update: bool) -> None:
    text = calls_as_text(case)
    if update:
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")


def recognised_as(name: str, data: bytes | str) -> list[str]:
    """Every format that says the file is one of its own."""
    stream = stream_of(name, data.encode() if isinstance(data, str) else data)
    return [n for n in formats.NAMES if formats.get(n).detect(stream.head) is not None]


def written(folder: Path, **files: str) -> list[Path]:
    """Write files, ``__`` in a name standing for a dot, and return their paths."""
    found = []
    for name, text in files.items():
        path = folder / name.replace("__", ".")
        path.write_text(text, encoding="utf-8", newline="")
        found.append(path)
    return found


def row(case: Case, place: int = 0) -> dict[str, object]:
    """One call as plain values, None where NA."""
    return {k: (None if pd.isna(v) else v) for k, v in case.calls.iloc[place].items()}
