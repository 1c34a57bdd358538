"""A mapping proposed: which column is what, by its name and all of its values.

A name alone proves nothing (``duration`` may be a word) and values alone little (two columns of telephone numbers
look alike), so a column is proposed where its name fits and every value could be what the name says. Each
proposal comes with its reason and examples, for somebody who knows the log to look over.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from calltrace.intake.delimited import short
from calltrace.intake.mapping import grid, values
from calltrace.intake.mapping.fills import Fill, Mapping
from calltrace.intake.mapping.names import (
    ANSWERED_AT,
    DIRECTION_NAMES,
    ENDED_BY_WORDS,
    INBOUND,
    NAMES,
    OTHERWISE,
    key_of,
    likeness,
    outcome_of,
    says_duration,
    says_no_duration,
    says_other_moment,
    timely,
    words_of,
)
from calltrace.intake.mapping.values import Decision
from calltrace.tables import phones
from calltrace.tables.schema import TABLES, Column, Table

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from calltrace.intake.delimited import Rows
    from calltrace.intake.formats._base import ReadOptions, Stream
    from calltrace.tables.problems import Problem

FITS = 0.5
"""How alike a column's name must be to one we know, from 0 to 1 (the Dice coefficient of their words)."""
SURE = 0.6
"""How alike a name must be to decide between several columns of dates and times."""
MOST_WORDS = 60
"""A column with more different words is no vocabulary."""


@dataclass(frozen=True)
class Shown:
    """What one column would become: the table's column, '' for none, the reason, and examples before and after."""

    source: str
    target: str
    why: str
    before: str = ""
    after: str = ""
    undecided: str = ""


@dataclass(frozen=True)
class Proposal:
    """A mapping, how each column came to its place, and what is lacking before it can be used.

    ``open`` has what must be decided first; ``problems`` what reading by it would leave out.
    """

    mapping: Mapping
    columns: tuple[Shown, ...]
    open: tuple[str, ...]
    rows: int
    read: int
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()
    remarks: dict[str, str] = field(default_factory=dict)


def _known_names(table: Table) -> dict[str, tuple[str, ...]]:
    own = NAMES.get(table.name, {})
    return {c.name: (c.name.replace("_", " "), re.sub(r"_(s|at|pct|min)$", "", c.name).replace("_", " "), *own.get(c.name, ()))
            for c in table.columns}  # fmt: skip


# --- what a column could be ---------------------------------------------------------------------------------


@dataclass
class _Seen:
    """What is known of one column's values."""

    name: str
    cells: pa.Array
    filled: float
    instant: Decision
    clock: Decision
    dates_only: bool
    times_only: bool
    phone: float
    distinct: int
    words: tuple[str, ...]

    @property
    def full(self) -> bool:
        """Whether it holds dates with times of day."""
        return bool(self.instant.why) and not (self.dates_only or self.times_only)


def _seen(name: str, cells: pa.Array, lines: NDArray[np.int64]) -> _Seen:
    size = max(len(cells), 1)
    known = cells.drop_null()
    encoded = known.dictionary_encode() if len(known) else pa.array([], pa.string()).dictionary_encode()
    distinct = len(encoded.dictionary)
    words: tuple[str, ...] = ()
    if 0 < distinct <= MOST_WORDS:
        counts = sorted(pc.value_counts(known).to_pylist(), key=lambda c: (-c["counts"], c["values"]))
        words = tuple(c["values"] for c in counts)
    instant, clock = Decision("", ""), Decision("24", "")
    dates_only = times_only = False
    if len(known):
        parts = values.parts_of(cells)
        dated = int((parts.style > 0).sum())
        run_together = values.share(known, r"^\d{7,}$") > 0.5  # a day and time, or a telephone number
        if dated >= 0.6 * len(known) and (timely(name) or not run_together):
            dates_only = not parts.clock.any()
            iso = values.share(known, r"^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}")
            instant = Decision("iso", "ISO 8601") if iso == 1.0 else values.date_order(parts, lines)
            clock = values.clock_of(parts, instant.form or "day-month-year", lines)
        elif timely(name):
            for form, pattern in _COUNTED_TIMES:
                if values.share(known, pattern) > 0.98:
                    instant = Decision(form, "by the size of its numbers")
        else:
            instant = _counted_up(name, known)
        times_only = values.share(known, r"(?i)^\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?( ?[ap]\.?m?\.?)?$") > 0.9
    number_like = values.share(known, r"^(\+|00|sips?:|tel:)?[\d\s().\-]{7,22}(@.*)?$") if len(known) else 0.0
    withheld = values.share(pc.utf8_lower(known), _WITHHELD) if len(known) else 0.0
    return _Seen(name, cells, len(known) / size, instant, clock, dates_only, times_only, number_like + withheld, distinct, words)


