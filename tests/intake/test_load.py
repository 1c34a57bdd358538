"""Paths to a Case: files found and recognised, times placed, duplicates counted, nothing silently skipped."""

from __future__ import annotations

import gzip
import io
import time
import warnings
import zipfile
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calltrace.errors import InputError, UsageError
from calltrace.intake.load import gather, load
from calltrace.tables.schema import TABLES

HEADER = "call_id,account,dnis,offered_at,talk_s,outcome"


def calls(*rows: str) -> str:
    return "\n".join([HEADER, *rows]) + "\n"


def call(number: int, at: str = "", account: str = "1021", **more: str) -> str:
    at = at or f"2026-10-08T09:{number:02d}:00-04:00"
    return f"{number},{account},{more.get('dnis', '+17175551234')},{at},{more.get('talk', '60')},answered"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "calls.csv").write_text(calls(call(1), call(2)))
    return tmp_path


# --- the whole


def test_a_folder_of_all_tables(folder: Path) -> None:
    (folder / "deep").mkdir()
    for name, text in {
        "kpi.csv": "interval_start,scope,offered\n2026-10-08T09:00:00-04:00,platform,2\n",
        "agents.csv": "at,agent,event,call_id\n2026-10-08T08:00:00-04:00,A1,login,\n",
        "accounts.csv": "account,name,numbers,timezone\n1021,Polar,+17175551234,America/New_York\n",
        "events.csv": "starts_at,ends_at,kind,scope,target,note\n"
        "2026-10-08T08:00:00-04:00,,note,platform,,x\n",
        "tests.csv": "tested_at,number,result\n2026-10-08T08:00:00-04:00,+17175551234,ok\n",
        "messages.csv": "message_id,call_id,account,taken_at,agent,priority\n"
        "M1,1,1021,2026-10-08T09:02:00-04:00,A1,urgent\n",
        "dispatch.csv": "message_id,attempted_at,method,recipient,address,status\n"
        "M1,2026-10-08T09:03:00-04:00,sms,Chen,+17175550000,delivered\n",
        "oncall.csv": "account,starts_at,ends_at,person\n"
        "1021,2026-10-08T08:00:00-04:00,2026-10-09T08:00:00-04:00,Chen\n",
    }.items():
        (folder / "deep" / name).write_bytes(gzip.compress(text.encode()))
    case = load(folder)
    assert sorted(case.tables) == sorted(TABLES)
    assert {name: len(frame) for name, frame in case.tables.items()} == dict.fromkeys(TABLES, 1) | {
        "calls": 2
    }
    assert case.problems == ()
    assert (case.zone, case.zone_from) == ("America/New_York", "account")
    assert case.logs_unanswered
    source = next(s for s in case.sources if s.table == "calls")
    assert (source.format, source.rows, source.calls, source.answered, source.left_out) == (
        "generic",
        2,
        2,
        2,
        0,
    )
    assert source.first == pd.Timestamp("2026-10-08T13:01Z")
    for name, frame in case.tables.items():
        assert tuple(frame.columns) == TABLES[name].names
        assert frame["source_line"].min() == 2


def test_calls_are_sorted_and_lead_back_to_their_lines(tmp_path: Path) -> None:
    path = tmp_path / "calls.csv"
    path.write_text(calls(call(3), call(1), call(2)))
    case = load(path)
    assert case.calls["call_id"].tolist() == ["1", "2", "3"]
    assert case.calls["source_line"].tolist() == [3, 4, 2]
    assert set(case.calls["source_file"]) == {str(path)}


def test_standard_input() -> None:
    case = load("-", stdin=io.BytesIO(calls(call(1)).encode()))
    assert case.sources[0].path == "standard input"


