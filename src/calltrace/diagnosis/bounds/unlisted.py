"""An account of the table without any call on record, beside calls of accounts that the table has not: they may be its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from calltrace.diagnosis import hiding
from calltrace.intake import strangers

if TYPE_CHECKING:
    from calltrace.diagnosis.scene import Scene
    from calltrace.tables.case import Case

OF_CALLERS_AND_MESSAGES = (hiding.CLAIM, "dispatch")
"""Complaints that a call or a message answers, whichever account it stands under."""


def perhaps_its_calls(scene: Scene) -> str:
    """Return what is to be said where the account's calls may stand under a name that the table has not; '' else."""
    account, case = scene.account.account, scene.case
    table = case.table("accounts")
    if scene.question.complaint in OF_CALLERS_AND_MESSAGES or account in case.extent.accounts:
        return ""
    if len(case.rows("account", account)) or not (table["account"] == account).any():
        return ""
    told = strangers.told(case.calls, table, case.extent.accounts)
    if not told:
        return ""
    return (
        f"No call is on record under {account}. {told[0].saw[:1].upper()}{told[0].saw[1:]}: one of these may be this client"
        " under another name, so nobody is named.")


def steps(scene: Scene) -> tuple[str, ...]:
    """Return what is to be done where :func:`perhaps_its_calls` says something; nothing else."""
    said = "Write the accounts alike in the calls and in the accounts table, or give its numbers there; then ask again."
    return (said,) if perhaps_its_calls(scene) else ()


def noted(case: Case) -> tuple[str, ...]:
    """Return what an audit says of calls whose accounts are in no row of the accounts table."""
    told = next((p for p in case.problems if p.kind == strangers.KIND), None)
    return () if told is None else (f"{told.saw[:1].upper()}{told.saw[1:]}. {told.fix}",)
