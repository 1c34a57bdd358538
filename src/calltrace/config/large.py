"""Read the logs of an audit as the configuration says: held as a Case, or, too large for that, kept in a store."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from calltrace.config.cases import accounts_of, apply, given, load, zone_configured
from calltrace.config.inputs import stored
from calltrace.config.settings import Config
from calltrace.diagnosis.audit import parts
from calltrace.diagnosis.audit.kept import LARGE_CALLS, Kept, imported, is_large
from calltrace.intake.asked import Given, Known
from calltrace.intake.store import Store, is_store, slices
from calltrace.tables.case import Case

if TYPE_CHECKING:
    from collections.abc import Callable


@contextmanager
def records(
    paths: Sequence[str | os.PathLike[str]] = (),
    config: Config | None = None,
    *,
    tz: str | None = None,
    mapping: str | os.PathLike[str] | None = None,
    year: int | None = None,
    start: str | None = None,
    end: str | None = None,
    now: str | None = None,
    progress: Callable[[str, float, float], None] | None = None,
    here: bool = True,
) -> Iterator[Case | Kept]:
    """Give the records of an audit.

    Parameters are those of :func:`calltrace.config.cases.load`, and so are the errors; ``progress`` is told of an
    import; ``here`` says that the work is done on this machine, where a folder can be read again. A store of which a
    day is asked is read for that day; one of which all is asked, and that has more than
    :data:`~calltrace.diagnosis.audit.kept.LARGE_CALLS` calls, or months that have more than can be held, is left where
    it is. Logs above
    :data:`~calltrace.diagnosis.audit.kept.LARGE_BYTES` are imported into a store that is gone at the end.
    """
    config = config or Config()
    named = [os.fspath(p) for p in paths]
    kept = named or ([place] if (place := stored(config)) else [])
    if len(kept) == 1 and is_store(kept[0]):
        if _are_many(Store.open(kept[0]), start, end, now):
            if here or "://" in kept[0]:
                yield Kept(kept[0], partial(_added, config=config, tz=tz))
                return
            start = end = None  # of who has no call about the window the parts would know more than those read one by one
    elif here:
        chosen: list[str | Given] = [*named] if named else given(config, tz=tz, mapping=mapping, year=year)
        files = [one.path if isinstance(one, Given) else one for one in chosen]
        if is_large([f for f in files if "://" not in f and not is_store(f)]):
            chosen_map = config.mappings[mapping].mapping if isinstance(mapping, str) and mapping in config.mappings else mapping
            shared = [(m.match, m.mapping) for m in config.mappings.values() if m.match and m.mapping is not None]
            known = Known(accounts_of(config)[0], [] if mapping else shared)
            with imported(
                chosen, tz=tz or config.service.zone or None, mapping=chosen_map, year=year, region=config.service.country,
                known=known, progress=progress,
            ) as found:
                yield Kept(found.url, partial(_added, config=config, tz=tz))
            return
    yield load(paths, config, tz=tz, mapping=mapping, year=year, start=start, end=end, now=now, coded=True)


def _are_many(store: Store, start: str | None, end: str | None, now: str | None) -> bool:
    """Say whether the calls a window of a store is judged by are too many to be held: it is audited part by part then."""
    if not start and not end:
        return slices.count(store) > LARGE_CALLS
    last = store.last_call()
    if last is None:
        return False
    extent = slices.extent(store)
    since, until, _ = slices.window(store, last, start, end, now)
    if until - since <= parts.crowded(extent)[0] * parts.HARDLY_LONGER:
        return False  # one part, whatever it takes
    return slices.count(store, *(parts.reach(extent, since, until) or (None, None))) > parts.HELD_CALLS


def _added(case: Case, config: Config, tz: str | None) -> Case:
    """Add what the configuration knows; a function of its own, for it may have far to travel."""
    return apply(zone_configured(case) if config.service.zone and not tz else case, config)
