"""The report as a PDF to print, sign or file: the same words as the web page, typeset by Typst, no browser needed.

Every text goes in as data, never as markup, and made visible first. The file is tagged for screen readers, carries no
date of its making, and is the same for the same report.
"""

from __future__ import annotations

import json
import unicodedata
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from calltrace.errors import UsageError
from calltrace.report.audit import AuditReport, at_least
from calltrace.report.render import _drawing
from calltrace.report.render._said import (
    CALL_COLUMNS,
    felt_said,
    harm_said,
    heaviest,
    value_said,
    what,
    whose,
)
from calltrace.report.render._web import call_columns, window_said
from calltrace.report.render._words import (
    capital,
    chance,
    closed,
    complaint,
    count,
    how_sure,
    moment,
    nobody_else,
    party,
    plural,
    responsible,
    span,
)
from calltrace.report.render.to_html import values_of, values_of_audit
from calltrace.report.values import zone_named
from calltrace.tables.text import visible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from zoneinfo import ZoneInfo

    from calltrace.diagnosis.diagnosis import Hit
    from calltrace.report.render._drawing import Chart
    from calltrace.report.report import Report

    Part = dict[str, Any]

MOST_CALLS, MOST_FINDINGS, MOST_HITS = 60, 100, 60

FONT = "Libertinus Serif"
"""The type Typst carries with it; other scripts take what the machine has."""

SURE = {"confirmed": "needed", "likely": "part3"}


def render(report: Report | AuditReport, **_options: object) -> bytes:
    """Return the report as one PDF file; no option is used.

    Raises
    ------
    UsageError
        Where Typst is not installed.
    """
    try:
        import typst  # noqa: PLC0415 - only who wants paper pays for it
    except ImportError as error:
        raise UsageError(
            "a PDF is typeset by Typst, which is not installed",
            fix="Install it: pip install 'calltrace-cli[pdf]'. Or write the report as HTML, and print that.",
        ) from error
    data = _audit(report) if isinstance(report, AuditReport) else _report(report)
    template = (files("calltrace.report.render") / "templates" / "report.typ").read_bytes()
    for spell in (visible, _of_known_scripts, _of_western_letters):
        try:
            made = typst.compile(
                template,
                format="pdf",
                sys_inputs={"data": json.dumps(_shown(data, spell))},
                timestamp=0,
                pdf_standards="ua-1",
            )
        except typst.TypstError as error:
            # PDF/UA refuses a letter that no font of this machine can draw, which would be an empty box
            if "could not be displayed" not in str(error) or spell is _of_western_letters:
                raise
            continue
        return bytes(made)
    raise AssertionError("the last way to spell either returns or raises")


def _shown(value: Any, spell: Callable[[str], str]) -> Any:
    """Return the data with every text spelled so; a drawing is markup of ours and stays."""
    if isinstance(value, str):
        return spell(value)
    if isinstance(value, dict):
        return {k: v if k == "svg" else _shown(v, spell) for k, v in value.items()}
    return [_shown(v, spell) for v in value] if isinstance(value, (list, tuple)) else value


def _of_known_scripts(text: str) -> str:
    """Return the text made visible, letters beyond Latin, Greek and Cyrillic written out as their code points."""
    known = ("LATIN", "GREEK", "CYRILLIC")
    return "".join(
        c if unicodedata.category(c)[0] not in "LM" or unicodedata.name(c, "").startswith(known) else _code(c)
        for c in visible(text)
    )


def _of_western_letters(text: str) -> str:
    """Return the text made visible, whatever the report itself does not use written out as its code point."""
    return "".join(c if c < "\u0180" or c in "–—’‘“”…·×→≥≤±−" else _code(c) for c in visible(text))


def _code(char: str) -> str:
    return f"\\u{ord(char):04x}" if ord(char) < 0x10000 else f"\\U{ord(char):08x}"


