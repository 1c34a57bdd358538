"""On which line of a TOML file each key stands, which the standard library's parser does not tell."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

Key = tuple[str | int, ...]


@lru_cache(maxsize=4)
def of_keys(text: str) -> Mapping[Key, int]:
    r"""Return the line (from 1) of every table and key of a valid TOML text.

    Tables of an array have their place in it (from 0) after the array's name. Keys of an inline table, or of a
    value that spans lines, are where their key begins.

    Examples
    --------
    >>> of_keys('[service]\nzone = "UTC"\n[[sources]]\npath = "a"\n[[sources]]\npath = "b"\n')[("sources", 1, "path")]
    6
    """
    found: dict[Key, int] = {}
    counted: dict[Key, int] = {}
    table: Key = ()
    pending = ""
    begun = 0
    for number, line in enumerate(text.split("\n"), 1):
        bare = line.strip()
        if not pending and (not bare or bare.startswith("#")):
            continue
        if not pending and bare.startswith("["):
            table = _header(bare, counted)
            found.setdefault(table, number)
            continue
        begun = begun if pending else number
        pending = f"{pending}{line}\n"
        try:
            said = tomllib.loads(pending)
        except tomllib.TOMLDecodeError:
            continue  # a value that goes on in the next line
        pending = ""
        for key in _keys(said):
            found.setdefault((*table, *key), begun)
    return found


def _header(bare: str, counted: dict[Key, int]) -> Key:
    """Return the table a header begins, the tables of arrays numbered."""
    is_array = bare.startswith("[[")
    names = _first_path(tomllib.loads(bare))
    path: Key = ()
    for i, name in enumerate(names):
        path = (*path, name)
        if i == len(names) - 1 and is_array:
            counted[path] = counted.get(path, -1) + 1
        if path in counted:
            path = (*path, counted[path])
    return path


def _first_path(said: Any) -> list[str]:
    names = []
    while isinstance(said, dict | list) and said:
        if isinstance(said, list):
            said = said[0]
            continue
        name, said = next(iter(said.items()))
        names.append(name)
    return names


def _keys(said: dict[str, Any]) -> list[Key]:
    found: list[Key] = []
    for name, value in said.items():
        found.append((name,))
        if isinstance(value, dict):
            found += [(name, *rest) for rest in _keys(value)]
        elif isinstance(value, list):
            for place, one in enumerate(value):
                if isinstance(one, dict):
                    found += [(name, place), *((name, place, *rest) for rest in _keys(one))]
    return found
