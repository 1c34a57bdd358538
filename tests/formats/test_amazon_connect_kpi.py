"""Connect's historical metrics: a dash is nothing measured, not zero."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reading import golden, known, only_source, recognised_by, written

if TYPE_CHECKING:
    from pathlib import Path


def test_the_sample_becomes_what_it_should(repo_root: Path, update_golden: bool) -> None:
    case = golden(repo_root / "sample_logs" / "amazon_connect_kpi" / "queues.csv", update=update_golden, table="kpi")
    source = only_source(case)
    assert (source.format, source.table) == ("amazon-connect-kpi", "kpi")
    assert (source.rows, source.left_out, len(case.table("kpi"))) == (4, 1, 3)


HEAD = "Queue,StartInterval,EndInterval,Contacts queued,Contacts handled,Average queue answer time\n"


@pytest.mark.parametrize(("cell", "asa"), [("-", None), ("0", 0), ("17.4", 17.4), ("", None)])
def test_a_dash_is_nothing_measured(tmp_path: Path, cell: str, asa: float | None) -> None:
    text = HEAD + f"Desk,2026-04-16T08:00:00-04:00,2026-04-16T08:30:00-04:00,0,0,{cell}\n"
    assert recognised_by(text) == ["amazon_connect_kpi"]
    (row,) = written(tmp_path, "a.csv", text).table("kpi").to_dict("records")
    assert known(row["asa_s"]) == asa
    assert row["offered"] == 0
    assert row["interval_start"].isoformat() == "2026-04-16T12:00:00+00:00"


def test_times_without_an_offset_are_in_the_reports_zone(tmp_path: Path) -> None:
    text = HEAD + "Desk,2026-04-16T08:00:00,2026-04-16T08:30:00,0,0,-\n"
    case = written(tmp_path, "a.csv", text, tz="America/Chicago")
    assert case.table("kpi")["interval_start"].iloc[0].isoformat() == "2026-04-16T13:00:00+00:00"


def test_rows_of_agents_are_left_out(tmp_path: Path) -> None:
    text = "Agent," + HEAD + "bea,,2026-04-16T08:00:00Z,2026-04-16T08:30:00Z,,9,-\n"
    source = only_source(written(tmp_path, "a.csv", text))
    assert [(p.kind, p.rows) for p in source.problems] == [("of-agents", 1)]
