"""What a bill counts against the weeks before it: which rises are beyond chance, and which are drift or a season."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest

from calltrace.diagnosis.audit.ground import Candidate, Ground
from calltrace.diagnosis.audit.run import audit_case
from calltrace.diagnosis.audit.screens import _drift, bill
from calltrace.diagnosis.audit.weighing import screened
from calltrace.diagnosis.profile import Profile
from calltrace.tables.case import Case
from support import account, at, case, steady

WEEK = _drift.WEEK
ALL = np.ones(12, dtype=bool)


def weeks(now: list[float], *, of: int = 4, usual: float = 100.0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Twelve accounts with so many calls every week before, one more and one less in turn, and these now."""
    past = np.full((12, of), usual) + np.where(np.arange(of) % 2, 1.0, -1.0)
    return np.array(now), past, np.ones((12, of))


def test_an_account_with_twice_its_calls_stands_out_of_those_that_have_theirs() -> None:
    moved = _drift.of_counts(*weeks([200.0] + [97.0, 103.0] * 5 + [100.0]), WEEK, ALL)
    assert moved.ratio[0] == pytest.approx(200.5 / 100.5)
    assert moved.score[0] > 6
    assert moved.score[1:].max() < 1


def test_what_moved_everybody_is_a_season_and_no_accounts_own() -> None:
    moved = _drift.of_counts(*weeks([200.0] * 12), WEEK, ALL)
    assert moved.score.max() < 1


def test_the_same_rise_is_news_among_steady_accounts_and_none_among_those_that_drift() -> None:
    steady_ones = _drift.of_counts(*weeks([150.0] + [100.0] * 11), WEEK, ALL)
    drifting = _drift.of_counts(*weeks([150.0] + [60.0, 80.0, 100.0, 120.0, 140.0] * 2 + [100.0]), WEEK, ALL)
    assert steady_ones.score[0] > 3
    assert drifting.score[0] < 2  # among twelve accounts, once in eight audits


def test_troubles_of_many_accounts_do_not_pass_for_drift_where_the_week_before_knew_none() -> None:
    # five of twelve have a trouble of their own; of the week before nobody knows, where there is but one
    now = [160.0, 30.0, 40.0, 250.0, 30.0] + [97.0, 103.0] * 3 + [100.0]
    seen, past, begun = weeks(now)
    told = _drift.of_counts(seen, past, begun, WEEK, ALL)
    alone = _drift.of_counts(seen, past[:, :2], begun[:, :2], WEEK, ALL)
    assert told.score[0] > alone.score[0] + 1.0
    assert told.score[5:].max() < 1


def test_an_accounts_own_restless_weeks_excuse_its_rise() -> None:
    seen, past, begun = weeks([150.0] + [100.0] * 11)
    calm = _drift.of_counts(seen, past, begun, WEEK, ALL)
    past[0] = [40.0, 160.0, 60.0, 140.0]
    restless = _drift.of_counts(seen, past, begun, WEEK, ALL)
    assert restless.ratio[0] == calm.ratio[0]
    assert restless.score[0] < calm.score[0] / 2


def test_an_account_that_is_new_has_no_weeks_to_be_held_against() -> None:
    seen, past, begun = weeks([100.0] * 12)
    past[0], begun[0] = 0.0, 0.0
    moved = _drift.of_counts(seen, past, begun, WEEK, ALL)
    assert (moved.ratio[0], moved.score[0]) == (0.0, 0.0)


def test_weeks_before_are_counted_as_often_as_the_period_has_their_days() -> None:
    day = 96
    # a call on the period's first weekday and one on its last day but one, in each of two weeks before
    back = np.array([-7 * day, -2 * day, -14 * day, -9 * day])
    account = np.zeros(4, dtype=np.int64)
    for length, per_week in ((7 * day, 2.0), (3 * day, 1.0), (10 * day, 3.0)):
        counts, begun = _drift.by_week(_drift.Counted.of(account, back, 1), 0, 2, length)
        assert counts.tolist() == [[per_week, per_week]]
        assert begun.tolist() == [[1.0, 1.0]]


