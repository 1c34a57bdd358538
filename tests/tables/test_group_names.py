"""One trunk group, however its name is spelled."""

from __future__ import annotations

from dataclasses import replace

import pytest

from calltrace.tables.group_names import in_one_spelling, same
from support import DAY0, account, at, case, steady


@pytest.mark.parametrize("kind", ["string", "category"])
def test_names_that_differ_in_capitals_or_blanks_are_one_group_by_the_name_of_most_of_its_calls(kind: str) -> None:
    rows = [
        *steady("1", every_min=60, days=2, trunk_group="TG-A"), *steady("1", every_min=60, days=1, trunk_group="tg-a "),
        *steady("2", every_min=60, days=1, trunk_group="TG-B"), *steady("3", every_min=60, days=1, trunk_group=None)]
    whole = case(
        rows, accounts=[account("1", trunk_group="Tg-A"), account("2", trunk_group="TG-B")],
        kpi=[{"interval_start": DAY0, "scope": scope, "offered": 1} for scope in ("platform", "tg-a", "TG-B")],
        line_tests=[{"tested_at": at(1), "number": "+12125550001", "trunk_group": "TG-A", "result": "ok"}])
    calls = whole.calls.assign(trunk_group=whole.calls["trunk_group"].astype(kind))
    one = in_one_spelling(replace(whole, tables=whole.tables | {"calls": calls}, cache={}))
    assert one.calls["trunk_group"].value_counts().to_dict() == {"TG-A": 72, "TG-B": 24}
    assert one.calls["trunk_group"].dtype.name == kind
    assert one.calls["trunk_group"].isna().sum() == 24
    assert one.table("accounts")["trunk_group"].tolist() == ["TG-A", "TG-B"]
    assert one.table("kpi")["scope"].tolist() == ["platform", "TG-A", "TG-B"]
    assert one.table("line_tests")["trunk_group"].tolist() == ["TG-A"]
    assert in_one_spelling(one) is one


def test_a_name_is_looked_for_however_it_is_spelled() -> None:
    rows = [*steady("1", every_min=600, days=1, trunk_group="TG-A"), *steady("2", every_min=600, days=1, trunk_group="tg-a"),
            *steady("3", every_min=600, days=1, trunk_group=None)]
    calls = case(rows).calls
    assert calls[same(calls["trunk_group"], " Tg-A")]["account"].value_counts().to_dict() == {"1": 3, "2": 3}
