"""In which form a command writes its answer: ``--format``, ``--json``, and what the name of the ``--output`` file says."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

FORMAT = "format_name"
"""What the command is given ``--format`` as."""

SUFFIXES = {
    ".csv": "csv",
    ".htm": "html",
    ".html": "html",
    ".json": "json",
    ".markdown": "markdown",
    ".md": "markdown",
    ".parquet": "parquet",
    ".pdf": "pdf",
}
"""What the name of an output file says of its format, where ``--format`` says nothing."""

FOREIGN = frozenset(
    (".doc", ".docx", ".gz", ".ods", ".odt", ".png", ".rtf", ".svg", ".xhtml", ".xls", ".xlsx", ".xml", ".zip")
)
"""Names of files that other programs open, and no command writes."""

SHEETS = frozenset((".ods", ".xls", ".xlsx"))
"""Those of a spreadsheet, which reads CSV as well."""


class JsonFormat(click.Option):
    """``--json`` beside ``--format``: the constant it stands for, put where ``--format`` puts its own; the last wins."""

    def add_to_parser(self, parser: Any, ctx: click.Context) -> None:  # noqa: ARG002 -- click's signature
        """Register the option as the constant it stands for."""
        parser.add_option(obj=self, opts=self.opts, dest=FORMAT, action="store_const", const="json")


def _by_suffix(ctx: click.Context, param: click.Parameter, value: str) -> str:
    """Return the format asked for; where none was, the one the output file's name ends with."""
    # what the command line gives is read before what it leaves out, in its order: one of the two sees the other
    file = str(ctx.params.get("output") or "")
    if said(ctx):
        agree(ctx, value, file)
        return value
    suffix = Path(file).suffix.lower()
    forms = param.type.choices if isinstance(param.type, click.Choice) else ()
    implied = SUFFIXES.get(suffix, value)
    if implied not in forms or suffix in FOREIGN:
        # text under such a name opens nowhere, or as a page with what callers wrote for markup
        known = [s for s, form in SUFFIXES.items() if form in forms]
        raise click.BadParameter(
            f"{click.format_filename(file)!r} can't be written as its name says; expected a name that ends in"
            f" {', '.join(known)}, or .txt for plain text."
            + (" A spreadsheet opens .csv." if suffix in SHEETS and "csv" in forms else ""),
            ctx=ctx, param_hint="'--output'",
        )
    return implied


def said(ctx: click.Context) -> bool:
    """Say whether somebody gave ``--format``; False for a command that has none, or has not read it yet."""
    return ctx.get_parameter_source(FORMAT) in {
        click.core.ParameterSource.COMMANDLINE, click.core.ParameterSource.ENVIRONMENT}


def agree(ctx: click.Context, form: str, file: str) -> None:
    """Refuse a file whose name says another form than is to be written in it: it would open as what it is not."""
    suffix = Path(file).suffix.lower()
    named = SUFFIXES.get(suffix, "")
    if not form or (named in {"", form} and suffix not in FOREIGN):
        return
    right = " or ".join([s for s, known in SUFFIXES.items() if known == form] or [".txt"])
    raise click.BadParameter(
        f"--format says {form}, the name {click.format_filename(file)!r} says {named or suffix}; expected a name that ends"
        f" in {right}{', or no --format' if named else ''}.",
        ctx=ctx, param_hint="'--output'",
    )


def format_option(names: Sequence[str] = ("terminal", "json"), default: str = "terminal") -> Decorator:
    """Return the ``--format`` option of a command that knows these renderers."""
    chosen = click.option(
        "--format",
        FORMAT,
        type=click.Choice(list(names)),
        default=default,
        show_default=True,
        callback=_by_suffix,
        help="json writes one document and nothing else."
        + (" Without it, the name of the --output file decides." if len(names) > 2 else ""),
    )
    if "json" not in names:
        return chosen
    short = click.option("--json", cls=JsonFormat, is_flag=True, expose_value=False, help="The same as --format json.")
    return lambda command: chosen(short(command))
