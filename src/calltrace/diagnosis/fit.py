"""Fit the weights of the diagnosis on labelled questions. Needs ``calltrace-cli[fit]`` (scipy).

The model is the one :mod:`calltrace.diagnosis.weigh` uses, its weights bounded to the direction each sign declares,
so that no fit can make a sign for a cause speak against it. The penalised likelihood pulls every weight towards its
default: a sign the simulated services rarely show keeps a sensible weight. Temperatures are fitted afterwards, on
questions the weights have not seen.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import field

import numpy as np
import numpy.typing as npt

from calltrace.classes import dataclass
from calltrace.diagnosis import causes
from calltrace.diagnosis.complaints import causes_of
from calltrace.diagnosis.evidence import Evidence, Outcome
from calltrace.diagnosis.weigh import CLEAR_WEIGHT, EXCLUDED, FOUND_WEIGHT, UNSHOWN, Weights, rows_of, unshown

Array = npt.NDArray[np.float64]

WEIGHT_SPREAD = 3.0
"""Standard deviation of a weight about its default, in log-odds."""

LEAST_SHARE = 1 / 3
"""Share of its default that a sign keeps at least: what the simulated services hardly need, a real one may."""

WHOLE_WORTH = 5.0
"""What a question asked of all tables counts against one of a part of them: the usual case is fitted best."""

FITTED = ("for", "against")
"""Bearings whose weight is fitted; what excludes a cause by its definition needs no measuring."""

PRIOR_SPREAD = 1.0
"""Standard deviation of a prior about even, in log-odds."""


@dataclass(frozen=True)
class Sample:
    """One labelled question: its complaint, each facet's (outcome, strength), and the true cause.

    ``whole`` says that no check lacked a table; ``source`` is the service it comes from.
    """

    complaint: str
    evidence: dict[str, tuple[str, float]]
    truth: str
    source: str = ""
    whole: bool = True


@dataclass
class Block:
    """The samples of one complaint as arrays.

    ``size[n, p]`` is the strength of parameter p's sign in sample n, ``truth[n]`` the index of the true cause;
    ``offset`` is what causes with nothing to show lose, ``worth`` what each sample counts;
    ``groups`` are (cause, direction, parameters) of signs read off the same rows.
    """

    complaint: str
    names: tuple[str, ...]
    size: Array
    truth: npt.NDArray[np.int64]
    offset: Array
    worth: Array
    groups: list[tuple[int, float, npt.NDArray[np.int64]]] = field(default_factory=list)


Key = tuple[str, str, str]


def parameters() -> tuple[list[Key], Array]:
    """Return every (cause, facet, outcome) that bears on anything, and its default weight."""
    keys: list[Key] = []
    defaults: list[float] = []
    for name in causes.NAMES:
        for sign in causes.get(name).signs:
            for outcome, direction in (("found", sign.found), ("clear", sign.clear)):
                if direction in FITTED:
                    keys.append((name, sign.facet, outcome))
                    defaults.append(FOUND_WEIGHT if outcome == "found" else CLEAR_WEIGHT)
    return keys, np.array(defaults)


def _beside() -> dict[Key, str]:
    """Return the cause beside which alone a sign says anything, of those that have one."""
    return {(n, s.facet, outcome): s.beside for n in causes.NAMES for s in causes.get(n).signs if s.beside
            for outcome in ("found", "clear")}


def _directions() -> dict[Key, float]:
    signs: dict[Key, float] = {}
    for name in causes.NAMES:
        for sign in causes.get(name).signs:
            for outcome, direction in (("found", sign.found), ("clear", sign.clear)):
                if direction in FITTED:
                    signs[name, sign.facet, outcome] = 1.0 if direction == "for" else -1.0
    return signs


def blocks(samples: Sequence[Sample], keys: list[Key]) -> list[Block]:
    """Arrange samples by complaint; those whose true cause the complaint does not weigh are left out."""
    direction, beside = _directions(), _beside()
    made = []
    for complaint in sorted({s.complaint for s in samples}):
        names = causes_of(complaint)
        mine = [s for s in samples if s.complaint == complaint and s.truth in names]
        if not mine:
            continue
        size = np.zeros((len(mine), len(keys)))
        for n, sample in enumerate(mine):
            for p, (cause, facet, outcome) in enumerate(keys):
                seen = sample.evidence.get(facet)
                weighed = cause in names and beside.get((cause, facet, outcome), cause) in names
                if weighed and seen is not None and seen[0] == outcome:
                    size[n, p] = seen[1]
        by_group: dict[tuple[int, str, float], list[int]] = {}
        for p, key in enumerate(keys):
            if key[0] in names:
                by_group.setdefault((names.index(key[0]), rows_of(key[1]), direction[key]), []).append(p)
        groups = [(c, sign, np.array(ps)) for (c, _, sign), ps in by_group.items()]
        truth = np.array([names.index(s.truth) for s in mine])
        offset = np.array([[_offset(c, pieces) for c in names] for pieces in (_pieces(s) for s in mine)])
        worth = np.array([WHOLE_WORTH if s.whole else 1.0 for s in mine])
        made.append(Block(complaint, names, size, truth, offset, worth, groups))
    return made


def _offset(cause: str, pieces: dict[str, Evidence]) -> float:
    """Return what a cause's score is moved by apart from any fitted weight."""
    lost = -UNSHOWN if unshown(cause, pieces) else 0.0
    for sign in causes.get(cause).signs:
        piece = pieces.get(sign.facet)
        if piece is not None and (sign.found if piece.outcome is Outcome.FOUND else sign.clear) == "excludes":
            lost -= EXCLUDED * piece.strength
    return lost


