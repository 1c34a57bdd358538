"""What the screen of surges makes of few calls outside the hours in which lines should be forwarded."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any

import pandas as pd
import pytest

from calltrace.diagnosis.audit.ground import Candidate, Ground
from calltrace.diagnosis.audit.run import audit_case
from calltrace.diagnosis.audit.screens import surge
from calltrace.diagnosis.audit.screens._outside import (
    left_forwarded,
    left_on_days,
    left_on_since,
    on_days_off,
)
from calltrace.diagnosis.profile import Profile
from calltrace.diagnosis.unentered import days_off_of_many, of_many
from calltrace.tables.case import Case
from calltrace.tables.times import at_wall
from support import account, at, case, scene, steady

NIGHTS = "Mo-Su 18:00-24:00,00:00-08:00"


def records(*strays: pd.Timestamp, days: float = 35, coverage: str | None = NIGHTS, **more: list[dict[str, Any]]) -> Case:
    """Account 1, forwarded from 18:00 to 08:00, has a call every half hour then, and these beside."""
    rows: list[dict[str, Any]] = steady("1", every_min=30, days=days, silent=[(at(d, 8), at(d, 18)) for d in range(35)])
    rows += [rows[0] | {"call_id": f"stray-{n}", "offered_at": one} for n, one in enumerate(strays)]
    return case([*rows, *steady("2", every_min=20, days=days)], accounts=[account("1", coverage=coverage), account("2")],
                **more)


def found(logs: Case, day: float) -> list[Candidate]:
    return left_forwarded(Ground(logs, at(day), at(day + 1), Profile()))


def test_a_call_a_day_where_there_was_none_adds_up() -> None:
    logs = records(*(at(day, 12) for day in (28, 29, 30)))
    each = [found(logs, day)[0].score if found(logs, day) else 0.0 for day in (28, 29, 30)]
    assert each[0] < 1.5 < each[1] < each[2]
    [last] = found(logs, 30)
    assert (last.account, last.causes, last.harmed) == ("1", ("forwarding-left-on",), 1.0)
    assert (last.start, last.end, last.since) == (at(30, 12), at(30, 12.25), at(28))
    assert found(logs, 31) == []  # a day without one


@pytest.mark.parametrize("hour", [8.5, 17.5, 3.0])
def test_calls_near_the_hours_of_coverage_or_within_them_are_none(hour: float) -> None:
    assert found(records(*(at(28, hour + n / 60) for n in range(4))), 28) == []


def test_who_has_them_now_and_then_has_them_as_ever() -> None:
    assert found(records(*(at(day, 12) for day in range(0, 35, 2))), 28) == []


def test_where_little_is_known_or_there_are_no_such_hours_nothing_is_said() -> None:
    strays = [at(10, 12 + n / 4) for n in range(4)]
    assert found(records(*strays, days=14), 10) == []
    assert found(records(*(at(28, 12 + n / 4) for n in range(4)), coverage=None), 28) == []
    assert len(found(records(*(at(28, 12 + n / 4) for n in range(4))), 28)) == 1


@pytest.mark.parametrize(("kind", "whose", "coverage", "left_on"), [
    ("holiday", {"scope": "platform"}, NIGHTS, False),
    ("closure", {"scope": "account", "target": "1"}, NIGHTS, False),
    ("closure", {"scope": "account", "target": "2"}, NIGHTS, True),
    ("note", {"scope": "platform"}, NIGHTS, True),
    ("holiday", {"scope": "platform"}, f"{NIGHTS}; PH 18:00-24:00", True),
])
def test_on_a_day_off_an_office_may_forward_all_day(kind: str, whose: dict[str, str], coverage: str, left_on: bool) -> None:
    """A dozen calls by day, where a night's coverage leaves none to come; coverage that speaks of holidays knows better."""
    day_off = {"starts_at": at(28), "ends_at": at(29), "kind": kind, "target": None, "note": "", **whose}
    logs = records(*(at(28, 9 + n / 2) for n in range(12)), coverage=coverage, events=[day_off])
    assert [f.cause for f in audit_case(logs, start=at(28), end=at(29)).findings] == ["forwarding-left-on"] * left_on
    assert bool(found(logs, 28)) is left_on


@pytest.mark.parametrize(("many", "told"), [(1, 1), (2, 2), (4, 0)])
def test_what_most_clients_did_on_one_day_was_no_mistake_of_each(many: int, told: int) -> None:
    """Of five clients of nights so many had a dozen calls one day; an office that is covered by day could not show it."""
    nights = [(at(d, 8), at(d, 18)) for d in range(35)]
    rows = [row for n in range(1, 6) for row in steady(f"{n}", every_min=30, offset_min=n, days=35, silent=nights)]
    rows += [rows[0] | {"account": f"{n}", "call_id": f"stray-{n}-{k}", "offered_at": at(28, 9 + k / 2)}
             for n in range(1, many + 1) for k in range(12)]
    rows += steady("6", every_min=30, days=35, hours=(8, 18))
    office = account("6", coverage="Mo-Su 08:00-18:00")
    logs = case(rows, accounts=[*(account(f"{n}", coverage=NIGHTS) for n in range(1, 6)), office])
    found = surge.run(Ground(logs, at(28), at(29), Profile()), [])
    assert len({c.account for c in found if c.data.get("outside_coverage")}) == told


