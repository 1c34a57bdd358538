"""Did this caller call? Written any way, one digit off, withheld, elsewhere; and what became of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from calltrace.diagnosis.caller import HIDDEN, asked_for, is_from, is_hidden, slips
from calltrace.diagnosis.checks import caller_search
from calltrace.diagnosis.diagnose import diagnose
from calltrace.diagnosis.evidence import Evidence, Outcome
from calltrace.diagnosis.scene import Question
from calltrace.errors import UsageError
from support import account, at, case, scene

if TYPE_CHECKING:
    from calltrace.tables.case import Case

START, END = at(3, 9), at(3, 11)
HALF_NINE, TEN, WRITTEN = at(3, 9.5), at(3, 10), at(3, 10.05)
CALLER = "+12125550199"


def call(n: int, when: pd.Timestamp = TEN, **values: object) -> dict:
    row = {
        "call_id": f"c{n}",
        "account": "1",
        "ani": CALLER,
        "agent": "A1",
        "offered_at": when,
        "ring_s": 4.0,
        "queue_s": 0.0,
        "hold_s": 0.0,
        "talk_s": 80.0,
        "outcome": "answered",
        "ended_by": "caller",
    }
    return {**row, **values}


def left(n: int, ring_s: float, **values: object) -> dict:
    return call(n, outcome="abandoned", ring_s=ring_s, talk_s=0.0, agent=None, **values)


def stranger(n: int = 9, when: pd.Timestamp = HALF_NINE, **values: object) -> dict:
    return call(n, when, **{"ani": "+12125550300", **values})


def message(call_id: str = "c1", priority: str = "routine", when: pd.Timestamp = WRITTEN) -> dict:
    return {
        "message_id": "M" + call_id,
        "call_id": call_id,
        "account": "1",
        "taken_at": when,
        "agent": "A1",
        "priority": priority,
    }


def ask(built: Case, caller: str = CALLER) -> dict[str, Evidence]:
    found = caller_search.run(scene(built, "1", START, END, "caller-claim", caller=caller))
    assert [e.facet for e in found] == [f.name for f in caller_search.FACETS]
    return {e.facet: e for e in found}


def found_of(evidence: dict[str, Evidence]) -> set[str]:
    return {n for n, e in evidence.items() if e.outcome is Outcome.FOUND}


@pytest.mark.parametrize(
    "written", ["+12125550199", "(212) 555-0199", "1-212-555-0199", "555-0199", "tel:+12125550199"]
)
def test_the_number_is_found_however_it_is_written(written: str) -> None:
    assert "caller-found" in found_of(ask(case([call(1), stranger()]), written))


def test_a_number_said_as_in_its_own_country_is_found() -> None:
    built = case([call(1, ani="+61355547067"), stranger()])
    assert "caller-found" in found_of(ask(built, "03 5554 7067"))
    wrong = ask(built, "03 5554 7076")
    assert found_of(wrong) == {"near-number"}
    assert slips(["+61355547067", "+12355547067"], "03 5554 7076") == ["+61355547067"]


def test_an_extension_matches_only_whole() -> None:
    numbers = pd.Series(["+12125550199", "0199", None], dtype="string")
    assert is_from(numbers, "0199").tolist() == [False, True, False]


def test_a_caller_who_left_at_once_and_one_who_waited() -> None:
    soon = ask(case([left(1, 4), stranger()]))
    assert found_of(soon) == {"caller-found", "caller-hung-up-soon"}
    assert soon["caller-hung-up-soon"].strength == 1.0
    waited = ask(case([left(1, 95), stranger()]))
    assert found_of(waited) == {"caller-found", "caller-left-after-wait"}
    between = ask(case([left(1, 15), stranger()]))  # "some ten seconds" is no sharp line
    assert between["caller-hung-up-soon"].strength == pytest.approx(0.5)
    assert between["caller-left-after-wait"].strength == pytest.approx(0.5)


@pytest.mark.parametrize("queue_s", [None, 0.0])  # no machine picked up, so all of the wait was ringing
def test_a_wait_the_log_does_not_give_is_not_zero_seconds(queue_s: float | None) -> None:
    unknown = ask(case([left(1, 4) | {"ring_s": None, "queue_s": queue_s}, stranger()]))
    for facet in ("caller-hung-up-soon", "caller-left-after-wait"):
        assert unknown[facet].outcome is Outcome.NOT_RUN
        assert unknown[facet].missing == ("calls.ring_s",)
    at_least = ask(case([left(1, 4) | {"ring_s": None, "queue_s": 95.0}, stranger()]))
    assert found_of(at_least) == {"caller-found", "caller-left-after-wait"}


def test_who_got_through_after_hanging_up_was_handled() -> None:
    both = ask(
        case([left(1, 4), call(2, at(3, 10.2)), stranger()], messages=[message("c2", when=at(3, 10.3))])
    )
    assert both["caller-was-handled"].strength == 1.0
    assert both["caller-hung-up-soon"].strength == 0.5


def test_busy_and_announcement_are_told_apart() -> None:
    refused = ask(case([left(1, 0) | {"outcome": "busy"}, stranger()]))
    assert found_of(refused) == {"caller-found", "caller-refused"}
    recorded = ask(case([left(1, 2) | {"outcome": "announcement"}, stranger()]))
    assert found_of(recorded) == {"caller-found", "caller-in-announcement"}


def test_nothing_found_is_clear_and_what_became_of_it_not_run() -> None:
    nothing = ask(case([stranger()]))
    assert found_of(nothing) == set()
    assert nothing["caller-found"].outcome is Outcome.CLEAR
    assert nothing["caller-found"].strength == 1.0
    assert nothing["caller-was-handled"].outcome is Outcome.NOT_RUN


def test_withheld_numbers_and_hiding_logs_weaken_nothing_found() -> None:
    withheld = ask(case([stranger(), stranger(10, ani=None)]))
    assert found_of(withheld) == {"withheld-in-window"}
    assert withheld["caller-found"].strength == pytest.approx(0.8)
    hiding = ask(replace(case([stranger()]), logs_unanswered=False))
    assert hiding["caller-found"].strength == 0.5


def test_one_slip_another_client_and_another_day() -> None:
    assert "near-number" in found_of(ask(case([stranger(ani="+12125550198")])))
    assert "near-number" in found_of(ask(case([stranger(ani="+12125550919")])))  # two digits exchanged
    assert "near-number" not in found_of(ask(case([stranger(ani="+12125550145")])))
    elsewhere = ask(case([stranger(), call(1, account="2")]))
    assert found_of(elsewhere) == {"called-another-account"}
    yesterday = ask(case([stranger(), call(1, at(2, 10))]))
    assert found_of(yesterday) == {"caller-known"}


def test_a_call_near_the_window_bears_less_the_further_it_is() -> None:
    near, further = (
        ask(case([stranger(), call(1, at(3, h))]))["caller-found"].strength for h in (11.25, 12.5)
    )
    assert 1 > near > further > 0


def test_a_call_answered_without_a_message_is_not_handled_where_most_have_one() -> None:
    others, messages = [stranger(9), stranger(10)], [message("c9", when=at(3, 9.5)), message("c10", when=at(3, 9.6))]
    bare = ask(case([call(1), *others], messages=messages))
    assert found_of(bare) == {"caller-found", "caller-answered-no-message"}
    # one message of three calls: this client's calls mostly end without one
    half = ask(case([call(1), *others], messages=messages[:1]))
    assert half["caller-was-handled"].strength == 0.5
    put_through = ask(case([call(1, transferred_to="+12125550777"), *others], messages=messages))
    assert put_through["caller-was-handled"].strength == 0.5
    no_table = ask(case([call(1), stranger()]))
    assert no_table["caller-answered-no-message"].outcome is Outcome.NOT_RUN
    assert no_table["caller-answered-no-message"].missing == ("messages",)
    assert no_table["caller-was-handled"].strength == 0.7


@pytest.mark.parametrize("messages", [[], [message("c9", when=at(3, 9.5))]])
def test_an_agent_who_hangs_up_at_once_or_leaves_the_caller_on_hold_has_not_handled_the_call(messages: list) -> None:
    cut = ask(case([call(1, talk_s=2.0), stranger()], messages=messages))
    assert "caller-was-handled" not in found_of(cut)
    assert "talked 2 s" in cut["caller-was-handled"].says
    held = ask(case([call(1, talk_s=3.0, hold_s=600.0), stranger()], messages=messages))
    assert "caller-was-handled" not in found_of(held)
    assert "on hold for 600 s" in held["caller-was-handled"].says


def test_a_call_handled_in_the_morning_is_no_answer_to_those_lost_in_the_afternoon() -> None:
    morning, taken = call(1, at(3, 9.2)), [message("c1", when=at(3, 9.3))]
    lost = ask(case([morning, left(2, 90) | {"offered_at": at(3, 10.5)}, stranger()], messages=taken))
    assert found_of(lost) == {"caller-found", "caller-left-after-wait"}
    assert "a later call of theirs was lost: Thu 4 Jun 10:30 (c2)" in lost["caller-was-handled"].says
    got_through = ask(case([left(2, 90) | {"offered_at": at(3, 9.1)}, morning, stranger()], messages=taken))
    assert "caller-was-handled" in found_of(got_through)
    hung_up = ask(case([morning, left(2, 4) | {"offered_at": at(3, 10.5)}, stranger()], messages=taken))
    assert "caller-was-handled" in found_of(hung_up)


def test_who_hung_up_at_once_and_then_waited_in_vain_did_wait() -> None:
    both = ask(case([left(1, 4), left(2, 240) | {"offered_at": at(3, 10.9)}, stranger()]))
    assert found_of(both) == {"caller-found", "caller-left-after-wait"}
    assert both["caller-hung-up-soon"].observed == 1.0
    assert both["caller-left-after-wait"].strength == 1.0


def test_a_call_that_was_cut_was_not_refused() -> None:
    cut = ask(case([left(1, 20) | {"outcome": "failed"}, stranger()]))
    assert found_of(cut) == {"caller-found", "caller-cut"}


def test_where_no_call_is_found_the_nearest_one_and_another_clients_are_told() -> None:
    nothing = ask(case([stranger(), call(1, at(1, 10)), call(2, at(2, 15)), call(3, account="2")]))
    says = nothing["caller-found"].says
    assert "the nearest to this account was Wed 3 Jun 15:00 (c2, answered)" in says
    assert "called another client's line Thu 4 Jun 10:00 (c3)" in says


def test_an_urgent_message_gone_astray_is_not_handled() -> None:
    late = {
        "message_id": "Mc1",
        "attempted_at": at(3, 11),
        "method": "sms",
        "recipient": "Reyes",
        "address": "+12125551111",
        "status": "acknowledged",
    }
    shift = {
        "account": "1",
        "starts_at": at(3),
        "ends_at": at(4),
        "person": "Reyes",
        "contact": "+12125551111",
        "updated_at": at(1),
    }
    tables = {"messages": [message(priority="urgent")], "oncall": [shift], "accounts": [account("1")]}
    assert "caller-was-handled" not in found_of(ask(case([call(1)], dispatch=[late], **tables)))
    in_time = {**late, "attempted_at": at(3, 10.1)}
    assert "caller-was-handled" in found_of(ask(case([call(1)], dispatch=[in_time], **tables)))


def test_messages_of_calls_on_no_record_prove_records_missing() -> None:
    lost = ask(case([stranger()], messages=[message("gone"), message("c9", when=at(3, 9.6))]))
    assert "message-without-call" in found_of(lost)
    assert lost["message-without-call"].observed == 1.0
    assert ask(case([stranger()]))["message-without-call"].outcome is Outcome.NOT_RUN


def test_without_a_number_nothing_is_asked() -> None:
    assert {e.outcome for e in ask(case([stranger()]), caller="").values()} == {Outcome.NOT_RUN}


def test_candidates_are_listed_with_their_lines() -> None:
    listed = ask(case([call(1), stranger()], messages=[message()]))["caller-found"].data["candidates"]
    assert isinstance(listed, list)
    assert [(r["why"], r["call_id"], r["agent"], r["message_id"], r["file"], r["line"]) for r in listed] == [
        ("same number", "c1", "A1", "Mc1", "calls.csv", 2)
    ]


def test_slips_ignore_the_number_itself() -> None:
    assert slips(["+12125550199", "+12125550189"], "212-555-0199") == ["+12125550189"]


@pytest.mark.parametrize("said", ["+12125550301", "212 555 3000", "(212) 550-5300"])
def test_a_number_one_slip_away_is_offered_and_none_found_then_says_less(said: str) -> None:
    """One digit misheard, two neighbours exchanged: stranger() called from +12125550300."""
    found = ask(case([stranger()]), said)
    alone = ask(case([stranger(ani="+13035550300")]), said)
    assert found["near-number"].outcome is Outcome.FOUND
    assert "+12125550300, one slip away" in found["caller-found"].says
    assert found["caller-found"].strength < 0.5 * alone["caller-found"].strength


def test_a_caller_whose_number_was_hidden_is_looked_for_among_calls_without_one() -> None:
    built = case([call(1), stranger(2, ani=None), stranger(3, ani=None, outcome="abandoned")])
    found = ask(built, HIDDEN)
    assert found_of(found) == {"withheld-in-window"}
    first = found["caller-found"]
    assert (first.outcome, first.missing) == (Outcome.NOT_RUN, ("the caller's number",))
    assert "(c2, answered)" in first.says
    assert "(c3, abandoned)" in first.says
    assert [row["why"] for row in first.data["candidates"]] == ["withheld number"] * 2
    assert found["caller-was-handled"].outcome is Outcome.NOT_RUN


def test_hidden_numbers_near_the_window_are_shown_and_none_at_all_says_little() -> None:
    later = ask(case([call(1), stranger(2, END + pd.Timedelta(hours=1), ani=None)]), HIDDEN)
    assert "near the window, not in it" in later["caller-found"].says
    assert found_of(later) == set()
    none = ask(case([call(1)]), HIDDEN)["caller-found"]
    assert (none.outcome, none.strength) == (Outcome.CLEAR, 0.25)


@pytest.mark.parametrize(
    ("said", "number"),
    [
        ("+1 531 555 0135 ext 4", "+1 531 555 0135"),
        ("(531) 555-0135 x4", "(531) 555-0135"),
        ("531.555.0135 Ext. 1204", "531.555.0135"),
        ("5315550135#4", "5315550135"),
        ("５３１５５５０１３５", "5315550135"),
        ("٥٣١٥٥٥٠١٣٥", "5315550135"),
        ("\u202a+1 531‑555‑0135\u202c", "+1 531‐555‐0135"),
        ("sip:+15315550135@carrier.example;user=phone", "+15315550135"),
        ('"Prairie" <5315550135>', "5315550135"),
        ("555-0135", "555-0135"),
        ("ext 204", "204"),
    ],
)
def test_a_number_is_read_however_it_is_written(said: str, number: str) -> None:
    assert asked_for(said) == number


@pytest.mark.parametrize("said", ["anonymous", "Withheld", "PRIVATE", "unknown", "<anonymous>", "sip:anonymous@x.invalid"])
def test_words_for_a_hidden_number(said: str) -> None:
    assert is_hidden(said)
    assert asked_for(said) == HIDDEN


@pytest.mark.parametrize(
    "said",
    ["abc", "531 555 O135", "five three one", "12", " ", "*", "5315550135, 5315550136", "1" * 30, "a@b.example"],
)
def test_what_is_no_number_is_refused_and_told_what_was_expected(said: str) -> None:
    with pytest.raises(UsageError, match="no telephone number; expected one number in digits") as told:
        asked_for(said)
    assert ("Letters" in str(told.value)) == (said == "531 555 O135")


def test_a_number_with_an_extension_finds_the_calls_of_the_number() -> None:
    assert is_from(pd.Series(["+12125550199"], dtype="string"), "+1 212 555 0199 x4").tolist() == [True]


def test_who_reached_another_clients_line_is_not_said_to_have_reached_nobody() -> None:
    question = Question("1", "caller-claim", START, END, caller=CALLER)
    days = [stranger(100 + d, at(d % 20, 9.6)) for d in range(20)]
    answer = diagnose(case([*days, stranger(), call(3, account="2")]), question)
    top = answer.ranked[0]
    assert (top.cause, top.title) == ("no-record-of-call", "no call from that number reached this client's lines")
    assert answer.wording == "inconclusive"
    assert "That number did reach the service, on another client's line: Thu 4 Jun 10:00 (c3), answered." in answer.summary
    assert answer.next_steps[0].startswith("Ask which number was dialled")
    nowhere = diagnose(case([*days, stranger()]), question)
    assert nowhere.ranked[0].title == "no call from that number reached the service"
    assert nowhere.wording != "inconclusive"


def test_a_number_logged_without_its_area_may_be_the_callers_and_is_not_confirmed() -> None:
    days = [stranger(100 + d, at(d % 20, 9.6), ani="5550300") for d in range(20)]
    local = case([*days, call(1, ani="5550199"), stranger(ani="5550301")])
    found = ask(local, "(212) 555-0199")
    assert found_of(found) >= {"caller-found", "caller-was-handled"}
    assert found["caller-found"].strength == pytest.approx(0.5)
    assert [r["why"] for r in found["caller-found"].data["candidates"]] == ["same last digits"]
    answer = diagnose(local, Question("1", "caller-claim", START, END, caller="(212) 555-0199"))
    assert (answer.ranked[0].cause, answer.wording) == ("call-was-handled", "likely")
    assert "That is said of 5550199 (logged without an area code, perhaps (212) 555-0199)" in answer.summary
    said = ask(local, "555-0199")["caller-found"]  # as the log has it
    assert (said.outcome, said.strength) == (Outcome.FOUND, 1.0)


def test_that_a_number_is_in_no_log_without_area_codes_is_not_confirmed() -> None:
    days = [stranger(100 + d, at(d % 20, 9.6), ani="5550300") for d in range(20)]
    question = Question("1", "caller-claim", START, END, caller="212 555 0144")
    answer = diagnose(case([*days, stranger(ani="5550301")]), question)
    assert answer.ranked[0].cause == "no-record-of-call"
    assert answer.wording == "likely"
    assert "2 of those calls stand without an area code" in answer.summary
    assert found_of(ask(case([stranger(ani="5550414")]), "212 555 0144")) == {"near-number"}
    whole = diagnose(case([*[{**d, "ani": "+12125550300"} for d in days], stranger()]), question)
    assert whole.wording == "confirmed"


def test_a_whole_number_goes_before_one_that_ends_so() -> None:
    both = ask(case([call(1), call(2, ani="5550199"), call(3, ani="0199")]))["caller-found"]
    assert (both.observed, both.strength) == (1.0, 1.0)
