"""Puts one answering service together, plays it, and lays its records on the table."""

from __future__ import annotations

from dataclasses import field
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from calltrace.classes import dataclass
from calltrace.errors import UsageError
from calltrace.normal import erlang
from calltrace.simulate import (
    calls,
    clock,
    demand,
    faults,
    floor,
    line_tests,
    messages,
    records,
    roster,
    troubles,
    unfounded,
)
from calltrace.simulate.clients import Client, draw_clients
from calltrace.simulate.numbers import Numbers
from calltrace.simulate.plan import CLAIMS, DISPATCH, ONE_ACCOUNT, PARTIES, PLATFORM_WIDE, QUIET, Plan
from calltrace.simulate.questions import Interview
from calltrace.simulate.switch import House, Record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import pandas as pd

    from calltrace.simulate.messages import Message
    from calltrace.tables.case import Case

ZONES = (
    "America/New_York",
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Los_Angeles",
    "America/Phoenix",
    "Europe/London",
    "Asia/Kolkata",
    "Australia/Sydney",
)
_GROUP_NAMES = ("PRI-A", "PRI-B", "SIP-1", "SIP-EAST", "T1-03", "CARRIER2", "TF-800", "TOLLFREE")
COMPLAINTS = (
    "missed-calls",
    "long-ring",
    "long-hold",
    "abandoned",
    "busy",
    "dispatch",
    "caller-claim",
    "high-bill",
    "rude-operator",
)


@dataclass
class World:
    """A world that has been played: its tables, and the truth.

    ``tables`` are frames typed as in :mod:`calltrace.tables.schema` (UTC; ``source_file`` NA). ``questions``,
    ``answers`` and ``faults`` have the shapes of the labelled case folders. ``begin`` and ``end`` are epoch
    seconds; the records were exported at ``end``. ``style`` is how :func:`calltrace.simulate.write` lays it
    down unless told otherwise.
    """

    seed: int
    zone: str
    begin: float
    end: float
    tables: dict[str, pd.DataFrame]
    questions: list[dict[str, Any]]
    answers: dict[str, Any]
    faults: list[dict[str, Any]]
    style: str
    clients: list[Client]
    plan: Plan
    record: Record
    messages: list[Message]
    house: House
    agents: list[str]
    expected: dict[str, float] = field(default_factory=dict)

    def case(self, *, without: Iterable[str] = ()) -> Case:
        """Return the records as a Case, less the tables named."""
        from calltrace.tables.case import Case  # noqa: PLC0415 - only those who ask need it

        gone = set(without)
        return Case(
            tables={k: v for k, v in self.tables.items() if k not in gone},
            zone=self.zone,
            zone_from="simulator",
        )

    def true_cause(self) -> str | None:
        """Return the cause of the only question; for worlds that pose one."""
        return next(iter(self.answers.values()))["cause"] if self.answers else None


@dataclass
class Spec:
    """What a world is made of; everything left None is drawn."""

    seed: int
    days: int = 42
    zone: str | None = None
    accounts: int | None = None
    calls_per_day: float | None = None
    groups: int | None = None
    start: date | None = None
    causes: tuple[str, ...] | None = None
    tail_days: float = 10.0
    many_questions: bool = True
    clients: list[Client] | None = None
    fictional: bool = False
    kpi_minutes: int = 15
    decoys: bool = True
    rude: bool = False
    cut_hours: float = 0.0


