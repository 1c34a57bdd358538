"""Numbers of other clients that are silent in the very same hours, on services of a few steady accounts."""

from __future__ import annotations

import re
from dataclasses import replace

import pandas as pd
import pytest

from calltrace.diagnosis.checks import neighbours
from calltrace.diagnosis.diagnose import diagnose
from calltrace.diagnosis.evidence import Evidence, Outcome
from calltrace.tables.case import Case
from support import account, at, case, scene, steady

NIGHTS = "Mo-Su 18:00-24:00,00:00-08:00"
NIGHT = (at(21, 18), at(22, 8))
Span = tuple[pd.Timestamp, pd.Timestamp]


def service(silent: dict[str, Span], *, free: str = "", coverage: str = "24/7") -> Case:
    """Account 1 of nights, 2 to 5 of some coverage, each with a number that rings throughout and one that may be silent.

    The second numbers are toll-free and of many blocks where ``free`` is their prefix, else each of its own block.
    """
    days = [(at(d, 8), at(d, 18)) for d in range(28)]
    rows, accounts = [], []
    for n, who in enumerate("12345"):
        first, second = f"+1{n}123555010{who}", f"+1{free}55{n}20{n}0" if free else f"+1{n}1255520{n}0"
        shut = days if who == "1" else []
        rows += steady(who, every_min=14 + 2 * n, offset_min=n, dnis=first, silent=shut)
        rows += [r | {"call_id": f"x{r['call_id']}"} for r in steady(
            who, every_min=15 + 2 * n, offset_min=5 + n, dnis=second, silent=[*shut, *([silent[who]] if who in silent else [])])]
        accounts.append(account(who, numbers=f"{first};{second}", coverage=NIGHTS if who == "1" else coverage))
    for i, row in enumerate(rows):
        if i % 10 == 0:
            row |= {"outcome": "abandoned", "agent": None}
    return case(rows, accounts=accounts)


def asked(found: Case, who: str = "1") -> Evidence:
    (piece,) = neighbours.run(scene(found, who, at(21, 17), at(22, 9)))
    return piece


def test_a_number_of_a_client_covered_around_the_clock_silent_in_the_same_hours_speaks_for_both() -> None:
    piece = asked(service({"1": NIGHT, "2": NIGHT}))
    assert piece.outcome is Outcome.FOUND
    assert piece.data["numbers"] == ["+11125552010"]
    (hit,) = piece.data["also_affected"]["number-down"]  # type: ignore[index]
    assert hit["account"] == "2"
    assert hit["expected"] == pytest.approx(14 * 60 / 17, rel=0.1)


@pytest.mark.parametrize("silent", [
    {"1": NIGHT},
    {"1": NIGHT, "2": (at(21, 22), at(22, 4))},  # not the same hours
    {"1": NIGHT, "2": (at(21, 2), at(22, 8))},
])
def test_a_number_that_rang_in_part_of_those_hours_does_not(silent: dict[str, Span]) -> None:
    assert asked(service(silent)).outcome is Outcome.CLEAR


def test_numbers_that_are_silent_still_speak_for_each_other_and_not_for_one_that_rang_again() -> None:
    still = (at(21, 18), at(28))
    assert asked(service({"1": still, "2": still})).outcome is Outcome.FOUND
    assert asked(service({"1": NIGHT, "2": still})).outcome is Outcome.CLEAR


def test_a_number_of_another_range_on_another_trunk_group_has_no_route_in_common() -> None:
    found = service({"1": NIGHT, "2": NIGHT})
    moved = {name: frame.assign(trunk_group=frame["trunk_group"].mask(frame["account"] == "2", "B"))
             for name, frame in found.tables.items()}
    assert asked(replace(found, tables=moved, cache={})).outcome is Outcome.CLEAR


def test_only_the_hours_that_both_were_silent_are_told() -> None:
    """It rang for the last time half an hour after the account did, which is no more than chance makes."""
    piece = asked(service({"1": NIGHT, "2": (at(21, 18.5), at(22, 7.5))}))
    assert piece.outcome is Outcome.FOUND
    told = re.search(r"silent in the same hours \(Mon 22 Jun (\d\d:\d\d) to", piece.says)
    assert told is not None
    assert "18:15" < told[1] < "18:45"


def test_one_that_may_have_been_forgotten_the_same_night_does_not_either() -> None:
    assert asked(service({"1": NIGHT, "2": NIGHT}, coverage=NIGHTS)).outcome is Outcome.CLEAR


def test_toll_free_numbers_of_which_none_rang_are_one_trouble_whatever_the_coverage() -> None:
    found = service(dict.fromkeys("12345", NIGHT), free="800", coverage=NIGHTS)
    assert asked(found).outcome is Outcome.FOUND
    answer = diagnose(found, scene(found, "1", at(21, 17), at(22, 9)).question)
    assert answer.ranked[0].cause == "number-down"
    assert {h.account for h in answer.also_affected} == {"2", "3", "4", "5"}
    # where another toll-free number rang, two clients may each have forgotten theirs
    assert asked(service({"1": NIGHT, "2": NIGHT, "3": NIGHT}, free="800", coverage=NIGHTS)).outcome is Outcome.CLEAR


def test_what_the_whole_trunk_group_shared_is_asked_of_the_group() -> None:
    rows = [steady(w, every_min=15 + i, offset_min=i, silent=[NIGHT]) for i, w in enumerate("123")]
    assert asked(case([r for of in rows for r in of], accounts=[account(w) for w in "123"])).outcome is Outcome.NOT_RUN
