from __future__ import annotations

import re
from dataclasses import replace
from functools import cache

import pytest

from calltrace.diagnosis import causes, checks
from calltrace.errors import UsageError
from calltrace.report.banned import bans_in
from calltrace.report.brief import brief, said
from calltrace.report.languages import language
from calltrace.report.letter import Writing
from calltrace.report.paper import FORMS
from calltrace.report.questions import (
    LETTERS,
    MOST,
    Question,
    Reply,
    answered,
    best,
    open_causes,
    questions_in,
)
from calltrace.report.wording import Writer
from report.answered import NOW, SENDER, WORDINGS, WRITTEN, answer

BRIEFS = WRITTEN / "briefs"
RULE = "\n" + "=" * 78 + "\n\n"
QUESTIONS = questions_in(Writer("brief", language("en")).source("questions.toml"))


@cache
def page_of(cause: str, wording: str = "") -> Writing:
    return brief(answer(cause, wording), now=NOW, sender=SENDER)


@cache
def written(cause: str, wording: str = "") -> str:
    return page_of(cause, wording).paper.as_text


@pytest.mark.parametrize("cause", causes.NAMES)
def test_every_causes_briefs_are_their_golden_file(cause: str, update_golden: bool) -> None:
    golden = BRIEFS / f"{cause}.txt"
    text = RULE.join(written(cause, wording) for wording in ("confirmed", "inconclusive"))
    if update_golden:
        golden.parent.mkdir(parents=True, exist_ok=True)
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize("form", FORMS)
def test_golden_of_every_form(form: str, update_golden: bool) -> None:
    golden = WRITTEN / "forms" / f"brief.{form}"
    text = FORMS[form](brief(answer("lines-not-forwarded"), now=NOW, sender=SENDER).paper)
    if update_golden:
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")


def test_no_golden_is_a_stray() -> None:
    assert {p.stem for p in BRIEFS.iterdir()} == set(causes.NAMES)
    assert {p.stem for p in (WRITTEN / "forms").iterdir()} == {"letter", "ticket", "brief"}


@pytest.mark.parametrize("cause", causes.NAMES)
@pytest.mark.parametrize("wording", WORDINGS)
def test_what_is_said_first_is_one_sentence_fit_for_the_client(cause: str, wording: str) -> None:
    text = page_of(cause, wording).paper.as_markdown
    said_first = " ".join(re.findall(r"(?m)^(?:> )?(.+)$", text.split("## Say first")[1].split("## Then ask")[0]))
    said_first = said_first.removeprefix("> ")
    assert len(said_first.split()) >= 8
    assert said_first.endswith(".")
    assert not re.search(r"[.!?] [A-Z]", said_first)
    assert bans_in(said_first) == ()


@pytest.mark.parametrize("cause", causes.NAMES)
def test_it_has_what_not_to_say_and_a_promise_with_its_time(cause: str) -> None:
    text = " ".join(written(cause, "confirmed").split())
    dont, promise = text.split("DO NOT SAY")[1].split("PROMISE")
    assert dont.count(" - ") >= 4
    assert "by Wednesday, September 2 at 5:00 pm" in promise


def test_an_open_case_names_no_cause_to_the_client() -> None:
    text = written("lines-not-forwarded", "inconclusive")
    assert "Any cause by name" in text.split("DO NOT SAY")[1]


def test_a_complaint_without_a_cause_gets_its_questions_in_their_order() -> None:
    report = answer("understaffed")
    rude = replace(
        report,
        complaint="rude-operator",
        causes=(),
        verdict=replace(report.verdict, cause="", title="", party="", wording="inconclusive", confidence=None),
    )
    text = brief(rude, now=NOW).paper.as_text
    order = [text.index(part) for part in ("What was said", "About when was the call", "What would put it right")]
    assert order == sorted(order)
    assert "write it down in their words" in " ".join(text.split())
    assert "--answer" not in text  # these have no letters to answer with


def test_an_answer_moves_the_causes_and_is_not_asked_again() -> None:
    report = answer("lines-forwarded-late")
    before = brief(report, now=NOW).paper.as_text
    after = brief(report, now=NOW, answers={"forwarding": 3}).paper.as_text
    assert "Who turns your lines over" in before
    assert "Who turns your lines over" not in after
    assert "With their answers so far: the client" in " ".join(after.split())


