"""``calltrace init``: a configuration written by looking at the logs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from calltrace.cli import options, results

if TYPE_CHECKING:
    from pathlib import Path

    from calltrace.config.propose import Proposal
    from calltrace.tables.case import Case


@click.command("init", short_help="Write a configuration by looking at your logs.")
@click.argument("paths", metavar="[PATH]...", nargs=-1)
@click.option(
    "--output",
    "-o",
    metavar="FILE",
    type=click.Path(dir_okay=False),
    help="Where to write it, - for standard output; without it, the platform's folder, where every command finds it.",
)
@click.option("--force", is_flag=True, help="Write over a configuration that is there.")
@options.tz
@options.mapping
@options.year
def command(
    paths: tuple[str, ...], *, output: str | None, force: bool, tz: str | None, mapping: str | None, year: int | None
) -> None:
    """Look at the logs and write a configuration for them, every choice commented.

    PATH is a file or a folder of logs, or a database's address; without any the usual places of switches' logs
    are looked at. Nothing that is there is written over without --force.

    A log of no known format needs a mapping first (inspect FILE --map --output export.toml): give it with --mapping, and
    the configuration names it.

    \b
    Examples:
      calltrace init /var/log/asterisk
      calltrace init exports/ --output calltrace.toml
      calltrace init exports/ --mapping export.toml
    """  # noqa: D301 -- click wants the very character
    from pathlib import Path

    from calltrace.cli.exits import UsageFailure, refused
    from calltrace.config import places, propose
    from calltrace.tables.files import OWNER_ONLY, write_whole

    to_stdout = output == "-"
    target = places.usual() if output is None or to_stdout else Path(output)
    if target.exists() and not to_stdout and not force:
        raise UsageFailure(
            f"{click.format_filename(target)} is there already. Write over it with --force, or elsewhere with --output."
        )
    made = propose.propose(paths, target, tz=tz, mapping=mapping, year=year)
    if to_stdout:
        results.tell(made.text, written=None, text=made.text)
        _warn(made.case)
        return
    if output is None:
        _folder(target.parent)
    try:
        write_whole(target, made.text, mode=OWNER_ONLY)
    except OSError as error:
        raise refused(target, error) from error
    _tell(made, target, found_by_itself=output is None)


def _folder(folder: Path) -> None:
    from calltrace.cli.exits import refused

    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise refused(folder, error) from error


def _tell(made: Proposal, target: Path, *, found_by_itself: bool) -> None:
    """Say what was seen, what was written and what to do next."""
    from calltrace.report.inspection import known_from
    from calltrace.report.render._words import count, plural
    from calltrace.tables.text import visible

    case = made.case
    calls = case.calls["offered_at"]
    zone = case.zone
    first, last = (f"{at.tz_convert(zone):%Y-%m-%d %H:%M}" for at in (calls.iloc[0], calls.iloc[-1]))
    files = {s.path for s in case.sources if s.format}
    accounts = plural(int(case.calls["account"].nunique()), "account")
    lines = [
        f"Looked at {plural(len(files) + len(made.unread), 'file')}, {len(files)} recognised.",
        f"{plural(len(calls), 'call')} of {accounts}, {first} to {last}.",
        f"Zone {zone}, known from {known_from(case.zone_from)}; country {made.country or 'US (assumed)'}.",
    ]
    if len(case.table("accounts")):
        lines.append(f"The accounts table has {plural(len(case.table('accounts')), 'account')}.")
    if made.unread:
        lines.append(f"Not recognised: {', '.join(visible(p) for p in made.unread[:4])}"
                     + (f" and {count(len(made.unread) - 4)} more." if len(made.unread) > 4 else "."))
    if made.lacking:
        lines.append("Missing, and what it would tell:")
        lines += [f"  {need}: {why}" for need, why in made.lacking[:4]]
        if len(made.lacking) > 4:
            lines.append(f"  and {len(made.lacking) - 4} more, in the file")
    lines += ["", f"Written: {visible(str(target))}"]
    if made.variables:
        lines.append(f"The password is not in it: set {' and '.join(made.variables)}, or name a file (password_file).")
    how = "" if found_by_itself else f" --config {visible(str(target))}"
    lines += [f"Next: {made.next_command}{how}"]
    results.tell(
        "\n".join(lines) + "\n",
        written=str(target),
        files=len(files),
        not_recognised=list(made.unread),
        calls=len(calls),
        accounts=int(case.calls["account"].nunique()),
        zone=zone,
        variables=list(made.variables),
        next=f"{made.next_command}{how}",
    )
    _warn(case)


def _warn(case: Case) -> None:
    """Say what of the logs could not be read: what was proposed stands on the rest alone."""
    from calltrace.intake.torn import is_torn
    from calltrace.report.privacy import guard
    from calltrace.tables.text import visible

    for problem in filter(is_torn, dict.fromkeys(case.problems)):
        click.echo(f"Warning: {visible(guard(str(problem), free=True))}", err=True)
    results.warn_of_left_out(sum(source.left_out for source in case.sources))
