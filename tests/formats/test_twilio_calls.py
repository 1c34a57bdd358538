"""Twilio's legs: parents and the legs dialled for them, in JSON and in CSV."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from reading import gathered, golden, known, only_source, recognised_by, written

if TYPE_CHECKING:
    from pathlib import Path


def sid(number: int) -> str:
    return f"CA{number:032x}"


def leg(number: int, **changes: Any) -> dict[str, Any]:
    """A caller's leg of ten seconds that was completed."""
    return {
        "sid": sid(number),
        "parent_call_sid": None,
        "direction": "inbound",
        "from": "+15855550117",
        "to": "+15855550178",
        "status": "completed",
        "start_time": "2026-04-16T04:00:00Z",
        "end_time": "2026-04-16T04:00:10Z",
        "date_updated": "2026-04-16T04:00:11Z",
        "duration": 10,
    } | changes


def dialled(number: int, parent: int, **changes: Any) -> dict[str, Any]:
    return leg(number, parent_call_sid=sid(parent), direction="outbound-dial", to="client:bea") | changes


def lines(*records: dict[str, Any]) -> str:
    return "".join(json.dumps(r) + "\n" for r in records)


def test_the_sample_becomes_what_it_should(repo_root: Path, update_golden: bool) -> None:
    case = golden(repo_root / "sample_logs" / "twilio_calls" / "calls.json", update=update_golden)
    source = only_source(case)
    assert (source.format, source.rows, source.left_out, source.calls, source.answered) == (
        "twilio-calls", 15, 1, 6, 2,
    )  # fmt: skip
    (note,) = source.notes
    assert note.startswith("14 rows: 6 callers' attempts and 5 further rows of the same calls; 3 set aside")
    assert note.endswith("(1 agents' own, 1 legs of other calls, 1 outbound)")
    assert [p.kind for p in source.problems] == ["open-call"]


def test_the_waits_are_told_by_ends_and_durations(tmp_path: Path) -> None:
    text = lines(
        leg(1, start_time="2026-04-16T04:00:00Z", end_time="2026-04-16T04:01:00Z", duration=57),
        dialled(2, 1, end_time="2026-04-16T04:01:00Z", duration=40),
    )
    (call,) = written(tmp_path, "a.jsonl", text).calls.to_dict("records")
    assert (call["ring_s"], call["queue_s"], call["talk_s"]) == (3, 17, 40)
    assert (call["outcome"], call["agent"]) == ("answered", "bea")


@pytest.mark.parametrize(
    ("statuses", "outcome"),
    [
        (["no-answer"], "no_answer"),
        (["busy"], "no_answer"),
        (["canceled"], "abandoned"),
        (["no-answer", "canceled"], "no_answer"),
        (["no-answer", "completed"], "answered"),
        ([], "announcement"),
    ],
)
def test_what_the_dialled_legs_say_decides(tmp_path: Path, statuses: list[str], outcome: str) -> None:
    legs = [dialled(10 + n, 1, status=s, duration=5 if s == "completed" else 0) for n, s in enumerate(statuses)]
    text = lines(leg(1), *legs, leg(2), dialled(99, 2))
    calls = written(tmp_path, "a.jsonl", text).calls.set_index("call_id")
    assert calls.loc[sid(1), "outcome"] == outcome


def test_where_nothing_is_dialled_completed_is_taken_for_answered_and_said(tmp_path: Path) -> None:
    case = written(tmp_path, "a.jsonl", lines(leg(1), leg(2, status="no-answer", duration=0)))
    assert case.calls["outcome"].tolist() == ["answered", "abandoned"]
    assert "taken for answered" in only_source(case).notes[1]


def test_a_leg_delivered_again_counts_once_by_its_latest_state(tmp_path: Path) -> None:
    old = leg(1, status="busy", duration=0, date_updated="2026-04-16T04:00:05Z")
    for order in ([old, leg(1)], [leg(1), old]):
        case = written(tmp_path, "a.jsonl", lines(*order))
        assert case.calls["outcome"].tolist() == ["answered"]
        assert [(p.kind, p.rows) for p in only_source(case).problems] == [("duplicate", 1)]


def test_a_dialled_leg_in_another_file_is_found(tmp_path: Path) -> None:
    (tmp_path / "mon.jsonl").write_text(lines(leg(1)))
    (tmp_path / "tue.jsonl").write_text(lines(dialled(2, 1)))
    case = gathered(tmp_path)
    assert case.calls[["outcome", "agent"]].values.tolist() == [["answered", "bea"]]


