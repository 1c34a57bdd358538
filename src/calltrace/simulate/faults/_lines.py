"""Troubles of a client's lines: not forwarded, forwarded late or too long, a number down."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from calltrace.simulate.demand import expected
from calltrace.simulate.faults._setting import Setting, spans_of, uniform
from calltrace.simulate.plan import SILENT, Fault, Plan
from calltrace.tables.phones import is_toll_free

MARGIN_S = 20 * 60
"""Lines are forwarded somewhat before an office closes, and released somewhat after it opens."""


def forwarding(cause: str, setting: Setting, plan: Plan) -> Fault | None:
    """Leave a client's lines, or some of them, unforwarded for a span they should have been, or for its start or end."""
    fits = [
        c
        for c in setting.clients
        if (not c.coverage.always and (cause != "some-lines-not-forwarded" or len(c.numbers) > 1))
        # a client who forwards for good does so for all its numbers at once, and may undo it by mistake
        or (c.coverage.always and cause == "lines-not-forwarded" and len(c.numbers) > 1)
    ]
    client = setting.pick(fits)
    if client is None:
        return None
    spans = [setting.moment((9, 60))] if client.coverage.always else spans_of(setting, client)
    spans = [(a, min(b, setting.end - 600)) for a, b in spans]
    if not spans:
        return None
    start, end = spans[int(setting.rng.integers(len(spans)))]
    numbers: tuple[str, ...] | None = None
    share = 1.0
    least = uniform(setting, 3, 7)
    if cause == "some-lines-not-forwarded":
        count = int(setting.rng.integers(1, len(client.numbers)))
        # toll-free numbers end at the service for good: what is forgotten are mostly local lines
        local = np.array([0.25 if is_toll_free(n) else 1.0 for n in client.numbers])
        chosen = setting.rng.choice(len(client.numbers), size=count, replace=False, p=local / local.sum())
        numbers = tuple(client.numbers[k] for k in sorted(chosen))
        share = float(client.shares[chosen].sum())
        if setting.coming(client, start, end, 1 - share) < 3:
            return None
    a, b = start, end
    if cause == "lines-forwarded-late":
        b = start + max(3000.0, (end - start) * uniform(setting, 0.12, 0.75))
    elif cause == "lines-released-early":
        a = end - max(3000.0, (end - start) * uniform(setting, 0.12, 0.75))
    if not start <= a < b <= end or setting.coming(client, a, b, share) < least:
        return None
    if cause in ("lines-forwarded-late", "lines-released-early"):
        rest = setting.coming(client, start, end) - setting.coming(client, a, b)
        if rest < 2.5:
            return None
    if not setting.clear((a, b), only=SILENT):
        return None
    lo = a - MARGIN_S if a == start else a
    hi = b + MARGIN_S if b == end else b
    plan.unforwarded.append((client.account, numbers, lo, hi))
    return Fault(cause, lo, hi, account=client.account, numbers=numbers or (), shown=(a, b))


def left_on(cause: str, setting: Setting, plan: Plan) -> Fault | None:
    """Leave a client's lines forwarded into its opening hours."""
    client = setting.pick([c for c in setting.clients if not c.coverage.always])
    if client is None:
        return None
    cover = client.coverage.spans(setting.first, setting.days + 1, client.zone)
    gaps = [(a[1], b[0]) for a, b in pairwise(cover) if a[1] >= setting.since and b[0] <= setting.end]
    if not gaps:
        return None
    few = int(setting.rng.integers(max(1, len(gaps) // 3), len(gaps) + 1))
    start_at = int(setting.rng.integers(len(gaps) - few + 1))
    gaps = gaps[start_at : start_at + few]
    extra = expected(client, gaps, setting.first, setting.days)
    usual = setting.coming(client, setting.since, setting.end)
    if extra < 12 or extra < 0.25 * usual or extra > 30 * setting.days:
        return None
    for a, b in gaps:
        plan.left_on.append((client.account, a - MARGIN_S, b + MARGIN_S))
    return Fault(
        cause, setting.since, setting.end, account=client.account, extra={"gaps": gaps, "calls": extra}
    )


def number_down(cause: str, setting: Setting, plan: Plan) -> Fault | None:
    """Let one of a client's numbers fail."""
    client = setting.pick(setting.clients)
    if client is None:
        return None
    # more hands are in the routing of a toll-free number: its registry, its carrier, the number it rings to
    weight = np.array([2.0 if is_toll_free(n) else 1.0 for n in client.numbers])
    k = int(setting.rng.choice(len(client.numbers), p=weight / weight.sum()))
    start, end = setting.moment((2.5, 34), busy=0.3)
    end = min(end, setting.end - 600)
    share = float(client.shares[k])
    if setting.coming(client, start, end, share) < uniform(setting, 3.5, 8):
        return None
    edges = [e for s in client.coverage.spans(setting.first, setting.days, client.zone) for e in s]
    if not client.coverage.always and any(min(abs(start - e), abs(end - e)) < 2700 for e in edges):
        return None  # else it looks like a matter of forwarding
    if not setting.clear((start, end), only=SILENT):
        return None
    number = client.numbers[k]
    plan.dead_numbers.append(((number,), start, end))
    tests = int(setting.rng.integers(1, 4))
    plan.tests += [
        (float(t), number) for t in setting.rng.uniform(start + (end - start) * 0.2, end - 60, tests)
    ]
    if setting.rng.random() < 0.6:
        plan.tests.append((end + uniform(setting, 120, 3600), number))
    return Fault(cause, start, end, account=client.account, numbers=(number,), trunk=None)
