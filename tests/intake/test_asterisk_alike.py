"""A CDR without call ids beside a queue_log: every call once, as the same log with ids has it.

The small logs are built row by row; numbers are invented (555-01xx).
"""

from __future__ import annotations

import csv
import gzip
import io
import re
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from asterisk_switch import NEW_YORK, T0, Switch
from calltrace.intake import asterisk
from calltrace.intake.formats import asterisk_cdr_csv, asterisk_cel, asterisk_queue_log
from calltrace.intake.formats._base import Reading, ReadOptions
from calltrace.intake.opened import stream_of

if TYPE_CHECKING:
    from pathlib import Path

TOLD = ["offered_at", "outcome", "agent", "queue", "queue_s", "talk_s", "ended_by", "dnis", "ani", "account"]
"""What the ids bring together: without them each of these is wrong or missing."""


def joined(
    rows: list[list[str]], queue_log: bytes, tz: str | None = "America/New_York"
) -> dict[str, Reading]:
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    options = ReadOptions(tz=tz)
    cdr = asterisk_cdr_csv.read(stream_of("Master.csv", out.getvalue().encode()), options)
    log = asterisk_queue_log.read(stream_of("queue_log", queue_log), options)
    both = [("asterisk_cdr_csv", cdr), ("asterisk_queue_log", log)]
    return {reading.table: reading for _, reading in asterisk.join(both, options)}


def without_ids(switch: Switch, tz: str | None = "America/New_York", columns: int = 16) -> Reading:
    """Join the switch's logs, the CDR cut to its first columns."""
    rows = [row[:columns] for row in csv.reader(switch.legs)]
    return joined(rows, ("\n".join(switch.events) + "\n").encode(), tz)["calls"]


def told(calls: pd.DataFrame) -> list[tuple[object, ...]]:
    """Return what is told of each call in the order of time, NA as None."""
    frame = calls.sort_values(["offered_at", "call_id"])[TOLD].astype(object)
    return [tuple(row) for row in frame.where(frame.notna(), None).to_numpy().tolist()]


def answered(switch: Switch, born: int, caller: str, agent: str = "Bea Ray", talk: int = 60) -> Switch:
    """Write a call that is greeted for 3 s, waits 4 s and is answered; its row starts a second late."""
    channel = f"PJSIP/north-{born:08x}"
    switch.leg(
        born, "Queue", "ANSWERED", start=born + 1, answer=born + 1, end=born + 7 + talk,
        far=f"PJSIP/207-{born + 1:08x}", channel=channel, src=caller,
    )  # fmt: skip
    switch.event(born + 3, born, "NONE", "ENTERQUEUE", "", caller, 1)
    switch.event(born + 7, born, agent, "CONNECT", 4, "x", 4)
    return switch.event(born + 7 + talk, born, agent, "COMPLETECALLER", 4, talk, 1)


def abandoned(switch: Switch, born: int, caller: str, *, row: bool = True) -> Switch:
    """Write a call given up after 20 s in the queue; with ``unanswered=no`` the CDR has no row of it."""
    if row:
        channel = f"PJSIP/north-{born:08x}"
        switch.leg(born, "Queue", "FAILED", end=born + 23, channel=channel, src=caller)
    switch.event(born + 3, born, "NONE", "ENTERQUEUE", "", caller, 1)
    return switch.event(born + 23, born, "NONE", "ABANDON", 1, 1, 20)


def busy_hour() -> Switch:
    """Write eight calls, of which two withheld ones come in the same second and one caller calls twice."""
    switch = Switch()
    for n in range(4):
        answered(switch, n * 400, f"585555010{n}", talk=60 + n)
    answered(switch, 300, "5855550100", "Al Fox")
    answered(switch, 1700, "anonymous", talk=90)
    # born in the same second, from the same switch's next counter
    twin = Switch()
    abandoned(twin, 1700, "anonymous")
    for old, new in (("000006a4", "000006a5"), (f"{T0 + 1700}.1700", f"{T0 + 1700}.1701")):
        twin.legs = [line.replace(old, new) for line in twin.legs]
        twin.events = [line.replace(old, new) for line in twin.events]
    switch.legs += twin.legs
    switch.events += twin.events
    return abandoned(switch, 2000, "5855550109")


@pytest.mark.parametrize("tz", ["America/New_York", "Europe/London", "UTC"])
@pytest.mark.parametrize("columns", [16, 18])
def test_each_call_is_told_once_and_as_with_ids(tz: str, columns: int) -> None:
    reading = without_ids(busy_hour(), tz, columns)
    assert len(reading.frame) == 8
    whole = joined(list(csv.reader(busy_hour().legs)), "\n".join(busy_hour().events).encode())["calls"]
    assert told(reading.frame) == told(whole.frame)
    assert reading.frame["offered_at"].min() == pd.Timestamp(T0, unit="s", tz="UTC")
    assert reading.zone == "America/New_York"
    assert not reading.hides_unanswered
    assert not any("no row in the CDR" in note for note in reading.notes)
    if columns == 16:
        assert "the CDR has no call ids: 8 of 8 calls of the queue_log were found in it" in reading.notes[-1]


