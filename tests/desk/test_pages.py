"""Pages of an account, an agent, a trunk group: figures of a week against the same week before, and their targets."""

from __future__ import annotations

import pandas as pd
import pytest

from calltrace.desk.find import Wanted
from calltrace.desk.pages import Card, Figure, _weeks_before, page
from calltrace.errors import InputError, UnknownAccountError
from calltrace.tables.case import Case
from support import account, at, case, steady


def figure(card: Card, name: str) -> Figure:
    return next(f for f in card.figures if f.name == name)


@pytest.fixture(scope="module")
def service() -> Case:
    """Five weeks of a call an hour; in the last week every second call is lost after a minute."""
    calls = steady("1021", every_min=60, days=35)
    for n, call in enumerate(c for c in calls if pd.Timestamp(str(c["offered_at"])) >= at(28)):
        call["agent"] = "A1" if n % 4 else "A2"
        if n % 2:
            call.update(outcome="abandoned", agent=None, talk_s=None, hold_s=None, queue_s=60.0)
    other = steady("1022", every_min=120, days=35, offset_min=7, agent="B1", hold_s=90.0, trunk_group="B")
    agents = [
        {"at": at(28, 0), "agent": "A1", "event": "login"},
        {"at": at(28, 12), "agent": "A1", "event": "logout"},
        {"at": at(30, 6), "agent": "A1", "event": "login"},
        {"at": at(30, 10), "agent": "A1", "event": "logout"},
        {"at": at(29, 1), "agent": "A1", "event": "ring_no_answer", "call_id": "x"},
    ]
    kpi = [
        {"interval_start": at(day, 10), "scope": "B", "offered": 95, "blocked": 5 if day == 30 else 0,
         "all_trunks_busy_s": 30.0, "peak_trunks_in_use": 7} for day in range(35)
    ]  # fmt: skip
    return case(
        [*calls, *other],
        accounts=[
            account("1021", name="Polar", coverage="24/7"),
            account("1022", name="Canyon", trunk_group="B"),
        ],
        agents=agents,
        kpi=kpi,
    )


def test_an_account_is_held_against_its_own_weeks_and_the_targets(service: Case) -> None:
    card = page(service, "account", "polar", when=Wanted(start="2026-06-29", end="2026-07-05"))
    assert (card.key, card.name, card.weeks) == ("1021", "Polar", 4)
    offered = figure(card, "offered")
    assert (offered.value, offered.usual, offered.unusual) == (168, 168, "")
    lost = figure(card, "abandoned_share")
    assert (lost.value, lost.usual, lost.target, lost.verdict, lost.unusual) == (
        0.5,
        0.0,
        0.05,
        "missed",
        "above",
    )
    assert lost.source
    assert figure(card, "answered_share").value == 0.5
    level = figure(card, "service_level")
    assert (level.value, level.usual, level.at_least, level.verdict) == (0.5, 1.0, True, "missed")
    assert figure(card, "asa_s").value == 4.0
    wait = figure(card, "longest_wait_s")
    assert (wait.value, wait.target, wait.verdict) == (64.0, 120.0, "met")
    assert figure(card, "aht_s").value == 60.0
    assert dict(card.facts)["covered"] == "24/7"
    by_day = card.tables[0].rows
    assert list(by_day["offered"]) == [24] * 7
    assert by_day["day"].iloc[0] == "Mon 29 Jun"
    missed = card.tables[-1]
    assert missed.title == "The last calls missed"
    assert set(missed.rows["outcome"]) == {"abandoned"}


def test_an_agent_is_held_against_the_others_too(service: Case) -> None:
    card = page(service, "agent", "a1", when=Wanted(start="2026-06-29", end="2026-07-05"))
    hold = figure(card, "hold_s")
    assert (hold.value, hold.verdict) == (0.0, "met")
    assert hold.peers == 45.0  # A2 holds nobody, B1 everybody for 90 s
    assert figure(card, "logged_in_h").value == 16.0
    assert figure(card, "ring_outs").value == 1
    assert figure(card, "answered").value == 42
    assert figure(card, "an_hour").value == 42 / 16
    assert figure(card, "ring_out_share").value == 1 / 43
    # the log of agents' events does not reach into the weeks before: nothing is known of them, which is not zero
    assert figure(card, "logged_in_h").usual is None
    assert figure(card, "ring_outs").usual is None


def test_a_trunk_group_has_what_the_switch_counted(service: Case) -> None:
    card = page(service, "trunk", "B", when=Wanted(start="2026-07-01", end="2026-07-01"))
    share = figure(card, "blocked_share")
    assert (share.value, share.usual, share.target, share.verdict, share.unusual) == (
        0.05,
        0.0,
        0.01,
        "missed",
        "above",
    )
    assert figure(card, "all_trunks_busy_s").value == 30.0
    assert figure(card, "peak").value == 7
    assert figure(card, "offered").value == 12


def test_too_few_weeks_mark_nothing(service: Case) -> None:
    card = page(service, "account", "1021", when=Wanted(start="2026-06-15", end="2026-06-21"))
    assert card.weeks == 2
    assert not any(f.unusual for f in card.figures)
    assert "too few" in card.notes[0]


def test_the_weeks_before_are_by_the_wall_clock() -> None:
    zone = "America/New_York"
    start, end = pd.Timestamp("2026-11-02T09:00-05:00"), pd.Timestamp("2026-11-02T12:00-05:00")
    spans = _weeks_before(pd.Timestamp("2026-10-01", tz="UTC"), start, end, zone)
    assert [f"{a.tz_convert(zone):%m-%d %H:%M}" for a, _ in spans] == [
        "10-26 09:00", "10-19 09:00", "10-12 09:00", "10-05 09:00",
    ]  # fmt: skip
    long = _weeks_before(pd.Timestamp("2026-01-01", tz="UTC"), start, start + pd.Timedelta(days=9), zone)
    assert (start - long[0][0]).days == 14  # nine days are not held against themselves


def test_who_is_not_there_is_refused(service: Case) -> None:
    with pytest.raises(UnknownAccountError, match="Polar"):
        page(service, "account", "pollar")
    with pytest.raises(InputError, match="no agent 'Z9'"):
        page(service, "agent", "Z9")
    with pytest.raises(InputError, match="records reach from"):
        page(service, "trunk", "A", when=Wanted(start="2025-01-01", end="2025-01-02"))


def test_a_day_without_a_call_is_a_day_and_the_service_level_says_in_what_time() -> None:
    quiet = [c for c in steady("1021", every_min=360, days=7) if pd.Timestamp(str(c["offered_at"])).day != at(3).day]
    made = case([*quiet, *steady("1022", every_min=360, days=6)], accounts=[account("1021", name="Polar")])
    card = page(made, "account", "1021", when=Wanted(start=f"{at(1):%Y-%m-%d}", end=f"{at(30):%Y-%m-%d}"))
    by_day = card.tables[0].rows
    assert list(by_day["offered"]) == [4, 4, 0, 4, 4, 4]  # up to the end of the records, and no further
    assert by_day["wait_s"].isna().tolist() == [False, False, True, False, False, False]
    assert figure(card, "service_level").label == "service level in 20 s, hang-ups missed"