def test_weeks_before_the_first_call_do_not_count() -> None:
    counts, begun = _drift.by_week(_drift.Counted.of(np.zeros(1, dtype=np.int64), np.array([-1]), 1), 0, 3, WEEK)
    assert counts.tolist() == [[1.0, 0.0, 0.0]]
    assert begun.tolist() == [[1.0, 0.0, 0.0]]


def test_calls_of_every_account_are_counted_in_any_quarters_whatever_their_order() -> None:
    rng = np.random.default_rng(3)
    account, quarter = rng.integers(0, 5, 400), rng.integers(20, 300, 400)
    in_order, shuffled = np.argsort(quarter, kind="stable"), rng.permutation(400)
    for order in (in_order, shuffled):
        calls = _drift.Counted.of(account[order], quarter[order], 7)  # the last two have none
        for first, last in ((0, 20), (0, 500), (20, 21), (100, 250), (299, 300), (300, 301)):
            inside = (quarter >= first) & (quarter < last)
            assert calls.between(first, last).tolist() == np.bincount(account[inside], minlength=7).tolist()


def test_an_account_without_calls_is_counted_as_one() -> None:
    nobodys = _drift.Counted.of(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64), 2)
    assert nobodys.between(0, 10).tolist() == [0.0, 0.0]


def test_lengths_are_told_alike_where_the_period_lies_among_the_weeks_before() -> None:
    rng = np.random.default_rng(4)
    account, now, logs = rng.integers(0, 12, 2400), np.arange(2400) >= 1800, rng.normal(4.0, 0.6, 2400)
    mixed = rng.permutation(2400)
    apart = _drift.of_lengths(logs, np.exp(logs), account, now, 12, 20)
    among = _drift.of_lengths(logs[mixed], np.exp(logs[mixed]), account[mixed], now[mixed], 12, 20)
    assert apart.ratio.tolist() == pytest.approx(among.ratio.tolist())
    assert apart.score.tolist() == pytest.approx(among.score.tolist())


def test_spread_is_what_the_squares_have_beyond_chance() -> None:
    squares = np.random.default_rng(1).normal(0.0, 3.0, 4000) ** 2  # variance 9, of which 4 are known
    assert _drift.spread(squares, np.full(4000, 4.0), np.ones(4000), 0.0, 100.0) == pytest.approx(5.0, rel=0.15)


def test_a_few_troubles_do_not_excuse_themselves() -> None:
    squares = np.random.default_rng(1).normal(0.0, 3.0, 100) ** 2
    calm = _drift.spread(squares, np.full(100, 4.0), np.ones(100), 0.0, 1e6)
    squares[:5] = 1e6
    assert _drift.spread(squares, np.full(100, 4.0), np.ones(100), 0.0, 1e6) < 2 * calm


def test_longer_calls_are_told_from_a_service_that_became_slow() -> None:
    rng = np.random.default_rng(2)
    account = np.repeat(np.arange(12), 200)
    now = np.tile(np.arange(200) % 2 == 0, 12)
    logs = rng.normal(4.0, 0.6, account.size)
    one, all_of_them = logs + 0.5 * (now & (account == 0)), logs + 0.5 * now
    own = _drift.of_lengths(one, np.exp(one), account, now, 12, 20)
    slow = _drift.of_lengths(all_of_them, np.exp(all_of_them), account, now, 12, 20)
    assert own.score[0] > 4
    assert own.ratio[0] == pytest.approx(np.exp(0.5), rel=0.25)
    assert own.score[1:].max() < 2.5
    assert slow.score.max() < 2.5


def test_too_few_calls_say_nothing_of_their_length() -> None:
    logs = np.array([4.0, 4.0, 9.0, 9.0])
    moved = _drift.of_lengths(logs, np.exp(logs), np.zeros(4, dtype=np.int64), np.array([False, False, True, True]), 1, 20)
    assert (moved.ratio[0], moved.score[0]) == (0.0, 0.0)


def test_attempts_beyond_the_first_of_each_message_are_counted() -> None:
    account = np.repeat(np.arange(12), 40)
    now = np.tile(np.arange(40) % 2 == 0, 12)
    tries = np.tile(np.array([1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 2.0, 2.0]), 60)
    calm = _drift.of_attempts(tries, account, now, 12, 5)
    tries[now & (account == 3)] = 3.0
    risen = _drift.of_attempts(tries, account, now, 12, 5)
    assert calm.score.max() < 1
    assert risen.score[3] > 4
    assert risen.ratio[3] == pytest.approx(3.0 / 1.25)
    assert np.delete(risen.score, 3).max() < 1


