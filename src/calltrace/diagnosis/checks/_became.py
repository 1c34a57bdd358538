"""What became of a caller's calls: left soon or after a wait, refused, ended in a recording, answered, handled."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from calltrace.diagnosis.board import board
from calltrace.diagnosis.checks._search import Search, when
from calltrace.diagnosis.evidence import Evidence, Outcome, examples_of, unasked
from calltrace.diagnosis.words import clock, count

if TYPE_CHECKING:
    from calltrace.diagnosis.scene import Scene

NO_MESSAGE = "caller-answered-no-message"
HANDLED = "caller-was-handled"
OUTCOMES = (
    "caller-hung-up-soon",
    "caller-left-after-wait",
    "caller-refused",
    "caller-in-announcement",
    NO_MESSAGE,
    HANDLED,
)


def became(scene: Scene, found: Search) -> list[Evidence]:
    """Tell what became of the caller's calls; every facet is CLEAR but those of what happened."""
    own = found.own
    if own.empty:
        return [
            unasked(n, "Could not be asked: no call of that number was found.", "a call from that number")
            for n in OUTCOMES
        ]
    soon_s = scene.profile.value("hung_up_soon_s", scene.question.account)
    # a wait that is not logged is no wait at all only where neither part of it is
    waited = own["ring_s"].fillna(0) + own["queue_s"].fillna(0)
    timed = own["ring_s"].notna() | own["queue_s"].notna()
    left = own["outcome"].isin(["abandoned", "no_answer"])
    answered = own["outcome"] == "answered"
    soon = left & timed & (waited <= 2 * soon_s)
    share = 1.0 / (1.0 + float(answered.sum()))  # somebody who got through later has another story

    def give(facet: str, mask: pd.Series[bool], says: str, none: str, strength: float = 1.0) -> Evidence:
        rows = own[mask.fillna(value=False).astype(bool)]
        base = {"unit": "calls", "start": own["offered_at"].min(), "end": own["offered_at"].max()}
        if rows.empty:
            return Evidence(facet, Outcome.CLEAR, none, round(found.near, 3), observed=0.0, **base)
        return Evidence(
            facet,
            Outcome.FOUND,
            says.format(n=count(len(rows), "call"), when=when(scene, rows)),
            round(found.near * strength, 3),
            observed=float(len(rows)),
            examples=examples_of(rows, "call_id"),
            **base,
        )

    # "some ten seconds" is no sharp line: full up to the limit, nothing left of it at twice
    shortest = float(waited[soon.fillna(value=False).astype(bool)].min()) if bool(soon.any()) else 0.0
    grade = min(1.0, max(0.0, 2 - shortest / soon_s)) if soon_s > 0 else 0.0
    soon_found = soon & (waited < 2 * soon_s)
    return [
        give(
            "caller-hung-up-soon",
            soon_found,
            f"The caller left after {shortest:.0f} s: {{when}}.",
            f"The caller did not leave within some {soon_s:.0f} s.",
            grade * share,
        ),
        give(
            "caller-left-after-wait",
            left & timed & (waited > soon_s),
            f"The caller left after {float(waited.max()):.0f} s of waiting: {{when}}.",
            "The caller did not leave a queue.",
            min(1.0, max(0.0, float(waited[left.fillna(value=False).astype(bool)].max() or 0) / soon_s - 1))
            * share
            if bool(left.any()) and soon_s > 0
            else 0.0,
        ),
        give(
            "caller-refused",
            own["outcome"].isin(["busy", "failed"]),
            "{n} refused as busy or cut by the switch: {when}.",
            "No call of theirs was refused or cut.",
            share,
        ),
        give(
            "caller-in-announcement",
            own["outcome"].isin(["announcement", "voicemail"]),
            "{n} ended in a recording: {when}.",
            "No call of theirs ended in a recording.",
            share,
        ),
        *_answered(scene, found, answered),
    ]


def _answered(scene: Scene, found: Search, answered: pd.Series[bool]) -> list[Evidence]:
    """Follow the answered calls to their messages, and urgent ones to the person on call."""
    own = found.own[answered.fillna(value=False).astype(bool)]
    start, end = found.own["offered_at"].min(), found.own["offered_at"].max()
    near = round(found.near, 3)
    if own.empty:
        says = "No agent answered a call of theirs."
        return [
            Evidence(n, Outcome.CLEAR, says, near, 0.0, unit="calls", start=start, end=end) for n in (NO_MESSAGE, HANDLED)
        ]
    messages = scene.case.table("messages")
    taken = messages[messages["call_id"].isin(own["call_id"])]
    rows = examples_of(own, "call_id") + examples_of(taken, "message_id")
    common = {"unit": "calls", "start": start, "end": end, "examples": rows}
    # a message table that begins only after the call can't tell that none was taken
    if taken.empty and not bool(messages["taken_at"].min() <= own["offered_at"].max()):
        says = "Could not be asked: no messages of that time were given."
        message = unasked(NO_MESSAGE, says, "messages")
    elif taken.empty:
        says = f"{_story(scene, own.iloc[0])}, and no message was taken."
        message = Evidence(NO_MESSAGE, Outcome.FOUND, says, near, observed=float(len(own)), **common)
    else:
        says = f"{count(len(taken), 'message')} taken on the call."
        message = Evidence(NO_MESSAGE, Outcome.CLEAR, says, near, observed=0.0, **common)
    outcome, says, strength = _handled(scene, _story(scene, own.iloc[0]), taken, kept=message.outcome is not Outcome.NOT_RUN)
    handled = Evidence(
        HANDLED, outcome, says, round(found.near * strength, 3), observed=float(len(own)), **common
    )
    return [message, handled]


def _story(scene: Scene, call: pd.Series) -> str:
    """Say who answered a call, when, and for how long they talked."""
    talk = "" if pd.isna(call["talk_s"]) else f" and talked {call['talk_s']:.0f} s"
    who = "an agent" if pd.isna(call["agent"]) else str(call["agent"])
    return f"{who} answered {clock(call['offered_at'], scene.account.zone)}{talk} ({call['call_id']})"


def _handled(scene: Scene, story: str, taken: pd.DataFrame, *, kept: bool) -> tuple[Outcome, str, float]:
    """Say whether an answered call was handled by the messages taken on it; ``kept`` is whether messages are on file."""
    if not kept:
        return Outcome.FOUND, f"{story}; whether a message was taken is not on file.", 0.7
    if taken.empty:
        return Outcome.FOUND, f"{story}; the call was answered, though no message was taken.", 0.5
    urgent = taken[(taken["priority"] == "urgent").fillna(value=False)]
    if urgent.empty:
        return Outcome.FOUND, f"{story} and took message {taken.iloc[0]['message_id']}.", 1.0
    first = f"{story} and took urgent message {urgent.iloc[0]['message_id']}"
    if not scene.case.has("dispatch"):
        return Outcome.FOUND, f"{first}; whether it was delivered is not on file.", 0.6
    state = board(scene.case, urgent, scene.profile, scene.question.now)["state"]
    bad = state[~state.isin(["handled"])]
    if len(bad):
        which = urgent.loc[bad.index[0], "message_id"]
        says = f"{story}, but urgent message {which} was not delivered in time to the right person ({bad.iloc[0]})."
        return Outcome.CLEAR, says, 1.0
    return Outcome.FOUND, f"{first}, delivered in time to the person on call.", 1.0
