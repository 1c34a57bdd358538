"""Which calls a complaint about an operator may mean: agents, times, who hung up, holds and recordings.

It names no cause: whether somebody was rude is on the recording, not in the log. What the log does tell is
where to listen first: the caller's own call where a number is given, then calls the agent ended soon after
answering, calls with a long hold, and the shortest ones. An agent's habit of hanging up is held against their
own usual share, with the other agents beside it: many switches write ``agent`` whenever the agent's phone
lets go first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from calltrace.diagnosis.caller import HIDDEN, is_from, perhaps_from
from calltrace.diagnosis.checks._base import Check, Facet
from calltrace.diagnosis.checks._load import load
from calltrace.diagnosis.checks._ongoing import going_on
from calltrace.diagnosis.evidence import Evidence, Outcome, examples_of, unasked
from calltrace.diagnosis.rows import plain
from calltrace.diagnosis.words import count
from calltrace.tables.schema import SOURCE_COLUMNS
from calltrace.tables.waits import wait_s

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from calltrace.diagnosis.scene import Scene

SOON_S = 15.0
"""Seconds of talk under which an agent hanging up has hardly let the caller speak: a greeting takes some
five."""

MOST_LISTED = 100
"""Calls listed at most: nobody listens to more."""

FACETS = (
    Facet("operator-calls", "Which calls did agents answer, and where should one listen?", "operator"),
    Facet("agent-hung-up-soon", "Did an agent end a call soon after answering it?", "operator"),
    Facet(
        "agent-hang-up-share",
        "Did an agent hang up first more often than that agent usually does?",
        "operator-share",
    ),
)


LISTED = (
    "call_id", "agent", "offered_at", "ani", "outcome", "ended_by", "wait_s", "hold_s", "talk_s", "recording", "why")
"""The columns of the calls to listen to."""


def listed(scene: Scene) -> pd.DataFrame:
    """Return the window's answered calls, those to listen to first on top.

    Returns
    -------
    DataFrame, one row a call
        ``call_id, agent, offered_at, ani, outcome, ended_by, wait_s, hold_s, talk_s, recording, why`` and the
        source columns; ``why`` says what draws attention to it, '' where nothing does.
    """
    window = scene.window
    answered = window[(window["outcome"] == "answered").fillna(value=False)].copy()
    answered["wait_s"] = wait_s(answered)
    caller = scene.question.caller
    hidden = caller == HIDDEN  # then any call without a number may be the caller's
    theirs = None if not caller else answered["ani"].isna() if hidden else is_from(answered["ani"], caller)
    perhaps = theirs is not None and not hidden and not theirs.any()
    theirs = perhaps_from(answered["ani"], caller) if perhaps else theirs
    whose = "no number shown" if hidden else f"{'perhaps ' if perhaps else ''}the caller's own call"
    by_agent = (answered["ended_by"] == "agent").fillna(value=False).to_numpy(dtype=bool)
    brief = (answered["talk_s"] < SOON_S).fillna(value=False).to_numpy(dtype=bool)
    long_hold_s = scene.profile.value("long_hold_s", scene.question.account)
    held = (answered["hold_s"] > long_hold_s).fillna(value=False).to_numpy(dtype=bool)
    own = np.zeros(len(answered), dtype=bool) if theirs is None else theirs.to_numpy(dtype=bool)
    answered["why"] = pd.array(
        np.select(
            [own, by_agent & brief, held, brief],
            [whose, "the agent hung up soon", "long on hold", "very short"],
            "",
        ),
        dtype="string",
    )
    order = np.select([own, by_agent & brief, held, brief], [0, 1, 2, 3], 4)
    return answered[[*LISTED, *SOURCE_COLUMNS]].iloc[np.argsort(order, kind="stable")].reset_index(drop=True)


def run(scene: Scene) -> list[Evidence]:
    """List the window's answered calls and where to listen."""
    rows = listed(scene)
    start, end = scene.question.start, scene.question.end
    agents = rows["agent"].value_counts()
    recorded = int(rows["recording"].notna().sum())
    who = ", ".join(f"{a} ({n})" for a, n in agents.head(5).items())
    first = rows[(rows["why"] != "").to_numpy(dtype=bool)]
    says = (
        f"{count(len(rows), 'call')} answered by {count(len(agents), 'agent')}: {who}; "
        f"{recorded} with a recording, "
        f"{len(first)} to listen to first."
        if len(rows)
        else "No agent answered a call of this account in the window."
    )
    calls = Evidence(
        "operator-calls",
        Outcome.FOUND if len(rows) else Outcome.CLEAR,
        says,
        observed=float(len(rows)),
        unit="calls",
        start=start,
        end=end,
        examples=examples_of(rows, "call_id"),
        data={"calls": plain(rows, {name: name for name in LISTED}, MOST_LISTED)},
    )
    if not scene.case.has("calls.ended_by"):
        return [
            calls,
            *(
                unasked(name, "Could not be asked: the log does not say who hung up.", "calls.ended_by")
                for name in ("agent-hung-up-soon", "agent-hang-up-share")
            ),
        ]
    return [calls, _soon(scene, rows), _share(scene, rows)]


