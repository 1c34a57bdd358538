"""Paths to one Case: a store's records as they were kept, or every file read and put together.

How files become a Case is in :mod:`calltrace.intake.collecting`; a store needs none of it.
"""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, BinaryIO

from calltrace.errors import UsageError
from calltrace.intake import store
from calltrace.intake.asked import Given, Known
from calltrace.tables import times
from calltrace.tables.case import Case

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from calltrace.intake.asked import AskedTime
    from calltrace.intake.mapping import Mapping

SHOWN = timedelta(days=2)
"""How far beside the time asked about ids and names are read of a store's calls, where the others need none."""


def load(
    paths: Sequence[str | os.PathLike[str]] | str | os.PathLike[str],
    *,
    tz: str | None = None,
    now: pd.Timestamp | None = None,
    region: str = "",
    stdin: BinaryIO | None = None,
    mapping: str | os.PathLike[str] | Mapping | None = None,
    year: int | None = None,
) -> Case:
    r"""Read every log under the paths into one Case.

    Parameters
    ----------
    paths : path or sequence of paths
        Files, folders, ``-``; see :func:`calltrace.intake.sources.open_all`.
    tz : str, optional
        IANA zone for times without an offset; in the generic layout the account's own goes before it.
    now : Timestamp, optional
        Nothing later is known; kept for judging how old the records are. Reading takes no heed of it.
    region : str
        Country of telephone numbers without a country code; '' for the country of ``tz``, else of the zone of all
        known accounts, else of most accounts in the tables among the files, else the United States.
    stdin : binary file, optional
        What ``-`` reads.
    mapping : path or Mapping, optional
        How to read files no format knows (:mod:`calltrace.intake.mapping`); files with its columns are read
        by it, the others as ever.
    year : int, optional
        Year of a file's first record, for logs that write none; else it is told by the file's date.

    Returns
    -------
    Case
        With at least one call. Rows and files that could not be read are in ``problems`` and ``sources``.

    Raises
    ------
    InputError
        A path does not exist, nothing could be read, or there are no calls.
    UsageError
        ``tz`` is no zone, or the mapping can't be used or fits none of the files.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> _ = (folder / "calls.csv").write_text(
    ...     "call_id,account,offered_at,outcome\n1,1021,2026-10-08T09:15:00-04:00,answered\n")
    >>> case = load(folder)
    >>> len(case.calls), case.zone
    (1, 'America/New_York')
    """
    case = gather(paths, tz=tz, now=now, region=region, stdin=stdin, mapping=mapping, year=year)
    require_calls(case)
    return case


def gather(
    paths: Sequence[str | os.PathLike[str] | Given] | str | os.PathLike[str],
    *,
    tz: str | None = None,
    now: pd.Timestamp | None = None,
    region: str = "",
    stdin: BinaryIO | None = None,
    mapping: str | os.PathLike[str] | Mapping | None = None,
    year: int | None = None,
    known: Known | None = None,
    beside: pd.DataFrame | None = None,
    asked: AskedTime | None = None,
) -> Case:
    """Read as :func:`load` does, but give a Case without calls as well (``inspect`` shows what is there).

    A path may be a :class:`Given`, which knows more of it; ``known`` is what somebody wrote down about all of
    them; ``beside`` are accounts read before (a store's), which those of these logs go before; ``asked`` bounds what
    is read from a database.
    """
    if tz is not None:
        times.zone_named(tz)
    if isinstance(paths, str | os.PathLike):
        paths = [paths]
    stored = [one for one in paths if store.is_store(one.path if isinstance(one, Given) else one)]
    if stored:
        return _of_store(stored, len(paths), asked)
    for one in paths:
        name = one.path if isinstance(one, Given) else os.fspath(one)
        if name.lower().startswith(("s3://", "file://")):
            store.Store.open(name)  # which says that there is none
    from calltrace.intake.collecting import collect  # noqa: PLC0415 -- a store's records are read without it

    case = collect(
        paths, tz=tz, now=now, region=region, stdin=stdin, mapping=mapping, year=year, known=known, beside=beside, asked=asked)
    return by_last_digits(case, None if known is None else known.accounts)


