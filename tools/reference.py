#!/usr/bin/env python3
"""Write docs/reference/ from the code: what ``calltrace explain`` and ``--help`` say, on pages.

tools/reference.py            write the pages
tools/reference.py --check    fail if one of them is not what the code says
"""

from __future__ import annotations

import argparse
import dataclasses
import difflib
import re
import sys
from pathlib import Path

import click

from calltrace.cli.main import COMMANDS, main
from calltrace.config import settings
from calltrace.diagnosis.profile import FIELD
from calltrace.report import explain
from calltrace.report.pages import Block, Page, blocks, cells_of
from calltrace.tables.schema import TABLES

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "reference"

HEADS = {
    "layout": (
        "The generic layout",
        """Every table calltrace knows. A folder of CSV files with these columns, or of JSON with these keys, is read as
it is; every other format becomes these tables. Instants are UTC once read; an empty value is unknown, never zero. Every row also
carries `source_file` and `source_line`.""",
    ),
    "complaints": ("Complaints", "What `--complaint` takes, and the causes each of them weighs."),
    "causes": (
        "Causes",
        """What a verdict may say. Every cause has one responsible party, and signs: answers of checks that
speak for it or against it.""",
    ),
    "checks": (
        "Checks",
        """What is asked of the records. A question ends found, clear, or not run; only clear speaks against
what it looked for.""",
    ),
    "metrics": ("Metrics", "The formulas, each with its source."),
    "thresholds": (
        "Thresholds",
        "The numbers of the field, each with its source. A report prints those it used.",
    ),
    "configuration": (
        "The configuration",
        """One TOML file: `--config FILE`, else `$CALLTRACE_CONFIG` (set but empty: none), else `config.toml` in the
platform's folder (`calltrace config path` says where). `calltrace init` writes one by looking at your logs,
`calltrace config check` says everything that is wrong with one, `calltrace config show` what is in force. What a
command line says goes before it. Paths may begin with `~` or hold `$NAME`; relative ones start at the file's own
folder. No password stands in it. How to use it: [configure](../how-to/configure.md).""",
    ),
    "formats": (
        "Formats",
        """What calltrace reads, in the order files are tried. A file is recognised by its content, never by
its name.""",
    ),
}
"""File to title and opening paragraph."""

PAGES = {
    "complaints": "complaint",
    "causes": "cause",
    "checks": "check",
    "metrics": "metric",
    "formats": "format",
}
"""File to the kind of page it is made of."""

MADE = "<!-- Made by tools/reference.py from the code; edit there and run `make docs`. -->"


def pages() -> dict[str, str]:
    """Return every reference page: file name to text."""
    known = explain.pages()
    made = {name: _document(name, [p for p in known if p.kind == kind]) for name, kind in PAGES.items()}
    made["layout"] = _layout(known)
    made["thresholds"] = _thresholds(known)
    made["cli"] = _cli()
    made["configuration"] = _configuration()
    return {f"{name}.md": text for name, text in sorted(made.items())}


def _open(name: str) -> list[str]:
    title, opening = HEADS[name]
    return [f"# {title}", "", MADE, "", opening, ""]


def _document(name: str, members: list[Page]) -> str:
    lines = _open(name)
    for page in members:
        lines += [f"## {page.name}", "", f"{_sentence(page.title)}", ""]
        if page.text:
            lines += [_markdown(page.text), ""]
        for section in page.sections:
            lines += [f"**{section.title}**", "", *(f"- {_escaped(item)}" for item in section.items), ""]
    return _tidy(lines)


def _layout(known: tuple[Page, ...]) -> str:
    lines = _open("layout")
    for page in known:
        if page.kind != "table":
            continue
        lines += [
            f"## {page.name}",
            "",
            _sentence(page.title),
            "",
            "| column | kind | unit | meaning |",
            "|---|---|---|---|",
        ]
        for column in TABLES[page.name].columns:
            need = " (required)" if column.required else ""
            values = f" One of: {', '.join(column.values)}." if column.values else ""
            meaning = _escaped(f"{column.meaning}{need}.{values}")
            lines.append(f"| `{column.name}` | {column.kind} | {column.unit} | {meaning} |")
        lines += [
            "",
            f"Two rows are one where {', '.join(f'`{c}`' for c in TABLES[page.name].identity)} agree.",
            "",
        ]
    return _tidy(lines)


def _thresholds(known: tuple[Page, ...]) -> str:
    lines = [*_open("thresholds"), "| name | value | from there on | source |", "|---|---|---|---|"]
    for page in known:
        if page.kind == "threshold":
            one = FIELD[page.name]
            lines.append(_row((f"`{page.name}`", f"{one.value:g} {one.unit}", one.decides, one.source)))
    return _tidy(lines)


def _configuration() -> str:
    """Return the page of every section and key, as the dataclasses declare them."""
    lines = _open("configuration")
    for name in settings.SECTIONS:
        if name == "thresholds":
            lines += [
                "## [thresholds]",
                "",
                "What is called long, high or late, by [name](thresholds.md), for everybody; one account's own stand under",
                "`[accounts.ID.thresholds]`. `file` names a profile, as `--profile` takes it; the keys here go before it.",
                "",
            ]
            continue
        kind = {**settings.TABLES, **settings.LISTS, **settings.NAMED}[name]
        brackets = f"[[{name}]]" if name in settings.LISTS else f"[{name}]"
        brackets = {"accounts": "[accounts.ID]", "mappings": "[mappings.NAME]"}.get(name, brackets)
        lines += [f"## {brackets}", "", (kind.__doc__ or "").strip().partition("\n\n")[0], ""]
        lines += ["| key | takes | default | meaning |", "|---|---|---|---|"]
        for key, field in settings.keys_of(kind).items():
            about = field.metadata
            example = f"; such as `{about['example']}`" if about["example"] else ""
            lines.append(_row((f"`{key}`", about["takes"].words, _default(field), about["meaning"] + example)))
        lines += ["", *CONFIGURATION_NOTES.get(name, ())]
    return _tidy(lines)


