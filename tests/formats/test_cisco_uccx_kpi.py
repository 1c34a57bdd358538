"""Counts by CSQ, in the table's form and in the report's; live counters have no time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reading import gathered, golden, only_source, recognised_by, written

if TYPE_CHECKING:
    from pathlib import Path


def test_the_sample_becomes_what_it_should(repo_root: Path, update_golden: bool) -> None:
    case = golden(repo_root / "sample_logs" / "cisco_uccx_kpi" / "csq_interval.csv", update=update_golden, table="kpi")
    source = only_source(case)
    assert (source.format, source.table) == ("cisco-uccx-kpi", "kpi")
    assert (source.rows, source.left_out, len(case.table("kpi"))) == (5, 1, 4)


def test_the_report_by_interval_is_read_by_its_names(tmp_path: Path) -> None:
    text = (
        "CSQ Name,Interval Start Time,Interval End Time,Calls Presented,Calls Handled,Calls Abandoned,Avg Speed of Answer\n"
        "Desk,4/16/26 8:00:00 AM,4/16/26 8:30:00 AM,42,40,2,00:00:17\n"
    )
    assert recognised_by(text) == ["cisco_uccx_kpi"]
    (row,) = written(tmp_path, "a.csv", text).table("kpi").to_dict("records")
    assert row["interval_start"].isoformat() == "2026-04-16T12:00:00+00:00"
    assert (row["scope"], row["offered"], row["answered"], row["abandoned"], row["asa_s"]) == ("Desk", 42, 40, 2, 17)


def test_a_service_level_is_the_share_that_met_it_not_its_seconds(tmp_path: Path) -> None:
    text = (
        "CSQ Name,Interval Start Time,Service Level,Calls Handled < SL,Percentage of Service Level Met - With No Abandoned Calls,"
        "Percentage of Service Level Met - Only Handled,Calls Presented,Calls Handled,Calls Abandoned\n"
        "Desk,4/16/26 8:00:00 AM,20,30,83.3%,85.7%,40,35,5\n"
    )
    case = written(tmp_path, "a.csv", text)
    (row,) = case.table("kpi").to_dict("records")
    assert (row["service_level_pct"], row["answered"], row["abandoned"]) == (85.7, 35, 5)
    assert only_source(case).notes == ("the service level's threshold is 20 s, by the column beside it",)


@pytest.mark.parametrize(("hour", "utc"), [("0", "04:00"), ("8", "12:00"), ("0830", "12:30"), ("08:30", "12:30")])
def test_a_date_and_an_hour_make_a_time(tmp_path: Path, hour: str, utc: str) -> None:
    text = f"archive_date,hour,csq_name,calls_handled,calls_presented\n20260416,{hour},Desk,40,42\n"
    (row,) = written(tmp_path, "a.csv", text).table("kpi").to_dict("records")
    assert row["interval_start"].isoformat() == f"2026-04-16T{utc}:00+00:00"


def test_the_shared_live_statistics_cannot_be_placed(shared: Path) -> None:
    case = gathered(shared / "formats/samples/kpi/swapinfutures_uccx_VoiceIAQStats.json")
    source = only_source(case)
    assert (source.format, source.rows, source.left_out) == ("cisco-uccx-kpi", 5, 5)
    assert [p.kind for p in source.problems] == ["no-time"]
    assert source.notes == ("in all rows together: offered 30, answered 21, abandoned 8",)
