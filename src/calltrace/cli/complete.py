"""What the shell offers at TAB: names of accounts, agents, trunk groups and the kinds an option takes.

The names are those of the records last read, kept in a small file of the user's own (readable by nobody else),
so that an answer takes no longer than starting Python. Only clients', agents' and trunk groups' names are kept:
nothing of a caller. ``CALLTRACE_NO_CACHE`` keeps the file from being written.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from click.shell_completion import CompletionItem

if TYPE_CHECKING:
    import click

    from calltrace.tables.case import Case

OUTCOMES = ("answered", "abandoned", "announcement", "busy", "failed", "no_answer", "voicemail", "missed")

MOST = 20_000
"""Names of one kind that are kept; a service has hundreds."""


Completer = Callable[["click.Context", "click.Parameter", str], list[CompletionItem]]
"""What offers words for what was begun."""


def cache_file() -> Path:
    """Return where the names are kept."""
    from platformdirs import user_cache_path

    return user_cache_path("calltrace", appauthor=False) / "names.json"


def remember(case: Case) -> None:
    """Keep the names of a Case for the shell; what goes wrong is nobody's business at this point."""
    if os.environ.get("CALLTRACE_NO_CACHE"):
        return
    from calltrace.desk.people import agents_of, trunk_groups_of
    from calltrace.diagnosis import accounts

    names: dict[str, object] = {
        "accounts": dict(sorted(accounts.known(case).items())[:MOST]),
        "agents": agents_of(case)[:MOST],
        "trunk_groups": trunk_groups_of(case)[:MOST],
    }
    text = json.dumps(names, ensure_ascii=False)
    try:
        file = cache_file()
        if file.exists() and file.read_text(encoding="utf-8") == text:
            return
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh = file.with_name(f".names.{os.getpid()}")
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(text)
        fresh.replace(file)
    except OSError:
        return


def _remembered(kind: str) -> dict[str, str]:
    try:
        found = json.loads(cache_file().read_text(encoding="utf-8")).get(kind, [])
    except (OSError, ValueError, AttributeError):
        return {}
    return dict(found) if isinstance(found, dict) else dict.fromkeys(found, "")


def _fitting(names: dict[str, str], begun: str) -> list[CompletionItem]:
    """Return the names that begin as what was typed does; an account by its id or by its name."""
    wanted = begun.casefold()
    found = [(n, t) for n, t in names.items() if n.casefold().startswith(wanted)]
    if wanted and not wanted.isdigit():
        found += [(t, n) for n, t in names.items() if t != n and t.casefold().startswith(wanted)]
    return [CompletionItem(_typed(name), help=told or None) for name, told in found]


def _typed(name: str) -> str:
    """Return a name as it is typed: bash puts in what it is given, the others quote it themselves.

    click's script for bash reads the answer with ``read``, which takes one backslash for itself.
    """
    if os.environ.get("_CALLTRACE_COMPLETE", "").startswith("bash"):
        return re.sub(r"([^\w@%+=:,./-])", r"\\\\\1", name)
    return name


def accounts(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Offer the accounts of the records last read, by id and by name."""
    return _fitting(_remembered("accounts"), incomplete)


def agents(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Offer the agents of the records last read."""
    return _fitting(_remembered("agents"), incomplete)


def trunk_groups(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Offer the trunk groups of the records last read."""
    return _fitting(_remembered("trunk_groups"), incomplete)


def outcomes(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Offer the outcomes a call can have."""
    return _fitting(dict.fromkeys(OUTCOMES, ""), incomplete)


def explained(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Offer every name there is a page of, each with its title; columns once a table's name stands before them."""
    from calltrace.report import explain

    dotted = "." in incomplete
    return _fitting({p.name: p.title for p in explain.pages() if dotted or p.kind not in {"column", "question"}}, incomplete)
