"""Clients that left: what is usual of their trunk group is what those bring who stayed."""

from __future__ import annotations

import pandas as pd
import pytest

from calltrace.diagnosis.audit import audit_case
from calltrace.diagnosis.beyond import share_of_others
from calltrace.normal.baseline import Baseline, learn
from calltrace.tables.case import Case
from support import account, at, case, steady

DAYS = 63
WINDOW = (at(60), at(61))
OUT = (at(60, 11), at(60, 17))
STAYED = {"2": (35, "B"), "3": (45, "B"), "4": (55, "B"), "5": (17, "A"), "6": (19, "A"), "7": (23, "A")}


def service(left: float | None = 28.0, *, down: tuple[pd.Timestamp, pd.Timestamp] | None = None) -> Case:
    """Three small clients on group B and three larger ones on A; 1, busier than all on B together, called up to a day."""
    rows = steady("1", every_min=5, days=left, trunk_group="B") if left is not None else []
    for k, (who, (every, group)) in enumerate(STAYED.items()):
        silent = [down] if down is not None and group == "B" else []
        rows += steady(who, every_min=every, days=DAYS, trunk_group=group, offset_min=3 + 2 * k, silent=silent)
    for k, row in enumerate(rows):
        if k % 10 == 0:
            row |= {"outcome": "abandoned", "agent": None}
    return case(rows, accounts=[account("1", trunk_group="B"), *(account(who, trunk_group=g) for who, (_, g) in STAYED.items())])


def learned(logs: Case) -> Baseline:
    return learn(logs, zone_of={}, leave_out=WINDOW)


def test_a_client_that_left_does_not_count_in_what_its_trunk_group_and_everybody_usually_have() -> None:
    usual = learned(service())
    assert usual.gone == {"1"}
    stayed = {"B": 24 * sum(60 / every for every, group in STAYED.values() if group == "B")}
    assert usual.of("trunk_group", "B").expected(*WINDOW) == pytest.approx(stayed["B"], rel=0.05)
    everybody = 24 * sum(60 / every for every, _ in STAYED.values())
    assert usual.of("platform").expected(*WINDOW) == pytest.approx(everybody, rel=0.05)
    assert usual.of("account", "1").learned_from  # of itself all is known still
    assert share_of_others(usual, ["1", "2", "3", "4"], frozenset("1"), *WINDOW) == 1.0


def test_an_outage_of_its_trunk_group_is_told_as_if_it_had_never_been_a_client() -> None:
    told = [audit_case(service(left, down=OUT), start=WINDOW[0], end=WINDOW[1]).findings for left in (28.0, None)]
    for findings in told:
        assert [(f.trunk_group, f.cause) for f in findings] == [("B", "carrier-outage")]
        assert findings[0].confidence > 0.75


@pytest.mark.parametrize("left", [54.5, 60.2])
def test_who_called_within_a_week_of_the_window_or_in_it_has_not_left(left: float) -> None:
    assert learned(service(left)).gone == frozenset()


def test_nobody_has_left_a_trunk_group_that_is_down() -> None:
    """For nine days before the window, and all of it."""
    usual = learned(service(51.0, down=(at(51), at(DAYS))))
    assert usual.gone == frozenset()
    assert usual.of("trunk_group", "B").expected(*WINDOW) > 100
    assert learned(service(40.0, down=(at(51), at(DAYS)))).gone == {"1"}
