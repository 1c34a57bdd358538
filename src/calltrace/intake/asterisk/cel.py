"""Calls out of channel events: what they add to a CDR of the same calls, and legs where there is no CDR.

A call is the events that share a linkedid; the caller's channel is the one that bears it. Beside a CDR (any
channel of the call is in it) the events only complete it: the number dialled, who redirected the call, waits and
talk behind an automatic answer, who hung up, the Q.850 cause. Calls the CDR has no row of (``unanswered=no``, a
log that reaches further) become legs like the CDR's own, one for each application the caller was in, and go the
CDR's way from there. No call is ever made twice.

What the events don't tell: a call on hold stays in its bridge, so ``hold_s`` is what a caller spent out of the
agent's bridge between two stays in it (parked, put on music, transferred and taken back), and NA without one.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from calltrace.intake.asterisk.columns import (
    NO_TIME,
    at_rows,
    between,
    codes,
    either,
    first_of,
    said,
    seconds,
    texts,
)
from calltrace.intake.asterisk.course import DOUBTFUL_PICKUP_S
from calltrace.intake.formats._clocks import epochs_of
from calltrace.intake.formats._values import nullable_array
from calltrace.tables import phones

if TYPE_CHECKING:
    from calltrace.intake.asterisk.columns import Ints, Mask, Texts
    from calltrace.intake.asterisk.heard import Heard
    from calltrace.intake.formats._base import ReadOptions

CHANNEL = re.compile(r"[\w-]+/.")
"""How a channel's name begins: its driver, then what the channel is of (``PJSIP/207-00000002``)."""

_OF_FAR = {"appqueue": "Queue", "appdial": "Dial", "appdial2": "Dial"}
"""What a dialled channel says it is doing, and what the caller's is doing meanwhile."""
_REFUSALS = {17: "Busy", 34: "Congestion", 42: "Congestion", 44: "Congestion"}
"""Causes of a call that got into no application and was refused: user busy, no circuit, congestion."""
_STATUS = {
    "CANCEL": "CANCEL",
    "NOANSWER": "NO ANSWER",
    "BUSY": "BUSY",
    "CHANUNAVAIL": "FAILED",
    "CONGESTION": "FAILED",
}


# --- which calls the CDR has ------------------------------------------------------------


def in_cdr(calls: Heard, legs: pd.DataFrame) -> tuple[Mask, bool]:
    """Say which calls the CDR has, and whether it could be told by ids.

    A CDR without ids has every call of the time it covers, as far as can be known.
    """
    known = np.zeros(calls.size, dtype=bool)
    if legs.empty:
        return known, True
    ids = [legs[name].dropna() for name in ("uniqueid", "linkedid") if name in legs.columns]
    named = pd.Index(pd.unique(pd.concat(ids).astype(object))) if ids else pd.Index([])
    if not len(named):
        start = calls.at(calls.started)
        first, last = seconds(legs["start_at"]).min(), seconds(legs["end_at"]).max()
        return np.asarray((start >= first - 1) & (start <= last + 1), dtype=bool), False
    known[calls.uniqueid_call[np.isin(calls.uniqueid_of, named.to_numpy())]] = True
    return known | np.isin(calls.ids, named.to_numpy()), True


# --- what they add to calls --------------------------------------------------------------


def with_numbers(legs: pd.DataFrame, calls: Heard) -> pd.DataFrame:
    """Return the CDR's legs with the number dialled (``did``) where the CDR has none and the events do."""
    if legs.empty or not said(calls.dnis).any():
        return legs
    place = _place(calls, legs, ("uniqueid", "linkedid"))
    # an inside call's "number dialled" is an extension: only what a trunk delivers is a DID
    number = pd.Series(at_rows(calls.dnis, place, None), index=legs.index, dtype="string")
    number = number.where(number.str.fullmatch(r"\+?\d{7,15}").fillna(False))
    return legs.assign(did=legs["did"].fillna(number) if "did" in legs.columns else number)


