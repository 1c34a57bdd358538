"""The generic layout: read right, or refused with file and line; never wrong rows in silence."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from calltrace.intake.columns import MOST_PROBLEMS
from calltrace.intake.formats import generic
from calltrace.intake.formats._base import Reading, ReadOptions
from calltrace.intake.layout import layout_of, nearly
from calltrace.intake.opened import stream_of
from calltrace.tables.schema import TABLES, conform

if TYPE_CHECKING:
    from calltrace.tables.problems import Problem

HEADER = "call_id,account,dnis,ani,caller_name,agent,offered_at,ring_s,talk_s,outcome,ended_by"
ROW = (
    "{id},1021,+17175551234,+14845550100,{name},A101,2026-10-08T09:{min:02d}:00-04:00,5,60.5,answered,caller"
)


def row(number: int, name: str = "DOE J") -> str:
    return ROW.format(id=number, name=name, min=number)


def log(*lines: str, end: str = "\n", header: str = HEADER) -> bytes:
    return (end.join([header, *lines]) + end).encode()


def read(data: bytes, name: str = "calls.csv") -> Reading:
    stream = stream_of(name, data)
    assert generic.detect(stream.head), "not recognised"
    reading = generic.read(stream, ReadOptions())
    if not any(c.endswith("__naive") for c in reading.frame.columns):
        conform(reading.frame, TABLES[reading.table])  # every reading can be typed
    left_out = sum(p.rows for p in reading.problems if p.effect == "left-out")
    assert len(reading.frame) + left_out == reading.rows, "a row is neither read nor accounted for"
    return reading


def ids(reading: Reading) -> list[str]:
    return reading.frame["call_id"].tolist()


def lines(reading: Reading) -> list[int]:
    return reading.frame["source_line"].tolist()


def only(reading: Reading) -> Problem:
    assert len(reading.problems) == 1, reading.problems
    return reading.problems[0]


# --- recognising


@pytest.mark.parametrize(
    ("table", "header"),
    [
        ("calls", "call_id,offered_at,outcome"),
        ("kpi", "interval_start,scope,offered"),
        ("agents", "at,agent,event,call_id"),
        ("accounts", "account,name,numbers"),
        ("events", "starts_at,ends_at,kind,scope,target,note"),
        ("line_tests", "tested_at,number,trunk_group,result"),
        ("messages", "message_id,call_id,account,taken_at,agent,priority"),
        ("dispatch", "message_id,attempted_at,method,recipient,address,status"),
        ("oncall", "account,starts_at,ends_at,person,contact,updated_at,updated_by"),
        ("calls", '"Call ID";"Offered-At";"OUTCOME"'),
        ("calls", "outcome\tcall_id\toffered_at"),
        ("calls", "call_id|offered_at|outcome|whatever"),
        ("calls", "\ufeffcall_id,offered_at,outcome"),
    ],
)
def test_every_table_is_known_by_its_header(table: str, header: str) -> None:
    found = layout_of([header])
    assert found is not None
    assert found.table.name == table


@pytest.mark.parametrize(
    "text", ["", "hello", "{}", "call_id,outcome\n1,answered", "a,b,c\n1,2,3", "call_id offered_at outcome"]
)
def test_other_texts_are_not(text: str) -> None:
    assert generic.detect(stream_of("x", text.encode()).head) is None


def test_a_header_that_lost_a_column_is_told() -> None:
    head = stream_of("x", b"call_id,account,dnis,ani,agent,outcome\n").head
    assert nearly(head) == "it resembles the table calls but has no column offered_at"


def test_a_title_and_comments_may_stand_above_the_header() -> None:
    reading = read(b"sep=,\n# exported 2026-10-08\n\n" + log(row(1), row(2)))
    assert ids(reading) == ["1", "2"]
    assert lines(reading) == [5, 6]


# --- reading what is right


def test_values_are_typed_and_lead_back_to_their_line() -> None:
    reading = read(log(row(1), row(2).replace("60.5", "").replace("+14845550100", "Anonymous")))
    frame = conform(reading.frame, TABLES["calls"])
    assert frame["offered_at"][0] == pd.Timestamp("2026-10-08T13:01Z")
    assert frame["talk_s"].tolist() == [60.5, pd.NA]
    assert frame["ani"].tolist() == ["+14845550100", pd.NA]
    assert frame["queue_s"].isna().all()
    assert frame["source_line"].tolist() == [2, 3]
    assert frame["source_file"].tolist() == ["calls.csv"] * 2
    assert reading.problems == ()
    assert (reading.zone, reading.zone_from) == ("UTC-04:00", "offset")


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_separators_and_line_ends(delimiter: str, end: str) -> None:
    text = log(row(1), row(2), end=end).decode().replace(",", delimiter)
    reading = read(text.encode())
    assert ids(reading) == ["1", "2"]
    assert lines(reading) == [2, 3]
    assert reading.problems == ()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_a_name_is_read_in_every_encoding(encoding: str) -> None:
    text = log(row(1, "Zoë Müller"), row(2)).decode()
    reading = read(text.encode(encoding))
    assert reading.frame["caller_name"].tolist() == ["Zoë Müller", "DOE J"]


def test_columns_in_any_order_and_unknown_ones_ignored_with_a_note() -> None:
    reading = read(b"Outcome,color,Offered At,CALL_ID\nanswered,red,2026-10-08T09:01Z,7\n")
    assert ids(reading) == ["7"]
    assert "color" in reading.notes[0]


def test_quoted_separators_quotes_and_line_ends() -> None:
    reading = read(log(row(1, '"O\'NEIL, ""PAT"""'), row(2, '"two\nlines"'), row(3)))
    assert reading.frame["caller_name"].tolist() == ['O\'NEIL, "PAT"', "two\nlines", "DOE J"]
    assert lines(reading) == [2, 3, 5]
    assert reading.problems == ()


