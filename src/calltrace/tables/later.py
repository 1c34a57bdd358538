"""Libraries that take long to import, imported when something of them is first used.

pandas takes as long to import as a million calls take to read. What lies below most commands needs it for some of what
it does only; an import of a large log in which every value is as it should be gets along without. A module that may be
needed without pandas says::

    if TYPE_CHECKING:
        import pandas as pd
    else:
        pd = later("pandas")
"""

from __future__ import annotations

from importlib import import_module
from types import ModuleType


class _Later(ModuleType):
    """Stands for a module until something of it is asked for, and holds what was asked for."""

    def __getattr__(self, name: str) -> object:
        found = getattr(import_module(self.__name__), name)
        setattr(self, name, found)
        return found


def later(name: str) -> ModuleType:
    """Return what stands for a module until it is used: the same attributes, each taken from it when first asked for.

    Any number of threads may ask at once: the import is Python's own, which lets one of them do it.

    Examples
    --------
    >>> later("math").sqrt(9.0)
    3.0
    """
    return _Later(name)
