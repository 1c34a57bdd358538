"""The generated pages under docs/reference are what the code says."""

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path
    from types import ModuleType


@pytest.fixture(scope="module")
def reference(repo_root: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("reference", repo_root / "tools" / "reference.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_no_page_is_stale(reference: ModuleType) -> None:
    assert reference.stale() == [], "run `make docs`"


def test_a_page_out_of_date_or_out_of_place_is_noticed(reference: ModuleType, tmp_path: Path) -> None:
    for name, text in reference.pages().items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert reference.stale(tmp_path) == []
    (tmp_path / "causes.md").write_text("# Causes\n", encoding="utf-8")
    (tmp_path / "old.md").write_text("", encoding="utf-8")
    found = reference.stale(tmp_path)
    assert "+## lines-not-forwarded" in found
    assert "docs/reference/old.md is no page of ours" in found
