"""The configuration as values: every section a dataclass, every key a field that says what it takes and means.

:mod:`.reader` checks a file against these, and the reference page is made of them, so that no key is known in one
place and not in the other. Paths are whole (relative ones start at the configuration's folder), numbers are E.164
where that can be told. What a section is for stands in its docstring's first line.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, Field, field
from dataclasses import fields as fields_of
from pathlib import Path
from typing import TYPE_CHECKING, Any

from calltrace.classes import dataclass
from calltrace.config import _takes as takes
from calltrace.config._secrets import Secret
from calltrace.config._takes import Takes
from calltrace.diagnosis.profile import SEVERITIES, Profile
from calltrace.tables.countries import country_of

if TYPE_CHECKING:
    from calltrace.intake.mapping import Mapping as LogMapping

EVENT_KINDS = ("maintenance", "outage", "carrier", "weather", "closure", "holiday", "promotion", "note")
SCOPES = ("platform", "region", "trunk_group", "account", "number")


def key(kind: Takes, meaning: str, default: Any = MISSING, *, name: str = "", example: str = "") -> Any:
    """Declare a key: what it takes, what it means, its default (none: it is required), its name in the file."""
    about = {"takes": kind, "meaning": meaning, "name": name, "example": example}
    return field(metadata=about) if default is MISSING else field(default=default, metadata=about)


def keys_of(section: type) -> dict[str, Field[Any]]:
    """Return the keys of a section by their names in the file."""
    return {f.metadata["name"] or f.name: f for f in fields_of(section) if "takes" in f.metadata}


@dataclass(frozen=True)
class Service:
    """The answering service itself."""

    name: str = key(
        takes.TEXT, "what the service calls itself, in reports and letters; its mornings are remembered under it", "",
        example='"Keystone Answering"')
    zone: str = key(
        takes.ZONE, "zone of times that carry none, and of days; an account's own goes before it", "",
        example='"America/New_York"')
    country: str = key(
        takes.COUNTRY, "country of telephone numbers without a country code; without it the country the zone is in, else US",
        "", example='"US"')
    phone: str = key(takes.TEXT, "the number clients call the service at, for letters", "", example='"+1 717 555 0100"')

    @property
    def in_country(self) -> str:
        """The country of numbers without a country's code: as said, else the one the zone is in."""
        return self.country or country_of([self.zone])


@dataclass(frozen=True)
class LogSource:
    """Where logs are read from when a command is given no PATH; one table a place."""

    path: str = key(
        takes.PLACE, "a file (* and ? stand for names), a folder, or a database's address", example='"/var/log/asterisk"')
    format: str = key(
        takes.TEXT, "the format's name, where it is not to be recognised (`calltrace formats` lists them)", "",
        example='"asterisk-cdr-csv"')
    mapping: str = key(
        takes.TEXT, "how to read files of no known format: a name under [mappings], or a mapping's file", "",
        example='"acme"')
    zone: str = key(takes.ZONE, "zone of this switch's clock, for times that carry none; goes before all others", "")
    year: int | None = key(takes.whole(1970, 2199), "year of a log's first record, where the switch writes none", None)
    password_env: str = key(takes.VARIABLE, "environment variable that holds a database's password", "")
    password_file: str = key(takes.PATH, "file that holds a database's password, readable by its owner only", "")


@dataclass(frozen=True)
class Account:
    """One client account: goes before the accounts table, cell by cell."""

    account: str = ""
    name: str = key(takes.TEXT, "the client's name", "", example='"Polar Refrigeration"')
    numbers: tuple[str, ...] = key(takes.NUMBERS, "its numbers at the switch", (), example='["+17175550148"]')
    trunk_group: str = key(takes.TEXT, "the group its calls come in on", "")
    zone: str = key(takes.ZONE, "its zone", "", example='"America/New_York"')
    coverage: str = key(
        takes.COVERAGE, "when its lines should be forwarded", "", example='"Mo-Fr 17:00-24:00; Sa-Su 00:00-24:00"')
    path_limit: int | None = key(takes.whole(1, 10_000), "simultaneous calls allowed", None, example="4")
    office_number: str = key(takes.NUMBER, "the client's own number", "")
    dispatch_within_min: float | None = key(
        takes.number(0, 10_080, "minutes"), "an urgent message's first attempt is due within", None, example="15")
    thresholds: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Calendar:
    """A calendar file (.ics) of things known from outside the switch; one table a file."""

    file: str = key(takes.PATH, "the file; entries that repeat are laid out", example='"closures.ics"')
    kind: str = key(
        takes.one_of(*EVENT_KINDS),
        "what its entries are; without it their own category says, else closure for an account, else note", "",
        example='"closure"')
    scope: str = key(takes.one_of(*SCOPES), "whom they concern; account where `account` is given", "",
                     example='"platform"')
    account: str = key(takes.TEXT, "the account they are about (id)", "", example='"1021"')
    target: str = key(takes.TEXT, "the trunk group or number they are about", "")
    zone: str = key(takes.ZONE, "zone of entries that carry none, if not the account's or the service's", "")


