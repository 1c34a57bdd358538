"""The record of an import: what each file was taken for, what was read of it, and what was wrong with it.

``imports/….json``, one an import. What a Case of a store says of its sources and problems comes from here.
"""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from shlex import quote
from typing import TYPE_CHECKING, Any

import numpy as np

from calltrace.errors import InputError, Location
from calltrace.intake import torn
from calltrace.intake.store.places import new_name
from calltrace.tables.problems import UNREAD, Problem
from calltrace.tables.written_dates import WrittenDates
from calltrace.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    import pandas as pd

    from calltrace.intake.store.manifest import Import
    from calltrace.intake.store.places import Place
    from calltrace.intake.store.taken import Content
    from calltrace.tables.case import Source


def encoded(
    record: Import,
    sources: Iterable[Source],
    problems: Iterable[Problem],
    forgotten: Callable[[str], bool] | None,
    contents: Sequence[Content] = (),
) -> bytes:
    """Return an import's own file: what it read, by which content, and what was wrong, as JSON."""
    from calltrace.intake.store.forgetting import scrubbed  # noqa: PLC0415 - as above

    if forgotten is not None:
        sources = tuple(replace(s, problems=scrubbed(s.problems, forgotten)) for s in sources)
        problems = scrubbed(problems, forgotten)
    listed = list(dict.fromkeys(problems))
    place = {p: i for i, p in enumerate(listed)}
    told_sources = []
    for source in sources:  # as they are kept: asked for an instant, some make a Timestamp of it first
        fields = {k: vars(source)[k] for k in source.__dataclass_fields__ if k not in {"problems", "read_at"}}
        for name in ("first", "last"):
            fields[name] = None if fields[name] is None else fields[name].isoformat()
        for problem in source.problems:
            if problem not in place:
                place[problem] = len(listed)
                listed.append(problem)
        fields["dates"] = [asdict(dates) for dates in source.dates]
        fields["problems"] = [place[p] for p in source.problems]
        told_sources.append(fields)
    document = {
        "import": record.id,
        "at": record.at,
        "calltrace": __version__,
        "sources": told_sources,
        "taken": contents,
        "problems": [asdict(p) for p in listed],
    }
    return json.dumps(document, ensure_ascii=False, indent=1, default=_plain).encode()


def _plain(value: object) -> object:
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"{type(value).__name__} in the record of an import")


def told(place: Place, imports: Iterable[Import]) -> tuple[tuple[Source, ...], tuple[Problem, ...]]:
    """Return the sources and problems of imports; of a file imported again what was said of it last.

    What was torn stays, with what to do about it, unless its file was read again and reaches as far: under the name of
    one may come, the next morning, another.
    """
    sources: dict[str, list[Source]] = {}
    for record in imports:
        mine: dict[str, list[Source]] = {}
        for source in of_import(place, record):
            mine.setdefault(source.path, []).append(source)
        for path, again in mine.items():
            sources[path] = [*(s for s in sources.pop(path, ()) if _stands(s, again)), *again]
    listed = tuple(_with_what_to_do(s, place.url) for some in sources.values() for s in some)
    return listed, tuple(dict.fromkeys(p for s in listed for p in s.problems))


def _stands(old: Source, again: Sequence[Source]) -> bool:
    """Say whether what was said of a torn file goes for its successor of the same name as well: it does not reach back."""
    return any(torn.is_torn(p) for p in old.problems) and not any(torn.covers(s, old) for s in again)


def _with_what_to_do(source: Source, url: str) -> Source:
    """Return a source with what can be done about a torn file that has come into a store."""
    if not any(torn.is_torn(p) for p in source.problems):
        return source
    says = f"Import it whole; if it never comes: calltrace store accept {quote(source.path)} --store {quote(url)}"
    return replace(
        source, problems=tuple(replace(p, fix=says) if torn.is_torn(p) else p for p in source.problems))


def of_import(place: Place, record: Import) -> tuple[Source, ...]:
    """Return what one import read."""
    import pandas as pd  # noqa: PLC0415 - a Source has Timestamps

    from calltrace.tables.case import Source  # noqa: PLC0415 - as above

    def instant(at: str | None) -> pd.Timestamp | None:
        return None if at is None else pd.Timestamp(at).as_unit("us")

    found = []
    try:
        document = json.loads(place.read(record.file))
        problems = [Problem(**{**p, "at": Location(p["at"]["file"], p["at"]["line"])}) for p in document["problems"]]
        read_at = instant(document["at"])
        for fields in document["sources"]:
            made = dict(fields)
            for name in ("first", "last"):
                made[name] = instant(made[name])
            made["problems"] = tuple(problems[i] for i in made["problems"])
            made["notes"] = tuple(made["notes"])
            made["starts"] = None if made.get("starts") is None else tuple(made["starts"])
            made["dates"] = tuple(_dates(one) for one in made.get("dates", ()))
            found.append(Source(**made, read_at=read_at))
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"{place.url}/{record.file} is damaged ({type(error).__name__})",
            expected="the record of an import",
            fix="Import its logs into a new store.",
        ) from error
    return tuple(found)


def _dates(fields: dict[str, Any]) -> WrittenDates:
    numbers = tuple(tuple(one) for one in fields["numbers"])
    return WrittenDates(**{**fields, "numbers": numbers, "orders": tuple(fields["orders"])})


def taken(place: Place, record: Import) -> list[Content]:
    """Return the contents of the files an import took."""
    return [(int(size), str(digest)) for size, digest in json.loads(place.read(record.file)).get("taken", ())]


def settled(place: Place, record: Import, why: Mapping[str, str]) -> Import:
    """Write an import's record anew, with some of its torn files told as made up for; return the import that names it.

    ``why`` says by file what made up for it.
    """
    document = json.loads(place.read(record.file))
    still = False
    for one in document["problems"]:
        if one["kind"] not in UNREAD or one["at"]["line"]:
            continue
        if one["at"]["file"] in why:
            one.update(kind=torn.SETTLED, effect="noted", fix=why[one["at"]["file"]])
        else:
            still = True
    name = f"imports/{new_name()}.json"
    place.write(name, json.dumps(document, ensure_ascii=False, indent=1).encode())
    return replace(record, file=name, torn="open" if still else "settled")


def rows_by_name(place: Place, record: Import) -> dict[str, int]:
    """Return how many rows of which file an import read whose record has no contents, as an older version wrote it."""
    document = json.loads(place.read(record.file))
    if "taken" in document:
        return {}
    return {source["path"]: int(source["rows"]) for source in document["sources"]}
