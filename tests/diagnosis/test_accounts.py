"""Which account is meant, and what is said of a number that is two accounts'."""

from __future__ import annotations

import pytest

from calltrace.diagnosis.accounts import resolve
from calltrace.diagnosis.diagnose import ask, diagnose
from calltrace.errors import UnknownAccountError
from calltrace.tables.case import Case
from support import account, case, steady

SHARED = "+12125550001"


def shared(*, nameless: bool) -> Case:
    """Accounts 1 and 2 claim a number that is called every hour, for nobody that is named or for account 1."""
    rows = steady("1", every_min=60, days=3) + steady("2", every_min=60, days=3)
    if nameless:
        rows = [r | {"account": SHARED} if r["dnis"] == SHARED else r for r in rows]
    return case(rows, accounts=[account("1"), account("2", numbers=f"+12125550002;{SHARED}"), account("3")])


@pytest.mark.parametrize("who", ["1", "2"])
def test_calls_to_a_number_of_two_accounts_are_said_to_be_nobodys(who: str) -> None:
    found = shared(nameless=True)
    answer = diagnose(found, ask(found, account=who, complaint="missed-calls"))
    told = f"{SHARED} is in the accounts table for 1 and 2: 72 calls to it that name no account are laid to neither."
    assert told in answer.notes


def test_nothing_is_said_where_every_call_names_its_account() -> None:
    found = shared(nameless=False)
    answer = diagnose(found, ask(found, account="1", complaint="missed-calls"))
    assert not any(SHARED in note for note in answer.notes)


def test_a_number_of_two_accounts_asks_for_its_nameless_calls_or_names_both() -> None:
    assert resolve(shared(nameless=True), "(212) 555-0001") == SHARED
    with pytest.raises(UnknownAccountError, match="is in the accounts table for 2 accounts: 1, 2"):
        resolve(shared(nameless=False), "(212) 555-0001")
    assert resolve(shared(nameless=False), "(212) 555-0002") == "2"


@pytest.mark.parametrize("said", ["020 7946 0104", "+44 (0)20 7946 0104", "0044 20 7946 0104", "+442079460104"])
def test_a_number_is_asked_for_as_it_is_written_in_its_own_country(said: str) -> None:
    rows = steady("1", every_min=60, days=1, dnis="+442079460104") + steady("2", every_min=60, days=1)
    assert resolve(case(rows), said) == "1"
    assert resolve(case(rows, accounts=[account("1"), account("3", numbers="+442079460104")]), said) == "3"
