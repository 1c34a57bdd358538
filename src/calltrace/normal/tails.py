"""Tails of the negative binomial and its inverse, in plain numpy, so that no report waits for scipy to load.

Calls of one account are Poisson with a busyness that strays from day to day: negative binomial with mean
``mu`` and variance ``mu + r mu²`` (Jongbloed & Koole 2001; Avramidis, Deslauriers & L'Ecuyer 2004). ``r`` is
the dispersion; ``r`` → 0 is Poisson. Everything is given as log10 so that 1e-80 is still a number.
"""

from __future__ import annotations

import math
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]

LEAST_R = 1e-5
"""Below it a negative binomial can't be told from a Poisson, and its size would cost digits."""

FEW = 3
"""Values that are sooner worked out one by one than side by side."""

_LN10 = math.log(10.0)
_TINY = 1e-300
_HALF_LOG_2PI = 0.5 * math.log(2 * math.pi)


def lgamma(x: ArrayLike) -> Floats:
    """Return log Γ(x) for x > 0 (Stirling's series after a shift by eight; relative error < 1e-13)."""
    values = np.asarray(x, dtype=float)
    small = values < 8.0
    shifted = np.where(small, values + 8.0, values)
    inverse = 1.0 / shifted
    square = inverse * inverse
    series = inverse * (
        1 / 12 - square * (1 / 360 - square * (1 / 1260 - square * (1 / 1680 - square * (1 / 1188 - square *
        691 / 360360)))))
    result = (shifted - 0.5) * np.log(shifted) - shifted + _HALF_LOG_2PI + series
    if small.any():
        base = np.where(small, values, 1.0)
        product = base.copy()
        for k in range(1, 8):
            product = product * (base + k)
        result = np.where(small, result - np.log(product), result)
    return np.asarray(result)


def _fraction_of(a: float, b: float, x: float) -> float:
    """Return the same of one value, step by step the same."""
    front, above, below = a + b, a + 1.0, a - 1.0
    c, d = 1.0, 1.0 - front * x / above
    d = 1.0 / (_TINY if abs(d) < _TINY else d)
    h = d
    for m in range(1, 2000):
        two = 2 * m
        step = m * (b - m) * x / ((below + two) * (a + two))
        d = 1.0 + step * d
        c = 1.0 + step / c
        d = 1.0 / (_TINY if abs(d) < _TINY else d)
        c = _TINY if abs(c) < _TINY else c
        change = d * c
        step = -(a + m) * (front + m) * x / ((a + two) * (above + two))
        d = 1.0 + step * d
        c = 1.0 + step / c
        d = 1.0 / (_TINY if abs(d) < _TINY else d)
        c = _TINY if abs(c) < _TINY else c
        last = d * c
        h *= change * last
        if abs(last - 1.0) <= 1e-12:
            break
    return h


def _fraction(a: Floats, b: Floats, x: Floats) -> Floats:
    """Return Lentz's continued fraction of the incomplete beta function (Numerical Recipes, 6.4)."""
    if x.size <= FEW:
        return np.array([_fraction_of(*one) for one in zip(a.tolist(), b.tolist(), x.tolist(), strict=True)])
    front = a + b
    above = a + 1.0
    below = a - 1.0
    c = np.ones_like(x)
    d = 1.0 - front * x / above
    d = 1.0 / np.where(np.abs(d) < _TINY, _TINY, d)
    h = d.copy()
    live: NDArray[np.intp] = np.arange(x.size)
    aa, bb, xx = a, b, x
    for m in range(1, 2000):
        two = 2 * m
        step = m * (bb - m) * xx / ((below + two) * (aa + two))
        d = 1.0 + step * d
        c = 1.0 + step / c
        d = 1.0 / np.where(np.abs(d) < _TINY, _TINY, d)
        c = np.where(np.abs(c) < _TINY, _TINY, c)
        change = d * c
        step = -(aa + m) * (front + m) * xx / ((aa + two) * (above + two))
        d = 1.0 + step * d
        c = 1.0 + step / c
        d = 1.0 / np.where(np.abs(d) < _TINY, _TINY, d)
        c = np.where(np.abs(c) < _TINY, _TINY, c)
        last = d * c
        h[live] *= change * last
        going = np.abs(last - 1.0) > 1e-12
        if not going.any():
            break
        if m % 8 == 0 and not going.all():
            live = live[going]
            aa, bb, xx, c, d = (v[going] for v in (aa, bb, xx, c, d))
            front, above, below = front[going], above[going], below[going]
    return h


