r"""Webex Calling detailed call history: Control Hub's report (CSV) and the API's records (JSON), also streamed.

One record is one leg as one party saw it; the legs of a call share a ``Correlation ID``. A call to a queue has a leg that
the queue received (TERMINATING), and for each agent it tried one that the queue placed (ORIGINATING) and one that the agent
received (TERMINATING). A row of the report, with a few of its sixty columns::

    Start time,Answer time,Duration,Calling number,Called number,User,Correlation ID,Direction,Call type,User type,Answered
    2026-04-16T04:05:57.120Z,2026-04-16T04:06:11.350Z,81,+15855550117,+15855550178,Bea Ray,4c1f…,TERMINATING,SIP_INBOUND,User,true

=======================  =======================================================================================
field                    what
=======================  =======================================================================================
Correlation ID           the call: call_id; linked_id is that of the first call of a consultation
Transfer related call    the Local call ID of a leg of the other call, where an agent asked before handing it on: both
ID                       are one caller's attempt
Direction, Call type,    a caller's attempt has a TERMINATING leg that is SIP_INBOUND or came by an Inbound trunk; other
Inbound trunk            calls are set aside
Start time               offered_at of the first such leg, UTC
Called number,           its dnis, ani and caller_name; redirected_from, the number the call was forwarded from; the
Calling number,          first User that is a queue or a hunt group is the queue
Calling line ID,
Redirecting number
User type                who a leg's party is: User, Place, VirtualLine, LocalGateway … pick up as agents; CallCenter…,
                         AutomatedAttendant…, VoiceXML, VoiceMail… are machines, and a HuntGroup lets ring
Answered,                a leg was picked up; Yes-PostRedirection: not by its own party, but by where the call went on to,
Answer indicator         which is voicemail where no leg tells of it
Answer time,             when; talk_s is from there to the end, less Hold duration, which is hold_s, of all agents' legs
Release time
Ring duration, Duration  s; what those times are made of where they are missing
Releasing party          ended_by: Remote of a leg somebody received is the caller
Call outcome, … reason   hangup_cause; UserBusy is busy, what is refused or failed without ringing is failed
Report ID, Report time   the record, and when it was written: a stream may deliver it twice
agents: ring_no_answer   an agent's leg that rang six seconds and more and was not answered, while the call went on
=======================  =======================================================================================

Outcome: answered by an agent's leg, or by the outside number it was forwarded to; else voicemail; abandoned, where the caller
left a queue or a phone that rang; announcement, where the service hung up on a caller it had picked up, and where only an auto
attendant did; no_answer, busy, failed. A call handed on without asking (blind transfer) is two calls in these records, which
nothing links.

Sure: B (two real records of the vendor's labs, the API's reference and notes of people who joined such legs were read).

References
----------
developer.webex.com, "Reports: Detailed Call History"; help.webex.com, "Reports for your cloud collaboration portfolio".
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow.compute as pc

from calltrace.intake.formats import _again, _legs, _sheet
from calltrace.intake.formats._base import Format, Head, Reading, ReadOptions, Stream, columns_of
from calltrace.intake.ringing import RING_S

if TYPE_CHECKING:
    from calltrace.tables.problems import Problem

_QUEUES = r"callcenter|huntgroup|routepoint"
_SPEAKS = r"callcenter|attendant|voicexml|voicemail|paging"
"""Parties that pick a call up themselves; a hunt group only lets phones ring."""
_OUTSIDE = ("sip_national", "sip_international", "sip_mobile", "sip_tollfree", "sip_premium", "sip_shortcode")
_NOT_PICKED_UP = ("noanswer", "noanswerfromuser", "nouserresponse", "sip408")
_LEFT = ("sip487",)
"""Of what the service calls a refusal: ended by bye or cancel."""
_EACH_OTHERS_S = 1.0
"""How far apart the end of one phone's ringing and another's answer may be, where all rang together."""


def _fits(words: frozenset[str]) -> bool:
    parties = {"starttime", "correlationid", "callingnumber", "callednumber", "direction"} <= words
    return parties and bool({"answered", "answerindicator"} & words)


def detect(head: Head) -> str | None:
    """Recognise the history by Correlation ID, Calling and Called number, Direction and Answered."""
    return _sheet.recognised(head, _fits, "Start time, Correlation ID, Calling number, Called number, Direction, Answered")


def read(stream: Stream, options: ReadOptions) -> Reading:
    """Read the legs of one file; :func:`calls_of` makes calls of them.

    Returns
    -------
    Reading
        Table "webex-rows", times UTC, durations in seconds. Legs without a start or a Correlation ID are Problems.
    """
    sheet = _sheet.sheet_of(stream, options, _fits)
    started = sheet.times("starttime", required="Start time", utc=True)
    linked = sheet.strings("correlationid")
    sheet.tell(linked.isna().to_numpy(dtype=bool), "no Correlation ID", "the call's id", "Row left out.", "missing-value")
    ring, spoken, held = sheet.seconds("ringduration"), sheet.seconds("duration"), sheet.seconds("holdduration")
    picked_up, ended = sheet.times("answertime", utc=True), sheet.times("releasetime", utc=True)
    begin = pd.Series(started.values)
    said = sheet.lower("answered").fillna(sheet.lower("answerindicator")).fillna("")
    answered = said.isin(("true", "yes", "yes-postredirection"))
    at = pd.Series(picked_up.values).fillna(begin + _span(ring)).where(answered)
    over = pd.Series(ended.values).fillna((at + _span(spoken)).where(answered, begin + _span(ring)))
    way, kind = sheet.lower("direction").fillna(""), sheet.lower("calltype").fillna("")
    received = way.str.startswith("term")
    party = sheet.lower("usertype").fillna("user")
    report = sheet.strings("reportid")
    if report.isna().any():
        own = ("correlationid", "localcallid", "starttime", "direction", "user", "callingnumber", "callednumber", "duration")
        report = report.fillna(sheet.made_ids(*own))
    _again.leave_out_repeats(sheet, linked)
    return _sheet.reading(
        sheet,
        "webex-rows",
        {
            "report": report,
            "updated": pd.Series(sheet.times("reporttime", utc=True).values).fillna(over),
            "linked_id": linked,
            "own": sheet.strings("localcallid"),
            "other": sheet.strings("transferrelatedcallid"),
            "received": received,
            "came_in": received & (kind.str.contains("inbound") | sheet.strings("inboundtrunk").notna()),
            "outside": ~received & kind.isin(_OUTSIDE),
            "internal": kind.str.contains("enterprise"),
            "queue": party.str.contains(_QUEUES),
            "speaks": party.str.contains(_SPEAKS),
            "mail": party.str.contains("voicemail"),
            "answered": answered,
            "went_on": sheet.lower("answerindicator").eq("yes-postredirection").fillna(value=False),
            "elsewhere": sheet.lower("answeredelsewhere").eq("yes").fillna(value=False),
            "start": begin,
            "at": at,
            "end": over.fillna(at).fillna(begin),
            "held": held,
            "dnis": sheet.numbers("callednumber"),
            "ani": sheet.numbers("callingnumber"),
            "name": sheet.strings("callinglineid").mask(sheet.lower("callinglineid").isin(("na", "unavailable"))),
            "user": sheet.strings("user", "usernumber", "callednumber"),
            "diverted": sheet.numbers("redirectingnumber"),
            "trunk": sheet.strings("inboundtrunk"),
            "released": sheet.lower("releasingparty").fillna(""),
            "result": sheet.lower("calloutcome").fillna(""),
            "why": sheet.lower("calloutcomereason").fillna(""),
            "cause": pd.Series(
                pd.array(
                    pc.binary_join_element_wise(
                        sheet.text("calloutcome"), sheet.text("calloutcomereason"), ", ", null_handling="skip"
                    ),
                    dtype="string",
                )
            ).replace("", pd.NA),
        },
        time="",
    )


def _span(seconds: pd.Series[float]) -> pd.Series[pd.Timedelta]:
    span = pd.to_timedelta(seconds.astype("Float64").to_numpy(dtype=float, na_value=np.nan), unit="s")
    return span.to_series(index=seconds.index)


def calls_of(rows: pd.DataFrame) -> tuple[pd.DataFrame, list[Problem], list[str]]:
    """Make calls of the legs of all files: those of one correlation, and of the consultations out of it.

    Returns
    -------
    DataFrame, list of Problem, list of str
        Calls; legs that came again; what became of every leg.
    """
    rows, problems = _legs.latest(rows, "report", "updated")
    legs = _gathered(rows)
    mine = legs["call"].isin(legs.loc[legs["came_in"], "call"])
    internal = ~mine & legs.groupby("call")["internal"].transform("all")
    aside = Counter({"internal": int(internal.sum()), "outbound": int((~mine & ~internal).sum())})
    calls = _calls(legs[mine])
    said = _legs.account_for(len(rows), len(calls), int(mine.sum()) - len(calls), +aside)
    return calls, problems, [said]


def rings_of(rows: pd.DataFrame, calls: pd.DataFrame) -> pd.DataFrame:
    """Return an event of the agents table for each agent's phone that rang out while the call went on."""
    rows, _ = _legs.latest(rows, "report", "updated")
    legs = _gathered(rows)
    over = legs["end"].where(legs["received"]).groupby(legs["call"]).transform("max")
    taken = legs["at"].where(_by_agent(legs)).groupby(legs["call"]).transform("min")
    on = taken.where(taken >= legs["start"], over)  # whose phone rings after the call was taken is asked, or handed it
    rang = (legs["end"] - legs["start"]).dt.total_seconds()
    out = legs["received"] & ~legs["queue"] & ~legs["speaks"] & ~legs["answered"] & ~legs["elsewhere"]
    out &= (rang >= RING_S) & ((on - legs["end"]).dt.total_seconds() > _EACH_OTHERS_S)
    some = legs[out & legs["call"].isin(calls["call_id"])]
    return pd.DataFrame({
        "at": some["end"].astype("datetime64[us]").dt.tz_localize("UTC"),
        "agent": some["user"],
        "event": pd.array(["ring_no_answer"] * len(some), dtype="string"),
        "call_id": some["call"],
        "source_file": some["source_file"],
        "source_line": some["source_line"],
    }).reset_index(drop=True)


