r"""Amazon Connect contact records (contact trace records, CTR): JSON, one object a contact; and tables of them, CSV.

A contact is one party's stay with one agent or queue; a transfer makes another contact of the same call. Streams
deliver at least once and again after every change, Firehose glues the objects together without a line end, and
exports by way of Athena or Glue write all keys in lower case. A record, shortened::

    {"AWSContactTraceRecordFormatVersion": "2017-03-10", "Channel": "VOICE", "InitiationMethod": "INBOUND",
     "ContactId": "15a5cf14-…", "InitialContactId": null, "PreviousContactId": null, "NextContactId": null,
     "CustomerEndpoint": {"Address": "+15855550117"}, "SystemEndpoint": {"Address": "+15855550178"},
     "InitiationTimestamp": "2026-04-16T04:05:57Z", "ConnectedToSystemTimestamp": "2026-04-16T04:05:57Z",
     "Queue": {"Name": "Desk", "EnqueueTimestamp": "…", "DequeueTimestamp": "…", "Duration": 7},
     "Agent": {"Username": "bea", "ConnectedToAgentTimestamp": "…", "AgentInteractionDuration": 33,
               "CustomerHoldDuration": 0}, "DisconnectTimestamp": "…", "DisconnectReason": "CUSTOMER_DISCONNECT"}

==============================  ==========================================================================
path                            what
==============================  ==========================================================================
ContactId                       the contact; InitialContactId the chain's first: call_id and linked_id
InitiationMethod                INBOUND begins a caller's attempt; TRANSFER, QUEUE_TRANSFER, DISCONNECT and
                                CALLBACK go on with one; OUTBOUND, API, MONITOR are no caller's
Channel                         VOICE; CHAT, TASK, EMAIL are set aside
SystemEndpoint.Address          dnis; CustomerEndpoint.Address ani
InitiationTimestamp             offered_at, ISO 8601 UTC, whole seconds
ConnectedToSystemTimestamp      the flow picked up: ring_s ends, queue_s begins (greeting, menu and queue)
Agent.ConnectedToAgentTimestamp the agent picked up; no Agent: nobody did
Agent.AgentInteractionDuration  talk_s, **without hold**; CustomerHoldDuration hold_s; added up over a chain
Queue.Name                      queue
DisconnectReason                CUSTOMER_, AGENT_, THIRD_PARTY_, CONTACT_FLOW_DISCONNECT, TELECOM_PROBLEM:
                                ended_by, hangup_cause
AgentConnectionAttempts         agents it was offered to
Recording.Location              recording
Attributes                      what the flow saved; a key named for Diversion or forwarding is redirected_from
==============================  ==========================================================================

Tables have the same by flat names: the console's contact search (``Contact ID``, ``Initiation timestamp``, ``Queue``, ``Agent``,
``System phone number``, ``Connected to agent timestamp``, ``Agent interaction duration``, …, with the columns that were shown, in
the zone the header gives in brackets, else the user's) and ``contact_record`` of the analytics data lake (``contact_id``,
``queue_name``, ``agent_interaction_duration_ms``, …, UTC). The search does not say of which contact a transfer is: it goes on
with the one of the same customer's number that was not over when it began, and is set aside where there is none. Nor does it
say when the flow picked up: an inbound call is taken for picked up at once.

Outcome: answered if an agent was connected in any contact of the chain but a callback; else, with a queue,
abandoned (the caller left), announcement (the flow ended the call), no_answer (it was offered to agents and
ended otherwise) or failed (TELECOM_PROBLEM); without a queue the call never left the flow: announcement. Hold
and interaction may together be longer than the contact: the agent stayed on after the caller left it.

Sure: A (two real records and the vendor's guide were read); B for tables (columns as programs that read such exports name them).

References
----------
Amazon Connect Administrator Guide, "Contact records data model" and "Metrics definitions".
"""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from calltrace.intake.formats import _json, _legs, _sheet
from calltrace.intake.formats._base import Format, Head, Reading, ReadOptions, Stream, columns_of
from calltrace.intake.formats._sheet import Sheet

if TYPE_CHECKING:
    from calltrace.tables.problems import Problem

