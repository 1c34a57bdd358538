#!/usr/bin/env python3
"""Makes the sample logs: the story calltrace was written for, the same as Asterisk logs, and a healthy week.

Seeded: the same bytes on every run (``git diff`` shows nothing after it). All names are invented and every
number is of the 555-01xx block kept for stories.

    python tools/make_samples.py [FOLDER]
"""

from __future__ import annotations

import sys
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from calltrace import simulate
from calltrace.simulate import clock
from calltrace.simulate.clients import draw_clients, week_shape
from calltrace.simulate.numbers import Numbers
from calltrace.simulate.plan import Event, Fault, Plan

if TYPE_CHECKING:
    from calltrace.simulate.clients import Client
    from calltrace.simulate.faults import Setting

ROOT = Path(__file__).resolve().parent.parent / "sample_logs"
ZONE = "America/New_York"
POLAR = "1021"
MONDAY = date(2026, 1, 12)  # the records begin
CONTRACT = date(2026, 2, 9)  # the restaurant chain's calls begin, on a Monday
FRIDAY = date(2026, 2, 13)  # the weekend after, nobody forwards the lines
COMPLAINT = date(2026, 2, 16)  # Monday: the client is on the phone

WEEKEND = """\
# A weekend without calls

The story calltrace was written for, in the generic layout. Invented, made by `tools/make_samples.py`.

Polar Refrigeration (account 1021) repairs walk-in coolers and freezers. Its office takes its own calls
on weekdays; from 17:00 to 08:00 and all weekend the lines are forwarded to the service. On Monday 9
February 2026 a new contract began: forty restaurants of the Harvest Table chain have the stickers with
Polar's toll-free number on their coolers, and calls went up at once.

On Monday the 16th at 08:20 the owner is on the phone. All weekend restaurants rang, nobody answered, a
cooler full of food is lost and so, nearly, is the contract. "My customers say it just rang. You people
missed every call since Friday night."

What the logs hold:

- `calls.csv.gz`: not one call for 1021 from Friday 17:00 to Monday 08:00. On the weekends before there were
  dozens.
- `line_tests.csv.gz`: test calls to all of Polar's numbers, the toll-free one too, rang through on the
  weekend.
- `kpi.csv.gz`: the platform answered as on any weekend; no trunk group was full, none was quiet.
- every other account, those on the same trunk group too, had its usual calls.
- `accounts.csv`: 1021's lines should have been forwarded from Friday 17:00.
- `events.csv`: the contract, noted when it was signed; a cold snap; maintenance that did no harm.

So the calls never reached the switch: the lines were not forwarded.

    calltrace investigate sample_logs/refrigeration-weekend --account 1021 --complaint missed-calls \\
        --from "2026-02-13 16:00" --to "2026-02-16 09:00"
"""

ASTERISK = """\
# The same weekend, as an Asterisk wrote it

The weekend of `../refrigeration-weekend`, as `Master.csv` (cdr_csv) and `queue_log`, the logs going back
sixteen days; `accounts.csv` says which number belongs to whom. Invented, made by
`tools/make_samples.py`; the PBX's clock is America/New_York.

One call is one to several rows of `Master.csv`: every phone that rang out is a row of its own. Nothing
in these files says "not forwarded": account 1021 is simply not there from Friday 13 February 17:00 to
Monday the 16th 08:00, while the others go on, and no line says that the switch stopped.

    calltrace investigate sample_logs/refrigeration-weekend-asterisk --account 1021 \\
        --complaint missed-calls --from "2026-02-13 16:00" --to "2026-02-16 09:00" --tz America/New_York
"""

HEALTHY = """\
# A healthy week

Seven days of a small answering service on which nothing went wrong, all nine tables of the generic
layout. Invented, made by `tools/make_samples.py`. People forward their lines some minutes early or late,
an agent lets a phone ring out now and then, a caller hangs up, one test call in some hundreds fails for
no reason: none of it is a fault.

    calltrace inspect sample_logs/healthy-week
"""


def _clients(seed: int, count: int, per_day: float) -> list[Client]:
    """Return the service's clients, Polar Refrigeration among them."""
    numbers = Numbers(np.random.default_rng(seed), ZONE, fictional=True)
    clients = draw_clients(
        np.random.default_rng(seed + 1),
        count=count,
        calls_per_day=per_day,
        zone=ZONE,
        groups=("PRI-1", "TOLL-FREE"),
        numbers=numbers,
    )
    polar = clients[0]
    polar.account, polar.name, polar.kind, polar.zone = POLAR, "Polar Refrigeration", "trades", ZONE
    polar.coverage = clock.after_hours(480, 1020)
    shape = week_shape("trades")
    covered = polar.coverage.hours()
    polar.rate = shape * 12 * 7 / float((shape * covered).sum())
    polar.volume = 12.0
    polar.numbers = ("+18005550142", "+15855550127")
    polar.shares = np.array([0.6, 0.4])
    polar.trunk_group = "TOLL-FREE"
    polar.office_number = "+15855550126"
    polar.auto_after_s = None
    polar.sloppy_min = 4.0
    for k, client in enumerate(clients[1:]):
        client.account = str(1034 + 13 * k)
    clients[1].trunk_group = clients[2].trunk_group = "TOLL-FREE"
    return clients


