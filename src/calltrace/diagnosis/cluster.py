"""A Dask cluster as what an audit's work runs on: on other machines, or workers of this one.

What is to be said where it is not there, goes away, or is another's.
"""

from __future__ import annotations

import logging
import os
import pickle
import signal
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any, TypeVar

from calltrace.diagnosis.engine import TRIES, in_turn
from calltrace.errors import InputError, UsageError

S = TypeVar("S")
T = TypeVar("T")
R = TypeVar("R")

NOBODY_S = 60.0
"""How long a cluster may be without any worker: one that is started anew, or on another machine, is there by then."""

ANSWER_S = 10.0
"""How long a scheduler may take to answer, once to be reached and once to greet."""

WORKER_S = 30.0
"""How long a worker may take to answer: one that is hard at work for another run has little time between."""

PIECES = 4
"""Pieces a worker gets on average: few enough to be cheap, enough that a slow one does not hold up the end."""


class Cluster:
    """A Dask cluster: ``tcp://host:port`` of its scheduler, or ``local`` for one on this machine.

    What is shared goes to the cluster once, as a task of its own: a worker that dies takes its copy with it, and the
    scheduler makes another from the task, along with the pieces of work that were lost.
    """

    def __init__(self, client: Any) -> None:
        self.client = client
        from importlib.metadata import version  # noqa: PLC0415 -- hardly anybody has a cluster

        versions = client.sync(self._versions)
        self.workers = len(versions)
        if not versions:
            raise InputError("the Dask scheduler has no workers", expected="at least one", fix="Start: dask worker ADDRESS")
        silent = sorted(address for address, v in versions.items() if isinstance(v, OSError))
        if silent:  # what it is given would wait until the scheduler gives it up, minutes from now
            raise InputError(
                f"no answer of a worker of the Dask cluster: {', '.join(silent)}", expected="one of each",
                fix="End it, or start it anew; then the same again.")
        mine = version("calltrace-cli")
        others = sorted({v if isinstance(v, str) else "not installed" for v in versions.values() if v != mine})
        if others:  # a worker that can't unpack its work would never answer
            raise InputError(
                f"calltrace on workers of the cluster: {', '.join(others)}; here it is {mine}",
                expected="the same version everywhere", fix='On each worker: pip install "calltrace-cli[cluster]"')

    async def _versions(self) -> dict[str, Any]:
        """Ask each worker which calltrace it has; an OSError where it does not answer, another where it has none."""
        import asyncio  # noqa: PLC0415 -- as elsewhere here
        from importlib.metadata import version  # noqa: PLC0415

        async def asked(address: str) -> Any:
            # by a function of Python's own: one of ours can't even arrive where calltrace is not installed
            answers = self.client.run(version, "calltrace-cli", workers=[address], on_error="return")
            try:
                return (await asyncio.wait_for(answers, WORKER_S)).get(address, OSError())
            except OSError as error:
                return error

        addresses = list(await self.client.nthreads())
        return dict(zip(addresses, await asyncio.gather(*map(asked, addresses)), strict=True))

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
            for future, results in self._each_done(set(futures)):
                first, _ = futures[future]
                found.update(enumerate(results, first))
                if done:
                    done(len(found))
        except KilledWorker as error:
            raise InputError(
                "a piece of the work ended one worker of the Dask cluster after the other",
                expected="workers with memory enough for the records", fix="Give a shorter window.") from error
        return [found[n] for n in range(len(items))]

    def _each_done(self, waiting: set[Any]) -> Iterator[tuple[Any, Any]]:
        """Give each piece as it is done, and its results; an error where nobody is left who would do them, or has them."""
        from concurrent.futures import CancelledError  # noqa: PLC0415 -- as elsewhere here

        from dask.distributed import wait  # noqa: PLC0415 -- an extra

        over: list[Any] = []
        patience_s, alone_since = NOBODY_S / 4, None
        while over or waiting:
            try:
                if not over:
                    some, waiting = wait(waiting, timeout=patience_s, return_when="FIRST_COMPLETED")
                    over += some
                results = over[-1].result(timeout=patience_s)  # what its worker took along is worked out again
            except (CancelledError, OSError) as error:
                if over and over[-1].status == "error":  # the work's own
                    raise
                alone_since = alone_since or time.monotonic() - patience_s
                workers = self._left(patience_s) if isinstance(error, TimeoutError) else None
                given_up = time.monotonic() - alone_since >= NOBODY_S
                if workers:
                    alone_since = None
                elif not isinstance(error, TimeoutError) or (given_up and workers is None):
                    raise InputError(
                        "the Dask scheduler is gone", expected="one that runs until the work is done",
                        fix="Start it and its workers, then the same again.") from error
                elif given_up:
                    raise InputError(
                        f"no worker of the Dask cluster is left, for {NOBODY_S:.0f} s", expected="at least one",
                        fix="Start: dask worker ADDRESS; then the same again.") from None
            else:
                alone_since = None
                yield over.pop(), results

    def _left(self, patience_s: float) -> int | None:
        """Return how many workers the scheduler has; None where it does not say so in time, or can't be reached."""
        async def asked() -> int:
            return len(await self.client.nthreads())

        try:
            return int(self.client.sync(asked, callback_timeout=patience_s))
        except OSError:
            return None

    @contextmanager
    def beside(self, work: Callable[[S, T], R], shared: S, items: Sequence[T]) -> Iterator[Iterator[R]]:
        """Apply the function to each item here: what would be sent is longer on its way than it takes."""
        yield in_turn(work, shared, items)


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
def joined(cluster: str, jobs: int | None = None) -> Iterator[Cluster]:
    """Give a cluster by its scheduler's address, or of ``jobs`` workers for ``local``, and leave it afterwards.

    Raises as :func:`calltrace.diagnosis.engine.engine`.
    """
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
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415

    from dask.distributed import Security  # noqa: PLC0415 -- an extra
    from distributed.comm.core import connect  # noqa: PLC0415

    async def greet() -> None:
        called = connect(address, timeout=ANSWER_S, **Security().get_connection_args("client"))
        comm = await asyncio.wait_for(called, 2 * ANSWER_S)
        comm.abort()

    with ThreadPoolExecutor(1) as beside:  # who calls this may have a loop of events of its own, as notebooks do
        beside.submit(asyncio.run, greet()).result()


def _hushed() -> None:
    """Have Dask not tell of closed connections: workers that end are no news, a cluster that is gone is said in a sentence."""
    for name in ("distributed", "distributed.client"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
