"""Genesys queue performance: shares, milliseconds, other media."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reading import golden, only_source, recognised_by, written

if TYPE_CHECKING:
    from pathlib import Path


def test_the_sample_becomes_what_it_should(repo_root: Path, update_golden: bool) -> None:
    case = golden(repo_root / "sample_logs" / "genesys_kpi" / "queue.csv", update=update_golden, table="kpi")
    source = only_source(case)
    assert (source.format, source.table) == ("genesys-kpi", "kpi")
    assert (source.rows, source.left_out, len(case.table("kpi"))) == (4, 1, 3)


@pytest.mark.parametrize(
    ("asa", "level", "handle", "seconds", "percent"),
    [
        ("17000", "0.915", "95000", 17, 91.5),
        ("17", "91.5", "95", 17, 91.5),
        ("0:00:17", "91.5%", "0:01:35", 17, 91.5),
    ],
)
def test_the_exports_settings_are_told_by_the_values(  # noqa: PLR0917 -- a table
    tmp_path: Path, asa: str, level: str, handle: str, seconds: float, percent: float
) -> None:
    text = (
        "Interval Start,Interval End,Media Type,Queue Name,Offer,Answer,Abandon,Abandon %,ASA,Service Level %,Avg Handle\n"
        f"2026-04-16T12:00:00Z,2026-04-16T12:30:00Z,voice,Desk,42,40,2,0.048,{asa},{level},{handle}\n"
    )
    assert recognised_by(text) == ["genesys_kpi"]
    (row,) = written(tmp_path, "a.csv", text).table("kpi").to_dict("records")
    assert (row["asa_s"], row["service_level_pct"], row["aht_s"]) == (seconds, percent, 95)
    assert (row["offered"], row["answered"], row["abandoned"]) == (42, 40, 2)
