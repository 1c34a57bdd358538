"""A file of no known format that looks like calls is told from a note beside the logs."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from calltrace.desk.daily import daily
from calltrace.errors import InputError
from calltrace.intake.load import load
from calltrace.intake.resembling import UNREAD_CALLS
from calltrace.intake.store import Store

HEADER = "call_id,account,dnis,ani,offered_at,ring_s,talk_s,outcome\n"
RENAMED = "CallID,Client,Called,From,Start,Ring,Talk,Result\n"
NOW = pd.Timestamp("2026-06-29T06:30Z")


def calls(who: str, start: str, end: str, *, form: str = "%Y-%m-%dT%H:%M:%SZ", every: str = "40min") -> str:
    return "".join(
        f"{who}-{n},{who},+1212555{who},+12125550100,{at:{form}},4,60,{'abandoned' if n % 9 == 0 else 'answered'}\n"
        for n, at in enumerate(pd.date_range(start, end, freq=every, inclusive="left")))


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    """One switch's log, of four weeks up to this morning."""
    folder = tmp_path / "logs"
    folder.mkdir()
    (folder / "west.csv").write_text(HEADER + calls("1021", "2026-06-01", "2026-06-29 06:00"))
    return folder


def last_of(logs: Path) -> list[pd.Timestamp | None]:
    return [s.last for s in load([logs], tz="UTC").sources if any(p.kind == UNREAD_CALLS for p in s.problems)]


@pytest.mark.parametrize(
    ("form", "last"),
    [
        ("%Y-%m-%dT%H:%M:%SZ", "2026-06-29 05:20"),
        ("%m/%d/%Y %H:%M", "2026-06-29 05:20"),
        ("%d.%m.%Y %H:%M:%S", "2026-06-29 05:20"),
    ],
)
def test_a_log_of_other_columns_looks_like_calls_whatever_its_dates(logs: Path, form: str, last: str) -> None:
    (logs / "east.csv").write_text(RENAMED + calls("1022", "2026-06-01", "2026-06-29 06:00", form=form))
    assert last_of(logs) == [pd.Timestamp(last, tz="UTC")]


def test_of_a_long_log_the_beginning_and_the_end_are_enough(logs: Path) -> None:
    rows = calls("1022", "2026-06-01", "2026-06-29 06:00", every="10min")
    assert len(rows) > 2 << 16
    (logs / "east.csv").write_text(RENAMED + rows)
    assert last_of(logs) == [pd.Timestamp("2026-06-29 05:50", tz="UTC")]


NOTES = {
    "README.txt": "The log of the west switch.\nExported every night at 6, by ops. Call +12125550100 if it stops.\n" * 20,
    "notes.csv": "date,who,note\n" + "".join(f"2026-06-{d:02d},dana,looked at the switch\n" for d in range(1, 29)),
    "contacts.csv": "person,phone,since\n" + "".join(f"p{n},+121255501{n:02d},2026-06-{n:02d} 10:00\n" for n in range(1, 29)),
    "inbox.csv": "Number,Received,Client,Caller phone,Text\n" + "".join(
        f"{n},2026-06-{n:02d} 10:0{n % 10},1021,+121255501{n:02d},please call back about the order\n" for n in range(1, 29)),
    "few.csv": RENAMED + calls("1022", "2026-06-28", "2026-06-28 06:00"),
}


@pytest.mark.parametrize("name", NOTES)
def test_a_note_or_a_list_of_something_else_beside_the_logs_does_not(logs: Path, name: str) -> None:
    (logs / name).write_text(NOTES[name])
    assert last_of(logs) == []


def test_a_morning_whose_calls_may_be_in_it_is_no_clean_one(logs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALLTRACE_STATE_DIR", str(tmp_path / "state"))
    (logs / "east.csv").write_text(RENAMED + calls("1022", "2026-06-01", "2026-06-29 06:00"))
    (why,) = daily([logs], now=NOW, tz="UTC").dark
    assert " may be in " in why
    assert "it looks like calls up to 2026-06-29" in why
    store = Store.open(tmp_path / "kept", create=True)
    store.import_([logs], now=NOW)
    assert daily([store.url], now=NOW, tz="UTC").dark
    (logs / "east.csv").write_text(RENAMED + calls("1022", "2026-05-01", "2026-06-20"))  # of long before
    assert daily([logs], now=NOW, tz="UTC").dark == ()


CLIENTS = "account,name,numbers\n1021,Rivera HVAC,+12125551021\n"


def test_where_no_other_file_has_calls_the_one_that_looks_like_them_is_named(logs: Path) -> None:
    (logs / "clients.csv").write_text(CLIENTS)
    (logs / "west.csv").write_text(RENAMED + calls("1021", "2026-06-01", "2026-06-29 06:00"))
    with pytest.raises(InputError) as told:
        daily([logs], tz="UTC", now=NOW)
    assert str(told.value).startswith(f"{logs}/west.csv: a file of no known format")
    assert "it looks like calls up to 2026-06-29" in str(told.value)
    assert f"`calltrace inspect {logs}/west.csv --map` proposes how to read it" in str(told.value)


def test_where_nothing_looks_like_calls_the_files_that_were_not_read_are_named(logs: Path) -> None:
    (logs / "clients.csv").write_text(CLIENTS)
    (logs / "west.csv").write_text(RENAMED + calls("1021", "2026-06-29 01:00", "2026-06-29 06:00"))  # too few to tell
    with pytest.raises(InputError, match="Add the file with the calls") as told:
        daily([logs], tz="UTC", now=NOW)
    assert f"Of no known format, and not read: {logs}/west.csv." in str(told.value)
    assert f"`calltrace inspect {logs}/west.csv --map`" in str(told.value)
