"""Calls out of FreeSWITCH's legs: whichever files they lie in, one row a caller's attempt.

``Master.csv`` has a row an A-leg (both legs, if set so), JSON and XML have a file a leg. Legs belong together
where one names the other: the leg it was bridged to, the leg it was made for. The root of a call is the leg
that began it (of two that began in the same second the one that names the other and is not named by it, wherever its
row stands); the others, a voicemail box's own leg and legs that lost a race among them, are folded into it and counted in
the notes.

An answer is not a person: FreeSWITCH answers a call for an announcement, a menu or the music of a queue. A call
counts as answered where it was bridged to another leg, or where a queue's agent took it.

Legs of calls that agents make, and of phones calling each other, are set aside. A caller from outside is known by
the context (``public``), a caller from inside by being a registered user, or by a number of a few digits in another
context. A log in which no outside caller ever got through (a laboratory's, or one whose contexts have other names) does
not tell the two apart: then every call in it is taken for a caller's, and the notes say so.

The accountcode of a caller's call is its client, but for a code that is the service's own (its domain, in FusionPBX).
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from calltrace.classes import dataclass
from calltrace.errors import Location
from calltrace.intake.duplicates import without_repeats
from calltrace.intake.formats._base import Reading
from calltrace.intake.formats._freeswitch import SECONDS, TEXTS, TYPES
from calltrace.intake.formats._rows import together
from calltrace.intake.formats._values import nullable_array
from calltrace.intake.freeswitch_sides import dialled, from_outside, given, service_codes, sides, turns
from calltrace.tables import phones
from calltrace.tables.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from calltrace.intake.formats._base import ReadOptions

    Mask = NDArray[np.bool_]
    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]
    Texts = NDArray[np.object_]

OUTCOMES = {
    "ORIGINATOR_CANCEL": "abandoned",
    "NO_ANSWER": "no_answer",
    "NO_USER_RESPONSE": "no_answer",
    "ALLOTTED_TIMEOUT": "no_answer",
    "PROGRESS_TIMEOUT": "no_answer",
    "USER_BUSY": "busy",
}
"""What an unanswered leg's hangup cause means; every other cause is "failed"."""

LOST_LEG = ("LOSE_RACE", "PICKED_OFF")
"""A leg that ended because another one got the call: not how the call ended."""

AT_ONCE_S = 2.0
"""Answered and bridged within this: the bridge's own answer, no machine before it."""

MANY = 5
"""So many zero-second calls that got nowhere, from one number to different ones, are told of as a scan."""


def join(readings: Sequence[tuple[str, Reading]], options: ReadOptions) -> list[tuple[str, Reading]]:
    """Make calls of all legs of one switch.

    Parameters
    ----------
    readings : pairs of format name and reading
        Tables "freeswitch-legs"; others are handed back as they are.
    options : ReadOptions
        ``region`` says in which country a number without ``+`` is.

    Returns
    -------
    list of (format name, reading)
        One reading of table "calls". ``offered_at`` is naive with ``offered_at__naive`` where the file has the
        switch's wall clock only, for the loader to place.
    """
    made = [pair for pair in readings if pair[1].table != "freeswitch-legs"]
    given = [pair for pair in readings if pair[1].table == "freeswitch-legs"]
    frames = [reading.frame for _, reading in given if len(reading.frame)]
    if not frames:
        return made
    legs, problems = _once(together(frames, TYPES))
    calls, notes = _calls(legs, options, problems)
    names = Counter(name for name, _ in given)
    zones = {(reading.zone, reading.zone_from) for _, reading in given if len(reading.frame)}
    zone, zone_from = zones.pop() if len(zones) == 1 else ("", "")
    made.append(
        (
            names.most_common(1)[0][0],
            Reading(
                "calls",
                calls,
                rows=sum(reading.rows for _, reading in given),
                problems=tuple(problems),
                zone=zone,
                zone_from=zone_from,
                notes=tuple(notes),
            ),
        )
    )
    return made