def build(spec: Spec, *, prepare: Callable[[faults.Setting, Plan], None] | None = None) -> World:
    """Build and play a world.

    Parameters
    ----------
    spec : Spec
    prepare : callable(Setting, Plan), optional
        Puts troubles in by hand, after those of ``spec.causes``.
    """
    rng = np.random.default_rng([spec.seed, 1])
    setting, agents = _setting(spec, rng)
    plan = Plan()
    for cause in _chosen(spec, setting):
        faults.put(cause, setting, plan)
    if spec.decoys:
        faults.decoys(setting, plan)
    if prepare is not None:
        prepare(setting, plan)
    record = _played(spec, setting, plan)
    calls.number(record.calls, setting.zone, int(rng.integers(4)))
    since = _reaching_back(spec, setting, rng)
    rosters = _rosters(spec, setting, agents, since["messages"])
    taken = messages.take(
        setting.clients, record.calls, plan, rosters, seed=spec.seed + 10, since=since["messages"]
    )
    interview = Interview(setting, plan, record, taken, rosters, seed=spec.seed + 11)
    _interviewed(spec, interview)
    style = str(rng.choice(["offset", "offset", "utc", "plain-offset"]))
    questions, answers, truth = interview.written(f"world{spec.seed}", "utc" if style == "utc" else "offset")
    tests = line_tests.draw(setting, plan, since["tests"], np.random.default_rng([spec.seed, 12]))
    return World(
        seed=spec.seed,
        zone=setting.zone,
        begin=setting.begin,
        end=setting.end,
        tables={
            **_switch_tables(spec, setting, plan, record=record, since=since, rng=rng),
            "accounts": records.accounts_frame(setting.clients, plan, now=setting.end),
            "events": records.events_frame(plan),
            "line_tests": records.tests_frame(tests),
            "messages": records.messages_frame(taken),
            "dispatch": records.dispatch_frame(taken, now=setting.end),
            "oncall": records.oncall_frame(rosters),
        },
        questions=questions,
        answers=answers,
        faults=truth,
        style=style,
        clients=setting.clients,
        plan=plan,
        record=record,
        messages=taken,
        house=setting.house,
        agents=agents,
    )


# --- the steps of a world, in the order in which they draw from its chance -----------------------------------


def _setting(spec: Spec, rng: np.random.Generator) -> tuple[faults.Setting, list[str]]:
    """Draw the service: where it is, for whom it answers, how its house is run, and its agents by name."""
    zone = spec.zone or str(rng.choice(ZONES))
    first = spec.start or date(2025, 1, 6) + timedelta(days=int(rng.integers(0, 700)))
    if spec.start is None and rng.random() < 0.6:
        first -= timedelta(days=first.weekday())
    numbers = Numbers(np.random.default_rng([spec.seed, 2]), zone, fictional=spec.fictional)
    clients = _clients(spec, zone, numbers, rng)
    begin, end = clock.epoch(first, 0, zone), clock.epoch(first + timedelta(days=spec.days), 0, zone)
    end -= spec.cut_hours * 3600
    load = roster.load_by_hour(clients, zone, first - timedelta(days=first.weekday()))
    house = _house(rng)
    volume = sum(c.volume for c in clients)
    handling = (
        sum((c.talk_s * 1.0 + c.hold_share * c.hold_s) * c.volume for c in clients) / volume
        + house.wrap_s
        + house.pickup_s
    )
    _limits(clients, rng)
    for group in sorted({c.trunk_group for c in clients}):
        own = sum(np.sort(c.covered_rate())[-20:].mean() for c in clients if c.trunk_group == group)
        lines = erlang.lines_for(max(0.3, own * (handling + 12) / 3600 * rng.uniform(1.3, 1.9)), 0.001)
        house.channels[group] = int(lines + rng.integers(1, 6))
    need = roster.need_by_hour(
        load,
        handling_s=handling,
        share=float(rng.uniform(0.8, 0.93)),
        seconds=float(rng.choice([15, 20, 20, 30])),
        spare=float(rng.uniform(0.05, 0.3)),
        least=int(rng.choice([1, 2, 2])),
    )
    agents, shifts = roster.draw_shifts(
        need,
        np.random.default_rng([spec.seed, 4]),
        first=first,
        days=spec.days,
        zone=zone,
        breaks=bool(rng.random() < 0.5),
        named=bool(rng.random() < 0.3),
        seats=bool(rng.random() < 0.4),
    )
    setting = faults.Setting(
        clients=clients,
        first=first,
        days=spec.days,
        zone=zone,
        begin=begin,
        end=end,
        since=clock.epoch(first + timedelta(days=spec.days - int(spec.tail_days)), 0, zone),
        load=load,
        need=need,
        shifts=shifts,
        house=house,
        handling_s=handling,
        numbers=numbers,
        rng=np.random.default_rng([spec.seed, 5]),
    )
    return setting, agents