def test_a_zone_that_the_logs_gainsay_is_told() -> None:
    said = [(p.kind, p.saw) for p in without_ids(busy_hour(), "Europe/London").problems]
    assert said == [("zone", "--tz Europe/London, but beside the queue_log the CDR's clock is at UTC-04:00")]


def test_the_first_calls_id_serves_where_a_rows_own_is_not_logged() -> None:
    rows = [[*row[:16], "", row[16], str(n)] for n, row in enumerate(csv.reader(busy_hour().legs))]
    reading = joined(rows, "\n".join(busy_hour().events).encode())["calls"]
    assert len(reading.frame) == 8
    assert not any("no call ids" in note for note in reading.notes)


def test_calls_that_default_logging_hides_are_kept() -> None:
    switch = Switch()
    for n in range(6):
        answered(switch, n * 400, f"585555010{n}")
    abandoned(switch, 900, "5855550108", row=False)
    reading = without_ids(switch)
    assert reading.frame["outcome"].tolist().count("abandoned") == 1
    assert len(reading.frame) == 7
    assert reading.hides_unanswered
    assert any(note.startswith("1 calls abandoned in a queue have no row") for note in reading.notes)


def test_a_call_that_the_cdr_should_have_is_not_counted_again() -> None:
    switch = busy_hour()
    # the same call, but a caller's number and a clock that put it elsewhere
    odd = abandoned(Switch(), 1000, "5855550177")
    switch.legs += odd.legs
    switch.events += abandoned(Switch(), 1120, "5855550178").events
    reading = without_ids(switch)
    assert len(reading.frame) == 9
    assert any("1 calls of the queue_log are like none in the CDR" in note for note in reading.notes)
    assert not reading.hides_unanswered


def test_a_hole_in_the_cdr_is_filled() -> None:
    switch = busy_hour()
    switch.events += answered(Switch(), 20000, "5855550111").events
    abandoned(switch, 40000, "5855550112")
    reading = without_ids(switch)
    assert (reading.frame["offered_at"] == pd.Timestamp(T0 + 20000, unit="s", tz="UTC")).sum() == 1
    assert len(reading.frame) == 10


def test_logs_of_two_switches_are_not_mixed() -> None:
    switch, other = busy_hour(), Switch()
    for n in range(5):
        abandoned(other, n * 437 + 50, f"585555019{n}")
    switch.events = other.events
    reading = without_ids(switch)
    assert len(reading.frame) == 8
    assert "the calls are those of the CDR alone" in reading.notes[-1]
    switch = busy_hour()
    switch.legs = other.legs
    reading = without_ids(switch)
    assert len(reading.frame) == 8
    assert "5 rows of the CDR were set aside" in reading.notes[0]


def test_logs_of_different_weeks_are_both_counted() -> None:
    switch = busy_hour()
    switch.events = answered(Switch(), 7 * 86400, "5855550111").events
    assert len(without_ids(switch).frame) == 9


def test_in_the_hour_that_a_change_of_the_clocks_repeats_the_queue_log_tells_which() -> None:
    fall_back = int(pd.Timestamp("2026-11-01 05:10", tz="UTC").timestamp()) - T0  # 01:10 in New York, EDT
    switch = Switch()
    for n in range(12):  # to 03:10 EST
        answered(switch, fall_back + n * 900, f"58555501{n:02d}", talk=60 + n)
    first = pd.Timestamp(T0 + fall_back + 1, unit="s", tz="UTC").tz_convert(NEW_YORK)
    assert first.strftime("%H:%M %Z") == "01:10 EDT"
    calls = without_ids(switch).frame
    assert [int(at.timestamp()) - T0 - fall_back for at in calls["offered_at"]] == [
        n * 900 for n in range(12)
    ]


@pytest.mark.parametrize("tz", ["America/New_York", "UTC"])
def test_a_winter_and_a_summer_in_a_zone_that_was_not_given(tz: str) -> None:
    switch = Switch()
    for n in range(12):  # from 25 to 4 November
        answered(switch, (192 + n) * 86400 + n * 420, f"58555501{n:02d}", talk=60 + n)
    reading = without_ids(switch, tz)
    assert [int(at.timestamp()) - T0 for at in reading.frame["offered_at"]] == [
        (192 + n) * 86400 + n * 420 for n in range(12)
    ]
    assert reading.zone == "America/New_York"


@pytest.mark.parametrize("tz", ["America/New_York", "UTC"])
def test_calls_meet_where_no_caller_is_known(tz: str) -> None:
    switch = Switch()
    for n in range(9):
        answered(switch, n * 431, "anonymous", talk=60 + 7 * n)
    assert len(without_ids(switch, tz).frame) == 9