@pytest.mark.parametrize(("many", "told"), [(2, 2), (4, 0)])
def test_a_bank_holiday_closes_some_offices_of_many(many: int, told: int) -> None:
    """Of twelve clients of nights so many had four calls by day: four on one day are too many for mistakes."""
    nights = [(at(d, 8), at(d, 18)) for d in range(35)]
    rows = [row for n in range(1, 13) for row in steady(f"{n}", every_min=120, offset_min=n, days=30, silent=nights)]
    rows += [rows[0] | {"account": f"{n}", "call_id": f"stray-{n}-{k}", "offered_at": at(28, 9 + 2 * k)}
             for n in range(1, many + 1) for k in range(4)]
    logs = case(rows, accounts=[account(f"{n}", coverage=NIGHTS) for n in range(1, 13)])
    found = surge.run(Ground(logs, at(28), at(29), Profile()), [])
    assert len({c.account for c in found if c.data.get("outside_coverage")}) == told
    noted = [c.note for c in found if c.note]
    assert len(noted) == (not told)
    assert all("4 of 12 clients had calls on Mon 29 Jun at hours that their coverage leaves out" in note for note in noted)
    off = list(days_off_of_many(scene(logs, "1", at(26), at(30), "high-bill")))
    assert off == ([] if told else [(at(28), at(29))])


@pytest.mark.parametrize(("had", "able", "plainly", "off"), [
    (3, 5, 0, True), (2, 3, 2, False), (4, 18, 4, True), (3, 18, 3, False), (4, 18, 1, False), (12, 400, 12, False),
    (25, 400, 25, True)])
def test_how_many_do_nothing_by_mistake_depends_on_how_many_there_are(had: int, able: int, plainly: int, off: bool) -> None:
    assert of_many(had, able, plainly) is off


def test_a_day_of_lines_left_forwarded_is_one_in_a_long_window_too() -> None:
    """Fourteen calls by day on one day of six are asked of that day; with three more each on the next days, of all three."""
    one = [at(30, 9.5 + k / 2) for k in range(14)]
    [told] = audit_case(records(*one), start=at(28), end=at(34), checks=["surge", "bill"]).findings
    assert (told.cause, told.start, told.end, told.harmed) == ("forwarding-left-on", at(30, 9.5), at(30, 16), 14.0)
    more = [at(day, 10 + 2 * k) for day in (31, 33) for k in range(3)]
    ground = Ground(records(*one, *more, at(26, 12)), at(28), at(34), Profile())
    [crowd] = surge.run(ground, [])
    assert crowd.rather is not None
    assert (crowd.rather.start, crowd.rather.end, crowd.rather.since, crowd.rather.harmed) == (at(30), at(34), None, 20.0)


def test_days_of_it_before_the_window_are_asked_of_with_it() -> None:
    strays = [at(day, 9.5 + k / 2) for day in (27, 28) for k in range(14)]
    [crowd] = surge.run(Ground(records(*strays), at(28), at(34), Profile()), [])
    assert crowd.rather is not None
    assert (crowd.rather.start, crowd.rather.end, crowd.rather.since, crowd.rather.harmed) == (at(28), at(29), at(27), 14.0)
    # on a day off that was entered an office may forward all day
    day_off = {"starts_at": at(28), "ends_at": at(29), "kind": "holiday", "scope": "platform", "target": None, "note": ""}
    ground = Ground(records(events=[day_off]), at(28), at(34), Profile())
    assert left_on_days(ground, replace(crowd, start=at(28, 9), end=at(28, 17))) is None


def test_a_holiday_that_is_as_busy_as_an_ordinary_day_is_no_crowd() -> None:
    """Account 2 has three calls an hour around the clock; clients together have few on holidays."""
    day_off = {"starts_at": at(28), "ends_at": at(29), "kind": "holiday", "scope": "platform", "target": None, "note": ""}
    span = at(28, 8), at(28, 20)
    for events, seen, explained in (([day_off], 40.0, True), ([day_off], 90.0, False), ([], 40.0, False)):
        ground = Ground(records(events=events), at(28), at(29), Profile())
        assert on_days_off(ground, ground.baseline.of("account", "2"), span, seen, 10.0) is explained


# --- days are the account's, not UTC's --------------------------------------------------------------------------------

DAY = pd.Timedelta(days=1)


