"""Calls of legs and queue events: one test a trap, then the logs of a real switch against what really
happened.

The small logs are built row by row below; numbers are invented (555-01xx).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from asterisk_switch import T0, Switch
from calltrace.intake import asterisk
from calltrace.intake.formats import asterisk_cdr_csv, asterisk_cdr_table, asterisk_queue_log
from calltrace.intake.formats._base import Reading, ReadOptions
from calltrace.intake.opened import stream_of

if TYPE_CHECKING:
    from pathlib import Path


def answered_call(*, greeting: bool, ended: str = "COMPLETECALLER") -> Switch:
    """Rung 7 s by a number without a greeting; or picked up at once, 3 s greeting, 4 s queue."""
    switch = Switch()
    switch.leg(
        0,
        "Queue",
        "ANSWERED",
        answer=0 if greeting else 7,
        end=88,
        far="PJSIP/207-00000002",
        data="desk,t" if greeting else "desk,tr",
        field="5855550167",
    )
    enter = 3 if greeting else 0
    switch.event(enter, 0, "NONE", "DID", "5855550167")
    switch.event(enter, 0, "NONE", "ENTERQUEUE", "", "5855550137", 1)
    switch.event(7, 0, "Bea Ray", "CONNECT", 7 - enter, f"{T0 + enter}.2", 4)
    switch.event(88, 0, "Bea Ray", ended, 7 - enter, 81, 1)
    return switch


def test_a_number_without_greeting_rings_until_the_agent() -> None:
    call = answered_call(greeting=False).call()
    assert call["outcome"] == "answered"
    assert (call["ring_s"], call["queue_s"], call["talk_s"]) == (7, 0, 81)
    assert pd.isna(call["hold_s"]), "neither log says it"


def test_a_greeting_ends_the_ringing_and_begins_the_queue() -> None:
    call = answered_call(greeting=True).call()
    assert (call["ring_s"], call["queue_s"], call["talk_s"]) == (0, 7, 81)


@pytest.mark.parametrize(("event", "by"), [("COMPLETECALLER", "caller"), ("COMPLETEAGENT", "agent")])
def test_who_hung_up_is_the_queue_logs_word(event: str, by: str) -> None:
    assert answered_call(greeting=True, ended=event).call()["ended_by"] == by


def test_every_field_of_a_call_known_by_both_logs() -> None:
    call = answered_call(greeting=False).call()
    assert call.drop(
        ["ring_s", "queue_s", "hold_s", "talk_s", "source_file", "source_line"]
    ).dropna().to_dict() == {
        "call_id": f"{T0}.0",
        "linked_id": f"{T0}.0",
        "account": "HA",
        "dnis": "+15855550167",
        "trunk_group": "PJSIP/north",
        "ani": "+15855550137",
        "caller_name": "Ann Lee",
        "agent": "Bea Ray",
        "offered_at": pd.Timestamp(T0, unit="s", tz="UTC"),
        "outcome": "answered",
        "ended_by": "caller",
        "hangup_cause": "ANSWERED Queue",
        "queue": "desk",
    }
    assert (call["source_file"], call["source_line"]) == ("Master.csv", 1)


# --- the fifteen traps ----------------------------------------------------------------


def test_1_failed_rings_are_rows_of_the_same_call() -> None:
    switch = Switch()
    for n in range(3):
        switch.leg(0, "Queue", "NO ANSWER", start=n * 17, end=n * 17 + 15, far=f"PJSIP/20{n}-0000000{n + 2}")
    switch.leg(0, "Queue", "ANSWERED", start=51, answer=55, end=95, far="PJSIP/207-00000009")
    reading = switch.joined()["calls"]
    assert len(reading.frame) == 1
    call = reading.frame.iloc[0]
    assert (call["outcome"], call["ring_s"], call["talk_s"], call["source_line"]) == ("answered", 55, 40, 1)
    assert reading.notes[0].startswith("4 rows: 1 callers' attempts and 3 further rows of the same calls")


def test_2_no_answer_may_be_billed() -> None:
    switch = Switch().leg(0, "Queue", "NO ANSWER", answer=0, end=20, far="PJSIP/207-00000002")
    call = switch.call()
    assert (call["outcome"], call["ended_by"]) == ("abandoned", "caller")
    assert (call["ring_s"], call["queue_s"], call["talk_s"]) == (0, 20, 0)


def queued(switch: Switch, born: int) -> None:
    """Write a call to the same number that got through its greeting to an agent."""
    switch.leg(
        born,
        "Queue",
        "ANSWERED",
        answer=born,
        end=born + 60,
        far="PJSIP/207-00000002",
        channel=f"PJSIP/north-{born:08x}",
        field="5855550167",
    )


def test_3_a_caller_lost_in_the_greeting_abandoned() -> None:
    switch = Switch()
    queued(switch, 1000)
    switch.leg(0, "Playback", "ANSWERED", answer=1, end=3, data="custom/greet", field="5855550167")
    call = switch.calls().iloc[0]
    assert (call["outcome"], call["ended_by"], call["ring_s"], call["queue_s"]) == (
        "abandoned",
        "caller",
        1,
        2,
    )


@pytest.mark.parametrize(("app", "by"), [("Playback", "caller"), ("Hangup", "system")])
def test_3_a_recording_that_leads_nowhere_is_an_announcement(app: str, by: str) -> None:
    switch = Switch()
    queued(switch, 90000)  # the number's calls reached agents a day later, not now
    switch.leg(
        500, "Hangup", "ANSWERED", answer=501, end=520, channel="PJSIP/north-000000f1", field="5855550167"
    )
    switch.leg(0, app, "ANSWERED", answer=1, end=15, field="5855550167")
    call = switch.calls().iloc[0]
    assert (call["outcome"], call["ended_by"]) == ("announcement", by)


def test_3_answered_by_the_queues_music_is_not_answered() -> None:
    switch = Switch().leg(0, "Queue", "ANSWERED", answer=0, end=30, data="desk,t")
    assert switch.call()["outcome"] == "abandoned"


@pytest.mark.parametrize("app", ["Queue", "Set", "GotoIf"])
def test_4_a_callers_choice_that_looks_like_a_fault(app: str) -> None:
    switch = Switch()
    queued(switch, 1000)
    switch.leg(0, app, "FAILED", end=5, code="" if app != "Queue" else "HA")
    call = switch.calls().iloc[0]
    assert (call["outcome"], call["ended_by"], call["ring_s"], call["queue_s"]) == (
        "abandoned",
        "caller",
        5,
        0,
    )
    assert call["account"] == "HA", "the code its number has in other calls"


def test_5_refused_at_a_limit_is_busy() -> None:
    call = Switch().leg(0, "Congestion", "FAILED", end=3, data="3").call()
    assert (call["outcome"], call["ended_by"], call["account"]) == ("busy", "system", "HA")


def transferred_call() -> Switch:
    switch = Switch()
    onward = {"dst": "95855550111", "context": "from-internal", "field": "out"}
    switch.leg(0, "Queue", "ANSWERED", answer=0, end=43, far="PJSIP/203-00000002", data="desk,t", **onward)
    switch.leg(
        0,
        "Dial",
        "BUSY",
        start=43,
        answer=43,
        end=46,
        far="PJSIP/north-00000003",
        data="PJSIP/5855550111@north,40",
        **onward,
    )
    switch.leg(0, "Hangup", "ANSWERED", start=46, answer=46, end=46, **onward)
    return switch


def test_6_a_blind_transfer_overwrites_the_number_dialled() -> None:
    alone = transferred_call().call()
    assert (alone["outcome"], alone["transferred_to"]) == ("answered", "95855550111")
    assert pd.isna(alone["dnis"]), "no row of the CDR says it"
    switch = transferred_call()
    switch.event(4, 0, "NONE", "DID", "5855550179").event(4, 0, "NONE", "ENTERQUEUE", "", "5855550137", 1)
    switch.event(8, 0, "Bea Ray", "CONNECT", 4, f"{T0}.2", 3)
    switch.event(43, 0, "Bea Ray", "BLINDTRANSFER", "95855550111", "from-internal", 4, 35, 1)
    call = switch.call()
    assert (call["dnis"], call["transferred_to"], call["agent"]) == ("+15855550179", "95855550111", "Bea Ray")
    assert (call["ring_s"], call["queue_s"], call["talk_s"]) == (0, 8, 35)
    assert pd.isna(call["ended_by"])


def test_7_calls_dialled_out_are_set_aside_and_counted() -> None:
    switch = answered_call(greeting=True)
    for app, end in (("Dial", 20), ("Hangup", 20)):
        switch.leg(
            10,
            app,
            "NO ANSWER",
            start=10 if app == "Dial" else 20,
            end=end,
            dst="95855550111",
            field="out",
            context="from-internal",
            channel="PJSIP/203-00000005",
            src="203",
            code="",
            far="PJSIP/north-00000006" if app == "Dial" else "",
            data="PJSIP/5855550111@north,40",
        )
    reading = switch.joined()["calls"]
    assert len(reading.frame) == 1
    assert reading.notes[0].endswith("; 2 set aside, which are no caller's")
    assert "2 rows of 1 calls that phones here dialled out" in reading.notes[1]


def test_8_the_call_came_when_its_channel_was_born() -> None:
    call = Switch().leg(0, "Queue", "FAILED", start=2, end=9).call()
    assert call["offered_at"] == pd.Timestamp(T0, unit="s", tz="UTC")
    assert call["ring_s"] == 9


def test_9_rows_come_in_the_order_of_their_ends() -> None:
    switch = Switch()
    switch.leg(50, "Queue", "FAILED", end=60, channel="PJSIP/north-00000002")
    switch.leg(0, "Queue", "ANSWERED", answer=7, end=90, far="PJSIP/207-00000003")
    assert switch.calls()["source_line"].tolist() == [2, 1]


def test_10_a_systems_name_with_a_dash_before_the_epoch() -> None:
    switch = Switch(prefix="hub-east1-")
    switch.leg(0, "Queue", "ANSWERED", answer=7, end=88, far="PJSIP/207-00000002")
    switch.event(0, 0, "NONE", "ENTERQUEUE", "", "5855550137", 1).event(7, 0, "Bea Ray", "CONNECT", 7, "x", 4)
    call = switch.call()
    assert (call["call_id"], call["agent"]) == (f"hub-east1-{T0}.0", "Bea Ray")
    assert call["offered_at"] == pd.Timestamp(T0, unit="s", tz="UTC")


def test_11_calls_that_a_crash_cut_have_no_end_and_no_row() -> None:
    switch = answered_call(greeting=True)
    switch.event(200, 200, "NONE", "ENTERQUEUE", "", "5855550138", 1)
    switch.event(210, 210, "NONE", "ENTERQUEUE", "", "5855550139", 2)
    switch.event(212, 210, "Bea Ray", "CONNECT", 2, "x", 2)
    switch.event(300, "NONE", "NONE", "QUEUESTART", "", queue="NONE")
    switch.event(400, 400, "NONE", "ENTERQUEUE", "", "5855550140", 1)
    reading = switch.joined()["calls"]
    calls = reading.frame.set_index("call_id")
    lost, torn = calls.loc[switch.id(200)], calls.loc[switch.id(210)]
    assert (lost["outcome"], lost["ended_by"]) == ("failed", "system")
    assert torn["outcome"] == "failed"
    assert pd.isna(torn["talk_s"])
    assert switch.id(400) not in calls.index, "still waiting when the log ended"
    assert [(p.kind, p.at.file) for p in reading.problems] == [("open-call", "queue_log")]


def test_11_a_call_that_met_the_switch_starting_failed() -> None:
    call = Switch().leg(0, "", "FAILED", end=0, code="").call()
    assert (call["outcome"], call["ended_by"]) == ("failed", "system")


def test_12_a_key_to_voicemail() -> None:
    switch = Switch()
    switch.leg(
        0, "Queue", "NO ANSWER", answer=0, end=20, far="PJSIP/203-00000002", data="desk,t", field="5855550167"
    )
    switch.leg(
        0,
        "VoiceMail",
        "ANSWERED",
        start=21,
        answer=21,
        end=40,
        dst="1",
        context="queue-exit",
        data="1003@default,su",
        field="5855550167",
    )
    switch.event(4, 0, "NONE", "ENTERQUEUE", "", "5855550137", 1).event(
        20, 0, "NONE", "EXITWITHKEY", 1, 1, 1, 16
    )
    call = switch.call()
    assert (call["outcome"], call["queue_s"], call["dnis"]) == ("voicemail", 20, "+15855550167")
    assert pd.isna(call["agent"])


def test_13_a_queue_that_ran_out_into_a_recording() -> None:
    switch = Switch().leg(0, "Hangup", "ANSWERED", answer=1, end=250, field="5855550167")
    switch.event(4, 0, "NONE", "ENTERQUEUE", "", "5855550137", 1)
    switch.event(244, 0, "NONE", "EXITWITHTIMEOUT", 1, 1, 240)
    call = switch.call()
    assert (call["outcome"], call["ended_by"], call["queue_s"]) == ("announcement", "system", 243)


def test_14_a_number_not_assigned_here_is_an_attempt_of_no_account() -> None:
    call = Switch().leg(0, "Hangup", "NO ANSWER", end=0, dst="9145550190", code="", data="1").call()
    assert (call["outcome"], call["ended_by"], call["dnis"]) == ("failed", "system", "+19145550190")
    assert pd.isna(call["account"])


@pytest.mark.parametrize(
    ("clid", "src", "name", "ani"),
    [
        ('""""" <5855550137>"', "5855550137", None, "+15855550137"),
        ('"""HARBOR:"" <5855550137>"', "5855550137", None, "+15855550137"),
        ('"""HARBOR:Ann Lee"" <5855550137>"', "+15855550137", "Ann Lee", "+15855550137"),
        ('"""HARBOR:Anonymous"" <anonymous>"', "anonymous", None, None),
        ('"""Lee, Ann"" <5855550137>"', "", "Lee, Ann", "+15855550137"),
    ],
)
def test_15_the_callers_name_and_number(clid: str, src: str, name: str | None, ani: str | None) -> None:
    call = Switch().leg(0, "Queue", "FAILED", end=5, clid=clid, src=src).call()
    assert (call["caller_name"] if name else pd.isna(call["caller_name"])) == (name or True)
    assert (call["ani"] if ani else pd.isna(call["ani"])) == (ani or True)


