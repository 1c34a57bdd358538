"""A switch that was down for everybody, of which no table says whether that had been announced."""

from __future__ import annotations

import json

import pandas as pd

from calltrace.diagnosis.audit import audit_case
from calltrace.diagnosis.audit.telling import worded
from calltrace.diagnosis.bounds import unannounced
from calltrace.diagnosis.diagnose import diagnose
from calltrace.diagnosis.diagnosis import Diagnosis, Ranked
from calltrace.diagnosis.evidence import Evidence, Outcome
from calltrace.diagnosis.scene import Question
from calltrace.report.audit import audit_report_of
from calltrace.report.letter import letter
from calltrace.report.making import report_of
from calltrace.report.render import to_json, to_terminal
from calltrace.report.saved import report_from
from calltrace.tables.case import Case
from support import account, at, case, steady

DOWN = at(14, 10), at(14, 12)


def service(**tables: list[dict[str, object]]) -> Case:
    """Three accounts on two groups with no call for two hours, in which the switch counted nothing."""
    rows = [r for who in "123" for r in steady(
        who, every_min=20, days=17, offset_min=int(who), trunk_group="A" if who < "3" else "B", silent=[DOWN])]
    for row in rows[::10]:
        row |= {"outcome": "abandoned", "agent": None}
    counted = [{"interval_start": t, "scope": "platform", "offered": 4} for t in pd.date_range(at(0), at(17), freq="30min")
               if not DOWN[0] <= t < DOWN[1]]
    accounts = [account(who, trunk_group="A" if who < "3" else "B") for who in "123"]
    return case(rows, kpi=counted, accounts=accounts, **tables)


def ask(**tables: list[dict[str, object]]) -> Diagnosis:
    return diagnose(service(**tables), Question("1", "missed-calls", at(14, 9), at(14, 13)))


def test_an_audit_says_how_sure_that_is_and_its_cause_keeps_its_chance() -> None:
    report = audit_report_of(audit_case(service(), start=at(14), end=at(15)), command="audit")
    (trouble,) = report.findings
    assert (trouble.title, trouble.wording) == (unannounced.TITLE, "confirmed")
    assert (trouble.confidence or 1.0) < 0.75
    assert (trouble.chance or 0.0) > 0.95
    text = to_terminal.render(report).replace("\N{NO-BREAK SPACE}", " ")
    assert "% sure; platform-outage " in " ".join(text.split())


def test_that_the_switch_was_down_is_said_where_only_the_announcement_is_open() -> None:
    answer = ask()
    first, second = answer.ranked[:2]
    assert {first.cause, second.cause} == {"platform-outage", "planned-shutdown"}
    assert first.probability < 0.75
    assert answer.wording == "confirmed"
    assert f": {unannounced.TITLE}. " in answer.summary
    assert answer.next_steps[0] == "To settle it: the maintenance calendar."
    report = report_of(answer, command="investigate")
    assert report.verdict.chance == first.probability + second.probability
    assert report.verdict.confidence == first.probability  # of the cause, which is what a program reads
    read = report_from(json.loads(to_json.render(report)))
    assert read.verdict == report.verdict
    assert "on record. (confirmed" in " ".join(to_terminal.render(report).split()).replace("\N{NO-BREAK SPACE}", " ")
    text = " ".join(letter(read).paper.as_text.split())
    assert "Our phone system was down" in text
    assert "Whether it was shut down for work that had been announced, or failed, I am still finding out." in text
    assert "do not settle" not in text


def test_a_table_of_events_settles_it() -> None:
    note = {"starts_at": at(3), "ends_at": at(3, 1), "kind": "note", "scope": "platform", "target": "", "note": "inspection"}
    answer = ask(events=[note])
    assert answer.ranked[0].cause == "platform-outage"
    assert "on record" not in answer.ranked[0].title
    assert report_of(answer, command="investigate").verdict.down is None


def ranked(*of: tuple[str, float]) -> tuple[Ranked, ...]:
    return tuple(Ranked(cause, cause, "service", chance, (), (), ()) for cause, chance in of)


def test_neither_is_said_to_be_sure_where_both_together_are_not() -> None:
    open_ = {unannounced.ANNOUNCED: Evidence(unannounced.ANNOUNCED, Outcome.NOT_RUN, "no events")}
    both = (("planned-shutdown", 0.5), ("platform-outage", 0.45), ("records-missing", 0.05))
    assert unannounced.sure(ranked(*both), open_) == 0.95
    assert worded("confirmed", 0.95) == "confirmed"
    assert unannounced.sure(ranked(("platform-outage", 0.3), ("planned-shutdown", 0.2), ("records-missing", 0.5)), open_) is None
    assert unannounced.sure(ranked(("platform-outage", 0.5), ("records-missing", 0.45)), open_) is None
    assert unannounced.sure(ranked(*both), {}) is None
