"""Who calls: every attempt that reaches the switch gets its caller, and every call its id."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from calltrace.simulate import clock
from calltrace.simulate.names import caller_name
from calltrace.simulate.switch import Call

if TYPE_CHECKING:
    from calltrace.simulate import demand
    from calltrace.simulate.clients import Client
    from calltrace.simulate.numbers import Numbers
    from calltrace.simulate.plan import Plan
    from calltrace.simulate.switch import House


def draw(
    arrivals: demand.Calls,
    keep: np.ndarray[Any, Any],
    clients: list[Client],
    plan: Plan,
    *,
    house: House,
    numbers: Numbers,
    rng: np.random.Generator,
) -> list[Call]:
    """Give every attempt that reaches the switch its caller: who, how patient, how much to say."""
    size = len(arrivals.t)
    withheld = rng.uniform(0.02, 0.07)
    u = rng.random((size, 5))
    sigma = np.array([c.talk_sigma for c in clients])[arrivals.account]
    mean = np.array([c.talk_s for c in clients])[arrivals.account]
    talk = np.clip(mean * np.exp(sigma * rng.standard_normal(size) - sigma**2 / 2), 4, 1800)
    shape = float(rng.uniform(1.0, 1.5))
    patience = np.where(u[:, 0] < 0.022, 1 + 7 * u[:, 1], 4 + house.patience_s * rng.weibull(shape, size))
    floods = {c.account: i for i, c in enumerate(clients)}
    crowd = {floods[account]: callers for account, _, _, _, callers in plan.floods}
    names: dict[str, str] = {}
    calls = []
    fresh = {
        i: iter(numbers.callers(c.zone, int(((arrivals.account == i) & keep).sum())))
        for i, c in enumerate(clients)
    }
    t, account, number, flood = (
        a.tolist() for a in (arrivals.t, arrivals.account, arrivals.number, arrivals.flood)
    )
    for k in np.flatnonzero(keep).tolist():
        i = account[k]
        client = clients[i]
        call = Call(
            t[k], i, number[k], "", patience=float(patience[k]), talk=float(talk[k]), u=float(u[k, 2])
        )
        if flood[k] >= 0:
            call.flood = True
            call.ani = crowd[i][flood[k]]
            call.patience = 1.5 + 8 * u[k, 1]
            call.talk = 2 + 7 * u[k, 3]
        elif u[k, 3] < withheld:
            call.ani = ""
        elif u[k, 4] < client.repeat_share:
            call.ani = client.pool[int(len(client.pool) * u[k, 1] ** 2)]
        else:
            call.ani = next(fresh[i])
        if call.ani:
            if call.ani not in names:
                names[call.ani] = caller_name(rng)
            call.name = names[call.ani]
        calls.append(call)
    return calls


def number(calls: list[Call], zone: str, style: int) -> None:
    """Give the calls their ids, as switches do: by day, through, or with the second."""
    day, counter = "", 0
    for k, call in enumerate(calls):
        if style == 0:
            today = clock.local(call.t, zone).strftime("%y%m%d")
            counter = counter + 1 if today == day else 1
            day = today
            call.id = f"{today}-{counter:05d}"
        elif style == 1:
            call.id = str(4_100_000 + k)
        elif style == 2:
            call.id = f"{int(call.t):x}-{k % 65536:04x}"
        else:
            call.id = f"C{int(call.t)}.{k}"