def test_unknown_files_are_listed_not_skipped(folder: Path) -> None:
    (folder / "answers.json").write_text("{}")
    (folder / "README.md").write_text("# logs")
    (folder / "photo.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))
    case = load(folder)
    listed = {Path(s.path).name: (s.format, len(s.problems)) for s in case.sources}
    assert listed == {
        "answers.json": ("", 1),
        "README.md": ("", 1),
        "photo.png": ("", 1),
        "calls.csv": ("generic", 0),
    }
    assert len(case.problems) == 3


# --- what can't be answered from

OUTGOING = (
    '"","201","14025550167","from-internal","""Ann"" <201>","SIP/201-0000026f","SIP/carrier-0000026e","Dial",'
    '"SIP/carrier/14025550167","2026-04-17 18:38:56","2026-04-17 18:39:01","2026-04-17 18:41:13",137,131,'
    '"ANSWERED","DOCUMENTATION","1776379136.748",""\n'
)
"""A call an agent made, as Asterisk's Master.csv has it."""


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ({}, "is an empty folder"),
        ({"notes.txt": "hello"}, "no known format"),
        ({"cdr.txt": "+-----+------+\n| src | dst |\n+-----+------+\n| 207 | 1 |\n"}, "drawn with lines"),
        ({"cdr.txt": " src | dst \n-----+-----\n 207 | 1\n(1 row)\n"}, "drawn with lines"),
        ({"cdr.json": '[\n{"type":"header","comment":"Export to JSON plugin for PHPMyAdmin"},\n{}]\n'}, "phpMyAdmin exported"),
        ({"a.txt": "hello", "b.txt": ""}, "none of the 2 files"),
        ({"calls.csv": HEADER + "\n"}, "no rows below its header"),
        (
            {"calls.csv": calls(call(1, at="31/09/2026 08:15"))},
            r"calls.csv: its one row could not be read: offered_at is .*line 2",
        ),
        (
            {"Master.csv": OUTGOING + OUTGOING.replace("136.748", "136.749")},
            "Master.csv has 2 rows, none of them a caller's call: all outgoing, internal or agents' legs",
        ),
        (
            {"Master.csv": OUTGOING + OUTGOING.replace("2026-04-17", "2026-04-99")},
            r"2 rows, none of them a caller's call: 1 left out: start is .* \(line 2\), the others outgoing",
        ),
        (
            {"kpi.csv": "interval_start,scope\n2026-10-08T09:00Z,platform\n"},
            "there are no calls among the 1 file that could be read",
        ),
        ({"calls.csv": "call_id,account,dnis,ani,outcome\n1,2,3,4,answered\n"}, "has no column offered_at"),
        ({"a.csv": "\x00\x01\x02\x03" * 50}, "binary"),
    ],
)
def test_what_can_not_be_answered_from_says_why_and_what_to_do(
    tmp_path: Path, files: dict[str, str], says: str
) -> None:
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    with pytest.raises(InputError, match=says) as caught:
        load(tmp_path)
    assert caught.value.fix


def test_a_path_that_is_not_there() -> None:
    with pytest.raises(InputError, match="does not exist"):
        load("nowhere.csv")


def test_gather_shows_what_load_refuses(tmp_path: Path) -> None:
    (tmp_path / "kpi.csv").write_text("interval_start,scope\n2026-10-08T09:00Z,platform\n")
    assert len(gather(tmp_path).table("kpi")) == 1


# --- times without an offset


def naive(tmp_path: Path, at: str, *, accounts: str = "", tz: str | None = None) -> tuple[str, str, str]:
    (tmp_path / "calls.csv").write_text(calls(call(1, at=at)))
    if accounts:
        (tmp_path / "accounts.csv").write_text(accounts)
    case = load(tmp_path, tz=tz)
    source = next(s for s in case.sources if s.table == "calls")
    return f"{case.calls['offered_at'][0]:%H:%MZ}", source.zone, source.zone_from


ACCOUNTS = (
    "account,name,numbers,timezone\n1021,Polar,+17175551234,America/Chicago\n1022,Igloo,,America/New_York\n"
)


