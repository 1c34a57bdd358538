"""``calltrace daily`` and ``calltrace ack``: quiet where nothing is wrong, and never quiet where nothing can be said."""

from __future__ import annotations

import email
import errno
import gzip
import json
import os
import re
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from email import policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from click.testing import CliRunner, Result

from calltrace.cli.main import main
from calltrace.desk import daily as daily_module
from calltrace.desk.acks import Memory
from calltrace.desk.ledger.ledger import Ledger
from calltrace.diagnosis.audit.findings import Audit, Finding, Severity, Standing, Status
from calltrace.errors import InputError
from calltrace.intake.load import load
from calltrace.report.mail import post
from calltrace.tables.case import Case
from report import postbox

DAY = "2026-06-28"
MORNING = "2026-06-29 06:00"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A state folder of the test's own, no configuration, and nobody's mail server."""
    folder = tmp_path / "state"
    for name in ("CALLTRACE_SMTP_URL", "CALLTRACE_SMTP_PASSWORD", "CALLTRACE_SMTP_PASSWORD_FILE", "CALLTRACE_EMAIL_FROM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("CALLTRACE_STATE_DIR", str(folder))
    monkeypatch.setenv("CALLTRACE_CONFIG", "")
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setattr(post, "WAITS_S", (0.0, 0.0))
    return folder


def logs(folder: Path, *, until: str, days: int = 28, silent: str = "") -> Path:
    """Two clients' calls, one every twenty minutes, up to a time; the first silent on one day."""
    end = pd.Timestamp(until, tz="UTC")
    start = pd.Timestamp(MORNING, tz="UTC").normalize() - pd.Timedelta(days=days)
    rows = []
    for account in ("1021", "1022"):
        for number, at in enumerate(pd.date_range(start, end, freq="20min", inclusive="left")):
            late = at + pd.Timedelta(seconds=(number * 37) % 600)
            if not (account == "1021" and f"{at:%Y-%m-%d}" == silent) and late < end:
                outcome = "abandoned" if number % 25 == 0 else "answered"
                rows.append(
                    f"{account}-{number},{account},+1212555{account},TG1,+12125550100,A1,{late.isoformat()},4,0,0,60,{outcome}"
                )
    header = "call_id,account,dnis,trunk_group,ani,agent,offered_at,ring_s,queue_s,hold_s,talk_s,outcome"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "calls.csv").write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return folder


def run(*args: str) -> Result:
    return CliRunner().invoke(main, ["daily", *args, "--tz", "UTC"])


# --- the whole way ------------------------------------------------------------------------------------------


def test_a_clean_day_says_nothing(tmp_path: Path, home: Path) -> None:
    result = run(str(logs(tmp_path / "logs", until=MORNING)), "--now", MORNING)
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "")
    assert f" daily exit=0 day={DAY} findings=0 " in (home / "calltrace.log").read_text(encoding="utf-8")


def test_a_clean_day_with_something_overdue_in_the_ledger_says_so(tmp_path: Path, home: Path) -> None:
    at = pd.Timestamp(MORNING, tz="UTC").to_pydatetime()
    with Ledger(str(home / "ledger.sqlite3")) as ledger:
        case = ledger.open_case("1021", by="dana", now=at, name="Polar Refrigeration")
        ledger.promise(case, "call back", at - pd.Timedelta(hours=2), by="dana", now=at)
        ledger.promise(case, "next week", at + pd.Timedelta(days=7), by="dana", now=at)
    mail = tmp_path / "morning.eml"
    result = run(str(logs(tmp_path / "logs", until=MORNING)), "--now", MORNING, "--email-to-file", str(mail))
    assert result.exit_code == 0  # nothing is wrong with the calls
    assert "Overdue: C-0001/2 Polar Refrigeration (1021): promise (dana)" in result.stdout
    assert "next week" not in result.stdout
    sent = email.message_from_bytes(mail.read_bytes(), policy=policy.default)
    assert isinstance(sent, EmailMessage)
    assert "1 overdue in the ledger" in sent["Subject"]
    assert " overdue=1 " in (home / "calltrace.log").read_text(encoding="utf-8")


def test_a_silent_client_is_told_with_exit_1(tmp_path: Path) -> None:
    result = run(str(logs(tmp_path / "logs", until=MORNING, silent=DAY)), "--now", MORNING, "--format", "json")
    assert result.exit_code == 1, result.output
    told = json.loads(result.stdout)
    assert (told["schema"], told["command"], told["day"]) == ("calltrace.report/1", "daily", DAY)
    assert [(f["account"], f["standing"]["state"]) for f in told["findings"]] == [("1021", "new")]
    assert result.stderr == ""


def test_records_that_stopped_are_no_clean_day(tmp_path: Path) -> None:
    result = run(str(logs(tmp_path / "logs", until=f"{DAY} 09:00")), "--now", MORNING)
    assert result.exit_code == 3
    said = "No call on record after "
    assert said in result.stdout
    assert result.stderr.startswith(f"Error: {said}")


def test_records_of_last_month_are_no_clean_day(tmp_path: Path) -> None:
    result = run(str(logs(tmp_path / "logs", until="2026-06-20 09:00")), "--now", MORNING)
    assert (result.exit_code, result.stdout) == (3, "")
    assert "the last call on record is of 2026-06-20 08:49, before 2026-06-28 began" in result.stderr


@pytest.mark.parametrize("form", ["terminal", "json", "html", "markdown", "csv", "parquet", "pdf"])
def test_a_day_that_can_not_be_audited_leaves_no_report_of_another_day(form: str, tmp_path: Path) -> None:
    file = tmp_path / "today"
    file.write_text("of yesterday", encoding="utf-8")
    folder = str(logs(tmp_path / "logs", until="2026-06-20 09:00", days=12))
    result = run(folder, "--now", MORNING, "--format", form, "-o", str(file))
    assert (result.exit_code, result.stdout) == (3, "")
    assert file.read_bytes() != b"of yesterday"
    if form in {"terminal", "markdown", "html"}:
        assert "last call on record is of 2026-06-20 08:" in re.sub(r"[\s\\]+", " ", file.read_text(encoding="utf-8"))
    printed = run(folder, "--now", MORNING, "--format", "json")
    assert printed.exit_code == 3
    told = json.loads(printed.stdout)
    assert (told["command"], told["day"], told["findings"]) == ("daily", DAY, [])
    assert told["dark"][0].startswith("the last call on record is of 2026-06-20 08:49, before 2026-06-28 began")


