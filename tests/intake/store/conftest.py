"""Files of calls, written where a test wants them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from intake_store import HEADER


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, Iterable[str]], Path]:
    def made(name: str, rows: Iterable[str]) -> Path:
        path = tmp_path / name
        path.write_text(HEADER + "".join(rows))
        return path

    return made