def test_the_accounts_zone_then_the_option_then_the_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    assert naive(tmp_path, "2026-10-08 09:15") == ("00:15Z", "Asia/Tokyo", "machine")
    assert naive(tmp_path, "2026-10-08 09:15", tz="Europe/Berlin") == ("07:15Z", "Europe/Berlin", "option")
    found = naive(tmp_path, "2026-10-08 09:15", tz="Europe/Berlin", accounts=ACCOUNTS)
    assert found == ("14:15Z", "America/Chicago", "account")
    assert naive(tmp_path, "2026-10-08 09:15Z", tz="Europe/Berlin", accounts=ACCOUNTS) == (
        "09:15Z",
        "UTC",
        "offset",
    )


def test_an_unknown_zone_is_a_usage_error(folder: Path) -> None:
    with pytest.raises(UsageError, match="Mars"):
        load(folder, tz="Mars/Olympus")


def test_rows_of_several_accounts_each_in_its_zone(tmp_path: Path) -> None:
    (tmp_path / "accounts.csv").write_text(ACCOUNTS)
    (tmp_path / "calls.csv").write_text(
        calls(
            call(1, at="2026-10-08 09:00"),
            call(2, at="2026-10-08 09:00", account="1022"),
            call(3, at="2026-10-08T09:00Z", account="1022"),
            call(4, at="2026-10-08 09:00", account=""),
        )
    )
    case = load(tmp_path)
    at = dict(zip(case.calls["call_id"], case.calls["offered_at"].dt.strftime("%H:%MZ"), strict=True))
    assert at == {"1": "14:00Z", "2": "13:00Z", "3": "09:00Z", "4": "14:00Z"}
    assert case.calls.loc[case.calls["call_id"] == "4", "account"].tolist() == [
        "1021"
    ]  # by the number dialled


def test_tables_without_an_account_follow_the_number_the_message_or_the_service(tmp_path: Path) -> None:
    (tmp_path / "accounts.csv").write_text(
        ACCOUNTS.replace("1022,Igloo,,America/New_York", "1022,Igloo,,America/Chicago")
    )
    (tmp_path / "calls.csv").write_text(calls(call(1)))
    (tmp_path / "kpi.csv").write_text("interval_start,scope\n2026-10-08 09:00,platform\n")
    (tmp_path / "tests.csv").write_text("tested_at,number,result\n2026-10-08 09:00,+17175551234,ok\n")
    (tmp_path / "messages.csv").write_text("message_id,account,taken_at\nM1,1021,2026-10-08 09:00\n")
    (tmp_path / "dispatch.csv").write_text(
        "message_id,attempted_at,method,status\nM1,2026-10-08 09:00,sms,delivered\n"
    )
    case = load(tmp_path)
    for name, column in (
        ("kpi", "interval_start"),
        ("line_tests", "tested_at"),
        ("messages", "taken_at"),
        ("dispatch", "attempted_at"),
    ):
        assert f"{case.table(name)[column][0]:%H:%MZ}" == "14:00Z", name


def test_clock_changes_become_problems(tmp_path: Path) -> None:
    (tmp_path / "calls.csv").write_text(
        calls(call(1, at="2026-03-08 02:30"), call(2, at="2026-11-01 00:55"), call(3, at="2026-11-01 01:30"))
    )
    case = load(tmp_path, tz="America/New_York")
    assert case.calls["offered_at"].dt.strftime("%H:%MZ").tolist() == ["07:30Z", "04:55Z", "05:30Z"]
    assert [(p.at.line, p.kind, p.effect) for p in case.problems] == [
        (2, "clock-change", "repaired"),
        (4, "clock-change", "noted"),
    ]
    assert "05:30Z" in case.problems[1].fix


def test_the_services_zone_from_the_offsets_of_its_calls(tmp_path: Path) -> None:
    path = tmp_path / "calls.csv"
    path.write_text(calls(call(1, at="2026-07-08T09:00-05:00"), call(2, at="2026-12-08T09:00-06:00")))
    assert (load(path).zone, load(path).zone_from) == ("America/Chicago", "offset")
    path.write_text(calls(call(1, at="2026-07-08T09:00+05:00")))
    assert load(path).zone == "Etc/GMT-5"
    path.write_text(calls(call(1, at="2026-07-08T09:00Z")))
    assert load(path).zone_from == "machine"