def _pieces(sample: Sample) -> dict[str, Evidence]:
    return {f: Evidence(f, Outcome(o), "", strength=s) for f, (o, s) in sample.evidence.items()}


def scores(block: Block, weights: Array, prior: Array) -> tuple[Array, list[tuple[int, float, npt.NDArray[np.int64]]]]:
    """Return the causes' scores for each sample and, for the gradient, the heaviest parameter of each group."""
    total = block.offset + prior
    chosen = []
    for cause, sign, ps in block.groups:
        weighted = block.size[:, ps] * weights[ps]
        best = weighted.argmax(axis=1)
        total[:, cause] += sign * weighted[np.arange(len(best)), best]
        chosen.append((cause, sign, ps[best]))
    return total, chosen


def softmax(total: Array) -> Array:
    """Return probabilities, row by row."""
    powers = np.exp(total - total.max(axis=1, keepdims=True))
    shares: Array = powers / powers.sum(axis=1, keepdims=True)
    return shares


def _found(train: Sequence[Block], defaults: Array, start: Array, held: npt.NDArray[np.bool_]) -> tuple[Array, Array]:
    """Return the likeliest weights and priors (one complaint's after another's), those ``held`` as they start."""
    from scipy.optimize import minimize  # noqa: PLC0415  (heavy, and an extra)

    many = len(defaults)
    offsets = np.concatenate([[0], np.cumsum([len(b.names) for b in train])])

    def loss(x: Array) -> tuple[float, Array]:
        weights, priors = x[:many], x[many:]
        gradient = np.zeros_like(x)
        gradient[:many] = (weights - defaults) / WEIGHT_SPREAD**2
        gradient[many:] = priors / PRIOR_SPREAD**2
        value = float(((weights - defaults) ** 2).sum() / (2 * WEIGHT_SPREAD**2) + (priors**2).sum() / (2 * PRIOR_SPREAD**2))
        for block, a, b in zip(train, offsets[:-1], offsets[1:], strict=True):
            total, chosen = scores(block, weights, priors[a:b])
            shares = softmax(total)
            rows = np.arange(len(block.truth))
            value -= float((block.worth * np.log(shares[rows, block.truth] + 1e-300)).sum())
            shares[rows, block.truth] -= 1.0
            shares *= block.worth[:, None]
            gradient[many + a:many + b] += shares.sum(axis=0)
            for cause, sign, ps in chosen:
                np.add.at(gradient, ps, sign * shares[:, cause] * block.size[rows, ps])
        return value, gradient

    bounds = [(LEAST_SHARE * float(d), 9.0) for d in defaults] + [(-5.0, 5.0)] * int(offsets[-1])
    bounds = [(float(s), float(s)) if h else b for b, s, h in zip(bounds, start, held, strict=True)]
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": 400})
    return found.x[:many], found.x[many:]


