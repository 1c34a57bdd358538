"""An audit is the same wherever it runs: one process, several, a cluster one of whose workers is killed half-way."""

from __future__ import annotations

import contextlib
import inspect
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from audit.quiet import WINDOW, service
from calltrace.diagnosis.audit import audit_case, screens
from calltrace.diagnosis.cluster import Cluster
from calltrace.diagnosis.engine import Alone, Cores, Engine, engine
from calltrace.errors import InputError
from calltrace.intake.load import load
from calltrace.report.audit import audit_report_of
from calltrace.tables.case import Case
from support import at


@pytest.fixture(scope="module")
def case(repo_root: Path) -> Case:
    return load([repo_root / "sample_logs" / "healthy-week"])


def told(case: Case, runs: Engine | None, *, start: str = "2026-01-12", end: str = "2026-01-18") -> str:
    found = audit_case(case, start=start, end=end, engine=runs, checks=("silence", "dispatch"))
    return json.dumps(audit_report_of(found, command="audit").to_dict(), sort_keys=True)


class Deadly(Cluster):
    """A cluster one of whose workers is killed once the first piece of work is done."""

    killed = 0

    def map(
        self, work: Callable[[Any, Any], Any], shared: Any, items: Sequence[Any],
        *, done: Callable[[int], None] | None = None,
    ) -> list[Any]:
        def after(number: int) -> None:
            if not self.killed and number < len(items):
                self.killed = min(self.client.run(os.getpid).values())
                os.kill(self.killed, signal.SIGKILL)
            if done:
                done(number)

        return super().map(work, shared, items, done=after)


@pytest.fixture(scope="module")
def alone(case: Case) -> str:
    return told(case, Alone())


def test_no_engine_is_this_process(case: Case, alone: str) -> None:
    assert told(case, None) == alone
    assert json.loads(alone)["findings"], "nothing to compare"


def test_the_cores_find_the_same(case: Case, alone: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("calltrace.diagnosis.engine.FEW", 2)
    assert told(case, Cores(2)) == alone


def test_screens_beside_one_another_find_the_same(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    """With what they asked the profile, of which a day's audit tells."""
    def day(runs: Engine) -> str:
        found = audit_case(case, start="2026-01-15", end="2026-01-15", engine=runs)
        return json.dumps(audit_report_of(found, command="audit").to_dict(), sort_keys=True)

    begun: list[list[str]] = []

    class Two(Cores):
        def beside(self, work: Any, shared: Any, items: Any) -> Any:
            begun.append(items)
            return super().beside(work, shared, items)

    alone = day(Two(2))
    assert not begun, "so few calls are not worth a process"
    monkeypatch.setattr("calltrace.diagnosis.audit.looking.MANY_CALLS", 1)
    assert day(Two(2)) == alone == day(Alone())
    assert len(begun) == 1
    assert "surge" in begun[0]


def test_the_screens_that_wait_for_no_other_ask_nothing_of_them() -> None:
    """Each names what the others found ``_found``, as what is not used is named here."""
    def asks(name: str) -> bool:
        return list(inspect.signature(screens.get(name).run).parameters)[1] == "found"

    assert [n for n in screens.NAMES if not asks(n)] == ["outage", *screens.ALONE]


def test_a_cluster_finds_the_same_though_a_worker_is_killed(case: Case, alone: str) -> None:
    pytest.importorskip("distributed")
    with engine(2, "local") as cluster:
        assert isinstance(cluster, Cluster)
        deadly = Deadly(cluster.client)
        assert told(case, deadly) == alone
    assert deadly.killed


class Elsewhere(Alone):
    """As far away as a cluster: what it is given and what it gives back are copies."""

    def map(
        self, work: Callable[[Any, Any], Any], shared: Any, items: Sequence[Any],
        *, done: Callable[[int], None] | None = None,
    ) -> list[Any]:
        return deepcopy(super().map(work, deepcopy(shared), items, done=done))


def test_what_a_worker_asked_the_profile_is_told_as_if_it_had_been_asked_here() -> None:
    """Only how bad a message gone astray is asks what it weighs as, and that is asked where it is judged."""
    taken = [{"message_id": "m1", "account": "2", "taken_at": at(29, 11), "priority": "urgent"}]
    sent = [{"message_id": "m1", "attempted_at": at(29, 12.5), "method": "sms", "recipient": "A", "status": "delivered"},
            {"message_id": "mx", "attempted_at": at(33), "method": "sms", "recipient": "A", "status": "delivered"}]
    records = service(messages=taken, dispatch=sent)

    def limits(runs: Engine) -> tuple[str, ...]:
        return audit_case(records, start=WINDOW[0], end=WINDOW[1], checks=("dispatch",), engine=runs).thresholds

    assert any("gone astray weighs as" in one for one in limits(Alone()))
    assert limits(Elsewhere()) == limits(Alone())


def test_a_run_that_fails_while_others_wait_their_turn_ends(repo_root: Path) -> None:
    """As the command ends: what is registered for the end is done, and closes what tells the workers of theirs."""
    code = """if True:
        import atexit, os, time
        from calltrace.diagnosis.engine import Cores

        def work(shared, one):
            time.sleep(0.3)

        def ready(one, oldest):
            if one == 3:  # two are worked on, the third waits
                raise ValueError
            return one

        try:
            Cores(2).flow(work, None, range(6), ready)
        except ValueError as error:
            kept = error
        atexit._run_exitfuncs()
        os._exit(7)
    """
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=30, cwd=repo_root).returncode == 7


def test_what_answers_as_no_scheduler_does_is_told_as_such() -> None:
    # a mail server's greeting is read as the length of a frame: 3 EiB
    with contextlib.ExitStack() as taken, socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

        def greet() -> None:
            with contextlib.suppress(OSError):
                while True:
                    there = taken.enter_context(server.accept()[0])
                    there.sendall(b"220 mail.example.com ESMTP ready\r\n" * 4)

        threading.Thread(target=greet, daemon=True).start()
        with pytest.raises(InputError, match="no Dask scheduler answers"), engine(cluster=f"tcp://127.0.0.1:{port}"):
            pass
