"""`calltrace import` and `calltrace store`: results on standard output, the rest beside it, codes for the shell."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from calltrace.cli.main import main
from calltrace.intake.store import Store
from intake_store import HEADER, lines


@pytest.fixture
def calls(tmp_path: Path) -> str:
    path = tmp_path / "calls.csv"
    path.write_text(HEADER + "".join(lines([1, 2])))
    return str(path)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    kept = str(tmp_path / "kept")
    monkeypatch.setenv("CALLTRACE_STORE", kept)
    return kept


def test_import_says_what_it_read_and_what_is_new(calls: str, place: str) -> None:
    Path(calls).write_text(Path(calls).read_text() + "torn,1021\n")
    result = CliRunner().invoke(main, ["import", calls])
    assert result.exit_code == 0
    assert f"Read 1 file into the store at {place}." in result.stdout
    assert "16            +16" in result.stdout
    assert "Days written: 2026-10-01 to 2026-10-02 (UTC)." in result.stdout
    assert result.stderr == "1 row was left out; `calltrace inspect` says which and why.\n"
    again = CliRunner().invoke(main, ["import", calls])
    assert again.stdout == f"Nothing new: this file was imported into the store at {place} before, just as it is now.\n"


def test_import_names_what_it_did_not_read_or_not_whole(calls: str, tmp_path: Path, place: str) -> None:
    logs = tmp_path / "logs"
    logs.mkdir()
    (logs / "README.txt").write_text("Exported nightly.\n")
    whole = gzip.compress(Path(calls).read_bytes())
    (logs / "calls.csv.gz").write_bytes(whole[: len(whole) * 2 // 3])
    (logs / "more.csv").write_text(HEADER + "".join(lines([3])))
    result = CliRunner().invoke(main, ["import", str(logs)])
    assert result.exit_code == 3
    assert f"No logs that are known, so not read: {logs}/README.txt.\n" in result.stdout
    assert f"Warning: {logs}/calls.csv.gz: the gzip data are damaged or end too early" in result.stderr
    assert "Error: A file could not be read, or not whole. All else is in the store" in result.stderr
    assert Store.open(place).days() == ["2026-10-01", "2026-10-03"]
    assert CliRunner().invoke(main, ["import", str(logs)]).exit_code == 3  # it still is
    CliRunner().invoke(main, ["store", "accept", "calls.csv.gz"])
    accepted = CliRunner().invoke(main, ["import", str(logs)])
    assert (accepted.exit_code, accepted.stderr) == (0, "")


@pytest.mark.usefixtures("place")
def test_import_says_where_records_were_corrected(calls: str) -> None:
    CliRunner().invoke(main, ["import", calls])
    text = Path(calls).read_text()
    Path(calls).write_text(text.replace("answered", "abandoned", 1))
    result = CliRunner().invoke(main, ["import", calls])
    assert re.search(r"calls +16 +1 corrected\n", result.stdout)
    assert "Nothing is new, but 1 record was corrected. Days written: 2026-10-01 (UTC).\n" in result.stdout
    Path(calls).write_text(text.replace("answered", "busy", 3) + lines([3])[0])
    both = CliRunner().invoke(main, ["import", calls])
    assert re.search(r"calls +17 +\+1, 3 corrected\n", both.stdout)
    assert json.loads(CliRunner().invoke(main, ["import", calls, "--format", "json"]).stdout)["corrected"] == {}


def test_import_counts_a_message_that_a_correction_put_on_another_day(tmp_path: Path, place: str) -> None:
    logs = tmp_path / "logs"
    logs.mkdir()
    row = "message_id,call_id,account,taken_at,agent,priority\nM1,C1,1021,2026-10-01T10:00Z,A1,routine\n"
    (logs / "calls.csv").write_text(HEADER + "".join(lines([1])))
    (logs / "messages.csv").write_text(row)
    store = Store.open(place, create=True)
    assert store.import_(logs).corrected == {}
    (logs / "messages.csv").write_text(row.replace("-01T", "-02T"))
    assert store.import_(logs).corrected == {"messages": 1}


def test_import_says_what_was_corrected_since(calls: str, tmp_path: Path, place: str) -> None:
    CliRunner().invoke(main, ["import", calls])
    fix = tmp_path / "fix.csv"
    fix.write_text(HEADER + lines([1])[0].replace("answered", "abandoned"))
    CliRunner().invoke(main, ["import", str(fix)])
    unchanged = CliRunner().invoke(main, ["import", str(Path(calls).rename(tmp_path / "moved.csv"))])
    says = "Left out, as they were imported before and other files have corrected them since: rows, 1 of calls.\n"
    assert unchanged.stdout.endswith(f"{says}Nothing was changed.\n")
    Path(calls).write_text(HEADER + "".join(lines([1, 2, 3])))
    assert says in CliRunner().invoke(main, ["import", calls]).stdout
    assert Store.open(place).read().calls["outcome"].iloc[0] == "abandoned"


@pytest.mark.parametrize("where", ["logs", "logs/store"])
def test_a_store_within_the_logs_is_refused(where: str, calls: str, tmp_path: Path) -> None:
    logs = tmp_path / "logs"
    logs.mkdir()
    Path(calls).rename(logs / "calls.csv")
    result = CliRunner().invoke(main, ["import", str(logs), "--store", str(tmp_path / where)])
    assert (result.exit_code, result.stdout) == (2, "")
    assert "would lie within the logs" in result.stderr
    assert sorted(p.name for p in logs.iterdir()) == ["calls.csv"]
    hidden = CliRunner().invoke(main, ["import", str(logs), "--store", str(logs / ".kept")])  # which no import searches
    assert hidden.exit_code == 0


def test_import_tells_what_it_added_as_json(calls: str, place: str) -> None:
    result = CliRunner().invoke(main, ["import", calls, "--format", "json"])
    document = json.loads(result.stdout)
    assert (document["store"], document["added"], document["version"]) == (place, {"calls": 16}, 1)
    assert result.stderr == ""


def test_a_store_among_the_logs_is_told_how_it_is_filled(calls: str, place: str) -> None:
    CliRunner().invoke(main, ["import", calls])
    result = CliRunner().invoke(main, ["import", calls, place])
    assert (result.exit_code, f"calltrace import PATH... --store {place}." in result.stderr) == (2, True)


def test_import_of_nothing_is_an_input_error(tmp_path: Path, place: str) -> None:
    result = CliRunner().invoke(main, ["import", str(tmp_path / "nowhere")])
    assert (result.exit_code, result.stdout) == (3, "")
    assert "does not exist" in result.stderr
    assert not Path(place).exists()


def test_what_verify_advises_of_a_damaged_file_helps(calls: str, place: str, tmp_path: Path) -> None:
    CliRunner().invoke(main, ["import", calls])
    (file, *_) = sorted(Path(place).glob("calls/*/*.parquet"))
    file.write_bytes(file.read_bytes()[:-1] + b"?")
    found = CliRunner().invoke(main, ["store", "verify"])
    assert found.exit_code == 1
    assert "import the logs into a new store" in found.stdout
    other = str(tmp_path / "other")
    assert CliRunner().invoke(main, ["import", calls, "--store", other]).exit_code == 0
    assert CliRunner().invoke(main, ["store", "verify", "--store", other]).exit_code == 0


def test_status_verify_and_prune(calls: str, place: str) -> None:
    CliRunner().invoke(main, ["import", calls, "--store", place])
    status = CliRunner().invoke(main, ["store", "status", "--store", place])
    assert (status.exit_code, status.stderr) == (0, "")
    assert "calls         16   2026-10-01 08:00   2026-10-02 09:45      2" in status.stdout
    sound = CliRunner().invoke(main, ["store", "verify"])
    assert sound.exit_code == 0
    assert sound.stdout.startswith("Whole: 4 files, 16 rows.")
    pruned = CliRunner().invoke(main, ["store", "prune", "--days", "1", "--format", "json"])
    assert json.loads(pruned.stdout)["rows"] == {"calls": 16}
    empty = CliRunner().invoke(main, ["store", "status", "--format", "json"])
    assert json.loads(empty.stdout)["tables"] == []


def test_a_rehearsal_prunes_and_imports_at_the_present_it_is_told(
    calls: str, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CALLTRACE_NOW", "2026-10-03T06:00-04:00")
    CliRunner().invoke(main, ["import", calls])
    assert [i.at for i in Store.open(place).state().imports] == ["2026-10-03T10:00:00+00:00"]
    pruned = CliRunner().invoke(main, ["store", "prune", "--days", "1", "--json"])
    assert (json.loads(pruned.stdout)["kept_from"], json.loads(pruned.stdout)["rows"]) == ("2026-10-02", {"calls": 8})


def test_status_calls_no_row_unreadable_that_is_there_twice(calls: str, place: str, tmp_path: Path) -> None:
    copy = tmp_path / "copy.csv"
    copy.write_bytes(Path(calls).read_bytes())
    CliRunner().invoke(main, ["import", calls, str(copy), "--store", place])
    CliRunner().invoke(main, ["import", calls, "--store", place])
    status = CliRunner().invoke(main, ["store", "status", "--store", place]).stdout
    assert "calls         16 " in status
    assert "16 rows of what was imported were left out: said twice, corrected by another, or not to be read" in status
    assert "1 import," not in status  # of those before only what holds on is counted


def test_a_store_may_be_named_without_its_option(calls: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As with every other command that reads one: `calltrace store status /srv/calltrace`."""
    monkeypatch.setenv("CALLTRACE_STORE", str(tmp_path / "another"))
    kept = str(tmp_path / "kept")
    CliRunner().invoke(main, ["import", calls, "--store", kept])
    assert f"The store at {kept}" in CliRunner().invoke(main, ["store", "status", kept]).stdout
    assert CliRunner().invoke(main, ["store", "status", kept, "--store", kept]).exit_code == 0
    assert CliRunner().invoke(main, ["store", "verify", kept]).stdout.startswith("Whole: ")
    monkeypatch.setenv("CALLTRACE_NOW", "2026-10-03T08:00:00+00:00")
    assert "would be deleted" in CliRunner().invoke(main, ["store", "prune", kept, "--days", "1", "--dry-run"]).stdout
    two = CliRunner().invoke(main, ["store", "prune", kept, "--days", "1", "--store", f"{kept}2"])
    assert (two.exit_code, two.stdout) == (2, "")
    assert f"Two stores are named, {kept} and --store {kept}2." in two.stderr
    for words in (["status"], ["verify"], ["prune", "--days", "1"]):
        unset = CliRunner().invoke(main, ["store", *words, ""])
        assert (unset.exit_code, "Is the variable set" in unset.stderr) == (2, True)