def test_names_stay_as_they_are() -> None:
    names = [
        "Null",
        "[bold red]VIP[/]",
        '"=HYPERLINK(""http://x"")"',
        "<script>alert(1)</script>",
        "\u202eevil",
        "100% & more",
    ]
    reading = read(log(*[row(i, n) for i, n in enumerate(names, 1)]))
    assert reading.frame["caller_name"].tolist()[0] == "Null"
    assert reading.frame["caller_name"].tolist()[2] == '=HYPERLINK("http://x")'
    assert len(reading.frame) == len(names)


def test_numbers_of_other_places() -> None:
    text = log(
        row(1).replace("60.5", "60,5").replace(",", ";").replace("60;5", "60,5"),
        header=HEADER.replace(",", ";"),
    )
    assert read(text).frame["talk_s"].tolist() == [60.5]
    text = text.replace(b"60,5", b"1,234")
    assert only(read(text)).saw == 'talk_s is "1,234"'


def test_words_of_any_case() -> None:
    reading = read(log(row(1).replace("answered", " Answered "), row(2).replace("answered", "NO-ANSWER")))
    assert reading.frame["outcome"].tolist() == ["answered", "no_answer"]


def test_blank_lines_are_no_rows() -> None:
    reading = read(log(row(1), "", row(2), ",,,,,,,,,,", "   "))
    assert ids(reading) == ["1", "2"]
    assert lines(reading) == [2, 4]
    assert reading.problems == ()
    assert reading.rows == 2


# --- damage


@pytest.mark.parametrize(
    ("old", "new", "saw", "expected"),
    [
        ("2026-10-08T09:02:00-04:00", "31/09/2026 08:15", 'offered_at is "31/09/2026 08:15"', "ISO 8601"),
        (
            "2026-10-08T09:02:00-04:00",
            "2026-02-30T08:15:00Z",
            'offered_at is "2026-02-30T08:15:00Z"',
            "real date",
        ),
        ("2026-10-08T09:02:00-04:00", "", "offered_at is empty", "reached the switch"),
        ("answered", "handled", 'outcome is "handled"', "one of answered, abandoned"),
        ("answered", "", "never closed", "an outcome"),
        ("60.5", "-3", 'talk_s is "-3"', "not a negative one"),
        ("60.5", "60 s", 'talk_s is "60 s"', "a number of s"),
        ("60.5", "00:01:00", 'talk_s is "00:01:00"', "a number of s"),
        ("60.5", "inf", 'talk_s is "inf"', "a number of s"),
        ("60.5", "99999999", 'talk_s is "99999999"', "a week"),
        ("2,1021", ",1021", "call_id is empty", "id of the call"),
        (",caller", ",caller,extra", "12 fields", "11 fields"),
        (",caller", "", "10 fields", "11 fields"),
        ("DOE J", '"DOE J', "a quote that is not closed", "quotes in pairs"),
        ("DOE J", 'DO"E J', "", ""),
        ("DOE J", 'DOE J"', "a quote that was not opened", "quotes in pairs"),
        ("DOE J", "DOE\0J", "NUL bytes", "text"),
        ("DOE J", "DOE, J", "12 fields", "11 fields"),
    ],
)
def test_a_damaged_row_is_left_out_with_its_line(old: str, new: str, saw: str, expected: str) -> None:
    damaged = row(2).replace(old, new, 1)
    assert damaged != row(2)
    reading = read(log(row(1), damaged, row(3), row(4)))
    if not saw:  # a stray quote inside a value is the value's own
        assert reading.frame["caller_name"].tolist()[1] == 'DO"E J'
        return
    assert ids(reading) == ["1", "3", "4"]
    assert lines(reading) == [2, 4, 5]
    told = only(reading)
    assert (told.at.file, told.at.line) == ("calls.csv", 3)
    assert saw in told.saw
    assert expected in told.expected
    assert told.effect == "left-out"
    assert told.fix


