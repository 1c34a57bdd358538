"""What ``calltrace import`` reads: the paths it is given, else the configured sources, with all that is known of them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from calltrace.classes import dataclass
from calltrace.config.cases import accounts_of, given
from calltrace.errors import UsageError
from calltrace.intake.asked import Given, Known

if TYPE_CHECKING:
    from collections.abc import Sequence

    from calltrace.config.settings import Config
    from calltrace.intake.mapping import Mapping


@dataclass(frozen=True)
class Importable:
    """The arguments of an import, as :meth:`calltrace.intake.store.Store.import_` takes them."""

    paths: list[str | os.PathLike[str] | Given]
    known: Known
    tz: str | None
    region: str
    mapping: str | os.PathLike[str] | Mapping | None


def importable(
    paths: Sequence[str | os.PathLike[str]],
    config: Config,
    *,
    tz: str | None = None,
    mapping: str | os.PathLike[str] | Mapping | None = None,
    year: int | None = None,
) -> Importable:
    """Return what to import, the command line going before the configuration.

    The configuration's store is never among it: it is where the logs go.

    Raises
    ------
    UsageError
        Where there is no path and no source.
    """
    if isinstance(mapping, str) and mapping in config.mappings:
        mapping = config.mappings[mapping].mapping
    chosen: list[str | os.PathLike[str] | Given] = [*paths]
    if not chosen:
        chosen = [*given(config, tz=tz, mapping=mapping, year=year)]
    if not chosen:
        raise UsageError("there is nothing to import", expected="PATH, or [[sources]] in a configuration")
    shared = [(m.match, m.mapping) for m in config.mappings.values() if m.match and m.mapping is not None]
    accounts, _ = accounts_of(config)
    known = Known(accounts, [] if mapping else shared)
    return Importable(chosen, known, tz or config.service.zone or None, config.service.country, mapping)
