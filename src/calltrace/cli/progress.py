"""A bar on standard error for what takes longer than two seconds; nothing where that is no terminal."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

AFTER_S = 2.0


@contextmanager
def bar(*, after_s: float = AFTER_S) -> Iterator[Callable[[str, float, float], None]]:
    """Give a function to call with what is being done, how much of it is done, and how much there is.

    Nothing is shown before ``after_s`` have passed, and nothing at all where standard error is no terminal. The bar
    is gone once the work is.
    """
    if not sys.stderr.isatty():
        yield lambda _what, _done, _of: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    shown = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TimeElapsedColumn(),
        TextColumn("elapsed,"),
        TimeRemainingColumn(),
        TextColumn("to go"),
        console=Console(file=sys.stderr, stderr=True),
        transient=True,
    )
    began = time.monotonic()
    task = shown.add_task("", total=None)
    running = False

    def tell(what: str, done: float, of: float) -> None:
        nonlocal running
        if not running and time.monotonic() - began > after_s:
            shown.start()
            running = True
        shown.update(task, description=what, completed=done, total=of or None)

    try:
        yield tell
    finally:
        if running:
            shown.stop()