def test_calls_outside_coverage_rise_from_hardly_any() -> None:
    seen, past = np.zeros(12), np.zeros(12)
    seen[0], seen[1] = 15.0, 15.0
    known = ALL.copy()
    known[1] = False  # whose coverage is not known
    moved = _drift.of_strays(seen, past, 0.25, known)
    assert moved.score[0] > 3
    assert (moved.ratio[1], moved.score[1]) == (0.0, 0.0)


def service(**more: list[dict[str, object]]) -> Case:
    """Ten accounts, five weeks; account 3 has twice its calls in the last of them."""
    rows = [row for k in range(10) for row in steady(str(k), every_min=60 + 5 * k, days=35, offset_min=3 * k)]
    rows += [row for row in steady("3", every_min=75, days=35, offset_min=40) if row["offered_at"] >= at(28)]
    return case(rows, **more)


def test_the_account_whose_calls_doubled_is_the_one_that_is_asked() -> None:
    found = bill.run(Ground(service(), at(28), at(35), Profile()), [])
    assert [(c.account, c.unit, c.causes[-1]) for c in found] == [("3", "account", "more-calls")]
    assert found[0].score > 3
    assert found[0].harmed == pytest.approx(7 * 24 * 60 / 75, rel=0.25)


def by_weeks(account: str, counts: Sequence[int], *, crowd: int = 0) -> list[dict[str, object]]:
    """So many calls in each week, evenly spaced, and a crowd of others on the last one's third day."""
    apart = [(pd.Timedelta(weeks=1) / n, at(7 * week)) for week, n in enumerate(counts) for _ in range(n)]
    first = np.cumsum([0, *counts[:-1]])
    place = np.arange(len(apart)) - np.repeat(first, counts)
    offered = [start + step * (k + 0.5) for (step, start), k in zip(apart, place.tolist(), strict=True)]
    offered += [at(7 * len(counts) - 5, 12) + pd.Timedelta(minutes=2 * k) for k in range(crowd)]
    [row] = steady(account, every_min=1440, days=1)
    return [row | {"call_id": f"{account}-{k}", "offered_at": one} for k, one in enumerate(offered)]


def restless(last: dict[str, Sequence[int]], *, crowd: int = 0) -> Case:
    """Twelve accounts over six weeks whose calls drift by a fifth from week to week, these in their last weeks."""
    drift = np.random.default_rng(4).integers(70, 104, (12, 6)).tolist()
    return case([row for k, weeks in enumerate(drift, 1) for row in by_weeks(
        str(k), [*weeks[: 6 - len(last.get(str(k), ()))], *last.get(str(k), ())], crowd=crowd if str(k) == "3" else 0)])


@pytest.mark.parametrize(("days", "since"), [(7, 28), (14, 28), (28, 26)])
def test_a_bill_that_doubled_over_two_weeks_is_told_once_in_an_audit_of_one_week_two_and_four(days: int, since: int) -> None:
    """The second week has the first among those it is held against; four weeks are judged in parts of nine or ten days."""
    doubled = restless({"3": (150, 160)})
    [told] = audit_case(doubled, start=at(42 - days), end=at(42), checks=["bill"], charts=False).findings
    assert (told.account, told.cause, told.ongoing) == ("3", "more-calls", True)
    assert (told.start, told.counted[0].floor("D")) == (max(at(42 - days), told.counted[0]), at(since))


def test_a_week_amid_a_rise_is_held_against_the_weeks_before_it_began() -> None:
    [_, found] = bill.run(Ground(restless({"3": (150, 160)}), at(35), at(42), Profile()), [])
    assert (found.unit, found.start, found.since, found.end) == ("account-weeks", at(28), at(28), at(42))
    assert found.data["extra_calls"] == pytest.approx(310 - 2 * 84, abs=15)


