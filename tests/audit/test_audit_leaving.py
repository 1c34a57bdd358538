"""Clients whose calls stopped: whether one forgot to forward, or has left, nobody can know in the first week."""

from __future__ import annotations

from functools import cache

import pytest

from audit.quiet import NIGHTS
from calltrace.diagnosis.audit.findings import Finding
from calltrace.diagnosis.audit.ground import Ground
from calltrace.diagnosis.audit.leaving import MAY_HAVE_LEFT, leaving
from calltrace.diagnosis.audit.run import audit_case
from calltrace.diagnosis.profile import Profile
from calltrace.tables.case import Case
from support import account, at, case, steady

ENDED = 20
"""The day from whose evening on account 1 is silent, which should forward every night."""


@cache
def service(
    until: float, *forgot: int, coverage: str | None = NIGHTS, tests: str = "", again: bool = False, hour: float = 18,
    early: tuple[int, ...] = (),
) -> Case:
    """Four weeks as they are known on a morning: account 1 with ten calls a night, 2 and 3 around the clock.

    It is silent from ``hour`` on for good, and was from 22:00 on in the nights of ``early``.
    """
    days = [(at(d, 8), at(d, 18)) for d in range(28)] if coverage == NIGHTS else []
    silent = [*days, *((at(d, 18), at(d + 1, 8)) for d in forgot), *((at(d, 22), at(d + 1, 8)) for d in early),
              (at(ENDED, hour), at(ENDED + 1, 8) if again else at(28))]
    calls = steady("1", every_min=84 if days else 130, days=28, silent=silent)
    for place, who in enumerate(("2", "3"), start=1):
        calls += steady(who, every_min=15, days=28, offset_min=3 * place)
    for row in calls[::10]:
        row |= {"outcome": "abandoned", "agent": None, "ring_s": 8.0, "talk_s": 0.0}
    tested = [{"tested_at": at(ENDED + d, h), "number": "+12125550001", "trunk_group": "A", "result": tests}
              for d in range(1, 8) for h in (2, 20)] if tests else []
    known = [row for row in calls if row["offered_at"] < at(until)]  # type: ignore[operator]
    return case(known, accounts=[account("1", coverage=coverage), account("2"), account("3")],
                line_tests=[row for row in tested if row["tested_at"] < at(until)])  # type: ignore[operator]


def chance(records: Case, until: float) -> float:
    found = leaving(Ground(records, at(until - 1), at(until), Profile()), "1")
    return 0.0 if found is None else found.chance


def told(records: Case, until: float, known: float | None = None) -> Finding:
    found = audit_case(records, start=at(until - 1), end=at(until), now=at(known or until), checks=["silence"], charts=False)
    return next(f for f in found.findings if f.account == "1")


def test_every_time_it_should_have_forwarded_makes_it_likelier_that_a_client_has_left() -> None:
    chances = [chance(service(ENDED + k + 0.3), ENDED + k + 0.3) for k in (1, 3, 6)]
    assert chances == sorted(chances)
    assert chances[0] < 0.15
    assert chances[-1] > 0.5


def test_who_forgot_before_has_forgotten_again_rather_than_left() -> None:
    until = ENDED + 3.3
    assert chance(service(until, 6, 13), until) < 0.4 * chance(service(until), until)


@pytest.mark.parametrize("coverage", ["24/7", None])
def test_lines_that_stay_forwarded_are_forgotten_more_seldom(coverage: str | None) -> None:
    until = ENDED + 2.3
    assert chance(service(until, coverage=coverage), until) > 2 * chance(service(until), until)


def test_who_had_no_time_to_forward_since_its_last_call_has_not_left() -> None:
    assert leaving(Ground(service(ENDED + 0.5), at(ENDED), at(ENDED + 0.5), Profile()), "1") is None


def test_who_fell_silent_amid_a_time_to_forward_may_have_left_as_well() -> None:
    """And the rest of that time is one in which it was silent: the next makes two."""
    first, second = (chance(service(ENDED + k + 0.3, hour=20), ENDED + k + 0.3) for k in (1, 2))
    assert 0.02 < first < 0.1
    assert second > 1.5 * chance(service(ENDED + 2.3, hour=32), ENDED + 2.3)
    assert second < 2.5 * first
    # one that takes its lines back early now and then has done so again
    assert chance(service(ENDED + 1.3, hour=20, early=(6, 13)), ENDED + 1.3) < 0.5 * first


def test_a_finding_of_a_silence_from_amid_a_time_to_forward_asks_for_it() -> None:
    one = told(service(ENDED + 5.3, hour=20), ENDED + 5.3)
    assert one.summary.endswith(
        "Silent from amid one time when it should forward, and in the 4 after it, and in none of the 21 times before: or has the"
        " client left?")
    assert one.next_steps[0].startswith("Ask first whether the account is a client still")


def test_a_finding_of_the_first_week_says_that_its_client_may_have_left() -> None:
    early, late = (told(service(ENDED + k + 0.3), ENDED + k + 0.3) for k in (1, 6))
    assert early.cause == late.cause == "lines-not-forwarded"
    assert early.confidence > late.confidence >= 0.25
    assert "has the client left" not in early.summary
    assert late.wording == "inconclusive"
    assert late.summary.endswith(
        "Silent 6 times in a row when it should forward, and in none of the 21 times before: or has the client left?")
    assert late.next_steps[0].startswith("Ask first whether the account is a client still")
    assert late.real is not None
    assert late.real <= 1.0 - float(str(late.data[MAY_HAVE_LEFT]))
    assert late.diagnosis is not None
    assert sum(r.probability for r in late.diagnosis.ranked) == pytest.approx(1.0)
    assert max(r.probability for r in late.diagnosis.ranked if r.party == "nobody") > 0.5


@pytest.mark.parametrize(("tests", "cause"), [("failed", "number-down"), ("", "lines-not-forwarded")])
def test_whose_line_is_down_or_rang_again_has_not_left(tests: str, cause: str) -> None:
    """One of it by test calls that fail, the other by the calls of the next night."""
    until = ENDED + 1.3
    one = told(service(until + (not tests), tests=tests, again=not tests), until, known=until + 1)
    assert one.cause == cause
    assert MAY_HAVE_LEFT not in one.data