def _once(legs: pd.DataFrame) -> tuple[pd.DataFrame, list[Problem]]:
    """Keep each leg once: per-account files repeat Master.csv, and a leg may be in CSV and JSON alike.

    Of two records of a leg the one with the instant in UTC is kept. Records of one UUID that start at other
    times are legs of their own (an id written twice).
    """
    key = legs["uuid"].to_numpy(dtype=object)
    if len(set(key.tolist())) == len(key):
        return legs, []
    order = np.argsort(legs["naive"].to_numpy(dtype=bool), kind="stable")
    seen: dict[tuple[Any, ...], bool] = {}
    drop = np.zeros(len(legs), dtype=bool)
    starts, naive = legs["start"].to_numpy(), legs["naive"].to_numpy(dtype=bool)
    caller, dest = legs["caller"].to_numpy(dtype=object), legs["dest"].to_numpy(dtype=object)
    in_utc = {key[i] for i in order.tolist() if not naive[i]}
    for i in order.tolist():
        if naive[i] and key[i] in in_utc:
            drop[i] = True
            continue
        one = (key[i], round(float(starts[i])), caller[i], dest[i])
        drop[i] = one in seen
        seen[one] = True
    return without_repeats(legs, drop, "leg")


# --- which leg belongs to which call --------------------------------------------------------------------------


def _roots(legs: pd.DataFrame) -> Ints:
    """Return for each leg the leg that began its call (itself, where it did)."""
    size = len(legs)
    root = np.arange(size)
    uuid = legs["uuid"].to_numpy(dtype=object)
    place = {u: i for i, u in enumerate(uuid.tolist()) if u}
    bleg = [place.get(u, -1) if u else -1 for u in legs["bleg"].tolist()]
    parent = [place.get(u, -1) if u else -1 for u in legs["parent"].tolist()]
    start = legs["start"].to_numpy()
    rank = dialled(legs) | _standing(bleg, legs["caller"].tolist())
    turn, inside = turns(bleg, parent, start, legs["answer"].to_numpy()), ~from_outside(legs)

    def order(leg: int) -> tuple[bool, float, int, bool, int]:
        return bool(rank[leg]), float(start[leg]), int(turn[leg]), bool(inside[leg]), leg

    links: dict[int, list[int]] = {}
    for i in range(size):
        for j in (bleg[i], parent[i]):
            if j >= 0 and j != i:
                links.setdefault(i, []).append(j)
                links.setdefault(j, []).append(i)
    for i, near in links.items():
        best = i
        for j in near:
            if order(j) < order(best):
                best = j
        root[i] = best
    _boxes(legs, root)
    while True:
        further = root[root]
        if (further == root).all():
            return root
        root = further


def _standing(bleg: list[int], caller: list[str | None]) -> Mask:
    """Say which legs several callers were bridged to, one after the other: an agent's standing leg, nobody's call."""
    named: dict[int, set[str | None]] = {}
    for i, b in enumerate(bleg):
        if b >= 0 and b != i:
            named.setdefault(b, set()).add(caller[i])
    found = np.zeros(len(bleg), dtype=bool)
    found[[b for b, callers in named.items() if len(callers) > 1 and caller[b] not in callers]] = True
    return found


def _boxes(legs: pd.DataFrame, root: Ints) -> None:
    """Fold a voicemail box's own (loopback) leg into the call that was sent there.

    It has the caller's number, begins while the call is up, and ends with it; nothing else names the call.
    """
    dest = legs["dest"].to_numpy(dtype=object)
    boxes = np.flatnonzero((dest == "voicemail") & (root == np.arange(len(root))))
    if not len(boxes):
        return
    start, end = legs["start"].to_numpy(), legs["end"].to_numpy()
    caller = legs["caller"].to_numpy(dtype=object)
    by_end: dict[tuple[Any, int], list[int]] = {}
    for i in np.flatnonzero((dest != "voicemail") & np.isfinite(end)).tolist():
        by_end.setdefault((caller[i], int(end[i])), []).append(i)
    for i in boxes[np.isfinite(end[boxes])].tolist():
        near = [j for d in (0, -1, 1) for j in by_end.get((caller[i], int(end[i]) + d), []) if start[j] <= start[i]]
        if near:
            root[i] = near[0]


# --- calls ----------------------------------------------------------------------------------------------------


