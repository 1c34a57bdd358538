"""Columns filled in some calls at a time are those of all of them."""

from __future__ import annotations

from itertools import pairwise

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from calltrace.intake.store import filling

pieces = st.lists(
    st.one_of(
        st.integers(1, 4),  # calls of which nothing is filled in
        st.lists(st.sampled_from([None, "", "a", "bé", "of some length"]), min_size=1, max_size=6)),
    max_size=8)


def filled(column: filling.Column, given: list[int | list[str | None]], kind: pa.DataType, size: int) -> list[str | None]:
    """Fill a column in piece by piece, each of two chunks that begin within larger ones; return what it has."""
    at = 0
    for piece in given:
        if isinstance(piece, list):
            whole = pa.array(["before", *piece, "after"], pa.string()).cast(kind)
            half = len(piece) // 2
            column.fill(at, pa.chunked_array([whole.slice(1 + a, b - a) for a, b in pairwise([0, half, len(piece)])]))
        at += len(piece) if isinstance(piece, list) else piece
    return [None if pd.isna(text) else str(text) for text in column.made(size)]


@pytest.mark.parametrize(
    ("make", "kind"), [(filling.Texts, pa.string()), (filling.Codes, pa.dictionary(pa.int32(), pa.string()))])
@given(pieces)
def test_texts_are_what_was_put_in(make: type[filling.Texts], kind: pa.DataType, given: list[int | list[str | None]]) -> None:
    expected = [text for piece in given for text in (piece if isinstance(piece, list) else [None] * piece)]
    assert filled(make(len(expected)), given, kind, len(expected)) == expected


def test_texts_of_more_than_a_byte_counts_keep_their_numbers() -> None:
    names = [f"{n:03d}" for n in range(300)]
    few, many = names[::-1][:5], names
    column = filling.Codes(305)
    for at, some in ((0, few), (5, many)):
        column.fill(at, pa.chunked_array([pa.array(some).dictionary_encode()]))
    made = column.made(305)
    assert list(made) == [*few, *many]
    assert list(made.categories) == names


def test_figures_that_no_file_has_are_unknown_throughout() -> None:
    column = filling.Figures(3)
    assert list(column.made(3).isna()) == [True] * 3
    column.fill(1, pa.chunked_array([pa.array([2.5, None])]))
    assert [None if pd.isna(v) else v for v in column.made(3)] == [None, 2.5, None]
