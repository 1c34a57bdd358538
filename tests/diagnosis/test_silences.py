"""The causes of silence, each on a case small enough to see through: four accounts, two trunk groups, four weeks."""

from __future__ import annotations

import math
from dataclasses import replace

import pandas as pd
import pytest

from calltrace.diagnosis.bounds import unannounced
from calltrace.diagnosis.bounds.untested import NOTE
from calltrace.diagnosis.diagnose import ask as asked
from calltrace.diagnosis.diagnose import diagnose
from calltrace.diagnosis.diagnosis import Diagnosis
from calltrace.diagnosis.evidence import Evidence, Outcome
from calltrace.diagnosis.others import not_silent_beyond
from calltrace.diagnosis.telling import next_steps
from calltrace.diagnosis.weigh import strongest
from calltrace.errors import InputError, UsageError
from calltrace.tables.case import Case, Source
from support import account, at, case, scene, steady

NIGHTS = "Mo-Su 18:00-24:00,00:00-08:00"
Span = tuple[pd.Timestamp, pd.Timestamp]
EVENING = (at(21, 18), at(22, 8))  # one whole span of coverage


def calls(silent: dict[str, list[tuple[pd.Timestamp, pd.Timestamp]]] | None = None) -> list[dict[str, object]]:
    """Account 1 nights only on group A; 2 and 3 around the clock on A and B; 4 on B; one abandoned call in ten."""
    quiet = silent or {}
    rows = []
    for who, every, group, minutes in (("2", 20, "A", 3), ("3", 25, "B", 7), ("4", 30, "B", 11)):
        rows += steady(who, every_min=every, trunk_group=group, offset_min=minutes, silent=quiet.get(who, ()))
    night = [(at(d, 8), at(d, 18)) for d in range(28)]
    rows += steady("1", every_min=24, offset_min=1, silent=[*night, *quiet.get("1", ())])
    for i, row in enumerate(rows):
        if i % 10 == 0:
            row |= {"outcome": "abandoned", "agent": None}
    return rows


def tables(**more: object) -> dict[str, list[dict[str, object]]]:
    accounts = [account("1", coverage=NIGHTS), account("2"), account("3", trunk_group="B"), account("4", trunk_group="B")]
    found: dict[str, list[dict[str, object]]] = {"accounts": accounts}
    found.update(more)  # type: ignore[arg-type]
    return found


def kpi(rows: list[dict[str, object]], missing: tuple[pd.Timestamp, pd.Timestamp] | None = None) -> list[dict[str, object]]:
    """The switch's own counts of all these calls, every quarter of an hour; none within ``missing``."""
    offered = pd.Series(1, index=pd.DatetimeIndex([r["offered_at"] for r in rows])).resample("15min").sum()
    every = offered.reindex(pd.date_range(at(0), at(28), freq="15min", inclusive="left"), fill_value=0)
    return [
        {"interval_start": t, "scope": "platform", "offered": int(n)}
        for t, n in every.items() if missing is None or not missing[0] <= t < missing[1]
    ]


def ask(found: Case, start: pd.Timestamp, end: pd.Timestamp, who: str = "1") -> Diagnosis:
    made = scene(found, who, start, end)
    return diagnose(found, made.question)


def facets(answer: Diagnosis) -> dict[str, Evidence]:
    return strongest(answer.evidence)


def test_a_whole_night_without_calls_while_others_ring_is_lines_not_forwarded() -> None:
    tested = {"tested_at": at(21, 22), "number": "+12125550001", "trunk_group": "A", "result": "ok"}
    found = case(calls({"1": [EVENING]}), **tables(line_tests=[tested, tested | {"tested_at": at(22, 3)}]))
    answer = ask(found, at(21, 17), at(22, 9))
    assert answer.ranked[0].cause == "lines-not-forwarded"
    assert answer.wording == "confirmed"
    silent = facets(answer)["account-silent"]
    assert silent.outcome is Outcome.FOUND
    assert silent.expected == pytest.approx(35, abs=3)  # 14 hours at one call in 24 minutes
    assert facets(answer)["platform-silent"].outcome is Outcome.CLEAR
    assert "+" not in answer.summary
    assert "Client 1" in answer.summary


def test_calls_that_come_back_amid_the_coverage_were_forwarded_late() -> None:
    found = case(calls({"1": [(at(21, 18), at(21, 23))]}), **tables())
    answer = ask(found, at(21, 17), at(22, 1))
    assert answer.ranked[0].cause == "lines-forwarded-late"


def test_calls_that_stop_amid_the_coverage_were_taken_back_early() -> None:
    found = case(calls({"1": [(at(22, 2), at(22, 8))]}), **tables())
    answer = ask(found, at(22, 1), at(22, 9))
    assert answer.ranked[0].cause == "lines-released-early"


def test_calls_that_come_again_before_the_coverage_ends_were_not_taken_back() -> None:
    """Silent from three to twenty to eight of a night that ends at eight: three calls came in after it."""
    rows = calls({"1": [(at(22, 3), at(22, 8))]})
    own = next(r for r in rows if r["account"] == "1")
    rows += [own | {"call_id": f"again{n}", "offered_at": at(22, 7.67 + n / 10)} for n in range(3)]
    answer = ask(case(rows, **tables()), at(21, 17), at(22, 9))
    found = facets(answer)["silent-inside-coverage"]
    assert found.outcome is Outcome.FOUND
    assert facets(answer)["silent-to-coverage-end"].outcome is Outcome.CLEAR
    assert next(r.probability for r in answer.ranked if r.cause == "lines-released-early") < 0.2


def test_a_silence_all_accounts_of_one_group_share_is_the_carriers() -> None:
    gap = (at(21, 20), at(22, 2))
    found = case(calls({"1": [gap], "2": [gap]}), **tables())
    answer = ask(found, at(21, 19), at(22, 3))
    assert answer.ranked[0].cause == "carrier-outage"
    assert [h.account for h in answer.also_affected] == ["2"]


def test_a_group_that_is_silent_still_is_the_carriers_though_no_call_of_it_has_come_since() -> None:
    """Account 1 alone, silent from one coverage to the end of the records, would not have forwarded its lines."""
    gap = (at(21, 17), at(28))
    others = ("2", "5", "6", "7")

    def records(*silent: str) -> Case:
        rows = calls({who: [gap] for who in silent})
        rows += [row for n, who in enumerate(others[1:]) for row in steady(
            who, every_min=50, offset_min=13 * n, silent=[gap] if who in silent else ())]
        return case(rows, **tables(accounts=[*tables()["accounts"], *(account(who) for who in others[1:])]))

    for end in (at(22, 8), at(26)):
        answer = ask(records("1", *others), at(21, 18), end)
        assert answer.ranked[0].cause == "carrier-outage"
        assert answer.ranked[0].probability > 0.6
        assert "No call to any other account on trunk group A" in answer.summary
        assert {h.account for h in answer.also_affected} == set(others)
    assert ask(records("1"), at(21, 18), at(22, 8)).ranked[0].cause == "lines-not-forwarded"


