"""How sure a finding is of being right: that it is something at all, and that it is this.

The investigation says how likely its cause is where somebody complains; but nobody complained of a finding. It was looked
for among all accounts and days, by a screen that chance passes now and then, and some troubles chance imitates better
than others: a quiet morning looks like lines forwarded late, failed test calls like nothing else. And where
nothing else is wrong, this is likelier nothing as well: how many troubles a service has differs far more from service to
service, and from week to week, than chance explains. So the cause's probability, the chance that the screen's candidate
is a false one, the calls at stake, the cause itself and how many troubles the audit found beyond doubt are weighed
against each other by a logistic regression, that of silences apart: nothing is left of a call that never came, so that
chance imitates them best; ``tools/calibrate_audit.py`` fits it on simulated services, and
``benchmarks/audit_recall.py`` measures it on others.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import field
from functools import cache
from importlib import resources
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from calltrace.classes import dataclass

Floats: TypeAlias = NDArray[np.float64]

LEAST_ODDS, MOST_ODDS = 0.01, 0.9999
"""Probabilities are taken to lie within: beyond, the investigation knows no more."""

Row: TypeAlias = tuple[str, float, float, float, float]
"""A finding as the fit sees it: cause, probability, chance, calls, share."""

SILENT = frozenset({
    "lines-not-forwarded", "some-lines-not-forwarded", "lines-forwarded-late", "lines-released-early", "number-down"})
"""Verdicts on the silence of one account or number."""

FAMILIES = ("silence", "others")

TROUBLE = "trouble"
"""The fit of how likely a silence is a trouble at all, whatever its cause. While a silence goes on the records seldom settle
who has to answer for it; that calls are being lost may be plain all the same."""

FEATURES = ("probability", "real", "calls", "others")
"""What is weighed beside the cause: log-odds of the cause and of the candidate being no chance, log of the calls at stake,
and log of how much more often than usual the service has troubles. How long a silence lasted, how many calls a day are usual
and how rare chance makes it add nothing to these."""

LEAST_CHANCE = 1e-9
"""Chance below which a candidate is no likelier to be a trouble: how people call is not known so well."""

LEAST_CALLS = 1.0
"""Calls that a finding concerns at least: a bill that longer calls raised harmed none that could be counted."""

USUAL_SHARE = 1e-3
"""Troubles an account-day of an ordinary service, and"""

USUAL_DAYS = 1000.0
"""account-days' worth of trust in that."""

SPREAD = 1.5
"""Standard deviation of what is fitted about none at all, in log-odds: a cause seldom seen stays near the others."""


@dataclass(frozen=True)
class Fit:
    """The regression: ``base`` and ``causes`` in log-odds, ``slopes`` by feature."""

    base: float
    slopes: Mapping[str, float]
    causes: Mapping[str, float] = field(default_factory=dict)

    def stated(
        self, cause: str, probability: float, chance: float, calls: float, share: float = USUAL_SHARE,
    ) -> float:
        """Return the probability that a finding is right: no higher than the investigation has it.

        Parameters
        ----------
        probability : float
            Of its cause, by the investigation.
        chance : float
            That its candidate is a false alarm (the local false discovery rate).
        calls : float
            Lost and harmed.
        share : float
            Troubles an account-day that the rest of the audit shows (:func:`share_of`).
        """
        return min(probability, self.likely(cause, probability, chance, calls, share))

    def likely(self, cause: str, probability: float, chance: float, calls: float, share: float) -> float:
        """Return the same, as high as the fit has it."""
        weighed = zip(FEATURES, features(probability, chance, calls, share), strict=True)
        odds = self.base + self.causes.get(cause, 0.0) + sum(self.slopes.get(n, 0.0) * v for n, v in weighed)
        return 1.0 / (1.0 + math.exp(-odds))


def family(cause: str) -> str:
    """Return which of the :data:`FAMILIES` a cause is of."""
    return "silence" if cause in SILENT else "others"


