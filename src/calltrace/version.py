"""The version of calltrace, as the package has it: asking the package itself takes a while."""

from __future__ import annotations

__version__ = "0.1.0"
