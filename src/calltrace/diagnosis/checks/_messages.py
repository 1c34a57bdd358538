"""The messages a complaint is about, and how a question of the board check is answered by them.

Which messages those are (:func:`pick`), what became of each and how far one trouble among several can be the one meant
(:class:`Context`), and the Evidence that a question's messages make (:func:`give`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from calltrace.classes import dataclass
from calltrace.diagnosis.caller import found_for
from calltrace.diagnosis.evidence import Evidence, Example, Outcome, examples_of, unasked
from calltrace.diagnosis.rows import plain
from calltrace.diagnosis.words import clock

if TYPE_CHECKING:
    from collections.abc import Callable

    from calltrace.diagnosis.scene import Scene

ROUND = pd.Timedelta(hours=1)
"""People round the time they remember: where nothing lies within the window, this much round it is read
too."""

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
        "contact",
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
        theirs, named = found_for(scene.calls, scene.question.caller)
        mine = own[own["call_id"].isin(theirs["call_id"])]
        for lo, hi in ((start, end), (start - ROUND, end + ROUND)):
            found = of(lo, hi, mine)
            if len(found):
                return Picked(found, exact=True, note=f"of the calls from {named}")
        return Picked(
            of(start, end, own),
            exact=False,
            note=(f"of every caller, as no message from {scene.question.caller} is on record at that time"),
        )
    return Picked(of(start, end, own), exact=True, note="of the window")


@dataclass(frozen=True)
class Context:
    """The messages asked about, the attempts to deliver them, and what became of each.

    ``state`` has, for each of ``rows``, the one trouble that wins, as the board calls it; ``troubles`` is how many kinds
    of trouble there are, ``hints`` what the client's words speak of.
    """

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


def not_run(names: list[str], says: str, missing: tuple[str, ...]) -> list[Evidence]:
    """Return facets that could not be asked, and for want of what."""
    return [unasked(n, f"Could not be asked: {says}.", *missing) for n in names]


def examples(context: Context, rows: pd.DataFrame) -> tuple[Example, ...]:
    """Return the messages' own rows, then their attempts' (the message's id, the attempt's line)."""
    tries = context.tries if len(rows) == len(context.rows) else _tries_of(context, rows)
    return examples_of(rows, "message_id", 20) + examples_of(tries, "message_id", 30)


def facts(rows: pd.DataFrame) -> dict[str, object]:
    """Return what the report may list of each message."""
    return {"messages": plain(rows, _LISTED)}


def give(
    context: Context,
    facet: str,
    found: pd.DataFrame,
    say: Callable[[pd.Series], str],
    clear: str,
    *,
    strength: float,
    clear_strength: float = 1.0,
    settled_by: str = "",
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
        examples=examples(context, found),
        data={**facts(found), "tries": plain(_tries_of(context, found), _TRIES),
              **({"settled_by": settled_by} if settled_by else {})},
    )


def _tries_of(context: Context, rows: pd.DataFrame) -> pd.DataFrame:
    """Return the attempts to deliver these messages."""
    return context.tries[context.tries["message_id"].isin(rows["message_id"])]


def _number(value: float | str | None) -> float | None:
    return float(value) if isinstance(value, (int, float)) else None


def message(context: Context, row: pd.Series) -> str:
    """Name a message with when it was taken, as the subject of a sentence."""
    return message_of(context.scene, row)


def message_of(scene: Scene, row: pd.Series) -> str:
    """Name a message with when it was taken, as the subject of a sentence."""
    kind = "Urgent message" if row["priority"] == "urgent" else "Message"
    return f"{kind} {row['message_id']}, taken {clock(row['taken_at'], scene.account.zone)},"


def sent_to(row: pd.Series) -> str:
    """Name whom a message went to, and where."""
    who = "" if pd.isna(row["recipient"]) else str(row["recipient"])
    where = "" if pd.isna(row["address"]) else str(row["address"])
    return f"{who} ({where})" if who and where else who or where or "nobody named"
