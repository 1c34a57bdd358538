"""Parts message logs into messages and the attempts to deliver them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from calltrace.intake.formats._base import Reading, ReadOptions

if TYPE_CHECKING:
    from collections.abc import Sequence

NAME = "message_log"


def join(readings: Sequence[tuple[str, Reading]], options: ReadOptions) -> list[tuple[str, Reading]]:
    """Return tables messages and dispatch of all the logs; a log's times are the platform's clock.

    Parameters
    ----------
    readings : sequence of (format name, Reading)
        As :func:`calltrace.intake.formats.message_log.read` gives them.
    options : ReadOptions
        Not needed.
    """
    del options
    parts = [r.frame.assign(source_file=r.frame["source_file"].astype("string")) for _, r in readings]
    rows = pd.concat(parts, ignore_index=True) if len(parts) > 1 else parts[0]
    made = []
    for table, kind, at, columns in (
        ("messages", "message", "taken_at", ["message_id", "account", "taken_at", "agent", "priority"]),
        (
            "dispatch",
            "attempt",
            "attempted_at",
            ["message_id", "attempted_at", "method", "address", "status"],
        ),
    ):
        mine = rows[rows["kind"] == kind].rename(columns={"at": at})[[*columns, "source_file", "source_line"]]
        mine = mine.assign(source_file=mine["source_file"].astype("category")).reset_index(drop=True)
        if len(mine):
            made.append((NAME, Reading(table, mine, rows=len(mine))))
    return made