_COUNTED_TIMES = (("epoch-seconds", r"^(9|1\d)\d{8}(\.\d+)?$"), ("epoch-milliseconds", r"^(9|1\d)\d{11}$"),
                  ("epoch-microseconds", r"^(9|1\d)\d{14}$"), ("spreadsheet-days", r"^[2-7]\d{4}(\.\d+)?$"))  # fmt: skip
"""Until 2033, so that a telephone number of ten digits is none: no area code of North America begins with 1."""


def _counted_up(name: str, known: pa.Array) -> Decision:
    """Decide whether numbers whose name says nothing are times: of a time's size, in order, and no serial numbers."""
    for form, pattern in _COUNTED_TIMES[:3]:
        if len(known) < 3 or values.share(known, pattern) < 1:
            continue
        if any(likeness(name, k) >= FITS for c, k in _known_names(TABLES["calls"]).items() if c != "offered_at"):
            break
        steps = np.diff(values.plain(known, ".")[0])
        on = steps if steps.sum() > 0 else -steps  # the newest may come first
        if (on >= 0).mean() >= 0.95 and not np.isin(on, (0, 1)).all():
            return Decision(form, "by the size of its numbers, which are in order")
    return Decision("", "")


_WITHHELD = "^(" + "|".join(re.escape(w) for w in sorted(phones.WITHHELD)) + ")$"


def _could_be(column: Column, table: str, seen: _Seen) -> bool:
    """Say whether all of a column's values could be what the table's column holds."""
    if not seen.filled:
        return False
    if column.kind == "instant":
        return bool(seen.instant.why) or (seen.times_only and not _took(seen))
    if column.kind == "seconds":
        if seen.instant.why or says_no_duration(seen.name):
            return False
        if seen.times_only:
            return _took(seen, _known_names(TABLES[table])[column.name])
        span = r"^[\d:.,' ]+$|\d ?(h|m|s|hr|min|sec|hours?|minutes?|seconds?)\b"
        return values.share(seen.cells, span) > 0.9
    if seen.times_only:
        return False
    if column.kind in {"count", "number"}:
        return values.share(seen.cells, r"^[+-]?[\d.,' ]+ ?%?$") > 0.9
    if column.values:
        return 0 < len(seen.words) <= MOST_WORDS and (column.name != "outcome" or any(outcome_of(w) for w in seen.words))
    if column.name in {"dnis", "ani", "redirected_from"} and table == "calls":
        return seen.phone > 0.5 or values.share(seen.cells, r"^\*?\+?\d{2,}$") > 0.5
    if seen.instant.why and column.name != "call_id":
        return False
    if column.name == "call_id":
        return seen.distinct > 1 or len(seen.cells) == 1
    if column.name in {"caller_name", "agent"}:
        return seen.phone < 0.5
    return column.name != "queue" or values.share(seen.cells, r"^[\d:.,]+$") < 0.5 or seen.distinct < 30


def _took(seen: _Seen, known: tuple[str, ...] = ()) -> bool:
    """Say whether what looks like times of day are durations: by name, and most of them under an hour."""
    return says_duration(seen.name, known) and not _hours(seen.cells)


def _hours(cells: pa.Array) -> bool:
    """Say whether what looks like times of day can't well be durations: AM, PM, or mostly whole hours and more."""
    return values.share(cells, r"(?i)[ap]\.?m?\.?$") > 0 or values.share(cells, r"^(0?[1-9]|[1-9]\d+):\d{2}:\d{2}") > 0.5


# --- the proposal -------------------------------------------------------------------------------------------


