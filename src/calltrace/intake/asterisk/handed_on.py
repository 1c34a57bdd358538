"""Calls that went into a queue again after an agent had taken them: handed on, or not let go.

The queue_log has such a call's events under one id: the first agent's talk lies between two waits. Whoever took the call first
answered it; the wait is what was spent in queues, before that agent and after, and the talk is that of all agents.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from calltrace.classes import dataclass
from calltrace.intake.asterisk.columns import first_of, last_of

if TYPE_CHECKING:
    from calltrace.intake.asterisk.columns import Floats, Ints, Mask


@dataclass(frozen=True)
class HandedOn:
    """What the events say of calls handed on: one entry a call; places are of events, -1 where there is none.

    ``calls`` says which were. ``connect`` is where the first agent took the call, ``done`` where that agent was done with it,
    ``last`` where the last agent took it, ``end`` where the call ended (-1 while it goes on). ``again_s`` are the seconds
    waited after the first agent, ``talk_s`` those of all talks, NaN where the last one has no end; ``attempts`` how often the
    call entered a queue before the first agent.
    """

    calls: Mask
    connect: Ints
    done: Ints
    last: Ints
    end: Ints
    again_s: Floats
    talk_s: Floats
    attempts: Ints


def handed_on(  # noqa: PLR0917 -- a call's number and seconds of every event, and which events are of which kind
    code: Ints, size: int, entering: Mask, connecting: Mask, finishing: Mask, leaving: Mask, wait_s: Floats, talk_s: Floats
) -> HandedOn:
    """Find the calls that entered a queue after an agent had taken them.

    Parameters
    ----------
    code : array of int
        Each event's call, a number below ``size``, -1 where it is no call's.
    entering, connecting, finishing, leaving : arrays of bool
        Which events are a call's entry into a queue, an agent's taking it, the end of that talk, an end of the wait without an
        agent.
    wait_s, talk_s : arrays of float
        The seconds that an event tells, NaN where none.
    """
    connect = first_of(code, np.flatnonzero(connecting), size)
    place = np.arange(len(code))
    after = (code >= 0) & (connect[code] >= 0) & (place > connect[code]) if size else np.zeros(len(code), dtype=bool)

    def total(mask: Mask, values: Floats | None = None) -> Floats:
        weights = None if values is None else np.nan_to_num(values[mask])
        return np.bincount(code[mask], weights=weights, minlength=size).astype(np.float64)

    calls = total(entering & after) > 0
    last, over = last_of(code, np.flatnonzero(connecting), size), last_of(code, np.flatnonzero(finishing | leaving), size)
    going_on = last > last_of(code, np.flatnonzero(finishing), size)
    return HandedOn(
        calls=calls,
        connect=connect,
        done=first_of(code, np.flatnonzero(finishing & after), size),
        last=last,
        end=np.where(over > last, over, -1),
        again_s=np.where(calls, total((connecting | leaving) & after, wait_s), 0.0),
        talk_s=np.where(going_on, np.nan, total(finishing & after, talk_s)),
        attempts=total(entering & ~after).astype(np.int64),
    )
