"""Where the work runs: in this process, on this machine's cores, or on a Dask cluster. The findings are the same.

Every engine does one thing: apply a function to each item, beside something all items share (the records), and return
the results in the order of the items. The function is pure, so a piece of work that was lost with its worker is simply
done again.
"""

from __future__ import annotations

import gc
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, TypeVar

from calltrace.errors import InputError

if TYPE_CHECKING:
    from concurrent.futures import Executor
    from contextlib import AbstractContextManager
    from multiprocessing.connection import Connection

S = TypeVar("S")
T = TypeVar("T")
P = TypeVar("P")
R = TypeVar("R")

Ready: TypeAlias = Callable[[T, T], P | None]
"""Makes an item ready to be worked on, told also the oldest that is not done yet: None where it has to be done first."""

TRIES = 3
"""Times a pool whose worker died is made anew before the run is given up."""

FEW = 4
"""Items that are done sooner than processes are made for them."""


class Engine(Protocol):
    """What runs the work."""

    workers: int

    def map(
        self, work: Callable[[S, T], R], shared: S, items: Sequence[T], *, done: Callable[[int], None] | None = None
    ) -> list[R]:
        """Return ``work(shared, item)`` of every item, in their order; ``done`` is told how many are."""
        ...

    def beside(self, work: Callable[[S, T], R], shared: S, items: Sequence[T]) -> AbstractContextManager[Iterator[R]]:
        """Give ``work(shared, item)`` of each item, in their order: worked on when it is asked for, or before that."""
        ...


class Alone:
    """Work in the process that asks for it, one item after the other."""

    workers = 1

    def map(
        self, work: Callable[[S, T], R], shared: S, items: Sequence[T], *, done: Callable[[int], None] | None = None
    ) -> list[R]:
        """Apply the function to each item."""
        found = []
        for number, item in enumerate(items, 1):
            found.append(work(shared, item))
            if done:
                done(number)
        return found

    def flow(
        self, work: Callable[[S, P], R], shared: S, items: Sequence[T], ready: Ready[T, P], *,
        done: Callable[[int], None] | None = None,
    ) -> list[R]:
        """Apply the function to each item once it is made ready."""
        found = []
        for number, item in enumerate(items, 1):
            piece = ready(item, item)
            assert piece is not None  # noqa: S101 -- nothing else is being worked on
            found.append(work(shared, piece))
            if done:
                done(number)
        return found

    @contextmanager
    def beside(self, work: Callable[[S, T], R], shared: S, items: Sequence[T]) -> Iterator[Iterator[R]]:
        """Apply the function to each item when its result is asked for."""
        yield in_turn(work, shared, items)


class Cores:
    """Forked processes on the machine's cores: they read the parent's records where they lie, without a copy.

    Fewer items than ``few`` are done in this process.
    """

    def __init__(self, workers: int | None = None, *, few: int | None = None) -> None:
        self.workers = workers or os.cpu_count() or 1
        self.few = FEW if few is None else few

    def map(
        self, work: Callable[[S, T], R], shared: S, items: Sequence[T], *, done: Callable[[int], None] | None = None
    ) -> list[R]:
        """Apply the function to each item, as many at a time as there are workers."""
        if self.workers < 2 or len(items) < self.few or "fork" not in _starts():
            return Alone().map(work, shared, items, done=done)
        found: dict[int, R] = {}

        def once(pool: Executor, numbers: list[int]) -> None:
            for number, result in zip(numbers, pool.map(_held, numbers), strict=True):
                found[number] = result
                if done:
                    done(len(found))

        self._until_done((work, shared, items), found, once)
        return [found[n] for n in range(len(items))]

    def flow(
        self, work: Callable[[S, P], R], shared: S, items: Sequence[T], ready: Ready[T, P], *,
        done: Callable[[int], None] | None = None,
    ) -> list[R]:
        """Apply the function to each item once it is made ready, while those before it are worked on.

        Workers are born before the first item is made ready: what that fills in lies in memory they share.
        """
        if self.workers < 2 or len(items) < 2 or "fork" not in _starts():
            return Alone().flow(work, shared, items, ready, done=done)
        found: dict[int, R] = {}

        def once(pool: Executor, numbers: list[int]) -> None:
            from concurrent.futures import FIRST_COMPLETED, wait  # noqa: PLC0415 -- as where it is used

            pool.submit(_starts)  # its workers are born
            waiting, running = deque(numbers), dict[Any, int]()
            while waiting or running:
                if waiting and len(running) <= self.workers:
                    piece = ready(items[waiting[0]], items[min(running.values(), default=waiting[0])])
                    if piece is not None:
                        running[pool.submit(_sent, piece)] = waiting.popleft()
                        continue
                over, _ = wait(running, return_when=FIRST_COMPLETED)
                for future in over:
                    found[running[future]] = future.result()
                    del running[future]
                    if done:
                        done(len(found))

        self._until_done((work, shared, items), found, once)
        return [found[n] for n in range(len(items))]

    @contextmanager
    def beside(self, work: Callable[[S, T], R], shared: S, items: Sequence[T]) -> Iterator[Iterator[R]]:
        """Apply the function to each item, one after the other, in a process beside this one, which goes on meanwhile.

        What that has not sent when it ends, however it ends, is done here: what goes wrong with an item is raised here.
        """
        if self.workers < 2 or not items or "fork" not in _starts():
            yield in_turn(work, shared, items)
            return
        from multiprocessing import get_context  # noqa: PLC0415 -- as above

        forked = get_context("fork")
        here, there = forked.Pipe(duplex=False)
        child = forked.Process(target=_beside, args=(here, there, work, shared, items), daemon=True)
        child.start()
        there.close()
        try:
            yield _sent_or_done(here, work, shared, items)
        finally:
            child.kill()
            child.join()
            here.close()

    def _until_done(
        self, held: tuple[Callable[[Any, Any], Any], Any, Sequence[Any]], found: dict[int, R],
        once: Callable[[Executor, list[int]], None],
    ) -> None:
        """Do what there is to do, anew where a worker was killed, but not for ever."""
        from concurrent.futures.process import BrokenProcessPool  # noqa: PLC0415 -- a day has hardly ever so many items

        size = len(held[2])
        _HELD.append(held)
        try:
            for left in range(TRIES, 0, -1):
                with suppress(BrokenProcessPool):
                    self._round([n for n in range(size) if n not in found], once)
                    break
                if left == 1:
                    raise InputError(
                        "a worker process was killed, again and again", expected="memory enough for the records",
                        fix="Give a shorter window, or --jobs 1.")
        finally:
            _HELD.pop()

    def _round(self, numbers: list[int], once: Callable[[Executor, list[int]], None]) -> None:
        from concurrent.futures import ProcessPoolExecutor  # noqa: PLC0415 -- as above
        from multiprocessing import active_children, get_context  # noqa: PLC0415

        others = set(active_children())
        workers = min(self.workers, len(numbers))
        with ProcessPoolExecutor(workers, mp_context=get_context("fork"), initializer=_born) as pool:
            try:
                once(pool, numbers)
            except Exception:  # what waits its turn is not begun; what has begun is waited for, or its worker hears of no end
                pool.shutdown(wait=True, cancel_futures=True)
                raise
            except BaseException:  # Ctrl-C: nobody waits for what they are at
                with _unheard():
                    for child in set(active_children()) - others:
                        child.kill()
                    pool.shutdown(wait=True, cancel_futures=True)
                raise


