"""Tables written as JSON: found wherever their rows lie, each with its line, and the same calls as the table."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from calltrace.intake.load import gather
from reading import only_source, written

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

HEADER = (
    "calldate,clid,src,dst,dcontext,channel,dstchannel,lastapp,lastdata,duration,billsec,disposition,amaflags,accountcode,"
    "uniqueid,userfield,did"
)
CELLS = [
    f"2026-04-16 {at},<{ani}>,{ani},600,ext-queues,PJSIP/north-{n},PJSIP/207-{n}f,Dial,PJSIP/207,{length},3,,177634{n}.2,,{did}"
    for at, ani, n, length, did in (
        ("09:00:05", "5855550137", "4405", "42,35,ANSWERED", "5855550160"),
        ("09:01:10", "5855550138", "4470", "20,0,NO ANSWER", "5855550160"),
        ("09:02:30", "5855550139", "4550", "95,88,ANSWERED", "5855550161"),
    )
]


def rows() -> list[dict[str, Any]]:
    made = (zip(HEADER.split(","), line.split(","), strict=True) for line in CELLS)
    return [{k: int(v) if k in {"duration", "billsec"} else v or None for k, v in row} for row in made]


def sparse() -> list[dict[str, Any]]:
    return [{k: v for k, v in row.items() if v is not None} for row in rows()]


WAYS: dict[str, Callable[[], str]] = {
    "array": lambda: json.dumps(rows()),
    "lines": lambda: "\n".join(map(json.dumps, rows())),
    "glued": lambda: "".join(map(json.dumps, rows())),
    "no nulls": lambda: json.dumps(sparse()),
    "an object around a list": lambda: json.dumps({"cdr": rows()}, indent=1),
    "an API's answer": lambda: json.dumps({"response": {"cdr_root": rows()}, "status": 0}),
    "phpMyAdmin": lambda: json.dumps([
        {"type": "header", "version": "5.2"},
        {"type": "database", "name": "asteriskcdrdb"},
        {"type": "table", "name": "cdr", "database": "asteriskcdrdb", "data": rows()},
    ]),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_table_in_json_is_the_table(tmp_path: Path, way: str) -> None:
    table = written(tmp_path, "cdr.csv", "\n".join((HEADER, *CELLS)) + "\n")
    case = written(tmp_path, "cdr.json", WAYS[way]())
    told = ["source_file", "source_line"]
    pd.testing.assert_frame_equal(case.calls.drop(columns=told), table.calls.drop(columns=told))
    source = only_source(case)
    assert (source.format, source.rows, source.left_out, source.calls, source.answered) == ("asterisk-cdr-table", 3, 0, 3, 2)


def test_a_row_has_the_line_it_begins_at(tmp_path: Path) -> None:
    case = written(tmp_path, "cdr.json", '{"cdr": [\n' + ",\n".join(map(json.dumps, rows())) + "\n]}\n")
    assert case.calls["source_line"].tolist() == [2, 3, 4]


def test_a_damaged_row_costs_itself(tmp_path: Path) -> None:
    lines = [*map(json.dumps, rows())]
    lines[1] = lines[1].replace('"clid": ', '"clid" ')
    (told,) = (p for p in only_source(written(tmp_path, "cdr.json", "\n".join(lines))).problems if p.kind == "bad-record")
    assert (told.at.file.endswith("cdr.json"), told.at.line, told.effect) == (True, 2, "left-out")


@pytest.mark.parametrize("way", ["array", "an object around a list", "phpMyAdmin"])
def test_a_text_that_is_cut_keeps_what_came_before(tmp_path: Path, way: str) -> None:
    text = WAYS[way]()
    source = only_source(written(tmp_path, "cdr.json", text[: text.rfind('"calldate"') + 150]))
    assert (source.calls, source.left_out) == (2, 1)
    assert [p.kind for p in source.problems if p.effect == "left-out"] == ["truncated"]


def test_events_of_a_queue_and_calls_in_one_file_are_both_read(tmp_path: Path) -> None:
    event = {"time": "2026-04-16 09:00:06", "callid": "1776344405.2", "queuename": "600", "agent": "NONE", "event": "ENTERQUEUE",
             "data1": "", "data2": "5855550137", "data3": "1"}  # fmt: skip
    met = {**event, "time": "2026-04-16 09:00:12", "agent": "PJSIP/207", "event": "CONNECT", "data1": "6", "data2": "x"}
    other = [{"id": "1", "device": "a"}, {"id": "2", "device": "b"}]
    case = written(tmp_path, "pbx.json", json.dumps({"cdr": rows(), "queue_log": [event, met], "devices": other}))
    assert {(s.path.rpartition("!")[2], s.format, s.rows) for s in case.sources} == {
        ("cdr", "asterisk-cdr-table", 3), ("queue_log", "asterisk-queue-log", 2),
    }  # fmt: skip
    assert [p.saw for p in case.problems if p.kind == "not-read"] == ["1 table that is no log calltrace knows: devices"]


def test_json_that_is_no_log_stays_none(tmp_path: Path) -> None:
    devices = [{"id": "1", "device": "a"}, {"id": "2", "device": "b"}]
    (told,) = written(tmp_path, "a.json", json.dumps({"devices": devices})).problems
    assert told.kind == "unrecognised"


def test_whoever_mapped_it_knows_better(tmp_path: Path) -> None:
    mapping = tmp_path / "m.toml"
    mapping.write_text(
        f'table = "calls"\nlayout = "json"\ncolumns = {json.dumps([*rows()[0]])}\nzone = "America/New_York"\n'
        '[fill.call_id]\nfrom = "uniqueid"\n[fill.dnis]\nfrom = "dst"\n[fill.ani]\nfrom = "src"\n'
        '[fill.offered_at]\nfrom = "calldate"\nform = "iso"\n'
        '[fill.outcome]\nfrom = "disposition"\nwords = {"ANSWERED" = "answered", "NO ANSWER" = "no_answer"}\n',
        encoding="utf-8",
    )
    (tmp_path / "cdr.json").write_text(json.dumps(rows()), encoding="utf-8")
    case = gather([tmp_path / "cdr.json"], mapping=mapping)
    assert [s.format for s in case.sources] == ["mapped"]
    assert case.calls["dnis"].tolist() == ["600"] * 3


def test_a_page_with_a_damaged_record_keeps_nobody_from_the_pages_behind_it(tmp_path: Path) -> None:
    pages = [
        json.dumps({"cdr": [{**row, "uniqueid": f"17763400{page}.{n}"} for n, row in enumerate(rows())]}) for page in range(3)]
    text = "\n".join([pages[0].replace('"src": "5855550138"', '"src": "58555501'), *pages[1:]])
    case = written(tmp_path, "cdr.json", text)
    assert len(case.calls) == 8
    assert [(p.kind, p.at.line) for p in case.problems] == [("bad-record", 1)]


def test_a_file_of_nothing_but_broken_values_is_soon_known_as_none(tmp_path: Path) -> None:
    """Each was gone through anew at every depth: forty lines took longer than anybody waits."""
    deep = {"uuid": "u", "legs": [{"a": 1, "events": [{"t": k, "tags": ["a", "b"]} for k in range(20)]}]}
    case = gather([*_file(tmp_path, "\n".join([json.dumps(deep)[:300]] * 2_000))])
    assert case.calls.empty


def _file(folder: Path, text: str) -> list[Path]:
    path = folder / "log.json"
    path.write_text(text, encoding="utf-8")
    return [path]


def test_of_a_file_with_more_damage_than_is_looked_into_it_is_said_what_was_left_out(tmp_path: Path) -> None:
    whole = [json.dumps({**rows()[0], "uniqueid": f"1776344{n:03}.1"}) for n in range(260)]
    lines = [line.replace('"clid": ', '"clid" ') if n % 2 else line for n, line in enumerate(whole)]
    source = only_source(written(tmp_path, "cdr.json", "\n".join(lines)))
    told = [p for p in source.problems if p.effect == "left-out"]
    assert [p.kind for p in told] == ["bad-record"] * 100 + ["truncated"]
    assert "All from here on left out" in told[-1].fix
    assert source.calls == 101


UCM = {
    "AcctId": "3030", "accountcode": "", "src": "5855550137", "dst": "331", "dcontext": "from-internal",
    "clid": '"5855550137" <5855550137>', "channel": "PJSIP/trunk_1-00000a4a", "dstchannel": "PJSIP/331-00000a52",
    "lastapp": "Dial", "lastdata": "PJSIP/331", "start": "2026-01-26 12:07:01", "answer": "", "end": "2026-01-26 12:07:12",
    "duration": "11", "billsec": "0", "disposition": "NO ANSWER", "amaflags": "DOCUMENTATION", "uniqueid": "1769422021.5655",
    "userfield": "Inbound", "channel_ext": "trunk_1", "dstchannel_ext": "331", "service": "s", "caller_name": "5855550137",
    "session": "1769422021553915-5855550137", "action_type": "RINGGROUP[6400]", "src_trunk_name": "North", "dst_trunk_name": "",
}  # fmt: skip


def test_the_legs_within_a_call_of_grandstreams_are_rows(tmp_path: Path) -> None:
    """The object of the whole is left out: with it the call's seconds would be counted twice."""
    rang = UCM
    took = UCM | {
        "AcctId": "3031", "dst": "335", "dstchannel": "PJSIP/335-00000a55", "lastdata": "PJSIP/335",
        "start": "2026-01-26 12:07:12", "answer": "2026-01-26 12:07:20", "end": "2026-01-26 12:08:12", "duration": "60",
        "billsec": "52",
        "disposition": "ANSWERED", "dstchannel_ext": "335",
    }  # fmt: skip
    alone = UCM | {"AcctId": "3040", "uniqueid": "1769423000.5700", "session": "1769423000000000-5855550138",
                   "src": "5855550138", "start": "2026-01-26 12:23:20", "end": "2026-01-26 12:23:31"}  # fmt: skip
    nested = {"cdr": took["session"], "main_cdr": took | {"start": rang["start"], "duration": "71"},
              "sub_cdr_1": rang, "sub_cdr_2": took, "sub_cdr_3": {}}  # fmt: skip
    summed = {"cdr": alone["session"], "main_cdr": alone}
    flat = written(tmp_path, "flat.json", json.dumps({"cdr_root": [rang, took, alone]}))
    case = written(tmp_path, "cdr.json", json.dumps({"cdr_root": [nested, summed]}))
    told = ["source_file", "source_line"]
    pd.testing.assert_frame_equal(case.calls.drop(columns=told), flat.calls.drop(columns=told))
    assert case.calls[["outcome", "ani"]].to_numpy().tolist() == [["answered", "+15855550137"], ["no_answer", "+15855550138"]]
    assert only_source(case).rows == 3
    assert not [p for p in case.problems if p.kind == "not-read"]


