"""The Case: the frames of one investigation and what is known of where they came from."""

from __future__ import annotations

from dataclasses import field, replace
from datetime import date, datetime
from typing import TYPE_CHECKING, cast

import numpy as np
from numpy.typing import NDArray

from calltrace.classes import dataclass
from calltrace.errors import UsageError
from calltrace.tables import arrow, times
from calltrace.tables.later import later
from calltrace.tables.problems import Problem
from calltrace.tables.schema import TABLES, empty
from calltrace.tables.written_dates import WrittenDates

if TYPE_CHECKING:
    import pandas as pd
else:
    pd = later("pandas")

MANY = 300_000
"""Numbers that are sooner sorted by Arrow."""

AT_ONCE = 1 << 16
"""Numbers worked on at a time."""

FEW = 1_000
"""Rows looked at before all of them: what a log has at all it mostly has there."""


@dataclass(frozen=True)
class Source:
    """One table read from one file.

    ``rows`` is what the file holds (header apart), ``left_out`` how many of them are in no figure; ``calls``
    and ``answered`` are callers' attempts (not rows: a switch may write many rows a call). ``first`` and
    ``last`` are UTC. ``zone_from`` says how the zone was known: offset, uniqueid, account, option, machine.
    ``starts`` are the instants (ISO 8601, UTC) at which the switch itself started, as its own log says; None where
    the log does not tell. ``dates`` are its dates as they are written, where their order had to be told.
    ``read_at`` is when a store read it, UTC: whatever the file held, it was no later call.
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
    starts: tuple[str, ...] | None = None
    dates: tuple[WrittenDates, ...] = ()
    read_at: pd.Timestamp | None = field(default=None, compare=False)

    @property
    def ended(self) -> datetime | None:
        """When its last call was, UTC, as Python's own ``datetime``: who was read without pandas is asked without it."""
        return None if self.last is None else self.last.to_pydatetime()


