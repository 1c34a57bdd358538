"""The board check's questions about the roster: whom a message went to, and who was on call as the roster stood."""

from __future__ import annotations

import pandas as pd

from calltrace.diagnosis.checks._messages import Context, give, message, sent_to
from calltrace.diagnosis.evidence import Evidence
from calltrace.diagnosis.spoken_change import CLEAR
from calltrace.diagnosis.words import clock


def wrong(context: Context) -> Evidence:
    """Say whether a message went to somebody the roster, as it stood, did not name."""
    found = context.of("wrong-person")
    strength = context.weight("wrong-person")
    if len(found):
        if bool(found["escalated"].all()):
            strength *= (
                0.5  # the right person was tried before: an escalation, which the account may have asked for
            )
        if bool((found["roster"] == "undated").all()):
            strength *= 0.6

    def say(m: pd.Series) -> str:
        zone = context.scene.account.zone
        stood = (
            f"(last changed {clock(m['roster_updated_at'], zone)}, before it)"
            if pd.notna(m["roster_updated_at"])
            else "(the roster does not say when it was changed)"
        )
        after = " after an attempt to the person on call" if m["escalated"] else ""
        return (
            f"{message(context, m)} went to {sent_to(m)}{after}; by the roster as it stood {stood} "
            f"{m['on_call']} was on call."
        )

    return give(
        context,
        "delivered-to-wrong-person",
        found,
        say,
        _explained(context, ("wrong", "undated"), "No message went to someone the roster did not name."),
        strength=strength,
        observed=float(len(found)),
        unit="messages",
    )


def elsewhere(context: Context) -> Evidence:
    """Say whether the attempts to the person on call went to another number or address than the roster's."""
    found = context.of("other-address")

    def say(m: pd.Series) -> str:
        zone = context.scene.account.zone
        return (
            f"{message(context, m)} went to {sent_to(m)}; the roster (last changed {clock(m['roster_updated_at'], zone)},"
            f" before it) gives {m['contact']} for that person, where {m['to_contact']:.0%} of the account's other messages"
            " went to what the roster gives."
        )

    return give(
        context,
        "sent-to-other-address",
        found,
        say,
        "No message is known to have gone to another number or address than the roster gives.",
        strength=context.weight("other-address"),
        settled_by="" if found.empty else (
            f"Ask whose {found['address'].iloc[0]} is, and since when the on-call page shows {found['contact'].iloc[0]}; send"
            " the messages again to the latter."
        ),
        observed=float(len(found)),
        unit="messages",
    )


def _explained(context: Context, verdicts: tuple[str, ...], else_says: str) -> str:
    """Word a CLEAR of a message that has this trouble too, after an earlier one that wins."""
    also = context.rows[context.rows["roster"].isin(verdicts).to_numpy(dtype=bool)]
    also = also[also["attempts"] > 0]
    if also.empty:
        return else_says
    m = also.iloc[0]
    return (
        f"{message(context, m)} went to {sent_to(m)} where the roster names {m['on_call']}; "
        "an earlier trouble stands before it."
    )


def changed(context: Context) -> Evidence:
    """Say whether the person on call was changed only after the message was taken."""
    found = context.of("changed-later")
    strength = context.weight("changed-later")
    if len(found) and bool((found["roster_updated_at"] <= found["first_at"]).all()):
        strength *= 0.7  # changed between the message and the first attempt: it could have been read in time

    def say(m: pd.Series) -> str:
        zone = context.scene.account.zone
        return (
            f"{message(context, m)} went to {sent_to(m)}; the roster names {m['on_call']} for that time, "
            f"but that row was changed only {clock(m['roster_updated_at'], zone)}, "
            "after the message was taken."
        )

    return give(
        context,
        "roster-changed-later",
        found,
        say,
        _explained(
            context,
            ("changed-later",),
            "The roster's rows for that time were last changed before the message.",
        ),
        strength=strength,
        observed=float(len(found)),
        unit="messages",
    )


def unrecorded(context: Context, *, claim: float) -> Evidence:
    """Say whether the change the client speaks of is on no record; ``claim`` is how surely they speak of one, 0 to 1."""
    found = context.of("change-never-recorded")
    if not claim:
        clear = "The client speaks of no on-call change."
    elif context.of("changed-later").shape[0]:
        clear = "The change the client speaks of is on the roster."
    else:
        clear = "A change is spoken of, but another trouble stands before it."

    def say(m: pd.Series) -> str:
        when = (
            ""
            if pd.isna(m["roster_updated_at"])
            else f" (last changed {clock(m['roster_updated_at'], context.scene.account.zone)})"
        )
        return (
            f"The client {'speaks' if claim >= CLEAR else 'seems to speak'} of an on-call change; the roster records none: "
            f"{m['on_call']} stands for that "
            f"time{when} and got message {m['message_id']} in time."
        )

    return give(
        context,
        "change-never-recorded",
        found,
        say,
        clear,
        strength=context.weight("changed-later") * claim,
        clear_strength=0.3 if not claim else 1.0,
        observed=float(len(found)),
        unit="messages",
    )
