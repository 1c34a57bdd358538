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


def _run() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--times", type=int, default=100)
    parser.add_argument("--calls", type=int, default=60_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    rng = random.Random(given.seed)
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["calltrace.intake.load", "calltrace.intake.store.importing"])
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        (folder / "logs").mkdir()
        paths = logs(folder / "logs", given.calls, rng)
        place = str(folder / "store")

        def start_at(path: Path, where: str, *, whole: bool = False) -> Any:
            begun = context.Event()
            process = context.Process(target=bring, args=(where, str(path), begun), kwargs={"whole": whole})
            process.start()
            while not begun.wait(0.05):
                if process.exitcode is not None:
                    sys.exit(f"an import of {path.name} ended with {process.exitcode} before it began")
            return process

        # what one import takes here, from its start and from its first file on
        process = start_at(paths[0], place)
        process.join()
        whole_s = 1.0
        for _ in range(2):  # again into a new place: the first time others' imports are in it
            trial = time.perf_counter()
            process = start_at(paths[0], f"{place}-trial")
            process.join()
            whole_s = min(whole_s, time.perf_counter() - trial)
            shutil.rmtree(f"{place}-trial")
        before = held(place)
        want = [content(load([str(p) for p in paths[: n + 1]])) for n in range(len(paths))]
        if not before.equals(want[0]):
            sys.exit("the first import is not what load gives")
        at, killed, finished, writing, stretched = 1, 0, 0, 0, 0
        while killed < given.times:
            if at == len(paths):  # begin again in a new store: kills must find work to break off
                at = 0
                place = f"{place}x"
                before = pd.Series([], dtype=str)
            seen = len(manifest_files(place))
            whole = rng.random() < WHOLE
            process = start_at(paths[at], place, whole=whole)
            if killed % 2:
                while process.is_alive() and len(manifest_files(place)) == seen:
                    time.sleep(0.0005)
                time.sleep(rng.random() * whole_s / 3)
            else:
                time.sleep(rng.random() * whole_s)
            if process.is_alive() and process.pid:
                with suppress(ProcessLookupError):  # it may have ended this very moment
                    os.kill(process.pid, signal.SIGKILL)
                    killed += 1
                    writing += len(manifest_files(place)) != seen
                    stretched += not whole
            process.join()
            now = held(place)
            if now.equals(want[at]):
                finished += 1
                before = now
                at += 1
            elif not now.equals(before):
                print(f"kill {killed} while importing {paths[at].name}: {len(before)} calls before, {len(now)} now,"
                      f" {len(want[at])} when done")  # fmt: skip
                sys.exit("the store holds something else than before the import or after it")
            told = f"killed {killed} of {given.times}: {writing} while writing, {stretched} in stretches; {finished} imports done"
            print(f"\r{told}", end="", flush=True)
        print()
        for path in paths[at:]:
            process = start_at(path, place)
            process.join()
        end = held(place)
        orphans = len(Store.open(place).verify().orphans)
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
