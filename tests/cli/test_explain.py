from __future__ import annotations

from click.testing import CliRunner

import calltrace
from calltrace.cli.main import main
from calltrace.diagnosis import causes, checks, complaints
from calltrace.report import explain


def run(*args: str) -> object:
    return CliRunner().invoke(main, ["explain", *args])


def test_every_name_has_its_page() -> None:
    names = {(p.kind, p.name) for p in explain.pages()}
    assert {("cause", n) for n in causes.NAMES} <= names
    assert {("check", n) for n in checks.NAMES} <= names
    assert {("complaint", n) for n in complaints.NAMES} <= names
    assert ("column", "calls.queue_s") in names
    assert ("threshold", "long_ring_s") in names
    assert ("metric", "asa") in names
    assert all(p.title for p in explain.pages())


def test_a_cause_says_its_party_its_signs_and_what_to_ask() -> None:
    result = CliRunner().invoke(main, ["explain", "lines-not-forwarded"])
    assert result.exit_code == 0
    for heading in (
        "Party",
        "Speaks for it",
        "Speaks against it",
        "Mistaken for",
        "What settles it",
        "What to ask next",
    ):
        assert f"\n{heading}\n" in result.stdout


def test_names_are_found_in_any_case_with_either_dash_and_columns_without_their_table() -> None:
    wanted = CliRunner().invoke(main, ["explain", "lines-not-forwarded"]).stdout
    assert CliRunner().invoke(main, ["explain", "LINES_NOT_FORWARDED"]).stdout == wanted
    assert "column calls.queue_s" in CliRunner().invoke(main, ["explain", "queue_s"]).stdout


def test_without_a_name_every_name_is_listed() -> None:
    stdout = CliRunner().invoke(main, ["explain"]).stdout
    for name in (*causes.NAMES, *checks.NAMES, *complaints.NAMES, "calls"):
        assert f"{name}: " in stdout


def test_an_unknown_name_is_2_with_the_nearest() -> None:
    result = CliRunner().invoke(main, ["explain", "lines-not-forwarted"])
    assert (result.exit_code, result.stdout) == (2, "")
    assert "lines-not-forwarded" in result.stderr


def test_the_verb_is_the_library_s_too() -> None:
    assert calltrace.explain("queue_s").startswith("column calls.queue_s: ")
