"""Measure how fast each format is read, against Arrow's bare reading of the same bytes as columns.

    python benchmarks/reading.py [FORMAT...] [--megabytes 2] [--rounds 5] [--goal 5]

Every format's own samples are grown to a few megabytes (the lines below the header again and again) and read by
the format and by ``pyarrow.csv.read_csv``, each the median of some rounds. Arrow splits the lines and guesses
types; the format also decides what each row means, checks every value and accounts for what it leaves out. The
ratio says what that costs. Where lines have unequal numbers of fields (queue_log), Arrow is given the same lines
filled up with separators, for it reads no others; of fixed columns and JSON it reads whole lines, which is far
less, so their ratios are not to be compared with the others'.

With ``--goal`` the run fails where a format of separated values is slower than so many times Arrow's reading
(given formats only; asterisk_cdr_csv, asterisk_queue_log and generic where none are).
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median

import pyarrow as pa
from pyarrow import csv as arrow_csv

from calltrace.intake import formats, sources
from calltrace.intake.formats._base import ReadOptions, Stream
from calltrace.intake.opened import stream_of

SAMPLES = Path(__file__).resolve().parent.parent / "sample_logs"
FIRST = ("asterisk_cdr_csv", "asterisk_queue_log", "generic")
"""Formats held to the goal where none are named."""
LIKELY = {"asterisk_queue_log": "|"}


def samples(name: str) -> list[Stream]:
    """Return the samples a format claims, the largest first."""
    found = []
    for path in sorted(SAMPLES.rglob("*")):
        if not path.is_file() or path.suffix == ".md" or ".expected." in path.name:
            continue
        opened = (o.stream for o in sources.open_all([path]) if o.stream is not None)
        found += [stream for stream in opened if formats.get(name).detect(stream.head) is not None]
    return sorted(found, key=lambda s: -len(s.data))


def grown(stream: Stream, name: str, size: int) -> Stream:
    """Return the stream with the lines below its header repeated until it has so many bytes."""
    data = stream.data if stream.data.endswith(b"\n") else stream.data + b"\n"
    lines = data.splitlines(keepends=True)
    head = 0
    while head < min(len(lines) - 1, 10):
        rest = stream_of(stream.display, b"".join(lines[head:]))
        if formats.get(name).detect(rest.head) is None:
            break
        head += 1
    head = head if head < min(len(lines) - 1, 10) else 0  # known without a header
    body = b"".join(lines[head:])
    times = max(size // max(len(body), 1), 1)
    return stream_of(stream.display, b"".join(lines[:head]) + body * times)


def columns(stream: Stream, name: str) -> tuple[bytes, str]:
    """Return what Arrow is to read, and the separator; '' where the lines hold none."""
    data = stream.data
    if data.lstrip()[:1] in {b"{", b"[", b"<"}:
        return data.replace(b"\x01", b""), ""
    lines = stream.head.lines[:200]
    best = LIKELY.get(name) or max(",;\t|", key=lambda d: sum(line.count(d) for line in lines))
    if sum(best in line for line in lines) < 0.8 * len(lines):
        return data, ""
    rows = data.splitlines()
    counts = [row.count(best.encode()) for row in rows]
    if name == "asterisk_queue_log":
        widest = max(counts)
        data = b"\n".join(row + b"|" * (widest - n) for row, n in zip(rows, counts, strict=True)) + b"\n"
    return data, best


def bare(data: bytes, separator: str) -> Callable[[], object]:
    """Return a reading of the bytes by Arrow alone."""

    def run() -> object:
        return arrow_csv.read_csv(
            pa.BufferReader(data),
            read_options=arrow_csv.ReadOptions(autogenerate_column_names=True),
            parse_options=arrow_csv.ParseOptions(
                delimiter=separator or "\x01", quote_char='"' if separator else False,
                invalid_row_handler=lambda _: "skip", newlines_in_values=False,
            ),
        )  # fmt: skip

    return run


def took(rounds: int, *runs: Callable[[], object]) -> list[float]:
    """Return the median of some rounds of each, in seconds, after one to warm up.

    They take turns, so that whatever else the machine does at the time slows both.
    """
    found: list[list[float]] = [[] for _ in runs]
    for number in range(rounds + 1):
        for place, run in enumerate(runs):
            start = time.perf_counter()
            run()
            if number:
                found[place].append(time.perf_counter() - start)
    return [median(times) for times in found]


def _run() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("formats", nargs="*", metavar="FORMAT")
    parser.add_argument("--megabytes", type=float, default=2)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--goal", type=float, default=0, help="fail above this ratio; 0 for no goal")
    given = parser.parse_args()
    names = [n.replace("-", "_") for n in given.formats] or list(formats.NAMES)
    held = names if given.formats else FIRST
    missed = []
    print(f"{'format':24} {'MB':>5} {'rows':>8} {'read s':>8} {'MB/s':>7} {'arrow s':>8} {'ratio':>6}")
    for name in names:
        found = samples(name)
        if not found:
            print(f"{name:24} no sample")
            continue
        stream = grown(found[0], name, int(given.megabytes * 1e6))
        data, separator = columns(stream, name)
        chosen = formats.get(name)
        if chosen.detect(stream.head) is None:
            print(f"{name:24} its sample can't be grown by repeating lines")
            continue
        rows = chosen.read(stream, ReadOptions()).rows
        reading = partial(chosen.read, stream, ReadOptions())
        mine, theirs = took(given.rounds, reading, bare(data, separator))
        ratio, size = mine / theirs, len(stream.data) / 1e6
        note = "" if separator else "  (arrow: whole lines)"
        print(f"{name:24} {size:5.1f} {rows:8} {mine:8.3f} {size / mine:7.1f} {theirs:8.3f} {ratio:6.1f}{note}", flush=True)
        if given.goal and name in held and separator and ratio > given.goal:
            missed.append(name)
    if missed:
        print(f"slower than {given.goal:g} times Arrow: {', '.join(missed)}", file=sys.stderr)
    return int(bool(missed))


if __name__ == "__main__":
    sys.exit(_run())
