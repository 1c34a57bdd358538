"""Where calltrace keeps what it must remember from one run to the next, and how it writes it.

One folder: ``$CALLTRACE_STATE_DIR``, else ``$STATE_DIRECTORY`` (what systemd's ``StateDirectory=`` sets), else the
platform's own (``~/.local/state/calltrace`` on Linux). It holds what customers are called, so it is its owner's
alone.
"""

from __future__ import annotations

import os
from pathlib import Path

from calltrace.errors import InputError

OWNER_ONLY = 0o700


def place(*parts: str) -> Path:
    """Return where that would be inside the state folder, making nothing."""
    given = os.environ.get("CALLTRACE_STATE_DIR") or os.environ.get("STATE_DIRECTORY", "").partition(":")[0]
    if given:
        return Path(given).joinpath(*parts)
    from platformdirs import user_state_path  # noqa: PLC0415 -- most commands remember nothing

    return user_state_path("calltrace", appauthor=False).joinpath(*parts)


def folder(*parts: str) -> Path:
    """Return the folder of that name inside the state folder, made where it is missing.

    Raises
    ------
    InputError
        Where it can't be made.
    """
    found = place(*parts)
    try:
        found.mkdir(mode=OWNER_ONLY, parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(
            f"{found} can't be made: {error.strerror}",
            expected="a folder calltrace may keep its state in",
            fix="Name one with CALLTRACE_STATE_DIR.",
        ) from error
    return found
