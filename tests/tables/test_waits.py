"""How long callers waited, where a log has both parts of it, one, or none."""

from __future__ import annotations

import pandas as pd
import pytest

from calltrace.tables.waits import wait_s


@pytest.mark.parametrize(("ring", "queue", "wait"), [
    (4.0, 90.0, 94.0),
    (4.0, 0.0, 4.0),
    (4.0, None, 4.0),
    (0.0, 0.0, 0.0),
    (None, 90.0, 90.0),  # at least that
    (None, 0.0, None),  # no machine picked up: all of it was ringing, and that is not known
    (None, None, None),
])
def test_a_wait_is_ring_and_queue_and_unknown_is_not_zero(ring: float | None, queue: float | None, wait: float | None) -> None:
    calls = pd.DataFrame({"ring_s": [ring], "queue_s": [queue]}, dtype="Float64")
    (found,) = wait_s(calls)
    assert (found is pd.NA) if wait is None else found == wait
