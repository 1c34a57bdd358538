from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import pytest

from calltrace.diagnosis import causes
from calltrace.errors import InputError, UsageError
from calltrace.report.banned import bans_in, rules
from calltrace.report.brief import brief
from calltrace.report.facts import facts_of
from calltrace.report.letter import Sender, Writing, letter, next_working_day
from calltrace.report.making import report_of
from calltrace.report.paper import FORMS
from calltrace.report.report import Report
from report import story
from report.answered import ANSWERS, NOW, SENDER, WORDINGS, WRITTEN, answer

LETTERS = WRITTEN / "letters"
MOST_WORDS = 350
"""A page; the form for what is agreed comes on top."""

RULE = "\n" + "=" * 78 + "\n\n"

EVERY = [(cause, wording) for cause in causes.NAMES for wording in WORDINGS]


@cache
def page_of(cause: str, wording: str) -> Writing:
    return letter(answer(cause, wording), now=NOW, sender=SENDER)


@cache
def written(cause: str, wording: str) -> str:
    return page_of(cause, wording).paper.as_text


def words_before_the_form(text: str) -> int:
    return len(text.partition("WHAT WE AGREE ON")[0].split())


@pytest.mark.parametrize("cause", causes.NAMES)
def test_every_causes_letters_are_their_golden_file(cause: str, update_golden: bool) -> None:
    golden = LETTERS / f"{cause}.txt"
    text = RULE.join(written(cause, wording) for wording in WORDINGS)
    if update_golden:
        golden.parent.mkdir(parents=True, exist_ok=True)
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize("form", FORMS)
def test_golden_of_every_form(form: str, update_golden: bool) -> None:
    golden = WRITTEN / "forms" / f"letter.{form}"
    page = letter(report_of(story.diagnosis(), command="investigate"), now=NOW, sender=SENDER)
    text = FORMS[form](page.paper)
    if update_golden:
        golden.parent.mkdir(parents=True, exist_ok=True)
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")


def test_every_cause_has_an_answer_a_letter_and_nothing_strays() -> None:
    assert {p.stem for p in ANSWERS.iterdir()} == set(causes.NAMES)
    assert {p.stem for p in LETTERS.iterdir()} == set(causes.NAMES)


@pytest.mark.parametrize(("cause", "wording"), EVERY)
def test_no_letter_holds_a_word_it_may_not(cause: str, wording: str) -> None:
    assert page_of(cause, wording).bans == ()


@pytest.mark.parametrize(("cause", "wording"), EVERY)
def test_a_letter_fits_a_page_and_has_all_its_parts(cause: str, wording: str) -> None:
    text = written(cause, wording)
    assert 120 <= words_before_the_form(text) <= MOST_WORDS
    assert "by Wednesday, September 2 at 5:00 pm" in " ".join(text.split())
    assert all(part in text for part in ("WHAT WE WILL DO", "Sincerely,", "WHAT WE AGREE ON", "[ ]", "Signature: ___"))
    assert ("WHAT I NEED FROM YOU" in text) == (wording == "inconclusive")
    assert ("WHAT YOU CAN DO" in text) == (wording != "inconclusive")


@pytest.mark.parametrize(("cause", "wording"), EVERY)
def test_nobody_else_is_in_it(cause: str, wording: str) -> None:
    report = answer(cause, wording)
    saved = json.dumps(report.to_dict())
    text = written(cause, wording)
    others = {h.name for h in report.also_affected} | {h.account for h in report.also_affected}
    others |= set(re.findall(r"account (\d+) \(", saved))
    others |= set(re.findall(r"account \d+ \(([^)]+)\)", saved))
    agents = set(re.findall(r'"agent": "([^"]+)"', saved))
    people = set(re.findall(r'"(?:recipient|on_call|person|caller_name)": "([^"]+)"', saved))
    for name in others | agents | people:
        assert name not in text, name
    own = {n[-10:] for n in (*report.account.numbers, report.caller)}
    numbers = {re.sub(r"\D", "", n)[-10:] for n in re.findall(r"[+(]?\d[\d() \-]{8,}\d", text)}
    assert numbers <= own | {"7175550100"}


