"""Troubles followed from morning to morning, and acknowledged."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from calltrace.desk.acks import KEEP_DAYS, KNOWN_DAYS, Memory
from calltrace.desk.troubles import BRIDGE_DAYS, Morning, followed
from calltrace.diagnosis.audit.findings import Finding, Known, Severity
from calltrace.errors import InputError, UsageError

DAY = date(2026, 6, 8)
NOW = datetime(2026, 6, 9, 10, 0, tzinfo=UTC)


def finding(account: str | None = "1021", day: date = DAY, **more: object) -> Finding:
    start = pd.Timestamp(day.isoformat(), tz="UTC")
    values: dict[str, object] = {
        "cause": "lines-not-forwarded", "check": "silence", "severity": Severity.HIGH, "trunk_group": None,
        "ongoing": True,
    } | more  # fmt: skip
    whose = account or values["trunk_group"] or "platform"
    return Finding(
        key=f"{whose}/{values['cause']}/{day}", account=account, name=f"Client {account}", title="not forwarded",
        party="client", confidence=0.97, wording="confirmed", start=start, end=start + pd.Timedelta(hours=9),
        zone="UTC", lost=20.0, harmed=0.0, score=6.0, summary="Nothing came.", **values,  # type: ignore[arg-type]
    )  # fmt: skip


@pytest.fixture
def memory(tmp_path: Path) -> Memory:
    return Memory(tmp_path / "mornings.sqlite")


def run(
    memory: Memory, day: date, *findings: Finding, judged: Sequence[str] = ("1021", "1022"), whole: bool = True
) -> Morning:
    morning = followed(memory.left(day), findings, judged=judged, whole=whole)
    memory.keep(morning)
    return morning


def after(days: int) -> date:
    return DAY + timedelta(days=days)


def states(morning: Morning) -> list[str]:
    return [s.state for s in morning.stands]


def test_the_first_morning_all_is_new(memory: Memory) -> None:
    morning = run(memory, DAY, finding(), finding("1022"))
    assert states(morning) == ["new", "new"]
    assert morning.by_key["1021/lines-not-forwarded/2026-06-08"].trouble.mornings == 1


def test_a_morning_knows_what_the_two_weeks_before_have_shown(memory: Memory) -> None:
    limit, crowd = ("1021", "", "path-limit"), ("", "A", "carrier-outage")
    for days, some in ((0, {limit}), (1, set()), (5, {limit, crowd})):
        memory.keep(replace(followed(memory.left(after(days)), [], judged=[], whole=True), known=Known(frozenset(some), 40.0)))
    assert memory.known(after(6)) == Known(frozenset({limit, crowd}), 120.0)
    assert memory.known(after(5)) == Known(frozenset({limit}), 80.0)  # made again, a morning knows no more than it did
    assert memory.known(DAY) == Known()
    assert memory.known(after(KNOWN_DAYS)) == Known(frozenset({limit, crowd}), 120.0)
    assert memory.known(after(KNOWN_DAYS + 1)) == Known(frozenset({limit, crowd}), 80.0)
    assert memory.known(after(KNOWN_DAYS + 6)) == Known()
    assert Memory(memory.path, service="other").known(after(6)) == Known()
    memory.keep(replace(followed(memory.left(after(5)), [], judged=[], whole=True), known=Known(frozenset({limit}), 10.0)))
    assert memory.known(after(6)) == Known(frozenset({limit}), 90.0)  # in place of what was kept of that day


def test_the_same_key_goes_on(memory: Memory) -> None:
    run(memory, DAY, finding())
    (stand,) = run(memory, after(1), finding()).stands
    assert stand.state == "going-on"
    assert (stand.trouble.mornings, stand.trouble.since) == (2, datetime(2026, 6, 8, tzinfo=UTC))


def test_a_window_cut_at_midnight_is_the_same_trouble_and_began_when_it_began(memory: Memory) -> None:
    run(memory, DAY, finding())
    (stand,) = run(memory, after(1), finding(day=after(1))).stands
    assert stand.state == "going-on"
    assert stand.trouble.since == datetime(2026, 6, 8, tzinfo=UTC)
    assert stand.trouble.chain == "1021/lines-not-forwarded/2026-06-08"


def test_a_cause_read_otherwise_by_the_same_check_is_the_same_trouble(memory: Memory) -> None:
    run(memory, DAY, finding())
    (stand,) = run(memory, after(1), finding(day=after(1), cause="number-down")).stands
    assert stand.state == "going-on"
    assert stand.before is not None
    assert stand.before.cause == "lines-not-forwarded"


def outage(day: date, cause: str = "platform-outage", **more: object) -> Finding:
    return finding(None, day, cause=cause, check="outage", **more)


@pytest.mark.parametrize("cause", ["platform-outage", "planned-shutdown"])
def test_the_next_evening_s_outage_is_another_one_though_the_first_was_acknowledged(cause: str, memory: Memory) -> None:
    run(memory, DAY, outage(DAY, ongoing=False))
    memory.ack("the platform", now=NOW)
    (stand,) = run(memory, after(1), outage(after(1), cause)).stands
    assert (stand.state, stand.ack) == ("new", None)


def test_an_outage_over_midnight_goes_on(memory: Memory) -> None:
    run(memory, DAY, outage(DAY))
    assert states(run(memory, after(1), outage(after(1), "records-missing"))) == ["going-on"]


def test_what_was_over_and_comes_again_is_neither_new_nor_going_on(memory: Memory) -> None:
    run(memory, DAY, finding(ongoing=False))
    (ack,) = memory.ack("1021", now=NOW)
    (stand,) = run(memory, after(1), finding(day=after(1))).stands
    assert (stand.state, stand.ack, stand.trouble.mornings) == ("again", ack, 2)


def test_a_limit_stands_though_a_day_did_not_meet_it_and_so_does_the_word_on_it(memory: Memory) -> None:
    def met(day: date) -> Finding:
        return finding(day=day, cause="path-limit", check="busy", ongoing=False)

    run(memory, DAY, met(DAY))
    memory.ack("1021", note="raised next week", now=NOW)
    for n in (1, 2):  # nobody was refused
        morning = run(memory, after(n))
        assert (morning.ended, [t.state for t in morning.carried], morning.unsettled) == ((), ["resting"], ())
    (stand,) = run(memory, after(3), met(after(3))).stands
    assert (stand.state, stand.trouble.mornings, stand.ack is not None) == ("again", 2, True)
    for n in range(4, 4 + BRIDGE_DAYS):
        last = run(memory, after(n))
    assert [t.state for t in last.carried] == ["resting"]
    assert [t.chain for t in run(memory, after(4 + BRIDGE_DAYS)).ended] == [stand.trouble.chain]
    (stand,) = run(memory, after(5 + BRIDGE_DAYS), met(after(5 + BRIDGE_DAYS))).stands
    assert (stand.state, stand.ack) == ("new", None)


def test_another_cause_of_what_was_over_is_new(memory: Memory) -> None:
    run(memory, DAY, finding(ongoing=False))
    assert states(run(memory, after(1), finding(day=after(1), cause="number-down"))) == ["new"]


def test_days_without_a_morning_are_told(memory: Memory) -> None:
    assert run(memory, DAY).missed == ()
    assert run(memory, after(1)).missed == ()
    assert run(memory, after(4)).missed == (after(2), after(3))
    assert run(memory, after(40)).missed == ()


def test_another_trouble_of_the_account_is_new_and_the_old_one_has_ended(memory: Memory) -> None:
    run(memory, DAY, finding())
    morning = run(memory, after(1), finding(day=after(1), cause="understaffed", check="hold"))
    assert states(morning) == ["new"]
    assert [t.scope for t in morning.ended] == ["1021"]


def test_of_two_troubles_the_nearer_goes_on(memory: Memory) -> None:
    run(memory, DAY, finding(), finding(cause="number-down"))
    morning = run(memory, after(1), finding(day=after(1), cause="number-down"))
    assert [(s.state, s.before.cause) for s in morning.stands if s.before] == [("going-on", "number-down")]
    assert [t.cause for t in morning.ended] == ["lines-not-forwarded"]


def test_what_is_not_found_again_has_ended_once(memory: Memory) -> None:
    run(memory, DAY, finding(), finding(None, trunk_group="TG1"))
    assert [t.scope for t in run(memory, after(1)).ended] == ["1021", "trunk group TG1"]
    assert run(memory, after(2)).ended == ()
    assert states(run(memory, after(3), finding(day=after(3)))) == ["new"]


@pytest.mark.parametrize("why", ["the account could not be judged", "the records are not whole"])
def test_what_could_not_be_judged_stays_open(why: str, memory: Memory) -> None:
    run(memory, DAY, finding())
    dark = {"judged": ()} if "account" in why else {"whole": False}
    morning = run(memory, after(1), **dark)  # type: ignore[arg-type]
    assert (morning.ended, [t.scope for t in morning.carried]) == ((), ["1021"])
    assert morning.carried[0].state == ("carried" if "account" in why else "unproved")
    (stand,) = run(memory, after(2), finding(day=after(2))).stands
    assert (stand.state, stand.trouble.mornings) == ("going-on", 2)


def test_records_of_some_accounts_keep_open_what_is_theirs_and_what_is_of_many(memory: Memory) -> None:
    run(memory, DAY, finding(), finding("1022"), finding(None, trunk_group="TG1"), finding("1022", check="ring", cause="x"))
    unseen = followed(memory.left(after(1)), [], judged=["1022"], whole=True, shared=False, unasked=["ring"])
    assert [(t.scope, t.check) for t in unseen.ended] == [("1022", "silence")]
    assert {(t.scope, t.check, t.state) for t in unseen.carried} == {
        ("1021", "silence", "carried"), ("1022", "ring", "carried"), ("trunk group TG1", "silence", "carried"),
    }  # fmt: skip


def test_a_silence_has_not_ended_while_there_is_no_call(memory: Memory) -> None:
    """That a day's silence alone may be chance is no end of it; a call is."""
    run(memory, DAY, finding(), finding("1022", check="hold", cause="x"))
    still = followed(memory.left(after(1)), [], judged=["1021", "1022"], whole=True, silent=["1021", "1022"])
    assert [(t.scope, t.state) for t in still.carried] == [("1021", "silent")]
    assert [t.scope for t in still.ended] == ["1022"]
    assert [t.scope for t in still.unsettled] == ["1021"]
    memory.keep(still)
    assert [t.scope for t in run(memory, after(2)).ended] == ["1021"]


