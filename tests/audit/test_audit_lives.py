"""Clients that are new, and those that seem to have left: 5 weeks of 4 calls an hour, one of them cut short."""

from __future__ import annotations

import dataclasses

import pandas as pd
import pytest

from audit import quiet
from calltrace.diagnosis.audit.findings import Audit, Standing
from calltrace.diagnosis.audit.ground import Ground
from calltrace.diagnosis.audit.lives import muted
from calltrace.diagnosis.audit.run import audit_case
from calltrace.diagnosis.failing import failing
from calltrace.diagnosis.lives import Life, life
from calltrace.diagnosis.profile import Profile
from calltrace.normal.rhythm import Rhythm
from calltrace.tables.case import Case, Extent
from support import account, at, case, steady, table


def service(*silent: tuple[pd.Timestamp, pd.Timestamp], every_min: int = 15, **tables: object) -> Case:
    """Account 1 with silences, among three that have none."""
    calls = steady("1", every_min=every_min, days=35, silent=list(silent))
    for place, who in enumerate(("2", "3", "4"), start=1):
        calls += steady(who, every_min=15, days=35, offset_min=3 * place)
    for place, row in enumerate(calls):
        row["ani"] = f"+1212555{place % 97:04d}"
        if place % 10 == 0:  # a log that shows no abandoned call may hide them
            row |= {"outcome": "abandoned", "agent": None, "ring_s": 8.0, "talk_s": 0.0}
    return case(calls, accounts=[account(a) for a in "1234"], **tables)  # type: ignore[arg-type]


def of(records: Case) -> Life:
    return life(Ground(records, at(34), at(35), Profile()).baseline.of("account", "1"))


def told(records: Case, start: pd.Timestamp, end: pd.Timestamp) -> tuple[list[str], Standing]:
    """Return the causes told of account 1, and where it stands."""
    found: Audit = audit_case(records, start=start, end=end, now=end, charts=False)
    return [f.cause for f in found.findings if f.account == "1"], next(s for s in found.standings if s.account == "1")


@pytest.mark.parametrize(
    ("silent", "every_min", "begun", "ended"),
    [
        ((at(0), at(6)), 15, None, None),  # six days may be anything
        ((at(0), at(8)), 15, at(8), None),
        ((at(27), at(35)), 15, None, at(27) - pd.Timedelta(minutes=15)),
        ((at(10), at(20)), 15, None, None),  # it came back
        # a call every 12 hours: ten missing calls take 5 days, and the week begins after them
        ((at(0), at(11)), 720, None, None),
        ((at(0), at(13)), 720, at(13), None),
        ((at(24), at(35)), 720, None, None),
    ],
)
def test_when_a_client_began_and_ended(
    silent: tuple[pd.Timestamp, pd.Timestamp], every_min: int, begun: pd.Timestamp | None, ended: pd.Timestamp | None
) -> None:
    assert of(service(silent, every_min=every_min)) == Life(begun, ended)


def test_before_its_first_call_a_new_client_forwarded_no_line_too_late() -> None:
    before = (at(0), at(30, 9))
    records = service(before)
    causes, stands = told(records, at(0), at(35))
    assert causes == []
    assert (stands.status, stands.why) == ("unjudged", "a new client: its first call on record is of Wed 1 Jul 2026 09:00")
    # on a morning without a call of it, it has calls on record all the same: nobody says that it has none
    assert told(service(before, (at(31), at(32))), at(31), at(32))[1].status == "unjudged"
    # nor are its first days a surge, or a bill that rose
    assert told(records, at(30), at(31))[0] == told(records, at(29), at(35))[0] == []


def test_who_calls_again_after_a_season_is_no_new_client() -> None:
    """Of a store no more is read than a day needs: that the account had calls before is told beside."""
    records = service((at(0), at(30, 9)))
    had = Extent(records.extent.calls, at(-90), records.extent.last, frozenset({"1"}))
    _, stands = told(dataclasses.replace(records, slice_of=had, cache={}), at(30), at(35))
    assert "new client" not in stands.why


