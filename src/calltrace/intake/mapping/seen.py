"""What one column of an unknown log holds, and which columns of a table it could be by its values."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from calltrace.classes import dataclass
from calltrace.intake.mapping import moments, values
from calltrace.intake.mapping.names import (
    NAMES,
    likeness,
    outcome_of,
    says_duration,
    says_no_duration,
    timely,
)
from calltrace.intake.mapping.values import Decision
from calltrace.tables import phones
from calltrace.tables.schema import TABLES, Column, Table

if TYPE_CHECKING:
    from numpy.typing import NDArray

FITS = 0.5
"""How alike a column's name must be to one we know, from 0 to 1 (the Dice coefficient of their words)."""
MOST_WORDS = 60
"""A column with more different words is no vocabulary."""


def known_names(table: Table) -> dict[str, tuple[str, ...]]:
    """Return what each column of a table is called in logs, its own name first."""
    own = NAMES.get(table.name, {})
    return {c.name: (c.name.replace("_", " "), re.sub(r"_(s|at|pct|min)$", "", c.name).replace("_", " "), *own.get(c.name, ()))
            for c in table.columns}  # fmt: skip


@dataclass
class Seen:
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


def seen_in(name: str, cells: pa.Array, lines: NDArray[np.int64]) -> Seen:
    """Return what a column holds; ``lines`` are those of its rows, for reasons that name one."""
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
        parts = moments.parts_of(cells)
        dated = int((parts.style > 0).sum())
        run_together = values.share(known, r"^\d{7,}$") > 0.5  # a day and time, or a telephone number
        if dated >= 0.6 * len(known) and (timely(name) or not run_together):
            dates_only = not parts.clock.any()
            iso = values.share(known, _ISO)
            instant = Decision("iso", "ISO 8601") if iso == 1.0 else moments.date_order(parts, lines)
            clock = moments.clock_of(parts, instant.form or "day-month-year", lines)
        elif timely(name):
            for form, pattern in _COUNTED_TIMES:
                if values.share(known, pattern) > 0.98:
                    instant = Decision(form, "by the size of its numbers")
        else:
            instant = _counted_up(name, known)
        times_only = values.share(known, r"(?i)^\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?([\s\pZ]?[ap]\.?[\s\pZ]?m?\.?)?$") > 0.9
    number_like = values.share(known, r"^(sips?:|tel:)?(\+|00)?[\d\s().\-]{7,22}(@.*)?$") if len(known) else 0.0
    withheld = values.share(pc.utf8_lower(known), _WITHHELD) if len(known) else 0.0
    return Seen(name, cells, len(known) / size, instant, clock, dates_only, times_only, number_like + withheld, distinct, words)


_ISO = r"^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}(:\d{2}([.,]\d+)?)?( ?[Zz]| ?[+-]\d{2}(:?\d{2})?)?$"
_COUNTED_TIMES = (("epoch-seconds", r"^(9|1\d)\d{8}(\.\d+)?$"), ("epoch-milliseconds", r"^(9|1\d)\d{11}$"),
                  ("epoch-microseconds", r"^(9|1\d)\d{14}$"), ("spreadsheet-days", r"^[2-7]\d{4}(\.\d+)?$"))  # fmt: skip
"""Until 2033, so that a telephone number of ten digits is none: no area code of North America begins with 1."""


def _counted_up(name: str, known: pa.Array) -> Decision:
    """Decide whether numbers whose name says nothing are times: of a time's size, in order, and no serial numbers."""
    for form, pattern in _COUNTED_TIMES[:3]:
        if len(known) < 3 or values.share(known, pattern) < 1:
            continue
        if any(likeness(name, k) >= FITS for c, k in known_names(TABLES["calls"]).items() if c != "offered_at"):
            break
        steps = np.diff(values.plain(known, ".")[0])
        on = steps if steps.sum() > 0 else -steps  # the newest may come first
        if (on >= 0).mean() >= 0.95 and not np.isin(on, (0, 1)).all():
            return Decision(form, "by the size of its numbers, which are in order")
    return Decision("", "")


_WITHHELD = "^(" + "|".join(re.escape(w) for w in sorted(phones.WITHHELD)) + ")$"


def could_be(column: Column, table: str, seen: Seen) -> bool:
    """Say whether all of a column's values could be what the table's column holds."""
    if not seen.filled:
        return False
    if column.kind == "instant":
        return bool(seen.instant.why) or (seen.times_only and not took(seen))
    if column.kind == "seconds":
        if seen.instant.why or says_no_duration(seen.name):
            return False
        if seen.times_only:
            return took(seen, known_names(TABLES[table])[column.name])
        span = r"^[\d:.,' ]+$|\d ?(h|m|s|hr|min|sec|hours?|minutes?|seconds?)\b"
        return values.share(seen.cells, span) > 0.9
    if seen.times_only:
        return False
    if column.kind in {"count", "number"}:
        return values.share(seen.cells, r"^[+-]?[\d.,' ]+ ?%?$") > 0.9
    if column.values:
        return 0 < len(seen.words) <= MOST_WORDS and (column.name != "outcome" or any(outcome_of(w) for w in seen.words))
    if column.name in {"dnis", "ani", "redirected_from"} and table == "calls":
        bare = values.share(seen.cells, r"^\*?\+?\d{2,}$")
        return seen.phone > 0.5 or bare + values.share(seen.cells, values.BRACKETED) > 0.5
    if seen.instant.why and column.name != "call_id":
        return False
    if column.name == "call_id":
        named = likeness(seen.name, NAMES["calls"]["call_id"]) == 1.0 and seen.distinct == len(seen.cells)
        alike = seen.phone >= 0.5 and not (named and not values.share(seen.cells, r"^\+"))  # ids may have as many digits
        return (seen.distinct > 1 or len(seen.cells) == 1) and not alike
    if column.name in {"caller_name", "agent"}:
        return seen.phone < 0.5
    return column.name != "queue" or values.share(seen.cells, r"^[\d:.,]+$") < 0.5 or seen.distinct < 30


def took(seen: Seen, known: tuple[str, ...] = ()) -> bool:
    """Say whether what looks like times of day are durations: by name, and most of them under an hour."""
    return says_duration(seen.name, known) and not hours(seen.cells)


def hours(cells: pa.Array) -> bool:
    """Say whether what looks like times of day can't well be durations: AM, PM, or mostly whole hours and more."""
    return values.share(cells, r"(?i)[ap]\.?[\s\pZ]?m?\.?$") > 0 or values.share(cells, r"^(0?[1-9]|[1-9]\d+):\d{2}:\d{2}") > 0.5
