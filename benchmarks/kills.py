"""Kill imports at random moments, and see that the store stays whole: nothing lost, nothing double.

    python benchmarks/kills.py [--times 100] [--calls 60000] [--seed 1]

Logs of a fortnight come in a dozen files that overlap: late calls, corrected ones, the same again. Each is imported
by a process of its own, three times of four in stretches as a large log is, else in one piece, and killed (SIGKILL) at
a random moment, every other time just when it has begun to write.
After every kill the store is verified whole, and must hold exactly what it held before that import or what it
should hold after it. What was not finished is imported again, to be killed again, until so many were killed; then
all is brought in, and must be what one load of all the files gives.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from calltrace.intake.load import load
from calltrace.intake.store import Store, manifest, stretches

if TYPE_CHECKING:
    from calltrace.tables.case import Case

HEADER = "call_id,account,dnis,trunk_group,ani,agent,offered_at,ring_s,queue_s,hold_s,talk_s,outcome,ended_by\n"
STRETCH = 100_000
WHOLE = 0.25
"""Share of the imports that read their file whole; the others read it in stretches, as large ones are."""
FILES = 12
WAY = 9
"""How an import ends that does not go the way it should."""


def logs(folder: Path, calls: int, rng: random.Random) -> list[Path]:
    """Write a dozen files that overlap by days and by calls."""
    days = 14
    rows: list[list[str]] = [[] for _ in range(FILES)]
    for number in range(calls):
        second = number * days * 86_400 // calls
        at = pd.Timestamp("2026-10-01T00:00:00Z") + pd.Timedelta(seconds=second)
        account = f"{1000 + number % 50}"
        who = f"{account},+1212555{account},T1,+1717555{number % 9000:04d},A{number % 9}"
        one = f"c{number},{who},{at.isoformat()},4,0,0,{{}},{{}},caller\n"
        home = number * FILES // calls
        rows[home].append(one.format(60, "answered"))
        chance = rng.random()
        if chance < 0.05:  # corrected later, after the fact
            rows[min(home + 1 + rng.randrange(3), FILES - 1)].append(one.format(75, "answered"))
        elif chance < 0.10:  # the same again
            rows[min(home + 1, FILES - 1)].append(one.format(60, "answered"))
        elif chance < 0.15:  # late
            rows[home].pop()
            rows[min(home + 2, FILES - 1)].append(one.format(60, "answered"))
    paths = []
    for number, some in enumerate(rows):
        path = folder / f"calls-{number:02d}.csv"
        path.write_text(HEADER + "".join(some))
        paths.append(path)
    return paths


def bring(place: str, path: str, begun: multiprocessing.synchronize.Event, *, whole: bool) -> None:
    """Import one file, whole as a small one or in stretches as a large one, as a process of its own."""
    if not whole:
        stretches.AT_LEAST_BYTES = stretches.PACKED_BYTES = 1
        stretches.STRETCH_BYTES = STRETCH
    if (stretches.recognise(Path(path)) is None) != whole:
        os._exit(WAY)
    begun.set()
    Store.open(place, create=True).import_(path)


def content(case: Case) -> pd.Series:
    """Return what a case holds, call by call, sorted: what must be neither lost nor double."""
    calls = case.calls
    if calls.empty:
        return pd.Series([], dtype=str)
    told = calls["call_id"] + " " + calls["offered_at"].astype(str) + " " + calls["outcome"] + " " + calls["talk_s"].astype(str)
    return told.sort_values(ignore_index=True).astype(str)


def held(place: str) -> pd.Series:
    """Return what the store holds; it must be whole."""
    try:
        store = Store.open(place)
    except Exception:  # noqa: BLE001 - killed before there was one
        return pd.Series([], dtype=str)
    found = store.verify()
    if not found.ok:
        print("\n".join(f"{f.file}: {f.saw}; expected {f.expected}" for f in found.faults))
        sys.exit("the store is damaged")
    return content(store.read())


class Imports:
    """Imports of single files, each in a process of its own."""

    def __init__(self) -> None:
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(["calltrace.intake.load", "calltrace.intake.store.importing"])

    def begin(self, path: Path, place: str, *, whole: bool = False) -> Any:
        """Return the process that imports a file, which has begun to."""
        begun = self._context.Event()
        process = self._context.Process(target=bring, args=(place, str(path), begun), kwargs={"whole": whole})
        process.start()
        while not begun.wait(0.05):
            if process.exitcode is not None:
                sys.exit(f"an import of {path.name} ended with {process.exitcode} before it began")
        return process

    def run(self, path: Path, place: str) -> None:
        """Import a file to the end."""
        self.begin(path, place).join()

    def usual_s(self, path: Path, place: str) -> float:
        """Return how long an import of a file takes here; ``place`` is where nothing is."""
        taken = []
        for _ in range(2):  # the first time others' imports are in it
            begun = time.perf_counter()
            self.run(path, place)
            taken.append(time.perf_counter() - begun)
            shutil.rmtree(place)
        return min(1.0, *taken)


@dataclass
class Attack:
    """Imports one after another into a store, killed until so many were; ``want`` is what each leaves behind."""

    imports: Imports
    paths: list[Path]
    want: list[pd.Series]
    usual_s: float
    rng: random.Random
    place: str
    at: int = 1
    killed: int = 0
    finished: int = 0
    writing: int = 0
    stretched: int = 0

    def kill(self, times: int) -> None:
        """Import and kill; end the program where a store holds neither what it did before nor what it should after."""
        before = held(self.place)
        while self.killed < times:
            if self.at == len(self.paths):  # begin again in a new store: kills must find work to break off
                self.at = 0
                self.place = f"{self.place}x"
                before = pd.Series([], dtype=str)
            self._import()
            now = held(self.place)
            if now.equals(self.want[self.at]):
                self.finished += 1
                before = now
                self.at += 1
            elif not now.equals(before):
                print(f"kill {self.killed} while importing {self.paths[self.at].name}: {len(before)} calls before,"
                      f" {len(now)} now, {len(self.want[self.at])} when done")  # fmt: skip
                sys.exit("the store holds something else than before the import or after it")
            print(f"\rkilled {self.killed} of {times}: {self.writing} while writing, {self.stretched} in stretches;"
                  f" {self.finished} imports done", end="", flush=True)  # fmt: skip
        print()

    def _import(self) -> None:
        """Begin the next import and kill it at a random moment, every other time just when it has begun to write."""
        seen = len(manifest_files(self.place))
        whole = self.rng.random() < WHOLE
        process = self.imports.begin(self.paths[self.at], self.place, whole=whole)
        if self.killed % 2:
            while process.is_alive() and len(manifest_files(self.place)) == seen:
                time.sleep(0.0005)
            time.sleep(self.rng.random() * self.usual_s / 3)
        else:
            time.sleep(self.rng.random() * self.usual_s)
        if process.is_alive() and process.pid:
            with suppress(ProcessLookupError):  # it may have ended this very moment
                os.kill(process.pid, signal.SIGKILL)
                self.killed += 1
                self.writing += len(manifest_files(self.place)) != seen
                self.stretched += not whole
        process.join()


def _run() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--times", type=int, default=100)
    parser.add_argument("--calls", type=int, default=60_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    rng = random.Random(given.seed)
    imports = Imports()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        (folder / "logs").mkdir()
        paths = logs(folder / "logs", given.calls, rng)
        place = str(folder / "store")
        imports.run(paths[0], place)
        usual_s = imports.usual_s(paths[0], f"{place}-trial")
        want = [content(load([str(p) for p in paths[: n + 1]])) for n in range(len(paths))]
        if not held(place).equals(want[0]):
            sys.exit("the first import is not what load gives")
        attack = Attack(imports, paths, want, usual_s, rng, place)
        attack.kill(given.times)
        for path in paths[attack.at :]:
            imports.run(path, attack.place)
        end = held(attack.place)
        orphans = len(Store.open(attack.place).verify().orphans)
        if not end.equals(want[-1]):
            sys.exit("the store does not hold what one load of all files gives")
    states = np.unique([len(w) for w in want])
    print(f"every time whole, nothing lost, nothing double: {len(end):,} calls, {len(states)} states; {orphans} left-overs")
    return 0


def manifest_files(place: str) -> list[str]:
    """Return the names of all files of a store."""
    return [name for _, _, names in os.walk(place) for name in names if name != manifest.MARK]


if __name__ == "__main__":
    sys.exit(_run())
