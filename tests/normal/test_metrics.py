"""The formulas: one worked interval, the empty one, and the laws they keep to."""

from __future__ import annotations

from typing import get_args

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from calltrace.normal import metrics

COUNTS = pd.DataFrame(
    {
        "answered": [80, 0],
        "answered_in_time": [60, 0],
        "abandoned": [20, 0],
        "abandoned_in_time": [5, 0],
        "abandoned_short": [4, 0],
        "answer_wait_s": [1600.0, 0.0],
        "talk_s": [8000.0, 0.0],
        "hold_s": [400.0, 0.0],
        "staffed_s": [12000.0, 0.0],
    }
)


def first(series: pd.Series) -> float:
    assert series.dtype == "Float64"
    assert series.isna().tolist() == [False, True]  # nothing offered: unknown, never 0
    return float(series.iloc[0])


def test_one_worked_interval() -> None:
    assert first(metrics.asa(COUNTS)) == 20.0  # 1600 / 80
    assert first(metrics.aht(COUNTS)) == 105.0  # 8400 / 80
    assert first(metrics.occupancy(COUNTS)) == 0.7  # 8400 / 12000
    assert first(metrics.abandon_share(COUNTS, short="counted")) == 0.2  # 20 / 100
    assert first(metrics.abandon_share(COUNTS, short="left_out")) == pytest.approx(16 / 96)


def test_each_convention_of_the_service_level() -> None:
    worked = {how: first(metrics.service_level(COUNTS, abandons=how)) for how in get_args(metrics.Abandons)}
    assert worked == pytest.approx(
        {"missed": 60 / 100, "early_ignored": 60 / 95, "ignored": 60 / 80, "met": 65 / 100}
    )


def test_no_convention_is_assumed() -> None:
    with pytest.raises(TypeError):
        metrics.service_level(COUNTS)  # type: ignore[call-arg]
    with pytest.raises(ValueError, match="none of missed"):
        metrics.service_level(COUNTS, abandons="perhaps")  # type: ignore[arg-type]


def test_an_unknown_sum_stays_unknown() -> None:
    counts = COUNTS.assign(hold_s=pd.array([None, 0.0], dtype="Float64"))
    assert metrics.aht(counts).isna().all()


@st.composite
def intervals(draw: st.DrawFn) -> pd.DataFrame:
    answered, left = draw(st.integers(0, 200)), draw(st.integers(0, 200))
    return pd.DataFrame(
        {
            "answered": [answered],
            "answered_in_time": [draw(st.integers(0, answered))],
            "abandoned": [left],
            "abandoned_in_time": [draw(st.integers(0, left))],
        }
    )


@given(intervals())
def test_the_conventions_keep_their_order_and_are_shares(counts: pd.DataFrame) -> None:
    level = {how: metrics.service_level(counts, abandons=how).iloc[0] for how in get_args(metrics.Abandons)}
    if counts["answered"].iloc[0] + counts["abandoned"].iloc[0] == 0:
        assert all(pd.isna(v) for v in level.values())
        return
    known = {how: float(v) for how, v in level.items() if not pd.isna(v)}
    assert all(0 <= v <= 1 for v in known.values())
    assert known["missed"] <= known["met"] + 1e-12
    assert known["missed"] <= known.get("early_ignored", 1.0) + 1e-12
    assert known.get("early_ignored", 0.0) <= known.get("ignored", 1.0) + 1e-12


@given(intervals(), intervals())
def test_two_intervals_together_lie_between_them(a: pd.DataFrame, b: pd.DataFrame) -> None:
    both = a + b
    parts = [metrics.service_level(c, abandons="missed").iloc[0] for c in (a, b)]
    known = [float(p) for p in parts if not pd.isna(p)]
    whole = metrics.service_level(both, abandons="missed").iloc[0]
    if known:
        assert min(known) - 1e-12 <= float(whole) <= max(known) + 1e-12
