"""The clients of an answering service: their names and lines, and when their callers call.

Shapes of a week are by kind of business; sizes, zones, coverage, greetings, talk times and dispersion are
drawn widely: a diagnosis tuned to one service's habits is of no use to the next.
"""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING

import numpy as np

from calltrace.classes import dataclass
from calltrace.simulate import clock
from calltrace.simulate.names import FIRST_WORDS, PEOPLE, TRADE_NAMES
from calltrace.simulate.numbers import is_toll_free

if TYPE_CHECKING:
    import numpy.typing as npt

    from calltrace.simulate.clock import Coverage
    from calltrace.simulate.numbers import Numbers

    Floats = npt.NDArray[np.float64]

_SHAPES: dict[str, tuple[tuple[float, ...], float, float]] = {
    "medical": (
        (0.25, 0.2, 0.2, 0.2, 0.25, 0.5, 1, 2, 4, 4.2, 4, 3.6,
         3, 3.6, 3.8, 3.6, 3.4, 2.8, 2.2, 1.8, 1.4, 1, 0.6, 0.4),
        0.55, 0.4,
    ),
    "office": (
        (0.05, 0.05, 0.05, 0.05, 0.05, 0.1, 0.3, 1, 3.5, 5, 5.2, 4.6,
         3.4, 4.4, 4.8, 4.4, 3.6, 2, 0.9, 0.5, 0.4, 0.3, 0.15, 0.1),
        0.2, 0.12,
    ),
    "trades": (
        (0.3, 0.25, 0.2, 0.2, 0.3, 0.6, 1.6, 3, 3.8, 3.8, 3.6, 3.4,
         3.2, 3.2, 3.2, 3.2, 3.4, 3, 2.4, 2, 1.6, 1.1, 0.7, 0.45),
        0.7, 0.55,
    ),
    "funeral": (
        (0.6, 0.5, 0.5, 0.5, 0.6, 0.8, 1.2, 1.8, 2.4, 2.8, 2.8, 2.6,
         2.4, 2.4, 2.4, 2.3, 2.2, 2, 1.8, 1.6, 1.4, 1.1, 0.9, 0.7),
        0.9, 0.85,
    ),
    "legal": (
        (0.1, 0.1, 0.05, 0.05, 0.05, 0.1, 0.3, 0.9, 3, 4.6, 4.8, 4.4,
         3.2, 4.2, 4.6, 4.2, 3.6, 2.4, 1.4, 1, 0.8, 0.6, 0.3, 0.2),
        0.3, 0.25,
    ),
    "property": (
        (0.4, 0.3, 0.25, 0.2, 0.2, 0.3, 0.7, 1.4, 2.6, 3, 3, 2.8,
         2.6, 2.6, 2.8, 3, 3.2, 3.6, 3.6, 3.2, 2.6, 1.9, 1.2, 0.7),
        0.8, 0.75,
    ),
    "towing": (
        (1.4, 1.3, 1.2, 0.9, 0.8, 0.9, 1.4, 2.2, 2.4, 2.2, 2, 2,
         2.1, 2.2, 2.3, 2.6, 3, 3.2, 3, 2.7, 2.4, 2.2, 2, 1.7),
        1.1, 0.95,
    ),
    "retail": (
        (0.1, 0.1, 0.05, 0.05, 0.05, 0.1, 0.3, 0.9, 2, 3.2, 3.8, 4,
         4.1, 4, 3.9, 3.8, 3.7, 3.4, 2.8, 2, 1.3, 0.8, 0.4, 0.2),
        1.2, 0.8,
    ),
}
"""By kind of business: the weight of each hour of a weekday, then factors for Saturday and Sunday."""
# zones a service is likely to have clients in besides its own
NEIGHBOURS: dict[str, tuple[str, ...]] = {
    "America/New_York": ("America/Chicago", "America/Denver", "America/Los_Angeles", "America/Halifax"),
    "America/Chicago": ("America/New_York", "America/Denver"),
    "America/Denver": ("America/Chicago", "America/Phoenix", "America/Los_Angeles"),
    "America/Phoenix": ("America/Denver", "America/Los_Angeles"),
    "America/Los_Angeles": ("America/Denver", "America/Phoenix"),
    "Europe/London": ("Europe/Dublin",),
    "Asia/Kolkata": ("Asia/Dubai",),
    "Australia/Sydney": ("Australia/Brisbane", "Australia/Adelaide"),
}


