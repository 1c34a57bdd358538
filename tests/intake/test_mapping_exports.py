"""Exports of switches and services that have no reader: what is proposed for their headings, and what is left alone.

The headings are of the kind each product writes; every row is invented (555-01xx).
"""

from __future__ import annotations

import pandas as pd
import pytest

from calltrace.intake.encodings import to_utf8
from calltrace.intake.formats._base import ReadOptions
from calltrace.intake.mapping.propose import Proposal, propose
from calltrace.intake.opened import stream_of


def proposed(text: str) -> Proposal:
    return propose(stream_of("export.csv", to_utf8(text.encode())[0]), ReadOptions())


def calls(text: str) -> pd.DataFrame:
    found = proposed(text)
    assert not found.open, found.open
    return found.mapping.read(stream_of("export.csv", to_utf8(text.encode())[0]), ReadOptions()).frame


def sources(found: Proposal) -> dict[str, tuple[str, ...]]:
    return {name: fill.source for name, fill in found.mapping.fills.items() if fill.source}


def test_words_that_any_heading_may_have_prove_nothing() -> None:
    found = proposed(
        "Number Name,List Id,Campaign Id,Application Name,Total Duration,Start Time,From,To,To Name,Status\n"
        "Polar,998,POLAR,Main,150,2026-10-08 09:00:00,5855550137,5855550167,Polar,Answered\n"
        "Acme,998,ACME,Main,30,2026-10-08 09:10:00,5855550138,5855550168,Acme,Missed\n"
        "Polar,998,POLAR,Main,30,2026-10-08 09:20:00,5855550139,5855550167,Polar,Missed\n"
    )
    assert set(sources(found)) == {"offered_at", "ani", "dnis", "outcome"}


def test_talk_goes_before_the_length_of_the_call() -> None:
    head = "ID,Time,Call From,Call To,Call Duration(s),Ring Duration(s),Talk Duration(s),Status,DID\n"
    text = (
        head
        + "1,10/13/2026 09:00:01 AM,Ann<5855550137>,Desk<6500>,150,9,141,ANSWERED,5855550167\n"
        + "2,10/13/2026 09:10:01 AM,Bob<5855550138>,Desk<6500>,30,30,0,NO ANSWER,5855550167\n"
    )
    frame = calls(text)
    assert frame[["ring_s", "talk_s"]].to_numpy().tolist() == [[9, 141], [30, 0]]
    assert frame["dnis"].tolist() == ["+15855550167"] * 2, "the number dialled, not the group it went to"
    assert frame["ani"].tolist() == ["+15855550137", "+15855550138"]
    assert frame["caller_name"].tolist() == ["Ann", "Bob"]
    alone = proposed(text.replace("Talk Duration(s)", "Rate"))
    assert sources(alone)["talk_s"] == ("Call Duration(s)",)


def test_a_caller_is_not_the_number_shown_to_others() -> None:
    found = proposed(
        'Call Date,CallerID,Outbound CallerID,DID,Destination,Disposition\n'
        '2026-10-08 09:00:01,"""Ann"" <5855550137>",,5855550167,1001,ANSWERED\n'
        '2026-10-08 09:20:01,"""Desk"" <1001>",5855550100,,5855550199,ANSWERED\n'
    )
    assert sources(found) | {"offered_at": (), "outcome": ()} == {
        "ani": ("CallerID",), "caller_name": ("CallerID",), "dnis": ("DID",), "offered_at": (), "outcome": (),
    }  # fmt: skip


def test_minutes_and_seconds_by_how_long_calls_would_be() -> None:
    head = "Client #,Date,Time,ANI,Time To Answer,Hold Time,Talk Time,Disposition\n"
    rows = [
        "1021,10/13/2026,09:00:01,5855550137,0:09,0:07,2:10,Answered",
        "1021,10/13/2026,09:10:01,5855550138,0:30,0:00,0:00,Abandoned",
    ]
    frame = calls(head + "\n".join(rows) + "\n")
    assert frame[["ring_s", "hold_s", "talk_s"]].to_numpy().tolist() == [[9, 7, 130], [30, 0, 0]]
    assert frame["account"].tolist() == ["1021", "1021"]
    # nothing tells: one or two minutes, or seconds
    doubtful = proposed("Start Time,From,Status,Talk Time\n2026-10-08 09:00:00,5855550137,Answered,0:02\n")
    assert any("1:30" in reason for reason in doubtful.open)


