"""Evidence: what was asked of the records, what they say, and how strongly.

No frames inside: a figure leads back to its calls by ``examples`` (call ids with ``file:line``).
"""

from __future__ import annotations

from dataclasses import field
from enum import StrEnum

import pandas as pd

from calltrace.classes import dataclass
from calltrace.errors import Location


class Outcome(StrEnum):
    """How a check ended. Only CLEAR speaks against what it looked for; NOT_RUN says nothing."""

    FOUND = "found"
    CLEAR = "clear"
    NOT_RUN = "not-run"


MEANT = "perhaps_meant"
"""Of a piece's data, True: the records can't tell whether what it found was meant to be so."""


SILENT_ON = "silent_on"
"""Of a piece's data: names of causes against which it says nothing here, whatever their signs say of its facet."""


@dataclass(frozen=True)
class Example:
    """A row behind a figure: its id (a call, message or agent event) and where it was read."""

    id: str
    at: Location


@dataclass(frozen=True)
class Evidence:
    """The answer to one question asked of the records.

    Parameters
    ----------
    facet : str
        The name causes know it by, e.g. ``account-silent``; declared by the check that gives it.
    outcome : Outcome
        FOUND, CLEAR or NOT_RUN.
    says : str
        One sentence for a supervisor, with its numbers.
    strength : float
        0 to 1: how far a FOUND or CLEAR bears (1 fully; a two-call shortfall bears little). 0 for NOT_RUN.
    observed, expected : float, optional
        The figures compared, in ``unit``.
    start, end : Timestamp, optional
        The window it speaks of, UTC.
    missing : tuple of str
        For NOT_RUN: the tables or columns (``kpi``, ``accounts.coverage``) that would have settled it, or words.
    examples : tuple of Example
        Rows behind the figure.
    data : dict
        Further figures for the report and the tests, JSON values only.
    """

    facet: str
    outcome: Outcome
    says: str
    strength: float = 1.0
    observed: float | None = None
    expected: float | None = None
    unit: str = ""
    start: pd.Timestamp | None = None
    end: pd.Timestamp | None = None
    missing: tuple[str, ...] = ()
    examples: tuple[Example, ...] = ()
    data: dict[str, object] = field(default_factory=dict)


def unasked(facet: str, why: str, *missing: str) -> Evidence:
    """Return the Evidence of a facet that could not be asked: why not, and what is missing for it."""
    return Evidence(facet, Outcome.NOT_RUN, why, strength=0.0, missing=missing)


def examples_of(frame: pd.DataFrame, id_column: str, most: int = 50) -> tuple[Example, ...]:
    """Return the first rows of a frame as examples (``source_file`` and ``source_line`` beside the id)."""
    head = frame.head(most)
    return tuple(
        Example(str(i), Location(str(f), 0 if pd.isna(n) else int(n)))
        for i, f, n in zip(head[id_column], head["source_file"], head["source_line"], strict=True)
    )
