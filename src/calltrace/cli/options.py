"""The options several commands share, and how a result gets out."""

from __future__ import annotations

import os
import shutil
import sys
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from calltrace.cli.exits import UsageFailure, unwritten

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from calltrace.config.settings import Config
    from calltrace.desk.rates import Rates
    from calltrace.diagnosis.profile import Profile
    from calltrace.tables.case import Case

    Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

GLYPHS = "█░▁▂▃▄▅▆▇━─│▼▲✓·–…→“”"
"""What the terminal report draws with; an output that can't encode them gets ASCII."""

DEFAULT_WIDTH = 100


class Choice(click.Choice[str]):
    """A choice that, for a name that is none of its own, names the nearest ones."""

    def get_invalid_choice_message(self, value: Any, ctx: click.Context | None) -> str:
        """Return what is wrong, and what may have been meant."""
        from difflib import get_close_matches

        near = get_close_matches(str(value).casefold(), self.choices, n=2)
        hint = f" Did you mean {' or '.join(near)}?" if near else ""
        return super().get_invalid_choice_message(value, ctx) + hint


class LazyChoice(Choice):
    """A choice whose names are read from a module when they are needed, so other commands stay quick."""

    def __init__(self, where: str, *, case_sensitive: bool = False) -> None:
        self.where = where
        self.case_sensitive = case_sensitive

    @property
    def choices(self) -> tuple[str, ...]:  # type: ignore[override]
        """The names, in their module's order."""
        module, _, name = self.where.partition(":")
        return tuple(getattr(import_module(module), name))


class NamesInHelp(click.Option):
    """An option of many choices: its help names them in a sentence, where brackets would burst the column."""

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        """Return the option and its help, the choices named at its end."""
        record = super().get_help_record(ctx)
        if record is None or not isinstance(self.type, click.Choice):
            return record
        return record[0], f"{record[1]} KIND is {', '.join(map(str, self.type.choices))}."


# --- the configuration --------------------------------------------------------------------------------------

_CONFIG_FILE = "calltrace.config.file"
_CONFIG = "calltrace.config"


def _config_named(ctx: click.Context, _: click.Parameter, value: str | None) -> None:
    """Remember the file named; the one after the command goes before the one in front of it."""
    if value is not None and not ctx.resilient_parsing:
        ctx.meta[_CONFIG_FILE] = value


config = click.option(
    "--config",
    metavar="FILE",
    type=click.Path(),
    is_eager=True,
    expose_value=False,
    callback=_config_named,
    help="The configuration; else $CALLTRACE_CONFIG, else the one in the platform's folder.",
)


def config_file() -> str | None:
    """Return the configuration named on the command line, None where none is."""
    named: str | None = click.get_current_context().meta.get(_CONFIG_FILE)
    return named


def settings() -> Config:
    """Return the configuration of this run, read and checked when it is first asked for.

    Raises
    ------
    ConfigError, UsageError
        Something in it is wrong, or the file named is not there.
    """
    meta = click.get_current_context().meta
    if _CONFIG not in meta:
        from calltrace.config.reader import read

        meta[_CONFIG] = read(config_file())
    found: Config = meta[_CONFIG]
    return found


def configured(choose: Callable[[Config], object]) -> Callable[[click.Context, click.Parameter, Any], Any]:
    """Return a callback for an option that, where it is not given, takes what the configuration says.

    ``choose`` picks it; None or '' there leaves the option's own default.
    """

    def fill(ctx: click.Context, param: click.Parameter, value: Any) -> Any:
        given = ctx.get_parameter_source(param.name or "") is not click.core.ParameterSource.DEFAULT
        if given or ctx.resilient_parsing:
            return value
        said = choose(settings())
        return value if said in (None, "") else said

    return fill


def readable() -> bool:
    """Say whether there is something to read without a PATH: the configuration's store or sources."""
    from calltrace.config.inputs import any_known

    return any_known(settings())


def _or_configured(ctx: click.Context, param: click.Parameter, value: tuple[str, ...]) -> tuple[str, ...]:
    """Let PATH be left out where there is something to read without it."""
    if any(not one.strip() for one in value):  # it would be the working folder
        raise click.BadParameter(
            "one of them is empty. Is the variable set that should name it?", ctx=ctx, param=param, param_hint="PATH")
    if value or ctx.resilient_parsing or readable():
        _no_input(ctx.params.get("output"), value)
        return value
    raise click.MissingParameter(
        "Give the files or folders of logs, or name them once in a configuration: `calltrace init PATH` writes one.",
        ctx=ctx,
        param=param,
        param_hint="PATH",
    )


