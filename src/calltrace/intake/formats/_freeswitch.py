"""What FreeSWITCH's call records have in common, however written: the columns of a leg, and its times as seconds.

A leg's times are seconds since 1970 as floats, NaN where it never happened: in UTC, or, where ``naive`` is
set, as the switch's wall clock showed them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from calltrace.intake.formats import _rows

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd
    from numpy.typing import NDArray

TEXTS = (
    "uuid",
    "bleg",
    "parent",
    "direction",
    "caller_name",
    "caller",
    "dest",
    "context",
    "accountcode",
    "gateway",
    "cause",
    "disposition",
    "hangup",
    "app",
    "queue",
    "agent",
    "side",
    "user",
    "redirected",
    "recording",
    "transferred",
    "switch",
)
"""Texts of a leg: ``bleg`` the leg it was bridged to, ``parent`` the leg it was made for, ``direction`` inbound,
outbound or local where the log says it of the call, "leg" for one that the switch dialled, ``disposition`` what
became of the last dialling,
``hangup`` who sent the end (``recv_bye``), ``app`` the last application, ``side`` member or agent of a queue,
``user`` the registered user who made the call, ``switch`` whose log it is: the switch's name, else the folder."""

SECONDS = (
    "start",
    "answer",
    "bridge",
    "end",
    "queued",
    "served",
    "duration",
    "billsec",
    "hold",
)
"""``queued`` and ``served``: when the caller joined the queue and when an agent took the call."""


TYPES = dict.fromkeys(SECONDS, "float64") | {"naive": "bool", "source_line": "int64"}
"""Types of the columns that are no texts."""


def legs(columns: Mapping[str, Sequence[Any] | NDArray[Any]], size: int, *, naive: bool) -> pd.DataFrame:
    """Return the legs as a frame with every column there is; texts as objects, None where there is none."""
    given: dict[str, Any] = {name: columns.get(name, [None] * size) for name in TEXTS}
    given |= {name: columns.get(name, np.full(size, np.nan)) for name in SECONDS}
    given |= {"naive": [naive] * size, "source_file": columns["source_file"], "source_line": columns["source_line"]}
    return _rows.block(given, size, TYPES)
