"""FusionPBX's call table and its export, which the FreeSWITCH reader takes; numbers are invented (555-01xx)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

from calltrace.tables.times import zone_named
from switches import loaded, written

if TYPE_CHECKING:
    from pathlib import Path

EPOCH = 1776344460  # 2026-04-16 09:01:00 in New York
HEAD = (
    "xml_cdr_uuid,domain_name,direction,caller_id_name,caller_id_number,caller_destination,destination_number,"
    "start_epoch,start_stamp,answer_stamp,end_stamp,duration,billsec,hangup_cause,sip_hangup_disposition,bridge_uuid,"
    "accountcode,cc_queue,cc_agent,cc_queue_joined_epoch,cc_queue_answered_epoch,hold_accum_seconds,voicemail_message\n"
)


def stamp(at: int, tail: str) -> str:
    local = pd.Timestamp(EPOCH + at, unit="s", tz="UTC").tz_convert(zone_named("America/New_York"))
    return f"{local:%Y-%m-%d %H:%M:%S}{tail}"


def line(  # noqa: PLR0917
    n: int = 1,
    way: str = "inbound",
    answer: int | None = 9,
    bridge: str = "b",
    to: str = "201",
    queue: str = ",,,",
    tail: str = "",
    voicemail: str = "false",
    cause: str = "NORMAL_CLEARING",
) -> str:
    """One call of 91 s, answered after 9 s unless told otherwise."""
    picked = stamp(answer, tail) if answer is not None else ""
    billed = 91 - answer if answer is not None else 0
    return (
        f"00000000-1111-4c2e-8d5a-{n:012},acme,{way},ANN LEE,5855550137,5855550167,{to},{EPOCH},{stamp(0, tail)},{picked},"
        f"{stamp(91, tail)},91,{billed},{cause},recv_bye,{bridge},acme,{queue},0,{voicemail}\n"
    )


def calls(folder: Path, *lines: str, head: str = HEAD) -> pd.DataFrame:
    found: pd.DataFrame = loaded(*written(folder, v_xml_cdr__csv=head + "".join(lines))).calls
    return found


@pytest.mark.parametrize("tail", ["", "-04", "-04:00"])
def test_a_call_by_its_epoch_whatever_the_stamps_show(tmp_path: Path, tail: str) -> None:
    call = calls(tmp_path, line(tail=tail)).iloc[0]
    assert call["offered_at"] == pd.Timestamp(EPOCH, unit="s", tz="UTC")
    assert (call["call_id"], call["dnis"], call["agent"]) == ("00000000-1111-4c2e-8d5a-000000000001", "+15855550167", "201")
    assert (call["outcome"], call["ring_s"], call["talk_s"], call["ended_by"]) == ("answered", 9, 82, "caller")


def test_stamps_with_an_offset_need_no_epoch(tmp_path: Path) -> None:
    head = HEAD.replace("start_epoch", "remark")
    call = calls(tmp_path, line(tail="-04"), head=head).iloc[0]
    assert call["offered_at"] == pd.Timestamp(EPOCH, unit="s", tz="UTC")
    assert call["ring_s"] == 9


def test_a_queue_is_left_for_an_agent_or_not(tmp_path: Path) -> None:
    joined = EPOCH + 4
    frame = calls(
        tmp_path,
        line(1, answer=2, queue=f"desk@acme,ann@acme,{joined},{joined + 20}"),
        line(2, answer=2, bridge="", queue=f"desk@acme,,{joined},0"),
    )
    assert frame["queue"].tolist() == ["desk", "desk"]
    assert frame["outcome"].tolist() == ["answered", "abandoned"]
    assert frame["queue_s"].tolist() == [22, 89]
    assert frame["agent"].fillna("").tolist() == ["ann", ""]


@pytest.mark.parametrize(("to", "flag"), [("*99201", "false"), ("201", "true")])
def test_a_box_is_no_person(tmp_path: Path, to: str, flag: str) -> None:
    assert calls(tmp_path, line(bridge="", to=to, voicemail=flag))["outcome"].tolist() == ["voicemail"]


def test_calls_dialled_out_are_set_aside_and_missed_ones_are_abandoned(tmp_path: Path) -> None:
    frame = calls(
        tmp_path, line(1, way="outbound", to="5855550199"), line(2, answer=None, bridge="", cause="ORIGINATOR_CANCEL")
    )
    assert frame["outcome"].tolist() == ["abandoned"]
    assert frame["ring_s"].tolist() == [91]


@pytest.mark.parametrize("billed", ["billsec", "billmsec"])
def test_without_a_column_for_the_answer_billsec_tells_it(tmp_path: Path, billed: str) -> None:
    rows = [line(1), line(2, answer=None, bridge="", cause="ORIGINATOR_CANCEL")]
    if billed == "billmsec":
        rows = [row.replace(",91,82,", ",91,82400,") for row in rows]
    frame = calls(tmp_path, *rows, head=HEAD.replace("answer_stamp", "remark").replace("billsec", billed))
    assert frame["outcome"].tolist() == ["answered", "abandoned"]
    assert frame["ring_s"].tolist() == [9, 91]
    assert frame["talk_s"].tolist() == [82, 0]
