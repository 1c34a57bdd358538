"""mod_cdr_csv in every template, with every kind of dirt; numbers are invented (555-01xx)."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from calltrace.intake.formats import freeswitch_cdr_csv as csv_format
from switches import loaded, matches_golden, recognised_as, row, written

A = "5bf9033d-ee4b-4663-874f-b47090e0211a"
B = "e852a435-b155-40e6-8ca4-68cd98e8f62d"
C = "123fb42f-804d-4eaf-9ebc-a919a4137a36"


def leg(  # noqa: PLR0917
    uuid: str = A,
    bleg: str = B,
    answer: str = "2026-04-16 09:01:07",
    cause: str = "NORMAL_CLEARING",
    dest: str = "5855550167",
    name: str = "ANN LEE",
    context: str = "public",
    caller: str = "5855550137",
    code: str = "HA",
    width: int = 15,
) -> str:
    """One row of the shipped template: rung 7 s, up 84 s, begun 09:01:00."""
    fields = [
        name, caller, dest, context, "2026-04-16 09:01:00", answer, "2026-04-16 09:02:31", "91", "84" if answer else "0",
        cause, uuid, bleg, code, "PCMU", "PCMU", *(["x"] * 20),
    ]
    return '"' + '","'.join(fields[:width]) + '"\n'


def test_the_sample_becomes_what_it_should(repo_root: Path, update_golden: bool) -> None:
    folder = repo_root / "sample_logs" / "freeswitch_cdr_csv"
    case = loaded(folder / "Master.csv")
    matches_golden(case, folder / "Master.csv.expected.csv", update=update_golden)
    source = case.sources[0]
    assert (source.rows, source.left_out, source.calls) == (13, 1, 9)
    assert source.notes[0] == (
        "12 legs: 9 callers' attempts, 2 further legs of the same calls, 1 set aside, which registered users or the "
        "switch itself made"
    )
    assert [(p.at.line, p.kind) for p in source.problems] == [(13, "cut-off")]


@pytest.mark.parametrize("width", [13, 15, 17, 20])
def test_templates_that_begin_as_the_shipped_one_are_read(tmp_path: Path, width: int) -> None:
    case = loaded(*written(tmp_path, Master__csv=leg(width=width) + leg(C, width=width)))
    assert len(case.calls) == 2
    first = row(case)
    assert (first["ani"], first["dnis"], first["account"]) == ("+15855550137", "+15855550167", "HA")
    assert (first["ring_s"], first["queue_s"], first["hold_s"], first["talk_s"]) == (7, None, None, 84)
    assert first["offered_at"] == pd.Timestamp("2026-04-16 13:01:00", tz="UTC")


def test_the_asterisk_template_has_its_fields_elsewhere(tmp_path: Path) -> None:
    fields = [
        "HA", "5855550137", "5855550167", "public", '"ANN LEE" <5855550137>', "sofia/external/x", "sofia/internal/1001",
        "bridge", "user/1001", "2026-04-16 09:01:00", "2026-04-16 09:01:07", "2026-04-16 09:02:31", "91", "84",
        "NORMAL_CLEARING", "3", A, "",
    ]
    case = loaded(*written(tmp_path, Master__csv='"' + '","'.join(fields) + '"\n'))
    first = row(case)
    assert (first["caller_name"], first["outcome"], first["talk_s"]) == ("ANN LEE", "answered", 84)


def test_a_template_nobody_knows_is_read_by_the_shape_of_its_fields(tmp_path: Path) -> None:
    rows = "".join(
        f'"{uuid}","5855550137","5855550167","2026-04-16 09:01:0{n}","","2026-04-16 09:01:2{n}","20","0","USER_BUSY"\n'
        for n, uuid in enumerate((A, B, C))
    )
    rows = rows.replace('"USER_BUSY"', '"USER_BUSY","","gw1","x"')
    case = loaded(*written(tmp_path, Master__csv=rows))
    assert case.calls["outcome"].tolist() == ["busy"] * 3
    assert case.calls["dnis"].tolist() == ["+15855550167"] * 3


def test_the_sql_template_and_a_dump_are_read(tmp_path: Path) -> None:
    values = leg().strip()
    template = "INSERT INTO cdr VALUES ({});\n".format(values)  # noqa: UP032, S608
    dump = (
        "PRAGMA foreign_keys=OFF;\nCREATE TABLE cdr (caller_id_name VARCHAR, caller_id_number VARCHAR, "
        "destination_number VARCHAR, context VARCHAR, start_stamp DATETIME, answer_stamp DATETIME, end_stamp DATETIME, "
        "duration INTEGER, billsec INTEGER, hangup_cause VARCHAR, uuid VARCHAR, bleg_uuid VARCHAR);\n"
        "INSERT INTO \"cdr\" VALUES('Ann O''Lee','5855550137','5855550167','public','2026-04-16 09:01:00',NULL,"
        f"'2026-04-16 09:01:20',20,0,'NO_ANSWER','{C}','');\n"
    )
    for text, name, outcome in ((template, "ANN LEE", "answered"), (dump, "Ann O'Lee", "no_answer")):
        case = loaded(*written(tmp_path, cdr__sql=text))
        assert (row(case)["caller_name"], row(case)["outcome"]) == (name, outcome)


def test_a_header_is_taken_by_name(tmp_path: Path) -> None:
    text = (
        "uuid;start_stamp;end_stamp;answer_stamp;caller_id_number;destination_number;hangup_cause;duration;billsec\n"
        f"{A};2026-04-16 09:01:00;2026-04-16 09:01:09;;5855550137;5855550167;ORIGINATOR_CANCEL;9;0\n"
    )
    case = loaded(*written(tmp_path, cdr__csv=text))
    assert (row(case)["outcome"], row(case)["ring_s"], row(case)["source_line"]) == ("abandoned", 9, 2)


@pytest.mark.parametrize(
    ("cause", "outcome"),
    [
        ("ORIGINATOR_CANCEL", "abandoned"), ("NO_ANSWER", "no_answer"), ("NO_USER_RESPONSE", "no_answer"),
        ("ALLOTTED_TIMEOUT", "no_answer"), ("USER_BUSY", "busy"), ("CALL_REJECTED", "failed"),
        ("NORMAL_CIRCUIT_CONGESTION", "failed"), ("NORMAL_CLEARING", "failed"),
    ],
)
def test_causes_of_unanswered_calls(tmp_path: Path, cause: str, outcome: str) -> None:
    case = loaded(*written(tmp_path, Master__csv=leg(bleg="", answer="", cause=cause)))
    assert (row(case)["outcome"], row(case)["hangup_cause"]) == (outcome, cause)


@pytest.mark.parametrize("never", ["", "1969-12-31 19:00:00", "1970-01-01 00:00:00"])
def test_an_answer_before_there_was_a_freeswitch_is_none(tmp_path: Path, never: str) -> None:
    case = loaded(*written(tmp_path, Master__csv=leg(bleg="", answer=never, cause="NO_ANSWER")))
    assert (row(case)["outcome"], row(case)["ring_s"], row(case)["talk_s"]) == ("no_answer", 91, 0)


def test_answered_without_another_leg_is_a_machine(tmp_path: Path) -> None:
    case = loaded(*written(tmp_path, Master__csv=leg(bleg="")))
    assert (row(case)["outcome"], row(case)["queue_s"], row(case)["talk_s"]) == ("announcement", 84, 0)


def test_both_legs_of_a_call_are_one_call(tmp_path: Path) -> None:
    text = leg(B, A, dest="1001", context="default", code="") + leg(A, B)
    case = loaded(*written(tmp_path, Master__csv=text.replace("09:01:00", "09:01:03", 1)))
    assert len(case.calls) == 1
    assert (row(case)["call_id"], row(case)["agent"], row(case)["queue_s"]) == (A, "1001", 0)


NOBODY = ""


@pytest.mark.parametrize("agents_first", [True, False])
@pytest.mark.parametrize(
    ("names", "back", "context"),
    [
        (B, NOBODY, "public"),  # as mod_cdr_csv writes both legs: the caller's names the agent's
        (B, NOBODY, "ivr"),
        (B, A, "public"),  # they name each other: the caller's came from outside
    ],
)
def test_of_two_legs_of_one_second_the_callers_is_the_one_that_was_bridged(
    tmp_path: Path, agents_first: bool, names: str, back: str, context: str
) -> None:
    rows = [leg(B, back, dest="1001", context="default", code=""), leg(A, names, context=context)]
    case = loaded(*written(tmp_path, Master__csv="".join(rows if agents_first else rows[::-1])))
    assert len(case.calls) == 1
    assert (row(case)["call_id"], row(case)["dnis"], row(case)["agent"]) == (A, "+15855550167", "1001")


def test_of_three_legs_of_one_second_the_callers_is_the_first_of_the_chain(tmp_path: Path) -> None:
    rows = leg(C, "", dest="1002", context="default", code="") + leg(B, C, dest="7000", context="default", code="") + leg(A, B)
    case = loaded(*written(tmp_path, Master__csv=rows))
    assert (case.calls["call_id"].tolist(), row(case)["dnis"]) == ([A], "+15855550167")


def test_an_agents_standing_leg_joins_no_two_callers(tmp_path: Path) -> None:
    standing = leg(B, "", caller="1001", dest="park", context="default").replace("09:01:00", "08:00:00")
    text = standing + leg(A, B) + leg(C, B, caller="5855550141")
    case = loaded(*written(tmp_path, Master__csv=text))
    assert set(case.calls["call_id"]) == {A, C}


def test_a_leg_that_lost_the_race_is_no_call(tmp_path: Path) -> None:
    case = loaded(*written(tmp_path, Master__csv=leg() + leg(C, "", answer="", cause="LOSE_RACE")))
    assert case.calls["call_id"].tolist() == [A]
    assert "1 that lost to another leg" in case.sources[0].notes[0]


def test_calls_of_our_own_phones_count_only_where_no_outside_caller_is_seen(tmp_path: Path) -> None:
    own = leg(C, caller="1001", code="1001", context="default", dest="5855550199")
    with_outside = loaded(*written(tmp_path, Master__csv=leg() + own))
    alone = loaded(*written(tmp_path, Master__csv=own))
    assert with_outside.calls["call_id"].tolist() == [A]
    assert alone.calls["call_id"].tolist() == [C]
    assert "can't be told apart" in alone.sources[0].notes[1]


@pytest.mark.parametrize(
    ("outside", "inside", "own"),
    [
        ("public", "default", True),
        ("public", "desk.example.com", True),
        ("from-pstn", "phones", True),  # not as shipped, but whole numbers come in one of them only
        ("desk.example.com", "desk.example.com", False),  # and here one tells nothing of the other
    ],
)
def test_an_extension_is_known_by_its_few_digits_where_whole_numbers_come_from_elsewhere(
    tmp_path: Path, outside: str, inside: str, own: bool
) -> None:
    text = leg(context=outside, code="") + leg(C, caller="204", code="", context=inside, dest="5855550199")
    case = loaded(*written(tmp_path, Master__csv=text))
    assert case.calls["call_id"].tolist() == ([A] if own else [A, C])
    assert any("can't be told apart" in note for note in case.sources[0].notes) is not own


def test_few_digits_that_come_from_outside_are_a_callers(tmp_path: Path) -> None:
    text = leg(code="") + leg(C, caller="611", code="")
    assert loaded(*written(tmp_path, Master__csv=text)).calls["ani"].notna().sum() == 2
    withheld = leg(code="") + leg(C, caller="anonymous", code="", context="default")
    assert len(loaded(*written(tmp_path, Master__csv=withheld)).calls) == 2
    hospital = leg(code="") + leg(C, caller="4204", code="", context="hospital")  # dials what callers dial
    assert len(loaded(*written(tmp_path, Master__csv=hospital)).calls) == 2


DOMAIN = "desk.example.com"


@pytest.mark.parametrize(
    ("called", "phones", "accounts", "file"),
    [
        ([(DOMAIN, "67"), (DOMAIN, "78")], DOMAIN, {"67", "78"}, "Master.csv"),
        ([(DOMAIN, "67"), (DOMAIN, "78")], "", {"67", "78"}, "Master.csv"),
        ([("desk", "67"), ("desk", "78")], "desk", {"67", "78"}, "Master.csv"),
        ([("HA", "67"), (DOMAIN, "78"), (DOMAIN, "90")], DOMAIN, {"HA", "78", "90"}, "Master.csv"),
        ([("HA", "67"), ("HA", "78")], "", {"HA"}, "Master.csv"),  # a client with two numbers
        ([("HA", "67"), ("HA", "78"), ("LM", "90")], "HA", {"HA", "LM"}, "Master.csv"),  # agents called out for it
        ([("HA", "67"), ("HA", "78")], "HA", {"HA"}, "HA.csv"),  # FreeSWITCH's file of one account
        ([("a.example.com", "67"), ("b.example.com", "78"), ("b.example.com", "90")], "204",
         {"a.example.com", "b.example.com"}, "Master.csv"),
        ([(DOMAIN, "67")], DOMAIN, {DOMAIN}, "Master.csv"),
    ],
)  # fmt: skip
def test_an_accountcode_of_the_service_itself_is_no_clients(
    tmp_path: Path, called: list[tuple[str, str]], phones: str, accounts: set[str], file: str
) -> None:
    rows = [
        leg(f"{n:08d}-0000-4000-8000-000000000000", code=code, dest=f"58555501{number}")
        for n, (code, number) in enumerate(called)
    ]
    path = tmp_path / file
    path.write_text("".join(rows) + leg(C, caller="204", code=phones, context="default", dest="5855550199"))
    case = loaded(path)
    assert len(case.calls) == len(called)
    assert set(case.calls["account"].str.removeprefix("+158555501")) == accounts


def test_names_with_quotes_and_commas_stay_whole(tmp_path: Path) -> None:
    text = leg(name='Bob "Bo" Hart, Jr') + leg(C, name='A","B')
    case = loaded(*written(tmp_path, Master__csv=text))
    assert case.calls["caller_name"].tolist() == ['Bob "Bo" Hart, Jr', 'A","B']


def test_version_1_uuids_tell_the_zone(tmp_path: Path) -> None:
    # RFC 9562, appendix A.1: this UUID is of 2022-02-22 14:22:22 in New York
    text = leg("c232ab00-9414-11ec-b3c8-9f6bdeced846").replace("2026-04-16 09:01:00", "2022-02-22 14:22:22")
    text = text.replace("2026-04-16 09:01:07", "2022-02-22 14:22:29").replace("2026-04-16 09:02:31", "2022-02-22 14:23:53")
    case = loaded(*written(tmp_path, Master__csv=text), tz=None)
    assert row(case)["offered_at"] == pd.Timestamp("2022-02-22 19:22:22", tz="UTC")
    assert (case.sources[0].zone, case.sources[0].zone_from) == ("America/New_York", "uniqueid")


def test_a_per_account_file_repeats_the_master_file(tmp_path: Path) -> None:
    case = loaded(*written(tmp_path, Master__csv=leg() + leg(C), HA__csv=leg()))
    assert len(case.calls) == 2
    assert sum(s.left_out for s in case.sources) == 1


def test_rows_that_cannot_be_read_are_problems(tmp_path: Path) -> None:
    text = "\0\0" + leg() + '"torn","row"\n\n' + leg(C).replace("2026-04-16 09:01:00", "2026-99-16 09:01:00") + leg(B)[:70]
    case = loaded(*written(tmp_path, Master__csv=text))
    assert len(case.calls) == 1
    assert [(p.at.line, p.kind) for p in case.problems] == [
        (1, "nul-bytes"), (2, "bad-row"), (5, "cut-off"), (4, "bad-time"),
    ]
    assert case.sources[0].rows == 4


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cut=st.integers(0, 600), junk=st.binary(max_size=12))
def test_no_damage_makes_the_reader_fail(tmp_path: Path, cut: int, junk: bytes) -> None:
    data = (leg() * 3 + leg(C) * 3).encode()
    path = tmp_path / "Master.csv"
    path.write_bytes(data[:cut] + junk + data[cut:])
    case = loaded(path)
    source = case.sources[0]
    assert source.calls is None or source.calls + source.left_out <= max(source.rows, 6)


def test_a_scan_is_told_of(tmp_path: Path) -> None:
    rows = "".join(
        leg(f"{n:08d}-0000-4000-8000-000000000000", "", "", dest=f"90{n}44113", caller="1009", code="")
        .replace('"91"', '"0"') for n in range(6)
    )
    case = loaded(*written(tmp_path, Master__csv=rows))
    assert [p.kind for p in case.problems] == ["scan"]
    assert len(case.calls) == 6


def test_other_formats_files_are_refused(repo_root: Path) -> None:
    own = {"freeswitch_cdr_csv/Master.csv"}
    for path in sorted((repo_root / "sample_logs").glob("*/*")):
        if path.is_file() and path.suffix in (".csv", ".json", ".xml", ".log", ".txt", ".jsonl", ""):
            found = recognised_as(path.name, path.read_bytes())
            place = path.relative_to(repo_root / "sample_logs").as_posix()
            assert ("freeswitch_cdr_csv" in found) == (place in own), place
            assert place not in own or found == ["freeswitch_cdr_csv"]
    assert csv_format.FORMAT.family == "freeswitch"


@pytest.mark.parametrize(
    ("name", "rows", "calls", "answered", "first", "last"),
    [
        ("amitsrepo_Master_15col.csv", 333, 313, 14, "2017-07-09 10:34:14", "2018-01-20 16:13:16"),
        ("SeanHerbert_Master_rejected.csv", 7, 7, 0, "2019-12-28 03:15:33", "2019-12-28 04:01:36"),
        ("trick12138_Master.csv", 3, 3, 0, "2023-02-14 13:05:17", "2023-02-14 13:09:08"),
        ("trick12138_peraccount_1000.csv", 2, 2, 0, "2023-02-14 13:05:17", "2023-02-14 13:05:40"),
        ("areski_cdr_pusher_sqlite.sql", 2, 2, 2, "2015-01-14 17:58:01", "2015-01-14 17:59:02"),
    ],
)
def test_real_files_lose_no_row(  # noqa: PLR0917
    shared: Path, name: str, rows: int, calls: int, answered: int, first: str, last: str
) -> None:
    case = loaded(shared / "formats" / "samples" / "freeswitch_cdr_csv" / name, tz="UTC")
    source = case.sources[0]
    assert (source.rows, source.left_out, source.calls, source.answered) == (rows, 0, calls, answered)
    assert (source.first, source.last) == (pd.Timestamp(first, tz="UTC"), pd.Timestamp(last, tz="UTC"))
