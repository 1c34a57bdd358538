"""Test calls to the clients' numbers: rounds of them day by day, and those ordered after a trouble."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from calltrace.simulate import clock

if TYPE_CHECKING:
    from calltrace.simulate.faults import Setting
    from calltrace.simulate.plan import Plan


def draw(
    setting: Setting, plan: Plan, since: float, rng: np.random.Generator
) -> list[tuple[float, str, str, bool]]:
    """Return test calls: rounds of a sample twice or so a day, and those ordered after a trouble.

    Test calls dial the client's number straight, so a client who forgot to forward does not fail them. One in
    some hundred fails for no reason.
    """
    group_of = {n: c.trunk_group for c in setting.clients for n in c.numbers}
    every = sorted(group_of)
    rounds = sorted(
        rng.choice(np.arange(360, 1320, 30), size=int(rng.integers(1, 4)), replace=False).tolist()
    )
    share = float(rng.uniform(0.25, 0.8))
    spurious = float(rng.uniform(0, 0.008))
    wanted = [(t, n) for t, n in plan.tests if setting.begin <= t < setting.end]
    for d in range(setting.days):
        for minute in rounds:
            at = clock.epoch(setting.first + timedelta(days=d), int(minute), setting.zone)
            if at >= since:
                wanted += [(at + float(rng.uniform(5, 900)), n) for n in every if rng.random() < share]
    for fault in plan.faults:  # somebody tries the client's lines once it complains
        if fault.account and fault.cause.startswith(("lines-", "some-lines")) and rng.random() < 0.55:
            numbers = next(c.numbers for c in setting.clients if c.account == fault.account)
            a, b = fault.window
            wanted += [(float(rng.uniform(a + 0.3 * (b - a), b + 3600)), n) for n in numbers]
    tests = []
    for t, number in wanted:
        if t >= setting.end:
            continue
        dead = (
            any(number in ns and a <= t < b for ns, a, b in plan.dead_numbers)
            or any(group_of[number] == g and a <= t < b for g, a, b in plan.dead_groups)
            or any(a <= t < b for a, b in plan.outages)
        )
        thin = next(
            (
                c / setting.house.channels[g]
                for g, a, b, c in plan.channels
                if g == group_of[number] and a <= t < b
            ),
            None,
        )
        if thin is not None and rng.random() < 0.25:
            dead = True
        tests.append((t, number, group_of[number], not (dead or rng.random() < spurious)))
    return tests
