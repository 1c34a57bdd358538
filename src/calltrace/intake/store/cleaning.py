"""The files of a store that no state names, and what else lies there.

Files that no state names any more are left for :data:`GRACE_S`, for a reader may have them open and an import may
be about to name them; then :func:`clean` deletes them. What was pruned or forgotten is deleted at once.
"""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

from calltrace.intake.store import manifest, parts
from calltrace.tables.schema import TABLES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from calltrace.intake.store.dataset import Store
    from calltrace.intake.store.manifest import Manifest

GRACE_S = 24 * 3600
KEPT_STATES = 20
"""How many states' files are kept, for readers that hold an older one and for a look back."""

_OF_ROWS = (*TABLES, *map(parts.replaced, TABLES), parts.INTERVALS)
FOLDERS = (*_OF_ROWS, "imports", manifest.FOLDER)
"""What lies at the top of a store, beside the file it is recognised by."""

_OURS = re.compile(
    rf"(?:{'|'.join(_OF_ROWS)})/(?:day=\d{{4}}-\d\d-\d\d/)?(?:\d{{4}}-\d\d-\d\d-)?[0-9a-f]{{20}}\.parquet"
    rf"|imports/[0-9a-f]{{20}}\.json|(?:{manifest.FOLDER}/)?\.new-\w+"
)
"""Names that a store gives its files. Whatever else lies there is somebody else's, and is never touched."""


def foreign(store: Store) -> list[str]:
    """Return what lies at a store's place that no store puts there; hidden files and a disk's own folder apart."""
    known = {*FOLDERS, manifest.MARK, "lost+found"}
    return [name for name in store.place.top() if name not in known and not name.startswith(".")]


def orphans(store: Store, state: Manifest) -> list[str]:
    """Return the files of the store's own that a state does not name: left-overs, which do no harm."""
    named = state.files() | {manifest.MARK}
    return [f.name for f in store.place.listing() if f.name not in named and _OURS.fullmatch(f.name)]


def clean(store: Store, state: Manifest, *, grace_s: float = GRACE_S) -> int:
    """Delete files of the store's own that the state does not name and that are older than the grace.

    Parameters
    ----------
    store : Store
        To clean.
    state : Manifest
        The state it is in.
    grace_s : float
        Files written within so many seconds stay: an import may be about to name them.

    Returns
    -------
    int
        How many were deleted.
    """
    place = store.place
    old = manifest.versions(place)[:-KEPT_STATES]
    kept = state.files() | {manifest.MARK}
    before = time.time() - grace_s
    gone = [
        f.name
        for f in place.listing()
        if f.name not in kept and f.modified < before and _OURS.fullmatch(f.name)
    ]
    place.delete(gone)
    place.delete(manifest.name_of(v) for v in old)
    return len(gone)


def delete_now(store: Store, state: Manifest, files: Iterable[str]) -> None:
    """Delete what a state no longer names, and the older states and left-overs that might still hold it."""
    place = store.place
    place.delete(manifest.name_of(v) for v in manifest.versions(place) if v < state.version)
    place.delete(f for f in files if f not in state.files())
    clean(store, state)
