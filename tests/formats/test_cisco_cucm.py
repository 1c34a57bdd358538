"""Call Manager's CDR and CMR, by name, over many files; numbers are invented (555-01xx)."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from calltrace.intake.cisco import cause_of
from calltrace.tables.case import Case
from switches import loaded, matches_golden, recognised_as, row, written

START = 1776344460  # 2026-04-16 13:01:00 UTC
PHONE = "SEP00AA00BB0001"
NAMES = (
    "cdrRecordType", "globalCallID_callManagerId", "globalCallID_callId", "origLegCallIdentifier", "dateTimeOrigination",
    "callingPartyNumber", "origCause_value", "destLegIdentifier", "originalCalledPartyNumber", "finalCalledPartyNumber",
    "finalCalledPartyUnicodeLoginUserID", "destCause_value", "dateTimeConnect", "dateTimeDisconnect", "lastRedirectDn",
    "pkid", "duration", "origDeviceName", "destDeviceName", "origCalledPartyRedirectReason",
    "lastRedirectRedirectReason", "globalCallId_ClusterID", "joinOnBehalfOf", "huntPilotDN", "wasCallQueued",
    "totalWaitTimeInQueue",
)
HEAD = ",".join(f'"{n}"' for n in NAMES) + "\n"
TYPES = ",".join("VARCHAR(50)" if "Number" in n else "INTEGER" for n in NAMES) + "\n"


def cdr(call: int, *, rings: int = 12, talks: int = 60, at: int = 0, **values: object) -> str:
    """One record: a caller on the trunk to a phone; ``talks`` 0 if nobody connected."""
    begins = START + at
    connect = begins + rings if talks else 0
    given: dict[str, object] = dict.fromkeys(NAMES, 0) | {
        "cdrRecordType": 1, "globalCallID_callManagerId": 2, "globalCallID_callId": call,
        "origLegCallIdentifier": call * 10, "destLegIdentifier": call * 10 + 1, "dateTimeOrigination": begins,
        "dateTimeConnect": connect, "dateTimeDisconnect": begins + rings + talks, "duration": talks,
        "callingPartyNumber": "5855550137", "originalCalledPartyNumber": "5855550167", "finalCalledPartyNumber": "2001",
        "finalCalledPartyUnicodeLoginUserID": "bea", "lastRedirectDn": "2001", "pkid": f"{call}-{at}",
        "origDeviceName": "North-SIP", "destDeviceName": PHONE, "globalCallId_ClusterID": "desk", "huntPilotDN": "",
    }
    given |= values
    return ",".join(f'"{v}"' if isinstance(v, str) else str(v) for v in given.values()) + "\n"


def read(folder: Path, *rows: str, head: str = HEAD + TYPES) -> Case:
    return loaded(*written(folder, cdr__txt=head + "".join(rows)))


def test_the_sample_becomes_what_it_should(repo_root: Path, update_golden: bool) -> None:
    folder = repo_root / "sample_logs" / "cisco_cucm"
    case = loaded(*sorted(folder.glob("c?r_*")))
    matches_golden(case, folder / "calls.expected.csv", update=update_golden)
    calls, sound = case.sources
    assert (calls.rows, calls.left_out, calls.calls, calls.answered, sound.rows) == (12, 1, 7, 2, 2)
    assert calls.notes == (
        (
            "11 records: 7 callers' attempts, 2 further records of the same or other calls, 1 calls set aside, which "
            "began at a phone of ours, 1 legs of a recorder"
        ),
        "2 records of call quality (CMR) beside 7 calls: 1 calls with more than 5% of the packets lost at one end",
    )


def test_an_answered_call_has_its_ring_talk_agent_and_who_hung_up(tmp_path: Path) -> None:
    first = row(read(tmp_path, cdr(1, origCause_value=16)))
    assert first["call_id"] == "desk-2-1"
    assert [first[n] for n in ("ring_s", "queue_s", "hold_s", "talk_s")] == [12, 0, None, 60]
    assert [first[n] for n in ("outcome", "ended_by", "agent", "trunk_group")] == ["answered", "caller", "bea", "North-SIP"]
    assert first["offered_at"] == pd.Timestamp(START, unit="s", tz="UTC")


def test_native_queueing_is_part_of_the_time_before_connect(tmp_path: Path) -> None:
    first = row(read(tmp_path, cdr(1, rings=20, huntPilotDN="5000", wasCallQueued=1, totalWaitTimeInQueue=14)))
    assert (first["ring_s"], first["queue_s"], first["queue"]) == (6, 14, "5000")


def test_without_the_queue_column_the_queue_is_unknown(tmp_path: Path) -> None:
    head = HEAD.replace('"wasCallQueued"', '"other"') + TYPES
    assert row(read(tmp_path, cdr(1), head=head))["queue_s"] is None


@pytest.mark.parametrize(
    ("ours", "theirs", "outcome", "ended_by"),
    [
        (16, 0, "abandoned", "caller"), (0, 17, "busy", "system"), (0, 1174405137, "busy", "system"),
        (0, 18, "no_answer", "system"), (0, 1073741842, "no_answer", "system"), (1191182367, 0, "abandoned", "caller"),
        (0, 1, "failed", "system"), (0, 34, "failed", "system"), (0, 1459617833, "failed", "system"),
        (0, -1577058283, "failed", "system"), (0, 21, "failed", "system"), (0, 0, "abandoned", None),
    ],
)
def test_causes_of_unanswered_calls(
    tmp_path: Path, ours: int, theirs: int, outcome: str, ended_by: str | None
) -> None:
    first = row(read(tmp_path, cdr(1, talks=0, origCause_value=ours, destCause_value=theirs)))
    assert (first["outcome"], first["ended_by"], first["hangup_cause"]) == (outcome, ended_by, f"{ours}/{theirs}")
    assert (first["ring_s"], first["talk_s"], first["agent"]) == (12, 0, None)


@pytest.mark.parametrize(
    ("ours", "theirs", "ended_by"),
    [
        (16, 0, "caller"), (0, 16, "agent"), (393216, 16, "agent"), (0, 31, "agent"), (16, 16, None), (0, 0, None),
        (0, 41, "system"), (0, 1459617833, "system"), (27, 0, "system"), (41, 41, "system"), (0, 38, "system"),
    ],
)
def test_a_conversation_that_the_network_cut_was_ended_by_nobody(
    tmp_path: Path, ours: int, theirs: int, ended_by: str | None
) -> None:
    first = row(read(tmp_path, cdr(1, origCause_value=ours, destCause_value=theirs)))
    assert (first["outcome"], first["ended_by"]) == ("answered", ended_by)


@pytest.mark.parametrize(("value", "cause"), [(0, 0), (126, 126), (83886081, 1), (2717909013, 21), (458752, 458752)])
def test_causes_over_127_hold_the_cause_in_the_low_byte(value: int, cause: int) -> None:
    assert cause_of(value) == cause


def test_a_transfer_is_one_call_and_the_consultation_no_talk_of_the_caller(tmp_path: Path) -> None:
    case = read(
        tmp_path,
        cdr(1, rings=6, talks=64, origCause_value=126, destCause_value=126),
        cdr(2, rings=6, talks=24, at=40, callingPartyNumber="2001", origDeviceName=PHONE, finalCalledPartyNumber="2002",
            origLegCallIdentifier=11, destLegIdentifier=21, destDeviceName="SEP00AA00BB0002"),
        cdr(2, rings=0, talks=60, at=70, origLegCallIdentifier=10, destLegIdentifier=21, finalCalledPartyNumber="2002",
            destDeviceName="SEP00AA00BB0002", destCause_value=16),
    )
    assert len(case.calls) == 1
    first = row(case)
    assert (first["ring_s"], first["talk_s"], first["transferred_to"], first["ended_by"]) == (6, 124, "2002", "agent")


def test_a_leg_identifier_seen_again_much_later_is_another_leg(tmp_path: Path) -> None:
    case = read(tmp_path, cdr(1), cdr(2, at=86_400, origLegCallIdentifier=10))
    assert len(case.calls) == 2


def test_a_recorders_legs_are_nobodys_call(tmp_path: Path) -> None:
    recorder = cdr(7, talks=0, callingPartyNumber="b001", joinOnBehalfOf=27, destCause_value=1459617833)
    case = read(tmp_path, cdr(1), recorder)
    assert case.calls["call_id"].tolist() == ["desk-2-1"]
    assert "1 legs of a recorder" in case.sources[0].notes[0]


@pytest.mark.parametrize("name", ["CSFBOB", "TCTJO", "BOTED", "TABX", "CSFB.RAY"])
def test_a_client_named_after_a_user_with_a_short_name_is_a_phone(tmp_path: Path, name: str) -> None:
    own = [cdr(n, at=60 * n, origDeviceName=name, callingPartyNumber=number) for n, number in ((2, "2002"), (3, "5855550170"))]
    assert read(tmp_path, cdr(1), *own).calls["trunk_group"].tolist() == ["North-SIP"]


def test_a_line_with_such_a_name_is_known_by_its_callers(tmp_path: Path) -> None:
    came = [cdr(n, at=60 * n, origDeviceName="TCT1", callingPartyNumber=f"585555013{n}") for n in (2, 3)]
    assert read(tmp_path, cdr(1), *came).calls["trunk_group"].tolist() == ["North-SIP", "TCT1", "TCT1"]


def test_calls_of_our_phones_are_set_aside_where_there_are_others(tmp_path: Path) -> None:
    own = cdr(2, origDeviceName="CSFBEA01", destDeviceName="North-SIP", at=5)
    assert len(read(tmp_path, cdr(1), own).calls) == 1
    alone = read(tmp_path, own)
    assert len(alone.calls) == 1
    assert row(alone)["trunk_group"] is None
    assert "every call counts" in alone.sources[0].notes[1]


def test_a_voicemail_port_and_a_menu_are_no_person(tmp_path: Path) -> None:
    case = read(tmp_path, cdr(1, destDeviceName="CUC-VoiceMail-VI1"), cdr(2, destDeviceName="CTI_5001", at=9))
    assert case.calls["outcome"].tolist() == ["voicemail", "announcement"]
    assert case.calls["queue_s"].tolist() == [60, 60]


@pytest.mark.parametrize(("reason", "number"), [(0, None), (1, "+15855550190"), (15, "+15855550190"), (4, None)])
def test_a_forwarded_call_has_the_number_it_came_from(tmp_path: Path, reason: int, number: str | None) -> None:
    case = read(tmp_path, cdr(1, lastRedirectDn="5855550190", lastRedirectRedirectReason=reason))
    assert row(case)["redirected_from"] == number


@pytest.mark.parametrize("head", [HEAD, HEAD.upper(), HEAD.replace('"', ""), HEAD + TYPES])
def test_any_case_any_quotes_with_and_without_the_types(tmp_path: Path, head: str) -> None:
    case = read(tmp_path, cdr(1), head=head)
    assert (row(case)["outcome"], case.sources[0].rows) == ("answered", 1)


def test_columns_go_by_name_in_any_order_and_a_resaved_file_has_semicolons(tmp_path: Path) -> None:
    lines = (HEAD + cdr(1)).splitlines()
    turned = "\r\n".join(";".join(reversed(line.split(","))) for line in lines) + "\r\n"
    assert row(read(tmp_path, turned, head=""))["talk_s"] == 60


def test_files_put_one_behind_the_other_have_several_headers(tmp_path: Path) -> None:
    case = read(tmp_path, cdr(1), HEAD, TYPES, cdr(2, at=60))
    assert (len(case.calls), case.sources[0].rows) == (2, 2)


def test_many_small_files_join_and_overlaps_count_once(tmp_path: Path) -> None:
    empty, one = HEAD + TYPES, HEAD + TYPES + cdr(1, origCause_value=126)
    joined = HEAD + TYPES + cdr(1, rings=0, talks=30, at=72, origLegCallIdentifier=10, destLegIdentifier=99)
    case = loaded(*written(tmp_path, cdr_1=empty, cdr_2=one, cdr_3=joined, cdr_4=one))
    assert len(case.calls) == 1
    assert row(case)["talk_s"] == 90
    assert sum(s.left_out for s in case.sources) == 1


def test_a_log_without_one_unanswered_call_hides_them(tmp_path: Path) -> None:
    rows = [cdr(n, at=n * 60) for n in range(1, 400)]
    hidden = read(tmp_path, *rows)
    assert not hidden.logs_unanswered
    assert "CdrLogCallsWithZeroDurationFlag" in " ".join(hidden.sources[0].notes)
    assert read(tmp_path, *rows, cdr(500, talks=0, at=40_000)).logs_unanswered


def test_rows_that_cannot_be_read_are_problems(tmp_path: Path) -> None:
    case = read(tmp_path, cdr(1), "1,2,3\n", cdr(4).replace(str(START), "soon", 1), cdr(5, cdrRecordType=9), cdr(6)[:40])
    assert len(case.calls) == 1
    assert sorted((p.at.line, p.kind) for p in case.problems) == [
        (4, "field-count"), (5, "bad-time"), (6, "bad-row"), (7, "cut-off"),
    ]
    assert (case.sources[0].rows, case.sources[0].left_out) == (5, 4)


def test_only_its_own_files_are_recognised(repo_root: Path, shared: Path) -> None:
    for folder in (repo_root / "sample_logs", shared / "formats" / "samples"):
        for path in sorted(folder.glob("*/*")):
            if path.is_file() and path.suffix != ".gz":
                own = path.parent.name == "cisco_cucm" and not path.name.endswith(".expected.csv")
                found = recognised_as(path.name, path.read_bytes())
                assert ("cisco_cucm" in found) == own, path
                assert not own or found == ["cisco_cucm"]


def test_a_real_call_through_a_recorder_is_one_attempt(shared: Path) -> None:
    folder = shared / "formats" / "samples" / "cisco_cucm"
    case = loaded(folder / "sieteunoseis_cdr.txt", folder / "sieteunoseis_cmr.txt")
    calls, sound = case.sources
    assert (calls.rows, calls.left_out, calls.calls, calls.answered) == (3, 0, 1, 1)
    assert (sound.rows, sound.left_out) == (2, 0)
    assert calls.notes[0] == "3 records: 1 callers' attempts, 2 legs of a recorder"
    first = row(case)
    assert first["offered_at"] == pd.Timestamp("2025-04-18 16:32:08", tz="UTC")
    assert [first[n] for n in ("call_id", "ring_s", "talk_s", "ended_by", "agent", "redirected_from")] == [
        "cucmOHSUtest-2-25447", 2, 11, "caller", "user1", None,
    ]


def test_times_that_cannot_be_are_left_out(tmp_path: Path) -> None:
    case = read(tmp_path, cdr(1), cdr(2, dateTimeDisconnect=9999999999999), cdr(3, dateTimeConnect=-5), cdr(4, duration="inf"))
    assert sorted(case.calls["call_id"]) == ["desk-2-1", "desk-2-4"]
    assert [(p.at.line, p.kind) for p in case.problems] == [(4, "bad-time"), (5, "bad-time")]
