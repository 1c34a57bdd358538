"""Calls known by the queue_log only: lost in a crash, hidden from the CDR, or there is no CDR."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from calltrace.errors import Location
from calltrace.intake.asterisk.columns import NO_TIME, either, instants, said, texts
from calltrace.intake.formats._clocks import epochs_of
from calltrace.intake.formats._values import nullable_array
from calltrace.tables import phones
from calltrace.tables.problems import Problem, first_of

if TYPE_CHECKING:
    from calltrace.intake.asterisk.columns import Ints, Mask, Texts
    from calltrace.intake.asterisk.queued import Queued
    from calltrace.intake.formats._base import ReadOptions

AT_MOST_BEFORE_S = 3600
"""A call's id is believed to be its arrival if it entered the queue within the hour: menus last minutes."""

LISTED = 100
"""How many open calls are listed one by one."""


def from_queue_alone(
    log: Queued, events: pd.DataFrame, options: ReadOptions, problems: list[Problem]
) -> tuple[pd.DataFrame, list[str]]:
    """Return calls known by the queue_log only: how long it rang before the queue is not known."""
    by_agent = log.connected != NO_TIME
    open_end = ~said(log.how) & ~by_agent
    still_up = open_end & ~log.restarted
    lost = open_end & log.restarted
    torn = by_agent & np.isnan(log.talk_s) & log.restarted & ~said(log.how)
    outcome, ended = _ends(log, by_agent, lost, torn)
    file = texts(events["source_file"].astype("string"))
    line = events["source_line"].to_numpy()
    began = log.row[still_up][: LISTED + 1]
    problems += _open_calls(log, np.flatnonzero(still_up), [(str(file[at]), int(line[at])) for at in began])
    # the id holds the second the caller's channel was born, which is when the call came; greeting or ringing
    # lay between that and the queue, and the log doesn't say which
    born = epochs_of(pd.DataFrame({"uniqueid": pd.array(log.ids, dtype="string")}))
    before = log.entered - np.nan_to_num(born)
    arrived = np.where((before >= 0) & (before <= AT_MOST_BEFORE_S), np.nan_to_num(born), log.entered)
    arrived = arrived.astype(np.int64)
    keep = np.flatnonzero(~still_up)
    dnis = phones.clean(pd.Series(log.did[keep], dtype="string"), options.region)
    frame = pd.DataFrame(
        {
            "call_id": pd.array(log.ids[keep], dtype="string"),
            "linked_id": pd.array(log.ids[keep], dtype="string"),
            # whose a number is, the accounts table may know
            "account": pd.Series(log.queue[keep], dtype="string").mask(dnis.notna()),
            "dnis": dnis,
            "ani": phones.clean(pd.Series(log.caller[keep], dtype="string"), options.region),
            "caller_name": pd.Series(log.caller_name[keep], dtype="string"),
            "agent": pd.array(either(by_agent, log.agent, None)[keep], dtype="string"),
            "offered_at": instants(arrived[keep]),
            "ring_s": nullable_array(np.full(len(keep), np.nan)),
            "queue_s": nullable_array(log.wait_s[keep]),
            "hold_s": nullable_array(np.where(by_agent, np.nan, 0.0)[keep]),
            "talk_s": nullable_array(np.where(by_agent, log.talk_s, 0.0)[keep]),
            "outcome": pd.array(outcome[keep], dtype="string"),
            "ended_by": pd.array(ended[keep], dtype="string"),
            "hangup_cause": pd.array(log.how[keep], dtype="string"),
            "queue": pd.array(log.queue[keep], dtype="string"),
            "transferred_to": pd.array(log.transferred_to[keep], dtype="string"),
            "source_file": pd.array(file[log.row[keep]], dtype="string"),
            "source_line": line[log.row[keep]],
        }
    )
    frame["source_file"] = frame["source_file"].astype("category")
    notes = []
    if lost.any():
        notes.append(f"{int(lost.sum())} calls in the queue were lost when the switch restarted")
    if torn.any():
        notes.append(f"{int(torn.sum())} conversations have no end: the switch restarted")
    return frame, notes


def _ends(log: Queued, by_agent: Mask, lost: Mask, torn: Mask) -> tuple[Texts, Texts]:
    """Return each call's outcome and who ended it: ``lost`` in the queue or ``torn`` in talk by a restart."""
    how = log.how.astype(str)
    outcome = np.full(len(log.ids), "no_answer", dtype=object)
    ended = np.full(len(log.ids), "system", dtype=object)
    for mask, word, by in (
        (np.isin(how, ["ABANDON", "AGENTDUMP", "SYSCOMPAT"]), "abandoned", "caller"),
        (lost, "failed", "system"),
        (by_agent, "answered", None),
        (torn, "failed", "system"),
    ):
        outcome[mask], ended[mask] = word, by
    ended[by_agent & np.isin(how, ["COMPLETECALLER", "ABANDON"])] = "caller"  # in a queue they had been handed on to
    ended[by_agent & (how == "COMPLETEAGENT")] = "agent"
    return outcome, ended


def _open_calls(log: Queued, still_up: Ints, places: list[tuple[str, int]]) -> list[Problem]:
    """Tell of calls that were up as the log ended, the first one by one; ``places`` are the files and lines they began."""

    def one(n: int) -> Problem:
        return Problem(
            Location(*places[n]),
            f"call {log.ids[still_up[n]]} entered the queue and has no end",
            "an end of the wait, or a row in the CDR",
            "It was open when the log ended; it is in no figure.",
            table="calls",
            kind="open-call",
        )

    return first_of(len(still_up), one, LISTED, "calls", "They are in no figure.")