def test_a_leg_dialled_by_a_dialled_leg_is_part_of_the_same_call(tmp_path: Path) -> None:
    text = lines(leg(1), dialled(2, 1, status="busy", duration=0), dialled(3, 2), dialled(4, 3, to="client:cal"))
    case = written(tmp_path, "a.jsonl", text)
    assert case.calls[["call_id", "outcome"]].to_numpy().tolist() == [[sid(1), "answered"]]
    assert only_source(case).notes[0] == "4 rows: 1 callers' attempts and 3 further rows of the same calls"


def test_the_consoles_csv_is_read_by_its_names(tmp_path: Path) -> None:
    text = (
        "Call SID,Parent Call SID,Direction,From,To,Status,Start Time,End Time,Duration\n"
        f"{sid(1)},,Incoming,+15855550117,+15855550178,Completed,2026-04-16 04:00:00 UTC,2026-04-16 04:00:30 UTC,30\n"
        f"{sid(2)},{sid(1)},Outgoing Dial,+15855550117,+15855550140,Completed,2026-04-16 04:00:05 UTC,"
        "2026-04-16 04:00:30 UTC,20\n"
        f"{sid(3)},,Incoming,+15855550118,+15855550178,No Answer,2026-04-16 05:00:00 UTC,2026-04-16 05:00:09 UTC,0\n"
        f"{sid(4)},,Incoming,+15855550118,+15855550178,Melted,2026-04-16 05:00:00 UTC,,0\n"
        f"{sid(5)},,Incoming,+15855550118\n"
    )
    case = written(tmp_path, "a.csv", text)
    assert case.calls["outcome"].tolist() == ["answered", "abandoned"]
    assert case.calls["offered_at"].iloc[0].isoformat() == "2026-04-16T04:00:00+00:00"
    assert sorted((p.kind, p.at.line) for p in only_source(case).problems) == [("field-count", 6), ("unknown-word", 5)]


def test_messages_of_the_same_service_are_refused() -> None:
    message = leg(1) | {"sid": "SM" + "0" * 32}
    assert recognised_by(lines(message)) == []


def test_the_shared_sample_is_all_outbound(shared: Path) -> None:
    source = only_source(gathered(shared / "formats/samples/twilio/airbyte_calls_4_records.jsonl"))
    assert (source.format, source.rows, source.left_out, source.calls) == ("twilio-calls", 4, 0, 0)
    assert source.notes == ("4 rows: 0 callers' attempts; 4 set aside, which are no caller's (4 outbound)",)


@pytest.mark.parametrize("number", ["anonymous", "+266696687", "+7378742833", ""])
def test_a_withheld_caller_has_no_number(tmp_path: Path, number: str) -> None:
    (call,) = written(tmp_path, "a.jsonl", lines(leg(1, **{"from": number}))).calls.to_dict("records")
    assert known(call.get("ani")) is None


def test_a_client_that_rang_in_vain_before_another_took_the_call_let_it_ring_out(tmp_path: Path) -> None:
    """Bea's rings for 20 s and then Cy's, who answers; rung together, or as the caller leaves, it is nobody's failure."""
    def times(start: int, end: int, duration: int) -> dict[str, Any]:
        return {"start_time": f"2026-04-16T04:00:{start:02}Z", "end_time": f"2026-04-16T04:00:{end:02}Z", "duration": duration}

    text = lines(
        leg(1, **times(0, 59, 59)), dialled(2, 1, status="no-answer", **times(0, 20, 0)),
        dialled(3, 1, to="client:cy", **times(20, 59, 30)),
        leg(4, **times(0, 59, 59)), dialled(5, 4, status="no-answer", **times(0, 28, 0)),
        dialled(6, 4, to="client:cy", **times(0, 59, 30)),
        leg(7, **times(0, 20, 20)), dialled(8, 7, status="no-answer", **times(0, 20, 0)),
        dialled(9, 7, to="client:cy", status="canceled", **times(0, 20, 0)),
        leg(10, **times(0, 59, 59)), dialled(11, 10, to="+15855550199", status="no-answer", **times(0, 20, 0)),
        dialled(12, 10, to="client:cy", **times(20, 59, 30)))
    rings = written(tmp_path, "a.jsonl", text).table("agents")
    assert rings[["agent", "event", "call_id"]].to_numpy().tolist() == [["bea", "ring_no_answer", sid(1)]]
    assert rings["at"].iloc[0].isoformat() == "2026-04-16T04:00:20+00:00"
