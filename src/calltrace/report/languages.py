"""The words of a language: dates, spans, durations, numbers, zones, and what is left to fill in.

They stand in ``templates/words/<language>.toml``, a service's own before calltrace's; plurals, lists and names of zones come
from Unicode's data for the locale the words name. Below stand the few things that are said the same in every language.
"""

from __future__ import annotations

import tomllib
from datetime import datetime, timedelta
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from zoneinfo import ZoneInfo

from calltrace.classes import dataclass
from calltrace.errors import InputError, Location, UsageError
from calltrace.report.render._words import NBSP
from calltrace.tables.text import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

DEFAULT_LANGUAGE = "en"


@dataclass(frozen=True)
class Blank:
    """Something only the service can fill in; it stands in brackets where it is not given."""

    label: str

    def __str__(self) -> str:
        return f"[{self.label}]"


@dataclass(frozen=True)
class Span:
    """A window, in the zone it is told in. ``start`` and ``end`` carry that zone."""

    start: datetime
    end: datetime

    @property
    def seconds(self) -> float:
        """How long it is."""
        return (self.end - self.start).total_seconds()


@dataclass
class Language:
    """How one language says dates, spans, durations and numbers. ``year`` is that of the page's date."""

    code: str
    words: Mapping[str, Any]
    year: int | None = None

    @property
    def locale(self) -> str:
        """Babel's name of the locale dates are written in."""
        return str(self.words["locale"])

    def _dated(self, moment: datetime, pattern: str) -> str:
        from babel.dates import format_datetime  # noqa: PLC0415 - a command's --help needs no locales

        said = format_datetime(moment, self.words["time"][pattern], locale=self.locale)
        for shown, instead in self.words["time"].get("shown", {}).items():
            said = said.replace(shown, instead)
        return said.replace("\u202f", " ")

    def day(self, moment: datetime) -> str:
        """Return the day, with its year only where it is not the page's."""
        return self._dated(moment, "day" if self.year in (None, moment.year) else "day_with_year")

    def date(self, moment: datetime) -> str:
        """Return the date as a letter is dated."""
        return self._dated(moment, "date")

    def clock(self, moment: datetime, *, of_one_day: bool = False) -> str:
        """Return the time of day, to the minute; midnight has a name only where its day can't be mistaken."""
        named = {(12, 0): "noon", (0, 0): "midnight" if of_one_day else ""}.get((moment.hour, moment.minute))
        said = self.words["time"].get(named) if named else None
        return str(said) if said else self._dated(moment, "clock").replace(" ", NBSP)

    def moment(self, moment: datetime) -> str:
        """Return the day and the time of day."""
        return str(self.words["time"]["at"]).format(day=self.day(moment), clock=self.clock(moment))

    def span(self, span: Span) -> str:
        """Return a window in words, its days once where they are one, whole days without the clock."""
        start, end, said = span.start, span.end, self.words["span"]
        if span.seconds < 60:
            return str(said["moment"]).format(day=self.day(start), start=self.clock(start))
        last = end - timedelta(minutes=1)
        whole = (start.hour, start.minute, end.hour, end.minute) == (0, 0, 0, 0)
        one = start.date() == last.date()
        pattern = ("whole_day" if one else "whole_days") if whole else "one_day" if one else "days"
        of_one_day = pattern == "one_day"
        return str(said[pattern]).format(
            day=self.day(start),
            first=self.day(start),
            last=self.day(last if whole else end),
            start=self.clock(start, of_one_day=of_one_day),
            end=self.clock(end, of_one_day=of_one_day),
        )

    def silence(self, span: Span, *, over: bool | None = None) -> str:
        """Return a silence in words: the calls at its two ends are what is known, and are said to be that."""
        start, end, said = span.start, span.end, self.words["span"]
        one = start.date() == end.date()
        pattern = "silence_open" if over is False else "silence_one_day" if one else "silence_days"
        return str(said[pattern]).format(
            day=self.day(start),
            first=self.day(start),
            last=self.day(end),
            start=self.clock(start, of_one_day=pattern == "silence_one_day"),
            end=self.clock(end, of_one_day=pattern == "silence_one_day"),
        )

    def dates(self, span: Span) -> str:
        """Return the days of a window without their clock, for a headline: July 18 to July 21."""
        first, last = span.start, max(span.start, span.end - timedelta(minutes=1))
        pattern = "headline" if self.year in (None, first.year) else "date"
        said = self._dated(first, pattern), self._dated(last, pattern)
        if first.date() == last.date():
            return said[0]
        return str(self.words["span"]["dates"]).format(first=said[0], last=said[1])

    def zone(self, moment: datetime) -> str:
        """Return the zone's name as people of it say it: Eastern Time."""
        from babel.dates import get_timezone_location, get_timezone_name  # noqa: PLC0415

        key = getattr(moment.tzinfo, "key", "UTC")
        if key in ("UTC", "Etc/UTC", "Zulu", "Etc/UCT"):
            key = "Etc/UTC"
        zone = ZoneInfo(key)
        variant: Literal["standard", "generic"] = "standard" if key == "Etc/UTC" else "generic"
        said = get_timezone_name(zone, width="long", zone_variant=variant, locale=self.locale)
        if key != "Etc/UTC" and said == get_timezone_location(zone, locale=self.locale):
            # "United Kingdom Time" is nobody's word for it: British Summer Time, or Greenwich Mean Time
            there = moment.astimezone(zone)
            season = _season(there)
            said = self._of_elder_name(key, season) or get_timezone_name(
                there, width="long", zone_variant=season, locale=self.locale
            )
        return key if "Unknown" in said else said

    def _of_elder_name(self, key: str, season: str) -> str:
        """Return what CLDR calls a zone it knows by an elder name only: Asia/Kolkata as Asia/Calcutta; '' where none."""
        from babel import Locale  # noqa: PLC0415
        from babel.core import get_global  # noqa: PLC0415

        names, kinds = get_global("zone_aliases"), get_global("meta_zones")
        new = names.get(key, key)
        if new in kinds:
            return ""
        elder = min((old for old, now in names.items() if now == new and old in kinds), default="")
        long = Locale.parse(self.locale).meta_zones.get(kinds.get(elder), {}).get("long", {})
        return str(long.get("generic") or long.get(season) or "")

    def number(self, number: float) -> str:
        """Return a count: a word up to twelve, figures from there; never a fraction."""
        from babel.numbers import format_decimal  # noqa: PLC0415

        whole = round(number)
        words = self.words["number_words"]
        return str(words[whole]) if 0 <= whole < len(words) else format_decimal(whole, locale=self.locale)

    def count(self, number: float, **forms: str) -> str:
        """Return a count with its noun, in the form the language takes for it (``one=``, ``other=``; CLDR's names)."""
        from babel import Locale  # noqa: PLC0415

        whole = round(number)
        form = Locale.parse(self.locale).plural_form(whole)
        return f"{self.number(whole)}{NBSP}{forms.get(form, forms['other'])}"

    def listed(self, things: Iterable[object]) -> str:
        """Return things as a sentence lists them: a, b and c."""
        from babel.lists import format_list  # noqa: PLC0415

        return format_list([str(t) for t in things], style="standard", locale=self.locale)

    def on_moment(self, moment: datetime) -> str:
        """Return a moment as a sentence has it: on Friday, June 5 at 6:00 pm."""
        return str(self.words["span"]["moment"]).format(day=self.day(moment), start=self.clock(moment))

    def duration(self, seconds: float) -> str:
        """Return a length of time, in the unit people would use: seconds, minutes, hours or days."""
        said = self.words["duration"]
        for unit, size, upto in (("second", 1, 90), ("minute", 60, 5400), ("hour", 3600, 172_800), ("day", 86_400, 1e12)):
            if seconds < upto:
                n = max(0, round(seconds / size))
                text = str(said[unit] if n == 1 else said[unit + "s"].format(n=self.number(n)))
                exact = unit == "second" or abs(seconds - n * size) < 1
                return text if exact else str(said["about"]).format(said=text)
        raise ValueError(seconds)

    def blank(self, name: str) -> Blank:
        """Return what stands where the service has not said something."""
        return Blank(str(self.words["blank"][name]))


