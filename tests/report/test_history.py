from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from calltrace.desk.ledger.ledger import Ledger
from calltrace.report import render
from calltrace.report.history import remember, remember_audit
from calltrace.report.mail.compose import of_audit
from calltrace.report.making import report_of
from calltrace.report.report import Report
from calltrace.report.saved import report_from
from report import audits, story

DAY = timedelta(days=1)


@pytest.fixture
def report() -> Report:
    """The story's: account 1021, lines-not-forwarded, from Fri 5 Jun 2026."""
    return report_of(story.diagnosis(), command="investigate")


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with Ledger(str(tmp_path / "ledger.sqlite3")) as book:
        yield book


def trouble(ledger: Ledger, report: Report, *, days_before: float, cause: str, account: str = "") -> int:
    told = report.to_dict()
    start, end = (at - days_before * DAY for at in (report.window.start, report.window.end))
    told["verdict"] = {**told["verdict"], "cause": cause}  # type: ignore[dict-item]
    told["window"] = {"start": start.isoformat(), "end": end.isoformat()}
    return ledger.open_case(
        account or report.account.account, by="dana", now=end, name="Polar Refrigeration", zone=report.zone, report=told
    )


def test_the_next_investigation_knows_what_came_before(ledger: Ledger, report: Report) -> None:
    assert remember(report, ledger) == report
    trouble(ledger, report, days_before=91, cause="lines-forwarded-late")
    trouble(ledger, report, days_before=35, cause="lines-released-early")
    trouble(ledger, report, days_before=20, cause="understaffed")
    told = remember(report, ledger)
    assert told.next_steps[0] == (
        "Third forwarding trouble since March: ask how their forwarding is done (C-0001, C-0002)."
    )
    assert told.next_steps[1:] == report.next_steps
    assert [one.cause for one in told.history] == ["lines-forwarded-late", "lines-released-early", "understaffed"]
    assert told.verdict == report.verdict  # the past is asked about, it does not accuse
    text = render.get("terminal")(told, width=120)
    assert "Earlier cases of this account (3): C-0003 16 May 2026 understaffed, open; C-0002 1 May 2026" in text
    assert "1. Third forwarding trouble since March: ask how their forwarding is done (C-0001, C-0002)." in text
    for name in ("html", "markdown"):
        page = render.get(name)(told)
        assert "Earlier cases of this account" in page
        assert "16 May 2026 understaffed, open" in page.replace("\\", "")
        assert "Earlier cases" not in render.get(name)(report)
    document = json.loads(render.get("json")(told))
    assert [c["case"] for c in document["history"]] == ["C-0001", "C-0002", "C-0003"]
    assert report_from(document).history == told.history


def test_a_case_is_no_history_of_its_own_report(ledger: Ledger, report: Report) -> None:
    case = trouble(ledger, report, days_before=30, cause="lines-not-forwarded")
    assert remember(report, ledger, case=case) == report
    assert remember(report, ledger).history


def test_the_audit_says_what_is_due_and_what_came_again(ledger: Ledger, report: Report) -> None:
    audit = audits.small()
    found = next(t for t in audit.findings if t.account is not None)
    own = replace(report, window=found.window, zone=found.zone)
    assert found.account is not None
    for account in (found.account, "another"):
        trouble(ledger, own, days_before=14, cause=found.cause, account=account)
    now = found.window.end + DAY
    ledger.promise(1, "call <Ms Keane> back", now - timedelta(hours=2), by="dana", now=now - DAY)
    ledger.promise(2, "next month", now + 30 * DAY, by="dana", now=now - DAY)
    told = remember_audit(audit, ledger, now=now)
    assert told.ledger is not None
    assert [(d.text, d.overdue) for d in told.ledger.due] == [("call <Ms Keane> back", True)]
    assert [r.accounts for r in told.ledger.repeated] == [
        ((found.account, "Polar Refrigeration", 1), ("another", "Polar Refrigeration", 1))]  # fmt: skip
    again = next(t for t in told.findings if t.key == found.key)
    assert again.next_steps[0].startswith("Second ")
    text = render.get("terminal")(told, width=160)
    assert "(2 h overdue): call <Ms Keane> back" in text
    assert "Came again: " in text
    for name in ("html", "markdown"):
        page = render.get(name)(told)
        assert "In the ledger" in page
        assert "overdue): call" in page.replace("\\", "")
        assert "<Ms Keane>" not in page
        assert "In the ledger" not in render.get(name)(audit)
    mail = of_audit(told)
    assert "1 overdue in the ledger" in mail.subject
    assert "call &lt;Ms Keane&gt; back" in mail.html
    assert "Came again:" in mail.html
    assert json.loads(render.get("json")(told))["ledger"]["due"][0]["case"] == "C-0001"
