"""The small Asterisk sample against what it should become."""

from __future__ import annotations

from typing import TYPE_CHECKING

from calltrace.intake import asterisk
from calltrace.intake.formats import asterisk_cdr_csv, asterisk_queue_log
from calltrace.intake.formats._base import ReadOptions
from calltrace.intake.opened import stream_of
from calltrace.tables.schema import TABLES, conform

if TYPE_CHECKING:
    from pathlib import Path


def test_the_basic_sample_becomes_what_it_should(repo_root: Path, update_golden: bool) -> None:
    folder = repo_root / "sample_logs" / "asterisk" / "basic"
    readings = []
    for name, module in (("Master.csv", asterisk_cdr_csv), ("queue_log", asterisk_queue_log)):
        stream = stream_of(name, (folder / name).read_bytes())
        assert module.detect(stream.head)
        readings.append((module.__name__.rpartition(".")[2], module.read(stream, ReadOptions())))
    made = {reading.table: reading for _, reading in asterisk.join(readings, ReadOptions())}
    for table in ("calls", "agents"):
        text = conform(made[table].frame, TABLES[table]).dropna(axis=1, how="all").to_csv(index=False)
        golden = folder / f"{table}.expected.csv"
        if update_golden:
            golden.write_text(text, encoding="utf-8")
        assert text == golden.read_text(encoding="utf-8")
    assert [p.kind for p in made["calls"].problems] == ["open-call"]
    assert made["calls"].notes[0] == (
        "20 rows: 14 callers' attempts and 4 further rows of the same calls; "
        "2 set aside, which are no caller's"
    )