def test_an_open_call_is_counted_as_one() -> None:
    told = only(read(log(row(1), row(2).replace("answered", ""))))
    assert told.kind == "open-call"


def test_an_unclosed_quote_costs_one_line_even_where_another_follows() -> None:
    reading = read(log(row(1), row(2, '"DOE'), row(3), row(4, 'J"DOE'), row(5, '"DOE'), row(6)))
    assert ids(reading) == ["1", "3", "4", "6"]
    assert lines(reading) == [2, 4, 5, 7]
    assert [p.at.line for p in reading.problems] == [3, 6]


def test_the_header_again_and_a_total() -> None:
    reading = read(log(row(1), HEADER, row(2), "Total,,,,,,,,61,,"))
    assert ids(reading) == ["1", "2"]
    assert reading.problems[0].kind == "repeated-header"
    assert [p.at.line for p in reading.problems] == [3, 5]


def test_a_last_line_cut_short() -> None:
    data = log(row(1), row(2))[:-40]
    reading = read(data)
    assert ids(reading) == ["1"]
    told = only(reading)
    assert (told.at.line, told.kind) == (3, "truncated")


def test_a_last_value_that_may_be_cut_is_noted() -> None:
    header = "interval_start,scope,offered"
    reading = read(f"{header}\n2026-10-08T09:00Z,platform,12\n2026-10-08T09:15Z,platform,1".encode())
    told = only(reading)
    assert (told.at.line, told.effect, told.kind) == (3, "noted", "no-line-end")
    assert reading.frame["offered"].tolist() == [12, 1]


def test_a_column_twice_gives_no_rows() -> None:
    reading = read(b"call_id,offered_at,outcome,outcome\n1,2026-10-08T09:01Z,answered,busy\n")
    assert len(reading.frame) == 0
    assert only(reading).kind == "bad-header"


def test_trailing_separators_are_no_damage() -> None:
    reading = read(log(row(1) + ",", row(2) + ",,"))
    assert ids(reading) == ["1", "2"]
    assert reading.problems == ()


def test_what_a_file_says_is_made_visible_in_problems() -> None:
    told = only(read(log(row(1), row(2).replace("answered", "\x1b[31manswered\u202e"))))
    assert "\x1b" not in str(told)
    assert "\\x1b[31manswered\\u202e" in told.saw


def test_many_bad_rows_are_told_in_number() -> None:
    count = MOST_PROBLEMS + 50
    reading = read(log(*["x,1,,,,,2026-10-08T09:01Z,x,1,answered,caller"] * count))
    assert len(reading.problems) == MOST_PROBLEMS + 1
    assert reading.problems[-1].rows == 50


def test_a_bad_cell_outside_calls_costs_only_itself() -> None:
    reading = read(
        b"account,name,numbers,timezone,coverage,path_limit\n"
        b"1,Alpha,+17175551234;717-555-1235,America/New_York,24/7,4\n"
        b"2,Beta,,Mars/Olympus,weekdays,four\n"
        b"3,Gamma,,,,2.5\n"
        b"Total,,,,,\n",
        "accounts.csv",
    )
    frame = conform(reading.frame, TABLES["accounts"])
    assert frame["account"].tolist() == ["1", "2", "3"]
    assert frame["numbers"][0] == "+17175551234;+17175551235"
    assert frame["timezone"].tolist() == ["America/New_York", pd.NA, pd.NA]
    assert frame["coverage"].tolist() == ["24/7", pd.NA, pd.NA]
    assert frame["path_limit"].tolist() == [4, pd.NA, pd.NA]
    told = [(p.at.line, p.effect, p.kind) for p in reading.problems]
    assert told == [
        (3, "repaired", "bad-zone"),
        (3, "repaired", "bad-coverage"),
        (3, "repaired", "bad-number"),
        (4, "repaired", "bad-number"),
        (5, "left-out", "totals"),
    ]


