"""What other people's Asterisks write: lines named by a number, Local channels, one row for two things.

Rows are invented (555-01xx); each is of a kind that a real log had.
"""

from __future__ import annotations

from itertools import starmap
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from asterisk_switch import T0, Switch
from calltrace.intake import asterisk
from calltrace.intake.formats import asterisk_cdr_table
from calltrace.intake.formats._base import ReadOptions
from calltrace.intake.opened import stream_of
from reading import gathered
from switches import loaded, written

if TYPE_CHECKING:
    from pathlib import Path

    from calltrace.intake.formats._base import Reading

LINE = "SIP/211553"


def came(born: int, src: str = "5855550137", *, channel: str = LINE, dst: str = "211553", context: str = "shop") -> Switch:
    """Write one call from outside on a line: rung 5 s, then 43 s of talk."""
    return Switch().leg(
        born,
        "Dial",
        "ANSWERED",
        answer=born + 5,
        end=born + 48,
        dst=dst,
        context=context,
        src=src,
        channel=f"{channel}-{born:08x}",
        far=f"SIP/301-{born + 1:08x}",
        data="SIP/301&SIP/302,60,t",
        code="",
    )


def test_the_cause_of_a_call_somebody_took_is_of_the_row_of_who_took_it() -> None:
    rang = came(0).leg(  # the other telephone of the same Dial, written last
        0, "Dial", "NO ANSWER", end=5, dst="211553", context="shop", channel=f"{LINE}-{0:08x}", far="SIP/302-00000002",
        data="SIP/301&SIP/302,60,t", code="")  # fmt: skip
    found = rang.call()
    assert (found["outcome"], found["agent"], found["talk_s"]) == ("answered", "SIP/301", 43)
    assert found["hangup_cause"] == "ANSWERED Dial"


def dialled(born: int, *, channel: str, src: str, dst: str) -> Switch:
    """Write one call that a phone dialled out."""
    return Switch().leg(
        born,
        "Dial",
        "ANSWERED",
        answer=born + 8,
        end=born + 60,
        dst=dst,
        context="office",
        src=src,
        channel=f"{channel}-{born:08x}",
        far=f"SIP/carrier-{born + 1:08x}",
        data=f"SIP/carrier/{dst},60",
        code="",
    )


def calls_of(*switches: Switch) -> pd.DataFrame:
    whole = Switch()
    for switch in switches:
        whole.legs += switch.legs
    made: pd.DataFrame = whole.calls()
    return made


@pytest.mark.parametrize(
    "switches",
    [
        [came(0), came(100)],  # the number dialled is the line's own name
        [came(0, dst="5855550167"), came(100, "5855550138", dst="5855550167")],  # several callers
        [came(0, dst="5855550167", context="from-trunk")],  # a context for calls from outside
    ],
)
def test_a_line_that_goes_by_an_account_number_is_no_phone(switches: list[Switch]) -> None:
    calls = calls_of(*switches)
    assert calls["trunk_group"].tolist() == [LINE] * len(switches)
    assert set(calls["outcome"]) == {"answered"}
    assert calls["dnis"].notna().all()


def test_a_phone_that_shows_its_clients_numbers_when_it_dials_out_is_no_line() -> None:
    shown = ["5855550140", "5855550141", "5855550142"]
    for channel in ("SIP/207", "SIP/ann"):
        out = [dialled(n, channel=channel, src=src, dst="5855550199") for n, src in enumerate(shown)]
        calls = calls_of(came(50), *out)
        assert calls["trunk_group"].tolist() == [LINE], channel


def test_a_phone_with_one_outside_number_that_dials_inside_is_no_line() -> None:
    mailbox = Switch().leg(
        0, "VoiceMailMain", "ANSWERED", answer=0, end=30, dst="*97", context="office", channel="SIP/207-00000001",
        code="",
    )
    calls = calls_of(mailbox, came(50))
    assert calls["trunk_group"].tolist() == [LINE]


