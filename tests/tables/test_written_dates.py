"""In which order dates are written: told by dates that are none in another, by days in order, by names, else by custom."""

from __future__ import annotations

import pytest

from calltrace.tables.written_dates import WrittenDates, decided

YEARLESS = ("md", "dm")
WITH_YEAR = ("mdy", "dmy", "ymd")


def file(*numbers: tuple[int, ...], named: str = "", until: str = "") -> WrittenDates:
    return WrittenDates(numbers, YEARLESS if len(numbers[0]) == 2 else WITH_YEAR, named=named, until=until)


@pytest.mark.parametrize(
    ("files", "region", "told"),
    [
        ([file((3, 13))], "US", ("md", "dates")),
        ([file((13, 3))], "US", ("dm", "dates")),
        ([file((3, 4))], "US", ("md", "custom")),
        ([file((3, 4))], "GB", ("dm", "custom")),
        ([file((3, 4), (4, 4), (5, 4))], "US", ("dm", "order")),
        ([file((3, 4), (3, 5), (3, 6))], "GB", ("md", "order")),
        # one day a file: neither tells by itself
        ([file((2, 11)), file((3, 11))], "US", ("dm", "order")),
        ([file((2, 11)), file((28, 10))], "US", ("dm", "dates")),
        ([file((13, 10, 26)), file((14, 10, 26)), file((2, 11, 26))], "US", ("dmy", "order")),
        # a date from before the clock was set
        ([file((1, 1, 70)), file((11, 12, 26)), file((11, 13, 26))], "GB", ("mdy", "dates")),
        # what the name says
        ([file((2, 11), named="2026-11-02")], "US", ("dm", "name")),
        ([file((13, 10, 26), named="2026-10-13")], "US", ("dmy", "name")),
        ([file((12, 31), (1, 1), named="2027-01-01")], "GB", ("md", "dates")),
        # no record is later than its file
        ([file((3, 5, 32), until="2032-04-01")], "GB", ("mdy", "written")),
        # 2013 or 2026, 2026 or 2005: the log is likelier of the year of its file, but that is no proof
        ([file((13, 10, 26), until="2026-11-20")], "US", ("dmy", "custom")),
        ([file((26, 3, 5), until="2026-11-20")], "US", ("ymd", "custom")),
    ],
)
def test_the_order_of_day_month_and_year(files: list[WrittenDates], region: str, told: tuple[str, str]) -> None:
    assert decided(files, region) == told


def test_the_files_of_a_switch_may_come_in_any_order() -> None:
    days = [file((d, 11)) for d in (7, 2, 5, 3, 9)]
    assert decided(days, "US") == decided(days[::-1], "US") == ("dm", "order")