# --- accounts of calls


def test_without_accounts_the_number_dialled_names_the_client(tmp_path: Path) -> None:
    path = tmp_path / "calls.csv"
    path.write_text(calls(call(1, account=""), call(2, account="1021")))
    assert load(path).calls["account"].tolist() == ["+17175551234", "1021"]


def test_a_number_two_accounts_claim_is_nobodys(tmp_path: Path) -> None:
    (tmp_path / "calls.csv").write_text(calls(call(1, account="")))
    (tmp_path / "accounts.csv").write_text("account,name,numbers\n1,A,+17175551234\n2,B,+17175551234;+17175551235\n")
    case = load(tmp_path)
    assert case.calls["account"].tolist() == ["+17175551234"]
    (told,) = case.problems
    assert (Path(told.at.file).name, told.at.line, told.effect) == ("accounts.csv", 3, "noted")
    assert told.saw == "+17175551234 is a number of account 2 and of 1"
    assert len(case.table("accounts")) == 2


# --- duplicates


def test_the_same_row_twice_is_counted_once(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(calls(call(1), call(2), call(2)))
    (tmp_path / "b.csv").write_text(calls(call(1), call(3)))
    case = load(tmp_path)
    assert case.calls["call_id"].tolist() == ["1", "2", "3"]
    assert [(Path(p.at.file).name, p.at.line, p.rows, p.kind) for p in case.problems] == [
        ("a.csv", 4, 1, "duplicate"),
        ("b.csv", 2, 1, "duplicate"),
    ]
    assert [(s.rows, s.left_out, s.calls) for s in case.sources] == [(3, 1, 2), (2, 1, 1)]


def test_two_states_of_one_call_are_one_call(tmp_path: Path) -> None:
    (tmp_path / "calls.csv").write_text(calls(call(1, talk=""), call(1, talk="75")))
    case = load(tmp_path)
    assert case.calls["talk_s"].tolist() == [75.0]
    assert [(p.at.line, p.kind) for p in case.problems] == [(2, "conflict")]


def test_an_id_used_again_is_another_call(tmp_path: Path) -> None:
    (tmp_path / "calls.csv").write_text(calls(call(1), call(1, at="2026-10-09T09:01:00-04:00")))
    case = load(tmp_path)
    assert len(case.calls) == 2
    assert [(p.at.line, p.kind, p.effect) for p in case.problems] == [(3, "id-reused", "noted")]


def test_deliveries_to_one_person_again_are_attempts_of_their_own(tmp_path: Path) -> None:
    (tmp_path / "calls.csv").write_text(calls(call(1)))
    (tmp_path / "dispatch.csv").write_text(
        "message_id,attempted_at,method,status\nM1,2026-10-08T09:00Z,sms,failed\nM1,2026-10-08T09:00Z,call,no_answer\n"
        "M1,2026-10-08T09:05Z,sms,failed\nM1,2026-10-08T09:05Z,sms,failed\n"
    )
    assert len(load(tmp_path).table("dispatch")) == 3


# --- laws


@settings(max_examples=25, deadline=None)
@given(st.permutations(list(range(1, 9))), st.integers(0, 8))
def test_neither_order_nor_splitting_matters(
    tmp_path_factory: pytest.TempPathFactory, order: list[int], cut: int
) -> None:
    whole, parts = tmp_path_factory.mktemp("whole"), tmp_path_factory.mktemp("parts")
    (whole / "calls.csv").write_text(calls(*[call(i) for i in range(1, 9)]))
    (parts / "a.csv").write_text(calls(*[call(i) for i in order[:cut]]))
    (parts / "b.csv").write_text(calls(*[call(i) for i in order[cut:]]))
    there = list(TABLES["calls"].names[:-2])
    pd.testing.assert_frame_equal(load(whole).calls[there], load(parts).calls[there])


def test_the_shared_worlds_are_read_whole_and_fast(shared: Path) -> None:
    worlds = sorted((shared / "cases").glob("world*"))
    load(worlds[0])
    for world in worlds:
        begun = time.perf_counter()
        case = load(world)
        took = time.perf_counter() - begun
        assert took < 3, "0.35 s on an idle machine"
        assert not [p for p in case.problems if p.kind != "unrecognised"]
        assert sorted(case.tables) == sorted(TABLES)
        assert sum(s.left_out for s in case.sources) == 0


@pytest.mark.parametrize("again", ["folder", "file", "both"])
def test_a_file_named_twice_is_read_once(again: str, tmp_path: Path) -> None:
    header = "call_id,account,offered_at,outcome\n"
    (tmp_path / "a.csv").write_text(header + "1,1021,2026-10-08T09:15:00-04:00,answered\n")
    (tmp_path / "b.csv").write_text(header + "2,1021,2026-10-08T09:16:00-04:00,answered\n")
    more = {"folder": [tmp_path], "file": [tmp_path / "a.csv"], "both": [tmp_path / "a.csv", tmp_path]}[again]
    once, twice = load([tmp_path]), load([tmp_path, *more])
    assert len(twice.calls) == 2
    assert [(s.path, s.rows, s.calls) for s in twice.sources] == [(s.path, s.rows, s.calls) for s in once.sources]
    assert twice.problems == once.problems == ()


def test_files_of_one_name_in_an_archive_are_told_apart(tmp_path: Path) -> None:
    header = "call_id,account,offered_at,outcome\n"
    with zipfile.ZipFile(tmp_path / "logs.zip", "w") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that it holds the name already
        for call in (1, 2):
            archive.writestr("calls.csv", f"{header}{call},1021,2026-10-08T09:1{call}:00-04:00,answered\n")
    case = load(tmp_path / "logs.zip")
    assert [(s.path.rpartition("!")[2], s.calls) for s in case.sources] == [("calls.csv", 1), ("calls.csv (2)", 1)]


@pytest.mark.parametrize("tz", ["America/New_York", None])
def test_a_switch_has_one_clock_whatever_zones_its_accounts_are_in(folder: Path, tz: str | None) -> None:
    (folder / "calls.csv").unlink()
    (folder / "Master.csv").write_text("".join(
        f'"","2125551594","{number}","public","2026-03-02 09:00:00","2026-03-02 09:00:15","2026-03-02 09:01:15","75","60",'
        f'"NORMAL_CLEARING","74f1b9ab-89cb-4661-8def-17e0127d7d{number[-2:]}","","","PCMU","PCMU"\n'
        for number in ("2155550111", "2155550122", "2155550133")))
    (folder / "accounts.csv").write_text(
        "account,name,numbers,timezone\n1,Acme,+12155550111,America/New_York\n2,Ash,+12155550122,America/Los_Angeles\n"
        "3,Bay,+12155550133,America/New_York\n")
    case = load(folder, tz=tz)
    assert case.calls["offered_at"].tolist() == [pd.Timestamp("2026-03-02T14:00Z")] * 3
    source = next(s for s in case.sources if s.table == "calls")
    assert (source.zone, source.zone_from) == ("America/New_York", "option" if tz else "account")
    told = [p.saw.partition(" in ")[2] for p in case.problems if p.kind == "zone"]
    assert told == ([] if tz else ["America/Los_Angeles, America/New_York"])


def test_times_of_the_generic_layout_are_in_their_accounts_zones(folder: Path) -> None:
    (folder / "calls.csv").write_text(
        "call_id,account,offered_at,outcome\n1,1,2026-03-02 09:00:00,answered\n2,2,2026-03-02 09:00:00,answered\n")
    (folder / "accounts.csv").write_text("account,name,timezone\n1,Acme,America/New_York\n2,Ash,America/Los_Angeles\n")
    case = load(folder, tz="UTC")
    assert case.calls["offered_at"].tolist() == [pd.Timestamp("2026-03-02T14:00Z"), pd.Timestamp("2026-03-02T17:00Z")]
    assert not case.problems
