"""How sure a finding is: what makes it surer, and a fit that finds what was put in."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from calltrace.diagnosis import causes
from calltrace.diagnosis.audit.confidence import (
    FAMILIES,
    FEATURES,
    LEAST_CHANCE,
    SILENT,
    SPREAD,
    TROUBLE,
    USUAL_SHARE,
    Fit,
    family,
    fit,
    fit_families,
    fitted,
    share_of,
    stated,
    trouble,
)
from calltrace.diagnosis.audit.screens import silence

SHARES = st.floats(0.0, 1.0)
EVEN = Fit(0.0, dict.fromkeys(FEATURES, 1.0))


def test_log_odds_are_added_up() -> None:
    # 9 to 1 that it is this, 4 to 1 that it is no chance, log(1 + 3) for three calls, and 1 to 48 for the cause: 3 to 1
    assert Fit(0.0, EVEN.slopes, {"path-limit": -math.log(48)}).stated("path-limit", 0.9, 0.2, 3.0) == pytest.approx(0.75)


def test_where_troubles_are_twice_as_frequent_the_odds_are_twice_as_good() -> None:
    assert EVEN.stated("path-limit", 0.9, 1 - 1 / 9, 1.0) == pytest.approx(9 / 4 / (1 + 9 / 4))
    assert EVEN.stated("path-limit", 0.9, 1 - 1 / 9, 1.0, 2 * USUAL_SHARE) == pytest.approx(min(0.9, 9 / 2 / (1 + 9 / 2)))


def test_a_finding_that_harmed_no_call_is_as_sure_as_one_of_one_call() -> None:
    assert EVEN.stated("longer-calls", 0.9, 1 - 1 / 9, 0.0) == EVEN.stated("longer-calls", 0.9, 1 - 1 / 9, 1.0)


def test_troubles_found_are_held_against_what_an_ordinary_service_has() -> None:
    assert share_of(0, 0.0) == USUAL_SHARE
    assert share_of(5, 1000.0) == pytest.approx(0.003)  # one expected and five found, of 2,000
    assert share_of(0, 3000.0) == USUAL_SHARE / 4  # many days, and nothing


def test_it_is_no_surer_than_the_investigation() -> None:
    assert EVEN.stated("path-limit", 0.6, 0.001, 1000.0) == 0.6


@given(st.sampled_from(causes.NAMES), SHARES, SHARES, SHARES, st.floats(0, 1e6), st.floats(0, 1))
def test_what_comes_with_it_says_a_probability_that_rises_with_the_cause_and_others_and_falls_with_chance(  # noqa: PLR0917
    cause: str, one: float, other: float, chance: float, calls: float, often: float
) -> None:
    low, high = sorted((one, other))
    assert 0.0 <= stated(cause, low, chance, calls) <= stated(cause, high, chance, calls) < 1.0
    assert stated(cause, chance, high, calls) <= stated(cause, chance, low, calls)
    assert stated(cause, chance, high, calls, often / 2) <= stated(cause, chance, high, calls, often)


def test_what_comes_with_it_leans_on_nothing_backwards() -> None:
    assert set(fitted()) == {*FAMILIES, TROUBLE}
    for name, found in fitted().items():
        assert set(found.slopes) <= set(FEATURES)
        assert all(v >= 0 for v in found.slopes.values())
        assert set(found.causes) <= ({""} if name == TROUBLE else {c for c in causes.NAMES if family(c) == name})


@given(SHARES, SHARES, SHARES, SHARES, st.floats(0, 1e6))
def test_that_it_is_a_trouble_at_all_is_likelier_the_less_chance_and_nobody_explain_it(
    one: float, other: float, chance: float, share: float, calls: float
) -> None:
    low, high = sorted((one, other))
    assert 0.0 <= trouble(low, chance, calls, share) <= trouble(high, chance, calls, share) <= 1.0
    assert trouble(chance, high, calls, share) <= trouble(chance, low, calls, share)


def test_below_the_least_chance_none_is_any_surer() -> None:
    each = [Fit(0.0, {"real": 0.1}).likely("", 0.5, chance, 0.0, USUAL_SHARE)
            for chance in (10 * LEAST_CHANCE, LEAST_CHANCE, LEAST_CHANCE / 1000)]
    assert each[0] < each[1] == each[2] == pytest.approx(1 / (1 + LEAST_CHANCE**0.1))


def _drawn(size: int, *, slope: float, seed: int) -> tuple[list[tuple[str, float, float, float, float]], list[bool]]:
    """Findings that are right as often as a slope on the cause's log-odds says; every other cause half as often in odds."""
    rng = np.random.default_rng(seed)
    odds = rng.uniform(-2, 4, size)
    names = np.where(rng.random(size) < 0.5, "path-limit", "own-surge")
    truth = slope * odds + np.where(names == "own-surge", -math.log(2), 0.0)
    right = rng.random(size) < 1 / (1 + np.exp(-truth))
    rows = [(str(n), 1 / (1 + math.exp(-o)), 0.5, 0.0, USUAL_SHARE) for n, o in zip(names, odds, strict=True)]
    return rows, right.tolist()


def test_a_fit_finds_what_was_put_in() -> None:
    found = fit(*_drawn(20_000, slope=0.6, seed=1))
    assert found.slopes["probability"] == pytest.approx(0.6, abs=0.05)
    assert found.causes["path-limit"] - found.causes["own-surge"] == pytest.approx(math.log(2), abs=0.1)
    assert found.stated("path-limit", 0.9, 0.5, 0.0) == pytest.approx(9**0.6 / (1 + 9**0.6), abs=0.02)  # about 0.79


def test_silences_are_fitted_by_themselves() -> None:
    rows, right = _drawn(4_000, slope=0.6, seed=4)
    silent, truth = _drawn(4_000, slope=1.0, seed=5)
    found = fit_families([*rows, *(("number-down", *r[1:]) for r in silent)], [*right, *truth])
    assert found["others"] == fit(rows, right)
    assert list(found["silence"].causes) == ["number-down"]
    assert set(silence.CAUSES) == SILENT


def test_a_slope_that_would_lean_backwards_is_none() -> None:
    found = fit(*_drawn(2_000, slope=-0.5, seed=2))
    assert "probability" not in found.slopes
    assert 0 < found.stated("own-surge", 0.95, 0.5, 0.0) == found.stated("own-surge", 0.99, 0.5, 0.0) < 0.9


def test_a_cause_seen_once_stays_near_the_others() -> None:
    rows, right = _drawn(500, slope=1.0, seed=3)
    found = fit([*rows, ("path-limit", 0.9, 0.5, 0.0, 1e-3), ("wide-surge", 0.9, 0.5, 0.0, 1e-3)], [*right, True, False])
    assert abs(found.causes["wide-surge"]) < SPREAD * 2
    # a cause never seen is like the mean of those seen
    assert found.stated("understaffed", 0.9, 0.5, 0.0) == Fit(found.base, found.slopes).stated("x", 0.9, 0.5, 0.0)
