"""How likely chance alone makes a count, a share or a mean, and how much that bears. Plain numpy, no frames.

Counts are negative binomial and shares beta-binomial: calls come in bursts, and a test that takes them for
independent cries wolf. Where the worst of many windows was picked, its chance is multiplied by the number of
windows that could have been picked (Bonferroni), so that looking longer proves nothing more.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from calltrace.diagnosis.evidence import Outcome

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

TINY = 1e-12


def counts_tail(k: float, mean: float, dispersion: float = 0.0) -> float:
    """Return P(K >= k) for a count of that mean whose variance is mean + dispersion·mean² (0: Poisson)."""
    k = math.ceil(k - 1e-9)
    if k <= 0:
        return 1.0
    if mean <= 0:
        return TINY**2
    if dispersion > 1e-9:
        size = 1.0 / dispersion
        chance = mean / (mean + size)
        first = (
            math.lgamma(k + size)
            - math.lgamma(size)
            - math.lgamma(k + 1.0)
            + size * math.log1p(-chance)
            + k * math.log(chance)
        )
    else:
        size, chance = math.inf, 0.0
        first = k * math.log(mean) - mean - math.lgamma(k + 1.0)
    spread = math.sqrt(mean + dispersion * mean * mean)
    more = int(min(200_000, 60 + max(0.0, mean - k) + 14 * spread + (20 / max(1e-3, 1 - chance))))
    j = np.arange(k, k + more, dtype=np.float64)
    ratios = (j + size) / (j + 1.0) * chance if math.isfinite(size) else mean / (j + 1.0)
    logs = np.concatenate(([0.0], np.cumsum(np.log(ratios)))) + first
    return float(min(1.0, np.exp(logs).sum()))


def share_tail(k: float, n: float, share: float, rho: float = 0.0) -> float:
    """Return P(K >= k) of n for a beta-binomial; ``rho`` is what two calls have in common."""
    k, n = math.ceil(k - 1e-9), round(n)
    if k <= 0:
        return 1.0
    if k > n:
        return 0.0
    share = min(1 - 1e-9, max(1e-9, share))
    j = np.arange(k, n, dtype=np.float64)
    if rho > 1e-9:
        total = 1.0 / rho - 1.0
        a, b = share * total, (1 - share) * total
        first = (
            _choose(n, k)
            + math.lgamma(k + a)
            + math.lgamma(n - k + b)
            - math.lgamma(n + a + b)
            + math.lgamma(a + b)
            - math.lgamma(a)
            - math.lgamma(b)
        )
        steps = np.log((n - j) / (j + 1.0) * (j + a) / (n - j - 1.0 + b))
    else:
        first = _choose(n, k) + k * math.log(share) + (n - k) * math.log1p(-share)
        steps = np.log((n - j) / (j + 1.0) * share / (1 - share))
    logs = np.concatenate(([0.0], np.cumsum(steps))) + first
    return float(min(1.0, np.exp(logs).sum()))


def _choose(n: int, k: int) -> float:
    return math.lgamma(n + 1.0) - math.lgamma(k + 1.0) - math.lgamma(n - k + 1.0)


def normal_tail(z: float) -> float:
    """Return P(Z >= z) of the standard normal."""
    return 0.5 * math.erfc(z / math.sqrt(2.0))


KEPT = 0.9128
"""Mean of a squared standard normal capped at its 95 % quantile: P(chi²₃ < 3.841) + 0.05·3.841."""


def spread_of_counts(
    seen: npt.ArrayLike, expected: npt.ArrayLike, floor: float = 0.0, most: float = 1.0
) -> float:
    """Return the dispersion r of counts about their means (variance mean + r·mean²), by moments.

    Squared deviations are capped at their 95 % quantile, and the sum put right for what a cap takes from
    chance alone: one storm in the past must not excuse the next.
    """
    n, m = np.asarray(seen, dtype=np.float64), np.asarray(expected, dtype=np.float64)
    n, m = n[m > 0.02], m[m > 0.02]
    if len(n) < 20:
        return max(floor, 0.05)
    squares = (n - m) ** 2 / m
    squares = np.minimum(squares, max(3.841, float(np.quantile(squares, 0.95))))
    return float(np.clip((m * (squares / KEPT - 1.0)).sum() / (m * m).sum(), floor, most))


def spread_of_shares(k: npt.ArrayLike, n: npt.ArrayLike, share: npt.ArrayLike, floor: float = 0.003) -> float:
    """Return rho of k of n about their shares: variance n·p·q·(1 + (n-1)·rho), by moments."""
    kk, nn = np.asarray(k, dtype=np.float64), np.asarray(n, dtype=np.float64)
    p = np.clip(np.asarray(share, dtype=np.float64), 1e-4, 1 - 1e-4)
    use = nn >= 2
    if use.sum() < 8:
        return max(floor, 0.02)
    kk, nn, p = kk[use], nn[use], (p[use] if p.ndim else np.full(int(use.sum()), float(p)))
    unit = p * (1 - p)
    excess = ((kk - nn * p) ** 2 - nn * unit) / unit
    excess = np.minimum(excess, np.quantile(excess, 0.98))
    return float(np.clip(excess.sum() / max(TINY, (nn * (nn - 1)).sum()), floor, 0.5))


def after_looking(chance: float, looks: float) -> float:
    """Return a chance after the best of ``looks`` was picked (Bonferroni)."""
    return min(1.0, chance * max(1.0, looks))


def score(chance: float) -> float:
    """Return -log10 of a chance, at most 300."""
    return -math.log10(max(chance, 1e-300))


def weigh(
    chance: float, *, proof: float = 1e-3, reach: float = 99.0, effect: float = 1.0
) -> tuple[Outcome, float]:
    """Say FOUND or CLEAR for a chance, and how strongly it bears, 0 to 1.

    Parameters
    ----------
    chance : float
        That chance alone makes what was seen (after looking).
    proof : float
        FOUND from this chance down. How strongly a FOUND bears does not hang on it: 0.5 at one in a thousand,
        1 at one in a million.
    reach : float
        The score (-log10) a real trouble would have had in these records: a CLEAR from records that could not
        have shown it bears little.
    effect : float
        How far what was seen matters at all, 0 (too small to be felt, whatever the chance) to 1.
    """
    need = score(proof)
    seen = score(chance)
    if seen >= need and effect > 0:
        return Outcome.FOUND, round(min(1.0, seen / 6.0) * min(1.0, effect), 3)
    doubt = min(1.0, seen / need) * min(1.0, max(0.0, effect))
    return Outcome.CLEAR, round((1.0 - doubt) * min(1.0, max(0.0, reach) / need), 3)


def reach_of_counts(mean: float, ratio: float = 2.0, dispersion: float = 0.0) -> float:
    """Return the score (-log10) a count would have were its mean ``ratio`` times what it is."""
    return 0.0 if mean <= 0 else score(counts_tail(max(1.0, ratio * mean), mean, dispersion))


def reach_of_shares(n: float, usual: float, rise: float = 0.4, rho: float = 0.0) -> float:
    """Return the score (-log10) a share of n calls would have were it ``rise`` above the usual."""
    there = min(1.0, usual + rise)
    return 0.0 if n < 1 else score(share_tail(max(1.0, math.floor(there * n)), n, usual, rho))


def ramp(value: float, none: float, full: float) -> float:
    """Return 0 at or below ``none``, 1 at or above ``full``, straight between."""
    return float(min(1.0, max(0.0, (value - none) / (full - none))))


def plain(**figures: Any) -> dict[str, object]:
    """Return figures as JSON values: floats to four figures behind the point, NaN as None."""
    done: dict[str, object] = {}
    for name, value in figures.items():
        if isinstance(value, np.generic):
            value = value.item()  # noqa: PLW2901
        if isinstance(value, float):
            done[name] = None if math.isnan(value) or math.isinf(value) else round(value, 4)
        else:
            done[name] = value
    return done
