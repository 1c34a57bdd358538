"""Going back to the logs: every line of a call, and none of another, held against the raw files."""

from __future__ import annotations

import csv
import gzip
import io
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from calltrace.intake import formats, sources
from calltrace.intake.asterisk import trail as asterisk
from calltrace.intake.formats._base import ReadOptions
from calltrace.intake.load import load
from calltrace.intake.opened import stream_of
from calltrace.intake.trail import Found, line_of, trail

if TYPE_CHECKING:
    from pathlib import Path

LOCAL = ZoneInfo("America/New_York")


@pytest.fixture(scope="module")
def lab(shared: Path) -> Path:
    return shared / "pbx-lab" / "baseline"


@pytest.fixture(scope="module")
def found(lab: Path) -> list[Found]:
    """The lab's logs as the formats read them, once."""
    made = []
    for opened in sources.open_all(
        [str(lab / n) for n in ("Master.csv", "queue_log", "cel-custom-Master.csv.gz")]
    ):
        assert opened.stream is not None
        name = next(n for n in formats.NAMES if formats.get(n).detect(opened.stream.head))
        made.append(Found(name, formats.get(name).read(opened.stream, ReadOptions()), opened.stream))
    return made


@pytest.fixture(scope="module")
def raw(lab: Path) -> dict[str, list[list[str]]]:
    """The same logs, split by hand."""
    cel = gzip.decompress((lab / "cel-custom-Master.csv.gz").read_bytes()).decode()
    return {
        "CDR": list(csv.reader(io.StringIO((lab / "Master.csv").read_text(encoding="utf-8")))),
        "queue_log": [
            line.split("|") for line in (lab / "queue_log").read_text(encoding="utf-8").splitlines()
        ],
        "CEL": list(csv.reader(io.StringIO(cel))),
    }


def local(text: str) -> pd.Timestamp:
    return pd.Timestamp(datetime.fromisoformat(text).replace(tzinfo=LOCAL)).tz_convert("UTC")


def expected(raw: dict[str, list[list[str]]], call_id: str) -> set[tuple[str, int, str, pd.Timestamp]]:
    """What the raw lines of one call hold: log, line, event, instant."""
    want: set[tuple[str, int, str, pd.Timestamp]] = set()
    channels = {call_id}
    for line, row in enumerate(raw["CEL"], 1):
        if row[15] == call_id:  # linkedid
            channels.add(row[14])
            want.add(("CEL", line, row[0], local(row[1])))
    for line, row in enumerate(raw["CDR"], 1):
        if row[16] in channels:
            for event, text in zip(("start", "answer", "end"), row[9:12], strict=True):
                if text:
                    want.add(("CDR", line, event, local(text)))
    for line, row in enumerate(raw["queue_log"], 1):
        if row[1] in channels:
            want.add(("queue_log", line, row[4], pd.Timestamp(int(row[0]), unit="s", tz="UTC")))
    return want


