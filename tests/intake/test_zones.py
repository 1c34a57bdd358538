"""Times whose zone the log says itself: in the name of their column, or in a column beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest
from click.testing import CliRunner

from calltrace.cli.main import main
from calltrace.errors import InputError, UsageError
from calltrace.intake import zones
from calltrace.intake.encodings import to_utf8
from calltrace.intake.formats._base import ReadOptions
from calltrace.intake.load import load
from calltrace.intake.mapping import of_file, to_toml
from calltrace.intake.mapping.propose import Proposal, propose
from calltrace.intake.opened import stream_of

if TYPE_CHECKING:
    from pathlib import Path

SYDNEY = "Australia/Sydney"
HEAD = ["Call ID", "Caller Number", "Called Number", "Agent Name", "Status", "Talk Time (s)"]
ROW = ["+61299990101", "+61299995678", "Ann", "Answered", "65"]


def export(columns: dict[str, list[str]]) -> str:
    rows = [[f"c{i}", *ROW, *at] for i, at in enumerate(zip(*columns.values(), strict=True))]
    return "\n".join(",".join(r) for r in [[*HEAD, *columns], *rows]) + "\n"


def proposed(text: str, tz: str | None = None) -> Proposal:
    return propose(stream_of("export.csv", to_utf8(text.encode())[0]), ReadOptions(tz=tz))


def read(text: str, tmp_path: Path, tz: str | None = SYDNEY) -> list[str]:
    """Return when the calls came in, in UTC, read by the mapping proposed for them."""
    (tmp_path / "export.csv").write_text(text)
    (tmp_path / "m.toml").write_text(to_toml(proposed(text).mapping))
    calls = load([tmp_path / "export.csv"], mapping=tmp_path / "m.toml", tz=tz).calls
    return list(calls["offered_at"].dt.strftime("%m-%d %H:%M"))


@pytest.mark.parametrize(
    ("columns", "zone"),
    [
        ({"start_utc": ["2026-02-25 03:00:00"]}, "UTC"),
        ({"Start Time (UTC)": ["2026-02-25 03:00:00"]}, "UTC"),
        ({"StartTimeUTC": ["25/02/2026 03:00"]}, "UTC"),
        ({"Call Time GMT": ["2026-02-25 03:00"]}, "UTC"),
        ({"Date (UTC)": ["2026-02-25"], "Time (UTC)": ["03:00:00"]}, "UTC"),
        ({"Startzeit UTC": ["25.02.2026 03:00:00"]}, "UTC"),
        ({"Start Time GMT+2": ["2026-02-25 05:00:00"]}, "+02:00"),
        ({"Start Time (Europe/Berlin)": ["2026-02-25 04:00:00"]}, "Europe/Berlin"),
        ({"Start Time": ["2026-02-25 03:00:00"], "Timezone": ["UTC"]}, "UTC"),
        ({"Start (Local)": ["2026-02-25 14:00:00"], "Start (UTC)": ["2026-02-25 03:00:00"]}, "UTC"),
    ],
)
def test_times_are_read_in_the_zone_that_their_column_names(columns: dict[str, list[str]], zone: str, tmp_path: Path) -> None:
    text = export(columns)
    found = proposed(text)
    assert found.open == ()
    assert found.mapping.fills["offered_at"].zone == zone
    assert read(text, tmp_path) == ["02-25 03:00"]


def test_a_column_of_zones_places_each_row_and_a_word_that_is_none_costs_its_row(tmp_path: Path) -> None:
    times = {
        "Start Time": ["2026-02-25 14:00:00", "2026-02-25 03:00:00", "2026-02-24 22:00:00"],
        "Time Zone": ["Australia/Sydney", "UTC", "-05:00"],
    }
    assert proposed(export(times)).mapping.fills["offered_at"].zone_from == "Time Zone"
    assert read(export(times), tmp_path, tz=None) == ["02-25 03:00"] * 3
    mapping = of_file(tmp_path / "m.toml")
    worse = export(times).replace("-05:00", "Mars")
    reading = mapping.read(stream_of("export.csv", worse.encode()), ReadOptions())
    assert len(reading.frame) == 2
    assert [p.kind for p in reading.problems] == ["bad-zone"]


@pytest.mark.parametrize(
    "columns",
    [
        {"Start": ["2026-02-25 03:00:00"], "UTC Offset": ["+11:00"]},
        {"Start Time (EST)": ["2026-02-25 03:00:00"]},
        {"Start": ["2026-02-25 03:00:00"], "Timezone": ["EST"]},
    ],
)
def test_what_may_be_one_zone_or_another_is_asked_for(columns: dict[str, list[str]], tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    path.write_text(export(columns))
    result = CliRunner().invoke(main, ["inspect", str(path), "--map", "-o", str(tmp_path / "m.toml")])
    assert result.exit_code == 3
    assert "offered_at: Start" in result.stderr
    toml = (tmp_path / "m.toml").read_text()
    assert 'zone = ""  # undecided: ' in toml
    with pytest.raises(InputError, match="its zone is left out"):
        of_file(tmp_path / "m.toml").read(stream_of("export.csv", path.read_bytes()), ReadOptions())
    (tmp_path / "m.toml").write_text(toml.replace('zone = ""', 'zone = "+11:00"'))
    assert load([path], mapping=tmp_path / "m.toml").calls["offered_at"].dt.hour.tolist() == [16]
    (tmp_path / "m.toml").write_text(toml.replace('zone = ""', 'zone = "Sydney time"'))
    with pytest.raises(UsageError, match="Sydney time"):
        of_file(tmp_path / "m.toml")


def test_local_times_with_their_offset_beside_them_are_read_by_it(tmp_path: Path) -> None:
    text = export({"Start (Local)": ["2026-02-25 14:00:00"], "UTC Offset": ["+11:00"]})
    assert proposed(text).open == ()
    assert read(text, tmp_path, tz=None) == ["02-25 03:00"]


def test_a_zone_that_was_given_is_not_asked_for_again_and_an_offset_needs_none() -> None:
    assert proposed(export({"Start Time (EST)": ["2026-02-25 03:00:00"]}), tz="America/New_York").open == ()
    assert proposed(export({"Start": ["2026-02-25 03:00:00Z"], "Timezone": ["EST"]})).open == ()


def test_seconds_from_a_local_time_to_one_in_utc_are_no_ring() -> None:
    text = export({"Start (Local)": ["2026-02-25 14:00:00"], "Answered At (UTC)": ["2026-02-25 03:00:09"]})
    assert "ring_s" not in proposed(text).mapping.fills


def test_names_and_values_of_zones() -> None:
    assert [zones.of_cell(t) for t in ("Z", "UTC+05:30", "-0400", "(UTC-05:00)", "GMT", "CST", "7")] == [
        "UTC", "+05:30", "-04:00", "", "UTC", "", "",
    ]  # fmt: skip
    assert [zones.of_name(t) for t in ("Outcome", "Bugmte", "utc_start", "Start")] == ["", "", "UTC", ""]


@pytest.mark.parametrize(
    ("head", "cells"),
    [
        ("offered_at_utc", "2026-02-25T03:00:00"),
        ("Offered At (UTC)", "2026-02-25 03:00"),
        ("offered_at,timezone", "2026-02-25T03:00:00,UTC"),
        ("offered_at,timezone", "2026-02-25T04:00:00,Europe/Berlin"),
    ],
)
@pytest.mark.parametrize("parquet", [False, True])
def test_the_generic_layout_says_its_zone_too(head: str, cells: str, parquet: bool, tmp_path: Path) -> None:
    path = tmp_path / ("calls.parquet" if parquet else "calls.csv")
    text = f"call_id,account,ani,talk_s,outcome,{head}\n1,1021,+61299990101,60,answered,{cells}\n"
    if parquet:
        values = [line.split(",") for line in text.splitlines()]
        pd.DataFrame(values[1:], columns=values[0]).to_parquet(path)
    else:
        path.write_text(text)
    case = load([path], tz=SYDNEY)
    assert case.calls["offered_at"].dt.strftime("%d %H:%M").tolist() == ["25 03:00"]


def test_a_zone_of_the_generic_layout_that_is_none_is_told_and_the_accounts_taken(tmp_path: Path) -> None:
    path = tmp_path / "calls.csv"
    path.write_text("call_id,account,talk_s,outcome,offered_at,timezone\n1,1021,60,answered,2026-02-25T14:00:00,Mars\n")
    case = load([path], tz=SYDNEY)
    assert case.calls["offered_at"].dt.hour.tolist() == [3]
    assert "bad-zone" in {p.kind for p in case.problems}


def test_interval_counts_of_the_hour_put_back_are_all_there(tmp_path: Path) -> None:
    (tmp_path / "calls.csv").write_text(
        "call_id,account,dnis,offered_at,outcome\nc1,1021,+16135550100,2026-11-01T12:00:00Z,answered\n")
    walls = [f"2026-11-01 {h}:00" for h in ("00:30", "01:00", "01:30", "01:00", "01:30", "02:00")]
    (tmp_path / "kpi.csv").write_text("\n".join(
        ["interval_start,scope,offered", *(f"{wall},{scope},2" for scope in ("platform", "A") for wall in walls)]))
    found = load([tmp_path], tz="America/Toronto")
    for _, rows in found.table("kpi").groupby("scope"):
        assert list(rows["interval_start"].dt.strftime("%H:%M")) == ["04:30", "05:00", "05:30", "06:00", "06:30", "07:00"]
    assert not [p for s in found.sources for p in s.problems if p.kind == "clock-change"]
