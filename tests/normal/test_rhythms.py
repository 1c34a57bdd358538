"""All series side by side are what each is by itself."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calltrace.normal.baseline import learn
from calltrace.normal.intervals import instant
from calltrace.tables.case import Case
from calltrace.tables.schema import CALLS, conform

HOUR, DAY, WEEK = pd.Timedelta(hours=1), pd.Timedelta(days=1), pd.Timedelta(days=7)
START = pd.Timestamp("2026-02-16", tz="UTC")
ZONES = {"B": "Europe/London", "C": "Asia/Kathmandu", "D": "Australia/Lord_Howe", "E": "America/New_York"}


def service(weeks=9, seed=3):
    """Seven accounts from 16 February on: New York's and London's clocks change, and Lord Howe's by half an hour."""
    rng = np.random.default_rng(seed)
    rows = []

    def add(account, per_day, first=0.0, last=7.0 * weeks, number=None):
        count = rng.poisson(per_day * (last - first))
        for at in np.sort(rng.uniform(first, last, count)):
            rows.append((account, number or f"+{account}", f"T{len(rows) % 2}", START + pd.Timedelta(days=at).floor("s")))

    add("A", 30)
    add("A", 6, number="+A2")
    add("B", 12)
    add("C", 20, last=30)  # gone after a month
    add("D", 9)
    add("E", 4, first=7.0 * weeks - 6)  # new
    rows.append(("F", "+F", "T0", START + 20 * DAY))  # one call in all
    # G: a rush in one hour, and three dead days
    rows.extend(
        ("G", "+G", "T1", START + pd.Timedelta(days=at).floor("s"))
        for at in np.sort(rng.uniform(0, 7 * weeks, 40 * 7 * weeks)) if not 20 <= at < 23)
    rows.extend(("G", "+G", "T1", START + 33 * DAY + pd.Timedelta(minutes=m)) for m in range(58))
    frame = pd.DataFrame(rows, columns=["account", "dnis", "trunk_group", "offered_at"]).sort_values(
        "offered_at", ignore_index=True, kind="stable")
    frame["offered_at"] = frame["offered_at"].dt.as_unit("us")
    frame["call_id"] = [f"c{i}" for i in range(len(frame))]
    frame["outcome"] = "answered"
    return Case({"calls": conform(frame, CALLS)}, zone="America/New_York")


HOW = {
    "plain": {},
    "a window left out": {"leave_out": (START + 41 * DAY + 5 * HOUR, START + 44 * DAY + 5.5 * HOUR)},
    "until": {"until": START + 50 * DAY + 3.4 * HOUR},
    "closures known": {"exclude": [("A", START + 9 * DAY, START + 12.3 * DAY), (None, START + 30 * DAY, START + 31 * DAY)]},
    "lines closed": {"open_spans": {"A": [(START + k * DAY, START + (k + 0.61) * DAY) for k in range(70)], "B": []}},
}


@pytest.fixture(scope="module")
def baselines():
    case = service()
    return {name: learn(case, zone_of=ZONES, **how) for name, how in HOW.items()}


minutes = st.integers(-20 * 24 * 60, 90 * 24 * 60)
hows = st.sampled_from(sorted(HOW))
series = st.sampled_from(["account", "number", "trunk_group"])


@settings(deadline=None, max_examples=50)
@given(hows, series, st.lists(minutes, min_size=2, max_size=2), st.booleans())
def test_expected_and_counted_are_each_series_own(baselines, how, kind, at, platform):
    a, b = (START + pd.Timedelta(minutes=m) for m in at)
    baseline = baselines[how]
    side_by_side = baseline.all(kind)
    one_by_one = [baseline.of(kind, key) for key in side_by_side.keys]
    assert len(side_by_side) > 1
    assert side_by_side.expected(a, b, platform=platform) == pytest.approx(
        [r.expected(a, b, platform=platform) for r in one_by_one], rel=1e-9, abs=1e-9)
    assert side_by_side.count(a, b).tolist() == [r.count(a, b) for r in one_by_one]
    chosen = side_by_side.keys[1:]
    assert baseline.expected_of(kind, chosen, a, b, platform=platform).tolist() == pytest.approx(
        side_by_side.expected(a, b, platform=platform)[1:].tolist(), rel=1e-12)


@settings(deadline=None, max_examples=25)
@given(hows, series, st.lists(minutes, min_size=2, max_size=2))
def test_expected_in_times_of_their_own(baselines, how, kind, at):
    rhythms = baselines[how].all(kind)
    starts, ends = (us(START) + np.array([m + 7 * k for k in range(len(rhythms))]) * 60_000_000 for m in at)
    assert rhythms.expected_each(starts, ends) == pytest.approx(
        [r.expected(instant(a), instant(b)) for r, a, b in zip(rhythms, starts, ends, strict=True)], rel=1e-9, abs=1e-9)


