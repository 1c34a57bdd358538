"""Findings of one trouble joined, symptoms of one another left out, and the worst put first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from calltrace.diagnosis.audit.findings import UNEXPLAINED, Finding, key
from calltrace.diagnosis.audit.ground import ROSE, WHOLE, whole
from calltrace.diagnosis.audit.severity import severity
from calltrace.diagnosis.profile import Profile

SILENCE = "silence"
"""The screen of one account's silences."""

FACTS = "dispatch"
"""The screen whose candidates are facts of single messages, and not weighed against chance."""

QUEUE = "queue"
"""Of a candidate's and a finding's data: the one queue that a trouble of several accounts is of."""

ONE = pd.Timedelta(hours=12)
"""Findings of one cause at one account less than this apart are one trouble."""

STANDING = ("path-limit", "forwarding-left-on", "too-few-trunks")
"""Causes that last until somebody changes a setting, or orders lines, though they are felt at some hours only."""

LASTING = pd.Timedelta(days=8)
"""The same for those: a limit that is met once a week is one limit."""

DAILY = ("nuisance-calls",)
"""Causes that keep hours, and come back on the next day,"""

OVERNIGHT = pd.Timedelta(hours=36)
"""less than this apart."""

WINDOWS = "windows"
"""Of a finding's data: the windows such a trouble was felt in, each as (start, end)."""

BY_AGENT = ("agent-ends-calls",)
"""Causes that are one agent's, and another one's is another trouble."""


def of_what(cause: str, data: Mapping[str, object]) -> dict[str, str]:
    """Return what a trouble of several accounts is of, where that is no trunk group: numbers, a queue, an agent; '' for none."""
    return {"numbers": str(data.get("range", "")), QUEUE: str(data.get(QUEUE, "")),
            "agent": str(data["agent"]) if cause in BY_AGENT else ""}


CROWDS = ("own-surge", "nuisance-calls")
"""What brings more calls, and is told by itself."""

WITHIN = 0.5
"""Part of the shorter of two silences of one account that must lie within the longer for them to be one trouble."""

EVERYBODY = "everybody"
"""The screen of calls that everybody lost as they came in."""

CROWD = "surge"
"""The screen of crowds."""

MADE = 0.4
"""Part of an account's extra calls that a crowd must have made for the bill to be its symptom."""


def settled(findings: Sequence[Finding]) -> list[Finding]:
    """Return the findings without those that others explain.

    A surge's calls stand on the bill as well; lines left forwarded bring a crowd every night. Messages that went astray
    with those of other accounts are told of all of them. Calls lost while the account had a trouble with a cause are that
    trouble's. An account and one of its numbers that were silent in the same hours had one trouble: the surer finding tells
    it.
    """
    findings = of_each_silence(findings)
    crowds: dict[str | None, float] = defaultdict(float)
    left_on = {f.account for f in findings if f.cause == "forwarding-left-on"}
    for one in findings:
        if one.cause in CROWDS:
            crowds[one.account] += one.harmed
        for hit in one.also_affected if one.cause == "one-way-audio" else ():  # whoever was cut off called again
            crowds[hit.account] += hit.observed or 0.0

    told = {m for f in findings if f.check == "dispatch" and f.account is None for m in _messages(f)}
    named = [f for f in findings if f.cause != UNEXPLAINED]

    def whom(one: Finding) -> set[str | None]:
        return {one.account, *(h.account for h in one.also_affected)}

    def explained(one: Finding) -> bool:
        if one.check == FACTS and one.account is not None:
            return bool(_messages(one)) and told.issuperset(_messages(one))
        if one.cause == UNEXPLAINED and one.check != EVERYBODY:
            return any(f.start < one.end and one.start < f.end and one.account in whom(f) for f in named)
        if one.cause == "more-calls":
            return crowds[one.account] >= MADE * float(str(one.data.get("extra_calls", "inf")))
        return one.cause == "own-surge" and one.account in left_on and bool(one.data.get("outside_coverage"))

    return [f for f in findings if not explained(f)]


def of_each_silence(findings: Sequence[Finding]) -> list[Finding]:
    """Return the findings, of the silences of one account that lie mostly (:data:`WITHIN`) in the same hours the surest."""
    kept: list[Finding] = []
    for one in sorted(findings, key=lambda f: (-f.confidence, -f.score, f.key)):
        if not any(_same_silence(one, other) for other in kept):
            kept.append(one)
    told = {id(f) for f in kept}
    return [f for f in findings if id(f) in told]


def _same_silence(a: Finding, b: Finding) -> bool:
    if not a.check == b.check == SILENCE or a.account != b.account:
        return False
    shared = min(a.end, b.end) - max(a.start, b.start)
    return bool(shared >= WITHIN * min(a.end - a.start, b.end - b.start))


def _messages(one: Finding) -> list[str]:
    """Return the ids of the messages a finding is about, none where it is about calls."""
    ids = one.data.get("messages", [])
    return [str(m) for m in ids] if isinstance(ids, list) else []