def test_a_local_channel_taken_out_of_the_call_is_no_transfer() -> None:
    """Once the phone has answered, Asterisk drops the Local channel: the conversation goes on in a row of its own."""
    switch = Switch()
    data = "Local/ch1@delay&Local/ch2@delay,40"
    for far, disposition, answer in (
        ("Local/ch1@delay-00000006;1", "ANSWERED", 6),
        ("Local/ch2@delay-00000007;1", "NO ANSWER", None),
    ):
        switch.leg(0, "Dial", disposition, answer=answer, end=6, far=far, data=data, code="")
    switch.leg(0, "Dial", "ANSWERED", start=6, answer=6, end=23, far="SIP/301-00000012", data=data, code="")
    call = switch.call()
    assert (call["outcome"], call["agent"], call["ring_s"], call["talk_s"]) == ("answered", "SIP/301", 6, 17)
    assert call["dnis"] == "+15855550167"
    assert pd.isna(call["transferred_to"])


def test_a_transfer_behind_a_local_channel_is_one() -> None:
    switch = Switch()
    switch.leg(
        0, "Dial", "ANSWERED", answer=6, end=30, far="Local/207@members-00000006;1", data="Local/207@members/n", dst="409"
    )
    switch.leg(0, "Dial", "ANSWERED", start=30, answer=35, end=60, far="SIP/409-00000012", data="SIP/409", dst="409")
    call = switch.call()
    assert (call["transferred_to"], call["talk_s"]) == ("409", 24)


@pytest.mark.parametrize(("played_s", "outcome"), [(0, "no_answer"), (12, "announcement")])
def test_phones_that_rang_in_vain_behind_a_greeting(played_s: int, outcome: str) -> None:
    """The dialplan answered, dialled, gave up; then hung up, or played something first."""
    switch = Switch()
    for far in ("SIP/301-00000002", "SIP/302-00000003"):
        switch.leg(0, "Dial", "NO ANSWER", answer=0, end=60, far=far, data="SIP/301&SIP/302,60", code="")
    switch.leg(0, "Hangup", "ANSWERED", start=60, answer=60, end=60 + played_s, code="")
    call = switch.call()
    assert (call["outcome"], call["ended_by"], call["queue_s"]) == (outcome, "system", 60 + played_s)


def test_a_recording_on_one_row_with_the_phone_that_rang_before_is_no_answer() -> None:
    """Asterisk before version 12 has one row a call: the phone it rang stays, the recording is the last application."""
    call = Switch().leg(0, "Playback", "ANSWERED", answer=30, end=42, far="SIP/301-00000002", data="closed").call()
    assert (call["outcome"], call["talk_s"]) == ("announcement", 0)
    assert pd.isna(call["agent"])


def text(*rows: tuple[int, str, str]) -> str:
    """Write a table without a header whose last columns a writer fills with 0: (born, queue, linkedid)."""

    def line(born: int, queue: str, linked: str) -> str:
        date = pd.Timestamp(T0 + born, unit="s", tz="UTC").tz_convert("America/New_York")
        return (
            f'"{date:%d/%m/%Y %H:%M:%S}","""Ann"" <5855550137>","5855550137","s","from-trunk","SIP/north-{born:08x}",,'
            f'"Queue","{queue},t,,,40","41","41","ANSWERED","3",,"{T0 + born}.{born}",,,,"5855550137","Ann",,,,"{linked}",\n'
        )

    return "".join(starmap(line, rows))


def table(*rows: tuple[int, str, str]) -> Reading:
    stream = stream_of("cdr.csv", text(*rows).encode())
    assert asterisk_cdr_table.detect(stream.head)
    return asterisk_cdr_table.read(stream, ReadOptions())


def test_an_id_filled_with_0_does_not_make_all_rows_one_call() -> None:
    reading = table((0, "7000", "0"), (100, "7000", "0"), (200, "7001", "0"))
    made = asterisk.join([("asterisk_cdr_table", reading)], ReadOptions())[0][1]
    assert made.frame["call_id"].tolist() == [f"{T0 + n}.{n}" for n in (0, 100, 200)]


