"""Work for the tests of the engines: in a module of its own, for the workers of a cluster import it by name."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path


def times(shared: int, item: int) -> int:
    return shared * item


def slowly(shared: float, item: int) -> int:
    time.sleep(shared)
    return item


def times_but_die_once(shared: tuple[int, str], item: int) -> int:
    """Kill the worker that comes by item 8 first, in the middle of its work."""
    factor, marker = shared
    if item == 8 and not Path(marker).exists():
        Path(marker).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(0.01)
    return factor * item


def always_die(_shared: int, _item: int) -> int:
    os.kill(os.getpid(), signal.SIGKILL)
    return 0


def times_but_die_at_three(shared: tuple[int, int], item: int) -> int:
    """Work, but in any other process than the one named die at the third item."""
    factor, home = shared
    if item == 3 and os.getpid() != home:
        os.kill(os.getpid(), signal.SIGKILL)
    return factor * item


def whose(_shared: object, item: int) -> tuple[int, int]:
    """Say which process worked at an item."""
    return os.getpid(), item
