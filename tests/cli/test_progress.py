"""The bar on standard error: after two seconds, on a terminal, whatever the work tells."""

from __future__ import annotations

import io
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from calltrace.cli import progress

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    monkeypatch.setattr(progress, "_began", [])
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "80")
    return Terminal()


@contextmanager
def shown(terminal: Terminal, what: str, *, after_s: float) -> Iterator[Callable[[str, float, float], None]]:
    """A bar on this terminal: set here, for pytest sets its own between a fixture and its test."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stderr", terminal)
        with progress.bar(what, after_s=after_s) as tell:
            yield tell


def wait_for(terminal: Terminal, text: str) -> bool:
    until = time.monotonic() + 10
    while text not in terminal.getvalue() and time.monotonic() < until:
        time.sleep(0.02)
    return text in terminal.getvalue()


def test_nothing_is_shown_of_what_is_done_soon(terminal: Terminal) -> None:
    with shown(terminal, "Reading", after_s=60) as tell:
        tell("Reading", 1, 2)
    assert terminal.getvalue() == ""


def test_what_takes_long_is_shown_though_it_tells_nothing(terminal: Terminal) -> None:
    with shown(terminal, "Reading", after_s=0.01):
        assert wait_for(terminal, "Reading")


def test_what_was_told_before_and_after_it_began_is_shown(terminal: Terminal) -> None:
    with shown(terminal, "Reading", after_s=0.01) as tell:
        tell("Auditing", 1, 4)
        assert wait_for(terminal, "Auditing")
        tell("Joining", 2, 4)
        assert wait_for(terminal, "Joining")


def test_a_second_bar_has_waited_with_the_first(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    with shown(terminal, "Reading", after_s=60):
        pass
    monkeypatch.setattr(progress, "_began", [time.monotonic() - 61])
    with shown(terminal, "Auditing", after_s=60):
        assert wait_for(terminal, "Auditing")


def test_nothing_is_shown_where_standard_error_is_no_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(progress, "_began", [])
    with progress.bar("Reading", after_s=0.0) as tell:
        tell("Reading", 1, 2)
        time.sleep(0.05)
    assert capsys.readouterr().err == ""