_WANTED = {
    "contact": ("ContactId",),
    "initial": ("InitialContactId",),
    "previous": ("PreviousContactId",),
    "channel": ("Channel",),
    "method": ("InitiationMethod",),
    "ani": ("CustomerEndpoint", "Address"),
    "dnis": ("SystemEndpoint", "Address"),
    "queue": ("Queue", "Name"),
    "queue_arn": ("Queue", "ARN"),
    "agent": ("Agent", "Username"),
    "agent_arn": ("Agent", "ARN"),
    "connected": ("Agent", "ConnectedToAgentTimestamp"),
    "talk": ("Agent", "AgentInteractionDuration"),
    "hold": ("Agent", "CustomerHoldDuration"),
    "attempts": ("AgentConnectionAttempts",),
    "started": ("InitiationTimestamp",),
    "picked_up": ("ConnectedToSystemTimestamp",),
    "ended": ("DisconnectTimestamp",),
    "reason": ("DisconnectReason",),
    "recording": ("Recording", "Location"),
    "to": ("TransferredToEndpoint", "Address"),
    "updated": ("LastUpdateTimestamp",),
}
_TABLE = {
    "contact": ("contactid",),
    "initial": ("initialcontactid",),
    "previous": ("previouscontactid",),
    "channel": ("channel",),
    "method": ("initiationmethod", "contactdirection"),
    "ani": ("customerphonenumber", "customerendpointaddress"),
    "dnis": ("systemphonenumber", "systemendpointaddress"),
    "queue": ("queue", "queuename"),
    "queue_arn": ("queuearn", "queueid"),
    "agent": ("agent", "agentusername"),
    "agent_arn": ("agentarn", "agentid"),
    "connected": ("connectedtoagenttimestamp", "agentconnectedtoagenttimestamp"),
    "talk": ("agentinteractiondurationms", "agentinteractionduration"),
    "hold": ("agentcustomerholddurationms", "customerholdduration", "agentcustomerholdduration"),
    "attempts": ("agentconnectionattempts",),
    "started": ("initiationtimestamp",),
    "picked_up": ("connectedtosystemtimestamp",),
    "ended": ("disconnecttimestamp",),
    "reason": ("disconnectreason",),
    "recording": ("recordinglocation",),
    "to": ("transferredtoendpointaddress",),
    "updated": ("lastupdatetimestamp",),
}
"""The same in the columns of the contact search and of the data lake."""
_ZONE = re.compile(r"\s*\((?:UTC|GMT)\s*(?:([+-])(\d{1,2}):?(\d{2})?)?\)\s*$", re.IGNORECASE)
_OUTER = {path[0].lower(): path[0] for path in _WANTED.values()} | {"attributes": "Attributes"}
_INNER = {path[1].lower(): path[1] for path in _WANTED.values() if len(path) > 1}
_TIMES = ("connected", "started", "picked_up", "ended", "updated")
_BEGINS = ("INBOUND", "WEBRTC_API")
_GOES_ON = ("TRANSFER", "QUEUE_TRANSFER", "DISCONNECT", "CALLBACK", "AGENT_REPLY", "FLOW")
_ENDED_BY = {
    "CUSTOMER_DISCONNECT": "caller",
    "AGENT_DISCONNECT": "agent",
    "THIRD_PARTY_DISCONNECT": "system",
    "CONTACT_FLOW_DISCONNECT": "system",
    "TELECOM_PROBLEM": "system",
}


def detect(head: Head) -> str | None:
    """Recognise contact records by the version of their format, or by a contact's id and how it began."""
    first = _json.opening(head)
    keys = {key.lower() for key in first or ()}
    if "awscontacttracerecordformatversion" in keys:
        return "JSON key: AWSContactTraceRecordFormatVersion"
    if {"contactid", "initiationmethod"} <= keys:
        return "JSON keys: ContactId, InitiationMethod"
    if keys or _sheet.header_of(head.lines, _fits) is None:
        return None
    return "header: Contact ID, Initiation timestamp, Disconnect timestamp, Channel or Queue"


def _fits(words: frozenset[str]) -> bool:
    plain = {w.partition("utc")[0].partition("gmt")[0] for w in words}  # the zone stands in brackets behind a time's name
    return {"contactid", "initiationtimestamp", "disconnecttimestamp"} <= plain and bool(
        {"channel", "queue", "queuename", "initiationmethod"} & plain
    )


