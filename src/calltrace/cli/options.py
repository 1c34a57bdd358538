"""The options several commands share, and what the configuration says where they are not given."""

from __future__ import annotations

import functools
import os
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from calltrace.cli import forms, results
from calltrace.cli.exits import UsageFailure

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from calltrace.config.settings import Config
    from calltrace.desk.rates import Rates
    from calltrace.diagnosis.profile import Profile
    from calltrace.tables.case import Case

    Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


format_option = forms.format_option


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
    """Refuse to write over what is read, into no folder, and a file whose name says another form than ``--format``."""
    _no_input(value, ctx.params.get("paths") or ())
    if value and value != "-" and ctx.info_name != "daily":  # a morning is mailed all the same
        folder = Path(value).absolute().parent
        if not folder.is_dir():  # said now, and not once the work is done
            raise UsageFailure(f"{click.format_filename(value)} can't be written: there is no folder {folder}.")
    if forms.said(ctx):
        forms.agree(ctx, str(ctx.params.get(forms.FORMAT) or ""), value or "")
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


def number_in_full(said: str) -> str:
    """Return a number with its country's code, where it is one of the service's own country; else as it was said.

    What is kept by the number alone, with no call beside it, is found again only so.
    """
    from calltrace.tables.countries import HOME

    country = settings().service.in_country
    if country == HOME or said.strip().startswith("+"):
        return said
    from calltrace.tables.phones import valid

    return valid(said, country) or said


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
    lately: bool = False,
    account: str | None = None,
) -> Case:
    """Read the logs of a command: its PATHs, else the configured sources, with all the configuration adds.

    ``start``, ``end`` and ``now`` are as the user said them and bound what is asked of a database; with ``only``
    nothing but what was logged then is wanted: no history, and no events the configuration knows. With ``calls`` a
    Case without calls is an error; ``coded`` is for who looks at all accounts of a store, ``lately`` for who means the last
    week where no time is said, ``account`` for who asks of one. Raises as :func:`calltrace.config.load` does.
    """
    from calltrace.cli.complete import remember
    from calltrace.cli.progress import bar
    from calltrace.config.cases import load
    from calltrace.report import privacy

    asked = {"start": start, "end": end, "now": now}
    with bar("Reading the logs"):
        read = load(paths, settings(), tz=tz, mapping=mapping, year=year, **asked, only=only, calls=calls, coded=coded,
                    lately=lately, account=account)
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
    help="Zone of times that carry none, as an IANA name (America/New_York). In the generic layout an"
    " account's own zone goes before it.",
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


def _as_json(ctx: click.Context, _param: click.Parameter, value: bool) -> None:
    ctx.find_root().meta[results.JSON] = bool(value)


def _hide(ctx: click.Context, param: click.Parameter, value: bool) -> None:
    """Hide callers in all that this command puts out, its errors as well; the configuration may say so too."""
    from calltrace.report import privacy

    if any(other.name == "config" for other in ctx.command.params):
        value = configured(lambda said: said.privacy.mask or None)(ctx, param, value)
    ctx.find_root().with_resource(privacy.hiding(on=bool(value)))


def _paging(ctx: click.Context, _param: click.Parameter, value: bool) -> None:
    ctx.find_root().meta[results.PAGING] = bool(value)


NARROWING = frozenset(
    ("account", "agent", "between", "caller", "day", "end", "ended_by", "hold", "ledger", "now", "number", "output",
     "start", "store", "talk", "trunk_group", "tz", "until", "wait", "when")
)  # fmt: skip
"""Options that say which records are meant, in which zone, or where the answer goes: none of them may be empty."""


NOW = "CALLTRACE_NOW"
"""An instant (ISO 8601) to take for the present: for rehearsals and tests."""


def present() -> datetime:
    """Return the present, to the second: the clock's, or what ``CALLTRACE_NOW`` says."""
    said = os.environ.get(NOW, "").strip()
    if not said:
        return datetime.now(UTC).replace(microsecond=0)
    try:
        found = datetime.fromisoformat(said)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise UsageFailure(f"{NOW} is {said!r}; expected an instant with its offset, such as 2026-02-16T08:25-05:00.")
    return found.astimezone(UTC)


def _refusing_empty(callback: Callable[..., Any]) -> Callable[..., Any]:
    """Return a command that refuses ``--account ""``: a script's unset variable would ask of every client instead.

    A present that is none it refuses too, before anything is read, deleted or written down.
    """
    if getattr(callback, "refuses_empty", False):
        return callback

    @functools.wraps(callback)
    def refusing(*args: Any, **given: Any) -> Any:
        present()
        ctx = click.get_current_context()
        for param in ctx.command.params:
            name = param.name or ""
            said = ctx.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE
            if said and name in NARROWING and ctx.params.get(name) == "":
                raise click.BadParameter("it is empty. Is the variable set that should name it?", ctx=ctx, param=param)
        return callback(*args, **given)

    refusing.refuses_empty = True  # type: ignore[attr-defined]
    return refusing


def common(command: click.Command) -> click.Command:
    """Give a command, or every command of a group, the options that all commands have; once."""
    if isinstance(command, click.Group):
        for name in command.list_commands(click.Context(command)):
            inner = command.get_command(click.Context(command), name)
            if inner is not None:
                common(inner)
        return command
    if command.callback is not None:
        command.callback = _refusing_empty(command.callback)
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
                    help="Hide numbers and names of callers (each becomes caller 1, caller 2, … of this output) and of people on "
                    "call.",
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
