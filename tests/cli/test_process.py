"""The command line as a process: signals, streams that are closed, disks that are full."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from calltrace.cli import process
from calltrace.cli.exits import Exit
from calltrace.cli.process import BROKEN_OFF

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals and shells")

CALLTRACE = f"{sys.executable} -m calltrace"
FULL = Path("/dev/full")
full_disk = pytest.mark.skipif(not FULL.exists(), reason="no /dev/full here")

WAITING = """
import sys, time, pathlib, click
import calltrace.cli.main as m
from calltrace.cli.process import script
from calltrace.diagnosis.engine import Cores, engine

def work(shared, item):
    pathlib.Path(shared, str(__import__("os").getpid())).touch()
    time.sleep(60)

@click.command("wait")
@click.argument("folder")
@click.option("--jobs", type=int)
@click.option("--cluster")
def wait(folder, jobs, cluster):
    try:
        if cluster:
            with engine(jobs, cluster) as there:
                there.map(work, folder, range(8))
        if jobs:
            Cores(jobs).map(work, folder, range(8))
        pathlib.Path(folder, "started").touch()
        time.sleep(60)
    finally:
        pathlib.Path(folder, "cleaned").touch()

m.waiting = wait
m.COMMANDS["wait"] = "calltrace.cli.main:waiting"
script()
"""
"""A command that waits, alone or in workers that leave a file of their number."""


@pytest.fixture
def waiting(tmp_path: Path) -> Callable[..., subprocess.Popen[str]]:
    """Start a command that waits, as the leader of a group of processes, and come back once it does."""

    def start(*words: str, files: int = 1) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", WAITING, "wait", str(tmp_path), *words],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True)
        for _ in range(400):
            if len(list(tmp_path.iterdir())) >= files:
                break
            time.sleep(0.05)
        return process

    return start


def alive(number: int) -> bool:
    """Whether a process still runs; one that ended and waits to be asked about does not."""
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    about = Path(f"/proc/{number}/stat")
    return not (about.exists() and about.read_text().rpartition(")")[2].split()[0] == "Z")


def ends(number: int) -> bool:
    """Whether a process has ended, or does so within ten seconds."""
    for _ in range(200):
        if not alive(number):
            return True
        time.sleep(0.05)
    return False


@pytest.mark.parametrize(
    ("sent", "code"),
    [(signal.SIGINT, Exit.INTERRUPTED), (signal.SIGTERM, 143), (signal.SIGHUP, 129)],
    ids=lambda value: getattr(value, "name", ""),
)
def test_a_signal_breaks_off_cleanly_and_quietly(
    waiting: Callable[..., subprocess.Popen[str]], tmp_path: Path, sent: signal.Signals, code: int
) -> None:
    process = waiting()
    process.send_signal(sent)
    out, errors = process.communicate(timeout=20)
    said = BROKEN_OFF if sent is signal.SIGINT else ""
    assert (process.returncode, out, errors.strip()) == (code, "", said)
    assert (tmp_path / "cleaned").exists()


def test_a_signal_once_all_is_said_ends_it_without_a_word() -> None:
    """While what is registered for the end is being done nobody waits for more."""
    late = """
