"""Where times and calls belong: the zone of a time without an offset, the account of a call that names none.

A time of the generic layout is placed in the zone of its own account, else of its source, else of the service; a switch
has one clock, whoever's calls it logs, so of its own log it is the source's zone, else the service's. Which was assumed is
said with each file. The service's zone is the one given, else its accounts', else the one the calls' offsets fit, else the
machine's.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from calltrace.classes import dataclass
from calltrace.intake.formats._base import Reading, ReadOptions
from calltrace.tables import known_as, owners, times
from calltrace.tables.countries import HOME, country_of
from calltrace.tables.later import later
from calltrace.tables.problems import Problem, location_of
from calltrace.tables.schema import TABLES, Table, conform

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from calltrace.intake.asked import Known
else:
    pd = later("pandas")

NATIONAL_ELSEWHERE = r"0[1-9]\d{7,10}"
"""A number as most countries but those of the North American plan dial their own."""

MANY_NATIONAL = 0.05
"""Share of the calls that dialled such a number, from which it is no slip."""

LIKELY_ZONES = {
    "US": (
        "America/New_York",
        "America/Chicago",
        "America/Denver",
        "America/Phoenix",
        "America/Los_Angeles",
        "America/Anchorage",
        "Pacific/Honolulu",
        "America/Halifax",
        "America/St_Johns",
        "America/Regina",
    ),
    "CA": (
        "America/Toronto",
        "America/Winnipeg",
        "America/Edmonton",
        "America/Vancouver",
        "America/Halifax",
        "America/Regina",
        "America/St_Johns",
    ),
    "GB": ("Europe/London",),
    "IE": ("Europe/Dublin",),
    "DE": ("Europe/Berlin",),
    "AU": (
        "Australia/Sydney",
        "Australia/Brisbane",
        "Australia/Adelaide",
        "Australia/Darwin",
        "Australia/Perth",
    ),
    "NZ": ("Pacific/Auckland",),
}
"""By country, the zones a log's offsets are held against, the most populous first, where nothing else
tells."""


BY_ACCOUNT = frozenset({"generic", "generic-json", "mapped", "message-log", "dmanswers-messages"})
"""Formats whose times may be their accounts': somebody wrote them out for the client. All others are one switch's."""


@dataclass
class Piece:
    """One reading that is a table of the generic layout, whichever files it came from."""

    format: str
    reading: Reading
    file: str
    tz: str | None = None
    own_clock: bool = False
    zone: str = ""
    zone_from: str = ""

    @property
    def one_clock(self) -> bool:
        """Whether all its times are by one clock, whatever zones the accounts are in."""
        return self.own_clock or self.format not in BY_ACCOUNT


@dataclass
class Places:
    """Whose zone a row is in: what the accounts table says, and what the option or the machine does."""

    zones: dict[str, str]
    of_number: dict[str, str]
    default: str
    default_from: str
    account_of_message: pd.Series[str] | None = None


def places_of(accounts: pd.DataFrame | None, zone: str, zone_from: str, options: ReadOptions) -> Places:
    """Return what places rows, by the accounts and the service's own zone (:func:`service_zone`)."""
    return Places(
        zones={} if accounts is None else _pairs(accounts, "account", "timezone"),
        of_number={} if accounts is None else owners.account_of_number(accounts),
        default=options.tz or (zone if zone_from == "account" else times.machine_zone()),
        default_from="option" if options.tz else ("account" if zone_from == "account" else "machine"),
    )


def _pairs(frame: pd.DataFrame, key: str, value: str) -> dict[str, str]:
    known = frame[frame[value].notna()]
    return dict(zip(known[key], known[value], strict=True))


class Stretches:
    """Places calls as a Case has them, one stretch of a file after another: for files too large to hold.

    ``accounts`` are those known, with their zones and numbers. ``sample`` has rows from all over the file, by
    whose offsets the service's own zone is told.
    """

    def __init__(self, sample: Reading, accounts: pd.DataFrame | None, options: ReadOptions) -> None:
        # one switch's own clock is not the service's
        service = replace(options, tz=None) if options.own_clock else options
        self.zone, self.zone_from = service_zone(accounts, [Piece("generic", sample, "")], service)
        self._places = places_of(accounts, self.zone, self.zone_from, options)
        self._accounts = accounts
        self._options = options

    def place(self, reading: Reading) -> tuple[pd.DataFrame, list[Problem], str, str]:
        """Return a stretch's calls typed, their problems, the zone of their times and how it is known."""
        piece = Piece("generic", reading, "", self._options.tz, self._options.own_clock)
        given = reading.frame
        names = self.meant(known_as.names_in(given)) if "account" in given.columns else {}
        frame, problems = placed(known_as.renamed(given, names), TABLES["calls"], self._places, piece)
        calls = filled(conform(frame, TABLES["calls"]), self._places)
        return calls, problems, piece.zone, piece.zone_from

    def meant(self, names: Sequence[object]) -> dict[str, str]:
        """Return which account of the table each of these stands for that is none, as far as its name alone tells."""
        unknown = known_as.strangers(names, self._accounts)
        return known_as.meant(self._accounts, unknown) if unknown and self._accounts is not None else {}

    def accounts_of(self, numbers: Sequence[str | None]) -> list[str | None]:
        """Return whose numbers these are, the number itself where nobody's."""
        return [None if n is None else self._places.of_number.get(n, n) for n in numbers]


