"""What became of a caller's calls: left soon or after a wait, refused, ended in a recording, answered, handled."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING

import pandas as pd

from calltrace.classes import dataclass
from calltrace.diagnosis.board import board
from calltrace.diagnosis.checks._search import Search, when
from calltrace.diagnosis.evidence import Evidence, Outcome, examples_of, unasked
from calltrace.diagnosis.words import clock, count
from calltrace.tables.waits import wait_s

if TYPE_CHECKING:
    from calltrace.diagnosis.scene import Scene

SOON = "caller-hung-up-soon"
WAITED = "caller-left-after-wait"
NO_MESSAGE = "caller-answered-no-message"
HANDLED = "caller-was-handled"
OUTCOMES = (
    SOON,
    WAITED,
    "caller-refused",
    "caller-cut",
    "caller-in-announcement",
    NO_MESSAGE,
    HANDLED,
)

UNTIMED = "The caller left before anybody answered; after how long is not on record."
"""Said of calls that a caller left where the log has no time of it."""

USUAL = 0.5
"""Share of an account's answered calls with a message from which one without is worth a word: some clients' calls are put
through, or only ask for something."""


def became(scene: Scene, found: Search) -> list[Evidence]:
    """Tell what became of the caller's calls; every facet is CLEAR but those of what happened.

    A call that was handled answers for those before it. It answers for none that was lost after it, and neither do calls the
    caller left at once for one at which they waited, were refused or were cut: then neither is what became of them.
    """
    own = found.own
    if own.empty:
        return [
            unasked(n, "Could not be asked: no call of that number was found.", "a call from that number")
            for n in OUTCOMES
        ]
    soon_s = scene.profile.value("hung_up_soon_s", scene.question.account)
    known = wait_s(own)
    waited, timed = known.fillna(0), known.notna()
    left = own["outcome"].isin(["abandoned", "no_answer"])
    answered = own["outcome"] == "answered"
    soon = left & timed & (waited <= 2 * soon_s)
    ends = _ends(scene, own, soon_s)
    lost = lost_after_all(own, ends, left & timed & (waited >= 2 * soon_s))
    # somebody who got through later has another story
    share = 1.0 if bool(lost.any()) else 1.0 / (1.0 + float(answered.sum()))

    give = _giver(scene, found, soon)
    # "some ten seconds" is no sharp line: full up to the limit, nothing left of it at twice
    shortest = float(waited[soon.fillna(value=False).astype(bool)].min()) if bool(soon.any()) else 0.0
    grade = min(1.0, max(0.0, 2 - shortest / soon_s)) if soon_s > 0 else 0.0
    soon_found = soon & (waited < 2 * soon_s) & (not bool(lost.any()))
    not_soon = f"The caller did not leave within some {soon_s:.0f} s."
    if bool(soon.any()) and bool(lost.any()):
        not_soon = f"The caller left after {shortest:.0f} s, but not every time: {when(scene, own[lost])} was lost otherwise."
    # when the only calls the caller left did so at an unknown time, neither was it soon nor was it not
    untimed = bool(left.fillna(value=False).any()) and not bool((left & timed).fillna(value=False).any())
    return [
        unasked(SOON, UNTIMED, "calls.ring_s") if untimed else give(
            SOON,
            soon_found,
            f"The caller left after {shortest:.0f} s: {{when}}.",
            not_soon,
            grade * share,
        ),
        unasked(WAITED, UNTIMED, "calls.ring_s") if untimed else give(
            WAITED,
            left & timed & (waited > soon_s),
            f"The caller left after {float(waited[left.fillna(value=False).astype(bool)].max() or 0):.0f} s of waiting: {{when}}."
            if bool(left.any()) else "",
            "The caller did not leave a queue.",
            min(1.0, max(0.0, float(waited[left.fillna(value=False).astype(bool)].max() or 0) / soon_s - 1))
            * share
            if bool(left.any()) and soon_s > 0
            else 0.0,
        ),
        give(
            "caller-refused",
            own["outcome"] == "busy",
            "{n} refused as busy: {when}.",
            "No call of theirs was refused.",
            share,
        ),
        give(
            "caller-cut",
            own["outcome"] == "failed",
            "{n} cut by the switch: {when}.",
            "No call of theirs was cut.",
            share,
        ),
        give(
            "caller-in-announcement",
            own["outcome"].isin(["announcement", "voicemail"]),
            "{n} ended in a recording: {when}.",
            "No call of theirs ended in a recording.",
            share,
        ),
        *_answered(scene, found, ends, lost),
    ]


def _giver(scene: Scene, found: Search, soon: pd.Series[bool]) -> Callable[..., Evidence]:
    """Return what gives a facet's evidence: FOUND with the caller's calls of a mask, CLEAR where there are none."""
    own = found.own

    def give(facet: str, mask: pd.Series[bool], says: str, none: str, strength: float = 1.0) -> Evidence:
        rows = own[mask.fillna(value=False).astype(bool)]
        base = {"unit": "calls", "start": own["offered_at"].min(), "end": own["offered_at"].max()}
        if rows.empty:
            seen = float(soon.sum()) if facet == SOON else 0.0
            return Evidence(facet, Outcome.CLEAR, none, round(found.near, 3), observed=seen, **base)
        return Evidence(
            facet,
            Outcome.FOUND,
            says.format(n=count(len(rows), "call"), when=when(scene, rows)),
            round(found.near * strength, 3),
            observed=float(len(rows)),
            examples=examples_of(rows, "call_id"),
            **base,
        )

    return give


@dataclass(frozen=True)
class End:
    """How the call answered at ``at`` ended: whether it was handled, how sure that is, and in words; ``short``: cut short."""

    at: pd.Timestamp
    handled: bool
    strength: float
    says: str
    message: bool | None = None
    short: bool = False


def _ends(scene: Scene, own: pd.DataFrame, soon_s: float) -> dict[Hashable, End]:
    """Follow each answered call to its messages, and urgent ones to the person on call; by the row's index."""
    answered = own[(own["outcome"] == "answered").fillna(value=False)]
    messages = scene.case.table("messages")
    # a message table that begins only after the call can't tell that none was taken
    kept = len(answered) > 0 and bool(messages["taken_at"].min() <= answered["offered_at"].max())
    ends: dict[Hashable, End] = {}
    for index, call in answered.iterrows():
        taken = messages[messages["call_id"] == call["call_id"]]
        story = _story(scene, call)
        talked = call["talk_s"]
        put_through = "transferred_to" in call.index and pd.notna(call["transferred_to"])
        short = taken.empty and not put_through and pd.notna(talked) and talked < soon_s
        if taken.empty and not kept:
            says = f"{story}; whether a message was taken is not on file."
            ends[index] = End(call["offered_at"], not short, 0.0 if short else 0.7, says, None, short)
        elif taken.empty:
            # where most calls end without one, a call without a message is as handled as any
            rare = not short and (put_through or _with_message(scene) < USUAL)
            says = f"{story}; the call was answered, though no message was taken."
            ends[index] = End(call["offered_at"], rare, 0.5 if rare else 0.0, says, message=False, short=short)
        else:
            outcome, says, strength = _handled(scene, story, taken)
            ends[index] = End(call["offered_at"], outcome is Outcome.FOUND, strength, says, message=True)
    return ends


