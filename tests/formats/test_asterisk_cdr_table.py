"""The cdr table in every variant and out of every exporter; numbers are invented (555-01xx)."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from calltrace.errors import InputError
from calltrace.intake.formats import asterisk_cdr_csv
from calltrace.intake.formats import asterisk_cdr_table as cdr
from calltrace.intake.formats._base import Reading, ReadOptions
from calltrace.intake.opened import stream_of
from switches import loaded, matches_golden, recognised_as, row, written

EPOCH = 1776312400  # 2026-04-16 00:06:40 in New York
OLD = (
    "calldate,clid,src,dst,dcontext,channel,dstchannel,lastapp,lastdata,duration,billsec,disposition,amaflags,"
    "accountcode,uniqueid,userfield"
)


def old_row(
    date: str = "2026-04-16 00:06:40", clid: str = '"""Ann Lee"" <5855550137>"', *, epoch: int = EPOCH, more: str = ""
) -> str:
    """One row: rung 7 s by the queue, then 81 s of talk."""
    return (
        f'{date},{clid},5855550137,600,from-trunk,PJSIP/north-00000002,PJSIP/207-00000003,Queue,"600,t",88,81,'
        f"ANSWERED,3,HA,{epoch}.11,{more}\n"
    )


def read(text: str | bytes, tz: str | None = None, region: str = "US") -> Reading:
    stream = stream_of("cdr.csv", text if isinstance(text, bytes) else text.encode())
    assert cdr.detect(stream.head), "not recognised"
    return cdr.read(stream, ReadOptions(tz=tz, region=region))


def started(reading: Reading) -> list[pd.Timestamp]:
    return reading.frame["start_at"].tolist()


HERE = [pd.Timestamp(EPOCH, unit="s", tz="UTC")]


def test_the_sample_becomes_what_it_should(repo_root: Path, update_golden: bool) -> None:
    file = repo_root / "sample_logs" / "asterisk_cdr_table" / "asteriskcdrdb.sql"
    case = loaded(file)
    matches_golden(case, file.with_name(file.name + ".expected.csv"), update=update_golden)
    source = case.sources[0]
    assert (source.path, source.format, source.rows, source.left_out) == (str(file), "asterisk-cdr-table", 12, 3)
    assert source.zone == "America/New_York"
    assert source.notes[0] == (
        "9 rows: 5 callers' attempts and 2 further rows of the same calls; 2 set aside, which are no caller's"
    )
    assert {p.kind: p.at.line for p in source.problems} == {"not-read": 0, "bad-time": 50, "duplicate": 87}


def test_a_header_is_taken_by_name_in_any_order() -> None:
    head = "uniqueid,disposition,billsec,duration,lastdata,lastapp,dstchannel,channel,dcontext,dst,src,clid,calldate\n"
    line = (
        f'{EPOCH}.11,ANSWERED,81,88,"600,t",Queue,PJSIP/207-03,PJSIP/north-02,q,600,5855550137,'
        '"""Ann Lee"" <5855550137>",2026-04-16 00:06:40\n'
    )
    first = read(head + line).frame.iloc[0]
    assert (first["source_line"], first["src"], first["lastdata"]) == (2, "5855550137", "600,t")
    assert (first["answer_at"] - first["start_at"]).total_seconds() == 7
    assert (first["end_at"] - first["start_at"]).total_seconds() == 88


@pytest.mark.parametrize("before", ["", "1,"])
def test_a_table_without_a_header_is_told_by_its_order(before: str) -> None:
    reading = read("".join(before + old_row(epoch=EPOCH + n) for n in range(4)))
    assert (reading.rows, reading.frame["uniqueid"].iloc[2]) == (4, f"{EPOCH + 2}.11")


def test_answer_and_end_of_their_own_go_before_durations() -> None:
    head = (
        "AcctId,calldate,answerdate,enddate,clid,src,dst,dcontext,channel,dstchannel,lastapp,duration,billsec,"
        "disposition,uniqueid\n"
    )
    line = (
        "1,2026-04-16 00:06:40,2026-04-16 00:06:45,2026-04-16 00:08:00,x,5855550137,600,q,PJSIP/north-02,"
        f"PJSIP/207-03,Queue,88,81,ANSWERED,{EPOCH}.11\n"
    )
    first = read(head + line).frame.iloc[0]
    assert (first["answer_at"] - first["start_at"]).total_seconds() == 5
    assert (first["end_at"] - first["start_at"]).total_seconds() == 80