def _soon(scene: Scene, rows: pd.DataFrame) -> Evidence:
    by_agent = (rows["ended_by"] == "agent").fillna(value=False)
    hits = rows[(by_agent & (rows["talk_s"] < SOON_S).fillna(value=False)).to_numpy(dtype=bool)]
    who = ", ".join(str(a) for a in hits["agent"].dropna().unique()[:5])
    return Evidence(
        "agent-hung-up-soon",
        Outcome.FOUND if len(hits) else Outcome.CLEAR,
        f"{count(len(hits), 'call')} ended by the agent within {SOON_S:.0f} s of talk ({who})."
        if len(hits)
        else f"No agent ended a call within {SOON_S:.0f} s of talk.",
        observed=float(len(hits)),
        expected=0.0,
        unit="calls",
        start=scene.question.start,
        end=scene.question.end,
        examples=examples_of(hits, "call_id"),
        data={"seconds": SOON_S},
    )


def _share(scene: Scene, rows: pd.DataFrame) -> Evidence:
    """Hold each agent's hang-ups of the window against that agent's usual share, over all accounts."""
    start, end = scene.question.start, scene.question.end
    calls = scene.case.calls[["agent", "outcome", "ended_by", "offered_at"]]
    here = rows["agent"].dropna().unique()
    known = calls[
        calls["agent"].isin(here)
        & (calls["outcome"] == "answered").fillna(value=False)
        & calls["ended_by"].notna()
    ]
    usual = _as_before(scene, known[(known["offered_at"] < start) | (known["offered_at"] >= end)])
    hung = (usual["ended_by"] == "agent").astype("float64")
    share = hung.groupby(usual["agent"]).agg(["mean", "size"])
    seen = rows[rows["ended_by"].notna()]
    now = (seen["ended_by"] == "agent").astype("float64").groupby(seen["agent"]).agg(["sum", "size"])
    table = now.rename(columns={"size": "size_now"}).join(share, how="inner")
    # shares of fewer than twenty calls say nothing of a habit
    table = table[table["size"] >= 20]
    if table.empty:
        return unasked(
            "agent-hang-up-share",
            "Could not be asked: too few other calls of these agents to know what is usual.",
            "calls of these agents at other times",
        )
    p = table["mean"].clip(0.01, 0.99)
    z: NDArray[np.float64] = (
        (table["sum"] - table["size_now"] * p) / np.sqrt(table["size_now"] * p * (1 - p))
    ).to_numpy(dtype=float)
    top = int(z.argmax())
    worst, row = str(table.index[top]), table.iloc[top]
    found = z[top] >= 3.0 and float(row["sum"]) >= 3
    return Evidence(
        "agent-hang-up-share",
        Outcome.FOUND if found else Outcome.CLEAR,
        f"Agent {worst} hung up first on {row['sum']:.0f} of {row['size_now']:.0f} calls of the window; "
        f"that agent's usual share is {row['mean'] * 100:.0f} % of {row['size']:.0f} calls.",
        strength=float(np.clip(z[top] / 5, 0.2, 1)) if found else 1.0,
        observed=float(row["sum"]),
        expected=float(row["size_now"] * row["mean"]),
        unit="calls",
        start=start,
        end=end,
        examples=examples_of(seen[(seen["agent"] == worst).fillna(value=False)], "call_id", 20),
        data={
            "agents": {
                str(a): {
                    "hung_up": float(r["sum"]),
                    "calls": float(r["size_now"]),
                    "usual_share": round(float(r["mean"]), 3),
                }
                for a, r in table.iterrows()
            }
        },
    )


def _as_before(scene: Scene, calls: pd.DataFrame) -> pd.DataFrame:
    """Return calls without those after the window of agents who plainly hung up first more often then than before it."""
    view, every = load(scene), scene.case.calls
    could = np.asarray(view.calls.answered & every["ended_by"].notna().to_numpy())
    hung = could & (every["ended_by"] == "agent").fillna(value=False).to_numpy(dtype=bool)
    only = going_on(view, hung, could, view.calls.agent, len(view.calls.agents))
    names = [name for name, one in zip(view.calls.agents, only.tolist(), strict=True) if one]
    return calls[~(calls["agent"].isin(names) & (calls["offered_at"] >= scene.question.end)).to_numpy(dtype=bool)]


CHECK = Check(
    title="Calls an operator answered",
    facets=FACETS,
    needs=("calls.agent",),
    complaints=("rude-operator",),
    run=run,
)
