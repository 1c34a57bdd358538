"""The operators' floor: trunks, path limits, announcements, one shared queue, agents.

An event loop on ``heapq`` rather than a simulation library's processes: the queue, the agents and the trunks are one
shared state with a handful of event kinds, each with its own method. The physics is first come, first served; the
agent idle longest is rung first.
"""

from __future__ import annotations

import heapq
from collections import deque
from random import Random
from typing import TYPE_CHECKING, Any

from calltrace.simulate.switch import DONE, TALKING, WAITING, Call, House, Record

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from calltrace.simulate.clients import Client
    from calltrace.simulate.plan import Plan
    from calltrace.simulate.roster import Shift

    Reaches = Callable[[int, int, float], bool]
    Handler = Callable[[float, Any], None]

MOST_REDIALS = 4
"""A caller who found nobody that often gives up."""


class Agent:
    """Someone who answers. ``state`` is off, idle, ringing, talking, wrap or paused.

    ``token`` changes with what they do: an event that was planned for them before that is void.
    """

    __slots__ = ("call", "name", "on_shift", "pace", "state", "token", "wants_break")

    def __init__(self, name: str, pace: float) -> None:
        self.name = name
        self.pace = pace
        self.state = "off"
        self.on_shift = False
        self.call: Call | None = None
        self.token = 0
        self.wants_break = 0.0


def run(
    clients: Sequence[Client],
    calls: Sequence[Call],
    shifts: Sequence[Shift],
    plan: Plan,
    house: House,
    *,
    seed: int,
    end: float,
    reaches: Reaches,
) -> Record:
    """Play the world through.

    Parameters
    ----------
    clients, shifts, plan, house
        The world.
    calls : sequence of Call
        Attempts that are not kept from the switch, in order of time. Redials are added on the way.
    seed : int
        For chance inside the loop.
    end : float
        Nothing arrives from then on.
    reaches : callable(account, number, t)
        Whether a redial would reach the switch.
    """
    floor = _Floor(clients, plan, house, Random(seed), end=end, reaches=reaches)
    floor.open(shifts)
    return floor.play(calls)