def _place(calls: Heard, frame: pd.DataFrame, columns: tuple[str, ...]) -> Ints:
    """Return the number of each row's call by its ids, -1 where the events have none of them."""
    found = np.full(len(frame), -1, dtype=np.int64)
    of_channel = pd.Index(calls.uniqueid_of)
    for name in columns:
        if name not in frame.columns:
            continue
        given = pd.Index(texts(frame[name].fillna("")))
        by_call = pd.Index(calls.ids).get_indexer(given)
        by_channel = of_channel.get_indexer(given)
        place = np.where(by_call >= 0, by_call, at_rows(calls.uniqueid_call, by_channel, -1))
        found = np.where(found >= 0, found, place)
    return found


def complete(made: pd.DataFrame, calls: Heard, alone: Mask, options: ReadOptions) -> pd.DataFrame:
    """Fill what the calls lack and the events have; of what is known only the talk is told apart from the hold.

    ``alone`` says which calls the events have to themselves: the switch's own words for their end are the
    Q.850 cause and the dial status, where those of others are the CDR's.
    """
    place = _place(calls, made, ("linked_id", "call_id"))
    answered = (made["outcome"] == "answered").to_numpy(dtype=bool) & (place >= 0)
    met = answered & (at_rows(calls.person, place, -1) >= 0)
    picked = at_rows(calls.at(calls.answered), place, NO_TIME)
    person = at_rows(calls.person_at, place, NO_TIME)
    by_agent = at_rows(calls.agent_answered, place, NO_TIME)
    automatic = (picked != NO_TIME) & (picked < np.where(by_agent != NO_TIME, by_agent, person) - DOUBTFUL_PICKUP_S)
    queue = np.where(met, np.where(automatic, between(person, picked), 0.0), np.nan)
    talk = np.where(met, at_rows(calls.talk_s, place, np.nan), np.nan)
    hold = np.where(met, at_rows(calls.hold_s, place, np.nan), np.nan)
    filled = made.copy()
    for name, values in (("queue_s", queue), ("talk_s", talk), ("hold_s", hold)):
        filled[name] = filled[name].fillna(pd.Series(nullable_array(values), index=filled.index))
    # the CDR and the queue_log count as talk what was out of the bridge
    filled["talk_s"] = filled["talk_s"].mask(~np.isnan(hold), pd.Series(nullable_array(talk), index=filled.index))
    source = at_rows(calls.source, place, None)
    caller = at_rows(calls.text("channel", calls.started), place, None)
    by = np.full(len(made), None, dtype=object)
    outside = np.array([str(s).startswith("dialplan") for s in source.tolist()], dtype=bool)
    # nobody is blamed for a text that is no channel's name: the event was not understood then
    channel = np.array([bool(CHANNEL.match(str(s))) for s in source.tolist()], dtype=bool)
    by[said(source) & channel & ~outside & answered] = "agent"
    by[said(source) & (source == caller)] = "caller"
    by[outside] = "system"
    redirected = pd.Series(at_rows(calls.redirected_from, place, None), index=made.index, dtype="string")
    for name, told in (
        ("ended_by", by),
        ("transferred_to", at_rows(calls.transferred_to, place, None)),
        ("agent", either(met, at_rows(calls.agent, place, None), None)),
        ("redirected_from", texts(phones.clean(redirected, options.region))),
    ):
        column = pd.Series(told, index=filled.index, dtype="string")
        filled[name] = filled[name].fillna(column) if name in filled.columns else column
    cause = pd.Series(at_rows(calls.cause, place, None), index=made.index, dtype="string")
    cause = cause.mask((cause == "0").fillna(False))
    status = pd.Series(at_rows(calls.status, place, None), index=made.index, dtype="string")
    own = at_rows(alone, place, False).astype(bool)
    word = filled["hangup_cause"].mask(own, status)
    joined = word.fillna("") + cause.radd(", Q.850 ").fillna("")
    joined = joined.str.removeprefix(", ")
    filled["hangup_cause"] = joined.mask(joined == "")
    return filled


# --- legs of calls the CDR lacks ---------------------------------------------------------


