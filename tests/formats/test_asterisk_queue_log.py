"""queue_log: every event's fields, dirt, and the same events in tables."""

from __future__ import annotations

import pandas as pd
import pytest

from calltrace.intake.formats import _queue_lines
from calltrace.intake.formats import asterisk_queue_log as log
from calltrace.intake.formats._base import Reading, ReadOptions
from calltrace.intake.opened import stream_of


def read(text: str | bytes, tz: str | None = None) -> Reading:
    data = text if isinstance(text, bytes) else text.encode()
    stream = stream_of("queue_log", data)
    assert log.detect(stream.head), "not recognised"
    return log.read(stream, ReadOptions(tz=tz))


def one(event: str) -> pd.Series:
    return read(f"1776312401|1776312400.11|desk|Ann Lee|{event}\n").frame.iloc[0]


@pytest.mark.parametrize(
    ("event", "says"),
    [
        ("ENTERQUEUE||5855550137|1", {"caller": "5855550137"}),
        ("ENTERQUEUE||5855550137|1|Bea Ray", {"caller": "5855550137", "caller_name": "Bea Ray"}),
        ("CONNECT|6|1776312401.12|6", {"wait_s": 6, "agent_call_id": "1776312401.12"}),
        ("CONNECT|6", {"wait_s": 6}),
        ("COMPLETECALLER|6|82|1", {"wait_s": 6, "talk_s": 82}),
        ("COMPLETEAGENT|6|82|1", {"wait_s": 6, "talk_s": 82}),
        ("ABANDON|1|2|33", {"wait_s": 33}),
        ("EXITEMPTY|1|1|4", {"wait_s": 4}),
        ("EXITWITHTIMEOUT|1|1|240", {"wait_s": 240}),
        ("EXITWITHTIMEOUT|1", {}),
        ("EXITWITHKEY|1|2|3|13", {"wait_s": 13}),
        ("EXITWITHKEY|1|2", {}),
        ("WITHDRAW|1|1|9|moved", {"wait_s": 9}),
        ("RINGNOANSWER|15000", {"ring_ms": 15000}),
        ("RINGCANCELED|3137", {"ring_ms": 3137}),
        (
            "BLINDTRANSFER|95855550111|inside|5|82|1",
            {"transferred_to": "95855550111", "wait_s": 5, "talk_s": 82},
        ),
        ("ATTENDEDTRANSFER|BRIDGE|b-1|5|82|1", {"transferred_to": "b-1", "wait_s": 5, "talk_s": 82}),
        ("ATTENDEDTRANSFER|LINK|a|b|5|82|1|", {"transferred_to": "a", "wait_s": 5, "talk_s": 82}),
        ("DID|5855550167", {"did": "5855550167"}),
        ("DID|", {}),
        ("PAUSE|Break", {}),
    ],
)
def test_what_each_event_says(event: str, says: dict[str, object]) -> None:
    row = one(event)
    columns = (
        "wait_s",
        "talk_s",
        "ring_ms",
        "caller",
        "caller_name",
        "did",
        "agent_call_id",
        "transferred_to",
    )
    assert {c: row[c] for c in columns if not pd.isna(row[c])} == says
    assert row["event"] == event.partition("|")[0]
    assert row["at"] == pd.Timestamp("2026-04-16T04:06:41Z")
    assert (row["call_id"], row["queue"], row["agent"]) == ("1776312400.11", "desk", "Ann Lee")


@pytest.mark.parametrize("nobody", ["NONE", "MANAGER", "REALTIME", "CLI"])
def test_events_of_no_call_have_no_call_id(nobody: str) -> None:
    frame = read(f"1776312006|{nobody}|NONE|NONE|QUEUESTART|\n").frame
    assert frame[["call_id", "queue", "agent"]].isna().all(axis=None)


