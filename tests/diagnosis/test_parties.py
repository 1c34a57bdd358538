"""Whose doing it was where no cause is settled: the parties' shares are said, not the likeliest single cause's party."""

from __future__ import annotations

import pytest

from calltrace.diagnosis import parties
from calltrace.diagnosis.diagnosis import Bearing, Ranked
from calltrace.diagnosis.evidence import Evidence, Outcome
from calltrace.diagnosis.telling import ruled_out


def ranked(**shares: float) -> tuple[Ranked, ...]:
    owners = {"down": "carrier", "late": "client", "early": "client", "few": "service", "quiet": "nobody"}
    found = [Ranked(n, n, owners[n], p, (), (), ()) for n, p in shares.items()]  # type: ignore[arg-type]
    return tuple(sorted(found, key=lambda r: -r.probability))


def test_another_partys_causes_together_outweigh_the_likeliest_one() -> None:
    causes = ranked(down=0.35, late=0.3, early=0.28, few=0.07)
    shares = parties.open_between(causes, "inconclusive")
    assert parties.said(shares) == "the client's doing (58 %) or the carrier's (35 %)"
    assert parties.nearest(causes, shares) == "Nearest is that late, or that down."


@pytest.mark.parametrize(
    ("causes", "wording"),
    [(ranked(down=0.5, late=0.25, early=0.2), "inconclusive"),  # the likeliest outweighs the other's together
     (ranked(down=0.35, late=0.3, early=0.3), "likely"),  # it is settled
     (ranked(late=0.4, early=0.3, down=0.3), "inconclusive"),  # the likeliest is of that party
     (ranked(down=0.4, quiet=0.5), "inconclusive"), ((), "inconclusive")],
)
def test_otherwise_the_likeliest_is_said(causes: tuple[Ranked, ...], wording: str) -> None:
    assert parties.open_between(causes, wording) == ()


def test_what_is_said_to_have_been_ruled_out_is_no_likely_cause() -> None:

    against = Bearing("silent-past-coverage", "the silence lasted 33 h", "", -2.0)
    likely = (("lines-not-forwarded", 0.5), ("lines-released-early", 0.19))
    causes = [Ranked(n, n, "client", p, (), (against,), ()) for n, p in likely]
    evidence = [Evidence("silent-past-coverage", Outcome.FOUND, "the silence lasted 33 h")]
    assert ruled_out(tuple(causes), evidence) == ()
