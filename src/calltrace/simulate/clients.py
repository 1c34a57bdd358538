"""The clients of an answering service: their names and lines, and when their callers call.

Shapes of a week are by kind of business; sizes, zones, coverage, greetings, talk times and dispersion are
drawn widely: a diagnosis tuned to one service's habits is of no use to the next.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from calltrace.simulate import clock

if TYPE_CHECKING:
    import numpy.typing as npt

    from calltrace.simulate.clock import Coverage

    Floats = npt.NDArray[np.float64]

# weight of an hour of a weekday (0..23), then factors for Saturday and Sunday
_SHAPES: dict[str, tuple[tuple[float, ...], float, float]] = {
    "medical": (
        (
            0.25,
            0.2,
            0.2,
            0.2,
            0.25,
            0.5,
            1,
            2,
            4,
            4.2,
            4,
            3.6,
            3,
            3.6,
            3.8,
            3.6,
            3.4,
            2.8,
            2.2,
            1.8,
            1.4,
            1,
            0.6,
            0.4,
        ),
        0.55,
        0.4,
    ),
    "office": (
        (
            0.05,
            0.05,
            0.05,
            0.05,
            0.05,
            0.1,
            0.3,
            1,
            3.5,
            5,
            5.2,
            4.6,
            3.4,
            4.4,
            4.8,
            4.4,
            3.6,
            2,
            0.9,
            0.5,
            0.4,
            0.3,
            0.15,
            0.1,
        ),
        0.2,
        0.12,
    ),
    "trades": (
        (
            0.3,
            0.25,
            0.2,
            0.2,
            0.3,
            0.6,
            1.6,
            3,
            3.8,
            3.8,
            3.6,
            3.4,
            3.2,
            3.2,
            3.2,
            3.2,
            3.4,
            3,
            2.4,
            2,
            1.6,
            1.1,
            0.7,
            0.45,
        ),
        0.7,
        0.55,
    ),
    "funeral": (
        (
            0.6,
            0.5,
            0.5,
            0.5,
            0.6,
            0.8,
            1.2,
            1.8,
            2.4,
            2.8,
            2.8,
            2.6,
            2.4,
            2.4,
            2.4,
            2.3,
            2.2,
            2,
            1.8,
            1.6,
            1.4,
            1.1,
            0.9,
            0.7,
        ),
        0.9,
        0.85,
    ),
    "legal": (
        (
            0.1,
            0.1,
            0.05,
            0.05,
            0.05,
            0.1,
            0.3,
            0.9,
            3,
            4.6,
            4.8,
            4.4,
            3.2,
            4.2,
            4.6,
            4.2,
            3.6,
            2.4,
            1.4,
            1,
            0.8,
            0.6,
            0.3,
            0.2,
        ),
        0.3,
        0.25,
    ),
    "property": (
        (
            0.4,
            0.3,
            0.25,
            0.2,
            0.2,
            0.3,
            0.7,
            1.4,
            2.6,
            3,
            3,
            2.8,
            2.6,
            2.6,
            2.8,
            3,
            3.2,
            3.6,
            3.6,
            3.2,
            2.6,
            1.9,
            1.2,
            0.7,
        ),
        0.8,
        0.75,
    ),
    "towing": (
        (
            1.4,
            1.3,
            1.2,
            0.9,
            0.8,
            0.9,
            1.4,
            2.2,
            2.4,
            2.2,
            2,
            2,
            2.1,
            2.2,
            2.3,
            2.6,
            3,
            3.2,
            3,
            2.7,
            2.4,
            2.2,
            2,
            1.7,
        ),
        1.1,
        0.95,
    ),
    "retail": (
        (
            0.1,
            0.1,
            0.05,
            0.05,
            0.05,
            0.1,
            0.3,
            0.9,
            2,
            3.2,
            3.8,
            4,
            4.1,
            4,
            3.9,
            3.8,
            3.7,
            3.4,
            2.8,
            2,
            1.3,
            0.8,
            0.4,
            0.2,
        ),
        1.2,
        0.8,
    ),
}
_TRADE_NAMES: dict[str, tuple[str, ...]] = {
    "medical": (
        "Family Medicine",
        "Pediatrics",
        "Dental Care",
        "Animal Hospital",
        "Veterinary Clinic",
        "Cardiology",
        "Home Health",
        "Orthodontics",
        "Hospice",
    ),
    "office": ("Payroll", "Benefits", "Insurance", "Accounting", "Credit Union", "Staffing"),
    "trades": ("Heating & Air", "Plumbing", "Refrigeration", "Electric", "Elevator", "Roofing", "Mechanical"),
    "funeral": ("Funeral Home", "Memorial Chapel", "Cremation Society"),
    "legal": ("Law Offices", "Legal Group", "Bail Bonds", "Title & Escrow"),
    "property": ("Property Management", "Realty", "Self Storage", "Housing Trust"),
    "towing": ("Towing", "Roadside", "Locksmith", "Parking"),
    "retail": ("Outfitters", "Furniture", "Appliance", "Garden Centre", "Catalogue Sales"),
}
_FIRST_WORDS = (
    "Amber",
    "Anchor",
    "Ashgrove",
    "Birchwood",
    "Bridgeway",
    "Camden",
    "Castle",
    "Clearwater",
    "Cobalt",
    "Dunmore",
    "Eastgate",
    "Elmhurst",
    "Falcon",
    "Ferndale",
    "Gateway",
    "Glenview",
    "Hawthorn",
    "Highland",
    "Iris",
    "Kestrel",
    "Laurel",
    "Linden",
    "Lowell",
    "Marlow",
    "Mayfair",
    "Millbrook",
    "Newport",
    "Northern",
    "Oakmont",
    "Orion",
    "Palisade",
    "Pinecrest",
    "Quarry",
    "Ridgeline",
    "Rosewood",
    "Sable",
    "Sandpiper",
    "Sterling",
    "Stonebridge",
    "Tamarack",
    "Thornton",
    "Tidewater",
    "Upland",
    "Vista",
    "Wexford",
    "Windsor",
    "Yarrow",
    "Zenith",
)
PEOPLE = (
    "Abara",
    "Bergmann",
    "Castillo",
    "Dufour",
    "Ekwueme",
    "Fitzgerald",
    "Ganesan",
    "Hofmann",
    "Iyer",
    "Jankowski",
    "Kovac",
    "Lindqvist",
    "Marchetti",
    "Nakamura",
    "O'Brien",
    "Petrov",
    "Quispe",
    "Rahman",
    "Svensson",
    "Tanaka",
    "Ueda",
    "Vasquez",
    "Whitcombe",
    "Xu",
    "Yilmaz",
    "Zamora",
    "Mbeki",
    "Larsen",
    "Haddad",
    "Nowak",
)
# texts a caller id may carry; some have hurt programs that trusted them
_CALLER_NAMES = (
    "WIRELESS CALLER",
    "WIRELESS CALLER",
    "UNKNOWN",
    "TOLL FREE CALL",
    "JOHNSON M",
    "GARCIA, LUIS",
    "Núñez A",
    "PHARMACY #12",
    "STATE OF",
    "O'DONNELL, P",
    '"Q" MARKET',
    "=1+1",
    "<b>CALL</b>",
    "[red]ALERT[/]",
    "50% OFF; CALL",
    "MOTEL 6",
    "Łukasz W",
    "ST. ANNE HOSP",
    "MILLER\tT",
    "PRIVATE",
)
AREA_CODES: dict[str, tuple[str, ...]] = {
    "America/New_York": ("212", "216", "301", "404", "412", "513", "585", "607", "703", "716", "802", "904"),
    "America/Chicago": ("205", "214", "312", "314", "402", "414", "504", "515", "612", "615", "713", "816"),
    "America/Denver": ("303", "307", "385", "406", "505", "719", "801", "970"),
    "America/Phoenix": ("480", "520", "602", "928"),
    "America/Los_Angeles": ("206", "213", "360", "415", "503", "509", "619", "702", "775", "916"),
    "America/Halifax": ("506", "782", "902"),
}
_TOLL_FREE = ("800", "833", "844", "855", "866", "877", "888")
_UK_AREAS = ("20 7", "20 8", "121 4", "131 5", "151 2", "161 8", "113 3", "117 9", "141 3", "191 4")
_INDIA_AREAS = ("11", "22", "33", "40", "44", "80")
_AUSTRALIA_AREAS = ("2 9", "3 9", "7 3", "8 8")
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


def is_toll_free(number: str) -> bool:
    """Say whether a number is one the called pay for."""
    return number.startswith(("+44800", "+911800", "+611800")) or (
        number.startswith("+1") and number[2:5] in _TOLL_FREE
    )


class Numbers:
    """Hands out telephone numbers, each once where it matters.

    With ``fictional`` every North American number is of the 555-01xx block kept for stories.
    """

    def __init__(self, rng: np.random.Generator, zone: str, *, fictional: bool = False) -> None:
        self.rng = rng
        self.zone = zone
        self.fictional = fictional
        self.used: set[str] = set()

    def _draw(self, zone: str) -> str:
        pick = self.rng.integers
        if zone in ("Europe/London", "Europe/Dublin"):
            area = _UK_AREAS[pick(len(_UK_AREAS))].replace(" ", "")
            return f"+44{area}{pick(10 ** (10 - len(area) - 1), 10 ** (10 - len(area)))}"
        if zone.startswith("Asia/"):
            if pick(3):
                return f"+91{pick(7, 10)}{pick(10**8, 10**9)}"
            return f"+91{_INDIA_AREAS[pick(len(_INDIA_AREAS))]}{pick(2 * 10**7, 7 * 10**7)}"
        if zone.startswith("Australia/"):
            return f"+61{_AUSTRALIA_AREAS[pick(4)].replace(' ', '')}{pick(10**6, 10**7)}0"[:12]
        areas = AREA_CODES.get(zone, AREA_CODES["America/New_York"])
        area = areas[pick(len(areas))]
        if self.fictional:
            every = [code for codes in AREA_CODES.values() for code in codes]
            return f"+1{every[pick(len(every))]}55501{pick(100):02d}"
        return f"+1{area}{pick(2, 10)}{pick(10):01d}{pick(10):01d}{pick(10000):04d}"

    def own(self, zone: str) -> str:
        """Return a number nobody else has."""
        while (number := self._draw(zone)) in self.used:
            pass
        self.used.add(number)
        return number

    def toll_free(self, zone: str) -> str:
        """Return a toll-free number nobody else has."""
        pick = self.rng.integers
        while True:
            if zone.startswith("America/"):
                tail = f"55501{pick(100):02d}" if self.fictional else f"{pick(2, 10)}{pick(10**6):06d}"
                number = f"+1{_TOLL_FREE[pick(len(_TOLL_FREE))]}{tail}"
            elif zone.startswith("Europe/"):
                number = f"+44800{pick(10**6, 10**7)}"
            elif zone.startswith("Asia/"):
                number = f"+911800{pick(10**6, 10**7)}"
            else:
                number = f"+611800{pick(10**5, 10**6)}"
            if number not in self.used:
                self.used.add(number)
                return number

    def caller(self, zone: str) -> str:
        """Return a caller's number; callers may come back, so it may have been handed out before."""
        return self._draw(zone)

    def callers(self, zone: str, count: int) -> list[str]:
        """Return many callers' numbers."""
        return [self._draw(zone) for _ in range(count)]


