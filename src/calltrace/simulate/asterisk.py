"""Lays a world down as an Asterisk would have written it: ``Master.csv`` and ``queue_log``.

What a real Asterisk does and a parser stumbles over is kept: every failed ring of an agent's phone is a CDR
row of its own with the caller's uniqueid; ``NO ANSWER`` has an answer time where a greeting had picked up; a
caller who leaves while no phone rings is ``FAILED`` without a greeting and ``ANSWERED`` with one; talk
includes hold; rows come in the order in which they ended; a killed switch leaves ENTERQUEUE and CONNECT
without an end and no CDR row, a stopped one closes its calls as if somebody had hung up, and both begin
their counters anew.
"""

from __future__ import annotations

import heapq
from dataclasses import field
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from calltrace.classes import dataclass
from calltrace.simulate import clock
from calltrace.simulate.generic import table_text
from calltrace.tables.files import together

if TYPE_CHECKING:
    from collections.abc import Iterator

    from calltrace.simulate.service import World
    from calltrace.simulate.switch import Call

QUEUE = "answering"
_KILLED = ("platform-outage",)


@dataclass
class _Log:
    """Lines on their way to the two files, with the instant that orders them."""

    zone: str
    rows: list[tuple[float, int, list[str | int]]] = field(default_factory=list)
    lines: list[tuple[float, int, str]] = field(default_factory=list)
    n: int = 0

    def queue(self, t: float, uniqueid: str, agent: str, event: str) -> None:
        """Add a queue_log line."""
        self.n += 1
        self.lines.append((t, self.n, f"{int(t)}|{uniqueid}|{QUEUE}|{agent}|{event}"))

    def cdr(
        self,
        head: tuple[str, ...],
        dstchannel: str,
        app: tuple[str, str],
        span: tuple[float, float | None, float],
        disposition: str,
    ) -> None:
        """Add a CDR row.

        ``head`` is accountcode, src, dst, dcontext, clid, channel, uniqueid and userfield; ``span`` is start,
        answer (None where nothing picked up) and end.
        """
        self.n += 1
        start, answer, end = span
        billsec = int(end - answer) if answer is not None else 0
        row: list[str | int] = [*head[:6], dstchannel, *app, *(self.stamp(t) for t in span), int(end - start)]
        self.rows.append((end, self.n, [*row, billsec, disposition, "DOCUMENTATION", *head[6:]]))

    def stamp(self, t: float | None) -> str:
        """Return an instant on the PBX's own clock, '' for none."""
        return "" if t is None else clock.local(t, self.zone).strftime("%Y-%m-%d %H:%M:%S")


def write_asterisk(
    world: World,
    folder: Path | str,
    *,
    since: float | None = None,
    accounts: bool = True,
) -> Path:
    """Write a world's calls and agents as Asterisk logs, on the service's own clock.

    Parameters
    ----------
    world : World
    folder : path
        Made where missing.
    since : float, optional
        Epoch second the logs go back to (logs are rotated away); the whole world where None.
    accounts : bool
        Whether to write ``accounts.csv`` of the generic layout beside them, which maps numbers to clients.

    Returns
    -------
    Path
        The folder, with ``Master.csv`` and ``queue_log``.

    Raises
    ------
    UsageError
        Where the folder can't be written to: nothing of it is then.
    """
    folder = Path(folder)
    since = world.begin if since is None else since
    log = _Log(world.zone)
    extension = {agent: str(201 + k) for k, agent in enumerate(world.agents)}
    restarts = sorted(b for _, b in world.plan.outages)
    starts = [since, *[b for b in restarts if b > since]]
    for t in starts:
        log.n += 1
        log.lines.append((t - 0.5 if t == since else t, -1, f"{int(t)}|NONE|NONE|NONE|QUEUESTART|"))
    _members(world, log, since)
    calls = [
        c
        for c in world.record.calls
        if c.t >= since and not any(a <= c.t < b for a, b in world.plan.lost_rows)
    ]
    positions = _positions(calls)
    numbers, began = count(), 0
    for call in calls:
        while began + 1 < len(starts) and call.t >= starts[began + 1]:
            began += 1
            numbers = count()
        _one_call(world, log, call, extension=extension, position=positions.get(call, 1), numbers=numbers)
    _dialled(world, log, extension, since)
    log.rows.sort(key=lambda r: (r[0], r[1]))
    log.lines.sort(key=lambda r: (int(r[0]), r[0], r[1]))
    with together(folder) as files:
        files.add(folder / "Master.csv", _rows(log))
        files.add(folder / "queue_log", "\n".join(line for _, _, line in log.lines) + "\n")
        if accounts:
            files.add(folder / "accounts.csv", table_text(world, "accounts", "offset"))
    return folder