def test_channel_events_beside_it_are_not_counted_again_in_a_wrong_zone(shared: Path) -> None:
    folder = shared / "pbx-lab" / "baseline"
    if not folder.is_dir():
        pytest.skip("the logs of the laboratory switch are not here")
    options = ReadOptions(tz="UTC")
    rows = (",".join(line.split(",")[:-2]) for line in (folder / "Master.csv").read_text().splitlines())
    cdr = stream_of("Master.csv", ("\n".join(rows) + "\n").encode())
    events = gzip.decompress((folder / "cel-custom-Master.csv.gz").read_bytes())
    log = stream_of("queue_log", (folder / "queue_log").read_bytes())
    given = [
        ("asterisk_cdr_csv", asterisk_cdr_csv.read(cdr, options)),
        ("asterisk_cel", asterisk_cel.read(stream_of("cel.csv", events), options)),
        ("asterisk_queue_log", asterisk_queue_log.read(log, options)),
    ]
    calls = {reading.table: reading.frame for _, reading in asterisk.join(given, options)}["calls"]
    assert len(calls) == 2062
    assert (calls["outcome"] == "answered").sum() == 1896


def test_a_wait_that_no_row_tells_of_does_not_part_a_call() -> None:
    switch = Switch().leg(0, "Queue", "NO ANSWER", end=15, far="PJSIP/203-00000002")
    switch.leg(0, "Queue", "ANSWERED", start=45, answer=50, end=80, far="PJSIP/207-00000003")
    switch.leg(0, "Queue", "FAILED", start=300, end=310, src="5855550199")  # the switch was started anew
    rows = [row[:16] for row in csv.reader(switch.legs)]
    calls = joined(rows, b"")["calls"].frame
    assert calls["outcome"].tolist() == ["answered", "abandoned"]


# --- a real switch ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("run", "cut", "tz"),
    [
        ("baseline", "16 columns", "America/New_York"),
        ("baseline", "16 columns", "UTC"),
        ("baseline", "userfield alone", "America/New_York"),
        ("baseline", "default logging", "America/New_York"),
        ("not-forwarded", "default logging", None),
    ],
)
def test_the_laboratorys_calls_are_found_without_ids(
    shared: Path, run: str, cut: str, tz: str | None
) -> None:
    folder = shared / "pbx-lab" / run
    if not folder.is_dir():
        pytest.skip("the logs of the laboratory switch are not here")
    rows = list(csv.reader(io.StringIO((folder / "Master.csv").read_text())))
    log = (folder / "queue_log").read_bytes()
    whole = joined(rows, log)["calls"]
    hides = cut == "default logging"
    if hides:  # no row of a call that nothing answered and that rang nobody
        rows = [row for row in rows if row[6] or row[14] == "ANSWERED"]
    kept = [row[:16] + ([row[17]] if cut == "userfield alone" else []) for row in rows]
    reading = joined(kept, log, tz)["calls"]
    calls, full = reading.frame, whole.frame
    assert (reading.zone, reading.hides_unanswered) == ("America/New_York", hides)
    assert (calls["outcome"] == "answered").sum() == (full["outcome"] == "answered").sum()
    in_queue = full[full["queue"].notna()]
    found = calls[calls["call_id"].isin(in_queue["call_id"])]
    assert len(found) == len(in_queue)
    if not hides:
        assert len(calls) == len(full)
        assert told(found) == told(in_queue)
    else:
        # a caller lost before the queue is in neither log
        assert len(calls) == len(joined(rows, log)["calls"].frame)


@pytest.mark.parametrize("births", [(100, 400, 610), (100, 410, 611)])
def test_ids_that_lost_their_last_zeros_in_a_spreadsheet_are_those_of_the_queue_log(births: tuple[int, ...]) -> None:
    switch = Switch()
    for n, born in enumerate(births):
        answered(switch, born, f"585555010{n}")
    rows = [[f.rstrip("0") if re.fullmatch(r"\d{10}\.\d+", f) else f for f in row] for row in csv.reader(switch.legs)]
    log = ("\n".join(switch.events) + "\n").encode()
    mended, whole = joined(rows, log)["calls"], joined(list(csv.reader(switch.legs)), log)["calls"]
    assert len(mended.frame) == len(births)
    assert told(mended.frame) == told(whole.frame)
    assert set(mended.frame["call_id"]) == set(whole.frame["call_id"])


def test_ids_are_left_alone_where_some_end_in_a_zero() -> None:
    switch = answered(answered(Switch(), 100, "5855550100"), 400, "5855550101")
    rows = list(csv.reader(switch.legs))
    odd = [f.replace(".400", ".4") for f in rows[1]]
    log = ("\n".join(switch.events) + "\n").encode()
    assert len(joined([rows[0], odd], log)["calls"].frame) == 3, "a file with ids as the switch wrote them"
