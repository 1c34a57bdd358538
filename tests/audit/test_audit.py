"""The whole audit, on a service small enough to see through: six accounts, two trunk groups, five weeks."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pandas as pd
import pytest

import calltrace
from audit.quiet import WINDOW, service
from calltrace.diagnosis.audit import audit_case
from calltrace.diagnosis.audit.findings import Audit, Status
from calltrace.diagnosis.audit.ground import Ground
from calltrace.diagnosis.audit.screens import outage
from calltrace.diagnosis.profile import Profile
from calltrace.errors import InputError, UsageError
from calltrace.report.audit import at_least, audit_report_of, worst
from calltrace.report.mail import compose
from calltrace.report.render import get
from support import account, at, case, steady


@pytest.fixture(scope="module")
def one_night() -> Audit:
    return audit_case(service({"1": [(at(29, 18), at(30, 8))]}), start=WINDOW[0], end=WINDOW[1])


def test_nothing_is_found_where_nothing_is_wrong_and_every_account_is_a_row() -> None:
    audit = audit_case(service(), start=WINDOW[0], end=WINDOW[1])
    assert audit.findings == ()
    assert audit.feed == ()
    assert [(s.account, s.status) for s in audit.standings] == [
        ("1", Status.CLEAR), ("2", Status.CLEAR), ("3", Status.CLEAR), ("4", Status.CLEAR), ("5", Status.CLEAR),
        ("9", Status.ABSENT)]
    two = audit.standings[1]
    assert two.offered == two.answered + two.abandoned
    assert two.expected == pytest.approx(two.offered, rel=0.1)
    assert audit.account_days == pytest.approx(18)


def test_a_night_that_was_never_forwarded_is_found_though_nobody_complained(one_night: Audit) -> None:
    (found,) = one_night.findings
    assert (found.account, found.cause, found.party, found.check) == ("1", "lines-not-forwarded", "client", "silence")
    assert found.confidence > 0.8
    assert found.start <= at(29, 18) < at(30, 8) <= found.end
    assert 50 < found.lost < 90  # fourteen hours of a call every twelve minutes
    assert found.severity == "high"
    assert found.key == "1/lines-not-forwarded/2026-06-30"
    assert not found.ongoing
    assert found.next_steps
    assert {s.account: s.status for s in one_night.standings}["1"] is Status.FINDING


def test_a_window_may_be_given_as_timestamps_of_any_zone_or_none() -> None:
    """What UTC has as 18:00 is New York's 14:00; without a zone it is the service's."""
    silent = service({"1": [(at(29, 18), at(30, 8))]})
    said = audit_case(silent, start=str(WINDOW[0]), end=str(WINDOW[1])).findings
    zoned = [t.tz_convert("America/New_York") for t in WINDOW]
    here = [t.tz_convert(silent.zone).tz_localize(None) for t in WINDOW]
    for start, end in (zoned, here):
        found = audit_case(silent, start=start, end=end).findings
        assert [(f.key, f.start, f.end) for f in found] == [(f.key, f.start, f.end) for f in said]


def test_the_map_of_the_hours_adds_up_to_the_calls(one_night: Audit) -> None:
    heat = one_night.heat[one_night.heat["account"] == "2"]
    assert len(heat) == 72
    assert heat["arrived"].sum() == next(s.offered for s in one_night.standings if s.account == "2")
    assert heat["answered"].sum() + heat["harmed"].sum() == heat["arrived"].sum()


def test_what_stops_with_the_calls_has_not_stopped_before_them() -> None:
    told = [{"at": at(0, h), "agent": "A1", "event": "login"} for h in range(35 * 24)]
    audit = audit_case(service(agents=told), start=at(36), end=at(38))
    assert [f.cause for f in audit.feed] == ["feed-dead"]


def test_what_everybody_shares_is_one_incident_and_its_symptoms_stay_silent() -> None:
    gone = (at(29, 9), at(29, 13))
    audit = audit_case(service({"": [gone]}, kpi=()), start=WINDOW[0], end=WINDOW[1])
    (found,) = audit.findings
    assert (found.account, found.trunk_group, found.cause) == (None, None, "records-missing")
    assert {h.account for h in found.also_affected} >= {"2", "3", "4"}
    assert {s.account: s.status for s in audit.standings}["2"] is Status.INCIDENT
    # what the switch counted, not what was to be expected
    assert f"; {found.lost:.0f} of them have no row" in found.summary
    assert found.lost.is_integer()
    assert found.lost != sum(h.expected or 0.0 for h in found.also_affected)


def test_calls_the_switch_counted_in_a_short_gap_without_a_row_are_missing_from_the_records() -> None:
    gone = (at(29, 9), at(29, 9) + pd.Timedelta(minutes=45))
    (found,) = audit_case(service({"": [gone]}, kpi=()), start=WINDOW[0], end=WINDOW[1]).findings
    assert (found.account, found.check, found.cause) == (None, "outage", "records-missing")
    # chance brings such a gap now and then where the switch counted nothing, or counts for others as well
    assert audit_case(service({"": [gone]}), start=WINDOW[0], end=WINDOW[1]).findings == ()
    others = service({"": [gone]}, kpi=())
    counted = others.tables["kpi"].assign(offered=lambda k: k["offered"] * 2)
    assert audit_case(replace(others, tables=others.tables | {"kpi": counted}), start=WINDOW[0],
                      end=WINDOW[1]).findings == ()


def test_what_everybody_shares_is_told_in_the_services_zone_whoever_was_asked() -> None:
    elsewhere = [account(who, timezone="America/Denver") for who in "12345"]
    gone = (at(29, 9), at(29, 13))
    audit = audit_case(service({"": [gone]}, kpi=(), accounts=elsewhere), start=WINDOW[0], end=WINDOW[1])
    (found,) = audit.findings
    assert (found.account, found.zone) == (None, "UTC")
    assert "Tue 30 Jun 08:45 to 13:15" in found.summary


def test_a_single_check_knows_what_is_shared_without_telling_it() -> None:
    gone = {"": [(at(29, 9), at(29, 16))]}
    audit = audit_case(service(gone, kpi=()), start=WINDOW[0], end=WINDOW[1], checks=("silence",))
    assert audit.findings == ()


def test_a_silence_that_began_with_an_outage_is_told_of_what_is_left_of_it() -> None:
    audit = audit_case(
        service({"": [(at(29, 15), at(29, 18))], "1": [(at(29, 18), at(30, 8))]}, kpi=((at(29, 15), at(29, 18)),)),
        start=WINDOW[0], end=WINDOW[1])
    assert {(f.account, f.cause) for f in audit.findings} == {(None, "platform-outage"), ("1", "lines-not-forwarded")}


def test_that_nobody_had_a_call_is_told_even_where_nothing_tells_why() -> None:
    audit = audit_case(service({"": [(at(29, 9), at(29, 13))]}), start=WINDOW[0], end=WINDOW[1])
    (found,) = audit.findings
    assert (found.account, found.check, found.wording) == (None, "outage", "inconclusive")
    assert found.confidence < 0.6


@pytest.mark.parametrize(("silent", "usual"), [("2345", 60 / 14 + 60 / 17 + 60 / 19 + 60 / 23), ("34", 60 / 17 + 60 / 19)])
def test_a_trouble_of_many_is_drawn_by_all_their_calls(silent: str, usual: float) -> None:
    """Not by those of the one account that was asked why."""
    gone = [(at(29, 10), at(29, 14.5))]
    audit = audit_case(service(dict.fromkeys(silent, gone)), start=WINDOW[0], end=WINDOW[1])
    (found,) = audit.findings
    assert (found.account, found.trunk_group, found.diagnosis is None) == (None, "B" if silent == "34" else None, False)
    hours = found.diagnosis.chart.set_index("start") if found.diagnosis else pd.DataFrame()
    assert hours.loc[at(29, 11):at(29, 13), "arrived"].tolist() == [0, 0, 0]
    assert hours.loc[at(29, 11), "expected"] == pytest.approx(usual, rel=0.15)
    picture = next(iter(compose.of_audit(audit_report_of(audit)).pictures), None)
    assert picture is None or "Calls arrived in the columns that the trouble touches: " in picture.alt


def test_one_trunk_group_silent_is_the_carriers() -> None:
    gone = [(at(29, 9), at(29, 16))]
    audit = audit_case(service({"3": gone, "4": gone}, kpi=()), start=WINDOW[0], end=WINDOW[1])
    assert [(f.account, f.trunk_group, f.cause) for f in audit.findings] == [(None, "B", "carrier-outage")]
    # 7 h of an account with a call every 17 and one with a call every 19 minutes: both are counted, and neither is the other's
    assert "No call to any account on trunk group B Tue 30 Jun 08:" in audit.findings[0].summary
    assert re.search(r"where 4[5-9] calls usually come", audit.findings[0].summary)


def test_a_trunk_groups_long_silence_is_its_own_though_nobody_had_a_call_for_some_of_it() -> None:
    everybody = {who: [(at(29, 10), at(29, 12.7))] for who in "34"}

    def found(until: float) -> list[tuple[str | None, bool]]:
        case = service(everybody | {who: [(at(29, 9.9), at(29, until))] for who in "25"})
        return [(c.trunk_group, c.score > 10) for c in outage.run(Ground(case, *WINDOW, Profile()), [])]

    assert found(17) == [(None, False), ("A", True)]
    assert found(12.9) == [(None, True)]  # what is left of it beside everybody's proves nothing


def test_who_hardly_has_calls_then_has_no_say_in_what_silenced_a_trunk_group() -> None:
    """Account 1 is forwarded at night alone: of a day without calls it knows nothing, and outvoted who lost thirty."""
    hours = {who: [(at(29, 9.9), at(29, 17))] for who in "25"} | {who: [(at(29, 10), at(29, 11.5))] for who in "34"}
    audit = audit_case(service(hours), start=WINDOW[0], end=WINDOW[1])
    assert [(f.account, f.trunk_group, f.cause) for f in audit.findings] == [(None, "A", "carrier-outage")]
    assert audit.findings[0].confidence > 0.6


@pytest.mark.parametrize("both", [False, True])
def test_beside_a_dead_trunk_group_the_waits_of_the_rest_are_no_outage_of_the_switch(both: bool) -> None:
    """Of what everybody makes usually most is the dead group's: it says nothing of the time between two calls of the others."""
    dead = [(at(29), at(32))]
    down = [(at(33, 9), at(33, 11))] if both else []
    rows = [row for n in range(2, 6) for row in steady(
        f"{n}", every_min=5, days=35, offset_min=n, trunk_group="A", silent=dead + down)]
    rows += [row for n in (6, 7) for row in steady(
        f"{n}", every_min=90, days=35, offset_min=45 * n, trunk_group="B", silent=down)]
    logs = case(rows, accounts=[account(f"{n}", trunk_group="A" if n < 6 else "B") for n in range(2, 8)])
    found = outage.run(Ground(logs, at(28), at(35), Profile()), [])
    spans = [(c.trunk_group, c.start.round("h"), c.end.round("h")) for c in found]
    assert spans == [*((None, *span) for span in down), ("A", *dead[0])]
    assert [h.account for h in found[-1].hits] == ["2", "3", "4", "5"]