@pytest.mark.parametrize("linked", ["-", "0.0", "main"])
def test_an_id_that_all_rows_share_is_none(linked: str) -> None:
    reading = table((0, "7000", linked), (100, "7000", linked))
    assert len(asterisk.join([("asterisk_cdr_table", reading)], ReadOptions())[0][1].frame) == 2


def test_where_nothing_says_the_number_a_queue_is_an_account(tmp_path: Path) -> None:
    case = loaded(*written(tmp_path, cdr__csv=text((0, "7000", "0"), (100, "7001", "0"))))
    assert case.calls["account"].tolist() == ["7000", "7001"]
    assert any("each queue is taken for an account" in note for note in case.sources[0].notes)


def test_the_far_end_of_a_call_dialled_out_is_no_caller() -> None:
    out = dialled(0, channel="SIP/207", src="207", dst="5855550199")
    end = Switch().leg(
        1, "AppDial", "ANSWERED", answer=1, end=1, dst="", context="default", src="5855550199", channel="OOH323/pstn-1946",
        far="Local/5855550199@out-000005b8;1", data="(Outgoing Line)", code="",
    )  # fmt: skip
    calls = calls_of(out, end, came(50, channel="OOH323/pstn"))
    assert calls["agent"].tolist() == ["SIP/301"]


def test_another_switch_that_is_dialled_by_its_extensions_is_no_line() -> None:
    inside = came(0, channel="PJSIP/north", dst="5855550167")
    inside.legs[0] = inside.legs[0].replace("SIP/301&SIP/302,60,t", "PJSIP/211@other,60")
    onward = Switch().leg(
        100, "Dial", "NO ANSWER", end=140, dst="5855550199", context="office", src="5855550160", channel="PJSIP/other-00000020",
        far="PJSIP/north-00000021", data="PJSIP/5855550199@north,60", code="",
    )  # fmt: skip
    assert calls_of(inside, onward)["trunk_group"].tolist() == ["PJSIP/north"]


UCM = (
    "Account Code,Caller Number,Callee Number,Context,CallerID,Source Channel,Dest Channel,Lastapp,Lastdata,Start Time,"
    "Answer Time,End Time,Call Time,Talk Time,Call Status,AMA Flags,Unique ID,Userfield\n"
)


@pytest.mark.parametrize("spans", [("150", "141"), ("00:02:30", "00:02:21")])
def test_a_grandstream_is_an_asterisk_under_other_headings(tmp_path: Path, spans: tuple[str, str]) -> None:
    start = f"2026-04-16 00:00:00,2026-04-16 00:00:09,2026-04-16 00:02:30,{','.join(spans)},ANSWERED,DOCUMENTATION"
    inbound = (
        f',5855550137,5855550167,from-did,"""Ann"" <5855550137>",PJSIP/trunk_1-00000001,PJSIP/1001-00000002,Queue,"6500,t",'
        f"{start},{T0}.1,Inbound\n"
    )
    out = (
        f',1001,5855550199,from-internal,"""Desk"" <1001>",PJSIP/1001-00000004,PJSIP/trunk_1-00000005,Dial,'
        f'"PJSIP/5855550199@trunk_1,60",{start},{T0}.4,Outbound\n'
    )
    call = loaded(*written(tmp_path, cdr__csv=UCM + inbound + out)).calls
    assert call[["dnis", "agent", "ring_s", "talk_s"]].to_numpy().tolist() == [["+15855550167", "PJSIP/1001", 9, 141]]


