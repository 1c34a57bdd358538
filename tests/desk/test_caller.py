"""Everything known of one caller: their own calls on every line, and other numbers only beside them."""

from __future__ import annotations

import pytest

from calltrace.desk.caller import _one_slip, known
from calltrace.errors import UsageError
from calltrace.tables.case import Case
from calltrace.tables.phones import near_numbers
from support import account, at, case

MINE = "+17175551234"


@pytest.fixture
def service() -> Case:
    def call(call_id: str, hour: float, ani: str | None, **values: object) -> dict[str, object]:
        row = {"call_id": call_id, "account": "1021", "dnis": "+12125551021", "ani": ani, "offered_at": at(0, hour),
               "ring_s": 5.0, "queue_s": 3.0, "outcome": "answered", "caller_name": "Ann Lee"}  # fmt: skip
        return row | values

    return case(
        [
            call("a", 9, MINE),
            call("b", 10, MINE, account="1022", outcome="abandoned", caller_name="LEE A"),
            call("c", 11, MINE),
            call("d", 12, "+17175551243", caller_name=None),  # two digits exchanged
            call("e", 13, "+17175559999", caller_name=None),
            call("f", 14, None, caller_name=None),
            call("g", 15, "+16145551234", caller_name="Bo Day"),  # the same last seven digits
        ],
        accounts=[account("1021", name="Polar"), account("1022", name="Canyon")],
        messages=[
            {
                "message_id": "m1",
                "call_id": "a",
                "account": "1021",
                "taken_at": at(0, 9.1),
                "priority": "urgent",
            }
        ],
        dispatch=[{"message_id": "m1", "attempted_at": at(0, 9.2), "method": "call", "status": "delivered"}],
    )


@pytest.mark.parametrize("written", [MINE, "717-555-1234", "1 (717) 555 1234"])
def test_a_caller_is_told_on_every_line_and_near_numbers_beside(service: Case, written: str) -> None:
    found = known(service, written)
    assert found.callers == (MINE,)
    assert list(found.calls["call_id"]) == ["a", "b", "c"]
    assert found.by_account[["account", "name", "calls", "answered"]].to_numpy().tolist() == [
        ["1021", "Polar", 2, 2],
        ["1022", "Canyon", 1, 0],
    ]
    assert found.names.to_numpy().tolist() == [["Ann Lee", 2], ["LEE A", 1]]
    assert list(found.messages["state"]) == ["handled"]
    assert found.near[["ani", "calls", "accounts"]].to_numpy().tolist() == [["+17175551243", 1, "1021"]]
    assert (found.searched, found.withheld) == (7, 1)


def test_seven_digits_may_be_several_callers(service: Case) -> None:
    found = known(service, "555-1234")
    assert found.callers == ("+16145551234", MINE)
    assert list(found.calls["call_id"]) == ["a", "b", "c", "g"]


def test_a_caller_who_is_not_there_has_no_calls(service: Case) -> None:
    found = known(service, "+1 717 555 1235")
    assert found.calls.empty
    assert found.by_account.empty
    assert list(found.near["ani"]) == [MINE]  # one digit off


def test_what_is_no_number_is_refused(service: Case) -> None:
    for said in ("Ann", "12"):
        with pytest.raises(UsageError, match="no number"):
            known(service, said)


def test_the_numbers_asked_of_a_store_are_all_that_are_one_slip_away() -> None:
    near = _one_slip(MINE)
    assert near == set(near_numbers(MINE, near))
    for one in ("+17175551243", "+1717555123", "+171755512345", "+17175551334"):
        assert one in near


@pytest.mark.parametrize("said", ["withheld", "Anonymous", "private"])
def test_calls_without_a_number_are_told_together(service: Case, said: str) -> None:
    found = known(service, said)
    assert (found.caller, found.callers, len(found.calls)) == ("withheld", (), found.withheld)
    assert found.calls["ani"].isna().all()
    assert found.near.empty


def test_calls_logged_without_an_area_code_are_perhaps_theirs() -> None:
    rows = [{"call_id": c, "account": "1021", "ani": n, "offered_at": at(0, h)}
            for h, (c, n) in enumerate([("a", "5551234"), ("b", "5551243"), ("c", "5559999")])]  # fmt: skip
    local = known(case(rows), MINE)
    assert (local.callers, list(local.calls["call_id"]), local.perhaps) == (("5551234",), ["a"], True)
    assert list(local.near["ani"]) == ["5551243"]
    whole = known(case([*rows, {**rows[0], "call_id": "d", "ani": MINE}]), MINE)
    assert (list(whole.calls["call_id"]), whole.perhaps) == (["d"], False)
