"""The switch and the operators' floor: trunks, path limits, announcements, one shared queue, agents.

An event loop on ``heapq`` rather than a simulation library's processes: the queue, the agents and the trunks are one
shared state with a handful of event kinds, which one loop says plainly. The physics is first come, first served; the
agent idle longest is rung first.
"""

from __future__ import annotations

import heapq
from collections import deque
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from calltrace.simulate.clients import Client
    from calltrace.simulate.plan import Plan
    from calltrace.simulate.roster import Shift

_ARRIVE, _JOIN, _LEAVE, _RING, _END, _WRAPPED, _ON, _OFF, _BREAK, _BACK, _DOWN, _UP, _CHANNELS, _LIMIT = (
    range(14)
)
_WAITING, _TALKING, _DONE = range(3)


class Call:
    """One attempt that got as far as the switch, and what became of it.

    Times are epoch seconds. ``auto_at`` is when an announcement picked up (None if none did), ``agent_at``
    when an agent did. ``rings`` are the rings of agents' phones: agent, from, to, how (answered, rang_out,
    cancelled).
    """

    __slots__ = (
        "account",
        "agent",
        "agent_at",
        "ani",
        "auto_at",
        "by",
        "end",
        "flood",
        "greeting",
        "held",
        "hold",
        "id",
        "joined",
        "name",
        "number",
        "outcome",
        "patience",
        "redial_of",
        "ringing",
        "rings",
        "state",
        "t",
        "talk",
        "u",
    )

    def __init__(
        self, t: float, account: int, number: int, ani: str, *, patience: float, talk: float, u: float
    ) -> None:
        self.t = t
        self.account = account
        self.number = number
        self.ani = ani
        self.name = ""
        self.patience = patience
        self.talk = talk
        self.u = u
        self.flood = False
        self.redial_of: Call | None = None
        self.state = _WAITING
        self.outcome = ""
        self.by = ""
        self.end = t
        self.agent: str = ""
        self.agent_at: float | None = None
        self.auto_at: float | None = None
        self.greeting = 0.0
        self.joined: float | None = None
        self.hold = 0.0
        self.held = 0.0
        self.ringing: _Agent | None = None
        self.rings: list[tuple[str, float, float, str]] | None = None
        self.id = ""


class _Agent:
    __slots__ = (
        "back_at",
        "call",
        "free",
        "name",
        "on_shift",
        "pace",
        "state",
        "token",
        "until",
        "wants_break",
    )

    def __init__(self, name: str, pace: float) -> None:
        self.name = name
        self.pace = pace
        self.state = "off"
        self.on_shift = False
        self.call: Call | None = None
        self.token = 0
        self.until = 0.0
        self.wants_break = 0.0
        self.back_at = 0.0
        self.free = False


@dataclass
class House:
    """How the switch is programmed and how people behave, the same for the whole world."""

    ring_timeout_s: float = 18.0
    pickup_s: float = 3.5
    rings_out: float = 0.008
    pauses_after_ring_out: bool = True
    wrap_s: float = 10.0
    patience_s: float = 150.0
    redials: float = 0.3
    cut_share: float = 0.0015
    hangs_up_first: float = 0.6
    channels: dict[str, int] = field(default_factory=dict)


@dataclass
class Record:
    """What came of it: calls that reached the switch, calls that found no trunk, and agents' events."""

    calls: list[Call] = field(default_factory=list)
    blocked: list[tuple[float, int, str]] = field(default_factory=list)
    agents: list[tuple[float, str, str, Call | None]] = field(default_factory=list)
    staffed: list[tuple[float, int]] = field(default_factory=list)