def test_what_went_on_and_is_found_with_its_end_is_over_once(memory: Memory) -> None:
    run(memory, DAY, finding())
    (stand,) = run(memory, after(1), finding(day=after(1), ongoing=False)).stands
    assert stand.state == "over"
    morning = run(memory, after(2))
    assert (morning.news, morning.unsettled) == ((), ())
    # a limit is not over with the last call it refused
    run(memory, after(3), finding(cause="path-limit", check="busy"))
    assert states(run(memory, after(4), finding(day=after(4), cause="path-limit", check="busy", ongoing=False))) == ["going-on"]


def test_what_began_where_an_open_trouble_did_is_that_trouble_though_it_was_known_to_be_over(memory: Memory) -> None:
    """An outage over midnight: by the first morning it is over, the second one sees its end; another one is new."""
    began = pd.Timestamp(DAY, tz="UTC") + pd.Timedelta(hours=20)

    def outage_of(day: date, since: pd.Timestamp) -> Finding:
        whole = {"silence": {"start": since, "end": pd.Timestamp(day, tz="UTC") + pd.Timedelta(hours=9)}}
        return finding(None, day, check="outage", cause="platform-outage", ongoing=False, data=whole)

    run(memory, DAY, replace(outage_of(DAY, began), start=began, data={}))
    (stand,) = (second := run(memory, after(1), outage_of(after(1), began))).stands
    assert (stand.state, stand.trouble.mornings, second.ended) == ("over", 2, ())
    later = run(memory, after(2), outage_of(after(2), began + pd.Timedelta(days=1)))
    assert (states(later), [t.cause for t in later.ended]) == (["new"], ["platform-outage"])


