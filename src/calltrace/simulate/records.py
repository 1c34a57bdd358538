"""What the switch and the office write down: frames in the generic layout's columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from calltrace.simulate.numbers import is_toll_free
from calltrace.tables.schema import TABLES, Table, conform

if TYPE_CHECKING:
    import numpy.typing as npt

    from calltrace.simulate.clients import Client
    from calltrace.simulate.messages import Message, Rosters
    from calltrace.simulate.plan import Plan
    from calltrace.simulate.switch import Call, Record


def _utc(seconds: npt.ArrayLike) -> pd.Series[pd.Timestamp]:
    whole = pd.Series(np.floor(np.asarray(seconds, dtype=float)), dtype="float64")
    stamps = (
        pd.to_datetime(whole.astype("int64"), unit="s", utc=True)
        if whole.notna().all()
        else pd.to_datetime(whole, unit="s", utc=True)
    )
    return stamps.dt.as_unit("us")


def _typed(frame: pd.DataFrame, table: Table) -> pd.DataFrame:
    """Return the frame in the table's columns and dtypes; texts with NA for what is missing, never NaN."""
    texts = [c.name for c in table.columns if c.kind == "text" and c.name in frame.columns]
    return conform(frame.astype(dict.fromkeys(texts, "string")), table)


def ring_queue(call: Call) -> tuple[int, int]:
    """Return ``ring_s`` and ``queue_s`` of one call: until the first pick-up, and from an announcement on."""
    picked_up = call.agent_at if call.agent_at is not None else call.end
    if call.outcome == "busy":
        return 0, 0
    if call.auto_at is not None and call.auto_at <= picked_up:
        return round(call.auto_at - call.t), round(picked_up - call.auto_at)
    return round(picked_up - call.t), 0


def calls_frame(
    calls: list[Call], clients: list[Client], plan: Plan, *, recordings: str, diverted: bool
) -> pd.DataFrame:
    """Return the calls table; rows of the spans a plan loses are not there.

    With ``diverted`` the switch logs the number a call was forwarded from: the client's office, for most
    calls to numbers of its own; toll-free ones are routed to the switch and carry none.
    """
    kept = [c for c in calls if not any(a <= c.t < b for a, b in plan.lost_rows)]
    waits = [ring_queue(c) for c in kept]
    answered = [c.agent_at is not None for c in kept]
    frame = pd.DataFrame(
        {
            "call_id": [c.id for c in kept],
            "account": [clients[c.account].account for c in kept],
            "dnis": [clients[c.account].numbers[c.number] for c in kept],
            "trunk_group": [clients[c.account].trunk_group for c in kept],
            "ani": [c.ani or None for c in kept],
            "caller_name": [c.name or None for c in kept],
            "agent": [c.agent or None for c in kept],
            "offered_at": _utc([c.t for c in kept]),
            "ring_s": [float(w[0]) for w in waits],
            "queue_s": [float(w[1]) for w in waits],
            "hold_s": [float(round(c.hold)) for c in kept],
            "talk_s": [float(round(c.talk)) if a else 0.0 for c, a in zip(kept, answered, strict=True)],
            "outcome": [c.outcome for c in kept],
            "ended_by": [c.by for c in kept],
            "recording": [
                recordings.format(id=c.id) if c.outcome == "answered" and recordings else None for c in kept
            ],
        }
    )
    if diverted:
        frame["redirected_from"] = [
            clients[c.account].office_number
            if not is_toll_free(clients[c.account].numbers[c.number]) and c.u < 0.93 and not c.flood
            else None
            for c in kept
        ]
    return _typed(frame, TABLES["calls"])


def kpi_frame(
    record: Record,
    clients: list[Client],
    plan: Plan,
    *,
    begin: float,
    end: float,
    minutes: int,
    threshold_s: int,
    of_offered: bool,
    groups: dict[str, int],
    groups_since: float,
    step_from: float,
) -> pd.DataFrame:
    """Return the KPI table: the switch's own counts by ``offered_at``, lost rows and all.

    Intervals that lie wholly within an outage were never written. ``service_level_pct`` is of answered calls,
    or of offered ones where ``of_offered``, as switches differ.
    """
    width = minutes * 60
    edges = np.arange(step_from, end + 0.5, width)
    counted = _Counted(record, clients, edges, width)
    wholly_out = np.zeros(counted.n, dtype=bool)
    for a, b in plan.outages:
        wholly_out |= (edges[:-1] >= a) & (edges[1:] <= b)
    platform = counted.platform(threshold_s, of_offered=of_offered)
    frames = [platform[~wholly_out & (edges[:-1] >= begin - 0.5)]]
    for group, channels in groups.items():
        frame = counted.group(group, channels, sorted((a, b, c) for g, a, b, c in plan.channels if g == group))
        frames.append(frame[~wholly_out & (edges[:-1] >= max(begin, groups_since) - 0.5)])
    return _typed(pd.concat(frames, ignore_index=True), TABLES["kpi"])


