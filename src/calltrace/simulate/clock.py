"""Local clocks as epoch seconds: where days and hours of a zone begin, and when a weekly timetable is on.

The simulator works in epoch seconds throughout; wall clocks appear only here. A day has 23 to 25 hours where
a zone changes its clocks: hours are bounded by wall-clock times, so the hour a spring change skips has no
length and the one an autumn change repeats has two.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np

from calltrace.classes import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy.typing as npt

Span = tuple[float, float]
DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")


def epoch(day: date, minute: int, zone: str) -> float:
    """Return the epoch second of a wall-clock minute of a day (1440 is the next midnight)."""
    days, rest = divmod(minute, 1440)
    moment = datetime.combine(day + timedelta(days=days), datetime.min.time(), ZoneInfo(zone))
    return moment.replace(hour=rest // 60, minute=rest % 60).timestamp()


@lru_cache(maxsize=256)
def hour_edges(first: date, days: int, zone: str) -> npt.NDArray[np.float64]:
    """Return the epoch seconds at which the wall-clock hours of some days begin, and the last one ends."""
    edges = [epoch(first + timedelta(days=d), 60 * h, zone) for d in range(days) for h in range(24)]
    edges.append(epoch(first + timedelta(days=days), 0, zone))
    array = np.array(edges)
    array.setflags(write=False)  # shared by all who ask
    return array


def local(seconds: float, zone: str) -> datetime:
    """Return the wall clock of a zone at an epoch second."""
    return datetime.fromtimestamp(seconds, ZoneInfo(zone))


def merged(spans: Iterable[Span]) -> list[Span]:
    """Return spans in order, those that touch or overlap joined."""
    joined: list[Span] = []
    for start, end in sorted(spans):
        if end <= start:
            continue
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return joined


def minus(spans: Iterable[Span], hole: Span) -> list[Span]:
    """Return spans without the part that lies in ``hole``."""
    left: list[Span] = []
    for start, end in spans:
        if start < hole[0]:
            left.append((start, min(end, hole[0])))
        if end > hole[1]:
            left.append((max(start, hole[1]), end))
    return [(a, b) for a, b in left if b > a]


def length_within(spans: Iterable[Span], start: float, end: float) -> float:
    """Return how many seconds of [start, end) the spans take."""
    return sum(max(0.0, min(b, end) - max(a, start)) for a, b in spans)


@dataclass(frozen=True)
class Coverage:
    """When a client's lines should be forwarded: OpenStreetMap opening_hours text and the same as minutes.

    ``week`` holds, for Monday to Sunday, pairs of minutes after local midnight.
    """

    text: str
    week: tuple[tuple[tuple[int, int], ...], ...]

    @property
    def always(self) -> bool:
        """Whether the lines stay forwarded around the clock."""
        return self.text == "24/7"

    def spans(self, first: date, days: int, zone: str) -> list[Span]:
        """Return the covered spans of ``days`` local days, across midnight joined, in epoch seconds."""
        return list(_covered(self, first, days, zone))

    def hours(self) -> npt.NDArray[np.float64]:
        """Return, for the 168 hours of a week, the share of the hour that is covered."""
        share = np.zeros(168)
        for d, pairs in enumerate(self.week):
            for a, b in pairs:
                for hour in range(a // 60, -(-b // 60)):
                    share[24 * d + hour] += (min(b, 60 * hour + 60) - max(a, 60 * hour)) / 60
        return share


@lru_cache(maxsize=1024)
def _covered(coverage: Coverage, first: date, days: int, zone: str) -> tuple[Span, ...]:
    parts = []
    for d in range(days):
        day = first + timedelta(days=d)
        parts += [(epoch(day, a, zone), epoch(day, b, zone)) for a, b in coverage.week[day.weekday()]]
    return tuple(merged(parts))


def around_the_clock() -> Coverage:
    """Return coverage of every minute of the week."""
    return Coverage("24/7", tuple(((0, 1440),) for _ in range(7)))


def _text(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"


def office_hours(opens: int, closes: int, *, saturday: tuple[int, int] | None = None) -> Coverage:
    """Return coverage while the client's office is open (overflow), in minutes after midnight."""
    week = [((opens, closes),)] * 5 + [(saturday,) if saturday else (), ()]
    text = f"Mo-Fr {_text(opens)}-{_text(closes)}"
    if saturday:
        text += f"; Sa {_text(saturday[0])}-{_text(saturday[1])}"
    return Coverage(text, tuple(tuple(d) for d in week))


def after_hours(opens: int, closes: int) -> Coverage:
    """Return coverage of nights and weekends, the office being open ``opens`` to ``closes`` on weekdays."""
    week = [((0, opens), (closes, 1440))] * 5 + [((0, 1440),)] * 2
    text = f"Mo-Fr 00:00-{_text(opens)},{_text(closes)}-24:00; Sa-Su 00:00-24:00"
    return Coverage(text, tuple(week))


def weekends() -> Coverage:
    """Return coverage of Saturday and Sunday alone."""
    return Coverage("Sa-Su 00:00-24:00", ((),) * 5 + (((0, 1440),),) * 2)
