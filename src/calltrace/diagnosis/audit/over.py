"""What is over though the window cut it off: calls after the window, where records go on, end a silence or an outage.

Who asks of last month is not to be told that a silence of then is still going on, nor to make a test call during it.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pandas as pd

from calltrace.diagnosis.checks._left_on import over_since
from calltrace.diagnosis.scene import account_facts
from calltrace.errors import InputError
from calltrace.tables.coverage import coverage_spans
from calltrace.tables.group_names import same

if TYPE_CHECKING:
    from calltrace.diagnosis.audit.findings import Finding
    from calltrace.tables.case import Case

OF_NUMBERS = frozenset({"some-lines-not-forwarded", "number-down"})
"""Causes of a silence of some of an account's numbers: its other calls say nothing of its end."""

USUAL = timedelta(days=28)
"""Before a trouble began, over which a number's usual calls are counted,"""

LEAST_A_DAY = 1.0
"""and how many a day a number had at least whose silence of a day or two anybody could have found."""

LEFT_ON = "forwarding-left-on"

LATER = timedelta(days=7)
"""After a window, over which the calls outside coverage are looked at that would go on."""

INSTANT = pd.Timedelta(seconds=1)
"""By which a span that ends with a call holds it."""

MEANWHILE = "during the silence."
"""How a next step ends that can be done only as long as a silence lasts."""


def seen_later(case: Case, finding: Finding) -> Finding:
    """Return a finding as the records after its window show it: over, where they do, with no step that is too late."""
    if finding.ongoing and over(case, finding):
        finding = replace(finding, ongoing=False)
    if finding.ongoing or finding.check != "silence":
        return finding
    steps = tuple(f"{s[:-1]}, if one was made." if s.endswith(MEANWHILE) else s for s in finding.next_steps)
    return replace(finding, next_steps=steps)


def over(case: Case, finding: Finding) -> bool:
    """Say whether calls after the window show that a silence or an outage, which its end cut off, is over."""
    at = case.calls["offered_at"]
    if finding.check == "outage":
        later = at >= finding.end
        if finding.trunk_group is not None:
            later &= same(case.calls["trunk_group"], finding.trunk_group)
        return bool(later.fillna(value=False).any())
    if finding.cause == LEFT_ON and finding.account is not None:
        return _taken_back(case, finding.account, finding)
    if finding.check != "silence" or finding.account is None:
        return False
    own = case.calls_of(finding.account)
    since = own[own["offered_at"] >= finding.end]
    number = finding.data.get("number")
    if number is not None:
        return bool((since["dnis"] == number).any())
    if since.empty or finding.cause not in OF_NUMBERS:
        return not since.empty
    return not mute(case, finding.account, finding.counted[0], finding.end, since["offered_at"].max() + INSTANT)


def _taken_back(case: Case, account: str, finding: Finding) -> bool:
    """Say whether lines that were left forwarded have been taken back in the days after a window, where the coverage is known."""
    facts, own = account_facts(case, account), case.calls_of(account)
    end = min(finding.end + LATER, case.calls["offered_at"].iloc[-1])
    if not facts.coverage.strip() or end <= finding.end:
        return False
    holidays = case.holidays(account, facts.zone) if "PH" in facts.coverage else frozenset()
    try:
        spans = coverage_spans(facts.coverage, facts.zone, finding.start, end, holidays)
    except InputError:
        return False
    covered = sum((min(b, finding.end) - a).total_seconds() for a, b in spans if a < finding.end)
    out_s = (finding.end - finding.start).total_seconds() - covered
    rate = finding.harmed / max(out_s / 3600, 1.0)
    later = own.loc[(own["offered_at"] >= finding.end) & (own["offered_at"] < end), "offered_at"]
    return over_since(later, spans, rate, finding.end, end)


def mute(case: Case, account: str, began: pd.Timestamp, since: pd.Timestamp, end: pd.Timestamp) -> bool:
    """Say whether a number of the account that had calls every day before a trouble began has had none in [since, end)."""
    calls = case.calls_of(account)
    at = calls["offered_at"]
    rang = set(calls.loc[(at >= since) & (at < end), "dnis"].dropna())
    before = calls.loc[(at < began) & (at >= began - USUAL)]
    days = max((min(began - before["offered_at"].min(), USUAL)) / timedelta(days=1), 1.0) if len(before) else 1.0
    usual = before["dnis"].value_counts()
    return any(usual.get(n, 0) >= LEAST_A_DAY * days for n in account_facts(case, account).numbers if n not in rang)
