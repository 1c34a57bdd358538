"""A bill against the weeks before it: each driver alone, none, and what is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from calltrace.desk.rates import Rates
from calltrace.diagnosis.checks import _drivers, bill
from calltrace.diagnosis.checks._bill_lines import Book, is_behind
from calltrace.diagnosis.diagnose import diagnose
from calltrace.diagnosis.evidence import Evidence, Outcome
from calltrace.diagnosis.scene import Question
from support import account, at, case, scene, steady

if TYPE_CHECKING:
    from collections.abc import Callable

    from calltrace.diagnosis.scene import Scene
    from calltrace.tables.case import Case

START, END = at(21), at(28)  # the fourth week


def change(rows: list[dict], of: Callable[[dict], bool], **values: object) -> list[dict]:
    return [row | values if of(row) else row for row in rows]


def in_period(row: dict) -> bool:
    return bool(START <= row["offered_at"] < END)


def month(**values: object) -> list[dict]:
    return steady("1", every_min=120, **values)  # 12 calls a day, 84 a week, a minute each


def asked(built: Case) -> Scene:
    return scene(built, "1", START, END, "high-bill")


def ask(built: Case) -> dict[str, Evidence]:
    found = bill.run(asked(built))
    assert [e.facet for e in found] == [f.name for f in bill.FACETS]
    return {e.facet: e for e in found}


def risen(evidence: dict[str, Evidence]) -> list[str]:
    return [n for n, e in evidence.items() if e.outcome is Outcome.FOUND]


def twice(rows: list[dict], of: Callable[[dict], bool] = in_period) -> list[dict]:
    """The rows, and once more those of them that ``of`` picks, ten minutes later."""
    more = [
        {
            **r,
            "call_id": r["call_id"] + "b",
            "ani": f"+1212555{n:04d}",
            "offered_at": r["offered_at"] + pd.Timedelta(minutes=10),
        }
        for n, r in enumerate(rows)
        if of(r)
    ]
    return rows + more


def sheets(per_message: int, status: str = "no_answer") -> dict[str, list[dict]]:
    """A message every four hours; in the period so many attempts each, one before."""
    messages, dispatch = [], []
    for n in range(28 * 6):
        taken = at(0, 4 * n)
        messages.append({"message_id": f"M{n}", "account": "1", "taken_at": taken, "priority": "urgent"})
        tries = per_message if taken >= START else 1
        dispatch += [
            {
                "message_id": f"M{n}",
                "attempted_at": taken + pd.Timedelta(minutes=1 + 5 * k),
                "method": "sms",
                "recipient": "Reyes",
                "status": status if k < tries - 1 else "acknowledged",
            }
            for k in range(tries)
        ]
    return {"messages": messages, "dispatch": dispatch}


def test_a_month_like_any_other_rose_with_nothing() -> None:
    found = ask(case(month(), accounts=[account("1", office_number="+12125550001")], **sheets(1)))
    assert {e.outcome for e in found.values()} == {Outcome.CLEAR}
    assert (found["bill-rose"].observed, found["bill-rose"].expected) == (84.0, 84.0)  # minutes


def test_twice_the_calls() -> None:
    found = ask(case(twice(month()), accounts=[account("1")]))
    assert risen(found) == ["bill-rose", "bill-more-calls"]
    calls = found["bill-more-calls"]
    assert (calls.observed, calls.expected, calls.data["part_of_rise"]) == (168.0, 84.0, 1.0)


def test_twice_the_length() -> None:
    found = ask(case(change(month(), in_period, talk_s=120.0), accounts=[account("1")]))
    assert risen(found) == ["bill-rose", "bill-longer-calls"]
    assert (found["bill-longer-calls"].observed, found["bill-longer-calls"].expected) == (120.0, 60.0)


@pytest.mark.parametrize(
    ("calls_z", "length_z", "behind"),
    [
        (1.9, 2.1, ["bill-more-calls", "bill-longer-calls"]),  # neither stands out from the other
        (2.1, 1.9, ["bill-more-calls", "bill-longer-calls"]),
        (1.9, 3.1, ["bill-longer-calls"]),
        (3.1, 1.2, ["bill-more-calls"]),
        (1.9, 1.9, []),  # nothing rose beyond what weeks differ by
    ],
)
def test_two_drivers_that_rose_all_but_alike_are_both_behind_the_bill(calls_z: float, length_z: float, behind: list[str]) -> None:
    more, longer = _drivers.Change(173, 140, 173 / 140, calls_z), _drivers.Change(124, 107, 124 / 107, length_z)
    changes: dict[str, _drivers.Change | None] = {"bill-more-calls": more, "bill-longer-calls": longer}
    scene_of = asked(case(month(), accounts=[account("1")]))
    days = _drivers.period_of(scene_of, scene_of.case.calls["offered_at"])
    day = np.zeros(0, dtype=np.int64)
    book = Book(scene_of, days, scene_of.calls, day, more, changes, _drivers.parts_of(more, changes))
    assert [name for name, change in changes.items() if change and is_behind(book, name, change)] == behind


def test_a_small_rise_beside_a_sure_one_is_not_behind_it() -> None:
    """A twelfth more calls, next to calls that took twice as long."""
    few = [r for r in twice(month()) if not r["call_id"].endswith("b") or r["offered_at"].hour == 0]
    found = ask(case(change(few, in_period, talk_s=120.0), accounts=[account("1")]))
    assert risen(found) == ["bill-rose", "bill-longer-calls"]


def test_talk_the_log_does_not_give_is_no_short_call() -> None:
    rows = change(month(), lambda r: in_period(r) and r["offered_at"].hour % 4 == 0, talk_s=None)
    assert ask(case(rows, accounts=[account("1")]))["bill-longer-calls"].observed == 60.0


def test_calls_outside_coverage_are_not_more_calls_within() -> None:
    day = month(hours=(0, 8))  # covered at night: 4 calls a day
    extra = [r for r in steady("1", every_min=120, hours=(8, 18)) if in_period(r)]
    rows = day + [{**r, "call_id": "x" + str(r["call_id"])} for r in extra]
    accounts = [account("1", coverage="Mo-Su 00:00-08:00,18:00-24:00")]
    found = ask(case(rows, accounts=accounts))
    assert risen(found) == ["bill-rose", "bill-outside-coverage", "bill-new-hours"]
    assert (found["bill-outside-coverage"].observed, found["bill-outside-coverage"].expected) == (35.0, 0.0)
    assert found["bill-more-calls"].observed == found["bill-more-calls"].expected == 28.0


@pytest.mark.parametrize("coverage", ["Mo-Su 00:00-08:00,18:00-24:00", None])
@pytest.mark.parametrize(("first", "last"), [(23, 25), (26, 28), (21, 28)])
def test_lines_were_left_forwarded_from_the_first_such_call_to_the_last(first: float, last: float, coverage: str | None) -> None:
    extra = [r for r in steady("1", every_min=120, hours=(8, 18)) if at(first) <= r["offered_at"] < at(last)]
    rows = month(hours=(0, 8)) + [{**r, "call_id": f"x{r['call_id']}"} for r in extra]
    found = ask(case(rows, accounts=[account("1", coverage=coverage)]))["bill-outside-coverage" if coverage else "bill-new-hours"]
    assert (found.outcome, found.start, found.end) == (Outcome.FOUND, at(first, 8), at(last - 1, 16))
    assert (found.data["then"], found.data["goes_on"]) == (len(extra), coverage is None and last == 28)
    # of who should forward from 18:00 on no evening tells whether it took them back


@pytest.mark.parametrize(("more", "behind"), [
    ("", ["bill-outside-coverage"]),
    ("twice", ["bill-rose", "bill-more-calls"]),  # then they are next to nothing of a rise that has another cause
    ("none on Saturday", []),  # nor are they a reason of a bill that is lower than usual
])
def test_a_day_of_lines_left_forwarded_is_told_though_the_weeks_bill_hardly_shows_it(more: str, behind: list[str]) -> None:
    rows = [r for hours in ((0, 9), (18, 24)) for r in steady("1", every_min=30, hours=hours)]
    rows = twice(rows) if more == "twice" else [
        r for r in rows if not more or not at(26) <= r["offered_at"] < at(27)]
    rows += [row for row in steady("1", every_min=30, hours=(9, 17)) if at(23) <= row["offered_at"] < at(24)]
    built = case(rows, accounts=[account("1", coverage="00:00-09:00,18:00-24:00")])
    found = ask(built)
    assert risen(found) == behind
    if not more:
        told = found["bill-outside-coverage"]
        assert "; on Wed 24 Jun, 46 calls came in all where 30 are usual; 100 % of the rise" in told.says
        assert (told.start, told.end) == (at(23, 9), at(23, 16.5))
        answer = diagnose(built, Question("1", "high-bill", START, END))
        assert answer.ranked[0].cause == "forwarding-left-on"


def test_calls_of_a_day_off_are_not_outside_coverage() -> None:
    day = month(hours=(0, 8))
    extra = [r for r in steady("1", every_min=120, hours=(8, 18)) if in_period(r) and at(22) <= r["offered_at"] < at(23)]
    accounts = [account("1", coverage="Mo-Su 00:00-08:00,18:00-24:00")]
    holiday = {"starts_at": at(22), "ends_at": at(23), "kind": "holiday", "scope": "platform", "target": None}
    for events, outside in (([], 5.0), ([holiday], 0.0)):
        found = ask(case([*day, *({**r, "call_id": f"x{r['call_id']}"} for r in extra)], accounts=accounts, events=events))
        assert found["bill-outside-coverage"].observed == found["bill-new-hours"].observed == outside


@pytest.mark.parametrize(("others", "days", "outside"), [
    (("2", "3", "4"), (22,), 0.0),  # four in five forwarded all day: a holiday that nobody entered
    (("2",), (22,), 5.0),
    ((), (22,), 5.0),
    (("2", "3", "4"), (15, 22), 5.0),  # they do so every Tuesday
])
def test_days_on_which_most_clients_forwarded_all_day_are_not_outside_coverage(
    others: tuple[str, ...], days: tuple[int, ...], outside: float
) -> None:
    nights = "Mo-Su 00:00-08:00,18:00-24:00"
    rows = []
    for who in "12345":
        rows += steady(who, every_min=120, hours=(0, 8))
        on = (22,) if who == "1" else days if who in others else ()
        rows += [{**r, "call_id": f"x{r['call_id']}"} for r in steady(who, every_min=120, hours=(8, 18))
                 if any(at(d) <= r["offered_at"] < at(d + 1) for d in on)]
    lunch = [account(str(n), coverage="Mo-Fr 12:00-13:00") for n in range(6, 12)]  # closed: they forward at no such hours
    found = ask(case(rows, accounts=[*(account(w, coverage=nights) for w in "12345"), *lunch]))
    assert found["bill-outside-coverage"].observed == found["bill-new-hours"].observed == outside
    assert ("Tue 23 Jun not counted" in found["bill-outside-coverage"].says) == (not outside)


def test_hours_never_used_before_tell_where_the_coverage_is_not_on_file() -> None:
    day = month(hours=(0, 8))
    extra = [r for r in steady("1", every_min=120, hours=(8, 18)) if in_period(r)]
    rows = day + [{**r, "call_id": "x" + str(r["call_id"])} for r in extra]
    found = ask(case(rows))["bill-new-hours"]
    assert (found.outcome, found.observed, found.expected) == (Outcome.FOUND, 35.0, 0.0)
    everywhere = ask(case(twice(month(hours=(0, 8)))))["bill-new-hours"]
    assert (everywhere.outcome, everywhere.observed) == (Outcome.CLEAR, 0.0)
    one_week = case([r for r in rows if r["offered_at"] >= at(13)])
    assert ask(one_week)["bill-new-hours"].outcome is Outcome.NOT_RUN


def test_unknown_coverage_leaves_it_open() -> None:
    found = ask(case(twice(month()), accounts=[account("1", coverage=None)]))
    assert found["bill-outside-coverage"].outcome is Outcome.NOT_RUN
    assert found["bill-outside-coverage"].missing == ("accounts.coverage",)
    assert found["bill-more-calls"].outcome is Outcome.FOUND


def test_attempts_nobody_takes_are_the_clients_and_failed_ones_less_so() -> None:
    unanswered = ask(case(month(), accounts=[account("1")], **sheets(3)))
    assert risen(unanswered) == ["bill-rose", "bill-more-attempts"]
    more = unanswered["bill-more-attempts"]
    assert (more.observed, more.expected, more.data["unanswered_share"]) == (126.0, 42.0, 1.0)
    failed = ask(case(month(), accounts=[account("1")], **sheets(3, "failed")))["bill-more-attempts"]
    assert failed.strength < 0.5 * more.strength


def test_without_messages_or_dispatch_attempts_are_left_open() -> None:
    built = case(month(), accounts=[account("1")], **sheets(3))
    for name in ("messages", "dispatch"):
        found = ask(built.without(name))["bill-more-attempts"]
        assert found.outcome is Outcome.NOT_RUN
        assert found.missing == (name,)


def test_one_caller_over_and_over_is_nuisance_and_hardly_demand() -> None:
    rows = twice(month())
    pest = [
        r | {"ani": "+12125559999", "talk_s": 3.0} if str(r["call_id"]).endswith("b") else r for r in rows
    ]
    found = ask(case(pest, accounts=[account("1")]))
    assert found["bill-nuisance"].outcome is Outcome.FOUND
    assert found["bill-nuisance"].data["callers"] == ["+12125559999"]
    many = ask(case(rows, accounts=[account("1")]))
    assert many["bill-nuisance"].outcome is Outcome.CLEAR
    assert found["bill-more-calls"].strength < 0.2 * many["bill-more-calls"].strength


def test_the_offices_own_calls() -> None:
    rows = [r | {"ani": "+12125550001"} if str(r["call_id"]).endswith("b") else r for r in twice(month())]
    own = case(rows, accounts=[account("1", office_number="+12125550001")])
    assert ask(own)["bill-test-calls"].outcome is Outcome.FOUND
    assert ask(case(rows, accounts=[account("1")]))["bill-test-calls"].outcome is Outcome.NOT_RUN


def test_less_than_a_week_before_can_tell_nothing() -> None:
    short = case([r for r in month() if r["offered_at"] >= at(17)], accounts=[account("1")])
    assert {e.outcome for e in ask(short).values()} == {Outcome.NOT_RUN}


def test_weekdays_are_held_against_weekdays() -> None:
    rows = month()
    weekdays = [r for r in rows if r["offered_at"].day_of_week < 5]
    found = bill.run(scene(case(weekdays, accounts=[account("1")]), "1", at(21), at(26), "high-bill"))
    calls = {e.facet: e for e in found}["bill-more-calls"]
    assert (calls.observed, calls.expected) == (60.0, 60.0)  # five weekdays, though the weeks had idle days


def test_days_follow_the_wall_where_the_clocks_change() -> None:
    zone = "America/New_York"  # back an hour on 2026-11-01, a Sunday
    start, end = (pd.Timestamp(d, tz=zone).tz_convert("UTC") for d in ("2026-10-26", "2026-11-09"))
    at_nine = pd.date_range("2026-10-01 23:30", periods=39, freq="D", tz=zone).tz_convert("UTC")
    rows = [
        {"call_id": str(n), "account": "1", "offered_at": t, "outcome": "answered", "talk_s": 60.0}
        for n, t in enumerate(at_nine)
    ]
    asks = scene(case(rows, accounts=[account("1", timezone=zone)]), "1", start, end, "high-bill")
    days = _drivers.period(asks, asks.case.calls["offered_at"])
    assert days.weeks == 3
    assert days.n == pytest.approx(14, abs=0.01)
    assert np.array_equal(np.bincount(days.index(asks.case.calls["offered_at"])[-14:]), np.ones(14))


def test_an_export_that_ends_within_the_period_is_compared_as_far_as_it_goes() -> None:
    cut = case([r for r in month() if r["offered_at"] < at(24)], accounts=[account("1")])
    calls = ask(cut)["bill-more-calls"]
    assert calls.observed == 36
    assert calls.expected == pytest.approx(36, abs=1)


def test_money_where_a_rate_table_is_given() -> None:
    asks = asked(case(twice(month()), accounts=[account("1")]))
    asks.cache["rates"] = Rates(per_call=0.5, per_minute=1.0)
    rose = bill.run(asks)[0]
    assert (rose.data["amount"], rose.data["amount_usual"]) == (252.0, 126.0)  # 168 calls of a minute; 84
    assert "252.00 USD at the rates given where 126.00 would be usual: 126.00 more (calls +126.00)" in rose.says


def lines(built: Case, rates: Rates) -> dict[str, tuple[object, ...]]:
    asks = asked(built)
    asks.cache["rates"] = rates
    found = {e.facet: e for e in bill.run(asks)}
    rose = found["bill-rose"].data
    listed: list[dict] = rose["rise"]  # type: ignore[assignment]
    more = rose["amount"] - rose["amount_usual"]  # type: ignore[operator]
    assert sum(line["amount"] for line in listed) == pytest.approx(more, abs=0.005)  # to the cent
    return {line["what"]: (line["seen"], line["usual"], line["minutes"], line["amount"]) for line in listed}


PLAIN = Rates(per_call=0.5, per_minute=1.0, per_dial_out=0.25)


def test_the_rise_in_money_is_told_line_by_line() -> None:
    """A week of 84 calls of a minute; the period's doubled, and twice as long: 168 calls, 336 minutes."""
    more = lines(case(change(twice(month()), in_period, talk_s=120.0), accounts=[account("1")]), PLAIN)
    assert more["calls"] == (168.0, 84.0, 84.0, 126.0)  # 84 calls at 0.50, and their 84 usual minutes
    assert more["minutes a call"] == (2.0, 1.0, 168.0, 168.0)  # a minute more each of 168


