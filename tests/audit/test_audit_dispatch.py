"""Urgent messages gone astray: one finding an account and day, one for all where they were late together."""

from __future__ import annotations

import pandas as pd

from calltrace.diagnosis.audit import audit_case
from calltrace.diagnosis.audit.findings import Audit, Status
from calltrace.diagnosis.audit.ground import Ground
from calltrace.diagnosis.audit.screens import dispatch
from calltrace.diagnosis.profile import Profile
from calltrace.tables.case import Case
from support import account, at, case, steady, urgent

Rows = list[dict[str, object]]
ACCOUNTS = [str(k) for k in range(1, 7)]


def service(late: dict[str, float], *, agents: dict[str, str] | None = None, never: tuple[str, ...] = ()) -> Case:
    """Six accounts, an urgent message of each every four hours for a fortnight; 15 minutes are allowed.

    Messages are named account-day-hour, taken a few minutes apart; ``late`` gives the minutes some took, ``agents``
    who took some, ``never`` those that were never sent.
    """
    calls: Rows = [row for k in ACCOUNTS for row in steady(k, every_min=60, days=14, offset_min=float(k))]
    messages = [m | {"agent": (agents or {}).get(str(m["message_id"]), m["agent"])} for m, _, _ in urgent(ACCOUNTS)]
    tries = [{"message_id": m["message_id"], "status": "delivered",
              "attempted_at": m["taken_at"] + pd.Timedelta(minutes=late.get(str(m["message_id"]), 2.0))}
             for m in messages if m["message_id"] not in never]
    return case(calls, accounts=[account(k) for k in ACCOUNTS], messages=messages, dispatch=tries)


def told(records: Case) -> Audit:
    return audit_case(records, start=at(7), end=at(14), checks=("dispatch",))


def test_late_messages_of_one_account_and_day_are_one_finding_that_tells_the_latest() -> None:
    (one,) = told(service({"1-9-4": 20.0, "1-9-12": 41.0, "1-9-20": 18.0})).findings
    assert (one.account, one.cause, one.harmed) == ("1", "dispatched-late", 3.0)
    assert one.summary == ("Client 1: 3 urgent messages went out late, the latest 41 min after it was taken where 15 min are"
                           " allowed.")
    assert one.data["messages"] == ["1-9-4", "1-9-12", "1-9-20"]


def test_messages_of_several_accounts_late_in_the_same_hour_are_one_trouble_of_the_service() -> None:
    audit = told(service({f"{k}-9-12": 30.0 + int(k) for k in "12345"}))
    (one,) = audit.findings
    assert (one.account, one.cause, one.harmed) == (None, "dispatched-late", 5.0)
    assert [h.account for h in one.also_affected] == ["1", "2", "3", "4", "5"]
    assert one.summary.startswith("5 urgent messages went out late, the latest 35 min after it was taken")
    assert "of 5 accounts" in one.summary
    assert one.severity == "high"  # 5 messages weigh as 25 calls
    assert audit.symptoms == 5
    assert {s.account: s.status for s in audit.standings}["3"] is Status.INCIDENT


def test_what_was_never_sent_that_hour_is_told_by_itself() -> None:
    found = told(service({f"{k}-9-12": 40.0 for k in "12345"}, never=("6-9-12",))).findings
    assert sorted((f.account or "", f.cause) for f in found) == [("", "dispatched-late"), ("6", "not-dispatched")]


def test_messages_one_agent_never_sent_are_one_trouble_with_the_accounts_it_hit() -> None:
    agents = {f"{k}-9-{h}": "Cat" for k in "1234" for h in (8, 12, 16)}
    audit = told(service({}, agents=agents, never=tuple(agents)))
    (one,) = audit.findings
    assert (one.account, one.cause, one.party, one.harmed) == (None, "not-dispatched", "service", 12.0)
    assert [h.account for h in one.also_affected] == ["1", "2", "3", "4"]
    assert "12 of 12 urgent messages that Cat took were never sent out, of 4 accounts" in one.summary
    # as many that several agents left unsent are each account's own
    found = told(service({}, never=tuple(agents))).findings
    assert [f.account for f in found] == ["1", "2", "3", "4"]


def test_an_account_with_a_late_message_at_another_hour_of_the_day_keeps_its_finding() -> None:
    late = {f"{k}-9-12": 40.0 for k in "12345"}
    found = told(service({**late, "1-9-20": 25.0})).findings
    assert sorted(f.account or "" for f in found) == ["", "1"]
    assert {f.account: f.harmed for f in found}["1"] == 2.0


def test_two_accounts_are_not_the_service() -> None:
    found = told(service({"1-9-12": 40.0, "2-9-12": 40.0})).findings
    assert [f.account for f in found] == ["1", "2"]
    assert [f.also_affected for f in found] == [(), ()]  # each is told by itself, and neither hit the other


def test_where_late_messages_are_usual_three_in_an_hour_are_no_news() -> None:
    often = {f"{k}-{d}-{h}": 40.0 for d in range(7, 14) for n, h in enumerate(range(0, 24, 4))
             for k in ("135" if n % 2 else "246")}
    found = dispatch.run(Ground(service(often), at(7), at(14), Profile()), [])
    assert max(c.score for c in found if c.account is None) < 0.1


def test_the_agent_who_took_nearly_all_of_the_late_ones_is_named() -> None:
    late = {f"{k}-9-12": 40.0 for k in "1234"}
    (one,) = told(service(late, agents=dict.fromkeys(late, "Cy"))).findings
    assert one.data["agent"] == "Cy"
    assert one.summary.endswith("; Cy took 4 of them.")
    (other,) = told(service(late)).findings
    assert "agent" not in other.data
