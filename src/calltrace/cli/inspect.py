"""``calltrace inspect``: what every file was taken for, before anything is concluded from it."""

from __future__ import annotations

import click

from calltrace.cli import options


@click.command("inspect", short_help="Say what each file is, and what is wrong or missing.")
@options.paths
@options.tz
@options.format_option(("terminal", "json"))
@options.verbose
@options.color
def command(paths: tuple[str, ...], tz: str | None, format_name: str, verbose: bool, color: str) -> None:
    """Say what each file is, how it was recognised, how far it reaches, and what is wrong or missing.

    PATH is a file or a folder of logs; - reads standard input. Nothing is concluded: this shows what a
    conclusion would stand on. Without any calls the exit code is 3.

    \b
    Examples:
      calltrace inspect logs/
      calltrace inspect logs/ --format json | jq '.files[] | [.path, .table, .rows, .left_out]'
    """  # noqa: D301 -- click wants the very character
    from calltrace.intake.load import gather, require_calls
    from calltrace.intake.quality import feed
    from calltrace.report import inspection

    case = gather(paths, tz=tz)
    judged = feed(case)
    if format_name == "json":
        options.emit(inspection.to_json(case, judged), None)
    elif any(source.format for source in case.sources):
        options.emit(inspection.to_text(case, judged, **options.layout(color, None, verbose=verbose)), None)  # type: ignore[arg-type]
    require_calls(case)
