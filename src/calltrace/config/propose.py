"""Look at logs and write a configuration for them: what is known filled in, what is not told in comments.

What is written is read back before anybody gets it, so it is always right as far as it goes.
"""

from __future__ import annotations

import json
import os
import re
import textwrap
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from calltrace.classes import dataclass
from calltrace.config.reader import of_text
from calltrace.diagnosis.profile import FIELD
from calltrace.errors import InputError, UsageError
from calltrace.intake.resembling import UNREAD_CALLS
from calltrace.report.inspection import missing
from calltrace.tables.text import visible

if TYPE_CHECKING:
    from calltrace.tables.case import Case

PLACES = (
    "/var/log/asterisk/cdr-csv",
    "/var/log/asterisk/cdr-custom",
    "/var/log/asterisk/cel-custom",
    "/var/log/asterisk/queue_log",
    "/var/log/freeswitch/cdr-csv",
    "/usr/local/freeswitch/log/cdr-csv",
    "/var/log/freeswitch/json_cdr",
    "/usr/local/freeswitch/log/json_cdr",
)
"""Where switches write their logs unless told otherwise."""

VARIABLE = "CALLTRACE_DB_PASSWORD"
"""The variable a database's password is looked for in; numbered where there are several."""

LISTED = 12
"""Accounts written out, commented, where no table tells of them; the busiest."""

LOOKED_AT = 5_000
"""Numbers a country is told from."""

_FROM = {
    "offset": "the offsets in the logs fit it",
    "uniqueid": "from the call ids, which hold epoch seconds",
    "epoch": "from epoch seconds in the logs",
    "account": "the zone of most accounts",
    "option": "as said with --tz",
    "machine": "ASSUMED: this machine's own, for nothing in the logs tells",
}


@dataclass(frozen=True)
class Proposal:
    """A configuration for logs that were looked at.

    Parameters
    ----------
    text : str
        The TOML.
    case : Case
        What was read.
    zone, zone_from : str
        The zone written, and how it is known.
    country, country_share : str, float
        The country most numbers are of, and their share; '' and 0 where none could be told.
    lacking : tuple of (need, why)
        What is not there and would sharpen the answers.
    unread : tuple of str
        Files that were not recognised.
    variables : tuple of str
        Environment variables that passwords of databases are to be put in.
    next_command : str
        What to run next.
    """

    text: str
    case: Case
    zone: str
    zone_from: str
    country: str
    country_share: float
    lacking: tuple[tuple[str, str], ...]
    unread: tuple[str, ...]
    variables: tuple[str, ...]
    next_command: str


def usual_places() -> tuple[str, ...]:
    """Return those of the usual places of logs that are here and may be read."""
    return tuple(p for p in PLACES if os.access(p, os.R_OK))


def propose(
    paths: Sequence[str], target: Path, *, tz: str | None = None, mapping: str | None = None, year: int | None = None
) -> Proposal:
    """Look at logs and make a configuration that will lie at ``target``.

    Parameters
    ----------
    paths : sequence of str
        Files, folders, addresses; none for the usual places of logs.
    target : path
        Where it will lie: what is told of its problems names it.
    tz, mapping, year
        As for :func:`calltrace.intake.load.load`; the configuration names the mapping's file.

    Raises
    ------
    InputError
        There is nothing to look at, or no calls in it.
    UsageError
        The path is standard input, or the mapping can't be used or fits none of the files.
    """
    from calltrace.intake.load import gather, require_calls  # noqa: PLC0415 -- slow

    chosen = tuple(paths) or usual_places()
    if not chosen:
        raise InputError(
            "no logs were found in the usual places", expected="PATH, where the switch writes its logs",
            fix="calltrace init /path/of/the/logs",
        )
    if "-" in chosen:
        raise UsageError("standard input can't be read again tomorrow", expected="files, folders or addresses")
    case = gather(chosen, tz=tz, mapping=mapping, year=year)
    try:
        require_calls(case)
    except InputError as error:
        raise _by_mapping(error, case, chosen) from error
    country, share = _country(case)
    known = {s.path for s in case.sources if s.format}
    unread = tuple(dict.fromkeys(s.path for s in case.sources if not s.format and s.path not in known))
    lacking = tuple((m["need"], m["why"]) for m in missing(case))
    text = _text(chosen, case, mapping, country=country, share=share, lacking=lacking, unread=unread)
    of_text(text, target)
    variables = tuple(filter(None, _variables(chosen)))
    return Proposal(text, case, case.zone, case.zone_from, country, share, lacking, unread, variables, _next(case))


def _by_mapping(error: InputError, case: Case, chosen: Sequence[str]) -> InputError:
    """Say how to go on where a mapping of the calls is to be made first."""
    if "--map`" not in error.fix:
        return error
    again = f"calltrace init {' '.join(_shell(one) for one in chosen)} --mapping FILE.toml"
    unread = next((p.at.file for p in case.problems if p.kind == UNREAD_CALLS), "")
    told = error.fix.replace("inspect FILE ", f"inspect {_shell(unread)} ") if unread else error.fix
    fix = f"{told} Have it written with --output FILE.toml, look it over, and begin again with: {again}"
    return InputError(error.saw, expected=error.expected, fix=fix, at=error.at)


