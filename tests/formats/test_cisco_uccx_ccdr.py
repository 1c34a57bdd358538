"""Unified CCX's call by call report: the legs of one session are one call."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reading import golden, only_source, recognised_by, written

if TYPE_CHECKING:
    from pathlib import Path


def test_the_sample_becomes_what_it_should(repo_root: Path, update_golden: bool) -> None:
    case = golden(repo_root / "sample_logs" / "cisco_uccx_ccdr" / "ccdr.csv", update=update_golden)
    source = only_source(case)
    assert (source.format, source.rows, source.left_out, source.calls, source.answered) == ("cisco-uccx-ccdr", 8, 0, 5, 2)
    assert case.calls["outcome"].tolist() == ["answered", "abandoned", "announcement", "answered", "failed"]
    assert source.notes[0].endswith("2 set aside, which are no caller's (1 internal, or of another call, 1 outgoing)")
    one, handed = case.calls.iloc[0], case.calls.iloc[3]
    assert (one["queue_s"], one["talk_s"], one["hold_s"], one["agent"], one["queue"]) == (21, 70, 4, "Bea Ray", "Desk")
    assert (handed["agent"], handed["transferred_to"], handed["talk_s"]) == ("Bea Ray", "Cal Dow", 90)


TABLE = "sessionID,sessionSeqNum,nodeID,contactType,contactDisposition,originatorDN,startDateTime,endDateTime,calledNumber,"


@pytest.mark.parametrize(("disposition", "outcome"), [("2", "answered"), ("1", "abandoned"), ("4", "failed"), ("99", "failed")])
def test_the_table_behind_it_is_in_utc(tmp_path: Path, disposition: str, outcome: str) -> None:
    text = f"{TABLE}origCalledNumber\n"
    text += f"1001,0,1,1,{disposition},5855550117,2026-04-16 04:05:57,2026-04-16 04:06:57,800,5855550178\n"
    assert recognised_by(text) == ["cisco_uccx_ccdr"]
    (call,) = written(tmp_path, "ccd.csv", text).calls.to_dict("records")
    assert (call["call_id"], call["outcome"], call["dnis"]) == ("1-1001", outcome, "+15855550178")
    assert call["offered_at"].isoformat() == "2026-04-16T04:05:57+00:00"
