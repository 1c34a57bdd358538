"""QueueMetrics: answered beside unanswered."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reading import golden, only_source, recognised_by, written

if TYPE_CHECKING:
    from pathlib import Path


def test_the_sample_becomes_what_it_should(repo_root: Path, update_golden: bool) -> None:
    case = golden(repo_root / "sample_logs" / "queuemetrics_kpi" / "by-hour.csv", update=update_golden, table="kpi")
    source = only_source(case)
    assert (source.format, source.table) == ("queuemetrics-kpi", "kpi")
    assert (source.rows, source.left_out, len(case.table("kpi"))) == (4, 1, 3)


@pytest.mark.parametrize(
    "head", ["Date,Hour,Answered,Unanswered", "Day,Hour,Taken calls,Lost calls", "date,hour,N. answered,N. unanswered"]
)
def test_offered_is_both_together(tmp_path: Path, head: str) -> None:
    text = f"{head}\n2026-04-16,8,40,2\n"
    assert recognised_by(text) == ["queuemetrics_kpi"]
    (row,) = written(tmp_path, "a.csv", text).table("kpi").to_dict("records")
    assert (row["scope"], row["offered"], row["answered"], row["abandoned"]) == ("platform", 42, 40, 2)
    assert row["interval_start"].isoformat() == "2026-04-16T12:00:00+00:00"