def propose(stream: Stream, options: ReadOptions) -> Proposal:
    """Propose how a file should be read.

    Parameters
    ----------
    stream : Stream
        Any text of rows.
    options : ReadOptions
        The region of telephone numbers, the zone of times.

    Returns
    -------
    Proposal
        Usable where ``open`` is empty.

    Raises
    ------
    InputError
        Where no rows can be made out.
    """
    form = grid.form_of(stream)
    rows = grid.rows_of(stream, form, "calls")
    cells = {name: values.trimmed(texts) for name, texts in rows.cells.items()}
    rows = _without_junk(rows, cells)
    cells = {name: values.trimmed(texts) for name, texts in rows.cells.items()}
    seen = {name: _seen(name, texts, rows.lines) for name, texts in cells.items()}
    table, chosen, when = _explained(seen, named=form.header)
    maker = _Maker(table, seen, rows)
    maker.fill(chosen, when)
    fills = {c.name: maker.fills[c.name] for c in table.columns if c.name in maker.fills}
    mapping = Mapping(table.name, form, fills, maker.keep, "", "the mapping")
    lacking = [c for c in table.required if c not in fills]
    open_ = [f"nothing fits {c} ({table.column(c).meaning})" for c in lacking]
    open_ += [f"{name}: {f.undecided}" for name, f in fills.items() if f.undecided]
    reading = None if open_ else mapping.read(stream, options)
    after: dict[str, str] = {}
    if reading is not None:
        after = {n: _shown(reading.frame[n]) for n in fills if n in reading.frame.columns}
    columns = tuple(_show(seen[c], maker, after) for c in form.columns)
    if reading is None:
        return Proposal(mapping, columns, tuple(open_), rows.rows, 0, remarks=maker.remarks)
    nothing = ("no row would be read by it: see the problems of the rows",) if rows.rows and reading.frame.empty else ()
    return Proposal(
        mapping, columns, nothing, rows.rows, len(reading.frame), reading.problems, reading.notes, maker.remarks
    )


def _shown(column: object) -> str:
    texts = [str(v) for v in column.dropna().head(200).tolist()]  # type: ignore[attr-defined]
    return values.examples([short(t, 40) for t in texts])


def _without_junk(rows: Rows, cells: dict[str, pa.Array]) -> Rows:
    """Leave rows out of the judgement that hold less than half the values: totals, titles, footers."""
    filled = np.zeros(len(rows.lines), dtype=np.int64)
    for texts in cells.values():
        filled += values.there(texts)
    usual = np.median(filled) if len(filled) else 0
    keep = filled * 2 > usual
    header = np.ones(len(rows.lines), dtype=bool)
    for name, texts in cells.items():
        header &= pc.fill_null(pc.equal(texts, name), fill_value=name.startswith("column ")).to_numpy(zero_copy_only=False)
    keep &= ~header
    if keep.all():
        return rows
    mask = pa.array(keep)
    return replace(rows, cells={n: c.filter(mask) for n, c in rows.cells.items()}, lines=rows.lines[keep])


def _assigned(table: Table, seen: dict[str, _Seen]) -> dict[str, tuple[str, float]]:
    """Give each column of the table the file's column that fits it best, each used once."""
    known = _known_names(table)
    pairs = []
    for place, (name, one) in enumerate(seen.items()):
        for column in table.columns:
            alike = likeness(name, known[column.name])
            if alike < FITS or not _could_be(column, table.name, one):
                continue
            bonus = 0.2 * (column.kind == "instant" and not (one.dates_only or one.times_only))
            bonus += 0.1 * one.filled + 0.15 * (column.name == "outcome" and all(outcome_of(w) for w in one.words))
            pairs.append((alike + bonus, -place, column.name, name))
    chosen: dict[str, tuple[str, float]] = {}
    used: set[str] = set()
    for score, _, target, source in sorted(pairs, reverse=True):
        if target not in chosen and source not in used:
            chosen[target] = (source, score)
            used.add(source)
    return chosen


@dataclass(frozen=True)
class _When:
    """How the column of ``offered_at`` was found other than by its name, or why it could not be."""

    why: str = ""
    undecided: str = ""


def _explained(seen: dict[str, _Seen], *, named: bool) -> tuple[Table, dict[str, tuple[str, float]], _When]:
    """Return the table the file is best read as, which of its columns fills what, and how its time was found."""
    calls = TABLES["calls"]
    found = [(t, _assigned(t, seen)) for t in TABLES.values()]
    best = max(found, key=lambda f: _worth(*f))
    if best[0].name != "calls" and not _lacking(*best):
        return *best, _When()
    by_name = next(chosen for t, chosen in found if t.name == "calls")
    chosen = by_name or _by_values(seen)
    when = _When()
    if named:
        chosen, when = _timed({t: c for t, c in chosen.items() if by_name or t != "offered_at"}, seen)
    elif "offered_at" not in chosen:
        chosen = {**_by_values(seen), **chosen}
    if best[0].name != "calls" and _worth(*best) > _worth(calls, chosen):
        return *best, _When()
    return calls, chosen, when


