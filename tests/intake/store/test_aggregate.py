"""Interval counts: a byte a figure where it fits, more where it must, and read alike however they are kept."""

from __future__ import annotations

from operator import itemgetter

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calltrace.intake.store import aggregate, parts

WHEN = itemgetter(0, 1)
MIDNIGHT = 1_790_000_000 // 86_400 * 86_400 * 1_000_000


def calls(*talked: float | None, quarter: int = 0) -> pa.Table:
    """Answered calls of one account in one quarter hour, talking so long."""
    many = len(talked)
    values = {
        "account": ["1"] * many,
        "outcome": ["answered"] * many,
        "offered_at": [MIDNIGHT + quarter * aggregate.BIN_US] * many,
        "talk_s": list(talked),
    }
    schema = parts.schema_of("calls")
    return pa.table({f.name: pa.array(values.get(f.name, [None] * many), type=f.type) for f in schema}, schema=schema)


@pytest.mark.parametrize(
    ("talked", "width"),
    [
        ([200.0, 55.0], 1),
        ([200.0, 56.0], 2),
        ([65_000.0, 535.0], 2),
        ([65_000.0, 536.0], 4),
        ([1.5], 4),
        ([None, 7.0], 1),
    ],
)
def test_a_figure_takes_the_bytes_it_needs(talked: list[float | None], width: int) -> None:
    counts = aggregate.count(calls(*talked, quarter=3))
    assert len(counts["talk_s"][0].as_py()) == width * aggregate.BINS
    found = aggregate.figures(counts["talk_s"], "talk_s")
    assert found[0, 3] == sum(t or 0 for t in talked)
    assert found.sum() == found[0, 3]
    assert counts["hold_s"][0].as_py() is None


def test_more_than_255_calls_in_a_quarter_hour() -> None:
    counts = aggregate.count(calls(*[1.0] * 256))
    assert aggregate.figures(counts["offered"], "offered")[0, 0] == 256
    assert aggregate.figures(counts["answered"], "answered")[0, 0] == 256


def wider(counts: pa.Table) -> pa.Table:
    """Counts as they were kept before: two bytes a figure at least."""
    for name in aggregate.FIGURES:
        figures = aggregate.figures(counts[name], name)
        kept = [f.astype("<u2").tobytes() if f.any() else None for f in figures]
        counts = counts.set_column(counts.schema.get_field_index(name), name, pa.array(kept, type=pa.binary()))
    return counts


def test_counts_kept_in_more_bytes_are_the_same() -> None:
    counts = aggregate.count(calls(10.0, 20.0, quarter=5))
    older = wider(counts)
    assert not older.equals(counts)
    assert aggregate.same(older, counts)
    assert aggregate.rows_of(older, aggregate.FIGURES).equals(aggregate.rows_of(counts, aggregate.FIGURES))


def test_other_counts_are_not_the_same() -> None:
    counts = aggregate.count(calls(10.0, 20.0))
    assert not aggregate.same(counts, aggregate.count(calls(10.0, 21.0)))
    assert not aggregate.same(counts, aggregate.count(calls(10.0, 20.0, quarter=1)))


@given(st.lists(st.tuples(st.integers(0, 95), st.one_of(st.none(), st.integers(0, 90_000))), min_size=1, max_size=20))
def test_figures_are_the_sums_of_the_calls(made: list[tuple[int, int | None]]) -> None:
    rows = pa.concat_tables([calls(None if s is None else float(s), quarter=q) for q, s in made])
    counts = aggregate.count(rows)
    want = np.zeros(aggregate.BINS)
    for quarter, seconds in made:
        want[quarter] += seconds or 0
    assert np.array_equal(aggregate.figures(counts["talk_s"], "talk_s").sum(axis=0), want)
    offered = np.bincount([q for q, _ in made], minlength=aggregate.BINS)
    assert np.array_equal(aggregate.figures(counts["offered"], "offered")[0], offered)


@given(
    st.lists(
        st.tuples(st.integers(0, 3), st.integers(0, 95), st.one_of(st.none(), st.sampled_from([0, 1, 0.5, 300, 70_000]))),
        min_size=1,
        max_size=12,
    )
)
@settings(max_examples=40)
def test_days_counted_together_are_each_as_counted_alone(made: list[tuple[int, int, float | None]]) -> None:
    together = aggregate.days(pa.concat_tables([calls(s, quarter=d * aggregate.BINS + q) for d, q, s in sorted(made, key=WHEN)]))
    for found, day in zip(together, sorted({d for d, _, _ in made}), strict=True):
        alone = [calls(s, quarter=d * aggregate.BINS + q) for d, q, s in sorted(made, key=WHEN) if d == day]
        assert found.equals(aggregate.count(pa.concat_tables(alone)))
