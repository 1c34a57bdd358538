"""How calls came out, where the log's words for it are not all known: read, or asked for, never guessed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from calltrace.cli.main import main
from calltrace.errors import InputError
from calltrace.intake.formats._base import ReadOptions
from calltrace.intake.mapping import of_file, to_toml
from calltrace.intake.mapping.propose import Proposal, propose
from calltrace.intake.opened import stream_of

if TYPE_CHECKING:
    from pathlib import Path


def log(head: str, *rows: tuple[str, str]) -> str:
    """Write a log of calls: of each row the agent and what stands in the column (or columns) of the given heading."""
    lines = [f"{i},2026-10-08 13:0{i}:00,+1484555010{i},{agent},{said}" for i, (agent, said) in enumerate(rows, 1)]
    return "\n".join([f"Call ID,Start,From,Agent,{head}", *lines]) + "\n"


def proposed(text: str) -> Proposal:
    return propose(stream_of("log.csv", text.encode()), ReadOptions())


def outcomes(text: str, decided: dict[str, str] | None = None) -> list[str]:
    found = proposed(text)
    fill = found.mapping.fills["outcome"]
    told = {**fill.words, **(decided or {})}
    mapping = replace(found.mapping, fills={**found.mapping.fills, "outcome": replace(fill, words=told)})
    return list(mapping.read(stream_of("log.csv", text.encode()), ReadOptions()).frame["outcome"])


@pytest.mark.parametrize("name", ["SIP Response Code", "SIP Status", "sip_code", "Result"])
def test_codes_of_sip_are_outcomes_and_who_picked_up_is_asked_for(name: str) -> None:
    text = log(name, ("Ann", "200"), ("", "486"), ("", "487"), ("", "200"), ("Bob", "503"))
    found = proposed(text)
    assert found.mapping.fills["outcome"].words == {
        "200": "?", "486": "busy", "487": "abandoned", "503": "failed",
    }  # fmt: skip
    assert "not known: 200 (2)" in found.open[0]
    assert outcomes(text, {"200": "answered"}) == ["answered", "busy", "abandoned", "answered", "failed"]


def test_a_code_that_always_has_an_agent_is_answered() -> None:
    text = log("Hangup Cause", ("Ann", "16"), ("", "17"), ("", "19"), ("", "34"), ("Ann", "16"))
    assert proposed(text).open == ()
    assert outcomes(text) == ["answered", "busy", "no_answer", "failed", "answered"]


def test_causes_that_tell_no_more_than_the_agent_are_causes() -> None:
    found = proposed(log("Hangup Cause", ("Ann", "caller"), ("", "caller"), ("Ann", "agent")))
    assert found.mapping.fills["outcome"].answered_if == "not-empty"
    assert "answered where there is an agent" in next(c.why for c in found.columns if c.source == "Agent")


@pytest.mark.parametrize("name", ["Anrufstatus", "Disposición", "État", "Call Result", "Status"])
def test_words_that_are_not_known_are_asked_for_and_refused_until_somebody_says(name: str, tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text(log(name, ("Ann", "Besetzt"), ("", "Zzz"), ("", "Zzz"), ("Bob", "Angenommen")))
    result = CliRunner().invoke(main, ["inspect", str(path), "--map", "-o", str(tmp_path / "m.toml")])
    assert result.exit_code == 3
    assert "not known: Zzz (2)" in result.stderr
    mapping = of_file(tmp_path / "m.toml")
    assert mapping.fills["outcome"].words["Besetzt"] == "busy"
    with pytest.raises(InputError, match="undecided: what Zzz means"):
        mapping.read(stream_of("log.csv", path.read_bytes()), ReadOptions())
    (tmp_path / "m.toml").write_text((tmp_path / "m.toml").read_text().replace('"Zzz" = "?"', '"Zzz" = "announcement"'))
    read = of_file(tmp_path / "m.toml").read(stream_of("log.csv", path.read_bytes()), ReadOptions())
    assert read.frame["outcome"].tolist() == ["busy", "announcement", "announcement", "answered"]


def test_a_column_for_each_outcome(tmp_path: Path) -> None:
    text = log("Answered,Abandoned,Voicemail", ("Ann", "1,0,0"), ("", "0,1,0"), ("", "0,0,1"), ("", "0,0,0"))
    found = proposed(text)
    assert found.open == ()
    (tmp_path / "m.toml").write_text(to_toml(found.mapping))
    read = of_file(tmp_path / "m.toml").read(stream_of("log.csv", text.encode()), ReadOptions())
    assert read.frame["outcome"].tolist() == ["answered", "abandoned", "voicemail"]
    assert [(p.at.line, p.kind) for p in read.problems] == [(5, "unknown-word")]


@pytest.mark.parametrize(("name", "words"), [("State", ("NY", "CA")), ("Type", ("Inbound", "Incoming"))])
def test_countries_and_directions_are_no_outcomes(name: str, words: tuple[str, str]) -> None:
    found = proposed(log(name, ("Ann", words[0]), ("", words[1])))
    assert found.mapping.fills["outcome"].source == ("Agent",)
    assert found.open == ()


def test_words_of_other_houses() -> None:
    words = {
        "Aufgelegt": "abandoned", "Fehler": "failed", "Nicht angenommen": "no_answer", "Entgegengenommen": "answered",
        "Anuncio": "announcement", "Fallida": "failed", "Respondida": "answered", "Buzón de voz": "voicemail",
        "Annonce": "announcement", "Échec": "failed", "Messagerie": "voicemail", "Perdu": "no_answer", "Traité": "answered",
        "Completed by agent": "answered", "COMPLETED BY CALLER": "answered", "Abandoned in IVR": "abandoned",
        "ORIGINATOR_CANCEL": "abandoned", "NO_ANSWER": "no_answer", "NETWORK_OUT_OF_ORDER": "failed",
        "NORMAL_CLEARING": "?", "Disconnected": "?",
    }  # fmt: skip
    text = log("Status", *(("", word) for word in words))
    assert proposed(text).mapping.fills["outcome"].words == words


def test_a_word_that_every_call_has_tells_nothing_where_some_had_no_agent() -> None:
    text = log("Contact Status", ("Ann", "Completed"), ("", "Completed"), ("Bob", "Completed"))
    found = proposed(text)
    assert found.mapping.fills["outcome"].answered_if == "not-empty"
    assert outcomes(text) == ["answered", "abandoned", "answered"]
    assert next(c for c in found.columns if c.source == "Contact Status").why == (
        "it says the same of calls with and without an agent")
    everybody = proposed(log("Contact Status", ("Ann", "Completed"), ("Bob", "Completed")))
    assert everybody.mapping.fills["outcome"].words == {"Completed": "answered"}


def test_a_kind_of_client_is_no_client_and_terminating_calls_are_the_callers() -> None:
    text = log("Client Type,Direction,Answered", ("Ann", "SIP,TERMINATING,true"), ("Ann", "SIP,ORIGINATING,true"))
    found = proposed(text)
    assert "account" not in found.mapping.fills
    assert found.mapping.keep == {"Direction": ("TERMINATING",)}
    assert found.read == 1
