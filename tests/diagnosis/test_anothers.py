"""Two clients whose numbers were exchanged in the switch's tables: the calls and messages of each stand under the other."""

from __future__ import annotations

import pytest

from calltrace.diagnosis.audit.run import audit_case
from calltrace.diagnosis.diagnose import diagnose
from calltrace.diagnosis.diagnosis import Diagnosis
from calltrace.tables.case import Case
from support import account, at, case, scene, steady

SWAPPED = at(21)
OTHER = {"1": "2", "2": "1"}
ON_CALL = {"1": "Reyes", "2": "Nowak"}
URGENT = 24
"""One call in so many leaves an urgent message."""


def service(*, ever: bool = False, number: bool = True) -> Case:
    """Accounts 1 and 2, a call an hour each; from :data:`SWAPPED` on (``ever``: always) booked to each other.

    Each message goes to whom the client that was called has on call. Without ``number`` the records have not which number was
    dialled.
    """
    rows, messages, tries = [], [], []
    for who, other in OTHER.items():
        for place, row in enumerate(steady(who, every_min=60, days=28, offset_min=int(who))):
            begun = row["offered_at"]
            if ever or begun >= SWAPPED:  # type: ignore[operator]
                row["account"] = other
            if not number:
                row["dnis"] = None
            rows.append(row | ({"outcome": "abandoned", "agent": None} if place % 10 == 5 else {}))
            if place % URGENT == 12:
                name = f"M{row['call_id']}"
                messages.append({
                    "message_id": name, "call_id": row["call_id"], "account": row["account"], "taken_at": begun, "agent": "A1",
                    "priority": "urgent"})
                tries.append({
                    "message_id": name, "attempted_at": begun, "method": "sms", "recipient": ON_CALL[who],
                    "address": f"+1212555111{who}", "status": "acknowledged"})
    roster = [{"account": who, "starts_at": at(0), "ends_at": at(28), "person": person, "contact": f"+1212555111{who}",
               "updated_at": at(0), "updated_by": "portal"} for who, person in ON_CALL.items()]
    return case(rows, accounts=[account("1"), account("2")], messages=messages, dispatch=tries, oncall=roster)


def ask(found: Case, complaint: str) -> Diagnosis:
    return diagnose(found, scene(found, "1", at(22), at(24), complaint).question)


@pytest.mark.parametrize(("complaint", "cause", "says"), [
    ("missed-calls", "within-normal", "48 of the 48 calls that stand under this account were made to +12125550002, which the"),
    ("dispatch", "dispatched-to-wrong-person", "the calls of 2 of 2 that went to somebody else were made to +12125550002, which"),
])
def test_of_calls_to_anothers_number_nothing_is_said_with_certainty(complaint: str, cause: str, says: str) -> None:
    answer = ask(service(), complaint)
    assert (answer.ranked[0].cause, answer.wording) == (cause, "inconclusive")
    assert says in answer.summary
    assert answer.next_steps[0].startswith("Look up whose number it is, and since when: +12125550002, which the accounts table")


@pytest.mark.parametrize("complaint", ["missed-calls", "dispatch"])
def test_without_the_number_dialled_it_is_as_the_accounts_say(complaint: str) -> None:
    assert ask(service(number=False), complaint).wording != "inconclusive"


def test_a_number_that_always_stood_under_the_account_is_shared() -> None:
    assert ask(service(ever=True), "missed-calls").wording != "inconclusive"


def test_an_audit_tells_such_messages_as_doubtful() -> None:
    found = audit_case(service(), start=at(22), end=at(23), now=at(24), charts=False, checks=["dispatch"])
    assert {(f.account, f.cause, f.wording) for f in found.findings} == {
        (who, "dispatched-to-wrong-person", "inconclusive") for who in OTHER}
    assert all("by that client's roster they may have gone to the right person" in f.summary for f in found.findings)
