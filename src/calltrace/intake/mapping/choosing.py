"""Which table a file is best read as, and which of its columns is what: by names first, then by values."""

from __future__ import annotations

import numpy as np

from calltrace.classes import dataclass
from calltrace.intake.delimited import short
from calltrace.intake.mapping import moments
from calltrace.intake.mapping.names import (
    NAMES,
    likeness,
    outcome_of,
    says_other_moment,
    weaker,
    words_of,
    zone_of,
)
from calltrace.intake.mapping.seen import FITS, Seen, could_be, known_names, took
from calltrace.tables.schema import TABLES, Table

_NUMBERED = frozenset({"id", "uuid", "guid", "sid", "ref", "reference", "no", "nr", "number", "key"})
"""Words of a column's name that make it one of ids, if no value of it comes twice."""
SURE = 0.6
"""How alike a name must be to decide between several columns of dates and times."""


def _assigned(table: Table, seen: dict[str, Seen]) -> dict[str, tuple[str, float]]:
    """Give each column of the table the file's column that fits it best, each used once."""
    known = known_names(table)
    pairs = []
    for place, (name, one) in enumerate(seen.items()):
        for column in table.columns:
            single = column.name == "call_id" and one.distinct == len(one.cells) - one.cells.null_count
            single = single and bool(_NUMBERED & set(words_of(name)))
            alike = likeness(name, known[column.name], telling=column.kind != "instant" and not single)
            less = weaker(name, column.name) if table.name == "calls" else 0.0
            if alike < FITS or less >= 1 or not could_be(column, table.name, one):
                continue
            bonus = 0.2 * (column.kind == "instant" and not (one.dates_only or one.times_only))
            bonus += 0.1 * one.filled + 0.15 * (column.name == "outcome" and all(outcome_of(w) for w in one.words))
            pairs.append((alike + bonus - less, -place, column.name, name))
    chosen: dict[str, tuple[str, float]] = {}
    used: set[str] = set()
    for score, _, target, source in sorted(pairs, reverse=True):
        if target not in chosen and source not in used:
            chosen[target] = (source, score)
            used.add(source)
    return chosen


@dataclass(frozen=True)
class When:
    """How the column of ``offered_at`` was found other than by its name, or why it could not be."""

    why: str = ""
    undecided: str = ""


def explained(seen: dict[str, Seen], *, named: bool) -> tuple[Table, dict[str, tuple[str, float]], When]:
    """Return the table the file is best read as, which of its columns fills what, and how its time was found."""
    calls = TABLES["calls"]
    found = [(t, _assigned(t, seen)) for t in TABLES.values()]
    best = max(found, key=lambda f: _worth(*f))
    if best[0].name != "calls" and not _lacking(*best):
        return *best, When()
    by_name = next(chosen for t, chosen in found if t.name == "calls")
    chosen = by_name or _by_values(seen)
    when = When()
    if named:
        chosen, when = _timed({t: c for t, c in chosen.items() if by_name or t != "offered_at"}, seen)
    elif "offered_at" not in chosen:
        chosen = {**_by_values(seen), **chosen}
    if best[0].name != "calls" and _worth(*best) > _worth(calls, chosen):
        return *best, When()
    return calls, chosen, when