class _Floor:
    """The state of switch and floor, and what each kind of event does to it."""

    def __init__(
        self, clients: Sequence[Client], plan: Plan, house: House, rng: Random, *, end: float, reaches: Reaches
    ) -> None:
        self.clients, self.plan, self.house = clients, plan, house
        self.uniform, self.expo, self.logn = rng.random, rng.expovariate, rng.lognormvariate
        self.end, self.reaches = end, reaches
        self.record = Record()
        self.heap: list[tuple[float, int, Handler, Any]] = []
        self.planned = 0
        self.agents: dict[str, Agent] = {}
        self.idle: deque[tuple[int, Agent]] = deque()
        self.waiting: deque[Call] = deque()
        self.in_progress: set[Call] = set()
        self.logged_in = 0
        self.down = False
        self.channels = dict(house.channels)
        self.busy_channels = dict.fromkeys(self.channels, 0)
        self.group_of = [c.trunk_group for c in clients]
        self.limits = [c.path_limit for c in clients]
        self.paths = [0] * len(clients)
        index = {c.account: i for i, c in enumerate(clients)}
        self.index = index
        self.dead_ends = [(index[a], s, e) for a, s, e in plan.dead_ends]
        self.unserved = [(index[a], s, e) for a, s, e in plan.unserved]
        self.handling = [
            (None if accounts is None else {index[a] for a in accounts}, s, e, talk, wrap)
            for accounts, s, e, talk, wrap in plan.handling
        ]

    def at(self, t: float, event: Handler, what: Any) -> None:
        """Plan an event."""
        self.planned += 1
        heapq.heappush(self.heap, (t, self.planned, event, what))

    def open(self, shifts: Sequence[Shift]) -> None:
        """Plan what is known beforehand: shifts, breaks, outages, channels and path limits."""
        at, agents, plan = self.at, self.agents, self.plan
        for shift in shifts:
            if shift.agent not in agents:
                agents[shift.agent] = Agent(shift.agent, self.logn(0, 0.08))
            at(shift.start, self.comes, agents[shift.agent])
            at(shift.end, self.goes, agents[shift.agent])
            for a, b in shift.breaks:
                at(a, self.breaks, (agents[shift.agent], b))
        for a, b in plan.outages:
            at(a, self.falls, None)
            at(b, self.rises, None)
        for group, a, b, count in plan.channels:
            at(a, self.trunks, (group, count))
            at(b, self.trunks, (group, self.house.channels[group]))
        for account, a, until, limit in plan.limits:
            client = self.index[account]
            at(a, self.limit, (client, limit))
            if until is not None:
                at(until, self.limit, (client, self.clients[client].path_limit))

    def play(self, calls: Sequence[Call]) -> Record:
        """Let everything happen in order of time; an arrival goes before what was planned for the same instant."""
        heap, arrive = self.heap, self.arrives
        arrivals = iter(calls)
        upcoming = next(arrivals, None)
        while heap or upcoming is not None:
            if upcoming is not None and (not heap or upcoming.t <= heap[0][0]):
                arrive(upcoming.t, upcoming)
                upcoming = next(arrivals, None)
            else:
                t, _, event, what = heapq.heappop(heap)
                event(t, what)
        return self.record

    # ------------------------------------------------------------------ callers

    def arrives(self, t: float, call: Call) -> None:
        """Let a call in, if the switch stands, a trunk is free and its account has a path left."""
        who = call.account
        if t >= self.end or (call.redial_of is not None and not self.reaches(who, call.number, t)):
            return
        if self.down:
            self.redial(call, t, 0.35, 60, 1500)
            return
        group = self.group_of[who]
        if self.busy_channels[group] >= self.channels[group]:
            self.record.blocked.append((t, who, group))
            self.redial(call, t, 0.55, 10, 180)
            return
        self.record.calls.append(call)
        if self.paths[who] >= self.limits[who]:
            call.state, call.outcome, call.by, call.end = DONE, "busy", "system", t
            self.redial(call, t, 0.5, 15, 240)
            return
        self.busy_channels[group] += 1
        self.paths[who] += 1
        self.in_progress.add(call)
        client = self.clients[who]
        ends_there = any(i == who and a <= t < b for i, a, b in self.dead_ends)
        if ends_there or (client.announcement_share and call.u < client.announcement_share and not call.flood):
            self.announce(call, client, t, ends_there=ends_there)
            return
        if client.auto_after_s is not None and client.greeting_first:
            call.auto_at = t + client.auto_after_s
            call.greeting = client.greeting_s
            self.at(call.auto_at + client.greeting_s, self.joins, call)
        else:
            self.joins(t, call)
        self.at(t + call.patience, self.leaves, call)

    def announce(self, call: Call, client: Client, t: float, *, ends_there: bool) -> None:
        """Play a call an announcement, and nothing after it."""
        uniform = self.uniform
        call.auto_at = t + (client.auto_after_s if client.auto_after_s is not None else 2 + 4 * uniform())
        plays = 8 + 22 * uniform()
        leaves = uniform() < (0.8 if ends_there else 0.95)
        call.outcome = "announcement"
        call.by = "caller" if leaves else "system"
        self.at(call.auto_at + (plays * (0.2 + 0.8 * uniform()) if leaves else plays), self.ends, call)

    def joins(self, t: float, call: Call) -> None:
        """Put a call into the queue, once it heard its greeting where it hears one; into one that nobody serves perhaps."""
        if any(i == call.account and a <= t < b for i, a, b in self.unserved):
            return
        if call.state == WAITING:
            call.joined = t
            self.waiting.append(call)
            self.assign(t)

    def leaves(self, t: float, call: Call) -> None:
        """Let a caller give up who is still waiting."""
        if call.state != WAITING or call.outcome:
            return
        call.outcome, call.by = "abandoned", "caller"
        _auto(call, self.clients[call.account], t)
        self.release(call, t)
        agent = call.ringing
        if agent is not None:
            call.ringing = None
            call.rung(t, "cancelled")
            self.free(agent, t)
            self.assign(t)
        if not call.flood:
            self.redial(call, t, self.house.redials, 15, 400)

    def ends(self, t: float, call: Call) -> None:
        """End a conversation or an announcement."""
        if call.state == DONE:
            return
        self.release(call, t)
        if call.agent:
            agent = self.agents[call.agent]
            if agent.call is call:
                agent.state = "wrap"
                agent.token += 1
                wrap = 0.0 if call.flood else self.house.wrap_s * self.logn(0, 0.5) * call.held
                self.at(t + wrap, self.wrapped, (agent, agent.token))
        elif call.outcome == "announcement":
            self.redial(call, t, 0.25, 20, 300)

    def redial(self, call: Call, t: float, chance: float, lo: float, hi: float) -> None:
        """Let a caller who found nobody try again, between ``lo`` and ``hi`` seconds later."""
        depth, older = 0, call.redial_of
        while older is not None:
            depth, older = depth + 1, older.redial_of
        if depth < MOST_REDIALS and self.uniform() < chance:
            again = Call(
                t + lo + (hi - lo) * self.uniform() ** 2,
                call.account,
                call.number,
                call.ani,
                patience=4 + self.expo(1 / self.house.patience_s),
                talk=call.talk,
                u=self.uniform(),
            )
            again.redial_of = call
            again.name = call.name
            self.at(again.t, self.arrives, again)

    def release(self, call: Call, t: float) -> None:
        """Give back the trunk and the path a call held."""
        call.state = DONE
        call.end = t
        self.paths[call.account] -= 1
        self.busy_channels[self.group_of[call.account]] -= 1
        self.in_progress.discard(call)

    # ------------------------------------------------------------------ agents

    def assign(self, t: float) -> None:
        """Ring agents for those who wait."""
        waiting, idle, house, uniform = self.waiting, self.idle, self.house, self.uniform
        while waiting and idle:
            token, agent = idle.popleft()
            if agent.token != token or agent.state != "idle":
                continue
            while waiting and waiting[0].state != WAITING:
                waiting.popleft()
            if not waiting:
                idle.appendleft((token, agent))
                return
            call = waiting.popleft()
            agent.state = "ringing"
            agent.token += 1
            agent.call = call
            call.ringing = agent
            call.rings.append((agent.name, t, t, "cancelled"))
            chance = house.rings_out
            for name, a, b, share in self.plan.deaf:
                if name == agent.name and a <= t < b:
                    chance = share
            if uniform() < chance:
                self.at(t + house.ring_timeout_s, self.rings_out, (agent, agent.token))
            else:
                after = min(0.6 + house.pickup_s * self.logn(0, 0.45), house.ring_timeout_s - 0.5)
                self.at(t + after, self.answers, (agent, agent.token))

    def answers(self, t: float, rung: tuple[Agent, int]) -> None:
        """Let the agent who is rung pick up."""
        agent, token = rung
        call = agent.call
        if call is None or agent.token != token or agent.state != "ringing":
            return
        uniform, house = self.uniform, self.house
        call.rung(t, "answered")
        call.ringing = None
        call.state = TALKING
        call.agent, call.agent_at = agent.name, t
        client = self.clients[call.account]
        _auto(call, client, t)
        agent.state = "talking"
        talk, wrap = call.talk * agent.pace, 1.0
        for accounts, a, b, more_talk, more_wrap in self.handling:
            if a <= t < b and (accounts is None or call.account in accounts):
                talk *= more_talk
                wrap *= more_wrap
        share, mean = client.hold_share, client.hold_s
        for name, a, b, p, seconds in self.plan.holders:
            if name == agent.name and a <= t < b:
                share, mean = p, seconds
        if uniform() < share and not call.flood:
            call.hold = 3 + self.expo(1 / mean)
        call.outcome = "answered"
        call.by = "caller" if uniform() < house.hangs_up_first else "agent"
        if uniform() < house.cut_share:
            call.outcome, call.by = "failed", "system"
            talk *= uniform()
        call.held = wrap
        call.talk = self.cut_off(t, call, talk)
        self.at(t + call.hold + call.talk, self.ends, call)

    def cut_off(self, t: float, call: Call, talk: float) -> float:
        """Return how long a call lasts: seconds, where its agent ends calls at once or one side hears nothing.

        Whoever was cut off tries again, and has as much to say as before.
        """
        group = self.group_of[call.account]
        by_agent = any(n == call.agent and a <= t < b and self.uniform() < p for n, a, b, p in self.plan.cutters)
        unheard = any(g == group and a <= t < b and self.uniform() < p for g, a, b, p in self.plan.deafened)
        if call.flood or call.outcome != "answered" or not (by_agent or unheard):
            return talk
        seconds = 1 + 5 * self.uniform() if by_agent else 4 + self.expo(1 / 4)
        call.by = "agent" if by_agent and self.uniform() < 0.9 else "caller"
        call.hold = 0.0
        self.redial(call, t + seconds, 0.55, 15, 240)
        return min(talk, seconds)

    def rings_out(self, t: float, rung: tuple[Agent, int]) -> None:
        """Take a call back from an agent who let it ring, and put it first in the queue."""
        agent, token = rung
        call = agent.call
        if call is None or agent.token != token or agent.state != "ringing":
            return
        uniform = self.uniform
        call.rung(t, "rang_out")
        call.ringing = None
        self.log(t, agent, "ring_no_answer", call)
        deaf = any(n == agent.name and a <= t < b for n, a, b, _ in self.plan.deaf)
        if agent.on_shift and self.house.pauses_after_ring_out:
            agent.state = "paused"
            agent.token += 1
            agent.call = None
            self.log(t, agent, "pause")
            self.at(t + (5 + 25 * uniform() if deaf else 25 + self.expo(1 / 70)), self.returns, (agent, agent.token))
        else:
            self.free(agent, t)
        self.waiting.appendleft(call)
        self.assign(t)

    def free(self, agent: Agent, t: float) -> None:
        """Put an agent who has nothing to do where they belong: off, on a break, or idle."""
        agent.call = None
        agent.token += 1
        if not agent.on_shift:
            if agent.state != "off":
                self.logout(agent, t)
            return
        if agent.wants_break > t:
            agent.state = "paused"
            self.log(t, agent, "pause")
            self.at(agent.wants_break, self.returns, (agent, agent.token))
            agent.wants_break = 0.0
            return
        agent.wants_break = 0.0
        agent.state = "idle"
        self.idle.append((agent.token, agent))

    def wrapped(self, t: float, done: tuple[Agent, int]) -> None:
        """Let an agent be done with what follows a call."""
        agent, token = done
        if agent.token == token and agent.state == "wrap":
            self.free(agent, t)
            self.assign(t)

    def comes(self, t: float, agent: Agent) -> None:
        """Begin an agent's shift."""
        agent.on_shift = True
        if not self.down and agent.state == "off":
            self.log(t, agent, "login")
            self.staffed(t, 1)
            agent.state = "idle"
            self.free(agent, t)
            self.assign(t)

    def goes(self, t: float, agent: Agent) -> None:
        """End an agent's shift; who is on a call goes after it."""
        agent.on_shift = False
        if agent.state == "idle":
            self.free(agent, t)
        elif agent.state == "paused":
            self.log(t, agent, "unpause")
            self.free(agent, t)

    def breaks(self, t: float, planned: tuple[Agent, float]) -> None:
        """Send an agent on a break, or remember that they are due for one."""
        agent, until = planned
        if agent.state == "off" or not agent.on_shift:
            return
        agent.wants_break = until
        if agent.state == "idle":
            self.free(agent, t)

    def returns(self, t: float, paused: tuple[Agent, int]) -> None:
        """End an agent's break or pause."""
        agent, token = paused
        if agent.token != token or agent.state != "paused":
            return
        self.log(t, agent, "unpause")
        self.free(agent, t)
        self.assign(t)

    def logout(self, agent: Agent, t: float) -> None:
        """Let the switch know an agent no more."""
        agent.state = "off"
        self.log(t, agent, "logout")
        self.staffed(t, -1)

    def staffed(self, t: float, change: int) -> None:
        """Note how many agents are logged in."""
        self.logged_in += change
        self.record.staffed.append((t, self.logged_in))

    def log(self, t: float, agent: Agent, event: str, call: Call | None = None) -> None:
        """Note what an agent did."""
        self.record.agents.append((t, agent.name, event, call))

    # ------------------------------------------------------------------ the switch

    def falls(self, t: float, _: None) -> None:
        """Let the platform fail: calls are cut, agents are out."""
        self.down = True
        for call in sorted(self.in_progress, key=lambda c: c.t):
            if call.agent_at is not None:
                spoken = t - call.agent_at
                call.hold = min(call.hold, spoken)
                call.talk = spoken - call.hold
            else:
                _auto(call, self.clients[call.account], t)
            call.outcome, call.by = "failed", "system"
            call.ringing = None
            if call.rings and call.rings[-1][3] == "cancelled":
                call.rung(t, "cancelled")
            self.release(call, t)
            self.redial(call, t, 0.4, 60, 1200)
        self.waiting.clear()
        self.idle.clear()
        for agent in self.agents.values():
            agent.token += 1
            agent.call = None
            if agent.state != "off":
                self.logout(agent, t)

    def rises(self, t: float, _: None) -> None:
        """Let the platform come back, and those on shift log in again."""
        self.down = False
        for agent in self.agents.values():
            if agent.on_shift:
                self.at(t + 20 + 220 * self.uniform(), self.comes, agent)

    def trunks(self, _t: float, told: tuple[str, int]) -> None:
        """Change how many channels a trunk group has."""
        group, lines = told
        self.channels[group] = lines

    def limit(self, _t: float, told: tuple[int, int]) -> None:
        """Change how many calls an account may have at once."""
        who, allowed = told
        self.limits[who] = allowed


def _auto(call: Call, client: Client, t: float) -> None:
    """Note the announcement that picked up while nobody had, where the account has one."""
    if client.auto_after_s is None:
        return
    if client.greeting_first:
        if call.auto_at is not None and call.auto_at > t:
            call.auto_at = None  # the caller was gone before it
    elif t - call.t > client.auto_after_s:
        call.auto_at = call.t + client.auto_after_s
