"""A trouble of one agent that goes on for days does not become what is usual of that agent, and is told as one."""

from __future__ import annotations

import numpy as np
import pytest

from calltrace.diagnosis.audit.ground import Ground
from calltrace.diagnosis.audit.screens import hold, ring
from calltrace.diagnosis.checks import handling, ring_outs
from calltrace.diagnosis.checks._runs import run_of
from calltrace.diagnosis.profile import Profile
from calltrace.tables.case import Case
from support import at, case, scene, steady

DAYS = 21
FROM, TO = 12, 18
"""Days from which, and up to which, agent A1 leaves every caller on hold, or lets calls ring out."""


def days(bad: dict[int, float], calls: float = 20.0, many: int = DAYS) -> tuple[np.ndarray, np.ndarray]:
    """Calls of an agent who works daily, by day, and how many of them went badly."""
    return np.array([bad.get(d, 0.0) for d in range(many)]), np.full(many, calls)


def found(bad: dict[int, float], others: float = 0.0) -> tuple[int, int] | None:
    k, n = days(bad)
    return run_of(k, n, k + others, 4 * n)


def test_a_run_of_bad_days_is_found_from_its_first_to_its_last() -> None:
    assert found(dict.fromkeys(range(12, 18), 19.0)) == (12, 18)


@pytest.mark.parametrize(
    ("bad", "others"),
    [(dict.fromkeys(range(5, DAYS), 19.0), 0.0),  # it has become how the agent works
     (dict.fromkeys(range(6), 19.0), 0.0),  # there is no time before it
     ({d: 3.0 + d % 3 for d in range(DAYS)}, 0.0),  # a habit
     (dict.fromkeys(range(12, 18), 19.0), 50.0)],  # everybody does
)
def test_what_is_no_run_stays_usual(bad: dict[int, float], others: float) -> None:
    assert found(bad, others) is None


def test_days_that_come_back_every_week_stay_usual() -> None:
    k, n = days(dict.fromkeys(range(5, 56, 7), 19.0), many=56)
    run = run_of(k, n, k, 4 * n)
    assert run is None or run[1] - run[0] == 1


def service(*, holds: bool) -> Case:
    """Three agents by turns, day and night; A1 holds every caller from FROM to TO, or lets two in three calls ring out."""
    rows = [*steady("1", every_min=60, days=DAYS), *steady("2", every_min=50, offset_min=3, days=DAYS)]
    rings: list[dict[str, object]] = []
    for n, row in enumerate(rows):
        row |= {"ani": f"+1917555{n % 10_000:04d}", "agent": f"A{n % 3}"}
        if n % 3 != 1 or not at(FROM) <= row["offered_at"] < at(TO):  # type: ignore[operator]
            continue
        if holds:
            row["hold_s"] = 200.0
        elif n % 9 != 1:
            rings.append({"at": row["offered_at"], "agent": "A1", "event": "ring_no_answer", "call_id": row["call_id"]})
            row |= {"agent": "A2", "ring_s": 30.0}
    logins = [{"at": at(0), "agent": f"A{i}", "event": "login", "call_id": None} for i in range(3)]
    return case(rows, **({} if holds else {"agents": [*logins, *rings]}))


@pytest.mark.parametrize("holds", [True, False])
def test_a_trouble_of_six_days_is_one_with_its_whole_length(*, holds: bool) -> None:
    ground = Ground(service(holds=holds), at(10), at(20), Profile())
    told = [c for c in (hold if holds else ring).run(ground, []) if c.data.get("agent") == "A1"]
    assert [(c.start.floor("D"), c.end.ceil("D")) for c in told] == [(at(FROM), at(TO))]


@pytest.mark.parametrize(("holds", "facet"), [(True, "agent-holds"), (False, "agent-rings-out")])
def test_the_last_day_of_it_is_as_unusual_as_the_first(*, holds: bool, facet: str) -> None:
    asked = scene(service(holds=holds), "1", at(TO - 1), at(TO), complaint="long-hold")
    piece = next(e for e in (handling if holds else ring_outs).run(asked) if e.facet == facet)
    assert piece.outcome == "found"
    assert piece.data["agent"] == "A1"
