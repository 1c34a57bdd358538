"""What became of the messages: the board check.

Asks of every urgent message of the complaint, in the order in which the first trouble wins: was it dispatched
at all, in time, to whoever was on call by the roster as it stood, was that roster changed only later (or
never, though the client says it was), did any attempt get through. A message one question has explained is no
longer asked the next ones, so of several troubles with one message only the first is FOUND.

Routine messages are held against the account's own of the time before: where these were sent and those were not, the urgent
ones' being handled is not the whole answer. Where all were sent before, one that was not is told by itself.

Whose a number is no record says. Where messages of an account go to the roster's contact as a rule, one that went to the
right name at another number did not reach whom the roster meant, as far as it tells.

What looks the same and is not: an attempt nobody answered (the address works, so the carrier is not to
blame); a message too young to be overdue when the records end; a dispatch log that was itself silent at the
time; an on-call change after the message, which tells that the roster said something else before, never what.
The client's words are a hint only, save that a change nobody recorded can be known from nothing else: they speak of one where
they say so, or name somebody of the roster other than who was on call.

The limit is the account's ``dispatch_within_min``, else the profile's (20 minutes, after CCHA-0088,
which asks for 3 at a first attempt): what no account set makes nobody late for certain.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd

from calltrace.diagnosis.board import board, claimed
from calltrace.diagnosis.checks import _anothers, _attempts, _never_answered, _roster, _routine
from calltrace.diagnosis.checks._base import Check, Facet
from calltrace.diagnosis.checks._messages import (
    Context,
    Picked,
    examples,
    facts,
    message,
    not_run,
    pick,
    sent_to,
)
from calltrace.diagnosis.evidence import Evidence, Outcome, examples_of
from calltrace.diagnosis.spoken_change import CLEAR, spoken
from calltrace.diagnosis.words import clock, count

if TYPE_CHECKING:
    from calltrace.diagnosis.scene import Scene

FACETS = (
    Facet("urgent-message-taken", "Was an urgent message taken on that call?", "messages"),
    Facet("caller-never-answered", "Did that caller's own calls end before anybody answered?", "caller's calls"),
    Facet("message-not-dispatched", "Was there no attempt to deliver an urgent message?", "board"),
    Facet("first-attempt-late", "Did the first attempt come later than the account allows?", "board"),
    Facet(
        "delivered-to-wrong-person",
        "Did the message go to someone not on call by the roster as it stood?",
        "board",
    ),
    Facet(
        "roster-changed-later", "Was the on-call person changed only after the message was taken?", "board"
    ),
    Facet(
        "change-never-recorded",
        "Is the on-call change the client speaks of missing from the roster?",
        "claim",
    ),
    Facet(
        "sent-to-other-address",
        "Did the message go to another number or address than the roster gave for that person?",
        "board",
    ),
    Facet(_anothers.MESSAGES, "Were the calls of messages that went to somebody else another client's?", "calls of the messages"),
    Facet("delivery-all-failed", "Did every attempt fail or bounce?", "board"),
    Facet("delivery-unanswered", "Did the attempts reach the right address, and nobody took them?", "board"),
    Facet("routine-not-sent", "Did routine messages go without an attempt to deliver them, as they usually do not?", "routine"),
    Facet("message-handled", "Was the message delivered in time to the right person?", "board"),
)


OF_THE_ROSTER = (
    "delivered-to-wrong-person",
    "roster-changed-later",
    "change-never-recorded",
    "sent-to-other-address",
)
"""Facets that a roster answers, of urgent messages."""


def run(scene: Scene) -> list[Evidence]:
    """Answer the board check's questions for the messages of the complaint."""
    messages = scene.case.table("messages")
    if messages["taken_at"].min() > scene.question.end:
        return not_run(
            [f.name for f in FACETS],
            "the messages on file begin only after the window",
            ("messages of that time",),
        )
    picked = pick(scene)
    taken = [_taken(scene, picked), _never_answered.unserved(scene, picked)]
    rest = [f.name for f in FACETS[2:]]
    if picked.frame.empty:
        return [
            *taken,
            *not_run(rest, "there is no message of that time to follow", ("a message of that time",)),
        ]
    if not scene.case.has("dispatch"):
        return [*taken, *not_run(rest, "no dispatch log was given", ("dispatch",))]
    dispatch = scene.case.table("dispatch")
    if dispatch["attempted_at"].min() > picked.frame["taken_at"].max() + _attempts.LOG_GAP:
        return [
            *taken,
            *not_run(rest, "the dispatch log begins only after the message", ("dispatch of that time",)),
        ]
    rows = board(scene.case, picked.frame, scene.profile, scene.question.now)
    return [*taken, *_judge(scene, picked, rows)]


def _taken(scene: Scene, picked: Picked) -> Evidence:
    """Say whether there is an urgent message at all."""
    if not scene.case.has("messages.priority"):
        return not_run(["urgent-message-taken"], "the messages carry no priority", ("messages.priority",))[0]
    urgent = picked.frame[(picked.frame["priority"] == "urgent").fillna(value=False)]
    found = len(urgent) > 0 and picked.exact
    says = f"{count(len(picked.frame), 'message')} {picked.note}, {len(urgent)} of them urgent."
    return Evidence(
        "urgent-message-taken",
        Outcome.FOUND if found else Outcome.CLEAR,
        says,
        strength=1.0 if picked.exact else 0.5,
        observed=float(len(urgent)),
        unit="messages",
        start=scene.question.start,
        end=scene.question.end,
        examples=examples_of(urgent, "message_id"),
        data={"messages": len(picked.frame), "urgent": len(urgent), "callers_own": picked.exact},
    )