def _report(report: Report) -> Part:
    values = values_of(report)
    zone, verdict = values["zone"], report.verdict
    name, known = report.account.name, report.account.account
    lead = [f"Asked about {window_said(report.asked, zone, year=True)}."]
    if report.caller:
        lead.append(f"Caller {report.caller}.")
    if report.claim:
        lead.append(f"The client says: “{report.claim}”")
    lines = []
    if verdict.cause:
        said, rest = values["sentence"]
        sure = f"{capital(how_sure(verdict))}. Responsible: {responsible(verdict)}."
        when = f"{'Likeliest cause' if verdict.parties else 'Cause'}: {verdict.cause}. When: {window_said(report.window, zone)}."
        lines = [f"{sure} {when}", closed(rest), closed(report.provable)]
    else:
        said = closed(values["told"]) or "No cause is named for this complaint."
    sections = [
        _section("Next", [_items("steps", report.next_steps)]),
        _section("What the records show", [_chart(c) for c in values["charts"]]),
        _why(values),
        _section(
            "Ruled out",
            [
                _table(
                    ("question", "what the records say", "so"),
                    ((capital(r.asks), capital(r.says), r.so) for r in values["ruled"]),
                    wide=(0, 1, 2),
                )
            ],
        ),
        _open(report),
        _section("Who else was hit", [_hits(report.also_affected) or _text(closed(nobody_else(verdict.cause)))])
        if verdict.cause or report.also_affected
        else None,
        _history(report, zone),
        _calls(report, zone),
        _stands_on(report, [f"{values['quality']} {values['zone_words']}", *report.notes]),
    ]
    return {
        "title": f"{name if name == known else f'{name} ({known})'}: {complaint(report.complaint)}",
        "lead": lead,
        "color": _drawing.LIGHT["seen" if verdict.party == "nobody" else SURE.get(verdict.wording, "soft")],
        "verdict": said,
        "verdict_lines": [line for line in lines if line],
        "sections": [s for s in sections if s],
    }


def _why(values: Part) -> Part | None:
    top = values["top"]
    if top is None:
        return None
    parts = [_items("list", [capital(b.says) for b in heaviest(top.supports)])]
    if top.refutes:
        parts += [{"kind": "head", "text": "Against it"}, _items("list", [capital(b.says) for b in heaviest(top.refutes)])]
    if values["others"]:
        named = ", ".join(f"{c.cause} {chance(c.probability)}" for c in values["others"])
        parts.append(_text(f"Otherwise: {named}."))
    return _section("Why", parts)


def _open(report: Report) -> Part | None:
    items = [
        capital(o.asks) + (f" Would settle it: {', '.join(o.missing)}." if o.missing else "")
        for o in report.not_ruled_out
    ]
    if not report.logs_unanswered:
        items.insert(0, "This log may hide calls nobody answered: it can't prove that nobody called.")
    return _section("Could not be ruled out", [_items("list", items)])


def _history(report: Report, zone: ZoneInfo) -> Part | None:
    rows = (
        (h.case, moment(h.start, zone, year=True), complaint(h.complaint), h.cause or "none named", h.status, h.outcome)
        for h in reversed(report.history)
    )
    heads = ("case", "when", "complaint", "cause", "status", "outcome")
    return _section("Earlier cases of this account", [_table(heads, rows, wide=(3, 5))])


def _calls(report: Report, zone: ZoneInfo) -> Part | None:
    if not report.calls or report.verdict.cause:
        return None
    names = call_columns(report.calls)[:7]
    rows = [[value_said(n, row.get(n), zone) for n in names] for row in report.calls[:MOST_CALLS]]
    parts: list[Part | None] = [_table([CALL_COLUMNS[n] for n in names], rows)]
    if len(report.calls) > MOST_CALLS:
        parts.append(_text(f"The first {MOST_CALLS} of {count(len(report.calls))}."))
    return _section("The account's calls in the window", parts)