def _season(there: datetime) -> Literal["standard", "daylight"]:
    """Return whether a zone's clock is ahead of its least of that year: Ireland's own ``dst()`` is of its winter."""
    offsets = [there.replace(month=m, day=1, hour=12, fold=0).utcoffset() or timedelta() for m in (1, 7)]
    return "daylight" if (there.utcoffset() or timedelta()) > min(offsets) else "standard"


def language(code: str, folder: Path | None = None) -> Language:
    """Return a language by its code; a file of ``folder`` goes before calltrace's own.

    Raises
    ------
    UsageError
        Where there are no words of that language; those there are, are named.
    """
    for name in chain(code):
        for text, at in _words_files(name, folder):
            try:
                found = tomllib.loads(text)
            except tomllib.TOMLDecodeError as error:
                raise InputError(f"the words of the language can't be read: {error}", at=Location(at)) from error
            words = _filled(found, tomllib.loads(_own_words(DEFAULT_LANGUAGE)))
            if not _is_locale(words["locale"]):
                raise InputError(f"there is no locale {words['locale']!r}", expected="one such as es_US", at=Location(at))
            own = code.replace("-", "_")
            near = name != own and name.partition("_")[0] == own.partition("_")[0] and _is_locale(own)
            return Language(code, {**words, "locale": own} if near else words)
    raise UsageError(
        f"there are no templates in the language {visible(code)!r}",
        expected=", ".join(languages(folder)),
        fix="Copy the folders of another language and translate them; --templates names where they are.",
    )


