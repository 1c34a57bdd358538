"""Nuisance: a few callers, many very short calls."""

from __future__ import annotations

import numpy as np
import pandas as pd

from calltrace.diagnosis.checks.nuisance import UNMEASURED, Callers, _went_on
from calltrace.diagnosis.diagnose import investigate
from calltrace.diagnosis.evidence import Outcome
from checks.floor import TROUBLE, WINDOW, Row, accounts, ask, burst, floor
from support import case


def robots(numbers: int, talk_s: float = 2.0) -> list[Row]:
    return [r | {"ani": f"+1917555{i % numbers:04d}", "talk_s": talk_s} for i, r in enumerate(burst("1", 5))]


def test_two_callers_with_two_dozen_short_calls_are_found_with_their_numbers() -> None:
    found = ask("nuisance", floor(extra=robots(2)), "abandoned")["nuisance-callers"]
    assert found.outcome is Outcome.FOUND
    assert found.data["callers"] == {"+19175550000": 12, "+19175550001": 12}
    assert found.observed == 24
    assert (found.start, found.end) == TROUBLE


def test_the_callers_are_told_of_all_the_time_they_went_on() -> None:
    """In the hour before the burst, when the account has short calls every day, the first of them called twice."""
    calls = robots(2)
    times = [TROUBLE[0] - pd.Timedelta(minutes=45), TROUBLE[0] - pd.Timedelta(minutes=15)]
    more = [calls[0] | {"call_id": f"slow-{t}", "offered_at": t} for t in times]
    rows = [r | {"talk_s": 2.0} if r["account"] == "1" and f"{r['offered_at']:%H}" == "09" else r for r in floor()]
    found = ask("nuisance", [*rows, *calls, *more], "abandoned")["nuisance-callers"]
    assert (found.start, found.end) == (times[0], TROUBLE[1])
    assert found.data["callers"] == {"+19175550000": 14, "+19175550001": 12}
    assert found.observed == 26
    assert "2 callers made 26 very short calls" in found.says


def test_callers_who_paused_for_an_hour_have_stopped() -> None:
    def went_on(*quarters: int) -> tuple[int, int]:
        all_of_them = np.ones(len(quarters), dtype=bool)
        return _went_on(Callers(np.arange(len(quarters)), np.array(quarters), all_of_them, all_of_them, all_of_them,
                                pd.Series(dtype="int64"), 40, 44))

    assert went_on(40, 43) == (40, 44)
    assert went_on(32, 36, 40, 43, 47) == (32, 48)
    assert went_on(31, 35, 43, 48) == (40, 44)


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


def without(*columns: str, extra: list[Row]) -> list[Row]:
    return [r | dict.fromkeys(columns) for r in floor(extra=extra)]


def test_one_callers_calls_of_unknown_length_are_no_surge_and_a_doubtful_nuisance() -> None:
    rows = without("talk_s", "ring_s", "queue_s", extra=robots(1))
    found = ask("nuisance", rows, "abandoned")["nuisance-callers"]
    assert found.outcome is Outcome.FOUND
    assert found.data["callers"] == {"+19175550000": 24}
    assert found.strength <= UNMEASURED
    assert "not on record" in found.says
    assert ask("demand", rows, "abandoned")["own-surge"].outcome is Outcome.CLEAR
    start, end = (at.isoformat() for at in WINDOW)
    answer = investigate(case(rows, accounts=accounts()), account="1", complaint="abandoned", start=start, end=end)
    assert answer.ranked[0].cause == "nuisance-calls"
    assert answer.wording == "inconclusive"  # no more callers left than usual, though the log does not tell after how long


def test_many_callers_of_calls_of_unknown_length_are_a_surge() -> None:
    rows = without("talk_s", "ring_s", "queue_s", extra=robots(24))
    assert ask("nuisance", rows, "abandoned")["nuisance-callers"].outcome is Outcome.NOT_RUN
    assert ask("demand", rows, "abandoned")["own-surge"].outcome is Outcome.FOUND


def test_a_number_that_all_calls_come_from_is_no_one_caller() -> None:
    rows = [r | {"ani": "+19175550000"} for r in without("talk_s", extra=robots(1))]
    assert ask("nuisance", rows, "abandoned")["nuisance-callers"].outcome is not Outcome.FOUND
    assert ask("demand", rows, "abandoned")["own-surge"].outcome is Outcome.FOUND


def test_a_log_without_rings_shows_short_talk_and_clears_nobody() -> None:
    found = ask("nuisance", without("ring_s", "queue_s", extra=robots(2)), "abandoned")["nuisance-callers"]
    assert (found.outcome, found.observed) == (Outcome.FOUND, 24)
    none = ask("nuisance", without("ring_s", "queue_s", extra=[]), "abandoned")["nuisance-callers"]
    assert (none.outcome, none.missing) == (Outcome.NOT_RUN, ("calls.ring_s",))


def test_an_account_without_calls_is_not_run() -> None:
    rows = [r for r in floor() if r["account"] != "1"]
    assert ask("nuisance", rows)["nuisance-callers"].outcome is Outcome.NOT_RUN
