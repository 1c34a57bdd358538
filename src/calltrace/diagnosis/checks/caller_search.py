"""Did this caller call, and what became of the call? Searched as a person would.

"I called at four and nobody answered" is looked for in any way of writing the number, in the window and near
it, one digit off, among withheld numbers, and on other clients' lines; then what became of the call is told.
That nothing is found means the caller did not reach the switch only where nothing hides a call: an outage,
lost records or a log without unanswered calls. Those are other checks' questions.

What looks the same and is not: a caller who left within some ten seconds and one who left after a long wait;
a call that was answered and one whose message then went astray (the board check).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from calltrace.diagnosis.caller import HIDDEN, without_area
from calltrace.diagnosis.checks._base import Check, Facet
from calltrace.diagnosis.checks._became import became
from calltrace.diagnosis.checks._search import BY_DIGITS, NEAR, Search, candidates, search, when
from calltrace.diagnosis.evidence import Evidence, Outcome, examples_of, unasked
from calltrace.diagnosis.scene import within
from calltrace.diagnosis.words import clock, count

if TYPE_CHECKING:
    from calltrace.diagnosis.scene import Scene

TAKEN = pd.Timedelta(minutes=15)
"""After the end of a window: until then messages of calls that came in it are taken."""

FACETS = (
    Facet("caller-found", "Is there a call from that number in or near the window?", "caller"),
    Facet("caller-known", "Did that number call this account at other times?", "caller-history"),
    Facet("near-number", "Did a number one slip away call at that time?", "near-number"),
    Facet("withheld-in-window", "Did calls with a withheld number come in at that time?", "withheld"),
    Facet(
        "called-another-account",
        "Did that number call another client's line at that time?",
        "caller-elsewhere",
    ),
    Facet("caller-hung-up-soon", "Did the caller leave within some ten seconds?", "caller-outcome"),
    Facet("caller-left-after-wait", "Did the caller leave after a wait?", "caller-outcome"),
    Facet("caller-refused", "Was the caller refused as busy?", "caller-outcome"),
    Facet("caller-cut", "Was the call cut by the switch?", "caller-outcome"),
    Facet("caller-in-announcement", "Did the call end in a recording?", "caller-outcome"),
    Facet("caller-answered-no-message", "Was the call answered and no message taken?", "caller-outcome"),
    Facet(
        "caller-was-handled",
        "Was the call answered, its message taken and, if urgent, delivered in time?",
        "caller-outcome",
    ),
    Facet(
        "message-without-call", "Are there messages of that time whose calls are on no record?", "messages"
    ),
)


def run(scene: Scene) -> list[Evidence]:
    """Look for the caller's call and tell what became of it."""
    if not scene.question.caller:
        return [unasked(f.name, "Could not be asked: no caller's number was given.", "--caller") for f in FACETS]
    if scene.question.caller == HIDDEN:
        return _without_number(scene)
    found = search(scene)
    return [
        _found(scene, found),
        _known(scene, found),
        _slip(scene, found),
        _hidden(scene, found),
        _another(scene, found),
        *became(scene, found),
        _orphans(scene),
    ]


def _without_number(scene: Scene) -> list[Evidence]:
    """Look for a caller whose number was hidden: the calls without one are shown, and none is called theirs."""
    start, end = scene.question.start, scene.question.end
    hidden = scene.calls[scene.calls["ani"].isna()]
    held, where = within(hidden, start, end), "of the window"
    if held.empty:
        held, where = within(hidden, start - NEAR, end + NEAR), "near the window, not in it,"
    none = scene.calls.iloc[:0]
    found = Search(own=none, near=1.0, elsewhere=none, other_times=0, slips=none, withheld=held)
    data: dict[str, object] = {
        "candidates": candidates(scene, found),
        "searched": len(scene.window),
        "withheld": len(held),
    }
    if len(held):
        told = ", ".join(
            f"{clock(at, scene.account.zone)} ({i}, {outcome})"
            for at, i, outcome in held[["offered_at", "call_id", "outcome"]].head(5).itertuples(index=False)
        )
        more = f" and {len(held) - 5} more" if len(held) > 5 else ""
        first = Evidence(
            "caller-found",
            Outcome.NOT_RUN,
            f"The caller's number was withheld, so calls without a number were looked for: {len(held)} {where} "
            f"came so: {told}{more}. Which of them is the caller's, if any, the log can't tell.",
            0.0,
            observed=float(len(held)),
            unit="calls",
            start=start,
            end=end,
            missing=("the caller's number",),
            examples=examples_of(held, "call_id"),
            data=data,
        )
    else:
        # a number the caller hides from those they ring is often still shown to the switch
        first = Evidence(
            "caller-found",
            Outcome.CLEAR,
            f"The caller's number was withheld, so calls without a number were looked for: none of the "
            f"{len(scene.window)} calls in the window, nor within two hours of it, came so. The number may "
            "have been shown to the switch all the same.",
            0.25,
            observed=0.0,
            unit="calls",
            start=start,
            end=end,
            data=data,
        )
    ran = {"caller-found": first}
    if scene.window["ani"].isna().any() or held.empty:
        ran["withheld-in-window"] = _hidden(scene, found)
    ran["message-without-call"] = _orphans(scene)
    return [
        ran.get(f.name)
        or unasked(f.name, "Could not be asked: the caller's number was withheld.", "the caller's number")
        for f in FACETS
    ]


