from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from calltrace.diagnosis import causes
from calltrace.errors import UsageError
from calltrace.report.facts import facts_of
from calltrace.report.letter import Writing, letter
from calltrace.report.paper import FORMS
from calltrace.report.report import Report
from calltrace.report.ticket import MOST_EXAMPLES, Failed, carriers_cause, example, ticket
from report.answered import NOW, SENDER, WORDINGS, WRITTEN, answer

TICKETS = WRITTEN / "tickets"
CARRIERS = [c for c in causes.NAMES if causes.get(c).party == "carrier"]
OTHERS = [c for c in causes.NAMES if c not in CARRIERS]
RULE = "\n" + "=" * 78 + "\n\n"


def written(cause: str, wording: str = "", *, force: bool = False) -> Writing:
    return ticket(answer(cause, wording), now=NOW, sender=SENDER, reference="T-1", force=force)


@pytest.mark.parametrize("cause", CARRIERS)
def test_every_carriers_causes_tickets_are_their_golden_file(cause: str, update_golden: bool) -> None:
    golden = TICKETS / f"{cause}.txt"
    text = RULE.join(written(cause, wording).paper.as_text for wording in WORDINGS)
    if update_golden:
        golden.parent.mkdir(parents=True, exist_ok=True)
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize("form", FORMS)
def test_golden_of_every_form(form: str, update_golden: bool) -> None:
    golden = WRITTEN / "forms" / f"ticket.{form}"
    text = FORMS[form](written("carrier-outage").paper)
    if update_golden:
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")


def test_no_golden_is_a_stray() -> None:
    assert {p.stem for p in TICKETS.iterdir()} == set(CARRIERS)


@pytest.mark.parametrize("cause", OTHERS)
def test_what_no_carrier_can_mend_is_refused_with_what_to_do(cause: str) -> None:
    report = answer(cause, "confirmed")
    with pytest.raises(UsageError, match="no ticket") as error:
        ticket(report, now=NOW)
    assert report.verdict.title in str(error.value)
    assert "--force" in error.value.fix
    assert len(error.value.fix.split(". ")) >= 2


@pytest.mark.parametrize("cause", OTHERS)
def test_with_force_it_is_written_and_says_that_it_is_a_question(cause: str) -> None:
    text = " ".join(written(cause, "confirmed", force=True).paper.as_text.split())
    assert "do not point to your network" in text


def test_a_complaint_without_a_cause_is_refused_too() -> None:
    report = answer("understaffed")
    none = replace(report, causes=(), verdict=replace(report.verdict, cause="", title="", party=""))
    with pytest.raises(UsageError, match="names no cause"):
        ticket(none, now=NOW)


def test_a_carriers_cause_that_is_open_is_worth_a_ticket() -> None:
    report = answer("lines-not-forwarded", "inconclusive")
    likely = replace(report.causes[0], probability=0.5)
    carrier = replace(report.causes[1], cause="number-down", party="carrier", probability=0.3)
    split = replace(report, causes=(likely, carrier))
    assert carriers_cause(split) == "number-down"
    assert "possibly failing" in ticket(split, now=NOW).paper.as_text
    sure = replace(split, verdict=replace(split.verdict, wording="likely"))
    assert carriers_cause(sure) == ""


def test_every_figure_an_engineer_asks_for_is_there() -> None:
    text = written("number-down").paper.as_text
    for part in ("+13014132906", "TF-800", "2026-07-17 16:33:38 EDT (UTC-04:00)", "test call failed", "Calls expected"):
        assert part in text
    assert "3 test calls to +13014132906" in text
    assert "2 failed, 1 came through" in " ".join(text.split())


@pytest.mark.parametrize("cause", CARRIERS)
def test_no_clients_or_callers_name_goes_to_the_carrier(cause: str) -> None:
    report = answer(cause)
    text = written(cause).paper.as_text
    saved = json.dumps(report.to_dict())
    names = {report.account.name, *(h.name for h in report.also_affected)}
    names |= set(re.findall(r'"(?:recipient|on_call|person|caller_name|agent)": "([^"]+)"', saved))
    assert not [n for n in names if n in text]


def test_without_failed_calls_it_asks_for_some() -> None:
    page = written("trunk-group-degraded")
    assert "no record of them" in " ".join(page.paper.as_text.split())
    assert any("--example" in note for note in page.notes)


def test_examples_of_ones_own_stand_among_those_on_record_in_their_order() -> None:
    zone = ZoneInfo("America/New_York")
    given = Failed(datetime(2026, 7, 17, 20, 0, tzinfo=zone), "2155550100", "3014132906", "failed", "fast busy")
    page = ticket(answer("number-down"), now=NOW, sender=SENDER, examples=[given])
    rows = [line for line in page.paper.as_text.splitlines() if line.startswith("2026-07-1") and "EDT" in line]
    assert [row[:16] for row in rows] == ["2026-07-17 19:10", "2026-07-17 20:00", "2026-07-17 23:45"]
    assert "fast busy" in rows[1]


