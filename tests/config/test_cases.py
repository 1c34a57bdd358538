"""What a configuration adds to a case, and how its sources are read."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from calltrace import config
from calltrace.config import settings
from calltrace.config.reader import of_text
from calltrace.errors import InputError, UsageError
from calltrace.intake import store
from calltrace.tables.case import Case
from calltrace.tables.coverage import coverage_spans

CALLS = """call_id,account,dnis,offered_at,outcome
1,,+12125550121,2026-06-05T09:00:00,answered
2,,+12125550121,2026-06-05T10:00:00,answered
3,1033,+12125550133,2026-06-06T10:00:00,abandoned
"""


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    folder = tmp_path / "logs"
    folder.mkdir()
    (folder / "calls.csv").write_text(CALLS)
    return folder


def settle(folder: Path, text: str) -> settings.Config:
    return of_text(text, folder / "config.toml")


def test_times_without_a_zone_are_in_the_configured_one_and_the_case_says_so(tmp_path: Path, logs: Path) -> None:
    case = config.load([logs], settle(tmp_path, '[service]\nzone = "America/Chicago"\n'))
    assert case.calls["offered_at"].iloc[0] == pd.Timestamp("2026-06-05T14:00Z")
    assert (case.zone, case.zone_from) == ("America/Chicago", "configuration")
    assert case.sources[0].zone_from == "configuration"


def test_the_command_line_goes_before_the_configured_zone(tmp_path: Path, logs: Path) -> None:
    case = config.load([logs], settle(tmp_path, '[service]\nzone = "America/Chicago"\n'), tz="UTC")
    assert case.calls["offered_at"].iloc[0] == pd.Timestamp("2026-06-05T09:00Z")
    assert case.zone_from == "option"


def test_a_configured_account_places_its_calls_and_their_times(tmp_path: Path, logs: Path) -> None:
    """Calls 1 and 2 go by the number they dialled: it is Polar's, whose zone is Denver's."""
    case = config.load(
        [logs],
        settle(
            tmp_path,
            """
[service]
zone = "UTC"
[accounts.1021]
name = "Polar"
numbers = ["212 555 0121"]
zone = "America/Denver"
""",
        ),
    )
    assert case.calls["account"].tolist() == ["1021", "1021", "1033"]
    assert case.calls["offered_at"].tolist() == [
        pd.Timestamp("2026-06-05T15:00Z"),
        pd.Timestamp("2026-06-05T16:00Z"),
        pd.Timestamp("2026-06-06T10:00Z"),
    ]
    (row,) = case.table("accounts").to_dict("records")
    assert (row["account"], row["numbers"], row["timezone"]) == ("1021", "+12125550121", "America/Denver")
    assert row["source_line"] == 4


def test_a_number_two_accounts_of_the_file_claim_is_nobodys(tmp_path: Path, logs: Path) -> None:
    (tmp_path / "clients.csv").write_text("account,name,numbers\n1021,Polar,+12125550121\n1022,Reef,+12125550121\n")
    case = config.load([logs], settle(tmp_path, '[accounts]\nfile = "clients.csv"\n[service]\nzone = "UTC"\n'))
    assert case.calls["account"].tolist() == ["+12125550121", "+12125550121", "1033"]


def test_inline_goes_before_the_file_and_the_file_before_the_logs(tmp_path: Path, logs: Path) -> None:
    (logs / "accounts.csv").write_text("account,name,path_limit,coverage\n1021,Log,2,24/7\n1033,Lakeside,2,\n")
    (tmp_path / "ours.csv").write_text("account,name,path_limit\n1021,File,3\n1044,New,\n")
    case = config.load(
        [logs], settle(tmp_path, '[accounts]\nfile = "ours.csv"\n[accounts.1021]\npath_limit = 4\n[service]\nzone="UTC"')
    )
    accounts = case.table("accounts").set_index("account")
    assert accounts["name"].to_dict() == {"1021": "File", "1033": "Lakeside", "1044": "New"}
    assert list(accounts.loc["1021", ["path_limit", "coverage"]]) == [4, "24/7"]
    assert accounts.loc["1033", "path_limit"] == 2


def test_thresholds_alone_make_no_account(tmp_path: Path, logs: Path) -> None:
    case = config.load([logs], settle(tmp_path, "[accounts.1021.thresholds]\nlong_ring_s = 5\n[service]\nzone='UTC'"))
    assert "accounts" not in case.tables


def test_a_file_that_holds_no_accounts_is_refused(tmp_path: Path, logs: Path) -> None:
    with pytest.raises(InputError, match=r"\[accounts\] file .*calls.csv is no table of accounts \(it holds calls\)"):
        config.load([logs], settle(tmp_path, '[accounts]\nfile = "logs/calls.csv"'))


def test_the_configuration_stands_among_the_sources_once(tmp_path: Path, logs: Path) -> None:
    settled = settle(tmp_path, '[service]\nzone = "UTC"\n[accounts.1021]\nname = "Polar"\n')
    case = config.load([logs], settled)
    (own,) = [s for s in case.sources if s.format == "configuration"]
    assert own.path == str(tmp_path / "config.toml")
    assert own.notes == ("zone UTC", "1 account")
    assert config.apply(case, settled) is case
    assert config.apply(case, settings.Config()) is case


@pytest.mark.usefixtures("logs")
def test_without_a_path_the_sources_are_read_each_as_it_says(tmp_path: Path) -> None:
    """The first switch's clock is the service's, the second's is UTC."""
    other = tmp_path / "other.csv"
    other.write_text("call_id,offered_at,outcome\n9,2026-06-07T10:00:00,answered\n")
    case = config.load(
        config=settle(
            tmp_path,
            """
[service]
zone = "America/New_York"
[[sources]]
path = "logs"
[[sources]]
path = "other.csv"
zone = "UTC"
""",
        )
    )
    at = dict(zip(case.calls["call_id"], case.calls["offered_at"], strict=True))
    assert at["1"] == pd.Timestamp("2026-06-05T13:00Z")
    assert at["9"] == pd.Timestamp("2026-06-07T10:00Z")
    assert [s.zone for s in case.sources if s.table == "calls"] == ["America/New_York", "UTC"]


