"""The planner's formulas against figures from the tables and against each other."""

from __future__ import annotations

import math

import pytest

from calltrace.simulate import erlang


def test_blocking_by_hand():
    # two erlangs on three lines: (2^3/3!) / (1 + 2 + 2 + 4/3)
    assert erlang.blocking(2.0, 3) == pytest.approx((8 / 6) / (1 + 2 + 2 + 8 / 6))


def test_waits_by_hand():
    # one erlang, two agents: C = B / (1 - rho (1 - B)), B = 1/5, rho = 1/2
    delayed = 0.2 / (1 - 0.5 * 0.8)
    assert erlang.waits_longer(1.0, 2, handling_s=120, seconds=0) == pytest.approx(delayed)
    assert erlang.waits_longer(1.0, 2, handling_s=120, seconds=60) == pytest.approx(delayed * math.exp(-0.5))
    assert erlang.waits_longer(2.0, 2, handling_s=120, seconds=60) == 1.0


@pytest.mark.parametrize("load", [0.3, 2.0, 11.5])
def test_the_fewest_that_do(load):
    lines = erlang.lines_for(load, 0.01)
    assert erlang.blocking(load, lines) <= 0.01
    assert lines == 1 or erlang.blocking(load, lines - 1) > 0.01
    agents = erlang.agents_for(load, handling_s=150, seconds=20, share=0.8)
    assert erlang.waits_longer(load, agents, handling_s=150, seconds=20) <= 0.2
    assert agents - 1 <= load or erlang.waits_longer(load, agents - 1, handling_s=150, seconds=20) > 0.2