# --- other shapes -----------------------------------------------------------------------


def test_by_the_cdr_alone_a_queue_row_behind_a_greeting_says_no_wait_and_no_talk() -> None:
    switch = Switch()
    for n in range(6):
        queued(switch, n * 100)
    calls = switch.calls()
    assert (calls["outcome"] == "answered").all()
    assert (calls["ring_s"] == 0).all()
    assert calls[["queue_s", "talk_s"]].isna().all(axis=None), (
        "billsec holds greeting, wait and talk together"
    )
    assert set(calls["agent"]) == {"PJSIP/207"}


def test_the_queue_log_alone_knows_the_wait_but_not_the_ringing() -> None:
    switch = answered_call(greeting=True)
    switch.legs.clear()
    call = switch.call()
    assert (call["outcome"], call["agent"], call["queue_s"], call["talk_s"]) == ("answered", "Bea Ray", 4, 81)
    assert pd.isna(call["ring_s"])
    assert call["offered_at"] == pd.Timestamp(T0, unit="s", tz="UTC"), (
        "when its channel was born, not the queue"
    )
    assert (call["source_file"], call["source_line"]) == ("queue_log", 1 + 1)


def test_two_waits_in_one_call_are_one_attempt() -> None:
    switch = Switch()
    switch.event(0, 0, "NONE", "ENTERQUEUE", "", "5855550137", 1, queue="day")
    switch.event(60, 0, "NONE", "EXITWITHTIMEOUT", 1, 1, 60, queue="day")
    switch.event(61, 0, "NONE", "ENTERQUEUE", "", "5855550137", 1, queue="night")
    switch.event(70, 0, "Bea Ray", "CONNECT", 9, "x", 4, queue="night")
    switch.event(90, 0, "Bea Ray", "COMPLETEAGENT", 9, 20, 1, queue="night")
    call = switch.call()
    assert (call["outcome"], call["queue"], call["queue_s"], call["talk_s"]) == ("answered", "night", 70, 20)