def _clients(spec: Spec, zone: str, numbers: Numbers, rng: np.random.Generator) -> list[Client]:
    count = spec.accounts or int(rng.integers(16, 46))
    per_day = spec.calls_per_day or float(np.exp(rng.uniform(np.log(250), np.log(1900))))
    group_count = spec.groups or int(rng.choice([1, 2, 3, 3, 4, 5, 6]))
    groups = tuple(sorted(str(g) for g in rng.permutation(np.array(_GROUP_NAMES))[:group_count]))
    clients = spec.clients or draw_clients(
        np.random.default_rng([spec.seed, 3]),
        count=count,
        calls_per_day=float(np.clip(per_day, 5.5 * count, 48 * count)),
        zone=zone,
        groups=groups,
        numbers=numbers,
    )
    for client in clients:
        client.notes.setdefault("confirms", bool(rng.random() < 0.85))
    return clients


def _house(rng: np.random.Generator) -> House:
    return House(
        ring_timeout_s=float(rng.integers(10, 25)),
        pickup_s=float(rng.uniform(1.8, 5)),
        rings_out=float(rng.uniform(0.002, 0.015)),
        pauses_after_ring_out=bool(rng.random() < 0.7),
        wrap_s=float(rng.uniform(4, 25)),
        patience_s=float(rng.uniform(85, 240)),
        redials=float(rng.uniform(0.15, 0.45)),
        cut_share=float(rng.uniform(0.0003, 0.002)),
        hangs_up_first=float(rng.uniform(0.5, 0.75)),
    )


def _limits(clients: list[Client], rng: np.random.Generator) -> None:
    """Programme path limits by need: what blocks one call in some hundreds when busiest, or far more."""
    generous = rng.uniform(0.15, 0.4)
    for client in clients:
        busiest = float(np.sort(client.covered_rate())[-10:].mean())
        limit = 1 + erlang.lines_for(max(0.05, busiest * (client.talk_s + 25) / 3600 * 1.25), 0.003)
        client.path_limit = int(rng.integers(8, 41)) if rng.random() < generous else limit
        client.path_limit = max(client.path_limit, limit)


def _chosen(spec: Spec, setting: faults.Setting) -> list[str]:
    """Return the causes to put in, those hardest to place first."""
    if spec.causes is not None:
        known = set(PARTIES) | {"rude-operator"}
        for cause in spec.causes:
            if cause not in known:
                raise UsageError(f'"{cause}" is no cause', expected=", ".join(sorted(PARTIES)))
        return [c for c in spec.causes if c not in (*CLAIMS, *QUIET, "rude-operator")]
    rng = setting.rng
    share = min(1.0, len(setting.clients) / 24)
    wide = [c for c in PLATFORM_WIDE if rng.random() < 0.62]
    one = [c for c in ONE_ACCOUNT if rng.random() < 0.8 * share]
    mishaps = [c for c in DISPATCH if rng.random() < 0.8 * share]
    chosen = wide + one + mishaps
    return [str(c) for c in rng.permutation(np.array(chosen))] if chosen else []


def _played(spec: Spec, setting: faults.Setting, plan: Plan) -> Record:
    """Let the callers come, as far as the lines reach, and the agents answer."""
    clients, first = setting.clients, setting.first
    reach = demand.Reach(clients, plan, np.random.default_rng([spec.seed, 6]), first, spec.days)
    chance = np.random.default_rng([spec.seed, 7])
    day_factors = chance.lognormal(0, chance.uniform(0.02, 0.16), spec.days)
    arrivals = demand.draw(
        clients,
        plan,
        spec.seed,
        first,
        spec.days,
        day_factors=day_factors,
        only_near=[reach.forwarded[c.account] for c in clients],
    )
    keep = reach.those(arrivals) & (arrivals.t >= setting.begin) & (arrivals.t < setting.end)
    coming = calls.draw(
        arrivals,
        keep,
        clients,
        plan,
        house=setting.house,
        numbers=setting.numbers,
        rng=np.random.default_rng([spec.seed, 8]),
    )
    record = floor.run(
        clients,
        coming,
        roster.without(setting.shifts, plan.absences),
        plan,
        setting.house,
        seed=spec.seed,
        end=setting.end,
        reaches=reach,
    )
    record.calls.sort(key=lambda c: c.t)
    return record