def _calls(legs: pd.DataFrame, options: ReadOptions, problems: list[Problem]) -> tuple[pd.DataFrame, list[str]]:
    """Return one row a caller's attempt, and what became of the other legs."""
    root = _roots(legs)
    own = root == np.arange(len(root))
    text = {name: legs[name].to_numpy(dtype=object) for name in TEXTS}
    time = {name: legs[name].to_numpy(dtype=np.float64) for name in SECONDS}
    cause = text["cause"]
    lost = own & np.isin(cause.astype(str), LOST_LEG) & np.isnan(time["answer"])
    side = sides(legs, text, own, time["answer"])
    aside = lost | (own & side.inside & side.telling)
    kept = np.flatnonzero(own & ~aside)
    notes = [_told(legs, own, lost, aside)]
    if (own & side.inside & ~side.telling & ~lost).any():
        notes.append(
            "no caller from outside got through, so callers from outside and from inside can't be told apart: "
            "every call counts as a caller's attempt"
        )
    for switch, code in sorted(service_codes(text, side, kept, legs["source_file"].to_numpy(dtype=object)), key=str):
        text["accountcode"] = text["accountcode"].copy()
        text["accountcode"][(text["switch"] == switch) & (text["accountcode"] == code)] = None
        notes.append(
            f"the accountcode {code} stands on calls to many numbers and is the service's own, no client's: each number "
            "dialled is an account, unless the accounts table says otherwise"
        )
    frame = _attempts(legs, root, kept, text, time, options)
    problems += _scans(legs, kept, text, time)
    return frame, notes


def _told(legs: pd.DataFrame, own: Mask, lost: Mask, aside: Mask) -> str:
    folded, others = int((~own).sum()), int((aside & ~lost).sum())
    calls = int((own & ~aside).sum())
    parts = [f"{len(legs)} legs: {calls} callers' attempts"]
    if folded:
        parts.append(f"{folded} further legs of the same calls")
    if lost.any():
        parts.append(f"{int(lost.sum())} that lost to another leg")
    if others:
        parts.append(f"{others} set aside, which registered users or the switch itself made")
    return ", ".join(parts)


def _attempts(  # noqa: PLR0917 - what is known of the legs
    legs: pd.DataFrame, root: Ints, kept: Ints, text: dict[str, Texts], time: dict[str, Floats], options: ReadOptions
) -> pd.DataFrame:
    """Return the calls whose roots are ``kept``."""
    course = _course(legs, root, kept, text, time)
    ring, queue, hold, talk = _durations(course, kept, time)
    outcome = _outcomes(kept, text, time, course)
    number = {
        name: phones.clean(pd.Series(text[name][kept], dtype="string"), options.region)
        for name in ("dest", "caller", "redirected", "transferred")
    }
    code = pd.Series(text["accountcode"][kept], dtype="string")
    caller_raw = pd.Series(text["caller"][kept], dtype="string")
    agent = np.where(course.taker >= 0, _agents(course.taker, text), text["agent"][kept])
    agent[~course.answered] = None
    name = pd.Series(text["caller_name"][kept], dtype="string")
    naive = legs["naive"].to_numpy(dtype=bool)[kept]
    offered = pd.Series(np.round(time["start"][kept] * 1e6).astype(np.int64).astype("datetime64[us]"))
    frame = pd.DataFrame(
        {
            "call_id": pd.array(text["uuid"][kept], dtype="string"),
            "account": code.mask(code == caller_raw),
            "dnis": number["dest"],
            "trunk_group": pd.array(text["gateway"][kept], dtype="string"),
            "ani": number["caller"].mask(caller_raw.str.fullmatch("0{5,}")),
            "caller_name": name.mask(name == "Outbound Call"),
            "agent": pd.array(agent, dtype="string"),
            "offered_at": offered,
            "offered_at__naive": naive,
            "ring_s": nullable_array(_whole(ring)),
            "queue_s": nullable_array(_whole(queue)),
            "hold_s": nullable_array(_whole(hold)),
            "talk_s": nullable_array(_whole(talk)),
            "outcome": pd.array(outcome, dtype="string"),
            "ended_by": pd.array(_ended_by(kept, text, course.answered, outcome), dtype="string"),
            "recording": pd.array(text["recording"][kept], dtype="string"),
            "redirected_from": number["redirected"],
            "linked_id": pd.array(text["uuid"][kept], dtype="string"),
            "hangup_cause": pd.array(text["cause"][kept], dtype="string"),
            "queue": pd.array(text["queue"][kept], dtype="string"),
            "transferred_to": number["transferred"],
            "source_file": pd.Categorical(legs["source_file"].to_numpy(dtype=object)[kept]),
            "source_line": legs["source_line"].to_numpy()[kept],
        }
    )
    if not naive.any():
        frame["offered_at"] = frame["offered_at"].dt.tz_localize("UTC")
        frame = frame.drop(columns="offered_at__naive")
    return frame.sort_values("offered_at", kind="stable", ignore_index=True)


