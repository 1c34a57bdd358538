"""``calltrace explain``: what a name in a report means."""

from __future__ import annotations

import click

from calltrace.cli import complete, options, results


@click.command("explain", short_help="Say what a name in a report means.")
@click.argument("name", required=False, shell_complete=complete.explained)
@options.color
def command(name: str | None, color: str) -> None:
    """Explain a cause, check, complaint, metric, format, threshold, column or file; without NAME, list them all.

    \b
    Examples:
      calltrace explain lines-not-forwarded
      calltrace explain calls.queue_s
    """  # noqa: D301 -- click wants the very character
    from dataclasses import asdict

    from calltrace.report import explain
    from calltrace.report.render._explained import text_of

    shown = results.layout(color, None)
    pages = explain.pages()
    if name is None:
        named = [{"kind": p.kind, "name": p.name, "title": p.title} for p in pages]
        results.tell(text_of(explain.listing(pages), **shown), names=named)
        return
    found = explain.find(name, pages)
    if not found:
        near = explain.nearest(name, pages)
        hint = f" Did you mean {', '.join(near)}?" if near else " calltrace explain lists every name."
        raise click.UsageError(f"There is nothing called {name!r}.{hint}")
    results.tell(text_of(found, **shown), pages=[asdict(p) for p in found])