def test_a_report_without_applications_says_who_answered_and_not_when(tmp_path: Path) -> None:
    text = (
        '"Date","Source","Ring Group","Destination","Src. Channel","Account Code","Dst. Channel","Status","Duration"\n'
        '"2026-04-16 09:00:01","5855550137","","6500","SIP/north-00000001","","SIP/1001-00000002","ANSWERED","150s (2m 30s)"\n'
        '"2026-04-16 09:10:01","5855550138","","6500","SIP/north-00000003","","SIP/1001-00000004","NO ANSWER","30s"\n'
        '"2026-04-16 09:15:01","5855550139","","6500","SIP/north-00000006","","","ANSWERED","20s"\n'
        '"2026-04-16 09:20:01","1001","","5855550199","SIP/1001-00000007","","SIP/north-00000008","ANSWERED","50s"\n'
    )
    calls = loaded(*written(tmp_path, cdr__csv=text)).calls
    assert calls["outcome"].tolist() == ["answered", "no_answer", "abandoned"], "what 1001 dialled is no caller's"
    assert calls["agent"].fillna("").tolist() == ["SIP/1001", "", ""]
    assert calls["account"].tolist() == ["6500"] * 3
    assert calls.loc[0, ["ring_s", "queue_s", "talk_s"]].isna().all()
    assert calls["ring_s"].tolist()[1:] == [30, 20]


def queue_call(*, optimised: bool) -> Switch:
    """Write a FreePBX queue's call: answered for music at once, 201 rung in vain, 202 took it after 18 s and talked 60."""
    switch = Switch()
    data, near = "600,t", "Local/20{}@from-queue-0000000{};1"
    for n, (disposition, end) in enumerate((("NO ANSWER", 15), ("ANSWERED", 18 if optimised else 78)), 1):
        switch.leg(0, "Queue", disposition, answer=0, end=end, far=near.format(n, n), data=data, code="", dst="600")
        switch.leg(
            n,
            "Dial",
            disposition,
            start=0,
            answer=18 if n == 2 else None,
            end=end,
            channel=near.format(n, n).replace(";1", ";2"),
            dst=f"20{n}",
            context="ext-local",
            far=f"PJSIP/20{n}-0000000{n + 2}",
            code="",
            data=f"PJSIP/20{n},15",
        )
    if optimised:
        switch.leg(0, "Queue", "ANSWERED", start=18, answer=18, end=78, far="PJSIP/202-00000004", data=data, code="", dst="600")
    return switch


@pytest.mark.parametrize("optimised", [True, False])
def test_a_local_member_tells_when_the_agent_took_the_call(optimised: bool) -> None:
    """The caller's own row counts the music as answered; without a queue_log only the member's half knows better."""
    call = queue_call(optimised=optimised).call()
    assert (call["outcome"], call["agent"], call["queue"]) == ("answered", "PJSIP/202", "600")
    assert (call["ring_s"], call["queue_s"], call["talk_s"]) == (0, 18, 60)


@pytest.mark.parametrize("log", ["cdr", "queue_log", "both"])
@pytest.mark.parametrize("table", [True, False])
def test_whose_a_number_without_an_account_code_is_the_accounts_table_says(tmp_path: Path, log: str, table: bool) -> None:
    switch = Switch()
    for n in range(2):
        switch.leg(n * 100, "Queue", "ANSWERED", answer=n * 100 + 4, end=n * 100 + 60, far="PJSIP/207-00000002", code="",
                   channel=f"PJSIP/north-{n:08x}", field="5855550167")
    for n in range(3):  # the last of them is in the queue_log alone
        switch.event(n * 100, n * 100, "NONE", "DID", "5855550167")
        switch.event(n * 100, n * 100, "NONE", "ENTERQUEUE", "", "5855550137", 1)
        switch.event(n * 100 + 4, n * 100, "Bea Ray", "CONNECT", 4, "x", 4)
        switch.event(n * 100 + 60, n * 100, "Bea Ray", "COMPLETECALLER", 4, 56, 1)
    if log != "queue_log":
        (tmp_path / "Master.csv").write_text("\n".join(switch.legs) + "\n")
    if log != "cdr":
        (tmp_path / "queue_log").write_text("\n".join(switch.events) + "\n")
    if table:
        (tmp_path / "accounts.csv").write_text("account,name,numbers\n1021,Keane,+15855550167\n")
    case = gathered(tmp_path)
    assert case.calls["account"].tolist() == ["1021" if table else "+15855550167"] * (2 if log == "cdr" else 3)