def _country(case: Case) -> tuple[str, float]:
    """Return the country most of the clients' numbers are of, and their share."""
    import phonenumbers  # noqa: PLC0415

    accounts = case.table("accounts")
    own = ";".join(accounts["numbers"].dropna().astype(str)) if len(accounts) else ""
    dialled = case.calls["dnis"].dropna().drop_duplicates().head(LOOKED_AT).astype(str)
    callers = case.calls["ani"].dropna().drop_duplicates().head(LOOKED_AT).astype(str)
    for numbers in (own.split(";"), dialled.tolist(), callers.tolist()):
        found: Counter[str] = Counter()
        for number in numbers:
            if not re.fullmatch(r"\+[1-9]\d{6,14}", number):
                continue
            try:
                parsed = phonenumbers.parse(number, None)
            except phonenumbers.NumberParseException:
                continue
            # a toll-free number of the North American plan is of no one country
            region = phonenumbers.region_code_for_number(parsed) or ("US" if parsed.country_code == 1 else None)
            if region and region != "001":
                found[region] += 1
        if found:
            country, many = min(found.items(), key=lambda item: (-item[1], item[0]))
            return country, many / found.total()
    return "", 0.0


def _next(case: Case) -> str:
    busiest = case.calls["account"].dropna().value_counts()
    account = min(busiest[busiest == busiest.max()].index) if len(busiest) else "ACCOUNT"
    return f"calltrace investigate --account {_shell(str(account))} --complaint missed-calls"


def _shell(word: str) -> str:
    import shlex  # noqa: PLC0415

    return shlex.quote(visible(word))


# --- the text -----------------------------------------------------------------------------------------------


def quoted(text: str) -> str:
    """Return a text as TOML, what draws nothing written out; JSON's escapes are TOML's as far as they go.

    A lone surrogate (a file's name that is no UTF-8) has no place in TOML: it is written as people would see it.
    """
    said = json.dumps("".join(visible(c) if "\ud800" <= c <= "\udfff" else c for c in text), ensure_ascii=False)
    return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" if ord(c) < 0x10000 else f"\\U{ord(c):08x}" for c in said)