def test_while_a_group_is_down_a_pause_of_the_others_at_night_is_no_outage_of_the_switch() -> None:
    """By day both groups have as many calls; at night it is group A's that keep everybody's from ever pausing so long."""
    down, pause = (at(21, 7), at(25)), (at(22, 22.5), at(23, 1.5))
    rows = [row for n in range(1, 5) for row in steady(f"{n}", every_min=10, offset_min=n, silent=[down])]
    for n in (5, 6):
        nights = steady(f"{n}", every_min=180, offset_min=90 * n, trunk_group="B", silent=[pause])
        days = steady(f"{n}", every_min=5, offset_min=n, hours=(6, 22), trunk_group="B")
        rows += [*days, *(row | {"call_id": f"night-{row['call_id']}"} for row in nights)]
    found = case(rows, accounts=[account(f"{n}", trunk_group="A" if n < 5 else "B") for n in range(1, 7)])
    asked = scene(found, "1", at(22, 8), at(23, 8))
    assert not_silent_beyond(asked, *pause, trunk=False) < 0.1
    assert not_silent_beyond(asked, at(15, 22.5), at(16, 1.5), trunk=False) == 1.0
    answer = ask(found, at(22, 8), at(23, 8))
    assert facets(answer)["platform-silent"].outcome is Outcome.CLEAR
    assert answer.ranked[0].cause == "carrier-outage"


def test_a_mornings_silence_of_one_group_is_not_hidden_by_the_nights_of_a_week() -> None:
    # nobody calls from 20:00 to 08:00: each night of the window is longer than the seven hours that group A was down
    nights = [(at(d, 20), at(d + 1, 8)) for d in range(-1, 28)]
    down = (at(23, 10), at(23, 17))
    rows = [
        row for who, every, group, minutes in (("1", 40, "A", 1), ("2", 40, "A", 3), ("3", 25, "B", 7), ("4", 30, "B", 11))
        for row in steady(who, every_min=every, trunk_group=group, offset_min=minutes,
                          silent=[*nights, *([down] if group == "A" else [])])
    ]  # fmt: skip
    accounts = [account(w, trunk_group=g, coverage="24/7") for w, g in (("1", "A"), ("2", "A"), ("3", "B"), ("4", "B"))]
    found = case(rows, accounts=accounts)
    for first, last in ((at(23, 8), at(23, 20)), (at(20), at(27))):
        answer = ask(found, first, last)
        assert facets(answer)["trunk-silent"].outcome is Outcome.FOUND
        assert answer.ranked[0].cause == "carrier-outage"
        assert [h.account for h in answer.also_affected] == ["2"]


def test_a_night_shift_is_silent_from_start_to_end_in_its_groups_outage_whatever_its_staff_did() -> None:
    """Four night accounts and one around the clock on group A, which is down longer than the night; B rings."""
    outage = (at(21, 16), at(22, 10))
    days = [(at(d, 8), at(d, 18)) for d in range(28)]

    def rows(of_group: tuple[str, ...]) -> list[dict[str, object]]:
        made: list[dict[str, object]] = []
        for number, who in enumerate(("1", "2", "5", "6")):
            made += steady(who, every_min=22 + number, offset_min=number,
                           silent=[*days, *([outage] if who in of_group else [])])
        made += steady("7", every_min=40, offset_min=9, silent=[outage] if "7" in of_group else [])
        for who, every in (("3", 25), ("4", 30)):
            made += steady(who, every_min=every, trunk_group="B", offset_min=7)
        for row in made[::10]:
            row |= {"outcome": "abandoned", "agent": None}
        return made

    nights = [account(who, coverage=NIGHTS) for who in ("1", "2", "5", "6")]
    accounts = [*nights, account("7"), *(account(who, trunk_group="B") for who in ("3", "4"))]

    def answer(*silent: str) -> Diagnosis:
        return ask(case(rows(silent), accounts=accounts), at(21, 18), at(22, 8))

    down = answer("1", "2", "5", "6", "7")
    assert (down.ranked[0].cause, down.ranked[0].party) == ("carrier-outage", "carrier")
    assert facets(down)["silent-whole-coverage"].outcome is Outcome.NOT_RUN
    alone = answer("1")
    assert alone.ranked[0].cause == "lines-not-forwarded"
    assert facets(alone)["silent-whole-coverage"].outcome is Outcome.FOUND


def test_a_silence_of_an_account_that_had_lost_its_calls_weeks_before_blames_nobody_for_it() -> None:
    """Eleven weeks; account 1 forwards by night, from the 66th day on one call in 25 is left, and the 75th night has none."""
    night = (at(75, 18), at(76, 8))
    rows = [r for who, every, group in (("2", 20, "A"), ("3", 25, "B"), ("4", 30, "B"))
            for r in steady(who, every_min=every, days=77, trunk_group=group, offset_min=7)]
    own = steady("1", every_min=24, days=77, offset_min=1, silent=[*((at(d, 8), at(d, 18)) for d in range(77)), night])
    for row in (*rows[::10], *own[::10]):
        row |= {"outcome": "abandoned", "agent": None}
    since = next(k for k, r in enumerate(own) if r["offered_at"] >= at(66))  # type: ignore[operator]
    faded = ask(case(rows + own[:since] + own[since::25], **tables()), *night)
    assert faded.wording == "inconclusive"
    assert faded.ranked[0].probability < 0.6
    assert any("what took the calls away" in note for note in faded.notes)
    usual = ask(case(rows + own, **tables()), *night)
    assert (usual.ranked[0].cause, usual.notes) == ("lines-not-forwarded", ())


def test_a_silence_of_an_account_whose_season_is_over_is_no_ticket_for_the_carrier() -> None:
    """Six weeks; from the 28th day on one call in ten of account 1 is left, and the longest gap comes two days later."""
    own = steady("1", every_min=30, days=42, offset_min=1, silent=[(at(30, 2), at(30, 22))])
    since = next(k for k, r in enumerate(own) if r["offered_at"] >= at(28))  # type: ignore[operator]
    rows = [r for who, every, group in (("2", 20, "A"), ("3", 25, "B"), ("4", 30, "B"))
            for r in steady(who, every_min=every, days=42, trunk_group=group, offset_min=7)]
    for row in (*rows[::10], *own[::10]):
        row |= {"outcome": "abandoned", "agent": None}
    around = tables(accounts=[account("1"), account("2"), account("3", trunk_group="B"), account("4", trunk_group="B")])
    over = ask(case(rows + own[:since] + own[since::10], **around), at(28), at(35))
    assert over.wording == "inconclusive"
    assert over.ranked[0].cause == "expected-quiet"
    assert any("after the silence, only" in note for note in over.notes)
    usual = ask(case(rows + own, **around), at(28), at(35))
    assert (usual.ranked[0].cause, usual.wording, usual.notes) == ("number-down", "likely", (NOTE,))


def around(own: list[dict[str, object]], days: int) -> Case:
    """Calls of account 1 amid those of three others, all covered around the clock."""
    rows = [r for who, every, group in (("2", 20, "A"), ("3", 25, "B"), ("4", 30, "B"))
            for r in steady(who, every_min=every, days=days, trunk_group=group, offset_min=7)]
    for row in (*rows[::10], *own[::10]):
        row |= {"outcome": "abandoned", "agent": None}
    accounts = [account("1"), account("2"), account("3", trunk_group="B"), account("4", trunk_group="B")]
    return case(rows + own, accounts=accounts)


