"""Master.csv in every width and with every kind of dirt; numbers are invented (555-01xx)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from calltrace.intake.formats import asterisk_cdr_csv as cdr
from calltrace.intake.formats._base import Reading, ReadOptions
from calltrace.intake.opened import stream_of

EPOCH = 1776312400  # 2026-04-16 00:06:40 in New York, 04:06:40 UTC
NEW_YORK = ZoneInfo("America/New_York")


def leg(
    epoch: int = EPOCH,
    *,
    zone: ZoneInfo = NEW_YORK,
    extra: tuple[str, ...] = ("uniqueid", "userfield"),
    clid: str = '"""Ann Lee"" <5855550137>"',
    start_after: int = 0,
) -> str:
    """Return one row as cdr_csv writes it: rung 7 s, then 81 s of talk."""

    def wall(seconds: int) -> str:
        at = datetime.fromtimestamp(epoch + start_after + seconds, UTC).astimezone(zone)
        return f'"{at:%Y-%m-%d %H:%M:%S}"'

    more = {
        "uniqueid": f'"{epoch}.11"',
        "userfield": '"5855550167"',
        "peeraccount": '""',
        "linkedid": f'"{epoch}.11"',
        "sequence": "4",
    }
    fields = [
        '"HA"',
        '"5855550137"',
        '"5855550167"',
        '"from-trunk"',
        clid,
        '"PJSIP/north-00000002"',
        '"PJSIP/207-00000003"',
        '"Queue"',
        '"desk,tr,,,240"',
        wall(0),
        wall(7),
        wall(88),
        "88",
        "81",
        '"ANSWERED"',
        '"DOCUMENTATION"',
        *(more[name] for name in extra),
    ]
    return ",".join(fields)


def read(text: str | bytes, tz: str | None = None) -> Reading:
    data = text if isinstance(text, bytes) else text.encode()
    stream = stream_of("Master.csv", data)
    assert cdr.detect(stream.head), "not recognised"
    return cdr.read(stream, ReadOptions(tz=tz))


@pytest.mark.parametrize(
    ("extra", "has_id", "has_field"),
    [
        ((), False, False),
        (("uniqueid",), True, False),
        (("userfield",), False, True),
        (("uniqueid", "userfield"), True, True),
        (("peeraccount", "linkedid", "sequence"), False, False),
        (("uniqueid", "peeraccount", "linkedid", "sequence"), True, False),
        (("userfield", "peeraccount", "linkedid", "sequence"), False, True),
        (("uniqueid", "userfield", "peeraccount", "linkedid", "sequence"), True, True),
    ],
)
def test_every_width_of_the_file_is_read(extra: tuple[str, ...], has_id: bool, has_field: bool) -> None:
    reading = read("".join(leg(EPOCH + n * 60, extra=extra) + "\n" for n in range(4)), tz="America/New_York")
    assert reading.rows == len(reading.frame) == 4
    assert not reading.problems
    first = reading.frame.iloc[0]
    assert first["start_at"] == pd.Timestamp(EPOCH, unit="s", tz="UTC")
    assert first["answer_at"] - first["start_at"] == timedelta(seconds=7)
    assert (first["duration_s"], first["billsec_s"]) == (88, 81)
    assert first["clid"] == '"Ann Lee" <5855550137>'
    assert (first["uniqueid"] == f"{EPOCH}.11") if has_id else pd.isna(first["uniqueid"])
    assert (first["userfield"] == "5855550167") if has_field else pd.isna(first.get("userfield", pd.NA))
    assert reading.zone == "America/New_York"
    assert reading.zone_from == ("uniqueid" if has_id or "linkedid" in extra else "option")


def test_the_shipped_template_of_cdr_custom_starts_with_clid() -> None:
    row = (
        '""""" <101>","101","102","office","PJSIP/101-00000002","PJSIP/102-00000003","Dial","PJSIP/102,20",'
        '"2026-04-16 00:06:40","2026-04-16 00:06:47","2026-04-16 00:08:08","88","81","ANSWERED","OMIT","HA",'
        f'"{EPOCH}.11","",2\n'
    )
    reading = read(row)
    first = reading.frame.iloc[0]
    assert first["clid"] == '"" <101>'
    assert first["accountcode"] == "HA"
    assert (first["duration_s"], first["billsec_s"]) == (88, 81)
    assert reading.zone == "America/New_York"


# --- zone ---------------------------------------------------------------------------


