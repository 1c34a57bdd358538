"""A switch's own log that somebody opened in a spreadsheet and saved: no seconds, no quotes, ids cut to whole numbers."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from calltrace.tables.times import zone_named
from switches import loaded, written

if TYPE_CHECKING:
    from pathlib import Path

T0 = 1776312012  # 2026-04-16 00:00:12 in New York
NEW_YORK = zone_named("America/New_York")


def shown(at: int, form: str) -> str:
    """Return a moment as the spreadsheet shows it; ``-`` takes the leading zero of a number away."""
    local = pd.Timestamp(T0 + at, unit="s", tz="UTC").tz_convert(NEW_YORK)
    return f"{local:{form}}".replace("/0", "/").lstrip("0")


def asterisk(born: int, form: str, *, ring: int | None, took: int, channel: str, far: str = "PJSIP/207-00000002") -> str:
    answer = shown(born + ring, form) if ring is not None else ""
    billed = took - ring if ring is not None else 0
    word = "ANSWERED" if billed else "NO ANSWER"
    return (
        f'HA,5855550137,5855550167,from-trunk,"""Ann Lee"" <5855550137>",{channel},{far},Queue,"desk,t",{shown(born, form)},'
        f"{answer},{shown(born + took, form)},{took},{billed},{word},DOCUMENTATION,{T0 + born},\n"
    )


@pytest.mark.parametrize("form", ["%m/%d/%Y %H:%M", "%m/%d/%Y %I:%M %p", "%Y/%m/%d %H:%M"])
def test_seconds_come_back_by_durations_and_ids(tmp_path: Path, form: str) -> None:
    text = asterisk(0, form, ring=7, took=88, channel="PJSIP/north-00000001")
    text += asterisk(86360, form, ring=30, took=150, channel="PJSIP/north-00000003")  # over midnight
    text += asterisk(86360, form, ring=None, took=20, channel="PJSIP/north-00000005", far="")  # the same rounded id
    case = loaded(*written(tmp_path, Master__csv=text))
    calls = case.calls.sort_values(["offered_at", "ring_s"], ignore_index=True)
    assert [int(at.timestamp()) - T0 for at in calls["offered_at"]] == [0, 86360, 86360]
    assert calls["ring_s"].tolist() == [7, 20, 30]
    assert calls["talk_s"].tolist() == [81, 0, 120]
    assert calls["outcome"].tolist() == ["answered", "abandoned", "answered"]
    told = next(p for p in case.problems if p.kind == "rounded")
    assert (told.effect, told.rows, told.at.line) == ("noted", 3, 1)
    assert "call ids" in told.saw


@pytest.mark.parametrize("mark", [";", "\t"])
def test_fields_parted_as_a_spreadsheet_does_elsewhere(tmp_path: Path, mark: str) -> None:
    text = asterisk(0, "%d.%m.%Y %H:%M", ring=7, took=88, channel="PJSIP/north-00000001")
    rows = csv.reader(text.splitlines())
    put = io.StringIO()
    csv.writer(put, delimiter=mark, lineterminator="\n").writerows(rows)
    calls = loaded(*written(tmp_path, Master__csv=put.getvalue())).calls
    assert calls[["ring_s", "talk_s", "queue"]].to_numpy().tolist() == [[7, 81, "desk"]]
    assert int(calls["offered_at"].iloc[0].timestamp()) == T0


def test_the_switchs_own_file_is_told_nothing(tmp_path: Path) -> None:
    text = asterisk(0, "%Y-%m-%d %H:%M:%S", ring=7, took=88, channel="PJSIP/north-00000001").replace(f"{T0},", f"{T0}.1,")
    case = loaded(*written(tmp_path, Master__csv=text))
    assert [p.kind for p in case.problems] == []
    assert case.calls["call_id"].tolist() == [f"{T0}.1"]


def test_a_freeswitchs_file_without_seconds_has_them_from_its_durations(tmp_path: Path) -> None:
    form = "%m/%d/%Y %H:%M"
    rows = [
        f"Ann,5855550137,5855550167,public,{shown(at, form)},{shown(at + 7, form)},{shown(at + 91, form)},91,84,NORMAL_CLEARING,"
        f"5bf9033d-ee4b-4663-874f-b47090e0{n:04},e852a435-b155-40e6-8ca4-68cd98e8f62d,HA,PCMU,PCMU\n"
        for n, at in enumerate((0, 100))
    ]
    case = loaded(*written(tmp_path, Master__csv="".join(rows)))
    assert case.calls["ring_s"].tolist() == [7, 7]
    assert case.calls["talk_s"].tolist() == [84, 84]
    assert [p.kind for p in case.problems] == ["rounded"]
