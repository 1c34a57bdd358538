"""What became of the messages: the board check.

Asks of every urgent message of the complaint, in the order in which the first trouble wins: was it dispatched
at all, in time, to whoever was on call by the roster as it stood, was that roster changed only later (or
never, though the client says it was), did any attempt get through. A message one question has explained is no
longer asked the next ones, so of several troubles with one message only the first is FOUND.

What looks the same and is not: an attempt nobody answered (the address works, so the carrier is not to
blame); a message too young to be overdue when the records end; a dispatch log that was itself silent at the
time; an on-call change after the message, which tells that the roster said something else before, never what.
The client's words are a hint only, save that a change nobody recorded can be known from nothing else.

The limit is the account's ``dispatch_within_min``, else the profile's (20 minutes, after CCHA-0088,
which asks for 3 at a first attempt): what no account set makes nobody late for certain.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from calltrace.diagnosis.board import board, claimed, claims_change
from calltrace.diagnosis.caller import calls_from
from calltrace.diagnosis.checks._base import Check, Facet
from calltrace.diagnosis.evidence import Evidence, Example, Outcome, examples_of
from calltrace.diagnosis.rows import plain
from calltrace.diagnosis.scene import within
from calltrace.diagnosis.words import clock, count

if TYPE_CHECKING:
    from collections.abc import Callable

    from calltrace.diagnosis.scene import Scene

ROUND = pd.Timedelta(hours=1)
"""People round the time they remember: where nothing lies within the window, this much round it is read
too."""

CLEARLY_LATE_MIN = 2.0
"""Minutes beyond the limit from which no clock difference between two systems makes an attempt late."""

LOG_GAP = pd.Timedelta(hours=2)
"""Round an undispatched message: whether others' messages were dispatched then, or the log itself was
silent."""

FACETS = (
    Facet("urgent-message-taken", "Was an urgent message taken on that call?", "messages"),
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
    Facet("delivery-all-failed", "Did every attempt fail or bounce?", "board"),
    Facet("delivery-unanswered", "Did the attempts reach the right address, and nobody took them?", "board"),
    Facet("message-handled", "Was the message delivered in time to the right person?", "board"),
)


_LISTED = {
    name: name
    for name in (
        "message_id",
        "call_id",
        "priority",
        "taken_at",
        "first_at",
        "reached_at",
        "attempts",
        "limit_min",
        "recipient",
        "address",
        "on_call",
        "roster",
        "roster_updated_at",
        "state",
    )
}


_TRIES = {name: name for name in ("message_id", "attempted_at", "method", "recipient", "address", "status")}


@dataclass(frozen=True)
class Picked:
    """The messages a complaint is about. ``exact`` is False where the caller's own could not be told."""

    frame: pd.DataFrame
    exact: bool
    note: str


def pick(scene: Scene) -> Picked:
    """Return the account's messages of the window, narrowed to the caller's where a number is given.

    A message belongs to the window by its call's ``offered_at`` or by ``taken_at``. Where the caller's own
    lie only within :data:`ROUND` of the window those are taken; where there are none, every message of the
    window.
    """
    messages = scene.case.table("messages")
    own = messages[(messages["account"] == scene.question.account).fillna(value=False)]
    start, end = scene.question.start, scene.question.end

    def of(lo: pd.Timestamp, hi: pd.Timestamp, among: pd.DataFrame) -> pd.DataFrame:
        calls = scene.calls
        offered = calls.loc[(calls["offered_at"] >= lo) & (calls["offered_at"] < hi), "call_id"]
        taken = (among["taken_at"] >= lo) & (among["taken_at"] < hi)
        return among[(taken | among["call_id"].isin(offered)).fillna(value=False).astype(bool)]

    if scene.question.caller:
        theirs = calls_from(scene.calls, scene.question.caller)
        mine = own[own["call_id"].isin(theirs["call_id"])]
        for lo, hi in ((start, end), (start - ROUND, end + ROUND)):
            found = of(lo, hi, mine)
            if len(found):
                return Picked(found, exact=True, note=f"of the calls from {scene.question.caller}")
        return Picked(
            of(start, end, own),
            exact=False,
            note=(f"of every caller, as no message from {scene.question.caller} is on record at that time"),
        )
    return Picked(of(start, end, own), exact=True, note="of the window")