import atexit, os, signal, time
from calltrace.cli.process import script
atexit.register(lambda: (os.kill(os.getpid(), signal.SIGTERM), time.sleep(5)))
import sys
sys.argv = ["calltrace", "--version"]
script()
"""
    ended = subprocess.run([sys.executable, "-c", late], capture_output=True, text=True, check=False, timeout=30)
    assert (ended.returncode, ended.stderr) == (-signal.SIGTERM, "")


@pytest.mark.parametrize(
    ("sent", "to_all", "code"),
    [
        (signal.SIGINT, True, Exit.INTERRUPTED),  # as a terminal sends it
        (signal.SIGINT, False, Exit.INTERRUPTED),
        (signal.SIGTERM, False, 143),
        (signal.SIGKILL, False, -signal.SIGKILL),  # nothing can be cleaned up, and still nobody may be left behind
    ],
)
def test_workers_end_with_their_parent(
    waiting: Callable[..., subprocess.Popen[str]], tmp_path: Path, sent: signal.Signals, to_all: bool, code: int
) -> None:
    process = waiting("--jobs", "2", files=2)
    workers = [int(file.name) for file in tmp_path.iterdir()]
    assert len(workers) == 2
    assert all(map(alive, workers))
    (os.killpg if to_all else os.kill)(process.pid, sent)
    _, errors = process.communicate(timeout=20)  # a worker left behind would hold the pipes open
    assert (process.returncode, errors.strip()) == (code, BROKEN_OFF if sent is signal.SIGINT else "")  # said once
    assert all(map(ends, workers))


def test_the_workers_of_a_cluster_say_nothing_of_ctrl_c(
    waiting: Callable[..., subprocess.Popen[str]], tmp_path: Path
) -> None:
    process = waiting("--jobs", "2", "--cluster", "local", files=2)
    workers = [int(file.name) for file in tmp_path.iterdir()]
    assert len(workers) == 2
    os.killpg(process.pid, signal.SIGINT)
    _, errors = process.communicate(timeout=40)
    assert (process.returncode, errors.strip()) == (Exit.INTERRUPTED, BROKEN_OFF)
    assert all(map(ends, workers))


def sh(line: str, **extra: str) -> subprocess.CompletedProcess[str]:
    """Run a line of shell in which calltrace is the command."""
    return subprocess.run(
        ["/bin/sh", "-c", line.replace("calltrace", CALLTRACE)],
        capture_output=True, text=True, check=False, timeout=60, env={**os.environ, **extra})


@full_disk
@pytest.mark.parametrize("words", ["--help", "--version", "explain", "explain --json", "completion bash"])
def test_a_full_disk_is_said_and_told(words: str) -> None:
    done = sh(f"calltrace {words} > /dev/full")
    assert done.returncode == Exit.UNWRITTEN
    assert done.stderr.startswith("Error: ")
    assert done.stderr.endswith("can't be written: No space left on device.\n")


@pytest.mark.parametrize("words", ["--help", "explain"])
def test_a_closed_output_is_said_and_told(words: str) -> None:
    done = sh(f"calltrace {words} >&-")
    assert done.returncode == Exit.UNWRITTEN
    assert done.stderr.count("\n") == 1
    assert "can't be written" in done.stderr


@pytest.mark.parametrize("stderr", ["2>&-", pytest.param("2>/dev/full", marks=full_disk)])
@pytest.mark.parametrize(("words", "code"), [("explain", 0), ("nope", 2), ("inspect /no/such/file", 3)])
def test_without_standard_error_the_answer_and_the_code_are_the_same(words: str, code: int, stderr: str) -> None:
    done = sh(f"calltrace {words} {stderr}")
    assert done.returncode == code
    assert bool(done.stdout) == (code == 0)


def test_a_closed_standard_input_is_an_empty_one() -> None:
    done = sh("calltrace inspect - <&-")
    assert done.returncode == Exit.INPUT
    assert "standard input: an empty file" in done.stderr


@pytest.mark.parametrize("words", ["--help", "explain", "explain --json", "nope"])
def test_a_reader_who_takes_nothing_is_no_error(words: str) -> None:
    done = sh(f"{{ calltrace {words}; echo $? >&2; }} | true")
    assert done.stderr.splitlines()[-1] in ("0", "2", "141")
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "given", [{"PYTHONIOENCODING": "ascii", "COLUMNS": "20"}, {"TERM": "dumb", "NO_COLOR": "1", "COLUMNS": "1"}],
    ids=["ascii", "dumb"],
)
def test_poor_terminals_get_their_answer(given: dict[str, str], repo_root: Path) -> None:
    done = sh(f"calltrace investigate {repo_root}/sample_logs/refrigeration-weekend --account 1021"
              " --complaint missed-calls", **given)
    assert (done.returncode, done.stderr) == (0, "")
    assert "lines-not-forwarded" in "".join(done.stdout.split())
    assert "\x1b" not in done.stdout
    assert done.stdout.isascii() or "PYTHONIOENCODING" not in given


@pytest.mark.skipif(sys.platform != "linux", reason="the word is the GNU C library's")
@pytest.mark.parametrize("there", [True, False])
def test_the_c_librarys_memory_is_kept_unless_the_user_said_how(monkeypatch: pytest.MonkeyPatch, *, there: bool) -> None:
    said: list[tuple[int, int]] = []
    library = SimpleNamespace(mallopt=lambda what, size: said.append((what, size))) if there else SimpleNamespace()
    monkeypatch.setattr(ctypes, "CDLL", lambda _name: library)
    for name in [n for n in os.environ if n.startswith(("MALLOC_", "GLIBC_TUNABLES"))]:
        monkeypatch.delenv(name)
    process._keep_memory()  # another C library has no such word
    assert [what for what, _ in said] == ([-3, -1] if there else [])
    said.clear()
    monkeypatch.setenv("MALLOC_ARENA_MAX", "2")
    process._keep_memory()
    assert said == []
