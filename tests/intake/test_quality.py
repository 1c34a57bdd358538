"""The feed judged: holes told from quiet hours, stale exports, hidden unanswered calls."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from calltrace.errors import Location
from calltrace.intake import quality
from calltrace.intake.quality import feed, hides_unanswered
from calltrace.intake.rates import Rates
from calltrace.tables.case import Case
from calltrace.tables.problems import Problem
from calltrace.tables.schema import TABLES, conform

DAY0 = pd.Timestamp("2026-06-01", tz="UTC")


def at(hours: float) -> pd.Timestamp:
    return DAY0 + pd.Timedelta(hours=hours)


def frame(name: str, **columns: object) -> pd.DataFrame:
    made = pd.DataFrame(columns)
    made["source_file"] = f"{name}.csv"
    made["source_line"] = np.arange(2, len(made) + 2)
    return conform(made, TABLES[name])


def calls(instants: pd.DatetimeIndex, outcome: str = "abandoned") -> pd.DataFrame:
    return frame(
        "calls",
        call_id=[str(i) for i in range(len(instants))],
        offered_at=instants.as_unit("us"),
        outcome=outcome,
    )


def steady(days: float, every_min: float = 6, *holes: tuple[float, float]) -> pd.DataFrame:
    """Calls at random at a steady rate, with holes given in hours from the beginning."""
    rng = np.random.default_rng(1)
    count = int(days * 1440 / every_min)
    hours = np.sort(rng.uniform(0, days * 24, count))
    for start, end in holes:
        hours = hours[(hours < start) | (hours >= end)]
    return calls(DAY0 + pd.to_timedelta(hours, unit="h").round("us"))


def kpi(days: float, *holes: tuple[float, float], offered: int = 3) -> pd.DataFrame:
    hours = np.arange(0, days * 24, 0.25)
    for start, end in holes:
        hours = hours[(hours < start) | (hours >= end)]
    starts = (DAY0 + pd.to_timedelta(hours, unit="h")).as_unit("us")
    return frame("kpi", interval_start=starts, scope="platform", offered=offered)


def case(calls: pd.DataFrame, problems: tuple[Problem, ...] = (), **tables: pd.DataFrame) -> Case:
    return Case(tables={"calls": calls, **tables}, problems=problems)


def test_steady_records_have_nothing_wrong() -> None:
    found = feed(case(steady(28), kpi=kpi(28)))
    assert found.problems == ()
    assert found.gaps == ()
    assert found.spans["calls"].rows == 28 * 240
    assert not found.ends_before(at(28 * 24 - 1))


@pytest.mark.parametrize(
    ("side", "says", "words"),
    [
        (kpi(28), "counted", "call records are missing"),
        (kpi(28, (300, 304)), "absent", "the switch or its log was down"),
        (None, "no-kpi", "there are no KPI intervals to tell"),
    ],
)
def test_a_hole_and_what_the_kpi_say_of_it(side: pd.DataFrame | None, says: str, words: str) -> None:
    tables = {} if side is None else {"kpi": side}
    found = feed(case(steady(28, 6, (300, 304)), **tables))
    (gap,) = found.gaps
    assert gap.start <= at(300) < at(304) <= gap.end
    assert gap.expected == pytest.approx(40, abs=4)
    assert gap.kpi == says
    told = next(p for p in found.problems if p.kind == "gap")
    assert words in told.saw
    assert told.rows == 0
    assert told.at.file == "calls.csv"
    assert told.at.line > 1


def test_kpi_that_count_none_say_that_nothing_came() -> None:
    side = kpi(28)
    starts = side["interval_start"]
    side["offered"] = side["offered"].where((starts < at(300)) | (starts >= at(304)), 0)
    (gap,) = feed(case(steady(28, 6, (300, 304)), kpi=side)).gaps
    assert (gap.kpi, gap.kpi_offered) == ("zero", 0)


def test_how_long_a_silence_must_be_follows_from_the_volume() -> None:
    for every_min, hole in ((2, 1.0), (60, 1.0)):
        found = feed(case(steady(28, every_min, (300, 300 + hole))))
        assert bool(found.gaps) == (every_min == 2), every_min


def test_nights_that_are_always_quiet_are_no_holes() -> None:
    instants = steady(28, 3)["offered_at"]
    day = instants[(instants.dt.hour >= 8) & (instants.dt.hour < 18)]
    found = feed(case(calls(pd.DatetimeIndex(day))))
    assert found.gaps == ()


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([0.0, 0.3]))
def test_chance_alone_is_not_remarked_on(seed: int, bursts: float) -> None:
    rng = np.random.default_rng(seed)
    hourly = np.full(24 * 21, 8.0) * (rng.gamma(1 / bursts, bursts, 24 * 21) if bursts else 1)
    hours = np.concatenate([h + rng.uniform(0, 1, rng.poisson(m)) for h, m in enumerate(hourly)])
    found = feed(case(calls(DAY0 + pd.to_timedelta(np.sort(hours), unit="h").round("us"))))
    assert len(found.gaps) <= 1  # one in a thousand seeds may have one


def test_a_stale_feed_is_told_by_the_other_tables_and_by_the_clock() -> None:
    short = steady(28, 6, (600, 700))
    found = feed(case(short, kpi=kpi(28)))
    assert found.stale.startswith("the calls end 2026-06-25")
    assert found.ends_before(at(650))
    assert not found.covers(at(500), at(650))
    assert found.covers(at(500), at(590))
    alone = feed(case(short), now=at(28 * 24))
    assert "before the question is asked" in alone.stale
    assert feed(case(short)).stale == ""


def test_events_and_rosters_reach_ahead_and_prove_nothing() -> None:
    ahead = frame("events", starts_at=[at(40 * 24)], kind="note", scope="platform")
    assert feed(case(steady(28), events=ahead)).stale == ""


def test_a_window_before_the_records_is_not_covered() -> None:
    assert not feed(case(steady(28))).covers(at(-48), at(-24))


def test_missing_kpi_intervals() -> None:
    found = feed(case(steady(28), kpi=kpi(28, (100, 101))))
    assert found.kpi_missing == ((at(100), at(101)),)
    assert [p.kind for p in found.problems] == ["kpi-missing"]


def test_duplicates_and_open_calls_are_counted_from_the_problems() -> None:
    told = tuple(
        Problem(Location("calls.csv", 2), "x", "y", rows=3, kind=k)
        for k in ("duplicate", "open-call", "bad-row")
    )
    found = feed(case(steady(2), told))
    assert (found.duplicates, found.open_calls) == (3, 3)


def test_a_log_in_which_nobody_was_lost_hides_them() -> None:
    assert hides_unanswered(10_000, 0, 10_000)
    assert not hides_unanswered(300, 0, 300)
    assert not hides_unanswered(9_999, 1, 10_000)
    answered = steady(28)
    answered["outcome"] = "answered"
    found = feed(case(conform(answered, TABLES["calls"])))
    assert [p.kind for p in found.problems] == ["hides-unanswered"]


@given(st.floats(0, 500), st.floats(0, 2))
def test_the_chance_of_none(mean: float, dispersion: float) -> None:
    rates = Rates("UTC", np.zeros(168), dispersion)
    chance = rates.chance_of_none(mean)
    assert np.exp(-mean) * 0.999 <= chance <= 1  # bursts make silence likelier, never less
    if dispersion > 1e-3:
        assert chance == pytest.approx(
            stats.nbinom.pmf(0, 1 / dispersion, 1 / (1 + mean * dispersion)), rel=1e-6
        )


def test_expected_calls_follow_the_clock_on_the_wall() -> None:
    rates = Rates("America/New_York", np.where(np.arange(168) % 24 == 9, 12.0, 0.0), 0.0)
    for day in ("2026-10-30", "2026-11-02"):  # before and after the clock goes back
        start = pd.Timestamp(day, tz="America/New_York")
        assert rates.expected(
            start.tz_convert("UTC"), (start + pd.Timedelta(hours=9, minutes=30)).tz_convert("UTC")
        ) == pytest.approx(6)


def test_no_calls_at_all_and_one() -> None:
    assert feed(Case(tables={})).calls_end is None
    assert feed(Case(tables={})).ends_before(at(0))
    assert feed(case(calls(pd.DatetimeIndex([at(0)])))).gaps == ()


@given(
    st.lists(st.integers(0, 20 * 86_400), min_size=2, max_size=300, unique=True),
    st.lists(st.floats(0.0, 40.0), min_size=24, max_size=24), st.floats(0.0, 2.0))
def test_no_silence_is_passed_over_that_chance_rules_out(seconds: list[int], by_hour: list[float], dispersion: float) -> None:
    """Only long silences are looked at: held against looking at every one."""
    rates = Rates("UTC", np.tile(by_hour, 7), dispersion)
    came = pd.DatetimeIndex([at(0) + pd.Timedelta(seconds=s) for s in sorted(seconds)])
    records = case(calls(came))
    instants = came.to_numpy(dtype="datetime64[us]").astype(np.int64)
    told = quality._gaps(records, instants, rates, ())
    limit = np.log(quality.ODDS / (len(came) - 1))

    def log_chance(a: pd.Timestamp, b: pd.Timestamp) -> float:
        busy = quality._busy(instants, rates, int(a.value) // 1000, int(b.value) // 1000)
        return rates.log_chance_of_none(rates.expected(a, b) * busy)

    expected = [(a, b) for a, b in itertools.pairwise(came) if log_chance(a, b) < limit * (1 + 1e-6)]
    certain = [(g.start, g.end) for g in told]
    assert set(expected) <= set(certain)
    assert all(np.log(max(g.chance, 1e-300)) < limit for g in told)


def test_of_a_day_of_few_calls_less_is_to_be_expected_in_a_silence_and_after_the_last_call() -> None:
    """Three of four calls are gone for the last two days, as where a trunk group is down."""
    every = steady(30, 6, (29 * 24 + 6, 29 * 24 + 8.5))
    late = every["offered_at"] >= at(28 * 24)
    few = every[~late | (np.arange(len(every)) % 4 == 0)].reset_index(drop=True)
    assert [round(len(feed(case(one)).gaps)) for one in (every, few)] == [1, 0]
    soon, long = every["offered_at"].max() + pd.Timedelta(hours=1.5), every["offered_at"].max() + pd.Timedelta(hours=9)
    assert [feed(case(one)).ends_before(soon) for one in (every, few)] == [True, False]
    assert [bool(feed(case(one), now=soon).stale) for one in (every, few)] == [True, False]
    assert feed(case(few)).ends_before(long)


def test_logins_that_lost_their_counterpart_are_told_once_with_where() -> None:
    """Two agents in from 08:00 to 16:00; one logout of A1 is missing on the third day."""
    shifts = [(n, who, event) for n in range(6) for who in ("A1", "A2") for event in ("login", "logout")]
    rows = [(at(24 * n + (8 if event == "login" else 16)), who, event) for n, who, event in shifts]
    whole, torn = (
        frame("agents", at=[r[0] for r in some], agent=[r[1] for r in some], event=[r[2] for r in some])
        for some in (rows, [*rows[:9], *rows[10:]])
    )
    assert not [p for p in feed(case(steady(6), agents=whole)).problems if p.kind == "lost-login"]
    (told,) = (p for p in feed(case(steady(6), agents=torn)).problems if p.kind == "lost-login")
    assert "1 of 23 logins and logouts have no counterpart, the first a second login of A1 2026-06-04 08:00" in told.saw
    assert told.at == Location("agents.csv", 13)
    assert (told.table, told.effect, told.rows) == ("agents", "noted", 0)
    few = frame("agents", at=[at(0), at(1), at(9)], agent=["A1"] * 3, event=["login", "logout", "logout"])
    assert not [p for p in feed(case(steady(6), agents=few)).problems if p.kind == "lost-login"]  # one session tells nothing


def test_judged_once() -> None:
    one = case(steady(2))
    assert feed(one) is feed(one)
    assert quality.feed(one, now=at(100)) is not feed(one)


def test_what_is_to_be_said_of_single_records_is_found_only_for_who_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Case] = []
    monkeypatch.setattr(quality.misbooked, "told", lambda one: asked.append(one) or [])
    found = case(steady(30), problems=(Problem(Location("a.csv", 2), "x", "y", "z"),))
    plain = feed(found, now=at(40 * 24), problems=False)
    assert (plain.problems, asked) == ((), [])
    whole = feed(found, now=at(40 * 24))
    assert asked == [found]
    assert (whole.gaps, whole.spans, whole.stale) == (plain.gaps, plain.spans, plain.stale)
    assert [p.kind for p in whole.problems] == ["stale-feed"]
    assert quality.with_problems(found, at(40 * 24)).problems == (*found.problems, *whole.problems)


def office(days: int, *holes: tuple[float, float], until: float = math.inf) -> pd.DataFrame:
    """Two hundred calls an hour from a quarter to eight to twenty past six, Monday to Friday."""
    rng = np.random.default_rng(1)
    hours = np.sort(rng.uniform(0, days * 24, days * 24 * 200))
    clock = hours % 24
    open_ = (clock >= 7.75) & (clock < 18 + 1 / 3) & (hours // 24 % 7 < 5) & (hours < until)
    for start, end in holes:
        open_ &= (hours < start) | (hours >= end)
    return calls(DAY0 + pd.to_timedelta(hours[open_], unit="h").round("us"))


@pytest.mark.parametrize("days", [9, 26, 60])
def test_an_office_that_closes_at_twenty_past_six_has_no_hole_every_evening(days: int) -> None:
    """An hour knows nothing of its minutes: in its last two thirds more than a hundred calls were missed every day."""
    judged = feed(Case({"calls": office(days)}, zone="UTC"))
    assert [(str(g.start), g.expected) for g in judged.gaps] == []
    evening = at((days - 2) * 24 + 24)
    last = feed(Case({"calls": office(days, until=(days - 2) * 24 + 20)}, zone="UTC"))
    assert not last.ends_before(evening)
    assert not last.stale
    # one that stops at noon has stopped
    assert feed(Case({"calls": office(days, until=(days - 2) * 24 + 12)}, zone="UTC")).ends_before(evening)


def test_a_hole_in_an_office_s_day_is_one() -> None:
    hole = 24 * 15 + 10, 24 * 15 + 11.5
    (gap,) = feed(Case({"calls": office(26, hole)}, zone="UTC")).gaps
    assert (gap.start - at(hole[0])) / pd.Timedelta(minutes=1) == pytest.approx(0, abs=2)
    assert gap.expected == pytest.approx(300, rel=0.1)


def test_counts_that_leave_out_intervals_without_a_call_have_no_holes() -> None:
    """Many exports have no row of such an interval: every night of an office would be one in which the switch was down."""
    records = office(26)
    quarters = records["offered_at"].dt.floor("15min").value_counts().sort_index()
    written = frame("kpi", interval_start=quarters.index.as_unit("us"), scope="platform", offered=quarters.to_numpy())
    assert feed(Case({"calls": records, "kpi": written}, zone="UTC")).kpi_missing == ()
    # one that has rows of nights, and on one day none, has a hole
    assert len(feed(Case({"calls": steady(26), "kpi": kpi(26, (30, 32))}, zone="UTC")).kpi_missing) == 1
