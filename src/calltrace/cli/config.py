"""``calltrace config``: what the configuration says, and whether it is right."""

from __future__ import annotations

import click

from calltrace.cli import options, results
from calltrace.cli.exits import UsageFailure


@click.group("config", short_help="Check and show the configuration.")
def command() -> None:
    """Check and show the configuration: one TOML file, found by --config, $CALLTRACE_CONFIG or its usual place."""


@command.command("check", short_help="Say everything that is wrong with it.")
@options.config
def check() -> None:
    """Say everything that is wrong with the configuration, and with what it points to.

    Every key that is wrong is named with its line. Files and folders are looked for, calendars read, passwords
    found (and not shown); no server is asked. Exit code 2 where something is wrong.

    \b
    Example:
      calltrace config check --config calltrace.toml
    """  # noqa: D301 -- click wants the very character
    from calltrace.config.check import look
    from calltrace.tables.text import visible

    config = options.settings()
    if config.path is None:
        _none()
        return
    found = look(config)
    lines = [f"{visible(str(config.path))}: every key is understood."]
    lines += [f"  {one.key}: {one.what}" + (f": {one.wrong}" if one.wrong else "") for one in found]
    results.tell(
        "\n".join(lines) + "\n",
        path=str(config.path),
        found=[{"key": one.key, "what": one.what, "wrong": one.wrong or None} for one in found],
    )
    wrong = sum(1 for one in found if one.wrong)
    if wrong:
        raise UsageFailure(f"{wrong} thing{'s' if wrong > 1 else ''} the configuration points to can't be used.")


@command.command("show", short_help="Show it as it is in force.")
@options.config
def show() -> None:
    """Show the configuration as it is in force, defaults included, as TOML. No password is in it.

    \b
    Example:
      calltrace config show
    """  # noqa: D301 -- click wants the very character
    import tomllib

    from calltrace.config.check import shown

    text = shown(options.settings())
    results.tell(text, path=_text(options.settings().path), settings=tomllib.loads(text))


@command.command("path", short_help="Say which file it is.")
@options.config
def path() -> None:
    """Say which file the configuration is; where there is none, where it would be looked for.

    \b
    Example:
      $EDITOR "$(calltrace config path)"
    """  # noqa: D301 -- click wants the very character
    from calltrace.config.places import locate, usual

    found = locate(options.config_file())
    results.tell(f"{found or usual()}\n", path=_text(found), usual=str(usual()))


def _none() -> None:
    from calltrace.config.places import usual

    words = f"There is no configuration; it would be {usual()}. `calltrace init` writes one.\n"
    results.tell(words, path=None, usual=str(usual()), found=[])


def _text(path: object) -> str | None:
    return None if path is None else str(path)
