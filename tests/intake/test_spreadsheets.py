"""Spreadsheets: one sheet is one table, with nothing lost that a cell holds."""

from __future__ import annotations

import builtins
import datetime as dt
import io
import zipfile
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from calltrace.intake import sources, spreadsheets
from calltrace.intake.load import gather, load

openpyxl = pytest.importorskip("openpyxl")

HEADER = ["call_id", "account", "dnis", "caller_name", "offered_at", "talk_s", "outcome"]
AT = dt.datetime(2026, 10, 8, 9, 15, 2)  # noqa: DTZ001 -- as a cell holds it


def book(path: Path, rows: list[list[Any]], title: str = "Calls", **more: list[list[Any]]) -> Path:
    made = openpyxl.Workbook()
    made.active.title = title
    for row in rows:
        made.active.append(row)
    for name, others in more.items():
        sheet = made.create_sheet(name)
        for row in others:
            sheet.append(row)
    made.save(path)
    return path


def text_of(path: Path, place: int = 0) -> str:
    return list(spreadsheets.sheets(path.read_bytes()))[place].data.decode()


def test_a_sheet_of_calls_is_read_with_its_rows_as_lines(tmp_path: Path) -> None:
    path = book(
        tmp_path / "export.dat",  # by its content, never by its name
        [
            HEADER,
            [17, 1021, 17175551234, "DOE, J", AT, 60.5, "answered"],
            [],
            [18, 1021, "+17175551234", "two\nlines", AT + dt.timedelta(days=1), 0, "abandoned"],
            [19, 1021, "+17175551234", "x", "31/09/2026", 0, "abandoned"],
        ],
    )
    case = load(path, tz="America/New_York")
    calls = case.calls
    assert calls["call_id"].tolist() == ["17", "18"]
    assert calls["dnis"].tolist() == ["+17175551234"] * 2
    assert calls["caller_name"].tolist() == ["DOE, J", "two lines"]
    assert calls["offered_at"].tolist() == [pd.Timestamp("2026-10-08T13:15:02Z"), pd.Timestamp("2026-10-09T13:15:02Z")]
    assert calls["talk_s"].tolist() == [60.5, 0.0]
    assert calls["source_line"].tolist() == [2, 4]
    assert calls["source_file"].tolist() == [f"{path}!Calls"] * 2
    assert [p.at.line for p in case.problems] == [5]


def test_every_sheet_is_a_table_and_empty_ones_are_none(tmp_path: Path) -> None:
    path = book(
        tmp_path / "b.xlsx",
        [HEADER, [1, "1021", "", "", AT, 1, "answered"]],
        Clients=[["account", "name", "timezone"], ["1021", "Polar", "America/New_York"]],
        Sheet3=[],
    )
    case = load(path)
    assert [(s.path.rpartition("!")[2], s.table) for s in case.sources] == [("Calls", "calls"), ("Clients", "accounts")]
    assert case.calls["offered_at"][0] == pd.Timestamp("2026-10-08T13:15:02Z")  # in the zone of the other sheet


def test_one_sheet_is_read_where_it_is_named(tmp_path: Path) -> None:
    path = book(
        tmp_path / "b.xlsx",
        [HEADER, [1, "1021", "", "", AT, 1, "answered"]],
        **{"Old calls": [HEADER, [2, "1021", "", "", AT, 1, "answered"]]},
    )
    case = load(f"{path}!old CALLS", tz="America/New_York")
    assert case.calls["call_id"].tolist() == ["2"]
    assert [s.path for s in case.sources] == [f"{path}!Old calls"]