@dataclass(frozen=True)
class _Course:
    """What became of each call, one entry a call.

    ``taker`` is the leg of whoever answered first (-1 where none is in the log); ``queued``, ``box`` and ``answered``
    say whether the call was in a queue, ended in a voicemail box, and reached a person. ``met`` is when caller and
    person were joined (NaN where they never were), and ``exact`` says whether the log tells that instant:
    CSV alone does not.
    """

    taker: Ints
    queued: Mask
    box: Mask
    answered: Mask
    met: Floats
    exact: Mask


def _course(
    legs: pd.DataFrame, root: Ints, kept: Ints, text: dict[str, Texts], time: dict[str, Floats]
) -> _Course:
    """Find out who took each call, and when."""
    child = np.flatnonzero(root != np.arange(len(legs)))
    taker = _takers(child, root, text, time, len(legs))[kept]
    there = taker >= 0
    answer, bridge, served = (time[name][kept] for name in ("answer", "bridge", "served"))
    taken = np.where(there, time["answer"][np.clip(taker, 0, None)], np.nan)
    queued = given(text["queue"][kept]) | np.isfinite(time["queued"][kept])
    # whoever a person took is answered, whatever box the caller went to later
    box = _boxed(child, root, text)[kept] & ~(np.isfinite(taken) | np.isfinite(served))
    bridged = given(text["bleg"][kept]) | np.isfinite(bridge)
    alone = dialled(legs)[kept]  # a leg to a person whose caller's leg is not in the log
    answered = np.isfinite(answer) & (there | alone | np.where(queued, np.isfinite(served), bridged)) & ~box
    met = np.fmax(np.where(np.isnan(taken), np.where(queued, served, bridge), taken), answer)
    return _Course(
        taker=taker,
        queued=queued,
        box=box,
        answered=answered,
        met=np.where(answered, met, np.nan),
        exact=np.isfinite(taken) | np.isfinite(served) | np.isfinite(bridge),
    )


def _boxed(child: Ints, root: Ints, text: dict[str, Texts]) -> Mask:
    """Say of each leg whether it went to a voicemail box, or has a box's own leg folded into it."""
    boxed = (text["dest"] == "voicemail") | (text["app"] == "voicemail")
    boxed[root[child[text["dest"][child] == "voicemail"]]] = True
    return np.asarray(boxed, dtype=bool)


def _durations(course: _Course, kept: Ints, time: dict[str, Floats]) -> tuple[Floats, Floats, Floats, Floats]:
    """Return each call's seconds of ring, queue, hold and talk; NaN where the log doesn't tell.

    A call rings until anything picks up, and waits in a queue from there. Where it was joined to a person at once, no
    machine had picked up: all of its wait was ringing.
    """
    start, answer, end = (time[name][kept] for name in ("start", "answer", "end"))
    held = time["hold"][kept]
    answered, exact, met = course.answered, course.exact, course.met
    picked = np.isfinite(answer)
    at_once = picked & exact & (met - answer <= AT_ONCE_S)
    ring = np.where(at_once, met, np.where(picked, answer, end)) - start
    queue = np.where(
        ~picked | at_once, 0.0, np.where(answered, np.where(exact, met - answer, np.nan), end - answer)
    )
    talk = np.where(exact, end - met - np.nan_to_num(held), time["billsec"][kept])
    return ring, queue, np.where(answered, held, 0.0), np.where(answered, talk, 0.0)


