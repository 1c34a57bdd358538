from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
import time
from importlib import metadata
from typing import TYPE_CHECKING

import click
import pytest
from click.testing import CliRunner

import calltrace
from calltrace import __version__
from calltrace.cli import main as cli
from calltrace.cli.exits import Exit
from calltrace.cli.process import BROKEN_OFF
from calltrace.errors import CalltraceError, InputError, Location, UnknownAccountError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PYTHON = [sys.executable, "-m", "calltrace"]


def test_a_disk_without_room_is_no_fault_of_the_command_line_or_the_input(raising: dict[str, BaseException]) -> None:
    """A convert, a simulated service, an import into a store: each says it by its own kind of error."""
    for kind, usual in ((UsageError, Exit.USAGE), (InputError, Exit.INPUT)):
        for number, expected in ((errno.ENOSPC, Exit.UNWRITTEN), (errno.EROFS, Exit.UNWRITTEN), (errno.EACCES, usual)):
            raising["error"] = kind("calls.csv can't be written")
            raising["error"].__cause__ = OSError(number, os.strerror(number))
            result = CliRunner().invoke(cli.main, ["fail"])
            assert (result.exit_code, result.stderr) == (expected, "Error: calls.csv can't be written.\n")


@pytest.fixture
def raising(monkeypatch: pytest.MonkeyPatch) -> dict[str, BaseException]:
    """A command ``fail`` that raises what the test puts into the box."""
    box: dict[str, BaseException] = {}

    @click.command("fail")
    def command() -> None:
        raise box["error"]

    monkeypatch.setattr(cli, "failing", command, raising=False)
    monkeypatch.setitem(cli.COMMANDS, "fail", "calltrace.cli.main:failing")
    return box


def test_help_names_every_command() -> None:
    result = CliRunner().invoke(cli.main, ["--help"])
    assert result.exit_code == 0
    for name in cli.COMMANDS:
        assert f"  {name}" in result.stdout


@pytest.mark.parametrize("name", list(cli.COMMANDS))
def test_every_command_has_its_help_and_a_short_one(name: str) -> None:
    found = cli.main.get_command(click.Context(cli.main), name)
    assert found is not None
    assert found.name == name
    assert found.get_short_help_str()
    result = CliRunner().invoke(cli.main, [name, "--help"])
    assert result.exit_code == 0
    assert result.stdout.startswith("Usage: ")


