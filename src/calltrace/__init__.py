"""calltrace: finds out why an answering service's client missed calls, from the logs of the switch.

The public verbs are ``load``, ``investigate``, ``audit``, ``daily`` and ``explain``; each is imported when it is first
used, so ``import calltrace`` itself brings in no pandas. What they can't answer they raise as ``CalltraceError``:
``InputError`` of the records, ``UsageError`` of the question.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from calltrace.errors import CalltraceError, InputError, UsageError
from calltrace.version import __version__

if TYPE_CHECKING:
    from calltrace.desk.daily import daily as daily
    from calltrace.diagnosis.audit import audit as audit
    from calltrace.diagnosis.diagnose import investigate as investigate
    from calltrace.intake.load import load as load
    from calltrace.report.explain import explain as explain

VERBS = {
    "load": "calltrace.intake.load",
    "investigate": "calltrace.diagnosis.diagnose",
    "audit": "calltrace.diagnosis.audit",
    "daily": "calltrace.desk.daily",
    "explain": "calltrace.report.explain",
}

__all__ = [
    "VERBS",
    "CalltraceError",
    "InputError",
    "UsageError",
    "__version__",
    "audit",
    "daily",
    "explain",
    "investigate",
    "load",
]


def __getattr__(name: str) -> object:
    if name in VERBS:
        return getattr(import_module(VERBS[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