def log_betainc(a: ArrayLike, b: ArrayLike, x: ArrayLike, complement: ArrayLike) -> Floats:
    """Return the natural log of the regularised incomplete beta function I_x(a, b).

    ``complement`` is 1 − x, handed over so that it keeps its digits when x is near 1.
    """
    aa, bb, xx, cc = (np.ascontiguousarray(v, dtype=float).ravel()
                      for v in np.broadcast_arrays(a, b, x, complement))
    with np.errstate(divide="ignore"):
        front = lgamma(aa + bb) - lgamma(aa) - lgamma(bb) + aa * np.log(xx) + bb * np.log(cc)
    direct = xx < (aa + 1.0) / (aa + bb + 2.0)
    first, second = np.where(direct, aa, bb), np.where(direct, bb, aa)
    body = front + np.log(_fraction(first, second, np.where(direct, xx, cc))) - np.log(first)
    with np.errstate(divide="ignore"):
        flipped = np.log1p(-np.exp(np.minimum(body, -1e-16)))
    result = np.where(direct, np.minimum(body, 0.0), flipped)
    result = np.where(xx <= 0.0, -np.inf, np.where(cc <= 0.0, 0.0, result))
    return result.reshape(np.broadcast_shapes(*(np.shape(v) for v in (a, b, x, complement))))


def log10_at_most(observed: ArrayLike, mu: ArrayLike, r: ArrayLike) -> Floats:
    """Return log10 of the chance of ``observed`` calls or fewer where ``mu`` are expected.

    Parameters
    ----------
    observed : array of counts
    mu : array
        Expected calls, ≥ 0.
    r : array
        Dispersion: the variance is mu + r mu².
    """
    k, m, rr = np.broadcast_arrays(*(np.asarray(v, dtype=float) for v in (observed, mu, r)))
    rr = np.maximum(rr, LEAST_R)
    spread = rr * m
    # none at all has a closed form; it is also by far the most asked
    result = np.where(k < 0, -np.inf, -np.log1p(spread) / rr)
    some = (k > 0) & (m > 0)
    if some.any():
        chance = 1.0 / (1.0 + spread[some])
        result[some] = log_betainc(1.0 / rr[some], k[some] + 1.0, chance, spread[some] * chance)
    return result / _LN10


def log10_at_least(observed: ArrayLike, mu: ArrayLike, r: ArrayLike) -> Floats:
    """Return log10 of the chance of ``observed`` calls or more (see :func:`log10_at_most`)."""
    k, m, rr = np.broadcast_arrays(*(np.asarray(v, dtype=float) for v in (observed, mu, r)))
    rr = np.maximum(rr, LEAST_R)
    spread = rr * m
    result = np.where(k <= 0, 0.0, -np.inf)
    some = (k > 0) & (m > 0)
    if some.any():
        chance = 1.0 / (1.0 + spread[some])
        result[some] = log_betainc(k[some], 1.0 / rr[some], spread[some] * chance, chance)
    return result / _LN10


def log10_none(mu: ArrayLike, r: ArrayLike) -> Floats:
    """Return log10 of the chance of no call at all where ``mu`` are expected: (1 + r mu)^(−1/r)."""
    rr = np.maximum(np.asarray(r, dtype=float), LEAST_R)
    return np.asarray(-np.log1p(rr * np.asarray(mu, dtype=float)) / rr / _LN10)


def deviance(observed: Ints | Floats, mu: Floats, r: Floats) -> Floats:
    """Return the negative binomial deviance of each count (McCullagh & Nelder 1989, ch. 6)."""
    size = 1.0 / np.maximum(r, LEAST_R)
    n = observed.astype(float)
    m = np.maximum(mu, 1e-12)
    with np.errstate(divide="ignore", invalid="ignore"):
        own = np.where(n > 0, n * np.log(n / m), 0.0)
    return np.asarray(2.0 * (own - (n + size) * np.log((n + size) / (m + size))))


def bounds(mu: float, r: float, tail: float) -> tuple[int, int]:
    """Return the counts between which all but ``tail`` on either side of the chance lies.

    The lower is the least count with more than ``tail`` at or below it; the upper the least with at most
    ``tail`` above it.
    """
    r = max(r, LEAST_R)
    if mu <= 0:
        return 0, 0
    size = 1.0 / r
    odds = r * mu / (1.0 + r * mu)
    # beyond some hundreds the sum starts in the body, not at 0, where the terms underflow
    log_term = -math.log1p(r * mu) * size
    if log_term < -600.0:
        spread = math.sqrt(mu + r * mu * mu)
        low = _quantile(mu, r, tail, max(0, int(mu - 4 * spread)))
        return low, _quantile(mu, r, 1.0 - tail, low)
    total = term = math.exp(log_term)
    k = 0
    low = 0 if total > tail else -1
    while total < 1.0 - tail and k < 100_000:
        term *= (size + k) * odds / (k + 1)
        total += term
        k += 1
        if low < 0 and total > tail:
            low = k
    return max(low, 0), k


def _quantile(mu: float, r: float, share: float, start: int) -> int:
    """Return the least count whose chance of being reached or stayed under is more than ``share``."""
    low, high = start, max(start + 1, int(mu + 12 * math.sqrt(mu + r * mu * mu)))
    if 10 ** float(log10_at_most(low, mu, r)) > share:
        low = 0
    while high - low > 1:
        middle = (low + high) // 2
        if 10 ** float(log10_at_most(middle, mu, r)) > share:
            high = middle
        else:
            low = middle
    return high
