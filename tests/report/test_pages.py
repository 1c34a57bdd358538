from __future__ import annotations

from calltrace.report.explain import find, pages
from calltrace.report.pages import Block, blocks, cells_of
from calltrace.report.render._explained import text_of

DOC = """What it says,
in :func:`~calltrace.load` and ``code``::

    a | sample
      indented

========  ======
one       two
========  ======
first     a long
          cell
========  ======

Parameters
----------
counts : DataFrame
    Its columns.
short : bool
    A choice.
"""


def test_a_docstring_falls_into_its_pieces() -> None:
    assert blocks(DOC) == [
        Block("prose", ("What it says,", "in `calltrace.load` and `code`:")),
        Block("sample", ("a | sample", "  indented")),
        Block(
            "table",
            (
                "========  ======",
                "one       two",
                "========  ======",
                "first     a long",
                "          cell",
                "========  ======",
            ),
        ),
        Block("heading", ("Parameters",)),
        Block("term", ("counts : DataFrame", "    Its columns.")),
        Block("term", ("short : bool", "    A choice.")),
    ]


def test_a_table_s_cells_go_on_over_lines() -> None:
    assert cells_of(blocks(DOC)[2]) == [("one", "two"), ("first", "a long cell")]


def test_every_page_keeps_to_the_width() -> None:
    for page in pages():
        for line in text_of((page,), width=70).splitlines():
            assert len(line) <= 70, (page.name, line)


def test_a_page_is_found_once() -> None:
    known = pages()
    assert len(known) > 100
    assert [page.name for page in known if page not in find(page.name, known)] == []