def test_calls_outside_coverage_nuisance_and_attempts_have_their_own_money() -> None:
    accounts = [account("1", coverage="Mo-Su 00:00-08:00,18:00-24:00")]
    day = month(hours=(0, 8))  # four calls a day
    extra = [{**r, "call_id": "x" + str(r["call_id"])} for r in steady("1", every_min=120, hours=(8, 18)) if in_period(r)]
    pest = [
        {**r, "call_id": f"p{n}", "ani": "+12125559999", "talk_s": 6.0, "offered_at": r["offered_at"] + pd.Timedelta(minutes=9)}
        for n, r in enumerate(day)
        if in_period(r)
    ]
    found = lines(case(day + extra + pest, accounts=accounts, **sheets(3)), PLAIN)
    assert found["calls"] == (28.0, 28.0, 0.0, 0.0)
    assert found["calls outside coverage"] == (35.0, 0.0, 35.0, 52.5)
    assert found["nuisance calls"] == (28.0, 0.0, 2.8, 16.8)  # 28 at 0.50 and a tenth of a minute
    assert found["delivery attempts"] == (126.0, 42.0, None, 21.0)
    assert found["messages"] == (42.0, 42.0, None, 0.0)


def test_what_the_base_includes_is_a_line_so_that_the_lines_sum_to_the_rise() -> None:
    included = Rates(per_minute=1.0, base=10.0, period_days=7, included_minutes=100)
    more = lines(case(twice(month()), accounts=[account("1")]), included)
    # 84 minutes are within the 100 included, 168 cost 68: the 84 added ones cost 16 less than their price
    assert more["calls"][3] == 84.0
    assert more["base fee and minimum"][3] == -16.0