def test_a_sources_own_zone_is_its_switchs_clock_whatever_zones_its_accounts_are_in(tmp_path: Path) -> None:
    """A switch that writes UTC serves an account in Denver: its 10:00 is 10:00 UTC; the other switch's is Denver's."""
    head = "call_id,account,offered_at,outcome\n"
    (tmp_path / "a.csv").write_text(head + "1,1021,2026-06-07T10:00:00,answered\n")
    (tmp_path / "b.csv").write_text(head + "2,1021,2026-06-07T10:00:00,answered\n")
    said = """
[service]
zone = "America/New_York"
[accounts.1021]
zone = "America/Denver"
[[sources]]
path = "a.csv"
[[sources]]
path = "b.csv"
zone = "UTC"
"""
    case = config.load(config=settle(tmp_path, said))
    at = dict(zip(case.calls["call_id"], case.calls["offered_at"], strict=True))
    assert at["1"] == pd.Timestamp("2026-06-07T16:00Z")
    assert at["2"] == pd.Timestamp("2026-06-07T10:00Z")
    assert [(s.zone, s.zone_from) for s in case.sources if s.table == "calls"] == [
        ("America/Denver", "account"), ("UTC", "configuration"),
    ]


def test_a_sources_path_may_stand_for_several_files(tmp_path: Path, logs: Path) -> None:
    (logs / "calls-2.csv").write_text(CALLS.replace("\n1,", "\n7,").replace("\n2,", "\n8,").replace("\n3,", "\n9,"))
    (logs / "other.txt").write_text("no log")
    settled = settle(tmp_path, '[service]\nzone = "UTC"\n[[sources]]\npath = "logs/calls*.csv"\n')
    case = config.load(config=settled)
    assert len(case.calls) == 6
    assert [s.path.rpartition("/")[2] for s in case.sources if s.table == "calls"] == ["calls-2.csv", "calls.csv"]
    with pytest.raises(InputError, match="no file is of that name"):
        config.load(config=settle(tmp_path, '[[sources]]\npath = "logs/gone*.csv"\n'))


def test_nothing_to_read_is_said(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"PATH, or \[\[sources\]\]"):
        config.load(config=settle(tmp_path, ""))


@pytest.mark.usefixtures("logs")
def test_a_format_that_is_said_is_held_to(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="a file that is not mitel-smdr, but generic"):
        config.load(config=settle(tmp_path, '[[sources]]\npath = "logs"\nformat = "mitel-smdr"\n'))
    case = config.load(config=settle(tmp_path, '[[sources]]\npath = "logs"\nformat = "generic"\n[service]\nzone = "UTC"\n'))
    assert len(case.calls) == 3


ACME = """
table = "calls"
columns = ["Nr", "When", "End"]
zone = "UTC"
[fill.call_id]
from = "Nr"
[fill.offered_at]
from = "When"
form = "iso"
[fill.outcome]
from = "End"
words = { "ok" = "answered" }
"""


@pytest.fixture
def acme(tmp_path: Path) -> Path:
    file = tmp_path / "acme_june.csv"
    file.write_text("Nr,When,End\n1,2026-06-05 09:00:00,ok\n2,2026-06-05 10:00:00,ok\n")
    return file


