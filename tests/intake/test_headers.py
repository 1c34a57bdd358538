"""A header met again with its columns in another order: what is below it is read by it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from calltrace.intake.formats import generic
from calltrace.intake.formats._base import ReadOptions
from calltrace.intake.mapping.propose import propose
from calltrace.intake.opened import stream_of

if TYPE_CHECKING:
    from calltrace.intake.formats._base import Reading

FIRST = """call_id,account,offered_at,ring_s,talk_s,note,outcome,ended_by
1,1021,2026-10-08T21:15:02-04:00,5,130,x,answered,agent
2,1021,2026-10-08T21:17:02-04:00,6,131,x,answered,caller
"""
SWAPPED = """call_id,account,offered_at,talk_s,note,ring_s,ended_by,outcome
3,1021,2026-10-08T21:19:02-04:00,132,x,7,agent,answered
4,1021,2026-10-08T21:21:02-04:00,133,x,8,caller,answered
"""


def read(text: str) -> Reading:
    return generic.read(stream_of("calls.csv", text.encode()), ReadOptions())


@pytest.mark.parametrize("delimiter", [",", ";"])
def test_rows_below_a_header_of_another_order_are_read_by_it(delimiter: str) -> None:
    found = read((FIRST + SWAPPED + FIRST.replace("\n1,", "\n5,").replace("\n2,", "\n6,")).replace(",", delimiter))
    assert found.frame["ring_s"].tolist() == [5, 6, 7, 8, 5, 6]
    assert found.frame["talk_s"].tolist() == [130, 131, 132, 133, 130, 131]
    assert found.frame["ended_by"].tolist() == ["agent", "caller"] * 3
    assert found.frame["source_line"].tolist() == [2, 3, 5, 6, 8, 9]
    assert [(p.at.line, p.kind, p.effect) for p in found.problems] == [
        (4, "other-header", "noted"), (4, "repeated-header", "left-out"),
        (7, "repeated-header", "left-out"),
    ]  # fmt: skip


def test_the_first_column_may_have_moved_and_a_column_may_be_new() -> None:
    moved = "offered_at,call_id,account,ring_s,talk_s,agent,outcome,ended_by\n"
    moved += "2026-10-08T22:19:02-04:00,9,1021,7,140,A1,answered,agent\n"
    found = read(FIRST + moved)
    assert found.frame["call_id"].tolist() == ["1", "2", "9"]
    assert found.frame["agent"].fillna("").tolist() == ["", "", "A1"]
    assert found.frame["talk_s"].tolist() == [130, 131, 140]


def test_the_same_header_again_is_only_left_out() -> None:
    found = read(FIRST + FIRST.replace("\n1,", "\n5,").replace("\n2,", "\n6,").replace("call_id", "CALL_ID"))
    assert [p.kind for p in found.problems] == ["repeated-header"]
    assert found.frame["ring_s"].tolist() == [5, 6, 5, 6]


LOG = """ID,Start Time,From,To,Agent,Status,Talk Time
7,2026-10-08 21:15:02,+14845550101,+17175551234,Ann,Answered,65
8,2026-10-08 21:17:02,+14845550102,+17175551234,,Abandoned,0
ID,Start Time,To,From,Agent,Talk Time,Status
9,2026-10-08 21:19:30,+17175551234,+14845550103,Bob,12,Answered
"""


def test_a_mapping_reads_what_is_below_another_header_by_that() -> None:
    found = propose(stream_of("log.csv", LOG.encode()), ReadOptions())
    assert found.open == ()
    frame = found.mapping.read(stream_of("log.csv", LOG.encode()), ReadOptions()).frame
    assert frame["ani"].tolist() == ["+14845550101", "+14845550102", "+14845550103"]
    assert frame["dnis"].unique().tolist() == ["+17175551234"]
    assert frame["talk_s"].tolist() == [65, 0, 12]
    assert [(p.at.line, p.kind) for p in found.problems] == [(4, "other-header"), (4, "repeated-header")]