def test_messages_not_known_before_are_no_rise() -> None:
    kept = sheets(1)
    late = {
        "messages": [m for m in kept["messages"] if m["taken_at"] >= START],
        "dispatch": [d for d in kept["dispatch"] if d["attempted_at"] >= START],
    }
    found = lines(case(month(), accounts=[account("1")], **late), PLAIN)
    assert found["delivery attempts"] == (42.0, 42.0, None, 0.0)


def test_each_driver_says_its_money() -> None:
    asks = asked(case(twice(month()), accounts=[account("1")]))
    asks.cache["rates"] = PLAIN
    found = {e.facet: e.says for e in bill.run(asks)}
    assert found["bill-more-calls"].endswith("100 % of the rise; +126.00 USD on the bill.")
    assert "on the bill" not in found["bill-longer-calls"]


def test_second_tries_of_callers_nobody_answered_are_not_more_callers() -> None:
    """Of the period's 84 callers every one calls again ten minutes later, having reached nobody."""
    rows = [r | {"ani": f"+1212556{n:04d}"} for n, r in enumerate(month())]
    lost = change(rows, in_period, outcome="abandoned", agent=None, talk_s=0.0)
    again = [
        r | {"call_id": f"{r['call_id']}b", "offered_at": r["offered_at"] + pd.Timedelta(minutes=10)}
        for r in rows if in_period(r)
    ]
    built = case([*lost, *again], accounts=[account("1")])
    found = ask(built)["bill-repeats"]
    assert (found.outcome, found.observed, found.expected) == (Outcome.FOUND, 84.0, 0.0)
    assert found.says.startswith("84 calls, of 84 numbers, were made again within an hour of one that nobody answered")
    answer = diagnose(built, Question("1", "high-bill", START, END))
    assert (answer.ranked[0].cause, answer.wording) == ("more-calls", "inconclusive")
    assert "nobody answered" in answer.summary
    assert not any("a mailing" in step for step in answer.next_steps)