def test_a_silence_after_which_hardly_a_call_came_for_weeks_is_no_ticket_for_the_carrier() -> None:
    """Ten weeks; account 1 is silent from the 28th day for eight days, and after it has some calls at once and one a week."""
    own = steady("1", every_min=60, days=70, offset_min=1, silent=[(at(28), at(36))])
    since = next(k for k, r in enumerate(own) if r["offered_at"] >= at(36))  # type: ignore[operator]
    over = ask(around(own[:since] + own[since : since + 12 : 4] + own[since + 40 :: 170], 70), at(28), at(36))
    assert over.wording == "inconclusive"
    assert any("what took the calls away" in note for note in over.notes)
    usual = ask(around(own, 70), at(28), at(36))
    assert (usual.ranked[0].cause, usual.wording, usual.notes) == ("number-down", "likely", (NOTE,))


def test_calls_that_dwindled_before_they_stopped_for_good_blame_no_carrier_for_all_of_them() -> None:
    """Seven weeks; of account 1 one call in six is left from the 28th day on, and none from the 36th."""
    own = steady("1", every_min=30, days=36, offset_min=1)
    since = next(k for k, r in enumerate(own) if r["offered_at"] >= at(28))  # type: ignore[operator]
    over = ask(around(own[:since] + own[since::6], 49), at(36), at(49))
    assert over.wording == "inconclusive"
    assert any("at that level 105 would" in note and "is its season over" in note for note in over.notes)  # 8 a day for 13 days
    stopped = ask(around(own, 49), at(36), at(49))
    assert (stopped.ranked[0].cause, stopped.wording) == ("number-down", "likely")


def test_a_number_whose_calls_come_to_the_accounts_other_number_lost_none() -> None:
    """Two numbers of account 1, a call every 40 minutes each; from the 20th day on the first one's come to the second."""
    one, two = "+12125550001", "+12125550021"
    first = steady("1", every_min=40, dnis=one)
    second = steady("1", every_min=40, dnis=two, offset_min=20)
    for number, row in enumerate(second):
        row["call_id"] = f"1-{number}-b"
    others = [r for who in ("2", "3") for r in steady(who, every_min=30, trunk_group="B", offset_min=7)]
    for row in others[::10]:
        row |= {"outcome": "abandoned", "agent": None}
    accounts = [account("1", numbers=f"{one};{two}"), *(account(w, trunk_group="B") for w in ("2", "3"))]
    window = at(22), at(23)

    def says(first: list[dict[str, object]]) -> Diagnosis:
        return ask(case(first + second + others, accounts=accounts), *window)

    gone = [r for r in first if r["offered_at"] < at(20)]  # type: ignore[operator]
    given_up = says(gone + [r | {"dnis": two} for r in first if r not in gone])
    assert given_up.wording == "inconclusive"
    assert given_up.ranked[0].probability < 0.6
    assert any("its calls came there" in note for note in given_up.notes)
    down = says(gone)
    assert (down.ranked[0].cause, down.notes) == ("number-down", (NOTE,))
    assert down.ranked[0].probability > 0.6


def test_hours_of_coverage_that_nobody_gave_are_not_taken_for_round_the_clock() -> None:
    """Account 2 has calls at all hours and is silent for a day: not known to be covered then, it may not have forwarded."""
    gap = (at(21, 8), at(22, 8))
    rows = calls({"2": [gap]})
    known, unknown = (
        ask(case(rows, accounts=[account("1", coverage=NIGHTS), account("2", **hours), account("3", trunk_group="B")]), *gap, "2")
        for hours in ({}, {"coverage": None}))
    assert facets(known)["silent-inside-coverage"].outcome is Outcome.FOUND
    assert facets(unknown)["silent-inside-coverage"].outcome is Outcome.NOT_RUN
    assert "accounts.coverage" in facets(unknown)["silent-inside-coverage"].missing
    assert unknown.ranked[0].probability < known.ranked[0].probability


def test_an_hour_of_a_group_without_a_call_is_no_outage_on_a_day_of_few_calls() -> None:
    """Group A's accounts 1 and 2 on a day of all their calls, and on one of every fourth; for an hour of it none."""
    gap = (at(21, 12), at(21, 13))
    rows = steady("1", every_min=20, offset_min=1, silent=[gap]) + steady("2", every_min=3, offset_min=1, silent=[gap])
    rows += steady("3", every_min=25, trunk_group="B", offset_min=7)
    accounts = [account("1"), account("2"), account("3", trunk_group="B")]

    def silent(rows: list[dict[str, object]]) -> set[str]:
        found = facets(ask(case(rows, accounts=accounts), at(21, 11), at(21, 16)))
        return {k for k in ("trunk-silent", "platform-silent") if found[k].outcome is Outcome.FOUND}

    few = [r for k, r in enumerate(rows) if k % 4 == 0 or not at(21) <= r["offered_at"] < at(22)]  # type: ignore[operator]
    assert silent(rows) == {"trunk-silent"}
    assert silent(few) == set()


def test_a_short_gap_of_the_group_within_a_night_of_silence_is_one_of_many_that_could_have_been() -> None:
    # account 2's nine calls that did not come would be news where account 1 was silent for just as long
    def says(of_1: tuple[pd.Timestamp, pd.Timestamp]) -> Outcome:
        gap = (at(21, 20), at(21, 23))
        return facets(ask(case(calls({"1": [of_1], "2": [gap]}), **tables()), at(21, 18), at(22, 8)))["trunk-silent"].outcome

    assert says((at(21, 20), at(21, 23))) is Outcome.FOUND
    assert says(EVENING) is not Outcome.FOUND


def test_a_silence_that_outlasts_the_groups_is_not_the_carriers() -> None:
    # the group is silent for five hours; in the thirteen about them, an hour about the window included, it brings
    # account 2 its three calls an hour, and account 1 none
    found = case(calls({"1": [EVENING], "2": [(at(21, 20), at(22, 1))]}), **tables())
    answer = ask(found, at(21, 17), at(22, 9))
    assert answer.ranked[0].cause == "lines-not-forwarded"
    trunk = facets(answer)["trunk-silent"]
    assert trunk.outcome is Outcome.CLEAR
    assert trunk.observed == pytest.approx(39, abs=2)
    assert "silent too" in trunk.says
    assert "silent" in trunk.data
    # of the five hours alone nobody can say whose the silence was: the group's will do
    inside = ask(found, at(21, 20), at(22, 1))
    assert facets(inside)["trunk-silent"].outcome is Outcome.FOUND


def test_what_is_left_of_the_worst_silence_beside_the_groups_pays_for_having_been_looked_for() -> None:
    # three hours more than the group's, of seven calls: of the gaps of a month one is as long
    found = case(calls({"1": [(at(21, 18), at(22, 0))], "2": [(at(21, 21), at(22, 0))]}), **tables())
    assert facets(ask(found, at(21, 17), at(22, 9)))["trunk-silent"].outcome is Outcome.FOUND


def test_agents_that_stay_logged_in_clear_no_switch_that_wrote_no_counts() -> None:
    gap = (at(21, 20), at(21, 23))
    rows = calls({w: [gap] for w in "1234"})
    agents: list[dict[str, object]] = [{"at": at(d, h), "agent": "A1", "event": e} for d in range(28)
                                       for h, e in ((1, "login"), (23.9, "logout"))]
    silent = facets(ask(case(rows, **tables(kpi=kpi(rows, gap), agents=agents)), at(21, 19), at(22, 0)))
    assert silent["agents-dropped"].outcome is Outcome.NOT_RUN
    # they are on record, and did not tell: nobody is to get them
    assert silent["agents-dropped"].missing == ()
    found = ask(case(rows, **tables(kpi=kpi(rows, gap))), at(21, 19), at(22, 0))
    assert facets(found)["agents-dropped"].missing == ("agents",)
    # nor are they wanted where they are not: by the counts the switch was down, and whether that was announced they don't tell
    assert (found.ranked[0].title, found.next_steps[0]) == (unannounced.TITLE, "To settle it: the maintenance calendar.")
    # while the counts go on, the switch was up
    up = facets(ask(case(rows, **tables(kpi=kpi(calls()), agents=agents)), at(21, 19), at(22, 0)))
    assert up["agents-dropped"].outcome is Outcome.CLEAR


