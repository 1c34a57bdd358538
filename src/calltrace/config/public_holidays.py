"""Public holidays of countries and their parts to rows of the events table."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from calltrace.config.settings import Holidays
from calltrace.errors import InputError
from calltrace.tables import times

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd


def read(
    wanted: Holidays, start: pd.Timestamp, end: pd.Timestamp, zone: str, zones: Mapping[str, str]
) -> tuple[dict[str, object], ...]:
    """Return the holidays that touch [start, end), named in English where the library has it.

    Parameters
    ----------
    wanted : Holidays
        Country, part of it, categories, and the accounts they are for; without accounts they are the region's.
    start, end : Timestamp
        UTC.
    zone : str
        The service's zone: a holiday lasts from one midnight to the next in it, an account's in the account's own.
    zones : mapping of account to zone

    Raises
    ------
    InputError
        The library is missing.
    """
    try:
        import holidays  # noqa: PLC0415 -- an extra
    except ImportError as error:
        raise InputError(
            "the library of public holidays is not installed", fix='Install it: pip install "calltrace-cli[calendars]".'
        ) from error
    spoken = holidays.country_holidays(wanted.country).supported_languages
    days = holidays.country_holidays(
        wanted.country,
        # by itself the library takes the machine's language: the same input is to give the same report
        language=next((one for one in ("en_US", "en_GB") if one in spoken), None) or next(iter(spoken), None),
        subdiv=wanted.subdivision or None,
        years=range((start - timedelta(days=1)).year, (end + timedelta(days=1)).year + 1),
        categories=wanted.categories,
    )
    rows = []
    for day, name in sorted(days.items()):
        midnight = datetime(day.year, day.month, day.day)  # noqa: DTZ001 -- at_wall places it
        for account in wanted.accounts or ("",):
            here = zones.get(account, zone)
            first, last = times.at_wall(midnight, here), times.at_wall(midnight + timedelta(days=1), here)
            if first < end and last > start:
                rows.append({
                    "starts_at": first,
                    "ends_at": last,
                    "kind": "holiday",
                    "scope": "account" if account else "region",
                    "target": account or None,
                    "note": str(name),
                })
    return tuple(rows)