def test_more_callers_who_were_answered_are_more_calls() -> None:
    built = case(twice(month()), accounts=[account("1")])
    assert ask(built)["bill-repeats"].outcome is Outcome.CLEAR
    assert diagnose(built, Question("1", "high-bill", START, END)).wording != "inconclusive"


def test_weeks_before_a_clients_first_call_are_none_of_its_own() -> None:
    others = steady("2", every_min=60, days=42)
    late = [r for r in steady("1", every_min=60, days=42) if r["offered_at"] >= at(30)]
    built = case([*others, *late], accounts=[account("1"), account("2")])
    new = bill.run(scene(built, "1", at(28), at(42), "high-bill"))
    assert {e.outcome for e in new} == {Outcome.NOT_RUN}
    assert new[0].says.endswith("as the account's first call on record is of Wed 1 Jul 2026 00:00.")
    held = {e.facet: e for e in bill.run(scene(built, "1", at(38), at(42), "high-bill"))}
    assert held["bill-more-calls"].expected == 96.0  # the one week it has been a client


def test_no_hour_is_new_to_an_account_covered_around_the_clock() -> None:
    day = month(hours=(0, 8))
    extra = [r | {"call_id": f"x{r['call_id']}"} for r in steady("1", every_min=120, hours=(8, 18)) if in_period(r)]
    assert ask(case([*day, *extra], accounts=[account("1")]))["bill-new-hours"].outcome is Outcome.CLEAR


