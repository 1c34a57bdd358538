"""Calls that rang out at an agent, out of a CDR: what the queue_log would call RINGNOANSWER."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from calltrace.intake.asterisk.columns import NO_TIME, at_rows, codes, instants, matches
from calltrace.intake.asterisk.legs import DIALLED_OUT, peers_of
from calltrace.intake.ringing import at_several, rang_out

if TYPE_CHECKING:
    from calltrace.intake.asterisk.columns import Floats, Texts
    from calltrace.intake.asterisk.course import Course, Rows


def rings_of(rows: Rows, course: Course, call_id: pd.Series[str], trunks: frozenset[str]) -> pd.DataFrame:
    """Return an event of the agents table for each call that rang out at a phone while the caller waited for anybody.

    Agents go by their phones, as those do who answered. ``trunks`` are peers that are lines: what rings in vain beyond one is
    nobody's phone here.
    """
    legs = rows.legs
    code, names = codes(peers_of(legs["dstchannel"], rows.stations))
    inside = np.array([not str(n).startswith("Local/") and n not in trunks for n in names.tolist()], dtype=bool)
    phone = np.append(inside, False)[code] & ~matches(legs["lastdata"], lambda data: data.str.match(DIALLED_OUT))
    timed = (rows.start != NO_TIME) & (rows.end != NO_TIME)
    in_vain = (legs["disposition"] == "NO ANSWER").fillna(value=False).to_numpy(dtype=bool)
    rang = phone & timed & (rows.app.dial | rows.app.queue)
    rung = np.flatnonzero(in_vain & rang)
    hunted = rows.any_of(rows.app.queue) | at_several(rows.call[rang], code[rang], rows.size)
    out = rung[rang_out(
        rows.call[rung], code[rung], ended_s=rows.end[rung].astype(float), rang_s=(rows.end - rows.start)[rung].astype(float),
        decided_s=_decided(rows, course, phone), hunted=hunted)]
    agents: Texts = at_rows(names, code[out], None)
    return pd.DataFrame({
        "at": instants(rows.end[out]),
        "agent": pd.array(agents, dtype="string"),
        "event": pd.array(["ring_no_answer"] * len(out), dtype="string"),
        "call_id": call_id.to_numpy(dtype=object)[rows.call[out]],
        "source_file": legs["source_file"].iloc[out].reset_index(drop=True),
        "source_line": legs["source_line"].to_numpy()[out],
    }).astype({"call_id": "string"})


def _decided(rows: Rows, course: Course, phone: object) -> Floats:
    """Return when a phone was answered, else when the call was over; NaN where it is not known when who answered did."""
    decided = np.where(course.over == NO_TIME, np.nan, course.over.astype(float))
    decided[course.reached] = np.nan
    took = np.flatnonzero(course.person_leg & np.asarray(phone) & (rows.answer != NO_TIME))
    first = np.full(rows.size, np.inf)
    np.minimum.at(first, rows.call[took], rows.answer[took].astype(float))
    return np.where(course.reached & np.isfinite(first), first, decided)