@settings(deadline=None, max_examples=50)
@given(hows, series, minutes, st.integers(1, 30 * 24 * 60))
def test_no_time_brings_more_than_the_busiest_half_hour_would(baselines, how, kind, at, minutes):
    rhythms = baselines[how].all(kind)
    start, hours = START + pd.Timedelta(minutes=at), minutes / 60
    assert (rhythms.expected(start, start + hours * HOUR) <= rhythms.busiest * hours * (1 + 1e-9)).all()


def test_nobody_and_nothing(baselines):
    plain = baselines["plain"]
    assert plain.expected_of("account", [], START, START + DAY).tolist() == []
    unknown = plain.all("account", ["nobody", "A"])
    assert unknown.keys == ("nobody", "A")
    assert unknown.learned_from[0] == 0
    assert unknown.learned_from[1] > 1000
    assert unknown.expected(START, START + DAY)[0] == 0
    assert unknown.expected(START + DAY, START).tolist() == [0, 0]
    assert unknown.calls_per_day[1] == pytest.approx(36, rel=0.1)
    nothing = learn(Case({"calls": service().calls.head(0)}), zone_of={})
    assert nothing.all("account").expected(START, START + DAY).tolist() == []
    assert nothing.all("account").busiest.tolist() == []


@settings(deadline=None, max_examples=40)
@given(hows, series, st.tuples(minutes, st.integers(1, 60 * 24 * 60)), st.sampled_from([-9.0, 0.0, 0.7, 1.5, 3.0]))
def test_gaps_are_each_series_own(baselines, how, kind, window, least):
    baseline, (begin, length) = baselines[how], window
    start = begin * 60_000_000 + int(START.value // 1000)
    end = start + length * 60_000_000
    told = []
    rhythms = baseline.all(kind)
    for places, silences in rhythms.silences(start, end):
        gaps = silences.gaps(np.full(len(places), least))
        assert np.all(np.diff(gaps.series) >= 0)
        for row, place in enumerate(places.tolist()):
            mine = gaps.series == row
            starts, ends, expected, log = rhythms[place].gaps(start, end, platform=True)
            found = dict(zip(gaps.starts[mine].tolist(), np.flatnonzero(mine).tolist(), strict=True))
            # none is left out that would be of interest, and what is told is the same
            assert set(starts[-log >= least].tolist()) <= set(found)
            assert set(found) <= set(starts.tolist())
            there = np.array([found.get(s, -1) for s in starts.tolist()], dtype=int)
            kept = there >= 0
            assert gaps.ends[there[kept]].tolist() == ends[kept].tolist()
            assert gaps.expected[there[kept]] == pytest.approx(expected[kept], rel=1e-9, abs=1e-9)
            assert gaps.log[there[kept]] == pytest.approx(log[kept], rel=1e-8, abs=1e-8)
            if least < 0:
                assert kept.all()
            alone = silences.log_none(
                np.full(kept.sum(), row), starts[kept], ends[kept], gaps.expected[there[kept]])
            assert alone == pytest.approx(rhythms[place].log_none(starts[kept], ends[kept], platform=True), rel=1e-8, abs=1e-8)
            told.append(place)
    assert sorted(told) == list(range(len(rhythms)))


@settings(deadline=None, max_examples=30)
@given(hows, st.lists(st.integers(-2 * 24 * 60, 65 * 24 * 60), min_size=2, max_size=12), st.booleans())
def test_calls_between_and_counted_are_each_series_own(baselines, how, at, platform):
    rhythms = baselines[how].all("account")
    starts = np.array(at[:-1], dtype=np.int64) * 60_000_000 + int(START.value // 1000)
    ends = np.array(at[1:], dtype=np.int64) * 60_000_000 + int(START.value // 1000)
    for places, silences in rhythms.silences(int(START.value // 1000), int((START + 60 * DAY).value // 1000)):
        for row, place in enumerate(places.tolist()):
            of = np.full(len(starts), row)
            rhythm = rhythms[place]
            assert silences.between(of, starts, ends, platform=platform) == pytest.approx(
                rhythm.between(starts, ends, platform=platform), rel=1e-9, abs=1e-9)
            assert silences.counts(of, starts, ends).tolist() == rhythm.counts(starts, ends).tolist()


def us(at):
    return int(at.value // 1000)


@settings(deadline=None, max_examples=30)
@given(hows, series, st.tuples(minutes, st.integers(30, 20 * 24 * 60)), st.tuples(
    st.sampled_from([1.0, 0.2, 3.0]), st.sampled_from([0.0, 4.0]), st.sampled_from([0.0, 1.5]), st.sampled_from([5, 2])))
def test_surges_are_each_series_own(baselines, how, kind, window, least):
    start = START + pd.Timedelta(minutes=window[0])
    end = start + pd.Timedelta(minutes=window[1])
    asked = dict(zip(("least_score", "least_extra", "least_ratio", "most"), least, strict=True))
    rhythms = baselines[how].all(kind)
    told = []
    for places, surges in rhythms.surges(us(start), us(end)):
        rushes = surges.rushes(**asked)
        assert np.all(np.diff(rushes.series) >= 0)
        for row, place in enumerate(places.tolist()):
            mine = rushes.series == row
            spells = rhythms[place].rushes(start, end, platform=True, **asked)
            assert rushes.starts[mine].tolist() == [s.start for s in spells]
            assert rushes.ends[mine].tolist() == [s.end for s in spells]
            assert rushes.observed[mine].tolist() == [s.observed for s in spells]
            assert rushes.expected[mine] == pytest.approx([s.expected for s in spells], rel=1e-9, abs=1e-9)
            assert rushes.score[mine] == pytest.approx([s.score for s in spells], rel=1e-8, abs=1e-8)
            told.append(place)
    assert sorted(told) == list(range(len(rhythms)))


def test_windows_that_rank_alike_are_told_as_of_the_series_alone():
    # one account that calls every hour, and twice two calls more in the same hour of a week
    at = [START + k * HOUR for k in range(24 * 42)]
    for day in (21, 28):
        at += [START + (day + 0.5) * DAY + pd.Timedelta(minutes=m) for m in (5, 10, 15, 20, 25)]
    frame = pd.DataFrame({"offered_at": sorted(at), "account": "A", "call_id": [f"c{k}" for k in range(len(at))]})
    baseline = learn(Case({"calls": conform(frame, CALLS)}), zone_of={}, leave_out=(START + 20 * DAY, START + 30 * DAY))
    rhythms = baseline.all("account")
    window = START + 20 * DAY, START + 30 * DAY
    spells = rhythms[0].rushes(*window, platform=True)
    ((_, surges),) = rhythms.surges(*(us(t) for t in window))
    rushes = surges.rushes()
    assert len(spells) == 2
    assert spells[0].score == spells[1].score
    assert sorted(rushes.starts.tolist()) == sorted(s.start for s in spells)


def test_what_is_left_beside_a_crowd_is_told_where_it_is_felt():
    # one account that calls every hour, 20 calls more in an hour of the third week and 6 more in one of the fourth
    at = [START + k * HOUR for k in range(24 * 42)]
    for day, more in ((21, 20), (28, 6)):
        at += [START + (day + 0.5) * DAY + pd.Timedelta(minutes=2 * m) for m in range(1, more + 1)]
    frame = pd.DataFrame({"offered_at": sorted(at), "account": "A", "call_id": [f"c{k}" for k in range(len(at))]})
    baseline = learn(Case({"calls": conform(frame, CALLS)}), zone_of={}, leave_out=(START + 20 * DAY, START + 30 * DAY))
    rhythms = baseline.all("account")
    window = START + 20 * DAY, START + 30 * DAY
    ((_, surges),) = rhythms.surges(*(us(t) for t in window))
    for least, told in ((0.0, 2), (10.0, 1), (30.0, 0)):
        assert len(surges.rushes(least_extra=least).starts) == told
        assert len(rhythms[0].rushes(*window, platform=True, least_extra=least)) == told


@settings(deadline=None, max_examples=40)
@given(hows, series, st.tuples(minutes, st.integers(1, 30 * 24 * 60)), st.sampled_from([0.5, 2.0, 6.0]))
def test_gaps_of_few_calls_are_left_out(baselines, how, kind, window, least):
    start = us(START) + window[0] * 60_000_000
    asked = {"start": start, "end": start + window[1] * 60_000_000, "platform": how != "plain"}
    for rhythm in baselines[how].all(kind):
        *gaps, log = rhythm.gaps(**asked)
        long = gaps[2] >= least
        *told, log_told = rhythm.gaps(**asked, least_expected=least)
        assert [of.tolist() for of in told] == [of[long].tolist() for of in gaps]
        assert log_told == pytest.approx(log[long], rel=1e-9)


def test_ordinary_series_have_no_surge(baselines):
    rhythms = baselines["plain"].all("account")
    rush = START + 33 * DAY
    rising = {
        rhythms.keys[places[row]] for places, surges in rhythms.surges(us(rush - DAY), us(rush + DAY))
        for row in surges.rushes(least_extra=4, least_ratio=1.5).series}
    assert "G" in rising
    assert len(rising) < len(rhythms) - 2
