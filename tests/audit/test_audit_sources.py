"""One switch's records of several stop: its accounts are unseen, not silent."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from audit.quiet import NIGHTS, WINDOW, service
from calltrace.diagnosis.audit import audit_case
from calltrace.diagnosis.audit.findings import Audit, Status
from calltrace.diagnosis.audit.ground import Ground
from calltrace.diagnosis.audit.screens import outage
from calltrace.diagnosis.audit.sources import stopped
from calltrace.diagnosis.profile import Profile
from calltrace.report.audit import audit_report_of
from calltrace.report.render import to_terminal
from calltrace.tables.case import Case
from support import account, at, case, steady

if TYPE_CHECKING:
    from collections.abc import Callable

EAST = ("2", "3", "4")
DIES = at(29, 6)
GONE = {who: [(DIES, at(35))] for who in EAST}


def in_files(case: Case, name: Callable[[str, pd.Timestamp], str]) -> Case:
    """The case with every call in the file of that name, by account and time."""
    calls = case.calls.copy()
    calls["source_file"] = [name(a, t) for a, t in zip(calls["account"], calls["offered_at"], strict=True)]
    return replace(case, tables=case.tables | {"calls": calls}, cache={})


def audited(name: Callable[[str, pd.Timestamp], str], silent: dict[str, list[tuple[pd.Timestamp, pd.Timestamp]]]) -> Audit:
    return audit_case(in_files(service(silent), name), start=WINDOW[0], end=WINDOW[1])


@pytest.mark.parametrize(
    ("name", "last"),
    [
        (lambda who, _at: "east.csv" if who in EAST else "west.csv", "east.csv"),
        (lambda who, at: f"{'east' if who in EAST else 'west'}-{at:%m%d}.csv", "east-0630.csv"),
    ],
    ids=["one file a switch", "a file a switch and day"],
)
def test_where_one_of_two_switches_stops_its_accounts_are_not_called_silent(
    name: Callable[[str, pd.Timestamp], str], last: str
) -> None:
    audit = audited(name, GONE)
    (dead,) = audit.feed
    assert (dead.cause, dead.severity, dead.data["accounts"]) == ("source-dead", "critical", list(EAST))
    assert dead.title == f"the call records of {last} stop"
    assert DIES > dead.start > at(29, 5.5)
    assert audit.findings == ()
    stands = {s.account: (s.status, s.why) for s in audit.standings}
    assert {stands[who] for who in EAST} == {(Status.UNJUDGED, dead.title)}
    assert stands["1"][0] is stands["5"][0] is Status.CLEAR


@pytest.mark.parametrize(("goes_on", "outages"), [(True, 1), (False, 0)], ids=["both go on", "one has stopped"])
def test_calls_that_nobody_would_have_seen_prove_no_outage(goes_on: bool, outages: int) -> None:
    pause = (at(29, 12), at(29, 13.2))  # of three calls of the others' a silence of everybody's thirty
    west = [row for who, minutes in (("6", 50), ("7", 55), ("8", 65)) for row in
            steady(who, every_min=minutes, days=35, offset_min=minutes / 3, silent=[pause], ani="+12125550000")]
    silent = {who: [pause] if goes_on else [(DIES, at(35))] for who in EAST} | {"5": [pause]}
    quiet = service(silent)
    both = case([*quiet.calls.to_dict("records"), *west], accounts=[account(who) for who in "123456789"])
    ground = Ground(in_files(both, by_switch), *WINDOW, Profile())
    assert len(stopped(ground)) == (0 if goes_on else 1)
    found = [c for c in outage.run(ground, []) if c.trunk_group is None and c.end > pause[0] and c.start < pause[1]]
    assert len(found) == outages


def test_an_outage_of_the_switch_that_goes_on_is_told_by_its_own_accounts_calls() -> None:
    """Those of the other, whose records had stopped the day before, are no calls to be missed, nor counted out twice."""
    pause = (at(29, 11), at(29, 16))
    west = [row for who, minutes in (("6", 20), ("7", 25), ("8", 30)) for row in
            steady(who, every_min=minutes, days=35, offset_min=minutes / 3, silent=[pause], ani="+12125550000")]
    silent = {who: [(at(28, 6), at(35))] for who in EAST} | {"5": [pause]}
    both = case([*service(silent).calls.to_dict("records"), *west], accounts=[account(who) for who in "123456789"])
    (found,) = audit_case(in_files(both, by_switch), start=at(29), end=at(30)).findings
    assert (found.account, found.trunk_group, found.check) == (None, None, "outage")
    assert found.summary.startswith("All but the 3 accounts of east.csv: ")
    assert {h.account for h in found.also_affected}.isdisjoint(EAST)
    said = re.search(r"where (\d+) calls? usually come", found.summary)
    assert said is not None
    assert 0.5 * found.lost < float(said[1]) < found.lost  # of the others than the account that was asked


def test_who_goes_on_in_another_file_was_moved_there() -> None:
    audit = audited(lambda who, when: "old.csv" if who in EAST and when < DIES else "new.csv", {})
    assert (audit.feed, audit.findings) == ((), ())


def test_an_accounts_own_file_says_nothing_of_a_switch() -> None:
    audit = audited(lambda who, _at: f"{who}.csv", {"2": [(at(29, 6), at(35))]})
    assert audit.feed == ()
    assert [f.account for f in audit.findings] == ["2"]


def test_what_stopped_long_ago_was_given_up() -> None:
    audit = audit_case(
        in_files(service({who: [(at(1), at(35))] for who in EAST}), lambda who, _at: "east" if who in EAST else "west"),
        start=at(31), end=at(33))
    assert audit.feed == ()


def by_switch(who: str, _at: object) -> str:
    return "east.csv" if who in EAST else "west.csv"


def test_a_hole_in_one_switchs_records_is_told_once_and_of_its_accounts_nothing() -> None:
    audit = audited(by_switch, {who: [(at(29, 6), at(29, 12))] for who in EAST})
    (hole,) = audit.feed
    assert (hole.cause, hole.data["accounts"]) == ("source-hole", list(EAST))
    assert at(29, 5.5) < hole.start < at(29, 6)
    assert at(29, 12) <= hole.end < at(29, 12.5)
    assert hole.summary.startswith("No call Tue 30 Jun 05:5")
    assert audit.findings == ()


def test_a_switch_whose_trunk_group_brings_others_calls_as_well_has_a_hole() -> None:
    one_group = [account("1", coverage=NIGHTS), *(account(who) for who in "23459")]
    silent = {who: [(at(29, 6), at(29, 12))] for who in EAST}
    audit = audit_case(in_files(service(silent, accounts=one_group), by_switch), start=WINDOW[0], end=WINDOW[1])
    assert [f.cause for f in audit.feed] == ["source-hole"]
    assert audit.findings == ()


def test_a_hole_of_a_switch_that_names_no_trunk_group_may_be_its_lines() -> None:
    split = in_files(service({who: [(at(29, 6), at(29, 12))] for who in EAST}), by_switch)
    bare = {
        name: table.assign(trunk_group=table["trunk_group"].mask(table["account"].isin(EAST)))
        for name, table in split.tables.items() if name in {"calls", "accounts"}}
    audit = audit_case(replace(split, tables=split.tables | bare, cache={}), start=WINDOW[0], end=WINDOW[1])
    (hole,) = audit.feed
    assert (hole.cause, hole.data["accounts"], audit.findings) == ("source-hole", list(EAST), ())
    assert "that switch or the lines to it were down" in hole.summary


def test_who_has_no_calls_by_day_is_not_blamed_for_the_night_that_lies_in_a_hole() -> None:
    """Silent from one morning to the next evening: all the calls it would have had lie in half of that time."""
    mine = ("1", "2", "3")
    audit = audited(lambda who, _at: "east.csv" if who in mine else "west.csv",
                    {who: [(at(29, 17.5), at(30, 8.2))] for who in mine})
    (hole,) = audit.feed
    assert (hole.cause, hole.data["accounts"]) == ("source-hole", list(mine))
    assert audit.findings == ()


def test_a_hole_that_others_share_or_that_one_account_has_is_none_of_a_switch() -> None:
    everywhere = {who: [(at(29, 6), at(29, 12))] for who in ("1", *EAST, "5")}
    assert audited(by_switch, everywhere).feed == ()
    alone = audited(by_switch, {"2": [(at(29, 6), at(29, 12))]})
    assert (alone.feed, [f.account for f in alone.findings]) == ((), ["2"])


def test_a_hole_in_which_test_calls_failed_is_an_outage() -> None:
    silent = {who: [(at(29, 6), at(29, 12))] for who in EAST}
    tests = [{"tested_at": at(29, h), "number": "+12125550002", "trunk_group": "A",
              "result": "failed" if 6 <= h < 12 else "ok"} for h in range(24)]
    audit = audit_case(in_files(service(silent, line_tests=tests), by_switch), start=WINDOW[0], end=WINDOW[1])
    assert audit.feed == ()
    assert audit.findings


def test_records_that_name_no_account_still_show_that_nobody_called() -> None:
    gone = (at(20, 9), at(20, 13))
    rows = [row | {"account": None, "dnis": None} for row in steady("2", every_min=4, silent=[gone])]
    found = audit_case(case(rows), start=at(18), end=at(24))
    assert not found.findings  # of no account
    none, unknown = (one for one in found.feed if one.cause != "log-hides-unanswered")
    assert (none.cause, none.party) == ("calls-none", "nobody")  # the switch, the carrier or the export: nobody knows
    assert abs(none.start - gone[0]) <= pd.Timedelta(minutes=4)
    assert abs(none.end - gone[1]) <= pd.Timedelta(minutes=4)
    assert (unknown.cause, unknown.data["calls"]) == ("accounts-unknown", 6 * 360 - 60)
    report = audit_report_of(found)
    assert (report.offered, len(report.accounts)) == (6 * 360 - 60, 0)
    assert "Nothing found" not in to_terminal.render(report, width=200, color=False, ascii_only=False)


def test_records_that_name_no_account_and_have_no_hole_are_told_so_alone() -> None:
    rows = [row | {"account": None, "dnis": None} for row in steady("2", every_min=4)]
    found = audit_case(case(rows), start=at(18), end=at(24))
    assert {one.cause for one in found.feed} == {"accounts-unknown", "log-hides-unanswered"}
