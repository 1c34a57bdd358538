"""What an audit found: findings, incidents that many accounts share, and where every account stands."""

from __future__ import annotations

from dataclasses import field
from enum import StrEnum

import pandas as pd

from calltrace.classes import dataclass
from calltrace.diagnosis.diagnosis import Diagnosis, Hit
from calltrace.diagnosis.series import Series
from calltrace.tables import times
from calltrace.tables.case import Case

UNEXPLAINED = "lost-unexplained"
"""What a finding of lost calls has for a cause where none of the causes explains them. An investigation names none then."""


class Severity(StrEnum):
    """How much harm was done, by calls lost or harmed; the limits are in the thresholds' profile."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


class Status(StrEnum):
    """Where an account stands after the audit. ABSENT and UNJUDGED are never clear."""

    CLEAR = "clear"
    FINDING = "finding"
    INCIDENT = "incident"  # hit by a trouble it shares with others
    UNJUDGED = "unjudged"  # too few calls, too short a history, or no records: ``why`` says which
    ABSENT = "absent"  # in the accounts table, in no call; or in none for so long that it seems to be a client no more


@dataclass(frozen=True)
class Finding:
    """One trouble: of one account, of a trunk group, or of the whole platform.

    ``account`` is None for a trouble of many; ``trunk_group`` names the trunk group where it is of one.
    ``confidence`` is the probability that this is so, weighed from ``posterior`` (of the cause, as the investigation has
    it), ``chance`` (that the screen's candidate was a false one) and ``share`` (troubles an account-day that the rest of the
    audit shows); ``real``, of a silence, that calls were lost at all, whatever the cause (None where nobody weighed that
    apart from the cause); ``worth_it`` is False of what is too doubtful to be told whatever else the audit finds;
    ``score`` is −log10 of the false alarms per account-day that chance gives at this strength.
    ``lost`` are calls expected that never came, ``harmed`` calls (or messages) that came and were badly served; NaN-free, in
    calls. Instants UTC. ``key`` is stable over repeated audits of the
    same trouble while it lasts: account or trunk group, cause and the day it began (local). ``diagnosis`` is the
    investigation behind it, None where it was told without one.
    """

    key: str
    account: str | None
    name: str
    trunk_group: str | None
    cause: str
    title: str
    party: str
    confidence: float
    wording: str
    severity: Severity
    check: str
    start: pd.Timestamp
    end: pd.Timestamp
    zone: str
    lost: float
    harmed: float
    score: float
    summary: str
    next_steps: tuple[str, ...] = ()
    also_affected: tuple[Hit, ...] = ()
    ongoing: bool = False
    diagnosis: Diagnosis | None = None
    data: dict[str, object] = field(default_factory=dict)
    posterior: float = 1.0
    chance: float = 0.0
    share: float = 0.001
    real: float | None = None
    worth_it: bool = True

    @property
    def counted(self) -> tuple[pd.Timestamp, pd.Timestamp]:
        """From when to when ``lost`` and ``harmed`` count (UTC): all of a silence, or of a bill's rise, that the window cuts."""
        match self.data.get("silence", self.data.get("rise")):
            case {"start": pd.Timestamp() as start, "end": pd.Timestamp() as end}:
                return start, end
        return self.start, self.end


@dataclass(frozen=True)
class Known:
    """What audits of a service's days have shown of it: how many troubles it has is told by them.

    ``proven`` are the troubles beyond doubt, each as account, trunk group ('' for none) and cause; ``account_days`` how
    many account-days were looked at.
    """

    proven: frozenset[tuple[str, str, str]] = frozenset()
    account_days: float = 0.0


@dataclass(frozen=True)
class Standing:
    """One account after the audit: calls offered, answered, abandoned, and expected (None where not known)."""

    account: str
    name: str
    status: Status
    why: str
    offered: int
    answered: int
    abandoned: int
    expected: float | None


@dataclass(frozen=True)
class Audit:
    """The whole audit, before anybody lays it out.

    ``feed`` are findings about the records themselves (a dead or torn feed): they come first and silence what
    depends on them. ``findings`` are sorted by severity, then by calls lost and harmed. ``standings`` has every
    account of the accounts table and of the calls, by account. ``heat`` has a row an account and local hour:
    ``account, start (UTC), expected, arrived, answered, harmed``. ``symptoms`` counts what stayed silent because
    an incident explains it. ``fdr`` is the false discovery rate asked for. ``unasked`` says of every check that was to
    be asked what it lacked, where none could be: then nobody is clear.
    """

    start: pd.Timestamp
    end: pd.Timestamp
    zone: str
    case: Case
    checks: tuple[str, ...]
    fdr: float
    feed: tuple[Finding, ...]
    findings: tuple[Finding, ...]
    standings: tuple[Standing, ...]
    heat: pd.DataFrame
    symptoms: int = 0
    account_days: float = 0.0
    notes: tuple[str, ...] = ()
    thresholds: tuple[str, ...] = ()
    series: tuple[Series, ...] = ()
    unasked: tuple[str, ...] = ()


def key(  # noqa: PLR0917 -- whose, what, since when
    account: str | None, trunk_group: str | None, cause: str, start: pd.Timestamp, zone: str, numbers: str = "", queue: str = "",
    agent: str = "",
) -> str:
    """Return a name for a trouble that stays while it lasts: whose, what, and the local day it began.

    ``numbers`` is a range of numbers (``+12155553xxx``) where the trouble is of one, ``queue`` a queue, ``agent``
    who it is that did it.
    """
    one_of = {"agent": agent, "trunk": trunk_group, "range": numbers, "queue": queue}
    many = next((f"{what}:{name}" for what, name in one_of.items() if name), "platform")
    who = many if account is None or agent else account
    return f"{who}/{cause}/{times.local(start, zone):%Y-%m-%d}"