def test_dirt_is_left_out_line_by_line() -> None:
    reading = read(
        b"1776312006|NONE|NONE|NONE|QUEUESTART|\n\n"
        + b"\0" * 20
        + b"1776312401|1776312400.11|desk|NONE|ENTERQUEUE||5855550137|1\r\nrubbish\n1776312402|1776|desk\n"
        b"1776312407|1776312400.11|desk|Ann Lee|CONNECT|6|1776312401.12|6\n"
        b"1776312489|1776312400.11|desk|Ann Lee|COMPLETEAGENT|6|82|1\n"
        b"1776312490|1776312400.11|desk|Ann L"
    )
    assert reading.frame["event"].tolist() == ["QUEUESTART", "ENTERQUEUE", "CONNECT", "COMPLETEAGENT"]
    assert reading.frame["source_line"].tolist() == [1, 3, 6, 7]
    left_out = [p for p in reading.problems if p.effect == "left-out"]
    assert [p.at.line for p in left_out] == [4, 5, 8]
    assert reading.rows == len(reading.frame) + len(left_out)


def test_a_dialplans_own_events_are_kept_and_counted() -> None:
    line = "1776312401|1776312400.11|desk|NONE|SURVEY|5\n"
    reading = read(line * 3 + "1776312006|NONE|NONE|NONE|QUEUESTART|\n")
    assert reading.frame["event"].tolist() == ["SURVEY"] * 3 + ["QUEUESTART"]
    assert reading.notes == ("events of the dialplan's own, kept: SURVEY 3",)


def test_names_keep_their_accents() -> None:
    frame = read("1776312401|1776312400.11|desk|Rosa Jiménez|RINGNOANSWER|1000\n" * 2).frame
    assert frame["agent"].tolist() == ["Rosa Jiménez"] * 2


def test_a_realtime_table_in_local_time_is_placed_by_its_call_ids() -> None:
    text = (
        "time,callid,queuename,agent,event,data1,data2,data3,data4,data5\n"
        "2026-04-16 00:06:41.250000,1776312400.11,desk,NONE,ENTERQUEUE,,5855550137,1,,\n"
        "2026-04-16 00:06:47.000000,1776312400.11,desk,Ann Lee,CONNECT,6,1776312401.12,6,,\n"
        "2026-04-16 00:08:09.000000,1776312400.11,desk,Ann Lee,BLINDTRANSFER,95855550111,inside,6,82,1\n"
    )
    reading = read(text)
    assert reading.frame["at"].iloc[0] == pd.Timestamp("2026-04-16T04:06:41.250Z")
    assert (reading.zone, reading.zone_from) == ("America/New_York", "uniqueid")
    assert reading.frame["wait_s"].tolist()[1:] == [6, 6]
    assert reading.frame["talk_s"].iloc[2] == 82
    assert reading.frame["transferred_to"].iloc[2] == "95855550111"


def test_a_queuemetrics_table_has_epochs_and_verbs() -> None:
    head = "partition,time_id,call_id,queue,agent,verb,data1,data2,data3,data4,data5,serverid,unique_row_count\n"
    rows = [
        "P001,1776312401,1776312400.11,desk,NONE,ENTERQUEUE,,5855550137,1,,,srv,1",
        "P001,1776312421,1776312400.11,desk,NONE,ABANDON,1,1,20,,,srv,2",
    ]
    reading = read(head + "\n".join(rows) + "\n", tz="Asia/Manila")
    assert [int(at.timestamp()) for at in reading.frame["at"]] == [1776312401, 1776312421]
    assert reading.frame["wait_s"].tolist()[1] == 20
    assert reading.frame["caller"].tolist()[0] == "5855550137"


