"""``calltrace init``: what it writes is right, and nothing is written over."""

from __future__ import annotations

import errno
import gzip
import json
import os
import stat
import tomllib
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from calltrace.cli.main import main
from calltrace.config import places, propose
from calltrace.config.reader import of_text, read

CALLS = "call_id,account,dnis,offered_at,outcome\n" + "".join(
    f"{n},{1021 + n % 3},+1212555012{n % 3},2026-06-{n % 28 + 1:02d}T09:{n % 60:02d}:00-04:00,answered\n" for n in range(90)
)


def run(*args: str, **more: Any) -> Any:
    return CliRunner().invoke(main, ["init", *args], **more)


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    folder = tmp_path / "logs"
    folder.mkdir()
    (folder / "calls.csv").write_text(CALLS)
    return folder


def test_it_writes_what_every_command_then_finds(logs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CALLTRACE_CONFIG")
    monkeypatch.setattr(places, "usual", lambda: tmp_path / "home" / "calltrace" / "config.toml")
    result = run(str(logs))
    assert (result.exit_code, result.stderr) == (0, "")
    told = result.stdout.replace("\xa0", " ")
    assert "90 calls of 3 accounts, 2026-06-01 09:00 to 2026-06-28 09:55." in told
    assert "Zone America/New_York, known from offsets in the file; country US." in result.stdout
    assert "Next: calltrace investigate --account 1021 --complaint missed-calls\n" in result.stdout
    written = places.usual()
    assert stat.S_IMODE(written.stat().st_mode) == 0o600
    config = read()
    assert (config.path, config.service.zone, config.service.country) == (written, "America/New_York", "US")
    assert [s.path for s in config.sources] == [str(logs)]
    assert CliRunner().invoke(main, ["inspect"]).exit_code == 0


def test_a_full_disk_is_no_wrong_command_line(logs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("calltrace.tables.files.write_whole", full)
    result = run(str(logs), "--output", str(tmp_path / "mine.toml"))
    assert (result.exit_code, "mine.toml can't be written: No space left on device." in result.stderr) == (74, True)


def test_what_of_the_logs_could_not_be_read_is_said(logs: Path, tmp_path: Path) -> None:
    whole = gzip.compress(CALLS.replace("2026-06", "2026-05").replace("\n", "\nmay").encode(), compresslevel=0)
    (logs / "calls.csv").write_text(CALLS + "x1,1021,+12125550120,31 Foo,answered\n")
    (logs / "more.csv.gz").write_bytes(whole[: len(whole) // 2])
    result = run(str(logs), "--output", str(tmp_path / "mine.toml"))
    assert result.exit_code == 0
    torn, left = result.stderr.splitlines()
    assert torn.startswith(f"Warning: {logs}/more.csv.gz: the gzip data are damaged or end too early")
    assert left.startswith("1 row was left out; `calltrace inspect` says which and why.")
    assert run(str(logs), "--output", "-").stderr == result.stderr


def test_a_file_that_is_there_stays_unless_told(logs: Path, tmp_path: Path) -> None:
    target = tmp_path / "mine.toml"
    target.write_text("# mine\n")
    result = run(str(logs), "--output", str(target))
    assert (result.exit_code, result.stdout) == (2, "")
    assert "--force" in result.stderr
    assert target.read_text() == "# mine\n"
    assert run(str(logs), "--output", str(target), "--force").exit_code == 0
    assert "[[sources]]" in target.read_text()


def test_dash_is_standard_output_and_nothing_else(logs: Path) -> None:
    result = run(str(logs), "--output", "-")
    assert result.exit_code == 0
    assert tomllib.loads(result.stdout)["sources"] == [{"path": str(logs)}]


def test_without_calls_nothing_is_written(tmp_path: Path) -> None:
    (tmp_path / "notes.csv").write_text("a,b\n1,2\n")
    target = tmp_path / "out.toml"
    result = run(str(tmp_path / "notes.csv"), "--output", str(target))
    assert (result.exit_code, result.stdout) == (3, "")
    assert not target.exists()


def test_without_path_the_usual_places_are_looked_at(logs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(propose, "PLACES", (str(tmp_path / "none"), str(logs)))
    assert tomllib.loads(run("--output", "-").stdout)["sources"] == [{"path": str(logs)}]
    monkeypatch.setattr(propose, "PLACES", ())
    result = run("--output", "-")
    assert result.exit_code == 3
    assert "no logs were found in the usual places" in result.stderr


def test_standard_input_is_no_source(logs: Path) -> None:
    assert run("-", "--output", "-", input=(logs / "calls.csv").read_text()).exit_code == 2


def test_an_assumed_zone_is_left_out_of_force(logs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Europe/Berlin")
    (logs / "calls.csv").write_text(CALLS.replace("-04:00", ""))
    text = run(str(logs), "--output", "-").stdout
    assert '# zone = "Europe/Berlin"  # ASSUMED' in text
    assert "zone" not in tomllib.loads(text)["service"]


def test_accounts_are_listed_busiest_first_where_no_table_tells(logs: Path) -> None:
    (logs / "calls.csv").write_text(CALLS + '"x",Bob "B" \u202e,+12125550129,2026-06-05T10:00:00-04:00,answered\n')
    text = run(str(logs), "--output", "-").stdout
    at = [text.index(f"# [accounts.{a}]  # 30 calls") for a in ("1021", "1022", "1023")]
    assert at == sorted(at)
    assert "\u202e" not in text
    assert "Missing from the logs" in text


def test_all_that_is_commented_can_be_put_in_force(logs: Path, tmp_path: Path) -> None:
    """Every commented key is right as it stands, but for the dots a person is to fill in."""
    text = run(str(logs), "--output", "-").stdout
    freed = [
        line[2:] if line.startswith(("# [", "# ")) and ("= " in line or line.startswith("# [")) else line
        for line in text.splitlines()
    ]
    kept = [line for line in freed if "…" not in line and "file = " not in line and "[[calendars]]" not in line]
    kept = [line for line in kept if line != 'kind = "closure"' and not line.startswith(("match", "[mappings"))]
    config = of_text("\n".join(kept), tmp_path / "config.toml")
    assert config.profile is not None
    assert config.mail.secret
    assert [a.account for a in config.accounts] == ["1021", "1022", "1023"]


def test_calendars_among_the_logs_are_taken_up(logs: Path) -> None:
    (logs / "closed.ics").write_text("BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:x\nEND:VCALENDAR\n")
    said = tomllib.loads(run(str(logs), "--output", "-").stdout)
    assert said["calendars"] == [{"file": str(logs / "closed.ics")}]


@pytest.mark.parametrize(
    ("address", "plain", "secret"),
    [
        ("mysql://reader:p@ss/w?rd@pbx/cdr", "mysql://reader@pbx/cdr", True),
        ("mysql://reader@pbx/cdr", "mysql://reader@pbx/cdr", False),
        ("/var/log/a:b@c", "/var/log/a:b@c", False),
    ],
)
def test_a_password_is_not_written_down(address: str, plain: str, secret: bool) -> None:
    assert propose._without_password(address) == (plain, secret)


def test_each_database_has_a_variable_of_its_own() -> None:
    chosen = ("mysql://a:x@pbx/cdr", "/var/log/asterisk", "postgresql://b:y@pbx/cdr")
    assert propose._variables(chosen) == ["CALLTRACE_DB_PASSWORD", "", "CALLTRACE_DB_PASSWORD_2"]


def test_json_says_what_was_written(logs: Path, tmp_path: Path) -> None:
    said = json.loads(run(str(logs), "--output", str(tmp_path / "own.toml"), "--json").stdout)
    assert (said["schema"], said["command"]) == ("calltrace.report/1", "init")
    assert (said["written"], said["not_recognised"]) == (str(tmp_path / "own.toml"), [])
    assert said["calls"] > 0


def test_a_log_that_needs_a_mapping_is_set_up_with_it(tmp_path: Path) -> None:
    folder, target, mapping = tmp_path / "exports", tmp_path / "out.toml", tmp_path / "export.toml"
    folder.mkdir()
    log = folder / "e.csv"
    rows = [f"C{n},2026-06-{n // 9 + 1:02d} {n % 9 + 9:02d}:07:00,{1021 + n % 3},+12125550123,+1212555012{n % 3},3,40,answered"
            for n in range(90)]
    log.write_text("\n".join(["Call Id,Start,Client,From,To,Ring (s),Talk (s),Result", *rows]) + "\n")
    asked = run(str(folder), "--output", str(target), "--tz", "America/New_York")
    assert asked.exit_code == 3
    assert f"calltrace inspect {log} --map" in asked.stderr
    assert f"calltrace init {folder} --mapping FILE.toml" in asked.stderr
    assert CliRunner().invoke(main, ["inspect", str(log), "--map", "--output", str(mapping)]).exit_code == 0
    made = run(str(folder), "--output", str(target), "--mapping", str(mapping), "--tz", "America/New_York")
    assert made.exit_code == 0, made.stderr
    assert tomllib.loads(target.read_text())["sources"] == [{"path": str(folder), "mapping": str(mapping)}]
    found = CliRunner().invoke(main, ["inspect", "--config", str(target), "--format", "json"])
    assert json.loads(found.stdout)["files"][0]["calls"] == 90
