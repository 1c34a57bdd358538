"""Whose a number is."""

from __future__ import annotations

import pandas as pd

from calltrace.tables.owners import account_of_number, claimed_twice, numbers_of

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
