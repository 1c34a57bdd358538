"""Amtelco's tables: ends joined to starts, states to waits, messages to deliveries."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

from reading import gathered, written

if TYPE_CHECKING:
    from pathlib import Path

FILES = (
    "statCallStart", "statCallEnd", "statAgentTracker", "cltClients", "cltSources", "msgMessages", "msgHistories",
    "statEmail",
)  # fmt: skip
END = "callId,cltId,agtId,Stamp,Kind,CompCode,SkillName,unselRing,unselAutoHold,unselHold,selTalk,selHold,selDisc\n"


def test_the_sample_becomes_what_it_should(repo_root: Path, update_golden: bool) -> None:
    folder = repo_root / "sample_logs" / "amtelco_genesis"
    case = gathered(*(folder / f"{name}.csv" for name in FILES))
    for table in ("calls", "agents", "accounts", "messages", "dispatch"):
        frame = case.table(table).dropna(axis=1, how="all")
        frame = frame.assign(source_file=frame["source_file"].astype("string").str.rpartition("/")[2])
        text = frame.to_csv(index=False)
        golden = folder / f"{table}.expected.csv"
        if update_golden:
            golden.write_text(text, encoding="utf-8")
        assert text == golden.read_text(encoding="utf-8"), table
    (ends,) = [s for s in case.sources if s.path.endswith("statCallEnd.csv")]
    assert (ends.rows, ends.left_out, ends.calls, ends.answered) == (8, 1, 5, 2)
    assert ends.notes == (
        "7 rows: 5 callers' attempts; 2 set aside, which are no caller's (1 clients checking in, 1 dispatch calls)",
    )
    assert [p.kind for s in case.sources if s.path.endswith("Start.csv") for p in s.problems] == ["open-call"]


@pytest.mark.parametrize(
    ("kind", "code", "talk", "outcome"),
    [
        (1, 0, 60, "answered"),
        (1, 0, 0, "no_answer"),
        (1, 1, 0, "failed"),
        (1, 2, 60, "abandoned"),
        (1, 3, 0, "abandoned"),
        (7, 0, 0, "voicemail"),
        (5, 0, 0, "announcement"),
        (5, 0, 60, "answered"),
        (16, 0, 0, "announcement"),
    ],
)
def test_how_a_call_ended(tmp_path: Path, kind: int, code: int, talk: int, outcome: str) -> None:
    case = written(
        tmp_path, "e.csv", END + f"9,31,7,2026-03-02 09:16:20,{kind},{code},Medical,5,0,0,{talk},0,3\n"
    )
    assert case.calls["outcome"].tolist() == [outcome]


def test_without_starts_the_arrival_is_the_end_less_all_states(tmp_path: Path) -> None:
    case = written(tmp_path, "e.csv", END + "9,31,7,2026-03-02 09:16:20,1,0,Medical,7,11,2,100,20,10\n")
    found = case.calls.iloc[0]
    assert found["offered_at"] == pd.Timestamp("2026-03-02T14:13:50Z")
    assert (found["ring_s"], found["queue_s"], found["hold_s"], found["talk_s"]) == (7, 13, 20, 100)
    assert "no statCallStart" in case.sources[0].notes[1]


def test_ticks_are_told_from_seconds(tmp_path: Path) -> None:
    row = "9,31,7,2026-03-02 09:16:20,1,0,Medical,70000000,0,0,1000000000,0,0\n"
    case = written(tmp_path, "e.csv", END + row)
    assert (case.calls["ring_s"].tolist(), case.calls["talk_s"].tolist()) == ([7], [100])
    assert "durations in ticks of 100 ns" in case.sources[0].notes


def test_a_state_the_export_leaves_out_is_unknown(tmp_path: Path) -> None:
    case = written(
        tmp_path, "e.csv", "callId,cltId,Stamp,Kind,CompCode,selTalk\n9,31,2026-03-02 09:16:20,1,0,100\n"
    )
    assert case.calls[["ring_s", "queue_s", "hold_s"]].isna().all(axis=None)


def test_arrivals_alone_are_no_calls(tmp_path: Path) -> None:
    case = written(
        tmp_path, "s.csv", "callId,cltId,Stamp,ANI,DNIS\n9,31,2026-03-02 09:16:20,5855550117,5855550178\n"
    )
    assert case.calls.empty
    assert [p.kind for p in case.problems] == ["open-call"]