def _gathered(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the legs in order of time with the ``call`` each is of: the correlation of the first of its consultations."""
    legs = rows.sort_values("start", kind="stable", ignore_index=True)
    of_leg = legs.dropna(subset=["own"]).drop_duplicates("own").set_index("own")["linked_id"]
    other = legs["other"].map(of_leg).astype("string")
    ties = (other.notna() & (other != legs["linked_id"])).fillna(value=False)
    first = legs.groupby("linked_id", sort=False)["start"].min()
    head: dict[str, str] = {}

    def root(call: str) -> str:
        while (above := head.get(call)) is not None:
            call = above
        return call

    for one, two in zip(legs.loc[ties, "linked_id"], other[ties], strict=True):
        early, late = sorted((root(one), root(two)), key=lambda c: (first[c], c))
        if early != late:
            head[late] = early
    roots = {call: root(call) for call in head}
    return legs.assign(call=legs["linked_id"].map(roots).astype("string").fillna(legs["linked_id"]))


def _by_agent(legs: pd.DataFrame) -> pd.Series[bool]:
    """Return where a person picked up."""
    return legs["received"] & legs["answered"] & ~legs["queue"] & ~legs["speaks"] & ~legs["went_on"]


def _calls(legs: pd.DataFrame) -> pd.DataFrame:
    """Return one row a call of legs in order of time, each call with a leg that came in."""
    first = legs[legs["came_in"]].drop_duplicates("call").set_index("call", drop=False)
    index = first.index
    received = legs[legs["received"]]
    by_end = received.sort_values(["end", "start"], kind="stable")
    last = by_end.drop_duplicates("call", keep="last").set_index("call").reindex(index)
    taken = legs[_by_agent(legs)].sort_values("at", kind="stable")
    agent = taken.drop_duplicates("call").set_index("call").reindex(index)
    away = legs[legs["outside"] & legs["answered"]].drop_duplicates("call").set_index("call").reindex(index)
    by_agent = agent["at"].notna()
    forwarded = away["at"].notna() & ~by_agent
    second = taken[(taken["user"] != taken["call"].map(agent["user"])).fillna(value=False)]
    talk = (taken["end"] - taken["at"]).dt.total_seconds() - taken["held"].fillna(0).astype(float)
    spoken = talk.clip(lower=0).groupby(taken["call"]).sum().reindex(index)
    spoken = spoken.fillna((away["end"] - away["at"]).dt.total_seconds().where(forwarded))
    held = taken.groupby("call")["held"].sum(min_count=1).reindex(index)
    up = received[received["answered"] & (received["speaks"] | received["went_on"])].groupby("call")["at"].min().reindex(index)

    def some(flag: pd.Series[bool]) -> pd.Series[bool]:
        return pd.Series(index.isin(received.loc[flag, "call"]), index=index)

    queued, spoke = some(received["queue"]), up.notna()
    mail = some((received["mail"] & received["answered"]) | received["went_on"])
    left = (last["released"] == "remote") | last["why"].isin(_LEFT)
    refused = last["result"].isin(("refusal", "failure")) & ~last["why"].isin((*_NOT_PICKED_UP, *_LEFT))
    outcome = np.select(
        [
            by_agent | forwarded, mail, ~queued & (last["why"] == "userbusy"), ~queued & ~spoke & refused, queued & left,
            spoke, left,
        ],
        ["answered", "voicemail", "busy", "failed", "abandoned", "announcement", "abandoned"],
        default="no_answer",
    )  # fmt: skip
    done = agent["at"].fillna(away["at"]).fillna(last["end"])
    picked_up = up.where(up.isna() | (up < done), done)
    own = taken.drop_duplicates("call", keep="last").set_index("call")["released"].reindex(index)
    released = own.where(by_agent, last["released"]).mask(forwarded).fillna("")
    ended_by = released.map({"remote": "caller", "local": "system"}).mask((released == "local") & by_agent, "agent")
    to = second.drop_duplicates("call").set_index("call")["user"].reindex(index).fillna(away["dnis"].where(forwarded))
    return pd.DataFrame({
        "call_id": index.astype("string"),
        "linked_id": index.astype("string"),
        "dnis": first["dnis"],
        "ani": first["ani"],
        "caller_name": first["name"],
        "agent": agent["user"],
        "queue": received[received["queue"]].drop_duplicates("call").set_index("call")["user"].reindex(index),
        "trunk_group": first["trunk"],
        "offered_at": first["start"].astype("datetime64[us]").dt.tz_localize("UTC"),
        "ring_s": _seconds(picked_up.fillna(done) - first["start"]),
        "queue_s": _seconds(done - up).where(~forwarded),
        "hold_s": held.astype("Float64").where(by_agent),
        "talk_s": spoken.astype("Float64").round(3).where(by_agent | forwarded),
        "outcome": pd.Series(outcome, index=index, dtype="string"),
        "ended_by": ended_by.astype("string"),
        "hangup_cause": last["cause"],
        "redirected_from": first["diverted"],
        "transferred_to": to.astype("string"),
        "source_file": first["source_file"],
        "source_line": first["source_line"],
    }).sort_values("offered_at", kind="stable", ignore_index=True)


def _seconds(span: pd.Series[pd.Timedelta]) -> pd.Series[float]:
    found: pd.Series[float] = span.dt.total_seconds().astype("Float64").round(3)
    return found.where(found >= 0)


FORMAT = Format(
    title="Webex Calling detailed call history (CSV, JSON)",
    detect=detect,
    read=read,
    family="cloud",
    sure="B",
    provides=columns_of(
        calls=(
            "call_id linked_id dnis ani caller_name agent queue trunk_group offered_at ring_s queue_s hold_s talk_s "
            "outcome ended_by hangup_cause redirected_from transferred_to"
        ),
        agents="at agent event call_id",
    ),
)
