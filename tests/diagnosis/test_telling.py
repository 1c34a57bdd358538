"""The window of an answer: the trouble's, and not that of what came of it."""

from __future__ import annotations

import pandas as pd
import pytest

from calltrace.diagnosis import causes, checks
from calltrace.diagnosis.diagnosis import Bearing, Ranked
from calltrace.diagnosis.evidence import Evidence, Outcome
from calltrace.diagnosis.telling import trouble
from checks.floor import TROUBLE, WINDOW
from support import at, case, scene, steady

REFUSED = (at(21, 11), at(21, 11.25))


def window_of(cause: str, **spans: tuple[pd.Timestamp, pd.Timestamp]) -> tuple[pd.Timestamp, pd.Timestamp]:
    """The window of an answer that names a cause, for which these facets were found at these times."""
    found = [
        Evidence(facet.replace("_", "-"), Outcome.FOUND, "", start=start, end=end) for facet, (start, end) in spans.items()]
    ranked = Ranked(cause, "", "client", 0.99, tuple(Bearing(e.facet, "", "", 1.0) for e in found), (), ())
    return trouble(scene(case(steady("1", days=22, every_min=120)), "1", *WINDOW), (ranked,), found)


def test_a_surge_lasts_as_long_as_its_callers_come_and_not_as_they_are_refused() -> None:
    assert window_of("own-surge", refused_busy=REFUSED, own_surge=TROUBLE) == TROUBLE


def test_too_few_agents_are_not_over_while_nobody_happens_to_hang_up() -> None:
    assert window_of("understaffed", abandoned_more=REFUSED, fewer_agents=TROUBLE, waits_rose=WINDOW) == TROUBLE


def test_of_a_silence_the_narrowest_is_the_trouble() -> None:
    assert window_of("number-down", account_silent=TROUBLE, number_tests_failed=REFUSED) == REFUSED


def test_without_the_facet_that_tells_it_the_narrowest_is() -> None:
    assert window_of("own-surge", refused_busy=REFUSED, waits_rose=TROUBLE) == REFUSED


@pytest.mark.parametrize("cause", causes.NAMES)
def test_what_tells_how_long_a_cause_lasted_speaks_for_it(cause: str) -> None:
    one = causes.get(cause)
    facets = {f.name for name in checks.NAMES for f in checks.get(name).facets}
    assert not one.lasted or (one.lasted in facets and one.lasted in {s.facet for s in one.signs if s.found == "for"})
