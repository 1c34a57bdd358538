"""Runs the commands of a page of the documentation, and compares what they print with what the page says.

A page's ```` ```console ```` blocks show commands after ``$`` and what they print; its ```` ```sh ```` blocks only
commands, which have to succeed. Around them stand comments a reader does not see:

    <!-- it is 2026-02-16T08:20-05:00 -->   from here on that is the present
    <!-- left to the reader -->             the next block is not run

``$ echo $?`` shows the exit code of the command before; whatever else is no ``calltrace`` fails the page. All of a
page runs in one new folder, with ``sample_logs`` in it and a state folder of its own.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from click.testing import CliRunner

from calltrace.cli.main import main

_FENCE = re.compile(r"^```(\w*)$")
_NOW = re.compile(r"^<!-- it is (\S+) -->$")
_NOT_RUN = "<!-- left to the reader -->"


@dataclass
class Block:
    """A block of a page: its lines' numbers (from 0, without the fences), its kind, and the present it runs at."""

    kind: str
    first: int
    lines: list[str] = field(default_factory=list)
    now: str = ""
    run: bool = True


@dataclass(frozen=True)
class Step:
    """One command with what the page says it prints."""

    command: str
    shown: tuple[str, ...]
    said: str


def blocks(text: str) -> list[Block]:
    """Return the fenced blocks of a page, in order."""
    found: list[Block] = []
    now, run, inside = "", True, False
    for number, line in enumerate(text.splitlines()):
        if inside:
            if line == "```":
                inside = False
            else:
                found[-1].lines.append(line)
        elif fence := _FENCE.match(line):
            found.append(Block(fence[1], number + 1, now=now, run=run))
            inside, run = True, True
        elif at := _NOW.match(line):
            now = at[1]
        elif line == _NOT_RUN:
            run = False
    assert not inside, "a block is not closed"
    return found


def steps(block: Block) -> Iterator[Step]:
    """Return the commands of a block, those over several lines made one."""
    marked = block.kind == "console"
    lines = list(block.lines)
    while lines:
        line = lines.pop(0)
        if not line.strip() and not marked:
            continue
        if marked:
            assert line.startswith("$ "), f"{line!r} is printed by no command"
        shown = [line]
        while shown[-1].endswith("\\"):
            shown.append(lines.pop(0))
        said = []
        while marked and lines and not lines[0].startswith("$ "):
            said.append(lines.pop(0))
        command = " ".join(part.removesuffix("\\").strip() for part in shown)
        yield Step(command.removeprefix("$ "), tuple(shown), "\n".join(said))


def walk(
    page: Path, folder: Path, samples: Path, *, kinds: tuple[str, ...] = ("console", "sh")
) -> list[tuple[Step, str]]:
    """Run a page's commands in a folder; return each step whose printing the page shows, with what it printed."""
    (folder / "sample_logs").symlink_to(samples)
    env: dict[str, str | None] = {
        "CALLTRACE_STATE_DIR": "desk",
        "CALLTRACE_USER": "dana",
        "COLUMNS": "100",
        "TZ": "America/New_York",
    }
    runner = CliRunner()
    code = 0
    compared = []
    for block in blocks(page.read_text(encoding="utf-8")):
        if block.kind not in kinds or not block.run:
            continue
        for step in steps(block):
            words = shlex.split(step.command, comments=True)
            if words == ["echo", "$?"]:
                compared.append((step, str(code)))
                continue
            assert words[:1] == ["calltrace"], f"{page.name}: {step.command!r} is not run by this test"
            result = runner.invoke(main, words[1:], env={**env, "CALLTRACE_NOW": block.now or None})
            code = result.exit_code
            if block.kind == "sh":
                assert code == 0, (step.command, result.output)
            else:
                compared.append((step, result.output.rstrip("\n")))
    return compared


def shortened(said: str, printed: str) -> bool:
    """Say whether ``said`` is ``printed`` but for what its lines of "…" stand for: one line or more each."""
    pattern = "".join("(?:.*\n)+" if line == "…" else re.escape(line) + "\n" for line in said.splitlines())
    return re.fullmatch(pattern, f"{printed}\n") is not None


def rewritten(page: Path, walked: list[tuple[Step, str]]) -> str:
    """Return the page with what its commands printed."""
    lines = page.read_text(encoding="utf-8").splitlines()
    left = list(walked)
    for block in reversed(blocks("\n".join(lines))):
        if block.kind != "console" or not block.run:
            continue
        count = sum(1 for _ in steps(block))
        ours, left = left[len(left) - count :], left[: len(left) - count]
        made = [line for step, printed in ours for line in (*step.shown, *printed.splitlines())]
        lines[block.first : block.first + len(block.lines)] = made
    return "\n".join(lines) + "\n"