def test_whole_numbers_of_hours_are_milliseconds() -> None:
    text = (
        "Media Type,Users,Date,End Date,Duration,Direction,ANI,DNIS,Conversation ID,Abandoned,Total Queue,Total Talk\n"
        "voice,Bea,10/13/26 9:00:01 AM,10/13/26 9:02:31 AM,150000,Inbound,tel:+15855550137,tel:+15855550167,c1,NO,9000,130000\n"
        "voice,,10/13/26 9:10:01 AM,10/13/26 9:10:31 AM,30000,Inbound,tel:+15855550138,tel:+15855550167,c2,YES,28000,\n"
        "chat,Bea,10/13/26 9:20:01 AM,10/13/26 9:20:31 AM,30000,Inbound,,,c3,NO,,\n"
    )
    frame = calls(text)
    assert frame["call_id"].tolist() == ["c1", "c2"], "a chat is no call"
    assert frame["outcome"].tolist() == ["answered", "abandoned"]
    assert frame["queue_s"].tolist() == [9, 28]
    assert frame["talk_s"].iloc[0] == 130
    assert frame["ani"].tolist() == ["+15855550137", "+15855550138"]


def test_an_unanswered_call_has_only_the_time_of_its_invitation() -> None:
    text = (
        "CorrelationId,Invite Time,Start Time,End Time,Duration,Success,Caller Number,Callee Number,Call Type,Final SIP Code\n"
        "a1,2026-10-08T14:00:01.5Z,2026-10-08T14:00:10Z,2026-10-08T14:02:31Z,141,Yes,+1585555****,+15855550167,ByotIn,0\n"
        "a2,2026-10-08T14:10:01.5Z,,,0,No,+15855550138,+15855550167,ByotIn,487\n"
        "a3,2026-10-08T14:20:01.5Z,2026-10-08T14:20:10Z,2026-10-08T14:22:31Z,141,Yes,+15855550100,+15855550199,ByotOut,0\n"
    )
    frame = calls(text)
    assert frame["call_id"].tolist() == ["a1", "a2"]
    assert frame["outcome"].tolist() == ["answered", "abandoned"]
    assert frame["ani"].fillna("").tolist() == ["", "+15855550138"], "a number cut to its area is nobody's"


def test_a_date_of_iso_with_am_and_pm() -> None:
    text = (
        "Start Time,Phone Number,Call Status\n"
        "2026-10-08 09:00 AM,5855550137,Answered Call\n"
        "2026-10-08 11:59 PM,5855550138,Missed Call\n"
    )
    frame = calls(text)
    assert frame["offered_at"].tolist() == [pd.Timestamp("2026-10-08 09:00"), pd.Timestamp("2026-10-08 23:59")]
    assert frame["outcome"].tolist() == ["answered", "no_answer"]


def test_durations_told_twice() -> None:
    text = (
        "Date,Source,Status,Duration\n"
        "2026-10-08 09:00:01,5855550137,ANSWERED,150s (2m 30s)\n"
        "2026-10-08 09:10:01,5855550138,ANSWERED,30s\n"
    )
    assert calls(text)["talk_s"].tolist() == [150, 30]


@pytest.mark.parametrize(
    ("name", "talks"), [("Duration", [150, 0, 0]), ("Call Length", [150, 0, 0]), ("Talk Time", [150, 30, 45])]
)
def test_the_length_of_a_call_nobody_answered_is_no_talk(name: str, talks: list[float]) -> None:
    text = (
        f"Date,Source,Status,{name}\n"
        "2026-10-08 09:00:01,5855550137,ANSWERED,150\n"
        "2026-10-08 09:10:01,5855550138,NO ANSWER,30\n"
        "2026-10-08 09:20:01,5855550139,ABANDONED,45\n"
    )
    assert calls(text)["talk_s"].tolist() == talks


def test_the_number_dialled_is_no_proof_of_forwarding() -> None:
    head = "Call Start Time,Calling Number,Called Number,Original Called Number,Contact Disposition,CSQ Names\n"
    same = "10/13/26 9:00:01 AM,5855550137,5855550167,5855550167,Handled,Desk\n"
    assert "redirected_from" not in sources(proposed(head + same))
    other = same.replace("5855550167,5855550167", "5855550167,5855550190")
    assert sources(proposed(head + same + other))["redirected_from"] == ("Original Called Number",)