@dataclass(frozen=True)
class Holidays:
    """Public holidays of a country or a part of it; one table each."""

    country: str = key(takes.TEXT, "country, as the holidays library calls it", example='"US"')
    subdivision: str = key(takes.TEXT, "its state, province or canton", "", example='"PA"')
    categories: tuple[str, ...] = key(takes.TEXTS, "which kinds of holidays", ("public",), example='["public"]')
    accounts: tuple[str, ...] = key(takes.TEXTS, "only for these accounts (ids); without it for everybody", ())


@dataclass(frozen=True)
class SharedMapping:
    """How to read files of no known format: the mapping itself, or the file it is in."""

    name: str = ""
    file: str = key(takes.PATH, "the mapping's file, as `calltrace inspect FILE --map` writes it", "", example='"acme.toml"')
    match: tuple[str, ...] = key(
        takes.TEXTS, "names of the files it is for, with * and ?; without it a source or --mapping names it", (),
        example='["acme_*.csv"]')
    mapping: LogMapping | None = None


@dataclass(frozen=True)
class Rates:
    """What clients are charged."""

    file: str = key(takes.PATH, "the rate table (TOML or CSV), as --rates takes it", "", example='"rates.toml"')


@dataclass(frozen=True)
class Store:
    """The store that `calltrace import` fills; without PATH it is read in place of the sources once it is there."""

    path: str = key(takes.PLACE, "its folder, or s3://bucket/prefix", "", example='"/var/lib/calltrace/store"')
    keep_days: int | None = key(takes.whole(1, 36_500, "days"), "what `store prune` keeps", None, example="400")


@dataclass(frozen=True)
class Audit:
    """The audit, and with it the daily one."""

    fdr: float | None = key(
        takes.number(0, 1, above=True), "false discovery rate: share of findings that may be chance", None, example="0.01")
    fail_on: str = key(takes.one_of(*SEVERITIES), "severity from which findings give exit code 1", "", example='"medium"')


@dataclass(frozen=True)
class MailSettings:
    """How reports are mailed. No password stands in the file: only where it is found."""

    host: str = key(takes.HOST, "the SMTP server", "", example='"smtp.example.com"')
    port: int | None = key(takes.whole(1, 65_535), "its port; 587 with starttls, 465 with tls, 25 with none", None)
    tls: str = key(
        takes.one_of("starttls", "tls", "none", same={"off": "none", "implicit": "tls", "ssl": "tls"}),  # as an address says it
        "how the connection is made safe", "starttls", example='"starttls"')
    user: str = key(takes.TEXT, "the user to log in as; without it nobody logs in", "", example='"reports"')
    password_env: str = key(
        takes.VARIABLE, "environment variable that holds the password", "", example='"CALLTRACE_SMTP_PASSWORD"')
    password_file: str = key(takes.PATH, "file that holds the password, readable by its owner only", "")
    sender: str = key(takes.ADDRESS, "whom mail is from", "", name="from", example='"calltrace <reports@example.com>"')
    to: tuple[str, ...] = key(
        takes.ADDRESSES, "whom mail goes to, where a command does not say", (), example='["desk@example.com"]')
    reply_to: str = key(takes.ADDRESS, "whom answers go to, if not the sender", "")
    subject: str = key(
        takes.TEXT, "what every subject begins with", "[calltrace]", name="subject_prefix", example='"[calltrace]"')
    timeout_s: float = key(takes.number(1, 600, "seconds"), "how long to wait for the server", 30.0)
    spool: str = key(takes.PATH, "folder for mail that could not be sent, until it can", "")

    @property
    def chosen_port(self) -> int:
        """The port: as said, else the usual one of the way the connection is made safe."""
        return self.port or {"starttls": 587, "tls": 465}.get(self.tls, 25)

    @property
    def secret(self) -> Secret:
        """Where the password is; ``secret.read()`` gets it."""
        return Secret(self.password_env, self.password_file, "[mail]")

    def password(self) -> str:
        """Return the password, '' where none is configured.

        Raises
        ------
        InputError
            The variable is not set, or the file is missing, empty or open to others; the key is named.
        """
        return self.secret.read()


