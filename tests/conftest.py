"""What every test may use: the golden files' switch, and the shared samples where they are present."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import is_hypothesis_test, settings

ROOT = Path(__file__).resolve().parent.parent

# whoever runs the tests may have a configuration, a store and a ledger of their own, none of the tests' business
os.environ["CALLTRACE_CONFIG"] = ""
os.environ["CALLTRACE_STATE_DIR"] = tempfile.mkdtemp(prefix="calltrace-tests-")
os.environ["CALLTRACE_NO_CACHE"] = "1"
atexit.register(shutil.rmtree, os.environ["CALLTRACE_STATE_DIR"], ignore_errors=True)
for name in ("CALLTRACE_LEDGER", "CALLTRACE_NOW", "CALLTRACE_USER", "CALLTRACE_MASK"):
    os.environ.pop(name, None)
os.environ.setdefault("CALLTRACE_STORE", str(ROOT / ".no-store"))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden", action="store_true", help="write the golden files anew; read that diff like code"
    )
    parser.addoption(
        "--fuzz", type=int, default=0, metavar="N", help="run only the laws, on N times as many examples, fresh ones"
    )


@pytest.fixture(scope="session")
def update_golden(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--update-golden"))


@pytest.fixture(scope="session")
def repo_root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def shared() -> Path:
    """Samples kept beside the repository; a test that wants them is skipped where they are not."""
    folder = ROOT.parent / "shared"
    if not folder.is_dir():
        pytest.skip("no folder of shared samples beside the repository")
    return folder


# how long an example takes depends on the machine, not on the law it tries; the same examples each time, so that a
# change is judged by what it did: `make fuzz` looks for new ones
settings.register_profile("calltrace", deadline=None, derandomize=True)
settings.load_profile("calltrace")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    times = config.getoption("--fuzz")
    if not times:
        return
    laws = [i for i in items if is_hypothesis_test(getattr(i, "obj", None))]
    for law in laws:
        held = getattr(law.obj, "__func__", law.obj)
        asked = held._hypothesis_internal_use_settings
        held._hypothesis_internal_use_settings = settings(
            asked, max_examples=asked.max_examples * times, derandomize=False, database=None
        )
    items[:] = laws