def test_a_mapping_is_used_for_files_of_its_name(tmp_path: Path, acme: Path, logs: Path) -> None:
    inline = ACME.replace("[fill.", "[mappings.acme.fill.")
    settled = settle(tmp_path, f'[mappings.acme]\nmatch = ["acme_*.csv"]\n{inline}')
    case = config.load([acme, logs], settled, tz="UTC")
    assert [(s.format, s.calls) for s in case.sources[:2]] == [("mapped", 2), ("generic", 3)]
    renamed = acme.rename(tmp_path / "other.csv")
    with pytest.raises(InputError):
        config.load([renamed], settled)
    assert len(config.load([renamed], settled, mapping="acme").calls) == 2


def test_a_mapping_may_lie_in_a_file_and_a_source_name_it(tmp_path: Path, acme: Path) -> None:
    (tmp_path / "acme.toml").write_text(ACME)
    for mapping, more in (("acme", '[mappings.acme]\nfile = "acme.toml"\n'), ("acme.toml", "")):
        settled = settle(tmp_path, f'[[sources]]\npath = "{acme.name}"\nmapping = "{mapping}"\n{more}')
        assert len(config.load(config=settled).calls) == 2


def test_holidays_are_days_of_the_service_or_of_the_accounts_named(tmp_path: Path, logs: Path) -> None:
    """Juneteenth 2026 is a Friday; the calls end on the sixth, and holidays are laid out a week beyond."""
    (logs / "calls.csv").write_text(CALLS + "4,1033,+12125550133,2026-06-18T10:00:00,answered\n")
    case = config.load(
        [logs],
        settle(
            tmp_path,
            """
[service]
zone = "America/New_York"
[[holidays]]
country = "US"
[[holidays]]
country = "US"
accounts = ["1033"]
[accounts.1033]
zone = "America/Los_Angeles"
""",
        ),
    )
    events = case.table("events")
    assert events[["kind", "scope", "note"]].agg(" ".join, axis=1).tolist() == [
        "holiday region Juneteenth National Independence Day",
        "holiday account Juneteenth National Independence Day",
    ]
    assert events["target"].tolist()[1] == "1033"
    assert events["starts_at"].tolist() == [pd.Timestamp("2026-06-19T04:00Z"), pd.Timestamp("2026-06-19T07:00Z")]
    assert events["ends_at"].tolist() == [pd.Timestamp("2026-06-20T04:00Z"), pd.Timestamp("2026-06-20T07:00Z")]
    assert events["source_line"].tolist() == [4, 6]


def test_events_join_those_of_the_logs_each_once(tmp_path: Path, logs: Path) -> None:
    (logs / "events.csv").write_text(
        "starts_at,ends_at,kind,scope,target,note\n"
        "2026-06-04T00:00:00Z,2026-06-05T00:00:00Z,closure,account,1021,Closed\n"
    )
    (tmp_path / "closed.ics").write_text(
        "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:x\nBEGIN:VEVENT\nUID:1\nDTSTART;VALUE=DATE:20260604\nSUMMARY:Closed\n"
        "RRULE:FREQ=DAILY;COUNT=2\nEND:VEVENT\nEND:VCALENDAR\n"
    )
    case = config.load([logs], settle(tmp_path, '[service]\nzone = "UTC"\n[[calendars]]\nfile = "closed.ics"\naccount = "1021"'))
    events = case.table("events")
    assert events["starts_at"].dt.day.tolist() == [4, 5]
    assert events["kind"].tolist() == ["closure", "closure"]
    assert [str(f).rpartition("/")[2] for f in events["source_file"]] == ["events.csv", "closed.ics"]


def test_events_of_an_account_that_stands_nowhere_are_noted(tmp_path: Path, logs: Path) -> None:
    (logs / "accounts.csv").write_text("account,name\n1021,Polar\n1033,Iris\n")
    (tmp_path / "closed.ics").write_text("BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:x\nEND:VCALENDAR\n")
    case = config.load([logs], settle(tmp_path, """
[service]
zone = "UTC"
[[calendars]]
file = "closed.ics"
account = "1021"
[[calendars]]
file = "closed.ics"
account = "1012"
[[holidays]]
country = "US"
accounts = ["1033", "103"]
"""))
    strange = [p for p in case.problems if p.kind == "unknown-account"]
    assert [(p.saw, p.at.line, p.effect) for p in strange] == [
        ("[[calendars]] account '1012'", 7, "noted"), ("[[holidays]] account '103'", 10, "noted")]


def test_only_the_logs_are_wanted_for_converting(tmp_path: Path, logs: Path) -> None:
    settled = settle(tmp_path, '[service]\nzone = "UTC"\n[accounts.1021]\nname = "P"\n[[holidays]]\ncountry = "US"\n')
    case = config.load([logs], settled, only=True)
    assert set(case.tables) == {"calls"}


