"""Erlang's formulas against printed values, closed forms and a birth-and-death chain solved outright."""

from __future__ import annotations

import doctest
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
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
    # 0.8 Erlang, 60 s a call: the mean wait is rho/(1-rho) · 60 s
    assert erlang.mean_wait_s(0.8, 1, 60.0) == pytest.approx(240.0)
    assert erlang.mean_wait_s(1.2, 1, 60.0) == math.inf
    assert erlang.served_within(0.8, 1, 30.0, 60.0) == pytest.approx(1 - 0.8 * math.exp(-0.2 * 0.5))


def test_agents_needed_are_enough_and_one_fewer_is_not() -> None:
    need = erlang.agents_needed(10.0, 20.0, 180.0, 0.8)
    assert need == 14  # the textbook's 200 calls an hour of 3 min at 80/20
    assert (
        erlang.served_within(10.0, need, 20.0, 180.0)
        >= 0.8
        > erlang.served_within(10.0, need - 1, 20.0, 180.0)
    )


def chain(load: float, agents: int, patience: float) -> tuple[float, float]:
    """M/M/n+M by its balance equations, up to where nobody is left."""
    size = agents + int(50 + 40 * load)
    leave = np.array([min(k, agents) + max(0, k - agents) / patience for k in range(size + 1)])
    logs = np.concatenate(([0.0], np.cumsum(np.log(load) - np.log(leave[1:]))))
    weights = np.exp(logs - logs.max())
    weights /= weights.sum()
    waiting = float((np.maximum(np.arange(size + 1) - agents, 0) * weights).sum())
    return float(weights[agents:].sum()), waiting / patience / load


@pytest.mark.parametrize(
    ("load", "agents", "patience"), [(1.0, 1, 1.0), (3.0, 4, 0.5), (6.0, 4, 2.0), (40.0, 42, 0.3)]
)
def test_a_is_the_chain_solved_outright(load: float, agents: int, patience: float) -> None:
    wait, leave = erlang.erlang_a(load, agents, patience)
    theirs = chain(load, agents, patience)
    assert wait == pytest.approx(theirs[0], rel=1e-8)
    assert leave == pytest.approx(theirs[1], rel=1e-8)


@given(st.floats(0.1, 60), st.integers(1, 60), st.floats(0.05, 5))
@settings(deadline=None, max_examples=60)
def test_callers_who_leave_shorten_the_queue(load: float, agents: int, patience: float) -> None:
    wait, leave = erlang.erlang_a(load, agents, patience)
    assert 0 <= leave <= 1
    assert erlang.erlang_b(load, agents) - 1e-9 <= wait <= erlang.erlang_c(load, agents) + 1e-9
    fewer_wait, fewer_leave = erlang.erlang_a(load, agents + 1, patience)
    assert fewer_wait <= wait + 1e-9
    assert fewer_leave <= leave + 1e-9


def test_patience_without_end_is_erlang_c() -> None:
    wait, leave = erlang.erlang_a(3.0, 4, 1e6)
    assert wait == pytest.approx(erlang.erlang_c(3.0, 4), rel=1e-3)
    assert leave < 1e-3


@pytest.mark.parametrize(
    "call",
    [
        lambda: erlang.erlang_b(-1.0, 3),
        lambda: erlang.erlang_c(1.0, -3),
        lambda: erlang.erlang_a(1.0, 0, 1.0),
        lambda: erlang.erlang_a(1.0, 2, 0.0),
    ],
)
def test_what_cannot_be_is_refused(call) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError, match=r"neither can be negative|are needed"):
        call()