@dataclass(frozen=True)
class Extent:
    """How far the calls on record reach: how many there are, the first and the last of them (UTC).

    ``accounts`` are some that have calls on record, beside those of the calls at hand.
    """

    calls: int
    first: pd.Timestamp
    last: pd.Timestamp
    accounts: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Case:
    """Everything one investigation stands on. Frames are typed as in :mod:`calltrace.tables.schema`.

    ``tables`` holds only tables that were found; :meth:`table` gives an empty frame for the others.
    ``zone`` is the service's own zone (IANA), the one most accounts or the option gave.
    ``logs_unanswered`` is False when the calls come from a log that may hide unanswered calls. ``slice_of`` says what
    else is on record, where no more of it was read than some time needs. ``short_of`` are the numbers that the log writes by
    their last digits alone, each with those digits.
    """

    tables: dict[str, pd.DataFrame]
    sources: tuple[Source, ...] = ()
    problems: tuple[Problem, ...] = ()
    zone: str = "UTC"
    zone_from: str = ""
    logs_unanswered: bool = True
    slice_of: Extent | None = None
    short_of: dict[str, str] = field(default_factory=dict)
    cache: dict[str, object] = field(default_factory=dict, compare=False, repr=False)

    def table(self, name: str) -> pd.DataFrame:
        """Return the table's frame, empty where none was found; UsageError for a name no table has."""
        frame = self.tables.get(name)
        if frame is not None:
            return frame
        if name not in TABLES:
            raise UsageError(f"no table is called {name!r}", expected=", ".join(TABLES))
        if f"none.{name}" not in self.cache:  # asked for again and again
            self.cache[f"none.{name}"] = empty(TABLES[name])
        return cast("pd.DataFrame", self.cache[f"none.{name}"])

    @property
    def calls(self) -> pd.DataFrame:
        """One row a caller's attempt that reached the switch, sorted by ``offered_at``."""
        return self.table("calls")

    @property
    def extent(self) -> Extent:
        """How far the calls on record reach, those that were not read included; there is one at least."""
        if self.slice_of is not None:
            return self.slice_of
        found = self.cache.get("extent")
        if not isinstance(found, Extent):  # asked of every account
            at = self.calls["offered_at"]
            found = self.cache["extent"] = Extent(len(at), at.iloc[0], at.iloc[-1])
        return found

    def codes(self, column: str) -> tuple[NDArray[np.int64], tuple[str, ...]]:
        """Return each call's value of a text column as a number, -1 for NA, and the values, sorted.

        Worked out once a Case, as grouping by text is what looking at every account spends its time on.
        """
        found = self.cache.get(f"codes.{column}")
        if not isinstance(found, tuple):
            found = self.numbered(column), tuple(str(n) for n in self._factorized(column)[1])
            self.cache[f"codes.{column}"] = found
        return found

    def numbered(self, column: str) -> NDArray[np.int64]:
        """Return the numbers of :meth:`codes` alone, where there are too many values to name them all."""
        return self._factorized(column)[0]

    def _factorized(self, column: str) -> tuple[NDArray[np.int64], pd.Index]:
        found = self.cache.get(f"factorized.{column}")
        if not isinstance(found, tuple):
            values = self.calls[column]
            if isinstance(values.dtype, pd.CategoricalDtype):
                found = _renumbered(values.cat.codes.to_numpy(), values.cat.categories)
            else:
                numbers, names = pd.factorize(values, sort=True)
                found = np.asarray(numbers, dtype=np.int64), pd.Index(names)
            self.cache[f"factorized.{column}"] = found
        return found

    def named(self, column: str) -> tuple[str, ...]:
        """Return the values of a text column of the calls, sorted."""
        return self.codes(column)[1]

    def pairs(self, first: str, second: str) -> pd.DataFrame:
        """Return the pairs of values two text columns have in a call, and in how many: columns ``first``, ``second``, ``n``.

        Calls without one of the two are in no pair. They are sorted.
        """
        one, other, count = self.met(first, second)
        names, words = (np.array(self.codes(column)[1], dtype=object) for column in (first, second))
        return pd.DataFrame({first: names[one], second: words[other], "n": count})

    def met(self, first: str, second: str) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """Return the numbers of the values of :meth:`pairs`, and in how many calls they meet."""
        found = self.cache.get(f"met.{first}.{second}")
        if isinstance(found, tuple):
            return found
        (ones, names), (others, words) = self.codes(first), self.codes(second)
        known = (ones >= 0) & (others >= 0)
        if not known.all():
            ones, others = ones[known], others[known]
        both = ones * len(words) + others
        if len(names) * len(words) <= max(1_000_000, 2 * len(both)):
            count = np.bincount(both, minlength=len(names) * len(words))
            met = np.flatnonzero(count)
            count = count[met]
        else:
            met, count = np.unique(both, return_counts=True)
        found = *np.divmod(met, max(len(words), 1)), count
        self.cache[f"met.{first}.{second}"] = found
        return found

    def in_groups(self, column: str) -> tuple[dict[str, int], NDArray[np.int64], NDArray[np.int64]]:
        """Return the numbers of a text column's values, the places of all calls value by value, and where each begins.

        Calls without one come first; those of a value are in the order they were in. The last edge is that of all calls.
        """
        numbers, names = self.codes(column)
        found = self.cache.get(f"rows.{column}")
        if not isinstance(found, tuple):
            edges = np.cumsum(np.bincount(numbers + 1, minlength=len(names) + 1), dtype=np.int64)
            found = {n: k for k, n in enumerate(names)}, grouped(numbers), edges
            self.cache[f"rows.{column}"] = found
        return found

    def rows(self, column: str, value: str) -> NDArray[np.int64]:
        """Return the places of the calls with this value of a text column, in order."""
        places, order, edges = self.in_groups(column)
        number = places.get(value)
        return order[:0] if number is None else order[edges[number] : edges[number + 1]]

    def calls_of(self, account: str) -> pd.DataFrame:
        """Return an account's calls, sorted by ``offered_at``."""
        kept = self.cache.get("calls_of")
        if not isinstance(kept, tuple) or kept[0] != account:  # asked for again and again while one is looked at
            kept = account, in_full(self.calls.iloc[self.rows("account", account)])
            self.cache["calls_of"] = kept
        own: pd.DataFrame = kept[1]
        return own

    def has(self, need: str) -> bool:
        """Say whether ``table`` or ``table.column`` is there with at least one value."""
        known = self.cache.get(f"has.{need}")
        if known is None:  # asked of every silence
            name, _, column = need.partition(".")
            frame = self.tables.get(name)
            if frame is None or not frame.size:
                return False
            if not column:
                return True
            known = self.cache[f"has.{need}"] = bool(frame[column].iloc[:FEW].notna().any() or frame[column].notna().any())
        return bool(known)

    @property
    def logs_sessions(self) -> bool:
        """Whether the agents table has more than rings: those alone were read off the legs of calls, and reach as far."""
        known = self.cache.get("logs.sessions")
        if not isinstance(known, bool):
            known = bool((self.table("agents")["event"] != "ring_no_answer").fillna(value=False).any())
            self.cache["logs.sessions"] = known
        return known

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

    def days_off(self, account: str, coverage: str) -> list[tuple[pd.Timestamp, pd.Timestamp]]:
        """Return when an account may forward its lines all day, its office being closed by the events table.

        Closures of everybody's or of the account, and holidays where its ``coverage`` says nothing of them (``PH``).
        One without an end lasts a day.
        """
        events = self.tables.get("events")
        if events is None or events.empty:
            return []
        kinds = ("closure",) if "PH" in coverage else ("closure", "holiday")
        whose = events["scope"].isin(("platform", "region", "all")) | (
            (events["scope"] == "account") & (events["target"] == account))
        listed = events[(events["kind"].isin(kinds) & whose).fillna(value=False)]
        ends = listed["ends_at"].fillna(listed["starts_at"] + pd.Timedelta(days=1))
        return sorted(zip(listed["starts_at"], ends, strict=True))

    def without(self, *names: str) -> Case:
        """Return the case as it would be had these tables not been exported."""
        return replace(self, tables={k: v for k, v in self.tables.items() if k not in names}, cache={})


