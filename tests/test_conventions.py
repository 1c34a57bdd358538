"""The house's own rules: what stands in a tuple stands in a folder, is documented, and fits what it refers to."""

from __future__ import annotations

import ast
import re
import tomllib
from importlib import import_module
from pathlib import Path

import pytest

from calltrace.cli.calls import command as calls
from calltrace.diagnosis import causes, checks, complaints
from calltrace.intake import formats
from calltrace.simulate import CAUSES as SIMULATED

ROOT = Path(__file__).parent.parent
SRC = ROOT / "src" / "calltrace"


def modules(folder: str) -> set[str]:
    """Names of the modules of a folder that are members of a family, without the private ones."""
    return {p.stem for p in (SRC / folder).glob("*.py") if not p.stem.startswith("_")}


@pytest.mark.parametrize(
    ("names", "folder"),
    [(checks.NAMES, "diagnosis/checks"), (causes.NAMES, "diagnosis/causes"), (formats.NAMES, "intake/formats")],
)
def test_the_tuple_names_what_the_folder_holds(names: tuple[str, ...], folder: str) -> None:
    assert {n.replace("-", "_") for n in names} == modules(folder)
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("name", checks.NAMES)
def test_every_check_says_what_it_asks_and_declares_what_it_gives(name: str) -> None:
    module = import_module(f"calltrace.diagnosis.checks.{name.replace('-', '_')}")
    assert len((module.__doc__ or "").split()) >= 30
    check = checks.get(name)
    assert check.facets
    assert all(f.asks.endswith("?") for f in check.facets)
    assert check.complaints
    assert set(check.complaints) <= set(complaints.NAMES)


@pytest.mark.parametrize("name", causes.NAMES)
def test_every_cause_is_whole(name: str) -> None:
    module = import_module(f"calltrace.diagnosis.causes.{name.replace('-', '_')}")
    assert len((module.__doc__ or "").split()) >= 10
    cause = causes.get(name)
    known = {f.name for c in checks.NAMES for f in checks.get(c).facets}
    used = [s.facet for s in cause.signs]
    assert set(used) <= known
    assert len(set(used)) == len(used)
    assert any("for" in (s.found, s.clear) for s in cause.signs), "nothing speaks for it"
    assert any("against" in (s.found, s.clear) for s in cause.signs), "nothing could refute it"
    assert all(s.found or s.clear or s.disputes for s in cause.signs)
    assert cause.asks_next
    assert cause.settled_by
    assert set(cause.neighbours) <= set(causes.NAMES)
    assert set(cause.complaints) <= set(complaints.NAMES)


@pytest.mark.parametrize("name", causes.NAMES)
def test_a_causes_signs_come_from_checks_its_complaints_run(name: str) -> None:
    cause = causes.get(name)
    for complaint in cause.complaints:
        run = {f.name for c in checks.NAMES if complaint in checks.get(c).complaints for f in checks.get(c).facets}
        assert any(s.facet in run and "for" in (s.found, s.clear) for s in cause.signs), complaint


@pytest.mark.parametrize("name", causes.NAMES)
def test_a_next_step_sends_to_no_list_that_may_not_be_there(name: str) -> None:
    """An audit lists no calls, nor does an answer without --verbose: the command that does is named, as it takes them."""
    cause = causes.get(name)
    options = {option for known in calls.params for option in known.opts}
    for step in cause.asks_next:
        assert "listed" not in step
        assert set(re.findall(r"--[a-z-]+", step)) <= options
        assert ("calltrace calls" in step) is ("--" in step)
    if cause.told_by:
        assert cause.told_by in {s.facet for s in cause.signs if s.found == "for"}


def test_facets_have_one_name_each() -> None:
    names = [f.name for c in checks.NAMES for f in checks.get(c).facets]
    assert len(set(names)) == len(names)


def test_every_cause_can_be_simulated_and_every_simulated_one_diagnosed() -> None:
    assert set(SIMULATED) == set(causes.NAMES)


@pytest.mark.parametrize("complaint", [c.name for c in complaints.COMPLAINTS if c.names_cause])
def test_every_complaint_can_end_with_nobody_to_blame(complaint: str) -> None:
    assert any(causes.get(c).party == "nobody" for c in complaints.causes_of(complaint))


def test_times_are_localised_in_one_place() -> None:
    callers = []
    for path in SRC.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "tz_localize" and path.name != "times.py":
                zones = [a.value if isinstance(a, ast.Constant) else "?" for a in node.args]
                if zones not in (["UTC"], [None]):  # those two move no clock
                    callers.append(f"{path.relative_to(SRC)}:{node.lineno}")
    assert callers == []


def test_the_command_line_imports_pandas_in_no_module_top() -> None:
    for path in (SRC / "cli").glob("*.py"):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else (
                [node.module or ""] if isinstance(node, ast.ImportFrom) else [])
            assert not any(n.split(".")[0] in {"pandas", "pyarrow", "numpy"} for n in names), path.name


def test_a_dataclass_is_one_of_ours() -> None:
    """One of the standard library's costs a thousandth of a second at import, and there are hundreds."""
    taken = re.compile(r"^ *(from dataclasses import .*\bdataclass\b|import dataclasses)", re.MULTILINE)
    assert [p.name for p in SRC.rglob("*.py") if taken.search(p.read_text(encoding="utf-8"))] == ["classes.py"]


def test_the_page_on_the_code_names_what_there_is() -> None:
    page = (ROOT / "docs/explanation/how-the-code-is-laid-out.md").read_text()
    (contract,) = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    rooms = re.findall(r"^\| `(\w+)(?:\.py)?` \|", page, flags=re.MULTILINE)
    assert [f"calltrace.{room}" for room in rooms] == contract["layers"]
    there = [p.relative_to(SRC).as_posix() for p in SRC.rglob("*.py")]
    named = re.findall(r"`([a-z_/]+\.py)`", page)
    assert named
    assert [n for n in named if not any(f"/{file}".endswith(f"/{n}") for file in there)] == []


def test_what_to_begin_from_is_there() -> None:
    page = (ROOT / "docs/how-to/extend.md").read_text(encoding="utf-8")
    named = re.findall(r"`(src/calltrace/[\w/]+\.py)`", page)
    assert len(named) >= 7
    assert [n for n in named if not (ROOT / n).is_file()] == []
    shared = re.findall(r"`(_\w+\.py)`", page)
    assert shared
    assert [n for n in shared if not (SRC / "intake/formats" / n).is_file()] == []


def test_a_pages_links_lead_somewhere() -> None:
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    lost = []
    for page in pages:
        text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
        for link in re.findall(r"\]\((?!https?:)([^)\s]+)\)", text):
            file, _, place = link.partition("#")
            target = (page.parent / file).resolve() if file else page
            if not target.exists() or (place and place not in anchors(target)):
                lost.append(f"{page.relative_to(ROOT)}: {link}")
    assert lost == []


def anchors(page: Path) -> set[str]:
    """The names a page's headings go by, as GitHub makes them."""
    titles = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title).strip().lower().replace(" ", "-") for title in titles}
