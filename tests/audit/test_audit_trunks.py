"""Audited trunk groups: one that never had lines enough is one finding of all its window, and a crowd is none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from audit.quiet import WINDOW, service
from calltrace.desk.acks import Memory
from calltrace.desk.daily import daily_case
from calltrace.diagnosis.audit import audit_case
from calltrace.diagnosis.audit.explained import explained
from calltrace.diagnosis.audit.findings import Finding, Status
from calltrace.diagnosis.audit.ground import Candidate, Ground
from calltrace.diagnosis.audit.screens import trunks
from calltrace.diagnosis.causes import get
from calltrace.diagnosis.profile import Profile
from calltrace.tables.case import Case
from support import at, table

DAYS = 35
Blocked = Callable[[int, int], int]
Span = tuple[pd.Timestamp, pd.Timestamp]


def counted(blocked: Blocked, in_use: Callable[[int], int] = lambda _day: 5, silent: dict[str, list[Span]] | None = None) -> Case:
    """The quiet service with interval counts of its groups: 40 calls an hour from 9 to 12, 12 else.

    A has calls ``blocked`` by day and hour, with ``in_use(day)`` trunks in use, and at most four else; B is never full.
    """
    rows: list[dict[str, object]] = []
    for t in pd.date_range(at(0), at(DAYS), freq="15min", inclusive="left"):
        day, busy = (t - at(0)).days, 9 <= t.hour < 12
        lost = blocked(day, t.hour) if t.minute == 30 else 0
        for group, lacking in (("A", lost), ("B", 0)):
            rows.append({
                "interval_start": t, "scope": group, "offered": 10 if busy else 3, "blocked": lacking,
                "all_trunks_busy_s": 45.0 if lacking else 0.0,
                "peak_trunks_in_use": in_use(day) if lacking else 4 if busy else 2})
    whole = service(silent)
    return replace(whole, tables=whole.tables | {"kpi": table("kpi", rows)}, cache={})


def at_every_peak(_day: int, hour: int) -> int:
    return 2 if 9 <= hour < 12 else 0


def found(case: Case, window: Span = WINDOW) -> tuple[Finding, ...]:
    return audit_case(case, start=window[0], end=window[1]).findings


def test_a_group_that_never_had_lines_enough_is_one_finding_of_all_the_window() -> None:
    audit = audit_case(counted(at_every_peak), start=WINDOW[0], end=WINDOW[1])
    (one,) = audit.findings
    assert (one.account, one.trunk_group, one.cause, one.party) == (None, "A", "too-few-trunks", "service")
    assert (one.start, one.end, one.ongoing) == (*WINDOW, True)
    assert one.lost == 3 * 3 * 2
    assert one.confidence > 0.9
    assert (one.data["lines"], one.data["needed"]) == (5, 7)
    assert "18 of" in one.summary
    assert "never with more than 5 lines in use, and about 7 would be needed" in one.summary
    assert one.next_steps[0] == get("too-few-trunks").asks_next[0]
    # those with most calls in the quarters in which others found no line free, and nobody of another group
    assert [h.account for h in one.also_affected] == ["2", "5"]
    assert [h.observed for h in one.also_affected] == sorted((h.observed for h in one.also_affected), reverse=True)
    assert {s.account: s.status for s in audit.standings}["3"] is Status.CLEAR


def test_a_month_is_one_finding_too() -> None:
    (one,) = found(counted(at_every_peak), (at(2), at(DAYS)))
    assert (one.cause, one.start, one.lost) == ("too-few-trunks", at(2), 33 * 3 * 2)


@pytest.mark.parametrize("blocked", [
    lambda _day, _hour: 0,
    lambda day, hour: 12 if day in {28, 29} and 9 <= hour < 12 else 0,  # a storm
    lambda day, hour: 4 if day >= 28 and 9 <= hour < 12 else 0,  # one week
    lambda day, hour: 1 if day % 3 == 2 and hour == 10 else 0,  # ten a month
], ids=["never", "a storm", "one week", "ten a month"])
def test_a_crowd_and_a_handful_of_calls_are_no_want_of_lines(blocked: Blocked) -> None:
    assert "too-few-trunks" not in {f.cause for f in found(counted(blocked))}


def test_lines_that_were_lost_are_the_carriers() -> None:
    """In two days calls are blocked with three in use; at all other times up to four were."""
    lost = counted(lambda day, hour: 3 if day in {28, 29} and 9 <= hour < 12 else 0, in_use=lambda _day: 3)
    assert {f.cause for f in found(lost)} == {"trunk-group-degraded"}


def test_lines_that_were_ordered_since_are_wanting_no_more() -> None:
    """Five lines up to the third week, eight since, and no call blocked since."""
    assert found(counted(lambda day, hour: at_every_peak(day, hour) if day < 21 else 0)) == ()


def test_what_befell_one_account_meanwhile_is_told_beside_it() -> None:
    """Lines that are full at peaks keep nobody's calls away for a day, and explain no silence."""
    both = found(counted(at_every_peak, silent={"2": [(at(29), at(30))]}))
    assert sorted((f.trunk_group or "", f.check) for f in both) == [("", "silence"), ("A", "trunks")]
    trunks = next(f for f in both if f.check == "trunks")
    silence = Candidate("silence", "2", ("2",), "missed-calls", at(29), at(30), 9.0, ("lines-not-forwarded",))
    assert not explained(silence, [trunks])
    assert explained(silence, [replace(trunks, cause="carrier-outage")])


