"""What an audit of one day says of what began before it, and of what the records can't settle."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from audit import quiet
from calltrace.diagnosis.audit import judge as judging
from calltrace.diagnosis.audit.findings import Finding
from calltrace.diagnosis.audit.ground import Candidate, Ground
from calltrace.diagnosis.audit.run import audit_case
from calltrace.diagnosis.audit.screens import outage, silence
from calltrace.diagnosis.diagnose import Verdict
from calltrace.diagnosis.diagnose import decide as decided
from calltrace.diagnosis.diagnosis import Ranked
from calltrace.diagnosis.gaps import gaps
from calltrace.diagnosis.profile import Profile
from calltrace.diagnosis.scene import Scene
from calltrace.normal.intervals import to_us
from calltrace.tables.case import Case
from support import account, at, case, scene, steady

WEEKENDS = "Mo-Fr 17:00-24:00,00:00-08:00; Sa,Su 00:00-24:00"
OFFICE = (8, 18)
"""Hours in which the quiet service's account 1 has its own people answer."""


def told(records: Case, day: float, who: str = "1") -> list[Finding]:
    """Return what the morning after a day, at six, says of an account."""
    now = at(day + 1, 6)
    known = {name: frame[frame["offered_at"] < now] if name == "calls" else frame for name, frame in records.tables.items()}
    found = audit_case(replace(records, tables=known, cache={}), start=at(day), end=at(day + 1), now=now, charts=False)
    return [f for f in found.findings if f.account == who]


# --- silences that began before the day ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def weekend() -> Case:
    """Account 1, a call every three hours, nobody forwarded from Friday 17:00 to Monday 08:00; 2 to 4 as ever."""
    calls = steady("1", every_min=180, days=35, offset_min=10, silent=[(at(25, 17), at(28, 8))])
    for place, who in enumerate(("2", "3", "4"), start=1):
        calls += steady(who, every_min=15, days=35, offset_min=3 * place)
    for place, row in enumerate(calls):
        row["ani"] = f"+1212555{place % 97:04d}"
        if place % 10 == 0:
            row |= {"outcome": "abandoned", "agent": None, "ring_s": 8.0, "talk_s": 0.0}
    return case(calls, accounts=[account(a, coverage=WEEKENDS if a == "1" else None) for a in "1234"])


def test_on_the_day_it_ends_a_silence_is_weighed_by_all_of_it_and_its_cause_is_settled(weekend: Case) -> None:
    """Three calls are missing on Monday, and twenty since Friday."""
    [one] = told(weekend, 28)
    assert (one.cause, one.ongoing) == ("lines-not-forwarded", False)
    assert one.lost > 15
    assert one.counted == (at(25, 15 + 1 / 6), at(28, 9 + 1 / 6))
    assert one.confidence > 0.5
    [before] = told(weekend, 27)
    assert before.ongoing


def test_what_ended_as_the_day_began_was_told_of_the_day_before(weekend: Case) -> None:
    calls = weekend.calls
    at_dawn = calls[calls["call_id"] == "1-1"].assign(call_id="dawn", offered_at=at(28, 0.5))
    frames = weekend.tables | {"calls": pd.concat([calls, at_dawn]).sort_values("offered_at", ignore_index=True)}
    records = replace(weekend, tables=frames, cache={})
    assert [f.ongoing for f in told(records, 27)] == [False]  # as the morning knows
    assert told(records, 28) == []


def test_a_silence_that_a_trunk_group_s_outage_began_is_told_by_what_is_left_of_it() -> None:
    """Group B down on day 27 from 16:00 to 20:00; account 3, a call every 17 minutes, has none until day 28 at 12:00."""
    down = (at(27, 16), at(27, 20))
    [one] = told(quiet.service({"3": [(at(27, 16), at(28, 12))], "4": [down]}), 28, "3")
    assert at(27, 20) <= one.counted[0] < at(27, 20.2)  # the group's next call
    assert one.lost == pytest.approx(16 * 60 / 17, rel=0.15)
    assert one.diagnosis is not None
    assert not {"carrier-outage", "trunk-group-degraded"} & {r.cause for r in one.diagnosis.ranked}
    assert sum(r.probability for r in one.diagnosis.ranked) == pytest.approx(1)