def _column(records: list[_json.Object], path: tuple[str, ...]) -> pa.Array:
    """Return one value of each record as text, null where it has none."""
    found: list[Any] = [r.get(path[0]) for r in records]
    if len(path) > 1:
        found = [v.get(path[1]) if type(v) is dict else None for v in found]
    return pa.array(
        [v if type(v) is str else None if v is None or type(v) in {dict, list} else str(v) for v in found],
        type=pa.string(),
    )


def _as_documented(record: _json.Object) -> _json.Object:
    """Return a record with its keys in the guide's case, for exports that write all of them in lower case."""
    if "ContactId" in record:
        return record
    return {
        _OUTER.get(key.lower(), key): {_INNER.get(k.lower(), k): v for k, v in value.items()}
        if type(value) is dict and key.lower() != "attributes"
        else value
        for key, value in record.items()
    }


def _diverted(record: _json.Object) -> str | None:
    """Return the redirecting number a flow saved among the attributes."""
    attributes = record.get("Attributes")
    if isinstance(attributes, str) and attributes.startswith("{"):
        try:
            attributes = json.loads(attributes)
        except ValueError:
            return None
    if not isinstance(attributes, dict):
        return None
    for key, value in attributes.items():
        name = _sheet.word(key)
        if ("diversion" in name or "forwardedfrom" in name or "redirect" in name) and value:
            return str(value)
    return None


def read(stream: Stream, options: ReadOptions) -> Reading:
    """Read the contacts of one file; :func:`calls_of` makes calls of them.

    Returns
    -------
    Reading
        Table "connect-rows". Contacts without an id or a beginning, and such as go on, are Problems.
    """
    header = _sheet.header_of(stream.head.lines, _fits) if _json.opening(stream.head) is None else None
    if header is not None:
        return _contacts(*_of_table(stream, header, options))
    read = _json.records(stream)
    records = [_as_documented(record) for record in read.values]  # noqa: PD011 -- Records, no frame
    cells = {name: _column(records, path) for name, path in _WANTED.items()}
    cells["diverted"] = pa.array([_diverted(r) for r in records], type=pa.string())
    lines = np.array(read.lines, dtype=np.int64)
    return _contacts(Sheet(stream, options, "calls", cells, lines, read.rows, read.problems))


def _of_table(stream: Stream, header: _sheet.Header, options: ReadOptions) -> tuple[Sheet, float, str]:
    """Return the table's columns by their names here, the seconds a plain number counts, and the zone behind its times."""
    found = [_ZONE.search(cell) for cell in header.cells]
    bare = tuple(_sheet.word(_ZONE.sub("", cell)) for cell in header.cells)
    sheet = _sheet.from_csv(stream, replace(header, words=bare), options)
    lake = sheet.has("agentinteractiondurationms", "queuedurationms", "agentusername")
    signs = {(m.group(1) or "+", int(m.group(2) or 0), int(m.group(3) or 0)) for m in found if m}
    zone = "".join("{}{:02d}:{:02d}".format(*sign) for sign in signs) if len(signs) == 1 else "+00:00" if lake else ""
    for name, words in _TABLE.items():
        sheet.cells[name] = sheet.text(*words)
    going = _sheet.flags(sheet.lower("contactstatus").fillna(""), "in progress", "in_progress")
    sheet.tell(going, "a contact in progress", "a contact that is over", "Row left out; export it again.", "open-call")
    return sheet, 0.001 if sheet.has("agentinteractiondurationms") else 1.0, zone