CONFIGURATION_NOTES = {
    "accounts": (
        "`[accounts.ID.thresholds]` (or `thresholds = { … }`) has the account's own [thresholds](thresholds.md). In",
        "`[accounts]` itself `file` names a table of accounts with the columns of the [layout](layout.md#accounts); what",
        "stands here goes before that table, and both before one among the logs, cell by cell.",
        "",
    ),
    "mappings": (
        "Without `file` the mapping itself stands here, its keys as `calltrace inspect FILE --map` writes them",
        "(`columns`, `[mappings.NAME.fill.offered_at]` and so on).",
        "",
    ),
}


def _default(field: dataclasses.Field[object]) -> str:
    """Return a key's default in a word; nothing where it has none."""
    default = field.default
    if default is dataclasses.MISSING:
        return "required"
    if isinstance(default, bool):
        return f"`{str(default).lower()}`"
    if isinstance(default, tuple):
        return ", ".join(f"`{one}`" for one in default)
    return "" if default in ("", None) else f"`{default:g}`" if isinstance(default, float) else f"`{default}`"


def _cli() -> str:
    root = click.Context(main, info_name="calltrace", terminal_width=100, **main.context_settings)
    lines = ["# The command line", "", MADE, "", "```text", main.get_help(root), "```", ""]
    for name in COMMANDS:
        command = main.get_command(root, name)
        if command is not None:
            lines += _command(command, click.Context(command, parent=root, info_name=name), "##")
    lines += [
        "## Exit codes",
        "",
        "| code | meaning |",
        "|---|---|",
        "| 0 | ran: `investigate` answered; a check or an audit found nothing wrong |",
        "| 1 | ran and has findings (an audit, the single checks, a morning) |",
        "| 2 | the command line is wrong |",
        "| 3 | the input can't be read, or is not enough to answer |",
        "| 4 | ran, but the mail is not away: it is kept, and `calltrace mail` sends it |",
        "| 70 | calltrace itself went wrong: standard error says where |",
        "| 74 | the result can't be written: the disk is full, or standard output closed |",
        "| 130 | interrupted (Ctrl-C); 129 and 143 where the terminal was closed or the process was told to end |",
        "| 141 | the reader of the output went away |",
    ]
    return _tidy(lines)


def _command(command: click.Command, context: click.Context, mark: str) -> list[str]:
    """Return what a command's ``--help`` says, and, of a group, what its commands' say."""
    lines = [f"{mark} {context.command_path}", "", "```text", command.get_help(context), "```", ""]
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            if inner is not None:
                lines += _command(inner, click.Context(inner, parent=context, info_name=name), f"{mark}#")
    return lines


def _markdown(text: str) -> str:
    """Return a docstring as Markdown: headings bold, terms a list, samples and tables fenced."""
    out: list[str] = []
    for block in blocks(text):
        if block.kind == "heading":
            out += ["", f"**{block.text}**", ""]
        elif block.kind == "sample":
            out += ["", "```text", *block.lines, "```", ""]
        elif block.kind == "table":
            (head, *rows) = cells_of(block)
            out += ["", _row(head), "|" + "---|" * len(head), *map(_row, rows), ""]
        elif block.kind == "term":
            out.append(f"- `{block.lines[0]}`: {Block('prose', block.lines[1:]).text}")
        else:
            out += ["", *block.lines, ""]
    return "\n".join(out)


def _row(cells: tuple[str, ...]) -> str:
    return f"| {' | '.join(_escaped(c) for c in cells)} |"


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}{'' if text.endswith(('.', '?', '!')) else '.'}"


def _escaped(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;").replace("\n", " ")


def _tidy(lines: list[str]) -> str:
    text = "\n".join(line.rstrip() for line in "\n".join(lines).splitlines())
    return re.sub(r"\n{3,}", "\n\n", text).rstrip("\n") + "\n"


def stale(folder: Path = FOLDER) -> list[str]:
    """Return what differs between the folder and the code, as the lines of a diff."""
    found: list[str] = []
    made = pages()
    for name, text in made.items():
        path = folder / name
        old = path.read_text(encoding="utf-8") if path.exists() else ""
        found += difflib.unified_diff(
            old.splitlines(), text.splitlines(), f"docs/reference/{name}", "the code", lineterm=""
        )
    found += [
        f"docs/reference/{p.name} is no page of ours"
        for p in sorted(folder.glob("*.md"))
        if p.name not in made
    ]
    return found


def _run() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="write nothing; fail if a page is stale")
    if parser.parse_args().check:
        found = stale()
        if found:
            print("\n".join(found[:60]))
            print("The reference is stale: run `make docs`.", file=sys.stderr)
        return int(bool(found))
    FOLDER.mkdir(parents=True, exist_ok=True)
    made = pages()
    for name, text in made.items():
        (FOLDER / name).write_text(text, encoding="utf-8")
    for path in FOLDER.glob("*.md"):
        if path.name not in made:
            path.unlink()
    return 0


if __name__ == "__main__":
    sys.exit(_run())