@pytest.mark.parametrize("zone", ["America/New_York", "America/Chicago", "Asia/Kolkata", "UTC"])
def test_the_zone_is_found_by_the_call_ids(zone: str) -> None:
    reading = read("".join(leg(EPOCH + n * 3600, zone=ZoneInfo(zone)) + "\n" for n in range(8)))
    assert reading.frame["start_at"].tolist() == [
        pd.Timestamp(EPOCH + n * 3600, unit="s", tz="UTC") for n in range(8)
    ]
    assert (reading.zone, reading.zone_from) == (zone, "uniqueid")


def test_an_offset_no_known_zone_has_is_named_by_itself() -> None:
    reading = read("".join(leg(EPOCH + n, zone=ZoneInfo("Pacific/Marquesas")) + "\n" for n in range(3)))
    assert reading.zone == "UTC-09:30"
    assert reading.frame["start_at"].iloc[0] == pd.Timestamp(EPOCH, unit="s", tz="UTC")


@pytest.mark.parametrize("changes_at", ["2026-03-08 07:00", "2026-11-01 06:00"])
def test_a_clock_change_within_the_file_moves_no_instant(changes_at: str) -> None:
    middle = int(pd.Timestamp(changes_at, tz="UTC").timestamp())
    born = [middle + step * 600 for step in range(-20, 20)]
    reading = read("".join(leg(epoch) + "\n" for epoch in born))
    assert reading.frame["start_at"].tolist() == [pd.Timestamp(e, unit="s", tz="UTC") for e in born]
    assert ((reading.frame["end_at"] - reading.frame["start_at"]).dt.total_seconds() == 88).all()
    assert ((reading.frame["answer_at"] - reading.frame["start_at"]).dt.total_seconds() == 7).all()
    assert reading.zone == "America/New_York"
    assert any("clock changed" in note for note in reading.notes)


def test_rows_that_start_long_after_their_channel_do_not_move_the_zone() -> None:
    rows = [leg(EPOCH + n * 60) for n in range(6)]
    rows.insert(2, leg(EPOCH + 61, start_after=1800))  # the transferred stretch of a call half an hour on
    reading = read("\n".join(rows) + "\n")
    assert reading.zone == "America/New_York"
    assert reading.frame["start_at"].iloc[2] == pd.Timestamp(EPOCH + 61 + 1800, unit="s", tz="UTC")


def test_a_tz_that_the_call_ids_speak_against_is_a_problem_and_not_followed() -> None:
    reading = read(leg() + "\n", tz="America/Los_Angeles")
    assert reading.frame["start_at"].iloc[0] == pd.Timestamp(EPOCH, unit="s", tz="UTC")
    assert [p.kind for p in reading.problems] == ["zone"]


def test_a_system_name_before_the_epoch_may_hold_dashes() -> None:
    rows = "".join(
        leg(EPOCH + n).replace(f'"{EPOCH + n}.11"', f'"hub-east1-{EPOCH + n}.11"') + "\n" for n in range(3)
    )
    reading = read(rows)
    assert reading.zone_from == "uniqueid"
    assert reading.frame["epoch_s"].tolist() == [EPOCH, EPOCH + 1, EPOCH + 2]


# --- dirt ---------------------------------------------------------------------------


def test_nul_bytes_are_dropped_and_told() -> None:
    reading = read((leg() + "\n").encode() + b"\0" * 78 + (leg(EPOCH + 60) + "\n").encode())
    assert len(reading.frame) == 2
    assert [(p.kind, p.effect, p.at.line) for p in reading.problems] == [("nul-bytes", "repaired", 2)]


@pytest.mark.parametrize("end", ["\r\n", "\r"])
def test_lines_that_end_with_a_carriage_return_are_counted_the_same(end: str) -> None:
    reading = read(end.join([leg(), leg(EPOCH + 60), ""]))
    assert reading.frame["source_line"].tolist() == [1, 2]
    assert not reading.problems


def test_an_open_quote_ends_with_its_line() -> None:
    rows = [leg(), leg(EPOCH + 60)[:-1], leg(EPOCH + 120), leg(EPOCH + 180)]
    reading = read("\n".join(rows) + "\n")
    assert len(reading.frame) == 4
    assert reading.frame["userfield"].tolist() == ["5855550167"] * 4
    assert [(p.kind, p.effect, p.at.line) for p in reading.problems] == [("open-quote", "repaired", 2)]


def test_a_quoted_name_may_hold_the_end_of_a_line() -> None:
    broken = leg(EPOCH + 60, clid='"""WIRELESS CALL\n\nER"" <5855550137>"')
    reading = read("\n".join([leg(), broken, leg(EPOCH + 120)]) + "\n")
    assert reading.frame["source_line"].tolist() == [1, 2, 5]
    assert (reading.rows, reading.problems) == (3, ())


