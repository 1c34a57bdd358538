"""Did this caller call, and what became of the call? Searched as a person would.

"I called at four and nobody answered" is looked for in any way of writing the number, in the window and near
it, one digit off, among withheld numbers, and on other clients' lines; then what became of the call is told.
That nothing is found means the caller did not reach the switch only where nothing hides a call: an outage,
lost records or a log without unanswered calls. Those are other checks' questions.

What looks the same and is not: a caller who left within some ten seconds and one who left after a long wait;
a call that was answered and one whose message then went astray (the board check).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from calltrace.diagnosis.board import board
from calltrace.diagnosis.caller import HIDDEN, calls_from, slips
from calltrace.diagnosis.checks._base import Check, Facet
from calltrace.diagnosis.evidence import Evidence, Outcome, examples_of
from calltrace.diagnosis.rows import plain
from calltrace.diagnosis.scene import within
from calltrace.diagnosis.words import clock, count

if TYPE_CHECKING:
    from calltrace.diagnosis.scene import Scene

NEAR = pd.Timedelta(hours=2)
"""Round the window people remember; a call further away is another call."""

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
    Facet("caller-refused", "Was the caller refused as busy, or cut by the switch?", "caller-outcome"),
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

_OUTCOMES = (
    "caller-hung-up-soon",
    "caller-left-after-wait",
    "caller-refused",
    "caller-in-announcement",
    "caller-answered-no-message",
    "caller-was-handled",
)


_LISTED = {
    name: name
    for name in (
        "call_id",
        "offered_at",
        "account",
        "ani",
        "dnis",
        "agent",
        "outcome",
        "ended_by",
        "ring_s",
        "queue_s",
        "hold_s",
        "talk_s",
        "recording",
    )
}


@dataclass(frozen=True)
class _Search:
    """What was found: the caller's calls to this account; ``near`` is 1 in the window, less outside."""

    own: pd.DataFrame
    near: float
    elsewhere: pd.DataFrame
    other_times: int
    slips: pd.DataFrame
    withheld: pd.DataFrame


