"""Refusals: how many, at which limit, at which volume."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from calltrace.diagnosis.audit.run import audit_case
from calltrace.diagnosis.checks.refusals import beside_so_many, in_progress
from calltrace.diagnosis.diagnose import diagnose
from calltrace.diagnosis.evidence import Outcome
from checks.floor import TROUBLE, WINDOW, Row, accounts, ask, burst, floor
from support import at, case, scene, steady


def pairs(limit: int) -> list[Row]:
    """Account 1 has a second call a minute into each of its calls, which is refused where the limit is 1."""
    rows = []
    for row in steady("1", every_min=20, offset_min=1, talk_s=180.0):
        second = row | {
            "call_id": f"{row['call_id']}b",
            "offered_at": row["offered_at"] + pd.Timedelta(minutes=1),  # type: ignore[operator]
            "ani": None,
        }
        in_trouble = bool(TROUBLE[0] <= row["offered_at"] < TROUBLE[1])  # type: ignore[operator]
        if in_trouble and limit == 1:
            second |= {"outcome": "busy", "agent": None, "talk_s": 0.0, "ring_s": 0.0}
        rows += [row, second]
    return rows


def test_refusals_at_a_lowered_limit_and_ordinary_volume_are_all_four_found() -> None:
    rows = [r for r in floor() if r["account"] != "1"] + pairs(limit=1)
    found = ask("refusals", rows, "busy", accounts=accounts(path_limit=1))
    assert {name: e.outcome for name, e in found.items()} == dict.fromkeys(found, Outcome.FOUND)
    assert found["refused-busy"].observed == 6
    assert {e.id for e in found["refused-busy"].examples} == {
        e.id for e in found["refused-busy"].examples if e.id.endswith("b")
    }
    assert "let in beside 1 or more others" in found["limit-lowered"].says


def test_refusals_of_a_crowd_at_the_old_limit_are_the_crowds() -> None:
    crowd = burst("1", 1, talk_s=100.0)
    for i, row in enumerate(crowd):
        if i % 2:
            row |= {"outcome": "busy", "agent": None, "talk_s": 0.0, "ring_s": 0.0, "queue_s": 0.0}
    found = ask("refusals", floor(extra=crowd), "busy", accounts=accounts(path_limit=1))
    assert found["refused-busy"].outcome is Outcome.FOUND
    assert found["at-path-limit"].outcome is Outcome.FOUND
    assert found["limit-lowered"].outcome is Outcome.CLEAR
    assert found["refused-at-ordinary-volume"].outcome is Outcome.CLEAR


def test_of_a_crowd_that_met_the_limit_the_rise_is_told_and_whether_it_was_announced() -> None:
    crowd = burst("1", 1, talk_s=100.0)
    for row in crowd[::2]:
        row |= {"outcome": "busy", "agent": None, "talk_s": 0.0, "ring_s": 0.0, "queue_s": 0.0}
    spot = {"starts_at": TROUBLE[0], "ends_at": TROUBLE[1], "kind": "promotion", "scope": "account", "target": "1",
            "note": "radio spot"}
    found = case(floor(extra=crowd), accounts=accounts(path_limit=1), events=[spot])
    answer = diagnose(found, scene(found, "1", *WINDOW, "busy").question)
    assert answer.ranked[0].cause == "own-surge"
    assert "126 calls came in to the account" in answer.summary
    assert "announced: radio spot." in answer.summary
    audited = audit_case(found, start=at(21), end=at(22), charts=False)
    assert [f.summary for f in audited.findings if f.cause == "own-surge"] == [answer.summary]


def test_no_refusal_is_clear_and_the_rest_not_run() -> None:
    found = ask("refusals", floor(), "busy")
    assert found["refused-busy"].outcome is Outcome.CLEAR
    assert found["refused-busy"].strength == 1.0
    assert found["at-path-limit"].outcome is Outcome.NOT_RUN
    assert found["at-path-limit"].missing == ()  # no record would settle it: there was nothing to settle


def test_an_unknown_limit_is_read_off_the_calls_and_weighs_less() -> None:
    rows = [r for r in floor() if r["account"] != "1"] + pairs(limit=1)
    told = ask("refusals", rows, "busy", accounts=accounts(path_limit=1))["at-path-limit"]
    found = ask("refusals", rows, "busy", accounts=accounts(path_limit=None))["at-path-limit"]
    assert found.outcome is Outcome.FOUND
    assert found.data["in_force"] == 1
    assert found.missing == ("accounts.path_limit",)
    assert found.strength < told.strength


def test_a_limit_that_was_put_right_before_the_export_is_seen_in_the_calls() -> None:
    rows = [r for r in floor() if r["account"] != "1"] + pairs(limit=1)
    found = ask("refusals", rows, "busy", accounts=accounts(path_limit=8))["at-path-limit"]
    assert found.outcome is Outcome.FOUND
    assert "it must have been lower then" in found.says


def test_one_refusal_weighs_little() -> None:
    rows = floor()
    first = next(r for r in rows if r["account"] == "1" and r["offered_at"] >= TROUBLE[0])  # type: ignore[operator]
    first |= {
        "outcome": "busy",
        "agent": None,
        "talk_s": 0.0,
    }
    assert ask("refusals", rows, "busy")["refused-busy"].outcome is Outcome.CLEAR


@given(
    st.lists(st.tuples(st.integers(0, 40), st.integers(0, 20), st.booleans()), max_size=30).map(sorted), st.integers(1, 5))
def test_beside_how_many_is_told_as_by_counting(calls: list[tuple[int, int, bool]], least: int) -> None:
    """Those that came at the same moment, were over in that second or were refused included."""
    begun, lasted, let_in = (np.array([call[k] for call in calls], dtype=np.int64) for k in range(3))
    at, over, kept = begun * 500_000, (begun + lasted) * 500_000, let_in.astype(bool)

    counted = in_progress(at[kept], over[kept], at) >= least

    assert beside_so_many(at, over, kept, least).tolist() == counted.tolist()


def as_ever(seed: int) -> list[Row]:
    """The floor with an account 1 whose calls overlap at random, one in fifty of them refused whatever else goes on."""
    rng = np.random.default_rng(seed)
    rows = [r for r in floor() if r["account"] != "1"]
    for row in steady("1", every_min=10, talk_s=240.0):
        row["offered_at"] += pd.Timedelta(minutes=float(rng.integers(0, 60)))  # type: ignore[operator]
        row |= {"call_id": f"{row['call_id']}-{rng.integers(1 << 30)}", "ani": f"+1646555{rng.integers(10_000):04d}"}
        if rng.random() < 0.02:
            row |= {"outcome": "busy", "agent": None, "talk_s": 0.0, "ring_s": 0.0, "queue_s": 0.0}
        rows.append(row)
    return sorted(rows, key=lambda r: (r["offered_at"], r["call_id"]))


@pytest.mark.parametrize("seed", range(5))
def test_refusals_as_ever_and_beside_no_more_calls_than_others_were_let_in_are_no_limits(seed: int) -> None:
    """Some lines are busy now and then whatever the limit is: no week of it is anybody's fault."""
    records = case(as_ever(seed), accounts=accounts())
    found = ask("refusals", records, "busy", window=(at(14), at(21)))
    assert found["refused-busy"].outcome is Outcome.CLEAR
    assert "Mon 15 Jun 00:00 to Mon 22 Jun 00:00 were refused as busy" in found["refused-busy"].says
    assert found["at-path-limit"].outcome is Outcome.CLEAR
    assert found["limit-lowered"].outcome is Outcome.NOT_RUN
    assert found["refused-at-ordinary-volume"].outcome is Outcome.NOT_RUN
    answer = diagnose(records, scene(records, "1", at(14), at(21), "busy").question)
    assert answer.ranked[0].cause == "within-normal"


def test_refusals_beside_no_call_at_all_leave_the_old_limit_as_it_is_told() -> None:
    """Nobody was ever let in beside another: that no limit was lowered is told, whoever is refused now."""
    rows = floor()
    for row in [r for r in rows if r["account"] == "1" and TROUBLE[0] <= r["offered_at"] < TROUBLE[1]][::2]:  # type: ignore[operator]
        row |= {"outcome": "busy", "agent": None, "talk_s": 0.0, "ring_s": 0.0}
    found = ask("refusals", rows, "busy")
    assert found["at-path-limit"].outcome is Outcome.CLEAR
    assert found["limit-lowered"].outcome is Outcome.CLEAR
    assert "the limit is the old one" in found["limit-lowered"].says
