"""``calltrace daily`` from a store that was given a torn file: dark as long as the day may be in it, and no longer."""

from __future__ import annotations

import gzip
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner, Result

from calltrace.cli import ledgers
from calltrace.cli.main import main
from calltrace.intake.store import Store

HEADER = "call_id,account,dnis,trunk_group,ani,agent,offered_at,ring_s,queue_s,hold_s,talk_s,outcome\n"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALLTRACE_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("CALLTRACE_CONFIG", "")


def calls(start: str, end: str) -> list[str]:
    """Two clients' calls of some days of June 2026, one every twenty minutes."""
    return [
        f"{account}-{at:%d%H%M},{account},+1212555{account},TG1,+12125550100,A1,{at.isoformat()},4,0,0,60,"
        f"{'abandoned' if at.hour % 8 == 3 and at.minute == 20 else 'answered'}\n"
        for at in pd.date_range(start, end, freq="20min", inclusive="left", tz="UTC")
        for account in ("1021", "1022")
    ]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """Three weeks up to Friday the 26th, and Friday's own export, torn: imported at 6 on Saturday."""
    (tmp_path / "past.csv").write_text(HEADER + "".join(calls("2026-06-05", "2026-06-26")))
    friday = gzip.compress((HEADER + "".join(calls("2026-06-26", "2026-06-27"))).encode(), compresslevel=0)
    (tmp_path / "fri.csv.gz").write_bytes(friday[: len(friday) * 3 // 4])
    kept = Store.open(tmp_path / "kept", create=True)
    kept.import_([tmp_path / "past.csv"], now=pd.Timestamp("2026-06-26T06:00Z"))
    kept.import_([tmp_path / "fri.csv.gz"], now=pd.Timestamp("2026-06-27T06:00Z"))
    return kept


def came(store: Store, tmp_path: Path, day: int) -> None:
    """A day's own export, whole, imported the morning after."""
    path = tmp_path / f"{day}.csv"
    path.write_text(HEADER + "".join(calls(f"2026-06-{day}", f"2026-06-{day + 1}")))
    store.import_([path], now=pd.Timestamp(f"2026-06-{day + 1}T06:00Z"))


def morning(store: Store, day: int) -> Result:
    return CliRunner().invoke(
        main, ["daily", store.url, "--tz", "UTC", "--day", f"2026-06-{day}", "--now", f"2026-06-{day + 1} 07:00"])


def test_what_was_read_before_a_day_began_held_no_call_of_it(store: Store, tmp_path: Path) -> None:
    dark = {}
    for day in (27, 28):
        came(store, tmp_path, day)
        dark[day] = morning(store, day)
    dark[26] = morning(store, 26)
    assert {day: result.exit_code for day, result in dark.items()} == {26: 3, 27: 3, 28: 0}
    assert f"calltrace store accept {tmp_path}/fri.csv.gz --store {store.url}" in dark[26].stderr
    assert (dark[28].stdout, dark[28].stderr) == ("", "")


def test_who_accepts_it_has_a_clean_day_again(store: Store, tmp_path: Path) -> None:
    came(store, tmp_path, 27)
    assert morning(store, 27).exit_code == 3
    accepted = CliRunner().invoke(main, ["store", "accept", "fri.csv.gz", "--store", store.url])
    assert accepted.exit_code == 0
    result = morning(store, 27)
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "")


def test_the_export_made_again_makes_its_day_clean(store: Store, tmp_path: Path) -> None:
    again = tmp_path / "fri-again.csv"
    again.write_text(HEADER + "".join(calls("2026-06-26", "2026-06-27")))
    store.import_([again], now=pd.Timestamp("2026-06-27T09:00Z"))
    came(store, tmp_path, 27)
    assert morning(store, 26).exit_code == 0
    assert morning(store, 27).exit_code == 0


def test_a_file_of_which_nothing_could_be_read_does_not_keep_the_mornings_dark_for_ever(
    store: Store, tmp_path: Path
) -> None:
    (tmp_path / "sat.csv.gz").write_bytes(gzip.compress(b"x")[:11])
    came(store, tmp_path, 27)
    store.import_([tmp_path / "27.csv", tmp_path / "sat.csv.gz"], now=pd.Timestamp("2026-06-28T06:00Z"))
    store.accept(["fri.csv.gz"])
    came(store, tmp_path, 28)
    came(store, tmp_path, 29)
    assert {day: morning(store, day).exit_code for day in (27, 28, 29)} == {27: 3, 28: 3, 29: 0}


def test_rows_torn_in_a_file_of_a_store_are_told_of_the_day_they_are_of(store: Store, tmp_path: Path) -> None:
    store.accept(["fri.csv.gz"])
    rows = calls("2026-06-20", "2026-06-28")
    rows[-140::10] = [row[:20] + "\n" for row in rows[-140::10]]
    (tmp_path / "week.csv").write_text(HEADER + "".join(rows))
    store.import_([tmp_path / "week.csv"], now=pd.Timestamp("2026-06-28T06:00Z"))
    came(store, tmp_path, 28)
    said = {day: morning(store, day) for day in (26, 27, 28)}
    assert {day: result.exit_code for day, result in said.items()} == {26: 0, 27: 3, 28: 0}
    assert "week.csv: about 14 of that day's 144 rows of the call log could not be read" in said[27].stderr


@pytest.mark.parametrize(
    ("whole", "damaged", "saw"),
    [
        (",4,0,0,60,", ",-4,0,0,60,", "about 14 of that day's 144 rows of the call log could not be read"),
        ("answered", "", "about 13 of that day's 143 rows of the call log have no end or outcome"),  # the last may be up
        ("+12125550100", '"+12125550100', "about 14 of that day's 144 rows of the call log could not be read"),
    ],
    ids=["a-length-below-nothing", "no-outcome", "a-quote-left-open"],
)
def test_a_day_of_which_rows_were_left_out_is_no_clean_day(tmp_path: Path, whole: str, damaged: str, saw: str) -> None:
    rows = calls("2026-06-05", "2026-06-28")
    rows[-140::10] = [row.replace("abandoned", "answered").replace(whole, damaged) for row in rows[-140::10]]
    (tmp_path / "calls.csv").write_text(HEADER + "".join(rows))
    command = ["daily", str(tmp_path / "calls.csv"), "--tz", "UTC", "--now", "2026-06-28 07:00"]
    result = CliRunner().invoke(main, command)
    assert (result.exit_code, saw in result.stderr) == (3, True), result.stderr


def test_a_log_read_in_the_wrong_zone_is_no_clean_day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its last calls would be hours from now: it is another day that was judged."""
    rows = [row.replace("+00:00", "") for row in calls("2026-06-05", "2026-06-28 06:00")]
    (tmp_path / "calls.csv").write_text(HEADER + "".join(rows))
    clock = pd.Timestamp("2026-06-28T06:05Z").to_pydatetime()
    monkeypatch.setattr(ledgers, "now", lambda: clock)

    def said(tz: str, *more: str) -> Result:
        return CliRunner().invoke(main, ["daily", str(tmp_path / "calls.csv"), "--tz", tz, *more])

    assert (said("UTC").exit_code, said("UTC").stderr) == (0, "")
    wrong = said("America/Denver")
    assert wrong.exit_code == 3
    assert "its last call, 2026-06-28 05:40, is 5 h 35 min from now; its times are not America/Denver's" in wrong.stderr
    assert said("America/Denver", "--now", "2026-06-28 00:05").exit_code == 0  # a rehearsal


def test_a_state_folder_that_cant_be_made_is_said_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "calls.csv").write_text(HEADER + "".join(calls("2026-06-05", "2026-06-28")))
    (tmp_path / "file").touch()
    monkeypatch.setenv("CALLTRACE_STATE_DIR", str(tmp_path / "file" / "state"))
    asked = ["daily", str(tmp_path / "calls.csv"), "--tz", "UTC", "--now", "2026-06-28 06:05"]
    result = CliRunner().invoke(main, asked)
    assert result.exit_code == 3
    assert result.stderr.count("Warning: the log can't be written") == 1
