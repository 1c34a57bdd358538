"""A seeded answering service: for samples, tests, calibration, benchmarks and training.

Callers, clients who forward their lines (or don't), trunks, path limits, announcements, agents on shifts,
messages and on-call rosters are simulated as physics; every cause calltrace knows can be put in as an
intervention, and the truth comes with the records. Names are imported when first used, so that naming a cause
brings in no pandas.

>>> from calltrace import simulate
>>> played = simulate.scenario("lines-not-forwarded", seed=4)
>>> played.true_cause()
'lines-not-forwarded'
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from calltrace.simulate.plan import PARTIES

if TYPE_CHECKING:
    from calltrace.simulate.asterisk import write_asterisk as write_asterisk
    from calltrace.simulate.generic import write as write
    from calltrace.simulate.service import Spec as Spec
    from calltrace.simulate.service import World as World
    from calltrace.simulate.service import build as build
    from calltrace.simulate.worlds import scenario as scenario
    from calltrace.simulate.worlds import world as world

CAUSES = tuple(PARTIES)
SIZES = ("tiny", "small", "medium", "large", "huge")

_WHERE = {
    "Spec": "service",
    "World": "service",
    "build": "service",
    "scenario": "worlds",
    "world": "worlds",
    "write": "generic",
    "write_asterisk": "asterisk",
}

__all__ = ["CAUSES", "SIZES", "Spec", "World", "build", "scenario", "world", "write", "write_asterisk"]


def __getattr__(name: str) -> object:
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = getattr(import_module(f"{__name__}.{_WHERE[name]}"), name)
    globals()[name] = found
    return found
