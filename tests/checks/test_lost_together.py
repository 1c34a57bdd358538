"""An account's calls that were lost with everybody's are no trouble of its own, and no cause of waits explains them."""

from __future__ import annotations

import pytest

from calltrace.diagnosis.diagnose import diagnose
from calltrace.diagnosis.diagnosis import Diagnosis
from calltrace.diagnosis.evidence import Outcome
from calltrace.diagnosis.scene import Question
from checks.floor import Row, accounts, ask, quiet_floor
from support import at, case

WINDOW = (at(21), at(22))
HOURS = (at(21, 8), at(21, 20))  # a Monday
WAYS = {
    "failed": {"outcome": "failed"}, "busy": {"outcome": "busy"}, "announcement": {"outcome": "announcement"},
    "left": {"outcome": "abandoned", "ring_s": 3.0, "queue_s": 0.0}}


def lost(way: str, who: tuple[str, ...] = (), *, lines: int = 1) -> list[Row]:
    """The quiet floor on which all calls of some accounts (all by default) are lost as they come in, from 8 to 20 h."""
    rows = []
    for number, row in enumerate(quiet_floor()):
        row = row | {"ani": f"+1646556{number:04d}", "trunk_group": f"G{int(str(row['account'])) % lines}"}  # noqa: PLW2901
        if HOURS[0] <= row["offered_at"] < HOURS[1] and (not who or row["account"] in who):  # type: ignore[operator]
            row |= WAYS[way] | {"agent": None, "talk_s": 0.0, "hold_s": 0.0}  # noqa: PLW2901
        rows.append(row)
    return rows


def answer(rows: list[Row], complaint: str) -> Diagnosis:
    return diagnose(case(rows, accounts=accounts()), Question("1", complaint, *WINDOW))


@pytest.mark.parametrize(("way", "complaint"), [
    ("failed", "abandoned"), ("busy", "busy"), ("left", "missed-calls"), ("left", "abandoned"), ("failed", "busy")])
def test_no_cause_is_named_that_does_not_account_for_everybody_s(way: str, complaint: str) -> None:
    found = answer(lost(way), complaint)
    assert found.ranked == ()
    assert "the records bear the complaint out, and none of the causes that are weighed explains it" in found.summary
    assert "calls on the platform Mon 22 Jun 08:00 to 20:00 were lost as they came in (100%" in found.summary
    assert len(found.also_affected) >= 3
    assert all(h.account != "1" and "lost as they came in" in h.says for h in found.also_affected)


@pytest.mark.parametrize(("lines", "wording", "least", "most"), [(1, "likely", 0.6, 0.75), (2, "confirmed", 0.9, 1.0)])
def test_a_switch_that_cut_everybody_s_calls_was_down(lines: int, wording: str, least: float, most: float) -> None:
    found = answer(lost("failed", lines=lines), "missed-calls")
    assert (found.ranked[0].cause, found.ranked[0].title, found.wording) == (
        "platform-outage", "the service's switch cut everybody's calls", wording)
    assert least <= found.ranked[0].probability <= most
    assert sum(r.probability for r in found.ranked) == pytest.approx(1.0)
    assert (found.start, found.end) == HOURS
    assert all(b.facet != "platform-silent" for b in found.ranked[0].refutes)


@pytest.mark.parametrize(("waits", "soon", "step"), [
    ((30.0, 31.0), "34 s after they came in", "hear what ends the call after so long"),
    ((20.0, 60.0), "24 to 64 s after they came in", "the cause it noted"),
    ((0.0, 60.0), "as they came in", "the cause it noted"),
])
def test_calls_that_were_cut_after_a_while_were_not_lost_as_they_came_in(
    waits: tuple[float, float], soon: str, step: str
) -> None:
    rows = [r | {"ring_s": 4.0, "queue_s": waits[n % 2]} if r["outcome"] == "failed" else r for n, r in enumerate(lost("failed"))]
    found = {f.facet: f for f in ask("lost-together", rows, "missed-calls", window=WINDOW).values()}
    together = found["lost-together"]
    assert f"were lost {soon} (100%" in together.says
    assert step in str(together.data["settled_by"])
    alike = waits[1] - waits[0] <= 3  # by something that lets callers wait so long: the switch was not down
    assert (found["everybody-cut"].outcome is Outcome.CLEAR) is alike


def test_one_account_s_own_are_its_own() -> None:
    found = ask("lost-together", lost("announcement", ("1",)), "abandoned", window=WINDOW)
    assert {f.outcome for f in found.values()} == {Outcome.CLEAR}
    assert answer(lost("announcement", ("1",)), "abandoned").ranked[0].cause == "announcement-dead-end"


def test_a_week_in_which_an_account_lost_more_by_itself_is_not_everybody_s() -> None:
    rows = [r | WAYS["announcement"] | {"agent": None, "talk_s": 0.0}
            if r["account"] == "1" and at(15) <= r["offered_at"] < at(18) else r for r in lost("failed")]  # type: ignore[operator]
    for window, outcome in (((at(14), at(22)), Outcome.CLEAR), (WINDOW, Outcome.FOUND)):
        found = ask("lost-together", rows, "missed-calls", window=window)
        assert found["lost-together"].outcome is outcome