def test_a_window_that_ends_before_it_starts_says_what_its_dates_mean() -> None:
    with pytest.raises(UsageError, match=r'--to \("2026-06-08", which is Tue 9 Jun.*is not after --from \("2026-06-09"'):
        asked(case(calls()), account="1", start="2026-06-09", end="2026-06-08")


def test_a_silence_of_everybody_with_the_counts_gone_is_the_switchs() -> None:
    gap = (at(21, 20), at(21, 23))
    rows = calls({w: [gap] for w in "1234"})
    found = case(rows, **tables(kpi=kpi(rows, gap)))
    answer = ask(found, at(21, 19), at(22, 0))
    assert answer.ranked[0].cause in {"platform-outage", "planned-shutdown"}
    assert facets(answer)["kpi-stopped"].outcome is Outcome.FOUND
    assert {h.account for h in answer.also_affected} == {"2", "3", "4"}


@pytest.mark.parametrize(("cut", "says"), [(0, "0 calls cut"), (1, "only 1 call cut"), (3, "3 calls cut")])
def test_a_call_cut_as_the_gap_began_is_told_as_what_it_proves(cut: int, says: str) -> None:
    # one call may have been cut for any reason, and stands against an outage: two more were up and were not
    gap = (at(21, 20), at(21, 23))
    rows = calls({w: [gap] for w in "1234"})
    ending = [r for r in rows if gap[0] - pd.Timedelta(minutes=30) <= pd.Timestamp(str(r["offered_at"])) < gap[0]]
    assert len(ending) > cut
    for row in ending[:cut]:
        row["outcome"] = "failed"
    piece = facets(ask(case(rows, **tables(kpi=kpi(rows, gap))), at(21, 19), at(22, 0)))["calls-cut"]
    assert piece.outcome is (Outcome.FOUND if cut > 1 else Outcome.CLEAR)
    assert piece.says.startswith(says)


def test_the_same_announced_as_maintenance_is_a_planned_shutdown() -> None:
    gap = (at(21, 20), at(21, 23))
    rows = calls({w: [gap] for w in "1234"})
    event = {"starts_at": gap[0], "ends_at": gap[1], "kind": "maintenance", "scope": "platform", "note": "upgrade"}
    found = case(rows, **tables(kpi=kpi(rows, gap), events=[event]))
    assert ask(found, at(21, 19), at(22, 0)).ranked[0].cause == "planned-shutdown"


def test_maintenance_announced_while_calls_went_on_explains_nothing() -> None:
    rows = calls({"1": [EVENING]})
    event = {"starts_at": EVENING[0], "ends_at": EVENING[1], "kind": "maintenance", "scope": "platform"}
    found = case(rows, **tables(events=[event]))
    assert ask(found, at(21, 17), at(22, 9)).ranked[0].cause == "lines-not-forwarded"


def test_counts_that_go_on_while_rows_are_gone_mean_lost_records() -> None:
    gap = (at(21, 20), at(21, 23))
    everything = calls()
    found = case(calls({w: [gap] for w in "1234"}), **tables(kpi=kpi(everything)))
    answer = ask(found, at(21, 19), at(22, 0))
    assert answer.ranked[0].cause == "records-missing"
    counted = facets(answer)["kpi-counts-calls"]
    assert counted.data["without_row"] == pytest.approx(29, abs=3)
    # the time that is said has the count that is said: of whole intervals, whenever the last call before the gap was
    said = sum(at(21, 19.75) <= r["offered_at"] < at(21, 23.25) for r in everything)  # type: ignore[operator]
    assert counted.says.startswith(f"the switch counted {said} offered calls Mon 22 Jun 19:45 to 23:15; ")


def test_failed_test_calls_to_a_silent_number_mean_the_number_is_down() -> None:
    gap = (at(21, 20), at(22, 6))
    number = {"number": "+12125550001", "trunk_group": "A", "result": "failed"}
    fine = {"number": "+12125559992", "trunk_group": "A", "result": "ok"}
    tests = [{"tested_at": at(21, 22), **number}, {"tested_at": at(22, 4), **number}, {"tested_at": at(21, 22.1), **fine}]
    found = case(calls({"1": [gap]}), **tables(line_tests=tests))
    answer = ask(found, at(21, 19), at(22, 7))
    assert answer.ranked[0].cause == "number-down"
    assert answer.ranked[0].party == "carrier"


@pytest.mark.parametrize(
    ("passed", "outcome"),
    [
        # it may have been down from 21:30 to 05:30, eight of ten hours
        ((at(21, 21.5), at(22, 5.5)), Outcome.FOUND),
        # from 23:30 to 01:30 only: one failed by itself, as test calls do now and then
        ((at(21, 21.5), at(21, 23.5), at(22, 1.5), at(22, 5.5)), Outcome.CLEAR),
    ],
)
def test_a_failed_test_counts_for_the_time_between_the_tests_that_passed(
    passed: tuple[pd.Timestamp, ...], outcome: Outcome
) -> None:
    number = {"number": "+12125550001", "trunk_group": "A"}
    tests = [{"tested_at": at(22, 0.5), **number, "result": "failed"},
             *({"tested_at": t, **number, "result": "ok"} for t in passed)]
    gap = (at(21, 20), at(22, 6))
    answer = ask(case(calls({"1": [gap]}), **tables(line_tests=tests)), at(21, 19), at(22, 7))
    assert facets(answer)["number-tests-failed"].outcome is outcome
    assert (answer.ranked[0].cause == "number-down") is (outcome is Outcome.FOUND)


def test_the_few_calls_of_others_on_its_trunk_group_make_no_outage_of_a_large_client_s_silence() -> None:
    """On group A account 1 has nearly all calls; account 2's few are missing too, which happens by itself."""
    gap = (at(21, 8), at(22, 2))
    rows = steady("1", every_min=8, offset_min=1, silent=[gap])
    rows += steady("2", every_min=260, offset_min=3, silent=[gap])
    rows += steady("3", every_min=25, trunk_group="B", offset_min=7) + steady("4", every_min=30, trunk_group="B", offset_min=11)
    accounts = [account("1"), account("2"), account("3", trunk_group="B"), account("4", trunk_group="B")]
    answer = ask(case(rows, accounts=accounts), at(21, 7), at(22, 3))
    assert facets(answer)["account-silent"].outcome is Outcome.FOUND
    assert facets(answer)["trunk-silent"].outcome is not Outcome.FOUND
    assert answer.ranked[0].cause != "carrier-outage"


def test_one_of_two_numbers_silent_for_the_coverage_was_not_forwarded() -> None:
    rows = calls({"1": [EVENING]})
    night = [(at(d, 8), at(d, 18)) for d in range(28)]
    rows += [r | {"call_id": f"x{r['call_id']}"} for r in
             steady("1", every_min=31, offset_min=5, silent=night, dnis="+12125559999")]
    found = case(rows, **tables())
    accounts = found.table("accounts")
    accounts.loc[accounts["account"] == "1", "numbers"] = "+12125550001;+12125559999"
    answer = ask(found, at(21, 17), at(22, 9))
    assert answer.ranked[0].cause == "some-lines-not-forwarded"
    assert facets(answer)["some-numbers-silent"].data["numbers"] == ["+12125550001"]


