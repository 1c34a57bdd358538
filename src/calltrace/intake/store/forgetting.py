"""Forgetting a caller: the number, name and recordings out of every file, and kept out.

What a caller leaves in a store is in the calls (number, name as delivered, recording) and may be in a problem's
words. Messages and attempts to deliver them hold no caller. The calls themselves stay, as of a number withheld: what
happened to the client can still be shown.

An old export that is imported again would bring the number back. So the store remembers which numbers it is to
forget, as keyed hashes: enough to know one when it comes, though whoever has the store and tries every number there
is could find it again. The hashes are the store's owner's alone, like all of it.
"""

from __future__ import annotations

import hashlib
import json
import re
import secrets
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from calltrace.classes import dataclass
from calltrace.errors import UsageError
from calltrace.intake.store import cleaning, manifest, parts
from calltrace.intake.store.places import new_name
from calltrace.tables import phones
from calltrace.tables.written import FORGOTTEN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray

    from calltrace.intake.store.dataset import Store
    from calltrace.intake.store.manifest import Key, Manifest, Part
    from calltrace.tables.problems import Problem

PERSONAL = {
    "calls": ("ani", "redirected_from", "transferred_to"),
    "dispatch": ("address",),
    "oncall": ("contact",),
}
"""Where a caller's number may stand. Numbers dialled (dnis, line tests, accounts) are the service's own."""
WITH_THE_CALLER = ("caller_name", "recording")
"""What goes with the number of the caller."""
_NUMBERS = re.compile(r"\+?\d[\d\-(). ]{5,}\d")


@dataclass(frozen=True)
class ForgetResult:
    """What forgetting took out.

    ``rows_by_table`` counts rows in which something was emptied, ``files_rewritten`` the files that were; ``left``
    is how many files still hold the number after reading everything again: 0, or the proof failed.
    """

    number: str
    rows_by_table: dict[str, int]
    files_rewritten: int
    left: int = 0


def forget(store: Store, number: str) -> ForgetResult:
    """Empty a caller's number, name and recordings wherever the store has them, and keep them out.

    The rewritten files come into force together; the old ones, the older states and all left-overs are deleted at
    once, and then everything is read again. An import that runs meanwhile finds the number in the state it puts its
    own work on, and leaves it out.

    Parameters
    ----------
    store : Store
        To forget in.
    number : str
        As a person writes it, or E.164.

    Raises
    ------
    UsageError
        For what is no number.
    """
    wanted = phones.one(number)
    if wanted is None or not any(c.isdigit() for c in wanted):
        raise UsageError(f"{number!r} is no number to forget", expected="a caller's number, as +17175551234")
    counts: dict[str, int] = {}
    old: list[str] = []

    def is_it(value: str) -> bool:
        return value == wanted

    def build(state: Manifest) -> Manifest | None:
        counts.clear()
        old.clear()
        changes: dict[Key, Part | None] = {}
        for part in state.parts.values():
            emptied = _emptied_part(store, part, is_it)
            if emptied is None:
                continue
            rows, many = emptied
            table = parts.table_of(part.table)
            counts[table] = counts.get(table, 0) + many
            old.append(part.file)
            changes.update({p.key: p for p in parts.write(store.place, part.table, part.day, rows)})
        imports = tuple(_scrubbed_record(store, i, is_it) for i in state.imports)
        old.extend(a.file for a, b in zip(state.imports, imports, strict=True) if a is not b)
        salt = state.salt or secrets.token_hex(16)
        hashed = _hash(wanted, salt)
        if not changes and imports == state.imports and hashed in state.forgotten:
            return None
        store.place.settle()
        forgotten = tuple(sorted({*state.forgotten, hashed}))
        return replace(state.with_parts(changes), imports=imports, salt=salt, forgotten=forgotten)

    after = manifest.change(store.place, build)
    if old:
        cleaning.delete_now(store, after, old)
        cleaning.clean(store, after, grace_s=-1)
    left = sum(_emptied_part(store, p, is_it) is not None for p in after.parts.values())
    left += sum(_scrubbed_record(store, i, is_it) is not i for i in after.imports)
    return ForgetResult(wanted, counts, len(old), left)


