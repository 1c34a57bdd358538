"""The stories of the sample logs, and the logs a real Asterisk wrote, answered as they must be."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from calltrace.diagnosis.audit import audit
from calltrace.diagnosis.diagnose import ask, diagnose, investigate
from calltrace.diagnosis.diagnosis import Diagnosis
from calltrace.intake.load import load
from calltrace.tables.case import Case

WEEKEND = {"start": "2026-02-13 16:00", "end": "2026-02-16 09:00"}
EASTERN = "America/New_York"


@pytest.mark.parametrize(
    ("folder", "wording"),
    # an Asterisk keeps no line tests: a number that was down all weekend is not ruled out by its logs
    [("refrigeration-weekend", "confirmed"), ("refrigeration-weekend-asterisk", "likely")])
def test_the_weekend_nobody_forwarded_the_lines(repo_root: Path, folder: str, wording: str) -> None:
    answer = investigate([repo_root / "sample_logs" / folder], account="polar", complaint="missed-calls", **WEEKEND)
    assert answer.ranked[0].cause == "lines-not-forwarded"
    assert answer.wording == wording
    assert answer.account.account == "1021"
    assert answer.also_affected == ()


def test_the_weekend_rules_out_the_rest_by_its_own_evidence(repo_root: Path) -> None:
    folder = repo_root / "sample_logs" / "refrigeration-weekend"
    answer = investigate([folder], account="1021", complaint="missed-calls", **WEEKEND)
    ruled_out = " ".join(r.so for r in answer.ruled_out)
    for cause in ("platform-outage", "carrier-outage", "number-down", "within-normal"):
        assert cause in ruled_out
    shown = {r.facet for r in answer.ruled_out}
    assert "number-tests-failed" in shown, "toll-free trouble is ruled out by test calls to the numbers"
    assert "lost-after-arrival" in shown, "abandonment is ruled out by no call having arrived"


def test_the_weekend_from_the_asterisk_logs_alone(repo_root: Path, tmp_path: Path) -> None:
    for name in ("Master.csv", "queue_log"):
        shutil.copy(repo_root / "sample_logs" / "refrigeration-weekend-asterisk" / name, tmp_path)
    answer = investigate([tmp_path], account="1021", complaint="missed-calls", tz=EASTERN, **WEEKEND)
    assert answer.ranked[0].cause == "lines-not-forwarded"
    assert not answer.account.known
    assert any("accounts" in m or "kpi" in m for o in answer.open for m in o.missing)


@pytest.mark.parametrize("account", ["1021", "1003", "1034"])
def test_a_healthy_week_accuses_nobody(repo_root: Path, account: str) -> None:
    case = load([repo_root / "sample_logs" / "healthy-week"])
    accounts = set(case.table("accounts")["account"])
    if account not in accounts:
        account = sorted(accounts)[int(account) % len(accounts)]
    answer = diagnose(case, ask(case, account=account, complaint="missed-calls"))
    assert answer.wording != "confirmed" or answer.ranked[0].party == "nobody"


def real(shared: Path, run: str, tmp_path: Path) -> Case:
    """The case of a real run, from Master.csv and queue_log alone."""
    folder = tmp_path / run
    folder.mkdir()
    for name in ("Master.csv", "queue_log"):
        shutil.copy(shared / "pbx-lab" / run / name, folder)
    return load([folder], tz=EASTERN)


def asked(case: Case, account: str, complaint: str, start: str, end: str) -> Diagnosis:
    return diagnose(case, ask(case, account=account, complaint=complaint, start=start, end=end))


def test_real_lines_not_forwarded_are_named_so(shared: Path, tmp_path: Path) -> None:
    case = real(shared, "not-forwarded", tmp_path)
    answer = asked(case, "L", "missed-calls", "2026-04-26 16:00", "2026-04-29 00:00")
    assert answer.ranked[0].cause == "lines-not-forwarded"
    assert answer.wording in {"confirmed", "likely"}
    for other in "KMNPR":
        verdict = asked(case, other, "missed-calls", "2026-04-26 16:00", "2026-04-29 00:00")
        assert not (verdict.wording == "confirmed" and verdict.ranked[0].party in {"client", "carrier"})


@pytest.mark.parametrize("complaint", ["missed-calls", "abandoned", "long-ring", "busy"])
def test_a_real_healthy_week_accuses_nobody(shared: Path, tmp_path: Path, complaint: str) -> None:
    case = real(shared, "baseline", tmp_path)
    for account in "KLMNPR":
        answer = asked(case, account, complaint, "2026-04-20", "2026-04-22")
        top = answer.ranked[0]
        assert top.party == "nobody" or answer.wording != "confirmed", f"{account}: {answer.summary}"


def test_what_was_loaded_once_is_asked_and_audited_without_reading_again(repo_root: Path) -> None:
    folder = repo_root / "sample_logs" / "refrigeration-weekend"
    case = load(folder)
    asked = [investigate(where, account="polar", complaint="missed-calls", **WEEKEND) for where in (case, folder, [folder])]
    assert {(a.ranked[0].cause, a.wording, a.summary) for a in asked} == {
        (asked[0].ranked[0].cause, asked[0].wording, asked[0].summary)}
    days = {"start": "2026-02-13", "end": "2026-02-16"}
    assert [f.key for f in audit(case, **days).findings] == [f.key for f in audit(folder, **days).findings] != []


@pytest.mark.parametrize(
    ("complaint", "facet"),
    [("long-ring", "own-rings-long"), ("long-hold", "own-waits-long"), ("abandoned", "abandoned-more"), ("busy", "refused-busy")])
def test_what_the_records_do_not_bear_out_is_told_by_what_would_have_shown_it(
    repo_root: Path, complaint: str, facet: str
) -> None:
    case = load([repo_root / "sample_logs" / "healthy-week"])
    account = case.calls["account"].value_counts().index[0]
    answer = diagnose(case, ask(case, account=account, complaint=complaint))
    assert answer.ranked[0].cause == "within-normal"
    told = next(e.says for e in answer.evidence if e.facet == facet)
    assert told[1:] in answer.summary
