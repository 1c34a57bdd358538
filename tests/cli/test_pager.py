"""What is longer than the screen opens in a pager, where somebody is before the screen and did not say otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
import pytest

from calltrace.cli import results

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def paged(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], list[str]]:
    """Put a text out as on a terminal of 30 lines; give back what the pager got."""
    got: list[str] = []
    monkeypatch.setattr(click, "echo_via_pager", lambda text, **_options: got.append(text))
    monkeypatch.setattr(results, "terminal_height", lambda: 30)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("LESS", raising=False)
    for stream in ("stdout", "stdin"):
        monkeypatch.setattr(f"sys.{stream}.isatty", lambda: True, raising=False)

    def put(text: str, *, paging: bool = True) -> list[str]:
        with click.Context(click.Command("x")) as ctx:
            ctx.meta[results.PAGING] = paging
            results.emit(text, None)
        return got

    return put


def test_long_output_is_paged_and_short_is_not(paged: Callable[..., list[str]]) -> None:
    assert paged("a line\n" * 30) == []
    assert paged("a line\n" * 31) == ["a line\n" * 31]


def test_no_pager_means_none(paged: Callable[..., list[str]]) -> None:
    assert paged("a line\n" * 99, paging=False) == []


def test_a_dumb_terminal_has_none(paged: Callable[..., list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "dumb")
    assert paged("a line\n" * 99) == []


def test_a_pipe_is_never_paged(paged: Callable[..., list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: False)
    assert paged("a line\n" * 99) == []
