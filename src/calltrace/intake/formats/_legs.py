"""Legs to calls: the rows of one table that tell of one caller's attempt, put together as one row of it.

What the cloud services' and the switches' reports have in common, once their columns are values: rows that share a
call's id, rows that are no caller's attempt, and records delivered more than once.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa

from calltrace.errors import Location
from calltrace.tables import times
from calltrace.tables.problems import Problem

if TYPE_CHECKING:
    from numpy.typing import NDArray

RANK = {
    name: place
    for place, name in enumerate(
        ("answered", "voicemail", "no_answer", "abandoned", "announcement", "busy", "failed")
    )
}
"""The best outcome of its legs is a call's."""


def only_instants(calls: pd.DataFrame) -> pd.DataFrame:
    """Return the frame with ``offered_at`` as UTC where no row's time lacks an offset."""
    if "offered_at__naive" in calls.columns and not calls["offered_at__naive"].any():
        at = calls["offered_at"].astype("datetime64[us]").dt.tz_localize("UTC")
        return calls.assign(offered_at=at).drop(columns="offered_at__naive")
    return calls


def fold(legs: pd.DataFrame) -> tuple[pd.DataFrame, str]:
    """Make one row a caller's attempt of rows that share a ``linked_id``.

    Parameters
    ----------
    legs : DataFrame
        Columns of the calls table, ``offered_at`` without a zone, and ``aside``: why a row is no caller's
        attempt nor part of one, NA where it is.

    Returns
    -------
    DataFrame, str
        The calls, and a sentence that accounts for every row. A call begins with its earliest row; its
        outcome is the best of its rows; agent, waits and causes are those of the row with that outcome; talk
        and hold are added up over answered rows, for an answered call that was transferred has several.
    """
    rows = len(legs)
    apart = legs["aside"].notna()
    reasons = Counter(legs.loc[apart, "aside"].astype(str))
    mine = legs[~apart].drop(columns="aside")
    if mine.empty:
        return only_instants(mine), account_for(rows, 0, 0, reasons)
    if mine["linked_id"].duplicated().any():
        mine = _folded(mine)
    mine = mine.sort_values("offered_at", kind="stable", ignore_index=True)
    return only_instants(mine), account_for(rows, len(mine), rows - int(apart.sum()) - len(mine), reasons)


def _folded(legs: pd.DataFrame) -> pd.DataFrame:
    ordered = legs.sort_values("offered_at", kind="stable")
    first = ordered.groupby("linked_id", sort=False).first()
    rank = ordered["outcome"].map(RANK).fillna(len(RANK))
    best = ordered.assign(_rank=rank).sort_values("_rank", kind="stable").drop_duplicates("linked_id")
    best = best.set_index("linked_id").loc[first.index]
    out = first.copy()
    for name in ("agent", "ring_s", "queue_s", "outcome", "hangup_cause", "ended_by", "transferred_to"):
        if name in out.columns:
            out[name] = best[name]
    answered = ordered[ordered["outcome"] == "answered"]
    for name in ("talk_s", "hold_s"):
        if name in out.columns:
            out[name] = best[name]
            total = answered.groupby("linked_id", sort=False)[name].sum(min_count=1)
            out.loc[total.index, name] = total
    if "agent" in out.columns:  # a second agent is who the call was transferred to
        others = answered.dropna(subset=["agent"]).drop_duplicates(["linked_id", "agent"])
        second = others[others.groupby("linked_id").cumcount() == 1].set_index("linked_id")["agent"]
        to = out["transferred_to"] if "transferred_to" in out.columns else pd.Series(pd.NA, out.index, dtype="string")
        out["transferred_to"] = to.fillna(second.reindex(out.index).astype("string"))
    return out.reset_index()


def latest(rows: pd.DataFrame, key: str, updated: str) -> tuple[pd.DataFrame, list[Problem]]:
    """Keep the latest state of each record that was delivered more than once.

    Parameters
    ----------
    rows : DataFrame
        With the record's id in ``key`` and when it was last changed in ``updated`` (NaT: the oldest).

    Returns
    -------
    DataFrame, list of Problem
        The rows kept, in their order; one Problem a file for those that were not.
    """
    if not rows[key].duplicated().any():
        return rows, []
    ordered = rows.sort_values(updated, kind="stable", na_position="first")
    old = ordered.index[ordered[key].duplicated(keep="last")].sort_values()
    gone = rows.loc[old]
    problems = [
        Problem(
            at=Location(str(name), int(some["source_line"].iloc[0])),
            saw=f"{len(some)} records that came again, as they are delivered at least once",
            expected="each record once",
            fix="The latest state of each was kept.",
            table="calls",
            rows=len(some),
            kind="duplicate",
        )
        for name, some in gone.groupby("source_file", observed=True, sort=False)
    ]
    return rows.drop(index=old), problems


def aside_for(reasons: dict[str, NDArray[np.bool_]], size: int) -> pd.Series[str]:
    """Return, for each row, the first reason whose mask has it; NA for a caller's attempt."""
    chosen = np.select(list(reasons.values()), list(reasons), default="") if reasons else np.full(size, "")
    return pd.Series(chosen, dtype="string").replace("", pd.NA)


def part_of_calls(legs: pd.DataFrame) -> pd.DataFrame:
    """Return the legs with those set aside taken back that belong to a call a caller made.

    A transfer's or a ring group's legs are internal or outgoing, and still part of the call they share an id with.
    """
    of_callers = legs["linked_id"].isin(legs.loc[legs["aside"].isna(), "linked_id"])
    return legs.assign(aside=legs["aside"].where(~of_callers))


def rang_out(rows: pd.DataFrame, calls: pd.DataFrame) -> pd.DataFrame:
    """Return an event of the agents table for each call that rang out at an agent.

    ``rang_out`` of ``rows`` holds them, parted by semicolons: when (ISO 8601, UTC), a blank, and whom; NA where there are none.
    Calls that are not in ``calls`` are left out.
    """
    some = rows[rows["rang_out"].notna() & rows["linked_id"].isin(calls["linked_id"])].reset_index(drop=True)
    if some.empty:
        return calls.iloc[:0]
    each = some.assign(rang_out=some["rang_out"].str.split(";")).explode("rang_out", ignore_index=True)
    parts = each["rang_out"].astype("string").str.split(" ", n=1, expand=True)
    return pd.DataFrame({
        "at": times.parse(pa.array(parts[0], pa.string())).instants.astype("datetime64[us]").dt.tz_localize("UTC"),
        "agent": parts[1].astype("string"),
        "event": pd.array(["ring_no_answer"] * len(each), dtype="string"),
        "call_id": each["call_id"],
        "source_file": each["source_file"],
        "source_line": each["source_line"],
    })


def account_for(rows: int, calls: int, further: int, aside: Counter[str]) -> str:
    """Return the sentence that says what became of every row.

    Examples
    --------
    >>> account_for(9, 5, 2, Counter({"outbound": 2}))
    "9 rows: 5 callers' attempts and 2 further rows of the same calls; 2 set aside, which are no caller's (2 outbound)"
    """
    text = f"{rows} rows: {calls} callers' attempts"
    if further:
        text += f" and {further} further rows of the same calls"
    if aside:
        shown = ", ".join(f"{n} {why}" for why, n in sorted(aside.items()))
        text += f"; {sum(aside.values())} set aside, which are no caller's ({shown})"
    return text