def two_numbers(first: list[Span], second: list[Span], hidden: tuple[Span, ...] = ()) -> Case:
    """Account 1, nights only, with two numbers, each silent in its own spans and both in the hidden ones."""
    night = [*((at(d, 8), at(d, 18)) for d in range(28)), *hidden]
    rows = calls({"1": [*first, *hidden]})
    rows += [r | {"call_id": f"x{r['call_id']}"} for r in
             steady("1", every_min=31, offset_min=5, silent=[*night, *second], dnis="+12125559999")]
    found = case(rows, **tables())
    accounts = found.table("accounts")
    accounts.loc[accounts["account"] == "1", "numbers"] = "+12125550001;+12125559999"
    return found


def test_numbers_silent_at_different_times_are_not_told_as_silent_together() -> None:
    answer = ask(two_numbers([(at(23, 18), at(23, 22))], [(at(21, 20), at(22, 6))]), at(21, 17), at(24, 9))
    silent = facets(answer)["some-numbers-silent"]
    assert silent.data["numbers"] == ["+12125559999"]
    assert silent.data["calls_on_others"] > 0
    assert silent.start is not None
    assert at(21, 19) < silent.start < at(21, 20)  # the gap that is told is its own


def test_a_silence_that_began_amid_one_night_and_lasted_over_another_keeps_no_hours_of_the_clients() -> None:
    answer = ask(two_numbers([(at(21, 23), at(23, 12))], []), at(21, 17), at(23, 9))
    shapes = facets(answer)
    assert shapes["silent-inside-coverage"].outcome is Outcome.FOUND
    assert shapes["silent-whole-coverage"].outcome is Outcome.CLEAR
    assert answer.ranked[0].cause == "number-down"
    # a last call long before the lines are taken back is chance, where hardly one is usual after it
    night = ask(two_numbers([(at(21, 18), at(22, 8))], [], ((at(21, 7.4), at(21, 8)),)), at(21, 17), at(22, 9))
    assert facets(night)["silent-whole-coverage"].outcome is Outcome.FOUND


def test_a_quiet_end_of_the_span_before_the_one_that_is_asked_of_is_no_trouble_of_that_one() -> None:
    """Some six calls are due in the last 2 h 20 min of the first night: none came, and the next night's began at 23."""
    found = case(calls({"1": [(at(22, 5.67), at(22, 23))]}), **tables())
    second = ask(found, at(22, 17), at(23, 1))
    assert second.ranked[0].cause == "lines-forwarded-late"
    assert facets(second)["silent-from-coverage-start"].strength < 0.5  # it may have begun the night before
    both = facets(ask(found, at(22, 4), at(23, 1)))
    assert both["silent-inside-coverage"].outcome is Outcome.FOUND
    hours = case(calls({"1": [(at(22, 3), at(22, 23))]}), **tables())  # a dozen calls: that is no chance
    assert facets(ask(hours, at(22, 17), at(23, 1)))["silent-inside-coverage"].outcome is Outcome.FOUND


def thin_numbers(*silent: str, everybody: tuple[pd.Timestamp, pd.Timestamp] | None = None) -> Case:
    """Account 1 with a number that rings every hour of its nights, and two that do some five times a night each."""
    quiet = [*((at(d, 8), at(d, 18)) for d in range(28)), *([everybody] if everybody else ())]
    rows = calls({"1": [(at(0), at(28))]})
    for number, every, offset in (("+12125550001", 58, 1), ("+12125559992", 151, 5), ("+12125559993", 163, 9)):
        pause = [*quiet, EVENING] if number in silent else quiet
        rows += [r | {"call_id": f"{number}-{r['call_id']}"}
                 for r in steady("1", every_min=every, offset_min=offset, silent=pause, dnis=number)]
    found = case(rows, **tables())
    accounts = found.table("accounts")
    accounts.loc[accounts["account"] == "1", "numbers"] = "+12125550001;+12125559992;+12125559993"
    return found


def test_two_thin_numbers_silent_together_say_what_neither_can_alone() -> None:
    both = facets(ask(thin_numbers("+12125559992", "+12125559993"), at(21, 17), at(22, 9)))["some-numbers-silent"]
    assert both.outcome is Outcome.FOUND
    assert set(both.data["numbers"]) == {"+12125559992", "+12125559993"}


def test_numbers_that_fell_silent_before_the_account_did_are_not_the_only_ones() -> None:
    # nobody rang any of its numbers for a night; the thin ones had happened to have no call in the night before either,
    # and the busy one was the first to ring again
    found = thin_numbers("+12125559992", "+12125559993", everybody=(at(22, 18), at(23, 8)))
    answer = ask(found, at(22, 17), at(23, 18) + pd.Timedelta(minutes=30))
    assert facets(answer)["account-silent"].outcome is Outcome.FOUND
    assert facets(answer)["some-numbers-silent"].outcome is Outcome.CLEAR


def test_on_a_day_of_the_week_that_the_history_never_showed_two_numbers_are_as_doubtful_as_one() -> None:
    """Ten days of records, of which the only Sunday is asked about: nobody is called between its calls at noon and at four."""
    sunday = next(d for d in range(7) if at(d).day_of_week == 6)
    noon = (at(sunday, 11.7), at(sunday, 15.5))
    rows: list[dict[str, object]] = []
    for who, every, begin, number in (
            ("1", 20, 11.7, "+12125550001"), ("1", 24, 11.3, "+12125559992"), ("1", 27, 11.3, "+12125559993"),
            ("2", 9, 11.7, "+12125550002"), ("3", 11, 11.7, "+12125550003")):
        silent = [(at(sunday, begin), noon[1])]
        rows += [r | {"call_id": f"{number}-{r['call_id']}"}
                 for r in steady(who, every_min=every, days=10, silent=silent, offset_min=1, dnis=number)]
    for row in rows[::10]:
        row.update(outcome="abandoned", agent=None)
    numbers = "+12125550001;+12125559992;+12125559993"
    found = case(rows, accounts=[account("1", numbers=numbers), account("2"), account("3")])
    answer = ask(found, at(sunday, 11), at(sunday, 16))
    assert facets(answer)["some-numbers-silent"].outcome is Outcome.CLEAR
    assert answer.wording == "inconclusive"


def test_one_thin_number_without_a_call_is_told_and_not_taken_for_one_that_rang() -> None:
    one = facets(ask(thin_numbers("+12125559993"), at(21, 17), at(22, 9)))["some-numbers-silent"]
    all_rang = facets(ask(thin_numbers(), at(21, 17), at(22, 9)))["some-numbers-silent"]
    assert one.outcome is Outcome.CLEAR
    assert "+12125559993 had no call" in one.says
    assert one.strength < all_rang.strength == 1.0


def test_the_office_hours_of_a_night_account_are_expected_to_be_quiet() -> None:
    found = case(calls(), **tables())
    answer = ask(found, at(21, 10), at(21, 15))
    assert answer.ranked[0].cause == "expected-quiet"
    assert answer.ranked[0].party == "nobody"