def test_a_silence_that_an_outage_of_the_day_before_explains_is_not_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Group A down on day 27 from 18:00 to 23:50; account 1 has its first call again half an hour later."""
    down = (at(27, 18), at(27, 23.8))
    records = quiet.service({"1": [(down[0], at(28, 0.4))], "2": [down], "5": [down]})
    assert told(records, 28, "1") == []
    monkeypatch.setattr(outage, "before", lambda *_: [])
    assert len(told(records, 28, "1")) == 1


def test_a_silence_that_an_outage_over_midnight_explains_is_not_told_beside_it() -> None:
    down = (at(27, 16), at(28, 5))
    records = quiet.service({"3": [down], "4": [down]})
    assert [told(records, day, who) for day in (27, 28) for who in "34"] == [[], [], [], []]


def test_silences_of_everybody_before_the_window_are_known_and_those_of_one_client_are_none() -> None:
    records = quiet.service({"": [(at(26, 10), at(26, 12))], "3": [(at(27, 2), at(27, 9))]})
    ground = Ground(records, at(28), at(29), Profile())
    [(start, end, group)] = outage.before(ground, at(25))
    assert (group, start <= at(26, 10), at(26, 12) <= end < at(26, 13)) == (None, True, True)
    assert outage.before(ground, at(27)) == []
    assert outage.before(ground, at(28)) == []


# --- numbers -------------------------------------------------------------------------------------------------------

A, B = "+12125559001", "+12125559002"


def test_of_a_number_that_an_audit_asks_about_the_silence_is_its_own_though_the_account_was_silent_before() -> None:
    """No number rang from day 20 to 25, then one of the two did again: what it is about is the other."""
    dead = (at(20), at(25, 8))
    calls = steady("1", every_min=60, silent=[dead], dnis=A, offset_min=7)
    calls += [row | {"call_id": f"b{row['call_id']}"} for row in
              steady("1", every_min=60, silent=[(at(20), at(26))], dnis=B, offset_min=37)]
    calls += steady("2", every_min=15, offset_min=3)
    records = case(calls, accounts=[account("1", numbers=f"{A};{B}"), account("2")])
    asked = scene(records, "1", at(25), at(26), number=B)
    assert gaps(asked).number == B
    assert gaps(asked).ringing_numbers == (A,)
    assert gaps(scene(records, "1", at(25), at(26))).number == ""


# --- silences the records can't settle -----------------------------------------------------------------------------


def judged(monkeypatch: pytest.MonkeyPatch, chance: float, **likely: float) -> Finding | None:
    """Return what an investigation that says so makes of a silence that has ended."""
    party = {"expected-quiet": "nobody", "within-normal": "nobody"}
    ranked = tuple(
        Ranked(c.replace("_", "-"), "", party.get(c.replace("_", "-"), "client"), p, (), (), ()) for c, p in likely.items())

    def decide(asked: Scene, *, known: Collection[str] = ()) -> Verdict:
        assert not known
        return replace(decided(asked), ranked=ranked, evidence=[])

    monkeypatch.setattr(judging, "decide", decide)
    ground = Ground(quiet.service({"2": [(at(29, 9), at(29, 21))]}), at(29), at(30), Profile())
    causes = ("lines-not-forwarded", "lines-forwarded-late", "number-down")
    candidate = Candidate("silence", "2", ("2",), "missed-calls", at(29, 9), at(29, 21), 5.0, causes, lost=40.0, local=chance)
    return judging.judge(ground, candidate)


def test_a_silence_that_ended_is_told_though_its_cause_is_not_settled(monkeypatch: pytest.MonkeyPatch) -> None:
    one = judged(monkeypatch, 0.01, carrier_outage=0.39, lines_forwarded_late=0.36, number_down=0.21, expected_quiet=0.04)
    assert one is not None
    assert (one.cause, round(one.posterior, 2)) == ("lines-forwarded-late", 0.36)


@pytest.mark.parametrize(
    ("chance", "quiet_by"),
    [(0.2, 0.04), (0.01, 0.5)],  # chance explains it, or the hour does
)
def test_no_silence_is_told_that_may_be_none(monkeypatch: pytest.MonkeyPatch, chance: float, quiet_by: float) -> None:
    rest = 1.0 - quiet_by
    assert judged(monkeypatch, chance, expected_quiet=quiet_by, lines_forwarded_late=0.4 * rest, number_down=0.6 * rest) is None


# --- lines left forwarded ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def left_on() -> Case:
    """The quiet service, whose account 1 has calls in its office hours as well from day 28 on."""
    whole = quiet.service()
    extra = steady("1", every_min=12, days=35, offset_min=4, hours=OFFICE, silent=[(at(0), at(28))])
    more = case([row | {"call_id": f"x{row['call_id']}", "ani": f"+1212556{n % 97:04d}"} for n, row in enumerate(extra)])
    calls = pd.concat([whole.calls, more.calls]).sort_values("offered_at", ignore_index=True)
    return replace(whole, tables=whole.tables | {"calls": calls}, cache={})


@pytest.mark.parametrize("day", [28, 32])
def test_calls_in_office_hours_are_lines_left_forwarded_on_the_first_morning_and_later(left_on: Case, day: int) -> None:
    assert [f.cause for f in told(left_on, day)] == ["forwarding-left-on"]


def test_on_the_day_before_nothing_is_wrong(left_on: Case) -> None:
    assert told(left_on, 27) == []


def test_forwarding_half_an_hour_before_the_office_closes_is_none(left_on: Case) -> None:
    calls = left_on.calls
    late = calls["call_id"].str.startswith("x") & (calls["offered_at"].dt.hour < 17)
    records = replace(left_on, tables=left_on.tables | {"calls": calls[~late].reset_index(drop=True)}, cache={})
    assert [f.cause for f in told(records, 28)] != ["forwarding-left-on"]


# --- crowds over midnight ------------------------------------------------------------------------------------------


def test_a_crowd_whose_last_calls_came_after_midnight_is_told_of_the_day_it_came_on() -> None:
    """Account 2, a call every 14 minutes, has one a minute besides from 21:00 to 00:06."""
    whole = quiet.service()
    extra = case([row | {"call_id": f"x{n}", "ani": f"+1212556{n % 97:04d}"} for n, row in enumerate(
        steady("2", every_min=1, days=35, silent=[(at(0), at(28, 21)), (at(29, 0.1), at(35))]))])
    calls = pd.concat([whole.calls, extra.calls]).sort_values("offered_at", ignore_index=True)
    records = replace(whole, tables=whole.tables | {"calls": calls}, cache={})
    assert [f.cause for f in told(records, 28, "2")] == ["own-surge"]
    assert told(records, 29, "2") == []


# --- clock changes -------------------------------------------------------------------------------------------------


def test_the_monday_after_a_clock_change_is_held_against_the_same_hours_of_the_clock() -> None:
    """An office's first hour lay in its night, an hour off: that nobody called then looked like twelve calls lost."""
    zone = "America/New_York"
    rows: list[dict[str, object]] = []
    every = pd.date_range("2026-10-01", "2026-11-03 06:00", freq="15min", tz=zone)
    for who in ("1", "2", "3", "4"):
        minutes = pd.date_range("2026-10-01", "2026-11-03 06:00", freq="5min", tz=zone) if who == "1" else every
        for number, moment in enumerate(minutes):
            if who == "1" and (moment.day_of_week > 4 or not 7 <= moment.hour < 18):
                continue
            left: dict[str, object] = {"outcome": "abandoned", "agent": None, "talk_s": 0.0} if number % 10 == 0 else {}
            rows.append({
                "call_id": f"{who}-{number}", "account": who, "dnis": f"+1212555000{who}", "trunk_group": "A",
                "ani": f"+1212556{number % 97:04d}", "agent": "A1", "offered_at": moment.tz_convert("UTC"), "ring_s": 4.0,
                "queue_s": 0.0, "hold_s": 0.0, "talk_s": 60.0, "outcome": "answered", "ended_by": "caller"} | left)
    records = replace(case(rows, accounts=[account(a, timezone=zone) for a in "1234"]), zone=zone)
    monday = pd.Timestamp("2026-11-02", tz=zone).tz_convert("UTC").as_unit("us")
    ground = Ground(records, monday, monday + pd.Timedelta(days=1), Profile())
    gap = [np.array([to_us(pd.Timestamp(t, tz=zone))]) for t in ("2026-10-30 17:56", "2026-11-02 07:00")]
    for _, silences in ground.baseline.all("account", ["1"]).silences(to_us(at(122)), to_us(ground.end)):
        [usual] = silence._same_hours(ground, silences, np.zeros(1, dtype=np.int64), *gap)
        assert usual == (0 + 1 + 1) / 4  # four weeks without a call, and a call for what is not known
