"""The Case: the frames of one investigation and what is known of where they came from."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date

import pandas as pd

from calltrace.tables import times
from calltrace.tables.problems import Problem
from calltrace.tables.schema import TABLES, empty


@dataclass(frozen=True)
class Source:
    """One table read from one file.

    ``rows`` is what the file holds (header apart), ``left_out`` how many of them are in no figure; ``calls``
    and ``answered`` are callers' attempts (not rows: a switch may write many rows a call). ``first`` and
    ``last`` are UTC. ``zone_from`` says how the zone was known: offset, uniqueid, account, option, machine.
    ``can_tell`` names states the format can tell apart; ``cannot_tell`` those it can't, with the reason.
    """

    path: str
    format: str
    table: str
    recognised_by: str
    rows: int
    left_out: int = 0
    problems: tuple[Problem, ...] = ()
    calls: int | None = None
    answered: int | None = None
    first: pd.Timestamp | None = None
    last: pd.Timestamp | None = None
    zone: str = ""
    zone_from: str = ""
    notes: tuple[str, ...] = ()
    hides_unanswered: bool = False


@dataclass(frozen=True)
class Case:
    """Everything one investigation stands on. Frames are typed as in :mod:`calltrace.tables.schema`.

    ``tables`` holds only tables that were found; :meth:`table` gives an empty frame for the others.
    ``zone`` is the service's own zone (IANA), the one most accounts or the option gave.
    ``logs_unanswered`` is False when the calls come from a log that may hide unanswered calls.
    """

    tables: dict[str, pd.DataFrame]
    sources: tuple[Source, ...] = ()
    problems: tuple[Problem, ...] = ()
    zone: str = "UTC"
    zone_from: str = ""
    logs_unanswered: bool = True
    cache: dict[str, object] = field(default_factory=dict, compare=False, repr=False)

    def table(self, name: str) -> pd.DataFrame:
        """Return the table's frame, empty where none was found."""
        frame = self.tables.get(name)
        return empty(TABLES[name]) if frame is None else frame

    @property
    def calls(self) -> pd.DataFrame:
        """One row a caller's attempt that reached the switch, sorted by ``offered_at``."""
        return self.table("calls")

    def has(self, need: str) -> bool:
        """Say whether ``table`` or ``table.column`` is there with at least one value."""
        name, _, column = need.partition(".")
        frame = self.tables.get(name)
        if frame is None or frame.empty:
            return False
        return not column or bool(frame[column].notna().any())

    def lacks(self, needs: tuple[str, ...]) -> tuple[str, ...]:
        """Return those of ``needs`` that are not there."""
        return tuple(n for n in needs if not self.has(n))

    def holidays(self, account: str, zone: str) -> frozenset[date]:
        """Return the days, in the zone, that the events table calls holidays of everybody's or of the account.

        A day counts where a holiday covers its noon; one without an end is of the day it begins on.
        """
        events = self.tables.get("events")
        if events is None or events.empty:
            return frozenset()
        everybodys = events["scope"].isin(("platform", "region", "all"))
        own = (events["scope"] == "account") & (events["target"] == account)
        listed = events[((events["kind"] == "holiday") & (everybodys | own)).fillna(value=False)]
        spans = zip(listed["starts_at"], listed["ends_at"], strict=True)
        return frozenset(day for start, end in spans for day in times.days_of(start, end, zone))

    def without(self, *names: str) -> Case:
        """Return the case as it would be had these tables not been exported."""
        return replace(self, tables={k: v for k, v in self.tables.items() if k not in names}, cache={})