@pytest.mark.parametrize("cause", causes.NAMES)
def test_it_is_as_sure_as_the_evidence(cause: str) -> None:
    sure, likely, unsettled = (" ".join(written(cause, w).split("WHAT ")[0].split()) for w in WORDINGS)
    doubt = re.compile(r"[Mm]ost likely|seem|so far|[Aa]s far as we can see|reason is likely")
    assert not doubt.search(sure)
    assert doubt.search(likely)
    assert "do not settle what happened" in unsettled
    answer_to_them = " ".join(written(cause, "confirmed").split("\n\n")[3].split())
    assert answer_to_them not in unsettled


@pytest.mark.parametrize("cause", [c for c in causes.NAMES if causes.get(c).party == "service"])
def test_where_the_service_is_at_fault_it_says_sorry_and_acts(cause: str) -> None:
    text = written(cause, "confirmed")
    sorry = text.index("sorry")
    assert sorry < text.index("WHAT WE WILL DO")
    assert len(re.findall(r"(?m)^- ", text.split("WHAT WE WILL DO")[1].split("WHAT YOU CAN DO")[0])) >= 2


WAITED = ("understaffed", "slow-handling", "other-account-surge", "wide-surge", "agent-not-answering",
          "agent-long-holds")


def calls_then(cause: str, wording: str, **values: object) -> str:
    """The letter where the client's own calls in the trouble's time were one such call, and no check found more."""
    report = answer(cause, wording)
    mine = {"offered_at": report.window.start, "outcome": "answered", "ring_s": 3.0, "queue_s": None, "hold_s": 0.0}
    quiet = tuple(e for e in report.evidence if e.facet not in ("own-waits-long", "own-rings-long", "abandoned-more"))
    changed = replace(report, calls=({**mine, **values},), evidence=quiet, asked=report.window)
    return " ".join(letter(changed, now=NOW, sender=SENDER).paper.as_text.split())


@pytest.mark.parametrize("wording", ["confirmed", "likely"])
@pytest.mark.parametrize("cause", WAITED)
def test_no_wait_is_owned_up_to_that_none_of_the_clients_callers_had(cause: str, wording: str) -> None:
    spared = calls_then(cause, wording)
    assert "One call came in for you in that time, and it was answered within 20 seconds" in spared
    assert "our callers waited" not in spared
    assert "our callers were answered" not in spared
    waited = calls_then(cause, wording, queue_s=18.0)
    assert "our callers waited" in waited or "our callers were answered" in waited
    unknown = calls_then(cause, wording, ring_s=None)
    assert "within 20 seconds" not in unknown


def quiet_letter(answered: int, missed: int, wording: str = "likely") -> str:
    report = answer("within-normal", wording)
    calls = tuple({"offered_at": report.asked.start, "outcome": o}
                  for o in ["answered"] * answered + ["abandoned"] * missed)
    return " ".join(letter(replace(report, calls=calls), now=NOW, sender=SENDER).paper.as_text.split())


def test_what_was_not_as_usual_is_not_called_so() -> None:
    usual = facts_of(answer("within-normal")).usual
    assert usual
    assert "answered as usual" in quiet_letter(usual, 0)
    none = quiet_letter(0, 0)
    assert "as usual" not in none
    assert "No call came in for you in that time" in none
    lost = quiet_letter(usual, usual)
    assert "as usual" not in lost
    assert "I will go through the calls that no operator answered" in lost
    many = quiet_letter(3 * usual + 4, 0, "confirmed")
    assert "as usual" not in many
    assert "would be usual" in many


@pytest.mark.parametrize(("coverage", "office"), [
    ("Mo-Fr 17:00-24:00,00:00-08:00; Sa-Su 00:00-24:00", True),
    ("Mo-Fr 08:00-17:00", False),
    ("", False),
])
def test_whose_office_answers_outside_its_coverage_is_said_of_those_alone_whose_does(coverage: str, office: bool) -> None:
    told = answer("forwarding-left-on")
    later = replace(told.window, start=told.window.start + timedelta(days=3))
    of = replace(told, account=replace(told.account, coverage=coverage), window=later)
    text = " ".join(letter(of, now=NOW, sender=SENDER).paper.as_text.split())
    for said in ("your own office usually takes them", "after the office opens", "while your office is open", "in office hours"):
        assert (said in text) is office
    assert ("your office usually takes them" in " ".join(brief(of, now=NOW).paper.as_text.split())) is office
    assert "From Friday, July 17" in text
    assert "calls from Tuesday, July 14" in text  # all of them are those of the time asked about