def test_a_store_that_is_filled_is_read_in_place_of_the_sources(tmp_path: Path, logs: Path) -> None:
    text = '[service]\nzone = "UTC"\n[[sources]]\npath = "logs"\n[store]\npath = "kept"\n[accounts.1033]\nname = "Lake"\n'
    settled = settle(tmp_path, text)
    assert config.load(config=settled).sources[0].path.endswith("calls.csv")
    store.Store.open(tmp_path / "kept", create=True).import_([str(logs)], tz="UTC")
    (logs / "calls.csv").unlink()
    case = config.load(config=settled)
    assert len(case.calls) == 3
    assert case.table("accounts")["name"].tolist() == ["Lake"]


@pytest.fixture
def half_a_year(tmp_path: Path) -> str:
    """A store with a call a day of account 1021 from January to July, and of 1099 in January alone."""
    days = pd.date_range("2026-01-01T09:00Z", "2026-07-31T09:00Z")
    rows = [f"{n},1021,+12125550121,{at.isoformat()},answered" for n, at in enumerate(days)]
    rows += [f"x{n},1099,+12125550199,{at.isoformat()},answered" for n, at in enumerate(days[:31])]
    (tmp_path / "calls.csv").write_text("\n".join([CALLS.splitlines()[0], *rows, ""]))
    kept = tmp_path / "kept"
    store.Store.open(kept, create=True).import_([str(tmp_path / "calls.csv")], tz="UTC")
    return str(kept)


def test_of_a_store_the_last_week_is_read_with_what_it_is_held_against_where_no_time_is_said(half_a_year: str) -> None:
    assert len(config.load([half_a_year]).calls) == 243
    read = config.load([half_a_year], lately=True, account="1021").calls["offered_at"]
    assert read.iloc[[0, -1]].tolist() == [pd.Timestamp("2026-04-15T09:00Z"), pd.Timestamp("2026-07-31T09:00Z")]
    then = config.load([half_a_year], lately=True, now="2026-06-30 09:00", account="1021").calls["offered_at"]
    assert then.iloc[0] == pd.Timestamp("2026-03-15T09:00Z")


def test_of_a_store_all_is_read_of_an_account_without_a_call_at_the_time_asked_about(half_a_year: str) -> None:
    assert len(config.load([half_a_year], lately=True, account="1099").calls) == 243
    assert len(config.load([half_a_year], start="2026-07-20", account="1099").calls) == 243
    assert len(config.load([half_a_year], lately=True, account="1098").calls) == 108  # nobody's


def test_a_passwords_place_is_asked_only_when_the_source_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PBX_PASSWORD", raising=False)
    settled = settle(tmp_path, '[[sources]]\npath = "postgresql://reader@nowhere.invalid/cdr"\npassword_env = "PBX_PASSWORD"\n')
    with pytest.raises(InputError, match=r"\[\[sources\]\] .* password_env names PBX_PASSWORD, which is not set"):
        config.load(config=settled)


def test_a_verdict_is_the_configured_profiles(tmp_path: Path) -> None:
    settled = settle(tmp_path, "[thresholds]\nlong_ring_s = 7\n")
    assert settled.profile is not None
    assert settled.profile.source("long_ring_s") == "set in the profile configuration"


def test_a_case_without_calls_lays_out_no_days(tmp_path: Path) -> None:
    settled = settle(tmp_path, '[[holidays]]\ncountry = "US"\n')
    assert "events" not in config.apply(Case({}), settled).tables


def test_public_holidays_are_what_PH_stands_for_in_coverage(tmp_path: Path, logs: Path) -> None:  # noqa: N802
    """New Year's Day and the day the nation was born, which 2026 has on a Saturday, kept on Friday the third."""
    (logs / "calls.csv").write_text(CALLS + "4,1021,+12125550121,2026-07-10T10:00:00,answered\n")
    case = config.load([logs], settle(tmp_path, '[service]\nzone = "America/New_York"\n[[holidays]]\ncountry = "US"\n'))
    days = case.holidays("1021", "America/New_York")
    assert [d.isoformat() for d in sorted(days)] == ["2026-06-19", "2026-07-03", "2026-07-04"]
    start, end = pd.Timestamp("2026-07-02T04:00Z"), pd.Timestamp("2026-07-04T04:00Z")
    spans = coverage_spans("Mo-Fr 17:00-24:00; PH 00:00-24:00", "America/New_York", start, end, days)
    assert spans == [(pd.Timestamp("2026-07-02T21:00Z"), pd.Timestamp("2026-07-04T04:00Z"))]
    off = coverage_spans("Mo-Fr 17:00-24:00; Sa,PH off", "America/New_York", start, end, days)
    assert off == [(pd.Timestamp("2026-07-02T21:00Z"), pd.Timestamp("2026-07-03T04:00Z"))]
    without = coverage_spans("Mo-Fr 17:00-24:00; PH off", "America/New_York", start, end)
    assert len(without) == 2
