"""What is read when a command is given no PATH. Imports no frames: a command that is given none may end here."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from calltrace.config.settings import Config


def stored(config: Config) -> str:
    """Return the store to read, '' where logs are read instead.

    The configuration's store, once it has been filled; where the configuration names neither a store nor sources,
    the one in the usual place, if there is one.
    """
    from calltrace.intake import store  # noqa: PLC0415 -- not for who gives paths

    if config.store.path:
        return config.store.path if store.is_store(config.store.path) else ""
    usual = "" if config.sources else store.default_place()
    return usual if usual and store.is_store(usual) else ""


def any_known(config: Config) -> bool:
    """Say whether there is anything to read without a PATH."""
    return bool(config.sources or stored(config))
