"""What form a result takes, and how bytes get out."""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from calltrace.cli import options, results
from calltrace.cli.main import main
from calltrace.diagnosis import diagnose
from calltrace.report import render
from report import story

STARTS = {
    "html": b"<!doctype html>",
    "markdown": b"# Polar Refrigeration",
    "csv": b"\xef\xbb\xbfcommand,",
    "parquet": b"PAR1",
    "pdf": b"%PDF-",
    "json": b"{",
    "terminal": b"Polar Refrigeration",
}


@pytest.fixture(autouse=True)
def answered(monkeypatch: pytest.MonkeyPatch) -> None:
    """The library answers with the story, whatever is asked; charts are tried elsewhere."""
    monkeypatch.setattr(options, "case", lambda *_a, **_k: "the case")
    monkeypatch.setattr(diagnose, "ask", lambda *_a, **_k: "the question")
    monkeypatch.setattr(diagnose, "diagnose", lambda *_a, **_k: story.diagnosis())
    monkeypatch.setattr("calltrace.report.render._drawing.available", lambda: False)


def run(*args: str) -> Any:
    return CliRunner().invoke(main, ["investigate", "june/", "--account", "1021", *args])


def test_every_format_is_known_here() -> None:
    assert set(STARTS) == set(render.NAMES)


@pytest.mark.parametrize("name", STARTS)
def test_every_format_goes_to_standard_output(name: str) -> None:
    result = run("--format", name)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout_bytes.startswith(STARTS[name])


@pytest.mark.parametrize(
    ("file", "name"),
    [("a.html", "html"), ("a.HTM", "html"), ("a.md", "markdown"), ("a.csv", "csv"), ("a.parquet", "parquet"),
     ("a.pdf", "pdf"), ("a.json", "json"), ("a.txt", "terminal"), ("a", "terminal")],
)  # fmt: skip
def test_the_name_of_the_file_says_the_format(file: str, name: str, tmp_path: Path) -> None:
    result = run("--output", str(tmp_path / file))
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "")
    assert (tmp_path / file).read_bytes().startswith(STARTS[name])


def test_a_name_that_contradicts_the_format_asked_for_is_refused_in_either_order(tmp_path: Path) -> None:
    for file, asked, right in (("a.html", ["--format", "json"], ".json"), ("a.html", ["--json"], ".json"),
                               ("a.xlsx", ["--format", "csv"], ".csv"), ("a.csv", ["--format", "terminal"], ".txt")):
        named = ["--output", str(tmp_path / file)]
        for args in ((*named, *asked), (*asked, *named)):
            refused = run(*args)
            assert (refused.exit_code, refused.stdout, list(tmp_path.iterdir())) == (2, "", [])
            assert f"--format says {asked[-1].strip('-')}, the name" in refused.stderr
            assert f"a name that ends in {right}" in " ".join(refused.stderr.split())


def test_the_format_asked_for_is_written_where_the_name_says_none_or_the_same(tmp_path: Path) -> None:
    for file in ("a", "a.txt", "a.log", "a.json"):
        for args in (["--format", "json"], ["--json"]):
            assert run("-o", str(tmp_path / file), *args).exit_code == 0
            assert (tmp_path / file).read_bytes().startswith(b"{")


def test_who_wants_a_workbook_is_told_what_a_spreadsheet_opens() -> None:
    assert "A spreadsheet opens .csv." in " ".join(run("-o", "a.xlsx").stderr.split())


def test_a_name_the_command_has_no_form_for_is_refused_before_anything_is_read() -> None:
    @click.command()
    @options.format_option(("terminal", "json"))
    @options.output
    def command(format_name: str, output: str) -> None:
        click.echo(f"{format_name} {output}")

    # plain text called .html would be a page with what callers wrote for its markup, called .xlsx nothing that opens
    for file in ("a.pdf", "a.html", "a.csv", "a.xlsx", "a.DOCX"):
        refused = CliRunner().invoke(command, ["-o", file])
        assert (refused.exit_code, refused.stdout) == (2, "")
        assert "'--output'" in refused.stderr
        assert ".json, or .txt" in refused.stderr
    for file, name in (("a.json", "json"), ("a.txt", "terminal"), ("a.log", "terminal"), ("a", "terminal"), ("-", "terminal")):
        assert CliRunner().invoke(command, ["-o", file]).stdout == f"{name} {file}\n"
    asked = CliRunner().invoke(command, ["-o", "a.log", "--format", "json"])
    assert asked.stdout == "json a.log\n"


def test_bytes_are_not_thrown_at_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    class Screen(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr(sys, "stdout", Screen())
    with pytest.raises(click.ClickException, match="--output") as refused:
        results.emit(b"PAR1", None)
    assert refused.value.exit_code == 2


def test_a_file_of_bytes_is_written_whole(tmp_path: Path) -> None:
    results.emit(b"\r\n\x00", str(tmp_path / "a"))
    assert (tmp_path / "a").read_bytes() == b"\r\n\x00"
    assert len(list(tmp_path.iterdir())) == 1


def test_without_the_extra_a_pdf_is_refused_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "typst", None)
    result = run("--format", "pdf")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "pip install 'calltrace-cli[pdf]'" in result.stderr