def _timed(chosen: dict[str, tuple[str, float]], seen: dict[str, Seen]) -> tuple[dict[str, tuple[str, float]], When]:
    """Find when calls came in: by name, else the one column of full dates and times there is.

    Where there are several and no name tells, or the only one is by its name of another moment, the first
    stands for all of them, undecided.
    """
    mine = chosen.get("offered_at", ("", 0.0))[0]
    if mine and not seen[mine].full and any(beginning(s) >= 0 for s in partners(seen[mine], seen)):
        return chosen, When()  # a date and a time of day in two columns
    others = {source for target, (source, _) in chosen.items() if target != "offered_at"}
    full = [s for s in seen.values() if s.full and s.name not in others]
    if not full:
        return chosen, When()
    fair = [s for s in full if not says_other_moment(s.name)]
    nearest = max((beginning(s) for s in fair), default=0.0)
    named = [s for s in fair if nearest >= SURE and beginning(s) == nearest]
    if len(named) > 1:  # the same moment twice, once as UTC: that one knows no clock changes
        named = [s for s in named if zone_of((s.name,)) == "UTC"] or named
    first = _first_of(named) if named else fair[0].name if len(fair) == 1 else ""
    if first:
        why = "the only column of full dates and times" + " but those of answers and ends" * (len(full) > 1)
        if named:
            why = f"never later than {', '.join(short(s.name, 30) for s in named if s.name != first)}" if len(named) > 1 else ""
        return {**chosen, "offered_at": (first, chosen.get("offered_at", ("", FITS))[1])}, When(why)
    told = " and ".join(f"{short(s.name, 30)} ({s.instant.form or 'of undecided order'})" for s in named or fair or full)
    taken = {**chosen, "offered_at": ((fair or full)[0].name, FITS)}
    if len(full) > 1:
        return taken, When(undecided=f"{told} hold dates and times, and their names don't tell which is when calls came in")
    return taken, When(undecided=f"{told} alone holds dates and times, by its name those of answers or ends of calls")


def _first_of(columns: list[Seen]) -> str:
    """Return the name of the column whose times are never later than the others', '' where there is none."""
    if len(columns) == 1:
        return columns[0].name
    read = {s.name: moments.instants(s.cells, s.instant.form, s.clock.form or "24")[0] for s in columns if s.instant.form}
    if len(read) < len(columns):
        return ""
    for name, at in read.items():
        if not np.isnat(at).all() and all(((at <= other) | np.isnat(other)).all() for other in read.values()):
            return name
    return ""


def partners(one: Seen, seen: dict[str, Seen]) -> list[Seen]:
    """Return the columns that may hold the time of day to a date, or the date to a time of day, the likeliest first."""
    place = list(seen).index(one.name)
    others = [s for s in seen.values() if s.name != one.name and (s.times_only if one.dates_only else s.dates_only)]
    others = [s for s in others if not (s.times_only and took(s))]
    return sorted(others, key=lambda s: (-beginning(s), abs(list(seen).index(s.name) - place)))


def beginning(one: Seen) -> float:
    """Return how much a column's name is one of a call's beginning; below zero where of another moment."""
    return -1.0 if says_other_moment(one.name) else likeness(one.name, NAMES["calls"]["offered_at"])


def _by_values(seen: dict[str, Seen]) -> dict[str, tuple[str, float]]:
    """Return what the values of a log of calls without a header tell by themselves: its first time, its outcomes.

    Two columns of telephone numbers look alike, and so do durations: those are for people to name.
    """
    chosen: dict[str, tuple[str, float]] = {}
    timed = [s for s in seen.values() if s.instant.form and s.full and s.filled == 1]
    first = _first_of(timed) if timed else ""
    if first:
        chosen["offered_at"] = (first, FITS)
    worded = [s for s in seen.values() if s.words and all(outcome_of(w) for w in s.words)]
    if len(worded) == 1:
        chosen["outcome"] = (worded[0].name, FITS)
    return chosen


def _worth(table: Table, chosen: dict[str, tuple[str, float]]) -> float:
    """Return how well a table explains the file; calls where nothing speaks for another."""
    got = sum(score for _, score in chosen.values())
    lacking = len(_lacking(table, chosen))
    if table.name == "kpi" and len({"offered", "answered", "abandoned"} & set(chosen)) < 2:
        return -10.0
    if table.name == "calls":
        lacking = 0 if "offered_at" in chosen else 1
        got += 0.5
    return got - 3 * lacking


def _lacking(table: Table, chosen: dict[str, tuple[str, float]]) -> list[str]:
    return [c for c in table.required if c not in chosen and (table.name, c) != ("kpi", "scope")]
