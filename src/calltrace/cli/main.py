"""The root command: a table of commands, imported when asked for; the one place where errors become words."""

from __future__ import annotations

import gc
import os
import sys
from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Any

import click

from calltrace import __version__
from calltrace.cli import options
from calltrace.cli.exits import NO_ROOM, Exit, InputFailure, failure_of, unwritten
from calltrace.cli.process import BROKEN_OFF
from calltrace.errors import CalltraceError, ManyError
from calltrace.report import privacy
from calltrace.tables.text import visible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from click.shell_completion import CompletionItem

COMMANDS = {
    "investigate": "calltrace.cli.investigate:command",
    "audit": "calltrace.cli.audit:command",
    "check": "calltrace.cli.audit:check_command",
    "daily": "calltrace.cli.daily:command",
    "ack": "calltrace.cli.ack:command",
    "mail": "calltrace.cli.mail:command",
    "case": "calltrace.cli.case:command",
    "access": "calltrace.cli.access:command",
    "forget": "calltrace.cli.forget:command",
    "letter": "calltrace.cli.letter:command",
    "ticket": "calltrace.cli.ticket:command",
    "brief": "calltrace.cli.brief:command",
    "inspect": "calltrace.cli.inspect:command",
    "calls": "calltrace.cli.calls:command",
    "caller": "calltrace.cli.caller:command",
    "trace": "calltrace.cli.trace:command",
    "account": "calltrace.cli.pages:account",
    "agent": "calltrace.cli.pages:agent",
    "trunk": "calltrace.cli.pages:trunk",
    "init": "calltrace.cli.init:command",
    "config": "calltrace.cli.config:command",
    "explain": "calltrace.cli.explain:command",
    "formats": "calltrace.cli.formats:command",
    "convert": "calltrace.cli.convert:command",
    "import": "calltrace.cli.import_:command",
    "store": "calltrace.cli.store:command",
    "completion": "calltrace.cli.completion:command",
    "simulate": "calltrace.cli.simulate:command",
    "drill": "calltrace.cli.drill:command",
}
"""Name to module and attribute, in the order ``--help`` shows them."""


class ReaderGoneError(Exception):
    """Whoever read our output went away: kept from click, which would call it a failure."""


class Root(click.Group):
    """A group that imports a command when it is asked for, and ends quietly and with the right code."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 -- click's signature
        """Return the commands' names, in the table's order."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 -- click's signature
        """Import and return a command; None for a name that is not in the table."""
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name].partition(":")
        found: click.Command = getattr(import_module(module), attribute)
        return options.common(found)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Offer the commands' names without importing them: an answer at TAB may not take a second."""
        from click.shell_completion import CompletionItem

        named = [CompletionItem(name) for name in COMMANDS if name.startswith(incomplete)]
        return named + click.Command.shell_complete(self, ctx, incomplete)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; a name that is not known gets the nearest ones."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            from difflib import get_close_matches

            near = get_close_matches(args[0], COMMANDS, n=3)
            hint = f" Did you mean {' or '.join(near)}?" if near else ""
            raise click.UsageError(f"There is no command {args[0]!r}.{hint}", ctx)
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; what calltrace can't work with becomes one sentence and an exit code."""
        try:
            with _putting_out():
                return super().invoke(ctx)
        except MemoryError as error:
            raise InputFailure(
                "There is not memory enough for these records. Give a shorter window, or import them into a store"
                " (calltrace import), of which only the days asked for are read."
            ) from error
        except CalltraceError as error:
            told = error.lines if isinstance(error, ManyError) else (str(error),)
            raise failure_of(error)("\n".join(visible(privacy.guard(line, free=True)) for line in told)) from error
        except click.ClickException as error:
            object.__setattr__(error, "message", privacy.guard(error.message, free=True))
            raise

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """Parse the command line; ``--help`` may find its reader gone."""
        given = tuple(args)
        with _putting_out():
            made = super().make_context(info_name, args, parent, **extra)
        made.meta["calltrace.arguments"] = given  # for reports that say which command made them
        return made

    def main(  # type: ignore[override]
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        *,
        standalone_mode: bool = True,
        **extra: Any,
    ) -> Any:
        """Run the command line. Ctrl-C (one line is said) and a reader that went away end it without a traceback."""
        # a command makes half a million objects that live to its end: looking for garbage among them again and again
        # costs a tenth of an answer's time
        gc.set_threshold(250_000, 20, 20)
        if not standalone_mode:
            return super().main(args, prog_name, complete_var, standalone_mode=False, **extra)
        sys.exit(
            _ended(
                lambda: super(Root, self).main(args, prog_name, complete_var, standalone_mode=False, **extra)
            )
        )


@contextmanager
def _putting_out() -> Iterator[None]:
    """Keep from click that the reader went away, and say in a sentence where there is nowhere to write to."""
    try:
        yield
    except BrokenPipeError as error:
        raise ReaderGoneError from error
    except OSError as error:
        if error.errno in NO_ROOM:
            raise unwritten(error) from error
        raise


def _ended(run: Callable[[], object]) -> int:
    try:
        code = run()
        with _putting_out():
            sys.stdout.flush()
    except click.ClickException as error:
        error.show()
        return int(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo(BROKEN_OFF, err=True)
        return Exit.INTERRUPTED
    except (BrokenPipeError, ReaderGoneError):
        _forget_stdout()
        return Exit.BROKEN_PIPE
    return code if isinstance(code, int) else Exit.OK


def _forget_stdout() -> None:
    """Point standard output at nothing, so that Python's own flush at the end finds nobody to complain to."""
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, sys.stdout.fileno())


@click.group(cls=Root, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="calltrace")
@options.config
def main() -> None:
    """Find out why an answering service's client missed calls, from the logs of the switch.

    Give it the files as they are: call records, KPI intervals, agent events, the on-call roster. Every
    command takes files and folders; what each file is, is told by its content.
    """
