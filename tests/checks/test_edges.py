"""Every check of waits on records that are hardly there: none may fall over, none may find anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from calltrace.diagnosis import checks
from calltrace.diagnosis.evidence import Evidence, Outcome
from calltrace.tables.case import Case
from calltrace.tables.schema import TABLES, empty
from checks.floor import TROUBLE, WINDOW, Row, floor, sessions
from support import at, case, scene

if TYPE_CHECKING:
    import pandas as pd

MINE = (
    "waits",
    "demand",
    "staffing",
    "handling",
    "ring-outs",
    "refusals",
    "trunks",
    "abandonment",
    "dead-end",
    "nuisance",
)
BARE = ("call_id", "account", "offered_at", "outcome")


def ask_all(
    found: Case, window: tuple[pd.Timestamp, pd.Timestamp] = WINDOW, who: str = "1"
) -> list[Evidence]:
    asked = scene(found, who, *window, complaint="abandoned")
    answers = []
    for name in MINE:
        check = checks.get(name)
        if found.lacks(check.needs):
            continue  # the runner says NOT_RUN
        given = check.run(asked)
        assert [e.facet for e in given] == [f.name for f in check.facets] or {e.facet for e in given} == {
            f.name for f in check.facets
        }
        answers += given
    return answers


def whole() -> list[Row]:
    return floor()


@pytest.mark.parametrize(
    "found",
    [
        pytest.param(lambda: case(whole()[:1]), id="one call"),
        pytest.param(lambda: case([{k: r[k] for k in BARE} for r in whole()]), id="bare columns"),
        pytest.param(
            lambda: case([r | {"account": None, "agent": None} for r in whole()]), id="no accounts, no agents"
        ),
        pytest.param(
            lambda: case([r for r in whole() if TROUBLE[0] <= r["offered_at"] < TROUBLE[1]]),  # type: ignore[operator]
            id="two hours of records",
        ),
        pytest.param(
            lambda: case([r for r in whole() if r["offered_at"] < at(10)], agents=sessions(5)),  # type: ignore[operator]
            id="records end before the window",
        ),
        pytest.param(lambda: Case({"calls": empty(TABLES["calls"])}), id="no call at all"),
    ],
)
def test_poor_records_find_nothing(found) -> None:  # type: ignore[no-untyped-def]
    assert {e.outcome for e in ask_all(found())} <= {Outcome.CLEAR, Outcome.NOT_RUN}


def test_an_account_nobody_knows_and_a_window_of_nothing() -> None:
    ordinary = case(whole(), agents=sessions())
    assert Outcome.FOUND not in {e.outcome for e in ask_all(ordinary, who="999")}
    assert Outcome.FOUND not in {e.outcome for e in ask_all(ordinary, (at(21, 9), at(21, 9)))}


def test_an_ordinary_day_finds_nothing_whatever_the_hour() -> None:
    ordinary = case(whole(), agents=sessions())
    for hour in (0, 6, 13, 20):
        given = ask_all(ordinary, (at(20, hour), at(20, hour + 4)))
        assert [e.facet for e in given if e.outcome is Outcome.FOUND] == []


def test_what_is_not_run_bears_nothing_and_says_what_is_missing() -> None:
    given = ask_all(case([{k: r[k] for k in BARE} for r in whole()]))
    not_run = [e for e in given if e.outcome is Outcome.NOT_RUN]
    assert [e.facet for e in not_run if e.strength or not e.says] == []
    assert {e.says for e in not_run if not e.missing} == {"no caller was refused"}  # nothing to ask after, nothing missing
    assert [e.facet for e in given if not 0.0 <= e.strength <= 1.0] == []
