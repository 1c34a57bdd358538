"""What a reading is asked for: which paths, what is known of them beforehand, and of what time the records are wanted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from calltrace.classes import dataclass

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Sequence

    import pandas as pd

    from calltrace.intake.mapping import Mapping
    from calltrace.tables.case import Extent

    Beside = Callable[[Extent, pd.Timestamp, pd.Timestamp], tuple[pd.Timestamp, pd.Timestamp] | None]


@dataclass(frozen=True)
class Given:
    """One PATH and what is known of it in particular; what is not said is as for all the others.

    Parameters
    ----------
    path : str
        A file, a folder, an address of a database.
    tz : str
        Zone of its times that carry none, whosever calls they are: this switch's clock.
    format : str
        The format of all its files, by name (``asterisk-cdr-csv``), where it is not to be recognised; '' to
        recognise each.
    mapping : path or Mapping, optional
        How to read those of its files that have the mapping's columns.
    year : int, optional
        Year of its first record.
    """

    path: str
    tz: str = ""
    format: str = ""
    mapping: str | os.PathLike[str] | Mapping | None = None
    year: int | None = None


@dataclass(frozen=True)
class Known:
    """What somebody wrote down about the logs as a whole, before any was read.

    Parameters
    ----------
    accounts : DataFrame, optional
        Rows of the accounts table: their zones and numbers go before those of the logs' own accounts table, so
        that times and calls are placed by them. They do not become part of the Case here.
    mappings : sequence of (patterns, Mapping)
        Mappings for files by name (``acme_*.csv``); one is tried where a name fits, before every format.
    """

    accounts: pd.DataFrame | None = None
    mappings: Sequence[tuple[Sequence[str], Mapping]] = ()


@dataclass(frozen=True)
class AskedTime:
    """The time a question is about, as people say it: what a database is asked for is bounded by it.

    ``start`` and ``end`` are None where not said, and so is ``now``, the time of asking, from which their words
    count: the last row's. ``zone`` is that of the words. What is read begins ``before_days`` before the start, for
    what is usual is learnt from it, and ends ``after_days`` after the end: what was set right later tells as well.
    Who gives ``beside`` gets a store's calls as :func:`calltrace.intake.store.slices.read` gives them, in a fraction of
    the time, and no more of them than it says: from when to when the calls are that a time is held against, of records
    that reach so far; None for all. Of a store that has no call of ``account`` then, but has at other times, all is read.
    """

    start: str | None = None
    end: str | None = None
    now: str | None = None
    zone: str = "UTC"
    before_days: int = 100
    after_days: int = 31
    beside: Beside | None = None
    account: str = ""