def booked_twice(rows: list[dict], of: Callable[[dict], bool] = in_period) -> list[dict]:
    """The rows, and once more under other ids those of them that ``of`` picks."""
    return rows + [row | {"call_id": f"B{row['call_id']}"} for row in rows if of(row)]


def with_anothers(rows: list[dict], of: Callable[[dict], bool] = in_period) -> list[dict]:
    """The rows, and under the account as many calls to the number of account 2, of those that ``of`` picks."""
    return [row | {"dnis": "+12125550002"} if row["call_id"].endswith("b") else row for row in twice(rows, of)]


@pytest.mark.parametrize(
    ("make", "facet", "says"),
    [
        (booked_twice, "bill-calls-twice", "84 of the 168 calls are on record before under another id"),
        (with_anothers, "bill-calls-of-another",
         "84 of the 168 calls were made to +12125550002, which the accounts table gives to 2"),
    ],
    ids=["twice", "another's"],
)
def test_calls_whose_records_can_not_be_right_are_laid_to_nobody(
    make: Callable[..., list[dict]], facet: str, says: str
) -> None:
    accounts = [account("1"), account("2")]
    built = case(make(month()), accounts=accounts)
    assert ask(built)[facet].outcome is Outcome.FOUND
    answer = diagnose(built, asked(built).question)
    assert (answer.ranked, answer.wording) == ((), "inconclusive")
    assert f"the bill rose, and the records it rose by may not be right as they stand. {says}" in answer.summary
    assert answer.next_steps == (str(ask(built)[facet].data["settled_by"]),)
    assert any(note.startswith("84 calls") for note in answer.notes)

    always = case(twice(make(month(), lambda _: True)), accounts=accounts)  # a switch that has always done so
    assert ask(always)[facet].outcome is Outcome.CLEAR
    assert diagnose(always, asked(always).question).ranked[0].cause == "more-calls"