@pytest.mark.parametrize("zone", ["Asia/Kolkata", "Pacific/Auckland", "America/Los_Angeles"])
def test_what_began_days_before_began_with_a_day_on_the_accounts_clock(zone: str) -> None:
    """Forwarded from 18:00 to 08:00 by its own clock, it has a call at 10:00 and one at 16:00 on three days."""
    midnight = pd.Timestamp("2026-06-29", tz=zone)
    noon = [midnight + day * DAY + pd.Timedelta(hours=hour) for day in range(3) for hour in (10, 16)]
    eight, ten_hours = midnight + pd.Timedelta(hours=8), pd.Timedelta(hours=10)
    covered = [(eight + day * DAY, eight + day * DAY + ten_hours) for day in range(-35, 9)]
    rows: list[dict[str, Any]] = steady("1", every_min=30, days=35, silent=covered)
    rows += [rows[0] | {"call_id": f"stray-{n}", "offered_at": one.tz_convert("UTC")} for n, one in enumerate(noon)]
    logs = case(
        [*rows, *steady("2", every_min=20, days=35)],
        accounts=[account("1", coverage=NIGHTS, timezone=zone), account("2", timezone=zone)])

    def since(day: int) -> pd.Timestamp | None:
        start = (midnight + day * DAY).tz_convert("UTC")
        [one] = left_forwarded(Ground(logs, start, start + DAY, Profile()))
        return one.since

    assert [since(day) for day in range(3)] == [None, midnight, midnight]


def test_a_day_back_is_an_hour_longer_where_the_clocks_went_back() -> None:
    """Berlin's clocks go back on 25 October: of six days with three calls at 12:00 the first begins at its own midnight."""
    days = pd.date_range("2026-10-22", "2026-10-27", tz="Europe/Berlin")
    [row] = steady("1", every_min=30, days=1 / 48)
    rows = [
        row | {"call_id": f"{day:%d}-{n}", "offered_at": (day + pd.Timedelta(hours=12, minutes=n)).tz_convert("UTC")}
        for day in days for n in range(3)]  # fmt: skip
    logs = case(rows, accounts=[account("1", coverage=NIGHTS, timezone="Europe/Berlin")])
    window = pd.Timestamp("2026-10-28", tz="Europe/Berlin").tz_convert("UTC")
    assert left_on_since(Ground(logs, window, window + DAY, Profile()), "1") == days[0]


NO_ONE_MIDNIGHT = [("Africa/Cairo", date(2026, 4, 24)), ("America/Havana", date(2026, 11, 1))]
"""Zones, and days, whose clock skips midnight, or has it twice."""


@pytest.mark.parametrize(("zone", "changed"), NO_ONE_MIDNIGHT)
def test_a_day_without_midnight_or_with_two_is_a_day(zone: str, changed: date) -> None:
    days = [changed + timedelta(days=n) for n in range(-2, 4)]
    [row] = steady("1", every_min=30, days=1 / 48)
    rows = [row | {"call_id": f"{day}-{n}", "offered_at": at_wall(datetime.combine(day, time(12, n)), zone)}
            for day in days for n in range(3)]
    logs = case(rows, accounts=[account("1", coverage=NIGHTS, timezone=zone)])
    window = at_wall(datetime.combine(days[-1] + timedelta(days=1), time()), zone)
    assert left_on_since(Ground(logs, window, window + DAY, Profile()), "1") == at_wall(datetime.combine(days[0], time()), zone)
    ground = Ground(logs, at_wall(datetime.combine(days[1], time()), zone), window, Profile())
    noon = at_wall(datetime.combine(changed, time(12)), zone)
    crowd = Candidate(screen="surge", account="1", asked=("1",), complaint="abandoned", start=noon,
                      end=noon + pd.Timedelta(hours=1), score=9.0, causes=("own-surge",))
    on_days = left_on_days(ground, crowd)
    assert on_days is not None
    assert on_days.start <= at_wall(datetime.combine(days[1], time(12)), zone)


@pytest.mark.parametrize(("zone", "changed"), NO_ONE_MIDNIGHT)
def test_a_bill_of_a_week_with_such_a_day_has_its_days_off(zone: str, changed: date) -> None:
    noon = at_wall(datetime.combine(changed, time(12)), zone)
    rows = [row for n in range(1, 13) for row in steady(f"{n}", every_min=120, offset_min=n, days=30)]
    away = noon - rows[0]["offered_at"].floor("D") - 20 * DAY  # type: ignore[attr-defined]
    rows = [row | {"offered_at": row["offered_at"] + away.floor("D")} for row in rows]  # type: ignore[operator]
    by_day = {at_wall(datetime.combine(changed + timedelta(days=n), time(hour)), zone)
              for n in range(-29, 5) for hour in range(8, 18)}
    rows = [row for row in rows if row["offered_at"].floor("h") not in by_day]  # type: ignore[attr-defined]
    rows += [rows[0] | {"account": f"{n}", "call_id": f"stray-{n}-{k}", "offered_at": noon + k * pd.Timedelta(hours=1)}
             for n in range(1, 5) for k in range(4)]
    logs = case(rows, accounts=[account(f"{n}", coverage=NIGHTS, timezone=zone) for n in range(1, 13)])
    asked = scene(logs, "1", noon - 3 * DAY, noon + 2 * DAY, "high-bill")
    midnight, next_one = (at_wall(datetime.combine(changed + timedelta(days=n), time()), zone) for n in (0, 1))
    assert list(days_off_of_many(asked)) == [(midnight, next_one)]
