"""The board check's questions about the attempts to deliver a message: made at all, in time, failed, not taken."""

from __future__ import annotations

import pandas as pd

from calltrace.diagnosis import ways
from calltrace.diagnosis.checks._messages import Context, give, message, not_run, sent_to
from calltrace.diagnosis.evidence import Evidence
from calltrace.diagnosis.scene import within
from calltrace.diagnosis.words import clock, count

CLEARLY_LATE_MIN = 2.0
"""Minutes beyond the limit from which no clock difference between two systems makes an attempt late."""

LOG_GAP = pd.Timedelta(hours=2)
"""Round an undispatched message: whether others' messages were dispatched then, or the log itself was
silent."""


def undispatched(context: Context) -> Evidence:
    """Say whether a message had no attempt at all, though it was due and the log covers it."""
    found = context.of("not-dispatched")
    doubt, note = _log_gap(context, found)
    young, before = context.of("pending"), context.of("unlogged")
    if found.empty and len(young) + len(before) == len(context.rows):
        why = (
            "the message was not yet due when the records end"
            if len(young)
            else "the dispatch log begins later"
        )
        return not_run(["message-not-dispatched"], why, ("dispatch of that time",))[0]
    return give(
        context,
        "message-not-dispatched",
        found,
        lambda m: (
            f"{message(context, m)} has no attempt to deliver it, "
            f"{m['limit_min']:.0f} min being allowed.{note}"
        ),
        f"Every urgent message looked at ({len(context.rows)}) has at least one attempt.",
        strength=context.weight("not-dispatched") * doubt,
        observed=float(len(found)),
        unit="messages",
    )


def _log_gap(context: Context, found: pd.DataFrame) -> tuple[float, str]:
    """Doubt an undispatched message where nobody's urgent messages of those hours were dispatched either."""
    if found.empty:
        return 1.0, ""
    at = found["taken_at"].iloc[0]
    around = within(context.scene.case.table("messages"), at - LOG_GAP, at + LOG_GAP, "taken_at")
    around = around[(around["priority"] == "urgent").fillna(value=False)]
    around = around[~around["message_id"].isin(found["message_id"])]
    dispatch = within(context.scene.case.table("dispatch"), at - LOG_GAP, at + 2 * LOG_GAP, "attempted_at")
    done = int(around["message_id"].isin(dispatch["message_id"]).sum())
    if len(around) >= 3 and done == 0:
        note = f" Nor has any of the {len(around)} other urgent messages of those hours: a gap of the log?"
        return 0.3, note
    if len(around) >= 3:
        return 1.0, f" {done} of {len(around)} other urgent messages of those hours were dispatched."
    return 0.9, ""


def late(context: Context) -> Evidence:
    """Say whether a first attempt came later than the account allows."""
    found = context.of("late").sort_values("lag_min", ascending=False, kind="stable")
    strength, lag, limit = 1.0, None, None
    if len(found):
        worst = found.iloc[0]
        lag, limit = float(worst["lag_min"]), float(worst["limit_min"])
        strength = min(1.0, 0.5 + 0.5 * (lag - limit) / CLEARLY_LATE_MIN)
        # a limit the account never set is a convention: it makes nobody late for certain
        strength *= context.weight("late") * (1.0 if worst["limit_own"] else 0.6)

    def say(m: pd.Series) -> str:
        first = clock(m["first_at"], context.scene.account.zone)
        allowed = (
            f"the account allows {m['limit_min']:.0f} min"
            if m["limit_own"]
            else f"the account sets no limit and {m['limit_min']:.0f} min is usual"
        )
        return f"{message(context, m)} was first attempted {first}, {m['lag_min']:.0f} min later; {allowed}."

    tried = context.rows[context.rows["attempts"] > 0]
    slowest = "" if tried.empty else f", the slowest after {tried['lag_min'].max():.1f} min"
    return give(
        context,
        "first-attempt-late",
        found,
        say,
        f"Every first attempt came within the limit{slowest}."
        if len(tried)
        else "No attempt was made, so none late.",
        strength=strength,
        observed=lag,
        expected=limit,
        unit="min",
    )


def failed(context: Context) -> Evidence:
    """Say whether every attempt to deliver a message failed or bounced, and whether others' by the same way did."""
    found = context.of("all-failed")
    scene = context.scene
    down = ways.of_messages(scene.case, found["message_id"], found["first_at"], scene.question.now) if len(found) else None
    strength = context.weight("all-failed")
    if len(found):
        if bool((found["roster"] != "right").all()) and bool((found["priority"] == "urgent").any()):
            strength *= 0.6  # whether it was the right person can't be told
        if not bool((found["priority"] == "urgent").any()):
            strength *= 0.5

    def say(m: pd.Series) -> str:
        whom = f"{m['on_call']}, who was on call" if m["roster"] == "right" else sent_to(m)
        ways = int(m["attempts"])
        return (
            f"{message(context, m)} was tried {ways} times to {whom}, and every attempt failed or bounced."
            if ways > 1
            else f"{message(context, m)} was tried once, to {whom}, and the attempt failed or bounced."
        )

    piece = give(
        context,
        "delivery-all-failed",
        found,
        say,
        "Not every attempt failed or bounced.",
        strength=strength,
        observed=float(found["attempts"].sum()) if len(found) else None,
        unit="attempts",
    )
    return piece if down is None else ways.shared(piece, down, scene)


def unanswered(context: Context) -> Evidence:
    """Say whether the attempts went to the right address, and nobody took them."""
    found = context.of("unanswered")
    return give(
        context,
        "delivery-unanswered",
        found,
        lambda m: (
            f"{message(context, m)} was tried {count(int(m['attempts']), 'time')} to {sent_to(m)}; "
            f"{int(m['no_answers'])} rang without an answer and none got through."
        ),
        "No message was left ringing without an answer.",
        strength=context.weight("unanswered"),
        settled_by="Ask whether that number rings with the person on call, and for a second way to reach somebody.",
        observed=float(found["attempts"].sum()) if len(found) else None,
        unit="attempts",
    )