def test_a_weekend_nobody_forwarded_is_told_while_it_lasts() -> None:
    """It began with the hours of forwarding. Whether it is for good shows only once calls come: the morning does not wait."""
    weekend = "Mo-Fr 17:00-24:00,00:00-08:00; Sa,Su 00:00-24:00"
    base = service((at(25, 17), at(35)), every_min=180)
    listed = [account(a, coverage=weekend if a == "1" else None) for a in "1234"]
    accounts = case([], accounts=listed).table("accounts")
    records = records_until(Case(base.tables | {"accounts": accounts}, zone=base.zone), at(28, 6))
    found = audit_case(records, start=at(27), end=at(28), now=at(28, 6), charts=False)
    [one] = [f for f in found.findings if f.account == "1"]
    assert one.ongoing
    assert (one.check, one.cause, one.wording) == ("silence", "lines-not-forwarded", "likely")
    assert "from the start of the time in which it should forward (Fri 26 Jun 17:00), and still" in one.summary
    assert one.confidence < 0.8


def test_that_calls_stopped_is_told_for_a_week_and_then_stands_in_the_row() -> None:
    records = service((at(20), at(35)))
    for day in (20, 22, 26):
        causes, stands = told(records_until(records, at(day + 1)), at(day), at(day + 1))
        assert len(causes) == 1
        assert stands.status == "finding"
    causes, stands = told(records_until(records, at(30)), at(29), at(30))
    assert causes == []
    assert (stands.status, stands.offered) == ("absent", 0)
    assert stands.why == "no call since Sat 20 Jun 2026 23:45: has the client left?"


def test_a_number_that_fell_silent_for_good_stands_in_its_accounts_row() -> None:
    numbers = "+12125550001;+12125559002"
    calls = [row for who in ("1", "2", "3") for row in steady(who, every_min=15, days=35, offset_min=3 * int(who))]
    for row in calls[:4 * 24 * 12:2]:  # every other call of account 1, for twelve days
        row["dnis"] = "+12125559002"
    records = case(calls, accounts=[account("1", numbers=numbers), account("2"), account("3")])
    _, stands = told(records, at(33), at(35))
    assert (stands.status, stands.why) == (
        "clear", "no call to +12125559002 since Fri 12 Jun 2026 23:33: is it still in use?")
    early = case([row for row in calls if row["offered_at"] < at(16)], accounts=records.tables["accounts"].to_dict("records"))
    assert muted(Ground(early, at(15), at(16), Profile())) == {}  # in the first week it is a finding


def test_an_office_that_fell_silent_over_a_weekend_is_told_by_who_audits_every_monday() -> None:
    weekends = [(at(5 + 7 * week), at(7 + 7 * week)) for week in range(5)]
    office = steady("1", every_min=20, days=35, hours=(9, 17), silent=[*weekends, (at(25, 17), at(35))])
    others = service().calls
    records = case([*office, *others[others["account"] != "1"].to_dict("records")], accounts=[account(a) for a in "1234"])
    causes, _ = told(records_until(records, at(28)), at(21), at(28))
    assert causes == []  # it has not missed an hour it calls in
    causes, stands = told(records, at(28), at(35))
    assert len(causes) == 1
    assert stands.status == "finding"


def test_an_account_without_a_call_that_is_no_finding_is_not_called_clear() -> None:
    closed = {"starts_at": at(27), "ends_at": at(28), "kind": "closure", "scope": "account", "target": "1", "note": "inventory"}
    causes, stands = told(service((at(27), at(28)), events=[closed]), at(27), at(28))
    assert causes == []
    assert (stands.status, stands.offered) == ("unjudged", 0)
    assert stands.why == "no call, where 96 are usual: chance or a closed office, as far as the records tell"


