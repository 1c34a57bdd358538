"""What did test calls to the number, and to others on its trunk group, say?

A test call dials the number itself, past the client's forwarding: it fails when the number or the carrier's route is
down, and passes when the client merely did not forward. Only a test made during the silence speaks; one made before
or after says nothing about it.

A silence is longer than what caused it: it begins with the last call and ends with the next. A number that failed between
two tests that passed near its edges was down for as long as lies between those two, whichever are more; so was a trunk
group, on which one of many tests fails by itself now and then, and hardly two together. It was down no sooner than the
last test that passed before those that failed.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import pandas as pd

from calltrace.diagnosis import words, worked
from calltrace.diagnosis.checks._base import Check, Facet
from calltrace.diagnosis.evidence import Evidence, Outcome, examples_of
from calltrace.diagnosis.gaps import MARGIN, gaps
from calltrace.diagnosis.hiding import CLAIM
from calltrace.diagnosis.rows import plain
from calltrace.diagnosis.scene import Scene, within

if TYPE_CHECKING:
    from calltrace.normal.baseline import Kind

MOST_OF_IT = 0.5
"""Share of the silence that failed tests must account for, where most tests passed."""

_LISTED = {name: name for name in ("tested_at", "number", "trunk_group", "result")}


def run(scene: Scene) -> list[Evidence]:
    """Look at the tests made during the silence (or the window, where there is none)."""
    found = gaps(scene)
    focus = found.focus
    if scene.question.complaint == CLAIM and found.pool is not None and found.pool.shared:
        focus = found.pool  # the group's silence hid the call, however long the account itself had none
    start, end = scene.question.start, scene.question.end
    silence = start, end
    if focus is not None and focus.strength > 0 and focus.overlaps(start, end):
        silence = focus.start, focus.end
    if focus is not None and focus.strength > 0:
        start = max(focus.start, start - MARGIN) if focus.overlaps(start, end) else start
        end = min(focus.end, end + MARGIN) if focus.end > start else end
    known = within(scene.case.table("line_tests"), min(start, silence[0]), max(end, silence[1]), "tested_at")
    numbers = found.silent_numbers if found.number else scene.account.numbers
    all_own = known[known["number"].isin(numbers)]
    same = known["trunk_group"].isin(scene.account.trunk_groups) & ~known["number"].isin(scene.account.numbers)
    all_others = known[same.fillna(value=False)]
    own, group = (within(tests, start, end, "tested_at") for tests in (all_own, all_others))
    zone = scene.account.zone
    told = (
        _judge("number-tests-failed", own, f"to {_tested(own, numbers)}", start, end, zone=zone,
               down=_down(own, start, end)),
        _judge("trunk-tests-failed", group,
               f"to other numbers on trunk group {', '.join(scene.account.trunk_groups)}", start, end, zone=zone,
               down=_down(group.assign(number=""), start, end) if (group["result"] == "failed").sum() > 1 else 0.0),
    )
    # a trunk group is tested by any of its numbers
    tests = (all_own, all_others.assign(number=""))
    return [_of_all_of_it(scene, piece, all_of_them, silence) for piece, all_of_them in zip(told, tests, strict=True)]


def _of_all_of_it(
    scene: Scene, piece: Evidence, tests: pd.DataFrame, silence: tuple[pd.Timestamp, pd.Timestamp]
) -> Evidence:
    """Return what failed tests say with the time they speak of: all of the silence, however much of it was asked about.

    ``tests`` are those of all of it. Where one came through before those that failed, that is said: it still worked then.
    """
    if piece.outcome is not Outcome.FOUND:
        return piece
    piece = replace(piece, start=silence[0], end=silence[1])
    still = worked.before_failing(tests)
    if still is None:
        return piece
    found = gaps(scene)
    whose: tuple[Kind, tuple[str, ...]] = ("account", (scene.account.account,))
    if found.number:
        whose = "number", found.silent_numbers
    usual = sum(scene.baseline.of(whose[0], key).expected(still, silence[1]) for key in whose[1])
    return replace(
        piece, says=f"{piece.says}; the last before them to come through was {words.clock(still, scene.account.zone)}",
        data=piece.data | {worked.WORKED: still.isoformat(), "usual": usual})


def _down(tests: pd.DataFrame, start: pd.Timestamp, end: pd.Timestamp) -> float:
    """Return the share of the time in which the tested numbers may all have been down, as far as the tests can tell.

    A number may have been from the test that passed before a failed one to the test that passed after it; the longest
    such time counts, and the mean of the numbers. NA results tell nothing.
    """
    longest = []
    for _, rows in tests.dropna(subset=["result"]).sort_values("tested_at").groupby("number"):
        passed = [start, *rows.loc[rows["result"] != "failed", "tested_at"], end]
        failed = rows.loc[rows["result"] == "failed", "tested_at"]
        stretches = [after - before for before, after in pairwise(passed) if failed.between(before, after).any()]
        longest.append(max(stretches, default=pd.Timedelta(0)) / (end - start))
    return sum(longest) / len(longest) if longest else 0.0


def _tested(tests: pd.DataFrame, numbers: tuple[str, ...]) -> str:
    """Return the numbers that were tested, each with its own result where they differ; all of them where none was."""
    counted = {n: (int((rows["result"] == "failed").sum()), len(rows)) for n, rows in tests.groupby("number")}
    listed = [n for n in numbers if n in counted]
    if len({failed / done for failed, done in counted.values()}) > 1:
        return ", ".join(f"{n} ({counted[n][0]} of {counted[n][1]})" for n in listed)
    return ", ".join(listed or numbers) or "the number"


def _judge(
    name: str, tests: pd.DataFrame, whom: str, start: pd.Timestamp, end: pd.Timestamp, *, zone: str, down: float = 0.0,
) -> Evidence:
    """Say whether most of the tests failed, or those that did account for most of the time (``down``, a share of it)."""
    when = words.span(start, end, zone)
    if tests.empty:
        return Evidence(name, Outcome.NOT_RUN, f"no test call {whom} was made {when}", strength=0.0,
                        missing=("line_tests in the silence",), start=start, end=end)
    failed = tests[(tests["result"] == "failed").fillna(value=False)]
    most = len(failed) * 2 >= len(tests)
    found = most or down >= MOST_OF_IT
    return Evidence(
        name, Outcome.FOUND if found else Outcome.CLEAR,
        f"{len(failed)} of {words.count(len(tests), 'test call')} {whom} failed {when}",
        strength=min(1.0, len(failed) / 2) * (1.0 if most else down) if found else 1 - len(failed) / len(tests),
        observed=float(len(failed)), expected=0.0, unit="test calls", start=start, end=end,
        examples=examples_of(failed if found else tests, "number"), data={"tests": plain(tests, _LISTED)})


CHECK = Check(
    title="What did test calls say?",
    facets=(
        Facet("number-tests-failed", "Did test calls to the number fail?", "test calls to the number"),
        Facet("trunk-tests-failed", "Did test calls to other numbers of the trunk group fail?", "test calls to the group"),
    ),
    needs=("line_tests",),
    complaints=("missed-calls", "caller-claim"),
    run=run,
)