def test_what_weeks_before_show_lets_no_rise_of_the_window_through() -> None:
    ground = Ground(service(), at(28), at(35), Profile())
    weak, *others = (
        Candidate("bill", who, (who,), "high-bill", at(28), at(35), score, ("more-calls",), unit=unit)
        for who, score, unit in (("3", 1.8, "account"), ("4", 4.0, "account-weeks"), ("5", 4.0, "account-weeks")))
    assert screened(ground, [weak, *others], 0.1) == screened(ground, others, 0.1)


def test_a_week_with_one_evenings_crowd_makes_no_rise_of_the_weeks_before_it() -> None:
    [found] = bill.run(Ground(restless({"3": (115, 85)}, crowd=80), at(35), at(42), Profile()), [])
    assert (found.start, found.since) == (at(35), None)


def test_messages_that_take_more_attempts_for_two_weeks_are_told_from_when_they_began_to() -> None:
    rows: list[dict[str, object]] = []
    tries: list[dict[str, object]] = []
    for k in range(70):
        rows.append({"message_id": f"m{k}", "account": "5", "taken_at": at(k // 2, 12 * (k % 2)), "priority": "urgent"})
        statuses = ["no_answer"] * (2 if k >= 42 else 0) + ["delivered"]
        tries += [{"message_id": f"m{k}", "attempted_at": at(k // 2), "status": status} for status in statuses]
    found = bill.run(Ground(service(messages=rows, dispatch=tries), at(28), at(35), Profile()), [])
    assert [(c.start, c.causes[-1]) for c in found if c.account == "5"] == [(start, "more-delivery-attempts") for start in (
        at(28), at(21))]


def test_a_window_of_a_day_or_without_a_week_before_it_is_not_asked() -> None:
    assert bill.run(Ground(service(), at(34), at(35), Profile()), []) == []
    assert bill.run(Ground(service(), at(5), at(12), Profile()), []) == []


def test_messages_that_take_more_attempts_are_asked_about() -> None:
    rows: list[dict[str, object]] = []
    tries: list[dict[str, object]] = []
    for k in range(70):
        taken = at(k // 2, 12 * (k % 2))
        rows.append({"message_id": f"m{k}", "account": "5", "taken_at": taken, "priority": "urgent"})
        statuses = ["no_answer"] * (3 if k >= 56 else 0) + ["delivered"]
        tries += [{"message_id": f"m{k}", "attempted_at": taken, "status": status} for status in statuses]
    found = bill.run(Ground(service(messages=rows, dispatch=tries), at(28), at(35), Profile()), [])
    assert {c.account: c.causes[-1] for c in found} == {"3": "more-calls", "5": "more-delivery-attempts"}
    [harmed] = [c.harmed for c in found if c.account == "5"]
    assert harmed == pytest.approx(0.0, abs=0.5)


def test_an_account_is_looked_at_once_however_long_the_window() -> None:
    ground = Ground(service(), at(7), at(35), Profile())
    once = Candidate("bill", "3", ("3",), "high-bill", at(7), at(35), 2.1, ("more-calls",), unit="account")
    daily = Candidate("silence", "3", ("3",), "missed-calls", at(7), at(8), 2.1, ("number-down",))
    (passed,) = screened(ground, [once, daily], 0.1)
    assert passed.screen == "bill"
    assert passed.doubt == pytest.approx(10 * 10**-2.1)


def test_no_rise_is_told_of_calls_that_were_made_to_anothers_number() -> None:
    """The note on the records says what they are."""
    found = service(accounts=[account(str(n)) for n in range(1, 13)])
    told = audit_case(found, start=at(28), end=at(35), checks=["bill"], charts=False)
    assert [(f.account, f.cause) for f in told.findings] == [("3", "more-calls")]

    since = found.calls["offered_at"] - at(0)
    more = (found.calls["account"] == "3") & (since >= at(28) - at(0)) & (since % pd.Timedelta(minutes=75) == pd.Timedelta(
        minutes=40))
    swapped = Case(found.tables | {"calls": found.calls.assign(dnis=found.calls["dnis"].mask(more, "+12125550004"))}, zone="UTC")
    told = audit_case(swapped, start=at(28), end=at(35), checks=["bill"], charts=False)
    assert told.findings == ()
    assert f"{more.sum()} calls to +12125550004, a number of account 4, stand under account 3, 2026-06-29" in told.notes[-1]