def test_what_a_trouble_cost_is_all_its_mornings(memory: Memory) -> None:
    """A silence is counted whole each morning, from its beginning; a wait or an outage by the day."""
    def silence(day: date, lost: float) -> Finding:
        began = pd.Timestamp(DAY, tz="UTC") + pd.Timedelta(milliseconds=740)
        whole = {"silence": {"start": began, "end": pd.Timestamp(day, tz="UTC") + pd.Timedelta(hours=9)}}
        return replace(finding(day=day, data=whole), lost=lost)

    run(memory, DAY, silence(DAY, 20.0), replace(outage(DAY), lost=5.0, harmed=1.0))
    (first, second) = run(memory, after(1), silence(after(1), 31.0), replace(outage(after(1)), lost=3.0, harmed=2.0)).stands
    assert (first.trouble.lost, first.trouble.harmed) == (31.0, 0.0)
    assert (second.trouble.lost, second.trouble.harmed) == (8.0, 3.0)
    assert sorted((t.lost, t.harmed) for t in run(memory, after(2)).news) == [(8.0, 3.0), (31.0, 0.0)]


def test_what_was_over_when_it_was_told_needs_no_word_of_its_end(memory: Memory) -> None:
    run(memory, DAY, finding(ongoing=False), finding("1022"))
    morning = run(memory, after(1))
    assert [t.scope for t in morning.news] == ["1022"]
    assert {t.scope for t in morning.ended} == {"1021", "1022"}