def test_how_far_chance_explains_a_silence_falls_without_a_leap() -> None:
    answers = [ask(case(calls({"1": [(at(21, 20), at(21, 23))]}), **tables()), at(21, 20), at(21, 20) + pd.Timedelta(minutes=m))
               for m in range(20, 160, 20)]
    told = [facets(a)["low-volume"] for a in answers]
    signed = [(e.data["score"], e.strength if e.outcome is Outcome.FOUND else -e.strength) for e in told]
    assert [s for s, _ in signed] == sorted(s for s, _ in signed)
    assert {e.outcome for e in told} == {Outcome.FOUND, Outcome.CLEAR}
    for score, strength in signed:
        assert strength == pytest.approx(1 - score / 1.5, abs=1e-9)


def test_a_silence_that_chance_leaves_once_in_twenty_or_more_seldom_is_not_laid_to_it() -> None:
    found = case(calls({"1": [(at(21, 20), at(21, 23))]}), **tables())
    answers = [ask(found, at(21, 20), at(21, 20) + pd.Timedelta(minutes=m)) for m in range(20, 160, 10)]
    doubtful = [a for a in answers if 1.3 <= facets(a)["low-volume"].data["score"] < 1.5]
    assert doubtful
    for answer in doubtful:
        quiet = next(r.probability for r in answer.ranked if r.cause == "expected-quiet")
        assert quiet < 1 / 3


def test_an_ordinary_night_bears_no_complaint_out() -> None:
    found = case(calls(), **tables())
    answer = ask(found, at(21, 18), at(22, 8))
    assert answer.ranked[0].cause == "within-normal"


def test_a_log_without_unanswered_calls_accuses_nobody() -> None:
    rows = [r | {"outcome": "answered"} for r in calls({"1": [EVENING]})]
    answer = ask(case(rows, **tables()), at(21, 17), at(22, 9))
    assert facets(answer)["log-hides-unanswered"].outcome is Outcome.FOUND
    assert not (answer.ranked[0].party in {"client", "carrier"} and answer.wording == "confirmed")


def test_without_another_trunk_group_the_carrier_cannot_be_told_from_the_switch() -> None:
    gap = (at(21, 20), at(22, 2))
    rows = [r | {"trunk_group": "A"} for r in calls({w: [gap] for w in "1234"})]
    answer = ask(case(rows, **tables()), at(21, 19), at(22, 3))
    assert facets(answer)["trunk-silent"].outcome is Outcome.NOT_RUN
    assert any("trunk group" in m for o in answer.open for m in o.missing)


def test_a_small_account_is_told_when_its_silence_would_be_proof() -> None:
    rows = [r for r in calls() if r["account"] != "1"]
    rows += [r | {"outcome": "answered"} for r in steady("1", every_min=500, offset_min=1)]
    answer = ask(case(rows, **tables()), at(21, 18), at(21, 23))
    assert answer.wording != "confirmed" or answer.ranked[0].party == "nobody"
    assert "1 in 1,000" in answer.provable


@pytest.mark.parametrize("lost", ["kpi", "events", "line_tests", "agents"])
def test_a_table_taken_away_clears_nothing_it_had_not_cleared(lost: str) -> None:
    gap = (at(21, 20), at(21, 23))
    rows = calls({w: [gap] for w in "1234"})
    whole = case(
        rows,
        **tables(
            kpi=kpi(rows, gap),
            events=[{"starts_at": gap[0], "ends_at": gap[1], "kind": "maintenance", "scope": "platform"}],
            line_tests=[{"tested_at": at(21, 21), "number": "+12125550001", "trunk_group": "A", "result": "failed"}],
            agents=[{"at": gap[0], "agent": f"A{i}", "event": "logout"} for i in range(3)]
            + [{"at": gap[1], "agent": f"A{i}", "event": "login"} for i in range(3)],
        ),
    )
    start, end = at(21, 19), at(22, 0)
    before = facets(ask(whole, start, end))
    after = facets(ask(whole.without(lost), start, end))
    cleared = {f for f, e in after.items() if e.outcome is Outcome.CLEAR}
    assert cleared <= {f for f, e in before.items() if e.outcome is Outcome.CLEAR}
    gone = {f for f, e in before.items() if after[f].outcome is not e.outcome}
    assert gone
    assert all(after[f].outcome is Outcome.NOT_RUN for f in gone)


def closed(start: pd.Timestamp, end: pd.Timestamp) -> dict[str, object]:
    return {"starts_at": start, "ends_at": end, "kind": "closure", "scope": "account", "target": "1", "note": "training day"}


def test_a_closure_explains_the_hours_around_it_in_which_nobody_calls() -> None:
    """Both nights were announced, neither of them most of the silence; the days between bring no calls as it is."""
    gap = (at(20, 8), at(22, 18))  # from one morning over a night to the next evening but one
    found = case(calls({"1": [gap]}), **tables(events=[closed(at(20, 18), at(21, 8)), closed(at(21, 18), at(22, 8))]))
    answer = ask(found, at(20, 12), at(22, 12))
    assert facets(answer)["closure-announced"].outcome is Outcome.FOUND
    assert facets(answer)["closure-announced"].strength > 0.9
    assert answer.ranked[0].cause == "expected-quiet"


def test_a_closure_explains_no_second_night_without_calls() -> None:
    gap = (at(20, 8), at(22, 18))
    found = case(calls({"1": [gap]}), **tables(events=[closed(at(20, 18), at(21, 8))]))
    answer = ask(found, at(20, 12), at(22, 12))
    piece = facets(answer)["closure-announced"]
    assert piece.outcome is Outcome.CLEAR
    assert "(training day)" in piece.says
    assert "but none came" in piece.says
    assert answer.ranked[0].cause == "lines-not-forwarded"


def holiday(day: int) -> dict[str, object]:
    return {"starts_at": at(day), "ends_at": at(day + 1), "kind": "holiday", "scope": "platform", "target": None,
            "note": "May Day"}


def test_a_holiday_is_no_reason_for_a_client_that_has_calls_on_sundays() -> None:
    """Account 1 is answered for at night, on days off as well: nobody forwarded its lines on Monday evening."""
    found = case(calls({"1": [EVENING]}), **tables(events=[holiday(21)]))
    answer = ask(found, at(21, 12), at(22))
    piece = facets(answer)["closure-announced"]
    assert piece.outcome is Outcome.CLEAR
    assert "Sundays, days off as well, bring at least" in piece.says
    assert answer.ranked[0].cause == "lines-not-forwarded"


@pytest.mark.parametrize("hours", [(8, 18), (12, 13)])
def test_a_holiday_explains_an_office_that_is_closed_and_the_weekend_before_it(hours: tuple[int, int]) -> None:
    """Asked of from Friday evening on: the closed weekend brings no calls that the holiday would have to explain."""
    open_for = [(at(d, hours[0]), at(d, hours[1])) for d in range(28) if d % 7 < 5 and d != 21]
    edges = [at(0), *(edge for span in open_for for edge in span), at(28)]
    shut = list(zip(edges[::2], edges[1::2], strict=True))
    office = account("5", coverage=f"Mo-Fr {hours[0]:02d}:00-{hours[1]:02d}:00")
    rows = [*calls(), *steady("5", every_min=2, silent=shut)]
    found = case(rows, **(tables(events=[holiday(21)]) | {"accounts": [*tables()["accounts"], office]}))
    for start in (at(18, hours[1]), at(21)):
        answer = ask(found, start, at(22), "5")
        assert answer.ranked[0].cause == "expected-quiet"
        assert facets(answer)["closure-announced"].outcome is Outcome.FOUND


