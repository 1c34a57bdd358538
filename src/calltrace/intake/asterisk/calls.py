"""One row a caller's attempt, out of legs and what the queue_log says beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from calltrace.intake.asterisk.columns import (
    NO_TIME,
    at_rows,
    by_value,
    codes,
    either,
    instants,
    matches,
    said,
    texts,
)
from calltrace.intake.asterisk.course import DOUBTFUL_PICKUP_S, Rows
from calltrace.intake.asterisk.legs import WENT_ON_S, outside, peers_of
from calltrace.intake.asterisk.waits import automatic, durations
from calltrace.intake.formats._values import nullable_array
from calltrace.tables import phones

if TYPE_CHECKING:
    from calltrace.intake.asterisk.columns import Ints, Mask, Texts
    from calltrace.intake.asterisk.course import Course
    from calltrace.intake.formats._base import ReadOptions

# --- one row an attempt ---------------------------------------------------------------


def calls_of(rows: Rows, course: Course, options: ReadOptions) -> pd.DataFrame:
    """Return one row an attempt, in the order of ``rows``."""
    legs, log = rows.legs, rows.log
    transferred = _transferred(rows, course)
    dnis = texts(phones.clean(pd.Series(_dialled(rows, transferred), dtype="string"), options.region))
    account = _accounts(rows, dnis)
    auto = automatic(rows, course, dnis, account)
    outcome, ended_by = _outcomes(rows, course, dnis, auto)
    ring, queue, talk = durations(rows, course, auto)
    own_id = at_rows(texts(legs["uniqueid"]), rows.first, None) if "uniqueid" in legs.columns else rows.ids
    named = by_value(legs["lastdata"], lambda data: data.str.split(",").str[0])
    by_cdr = at_rows(named, rows.first_where(rows.app.queue), None)
    queue_name = either(rows.in_log, log.queue, by_cdr)
    columns: dict[str, Texts] = {
        "call_id": either(said(own_id), own_id, rows.ids),
        "linked_id": rows.ids,
        "account": account,
        "dnis": dnis,
        "trunk_group": either(rows.on_trunk, rows.peer[rows.first], None),
        "agent": _agents(rows, course),
        "outcome": outcome,
        "ended_by": ended_by,
        "hangup_cause": _causes(rows, course),
        "queue": queue_name,
        "transferred_to": transferred,
    }
    if "recordingfile" in legs.columns:
        kept = rows.first_where(legs["recordingfile"].notna().to_numpy(dtype=bool))
        columns["recording"] = at_rows(texts(legs["recordingfile"]), kept, None)
    frame = pd.DataFrame({name: pd.array(values, dtype="string") for name, values in columns.items()})
    frame["ani"] = phones.clean(_callers(rows), options.region)
    frame["caller_name"] = _names(rows)
    frame["offered_at"] = instants(course.offered)
    frame["ring_s"], frame["queue_s"], frame["talk_s"] = nullable_array(ring), nullable_array(queue), nullable_array(talk)
    frame["hold_s"] = nullable_array(np.where(course.reached, np.nan, 0.0))
    frame["source_file"] = legs["source_file"].iloc[rows.first].reset_index(drop=True)
    frame["source_line"] = legs["source_line"].to_numpy()[rows.first]
    return frame


def _transferred(rows: Rows, course: Course) -> Texts:
    """Return where an agent sent the caller on to: by the queue_log, else by the caller's next Dial row.

    A blind transfer writes the target over the dst of the row the agent answered, too.
    """
    person = course.person[rows.call]
    done = np.append(rows.end, NO_TIME)[person]
    follows = rows.own & rows.app.dial & (person >= 0) & (np.arange(len(rows.call)) > person) & ~course.went_on
    onward = rows.first_where(follows & (rows.start >= done - WENT_ON_S))
    by_row = at_rows(texts(rows.legs["dst"]), onward, None)
    return either(said(rows.log.transferred_to), rows.log.transferred_to, by_row)


def _dialled(rows: Rows, transferred: Texts) -> Texts:
    """Return the number each caller dialled; None where nothing says it.

    In order: the queue_log's DID line, FreePBX's ``did``, a userfield that is a phone number, the extension
    of the earliest row in a context for calls from outside that no transfer has written over.
    """
    legs = rows.legs
    dst, onward = texts(legs["dst"]), transferred[rows.call]
    inside = outside(legs)
    if not inside.any():
        # no context tells: callers come in where most calls of trunks begin
        context, names = codes(legs["dcontext"])
        begin = context[rows.first[rows.on_trunk]]
        begin = begin[begin >= 0]
        if not len(names):
            inside = np.ones(len(context), dtype=bool)  # a report without contexts
        elif len(begin):
            inside = context == np.bincount(begin, minlength=len(names)).argmax()
    numeric = matches(legs["dst"], lambda text: text.str.fullmatch(r"\+?\d{3,15}"))
    candidates = []
    if "did" in legs.columns:
        candidates.append((texts(legs["did"]), legs["did"].notna().to_numpy(dtype=bool)))
    if "userfield" in legs.columns:
        field = texts(legs["userfield"])
        number = matches(legs["userfield"], lambda text: text.str.fullmatch(r"\+?\d{7,15}"))
        candidates.append((field, number & rows.own & (field != texts(legs["src"]))))
    candidates.append((dst, inside & numeric & rows.own & rows.on_trunk[rows.call] & (dst != onward)))
    found = rows.log.did
    for values, mask in candidates:
        found = either(said(found), found, at_rows(values, rows.first_where(mask), None))
    return found


def _accounts(rows: Rows, dnis: Texts) -> Texts:
    """Return the account of each call: its accountcode, else the one its number always has; None where no code tells.

    A call that ended before the dialplan set the code has the code of its number's other calls. Whose a number is
    that no code belongs to, the accounts table may know: it is asked when all files are put together.
    """
    given = rows.legs["accountcode"].notna().to_numpy(dtype=bool) & rows.own
    account = at_rows(texts(rows.legs["accountcode"]), rows.first_where(given), None)
    known = pd.DataFrame({"dnis": dnis, "account": account}, dtype="string").dropna().drop_duplicates()
    known = known.drop_duplicates("dnis", keep=False)
    of_number = dict(zip(known["dnis"].tolist(), known["account"].tolist(), strict=True))
    for n in np.flatnonzero(~said(account) & said(dnis)).tolist():
        account[n] = of_number.get(dnis[n])
    return account


# --- how it ended ---------------------------------------------------------------------


def _outcomes(rows: Rows, course: Course, dnis: Texts, auto: Ints) -> tuple[Texts, Texts]:
    """Return how each attempt ended and who ended it (None where the logs don't say).

    The last row's application is where the caller was when the call ended; what the queue_log says goes
    before it.
    """
    app, last = rows.app, rows.last
    in_queue, in_dial, at_hangup = app.queue[last], app.dial[last], app.hangup[last]
    refused, listening, nowhere = app.refusing[last], app.speaking[last], app.none[last]
    between_steps = ~(in_queue | in_dial | at_hangup | refused | listening | nowhere | app.voicemail[last])
    disposition = texts(rows.legs["disposition"])[last]
    picked, reached = course.picked != NO_TIME, course.reached
    queued = rows.any_of(rows.app.queue) | rows.in_log
    rung = rows.any_of(rows.app.dial & rows.own)
    voicemail = rows.any_of(rows.app.voicemail & rows.own)
    rang_out = _rang_out(rows)
    # who was played a greeting on the way to the queue, and who a recording that leads nowhere
    played_out = picked & ~queued & ~rung & at_hangup & ~reached
    greeting = _greeted(dnis, course.offered, queued, played_out, auto)
    how = rows.log.how

    outcome = np.full(rows.size, "failed", dtype=object)
    ended = np.full(rows.size, "system", dtype=object)

    def say(mask: Mask, word: str, by: str | None) -> None:
        outcome[mask], ended[mask] = word, by

    say(between_steps, "abandoned", "caller")  # gone in an instant, between two steps of the dialplan
    say(at_hangup & picked, "announcement", "system")
    # phones rang in vain behind a greeting, and the switch hung up at once: nothing more was played
    spoke = rows.legs["duration_s"].to_numpy(dtype=float)[last] > DOUBTFUL_PICKUP_S
    say(at_hangup & ~(picked & spoke) & (rows.any_of(rows.own & rows.has_far) | rung), "no_answer", "system")
    say(at_hangup & ~picked & (queued | rung), "no_answer", "system")
    say(at_hangup & ~picked & ~queued & ~rung, "failed", "system")
    say(listening & greeting, "abandoned", "caller")
    say(listening & ~greeting, "announcement", "caller")
    say(in_queue, "abandoned", "caller")
    say(in_dial & (disposition == "CANCEL"), "abandoned", "caller")
    say(in_dial & (disposition == "NO ANSWER") & ~rang_out, "abandoned", "caller")
    say(in_dial & (disposition == "NO ANSWER") & rang_out, "no_answer", "system")
    say(in_dial & (disposition == "BUSY"), "busy", "system")
    for word in ("FAILED", "CONGESTION", "UNKNOWN"):
        say(in_dial & (disposition == word), "failed", "system")
    say(in_dial & (disposition == "ANSWERED") & ~rows.has_far[last], "abandoned", "caller")
    say(refused, "busy", "system")
    say(nowhere & ~picked, "failed", "system")  # the switch was still starting
    say(nowhere & (picked | (disposition == "ANSWERED")), "abandoned", "caller")
    say(voicemail, "voicemail", None)
    for word in ("ABANDON", "AGENTDUMP", "SYSCOMPAT"):
        say((how == word) & ~reached, "abandoned", "caller")
    for word in ("EXITEMPTY", "EXITWITHTIMEOUT", "EXITWITHKEY", "WITHDRAW"):
        say((how == word) & ~reached & ~voicemail & (in_queue | in_dial), "no_answer", "system")
    say(reached, "answered", None)
    ended[reached & ((how == "COMPLETECALLER") | (rows.log.again_s > 0) & (how == "ABANDON"))] = "caller"
    ended[reached & (how == "COMPLETEAGENT")] = "agent"
    return outcome, ended


def _rang_out(rows: Rows) -> Mask:
    """Say whether the last row's Dial rang as long as its second argument said, or was told nothing."""
    timeout = by_value(rows.legs["lastdata"].iloc[rows.last], lambda data: data.str.split(",").str[1])
    allowed = pd.to_numeric(pd.Series(timeout), errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    rang = rows.legs["duration_s"].to_numpy(dtype=float)[rows.last]
    return np.asarray(np.isnan(allowed) | (rang >= allowed - WENT_ON_S), dtype=bool)


def _greeted(dnis: Texts, offered: Ints, queued: Mask, to_its_end: Mask, auto: Ints) -> Mask:
    """Say of each call whether, when it came, its number's recording led to agents.

    The row of a caller lost in a greeting and of one lost in an announcement look alike. What tells is what
    became of the nearest call to the same number that got past the recording: into a queue, or to a hang-up
    by the switch. Where the calls in the queue had only heard ringing, there is no greeting to be lost in.
    """
    result = np.zeros(len(dnis), dtype=bool)
    number, _ = codes(pd.Series(dnis, dtype="string"))
    past = queued | to_its_end
    telling, asking = np.flatnonzero(past & (number >= 0)), np.flatnonzero(~past & (number >= 0))
    if not len(telling) or not len(asking):
        return result
    known = pd.DataFrame({"at": offered[telling], "number": number[telling], "leads": (queued & (auto != 0))[telling]})
    asked = pd.DataFrame({"at": offered[asking], "number": number[asking], "row": asking})
    found = pd.merge_asof(
        asked.sort_values("at", kind="stable"),
        known.sort_values("at", kind="stable"),
        on="at",
        by="number",
        direction="nearest",
    )
    leads = (found["leads"] == True).to_numpy(dtype=bool)  # noqa: E712 - NaN where no call tells
    result[found["row"].to_numpy()[leads]] = True
    return result


def _causes(rows: Rows, course: Course) -> Texts:
    """Return the last row's disposition and application: the switch's own words for the end.

    Of a call that somebody took the last row may be that of a telephone that rang beside: then it is the row of who took it.
    """
    disposition, words = codes(rows.legs["disposition"])
    taken = np.append(words == "ANSWERED", False)[disposition]
    last = np.where(course.reached & (course.person >= 0) & ~taken[rows.last] & taken[course.person], course.person, rows.last)
    app, names = codes(rows.legs["lastapp"])
    blank = np.array([""], dtype=object)
    words, names = np.append(words, blank), np.append(" " + names, blank)
    return np.asarray(words[disposition[last]] + names[app[last]], dtype=object)


# --- who called, who answered ---------------------------------------------------------


def _callers(rows: Rows) -> pd.Series[str]:
    """Return each caller's number as the switch wrote it: src, else what clid has in brackets."""
    src = rows.legs["src"].iloc[rows.first].reset_index(drop=True)
    clid = rows.legs["clid"].iloc[rows.first]
    bracketed = by_value(clid, lambda text: text.str.extract(r"<([^<>]*)>[\s\"]*$", expand=False))
    numbered = matches(src, lambda text: text.str.contains(r"\d", regex=True))
    return pd.Series(either(numbered, texts(src), bracketed), dtype="string")


def _names(rows: Rows) -> pd.Series[str]:
    """Return the caller's name in clid, without the tag a dialplan puts before it (``HARBOR:Ann Lee``)."""

    def bare(text: pd.Series[str]) -> pd.Series[str]:
        name = text.str.replace(r"\s*<[^<>]*>[\s\"]*$", "", regex=True)
        name = name.str.strip().str.strip('"').str.strip()
        name = name.str.replace(r"^[^:]{1,30}:\s*", "", regex=True)
        return name.mask((name == "") | name.str.lower().isin(phones.WITHHELD), pd.NA)

    return pd.Series(by_value(rows.legs["clid"].iloc[rows.first], bare), dtype="string")


def _agents(rows: Rows, course: Course) -> Texts:
    """Return who answered: the queue_log's member, else the phone, by its member's name where known."""
    member = either(course.by_log, rows.log.agent, None)
    code, names = codes(peers_of(rows.legs["dstchannel"], rows.stations))
    is_phone = np.array([not str(name).startswith("Local/") for name in names.tolist()], dtype=bool)
    real = np.append(is_phone, False)[code]
    # behind a Local channel the phone itself is on the far half's row
    taken = rows.first_where(course.person_leg & real)
    taken = np.where(at_rows(real, course.person, False), course.person, taken)
    leg = np.where((course.person >= 0) & (taken < 0), course.person, taken)
    phone = at_rows(code, leg, -1)
    named = np.append(names, np.array([None], dtype=object))
    both = pd.DataFrame({"phone": phone, "name": member}).dropna()
    often = both[both["phone"] >= 0].groupby(["phone", "name"]).size().sort_values(kind="stable")
    for at, name in often.index.tolist():  # the most frequent name of a phone comes last, and stays
        named[at] = name
    return either(said(member), member, either(course.person >= 0, named[phone], None))