@dataclass
class Client:
    """One client account and the physics of its callers.

    ``rate`` is calls an hour at the client's own phones by local hour of the week (0 is Monday 00:00).
    ``day_cv`` and ``hour_cv`` are coefficients of variation of the gamma factors of a day and of an hour.
    ``auto_after_s`` is when an announcement picks up a call nobody has answered yet; None for accounts
    without one. With ``greeting_first`` the call is offered to agents only once the greeting has played.
    ``drift`` is by how much, as a share, its level wanders from one week to the next.
    ``sloppy_min`` is how far, in minutes, the people who forward the lines usually are from the agreed time.
    """

    account: str
    name: str
    kind: str
    zone: str
    numbers: tuple[str, ...]
    shares: Floats
    trunk_group: str
    coverage: Coverage
    rate: Floats
    day_cv: float
    hour_cv: float
    drift: float
    sloppy_min: float
    office_number: str
    dispatch_within_min: int
    talk_s: float
    talk_sigma: float
    hold_share: float
    hold_s: float
    message_share: float
    urgent_share: float
    ack_share: float
    announcement_share: float
    auto_after_s: float | None
    greeting_s: float
    greeting_first: bool
    repeat_share: float
    people: tuple[tuple[str, str], ...]
    pool: tuple[str, ...]
    path_limit: int = 2
    volume: float = 0.0
    roster_hour: int = 8
    notes: dict[str, object] = field(default_factory=dict)

    def covered_rate(self) -> Floats:
        """Return calls an hour that reach the switch, by local hour of the week."""
        return self.rate * self.coverage.hours()


def week_shape(kind: str) -> Floats:
    """Return the shape of a week by kind of business, mean 1 over its 168 hours."""
    hours, saturday, sunday = _SHAPES[kind]
    day = np.array(hours)
    shape = np.concatenate([day] * 5 + [day * saturday, day * sunday])
    mean: float = float(shape.mean())
    return shape / mean


def _coverage(rng: np.random.Generator, kind: str) -> Coverage:
    draw = rng.random()
    opens, closes = (
        int(rng.choice([420, 450, 480, 480, 480, 510, 540])),
        int(rng.choice([1020, 1020, 1020, 1050, 1080])),
    )
    always = {"towing": 0.7, "funeral": 0.6, "trades": 0.4, "property": 0.3}.get(kind, 0.25)
    if draw < always:
        return clock.around_the_clock()
    if draw < always + (1 - always) * 0.6:
        return clock.after_hours(opens, closes)
    if draw < always + (1 - always) * 0.96:
        saturday = (540, 780) if rng.random() < 0.2 else None
        return clock.office_hours(opens, closes, saturday=saturday)
    return clock.weekends()


def draw_clients(
    rng: np.random.Generator,
    *,
    count: int,
    calls_per_day: float,
    zone: str,
    groups: tuple[str, ...],
    numbers: Numbers,
) -> list[Client]:
    """Draw the clients of one service.

    Parameters
    ----------
    rng : Generator
    count : int
        How many accounts.
    calls_per_day : float
        What they bring to the switch together on an average day.
    zone : str
        The service's own zone; up to a third of the clients may be in a neighbouring one.
    groups : tuple of str
        Trunk groups; the last one takes mostly clients with a toll-free number where there are several.
    numbers : Numbers
        Where numbers come from.
    """
    volumes = np.clip(rng.lognormal(0.0, rng.uniform(0.5, 1.1), count), 0.12, 7.0)
    volumes = np.clip(volumes * calls_per_day / volumes.sum(), 1.5, 160.0)
    habits = _habits(rng, zone)
    names: set[str] = set()
    account_no = int(rng.integers(100, 9000))
    clients = []
    for volume in volumes.tolist():
        kind = str(rng.choice(list(_SHAPES)))
        name = _name(rng, kind, names)
        names.add(name)
        clients.append(_client(rng, habits, groups, numbers, account=str(account_no), name=name, kind=kind, volume=volume))
        account_no += int(rng.integers(1, 13))
    return clients


@dataclass(frozen=True)
class _Habits:
    """What the clients of one service have in common.

    ``elsewhere`` is the share of them in a neighbouring zone, ``automatic`` of those with an announcement, ``toll_free``
    of numbers free to call.
    """

    zone: str
    elsewhere: float
    day_cv: float
    drift: float
    automatic: float
    greeting_first: bool
    talk_s: float
    toll_free: float