def test_that_an_office_is_silent_at_weekends_is_learned_where_the_others_are_not() -> None:
    """Silences that come every week are no faults: taken for such, they hid that a whole week was silent."""
    weekends = [(at(5 + 7 * week), at(7 + 7 * week)) for week in range(4)]
    others = [row for place, who in enumerate("2345") for row in steady(who, every_min=15, days=35, offset_min=3 * place)]

    def usual(office: list[dict[str, object]]) -> Rhythm:
        return Ground(case([*office, *others]), at(29), at(30), Profile()).baseline.of("account", "1")

    weekly = usual(steady("1", every_min=20, days=35, hours=(9, 17), silent=weekends))
    assert weekly.history_days == pytest.approx(34, abs=0.1)
    assert weekly.expected(at(26), at(27)) < 0.75 * weekly.expected(at(23), at(24))
    once = usual(steady("1", every_min=20, days=35, hours=(9, 17), silent=weekends[1:2]))
    assert once.history_days == pytest.approx(34 - 64 / 24, abs=0.2)  # from Friday's last call to Monday's first


def test_a_dead_line_is_told_for_as_long_as_test_calls_fail() -> None:
    tests = [{"tested_at": at(d, 9), "number": "+12125550001", "trunk_group": "A", "result": "failed"} for d in range(28, 35)]
    passed = [{"tested_at": at(d, 9), "number": "+12125550002", "trunk_group": "A", "result": "ok"} for d in range(35)]
    causes, _ = told(service((at(20), at(35)), line_tests=tests + passed), at(34), at(35))
    assert causes == ["number-down"]


def test_a_test_call_that_failed_by_itself_brings_no_client_back() -> None:
    tests = [{"tested_at": at(d, h), "number": "+12125550001", "trunk_group": "A",
              "result": "failed" if (d, h) == (33, 9) else "ok"} for d in range(20, 35) for h in (2, 9, 16)]
    causes, stands = told(service((at(20), at(35)), line_tests=tests), at(33), at(35))
    assert causes == []
    assert stands.why == "no call since Sat 20 Jun 2026 23:45: has the client left?"


@pytest.mark.parametrize(
    ("failed", "others", "shared", "down"),
    [
        ((6.4, 6.5, 6.6), (), (), True),
        ((2.4, 2.5, 2.6), (), (), False),  # not of late
        ((5.4, 6.5), (), (), False),  # each by itself
        ((6.4, 6.5, 6.6), (6.4, 6.5, 6.6), (), False),  # with the numbers of others on its trunk group
        ((6.4, 6.5, 6.6), (), ((at(6), at(7), "A"),), False),
        ((6.4, 6.5, 6.6), (), ((at(6), at(7), None),), False),
        ((6.4, 6.5, 6.6), (), ((at(6), at(7), "B"),), True),
    ],
)
def test_a_line_is_down_that_fails_one_test_after_the_other_while_its_group_passes(
    failed: tuple[float, ...], others: tuple[float, ...],
    shared: tuple[tuple[pd.Timestamp, pd.Timestamp, str | None], ...], *, down: bool,
) -> None:
    tests = table("line_tests", [
        {"tested_at": at(d / 10), "number": number, "trunk_group": "A", "result": "failed" if d / 10 in bad else "ok"}
        for number, bad in (("+12125550001", failed), ("+12125550002", others)) for d in range(70)])
    assert failing(tests, ["+12125550001"], since=at(0), start=at(5), end=at(7), shared=shared) is down


def test_of_a_switch_whose_records_stopped_long_ago_no_client_has_left() -> None:
    east = ("2", "3", "4")
    records = quiet.service({who: [(at(20), at(35))] for who in east})
    calls = records.calls.copy()
    calls["source_file"] = ["east.csv" if who in east else "west.csv" for who in calls["account"]]
    records = Case(records.tables | {"calls": calls}, zone=records.zone)
    found = audit_case(records, start=at(33), end=at(34), charts=False)
    assert [f.title for f in found.feed] == ["the call records of east.csv stop"]
    stands = {s.account: (str(s.status), s.why) for s in found.standings}
    assert {stands[who] for who in east} == {("unjudged", "the call records of east.csv stop")}


def records_until(records: Case, end: pd.Timestamp) -> Case:
    """The records as they are known on a morning."""
    calls = records.calls[records.calls["offered_at"] < end]
    return Case(records.tables | {"calls": calls.reset_index(drop=True)}, zone=records.zone)
