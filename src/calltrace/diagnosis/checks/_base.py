"""What a check is: questions asked of a Scene, answered as Evidence."""

from __future__ import annotations

from collections.abc import Callable

from calltrace.classes import dataclass
from calltrace.diagnosis.evidence import Evidence
from calltrace.diagnosis.scene import Scene


@dataclass(frozen=True)
class Facet:
    """One question a check answers. ``rows`` names the rows it is read off: facets of the same rows count once.

    ``asks`` is the question as the report prints it ("Was the whole platform silent?").
    """

    name: str
    asks: str
    rows: str


@dataclass(frozen=True)
class Check:
    """One module's questions.

    ``needs`` are tables or columns (``kpi``, ``calls.queue_s``); the runner compares them with the Case and
    gives NOT_RUN for every facet when one is missing, so a check may take them for granted. ``complaints``
    are those it is run for.
    """

    title: str
    facets: tuple[Facet, ...]
    needs: tuple[str, ...]
    complaints: tuple[str, ...]
    run: Callable[[Scene], list[Evidence]]
