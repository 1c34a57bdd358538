"""What FreeSWITCH's call records have in common, however written: the columns of a leg, and its times as seconds.

A leg's times are seconds since 1970 as floats, NaN where it never happened: in UTC, or, where ``naive`` is
set, as the switch's wall clock showed them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

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


FEW = 64
"""Files of so few legs are put together before their columns are typed."""


def legs(columns: Mapping[str, Sequence[Any] | NDArray[Any]], size: int, *, naive: bool) -> pd.DataFrame:
    """Return the legs as a frame with every column there is; texts as objects, None where there is none.

    A file of few legs (JSON has one) becomes a frame of one block of objects, ten times as quick to make:
    :func:`together` types the columns when all files are read.
    """
    given: dict[str, Any] = {name: columns.get(name, [None] * size) for name in TEXTS}
    given |= {name: columns.get(name, np.full(size, np.nan)) for name in SECONDS}
    given |= {"naive": [naive] * size, "source_file": columns["source_file"], "source_line": columns["source_line"]}
    if size <= FEW:
        cells = np.empty((size, len(given)), dtype=object)
        for place, values in enumerate(given.values()):
            cells[:, place] = values
        return pd.DataFrame(cells, columns=list(given), dtype=object)
    return _typed(pd.DataFrame({name: pd.Series(values, dtype=object) for name, values in given.items()}))


def together(frames: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Return the legs of all files as one frame, its columns typed."""
    few = [frame for frame in frames if len(frame) <= FEW]
    parts = [frame for frame in frames if len(frame) > FEW]
    if few:
        cells = np.concatenate([frame.to_numpy(dtype=object) for frame in few])
        parts.append(_typed(pd.DataFrame(cells, columns=few[0].columns, dtype=object)))
    return parts[0] if len(parts) == 1 else pd.concat(parts, ignore_index=True)


def _typed(frame: pd.DataFrame) -> pd.DataFrame:
    types: dict[str, Any] = dict.fromkeys(SECONDS, "float64") | {"naive": "bool", "source_line": "int64"}
    return frame.astype(types)
