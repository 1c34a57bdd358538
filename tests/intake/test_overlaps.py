"""Two exports of a log that overlap: each call once, also where the log gives calls no ids, and real twins twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

from calltrace.intake.formats._smdr import Attempts, sent_again
from calltrace.intake.opened import stream_of
from calltrace.intake.store import Store
from reading import gathered

if TYPE_CHECKING:
    from pathlib import Path

    from calltrace.tables.case import Case

PANASONIC = "03/13/26 {0:02d}:{1:02d}AM   214 01 <I>5855550117             0'07 00:00'31\n".format
MITEL = " 03/13 {0:02d}:{1:02d}  00:03:45 T101 003 5178                      A 2014\n".format
INTER_TEL = "IN\t107\t94129\t5855550121\t8900\t2026-03-13 {0:02d}:{1:02d}:00\t00:01:32\n".format
NEC = "PIN   {0:02d}:{1:02d} 03/13 001  00:02:11  214         5855550117\n".format
ROWS = {"panasonic": PANASONIC, "mitel": MITEL, "inter-tel": INTER_TEL, "nec": NEC}
TIMES = [(9, 2), (9, 16), (9, 31), (9, 31), (9, 45), (9, 58)]  # two rows alike: two calls in the same minute


@pytest.fixture(params=ROWS)
def parts(request: pytest.FixtureRequest, tmp_path: Path) -> list[Path]:
    """A log whole, and two exports of it that overlap by three rows; the second of the two goes on."""
    rows = [ROWS[request.param](*at) for at in TIMES]
    for name, some in (("a", rows[:5]), ("b", rows[2:])):
        (tmp_path / f"20260313-{name}.log").write_text("".join(some))
    return sorted(tmp_path.glob("*.log"))


def test_each_call_is_counted_once(parts: list[Path]) -> None:
    case = gathered(*parts)
    assert len(case.calls) == len(TIMES)
    assert [(p.kind, p.rows) for p in case.problems if p.effect == "left-out"] == [("duplicate", 3)]


def test_a_store_has_each_call_once_whatever_was_imported_first(parts: list[Path], tmp_path: Path) -> None:
    for turn, paths in enumerate((parts, parts[::-1], [*parts, parts[0]])):
        store = Store.open(tmp_path / f"store-{turn}", create=True)
        for path in paths:
            store.import_([path], tz="America/New_York")
        assert len(store.read().calls) == len(TIMES)


LEGS = ("aircall", "eight_x_eight", "five9", "ringcentral", "talkdesk", "zoom_phone")
"""Formats whose rows are legs that are added up."""
LEG_HEAD = "Call ID,Leg ID,Start Time,Answer Time,Stop Time,Talk Time,Caller,Callee,Callee Name,Direction,Recording\n"
LEG = "7,{0},2026-04-16 04:05:57,2026-04-16 04:06:07,2026-04-16 04:06:37,30,5855550117,5855550178,Bea Ray,Incoming,{1}\n".format


def seconds_of(case: Case) -> dict[str, float]:
    return {name: float(case.calls[name].sum()) for name in ("ring_s", "queue_s", "hold_s", "talk_s")}


@pytest.mark.parametrize("name", LEGS)
def test_an_export_made_twice_holds_each_leg_once(name: str, repo_root: Path, tmp_path: Path) -> None:
    (sample,) = (p for p in (repo_root / "sample_logs" / name).iterdir() if ".expected" not in p.name)
    alone = gathered(sample)
    for copy in ("calls", "calls (1)"):
        (tmp_path / f"{copy}{sample.suffix}").write_bytes(sample.read_bytes() + b"\n" * len(copy))
    case = gathered(tmp_path)
    assert seconds_of(case) == seconds_of(alone)
    assert case.calls["call_id"].tolist() == alone.calls["call_id"].tolist()
    told = [p for p in case.problems if p.kind == "duplicate"]
    assert [p.effect for p in told] == ["left-out"]
    assert told[0].rows >= len(alone.calls)


def test_a_row_that_one_file_has_twice_is_one_leg(tmp_path: Path) -> None:
    (tmp_path / "cdr.csv").write_text(LEG_HEAD + LEG("a", "") + LEG("b", "") + LEG("a", ""))
    case = gathered(tmp_path)
    assert seconds_of(case)["talk_s"] == 60  # two legs alike but for their ids are two
    assert [(p.kind, p.at.line, p.rows) for p in case.problems] == [("duplicate", 4, 1)]


def test_legs_alike_stay_as_many_as_one_export_has_of_them(tmp_path: Path) -> None:
    for day in ("mon", "tue"):
        (tmp_path / f"{day}.csv").write_text(LEG_HEAD + LEG("a", f"https://x/{day}") + LEG("b", f"https://y/{day}"))
    assert seconds_of(gathered(tmp_path))["talk_s"] == 60


@pytest.mark.parametrize("heading", ["", "Date      Time    Ext\n"])
@pytest.mark.parametrize("name", ROWS)
def test_captures_put_one_below_the_other_hold_each_call_once(name: str, heading: str, tmp_path: Path) -> None:
    rows = [ROWS[name](*at) for at in TIMES]
    path = tmp_path / "20260313.log"
    path.write_text(heading + "".join(rows[:5]) + heading + "".join(rows[1:]))
    case = gathered(path)
    assert len(case.calls) == len(TIMES)  # the two alike stay two
    told = [p for p in case.problems if p.kind == "duplicate"]
    assert [(p.rows, p.effect) for p in told] == [(4, "left-out")]
    assert told[0].at.line == (8 if heading else 6)


def test_days_of_a_switch_that_writes_no_dates_may_be_alike() -> None:
    day = [f"0{n}00 0012 9 {4000 + n}  5855550117\n" for n in (1, 2, 3)]
    assert sent_again([*day, *day]) == [3, 4, 5]
    out = Attempts(stream_of("cdr.log", "".join([*day, *day]).encode()))
    assert len(out.lines(dated=False)) == 6
    under = Attempts(stream_of("cdr.log", "".join(["0102\n", *day, "0103\n", *day]).encode()))
    assert len(under.lines()) == 8


QUEUED = """1776312401|1776312400.11|desk|NONE|ENTERQUEUE||5855550137|1
1776312402|1776312400.11|desk|PJSIP/205|RINGNOANSWER|0
1776312407|1776312400.11|desk|Ann Lee|CONNECT|6|1776312401.12|6
1776312489|1776312400.11|desk|Ann Lee|COMPLETECALLER|6|82|1
"""


def test_a_queue_log_that_holds_its_events_twice_counts_them_once(tmp_path: Path) -> None:
    path = tmp_path / "queue_log"
    path.write_text(QUEUED + QUEUED)
    case = gathered(path)
    assert case.calls[["queue_s", "talk_s"]].to_numpy().tolist() == [[6, 82]]
    assert case.calls["transferred_to"].isna().all()
    told = [p for p in case.problems if p.kind == "duplicate"]
    assert [(p.at.line, p.rows) for p in told] == [(5, 4)]


def test_a_queue_logs_table_brings_its_header_along(tmp_path: Path) -> None:
    head = "time,callid,queuename,agent,event,data1,data2,data3\n"
    lines = [line.split("|") for line in QUEUED.splitlines()]
    body = "".join(",".join((line + [""] * 3)[:8]) + "\n" for line in lines)
    path = tmp_path / "queue_log.csv"
    path.write_text(head + body + head + body)
    case = gathered(path)
    assert case.calls["talk_s"].tolist() == [82]
    assert [p.kind for p in case.problems] == ["duplicate"]


TABLE = "time,callid,queuename,agent,event,data1,data2,data3\n"


@pytest.mark.parametrize("order", ["newest first", "in no order", "event", "event, last first", "agent", "queuename"])
def test_a_queue_logs_table_may_come_in_another_order(order: str, tmp_path: Path) -> None:
    lines = [
        line.replace("17763124", f"17763{day}4").replace(".11|", f".{day}|")
        for day in (124, 125, 126, 127) for line in [*QUEUED.splitlines(), "1776312489|NONE|NONE|NONE|QUEUESTART|"]
    ]  # fmt: skip
    rows = [",".join((line.split("|") + [""] * 3)[:8]) + "\n" for line in lines]
    column = TABLE.split(",").index(order.partition(",")[0]) if order.partition(",")[0] in TABLE.split(",") else None
    if column is not None:
        rows.sort(key=lambda row: row.split(",")[column], reverse="last" in order)
    else:
        rows = rows[::-1] if order == "newest first" else rows[::3] + rows[2::3] + rows[1::3]
    path = tmp_path / "queue_log.csv"
    path.write_text(TABLE + "".join(rows))
    case = gathered(path)
    assert case.calls[["outcome", "queue_s", "talk_s"]].to_numpy().tolist() == [["answered", 6, 82]] * 4
    assert case.problems == ()


@pytest.mark.parametrize("epochs", [range(2), range(3, 5), range(4)])
def test_a_queue_logs_table_may_have_outlived_an_upgrade(tmp_path: Path, epochs: range) -> None:
    """Older rows have epochs for their time, later ones the clock's: most are of either kind."""
    lines = [line.split("|") for line in QUEUED.splitlines()]
    for n, row in enumerate(lines):
        if n not in epochs:
            row[0] = f"{pd.Timestamp(int(row[0]), unit='s'):%Y-%m-%d %H:%M:%S}"
    path = tmp_path / "queue_log.csv"
    path.write_text(TABLE + "".join(",".join((row + [""] * 3)[:8]) + "\n" for row in lines))
    case = gathered(path, tz="UTC")
    assert case.calls[["outcome", "queue_s", "talk_s"]].to_numpy().tolist() == [["answered", 6, 82]]
    assert case.problems == ()