def test_an_event_needs_its_end_and_in_order() -> None:
    reading = read(
        b"starts_at,ends_at,kind,scope\n2026-10-08T09:00Z,,note,platform\n2026-10-08T09:00Z,later,note,platform\n"
        b"2026-10-08T09:00Z,2026-10-08T08:00Z,note,platform\n",
        "events.csv",
    )
    assert reading.frame["source_line"].tolist() == [2]
    assert [p.at.line for p in reading.problems] == [3, 4]


def test_times_without_an_offset_are_marked_for_the_loader() -> None:
    reading = read(log(row(1), row(2).replace("-04:00", "")))
    assert reading.frame["offered_at__naive"].tolist() == [False, True]
    assert reading.frame["offered_at"].tolist() == [
        pd.Timestamp("2026-10-08 13:01"),
        pd.Timestamp("2026-10-08 09:02"),
    ]
    assert reading.zone_from == ""


# --- laws


FIELD = st.text(
    alphabet=st.characters(codec="utf-8", exclude_characters="\0", exclude_categories=["Cs"]), max_size=12
)


@given(st.lists(FIELD, min_size=1, max_size=6))
def test_any_name_quoted_as_csv_is_read_back(names: list[str]) -> None:
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["call_id", "offered_at", "outcome", "caller_name", "ended_by"])
    for i, name in enumerate(names):
        writer.writerow([f"c{i}", "2026-10-08T09:01Z", "answered", name, "caller"])
    reading = read(out.getvalue().encode())
    told = {p.at.line for p in reading.problems}
    found = dict(zip(reading.frame["call_id"], reading.frame["caller_name"], strict=True))
    assert len(found) == len(names) or told
    for i, name in enumerate(names):
        if f"c{i}" not in found:
            continue
        meant = name.strip(" \t\n\r\v\f")
        got = found[f"c{i}"]
        assert ("" if pd.isna(got) else got) == meant


@given(st.binary(max_size=200), st.integers(0, 3))
def test_damage_anywhere_never_changes_other_rows(damage: bytes, place: int) -> None:
    good = [row(i).encode() for i in range(1, 5)]
    data = (
        b"\n".join(
            [HEADER.encode(), *good[:place], damage.replace(b"\n", b" ").replace(b"\r", b" "), *good[place:]]
        )
        + b"\n"
    )
    stream = stream_of("calls.csv", data)
    reading = generic.read(stream, ReadOptions())
    found = dict(zip(reading.frame["call_id"], reading.frame["offered_at"], strict=True))
    for number in range(1, 5):
        assert str(number) in found
    left_out = sum(p.rows for p in reading.problems if p.effect == "left-out")
    assert len(reading.frame) + left_out == reading.rows


@given(st.integers(0, 400))
def test_a_file_cut_anywhere_gives_whole_rows_or_a_problem(cut: int) -> None:
    data = log(*[row(i) for i in range(1, 5)])
    whole = generic.read(stream_of("calls.csv", data), ReadOptions()).frame
    part = data[: max(len(HEADER) + 1, len(data) - cut)]
    reading = generic.read(stream_of("calls.csv", part), ReadOptions())
    assert reading.frame["call_id"].tolist() == whole["call_id"].tolist()[: len(reading.frame)]
    pd.testing.assert_series_equal(
        reading.frame["talk_s"], whole["talk_s"].head(len(reading.frame)), check_index=False
    )


def test_a_number_that_a_spreadsheet_cut_short_is_told_and_is_nobodys() -> None:
    cut, quantity = (row(n).replace("+14845550100", ani) for n, ani in ((2, "1.48456E+10"), (3, "14845550100.0")))
    reading = read(log(row(1), cut, quantity))
    assert reading.frame["ani"].tolist() == ["+14845550100", pd.NA, "+14845550100"]
    problem = only(reading)
    assert (problem.at.line, problem.saw, problem.effect) == (3, 'ani is "1.48456E+10"', "repaired")
    assert "spreadsheet" in problem.expected


def test_a_number_of_an_account_that_a_spreadsheet_cut_short_is_told() -> None:
    header = "account,name,numbers,office_number"
    reading = read(log("1021,Polar,1.80056E+10;18005550143,", "1022,Reef,18005550144.0,", header=header), "accounts.csv")
    assert reading.frame["numbers"].tolist() == ["+18005550143", "+18005550144"]
    problem = only(reading)
    assert (problem.at.line, problem.saw) == (2, 'numbers is "1.80056E+10;18005550143"')
