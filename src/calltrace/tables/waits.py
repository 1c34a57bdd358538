"""How long callers waited before an agent, as far as a log says."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


def wait_s(calls: pd.DataFrame) -> pd.Series[float]:
    """Return each call's wait in seconds: its ring and its queue.

    NA where it is not known: where neither is logged, and where the ring is not and the queue took nothing. A call that no
    machine picked up spent no time in a queue, and all its wait ringing. Where only one is logged and is more, the wait was at
    least that.

    Parameters
    ----------
    calls : DataFrame
        Calls with ``ring_s`` and ``queue_s``.
    """
    ring, queue = calls["ring_s"], calls["queue_s"]
    both = ring.fillna(0) + queue.fillna(0)
    return both.mask(ring.isna() & (both <= 0))