def features(probability: float, chance: float, calls: float, share: float) -> tuple[float, float, float, float]:
    """Return the :data:`FEATURES` of a finding."""
    likely = min(max(chance, LEAST_CHANCE), 1.0 - LEAST_ODDS)
    return (_log_odds(probability), math.log((1.0 - likely) / likely), math.log1p(max(calls, LEAST_CALLS)),
            math.log(max(share, 1e-9) / USUAL_SHARE))


def share_of(others: int, account_days: float) -> float:
    """Return how many troubles an account-day a service has, of which so many others were found in these account-days.

    The mean of a gamma distribution: what an ordinary service has (:data:`USUAL_SHARE`), and what was found.
    """
    return (USUAL_SHARE * USUAL_DAYS + others) / (USUAL_DAYS + max(account_days, 0.0))


def _log_odds(share: float) -> float:
    kept = min(max(share, LEAST_ODDS), MOST_ODDS)
    return math.log(kept / (1.0 - kept))


@cache
def fitted() -> Mapping[str, Fit]:
    """Return the fits that come with calltrace, by family, and that of :data:`TROUBLE`."""
    data = json.loads((resources.files("calltrace.diagnosis.audit") / "confidence.json").read_text(encoding="utf-8"))
    return {name: Fit(**of) for name, of in data.items()}


def stated(
    cause: str, probability: float, chance: float, calls: float, share: float = USUAL_SHARE,
) -> float:
    """Return the probability that a finding is right, by the fit that comes with calltrace."""
    return fitted()[family(cause)].stated(cause, probability, chance, calls, share)


def trouble(blame: float, chance: float, calls: float, share: float = USUAL_SHARE) -> float:
    """Return the probability that a silence is a trouble at all, by the fit that comes with calltrace.

    Parameters
    ----------
    blame : float
        Probability of all its causes together that somebody has to answer for, by the investigation.
    chance, calls, share : float
        As for :meth:`Fit.stated`.
    """
    return fitted()[TROUBLE].likely("", blame, chance, calls, share)


def fit_families(findings: Sequence[Row], right: Sequence[bool]) -> dict[str, Fit]:
    """Fit the findings of each family by themselves (:func:`fit`)."""
    fits = {}
    for name in FAMILIES:
        own = [k for k, one in enumerate(findings) if family(one[0]) == name]
        fits[name] = fit([findings[k] for k in own], [right[k] for k in own])
    return fits


def fit(findings: Sequence[Row], right: Sequence[bool]) -> Fit:
    """Fit the regression on findings (cause, probability, chance, calls, share) known to be right or not.

    Maximum likelihood, drawn to none at all by :data:`SPREAD` (the base apart), by Newton's method. A slope that comes out
    negative is none: what makes a finding likelier can't make it doubtful.
    """
    names = sorted({f[0] for f in findings})
    truth = np.array(right, dtype=float)
    values = np.array([features(*f[1:]) for f in findings])
    dummies = np.array([[f[0] == n for n in names] for f in findings], dtype=float)
    kept = list(range(len(FEATURES)))
    while True:
        design = np.column_stack([np.ones(len(truth)), values[:, kept], dummies])
        weights = _newton(design, truth)
        bad = [k for k, w in zip(kept, weights[1 : 1 + len(kept)], strict=True) if w < 0]
        if not bad:
            break
        kept = [k for k in kept if k not in bad]
    slopes = {FEATURES[k]: round(float(w), 4) for k, w in zip(kept, weights[1:], strict=False)}
    causes = {n: round(float(w), 4) for n, w in zip(names, weights[1 + len(kept) :], strict=True)}
    return Fit(round(float(weights[0]), 4), slopes, causes)


def _newton(design: Floats, truth: Floats) -> Floats:
    pull = np.full(design.shape[1], SPREAD**-2)
    pull[0] = 1e-6
    weights = np.zeros(design.shape[1])
    for _ in range(60):
        said = 1.0 / (1.0 + np.exp(-np.clip(design @ weights, -30, 30)))
        slope = design.T @ (truth - said) - pull * weights
        step = np.linalg.solve((design.T * (said * (1.0 - said))) @ design + np.diag(pull), slope)
        weights += np.clip(step, -3, 3)
        if np.abs(step).max() < 1e-8:
            break
    return weights
