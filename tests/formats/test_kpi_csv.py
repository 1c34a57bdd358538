"""Counts of any report: names, formats of numbers, totals, and files that can't be placed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reading import gathered, golden, known, only_source, recognised_by, written

if TYPE_CHECKING:
    from pathlib import Path


def test_the_sample_becomes_what_it_should(repo_root: Path, update_golden: bool) -> None:
    case = golden(repo_root / "sample_logs" / "kpi_csv" / "half-hours.csv", update=update_golden, table="kpi")
    source = only_source(case)
    assert (source.format, source.table) == ("kpi-csv", "kpi")
    assert (source.rows, source.left_out, len(case.table("kpi"))) == (4, 1, 3)


@pytest.mark.parametrize(
    ("name", "cell", "column", "value"),
    [
        ("ASA", "1:02", "asa_s", 62),
        ("Avg Speed of Answer", "0:00:17", "asa_s", 17),
        ("Answer Speed (AVG)", "17.4", "asa_s", 17.4),
        ("Waiting Time (AVG)", "0:02:45", "asa_s", None),
        ("Service Level %", "94.01%", "service_level_pct", 94.01),
        ("Service Level (20 Seconds)", "76.28%", "service_level_pct", 76.28),
        ("AHT", "95", "aht_s", 95),
        ("Talk Duration (AVG)", "0:01:35", "aht_s", 95),
        ("Agents Staffed", "3.5", "agents_staffed", 3.5),
        ("Blocked", "3", "blocked", 3),
    ],
)
def test_a_columns_name_and_number_are_understood_as_written(
    tmp_path: Path, name: str, cell: str, column: str, value: float | None
) -> None:
    text = f"Date,Hour,Incoming Calls,Answered Calls,Abandoned Calls,{name}\n2026-04-16,08:00,42,40,2,{cell}\n"
    assert recognised_by(text) == ["kpi_csv"]
    (row,) = written(tmp_path, "a.csv", text).table("kpi").to_dict("records")
    assert known(row[column]) == value
    assert (row["offered"], row["answered"], row["abandoned"], row["scope"]) == (42, 40, 2, "platform")
    assert row["interval_start"].isoformat() == "2026-04-16T12:00:00+00:00"


@pytest.mark.parametrize(("cell", "count"), [("1.234", 1234), ("1,234", 1234), ("1234", 1234), ("12.5", None), ("-3", None)])
def test_thousands_are_no_fractions(tmp_path: Path, cell: str, count: int | None) -> None:
    text = f"Date;Hour;Offered;Answered\n2026-04-16;08:00;{cell};7\n"
    assert known(written(tmp_path, "a.csv", text).table("kpi")["offered"].iloc[0]) == count


def test_totals_and_texts_below_are_left_out_and_told(tmp_path: Path) -> None:
    text = (
        "Report,,,\nDate,Offered,Answered,Abandoned\n4/16/2026,42,40,2\n4/17/2026,-,-,-\nGrand Total,84,80,4\n"
        "Printed on Friday\n"
    )
    case = written(tmp_path, "a.csv", text)
    assert case.table("kpi")["offered"].tolist()[:1] == [42]
    assert known(case.table("kpi")["offered"].iloc[1]) is None  # a dash is no zero
    assert sorted((p.kind, p.at.line) for p in only_source(case).problems) == [("field-count", 6), ("totals", 5)]


@pytest.mark.parametrize(
    "text",
    [
        "call_id,answered,abandoned,caller\n1,yes,no,5855550117\n",
        "name,calls\nAnn,3\n",
        "date,a,b,c,calls\n2026-04-16,1,2,3,4\n",
        "interval_start,scope,offered,answered,abandoned\n2026-04-16T08:00:00Z,platform,42,40,2\n",
    ],
)
def test_other_tables_are_refused(text: str) -> None:
    assert "kpi_csv" not in recognised_by(text)


def test_the_shared_file_without_dates_cannot_be_placed(shared: Path) -> None:
    source = only_source(gathered(shared / "formats/samples/kpi/SleikaC_Call_Center_Data.csv"))
    assert (source.format, source.rows, source.left_out) == ("kpi-csv", 1251, 1251)
    assert source.notes == ("in all rows together: offered 248373, answered 221234, abandoned 27139",)


@pytest.mark.parametrize(
    ("name", "rows", "kept", "offered", "first", "last"),
    [
        ("TheCraftySlayer_hourly_call_data.csv", 4282, 4282, 98_262, "2023-08-14T12:00", "2025-06-03T23:00"),
        ("TheCraftySlayer_calls.csv", 658, 658, 96_461, "2023-08-14T04:00", "2025-06-01T04:00"),
    ],
)
def test_the_shared_files_of_hours_and_days(  # noqa: PLR0917 -- a table
    shared: Path, name: str, rows: int, kept: int, offered: int, first: str, last: str
) -> None:
    case = gathered(shared / "formats/samples/kpi" / name)
    source, kpi = only_source(case), case.table("kpi")
    assert (source.format, source.rows, len(kpi)) == ("kpi-csv", rows, kept)
    assert kpi["offered"].sum() == offered
    assert (source.first.strftime("%Y-%m-%dT%H:%M"), source.last.strftime("%Y-%m-%dT%H:%M")) == (first, last)


def test_abandoned_in_queue_is_abandoned(tmp_path: Path) -> None:
    text = "DateTime;SkillTargetID;CallsOffered;CallsHandled;CallsAbandonedInQueue\n2026-06-02 09:00:00.000;5001;40;35;5\n"
    (row,) = written(tmp_path, "a.csv", text).table("kpi").to_dict("records")
    assert (row["offered"], row["answered"], row["abandoned"]) == (40, 35, 5)


def test_a_list_of_calls_whose_rows_say_how_they_ended_is_no_table_of_counts() -> None:
    """A row without figures on their own looks like a header of counts: "Incoming", "Answered"."""
    rows = [
        "Date & Time,Call Type,From,To,Extension Name,Duration,Call Flow",
        '"Apr 16, 2026 12:05:57 AM",Incoming,(585) 555-0117,(585) 555-0178,Bea Ray,1m 35s,Answered',
        '"Apr 16, 2026 12:09:00 AM",Incoming - Missed,(585) 555-0118,(585) 555-0178,,0s,Missed',
    ]
    assert "kpi_csv" not in recognised_by("\n".join(rows) + "\n")