def legs_of(calls: Heard, which: Mask) -> pd.DataFrame:
    """Return legs like the CDR's, one for each application the callers of some calls were in.

    A call without its beginning or its end is none: it began before the log, or is still up.
    """
    whole = which & (calls.started >= 0) & (calls.ended >= 0)
    events, code = calls.events, calls.code
    app = _apps(calls, whole)
    if app.empty:
        return pd.DataFrame()
    call = app["call"].to_numpy()
    place = app["place"].to_numpy()
    begins = np.concatenate(([True], call[1:] != call[:-1]))
    ends = np.concatenate((begins[1:], [True]))
    start = np.where(begins, calls.at(calls.started)[call], calls.at(place))
    over = calls.at(calls.ended)[call]
    end = np.maximum(np.where(ends, over, np.append(start[1:], 0)), start)
    until = np.where(ends, len(events), np.append(place[1:], 0))
    dialled = np.flatnonzero((events["event"] == "CHAN_START").to_numpy(dtype=bool) & ~calls.own)
    rung = np.searchsorted(dialled, until, side="left") - 1
    rung = at_rows(dialled, rung, -1)
    rung = np.where((rung >= np.where(begins, calls.started[call], place)) & (at_rows(code, rung, -1) == call), rung, -1)
    answer = calls.at(calls.answered)[call]
    answer = np.where((answer != NO_TIME) & (answer <= end), answer, NO_TIME)
    # the row in which a person came on
    person = calls.person[call]
    here = (person >= 0) & (person >= np.where(begins, 0, place)) & (person < until) & (answer != NO_TIME)
    far = either(here, _people(calls)[call], calls.text("channel", rung))
    status = np.array([_STATUS.get(str(s), "") for s in calls.status[call].tolist()], dtype=object)
    word = np.where(said(far), "NO ANSWER", np.where(answer != NO_TIME, "ANSWERED", "NO ANSWER"))
    word = np.where(ends & (status != "") & said(far) & ~here, status, np.where(here, "ANSWERED", word))
    own_name = calls.text("cid_name", calls.started)[call]
    own_number = calls.text("cid_num", calls.started)[call]
    frame = pd.DataFrame(
        {
            "accountcode": _first_said(calls, "accountcode")[call],
            "src": own_number,
            "dst": either(begins, calls.text("exten", calls.started)[call], calls.text("exten", place)),
            "dcontext": either(begins, calls.text("context", calls.started)[call], calls.text("context", place)),
            "clid": np.array(
                [f'"{n or ""}" <{u or ""}>' for n, u in zip(own_name.tolist(), own_number.tolist(), strict=True)],
                dtype=object,
            ),
            "channel": calls.text("channel", calls.started)[call],
            "dstchannel": far,
            "lastapp": app["app"].to_numpy(dtype=object),
            "lastdata": app["data"].to_numpy(dtype=object),
            "disposition": word,
            "uniqueid": calls.ids[call],
            "userfield": _first_said(calls, "userfield")[call],
            "linkedid": calls.ids[call],
            "did": calls.dnis[call],
        },
        dtype="string",
    )
    frame["duration_s"] = (end - start).astype(float)
    frame["billsec_s"] = np.nan_to_num(between(end, np.maximum(answer, start))) * (answer != NO_TIME)
    for name, stamps in (("start_at", start), ("answer_at", answer), ("end_at", end)):
        raw = np.where(stamps == NO_TIME, 0, stamps).astype("datetime64[s]").astype("datetime64[us]")
        raw[stamps == NO_TIME] = np.datetime64("NaT", "us")
        frame[name] = pd.Series(raw).dt.tz_localize("UTC")
    born = epochs_of(frame)
    frame["epoch_s"] = pd.array(np.where(np.isnan(born), 0, born).astype(np.int64), dtype="Int64")
    frame.loc[np.isnan(born), "epoch_s"] = pd.NA
    frame["source_file"] = events["source_file"].iloc[calls.started[call]].reset_index(drop=True)
    frame["source_line"] = events["source_line"].to_numpy()[calls.started[call]]
    return frame


