"""Files that look like calls and could not be read: of the time they reach into nothing is clear, and nobody fell silent.

What such a file holds nobody knows. Where the calls that were read are far fewer than usual in its time, the rest is most likely
in it; where they are as many as ever, it may be a list of something else, and is only named.
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import pandas as pd

from calltrace.classes import dataclass
from calltrace.intake.quality import Feed, feed
from calltrace.intake.resembling import UNREAD_CALLS

if TYPE_CHECKING:
    from calltrace.diagnosis.diagnosis import Ranked
    from calltrace.diagnosis.scene import Scene
    from calltrace.tables.case import Case
    from calltrace.tables.problems import Problem

MISSING = 0.5
"""Share of the usual calls below which the others of a file's time are most likely in it."""
NAMED = 3
"""Files that are named one by one."""
EVER = pd.Timestamp.min.tz_localize("UTC"), pd.Timestamp.max.tz_localize("UTC")


@dataclass(frozen=True)
class Unread:
    """A file that looks like calls and was not read: from when to when they are (UTC), as far as can be told."""

    path: str
    problem: Problem
    first: pd.Timestamp
    last: pd.Timestamp


def files(case: Case) -> tuple[Unread, ...]:
    """Return the files that look like calls and were not read, by their first call; those read later are not among them."""
    found = case.cache.get("unread.files")
    if not isinstance(found, tuple):
        found = case.cache["unread.files"] = tuple(sorted(_files(case), key=lambda u: (u.first, u.path)))
    return found


def _files(case: Case) -> list[Unread]:
    told = [(s, p) for s in case.sources for p in s.problems if p.kind == UNREAD_CALLS]
    read = {s.path for s in case.sources if s.calls} if told else set()
    return [
        Unread(s.path, p, s.first if s.first is not None else EVER[0],
               min((t for t in (s.last, s.read_at) if t is not None), default=EVER[1]))
        for s, p in told if s.path not in read]


def reaching(case: Case, start: pd.Timestamp, end: pd.Timestamp) -> tuple[Unread, ...]:
    """Return those of them that may hold calls of a time."""
    return tuple(one for one in files(case) if one.first < end and one.last >= start)


def until(case: Case, last: pd.Timestamp) -> pd.Timestamp:
    """Return up to when there may be calls: the last on record, or the last of a file that was not read.

    Of a file whose calls would come later by more than all records are long, the dates are not believed.
    """
    ends = [one.last for one in files(case) if one.last < EVER[1] and one.last - last <= last - case.extent.first]
    return max([last, *ends])


def hold(case: Case, start: pd.Timestamp, end: pd.Timestamp) -> bool:
    """Say whether the calls of a time are most likely in files that were not read: most of it is theirs, and few were read."""
    length, theirs, came, usual = end - start, pd.Timedelta(0), 0, 0.0
    for one in reaching(case, start, end):
        low, high = max(start, one.first), min(end, one.last + pd.Timedelta(seconds=1))
        at, found = case.calls["offered_at"], _feed(case)
        theirs = max(theirs, high - low)
        came += int(at.searchsorted(high) - at.searchsorted(low))
        usual += found.rates.expected(low, high) * found.busy
    return theirs >= length / 2 and came < MISSING * usual


def _feed(case: Case) -> Feed:
    found = case.cache.get("unread.feed")
    if not isinstance(found, Feed):
        found = case.cache["unread.feed"] = feed(case, problems=False)
    return found


def named(some: tuple[Unread, ...]) -> str:
    """Return the files, and what is the matter with the first of them."""
    names = ", ".join(one.path for one in some[:NAMED])
    more = f" and {len(some) - NAMED} more" if len(some) > NAMED else ""
    return f"{names}{more}, which {'was' if len(some) == 1 else 'were'} not read ({some[0].problem.saw})"


def what_to_do(some: tuple[Unread, ...]) -> str:
    """Return how to have them read."""
    return some[0].problem.fix.replace("It was not read. ", "").replace("inspect FILE", f"inspect {shlex.quote(some[0].path)}")


def export(case: Case, start: pd.Timestamp, end: pd.Timestamp) -> str:
    """Return what to do about a window of which there are no records."""
    some = reaching(case, start, end)
    return f"They may be in {named(some)}. {what_to_do(some)}" if some else "Export the logs of that time and ask again."


# --- one question -------------------------------------------------------------------------------------------


def holds_window(scene: Scene) -> bool:
    """Say whether the calls of the time asked about are most likely in such files: then no cause is named."""
    asked = scene.question
    return bool(reaching(scene.case, asked.start, asked.end)) and hold(scene.case, asked.start, asked.end)


def told(scene: Scene) -> str:
    """Return what is to be said of the answer's footing; '' where no such file reaches into the window."""
    asked = scene.question
    some = reaching(scene.case, asked.start, asked.end)
    return "" if not some else (
        f"Calls of that time may be in {named(some)}. What is said here is said without them: nothing of that time is clear.")


def steps(scene: Scene) -> tuple[str, ...]:
    """Return what to do first where no cause is named for such files; nothing else."""
    asked = scene.question
    return (what_to_do(reaching(scene.case, asked.start, asked.end)),) if holds_window(scene) else ()


def at_most_likely(scene: Scene, wording: str, ranked: tuple[Ranked, ...]) -> str:
    """Return how sure an answer may be worded: none confirmed beside such files, and none that names nobody likely."""
    asked = scene.question
    if not ranked or not reaching(scene.case, asked.start, asked.end):
        return wording
    return "inconclusive" if ranked[0].party == "nobody" else "likely" if wording == "confirmed" else wording