def _with_message(scene: Scene) -> float:
    """Return the share of the account's answered calls a message was taken on, among those since the messages begin."""
    messages = scene.case.table("messages")
    calls = scene.calls
    since = messages["taken_at"].min() - pd.Timedelta(hours=1)
    answered = calls[(calls["outcome"] == "answered") & (calls["offered_at"] >= since)]
    return float(answered["call_id"].isin(messages["call_id"]).mean()) if len(answered) else 0.0


def lost_after_all(own: pd.DataFrame, ends: dict[Hashable, End], waited: pd.Series[bool]) -> pd.Series[bool]:
    """Return which of a caller's calls were lost, not by their own hanging up at once, with none handled after them.

    ``waited`` are those the caller left after a wait.
    """
    lost = own["outcome"].isin(["busy", "failed", "announcement", "voicemail"]) | waited.fillna(value=False)
    lost |= pd.Series([i in ends and ends[i].short for i in own.index], index=own.index)
    handled = [end.at for end in ends.values() if end.handled]
    return (lost & (own["offered_at"] > max(handled)) if handled else lost).fillna(value=False).astype(bool)


def _answered(scene: Scene, found: Search, ends: dict[Hashable, End], lost: pd.Series[bool]) -> list[Evidence]:
    """Say of the answered calls whether a message was taken, and whether the caller was handled in the end."""
    own = found.own[[i in ends for i in found.own.index]]
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
    if len(taken):
        says = f"{count(len(taken), 'message')} taken on the call."
        message = Evidence(NO_MESSAGE, Outcome.CLEAR, says, near, observed=0.0, **common)
    elif any(e.message is None for e in ends.values()):
        message = unasked(NO_MESSAGE, "Could not be asked: no messages of that time were given.", "messages")
    else:
        says = f"{_story(scene, own.iloc[0])}, and no message was taken."
        message = Evidence(NO_MESSAGE, Outcome.FOUND, says, near, observed=float(len(own)), **common)
    last = max((e for e in ends.values() if e.handled), key=lambda e: e.at, default=ends[own.index[0]])
    outcome, says, strength = Outcome.FOUND, last.says, last.strength
    if not last.handled:
        outcome, strength = Outcome.CLEAR, 1.0
    elif bool(lost.any()):
        outcome, strength = Outcome.CLEAR, 1.0
        says = f"{says.rstrip('.')}; but a later call of theirs was lost: {when(scene, found.own[lost])}."
    handled = Evidence(
        HANDLED, outcome, says, round(found.near * strength, 3), observed=float(len(own)), **common
    )
    return [message, handled]


def _story(scene: Scene, call: pd.Series) -> str:
    """Say who answered a call, when, for how long they talked, and for how long the caller was kept on hold."""
    talk = "" if pd.isna(call["talk_s"]) else f" and talked {call['talk_s']:.0f} s"
    hold = call["hold_s"]
    held = pd.notna(hold) and hold > scene.profile.value("long_hold_s", scene.question.account)
    kept = f", with the caller on hold for {hold:.0f} s" if held else ""
    who = "an agent" if pd.isna(call["agent"]) else str(call["agent"])
    return f"{who} answered {clock(call['offered_at'], scene.account.zone)}{talk} ({call['call_id']}){kept}"


def _handled(scene: Scene, story: str, taken: pd.DataFrame) -> tuple[Outcome, str, float]:
    """Say whether an answered call was handled by the messages taken on it."""
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
