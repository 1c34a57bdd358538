"""From when to when an account was a client, by its calls: before its first and long after its last its silence is no trouble.

An accounts table is that of the day it was exported: a new client stands in it beside weeks of records without a call of
it, and one that left may stand in it for years. Of neither may be said that it did not forward its lines.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from calltrace.classes import dataclass
from calltrace.diagnosis.failing import failing
from calltrace.diagnosis.words import count, dated
from calltrace.normal.gone import PROOF_CALLS, ended
from calltrace.normal.intervals import DAY, instant

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from calltrace.diagnosis.scene import Scene
    from calltrace.normal.rhythm import Rhythm
    from calltrace.tables.case import Case

WEEK = pd.Timedelta(days=7)
"""How long a silence that chance does not explain is told: by then somebody has looked into it, or nobody will."""


@dataclass(frozen=True)
class Life:
    """When an account (or a number) began and ended; None where the records have it at work at their edge, or nearly.

    ``begun`` is its first call on record, after a silence no client of so many calls keeps; ``ended`` its last. ``tried`` are
    calls before it, so few of so many that would have come that they were tests of a line not yet in use.
    """

    begun: pd.Timestamp | None = None
    ended: pd.Timestamp | None = None
    tried: int = 0

    def first_call(self, zone: str) -> str:
        """Return what is on record of the time before it began: ``no call of this account is on record before …``."""
        began = "" if self.begun is None else dated(self.begun, zone)
        if not self.tried:
            return f"no call of this account is on record before {began}"
        are = "is" if self.tried == 1 else "are"
        return f"of this account only {count(self.tried, 'call')}, far apart, {are} on record before {began}"

    def said(self, end: pd.Timestamp, zone: str) -> str:
        """Return what is to be said of it at the end of a window, '' where nothing is."""
        if self.ended is not None and self.ended < end:
            return f"no call since {dated(self.ended, zone)}: has the client left?"
        if self.begun is not None and end < self.begun + WEEK:
            if self.tried:
                return f"a new client: its calls began {dated(self.begun, zone)}, but for {count(self.tried, 'call')} before"
            return f"a new client: its first call on record is of {dated(self.begun, zone)}"
        return ""


ALWAYS = Life()


def life(rhythm: Rhythm) -> Life:
    """Return from when to when there were calls of an account or a number."""
    at = rhythm.calls
    if not len(at):
        return ALWAYS
    first, last = int(at[0]), int(at[-1])  # asked of every account: as numbers, a tenth of the time
    proof = PROOF_CALLS * max(last - first, DAY) / len(at)
    begun = instant(first) if first - rhythm.first >= 7 * DAY + proof else None
    over = instant(last) if ended(at, rhythm.last) else None
    if 4 * (int(at[len(at) // 10]) - rhythm.first) >= last - rhythm.first:  # few have hardly a call in the first quarter of it
        place = _in_use_from(at, rhythm.first, rhythm.last)
        if place:
            return Life(instant(int(at[place])), over, tried=place)
    return ALWAYS if begun is None and over is None else Life(begun, over)


def _in_use_from(at: NDArray[np.int64], first: int, until: int) -> int:
    """Return the place of the call from which on a line was in use, after calls that were tests of it; 0 where there is none.

    Before it came hardly any of the calls that its rate since would have brought; since then it has had calls for a week and
    more, on most days. Who has few calls and one day a crowd is no new client.
    """
    early = at[: len(at) // 10 + 1]
    gaps = np.diff(early, prepend=first)
    for place in np.flatnonzero(gaps >= 7 * DAY)[::-1].tolist():
        began, since = int(early[place]), len(at) - place
        days = (until - began) / DAY
        rate = since / max(days, 1.0)
        on_days = len(np.unique((at[place:] - began) // DAY))
        settled = days >= 7 and on_days >= days / 2 and gaps[place] >= (7 + PROOF_CALLS / rate) * DAY
        if place and settled and place <= HARDLY * rate * (began - first) / DAY:
            return int(place)
    return 0


HARDLY = 0.02
"""Part of the calls that would have come before an account began, below which those on record were tests and no callers."""

LONG_GONE = pd.Timedelta(days=14)
"""How long after its last call a window begins of which nobody can be accused: until then a silence is looked into."""


@dataclass(frozen=True)
class Absence:
    """Why a time without calls accuses nobody: no call of the account is on record so early, or so late.

    ``told`` is a sentence without a full stop, ``settled_by`` the next step: what settles whose doing it was.
    """

    told: str
    settled_by: str


def life_of(rhythm: Rhythm, case: Case) -> Life:
    """Return the same of an account by all that is on record: who calls again after a season is no new client."""
    found = life(rhythm)
    return Life(None, found.ended) if rhythm.key in case.extent.accounts else found


def of_scene(scene: Scene) -> Life:
    """Return from when to when the account asked about had calls."""
    return life_of(scene.baseline.of("account", scene.question.account), scene.case)


def absence(scene: Scene) -> Absence | None:
    """Return why the account's silence accuses nobody, where all of the window lies outside its life; else None.

    Where test calls show one of its numbers to be down in the window, whatever silences it now is at work still.
    """
    found, question, zone = of_scene(scene), scene.question, scene.account.zone
    if found.begun is not None and question.end <= found.begun:
        return Absence(
            f"{found.first_call(zone)}, while those of others are from"
            f" {dated(scene.case.extent.first, zone)} on: whether it was a client then the records do not say",
            "Look up since when the account is a client, and from when on its lines were to be forwarded.")
    if found.ended is not None and question.start >= found.ended + LONG_GONE and not _tests_failed(scene, found.ended):
        return Absence(
            f"no call of this account is on record since {dated(found.ended, zone)}: whether it was a client still the"
            " records do not say",
            "Look up whether the account was a client still, and whether its number was moved or given up.")
    return None


def left_perhaps(scene: Scene, silent_from: pd.Timestamp | None = None) -> Absence | None:
    """Return what is to be asked first where the account's calls stopped and somebody may have known for long; else None.

    Where the window begins a week and more after the last call, or the silence that is asked of, which began ``silent_from``,
    has lasted for :data:`LONG_GONE` as far as the records tell, whatever day of it the window begins on. Up to
    :data:`LONG_GONE` after it somebody may be to blame; but a client that left complains of nothing, and one whose number was
    moved looks the same.
    """
    found, question, zone = of_scene(scene), scene.question, scene.account.zone
    if found.ended is None or question.start >= found.ended + LONG_GONE or _tests_failed(scene, found.ended):
        return None
    told_of = silent_from is not None and silent_from >= found.ended
    lasts = instant(scene.baseline.of("account", scene.question.account).last) - found.ended
    if question.start < found.ended + WEEK and not (told_of and lasts >= LONG_GONE):
        return None
    return Absence(
        f"its calls stopped {dated(found.ended, zone)}, and none has come since: whether the client has left, or"
        " its number was moved, the records do not say",
        "Ask whether the account is a client still, and whether its number was moved or given up.")


def since(scene: Scene, start: pd.Timestamp) -> pd.Timestamp:
    """Return from when on, of a time that begins at ``start``, something is to be expected of the account asked about."""
    return max(start, of_scene(scene).begun or start)


def masked(scene: Scene, hours: pd.DataFrame) -> pd.DataFrame:
    """Return the hours of :meth:`Rhythm.hourly` with nothing to expect of an account in those before its first call."""
    begun = of_scene(scene).begun
    if begun is None:
        return hours
    early = hours["end"] <= begun
    return hours.assign(**{name: hours[name].mask(early) for name in ("expected", "low", "high")})


def _tests_failed(scene: Scene, since: pd.Timestamp) -> bool:
    return failing(scene.case.table("line_tests"), scene.account.numbers, since=since, start=scene.question.start,
                   end=scene.question.end)