def merged(findings: Iterable[Finding], profile: Profile) -> list[Finding]:
    """Join findings of one trouble: the same cause at the same account, group or range, less than 12 hours apart.

    What stands until a setting is changed (:data:`STANDING`) is one trouble for as long as it comes back every week, what
    keeps hours (:data:`DAILY`) for as long as it does every day.
    """
    groups: dict[tuple[str, ...], list[Finding]] = defaultdict(list)
    for one in findings:
        groups[(one.account or "", one.trunk_group or "", *of_what(one.cause, one.data).values(), one.cause)].append(one)
    joined: list[Finding] = []
    for same in groups.values():
        same.sort(key=lambda f: (f.start, f.end, -f.score))
        current = same[0]
        for nxt in same[1:]:
            one_place = current.account is not None or current.trunk_group or any(
                of_what(current.cause, current.data).values())
            lasting = LASTING if current.cause in STANDING else OVERNIGHT if current.cause in DAILY else ONE
            apart = lasting if one_place or _same_agent(current, nxt) else pd.Timedelta(hours=1)
            if nxt.start < current.end + apart:
                current = _join(current, nxt, profile)
            else:
                joined.append(current)
                current = nxt
        joined.append(current)
    return joined


def _same_agent(a: Finding, b: Finding) -> bool:
    """Say whether two findings are of one agent: the days of a trouble that goes on are one trouble."""
    return "agent" in a.data and a.data["agent"] == b.data.get("agent")


def _join(a: Finding, b: Finding, profile: Profile) -> Finding:
    best, other = (a, b) if (a.confidence, a.score) >= (b.confidence, b.score) else (b, a)
    (begun, over), (began, ended) = a.counted, b.counted
    overlap = min(over, ended) - max(begun, began) > pd.Timedelta(0)
    # two views of the same calls are not two harms
    lost = max(a.lost, b.lost) if overlap else a.lost + b.lost
    harmed = max(a.harmed, b.harmed) if overlap else a.harmed + b.harmed
    hits = {h.account: h for h in (*other.also_affected, *best.also_affected)}
    start, end = min(a.start, b.start), max(a.end, b.end)
    messages = list(dict.fromkeys([*_messages(a), *_messages(b)]))
    data = {k: v for k, v in best.data.items() if k not in {WHOLE, ROSE, WINDOWS}} | whole(
        (min(begun, began), max(over, ended)), (start, end), best.check)
    felt = _felt((*_windows(a), *_windows(b)))
    if len(felt) > 1:
        data |= {WINDOWS: felt}
    return replace(
        best, key=key(a.account, a.trunk_group, a.cause, start, a.zone, **of_what(a.cause, a.data)), start=start,
        end=end, lost=lost,
        harmed=harmed, also_affected=tuple(hits.values()), ongoing=a.ongoing or b.ongoing,
        severity=severity(profile, a.account, a.cause, lost, harmed),
        data=data | {"messages": messages} if messages else data)


def _windows(one: Finding) -> list[tuple[pd.Timestamp, pd.Timestamp]]:
    """Return when a trouble was felt: its own window, where it was not joined out of several."""
    known = one.data.get(WINDOWS)
    return known if isinstance(known, list) else [(one.start, one.end)]


def _felt(windows: Iterable[tuple[pd.Timestamp, pd.Timestamp]]) -> list[tuple[pd.Timestamp, pd.Timestamp]]:
    """Return windows in order of time, those less than :data:`ONE` apart as one."""
    found: list[tuple[pd.Timestamp, pd.Timestamp]] = []
    for start, end in sorted(windows):
        if found and start < found[-1][1] + ONE:
            found[-1] = found[-1][0], max(found[-1][1], end)
        else:
            found.append((start, end))
    return found


def order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Sort findings: the worst first, then those with most calls lost and harmed, then by key."""
    levels = ("critical", "high", "medium", "low")
    return tuple(sorted(
        findings, key=lambda f: (levels.index(f.severity), -np.round(f.lost + f.harmed, 6), f.key, f.start)))


def uncut(finding: Finding, start: pd.Timestamp, end: pd.Timestamp) -> Finding:
    """Return a finding with all of a silence, or of a bill's rise, for its window that lies in [start, end), all that was judged.

    The part it was found in may have cut it where too few calls were usual on the other side to find it there as well.
    """
    begun, over = finding.counted
    first, last = min(finding.start, max(begun, start)), max(finding.end, min(over, end))
    if (first, last) == (finding.start, finding.end):
        return finding
    data = {k: v for k, v in finding.data.items() if k not in {WHOLE, ROSE}} | whole(
        (begun, over), (first, last), finding.check)
    named = key(finding.account, finding.trunk_group, finding.cause, first, finding.zone, **of_what(finding.cause, data))
    return replace(finding, key=named, start=first, end=last, data=data)


def still(finding: Finding, end: pd.Timestamp) -> Finding:
    """Return a finding as seen from the end of all that was judged, not of its part: what was over by then is over.

    A message that went astray is over whenever it did.
    """
    times = len(_windows(finding))
    again = f" It was felt {times} times, hours or days apart." if times > 1 else ""
    return replace(
        finding, ongoing=finding.ongoing and finding.end >= end and finding.check != "dispatch",
        summary=finding.summary + again)
