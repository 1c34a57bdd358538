"""Cdr events of the manager interface, in a log and alone; numbers are invented (555-01xx)."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from switches import loaded, matches_golden, recognised_as, row, written

EPOCH = 1776312400  # 2026-04-16 00:06:40 in New York


def event(**values: str) -> dict[str, str]:
    """Return one event: rung 7 s, then 81 s of talk."""
    return {
        "event": "Cdr", "privilege": "cdr,all", "accountcode": "HA", "source": "5855550137", "destination": "5855550167",
        "destinationcontext": "from-trunk", "callerid": '"Ann Lee" <5855550137>', "channel": "PJSIP/north-00000001",
        "destinationchannel": "PJSIP/207-00000002", "lastapplication": "Dial", "lastdata": "PJSIP/207,30",
        "starttime": "2026-04-16 00:06:40", "answertime": "2026-04-16 00:06:47", "endtime": "2026-04-16 00:08:08",
        "duration": "88", "billableseconds": "81", "disposition": "ANSWERED", "amaflags": "DOCUMENTATION",
        "uniqueid": f"{EPOCH}.11", "userfield": "",
    } | values  # fmt: skip


def test_the_sample_becomes_what_it_should(repo_root: Path, update_golden: bool) -> None:
    file = repo_root / "sample_logs" / "asterisk_ami_cdr" / "events.log"
    case = loaded(file, tz=None)
    matches_golden(case, file.with_name(file.name + ".expected.csv"), update=update_golden)
    source = case.sources[0]
    assert (source.format, source.rows, source.left_out, source.calls) == ("asterisk-ami-cdr", 5, 1, 3)
    assert (source.zone, source.zone_from) == ("America/New_York", "uniqueid")
    assert [(p.at.line, p.kind) for p in source.problems if p.effect == "left-out"] == [(7, "bad-record")]


@pytest.mark.parametrize("wrap", ["[INFO] New CDR: {}\n", "{}\n", "{}", '{{"n": {{"i": 1}}, "cdr": {}}}\n', "[{}]\n"])
@pytest.mark.parametrize("last", [True, False])
def test_an_event_is_a_leg_whatever_is_around_it(tmp_path: Path, wrap: str, last: bool) -> None:
    told = event()
    if last:  # the event need not be the first key
        told["event"] = told.pop("event")
    text = "a line of the program's own {\n" + wrap.format(json.dumps(told)) * 2
    text += wrap.format(json.dumps({"event": "Hangup", "uniqueid": f"{EPOCH}.11"}))
    case = loaded(*written(tmp_path, app__log=text), tz=None)
    first = row(case)
    assert [first[n] for n in ("account", "dnis", "ani", "agent")] == ["HA", "+15855550167", "+15855550137", "PJSIP/207"]
    assert (first["ring_s"], first["talk_s"], first["outcome"], first["source_line"]) == (7, 81, "answered", 2)
    assert first["offered_at"] == pd.Timestamp(EPOCH, unit="s", tz="UTC")
    assert len(case.calls) == 1  # the second is the first again


def sent(end: str = "\n", **values: str) -> str:
    """Return one event as the interface sends it."""
    told = {"Event": "Cdr"} | {key.title(): value for key, value in event(**values).items() if key != "event"}
    return end.join([*(f"{key}: {value}" for key, value in told.items()), "", ""])


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_an_event_as_the_interface_sends_it_is_a_leg(tmp_path: Path, end: str) -> None:
    others = ["Asterisk Call Manager/9.0.0", "Response: Success", "Message: Authentication accepted", "",
              "Event: Hangup", "Cause: 16", "Uniqueid: 1.1", "", ""]
    text = end.join(others) + sent(end) + sent(end, uniqueid=f"{EPOCH}.12", source="anonymous") + end.join(others) + sent(end)
    case = loaded(*written(tmp_path, ami__log=text), tz=None)
    first = row(case)
    assert [first[n] for n in ("account", "dnis", "ani", "agent")] == ["HA", "+15855550167", "+15855550137", "PJSIP/207"]
    assert (first["ring_s"], first["talk_s"], first["outcome"], first["source_line"]) == (7, 81, "answered", 9)
    assert first["offered_at"] == pd.Timestamp(EPOCH, unit="s", tz="UTC")
    assert (len(case.calls), case.sources[0].rows, case.sources[0].format) == (2, 3, "asterisk-ami-cdr")  # one is there twice


def test_an_event_that_breaks_off_is_left_out_and_told(tmp_path: Path) -> None:
    cut = sent(uniqueid=f"{EPOCH}.12")[:200]
    within = cut + "\n" + sent(uniqueid=f"{EPOCH}.13") + sent() + sent(uniqueid=f"{EPOCH}.14")[:300]
    case = loaded(*written(tmp_path, ami__log=within), tz=None)
    source = case.sources[0]
    assert (source.rows, source.left_out, source.calls) == (4, 2, 2)
    assert [(p.at.line, p.kind) for p in source.problems if p.effect == "left-out"] == [(1, "bad-record"), (52, "bad-record")]


def test_events_are_told_apart_where_a_log_has_no_blank_lines(tmp_path: Path) -> None:
    events = [sent(uniqueid=f"{EPOCH}.{n}") for n in range(12, 15)]
    packed = "\n".join(line for line in ("".join(events) + "Event: Hangup\nDisposition: none").splitlines() if line)
    case = loaded(*written(tmp_path, ami__log=packed), tz=None)
    assert (case.sources[0].rows, case.sources[0].left_out, len(case.calls)) == (3, 0, 3)
    assert set(case.calls["outcome"]) == {"answered"}


def test_keys_in_any_case_and_values_that_are_missing(tmp_path: Path) -> None:
    names = {key: key.title() for key in event()} | {"event": "Event", "uniqueid": "UniqueID"}
    told = {names[key]: value for key, value in event(answertime="", billableseconds="0", disposition="NO ANSWER").items()}
    del told[names["userfield"]]
    assert row(loaded(*written(tmp_path, app__log=json.dumps(told)), tz=None))["outcome"] in ("abandoned", "no_answer")


@pytest.mark.parametrize("text", ['{"event": "Hangup"}\n', '{"event": "Cdr"}\n', '{"billableseconds": 3}\n', "Event: Cdr\n\n",
                                  "Event: Hangup\nBillableSeconds: 3\n"])
def test_what_has_no_such_event_is_refused(text: str) -> None:
    assert "asterisk_ami_cdr" not in recognised_as("app.log", text)
