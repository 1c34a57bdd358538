"""A bar on standard error for what takes longer than two seconds; nothing where that is no terminal."""

from __future__ import annotations

import sys
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

AFTER_S = 2.0

_began: list[float] = []
"""When the command's first bar was asked for: what comes after it has waited with it."""


@contextmanager
def bar(
    what: str = "Working", *, after_s: float = AFTER_S, remaining: bool = True
) -> Iterator[Callable[[str, float, float], None]]:
    """Give a function to call with what is being done, how much of it is done, and how much there is.

    Nothing is shown before the command has run for ``after_s``, and nothing at all where standard error is no terminal;
    then ``what`` is shown, whether anything was told or not. The bar is gone once the work is. ``remaining`` adds how
    long it will take, for work whose parts are alike.
    """
    if not sys.stderr.isatty():
        yield lambda _what, _done, _of: None
        return
    if not _began:
        _began.append(time.monotonic())
    shown = _Shown(what, remaining=remaining)
    timer = threading.Timer(max(0.0, after_s - (time.monotonic() - _began[0])), shown.start)
    timer.daemon = True
    timer.start()
    try:
        yield shown.tell
    finally:
        timer.cancel()
        shown.stop()


class _Shown:
    """A bar that may not be there yet: it is begun by a timer, in a thread of its own."""

    def __init__(self, what: str, *, remaining: bool) -> None:
        self._state: tuple[str, float, float | None] = (what, 0.0, None)
        self._remaining = remaining
        self._began = time.monotonic()
        self._lock = threading.Lock()
        self._over = False
        self._bar: Any = None

    def start(self) -> None:
        """Show it, unless the work is done."""
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

        ahead = (TextColumn("elapsed,"), TimeRemainingColumn(), TextColumn("to go"))
        with self._lock:
            if self._over:
                return
            self._bar = Progress(
                TextColumn("{task.description}"),
                BarColumn(),
                TimeElapsedColumn(),
                *(ahead if self._remaining else (TextColumn("elapsed"),)),
                console=Console(file=sys.stderr, stderr=True),
                transient=True,
                get_time=lambda: time.monotonic() - self._began,
            )
            what, done, of = self._state
            self._bar.add_task(what, completed=done, total=of)
            self._bar.tasks[0].start_time = 0.0  # when the work began, not when it was shown
            self._bar.start()

    def tell(self, what: str, done: float, of: float) -> None:
        """Note how far the work is, and show it where it is shown."""
        self._state = (what, done, of or None)
        if self._bar is not None:
            self._bar.update(self._bar.task_ids[0], description=what, completed=done, total=of or None)

    def stop(self) -> None:
        """Take it away."""
        with self._lock:
            self._over = True
            if self._bar is not None:
                self._bar.stop()
