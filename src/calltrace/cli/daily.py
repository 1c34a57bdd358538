"""``calltrace daily``: yesterday, for cron; quiet where nothing is wrong."""

from __future__ import annotations

import os
import re
import sys
import time
import traceback
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from calltrace.cli import ledgers, options, results
from calltrace.cli.exits import NO_ROOM, Exit, failure_of
from calltrace.cli.ledgers import remembered_audit
from calltrace.cli.mail_options import Delivery, Mailing, command_line, email_options
from calltrace.diagnosis.profile import SEVERITIES
from calltrace.errors import CalltraceError, InputError, UsageError
from calltrace.report import render

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    import pandas as pd

    from calltrace.desk.daily import Daily
    from calltrace.desk.ledger.history import Due
    from calltrace.diagnosis.audit.looking import Progress
    from calltrace.diagnosis.engine import Engine
    from calltrace.report.daily import DailyReport
    from calltrace.report.mail.message import Mail
    from calltrace.tables.case import Case


NOTED = "calltrace.noted"
"""Says in a context that the run has its line in the log."""


class Noted(click.Command):
    """A command whose runs are all in the log: also those that ended with the command line or the configuration."""

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """Read the command line; write down that it was wrong."""
        log = next((b for a, b in pairwise(args) if a == "--log"), None)
        log = log or next((a.partition("=")[2] for a in args if a.startswith("--log=")), None)
        try:
            return super().make_context(info_name, args, parent, **extra)
        except (click.ClickException, CalltraceError) as error:
            said = error.format_message() if isinstance(error, click.ClickException) else str(error)
            _Run(command_line(parent), Mailing(), log).note(exit=Exit.USAGE, failed=said)
            raise

    def invoke(self, ctx: click.Context) -> Any:
        """Run it; write down what ended it before its own line was, as a mail server that nobody named."""
        try:
            return super().invoke(ctx)
        except (click.ClickException, CalltraceError) as error:
            if NOTED not in ctx.meta:
                code = error.exit_code if isinstance(error, click.ClickException) else Exit.INPUT
                code = Exit.USAGE if isinstance(error, UsageError) else code
                said = error.format_message() if isinstance(error, click.ClickException) else str(error)
                _Run(command_line(ctx), Mailing(), ctx.params.get("log")).note(exit=code, failed=said)
            raise


@click.command("daily", cls=Noted, short_help="Audit yesterday: for cron, quiet where nothing is wrong.")
@options.paths
@click.option("--day", metavar="T", default="yesterday", show_default=True, help="The day to audit, in the service's zone.")
@options.tz
@options.year
@options.mapping
@click.option("--now", metavar="T", help="When the morning is: nothing later is known. Now by default.")
@click.option("--profile", metavar="FILE", help="Thresholds of your own, as TOML: calltrace explain lists them.")
@click.option(
    "--fdr",
    metavar="SHARE",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    help="The share of findings that may be chance; else the configuration's, else 0.1.",
)
@click.option(
    "--fail-on",
    type=click.Choice(SEVERITIES),
    help="Tell only findings at least this bad; else the configuration's, else low.",
)
@click.option("--exit-zero", is_flag=True, help="Exit with 0 where there are findings; a day in the dark still exits with 3.")
@options.jobs
@options.cluster
@options.format_option(render.NAMES)
@options.output
@options.verbose
@options.color
@click.option("--email-always", is_flag=True, help="Mail a clean day too: no mail then means that nothing ran.")
@click.option(
    "--log",
    metavar="FILE",
    type=click.Path(dir_okay=False),
    help="Where to write a line on this run; else calltrace.log in the state folder.",
)
@email_options
def command(paths: tuple[str, ...], *, log: str | None, mailing: Mailing, **chosen: Any) -> int:
    """Audit yesterday, and say only what is wrong.

    Nothing wrong, nothing that ended, and nothing due in the ledger: nothing is printed, and it exits with 0. Findings: the
    report, and 1; a finding that goes on from the day before is told as going on, one that is acknowledged (calltrace ack)
    stays quiet. Records that end too early, hold no call of the day or far fewer of everybody than usual, or can't be
    read: said on standard error and in the mail, and 3. A mail that could not be sent is kept, and makes it 4.

    \b
    Examples:
      calltrace daily /var/log/asterisk --tz America/New_York
      calltrace daily --email desk@example.com,boss@example.com
      0 6 * * *  calltrace daily --email          (with a configuration, in crontab)
    """  # noqa: D301 -- click wants the very character
    mailing = replace(mailing, quiet=not sys.stderr.isatty())  # cron mails what is said: what went well is in the log
    run = _Run(command_line(), mailing, log)
    try:
        return _morning(run, paths, mailing=mailing, **chosen)
    except (KeyboardInterrupt, click.Abort, SystemExit) as ended:  # SystemExit: by a signal, as systemd ends a service
        code = ended.code if isinstance(ended, SystemExit) else Exit.INTERRUPTED
        run.note(exit=code, day=chosen["day"], failed="broken off")
        raise
    except (CalltraceError, click.ClickException, BrokenPipeError):
        raise
    except Exception as error:  # noqa: BLE001 -- whatever it is: Python's exit code for it is 1, which means findings
        return run.surprised(error, *_named(chosen["day"], chosen["now"], chosen["tz"]))


