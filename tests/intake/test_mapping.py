"""Any log with rows: proposed from names and all values, or refused with the reason; never guessed."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from calltrace.cli.main import main
from calltrace.errors import InputError, UsageError
from calltrace.intake.encodings import to_utf8
from calltrace.intake.formats._base import ReadOptions
from calltrace.intake.load import load
from calltrace.intake.mapping import Mapping, grid, moments, of_dict, of_file, to_toml, values
from calltrace.intake.mapping.names import words_of
from calltrace.intake.mapping.propose import Proposal, propose
from calltrace.intake.opened import stream_of
from calltrace.tables.schema import TABLES, conform


def proposed(data: str | bytes, name: str = "export.csv") -> Proposal:
    raw = data.encode() if isinstance(data, str) else data
    found = propose(stream_of(name, to_utf8(raw)[0]), ReadOptions())
    told = sum(p.rows for p in found.problems if p.effect == "left-out")
    aside = sum(int(n.split(" ", 1)[0]) for n in found.notes if "set aside" in n)
    if not found.open:
        assert found.read + told + aside == found.rows, "a row is neither read nor accounted for"
    return found


def calls(found: Proposal, data: str | bytes) -> pd.DataFrame:
    raw = data.encode() if isinstance(data, str) else data
    reading = found.mapping.read(stream_of("export.csv", to_utf8(raw)[0]), ReadOptions())
    frame = reading.frame.drop(columns=[c for c in reading.frame.columns if c.endswith(("__naive", "__offset"))])
    naive = str(frame["offered_at"].dtype) == "datetime64[us]"
    return conform(frame.assign(offered_at=frame["offered_at"].dt.tz_localize("UTC")) if naive else frame, TABLES["calls"])


def decided(texts: list[str]) -> str:
    parts = moments.parts_of(pa.array(texts))
    return moments.date_order(parts, np.arange(2, len(texts) + 2)).form


PLAIN = """Call ID,Start Time,Caller Number,Called Number,Agent Name,Status,Talk Time (s)
7,2026-10-08 21:15:02,+14845550101,+17175551234,Ann,Answered,65
8,2026-10-08 21:17:02,(484) 555-0102,+17175551234,,Abandoned,0
9,2026-10-08 21:19:30,Anonymous,+17175551234,Bob,ANSWERED,12
"""


# --- a whole file


def test_a_plain_export_is_proposed_by_names_and_values() -> None:
    found = proposed(PLAIN)
    assert found.open == ()
    assert {n: f.source for n, f in found.mapping.fills.items()} == {
        "call_id": ("Call ID",), "dnis": ("Called Number",), "ani": ("Caller Number",), "agent": ("Agent Name",),
        "offered_at": ("Start Time",), "talk_s": ("Talk Time (s)",), "outcome": ("Status",),
    }  # fmt: skip
    frame = calls(found, PLAIN)
    assert frame["call_id"].tolist() == ["7", "8", "9"]
    assert frame["ani"].tolist() == ["+14845550101", "+14845550102", pd.NA]
    assert frame["outcome"].tolist() == ["answered", "abandoned", "answered"]
    assert frame["talk_s"].tolist() == [65.0, 0.0, 12.0]
    assert frame["source_line"].tolist() == [2, 3, 4]


GERMAN = """Anrufliste;;;;;;;
Nr;Datum;Uhrzeit;Richtung;Anrufer;Angerufene Nummer;Status;Dauer (mm:ss)
17;08.10.26;09:15;eingehend;+49301234567;+49309876543;angenommen;1:30
18;13.10.26;13:20;eingehend;+49301234568;+49309876543;verpasst;0:00
19;14.10.26;14:20;ausgehend;+49309876543;+49301234568;angenommen;3:20
20;31.09.26;14:20;eingehend;+49301234569;+49309876543;angenommen;75:20
21;14.10.26;14:20;eingehend;+49301234569;+49309876543;umgeleitet;75:20
Nr;Datum;Uhrzeit;Richtung;Anrufer;Angerufene Nummer;Status;Dauer (mm:ss)
22;15.10.26;14:20;eingehend;+49301234569;+49309876543;angenommen;75:20
Summe;;;;;;;155:30
23;15.10.26;14:2
"""


def test_titles_totals_repeats_directions_and_damage_are_told_apart() -> None:
    found = proposed(GERMAN)
    assert ["umgeleitet (1)" in told for told in found.open] == [True]
    found.mapping.fills["outcome"].words["umgeleitet"] = ""  # somebody decided that such rows are not wanted
    found = replace(found, problems=found.mapping.read(stream_of("export.csv", GERMAN.encode()), ReadOptions()).problems)
    frame = calls(found, GERMAN)
    assert frame["call_id"].tolist() == ["17", "18", "22"]
    assert frame["offered_at"].dt.strftime("%m-%d %H:%M").tolist() == ["10-08 09:15", "10-13 13:20", "10-15 14:20"]
    assert frame["talk_s"].tolist() == [90.0, 0.0, 4520.0]
    assert {p.at.line: p.kind for p in found.problems} == {
        6: "bad-time", 7: "unknown-word", 8: "repeated-header", 10: "totals", 11: "field-count",
    }  # fmt: skip
    notes = found.mapping.read(stream_of("export.csv", GERMAN.encode()), ReadOptions()).notes
    assert "ausgehend 1" in notes[0]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_encodings_separators_and_line_ends(encoding: str, delimiter: str, end: str) -> None:
    text = PLAIN.replace("Ann,", "Zoë,").replace(",", delimiter).replace("\n", end)
    found = proposed(text.encode(encoding))
    assert found.open == ()
    frame = calls(found, text.encode(encoding))
    assert frame["agent"].tolist() == ["Zoë", pd.NA, "Bob"]
    assert frame["source_line"].tolist() == [2, 3, 4]


def test_quoted_line_ends_and_separators() -> None:
    text = PLAIN.replace("Ann", '"Ann,\nthe elder"')
    frame = calls(proposed(text), text)
    assert frame["agent"].tolist() == ["Ann,\nthe elder", pd.NA, "Bob"]
    assert frame["source_line"].tolist() == [2, 4, 5]


FIXED = """CALL REPORT                       PAGE 1
Start Date Start    Caller        Called        Agent   Result     Talk
---------- -------- ------------- ------------- ------- ---------- -----
10/08/2026 09:15:02 4845550101    7175551234    ANN L   ANSWERED     65
10/13/2026 21:17:02 4845550102    7175551234            ABANDONED     0
10/14/2026 21:19:30 4845550103    7175551234    BOB     ANSWERED     12

