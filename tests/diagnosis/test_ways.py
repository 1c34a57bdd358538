"""A way of sending that failed for many clients at once: one incident of that way, and no client's own number."""

from __future__ import annotations

import pandas as pd

from calltrace.diagnosis import ways
from calltrace.diagnosis.audit.ground import Ground
from calltrace.diagnosis.audit.judge import judge
from calltrace.diagnosis.audit.screens import dispatch
from calltrace.diagnosis.diagnose import diagnose
from calltrace.diagnosis.profile import Profile
from calltrace.diagnosis.scene import Question
from calltrace.report.letter import letter
from calltrace.report.making import report_of
from calltrace.tables.case import Case
from support import account, at, case, steady, urgent

Rows = list[dict[str, object]]
Fails = frozenset[tuple[str, int, int]]
ACCOUNTS = [str(k) for k in range(1, 7)]


def service(
    failed: Fails, *, method: str = "sms", one_pager: bool = False, fresh: bool = False,
) -> Case:
    """Six accounts, an urgent message of each every four hours for a fortnight, by text and on even days by page.

    ``failed`` are the (account, day, hour) whose attempt by ``method`` failed; ``one_pager`` gives all accounts the same
    address, ``fresh`` none that was reached another time. Mail of the first four goes to one provider.
    """
    calls: Rows = [row for k in ACCOUNTS for row in steady(k, every_min=240, days=14, offset_min=float(k))]
    messages: Rows = []
    tries: Rows = []
    for message, day, hour in urgent(ACCOUNTS):
        messages.append(message)
        k, by = str(message["account"]), method if hour % 8 == 0 else "page"
        to = f"+1212555{0 if one_pager else int(k):04d}"
        if by == "email":
            to = f"{hour}.{k}@{'mail' if k < '5' else k}.example"
        bad = by == method and (k, day, hour) in failed
        if bad and fresh:
            to = f"+1312555{len(tries):04d}"
        tries.append({"message_id": message["message_id"], "status": "failed" if bad else "delivered", "method": by,
                      "address": to, "recipient": "Ames", "attempted_at": message["taken_at"] + pd.Timedelta(minutes=2)})
    return case(calls, accounts=[account(k) for k in ACCOUNTS], messages=messages, dispatch=tries)


NIGHT: Fails = frozenset((k, 9, h) for k in "12345" for h in (8, 16))


def told(records: Case) -> list[str | None]:
    """Whose the candidates of the dispatch screen are, None for many clients'."""
    return sorted((c.account for c in dispatch.run(Ground(records, at(9), at(10), Profile()), [])), key=str)


def test_texts_that_failed_for_many_are_one_trouble_of_that_way_with_the_accounts_it_hit() -> None:
    ground = Ground(service(NIGHT), at(9), at(10), Profile())
    (of_all,) = (c for c in dispatch.run(ground, []) if c.account is None)
    one = judge(ground, of_all)
    assert one is not None
    assert (one.account, one.cause, one.party, one.harmed) == (None, "delivery-failed", "carrier", 10.0)
    assert [h.account for h in one.also_affected] == ["1", "2", "3", "4", "5"]
    assert one.summary.startswith(
        "10 urgent messages of 5 accounts could not be delivered. 10 of 11 messages tried by sms failed, for 5 accounts; of 6"
        " tried another way none did. It was the sending by sms, and no client's own number")
    assert one.wording == "likely"  # whether the carrier's or the service's own gateway the records do not show
    assert "gateway" in one.next_steps[0]


def test_the_clients_own_number_is_not_what_the_answer_and_the_letter_name() -> None:
    answer = diagnose(service(NIGHT), Question("1", "dispatch", at(9, 7), at(9, 10)))
    assert (answer.ranked[0].cause, answer.wording) == ("delivery-failed", "likely")
    assert answer.ranked[0].probability == 0.85
    assert "10 of 11 messages tried by sms failed, for 5 accounts" in answer.summary
    assert [h.account for h in answer.also_affected] == ["2", "3", "4", "5"]
    assert not any("Test the address" in s for s in answer.next_steps)
    written = letter(report_of(answer, command="investigate"))
    text = " ".join(written.paper.as_text.split())
    assert "by text message, to the person on call, and it could not be delivered. Nothing points to your number" in text
    assert "did not accept it" not in text
    assert written.bans == ()


def test_a_message_that_failed_alone_is_still_its_address() -> None:
    alone = service(frozenset({("1", 9, 8), ("2", 9, 16)}))
    answer = diagnose(alone, Question("1", "dispatch", at(9, 7), at(9, 10)))
    assert (answer.ranked[0].cause, answer.wording, answer.also_affected) == ("delivery-failed", "confirmed", ())
    assert told(alone) == ["1", "2"]


def test_one_dead_pager_of_many_clients_is_one_pager() -> None:
    assert told(service(NIGHT, one_pager=True)) == ["1", "2", "3", "4", "5"]


def test_numbers_that_were_never_reached_are_no_witness_of_the_way() -> None:
    assert told(service(NIGHT, fresh=True)) == ["1", "2", "3", "4", "5"]


def test_failures_as_many_as_on_any_day_are_nothing_in_common() -> None:
    often = frozenset((k, d, h) for d in range(14) for h in (0, 8, 16) for k in "123456" if (int(k) + d + h // 8) % 3 == 0)
    assert ways.downs(service(often), pd.Series([at(9, 8)]), None) == []


def test_mail_to_one_provider_that_failed_is_that_providers() -> None:
    records = service(frozenset((k, 9, h) for k in "1234" for h in (0, 8, 16)), method="email")
    (down,) = ways.downs(records, pd.Series([at(9, 8)]), None)
    assert (down.domain, down.failed, down.tried) == ("mail.example", 12, 12)
    answer = diagnose(records, Question("1", "dispatch", at(9, 7), at(9, 10)))
    assert answer.wording == "confirmed"  # what sends for the service worked: its other mail arrived
    assert "It was that provider's mail" in answer.summary


def test_what_comes_after_the_asking_is_not_known() -> None:
    early = ways.downs(service(NIGHT), pd.Series([at(9, 8)]), at(9, 9))
    assert [d.tried for d in early] == [5]