@pytest.mark.parametrize(("complaint", "answered", "told", "not_told"), [
    ("high-bill", 175, "We answered them all", "unanswered"),
    ("high-bill", 80, "We answered 80 of them, and these are among the calls of this bill.", "unanswered"),
    ("high-bill", 0, "Such calls come from dialing machines", "We answered"),
    ("abandoned", 29, "We answered them all", "unanswered"),
    ("abandoned", 3, "the number of unanswered calls look worse", "bill higher"),
])
def test_very_short_calls_that_were_answered_are_called_so(complaint: str, answered: int, told: str, not_told: str) -> None:
    saved = answer("nuisance-calls")
    robots = {"callers": {"+12125550101": 15, "+12125550102": 14}, "answered": answered}
    (some,) = (e for e in saved.evidence if e.facet == "nuisance-callers")
    billed = replace(some, facet="bill-nuisance", data=robots | {"calls": 175})
    of = replace(saved, complaint=complaint, evidence=(replace(some, observed=29.0, data=robots), billed))
    text = " ".join(letter(of, now=NOW, sender=SENDER).paper.as_text.split())
    many = 175 if complaint == "high-bill" else 29
    assert f"Two callers made {many} very short calls" in text
    assert told in text
    assert not_told not in text
    assert ("Your bill is higher mainly because of very short calls" in text) is (complaint == "high-bill")
    assert "will tell you which of them are on it" in text  # and no credit before anybody agreed to one
    assert "taken off" not in text


def silence_letter(facet: str, cause: str = "lines-not-forwarded", **values: object) -> str:
    """The letter where what was asked of everybody's calls, or of the trunk group's, was answered otherwise."""
    report = answer(cause, "inconclusive")
    pieces = {e.facet: e for e in report.evidence}
    pieces.setdefault("trunk-silent", replace(pieces["platform-silent"], facet="trunk-silent"))
    told = tuple((pieces | {facet: replace(pieces[facet], **values)}).values())  # type: ignore[arg-type]
    return " ".join(letter(replace(report, evidence=told), now=NOW, sender=SENDER).paper.as_text.split())


def test_our_lines_were_working_only_where_the_calls_of_others_show_it() -> None:
    working = "Our own lines were working, and other calls came in as usual"
    assert working in silence_letter("trunk-silent")
    assert working in silence_letter("trunk-silent", outcome="not-run", missing=("calls on another trunk group",))
    assert working not in silence_letter("trunk-silent", outcome="found")
    assert working not in silence_letter("trunk-silent", outcome="not-run", missing=("calls of other accounts on A",))
    assert working not in silence_letter("platform-silent", outcome="not-run")
    assert working not in silence_letter("platform-silent", data={"silent": "3 h"})  # the others too, for a part of it
    assert working not in silence_letter("platform-silent", observed=60.0, expected=100.0)
    assert "other lines were working" in silence_letter("trunk-silent", "number-down")
    assert "other lines were working" not in silence_letter("trunk-silent", "number-down", outcome="found")


@pytest.mark.parametrize("cause", ["number-down", "lines-not-forwarded", "carrier-outage", "expected-quiet"])
def test_where_part_of_the_records_is_missing_no_letter_says_that_no_call_came(cause: str) -> None:
    """One switch's records of several stop in the time asked about: the silence may be theirs."""
    report = answer(cause, "inconclusive")
    stopped = replace(report.evidence[0], facet="records-end-early", outcome="found", says="no call from noon on in east.csv")
    text = " ".join(letter(
        replace(report, evidence=(*report.evidence, stopped)), now=NOW, sender=SENDER).paper.as_text.split())
    assert "Part of our own list of the calls of that time is missing, so I cannot say that none came in." in text
    assert "We look for the missing part of the list" in text
    assert not re.search(r"[Nn]o call(?:s| at all)? |lines were working|usually com", text.split("WHAT I NEED")[0])
    whole = " ".join(letter(report, now=NOW, sender=SENDER).paper.as_text.split())
    assert "our own list" not in whole


