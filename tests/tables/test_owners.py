"""Whose a number is."""

from __future__ import annotations

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from calltrace.tables.owners import account_of_number, calls_by_number, claimed_twice, numbers_of

TABLE = pd.DataFrame({
    "account": ["1", "2", "3", "4"],
    "numbers": pd.array(["+1;+2;+2", "+2;+3", pd.NA, "+2"], dtype="string"),
})


def test_every_number_with_its_account_and_row() -> None:
    assert list(numbers_of(TABLE)) == [
        ("+1", "1", 0), ("+2", "1", 0), ("+2", "1", 0), ("+2", "2", 1), ("+3", "2", 1), ("+2", "4", 3)]


def test_a_number_of_several_accounts_is_nobodys_and_one_written_twice_is_its_accounts() -> None:
    assert claimed_twice(TABLE) == {"+2": ("1", "2", "4")}
    assert account_of_number(TABLE) == {"+1": "1", "+3": "2"}
    assert account_of_number(TABLE.head(1)) == {"+1": "1", "+2": "1"}


@given(st.lists(st.tuples(st.sampled_from(["+12125550101", "+12125550102", "7", None]),
                          st.sampled_from(["+12125550101", "+12125550102", "+12125550109"])), max_size=12))
def test_categories_are_given_their_accounts_as_texts_are(rows: list[tuple[str | None, str]]) -> None:
    table = pd.DataFrame({"account": ["1", "7"], "numbers": ["+12125550101", "+12125550109"]})
    texts = pd.DataFrame(rows, columns=["account", "dnis"]).astype("string")
    assert calls_by_number(texts.astype("category"), table)["account"].astype("string").tolist() == (
        calls_by_number(texts, table)["account"].tolist())