def test_every_message_astray_is_one_of_its_own(memory: Memory) -> None:
    run(memory, DAY, finding(check="dispatch", cause="not-dispatched"))
    memory.ack("1021", now=NOW)
    (stand,) = run(memory, after(1), finding(day=after(1), check="dispatch", cause="not-dispatched")).stands
    assert (stand.state, stand.ack) == ("new", None)


def test_what_can_t_be_judged_for_long_is_no_longer_open(memory: Memory) -> None:
    run(memory, DAY, finding())
    open_for = [bool(run(memory, after(n), judged=()).carried) for n in range(1, BRIDGE_DAYS + 3)]
    assert open_for == [True] * BRIDGE_DAYS + [False] * 2


def test_the_same_day_again_says_the_same(memory: Memory) -> None:
    run(memory, DAY, finding())
    first = run(memory, after(1), finding(day=after(1)), finding("1022", day=after(1)))
    assert run(memory, after(1), finding(day=after(1)), finding("1022", day=after(1))) == first
    assert run(memory, DAY, finding()).stands[0].state == "new"


def test_after_a_gap_only_the_same_key_goes_on(memory: Memory) -> None:
    run(memory, DAY, finding(), finding("1022"))
    long = after(BRIDGE_DAYS + 1)
    assert states(run(memory, long, finding(), finding("1022", day=long))) == ["going-on", "new"]


def test_two_services_do_not_mix(memory: Memory) -> None:
    run(memory, DAY, finding())
    other = Memory(memory.path, service="the other one")
    assert states(run(other, after(1), finding(day=after(1)))) == ["new"]


def test_worse_is_said(memory: Memory) -> None:
    run(memory, DAY, finding())
    assert states(run(memory, after(1), finding(severity=Severity.CRITICAL))) == ["worse"]
    assert states(run(memory, after(2), finding(severity=Severity.MEDIUM))) == ["going-on"]


