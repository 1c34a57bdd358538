"""One part of an audit's window looked at: every screen, the false discovery rate, investigations of what is left."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import field, replace
from typing import TypeAlias

import pandas as pd

from calltrace.classes import dataclass
from calltrace.diagnosis import series
from calltrace.diagnosis.audit import screens
from calltrace.diagnosis.audit.begun import after_it_worked
from calltrace.diagnosis.audit.clocks import by_clock
from calltrace.diagnosis.audit.doubts import doubts
from calltrace.diagnosis.audit.explained import explained
from calltrace.diagnosis.audit.findings import Finding, Known
from calltrace.diagnosis.audit.ground import Candidate, Ground
from calltrace.diagnosis.audit.headings import headed
from calltrace.diagnosis.audit.joining import merged, settled
from calltrace.diagnosis.audit.lows import Low, doubted, lows
from calltrace.diagnosis.audit.ranges import ranged
from calltrace.diagnosis.audit.screens.outage import renamed
from calltrace.diagnosis.audit.sources import dark
from calltrace.diagnosis.audit.standing import Usual, heat, usual
from calltrace.diagnosis.audit.unasked import Short, short
from calltrace.diagnosis.audit.weighing import screened, weighed
from calltrace.diagnosis.bounds import unread
from calltrace.diagnosis.engine import Alone, Engine
from calltrace.tables.case import Case

Progress: TypeAlias = Callable[[str, float, float], None]
"""Told what is being done, how much of it is done, and how much there is."""

NOTHING = Case({})

MANY_CALLS = 100_000
"""Calls on record from which a process is worth its making that runs screens beside those that wait for one another."""


@dataclass(frozen=True)
class Part:
    """What the audit of one part of the window gave; the diagnoses behind its findings come without their records.

    ``sums`` and ``lacking`` (what the screens need and the records have not) are told of kept records alone; ``lows``
    are the days of few calls for everybody, ``short`` what screens that were run would have needed besides, ``notes`` what
    is to be said beside the findings.
    """

    findings: list[Finding]
    symptoms: int
    usual: dict[str, Usual]
    heat: pd.DataFrame
    asked: frozenset[str] = frozenset()
    sums: series.Sums | None = None
    lacking: frozenset[str] = frozenset()
    lows: tuple[Low, ...] = ()
    short: Short = field(default_factory=Short)
    notes: tuple[str, ...] = ()


def look(
    ground: Ground, names: Sequence[str], fdr: float, *, rows: int, engine: Engine, progress: Progress,
    known: Known | None = None,
) -> Part:
    """Audit one part: screens, false discovery rate, investigations. ``rows`` limits its heat table, 0 for none."""
    candidates: list[Candidate] = []
    findings: list[Finding] = []
    symptoms = 0
    notes: list[str] = []
    wanted = {n for name in names for n in (name, *screens.BEHIND.get(name, ()))}
    run = [n for n in screens.NAMES if n in wanted and not ground.case.lacks(screens.get(n).needs)]
    runs = engine if len(ground.case.calls) >= MANY_CALLS else Alone()
    if "silence" in run:
        ground.baseline.all("account", ground.names_in_order)  # before there are two that would learn it
    with runs.beside(_alone, ground, [n for n in run if n in screens.ALONE]) as alone:
        for number, name in enumerate(run):
            progress("Auditing", float(number), float(len(run)))
            found, asked = next(alone) if name in screens.ALONE else (screens.get(name).run(ground, candidates), frozenset())
            ground.profile.asked.update(asked)
            found = [c for c in found if not (dark(ground, c, candidates) or by_clock(ground, c))]
            notes += [c.note for c in found if c.note and name in names]
            found = [c for c in found if not c.note]
            passed = screened(ground, found, fdr)
            symptom = [explained(c, findings) for c in passed]
            symptoms += sum(symptom)
            judged = iter(engine.map(_judged, ground, [c for c, dropped in zip(passed, symptom, strict=True) if not dropped]))
            for candidate, dropped in zip(passed, symptom, strict=True):
                one, asked = (None, frozenset[str]()) if dropped else next(judged)
                ground.profile.asked.update(asked)
                if one is not None:
                    findings.append(one)
                if dropped or one is not None or candidate.screen != "outage":
                    candidates.append(candidate)  # an outage that was none explains nobody's silence
    likely = findings
    findings = weighed([f for f in likely if f.worth_it], ground.days * len(ground.names_in_order), known)
    few = tuple(low for low in lows(ground, findings) if not unread.hold(ground.case, low.start, low.end))
    whole = merged([f for f in findings if f.check in names and not doubted(ground, f, few)], ground.profile)
    single = {id(f) for f in findings}  # of what was joined each had its own tests
    told = ranged(ground, settled(whole))
    told = [headed(after_it_worked(ground, f) if id(f) in single else f) for f in told]
    notes += renamed(ground) if "outage" in names and ground.names_in_order else ()
    return Part(told, symptoms + len(whole) - len(told), usual(ground, doubts([f for f in likely if f.check in names], findings)),
                heat(ground, told, rows) if rows else pd.DataFrame(),
                frozenset(ground.profile.asked), lows=few, short=short(ground, names), notes=tuple(notes))


def _judged(ground: Ground, candidate: Candidate) -> tuple[Finding | None, frozenset[str]]:
    """Investigate a candidate, and leave the records where they are: a finding may have far to travel.

    With it goes what it asked the profile, which the copy of it in another process keeps to itself.
    """
    from calltrace.diagnosis.audit.judge import judge  # noqa: PLC0415 -- brings in every check; on most days nothing is judged

    found = judge(ground, candidate)
    return (found if found is None else of_case(NOTHING, found)), frozenset(ground.profile.asked)


def _alone(ground: Ground, name: str) -> tuple[list[Candidate], frozenset[str]]:
    """Run a screen that asks nothing of what others found; with what it found goes what it asked the profile, as above."""
    return screens.get(name).run(ground, ()), frozenset(ground.profile.asked)


def of_case(case: Case, finding: Finding) -> Finding:
    """Return the finding with these records behind its diagnosis."""
    diagnosis = finding.diagnosis
    return finding if diagnosis is None else replace(finding, diagnosis=replace(diagnosis, case=case))