def service_zone(
    accounts: pd.DataFrame | None, pieces: list[Piece], options: ReadOptions
) -> tuple[str, str]:
    """Return the service's own zone, and how it is known (as in ``Case.zone_from``)."""
    if options.tz:
        return options.tz, "option"
    if accounts is not None and accounts["timezone"].notna().any():
        counts = accounts["timezone"].value_counts()
        return str(min(counts[counts == counts.max()].index)), "account"
    of_calls = [p.reading for p in pieces if p.reading.table == "calls" and len(p.reading.frame)]
    for reading in of_calls:
        if reading.zone_from not in ("", "offset") and times.is_zone(reading.zone):
            return reading.zone, reading.zone_from
    for reading in of_calls:
        zone = _zone_of(reading.frame, options)
        if zone:
            return zone, "offset"
    return times.machine_zone(), "machine"


def _zone_of(frame: pd.DataFrame, options: ReadOptions) -> str:
    """Return the zone the calls' offsets fit, as :func:`zone_of` does."""
    if "offered_at__offset" not in frame.columns:
        return ""
    # rows with an offset are UTC already, the others have none
    instants = frame["offered_at"].to_numpy(dtype="datetime64[us]")
    return zone_of(instants, frame["offered_at__offset"].to_numpy(dtype=float), options.region)


def region_of(tz: str | None, known: Known) -> str:
    """Return the country of numbers without its code: that of the zone that was said, else of all known accounts'."""
    accounts = known.accounts
    zones = [tz] if tz else [] if accounts is None else [str(z) for z in accounts["timezone"].dropna().unique()]
    return country_of(zones)


def of_no_country(calls: pd.DataFrame, region: str) -> list[Problem]:
    """Say of numbers dialled that they are in the national form of a country nobody named, where they are many.

    No number of the North American plan begins with 0, as those of most countries do where they are dialled at home. What
    reads them as they stand takes the same number in full, or without its 0, for another account.
    """
    if region != HOME:
        return []
    national = calls["dnis"].str.fullmatch(NATIONAL_ELSEWHERE).fillna(value=False).to_numpy(dtype=bool)
    if national.sum() < max(1, MANY_NATIONAL * calls["dnis"].notna().sum()):
        return []
    row = calls.iloc[int(np.flatnonzero(national)[0])]
    return [Problem(
        location_of(row),
        f"{int(national.sum())} of {len(calls)} calls dialled a number that begins with 0, such as {row['dnis']}",
        "numbers with their country's code, or the country they are of",
        "They stay as they stand, and the same number written otherwise is another account: say the service's zone (--tz), or"
        " its country in the configuration.",
        table="calls", effect="noted", rows=0, kind="country-unknown")]


def zone_of(instants: NDArray[np.datetime64], offset_min: NDArray[np.float64], region: str) -> str:
    """Return the zone that times' offsets fit, '' where there are none or all are UTC, which says nothing.

    Parameters
    ----------
    instants : array of datetime64[us]
        UTC.
    offset_min : array of float
        Minutes east of UTC each was given with; NaN for none.
    region : str
        The country, whose zones are tried first.
    """
    known = offset_min[~np.isnan(offset_min)]
    if not len(known) or not known.any():
        return ""
    machine = times.machine_zone()
    likely = LIKELY_ZONES.get(region, ()) + LIKELY_ZONES["US"]
    found = times.zone_of_offsets(instants, offset_min, (machine, *likely))
    if found:
        return found
    hours = known[0] / 60
    if (known == known[0]).all() and hours == int(hours):  # a zone of the Etc area has its sign the other way round
        return f"Etc/GMT{-int(hours):+d}"
    return ""


def _accounts_of_rows(frame: pd.DataFrame, table: Table, places: Places) -> pd.Series[str] | None:
    """Return the account each row is about, NA for none; None where no row of the table can be."""
    if table.name in ("calls", "messages", "oncall") and "account" in frame.columns:
        of = frame["account"].astype("string")
        if table.name == "calls" and "dnis" in frame.columns:
            of = of.fillna(frame["dnis"].map(places.of_number).astype("string"))
        return of
    if table.name == "calls" and "dnis" in frame.columns:
        return frame["dnis"].map(places.of_number).astype("string")
    if table.name == "line_tests":
        return frame["number"].map(places.of_number).astype("string")
    if table.name == "events" and "target" in frame.columns:
        return frame["target"].where(frame["scope"] == "account").astype("string")
    if table.name == "dispatch" and places.account_of_message is not None:
        return frame["message_id"].map(places.account_of_message).astype("string")
    return None


