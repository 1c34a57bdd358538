"""The country a service is in, by its time zone: whose national form a number without its country's code is in.

Apart from :mod:`calltrace.tables.phones`, so that reading a configuration brings in no frames.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

HOME = "US"
"""The country of a number without its code where nothing tells another."""

_AT_HOME = frozenset({
    "America/New_York", "America/Chicago", "America/Denver", "America/Phoenix", "America/Los_Angeles", "UTC", "Etc/UTC",
    "CET", "EET", "EST", "HST", "MET", "MST", "WET",
})
"""Zones that most services of this plan are in, and those that are no one country's: nothing needs to be looked up."""


def country_of(zones: Iterable[str | None]) -> str:
    """Return the country that all these time zones are in, by Unicode's table of zones; HOME where none tells.

    Of every country of the North American plan it is HOME: their numbers are written in one way.

    Examples
    --------
    >>> country_of(["Europe/Berlin"]), country_of(["Europe/London", "Australia/Sydney"]), country_of(["America/Toronto", None])
    ('DE', 'US', 'US')
    """
    named = {zone for zone in zones if zone}
    if named <= _AT_HOME:
        return HOME
    from babel.core import get_global  # noqa: PLC0415 - some time to load, which most services need not spend

    same, countries = get_global("zone_aliases"), get_global("zone_territories")
    found = {str(countries.get(same.get(zone, zone), "")) for zone in named}
    if len(found) > 1:
        return HOME
    from phonenumbers import country_code_for_region  # noqa: PLC0415 - as above

    (country,) = found
    return HOME if country_code_for_region(country) in {0, 1} else country
