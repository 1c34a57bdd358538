"""A client whose calls are booked to another account from some day on: its number rings all the while. Four weeks."""

from __future__ import annotations

import pandas as pd
import pytest

from calltrace.diagnosis.audit.run import audit_case
from calltrace.diagnosis.diagnose import diagnose
from calltrace.diagnosis.diagnosis import Diagnosis
from calltrace.diagnosis.elsewhere import Elsewhere, elsewhere
from calltrace.diagnosis.evidence import Outcome
from calltrace.diagnosis.weigh import strongest
from calltrace.tables.case import Case
from support import account, at, case, scene, steady

MOVED = at(24)
NUMBER = "+12125550001"


def service(*, listed: bool = True, part: float = 1.0, shared: float = 0.0) -> Case:
    """Account 1 until it is booked to 9, 3 calls an hour; 2 and 3 ring throughout.

    ``part`` of its calls go on, and of those before ``shared`` were booked to 9 as well.
    """
    own = steady("1", every_min=20, days=28)
    keep = []
    for place, row in enumerate(own):
        late = row["offered_at"] >= MOVED  # type: ignore[operator]
        if late and place % 20 >= part * 20:
            continue
        keep.append(row | ({"account": "9"} if late or place % 20 < shared * 20 else {}))
    for place, who in enumerate(("2", "3"), start=1):
        keep += steady(who, every_min=15, days=28, offset_min=3 * place)
    for row in keep[::10]:
        row |= {"outcome": "abandoned", "agent": None}
    tables = {"accounts": [account("1"), account("2"), account("3")]} if listed else {}
    return case(keep, **tables)


def ask(found: Case) -> Diagnosis:
    return diagnose(found, scene(found, "1", at(25, 8), at(25, 18)).question)


@pytest.mark.parametrize("listed", [True, False])
def test_whose_number_rings_is_not_silent(listed: bool) -> None:
    answer = ask(service(listed=listed))
    assert answer.ranked[0].party == "nobody"
    assert answer.wording == "inconclusive"
    assert f"{NUMBER} took 36 calls in that time, booked to account 9." in answer.summary  # twelve hours: one more either side
    assert answer.next_steps[0] == (
        f"Look up which account the number belongs to, {NUMBER}, and since when: its calls are booked to account 9.")


def test_a_few_calls_booked_to_another_make_no_number_ring() -> None:
    assert ask(service(part=0.2)).ranked[0].party != "nobody"


def test_a_number_that_several_accounts_share_is_no_ones_own() -> None:
    assert ask(service(shared=0.4)).ranked[0].party != "nobody"


def test_without_the_number_dialled_nobody_can_tell() -> None:
    found = service()
    unknown = pd.array([pd.NA] * len(found.calls), dtype="string")
    bare = Case(found.tables | {"calls": found.calls.assign(dnis=unknown)}, zone="UTC")
    assert strongest(ask(bare).evidence)["number-elsewhere"].outcome is Outcome.NOT_RUN
    assert strongest(ask(found).evidence)["number-elsewhere"].outcome is Outcome.FOUND


def test_calls_that_name_no_account_are_told_so() -> None:
    found = service()
    calls = found.calls.copy()
    calls.loc[calls["account"] == "9", "account"] = pd.NA
    unnamed = Case(found.tables | {"calls": calls}, zone=found.zone)
    booked = elsewhere(unnamed, "1", [NUMBER], (at(24), at(28)), (at(25), at(26)), 72.0)
    assert booked == Elsewhere(72, (NUMBER,), ())
    assert booked.told == f"{NUMBER} took 72 calls in that time, booked to no account"


def test_an_audit_takes_no_account_for_silent_whose_number_rings() -> None:
    found = audit_case(service(), start=at(24), end=at(27), now=at(27), charts=False)
    assert [f.account for f in found.findings if f.check == "silence"] == []
    stands = next(s for s in found.standings if s.account == "1")
    assert (stands.status, stands.why) == ("unjudged", f"{NUMBER} took 216 calls in that time, booked to account 9")
    gone = audit_case(service(part=0.0), start=at(24), end=at(27), now=at(27), charts=False)
    assert [f.account for f in gone.findings if f.check == "silence"] == ["1"]


def test_whose_numbers_nobody_else_was_called_by_needs_no_look_at_its_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    found = service()
    monkeypatch.setattr(Case, "rows", None)
    assert elsewhere(found, "2", ["+12125550002"], (at(24), at(28)), (at(24), at(28)), 9.0) is None
    with pytest.raises(TypeError):
        elsewhere(found, "2", [NUMBER], (at(24), at(28)), (at(24), at(28)), 9.0)
