"""Who else was hit without complaining: the other accounts that share a verdict's trouble."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from calltrace.diagnosis import causes, certainty, hiding, words
from calltrace.diagnosis.accounts import known
from calltrace.diagnosis.board import board
from calltrace.diagnosis.checks._columns import columns
from calltrace.diagnosis.checks._cut_short import answers, far_shorter, groups_by_call, over_at_once
from calltrace.diagnosis.checks._load import WAIT_FELT_S, load
from calltrace.diagnosis.checks.handling import HOLD_FELT_S
from calltrace.diagnosis.diagnosis import Hit
from calltrace.diagnosis.evidence import Evidence, Outcome
from calltrace.diagnosis.holes import CACHE, GROUP, OF_HOLES, Hole
from calltrace.diagnosis.scene import Scene, within
from calltrace.normal.intervals import to_us

if TYPE_CHECKING:
    from calltrace.diagnosis.checks._chance import Bools

SILENCES = {
    "platform-silent": ("platform-outage", "planned-shutdown", "records-missing"),
    "trunk-silent": ("carrier-outage", "records-missing"),
}

QUEUE = (
    "understaffed", "slow-handling", "agent-not-answering", "own-surge", "other-account-surge", "wide-surge")
"""Causes by which everybody's callers wait for the same agents."""

HELD = "agent-long-holds"

CUT = {"agent-ends-calls": "agent-alone-cuts-short", "one-way-audio": "group-cuts-short"}
"""Causes by which answered calls of many are over within seconds, and the facet that names the agent or the trunk group."""

ASTRAY = {"not-dispatched": ("not-dispatched", "never sent out"), "dispatched-late": ("late", "sent out late")}
"""Causes by which one agent, or one hour, leaves the messages of many astray: what the board calls it, and what it says."""

SAME_HOURS = pd.Timedelta(hours=1)
"""How near to a message that went astray another one of another account must have been taken to be of the same trouble."""

TOGETHER = "silent-together"
"""The facet that names other accounts silent in the very same hours, and"""

SILENCED = frozenset({
    "carrier-outage", "number-down", "lines-not-forwarded", "lines-forwarded-late", "lines-released-early", "expected-quiet"})
"""the causes with which they are told, whichever explains the silence best: they were silent too."""

LOST = frozenset({"", "platform-outage", "planned-shutdown", "announcement-dead-end", "path-limit"})
"""Causes, and none, with which the others are told whose calls were lost as they came in at the same time."""

MOST = 200
"""Accounts looked at, those with most calls first: the others hardly have calls to lose."""


def hits(scene: Scene, cause: str, pieces: Mapping[str, Evidence]) -> tuple[Hit, ...]:
    """Return the other accounts a shared trouble hit, those that lost most first; empty for a client's own."""
    for facet, shared in SILENCES.items():
        piece = pieces.get(facet)
        if cause in shared and piece is not None and piece.outcome is Outcome.FOUND:
            return silenced(scene, piece.start, piece.end, trunk=facet == "trunk-silent")
    hole, hid = scene.cache.get(CACHE), hiding.part_of(cause, pieces)
    if isinstance(hole, Hole) and hole.cause == cause:
        return silenced(scene, hole.start, hole.end, trunk=hole.whose == GROUP)
    if hid is not None and hid.chance is not None:
        return silenced(scene, hid.start, hid.end, trunk=cause == OF_HOLES[GROUP])
    together = pieces.get(certainty.TOGETHER)
    if cause in LOST and together is not None and together.outcome is Outcome.FOUND:
        return tuple(_hit(h) for h in together.data["others"]) if isinstance(together.data["others"], list) else ()
    if cause in QUEUE:
        return _waited(scene, cause, pieces)
    if cause == HELD:
        return _held(scene, pieces)
    if cause in CUT:
        return _cut(scene, pieces.get(CUT[cause]))
    if cause in ASTRAY:
        return _astray(scene, *ASTRAY[cause])
    listed = [h for p in pieces.values() if p.outcome is Outcome.FOUND for h in _listed(p, cause)]
    if not listed and TOGETHER in pieces and pieces[TOGETHER].outcome is Outcome.FOUND and cause in SILENCED:
        return tuple(_listed(pieces[TOGETHER], "carrier-outage"))
    return tuple(listed)


def _span(scene: Scene, cause: str, pieces: Mapping[str, Evidence]) -> tuple[pd.Timestamp, pd.Timestamp]:
    """Return when everybody's waits were long, else what was found for the cause, else the window asked about."""
    shown = (s.facet for s in causes.get(cause).signs if s.found == "for")
    for facet in ("waits-rose", *shown):
        piece = pieces.get(facet)
        if piece is not None and piece.outcome is Outcome.FOUND and piece.start is not None and piece.end is not None:
            return piece.start, piece.end
    return scene.question.start, scene.question.end


def _waited(scene: Scene, cause: str, pieces: Mapping[str, Evidence]) -> tuple[Hit, ...]:
    """Return the other accounts more of whose callers than usual waited long while the cause was at work."""
    calls = columns(scene.case)
    start, end = (to_us(at) for at in _span(scene, cause, pieces))
    inside = calls.waited & calls.owned & (calls.at >= start) & (calls.at < end)
    long, rest = calls.wait > WAIT_FELT_S, calls.waited & calls.owned & ~inside
    usual = float((long & rest).sum()) / max(1.0, float(rest.sum()))
    return _counted(scene, inside, long, usual, f"callers waited longer than {WAIT_FELT_S:.0f} s")


