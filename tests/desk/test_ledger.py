from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from calltrace.desk.ledger.accounts import Known, known, meant
from calltrace.desk.ledger.documents import case_document, table
from calltrace.desk.ledger.ledger import Ledger, open_existing
from calltrace.desk.ledger.records import case_number, reference
from calltrace.errors import InputError, UsageError
from desk.ledgers import NEW_YORK, NOW, report

HOUR = timedelta(hours=1)


@pytest.fixture(params=["sqlite", "postgresql"])
def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Ledger]:
    if request.param == "sqlite":
        with Ledger(str(tmp_path / "ledger.sqlite3")) as book:
            yield book
        return
    address = os.environ.get("CALLTRACE_TEST_POSTGRES")
    if not address:
        pytest.skip("no PostgreSQL server to try")
    schema = f"ledger_{uuid.uuid4().hex[:12]}"
    with Ledger(f"{address}?schema={schema}") as book:
        yield book
        with book.database.writing():
            book.database.run(f'DROP SCHEMA "{schema}" CASCADE')


def opened(ledger: Ledger, **more: object) -> int:
    return ledger.open_case("1021", by="dana", now=NOW, name="Polar Refrigeration", zone=NEW_YORK, **more)  # type: ignore[arg-type]


def test_a_case_from_the_complaint_to_the_signed_change(ledger: Ledger) -> None:
    kept = report(extra={"umlaut": "Jürgen’s café", "n": [1, 2.5, None]})
    case = opened(ledger, complaint="missed-calls", claim="every call since Friday night", report=kept)
    promise = ledger.promise(case, "call back with the report", NOW + 2 * HOUR, by="dana", now=NOW)
    ledger.note(case, "lines were not forwarded", by="dana", now=NOW + HOUR, told="Ms Keane", channel="phone")
    ledger.move(case, promise.number, NOW + 4 * HOUR, text="she is out", by="eli", now=NOW + HOUR)
    change = ledger.change(case, "forward by schedule", by="dana", now=NOW + 2 * HOUR, person="Ms Keane")
    ledger.keep(case, promise.number, by="dana", now=NOW + 5 * HOUR, happened=NOW + 3 * HOUR)
    ledger.sign(case, change.number, "Ms Keane", by="dana", now=NOW + 5 * HOUR)
    ledger.credit(case, Decimal("25.50"), "USD", "goodwill", by="dana", now=NOW + 5 * HOUR)
    ledger.follow_up(case, "does it hold?", NOW + timedelta(days=7), by="dana", now=NOW + 5 * HOUR)
    ledger.close_case(case, "forwards by schedule", by="dana", now=NOW + 6 * HOUR)

    found = ledger.case(case)
    assert (found.reference, found.status, found.account) == ("C-0001", "closed", "1021")
    assert found.claim == "every call since Friday night"
    assert [(e.number, e.kind, e.by) for e in found.entries] == [
        (1, "opened", "dana"), (2, "report", "dana"), (3, "promise", "dana"), (4, "note", "dana"), (5, "moved", "eli"),
        (6, "change", "dana"), (7, "kept", "dana"), (8, "signed", "dana"), (9, "credit", "dana"), (10, "follow-up", "dana"),
        (11, "closed", "dana"),
    ]  # fmt: skip
    assert found.found is not None
    assert (found.found.cause, found.found.party, found.found.confidence) == ("lines-not-forwarded", "client", 0.95)
    kept_promise, signed_change, call = found.items
    assert (kept_promise.state, kept_promise.first_due, kept_promise.due) == ("kept", NOW + 2 * HOUR, NOW + 4 * HOUR)
    assert not kept_promise.late  # kept after three hours; due, in the end, after four
    assert (signed_change.state, signed_change.settled_by) == ("signed", "Ms Keane")
    assert (call.state, call.overdue(NOW), call.overdue(NOW + timedelta(days=8))) == ("open", False, True)
    assert found.entries[8].amount == Decimal("25.50")
    assert ledger.report(case) == kept