@pytest.mark.parametrize("cause", [c for c in causes.NAMES if causes.get(c).party == "client"])
def test_the_client_is_not_accused(cause: str) -> None:
    for wording in WORDINGS:
        opening = " ".join(written(cause, wording).split("WHAT WE WILL DO")[0].split())
        assert not re.search(r"\byou(?:r (?:staff|office|people))? (?:did not|didn't|forgot|failed|left)\b", opening)


def test_how_to_forward_and_test_is_told_where_forwarding_is_in_question() -> None:
    for cause in ("lines-not-forwarded", "lines-forwarded-late", "lines-released-early", "some-lines-not-forwarded"):
        text = " ".join(written(cause, "confirmed").split())
        assert "dial *72" in text
        assert "*73 turns it off" in text
        assert "Your phone company may use another code" in text
        assert "call each of your own numbers from a mobile phone" in text


def test_the_same_report_gives_the_same_bytes() -> None:
    report = answer("understaffed")
    first, second = (letter(report, now=NOW, sender=SENDER) for _ in range(2))
    assert first == second
    assert [form(first.paper) for form in FORMS.values()] == [form(second.paper) for form in FORMS.values()]


def test_what_is_not_given_stands_in_brackets_and_is_listed() -> None:
    page = letter(answer("understaffed"), now=NOW)
    assert page.blanks == ("your telephone number", "your name", "name of your answering service")
    assert all(f"[{blank}]" in page.paper.as_text for blank in page.blanks)
    assert letter(answer("understaffed"), now=NOW, sender=SENDER).blanks == ()


def test_the_letter_is_dated_in_the_clients_zone() -> None:
    late = datetime(2026, 7, 22, 3, 0, tzinfo=UTC)  # still the evening before in New York
    assert letter(answer("understaffed"), now=late).paper.as_text.startswith("July 21, 2026")


def test_without_a_date_it_is_that_of_the_question() -> None:
    report = answer("understaffed")
    assert letter(replace(report, now=NOW)).paper.as_text.startswith("September 1, 2026")
    assert letter(report).paper.as_text.startswith("July 21, 2026")


def test_a_promise_of_ones_own_goes_before_the_next_working_day() -> None:
    sender = Sender(promise_by=datetime(2026, 9, 4, 13, 0, tzinfo=UTC))
    assert "by Friday, September 4 at 9:00 am" in " ".join(
        letter(answer("understaffed"), now=NOW, sender=sender).paper.as_text.split()
    )


@pytest.mark.parametrize(("day", "due"), [(3, 4), (4, 7), (5, 7), (6, 7), (7, 8)])
def test_the_next_working_day_is_no_weekend(day: int, due: int) -> None:
    found = next_working_day(datetime(2026, 9, day, 23, 40, tzinfo=UTC))
    assert found == datetime(2026, 9, due, 17, tzinfo=UTC)


def test_a_complaint_without_a_cause_gets_its_own_letter() -> None:
    report = answer("understaffed")
    no_cause = replace(
        report, causes=(), complaint="rude-operator",
        verdict=replace(report.verdict, cause="", title="", party="", wording="inconclusive"),
    )
    text = letter(no_cause, now=NOW, sender=SENDER).paper.as_text
    assert "listened to the calls themselves" in " ".join(text.split())
    assert bans_in(text) == ()


def test_a_callers_claim_within_an_outage_is_answered_with_the_outage() -> None:
    report = answer("platform-outage", "confirmed")
    claimed = replace(report, complaint="caller-claim", caller="+16105553719")
    text = " ".join(letter(claimed, now=NOW, sender=SENDER).paper.as_text.split())
    assert "That is the time you gave for the call from (610) 555-3719, or part of it." in text
    assert "(610)" not in written("platform-outage", "confirmed")


# --- the service's own templates ------------------------------------------------------------------------------


def own(folder: Path, name: str, text: str) -> Path:
    file = folder / "letter" / "en" / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return folder


def test_a_template_of_ones_own_goes_before_and_may_stand_on_ours(tmp_path: Path) -> None:
    folder = own(
        tmp_path,
        "understaffed.j2",
        '{% extends "calltrace/letter/understaffed.j2" %}{% block sorry %}We owe you {{ client }}.{% endblock %}',
    )
    text = letter(answer("understaffed"), now=NOW, templates=folder).paper.as_text
    assert "We owe you Amber Pediatrics." in text
    assert "I am sorry" not in text
    assert "WHAT WE WILL DO" in text


