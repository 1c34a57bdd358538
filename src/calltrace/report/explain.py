"""What every name in a report means, gathered from where it is declared: docstrings, signs, columns.

``calltrace explain`` prints these pages, and the reference under ``docs/`` is made of them: one text, two
places.
"""

from __future__ import annotations

import inspect
from difflib import get_close_matches
from functools import cache
from importlib import import_module

from calltrace.desk import rates
from calltrace.diagnosis import causes, checks, complaints
from calltrace.diagnosis.profile import FIELD
from calltrace.errors import UsageError
from calltrace.intake import formats
from calltrace.report.pages import Page, Section
from calltrace.report.render._explained import text_of
from calltrace.report.render._words import party
from calltrace.tables.schema import TABLES

METRICS = "calltrace.normal.metrics"

KINDS = ("complaint", "cause", "check", "question", "metric", "threshold", "format", "table", "column", "file")
"""The kinds of names, in the order they are listed."""


@cache
def pages() -> tuple[Page, ...]:
    """Return a page for every name there is, by kind and in the order the names are declared."""
    return (
        *(_complaint(c) for c in complaints.COMPLAINTS),
        *(_cause(name) for name in causes.NAMES),
        *(_check(name) for name in checks.NAMES),
        *(page for name in checks.NAMES for page in _questions(name)),
        *_metrics(),
        *(_threshold(name) for name in FIELD),
        *(_format(name) for name in formats.NAMES),
        *(_table(name) for name in TABLES),
        *(page for name in TABLES for page in _columns(name)),
        _rates(),
    )


def find(name: str, among: tuple[Page, ...]) -> tuple[Page, ...]:
    """Return the pages of a name, in any case, with ``-`` or ``_``; a bare column is found in every table."""
    wanted = _key(name)
    exact = tuple(p for p in among if _key(p.name) == wanted)
    return exact or tuple(
        p for p in among if p.kind == "column" and _key(p.name).rpartition(".")[2] == wanted
    )


def nearest(name: str, among: tuple[Page, ...]) -> list[str]:
    """Return the names most like this one, at most three."""
    names = {_key(p.name): p.name for p in reversed(among)}
    names.update({_key(p.name).rpartition(".")[2]: p.name for p in among if p.kind == "column"})
    near = get_close_matches(_key(name), names, n=3, cutoff=0.6) or [k for k in names if _key(name) in k][:3]
    return list(dict.fromkeys(names[k] for k in near))


def listing(among: tuple[Page, ...]) -> tuple[Page, ...]:
    """Return one page of all names by kind; columns and questions are on their tables' and checks' pages."""
    sections = tuple(
        Section(f"{kind}s", tuple(f"{p.name}: {p.title}" for p in among if p.kind == kind))
        for kind in KINDS
        if kind not in {"column", "question"}
    )
    return (Page("", "calltrace explain NAME", "what every name in a report means", "", sections),)


def explain(name: str) -> str:
    """Return what a name means, as plain text.

    Raises
    ------
    UsageError
        There is nothing of that name; the nearest ones are offered.
    """
    found = find(name, pages())
    if not found:
        near = nearest(name, pages())
        raise UsageError(
            f"there is nothing called {name!r}", fix=f"Nearest: {', '.join(near)}." if near else ""
        )
    return text_of(found)


def _key(name: str) -> str:
    return name.strip().lower().replace("_", "-")


def _doc(thing: object) -> str:
    return inspect.getdoc(thing) or ""


def _module_doc(package: str, name: str) -> str:
    return _doc(import_module(f"{package}.{name.replace('-', '_')}"))


def _complaint(complaint: complaints.Complaint) -> Page:
    weighed = complaints.causes_of(complaint.name)
    text = f"What clients say: “{complaint.says}”.\n\nOn record: {complaint.means}."
    if complaint.needs_caller:
        text += "\n\nNeeds the caller's number (--caller)."
    if not complaint.names_cause:
        text += "\n\nNo cause is named: the calls are listed, to be listened to."
        weighed = ()
    section = (
        (Section("Causes weighed", tuple(f"{n}: {causes.get(n).title}" for n in weighed)),) if weighed else ()
    )
    return Page("complaint", complaint.name, complaint.means, text, section)