@pytest.mark.parametrize(("until", "explained"), [(8, True), (12, False)])
def test_a_holiday_explains_no_silence_that_begins_amid_it_after_calls_as_ever(until: int, explained: bool) -> None:
    """An office may have closed at noon, or its lines have been taken back then: the records can't tell."""
    hours = [(at(d, 8), at(d, until if d == 21 else 18)) for d in range(28) if d % 7 < 5]
    edges = [at(0), *(edge for span in hours for edge in span), at(28)]
    office = account("5", coverage="Mo-Fr 08:00-18:00")
    rows = [*calls(), *steady("5", every_min=10, silent=list(zip(edges[::2], edges[1::2], strict=True)))]
    found = case(rows, **(tables(events=[holiday(21)]) | {"accounts": [*tables()["accounts"], office]}))
    answer = ask(found, at(21, 8), at(21, 20), "5")
    assert (answer.ranked[0].cause == "expected-quiet" and answer.ranked[0].probability > 0.9) is explained
    if not explained:
        assert "24 calls came on it until Mon 22 Jun 11:50, and none after" in facets(answer)["closure-announced"].says
        assert answer.wording == "inconclusive"


def offices(
    closed: tuple[str, ...], hours: tuple[int, int], every_min: float, group: str = "",
    beside: tuple[dict[str, object], ...] = (),
) -> Case:
    """Five offices beside the four, 5 to 9, of which these have no call on Monday, the 22nd; on both groups or on one."""
    weekends = [(at(d), at(d + 2)) for d in range(5, 28, 7)]
    rows, accounts = [*calls(), *beside], tables()["accounts"]
    for n, who in enumerate("56789"):
        mine = group or "AB"[n % 2]
        rows += steady(who, every_min=every_min, trunk_group=mine, offset_min=n, hours=hours,
                       silent=[*weekends, *([(at(21), at(22))] if who in closed else [])])
        accounts.append(account(who, trunk_group=mine, coverage=f"Mo-Fr {hours[0]:02d}:00-{hours[1]:02d}:00"))
    return case(rows, accounts=accounts)


def test_a_day_on_which_most_offices_had_no_calls_accuses_none_of_them() -> None:
    holiday_of_all = ask(offices(("5", "6", "7", "8"), (8, 18), 15), at(21), at(22), "5")
    assert holiday_of_all.wording == "inconclusive"
    assert holiday_of_all.ranked[0].cause == "expected-quiet"
    assert any("Of 4 other clients without calls on Sundays, 3 had hardly a call" in note for note in holiday_of_all.notes)
    for alone in (("5",), ("5", "6", "7")):  # of two in four who knows
        answer = ask(offices(alone, (8, 18), 15), at(21), at(22), "5")
        assert answer.ranked[0].cause == "lines-not-forwarded"
        assert answer.ranked[0].probability > 0.9


def quieter(few: tuple[str, ...], **more: object) -> Case:
    """Six clients beside the four, 5 to 10, with fewer calls on weekends; of these at most one came on Monday, the 22nd.

    They are rung around the clock, more by day; 10 is as busy on weekends as ever, and 11 to 13, of another block, are as
    the others are.
    """
    rows, accounts = calls(), tables()["accounts"]
    for n, who in enumerate(("5", "6", "7", "8", "9", "10", "11", "12", "13")):
        number = f"+1{'312' if int(who) > 10 else '212'}555{int(who):04d}"
        weekends = [] if who == "10" else [(at(d), at(d + 2)) for d in range(5, 28, 7)]
        off = [(at(21, 5 + 2 * n), at(22)), (at(21), at(21, 5 + 2 * n) - pd.Timedelta(minutes=n and 12))] if who in few else []
        for every, hours, silent in ((12, (8, 18), weekends), (48, (8, 18), off)):
            rows += [row | {"call_id": f"{row['call_id']}-{every}"} for row in steady(
                who, every_min=every, hours=hours, offset_min=n, trunk_group="AB"[n % 2], dnis=number,
                silent=[*silent, *off])]
        accounts.append(account(who, numbers=number, trunk_group="AB"[n % 2]))
    return case(rows, **({"accounts": accounts} | more))  # type: ignore[arg-type]


@pytest.mark.parametrize("entered", [False, True])
def test_a_holiday_may_keep_away_more_callers_than_a_sunday_does(entered: bool) -> None:
    """Clients with some calls on Sundays had hardly any: no route to one number was down, whether it is entered or not."""
    off = ("5", "6", "7", "8", "9", "11", "12", "13")
    answer = ask(quieter(off, **({"events": [holiday(21)]} if entered else {})), at(21), at(22), "5")
    assert answer.ranked[0].cause == "expected-quiet"
    assert sum(r.probability for r in answer.ranked if r.party in {"client", "carrier"}) < 0.5
    assert facets(answer)["neighbours-silent"].outcome is Outcome.NOT_RUN
    told = [note for note in answer.notes if "Of 7 other clients with fewer calls on Sundays, 7 had hardly a call" in note]
    assert len(told) == 1
    assert ("nobody entered" in told[0]) is not entered
    if entered:
        assert facets(answer)["closure-announced"].outcome is Outcome.FOUND


@pytest.mark.parametrize(("few", "who"), [
    (("5", "6", "7"), "5"),  # too few of those like it
    (("5", "6", "7", "8", "9"), "5"),  # only those whose numbers are routed with its own
    (("5", "6", "7", "8", "9", "10", "11", "12", "13"), "10"),  # whom no Sunday keeps away
])
def test_a_day_that_was_not_off_for_clients_like_it_clears_nobody(few: tuple[str, ...], who: str) -> None:
    answer = ask(quieter(few), at(21), at(22), who)
    assert answer.ranked[0].party in {"client", "carrier"}
    assert answer.ranked[0].probability > 0.5
    assert not any("fewer calls on Sundays" in note for note in answer.notes)


def test_offices_without_calls_at_noon_are_no_outage_of_their_trunk_group() -> None:
    """They had none before and after the gap either, in which the group's other clients had no call by chance."""
    beside = (*steady("10", every_min=2, trunk_group="A", hours=(14, 24)), *steady("11", every_min=4, trunk_group="B"))
    lunch = offices(tuple("56789"), (12, 13), 2, group="A", beside=beside)
    answer = ask(lunch, at(21), at(22), "2")
    assert facets(answer)["trunk-silent"].outcome is not Outcome.FOUND
    assert answer.ranked[0].cause != "carrier-outage"


def test_a_group_that_brought_the_account_its_own_calls_was_not_down() -> None:
    """Account 2, alone with account 1 on group A, has no call all night: nobody but it was silent."""
    answer = ask(case(calls({"2": [EVENING]}), **tables()), at(21, 17), at(22, 9))
    assert facets(answer)["trunk-silent"].outcome is not Outcome.FOUND
    assert answer.ranked[0].cause != "carrier-outage"


def test_a_gap_that_fits_a_coverage_of_hardly_a_call_proves_nothing_by_it() -> None:
    """Coverage of one hour, in which two or three calls come: that a longer gap spans it is no news."""
    hour = "Mo-Su 20:00-21:00"
    accounts = [account("1", coverage=hour), account("2"), account("3", trunk_group="B"), account("4", trunk_group="B")]
    found = case(calls({"1": [(at(21, 18), at(22, 1))]}), accounts=accounts)
    whole = facets(ask(found, at(21, 17), at(22, 3)))["silent-whole-coverage"]
    assert whole.expected is not None
    assert whole.expected < 4
    assert whole.strength == pytest.approx(1 - math.exp(-whole.expected))


