"""TAB, in a real bash; and the file of names behind it, which is its owner's and holds no caller."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from calltrace.cli import complete
from calltrace.cli.main import COMMANDS, main
from support import account, case, steady


@pytest.fixture
def names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The names of a case, remembered in a cache of the test's own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("CALLTRACE_NO_CACHE", raising=False)
    calls = [
        *steady(
            "1021", every_min=600, days=2, agent="Ann Lee", ani="+17175551234", caller_name="Zelda Quimby"
        ),
        *steady("1022", every_min=600, days=2, agent="Bo Day", trunk_group="PRI-B"),
    ]
    complete.remember(case(calls, accounts=[account("1021", name="Polar Refrigeration")]))
    return complete.cache_file()


def tab(line: str, tmp_path: Path) -> list[str]:
    """What bash offers at the end of a line."""
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("no bash here")
    folder = tmp_path / "bin"
    folder.mkdir(exist_ok=True)
    program = folder / "calltrace"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m calltrace "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    script = f"""
        source <(calltrace completion bash)
        COMP_WORDS=({line}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))
        _calltrace_completion calltrace
        printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    env = {**os.environ, "PATH": f"{folder}:{os.environ['PATH']}", "PYTHONPATH": os.pathsep.join(sys.path)}
    ran = subprocess.run(
        [bash, "-c", script], env=env, capture_output=True, text=True, check=True, timeout=60
    )
    assert ran.stderr == ""
    return ran.stdout.split("\n")[:-1]


def test_bash_completes_commands_options_kinds_and_the_names_last_read(names: Path, tmp_path: Path) -> None:
    assert names.exists()
    assert tab("calltrace inves", tmp_path) == ["investigate"]
    assert tab("calltrace calls --agent an", tmp_path) == ["Ann\\ Lee"]
    assert tab("calltrace account pol", tmp_path) == ["Polar\\ Refrigeration"]
    assert tab("calltrace investigate --complaint miss", tmp_path) == ["missed-calls"]


@pytest.mark.parametrize(
    ("complete_", "begun", "offered"),
    [
        (complete.accounts, "10", ["1021", "1022"]),
        (complete.accounts, "POLAR", ["Polar Refrigeration"]),
        (complete.agents, "", ["Ann Lee", "Bo Day"]),
        (complete.trunk_groups, "pri", ["PRI-B"]),
        (complete.outcomes, "m", ["missed"]),
        (complete.accounts, "zel", []),
    ],
)
def test_what_was_begun_is_completed(
    names: Path, complete_: complete.Completer, begun: str, offered: list[str]
) -> None:
    assert [item.value for item in complete_(None, None, begun)] == offered  # type: ignore[arg-type]
    assert names.exists()


def test_the_names_are_their_owners_and_no_caller_is_among_them(names: Path) -> None:
    assert stat.S_IMODE(names.stat().st_mode) == 0o600
    text = names.read_text(encoding="utf-8")
    assert "Quimby" not in text
    assert "7175551234" not in text


def test_a_torn_or_missing_file_offers_nothing(names: Path) -> None:
    names.write_text("{not json", encoding="utf-8")
    assert complete.agents(None, None, "") == []  # type: ignore[arg-type]
    names.unlink()
    assert complete.accounts(None, None, "") == []  # type: ignore[arg-type]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_has_its_script(shell: str) -> None:
    result = CliRunner().invoke(main, ["completion", shell])
    assert (result.exit_code, result.stderr) == (0, "")
    assert "_CALLTRACE_COMPLETE" in result.stdout


def test_another_shell_is_2() -> None:
    result = CliRunner().invoke(main, ["completion", "tcsh"])
    assert (result.exit_code, result.stdout) == (2, "")
    assert "'bash', 'zsh', 'fish'" in result.stderr


def test_every_command_is_offered_without_importing_any() -> None:
    code = (
        "import sys; from calltrace.cli.main import main, COMMANDS; import click;"
        "names = [i.value for i in main.shell_complete(click.Context(main), '')];"
        "assert names == list(COMMANDS), names; assert 'calltrace.cli.calls' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
    assert "completion" in COMMANDS