def test_calldate_is_taken_where_a_start_beside_it_is_empty() -> None:
    head = "start,answer,end,calldate,src,dst,dcontext,channel,dstchannel,lastapp,duration,billsec,disposition,linkedid\n"
    rest = "5855550137,600,q,PJSIP/north-02,PJSIP/207-03,Queue,88,81,ANSWERED"
    empty = f"NULL,NULL,NULL,2026-04-16 00:06:40,{rest},{EPOCH}.11\n"
    whole = f"2026-04-16 00:06:40,2026-04-16 00:06:50,2026-04-16 00:08:08,2026-04-16 00:08:08,{rest},{EPOCH}.12\n"
    for text, answered in ((empty, [7]), (empty + whole, [7, 10]), (whole + empty, [10, 7])):
        reading = read(head + text)
        legs = reading.frame
        assert started(reading) == HERE * len(legs)
        assert (legs["answer_at"] - legs["start_at"]).dt.total_seconds().tolist() == answered
        assert (legs["end_at"] - legs["start_at"]).dt.total_seconds().tolist() == [88] * len(legs)
        assert "start is empty in 1 rows: their calldate was taken for it" in reading.notes


@pytest.mark.parametrize(
    ("column", "numbers", "words"),
    [
        ("linkedid", "8 4 0 2 1", "ANSWERED, BUSY, NO ANSWER, FAILED, UNKNOWN"),
        ("linkedid", "8 4", "ANSWERED, BUSY"),
        ("other", "8 4 0", "ANSWERED, BUSY, NO ANSWER"),
        ("other", "8 4 2", "ANSWERED, NO ANSWER, BUSY"),  # Asterisk 1.4, of which no 0 is known
        ("other", "4 1 2 8", "ANSWERED, NO ANSWER, BUSY, FAILED"),  # 1.2
    ],
)
def test_dispositions_as_asterisks_numbers(column: str, numbers: str, words: str) -> None:
    """The first row alone was billed: its number is that of answered calls."""
    head = f"calldate,src,dst,dcontext,channel,dstchannel,lastapp,duration,billsec,disposition,{column}\n"
    rows = [
        f"2026-04-16 00:0{n}:40,5855550137,600,q,PJSIP/north-0{n},PJSIP/207-1{n},Dial,88,{0 if n else 81},{number},{EPOCH}.{n}\n"
        for n, number in enumerate(numbers.split())
    ]
    reading = read(head + "".join(rows), tz="America/New_York")
    assert reading.frame["disposition"].tolist() == words.split(", ")
    assert any(note.startswith("dispositions are numbers, read as those of Asterisk") for note in reading.notes)


def test_numbers_that_no_billed_call_explains_are_no_dispositions() -> None:
    head = "calldate,src,dst,dcontext,channel,dstchannel,lastapp,duration,billsec,disposition\n"
    row = "2026-04-16 00:06:40,5855550137,600,q,PJSIP/north-02,PJSIP/207-03,Dial,88,0,8\n"
    reading = read(head + row, tz="America/New_York")
    assert (len(reading.frame), [p.kind for p in reading.problems]) == (0, ["bad-row"])


@pytest.mark.parametrize(
    "date",
    [
        "2026-04-16 00:06:40", "2026-04-16T00:06:40", "2026-04-16 00:06:40.000000", "2026-04-16 00:06:40-04",
        "2026-04-16 04:06:40+00:00", "2026/4/16 0:06:40", "16/04/2026 00:06:40", "04/16/2026 12:06:40 AM",
        "16.4.2026 00:06:40",
    ],
)  # fmt: skip
def test_dates_as_exporters_and_spreadsheets_write_them(date: str) -> None:
    reading = read(OLD + "\n" + old_row(date))
    assert started(reading) == HERE
    assert not [p for p in reading.problems if p.effect == "left-out"]


