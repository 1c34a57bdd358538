"""The generic layout as JSON: what its text says, however the objects are wrapped, and damage with its line."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pandas as pd
import pytest

from calltrace.intake.formats import generic, generic_json
from calltrace.intake.formats._base import Reading, ReadOptions
from calltrace.intake.load import load
from calltrace.intake.opened import stream_of

SAMPLES = Path(__file__).resolve().parents[2] / "sample_logs" / "generic_json"
ROWS: list[dict[str, object]] = [
    {"call_id": str(k), "account": "1021", "dnis": "+17175551234", "ani": None if k == 2 else "+14845550100",
     "offered_at": f"2026-10-08T09:0{k}:00{'-04:00' if k else ''}", "ring_s": 5 + k / 2, "outcome": "answered", "shift": "late"}
    for k in range(4)]


def read(text: str) -> Reading:
    stream = stream_of("calls.json", text.encode())
    assert generic_json.detect(stream.head) == "keys: call_id, offered_at, outcome"
    assert generic.detect(stream.head) is None
    return generic_json.read(stream, ReadOptions())


def as_lines(rows: list[dict[str, object]]) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


@pytest.mark.parametrize("wrap", [as_lines, json.dumps, lambda rows: json.dumps({"page": 1, "records": rows}, indent=1)])
def test_objects_say_what_the_same_rows_say_as_text(wrap: object) -> None:
    text = io.StringIO()
    sheet = csv.DictWriter(text, list(ROWS[0]))
    sheet.writeheader()
    sheet.writerows(ROWS)
    known = generic.read(stream_of("calls.csv", text.getvalue().encode()), ReadOptions())
    found = read(wrap(ROWS))  # type: ignore[operator]
    apart = ["source_file", "source_line"]
    pd.testing.assert_frame_equal(found.frame.drop(columns=apart), known.frame.drop(columns=apart))
    assert (found.table, found.rows, found.notes) == (known.table, known.rows, known.notes)


def test_a_damaged_object_costs_its_own_line() -> None:
    lines = as_lines(ROWS).splitlines()
    lines[1] = lines[1][:40]
    lines[2] = lines[2].replace("09:02", "29:02")
    found = read("\n".join(lines) + '\n{"call_id": "9", "acc')
    assert found.frame["source_line"].tolist() == [1, 4]
    assert [(p.at.line, p.kind) for p in found.problems] == [(2, "bad-record"), (3, "bad-time"), (5, "truncated")]
    assert found.rows == 5


def test_no_value_is_guessed_of_two_keys_nor_read_out_of_an_object() -> None:
    rows = [{**row, "Account": None} for row in ROWS]
    rows[0]["Account"] = "9"
    rows[1]["account"], rows[1]["Account"] = None, "1022"
    rows[2]["account"] = {"id": "1021"}
    rows[3]["outcome"] = ["answered", "busy"]
    found = read(as_lines(rows))
    assert found.frame["account"].tolist() == ["1022"]
    assert [(p.at.line, p.kind, p.saw) for p in found.problems] == [
        (1, "bad-record", "the keys account and Account both give account"),
        (3, "bad-record", 'account is {"id": "1021"}'),
        (4, "bad-record", 'outcome is ["answered", "busy"]')]
    assert found.rows == 4


def test_no_value_is_guessed_of_a_key_that_is_there_twice() -> None:
    lines = as_lines(ROWS).splitlines()
    lines[1] = lines[1].replace('"outcome"', '"outcome": "busy", "outcome"')
    lines[2] = lines[2].replace('"outcome"', '"outcome" : "answered", "outcome"')  # the same said twice
    lines[3] = lines[3].replace('"shift"', '"shift": "early", "shift"')  # no column
    found = read("\n".join(lines))
    assert found.frame["source_line"].tolist() == [1, 3, 4]
    lines[1] = lines[1].replace('"shift"', '"shift": "early", "shift"')
    assert [p.saw for p in read("\n".join(lines)).problems] == [p.saw for p in found.problems], "whatever else is there twice"
    (told,) = found.problems
    assert (told.at.line, told.saw) == (2, "the key outcome is there twice, with two values")


def test_a_key_of_later_objects_is_a_column_and_keys_are_known_in_any_case() -> None:
    rows = [{k.replace("_", " ").title(): v for k, v in row.items()} for row in ROWS]
    rows[3]["Talk S"] = 60
    assert read(as_lines(rows)).frame["talk_s"].tolist()[3] == 60


def test_a_folder_of_json_is_a_service() -> None:
    found = load([SAMPLES])
    assert [(s.format, s.table, s.rows) for s in found.sources] == [("generic-json", "accounts", 2), ("generic-json", "calls", 3)]
    assert found.zone == "America/New_York"
    assert found.table("accounts")["numbers"].tolist() == ["+17175551234;+17175551235", "+17175551299"]
    assert found.calls["queue_s"].tolist() == [6.0, 21.5, 0.0]


def test_where_its_accounts_are_says_the_country_of_its_numbers(tmp_path: Path) -> None:
    (tmp_path / "accounts.json").write_text(json.dumps(
        [{"account": "1", "name": "Praxis", "numbers": ["030 55501234"], "timezone": "Europe/Berlin"}]))
    (tmp_path / "calls.json").write_text(as_lines([row | {"dnis": "03055501234"} for row in ROWS]))
    assert set(load([tmp_path]).calls["dnis"]) == {"+493055501234"}


REPORT = json.dumps({"schema": "calltrace.report/1", "command": "calls", "calls": ROWS}, indent=1)


@pytest.mark.parametrize("text", [REPORT, "[]", "{}", '{"account": "1021"}', '{"a": {"account": 1, "name": "x"}}', "[1, 2]", "{"])
def test_other_json_is_no_table(text: str) -> None:
    stream = stream_of("other.json", text.encode())
    assert generic_json.detect(stream.head) is None
    with pytest.raises(ValueError, match="generic layout"):
        generic_json.read(stream, ReadOptions())