def run(scene: Scene) -> list[Evidence]:
    """Answer the board check's questions for the messages of the complaint."""
    messages = scene.case.table("messages")
    if messages["taken_at"].min() > scene.question.end:
        return _not_run(
            [f.name for f in FACETS],
            "the messages on file begin only after the window",
            ("messages of that time",),
        )
    picked = pick(scene)
    taken = _taken(scene, picked)
    rest = [f.name for f in FACETS[1:]]
    if picked.frame.empty:
        return [
            taken,
            *_not_run(rest, "there is no message of that time to follow", ("a message of that time",)),
        ]
    if not scene.case.has("dispatch"):
        return [taken, *_not_run(rest, "no dispatch log was given", ("dispatch",))]
    dispatch = scene.case.table("dispatch")
    if dispatch["attempted_at"].min() > picked.frame["taken_at"].max() + LOG_GAP:
        return [
            taken,
            *_not_run(rest, "the dispatch log begins only after the message", ("dispatch of that time",)),
        ]
    rows = board(scene.case, picked.frame, scene.profile, scene.question.now)
    return [taken, *_judge(scene, picked, rows)]


def _not_run(names: list[str], says: str, missing: tuple[str, ...]) -> list[Evidence]:
    return [Evidence(n, Outcome.NOT_RUN, f"Could not be asked: {says}.", 0.0, missing=missing) for n in names]


def _taken(scene: Scene, picked: Picked) -> Evidence:
    """Say whether there is an urgent message at all."""
    if not scene.case.has("messages.priority"):
        return _not_run(["urgent-message-taken"], "the messages carry no priority", ("messages.priority",))[0]
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
    state = asked["state"].to_dict()
    claim = claims_change(scene.question.claim)
    if claim:
        # the client's change is on no record: who was on call as it stood got the message in time
        state.update(
            dict.fromkeys(
                asked.index[(asked["state"] == "handled") & (asked["roster"] == "right")],
                "change-never-recorded",
            )
        )
    judged = pd.Series(state, dtype="string")
    troubles = {s for s in judged.unique() if s not in ("handled", "unlogged", "pending")}
    hints = claimed(scene.question.claim)
    dispatch = scene.case.table("dispatch")
    tries = dispatch[dispatch["message_id"].isin(asked["message_id"])].sort_values(
        "attempted_at", kind="stable"
    )
    context = _Context(scene, picked, asked, tries, judged, len(troubles), hints)
    has_urgent = len(urgent) > 0
    has_roster = scene.case.has("oncall") and bool((asked["roster"] != "no-shift").any())
    out = [
        _undispatched(context) if has_urgent else _no_urgent("message-not-dispatched"),
        _late(context) if has_urgent else _no_urgent("first-attempt-late"),
    ]
    if not has_urgent:
        out += [
            _no_urgent(n)
            for n in ("delivered-to-wrong-person", "roster-changed-later", "change-never-recorded")
        ]
    elif not has_roster:
        missing = (
            ("oncall",) if not scene.case.has("oncall") else ("an oncall shift that covers the message",)
        )
        out += _not_run(
            ["delivered-to-wrong-person", "roster-changed-later", "change-never-recorded"],
            "no roster says who was on call when the message was taken",
            missing,
        )
    else:
        out += [_wrong(context), _changed(context), _unrecorded(context, claim=claim)]
    return [*out, _failed(context), _unanswered(context), _handled(context, has_roster=has_roster)]


@dataclass(frozen=True)
class _Context:
    scene: Scene
    picked: Picked
    rows: pd.DataFrame
    tries: pd.DataFrame
    state: pd.Series[str]
    troubles: int
    hints: tuple[str, ...]

    def of(self, *states: str) -> pd.DataFrame:
        """Return the messages of these states."""
        return self.rows[self.state.isin(states).to_numpy(dtype=bool)]

    def weight(self, state: str) -> float:
        """Return how far one trouble among several, and messages of other callers, can be the one meant."""
        weight = 1.0 if self.picked.exact else 0.4
        if self.troubles > 1:
            weight *= 0.8 if state in self.hints else 0.6
        return weight


def _no_urgent(name: str) -> Evidence:
    return Evidence(
        name,
        Outcome.CLEAR,
        "No urgent message of that time: the limits and the roster bind urgent ones only.",
        0.7,
    )


def _examples(context: _Context, rows: pd.DataFrame) -> tuple[Example, ...]:
    """Return the messages' own rows, then their attempts' (the message's id, the attempt's line)."""
    tries = context.tries if len(rows) == len(context.rows) else _tries_of(context, rows)
    return examples_of(rows, "message_id", 20) + examples_of(tries, "message_id", 30)