Total calls: 3
"""


@pytest.mark.parametrize("ruler", [True, False])
def test_fixed_columns(ruler: bool) -> None:
    text = FIXED if ruler else "\n".join(line for line in FIXED.split("\n") if "---" not in line)
    found = proposed(text)
    assert found.mapping.form.kind == "fixed-width"
    assert found.open == ()
    frame = calls(found, text)
    assert frame["offered_at"].dt.strftime("%m-%d %H:%M:%S").tolist() == [
        "10-08 09:15:02", "10-13 21:17:02", "10-14 21:19:30",
    ]  # fmt: skip
    assert frame["ani"].tolist() == [f"+1484555010{i}" for i in (1, 2, 3)]
    assert frame["agent"].tolist() == ["ANN L", pd.NA, "BOB"]
    assert frame["outcome"].tolist() == ["answered", "abandoned", "answered"]
    assert frame["talk_s"].tolist() == [65, 0, 12]
    assert [p.saw for p in found.problems] == ["Total calls: 3"]


@pytest.mark.parametrize("wrapped", [True, False])
def test_json_lines_and_arrays(wrapped: bool) -> None:
    rows = [
        {"id": f"c{i}", "startTime": f"2026-10-08T13:0{i}:00Z", "from": {"number": "+14845550101"},
         "to": {"number": "+17175551234"}, "result": "completed" if i else "no-answer", "durationMs": 1500 * i}
        for i in range(3)
    ]  # fmt: skip
    text = json.dumps({"records": rows}, indent=1) if wrapped else "\n".join(map(json.dumps, rows)) + "\n"
    found = proposed(text, "x.json")
    fills = {n: f.source[0] for n, f in found.mapping.fills.items()}
    assert fills["call_id"] == "id"
    assert fills["offered_at"] == "startTime"
    assert found.open == ()
    frame = calls(found, text)
    assert frame["offered_at"][0] == pd.Timestamp("2026-10-08T13:00Z")
    assert frame["outcome"].tolist() == ["no_answer", "answered", "answered"]
    if not wrapped:
        assert frame["source_line"].tolist() == [1, 2, 3]


def test_a_log_without_outcomes_ids_and_rings_tells_them_otherwise() -> None:
    text = (
        "Start,Answer,End,From,To\n"
        "2026-10-08 09:15:00,2026-10-08 09:15:07,2026-10-08 09:16:07,+14845550101,+17175551234\n"
        "2026-10-08 13:15:00,,2026-10-08 13:15:30,+14845550102,+17175551234\n"
    )
    found = proposed(text)
    frame = calls(found, text)
    assert frame["call_id"].nunique() == 2
    assert frame["call_id"].str.startswith("row-").all()
    assert frame["outcome"].tolist() == ["answered", "abandoned"]
    assert frame["ring_s"].tolist() == [7.0, pd.NA]


def test_intervals_are_a_table_of_their_own() -> None:
    text = (
        "Interval;Calls offered;Answered;Abandoned;ASA (s)\n"
        "2026-10-08 09:00;1.012;980;32;12,5\n2026-10-08 13:30;12;12;0;3,0\n"
    )
    found = proposed(text)
    assert found.mapping.table == "kpi"
    assert found.open == ()
    assert found.mapping.fills["scope"].value == "platform"
    assert found.mapping.fills["asa_s"].decimal == ","


def test_a_log_without_a_header_tells_what_its_values_tell() -> None:
    text = (
        "2026-10-08 13:15:00,2026-10-08 13:15:07,4845550101,7175551234,Answered\n"
        "2026-10-08 13:16:00,2026-10-08 13:16:30,4845550102,7175551234,Abandoned\n"
    )
    found = proposed(text)
    assert not found.mapping.form.header
    assert found.open == ()
    assert found.mapping.fills["offered_at"].source == ("column 1",)
    assert found.mapping.fills["outcome"].source == ("column 5",)
    assert "ani" not in found.mapping.fills  # which of two numbers is whose, nobody can see
    assert calls(found, text)["outcome"].tolist() == ["answered", "abandoned"]


def test_words_that_are_directions_and_outcomes_in_one() -> None:
    text = "Call ID,Start Time,Call Type\n" + "".join(
        f"{i},2026-10-08 13:0{i}:00,{w}\n" for i, w in enumerate(["Inbound", "Missed", "Outbound", "Voicemail"])
    )
    found = proposed(text)
    assert found.mapping.keep == {"Call Type": ("Inbound", "Missed", "Voicemail")}
    assert found.mapping.fills["outcome"].words == {
        "Inbound": "?", "Missed": "no_answer", "Outbound": "", "Voicemail": "voicemail",
    }  # fmt: skip
    assert "not known: Inbound (1)" in found.open[0]  # inbound is no outcome: asked for, not guessed; outbound is not wanted


def test_a_mapping_by_which_nothing_is_read_is_not_usable() -> None:
    found = proposed("Call ID,Start Time,Status\n1,2026-02-30 13:00:00,Answered\n2,2026-02-30 13:01:00,Missed\n")
    assert "no row would be read" in found.open[0] or "offered_at" in found.open[0]


def test_prose_is_no_table() -> None:
    for text in ("Dear team,\nthe log is attached.\n", "one\ntwo\nthree\n", "x\n"):
        with pytest.raises(InputError, match="no rows"):
            proposed(text)


# --- times of day, durations, and which column is the call's time


def rows_of(header: str, *rows: str) -> str:
    return "\n".join([header, *rows]) + "\n"


def sources(found: Proposal) -> dict[str, tuple[str, ...]]:
    return {n: f.source for n, f in found.mapping.fills.items() if f.source}


def test_the_time_of_day_of_a_call_is_no_duration() -> None:
    text = rows_of(
        "Date,Time,Caller,Dialed,Ring (s),Agent,Result",
        "2026-04-13,08:00:00,4845550101,7175551234,0,Ann,Answered",
        "2026-04-13,13:01:00,4845550102,7175551234,1,Ann,Answered",
    )
    for layout in (text, text.replace("Time", "Call Time"), text.replace(":00,", ":00 AM,").replace("13:", "03:")):
        found = proposed(layout)
        assert found.open == ()
        fills = sources(found)
        assert fills["offered_at"] == tuple(layout.split(",", 2)[:2])
        assert sum(fills["offered_at"][1] in source for source in fills.values()) == 1
        assert "talk_s" not in fills
        assert calls(found, layout)["talk_s"].isna().all()


def test_the_time_of_day_of_a_call_is_no_duration_in_fixed_columns_either() -> None:
    text = rows_of(
        "DATE       TIME     CALLER      DNIS        RING  TALK RESULT",
        "2026-04-13 03:36:00 4845550101  7175551234    32    60 ANSWERED",
        "2026-04-13 18:48:00 4845550102  7175551234    60   194 ANSWERED",
        "2026-04-14 04:06:00 4845550103  7175551234     3   199 ABANDONED",
    )
    found = proposed(text, "log.txt")
    assert found.mapping.form.kind == "fixed-width"
    fills = sources(found)
    assert fills["offered_at"] == ("DATE", "TIME")
    assert "queue_s" not in fills
    assert (fills["ring_s"], fills["talk_s"]) == (("RING",), ("TALK",))


@pytest.mark.parametrize(
    ("name", "first", "second", "target"),
    [
        ("Talk Time", "0:01:30", "0:00:05", "talk_s"),
        ("Wait", "0:01:30", "1:00:05", "queue_s"),
        ("Time to answer", "00:00:09", "00:00:05", "ring_s"),
        ("Talk Time", "08:15:30", "19:10:05", ""),  # no call talks for hours: these are times of day
        ("Queue Time", "08:15:30", "19:10:05", ""),
        ("Queue start", "00:15:30", "00:10:05", ""),  # when waiting began is no wait
        ("Answer Time", "08:15:30", "00:10:05", ""),
        ("Time", "0815", "1910", ""),  # nor is a clock without its colon
    ],
)
def test_a_duration_needs_the_name_and_the_values_of_one(name: str, first: str, second: str, target: str) -> None:
    text = rows_of(
        f"Started,{name},Result", f"2026-04-13 13:00:00,{first},Answered", f"2026-04-13 14:00:00,{second},Abandoned"
    )
    found = proposed(text)
    assert [t for t, source in sources(found).items() if source == (name,)] == ([target] if target else [])


def test_a_date_is_joined_with_the_time_of_the_call_not_with_the_nearest_clock() -> None:
    text = rows_of(
        "Wait,Date,Answered,Ended,Start,Result",
        "0:01:30,2026-04-13,13:00:05,13:01:00,13:00:00,Answered",
        "0:00:05,2026-04-13,14:00:05,14:01:00,14:00:00,Abandoned",
    )
    found = proposed(text)
    assert sources(found)["offered_at"] == ("Date", "Start")
    assert sources(found)["queue_s"] == ("Wait",)
    unclear = proposed(text.replace("Start", "Time in").replace("Ended", "Time out"))
    assert "Time out and Time in? No name tells" in unclear.open[0]
    only_ends = proposed(rows_of("Date,Ended,Result", "2026-04-13,13:01:00,Answered", "2026-04-13,14:01:00,Abandoned"))
    assert "goes with Date" in only_ends.open[0]


def test_the_one_column_of_full_times_is_the_calls_whatever_its_name() -> None:
    rows = [
        {"x1": f"2026-04-13T0{i}:36:00-04:00", "caller": f"484555010{i}", "called": "7175551234", "ringing": 3 + i,
         "talking": 60 * i, "result": "answered" if i else "abandoned"}
        for i in range(3)
    ]  # fmt: skip
    text = "\n".join(map(json.dumps, rows)) + "\n"
    found = proposed(text, "x.jsonl")
    assert found.open == ()
    assert found.remarks["offered_at"].startswith("the only column of full dates and times; iso")
    frame = calls(found, text)
    assert frame["offered_at"][0] == pd.Timestamp("2026-04-13T04:36Z")
    assert frame["ring_s"].tolist() == [3, 4, 5]
    assert frame["talk_s"].tolist() == [0, 60, 120]
    assert proposed(text.replace("x1", "when"), "x.jsonl").mapping.fills["offered_at"].source == ("when",)
    for i in range(3):
        text = text.replace(str(rows[i]["x1"]), str(1776060960 + 3600 * i))
    assert proposed(text, "x.jsonl").mapping.fills["offered_at"].form == "epoch-seconds"


TWO_TIMES = rows_of(
    "Opened,Logged,Status",
    "2026-04-13 13:00:00,2026-04-13 13:05:00,Answered",
    "2026-04-13 14:00:00,2026-04-13 14:05:00,Abandoned",
)


def test_several_columns_of_times_are_refused_unless_a_name_decides(tmp_path: Path) -> None:
    (told,) = proposed(TWO_TIMES).open
    assert "Opened (iso) and Logged (iso)" in told
    for names, mine in (("Opened,Call start", "Call start"), ("Logged,Answered", "Logged"), ("EndTimestamp,Logged", "Logged")):
        found = proposed(TWO_TIMES.replace("Opened,Logged", names))
        assert sources(found)["offered_at"] == (mine,)
        assert found.open == ()
    alike = proposed(TWO_TIMES.replace("Opened,Logged", "Started,Received"))
    assert sources(alike)["offered_at"] == ("Started",)  # both names will do: the earlier time
    assert alike.remarks["offered_at"].startswith("never later than Received; ")
    crossed = TWO_TIMES.replace("Opened,Logged", "Started,Received").replace("13:05:00", "12:05:00")
    assert "Started (iso) and Received (iso)" in proposed(crossed).open[0]
    (told,) = proposed(rows_of("End time,Status", "2026-04-13 13:00:00,Answered", "2026-04-13 14:00:00,Abandoned")).open
    assert "End time" in told
    assert "ends of calls" in told
    (tmp_path / "m.toml").write_text(to_toml(proposed(TWO_TIMES).mapping))
    with pytest.raises(InputError, match="undecided"):
        of_file(tmp_path / "m.toml").read(stream_of("x", TWO_TIMES.encode()), ReadOptions())


def test_epochs_are_known_without_a_header() -> None:
    text = "".join(f"{1776312401 + 600 * i},215555010{i},7175551234,{i},Answered\n" for i in range(4))
    found = proposed(text)
    assert found.open == ()
    assert found.mapping.fills["offered_at"].form == "epoch-seconds"
    assert calls(found, text)["offered_at"][0] == pd.Timestamp(1776312401, unit="s", tz="UTC")


@pytest.mark.parametrize(
    "numbers",
    [
        [1776312401, 1776312402, 1776312403],  # serial numbers
        [1776312401, 1434567890, 1923456789],  # in no order
        [2155550101, 2155550140, 2155550199],  # telephones
    ],
)
def test_other_numbers_are_no_times(numbers: list[int]) -> None:
    found = proposed("".join(f"{n},{i},Answered\n" for i, n in enumerate(numbers)))
    assert "offered_at" not in found.mapping.fills


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp1252"])
def test_german_headers(encoding: str) -> None:
    text = rows_of(
        "Datum;Anrufer;Ziel;Klingelzeit (s);Gesprächszeit (s);Wartezeit (Sek);Ergebnis",
        "13.04.2026 13:36:00;03055550101;08005551000;32,5;1.060,0;3;angenommen",
        "14.04.2026 08:48:00;03055550102;08005551000;3,5;1.194,0;4;verpasst",
    )
    for written in (text, text.replace("ä", "ae")):
        found = proposed(written.encode(encoding))
        assert found.open == ()
        frame = calls(found, written.encode(encoding))
        assert frame["ring_s"].tolist() == [32.5, 3.5]
        assert frame["talk_s"].tolist() == [1060, 1194]
        assert frame["queue_s"].tolist() == [3, 4]


def test_every_record_may_hold_a_line_end() -> None:
    rows = [f'13.04.2026 1{i}:00;484555010{i};"Müller\nGmbH; {i}";7175551234;{i};Answered' for i in range(5)]
    text = rows_of('Start;Caller;Name;Dialed;"Ring\n(s)";Result', *rows)
    found = proposed(text)
    assert found.open == ()
    assert (found.rows, found.read) == (5, 5)
    assert found.mapping.form.columns[4] == "Ring (s)"
    assert found.mapping.as_format().detect(stream_of("b", text.encode()).head)
    frame = calls(found, text)
    assert frame["caller_name"][1] == "Müller\nGmbH; 1"
    assert frame["ring_s"].tolist() == [0, 1, 2, 3, 4]
    assert frame["source_line"].tolist() == [3, 5, 7, 9, 11]


def test_an_open_quote_joins_nothing() -> None:
    text = PLAIN.replace("Ann", '"Ann') + '10,2026-10-08 21:20:30,Anonymous,+17175551234,5" Bob,ANSWERED,12\n'
    found = proposed(text)
    assert found.mapping.form.columns == proposed(PLAIN).mapping.form.columns
    assert {p.at.line: p.kind for p in found.problems}[2] == "unclosed-quote"


# --- dates


@pytest.mark.parametrize(
    ("texts", "order"),
    [
        (["03/04/2026", "13/04/2026"], "day-month-year"),
        (["04/03/2026", "04/13/2026"], "month-day-year"),
        (["2026/04/03", "2026/04/13"], "year-month-day"),
        (["03.04.26", "13.04.26", "14.04.26"], "day-month-year"),
        (["26-04-03", "26-04-13", "26-05-01"], "year-month-day"),
        (["08/08/2026", "09/09/2026"], "day-month-year"),  # either way the same days
        (["03/04/2026", "04/04/2026", "05/04/2026"], ""),
        (["03/04/2026", "31/09/2026"], ""),  # 31 September is a day in no order
        (["13/04/2026", "04/13/2026"], ""),
        (["31/09/2026", "13/04/2026"], "day-month-year"),
        # the days go on by the month only if the first number is the day
        (["01/04/2026", "02/04/2026", "12/04/2026", "01/05/2026", "05/05/2026", "02/06/2026"], "day-month-year"),
        (["8 Oct 2026", "9 Oct 2026"], "named-month"),
        (["Oct 8, 2026", "October 9, 2026"], "named-month"),
        (["Thu, 8-Okt-26", "9. Oktober 2026"], "named-month"),
    ],
)
def test_the_order_of_dates_is_decided_from_the_whole_column(texts: list[str], order: str) -> None:
    assert decided(texts) == order


def test_a_refusal_names_the_lines_and_the_choice() -> None:
    text = PLAIN.replace("2026-10-08 ", "03/04/2026 ")
    found = proposed(text)
    (told,) = found.open
    assert "03/04/2026" in told
    assert "day-month-year or month-day-year" in told
    contradicted = proposed(PLAIN.replace("2026-10-08 21:15", "13/04/2026 21:15").replace("2026-10-08 ", "04/13/2026 "))
    assert "line 2" in contradicted.open[0]
    assert "line 3" in contradicted.open[0]


def test_the_last_row_may_decide_and_damaged_ones_are_left_out() -> None:
    rows = [f"{i},0{i % 9 + 1}/04/2026 13:00,+1484555{i:04d},+17175551234,Answered,5" for i in range(500)]
    rows[30] = rows[30].replace(rows[30].split(",")[1], "31/09/2026 13:00")
    rows.append("900,25/04/2026 13:00,+14845550101,+17175551234,Answered,5")
    text = "\n".join(["Call ID,Start Time,Caller,Called,Status,Talk Time (s)", *rows]) + "\n"
    found = proposed(text)
    assert found.mapping.fills["offered_at"].form == "day-month-year"
    assert [(p.at.line, p.kind) for p in found.problems] == [(32, "bad-time")]


def test_another_column_of_the_file_may_decide() -> None:
    text = (
        "Call ID,Start Time,Status,Follow up date\n"
        "1,03/04/2026 13:00,Answered,25/04/2026 13:00\n2,03/04/2026 14:00,Missed,26/04/2026 13:00\n"
    )
    found = proposed(text)
    assert found.mapping.fills["offered_at"].form == "day-month-year"
    assert "as in Follow up date" in found.remarks["offered_at"]


@pytest.mark.parametrize(
    ("texts", "clock"),
    [
        (["10/13/2026 9:15 AM", "10/13/2026 12:05 am", "10/13/2026 12:05 PM"], "12"),
        (["13.10.2026 09:15", "13.10.2026 21:05"], "24"),
        (["13.10.2026 00:15", "13.10.2026 11:05"], "24"),
        (["13.10.2026 9:15", "13.10.2026 10:05", "13.10.2026 11:05"], "24"),  # in order, so it is morning
        (["13.10.2026 11:15", "13.10.2026 12:05", "13.10.2026 1:05"], ""),  # the clock went round
        (["13.10.2026 9:15 AM", "13.10.2026 21:05"], ""),
        (["2026-10-13T11:15:00Z", "2026-10-13T12:05:00Z", "2026-10-13T01:05:00Z"], "24"),
    ],
)
def test_the_clock_is_decided_or_refused(texts: list[str], clock: str) -> None:
    parts = moments.parts_of(pa.array(texts))
    order = moments.date_order(parts, np.arange(1, 9)).form
    assert moments.clock_of(parts, order, np.arange(1, 9)).form == clock


def test_twelve_hour_clocks_are_read() -> None:
    texts = ["10/13/2026 12:05 am", "10/13/2026 12:05:30 P.M.", "10/13/2026 1:05p", "10/13/2026 13:05 PM", "10/13/2026 1:05"]
    at, naive, bad = moments.instants(pa.array(texts), "month-day-year", "12")
    assert [str(t)[11:19] for t in at[:3]] == ["00:05:00", "12:05:30", "13:05:00"]
    assert bad.tolist() == [False, False, False, True, True]
    assert naive[:3].all()


@pytest.mark.parametrize(
    ("form", "text", "instant"),
    [
        ("epoch-seconds", "1791464102.5", "2026-10-08T12:55:02.500000"),
        ("epoch-milliseconds", "1791464102500", "2026-10-08T12:55:02.500000"),
        ("spreadsheet-days", "46303.385439814816", "2026-10-08T09:15:02.000000"),
        ("named-month", "Thu 8 Oct 2026 9:15:02", "2026-10-08T09:15:02.000000"),
        ("day-month-year", "08.10.2026, 09:15:02,25", "2026-10-08T09:15:02.250000"),
        ("year-month-day", "20261008T091502", "2026-10-08T09:15:02.000000"),
        ("day-month-year", "09:15 08/10/2026", "2026-10-08T09:15:00.000000"),
        ("iso", "2026-10-08T09:15:02-04:00", "2026-10-08T13:15:02.000000"),
        ("day-month-year", "08/10/2026 09:15:02 +0200", "2026-10-08T07:15:02.000000"),
        ("day-month-year", "08/10/2026 09:15:02 GMT", "2026-10-08T09:15:02.000000"),
    ],
)
def test_forms_of_instants(form: str, text: str, instant: str) -> None:
    at, _, bad = moments.instants(pa.array([text, None]), form, "24")
    assert str(at[0]) == instant
    assert np.isnat(at[1])
    assert not bad.any()


@given(st.datetimes(pd.Timestamp("2000-01-01"), pd.Timestamp("2069-12-31")), st.sampled_from(["-", "/", "."]))
def test_every_instant_reads_back_in_every_order(at: pd.Timestamp, mark: str) -> None:
    for order, pattern in (
        ("year-month-day", "%Y{0}%m{0}%d"), ("day-month-year", "%d{0}%m{0}%Y"), ("month-day-year", "%m{0}%d{0}%y"),
    ):  # fmt: skip
        for clock, time in (("24", " %H:%M:%S"), ("12", " %I:%M:%S %p")):
            text = at.strftime(pattern.format(mark) + time)
            found, naive, bad = moments.instants(pa.array([text]), order, clock)
            assert not bad[0]
            assert naive[0]
            assert found[0] == np.datetime64(at.replace(microsecond=0), "us")


@given(st.lists(st.dates(pd.Timestamp("2020-01-01").date(), pd.Timestamp("2039-12-31").date()), min_size=1, max_size=40))
def test_a_decided_order_is_never_wrong_for_logs_in_order(days: list[object]) -> None:
    days = sorted(days)  # type: ignore[type-var]
    for order, pattern in (("day-month-year", "%d/%m/%Y"), ("month-day-year", "%m/%d/%Y")):
        texts = [d.strftime(pattern) for d in days]  # type: ignore[attr-defined]
        found = decided(texts)
        if found:
            got = moments.instants(pa.array([f"{t} 00:00" for t in texts]), found, "24")[0]
            meant = moments.instants(pa.array([f"{t} 00:00" for t in texts]), order, "24")[0]
            assert (got == meant).all()


# --- numbers and durations


@pytest.mark.parametrize(
    ("texts", "decimal"),
    [
        (["1.5", "20"], "."), (["1,5", "20"], ","), (["1.234,5"], ","), (["1,234.5"], "."), (["1,234"], ""),
        (["1.234"], ""), (["1,234", "0,5"], ","), (["1,234,567"], "."), (["1.234.567"], ","), (["12"], "."),
    ],
)  # fmt: skip
def test_decimals_are_decided_or_refused(texts: list[str], decimal: str) -> None:
    assert values.decimal_of(pa.array(texts)).form == decimal


@pytest.mark.parametrize(
    ("name", "texts", "form", "seconds"),
    [
        ("Duration", ["0:01:30", "1:00:00"], "hours:minutes:seconds", [90, 3600]),
        ("Duration (mm:ss)", ["1:30", "75:00"], "minutes:seconds", [90, 4500]),
        ("Dur (hh:mm)", ["1:30", "0:01"], "hours:minutes", [5400, 60]),
        ("Duration", ["1:30", "75:00"], "minutes:seconds", [90, 4500]),
        ("Duration", ["1:30", "0:45"], "", None),
        ("Duration", ["90", "0"], "seconds", [90, 0]),
        ("Minutes", ["1.5", "0"], "minutes", [90, 0]),
        ("talk_ms", ["1500", "0"], "milliseconds", [1.5, 0]),
        ("Duration", ["1.5", "0.2"], "", None),
        ("Duration", ["1m 30s", "2 h 5 min"], "words", [90, 7500]),
        ("Duration", ["PT1M30S", "PT5S"], "words", [90, 5]),
    ],
)
def test_durations_are_decided_or_refused(name: str, texts: list[str], form: str, seconds: list[float] | None) -> None:
    found = values.duration_of(pa.array(texts), name)
    assert found.form == form
    assert found.why
    if seconds is not None:
        number, bad = values.seconds(pa.array([*texts, None, "x"]), form, ".")
        assert number[:2].tolist() == seconds
        assert np.isnan(number[2:]).all()
        assert bad.tolist() == [False, False, False, True]


def test_words_of_names() -> None:
    assert words_of("callStartTime (UTC)") == ("call", "start", "time")
    assert words_of("Talk Time (s)") == ("talk", "time")
    assert words_of("from.phone_number") == ("phone", "number")


# --- as TOML


def test_a_mapping_is_the_same_after_writing(tmp_path: Path) -> None:
    for text in (PLAIN, GERMAN, FIXED):
        found = proposed(text)
        path = tmp_path / "m.toml"
        path.write_text(to_toml(found.mapping, found.remarks), encoding="utf-8")
        again = of_file(path)
        assert (again.table, again.form, again.fills, again.keep) == (
            found.mapping.table, found.mapping.form, found.mapping.fills, found.mapping.keep,
        )  # fmt: skip


@given(st.lists(st.text(min_size=1, max_size=8).filter(str.strip), min_size=3, max_size=3, unique=True))
def test_any_names_survive_toml(names: list[str]) -> None:
    said = {
        "columns": names,
        "fill": {
            "call_id": {"from": names[0]},
            "offered_at": {"from": names[1], "form": "iso"},
            "outcome": {"from": names[2], "words": {names[0]: "busy"}},
        },
        "keep": {names[0]: {"words": [names[1]]}},
    }  # fmt: skip
    made = of_dict(said, "x")
    import tomllib  # noqa: PLC0415

    assert of_dict(tomllib.loads(to_toml(made)), "x") == made


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('table = "calls"', 'table = "cals"', "table is 'cals'"),
        ('layout = "delimited"', 'layout = "odd"', "layout is"),
        ('from = "Status"', 'from = "State"', "'State'"),
        ('form = "iso"', 'form = "isso"', "form 'isso'"),
        ('"Answered" = "answered"', '"Answered" = "ok"', "'ok'"),
        ("[fill.call_id]", "[fill.callid]", "fill.callid"),
        ('from = "Call ID"', "", "is empty"),
        ("columns = [", "columns = [[", "can't be read"),
    ],
)
def test_what_a_mapping_can_not_say(tmp_path: Path, old: str, new: str, told: str) -> None:
    toml = to_toml(proposed(PLAIN).mapping)
    assert old in toml
    (tmp_path / "m.toml").write_text(toml.replace(old, new))
    with pytest.raises(UsageError, match="toml") as raised:
        of_file(tmp_path / "m.toml")
    assert told in str(raised.value)


# --- the commands


def run(*args: str | Path) -> Result:
    return CliRunner().invoke(main, [str(a) for a in args])


@pytest.fixture
def export(tmp_path: Path) -> Path:
    path = tmp_path / "export.csv"
    path.write_text(PLAIN)
    return path


def test_propose_then_use(export: Path, tmp_path: Path) -> None:
    made = tmp_path / "m.toml"
    shown = run("inspect", export, "--map", "--output", made)
    assert shown.exit_code == 0
    assert "Start Time becomes offered_at" in shown.stdout
    assert "3 rows, 3 would be read" in shown.stdout
    document = json.loads(run("inspect", export, "--mapping", made, "--format", "json").stdout)
    (file,) = document["files"]
    assert (file["format"], file["rows"], file["calls"], file["answered"]) == ("mapped", 3, 3, 2)
    case = load(export, mapping=made, tz="America/New_York")
    assert case.calls["offered_at"][0] == pd.Timestamp("2026-10-09T01:15:02Z")
    assert run("convert", export, "--mapping", made, "--output", tmp_path / "o.csv").exit_code == 0
    assert len(load(tmp_path / "o.csv").calls) == 3
    answered = run("investigate", export, "--mapping", made, "--account", "+17175551234")
    assert answered.exit_code == 0, answered.output


def test_a_zone_in_the_mapping_places_the_times(export: Path, tmp_path: Path) -> None:
    made = tmp_path / "m.toml"
    run("inspect", export, "--map", "--output", made)
    made.write_text(made.read_text().replace('# zone = "America/New_York"', 'zone = "Europe/Berlin"'))
    case = load(export, mapping=made)
    assert case.calls["offered_at"][0] == pd.Timestamp("2026-10-08T19:15:02Z")
    assert case.zone == "Europe/Berlin"


def test_the_undecided_is_refused_until_somebody_decides(tmp_path: Path) -> None:
    export = tmp_path / "export.csv"
    export.write_text(PLAIN.replace("2026-10-08 ", "03/04/2026 "))
    made = tmp_path / "m.toml"
    shown = run("inspect", export, "--map", "--output", made)
    assert shown.exit_code == 3
    assert "day-month-year or month-day-year" in " ".join(shown.output.split())
    with pytest.raises(InputError, match="offered_at"):
        load(export, mapping=made)
    toml = made.read_text()
    made.write_text(toml.replace('form = ""', 'form = "month-day-year"'))
    assert load(export, mapping=made, tz="UTC").calls["offered_at"][0] == pd.Timestamp("2026-03-04T21:15:02Z")


def test_a_mapping_leaves_other_files_to_their_formats(export: Path, tmp_path: Path) -> None:
    made = tmp_path / "m.toml"
    run("inspect", export, "--map", "--output", made)
    made.rename(made.with_suffix(".toml.txt"))
    (tmp_path / "accounts.csv").write_text("account,name,numbers,timezone\n1021,Polar,+17175551234,America/New_York\n")
    case = load(tmp_path, mapping=tmp_path / "m.toml.txt")
    assert case.calls["account"].tolist() == ["1021"] * 3
    assert case.calls["offered_at"][0] == pd.Timestamp("2026-10-09T01:15:02Z")  # the account's zone
    with pytest.raises(UsageError, match="fits none"):
        load(tmp_path / "accounts.csv", mapping=tmp_path / "m.toml.txt")


def test_a_folder_is_too_much_to_map(export: Path, tmp_path: Path) -> None:
    (tmp_path / "more.csv").write_text(PLAIN)
    assert run("inspect", tmp_path, "--map").exit_code == 2
    assert run("inspect", export, tmp_path / "absent.csv", "--map").exit_code == 3


def test_a_spreadsheets_sheet_can_be_mapped(tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    for line in PLAIN.splitlines():
        book.active.append(line.split(","))
    book.save(tmp_path / "b.xlsx")
    found = run("inspect", tmp_path / "b.xlsx", "--map", "--format", "json")
    assert json.loads(found.stdout)["usable"]


def test_forms_know_their_files() -> None:
    form = grid.form_of(stream_of("a", PLAIN.encode()))
    assert grid.fits(stream_of("b", PLAIN.encode()).head, form)
    assert not grid.fits(stream_of("b", PLAIN.replace("Agent", "Operator").encode()).head, form)
    assert isinstance(Mapping("calls", form, {}).as_format().title, str)


def test_a_call_without_an_id_in_two_exports_is_counted_once(tmp_path: Path) -> None:
    head = "Start Time,Caller,Called Number,Agent,Status"
    rows = [f"2026-10-08 13:0{i}:00,585555010{i},5855550167,Ann,Answered" for i in range(6)]
    rows[2] = rows[3] = "2026-10-08 13:02:00,Anonymous,5855550167,,Abandoned"  # two callers, alike in all that is logged
    (tmp_path / "one.csv").write_text(rows_of(head, *rows[:4]))
    (tmp_path / "two.csv").write_text(rows_of(head, *rows[2:]))
    found = proposed((tmp_path / "one.csv").read_text())
    assert found.mapping.fills["call_id"].line
    (tmp_path / "m.toml").write_text(to_toml(found.mapping))
    case = load([tmp_path / "one.csv", tmp_path / "two.csv"], mapping=tmp_path / "m.toml", tz="UTC")
    assert len(case.calls) == 6
    assert case.calls["call_id"].nunique() == 6
    assert {p.kind: p.rows for p in case.problems if p.table == "calls"} == {"duplicate": 2}
