"""The board check: one urgent message, every trouble it can have, and what hides each."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from calltrace.diagnosis.board import board, claimed, claims_change
from calltrace.diagnosis.checks import _routine, dispatching
from calltrace.diagnosis.diagnose import diagnose
from calltrace.diagnosis.evidence import Evidence, Outcome
from calltrace.diagnosis.profile import Profile
from calltrace.diagnosis.scene import Question
from calltrace.diagnosis.spoken_change import CLEAR, PERHAPS
from calltrace.report.letter import letter
from calltrace.report.making import report_of
from calltrace.tables.case import Case
from support import account, at, case, scene

TAKEN = at(10, 9.0)
START, END = at(10, 8.0), at(10, 11.0)
CALLER = "+12125550199"


def minutes(n: float) -> pd.Timedelta:
    return pd.Timedelta(minutes=n)


def attempt(
    after: float, status: str = "acknowledged", who: str = "Reyes", number: str = "+12125551111"
) -> dict:
    return {
        "message_id": "M1",
        "attempted_at": TAKEN + minutes(after),
        "method": "sms",
        "recipient": who,
        "address": number,
        "status": status,
    }


def shift(
    person: str = "Reyes", contact: str = "+12125551111", updated_at: pd.Timestamp | None = None
) -> dict:
    return {
        "account": "1",
        "starts_at": at(10, 8.0),
        "ends_at": at(11, 8.0),
        "person": person,
        "contact": contact,
        "updated_at": at(7) if updated_at is None else updated_at,
        "updated_by": "portal",
    }


def others(status: str = "acknowledged") -> tuple[list[dict], list[dict]]:
    """Another client's urgent messages before, during and after, so that the logs cover the time."""
    hours = (-48, -1, -0.5, 0.5, 1, 48)
    messages = [
        {
            "message_id": f"O{n}",
            "call_id": f"o{n}",
            "account": "2",
            "taken_at": TAKEN + minutes(60 * h),
            "agent": "A2",
            "priority": "urgent",
        }
        for n, h in enumerate(hours)
    ]
    tries = [
        {
            "message_id": m["message_id"],
            "attempted_at": m["taken_at"] + minutes(1),
            "method": "sms",
            "recipient": "Osei",
            "address": "+12125552222",
            "status": status,
        }
        for m in messages
    ]
    return messages, tries


def build(
    attempts: list[dict], roster: list[dict] | None = None, priority: str = "urgent", limit: object = 15
) -> Case:
    call = {
        "call_id": "c1",
        "account": "1",
        "ani": CALLER,
        "agent": "A1",
        "offered_at": TAKEN - minutes(2),
        "outcome": "answered",
        "ring_s": 4.0,
        "talk_s": 90.0,
        "ended_by": "caller",
    }
    message = {
        "message_id": "M1",
        "call_id": "c1",
        "account": "1",
        "taken_at": TAKEN,
        "agent": "A1",
        "priority": priority,
    }
    messages, tries = others()
    tables = {
        "messages": [message, *messages],
        "dispatch": [*attempts, *tries],
        "oncall": [shift()] if roster is None else roster,
        "accounts": [account("1", dispatch_within_min=limit), account("2")],
    }
    if not tables["oncall"]:
        del tables["oncall"]
    return case([call], **tables)


def ask(built: Case, claim: str = "", caller: str = CALLER) -> dict[str, Evidence]:
    found = dispatching.run(scene(built, "1", START, END, "dispatch", caller=caller, claim=claim))
    assert [e.facet for e in found] == [f.name for f in dispatching.FACETS]
    return {e.facet: e for e in found}


def troubles(evidence: dict[str, Evidence]) -> list[str]:
    return [n for n, e in evidence.items() if e.outcome is Outcome.FOUND and n != "urgent-message-taken"]


def test_every_trouble_alone() -> None:
    assert troubles(ask(build([attempt(3)]))) == ["message-handled"]
    assert troubles(ask(build([]))) == ["message-not-dispatched"]
    assert troubles(ask(build([attempt(16)]))) == ["first-attempt-late"]
    assert troubles(ask(build([attempt(3, who="Haas", number="+12125553333")]))) == [
        "delivered-to-wrong-person"
    ]
    later = [shift("Haas", "+12125553333", updated_at=TAKEN + minutes(200))]
    assert troubles(ask(build([attempt(3)], later))) == ["roster-changed-later"]
    assert troubles(ask(build([attempt(3, "failed"), attempt(6, "bounced")]))) == ["delivery-all-failed"]
    assert troubles(ask(build([attempt(3, "failed"), attempt(6, "no_answer")]))) == ["delivery-unanswered"]


