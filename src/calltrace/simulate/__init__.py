"""A seeded answering service: for samples, tests, calibration, benchmarks and training.

Callers, clients who forward their lines (or don't), trunks, path limits, announcements, agents on shifts,
messages and on-call rosters are simulated as physics; every cause calltrace knows can be put in as an
intervention, and the truth comes with the records.

>>> from calltrace import simulate
>>> played = simulate.scenario("lines-not-forwarded", seed=4)
>>> played.true_cause()
'lines-not-forwarded'
"""

from __future__ import annotations

from calltrace.simulate.asterisk import write_asterisk
from calltrace.simulate.plan import PARTIES
from calltrace.simulate.service import Spec, World, build, scenario, world
from calltrace.simulate.write import write

CAUSES = tuple(PARTIES)

__all__ = ["CAUSES", "Spec", "World", "build", "scenario", "world", "write", "write_asterisk"]
