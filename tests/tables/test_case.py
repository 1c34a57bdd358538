"""What a Case tells of its calls by the values of a text column."""

import numpy as np
import pandas as pd
import pytest

from calltrace.tables import case
from calltrace.tables.case import Case, grouped
from calltrace.tables.schema import CALLS, conform


@pytest.fixture
def few() -> Case:
    rows = [("B", "T1"), ("A", "T1"), (None, "T2"), ("B", None), ("B", "T1"), ("A", "T2")]
    frame = pd.DataFrame(rows, columns=["account", "trunk_group"])
    frame["offered_at"] = pd.date_range("2026-02-16", periods=len(frame), freq="h", tz="UTC")
    frame["call_id"] = [f"c{k}" for k in range(len(frame))]
    return Case({"calls": conform(frame, CALLS)})


def test_calls_by_value_in_their_order(few: Case) -> None:
    numbers, places, edges = few.in_groups("account")
    assert numbers == {"A": 0, "B": 1}
    assert places.tolist() == [2, 1, 5, 0, 3, 4]
    assert edges.tolist() == [1, 3, 6]
    assert few.rows("account", "B").tolist() == [0, 3, 4]
    assert few.rows("account", "nobody").tolist() == []


def test_pairs_are_told_with_how_often_they_meet(few: Case) -> None:
    pairs = few.pairs("account", "trunk_group")
    assert list(pairs.itertuples(index=False, name=None)) == [("A", "T1", 1), ("A", "T2", 1), ("B", "T1", 2)]
    pairs["n"] = 0  # whoever asked may do with them as he likes
    assert few.pairs("account", "trunk_group")["n"].tolist() == [1, 1, 2]


@pytest.mark.parametrize("texts", [["A", "B"], ["A", "B", "C"], ["B", "A"], ["C", "B", "A"]])
def test_values_kept_as_a_category_have_the_numbers_plain_texts_have(few: Case, texts: list[str]) -> None:
    coded = few.calls.assign(account=few.calls["account"].astype(pd.CategoricalDtype(texts)))
    numbers, names = Case({"calls": coded}).codes("account")
    assert names == few.codes("account")[1] == ("A", "B")
    assert numbers.tolist() == few.codes("account")[0].tolist() == [1, 0, -1, 1, 1, 0]
    assert numbers.dtype == few.codes("account")[0].dtype


@pytest.mark.parametrize("most", [5, 31_999, 40_000])
@pytest.mark.parametrize("size", [0, 1, 1_000])
def test_numbers_are_grouped_in_the_order_they_were_in(most: int, size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = np.random.default_rng(size).integers(-1, most, size)
    numbers[:1] = most
    usual = np.argsort(numbers, kind="stable").tolist()
    assert grouped(numbers).tolist() == usual
    monkeypatch.setattr(case, "MANY", 1)  # as where there are hundreds of thousands
    assert grouped(numbers).tolist() == usual
