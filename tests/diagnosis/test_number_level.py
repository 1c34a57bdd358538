"""A number's silence is held against how busy the account's other numbers were then."""

from __future__ import annotations

import pytest

from calltrace.diagnosis.diagnose import diagnose
from calltrace.diagnosis.gaps import gaps
from calltrace.diagnosis.number_level import level
from calltrace.tables.case import Case
from support import account, at, case, scene, steady

ONE, OTHER = "+12125550001", "+12125559999"
QUIET = (at(21, 12), at(23))


def records(every_h: float | None, *, closed: bool = False) -> Case:
    """Account 1 has a call an hour on one number and two on the other; on a day and a half one had none, the other so many."""
    rows = steady("1", every_min=60, days=28, offset_min=7, silent=[QUIET])
    other = steady("1", every_min=30, days=28, offset_min=11, silent=[QUIET] if every_h else [], dnis=OTHER)
    if every_h:
        ends = (at(0), QUIET[0]), (QUIET[1], at(28))
        other += steady("1", every_min=60 * every_h, days=28, offset_min=13, silent=ends, dnis=OTHER)
    rows += [row | {"call_id": f"other-{n}", "ani": f"+1212555{n % 89:04d}"} for n, row in enumerate(other)]
    rows += steady("2", every_min=25, days=28)
    events = [{"starts_at": at(22), "ends_at": at(23), "kind": "closure", "scope": "account", "target": "1", "note": ""}]
    return case(rows, accounts=[account("1", numbers=f"{ONE};{OTHER}"), account("2")], events=events if closed else [])


@pytest.mark.parametrize(("every_h", "silent"), [(None, (ONE,)), (8, ())])
def test_a_number_is_as_quiet_as_the_account_s_others(every_h: float | None, silent: tuple[str, ...]) -> None:
    """36 of its calls are usual; where the other number had its 72 all are missing, where it had 5 of them hardly any."""
    found = gaps(scene(records(every_h), "1", at(21), at(23, 12)))
    assert found.silent_numbers == silent
    assert found.numbers[ONE].expected == pytest.approx(36 if silent else 4.5, abs=1.5)


def test_a_few_calls_on_the_others_say_nothing_of_how_busy_it_was() -> None:
    asked = scene(records(8), "1", at(21), at(23, 12))
    assert level(asked, [OTHER], at(21, 11), at(21, 12)) == 1.0  # two of two
    assert level(asked, [], *QUIET) == level(asked, [OTHER], at(22, 1), at(22, 2)) == 1.0  # none at all
    assert level(asked, [OTHER], *QUIET) == pytest.approx((5 + 1 + 6**0.5) / 72, abs=0.03)


def test_a_closure_explains_a_number_whose_account_was_quiet_from_the_day_before() -> None:
    """Twelve of its calls are usual in the half day before the closure, as few came then to the other number as on it."""
    logs = records(8, closed=True)
    answer = diagnose(logs, scene(logs, "1", *QUIET).question)
    assert answer.ranked[0].party == "nobody"
    assert "some-lines-not-forwarded" not in {r.cause for r in answer.ranked if r.probability > 0.1}