def test_one_frame_of_ones_own_changes_every_letter(tmp_path: Path) -> None:
    folder = own(
        tmp_path,
        "base.j2",
        '{% extends "calltrace/letter/base.j2" %}{% block greeting %}Hello {{ addressee }},{% endblock %}',
    )
    for cause in ("understaffed", "more-calls"):
        assert "Hello Bob," in letter(answer(cause), now=NOW, addressee="Bob", templates=folder).paper.as_text


def test_what_a_template_of_ones_own_says_is_held_to_the_list_too(tmp_path: Path) -> None:
    folder = own(tmp_path, "understaffed.j2", "# Hi\n\nOur PBX queue was busy, as per our policy.\n")
    page = letter(answer("understaffed"), now=NOW, templates=folder)
    assert {b.says for b in page.bans} >= {"PBX", "queue", "as per"}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{{ nobody }}", "nobody"),
        ("{% if %}", "can't be read"),
        ("{{ client|safe }}", "safe"),
        ("{{ client.__class__.__mro__ }}", "unsafe"),
        ("{{ facts.nothing }}", "nothing"),
        ("{{ facts.wait.limit_s / 0 }}", "division"),
        ("{{ facts.call }}", "not known"),
        ('{% include "letter/../../secret" %}', "secret"),
    ],
)
def test_a_template_that_can_not_be_run_says_why_and_where(text: str, says: str, tmp_path: Path) -> None:
    folder = own(tmp_path, "understaffed.j2", f"# Subject\n{text}\n")
    with pytest.raises(InputError, match=says) as error:
        letter(answer("understaffed"), now=NOW, templates=folder)
    assert "understaffed.j2" in str(error.value)


def test_a_template_sees_the_clients_own_facts_only(tmp_path: Path) -> None:
    folder = own(tmp_path, "other-account-surge.j2", "# S\n{{ report.also_affected }}\n")
    with pytest.raises(InputError, match="report"):
        letter(answer("other-account-surge"), now=NOW, templates=folder)


def test_another_language_is_a_folder(tmp_path: Path) -> None:
    words = tmp_path / "words" / "es.toml"
    words.parent.mkdir()
    words.write_text(
        'locale = "es_US"\nnumber_words = []\n[time]\nday = "EEEE, d \'de\' MMMM"\ndate = "d \'de\' MMMM \'de\' y"\n'
        'headline = "d \'de\' MMMM"\nclock = "H:mm"\nday_with_year = "d MMMM y"\nat = "{day} a las {clock}"\n',
        encoding="utf-8",
    )
    spanish = tmp_path / "letter" / "es"
    spanish.mkdir(parents=True)
    (spanish / "understaffed.j2").write_text("# {{ today|date }}\n\n{{ promise|moment }}\n", encoding="utf-8")
    page = letter(answer("understaffed"), now=NOW, language_code="es", templates=tmp_path)
    assert page.paper.as_text == "1 de septiembre de 2026\n\nmiércoles, 2 de septiembre a las 17:00\n"
    assert 'lang="es-US"' in page.paper.as_html


@pytest.mark.parametrize(("text", "says"), [('locale = "xx_XX"', "no locale"), ("locale =", "can't be read")])
def test_words_that_can_not_be_used_say_why_and_where(text: str, says: str, tmp_path: Path) -> None:
    words = tmp_path / "words" / "es.toml"
    words.parent.mkdir()
    words.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=says) as error:
        letter(answer("understaffed"), now=NOW, language_code="es", templates=tmp_path)
    assert "es.toml" in str(error.value)


def test_what_a_language_does_not_say_is_said_in_english(tmp_path: Path) -> None:
    words = tmp_path / "words" / "de.toml"
    words.parent.mkdir()
    words.write_text('locale = "de_DE"\n[time]\ndate = "d. MMMM y"\n', encoding="utf-8")
    german = tmp_path / "letter" / "de"
    german.mkdir(parents=True)
    (german / "understaffed.j2").write_text("# {{ today|date }} {{ 300|duration }}\n", encoding="utf-8")
    page = letter(answer("understaffed"), now=NOW, language_code="de", templates=tmp_path)
    assert page.paper.title == "1. September 2026 five minutes"


