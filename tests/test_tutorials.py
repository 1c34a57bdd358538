"""Every command of every tutorial is run, and prints what the tutorial says; so does the first page's."""

from __future__ import annotations

from pathlib import Path

import pytest

import walkthrough

PAGES = sorted((Path(__file__).parent.parent / "docs" / "tutorial").glob("*.md"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_tutorial_tells_what_happens(
    page: Path, tmp_path: Path, repo_root: Path, update_golden: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    walked = walkthrough.walk(page, tmp_path, repo_root / "sample_logs")
    if update_golden:
        page.write_text(walkthrough.rewritten(page, walked), encoding="utf-8")
        return
    assert walked, "nothing on the page is compared"
    for step, printed in walked:
        assert printed == step.said, f"{step.command}: `pytest tests/test_tutorials.py --update-golden`"


def test_the_first_page_shows_what_its_command_prints(
    tmp_path: Path, repo_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    ((step, printed),) = walkthrough.walk(
        repo_root / "README.md", tmp_path, repo_root / "sample_logs", kinds=("console",)
    )
    assert walkthrough.shortened(step.said, printed), f"README.md is to show, with … for what it leaves out:\n{printed}"


@pytest.mark.parametrize(
    ("said", "same"),
    [("a\nb\nc\nd", True), ("a\n…\nd", True), ("…\nc\n…", True), ("a\n…\na", False), ("…\nb", False), ("a\nb", False)],
)
def test_what_a_page_leaves_out_is_told_from_what_it_says_wrongly(said: str, same: bool) -> None:
    assert walkthrough.shortened(said, "a\nb\nc\nd") is same


def test_what_a_page_says_wrongly_is_noticed(tmp_path: Path, repo_root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "<!-- it is 2026-02-16T08:20-05:00 -->\n```console\n$ calltrace case due \\\n    --within 2h\nNothing.\n"
        "$ calltrace case show 1\n$ echo $?\n0\n```\n<!-- left to the reader -->\n```sh\nrm -rf /\n```\n",
        encoding="utf-8",
    )
    monkeypatch.chdir(tmp_path)
    (first, due), (_, failed), (_, code) = walkthrough.walk(page, tmp_path, repo_root / "sample_logs")
    assert (first.command, first.said) == ("calltrace case due --within 2h", "Nothing.")
    assert due == "Nothing is due within 2 h."
    assert "there is no ledger" in failed
    assert code == "3"
    made = walkthrough.rewritten(page, [(first, due), (_, code)])
    assert made.startswith("<!-- it is")


@pytest.mark.parametrize("text", ["```console\nprinted\n```\n", "```sh\nls\n```\n", "```sh\ncalltrace nonsense\n```\n"])
def test_a_page_that_can_not_be_run_fails(text: str, tmp_path: Path, repo_root: Path) -> None:
    (tmp_path / "page.md").write_text(text, encoding="utf-8")
    with pytest.raises(AssertionError):
        walkthrough.walk(tmp_path / "page.md", tmp_path, repo_root / "sample_logs")
