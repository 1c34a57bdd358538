"""Accounts that fall silent and ring again together, where the records name no trunk group that was down."""

from __future__ import annotations

import pandas as pd
import pytest

from calltrace.diagnosis.audit import audit_case
from calltrace.diagnosis.audit.ground import Ground
from calltrace.diagnosis.audit.screens._together import TOGETHER, silent_together
from calltrace.diagnosis.checks import silent_together as check
from calltrace.diagnosis.diagnose import diagnose
from calltrace.diagnosis.evidence import Outcome
from calltrace.diagnosis.profile import Profile
from calltrace.tables.case import Case
from support import account, at, case, scene, steady

DOWN = (at(24, 9), at(24, 15))
Span = tuple[pd.Timestamp, pd.Timestamp]


def service(silent: dict[str, Span], hours: tuple[float, float] = (0, 24)) -> Case:
    """Eight accounts with calls in some hours of the day, all on one trunk group, four weeks, one call in ten lost."""
    rows: list[dict[str, object]] = []
    numbers = {who: f"+1610777{n}{n}0{n}" for n, who in enumerate("12345678")}
    for n, who in enumerate("12345678"):
        pause = [silent[who]] if who in silent else []
        rows += steady(who, every_min=19 + 2 * n, offset_min=n, silent=pause, dnis=numbers[who],
                       hours=hours if who in "1234" else (0, 24))
    for i, row in enumerate(rows):
        if i % 10 == 0:
            row |= {"outcome": "abandoned", "agent": None}
    return case(rows, accounts=[account(who, numbers=number) for who, number in numbers.items()])


def screened(found: Case) -> list[set[str]]:
    ground = Ground(found, at(24), at(26), Profile())
    return [{h.account for h in one.hits} for one in silent_together(ground, [])]


def test_several_accounts_silent_together_are_one_trouble_and_no_clients() -> None:
    (one,) = audit_case(service(dict.fromkeys("124", DOWN)), start=at(24), end=at(25), checks=["outage", "silence"]).findings
    assert (one.account, one.cause, one.party, one.name) == (None, "carrier-outage", "carrier", "3 clients")
    assert one.confidence <= 0.7  # whose the route is stands nowhere
    assert "name no trunk group" in one.summary
    assert {h.account for h in one.also_affected} == {"1", "2", "4"}
    assert one.data[TOGETHER] == 3
    assert one.lost == pytest.approx(sum(6 * 60 / (19 + 2 * n) for n in (0, 1, 3)), rel=0.15)


@pytest.mark.parametrize("silent", [
    dict.fromkeys("12", DOWN),  # two may be for reasons of their own
    {"1": DOWN, "2": (at(24, 9), at(24, 20)), "4": (at(24, 4), at(24, 15))},  # they began, or ended, apart
    dict.fromkeys("12345678", DOWN),  # everybody
])
def test_few_that_are_silent_at_other_times_or_everybody_are_another_matter(silent: dict[str, Span]) -> None:
    assert screened(service(silent)) == []


@pytest.mark.parametrize("closed", [
    (at(24), at(25)),  # a day off
    (at(24, 12), at(25)),  # the end of a day off half of it
    (at(24), at(24, 13)),  # or its beginning
])
def test_offices_that_close_on_the_same_day_are_not_silent_together(closed: Span) -> None:
    assert screened(service(dict.fromkeys("1234", closed), hours=(8, 18))) == []
    # amid the hours in which they have calls, they are
    assert screened(service(dict.fromkeys("1234", (at(24, 10), at(24, 16))), hours=(8, 18))) == [set("1234")]


def test_an_investigation_names_them_and_accuses_no_client() -> None:
    found = service(dict.fromkeys("124", DOWN))
    asked = scene(found, "1", at(24, 8), at(24, 16))
    (piece,) = check.run(asked)
    assert piece.outcome is Outcome.FOUND
    answer = diagnose(found, asked.question)
    assert (answer.ranked[0].cause, answer.wording) == ("carrier-outage", "likely")
    assert answer.ranked[0].probability <= 0.7
    assert "trunk group" not in answer.ranked[0].title
    assert {h.account for h in answer.also_affected} == {"2", "4"}
    (alone,) = check.run(scene(service({"1": DOWN}), "1", at(24, 8), at(24, 16)))
    assert alone.outcome is Outcome.CLEAR
