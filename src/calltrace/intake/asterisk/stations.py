"""Which numbered channels are phones: of ``DAHDI/12`` the name does not tell whether it is a station's port or a line's.

An analogue phone on a card of the switch, like a line of a trunk group, goes by the number of its port. The log shows which it
is: a phone is dialled by its port alone (``Dial(DAHDI/12)``) or is a queue's member; on a line numbers are dialled
(``Dial(DAHDI/g1/5855550111)``), and callers come in. All lines are one trunk group, each phone is an agent's own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from calltrace.intake.asterisk.columns import matches, texts
from calltrace.intake.asterisk.legs import DIALLED_OUT, INSIDE, outside

if TYPE_CHECKING:
    import pandas as pd

    from calltrace.intake.asterisk.columns import Mask

PORT = r"^((?:DAHDI|Zap)/\d+)(?:-\d+)?$"
"""A channel of a numbered port, its call on it behind a dash (a second one is a call waiting)."""


def stations_of(legs: pd.DataFrame) -> frozenset[str]:
    """Return the numbered ports that are phones by most of their rows; none where the log has no such ports."""
    if legs.empty or not _numbered(legs["dstchannel"]):
        return frozenset()
    far = legs["dstchannel"].str.extract(PORT, expand=False)
    dialled_out = matches(legs["lastdata"], lambda data: data.str.match(DIALLED_OUT))
    rung = far.notna().to_numpy(dtype=bool)
    by_port = rung & ~dialled_out & _names_it(legs, far)
    queue = matches(legs["lastapp"], lambda app: app.str.lower().isin(("queue", "appqueue")))
    near = legs["channel"].str.extract(PORT, expand=False)
    number = matches(legs["src"], lambda src: src.str.contains(r"\d{7}", regex=True))
    inside = matches(legs["dcontext"], lambda name: name.str.contains(INSIDE, regex=True))
    came_in = near.notna().to_numpy(dtype=bool) & ~dialled_out & (outside(legs) | number & ~inside)
    as_phone = far[by_port | (rung & queue)].value_counts()
    as_line = near[came_in].value_counts().add(far[rung & dialled_out].value_counts(), fill_value=0)
    more = as_phone > as_line.reindex(as_phone.index).fillna(0)
    return frozenset(as_phone.index[more.to_numpy(dtype=bool)].astype(str))


def _numbered(channels: pd.Series[str]) -> bool:
    """Say whether any channel is of such a port: a cheap look, for most switches have none."""
    names = pa.array(channels, from_pandas=True)
    return any(pc.any(pc.starts_with(names, pattern)).as_py() for pattern in ("DAHDI/", "Zap/"))


def _names_it(legs: pd.DataFrame, far: pd.Series[str]) -> Mask:
    """Say of each row whether the channel reached is one that the Dial's arguments name, with nothing dialled on it."""
    named = legs["lastdata"].fillna("").str.split(r"[,|]", n=1, regex=True).str[0].str.split("&")
    both = zip(texts(far), texts(named), strict=True)
    return np.array([port is not None and port in names for port, names in both], dtype=bool)
