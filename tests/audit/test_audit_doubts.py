"""Where an account stands that had a silence which its investigation finds likely, and the audit too doubtful to tell."""

from __future__ import annotations

from dataclasses import replace

import pytest

from audit.quiet import WINDOW, service
from calltrace.diagnosis.audit import run
from calltrace.diagnosis.audit.doubts import DOUBTED, doubts
from calltrace.diagnosis.audit.run import audit_case
from calltrace.report.audit import audit_report_of
from calltrace.report.render.to_terminal import render
from support import at

NIGHT = (at(28, 18), at(29, 8))


def test_nobody_is_clear_of_a_silence_that_is_only_too_doubtful_to_be_told(monkeypatch: pytest.MonkeyPatch) -> None:
    records = service({"1": [NIGHT]})
    seen = audit_case(records, start=WINDOW[0], end=WINDOW[1], charts=False)
    assert {s.account: s.status for s in seen.standings}["1"] == "finding"

    monkeypatch.setattr(run, "weighed", lambda *_: [])
    found = audit_case(records, start=WINDOW[0], end=WINDOW[1], charts=False)
    stands = {s.account: s for s in found.standings}
    assert (found.findings, stands["1"].status, stands["2"].status) == ((), "unjudged", "clear")
    assert stands["1"].why == (
        "no call Mon 29 Jun 07:49 to Tue 30 Jun 18:01, where 72 calls would be usual: by chance, or perhaps the client did"
        f" not forward its lines; {DOUBTED}")
    shown = " ".join(render(audit_report_of(found)).split())
    assert "With a silence too doubtful for a finding, so not clear: Client 1 (1)." in shown
    assert "Too few calls or too little history to judge" not in shown


def test_of_several_such_silences_the_one_that_cost_most_is_said_and_none_that_was_told() -> None:
    (one,) = audit_case(service({"1": [NIGHT]}), start=WINDOW[0], end=WINDOW[1], charts=False).findings
    less = replace(one, start=at(29, 18), end=at(30), lost=3.4, data={"number": "+12125550001"})
    assert dict(doubts([one], [one])) == {}
    assert dict(doubts([less, one], []))["1"].startswith("no call Mon 29 Jun 07:49 to ")
    assert dict(doubts([less, one], [one]))["1"].startswith("no call to +12125550001 Tue 30 Jun 18:00 to Wed 1 Jul 00:00")
    assert dict(doubts([replace(one, check="surge"), replace(one, account=None)], [])) == {}
