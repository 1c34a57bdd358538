"""The versions of calltrace and of its reports; of calltrace as the package has it: asking the package takes a while."""

from __future__ import annotations

__version__ = "0.1.0"

REPORT_SCHEMA = "calltrace.report/1"
"""What every JSON document of a report says of its shape: another number where a reader must know of a change."""