def _timed(chosen: dict[str, tuple[str, float]], seen: dict[str, _Seen]) -> tuple[dict[str, tuple[str, float]], _When]:
    """Find when calls came in: by name, else the one column of full dates and times there is.

    Where there are several and no name tells, or the only one is by its name of another moment, the first
    stands for all of them, undecided.
    """
    mine = chosen.get("offered_at", ("", 0.0))[0]
    if mine and not seen[mine].full and any(_start(s) >= 0 for s in _partners(seen[mine], seen)):
        return chosen, _When()  # a date and a time of day in two columns
    others = {source for target, (source, _) in chosen.items() if target != "offered_at"}
    full = [s for s in seen.values() if s.full and s.name not in others]
    if not full:
        return chosen, _When()
    fair = [s for s in full if not says_other_moment(s.name)]
    nearest = max((_start(s) for s in fair), default=0.0)
    named = [s for s in fair if nearest >= SURE and _start(s) == nearest]
    first = _first_of(named) if named else fair[0].name if len(fair) == 1 else ""
    if first:
        why = "the only column of full dates and times" + " but those of answers and ends" * (len(full) > 1)
        if named:
            why = f"never later than {', '.join(short(s.name, 30) for s in named if s.name != first)}" if len(named) > 1 else ""
        return {**chosen, "offered_at": (first, chosen.get("offered_at", ("", FITS))[1])}, _When(why)
    told = " and ".join(f"{short(s.name, 30)} ({s.instant.form or 'of undecided order'})" for s in named or fair or full)
    taken = {**chosen, "offered_at": ((fair or full)[0].name, FITS)}
    if len(full) > 1:
        return taken, _When(undecided=f"{told} hold dates and times, and their names don't tell which is when calls came in")
    return taken, _When(undecided=f"{told} alone holds dates and times, by its name those of answers or ends of calls")


def _first_of(columns: list[_Seen]) -> str:
    """Return the name of the column whose times are never later than the others', '' where there is none."""
    if len(columns) == 1:
        return columns[0].name
    read = {s.name: values.instants(s.cells, s.instant.form, s.clock.form or "24")[0] for s in columns if s.instant.form}
    if len(read) < len(columns):
        return ""
    for name, at in read.items():
        if not np.isnat(at).all() and all(((at <= other) | np.isnat(other)).all() for other in read.values()):
            return name
    return ""


def _partners(one: _Seen, seen: dict[str, _Seen]) -> list[_Seen]:
    """Return the columns that may hold the time of day to a date, or the date to a time of day, the likeliest first."""
    place = list(seen).index(one.name)
    others = [s for s in seen.values() if s.name != one.name and (s.times_only if one.dates_only else s.dates_only)]
    others = [s for s in others if not (s.times_only and _took(s))]
    return sorted(others, key=lambda s: (-_start(s), abs(list(seen).index(s.name) - place)))


def _start(one: _Seen) -> float:
    """Return how much a column's name is one of a call's beginning; below zero where of another moment."""
    return -1.0 if says_other_moment(one.name) else likeness(one.name, NAMES["calls"]["offered_at"])


def _by_values(seen: dict[str, _Seen]) -> dict[str, tuple[str, float]]:
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