def test_a_local_channels_far_half_belongs_to_the_call_that_dialled_it() -> None:
    switch = Switch()
    switch.leg(0, "Queue", "ANSWERED", answer=6, end=60, far="Local/207@members-00000004;1", data="desk,tr")
    switch.leg(
        1,
        "Dial",
        "ANSWERED",
        answer=6,
        end=60,
        channel="Local/207@members-00000004;2",
        dst="207",
        context="members",
        far="PJSIP/207-00000005",
        code="",
        data="PJSIP/207",
    )
    call = switch.call()
    assert (call["agent"], call["ring_s"]) == ("PJSIP/207", 6)


def test_per_account_files_repeat_the_master_and_are_counted_once() -> None:
    readings = answered_call(greeting=True).readings()
    again = Switch()
    again.legs = answered_call(greeting=True).legs
    stream = stream_of("HA.csv", (again.legs[0] + "\n").encode())
    readings.append(("asterisk_cdr_csv", asterisk_cdr_csv.read(stream, ReadOptions())))
    made = {r.table: r for _, r in asterisk.join(readings, ReadOptions())}
    assert len(made["calls"].frame) == 1
    assert [(p.kind, p.rows, p.at.file) for p in made["calls"].problems] == [("duplicate", 1, "HA.csv")]