def _facts(rows: pd.DataFrame) -> dict[str, object]:
    """Return what the report may list of each message."""
    return {"messages": plain(rows, _LISTED)}


def _give(
    context: _Context,
    facet: str,
    found: pd.DataFrame,
    say: Callable[[pd.Series], str],
    clear: str,
    *,
    strength: float,
    clear_strength: float = 1.0,
    **figures: float | str | None,
) -> Evidence:
    """Build a facet from the messages it explains; ``say`` words the first of them."""
    if found.empty:
        return Evidence(
            facet,
            Outcome.CLEAR,
            clear,
            round(clear_strength * (1.0 if context.picked.exact else 0.5), 3),
            examples=examples_of(context.rows, "message_id", 20),
        )
    first = found.iloc[0]
    more = f" So did {len(found) - 1} more of {len(context.rows)}." if len(found) > 1 else ""
    return Evidence(
        facet,
        Outcome.FOUND,
        say(first) + more,
        round(strength, 3),
        observed=_number(figures.get("observed")),
        expected=_number(figures.get("expected")),
        unit=str(figures.get("unit") or ""),
        start=found["taken_at"].min(),
        end=max(
            t
            for t in (found["taken_at"].max(), found["first_at"].max(), found["reached_at"].max())
            if pd.notna(t)
        ),
        examples=_examples(context, found),
        data={**_facts(found), "tries": plain(_tries_of(context, found), _TRIES)},
    )


def _tries_of(context: _Context, rows: pd.DataFrame) -> pd.DataFrame:
    """Return the attempts to deliver these messages."""
    return context.tries[context.tries["message_id"].isin(rows["message_id"])]


def _number(value: float | str | None) -> float | None:
    return float(value) if isinstance(value, (int, float)) else None


def _message(context: _Context, row: pd.Series) -> str:
    kind = "Urgent message" if row["priority"] == "urgent" else "Message"
    return f"{kind} {row['message_id']}, taken {clock(row['taken_at'], context.scene.account.zone)},"


def _undispatched(context: _Context) -> Evidence:
    found = context.of("not-dispatched")
    doubt, note = _log_gap(context, found)
    young, before = context.of("pending"), context.of("unlogged")
    if found.empty and len(young) + len(before) == len(context.rows):
        why = (
            "the message was not yet due when the records end"
            if len(young)
            else "the dispatch log begins later"
        )
        return _not_run(["message-not-dispatched"], why, ("dispatch of that time",))[0]
    return _give(
        context,
        "message-not-dispatched",
        found,
        lambda m: (
            f"{_message(context, m)} has no attempt to deliver it, "
            f"{m['limit_min']:.0f} min being allowed.{note}"
        ),
        f"Every urgent message looked at ({len(context.rows)}) has at least one attempt.",
        strength=context.weight("not-dispatched") * doubt,
        observed=float(len(found)),
        unit="messages",
    )


def _log_gap(context: _Context, found: pd.DataFrame) -> tuple[float, str]:
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


def _late(context: _Context) -> Evidence:
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
        return f"{_message(context, m)} was first attempted {first}, {m['lag_min']:.0f} min later; {allowed}."

    tried = context.rows[context.rows["attempts"] > 0]
    slowest = "" if tried.empty else f", the slowest after {tried['lag_min'].max():.1f} min"
    return _give(
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


def _wrong(context: _Context) -> Evidence:
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
            f"{_message(context, m)} went to {_to(m)}{after}; by the roster as it stood {stood} "
            f"{m['on_call']} was on call."
        )

    return _give(
        context,
        "delivered-to-wrong-person",
        found,
        say,
        _explained(context, ("wrong", "undated"), "No message went to someone the roster did not name."),
        strength=strength,
        observed=float(len(found)),
        unit="messages",
    )


def _to(row: pd.Series) -> str:
    who = "" if pd.isna(row["recipient"]) else str(row["recipient"])
    where = "" if pd.isna(row["address"]) else str(row["address"])
    return f"{who} ({where})" if who and where else who or where or "nobody named"


def _explained(context: _Context, verdicts: tuple[str, ...], else_says: str) -> str:
    """Word a CLEAR of a message that has this trouble too, after an earlier one that wins."""
    also = context.rows[context.rows["roster"].isin(verdicts).to_numpy(dtype=bool)]
    also = also[also["attempts"] > 0]
    if also.empty:
        return else_says
    m = also.iloc[0]
    return (
        f"{_message(context, m)} went to {_to(m)} where the roster names {m['on_call']}; "
        "an earlier trouble stands before it."
    )