def test_outcomes_in_words_nobody_knows_are_asked_for() -> None:
    found = proposed("call_date,phone_number,status\n2026-10-08 09:00:01,5855550137,SALE\n2026-10-08 09:10:01,5855550138,DROP\n")
    assert found.mapping.fills["outcome"].words == {"SALE": "?", "DROP": "?"}
    assert any("write what each means" in reason for reason in found.open)


def test_a_number_in_round_brackets_behind_a_name() -> None:
    text = (
        "Call Time,From,To,Status\n"
        "2026-10-08 09:00:01,Ann Lee (5855550137),Desk (800),Answered\n"
        "2026-10-08 09:10:01,5855550138,Desk (800),Missed\n"
    )
    frame = calls(text)
    assert frame["ani"].tolist() == ["+15855550137", "+15855550138"]
    assert frame["dnis"].tolist() == ["800", "800"]
    assert frame["caller_name"].fillna("").tolist() == ["Ann Lee", ""]
    plain = text.replace("Ann Lee (5855550137)", "(585) 555-0137")
    assert calls(plain)["ani"].tolist() == ["+15855550137", "+15855550138"]


def test_a_column_of_telephone_numbers_is_no_call_id() -> None:
    found = proposed("Start Time,Number,Answered\n2026-10-08 09:00:01,5855550137,Y\n2026-10-08 09:10:01,5855550138,N\n")
    assert sources(found)["ani"] == ("Number",)
    assert found.mapping.fills["call_id"].line


def test_how_often_it_rang_is_no_duration_and_a_word_is_no_id() -> None:
    found = proposed(
        "Acct #,Call Date,Call Time,Caller ID,Agent Initials,Rings,Call Disp\n"
        "1021,10/14/2026,09:00:01 AM,5855550137,BR,2,MSG\n1021,10/14/2026,09:10:01 AM,5855550138,,6,ABND\n"
    )
    assert "ring_s" not in sources(found)
    assert found.mapping.fills["call_id"].line
    assert found.mapping.fills["outcome"].words == {"MSG": "answered", "ABND": "abandoned"}
    assert sources(proposed("Start Time,From,Status,Rings (s)\n2026-10-08 09:00:00,5855550137,Missed,12\n"))["ring_s"]


def test_parts_of_a_day_beside_a_spreadsheets_dates() -> None:
    text = (
        "Start,Client,From,Wait,Talk,Outcome\n46303.375011574,Polar,5855550137,0.000104166667,0.00150462963,Answered\n"
        "46303.3819560185,Polar,5855550138,0.000347222222,0,Abandoned\n"
    )
    assert calls(text)[["queue_s", "talk_s"]].to_numpy().tolist() == [[9, 130], [30, 0]]


def test_a_log_of_messages_is_no_log_of_calls() -> None:
    found = proposed(
        "Msg #,Account,Client,Taken,Operator,Priority,Message\n9001,1021,Polar,10/14/2026 09:02 AM,BR,Urgent,No heat\n"
        "9002,1022,Acme,10/14/2026 11:59 PM,CD,Routine,Leak\n"
    )
    assert (found.mapping.table, found.open, found.read) == ("messages", (), 2)
    sent = proposed(
        "Msg #,Dispatch Time,Method,Delivered To,Phone,Status\n9001,10/14/2026 09:04 AM,SMS,J. Ortiz,5855550190,Delivered\n"
        "9002,10/15/2026 12:10 AM,Call,K. Lee,5855550191,No Answer\n"
    )
    assert (sent.mapping.table, sent.open, sent.read) == ("dispatch", (), 2)


def test_a_column_of_outcomes_is_known_by_its_words() -> None:
    text = (
        "Date/Time,Call Direction,Caller Number,Called Number,Duration,Type\n"
        "10/14/2026 09:00:01 AM,incoming,5855550137,5855550167,2m 30s,answered\n"
        "10/14/2026 09:10:01 AM,incoming,5855550138,5855550167,0s,missed\n"
    )
    assert calls(text)["outcome"].tolist() == ["answered", "no_answer"]
    yes = text.replace("answered", "yes").replace("missed", "no")
    assert "outcome" not in sources(proposed(yes)), "a yes to what?"


