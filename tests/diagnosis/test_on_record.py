"""A note on the account for the time of the trouble is shown before anybody calls the client. Four weeks."""

from __future__ import annotations

import pandas as pd
import pytest

from calltrace.diagnosis.diagnose import diagnose
from calltrace.diagnosis.diagnosis import Diagnosis
from calltrace.diagnosis.on_record import MOST
from support import account, at, case, scene, steady

LATE = (at(24, 17), at(24, 20))
"""The client forwards three hours late that evening."""


def note(text: str | None, start: pd.Timestamp, end: pd.Timestamp | None, **values: object) -> dict[str, object]:
    return {"starts_at": start, "ends_at": end, "kind": "note", "scope": "account", "target": "1", "note": text} | values


def ask(*events: dict[str, object], complaint: str = "missed-calls") -> Diagnosis:
    rows = steady("1", every_min=6, hours=(17, 24), silent=[LATE])
    for other in ("2", "3"):
        rows += steady(other, every_min=15, offset_min=int(other))
    for row in rows[::10]:
        row |= {"outcome": "abandoned", "agent": None}
    accounts = [account("1", coverage="Mo-Su 17:00-24:00"), account("2"), account("3")]
    built = case(rows, accounts=accounts, **({"events": list(events)} if events else {}))
    return diagnose(built, scene(built, "1", at(24), at(25), complaint).question)


def told(answer: Diagnosis) -> str:
    return " ".join((*answer.next_steps, *answer.notes))


def test_who_is_to_call_the_client_reads_the_note_first() -> None:
    answer = ask(note("open until eight through June,\nforwards then", at(20), at(29)))
    assert answer.ranked[0].cause == "lines-forwarded-late"
    assert answer.next_steps[0] == (
        'Read what is on record of that time before calling the client: "open until eight through June, forwards then"'
        " (Sun 21 Jun 00:00 to Tue 30 Jun 00:00).")
    assert "open until eight" not in " ".join(answer.notes)
    assert answer.next_steps[1:] == ask().next_steps


def test_where_nobody_is_to_be_called_it_is_a_note() -> None:
    answer = ask(note("open until eight", at(24), None), complaint="high-bill")
    assert answer.ranked[0].party != "client"
    assert answer.notes[-1] == 'On record: "open until eight" (Thu 25 Jun 00:00 to Fri 26 Jun 00:00).'


@pytest.mark.parametrize(
    "event",
    [
        note("open until eight", at(20), at(24)),
        note("open until eight", at(24, 12), None, target="2"),
        note("open until eight", at(24), at(25), kind="weather"),
        note(None, at(24), at(25)),
    ],
    ids=["over-before", "anothers", "no-note", "empty"],
)
def test_what_is_not_about_that_client_and_time_is_not_shown(event: dict[str, object]) -> None:
    assert told(ask(event)) == told(ask())


def test_the_clients_own_come_first_and_no_more_than_a_few() -> None:
    many = [note(f"note {n}", at(24, n), at(25)) for n in range(MOST)]
    answer = ask(note("a storm", at(24), at(25), scope="platform", target=None), *many)
    step = answer.next_steps[0]
    assert [n for n in range(MOST) if f'"note {n}"' in step] == [0, 1, 2]
    assert step.endswith("; 1 more note on that time in the events.")