def run(scene: Scene) -> list[Evidence]:
    """Look for the caller's call and tell what became of it."""
    if not scene.question.caller:
        return [
            Evidence(
                f.name,
                Outcome.NOT_RUN,
                "Could not be asked: no caller's number was given.",
                0.0,
                missing=("--caller",),
            )
            for f in FACETS
        ]
    if scene.question.caller == HIDDEN:
        return _without_number(scene)
    found = _search(scene)
    listed = _listed(scene, found)
    return [
        _found(scene, found, listed),
        _known(scene, found),
        _slip(scene, found),
        _hidden(scene, found),
        _another(scene, found),
        *_became(scene, found),
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
    found = _Search(own=none, near=1.0, elsewhere=none, other_times=0, slips=none, withheld=held)
    data: dict[str, object] = {
        "candidates": _listed(scene, found),
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
        or Evidence(
            f.name,
            Outcome.NOT_RUN,
            "Could not be asked: the caller's number was withheld.",
            0.0,
            missing=("the caller's number",),
        )
        for f in FACETS
    ]


def _search(scene: Scene) -> _Search:
    start, end, caller = scene.question.start, scene.question.end, scene.question.caller
    everywhere = calls_from(scene.case.calls, caller)
    mine = (everywhere["account"] == scene.question.account).fillna(value=False)
    theirs = everywhere[mine]
    near, own = 1.0, within(theirs, start, end)
    if own.empty:
        own = within(theirs, start - NEAR, end + NEAR)
        if len(own):
            early, late = start - own["offered_at"], own["offered_at"] - end
            away = early.where(early > late, late)
            own = own.assign(_away=away).sort_values("_away", kind="stable").drop(columns="_away")
            near = 0.2 + 0.5 * (1 - min(1.0, away.min() / NEAR))
    window = within(scene.calls, start, end)
    numbers = slips(window["ani"].dropna().unique(), caller)
    return _Search(
        own=own,
        near=float(near),
        elsewhere=within(everywhere[~mine], start - NEAR, end + NEAR),
        other_times=len(theirs) - len(own),
        slips=window[window["ani"].isin(numbers)],
        withheld=window[window["ani"].isna()],
    )


def _listed(scene: Scene, found: _Search) -> list[dict[str, object]]:
    """Return every candidate as the report lists it, instants ISO 8601 in UTC, seconds None where unknown."""
    shown = pd.concat(
        [f["call_id"].head(25) for f in (found.own, found.slips, found.withheld, found.elsewhere)]
    )
    messages = scene.case.table("messages")
    messages = messages[messages["call_id"].isin(shown)].drop_duplicates("call_id").set_index("call_id")

    rows: list[dict[str, object]] = []
    for why, frame in (
        ("same number", found.own),
        ("one slip away", found.slips),
        ("withheld number", found.withheld),
        ("another client's line", found.elsewhere),
    ):
        for row in plain(frame, _LISTED, 25):
            taken = row["call_id"] in messages.index
            message = str(messages.loc[str(row["call_id"]), "message_id"]) if taken else None
            rows.append({"why": why, **row, "message_id": message})
    return rows


def _when(scene: Scene, frame: pd.DataFrame, most: int = 3) -> str:
    shown = ", ".join(
        f"{clock(at, scene.account.zone)} ({i})"
        for at, i in zip(frame["offered_at"].head(most), frame["call_id"].head(most), strict=True)
    )
    return shown + (f" and {len(frame) - most} more" if len(frame) > most else "")


def _found(scene: Scene, found: _Search, listed: list[dict[str, object]]) -> Evidence:
    caller, window = scene.question.caller, len(scene.window)
    data: dict[str, object] = {"candidates": listed, "searched": window, "withheld": len(found.withheld)}
    if len(found.own):
        where = "in the window" if found.near == 1.0 else "near the window, not in it"
        return Evidence(
            "caller-found",
            Outcome.FOUND,
            f"{count(len(found.own), 'call')} from {caller} {where}: {_when(scene, found.own)}.",
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
    if len(found.slips):
        # a digit misread is likelier than a call that left no trace beside one that differs by a digit
        strength *= 0.4
        near = ", ".join(found.slips["ani"].unique()[:3])
        says += f"; but {near}, one slip away, called {_when(scene, found.slips)}"
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


def _known(scene: Scene, found: _Search) -> Evidence:
    some = found.other_times > 0
    return Evidence(
        "caller-known",
        Outcome.FOUND if some else Outcome.CLEAR,
        f"That number called this account {count(found.other_times, 'time')} at other times on record."
        if some
        else "That number called this account at no other time on record.",
        strength=0.5,
        observed=float(found.other_times),
        unit="calls",
        start=scene.question.start,
        end=scene.question.end,
    )


def _slip(scene: Scene, found: _Search) -> Evidence:
    some = len(found.slips) > 0 and found.own.empty
    says = (
        f"A number one slip away called at that time: {', '.join(found.slips['ani'].unique()[:3])}, "
        f"{_when(scene, found.slips)}."
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


def _hidden(scene: Scene, found: _Search) -> Evidence:
    some = len(found.withheld) > 0
    total = len(scene.window)
    return Evidence(
        "withheld-in-window",
        Outcome.FOUND if some else Outcome.CLEAR,
        f"{len(found.withheld)} of {total} calls of the window came with no number: "
        f"{_when(scene, found.withheld)}."
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


def _another(scene: Scene, found: _Search) -> Evidence:
    some = len(found.elsewhere) > 0
    return Evidence(
        "called-another-account",
        Outcome.FOUND if some else Outcome.CLEAR,
        f"That number called another client's line: {_when(scene, found.elsewhere)}."
        if some
        else "That number called no other client's line in or near the window.",
        strength=0.8 if some else 1.0,
        observed=float(len(found.elsewhere)),
        unit="calls",
        start=scene.question.start,
        end=scene.question.end,
        examples=examples_of(found.elsewhere, "call_id"),
        data={"accounts": sorted(str(a) for a in found.elsewhere["account"].dropna().unique())},
    )


def _became(scene: Scene, found: _Search) -> list[Evidence]:
    """Tell what became of the caller's calls; every facet is CLEAR but those of what happened."""
    own = found.own
    if own.empty:
        return [
            Evidence(
                n,
                Outcome.NOT_RUN,
                "Could not be asked: no call of that number was found.",
                0.0,
                missing=("a call from that number",),
            )
            for n in _OUTCOMES
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
            says.format(n=count(len(rows), "call"), when=_when(scene, rows)),
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


def _answered(scene: Scene, found: _Search, answered: pd.Series[bool]) -> list[Evidence]:
    """Follow the answered calls to their messages, and urgent ones to the person on call."""
    own = found.own[answered.fillna(value=False).astype(bool)]
    start, end = found.own["offered_at"].min(), found.own["offered_at"].max()
    names = ("caller-answered-no-message", "caller-was-handled")
    if own.empty:
        return [
            Evidence(
                n,
                Outcome.CLEAR,
                "No agent answered a call of theirs.",
                round(found.near, 3),
                0.0,
                unit="calls",
                start=start,
                end=end,
            )
            for n in names
        ]
    messages = scene.case.table("messages")
    taken = messages[messages["call_id"].isin(own["call_id"])]
    # a message table that begins only after the call can't tell that none was taken
    kept = len(taken) > 0 or bool(messages["taken_at"].min() <= own["offered_at"].max())
    first = own.iloc[0]
    talk = "" if pd.isna(first["talk_s"]) else f" and talked {first['talk_s']:.0f} s"
    who = "an agent" if pd.isna(first["agent"]) else str(first["agent"])
    story = f"{who} answered {clock(first['offered_at'], scene.account.zone)}{talk} ({first['call_id']})"
    rows = examples_of(own, "call_id") + examples_of(taken, "message_id")
    common = {"unit": "calls", "start": start, "end": end, "examples": rows}

    def handled(outcome: Outcome, says: str, strength: float) -> Evidence:
        return Evidence(
            "caller-was-handled",
            outcome,
            says,
            round(found.near * strength, 3),
            observed=float(len(own)),
            **common,
        )

    if not kept:
        return [
            Evidence(
                names[0],
                Outcome.NOT_RUN,
                "Could not be asked: no messages of that time were given.",
                0.0,
                missing=("messages",),
            ),
            handled(Outcome.FOUND, f"{story}; whether a message was taken is not on file.", 0.7),
        ]
    if taken.empty:
        return [
            Evidence(
                names[0],
                Outcome.FOUND,
                f"{story}, and no message was taken.",
                round(found.near, 3),
                observed=float(len(own)),
                **common,
            ),
            handled(Outcome.FOUND, f"{story}; the call was answered, though no message was taken.", 0.5),
        ]
    none = Evidence(
        names[0],
        Outcome.CLEAR,
        f"{count(len(taken), 'message')} taken on the call.",
        round(found.near, 3),
        observed=0.0,
        **common,
    )
    urgent = taken[(taken["priority"] == "urgent").fillna(value=False)]
    if urgent.empty:
        return [none, handled(Outcome.FOUND, f"{story} and took message {taken.iloc[0]['message_id']}.", 1.0)]
    if not scene.case.has("dispatch"):
        return [
            none,
            handled(
                Outcome.FOUND,
                f"{story} and took urgent message {urgent.iloc[0]['message_id']}; "
                "whether it was delivered is not on file.",
                0.6,
            ),
        ]
    state = board(scene.case, urgent, scene.profile, scene.question.now)["state"]
    bad = state[~state.isin(["handled"])]
    if len(bad):
        return [
            none,
            handled(
                Outcome.CLEAR,
                f"{story}, but urgent message {urgent.loc[bad.index[0], 'message_id']} "
                f"was not delivered in time to the right person ({bad.iloc[0]}).",
                1.0,
            ),
        ]
    return [
        none,
        handled(
            Outcome.FOUND,
            f"{story} and took urgent message {urgent.iloc[0]['message_id']}, "
            "delivered in time to the person on call.",
            1.0,
        ),
    ]


def _orphans(scene: Scene) -> Evidence:
    """Look for messages of the window whose calls are on no record: proof that call records are missing."""
    messages = scene.case.table("messages")
    if not scene.case.has("messages") or messages["taken_at"].min() > scene.question.end:
        return Evidence(
            "message-without-call",
            Outcome.NOT_RUN,
            "Could not be asked: no messages of that time were given.",
            0.0,
            missing=("messages",),
        )
    hour = pd.Timedelta(hours=1)
    then = within(messages, scene.question.start - hour, scene.question.end + hour, "taken_at")
    then = then[then["call_id"].notna()]
    # a message is written within hours of its call: only the calls of that time need comparing
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
    )


CHECK = Check(
    title="Did this caller call?",
    facets=FACETS,
    needs=("calls.ani",),
    complaints=("caller-claim",),
    run=run,
)