@pytest.mark.parametrize(
    ("head", "words"),
    [
        ("Fecha,Origen,Destino,Duración,Estado", ("Contestada", "No contestada")),
        ("Date,Appelant,Appelé,Durée,Statut", ("Répondu", "Manqué")),
        ("Data,Origem,Destino,Duração,Situação", ("Atendida", "Não atendida")),
    ],
)
def test_headings_in_other_languages(head: str, words: tuple[str, str]) -> None:
    rows = [f"2026-10-{13 + n} 09:00:01,5855550137,5855550167,00:02:10,{word}" for n, word in enumerate(words)]
    found = proposed(head + "\n" + "\n".join(rows) + "\n")
    assert {"offered_at", "ani", "dnis", "talk_s", "outcome"} <= set(sources(found))
    assert found.mapping.fills["outcome"].words == dict(zip(words, ("answered", "no_answer"), strict=True))


@pytest.mark.parametrize("blank", [" ", "\u00a0", "\u202f", ""])
@pytest.mark.parametrize("apart", [True, False])
def test_a_half_of_the_day_as_spanish_excel_writes_it(blank: str, apart: bool) -> None:
    before = blank or " "
    times = [f"12:53:13{before}a.{blank}m.", f"01:16:07{before}p.{blank}m."]
    text = ("Id;Fecha;Hora;Origen;Destino;Estado\n" if apart else "Id;Fecha y hora;Origen;Destino;Estado\n") + "".join(
        f"{n};13/03/2026{';' if apart else ' '}{time};5855550137;5855550167;Contestada\n" for n, time in enumerate(times))
    assert calls(text)["offered_at"].dt.strftime("%d %H:%M:%S").tolist() == ["13 00:53:13", "13 13:16:07"]


@pytest.mark.parametrize(
    ("head", "told"),
    [
        ("Anrufzeit;Anrufer;Rufnummer;Ergebnis", {"ani": ("Anrufer",), "dnis": ("Rufnummer",)}),
        ("Anrufzeit;Rufnummer;Anrufer;Ergebnis", {"ani": ("Anrufer",), "dnis": ("Rufnummer",)}),
        ("Anrufzeit;Rufnummer;Zielrufnummer;Ergebnis", {"ani": ("Rufnummer",), "dnis": ("Zielrufnummer",)}),
    ],
)
def test_a_german_number_is_whichever_nothing_else_is(head: str, told: dict[str, tuple[str, ...]]) -> None:
    found = proposed(
        head + "\n13.03.2026 00:53:13;5855550137;5855550167;angenommen\n13.03.2026 01:16:07;5855550138;5855550167;verloren\n")
    assert {name: source for name, source in sources(found).items() if name in {"ani", "dnis"}} == told
    assert not found.open


@pytest.mark.parametrize(
    ("head", "told"),
    [
        ("Tiempo de timbre,Tiempo en cola,Tiempo en espera,Duración", ("ring_s", "queue_s", "hold_s", "talk_s")),
        ("Tiempo de timbre,Tiempo de espera,Tiempo en espera,Tiempo de conversación", ("ring_s", "queue_s", "hold_s", "talk_s")),
        ("Tiempo de timbre,Tiempo en espera,Retención,Conversación", ("ring_s", "queue_s", "hold_s", "talk_s")),
        ("Durée de sonnerie,Temps d'attente,Mise en garde,Durée de conversation", ("ring_s", "queue_s", "hold_s", "talk_s")),
        ("Temps de sonnerie,Temps d'attente,Temps de mise en attente,Durée", ("ring_s", "queue_s", "hold_s", "talk_s")),
    ],
)
def test_durations_in_other_languages(head: str, told: tuple[str, ...]) -> None:
    text = f"Fecha,Origen,{head},Estado\n2026-10-08 09:00:01,5855550137,5,9,20,130,Contestada\n"
    found = sources(proposed(text + "2026-10-08 09:10:01,5855550138,6,30,0,0,Abandonada\n"))
    assert tuple(t for s in head.split(",") for t, source in found.items() if source == (s,)) == told


