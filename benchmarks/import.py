"""Hold ``calltrace import`` against DuckDB's copy of the same CSV to Parquet, side by side in one run.

    python benchmarks/import.py [--calls 5000000] [--days 365] [--rounds 5] [--goal 1.0] [--memory 20000000]

A CSV of the generic layout is made once and kept in the temporary folder. Each round runs both, one after the other,
each as a process of its own: DuckDB's ``COPY (SELECT * FROM read_csv(...)) TO ... (FORMAT parquet)`` with its own
settings, and ``calltrace import`` into a new store, which also checks every value, deals the calls out by day, keeps
each record once, counts quarter hours, takes checksums and syncs to disk. What the one before wrote is on disk when a
process starts, and nothing is deleted before the end: a disk is slow to make files where many were just deleted.

Told are the medians of the wall time from start to end of the process, and the most memory either held. With ``--goal``
the run fails where calltrace took more than so many times DuckDB's time; with ``--memory`` another import, of so many
calls, shows whether memory stays flat.

Needs the extra ``bench``: pip install "calltrace-cli[bench]".
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import NamedTuple

COPY = "import duckdb, sys; duckdb.sql(f\"COPY (SELECT * FROM read_csv('{sys.argv[1]}')) TO '{sys.argv[2]}' (FORMAT parquet)\")"


class Run(NamedTuple):
    """What a process took: seconds by the clock, the most memory in MB, and seconds of all cores."""

    wall_s: float
    peak_mb: float
    cpu_s: float


def ran(command: list[str], environment: dict[str, str]) -> Run:
    """Run a process and say what it took."""
    began = time.perf_counter()
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    took = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{command[:4]} ended with {process.returncode}")
    return Run(took, used.ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3), used.ru_utime + used.ru_stime)


def made(calls: int, days: int) -> Path:
    """Return the CSV, made by a process of its own: what this one holds would count as its children's."""
    code = f"from _calls import calls_csv; print(calls_csv({calls}, {days}))"
    here = Path(__file__).parent
    told = subprocess.run([sys.executable, "-c", code], cwd=here, capture_output=True, text=True, check=True)
    return Path(told.stdout.strip())


def size(path: Path) -> float:
    """Return the megabytes of a file, or of everything in a folder."""
    files = [path] if path.is_file() else [p for p in path.rglob("*") if p.is_file()]
    return sum(f.stat().st_size for f in files) / 1e6


def _run() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--calls", type=int, default=5_000_000)
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--goal", type=float, default=0, help="fail above this ratio; 0 for no goal")
    parser.add_argument("--memory", type=int, default=0, help="import so many calls too, for their memory")
    given = parser.parse_args()
    source = made(given.calls, given.days)
    print(f"{given.calls:,} calls over {given.days} days, {size(source):.0f} MB of CSV; {os.cpu_count()} cores")
    environment = {**os.environ, "CALLTRACE_CONFIG": ""}
    with tempfile.TemporaryDirectory(prefix="calltrace-benchmark-") as temporary:
        folder = Path(temporary)
        duck = [sys.executable, "-c", COPY, str(source)]
        mine = [sys.executable, "-m", "calltrace", "import", str(source), "--store"]
        taken: dict[str, list[Run]] = {"duckdb copy": [], "calltrace import": []}
        sizes: dict[str, float] = {}
        for number in range(given.rounds):
            for name, command, kind in (("duckdb copy", duck, "parquet"), ("calltrace import", mine, "store")):
                result = folder / f"{number}.{kind}"  # kept to the end: see above
                if hasattr(os, "sync"):
                    os.sync()
                taken[name].append(ran([*command, str(result)], environment))
                sizes[name] = size(result)
        print(f"{'':18} {'median s':>9} {'best':>6} {'worst':>6} {'cpu s':>6} {'peak MB':>8} {'MB on disk':>11}")
        for name, runs in taken.items():
            times = [r.wall_s for r in runs]
            cpu, peak = median(r.cpu_s for r in runs), max(r.peak_mb for r in runs)
            print(
                f"{name:18} {median(times):9.2f} {min(times):6.2f} {max(times):6.2f} {cpu:6.2f} {peak:8.0f}"
                f" {sizes[name]:11.0f}"
            )
        ratio = median(r.wall_s for r in taken["calltrace import"]) / median(r.wall_s for r in taken["duckdb copy"])
        print(f"calltrace import takes {ratio:.2f} times duckdb's time")
        if given.memory:
            larger = made(given.memory, given.days)
            run = ran([*mine[:-2], str(larger), "--store", str(folder / "larger.store")], environment)
            print(f"{given.memory:,} calls: {run.wall_s:.1f} s, peak {run.peak_mb:.0f} MB")
    return int(bool(given.goal) and ratio > given.goal)


if __name__ == "__main__":
    sys.exit(_run())