def _changed(context: _Context) -> Evidence:
    found = context.of("changed-later")
    strength = context.weight("changed-later")
    if len(found) and bool((found["roster_updated_at"] <= found["first_at"]).all()):
        strength *= 0.7  # changed between the message and the first attempt: it could have been read in time

    def say(m: pd.Series) -> str:
        zone = context.scene.account.zone
        return (
            f"{_message(context, m)} went to {_to(m)}; the roster names {m['on_call']} for that time, "
            f"but that row was changed only {clock(m['roster_updated_at'], zone)}, "
            "after the message was taken."
        )

    return _give(
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


def _unrecorded(context: _Context, *, claim: bool) -> Evidence:
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
            f"The client speaks of an on-call change; the roster records none: "
            f"{m['on_call']} stands for that "
            f"time{when} and got message {m['message_id']} in time."
        )

    return _give(
        context,
        "change-never-recorded",
        found,
        say,
        clear,
        strength=context.weight("changed-later"),
        clear_strength=0.3 if not claim else 1.0,
        observed=float(len(found)),
        unit="messages",
    )


def _failed(context: _Context) -> Evidence:
    found = context.of("all-failed")
    strength = context.weight("all-failed")
    if len(found):
        if bool((found["roster"] != "right").all()) and bool((found["priority"] == "urgent").any()):
            strength *= 0.6  # whether it was the right person can't be told
        if not bool((found["priority"] == "urgent").any()):
            strength *= 0.5

    def say(m: pd.Series) -> str:
        whom = f"{m['on_call']}, who was on call" if m["roster"] == "right" else _to(m)
        ways = int(m["attempts"])
        return (
            f"{_message(context, m)} was tried {ways} times to {whom}, and every attempt failed or bounced."
            if ways > 1
            else f"{_message(context, m)} was tried once, to {whom}, and the attempt failed or bounced."
        )

    return _give(
        context,
        "delivery-all-failed",
        found,
        say,
        "Not every attempt failed or bounced.",
        strength=strength,
        observed=float(found["attempts"].sum()) if len(found) else None,
        unit="attempts",
    )


def _unanswered(context: _Context) -> Evidence:
    found = context.of("unanswered")
    return _give(
        context,
        "delivery-unanswered",
        found,
        lambda m: (
            f"{_message(context, m)} was tried {count(int(m['attempts']), 'time')} to {_to(m)}; "
            f"{int(m['no_answers'])} rang without an answer and none got through."
        ),
        "No message was left ringing without an answer.",
        strength=context.weight("unanswered"),
        observed=float(found["attempts"].sum()) if len(found) else None,
        unit="attempts",
    )


def _handled(context: _Context, *, has_roster: bool) -> Evidence:
    rows, handled = context.rows, context.of("handled")
    if len(handled) == len(rows) and context.picked.exact:
        sure = 1.0 if has_roster and bool((rows["roster"] == "right").all()) else 0.6
        urgent = bool((rows["priority"] == "urgent").any())
        first = rows.iloc[0]
        whom = (
            f"{first['on_call']}, who was on call," if first["roster"] == "right" and urgent else _to(first)
        )
        limit = f", where {first['limit_min']:.0f} min is allowed" if urgent else ""
        return Evidence(
            "message-handled",
            Outcome.FOUND,
            f"{_message(context, first)} reached {whom} by "
            f"{clock(first['reached_at'], context.scene.account.zone)}, "
            f"the first attempt after {first['lag_min']:.1f} min{limit}."
            + (f" All {len(rows)} messages did." if len(rows) > 1 else ""),
            strength=sure if urgent else 0.8,
            observed=float(first["lag_min"]),
            expected=float(first["limit_min"]),
            unit="min",
            start=rows["taken_at"].min(),
            end=rows["reached_at"].max(),
            examples=_examples(context, rows),
            data=_facts(rows),
        )
    undecided = context.of("pending", "unlogged")
    if len(undecided) == len(rows):
        return _not_run(
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
        examples=_examples(context, rows),
        data=_facts(rows),
    )


CHECK = Check(
    title="The board check",
    facets=FACETS,
    needs=("messages",),
    complaints=("dispatch",),
    run=run,
)