class _Maker:
    """Makes the fills of one table, and keeps the reasons."""

    def __init__(self, table: Table, seen: dict[str, _Seen], rows: Rows) -> None:
        self.table, self.seen, self.rows = table, seen, rows
        self.fills: dict[str, Fill] = {}
        self.keep: dict[str, tuple[str, ...]] = {}
        self.why: dict[str, str] = {}
        self.remarks: dict[str, str] = {}

    def fill(self, chosen: dict[str, tuple[str, float]], when: _When) -> None:
        """Make a fill for every chosen column, then for what can be had otherwise."""
        timed = [t for t in chosen if self.table.column(t).kind == "instant"]
        for target in timed:
            self.instant(target, self.seen[chosen[target][0]], when)
        taken = {s for f in self.fills.values() for s in f.source}
        for target, (source, _) in chosen.items():
            column = self.table.column(target)
            one = self.seen[source]
            if target in timed or source in taken:
                continue
            if column.kind == "seconds":
                self.duration(target, one)
            elif column.kind in {"count", "number"}:
                decided = values.decimal_of(pc.utf8_rtrim(one.cells, characters=" %"))
                whole = column.kind == "count" and not decided.form and values.share(one.cells, r"^\d{1,3}[.,]\d{3}$") > 0
                decimal = ("." if values.share(one.cells, ",") > 0 else ",") if whole else decided.form
                self.put(target, Fill((source,), decimal=decimal, undecided="" if decimal else decided.why), "by its name")
            elif column.values:
                self.words(column, one)
            else:
                self.put(target, Fill((source,)), "by its name")
        for one in self.seen.values():
            if one.times_only and says_duration(one.name) and _hours(one.cells):
                self.why.setdefault(one.name, "times of day, as most are an hour and more: no durations")
        if self.table.name == "calls":
            self.calls()
        if self.table.name == "kpi" and "scope" not in self.fills:
            self.put("scope", Fill(value="platform"), "no column names a scope")

    def put(self, target: str, fill: Fill, why: str) -> None:
        """Take a fill and the reason for it."""
        self.fills[target] = fill
        for source in fill.source:
            self.why.setdefault(source, why)
        shown = _before(self.seen[fill.source[0]].cells) if fill.source else ""
        self.remarks[target] = f"{why}{f'; such as {shown}' if shown else ''}"

    def instant(self, target: str, one: _Seen, when: _When) -> None:
        """Fill a time: from one column, or from a date and a time of day in two."""
        if not (one.dates_only or one.times_only):
            self._instant(target, (one.name,), one.cells, one)
            if when.undecided:
                self.fills[target] = replace(self.fills[target], form="", undecided=when.undecided)
                self.remarks[target] = self.why[one.name] = when.undecided
            elif when.why:
                self.why[one.name] = f"{when.why}; {self.why[one.name]}"
                self.remarks[target] = f"{when.why}; {self.remarks[target]}"
            return
        others = _partners(one, self.seen)
        if others:
            date, clock = (one, others[0]) if one.dates_only else (others[0], one)
            joined = pc.binary_join_element_wise(date.cells, clock.cells, " ")
            self._instant(target, (date.name, clock.name), joined, None)
            rivals = [s for s in others if _start(s) == _start(others[0])]
            if len(rivals) > 1 or _start(others[0]) < 0:
                told = " and ".join(short(s.name, 30) for s in rivals)
                undecided = f"which goes with {short(one.name, 30)}: {told}? No name tells (form {self.fills[target].form})"
                self.fills[target] = replace(self.fills[target], form="", undecided=undecided)
        elif one.times_only:
            return
        else:
            self._instant(target, (one.name,), one.cells, one)
            if self.fills[target].undecided == "":
                self.fills[target] = replace(self.fills[target], undecided="dates without a time of day, and no column of times")

    def _instant(self, target: str, sources: tuple[str, ...], cells: pa.Array, one: _Seen | None) -> None:
        if one is None:
            parts = values.parts_of(cells)
            instant = values.date_order(parts, self.rows.lines)
            clock = values.clock_of(parts, instant.form or "day-month-year", self.rows.lines)
        else:
            instant, clock = one.instant, one.clock
        if not instant.form:  # another column of the same file may tell
            told = [s for s in self.seen.values() if s.instant.form in values.ORDERS[1:] and s.name not in sources]
            same = {s.instant.form for s in told}
            if len(same) == 1 and "two ways" not in instant.why:
                instant = Decision(told[0].instant.form, f"as in {told[0].name}: {told[0].instant.why}")
        undecided = instant.why if not instant.form else "" if clock.form else clock.why
        why = f"{instant.form}: {instant.why}"
        if clock.form and instant.form != "iso":
            why += f"; {clock.form}-hour clock: {clock.why}"
        fill = Fill(sources, form=instant.form, clock=clock.form, undecided=undecided)
        self.put(target, fill, why if instant.form else instant.why)

    def duration(self, target: str, one: _Seen) -> None:
        """Fill a duration, its unit decided."""
        decided = values.duration_of(one.cells, one.name)
        decimal = Decision(".", "")
        if decided.form in {"seconds", "minutes", "milliseconds"}:
            decimal = values.decimal_of(one.cells)
        undecided = decided.why if not decided.form else "" if decimal.form else decimal.why
        why = f"{decided.form}: {decided.why}"
        if target == "talk_s" and "talk" not in words_of(one.name) and {"duration", "length", "dauer"} & set(words_of(one.name)):
            why += "; it may hold ringing and waiting too"
        self.put(target, Fill((one.name,), form=decided.form, decimal=decimal.form, undecided=undecided), why)

    def words(self, column: Column, one: _Seen) -> None:
        """Fill a column with a vocabulary: each word of the file's to one of the table's."""
        meant: dict[str, str] = {}
        for word in one.words:
            bare = key_of(word)
            if column.name == "outcome":
                meant[word] = outcome_of(word)
            elif column.name == "ended_by":
                meant[word] = next((to for to, known in ENDED_BY_WORDS.items() if bare in known), "")
            else:
                meant[word] = next((v for v in column.values if v.replace("_", " ") == bare), "")
        if not any(meant.values()):
            return
        if column.name != "outcome" and not all(meant.values()):
            return  # not worth a row: the column may be empty
        unknown = [w for w, to in meant.items() if not to]
        why = "by its words" + (f"; not known: {', '.join(short(w, 30) for w in unknown[:5])}" if unknown else "")
        self.put(column.name, Fill((one.name,), words=meant), why)

    def calls(self) -> None:
        """Fill what a log of calls may tell in other ways: ids, outcomes, waits, and which rows are callers'."""
        used = {s for f in self.fills.values() for s in f.source}
        for one in self.seen.values():
            bare = {key_of(w) for w in one.words}
            if bare & INBOUND and bare & (OTHERWISE | INBOUND) and likeness(one.name, DIRECTION_NAMES) >= FITS and (
                bare & OTHERWISE
            ):
                self.keep[one.name] = tuple(w for w in one.words if key_of(w) not in OTHERWISE)
                self.why[one.name] = "only callers' attempts are wanted"
                break
        if "call_id" not in self.fills:
            self.put("call_id", Fill(line=True), "no column of ids: the row's line stands for one")
        start = self.fills.get("offered_at")
        if start is None or start.undecided:
            self._outcome_otherwise(used)
            return
        alone = len(start.source) == 1
        for target, known in (("ring_s", ANSWERED_AT),):
            if target in self.fills or "queue_s" in self.fills or not alone:
                continue
            for one in self.seen.values():
                if one.name not in start.source and one.instant.form == start.form and likeness(one.name, known) >= 0.6:
                    fill = Fill((start.source[0], one.name), form=start.form, clock=start.clock, between=True)
                    self.put(target, fill, f"from {start.source[0]} to {one.name}")
                    break
        self._outcome_otherwise(used)

    def _outcome_otherwise(self, used: set[str]) -> None:
        if "outcome" in self.fills:
            return
        for one in self.seen.values():
            if one.name not in used and one.instant.why and likeness(one.name, ANSWERED_AT) >= 0.6:
                self.put("outcome", Fill((one.name,), answered_if="not-empty"), "answered where it has a time")
                return
        talk = self.fills.get("talk_s")
        agent = self.fills.get("agent")
        if agent and agent.source and self.seen[agent.source[0]].filled < 1:
            self.put("outcome", Fill(agent.source, answered_if="not-empty"), "answered where there is an agent")
        elif talk and talk.source and values.share(self.seen[talk.source[0]].cells, r"^[0:.]+$") > 0:
            self.put("outcome", Fill(talk.source, answered_if="above-zero"), "answered where there was talk")


def _before(cells: pa.Array) -> str:
    return values.examples([short(str(v), 30) for v in cells.drop_null().slice(0, 200).to_pylist()])


def _show(one: _Seen, maker: _Maker, after: dict[str, str]) -> Shown:
    targets = [t for t, f in maker.fills.items() if one.name in f.source]
    before = _before(one.cells)
    target = ", ".join(targets) if targets else "keep" if one.name in maker.keep else ""
    undecided = "; ".join(maker.fills[t].undecided for t in targets if maker.fills[t].undecided)
    return Shown(one.name, target, maker.why.get(one.name, ""), before, after.get(targets[0], "") if targets else "", undecided)


__all__ = ["Proposal", "Shown", "propose"]
