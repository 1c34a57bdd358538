from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from calltrace.diagnosis.audit import weighing
from calltrace.diagnosis.audit.fdr import false_share, local_share
from calltrace.diagnosis.audit.ground import Candidate, Ground, Unit
from calltrace.diagnosis.audit.weighing import screened
from calltrace.diagnosis.profile import Profile
from support import at, case, steady


def test_the_share_of_false_ones_is_those_chance_gives_over_those_found() -> None:
    # chance gives 100 * 0.001 = 0.1 of score 3 or more, and two were found
    assert false_share([5.0, 3.0], 100).round(4).tolist() == [0.001, 0.05]


def test_nothing_found_is_no_error() -> None:
    assert false_share([], 100).size == 0


@given(st.lists(st.floats(0, 12), min_size=1, max_size=30), st.integers(1, 10_000))
def test_the_stronger_is_never_the_more_doubtful(scores: list[float], units: int) -> None:
    shares = false_share(scores, units)
    ranked = [share for _, share in sorted(zip(scores, shares, strict=True), key=lambda pair: -pair[0])]
    assert ranked == sorted(ranked)
    assert all(0 <= s <= 1 for s in shares)


@given(st.lists(st.floats(0, 12), min_size=1, max_size=30), st.integers(1, 5_000))
def test_more_accounts_looked_at_make_no_candidate_surer(scores: list[float], units: int) -> None:
    assert (false_share(scores, 2 * units) >= false_share(scores, units) - 1e-12).all()


def test_the_weakest_is_doubted_more_than_the_average() -> None:
    # of 100 units chance brings 0.001, 0.01 and 0.32 as strong: the third is false one time in three by itself
    assert local_share([5.0, 4.0, 2.5], 100).round(3).tolist() == [0.001, 0.009, 0.306]
    assert local_share([], 100).size == 0


@given(st.lists(st.floats(1.0, 12.0), min_size=1, max_size=30), st.integers(1, 10_000))
def test_doubts_add_up_to_the_false_ones_expected_and_rise_as_scores_fall(scores: list[float], units: int) -> None:
    local, shares = local_share(scores, units), false_share(scores, units)
    order = np.argsort(-np.asarray(scores), kind="stable")
    assert (np.diff(local[order]) >= -1e-9).all()
    assert ((local >= 0) & (local <= 1)).all()
    if local.max() < 1:
        assert local.sum() == pytest.approx(max(units, len(scores)) * 10.0 ** -min(scores))
        # no candidate is surer than the mean of those at least as strong
        assert local[order][-1] >= shares[order][-1] - 1e-9


@pytest.mark.parametrize(("screen", "beyond"), [("silence", [False, True, True, None]), ("hold", [False, None, None, None])])
def test_silences_are_investigated_beyond_the_rate_asked_for_and_say_so(screen: str, beyond: list[bool | None]) -> None:
    ground = Ground(case(steady("2", every_min=30, days=12)), at(2), at(12), Profile())  # ten account-days
    scores = (3.0, 1.5, 1.0, 0.4)  # of which chance brings 0.01, 0.32, 1 and 4: shares of 0.01, 0.16, 0.33 and 1
    candidates = [
        Candidate(screen=screen, account="2", asked=("2",), complaint="missed-calls", start=at(k), end=at(k + 1), score=s,
                  causes=("number-down",)) for k, s in enumerate(scores)]
    passed = {c.score: c.beyond for c in screened(ground, candidates, 0.1)}
    assert [passed.get(s) for s in scores] == beyond


def test_a_number_is_investigated_where_many_lines_are_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    ground = Ground(case(steady("2", every_min=30, days=12)), at(2), at(12), Profile())
    monkeypatch.setattr(weighing, "units", lambda _ground, _unit: 10)  # 100 account-days and 100 number-days

    def silent(score: float, unit: Unit) -> Candidate:
        return Candidate(screen="silence", account="2", asked=("2",), complaint="missed-calls", start=at(3), end=at(4),
                         score=score, causes=("number-down",), unit=unit)

    number = silent(2.0, "number-day")
    assert screened(ground, [number], 0.1) == []  # chance brings one such number by itself,
    passed = screened(ground, [number, *(silent(6.0, "account-day") for _ in range(4))], 0.1)
    # and two such silences where there are five: 0.4 of them, though all of the numbers
    assert [(c.beyond, c.doubt) for c in passed] == [(True, 1.0), *[(False, pytest.approx(2.5e-5))] * 4]
