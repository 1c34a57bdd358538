"""dmAnswers' messages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reading import golden, only_source, written

if TYPE_CHECKING:
    from pathlib import Path


def test_the_sample_becomes_what_it_should(repo_root: Path, update_golden: bool) -> None:
    path = repo_root / "sample_logs" / "dmanswers_messages" / "messages.csv"
    source = only_source(golden(path, update=update_golden, table="messages"))
    assert (source.table, source.rows, source.left_out) == ("messages", 3, 1)


def test_urgency_is_unknown_where_no_flags_were_exported(tmp_path: Path) -> None:
    text = (
        "Time,Account,Company Name,Action taken,Message\n2026-03-02 09:16:10,1021,Harbor,Texted,Call back\n"
    )
    assert written(tmp_path, "m.csv", text).table("messages")["priority"].isna().all()