def _bare(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else quoted(name)


def _comment(text: str) -> str:
    """Return a text fit for a comment: on one line, nothing hidden in it."""
    return visible(text)


def _text(
    chosen: Sequence[str],
    case: Case,
    mapping: str | None,
    *,
    country: str,
    share: float,
    lacking: Sequence[tuple[str, str]],
    unread: Sequence[str],
) -> str:
    lines = [
        "# What calltrace knows of this service, written by `calltrace init` from its logs. Correct it freely:",
        "# `calltrace config check` says what is wrong with it. What stands behind # is not in force.",
        "",
        *_service(case, country, share),
        *_sources(chosen, case, unread, mapping),
        *_accounts(case),
        *_lacking(lacking),
        *_calendars(country, unread),
        *_thresholds(),
        *_rest(),
    ]
    return "\n".join(lines).rstrip("\n") + "\n"


def _service(case: Case, country: str, share: float) -> list[str]:
    how = " and ".join(_FROM.get(way, way) for way in case.zone_from.split(", "))
    told = f"{share:.0%} of the numbers are of it" if country else "ASSUMED: no number in the logs tells"
    # what was only assumed stays out of force, so that reports go on saying so until somebody decides
    off = "# " if case.zone_from == "machine" else ""
    return [
        "[service]",
        '# name = "Keystone Answering"  # in reports and letters; its mornings are remembered under it',
        f"{off}zone = {quoted(case.zone)}  # {how}",
        f"country = {quoted(country or 'US')}  # {told}",
        "",
    ]


def _sources(chosen: Sequence[str], case: Case, unread: Sequence[str], mapping: str | None) -> list[str]:
    lines = [f"# {len(chosen)} place{'s' if len(chosen) != 1 else ''} to read when a command is given no PATH."]
    for (plain, _), secret in zip(map(_without_password, chosen), _variables(chosen), strict=True):
        placed = plain if "://" in plain else os.path.abspath(plain)  # noqa: PTH100 -- links stay
        lines += ["[[sources]]", f"path = {quoted(placed)}"]
        if mapping:
            lines.append(f"mapping = {quoted(os.path.abspath(mapping))}  # how files with its columns are read")  # noqa: PTH100
        if secret:
            lines.append(f'password_env = "{secret}"  # the password itself is kept out of this file')
        lines.append("")
    held = Counter((s.format, s.table) for s in case.sources if s.format)
    seen = ", ".join(_comment(f"{t} ({f})") for f, t in sorted(held))
    lines[1:1] = textwrap.wrap(f"Seen there: {seen}.", 110, initial_indent="# ", subsequent_indent="# ")
    others = [p for p in unread if not p.lower().endswith((".ics", ".md", ".txt", ".pdf"))]
    for path in others[:5]:
        lines.append(f"# Not recognised: {_comment(path)}. If it is a log: calltrace inspect FILE --map --output FILE.toml")
    if others:
        lines += ["# [mappings.NAME]", '# file = "FILE.toml"', '# match = ["export_*.csv"]', ""]
    return lines


def _variables(chosen: Sequence[str]) -> list[str]:
    """Return, for each place, the variable that is to hold its password; '' where it has none."""
    named: list[str] = []
    for path in chosen:
        many = sum(1 for name in named if name)
        named.append((VARIABLE + (f"_{many + 1}" if many else "")) if _without_password(path)[1] else "")
    return named


def _without_password(path: str) -> tuple[str, bool]:
    """Return an address without its password, and whether it had one."""
    found = re.fullmatch(r"([A-Za-z][A-Za-z0-9+.\-]*://[^:/@?]*):(.*)@([^@]*)", path)
    return (f"{found[1]}@{found[3]}", True) if found else (path, False)


def _accounts(case: Case) -> list[str]:
    table, calls = case.table("accounts"), case.calls
    seen = int(calls["account"].nunique())
    if len(table):
        files = sorted({str(f) for f in table["source_file"].dropna()})
        unlisted = sorted(set(calls["account"].dropna().astype(str)) - set(table["account"].astype(str)))
        lines = [f"# Accounts: {len(table)}, from {', '.join(map(_comment, files[:3]))}; calls of {seen} were seen."]
        if unlisted:
            shown = ", ".join(map(_comment, unlisted[:8])) + (f" and {len(unlisted) - 8} more" if len(unlisted) > 8 else "")
            lines.append(f"# Not in that table, but in the calls: {shown}.")
        lines.append("# What stands here goes before the table, cell by cell:")
        names = [(str(table["account"].iloc[0]), table["name"].iloc[0])]
        return [*lines, *_template(names, calls=None), ""]
    counts = calls["account"].value_counts()
    busiest = sorted(counts.items(), key=lambda item: (-item[1], str(item[0])))[:LISTED]
    lines = [
        f"# Accounts: no table of them was found; calls of {seen} were seen. A table (account, name, numbers, timezone,",
        "# coverage, path_limit, dispatch_within_min) tells most of what sharpens an answer:",
        "# [accounts]",
        '# file = "accounts.csv"',
        "# or, one by one (the busiest are listed):",
    ]
    return [*lines, *_template([(str(a), None) for a, _ in busiest], {str(a): int(n) for a, n in busiest}), ""]


def _template(names: Sequence[tuple[str, object]], calls: dict[str, int] | None) -> list[str]:
    lines = []
    for i, (account, name) in enumerate(names):
        told = f"  # {calls[account]} call{'s' if calls[account] != 1 else ''}" if calls else ""
        lines.append(f"# [accounts.{_bare(account)}]{told}")
        shown = quoted(_comment(name)) if isinstance(name, str) else '"…"'
        lines.append(f"# name = {shown}")
        if not i:
            lines += [
                '# coverage = "Mo-Fr 17:00-24:00; Sa-Su 00:00-24:00"  # when the client should forward its lines',
                "# dispatch_within_min = 15",
                "# thresholds = { long_hold_s = 45 }",
            ]
    return lines


def _lacking(lacking: Sequence[tuple[str, str]]) -> list[str]:
    if not lacking:
        return []
    lines = ["# Missing from the logs, and what it would tell (docs/reference/layout.md has the columns):"]
    return [*lines, *(f"#   {need}: {why}" for need, why in lacking), ""]


def _calendars(country: str, unread: Sequence[str]) -> list[str]:
    lines = ["# Announced closures, maintenance and the like, from calendar files:"]
    found = [p for p in unread if p.lower().endswith(".ics") and "!" not in p]
    for path in found:
        lines += ["[[calendars]]", f"file = {quoted(os.path.abspath(path))}", '# kind = "closure"', '# account = "…"', ""]  # noqa: PTH100
    if not found:
        lines += ["# [[calendars]]", '# file = "closures.ics"', '# kind = "closure"', '# account = "…"', ""]
    return [
        *lines,
        "# Public holidays: on them a silent client is no surprise. In force they need calltrace-cli[calendars].",
        "# [[holidays]]",
        f"# country = {quoted(country or 'US')}",
        '# subdivision = "…"  # state, province, canton',
        "",
    ]


def _thresholds() -> list[str]:
    lines = ["# What is called long, high or late, where the field's own is not yours:", "# [thresholds]"]
    for name, one in FIELD.items():
        lines.append(f"# {name} = {one.value:g}  # {one.unit}: {_comment(one.decides)} ({_comment(one.source)})")
    return [*lines, ""]


def _rest() -> list[str]:
    return [
        "# Where reports are mailed. The password is never written here: name where it is found.",
        "# [mail]",
        '# host = "smtp.example.com"',
        '# from = "calltrace <reports@example.com>"',
        '# to = ["desk@example.com"]',
        '# user = "reports"',
        '# password_env = "CALLTRACE_SMTP_PASSWORD"  # or password_file, readable by its owner only',
        "",
        "# Everything else there is (rates, store, audit, privacy, letter, ledger): docs/reference/configuration.md.",
    ]
