"""FreeSWITCH's JSON and XML records, one leg a file and otherwise; numbers are invented (555-01xx)."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import quote

import pandas as pd
import pytest

from switches import loaded, matches_golden, recognised_as, row, written

A = "5bf9033d-ee4b-4663-874f-b47090e0211a"
B = "e852a435-b155-40e6-8ca4-68cd98e8f62d"
START = 1776344460  # 2026-04-16 13:01:00 UTC


def record(uuid: str = A, *, answer: int = 7, bridge: int = 7, end: int = 91, **variables: str) -> dict[str, object]:
    """One leg: picked up after ``answer`` s, bridged after ``bridge`` s, over after ``end`` s; 0 is never."""
    values = {
        "uuid": uuid, "direction": "inbound", "start_stamp": "2026-04-16 09:01:00", "start_epoch": str(START),
        "answer_epoch": str(START + answer if answer else 0), "bridge_epoch": str(START + bridge if bridge else 0),
        "end_epoch": str(START + end), "duration": str(end), "billsec": str(end - answer if answer else 0),
        "hold_accum_seconds": "0", "hangup_cause": "NORMAL_CLEARING", "accountcode": "HA", **variables,
    }
    newest = {"caller_id_name": "x", "caller_id_number": "x", "rdnis": "x", "destination_number": "desk", "context": "default"}
    oldest = newest | {
        "caller_id_name": "ANN LEE", "caller_id_number": "5855550137", "rdnis": "", "destination_number": "5855550167",
        "context": "public",
    }
    return {
        "core-uuid": "c0", "switchname": "desk1", "variables": values,
        "callflow": [{"caller_profile": newest}, {"caller_profile": oldest}],
    }


def as_xml(leg: dict[str, object]) -> str:
    variables = leg["variables"]
    flows = leg["callflow"]
    assert isinstance(variables, dict)
    assert isinstance(flows, list)
    return (
        '<?xml version="1.0"?>\n<cdr core-uuid="c0" switchname="desk1"><channel_data/><variables>'
        + "".join(f"<{k}>{quote(v)}</{k}>" for k, v in variables.items())
        + "</variables>"
        + "".join(
            "<callflow><caller_profile>"
            + "".join(f"<{k}>{v}</{k}>" for k, v in flow["caller_profile"].items())
            + "</caller_profile></callflow>"
            for flow in flows
        )
        + "</cdr>\n"
    )


def test_the_sample_becomes_what_it_should(repo_root: Path, update_golden: bool) -> None:
    folder = repo_root / "sample_logs" / "freeswitch_cdr_json"
    files = sorted(p for p in folder.iterdir() if not p.name.endswith(".expected.csv"))
    case = loaded(*files, tz=None)
    matches_golden(case, folder / "calls.expected.csv", update=update_golden)
    assert sum(s.rows for s in case.sources) == 7
    assert next(s for s in case.sources if s.calls).notes[0] == (
        "6 legs: 4 callers' attempts, 1 further legs of the same calls, 1 set aside, which registered users or the "
        "switch itself made"
    )
    assert [(p.at.line, p.kind) for p in case.problems] == [(4, "cut-off")]


def test_json_xml_and_every_way_of_stringing_them_say_the_same(tmp_path: Path) -> None:
    one, other = record(), record(B, accountcode="LM")
    texts = [
        json.dumps(one) + "\n" + json.dumps(other) + "\n",
        json.dumps([one, other]),
        json.dumps(one, indent=2) + json.dumps(other, indent=2),
        json.dumps({"cdr": one}) + json.dumps({"cdr": other}),
        f"2026-04-16 09:02:31 [INFO] New CDR: {json.dumps(one)}\n2026-04-16 09:02:32 [INFO] New CDR: {json.dumps(other)}\n",
        as_xml(one) + as_xml(other),
        "cdr=" + quote(as_xml(one)),
    ]
    seen = []
    for text in texts:
        path = tmp_path / "cdr"
        path.write_text(text, encoding="utf-8")
        case = loaded(path, tz=None)
        seen.append(case.calls.drop(columns=["source_file", "source_line"]))
        assert not case.problems
    for frame in seen[1:-1]:
        pd.testing.assert_frame_equal(frame, seen[0])
    pd.testing.assert_frame_equal(seen[-1], seen[0].iloc[:1])


def test_epochs_are_utc_and_tell_the_zone(tmp_path: Path) -> None:
    case = loaded(*written(tmp_path, a__json=json.dumps(record())), tz=None)
    assert row(case)["offered_at"] == pd.Timestamp(START, unit="s", tz="UTC")
    assert (case.sources[0].zone, case.sources[0].zone_from) == ("America/New_York", "epoch")


def test_the_oldest_profile_has_the_number_dialled(tmp_path: Path) -> None:
    first = row(loaded(*written(tmp_path, a__json=json.dumps(record()))))
    assert (first["dnis"], first["ani"], first["caller_name"]) == ("+15855550167", "+15855550137", "ANN LEE")


def test_a_machine_before_the_person_is_queueing(tmp_path: Path) -> None:
    case = loaded(*written(tmp_path, a__json=json.dumps(record(answer=2, bridge=32, hold_accum_seconds="9"))))
    first = row(case)
    assert [first[n] for n in ("ring_s", "queue_s", "hold_s", "talk_s")] == [2, 30, 9, 50]


def test_early_media_before_the_answer_is_ringing(tmp_path: Path) -> None:
    first = row(loaded(*written(tmp_path, a__json=json.dumps(record(answer=11, bridge=2)))))
    assert [first[n] for n in ("ring_s", "queue_s", "talk_s")] == [11, 0, 80]


def test_a_queue_that_nobody_answered_was_abandoned(tmp_path: Path) -> None:
    leg = record(bridge=0, cc_side="member", cc_queue="desk@default", cc_queue_joined_epoch=str(START + 7),
                 cc_cause="cancel", sip_hangup_disposition="recv_bye")
    first = row(loaded(*written(tmp_path, a__json=json.dumps(leg))))
    assert (first["outcome"], first["ended_by"], first["queue"]) == ("abandoned", "caller", "desk")
    assert (first["ring_s"], first["queue_s"]) == (7, 84)


def test_a_menu_that_reached_nobody_is_an_announcement(tmp_path: Path) -> None:
    first = row(loaded(*written(tmp_path, a__json=json.dumps(record(bridge=0)))))
    assert (first["outcome"], first["agent"], first["talk_s"]) == ("announcement", None, 0)


def test_what_the_dialling_came_to_says_more_than_normal_clearing(tmp_path: Path) -> None:
    leg = record(answer=0, bridge=0, originate_disposition="USER_BUSY", sip_hangup_disposition="send_refuse")
    first = row(loaded(*written(tmp_path, a__json=json.dumps(leg))))
    assert (first["outcome"], first["ended_by"]) == ("busy", "system")


@pytest.mark.parametrize(
    ("variables", "number"),
    [
        ({"sip_h_Diversion": "<sip:+15855550190@carrier.example>;reason=unconditional"}, "+15855550190"),
        ({"sip_history_info": "<sip:5855550190@a>;index=1, <sip:5855550167@b>;index=1.1"}, "+15855550190"),
        ({"sip_history_info": "<sip:5855550167@a>;index=1, <sip:5855550167@b>;index=1.1"}, None),
        ({}, None),
    ],
)
def test_forwarding_is_proved_only_by_another_number(tmp_path: Path, variables: dict[str, str], number: str | None) -> None:
    first = row(loaded(*written(tmp_path, a__json=json.dumps(record(**variables)))))
    assert first["redirected_from"] == number


def test_both_legs_in_files_of_their_own_are_one_call(tmp_path: Path) -> None:
    agent = record(B, direction="outbound", cc_side="agent", cc_agent="bea", cc_member_session_uuid=A)
    files = written(tmp_path, b__json=json.dumps(agent), a__xml=as_xml(record(bridge_uuid=B, answer=2, bridge=0)))
    case = loaded(*files)
    assert len(case.calls) == 1
    assert (row(case)["call_id"], row(case)["agent"], row(case)["queue_s"]) == (A, "bea", 5)


def test_the_same_call_in_master_csv_counts_once(tmp_path: Path) -> None:
    line = (
        '"ANN LEE","5855550137","5855550167","public","2026-04-16 09:01:00","","2026-04-16 09:01:20","20","0",'
        f'"NO_ANSWER","{A}","","HA"\n'
    )
    files = written(tmp_path, Master__csv=line + line.replace(A, B), a__json=json.dumps(record(answer=0, bridge=0)))
    case = loaded(*files)
    assert sorted(case.calls["call_id"]) == [A, B]
    assert set(case.calls["offered_at"]) == {pd.Timestamp(START, unit="s", tz="UTC")}
    assert sum(s.left_out for s in case.sources) == 1


def test_secrets_in_variables_reach_no_column(tmp_path: Path) -> None:
    secret = "hunter2"  # noqa: S105
    case = loaded(*written(tmp_path, a__json=json.dumps(record(sip_auth_password=secret, api_key=secret))))
    assert secret not in case.calls.to_csv()


def test_damaged_and_hostile_records_are_problems(tmp_path: Path) -> None:
    bomb = '<?xml version="1.0"?>\n<cdr core-uuid="1"><!DOCTYPE x [<!ENTITY a "b">]><variables><uuid>&a;</uuid></variables></cdr>'
    deep = json.dumps(record())[:-1] + ', "x": ' + "[" * 100_000
    files = written(
        tmp_path, a__json=json.dumps(record()) + "\n" + json.dumps({"core-uuid": 1, "callflow": [], "variables": {"uuid": B}}),
        b__xml=bomb, c__xml=as_xml(record(B))[:-20], d__json=deep,
    )
    case = loaded(*files)
    assert len(case.calls) == 1
    assert sorted(p.kind for p in case.problems if p.effect == "left-out") == ["bad-row", "cut-off", "cut-off", "cut-off"]


def test_only_its_own_files_are_recognised(repo_root: Path, shared: Path) -> None:
    for folder in (repo_root / "sample_logs", shared / "formats" / "samples"):
        for path in sorted(folder.glob("*/*")):
            if path.is_file() and path.suffix != ".gz":
                own = path.parent.name == "freeswitch_cdr_json" and not path.name.endswith(".expected.csv")
                found = recognised_as(path.name, path.read_bytes())
                assert ("freeswitch_cdr_json" in found) == own, path
                assert not own or found == ["freeswitch_cdr_json"]


@pytest.mark.parametrize(
    ("name", "start", "ring", "hold", "talk", "agent"),
    [
        ("cgrates_fscdr_test_a_leg.cdr.json", "2018-01-11 10:25:44.534355", 3.42, 67, 0.54, "1002"),
        (
            "zhouhailin_a_4b3b36af-3d98-4670-bc14-0ee08890d7d6.cdr.xml",
            "2019-06-11 05:15:18.216216", 11.32, 0, 10.74, "915121007938",
        ),
        (
            "zhouhailin_a_6a7ccd66-6d2f-46c4-abd9-07cf37fc161e.cdr.xml",
            "2019-06-11 05:14:46.316253", 12.62, 0, 5.2, "915121007938",
        ),
    ],
)
def test_a_real_leg_gives_its_times_and_agent(  # noqa: PLR0917
    shared: Path, name: str, start: str, ring: float, hold: float, talk: float, agent: str
) -> None:
    case = loaded(shared / "formats" / "samples" / "freeswitch_cdr_json" / name)
    source, first = case.sources[0], row(case)
    assert (source.rows, source.left_out, source.calls, source.answered) == (1, 0, 1, 1)
    assert source.first == pd.Timestamp(start, tz="UTC")
    assert [first[n] for n in ("ring_s", "hold_s", "talk_s", "agent")] == [ring, hold, talk, agent]
    assert first["redirected_from"] is None