def test_a_store_may_stand_before_the_torn_files(calls: str, place: str, tmp_path: Path) -> None:
    whole = gzip.compress(Path(calls).read_bytes(), compresslevel=0)
    (tmp_path / "mon.csv.gz").write_bytes(whole[: len(whole) // 2])
    kept = str(tmp_path / "kept by name")
    CliRunner().invoke(main, ["import", str(tmp_path / "mon.csv.gz"), "--store", kept])
    listed = CliRunner().invoke(main, ["store", "accept", kept])
    assert f"calltrace store accept FILE --store '{kept}'" in listed.stdout
    accepted = CliRunner().invoke(main, ["store", "accept", kept, "mon.csv.gz"])
    assert (accepted.exit_code, accepted.stdout.split(":")[0]) == (0, "Accepted as it is")
    assert place


def test_verify_exits_with_1_where_a_file_is_damaged(calls: str, place: str) -> None:
    CliRunner().invoke(main, ["import", calls])
    next(Path(place, "calls").rglob("*.parquet")).write_bytes(b"PAR1")
    result = CliRunner().invoke(main, ["store", "verify"])
    assert result.exit_code == 1
    assert "its content is not what was written" in result.stdout


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["store", "status"], 3, "there is no store at"),
        (["store", "prune"], 2, "--days"),
        (["store", "prune", "--days", "0"], 2, "--days"),
        (["store", "verify", "--store", "ftp://x/y"], 2, "s3://BUCKET/FOLDER"),
    ],
)
def test_what_goes_wrong_is_said(place: str, words: list[str], code: int, says: str) -> None:
    result = CliRunner().invoke(main, words)
    assert (result.exit_code, result.stdout) == (code, "")
    assert says in result.stderr
    assert place


