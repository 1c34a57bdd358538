"""One number's silence, where its calls came to the account's other numbers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from audit.quiet import WINDOW, service
from calltrace.diagnosis.audit import audit_case
from calltrace.tables.case import Case
from support import account, at, table

SINCE = at(29)
OLD, NEW = "+12125550002", "+12125550902"


def two_numbers(whole: Case) -> Case:
    """The case with every other call of account 2 to another number of its own."""
    calls = whole.calls
    other = (calls["account"] == "2") & (np.arange(len(calls)) % 2 == 0)
    of = [account("1", coverage="Mo-Su 18:00-24:00,00:00-08:00"), account("2", numbers=f"{OLD};{NEW}"),
          account("3", trunk_group="B"), account("4", trunk_group="B"), account("5")]
    tables = {"calls": calls.assign(dnis=calls["dnis"].mask(other, NEW)), "accounts": table("accounts", of)}
    return replace(whole, tables=whole.tables | tables, cache={})


def given_up(whole: Case, *, lost: bool) -> Case:
    """The case with no call to the old number any more: to the other one instead, or none."""
    calls = whole.calls
    old = (calls["dnis"] == OLD) & (calls["offered_at"] >= SINCE)
    kept = calls[~old] if lost else calls.assign(dnis=calls["dnis"].mask(old, NEW))
    return replace(whole, tables=whole.tables | {"calls": kept.reset_index(drop=True)}, cache={})


def test_a_number_whose_calls_came_to_another_of_the_account_lost_none() -> None:
    found = audit_case(given_up(two_numbers(service()), lost=False), start=WINDOW[0], end=WINDOW[1])
    assert found.findings == ()
    (note,) = [note for note in found.notes if OLD in note]
    assert note.startswith("Client 2 (2)")
    assert "Was that number given up?" in note


def test_a_number_whose_calls_came_nowhere_is_told() -> None:
    found = audit_case(given_up(two_numbers(service()), lost=True), start=WINDOW[0], end=WINDOW[1])
    (one,) = found.findings
    assert (one.account, one.data["number"]) == ("2", OLD)
    assert one.end - SINCE > pd.Timedelta(days=1)
    assert not [note for note in found.notes if OLD in note]