def _contacts(sheet: Sheet, unit: float = 1.0, zone: str | None = None) -> Reading:
    """Read the contacts of a sheet whose columns have the names of :data:`_WANTED`.

    ``zone`` is the offset of a table's times that have none themselves, '' where that is not known; None for JSON, whose
    times are UTC.
    """
    if zone:
        for name in _TIMES:
            bare = pc.match_substring_regex(sheet.text(name), r"^[^Zz+A-Za-z]*\d$")
            behind = pc.binary_join_element_wise(sheet.text(name), pa.scalar(zone), "")
            sheet.cells[name] = pc.if_else(pc.fill_null(bare, False), behind, sheet.text(name))
    method = sheet.strings("method").str.upper().str.replace(" ", "_")
    if zone is not None:
        sheet.cells["picked_up"] = pc.coalesce(sheet.text("picked_up"), pc.if_else(
            pa.array((method.isin(_BEGINS) | method.isna()).to_numpy(dtype=bool)), sheet.text("started"), None))  # fmt: skip
    contact = sheet.strings("contact")
    sheet.tell(contact.isna().to_numpy(), "no ContactId", "the contact's id", "Record left out.", "missing-value")
    started = sheet.times("started", required="InitiationTimestamp")
    voice = (sheet.lower("channel").fillna("voice") == "voice").to_numpy()
    naive = started.naive if zone is not None else np.zeros(sheet.size, dtype=bool)
    others = {n: sheet.times(n).values for n in _TIMES if n != "started"}  # noqa: PD011 -- Times, no frame
    still = np.isnat(others["ended"]) & voice
    saw, fix = "a contact with no DisconnectTimestamp: it goes on", "Record left out; export it again."
    sheet.tell(still, saw, "a contact that is over", fix, "open-call")
    frame = sheet.frame(
        {
            "contact": contact,
            "initial": sheet.strings("initial"),
            "previous": sheet.strings("previous"),
            "voice": voice,
            "table": np.full(sheet.size, zone is not None),
            "naive": naive,
            "method": method,
            "ani": sheet.numbers("ani"),
            "dnis": sheet.numbers("dnis"),
            "queue": sheet.strings("queue", "queue_arn"),
            "agent": sheet.strings("agent", "agent_arn"),
            "attempts": sheet.seconds("attempts"),
            "talk_s": sheet.seconds("talk", unit=unit),
            "hold_s": sheet.seconds("hold", unit=unit),
            "reason": sheet.strings("reason").str.upper().str.replace(" ", "_"),
            "recording": sheet.strings("recording"),
            "transferred_to": sheet.numbers("to"),
            "redirected_from": sheet.numbers("diverted"),
            "started": started.values,  # noqa: PD011 -- Times, no frame
            **others,
        }
    )
    return _sheet.whole(sheet, "connect-rows", frame, naive=bool(len(frame) and frame["naive"].any()))


def calls_of(rows: pd.DataFrame) -> tuple[pd.DataFrame, list[Problem], list[str]]:
    """Make calls of the contacts of all files: a chain of them is one caller's attempt.

    Returns
    -------
    DataFrame, list of Problem, list of str
        Calls by the chain's first contact; contacts that came again; what became of every contact.
    """
    rows, problems = _legs.latest(rows, "contact", "updated")
    total = len(rows)
    aside: Counter[str] = Counter()
    other_channel = ~rows["voice"].to_numpy(dtype=bool)
    aside["of other channels"] = int(other_channel.sum())
    rows = rows[~other_channel].sort_values("started", kind="stable")
    chain = _chains(rows.assign(previous=rows["previous"].fillna(_going_on_with(rows))))
    begins = rows["method"].isin(_BEGINS) | rows["method"].isna()
    of_callers = chain.isin(chain[begins])
    goes_on = rows["method"].isin(_GOES_ON)
    first_known = chain.isin(rows["contact"])
    orphan = goes_on & ~of_callers & ~first_known
    mine = (of_callers & (begins | goes_on)) | orphan
    aside["outbound, monitoring or of the API"] = int((~mine).sum())
    contacts = rows[mine].assign(chain=chain[mine])
    notes = []
    if orphan.any():
        notes.append(
            f"{chain[orphan].nunique()} calls begin in a record that is not here: their time is that of a transfer"
        )
    calls = _joined(contacts)
    said = _legs.account_for(total, len(calls), len(contacts) - len(calls), +aside)
    calls = calls.sort_values("offered_at", kind="stable", ignore_index=True)
    return _legs.only_instants(calls), problems, [said, *notes]


def _going_on_with(rows: pd.DataFrame) -> pd.Series[str]:
    """Return the contact each transfer of a table goes on with: of the same customer's number, and not over when it began."""
    found = pd.Series(pd.NA, rows.index, dtype="string")
    loose = rows["table"] & rows["method"].isin(_GOES_ON) & rows["initial"].isna() & rows["previous"].isna() & rows["ani"].notna()
    if not loose.any():
        return found
    late = rows.loc[loose, ["ani", "started"]].reset_index(names="place").sort_values("started")
    early = rows.loc[rows["table"] & rows["ani"].notna(), ["ani", "started", "ended", "contact"]].sort_values("started")
    pairs = pd.merge_asof(late, early, on="started", by="ani", allow_exact_matches=False)
    pairs = pairs[pairs["ended"] >= pairs["started"]].set_index("place")
    found[pairs.index] = pairs["contact"].astype("string")
    return found


