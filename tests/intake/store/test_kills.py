"""Imports killed at random moments leave the store whole; benchmarks/kills.py kills more of them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_imports_killed_at_random_moments_leave_the_store_whole(repo_root: Path) -> None:
    script = repo_root / "benchmarks" / "kills.py"
    run = subprocess.run(
        [sys.executable, script, "--times", "6", "--calls", "2400"], capture_output=True, text=True, timeout=240, check=False
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert "every time whole, nothing lost, nothing double: 2,400 calls" in run.stdout
