"""``calltrace case``: the ledger of complaints, findings, promises, credits, agreed changes and follow-up calls."""

from __future__ import annotations

import click

from calltrace.cli.case import entries, looking, opening, upkeep


class InOrder(click.Group):
    """A group that lists its commands in the order a case goes through them."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 -- click's signature
        """Return the commands' names as they were added."""
        return list(self.commands)


@click.group("case", cls=InOrder, short_help="Keep the ledger: complaints, findings, promises, changes.")
def command() -> None:
    """Keep the ledger: what was complained of, what was found, who was told what, what was promised.

    \b
    A case from the complaint to the signed change:
      calltrace case open logs/ --account polar --complaint missed-calls --from "fri 17:00" --to "mon 9:00"
      calltrace case promise 1 "call Ms Keane back with the report" --due 15:00
      calltrace case note 1 "nothing arrived from Friday 17:00 on" --told "Ms Keane" --by phone
      calltrace case kept 1 3
      calltrace case change 1 "forwarding by schedule at the carrier"
      calltrace case sign 1 6 --by "Ms Keane"
      calltrace case follow-up 1 "has every call since then arrived?" --due "next mon 9:00"
      calltrace case close 1 --outcome "forwards by schedule from now on"

    Nothing written is ever overwritten. `calltrace case due` tells what is due.
    """  # noqa: D301 -- click wants the very character


for _made in (
    opening.open_,
    entries.note,
    entries.promise,
    entries.follow_up,
    entries.kept,
    entries.move,
    entries.drop,
    entries.credit,
    entries.change,
    entries.sign,
    opening.attach,
    entries.close,
    entries.reopen,
    looking.show,
    looking.list_,
    looking.due,
    looking.causes,
    looking.export,
    upkeep.prune,
    upkeep.copy,
):
    command.add_command(_made)
