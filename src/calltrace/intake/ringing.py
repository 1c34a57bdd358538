"""Which legs of calls show an agent who let an offered call ring out, where a switch logs the legs and no agents' events.

A leg that nobody answered says so of its phone only where that phone rang for nobody's sake but its own: it rang long
enough to be heard, the switch gave up on it and went on looking while the caller still waited, and no other phone stopped
ringing with it. Of phones that ring together, all but the one that is answered stop; a caller who leaves stops the ring
there is; and of a single phone nobody looks for anybody else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from calltrace.intake.formats._base import Reading

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Mask = NDArray[np.bool_]
    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]

RING_S = 6.0
"""Seconds from which a phone was heard: one ring and the pause after it."""

TOGETHER_S = 1.0
"""Within so many seconds two instants in a log of whole seconds may be the same one."""


def rang_out(
    call: Ints, phone: Ints, *, ended_s: Floats, rang_s: Floats, decided_s: Floats, hunted: Mask
) -> Mask:
    """Say which legs are an agent's who let an offered call ring out.

    Parameters
    ----------
    call, phone : array, one of each leg that rang at a phone in vain
        The number of its call and of its phone.
    ended_s, rang_s : array, one of each leg
        When the ring ended (epoch s), and how long it lasted.
    decided_s : array, one of each call
        When somebody answered it, else when it was over (epoch s); NaN where the log does not tell.
    hunted : array of bool, one of each call
        Whether anybody who is free was looked for: by a queue, or at several phones.
    """
    heard = (rang_s >= RING_S) & (ended_s + TOGETHER_S < decided_s[call])
    order = np.lexsort((ended_s, call))
    alike = (call[order][1:] == call[order][:-1]) & (np.diff(ended_s[order]) <= TOGETHER_S)
    alike &= phone[order][1:] != phone[order][:-1]
    together = np.zeros(len(call), dtype=bool)
    together[order[1:][alike]] = True
    together[order[:-1][alike]] = True
    return np.asarray(heard & ~together & hunted[call], dtype=bool)


def at_several(call: Ints, phone: Ints, size: int) -> Mask:
    """Say which of ``size`` calls rang at several phones, by the call and the phone of each leg."""
    pairs = pd.DataFrame({"call": call, "phone": phone}).drop_duplicates()
    return np.asarray(np.bincount(pairs["call"], minlength=size) > 1)


def beside_calls(
    reading: Reading, at: NDArray[np.datetime64], *, naive: bool, agents: list[str], calls: list[str], lines: list[int]
) -> tuple[Reading, ...]:
    """Return a reading of table "agents" with rings of one file, beside that of its calls; none where there are none.

    Parameters
    ----------
    at : array, one of each ring
        When it ended, in UTC, or in the file's own clock where ``naive``.
    agents, calls, lines : list, one of each ring
        Whose phone it was, the call's id, and the line it was read on.
    """
    if not lines:
        return ()
    ended = pd.Series(at).astype("datetime64[us]")
    display = str(reading.frame["source_file"].iloc[0])
    made = pd.DataFrame({
        "at": ended if naive else ended.dt.tz_localize("UTC"),
        "agent": pd.array(agents, dtype="string"),
        "event": pd.array(["ring_no_answer"] * len(lines), dtype="string"),
        "call_id": pd.array(calls, dtype="string"),
        "source_file": pd.Categorical([display] * len(lines), categories=[display]),
        "source_line": np.array(lines, dtype=np.int64),
    })
    made = made.assign(at__naive=True) if naive else made
    return (Reading("agents", made, rows=len(made), zone=reading.zone, zone_from=reading.zone_from, beside=True),)