def _found(scene: Scene, found: Search) -> Evidence:
    caller, window = scene.question.caller, len(scene.window)
    without = without_area(scene.window["ani"])
    data: dict[str, object] = {
        "candidates": candidates(scene, found),
        "searched": window,
        "withheld": len(found.withheld),
        "without_area": without,
        "perhaps": found.perhaps,
    }
    if len(found.own):
        where = "in the window" if found.near == (BY_DIGITS if found.perhaps else 1.0) else "near the window, not in it"
        return Evidence(
            "caller-found",
            Outcome.FOUND,
            f"{count(len(found.own), 'call')} from {found.perhaps or caller} {where}: {when(scene, found.own)}.",
            strength=round(found.near, 3),
            observed=float(len(found.own)),
            unit="calls",
            start=found.own["offered_at"].min(),
            end=found.own["offered_at"].max(),
            examples=examples_of(found.own, "call_id"),
            data=data,
        )
    # every withheld call of the window may be the caller's, so none found says a little less
    strength = 1.0 / (1.0 + 0.25 * min(len(found.withheld), 4))
    says = (
        f"No call from {caller} among the {window} calls to this account in the window, "
        "nor within two hours of it"
    )
    if len(found.elsewhere):
        says += f"; but {found.perhaps or 'that number'} called another client's line {when(scene, found.elsewhere)}"
    if found.nearest is not None:
        says += f"; the nearest to this account was {_nearest(scene, found)}"
    if len(found.slips):
        # a digit misread is likelier than a call that left no trace beside one that differs by a digit
        strength *= 0.4
        near = ", ".join(found.slips["ani"].unique()[:3])
        says += f"; but {near}, one slip away, called {when(scene, found.slips)}"
    if without:
        strength *= 1.0 - 0.5 * without / window
        says += (
            f"; but {without} of those calls stand without an area code, of which the digits that are there"
            " were compared"
        )
    if not scene.case.logs_unanswered:
        strength *= 0.5
        says += "; but this log may hide calls nobody answered"
    return Evidence(
        "caller-found",
        Outcome.CLEAR,
        says + ".",
        strength=round(strength, 3),
        observed=0.0,
        unit="calls",
        start=scene.question.start,
        end=scene.question.end,
        data=data,
    )


def _known(scene: Scene, found: Search) -> Evidence:
    some = found.other_times > 0
    return Evidence(
        "caller-known",
        Outcome.FOUND if some else Outcome.CLEAR,
        f"{found.who} called this account {count(found.other_times, 'time')} at other times on record"
        f"{'' if found.nearest is None else f', nearest {_nearest(scene, found)}'}."
        if some
        else "That number called this account at no other time on record.",
        strength=0.5,
        observed=float(found.other_times),
        unit="calls",
        start=scene.question.start,
        end=scene.question.end,
    )


def _nearest(scene: Scene, found: Search) -> str:
    """Return when the number called this account at another time, nearest to the window, and how that call ended."""
    call = found.nearest
    assert call is not None  # noqa: S101 -- asked only where there is one
    outcome = "end unknown" if pd.isna(call["outcome"]) else call["outcome"]
    return f"{clock(call['offered_at'], scene.account.zone)} ({call['call_id']}, {outcome})"


