"""The record of an import: what each file was taken for, what was read of it, and what was wrong with it.

``imports/….json``, one an import. What a Case of a store says of its sources and problems comes from here.
"""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from typing import TYPE_CHECKING

import numpy as np

from calltrace.errors import InputError, Location
from calltrace.tables.problems import Problem
from calltrace.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from calltrace.intake.store.manifest import Import
    from calltrace.intake.store.places import Place
    from calltrace.tables.case import Source


def encoded(
    record: Import,
    sources: Iterable[Source],
    problems: Iterable[Problem],
    forgotten: Callable[[str], bool] | None,
) -> bytes:
    """Return an import's own file: what it read and what was wrong, as JSON."""
    from calltrace.intake.store.forgetting import scrubbed  # noqa: PLC0415 - as above

    if forgotten is not None:
        sources = tuple(replace(s, problems=scrubbed(s.problems, forgotten)) for s in sources)
        problems = scrubbed(problems, forgotten)
    listed = list(dict.fromkeys(problems))
    place = {p: i for i, p in enumerate(listed)}
    told_sources = []
    for source in sources:  # as they are kept: asked for an instant, some make a Timestamp of it first
        fields = {k: vars(source)[k] for k in source.__dataclass_fields__ if k != "problems"}
        for name in ("first", "last"):
            fields[name] = None if fields[name] is None else fields[name].isoformat()
        for problem in source.problems:
            if problem not in place:
                place[problem] = len(listed)
                listed.append(problem)
        fields["problems"] = [place[p] for p in source.problems]
        told_sources.append(fields)
    document = {
        "import": record.id,
        "at": record.at,
        "calltrace": __version__,
        "sources": told_sources,
        "problems": [asdict(p) for p in listed],
    }
    return json.dumps(document, ensure_ascii=False, indent=1, default=_plain).encode()


def _plain(value: object) -> object:
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"{type(value).__name__} in the record of an import")


def told(place: Place, imports: Iterable[Import]) -> tuple[tuple[Source, ...], tuple[Problem, ...]]:
    """Return the sources and problems of imports; of a file imported again what was said of it last."""
    import pandas as pd  # noqa: PLC0415 - a Source has Timestamps

    from calltrace.tables.case import Source  # noqa: PLC0415 - as above

    sources: dict[tuple[str, str], Source] = {}
    for record in imports:
        try:
            document = json.loads(place.read(record.file))
            problems = [
                Problem(**{**p, "at": Location(p["at"]["file"], p["at"]["line"])}) for p in document["problems"]
            ]
            for fields in document["sources"]:
                made = dict(fields)
                for name in ("first", "last"):
                    made[name] = None if made[name] is None else pd.Timestamp(made[name]).as_unit("us")
                made["problems"] = tuple(problems[i] for i in made["problems"])
                made["notes"] = tuple(made["notes"])
                made["starts"] = None if made.get("starts") is None else tuple(made["starts"])
                source = Source(**made)
                sources.pop((source.path, source.table), None)
                sources[source.path, source.table] = source
        except (ValueError, KeyError, TypeError) as error:
            raise InputError(
                f"{place.url}/{record.file} is damaged ({type(error).__name__})",
                expected="the record of an import",
                fix="Import its logs into a new store.",
            ) from error
    problems_of = dict.fromkeys(p for s in sources.values() for p in s.problems)
    return tuple(sources.values()), tuple(problems_of)