def _habits(rng: np.random.Generator, zone: str) -> _Habits:
    return _Habits(
        zone=zone,
        elsewhere=rng.uniform(0, 0.35) if zone in NEIGHBOURS and rng.random() < 0.8 else 0.0,
        day_cv=rng.uniform(0.06, 0.38),
        drift=rng.uniform(0, 0.09),
        automatic=rng.uniform(0.2, 0.75),
        greeting_first=bool(rng.random() < 0.5),
        talk_s=rng.uniform(60, 130),
        toll_free=rng.uniform(0.15, 0.6),
    )


def _name(rng: np.random.Generator, kind: str, taken: set[str]) -> str:
    """Draw a name nobody has."""
    while (name := f"{rng.choice(FIRST_WORDS)} {rng.choice(TRADE_NAMES[kind])}") in taken:
        pass
    return name


def _client(
    rng: np.random.Generator,
    habits: _Habits,
    groups: tuple[str, ...],
    numbers: Numbers,
    *,
    account: str,
    name: str,
    kind: str,
    volume: float,
) -> Client:
    """Draw one client; ``volume`` is what it brings to the switch on an average day."""
    zone = str(rng.choice(NEIGHBOURS[habits.zone])) if rng.random() < habits.elsewhere else habits.zone
    count = int(rng.choice([1, 1, 1, 2, 2, 3]))
    own = tuple(
        numbers.toll_free(habits.zone) if rng.random() < habits.toll_free * 0.6 else numbers.own(zone)
        for _ in range(count)
    )
    free = any(is_toll_free(n) for n in own)
    group = groups[-1] if free and len(groups) > 1 and rng.random() < 0.85 else str(rng.choice(groups))
    coverage = _coverage(rng, kind)
    rate = _rate(rng, kind, coverage, volume)
    automatic = rng.random() < habits.automatic
    people = tuple(
        (str(p), numbers.own(zone)) for p in rng.choice(PEOPLE, size=int(rng.integers(2, 6)), replace=False)
    )
    talk = float(np.clip(habits.talk_s * rng.lognormal(0, 0.25), 30, 260))
    return Client(
        account=account,
        name=name,
        kind=kind,
        zone=zone,
        numbers=own,
        shares=rng.dirichlet(np.full(count, 3.0)) if count > 1 else np.ones(1),
        trunk_group=group,
        coverage=coverage,
        rate=rate,
        volume=volume,
        day_cv=float(habits.day_cv * rng.uniform(0.5, 1.6)),
        hour_cv=float(rng.uniform(0, 0.25)),
        drift=float(rng.uniform(0, habits.drift)),
        sloppy_min=float(rng.choice([0.0, 3.0, 5.0, 8.0])),
        office_number=numbers.own(zone),
        dispatch_within_min=int(rng.choice([5, 10, 10, 15, 15, 20, 30])),
        talk_s=talk,
        talk_sigma=float(rng.uniform(0.45, 0.8)),
        hold_share=float(rng.uniform(0.02, 0.24)),
        hold_s=float(rng.uniform(15, 45)),
        message_share=float(rng.uniform(0.4, 0.75)),
        urgent_share=float(rng.uniform(0.1, 0.5)),
        ack_share=float(rng.uniform(0.6, 0.85)),
        announcement_share=float(rng.uniform(0, 0.04)) if automatic else 0.0,
        auto_after_s=_auto_after(rng, habits) if automatic else None,
        greeting_s=float(rng.integers(3, 9)),
        greeting_first=habits.greeting_first,
        repeat_share=float(rng.uniform(0.15, 0.55)),
        people=people,
        pool=tuple(numbers.callers(zone, int(max(6, volume * 3)))),
        roster_hour=int(rng.choice([0, 7, 8, 8, 8, 17])),
    )


def _rate(rng: np.random.Generator, kind: str, coverage: Coverage, volume: float) -> Floats:
    """Draw when a client's callers call: ``volume`` a day while its lines are forwarded, and what that leaves for the rest."""
    shape = np.clip(week_shape(kind) * rng.lognormal(0, 0.12, 168), 0, None)
    covered = coverage.hours()
    inside, outside = float((shape * covered).sum()), float((shape * (1 - covered)).sum())
    rate: Floats = shape * volume * 7 / inside
    limit = rng.uniform(0.5, 2.5)  # office hours bring so many times what the covered hours bring, at most
    return rate * np.where(covered > 0, 1.0, limit * inside / outside) if outside > limit * inside else rate


def _auto_after(rng: np.random.Generator, habits: _Habits) -> float:
    return float(rng.integers(0, 3)) if habits.greeting_first else float(rng.integers(4, 13))
