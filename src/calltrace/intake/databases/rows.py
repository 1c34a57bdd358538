"""Rows as separated text with a header, and whose rows are a log."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from calltrace.intake import formats
from calltrace.intake.formats._base import Head
from calltrace.intake.opened import problem, stream_of
from calltrace.tables.problems import Problem
from calltrace.tables.text import visible

if TYPE_CHECKING:

    from calltrace.intake.formats._base import Stream


BATCH_ROWS = 5_000
"""Rows fetched at a time: enough to be quick, few enough not to matter in memory."""


def stream_of_rows(
    display: str,
    columns: Sequence[str],
    rows: Iterator[Sequence[Any]],
    opened_from: str,
    lines: Sequence[int] | None = None,
) -> Stream:
    """Return rows as separated text with a header; ``lines`` says where each was, else they count from 1.

    Without ``columns`` the text has no header.
    """
    data = io.BytesIO()
    if columns:
        data.write(_csv([columns]))
    count = 0
    batch: list[Sequence[Any]] = []
    for row in rows:
        batch.append(row)
        if len(batch) == BATCH_ROWS:
            data.write(_csv(batch))
            count += len(batch)
            batch = []
    data.write(_csv(batch))
    count += len(batch)
    where = np.arange(count + 1) if lines is None else np.concatenate(([0] * bool(columns), lines))
    stream = stream_of(display, data.getvalue(), opened_from)
    return replace(stream, line_of=where.astype(np.int64))


def _csv(rows: Sequence[Sequence[Any]]) -> bytes:
    """Write rows as lines, each on one: a line end within a value becomes a blank."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    made = text.getvalue()
    if made.count("\n") != len(rows) or "\r" in made:
        cleaned = [[re.sub(r"[\r\n]+", " ", v) if isinstance(v, str) else v for v in row] for row in rows]
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows(cleaned)
        made = text.getvalue()
    return made.replace("\0", "").encode(errors="replace")


def is_log(columns: Sequence[str]) -> bool:
    """Say whether some format knows a table of these columns."""
    if len(columns) < 2:
        return False
    line = _csv([columns]).decode().rstrip("\n")
    return known(Head("table", line.encode() + b"\n", line + "\n", "utf-8", (line,), complete=True))


def known(head: Head) -> bool:
    """Say whether some format knows a file that begins so."""
    return any(formats.get(name).detect(head) is not None for name in formats.NAMES)


def passed_over(display: str, passed: Sequence[str]) -> list[Problem]:
    """Tell which tables were not read, being no log."""
    if not passed:
        return []
    one = len(passed) == 1
    return [
        problem(
            display,
            f"{'1 table that is' if one else f'{len(passed)} tables that are'} no log calltrace knows: {_some(passed)}",
            "tables of calls or queue events",
            "It was not read." if one else "They were not read.",
            effect="noted",
            kind="not-read",
        )
    ]


def nothing_known(display: str, passed: Sequence[str]) -> Problem:
    """Tell that no table is a log."""
    return problem(
        display,
        f"no table of any known format (it has {_some(passed)})" if passed else "no tables",
        "a cdr, cel or queue_log table, or one of the generic layout",
        "Add ?table=NAME if the log is in a view, or export it as CSV.",
        kind="unrecognised",
    )


def _some(names: Sequence[str]) -> str:
    listed = ", ".join(visible(n) for n in sorted(names)[:8])
    return listed + (f" and {len(names) - 8} more" if len(names) > 8 else "")