def _judge(scene: Scene, picked: Picked, rows: pd.DataFrame) -> list[Evidence]:
    """Give every facet by the messages no earlier facet has explained."""
    urgent = rows[(rows["priority"] == "urgent").fillna(value=False)]
    asked = urgent if len(urgent) else rows
    state = asked["state"].astype("string")
    claim = spoken(scene, asked)
    # the client's change is on no record: who was on call as it stood got the message in time
    unrecorded = (state == "handled") & (asked["roster"] == "right") & (claim > 0)
    judged = state.mask(unrecorded.fillna(value=False).astype(bool), "change-never-recorded")
    troubles = {s for s in judged.unique() if s not in ("handled", "unlogged", "pending")}
    hints = claimed(scene.question.claim)
    dispatch = scene.case.table("dispatch")
    tries = dispatch[dispatch["message_id"].isin(asked["message_id"])].sort_values(
        "attempted_at", kind="stable"
    )
    context = Context(scene, picked, asked, tries, judged, len(troubles), hints)
    has_urgent = len(urgent) > 0
    has_roster = scene.case.has("oncall") and bool((asked["roster"] != "no-shift").any())
    out = [
        _attempts.undispatched(context) if has_urgent else _no_urgent("message-not-dispatched"),
        _attempts.late(context) if has_urgent else _no_urgent("first-attempt-late"),
    ]
    if not has_urgent:
        out += [
            _no_urgent(n)
            for n in OF_THE_ROSTER
        ]
    elif not has_roster:
        missing = (
            ("oncall",) if not scene.case.has("oncall") else ("an oncall shift that covers the message",)
        )
        out += not_run(
            list(OF_THE_ROSTER),
            "no roster says who was on call when the message was taken",
            missing,
        )
    else:
        out += [
            _roster.wrong(context),
            _roster.changed(context),
            _roster.unrecorded(context, claim=claim),
            _roster.elsewhere(context),
        ]
    return [
        *out,
        _anothers.messages(scene, asked),
        _attempts.failed(context),
        _attempts.unanswered(context),
        _routine.unsent(scene, picked, rows),
        _handled_though(context, state, spoken=claim, has_roster=has_roster),
    ]


def _no_urgent(name: str) -> Evidence:
    return Evidence(
        name,
        Outcome.CLEAR,
        "No urgent message of that time: the limits and the roster bind urgent ones only.",
        0.7,
    )


def _handled_though(context: Context, state: pd.Series[str], *, spoken: float, has_roster: bool) -> Evidence:
    """Say whether the message was handled; where the client only seems to speak of a change, it may well have been.

    ``state`` is what became of the messages by the records alone, ``spoken`` how surely the client speaks of a change.
    """
    if spoken in (0.0, CLEAR):
        return _handled(context, has_roster=has_roster)
    found = _handled(replace(context, state=state), has_roster=has_roster)
    return replace(found, strength=round(found.strength * (1 - spoken), 3))


def _handled(context: Context, *, has_roster: bool) -> Evidence:
    rows, handled = context.rows, context.of("handled")
    if len(handled) == len(rows) and context.picked.exact:
        there = (rows["roster"] == "right") & (rows["contact"] == "")
        sure = 1.0 if has_roster and bool(there.all()) else 0.6
        urgent = bool((rows["priority"] == "urgent").any())
        first = rows.iloc[0]
        whom = (
            f"{first['on_call']}, who was on call," if first["roster"] == "right" and urgent else sent_to(first)
        )
        limit = f", where {first['limit_min']:.0f} min is allowed" if urgent else ""
        return Evidence(
            "message-handled",
            Outcome.FOUND,
            f"{message(context, first)} reached {whom} by "
            f"{clock(first['reached_at'], context.scene.account.zone)}, "
            f"the first attempt after {first['lag_min']:.1f} min{limit}."
            + (f" All {len(rows)} {'urgent ' if urgent else ''}messages did." if len(rows) > 1 else ""),
            strength=sure if urgent else 0.8,
            observed=float(first["lag_min"]),
            expected=float(first["limit_min"]),
            unit="min",
            start=rows["taken_at"].min(),
            end=rows["reached_at"].max(),
            examples=examples(context, rows),
            data=facts(rows),
        )
    undecided = context.of("pending", "unlogged")
    if len(undecided) == len(rows):
        return not_run(
            ["message-handled"], "the dispatch log does not cover the message", ("dispatch of that time",)
        )[0]
    says = f"{len(handled)} of {len(rows)} messages were delivered in time to the right person."
    if not context.picked.exact:
        says += " Which of them the caller left can't be told."
    return Evidence(
        "message-handled",
        Outcome.CLEAR,
        says,
        strength=1.0 if context.picked.exact else 0.3,
        observed=float(len(handled)),
        expected=float(len(rows)),
        unit="messages",
        examples=examples(context, rows),
        data=facts(rows),
    )


CHECK = Check(
    title="The board check",
    facets=FACETS,
    needs=("messages",),
    complaints=("dispatch",),
    run=run,
)