def _weights(
    keys: Sequence[Key], weights: Array, train: Sequence[Block], priors: Array, temperature: dict[str, dict[str, float]]
) -> Weights:
    """Return fitted figures by name, rounded."""
    signs: dict[str, dict[str, dict[str, float]]] = {}
    for (cause, facet, outcome), weight in zip(keys, weights, strict=True):
        signs.setdefault(cause, {}).setdefault(facet, {})[outcome] = round(float(weight), 3)
    by_complaint: dict[str, dict[str, float]] = {}
    begun = 0
    for block in train:
        by_complaint[block.complaint] = {
            n: round(float(p), 3) for n, p in zip(block.names, priors[begun : begun + len(block.names)], strict=True)}
        begun += len(block.names)
    return Weights(signs, by_complaint, temperature)


def fit_only(samples: Sequence[Sample], names: Collection[str], known: Weights) -> Weights:
    """Fit the weights and priors of some causes on ``samples``, and the signs beside them; all others stay as ``known``.

    So a new cause finds its place without moving any other's.
    """
    keys, defaults = parameters()
    train = blocks(samples, keys)
    held = np.array([known.sign(*key) for key in keys])
    priors = [np.array([known.prior(b.complaint, n) for n in b.names]) for b in train]
    beside = _beside()
    open_ = {key[:2] for key in keys if key[0] in names or beside.get(key) in names}
    free = np.array([key[:2] in open_ for key in keys] + [n in names for b in train for n in b.names])
    fixed = np.concatenate([held, *priors])
    weights, prior = _found(train, defaults, np.where(free, np.concatenate([defaults, *(0.0 * p for p in priors)]), fixed), ~free)
    fitted = _weights(keys, weights, train, prior, {})
    signs = {n: {**known.signs.get(n, {}), **{
        f: w for f, w in fitted.signs.get(n, {}).items() if (n, f) in open_}} for n in causes.NAMES}
    by_complaint = {c: {**known.priors.get(c, {}), **{n: p for n, p in of.items() if n in names}}
                    for c, of in fitted.priors.items()}
    return Weights(signs, {**known.priors, **by_complaint}, known.temperature)


def fit(samples: Sequence[Sample], held_out: Sequence[Sample]) -> Weights:
    """Fit weights and priors on ``samples`` and temperatures on ``held_out``.

    Returns
    -------
    Weights
        Ready for ``weights.json``.
    """
    from scipy.optimize import minimize_scalar  # noqa: PLC0415  (heavy, and an extra)

    keys, defaults = parameters()
    train = blocks(samples, keys)
    start = np.concatenate([defaults, np.zeros(sum(len(b.names) for b in train))])
    weights, prior_of = _found(train, defaults, start, np.zeros(len(start), dtype=bool))
    made = _weights(keys, weights, train, prior_of, {})
    by_complaint = made.priors
    temperature: dict[str, dict[str, float]] = {}
    for kind, some in (("whole", [s for s in held_out if s.whole]), ("partial", [s for s in held_out if not s.whole])):
        for block in blocks(some, keys):
            prior = np.array([by_complaint.get(block.complaint, {}).get(n, 0.0) for n in block.names])
            total, _ = scores(block, weights, prior)
            rows = np.arange(len(block.truth))

            def heat(
                log_t: float, total: Array = total, rows: npt.NDArray[np.int64] = rows, block: Block = block
            ) -> float:
                shares = softmax(total / np.exp(log_t))
                # a weak pull towards 1 where few questions were held out
                return float(-np.log(shares[rows, block.truth] + 1e-12).sum() + 2.0 * log_t**2)

            best = minimize_scalar(heat, bounds=(-0.9, 1.5), method="bounded")
            temperature.setdefault(block.complaint, {})[kind] = round(float(np.exp(best.x)), 3)
    return Weights(made.signs, by_complaint, temperature)


def reliability(pairs: Sequence[tuple[float, bool]], bins: int = 10) -> list[tuple[float, float, int]]:
    """Return, for each tenth of confidence that occurs, mean confidence, share right, and how many verdicts."""
    made = []
    for i in range(bins):
        inside = [(c, ok) for c, ok in pairs if min(bins - 1, int(c * bins)) == i]
        if inside:
            made.append((sum(c for c, _ in inside) / len(inside), sum(ok for _, ok in inside) / len(inside), len(inside)))
    return made


def calibration_error(pairs: Sequence[tuple[float, bool]]) -> float:
    """Return the expected calibration error: the mean gap between confidence and share right, weighted by verdicts."""
    total = len(pairs)
    return sum(abs(c - r) * n for c, r, n in reliability(pairs)) / total if total else 0.0
