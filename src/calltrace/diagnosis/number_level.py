"""How many calls a number should have had, given how busy the account's other numbers were at the same time.

A day on which hardly anybody calls a client (its office is closed, its season over, its town snowed in) is as quiet on every
one of its numbers. A few calls on the others are no sign that this one was forgotten, as long as they are few for them too.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from calltrace.diagnosis.scene import Scene


def level(scene: Scene, others: Iterable[str], start: pd.Timestamp, end: pd.Timestamp) -> float:
    """Return the part of their usual calls that the account's other numbers lead to expect in [start, end), at most; 1 at most.

    It is a standard deviation above what came: a few calls tell little of how busy it was. Those that had none at all then
    are left out, as they may have been silent for the same reason.
    """
    seen, usual = 0, 0.0
    for number in others:
        rhythm = scene.baseline.of("number", number)
        came = rhythm.count(start, end)
        if came:
            seen, usual = seen + came, usual + rhythm.expected(start, end)
    return min(1.0, (seen + 1 + math.sqrt(seen + 1)) / usual) if usual > 0 else 1.0