@dataclass(frozen=True)
class Privacy:
    """What is shown of callers, and how long anything about them is kept."""

    mask: bool = key(
        takes.FLAG, "hide numbers and names of callers and people on call in everything shown, as --mask does",
        default=False, example="true")
    retention_days: int | None = key(
        takes.whole(1, 36_500, "days"), "how long closed cases are kept in the ledger", None, example="1100")
    access_log: str = key(
        takes.PATH, "file that says who looked up which caller, when and why; else one in the state folder", "",
        example='"access.log"')
    require_reason: bool = key(
        takes.FLAG, "whether nobody may look a caller up without --reason", default=False, example="true")


@dataclass(frozen=True)
class Letter:
    """Letters to clients and tickets to carriers."""

    signed_by: str = key(takes.TEXT, "the name under a letter", "", example='"Dana Ruiz, supervisor"')
    phone: str = key(takes.TEXT, "the number under it, if not the service's", "")
    templates: str = key(takes.PATH, "folder of templates of your own, which go before ours", "", example='"templates"')


@dataclass(frozen=True)
class Ledger:
    """Where complaints, promises and changes are kept; acknowledgements lie in the state folder."""

    url: str = key(
        takes.PLACE, "a file, or a database's address without its password", "", example='"/var/lib/calltrace/ledger.db"')
    password_env: str = key(takes.VARIABLE, "environment variable that holds the database's password", "")
    password_file: str = key(takes.PATH, "file that holds the database's password, readable by its owner only", "")

    @property
    def secret(self) -> Secret:
        """Where the password is."""
        return Secret(self.password_env, self.password_file, "[ledger]")


@dataclass(frozen=True)
class Config:
    """Everything the file says; a section it does not have is there with its defaults.

    ``path`` is the file, None where there is none. ``accounts_file`` is a table of accounts (CSV) and ``accounts``
    what stands in the configuration itself, which goes before it. ``profile`` is None where no threshold is set.
    """

    path: Path | None = None
    service: Service = field(default_factory=Service)
    sources: tuple[LogSource, ...] = ()
    accounts_file: str = ""
    accounts: tuple[Account, ...] = ()
    profile: Profile | None = None
    calendars: tuple[Calendar, ...] = ()
    holidays: tuple[Holidays, ...] = ()
    mappings: Mapping[str, SharedMapping] = field(default_factory=dict)
    rates: Rates = field(default_factory=Rates)
    store: Store = field(default_factory=Store)
    audit: Audit = field(default_factory=Audit)
    mail: MailSettings = field(default_factory=MailSettings)
    privacy: Privacy = field(default_factory=Privacy)
    letter: Letter = field(default_factory=Letter)
    ledger: Ledger = field(default_factory=Ledger)
    text: str = field(default="", repr=False, compare=False)


TABLES: dict[str, type] = {
    "service": Service,
    "rates": Rates,
    "store": Store,
    "audit": Audit,
    "mail": MailSettings,
    "privacy": Privacy,
    "letter": Letter,
    "ledger": Ledger,
}
"""Sections that are one table."""

LISTS: dict[str, type] = {"sources": LogSource, "calendars": Calendar, "holidays": Holidays}
"""Sections that are a list of tables."""

NAMED: dict[str, type] = {"accounts": Account, "mappings": SharedMapping}
"""Sections of tables with names of the user's own."""

SECTIONS = ("service", "sources", "accounts", "thresholds", "calendars", "holidays", "mappings", "rates", "store",
            "audit", "mail", "privacy", "letter", "ledger")  # fmt: skip
"""Every section, in the order of the reference."""
