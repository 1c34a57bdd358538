"""What people wrote down about the account for the time complained of: read before anybody is called about it.

A note ("open until eight through October, forwards then") may be the whole answer, and nothing parses it. It weighs nothing;
it is shown, to whoever reads the answer and before they take it to the client.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from calltrace.diagnosis import words

if TYPE_CHECKING:
    from calltrace.diagnosis.diagnosis import Ranked
    from calltrace.diagnosis.scene import Scene

MOST = 3
"""Notes that are shown, those nearest to the trouble's own time; the others are counted."""

LONGEST = 300
"""Characters of a note that are shown."""


def notes(scene: Scene, start: pd.Timestamp, end: pd.Timestamp) -> list[str]:
    """Return the notes on the account, on one of its numbers or on everybody that touch [start, end), each with its time.

    One without an end is of its day. The account's own come first, and of these those that lie nearest to that time.
    """
    events = scene.case.table("events")
    if events.empty:
        return []
    own = events["target"].isin([scene.account.account, *scene.account.numbers])
    whose = own | events["scope"].isin(("platform", "region", "all"))
    over = events["ends_at"].fillna(events["starts_at"] + pd.Timedelta(days=1))
    touching = (events["starts_at"] < end) & (over > start)
    told = events[((events["kind"] == "note") & whose & touching & events["note"].notna()).fillna(value=False)]
    if told.empty:
        return []
    outside = (start - told["starts_at"]).abs() + (over[told.index] - end).abs()
    told = told.assign(own=own[told.index].fillna(value=False), over=over[told.index], outside=outside)
    told = told.sort_values(["own", "outside", "starts_at", "note"], ascending=[False, True, True, True], kind="stable")
    said = [
        f'"{_short(text)}" ({"" if mine else "of everybody, "}{words.span(begun, ended, scene.account.zone)})'
        for begun, ended, mine, text in zip(
            *(told[c].head(MOST) for c in ("starts_at", "over", "own", "note")), strict=True)
    ]
    if len(told) > MOST:
        said.append(f"{words.count(len(told) - MOST, 'more note')} on that time in the events")
    return said


def before_calling(scene: Scene, ranked: tuple[Ranked, ...], start: pd.Timestamp, end: pd.Timestamp) -> tuple[str, ...]:
    """Return the first step where a client is to be called about something that somebody wrote down: to read it."""
    if not ranked or ranked[0].party != "client":
        return ()
    told = notes(scene, start, end)
    return (f"Read what is on record of that time before calling the client: {'; '.join(told)}.",) if told else ()


def not_in_steps(scene: Scene, ranked: tuple[Ranked, ...], start: pd.Timestamp, end: pd.Timestamp) -> tuple[str, ...]:
    """Return what is on record of that time where no step says to read it."""
    return () if before_calling(scene, ranked, start, end) else tuple(f"On record: {one}." for one in notes(scene, start, end))


def _short(text: str) -> str:
    one = " ".join(str(text).split())
    return one if len(one) <= LONGEST else f"{one[: LONGEST - 1]}…"