def test_a_log_that_hides_unanswered_calls_says_so() -> None:
    switch = Switch()
    for n in range(6):
        queued(switch, n * 100)
    assert switch.joined()["calls"].hides_unanswered
    switch.leg(700, "Queue", "FAILED", end=710, channel="PJSIP/north-000000f1")
    assert not switch.joined()["calls"].hides_unanswered


def test_a_dialplan_that_answers_first_hides_nobody() -> None:
    switch = Switch()
    for n in range(6):
        queued(switch, n * 100)
    switch.leg(700, "Queue", "ANSWERED", answer=700, end=745, channel="PJSIP/north-000000f1")
    assert not switch.joined()["calls"].hides_unanswered
    for n in range(3):  # a line on which a phone rings first: who leaves before one does leaves no row
        switch.leg(
            900 + n * 100, "Dial", "ANSWERED", answer=912 + n * 100, end=970 + n * 100,
            channel=f"PJSIP/north-000000e{n}", far=f"PJSIP/204-000000d{n}")  # fmt: skip
    assert switch.joined()["calls"].hides_unanswered


def test_an_abandoned_call_without_a_row_proves_that_some_are_hidden() -> None:
    switch = answered_call(greeting=False)
    switch.leg(500, "Queue", "FAILED", end=510, channel="PJSIP/north-000000f1")
    assert not switch.joined()["calls"].hides_unanswered
    switch.event(100, 100, "NONE", "ENTERQUEUE", "", "5855550138", 1).event(
        120, 100, "NONE", "ABANDON", 1, 1, 20
    )
    reading = switch.joined()["calls"]
    assert reading.hides_unanswered
    assert reading.frame["outcome"].tolist() == ["answered", "abandoned", "abandoned"]


