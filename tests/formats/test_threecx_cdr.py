"""3CX's legs: fields in any order, queues told from people, calls put together by historyid."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from reading import golden, only_source, read_with

if TYPE_CHECKING:
    from pathlib import Path

NAME = "threecx_cdr"
LEG = (
    "Call 61204,00000C21DE5C2470_6531,00:02:19,2026/03/02 09:14:02,2026/03/02 09:14:09,2026/03/02 09:16:21,"
    "TerminatedBySrc,5855550117,Ext.214,10001,214,214"
)
FULL = "historyid,callid,duration,time-start,time-answered,time-end,reason-terminated,from-no,to-no,from-dn,to-dn,dial-no"


def typed(  # noqa: PLR0917 -- the columns
    start: str, answered: str, end: str, to: str, kind: str, final: str = "", final_kind: str = ""
) -> str:
    final_dn = final.removeprefix("Ext.")
    return (
        f"Call 9,00000C21DE5C2470_1,00:01:00,2026/03/02 {start},{answered and '2026/03/02 ' + answered},2026/03/02 {end},"
        f"TerminatedBySrc,5855550117,{to},10001,{to[4:]},{to[4:]},,{final},{final_dn},,,,,Chain: x,ExternalLine,{kind},"
        f"{final_kind},Ann Lee,,,\n"
    )


def test_the_sample_becomes_what_it_should(repo_root: Path, update_golden: bool) -> None:
    source = only_source(golden(repo_root / "sample_logs" / NAME / "cdr.log", update=update_golden))
    assert (source.rows, source.left_out, source.calls, source.answered) == (7, 1, 4, 2)
    assert "taken for queues or menus, by how they answer: 800" in source.notes[2]


@pytest.mark.parametrize(
    "text",
    [
        LEG,
        LEG.replace(",", ";"),
        FULL + "\n" + LEG,
        ",".join(f'"{f}"' for f in LEG.split(",")),
        "2026/03/02 09:14:02,2026/03/02 09:14:09,2026/03/02 09:16:21,TerminatedBySrc,5855550117,Ext.214",
    ],
)
def test_the_fields_in_whatever_form_they_were_chosen(text: str) -> None:
    found = read_with(NAME, text + "\n").frame.iloc[0]
    assert (found["outcome"], found["agent"], found["ani"]) == ("answered", "214", "+15855550117")
    assert (found["ring_s"], found["talk_s"]) == (7, 132)
    assert found["offered_at"] == pd.Timestamp("2026-03-02 09:14:02")


@pytest.mark.parametrize(
    ("old", "new"), [("TerminatedBySrc", "src_participant_terminated"), ("TerminatedByDst", "dst_participant_terminated")]
)
def test_version_20_says_the_same_in_other_words(old: str, new: str) -> None:
    text = typed("09:14:00", "09:14:01", "09:15:00", "Ext.800", "Queue") + typed(
        "09:14:10", "09:14:21", "09:15:00", "Ext.214", "Extension"
    )
    text = text.replace("TerminatedBySrc", old)
    words = {old: new, "ExternalLine": "external_line", "Queue": "queue", "Extension": "extension"}
    again = text
    for word, other in words.items():
        again = again.replace(word, other)
    columns = ["outcome", "agent", "queue", "ring_s", "queue_s", "talk_s", "ended_by"]
    found = read_with(NAME, again).frame[columns]
    pd.testing.assert_frame_equal(found, read_with(NAME, text).frame[columns])
    assert found["outcome"].tolist() == ["answered"]


@pytest.mark.parametrize(
    ("ending", "outcome"),
    [("cancelled", "abandoned"), ("rejected", "failed"), ("no_route", "failed"), ("Failed_NoAnswer", "no_answer")],
)
def test_how_a_call_ended_that_nothing_answered(ending: str, outcome: str) -> None:
    leg = typed("09:14:00", "", "09:14:20", "Ext.214", "extension").replace("TerminatedBySrc", ending)
    assert read_with(NAME, leg).frame["outcome"].tolist() == [outcome]


def test_a_queue_answers_before_the_agent_does() -> None:
    text = typed("09:14:00", "09:14:01", "09:15:00", "Ext.800", "Queue") + typed(
        "09:14:10", "09:14:21", "09:15:00", "Ext.214", "Extension"
    )
    found = read_with(NAME, text).frame.iloc[0]
    assert (found["ring_s"], found["queue_s"], found["talk_s"]) == (1, 20, 39)
    assert (found["queue"], found["agent"], found["caller_name"]) == ("800", "214", "Ann Lee")


@pytest.mark.parametrize("final", ["Ext.214", "Ext.215"])
def test_a_queues_leg_that_names_who_took_the_call_tells_neither_wait_nor_talk(final: str) -> None:
    """The usual two legs of a queue's call: to the queue, which ends with the agent, and to the agent.

    Where another took the call over in the end, the queue's leg names that one.
    """
    text = typed("09:14:00", "09:14:02", "09:14:22", "Ext.800", "Queue", final, "Extension").replace(
        "TerminatedBySrc", "ReplacedByDst"
    ) + typed("09:14:02", "09:14:22", "09:15:02", "Ext.214", "Extension", "Ext.214", "Extension")
    found = read_with(NAME, text).frame.iloc[0]
    assert (found["agent"], found["queue"], found["ended_by"]) == ("214", "800", "caller")
    assert (found["ring_s"], found["queue_s"], found["talk_s"]) == (2, 20, 40)


def test_an_extension_may_be_named_among_the_switchs_numbers_as_well() -> None:
    text = typed("09:14:00", "09:14:07", "09:15:00", "Ext.214", "Extension", "Ext.214", "Extension")
    named = text.replace(",Ext.214,10001,214,", ",5855550178,10001,Ext.214,", 1)
    columns = ["agent", "ring_s", "queue_s", "talk_s"]
    assert named != text
    pd.testing.assert_frame_equal(read_with(NAME, named).frame[columns], read_with(NAME, text).frame[columns])
    assert read_with(NAME, named).frame["talk_s"].tolist() == [53]


@pytest.mark.parametrize(
    ("leg", "outcome"),
    [
        (typed("09:14:00", "09:14:01", "09:15:00", "Ext.800", "Queue"), "abandoned"),
        (typed("09:14:00", "09:14:01", "09:15:00", "Ext.999", "VMail"), "voicemail"),
        (typed("09:14:00", "09:14:05", "09:15:00", "Ext.214", "Extension", "Ext.999", "VMail"), "voicemail"),
        (typed("09:14:00", "", "09:15:00", "Ext.214", "Extension"), "abandoned"),
        (
            typed("09:14:00", "", "09:14:00", "Ext.214", "Extension").replace(
                "TerminatedBySrc", "FailedByBusy"
            ),
            "busy",
        ),
    ],
)
def test_a_machine_is_no_agent(leg: str, outcome: str) -> None:
    frame = read_with(NAME, leg).frame
    assert frame["outcome"].tolist() == [outcome]
    assert frame["agent"].isna().all()


def in_minutes(text: str, form: str) -> str:
    """Write the times of legs as a spreadsheet saves them."""
    return re.sub(
        r"\d{4}/\d\d/\d\d \d\d:\d\d:\d\d", lambda m: f"{pd.Timestamp(m[0]):{form}}".replace("/0", "/").lstrip("0"), text
    )


@pytest.mark.parametrize("form", ["%m/%d/%Y %H:%M", "%m/%d/%Y %I:%M %p", "%d.%m.%Y %H:%M"])
@pytest.mark.parametrize("head", ["", FULL + "\n"])
def test_a_log_that_a_spreadsheet_saved_keeps_its_calls_and_says_no_waits(form: str, head: str) -> None:
    later = LEG.replace("61204", "61205").replace("2026/03/02", "2026/03/13")
    reading = read_with(NAME, in_minutes(f"{head}{LEG}\n{later}\n", form))
    frame = reading.frame
    assert frame["offered_at"].tolist() == [pd.Timestamp("2026-03-02 09:14"), pd.Timestamp("2026-03-13 09:14")]
    assert frame["outcome"].tolist() == ["answered", "answered"]
    assert frame[["ring_s", "queue_s", "talk_s"]].isna().to_numpy().all()
    assert [p.kind for p in reading.problems] == ["rounded"]
    assert (len(reading.dates) == 1) == ("/" in form)


def test_whom_most_are_sent_on_from_is_a_queue_where_the_seconds_are_gone() -> None:
    queue = LEG.replace("Ext.214,10001,214,214", "Ext.800,10001,800,800,,Ext.214,214").replace("09:14:09", "09:14:02")
    given_up = LEG.replace("61204", "61206").replace("Ext.214,10001,214,214", "Ext.800,10001,800,800,,,")
    given_up = given_up.replace("09:14:09", "09:14:02")
    frame = read_with(NAME, in_minutes(f"{queue}\n{given_up}\n", "%d.%m.%Y %H:%M")).frame
    assert frame["outcome"].tolist() == ["answered", "abandoned"]


def test_a_database_of_legs_has_times_with_an_offset() -> None:
    legs = re.sub(r"(\d{4})/(\d\d)/(\d\d) (\d\d:\d\d:\d\d)", r"\1-\2-\3 \4+02:00", LEG)
    head = FULL.replace("-", "_") + "\n"
    reading = read_with(NAME, head + legs + "\n" + head + legs.replace("61204", "61205") + "\n")
    assert reading.frame["offered_at"].tolist() == [pd.Timestamp("2026-03-02 07:14:02", tz="UTC")] * 2
    assert reading.frame["talk_s"].tolist() == [132, 132]
    assert (reading.rows, reading.problems) == (2, ())


@pytest.mark.parametrize("above", ["sep=,\n", "Calls of the desk\n\n"])
def test_a_header_may_have_lines_above_it_and_empty_cells_a_word(above: str) -> None:
    leg = LEG.replace("214,214", "214,NULL")
    found = read_with(NAME, f"{above}{FULL}\n{leg}\n").frame.iloc[0]
    assert (found["agent"], pd.isna(found["dnis"]), found["source_line"]) == ("214", True, above.count("\n") + 2)
