"""A run's temporary folder is gone with it; a killed run's with the next; and nobody else's ever."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from calltrace.tables import scratch

RUN = """
import os, sys, time
from calltrace.tables.scratch import scratch
with scratch() as place:
    (place / "store").mkdir()
    child = os.fork() if "fork" in sys.argv else 1
    if child:
        print(place, child, flush=True)
    time.sleep(60)
"""


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return tmp_path


@contextmanager
def running(*args: str) -> Iterator[tuple[subprocess.Popen[str], Path, int]]:
    """Another run that has its folder, and the process born of it."""
    with subprocess.Popen([sys.executable, "-c", RUN, *args], stdout=subprocess.PIPE, text=True) as run:
        try:
            assert run.stdout is not None
            place, child = run.stdout.readline().split()
            yield run, Path(place), int(child)
        finally:
            run.kill()


def left(temporary: Path) -> list[str]:
    return sorted(p.name for p in temporary.iterdir())


def test_it_is_its_owners_and_gone_at_the_end(temporary: Path) -> None:
    with scratch.scratch() as place:
        assert place.parent == temporary
        assert place.stat().st_mode & 0o777 == 0o700
        (place / "some").write_text("rows")
        with pytest.raises(KeyboardInterrupt), scratch.scratch():
            raise KeyboardInterrupt
        assert left(temporary) == [place.name]
    assert left(temporary) == []


@pytest.mark.skipif(not hasattr(os, "fork"), reason="files are not locked so there")
def test_what_a_killed_run_left_goes_with_the_next_and_what_a_living_one_has_stays(temporary: Path) -> None:
    with running() as (dead, gone, _), running() as (_, alive, _):
        scratch.clear()
        assert left(temporary) == sorted([gone.name, alive.name])
        dead.send_signal(signal.SIGKILL)
        dead.wait(20)
        assert left(temporary) == sorted([gone.name, alive.name])
        with scratch.scratch() as mine:
            assert left(temporary) == sorted([alive.name, mine.name])
        assert (alive / "store").is_dir()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no process is born so there")
def test_a_worker_that_outlives_its_parent_keeps_what_it_reads(temporary: Path) -> None:
    with running("fork") as (dead, place, child):
        dead.send_signal(signal.SIGKILL)
        dead.wait(20)
        scratch.clear()
        assert left(temporary) == [place.name]
        os.kill(child, signal.SIGKILL)
        for _ in range(400):  # until the system has let go of what it held
            scratch.clear()
            if not left(temporary):
                break
        assert left(temporary) == []


def test_what_bears_no_mark_is_left_alone(temporary: Path) -> None:
    (temporary / "calltrace-notes").mkdir()
    (temporary / "calltrace-notes" / "mine.txt").write_text("of somebody")
    (temporary / "elsewhere").mkdir()
    (temporary / "elsewhere" / scratch.MARK).touch()
    (temporary / "calltrace-link").symlink_to(temporary / "elsewhere")
    (temporary / "calltrace-marked-by-a-link").mkdir()
    (temporary / "calltrace-marked-by-a-link" / scratch.MARK).symlink_to(temporary / "elsewhere" / scratch.MARK)
    before = left(temporary)
    scratch.clear()
    assert left(temporary) == before


def test_another_users_folder_is_left_alone(temporary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = temporary / "calltrace-theirs"
    folder.mkdir()
    (folder / scratch.MARK).touch()
    mine = os.getuid()
    monkeypatch.setattr(os, "getuid", lambda: mine + 1)
    scratch.clear()
    assert left(temporary) == ["calltrace-theirs"]
    monkeypatch.setattr(os, "getuid", lambda: mine)
    scratch.clear()
    assert left(temporary) == []
