"""What the screen of silences takes into account beside a gap's own chance."""

from __future__ import annotations

from math import log10

import numpy as np
import pandas as pd
import pytest

from calltrace.diagnosis.audit.ground import Ground
from calltrace.diagnosis.audit.screens.silence import (
    MOST_TESTED,
    SCREEN,
    _after,
    _beside,
    _free,
    _same_hours,
    _Tests,
)
from calltrace.diagnosis.profile import Profile
from calltrace.normal.intervals import to_us
from calltrace.normal.rhythm import Rhythm
from calltrace.normal.silences import Silences
from support import account, at, case, steady


def _known(ground: Ground, rhythm: Rhythm, start: pd.Timestamp, end: pd.Timestamp) -> float:
    silences = Silences([rhythm], to_us(ground.start), to_us(ground.end))
    return float(_same_hours(ground, silences, np.array([0]), np.array([to_us(start)]), np.array([to_us(end)]))[0])


def test_of_hours_no_week_ever_brought_a_call_at_none_is_missed() -> None:
    weekdays = [(at(7 * k), at(7 * k + 5)) for k in range(5)]
    calls = steady("6", every_min=6, days=35, silent=weekdays) + steady("2", every_min=30, days=35)
    ground = Ground(case(calls, accounts=[account("6"), account("2")]), at(28), at(33), Profile())
    rhythm = ground.baseline.of("account", "6")
    # the rhythm never says never, and 120 hours of hardly any add up
    assert rhythm.expected(at(28), at(33)) > 2
    # four weeks without a call: (0 + 1 + 1) / 4
    assert _known(ground, rhythm, at(28), at(33)) == pytest.approx(0.5)
    # ten calls an hour on four Saturdays from nine to ten
    assert _known(ground, rhythm, at(33, 9), at(33, 10)) == pytest.approx((40 + 1 + 41**0.5) / 4, abs=0.1)


def test_too_few_weeks_say_nothing_but_of_a_day_other_weekdays_do() -> None:
    ground = Ground(case(steady("2", every_min=30, days=9)), at(4), at(6), Profile())
    rhythm = ground.baseline.of("account", "2")
    assert _known(ground, rhythm, at(4), at(6)) == np.inf
    # Friday, held against the four other weekdays
    assert _known(ground, rhythm, at(4), at(5)) == pytest.approx(48 + 192**0.5 / 4, abs=1.0)


@pytest.mark.parametrize(
    ("taken", "left"),
    [([], [(0, 10)]), ([(2, 4)], [(0, 2), (4, 10)]), ([(-1, 4), (3, 6)], [(6, 10)]), ([(0, 10)], []), ([(8, 12)], [(0, 8)])],
)
def test_what_a_shared_silence_leaves_of_a_gap(taken: list[tuple[int, int]], left: list[tuple[int, int]]) -> None:
    def spans(hours: list[tuple[int, int]]) -> list[tuple[pd.Timestamp, pd.Timestamp]]:
        return [(at(0, a), at(0, b)) for a, b in hours]

    assert _free(at(0), at(0, 10), spans(taken)) == spans(left)


@pytest.mark.parametrize(
    ("shared", "calls", "begins"),
    [
        ([], 0, 0),
        ([(-1, 4)], 20, 4),  # it began with that
        ([(2, 4)], 10, 0),  # it had begun before
        ([(-1, 4), (3, 6), (8, 12)], 30 + 10, 6),
        ([(0, 10)], 50, 10),
    ],
)
def test_what_silences_of_everybody_before_the_window_explain_of_a_gap_and_when_the_rest_began(
    shared: list[tuple[int, int]], calls: float, begins: float
) -> None:
    """Five calls an hour; the gap lasts ten hours, of which the shared ones have these."""
    ground = Ground(case(steady("2", every_min=12, days=35)), at(30), at(31), Profile())
    rhythm = ground.baseline.of("account", "2")
    explained, begun = _after(rhythm, to_us(at(28)), to_us(at(28, 10)), [(at(28, a), at(28, b)) for a, b in shared])
    assert (explained, begun) == (pytest.approx(calls, rel=0.1), to_us(at(28, begins)))