def test_what_is_settled_stays_settled_and_what_is_none_is_said(ledger: Ledger) -> None:
    case = opened(ledger)
    promise = ledger.promise(case, "call back", NOW + HOUR, by="dana", now=NOW)
    change = ledger.change(case, "forward by schedule", by="dana", now=NOW)
    with pytest.raises(UsageError, match=r"entry 3 of C-0001 is nothing to keep.*Open are 2 \(promise: call back\)"):
        ledger.keep(case, change.number, by="dana", now=NOW)
    with pytest.raises(UsageError, match="entry 9 of C-0001 is nothing to sign"):
        ledger.sign(case, 9, "Ms Keane", by="dana", now=NOW)
    ledger.keep(case, promise.number, by="dana", now=NOW)
    with pytest.raises(UsageError, match="has been kept already"):
        ledger.keep(case, promise.number, by="eli", now=NOW)
    with pytest.raises(UsageError, match="has been kept already"):
        ledger.move(case, promise.number, NOW + HOUR, by="eli", now=NOW)
    ledger.drop(case, change.number, "they changed carriers", by="dana", now=NOW)
    assert [i.state for i in ledger.case(case).items] == ["kept", "dropped"]
    assert len(ledger.case(case).entries) == 5  # what was refused left nothing behind


def test_a_case_with_an_open_promise_is_not_closed_by_accident(ledger: Ledger) -> None:
    case = opened(ledger)
    ledger.promise(case, "call back", NOW + HOUR, by="dana", now=NOW)
    ledger.follow_up(case, "does it hold?", NOW + 2 * HOUR, by="dana", now=NOW)
    with pytest.raises(UsageError, match=r"can't be closed yet, open are 2 \(promise: call back\)\. "):
        ledger.close_case(case, "done", by="dana", now=NOW)
    assert ledger.case(case).status == "open"
    ledger.close_case(case, "done", by="dana", now=NOW, anyway=True)
    assert [i.kind for _, i in ledger.open_items()] == ["promise", "follow-up"]  # promised is promised
    with pytest.raises(UsageError, match="C-0001 is closed: nobody can promise anything"):
        ledger.promise(case, "more", NOW + HOUR, by="dana", now=NOW)
    ledger.reopen(case, "it happened again", by="eli", now=NOW)
    assert ledger.case(case).status == "open"
    with pytest.raises(UsageError, match="is open already"):
        ledger.reopen(case, "why not", by="eli", now=NOW)


def test_a_person_who_knows_better_than_the_report_has_the_last_word(ledger: Ledger) -> None:
    case = opened(ledger, report=report("carrier-outage"))
    with pytest.raises(UsageError, match="no cause 'bad-luck'"):
        ledger.close_case(case, "bad luck", by="dana", now=NOW, cause="bad-luck")
    ledger.close_case(case, "it was their key", by="dana", now=NOW, cause="lines-released-early")
    found = ledger.case(case).found
    assert found is not None
    assert (found.cause, found.party, found.decided_by, found.confidence) == ("lines-released-early", "client", "dana", None)
    assert found.start == NOW - timedelta(days=3)  # the window is still the report's
    assert [c.id for c in ledger.cases(cause="forwarding")] == [case]
    assert ledger.cases(cause="carrier-outage") == ()


def test_cases_are_found_by_account_status_cause_and_time(ledger: Ledger) -> None:
    polar = opened(ledger, report=report())
    other = ledger.open_case("2000", by="eli", now=NOW + 24 * HOUR, name="Ärztehaus 50%_Nord")
    ledger.close_case(polar, "done", by="dana", now=NOW)
    ids = [
        [c.id for c in ledger.cases(**wanted)]  # type: ignore[arg-type]
        for wanted in (
            {}, {"account": "1021"}, {"account": "POLAR"}, {"account": "ärzte"}, {"account": "50%_"}, {"account": "0%0"},
            {"status": "open"}, {"status": "closed"}, {"cause": "lines-not-forwarded"}, {"since": NOW + HOUR},
            {"until": NOW + HOUR}, {"account": "20"},
        )
    ]  # fmt: skip
    assert ids == [[1, 2], [1], [1], [2], [2], [], [2], [1], [1], [2], [1], []]
    assert other == 2


def test_what_nobody_said_is_refused(ledger: Ledger) -> None:
    case = opened(ledger)
    with pytest.raises(UsageError, match="the note is empty"):
        ledger.note(case, "  ", by="dana", now=NOW)
    with pytest.raises(UsageError, match="who writes is empty"):
        ledger.note(case, "x", by=" ", now=NOW)
    with pytest.raises(UsageError, match="a credit of 0"):
        ledger.credit(case, Decimal(0), "USD", "nothing", by="dana", now=NOW)
    with pytest.raises(InputError, match="there is no case C-0099"):
        ledger.note(99, "x", by="dana", now=NOW)
    with pytest.raises(InputError, match="there is no case C-0099"):
        ledger.case(99)
    with pytest.raises(InputError, match="C-0001 has no report"):
        ledger.report(case)
    with pytest.raises(UsageError, match="no report of an investigation"):
        ledger.attach(case, {"schema": "calltrace.report/1", "command": "audit"}, by="dana", now=NOW)
    with pytest.raises(UsageError, match="lacks a part"):
        ledger.attach(case, {**report(), "verdict": {}}, by="dana", now=NOW)
    with pytest.raises(ValueError, match="has a zone"):
        ledger.note(case, "x", by="dana", now=NOW.replace(tzinfo=None))
    assert len(ledger.case(case).entries) == 1


