"""What a log whose hours moved can't show: whose doing it was that calls came at other hours than usual.

See :mod:`calltrace.intake.moved_hours` for how it is told.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from calltrace.diagnosis.gaps import gaps

if TYPE_CHECKING:
    from calltrace.diagnosis.diagnosis import Ranked
    from calltrace.diagnosis.scene import Scene
    from calltrace.intake.moved_hours import Moved

BY_THE_HOUR = frozenset({
    "lines-not-forwarded", "lines-forwarded-late", "lines-released-early", "some-lines-not-forwarded", "forwarding-left-on",
    "number-down", "own-surge", "other-account-surge"})
"""Causes outside the service that are told by the hours at which calls came, or did not."""


def moved_in(scene: Scene) -> Moved | None:
    """Return the time in which all calls' hours moved, where the window has some of it."""
    found = scene.feed.moved
    return found if found is not None and found.touches(scene.question.start, scene.question.end) else None


def off_by_clock(scene: Scene, top: Ranked) -> bool:
    """Say whether a cause is told by hours that moved for everybody: a silence that lies in that time, or calls at others."""
    found = moved_in(scene) if top.cause in BY_THE_HOUR else None
    if found is None:
        return False
    silent = gaps(scene).focus if scene.question.complaint in {"", "missed-calls"} else None
    return silent is None or found.touches(silent.start, silent.end)
