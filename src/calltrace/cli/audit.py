"""``calltrace audit``: every account, every check; and ``calltrace check``: one of them."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from calltrace.cli import options, results
from calltrace.cli.exits import Exit
from calltrace.cli.ledgers import remembered_audit
from calltrace.cli.mail_options import Mailing, command_line, email_options
from calltrace.diagnosis.profile import SEVERITIES
from calltrace.report import render

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from calltrace.diagnosis.audit.kept import Kept
    from calltrace.tables.case import Case

fail_on = click.option(
    "--fail-on",
    type=click.Choice(SEVERITIES),
    default="low",
    show_default=True,
    callback=options.configured(lambda config: config.audit.fail_on),
    help="Exit with 1 only for findings at least this bad; a dead feed always counts.",
)
exit_zero = click.option("--exit-zero", is_flag=True, help="Exit with 0 whatever was found.")
fdr = click.option(
    "--fdr",
    metavar="SHARE",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    default=0.1,
    show_default=True,
    callback=options.configured(lambda config: config.audit.fdr),
    help="The share of findings that may be chance: less says less, and is surer of it.",
)


def audit_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that audit and check share."""
    command = email_options(command)
    for option in (
        options.color,
        options.verbose,
        options.output,
        options.format_option(render.NAMES),
        exit_zero,
        fail_on,
        fdr,
        options.cluster,
        options.jobs,
        click.option("--profile", metavar="FILE", help="Thresholds of your own, as TOML: calltrace explain lists them."),
        click.option("--now", metavar="T", help="When the audit is made: nothing later is known."),
        options.mapping,
        options.year,
        options.tz,
        options.end,
        options.start,
    ):
        command = option(command)
    return command


@click.command("audit", short_help="Look at every account, before anyone complains.")
@options.paths
@audit_options
def command(paths: tuple[str, ...], **chosen: Any) -> int:
    """Say what went wrong at any account: cause, how sure, how bad, since when, and what to do next.

    PATH is a file or a folder of logs. Without --from and --to all of the records are audited, each part of
    them held against the rest. What many accounts share is one incident. Exits with 1 where something was found.

    \b
    Examples:
      calltrace audit logs/ --from yesterday --to yesterday
      calltrace audit logs/ --from 2026-10-01 --fail-on high --format json | jq '.findings[].summary'
    """  # noqa: D301 -- click wants the very character
    return run(paths, checks=None, name="audit", **chosen)


@click.command("check", short_help="Run one check of the audit over every account.")
@click.argument("check", metavar="CHECK", type=options.LazyChoice("calltrace.diagnosis.audit.screens:NAMES"))
@options.paths
@audit_options
def check_command(check: str, paths: tuple[str, ...], **chosen: Any) -> int:
    """Ask one question of every account, as the audit asks it.

    CHECK is outage, trunks, everybody, cutoff, surge, ring, hold, abandonment, silence, busy, announcement, nuisance,
    losses, dispatch or bill. Exits with 1 where something was found, with 3 where the records are not enough to ask.

    \b
    Examples:
      calltrace check silence logs/ --from "fri 17:00" --to "mon 9:00"
      calltrace check dispatch logs/ --from yesterday --to yesterday --format json
    """  # noqa: D301 -- click wants the very character
    return run(paths, checks=(check,), name="check", **chosen)


@contextmanager
def records_read(paths: tuple[str, ...], **asked: Any) -> Iterator[Case | Kept]:
    """Read the logs, or keep them in a store where they are too many to be held."""
    from calltrace.cli.complete import remember
    from calltrace.config.large import records
    from calltrace.report import privacy
    from calltrace.tables.case import Case

    with records(paths, options.settings(), **asked) as found:
        if isinstance(found, Case):
            remember(found)
            privacy.learn(found)
        else:
            privacy.learn_callers(found.callers())
        yield found


def run(
    paths: tuple[str, ...],
    *,
    checks: tuple[str, ...] | None,
    name: str,
    start: str | None,
    end: str | None,
    tz: str | None,
    year: int | None,
    mapping: str | None,
    now: str | None,
    profile: str | None,
    jobs: int | None,
    cluster: str | None,
    fdr: float,
    fail_on: str,
    exit_zero: bool,
    format_name: str,
    output: str | None,
    verbose: bool,
    color: str,
    mailing: Mailing,
) -> int:
    """Audit, lay out, mail, and return the exit code."""
    from calltrace.cli.progress import bar
    from calltrace.diagnosis.audit import audit_case
    from calltrace.diagnosis.engine import engine
    from calltrace.report.audit import at_least, audit_report_of

    with (
        engine(jobs, cluster) as chosen,
        bar("Reading the logs", remaining=False) as progress,
        records_read(paths, tz=tz, mapping=mapping, year=year, start=start, end=end, now=now, progress=progress,
                 here=not cluster or cluster == "local") as records,
    ):
        found = audit_case(records, start=start, end=end, fdr=fdr, checks=checks, profile=options.profile(profile), now=now,
                           engine=chosen, progress=progress, charts=bool(mailing) or format_name in render.DRAWN)
    report = remembered_audit(audit_report_of(found, command=name))
    results.emit(render.get(format_name)(report, **results.layout(color, output, verbose=verbose)), output)
    if report.unasked:
        click.echo(f"Error: not asked for want of records: {'; '.join(report.unasked)}. Nobody is clear of it.", err=True)
    sent = True
    if mailing:
        from calltrace.report.mail.compose import of_audit

        sent = mailing.deliver(of_audit(report, made_by=command_line())).done
    if report.unasked or not sent:
        return Exit.INPUT if report.unasked else Exit.UNSENT
    troubled = report.feed or at_least(report.findings, fail_on)
    return Exit.FINDINGS if troubled and not exit_zero else Exit.OK