def test_the_first_trouble_of_the_list_wins() -> None:
    wrong = {"who": "Haas", "number": "+12125553333"}
    assert troubles(ask(build([attempt(16, "failed", **wrong)]))) == ["first-attempt-late"]
    assert troubles(ask(build([attempt(3, "failed", **wrong)]))) == ["delivered-to-wrong-person"]
    later = [shift("Haas", "+12125553333", updated_at=TAKEN + minutes(200))]
    assert troubles(ask(build([attempt(3, "failed")], later))) == ["roster-changed-later"]


def test_an_attempt_at_the_limit_is_in_time() -> None:
    assert troubles(ask(build([attempt(15)]))) == ["message-handled"]
    late = ask(build([attempt(15.2)]))["first-attempt-late"]
    assert late.outcome is Outcome.FOUND
    assert 0.5 < late.strength < 0.6  # a clock apart, it might not be late


def test_an_account_without_a_limit_is_held_to_the_profiles_and_bears_less() -> None:
    assert ask(build([attempt(15)], limit=None))["first-attempt-late"].outcome is Outcome.CLEAR
    late = ask(build([attempt(36)], limit=None))["first-attempt-late"]
    assert (late.outcome, late.expected) == (Outcome.FOUND, 20.0)
    assert late.strength == pytest.approx(0.6)


def test_the_same_person_written_otherwise_is_the_right_one() -> None:
    assert troubles(ask(build([attempt(3, who="dr. reyes", number="pager 7")]))) == ["message-handled"]
    assert troubles(ask(build([attempt(3, who="R.", number="(212) 555-1111")]))) == ["message-handled"]


def test_an_escalation_after_the_right_person_bears_less() -> None:
    tries = [attempt(3, "no_answer"), attempt(8, who="Haas", number="+12125553333")]
    found = ask(build(tries))["delivered-to-wrong-person"]
    assert found.outcome is Outcome.FOUND
    assert found.strength == pytest.approx(0.5)


def test_a_change_nobody_recorded_is_known_from_the_claim_only() -> None:
    built = build([attempt(3)])
    found = ask(built, claim="we had changed the on-call person that morning")
    assert troubles(found) == ["change-never-recorded"]
    assert troubles(ask(built, claim="the wrong person was called")) == ["message-handled"]
    # a change that is on record is no unrecorded one, whatever is claimed
    later = [shift("Haas", "+12125553333", updated_at=TAKEN + minutes(200))]
    assert troubles(ask(build([attempt(3)], later), claim="on-call was changed")) == ["roster-changed-later"]


NEXT_WEEK = {"starts_at": at(17, 8.0), "ends_at": at(18, 8.0)}


@pytest.mark.parametrize(
    ("claim", "said"),
    [
        ("Haas was on call that day, we told you, but you rang Reyes", CLEAR),
        ("Haas was covering for Reyes that night, your people have known since Monday", CLEAR),
        ("we emailed you the new schedule on Monday", CLEAR),
        ("you called the wrong doctor, Haas had swapped with Reyes", CLEAR),
        ("haas filled in for reyes", CLEAR),
        ("We told you to ring Dr. Haas", PERHAPS),
        ("It was Haas you should have called instead", PERHAPS),
        ("Reyes was on call and never got it", 0.0),  # as the roster has it
        ("Haas says the caller waited for hours", 0.0),
        ("the wrong doctor was called", 0.0),  # whom else is not said
        ("", 0.0),
    ],
)
def test_a_change_is_spoken_of_by_names_of_the_roster_too(claim: str, said: float) -> None:
    """Reyes was on call and got it in time; Dr. Haas is on the roster for another week."""
    built = build([attempt(3)], [shift(), shift("Dr. Haas", "+12125553333") | NEXT_WEEK])
    found = ask(built, claim=claim)
    missing, handled = found["change-never-recorded"], found["message-handled"]
    assert (missing.strength if missing.outcome is Outcome.FOUND else 0.0) == pytest.approx(said)
    assert (handled.outcome is Outcome.FOUND) == (said != CLEAR)
    if said == PERHAPS:
        assert "seems to speak" in missing.says
        assert handled.strength == pytest.approx(0.4)
    # whoever was rung in error is the service's, whatever is claimed
    wrong = build([attempt(3, who="Dr. Haas", number="+12125553333")])
    assert troubles(ask(wrong, claim=claim)) == ["delivered-to-wrong-person"]


