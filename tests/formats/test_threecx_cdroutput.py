"""3CX version 20: polls are no calls, and a queue's pick-up is no agent's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from calltrace.intake import cloud
from calltrace.intake.formats._base import ReadOptions
from reading import gathered, golden, only_source, read_with, written

if TYPE_CHECKING:
    from pathlib import Path

    from calltrace.intake.formats._base import Reading

NAME = "threecx_cdroutput"
COLUMNS = (
    "cdr_id,call_history_id,main_call_history_id,source_dn_type,source_participant_phone_number,"
    "source_participant_trunk_did,source_participant_is_incoming,destination_dn_type,destination_dn_number,"
    "termination_reason,termination_reason_details,cdr_started_at,cdr_answered_at,cdr_ended_at\n"
)


def leg(  # noqa: PLR0917 -- the columns
    call: str,
    to: str,
    number: str,
    start: str,
    answered: str,
    end: str,
    why: str = "",
    details: str = "",
    main: str = "",
) -> str:
    times = ",".join(t and f"2026-03-02 14:{t}+00" for t in (start, answered, end))
    return f"c,{call},{main},external_line,5855550117,5855550178,t,{to},{number},{why},{details},{times}\n"


def joined(text: str) -> list[Reading]:
    """Return what becomes of one file: its calls, and the rings of agents where there are any."""
    return [reading for _, reading in cloud.join([(NAME, read_with(NAME, text))], ReadOptions())]


def test_the_sample_becomes_what_it_should(repo_root: Path, update_golden: bool) -> None:
    source = only_source(golden(repo_root / "sample_logs" / NAME / "cdroutput.csv", update=update_golden))
    assert (source.rows, source.left_out, source.calls, source.answered) == (9, 1, 4, 1)
    assert source.zone_from == "offset"


def test_an_answer_completed_elsewhere_is_nobodys() -> None:
    text = (
        COLUMNS
        + leg("a", "queue", "800", "00:00", "00:01", "02:00")
        + leg("a", "extension", "214", "00:02", "00:10", "00:10", "cancelled", "completed_elsewhere")
        + leg("a", "extension", "215", "00:02", "00:11", "02:00", "dst_participant_terminated")
    )
    found = joined(text)[0].frame.iloc[0]
    assert (found["agent"], found["queue"], found["ended_by"]) == ("215", "800", "agent")
    assert (found["ring_s"], found["queue_s"], found["talk_s"]) == (1, 10, 109)


def test_an_extension_that_rang_in_vain_before_another_took_the_call_let_it_ring_out() -> None:
    """Polled one after another: 214's ring is a failure. Polled together, or as the caller leaves, it is nobody's."""
    text = (
        COLUMNS
        + leg("a", "queue", "800", "00:00", "00:01", "02:00")
        + leg("a", "extension", "214", "00:02", "", "00:22", "cancelled", "no_answer")
        + leg("a", "extension", "215", "00:22", "00:31", "02:00", "dst_participant_terminated")
        + leg("b", "queue", "800", "10:00", "10:01", "12:00")
        + leg("b", "extension", "214", "10:02", "", "10:30", "cancelled", "no_answer")
        + leg("b", "extension", "215", "10:02", "10:31", "12:00", "dst_participant_terminated")
        + leg("c", "queue", "800", "20:00", "20:01", "20:22", "src_participant_terminated")
        + leg("c", "extension", "214", "20:02", "", "20:22", "cancelled", "no_answer")
    )
    _, rings = joined(text)
    assert (rings.table, rings.beside) == ("agents", True)
    assert rings.frame[["agent", "event", "call_id", "source_line"]].to_numpy().tolist() == [["214", "ring_no_answer", "a", 3]]
    assert rings.frame["at"].iloc[0].isoformat() == "2026-03-02T14:00:22+00:00"


def test_two_rings_of_one_phone_that_end_together_are_one_and_no_row_is_left_out(tmp_path: Path) -> None:
    text = (
        COLUMNS
        + leg("a", "queue", "800", "00:00", "00:01", "02:00")
        + leg("a", "extension", "214", "00:02", "", "00:22", "cancelled", "no_answer")
        + leg("a", "extension", "214", "00:08", "", "00:22", "cancelled", "no_answer")
        + leg("a", "extension", "215", "00:22", "00:31", "02:00", "dst_participant_terminated")
    )
    case = written(tmp_path, "cdroutput.csv", text)
    assert len(case.tables["agents"]) == 1
    assert [p for p in case.problems if p.effect == "left-out"] == []
    assert [(s.table, s.rows, s.left_out) for s in case.sources] == [("calls", 4, 0)]


ROWS = [
    leg("a", "queue", "800", "00:00", "00:01", "02:00", "continued_in"),
    leg("a", "extension", "214", "00:02", "", "00:22", "cancelled", "no_answer"),
    leg("a", "extension", "215", "00:22", "00:31", "02:00", "dst_participant_terminated"),
    leg("b", "extension", "214", "10:00", "10:05", "11:00", "src_participant_terminated"),
]


@pytest.mark.parametrize(
    ("files", "again"),
    [
        ([ROWS, ROWS[1:]], 3),  # the second begins inside the first call
        ([ROWS[:1], ROWS[1:]], 0),  # each row in one of them, cut inside the call
        ([ROWS[:3], ROWS[2:]], 1),
        ([ROWS + ROWS], 4),
    ],
)
def test_a_call_is_one_wherever_an_export_begins_and_ends(files: list[list[str]], again: int, tmp_path: Path) -> None:
    for place, rows in enumerate(files):
        (tmp_path / f"{place}.csv").write_text(COLUMNS + "".join(rows))
    case = gathered(tmp_path)
    assert case.calls[["call_id", "agent", "ring_s", "talk_s"]].to_numpy().tolist() == [["a", "215", 1, 89], ["b", "214", 5, 55]]
    assert case.tables["agents"]["agent"].tolist() == ["214"]
    assert sum(p.rows for p in case.problems if p.kind == "duplicate") == again


def test_of_a_row_that_was_open_the_ended_one_counts(tmp_path: Path) -> None:
    for name, times in (("a", ("00:05", "01:00")), ("b", ("", ""))):
        (tmp_path / f"{name}.csv").write_text(COLUMNS + leg("a", "extension", "214", "00:00", *times))
    assert gathered(tmp_path).calls[["outcome", "talk_s"]].to_numpy().tolist() == [["answered", 55]]


def test_calls_that_were_merged_are_one() -> None:
    text = (
        COLUMNS
        + leg("a", "extension", "214", "00:00", "00:05", "01:00")
        + leg("b", "extension", "215", "01:00", "01:03", "02:00", main="a")
    )
    frame = joined(text)[0].frame
    assert frame["transferred_to"].tolist() == ["215"]


def test_as_psql_prints_it() -> None:
    rows = (COLUMNS + leg("a", "extension", "214", "00:00", "00:05", "01:00")).splitlines()
    table = [line.replace(",", " | ") for line in rows]
    rule = "-+-".join("-" * 5 for _ in rows[0].split(","))
    (reading,) = joined("\n".join([table[0], rule, table[1], "(1 row)"]) + "\n")
    assert reading.frame["outcome"].tolist() == ["answered"]
    assert reading.rows == 1


@pytest.mark.parametrize(
    ("row", "outcome"),
    [
        (leg("a", "voicemail", "214", "00:00", "00:05", "01:00"), "voicemail"),
        (leg("a", "ivr", "700", "00:00", "00:01", "01:00"), "announcement"),
        (leg("a", "queue", "800", "00:00", "00:01", "01:00", "src_participant_terminated"), "abandoned"),
        (leg("a", "queue", "800", "00:00", "", "00:00", "rejected", "busy"), "busy"),
        (
            leg("a", "queue", "800", "00:00", "00:01", "01:00", "src_participant_terminated")
            + leg("a", "extension", "214", "00:02", "", "00:05", "rejected", "busy"),
            "abandoned",
        ),
        (
            leg("a", "ringgroup", "801", "00:00", "", "01:00", "src_participant_terminated")
            + leg("a", "extension", "214", "00:02", "", "00:05", "rejected", "busy"),
            "abandoned",
        ),
        (leg("a", "extension", "214", "00:00", "", "00:01", "cancelled", "busy"), "busy"),
        (leg("a", "extension", "214", "00:00", "", "01:00", "rejected", "no_answer"), "no_answer"),
    ],
)
def test_how_a_call_without_an_agent_ended(row: str, outcome: str) -> None:
    assert joined(COLUMNS + row)[0].frame["outcome"].tolist() == [outcome]