@pytest.mark.parametrize(("date", "day_first"), [("5/4/2026 00:06:40", True), ("4/5/2026 00:06:40", False)])
def test_the_call_ids_decide_whether_days_come_before_months(date: str, day_first: bool) -> None:
    fifth_of_april = EPOCH - 11 * 86400
    reading = read(OLD + "\n" + old_row(date, epoch=fifth_of_april))
    assert started(reading) == [pd.Timestamp(fifth_of_april, unit="s", tz="UTC")]
    assert [p.fix for p in reading.problems] == [f"The {'day' if day_first else 'month'} was taken to come first."]


@pytest.mark.parametrize(("region", "month"), [("US", 5), ("GB", 4)])
def test_without_ids_the_country_decides_and_it_is_said(region: str, month: int) -> None:
    text = OLD + "\n" + old_row("5/4/2026 00:06:40").replace(f"{EPOCH}.11", "")
    reading = read(text, tz="UTC", region=region)
    assert started(reading)[0].month == month
    assert [p.kind for p in reading.problems] == ["date-order"]


@pytest.mark.parametrize("date", ["0000-00-00 00:00:00", "1000-01-01 00:00:00", "", "NULL", "31/31/2026 00:06:40"])
def test_rows_typed_in_by_hand_are_left_out_and_told(date: str) -> None:
    reading = read(OLD + "\n" + old_row() + old_row(date))
    assert (reading.rows, len(reading.frame)) == (2, 1)
    assert [(p.at.line, p.kind, p.rows) for p in reading.problems] == [(3, "bad-time", 1)]


@pytest.mark.parametrize(
    "clid", ['"Ann Lee" <5855550137>', '"""Ann Lee"" <5855550137>"', '"\\"Ann Lee\\" <5855550137>"', '""Ann Lee" <5855550137>"']
)
def test_names_survive_every_way_of_quoting(clid: str, tmp_path: Path) -> None:
    case = loaded(*written(tmp_path, cdr__csv=OLD + "\n" + old_row(clid=clid)))
    assert row(case)["caller_name"] == "Ann Lee"


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_any_delimiter_and_a_line_for_the_spreadsheet(delimiter: str) -> None:
    text = OLD.replace(",", delimiter) + "\n" + old_row(clid="Ann <5855550137>").replace('"600,t"', "600").replace(
        ",", delimiter
    )
    reading = read(f"sep={delimiter}\n{text}" if delimiter == ";" else text)
    assert started(reading) == HERE
    assert reading.frame["source_line"].iloc[0] == (3 if delimiter == ";" else 2)


def test_freepbx_knows_the_did_and_the_recording(tmp_path: Path) -> None:
    head = OLD + ",did,recordingfile,cnum,cnam,outbound_cnum,outbound_cnam,dst_cnam,linkedid,peeraccount,sequence\n"
    line = old_row(more=f",5855550167,q-600.wav,5855550137,Ann Lee,,,,{EPOCH}.11,,3").replace("from-trunk", "ext-queues")
    case = loaded(*written(tmp_path, cdr__1776400000pbx__csv=head + line))
    call = row(case)
    assert (call["dnis"], call["recording"], call["linked_id"]) == ("+15855550167", "q-600.wav", f"{EPOCH}.11")


def test_pbxware_writes_null_as_a_word(tmp_path: Path) -> None:
    head = (
        "AcctId,tenant,clid,src,dst,dcontext,channel,dstchannel,lastapp,lastdata,calldate,duration,billsec,billamount,"
        "disposition,amaflags,accountcode,uniqueid,userfield,linkedid,sequence,agiuniqueid,trunk,did,sipcallid,"
        "inboundsipcallid\n"
    )
    line = (
        f'1,NULL,""Ann Lee" <5855550137>",5855550137,600,default,SIP/102-0002,NULL,Queue,600,2026-04-16 00:06:40,30,'
        f"30,NULL,ANSWERED,3,NULL,{EPOCH}.11,NULL,{EPOCH}.11,1,NULL,102,5855550167,NULL,NULL\n"
    )
    call = row(loaded(*written(tmp_path, cdr__csv=head + line)))
    assert (call["outcome"], call["agent"], call["dnis"], call["account"]) == (
        "abandoned", None, "+15855550167", "+15855550167",
    )  # fmt: skip