@pytest.mark.parametrize(
    ("value", "shown", "text"),
    [
        (AT, "dd/mm/yyyy hh:mm", "2026-10-08T09:15:02"),
        (dt.datetime(2026, 10, 8), "dd/mm/yyyy", "2026-10-08"),  # noqa: DTZ001
        (dt.datetime(2026, 10, 8), "dd/mm/yyyy hh:mm", "2026-10-08T00:00:00"),  # noqa: DTZ001
        (46303.3854398, "yyyy-mm-dd hh:mm:ss", "2026-10-08T09:15:01.999"),
        (46303.3854398, "General", "46303.3854398"),
        (dt.time(9, 15), "h:mm AM/PM", "09:15:00"),
        (dt.timedelta(hours=26, seconds=61.5), "[h]:mm:ss", "26:01:01.5"),
        (17175551234, "0", "17175551234"),
        (17175551234.0, "0.00E+00", "17175551234"),
        (0.1, "0%", "0.1"),
        (True, "General", "TRUE"),
        ("007", "@", "007"),
        ("=1+1", "@", ""),  # a formula nobody has computed has no value
    ],
)
def test_a_cell_is_its_value_not_what_it_shows(tmp_path: Path, value: object, shown: str, text: str) -> None:
    path = book(tmp_path / "b.xlsx", [["a", "b"], ["x", "y"]])
    made = openpyxl.load_workbook(path)
    made.active["A2"].value = value
    made.active["A2"].number_format = shown
    made.save(path)
    assert text_of(path).splitlines()[1] == f"{text},y"


def test_dates_since_1904(tmp_path: Path) -> None:
    made = openpyxl.Workbook()
    made.epoch = dt.datetime(1904, 1, 1)  # noqa: DTZ001
    made.active.append(["a", AT])
    made.save(tmp_path / "b.xlsx")
    assert text_of(tmp_path / "b.xlsx") == "a,2026-10-08T09:15:02\n"


def test_what_is_hidden_is_read_and_told(tmp_path: Path) -> None:
    path = book(tmp_path / "b.xlsx", [HEADER, *[[i, "1", "", "", AT, 1, "answered"] for i in range(4)]], Old=[["x"]])
    made = openpyxl.load_workbook(path)
    made["Calls"].row_dimensions[3].hidden = True
    made["Calls"].column_dimensions["D"].hidden = True
    made["Old"].sheet_state = "hidden"
    made.save(path)
    case = gather(path)
    assert len(case.calls) == 4
    told = {(p.at.file.rpartition("!")[2], p.saw, p.effect) for p in case.problems if p.kind == "hidden"}
    assert told == {
        ("Calls", "1 hidden row (3)", "noted"), ("Calls", "hidden columns", "noted"), ("Old", "a hidden sheet", "noted"),
    }  # fmt: skip


def test_damage_ends_in_a_sentence(tmp_path: Path) -> None:
    path = book(tmp_path / "b.xlsx", [HEADER])
    whole = path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        parts = {n: archive.read(n) for n in archive.namelist()}
    for lost in [n for n in parts if n.startswith("xl/") or n == "[Content_Types].xml"]:
        for damaged in (None, parts[lost][: len(parts[lost]) // 2], b"", b"<x/>"):
            out = io.BytesIO()
            with zipfile.ZipFile(out, "w") as archive:
                for name, content in parts.items():
                    if name != lost or damaged is not None:
                        archive.writestr(name, damaged if name == lost and damaged is not None else content)
            path.write_bytes(out.getvalue())
            for opened in sources.open_all([path]):
                assert opened.stream is not None or opened.problems
    path.write_bytes(whole[:-60])
    assert all(o.stream is None and o.problems for o in sources.open_all([path]))


def test_a_sheet_that_unpacks_to_absurdly_much_is_stopped(tmp_path: Path) -> None:
    out = tmp_path / "b.xlsx"
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b" " * (70 << 20))
    (opened,) = sources.open_all([out])
    assert opened.problems[0].kind == "too-big"


def test_without_the_library_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = book(tmp_path / "b.xlsx", [HEADER])
    real = builtins.__import__

    def lacking(name: str, *args: Any, **more: Any) -> Any:
        if name == "openpyxl":
            raise ImportError(name)
        return real(name, *args, **more)

    monkeypatch.setattr(builtins, "__import__", lacking)
    (opened,) = sources.open_all([path])
    assert "calltrace-cli[xlsx]" in opened.problems[0].fix
