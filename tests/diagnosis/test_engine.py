"""The engines: the same results in the same order, wherever the work runs and whoever dies of it."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import subprocess
import sys
from contextlib import suppress
from mmap import mmap
from multiprocessing import active_children
from pathlib import Path

import pytest

from calltrace.diagnosis import cluster as clusters
from calltrace.diagnosis.cluster import Cluster
from calltrace.diagnosis.engine import Alone, Cores, engine
from calltrace.errors import InputError, UsageError
from engine_work import always_die, slowly, times, times_but_die_at_three, times_but_die_once, whose

ITEMS = list(range(17))
PRODUCTS = [3 * n for n in ITEMS]


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_the_cores_give_what_one_process_gives_in_its_order(workers: int) -> None:
    told: list[int] = []
    assert Cores(workers).map(times, 3, ITEMS, done=told.append) == Alone().map(times, 3, ITEMS) == PRODUCTS
    assert told == list(range(1, 18))


def test_the_cores_survive_a_killed_worker(tmp_path: Path) -> None:
    marker = tmp_path / "died"
    assert Cores(2).map(times_but_die_once, (3, str(marker)), ITEMS) == PRODUCTS
    assert marker.exists()


def test_work_that_always_kills_its_worker_ends_with_a_sentence() -> None:
    with pytest.raises(InputError, match="killed, again and again"):
        Cores(2).map(always_die, 3, ITEMS)


def test_an_error_in_the_work_is_the_callers_to_see() -> None:
    with pytest.raises(ZeroDivisionError):
        Cores(2).map(lambda shared, item: shared // item, 3, ITEMS)


@pytest.mark.parametrize("runs", [Alone(), Cores(1), Cores(2)])
def test_what_is_worked_at_beside_comes_in_its_order(runs: Alone | Cores) -> None:
    with runs.beside(times, 3, ITEMS) as results:
        assert list(results) == PRODUCTS
    with runs.beside(times, 3, []) as results:
        assert list(results) == []


def test_beside_is_another_process_where_there_is_a_core_for_it() -> None:
    with Cores(2).beside(whose, None, ITEMS) as results, Cores(1).beside(whose, None, ITEMS) as here:
        other = {process for process, _ in results}
        assert {process for process, _ in here} == {os.getpid()}
    assert len(other) == 1
    assert os.getpid() not in other


def test_what_a_process_beside_did_not_come_to_is_done_here() -> None:
    with Cores(2).beside(times_but_die_at_three, (3, os.getpid()), ITEMS) as results:
        assert list(results) == PRODUCTS


def test_what_goes_wrong_beside_is_raised_here_in_its_turn() -> None:
    with Cores(2).beside(lambda shared, item: shared // (2 - item), 3, ITEMS) as results:
        assert [next(results), next(results)] == [1, 3]
        with pytest.raises(ZeroDivisionError):
            next(results)


def test_a_process_beside_ends_with_what_it_was_begun_for() -> None:
    before = set(active_children())
    with suppress(KeyboardInterrupt), Cores(2).beside(whose, None, ITEMS) as results:
        process, _ = next(results)
        raise KeyboardInterrupt
    assert set(active_children()) == before
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)


def test_a_cluster_survives_a_killed_worker(tmp_path: Path) -> None:
    pytest.importorskip("distributed")
    marker = tmp_path / "died"
    told: list[int] = []
    with engine(2, "local") as cluster:
        assert cluster.workers == 2
        assert cluster.map(times_but_die_once, (3, str(marker)), ITEMS, done=told.append) == PRODUCTS
        assert cluster.map(times, 3, []) == []
    assert marker.exists()
    assert told[-1] == 17


@pytest.mark.parametrize(("gone", "said"), [("workers", "no worker .* is left, for 1 s"), ("scheduler", "scheduler is gone")])
def test_a_cluster_that_is_gone_is_said_and_not_waited_for(gone: str, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    distributed = pytest.importorskip("distributed")
    import dask  # noqa: PLC0415 - an extra

    monkeypatch.setattr(clusters, "NOBODY_S", 1.0)
    monkeypatch.setitem(dask.config.config["distributed"]["comm"]["timeouts"], "connect", "1s")
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    with distributed.LocalCluster(n_workers=1, processes=False, dashboard_address="127.0.0.1:0") as local:
        cluster = Cluster(distributed.Client(local))
        (worker,) = local.workers.values()
        lost = local.scheduler if gone == "scheduler" else worker
        local.loop.call_later(0.3, lambda: local.loop.add_callback(lost.close))
        with pytest.raises(InputError, match=said):
            cluster.map(slowly, 0.2, ITEMS)


def test_a_worker_that_never_answers_is_named_and_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    distributed = pytest.importorskip("distributed")
    monkeypatch.setattr(clusters, "WORKER_S", 0.2)
    with distributed.LocalCluster(n_workers=1, processes=False, dashboard_address="127.0.0.1:0") as local:
        client = distributed.Client(local)
        (address,) = client.nthreads()
        monkeypatch.setattr(client, "run", lambda *_args, **_named: asyncio.sleep(60, result={}))
        with pytest.raises(InputError, match=f"no answer of a worker of the Dask cluster: {address}"):
            Cluster(client)


def fails(_shared: int, _item: int) -> int:
    raise TimeoutError("its own")


@pytest.mark.parametrize(("gone", "said"), [("workers", "no worker .* is left, for 1 s"), ("scheduler", "scheduler is gone")])
def test_what_was_done_and_is_lost_before_it_was_fetched_is_said(gone: str, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    distributed = pytest.importorskip("distributed")
    monkeypatch.setattr(clusters, "NOBODY_S", 1.0)
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    with distributed.LocalCluster(n_workers=1, processes=False, dashboard_address="127.0.0.1:0") as local:
        cluster = Cluster(distributed.Client(local))
        futures = {cluster.client.submit(times, 3, n, pure=False) for n in ITEMS}
        distributed.wait(futures)
        done = cluster._each_done(futures)
        assert next(done)[1] in PRODUCTS
        (worker,) = local.workers.values()
        local.sync((local.scheduler if gone == "scheduler" else worker).close)
        with pytest.raises(InputError, match=said):
            list(done)


def test_an_error_of_the_work_s_own_is_no_cluster_s_that_is_gone() -> None:
    distributed = pytest.importorskip("distributed")
    with (
        distributed.LocalCluster(n_workers=1, processes=False, dashboard_address="127.0.0.1:0") as local,
        pytest.raises(TimeoutError, match="its own"),
    ):
        Cluster(distributed.Client(local)).map(fails, 0, [1])


def test_a_local_cluster_starts_where_another_has_its_dashboard() -> None:
    pytest.importorskip("distributed")
    with socket.socket() as taken:
        with suppress(OSError):  # another's already
            taken.bind(("", 8787))
            taken.listen()
        with engine(1, "local") as cluster:
            assert cluster.map(times, 3, ITEMS) == PRODUCTS


def test_a_script_that_starts_a_cluster_unguarded_is_told_how(tmp_path: Path) -> None:
    pytest.importorskip("distributed")
    script = tmp_path / "mine.py"
    script.write_text("from calltrace.diagnosis.engine import engine\nwith engine(1, 'local'):\n    print('begun')\n")
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.rstrip().endswith('below: if __name__ == "__main__":')
    assert "freeze_support" not in done.stderr


def test_an_address_that_is_none_is_a_usage_error() -> None:
    pytest.importorskip("distributed")
    with pytest.raises(UsageError, match="nowhere"), engine(None, "nowhere"):
        pass


def test_a_server_that_takes_the_call_and_is_silent_is_no_scheduler(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("distributed")
    monkeypatch.setattr(clusters, "ANSWER_S", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"tcp://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(InputError, match="no Dask scheduler answers"), engine(None, address):
            pass

        async def of_a_notebook() -> None:
            with engine(None, address):
                pass

        with pytest.raises(InputError, match="no Dask scheduler answers"):
            asyncio.run(of_a_notebook())


def test_one_job_is_this_process() -> None:
    with engine(1) as chosen:
        assert isinstance(chosen, Alone)


# --- items that are made ready one after the other ------------------------------------------------------------


def test_items_are_made_ready_while_others_are_worked_on_in_their_order() -> None:
    made: list[int] = []

    def ready(item: int, oldest: int) -> int | None:
        if item - oldest > 2:  # no more than three are held at a time
            return None
        made.append(item)
        return item

    told: list[int] = []
    assert Cores(2).flow(times, 3, ITEMS, ready, done=told.append) == PRODUCTS
    assert made == ITEMS
    assert told == list(range(1, 18))
    made.clear()
    assert Alone().flow(times, 3, ITEMS, ready) == Cores(1).flow(times, 3, ITEMS, ready) == PRODUCTS
    assert made == ITEMS + ITEMS


def test_what_is_made_ready_later_is_seen_by_workers_born_before() -> None:
    room = mmap(-1, len(ITEMS))

    def ready(item: int, _oldest: int) -> int:
        room[item] = 3 * item
        return item

    assert Cores(2).flow(lambda shared, item: shared[item], room, ITEMS, ready) == PRODUCTS


def test_items_whose_worker_was_killed_are_made_ready_again(tmp_path: Path) -> None:
    marker, oldest = tmp_path / "died", list[int]()

    def ready(item: int, last: int) -> int:
        oldest.append(last)
        return item

    assert Cores(2).flow(times_but_die_once, (3, str(marker)), ITEMS, ready) == PRODUCTS
    assert marker.exists()
    assert oldest == sorted(oldest), "what had been done is asked for again"
    with pytest.raises(InputError, match="killed, again and again"):
        Cores(2).flow(always_die, 3, ITEMS, ready)


def test_an_error_in_making_ready_is_the_callers_to_see() -> None:
    with pytest.raises(ZeroDivisionError):
        Cores(2).flow(times, 3, ITEMS, lambda item, _oldest: 1 // (8 - item))
