"""Lays a world down as files in the generic layout, with the truth beside it where asked."""

from __future__ import annotations

import gzip
import json
from io import BytesIO, StringIO
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from calltrace.errors import UsageError
from calltrace.intake.convert import OPTIONAL
from calltrace.tables.files import together
from calltrace.tables.schema import SOURCE_COLUMNS, TABLES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from calltrace.simulate.service import World

STYLES = ("offset", "plain-offset", "utc", "naive")
_LARGE = ("calls", "kpi", "agents", "messages", "dispatch", "line_tests")
_WHOLE = ("ring_s", "queue_s", "hold_s", "talk_s", "all_trunks_busy_s", "dispatch_within_min")
_DECIMALS = {"asa_s": 1, "service_level_pct": 1, "aht_s": 1, "agents_staffed": 2}


def write(
    world: World,
    folder: Path | str,
    *,
    style: str | None = None,
    truth: bool = True,
    without: Iterable[str] = (),
) -> Path:
    """Write a world in the generic layout, with questions, answers and faults beside it.

    Parameters
    ----------
    world : World
    folder : path
        Made where missing; files of the same names are overwritten.
    style : {"offset", "plain-offset", "utc", "naive"}, optional
        How instants are written: with the service's offset, in UTC with ``Z``, or without either, local to
        the account (where the table has no account, to the service). ``plain-offset`` compresses nothing; the
        others gzip the large tables. The world's own style where None.
    truth : bool
        Whether to write ``questions.json``, ``answers.json`` and ``faults.json`` too.
    without : iterable of str
        Tables to leave out.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    UsageError
        On an unknown style, or where the folder can't be written to: nothing of it is then.
    """
    style = style or world.style
    if style not in STYLES:
        raise UsageError(f'style "{style}"', expected=", ".join(STYLES))
    folder = Path(folder)
    gone = set(without)
    with together(folder) as files:
        folder.mkdir(parents=True, exist_ok=True)
        for name in world.tables:
            plain, packed = folder / f"{name}.csv", folder / f"{name}.csv.gz"
            files.remove(plain)
            files.remove(packed)
            if name in gone:
                continue
            text = table_text(world, name, style)
            if style != "plain-offset" and name in _LARGE:
                files.add(packed, _gzipped(text))
            else:
                files.add(plain, text)
        if truth:
            for name, what in (
                ("questions", world.questions),
                ("answers", world.answers),
                ("faults", world.faults),
            ):
                files.add(folder / f"{name}.json", json.dumps(what, indent=1, ensure_ascii=False) + "\n")
    return folder


def _gzipped(text: str) -> bytes:
    buffer = BytesIO()
    # no name and no time in the header: the same world gives the same bytes
    with gzip.GzipFile(filename="", mode="wb", fileobj=buffer, mtime=0) as packed:
        packed.write(text.encode())
    return buffer.getvalue()


def table_text(world: World, name: str, style: str) -> str:
    """Return one table as CSV text."""
    frame = world.tables[name].drop(columns=list(SOURCE_COLUMNS))
    if name == "calls":
        frame = frame.drop(columns=[c for c in OPTIONAL if frame[c].isna().all()])
    out = pd.DataFrame(index=frame.index)
    for column in TABLES[name].columns:
        if column.name not in frame.columns:
            continue
        values = frame[column.name]
        if column.kind == "instant":
            out[column.name] = _instants(values, frame, world, style)
        elif column.name in _DECIMALS:
            digits = _DECIMALS[column.name]
            out[column.name] = [None if v is None else f"{v:.{digits}f}" for v in _plain(values)]
        elif column.name in _WHOLE:
            out[column.name] = values.astype("Int64")
        else:
            out[column.name] = values
    buffer = StringIO()
    out.to_csv(buffer, index=False, lineterminator="\n")
    return buffer.getvalue()


def _plain(values: pd.Series[float]) -> list[float | None]:
    return [None if pd.isna(v) else float(v) for v in values]


def _instants(
    values: pd.Series[pd.Timestamp], frame: pd.DataFrame, world: World, style: str
) -> pd.Series[str]:
    """Return instants as texts: ISO 8601 to the second, with an offset, with Z, or local without either."""
    if style == "utc":
        return _text(values, "UTC") + "Z"
    if style == "naive":
        texts = pd.Series(pd.NA, index=values.index, dtype="string")
        zones = _zones(frame, world)
        for zone in zones.unique():
            texts[zones == zone] = _text(values[zones == zone], zone)
        return texts
    texts = _text(values, world.zone)
    local = values.dt.tz_convert(world.zone).dt.tz_localize(None)
    minutes = ((local - values.dt.tz_localize(None)).dt.total_seconds() / 60).fillna(0).astype(int)
    names = {m: f"{'-' if m < 0 else '+'}{abs(m) // 60:02d}:{abs(m) % 60:02d}" for m in minutes.unique()}
    return texts + minutes.map(names).astype("string")


def _zones(frame: pd.DataFrame, world: World) -> pd.Series[str]:
    """Return the zone each row's times are local to: its account's where it has one, else the service's."""
    zone_of = {c.account: c.zone for c in world.clients}
    if "account" in frame.columns:
        accounts = frame["account"]
    elif "message_id" in frame.columns:
        accounts = frame["message_id"].map({m.id: m.client.account for m in world.messages})
    elif "number" in frame.columns:
        accounts = frame["number"].map({n: c.account for c in world.clients for n in c.numbers})
    elif "target" in frame.columns:
        accounts = frame["target"]
    else:
        return pd.Series(world.zone, index=frame.index)
    return accounts.map(zone_of).fillna(world.zone)


def _text(values: pd.Series[pd.Timestamp], zone: str) -> pd.Series[str]:
    naive = values.dt.tz_convert(zone).dt.tz_localize(None).to_numpy("datetime64[s]")
    texts = pd.Series(np.datetime_as_string(naive), index=values.index, dtype="string")
    return texts.mask(values.isna(), pd.NA)