# --- with findings of the test's own ------------------------------------------------------------------------


NEVER_RANG = "+12125550198"
"""A number none of the log's calls is to."""


def finding(account: str = "1021", *, day: str = DAY, severity: Severity = Severity.HIGH, cause: str = "number-down") -> Finding:
    start = pd.Timestamp(day, tz="UTC")
    return Finding(
        key=f"{account}/{cause}/{day}", account=account, name=f"Client {account}", trunk_group=None, cause=cause,
        title="its number was down", party="carrier", confidence=0.97, wording="confirmed", severity=severity,
        check="silence", start=start, end=start + pd.Timedelta(hours=9), zone="UTC", lost=20.0, harmed=0.0, score=6.0,
        summary=f"Client {account}: its number was down.", next_steps=("Call the carrier.",), ongoing=True,
        data={"number": NEVER_RANG},
    )  # fmt: skip


Finds = Callable[..., None]


@pytest.fixture
def finds(monkeypatch: pytest.MonkeyPatch) -> Finds:
    """What the audit finds from now on."""
    found: list[Finding] = []

    def audit_case(case: Case, *, start: pd.Timestamp, end: pd.Timestamp, **_: Any) -> Audit:
        standings = tuple(
            Standing(a, a, Status.FINDING if a in {f.account for f in found} else Status.CLEAR, "", 72, 70, 2, 72.0)
            for a in ("1021", "1022")
        )
        heat = pd.DataFrame(columns=["account", "start", "expected", "arrived", "answered", "harmed"])
        return Audit(
            start=start, end=end, zone="UTC", case=case, checks=("silence",), fdr=0.1, feed=(), findings=tuple(found),
            standings=standings, heat=heat,
        )  # fmt: skip

    monkeypatch.setattr(daily_module, "audit_case", audit_case)

    def set_(*findings: Finding) -> None:
        found[:] = findings

    return set_


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return logs(tmp_path / "logs", until="2026-07-05 00:00", days=3)


def morning(folder: Path, day: int, *more: str) -> Result:
    """The run of the morning after that day of June."""
    after = pd.Timestamp("2026-06-01") + pd.Timedelta(days=day)
    return run(str(folder), "--now", f"{after:%Y-%m-%d} 06:00", *more)


def test_what_goes_on_is_told_as_going_on_and_not_as_new(folder: Path, finds: Finds) -> None:
    finds(finding())
    assert "New: its number was down." in morning(folder, 28).stdout
    finds(finding(day="2026-06-29"), finding("1022", day="2026-06-29"))
    result = morning(folder, 29)
    assert "Going on since Sun 28 Jun, 2nd morning: its number was down." in result.stdout
    assert result.stdout.count("New: ") == 1
    assert result.exit_code == 1