@pytest.mark.parametrize("rows", [0, 1])
def test_a_file_of_which_no_row_could_be_read_makes_no_call(rows: int) -> None:
    switch = Switch().leg(0, "Queue", "FAILED", end=5)
    text = switch.legs[0].replace("2026-04-16", "0000-00-00") + "\n"
    head = "start,src,dst,channel,lastapp,disposition,duration\n"
    stream = stream_of("Master.csv", (text if rows else head).encode())
    reading = (asterisk_cdr_csv if rows else asterisk_cdr_table).read(stream, ReadOptions())
    assert (reading.rows, len(reading.frame), len(reading.problems)) == (rows, 0, rows)
    made = asterisk.join([("asterisk_cdr_csv", reading)], ReadOptions())
    assert [(r.table, len(r.frame)) for _, r in made] == [("calls", 0)]


def test_rows_without_ids_are_calls_by_their_channel() -> None:
    switch = Switch()
    switch.leg(0, "Queue", "NO ANSWER", end=15, far="PJSIP/203-00000002")
    switch.leg(0, "Queue", "ANSWERED", start=16, answer=20, end=80, far="PJSIP/207-00000003")
    switch.leg(7200, "Queue", "FAILED", end=7210)  # after a restart the channel's name comes again
    bare = "\n".join(",".join(line.split(",")[:-2]) for line in switch.legs) + "\n"
    stream = stream_of("Master.csv", bare.encode())
    reading = asterisk_cdr_csv.read(stream, ReadOptions(tz="America/New_York"))
    assert len(reading.frame) == 3
    calls = asterisk.join([("asterisk_cdr_csv", reading)], ReadOptions())[0][1].frame
    assert calls["outcome"].tolist() == ["answered", "abandoned"]
    assert calls["offered_at"].tolist() == [pd.Timestamp(T0 + at, unit="s", tz="UTC") for at in (0, 7200)]


# --- agents -----------------------------------------------------------------------------


def test_an_agent_is_logged_in_while_in_any_queue() -> None:
    switch = Switch()
    for at, queue, event in (
        (0, "day", "ADDMEMBER"),
        (0, "night", "ADDMEMBER"),
        (50, "day", "REMOVEMEMBER"),
        (60, "night", "REMOVEMEMBER"),
    ):
        switch.event(at, "MANAGER", "Bea Ray", event, "", queue=queue)
    assert switch.agents() == [(0, "Bea Ray", "login"), (60, "Bea Ray", "logout")]


def test_members_stay_logged_in_through_a_restart() -> None:
    switch = Switch()
    switch.event(0, "MANAGER", "Bea Ray", "ADDMEMBER", "").event(
        50, "NONE", "NONE", "QUEUESTART", "", queue="NONE"
    )
    switch.event(90, "MANAGER", "Bea Ray", "REMOVEMEMBER", "")
    assert switch.agents() == [(0, "Bea Ray", "login"), (90, "Bea Ray", "logout")]


def test_an_agent_connected_by_agentlogin_is_cut_by_a_restart() -> None:
    switch = Switch()
    switch.event(0, 0, "Agent/27", "AGENTLOGIN", "PJSIP/27-00000001", queue="NONE")
    switch.event(50, "NONE", "NONE", "QUEUESTART", "", queue="NONE")
    assert switch.agents() == [(0, "Agent/27", "login"), (50, "Agent/27", "logout")]