def commands(found: click.Command, *name: str) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Every command that can be run, those of groups with both their names."""
    if isinstance(found, click.Group):
        for inner in found.commands.values():
            yield from commands(inner, *name, str(inner.name))
    else:
        yield name, found


@pytest.mark.parametrize("name", list(cli.COMMANDS))
def test_every_command_can_answer_in_json(name: str) -> None:
    found = cli.main.get_command(click.Context(cli.main), name)
    assert found is not None
    for words, one in commands(found, name):
        assert sum("--json" in param.opts for param in one.params) == 1, words
        assert "--json" in one.get_help(click.Context(one, help_option_names=["-h", "--help"])), words


@pytest.mark.parametrize(
    ("words", "key"),
    [
        (("explain",), "names"),
        (("explain", "lines-not-forwarded"), "pages"),
        (("config", "show"), "settings"),
        (("config", "path"), "usual"),
        (("config", "check"), "found"),
        (("formats",), "formats"),
        (("mail", "status"), "waiting"),
        (("mail", "list"), "messages"),
        (("mail", "flush"), "tried"),
        (("completion", "bash"), "script"),
        (("ack", "--list"), "open"),
    ],
)
def test_json_is_one_document_that_names_its_command(
    words: tuple[str, ...], key: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CALLTRACE_STATE_DIR", str(tmp_path))
    result = CliRunner().invoke(cli.main, [*words, "--json"])
    assert result.exit_code == 0, result.stderr
    document = json.loads(result.stdout)
    if words != ("formats",):
        assert document["schema"] == "calltrace.report/1"
        assert document["command"].split() == list(words[: len(document["command"].split())])
    assert key in document


def test_version_is_said_on_one_line() -> None:
    result = CliRunner().invoke(cli.main, ["--version"])
    assert result.stdout == f"calltrace, version {__version__}\n"


def test_the_version_is_that_of_the_package() -> None:
    assert __version__ == metadata.version("calltrace-cli")


def test_an_unknown_command_gets_the_nearest() -> None:
    result = CliRunner().invoke(cli.main, ["investigat"])
    assert result.exit_code == Exit.USAGE
    assert "investigate" in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (InputError("calls.csv is empty"), 3),
        (UnknownAccountError("no account Polar", fix="Nearest: 1021."), 3),
        (CalltraceError("odd"), 3),
        (UsageError("the window ends before it starts"), 2),
    ],
    ids=lambda e: type(e).__name__,
)
def test_what_can_not_be_worked_with_is_one_sentence_and_a_code(
    raising: dict[str, BaseException], error: CalltraceError, code: int
) -> None:
    raising["error"] = error
    result = CliRunner().invoke(cli.main, ["fail"])
    assert result.exit_code == code
    assert result.stderr == f"Error: {error}\n"
    assert result.stdout == ""


def test_a_name_in_an_error_can_not_steer_the_terminal(raising: dict[str, BaseException]) -> None:
    raising["error"] = InputError("no account \x1b[2J\u202eevil", at=Location("a\nb.csv", 3))
    result = CliRunner().invoke(cli.main, ["fail"])
    assert result.stderr == "Error: a\\nb.csv:3: no account \\x1b[2J\\u202eevil.\n"


def test_a_surprise_keeps_its_traceback(raising: dict[str, BaseException]) -> None:
    raising["error"] = ZeroDivisionError("surprise")
    result = CliRunner().invoke(cli.main, ["fail"])
    assert isinstance(result.exception, ZeroDivisionError)


def test_a_surprise_does_not_look_like_findings() -> None:
    code = (
        "import click\nimport calltrace.cli.main as m\n"
        "@click.command('fail')\ndef fail():\n    raise ZeroDivisionError('surprise')\n"
        "m.failing = fail\nm.COMMANDS['fail'] = 'calltrace.cli.main:failing'\n"
        "import sys\nfrom calltrace.cli.process import script\nsys.argv = ['calltrace', 'fail']\nscript()\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (Exit.BUG, "")
    assert "Traceback" in done.stderr
    assert done.stderr.endswith("ZeroDivisionError: surprise\n")


@pytest.mark.parametrize(
    ("error", "code"), [(KeyboardInterrupt(), Exit.INTERRUPTED), (click.Abort(), Exit.INTERRUPTED)], ids=repr
)
def test_ctrl_c_says_one_line(raising: dict[str, BaseException], error: BaseException, code: Exit) -> None:
    raising["error"] = error
    result = CliRunner().invoke(cli.main, ["fail"])
    assert result.exit_code == code
    assert result.stdout == ""
    assert result.stderr.strip() == "interrupted: nothing was left half-written"


def test_help_needs_neither_pandas_nor_rich() -> None:
    code = (
        "import sys\nfrom calltrace.cli.main import main\n"
        "try:\n    main(['--help'])\nexcept SystemExit as end:\n    assert not end.code, end.code\n"
        "print([m for m in ('pandas', 'numpy', 'rich', 'pyarrow') if m in sys.modules], file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr == "[]\n"
    assert "investigate" in done.stdout


def test_the_package_itself_imports_no_pandas_and_offers_its_verbs() -> None:
    code = (
        "import sys, calltrace\nprint('pandas' in sys.modules, *sorted(dir(calltrace)))\n"
        "print(callable(calltrace.explain))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    named, can = done.stdout.splitlines()
    heavy, *verbs = named.split()
    assert heavy == "False"
    assert {"load", "investigate", "audit", "daily", "explain"} <= set(verbs)
    assert can == "True"


def test_a_reader_that_goes_away_is_no_error() -> None:
    read, write = os.pipe()
    os.close(read)
    try:
        done = subprocess.run(
            [*PYTHON, "explain"], stdout=write, stderr=subprocess.PIPE, text=True, check=False
        )
    finally:
        os.close(write)
    assert (done.returncode, done.stderr) == (Exit.BROKEN_PIPE, "")


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
def test_ctrl_c_in_a_real_process_leaves_no_traceback(tmp_path: Path) -> None:
    started = tmp_path / "started"
    code = (
        "import sys, time, pathlib, click\nimport calltrace.cli.main as m\n"
        "@click.command('wait')\ndef wait():\n"
        f"    pathlib.Path({str(started)!r}).touch()\n    time.sleep(60)\n"
        "m.waiting = wait\nm.COMMANDS['wait'] = 'calltrace.cli.main:waiting'\nm.main(['wait'])\n"
    )
    process = subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE, text=True)
    for _ in range(200):
        if started.exists():
            break
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=20)
    assert (process.returncode, errors.strip()) == (Exit.INTERRUPTED, BROKEN_OFF)


def test_the_errors_a_program_has_to_catch_stand_at_the_door() -> None:
    with pytest.raises(calltrace.InputError, match="does not exist"):
        calltrace.load("no/such/folder")
    assert issubclass(calltrace.InputError, calltrace.CalltraceError)
    assert issubclass(calltrace.UsageError, calltrace.CalltraceError)
    assert set(calltrace.__all__) == set(dir(calltrace))