def _held(scene: Scene, pieces: Mapping[str, Evidence]) -> tuple[Hit, ...]:
    """Return the other accounts whose callers the agent in question left on hold."""
    named = (p.data.get("agent") for s in causes.get(HELD).signs if (p := pieces.get(s.facet)) is not None
             and p.outcome is Outcome.FOUND)
    agent = next((a for a in named if a), None)
    calls = columns(scene.case)
    if agent not in calls.agents:
        return ()
    start, end = (to_us(at) for at in (scene.question.start, scene.question.end))
    its = calls.answered & calls.owned & (calls.agent == calls.agents.index(str(agent)))
    its &= (calls.at >= start) & (calls.at < end)
    return _counted(scene, its, calls.hold > HOLD_FELT_S, 0.0, f"callers {agent} answered were held long")


def _cut(scene: Scene, piece: Evidence | None) -> tuple[Hit, ...]:
    """Return the other accounts whose answered calls were over within seconds, at that agent or on that trunk group."""
    if piece is None or piece.outcome is not Outcome.FOUND or piece.start is None or piece.end is None:
        return ()
    view, soon = load(scene), scene.profile.value("hung_up_soon_s", scene.account.account)
    calls = view.calls
    group, groups = groups_by_call(scene.case)
    if (agent := piece.data.get("agent")) is not None:
        its, short = calls.agent == calls.agents.index(str(agent)), over_at_once(view, soon)
    else:
        its, short = group == groups.index(str(piece.data["trunk_group"])), far_shorter(view, soon)
    inside = answers(view).kept & calls.owned & its & (calls.at >= to_us(piece.start)) & (calls.at < to_us(piece.end))
    return _counted(scene, inside, short, 0.0, "calls that were answered there were over within seconds")


def _counted(scene: Scene, of: Bools, bad: Bools, usual: float, says: str) -> tuple[Hit, ...]:
    """Return the other accounts with a larger share of bad calls than usual, those with most first."""
    calls, names = columns(scene.case), known(scene.case)
    size = len(calls.accounts)
    many, k = (np.bincount(calls.account[which], minlength=size) for which in (of, of & bad))
    chosen = [i for i in np.flatnonzero(k) if k[i] > usual * many[i] and calls.accounts[i] != scene.question.account]
    chosen.sort(key=lambda i: (-k[i], calls.accounts[i]))
    # how many callers wait is told of how many there were, and not of how many are usual
    return tuple(Hit(calls.accounts[i], names.get(calls.accounts[i], calls.accounts[i]), None, float(k[i]),
                     f"{k[i]} of {many[i]} {says}") for i in chosen)


def _astray(scene: Scene, state: str, says: str) -> tuple[Hit, ...]:
    """Return the other accounts whose urgent messages went the same way, in the same hands or in the same hours."""
    taken = within(scene.case.table("messages"), scene.question.start, scene.question.end, "taken_at")
    urgent = taken[(taken["priority"] == "urgent").fillna(value=False) & taken["account"].notna()]
    if urgent.empty or not scene.case.has("dispatch"):
        return ()
    seen = board(scene.case, urgent, scene.profile, scene.question.now)
    own = seen[(seen["account"] == scene.question.account) & (seen["state"] == state)]
    others = seen[seen["account"] != scene.question.account]
    near = others["taken_at"].map(lambda at: bool(((own["taken_at"] - at).abs() <= SAME_HOURS).any())).astype(bool)
    same = others["agent"].isin(own["agent"].dropna()).fillna(value=False).astype(bool)
    of = others[near | same]
    many, k = of["account"].value_counts(), of.loc[of["state"] == state, "account"].value_counts()
    names = known(scene.case)
    return tuple(
        Hit(a, names.get(a, a), None, float(k[a]), f"{k[a]} of {many[a]} urgent messages {says}")
        for a in sorted(k.index.astype(str), key=lambda a: (-k[a], a)))


def silenced(scene: Scene, start: pd.Timestamp | None, end: pd.Timestamp | None, *, trunk: bool) -> tuple[Hit, ...]:
    """Return the other accounts without a call in a silence of everybody's, or of the trunk group, those that lost most first."""
    if start is None or end is None:
        return ()
    inside = within(scene.case.calls, start, end)
    # the gap's first instant is the last call before it; whose calls came by another trunk group was not silent
    observed = inside[inside["offered_at"] > start]["account"].value_counts()
    names = known(scene.case)
    found = []
    for account in _busiest(scene, trunk=trunk)[:MOST]:
        if account == scene.account.account:
            continue
        expected = scene.baseline.of("account", account).expected(start, end)
        if expected >= 0.5 and int(observed.get(account, 0)) == 0:
            found.append(Hit(account, names.get(account, account), expected, 0.0,
                             f"{words.count(round(expected, 1), 'call')} expected, none on record"))
    return tuple(sorted(found, key=lambda h: (-(h.expected or 0), h.account)))


def _busiest(scene: Scene, *, trunk: bool) -> list[str]:
    """Return the accounts, those with most calls first: of all calls, or of those by the account's own trunk groups."""
    if trunk:
        met = scene.case.pairs("account", "trunk_group")
        calls = met[met["trunk_group"].isin(scene.account.trunk_groups)].groupby("account")["n"].sum()
    else:
        numbers, names = scene.case.codes("account")
        calls = pd.Series(np.bincount(numbers[numbers >= 0], minlength=len(names)), index=list(names))
    return list(map(str, calls.sort_values(ascending=False, kind="stable").index))


def _listed(piece: Evidence, cause: str) -> list[Hit]:
    """Return the accounts a check itself names as hit, in ``data["also_affected"]`` under the cause."""
    listed = piece.data.get("also_affected")
    if not isinstance(listed, dict) or cause not in listed:
        return []
    return [_hit(h) for h in listed[cause]]


def _hit(listed: Mapping[str, Any]) -> Hit:
    return Hit(str(listed["account"]), str(listed["name"]), listed.get("expected"), listed.get("observed"), str(listed["says"]))
