"""Who is asked about a time before its first call, or long after its last: five weeks, three accounts that ring throughout."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from calltrace.diagnosis import lives
from calltrace.diagnosis.audit.run import audit_case
from calltrace.diagnosis.diagnose import diagnose
from calltrace.diagnosis.diagnosis import Diagnosis
from calltrace.diagnosis.evidence import Outcome
from calltrace.diagnosis.weigh import strongest
from calltrace.tables.case import Case
from support import account, at, case, scene, steady

DAYS = [(at(d, 18), at(d + 1, 8)) for d in range(-1, 35)]


def service(*silent: tuple[pd.Timestamp, pd.Timestamp], **tables: object) -> Case:
    """Account 1 from 08:00 to 18:00 with silences, 2 and 3 around the clock; one call in ten is given up."""
    calls = steady("1", every_min=20, days=35, silent=[*DAYS, *silent])
    for place, who in enumerate(("2", "3"), start=1):
        calls += steady(who, every_min=15, days=35, offset_min=3 * place)
    for row in calls[::10]:
        row |= {"outcome": "abandoned", "agent": None}
    listed = [account("1", coverage="Mo-Su 08:00-18:00"), account("2"), account("3")]
    return case(calls, accounts=listed, **tables)  # type: ignore[arg-type]


def ask(found: Case, start: pd.Timestamp, end: pd.Timestamp) -> Diagnosis:
    return diagnose(found, scene(found, "1", start, end).question)


def accused(answer: Diagnosis) -> str:
    return answer.ranked[0].party


NEW, GONE = (at(0), at(30)), (at(15), at(35))


@pytest.mark.parametrize(
    ("silent", "day", "says", "step"),
    [
        (NEW, 25, "No call of this account is on record before Wed 1 Jul 2026 08:00", "since when the account is a client"),
        (GONE, 31, "No call of this account is on record since Mon 15 Jun 2026 17:40", "whether the account was a client still"),
    ],
)
def test_no_call_is_owed_by_who_may_have_been_no_client(
    silent: tuple[pd.Timestamp, pd.Timestamp], day: int, says: str, step: str
) -> None:
    answer = ask(service(silent), at(day, 8), at(day + 1, 18))
    assert accused(answer) == "nobody"
    assert answer.wording == "inconclusive"
    assert answer.ranked[0].probability < 0.6
    assert all(r.probability < 0.1 for r in answer.ranked if r.party != "nobody")
    assert says in answer.summary
    assert step in answer.next_steps[0]


def tried(*days: float) -> list[tuple[pd.Timestamp, pd.Timestamp]]:
    """The silences of an account that began on day 24, but for a test call at nine o'clock on some days."""
    edges = [at(0), *(at(d, h) for d in days for h in (9, 9.1)), at(24)]
    return list(zip(edges[::2], edges[1::2], strict=True))


def test_a_line_that_was_tried_before_it_was_in_use_is_a_new_clients() -> None:
    answer = ask(service(*tried(3, 10)), at(12, 8), at(16, 18))
    assert accused(answer) == "nobody"
    assert answer.wording == "inconclusive"
    assert "Of this account only 2 calls, far apart, are on record before Thu 25 Jun 2026 08:00" in answer.summary
    assert answer.chart["expected"].isna().all()
    new = lives.of_scene(scene(service(*tried(3, 10)), "1", at(12), at(13)))
    assert new.said(at(25), "UTC") == "a new client: its calls began Thu 25 Jun 2026 08:00, but for 2 calls before"


def test_one_day_of_calls_makes_no_client_new_nor_do_a_few_days_lost() -> None:
    crowd = steady("1", every_min=60 * 24 * 8, days=34) + steady("1", every_min=10, days=1)
    for place, row in enumerate(crowd[-144:]):
        row |= {"call_id": f"c{place}", "offered_at": row["offered_at"] + pd.Timedelta(days=34)}
    others = steady("2", every_min=60, days=35)
    for rows in (crowd, steady("1", every_min=60, days=35, silent=[(at(5), at(24))])):
        found = case(rows + others, accounts=[account("1"), account("2")])
        assert lives.of_scene(scene(found, "1", at(10), at(12))).begun is None


def test_of_a_window_in_which_a_client_began_only_what_came_after_is_asked() -> None:
    answer = ask(service(NEW), at(28, 8), at(31, 18))
    arrived = strongest(answer.evidence)["calls-arrived"]
    assert arrived.outcome is Outcome.FOUND
    assert arrived.observed == 60  # two days of ten hours, three calls an hour
    assert arrived.expected == pytest.approx(60, abs=6)
    assert accused(answer) == "nobody"
    assert "No call of this account is on record before Wed 1 Jul 2026 08:00: nothing is said of the time before." in answer.notes
    early = answer.chart["end"] <= at(30, 8)
    assert answer.chart.loc[early, "expected"].isna().all()
    assert answer.chart.loc[~early, "expected"].notna().all()


def test_a_client_that_rang_again_or_fell_silent_of_late_is_asked_about_its_silence() -> None:
    shut = (at(25), at(30))
    assert accused(ask(service(shut), at(25, 8), at(26, 18))) == "client"
    assert accused(ask(service((at(25), at(35))), at(28, 8), at(29, 18))) == "client"


@pytest.mark.parametrize(("day", "now", "asked"), [
    (20, at(22), False),
    (20, None, True),  # by what is on record it lasted for twenty days: whatever day of it is asked of
    (14, None, True),
    (24, at(26), True),
    (31, None, False),
])
def test_a_week_after_a_clients_last_call_it_is_asked_first_whether_it_has_left(
    day: int, now: pd.Timestamp | None, asked: bool
) -> None:
    """Up to a week its silence is looked into as any; from two weeks on nobody is accused at all."""
    found = service(GONE)
    answer = diagnose(found, replace(scene(found, "1", at(day, 8), at(day + 1, 18)).question, now=now))
    says = "Its calls stopped Mon 15 Jun 2026 17:40, and none has come since: whether the client has left"
    assert (says in answer.summary) is asked
    assert answer.next_steps[0].startswith("Ask whether the account is a client still") is asked
    if asked:
        assert answer.wording == "inconclusive"
        assert answer.ranked[0].probability < 0.6


def test_where_its_test_calls_fail_nobody_asks_whether_it_has_left() -> None:
    failed = [{"tested_at": at(24, h), "number": "+12125550001", "trunk_group": "A", "result": "failed"} for h in (9, 12)]
    answer = ask(service(GONE, line_tests=failed), at(24, 8), at(24, 18))
    assert (answer.ranked[0].cause, answer.ranked[0].probability > 0.8) == ("number-down", True)
    assert "whether the client has left" not in answer.summary


def test_a_line_whose_test_calls_fail_weeks_after_its_last_call_is_down() -> None:
    failed = [{"tested_at": at(31, h), "number": "+12125550001", "trunk_group": "A", "result": "failed"} for h in (9, 12)]
    assert ask(service(GONE, line_tests=failed), at(31, 8), at(31, 18)).ranked[0].cause == "number-down"


def test_an_audit_expects_no_call_before_the_first() -> None:
    def row(start: int, end: int) -> float | None:
        found = audit_case(service(NEW), start=at(start), end=at(end), charts=False)
        return next(s.expected for s in found.standings if s.account == "1")

    assert row(25, 26) is None
    assert row(28, 31) == pytest.approx(30, abs=4)
