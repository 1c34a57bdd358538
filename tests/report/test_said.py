"""What renderers say alike of a finding: how sure its heading is, what was lost, and when it was felt."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from calltrace.report.audit import Trouble
from calltrace.report.mail import compose
from calltrace.report.render import get
from calltrace.report.render._said import felt_said, harm_said, what
from calltrace.report.render._words import NBSP
from report.audits import START, small, trouble

TITLE = "the client did not forward its lines"


@pytest.mark.parametrize(
    ("wording", "summary", "said"),
    [
        ("confirmed", f"Polar: {TITLE}. No call.", TITLE),
        ("likely", f"Polar: most likely {TITLE}. No call.", f"most likely {TITLE}"),
        ("inconclusive", f"Polar: not settled, perhaps {TITLE}. No call.", f"not settled, perhaps {TITLE}"),
        # the records show outright that it was so: whether it is out of the ordinary is what is not settled
        ("inconclusive", f"Polar: {TITLE}. No call.", TITLE),
        # that calls were lost is sure, and only why is not
        ("inconclusive", f"Polar: calls were lost (96% sure); why is not settled, perhaps {TITLE}. No call.",
         f"calls lost (96% sure), perhaps {TITLE}"),
        ("inconclusive",
         f"Polar: calls are most likely being lost (80%); the records do not settle why; nearest is that {TITLE}.",
         f"calls most likely lost (80%), perhaps {TITLE}"),
        ("inconclusive", "3 numbers that lie side by side were silent.", f"not settled, perhaps {TITLE}"),
    ],
)
def test_a_heading_accuses_nobody_more_surely_than_the_sentence_below_it(wording: str, summary: str, said: str) -> None:
    one = trouble(wording=wording, summary=summary, confidence=0.4)
    assert what(one) == said
    audit = replace(small(), findings=(one,))
    for name in ("html", "markdown"):
        page = str(get(name)(audit))
        assert f"Polar Refrigeration: {said}" in page or f"Polar Refrigeration (1021): {said}" in page
    assert f": {said} (40 %)" in compose.of_audit(audit).subject


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"lost": 38.0}, "38 calls lost"),
        ({"lost": 38.0, "cause": "records-missing"}, "38 calls without a record"),  # the calls may have been answered
        ({"lost": 0.0, "harmed": 2.0}, "2 calls harmed"),
        ({"lost": 0.0}, "no call lost"),
        ({"lost": 0.0, "harmed": 12.0, "check": "bill", "data": {"extra_calls": 12.0}}, "12 calls concerned"),
        ({"lost": 0.0, "harmed": 0.0, "check": "bill", "data": {"extra_calls": 0.0}}, "a higher bill"),  # by longer calls
        ({"lost": 0.0, "check": "feed"}, ""),  # where 185 calls are usual and none is on record, nobody knows
    ],
)
def test_harm_is_said_in_calls_and_not_where_nobody_knows(changes: dict[str, object], said: str) -> None:
    assert harm_said(trouble(**changes)).replace(NBSP, " ") == said


def felt(times: int) -> Trouble:
    hour = timedelta(hours=1)
    begun = [START + timedelta(days=n) for n in range(times)]
    made: Trouble = trouble(cause="path-limit", data={"windows": [(at, at + hour) for at in begun]} if times > 1 else {})
    return made


def test_when_a_trouble_was_felt_that_came_and_went() -> None:
    assert felt_said(felt(1)) == ""
    assert felt_said(felt(2)) == "Felt Sat 6 Jun 00:00 – 01:00; Sun 7 Jun 00:00 – 01:00."
    many = felt_said(felt(5), most=2).replace(NBSP, " ")
    assert many == "Felt Tue 9 Jun 00:00 – 01:00; Wed 10 Jun 00:00 – 01:00 and 3 times before."


@pytest.mark.parametrize("name", ["terminal", "html", "markdown"])
def test_every_page_says_when(name: str) -> None:
    audit = replace(small(), findings=(felt(2),))
    assert "Felt Sat 6 Jun 00:00 – 01:00; Sun 7 Jun 00:00 – 01:00." in " ".join(str(get(name)(audit)).replace(NBSP, " ").split())