def _cause(name: str) -> Page:
    cause = causes.get(name)
    signs_for: list[str] = []
    signs_against: list[str] = []
    for sign in cause.signs:
        for seen, bears in (("found", sign.found), ("clear", sign.clear)):
            if bears:
                kept = signs_for if bears == "for" else signs_against
                kept.append(f"{sign.facet} {seen}: {sign.reason}")
    return Page(
        "cause",
        name,
        cause.title,
        _module_doc("calltrace.diagnosis.causes", name),
        tuple(
            s
            for s in (
                Section("Party", (party(cause.party),)),
                Section("Complaints", cause.complaints),
                Section("Speaks for it", tuple(signs_for)),
                Section("Speaks against it", tuple(signs_against)),
                Section("Leaves it unsettled", tuple(f"{s.facet} found: {s.reason}" for s in cause.signs if s.disputes)),
                Section("Mistaken for", tuple(f"{n}: {tells}" for n, tells in cause.neighbours.items())),
                Section("What settles it", cause.settled_by),
                Section("What to ask next", cause.asks_next),
            )
            if s.items
        ),
    )


def _check(name: str) -> Page:
    check = checks.get(name)
    return Page(
        "check",
        name,
        check.title,
        _module_doc("calltrace.diagnosis.checks", name),
        (
            Section("Questions", tuple(f"{f.name}: {f.asks}" for f in check.facets)),
            Section("Needs", check.needs or ("nothing beyond calls",)),
            Section("Complaints it runs for", check.complaints),
        ),
    )


def _questions(name: str) -> list[Page]:
    """Return a page for every question of a check: what it asks, and what its answers mean for the causes."""
    made = []
    for facet in checks.get(name).facets:
        bears: list[str] = []
        for cause in causes.NAMES:
            for sign in causes.get(cause).signs:
                if sign.facet == facet.name:
                    bears.extend(
                        f"{seen}: {way} {cause}, because {sign.reason}"
                        for seen, way in (("found", sign.found), ("clear", sign.clear))
                        if way
                    )
                    bears += [f"found: leaves {cause} unsettled, because {sign.reason}"] * sign.disputes
        sections = [Section("Asked by the check", (name,)), Section("Read off", (facet.rows,))]
        if bears:
            sections.append(Section("What an answer means", tuple(bears)))
        made.append(Page("question", facet.name, facet.asks, "", tuple(sections)))
    return made


def _metrics() -> list[Page]:
    module = import_module(METRICS)
    return [
        Page(
            "metric",
            name,
            _doc(function).partition("\n")[0].rstrip("."),
            _doc(function).partition("\n")[2].strip("\n"),
        )
        for name, function in vars(module).items()
        if inspect.isfunction(function) and function.__module__ == METRICS and not name.startswith("_")
    ]


def _threshold(name: str) -> Page:
    one = FIELD[name]
    return Page(
        "threshold",
        name,
        f"{one.decides}: {one.value:g} {one.unit}",
        f"From {one.value:g} {one.unit}: {one.decides}.",
        (Section("Source", (one.source,)),),
    )


def _format(name: str) -> Page:
    one = formats.get(name)
    sections = [
        Section("How sure its reading is", (f"{one.sure} (A: tried on real files … D: from a manual alone)",))
    ]
    if one.provides:
        sections.append(Section("Columns it can fill", one.provides))
    return Page("format", name, one.title, _module_doc("calltrace.intake.formats", name), tuple(sections))


def _table(name: str) -> Page:
    table = TABLES[name]
    columns = tuple(
        f"{c.name} ({', '.join(filter(None, (c.kind, c.unit, 'required' * c.required)))}): {c.meaning}"
        for c in table.columns
    )
    return Page("table", name, f"one row is {table.one_row}", "", (Section("Columns", columns),))


def _rates() -> Page:
    """Return the page of the rate table, which people write themselves."""
    items = tuple(f"{name}: {means}" for name, means in rates.MEANS.items())
    return Page("file", "rates", "what clients are charged: the table --rates reads", _doc(rates), (Section("Items", items),))


def _columns(name: str) -> list[Page]:
    made = []
    for column in TABLES[name].columns:
        said = [f"{column.kind}{f', in {column.unit}' if column.unit else ''}; stored as {column.dtype}"]
        said.append(
            "never empty" if not column.nullable else "empty (NA) where the source does not say; never zero"
        )
        sections = [Section("Type", tuple(said))]
        if column.values:
            sections.append(Section("Values", column.values))
        made.append(Page("column", f"{name}.{column.name}", column.meaning, "", tuple(sections)))
    return made