def _morning(
    run: _Run,
    paths: tuple[str, ...],
    *,
    day: str,
    tz: str | None,
    year: int | None,
    mapping: str | None,
    now: str | None,
    profile: str | None,
    fdr: float | None,
    fail_on: str | None,
    exit_zero: bool,
    jobs: int | None,
    cluster: str | None,
    format_name: str,
    output: str | None,
    verbose: bool,
    color: str,
    email_always: bool,
    mailing: Mailing,
) -> int:
    from calltrace.cli.progress import bar
    from calltrace.diagnosis.engine import engine
    from calltrace.report.daily import late_said, missed_said
    from calltrace.report.mail import compose

    began = time.monotonic()
    try:
        with engine(jobs, cluster) as chosen, bar("Reading the logs", remaining=False) as progress:
            case = _read(paths, day=day, now=_asked(now, tz), tz=tz, mapping=mapping, year=year, progress=progress)
            asked = _asked(now, tz or case.zone)  # the words are meant in the service's zone, now that it is known
            daily, report = _audited(
                case, day=day, now=asked, fdr=fdr, profile=profile, fail_on=fail_on, engine=chosen, progress=progress,
                rehearsed=now is not None or bool(os.environ.get(options.NOW)),
            )
    except CalltraceError as error:
        subject = f"{_day_said(day, now, tz)} could not be audited: {error.saw}"
        sent = run.mail(compose.of_failure(subject, [str(error)], made_by=run.made_by))
        code = Exit(failure_of(error).exit_code)
        if code is not Exit.USAGE and (output or format_name != "terminal"):  # else yesterday's file would pass for today's
            _unaudited(str(error), format_name, output, day=day, now=now, tz=tz, verbose=verbose, color=color)
        took = f"{time.monotonic() - began:.1f}s"
        run.note(exit=code, day=_day(day, now, tz) or day, failed=str(error), mail=sent.said, took=took)
        raise
    unwritten = _written(report, format_name, output, mailed=bool(mailing), verbose=verbose, color=color)
    run.told = unwritten is None
    for why in (*report.dark, *([report.forgotten] if report.forgotten else [])):
        click.echo(f"Error: {_visible(why)}", err=True)
    warnings = [
        report.unfinished, report.renamed, report.missed and missed_said(report.missed), report.late and late_said(report.late)]
    for warning in filter(None, warnings):
        click.echo(f"Warning: {_visible(str(warning))}", err=True)
    news = bool(
        report.findings or report.dark or report.forgotten or report.ended or report.undone or report.late or report.missed
        or _waiting(report) or email_always)
    sent = run.mail(compose.of_audit(report, made_by=run.made_by)) if news and mailing else Delivery()
    if not news:
        mailing.take_along()
    if mailing.to_file and not news:
        click.echo("mail: nothing is wrong, so nothing is mailed; --email-always mails a clean day too", err=True)
    read = unwritten is None or (news and mailing and not mailing.to_file and sent.done)  # what nobody has read was not told
    unkept = _unkept(daily) if read and not report.forgotten else None
    code = _code(report, sent, exit_zero=exit_zero)
    failed = report.forgotten or (str(unkept) if unkept else None)
    if unwritten is not None:
        code = Exit(getattr(unwritten, "exit_code", Exit.BROKEN_PIPE))
        failed = getattr(unwritten, "message", "the reader of the output went away")
    elif unkept is not None:
        code = Exit.INPUT
    run.note(exit=code, **_counted(report), mail=sent.said, took=f"{time.monotonic() - began:.1f}s", failed=failed)
    wrong = unwritten or unkept
    if wrong is not None:
        raise wrong
    return code


