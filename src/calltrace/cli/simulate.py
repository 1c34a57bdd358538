"""``calltrace simulate``: an invented answering service, its logs and the truth."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import click

from calltrace.cli import options, results


def unclaimed(folder: str, fix: str = "Name another folder; to write over them all the same: --force.") -> None:
    """Refuse to write over logs that are not simulated: nobody could bring them back.

    What was simulated has its truth beside it, unless that was left out.
    """
    from calltrace.errors import UsageError
    from calltrace.tables.schema import TABLES

    place = Path(folder)
    names = ("Master.csv", "queue_log", *(f"{name}.csv{packed}" for name in TABLES for packed in ("", ".gz")))
    there = [name for name in names if (place / name).exists()]
    if there and not (place / "faults.json").exists():
        raise UsageError(
            f"{folder} has logs already ({', '.join(there[:3])}{', …' if len(there) > 3 else ''})",
            expected="a new folder, or one that was simulated",
            fix=fix)


@click.command("simulate", short_help="Make the logs of an invented answering service.")
@click.option("--seed", type=int, required=True, help="The same seed and options give the same files.")
@click.option(
    "--output",
    "-o",
    required=True,
    metavar="DIR",
    type=click.Path(file_okay=False),
    help="Folder to write to; made where missing.",
)
@click.option("--force", is_flag=True, help="Write over what is in the folder, whoever made it.")
@click.option("--weeks", type=click.IntRange(3, 52), default=6, show_default=True)
@click.option(
    "--size",
    type=options.LazyChoice("calltrace.simulate:SIZES"),
    help="How many accounts and calls; drawn where not given.",
)
@click.option("--accounts", type=click.IntRange(2, 400), help="How many client accounts.")
@click.option(
    "--cause",
    "causes",
    multiple=True,
    metavar="NAME",
    type=options.LazyChoice("calltrace.simulate:CAUSES"),
    help="A trouble to put into the last ten days; may be given several times. Drawn where none is given.",
)
@click.option("--healthy", is_flag=True, help="Put no trouble in; a message still goes astray now and then, as anywhere.")
@click.option(
    "--zone", metavar="ZONE", help="The service's time zone, as an IANA name; drawn where not given."
)
@click.option(
    "--style",
    type=click.Choice(["offset", "plain-offset", "utc", "naive"]),
    help="How times are written; plain-offset compresses nothing.",
)
@click.option(
    "--asterisk",
    is_flag=True,
    help="Write Asterisk's Master.csv and queue_log instead of the generic layout.",
)
@click.option(
    "--truth/--no-truth",
    default=True,
    show_default=True,
    help="Write questions.json, answers.json and faults.json too.",
)
def command(  # noqa: PLR0917 -- click hands the options over by name
    seed: int,
    output: str,
    force: bool,
    weeks: int,
    size: str | None,
    accounts: int | None,
    causes: tuple[str, ...],
    healthy: bool,
    zone: str | None,
    style: str | None,
    asterisk: bool,
    truth: bool,
) -> None:
    """Make the logs of an invented answering service: for trying things out, for training, for tests.

    Callers, forwarding, trunks, agents, messages and rosters are played through; what went wrong is known
    and is written beside the logs.

    \b
    Examples:
      calltrace simulate --seed 7 --output /tmp/service
      calltrace simulate --seed 7 --output /tmp/service --cause number-down --cause understaffed --zone
      Europe/London
      calltrace simulate --seed 7 --output /tmp/pbx --asterisk
    """  # noqa: D301 -- click's own mark for lines to keep
    from calltrace import simulate
    from calltrace.cli.progress import bar
    from calltrace.errors import UsageError

    if output == "-":
        raise UsageError("--output is -", expected="a folder: a service is several files")
    if healthy and causes:
        raise UsageError("--healthy together with --cause", fix="Leave one of them out.")
    if asterisk and style:
        raise UsageError(
            "--style together with --asterisk", fix="Asterisk has a style of its own: leave --style out."
        )
    if not force:
        unclaimed(output)
    with bar("Playing the service through"):
        played = simulate.world(
            seed, weeks=weeks, size=size, faults=() if healthy else (causes or None), zone=zone, accounts=accounts
        )
        if asterisk:
            if truth:
                simulate.write(played, output, style="offset", without=tuple(played.tables))
            simulate.write_asterisk(played, output)
        else:
            simulate.write(played, output, style=style, truth=truth)
    put = sorted({str(f["cause"]) for f in played.faults if not str(f["cause"]).startswith("_")})
    placed = Counter(str(f["cause"]) for f in played.faults)
    missing = sorted((Counter(causes) - placed).elements())
    count = len(played.tables["calls"])
    results.tell(
        f"{output}\n",
        written=output,
        seed=seed,
        calls=count,
        accounts=len(played.clients),
        weeks=weeks,
        zone=played.zone,
        troubles=put,
        not_placed=missing,
    )
    told = f"{count:,} calls of {len(played.clients)} accounts in {weeks} weeks, zone {played.zone}"
    click.echo(told + "; " + (f"troubles: {', '.join(put)}" if put else "no trouble put in"), err=True)
    if missing:
        click.echo(
            f"No place for {', '.join(missing)}: too few calls, agents or accounts for it to be felt. "
            "Try another --seed, or a larger --size.", err=True)