def test_the_worst_comes_first_and_what_is_news_is_the_subject(
    folder: Path, finds: Finds, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A log that leaves calls out is told every morning; what a client lost last night is what the mail is read for."""
    hides = replace(finding(severity=Severity.MEDIUM, cause="log-hides-unanswered"), account=None, check="feed",
                    title="the log seems to leave out unanswered calls", confidence=0.99, lost=0.0)
    audited = vars(daily_module)["audit_case"]
    monkeypatch.setattr(daily_module, "audit_case", lambda *a, **k: replace(audited(*a, **k), feed=(hides,)))

    def told(day: int, *found: Finding) -> tuple[list[str], str]:
        finds(*found)
        mail = tmp_path / "morning.eml"
        result = morning(folder, day, "--format", "json", "--email-to-file", str(mail))
        subject = email.message_from_bytes(mail.read_bytes(), policy=policy.default)["Subject"]
        return [f"{f['account'] or f['cause']} {f['standing']['state']}" for f in json.loads(result.stdout)["findings"]], subject

    low, high = Severity.LOW, Severity.HIGH
    order, subject = told(28, finding("1021", severity=low))
    assert order == ["log-hides-unanswered new", "1021 new"]
    assert "1 medium, 1 low – Client 1021 since Sun 00:00: its number was down (97 %) and 1 more" in subject
    order, subject = told(29, finding("1021", day="2026-06-29", severity=low), finding("1022", day="2026-06-29", severity=low))
    assert order == ["log-hides-unanswered going-on", "1022 new", "1021 going-on"]
    assert "1 medium, 2 low (1 new) – Client 1022 since Mon 00:00: " in subject
    order, subject = told(30, finding("1021", day="2026-06-30", severity=high), finding("1022", day="2026-06-30", severity=low))
    assert order == ["1021 worse", "log-hides-unanswered going-on", "1022 going-on"]
    assert "1 high, 1 medium, 1 low (1 new) – Client 1021 since Sun 28 Jun: " in subject


def test_the_same_morning_again_is_the_same_report(folder: Path, finds: Finds) -> None:
    finds(finding())
    assert morning(folder, 28).stdout == morning(folder, 28).stdout


def test_an_acknowledged_finding_stays_quiet_and_is_counted_beside_others(folder: Path, finds: Finds) -> None:
    finds(finding())
    morning(folder, 28)
    known = CliRunner().invoke(main, ["ack", "1021", "--note", "carrier is on it", "--by", "dana", "--tz", "UTC"])
    assert known.exit_code == 0, known.output
    assert "acknowledged: 1021/number-down/2026-06-28" in known.stdout
    finds(finding(day="2026-06-29"))
    quiet = morning(folder, 29)
    assert (quiet.exit_code, quiet.stdout) == (0, "")
    finds(finding(day="2026-06-30"), finding("1022", day="2026-06-30"))
    loud = morning(folder, 30)
    assert loud.exit_code == 1
    assert "1 acknowledged: Client 1021: its number was down (dana: carrier is on it)." in " ".join(loud.stdout.split())


def test_an_acknowledged_finding_that_gets_worse_is_told(folder: Path, finds: Finds) -> None:
    finds(finding())
    morning(folder, 28)
    CliRunner().invoke(main, ["ack", "1021"])
    finds(finding(day="2026-06-29", severity=Severity.CRITICAL))
    result = morning(folder, 29)
    assert result.exit_code == 1
    assert "Worse than before (high), going on since Sun 28 Jun, 2nd morning" in " ".join(result.stdout.split())


def test_what_is_remembered_accuses_no_surer_than_it_was_found(folder: Path, finds: Finds) -> None:
    """Whose fault it most likely was is no fact on the next morning, nor in the list of what is open."""
    def likely(day: int) -> Finding:
        said = "Client 1021: most likely its number was down."
        return replace(finding(day=f"2026-06-{day}"), wording="likely", confidence=0.7, summary=said)

    finds(likely(28), finding("1022"))
    morning(folder, 28)
    assert "Client 1021 (1021): most likely its number was down, since" in CliRunner().invoke(main, ["ack", "--list"]).stdout
    CliRunner().invoke(main, ["ack", "1021"])
    finds(likely(29), finding("1022", day="2026-06-29"))
    known = " ".join(morning(folder, 29).stdout.split())
    assert "1 acknowledged: Client 1021: most likely its number was down (" in known
    CliRunner().invoke(main, ["ack", "--remove", "1021"])
    finds(finding("1022", day="2026-06-30"))
    over = " ".join(morning(folder, 30).stdout.split())
    assert "Ended: Client 1021: most likely its number was down, since" in over


def test_what_ended_is_told_once_beside_other_findings(folder: Path, finds: Finds) -> None:
    finds(finding())
    morning(folder, 28)
    finds(finding("1022", day="2026-06-29"))
    assert "Ended: Client 1021: its number was down, since Sun 28 Jun" in morning(folder, 29).stdout
    finds(finding("1022", day="2026-06-30"))
    assert "Ended" not in morning(folder, 30).stdout


def test_an_end_says_what_it_cost_in_all(folder: Path, finds: Finds) -> None:
    finds(finding(), replace(finding("1022"), check="hold", lost=0.0, harmed=1.0))
    morning(folder, 28)
    finds(replace(finding("1022", day="2026-06-29"), check="hold", lost=0.0, harmed=6.0))
    first = " ".join(morning(folder, 29).stdout.split())
    assert "Ended: Client 1021: its number was down, since Sun 28 Jun, found on 1 morning, 20 calls lost" in first
    finds(finding("1021", day="2026-06-30"))
    second = json.loads(morning(folder, 30, "--format", "json").stdout)
    assert [(e["who"], e["cost"]) for e in second["ended"]] == [("Client 1022", "7 calls harmed")]


def test_what_the_day_saw_the_end_of_is_told_as_over(folder: Path, finds: Finds, home: Path) -> None:
    finds(finding())
    morning(folder, 28)
    finds(replace(finding(day="2026-06-29"), ongoing=False))
    result = morning(folder, 29)
    assert "Over, went on since Sun 28 Jun, 2nd morning: its number was down." in " ".join(result.stdout.split())
    assert " findings=1 new=0 acknowledged=0 ended=1 " in (home / "calltrace.log").read_text().splitlines()[-1]
    finds()
    assert (morning(folder, 30).exit_code, morning(folder, 30).stdout) == (0, "")
    # worse as well as over
    finds(finding("1022"))
    morning(folder, 28)
    finds(replace(finding("1022", day="2026-06-29", severity=Severity.CRITICAL), ongoing=False))
    worse = " ".join(morning(folder, 29).stdout.split())
    assert "Worse than before (high), over, went on since Sun 28 Jun, 2nd morning" in worse


def test_a_number_that_rang_again_before_the_morning_is_told_as_over(folder: Path, finds: Finds) -> None:
    rings = load(folder).calls_of("1021")["dnis"].iloc[0]
    finds(replace(finding(), data={"number": rings}), finding("1022"))
    told = json.loads(morning(folder, 28, "--format", "json").stdout)["findings"]
    assert {f["account"]: f["ongoing"] for f in told} == {"1021": False, "1022": True}
    # of one that names no number all of the account's must ring again
    finds(replace(finding(), data={}))
    assert not json.loads(morning(folder, 28, "--format", "json").stdout)["findings"][0]["ongoing"]


def without_calls(audit: Audit) -> Audit:
    """The same audit of a day on which no account had a call."""
    return replace(audit, standings=tuple(replace(s, offered=0, answered=0, abandoned=0) for s in audit.standings))


def test_what_is_right_too_seldom_is_counted_and_not_told(
    folder: Path, finds: Finds, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Unless it was told before, nobody can miss it, or it is sure that calls were lost and open only why."""
    weak, audited = replace(finding(), confidence=0.2), vars(daily_module)["audit_case"]
    finds(weak)
    result = morning(folder, 28)
    assert (result.exit_code, result.stdout) == (0, "")
    assert " findings=0 new=0 acknowledged=0 ended=0 doubtful=1 " in (home / "calltrace.log").read_text().splitlines()[-1]
    finds(weak, finding("1022"))
    told = json.loads(morning(folder, 28, "--format", "json").stdout)
    assert ([f["account"] for f in told["findings"]], told["doubtful"]) == (["1022"], 1)
    assert told["notes"][0] == (
        "1 finding not told, right less than once in four: calltrace audit --from 2026-06-28 --to 2026-06-28")
    assert {a["account"]: a["status"] for a in told["accounts"]} == {"1021": "unjudged", "1022": "finding"}
    finds(replace(weak, check="busy"), finding("1022"))  # of other doubts what nobody tells is clear, and said beside
    assert json.loads(morning(folder, 28, "--format", "json").stdout)["accounts"][0]["status"] == "clear"
    finds(weak, finding("1022"))
    monkeypatch.setattr(daily_module, "audit_case", lambda *a, **k: without_calls(audited(*a, **k)))
    told = json.loads(morning(folder, 28, "--format", "json").stdout)
    assert (told["accounts"][0]["status"], told["accounts"][0]["why"][:27]) == ("unjudged", "no call, where 72 are usual")
    monkeypatch.setattr(daily_module, "audit_case", audited)
    # what was told goes on
    finds(replace(finding("1022", day="2026-06-29"), confidence=0.2))
    assert "Going on since Sun 28 Jun" in morning(folder, 29).stdout
    finds(replace(weak, real=0.7))
    assert morning(folder, 28).exit_code == 0
    for lasting in (replace(weak, real=0.8), replace(weak, check="outage"), replace(weak, check="dispatch")):
        finds(lasting)
        assert morning(folder, 28).exit_code == 1


def test_only_what_is_bad_enough_is_told(folder: Path, finds: Finds) -> None:
    finds(finding(severity=Severity.LOW))
    result = morning(folder, 28, "--fail-on", "high")
    assert (result.exit_code, result.stdout) == (0, "")
    assert morning(folder, 28, "--exit-zero").exit_code == 0


def test_a_torn_file_beside_good_ones_is_no_clean_day(folder: Path, finds: Finds) -> None:
    finds()
    whole = (folder / "calls.csv").read_bytes()
    (folder / "more.csv.gz").write_bytes(gzip.compress(whole)[:2000])
    result = morning(folder, 28)
    assert result.exit_code == 3
    assert "Not read, or not whole: " in result.stderr
    assert "more.csv.gz" in result.stderr


def test_records_exported_twice_are_a_clean_day(folder: Path, finds: Finds) -> None:
    finds()
    (folder / "again.csv").write_bytes((folder / "calls.csv").read_bytes())
    assert morning(folder, 28).exit_code == 0


def test_a_log_with_many_bad_rows_is_no_clean_day(folder: Path, finds: Finds) -> None:
    finds()
    good = (folder / "calls.csv").read_text(encoding="utf-8").splitlines()
    bad = [line.replace("2026-", "20x6-") if number % 10 == 1 else line for number, line in enumerate(good)]
    (folder / "calls.csv").write_text("\n".join(bad) + "\n", encoding="utf-8")
    result = morning(folder, 28)
    assert result.exit_code == 3
    assert "rows of the call log could not be read" in result.stderr


@pytest.mark.parametrize(("torn", "code"), [(DAY, 3), ("2026-06-20", 0)], ids=["yesterday", "eight-days-ago"])
def test_rows_torn_are_held_against_those_of_the_day(folder: Path, finds: Finds, torn: str, code: int) -> None:
    """One in six of a day's rows, one in two hundred of the log's."""
    finds()
    rows = (folder / "calls.csv").read_text(encoding="utf-8").splitlines()
    of_day = [n for n, row in enumerate(rows) if f",{torn}T" in row]
    for n in of_day[::6]:
        rows[n] = rows[n][:30]
    (folder / "calls.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    result = morning(folder, 28)
    assert result.exit_code == code, result.output
    told = f"about {len(of_day[::6])} of that day's {len(of_day)} rows of the call log could not be read, by where they lie"
    assert (told in result.stderr) == (code == 3)


def test_a_damaged_file_of_long_ago_is_told_for_four_weeks_and_not_for_ever(folder: Path, finds: Finds) -> None:
    finds()
    header, *rows = (folder / "calls.csv").read_text(encoding="utf-8").splitlines()
    for month, code in (("05-30", 0), ("06-05", 3)):
        old = [re.sub(r"2026-0[67]-\d\d", f"2026-{month}", f"old-{row}") for row in rows[:60]]
        old[::10] = [row.replace("2026-", "20x6-") for row in old[::10]]
        (folder / "old.csv").write_text("\n".join([header, *old]) + "\n", encoding="utf-8")
        result = morning(folder, 28)
        assert (result.exit_code, "old.csv" in result.stderr) == (code, code == 3), result.stderr


def test_the_first_days_of_a_log_are_no_clean_days(tmp_path: Path) -> None:
    made = str(logs(tmp_path / "logs", until=MORNING, days=2))
    result = run(made, "--now", MORNING)
    assert result.exit_code == 3
    assert "The calls on record begin 2026-06-27 00:00: that is too little to know what is usual" in result.stderr


def test_a_day_before_the_store_s_calls_names_when_they_are(tmp_path: Path) -> None:
    made, kept = logs(tmp_path / "logs", until=MORNING, days=3), str(tmp_path / "store")
    assert CliRunner().invoke(main, ["import", str(made), "--store", kept, "--tz", "UTC"]).exit_code == 0
    result = run(kept, "--day", "2025-01-01", "--now", MORNING)
    assert (result.exit_code, result.stdout) == (3, "")
    assert "the store holds no call of that time: its calls are of 2026-06-26 00:00 to 2026-06-29 05:" in result.stderr
    wrong = run(kept, "--day", "2026-13-01")
    assert (wrong.exit_code, wrong.stderr[:30]) == (2, "Error: --day is '2026-13-01'; "[:30])


def test_a_call_log_that_may_not_be_read_is_named(folder: Path) -> None:
    (folder / "calls.csv").rename(folder / "calls.csv.gz")
    (folder / "accounts.csv").write_text("account,name,numbers\n1021,Polar,\n", encoding="utf-8")
    (folder / "calls.csv.gz").write_bytes(gzip.compress((folder / "calls.csv.gz").read_bytes())[:40])
    result = run(str(folder), "--now", MORNING)
    assert result.exit_code == 3
    assert "there are no calls among the 1 file that could be read (accounts)" in result.stderr
    assert "calls.csv.gz: the gzip data are damaged" in result.stderr


def test_the_work_is_spread_as_asked_and_finds_the_same(tmp_path: Path) -> None:
    made = str(logs(tmp_path / "logs", until=MORNING, silent=DAY))
    alone, spread = (run(made, "--now", MORNING, "--format", "json", "--jobs", jobs) for jobs in ("1", "2"))
    assert alone.exit_code == spread.exit_code == 1
    assert json.loads(alone.stdout)["findings"] == json.loads(spread.stdout)["findings"]
    wrong = run(made, "--now", MORNING, "--cluster", "nowhere")
    assert (wrong.exit_code, "--cluster is 'nowhere'" in wrong.stderr) == (2, True)


def test_logs_too_large_to_be_held_are_audited_by_way_of_a_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = str(logs(tmp_path / "logs", until=MORNING, silent=DAY))
    held = run(made, "--now", MORNING, "--format", "json")
    monkeypatch.setattr("calltrace.diagnosis.audit.kept.LARGE_BYTES", 1000)
    stores: list[Path] = []
    real = tempfile.mkdtemp

    def seen(*args: Any, **more: Any) -> str:
        stores.append(Path(real(*args, **more)))
        return str(stores[-1])

    monkeypatch.setattr(tempfile, "mkdtemp", seen)
    kept = run(made, "--now", MORNING, "--format", "json")
    assert (held.exit_code, kept.exit_code) == (1, 1)
    assert stores
    assert not any(place.exists() for place in stores)
    assert json.loads(held.stdout)["findings"] == json.loads(kept.stdout)["findings"]


def test_a_note_beside_the_logs_harms_nothing(folder: Path, finds: Finds) -> None:
    finds()
    (folder / "README.txt").write_text("Exported nightly.\n", encoding="utf-8")
    assert morning(folder, 28).exit_code == 0


@pytest.mark.parametrize("content", ["", "nothing of a log\n", None], ids=["empty", "another file", "missing"])
def test_unreadable_input_is_exit_3_on_standard_error_and_in_the_log(
    content: str | None, tmp_path: Path, home: Path
) -> None:
    path = tmp_path / "calls.csv"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    result = run(str(path), "--now", MORNING)
    assert result.exit_code in {2, 3}
    assert result.stdout == ""
    assert "calls.csv" in result.stderr
    assert "failed=" in (home / "calltrace.log").read_text(encoding="utf-8")


def test_a_fault_of_calltrace_s_own_is_no_morning_with_findings(
    folder: Path, home: Path, monkeypatch: pytest.MonkeyPatch, box: postbox.Postbox
) -> None:
    def broken(*_: Any, **__: Any) -> Audit:
        raise ZeroDivisionError("by nothing")

    monkeypatch.setattr(daily_module, "audit_case", broken)
    result = morning(folder, 28, "--email", "boss@example.com")
    assert (result.exit_code, result.stdout) == (70, "")
    assert "ZeroDivisionError: by nothing" in result.stderr
    assert "Traceback" in result.stderr
    assert f"exit=70 day={DAY} " in (home / "calltrace.log").read_text(encoding="utf-8")
    morning(folder, 29, "--email", "boss@example.com")  # the same fault, another morning
    wrong = "was not audited: calltrace itself went wrong"
    assert [m["Subject"] for m in box.messages] == [f"[calltrace] {day} {wrong}" for day in ("Sun 28 Jun", "Mon 29 Jun")]


def test_a_full_disk_is_no_fault_of_calltrace_s_own(
    folder: Path, home: Path, monkeypatch: pytest.MonkeyPatch, box: postbox.Postbox
) -> None:
    def full(*_: Any, **__: Any) -> Audit:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "parts")

    monkeypatch.setattr(daily_module, "audit_case", full)
    result = morning(folder, 28, "--email", "boss@example.com")
    assert (result.exit_code, result.stdout, "Traceback" in result.stderr) == (74, "", False)
    assert "No space left on device: 'parts'" in result.stderr
    assert f"exit=74 day={DAY} " in (home / "calltrace.log").read_text(encoding="utf-8")
    (message,) = box.messages
    assert message["Subject"] == "[calltrace] Sun 28 Jun was not audited: the disk refused what was to be written"
    assert "make room" in str(message.get_body(("plain",)))


def test_a_present_that_is_none_is_told_as_such(folder: Path) -> None:
    result = run(str(folder), "--now", "soonish")
    assert (result.exit_code, result.stderr.startswith("Error: --now is 'soonish'; expected ")) == (2, True)


def test_a_mail_that_can_not_be_written_to_its_file_takes_nothing_from_the_morning(
    folder: Path, home: Path, finds: Finds, tmp_path: Path
) -> None:
    """The report is out: the morning is remembered and logged as made, and only the mail is told as failed."""
    finds(finding())
    result = morning(folder, 28, "--email-to-file", str(tmp_path / "no folder" / "look.eml"))
    assert (result.exit_code, "its number was down" in result.stdout) == (4, True)
    assert "look.eml can't be written: No such file or directory." in result.stderr
    assert re.search(rf"exit=4 day={DAY} findings=1 .*mail=failed", (home / "calltrace.log").read_text(encoding="utf-8"))
    assert "number-down" in CliRunner().invoke(main, ["ack", "--list"]).stdout


def test_a_temporary_folder_that_is_full_is_no_fault_of_the_records(
    folder: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any, **__: Any) -> Audit:
        raise InputError("parts can't be written to") from OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(daily_module, "audit_case", full)
    assert morning(folder, 28).exit_code == 74
    assert f"exit=74 day={DAY} " in (home / "calltrace.log").read_text(encoding="utf-8")


def test_what_goes_wrong_once_the_report_is_out_does_not_deny_the_audit(
    folder: Path, finds: Finds, monkeypatch: pytest.MonkeyPatch, box: postbox.Postbox
) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError("by nothing")

    monkeypatch.setattr(Memory, "keep", broken)
    finds(finding())
    result = morning(folder, 28, "--email", "boss@example.com")
    assert (result.exit_code, "its number was down" in result.stdout) == (70, True)
    assert box.messages[-1]["Subject"] == "[calltrace] Sun 28 Jun was audited, but then calltrace itself went wrong"


def test_a_day_that_is_not_over_is_no_clean_day_without_a_word(tmp_path: Path) -> None:
    part = logs(tmp_path / "part", until="2026-06-28 12:00")
    result = run(str(part), "--now", "2026-06-28 12:00", "--day", "today")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "Sun 28 Jun was not over: it was judged up to 12:00 alone." in result.stderr
    assert "calltrace daily --day 2026-06-28 judges all of it" in result.stderr
    whole = run(str(logs(tmp_path / "whole", until=MORNING)), "--now", MORNING)
    assert "not over" not in whole.stderr


def test_a_day_that_has_not_begun_is_a_wrong_command(folder: Path, finds: Finds) -> None:
    finds()
    result = run(str(folder), "--now", MORNING, "--day", "2026-07-01")
    assert result.exit_code == 2
    assert "has not begun" in result.stderr


@pytest.mark.parametrize(
    ("args", "said"),
    [((), "Missing argument PATH"), (("--config", "none.toml"), "does not exist"), (("--no-such",), "No such option"),
     ((".", "--email", "desk@example.com", "--email-from", "a@example.com"), "no mail server is named")],
    ids=["no path", "no configuration", "option", "no mail server"],
)
def test_a_run_that_ended_with_its_command_line_is_in_the_log(args: tuple[str, ...], said: str, home: Path) -> None:
    result = run(*args)
    assert (result.exit_code, result.stdout) == (2, "")
    line = (home / "calltrace.log").read_text(encoding="utf-8")
    assert re.fullmatch(rf"\S+ daily exit=2 failed=\".*{said}.*\n", line)


def test_a_present_that_is_none_is_in_the_log_at_the_clocks(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    monkeypatch.setenv("CALLTRACE_NOW", "tomorrow")
    result = run(".")
    assert (result.exit_code, result.stdout) == (2, "")
    (line,) = (home / "calltrace.log").read_text(encoding="utf-8").splitlines()
    assert " daily exit=2 failed=\"CALLTRACE_NOW is 'tomorrow'" in line


@pytest.mark.parametrize(("ended", "code"), [(KeyboardInterrupt(), 130), (SystemExit(143), 143)])
def test_a_run_that_was_broken_off_is_in_the_log(
    ended: BaseException, code: int, folder: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken_off(*_: Any, **__: Any) -> Audit:
        raise ended

    monkeypatch.setattr(daily_module, "audit_case", broken_off)
    assert morning(folder, 28).exit_code == code
    assert f'exit={code} day=yesterday failed="broken off"' in (home / "calltrace.log").read_text(encoding="utf-8")


def test_a_mornings_log_names_the_day_that_could_not_be_audited(tmp_path: Path, home: Path) -> None:
    run(str(logs(tmp_path / "logs", until="2026-06-20 08:50")), "--now", MORNING)
    assert f"exit=3 day={DAY} " in (home / "calltrace.log").read_text(encoding="utf-8")


def test_a_wrong_day_is_called_what_it_was_given_as(folder: Path) -> None:
    result = run(str(folder), "--day", "2026-13-01")
    assert result.exit_code == 2
    assert result.stderr.startswith("Error: --day is '2026-13-01'")


def test_records_that_stop_where_a_file_is_torn_name_the_file(tmp_path: Path) -> None:
    made = logs(tmp_path / "logs", until="2026-06-29 00:00", days=28)
    whole = gzip.compress((made / "calls.csv").read_bytes())
    (made / "calls.csv.gz").write_bytes(whole[: len(whole) // 4])
    (made / "calls.csv").unlink()
    result = run(str(made), "--now", MORNING)
    assert (result.exit_code, result.stdout) == (3, "")
    assert "calls.csv.gz: the gzip data are damaged or end too early" in result.stderr


def test_a_silence_that_calls_after_midnight_ended_is_not_still_going_on(folder: Path, finds: Finds) -> None:
    finds(replace(finding(cause="lines-not-forwarded"), data={}), finding("1022"))
    told = json.loads(morning(folder, 28, "--format", "json").stdout)["findings"]
    assert {f["account"]: f["ongoing"] for f in told} == {"1021": False, "1022": True}  # one number may still be down


def test_days_nobody_looked_at_are_told_once(folder: Path, finds: Finds) -> None:
    finds()
    assert morning(folder, 28).stderr == ""
    late = morning(folder, 31)
    assert (late.exit_code, late.stdout) == (0, "")
    assert late.stderr == (
        "Warning: No morning was made of Mon 29 Jun to Tue 30 Jun: calltrace daily --day 2026-06-29 makes one\n"
    )
    assert morning(folder, 32).stderr == ""
    assert morning(folder, 34, "--day", "2026-07-04").stderr == ""


# --- mail ---------------------------------------------------------------------------------------------------


@pytest.fixture
def box(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[postbox.Postbox]:
    (tmp_path / "server").mkdir()
    with postbox.running(tmp_path / "server", tls="starttls", login=True) as server:
        monkeypatch.setenv("CALLTRACE_SMTP_URL", server.url("smtp", postbox.USER))
        monkeypatch.setenv("CALLTRACE_SMTP_PASSWORD", postbox.PASSWORD)
        monkeypatch.setenv("CALLTRACE_EMAIL_FROM", "calltrace <reports@example.com>")
        yield server.box


def test_the_morning_mail_has_the_answer_in_its_subject_and_the_command_at_its_foot(
    folder: Path, finds: Finds, box: postbox.Postbox
) -> None:
    finds(finding())
    result = morning(folder, 28, "--email", "boss@example.com,desk@example.com")
    assert result.exit_code == 1
    assert result.stderr == ""  # cron mails what is there
    (message,) = box.messages
    assert message["Subject"] == "[calltrace] 1 high – Client 1021 since Sun 00:00: its number was down (97 %) – Sun 28 Jun"
    assert message["To"] == "boss@example.com, desk@example.com"
    for kind in ("plain", "html"):
        body = message.get_body((kind,))
        assert body is not None
        words = body.get_content().replace("&#39;", "'")
        assert "New: its number was down" in words
        assert f"calltrace daily {folder} --now '2026-06-29 06:00' --email boss@example.com,desk@example.com" in words


def test_a_mail_that_could_not_be_sent_is_kept_and_goes_out_once_with_the_next_run(
    folder: Path, finds: Finds, box: postbox.Postbox, home: Path
) -> None:
    finds(finding())
    box.moods = ["greylist", "full", "stall"]
    result = morning(folder, 28, "--email", "boss@example.com")
    assert result.exit_code == 4
    assert "trying again" in result.stderr
    assert "It is kept" in result.stderr
    assert 'mail="waiting 1"' in (home / "calltrace.log").read_text(encoding="utf-8")
    status = CliRunner().invoke(main, ["mail", "status"])
    assert (status.exit_code, status.stdout.partition(" (")[0]) == (4, "1 waiting, 0 stuck, 0 sent")
    again = morning(folder, 28, "--email", "boss@example.com")
    assert again.exit_code == 1
    assert "had this very report before" in morning(folder, 28, "--email", "boss@example.com").stderr
    flushed = CliRunner().invoke(main, ["mail", "flush", "--all"])
    assert (flushed.exit_code, flushed.output) == (0, "")
    assert len(box.messages) == 1


def test_what_waits_goes_out_with_the_next_clean_morning(
    folder: Path, finds: Finds, box: postbox.Postbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    finds(finding())
    box.moods = ["full"] * 3
    assert morning(folder, 28, "--email", "boss@example.com").exit_code == 4
    finds()
    monkeypatch.setenv("CALLTRACE_NOW", "2036-06-30T06:00:00+00:00")  # long after: it is due
    result = run(str(folder), "--day", "2026-06-27", "--email", "boss@example.com")
    assert result.exit_code == 0
    assert "sent what had waited: [calltrace] 1 high" in result.stderr
    assert len(box.messages) == 1


def test_flush_sends_what_waits_by_the_server_it_was_to_go_by(
    folder: Path, finds: Finds, box: postbox.Postbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    finds(finding())
    box.moods = ["full", "full", "full"]
    assert morning(folder, 28, "--email", "boss@example.com").exit_code == 4
    monkeypatch.delenv("CALLTRACE_SMTP_URL")
    assert CliRunner().invoke(main, ["mail", "flush"]).output == ""  # not due yet
    flushed = CliRunner().invoke(main, ["mail", "flush", "--all"])
    assert (flushed.exit_code, "boss@example.com: sent" in flushed.stderr) == (0, True)
    assert len(box.messages) == 1
    listed = CliRunner().invoke(main, ["mail", "list"]).stdout
    assert "sent" in listed
    assert "boss@example.com, 4 tries" in listed


def test_a_refused_reader_is_said_kept_and_tried_again_on_demand(
    folder: Path, finds: Finds, box: postbox.Postbox
) -> None:
    finds(finding())
    box.refused = {"boss@example.com": "550 5.1.1 no such user"}
    result = morning(folder, 28, "--email", "boss@example.com,desk@example.com")
    assert result.exit_code == 4
    assert "not taken for boss@example.com: 550 5.1.1 no such user. It is kept" in result.stderr
    ident = CliRunner().invoke(main, ["mail", "list"]).stdout[:8]
    shown = CliRunner().invoke(main, ["mail", "show", ident])
    assert b"Subject: " in shown.stdout_bytes
    box.refused.clear()
    assert CliRunner().invoke(main, ["mail", "retry", ident]).exit_code == 0
    assert [e.rcpt_tos for e in box.received] == [["desk@example.com"], ["boss@example.com"]]
    assert CliRunner().invoke(main, ["mail", "show", ident]).exit_code == 2
    assert CliRunner().invoke(main, ["mail", "drop", ident]).exit_code == 0
    assert CliRunner().invoke(main, ["mail", "status"]).stdout.startswith("0 waiting, 0 stuck, 0 sent")


def test_a_clean_day_is_mailed_only_where_that_is_asked_for(folder: Path, finds: Finds, box: postbox.Postbox) -> None:
    finds()
    assert morning(folder, 28, "--email", "boss@example.com").exit_code == 0
    assert box.messages == []
    assert morning(folder, 28, "--email", "boss@example.com", "--email-always").exit_code == 0
    assert [m["Subject"] for m in box.messages] == ["[calltrace] Nothing found in 2 accounts – Sun 28 Jun"]


def test_a_report_that_can_not_be_written_is_mailed_all_the_same_and_remembered_only_then(
    folder: Path, finds: Finds, box: postbox.Postbox, home: Path
) -> None:
    finds(finding())
    nowhere = ("--output", str(folder / "none" / "report.html"))
    assert morning(folder, 28, *nowhere).exit_code == 2
    finds(finding(day="2026-06-29"))
    result = morning(folder, 29, *nowhere, "--email", "desk@example.com")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "can't be written" in result.stderr
    (message,) = box.messages
    assert "1 high" in str(message["Subject"])
    last = (home / "calltrace.log").read_text().splitlines()[-1]
    assert " exit=2 " in last
    assert " mail=" in last
    assert "can't be written" in last
    finds(finding(day="2026-06-30"))
    assert "2nd morning" in morning(folder, 30).stdout  # that of the 28th nobody has read


def no_folder(home: Path) -> None:
    home.write_text("", encoding="utf-8")


def no_database(home: Path) -> None:
    home.mkdir()
    (home / "mornings.sqlite").write_bytes(b"something else " * 100)


@pytest.mark.parametrize("damage", [no_folder, no_database])
def test_a_memory_that_can_not_be_used_keeps_nobody_from_the_report(
    damage: Callable[[Path], None], folder: Path, finds: Finds, home: Path, tmp_path: Path
) -> None:
    damage(home)
    before = {p: p.read_bytes() for p in tmp_path.rglob("mornings.sqlite")}
    log = tmp_path / "runs.log"
    finds(finding())
    result = morning(folder, 28, "--log", str(log))
    assert result.exit_code == 3
    assert "Client 1021" in result.stdout
    told = " ".join(result.stdout.split())
    assert "Not known whether new: its number was down." in told
    assert "can't be" in told
    assert "one that is acknowledged is told as if nobody knew of it" in told
    assert "before is told as new" not in told  # for it is not
    assert result.stderr.startswith("Error: ")
    line = log.read_text(encoding="utf-8")
    assert " exit=3 " in line
    assert " findings=1 new=1 " in line
    assert 'failed="' in line
    assert {p: p.read_bytes() for p in tmp_path.rglob("mornings.sqlite")} == before
    document = json.loads(morning(folder, 28, "--format", "json", "--log", str(log)).stdout)
    assert document["forgotten"].startswith(("the memory of earlier mornings", str(home)))
    assert document["findings"][0]["standing"]["state"] == "unknown"
    finds()
    assert (clean := morning(folder, 28, "--log", str(log))).exit_code == 3
    assert "Nothing found." in clean.stdout  # and why that is not all


def test_a_memory_that_can_not_be_used_is_in_the_mail(
    folder: Path, finds: Finds, home: Path, box: postbox.Postbox
) -> None:
    no_database(home)
    finds()
    assert morning(folder, 28, "--email", "boss@example.com").exit_code == 3
    (message,) = box.messages
    assert message["Subject"] == "[calltrace] The memory of earlier mornings can't be used – Sun 28 Jun"
    assert "Move it away to begin anew" in " ".join(str(message.get_body(("plain",))).split())


def test_a_mail_that_can_not_be_kept_is_sent_all_the_same(
    folder: Path, finds: Finds, box: postbox.Postbox, home: Path
) -> None:
    home.mkdir()
    (home / "mail").write_text("", encoding="utf-8")  # where the spool would be
    finds(finding())
    result = morning(folder, 28, "--email", "boss@example.com")
    assert (result.exit_code, "mail: it can't be kept: the spool " in result.stderr) == (1, True)
    assert "mail: sent to boss@example.com all the same" in result.stderr
    (message,) = box.messages
    assert "1 high" in str(message["Subject"])
    assert 'mail="sent unkept 1"' in (home / "calltrace.log").read_text(encoding="utf-8")
    box.moods = ["full"] * 3
    lost = morning(folder, 28, "--email", "boss@example.com")
    assert lost.exit_code == 4
    assert "mail: not sent to boss@example.com: 452 4.3.1 no space left. No later run will try it" in lost.stderr


def test_a_morning_that_can_not_be_kept_is_told_and_no_success(
    folder: Path, finds: Finds, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> None:
        raise InputError("the disk is full", fix="Make room.")

    monkeypatch.setattr(Memory, "keep", full)
    finds(finding())
    result = morning(folder, 28)
    assert result.exit_code == 3
    assert "New: its number was down" in " ".join(result.stdout.split())
    assert result.stderr == "Error: the disk is full. Make room. What was told now is told as new again tomorrow.\n"
    assert " exit=3 " in (line := (home / "calltrace.log").read_text(encoding="utf-8"))
    assert 'failed="the disk is full.' in line


def test_the_end_of_what_went_on_is_in_the_subject(folder: Path, finds: Finds, box: postbox.Postbox) -> None:
    finds(finding())
    morning(folder, 28)
    finds(replace(finding(day="2026-06-29"), ongoing=False))
    morning(folder, 29, "--email", "boss@example.com")
    [subject] = [str(m["Subject"]) for m in box.messages]
    assert subject == (
        "[calltrace] 1 high (over) – Client 1021 from Sun 28 Jun: its number was down (97 %) – Mon 29 Jun")


def test_an_end_is_mailed_though_nothing_is_printed(folder: Path, finds: Finds, box: postbox.Postbox) -> None:
    finds(finding())
    morning(folder, 28)
    finds()
    result = morning(folder, 29, "--email", "boss@example.com")
    assert (result.exit_code, result.stdout) == (0, "")
    assert [m["Subject"] for m in box.messages] == ["[calltrace] Ended: Client 1021: its number was down – Mon 29 Jun"]


def test_an_end_is_printed_where_no_mail_tells_it(folder: Path, finds: Finds) -> None:
    finds(finding())
    morning(folder, 28)
    finds()
    result = morning(folder, 29)
    assert (result.exit_code, result.stderr) == (0, "")
    assert "Nothing found." in result.stdout
    assert "Ended: Client 1021: its number was down, since Sun 28 Jun, found on 1 morning, 20 calls lost." in (
        " ".join(result.stdout.split()))
    assert (morning(folder, 30).exit_code, morning(folder, 30).stdout) == (0, "")


def test_a_morning_without_an_answer_is_mailed_as_such(tmp_path: Path, box: postbox.Postbox) -> None:
    dead = run(str(logs(tmp_path / "logs", until=f"{DAY} 09:00")), "--now", MORNING, "--email", "boss@example.com")
    broken = run(str(tmp_path / "none.csv"), "--now", MORNING, "--email", "boss@example.com")
    assert dead.exit_code == 3
    assert broken.exit_code in {2, 3}
    subjects = [str(m["Subject"]) for m in box.messages]
    assert subjects[0] == "[calltrace] The call records stop – Sun 28 Jun"
    assert subjects[1].startswith("[calltrace] Sun 28 Jun could not be audited: ")
    assert "none.csv" in str(box.messages[1].get_body(("plain",)))


def test_a_look_first_sends_nothing(folder: Path, finds: Finds, tmp_path: Path) -> None:
    finds(finding())
    file = tmp_path / "look.eml"
    result = morning(folder, 28, "--email-to-file", str(file), "--email", "boss@example.com")
    assert result.exit_code == 1
    assert "nothing was sent" in result.stderr
    message = email.message_from_bytes(file.read_bytes(), policy=policy.default)
    assert isinstance(message, EmailMessage)
    assert message["To"] == "boss@example.com"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--email", "boss@example.com"), "no mail server is named"),
        (("--email", "boss", "--smtp", "smtps://mail.example.com", "--email-from", "a@b.org"), "'boss' is no mail address"),
        (("--email", "boss@example.com", "--smtp", "smtps://mail.example.com"), "nobody is named whom the mail is from"),
        (("--email", "boss@example.com", "--smtp", "smtps://a@mail.example.com", "--email-from", "a@b.org"), "no password"),
        (("--email", "boss@example.com", "--smtp", "mail.example.com"), "no mail server's address"),
    ],
)
def test_what_is_wrong_with_mail_is_said_before_any_work(options: tuple[str, ...], said: str) -> None:
    began = time.monotonic()
    result = run("no-such-file.csv", "--now", MORNING, *options)
    assert result.exit_code == 2
    assert said in result.stderr
    assert time.monotonic() - began < 5


# --- ack ----------------------------------------------------------------------------------------------------


def test_the_list_names_keys_to_acknowledge(folder: Path, finds: Finds) -> None:
    finds(finding())
    morning(folder, 28)
    listed = CliRunner().invoke(main, ["ack", "--list", "--tz", "UTC"])
    assert listed.stdout == (
        "open   high     1021/number-down/2026-06-28\n"
        "       Client 1021 (1021): its number was down, since Sun 28 Jun 00:00, 1 morning\n"
    )
    key = "1021/number-down/2026-06-28"
    until = CliRunner().invoke(main, ["ack", key, "--until", "2030-07-06 09:00", "--by", "dana", "--json"])
    (ack,) = json.loads(until.stdout)["acks"]
    assert (ack["scope"], ack["severity"], ack["by"]) == ("1021", "high", "dana")
    assert "known  high     1021/number-down/2026-06-28" in CliRunner().invoke(main, ["ack", "--list"]).stdout
    assert CliRunner().invoke(main, ["ack", "1021", "--remove"]).exit_code == 0
    assert CliRunner().invoke(main, ["ack", "1021", "--remove"]).exit_code == 2


def test_a_trouble_that_goes_on_keeps_its_first_key_and_is_known_by_any_it_was_told_under(folder: Path, finds: Finds) -> None:
    """The audit of each day names the day its own part began: 28, 29, 30."""
    for day in (28, 29, 30):
        finds(finding(day=f"2026-06-{day}"))
        morning(folder, day)
    listed = CliRunner().invoke(main, ["ack", "--list", "--tz", "UTC"]).stdout
    assert listed.startswith("open   high     1021/number-down/2026-06-28\n")
    for key in ("2026-06-28", "2026-06-29", "2026-06-30"):
        result = CliRunner().invoke(main, ["ack", f"1021/number-down/{key}", "--json"])
        assert [a["key"] for a in json.loads(result.stdout)["acks"]] == ["1021/number-down/2026-06-28"]


def test_what_was_acknowledged_and_has_ended_is_no_longer_listed(folder: Path, finds: Finds) -> None:
    finds(finding())
    morning(folder, 28)
    CliRunner().invoke(main, ["ack", "1021"])
    assert "Acknowledged:" in CliRunner().invoke(main, ["ack", "--list"]).stdout
    finds()
    morning(folder, 29)
    assert CliRunner().invoke(main, ["ack", "--list"]).stdout == "Nothing is open, and nothing acknowledged.\n"
    assert json.loads(CliRunner().invoke(main, ["ack", "--list", "--json"]).stdout)["acknowledged"] == []


@pytest.mark.parametrize("args", [[], ["1021"], ["1021/number-down/2026-06-28"]], ids=str)
def test_what_was_never_told_is_not_acknowledged(args: list[str]) -> None:
    result = CliRunner().invoke(main, ["ack", *args])
    assert (result.exit_code, result.stdout) == (2, "")
    assert "Error: " in result.stderr
