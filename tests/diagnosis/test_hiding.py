"""One caller's claim, and an outage that covers a part of the time they speak of."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from calltrace.diagnosis.diagnose import ask, diagnose, investigate
from calltrace.diagnosis.diagnosis import Diagnosis, Ranked
from calltrace.diagnosis.evidence import Evidence, Outcome, unasked
from calltrace.diagnosis.hiding import by_time, covered, perhaps
from calltrace.diagnosis.telling import WHAT_TIME
from calltrace.report.facts import facts_of
from calltrace.report.letter import letter
from calltrace.report.making import report_of
from calltrace.report.report import Report
from calltrace.tables.case import Case
from support import account, at, case, steady

OUTAGE = (at(22, 10), at(22, 11))
DAY = (at(22), at(23))
GROUP = {"1": "B", "2": "A", "3": "B", "4": "A"}
CALLER = "+12125559911"


def service(*extra: dict[str, Any], down: tuple[pd.Timestamp, pd.Timestamp] = OUTAGE, **tables: Any) -> Case:
    """Four accounts on two trunk groups, open 07 to 19; account 1 has a call an hour. The switch was down for an hour."""
    def rows(silent: list[tuple[pd.Timestamp, pd.Timestamp]]) -> list[dict[str, Any]]:
        made: list[dict[str, Any]] = []
        for who, every in (("1", 60), ("2", 17), ("3", 13), ("4", 19)):
            made += steady(who, every_min=every, hours=(7, 19), silent=silent, offset_min=3 * int(who), trunk_group=GROUP[who])
        for n, row in enumerate(made):
            row["ani"] = f"+1212556{n % 997:04d}"
            if n % 20 == 0:
                row |= {"outcome": "abandoned", "agent": None, "talk_s": 0.0}
        return made

    offered = pd.Series(1, index=pd.DatetimeIndex([r["offered_at"] for r in rows([])])).resample("15min").sum()
    written = offered[(offered.index < down[0]) | (offered.index >= down[1])]
    kpi = [{"interval_start": t, "scope": "platform", "offered": int(n)} for t, n in written.items()]
    events = [{"starts_at": at(2), "ends_at": at(2, 1), "kind": "maintenance", "scope": "platform", "note": "not that day"}]
    agents = [{"at": at(2, n), "agent": "A1", "event": e} for n, e in ((7, "login"), (19, "logout"))]
    who = [account(n, trunk_group=GROUP[n]) for n in GROUP]
    return case([*rows([down]), *extra], **{"accounts": who, "kpi": kpi, "events": events, "agents": agents, **tables})


def own(when: pd.Timestamp, **values: Any) -> dict[str, Any]:
    return {**steady("1", every_min=60, days=1)[0], "call_id": "own", "ani": CALLER, "offered_at": when, **values}


def claim(logs: Case, start: pd.Timestamp = DAY[0], end: pd.Timestamp = DAY[1], caller: str = CALLER) -> Diagnosis:
    return investigate(
        logs, account="1", complaint="caller-claim", caller=caller, start=start.isoformat(), end=end.isoformat())


def chances(answer: Diagnosis) -> dict[str, float]:
    return {r.cause: r.probability for r in answer.ranked}


def told(answer: Diagnosis) -> Report:
    return report_of(answer, command="letter")


def of_outage(answer: Diagnosis) -> float:
    return chances(answer)["platform-outage"] + chances(answer)["planned-shutdown"]


def test_an_hour_of_a_day_explains_a_missing_call_only_if_it_came_in_that_hour() -> None:
    """One of the account's twelve calls of a day comes in that hour: 1/12 against half of 11/12 is 2/13."""
    answer = claim(service())
    assert answer.ranked[0].cause == "no-record-of-call"
    assert of_outage(answer) == pytest.approx(2 / 13, abs=0.03)
    assert "A call Tue 23 Jun 09:" in answer.summary
    assert "the service's switch was down" in answer.summary
    assert answer.next_steps[0] == WHAT_TIME
    assert answer.open[0].missing == ("the time of the call",)
    assert not any("platform-outage" in row.so for row in answer.ruled_out)
    assert any(b.facet == "call-in-silence" for r in answer.ranked if r.cause == "platform-outage" for b in r.refutes)


def test_a_time_the_outage_covers_is_laid_to_it_as_ever() -> None:
    answer = claim(service(), at(22, 10.1), at(22, 10.7))
    assert of_outage(answer) > 0.95
    assert WHAT_TIME not in answer.next_steps
    assert perhaps(answer.ranked, {e.facet: e for e in answer.evidence}) == ()


def test_the_wider_the_time_the_less_the_outage_explains() -> None:
    hours = [(10, 11), (9, 12), (7, 15), (0, 24)]
    told = [of_outage(claim(service(), at(22, a), at(22, b))) for a, b in hours]
    assert told == sorted(told, reverse=True)
    assert told[0] > 0.9
    assert 0.35 < told[1] < 0.65


def test_without_an_outage_nothing_changes() -> None:
    answer = claim(service(down=(at(40), at(41))))
    assert answer.ranked[0].cause == "no-record-of-call"
    assert answer.wording == "confirmed"
    assert "would be on no record" not in answer.summary
    assert WHAT_TIME not in answer.next_steps


def test_a_call_that_was_answered_outside_the_hour_was_answered() -> None:
    message = {"message_id": "M1", "call_id": "own", "account": "1", "taken_at": at(22, 15.3), "priority": "routine"}
    for tables in ({}, {"messages": [message]}):
        answer = claim(service(own(at(22, 15.2)), **tables))
        assert (answer.ranked[0].cause, answer.wording) == ("call-was-handled", "confirmed")
        assert "would be on no record" not in answer.summary