YEASTAR = (
    "id,datetime,clid,src,dst,dcontext,srctrunk,dstrunk,lastapp,lastdata,duration,billable,disposition,amaflags,"
    "calltype,accountcode,uniqueid,recordfile,didnumber,srcchanurl,dstchanurl\n"
)


@pytest.mark.parametrize(
    ("far", "agent"),
    [("sip:207@10.0.0.7:5060", "Phone/207"), ("207@10.0.0.7", "Phone/207"), ("front-desk@10.0.0.7", "Phone/front-desk"),
     ("SIP/207-0000001b", "Phone/207"), ("PJSIP/front-desk-0000001b", "Phone/front-desk")],
)
def test_yeastar_tells_a_phone_by_its_address_or_its_channel(tmp_path: Path, far: str, agent: str) -> None:
    line = (
        '7,2026-04-16 00:06:40,"""Ann Lee"" <5855550137>",5855550137,207,from-outside,north,,Dial,"PJSIP/207,30",88,'
        f"81,ANSWERED,3,Inbound,,{EPOCH}.11,,5855550167,,{far}\n"
    )
    assert row(loaded(*written(tmp_path, cdr__csv=YEASTAR + line)))["agent"] == agent


@pytest.mark.parametrize(
    ("calltype", "disposition", "billable", "far", "outcome"),
    [
        ("Inbound", "ANSWERED", 81, "sip:207@10.0.0.7:5060", "answered"),
        ("Inbound", "VOICEMAIL", 30, "", "voicemail"),
        ("Inbound", "NO ANSWER", 0, "sip:207@10.0.0.7:5060", "no_answer"),
        ("Inbound", "BUSY", 0, "", "busy"),
        ("Outbound", "ANSWERED", 81, "", None),
        ("Internal", "ANSWERED", 81, "sip:207@10.0.0.7:5060", None),
    ],
)
def test_yeastar_says_which_way_a_call_went(  # noqa: PLR0917
    tmp_path: Path, calltype: str, disposition: str, billable: int, far: str, outcome: str | None
) -> None:
    line = (
        f'7,2026-04-16 00:06:40,"""Ann Lee"" <5855550137>",5855550137,207,from-outside,north,,Dial,"PJSIP/207,30",88,'
        f"{billable},{disposition},3,{calltype},,{EPOCH}.11,,5855550167,,{far}\n"
    )
    case = loaded(*written(tmp_path, cdr__csv=YEASTAR + line))
    if outcome is None:
        assert case.sources[0].calls == 0
        assert "1 set aside" in case.sources[0].notes[0]
        return
    call = row(case)
    assert (call["outcome"], call["dnis"], call["trunk_group"]) == (outcome, "+15855550167", "Trunk/north")
    assert call["agent"] == ("Phone/207" if outcome == "answered" else None)


@pytest.mark.parametrize("variant", ["asterisk", "yeastar"])
@pytest.mark.parametrize(
    ("app", "disposition", "billed", "outcome"),
    [
        ("Dial", "ANSWERED", 81, "answered"),
        ("Queue", "ANSWERED", 81, "answered"),
        ("Dial", "NO ANSWER", 0, "no_answer"),
        ("Playback", "ANSWERED", 81, "announcement"),
    ],
)
def test_a_table_without_the_channel_dialled_does_not_say_that_none_was(  # noqa: PLR0917
    tmp_path: Path, variant: str, app: str, disposition: str, billed: int, outcome: str
) -> None:
    if variant == "yeastar":
        head = YEASTAR.replace(",srcchanurl,dstchanurl", "")
        line = (
            f'7,2026-04-16 00:06:40,"""Ann Lee"" <5855550137>",5855550137,207,from-outside,north,,{app},"PJSIP/207,30",88,'
            f"{billed},{disposition},3,Inbound,,{EPOCH}.11,,5855550167\n"
        )
    else:
        head = "calldate,src,dst,dcontext,channel,lastapp,lastdata,duration,billsec,disposition,uniqueid,did\n"
        line = (
            f'2026-04-16 00:06:40,5855550137,207,from-outside,PJSIP/north-02,{app},"PJSIP/207,30",88,{billed},{disposition},'
            f"{EPOCH}.11,5855550167\n"
        )
    case = loaded(*written(tmp_path, cdr__csv=head + line))
    assert row(case)["outcome"] == outcome
    (told,) = case.problems
    assert (told.saw, told.effect) == ("no column says which phone was dialled (dstchannel; a Yeastar's dstchanurl)", "noted")
    assert not case.logs_unanswered, "a call that nobody answered may have rung a phone"


