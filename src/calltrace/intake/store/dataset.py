"""The Store itself: what can be done with one, each by the module that does it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from calltrace.errors import InputError
from calltrace.intake.store import manifest, places

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime

    import pandas as pd

    from calltrace.intake.asked import Given, Known
    from calltrace.intake.mapping import Mapping
    from calltrace.intake.store.forgetting import ForgetResult
    from calltrace.intake.store.importing import ImportResult
    from calltrace.intake.store.pruning import PruneResult
    from calltrace.intake.store.reading import Matrix
    from calltrace.intake.store.settling import TornFile
    from calltrace.intake.store.status import Status
    from calltrace.intake.store.verifying import VerifyResult
    from calltrace.tables.case import Case

    Progress = Callable[[str, float, float], None]
    Path = str | os.PathLike[str]

ENVIRONMENT = "CALLTRACE_STORE"


def default_place() -> str:
    """Return where the store lies when nobody says: ``$CALLTRACE_STORE``, else the user's data folder."""
    given = os.environ.get(ENVIRONMENT)
    if given:
        return given
    from platformdirs import user_data_path  # noqa: PLC0415 - most commands name their input

    return str(user_data_path("calltrace", appauthor=False) / "store")


class Store:
    """A store at a place. Holds nothing open; every reading begins with the state the store is in then.

    One of :meth:`as_it_is` goes by one state, whatever comes; where that is taken away, a reading raises
    :class:`~calltrace.intake.store.manifest.SupersededError`.
    """

    def __init__(self, place: places.Place, version: int | None = None) -> None:
        self.place = place
        self.version = version

    @classmethod
    def open(cls, url: Path | None = None, *, create: bool = False) -> Store:
        """Return the store at a path or ``s3://`` address, the default place where none is given.

        Parameters
        ----------
        url : path, optional
            See :func:`default_place`.
        create : bool
            Whether there need not be one yet: the first import makes it.

        Raises
        ------
        InputError
            Where there is none, or the place can't be reached.
        """
        place = places.place_of(default_place() if url is None else url)
        if not create and not manifest.is_store(place):
            raise InputError(
                f"there is no store at {place.url}",
                expected="a place that logs were imported into",
                fix="Fill one: calltrace import PATH... [--store PLACE].",
            )
        return cls(place)

    @property
    def url(self) -> str:
        """Where it lies."""
        return self.place.url

    def state(self) -> manifest.Manifest:
        """Return the state the store is in now, or the one it is read by."""
        return manifest.latest(self.place) if self.version is None else manifest.at(self.place, self.version)

    def as_it_is(self) -> Store:
        """Return the store as it is now: all readings of it are of one state."""
        return Store(self.place, self.state().version)

    def import_(
        self,
        paths: Sequence[Path | Given] | Path,
        *,
        tz: str | None = None,
        mapping: Path | Mapping | None = None,
        year: int | None = None,
        region: str = "",
        known: Known | None = None,
        now: datetime | None = None,
        progress: Progress | None = None,
    ) -> ImportResult:
        """Read logs into the store; see :func:`calltrace.intake.store.importing.run`.

        Raises
        ------
        UsageError
            Where the store lies within a folder that is imported: the next import would take its files for logs.
        """
        from calltrace.intake.store import importing, is_store  # noqa: PLC0415 - only an import imports

        given = [paths] if isinstance(paths, str | os.PathLike) else list(paths)
        places.apart(self.place, [p for p in given if not (isinstance(p, str | os.PathLike) and is_store(p))])
        return importing.run(
            self, paths, tz=tz, mapping=mapping, year=year, region=region, known=known, now=now, progress=progress
        )

    def read(
        self,
        tables: Iterable[str] | None = None,
        start: pd.Timestamp | None = None,
        end: pd.Timestamp | None = None,
        account: str | Sequence[str] | None = None,
        columns: dict[str, Sequence[str]] | None = None,
    ) -> Case:
        """Read a slice as a Case; see :func:`calltrace.intake.store.reading.read`."""
        from calltrace.intake.store import reading  # noqa: PLC0415 - brings in pandas

        return reading.read(self, tables, start, end, account, columns)

    def intervals(
        self,
        start: pd.Timestamp | None = None,
        end: pd.Timestamp | None = None,
        account: str | Sequence[str] | None = None,
        columns: Sequence[str] | None = None,
    ) -> pd.DataFrame:
        """Read interval counts; see :func:`calltrace.intake.store.reading.intervals`."""
        from calltrace.intake.store import reading  # noqa: PLC0415 - as above

        return reading.intervals(self, start, end, account, columns)

    def matrix(
        self, start: pd.Timestamp, end: pd.Timestamp, *, by: str | None = "account", of: str = "offered"
    ) -> Matrix:
        """Read one figure of every series, a column a quarter hour; see :func:`calltrace.intake.store.reading.matrix`."""
        from calltrace.intake.store import reading  # noqa: PLC0415 - as above

        return reading.matrix(self, start, end, by=by, of=of)

    def find(
        self,
        *,
        caller: str | Sequence[str] | None = None,
        agent: str | Sequence[str] | None = None,
        account: str | Sequence[str] | None = None,
        start: pd.Timestamp | None = None,
        end: pd.Timestamp | None = None,
        where: dict[str, str | Sequence[str]] | None = None,
        limit: int | None = None,
    ) -> pd.DataFrame:
        """Find calls; see :func:`calltrace.intake.store.reading.find`."""
        from calltrace.intake.store import reading  # noqa: PLC0415 - as above

        return reading.find(
            self, caller=caller, agent=agent, account=account, start=start, end=end, where=where, limit=limit
        )

    def dataset(self, table: str, start: pd.Timestamp | None = None, end: pd.Timestamp | None = None) -> Any:
        """Return the files of a table as a ``pyarrow.dataset``; see :func:`calltrace.intake.store.reading.dataset`."""
        from calltrace.intake.store import reading  # noqa: PLC0415 - as above

        return reading.dataset(self, table, start, end)

    def days(self, table: str = "calls") -> list[str]:
        """Return the UTC days (ISO) on which the table has rows."""
        return self.state().days(table)

    def last_call(self) -> pd.Timestamp | None:
        """Return when the last call was offered (UTC), None where there is none; reads no call."""
        import pandas as pd  # noqa: PLC0415 - most of what is asked of a manifest needs no pandas

        lasts = [p.last for p in self.state().of("calls") if p.last is not None]
        return pd.Timestamp(max(lasts), unit="us", tz="UTC").as_unit("us") if lasts else None

    def status(self) -> Status:
        """Say what the store holds; see :func:`calltrace.intake.store.status.status`."""
        from calltrace.intake.store import status  # noqa: PLC0415 - brings in pyarrow

        return status.status(self)

    def verify(self, *, progress: Progress | None = None) -> VerifyResult:
        """Hold every file against the manifest; see :func:`calltrace.intake.store.verifying.verify`."""
        from calltrace.intake.store import verifying  # noqa: PLC0415 - as above

        return verifying.verify(self, progress=progress)

    def prune(self, days: int, *, now: pd.Timestamp | None = None, dry_run: bool = False) -> PruneResult:
        """Delete what is older than so many days; see :func:`calltrace.intake.store.pruning.prune`."""
        from calltrace.intake.store import pruning  # noqa: PLC0415 - as above

        return pruning.prune(self, days, now=now, dry_run=dry_run)

    def accept(self, paths: Sequence[str], *, now: pd.Timestamp | None = None) -> tuple[TornFile, ...]:
        """Take torn files as they are; see :func:`calltrace.intake.store.settling.accept`."""
        from calltrace.intake.store import settling  # noqa: PLC0415 - as above

        return settling.accept(self, paths, now=now)

    def torn(self) -> tuple[TornFile, ...]:
        """Return the files that could not be read whole, and what the store has of each."""
        from calltrace.intake.store import settling  # noqa: PLC0415 - as above

        return settling.torn_files(self)

    def forget(self, number: str) -> ForgetResult:
        """Take a caller's number out of the store; see :func:`calltrace.intake.store.forgetting.forget`."""
        from calltrace.intake.store import forgetting  # noqa: PLC0415 - as above

        return forgetting.forget(self, number)