def test_a_pbxware_table_keeps_its_times_in_columns_of_their_own() -> None:
    text = (
        "uid,date_time,callid,queue_name,type,event,param1,param2,param3,entpos,expos,htime,ttime,time\n"
        '1,1776312401,1776312400.11,desk,NONE,ENTERQUEUE,5855550137,,,1,0,0,0,"2026-04-16 00:06:41"\n'
        '2,1776312405,1776312400.11,desk,Agent/27,RINGNOANSWER,5855550137,,,1,1,4000,0,""\n'
        '3,1776312407,1776312400.11,desk,Agent/28,CONNECT,,1776312401.12,6,0,0,6,0,"2026-04-16 00:06:47"\n'
        '4,1776312489,1776312400.11,desk,Agent/28,COMPLETECALLER,5855550137,,,1,0,6,82,""\n'
    )
    frame = read(text).frame
    assert frame["at"].iloc[0] == pd.Timestamp("2026-04-16T04:06:41Z")
    assert frame["caller"].iloc[0] == "5855550137"
    assert frame["ring_ms"].iloc[1] == 4000
    assert frame["wait_s"].tolist()[2:] == [6, 6]
    assert frame["talk_s"].iloc[3] == 82


@pytest.mark.parametrize(
    "text",
    [
        "call_id,account,offered_at,outcome\n1,2,2026-04-16T00:00:00Z,answered\n",
        '"HA","5855550137","5855550167","from-trunk"\n',
        "1776312400\n1776312401\n",
        "",
    ],
)
def test_other_files_are_refused(text: str) -> None:
    assert log.detect(stream_of("queue_log", text.encode()).head) is None


def test_all_shared_samples_are_read(shared) -> None:
    counted = {}
    for path in sorted((shared / "formats" / "samples" / "asterisk_queue_log").iterdir()):
        stream = stream_of(path.name, path.read_bytes())
        assert log.detect(stream.head), path.name
        reading = log.read(stream, ReadOptions())
        left_out = sum(p.rows for p in reading.problems if p.effect == "left-out")
        assert reading.rows == len(reading.frame) + left_out, path.name
        counted[reading.rows] = reading.frame["event"].value_counts()
    assert (counted[543]["ENTERQUEUE"], counted[543]["ABANDON"], counted[543]["CONFIGRELOAD"]) == (
        30,
        27,
        280,
    )
    assert (counted[1000]["CONNECT"], counted[1000]["RINGNOANSWER"], counted[1000]["OUTDIAL"]) == (
        93,
        360,
        128,
    )


def test_a_large_log_read_in_two_parts_is_what_it_is_in_one(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [
        f"17763124{n:02d}|1776312400.{n}|desk|Agent {n % 3}|{event}"
        for n, event in enumerate(["ENTERQUEUE||5855550137|1", "CONNECT|6|1776312401.12|6", "torn", "ABANDON|1|2|33"] * 8)
    ]
    lines[-2] = "not a line"
    text = "\n".join(lines) + "\n"
    whole = read(text)
    monkeypatch.setattr(_queue_lines, "LARGE", 1)
    parted = read(text)
    pd.testing.assert_frame_equal(parted.frame, whole.frame)
    assert parted.rows == whole.rows == 32
    assert [p.at for p in parted.problems] == [p.at for p in whole.problems]
    assert parted.problems[-1].at.line == 31


@pytest.mark.parametrize(
    ("above", "header", "tail"),
    [
        ("sep=,\n", "time,callid,queuename,agent,event,data1,data2,data3", ""),
        ("Queue log of the desk\n\n", "Time,Call ID,Queue Name,Agent,Event,Data1,Data2,Data3", ""),
        ("", "time,callid,queuename,agent,event,data1,data2,data3,,", ",,"),
    ],
)
def test_a_table_as_spreadsheets_and_reports_write_it(above: str, header: str, tail: str) -> None:
    rows = "1776312401,1776312400.11,desk,NONE,ENTERQUEUE,,5855550137,1\n1776312407,1776312400.11,desk,Ann,CONNECT,6,x,6\n"
    reading = read(above + header + "\n" + rows.replace("\n", f"{tail}\n"), tz="America/New_York")
    assert reading.frame["event"].tolist() == ["ENTERQUEUE", "CONNECT"]
    assert (reading.frame["wait_s"].tolist()[1], reading.frame["source_line"].tolist()[0]) == (6, above.count("\n") + 2)
    assert reading.problems == ()
