"""Files: same seed, same bytes; every style means the same instants; Asterisk's grammar is kept."""

from __future__ import annotations

import csv
import filecmp
import json
import re
import subprocess
import sys

import pandas as pd
import pytest

from calltrace import simulate
from calltrace.errors import UsageError
from calltrace.tables.schema import TABLES


@pytest.fixture(scope="module")
def world():
    causes = ("platform-outage", "records-missing", "number-down", "announcement-dead-end", "dispatched-late")
    return simulate.world(8, weeks=3, size="tiny", faults=causes, zone="America/Chicago")


def unlike(one, other):
    """The files that are not the same in both folders, or not in both."""
    names = {p.name for folder in (one, other) for p in folder.iterdir()}
    alike, _, _ = filecmp.cmpfiles(one, other, names, shallow=False)
    return names.difference(alike)


def test_the_same_seed_gives_the_same_bytes(tmp_path):
    for name in ("one", "other"):
        simulate.write(simulate.world(12, weeks=3, size="tiny"), tmp_path / name)
    assert not unlike(tmp_path / "one", tmp_path / "other")


def test_another_seed_gives_another_world():
    one, other = (simulate.world(s, weeks=3, size="tiny", faults=()) for s in (1, 2))
    assert len(one.tables["calls"]) != len(other.tables["calls"])


def test_a_fault_at_one_account_leaves_the_callers_of_others_as_they_were():
    plain = simulate.build(
        simulate.Spec(
            seed=3, days=21, accounts=8, calls_per_day=120, zone="Europe/London", causes=(), decoys=False
        )
    )
    silent = simulate.build(
        simulate.Spec(
            seed=3,
            days=21,
            accounts=8,
            calls_per_day=120,
            zone="Europe/London",
            causes=("lines-not-forwarded",),
            decoys=False,
        )
    )
    account = next(f.account for f in silent.plan.faults)
    others = [
        set(w.tables["calls"].loc[w.tables["calls"]["account"] != account, "offered_at"])
        for w in (plain, silent)
    ]
    assert len(others[0] & others[1]) > 0.9 * len(others[0])


@pytest.mark.parametrize("style", ["offset", "plain-offset", "utc", "naive"])
def test_every_style_says_the_same_instants(world, tmp_path, style):
    simulate.write(world, tmp_path, style=style)
    path = next(tmp_path.glob("calls.csv*"))
    assert path.name == ("calls.csv" if style == "plain-offset" else "calls.csv.gz")
    calls = pd.read_csv(path, dtype="string")
    if style == "naive":
        zone = calls["account"].map({c.account: c.zone for c in world.clients})
        at = [
            pd.Timestamp(t).tz_localize(z, ambiguous=True)
            for t, z in zip(calls["offered_at"], zone, strict=True)
        ]
        read = pd.Series(at).map(lambda t: t.tz_convert("UTC"))
    else:
        read = pd.to_datetime(calls["offered_at"], utc=True)
    assert (read.to_numpy() == world.tables["calls"]["offered_at"].to_numpy()).all()
    assert calls["ring_s"].str.fullmatch(r"\d+").all()
    assert list(pd.read_csv(next(tmp_path.glob("kpi.csv*"))).columns) == [
        c.name for c in TABLES["kpi"].columns
    ]


def test_the_truth_lies_beside_the_logs_or_not(world, tmp_path):
    simulate.write(world, tmp_path / "with")
    simulate.write(world, tmp_path / "without", truth=False, without=("kpi", "events"))
    questions = json.loads((tmp_path / "with" / "questions.json").read_text())
    answers = json.loads((tmp_path / "with" / "answers.json").read_text())
    faults = json.loads((tmp_path / "with" / "faults.json").read_text())
    assert {q["id"] for q in questions} == set(answers)
    assert {tuple(f) for f in faults} == {
        ("cause", "account", "trunk", "start", "end", "agent", "source", "scored")
    }
    assert not list((tmp_path / "without").glob("*.json"))
    assert not list((tmp_path / "without").glob("kpi*"))


def test_an_unknown_style_is_refused(world, tmp_path):
    with pytest.raises(UsageError, match="style"):
        simulate.write(world, tmp_path, style="morse")


EVENTS = re.compile(
    r"""QUEUESTART\| | (ADD|REMOVE)MEMBER\| | PAUSE\|\w+ | UNPAUSE\| | DID\|\d+ | ENTERQUEUE\|\|[^|]+\|\d+
    | RINGNOANSWER\|\d+000 | RINGCANCELED\|\d+ | CONNECT\|\d+\|\d+\.\d+\|\d+
    | COMPLETE(AGENT|CALLER)\|\d+\|\d+\|\d+ | ABANDON\|\d+\|\d+\|\d+""",
    re.VERBOSE,
)


def test_asterisk_logs_keep_the_grammar(world, tmp_path):
    simulate.write_asterisk(world, tmp_path)
    lines = (tmp_path / "queue_log").read_text(encoding="utf-8").splitlines()
    for line in lines:
        assert EVENTS.fullmatch(line.split("|", 4)[4]), line
    at = [int(line.split("|", 1)[0]) for line in lines]
    assert at == sorted(at)
    rows = list(csv.reader((tmp_path / "Master.csv").read_text(encoding="utf-8").splitlines()))
    assert {len(r) for r in rows} == {18}
    assert {r[14] for r in rows} <= {"ANSWERED", "NO ANSWER", "FAILED", "BUSY"}
    assert [r[11] for r in rows] == sorted(r[11] for r in rows)  # written as calls end
    for r in rows:
        assert int(r[13]) <= int(r[12]) + 1
        assert (r[10] == "") <= (int(r[13]) == 0)


def test_asterisk_logs_hold_every_call_of_the_world(world, tmp_path):
    simulate.write_asterisk(world, tmp_path)
    rows = list(csv.reader((tmp_path / "Master.csv").read_text(encoding="utf-8").splitlines()))
    inbound = {r[16] for r in rows if r[3] == "from-carrier"}
    queued = {
        line.split("|")[1]
        for line in (tmp_path / "queue_log").read_text(encoding="utf-8").splitlines()
        if "|ENTERQUEUE|" in line
    }
    assert len(inbound | queued) == len(world.tables["calls"])
    connects = sum(
        "|CONNECT|" in line for line in (tmp_path / "queue_log").read_text(encoding="utf-8").splitlines()
    )
    assert connects == world.tables["calls"]["agent"].notna().sum()
    # a switch that was killed leaves queued calls without an end
    assert len(queued - inbound) <= 6


def test_the_sample_logs_are_what_their_script_makes(repo_root, tmp_path):
    done = subprocess.run(
        [sys.executable, repo_root / "tools" / "make_samples.py", tmp_path],
        check=True,
        capture_output=True,
        text=True,
    )
    assert "0 since" in done.stdout
    for folder in sorted(tmp_path.iterdir()):
        assert not unlike(folder, repo_root / "sample_logs" / folder.name)
