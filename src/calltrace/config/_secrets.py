"""Passwords: never in the configuration, only where they are found, and read when they are needed."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from calltrace.classes import dataclass
from calltrace.errors import InputError

MOUNTED = ("/run/secrets/", "/run/credentials/")
"""Where containers and systemd put secrets: who gets to see them is decided outside the file's mode."""


@dataclass(frozen=True)
class Secret:
    """Where a password is: an environment variable, or a file only its owner can read.

    ``section`` is what messages call the place in the configuration.
    """

    env: str = ""
    file: str = ""
    section: str = ""

    def __bool__(self) -> bool:
        return bool(self.env or self.file)

    def read(self) -> str:
        """Return the password, '' where none is configured.

        Raises
        ------
        InputError
            The variable is not set, or the file is missing, empty, or readable by others.
        """
        if self.env:
            found = os.environ.get(self.env)
            if found is None and not self.file:
                raise InputError(
                    f"{self.section} password_env names {self.env}, which is not set in the environment",
                    fix=f"Set it where calltrace runs (for cron and services, in their own environment): {self.env}=…",
                )
            if found is not None:
                return found
        return self._of_file() if self.file else ""

    def _of_file(self) -> str:
        path = Path(self.file)
        try:
            mode = path.stat().st_mode
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "it is no text"
            raise InputError(f"{self.section} password_file {path} can't be read: {reason}") from error
        if os.name == "posix" and stat.S_IMODE(mode) & 0o077 and not self.file.startswith(MOUNTED):
            raise InputError(
                f"{self.section} password_file {path} can be read by others (mode {stat.S_IMODE(mode):04o})",
                expected="a file only its owner can read",
                fix=f"chmod 600 {path}",
            )
        found = text.strip("\r\n")
        if not found:
            raise InputError(f"{self.section} password_file {path} is empty", expected="the password on its first line")
        return found.splitlines()[0]