def _waiting(report: DailyReport) -> Sequence[Due]:
    """Return what the ledger has due."""
    return report.ledger.due if report.ledger else ()


def _written(
    report: DailyReport, format_name: str, output: str | None, *, mailed: bool, verbose: bool, color: str
) -> click.ClickException | BrokenPipeError | None:
    """Write the report where there is something to say; return what kept it from being written.

    That something ended is said where no mail says it. A full disk must not keep the mail from those who wait for it.
    """
    over = (report.ended or report.undone) and not mailed
    if not (report.findings or report.dark or report.forgotten or _waiting(report) or over or output):
        return None
    text = render.get(format_name)(report, **results.layout(color, output, verbose=verbose))
    try:
        results.emit(text, output)
    except (click.ClickException, BrokenPipeError) as error:
        return error
    return None


def _unaudited(
    why: str, format_name: str, output: str | None, *, day: str, now: str | None, tz: str | None, verbose: bool, color: str
) -> None:
    """Write the document of a day that could not be audited; that it can't be written either is said beside the reason."""
    from calltrace.report.daily import unaudited
    from calltrace.report.report import Window

    if (which := _edges(day, now, tz)) is None:
        return
    when, start, end, zone = which
    report = unaudited(when, Window(start.to_pydatetime(), end.to_pydatetime()), zone, why)
    try:
        results.emit(render.get(format_name)(report, **results.layout(color, output, verbose=verbose)), output)
    except click.ClickException as error:
        click.echo(f"Error: {_visible(error.format_message())}", err=True)


def _counted(report: DailyReport) -> dict[str, Any]:
    """Return what the log's line says of a morning, in its order; None is left out."""
    return {
        "day": report.day,
        "findings": len(report.findings),
        "new": report.news,
        "acknowledged": len(report.acknowledged),
        "ended": report.over,
        "doubtful": report.doubtful or None,
        "dark": len(report.dark) or None,
        "missed": len(report.missed) or None,
        "overdue": sum(d.overdue for d in _waiting(report)) or None,
        "worst": report.findings[0].severity if report.findings else None,
        "accounts": len(report.accounts),
        "calls": report.offered,
        "read": sum(1 for i in report.inputs if i.table),
        "rows": sum(i.rows for i in report.inputs),
        "left_out": sum(i.left_out for i in report.inputs),
    }


