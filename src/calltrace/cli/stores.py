"""The option that names the store, and the argument that may stand for it."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import click

from calltrace.cli import options

at_store = click.option(
    "--store",
    metavar="PLACE",
    callback=options.configured(lambda config: config.store.path),
    help="Where the store lies: a folder or s3://BUCKET/FOLDER; else the configured one, else $CALLTRACE_STORE, else"
    " the user's data folder.",
)


def at_place(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add PLACE and ``--store``, which name the same: the command gets one ``store``.

    PLACE goes before what is configured, as ``--store`` does; two different ones are refused.
    """

    @functools.wraps(command)
    def with_place(*args: Any, place: str | None, store: str | None, **given: Any) -> Any:
        return command(*args, store=store if place is None else named(place, store), **given)

    argument = click.argument("place", metavar="[PLACE]", required=False, callback=_some)
    decorated: Callable[..., Any] = argument(at_store(with_place))
    return decorated


def named(place: str, store: str | None) -> str:
    """Return the store that stands among a command's arguments, where ``--store`` does not name another."""
    given = click.get_current_context().get_parameter_source("store") is click.core.ParameterSource.COMMANDLINE
    if given and store != place:
        raise click.UsageError(f"Two stores are named, {place} and --store {store}. Name the one that is meant.")
    return place


def _some(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    """Refuse an empty PLACE: a script's unset variable would look after another store."""
    if value is not None and not value.strip():
        raise click.BadParameter(
            "it is empty. Is the variable set that should name it?", ctx=ctx, param=param, param_hint="PLACE")
    return value
