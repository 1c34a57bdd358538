"""What the logs themselves say of one call: every line that names it, in any file, and what each line means.

A Case has one row a call; a switch may write thirty lines about it. This goes back to the files: lines are found by
the call's ids, and a family that can follow a call through its own logs (``<family>.trail.follow``) finds the
lines that name only another leg, and says what each means and when it happened. Of other formats the lines are
shown as they are.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import field
from importlib import import_module, util
from typing import TYPE_CHECKING, Any

from calltrace.classes import dataclass
from calltrace.errors import InputError
from calltrace.intake import formats, sources
from calltrace.intake.formats._base import ReadOptions

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pandas as pd

    from calltrace.intake.formats._base import Reading, Stream
    from calltrace.tables.case import Case

LONGEST = 400
"""Characters of a raw line that are kept: some documents are one line of megabytes."""

MOST = 500
"""Raw lines kept of formats nobody can follow; a counter that is used as an id is on every page."""

OWN_TABLES = frozenset(
    {"accounts", "kpi", "agents", "events", "line_tests", "messages", "dispatch", "oncall"}
)
"""Tables of the generic layout, whose rows a Case has as they are."""


@dataclass(frozen=True)
class Logged:
    """One thing a log says of the call.

    ``at`` is UTC, None where the line has no time of its own that could be told. ``log`` is the kind of log
    (CDR, queue_log, CEL, or a format's name), ``event`` its own word, ``says`` what it means. ``line`` counts from 1,
    0 where the source has no lines. ``also`` are further places that say the very same. ``order`` is its place
    among the events of one instant.
    """

    at: pd.Timestamp | None
    log: str
    event: str
    says: str
    file: str
    line: int
    raw: str
    also: tuple[str, ...] = ()
    order: int = 0


@dataclass(frozen=True)
class Trail:
    """What was found: events in order of time, lines no event was made of, and files that are gone."""

    events: tuple[Logged, ...]
    lines: tuple[Logged, ...]
    gone: tuple[str, ...]


@dataclass(frozen=True)
class Found:
    """One file with its reading, for a family to follow a call in, and what it ``kept`` from one call to the next."""

    format: str
    reading: Reading
    stream: Stream
    kept: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)

    def text(self, line: int) -> str:
        """Return a line of the file, shortened."""
        return line_of(self.stream, line)


def trail(case: Case, ids: Iterable[str], *, paths: Sequence[str] = ()) -> Trail:
    """Return what the logs behind a Case say of one call.

    Parameters
    ----------
    case : Case
        Its sources name the files, and the zones of their times.
    ids : iterable of str
        The call's id, its linked id, and whatever else names it.
    paths : sequence of str
        Where the logs are; the Case's own sources where not given.

    Returns
    -------
    Trail
        Files that are no longer where they were read (a store outlives them) are in ``gone``.
    """
    wanted = tuple(dict.fromkeys(i for i in ids if i))
    zones = {
        s.path: s.zone for s in case.sources if s.zone and s.zone_from in ("option", "account", "machine")
    }
    given = list(paths) or list(dict.fromkeys(s.path.split("!", 1)[0] for s in case.sources if s.path))
    by_family: dict[str, list[Found]] = {}
    lines: list[Logged] = []
    gone: list[str] = []
    seen: sources.Seen = set()
    for path in given:
        try:
            opened = list(sources.open_all([path], seen=seen))
        except InputError:
            gone.append(path)
            continue
        for stream in (o.stream for o in opened if o.stream is not None):
            name = next((n for n in formats.NAMES if formats.get(n).detect(stream.head)), "")
            known = formats.get(name) if name else None
            if known is not None and _follows(known.family):
                reading = known.read(stream, ReadOptions(tz=zones.get(stream.display)))
                by_family.setdefault(known.family, []).append(Found(name, reading, stream))
                continue
            table = next((s.table for s in case.sources if s.path == stream.display), "")
            if table not in OWN_TABLES:
                lines.extend(_naming(stream, wanted, name.replace("_", "-") or "not read"))
    events: list[Logged] = []
    for family, found in sorted(by_family.items()):
        follow = import_module(f"calltrace.intake.{family}.trail").follow
        events.extend(follow(found, wanted))
    return Trail(tuple(_merged(events)), tuple(lines[:MOST]), tuple(gone))


def _follows(family: str) -> bool:
    """Say whether a family can follow a call through its logs."""
    if not family or util.find_spec(f"calltrace.intake.{family}") is None:
        return False
    package = import_module(f"calltrace.intake.{family}")
    return hasattr(package, "__path__") and util.find_spec(f"calltrace.intake.{family}.trail") is not None


def line_of(stream: Stream, line: int) -> str:
    """Return a line of a file as text, counted from 1, shortened; '' for a line it does not have."""
    if line < 1:
        return ""
    at = 0
    for _ in range(line - 1):
        at = stream.data.find(b"\n", at) + 1
        if not at:
            return ""
    end = stream.data.find(b"\n", at)
    return _shown(stream.data[at : end if end >= 0 else None])


def _shown(data: bytes) -> str:
    text = data[: LONGEST * 4].decode("utf-8", "replace").rstrip("\r\n")
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def _naming(stream: Stream, ids: Sequence[str], name: str) -> list[Logged]:
    """Return the lines of a file in which one of the ids stands, whole."""
    if not ids:
        return []
    anyone = b"|".join(re.escape(i.encode()) for i in ids)
    pattern = re.compile(rb"(?<![\w.-])(?:" + anyone + rb")(?![\w-]|\.\w)")
    data = stream.data
    hits = [m.start() for m in pattern.finditer(data)]
    if not hits:
        return []
    ends = [m.start() for m in re.finditer(rb"\n", data)]
    found = []
    for number in dict.fromkeys(bisect_right(ends, at - 1) if at else 0 for at in hits):
        begin = ends[number - 1] + 1 if number else 0
        end = ends[number] if number < len(ends) else len(data)
        first = next(at for at in hits if begin <= at < end)
        if end - begin > LONGEST:  # one line of many records: what stands round the id
            begin, end = max(begin, first - LONGEST // 2), min(end, first + LONGEST // 2)
        line = number + 1
        if stream.line_of is not None and number < len(stream.line_of):
            line = int(stream.line_of[number])
        found.append(Logged(None, name, "", "", stream.display, line, _shown(data[begin:end])))
    return found


def _merged(events: list[Logged]) -> list[Logged]:
    """Return events in order of time, what two files say alike made one."""
    kept: dict[tuple[object, ...], Logged] = {}
    for event in events:
        key = (event.at, event.log, event.event, event.says)
        before = kept.get(key)
        if before is None or before.file == event.file:
            kept[key if before is None else (*key, event.line)] = event
        else:
            place = f"{event.file}:{event.line}" if event.line else event.file
            kept[key] = Logged(**{**before.__dict__, "also": (*before.also, place)})
    placed = sorted(
        (e for e in kept.values() if e.at is not None), key=lambda e: (e.at, e.order, e.log, e.file, e.line)
    )
    return [*placed, *(e for e in kept.values() if e.at is None)]