def test_a_log_that_begins_in_the_middle_of_a_shift() -> None:
    switch = (
        Switch()
        .event(50, "MANAGER", "Bea Ray", "REMOVEMEMBER", "")
        .event(90, "MANAGER", "Bea Ray", "ADDMEMBER", "")
    )
    assert switch.agents() == [(50, "Bea Ray", "logout"), (90, "Bea Ray", "login")]


def test_pauses_and_rings_nobody_answered() -> None:
    switch = Switch()
    for queue in ("day", "night"):
        switch.event(10, "NONE", "Bea Ray", "PAUSE", "Break", queue=queue)
    switch.event(40, "NONE", "Bea Ray", "UNPAUSEALL", "", queue="NONE")
    switch.event(60, 0, "NONE", "ENTERQUEUE", "", "5855550137", 1).event(
        75, 0, "Bea Ray", "RINGNOANSWER", 15000
    )
    assert switch.agents() == [
        (10, "Bea Ray", "pause"),
        (40, "Bea Ray", "unpause"),
        (75, "Bea Ray", "ring_no_answer"),
    ]
    rung = switch.joined()["agents"].frame.iloc[-1]
    assert rung["call_id"] == switch.id(0)


def test_a_member_that_goes_by_its_interface_and_its_name_is_one_agent() -> None:
    switch = Switch()
    switch.event(0, "MANAGER", "PJSIP/207", "ADDMEMBER", "").event(0, "NONE", "Bea Ray", "UNPAUSE", "")
    switch.event(90, "MANAGER", "PJSIP/207", "REMOVEMEMBER", "")
    assert [agent for _, agent, _ in switch.agents()] == ["Bea Ray"] * 3


def test_the_cdr_tells_whose_phone_it_is() -> None:
    switch = answered_call(greeting=True)
    switch.event(-60, "MANAGER", "PJSIP/207", "ADDMEMBER", "")
    switch.leg(
        500,
        "Queue",
        "ANSWERED",
        answer=505,
        end=530,
        far="PJSIP/207-000000f2",
        channel="PJSIP/north-000000f1",
    )
    assert switch.agents()[0][1] == "Bea Ray"
    assert switch.calls()["agent"].tolist() == ["Bea Ray", "Bea Ray"], "also in a call the queue_log lacks"


# --- a real switch, and what really happened ----------------------------------------------


def lab(
    shared: Path, run: str, *, cdr: bool = True, queue_log: bool = True
) -> tuple[dict[str, Reading], pd.DataFrame, dict]:
    folder = shared / "pbx-lab" / run
    if not folder.is_dir():
        pytest.skip("the logs of the laboratory switch are not here")
    readings = []
    if cdr:
        stream = stream_of("Master.csv", (folder / "Master.csv").read_bytes())
        readings.append(("asterisk_cdr_csv", asterisk_cdr_csv.read(stream, ReadOptions())))
    if queue_log:
        stream = stream_of("queue_log", (folder / "queue_log").read_bytes())
        readings.append(("asterisk_queue_log", asterisk_queue_log.read(stream, ReadOptions())))
    truth = json.loads((folder / "truth.json").read_text())
    made = pd.DataFrame(truth["calls"], columns=truth["call_columns"])
    made["name"] = made["agent"].map({a["ext"]: a["name"] for a in truth["agents"]})
    return {r.table: r for _, r in asterisk.join(readings, ReadOptions())}, made, truth


def beside(calls: pd.DataFrame, made: pd.DataFrame) -> pd.DataFrame:
    """Put each call that was made beside the call read: same caller, nearest in time."""
    calls = calls.assign(
        t=calls["offered_at"].dt.as_unit("s").astype("int64").astype(float),
        who=calls["ani"].fillna("withheld").str[-10:].astype(object),
    ).sort_values("t")
    who = made["caller"].fillna("anonymous").str.replace("anonymous", "withheld").str[-10:].astype(object)
    return pd.merge_asof(
        made.assign(who=who).sort_values("t"),
        calls,
        on="t",
        by="who",
        direction="nearest",
        tolerance=40,
        suffixes=("_made", ""),
    )


