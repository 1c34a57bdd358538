"""A large file of calls for the benchmarks: made at once, kept in the temporary folder, the same every time."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

FOLDER = Path(tempfile.gettempdir()) / "calltrace-benchmarks"
ACCOUNTS = 400
AGENTS = 60
LAST_DAY = "2026-10-31"


def calls_csv(calls: int, days: int = 365, *, seed: int = 1) -> Path:
    """Return a CSV of the generic layout with so many calls over so many days, made where it is not there yet.

    Calls follow the hours of the day and a week's rhythm; accounts and callers are unequal, as they are.
    """
    path = FOLDER / f"calls-{calls}-{days}-{seed}.csv"
    if path.exists():
        return path
    FOLDER.mkdir(mode=0o700, exist_ok=True)
    rng = np.random.default_rng(seed)
    hours = 1 + np.sin((np.arange(24) - 8) / 24 * 2 * np.pi)
    week = np.array([1.1, 1.0, 1.0, 1.0, 1.1, 0.7, 0.6])
    first = np.datetime64(LAST_DAY, "D") - days + 1
    weekday = (first.astype(int) + np.arange(days) + 3) % 7
    share = np.outer(week[weekday], hours).ravel()
    hour = np.sort(rng.choice(days * 24, calls, p=share / share.sum()))
    second = np.sort(hour * 3600 + rng.integers(0, 3600, calls))
    local = first.astype("datetime64[s]") + second.astype("timedelta64[s]")
    account = 1000 + (rng.beta(1, 3, calls) * ACCOUNTS).astype(int)
    outcome = rng.choice(4, calls, p=[0.86, 0.10, 0.02, 0.02])
    answered = outcome == 0
    caller = 2_000_000_000 + (rng.beta(1, 2, calls) * 700_000).astype(np.int64) * 7919
    joined = pc.binary_join_element_wise

    def text(values: np.ndarray) -> pa.Array:
        return pa.array(values).cast(pa.string())

    columns = {
        "call_id": joined(text(second // 86_400 + 251_101), text(np.arange(calls)), "-"),
        "account": text(account),
        "dnis": joined("+1717555", text(account), ""),
        "trunk_group": pa.array(["PRI-A", "PRI-B", "PRI-C"]).take(pa.array(account % 3)),
        "ani": joined("+1", text(caller), ""),
        "agent": pc.if_else(pa.array(answered), joined("A", text(rng.integers(100, 100 + AGENTS, calls)), ""), None),
        "offered_at": joined(pc.replace_substring(pa.array(local).cast(pa.string()), " ", "T"), "-05:00", ""),
        "ring_s": text(rng.integers(1, 20, calls)),
        "queue_s": text(rng.integers(0, 40, calls)),
        "hold_s": text(np.where(answered, rng.integers(0, 20, calls), 0)),
        "talk_s": text(np.where(answered, rng.integers(15, 300, calls), 0)),
        "outcome": pa.array(["answered", "abandoned", "busy", "announcement"]).take(pa.array(outcome)),
        "ended_by": pa.array(["caller", "agent", "system"]).take(pa.array(rng.choice(3, calls, p=[0.5, 0.45, 0.05]))),
        "recording": pc.if_else(pa.array(answered), joined("rec/", text(np.arange(calls)), ".wav", ""), None),
    }
    made = path.with_suffix(".part")
    with made.open("wb") as stream:
        stream.write((",".join(columns) + "\n").encode())
        options = csv.WriteOptions(include_header=False, quoting_style="none")
        csv.write_csv(pa.table(columns), stream, options)
    made.rename(path)
    return path
