"""CMS reports: the date and the split stand above the header."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reading import golden, only_source, recognised_by, written

if TYPE_CHECKING:
    from pathlib import Path


def test_the_sample_becomes_what_it_should(repo_root: Path, update_golden: bool) -> None:
    case = golden(repo_root / "sample_logs" / "avaya_cms_kpi" / "split.csv", update=update_golden, table="kpi")
    source = only_source(case)
    assert (source.format, source.table) == ("avaya-cms-kpi", "kpi")
    assert (source.rows, source.left_out, len(case.table("kpi"))) == (4, 1, 3)


HEAD = "TIME,ACD CALLS,AVG SPEED ANS,ABAND CALLS,FLOW OUT,AVG STAFF\n"


@pytest.mark.parametrize(
    ("label", "utc"),
    [
        ("8:00- 8:30AM", "12:00"),
        ("11:30-12:00PM", "15:30"),
        ("12:00-12:30PM", "16:00"),
        ("12:00-12:30AM", "04:00"),
        ("1:00- 1:30PM", "17:00"),
        ("20:30-21:00", "00:30"),
        ("8:00 AM", "12:00"),
    ],
)
def test_an_interval_begins_with_the_first_time_of_its_label(tmp_path: Path, label: str, utc: str) -> None:
    text = f"Split/Skill: Desk\nDate: 04/16/2026\n{HEAD}{label},40,:17,2,1,3.5\n"
    assert recognised_by(text) == ["avaya_cms_kpi"]
    (row,) = written(tmp_path, "a.csv", text).table("kpi").to_dict("records")
    assert row["interval_start"].strftime("%H:%M") == utc
    assert (row["scope"], row["offered"], row["answered"], row["abandoned"]) == ("Desk", 43, 40, 2)
    assert (row["asa_s"], row["agents_staffed"]) == (17, 3.5)


def test_without_a_date_nothing_can_be_placed(tmp_path: Path) -> None:
    source = only_source(written(tmp_path, "a.csv", f"{HEAD}8:00- 8:30AM,40,:17,2,1,3.5\nSUMMARY,40,:17,2,1,3.5\n"))
    assert (source.rows, source.left_out) == (2, 2)
    assert source.problems[0].kind == "no-time"


def test_a_date_column_serves_as_well(tmp_path: Path) -> None:
    text = "Date,Time,ACD Calls,Avg Speed Ans,Aban Calls\n04/16/2026,8:00,40,0:17,2\n04/17/2026,8:00,41,0:16,1\n"
    case = written(tmp_path, "a.csv", text)
    assert [t.strftime("%d %H:%M") for t in case.table("kpi")["interval_start"]] == ["16 12:00", "17 12:00"]