def test_nothing_later_than_the_time_of_asking_is_known() -> None:
    case = service({"3": [(at(30, 6), at(33))]})
    for now, until in ((at(31, 6), at(31, 6)), (at(34), at(33))):
        (found,) = audit_case(case, start=at(30), end=at(31), now=now).findings
        assert found.counted is not None
        assert abs(found.counted[1] - until) < pd.Timedelta(hours=1)  # a call every quarter of an hour or so


def test_a_group_of_two_is_not_down_because_one_of_them_is_silent_for_days() -> None:
    def found(of_3: tuple[float, float]) -> list[str | None]:
        case = service({"3": [(at(29, of_3[0]), at(29, of_3[1]))], "4": [(at(29, 9), at(29, 11))]})
        return [c.trunk_group for c in outage.run(Ground(case, *WINDOW, Profile()), [])]

    assert found((9, 11)) == ["B"]
    assert found((1, 23)) == []  # account 4's two hours are chance, as far as it shows by itself


def test_an_outage_of_hours_does_not_hide_the_day_of_a_silence_that_goes_on_for_days() -> None:
    gone, everybody = (at(26, 12), at(31)), (at(29, 18), at(29, 20))
    audit = audit_case(service({"": [everybody], "2": [gone]}), start=at(29), end=at(30))
    told = {f.account: f for f in audit.findings}
    assert set(told) == {None, "2"}
    assert told["2"].check == "silence"
    assert 445 < told["2"].lost < 465  # four days and ten hours of a call every fourteen minutes, beside the outage