class _Counted:
    """A record's calls as the switch counts them: each in the interval it was offered in."""

    def __init__(
        self, record: Record, clients: list[Client], edges: npt.NDArray[np.float64], width: float
    ) -> None:
        done = record.calls
        self.edges, self.n, self.staffed = edges, len(edges) - 1, record.staffed
        self.t = np.array([c.t for c in done]) if done else np.zeros(0)
        self.slot = self._slots(np.floor(self.t), width)
        self.outcome = np.array([c.outcome for c in done], dtype=object)
        self.lengths = np.array([c.end - c.t for c in done])
        self.wait = np.array([c.agent_at - c.t if c.agent_at is not None else np.nan for c in done], dtype=float)
        self.handled = np.array([c.talk + c.hold if c.agent_at is not None else np.nan for c in done], dtype=float)
        self.groups = np.array([clients[c.account].trunk_group for c in done], dtype=object)
        self.blocked_slot = self._slots(np.array([b[0] for b in record.blocked], dtype=float), width)
        self.blocked_group = np.array([b[2] for b in record.blocked], dtype=object)

    def _slots(self, t: npt.NDArray[np.float64], width: float) -> npt.NDArray[np.int64]:
        if not self.n:
            return t.astype(int)
        slots: npt.NDArray[np.int64] = np.clip(((t - self.edges[0]) // width).astype(int), 0, self.n - 1)
        return slots

    def _count(self, mask: npt.NDArray[np.bool_]) -> npt.NDArray[Any]:
        return np.bincount(self.slot[mask], minlength=self.n)

    def platform(self, threshold_s: int, *, of_offered: bool) -> pd.DataFrame:
        """Return the intervals of the whole switch."""
        answered = self.outcome == "answered"
        n_answered, offered = self._count(answered), np.bincount(self.slot, minlength=self.n)
        within = self._count(answered & (self.wait <= threshold_s))

        def mean(values: npt.NDArray[np.float64]) -> npt.NDArray[Any]:
            known = np.nan_to_num(values)[answered]
            total = np.bincount(self.slot[answered], weights=known, minlength=self.n)
            found: npt.NDArray[Any] = np.round(total / n_answered, 1)
            return found

        with np.errstate(invalid="ignore", divide="ignore"):
            return pd.DataFrame(
                {
                    "interval_start": _utc(self.edges[:-1]),
                    "scope": "platform",
                    "offered": offered,
                    "answered": n_answered,
                    "abandoned": self._count((self.outcome == "abandoned") | (self.outcome == "announcement")),
                    "blocked": np.bincount(self.blocked_slot, minlength=self.n),
                    "asa_s": mean(self.wait),
                    "service_level_pct": np.round(100 * within / (offered if of_offered else n_answered), 1),
                    "aht_s": mean(self.handled),
                    "agents_staffed": np.round(_average(self.staffed, self.edges), 2),
                }
            )

    def group(self, group: str, channels: int, changes: list[tuple[float, float, int]]) -> pd.DataFrame:
        """Return the intervals of a trunk group of so many channels, ``changes`` being spans with others."""
        mine = self.groups == group
        peak, full = _occupancy(self.t[mine], self.lengths[mine], self.edges, channels, changes)
        blocked = self.blocked_slot[self.blocked_group == group]
        return pd.DataFrame(
            {
                "interval_start": _utc(self.edges[:-1]),
                "scope": group,
                "offered": self._count(mine),
                "blocked": np.bincount(blocked, minlength=self.n),
                "all_trunks_busy_s": np.round(full),
                "peak_trunks_in_use": peak,
            }
        )


def _average(steps: list[tuple[float, int]], edges: npt.NDArray[np.float64]) -> npt.NDArray[Any]:
    """Return the mean of a step function within each interval."""
    times = np.array([edges[0], *[t for t, _ in steps], edges[-1]])
    values = np.array([0, *[v for _, v in steps], 0], dtype=float)
    order = np.argsort(times, kind="stable")
    times, values = times[order], values[order]
    area = np.concatenate([[0.0], np.cumsum(values[:-1] * np.diff(times))])
    at = np.interp(edges, times, area)
    means: npt.NDArray[Any] = np.diff(at) / np.diff(edges)
    return means


def _occupancy(
    starts: npt.NDArray[np.float64],
    lengths: npt.NDArray[np.float64],
    edges: npt.NDArray[np.float64],
    channels: int,
    changes: list[tuple[float, float, int]],
) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """Return the peak of lines in use and the seconds with none free, for each interval."""
    keep = lengths > 0
    starts, ends = starts[keep], (starts + lengths)[keep]
    fences = [edges[:-1]] + [np.array([a, b]) for a, b, _ in changes]
    points = np.concatenate([ends, starts, *fences])
    deltas = np.concatenate(
        [-np.ones(len(ends)), np.ones(len(starts)), np.zeros(sum(len(f) for f in fences))]
    )
    order = np.lexsort((deltas, points))
    points, in_use = points[order], np.cumsum(deltas[order])
    inside = (points >= edges[0]) & (points < edges[-1])
    points, in_use = points[inside], in_use[inside]
    slot = np.searchsorted(edges, points, side="right") - 1
    first = np.searchsorted(slot, np.arange(len(edges) - 1))
    peak = (
        np.maximum.reduceat(in_use, first).astype(int) if len(in_use) else np.zeros(len(edges) - 1, dtype=int)
    )
    limit = np.full(len(points), channels)
    for a, b, count in changes:
        limit[(points >= a) & (points < b)] = count
    spans = np.diff(np.append(points, edges[-1]))
    full = np.bincount(slot, weights=spans * (in_use >= limit), minlength=len(edges) - 1)
    return peak, full


def agents_frame(record: Record, *, since: float) -> pd.DataFrame:
    """Return the agents table."""
    rows = [r for r in record.agents if r[0] >= since]
    frame = pd.DataFrame(
        {
            "at": _utc([r[0] for r in rows]),
            "agent": [r[1] for r in rows],
            "event": [r[2] for r in rows],
            "call_id": [r[3].id if r[3] is not None else None for r in rows],
        }
    )
    return _typed(frame, TABLES["agents"])


def accounts_frame(clients: list[Client], plan: Plan, *, now: float) -> pd.DataFrame:
    """Return the accounts table; path limits as programmed when it was exported."""
    limits = {c.account: c.path_limit for c in clients}
    limits |= {
        who: limit for who, a, until, limit in plan.limits if a <= now and (until is None or until > now)
    }
    frame = pd.DataFrame(
        {
            "account": [c.account for c in clients],
            "name": [c.name for c in clients],
            "numbers": [";".join(c.numbers) for c in clients],
            "trunk_group": [c.trunk_group for c in clients],
            "timezone": [c.zone for c in clients],
            "coverage": [c.coverage.text for c in clients],
            "path_limit": [limits[c.account] for c in clients],
            "office_number": [c.office_number for c in clients],
            "dispatch_within_min": [float(c.dispatch_within_min) for c in clients],
        }
    )
    return _typed(frame, TABLES["accounts"])


def events_frame(plan: Plan) -> pd.DataFrame:
    """Return the events table, in order of start."""
    rows = sorted(plan.events, key=lambda e: (e.starts, e.kind, e.target))
    frame = pd.DataFrame(
        {
            "starts_at": _utc([e.starts for e in rows]),
            "ends_at": _utc([e.ends if e.ends is not None else np.nan for e in rows]),
            "kind": [e.kind for e in rows],
            "scope": [e.scope for e in rows],
            "target": [e.target or None for e in rows],
            "note": [e.note for e in rows],
        }
    )
    return _typed(frame, TABLES["events"])


def tests_frame(tests: list[tuple[float, str, str, bool]]) -> pd.DataFrame:
    """Return the line_tests table from (when, number, group, whether it rang)."""
    rows = sorted(tests)
    frame = pd.DataFrame(
        {
            "tested_at": _utc([r[0] for r in rows]),
            "number": [r[1] for r in rows],
            "trunk_group": [r[2] for r in rows],
            "result": ["ok" if r[3] else "failed" for r in rows],
        }
    )
    return _typed(frame, TABLES["line_tests"])


def messages_frame(messages: list[Message]) -> pd.DataFrame:
    """Return the messages table."""
    frame = pd.DataFrame(
        {
            "message_id": [m.id for m in messages],
            "call_id": [m.call.id for m in messages],
            "account": [m.client.account for m in messages],
            "taken_at": _utc([m.taken_at for m in messages]),
            "agent": [m.agent for m in messages],
            "priority": ["urgent" if m.urgent else "routine" for m in messages],
        }
    )
    return _typed(frame, TABLES["messages"])


def dispatch_frame(messages: list[Message], *, now: float) -> pd.DataFrame:
    """Return the dispatch table; what had not happened at export is not there."""
    rows = [(m, a) for m in messages for a in m.attempts if a.at < now]
    frame = pd.DataFrame(
        {
            "message_id": [m.id for m, _ in rows],
            "attempted_at": _utc([a.at for _, a in rows]),
            "method": [a.method for _, a in rows],
            "recipient": [a.recipient for _, a in rows],
            "address": [a.address for _, a in rows],
            "status": [a.status for _, a in rows],
        }
    )
    return _typed(frame, TABLES["dispatch"])


def oncall_frame(rosters: Rosters) -> pd.DataFrame:
    """Return the oncall table as it stands at export."""
    rows = [r for rows in rosters.of.values() for r in rows]
    frame = pd.DataFrame(
        {
            "account": [r.account for r in rows],
            "starts_at": _utc([r.start for r in rows]),
            "ends_at": _utc([r.end for r in rows]),
            "person": [r.person for r in rows],
            "contact": [r.contact for r in rows],
            "updated_at": _utc([r.updated_at for r in rows]),
            "updated_by": [r.updated_by for r in rows],
        }
    )
    return _typed(frame, TABLES["oncall"])
