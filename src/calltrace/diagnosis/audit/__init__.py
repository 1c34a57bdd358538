"""Every account, every check, any period: what went wrong before anybody complains.

:func:`audit` takes paths, :func:`audit_case` a loaded Case. Imported when first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from calltrace.diagnosis.audit.run import audit as audit
    from calltrace.diagnosis.audit.run import audit_case as audit_case

__all__ = ["audit", "audit_case"]


def __getattr__(name: str) -> object:
    if name in __all__:
        return getattr(import_module(f"{__name__}.run"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
