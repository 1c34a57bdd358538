"""A lookup in a store finds what the same lookup in the logs finds, and reads no more than it must."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

from calltrace.desk import caller, find, of_store, pages, trace
from calltrace.desk.find import Wanted
from calltrace.errors import InputError
from calltrace.intake import convert
from calltrace.intake.load import load
from calltrace.intake.store import Store
from support import account, at, case, steady

if TYPE_CHECKING:
    from pathlib import Path

    from calltrace.tables.case import Case

MINE = "+17175551234"


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("lookups") / "logs"
    folder.mkdir()
    calls = steady("1021", every_min=180, days=40)
    for n, call in enumerate(calls):
        call["ani"] = (MINE, "+17175551243", "+16145550000", None)[n % 4]
        call["agent"] = ("Ann Lee", "Bo Day")[n % 2]
        call["queue_s"] = float(n % 90)
    other = steady("1022", every_min=240, days=40, offset_min=5, ani=MINE, agent="Ann Lee")
    messages = [
        {
            "message_id": f"m{n}",
            "call_id": c["call_id"],
            "account": "1021",
            "taken_at": c["offered_at"],
            "priority": "urgent",
        }
        for n, c in enumerate(calls[::5])
    ]
    dispatch = [
        {"message_id": m["message_id"], "attempted_at": pd.Timestamp(str(m["taken_at"])) + pd.Timedelta(minutes=5),
         "method": "call", "status": "delivered"} for m in messages
    ]  # fmt: skip
    made = case(
        [*calls, *other],
        accounts=[account("1021", name="Polar"), account("1022", name="Canyon")],
        messages=messages,
        dispatch=dispatch,
        agents=[{"at": at(0, 6.01), "agent": "Ann Lee", "event": "ring_no_answer", "call_id": "1021-3"}],
    )
    convert.write(made, folder)
    return folder


@pytest.fixture(scope="module")
def store(logs: Path) -> Store:
    kept = Store.open(logs.parent / "store", create=True)
    kept.import_([str(logs)])
    return kept


@pytest.fixture(scope="module")
def whole(logs: Path) -> Case:
    return load([str(logs)])


@pytest.mark.parametrize(
    "wanted",
    [
        Wanted(caller="(717) 555-1234"),
        Wanted(caller="555-1234", start="2026-07-01"),
        Wanted(caller="withheld", when="2026-06-30"),
        Wanted(agent="ann", start="2026-07-05", end="2026-07-06", sort="-wait"),
        Wanted(account="polar", when="last 2 days", wait=">30"),
        Wanted(account="1022", agent="Ann Lee", when="last weekend"),
        Wanted(number="212-555-1021", between="9:00-12:00", priority="urgent"),
    ],
)
def test_a_store_gives_the_calls_the_logs_give(store: Store, whole: Case, wanted: Wanted) -> None:
    expected = find.find(whole, wanted)
    found = find.find(of_store.case_of(store, wanted), wanted)
    columns = ["call_id", "account", "ani", "offered_at", "wait_s", "message_id", "priority"]
    pd.testing.assert_frame_equal(found.calls[columns], expected.calls[columns])
    assert len(found.calls)
    assert found.asked == expected.asked
    assert (found.start, found.end) == (expected.start, expected.end)
    assert len(found.calls) <= found.searched <= expected.searched


def test_a_number_said_as_in_its_own_country_is_found_in_a_store(tmp_path: Path) -> None:
    theirs = steady("1021", every_min=180, days=2, ani="+61355547067", dnis="+61255500109")
    convert.write(case([*theirs, *steady("1022", every_min=180, days=2)]), tmp_path / "logs")
    kept = Store.open(tmp_path / "store", create=True)
    kept.import_([str(tmp_path / "logs")])
    for wanted in (Wanted(caller="03 5554 7067"), Wanted(number="02 5550 0109"), Wanted(account="02 5550 0109")):
        found = find.find(of_store.case_of(kept, wanted), wanted)
        assert (len(found.calls), set(found.calls["account"])) == (len(theirs), {"1021"}), wanted
    assert len(caller.known(caller.case_of(kept, "03 5554 7067"), "03 5554 7067").calls) == len(theirs)
    assert list(caller.known(caller.case_of(kept, "03 5554 7076"), "03 5554 7076").near["ani"]) == ["+61355547067"]


@pytest.mark.parametrize(
    "wanted",
    [
        Wanted(agent="bo", when="2026-07-31"),  # only the day after his last call
        Wanted(account="1022", agent="Bo Day"),  # only on the other account
    ],
    ids=["day", "account"],
)
def test_who_is_known_of_a_store_has_no_call_where_there_is_none(store: Store, whole: Case, wanted: Wanted) -> None:
    expected, found = find.find(whole, wanted), find.find(of_store.case_of(store, wanted), wanted)
    assert (len(found.calls), found.asked) == (len(expected.calls), expected.asked) == (0, expected.asked)


def test_a_trunk_group_that_only_calls_name_is_known_on_a_day_without_them(tmp_path: Path) -> None:
    calls = steady("1021", every_min=180, days=2) + steady("1022", every_min=180, days=9, trunk_group="B")
    convert.write(case(calls), tmp_path / "logs")
    kept = Store.open(tmp_path / "store", create=True)
    kept.import_([str(tmp_path / "logs")])
    wanted = Wanted(trunk_group="a", when="2026-06-08")
    assert len(find.find(of_store.case_of(kept, wanted), wanted).calls) == 0


def test_an_unknown_agent_of_a_store_is_refused_with_the_nearest(store: Store) -> None:
    with pytest.raises(InputError, match="Did you mean Bo Day"):
        of_store.case_of(store, Wanted(agent="Bob Dey"))


def test_a_caller_of_a_store_is_the_caller_of_the_logs(store: Store, whole: Case) -> None:
    expected, found = caller.known(whole, MINE), caller.known(caller.case_of(store, MINE), MINE)
    assert list(found.calls["call_id"]) == list(expected.calls["call_id"])
    assert found.by_account.equals(expected.by_account)
    assert list(found.near["ani"]) == list(expected.near["ani"]) == ["+17175551243"]
    assert list(found.messages["state"]) == list(expected.messages["state"])
    assert found.searched == expected.searched == len(whole.calls)


def test_a_call_of_a_store_is_told_as_of_the_logs(store: Store, whole: Case) -> None:
    for named in ("1021-3", "m2"):
        expected = trace.trace(whole, named, logs=False)
        found = trace.trace(trace.case_of_call(store, named), named, logs=False)
        assert [(e.at, e.kind, e.says) for e in found.events] == [
            (e.at, e.kind, e.says) for e in expected.events
        ]
    with pytest.raises(InputError, match="no call 'x1'"):
        trace.case_of_call(store, "x1")


@pytest.mark.parametrize(("kind", "named"), [("account", "polar"), ("agent", "Ann Lee"), ("trunk", "A")])
def test_a_page_of_a_store_has_the_figures_of_the_logs(
    store: Store, whole: Case, kind: str, named: str
) -> None:
    when = Wanted(start="2026-07-08", end="2026-07-09")
    expected = pages.page(whole, kind, named, when=when)
    found = pages.page(pages.case_of(store, kind, named, when), kind, named, when=when)
    assert found.weeks == expected.weeks >= 4
    assert [(f.name, f.value, f.usual, f.unusual) for f in found.figures] == [
        (f.name, f.value, f.usual, f.unusual) for f in expected.figures
    ]