class _Run:
    """What one run leaves behind: a mail, and a line in the log."""

    def __init__(self, made_by: str, mailing: Mailing, log: str | None) -> None:
        self.made_by, self.mailing, self.log = made_by, mailing, log
        self.told = False  # whether the day is audited, and its report put out

    def mail(self, mail: Mail) -> Delivery:
        """Send it; what goes wrong with that must not keep the rest from being said."""
        try:
            return self.mailing.deliver(mail)
        except (CalltraceError, OSError, click.ClickException) as error:
            click.echo(f"Error: {_visible(str(error))}", err=True)
            return Delivery(done=False, said="failed")

    def surprised(self, error: Exception, day: str, said: str) -> Exit:
        """Say that calltrace itself went wrong, or its disk: on standard error whole, in the mail and the log in a line.

        ``day`` names the day in the log, ``said`` in the mail: tomorrow's failure is another mail, though all else is the same.
        """
        from calltrace.report.mail import compose

        no_room = isinstance(error, OSError) and error.errno in NO_ROOM
        what = f"{type(error).__name__}: {error}"
        if no_room:
            click.echo(f"Error: {_visible(what)}", err=True)
        else:
            traceback.print_exc()
        blame = "the disk refused what was to be written" if no_room else "calltrace itself went wrong"
        mend = (
            "This is no fault of the records: make room where calltrace writes (its state folder, the output, the"
            " temporary folder), then make up for the day with --day."
            if no_room
            else "This is a fault of calltrace, not of the records. The run's standard error has all of it."
        )
        told = ["The day itself was audited: the run's output has the report."] if self.told else []
        subject = f"{said} was audited, but then {blame}" if self.told else f"{said} was not audited: {blame}"
        sent = self.mail(compose.of_failure(subject, [what, *told, mend], made_by=self.made_by))
        code = Exit.UNWRITTEN if no_room else Exit.BUG
        self.note(exit=code, day=day, failed=what, mail=sent.said)
        return code

    def note(self, **values: object) -> None:
        """Write the line; a log that can't be written is said, and no reason to fail."""
        from calltrace import __version__
        from calltrace.desk import runlog, state
        from calltrace.report.privacy import guard

        context = click.get_current_context(silent=True)
        if context is not None:
            context.meta[NOTED] = True  # also where it can't be: that is said once
        try:
            path = Path(self.log) if self.log else state.folder() / "calltrace.log"
            at = _clock().astimezone()
            values["exit"] = int(str(int(values["exit"])))  # type: ignore[call-overload]
            runlog.append(path, guard(runlog.line(at, "daily", values | {"version": __version__, "by": self.made_by})))
        except (OSError, CalltraceError) as error:
            click.echo(f"Warning: the log can't be written: {_visible(str(error))}", err=True)


def _clock() -> datetime:
    """Return the present for the log, which has a line also where what was said of the present is none."""
    try:
        return ledgers.now()
    except click.ClickException:
        return datetime.now(UTC).replace(microsecond=0)


def _day_said(day: str, now: str | None, tz: str | None) -> str:
    """Return the day by its name where it can be told; else as it was said, and when: no two mornings are one mail."""
    which = _day(day, now, tz)
    asked = _clock().astimezone()
    return f"{which:%a} {which.day} {which:%b}" if which else f"{day}, asked on {asked:%a} {asked.day} {asked:%b},"


def _named(day: str, now: str | None, tz: str | None) -> tuple[str, str]:
    """Return the day for the log and for a mail, whatever it is that went wrong."""
    try:
        return str(_day(day, now, tz) or day), _day_said(day, now, tz)
    except Exception:  # noqa: BLE001 -- perhaps this very thing
        return day, f"{day}, asked on {_clock():%Y-%m-%d},"


def _day(day: str, now: str | None, tz: str | None) -> date | None:
    """Return the day that is meant, None where that can't be told."""
    which = _edges(day, now, tz)
    return which[0] if which else None


def _edges(day: str, now: str | None, tz: str | None) -> tuple[date, pd.Timestamp, pd.Timestamp, str] | None:
    """Return the day that is meant, its edges and the zone they are of, None where that can't be told."""
    from calltrace.desk.daily import day_of
    from calltrace.tables.times import machine_zone

    zone = tz or options.settings().service.zone or machine_zone()
    try:
        return (*day_of(day, zone, _asked(now, tz)), zone)
    except CalltraceError:
        return None


