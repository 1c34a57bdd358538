from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from calltrace.desk.ledger import families
from calltrace.desk.ledger.history import due, history, recurrence, repeated_causes
from calltrace.desk.ledger.ledger import Ledger
from calltrace.diagnosis import causes
from desk.ledgers import NEW_YORK, NOW, report

DAY = timedelta(days=1)
MARCH = datetime(2026, 3, 6, 22, 0, tzinfo=UTC)
APRIL = datetime(2026, 4, 10, 21, 0, tzinfo=UTC)
JUNE = datetime(2026, 6, 5, 21, 0, tzinfo=UTC)


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(str(tmp_path / "ledger.sqlite3"))


def trouble(ledger: Ledger, cause: str, start: datetime, *, account: str = "1021", confidence: float = 0.95) -> int:
    kept = report(cause, start=start, hours=60, confidence=confidence, account=account)
    return ledger.open_case(account, by="dana", now=start + 3 * DAY, name=f"Client {account}", zone=NEW_YORK, report=kept)


def said(ledger: Ledger, cause: str = "lines-not-forwarded", start: datetime = JUNE) -> str:
    found = recurrence(history(ledger, "1021"), cause, start, start + timedelta(hours=60), NEW_YORK)
    return found.sentence if found else ""


def test_the_third_forwarding_trouble_since_march(ledger: Ledger) -> None:
    assert said(ledger) == ""
    trouble(ledger, "lines-forwarded-late", MARCH)
    assert said(ledger) == "Second forwarding trouble since March: ask how their forwarding is done (C-0001)"
    trouble(ledger, "lines-released-early", APRIL)
    assert said(ledger) == "Third forwarding trouble since March: ask how their forwarding is done (C-0001, C-0002)"
    assert said(ledger, "number-down") == ""
    assert said(ledger, "expected-quiet") == ""
    assert said(ledger, start=datetime(2027, 2, 5, tzinfo=UTC)).startswith("Third forwarding trouble since March 2026")


def test_one_trouble_with_two_cases_is_one(ledger: Ledger) -> None:
    trouble(ledger, "lines-not-forwarded", MARCH)
    trouble(ledger, "lines-not-forwarded", MARCH + timedelta(hours=10))  # the owner's partner called, too
    assert said(ledger) == "Second forwarding trouble since March: ask how their forwarding is done (C-0001, C-0002)"


def test_a_trouble_is_not_its_own_history(ledger: Ledger) -> None:
    trouble(ledger, "lines-not-forwarded", JUNE)
    assert said(ledger) == ""
    assert said(ledger, start=JUNE + timedelta(hours=20)) == ""
    assert said(ledger, start=MARCH) == ""  # nor is what came later


def test_what_was_not_sure_or_another_clients_or_long_ago_is_no_history(ledger: Ledger) -> None:
    trouble(ledger, "lines-not-forwarded", MARCH, confidence=0.55)
    trouble(ledger, "lines-not-forwarded", APRIL, account="102")
    trouble(ledger, "lines-not-forwarded", JUNE - 366 * DAY)
    ledger.open_case("1021", by="dana", now=APRIL, name="Client 1021")  # nobody looked into it
    assert said(ledger) == ""
    assert [p.reference for p in history(ledger, "1021")] == ["C-0003", "C-0001", "C-0004"]
    ledger.close_case(1, "they told us", by="dana", now=APRIL, cause="lines-not-forwarded")  # now somebody knows
    assert said(ledger) == "Second forwarding trouble since March: ask how their forwarding is done (C-0001)"


def test_a_case_opened_by_the_clients_name_is_its_history_too(ledger: Ledger) -> None:
    case = ledger.open_case("client 1021", by="dana", now=APRIL, zone=NEW_YORK)
    ledger.open_case("Client 10", by="dana", now=APRIL)
    ledger.close_case(case, "they told us", by="dana", now=APRIL, cause="lines-not-forwarded")
    assert history(ledger, "1021") == ()
    assert [p.case for p in history(ledger, "1021", "Client 1021")] == [case]
    trouble(ledger, "lines-released-early", JUNE)
    (again,) = repeated_causes(ledger, MARCH)
    assert again.accounts == (("1021", "Client 1021", 2),)


