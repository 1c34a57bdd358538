"""What the events of a queue_log carry, however they are written: which field says what, and lines that are no event."""

from __future__ import annotations

from typing import TYPE_CHECKING

from calltrace.errors import Location
from calltrace.intake.formats._lines import LISTED, short
from calltrace.tables.problems import Problem, first_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

NOBODY = ("NONE", "MANAGER", "REALTIME", "CLI", "")
"""What stands where an event has no call, queue or agent."""

COMPLETED = ("COMPLETEAGENT", "COMPLETECALLER")
TRANSFERRED = ("BLINDTRANSFER", "ATTENDEDTRANSFER", "TRANSFER")
"""Ends of a talk with an agent: by hanging up, by going on to somebody else."""

MEANING: dict[str, tuple[tuple[tuple[str, ...], int], ...]] = {
    "wait_s": (
        (("CONNECT", *COMPLETED), 1),
        (("ABANDON", "EXITEMPTY", "EXITWITHTIMEOUT", "WITHDRAW"), 3),
        (("EXITWITHKEY",), 4),
        (TRANSFERRED, -3),
    ),
    "talk_s": (
        (COMPLETED, 2),
        (TRANSFERRED, -2),
    ),
    "ring_ms": ((("RINGNOANSWER", "RINGCANCELED"), 1),),
    "caller": ((("ENTERQUEUE",), 2),),
    "caller_name": ((("ENTERQUEUE",), 4),),
    "did": ((("DID",), 1),),
    "agent_call_id": ((("CONNECT",), 2),),
    "transferred_to": ((("BLINDTRANSFER", "TRANSFER"), 1), (("ATTENDEDTRANSFER",), 2)),
}
"""Column of what an event says: (events, which data field it is, counted from 1; from the end if negative)."""

NUMBERS = ("wait_s", "talk_s", "ring_ms")
"""Columns of these that are numbers: seconds, milliseconds of a ring."""


def left_out(
    bad: NDArray[np.int64],
    fields: list[list[str]],
    lines: NDArray[np.int64],
    name: str,
    problems: list[Problem],
) -> None:
    """Tell of lines that are no event, the first one by one; ``bad`` are their places, ``fields`` of those told."""

    def one(n: int) -> Problem:
        return Problem(
            Location(name, int(lines[bad[n]])),
            f'"{short("|".join(fields[n]).encode())}"',
            "epoch|callid|queue|agent|EVENT|…",
            "Event left out.",
            table="queue-events",
        )

    problems += first_of(len(bad), one, LISTED, "lines", "Events left out.")