def test_a_call_that_was_refused_outside_the_hour_is_no_call_the_outage_hid() -> None:
    refused = own(at(22, 15.2), outcome="busy", agent=None, talk_s=0.0)
    answer = claim(service(refused))
    assert answer.ranked[0].cause == "path-limit"
    assert of_outage(answer) < 0.15
    assert "would be on no record" not in answer.summary


def test_a_hidden_number_that_called_then_takes_its_part() -> None:
    withheld = claim(service(own(at(22, 15.2), ani=None)), caller="withheld")
    assert of_outage(withheld) < 0.2
    assert withheld.wording == "inconclusive"
    none = claim(service(), caller="withheld")
    assert none.ranked[0].cause == "no-record-of-call"


def test_records_lost_here_and_there_explain_as_much_as_they_hold() -> None:
    """The switch counted twice the calls of that day that are on record, at every hour."""
    logs = service(down=(at(40), at(41)))
    kpi = logs.tables["kpi"].copy()
    that_day = (kpi["interval_start"] >= DAY[0]) & (kpi["interval_start"] < DAY[1])
    kpi.loc[that_day, "offered"] *= 2
    logs.tables["kpi"] = kpi
    answer = claim(logs)
    assert chances(answer)["records-missing"] == pytest.approx(2 / 3, abs=0.05)
    assert "Not every call of that time is on record" in answer.summary
    assert answer.next_steps[0] == WHAT_TIME


def test_the_letter_says_at_what_time_a_call_could_not_have_reached_us() -> None:
    report = told(claim(service()))
    hidden = facts_of(report).hidden
    assert hidden is not None
    assert (hidden.start.hour, hidden.end.hour) == (9, 11)
    assert "no call to you could have reached us" in " ".join(letter(report).paper.as_text.split())
    assert facts_of(told(claim(service(), at(22, 10.1), at(22, 10.7)))).hidden is None
    assert facts_of(told(claim(service(down=(at(40), at(41)))))).hidden is None


# --- laws -------------------------------------------------------------------------------------------------------------


def ranked(**chance: float) -> tuple[Ranked, ...]:
    return tuple(Ranked(c.replace("_", "-"), "", "", p, (), (), ()) for c, p in chance.items())


def silent(share: float, found: Outcome) -> dict[str, Evidence]:
    one = {"share": share, "start": OUTAGE[0].isoformat(), "end": OUTAGE[1].isoformat(), "says": "…"}
    time = Evidence("call-in-silence", Outcome.CLEAR, "…", data={"silences": {"platform": one}})
    return {"call-in-silence": time, "caller-found": Evidence("caller-found", found, "…")}


@given(st.floats(0, 1), st.floats(0, 1))
def test_the_more_of_the_time_it_covers_the_likelier_it_hid_the_call(a: float, b: float) -> None:
    assert 0 <= covered(min(a, b)) <= covered(max(a, b)) <= 1
    assert covered(a) >= a


@given(st.floats(0, 1), st.floats(0.01, 0.98), st.sampled_from([Outcome.CLEAR, Outcome.FOUND]))
def test_what_is_taken_off_goes_to_others_and_all_still_comes_to_one(share: float, of_all: float, found: Outcome) -> None:
    rest = 1 - of_all
    before = ranked(platform_outage=of_all, no_record_of_call=rest / 2, path_limit=rest / 2)
    after = {r.cause: r.probability for r in by_time(before, silent(share, found))}
    assert sum(after.values()) == pytest.approx(1)
    assert after["platform-outage"] == pytest.approx(of_all * covered(share))
    if found is Outcome.CLEAR:
        assert after["path-limit"] == pytest.approx(rest / 2)
    else:
        assert after["path-limit"] == pytest.approx(after["no-record-of-call"])


def test_without_a_silence_or_anybody_else_to_be_it_nothing_changes() -> None:
    one = ranked(platform_outage=1.0)
    assert by_time(one, silent(0.1, Outcome.FOUND)) == one
    assert by_time(one, {"call-in-silence": unasked("call-in-silence", "…")}) == one
    assert perhaps(one, {}) == ()


def test_only_a_claim_of_one_caller_is_weighed_so() -> None:
    logs = service()
    missed = diagnose(logs, ask(logs, account="2", complaint="missed-calls", start=DAY[0].isoformat(), end=DAY[1].isoformat()))
    assert missed.ranked[0].cause in {"platform-outage", "planned-shutdown"}


def test_records_lost_before_the_time_asked_of_hide_no_call_of_it() -> None:
    """A message is taken in its call: those of half past nine are of calls that no record has, those of after ten are not."""
    calls = service(down=(at(40), at(41))).calls
    calls = calls[(calls["account"] == "3") & (calls["offered_at"] >= at(22)) & (calls["offered_at"] < at(23))]
    taken = [{"message_id": f"M{n}", "call_id": call, "account": "3", "taken_at": when, "priority": "routine"}
             for n, (call, when) in enumerate(zip(calls["call_id"], calls["offered_at"], strict=True))]
    gone = [m | {"message_id": f"G{n}", "call_id": f"gone{n}", "taken_at": at(22, 9.5 + n / 100)}
            for n, m in enumerate(taken[:8])]
    with_them = service(down=(at(40), at(41)), messages=[*taken, *gone])
    after = claim(with_them, at(22, 10), at(22, 13))
    assert (after.ranked[0].cause, after.wording) == ("no-record-of-call", "confirmed")
    assert chances(claim(with_them, at(22, 9.4), at(22, 9.8)))["records-missing"] > 0.5
    # of a whole day eight of sixty messages: what hid a seventh of the calls hid the claimed one with a chance of a quarter
    day = chances(claim(with_them))["records-missing"]
    assert 0.05 < day < 0.4