def _audit(report: AuditReport) -> Part:
    values = values_of_audit(report)
    unclear = [a for a in values["accounts"] if a.status != "clear"]
    findings: list[Part | None] = []
    for trouble in (*report.feed, *report.findings[:MOST_FINDINGS]):
        there, harm = zone_named(trouble.zone), harm_said(trouble)
        findings += [
            {"kind": "head", "text": f"{whose(trouble)}: {what(trouble)}"},
            {
                "kind": "soft",
                "text": f"{capital(trouble.severity)} · {window_said(trouble.window, there)}"
                f"{' · still going on' if trouble.ongoing else ''}{f' · {harm}' if harm else ''}",
            },
            _text(
                f"{closed(trouble.summary, trouble.name)} {capital(trouble.wording)}, {chance(trouble.chance)}; responsible:"
                f" {party(trouble.party)}; cause: {trouble.cause}."
            ),
            _text(felt_said(trouble)) if trouble.felt else None,
            _items("steps", trouble.next_steps),
            _hits(trouble.also_affected),
        ]
    more = len(report.findings) - MOST_FINDINGS
    if more > 0:
        findings.append(_text(f"And {plural(more, 'finding')} more; the JSON report has them all."))
    table = _table(
        ("account", "name", "how it stands", "offered", "expected", "answered"),
        (
            (a.account, a.name, f"{a.status}{f': {a.why}' if a.why else ''}", count(a.offered), count(a.expected),
             count(a.answered))
            for a in unclear
        ),
        wide=(1, 2),
        numbers=(3, 4, 5),
    )
    sections = [
        _section("Findings", findings),
        _section("What the records show", [_chart(c) for c in values["charts"]]),
        _section("Accounts that are not clear", [table]),
        _stands_on(report, [values["basis"], *map(closed, report.notes)]),
    ]
    bad = report.feed or at_least(report.findings, "high")
    return {
        "title": f"{values['what']}: {window_said(report.window, values['zone'], year=True)}",
        "lead": [f"{plural(len(report.accounts), 'account')}, {plural(values['offered'], 'call')}."],
        "color": _drawing.LIGHT["needed" if bad else "part3" if report.findings else "seen"],
        "verdict": values["headline"],
        "verdict_lines": [values["standing"]],
        "sections": [s for s in sections if s],
    }


def _stands_on(report: Report | AuditReport, said: Iterable[str]) -> Part | None:
    zone = zone_named(report.zone)
    rows = [
        (i.path, i.table, count(i.rows), count(i.left_out), span(i.first, i.last, zone, year=True) if i.first and i.last else "")
        for i in report.inputs
        if i.table
    ]
    heads = ("file", "table", "rows", "left out", "from and to")
    parts = [_text(line) for line in said]
    return _section("What it stands on", [*parts, _table(heads, rows, wide=(0, 4), numbers=(2, 3))])


def _section(title: str, parts: Sequence[Part | None]) -> Part | None:
    kept = [p for p in parts if p]
    return {"title": title, "parts": kept} if kept else None


def _text(text: str) -> Part:
    return {"kind": "text", "text": text}


def _items(kind: str, items: Sequence[str]) -> Part | None:
    return {"kind": kind, "items": list(items)} if items else None


def _table(
    heads: Sequence[str], rows: Iterable[Sequence[str]], *, wide: Sequence[int] = (), numbers: Sequence[int] = ()
) -> Part | None:
    cells = [list(row) for row in rows]
    if not cells:
        return None
    return {"kind": "table", "heads": list(heads), "rows": cells, "wide": list(wide), "numbers": list(numbers)}


def _hits(hits: Sequence[Hit]) -> Part | None:
    rows = [
        (h.name if h.name == h.account else f"{h.name} ({h.account})", count(h.observed), count(h.expected), h.says)
        for h in hits[:MOST_HITS]
    ]
    if len(hits) > MOST_HITS:
        rows.append((f"and {len(hits) - MOST_HITS} more", "", "", ""))
    return _table(("also hit", "arrived", "expected", "what"), rows, wide=(0, 3), numbers=(1, 2))


def _chart(chart: Chart) -> Part:
    drawn = None
    if _drawing.available():
        drawn = _drawing.svg(chart, colors=_drawing.LIGHT).replace(_drawing.FONT, FONT)
    return {"kind": "chart", "title": chart.title, "alt": chart.alt, "svg": drawn}