def _of_store(
    stored: Sequence[str | os.PathLike[str] | Given], given: int, asked: AskedTime | None
) -> Case:
    """Read a store: it was read, placed and rid of duplicates when it was filled."""
    first = stored[0].path if isinstance(stored[0], Given) else os.fspath(stored[0])
    if given > 1:
        raise UsageError(
            f"{first} is a store, and {given - 1} other path{'s were' if given > 2 else ' was'} given",
            expected="a store alone, or logs",
            fix="Bring the logs into the store: calltrace import PATH... --store STORE.",
        )
    return by_number(_kept(store.Store.open(first), asked))


def by_number(case: Case) -> Case:
    """Give calls that came into a store before anybody said whose their number or name is the account it is of."""
    if "calls" not in case.tables or "accounts" not in case.tables:
        return case
    from calltrace.tables import known_as, owners  # noqa: PLC0415 -- a store without accounts is read without them

    accounts = case.tables["accounts"]
    calls = owners.calls_by_number(case.tables["calls"], accounts)
    names = known_as.of_calls(calls, accounts)
    case.tables["calls"] = known_as.renamed(calls, names)
    if case.slice_of is not None:
        of = names | owners.account_of_number(accounts)
        named = frozenset(of.get(one, one) for one in case.slice_of.accounts)
        case = replace(case, slice_of=replace(case.slice_of, accounts=named))
    return by_last_digits(case)


def by_last_digits(case: Case, accounts: pd.DataFrame | None = None) -> Case:
    """Give calls that go by a number's last digits the account it is of; ``accounts`` are known beside those of the Case."""
    tables = [table for table in (case.tables.get("accounts"), accounts) if table is not None]
    if not tables or "calls" not in case.tables or "account" not in case.tables["calls"].columns:
        return case
    from calltrace.tables import known_as  # noqa: PLC0415 -- as above

    names = {*known_as.names_in(case.tables["calls"]), *(case.slice_of.accounts if case.slice_of is not None else ())}
    if not all(known_as.strangers(names, table) for table in tables):
        return case  # as nearly always: every call is an account's
    from calltrace.intake import last_digits  # noqa: PLC0415 -- as above

    return last_digits.settled(case, accounts)


def _kept(kept: store.Store, asked: AskedTime | None) -> Case:
    """Read of a store what a time asked about takes, the last week where none is said; all of it where none is asked about."""
    if asked is None:
        return kept.read()
    last = kept.last_call()
    if last is None:
        return kept.read()
    from calltrace.intake.store import slices  # noqa: PLC0415 -- brings in Parquet

    start, until, now = slices.window(kept, last, asked.start, asked.end, asked.now)
    first_wanted = start - timedelta(days=asked.before_days)
    end_wanted = until + timedelta(days=asked.after_days) if asked.end else None
    if asked.beside and asked.start:
        extent = slices.extent(kept)
        known_until = min(until, now if asked.now else until, last + timedelta(seconds=1))
        low, high = asked.beside(extent, start, max(start, known_until)) or (None, None)
        case = slices.read(kept, low, high, (start - SHOWN, max(until, now) + SHOWN), lines=True)
        more = slices.accounts(kept, first_wanted, low) | slices.accounts(kept, high, end_wanted or last)
        return replace(case, slice_of=replace(extent, accounts=more))
    case = kept.read(start=first_wanted, end=end_wanted)
    if asked.account and not len(case.rows("account", asked.account)) and asked.account in (
        slices.accounts(kept, slices.extent(kept).first, first_wanted) | slices.accounts(kept, end_wanted, last)):
        return kept.read()  # when its last call was is what is to be told
    if case.calls.empty:  # who asks is told what there is instead
        case = replace(case, slice_of=slices.extent(kept))
    return case


def require_calls(case: Case) -> None:
    """Raise InputError, saying what was found instead and what to do, where the case has no calls."""
    if not len(case.calls):
        from calltrace.intake import no_calls  # noqa: PLC0415 -- hardly ever so

        raise no_calls.explained(case)
