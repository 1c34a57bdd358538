from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from calltrace.diagnosis.diagnosis import Hit, RuledOut
from calltrace.diagnosis.evidence import Evidence, Outcome
from calltrace.report.relevance import others_hit, provable_of, ruled_out_of
from calltrace.report.render._words import capital, closed
from report import story

PROVABLE = "a silence since Fri 5 Jun 17:00 is 1 in 1,000 only if it lasts until Sat 6 Jun 04:00"


def hit(account: str) -> Hit:
    return Hit(account, account, 4.0, 0.0, "none of 4 came")


def test_what_would_be_proof_is_left_out_once_a_call_has_ended_the_silence() -> None:
    base = story.diagnosis()
    last = max(s.last for s in base.case.sources if s.table == "calls" and s.last is not None)
    for end, said in ((last - pd.Timedelta(hours=1), ""), (last, PROVABLE)):
        silent = Evidence("account-silent", Outcome.CLEAR, "short of proof", strength=0.5, start=base.start, end=end)
        assert provable_of(replace(base, provable=PROVABLE, evidence=(silent,))) == said


def test_what_would_be_proof_is_left_out_of_an_answer_that_nothing_is_unusual() -> None:
    base = replace(story.diagnosis(), provable=PROVABLE, evidence=())
    usual = replace(base.ranked[0], cause="within-normal")
    assert (provable_of(base), provable_of(replace(base, ranked=(usual, *base.ranked[1:])))) == (PROVABLE, "")


def test_nobody_is_hit_besides_itself_or_by_its_own_surge() -> None:
    surge = Evidence("other-surge", Outcome.FOUND, "1200 had 190 calls", strength=1.0, data={"account": "1200"})
    hits = (hit("1100"), hit("1200"), hit("1300"))
    assert [h.account for h in others_hit(hits, "1100", [surge])] == ["1300"]
    clear = replace(surge, outcome=Outcome.CLEAR)
    assert [h.account for h in others_hit(hits, None, [clear])] == ["1100", "1200", "1300"]


def test_a_cause_that_begins_with_not_is_quoted() -> None:
    row = RuledOut("Was it dispatched?", "yes", "not not-dispatched, no-record-of-call, …", "dispatched")
    plain = replace(row, so="not number-down, records-missing")
    told = ruled_out_of(replace(story.diagnosis(), ruled_out=(row, plain)))
    assert [r.so for r in told] == ["not “not-dispatched”, “no-record-of-call”, …", "not number-down, records-missing"]


@pytest.mark.parametrize(
    ("text", "name", "shown"),
    [
        ("the trunk group was silent", "", "The trunk group was silent"),
        ("eBay: nobody came", "", "eBay: nobody came"),
        ("a|b: nobody came", "", "a|b: nobody came"),
        ("dana & sons: nobody came", "dana & sons", "dana & sons: nobody came"),
        ("new since Friday: nobody came", "Polar", "New since Friday: nobody came"),
        ("don't know", "", "Don't know"),
        ("élan: nobody came", "élan", "élan: nobody came"),
        ("2 of 3 came", "", "2 of 3 came"),
    ],
)
def test_a_name_is_shown_as_its_owner_writes_it(text: str, name: str, shown: str) -> None:
    assert capital(text, name) == shown
    assert closed(text, name) == f"{shown}."