def test_the_month_is_the_one_on_the_clients_calendar(ledger: Ledger) -> None:
    trouble(ledger, "lines-not-forwarded", datetime(2026, 4, 1, 3, 0, tzinfo=UTC))  # still March in New York
    assert "since March:" in said(ledger)


def test_counting_goes_on_past_the_words(ledger: Ledger) -> None:
    for week in range(11):
        trouble(ledger, "understaffed", MARCH + 7 * week * DAY)
    assert said(ledger, "understaffed").startswith("12th staffing trouble since March: look at how those hours are staffed")


def test_causes_that_come_again_across_accounts(ledger: Ledger) -> None:
    trouble(ledger, "carrier-outage", APRIL, account="1")
    trouble(ledger, "carrier-outage", APRIL, account="2")  # the same outage
    trouble(ledger, "number-down", JUNE, account="2")
    trouble(ledger, "lines-not-forwarded", APRIL, account="1")
    trouble(ledger, "lines-forwarded-late", JUNE, account="1")
    trouble(ledger, "not-dispatched", JUNE, account="1")  # once only
    trouble(ledger, "within-normal", JUNE, account="1")
    trouble(ledger, "within-normal", APRIL, account="2")
    carrier, forwarding = repeated_causes(ledger, MARCH)
    assert (carrier.family, carrier.causes, carrier.cases) == (
        "carrier", ("carrier-outage", "number-down"), ("C-0001", "C-0002", "C-0003"))  # fmt: skip
    assert carrier.accounts == (("2", "Client 2", 2), ("1", "Client 1", 1))
    assert (carrier.times, carrier.first, carrier.last) == (2, APRIL, JUNE)
    assert (forwarding.family, len(forwarding.cases)) == ("forwarding", 2)
    assert repeated_causes(ledger, APRIL + DAY) == ()
    assert [r.family for r in repeated_causes(ledger, MARCH, until=JUNE)] == ["carrier"]


def test_due_are_promises_overdue_or_within_the_time_asked_in_order(ledger: Ledger) -> None:
    case = trouble(ledger, "lines-not-forwarded", MARCH)
    for hours, text in ((-30, "long ago"), (-1, "just missed"), (5, "today"), (30, "tomorrow")):
        ledger.promise(case, text, NOW + timedelta(hours=hours), by="dana", now=NOW - 3 * DAY)
    ledger.change(case, "forward by schedule", by="dana", now=NOW)
    settled = ledger.promise(case, "done", NOW, by="dana", now=NOW - DAY)
    ledger.keep(case, settled.number, by="dana", now=NOW)
    found = due(ledger, NOW)
    assert [(d.text, d.overdue) for d in found] == [("long ago", True), ("just missed", True), ("today", False)]
    assert (found[0].reference, found[0].number, found[0].account, found[0].person) == ("C-0001", 3, "1021", "dana")
    assert [d.text for d in due(ledger, NOW, within=2 * DAY, undated=True)] == [
        "long ago", "just missed", "today", "tomorrow", "forward by schedule"]  # fmt: skip


def test_a_promise_moved_is_due_at_its_new_time(ledger: Ledger) -> None:
    case = trouble(ledger, "lines-not-forwarded", MARCH)
    promise = ledger.promise(case, "call back", NOW - DAY, by="dana", now=NOW - 2 * DAY)
    other = ledger.promise(case, "and the other", NOW + DAY, by="dana", now=NOW - 2 * DAY)
    ledger.move(case, promise.number, NOW + 5 * DAY, by="dana", now=NOW)
    ledger.move(case, other.number, NOW + 2 * DAY, by="dana", now=NOW)
    ledger.move(case, other.number, NOW + timedelta(hours=1), by="dana", now=NOW)
    (only,) = due(ledger, NOW)
    assert (only.text, only.due) == ("and the other", NOW + timedelta(hours=1))


def test_every_cause_has_its_family_or_is_no_trouble() -> None:
    listed = [c for f in families.FAMILIES for c in f.causes]
    assert sorted([*listed, *families.NO_TROUBLE]) == sorted(causes.NAMES)
    assert len({f.name for f in families.FAMILIES}) == len(families.FAMILIES)
    assert all(families.party_of(c) != "nobody" for c in listed)