def test_no_roster_leaves_the_person_open() -> None:
    found = ask(build([attempt(3)], []))
    for name in ("delivered-to-wrong-person", "roster-changed-later", "change-never-recorded"):
        assert found[name].outcome is Outcome.NOT_RUN
        assert found[name].missing == ("oncall",)
    assert found["message-handled"].outcome is Outcome.FOUND
    assert found["message-handled"].strength < 1


def test_a_roster_with_a_gap_is_no_wrong_person() -> None:
    gap = [{**shift(), "starts_at": at(9), "ends_at": at(9, 8)}]
    assert ask(build([attempt(3)], gap))["delivered-to-wrong-person"].outcome is Outcome.NOT_RUN


def test_no_dispatch_log_is_never_read_as_not_dispatched() -> None:
    found = ask(build([]).without("dispatch"))
    assert {e.outcome for n, e in found.items() if n != "urgent-message-taken"} == {Outcome.NOT_RUN}
    assert found["message-not-dispatched"].missing == ("dispatch",)


def test_a_message_not_yet_due_when_the_records_end_is_not_undispatched() -> None:
    built = build([])
    early = built.table("dispatch")
    messages = built.table("messages")
    tables = {
        **built.tables,
        "dispatch": early[early["attempted_at"] < TAKEN],
        "messages": messages[messages["taken_at"] <= TAKEN],
    }
    found = ask(Case(tables, zone="UTC"))
    assert found["message-not-dispatched"].outcome is Outcome.NOT_RUN
    assert found["message-handled"].outcome is Outcome.NOT_RUN


def test_where_nobodys_message_was_dispatched_the_log_is_doubted() -> None:
    built = build([])
    dispatch = built.table("dispatch")
    near = (dispatch["attempted_at"] - TAKEN).abs() < minutes(180)
    found = ask(Case({**built.tables, "dispatch": dispatch[~near]}, zone="UTC"))["message-not-dispatched"]
    assert found.outcome is Outcome.FOUND
    assert found.strength == pytest.approx(0.3)
    assert ask(built)["message-not-dispatched"].strength == 1.0


def test_a_routine_message_has_no_limit_and_no_roster() -> None:
    found = ask(
        build([attempt(50, "delivered", who="office", number="office@x.example")], priority="routine")
    )
    assert troubles(found) == ["message-handled"]
    assert found["urgent-message-taken"].outcome is Outcome.CLEAR


def test_another_callers_message_bears_less_than_the_callers_own() -> None:
    found = ask(build([attempt(16)]), caller="+12125550000")
    assert found["urgent-message-taken"].outcome is Outcome.CLEAR
    assert found["first-attempt-late"].strength == pytest.approx(0.4 * 0.5 + 0.4 * 0.5 * 0.5)


def test_no_message_leaves_everything_open() -> None:
    found = {e.facet: e for e in dispatching.run(scene(build([attempt(3)]), "1", at(12), at(13), "dispatch"))}
    assert found["urgent-message-taken"].outcome is Outcome.CLEAR
    assert found["message-not-dispatched"].outcome is Outcome.NOT_RUN


def test_figures_lead_back_to_lines() -> None:
    found = ask(build([attempt(16)]))["first-attempt-late"]
    assert [(e.id, str(e.at)) for e in found.examples] == [("M1", "messages.csv:2"), ("M1", "dispatch.csv:2")]
    listed = found.data["messages"]
    assert isinstance(listed, list)
    assert (listed[0]["recipient"], listed[0]["on_call"], listed[0]["state"]) == ("Reyes", "Reyes", "late")


@given(st.permutations(range(4)))
def test_the_order_of_rows_changes_nothing(order: list[int]) -> None:
    tries = [attempt(3, "no_answer"), attempt(5, "failed"), attempt(7), attempt(9, who="Haas", number="5")]
    built = build([tries[i] for i in order])
    messages = built.table("messages")
    state = board(built, messages[messages["message_id"] == "M1"], Profile())["state"]
    assert state.tolist() == ["handled"]