def run(  # the loop is one function on purpose: local names make it twice as fast
    clients: list[Client],
    calls: list[Call],
    shifts: list[Shift],
    plan: Plan,
    house: House,
    *,
    seed: int,
    end: float,
    reaches: Callable[[int, int, float], bool],
) -> Record:
    """Play the world through.

    Parameters
    ----------
    clients, shifts, plan, house
        The world.
    calls : list of Call
        Attempts that are not kept from the switch, in order of time. Redials are added on the way.
    seed : int
        For chance inside the loop.
    end : float
        Nothing arrives from then on.
    reaches : callable(account, number, t)
        Whether a redial would reach the switch.
    """
    rng = Random(seed)
    uniform, expo, logn = rng.random, rng.expovariate, rng.lognormvariate
    record = Record()
    heap: list[tuple[float, int, int, Any]] = []
    seq = 0

    def at(t: float, kind: int, what: Any) -> None:
        nonlocal seq
        seq += 1
        heapq.heappush(heap, (t, seq, kind, what))

    agents: dict[str, _Agent] = {}
    for shift in shifts:
        if shift.agent not in agents:
            agents[shift.agent] = _Agent(shift.agent, logn(0, 0.08))
        at(shift.start, _ON, agents[shift.agent])
        at(shift.end, _OFF, agents[shift.agent])
        for a, b in shift.breaks:
            at(a, _BREAK, (agents[shift.agent], b))
    for a, b in plan.outages:
        at(a, _DOWN, None)
        at(b, _UP, None)
    channels = dict(house.channels)
    for group, a, b, count in plan.channels:
        at(a, _CHANNELS, (group, count))
        at(b, _CHANNELS, (group, house.channels[group]))
    index = {c.account: i for i, c in enumerate(clients)}
    limits = [c.path_limit for c in clients]
    for account, a, until, limit in plan.limits:
        at(a, _LIMIT, (index[account], limit))
        if until is not None:
            at(until, _LIMIT, (index[account], clients[index[account]].path_limit))
    dead_ends = [(index[a], s, e) for a, s, e in plan.dead_ends]
    handling = [
        (None if accounts is None else {index[a] for a in accounts}, s, e, talk, wrap)
        for accounts, s, e, talk, wrap in plan.handling
    ]
    paths = [0] * len(clients)
    busy_channels = dict.fromkeys(channels, 0)
    group_of = [c.trunk_group for c in clients]
    waiting: deque[Call] = deque()
    idle: deque[tuple[int, _Agent]] = deque()
    down = False
    logged_in = 0
    in_progress: set[Call] = set()
    log = record.agents.append

    def staffed(t: float, change: int) -> None:
        nonlocal logged_in
        logged_in += change
        record.staffed.append((t, logged_in))

    def free(agent: _Agent, t: float) -> None:
        """Put an agent who has nothing to do where they belong: off, on a break, or idle."""
        agent.call = None
        agent.token += 1
        if not agent.on_shift:
            if agent.state != "off":
                agent.state = "off"
                log((t, agent.name, "logout", None))
                staffed(t, -1)
            return
        if agent.wants_break > t:
            agent.state = "paused"
            log((t, agent.name, "pause", None))
            at(agent.wants_break, _BACK, (agent, agent.token))
            agent.wants_break = 0.0
            return
        agent.wants_break = 0.0
        agent.state = "idle"
        idle.append((agent.token, agent))

    def login(agent: _Agent, t: float) -> None:
        log((t, agent.name, "login", None))
        staffed(t, 1)
        agent.state = "idle"
        free(agent, t)

    def release(call: Call, t: float) -> None:
        call.state = _DONE
        call.end = t
        paths[call.account] -= 1
        busy_channels[group_of[call.account]] -= 1
        in_progress.discard(call)

    def redial(call: Call, t: float, chance: float, lo: float, hi: float) -> None:
        depth, older = 0, call.redial_of
        while older is not None:
            depth, older = depth + 1, older.redial_of
        if depth < 4 and uniform() < chance:
            again = Call(
                t + lo + (hi - lo) * uniform() ** 2,
                call.account,
                call.number,
                call.ani,
                patience=4 + expo(1 / house.patience_s),
                talk=call.talk,
                u=uniform(),
            )
            again.redial_of = call
            again.name = call.name
            at(again.t, _ARRIVE, again)

    def assign(t: float) -> None:
        """Ring agents for those who wait."""
        while waiting and idle:
            token, agent = idle.popleft()
            if agent.token != token or agent.state != "idle":
                continue
            while waiting and waiting[0].state != _WAITING:
                waiting.popleft()
            if not waiting:
                idle.appendleft((token, agent))
                return
            call = waiting.popleft()
            agent.state = "ringing"
            agent.token += 1
            agent.call = call
            call.ringing = agent
            if call.rings is None:
                call.rings = []
            call.rings.append((agent.name, t, t, "cancelled"))
            chance = house.rings_out
            for name, a, b, share in plan.deaf:
                if name == agent.name and a <= t < b:
                    chance = share
            if uniform() < chance:
                at(t + house.ring_timeout_s, _RING, (agent, agent.token, False))
            else:
                after = min(0.6 + house.pickup_s * logn(0, 0.45), house.ring_timeout_s - 0.5)
                at(t + after, _RING, (agent, agent.token, True))

    # what the heap holds is of many kinds: the kind says which
    t: float
    kind: int
    what: Any
    call: Any
    agent: Any
    client: Client
    arrivals = iter(calls)
    upcoming = next(arrivals, None)
    while heap or upcoming is not None:
        if upcoming is not None and (not heap or upcoming.t <= heap[0][0]):
            t, kind, what = upcoming.t, _ARRIVE, upcoming
            upcoming = next(arrivals, None)
        else:
            t, _, kind, what = heapq.heappop(heap)

        if kind == _ARRIVE:
            call = what
            if t >= end or (call.redial_of is not None and not reaches(call.account, call.number, t)):
                continue
            if down:
                redial(call, t, 0.35, 60, 1500)
                continue
            group = group_of[call.account]
            if busy_channels[group] >= channels[group]:
                record.blocked.append((t, call.account, group))
                redial(call, t, 0.55, 10, 180)
                continue
            record.calls.append(call)
            if paths[call.account] >= limits[call.account]:
                call.state, call.outcome, call.by, call.end = _DONE, "busy", "system", t
                redial(call, t, 0.5, 15, 240)
                continue
            busy_channels[group] += 1
            paths[call.account] += 1
            in_progress.add(call)
            client = clients[call.account]
            ends_there = any(i == call.account and a <= t < b for i, a, b in dead_ends)
            if ends_there or (
                client.announcement_share and call.u < client.announcement_share and not call.flood
            ):
                call.auto_at = t + (
                    client.auto_after_s if client.auto_after_s is not None else 2 + 4 * uniform()
                )
                plays = 8 + 22 * uniform()
                leaves = uniform() < (0.8 if ends_there else 0.95)
                call.outcome = "announcement"
                call.by = "caller" if leaves else "system"
                at(call.auto_at + (plays * (0.2 + 0.8 * uniform()) if leaves else plays), _END, call)
                continue
            if client.auto_after_s is not None and client.greeting_first:
                call.auto_at = t + client.auto_after_s
                call.greeting = client.greeting_s
                at(call.auto_at + client.greeting_s, _JOIN, call)
            else:
                call.joined = t
                waiting.append(call)
                assign(t)
            at(t + call.patience, _LEAVE, call)

        elif kind == _JOIN:
            if what.state == _WAITING:
                what.joined = t
                waiting.append(what)
                assign(t)

        elif kind == _LEAVE:
            call = what
            if call.state != _WAITING or call.outcome:
                continue
            call.outcome, call.by = "abandoned", "caller"
            _auto(call, clients[call.account], t)
            release(call, t)
            agent = call.ringing
            if agent is not None:
                call.ringing = None
                call.rings[-1] = (*call.rings[-1][:2], t, "cancelled")
                free(agent, t)
                assign(t)
            if not call.flood:
                redial(call, t, house.redials, 15, 400)

        elif kind == _RING:
            agent, token, picks_up = what
            if agent.token != token or agent.state != "ringing":
                continue
            call = agent.call
            if picks_up:
                call.rings[-1] = (*call.rings[-1][:2], t, "answered")
                call.ringing = None
                call.state = _TALKING
                call.agent, call.agent_at = agent.name, t
                _auto(call, clients[call.account], t)
                agent.state = "talking"
                client = clients[call.account]
                talk, wrap = call.talk * agent.pace, 1.0
                for accounts, a, b, more_talk, more_wrap in handling:
                    if a <= t < b and (accounts is None or call.account in accounts):
                        talk *= more_talk
                        wrap *= more_wrap
                share, mean = client.hold_share, client.hold_s
                for name, a, b, p, seconds in plan.holders:
                    if name == agent.name and a <= t < b:
                        share, mean = p, seconds
                if uniform() < share and not call.flood:
                    call.hold = 3 + expo(1 / mean)
                call.outcome = "answered"
                call.by = "caller" if uniform() < house.hangs_up_first else "agent"
                if uniform() < house.cut_share:
                    call.outcome, call.by = "failed", "system"
                    talk *= uniform()
                call.talk = talk
                call.held = wrap
                at(t + call.hold + talk, _END, call)
            else:
                call.rings[-1] = (*call.rings[-1][:2], t, "rang_out")
                call.ringing = None
                log((t, agent.name, "ring_no_answer", call))
                deaf = any(n == agent.name and a <= t < b for n, a, b, _ in plan.deaf)
                if not agent.on_shift:
                    free(agent, t)
                elif house.pauses_after_ring_out:
                    agent.state = "paused"
                    agent.token += 1
                    agent.call = None
                    log((t, agent.name, "pause", None))
                    at(t + (5 + 25 * uniform() if deaf else 25 + expo(1 / 70)), _BACK, (agent, agent.token))
                else:
                    free(agent, t)
                waiting.appendleft(call)
                assign(t)

        elif kind == _END:
            call = what
            if call.state == _DONE:
                continue
            release(call, t)
            if call.agent:
                agent = agents[call.agent]
                if agent.call is call:
                    agent.state = "wrap"
                    agent.token += 1
                    wrap = 0.0 if call.flood else house.wrap_s * logn(0, 0.5) * call.held
                    at(t + wrap, _WRAPPED, (agent, agent.token))
            elif call.outcome == "announcement":
                redial(call, t, 0.25, 20, 300)

        elif kind == _WRAPPED:
            agent, token = what
            if agent.token == token and agent.state == "wrap":
                free(agent, t)
                assign(t)

        elif kind == _ON:
            agent = what
            agent.on_shift = True
            if not down and agent.state == "off":
                login(agent, t)
                assign(t)

        elif kind == _OFF:
            agent = what
            agent.on_shift = False
            if agent.state == "idle":
                free(agent, t)
            elif agent.state == "paused":
                log((t, agent.name, "unpause", None))
                free(agent, t)

        elif kind == _BREAK:
            agent, until = what
            if agent.state == "off" or not agent.on_shift:
                continue
            agent.wants_break = until
            if agent.state == "idle":
                free(agent, t)

        elif kind == _BACK:
            agent, token = what
            if agent.token != token or agent.state != "paused":
                continue
            log((t, agent.name, "unpause", None))
            free(agent, t)
            assign(t)

        elif kind == _DOWN:
            down = True
            for call in sorted(in_progress, key=lambda c: c.t):
                if call.agent_at is not None:
                    spoken = t - call.agent_at
                    call.hold = min(call.hold, spoken)
                    call.talk = spoken - call.hold
                else:
                    _auto(call, clients[call.account], t)
                call.outcome, call.by = "failed", "system"
                call.ringing = None
                if call.rings and call.rings[-1][3] == "cancelled":
                    call.rings[-1] = (*call.rings[-1][:2], t, "cancelled")
                release(call, t)
                redial(call, t, 0.4, 60, 1200)
            waiting.clear()
            idle.clear()
            for agent in list(agents.values()):
                agent.token += 1
                agent.call = None
                if agent.state != "off":
                    agent.state = "off"
                    log((t, agent.name, "logout", None))
                    staffed(t, -1)

        elif kind == _UP:
            down = False
            for agent in agents.values():
                if agent.on_shift:
                    at(t + 20 + 220 * uniform(), _ON, agent)

        elif kind == _CHANNELS:
            group, lines = what
            channels[group] = lines

        elif kind == _LIMIT:
            who, allowed = what
            limits[who] = allowed

    return record


def _auto(call: Call, client: Client, t: float) -> None:
    """Note the announcement that picked up while nobody had, where the account has one."""
    if client.auto_after_s is None:
        return
    if client.greeting_first:
        if call.auto_at is not None and call.auto_at > t:
            call.auto_at = None  # the caller was gone before it
    elif t - call.t > client.auto_after_s:
        call.auto_at = call.t + client.auto_after_s