@contextmanager
def _unheard() -> Iterator[None]:
    """Let the pool's own thread say nothing: told that its workers died, it trips over work called off already."""
    heard = threading.excepthook
    threading.excepthook = lambda _args: None
    try:
        yield
    finally:
        threading.excepthook = heard


_HELD: list[tuple[Callable[[Any, Any], Any], Any, Sequence[Any]]] = []
"""What forked workers find when they are born: the work, what is shared, the items."""


def _born() -> None:
    """Let a worker live as long as its parent: Ctrl-C and SIGTERM are the parent's to answer, who then ends it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for name in ("SIGTERM", "SIGHUP"):
        signal.signal(getattr(signal, name), signal.SIG_DFL)
    threading.Thread(target=_orphaned, daemon=True).start()
    gc.freeze()  # what was there before is no rubbish of this one's: looked through, it would be copied


def in_turn(work: Callable[[S, T], R], shared: S, items: Sequence[T]) -> Iterator[R]:
    """Give ``work(shared, item)`` of each item, worked on when it is asked for."""
    return (work(shared, item) for item in items)


def _beside(
    here: Connection, there: Connection, work: Callable[[S, T], Any], shared: S, items: Sequence[T]
) -> None:
    """Send the result of each item as soon as it is known, and none after one that went wrong."""
    _born()
    here.close()  # or it would keep open what its parent closes
    with suppress(Exception):
        for item in items:
            there.send(work(shared, item))


def _sent_or_done(here: Connection, work: Callable[[S, T], R], shared: S, items: Sequence[T]) -> Iterator[R]:
    """Give what the process at the other end sends, and do here what it does not."""
    for number in range(len(items)):
        try:
            result = here.recv()
        except (EOFError, OSError):
            yield from in_turn(work, shared, items[number:])
            return
        yield result


def _orphaned() -> None:
    """End this worker once its parent is gone, however it went: nobody would ever give it work again."""
    from multiprocessing import parent_process  # noqa: PLC0415

    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _held(number: int) -> Any:
    work, shared, items = _HELD[-1]
    return work(shared, items[number])


def _sent(piece: Any) -> Any:
    work, shared, _ = _HELD[-1]
    return work(shared, piece)


def _starts() -> list[str]:
    from multiprocessing import get_all_start_methods  # noqa: PLC0415

    return get_all_start_methods()


@contextmanager
def engine(jobs: int | None = None, cluster: str | None = None) -> Iterator[Engine]:
    """Give the engine that was asked for, and end it afterwards.

    Parameters
    ----------
    jobs : int, optional
        Processes on this machine; 1 for none beside this one, all cores by default.
    cluster : str, optional
        Address of a Dask scheduler (``tcp://host:port``), or ``local`` for workers on this machine.

    Raises
    ------
    UsageError
        Dask is asked for and not installed, the address is none, or a script starts a local cluster unguarded.
    InputError
        The scheduler does not answer.
    """
    if not cluster:
        yield Alone() if jobs == 1 else Cores(jobs)
        return
    from calltrace.diagnosis.cluster import joined  # noqa: PLC0415 -- hardly anybody has one

    with joined(cluster, jobs) as workers:
        yield workers