@pytest.mark.parametrize("code", ["xx", "../en", ""])
def test_a_language_without_words_is_refused_with_those_there_are(code: str) -> None:
    with pytest.raises(UsageError, match="en"):
        letter(answer("understaffed"), now=NOW, language_code=code)


def test_a_folder_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no folder"):
        letter(answer("understaffed"), now=NOW, templates=tmp_path / "gone")


# --- the list of what no letter may hold ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "Your ASA was fine",
        "the DNIS",
        "all trunks were busy",
        "an Abandoned call",
        "we never miss calls",
        "We\u2019ve never had that",
        "as per our contract",
        "unusually high  call\nvolume",
        "you failed to forward",
        "for any inconvenience",
        "one of our other clients",
        "account 1200",
        "from +12125550100123",
        "in calls.csv",
        "this was an isolated incident",
    ],
)
def test_the_list_finds_it(text: str) -> None:
    assert bans_in(text)


@pytest.mark.parametrize(
    "text", ["We answered your calls.", "Plumber, Sipes & Sons", "the pride of", "on hold", "a busy tone", "they sip tea"]
)
def test_the_list_leaves_plain_words_alone(text: str) -> None:
    assert bans_in(text) == ()


def test_a_clients_name_may_hold_a_banned_word() -> None:
    report = answer("understaffed")
    named = replace(report, account=replace(report.account, name="Trunk & Sons (PBX)"))
    assert letter(named, now=NOW, sender=SENDER).bans == ()


def test_every_rule_has_its_reason() -> None:
    assert len(rules()) > 200
    assert all(rule.why for rule in rules())
    assert rules("xx") == ()


def test_a_letter_is_quick() -> None:
    began = datetime.now(UTC)
    written("understaffed", "confirmed")
    assert datetime.now(UTC) - began < timedelta(seconds=2)


@pytest.mark.parametrize("cause", ["carrier-outage", "number-down"])
def test_a_carrier_is_blamed_for_no_longer_than_the_test_calls_allow(cause: str) -> None:
    text = " ".join(written(cause, "confirmed").split())
    assert "(the last call before)" in text
    assert "(the next)" in text
    assert "on they came through" in text
    without = replace(answer(cause, "confirmed"), evidence=tuple(
        replace(e, data={**e.data, "tests": []}) for e in answer(cause, "confirmed").evidence))
    assert "came through" not in letter(without, now=NOW, sender=SENDER).paper.as_text


@pytest.mark.parametrize("cause", ["carrier-outage", "number-down"])
def test_an_outage_ends_with_the_first_test_call_that_came_through_after_the_last_that_failed(cause: str) -> None:
    report = answer(cause, "confirmed")
    facts = facts_of(report)
    tests = [t for e in report.evidence for t in (e.data.get("tests") or ())
             if e.facet == ("trunk-tests-failed" if cause == "carrier-outage" else "number-tests-failed")]
    failed = max(datetime.fromisoformat(t["tested_at"]) for t in tests if t["result"] == "failed")
    passed = min(at for t in tests if (at := datetime.fromisoformat(t["tested_at"])) > failed)
    assert facts.outage.end == passed < facts.when.end
    late = replace(report, window=replace(report.window, end=failed))
    assert facts_of(late).outage.end == failed  # calls were back before the test call was


@pytest.mark.parametrize("cause", ["lines-not-forwarded", "forwarding-left-on"])
@pytest.mark.parametrize(
    ("numbers", "zone", "star"),
    [
        (("+12155550121",), "Europe/London", True),
        (("+442079460121",), "Europe/London", False),
        ((), "America/Denver", True),
        ((), "America/Sao_Paulo", False),
        ((), "Europe/Berlin", False),
    ],
)
def test_star_codes_are_for_north_america(cause: str, numbers: tuple[str, ...], zone: str, *, star: bool) -> None:
    report = answer(cause, "confirmed")
    there = replace(report, account=replace(report.account, numbers=numbers), zone=zone)
    text = letter(there, now=NOW, sender=SENDER).paper.as_text
    assert ("*73" in text, "##21#" in text) == (star, not star)


