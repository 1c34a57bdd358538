"""A client whose calls came in on a number that no row of the accounts table has, for two days. Four weeks."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from calltrace.diagnosis import nobodys
from calltrace.diagnosis.audit.run import audit_case
from calltrace.diagnosis.diagnose import diagnose
from calltrace.diagnosis.diagnosis import Diagnosis, Ranked
from calltrace.intake import strangers
from calltrace.tables.case import Case
from calltrace.tables.masking import Masker
from support import account, at, case, scene, steady

SILENT = (at(22), at(24))
NEW = "+13125550142"


def service(*, new: float = 1.0, always: bool = False, listed: bool = True) -> Case:
    """Account 1 an hour's call, but for the silence, in which its part ``new`` comes in on another number; 2 and 3 as ever.

    The number may ring at all times (``always``).
    """
    rows = []
    for who, every in (("1", 60), ("2", 40), ("3", 50)):
        for place, row in enumerate(steady(who, every_min=every, days=28, offset_min=int(who))):
            row["ani"] = f"+1312556{place:04d}"  # nobody calls twice
            if who == "1" and SILENT[0] <= row["offered_at"] < SILENT[1]:  # type: ignore[operator]
                if place % 10 >= new * 10:
                    continue
                row |= {"account": NEW, "dnis": NEW}
            rows.append(row)
    if always:
        rows += [row | {"account": NEW, "dnis": NEW} for row in steady("9", every_min=60, days=28, offset_min=7)]
    for row in rows[::10]:
        row |= {"outcome": "abandoned", "agent": None}
    more = [] if listed else [account("4", numbers=None)]
    return case(rows, accounts=[account("1"), account("2"), account("3"), *more])


def ask(found: Case) -> Diagnosis:
    return diagnose(found, scene(found, "1", *SILENT).question)


def test_whose_calls_came_in_on_an_unknown_number_is_not_said_to_have_kept_its_lines() -> None:
    answer = ask(service())
    assert (answer.ranked, answer.wording) == ((), "inconclusive")
    assert answer.summary == (
        "Client 1: its calls seem to have come in on a number that no row of the accounts table has. +13125550142, which no row"
        " of the accounts table has, took 48 calls in that time and hardly any at others; 49 calls usually come to 1.")
    assert answer.next_steps[0].startswith("Ask 1, and whoever sets up numbers at the switch, whether +13125550142 is theirs")
    hidden = Masker().learn(answer.case)
    assert hidden.text(answer.next_steps[0], free=True) == answer.next_steps[0], "it is a client's number, and to be asked about"


@pytest.mark.parametrize("found", [service(new=0.2), service(new=0.0, always=True), service(new=0.0)])
def test_a_few_calls_or_a_number_that_rings_at_all_times_clear_nobody(found: Case) -> None:
    assert ask(found).ranked[0].cause == "number-down"


def test_a_table_that_lacks_most_numbers_is_only_short_and_clears_nobody() -> None:
    """Of many numbers some ring by chance in any silence."""
    more = [f"+1312777{k:04d}" for k in range(nobodys.NAMED)]
    rows = [row | {"account": number, "dnis": number} for number in more for row in steady("9", every_min=600, days=28)]
    found = service()
    many = replace(found, tables={**found.tables, "calls": case([*found.calls.to_dict("records"), *rows]).calls}, cache={})
    assert len(nobodys.numbers(many)) == nobodys.NAMED + 1
    assert ask(many).ranked


def test_a_table_is_needed_and_a_listed_number_is_somebodys() -> None:
    found = service()
    assert nobodys.numbers(found) == (NEW,)
    assert nobodys.numbers(found.without("accounts")) == ()
    table = pd.concat([found.table("accounts"), pd.DataFrame([account("9", numbers=NEW)])], ignore_index=True)
    assert nobodys.numbers(Case(found.tables | {"accounts": table}, zone="UTC")) == ()


@pytest.mark.parametrize(("cause", "party", "always", "doubted"), [
    ("lines-not-forwarded", "client", True, True), ("lines-not-forwarded", "client", False, False),
    ("number-down", "carrier", True, False)])
def test_what_rang_meanwhile_is_said_and_nothing_confirmed(cause: str, party: str, always: bool, doubted: bool) -> None:
    asked = scene(service(new=0.0, always=always), "1", *SILENT)
    ranked = (Ranked(cause, "", party, 0.98, (), (), ()),)
    assert nobodys.at_most_likely(asked, "confirmed", ranked) == ("likely" if doubted else "confirmed")
    said = f" {NEW}, which no row of the accounts table has, rang in that time: ask whether it is this client's."
    assert nobodys.besides(asked, ranked) == (said if doubted else "")


def test_an_audit_tells_it_and_accuses_nobody() -> None:
    found = audit_case(service(), start=at(22), end=at(24), now=at(24), charts=False)
    assert [(f.account, f.cause, f.party, f.title) for f in found.findings] == [
        ("1", "lost-unexplained", "nobody", nobodys.TITLE)]


def test_a_number_of_nobodys_is_told_where_a_client_has_no_call() -> None:
    found = service(always=True, listed=False)
    told = strangers.told(found.calls, found.table("accounts"))
    assert f"stand under account {NEW} that no row of the accounts table has, and account 4 of the table has no" in told[0].saw
    assert told[0].fix.startswith("Look up whose numbers these are")
    spare = service(new=0.2, listed=False)  # ten calls: a spare line that somebody rang
    assert not strangers.told(spare.calls, spare.table("accounts"))
    whole = service(always=True)
    assert not strangers.told(whole.calls, whole.table("accounts"))