def _slip(scene: Scene, found: Search) -> Evidence:
    some = len(found.slips) > 0 and found.own.empty
    says = (
        f"A number one slip away called at that time: {', '.join(found.slips['ani'].unique()[:3])}, "
        f"{when(scene, found.slips)}."
        if some
        else "No number one slip away called at that time."
    )
    return Evidence(
        "near-number",
        Outcome.FOUND if some else Outcome.CLEAR,
        says,
        strength=0.7 if some else 0.5,
        observed=float(len(found.slips)),
        unit="calls",
        start=scene.question.start,
        end=scene.question.end,
        examples=examples_of(found.slips, "call_id"),
    )


def _hidden(scene: Scene, found: Search) -> Evidence:
    some = len(found.withheld) > 0
    total = len(scene.window)
    return Evidence(
        "withheld-in-window",
        Outcome.FOUND if some else Outcome.CLEAR,
        f"{len(found.withheld)} of {total} calls of the window came with no number: "
        f"{when(scene, found.withheld)}."
        if some
        else f"All {total} calls of the window came with a number."
        if total > 1
        else "No call of the window came without a number.",
        strength=min(1.0, 0.3 * len(found.withheld)) if some else 0.5,
        observed=float(len(found.withheld)),
        unit="calls",
        start=scene.question.start,
        end=scene.question.end,
        examples=examples_of(found.withheld, "call_id"),
    )


def _another(scene: Scene, found: Search) -> Evidence:
    some = len(found.elsewhere) > 0
    ended = ", ".join(found.elsewhere["outcome"].fillna("end unknown").str.replace("_", " ").head(3))
    return Evidence(
        "called-another-account",
        Outcome.FOUND if some else Outcome.CLEAR,
        f"{found.who} did reach the service, on another client's line: {when(scene, found.elsewhere)}, {ended}."
        if some
        else "That number called no other client's line in or near the window.",
        strength=(0.8 if some else 1.0) * (BY_DIGITS if some and found.perhaps else 1.0),
        observed=float(len(found.elsewhere)),
        unit="calls",
        start=scene.question.start,
        end=scene.question.end,
        examples=examples_of(found.elsewhere, "call_id"),
        data={"accounts": sorted(str(a) for a in found.elsewhere["account"].dropna().unique()), **(
            {"settled_by": "Ask which number was dialled, and for a screenshot of the call list on the caller's phone: the call"
                           " that reached another client's line may be the one that is meant."} if some else {})},
    )


def _orphans(scene: Scene) -> Evidence:
    """Look for messages of the window whose calls are on no record: proof that call records are missing."""
    messages = scene.case.table("messages")
    if not scene.case.has("messages") or messages["taken_at"].min() > scene.question.end:
        return unasked("message-without-call", "Could not be asked: no messages of that time were given.", "messages")
    hour = pd.Timedelta(hours=1)
    # a message is taken in its call: one of before the window is of a call of before it
    then = within(messages, scene.question.start, scene.question.end + TAKEN, "taken_at")
    then = then[then["call_id"].notna()]
    # it may be written within hours of it: only the calls of that time need comparing
    calls = within(scene.case.calls, scene.question.start - 4 * hour, scene.question.end + hour)
    lost = then[~then["call_id"].isin(calls["call_id"])]
    if then.empty:
        return Evidence(
            "message-without-call",
            Outcome.CLEAR,
            "No message of that time names a call.",
            0.2,
            observed=0.0,
            unit="messages",
            start=scene.question.start,
            end=scene.question.end,
        )
    return Evidence(
        "message-without-call",
        Outcome.FOUND if len(lost) else Outcome.CLEAR,
        f"{len(lost)} of {len(then)} messages of that time were taken on calls that are on no record."
        if len(lost)
        else f"Every one of the {len(then)} messages of that time has its call on record.",
        strength=min(1.0, 0.4 + 0.2 * len(lost)) if len(lost) else min(1.0, len(then) / 10),
        observed=float(len(lost)),
        expected=0.0,
        unit="messages",
        start=scene.question.start,
        end=scene.question.end,
        examples=examples_of(lost, "message_id"),
        data={"messages": len(then)},
    )


CHECK = Check(
    title="Did this caller call?",
    facets=FACETS,
    needs=("calls.ani",),
    complaints=("caller-claim",),
    run=run,
)
