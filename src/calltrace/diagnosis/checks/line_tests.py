"""What did test calls to the number, and to others on its trunk group, say?

A test call dials the number itself, past the client's forwarding: it fails when the number or the carrier's route is
down, and passes when the client merely did not forward. Only a test made during the silence speaks; one made before
or after says nothing about it.

A silence is longer than what caused it: it begins with the last call and ends with the next. A number that failed between
two tests that passed near its edges was down for as long as lies between those two, whichever are more; so was a trunk
group, on which one of many tests fails by itself now and then, and hardly two together.
"""

from __future__ import annotations

from itertools import pairwise

import pandas as pd

from calltrace.diagnosis import words
from calltrace.diagnosis.checks._base import Check, Facet
from calltrace.diagnosis.evidence import Evidence, Outcome, examples_of
from calltrace.diagnosis.gaps import MARGIN, gaps
from calltrace.diagnosis.rows import plain
from calltrace.diagnosis.scene import Scene, within

MOST_OF_IT = 0.5
"""Share of the silence that failed tests must account for, where most tests passed."""

_LISTED = {name: name for name in ("tested_at", "number", "trunk_group", "result")}


def run(scene: Scene) -> list[Evidence]:
    """Look at the tests made during the silence (or the window, where there is none)."""
    found = gaps(scene)
    focus = found.focus
    start, end = scene.question.start, scene.question.end
    if focus is not None and focus.strength > 0:
        start = max(focus.start, start - MARGIN) if focus.overlaps(start, end) else start
        end = min(focus.end, end + MARGIN) if focus.end > start else end
    tests = within(scene.case.table("line_tests"), start, end, "tested_at")
    numbers = found.silent_numbers if found.number else scene.account.numbers
    own = tests[tests["number"].isin(numbers)]
    same = tests["trunk_group"].isin(scene.account.trunk_groups) & ~tests["number"].isin(scene.account.numbers)
    group = tests[same.fillna(value=False)]
    zone = scene.account.zone
    return [
        _judge("number-tests-failed", own, f"to {_tested(own, numbers)}", start, end, zone=zone,
               down=_down(own, start, end)),
        _judge("trunk-tests-failed", group,
               f"to other numbers on trunk group {', '.join(scene.account.trunk_groups)}", start, end, zone=zone,
               down=_down(group.assign(number=""), start, end) if (group["result"] == "failed").sum() > 1 else 0.0),
    ]


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
