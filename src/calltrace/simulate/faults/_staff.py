"""Troubles of the floor: too few agents, slow ones, one who does not answer, one who holds for long."""

from __future__ import annotations

import numpy as np

from calltrace.simulate.faults._setting import Setting, uniform
from calltrace.simulate.plan import Fault, Plan
from calltrace.simulate.roster import on_shift


def understaffed(cause: str, setting: Setting, plan: Plan) -> Fault | None:
    """Send agents home, or let them not come."""
    start, end = setting.moment((2, 5), busy=1.5, whole=True)
    usual = on_shift(setting.shifts, (start + end) / 2)
    load = setting.rate((start + end) / 2) * setting.handling_s / 3600
    if len(usual) < 2 or not setting.clear((start, end)):
        return None
    left = max(1, round(load * uniform(setting, 0.7, 1.15)))
    if left >= len(usual) or load / left < 0.75:
        return None
    present = sorted({s.agent for s in setting.shifts if s.start < end and s.end > start})
    # those who stay are rostered for the whole span where possible, so that somebody is there
    whole = setting.staffed(start, end)
    stay = set(setting.rng.permutation(np.array(whole if len(whole) >= left else usual))[:left])
    absent = frozenset(a for a in present if a not in stay)
    # somebody on a break or gone at the end would leave nobody: keep one who overlaps the end
    plan.absences.append((start, end, absent))
    setting.taken.append((start, end, cause))
    return Fault(cause, start, end, extra={"usual": len(usual), "left": left})


def slow(cause: str, setting: Setting, plan: Plan) -> Fault | None:
    """Make conversations and what follows them longer."""
    start, end = setting.moment((1.8, 5), busy=1.5)
    usual = len(on_shift(setting.shifts, (start + end) / 2))
    load = setting.rate((start + end) / 2) * setting.handling_s / 3600
    if not usual or load < 0.6 or not setting.clear((start, end)):
        return None
    factor = min(3.2, max(1.5, usual / load * uniform(setting, 0.85, 1.3)))
    if load * factor / usual < 0.8:
        return None
    plan.handling.append((None, start, end, factor, uniform(setting, 1, 2.5)))
    setting.taken.append((start, end, cause))
    return Fault(cause, start, end, extra={"factor": factor})


def deaf(cause: str, setting: Setting, plan: Plan) -> Fault | None:
    """Let an agent's phone ring unanswered."""
    start, end = setting.moment((2, 5), busy=1.2)
    there = setting.staffed(start, end)
    calls = setting.rate((start + end) / 2) * (end - start) / 3600
    if (
        not there
        or calls < 25
        or len(on_shift(setting.shifts, (start + end) / 2)) < 2
        or not setting.clear((start, end))
    ):
        return None
    most = max(1, round(len(there) * 0.3))
    count = 1 if setting.rng.random() < 0.65 else int(setting.rng.integers(1, most + 1))
    agents = sorted(str(a) for a in setting.rng.permutation(np.array(there))[:count])
    for agent in agents:
        plan.deaf.append((agent, start, end, uniform(setting, 0.65, 1.0)))
    setting.taken.append((start, end, cause))
    return Fault(cause, start, end, agent=";".join(agents))


def holder(cause: str, setting: Setting, plan: Plan) -> Fault | None:
    """Let an agent hold callers for long."""
    start, end = setting.moment((2.5, 7), busy=1.0)
    there = setting.staffed(start, end)
    if not there or not setting.clear((start, end)):
        return None
    staff = max(1, len(on_shift(setting.shifts, (start + end) / 2)))
    if setting.rate((start + end) / 2) * (end - start) / 3600 / staff < 8:
        return None
    agent = str(setting.rng.choice(there))
    plan.holders.append((agent, start, end, uniform(setting, 0.45, 0.95), uniform(setting, 80, 260)))
    setting.taken.append((start, end, cause))
    return Fault(cause, start, end, agent=agent)


def cutter(cause: str, setting: Setting, plan: Plan) -> Fault | None:
    """Let an agent's calls be over as soon as they are answered: the agent hangs up, or the headset is dead."""
    start, end = setting.moment((3.5, 8), busy=1.0)
    there = setting.staffed(start, end)
    staff = len(on_shift(setting.shifts, (start + end) / 2))
    if not there or staff < 2 or not setting.clear((start, end)):
        return None
    if setting.rate((start + end) / 2) * (end - start) / 3600 / staff < 12:
        return None
    agent = str(setting.rng.choice(there))
    plan.cutters.append((agent, start, end, uniform(setting, 0.5, 1.0)))
    setting.taken.append((start, end, cause))
    return Fault(cause, start, end, agent=agent)