@pytest.mark.parametrize("what", ["1021/lines-not-forwarded/2026-06-08", "1021"])
def test_an_acknowledged_trouble_stays_quiet_while_it_lasts(what: str, memory: Memory) -> None:
    run(memory, DAY, finding())
    (ack,) = memory.ack(what, note="they know", by="dana", now=NOW)
    assert (ack.severity, ack.made_by, ack.note) == ("high", "dana", "they know")
    morning = run(memory, after(1), finding(day=after(1)), finding("1022", day=after(1)))
    assert [s.ack for s in morning.stands] == [ack, None]


def test_it_is_told_again_when_it_gets_worse(memory: Memory) -> None:
    run(memory, DAY, finding())
    memory.ack("1021", now=NOW)
    (stand,) = run(memory, after(1), finding(severity=Severity.CRITICAL)).stands
    assert (stand.state, stand.ack) == ("worse", None)
    memory.ack("1021", now=NOW)
    (stand,) = run(memory, after(2), finding(severity=Severity.CRITICAL)).stands
    assert stand.ack is not None


def test_it_is_told_again_when_the_acknowledgement_runs_out(memory: Memory) -> None:
    run(memory, DAY, finding())
    nine = datetime(2026, 6, 10, 9, tzinfo=UTC)  # which is when the finding of that day ends
    for until, quiet in ((nine, True), (nine - timedelta(hours=1), True), (nine - timedelta(hours=3), False)):
        memory.ack("1021", until=until, now=NOW)
        (stand,) = followed(memory.left(after(2)), [finding(day=after(2))], judged=(), whole=True).stands
        assert (stand.ack is not None) is quiet
    (stand,) = followed(memory.left(after(3)), [finding(day=after(3))], judged=(), whole=True).stands
    assert stand.ack is None


def test_it_covers_what_was_before_its_end_though_the_morning_is_after_it(memory: Memory) -> None:
    run(memory, DAY, finding())
    memory.ack("1021", until=NOW + timedelta(hours=1), now=NOW)
    (stand,) = followed(memory.left(after(1)), [finding(day=after(1))], judged=(), whole=True).stands
    assert stand.ack is not None


def test_an_end_that_has_gone_by_is_refused(memory: Memory) -> None:
    run(memory, DAY, finding())
    with pytest.raises(UsageError, match="has gone by"):
        memory.ack("1021", until=NOW, now=NOW)


def test_a_later_word_on_the_same_takes_the_place_of_the_first(memory: Memory) -> None:
    run(memory, DAY, finding())
    memory.ack("1021", now=NOW)
    memory.ack("1021", until=NOW + timedelta(hours=1), note="only today", now=NOW)
    assert [a.note for a in memory.acks()] == ["only today"]
    assert run(memory, after(3), finding(day=after(3))).stands[0].ack is None


def test_an_account_is_known_by_its_name_and_a_slip_is_no_account(memory: Memory) -> None:
    morning = followed(memory.left(DAY), [finding()], judged=(), whole=True)
    memory.keep(replace(morning, accounts={"1021": "Laurel Staffing", "1022": "Laurel Dental", "77": "Polar"}))
    (ack,) = memory.ack("laurel staff", now=NOW)
    assert ack.scope == "1021"
    assert memory.remove("Laurel Staffing") == [ack]
    assert memory.ack("polar", until=NOW + timedelta(days=1), now=NOW)[0].scope == "77"
    with pytest.raises(UsageError, match="part of 2 accounts' names"):
        memory.ack("laurel", until=NOW + timedelta(days=1), now=NOW)
    with pytest.raises(UsageError, match=r"there is no account '1012'.*Did you mean .*1021"):
        memory.ack("1012", until=NOW + timedelta(days=1), now=NOW)


def test_the_next_trouble_of_the_account_is_told(memory: Memory) -> None:
    run(memory, DAY, finding())
    memory.ack("1021", now=NOW)
    run(memory, after(1))
    assert run(memory, after(2), finding(day=after(2))).stands[0].ack is None