def _asked(now: str | None, tz: str | None) -> pd.Timestamp:
    """Return when the morning is: as said, else the clock's."""
    import pandas as pd

    from calltrace.tables import times
    from calltrace.tables.when import parse_when

    clock = pd.Timestamp(ledgers.now())
    if now is None:
        return clock
    zone = tz or options.settings().service.zone or times.machine_zone()
    return parse_when(now, zone, clock, end=True, option="--now")


def _read(
    paths: tuple[str, ...], *, day: str, now: pd.Timestamp, tz: str | None, mapping: str | None, year: int | None,
    progress: Progress,
) -> Case:
    """Read the day and what it is held against; logs too large to be held go through a store of their own."""
    from calltrace.cli.audit import records_read
    from calltrace.config.cases import load
    from calltrace.report import privacy
    from calltrace.tables.case import Case

    at = now.isoformat()
    try:
        with records_read(
            paths, tz=tz, mapping=mapping, year=year, start=day, end=day, now=at, progress=progress
        ) as found:
            if isinstance(found, Case):
                return found
            return privacy.learn(load([found.url], options.settings(), tz=tz, start=day, end=day, now=at, coded=True))
    except UsageError as error:  # of the words, a store's reader knows no more than that they bound something
        saw = re.sub(r"^--(from|to) is ", "--day is ", error.saw)
        raise UsageError(saw, expected=error.expected, fix=error.fix) from error


def _audited(
    case: Case, *, day: str, now: pd.Timestamp, fdr: float | None, profile: str | None, fail_on: str | None,
    engine: Engine, progress: Progress, rehearsed: bool,
) -> tuple[Daily, DailyReport]:
    from calltrace.desk.acks import Memory
    from calltrace.desk.daily import daily_case
    from calltrace.intake import ahead
    from calltrace.report.daily import daily_report_of

    configured = options.settings()
    memory = Memory(service=configured.service.name)
    daily = daily_case(
        case,
        memory,
        day=day,
        now=now,
        fdr=configured.audit.fdr if fdr is None else fdr,
        profile=options.profile(profile),
        engine=engine,
        progress=progress,
    )
    for one in () if rehearsed else ahead.files(case.sources, now.to_pydatetime()):
        if one.misread:  # then it is another day that was judged
            daily = replace(daily, dark=(*daily.dark, one.says))
        else:
            click.echo(f"Warning: {_visible(one.says)}", err=True)
    report = remembered_audit(daily_report_of(daily), now.to_pydatetime())
    least = SEVERITIES.index(fail_on or configured.audit.fail_on or "low")
    kept = [n for n, t in enumerate(report.findings) if SEVERITIES.index(t.severity) >= least]
    lesser = len(report.findings) - len(kept)
    notes = (f"{lesser} findings below {SEVERITIES[least]} are not told", *report.notes) if lesser else report.notes
    return daily, replace(
        report,
        findings=tuple(report.findings[n] for n in kept),
        standings=tuple(report.standings[n] for n in kept),
        notes=notes,
    )


def _unkept(daily: Daily) -> InputError | None:
    """Keep the morning, and return why it can't be kept; last of all, so that one that broke off is told again."""
    from calltrace.desk.acks import Memory

    try:
        Memory(service=options.settings().service.name).keep(daily.morning)
    except InputError as error:
        return InputError(error.saw, fix=f"{error.fix} What was told now is told as new again tomorrow.")
    return None


def _code(report: DailyReport, sent: Delivery, *, exit_zero: bool) -> Exit:
    if report.dark or report.forgotten:
        return Exit.INPUT
    if not sent.done:
        return Exit.UNSENT
    return Exit.FINDINGS if report.findings and not exit_zero else Exit.OK


def _visible(text: str) -> str:
    from calltrace.report.privacy import guard
    from calltrace.tables.text import visible

    return visible(guard(text))
