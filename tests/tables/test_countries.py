"""The country that zones are in, and where they tell none."""

from __future__ import annotations

import pytest

from calltrace.tables.countries import HOME, country_of


@pytest.mark.parametrize(
    ("zone", "country"),
    [("Europe/Berlin", "DE"), ("Europe/London", "GB"), ("Australia/Sydney", "AU"), ("Asia/Calcutta", "IN"), ("GB", "GB")],
)
def test_a_zone_is_in_its_country(zone: str, country: str) -> None:
    assert country_of([zone, None, ""]) == country


@pytest.mark.parametrize("zones", [[], ["UTC"], ["CET"], ["Etc/GMT+5"], ["America/Toronto"], ["Europe/Berlin", "Europe/London"]])
def test_where_no_zone_tells_it_numbers_are_read_as_ever(zones: list[str]) -> None:
    assert country_of(zones) == HOME
