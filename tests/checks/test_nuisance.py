"""Nuisance: a few callers, many very short calls."""

from __future__ import annotations

from calltrace.diagnosis.evidence import Outcome
from checks.floor import TROUBLE, Row, ask, burst, floor


def robots(numbers: int, talk_s: float = 2.0) -> list[Row]:
    return [r | {"ani": f"+1917555{i % numbers:04d}", "talk_s": talk_s} for i, r in enumerate(burst("1", 5))]


def test_two_callers_with_two_dozen_short_calls_are_found_with_their_numbers() -> None:
    found = ask("nuisance", floor(extra=robots(2)), "abandoned")["nuisance-callers"]
    assert found.outcome is Outcome.FOUND
    assert found.data["callers"] == {"+19175550000": 12, "+19175550001": 12}
    assert found.observed == 24
    assert (found.start, found.end) == TROUBLE


def test_short_calls_of_many_callers_are_no_nuisance() -> None:
    found = ask("nuisance", floor(extra=robots(24)), "abandoned")["nuisance-callers"]
    assert found.outcome is Outcome.CLEAR


def test_long_calls_of_one_caller_are_no_nuisance() -> None:
    assert ask("nuisance", floor(extra=robots(1, 90.0)))["nuisance-callers"].outcome is Outcome.CLEAR


def test_withheld_numbers_are_not_one_caller() -> None:
    withheld = [r | {"ani": None} for r in robots(1)]
    assert ask("nuisance", floor(extra=withheld))["nuisance-callers"].outcome is Outcome.CLEAR


def test_robots_are_no_surge_of_the_client() -> None:
    assert ask("demand", floor(extra=robots(2)), "abandoned")["own-surge"].outcome is Outcome.CLEAR


def test_an_account_without_calls_is_not_run() -> None:
    rows = [r for r in floor() if r["account"] != "1"]
    assert ask("nuisance", rows)["nuisance-callers"].outcome is Outcome.NOT_RUN
