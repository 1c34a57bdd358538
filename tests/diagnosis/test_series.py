from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import support as s
from calltrace.diagnosis import series
from calltrace.diagnosis.series import Series
from calltrace.tables.case import Case


def made(case: Case, first: float, last: float, account: str = "1") -> dict[str, Series]:
    scene = s.scene(case, account, s.at(first), s.at(last))
    return {one.name: one for one in series.of_scene(scene, s.at(first), s.at(last))}


def points(one: Series, name: str) -> tuple[float | None, ...]:
    return next(line.points for line in one.lines if line.name == name)


def calls(days: float = 15) -> list[dict[str, object]]:
    return [*s.steady("1", every_min=60, days=days), *s.steady("2", every_min=30, days=days, ring_s=10.0)]


def test_waits_are_means_of_those_answered_or_gone() -> None:
    # account 1 rings 4 s once an hour, account 2 twice an hour for 10 s: (4 + 10 + 10) / 3 = 8
    one = made(s.case(calls()), 10, 12.5)["waits"]
    assert (one.unit, one.minutes, one.start) == ("s", 30, s.at(10))
    assert points(one, "this client's callers")[:4] == (4.0, None, 4.0, None)
    assert points(one, "all callers")[:4] == (7.0, 10.0, 7.0, 10.0)
    assert len(one.lines[0].points) == 60 * 2


def test_ends_count_every_call_of_the_account_once() -> None:
    rows = s.steady("1", every_min=60, days=15)
    for row, outcome in zip(rows[240:245], ("abandoned", "announcement", "busy", "failed", "answered"), strict=True):
        row["outcome"] = outcome
        if outcome == "failed":
            row["agent"] = None
    one = made(s.case([*rows, *s.steady("2", every_min=30, days=15)]), 10, 10.5)["ends"]
    sums = {line.name: sum(v or 0 for v in line.points) for line in one.lines}
    assert sums == {"answered": 8, "left before an agent": 2, "refused or cut": 2}
    assert one.says == (
        "8 calls answered, 2 left before an agent, 2 refused or cut; most were lost at Thu 11 Jun 00:00 (1).")


@pytest.mark.parametrize(("days", "when"), [(2, "at Thu 11 Jun 00:00"), (20, "Thu 11 Jun 00:00 to 04:00"), (40, "on Thu 11 Jun")])
def test_what_is_said_of_an_interval_says_how_long_it_is(days: int, when: str) -> None:
    rows = s.steady("1", every_min=60, days=60)
    rows[240]["outcome"] = "abandoned"
    rows[240]["ring_s"] = 100.0
    found = made(s.case(rows), 10, 10 + days)
    assert f"most were lost {when} (1)" in found["ends"].says
    longest = found["waits"].lines[0].points[0]
    assert f"this client's callers was {longest:.0f} s, {when.removeprefix('at ')};" in found["waits"].says


def test_what_lies_after_the_records_is_not_known() -> None:
    one = made(s.case(calls()), 14, 16)["ends"]
    answered = points(one, "answered")
    assert answered[0] == 1
    assert answered[-1] is None


def agents(days: int, off: tuple[float, float]) -> list[dict[str, object]]:
    """Two agents around the clock; B1 is away in the window."""
    rows = [{"at": s.at(0), "agent": a, "event": "login"} for a in ("A1", "B1")]
    rows += [{"at": s.at(off[0]), "agent": "B1", "event": "logout"}, {"at": s.at(off[1]), "agent": "B1", "event": "login"}]
    return [*rows, {"at": s.at(days), "agent": "A1", "event": "logout"}]


def test_agents_logged_in_are_held_against_those_needed_and_the_usual() -> None:
    # 60 calls an hour of 60 s are 1 Erlang: 80 % within 20 s takes 3 agents by Erlang C
    busy = s.steady("1", every_min=1, days=15)
    one = made(s.case(busy, agents=agents(15, (10.25, 10.5))), 10, 11)["agents"]
    assert one.minutes == 15
    logged, needed, usual = (points(one, n) for n in ("logged in", "needed", "usual"))
    assert logged[:24] == (2.0,) * 24
    assert logged[24:48] == (1.0,) * 24
    assert set(needed) == {3.0}
    assert set(usual) == {2.0}
    assert "96 of 96 intervals" in one.says
    assert "1 logged in, 3 needed" in one.says


def kpi(group: str, peaks: list[int], start: float, **values: object) -> list[dict[str, object]]:
    return [
        {"interval_start": s.at(start, n / 4), "scope": group, "offered": 9, "blocked": 1, "all_trunks_busy_s": 60,
         "peak_trunks_in_use": peak, **values}
        for n, peak in enumerate(peaks)
    ]


def test_trunks_in_use_are_held_against_the_most_on_record() -> None:
    rows = kpi("A", [12] * 4, 1) + kpi("A", [5, 7, 6, 4], 10)
    one = made(s.case(calls(), kpi=rows, accounts=[s.account("1")]), 10, 10.5)["trunks"]
    assert one.scope == "A"
    assert points(one, "in use at once, at most")[:5] == (5.0, 7.0, 6.0, 4.0, None)
    assert set(points(one, "most ever on record")) == {12.0}
    assert one.says == (
        "A had at most 7 trunks in use at once; the most on record is 12; all were busy for 4 min; 4 calls found none"
        " free.")


def test_only_what_the_records_hold_is_drawn() -> None:
    assert set(made(s.case(calls()), 10, 11)) == {"waits", "ends"}


def test_the_service_has_its_fullest_groups_first() -> None:
    rows = [*kpi("A", [3] * 4, 10), *kpi("B", [3] * 4, 10, blocked=9), *kpi("C", [3] * 4, 10, blocked=0)]
    found = series.of_service(s.case(calls(), kpi=rows), s.at(10), s.at(10.5), groups=2)
    assert [(one.name, one.scope) for one in found] == [
        ("waits", "platform"), ("ends", "platform"), ("trunks", "B"), ("trunks", "A")]


def test_intervals_begin_at_round_local_hours() -> None:
    case = s.case(calls(), accounts=[s.account("1", timezone="Asia/Kolkata")])
    scene = s.scene(case, "1", s.at(10), s.at(16))
    one = series.of_scene(scene, s.at(10), s.at(16))[0]
    assert one.minutes == 60
    assert one.start == s.at(10) - pd.Timedelta(minutes=30)  # 05:00 in Kolkata


def test_points_are_as_many_as_a_drawing_holds() -> None:
    for days in (1, 3, 7, 30, 180):
        edges = series._edges(s.at(0), s.at(days), "UTC")
        assert len(edges) - 1 <= 200
        assert np.ptp(np.diff(edges)) == 0