@pytest.mark.parametrize(
    "answers", [{"nothing": 0}, {"forwarding": 7}, {"forwarding": -1}, {"said": 0}]
)
def test_an_answer_that_does_not_exist_is_refused(answers: dict[str, int]) -> None:
    with pytest.raises(UsageError):
        brief(answer("lines-forwarded-late"), now=NOW, answers=answers)


@pytest.mark.parametrize("text", ["forwarding", "=a", "forwarding=", "forwarding=z", "forwarding=ab", ""])
def test_an_answer_is_a_question_and_a_letter(text: str) -> None:
    with pytest.raises(UsageError):
        said(text)


# --- which question is asked ----------------------------------------------------------------------------------


def test_every_question_knows_its_causes_and_checks() -> None:
    facets = {f.name for name in checks.NAMES for f in checks.get(name).facets} | set(checks.NAMES)
    assert len({q.id for q in QUESTIONS}) == len(QUESTIONS)
    for question in QUESTIONS:
        assert {c for r in question.replies for c in r.fits} <= set(causes.NAMES), question.id
        assert set(question.settles) <= facets, question.id
        assert len(question.replies) <= len(LETTERS)
        assert question.ask.endswith(("?", ".)"))
        assert len(question.replies) != 1


def test_every_cause_can_be_told_from_its_neighbours_by_some_question() -> None:
    asked = [q for q in QUESTIONS if q.replies]
    alike = {
        (name, other)
        for name in causes.NAMES
        for other in causes.get(name).neighbours
        if other in causes.NAMES and all(q.chances(name) == q.chances(other) for q in asked)
    }
    # a client knows nothing of how the service was staffed: these are for the records alone
    assert alike <= {("understaffed", "slow-handling"), ("slow-handling", "understaffed")}


def two(name: str, first: tuple[str, ...], second: tuple[str, ...]) -> Question:
    return Question(name, f"{name}?", "", (), (Reply("yes", first), Reply("no", second)))


def test_the_question_that_tells_the_open_causes_apart_comes_first() -> None:
    idle = two("idle", ("a", "b"), ("c",))
    sharp = two("sharp", ("a",), ("b",))
    assert best({"a": 0.5, "b": 0.5}, [idle, sharp]) == (sharp,)


def test_of_two_alike_the_one_that_stands_in_for_a_missing_file_comes_first() -> None:
    plain, stands_in = two("plain", ("a",), ("b",)), replace(two("stands", ("a",), ("b",)), settles=("kpi-stopped",))
    assert best({"a": 0.5, "b": 0.5}, [plain, stands_in])[0] == plain
    assert best({"a": 0.5, "b": 0.5}, [plain, stands_in], missing=["kpi-stopped"])[0] == stands_in


def test_a_question_that_repeats_another_waits_behind_one_that_adds() -> None:
    first = two("first", ("a", "b"), ("c", "d"))
    again = two("again", ("a", "b"), ("c", "d"))
    adds = two("adds", ("a", "c"), ("b", "d"))
    four = dict.fromkeys("abcd", 0.25)
    assert [q.id for q in best(four, [first, again, adds])][:2] == ["first", "adds"]


def test_no_more_are_asked_than_a_call_bears() -> None:
    many = [two(f"q{i:02d}", ("a",), ("b",)) for i in range(20)]
    assert 2 <= len(best({"a": 0.5, "b": 0.5}, many)) <= MOST


def test_answers_move_the_causes_as_bayes_would() -> None:
    sharp = two("sharp", ("a",), ("b",))
    after = answered({"a": 0.5, "b": 0.5}, {"sharp": 0}, [sharp])
    assert after == pytest.approx({"a": 0.8, "b": 0.2})
    unmoved = answered({"a": 0.7, "z": 0.3}, {"sharp": 0}, [two("sharp", ("q",), ("b",))])
    assert unmoved == pytest.approx({"a": 0.7, "z": 0.3})


def test_chances_sum_to_one_for_every_cause_and_question() -> None:
    for question in QUESTIONS:
        for cause in causes.NAMES if question.replies else ():
            assert sum(question.chances(cause)) == pytest.approx(1)


def test_a_sure_verdict_still_leaves_a_question_that_could_overturn_it() -> None:
    sure = {"lines-not-forwarded": 0.999, "number-down": 0.001, "within-normal": 0.0}
    assert set(open_causes(sure)) == {"lines-not-forwarded", "number-down"}
    assert best(sure, QUESTIONS)


@pytest.mark.parametrize("cause", causes.NAMES)
def test_every_brief_of_a_cause_that_is_not_certain_asks_something(cause: str) -> None:
    assert "\n1. " in written(cause)
