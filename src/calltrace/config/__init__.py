"""What a service says of itself once, in one TOML file, so that nobody says it on every command line.

``locate`` finds the file, ``read`` checks it whole and gives a :class:`~calltrace.config.settings.Config`,
``load`` reads the logs as it says, and ``apply`` adds what it knows (accounts, calendars, holidays) to a Case.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from calltrace.config.cases import apply as apply
    from calltrace.config.cases import load as load
    from calltrace.config.places import locate as locate
    from calltrace.config.reader import ConfigError as ConfigError
    from calltrace.config.reader import read as read
    from calltrace.config.settings import Config as Config
    from calltrace.config.settings import MailSettings as MailSettings

_WHERE = {
    "Config": "settings",
    "ConfigError": "reader",
    "MailSettings": "settings",
    "apply": "cases",
    "load": "cases",
    "locate": "places",
    "read": "reader",
}

__all__ = ["Config", "ConfigError", "MailSettings", "apply", "load", "locate", "read"]


def __getattr__(name: str) -> object:
    if name in _WHERE:
        return getattr(import_module(f"calltrace.config.{_WHERE[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