def _hash(number: str, salt: str) -> str:
    return hashlib.blake2b(number.encode(), key=bytes.fromhex(salt), digest_size=16).hexdigest()


def knows(state: Manifest) -> Callable[[str], bool] | None:
    """Return what tells a forgotten number; None where none was ever forgotten."""
    if not state.forgotten:
        return None
    hashes = frozenset(state.forgotten)
    return lambda value: _hash(value, state.salt) in hashes


# --- rows ---------------------------------------------------------------------------------------------------


def emptied(rows: pa.Table, name: str, is_it: Callable[[str], bool]) -> tuple[pa.Table, int]:
    """Return a table's rows without the numbers told by ``is_it``, and how many rows had one."""
    hits = {c: _hits(rows[c], is_it) for c in PERSONAL.get(name, ())}
    anywhere = np.zeros(rows.num_rows, dtype=bool)
    for hit in hits.values():
        anywhere |= hit
    if not anywhere.any():
        return rows, 0
    if name == "calls":
        hits.update(dict.fromkeys(WITH_THE_CALLER, hits["ani"]))
    for column, hit in hits.items():
        place = rows.schema.get_field_index(column)
        values = rows[column].cast(pa.string())
        rows = rows.set_column(place, column, pc.if_else(pa.array(hit), pa.scalar(None, pa.string()), values))
    return rows, int(anywhere.sum())


def _hits(values: pa.ChunkedArray, is_it: Callable[[str], bool]) -> NDArray[np.bool_]:
    coded: Any = values.cast(pa.string()).combine_chunks()
    if isinstance(coded, pa.ChunkedArray):
        coded = coded.combine_chunks() if coded.num_chunks else pa.array([], type=pa.string())
    coded = coded.dictionary_encode()
    words = np.array([is_it(w) for w in coded.dictionary.to_pylist()] + [False], dtype=bool)
    found: NDArray[np.bool_] = words[coded.indices.fill_null(len(words) - 1).to_numpy(zero_copy_only=False)]
    return found


def _emptied_part(store: Store, part: Part, is_it: Callable[[str], bool]) -> tuple[pa.Table, int] | None:
    """Return a part's rows without the number and how many had it; None where none has."""
    columns = PERSONAL.get(parts.table_of(part.table))
    if not columns:
        return None
    told = parts.read(store.place, part, columns)
    if not any(_hits(told[c], is_it).any() for c in columns):
        return None
    return emptied(parts.read(store.place, part), parts.table_of(part.table), is_it)


# --- words --------------------------------------------------------------------------------------------------


def scrubbed(problems: Iterable[Problem], is_it: Callable[[str], bool]) -> tuple[Problem, ...]:
    """Return problems that quote none of the numbers."""
    return tuple(replace(p, saw=FORGOTTEN) if _quotes(p.saw, is_it) else p for p in problems)


def _quotes(text: str, is_it: Callable[[str], bool]) -> bool:
    for found in _NUMBERS.findall(text):
        clean = phones.one(found)
        if clean is not None and is_it(clean):
            return True
    return False


def _scrubbed_record(store: Store, record: manifest.Import, is_it: Callable[[str], bool]) -> manifest.Import:
    """Return an import whose record quotes none of the numbers; the same where it quotes none."""
    document = json.loads(store.place.read(record.file))
    hit = False
    for one in document["problems"]:
        if _quotes(one["saw"], is_it):
            one["saw"] = FORGOTTEN
            hit = True
    if not hit:
        return record
    name = f"imports/{new_name()}.json"
    store.place.write(name, json.dumps(document, ensure_ascii=False, indent=1).encode())
    return replace(record, file=name)