@pytest.mark.parametrize("which", [0, 1, 2])
@pytest.mark.parametrize("first", ["id", "calldate"])
def test_a_list_behind_a_damaged_record_is_read(tmp_path: Path, which: int, first: str) -> None:
    """Of the first list, whichever of its records is damaged; both may begin their records with the same key."""
    events = [
        {"id": n, "time": at, "callid": "1776344405.2", "queuename": "600", "agent": agent, "event": event, "data1": "6"}
        for n, (at, agent, event) in enumerate(
            [("2026-04-16 09:00:06", "NONE", "ENTERQUEUE"), ("2026-04-16 09:00:12", "PJSIP/207", "CONNECT")])
    ]  # fmt: skip
    lines = [json.dumps(({"id": n} if first == "id" else {}) | row) for n, row in enumerate(rows())]
    lines[which] = lines[which].replace('"clid": ', '"clid" ')
    text = '{"cdr": [' + ",\n".join(lines) + '],\n "queue_log": ' + json.dumps(events) + ', "status": 0}'
    case = written(tmp_path, "pbx.json", text)
    assert {(s.path.rpartition("!")[2], s.format, s.rows) for s in case.sources} == {
        ("cdr", "asterisk-cdr-table", 2), ("queue_log", "asterisk-queue-log", 2)}
    assert [p.kind for p in case.problems if p.effect == "left-out"] == ["bad-record"]
