"""Finding calls: each filter alone on a handful of calls, and what is said of those it can't be asked of."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from calltrace.desk.find import BY, Wanted, bound, counted, find, recordings
from calltrace.errors import InputError, UnknownAccountError, UsageError
from calltrace.tables.case import Case
from support import account, at, case

if TYPE_CHECKING:
    from pathlib import Path


def call(call_id: str, day: float, hour: float, **values: object) -> dict[str, object]:
    row: dict[str, object] = {
        "call_id": call_id, "account": "1021", "dnis": "+12125551021", "trunk_group": "A", "ani": "+17175551234",
        "agent": "Ann Lee", "offered_at": at(day, hour), "ring_s": 5.0, "queue_s": 0.0, "hold_s": 0.0, "talk_s": 60.0,
        "outcome": "answered", "ended_by": "caller",
    }  # fmt: skip
    return row | values


@pytest.fixture
def service() -> Case:
    lost = {"agent": None, "talk_s": None, "hold_s": None, "outcome": "abandoned"}
    return case(
        [
            call("a", 0, 9.5),  # Monday
            call("b", 0, 14, queue_s=70.0, agent="Bo Day", ani="+16145550000", hold_s=90.0),
            call("c", 5, 23, account="1022", ani=None, queue_s=20.0, **lost),  # Saturday
            call("d", 6, 3, ring_s=None, queue_s=None, recording="d.wav", **lost),
            call("e", 7, 10, ended_by=None, recording="s3://x/e.wav", trunk_group="B", dnis="+12125550000"),
        ],
        accounts=[account("1021", name="Polar Refrigeration"), account("1022", name="Polar Foods")],
        messages=[
            {
                "message_id": "m1",
                "call_id": "a",
                "account": "1021",
                "taken_at": at(0, 9.6),
                "priority": "routine",
            },
            {
                "message_id": "m2",
                "call_id": "a",
                "account": "1021",
                "taken_at": at(0, 9.7),
                "priority": "urgent",
            },
            {
                "message_id": "m3",
                "call_id": "e",
                "account": "1021",
                "taken_at": at(7, 10.1),
                "priority": "routine",
            },
        ],
    )


def ids(service: Case, **wanted: object) -> str:
    return "".join(find(service, Wanted(**wanted)).calls["call_id"])  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({}, "abcde"),
        ({"account": "refrigeration"}, "abde"),
        ({"agent": "ann"}, "ae"),
        ({"caller": "(717) 555-1234"}, "ade"),
        ({"caller": "555-0000"}, "b"),
        ({"caller": "withheld"}, "c"),
        ({"number": "212-555-0000"}, "e"),
        ({"trunk_group": "b"}, "e"),
        ({"start": "2026-06-06"}, "cde"),
        ({"end": "2026-06-06"}, "abc"),
        ({"when": "last weekend"}, "cd"),
        ({"when": "mon 9 to 12"}, "e"),
        ({"when": "2026-06-01 9:00 to 12:00"}, "a"),
        ({"between": "9:00-12:00"}, "ae"),
        ({"between": "22:00 to 6:00"}, "cd"),
        ({"outcomes": ("missed",)}, "cd"),
        ({"outcomes": ("answered", "busy")}, "abe"),
        ({"outcomes": ("Answ",)}, "abe"),
        ({"wait": ">20"}, "bc"),
        ({"wait": "1 min"}, "b"),
        ({"wait": "5-25"}, "ace"),
        ({"hold": ">60"}, "b"),
        ({"ended_by": "caller"}, "abcd"),
        ({"priority": "urgent"}, "a"),
        ({"priority": "routine"}, "ae"),
        ({"priority": "none"}, "bcd"),
        ({"recorded": True}, "de"),
        ({"sort": "-wait"}, "bcaed"),
        ({"sort": "-time", "limit": 2}, "ed"),
        ({"account": "1021", "agent": "Ann Lee", "when": "2026-06-01"}, "a"),
    ],
)
def test_a_filter_finds_what_it_says(service: Case, wanted: dict[str, object], expected: str) -> None:
    found = ids(service, **wanted)
    assert (found if "sort" in wanted else "".join(sorted(found))) == expected


def test_a_filter_says_of_how_many_it_could_not_be_asked(service: Case) -> None:
    found = find(service, Wanted(wait="<60"))
    assert list(found.calls["call_id"]) == ["a", "c", "e"]
    assert found.unknown == 1  # d: neither its ring nor its queue is known
    assert found.asked == ("wait under 60 s",)
    assert (found.searched, found.matched) == (5, 3)
    # a call another filter has put aside is not doubtful
    assert find(service, Wanted(account="1022", wait="<60")).unknown == 0


def test_the_message_taken_goes_with_the_call(service: Case) -> None:
    calls = find(service, Wanted(agent="ann")).calls
    assert list(calls["message_id"]) == ["m1", "m3"]
    assert list(calls["priority"]) == ["urgent", "routine"]


@pytest.mark.parametrize(
    ("wanted", "error", "says"),
    [
        ({"account": "pollar refrig"}, UnknownAccountError, "Did you mean Polar Refrigeration (1021)"),
        ({"agent": "Anne Leigh"}, InputError, "Did you mean Ann Lee"),
        ({"agent": "a"}, InputError, "Ann Lee, Bo Day"),
        ({"sort": "wiat"}, UsageError, "Did you mean wait"),
        ({"wait": "long"}, UsageError, '">60"'),
        ({"wait": "60-30"}, UsageError, "below"),
        ({"outcomes": ("abandonned",)}, UsageError, "Did you mean abandoned"),
        ({"outcomes": ("lost",)}, UsageError, "voicemail, missed"),
        ({"ended_by": "nobody"}, UsageError, "caller, agent, system"),
        ({"priority": "high"}, UsageError, "urgent, routine, none"),
        ({"when": "mon 9 to 5"}, UsageError, "two things"),
        ({"when": "mon", "start": "sun"}, UsageError, "twice"),
        ({"start": "fri", "end": "mon", "now": "2026-06-04"}, UsageError, "is not after --from"),
        ({"now": "garbage"}, UsageError, "--now is 'garbage'"),
        ({"caller": "Ann"}, UsageError, "withheld"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_what_could(
    service: Case, wanted: dict[str, object], error: type[Exception], says: str
) -> None:
    with pytest.raises(error) as caught:
        find(service, Wanted(**wanted))  # type: ignore[arg-type]
    assert says in str(caught.value)


def test_calls_are_counted_by_what_is_asked(service: Case) -> None:
    def counts(by: str) -> dict[object, int]:
        frame = counted(find(service, Wanted()), by)
        return {
            None if pd.isna(v) else v: int(n) for v, n in zip(frame["value"], frame["calls"], strict=True)
        }

    assert counts("outcome") == {"answered": 3, "abandoned": 2}
    assert counts("agent") == {"Ann Lee": 2, "Bo Day": 1, None: 2}
    assert list(counts("agent")) == ["Ann Lee", "Bo Day", None]
    assert counts("weekday") == {"Monday": 3, "Saturday": 1, "Sunday": 1}
    assert list(counts("hour")) == ["03:00", "09:00", "10:00", "14:00", "23:00"]
    for by in BY:
        assert sum(counts(by).values()) == 5


def test_an_hour_is_the_clients_own() -> None:
    made = case([call("a", 0, 3)], accounts=[account("1021", timezone="America/New_York")])
    assert ids(made, account="1021", between="22:00-24:00") == "a"
    assert ids(made, account="1021", when="2026-05-31") == "a"
    assert ids(made, between="22:00-24:00") == ""  # the service's own zone is UTC


def test_recordings_beside_the_log_are_found_there(service: Case, tmp_path: Path) -> None:
    assert recordings(find(service, Wanted(recorded=True))) == ["d.wav", "s3://x/e.wav"]
    (tmp_path / "d.wav").touch()
    found = find(service, Wanted(outcomes=("abandoned",), recorded=True))
    beside = replace(found, calls=found.calls.assign(source_file=str(tmp_path / "calls.csv")))
    assert recordings(beside) == [str(tmp_path / "d.wav")]


def test_bounds_are_said_in_words() -> None:
    assert bound("wait", "2 min")[0] == "wait at least 120 s"
    assert bound("wait", "1-2 min")[0] == "wait 60 to 120 s"