@pytest.mark.parametrize(("run", "tried", "rows"), [("baseline", 2062, 2614), ("not-forwarded", 1888, 2410)])
def test_the_laboratorys_calls_are_read_as_they_were_made(
    shared: Path, run: str, tried: int, rows: int
) -> None:
    made_of, made, truth = lab(shared, run)
    reading = made_of["calls"]
    calls = reading.frame
    assert (len(calls), reading.problems, reading.hides_unanswered) == (tried, (), False)
    assert reading.zone == "America/New_York"
    further = int(reading.notes[0].split(" and ")[1].split(" ")[0])
    aside = int(reading.notes[0].split("; ")[1].split(" ")[0])
    assert tried + further + aside == rows, "every row is accounted for"
    assert calls["account"].fillna("none").value_counts().to_dict() == truth["counts"]["by_account"]
    known = calls[calls["account"].notna()]
    assert known["dnis"].str.removeprefix("+1").value_counts().to_dict() == truth["counts"]["by_did"]
    both = beside(calls, made)
    assert both["call_id"].is_unique
    assert both["call_id"].notna().all()

    words = pd.crosstab(both["result"], both["outcome"])
    talked = words.loc["talked"]
    # one caller pressed the key for voicemail in the second an agent picked up
    assert talked["answered"] >= talked.sum() - 1
    assert words.loc["gave_up", "abandoned"] == words.loc["gave_up"].sum()
    assert words.loc["refused_404", "failed"] == words.loc["refused_404"].sum()
    assert words.loc["pressed_1", "voicemail"] == words.loc["pressed_1"].sum()
    if "released_by_pbx" in words.index:
        assert words.loc["released_by_pbx", "announcement"] == 1

    answered = both[(both["result"] == "talked") & (both["outcome"] == "answered")]
    assert (answered["name"].astype(object) == answered["agent"].astype(object)).all()
    said = answered[answered["ended_by"].notna()]
    assert (said["ended_by_made"] == said["ended_by"]).all()
    assert set(answered.loc[answered["ended_by"].isna(), "ended_by_made"]) <= {"caller", "pbx_or_agent"}, (
        "transfers"
    )
    assert (both["transferred_to"].notna() == both["patched_to"].notna()).all()

    # the laboratory's clock ran 240 times too fast: a second of jitter, and a few calls far off
    picked = both["t_sip_answer"].fillna(both["t_agent_answer"]).fillna(both["t_end"])
    ring = (both["ring_s"].astype(float) - (picked - both["t"])).abs()
    reached = both["t_agent_answer"].fillna(both["t_end"])
    queue = (both["queue_s"].astype(float) - (reached - both["t_sip_answer"]).fillna(0)).abs()
    wait = (both["ring_s"].astype(float) + both["queue_s"].astype(float) - (reached - both["t"])).abs()
    talk = (answered["talk_s"].astype(float) - (answered["t_end"] - answered["t_agent_answer"])).abs()
    assert (ring <= 2).mean() > 0.98
    assert (queue <= 2).mean() > 0.98
    assert (wait <= 2).mean() > 0.98
    assert (talk[answered["patched_to"].isna()] <= 2).mean() > 0.95
    assert ((both["offered_at"].dt.as_unit("us").astype("int64") / 1e6 - both["t"]).abs() <= 2).mean() > 0.98


def test_the_laboratorys_staff(shared: Path) -> None:
    made_of, _, truth = lab(shared, "baseline")
    agents = made_of["agents"].frame
    staffing = pd.DataFrame([row[:3] for row in truth["staffing"]], columns=truth["staffing_columns"][:3])
    for event in ("login", "logout", "pause", "unpause"):
        assert (agents["event"] == event).sum() == (staffing["what"] == event).sum(), event
    # every ring of a phone ended in CONNECT, RINGNOANSWER, or RINGCANCELED (52 lines), the caller leaving
    connected = (made_of["calls"].frame["outcome"] == "answered").sum()
    assert (agents["event"] == "ring_no_answer").sum() == len(truth["rings"]) - connected - 52


def test_the_laboratorys_cdr_alone(shared: Path) -> None:
    made_of, made, _ = lab(shared, "baseline", queue_log=False)
    both = beside(made_of["calls"].frame, made)
    words = pd.crosstab(both["result"], both["outcome"])
    assert words.loc["talked", "answered"] >= words.loc["talked"].sum() - 1
    assert words.loc["gave_up", "abandoned"] == words.loc["gave_up"].sum()
    assert (both["account_made"].fillna("-") == both["account"].fillna("-")).all()
    # of transferred calls the CDR has lost the number; all others are right
    assert both["dnis"].isna().sum() <= both["patched_to"].notna().sum()
    kept = both[both["dnis"].notna() & both["did"].notna()]
    assert (kept["dnis"].str.removeprefix("+1").astype(object) == kept["did"].astype(object)).all()
    queue = both["queue_s"].astype(float) - (
        both["t_agent_answer"].fillna(both["t_end"]) - both["t_sip_answer"]
    ).fillna(0)
    greeting = both["t_sip_answer"].notna() & (both["t_sip_answer"] < both["t_agent_answer"] - 2)
    assert both.loc[greeting & (both["outcome"] == "answered"), "queue_s"].isna().all(), "not in the CDR"
    assert (queue.dropna().abs() <= 2).mean() > 0.98


