"""Did callers ring and ring, on the whole platform, or at one agent who let them?

The share of callers whose call rang long, by quarter hour, against the same hours of other days; and each agent's
unanswered rings against what is usual for agents. One queue makes all the long rings of an hour, so the accounts hit
are one trouble's victims, not troubles of their own. Where hardly a ring was long, but all were far longer than usual, that is
told as well (``_far_longer``).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from calltrace.diagnosis.audit.ground import Candidate, Ground
from calltrace.diagnosis.audit.screens._base import Screen
from calltrace.diagnosis.audit.screens._far_longer import far_longer
from calltrace.diagnosis.audit.screens._lasting import as_one
from calltrace.diagnosis.audit.screens._scan import ASKED, LOOKS_A_DAY, hardest_hit, rises
from calltrace.diagnosis.audit.screens._waits import waits
from calltrace.diagnosis.checks._columns import instants
from calltrace.diagnosis.checks._ongoing import learning
from calltrace.diagnosis.checks._runs import usual_rings

if TYPE_CHECKING:
    import pandas as pd

TITLE = "Did callers ring too long?"


def run(ground: Ground, found: Sequence[Candidate]) -> list[Candidate]:
    """Scan the platform's long rings, then every agent's unanswered ones."""
    calls = ground.columns
    limit = ground.profile.value("long_ring_s")
    picked = ~calls.ended("busy") & ~calls.ended("failed") & ~np.isnan(calls.ring)
    candidates = waits(
        ground, "ring", "long-ring", picked & (calls.ring > limit), picked, says="callers' calls rang long", found=found,
    ) if picked.any() else []
    candidates += _agents(ground)
    return candidates + (far_longer(ground, picked, [*found, *candidates]) if picked.any() else [])


def _agents(ground: Ground) -> list[Candidate]:
    """Find agents at whom far more offered calls rang out than is usual, by stretch of time."""
    agents = ground.case.table("agents")
    out = agents[_rang_out(ground)]
    if out.empty:
        return []
    view = ground.view
    at = view.grid.bin(instants(out["at"]))
    inside = (at >= 0) & (at < view.grid.size)
    out, at = out[inside], at[inside]
    if out.empty:
        return []
    names = sorted(out["agent"].astype(str).unique())
    code = np.searchsorted(np.array(names), out["agent"].astype(str).to_numpy())
    size = view.grid.size
    seen = np.bincount(code * size + at, minlength=len(names) * size).reshape(-1, size).astype(float)
    # rings alone were read off the calls, and reach as far as these
    reach = instants(agents["at"] if ground.case.logs_sessions else ground.case.calls["offered_at"])
    known = np.zeros(size, dtype=bool)
    low, high = (int(b) for b in view.grid.bin(np.array([reach.min(), reach.max()])))
    known[max(low, 0) : high + 1] = True
    known &= learning(view, seen.sum(axis=0), view.offered).usual
    rate = usual_rings(view, names, seen, known)
    # offered calls come in proportion to the load
    busy = np.maximum(view.offered / max(1.0, float(view.offered[view.usual].mean())), 0.3)
    part = slice(view.first, view.last)
    number = {name: i for i, name in enumerate(view.calls.agents)}
    candidates = []
    for row, name in enumerate(names):
        if seen[row, part].sum() < 3:
            continue
        found = rises(seen[row, part], rate[row] * busy[part], offset=view.first, dispersion=0.3, looks=LOOKS_A_DAY)
        answered = view.answers[number[name], part] if name in number else 0.0
        for rise in as_one(found, seen[row, part], seen[row, part] + answered, offset=view.first):
            hits = _rung(ground, out[code == row], at[code == row], rise.first, rise.last)
            if not hits:
                continue
            candidates.append(Candidate(
                screen="ring", account=None, asked=hits[:ASKED], complaint="long-ring",
                start=ground.at(rise.first), end=ground.at(rise.last), score=rise.score, unit="agent-day",
                causes=("agent-not-answering",), harmed=rise.seen, data={"agent": name}))
    return candidates


def _rang_out(ground: Ground) -> pd.Series[bool]:
    """Return which events of agents are calls that rang out at them."""
    return (ground.case.table("agents")["event"] == "ring_no_answer").fillna(value=False)


def _rung(ground: Ground, out: object, at: object, first: int, last: int) -> tuple[str, ...]:
    """Return the accounts whose calls rang out there; those with most calls at that time where the log names none."""
    frame = out[(at >= first) & (at < last)]  # type: ignore[index, operator]
    calls = ground.case.calls
    account = calls.loc[calls["call_id"].isin(frame["call_id"].dropna()), "account"].dropna().astype("string")
    counted = account.value_counts()
    ids = sorted(counted.index, key=lambda a: (-counted[a], a))
    if ids:
        return tuple(str(i) for i in ids)
    everyone = np.ones(len(ground.columns.at), dtype=bool)
    return tuple(h.account for h in hardest_hit(ground, everyone, first, last, "calls"))


def short(ground: Ground) -> str:
    """Say that neither how long callers rang nor at which agents they did is on record."""
    return "" if ground.case.has("calls.ring_s") or _rang_out(ground).any() else "calls.ring_s"


def partly(ground: Ground) -> tuple[str, ...]:
    """Say that how long callers rang is not on record."""
    return () if ground.case.has("calls.ring_s") else (f"{TITLE} (calls.ring_s)",)


SCREEN = Screen(TITLE, ("calls",), run, short, partly)
