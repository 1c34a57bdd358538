"""``calltrace formats``: what can be read, what each format tells, and how sure its reading is."""

from __future__ import annotations

import click

from calltrace.cli import options, results

SURE = {
    "A": "tried on real files, and the writer's source or document read",
    "B": "from the writer's source or document; no real file was at hand",
    "C": "from other people's readers and lists alone",
    "D": "nothing to go by was found",
}


@click.command("formats", short_help="List the formats that are read, and what each tells.")
@options.format_option(("terminal", "json"))
def command(format_name: str) -> None:
    """List the formats in the order a file is tried against them, and how sure the reading of each is.

    `calltrace explain FORMAT` has the page of one: its fields, and lines as they look.

    \b
    Examples:
      calltrace formats
      calltrace formats --format json | jq -r '.formats[] | select(.sure == "A") | .name'
    """  # noqa: D301 -- click wants the very character
    from calltrace.intake import formats

    known = [(name, formats.get(name)) for name in formats.NAMES]
    if format_name == "json":
        from calltrace.report.values import json_text

        document = {
            "schema": "calltrace.formats/1",
            "sure": SURE,
            "formats": [
                {
                    "name": name.replace("_", "-"),
                    "title": one.title,
                    "sure": one.sure,
                    "family": one.family,
                    "provides": list(one.provides),
                }
                for name, one in known
            ],
        }
        results.emit(json_text(document), None)
        return
    import textwrap

    width = max(results.terminal_width(), 40)
    lines = []
    for name, one in known:
        lines.append(f"{name.replace('_', '-')} ({one.sure}): {one.title}")
        told = ", ".join(f"{table} ({said})" for table, said in _by_table(one.provides).items())
        if told:
            lines += textwrap.wrap(told, width, initial_indent="    ", subsequent_indent="    ")
    lines.append("")
    lines += [f"{letter}  {meaning}" for letter, meaning in SURE.items()]
    anything = (
        "Anything else with rows (CSV, fixed columns, JSON lines, a spreadsheet's sheet) can be mapped:"
        " calltrace inspect FILE --map --output FILE.toml proposes how, and --mapping FILE.toml reads it so."
    )
    lines += ["", *textwrap.wrap(anything, width)]
    results.emit("\n".join(lines) + "\n", None)


def _by_table(provides: tuple[str, ...]) -> dict[str, str]:
    """Return, for each table, the columns a format can fill; a table it fills wholly is said so."""
    from calltrace.tables.schema import TABLES

    found: dict[str, list[str]] = {}
    for name in provides:
        table, _, column = name.partition(".")
        found.setdefault(table, []).append(column)
    return {
        table: "all columns"
        if table in TABLES and len(columns) == len(TABLES[table].columns)
        else ", ".join(c for c in columns if c) or "some columns"
        for table, columns in found.items()
    }
