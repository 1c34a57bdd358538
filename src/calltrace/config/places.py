"""Where the configuration lies: named, told by the environment, or in the platform's folders."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

from calltrace.errors import UsageError
from calltrace.tables.text import visible

VARIABLE = "CALLTRACE_CONFIG"
"""Names the file; set but empty means that there is none, whatever lies in the folders."""

NAME = "config.toml"


def usual() -> Path:
    """Return where a user's own configuration is kept on this platform, whether or not there is one."""
    return platformdirs.user_config_path("calltrace", appauthor=False) / NAME


def shared() -> Path:
    """Return where a configuration of the whole machine is kept (for cron and services)."""
    return platformdirs.site_config_path("calltrace", appauthor=False) / NAME


def locate(named: str | os.PathLike[str] | None = None) -> Path | None:
    """Return the configuration to use; None where there is none.

    The first of: the file ``named`` (``--config``), ``$CALLTRACE_CONFIG``, the user's own (:func:`usual`), the
    machine's (:func:`shared`). A file in the working folder is never taken up by itself: a folder of logs that
    somebody sent could else say where reports are mailed.

    Raises
    ------
    UsageError
        Where the file named, or told by the environment, is not there.
    """
    told = os.environ.get(VARIABLE)
    if named is not None:
        return _there(Path(named), "--config")
    if told is not None:
        return _there(Path(told).expanduser(), f"${VARIABLE}") if told.strip() else None
    return next((path for path in (usual(), shared()) if path.is_file()), None)


def _there(path: Path, said_by: str) -> Path:
    if path.is_file():
        return path
    what = "is a folder" if path.is_dir() else "does not exist"
    raise UsageError(
        f"the configuration {visible(str(path))} ({said_by}) {what}",
        expected="a TOML file",
        fix="`calltrace init` writes one by looking at your logs.",
    )