@pytest.mark.parametrize(
    ("claim", "hints"),
    [
        ("the message came far too late", ("late",)),
        ("the wrong doctor was paged", ("wrong-person",)),
        ("nobody reached the nurse", ("not-dispatched",)),
        ("we swapped shifts at noon and told you", ("changed-later",)),
        ("", ()),
    ],
)
def test_a_claims_words_are_hints(claim: str, hints: tuple[str, ...]) -> None:
    assert claimed(claim) == hints


def test_speaking_of_the_on_call_person_is_no_change_of_it() -> None:
    assert not claims_change("the wrong on-call person was called")
    assert claims_change("the on-call schedule was updated before the call")


def beside(number: str, *, updated_at: pd.Timestamp, usual: str = "+12125553333") -> Case:
    """M1 went to Reyes' old number; six messages of the days before went to Haas, whom the roster gives 3333, at ``usual``."""
    built = build([attempt(3)], [shift("Reyes", number, updated_at=updated_at)])
    tables = {name: built.table(name).to_dict("records") for name in ("messages", "dispatch", "oncall", "accounts")}
    for day in range(3, 9):
        taken = at(day, 9)
        tables["oncall"].append(shift("Haas", "+12125553333", updated_at=at(1)) | {"starts_at": at(day), "ends_at": at(day + 1)})
        tables["messages"].append(tables["messages"][0] | {"message_id": f"H{day}", "call_id": f"h{day}", "taken_at": taken})
        tables["dispatch"].append(attempt(0, who="Haas", number=usual) | {"message_id": f"H{day}", "attempted_at": taken})
    return case(built.calls.to_dict("records"), **tables)


def test_the_right_person_at_a_number_the_roster_no_longer_gives_is_not_handled() -> None:
    found = ask(beside("+12125559999", updated_at=at(9)))
    assert troubles(found) == ["sent-to-other-address"]
    assert "Reyes (+12125551111)" in found["sent-to-other-address"].says
    assert "gives +12125559999 for that person" in found["sent-to-other-address"].says
    question = Question("1", "dispatch", START, END, caller=CALLER)
    answer = diagnose(beside("+12125559999", updated_at=at(9)), question)
    assert answer.wording == "inconclusive"
    assert answer.ranked[0].cause == "dispatched-to-wrong-person"
    assert "+12125559999" in answer.summary
    assert answer.next_steps[0].startswith("Ask whose +12125551111 is")


def test_another_number_is_nothing_amiss_where_the_roster_is_not_what_is_dialled() -> None:
    pagers = ask(beside("+12125559999", updated_at=at(9), usual="+12125554444"))
    assert troubles(pagers) == ["message-handled"]
    assert pagers["message-handled"].strength == pytest.approx(0.6)  # whose the number is, no record says
    assert troubles(ask(beside("+12125559999", updated_at=TAKEN + minutes(60)))) == ["message-handled"]
    assert troubles(ask(beside("reyes@example.com", updated_at=at(9)))) == ["message-handled"]


def test_messages_nobody_took_are_not_told_as_handled_and_ask_for_another_way() -> None:
    answer = diagnose(build([attempt(3, "no_answer"), attempt(6, "no_answer")]), Question("1", "dispatch", START, END))
    assert answer.wording == "inconclusive"
    assert "2 rang without an answer" in answer.summary
    assert answer.next_steps[0].startswith("Ask whether that number rings with the person on call")
    assert not any("message and delivery" in step for step in answer.next_steps)


def routine(*, sent_before: bool = True, sent_now: bool = False) -> Case:
    """M1 was handled; beside it forty routine messages of the days before and twelve of its hours, of accounts 1 and 2 each."""
    built = build([attempt(3)])
    tables = {name: built.table(name).to_dict("records") for name in ("messages", "dispatch", "oncall", "accounts")}
    for n in range(104):
        of, which = str(1 + n % 2), n // 2
        taken = at(2, 4.0 * which) if which < 40 else START + minutes(10.0 * (which - 40))
        sent = of == "2" or (sent_before if which < 40 else sent_now)
        tables["messages"].append({"message_id": f"R{n}", "call_id": f"r{n}", "account": of, "taken_at": taken,
                                   "agent": "A1", "priority": "routine"})
        if sent:
            tables["dispatch"].append(attempt(0) | {"message_id": f"R{n}", "attempted_at": taken + minutes(5), "method": "email"})
    return case(built.calls.to_dict("records"), **tables)