def everybody_silent(*starts: pd.Timestamp) -> Case:
    """Three hours of nobody, agents that stay logged in, and what the switch's own log says of its starts."""
    gap = (at(21, 20), at(21, 23))
    agents = [{"at": at(0), "agent": f"A{n}", "event": "login"} for n in range(4)]
    found = case(calls({w: [gap] for w in "1234"}), **tables(agents=agents))
    told = Source("queue_log", "asterisk-queue-log", "agents", "pipes", 4, starts=tuple(s.isoformat() for s in starts))
    return replace(found, sources=(told,))


def test_a_switch_that_started_anew_as_the_gap_ended_was_down() -> None:
    answer = ask(everybody_silent(at(0), at(21, 22) + pd.Timedelta(minutes=55)), at(21, 19), at(22, 0))
    assert answer.ranked[0].cause == "platform-outage"
    piece = facets(answer)["agents-dropped"]
    assert piece.outcome is Outcome.FOUND
    assert "22:55" in piece.says


def test_agents_that_a_switch_keeps_logged_in_while_it_is_down_prove_no_lost_records() -> None:
    answer = ask(everybody_silent(at(0)), at(21, 19), at(22, 0))
    assert facets(answer)["agents-dropped"].outcome is Outcome.NOT_RUN
    assert answer.wording == "inconclusive"


def test_a_quiet_rest_of_the_day_leaves_a_late_forwarding_open() -> None:
    first = (at(21, 18), at(21, 22))
    usual = facets(ask(case(calls({"1": [first]}), **tables()), at(21, 17), at(22, 9)))["silent-from-coverage-start"]
    # from ten at night on one call in three, as on a holiday that nobody told of
    holes = [(at(21, 22) + pd.Timedelta(minutes=m), at(21, 22) + pd.Timedelta(minutes=m + 100)) for m in range(20, 600, 150)]
    listless = ask(case(calls({"1": [first, *holes]}), **tables()), at(21, 17), at(22, 9))
    quiet = facets(listless)["silent-from-coverage-start"]
    assert quiet.strength < usual.strength
    assert "are usual" in quiet.says
    assert listless.wording == "inconclusive"


def test_a_window_of_another_year_says_which_year() -> None:
    found = case(calls(), **tables())
    with pytest.raises(InputError, match=r"from Mon 1 Jun 2026 .* to Sun 28 Jun 2026 .* window is Thu 5 Jun 2025 00:00 to"):
        asked(found, account="1", complaint="missed-calls", start="2025-06-05", end="2025-06-06")


def test_what_the_records_told_already_is_not_asked_for_to_settle_it() -> None:
    gap = (at(21, 20), at(21, 23))
    answer = ask(case(calls({"1": [gap], "2": [gap]}), **tables()), at(21, 19), at(22, 0))
    assert (answer.ranked[0].cause, answer.wording) == ("carrier-outage", "likely")
    wanted = "To settle it: test calls to other numbers of the trunk group during the silence."
    assert wanted in answer.next_steps
    told = [replace(e, outcome=Outcome.CLEAR) if e.facet == "trunk-tests-failed" else e for e in answer.evidence]
    steps = next_steps(answer.ranked, answer.wording, told)
    assert wanted not in steps
    assert "To settle it: the carrier's own word." in steps


def test_test_calls_are_told_number_by_number_where_they_differ() -> None:
    found = thin_numbers(everybody=EVENING)
    results = (("+12125559992", "failed"), ("+12125559992", "failed"), ("+12125559993", "ok"))
    tests = [{"tested_at": at(21, 20 + n), "number": number, "trunk_group": "A", "result": result}
             for n, (number, result) in enumerate(results)]
    found = case(found.calls.to_dict("records"), accounts=found.table("accounts").to_dict("records"), line_tests=tests)
    says = facets(ask(found, at(21, 17), at(22, 9)))["number-tests-failed"].says
    assert "2 of 3 test calls to +12125559992 (2 of 2), +12125559993 (0 of 1) failed" in says
    assert "+12125550001" not in says, "nobody tested it"


@pytest.mark.parametrize("goes_on", [False, True])
def test_where_the_records_of_its_switch_stop_nobody_is_accused_of_an_accounts_silence(goes_on: bool) -> None:
    """Accounts 1, 2 and 5 come by one switch, 3 and 4 by another, whose records go on; or the first has a day's hole.

    Account 3 has the first ones' trunk group, which is not down.
    """
    hole = (at(21, 17), at(22, 17) if goes_on else at(28))
    rows = calls({who: [hole] for who in "12"}) + steady("5", every_min=30, offset_min=5, silent=[hole])
    rows = [row | {"trunk_group": "A"} if row["account"] == "3" else row for row in rows]
    accounts = [account("1", coverage=NIGHTS), account("2"), account("3"), account("4", trunk_group="B"), account("5")]
    found = case(rows, accounts=accounts)
    table = found.calls.copy()
    table["source_file"] = ["east.csv" if who in "125" else "west.csv" for who in table["account"]]
    two = replace(found, tables={**found.tables, "calls": table}, cache={})
    answer = ask(two, at(21, 18), at(22, 8))
    assert answer.wording == "inconclusive"
    assert "in east.csv" in answer.summary
    assert "the other records go on" in answer.summary
    assert answer.next_steps[0].startswith("Export the call records of that time")
    assert ask(found, at(21, 18), at(22, 8)).wording != "inconclusive"
    for who, day in (("1", 14), ("4", 21)):
        assert ".csv" not in ask(two, at(day, 18), at(day + 1, 8), who).summary


@pytest.mark.parametrize(
    ("since", "said"),
    [
        (at(26, 18), "from the start of the time in which it should forward (Sat 27 Jun 18:00), and still"),
        (at(25, 18), "from the start of the time in which it should forward (Fri 26 Jun 18:00), and still"),  # two nights of it
    ],
)
def test_a_silence_that_began_with_the_coverage_is_the_clients_while_it_goes_on(since: pd.Timestamp, said: str) -> None:
    """A fault begins at any hour; how this one ends nobody knows yet, so that nothing is confirmed."""
    rows = [row for row in calls({"1": [(since, at(28))]}) if row["offered_at"] < at(27, 5)]  # type: ignore[operator]
    answer = ask(case(rows, **tables()), since, at(27, 5))
    top = answer.ranked[0]
    assert (top.cause, answer.wording != "confirmed") == ("lines-not-forwarded", True)
    assert 0.5 < top.probability < 0.8
    whole = facets(answer)["silent-whole-coverage"]
    assert whole.outcome is Outcome.FOUND
    assert whole.says.endswith(said)


def test_a_silence_that_began_amid_the_coverage_says_nothing_of_it_while_it_goes_on() -> None:
    rows = [row for row in calls({"1": [(at(26, 20), at(28))]}) if row["offered_at"] < at(27, 5)]  # type: ignore[operator]
    answer = ask(case(rows, **tables()), at(26, 18), at(27, 5))
    assert facets(answer)["silent-whole-coverage"].outcome is Outcome.NOT_RUN
    assert answer.wording != "confirmed" or answer.ranked[0].cause != "lines-not-forwarded"
