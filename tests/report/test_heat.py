from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from calltrace.report.heat import LEVELS, MOST_COLUMNS, heat_of, remarkable
from report import audits
from report.audits import START, hours


def row_of(account: str, *rows: object) -> list[str]:
    heat = heat_of(replace(audits.small(), findings=(), heat=tuple(rows)))  # type: ignore[arg-type]
    assert heat is not None
    return [LEVELS[level] for level in heat.levels[heat.accounts.index(account)]]


def test_an_hour_is_marked_only_where_chance_would_seldom_do_it() -> None:
    # of 10 expected calls: 5 come by chance one hour in 15, 1 in 700 hours, none in 10,000
    said = row_of("1", hours("1", 10.0, [10.0, 5.0, 0.0, 30.0, 60.0, None]))
    assert said == ["usual", "usual", "fewer", "more", "many", "unknown"]


def test_an_account_that_expects_a_call_a_day_is_never_marked_for_silence() -> None:
    assert set(row_of("1", hours("1", 0.05, [0.0] * 24))) == {"usual"}


def test_two_calls_are_no_crowd() -> None:
    assert row_of("1", hours("1", 0.001, [2.0, 3.0])) == ["usual", "many"]


def test_badly_served_counts_calls_not_shares_alone() -> None:
    assert row_of("1", hours("1", 2.0, [2.0], harmed=2.0)) == ["usual"]
    assert row_of("1", hours("1", 10.0, [10.0], harmed=3.0)) == ["served"]
    assert row_of("1", hours("1", 20.0, [20.0], harmed=3.0)) == ["usual"]


def test_a_long_time_is_gathered_into_fewer_columns() -> None:
    heat = heat_of(replace(audits.small(), findings=(), heat=(hours("1", 2.0, [2.0] * 24 * 7),)))
    assert heat is not None
    assert heat.hours == 3
    assert len(heat.levels[0]) == 56 <= MOST_COLUMNS
    assert heat.end == START + timedelta(days=7)


def test_silence_that_no_hour_proves_is_seen_once_hours_are_gathered() -> None:
    # none of 6 is 1 in 100 hours; none of the 18 of three hours 1 in 30,000
    assert set(row_of("1", hours("1", 6.0, [6.0] * 8 + [0.0] * 3))) == {"usual"}
    assert "none" in row_of("1", hours("1", 6.0, [6.0] * 72 + [0.0] * 48 + [6.0] * 48))


def test_accounts_with_findings_come_first_and_their_time_is_tinted() -> None:
    heat = heat_of(audits.small())
    assert heat is not None
    assert heat.accounts == ("1033", "1021", "1044")
    quiet = [LEVELS[level] for level in heat.levels[1]]
    assert quiet == ["found"] * 24  # 0.6 calls an hour: no hour proves anything, the finding does


def test_zones_of_half_an_hour_stand_beside_the_others() -> None:
    late = replace(hours("2", 10.0, [10.0] * 3), start=START + timedelta(minutes=30))
    heat = heat_of(replace(audits.small(), findings=(), heat=(hours("1", 10.0, [10.0] * 4), late)))
    assert heat is not None
    assert [len(row) for row in heat.levels] == [4, 4]


def test_the_most_and_the_strongest_marks_come_first() -> None:
    rows = (
        hours("1", 10.0, [10.0] * 4),
        hours("2", 10.0, [10.0, 0.0, 0.0, 10.0]),  # fewer, twice
        hours("3", 10.0, [10.0, 60.0, 10.0, 10.0]),  # far more
        hours("4", 10.0, [0.0, 10.0, 10.0, 10.0]),
    )
    heat = heat_of(replace(audits.small(), findings=(), heat=rows))
    assert heat is not None
    assert remarkable(heat, 9).accounts == ("3", "2", "4")
    assert remarkable(heat, 1).accounts == ("3",)


def test_no_heat_no_map() -> None:
    assert heat_of(replace(audits.small(), heat=())) is None