def test_old_examples_are_called_old_and_fresh_ones_are_not() -> None:
    report = answer("number-down")
    fresh = Failed(NOW - timedelta(hours=1), "2155550100", "3014132906", "failed", "")
    assert any("older than two days" in n for n in ticket(report, now=NOW).notes)
    assert ticket(report, now=NOW, examples=[fresh]).notes == ()


def test_many_examples_are_cut_and_the_rest_is_counted() -> None:
    at = NOW - timedelta(hours=2)
    given = [Failed(at + timedelta(seconds=i), f"215555{i:04d}", "3014132906", "failed", "") for i in range(25)]
    text = ticket(answer("number-down"), now=NOW, examples=given).paper.as_text
    assert text.count("2155550") == MOST_EXAMPLES - 2  # two test calls on record stand before them
    assert "7 more on request" in text


def test_what_was_heard_is_asked_for_until_it_is_told() -> None:
    report = answer("number-down")
    assert any("heard" in blank for blank in ticket(report, now=NOW).blanks)
    told = ticket(report, now=NOW, sender=SENDER, heard="fast busy", reference="T-1")
    assert told.blanks == ()
    assert "What callers heard: fast busy" in told.paper.as_text


@pytest.mark.parametrize("text", ["", "today 9:05", "today 9:05, 2155550100", "never, 1, 2, x", "today 9:05,,3014132906"])
def test_an_example_that_is_not_whole_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        example(text, "America/New_York", NOW)


def test_an_example_is_read_in_the_clients_zone() -> None:
    found = example("2026-08-31 9:05, 2155550100, 3014132906, slow, then fast busy", "America/New_York", NOW)
    assert found.at.astimezone(UTC) == datetime(2026, 8, 31, 13, 5, tzinfo=UTC)
    assert found.heard == "slow, then fast busy"


def two_numbers(*results: tuple[str, str]) -> Report:
    """A number-down answer of a client with three numbers, tested so."""
    report = answer("number-down")
    at = report.window.start
    numbers = ("+12125550101", "+12125550102", "+12125550103")
    rows = [{"tested_at": (at + timedelta(minutes=10 * n)).isoformat(), "number": number, "result": result}
            for n, (number, result) in enumerate(results, 1)]
    evidence = tuple(replace(e, data={**e.data, "tests": rows}) if e.facet == "number-tests-failed" else e
                     for e in report.evidence if e.facet != "some-numbers-silent")
    return replace(report, account=replace(report.account, numbers=numbers), evidence=evidence)


def test_calls_expected_on_a_trunk_group_are_the_account_s_own_as_well() -> None:
    # the check counts the others' 17.4; the account's own 7 came by the same trunks
    report = answer("carrier-outage")
    shared = next(e for e in report.evidence if e.facet == "trunk-silent")
    own = facts_of(report).usual
    assert own
    assert shared.expected
    assert f"Calls expected before the first call after {round(shared.expected + own)} " in " ".join(
        written("carrier-outage").paper.as_text.split()
    )


def test_only_the_number_that_failed_is_reported_as_failing() -> None:
    report = two_numbers(("+12125550101", "failed"), ("+12125550102", "ok"), ("+12125550101", "failed"))
    text = " ".join(ticket(report, now=NOW, sender=SENDER).paper.as_text.split())
    assert "Inbound calls to +12125550101 " in text
    assert "+12125550103" not in text
    assert "2 test calls to +12125550101 between" in text
    assert "1 test call to +12125550102 at" in text
    assert "Calls expected" not in text  # what is usual is of all its numbers
    said = " ".join(letter(report, now=NOW, sender=SENDER).paper.as_text.split())
    assert "(212) 555-0101" in said
    assert "your number came in" not in said
    assert "(212) 555-0102" not in said


def test_calls_expected_are_those_of_the_numbers_that_were_silent() -> None:
    # of three numbers one was silent: 17 calls usually come on it
    whole = answer("number-down")
    numbers = ("+12155550121", "+12155550122", "+12155550123")
    piece = next(e for e in whole.evidence if e.facet == "silent-inside-coverage")
    silent = replace(piece, facet="some-numbers-silent", expected=17.0, start=whole.window.start, end=whole.window.end,
                     data={"numbers": numbers[:1], "ringing": numbers[1:], "usual": 17.0})
    rest = tuple(e for e in whole.evidence if e.facet != "some-numbers-silent")
    report = replace(whole, account=replace(whole.account, numbers=numbers), evidence=(silent, *rest))
    text = ticket(report, now=NOW, sender=SENDER).paper.as_text
    assert re.search(r"Calls expected .*\b17\s", text)
    said = " ".join(letter(report, now=NOW, sender=SENDER).paper.as_text.split())
    assert "About 17 calls usually come in on it in the time without calls." in said
    two = replace(silent, data={"numbers": numbers[:2], "ringing": numbers[2:], "usual": 20.0})
    assert facts_of(replace(report, evidence=(two, *rest))).usual == 20
    unknown = replace(two, data={"numbers": numbers[:2], "ringing": numbers[2:]})
    assert facts_of(replace(report, evidence=(unknown, *rest))).usual is None