def test_dates_and_zones_are_said_as_the_region_says_them() -> None:
    report = replace(answer("carrier-outage", "confirmed"), zone="Europe/London")
    for code in ("en_GB", "en-AU"):
        text = letter(report, now=datetime(2025, 4, 25, 12, tzinfo=UTC), sender=SENDER, language_code=code).paper.as_text
        assert text.startswith("25 April 2025\n")
        assert "United Kingdom Time" not in text
    british = letter(report, now=NOW, sender=SENDER, language_code="en_GB").paper
    assert british.language == "en-GB"
    assert "All times are British Summer Time." in british.as_text
    assert "Sunday 19 July" in british.as_text
    assert letter(report, now=NOW, sender=SENDER, language_code="en_US").paper.as_text.startswith("September 1, 2026\n")


@pytest.mark.parametrize("wording", ["confirmed", "likely"])
@pytest.mark.parametrize("silent", [1, 2, 0])
def test_which_of_several_numbers_was_down_is_said_as_the_client_knows_it(wording: str, silent: int) -> None:
    """A client of three numbers: those that were down by name, "one of your numbers" where nobody knows which."""
    whole = answer("number-down", wording)
    numbers = ("+12155550121", "+12155550122", "+12155550123")
    piece = next(e for e in whole.evidence if e.facet == "silent-inside-coverage")
    piece = replace(piece, facet="some-numbers-silent", outcome="found" if silent else "clear",
                    data={"numbers": numbers[:silent], "ringing": numbers[silent:]})
    evidence = (piece, *(e for e in whole.evidence if e.facet not in {"single-number", "number-tests-failed"}))
    report = replace(whole, account=replace(whole.account, numbers=numbers), evidence=evidence)
    told = {1: "to (215) 555-0121", 2: "to (215) 555-0121 and (215) 555-0122", 0: "to one of your numbers"}[silent]
    for page in (letter(report, now=NOW, sender=SENDER), brief(report, now=NOW, sender=SENDER)):
        text = " ".join(page.paper.as_text.split())
        assert f"{told} " in text
        assert "your number " not in text.partition("WHAT YOU CAN DO")[0]
        assert ("numbers themselves" if silent == 2 else "number itself") in text


@pytest.mark.parametrize("cause", ["number-down", "carrier-outage"])
def test_failed_test_calls_are_promised_to_the_phone_company_only_where_some_were_made(cause: str) -> None:
    report = answer(cause, "likely")
    tests = ("number-tests-failed", "trunk-tests-failed")
    untested = replace(report, evidence=tuple(e for e in report.evidence if e.facet not in tests))

    def said(of: Report) -> str:
        return " ".join(letter(of, now=NOW, sender=SENDER).paper.as_text.split())

    assert "the failed test calls" in said(report)
    assert "failed test calls" not in said(untested)
    assert "the times" in said(untested)


def test_of_a_bill_that_rose_by_doubtful_records_the_letter_speaks_of_the_list() -> None:
    report = answer("more-calls")
    doubtful = replace(
        report, causes=(), complaint="high-bill",
        verdict=replace(report.verdict, cause=None, title=None, party=None, confidence=None, wording="inconclusive"))
    text = letter(doubtful, now=NOW, sender=SENDER).paper.as_text
    assert "our own list of the calls may not be right as it stands" in " ".join(text.split())
    assert "recordings" not in text
    assert "more people called" not in text


@pytest.mark.parametrize("days", [1, 5])
def test_holds_are_counted_in_the_time_that_is_named(days: int) -> None:
    """Ten calls a day for five days; on the third, or on every day, two of them were on hold for two minutes."""
    whole = answer("agent-long-holds", "confirmed")
    start = datetime(2026, 7, 6, 6, tzinfo=UTC)  # midnight in its zone
    held = {2} if days == 1 else set(range(5))
    calls = tuple(
        {"offered_at": start + timedelta(days=d, hours=n), "outcome": "answered", "hold_s": 120.0 if d in held and n < 2 else 0.0}
        for d in range(5) for n in range(10))
    asked = replace(whole.asked, start=start, end=start + timedelta(days=5))
    window = replace(whole.window, start=start + timedelta(days=2), end=start + timedelta(days=3))
    report = replace(whole, calls=calls, asked=asked, window=window)
    told = facts_of(report)
    assert told.held is not None
    assert (told.held.n, told.held.of) == ((2, 10) if days == 1 else (10, 50))
    assert (told.held_when.start, told.held_when.end) == ((window.start, window.end) if days == 1 else (start, asked.end))
    text = " ".join(letter(report, now=NOW, sender=SENDER).paper.as_text.split())
    assert ("on Wednesday, July 8" in text) == (days == 1)
    assert ("from Monday, July 6 through Friday, July 10" in text) == (days == 5)