def _reaching_back(spec: Spec, setting: faults.Setting, rng: np.random.Generator) -> dict[str, float]:
    """Return since when each kind of record is kept, in epoch seconds: tables reach back differently far."""
    since = dict.fromkeys(("agents", "kpi", "tests", "messages"), setting.begin)
    for name in since:
        if rng.random() < 0.5 and spec.days > 24:
            weeks = int(rng.integers(1, (spec.days - 14) // 7 + 1))
            since[name] = clock.epoch(setting.first + timedelta(days=7 * weeks), 0, setting.zone)
    return since


def _rosters(spec: Spec, setting: faults.Setting, agents: list[str], since: float) -> messages.Rosters:
    first = clock.local(since + 1, setting.zone).date()
    rosters = messages.Rosters(
        setting.clients,
        seed=spec.seed + 9,
        first=first,
        days=(setting.first + timedelta(days=spec.days) - first).days,
        agents=agents,
    )
    for rows in rosters.of.values():
        for row in rows:
            row.updated_at = min(row.updated_at, setting.end - 3600.0 - (row.start % 7919))
    return rosters


def _interviewed(spec: Spec, interview: Interview) -> None:
    """Let clients complain: of the troubles put in, and, where many questions are asked, of nothing as well."""
    troubles.ask_all(interview)
    if spec.many_questions:
        others = interview.rng
        unfounded.quiet(interview, 2)
        unfounded.normal(
            interview,
            others.sample(
                ["long-ring", "long-hold", "abandoned", "busy", "missed-calls", "high-bill"],
                others.choice([2, 3, 4]),
            )
        )
        unfounded.claims(interview, ["no-record-of-call", "caller-hung-up", "call-was-handled"])
        unfounded.handled_messages(interview, others.choice([0, 1, 1]))
        if spec.rude:
            unfounded.rude(interview)
    elif spec.causes:
        _pose(spec.causes[0], interview)


def _switch_tables(
    spec: Spec,
    setting: faults.Setting,
    plan: Plan,
    *,
    record: Record,
    since: dict[str, float],
    rng: np.random.Generator,
) -> dict[str, pd.DataFrame]:
    """Return what the switch itself logs: calls, KPI intervals, agent events."""
    recordings = ["rec/{id}.wav", "{id}.mp3", "https://recordings.example/{id}", ""][int(rng.integers(4))]
    return {
        "calls": records.calls_frame(
            record.calls, setting.clients, plan, recordings=recordings, diverted=bool(rng.random() < 0.2)
        ),
        "kpi": records.kpi_frame(
            record,
            setting.clients,
            plan,
            begin=setting.begin,
            end=setting.end,
            minutes=spec.kpi_minutes,
            threshold_s=int(rng.choice([20, 20, 30, 15])),
            of_offered=bool(rng.random() < 0.4),
            groups=setting.house.channels,
            groups_since=since["kpi"],
            step_from=setting.begin,
        ),
        "agents": records.agents_frame(record, since=since["agents"]),
    }


def _pose(cause: str, interview: Interview) -> None:
    """Pose the one question of a single-fault world where no trouble posed it."""
    if interview.asked:
        interview.asked = interview.asked[:1]
    elif cause in CLAIMS:
        unfounded.claims(interview, [cause])
    elif cause == "expected-quiet":
        unfounded.quiet(interview, 1)
    elif cause == "within-normal":
        complaints = [c for c in COMPLAINTS if c not in ("dispatch", "caller-claim", "rude-operator")]
        interview.rng.shuffle(complaints)
        unfounded.normal(interview, complaints)
        interview.asked = interview.asked[:1]
    elif cause == "rude-operator":
        unfounded.rude(interview)
