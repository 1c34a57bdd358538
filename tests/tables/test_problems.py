"""Many problems of a kind: the first one by one, the others as a number."""

from __future__ import annotations

import pytest

from calltrace.errors import Location
from calltrace.tables.problems import Problem, first_of


def bad(place: int) -> Problem:
    return Problem(Location("log", place + 2), f"row {place}", "a row", "Row left out.")


@pytest.mark.parametrize("count", [0, 1, 3])
def test_a_few_are_told_one_by_one(count: int) -> None:
    assert first_of(count, bad, 3) == [bad(n) for n in range(count)]


def test_of_many_the_others_are_a_number_and_where_they_begin() -> None:
    *told, rest = first_of(5, bad, 3, "lines", "Lines left out.")
    assert told == [bad(0), bad(1), bad(2)]
    assert str(rest) == "log:5: 2 more lines like these; expected a row. Lines left out."
    assert rest.rows == 2
    assert sum(p.rows for p in (*told, rest)) == 5
    assert first_of(5, bad, 3, expected="one")[-1].expected == "one"
