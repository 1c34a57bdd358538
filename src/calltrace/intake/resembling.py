"""Files of no known format that look like calls all the same: columns renamed overnight must not pass for a quiet switch.

A note beside the logs holds no calls; an export whose header changed does. It is told by its columns, as a mapping would be
proposed for it (:mod:`calltrace.intake.mapping.propose`): when calls came in, how long they took or what became of them, and
telephone numbers. A list of messages or of clients has not all of them.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from calltrace.classes import dataclass
from calltrace.errors import CalltraceError
from calltrace.tables import times
from calltrace.tables.later import later

if TYPE_CHECKING:
    import pandas as pd

    from calltrace.intake.formats._base import ReadOptions, Stream
else:
    pd = later("pandas")

UNREAD_CALLS = "unread-calls"
"""Kind of the problem of a file that was not read and looks like calls."""

LEAST_ROWS = 20
"""Rows below which a table is no log."""

ENDS = 1 << 16
"""Bytes of a file's beginning, and of its end, that are looked at."""

TELLING = frozenset({"outcome", "ring_s", "queue_s", "hold_s", "talk_s"})
"""Columns of calls of which a list of something else has none."""


@dataclass(frozen=True)
class Look:
    """What a file that looks like calls says of them: when the first and the last came, UTC; None where that can't be told."""

    first: pd.Timestamp | None
    last: pd.Timestamp | None


def look(stream: Stream, options: ReadOptions) -> Look | None:
    """Return what a file of no known format says of calls, None for one that does not look like calls.

    Times without an offset are taken to be of ``options.tz``, else of the machine's zone.
    """
    if b"\0" in stream.head.raw:
        return None
    from calltrace.intake.mapping import grid, moments, values  # noqa: PLC0415 -- only a file nothing knows needs them
    from calltrace.intake.mapping.choosing import explained  # noqa: PLC0415 -- as above
    from calltrace.intake.mapping.seen import seen_in  # noqa: PLC0415 -- as above

    some = _ends(stream)
    try:
        form = grid.form_of(some)
        rows = grid.rows_of(some, form, "calls")
        if len(rows.lines) < LEAST_ROWS:
            return None
        seen = {name: seen_in(name, values.trimmed(texts), rows.lines) for name, texts in rows.cells.items()}
        table, chosen, _ = explained(seen, named=form.header)
    except (CalltraceError, ValueError):  # no rows, or none that agree
        return None
    if table.name != "calls" or "offered_at" not in chosen or not TELLING & set(chosen):
        return None
    if not any(one.phone > 0.5 for one in seen.values()):
        return None
    when = seen[chosen["offered_at"][0]]
    if not when.instant.form:
        return Look(None, None)
    at, naive, _ = moments.instants(when.cells, when.instant.form, when.clock.form or "24")
    known = ~np.isnat(at)
    if not known.any():
        return Look(None, None)
    first, last = pd.Timestamp(at[known].min()), pd.Timestamp(at[known].max())
    if naive[known].any():
        zone = options.tz or times.machine_zone()
        return Look(times.at_wall(first.to_pydatetime(), zone), times.at_wall(last.to_pydatetime(), zone))
    return Look(first.tz_localize("UTC").as_unit("us"), last.tz_localize("UTC").as_unit("us"))


def _ends(stream: Stream) -> Stream:
    """Return the beginning and the end of a long file, in whole lines."""
    data = stream.data
    if len(data) <= 2 * ENDS:
        return stream
    first, last = data[:ENDS].rpartition(b"\n")[0], data[-ENDS:].partition(b"\n")[2]
    return replace(stream, data=b"\n".join((first, last)), line_of=None)
