"""Time the audit: yesterday's of a store, and that of a whole CSV, each side by side with something bare.

    python benchmarks/audit.py [--calls 5000000] [--days 365] [--rounds 5] [--goal 0] [--flat 0]
    python benchmarks/audit.py --csv [--calls 5000000] [--days 365] [--rounds 5] [--goal 0] [--flat 0]

Of a store: each round runs, one after the other and each as a process of its own, ``python -c "import pandas"``,
``calltrace audit STORE --from yesterday --to yesterday`` of a store with all the days, and of one with the last month
of as many calls a day. With ``--csv``: a bare Polars group-by of the CSV into counts of 15 minutes an account, and
``calltrace audit CSV`` of all its days, all checks. The files and stores are made once and kept in the temporary folder.

Told are medians of the wall time from start to end, that of all cores, their ratio to the bare one, the most memory
any process held, and the most all processes of the run held together (on Linux: what they share is counted once). With
``--goal`` the run fails where the audit took more than so many times the bare one, with ``--flat`` where the year took
more than so many times the month; with ``--csv --flat`` a file of four times the calls is audited once as well, made for
it and deleted, and the run fails where that took more than so many times the memory.

Needs the extra ``bench`` for --csv: pip install "calltrace-cli[bench]".
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from statistics import median
from typing import NamedTuple

from _calls import FOLDER, LAST_DAY

MONTH = 31
GROUP_BY = """
import sys
import polars as pl
at = pl.col("offered_at").str.to_datetime("%Y-%m-%dT%H:%M:%S%z", time_unit="us")
read = pl.scan_csv(sys.argv[1], infer_schema=False).with_columns(at.dt.truncate("15m"))
print(read.group_by("account", "offered_at").len().collect().height)
"""


class Run(NamedTuple):
    """What a process took: seconds by the clock and of all cores, and the most memory in MB, of one and of all."""

    wall_s: float
    cpu_s: float
    peak_mb: float
    all_mb: float


class Watch(threading.Thread):
    """Sees now and then how much memory a process and those it started hold; ``most`` is in MB, 0 where it can't be told."""

    def __init__(self, process: int) -> None:
        super().__init__(daemon=True)
        self.process, self.most = process, 0.0
        self.ended = threading.Event()

    def run(self) -> None:
        """Look every second until told that it ended."""
        while not self.ended.wait(1.0):
            self.most = max(self.most, sum(map(_held, _family(self.process))) / 1e3)


def _family(process: int) -> list[int]:
    found = [process]
    for told in Path(f"/proc/{process}/task").glob("*/children"):
        with suppress(OSError):  # it ended meanwhile
            found += [one for child in told.read_text().split() for one in _family(int(child))]
    return found


def _held(process: int) -> int:
    """Return the kilobytes a process holds, of what it shares with others its part."""
    with suppress(OSError):
        for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1])
    return 0


def ran(command: list[str], environment: dict[str, str]) -> Run:
    """Run a process and say what it took; an audit that finds something ends with 1."""
    began = time.perf_counter()
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE)
    watch = Watch(process.pid)
    watch.start()
    said = process.stdout.read() if process.stdout else b""
    _, status, used = os.wait4(process.pid, 0)
    took = time.perf_counter() - began
    watch.ended.set()
    watch.join()
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in {0, 1} or ("calltrace" in command and not said):
        sys.exit(f"{' '.join(command[:4])} ended with {process.returncode}")
    peak = used.ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)
    return Run(took, used.ru_utime + used.ru_stime, peak, max(peak, watch.most))


def made(code: str) -> Path:
    """Return what a process of its own makes: what this one holds would count as its children's memory."""
    told = subprocess.run(
        [sys.executable, "-c", f"from _calls import calls_csv\n{code}"], cwd=Path(__file__).parent, capture_output=True,
        text=True, check=True)
    return Path(told.stdout.split()[-1])


def csv(calls: int, days: int) -> Path:
    """Return a CSV of so many calls."""
    return made(f"print(calls_csv({calls}, {days}))")


def store(calls: int, days: int) -> Path:
    """Return a store of so many calls, filled where there is none yet."""
    place = FOLDER / f"store-{calls}-{days}"
    return made(f"""
from calltrace.intake.store import Store, is_store
place = {str(place)!r}
if not is_store(place):
    Store.open(place, create=True).import_(calls_csv({calls}, {days}))
print(place)""")


def four_times(calls: int, days: int, audit: list[str], environment: dict[str, str]) -> float:
    """Return the memory (MB) that the audit of a CSV of four times the calls takes; the file is there for it alone."""
    source = csv(4 * calls, days)
    try:
        one = ran([*audit, str(source)], environment)
    finally:
        source.unlink()
    print(f"{4 * calls:,} calls: {one.wall_s:.2f} s, cpu {one.cpu_s:.2f} s, peak {one.peak_mb:.0f} MB, all {one.all_mb:.0f} MB")
    return one.all_mb


def _run() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--calls", type=int, default=5_000_000)
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--csv", action="store_true", help="audit a whole CSV instead")
    parser.add_argument("--goal", type=float, default=0, help="fail above this ratio to the bare one; 0 for no goal")
    parser.add_argument("--flat", type=float, default=0, help="fail above this ratio of a year to a month, of 4 to 1")
    given = parser.parse_args()
    audit = [sys.executable, "-m", "calltrace", "audit"]
    if given.csv:
        source = str(csv(given.calls, given.days))
        bare, whole = "polars group-by", "audit of the CSV"
        commands = {bare: [sys.executable, "-c", GROUP_BY, source], whole: [*audit, source]}
    else:
        month = given.calls * MONTH // given.days
        yesterday = ["--from", LAST_DAY, "--to", LAST_DAY]
        bare, whole = "import pandas", f"a day of {given.days} days"
        commands = {
            bare: [sys.executable, "-c", "import pandas"],
            whole: [*audit, str(store(given.calls, given.days)), *yesterday],
            f"a day of {MONTH} days": [*audit, str(store(month, MONTH)), *yesterday],
        }
    environment = {**os.environ, "CALLTRACE_CONFIG": ""}
    taken: dict[str, list[Run]] = {name: [] for name in commands}
    for turn in range(given.rounds + (not given.csv)):  # the first reading of a store warms up
        for name, command in commands.items():
            one = ran(command, environment)
            if turn or given.csv:
                taken[name].append(one)
    wall, cpu = ({name: median(run[i] for run in runs) for name, runs in taken.items()} for i in (0, 1))
    print(f"{given.calls:,} calls over {given.days} days; {os.cpu_count()} cores")
    print(f"{'':18} {'median s':>9} {'ratio':>7} {'cpu s':>7} {'ratio':>7} {'peak MB':>8} {'all MB':>7}")
    for name, runs in taken.items():
        print(f"{name:18} {wall[name]:9.2f} {wall[name] / wall[bare]:7.2f} {cpu[name]:7.2f} {cpu[name] / cpu[bare]:7.2f}"
              f" {max(r.peak_mb for r in runs):8.0f} {max(r.all_mb for r in runs):7.0f}")
    flat = wall[whole] / wall[list(commands)[-1]]
    if not given.csv:
        print(f"the year takes {flat:.2f} times the month")
    elif given.flat:
        flat = four_times(given.calls, given.days, audit, environment) / max(r.all_mb for r in taken[whole])
        print(f"four times the calls take {flat:.2f} times the memory")
    return int((bool(given.goal) and wall[whole] > given.goal * wall[bare]) or (bool(given.flat) and flat > given.flat))


if __name__ == "__main__":
    sys.exit(_run())
