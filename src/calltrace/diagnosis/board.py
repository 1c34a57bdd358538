"""The board check: what became of messages, each with the first trouble it ran into.

A supervisor's board check asks of a message, in this order: was it dispatched at all, in time, to whoever was
on call by the roster as it stood, had that roster been changed only later, did any attempt get through. The
first trouble in that order is the message's trouble. :func:`board` answers for many messages at once; what
the answers mean for a complaint is for the checks to say.

The roster is known only as it stands at export. A shift whose row was changed after the message was taken
tells that the roster then said something else (or the same: that is not recorded), never what.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from calltrace.tables.schema import DISPATCH, ONCALL, conform

if TYPE_CHECKING:
    from calltrace.diagnosis.profile import Profile
    from calltrace.tables.case import Case

State = Literal[
    "unlogged",
    "pending",
    "not-dispatched",
    "late",
    "wrong-person",
    "changed-later",
    "other-address",
    "all-failed",
    "unanswered",
    "handled",
]

REACHED = ("delivered", "acknowledged")
"""Statuses of an attempt that got through."""

DEAD = ("failed", "bounced")
"""Statuses of an attempt the network lost; ``no_answer`` is neither: the address worked, nobody took it."""

AS_A_RULE, LEAST_RULE = 0.8, 5
"""Share of an account's messages to whoever was on call that went to the roster's own contact, of at least so many, from
which they go there as a rule. Where pagers are used that no roster lists, another address is nothing amiss."""

_CHANGE = re.compile(
    r"\b(chang|updat|switch|swap|trad(e|ed|ing)\b|replac|re-?assign|took over|taken over"
    r"|new (on.?call|person|doctor))",
    re.IGNORECASE,
)
_ROSTER = re.compile(r"on.?call|roster|rota\b|rotation|schedul|shift|duty|cover", re.IGNORECASE)
_HINTS: tuple[tuple[State, re.Pattern[str]], ...] = (
    (
        "wrong-person",
        re.compile(
            r"wrong (person|doctor|one|man|woman|number|on.?call|tech|nurse)|not on.?call|off duty",
            re.IGNORECASE,
        ),
    ),
    ("late", re.compile(r"\blate\b|too long|delay|hours? (later|after)|not in time|slow", re.IGNORECASE)),
    (
        "all-failed",
        re.compile(
            r"bounc|fail|undeliver|didn.?t go through|not delivered|dead (number|pager)", re.IGNORECASE
        ),
    ),
    (
        "other-address",
        re.compile(r"(old|former|previous|new|wrong) (number|phone|cell|mobile|pager|e-?mail|address)", re.IGNORECASE),
    ),
    (
        "not-dispatched",
        re.compile(
            r"(nobody|no.?one) (reached|called|told|paged)|never (got|reached|received|called|paged|told)"
            r"|not (dispatched|reached|paged|told)|did ?n.?t (get|receive|reach)|no message",
            re.IGNORECASE,
        ),
    ),
)


def claims_change(claim: str) -> bool:
    """Say whether the client claims that the on-call person had been changed.

    >>> claims_change("we swapped the on-call doctor at noon")
    True
    >>> claims_change("the wrong on-call person was called")
    False
    """
    return bool(_CHANGE.search(claim) and _ROSTER.search(claim))


def claimed(claim: str) -> tuple[State, ...]:
    """Return the troubles a claim's words point at: a weak hint, for clients are often mistaken.

    >>> claimed("the message came far too late")
    ('late',)
    """
    found = [state for state, pattern in _HINTS if pattern.search(claim)]
    if claims_change(claim):
        found.insert(0, "changed-later")
    return tuple(found)


def _name_key(names: pd.Series) -> pd.Series:
    """Return names as they compare: case, titles and stray spaces apart."""
    bare = names.str.casefold().str.replace(r"^(dr|mr|mrs|ms)\.?\s+", "", regex=True)
    return bare.str.replace(r"[\s.]+", " ", regex=True).str.strip()


def _address_key(addresses: pd.Series) -> pd.Series:
    """Return numbers as their digits without a leading 1 or 00, mail addresses in small letters."""
    small = addresses.str.casefold().str.replace(r"[\s()\-.]+(?=[^@]*$)", "", regex=True)
    return small.str.replace(r"^\+", "", regex=True).str.replace(r"^1(?=\d{10}$)", "", regex=True)


def board(
    case: Case, messages: pd.DataFrame, profile: Profile, now: pd.Timestamp | None = None
) -> pd.DataFrame:
    """Tell what became of each message.

    Parameters
    ----------
    case : Case
        Its ``dispatch`` is taken for granted; ``oncall`` and ``accounts`` sharpen the answer.
    messages : DataFrame
        Rows of the messages table.
    profile : Profile
        ``urgent_dispatch_min`` is used where the account sets no time of its own.
    now : Timestamp, optional
        When the question is asked, UTC; no attempt later than this is looked at.

    Returns
    -------
    DataFrame, one row a message, index and columns of ``messages`` and
        ``limit_min`` and ``limit_own`` (whether the account set it), ``first_at``, ``lag_min`` (message taken
        to first attempt), ``attempts``, ``no_answers``, ``reached_at`` (first attempt that got through, NaT
        where none), ``recipient`` and ``address`` (of that attempt, else of the first one), ``escalated``
        (the person on call was tried before), ``on_call`` (names on the roster for the instant it was taken,
        as exported, '' where no shift covers it), ``roster`` (right, wrong, changed-later, undated, no-shift,
        unknown), ``roster_updated_at`` (latest change of those shifts), ``contact`` (what the roster, as it stood when
        the message was taken, gives for the recipient where every attempt went to another number or address, '' else),
        ``to_contact`` (share of the account's other messages that went to the roster's contact, NaN where too few
        tell), ``state`` (see :data:`State`).
    """
    dispatch = case.table("dispatch")
    own = dispatch[dispatch["message_id"].isin(messages["message_id"])]
    if now is not None:
        own = own[own["attempted_at"] <= now]
    own = own.sort_values("attempted_at", kind="stable")
    out = messages.copy()
    _limits(case, out, profile)
    _attempts(own, out)
    _roster(case, own, out)
    _contacts(case, own, out)
    out["state"] = _states(out, dispatch, messages, now)
    return out


def _limits(case: Case, out: pd.DataFrame, profile: Profile) -> None:
    accounts = case.table("accounts").drop_duplicates("account").set_index("account")["dispatch_within_min"]
    own = out["account"].map(accounts).astype("Float64")
    names = {str(a) for a in out["account"].dropna().unique()}
    default = {a: profile.value("urgent_dispatch_min", a) for a in names}
    usual = out["account"].map(default).astype("Float64").fillna(profile.value("urgent_dispatch_min"))
    out["limit_min"] = own.fillna(usual).astype("float64")
    out["limit_own"] = own.notna()


def _attempts(own: pd.DataFrame, out: pd.DataFrame) -> None:
    first = own.drop_duplicates("message_id").set_index("message_id")
    got = (
        own[own["status"].isin(REACHED).fillna(value=False)]
        .drop_duplicates("message_id")
        .set_index("message_id")
    )
    judged = pd.concat([got, first[~first.index.isin(got.index)]])
    ids = out["message_id"]
    out["first_at"] = first["attempted_at"].reindex(ids).array
    out["lag_min"] = (out["first_at"] - out["taken_at"]).dt.total_seconds() / 60
    out["reached_at"] = got["attempted_at"].reindex(ids).array
    out["attempts"] = own["message_id"].value_counts().reindex(ids).fillna(0).astype("int64").array
    for name, statuses in (("no_answers", ("no_answer",)), ("dead", DEAD)):
        some = own.loc[own["status"].isin(statuses), "message_id"].value_counts()
        out[name] = some.reindex(ids).fillna(0).astype("int64").array
    out["recipient"] = judged["recipient"].reindex(ids).array
    out["address"] = judged["address"].reindex(ids).array


def _roster(case: Case, own: pd.DataFrame, out: pd.DataFrame) -> None:
    """Hold the recipient against the shifts that cover the instant the message was taken."""
    out["on_call"] = pd.Series("", index=out.index, dtype="string")
    out["roster"] = pd.Series("unknown", index=out.index, dtype="string")
    out["roster_updated_at"] = pd.Series(pd.NaT, index=out.index, dtype="datetime64[us, UTC]")
    out["escalated"] = False
    roster = case.table("oncall")
    roster = roster[roster["account"].isin(out["account"].dropna())]
    if roster.empty or out.empty:
        return
    asked = pd.DataFrame(
        {
            "row": np.arange(len(out)),
            "message_id": out["message_id"].to_numpy(),
            "account": out["account"].to_numpy(),
            "taken_at": out["taken_at"].array,
        }
    )
    shifts = asked.merge(conform(roster, ONCALL), on="account")
    shifts = shifts[(shifts["starts_at"] <= shifts["taken_at"]) & (shifts["ends_at"] > shifts["taken_at"])]
    shifts = shifts.assign(
        person_key=_name_key(shifts["person"]), contact_key=_address_key(shifts["contact"])
    )
    tries = conform(own, DISPATCH)[["message_id", "attempted_at", "recipient", "address", "status"]]
    tries = tries.assign(
        person_to=_name_key(tries["recipient"]),
        address_to=_address_key(tries["address"]),
        order=np.arange(len(tries)),
    )
    pairs = shifts[["row", "message_id", "person_key", "contact_key"]].merge(tries, on="message_id")
    fits = (pairs["person_to"] == pairs["person_key"]).fillna(value=False) | (
        pairs["address_to"] == pairs["contact_key"]
    ).fillna(value=False)
    pairs = pairs.assign(fits=fits.astype(bool))
    size = len(out)
    names = shifts.groupby("row")["person"].agg(lambda s: ", ".join(sorted(set(s))))
    covered = np.zeros(size, dtype=bool)
    covered[shifts["row"].unique()] = True
    updated = shifts.groupby("row")["updated_at"].max()
    undated = np.zeros(size, dtype=bool)
    undated[shifts.loc[shifts["updated_at"].isna(), "row"].unique()] = True
    out["on_call"] = (
        pd.Series(names.reindex(range(size)).to_numpy(), index=out.index).astype("string").fillna("")
    )
    out["roster_updated_at"] = pd.Series(updated.reindex(range(size)).array, index=out.index)
    later = (out["roster_updated_at"] > out["taken_at"]).to_numpy()

    known = (out["recipient"].notna() | out["address"].notna()).to_numpy()
    person, address = _name_key(out["recipient"]), _address_key(out["address"])
    shift_rows = shifts["row"].to_numpy()
    to_person, to_address = (
        person.iloc[shift_rows].reset_index(drop=True),
        address.iloc[shift_rows].reset_index(drop=True),
    )
    hit = (to_person == shifts["person_key"].reset_index(drop=True)).fillna(value=False) | (
        to_address == shifts["contact_key"].reset_index(drop=True)
    ).fillna(value=False)
    right = np.zeros(size, dtype=bool)
    right[shift_rows[hit.to_numpy(dtype=bool)]] = True
    verdict = np.select(
        [~known, ~covered, right, later, undated],
        ["unknown", "no-shift", "right", "changed-later", "undated"],
        "wrong",
    )
    out["roster"] = pd.Series(verdict, index=out.index, dtype="string")
    tried = np.zeros(size, dtype=bool)
    tried[pairs.loc[pairs["fits"], "row"].unique()] = True
    out["escalated"] = tried & ~right


def _kind(addresses: pd.Series) -> pd.Series:
    """Return what an address key is: ``mail``, ``number`` or NA where it is neither (a pager's name, a desk)."""
    kind = pd.Series(pd.NA, index=addresses.index, dtype="string")
    kind = kind.mask(addresses.str.contains("@", regex=False).fillna(value=False), "mail")
    return kind.mask(addresses.str.fullmatch(r"\d{7,}").fillna(value=False), "number")


def _to_the_roster(messages: pd.DataFrame, tries: pd.DataFrame, roster: pd.DataFrame) -> pd.DataFrame:
    """Pair attempts to the person on call with what the roster, as it stood, gives for that person.

    Only where both are of one kind, a number or a mail address: ``message_id``, ``account``, ``person_key``, ``contact``
    as written, the key of the address ``used``, and whether it is the ``same``.
    """
    shifts = messages[["message_id", "account", "taken_at"]].merge(conform(roster, ONCALL), on="account")
    stood = (shifts["starts_at"] <= shifts["taken_at"]) & (shifts["ends_at"] > shifts["taken_at"])
    shifts = shifts[stood & (shifts["updated_at"] <= shifts["taken_at"]).fillna(value=False)]
    pairs = shifts.assign(person_key=_name_key(shifts["person"])).merge(
        conform(tries, DISPATCH)[["message_id", "recipient", "address"]], on="message_id")
    pairs = pairs[(pairs["person_key"] == _name_key(pairs["recipient"])).fillna(value=False).astype(bool)]
    given, used = _address_key(pairs["contact"]), _address_key(pairs["address"])
    pairs = pairs.assign(used=used, same=(given == used).fillna(value=False).astype(bool))
    alike = (_kind(given) == _kind(used)).fillna(value=False).astype(bool)
    return pairs.loc[alike | pairs["same"], ["message_id", "account", "person_key", "contact", "used", "same"]]


def _contacts(case: Case, own: pd.DataFrame, out: pd.DataFrame) -> None:
    """Hold the address that attempts to the person on call went to against the one the roster gives."""
    out["contact"] = pd.Series("", index=out.index, dtype="string")
    out["to_contact"] = np.nan
    roster = case.table("oncall")
    roster = roster[roster["account"].isin(out["account"].dropna())]
    right = out[(out["roster"] == "right").fillna(value=False)]
    if roster.empty or right.empty:
        return
    pairs = _to_the_roster(right, own, roster)
    pairs = pairs[~pairs.groupby("message_id")["same"].transform("any")]
    if pairs.empty:
        return
    contact = pairs.drop_duplicates("message_id").set_index("message_id")["contact"]
    out["contact"] = contact.reindex(out["message_id"]).fillna("").astype("string").array
    messages = case.table("messages")
    others = messages[messages["account"].isin(pairs["account"]) & ~messages["message_id"].isin(contact.index)]
    dispatch = case.table("dispatch")
    dispatch = dispatch[dispatch["message_id"].isin(others["message_id"])]
    usual = _to_the_roster(others, dispatch, roster)
    # the same slip on other days is no habit
    slips = pairs[["account", "person_key", "used"]].drop_duplicates().assign(slip=True)
    usual = usual.merge(slips, on=["account", "person_key", "used"], how="left")
    went = usual[usual["slip"].isna()].groupby(["account", "message_id"])["same"].any()
    by_account = went.groupby("account").agg(["mean", "size"])
    rule = by_account.loc[by_account["size"] >= LEAST_RULE, "mean"]
    out["to_contact"] = out["account"].map(rule).astype("float64").where(out["contact"] != "")


def _states(
    out: pd.DataFrame, dispatch: pd.DataFrame, messages: pd.DataFrame, now: pd.Timestamp | None
) -> pd.Series:
    """Name each message's first trouble."""
    limit = pd.to_timedelta(out["limit_min"], unit="min")
    due = out["taken_at"] + limit
    first_logged, last_logged = dispatch["attempted_at"].min(), dispatch["attempted_at"].max()
    if len(messages):
        last_logged = max(last_logged, messages["taken_at"].max())
    if now is not None:
        last_logged = min(last_logged, now)
    none = (out["attempts"] == 0).to_numpy()
    urgent = (out["priority"] == "urgent").fillna(value=False).to_numpy()
    roster = out["roster"]
    state = np.select(
        [
            none & (due < first_logged).to_numpy(),
            none & (due > last_logged).to_numpy(),
            none,
            urgent & (out["lag_min"] > out["limit_min"]).to_numpy(),
            urgent & roster.isin(["wrong", "undated"]).to_numpy(),
            urgent & (roster == "changed-later").to_numpy(dtype=bool),
            urgent & (out["to_contact"] >= AS_A_RULE).to_numpy(),
            (out["dead"] == out["attempts"]).to_numpy(),
            out["reached_at"].isna().to_numpy(),
        ],
        [
            "unlogged",
            "pending",
            "not-dispatched",
            "late",
            "wrong-person",
            "changed-later",
            "other-address",
            "all-failed",
            "unanswered",
        ],
        "handled",
    )
    return pd.Series(state, index=out.index, dtype="string")