def test_a_rise_that_is_partly_in_doubt_is_not_settled() -> None:
    more = twice(month())
    third = [row | {"call_id": f"C{row['call_id']}"} for row in more if in_period(row)][::4]
    built = case(more + third, accounts=[account("1"), account("2")])
    answer = diagnose(built, asked(built).question)
    assert (answer.ranked[0].cause, answer.wording) == ("more-calls", "inconclusive")
    assert "42 of the 210 calls are on record before" in answer.summary


def test_weeks_without_a_call_tell_nothing_of_what_is_usual() -> None:
    found = ask(case(month(silent=[(at(2), at(15))]), accounts=[account("1")]))
    rose = found["bill-rose"]
    assert risen(found) == []
    assert (rose.data["calls"], rose.data["calls_expected"], rose.data["silent_days"]) == (84.0, 84.0, 13)
    assert "by the 8 days with calls of the 3 weeks before" in rose.says
    assert "No call at all came on 13 days of the 3 weeks before (Wed 3 Jun to Mon 15 Jun)" in rose.says


@pytest.mark.parametrize(("days", "every"), [
    ([(at(5), at(7)), (at(12), at(14)), (at(19), at(21))], 120),  # weekends, as ever
    ([(at(2), at(3))], 120),  # a holiday
    ([(at(2), at(5))], 1440),  # a call a day: chance
], ids=["weekends", "holiday", "chance"])
def test_days_that_are_no_silence_are_not_left_out(days: list[tuple[pd.Timestamp, pd.Timestamp]], every: int) -> None:
    quiet = [*days, (at(26), at(28))] if len(days) == 3 else days
    rows = steady("1", every_min=every, silent=quiet)
    assert "silent_days" not in ask(case(rows, accounts=[account("1")]))["bill-rose"].data


def test_the_day_that_made_the_rise_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_drivers, "PRIOR_DRIFT", 0.3)  # fortnights of such accounts differ by much
    day = [r | {"call_id": f"{r['call_id']}-{k}", "ani": f"+1212555{k:02d}{n % 100:02d}"} for n, r in enumerate(month())
           if at(23) <= r["offered_at"] < at(24) for k in range(4)]
    promotion = {"starts_at": at(23, 6), "ends_at": at(23, 22), "kind": "promotion", "scope": "account", "target": "1"}
    calls = ask(case([*month(), *day], accounts=[account("1")], events=[promotion]))["bill-more-calls"]
    assert calls.outcome is Outcome.FOUND
    assert "60 of them on Wed 24 Jun, where 12 are usual (announced: promotion)" in calls.says