def test_a_morning_tells_it_once_and_then_that_it_goes_on(tmp_path: Path) -> None:
    """On the third day no call is blocked: lines are not ordered because a day did not take them all."""
    case = counted(lambda day, hour: 0 if day == 30 else at_every_peak(day, hour))
    memory, said = Memory(tmp_path / "mornings.sqlite"), []
    for day in range(28, 33):
        morning = daily_case(case, memory, day=f"{at(day):%Y-%m-%d}", now=at(day + 1, 6)).morning
        memory.keep(morning)
        said.append([s.state for s in morning.stands] + [t.state for t in morning.carried] + [t.state for t in morning.ended])
    assert said == [["new"], ["going-on"], ["resting"], ["going-on"], ["going-on"]]


def test_lines_lost_of_a_group_that_never_had_enough_are_news(tmp_path: Path) -> None:
    """On the third day it is full below what it used to carry: that is another trouble, and the carrier's."""
    def blocked(day: int, hour: int) -> int:
        return 6 if day == 30 and 9 <= hour < 14 else 0 if day == 30 else at_every_peak(day, hour)

    case = counted(blocked, in_use=lambda day: 3 if day == 30 else 5)
    memory, said = Memory(tmp_path / "mornings.sqlite"), []
    for day in range(29, 32):
        morning = daily_case(case, memory, day=f"{at(day):%Y-%m-%d}", now=at(day + 1, 6)).morning
        memory.keep(morning)
        said.append([(s.trouble.cause, s.state) for s in morning.stands])
    assert said[:2] == [[("too-few-trunks", "new")], [("trunk-group-degraded", "new")]]
    assert ("too-few-trunks", "going-on") in said[2]


def capped(day: int, hour: int) -> int:
    """A call or none in an interval, in the mornings and evenings of six days: full with three in use, which was four before."""
    return 1 if day >= 27 and hour in {9, 10, 20} and (day + hour) % 2 else 0


def under_cap(day: int, in_use: int = 3) -> Case:
    """The same counts, with no more than three trunks in use from a day on."""
    case = counted(capped, in_use=lambda _day: in_use)
    kpi = case.table("kpi").copy()
    kpi.loc[kpi["interval_start"] >= at(day), "peak_trunks_in_use"] = kpi["peak_trunks_in_use"].clip(upper=in_use)
    return replace(case, tables=case.tables | {"kpi": kpi}, cache={})


def candidates(case: Case, window: Span) -> list[Candidate]:
    return trunks.run(Ground(case, *window, Profile()), [])


def test_a_cap_that_lasts_is_one_trouble_judged_by_all_of_it() -> None:
    """Single calls blocked hours apart, on days on which the group never has four in use, which it had every morning before."""
    (one,) = audit_case(under_cap(27), start=at(27), end=at(31), checks=("trunks",)).findings
    assert (one.cause, one.trunk_group, one.lost) == ("trunk-group-degraded", "A", 6)
    assert one.end - one.start > pd.Timedelta(days=2)
    assert one.posterior > 0.9
    assert one.confidence > 0.5
    # who was silent meanwhile was not so for want of lines
    silence = Candidate("silence", "2", ("2",), "missed-calls", at(28), at(29), 9.0, ("lines-not-forwarded",))
    assert not explained(silence, [one])


def test_a_morning_under_a_cap_is_judged_by_the_days_before_it() -> None:
    (one,) = candidates(under_cap(27), (at(30), at(31)))
    assert (one.start, one.since) == (at(30), at(27, 10.5))
    assert 0 < one.lost < 3


def test_single_calls_blocked_between_hours_with_more_in_use_are_no_cap() -> None:
    """On the same days four are in use each morning: so many lines are there."""
    assert not candidates(counted(capped, in_use=lambda _day: 3), (at(27), at(31)))
