"""What is usual, from hand-made weeks whose sums can be done by eye, and from simulated ones."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calltrace.normal.baseline import learn
from calltrace.tables.case import Case
from calltrace.tables.schema import ACCOUNTS, CALLS, conform

NEW_YORK = "America/New_York"
MONDAY = pd.Timestamp("2026-06-01", tz=NEW_YORK)
HOUR = pd.Timedelta(hours=1)
DAY = pd.Timedelta(days=1)
WEEK = pd.Timedelta(days=7)


def case_of(stamps, *, zone=NEW_YORK, accounts=None):
    """Make a case of {(account, number, group): instants}."""
    rows = [
        {"account": account, "dnis": number, "trunk_group": group, "offered_at": at}
        for (account, number, group), all_of_it in stamps.items() for at in all_of_it]
    frame = pd.DataFrame(rows, columns=["account", "dnis", "trunk_group", "offered_at"])
    frame["offered_at"] = pd.to_datetime(frame["offered_at"], utc=True).dt.as_unit("us")
    frame = frame.sort_values("offered_at", ignore_index=True)
    frame["call_id"] = [f"c{i}" for i in range(len(frame))]
    frame["outcome"] = "answered"
    tables = {"calls": conform(frame, CALLS)}
    if accounts is not None:
        tables["accounts"] = conform(pd.DataFrame(accounts).astype("string"), ACCOUNTS)
    return Case(tables, zone=zone)


def every(step, start, weeks, hours=range(24), days=range(7)):
    """One call every ``step`` minutes, in the local hours and weekdays given."""
    many = int(weeks * 7 * 24 * 60 / step)
    stamps = pd.date_range(start, periods=many, freq=f"{step}min").tz_convert("UTC")
    local = stamps.tz_convert(NEW_YORK)
    return list(stamps[local.hour.isin(list(hours)) & local.day_of_week.isin(list(days))])


def office(weeks=4, step=20, **more):
    """Three calls an hour from 09:00 to 17:00, Monday to Friday: 24 a day."""
    return case_of({("A", "+1", "T"): every(step, MONDAY, weeks, range(9, 17), range(5))}, **more)


@pytest.fixture(scope="module")
def rhythm():
    return learn(office(), zone_of={}).of("account", "A")


def test_hours_and_days_by_eye(rhythm):
    tuesday = MONDAY + 3 * WEEK + DAY
    assert rhythm.expected(tuesday, tuesday + DAY) == pytest.approx(24, rel=0.06)
    assert rhythm.expected(tuesday + 9 * HOUR, tuesday + 17 * HOUR) == pytest.approx(24, rel=0.08)
    assert rhythm.expected(tuesday + 10 * HOUR, tuesday + 11.5 * HOUR) == pytest.approx(4.5, rel=0.08)
    # nights and weekends bring nothing to speak of
    assert rhythm.expected(tuesday - 6 * HOUR, tuesday + 8 * HOUR) < 0.8
    assert rhythm.expected(MONDAY + 5 * DAY, MONDAY + WEEK) < 5
    assert rhythm.calls_per_day == pytest.approx(24 * 5 / 7, rel=0.06)
    # the records go from the first call, Monday 09:00, to the last, Friday 16:40
    assert rhythm.history_days == pytest.approx(25.3, abs=0.05)
    assert rhythm.learned_from == 4 * 5 * 24 - 1
    assert rhythm.careful == ""


def test_silence_through_a_working_morning_is_proof(rhythm):
    start = MONDAY + 2 * WEEK + 9 * HOUR
    assert rhythm.chance_of_none(start, start + 0.5 * HOUR) > 0.1
    assert rhythm.chance_of_none(start, start + 4 * HOUR) < 1e-3
    at = rhythm.provable_at(start)
    assert rhythm.chance_of_none(start, at) <= 1e-3
    assert rhythm.chance_of_none(start, at - pd.Timedelta(minutes=2)) > 1e-3
    assert start + 2 * HOUR < at < start + 4 * HOUR


def test_proof_waits_for_the_morning(rhythm):
    friday_evening = MONDAY + 2 * WEEK + 4 * DAY + 17 * HOUR
    at = rhythm.provable_at(friday_evening)
    assert at.tz_convert(NEW_YORK).day_name() == "Monday"


def test_a_gap_has_the_calls_on_either_side_for_edges():
    morning = every(20, MONDAY, 4, range(9, 17), range(5))
    dead = MONDAY + 2 * WEEK + DAY
    kept = [at for at in morning if not dead + 10 * HOUR <= at < dead + 15 * HOUR]
    baseline = learn(case_of({("A", "+1", "T"): kept}), zone_of={}, leave_out=(dead, dead + DAY))
    rhythm = baseline.of("account", "A")
    gaps = rhythm.silences(dead + 12 * HOUR, dead + 13 * HOUR)
    assert len(gaps) == 1
    assert gaps.loc[0, "start"] == dead + 9 * HOUR + pd.Timedelta(minutes=40)
    assert gaps.loc[0, "end"] == dead + 15 * HOUR
    assert gaps.loc[0, "expected"] == pytest.approx(16, rel=0.1)
    assert gaps.loc[0, "score"] > 3
    assert gaps.loc[0, "score"] == pytest.approx(-math.log10(gaps.loc[0, "chance"]) - math.log10(
        1 + rhythm.calls_per_day))
    # asked for the whole day, the same gap comes first and its neighbours are ordinary
    day = rhythm.silences(dead, dead + DAY)
    assert day.loc[0, "start"] == gaps.loc[0, "start"]
    assert day["score"].is_monotonic_decreasing
    assert (day["score"][1:] < 1).all()


def test_a_rush_is_found_where_it_was():
    start = MONDAY + 2 * WEEK + DAY + 13 * HOUR
    rush = [start + pd.Timedelta(minutes=3 * k) for k in range(40)]
    calls = every(20, MONDAY, 4, range(9, 17), range(5)) + rush
    rhythm = learn(
        case_of({("A", "+1", "T"): calls}), zone_of={}, leave_out=(start - 4 * HOUR, start + 6 * HOUR),
    ).of("account", "A")
    found = rhythm.surges(start - 4 * HOUR, start + 6 * HOUR)
    assert len(found) == 1
    assert abs(found.loc[0, "start"] - start) <= pd.Timedelta(minutes=30)
    assert abs(found.loc[0, "end"] - (start + 2 * HOUR)) <= pd.Timedelta(minutes=30)
    assert found.loc[0, "observed"] >= 45
    assert found.loc[0, "expected"] == pytest.approx(6, rel=0.2)
    assert found.loc[0, "score"] > 4
    assert rhythm.surges(start + 3 * DAY, start + 4 * DAY).empty


def test_hourly_holds_the_ordinary_hour(rhythm):
    day = MONDAY + 3 * WEEK + 2 * DAY
    hours = rhythm.hourly(day + 8.5 * HOUR, day + 12 * HOUR)
    assert hours["start"].tolist() == [day + h * HOUR for h in (8, 9, 10, 11)]
    assert hours["arrived"].tolist() == [0, 3, 3, 3]
    assert hours["expected"].iloc[1:].tolist() == pytest.approx([3, 3, 3], rel=0.1)
    assert (hours["low"] <= 3).all()
    assert (hours["high"] >= hours["arrived"]).all()
    later = rhythm.hourly(day + 10 * DAY, day + 10 * DAY + HOUR)
    assert later["arrived"].isna().all()


def test_half_past_is_sharp():
    # forwarded at 17:30: twelve calls an hour after it, none before
    stamps = [at for at in every(5, MONDAY, 5, range(17, 22), range(5))
              if at.tz_convert(NEW_YORK).hour * 60 + at.tz_convert(NEW_YORK).minute >= 17 * 60 + 30]
    rhythm = learn(case_of({("A", "+1", "T"): stamps}), zone_of={}).of("account", "A")
    day = MONDAY + 3 * WEEK + DAY
    assert rhythm.expected(day + 17 * HOUR, day + 17.5 * HOUR) < 0.8
    assert rhythm.expected(day + 17.5 * HOUR, day + 18 * HOUR) == pytest.approx(6, rel=0.15)


@pytest.mark.parametrize(("change", "hours"), [("2026-03-08", 23), ("2026-11-01", 25)])
def test_local_hours_hold_over_a_clock_change(change, hours):
    sunday = pd.Timestamp(change, tz=NEW_YORK)
    start = sunday - 20 * DAY
    stamps = every(20, start, 6, range(9, 17))
    baseline = learn(case_of({("A", "+1", "T"): stamps}), zone_of={}, leave_out=(sunday, sunday + DAY))
    rhythm = baseline.of("account", "A")
    nine = pd.Timestamp(f"{change}T09:00", tz=NEW_YORK)
    next_day = pd.Timestamp(sunday.date() + pd.Timedelta(days=1), tz=NEW_YORK)
    assert (next_day - sunday) == hours * HOUR
    assert rhythm.expected(sunday, next_day) == pytest.approx(24, rel=0.06)
    assert rhythm.expected(nine, nine + 8 * HOUR) == pytest.approx(24, rel=0.08)
    assert rhythm.expected(nine - HOUR, nine) < 0.3


def test_the_window_asked_about_is_not_learned_from():
    dead = MONDAY + 2 * WEEK
    stamps = [at for at in every(20, MONDAY, 4, range(9, 17), range(5)) if not dead <= at < dead + WEEK]
    left_out = learn(case_of({("A", "+1", "T"): stamps}), zone_of={}, leave_out=(dead, dead + WEEK))
    rhythm = left_out.of("account", "A")
    assert rhythm.expected(dead, dead + WEEK) == pytest.approx(120, rel=0.06)
    assert rhythm.history_days == pytest.approx(18.3, abs=0.1)


def test_a_fault_in_the_history_is_not_the_rhythm():
    dead = MONDAY + WEEK
    stamps = [at for at in every(20, MONDAY, 5, range(9, 17), range(5)) if not dead <= at < dead + 3 * DAY]
    known = learn(case_of({("A", "+1", "T"): stamps}), zone_of={}, exclude=[("A", dead, dead + 3 * DAY)])
    found = learn(case_of({("A", "+1", "T"): stamps}), zone_of={})
    tuesday = MONDAY + 3 * WEEK + DAY
    for baseline in (known, found):
        assert baseline.of("account", "A").expected(tuesday, tuesday + DAY) == pytest.approx(24, rel=0.08)


def test_an_excluded_span_of_another_account_changes_nothing():
    spans = [("B", MONDAY, MONDAY + WEEK)]
    ours = learn(office(), zone_of={}, exclude=spans).of("account", "A")
    assert ours.learned_from == learn(office(), zone_of={}).of("account", "A").learned_from


def test_nothing_later_than_until_is_known():
    until = MONDAY + 2 * WEEK + 12 * HOUR
    rhythm = learn(office(), zone_of={}, until=until).of("account", "A")
    assert rhythm.count(MONDAY, MONDAY + 4 * WEEK) == 2 * 120 + 9
    assert rhythm.silences(until - HOUR, until + DAY)["end"].max() == until


def test_no_history_expects_nothing_and_says_so():
    nobody = learn(office(), zone_of={}).of("account", "nobody")
    assert nobody.expected(MONDAY, MONDAY + WEEK) == 0
    assert nobody.chance_of_none(MONDAY, MONDAY + WEEK) == 1
    assert nobody.learned_from == 0
    assert "No call" in nobody.careful
    assert nobody.provable_at(MONDAY) is None
    assert nobody.silences(MONDAY, MONDAY + WEEK)["score"].max() <= 0
    assert nobody.surges(MONDAY, MONDAY + WEEK).empty
    assert nobody.hourly(MONDAY, MONDAY + 2 * HOUR)["high"].tolist() == [0, 0]


def test_no_calls_at_all():
    baseline = learn(case_of({}), zone_of={})
    platform = baseline.of("platform")
    assert platform.expected(MONDAY, MONDAY + DAY) == 0
    assert platform.silences(MONDAY, MONDAY + DAY).empty
    assert baseline.of("account", "A").chance_of_none(MONDAY, MONDAY + DAY) == 1


def test_few_days_are_careful():
    baseline = learn(office(weeks=1), zone_of={})
    rhythm = baseline.of("account", "A")
    assert "4.3 days" in rhythm.careful
    # the weekend was not seen yet
    assert rhythm.expected(MONDAY, MONDAY + 5 * DAY) == pytest.approx(120, rel=0.15)


def test_a_number_has_its_accounts_shape_and_its_own_share():
    stamps = {
        ("A", "+1", "T"): every(20, MONDAY, 4, range(9, 17), range(5)),
        ("A", "+2", "T"): every(120, MONDAY + pd.Timedelta(minutes=7), 4, range(9, 17), range(5)),
        ("B", "+3", "U"): every(60, MONDAY, 4),
    }
    baseline = learn(case_of(stamps), zone_of={})
    few = baseline.of("number", "+2")
    tuesday = MONDAY + 3 * WEEK + DAY
    assert few.expected(tuesday, tuesday + DAY) == pytest.approx(4, rel=0.15)
    assert few.expected(tuesday + 9 * HOUR, tuesday + 17 * HOUR) > 0.9 * few.expected(tuesday, tuesday + DAY)
    assert baseline.of("trunk_group", "U").expected(tuesday, tuesday + DAY) == pytest.approx(24, rel=0.1)
    assert baseline.of("platform").expected(tuesday, tuesday + DAY) == pytest.approx(52, rel=0.1)


def test_coverage_shapes_an_account_with_little_history():
    stamps = {("N", "+9", "T"): every(15, MONDAY + 3 * WEEK, 1, range(17, 22), range(5))}
    for a in range(8):
        stamps[f"A{a}", f"+{a}", "T"] = every(60, MONDAY + pd.Timedelta(minutes=7 * a), 4)
    accounts = [{"account": "N", "name": "New", "coverage": "Mo-Fr 17:00-22:00"}]
    known = learn(case_of(stamps, accounts=accounts), zone_of={}).of("account", "N")
    thursday = MONDAY + 3 * WEEK + 3 * DAY
    open_hours = known.expected(thursday + 17 * HOUR, thursday + 22 * HOUR)
    assert open_hours == pytest.approx(20, rel=0.3)
    assert known.expected(thursday + 8 * HOUR, thursday + 16 * HOUR) < 0.1 * open_hours
    assert known.careful


def among_round_the_clock(days, *, weeks=5, step=20, **more):
    """An office with calls on some days of the week, eight clients on the same trunk groups with calls all the time."""
    stamps = {("A", "+1", "T"): every(step, MONDAY, weeks, range(9, 17), days)}
    for a in range(8):
        stamps[f"B{a}", f"+2{a}", "U"] = every(40, MONDAY + pd.Timedelta(minutes=4 * a), weeks)
    return learn(case_of(stamps, **more), zone_of={})


@pytest.mark.parametrize(("days", "closed"), [(range(5), (5, 6)), ((0, 1, 3, 4, 5, 6), (2,))])
def test_a_day_of_the_week_that_never_brought_a_call_brings_none(days, closed):
    baseline = among_round_the_clock(days)
    for kind, key in (("account", "A"), ("number", "+1"), ("trunk_group", "T")):
        rhythm = baseline.of(kind, key)
        for day in range(7):
            midnight = MONDAY + 4 * WEEK + day * DAY
            assert rhythm.expected(midnight, midnight + DAY) == pytest.approx(0 if day in closed else 24, abs=2), kind
    other, saturday = baseline.of("account", "B3"), MONDAY + 4 * WEEK + 5 * DAY
    assert other.expected(saturday, saturday + DAY) == pytest.approx(36, rel=0.1)


def test_a_weekend_of_which_few_calls_speak_is_as_the_others():
    rhythm = among_round_the_clock(range(5), weeks=1, step=600).of("account", "A")
    assert rhythm.learned_from < 10
    monday, saturday = MONDAY + 4 * WEEK, MONDAY + 4 * WEEK + 5 * DAY
    assert rhythm.expected(saturday, saturday + DAY) > 0.4 * rhythm.expected(monday, monday + DAY)


def test_a_day_that_coverage_speaks_of_is_not_closed_for_want_of_calls():
    accounts = [{"account": "A", "name": "Always", "coverage": "24/7"}]
    saturday = MONDAY + 4 * WEEK + 5 * DAY
    told, untold = (among_round_the_clock(range(5), accounts=a).of("account", "A") for a in (accounts, None))
    assert told.expected(saturday, saturday + DAY) > 4 * untold.expected(saturday, saturday + DAY)


def test_closed_days_of_a_client_of_one_hour_a_day_bring_nothing():
    """Outside its coverage an hour is first taken for a fiftieth of an open one: of a busy one that is dozens a weekend."""
    accounts = [{"account": "A", "name": "Lunch", "coverage": "Mo-Fr 12:00-13:00"}]
    stamps = {("A", "+1", "T"): every(2, MONDAY, 4, [12], range(5)), ("B", "+2", "U"): every(10, MONDAY, 4)}
    rhythm = learn(case_of(stamps, accounts=accounts), zone_of={}).of("account", "A")
    saturday = MONDAY + 2 * WEEK + 5 * DAY
    assert rhythm.expected(saturday, saturday + 2 * DAY) < 1
    assert rhythm.expected(saturday - DAY, saturday) == pytest.approx(30, rel=0.1)


def test_an_hour_that_is_empty_every_night_of_many_calls_brings_none():
    """A fiftieth of a busy mean hour would be calls that are missed every night."""
    busy = every(0.25, MONDAY, 3, [h for h in range(24) if h != 2])
    rhythm = learn(case_of({("A", "+1", "T"): busy}), zone_of={}).of("account", "A")
    night = MONDAY + 2 * WEEK + DAY + 2 * HOUR
    assert rhythm.expected(night - HOUR, night) == pytest.approx(240, rel=0.1)
    assert rhythm.expected(night, night + HOUR) < 2
    assert rhythm.silences(night, night + HOUR)["score"].max() < 2


def test_a_closed_line_does_not_run_the_clock():
    stamps = every(20, MONDAY, 4)
    spans = [(MONDAY + d * DAY, MONDAY + (d + 1) * DAY) for d in range(28) if d != 15]
    case = case_of({("A", "+1", "T"): stamps})
    rhythm = learn(case, zone_of={}, open_spans={"A": spans}).of("account", "A")
    closed = MONDAY + 15 * DAY
    assert rhythm.expected(closed, closed + DAY) < 0.05 * rhythm.expected(closed + DAY, closed + 2 * DAY)


def many(rng, weeks=5, accounts=30, rate=2.0, skip=None):
    """``accounts`` alike, Poisson, ``rate`` an hour from 08:00 to 20:00, a quarter of it at night."""
    hours = pd.date_range(MONDAY, periods=weeks * 168, freq="h")
    usual = np.where((hours.hour >= 8) & (hours.hour < 20), rate, rate / 4)
    stamps = {}
    for a in range(accounts):
        counts = rng.poisson(usual)
        at = hours[0] + pd.to_timedelta(
            np.repeat(np.arange(len(hours)), counts) * 3600 + rng.integers(0, 3600, counts.sum()), unit="s")
        stamps[f"A{a:02d}", f"+{a}", f"T{a % 2}"] = [t for t in at if skip is None or not skip(a, t)]
    return case_of(stamps)


def test_a_holiday_of_the_platform_is_not_one_accounts_silence():
    holiday = MONDAY + 3 * WEEK + 2 * DAY
    rng = np.random.default_rng(7)
    case = many(rng, skip=lambda _, t: holiday <= t < holiday + DAY and t.minute != 59)
    baseline = learn(case, zone_of={}, leave_out=(holiday, holiday + DAY))
    rhythm = baseline.of("account", "A03")
    n = rhythm.count(holiday, holiday + DAY)
    assert rhythm.chance(holiday, holiday + DAY, n) < 1e-4
    assert rhythm.chance(holiday, holiday + DAY, n, platform=True) > 0.01
    assert rhythm.expected(holiday, holiday + DAY, platform=True) < 5
    others = baseline.others("A03").set_index("start")["factor"]
    assert others[holiday: holiday + DAY - HOUR].max() < 0.35
    assert others[holiday + DAY: holiday + 2 * DAY].median() == pytest.approx(1, abs=0.2)


def test_one_accounts_silence_is_not_the_platforms():
    dead = MONDAY + 3 * WEEK + 2 * DAY
    case = many(np.random.default_rng(8), skip=lambda a, t: a == 3 and dead <= t < dead + DAY)
    baseline = learn(case, zone_of={}, leave_out=(dead, dead + DAY))
    rhythm = baseline.of("account", "A03")
    assert rhythm.expected(dead, dead + DAY, platform=True) == pytest.approx(
        rhythm.expected(dead, dead + DAY), rel=0.15)
    assert rhythm.silences(dead, dead + DAY, platform=True).loc[0, "score"] > 5
    platform = baseline.of("platform")
    assert platform.chance(dead, dead + DAY, platform.count(dead, dead + DAY)) > 0.01


def test_chance_means_what_it_says():
    """Undisturbed Poisson accounts: p-values are not small more often than they say."""
    case = many(np.random.default_rng(11), weeks=6)
    small, silent, n = 0, 0, 0
    for w in (1, 3, 4):
        start = MONDAY + w * WEEK
        baseline = learn(case, zone_of={}, leave_out=(start, start + WEEK))
        for account in baseline.accounts:
            rhythm = baseline.of("account", account)
            gaps = rhythm.silences(start, start + WEEK)
            for d in range(7):
                a, b = start + d * DAY, start + (d + 1) * DAY
                small += rhythm.chance(a, b, rhythm.count(a, b)) < 0.05
                silent += bool((gaps.loc[(gaps["end"] > a) & (gaps["end"] <= b), "score"] > 1.5).any())
                n += 1
    # nominal 5 %; three standard deviations above it at 630 account-days
    assert small / n < 0.05 + 3 * math.sqrt(0.05 * 0.95 / n)
    assert small / n > 0.005
    # nominal 10^-1.5 = 3.2 %
    assert silent / n < 0.0316 + 3 * math.sqrt(0.0316 / n)


def test_the_order_of_rows_does_not_matter():
    case = many(np.random.default_rng(5), weeks=2, accounts=4)
    shuffled = case.calls.sample(frac=1, random_state=1).reset_index(drop=True)
    other = Case({**case.tables, "calls": shuffled}, zone=case.zone)
    start = MONDAY + WEEK
    for kind, key in (("account", "A01"), ("number", "+2"), ("trunk_group", "T1"), ("platform", "")):
        ours, theirs = (learn(c, zone_of={}).of(kind, key) for c in (case, other))
        there = theirs.expected(start, start + DAY)
        assert ours.expected(start, start + DAY) == pytest.approx(there, rel=1e-9)
        pd.testing.assert_frame_equal(ours.silences(start, start + DAY), theirs.silences(start, start + DAY))


minutes = st.integers(-3 * 24 * 60, 40 * 24 * 60)


@settings(deadline=None, max_examples=60)
@given(st.lists(minutes, min_size=3, max_size=3), st.booleans())
def test_a_window_is_the_sum_of_its_parts(rhythm, at, platform):
    a, b, c = (MONDAY + pd.Timedelta(minutes=m) for m in sorted(at))
    first, second, whole = (rhythm.expected(*w, platform=platform) for w in ((a, b), (b, c), (a, c)))
    assert first + second == pytest.approx(whole, abs=1e-6)


@settings(deadline=None, max_examples=60)
@given(st.lists(minutes, min_size=2, max_size=2), st.integers(0, 80))
def test_chance_is_a_probability_and_monotone(rhythm, at, observed):
    a, b = (MONDAY + pd.Timedelta(minutes=m) for m in sorted(at))
    for side in ("low", "high"):
        p = rhythm.chance(a, b, observed, side=side)
        more = rhythm.chance(a, b, observed + 1, side=side)
        assert 0 <= p <= 1
        assert (more >= p * (1 - 1e-9)) if side == "low" else (more <= p * (1 + 1e-9))


def test_coverage_that_cannot_be_read_is_done_without():
    accounts = [{"account": "A", "name": "A", "coverage": "office hours"}]
    rhythm = learn(office(accounts=accounts), zone_of={}).of("account", "A")
    tuesday = MONDAY + 2 * WEEK + DAY
    assert rhythm.expected(tuesday, tuesday + DAY) == pytest.approx(24, rel=0.06)


def test_a_trunk_group_starts_from_the_hours_of_its_own_accounts():
    """Offices and a client of the nights: by day nobody rings it at weekends, whatever the lines of others bring then."""
    night = every(6, MONDAY, 4, (22, 23, 0, 1, 2, 3, 4, 5))
    stamps = {(f"S{k}", f"+2{k}", "OTHERS"): every(20, MONDAY + k * pd.Timedelta(minutes=2), 4) for k in range(8)}
    stamps |= {(f"A{k}", f"+1{k}", "OWN"): every(20, MONDAY + k * pd.Timedelta(minutes=3), 4, range(9, 17), range(5))
               for k in range(3)}
    accounts = [{"account": f"A{k}", "name": f"A{k}", "coverage": "Mo-Fr 09:00-17:00"} for k in range(3)]
    accounts += [{"account": "N", "name": "N", "coverage": "Mo-Su 22:00-06:00"}]
    baseline = learn(case_of(stamps | {("N", "+19", "OWN"): night}, accounts=accounts), zone_of={})
    saturday = MONDAY + 3 * WEEK + 5 * DAY
    day = saturday + 6 * HOUR, saturday + 22 * HOUR
    its = sum(baseline.of("account", name).expected(*day) for name in ("A0", "A1", "A2", "N"))
    assert baseline.of("trunk_group", "OWN").expected(*day) == pytest.approx(its, rel=0.2)
    friday = saturday - DAY, saturday
    assert baseline.of("trunk_group", "OWN").expected(*friday) == pytest.approx(72 + 80, rel=0.1)
