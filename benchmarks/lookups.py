"""Time finding calls in a store of five million against a bare ``import pandas``, side by side in one run.

    python benchmarks/lookups.py [--calls 5000000] [--days 365] [--rounds 5] [--goal 3]

The store is filled once and kept in the temporary folder. Each round runs, one after the other and each as a process
of its own: ``python -c "import pandas"``, one caller's calls in the whole year, an agent's calls of one day, and the
calls of one account of one day. Told are medians of wall time from start to end, and of the time of all cores. With
``--goal`` the run fails where a lookup took more than so many times the bare import.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

from _calls import FOLDER, LAST_DAY, calls_csv

from calltrace.intake.store import Store, is_store

BARE = "import pandas"


def filled(calls: int, days: int) -> Path:
    """Return a store of so many calls, filled where there is none yet."""
    place = FOLDER / f"store-{calls}-{days}"
    if not is_store(place):
        print("filling the store …", flush=True)
        Store.open(place, create=True).import_(calls_csv(calls, days))
    return place


def ran(command: list[str], environment: dict[str, str]) -> tuple[float, float]:
    """Run a process; return its wall time and the time of all cores, in seconds."""
    began = time.perf_counter()
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    said = process.stdout.read() if process.stdout else b""
    _, status, used = os.wait4(process.pid, 0)
    took = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode or ("calltrace" in command and not said):
        sys.exit(f"{' '.join(command)} ended with {process.returncode} and said {said[:200]!r}")
    return took, used.ru_utime + used.ru_stime


def _run() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--calls", type=int, default=5_000_000)
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--goal", type=float, default=0, help="fail above this ratio; 0 for no goal")
    given = parser.parse_args()
    place = filled(given.calls, given.days)
    newest = Store.open(place).find(agent="A120", limit=1)
    caller = str(newest["ani"].iloc[0])
    start = [sys.executable, "-m", "calltrace", "calls", str(place)]
    commands = {
        BARE: [sys.executable, "-c", BARE],
        "one caller, all days": [*start, "--caller", caller],
        "an agent, one day": [*start, "--agent", "A120", "--from", LAST_DAY, "--to", LAST_DAY],
        "an account, one day": [*start, "--account", "1100", "--from", LAST_DAY, "--to", LAST_DAY],
    }
    environment = {**os.environ, "CALLTRACE_CONFIG": ""}
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in commands}
    for _ in range(given.rounds + 1):  # the first warms up
        for name, command in commands.items():
            taken[name].append(ran(command, environment))
    bare, bare_cpu = (median(t[i] for t in taken[BARE][1:]) for i in (0, 1))
    print(f"{given.calls:,} calls over {given.days} days; {os.cpu_count()} cores")
    print(f"{'':22} {'median s':>9} {'ratio':>6} {'cpu s':>7} {'ratio':>6}")
    worst = 0.0
    for name, runs in taken.items():
        wall, cpu = (median(t[i] for t in runs[1:]) for i in (0, 1))
        worst = max(worst, wall / bare)
        print(f"{name:22} {wall:9.2f} {wall / bare:6.2f} {cpu:7.2f} {cpu / bare_cpu:6.2f}", flush=True)
    return int(bool(given.goal) and worst > given.goal)


if __name__ == "__main__":
    sys.exit(_run())