def test_a_cause_narrows_it(memory: Memory) -> None:
    run(memory, DAY, finding(), finding(cause="understaffed", check="hold"))
    memory.ack("1021", cause="understaffed", now=NOW)
    morning = run(memory, after(1), finding(), finding(cause="understaffed", check="hold"))
    assert [s.ack is None for s in morning.stands] == [True, False]
    with pytest.raises(UsageError, match="no trouble of 1021 has the cause"):
        memory.ack("1021", cause="path-limit", now=NOW)


def test_an_account_is_kept_quiet_beforehand_only_up_to_a_day(memory: Memory) -> None:
    with pytest.raises(UsageError, match="say until when"):
        memory.ack("1022", now=NOW)
    memory.ack("1022", until=NOW + timedelta(days=9), now=NOW)
    assert run(memory, DAY, finding("1022")).stands[0].ack is not None


def test_a_key_nobody_was_told_is_refused_and_the_open_ones_are_named(memory: Memory) -> None:
    run(memory, DAY, finding())
    with pytest.raises(UsageError, match="one of those open: 1021/lines-not-forwarded/2026-06-08"):
        memory.ack("1021/lines-not-forwarded/2026-06-07", now=NOW)


@pytest.mark.parametrize("what", ["1", "1021", "1021/lines-not-forwarded/2026-06-08"])
def test_it_can_be_taken_back(what: str, memory: Memory) -> None:
    run(memory, DAY, finding())
    memory.ack("1021", now=NOW)
    assert len(memory.remove(what)) == 1
    assert run(memory, after(1), finding()).stands[0].ack is None
    with pytest.raises(UsageError, match="nothing of"):
        memory.remove(what)


def test_what_is_long_past_is_forgotten(memory: Memory) -> None:
    run(memory, DAY, finding())
    run(memory, after(KEEP_DAYS + 1))
    with memory._transaction() as db:
        assert db.execute("SELECT day FROM mornings").fetchall() == [(after(KEEP_DAYS + 1).isoformat(),)]