@pytest.mark.parametrize("head", ["Identifiant,Compte,Von,An", "Identificador,Cuenta,Llamante,Número marcado", "ID,Konto,Von,An"])
def test_ids_accounts_and_numbers_in_other_languages(head: str) -> None:
    rows = "4100000,1021,5855550137,5855550167,2026-10-08 09:00:01,Missed\n"
    rows += "4100001,1021,5855550138,5855550167,2026-10-08 09:10:01,Missed\n"
    found = sources(proposed(f"{head},Start,Status\n{rows}"))
    assert [found[t][0] for t in ("call_id", "account", "ani", "dnis")] == head.split(",")


def test_talk_from_answer_to_end() -> None:
    frame = calls(
        "id,start,answer,end,caller,result\nc1,2026-10-08 09:00:01,2026-10-08 09:00:10,2026-10-08 09:02:20,5855550137,answered\n"
        "c2,2026-10-08 09:10:01,,2026-10-08 09:10:31,5855550138,abandoned\n"
    )
    assert frame[["ring_s", "talk_s"]].astype(object).where(frame[["ring_s", "talk_s"]].notna(), None).to_numpy().tolist() == [
        [9, 130], [None, None],
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "numbers", "form"),
    [
        ("Duration", [1, 2, 4, 1, 3, 2, 1, 1, 5, 2, 0, 0], ""),
        ("Duration", [61, 120, 41, 10, 38, 21, 19, 133, 54, 20, 0, 0], "seconds"),
        ("Duration (s)", [1, 2, 4, 1, 3, 2, 1, 1, 5, 2, 0, 0], "seconds"),
        ("Minutes", [1, 2, 4, 1, 3, 2, 1, 1, 5, 2, 0, 0], "minutes"),
        ("Duration", [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2], "seconds"),  # one talk tells nothing
        ("Duration", [1, 2, 4, 1, 3, 2, 1, 1, 5, 2, 0, 86000], "seconds"),  # no call lasts for two months
    ],
)
def test_whole_numbers_that_may_be_minutes_are_asked_for(name: str, numbers: list[int], form: str) -> None:
    rows = "".join(f"2026-10-08 09:{i:02d}:01,58555501{i:02d},{n},Answered\n" for i, n in enumerate(numbers))
    found = proposed(f"Start,From,{name},Status\n{rows}")
    assert found.mapping.fills["talk_s"].form == form
    assert [told.startswith("talk_s: whole numbers") for told in found.open] == [True] * (not form)


@pytest.mark.parametrize("head", ["duration,billsec", "Duration,Billable Seconds", "Dauer,Billed Seconds"])
def test_what_a_call_lasted_beyond_its_billed_seconds_is_the_ring(head: str) -> None:
    text = (
        f"id,Start,From,{head},Status\nc1,2026-10-08 09:00:01,5855550137,139,130,Answered\n"
        "c2,2026-10-08 09:10:01,5855550138,31,0,Missed\n"
    )
    assert calls(text)[["ring_s", "talk_s"]].to_numpy().tolist() == [[9, 130], [31, 0]]
    assert "ring_s" not in sources(proposed(text.replace(",139,130,", ",129,130,"))), "no call is shorter than its talk"
    assert "ring_s" not in sources(proposed(text.replace(head.split(",")[1], "Talk Time"))), "wrap-up may be part of it"


def test_a_phone_that_rang_did_not_answer_where_a_time_says_so() -> None:
    """NetSapiens names the user it rang in every call; only the answered ones have the time of the answer."""
    text = (
        "call-id,call-orig-caller-id,call-term-user,call-term-caller-id,call-start-datetime,call-answer-datetime,"
        "call-disconnect-datetime,call-talking-duration-seconds\n"
        "n-1,5855550117,207,5855550178,2026-04-16T04:05:57+00:00,2026-04-16T04:06:05+00:00,2026-04-16T04:07:32+00:00,87\n"
        "n-2,5855550118,207,5855550178,2026-04-16T04:09:00+00:00,,2026-04-16T04:09:20+00:00,0\n"
        "n-3,5855550119,,5855550178,2026-04-16T04:15:00+00:00,,2026-04-16T04:15:20+00:00,0\n"
    )
    assert sources(proposed(text))["outcome"] == ("call-answer-datetime",)
    assert (calls(text)["outcome"] == "answered").tolist() == [True, False, False]
