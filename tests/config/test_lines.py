from __future__ import annotations

import tomllib
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from calltrace.config import _lines
from calltrace.config.propose import quoted

TEXT = '''# a comment
[service]
name = "x"   # said
[accounts."10 21"]
numbers = [
  "1",
  "2",
]
note = """
[service]
zone = 3
"""
thresholds = { a = 1, b = { c = 2 } }
[[sources]]
path = "a"
[sources.more]
deep = 1
[[sources]]
path = "b"
a.b = 3
'''


def test_keys_are_where_they_begin() -> None:
    found = _lines.of_keys(TEXT)
    assert found["service",] == 2
    assert found["service", "name"] == 3
    assert found["accounts", "10 21"] == 4
    assert found["accounts", "10 21", "numbers"] == 5
    assert found["accounts", "10 21", "note"] == 9
    assert found["accounts", "10 21", "thresholds", "b", "c"] == 13
    assert found["sources", 0, "path"] == 15
    assert found["sources", 0, "more", "deep"] == 17
    assert found["sources", 1, "path"] == 19
    assert found["sources", 1, "a", "b"] == 20


def test_what_looks_like_a_key_within_a_text_is_none() -> None:
    assert ("service", "zone") not in _lines.of_keys(TEXT)


names = st.text(alphabet="abc -1", min_size=1, max_size=4)
values = st.one_of(st.integers(), st.booleans(), st.text(max_size=8))


@given(st.dictionaries(names, st.dictionaries(names, values, max_size=3), max_size=4))
def test_every_key_of_a_file_has_a_line(tables: dict[str, dict[str, Any]]) -> None:
    lines = []
    for table, keys in tables.items():
        lines.append(f"[{quoted(table)}]")
        lines += [f"{quoted(k)} = {quoted(v) if isinstance(v, str) else str(v).lower()}" for k, v in keys.items()]
    text = "\n".join(lines)
    said = tomllib.loads(text)
    found = _lines.of_keys(text)
    for table, keys in said.items():
        assert lines[found[table,] - 1].startswith("[")
        for key in keys:
            assert lines[found[table, key] - 1].startswith(quoted(key))


@given(st.text(max_size=20))
def test_any_text_written_is_read_back(text: str) -> None:
    assert tomllib.loads(f"x = {quoted(text)}") == {"x": text}