def apart(ctx: click.Context, _param: click.Parameter, value: str | None) -> str | None:
    """Refuse to write over what is read."""
    _no_input(value, ctx.params.get("paths") or ())
    return value


def _no_input(output: str | None, read: Sequence[str]) -> None:
    """Refuse a result that would take a log's place: the file that is read, or a log in a folder that is."""
    if not output or output == "-" or not Path(output).exists():
        return
    for given in map(Path, read):
        if given.exists() and (given.samefile(output) or (_lies_in(Path(output), given) and _is_log(output))):
            raise UsageFailure(
                f"--output is {click.format_filename(output)}, a log that is read: it would be gone. Give it another name.")


def _lies_in(file: Path, folder: Path) -> bool:
    return folder.is_dir() and file.is_file() and file.resolve().is_relative_to(folder.resolve())


def _is_log(file: str) -> bool:
    from calltrace.errors import CalltraceError
    from calltrace.intake.load import gather

    try:
        return any(source.format for source in gather([file]).sources)
    except CalltraceError:
        return False


def paths(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add PATH..., which may be left out where the configuration has sources, and ``--config``.

    The command hands what it gets, also nothing, to :func:`case`.
    """
    argument = click.argument("paths", metavar="[PATH]...", nargs=-1, callback=_or_configured)
    decorated: Callable[..., Any] = argument(config(command))
    return decorated


def case(
    paths: Sequence[str],
    *,
    tz: str | None = None,
    mapping: str | None = None,
    year: int | None = None,
    start: str | None = None,
    end: str | None = None,
    now: str | None = None,
    only: bool = False,
    calls: bool = True,
    coded: bool = False,
) -> Case:
    """Read the logs of a command: its PATHs, else the configured sources, with all the configuration adds.

    ``start``, ``end`` and ``now`` are as the user said them and bound what is asked of a database; with ``only``
    nothing but what was logged then is wanted: no history, and no events the configuration knows. With ``calls`` a
    Case without calls is an error; ``coded`` is for who looks at all accounts of a store. Raises as
    :func:`calltrace.config.load` does.
    """
    from calltrace.cli.complete import remember
    from calltrace.cli.progress import bar
    from calltrace.config.cases import load
    from calltrace.report import privacy

    asked = {"start": start, "end": end, "now": now}
    with bar("Reading the logs"):
        read = load(paths, settings(), tz=tz, mapping=mapping, year=year, **asked, only=only, calls=calls, coded=coded)
    remember(read)
    return privacy.learn(read)


def profile(file: str | None) -> Profile | None:
    """Return the thresholds to use: of the file named, else the configuration's, else None for the field's own."""
    if not file:
        return settings().profile
    from calltrace.diagnosis.profile import read_profile

    return read_profile(file)


def rates(file: str | None) -> Rates | None:
    """Return the rate table to use: of the file named, else the configuration's, else None."""
    chosen = file or settings().rates.file
    if not chosen:
        return None
    from calltrace.desk.rates import read_rates

    return read_rates(chosen)


# --- options ------------------------------------------------------------------------------------------------

tz = click.option(
    "--tz",
    metavar="ZONE",
    help="Zone of times that carry none, as an IANA name (America/New_York). An account's own zone goes"
    " before it.",
)
year = click.option(
    "--year",
    metavar="YEAR",
    type=click.IntRange(1970, 2199),
    help="Year of a log's first record, where the switch writes none (Mitel, Avaya, NEC).",
)
mapping = click.option(
    "--mapping",
    metavar="FILE.toml",
    help="How to read files of no known format, as inspect --map writes it, or a name the configuration has for one.",
)
jobs = click.option(
    "--jobs", metavar="N", type=click.IntRange(1), help="Processes to work with; all cores by default."
)
cluster = click.option(
    "--cluster", metavar="ADDRESS", help="Work on a Dask cluster: tcp://HOST:PORT of its scheduler, or local."
)
start = click.option(
    "--from",
    "start",
    metavar="T",
    help='Start of the window: a date, a date and time, or words ("sat 22:00").',
)
end = click.option(
    "--to", "end", metavar="T", help="End of the window; a bare date means the end of that day."
)
verbose = click.option(
    "--verbose", "-v", is_flag=True, help="Open every figure into the calls and lines behind it."
)
output = click.option(
    "--output",
    "-o",
    metavar="FILE",
    type=click.Path(dir_okay=False),
    callback=apart,
    help="Write there instead of to standard output.",
)
color = click.option(
    "--color",
    type=click.Choice(["auto", "always", "never"]),
    default="auto",
    show_default=True,
    help="Colours; auto is on a terminal only, and never where NO_COLOR is set.",
)


class JsonFormat(click.Option):
    """``--json`` beside ``--format``: the constant it stands for, put where ``--format`` puts its own; the last wins."""

    def add_to_parser(self, parser: Any, ctx: click.Context) -> None:  # noqa: ARG002 -- click's signature
        """Register the option as the constant it stands for."""
        parser.add_option(obj=self, opts=self.opts, dest="format_name", action="store_const", const="json")


def _as_json(ctx: click.Context, _param: click.Parameter, value: bool) -> None:
    ctx.find_root().meta[JSON] = bool(value)


JSON = "calltrace.json"


def wants_json() -> bool:
    """Say whether ``--json`` was given to a command without forms of its own."""
    return bool(click.get_current_context().find_root().meta.get(JSON))


def tell(text: str, /, **facts: Any) -> None:
    """Put out what a command without forms of its own did: its words, or with ``--json`` one document of the facts.

    Parameters
    ----------
    text : str
        The lines for a person, the last one ended; '' for a command that has nothing to say.
    **facts
        What was done, as JSON values: files written, counts. The document has the report's schema and the command.
    """
    ctx = click.get_current_context()
    if not wants_json():
        if text:
            emit(text, None)
        return
    import json

    from calltrace.report.report import SCHEMA

    document = {"schema": SCHEMA, "command": ctx.command_path.partition(" ")[2], **facts}
    emit(json.dumps(document, indent=1, ensure_ascii=True, allow_nan=False) + "\n", None)


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


def _by_suffix(ctx: click.Context, param: click.Parameter, value: str) -> str:
    """Return the format asked for; where none was, the one the output file's name ends with."""
    given = ctx.get_parameter_source(param.name or "")
    if given in (click.core.ParameterSource.COMMANDLINE, click.core.ParameterSource.ENVIRONMENT):
        return value
    # what the command line gives is read before what it leaves out, so the file is known here
    implied = SUFFIXES.get(Path(str(ctx.params.get("output") or "")).suffix.lower(), value)
    return implied if isinstance(param.type, click.Choice) and implied in param.type.choices else value


def format_option(names: Sequence[str] = ("terminal", "json"), default: str = "terminal") -> Decorator:
    """Return the ``--format`` option of a command that knows these renderers."""
    chosen = click.option(
        "--format",
        "format_name",
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


def _hide(ctx: click.Context, param: click.Parameter, value: bool) -> None:
    """Hide callers in all that this command puts out, its errors as well; the configuration may say so too."""
    from calltrace.report import privacy

    if any(other.name == "config" for other in ctx.command.params):
        value = configured(lambda said: said.privacy.mask or None)(ctx, param, value)
    ctx.find_root().with_resource(privacy.hiding(on=bool(value)))


def _paging(ctx: click.Context, _param: click.Parameter, value: bool) -> None:
    ctx.find_root().meta[PAGING] = bool(value)


PAGING = "calltrace.paging"


def common(command: click.Command) -> click.Command:
    """Give a command, or every command of a group, the options that all commands have; once."""
    if isinstance(command, click.Group):
        for name in command.list_commands(click.Context(command)):
            inner = command.get_command(click.Context(command), name)
            if inner is not None:
                common(inner)
        return command
    if not any("--json" in param.opts for param in command.params):
        command.params.append(
            click.Option(
                ["--json"],
                is_flag=True,
                is_eager=True,
                expose_value=False,
                callback=_as_json,
                help="Write one JSON document and nothing else.",
            )
        )
    if not any(param.name == "mask" for param in command.params):
        command.params.extend(
            [
                click.Option(
                    ["--mask/--no-mask"],
                    expose_value=False,
                    callback=_hide,
                    default=False,
                    envvar="CALLTRACE_MASK",
                    help="Hide callers' numbers and names: each becomes caller 1, caller 2, … of this output.",
                ),
                click.Option(
                    ["--pager/--no-pager"],
                    expose_value=False,
                    callback=_paging,
                    default=True,
                    help="Show what is longer than the screen in a pager ($PAGER).",
                ),
            ]
        )
    return command


def terminal_height() -> int | None:
    """Return how many lines the screen has; None where the output is no terminal."""
    return shutil.get_terminal_size((DEFAULT_WIDTH, 50)).lines if sys.stdout.isatty() else None


def terminal_width() -> int:
    """Return the width to lay out for: ``COLUMNS``, else the terminal's, else 100."""
    given = os.environ.get("COLUMNS", "")
    if given.isdigit() and int(given) > 0:
        return int(given)
    if sys.stdout.isatty():
        return shutil.get_terminal_size((DEFAULT_WIDTH, 50)).columns
    return DEFAULT_WIDTH


def wants_color(choice: str, *, to_file: bool = False) -> bool:
    """Say whether to colour: as told, else on a terminal that is not dumb and without ``NO_COLOR``."""
    if choice != "auto":
        return choice == "always"
    if to_file or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    return sys.stdout.isatty()


def ascii_only(encoding: str | None) -> bool:
    """Say whether an output of that encoding can't show the characters the report draws with."""
    try:
        GLYPHS.encode(encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return True
    return False


def layout(choice: str, file: str | None, *, verbose: bool = False) -> dict[str, object]:
    """Return the options a renderer is given for this output."""
    to_file = bool(file) and file != "-"
    return {
        "width": terminal_width(),
        "color": wants_color(choice, to_file=to_file),
        "ascii_only": False if to_file else ascii_only(sys.stdout.encoding),
        "verbose": verbose,
    }


def emit(text: str | bytes, file: str | None, *, mode: int | None = None) -> None:
    """Write a result, text or the bytes of a file: to standard output, or to a file, whole or not at all.

    On a terminal what is longer than the screen goes through a pager. Callers met so far are hidden in it
    where they are to be (:mod:`calltrace.report.privacy`), whatever built the text. A new file gets ``mode``, else
    the usual one.

    Raises
    ------
    UsageFailure
        Where the file can't be written (the command line named it), or bytes are to go to a terminal.
    OutputFailure
        Where standard output is closed, or its disk full.
    """
    from calltrace.report import privacy
    from calltrace.tables.files import write_whole

    if isinstance(text, str):
        text = privacy.guard(text)
    if file and file != "-":
        try:
            write_whole(Path(file), text, mode=mode)
        except OSError as error:
            raise UsageFailure(
                f"{click.format_filename(file)} can't be written: {error.strerror}."
            ) from error
        return
    if isinstance(text, bytes):
        if sys.stdout.isatty():
            raise UsageFailure("this format is no text for a terminal: give a file with --output, or pipe it on.")
        with _told():
            sys.stdout.buffer.write(text)
            sys.stdout.buffer.flush()
        return
    encoding = sys.stdout.encoding or "utf-8"
    shown = text.encode(encoding, "backslashreplace").decode(encoding)
    if _pages(shown):
        os.environ.setdefault("LESS", "FRX")  # as git has it: colours shown as such, the page left standing
        click.echo_via_pager(shown, color=True)
        return
    with _told():
        click.echo(shown, nl=False, color=True)  # the renderer has decided on colours
        sys.stdout.flush()


@contextmanager
def _told() -> Iterator[None]:
    """Say in a sentence that standard output can't be written; a reader that went away is told by its own error."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise unwritten(error, "Standard output") from error


def _pages(text: str) -> bool:
    """Say whether a text is to be shown by a pager: longer than the screen, and somebody before it."""
    ctx = click.get_current_context(silent=True)
    wanted = ctx is not None and ctx.find_root().meta.get(PAGING, False)
    if not wanted or not sys.stdout.isatty() or not sys.stdin.isatty() or os.environ.get("TERM") == "dumb":
        return False
    return text.count("\n") > (terminal_height() or 0)
