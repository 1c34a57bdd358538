"""The Diagnosis: every cause with its probability, and the evidence it was weighed on. What a report is built of."""

from __future__ import annotations

from dataclasses import field

import pandas as pd

from calltrace.classes import dataclass
from calltrace.diagnosis.evidence import Evidence
from calltrace.diagnosis.scene import AccountFacts, Question
from calltrace.diagnosis.series import Series
from calltrace.tables.case import Case


@dataclass(frozen=True)
class Bearing:
    """One piece of evidence as it bears on one cause: its sentence, why it matters, and its weight (log-odds)."""

    facet: str
    says: str
    reason: str
    weight: float


@dataclass(frozen=True)
class Ranked:
    """One cause with its probability and what speaks for it, against it, and what is missing."""

    cause: str
    title: str
    party: str
    probability: float
    supports: tuple[Bearing, ...]
    refutes: tuple[Bearing, ...]
    missing: tuple[str, ...]


@dataclass(frozen=True)
class RuledOut:
    """One row of the ruled-out table: the question, what the records say with numbers, and what follows."""

    asks: str
    says: str
    so: str
    facet: str


@dataclass(frozen=True)
class Open:
    """What could not be ruled out: the question, and which file or column would settle it."""

    asks: str
    missing: tuple[str, ...]
    facet: str


@dataclass(frozen=True)
class Hit:
    """Another account that was hit in the same window: calls expected and arrived (or harmed)."""

    account: str
    name: str
    expected: float | None
    observed: float | None
    says: str


@dataclass(frozen=True)
class Diagnosis:
    """The whole answer, before anybody lays it out. Instants UTC; ``account.zone`` is for the report.

    ``chart`` has one row an hour: ``start, expected, low, high, arrived`` (calls; low and high the range chance
    alone explains nineteen times in twenty), over the window and around it: of the account, behind a finding of a trunk group
    or the platform of all their calls. ``wording`` is confirmed, likely or
    inconclusive. ``start`` and ``end`` are the trouble's own window where one was found, else the complaint's.
    """

    question: Question
    account: AccountFacts
    case: Case
    ranked: tuple[Ranked, ...]
    wording: str
    summary: str
    start: pd.Timestamp
    end: pd.Timestamp
    evidence: tuple[Evidence, ...]
    ruled_out: tuple[RuledOut, ...]
    open: tuple[Open, ...]
    also_affected: tuple[Hit, ...]
    next_steps: tuple[str, ...]
    chart: pd.DataFrame
    provable: str = ""
    thresholds: tuple[str, ...] = ()
    calls_listed: pd.DataFrame = field(default_factory=pd.DataFrame)
    notes: tuple[str, ...] = ()
    series: tuple[Series, ...] = ()