def _apps(calls: Heard, whole: Mask) -> pd.DataFrame:
    """Return which application each caller was in from which event on, runs of one told once.

    By the caller's own events; by a channel that is dialled (AppQueue, AppDial), from its start; and by the
    dialplan hanging up. A caller who was in none, or was refused, has one row all the same.
    """
    events, code = calls.events, calls.code
    named = texts(events["app"])
    lower = np.array([str(name).lower() for name in named.tolist()], dtype=object)
    ongoing = ~events["event"].isin(["HANGUP", "CHAN_END", "LINKEDID_END", "APP_END"]).to_numpy(dtype=bool)
    outgoing = np.isin(lower, list(_OF_FAR))
    mine = np.flatnonzero(calls.own & said(named) & ~outgoing & ongoing & whole[code])
    # a dialled channel's application is known from a later event of it, and holds from its start
    theirs = np.flatnonzero(~calls.own & outgoing & whole[code])
    channel, _ = codes(events["channel"])
    births = first_of(
        channel,
        np.flatnonzero((events["event"] == "CHAN_START").to_numpy(dtype=bool) & (channel >= 0)),
        int(channel.max(initial=-1)) + 1,
    )
    born = np.where(channel[theirs] >= 0, births[channel[theirs]], -1)
    born = np.where((born >= 0) & (code[born] == code[theirs]), born, theirs)
    data = texts(events["appdata"])
    cause = pd.to_numeric(pd.Series(calls.cause), errors="coerce").fillna(-1).astype(int).to_numpy()
    by_plan = np.array([str(s).startswith("dialplan") for s in calls.source.tolist()], dtype=bool)
    busy = np.isin(np.arange(calls.size), code[np.concatenate((mine, theirs))])
    refused = whole & ~busy & (calls.answered < 0) & np.isin(cause, list(_REFUSALS))
    idle = np.flatnonzero(whole & ~busy & ~refused & ~by_plan)
    plan = np.flatnonzero(whole & by_plan & ~refused)
    turned = np.flatnonzero(refused)
    found = pd.DataFrame(
        {
            "call": np.concatenate((code[mine], code[theirs], idle, turned, plan)),
            "place": np.concatenate((mine, born, calls.started[idle], calls.started[turned], calls.ended[plan])),
            "app": np.concatenate(
                (
                    # answered, and in nothing that is logged: something is played to the caller
                    np.where(lower[mine] == "answer", "Wait", named[mine]),
                    np.array([_OF_FAR[name] for name in lower[theirs].tolist()], dtype=object),
                    np.full(len(idle), "NoOp", dtype=object),
                    np.array([_REFUSALS[c] for c in cause[turned].tolist()], dtype=object),
                    np.full(len(plan), "Hangup", dtype=object),
                )
            ),
            "data": np.concatenate(
                (data[mine], np.full(len(theirs) + len(idle) + len(turned) + len(plan), None, dtype=object))
            ),
            "weak": np.concatenate(
                (np.zeros(len(mine)), np.ones(len(theirs)), np.zeros(len(idle) + len(turned) + len(plan)))
            ),
        }
    ).sort_values(["call", "place", "weak"], kind="stable", ignore_index=True)
    same = (found["call"] == found["call"].shift()) & (
        found["app"].str.lower() == found["app"].str.lower().shift()
    )
    # a dialled channel tells the application before the caller's own event tells its arguments
    found["data"] = found["data"].groupby((~same).cumsum()).transform("first")
    return found[~same].reset_index(drop=True)


def _people(calls: Heard) -> Texts:
    """Return the channel of each call's first person."""
    old = calls.text("event", calls.person) == "BRIDGE_START"
    return either(old, calls.text("peer", calls.person), calls.text("channel", calls.person))


def _first_said(calls: Heard, column: str) -> Texts:
    rows = np.flatnonzero(calls.own & calls.events[column].notna().to_numpy(dtype=bool))
    return calls.text(column, first_of(calls.code, rows, calls.size))