def _whole(seconds: Floats) -> Floats:
    """Return seconds no lower than 0, to the millisecond."""
    return np.asarray(np.round(np.clip(seconds, 0, None), 3), dtype=np.float64)


def _takers(child: Ints, root: Ints, text: dict[str, Texts], time: dict[str, Floats], size: int) -> Ints:
    """Return for each leg that began a call the leg of whoever answered it first; -1 where there is none."""
    taker = np.full(size, -1, dtype=np.int64)
    good = child[
        np.isfinite(time["answer"][child])
        & (text["dest"][child] != "voicemail")
        & ~np.isin(text["cause"][child].astype(str), LOST_LEG)
    ]
    for i in good[np.argsort(-time["answer"][good], kind="stable")].tolist():
        taker[root[i]] = i
    return taker


def _agents(at: Ints, text: dict[str, Texts]) -> Texts:
    """Return who a leg reached: the queue's agent, else the number dialled."""
    place = np.clip(at, 0, None)
    named = text["agent"][place]
    found: Texts = np.where(given(named), named, text["dest"][place])
    return found


def _outcomes(kept: Ints, text: dict[str, Texts], time: dict[str, Floats], course: _Course) -> Texts:
    """Return each call's outcome."""
    cause = pd.Series(text["cause"][kept], dtype="object")
    became = pd.Series(text["disposition"][kept], dtype="object")
    # NORMAL_CLEARING says nothing of a call that nobody answered: what the dialling came to does
    plain = cause.isin(["NORMAL_CLEARING", "NONE", "UNSPECIFIED"]) | cause.isna()
    told = cause.where(~plain | ~became.isin(list(OUTCOMES)), became)
    unanswered = told.map(OUTCOMES).fillna("failed").to_numpy(dtype=object)
    app = np.array([bool(a) and a not in ("hangup", "respond", "bridge") for a in text["app"][kept]], dtype=bool)
    early = plain.to_numpy(dtype=bool) & app & (time["duration"][kept] > 0)
    picked = np.isfinite(time["answer"][kept])
    found = np.where(early & (unanswered == "failed"), "announcement", unanswered)
    found = np.where(picked, np.where(course.queued, "abandoned", "announcement"), found)
    found = np.where(course.box, "voicemail", found)
    result: Texts = np.where(course.answered, "answered", found).astype(object)
    return result


def _ended_by(kept: Ints, text: dict[str, Texts], answered: Mask, outcome: Texts) -> Texts:
    """Return who hung up, where the log says: the caller's own leg received or sent the end."""
    sent = text["hangup"][kept].astype(str)
    caller = np.isin(sent, ("recv_bye", "recv_cancel")) | (text["cause"][kept] == "ORIGINATOR_CANCEL") & (
        outcome == "abandoned"
    )
    ours = np.isin(sent, ("send_bye", "send_refuse", "send_cancel"))
    system = np.isin(outcome.astype(str), ("busy", "failed", "no_answer"))
    found: Texts = np.full(len(kept), None, dtype=object)
    found[system | (ours & ~answered)] = "system"
    found[ours & answered] = "agent"
    found[caller] = "caller"
    return found


def _scans(legs: pd.DataFrame, kept: Ints, text: dict[str, Texts], time: dict[str, Floats]) -> list[Problem]:
    """Tell of callers that tried many numbers for no second each: scanners, not callers."""
    nothing = kept[(time["duration"][kept] <= 1) & np.isnan(time["answer"][kept])]
    by_caller: dict[Any, list[int]] = {}
    for i in nothing.tolist():
        by_caller.setdefault(text["caller"][i], []).append(i)
    found = []
    for rows in by_caller.values():
        if len({text["dest"][i] for i in rows}) < MANY:
            continue
        first = legs.iloc[rows[0]]
        found.append(
            Problem(
                Location(str(first["source_file"]), int(first["source_line"])),
                f"{len(rows)} calls of no length from {text['caller'][rows[0]]} to "
                f"{len({text['dest'][i] for i in rows})} numbers, this is the first",
                "callers who stay on the line",
                "It looks like a scan for open lines; they count as failed calls.",
                table="calls",
                effect="noted",
                rows=len(rows),
                kind="scan",
            )
        )
    return found
