"""What each column of an unknown file would become: the answer of ``calltrace inspect FILE --map``."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from calltrace.report import privacy
from calltrace.report.render._page import Bit, Page
from calltrace.report.render._words import plural
from calltrace.tables.masking import HIDDEN

if TYPE_CHECKING:
    from calltrace.intake.mapping.propose import Proposal

SHOWN = 8
"""Rows that would be left out, shown unless all are asked for."""


def _shown(found: Proposal) -> Proposal:
    """Return a proposal as it may be shown: without samples of the file's values where callers are hidden.

    Which columns hold a caller is what the proposal is about, so none of them is trusted.
    """
    if privacy.masker() is None:
        return found
    columns = [
        replace(
            c,
            before=HIDDEN if c.before else "",
            after="",
            why=privacy.guard(c.why, free=True),
            undecided=privacy.guard(c.undecided, free=True),
        )
        for c in found.columns
    ]
    return replace(
        found,
        columns=type(found.columns)(columns),
        open=tuple(privacy.guard(one, free=True) for one in found.open),
        problems=tuple(
            replace(p, saw=_unquoted(p.saw), expected=privacy.guard(p.expected, free=True))
            for p in privacy.shield(found.problems)
        ),
        notes=privacy.shield(found.notes),
    )


def _unquoted(saw: str) -> str:
    """Return what was seen without the file's own words in it: the value quoted, or the row after the colon."""
    found = re.match(r'([^":]*)(".*"|: .*)', saw, re.DOTALL)
    if found is None:
        return saw
    return f'{found[1]}"{HIDDEN}"{saw[found.end() :]}' if found[2].startswith('"') else f"{found[1]}: {HIDDEN}"


def to_json(found: Proposal, toml: str) -> str:
    """Return a proposal as one JSON document, in ASCII; ``toml`` is the mapping as it would be written."""
    found = _shown(found)
    document = {
        "schema": "calltrace.mapping/1",
        "table": found.mapping.table,
        "layout": found.mapping.form.kind,
        "usable": not found.open,
        "undecided": list(found.open),
        "rows": found.rows,
        "read": found.read,
        "columns": [
            {
                "from": c.source,
                "to": c.target,
                "why": c.why,
                "before": c.before,
                "after": c.after,
                "undecided": c.undecided,
            }
            for c in found.columns
        ],
        "problems": [
            {"line": p.at.line, "saw": p.saw, "expected": p.expected, "fix": p.fix, "effect": p.effect, "rows": p.rows}
            for p in found.problems
        ],
        "notes": list(found.notes),
        "toml": toml,
    }
    return json.dumps(document, indent=1, ensure_ascii=True) + "\n"


def to_text(
    found: Proposal,
    name: str,
    *,
    width: int = 100,
    color: bool = False,
    ascii_only: bool = False,
    verbose: bool = False,
) -> str:
    """Return a proposal as a page for a terminal; ``verbose`` shows every row that would be left out."""
    found = _shown(found)
    page = Page(width=max(width, 40), ascii_only=ascii_only)
    kind = {"delimited": "separated values", "fixed-width": "fixed columns", "json": "JSON records"}
    form = found.mapping.form
    page.text(
        (Bit(name, "accent"), f": {kind[form.kind]}, {plural(len(form.columns), 'column')}, would be {found.mapping.table}")
    )
    page.blank()
    for column in found.columns:
        to = {"": "not used", "keep": "says which rows are wanted"}.get(column.target, column.target)
        page.text((Bit(column.source, "bold"), " becomes " if column.target not in {"", "keep"} else ": ", Bit(to, "accent")))
        if column.undecided:
            page.text(column.undecided, first=Bit("  ! ", "doubt"))
        elif column.why:
            page.text(column.why, first="    ", indent=4, style="dim")
        if column.before:
            shown = f"{column.before}  ->  {column.after}" if column.after else column.before
            page.text(shown, first="    ", indent=4)
    others = [(n, f) for n, f in found.mapping.fills.items() if not f.source]
    for target, fill in others:
        page.text((Bit(target, "accent"), f": {'made of what the row holds' if fill.line else fill.value}"))
    page.blank()
    if found.open:
        page.line(Bit("To be decided first", "bold"))
        for one in found.open:
            page.text(one, first=Bit("  ! ", "doubt"))
    else:
        page.line(Bit(f"{plural(found.rows, 'row')}, {found.read} would be read", "bold"))
    for note in found.notes:
        page.text(note, first="  ", indent=4, style="dim")
    shown_problems = found.problems if verbose else found.problems[:SHOWN]
    for told in shown_problems:
        page.text(f"line {told.at.line}: {told.saw}; expected {told.expected}. {told.fix}", first=Bit("  ! ", "doubt"))
    if len(shown_problems) < len(found.problems):
        page.line(Bit(f"    and {len(found.problems) - len(shown_problems)} more; --verbose shows all", "dim"))
    return page.printed(color=color)
