"""The order of day and month, told once for all files of a log: read together, and imported day by day."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import calltrace
from calltrace.intake.store import Store
from calltrace.report.audit import audit_report_of
from calltrace.report.making import doubts_of
from reading import gathered

if TYPE_CHECKING:
    from pathlib import Path

    from calltrace.tables.case import Case

HEADING = "  Date     Time    Ext  CO        Dial Number         Ring Duration  Acc code  CD\n" + "-" * 80 + "\n"


def panasonic(date: str, hour: int = 9) -> str:
    row = "{} {:02d}:{:02d}AM   214 01 <I>585555{:04d}             0'07 00:01'11\n"
    return HEADING + "".join(row.format(date, hour, minute, minute) for minute in (2, 16, 31))


def mitel(date: str) -> str:
    return f" {date} 09:15  00:03:45 T101 003 5178                      A 2014\n"


def days(case: Case) -> list[str]:
    return sorted({f"{at:%Y-%m-%d}" for at in case.calls["offered_at"].dt.tz_convert("America/New_York")})


def written(folder: Path, **files: str) -> list[Path]:
    folder.mkdir(exist_ok=True)
    paths = []
    for name, text in files.items():
        paths.append(folder / f"{name}.log")
        paths[-1].write_text(text)
    return paths


def test_a_day_above_twelve_in_one_file_tells_for_the_others(tmp_path: Path) -> None:
    written(tmp_path, a=panasonic("02/11/26"), b=panasonic("13/11/26"), c=panasonic("03/11/26"))
    case = gathered(tmp_path)
    assert days(case) == ["2026-11-02", "2026-11-03", "2026-11-13"]
    assert [p.kind for s in case.sources for p in s.problems if p.kind.startswith("date-order")] == []


def test_days_that_follow_one_another_tell_where_no_file_does(tmp_path: Path) -> None:
    written(tmp_path, a=panasonic("02/11/26"), b=panasonic("03/11/26"), c=panasonic("04/11/26"))
    assert days(gathered(tmp_path)) == ["2026-11-02", "2026-11-03", "2026-11-04"]


def test_a_file_that_can_only_be_read_one_way_is_read_so(tmp_path: Path) -> None:
    written(tmp_path, a=panasonic("02/11/26"), b=panasonic("13/11/26"), c=panasonic("14/11/26"), other=panasonic("10/30/26"))
    assert days(gathered(tmp_path)) == ["2026-10-30", "2026-11-02", "2026-11-13", "2026-11-14"]


def test_another_switch_in_a_folder_of_its_own_keeps_its_order(tmp_path: Path) -> None:
    written(tmp_path / "london", a=panasonic("02/11/26"), b=panasonic("13/11/26"))
    written(tmp_path / "boston", a=panasonic("11/03/26"), b=panasonic("11/14/26"))
    assert days(gathered(tmp_path)) == ["2026-11-02", "2026-11-03", "2026-11-13", "2026-11-14"]


def test_the_date_in_its_name_tells_of_a_file_that_comes_alone(tmp_path: Path) -> None:
    (path,) = written(tmp_path, **{"smdr-20261102": mitel("02/11")})
    assert days(gathered(path)) == ["2026-11-02"]


@pytest.mark.parametrize("order", [("a", "b", "c"), ("c", "b", "a")])
def test_imported_day_by_day_it_comes_to_the_same_or_is_told(tmp_path: Path, order: tuple[str, ...]) -> None:
    texts = {"a": panasonic("13/11/26"), "b": panasonic("02/11/26"), "c": panasonic("03/11/26")}
    paths = dict(zip(texts, written(tmp_path / "logs", **texts), strict=True))
    store = Store.open(tmp_path / "store", create=True)
    told = []
    for name in order:
        result = store.import_([paths[name]], tz="America/New_York")
        told += [p.kind for p in result.problems if p.kind.startswith("date-order")]
    if order[0] == "a":
        assert days(store.read()) == ["2026-11-02", "2026-11-03", "2026-11-13"]
        assert told == ["date-order-unknown"]  # 26 November 2013, for all the first knew
        assert doubts_of(store.read()) == ()
    else:  # the first could be read two ways, the second told that it was read the wrong one
        assert told[:2] == ["date-order-unknown", "date-order-before"]


def test_what_nothing_tells_is_said_in_the_report(tmp_path: Path) -> None:
    (path,) = written(tmp_path, log=panasonic("02/11/26"))
    report = calltrace.audit([path], tz="America/New_York")
    assert audit_report_of(report, command="audit").notes[0] == (
        "Nothing tells the order of the dates in log.log: they were read as month/day/year.")
