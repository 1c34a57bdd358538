"""Genesys Cloud's Interactions view: a conversation a row, whatever columns were shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reading import golden, known, only_source, recognised_by, written

if TYPE_CHECKING:
    from pathlib import Path


def test_the_sample_becomes_what_it_should(repo_root: Path, update_golden: bool) -> None:
    case = golden(repo_root / "sample_logs" / "genesys_interactions" / "interactions.csv", update=update_golden)
    source = only_source(case)
    assert source.format == "genesys-interactions"
    assert (source.rows, source.left_out, source.calls, source.answered) == (8, 1, 5, 3)
    assert source.notes[0].endswith("2 set aside, which are no caller's (1 of other media, 1 outbound or internal)")


NARROW = (
    "Full Export Completed,Partial Result Timestamp,Filters,Media Type,Users,Remote,Date,End Date,Duration,Direction,ANI,DNIS,"
    "Queue,Wrap-up,Flow,Conversation ID"
)


@pytest.mark.parametrize(
    ("users", "queue", "flow", "outcome"),
    [
        ("Bea Ray", "Desk", "", "answered"),
        ("", "Desk; Second", "Main", "abandoned"),
        ("", "", "Closed", "announcement"),
        ("", "", "", "no_answer"),
    ],
)
def test_without_seconds_whoever_is_named_took_the_call(
    tmp_path: Path, users: str, queue: str, flow: str, outcome: str
) -> None:
    row = f"YES,,,voice,{users},LEE ANN,6/23/25 07:00 AM,6/23/25 07:02 AM,95000,Inbound,tel:+15855550117,tel:+15855550178,"
    text = f"{NARROW}\n{row}{queue},,{flow},c-1\n"
    assert recognised_by(text) == ["genesys_interactions"]
    (call,) = written(tmp_path, "a.csv", text).calls.to_dict("records")
    assert (call["outcome"], call["dnis"], call["offered_at"].isoformat()) == (
        outcome, "+15855550178", "2025-06-23T11:00:00+00:00")
    assert known(call["queue"]) == (queue.partition(";")[0] or None)


@pytest.mark.parametrize(
    ("length", "talk", "talk_s"),
    [("125000", "70250", 70.25), ("125", "70", 70), ("00:02:05.000", "00:01:10.250", 70.25)],
)
def test_what_a_plain_number_counts_is_told_by_the_dates(tmp_path: Path, length: str, talk: str, talk_s: float) -> None:
    head = NARROW + ",Total Talk\n"
    row = f"NO,,,voice,Bea Ray,,6/23/25 07:00 AM,6/23/25 07:02 AM,{length},Inbound,tel:+15855550117,tel:+15855550178,Desk,,,c-1,"
    case = written(tmp_path, "a.csv", head + row + talk + "\n")
    assert case.calls["talk_s"].tolist() == [talk_s]
    assert only_source(case).notes[0].startswith("the export says of itself that it is not complete")


def test_who_let_it_ring_did_not_take_it(tmp_path: Path) -> None:
    head = NARROW + ",Users - Interacted,Users - Not Responding\n"
    row = "YES,,,voice,Ann Lee; Bea Ray,,6/23/25 07:00 AM,6/23/25 07:02 AM,125000,Inbound,tel:+15855550117,,Desk,,,c-%s,%s,"
    row += "Ann Lee\n"
    calls = written(tmp_path, "a.csv", head + row % (1, "Bea Ray") + row % (2, "")).calls
    assert [(c["outcome"], known(c["agent"])) for c in calls.to_dict("records")] == [
        ("answered", "Bea Ray"), ("abandoned", None)]