def test_an_outage_in_the_middle_of_a_silence_parts_it_into_no_two_that_chance_may_bring() -> None:
    """Of 28 calls that account 3 should have had, half before an outage of all and half after it."""
    gone, everybody = (at(29), at(29, 12)), (at(29, 4), at(29, 8))
    audit = audit_case(service({"": [everybody], "3": [gone]}, kpi=(everybody,)), start=at(29), end=at(30))
    assert {f.account for f in audit.findings} == {None, "3"}


def test_a_dead_feed_is_said_first_and_nobody_is_called_silent_for_it() -> None:
    alive = service()
    calls = alive.calls[alive.calls["offered_at"] < at(30)].reset_index(drop=True)
    dead = replace(alive, tables={**alive.tables, "calls": calls}, cache={})
    audit = audit_case(dead, start=WINDOW[0], end=at(34))
    assert [f.cause for f in audit.feed] == ["feed-dead"]
    assert audit.feed[0].severity == "critical"
    assert audit.findings == ()
    assert {s.status for s in audit.standings} == {Status.UNJUDGED, Status.ABSENT}


def test_where_the_switch_counts_on_nobodys_silence_reaches_beyond_the_last_call() -> None:
    alive = service({"1": [(at(29, 18), at(35))], "2": [(at(29, 23), at(35))]}, kpi=())
    calls = alive.calls[alive.calls["offered_at"] < at(30)].reset_index(drop=True)
    dead = replace(alive, tables={**alive.tables, "calls": calls}, cache={})
    audit = audit_case(dead, start=at(28), end=at(33))
    assert [f.cause for f in audit.feed] == ["feed-dead"]
    (found,) = audit.findings  # account 2 was silent for an hour before, which is four calls
    assert (found.account, found.ongoing) == ("1", True)
    assert 25 < found.lost < 35  # six hours of a call every twelve minutes


