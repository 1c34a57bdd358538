r"""Twilio's Calls resource: REST JSON, bulk export as JSON lines, and the console's CSV.

One record is one *leg*: the caller's own, and one for each number, client or SIP address that ``<Dial>`` tried,
which names the caller's in ``parent_call_sid``. A record of JSON, shortened, and the head of a CSV::

    {"sid": "CA00000000000000000000000000000001", "parent_call_sid": null, "direction": "inbound",
     "from": "+15855550117", "to": "+15855550178", "status": "completed", "duration": "95",
     "start_time": "Thu, 16 Apr 2026 04:05:57 +0000", "end_time": "Thu, 16 Apr 2026 04:07:32 +0000"}

    Call SID,Parent Call SID,Direction,From,To,Status,Start Time,End Time,Duration

=================  =======================================================================================
field              what
=================  =======================================================================================
sid                CA and 32 hexadecimal digits: call_id, and linked_id of the caller's leg
parent_call_sid    the caller's leg, of a leg that was dialled for it
direction          inbound, outbound-dial, outbound-api, trunking-originating (in), -terminating (out)
from, to           the caller (anonymous, +266696687 and their like: withheld); the number dialled (dnis), or
                   the agent's address of a dialled leg
status             completed, busy, failed, no-answer, canceled; queued, ringing, in-progress: not over yet
start_time         RFC 2822 in REST, ISO in exports; UTC. date_created where a leg never started
duration           s from when the leg was answered; a text in REST, a number elsewhere
forwarded_from     the redirecting number, where the carrier sends it
queue_time         **ms** in Twilio's own queue for outgoing calls: not used
=================  =======================================================================================

``completed`` says that *something* answered. A call is taken for answered if a leg dialled for it completed;
its agent is that leg's ``to``. If none did, nobody picked up (canceled legs: the caller left first); if
nothing was dialled, the call ended in the flow, an announcement. Where a file holds no dialled leg at all
(agents reached by a queue or a trunk), a completed call is taken for answered, and a note says so.

A leg was answered at its end less its duration. So ``ring_s`` runs until the caller's leg was, ``queue_s`` from
there until the agent's was, ``talk_s`` is the agent's leg's duration: each within a second. There is no hold,
and the log does not say who hung up. ``hangup_cause`` is the caller's status, then the dialled legs'.

Sure: A for JSON (records of the resource were read), D for the CSV, whose header no source confirms.

References
----------
Twilio, "Call resource" and "BulkExport"; singer-io/tap-twilio.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from calltrace.intake.formats import _legs, _sheet
from calltrace.intake.formats._base import Format, Head, Reading, ReadOptions, Stream, columns_of
from calltrace.intake.ringing import at_several, rang_out
from calltrace.tables.phones import KEYED

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from calltrace.tables.problems import Problem

_SID = re.compile(r"\bCA[0-9a-f]{32}\b")
_WITHHELD = KEYED
"""What stands for a caller who is not named: ANONYMOUS, RESTRICTED, BLOCKED, UNKNOWN, UNAVAILABLE by keypad."""
_INBOUND = ("inbound", "incoming", "trunkingoriginating")
_OPEN = ("queued", "initiated", "ringing", "inprogress")
_OUTCOMES = {
    "noanswer": "abandoned",  # of a caller's own leg: they left before anything picked up
    "canceled": "abandoned",
    "cancelled": "abandoned",
    "busy": "busy",
    "failed": "failed",
}


def _fits(words: frozenset[str]) -> bool:
    return bool({"sid", "callsid"} & words) and {"from", "to", "status", "direction"} <= words


def detect(head: Head) -> str | None:
    """Recognise call legs by their columns and an id of CA and 32 hexadecimal digits."""
    return _sheet.recognised(head, _fits, "sid (CA…), from, to, status, direction") if _SID.search(head.text) else None


def read(stream: Stream, options: ReadOptions) -> Reading:
    """Read the legs of one file; :func:`calls_of` makes calls of them.

    Returns
    -------
    Reading
        Table "twilio-rows". Legs that are not over yet are Problems of kind open-call.
    """
    sheet = _sheet.sheet_of(stream, options, _fits)
    status = sheet.lower("status").str.replace("-", "", regex=False).str.replace(" ", "", regex=False)
    started = sheet.times("starttime", "datecreated", "startdate", "date", required="start_time")
    sid = sheet.strings("sid", "callsid")
    no_id, still = sid.isna().to_numpy(), status.isin(_OPEN).to_numpy()
    sheet.tell(no_id, "no sid", "the leg's id", "Row left out.", "missing-value")
    sheet.tell(still, sheet.text("status"), "a call that is over", "Row left out; export it again.", "open-call")
    words = [*_OUTCOMES, "completed"]
    unknown = ~(status.isin(words).to_numpy() | still)
    expected = "completed, busy, failed, no-answer or canceled"
    sheet.tell(unknown, sheet.text("status"), expected, "Row left out.", "unknown-word")
    return _sheet.reading(
        sheet,
        "twilio-rows",
        {
            "sid": sid,
            "parent": sheet.strings("parentcallsid"),
            "direction": sheet.lower("direction").str.replace(r"[^a-z]", "", regex=True),
            "status": status,
            "status_raw": sheet.strings("status"),
            "from_raw": sheet.strings("from"),
            "to_raw": sheet.strings("to"),
            "ani": withheld(sheet.numbers("from")),
            "dnis": sheet.numbers("to"),
            "caller_name": sheet.strings("callername"),
            "trunk_group": sheet.strings("trunksid"),
            "redirected_from": sheet.numbers("forwardedfrom"),
            "start": started,
            "end": sheet.times("endtime").values,  # noqa: PD011 -- Times, no frame
            "updated": sheet.times("dateupdated").values,  # noqa: PD011 -- a field of Times
            "duration_s": sheet.seconds("duration"),
        },
        time="start",
    )


def withheld(numbers: pd.Series[str]) -> pd.Series[str]:
    """Return the numbers without those that spell ANONYMOUS and its like on a keypad."""
    return numbers.mask(numbers.isin((*_WITHHELD, *(n[1:] for n in _WITHHELD))))


def calls_of(rows: pd.DataFrame) -> tuple[pd.DataFrame, list[Problem], list[str]]:
    """Make calls of the legs of all files.

    Returns
    -------
    DataFrame, list of Problem, list of str
        Calls by the caller's leg; legs that came again; what became of every leg.
    """
    total = len(rows)
    rows, problems = _legs.latest(rows, "sid", "updated")
    repeated = total - len(rows)
    inbound = rows["direction"].isin(_INBOUND).to_numpy(dtype=bool)
    own = rows["from_raw"].str.startswith("client:").fillna(value=False).to_numpy(dtype=bool)
    top = rows["parent"].isna().to_numpy()
    mine = inbound & top & ~own
    callers = rows[mine].set_index("sid", drop=False)
    parent = rows["parent"]
    for _ in range(3):  # legs of legs: a transferred call dials again
        nested = parent.isin(rows.loc[~top, "sid"])
        if not nested.any():
            break
        children = rows[~top]
        above = parent[nested].map(dict(zip(children["sid"].tolist(), children["parent"].tolist(), strict=True)))
        parent = parent.where(~nested, above.astype("string"))
    theirs = parent.isin(callers.index).to_numpy(dtype=bool) & ~mine
    legs = rows[theirs].assign(parent=parent[theirs])
    calls, notes = _joined(callers, legs)
    aside = Counter(
        {
            "outbound": int((~mine & ~theirs & ~own & top & ~inbound).sum()),
            "agents' own": int((own & ~theirs).sum()),
            "legs of other calls": int((~mine & ~theirs & ~own & ~top).sum()),
        }
    )
    said = _legs.account_for(total - repeated, len(calls), len(legs), +aside)
    calls = calls.sort_values("offered_at", kind="stable", ignore_index=True)
    return _legs.only_instants(calls), problems, [said, *notes]


def rings_of(rows: pd.DataFrame, calls: pd.DataFrame) -> pd.DataFrame:
    """Return an event of the agents table for each call that rang out at an agent's client or SIP phone.

    What was dialled at a number may be anybody's: the client's own, or one on call.
    """
    rows, _ = _legs.latest(rows, "sid", "updated")
    call = pd.Index(calls["call_id"]).get_indexer(pd.Index(rows["parent"]))
    ours = rows["to_raw"].str.match(r"(?i)(?:client|sip):").fillna(value=False).to_numpy(dtype=bool)
    ended, began = (_epoch(rows[name]) for name in ("end", "start"))
    legs = np.flatnonzero((call >= 0) & ours & np.isfinite(ended) & np.isfinite(began))
    phone = pd.factorize(rows["to_raw"].iloc[legs])[0].astype(np.int64)
    several = at_several(call[legs], phone, len(calls))
    waited = calls["ring_s"].fillna(0.0) + calls["queue_s"].fillna(0.0)
    offered = calls["offered_at"]
    plain = offered.dt.tz_convert(None) if getattr(offered.dt, "tz", None) is not None else offered
    decided = _epoch(plain) + waited.to_numpy(dtype=float, na_value=np.nan)
    in_vain = (rows["status"].iloc[legs] == "noanswer").to_numpy(dtype=bool)
    out = legs[in_vain][rang_out(
        call[legs][in_vain], phone[in_vain], ended_s=ended[legs][in_vain], rang_s=(ended - began)[legs][in_vain],
        decided_s=decided, hunted=several)]
    made = pd.DataFrame({
        "offered_at": rows["end"].iloc[out].to_numpy(),
        "offered_at__naive": rows["start__naive"].iloc[out].to_numpy(),
        "agent": rows["to_raw"].iloc[out].str.removeprefix("client:").reset_index(drop=True),
        "event": pd.array(["ring_no_answer"] * len(out), dtype="string"),
        "call_id": rows["parent"].iloc[out].reset_index(drop=True),
        "source_file": rows["source_file"].iloc[out].reset_index(drop=True),
        "source_line": rows["source_line"].iloc[out].to_numpy(),
    })
    return _legs.only_instants(made).rename(columns={"offered_at": "at", "offered_at__naive": "at__naive"})


def _epoch(at: pd.Series[pd.Timestamp]) -> NDArray[np.float64]:
    """Return times without a zone as seconds, NaN where NaT."""
    raw = at.to_numpy(dtype="datetime64[us]")
    return np.where(np.isnat(raw), np.nan, raw.astype(np.int64) / 1e6)


def _joined(callers: pd.DataFrame, legs: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """Return one row a caller's leg with what its dialled legs say."""
    notes: list[str] = []
    answered = legs[legs["status"] == "completed"].copy()
    answered["at"] = answered["end"] - pd.to_timedelta(answered["duration_s"].astype("Float64"), unit="s")
    answered = answered.sort_values("at", kind="stable", na_position="last")
    first = answered.drop_duplicates("parent").set_index("parent").reindex(callers.index)
    later = answered[answered["parent"].duplicated()].drop_duplicates("parent").set_index("parent")
    talk = answered.groupby("parent")["duration_s"].sum(min_count=1).reindex(callers.index)

    status = callers["status"]
    tried = status.index.isin(legs["parent"])
    left = status.index.isin(legs.loc[legs["status"].isin(("canceled", "cancelled")), "parent"])
    refused = status.index.isin(legs.loc[~legs["status"].isin(("canceled", "cancelled")), "parent"])
    reached = first["sid"].notna().to_numpy()
    completed = (status == "completed").to_numpy(dtype=bool)
    by_itself = completed & ~tried
    if by_itself.any() and legs.empty:
        notes.append(
            "no legs were dialled for these calls, so who answered is not told: completed calls are taken for answered"
        )
        nobody = "answered"
    else:
        nobody = "announcement"
    outcome = np.select(
        [reached, completed & left & ~refused, completed & tried, by_itself],
        ["answered", "abandoned", "no_answer", nobody],
        default=status.map(_OUTCOMES).fillna("failed").to_numpy(dtype=object),
    )

    # where nothing was answered, the leg's whole time was ringing
    picked_up = (callers["end"] - pd.to_timedelta(callers["duration_s"].astype("Float64"), unit="s")).where(
        completed, callers["end"]
    )
    ring = _seconds(picked_up - callers["start"])
    until = first["at"].where(reached, callers["end"].where(completed & (outcome != "answered")))
    queue = _seconds(until - picked_up).where(completed)
    statuses: dict[str, set[str]] = {}
    for parent, said in zip(legs["parent"].tolist(), legs["status_raw"].tolist(), strict=True):
        statuses.setdefault(parent, set()).add(said)
    listed = {parent: ", ".join(sorted(of_one)) for parent, of_one in statuses.items()}
    causes = callers["sid"].map(listed).astype("string")
    raw = callers["status_raw"]
    calls = pd.DataFrame(
        {
            "call_id": callers["sid"],
            "linked_id": callers["sid"],
            "dnis": callers["dnis"],
            "ani": callers["ani"],
            "caller_name": callers["caller_name"],
            "trunk_group": callers["trunk_group"],
            "redirected_from": callers["redirected_from"],
            "agent": first["to_raw"].str.removeprefix("client:"),
            "offered_at": callers["start"],
            "offered_at__naive": callers["start__naive"],
            "ring_s": ring,
            "queue_s": queue,
            "talk_s": talk,
            "outcome": pd.Series(outcome, index=callers.index, dtype="string"),
            "hangup_cause": raw.where(causes.isna(), raw + "; dialled: " + causes.fillna("")),
            "transferred_to": later["to_raw"].reindex(callers.index),
            "source_file": callers["source_file"],
            "source_line": callers["source_line"],
        }
    )
    return calls.reset_index(drop=True), notes


def _seconds(span: pd.Series[pd.Timedelta]) -> pd.Series[float]:
    """Return a span in seconds; a little below nothing is rounding, more than that is unknown."""
    found = span.dt.total_seconds().astype("Float64")
    return found.where(found >= -2.0).clip(lower=0.0)


FORMAT = Format(
    title="Twilio calls (REST JSON, JSON lines, CSV)",
    detect=detect,
    read=read,
    family="cloud",
    sure="A",
    provides=columns_of(
        calls=(
            "call_id linked_id dnis ani caller_name trunk_group redirected_from agent offered_at ring_s "
            "queue_s talk_s outcome hangup_cause transferred_to"
        ),
    ),
)
