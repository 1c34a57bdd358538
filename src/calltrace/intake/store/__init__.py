"""The store: logs imported once, kept as Parquet by day, and read by the slice.

What others use::

    from calltrace.intake import store

    kept = store.Store.open()                       # the default place; a path or s3://bucket/folder else
    kept.import_(["exports/"], tz="America/New_York")
    case = kept.read(start=monday, end=tuesday)     # a Case, as load() gives; only those days are read
    counts = kept.intervals(start=january, end=tuesday)   # quarter hours, without touching a call
    calls = kept.find(caller="+17175551234")        # calls of a caller, an agent or an account
    kept.forget("+17175551234")

- :meth:`Store.read` gives a :class:`~calltrace.tables.case.Case`: dated tables bounded by ``[start, end)`` on their
  main instant (``offered_at``, ``taken_at``, …), accounts, events and rosters whole, the sources and problems of
  the imports behind them. A store holds what one ``load()`` of everything imported would give.
- :meth:`Store.intervals` gives one row a quarter hour (UTC), account, dnis and trunk group: ``offered``, a column
  for each outcome, and sums of seconds (:mod:`calltrace.intake.store.aggregate`). Rows add up.
- :func:`is_store` says whether a path is a store; ``load([path])`` of one works as of any log.

How it lies on disk or in a bucket::

    calltrace-store.json                  what it is recognised by
    manifest/000000000042.json            its states; the highest number is the one it is in
    imports/….json                        what each import read: sources and problems
    calls/day=2026-10-08/….parquet        one file a table and UTC day, never changed once written
    intervals/2026-10-08-….parquet        the counts of that day's calls
    calls-replaced/2026-10-08-….parquet   rows that another file's replaced; every table may have such
    accounts/….parquet                    tables whose rows hold for many days

The modules: :mod:`places` (disk or bucket), :mod:`manifest` (states, and how two imports at once are kept apart),
:mod:`parts` (rows to files; which records are one), :mod:`aggregate` (interval counts), :mod:`importing` (logs into the
store) with :mod:`asked` (which files), :mod:`taken` (were they imported before), :mod:`gathering` (what they hold),
:mod:`merging` (into what is there) and :mod:`elders` (what of it is news), :mod:`fast`, :mod:`stretches`, :mod:`judging`
and :mod:`dealing` (large files of the generic layout), :mod:`records` (what each import read), :mod:`settling` (what makes
up for a torn file), :mod:`reading` (the store into frames) and :mod:`slices` (into frames that hold little) with
:mod:`bounds` (which files and rows a time touches), :mod:`batches`, :mod:`scan` and :mod:`filling` (many files at a time),
:mod:`belt` (what processes share), :mod:`status`, :mod:`verifying`, :mod:`pruning`, :mod:`forgetting` and :mod:`cleaning`
(what no state names).
"""

from __future__ import annotations

import os
from importlib import import_module
from typing import TYPE_CHECKING

from calltrace.intake.store.dataset import Store as Store
from calltrace.intake.store.dataset import default_place as default_place

if TYPE_CHECKING:
    from calltrace.intake.store.forgetting import ForgetResult as ForgetResult
    from calltrace.intake.store.importing import ImportResult as ImportResult
    from calltrace.intake.store.pruning import PruneResult as PruneResult
    from calltrace.intake.store.settling import TornFile as TornFile
    from calltrace.intake.store.status import Status as Status
    from calltrace.intake.store.verifying import VerifyResult as VerifyResult

_WHERE = {
    "ImportResult": "importing",
    "ForgetResult": "forgetting",
    "PruneResult": "pruning",
    "Status": "status",
    "TornFile": "settling",
    "VerifyResult": "verifying",
}

__all__ = [
    "ForgetResult",
    "ImportResult",
    "PruneResult",
    "Status",
    "Store",
    "TornFile",
    "VerifyResult",
    "default_place",
    "is_store",
]


def is_store(path: str | os.PathLike[str]) -> bool:
    """Say whether a path or address is a store; a folder by the file it is recognised by.

    Examples
    --------
    >>> is_store("/no/such/folder")
    False
    """
    from calltrace.intake.store import manifest, places  # noqa: PLC0415 - paths that are no store come first

    name = os.fspath(path)
    if "://" not in name:
        return os.path.isfile(os.path.join(name, manifest.MARK))  # noqa: PTH113, PTH118 - any text, NUL too
    return name.lower().startswith(("s3://", "file://")) and manifest.is_store(places.place_of(name))


def __getattr__(name: str) -> object:
    if name in _WHERE:
        return getattr(import_module(f"calltrace.intake.store.{_WHERE[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
