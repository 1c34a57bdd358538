"""A day on which everybody had few calls is told, whatever it was, and nobody's silence is told of missing records."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from audit.quiet import WINDOW, service
from calltrace.desk.acks import Memory
from calltrace.desk.daily import daily_case
from calltrace.diagnosis.audit import audit_case
from calltrace.diagnosis.audit.findings import Audit
from calltrace.tables.case import Case
from support import account, at, case, steady, table

FEW = at(29), at(30)


def thinned(whole: Case, *days: tuple[pd.Timestamp, pd.Timestamp], one_in: int = 4, of: str = "") -> Case:
    """The case with one call in so many of those days, of everybody or of one account."""
    calls = whole.calls
    low = np.zeros(len(calls), dtype=bool)
    for start, end in days:
        low |= ((calls["offered_at"] >= start) & (calls["offered_at"] < end)).to_numpy(dtype=bool)
    if of:
        low &= (calls["account"] == of).to_numpy(dtype=bool)
    kept = ~low | (low.cumsum() % one_in == 0)
    return replace(whole, tables=whole.tables | {"calls": calls[kept].reset_index(drop=True)}, cache={})


def audited(whole: Case) -> Audit:
    return audit_case(whole, start=WINDOW[0], end=WINDOW[1])


def test_a_day_with_a_quarter_of_everybodys_calls_is_told_of_the_records() -> None:
    (few,) = audited(thinned(service(), FEW)).feed
    assert (few.cause, few.start, few.end, few.severity, few.ongoing) == ("calls-few", *FEW, "high", False)
    calls, expected = few.data["calls"], few.data["expected_calls"]
    assert isinstance(calls, int)
    assert isinstance(expected, float)
    assert calls == pytest.approx(expected / 4, rel=0.1)
    assert "a holiday that nobody entered" in few.summary
    assert few.party == "nobody"
    assert few.next_steps


def test_days_that_meet_are_one_finding_and_the_last_goes_on() -> None:
    (few,) = audited(thinned(service(), (at(29), at(31)), one_in=3)).feed
    assert (few.start, few.end, few.ongoing) == (at(29), at(31), True)


def test_no_low_day_is_made_by_chance_by_one_account_by_an_outage_or_a_holiday() -> None:
    assert audited(service()).feed == ()
    assert audited(thinned(service(), FEW, one_in=50, of="1")).feed == ()
    outage = at(29, 4), at(29, 20)
    dark = audited(service({"": [outage]}))
    assert [f.check for f in dark.findings] == ["outage"]
    assert dark.feed == ()
    holiday = table("events", [{
        "starts_at": FEW[0], "ends_at": FEW[1], "kind": "holiday", "scope": "platform", "target": "", "note": "May Day"}])
    fewer = thinned(service(), FEW)
    assert audited(replace(fewer, tables=fewer.tables | {"events": holiday}, cache={})).feed == ()


def test_what_the_switch_counted_tells_missing_records_from_few_calls() -> None:
    """Nobody's silence is told of a day of which rows are missing; account 4's is, where its calls alone are missing."""
    gap = at(29, 1), at(29, 23)
    kpi = thinned(service({"4": [gap]}, kpi=()), FEW, one_in=3)
    told = audited(kpi)
    (missing,) = told.feed
    assert missing.cause == "records-missing"
    assert "missing from the records" in missing.summary
    assert [f for f in told.findings if f.check == "silence"] == []
    alone = audited(service({"4": [gap]}, kpi=()))
    assert alone.feed == ()
    assert {f.account for f in alone.findings} == {"4"}
    fewer = thinned(service(), FEW)
    counts = fewer.calls.groupby(fewer.calls["offered_at"].dt.floor("15min")).size()
    borne = table("kpi", [{"interval_start": t, "scope": "platform", "offered": int(n)} for t, n in counts.items()])
    (few,) = audited(replace(fewer, tables=fewer.tables | {"kpi": borne}, cache={})).feed
    assert few.cause == "calls-few"
    assert "counted no more" in few.summary


def test_a_silence_is_not_told_apart_that_is_no_surprise_of_so_few_calls() -> None:
    """Account 4 has no call on a day that leaves one in twenty to everybody, and on one of all their calls."""
    silent = service({"4": [FEW]})
    assert {f.account for f in audited(silent).findings} == {"4"}
    low = audited(thinned(silent, FEW, one_in=20))
    assert [f.cause for f in low.feed] == ["calls-few"]
    assert [f for f in low.findings if f.check == "silence"] == []


def test_a_morning_after_such_a_day_is_not_clean_and_judges_every_account(tmp_path: Path) -> None:
    fewer = thinned(service(), FEW)
    daily = daily_case(fewer, memory=Memory(tmp_path / "mornings.sqlite"), day="2026-06-30", now=at(30, 6))
    assert [f.cause for f in daily.audit.feed] == ["calls-few"]
    assert daily.dark
    assert {s.account for s in daily.audit.standings if s.status == "clear"} == {"1", "2", "3", "4", "5"}


def on_two_groups(of_a: int = 1, by: str = "A") -> Case:
    """Twelve accounts in five weeks, six on each trunk group; on the low day so many in one of A's calls come by ``by``."""
    made: list[dict[str, object]] = []
    for number in range(1, 13):
        group = "A" if number <= 6 else "B"
        rows = steady(str(number), every_min=19 + number, days=35, offset_min=number, trunk_group=group)
        if group == "A":
            for place, row in enumerate(rows):
                if FEW[0] <= row["offered_at"] < FEW[1] and place % of_a:  # type: ignore[operator]
                    row["trunk_group"] = by
        for row in rows[::10]:
            row |= {"outcome": "abandoned", "agent": None, "ring_s": 8.0, "talk_s": 0.0}
        made += [row for row in rows if row["trunk_group"]]
    return case(made, accounts=[account(str(n), trunk_group="A" if n <= 6 else "B") for n in range(1, 13)])


def test_few_calls_of_one_trunk_group_are_told_of_it_unless_they_came_another_way() -> None:
    assert audited(on_two_groups()).feed == ()
    (few,) = audited(on_two_groups(4, "")).feed
    assert (few.key, few.trunk_group, few.start, few.end) == ("feed:A/calls-few/2026-06-30", "A", *FEW)
    assert "trunk group A" in few.title
    assert "holiday" not in few.summary
    assert audited(on_two_groups(4, "B")).feed == ()