def _story(setting: Setting, plan: Plan) -> None:
    """Put the story in: the contract brings calls, the lines are never forwarded for the weekend."""

    def at(day: date, minute: int) -> float:
        return clock.epoch(day, minute, ZONE)

    plan.rates.append((frozenset({POLAR}), at(CONTRACT, 0), setting.end, 1.6))
    start, end = at(FRIDAY, 17 * 60), at(COMPLAINT, 8 * 60)
    plan.unforwarded.append((POLAR, None, start - 1200, end + 1200))
    plan.faults.append(
        Fault("lines-not-forwarded", start - 1200, end + 1200, account=POLAR, shown=(start, end))
    )
    plan.events += [
        Event(
            at(CONTRACT, 0),
            None,
            "note",
            "account",
            POLAR,
            "new contract: Harvest Table restaurants, 40 sites, toll-free number on every cooler",
        ),
        Event(
            at(FRIDAY, 9 * 60), at(FRIDAY + timedelta(days=1), 20 * 60), "weather", "region", "", "cold snap"
        ),
        Event(
            at(FRIDAY + timedelta(days=1), 120),
            at(FRIDAY + timedelta(days=1), 180),
            "maintenance",
            "platform",
            "",
            "recording archive moved, no calls affected",
        ),
    ]
    polar = next(c for c in setting.clients if c.account == POLAR)
    for day, minute in (
        (FRIDAY + timedelta(days=1), 11 * 60),
        (FRIDAY + timedelta(days=2), 10 * 60),
        (COMPLAINT, 8 * 60 + 31),
    ):
        plan.tests += [(at(day, minute) + 40.0 * k, number) for k, number in enumerate(polar.numbers)]


def weekend() -> simulate.World:
    """Play the weeks before the weekend, the weekend, and the Monday morning."""
    days = (COMPLAINT - MONDAY).days + 1
    spec = simulate.Spec(
        seed=1021,
        days=days,
        zone=ZONE,
        start=MONDAY,
        causes=(),
        clients=_clients(1021, 12, 112),
        fictional=True,
        decoys=False,
        many_questions=False,
        cut_hours=14.0,
    )
    return simulate.build(spec, prepare=_story)


def _uneventful(setting: Setting, plan: Plan) -> None:
    """Note what happened in the week, none of which did any harm."""
    friday = clock.epoch(MONDAY + timedelta(days=4), 0, ZONE)
    plan.events += [
        Event(friday + 7 * 3600, friday + 15 * 3600, "weather", "region", "", "wind advisory"),
        Event(
            friday - 40 * 3600,
            friday - 38 * 3600,
            "note",
            "account",
            setting.clients[2].account,
            "contact person on holiday until Monday",
        ),
    ]


def healthy() -> simulate.World:
    """Play a week on which nothing goes wrong."""
    spec = simulate.Spec(
        seed=7,
        days=7,
        zone=ZONE,
        start=MONDAY,
        causes=(),
        clients=_clients(77, 10, 80),
        fictional=True,
        decoys=False,
        many_questions=False,
        tail_days=3,
    )
    return simulate.build(spec, prepare=_uneventful)


def main(root: Path = ROOT) -> None:
    """Write the three folders."""
    told = weekend()
    polar = told.tables["calls"]
    polar = polar[(polar["account"] == POLAR).fillna(value=False)]
    silent = polar[polar["offered_at"].between("2026-02-13T22:00Z", "2026-02-16T12:59Z")]
    before = polar[polar["offered_at"].between("2026-02-06T22:00Z", "2026-02-09T12:59Z")]
    tests = told.tables["line_tests"]
    own = tests[
        tests["number"].isin(["+18005550142", "+15855550127"]) & (tests["tested_at"] > "2026-02-13T22:00Z")
    ]
    if len(silent) or len(before) < 15 or (own["result"] != "ok").any():
        raise SystemExit("the story does not come out: try another seed")
    for name, text in (("refrigeration-weekend", WEEKEND), ("healthy-week", HEALTHY)):
        folder = simulate.write(
            told if name != "healthy-week" else healthy(), root / name, style="offset", truth=False
        )
        (folder / "README.md").write_text(text, encoding="utf-8")
    folder = root / "refrigeration-weekend-asterisk"
    simulate.write_asterisk(told, folder, since=clock.epoch(COMPLAINT - timedelta(days=16), 0, ZONE))
    (folder / "README.md").write_text(ASTERISK, encoding="utf-8")
    print(
        f"{len(polar)} calls of Polar Refrigeration, {len(before)} on the weekend before, {len(silent)} since"
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT)