def caller_name(rng: np.random.Generator) -> str:
    """Return a caller's name as a carrier may deliver it; empty for one in five."""
    if rng.random() < 0.2:
        return ""
    return _CALLER_NAMES[rng.integers(len(_CALLER_NAMES))]


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
    elsewhere = rng.uniform(0, 0.35) if zone in NEIGHBOURS and rng.random() < 0.8 else 0.0
    base_cv = rng.uniform(0.06, 0.38)
    drift_world = rng.uniform(0, 0.09)
    auto_world = rng.uniform(0.2, 0.75)
    greeting_first_world = rng.random() < 0.5
    talk_world = rng.uniform(60, 130)
    toll_share = rng.uniform(0.15, 0.6)
    names: set[str] = set()
    account_no = int(rng.integers(100, 9000))
    clients = []
    for i in range(count):
        kind = str(rng.choice(list(_SHAPES)))
        while True:
            name = f"{rng.choice(_FIRST_WORDS)} {rng.choice(_TRADE_NAMES[kind])}"
            if name not in names:
                names.add(name)
                break
        own_zone = str(rng.choice(NEIGHBOURS[zone])) if rng.random() < elsewhere else zone
        count_of_numbers = int(rng.choice([1, 1, 1, 2, 2, 3]))
        own_numbers = [
            numbers.toll_free(zone) if rng.random() < toll_share * 0.6 else numbers.own(own_zone)
            for _ in range(count_of_numbers)
        ]
        free = any(is_toll_free(n) for n in own_numbers)
        group = groups[-1] if free and len(groups) > 1 and rng.random() < 0.85 else str(rng.choice(groups))
        coverage = _coverage(rng, kind)
        shape = week_shape(kind)
        shape = np.clip(shape * rng.lognormal(0, 0.12, 168), 0, None)
        covered = coverage.hours()
        inside = float((shape * covered).sum())
        outside = float((shape * (1 - covered)).sum())
        rate = shape * volumes[i] * 7 / inside
        limit = rng.uniform(
            0.5, 2.5
        )  # office hours bring so many times what the covered hours bring, at most
        if outside > limit * inside:
            rate = rate * np.where(covered > 0, 1.0, limit * inside / outside)
        auto = rng.random() < auto_world
        people = tuple(
            (str(p), numbers.own(own_zone))
            for p in rng.choice(PEOPLE, size=int(rng.integers(2, 6)), replace=False)
        )
        talk = float(np.clip(talk_world * rng.lognormal(0, 0.25), 30, 260))
        clients.append(
            Client(
                account=str(account_no),
                name=name,
                kind=kind,
                zone=own_zone,
                numbers=tuple(own_numbers),
                shares=rng.dirichlet(np.full(count_of_numbers, 3.0)) if count_of_numbers > 1 else np.ones(1),
                trunk_group=group,
                coverage=coverage,
                rate=rate,
                volume=float(volumes[i]),
                day_cv=float(base_cv * rng.uniform(0.5, 1.6)),
                hour_cv=float(rng.uniform(0, 0.25)),
                drift=float(rng.uniform(0, drift_world)),
                sloppy_min=float(rng.choice([0.0, 3.0, 5.0, 8.0])),
                office_number=numbers.own(own_zone),
                dispatch_within_min=int(rng.choice([5, 10, 10, 15, 15, 20, 30])),
                talk_s=talk,
                talk_sigma=float(rng.uniform(0.45, 0.8)),
                hold_share=float(rng.uniform(0.02, 0.24)),
                hold_s=float(rng.uniform(15, 45)),
                message_share=float(rng.uniform(0.4, 0.75)),
                urgent_share=float(rng.uniform(0.1, 0.5)),
                ack_share=float(rng.uniform(0.6, 0.85)),
                announcement_share=float(rng.uniform(0, 0.04)) if auto else 0.0,
                auto_after_s=(
                    float(rng.integers(0, 3)) if greeting_first_world else float(rng.integers(4, 13))
                )
                if auto
                else None,
                greeting_s=float(rng.integers(3, 9)),
                greeting_first=greeting_first_world,
                repeat_share=float(rng.uniform(0.15, 0.55)),
                people=people,
                pool=tuple(numbers.callers(own_zone, int(max(6, volumes[i] * 3)))),
                roster_hour=int(rng.choice([0, 7, 8, 8, 8, 17])),
            )
        )
        account_no += int(rng.integers(1, 13))
    return clients