def test_a_window_behind_the_last_record_is_no_clean_one() -> None:
    audit = audit_case(service(), start=at(36), end=at(37))
    assert [f.cause for f in audit.feed] == ["feed-dead"]
    assert {s.status for s in audit.standings} == {Status.UNJUDGED, Status.ABSENT}


def test_messages_that_went_astray_are_told_by_account_and_day() -> None:
    taken = [{"message_id": f"m{i}", "account": "2", "taken_at": at(29, 10 + i), "priority": "urgent"} for i in range(3)]
    sent = [{"message_id": "m0", "attempted_at": at(29, 10.05), "method": "sms", "recipient": "A", "status": "delivered"},
            {"message_id": "m1", "attempted_at": at(29, 12.5), "method": "sms", "recipient": "A", "status": "delivered"},
            {"message_id": "m2", "attempted_at": at(29, 13.5), "method": "sms", "recipient": "A", "status": "delivered"},
            {"message_id": "mx", "attempted_at": at(33), "method": "sms", "recipient": "A", "status": "delivered"}]
    audit = audit_case(service(messages=taken, dispatch=sent), start=WINDOW[0], end=WINDOW[1], checks=("dispatch",))
    (found,) = audit.findings
    assert (found.account, found.cause, found.harmed) == ("2", "dispatched-late", 2.0)
    assert found.data["messages"] == ["m1", "m2"]
    assert audit.checks == ("dispatch",)