def left(*, lost_before: int = 0, log_silent: bool = False) -> Case:
    """M1 was handled; of 20 routine messages of each of the seven days before and 20 of its own, one of its own was not sent."""
    built = build([attempt(3)])
    tables = {name: built.table(name).to_dict("records") for name in ("messages", "dispatch", "oncall", "accounts")}
    for n in range(160):
        taken = at(3 + n // 20, 8.0 + n % 20 / 10)
        for of in "12":
            tables["messages"].append({"message_id": f"{of}R{n}", "call_id": f"{of}r{n}", "account": of, "taken_at": taken,
                                       "agent": "A1", "priority": "routine"})
            lost = n < lost_before or n == 150 or (log_silent and n >= 140 and of == "2")
            if not lost or (of == "2" and not log_silent):
                tables["dispatch"].append(
                    attempt(0) | {"message_id": f"{of}R{n}", "attempted_at": taken + minutes(5), "method": "email"})
    return case(built.calls.to_dict("records"), **tables)


def test_one_routine_message_that_was_left_is_told_where_all_are_sent() -> None:
    question = Question("1", "dispatch", START, END)
    answer = diagnose(left(), question)
    found = next(e for e in answer.evidence if e.facet == "routine-not-sent")
    assert (found.outcome, found.data["unsent"]) == (Outcome.FOUND, 1)
    assert answer.wording == "inconclusive"
    assert "Message 1R150, taken" in answer.summary
    assert "has no attempt to deliver it, 1 of 20 routine messages of that time" in answer.summary
    assert "send those that did not go out" in answer.next_steps[0]
    for usual in (left(lost_before=7), left(log_silent=True)):  # where some always are left, and where nobody's are logged
        assert diagnose(usual, question).wording == "confirmed"


def test_routine_messages_that_no_longer_go_out_are_told_beside_urgent_ones_that_do() -> None:
    question = Question("1", "dispatch", START, END)
    answer = diagnose(routine(), question)
    found = next(e for e in answer.evidence if e.facet == "routine-not-sent")
    assert (found.outcome, found.data["unsent"], found.data["due"]) == (Outcome.FOUND, 12, 12)
    assert answer.wording == "inconclusive"
    assert "12 of 12 routine messages of that time have no attempt" in answer.summary
    assert answer.next_steps[0].startswith("Look up where this account's routine messages are to go")
    for usual in (routine(sent_now=True), routine(sent_before=False)):
        sent = diagnose(usual, question)
        assert (sent.ranked[0].cause, sent.wording) != ("call-was-handled", "inconclusive")


def test_when_messages_were_first_tried_is_looked_up_once_for_all_accounts_of_one_time() -> None:
    logs = routine()
    last = logs.table("dispatch")["attempted_at"].max()
    found = _routine._first_at(logs, last)
    assert _routine._first_at(logs, last) is found
    before = _routine._first_at(logs, TAKEN)
    assert len(before) < len(found)
    tried = logs.table("dispatch").set_index("message_id")["attempted_at"]
    assert all(found[one] == tried[[one]].min() for one in found.index)


def test_a_caller_nobody_answered_left_no_message_and_no_other_callers_is_theirs() -> None:
    built = build([attempt(3)])
    tables = {name: built.table(name).to_dict("records") for name in ("messages", "dispatch", "oncall", "accounts")}
    gave_up = {"call_id": "c9", "account": "1", "ani": "+12125550177", "offered_at": TAKEN - minutes(20), "outcome": "abandoned",
               "ring_s": 5.0, "queue_s": 26.0, "ended_by": "caller"}
    calls = built.calls.to_dict("records")
    question = Question("1", "dispatch", START, END, caller="+12125550177")
    answer = diagnose(case([*calls, gave_up], **tables), question)
    assert answer.ranked == ()
    assert "(c9) was left by the caller after 31 s: nobody answered it, so no message was taken." in answer.summary
    assert answer.next_steps[0].startswith("Ask why nobody answered that call")
    text = " ".join(letter(report_of(answer, command="investigate")).paper.as_text.split())
    assert "the caller waited 31 seconds and left before an operator answered" in text
    assert "No message could be taken of it" in text
    later = {**gave_up, "call_id": "c10", "offered_at": TAKEN, "outcome": "answered", "agent": "A1", "talk_s": 60.0}
    answered = diagnose(case([*calls, gave_up, later], **tables), question)
    assert "nobody answered" not in answered.summary
