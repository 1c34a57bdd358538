"""The scans of many series side by side: each finds what a scan of the series alone finds."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from calltrace.diagnosis.audit.screens import _scan, _shares
from calltrace.diagnosis.audit.screens._scan import CALM, apart, least_gain, rises, rises_of_each

BINS = 600


@st.composite
def counted(draw):
    """Counts of a few series by quarter: some with a burst, some with counts in many quarters."""
    series = draw(st.integers(1, 5))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    seen = rng.poisson(draw(st.sampled_from([0.003, 0.03, 0.3])), (series, BINS)).astype(float)
    for row in range(series):
        for _ in range(draw(st.integers(0, 3))):
            at = int(rng.integers(0, BINS - 20))
            seen[row, at: at + 20] += rng.poisson(0.6, 20)
    return seen, rng


@given(counted(), st.booleans(), st.sampled_from([40, BINS]), st.integers(1, 3))
@settings(deadline=None, max_examples=25)
def test_side_by_side_is_one_by_one(made, shares, longest, block):
    seen, rng = made
    rows = np.flatnonzero(rng.random(len(seen)) < 0.8)
    of = seen + rng.poisson(2.0, seen.shape) if shares else None
    expected = rng.uniform(0.002, 0.05, (len(seen), 1)) if of is None else rng.uniform(0.01, 0.1, seen.shape) * of
    alike = {"offset": 7, "longest": longest, "rho": 0.02, "dispersion": 0.0 if shares else 0.4}
    alone = [
        (int(row), rise) for row in rows for rise in rises(
            seen[row], np.broadcast_to(expected, seen.shape)[row], None if of is None else of[row], **alike)]
    before, _scan.BLOCK = _scan.BLOCK, block
    try:
        assert list(rises_of_each(rows, seen, expected, of, **alike)) == alone
    finally:
        _scan.BLOCK = before


@given(counted(), st.sampled_from([0.1, 0.25]), st.sampled_from([1.0, 2.5]))
@settings(deadline=None, max_examples=25)
def test_what_a_scan_leaves_out_is_of_no_interest(made, share, least):
    seen, rng = made
    of = seen + rng.poisson(rng.choice([0.02, 0.5]), seen.shape)
    usual = rng.uniform(0.01, 0.1, seen.shape) * of

    def of_interest(some: np.ndarray, floor: float) -> list[tuple[int, _scan.Rise]]:
        found = rises_of_each(some, seen, usual, of, longest=BINS, rho=0.02, least=least, floor=floor)
        return [(row, r) for row, r in found if r.seen - r.expected >= max(3.0, share * of[row, r.first: r.last].sum())]

    every = np.arange(len(seen))
    able = np.flatnonzero(_shares._may_reach(seen, usual, of, 3.0, share))
    assert of_interest(able, least_gain(share, least)) == of_interest(every, -np.inf)


def test_an_account_whose_losses_are_spread_thin_may_not_reach_what_is_of_interest():
    of = np.ones((3, BINS))
    seen = np.zeros_like(of)
    seen[0, 100:106], seen[1, ::20] = 1.0, 1.0
    assert _shares._may_reach(seen, 0.02 * of, of, 5.0, 0.25).tolist() == [True, False, False]
    assert _shares._plainly_more(seen, 0.02 * of, 4.0).tolist() == [True, False, False]


def test_two_bursts_are_two_rises_of_their_series():
    seen = np.zeros((3, BINS))
    seen[1, 100:104] = 3.0
    seen[1, 400:402] = 5.0
    found = list(rises_of_each(np.arange(3), seen, np.full((3, 1), 0.01), offset=1000))
    assert [(row, rise.first, rise.last, rise.seen) for row, rise in found] == [
        (1, 1100, 1104, 12.0), (1, 1400, 1402, 10.0)]


def test_nobody_has_no_rises():
    assert not list(rises_of_each(np.zeros(0, dtype=np.int64), np.zeros((0, BINS)), np.zeros((0, 1))))


def shares(*spans: tuple[int, float, float]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of each span's quarters, callers a quarter and how many of them fare badly; one in ten does usually."""
    of = np.concatenate([np.full(many, callers) for many, callers, _ in spans])
    seen = np.concatenate([np.full(many, bad) for many, _, bad in spans])
    return seen, of / 10, of


def test_two_troubles_with_a_calm_between_are_two() -> None:
    two = shares((40, 10, 1), (8, 10, 9), (12, 10, 1), (8, 10, 9), (40, 10, 1))
    (whole,) = rises(*two, offset=100)
    assert (whole.first, whole.last) == (140, 168)
    parts = apart(whole, *two, offset=100)
    assert [(p.first, p.last, p.seen) for p in parts] == [(140, 148, 72.0), (160, 168, 72.0)]
    assert all(0 < p.score < whole.score for p in parts)


def test_a_night_without_callers_and_a_short_rest_part_nothing() -> None:
    for between in ((12, 0, 0), (CALM - 1, 10, 1), (12, 10, 5)):
        one = shares((40, 10, 1), (8, 10, 9), between, (8, 10, 9), (40, 10, 1))
        whole = max(rises(*one), key=lambda r: r.score)
        assert apart(whole, *one) == [whole]


@given(st.integers(0, 2**32 - 1))
@settings(deadline=None, max_examples=25)
def test_parts_lie_within_the_whole_and_in_order(seed: int) -> None:
    rng = np.random.default_rng(seed)
    of = rng.poisson(8.0, 200).astype(float)
    bad = rng.binomial(of.astype(int), np.repeat(rng.choice([0.1, 0.1, 0.8], 20), 10)).astype(float)
    for whole in rises(bad, 0.1 * of, of):
        parts = apart(whole, bad, 0.1 * of, of)
        edges = [whole.first, *(e for p in parts for e in (p.first, p.last)), whole.last]
        assert edges == sorted(edges)
        assert sum(p.seen for p in parts) <= bad[whole.first : whole.last].sum() + 1e-9