def _filled(words: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """Return a language's words, with those of another where it has none, table by table."""
    both = {**other, **words}
    return {
        name: _filled(words[name], other[name])
        if isinstance(words.get(name), dict) and isinstance(other.get(name), dict)
        else value
        for name, value in both.items()
    }


def _is_locale(name: object) -> bool:
    from babel import Locale, UnknownLocaleError  # noqa: PLC0415

    try:
        Locale.parse(str(name))
    except (UnknownLocaleError, ValueError):
        return False
    return True


def languages(folder: Path | None = None) -> list[str]:
    """Return the codes of the languages there are words of."""
    own = resources.files("calltrace.report") / "templates" / "words"
    names = {Path(f.name).stem for f in own.iterdir() if f.name.endswith(".toml")}
    if folder is not None and (folder / "words").is_dir():
        names |= {f.stem for f in (folder / "words").glob("*.toml")}
    return sorted(names)


def chain(code: str) -> tuple[str, ...]:
    """Return the languages tried for a code: ``en_AU``, then the English of Britain, then ``en``."""
    plain = code.replace("-", "_")
    if not plain.replace("_", "").isalnum():
        return ()
    tongue, _, region = plain.partition("_")
    british = ("en_GB",) if tongue == "en" and region.upper() not in {"", "US", "CA", "PH", "PR"} else ()
    return tuple(dict.fromkeys((plain, *british, tongue)))


def _words_files(name: str, folder: Path | None) -> list[tuple[str, str]]:
    found = []
    if folder is not None and (file := folder / "words" / f"{name}.toml").is_file():
        found.append((file.read_text(encoding="utf-8"), str(file)))
    if own := _own_words(name):
        found.append((own, f"templates/words/{name}.toml"))
    return found


def _own_words(name: str) -> str:
    file = resources.files("calltrace.report") / "templates" / "words" / f"{name}.toml"
    return file.read_text(encoding="utf-8") if file.is_file() else ""


# --- said the same in every language ---------------------------------------------------------------------------


def stamp(moment: datetime, *, seconds: bool = True) -> str:
    """Return a moment as two companies compare it: date, seconds, zone and offset; a headline without the last two.

    Examples
    --------
    >>> stamp(datetime(2026, 6, 5, 18, 4, 30, tzinfo=ZoneInfo("America/New_York")))
    '2026-06-05 18:04:30 EDT (UTC-04:00)'
    """
    name = moment.tzname() or ""
    offset = moment.strftime("%z")
    shown = f"UTC{offset[:3]}:{offset[3:5]}"
    if not seconds:
        return f"{moment:%Y-%m-%d %H:%M} {name if name[:1].isalpha() else shown}"
    return f"{moment:%Y-%m-%d %H:%M:%S} " + (f"{name} ({shown})" if name[:1].isalpha() and name != "UTC" else shown)


def first_up(text: str) -> str:
    """Return a text with its first letter as a capital, the rest as it is."""
    return text[:1].upper() + text[1:]


def sentence(text: str) -> str:
    """Return a text as a sentence: a capital first, a full stop last.

    A template that set the stop itself would make a list of a text that is a number alone ("1.").

    Examples
    --------
    >>> sentence("the lines were not forwarded")
    'The lines were not forwarded.'
    """
    return first_up(text) if text.endswith((".", "!", "?")) else f"{first_up(text)}."


def phone(number: str) -> str:
    r"""Return a number as people of its country write it; what is no E.164 number stays as it is.

    Examples
    --------
    >>> phone("+12155550121")
    '(215)\\xa0555-0121'
    """
    import phonenumbers  # noqa: PLC0415 - some tenths of a second

    from calltrace.tables.phones import one  # noqa: PLC0415 - brings pandas

    try:
        parsed = phonenumbers.parse(one(number) or number, None)
    except phonenumbers.NumberParseException:
        return number
    form = phonenumbers.PhoneNumberFormat
    national = parsed.country_code == 1
    said: str = phonenumbers.format_number(parsed, form.NATIONAL if national else form.INTERNATIONAL)
    return said.replace(" ", NBSP)
