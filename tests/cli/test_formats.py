"""calltrace formats: every format there is, what it tells and how sure that is."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from calltrace.cli.formats import SURE
from calltrace.cli.main import main
from calltrace.intake import formats
from calltrace.tables.schema import TABLES


def test_every_format_is_listed_in_the_order_it_is_tried() -> None:
    result = CliRunner().invoke(main, ["formats", "--format", "json"])
    assert result.exit_code == 0
    document = json.loads(result.stdout)
    assert [f["name"] for f in document["formats"]] == [n.replace("_", "-") for n in formats.NAMES]
    assert all(f["title"] and f["sure"] in SURE for f in document["formats"])


def test_the_page_names_titles_and_what_to_do_with_others() -> None:
    result = CliRunner().invoke(main, ["formats"], env={"COLUMNS": "80"})
    assert result.exit_code == 0
    for name in formats.NAMES:
        assert f"{name.replace('_', '-')} ({formats.get(name).sure}): " in result.stdout
    assert "--map" in result.stdout
    assert "generic (A)" in result.stdout


@pytest.mark.parametrize("name", formats.NAMES)
def test_what_a_format_provides_are_columns_there_are(name: str) -> None:
    for column in formats.get(name).provides:
        table, _, field = column.partition(".")
        assert table in TABLES
        assert not field or field in {c.name for c in TABLES[table].columns}, column
