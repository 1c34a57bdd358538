"""Puts one answering service together, plays it, and lays its records on the table."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from calltrace.errors import UsageError
from calltrace.simulate import clock, demand, erlang, faults, floor, messages, records, roster
from calltrace.simulate.clients import NEIGHBOURS, Client, Numbers, caller_name, draw_clients
from calltrace.simulate.floor import Call, House
from calltrace.simulate.plan import CLAIMS, DISPATCH, ONE_ACCOUNT, PARTIES, PLATFORM_WIDE, QUIET, Fault, Plan
from calltrace.simulate.questions import Interview

if TYPE_CHECKING:
    from collections.abc import Iterable

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
# (accounts, calls a day) of a size asked for by name
SIZES = {
    "tiny": ((8, 12), (90, 160)),
    "small": ((12, 18), (160, 320)),
    "medium": ((20, 32), (380, 760)),
    "large": ((34, 46), (1000, 1150)),
    "huge": ((40, 60), (1600, 2600)),
}
_GROUP_NAMES = ("PRI-A", "PRI-B", "SIP-1", "SIP-EAST", "T1-03", "CARRIER2", "TF-800", "TOLLFREE")
# causes that take more calls an account to show
_BUSY = {
    "trunk-group-degraded": 40.0,
    "agent-long-holds": 26.0,
    "understaffed": 26.0,
    "slow-handling": 26.0,
    "agent-not-answering": 26.0,
    "wide-surge": 26.0,
}
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
    record: floor.Record
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


def build(spec: Spec, *, prepare: Any = None) -> World:
    """Build and play a world.

    Parameters
    ----------
    spec : Spec
    prepare : callable(Setting, Plan), optional
        Puts troubles in by hand, after those of ``spec.causes``.
    """
    rng = np.random.default_rng([spec.seed, 1])
    zone = spec.zone or str(rng.choice(ZONES))
    first = spec.start or date(2025, 1, 6) + timedelta(days=int(rng.integers(0, 700)))
    if spec.start is None and rng.random() < 0.6:
        first -= timedelta(days=first.weekday())
    count = spec.accounts or int(rng.integers(16, 46))
    per_day = spec.calls_per_day or float(np.exp(rng.uniform(np.log(250), np.log(1900))))
    per_day = float(np.clip(per_day, 5.5 * count, 48 * count))
    group_count = spec.groups or int(rng.choice([1, 2, 3, 3, 4, 5, 6]))
    group_names = tuple(sorted(str(g) for g in rng.permutation(np.array(_GROUP_NAMES))[:group_count]))
    numbers = Numbers(np.random.default_rng([spec.seed, 2]), zone, fictional=spec.fictional)
    clients = spec.clients or draw_clients(
        np.random.default_rng([spec.seed, 3]),
        count=count,
        calls_per_day=per_day,
        zone=zone,
        groups=group_names,
        numbers=numbers,
    )
    for client in clients:
        client.notes.setdefault("confirms", bool(rng.random() < 0.85))
    begin, end = clock.epoch(first, 0, zone), clock.epoch(first + timedelta(days=spec.days), 0, zone)
    end -= spec.cut_hours * 3600
    monday = first - timedelta(days=first.weekday())
    load = roster.load_by_hour(clients, zone, monday)
    house = House(
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
    names, shifts = roster.draw_shifts(
        need,
        np.random.default_rng([spec.seed, 4]),
        first=first,
        days=spec.days,
        zone=zone,
        breaks=bool(rng.random() < 0.5),
        named=bool(rng.random() < 0.3),
        seats=bool(rng.random() < 0.4),
    )

    plan = Plan()
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
    for cause in _chosen(spec, setting):
        faults.put(cause, setting, plan)
    if spec.decoys:
        faults.decoys(setting, plan)
    if prepare is not None:
        prepare(setting, plan)

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
    keep = reach.those(arrivals) & (arrivals.t >= begin) & (arrivals.t < end)
    calls = _callers(
        arrivals, keep, clients, plan, house=house, numbers=numbers, rng=np.random.default_rng([spec.seed, 8])
    )
    record = floor.run(
        clients,
        calls,
        roster.without(shifts, plan.absences),
        plan,
        house,
        seed=spec.seed,
        end=end,
        reaches=reach,
    )
    record.calls.sort(key=lambda c: c.t)
    _ids(record.calls, zone, int(rng.integers(4)))

    # tables reach back differently far
    since = dict.fromkeys(("agents", "kpi", "tests", "messages"), begin)
    for name in since:
        if rng.random() < 0.5 and spec.days > 24:
            since[name] = clock.epoch(
                first + timedelta(days=7 * int(rng.integers(1, (spec.days - 14) // 7 + 1))), 0, zone
            )
    rosters_first = clock.local(since["messages"] + 1, zone).date()
    rosters = messages.Rosters(
        clients,
        seed=spec.seed + 9,
        first=rosters_first,
        days=(first + timedelta(days=spec.days) - rosters_first).days,
        agents=names,
    )
    for rows in rosters.of.values():
        for row in rows:
            row.updated_at = min(row.updated_at, end - 3600.0 - (row.start % 7919))
    taken = messages.take(clients, record.calls, plan, rosters, seed=spec.seed + 10, since=since["messages"])

    interview = Interview(setting, plan, record, taken, rosters, seed=spec.seed + 11)
    interview.troubles()
    if spec.many_questions:
        others = interview.rng
        interview.quiet(2)
        interview.normal(
            others.sample(
                ["long-ring", "long-hold", "abandoned", "busy", "missed-calls", "high-bill"],
                others.choice([2, 3, 4]),
            )
        )
        interview.claims(["no-record-of-call", "caller-hung-up", "call-was-handled"])
        interview.handled_messages(others.choice([0, 1, 1]))
        if spec.rude:
            interview.rude()
    elif spec.causes:
        _pose(spec.causes[0], interview)
    style = str(rng.choice(["offset", "offset", "utc", "plain-offset"]))
    questions, answers, truth = interview.written(f"world{spec.seed}", "utc" if style == "utc" else "offset")

    tests = _line_tests(setting, plan, since["tests"], np.random.default_rng([spec.seed, 12]))
    recordings = ["rec/{id}.wav", "{id}.mp3", "https://recordings.example/{id}", ""][int(rng.integers(4))]
    tables = {
        "calls": records.calls_frame(
            record.calls, clients, plan, recordings=recordings, diverted=bool(rng.random() < 0.2)
        ),
        "kpi": records.kpi_frame(
            record,
            clients,
            plan,
            begin=begin,
            end=end,
            minutes=spec.kpi_minutes,
            threshold_s=int(rng.choice([20, 20, 30, 15])),
            of_offered=bool(rng.random() < 0.4),
            groups=house.channels,
            groups_since=since["kpi"],
            step_from=begin,
        ),
        "agents": records.agents_frame(record, since=since["agents"]),
        "accounts": records.accounts_frame(clients, plan, now=end),
        "events": records.events_frame(plan),
        "line_tests": records.tests_frame(tests),
        "messages": records.messages_frame(taken),
        "dispatch": records.dispatch_frame(taken, now=end),
        "oncall": records.oncall_frame(rosters),
    }
    return World(
        seed=spec.seed,
        zone=zone,
        begin=begin,
        end=end,
        tables=tables,
        questions=questions,
        answers=answers,
        faults=truth,
        style=style,
        clients=clients,
        plan=plan,
        record=record,
        messages=taken,
        house=house,
        agents=names,
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


def _pose(cause: str, interview: Interview) -> None:
    """Pose the one question of a single-fault world where no trouble posed it."""
    if interview.asked:
        interview.asked = interview.asked[:1]
    elif cause in CLAIMS:
        interview.claims([cause])
    elif cause == "expected-quiet":
        interview.quiet(1)
    elif cause == "within-normal":
        complaints = [c for c in COMPLAINTS if c not in ("dispatch", "caller-claim", "rude-operator")]
        interview.rng.shuffle(complaints)
        interview.normal(complaints)
        interview.asked = interview.asked[:1]
    elif cause == "rude-operator":
        interview.rude()


def _callers(
    arrivals: demand.Calls,
    keep: np.ndarray[Any, Any],
    clients: list[Client],
    plan: Plan,
    *,
    house: House,
    numbers: Numbers,
    rng: np.random.Generator,
) -> list[Call]:
    """Give every attempt that reaches the switch its caller: who, how patient, how much to say."""
    size = len(arrivals.t)
    withheld = rng.uniform(0.02, 0.07)
    u = rng.random((size, 5))
    sigma = np.array([c.talk_sigma for c in clients])[arrivals.account]
    mean = np.array([c.talk_s for c in clients])[arrivals.account]
    talk = np.clip(mean * np.exp(sigma * rng.standard_normal(size) - sigma**2 / 2), 4, 1800)
    shape = float(rng.uniform(1.0, 1.5))
    patience = np.where(u[:, 0] < 0.022, 1 + 7 * u[:, 1], 4 + house.patience_s * rng.weibull(shape, size))
    floods = {c.account: i for i, c in enumerate(clients)}
    crowd = {floods[account]: callers for account, _, _, _, callers in plan.floods}
    names: dict[str, str] = {}
    calls = []
    fresh = {
        i: iter(numbers.callers(c.zone, int(((arrivals.account == i) & keep).sum())))
        for i, c in enumerate(clients)
    }
    t, account, number, flood = (
        a.tolist() for a in (arrivals.t, arrivals.account, arrivals.number, arrivals.flood)
    )
    for k in np.flatnonzero(keep).tolist():
        i = account[k]
        client = clients[i]
        call = Call(
            t[k], i, number[k], "", patience=float(patience[k]), talk=float(talk[k]), u=float(u[k, 2])
        )
        if flood[k] >= 0:
            call.flood = True
            call.ani = crowd[i][flood[k]]
            call.patience = 1.5 + 8 * u[k, 1]
            call.talk = 2 + 7 * u[k, 3]
        elif u[k, 3] < withheld:
            call.ani = ""
        elif u[k, 4] < client.repeat_share:
            call.ani = client.pool[int(len(client.pool) * u[k, 1] ** 2)]
        else:
            call.ani = next(fresh[i])
        if call.ani:
            if call.ani not in names:
                names[call.ani] = caller_name(rng)
            call.name = names[call.ani]
        calls.append(call)
    return calls


def _ids(calls: list[Call], zone: str, style: int) -> None:
    """Give the calls their ids, as switches do: by day, through, or with the second."""
    day, counter = "", 0
    for k, call in enumerate(calls):
        if style == 0:
            today = clock.local(call.t, zone).strftime("%y%m%d")
            counter = counter + 1 if today == day else 1
            day = today
            call.id = f"{today}-{counter:05d}"
        elif style == 1:
            call.id = str(4_100_000 + k)
        elif style == 2:
            call.id = f"{int(call.t):x}-{k % 65536:04x}"
        else:
            call.id = f"C{int(call.t)}.{k}"


def _line_tests(
    setting: faults.Setting, plan: Plan, since: float, rng: np.random.Generator
) -> list[tuple[float, str, str, bool]]:
    """Return test calls: rounds of a sample twice or so a day, and those ordered after a trouble.

    Test calls dial the client's number straight, so a client who forgot to forward does not fail them. One in
    some hundred fails for no reason.
    """
    group_of = {n: c.trunk_group for c in setting.clients for n in c.numbers}
    every = sorted(group_of)
    rounds = sorted(
        rng.choice(np.arange(360, 1320, 30), size=int(rng.integers(1, 4)), replace=False).tolist()
    )
    share = float(rng.uniform(0.25, 0.8))
    spurious = float(rng.uniform(0, 0.008))
    wanted = [(t, n) for t, n in plan.tests if setting.begin <= t < setting.end]
    for d in range(setting.days):
        for minute in rounds:
            at = clock.epoch(setting.first + timedelta(days=d), int(minute), setting.zone)
            if at >= since:
                wanted += [(at + float(rng.uniform(5, 900)), n) for n in every if rng.random() < share]
    for fault in plan.faults:  # somebody tries the client's lines once it complains
        if fault.account and fault.cause.startswith(("lines-", "some-lines")) and rng.random() < 0.55:
            numbers = next(c.numbers for c in setting.clients if c.account == fault.account)
            a, b = fault.window
            wanted += [(float(rng.uniform(a + 0.3 * (b - a), b + 3600)), n) for n in numbers]
    tests = []
    for t, number in wanted:
        if t >= setting.end:
            continue
        dead = (
            any(number in ns and a <= t < b for ns, a, b in plan.dead_numbers)
            or any(group_of[number] == g and a <= t < b for g, a, b in plan.dead_groups)
            or any(a <= t < b for a, b in plan.outages)
        )
        thin = next(
            (
                c / setting.house.channels[g]
                for g, a, b, c in plan.channels
                if g == group_of[number] and a <= t < b
            ),
            None,
        )
        if thin is not None and rng.random() < 0.25:
            dead = True
        tests.append((t, number, group_of[number], not (dead or rng.random() < spurious)))
    return tests


def world(
    seed: int,
    *,
    weeks: int = 6,
    size: str | None = None,
    faults: tuple[str, ...] | None = None,
    zone: str | None = None,
    accounts: int | None = None,
    start: date | None = None,
    rude: bool = False,
) -> World:
    """Simulate some weeks of an answering service, with troubles in the last ten days.

    Parameters
    ----------
    seed : int
        The same seed and arguments give the same world, to the byte.
    weeks : int
        Length, at least 3 so that there is something to compare with.
    size : {"tiny", "small", "medium", "large", "huge"}, optional
        How many accounts and calls; drawn where not given. "large" is some 45,000 calls in six weeks.
    faults : tuple of str, optional
        Causes to put in, by the contract's names; drawn where None, none where empty (a healthy world).
    zone : str, optional
        IANA zone of the service; drawn where None.
    accounts : int, optional
        How many clients.
    start : date, optional
        First day; drawn where None.
    rude : bool
        Also pose a rude-operator complaint, whose true cause is None.

    Raises
    ------
    UsageError
        On a cause, size or zone that does not exist, or fewer than three weeks.
    """
    if weeks < 3:
        raise UsageError(
            f"{weeks} weeks", expected="at least 3 weeks, so that there is something to compare with"
        )
    if size is not None and size not in SIZES:
        raise UsageError(f'size "{size}"', expected=", ".join(SIZES))
    if zone is not None:
        _known_zone(zone)
    rng = np.random.default_rng([seed, 99])
    per_day = None
    if size is not None:
        (lo, hi), (few, many) = SIZES[size]
        accounts = accounts or int(rng.integers(lo, hi + 1))
        per_day = float(rng.uniform(few, many))
    return build(
        Spec(
            seed=seed,
            days=7 * weeks,
            zone=zone,
            accounts=accounts,
            calls_per_day=per_day,
            start=start,
            causes=faults,
            rude=rude,
        )
    )


def _known_zone(zone: str) -> None:
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError  # noqa: PLC0415 - only here

    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise UsageError(
            f'"{zone}" is no time zone', expected="an IANA name such as America/Chicago"
        ) from error


def scenario(
    cause: str,
    seed: int,
    *,
    days: int = 24,
    accounts: int = 12,
    calls_per_day: float | None = None,
    zone: str | None = None,
) -> World:
    """Pose one single-fault world quickly, with one question (more seeds are tried until the mark shows).

    Parameters
    ----------
    cause : str
        One of the contract's causes, or ``rude-operator``.
    seed : int
    days, accounts, calls_per_day, zone
        Size of the world; enough calls are drawn that the cause has something to bite on.

    Raises
    ------
    UsageError
        On an unknown cause, or where no world of that size shows it.
    """
    if cause not in PARTIES and cause != "rude-operator":
        raise UsageError(f'"{cause}" is no cause', expected=", ".join(sorted(PARTIES)))
    for attempt in range(12):
        spec = Spec(
            seed=seed + 1_000_003 * attempt,
            days=days,
            accounts=accounts,
            zone=zone,
            calls_per_day=calls_per_day or accounts * _BUSY.get(cause, 16.0),
            groups=2 if cause in _BUSY else 3,
            causes=(cause,),
            tail_days=8.0,
            many_questions=False,
            decoys=attempt % 2 == 0,
        )
        played = build(spec)
        if played.questions and played.true_cause() == (None if cause == "rude-operator" else cause):
            return played
    raise UsageError(
        f"no world of {accounts} accounts and {days} days shows {cause}",
        fix="Give it more accounts, days or calls a day.",
    )


def known_zones() -> list[str]:
    """Return the zones worlds are drawn from."""
    return sorted(set(ZONES) | set(NEIGHBOURS))


def first_fault(world: World, cause: str) -> Fault | None:
    """Return the first fault of a cause that was put into a world, None where there is none."""
    return next((f for f in world.plan.faults if f.cause == cause), None)