def _renumbered(codes: NDArray[np.integer], names: pd.Index) -> tuple[NDArray[np.int64], pd.Index]:
    """Return a category's numbers, -1 for none, as :func:`pandas.factorize` sorts them: no value that no call has."""
    seen = np.zeros(len(names) + 1, dtype=bool)  # the last is that of none
    for begin in range(0, len(codes), AT_ONCE):  # mostly the first calls have them all
        seen[codes[begin : begin + AT_ONCE]] = True
        if seen[:-1].all():
            break
    met = np.flatnonzero(seen[:-1])
    in_order = names.is_monotonic_increasing
    if in_order and len(met) == len(names):
        return codes.astype(np.int64), names
    if not in_order:
        met = met[names.take(met).argsort()]
    numbers = np.empty(len(codes), dtype=np.int64)
    rank = np.full(len(names) + 1, -1, dtype=np.int64)
    rank[met] = np.arange(len(met))
    for begin in range(0, len(codes), AT_ONCE):  # numpy makes eight bytes of each it works on
        rank.take(codes[begin : begin + AT_ONCE], out=numbers[begin : begin + AT_ONCE], mode="wrap")
    return numbers, names.take(met)


def in_full(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame with plain texts where they are kept as categories, as those of many calls are.

    Where a record came from is a category in every frame.
    """
    plain: dict[str, pd.api.extensions.ExtensionArray] = {}
    for name, kind in frame.dtypes.items():
        if isinstance(kind, pd.CategoricalDtype) and name != "source_file":
            texts = pd.array([*kind.categories, pd.NA], dtype="string")
            plain[str(name)] = texts.take(frame[name].cat.codes.to_numpy(dtype=np.int64))  # -1 is the last of them: NA
    return frame.assign(**plain) if plain else frame


def grouped(numbers: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the order that brings equal small numbers together, each in the order they were in."""
    # sixteen bits are sorted by counting, in a tenth of the time; by Arrow in a quarter of that
    narrow = numbers.astype(np.int16) if numbers.size and numbers.max() < 32_000 else numbers
    if len(narrow) < MANY or narrow is numbers:
        return np.asarray(np.argsort(narrow, kind="stable"), dtype=np.int64)
    import pyarrow.compute as pc  # noqa: PLC0415 -- takes longer to import than few numbers to sort

    return np.asarray(pc.array_sort_indices(arrow.numbers(narrow)).to_numpy().view(np.int64))
