"""Where an account stands that had what its investigation finds likely, and the audit too doubtful to tell."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from audit.quiet import WINDOW, service
from calltrace.diagnosis.audit import judge, looking, weighing
from calltrace.diagnosis.audit.doubts import DOUBTED, doubts
from calltrace.diagnosis.audit.run import audit_case
from calltrace.diagnosis.audit.standing import Usual, _unremarked
from calltrace.report.audit import audit_report_of
from calltrace.report.render.to_terminal import render
from support import account, at, case, steady

NIGHT = (at(28, 18), at(29, 8))
CLEAR = Usual(10.0, 28.0, "")


def test_nobody_is_clear_of_a_silence_that_is_only_too_doubtful_to_be_told(monkeypatch: pytest.MonkeyPatch) -> None:
    records = service({"1": [NIGHT]})
    seen = audit_case(records, start=WINDOW[0], end=WINDOW[1], charts=False)
    assert {s.account: s.status for s in seen.standings}["1"] == "finding"

    monkeypatch.setattr(looking, "weighed", lambda *_: [])
    found = audit_case(records, start=WINDOW[0], end=WINDOW[1], charts=False)
    stands = {s.account: s for s in found.standings}
    assert (found.findings, stands["1"].status, stands["2"].status) == ((), "unjudged", "clear")
    twice = [replace(usual, doubt=said) for usual, said in ((CLEAR, "first"), (CLEAR, ""), (CLEAR, "the rest of it"))]
    assert _unremarked([CLEAR, *twice], 40.0, "", silent=False)[1] == "first"
    assert stands["1"].why == (
        "no call Mon 29 Jun 07:49 to Tue 30 Jun 18:01, where 72 calls would be usual: by chance, or perhaps the client did"
        f" not forward its lines; {DOUBTED}")
    shown = " ".join(render(audit_report_of(found)).split())
    assert "With what is too doubtful for a finding, so not clear: Client 1 (1)." in shown
    assert "Too few calls or too little history to judge" not in shown


def test_of_several_such_silences_the_one_that_cost_most_is_said_and_none_that_was_told() -> None:
    (one,) = audit_case(service({"1": [NIGHT]}), start=WINDOW[0], end=WINDOW[1], charts=False).findings
    less = replace(one, start=at(29, 18), end=at(30), lost=3.4, data={"number": "+12125550001"})
    assert dict(doubts([one], [one])) == {}
    assert dict(doubts([less, one], []))["1"].startswith("no call Mon 29 Jun 07:49 to ")
    assert dict(doubts([less, one], [one]))["1"].startswith("no call to +12125550001 Tue 30 Jun 18:00 to Wed 1 Jul 00:00")
    assert dict(doubts([replace(one, check="hold"), replace(one, account=None)], [])) == {}


def test_nobody_is_clear_of_a_crowd_of_its_own_that_is_only_too_doubtful_to_be_told(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = [row for place, who in enumerate("1234") for row in steady(who, every_min=30, days=35, offset_min=5 * place)]
    came = [{**calls[0], "call_id": f"more-{k}", "offered_at": at(29, 10) + pd.Timedelta(minutes=4 * k)} for k in range(30)]
    for place, row in enumerate(calls + came):
        row["ani"] = f"+1917555{place:04d}"
    records = case(calls + came, accounts=[account(who) for who in "1234"])

    def stands() -> tuple[int, str, str]:
        found = audit_case(records, start=WINDOW[0], end=WINDOW[1], charts=False)
        (one,) = [s for s in found.standings if s.account == "1"]
        return len(found.findings), one.status, one.why

    assert stands()[:2] == (1, "finding")
    for module in (judge, weighing):
        monkeypatch.setattr(module, "worth_saying", lambda *_: False)
    assert stands()[:2] == (0, "unjudged")
    assert stands()[2] == (
        "30 calls more than usual Tue 30 Jun 10:00 to 12:00: by chance, or perhaps the account's own callers came in far above"
        f" its normal; {DOUBTED}")