def chosen(raw: dict[str, list[list[str]]]) -> list[str]:
    """Calls of every kind: some of each event of queue_log, the one with most lines, and some that met no queue."""
    of_event: dict[str, list[str]] = {}
    for row in raw["queue_log"]:
        if row[1] not in ("NONE", "MANAGER"):
            of_event.setdefault(row[4], []).append(row[1])
    longest = max(
        {r[1] for r in raw["queue_log"]} - {"NONE", "MANAGER"}, key=[r[1] for r in raw["queue_log"]].count
    )
    queued = {r[1] for r in raw["queue_log"]}
    unqueued = [r[16] for r in raw["CDR"] if r[16] not in queued and r[3] == "from-carrier"]
    some = [i for ids in of_event.values() for i in (ids[0], ids[len(ids) // 2], ids[-1])]
    return sorted({longest, *some, *unqueued[:: max(1, len(unqueued) // 6)]})


def test_every_line_of_a_call_is_an_event_at_its_time_and_no_line_of_another(
    found: list[Found], raw: dict[str, list[list[str]]]
) -> None:
    ids = chosen(raw)
    assert len(ids) >= 20
    for call_id in ids:
        events = asterisk.follow(found, [call_id])
        told = {(e.log, e.line, e.event, e.at) for e in events}
        assert told == expected(raw, call_id), call_id
        assert len(told) == len(events)
        assert all(e.says and e.event for e in events)


def test_an_event_shows_the_line_as_it_stands(
    lab: Path, found: list[Found], raw: dict[str, list[list[str]]]
) -> None:
    lines = (lab / "queue_log").read_text(encoding="utf-8").splitlines()
    call_id = next(r[1] for r in raw["queue_log"] if r[4] == "BLINDTRANSFER")
    shown = [e for e in asterisk.follow(found, [call_id]) if e.log == "queue_log"]
    assert len(shown) > 1
    assert [e.raw for e in shown] == [lines[e.line - 1] for e in shown]


def test_the_whole_trail_is_in_order_and_what_two_logs_say_alike_is_said_once(lab: Path) -> None:
    case = load([str(lab)])
    call_id = "1776345973.248"  # a blind transfer: thirteen CDR events, in Master.csv and in cdr_master.db
    events = trail(case, [call_id], paths=[str(lab)]).events
    instants = [e.at for e in events]
    assert instants == sorted(instants)
    cdr = [e for e in events if e.log == "CDR"]
    assert cdr
    assert all(e.file.endswith("Master.csv") for e in cdr)
    assert all(len(e.also) == 1 and "cdr_master.db" in e.also[0] for e in cdr)


QUEUE_LOG = """1776312400|1776312390.1|desk|NONE|DID|5855550167
1776312401|1776312390.1|desk|NONE|ENTERQUEUE||5855550137|2
1776312416|1776312390.1|desk|Ann Lee|RINGNOANSWER|15000
1776312417|1776312999.9|desk|Bo Day|RINGNOANSWER|1000
1776312430|1776312390.1|desk|Bo Day|CONNECT|29|1776312425.2|5
1776312490|1776312390.1|desk|Bo Day|BLINDTRANSFER|95855550111|from-internal|29|60|2
"""


def test_a_queues_lines_are_told_in_words(tmp_path: Path) -> None:
    (tmp_path / "queue_log").write_text(QUEUE_LOG, encoding="utf-8")
    case = load([str(tmp_path)])
    events = trail(case, ["1776312390.1"]).events
    assert [(e.line, e.says) for e in events] == [
        (1, "the number dialled is 5855550167"),
        (2, "enters queue desk at place 2"),
        (3, "the phone of agent Ann Lee rang for 15 s, not answered"),
        (5, "agent Bo Day answers after 29 s of waiting"),
        (6, "agent Bo Day transfers the caller to 95855550111 after 60 s of talk"),
    ]


def test_of_other_formats_the_lines_that_name_the_call_are_shown(tmp_path: Path) -> None:
    (tmp_path / "calls.csv").write_text(
        "call_id,account,dnis,offered_at,outcome\n"
        "c1,1021,+18135550145,2026-10-05T09:15:00-04:00,answered\n"
        "c12,1021,+18135550145,2026-10-05T10:15:00-04:00,answered\n"
        "x-c1,1021,+18135550145,2026-10-05T11:15:00-04:00,answered\n",
        encoding="utf-8",
    )
    found = trail(load([str(tmp_path)]), ["c1"])
    assert found.events == ()
    assert [(one.line, one.raw) for one in found.lines] == [
        (2, "c1,1021,+18135550145,2026-10-05T09:15:00-04:00,answered")
    ]


def test_a_log_that_is_gone_is_told(tmp_path: Path) -> None:
    file = tmp_path / "queue_log"
    file.write_text(QUEUE_LOG, encoding="utf-8")
    case = load([str(file)])
    file.unlink()
    assert trail(case, ["1776312390.1"]).gone == (str(file),)


def test_a_line_is_counted_from_one() -> None:
    stream = stream_of("x", b"a\nb\r\nc")
    assert [line_of(stream, n) for n in (0, 1, 2, 3, 4)] == ["", "a", "b", "c", ""]