def test_a_quote_left_open_takes_no_record_into_its_own() -> None:
    torn = leg(EPOCH + 60)[:90]
    assert torn.count('"') % 2
    reading = read("\n".join([leg(), torn, leg(EPOCH + 120), torn, "of nothing", leg(EPOCH + 180)]) + "\n")
    assert reading.frame["source_line"].tolist() == [1, 3, 6]
    assert [p.at.line for p in reading.problems] == [2, 4, 5]


@pytest.mark.parametrize("cut", [40, 150, 4])
def test_a_last_line_cut_off_is_left_out(cut: int) -> None:
    whole = leg() + "\n" + leg(EPOCH + 60) + "\n"
    reading = read(whole + leg(EPOCH + 120)[:cut])
    assert (reading.rows, len(reading.frame)) == (3, 2)
    assert [(p.kind, p.effect, p.at.line) for p in reading.problems] == [("cut-off", "left-out", 3)]


def test_dates_that_are_none_are_left_out_with_their_line() -> None:
    bad = leg(EPOCH + 60).replace("2026-04-16 00:07:40", "0000-00-00 00:00:00")
    reading = read("\n".join([leg(), bad, leg(EPOCH + 120)]) + "\n")
    assert len(reading.frame) == 2
    assert reading.frame["source_line"].tolist() == [1, 3]
    assert [(p.kind, p.at.line, "0000-00-00" in p.saw) for p in reading.problems] == [("bad-time", 2, True)]


def test_blank_lines_keep_the_count_of_lines() -> None:
    reading = read(leg() + "\n\n\n" + leg(EPOCH + 60) + "\n")
    assert reading.frame["source_line"].tolist() == [1, 4]
    assert reading.rows == 2


def test_rows_of_before_newcdrcolumns_was_switched_on_are_read_too() -> None:
    new = ("uniqueid", "userfield", "peeraccount", "linkedid", "sequence")
    rows = [leg(EPOCH)] + [leg(EPOCH + n * 60, extra=new) for n in range(1, 4)]
    reading = read("\n".join(rows) + "\n")
    assert len(reading.frame) == 4
    assert reading.frame["uniqueid"].tolist() == [f"{EPOCH + n * 60}.11" for n in range(4)]
    assert reading.frame["linkedid"].isna().tolist() == [True, False, False, False]
    assert not reading.problems


def test_bytes_that_are_not_utf8_are_read_as_windows_1252() -> None:
    text = leg(clid='"""JOSÉ"" <5855550137>"') + "\n"
    stream = stream_of("Master.csv", b"")
    stream = type(stream)("Master.csv", text.encode("cp1252"), stream.head)
    reading = cdr.read(stream, ReadOptions())
    assert reading.frame["clid"].iloc[0] == '"JOSÉ" <5855550137>'
    assert [p.kind for p in reading.problems] == ["encoding"]


@pytest.mark.parametrize(
    "text",
    [
        "call_id,account,offered_at,outcome\n1,2,2026-04-16T00:00:00Z,answered\n",
        f"{EPOCH}|{EPOCH}.11|desk|NONE|ENTERQUEUE||5855550137|1\n",
        '"CHAN_START","1776312400.5","","5855550137","","","","s","in","PJSIP/a-1","","","3","","1.1","1.1","","","",""\n',
        "INSERT INTO `cdr` VALUES ('2026-04-16 00:06:40','','','','','','','Dial','',1,1,'ANSWERED',3,'');\n",
        "\n\n",
    ],
)
def test_other_files_are_refused(text: str) -> None:
    assert cdr.detect(stream_of("Master.csv", text.encode()).head) is None


def test_all_shared_samples_are_read(shared) -> None:
    rows = {}
    for path in sorted((shared / "formats" / "samples" / "asterisk_cdr_csv").iterdir()):
        stream = stream_of(path.name, path.read_bytes())
        assert cdr.detect(stream.head), path.name
        reading = cdr.read(stream, ReadOptions())
        left_out = sum(p.rows for p in reading.problems if p.effect == "left-out")
        assert reading.rows == len(reading.frame) + left_out, path.name
        rows[path.name.split("_")[0] + "/" + str(len(reading.frame))] = reading.zone
    assert rows["karthik0112/736"] == "UTC"
    assert rows["KelySaina/14"] in {"Europe/Athens", "UTC+03:00"}
