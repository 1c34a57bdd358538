"""What goes on after the window is not what was usual before it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from calltrace.diagnosis.audit.ground import Ground
from calltrace.diagnosis.audit.screens import announcement, nuisance
from calltrace.diagnosis.evidence import Outcome
from calltrace.diagnosis.profile import Profile
from checks.floor import Row, accounts, ask, floor
from support import at, case

if TYPE_CHECKING:
    import pandas as pd

SINCE, END, DAY = at(10), at(28), (at(10), at(11))
RECORDING = {"outcome": "announcement", "agent": None, "talk_s": 0.0, "queue_s": 30.0}


def since(which: int = 1, until: pd.Timestamp = END, **values: Any) -> list[Row]:
    """The quiet floor, every so many of account 1's calls changed from the eleventh day to some other."""
    rows, own = floor(), 0
    for row in rows:
        if row["account"] == "1" and SINCE <= row["offered_at"] < until:  # type: ignore[operator]
            own += 1
            row.update(values if own % which == 0 else {})
    return rows


def test_a_recording_that_never_stops_is_not_how_it_usually_was() -> None:
    """All calls of the account end in the recording from the eleventh day of 28 on; none before."""
    records = case(since(**RECORDING), accounts=accounts())
    found = ask("dead-end", records, "abandoned", window=DAY)["ends-in-announcement"]
    assert found.outcome is Outcome.FOUND
    assert found.expected is not None
    assert found.expected < 0.02
    lost = ask("silence", records, "missed-calls", window=DAY)["lost-after-arrival"]
    assert lost.expected is not None
    assert lost.expected / 72 < 0.07  # one caller in 25 left on the quiet days


def test_one_robot_that_goes_on_calling_is_not_usual() -> None:
    """Every fourth call of the account is a robot's from the eleventh day on, which two thirds of the records hold."""
    found = ask("nuisance", since(4, ani="+19175550000", talk_s=2.0), "abandoned", window=DAY)["nuisance-callers"]
    assert found.outcome is Outcome.FOUND
    assert found.expected is not None
    assert found.expected < 2


def test_holds_of_an_agent_who_goes_on_are_not_usual() -> None:
    rows = floor()
    for i, row in enumerate(rows):
        row["hold_s"] = 200.0 if row["agent"] == "A1" and i % 2 and row["offered_at"] >= SINCE else 0.0  # type: ignore[operator]
    found = ask("handling", rows, "long-hold", window=DAY)["agent-holds"]
    assert found.data["agent"] == "A1"
    assert found.expected is not None
    assert found.expected < 0.05


def test_what_was_so_before_as_well_is_usual() -> None:
    """Every second call ends in the recording throughout: how it is, whatever comes after the window."""
    rows, own = floor(), 0
    for row in rows:
        own += row["account"] == "1"
        row.update(RECORDING if row["account"] == "1" and own % 2 else {})
    found = ask("dead-end", rows, "abandoned", window=DAY)["ends-in-announcement"]
    assert found.outcome is Outcome.CLEAR
    assert found.expected is not None
    assert 0.4 < found.expected < 0.6


def test_what_was_mended_leaves_all_weeks_to_learn_from() -> None:
    found = ask("dead-end", since(until=at(10, 12), **RECORDING), "abandoned", window=DAY)["ends-in-announcement"]
    assert found.outcome is Outcome.FOUND


def candidates(rows: list[Row], screen: Any) -> list[Any]:
    return list(screen.run(Ground(case(rows), *DAY, Profile()), []))


def test_an_audit_sees_the_day_on_which_it_began() -> None:
    assert [c.account for c in candidates(since(3, **RECORDING), announcement)] == ["1"]
    robots = since(4, ani="+19175550000", talk_s=2.0)
    assert [c.account for c in candidates(robots, nuisance)] == ["1"]