def messages(state: str, *, many: int = 1, urgent: bool = True, facet: str = "message-handled", wording: str = "") -> Report:
    """A dispatch complaint of no one caller: so many messages of one day, all of one state."""
    whole = answer("call-was-handled", wording or "confirmed")
    at = whole.asked.start
    listed = [
        {"message_id": f"M{n}", "taken_at": (at + timedelta(hours=n)).isoformat(), "priority": "urgent" if urgent else "routine",
         "first_at": None if state == "not-dispatched" else (at + timedelta(hours=n, minutes=3)).isoformat(),
         "reached_at": (at + timedelta(hours=n, minutes=4)).isoformat() if state == "handled" else None,
         "attempts": 6, "limit_min": 30.0, "roster": "right", "state": state} for n in range(many)]
    piece = replace(whole.evidence[0], facet=facet, outcome="found", data={"messages": listed})
    return replace(whole, complaint="dispatch", caller="", evidence=(piece,))


def said_of(report: Report) -> str:
    page = letter(report, now=NOW, sender=SENDER)
    assert page.bans == ()
    return " ".join(page.paper.as_text.split())


def test_of_several_messages_none_is_said_to_be_the_one_asked_about() -> None:
    text = said_of(messages("handled", many=3))
    assert "you asked about" not in text
    assert "We took three urgent messages for you" in text
    assert text.count("- Taken ") == 3
    assert "tell me which" in text
    assert "two more, of which" in said_of(messages("handled", many=12)).lower()
    asked = " ".join(brief(messages("handled", many=3), now=NOW, sender=SENDER).paper.as_text.split())
    assert "I found three messages of that time" in asked


@pytest.mark.parametrize("caller", ["", "+17175550137"])  # whose message it was, where that is known
def test_of_one_message_the_letter_speaks_of_the_message_and_of_no_call(caller: str) -> None:
    report = replace(messages("handled"), caller=caller)
    text = said_of(report)
    assert "The message taken for you" in text
    assert "We took an urgent message for you on Tuesday" in text
    assert "By our records it was sent on in time, to the person who was on call." in text
    assert "If that is not the message you speak of" in text
    assert "your caller" not in text
    assert "you asked about" not in text
    asked = " ".join(brief(report, now=NOW, sender=SENDER).paper.as_text.split())
    assert "I found an urgent message taken for you on Tuesday" in asked
    assert "caller is lying" not in asked
    # a caller who says they rang asks about a call
    assert "The call you asked about" in said_of(replace(report, complaint="caller-claim", caller="+17175550137"))


@pytest.mark.parametrize(("state", "facet", "told"), [
    ("unanswered", "delivery-unanswered", "tried six times to reach the person who was on call"),
    ("other-address", "sent-to-other-address", "but to another number or address than the schedule we have gives"),
    ("not-dispatched", "routine-not-sent", "we find no sign that it was sent on, as your messages are"),
])
def test_what_the_records_show_of_a_message_is_told_where_they_do_not_settle_it(state: str, facet: str, told: str) -> None:
    text = said_of(messages(state, facet=facet, urgent=state != "not-dispatched", wording="inconclusive"))
    assert told in text
    assert "who was on call at that time" not in text  # the schedule is on file
    assert "do not settle what happened" in text


def test_a_call_on_another_clients_line_did_reach_us() -> None:
    whole = answer("no-record-of-call", "inconclusive")
    other = replace(whole.evidence[0], facet="called-another-account", outcome="found", data={"accounts": ["4711"]})
    rest = tuple(e for e in whole.evidence if e.facet != "called-another-account")
    text = said_of(replace(whole, evidence=(other, *rest)))
    assert "find none on your lines" in text
    assert "did reach us at about that time, on a line that is not yours" in text
    assert "the call did not reach us" not in text
    assert "4711" not in text
    assert "not yours" not in said_of(whole)
