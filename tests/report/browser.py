"""A headless Chromium for what only a browser can tell; a test that wants one is skipped where there is none."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

COMMANDS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")


def command() -> str:
    """The browser to use; skips where none is installed (.ci/browser installs one)."""
    found = os.environ.get("CALLTRACE_TEST_CHROMIUM") or next((c for c in map(shutil.which, COMMANDS) if c), "")
    if not found:
        pytest.skip("no headless Chromium is installed")
    return found


@dataclass
class Opened:
    """A page that was opened: what the console said, what it asked for, and what went wrong."""

    page: Any
    said: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)


@contextmanager
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 -- only where a browser is

    where = command()
    with sync_playwright() as playing:
        started = playing.chromium.launch(executable_path=where, args=["--no-sandbox"])
        try:
            yield started
        finally:
            started.close()


def opened(started: Any, file: Path, *, dark: bool = False, width: int = 1000, paper: bool = False) -> Opened:
    """Open a file in a page of its own."""
    page = started.new_page(viewport={"width": width, "height": 900}, color_scheme="dark" if dark else "light")
    if paper:
        page.emulate_media(media="print")
    told = Opened(page)
    page.on("console", lambda message: told.said.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: told.said.append(f"error: {error}"))
    page.on("request", lambda request: told.asked.append(request.url))
    page.goto(file.as_uri())
    return told


def faults(page: Any) -> list[str]:
    """What axe finds wrong with a page, every detail of it open."""
    from axe_playwright_python.sync_playwright import Axe  # noqa: PLC0415 -- only where a browser is

    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    found = Axe().run(page).response["violations"]
    return [f"{v['impact']} {v['id']}: {v['help']} {[n['html'][:90] for n in v['nodes']][:3]}" for v in found]