def test_runs_at_once_lose_nothing(memory: Memory) -> None:
    run(memory, DAY, *(finding(str(n)) for n in range(8)))
    threads = [
        threading.Thread(target=lambda n=n: Memory(memory.path).ack(str(n), now=NOW)) for n in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(a.scope for a in memory.acks()) == [str(n) for n in range(8)]


def test_another_program_s_file_is_not_taken(tmp_path: Path) -> None:
    path = tmp_path / "mornings.sqlite"
    path.write_text("something else " * 100, encoding="utf-8")
    with pytest.raises(InputError, match="memory of earlier mornings"):
        Memory(path).acks()


def test_a_newer_version_s_file_is_left_alone(memory: Memory) -> None:
    with memory._transaction() as db:
        db.execute("PRAGMA user_version = 2")
    with pytest.raises(InputError, match="a newer calltrace made it"):
        Memory(memory.path).acks()


def test_a_full_disk_is_no_reason_to_forget_everything(memory: Memory, monkeypatch: pytest.MonkeyPatch) -> None:
    run(memory, DAY, finding())
    connect = sqlite3.connect

    def full(*args: Any, **kw: Any) -> sqlite3.Connection:
        db = connect(*args, **kw)
        (pages,) = db.execute("PRAGMA page_count").fetchone()
        db.execute(f"PRAGMA max_page_count = {pages}")
        return db

    monkeypatch.setattr(sqlite3, "connect", full)
    many = [finding(str(account), day=after(1)) for account in range(1000, 1100)]
    with pytest.raises(InputError, match=r"full.* Make room on its disk"):
        run(memory, after(1), *many)
    monkeypatch.undo()
    assert [t.scope for t in memory.troubles()] == ["1021"]


def test_a_file_that_another_run_holds_is_not_to_be_moved_away(memory: Memory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("calltrace.desk.acks.WAIT_S", 0.05)
    run(memory, DAY, finding())
    with contextlib.closing(sqlite3.connect(memory.path)) as db:
        db.execute("BEGIN EXCLUSIVE")
        with pytest.raises(InputError, match=r"locked.* Wait for the run that holds it"):
            memory.troubles()


FIRST = """
CREATE TABLE mornings (service TEXT NOT NULL, day TEXT NOT NULL, PRIMARY KEY (service, day));
CREATE TABLE told (
  service TEXT NOT NULL, day TEXT NOT NULL, chain TEXT NOT NULL, key TEXT NOT NULL, scope TEXT NOT NULL,
  cause TEXT NOT NULL, asked TEXT NOT NULL, severity TEXT NOT NULL, who TEXT NOT NULL, title TEXT NOT NULL,
  since TEXT NOT NULL, {more} mornings INTEGER NOT NULL, state TEXT NOT NULL, PRIMARY KEY (service, day, chain));
CREATE TABLE acks (
  number INTEGER PRIMARY KEY AUTOINCREMENT, service TEXT NOT NULL, scope TEXT NOT NULL, chain TEXT NOT NULL,
  cause TEXT NOT NULL, severity TEXT NOT NULL, until TEXT NOT NULL, note TEXT NOT NULL, made_by TEXT NOT NULL,
  made_at TEXT NOT NULL);
INSERT INTO mornings VALUES ('', '2026-06-08');
INSERT INTO told VALUES ('', '2026-06-08', '1021/lines-not-forwarded/2026-06-07', '1021/lines-not-forwarded/2026-06-08',
  '1021', 'lines-not-forwarded', 'silence', 'high', 'Client 1021', 'not forwarded', '2026-06-07T00:00:00+00:00',
  {values} 2, 'found');
INSERT INTO acks VALUES (1, '', '1021', '1021/lines-not-forwarded/2026-06-07', '', 'high', '', 'moving', 'dana',
  '2026-06-08T07:00:00+00:00');
PRAGMA user_version = 1;
"""
"""The file as the first calltraces made it, with a trouble that had been told and acknowledged."""


@pytest.mark.parametrize(
    ("more", "values"),
    [
        ("", ""),
        ("zone TEXT NOT NULL,", "'UTC',"),
        ("zone TEXT NOT NULL, ongoing INTEGER NOT NULL,", "'UTC', 1,"),
    ],
    ids=["first", "with zones", "with what goes on"],
)
def test_a_file_of_an_earlier_calltrace_is_brought_up_to_this_one(more: str, values: str, tmp_path: Path) -> None:
    path = tmp_path / "mornings.sqlite"
    with contextlib.closing(sqlite3.connect(path)) as db:
        db.executescript(FIRST.format(more=more, values=values))
    memory = Memory(path)
    assert [a.note for a in memory.acks()] == ["moving"]
    morning = run(memory, after(1), finding(day=after(1)), finding("1022", day=after(1)))
    assert states(morning) == ["going-on", "new"]
    quiet = morning.stands[0]
    assert (quiet.trouble.mornings, quiet.trouble.last, quiet.ack is not None) == (3, after(1), True)
    assert states(run(Memory(path), after(2), finding(day=after(2)))) == ["going-on"]


def test_the_file_is_its_owner_s(memory: Memory) -> None:
    memory.troubles()
    assert memory.path.stat().st_mode & 0o077 == 0


def test_the_order_of_findings_does_not_matter_to_their_stands(memory: Memory) -> None:
    run(memory, DAY, finding(), finding("1022"))
    both = [finding(day=after(1)), replace(finding("1022", day=after(1)), severity=Severity.CRITICAL)]
    one = followed(memory.left(after(1)), both, judged=(), whole=True).by_key
    other = followed(memory.left(after(1)), both[::-1], judged=(), whole=True).by_key
    assert one == other
