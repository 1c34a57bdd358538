"""The words and figures every renderer for people uses: rounding, local times, and names for the parties."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from calltrace.diagnosis.causes import SHARED

if TYPE_CHECKING:
    from collections.abc import Sequence
    from zoneinfo import ZoneInfo

    from calltrace.report.audit import Trouble
    from calltrace.report.report import Verdict

NBSP = "\u00a0"
"""Holds a figure and its unit together on one line; a renderer turns it into a space at the very end."""

PARTIES = {
    "client": "the client",
    "service": "the answering service",
    "carrier": "the carrier",
    "callers": "the callers",
    "another-client": "another client",
    "nobody": "nobody",
}

COMPLAINTS = {
    "missed-calls": "missed calls",
    "long-ring": "long ring",
    "long-hold": "long hold",
    "abandoned": "abandoned calls",
    "busy": "busy signals",
    "dispatch": "dispatch of messages",
    "caller-claim": "a caller's claim",
    "high-bill": "high bill",
    "rude-operator": "rude operator",
}

ZONE_FROM = {
    "offset": "offsets in the file",
    "uniqueid": "the call ids",
    "epoch": "epoch seconds",
    "account": "the accounts table",
    "accounts": "the accounts table",
    "option": "--tz",
    "configuration": "the configuration",
    "mapping": "the mapping",
    "machine": "ASSUMED: this machine's own zone",
}


_PLAIN = re.compile(r"[a-z]+(?:['\u2019-][a-z]+)*(?=[\s.,:;!?)]|$)")
"""A word of ours at the head of a sentence, as no name is written."""


def party(name: str) -> str:
    """Return who a party is, in words."""
    return PARTIES.get(name, name)


def responsible(verdict: Verdict) -> str:
    """Return who the party of a verdict is, in words; each with its share where none is named."""
    if not verdict.parties:
        return party(verdict.party)
    return f"open ({', '.join(f'{party(name)} {chance(share)}' for name, share in verdict.parties)})"


def how_sure(verdict: Verdict) -> str:
    """Return how sure a verdict is; its cause's probability only where that is named first."""
    return verdict.wording if verdict.parties else f"{verdict.wording}, {chance(verdict.chance)}"


def cause_and_chance(trouble: Trouble) -> str:
    """Return a finding's cause with its probability, after how sure its sentence is where that is surer."""
    own = f"{trouble.cause} {chance(trouble.confidence)}"
    return own if trouble.chance == trouble.confidence else f"{chance(trouble.chance)} sure; {own}"


def complaint(name: str) -> str:
    """Return a complaint in words; without one, what was done instead."""
    return COMPLAINTS.get(name, name.replace("-", " ")) if name else "every check"


def zone_from(how: str) -> str:
    """Return how a zone was known, in words."""
    return ZONE_FROM.get(how, how)


def capital(text: str, name: str = "") -> str:
    """Return a sentence with its first letter as a capital, the rest as it is; a name at its head stays as it is.

    ``name`` is one that may stand there; what can be no plain word (``eBay``, ``a|b``) is taken for one as well.

    Examples
    --------
    >>> capital("the trunk group was silent"), capital("eBay: all well"), capital("dana: all well", "dana")
    ('The trunk group was silent', 'eBay: all well', 'dana: all well')
    """
    if (name and text.startswith(name)) or not _PLAIN.match(text):
        return text
    return text[:1].upper() + text[1:]


def closed(text: str, name: str = "") -> str:
    """Return a sentence that begins with a capital (see :func:`capital`) and ends with one stop; nothing for nothing."""
    if not text:
        return ""
    said = capital(text.rstrip(".") + "." * (text.endswith(".") and not text.endswith("...")), name)
    return said if said.endswith((".", "!", "?", "…")) else f"{said}."


def nobody_else(cause: str) -> str:
    """Return what is to be said where no other account is known to have been hit by a cause.

    >>> nobody_else("understaffed"), nobody_else("path-limit")
    ('no other account', 'not looked for; an audit of that time tells')
    """
    return "no other account" if cause in SHARED else "not looked for; an audit of that time tells"


def chance(probability: float | None) -> str:
    """Return a probability in per cent. Never 100 % and never 0 %: records don't give certainty."""
    if probability is None:
        return f"?{NBSP}%"
    if probability >= 0.995:
        return f">99{NBSP}%"
    if probability < 0.005:
        return f"<1{NBSP}%"
    return f"{probability * 100:.0f}{NBSP}%"


def count(number: float | None) -> str:
    """Return a number of calls, rounded: thousands set apart, ``<1`` for a fraction, ``?`` for unknown."""
    if number is None:
        return "?"
    if 0 < number < 0.5:
        return "<1"
    return f"{number:,.0f}"


def figure(number: float | None) -> str:
    """Return any figure with about three digits that mean something."""
    if number is None:
        return "?"
    if number == round(number) or abs(number) >= 100:
        return f"{number:,.0f}"
    return f"{number:.3g}"


def plural(number: float, one: str, many: str = "") -> str:
    """Return a count with its noun."""
    return f"{count(number)}{NBSP}{one if number == 1 else many or one + 's'}"


def moment(at: datetime, zone: ZoneInfo, *, year: bool = False, seconds: bool = False) -> str:
    """Return an instant in the zone: ``Fri 5 Jun 18:00``."""
    local = at.astimezone(zone)
    day = f"{local:%a} {local.day} {local:%b}{f' {local.year}' if year else ''}"
    return f"{day} {local:%H:%M:%S}" if seconds else f"{day} {local:%H:%M}"


def span(start: datetime, end: datetime, zone: ZoneInfo, *, year: bool = False) -> str:
    """Return a window in the zone; the day is said once where start and end share it.

    A window that ends at midnight is said to end at 24:00 of the day before, as people say it.
    """
    first, last = start.astimezone(zone), end.astimezone(zone)
    if (last - first).total_seconds() < 60 and first.minute == last.minute:
        return moment(start, zone, year=year)
    if last.hour == last.minute == 0 and last > first:
        before = last - timedelta(minutes=1)
        closing, day = "24:00", before
    else:
        closing, day = f"{last:%H:%M}", last
    tail = closing if day.date() == first.date() else f"{day:%a} {day.day} {day:%b} {closing}"
    if day.year != first.year:
        tail = f"{day:%a} {day.day} {day:%b} {day.year} {closing}"
    return f"{moment(start, zone, year=year)} – {tail}"


def zone_label(moments: Sequence[datetime], zone: ZoneInfo) -> str:
    """Return the zone's abbreviation at those instants: ``EDT``, or ``EDT/EST`` across a clock change."""
    names = [at.astimezone(zone).tzname() or "" for at in moments]
    return "/".join(dict.fromkeys(n if n[:1].isalpha() else f"UTC{n}" for n in names))


def zone_name(zone: str) -> str:
    """Return a zone's name as its clock shows it: ``Etc/GMT-1`` is an hour ahead of UTC, which its sign belies.

    Examples
    --------
    >>> zone_name("Etc/GMT-1"), zone_name("Etc/GMT+5"), zone_name("America/New_York")
    ('UTC+01', 'UTC-05', 'America/New_York')
    """
    fixed = re.fullmatch(r"Etc/GMT([+-])(\d{1,2})", zone)
    return f"UTC{'-' if fixed[1] == '+' else '+'}{int(fixed[2]):02d}" if fixed else zone


def zone_told(zone: str, label: str) -> str:
    """Return a zone's name with its abbreviation at the time, where that says more: ``America/New_York (EDT)``."""
    name = zone_name(zone)
    return name if label in ("", name) else f"{name} ({label})"