def test_the_laboratorys_queue_log_alone(shared: Path) -> None:
    made_of, _, _ = lab(shared, "baseline", cdr=False)
    calls = made_of["calls"].frame
    assert len(calls) == 1971
    assert calls["outcome"].value_counts()["answered"] == 1896
    assert calls["dnis"].notna().all()
    assert calls["ring_s"].isna().all()


def test_the_issabel_samples_abandoned_calls(shared: Path) -> None:
    folder = shared / "formats" / "samples"
    stream = stream_of(
        "Master.csv", next((folder / "asterisk_cdr_csv").glob("*Master_18col*")).read_bytes()
    )
    log = stream_of("queue_log", next((folder / "asterisk_queue_log").glob("*20220801")).read_bytes())
    both = asterisk.join(
        [
            ("asterisk_cdr_csv", asterisk_cdr_csv.read(stream, ReadOptions())),
            ("asterisk_queue_log", asterisk_queue_log.read(log, ReadOptions())),
        ],
        ReadOptions(),
    )
    calls = both[0][1].frame
    inside = calls[calls["offered_at"] < pd.Timestamp("2022-08-01", tz="UTC")]
    assert inside["outcome"].value_counts().to_dict() == {"abandoned": 27, "answered": 3}


def handed_on(event: str, *parts: object) -> Switch:
    """Ann takes the call after 10 s and hands it, after 90 s, to another queue: there it waits again."""
    switch = Switch()
    switch.event(5, 0, "NONE", "ENTERQUEUE", "", "5855550137", 1)
    switch.event(15, 0, "Ann Lee", "CONNECT", 10, f"{T0 + 10}.1", 5)
    switch.event(105, 0, "Ann Lee", event, *parts, 10, 90, 1)
    switch.event(106, 0, "NONE", "ENTERQUEUE", "", "5855550137", 1, queue="nurse")
    return switch


@pytest.mark.parametrize(
    ("event", "parts", "to"),
    [
        ("BLINDTRANSFER", ("402", "inside"), "402"),
        ("ATTENDEDTRANSFER", ("BRIDGE", "b-1"), "b-1"),
        ("COMPLETEAGENT", (), "Bea Ray"),
    ],
)
def test_a_call_handed_to_another_queue_was_answered_by_the_first_agent_and_talk_is_no_wait(
    event: str, parts: tuple[str, ...], to: str
) -> None:
    switch = handed_on(event, *parts)
    switch.event(116, 0, "Bea Ray", "CONNECT", 10, f"{T0 + 110}.2", 5, queue="nurse")
    switch.event(156, 0, "Bea Ray", "COMPLETECALLER", 10, 40, 1, queue="nurse")
    call = switch.call()
    assert (call["outcome"], call["agent"], call["queue"], call["transferred_to"]) == ("answered", "Ann Lee", "desk", to)
    assert (call["queue_s"], call["talk_s"], call["ended_by"]) == (20, 130, "caller")
    switch.leg(0, "Queue", "ANSWERED", answer=2, end=105, far="PJSIP/207-00000002", data="desk,t")
    switch.leg(0, "Queue", "ANSWERED", start=105, answer=105, end=156, far="PJSIP/208-00000003", data="nurse,t")
    both = switch.call()
    assert (both["agent"], both["ring_s"], both["queue_s"], both["talk_s"]) == ("Ann Lee", 2, 13 + 10, 130)


def test_who_leaves_the_second_queue_was_answered_and_waited_there_as_well() -> None:
    switch = handed_on("BLINDTRANSFER", "402", "inside")
    switch.event(136, 0, "NONE", "EXITWITHTIMEOUT", 1, 1, 30, queue="nurse")
    switch.event(136, 0, "NONE", "ENTERQUEUE", "", "5855550137", 1, queue="night")
    switch.event(166, 0, "NONE", "ABANDON", 1, 1, 30, queue="night")
    call = switch.call()
    assert (call["outcome"], call["agent"], call["ended_by"]) == ("answered", "Ann Lee", "caller")
    assert (call["queue_s"], call["talk_s"]) == (10 + 60, 90)


def test_a_talk_that_goes_on_in_the_second_queue_is_not_known() -> None:
    switch = handed_on("BLINDTRANSFER", "402", "inside")
    switch.event(116, 0, "Bea Ray", "CONNECT", 10, f"{T0 + 110}.2", 5, queue="nurse")
    call = switch.call()
    assert (call["outcome"], call["agent"], call["queue_s"]) == ("answered", "Ann Lee", 20)
    assert call[["talk_s", "ended_by"]].isna().all()