def test_the_same_records_give_the_same_bytes_and_the_contracts_keys(one_night: Audit) -> None:
    again = audit_case(service({"1": [(at(29, 18), at(30, 8))]}), start=WINDOW[0], end=WINDOW[1])
    text = get("json")(audit_report_of(one_night))
    assert text == get("json")(audit_report_of(again))
    data = json.loads(text)
    assert (data["schema"], data["command"]) == ("calltrace.report/1", "audit")
    (found,) = data["findings"]
    assert {"account", "cause", "party", "confidence", "severity", "window", "summary", "also_affected", "next_steps",
            "trunk_group"} <= set(found)
    assert set(found["window"]) == {"start", "end"}
    assert len(data["accounts"]) == 6


def test_a_person_reads_how_bad_whose_since_when_and_what_to_do(one_night: Audit) -> None:
    text = get("terminal")(audit_report_of(one_night), width=80)
    assert "HIGH" in text
    assert "Client 1 (1)" in text
    assert "lines-not-forwarded" in text
    assert "In no call on record: Client 9 (9)." in text
    assert max(len(line) for line in text.splitlines()) <= 80
    assert "Client 3 (3) ·" in get("terminal")(audit_report_of(one_night), width=100, verbose=True)


def test_a_name_from_a_file_can_not_steer_the_terminal(one_night: Audit) -> None:
    evil = replace(one_night, findings=tuple(replace(f, name="\x1b[2Jgone") for f in one_night.findings))
    assert "\x1b" not in get("terminal")(audit_report_of(evil))


def test_severities_are_compared_from_low_to_critical(one_night: Audit) -> None:
    report = audit_report_of(one_night)
    assert worst(report.findings) == "high"
    assert at_least(report.findings, "critical") == ()
    assert len(at_least(report.findings, "medium")) == 1


def test_a_stricter_profile_of_an_account_makes_its_finding_worse() -> None:
    strict = Profile(accounts={"1": {"severity_critical_calls": 10.0}})
    found = audit_case(service({"1": [(at(29, 18), at(30, 8))]}), start=WINDOW[0], end=WINDOW[1], profile=strict,
                       checks=("silence",))
    assert found.findings[0].severity == "critical"


@pytest.mark.parametrize(
    ("asked", "error", "said"),
    [
        ({"now": "2020-01-01"}, UsageError, "--now is Thu 2 Jan 2020 00:00, and the records begin Mon 1 Jun 2026 00:0"),
        ({"end": "2020-01-01"}, InputError, "the records begin Mon 1 Jun 2026 00:0"),
        ({"start": "2030-01-01"}, InputError, "the records end Sun 5 Jul 2026 23:5"),
        ({"start": "2026-06-10", "now": "2026-06-05"}, UsageError, "the window lies after the time of asking"),
        ({"start": "2026-06-10", "end": "2026-06-05"}, UsageError, "the window ends before it starts"),
    ],
    ids=["now-before-the-records", "end-before", "start-after", "now-before-the-start", "turned-round"],
)
def test_a_window_that_can_not_be_says_what_is_wrong_with_it(
    asked: dict[str, str], error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said):
        audit_case(service(), **asked)  # type: ignore[arg-type]


def test_what_can_not_be_audited_says_why() -> None:
    with pytest.raises(UsageError, match="no check 'weather'"):
        audit_case(service(), checks=("weather",))
    with pytest.raises(UsageError, match="false discovery rate"):
        audit_case(service(), fdr=1.5)
    with pytest.raises(UsageError, match="before it starts"):
        audit_case(service(), start=at(10), end=at(9))
    with pytest.raises(InputError, match="after the window"):
        audit_case(service(), start=at(-9), end=at(-8))
    with pytest.raises(InputError, match="no call"):
        audit_case(case([]))


def test_the_verb_is_the_packages() -> None:
    from calltrace.diagnosis.audit import audit  # noqa: PLC0415

    assert calltrace.audit is audit


def test_what_only_charts_show_is_left_out_where_none_is_drawn(one_night: Audit) -> None:
    told = audit_case(service({"1": [(at(29, 18), at(30, 8))]}), start=WINDOW[0], end=WINDOW[1], charts=False)
    assert (len(one_night.heat) > 0, len(one_night.series) > 0) == (True, True)
    assert (len(told.heat), told.series) == (0, ())
    words = (get("terminal")(audit_report_of(one), color=False, width=100) for one in (one_night, told))
    assert next(words) == next(words)
