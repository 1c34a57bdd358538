"""The calls of one caller, and those that could be theirs: one slip away, withheld, or on another client's line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from calltrace.classes import dataclass
from calltrace.diagnosis.caller import calls_from, perhaps_from, perhaps_named, slips
from calltrace.diagnosis.rows import plain
from calltrace.diagnosis.scene import within
from calltrace.diagnosis.words import clock

if TYPE_CHECKING:
    from calltrace.diagnosis.scene import Scene

NEAR = pd.Timedelta(hours=2)
"""Round the window people remember; a call further away is another call."""

BY_DIGITS = 0.5
"""How much a call bears whose number has no area's code and ends as the caller's does: it is anybody's of ten areas or more."""

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
class Search:
    """What was found: the caller's calls to this account; ``near`` is 1 in the window, less outside."""

    own: pd.DataFrame
    near: float
    elsewhere: pd.DataFrame
    other_times: int
    slips: pd.DataFrame
    withheld: pd.DataFrame
    nearest: pd.Series | None = None
    """Their call to this account nearest to the window, where none is in it nor near it."""
    perhaps: str = ""
    """The numbers without their area's code that these calls came from, as a sentence names them; '' where all are whole."""

    @property
    def who(self) -> str:
        """Whose calls these are, at the beginning of a sentence."""
        return self.perhaps or "That number"


def search(scene: Scene) -> Search:
    """Return what there is of the caller in and near the window; near it only where nothing is in it."""
    start, end, caller = scene.question.start, scene.question.end, scene.question.caller
    everywhere, perhaps = calls_from(scene.case.calls, caller), ""
    if not len(within(everywhere[(everywhere["account"] == scene.question.account).fillna(value=False)], start, end)):
        ends_so = scene.case.calls[perhaps_from(scene.case.calls["ani"], caller)]
        if len(ends_so):
            everywhere = pd.concat([everywhere, ends_so]).sort_values("offered_at", kind="stable")
            perhaps = perhaps_named(ends_so["ani"], caller)
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
    near *= BY_DIGITS if perhaps else 1.0
    nearest = None
    if own.empty and len(theirs):
        before, after = start - theirs["offered_at"], theirs["offered_at"] - end
        nearest = theirs.iloc[int(before.where(before > after, after).argmin())]
    window = within(scene.calls, start, end)
    numbers = slips(window["ani"].dropna().unique(), caller)
    return Search(
        own=own,
        near=float(near),
        elsewhere=within(everywhere[~mine], start - NEAR, end + NEAR),
        other_times=len(theirs) - len(own),
        slips=window[window["ani"].isin(numbers)],
        withheld=window[window["ani"].isna()],
        nearest=nearest,
        perhaps=perhaps,
    )


def candidates(scene: Scene, found: Search) -> list[dict[str, object]]:
    """Return every candidate as the report lists it, instants ISO 8601 in UTC, seconds None where unknown."""
    shown = pd.concat(
        [f["call_id"].head(25) for f in (found.own, found.slips, found.withheld, found.elsewhere)]
    )
    messages = scene.case.table("messages")
    messages = messages[messages["call_id"].isin(shown)].drop_duplicates("call_id").set_index("call_id")

    rows: list[dict[str, object]] = []
    for why, frame in (
        ("same last digits" if found.perhaps else "same number", found.own),
        ("one slip away", found.slips),
        ("withheld number", found.withheld),
        ("another client's line", found.elsewhere),
    ):
        for row in plain(frame, _LISTED, 25):
            taken = row["call_id"] in messages.index
            message = str(messages.loc[str(row["call_id"]), "message_id"]) if taken else None
            rows.append({"why": why, **row, "message_id": message})
    return rows


def when(scene: Scene, frame: pd.DataFrame, most: int = 3) -> str:
    """Name the first calls of a frame with their times."""
    shown = ", ".join(
        f"{clock(at, scene.account.zone)} ({i})"
        for at, i in zip(frame["offered_at"].head(most), frame["call_id"].head(most), strict=True)
    )
    return shown + (f" and {len(frame) - most} more" if len(frame) > most else "")