def _rows(log: _Log) -> str:
    """Return the CDR rows as cdr_csv writes them: texts quoted, numbers not, an empty answer time bare."""

    def quoted(value: str | int, place: int) -> str:
        if isinstance(value, int):
            return str(value)
        if place == 10 and not value:
            return ""
        return '"' + value.replace('"', '""') + '"'

    return "".join(",".join(quoted(v, k) for k, v in enumerate(row)) + "\n" for _, _, row in log.rows)


def _national(number: str) -> str:
    return number[2:] if number.startswith("+1") else number.lstrip("+")


def _members(world: World, log: _Log, since: float) -> None:
    here: set[str] = set()
    for t, agent, event, _ in world.record.agents:
        if t < since:
            if event == "login":
                here.add(agent)
            elif event == "logout":
                here.discard(agent)
    for agent in sorted(here):
        log.queue(since, "MANAGER", agent, "ADDMEMBER|")
    down = world.plan.outages
    for t, agent, event, _ in world.record.agents:
        if t < since or any(a <= t < b for a, b in world.plan.lost_rows):
            continue
        if event == "login":
            if not any(
                0 <= t - b < 300 for _, b in down
            ):  # members come back from the database by themselves
                log.queue(t, "MANAGER", agent, "ADDMEMBER|")
        elif event == "logout":
            if not any(abs(t - a) < 1 for a, _ in down):
                log.queue(t, "MANAGER", agent, "REMOVEMEMBER|")
        elif event == "pause":
            log.queue(t, "NONE", agent, "PAUSE|Break")
        elif event == "unpause":
            log.queue(t, "NONE", agent, "UNPAUSE|")


def _positions(calls: list[Call]) -> dict[Call, int]:
    """Return every call's position in the queue when it joined."""
    joined = sorted((c.joined, k) for k, c in enumerate(calls) if c.joined is not None)
    leaving: list[float] = []
    positions = {}
    for at, k in joined:
        while leaving and leaving[0] <= at:
            heapq.heappop(leaving)
        call = calls[k]
        positions[call] = len(leaving) + 1
        heapq.heappush(leaving, call.agent_at if call.agent_at is not None else call.end)
    return positions


@dataclass(frozen=True)
class _Caller:
    """What every row of a call says of the caller, and what became of its logs.

    ``cut`` says that the switch broke the call off as it stopped, ``killed`` that it had no time to log that.
    """

    head: tuple[str, ...]
    cut: bool
    killed: bool

    @property
    def src(self) -> str:
        return self.head[1]

    @property
    def did(self) -> str:
        return self.head[2]

    @property
    def uniqueid(self) -> str:
        return self.head[6]


def _one_call(
    world: World, log: _Log, call: Call, *, extension: dict[str, str], position: int, numbers: Iterator[int]
) -> None:
    """Write one call; ``numbers`` are those of the channels that the switch makes next."""
    caller = _caller(world, call, next(numbers))
    if call.joined is None:
        _without_queue(world, log, call, caller)
    else:
        _through_queue(world, log, call, call.joined, caller, extension=extension, position=position, numbers=numbers)


def _caller(world: World, call: Call, number: int) -> _Caller:
    client = world.clients[call.account]
    did = _national(client.numbers[call.number])
    src = _national(call.ani) if call.ani else "anonymous"
    tag = client.name.split()[0].upper()
    name = call.name.replace('"', "").replace("\t", " ") if call.ani else "Anonymous"
    own = f"SIP/{client.trunk_group.lower()}-{number:08x}"
    cut = {
        f.cause
        for f in world.plan.faults
        if f.cause in ("platform-outage", "planned-shutdown")
        and call.outcome == "failed"
        and abs(call.end - f.start) < 1
    }
    head = (
        client.account, src, did, "from-carrier", f'"{tag}:{name}" <{src}>', own, f"{int(call.t)}.{number}", did
    )  # fmt: skip
    return _Caller(head, cut=bool(cut), killed=bool(cut & set(_KILLED)))