def test_a_store_is_a_path_like_any_other(calls: str, place: str) -> None:
    CliRunner().invoke(main, ["import", calls])
    direct = CliRunner().invoke(main, ["convert", calls, "--output", f"{place}-a.csv"])
    stored = CliRunner().invoke(main, ["convert", place, "--output", f"{place}-b.csv"])
    assert (direct.exit_code, stored.exit_code) == (0, 0)
    assert Path(f"{place}-a.csv").read_bytes() == Path(f"{place}-b.csv").read_bytes()


def test_torn_files_are_listed_and_accepted(calls: str, place: str, tmp_path: Path) -> None:
    whole = gzip.compress(Path(calls).read_bytes(), compresslevel=0)
    (tmp_path / "mon.csv.gz").write_bytes(whole[: len(whole) // 2])
    CliRunner().invoke(main, ["import", str(tmp_path / "mon.csv.gz")])
    listed = CliRunner().invoke(main, ["store", "accept"])
    assert listed.exit_code == 0
    assert re.search(r"mon.csv.gz: \d rows of it could be read, 2026-10-01 12:00 to ", listed.stdout)
    assert "calltrace store accept FILE" in listed.stdout
    wrong = CliRunner().invoke(main, ["store", "accept", "tue.csv.gz"])
    assert (wrong.exit_code, wrong.stdout) == (2, "")
    assert wrong.stderr.startswith("Error: tue.csv.gz is no torn file of the store; expected one of: ")
    accepted = CliRunner().invoke(main, ["store", "accept", "mon.csv.gz", "--format", "json"])
    document = json.loads(accepted.stdout)
    assert (document["store"], [a["path"] for a in document["accepted"]]) == (place, [str(tmp_path / "mon.csv.gz")])
    assert "was read whole, or has come whole since" in CliRunner().invoke(main, ["store", "accept"]).stdout