def placed(
    frame: pd.DataFrame, table: Table, places: Places, piece: Piece
) -> tuple[pd.DataFrame, list[Problem]]:
    """Return the frame with times that had no offset placed in their zones, and what was odd about them."""
    piece.zone, piece.zone_from = piece.reading.zone, piece.reading.zone_from
    naive_columns = [
        c.name
        for c in table.columns
        if c.kind == "instant"
        and c.name in frame.columns
        and not isinstance(frame[c.name].dtype, pd.DatetimeTZDtype)
    ]
    if not naive_columns:
        return frame, []
    if frame.empty:
        none = {n: frame[n].astype("datetime64[us]").dt.tz_localize("UTC") for n in naive_columns}
        return frame.assign(**none), []
    frame = frame.copy()
    problems: list[Problem] = []
    of = None if piece.one_clock else _accounts_of_rows(frame, table, places)
    own = None if of is None else of.map(places.zones).astype("string")
    zones = (
        pd.Series(piece.tz or places.default, index=frame.index, dtype="string")
        if own is None
        else own.fillna(piece.tz or places.default)
    )
    scopes = pd.factorize(frame["scope"])[0] if table.name == "kpi" else None
    used_own = own is not None and bool(own.notna().any())
    used_default = own is None or bool(own.isna().any())
    for name in naive_columns:
        values = frame[name].astype("datetime64[us]")
        marked = f"{name}__naive"
        naive = (
            frame[marked].to_numpy(dtype=bool) if marked in frame.columns else np.ones(len(frame), dtype=bool)
        )
        result = values.dt.tz_localize("UTC")
        for zone in sorted(zones[naive & values.notna().to_numpy()].unique()):
            rows = naive & (zones == zone).to_numpy(dtype=bool)
            found = times.localise(values[rows], str(zone), scopes if scopes is None else scopes[rows])
            result.loc[rows] = found.instants
            problems += _clock_problems(frame.loc[rows], table, name, found, str(zone))
        frame[name] = result
    problems += _clock_not_said(frame, table, places, piece)
    if naive_columns:
        seen = sorted(zones.unique())
        piece.zone = str(seen[0]) if len(seen) == 1 else ", ".join(str(z) for z in seen)
        ways = ["account"] * used_own + ["option" if piece.tz else places.default_from] * used_default
        if piece.reading.zone_from == "offset" or any(
            f"{n}__naive" in frame.columns
            and not frame[f"{n}__naive"].all()
            and frame[n][~frame[f"{n}__naive"]].notna().any()
            for n in naive_columns
        ):
            ways = ["offset", *ways]
        piece.zone_from = ", ".join(dict.fromkeys(ways))
    return frame, problems


def _clock_not_said(frame: pd.DataFrame, table: Table, places: Places, piece: Piece) -> list[Problem]:
    """Return a Problem where accounts of several zones leave it open by which clock their switch writes."""
    zones = sorted(set(places.zones.values()))
    if table.name != "calls" or not piece.one_clock or piece.tz or places.default_from != "account" or len(zones) < 2:
        return []
    return [
        Problem(
            at=location_of(frame.iloc[0]),
            saw=f"times without an offset, of one switch for accounts in {', '.join(zones)}",
            expected="the zone of the switch's clock",
            fix=f"They were read in {places.default}, where most accounts are. Say --tz ZONE, or zone = under [[sources]].",
            table=table.name,
            effect="noted",
            rows=0,
            kind="zone",
        )
    ]


def _clock_problems(
    frame: pd.DataFrame, table: Table, column: str, found: times.Localised, zone: str
) -> list[Problem]:
    """Return a Problem for each time that fell into a clock change and could not be told."""
    problems = []
    for mask, saw, expected, fix, effect in (
        (
            found.nonexistent,
            "does not exist: the clock was put forward",
            "a time the clock showed",
            "Read as a clock not yet put forward, {at:%H:%MZ}; log with an offset.",
            "repaired",
        ),
        (
            found.ambiguous,
            "came twice: the clock was put back",
            "an offset to tell which",
            "The first was taken, {at:%H:%MZ}, which may be an hour early; log with an offset.",
            "noted",
        ),
    ):
        for place in np.flatnonzero(mask):
            row = frame.iloc[int(place)]
            at = found.instants.iloc[int(place)]
            problems.append(
                Problem(
                    at=location_of(row),
                    saw=f"{column} in {zone} {saw} ({row[column]:%Y-%m-%d %H:%M:%S})",
                    expected=expected,
                    fix=fix.format(at=at),
                    table=table.name,
                    effect="repaired" if effect == "repaired" else "noted",
                    kind="clock-change",
                )
            )
    return problems


def filled(calls: pd.DataFrame, places: Places) -> pd.DataFrame:
    """Give calls without an account the account of the number they dialled, else that number itself.

    Where the log says of no call which number was dialled, a queue is taken for an account.
    """
    unknown = calls["account"].isna()
    if not unknown.any():
        return calls
    dialled = calls["dnis"]
    named = dialled.map(places.of_number).astype("string").fillna(dialled)
    if named.isna().all() and calls["account"].isna().all():
        named = calls["queue"].astype("string")
    return calls.assign(account=calls["account"].fillna(named))
