"""Erlang's formulas against printed values, closed forms and a birth-and-death chain solved outright."""

from __future__ import annotations

import doctest
import math

import pytest
from scipy import stats

from calltrace.normal import erlang


def test_the_examples_in_the_docstrings() -> None:
    assert doctest.testmod(erlang).failed == 0


@pytest.mark.parametrize(
    ("load", "lines", "blocked"), [(1.0, 1, 0.5), (10.0, 10, 0.2146), (20.0, 30, 0.0085), (2.0, 0, 1.0)]
)
def test_b_by_the_table(load: float, lines: int, blocked: float) -> None:
    assert erlang.erlang_b(load, lines) == pytest.approx(blocked, abs=5e-5)


@pytest.mark.parametrize(("load", "lines"), [(0.3, 2), (7.0, 5), (150.0, 170), (2000.0, 1950)])
def test_b_is_a_truncated_poisson(load: float, lines: int) -> None:
    theirs = stats.poisson.pmf(lines, load) / stats.poisson.cdf(lines, load)
    assert erlang.erlang_b(load, lines) == pytest.approx(theirs, rel=1e-9)


def test_c_of_one_agent_is_the_load() -> None:
    assert erlang.erlang_c(0.7, 1) == pytest.approx(0.7)
    assert erlang.erlang_c(3.0, 3) == 1.0
    assert erlang.erlang_c(0.0, 3) == 0.0


def test_waits_of_one_agent_are_those_of_m_m_1() -> None:
    # 0.8 Erlang, 60 s a call: the waits of those who wait fade at 0.2 a call's length
    assert erlang.served_within(0.8, 1, 30.0, 60.0) == pytest.approx(1 - 0.8 * math.exp(-0.2 * 0.5))


def test_agents_needed_are_enough_and_one_fewer_is_not() -> None:
    need = erlang.agents_needed(10.0, 20.0, 180.0, 0.8)
    assert need == 14  # the textbook's 200 calls an hour of 3 min at 80/20
    assert (
        erlang.served_within(10.0, need, 20.0, 180.0)
        >= 0.8
        > erlang.served_within(10.0, need - 1, 20.0, 180.0)
    )


@pytest.mark.parametrize("load", [0.3, 2.0, 11.5])
def test_the_fewest_lines_are_enough_and_one_fewer_is_not(load: float) -> None:
    lines = erlang.lines_for(load, 0.01)
    assert erlang.erlang_b(load, lines) <= 0.01
    assert lines == 1 or erlang.erlang_b(load, lines - 1) > 0.01


@pytest.mark.parametrize(
    "call",
    [
        lambda: erlang.erlang_b(-1.0, 3),
        lambda: erlang.erlang_c(1.0, -3),
    ],
)
def test_what_cannot_be_is_refused(call) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError, match="neither can be negative"):
        call()