def test_the_same_rows_are_the_same_calls_with_and_without_a_header(repo_root: Path, tmp_path: Path) -> None:
    data = (repo_root / "sample_logs" / "asterisk" / "basic" / "Master.csv").read_text(encoding="utf-8")
    head = (
        "accountcode,src,dst,dcontext,clid,channel,dstchannel,lastapp,lastdata,start,answer,end,duration,billsec,"
        "disposition,amaflags,uniqueid,userfield\n"
    )
    one, two = (loaded(path) for path in written(tmp_path, a__csv=data, b__csv=head + data))
    assert one.sources[0].format == "asterisk-cdr-csv"
    assert two.sources[0].format == "asterisk-cdr-table"
    told = ["source_file", "source_line"]
    pd.testing.assert_frame_equal(one.calls.drop(columns=told), two.calls.drop(columns=told))
    assert (two.calls["source_line"] == one.calls["source_line"] + 1).all()


def test_what_is_no_cdr_table_is_refused() -> None:
    for text in ("time,callid,queuename,agent,event,data\n", "call_id,offered_at,outcome\n", "a,b\n1,2\n"):
        stream = stream_of("x.csv", text.encode())
        assert cdr.detect(stream.head) is None
        with pytest.raises(InputError):
            cdr.read(stream, ReadOptions())
    assert recognised_as("cdr.csv", OLD + "\n" + old_row()) == ["asterisk_cdr_table"]
    assert asterisk_cdr_csv.detect(stream_of("cdr.csv", (OLD + "\n" + old_row()).encode()).head) is None


# --- real tables -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "rows", "left_out", "calls", "first", "zone"),
    [
        ("freepbx_cdr_db/Oscar6262_asteriskcdrdb_cdr.sql", 574, 38, 152, "2024-04-14 20:27:46", "UTC"),
        ("asterisk_cdr_db/solutionok_yeastar_cdr.sql", 211, 0, 8, "2020-01-14 07:51:08", "Europe/Athens"),
        ("asterisk_cdr_db/cheikh87_cdr.sql", 30, 0, 0, None, "UTC"),
    ],
)
def test_real_dumps_account_for_every_row_and_tell_their_zone(  # noqa: PLR0917
    shared: Path, path: str, rows: int, left_out: int, calls: int, first: str | None, zone: str
) -> None:
    source = loaded(shared / "formats" / "samples" / path, tz=None).sources[0]
    assert (source.rows, source.left_out, source.calls) == (rows, left_out, calls)
    assert (source.zone, source.zone_from) == (zone, "uniqueid")
    assert source.first == (pd.Timestamp(first, tz="UTC") if first else None)
    assert source.notes[0].startswith(f"{rows - left_out} rows: {calls} callers' attempts")


@pytest.mark.parametrize("tail", ["-04", "-04:00", "-0400"])
def test_an_offset_of_a_postgresql_is_followed_whatever_the_zone_asked_for(tail: str) -> None:
    """Without call ids nothing else says where the wall clock stood."""
    text = OLD.replace(",uniqueid", "") + "\n"
    text += old_row(date=f"2026-04-16 00:06:40{tail}").replace(f"{EPOCH}.11,", "")
    reading = read(text, tz="America/Chicago")
    assert started(reading) == HERE
    assert (reading.zone, reading.zone_from) == ("America/New_York", "offset")
