"""``calltrace completion``: what makes the shell complete commands, options, accounts and agents at TAB."""

from __future__ import annotations

import click

from calltrace.cli import results

WHERE = {
    "bash": 'eval "$(calltrace completion bash)"   # in ~/.bashrc',
    "zsh": 'eval "$(calltrace completion zsh)"   # in ~/.zshrc, below compinit',
    "fish": "calltrace completion fish > ~/.config/fish/completions/calltrace.fish",
}
"""How each shell is told."""


@click.command("completion", short_help="Print what makes the shell complete at TAB.")
@click.argument("shell", type=click.Choice(list(WHERE)))
def command(shell: str) -> None:
    """Print the script that makes a shell complete commands, options, accounts, agents and trunk groups.

    Names are those of the records last read, kept in a file of your own (CALLTRACE_NO_CACHE=1 keeps none). No
    caller is in it.

    \b
    Examples:
      eval "$(calltrace completion bash)"   # in ~/.bashrc
      eval "$(calltrace completion zsh)"    # in ~/.zshrc, below compinit
      calltrace completion fish > ~/.config/fish/completions/calltrace.fish
    """  # noqa: D301 -- click wants the very character
    from click.shell_completion import BashComplete, FishComplete, ZshComplete

    kind = {"bash": BashComplete, "zsh": ZshComplete, "fish": FishComplete}[shell]
    root = click.get_current_context().find_root().command
    source = kind(root, {}, "calltrace", "_CALLTRACE_COMPLETE").source()
    script = f"{source.rstrip()}\n"
    results.tell(script, shell=shell, script=script)
