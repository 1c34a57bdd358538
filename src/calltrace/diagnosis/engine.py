"""Where the work runs: in this process, on this machine's cores, or on a Dask cluster. The findings are the same.

Every engine does one thing: apply a function to each item, beside something all items share (the records), and return
the results in the order of the items. The function is pure, so a piece of work that was lost with its worker is simply
done again.
"""

from __future__ import annotations

import gc
import logging
import os
import pickle
import signal
import threading
import warnings
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, TypeVar

from calltrace.errors import InputError, UsageError

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

NOBODY_S = 60.0
"""How long a cluster may be without any worker: one that is started anew, or on another machine, is there by then."""

ANSWER_S = 10.0
"""How long a scheduler may take to answer, once to be reached and once to greet."""

PIECES = 4
"""Pieces a worker gets on average: few enough to be cheap, enough that a slow one does not hold up the end."""


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
        yield _in_turn(work, shared, items)


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
            yield _in_turn(work, shared, items)
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


def _in_turn(work: Callable[[S, T], R], shared: S, items: Sequence[T]) -> Iterator[R]:
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
            yield from _in_turn(work, shared, items[number:])
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


class Cluster:
    """A Dask cluster: ``tcp://host:port`` of its scheduler, or ``local`` for one on this machine.

    What is shared goes to the cluster once, as a task of its own: a worker that dies takes its copy with it, and the
    scheduler makes another from the task, along with the pieces of work that were lost.
    """

    def __init__(self, client: Any) -> None:
        self.client = client
        from importlib.metadata import version  # noqa: PLC0415

        # asked by a function of Python's own: one of ours can't even arrive where calltrace is not installed
        versions = client.run(version, "calltrace-cli", on_error="return")
        self.workers = len(versions)
        if not versions:
            raise InputError("the Dask scheduler has no workers", expected="at least one", fix="Start: dask worker ADDRESS")
        mine = version("calltrace-cli")
        others = sorted({v if isinstance(v, str) else "not installed" for v in versions.values() if v != mine})
        if others:  # a worker that can't unpack its work would never answer
            raise InputError(
                f"calltrace on workers of the cluster: {', '.join(others)}; here it is {mine}",
                expected="the same version everywhere", fix='On each worker: pip install "calltrace-cli[cluster]"')

    def map(
        self, work: Callable[[S, T], R], shared: S, items: Sequence[T], *, done: Callable[[int], None] | None = None
    ) -> list[R]:
        """Apply the function to each item on the cluster's workers.

        Raises
        ------
        InputError
            The cluster is gone: its scheduler, or all of its workers, or each that came by one piece.
        """
        from dask.distributed import KilledWorker  # noqa: PLC0415 -- an extra

        if not items:
            return []
        packed = pickle.dumps(shared, protocol=pickle.HIGHEST_PROTOCOL)
        with warnings.catch_warnings():
            # the records are sent through the graph on purpose: only so can they be made again
            warnings.filterwarnings("ignore", message="Sending large graph")
            there = self.client.submit(_unpacked, packed, pure=False)
            size = max(1, len(items) // (self.workers * PIECES))
            pieces = [(first, list(items[first:first + size])) for first in range(0, len(items), size)]
            futures = {
                self.client.submit(_piece, work, there, piece, pure=False, retries=TRIES): (first, len(piece))
                for first, piece in pieces}
        found: dict[int, R] = {}
        try:
            for future in self._each_done(set(futures)):
                first, _ = futures[future]
                found.update(enumerate(future.result(), first))
                if done:
                    done(len(found))
        except KilledWorker as error:
            raise InputError(
                "a piece of the work ended one worker of the Dask cluster after the other",
                expected="workers with memory enough for the records", fix="Give a shorter window.") from error
        return [found[n] for n in range(len(items))]

    def _each_done(self, waiting: set[Any]) -> Iterator[Any]:
        """Give the pieces as they are done, and an error where nobody is left who would do them."""
        from concurrent.futures import CancelledError  # noqa: PLC0415 -- as elsewhere here

        from dask.distributed import wait  # noqa: PLC0415 -- an extra

        try:
            alone_s = 0.0
            while waiting:
                try:
                    over, waiting = wait(waiting, timeout=NOBODY_S / 4, return_when="FIRST_COMPLETED")
                except TimeoutError:
                    alone_s = 0.0 if self.client.nthreads() else alone_s + NOBODY_S / 4
                    if alone_s >= NOBODY_S:
                        raise InputError(
                            f"no worker of the Dask cluster is left, for {NOBODY_S:.0f} s", expected="at least one",
                            fix="Start: dask worker ADDRESS; then the same again.") from None
                else:
                    alone_s = 0.0
                    yield from over
        except (CancelledError, OSError) as error:
            raise InputError(
                "the Dask scheduler is gone", expected="one that runs until the work is done",
                fix="Start it and its workers, then the same again.") from error

    @contextmanager
    def beside(self, work: Callable[[S, T], R], shared: S, items: Sequence[T]) -> Iterator[Iterator[R]]:
        """Apply the function to each item here: what would be sent is longer on its way than it takes."""
        yield _in_turn(work, shared, items)


def _unpacked(packed: bytes) -> Any:
    return pickle.loads(packed)  # noqa: S301 -- what this run packed itself


def _piece(work: Callable[[Any, Any], Any], shared: Any, items: Sequence[Any]) -> list[Any]:
    return [work(shared, item) for item in items]


@contextmanager
def _deaf() -> Iterator[None]:
    """Keep Ctrl-C from what is started within, and have it wait here until it is.

    A terminal sends it to every process of its group. The workers of a cluster would each tell of it with a traceback;
    they are ended by the one that started them.
    """
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    from multiprocessing import resource_tracker  # noqa: PLC0415 -- as current_process below

    # it unblocks Ctrl-C in the thread that first starts a process, when it is started itself: so before
    resource_tracker.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


GUARDED = 'In a script, put what starts a local cluster below: if __name__ == "__main__":'


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
    try:
        from dask.distributed import Client, LocalCluster  # noqa: PLC0415
    except ImportError as error:
        raise UsageError(
            "--cluster needs Dask, which is not installed", fix='pip install "calltrace-cli[cluster]"') from error
    if cluster == "local":
        from multiprocessing import current_process  # noqa: PLC0415 -- what starts processes is imported where it does

        workers = jobs or os.cpu_count() or 1
        _hushed()
        if getattr(current_process(), "_inheriting", False):
            raise UsageError("a worker began a cluster of its own: it runs the script that started it anew", fix=GUARDED)
        with ExitStack() as stack:
            try:
                with _deaf():
                    local = stack.enter_context(LocalCluster(
                        n_workers=workers, threads_per_worker=1, dashboard_address="127.0.0.1:0",
                        silence_logs=logging.CRITICAL))
            except RuntimeError as error:
                raise UsageError("the local cluster's workers did not start", fix=GUARDED) from error
            yield Cluster(stack.enter_context(Client(local)))
        return
    if "://" not in cluster:
        raise UsageError(f"--cluster is {cluster!r}", expected="tcp://host:port of a Dask scheduler, or local")
    try:
        _greeted(cluster)
        client = Client(cluster, timeout=ANSWER_S)
    except (OSError, TimeoutError, ValueError, MemoryError) as error:
        # another server's greeting, read as the length of what follows, asks for more memory than there is
        raise InputError(
            f"no Dask scheduler answers at {cluster}", expected="a running scheduler and workers with calltrace installed",
            fix="Start one with: dask scheduler; then: dask worker ADDRESS") from error
    _hushed()
    with client:
        yield Cluster(client)


def _greeted(address: str) -> None:
    """See that a scheduler greets back: for that the client would wait for ever where something else took the call."""
    import asyncio  # noqa: PLC0415 -- as the rest

    from dask.distributed import Security  # noqa: PLC0415 -- an extra
    from distributed.comm.core import connect  # noqa: PLC0415

    async def greet() -> None:
        called = connect(address, timeout=ANSWER_S, **Security().get_connection_args("client"))
        comm = await asyncio.wait_for(called, 2 * ANSWER_S)
        comm.abort()

    asyncio.run(greet())


def _hushed() -> None:
    """Have Dask not tell of closed connections: workers that end are no news, a cluster that is gone is said in a sentence."""
    for name in ("distributed", "distributed.client"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
