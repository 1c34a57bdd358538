"""Figures of calls, each of the very time that a letter names.

A check counts in the stretch that tells most of what it asks, and that may be another than the trouble's: what a client is
told of a time is then counted anew of the calls a report lists, where it lists all of them. None where nobody can tell.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from calltrace.report._figures import WAITED_LONG, Share, Wait, number_of, share_of, was_within, whole_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from calltrace.report.report import Answer, Report, Window

    Row = Mapping[str, object]

LEFT = ("abandoned", "no_answer")
"""Outcomes of calls whose callers left before an operator."""

RECORDED = ("announcement", "voicemail")
"""Outcomes of calls that ended in a recording."""

OF_ALL_ASKED = ("", "within-normal")
"""Causes, and none, whose letters name the time asked about and no other."""


def named_in(report: Report) -> Window:
    """Return the time a letter names: the trouble's; all that was asked about where nothing is settled."""
    unsettled = report.verdict.wording == "inconclusive" or report.verdict.cause in OF_ALL_ASKED
    return report.asked if unsettled else report.window


class Counted:
    """A report's calls in one time. ``found`` are the answers that found something, by their facets."""

    def __init__(self, report: Report, found: Mapping[str, Answer]) -> None:
        self.report, self.found, self.time = report, found, named_in(report)
        self._listed = report.asked.start <= self.time.start and self.time.end <= report.asked.end
        self._queued = any(c.get("queue_s") is not None for c in report.calls)

    @property
    def came(self) -> int | None:
        """Calls of a surge of the client's own: all that came in then, second tries as well, as on the client's own list."""
        piece = self.found.get("own-surge")
        if piece is None:
            return None
        counted = whole_of(self.found, "own-surge", "calls")
        seen = round(piece.observed) if counted is None and piece.observed is not None else counted
        return self._figure(piece, seen, lambda _: True)

    @property
    def came_usual(self) -> int | None:
        """Calls that usually come in that time; None where nobody knows."""
        piece = self.found.get("own-surge")
        if piece is None:
            return None
        whole = self.time == self.report.asked and not self._is_of(piece)
        usual = number_of(piece.data.get("window_usual")) if whole else piece.expected if self._is_of(piece) else None
        return None if usual is None else round(usual)

    @property
    def wait(self) -> Wait | None:
        """How the client's callers waited, by the first facet of ``WAITED_LONG`` that found waits too long."""
        for facet in WAITED_LONG:
            data = self.found[facet].data if facet in self.found else {}
            calls, long = whole_of(self.found, facet, "calls"), whole_of(self.found, facet, "over_limit")
            limit, longest = number_of(data.get("limit_s")), number_of(data.get("longest_s"))
            if calls and long is not None and limit is not None and longest is not None:
                return self._waited(facet, Wait(calls, long, limit, longest))
        return None

    def _waited(self, facet: str, told: Wait) -> Wait | None:
        """Return the waits of a facet as they were in the time named, those it told where that is its own."""
        piece = self.found[facet]
        if self._is_of(piece):
            return told
        waited_s = self._rung if facet == "own-rings-long" else self._waiting
        there, then = ([s for c in self._calls(time) if (s := waited_s(c)) is not None] for time in (piece, self.time))
        if not self._listed or len(there) < told.calls or sum(s > told.limit_s for s in there) < told.long:
            return None
        return Wait(len(then), sum(s > told.limit_s for s in then), told.limit_s, max(then, default=0.0))

    @property
    def left(self) -> Share | None:
        """Calls whose callers hung up before an operator, of those they and the operators ended."""
        return self._share("abandoned-more", "abandoned", lambda c: c.get("outcome") in LEFT, _could_be_answered)

    @property
    def refused(self) -> Share | None:
        """Calls that got a busy tone, of all."""
        return self._share("refused-busy", "refused", lambda c: c.get("outcome") == "busy", lambda _: True)

    @property
    def announced(self) -> Share | None:
        """Calls that ended in a recording, of those that could have gone on."""
        return self._share(
            "ends-in-announcement", "announcements", _was_recorded, lambda c: _was_recorded(c) or _could_be_answered(c))

    def _share(
        self, facet: str, part: str, counts: Callable[[Row], bool], of: Callable[[Row], bool]
    ) -> Share | None:
        """Return a part of the calls in the time named, None where there is none; ``part`` is what the facet calls it."""
        told = share_of(self.found, facet, part, "calls")
        if told is None:
            return None
        n, whole = (self._figure(self.found[facet], seen, which) for seen, which in ((told.n, counts), (told.of, of)))
        return Share(n, whole) if n and whole is not None else None

    def _figure(self, piece: Answer, told: int | None, counts: Callable[[Row], bool]) -> int | None:
        """Return how many calls ``counts`` in the time named: what the facet told of its own, unless that is another."""
        if told is None or self._is_of(piece):
            return told
        there, then = (sum(map(counts, self._calls(time))) for time in (piece, self.time))
        return then if self._listed and there >= told else None  # not all of its calls are listed

    def _is_of(self, piece: Answer) -> bool:
        return (piece.start, piece.end) == (self.time.start, self.time.end)

    def _calls(self, time: Answer | Window) -> list[Row]:
        return [c for c in self.report.calls if was_within(c, self.report, time.start, time.end)]

    @staticmethod
    def _rung(call: Row) -> float | None:
        """Return the seconds a call rang; None where nobody knows, and of one the switch turned away or cut."""
        return None if call.get("outcome") in ("busy", "failed") else number_of(call.get("ring_s"))

    def _waiting(self, call: Row) -> float | None:
        """Return the seconds a caller waited for an operator; None where nobody knows, or there was none to wait for."""
        rung, queued = number_of(call.get("ring_s")), number_of(call.get("queue_s"))
        if not _could_be_answered(call):
            return None
        if rung is None:
            return queued or None
        return rung + queued if queued is not None else None if self._queued else rung


def _could_be_answered(call: Row) -> bool:
    """Say whether an operator answered a call, or its caller left before."""
    outcome = call.get("outcome")
    return outcome in ("answered", *LEFT) or (outcome == "failed" and bool(call.get("agent")))


def _was_recorded(call: Row) -> bool:
    return call.get("outcome") in RECORDED