def test_the_writers_words_come_back_as_they_were(ledger: Ledger) -> None:
    said = "\x1b[2J '; DROP TABLE cases; -- \u202e ひ %s :text {x} \\ \"q\""
    case = ledger.open_case("10:21", by="d'Arc :by", now=NOW, name=said, claim=said)
    ledger.note(case, said, by="dana", now=NOW, told=":told")
    found = ledger.case(case)
    assert (found.name, found.claim, found.entries[1].text, found.entries[1].person) == (said, said, said, ":told")


def test_a_document_and_a_table_say_it_all(ledger: Ledger) -> None:
    case = opened(ledger, report=report())
    ledger.promise(case, "=HYPERLINK(1)", NOW + HOUR, by="dana", now=NOW)
    found = ledger.case(case)
    document = case_document(found, {2: ledger.report(case)})
    assert document["items"][0]["due_at"] == "2026-02-16T09:30:00-05:00"
    assert document["reports"][0]["report"] == report()
    assert "report" not in case_document(found)["reports"][0]
    heading, *rows = table([found]).splitlines()
    assert heading.startswith("case,account,name,")
    assert len(rows) == 3
    assert ",promise,'=HYPERLINK(1)," in rows[2]  # no spreadsheet takes it for a formula


def test_a_case_learns_its_accounts_name_from_the_report_and_takes_no_other_accounts(ledger: Ledger) -> None:
    early = [ledger.open_case(said, by="dana", now=NOW) for said in ("1021", "polar")]
    for case in early:
        ledger.attach(case, report(), by="dana", now=NOW)
        assert (ledger.case(case).account, ledger.case(case).name) == ("1021", "Polar Refrigeration")
    other = {**report(), "account": {"account": "2000", "name": "Alma Dental"}}
    for case in (*early, ledger.open_case("Pools", by="dana", now=NOW)):
        with pytest.raises(UsageError, match=r"the report is of Alma Dental \(2000\), and C-000\d of P"):
            ledger.attach(case, other, by="dana", now=NOW)


def test_an_account_is_known_from_the_configuration_and_from_earlier_cases(ledger: Ledger) -> None:
    opened(ledger)
    ledger.open_case("2000", by="dana", now=NOW, name="Polaris Pools")
    listed = known(ledger, [Known("3000", "Alma Dental", "America/Chicago")])
    assert meant("alma", listed) == Known("3000", "Alma Dental", "America/Chicago")
    assert meant("1021", listed) == Known("1021", "Polar Refrigeration", NEW_YORK)
    assert meant("refri", listed) == Known("1021", "Polar Refrigeration", NEW_YORK)
    assert meant("nobody", listed) is None
    with pytest.raises(UsageError, match=r"fits 2 accounts: Polar Refrigeration \(1021\); Polaris Pools \(2000\)"):
        meant("polar", listed)


@pytest.mark.parametrize("text", ["42", "C-42", "c-0042", "C0042", "#42", " 42 "])
def test_a_case_is_named_many_ways(text: str) -> None:
    assert case_number(text) == 42
    assert reference(42) == "C-0042"


@pytest.mark.parametrize("text", ["", "0", "C-", "x", "4 2", "-1", "1e3", "99999999999"])
def test_what_names_no_case(text: str) -> None:
    with pytest.raises(UsageError, match="is no case"):
        case_number(text)


def test_a_look_in_passing_makes_no_ledger(tmp_path: Path) -> None:
    assert open_existing(str(tmp_path / "none.sqlite3")) is None
    assert list(tmp_path.iterdir()) == []


def test_a_case_takes_the_accounts_zone_from_its_report(ledger: Ledger) -> None:
    case = ledger.open_case("1021", by="dana", now=NOW, name="Polar Refrigeration", zone="Etc/UTC")
    ledger.attach(case, {**report(), "zone": "Mars/Olympus"}, by="dana", now=NOW)
    assert ledger.case(case).zone == "Etc/UTC"
    ledger.attach(case, report(), by="dana", now=NOW)
    assert ledger.case(case).zone == NEW_YORK