def test_what_had_a_part_of_a_silence_and_did_not_explain_it_is_no_cause_of_it() -> None:
    rows = [row for who, group in (("2", "A"), ("3", "B")) for row in steady(who, every_min=60, days=5, trunk_group=group)]
    ground = Ground(case(rows), at(3), at(4), Profile())
    silent = to_us(at(3)), to_us(at(3, 12))
    all_of_it, short = (at(3, 2), at(3, 3)), (at(3, 4), at(3, 5), "A")
    assert _beside(ground, "2", silent, [(*all_of_it, "B"), (at(2), at(2, 23), "A")], []) == ()
    assert _beside(ground, "2", silent, [(*all_of_it, "A")], []) == ("carrier-outage", "records-missing", "trunk-group-degraded")
    assert _beside(ground, "2", silent, [], [short]) == ("trunk-group-degraded",)
    assert _beside(ground, "3", silent, [], [short]) == ()
    assert {"records-missing", "platform-outage", "carrier-outage"} <= set(_beside(ground, "3", silent, [(*all_of_it, None)], []))


BASE = (3 + 1) / (100 + 100)
"""Of a hundred test calls three fail below."""


@pytest.mark.parametrize(
    ("results", "worth"),
    [
        ("", 0.0),
        ("ok ok ok", 0.0),
        ("ok failed ok", 0.0),  # one among others that pass is what tests do
        ("failed", -0.5 * log10(BASE)),
        ("failed failed", -log10(BASE)),
        # the number went down within the gap and came back: two in a row, at any of three places
        ("ok failed failed ok", -log10(BASE) - 0.5 * log10(3)),
        ("failed ok failed", 0.0),
        ("failed failed failed failed failed", MOST_TESTED),
    ],
)
def test_failures_in_a_row_speak_for_a_gap_though_tests_pass_at_its_ends(results: str, worth: float) -> None:
    said = results.split()
    asked = [
        {"tested_at": at(3, k), "number": "+12125550002", "trunk_group": "A", "result": r} for k, r in enumerate(said)]
    others = [
        {"tested_at": at(2, k / 10), "number": "+12125550003", "trunk_group": "A",
         "result": "failed" if k < 3 - said.count("failed") else "ok"} for k in range(100 - len(said))]
    ground = Ground(case(steady("2", every_min=30, days=5), line_tests=asked + others), at(3), at(4), Profile())
    tests = _Tests(ground, [])
    many = (max(3, said.count("failed")) + 1) / 200
    assert tests.base == pytest.approx(many)
    expected = worth if many == BASE else MOST_TESTED
    assert tests.speak(["+12125550002"], to_us(at(3)), to_us(at(4))) == pytest.approx(expected)


def test_that_all_numbers_of_an_account_fail_counts_though_each_was_tested_once() -> None:
    numbers = ["+12125550002", "+12125550003"]
    rows = [{"tested_at": at(3, 1), "number": n, "trunk_group": "A", "result": "failed"} for n in numbers]
    ground = Ground(case(steady("2", every_min=30, days=5), line_tests=rows), at(3), at(4), Profile())
    assert _Tests(ground, []).speak(numbers, to_us(at(3)), to_us(at(4))) == pytest.approx(-log10((2 + 1) / (2 + 100)))


def test_what_a_silence_cost_is_said_with_the_time_it_counts_though_the_window_cuts_it() -> None:
    """Three calls an hour, none from Monday 18:00 to Wednesday 06:00: 36 hours, 108 calls; each day sees its own part."""
    silent = [(at(28, 18), at(30, 6))]
    calls = steady("6", every_min=20, days=35, silent=silent) + steady("2", every_min=20, days=35, offset_min=7)
    logs = case(calls, accounts=[account("6"), account("2")])
    for day, shown in ((28, (at(28, 17 + 2 / 3), at(29))), (29, (at(29), at(30))), (30, (at(30), at(30, 6)))):
        (found,) = SCREEN.run(Ground(logs, at(day), at(day + 1), Profile()), [])
        assert (found.account, (found.start, found.end)) == ("6", shown)
        assert found.data == {"silence": {"start": at(28, 17 + 2 / 3), "end": at(30, 6)}}
        assert found.lost == pytest.approx(108, rel=0.1)