def _chains(rows: pd.DataFrame) -> pd.Series[str]:
    """Return the first contact of each contact's chain, as the record says, else found by way of the previous."""
    chain = rows["initial"].fillna(rows["contact"])
    unsaid = rows["initial"].isna() & rows["previous"].notna()
    if unsaid.any():
        before = dict(zip(rows["contact"], rows["previous"].where(unsaid, rows["initial"]), strict=True))
        found = rows.loc[unsaid, "previous"]
        for _ in range(20):  # a call transferred more often than that is a loop
            above = found.map(before).astype("string")
            if above.isna().all():
                break
            found = above.fillna(found)
        chain = chain.where(~unsaid, found.reindex(chain.index))
    return chain.astype("string")


def _joined(contacts: pd.DataFrame) -> pd.DataFrame:
    """Return one row a chain; contacts come in order of time."""
    by_agent = contacts[contacts["connected"].notna() & (contacts["method"] != "CALLBACK").fillna(value=True)]
    first = contacts.drop_duplicates("chain").set_index("chain", drop=False)
    index = first.index
    agents = by_agent.drop_duplicates("chain").set_index("chain").reindex(index)
    others = by_agent[by_agent["chain"].duplicated()].drop_duplicates("chain").set_index("chain").reindex(index)
    own = contacts[(contacts["method"] != "CALLBACK").fillna(value=True)]
    last = own.drop_duplicates("chain", keep="last").set_index("chain").reindex(index)
    groups = contacts.groupby("chain", sort=False)
    spoken = by_agent.groupby("chain", sort=False)[["talk_s", "hold_s"]].sum(min_count=1).reindex(index)
    queued = groups["queue"].first().reindex(index)
    attempts = groups["attempts"].max().reindex(index).fillna(0)

    answered = agents["connected"].notna().to_numpy()
    reason = last["reason"].fillna("").to_numpy(dtype=object)
    has_queue = queued.notna().to_numpy()
    outcome = np.select(
        [
            answered,
            reason == "TELECOM_PROBLEM",
            ~has_queue,
            reason == "CUSTOMER_DISCONNECT",
            (attempts > 0).to_numpy(dtype=bool),
            reason == "CONTACT_FLOW_DISCONNECT",
        ],
        ["answered", "failed", "announcement", "abandoned", "no_answer", "announcement"],
        default="abandoned",
    )
    picked_up = first["picked_up"]
    to = others["agent"].fillna(groups["transferred_to"].first().reindex(index))
    end = last["ended"].where(~answered, agents["connected"])
    return pd.DataFrame(
        {
            "call_id": index.astype("string"),
            "linked_id": index.astype("string"),
            "dnis": groups["dnis"].first().reindex(index),
            "ani": groups["ani"].first().reindex(index),
            "agent": agents["agent"],
            "queue": queued,
            "offered_at": first["started"],
            "offered_at__naive": first["naive"],
            "ring_s": _seconds(picked_up.fillna(end) - first["started"]),
            "queue_s": _seconds(end - picked_up),
            "hold_s": spoken["hold_s"],
            "talk_s": spoken["talk_s"],
            "outcome": pd.Series(outcome, index=index, dtype="string"),
            "ended_by": last["reason"].map(_ENDED_BY).astype("string"),
            "hangup_cause": last["reason"],
            "recording": groups["recording"].first().reindex(index),
            "redirected_from": groups["redirected_from"].first().reindex(index),
            "transferred_to": to.astype("string"),
            "source_file": first["source_file"],
            "source_line": first["source_line"],
        }
    ).reset_index(drop=True)


def _seconds(span: pd.Series[pd.Timedelta]) -> pd.Series[float]:
    found = span.dt.total_seconds().astype("Float64")
    return found.where(found >= 0)


FORMAT = Format(
    title="Amazon Connect contact records (JSON, CSV)",
    detect=detect,
    read=read,
    family="cloud",
    sure="A",
    provides=columns_of(
        calls=(
            "call_id linked_id dnis ani agent queue offered_at ring_s queue_s hold_s talk_s outcome "
            "ended_by hangup_cause recording redirected_from transferred_to"
        ),
    ),
)