def _without_queue(world: World, log: _Log, call: Call, caller: _Caller) -> None:
    """Write a call that was refused, was played something, or was left before a queue: one row, or none."""
    client = world.clients[call.account]
    if call.outcome == "busy":
        log.cdr(caller.head, "", ("Congestion", "10"), (call.t, None, call.t), "FAILED")
    elif call.outcome == "announcement":
        app = ("Playback", f"custom/announce-{client.account}") if call.by == "caller" else ("Hangup", "")
        log.cdr(caller.head, "", app, (call.t, call.auto_at, call.end), "ANSWERED")
    elif not caller.killed:  # left in the greeting, or before it
        greeted = call.auto_at is not None
        app = ("Playback", f"custom/greet-{client.account}") if greeted else ("Set", "GROUP()=trunk")
        log.cdr(caller.head, "", app, (call.t, call.auto_at, call.end), "ANSWERED" if greeted else "FAILED")


def _through_queue(
    world: World,
    log: _Log,
    call: Call,
    joined: float,
    caller: _Caller,
    *,
    extension: dict[str, str],
    position: int,
    numbers: Iterator[int],
) -> None:
    """Write a call that joined the queue: a row for every phone it rang, the last of them for the talk."""
    head, uniqueid, picked_up = caller.head, caller.uniqueid, call.auto_at
    greeting = picked_up is not None and world.clients[call.account].greeting_first
    app = ("Queue", f"{QUEUE},{'t' if greeting else 'tr'},,,240")
    log.queue(joined, uniqueid, "NONE", f"DID|{caller.did}")
    log.queue(joined, uniqueid, "NONE", f"ENTERQUEUE||{caller.src}|{position}")
    start = call.t
    last = ""
    for agent, a, b, last in call.rings:
        number = next(numbers)
        dst = f"SIP/{extension[agent]}-{number:08x}"
        answer = max(picked_up, start) if picked_up is not None and picked_up <= b else None
        if last == "rang_out":
            log.queue(b, uniqueid, agent, f"RINGNOANSWER|{round(b - a) * 1000}")
            log.cdr(head, dst, app, (start, answer, b), "NO ANSWER")
            start = b
        elif last == "cancelled":
            if not caller.cut:
                log.queue(b, uniqueid, agent, f"RINGCANCELED|{int((b - a) * 1000)}")
                log.cdr(head, dst, app, (start, answer, b), "NO ANSWER")
        else:
            waited = int(b - joined)
            log.queue(b, uniqueid, agent, f"CONNECT|{waited}|{int(a)}.{number}|{int(b - a)}")
            if not caller.killed:
                ends = "COMPLETEAGENT" if call.by == "agent" else "COMPLETECALLER"
                log.queue(call.end, uniqueid, agent, f"{ends}|{waited}|{int(call.end - b)}|{position}")
                log.cdr(head, dst, app, (start, answer if answer is not None else b, call.end), "ANSWERED")
    if call.agent_at is None and not caller.killed:
        left = int(call.end - joined)
        log.queue(call.end, uniqueid, "NONE", f"ABANDON|{position}|{position}|{left}")
        if last != "cancelled" or caller.cut:
            answer = max(picked_up, start) if picked_up is not None else None
            log.cdr(head, "", app, (start, answer, call.end), "FAILED" if picked_up is None else "ANSWERED")


def _dialled(world: World, log: _Log, extension: dict[str, str], since: float) -> None:
    """Write the calls agents made to deliver messages: 9 and the number, two rows where nobody answered."""
    k = 0
    for message in world.messages:
        for attempt in message.attempts:
            at = attempt.at
            if attempt.method != "call" or not since <= at < world.end - 120:
                continue
            if any(a <= at < b for a, b in (*world.plan.lost_rows, *world.plan.outages)):
                continue
            k += 1
            ext = extension.get(message.agent, "200")
            number = _national(attempt.address)
            head = (
                "",
                ext,
                f"9{number}",
                "from-internal",
                f'"{message.agent}" <{ext}>',
                f"SIP/{ext}-d{k:07x}",
                f"{int(at)}.9{k}",
                "out",
            )
            dial = ("Dial", f"SIP/{number}@carrier,40")
            dst = f"SIP/carrier-d{k:07x}"
            if attempt.status in ("acknowledged", "delivered"):
                rings, talk = 4 + k * 7 % 17, 15 + k * 13 % 70
                log.cdr(head, dst, dial, (at, at + rings, at + rings + talk), "ANSWERED")
            else:
                end = at + (40 if attempt.status == "no_answer" else 2)
                disposition = "NO ANSWER" if attempt.status == "no_answer" else "BUSY"
                log.cdr(head, dst, dial, (at, None, end), disposition)
                log.cdr(head, "", ("Hangup", ""), (end, None, end), disposition)
