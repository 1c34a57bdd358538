"""A few days of calls as files, and how a store is held against load()."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from calltrace.intake.store import Store, manifest
from calltrace.tables.schema import TABLES

HEADER = "call_id,account,dnis,trunk_group,ani,agent,offered_at,ring_s,queue_s,hold_s,talk_s,outcome,ended_by\n"


def row(number: int, at: str, *, account: str = "1021", ani: str = "+17175550100", outcome: str = "answered",
        talk: str = "60", call_id: str = "") -> str:
    """A line of calls.csv."""
    agent = "A1" if outcome == "answered" else ""
    return (
        f"{call_id or f'c-{number}'},{account},+1212555{int(account):04d},T1,{ani},{agent},{at},5,0,0,{talk},{outcome},caller\n"
    )


def lines(days: Iterable[int], a_day: int = 8) -> list[str]:
    """Calls of these days of October 2026, so many a day, one in four lost, of two accounts."""
    made = []
    for day in days:
        for i in range(a_day):
            number = day * 1000 + i
            at = f"2026-10-{day:02d}T{8 + i // 4:02d}:{i % 4 * 15:02d}:{day:02d}-04:00"
            made.append(row(number, at, account="1021" if i % 2 else "1022", ani=f"+1717555{1000 + i:04d}",
                            outcome="abandoned" if i % 4 == 3 else "answered"))
    return made


def same(want: pd.DataFrame, got: pd.DataFrame, name: str, *, source: bool = True) -> None:
    """Hold two frames of a table against each other, whatever the order of equals and the number of categories."""
    columns = [c for c in want.columns if source or not c.startswith("source_")]
    order = [*TABLES[name].identity, *(["source_line"] if source else [])]
    left, right = (
        f[columns].astype({"source_file": "str"} if source else {}).sort_values(order, ignore_index=True)
        for f in (want, got)
    )
    pd.testing.assert_frame_equal(left, right)


def held(store: Store) -> set[str]:
    """The files of a store that its state stands on."""
    return store.state().files()


def import_at_once(store: Store, paths: Iterable[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """Import the paths at once: all have read the same state and written their files before any puts its own in force."""
    paths = list(paths)
    all_there = threading.Barrier(len(paths), timeout=20)
    real, met = manifest.latest, threading.local()

    def together(place: Any) -> Any:
        state = real(place)
        met.times = getattr(met, "times", 0) + 1
        if met.times == 2:  # the first look is for what is known, the second for what to build on
            all_there.wait()
        return state

    with monkeypatch.context() as patched:
        patched.setattr(manifest, "latest", together)
        threads = [threading.Thread(target=Store.open(store.url).import_, args=(p,)) for p in paths]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
