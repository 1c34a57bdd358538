"""What clients complain of, and which causes each complaint weighs."""

from __future__ import annotations

from functools import cache

from calltrace.classes import dataclass
from calltrace.diagnosis import causes
from calltrace.errors import UsageError


@dataclass(frozen=True)
class Complaint:
    """One kind of complaint: what the client says, what it means on record, and whether a cause is named.

    ``follow_up`` names checks that are run only once the facet ``after`` was found. ``shown_by`` are the facets that would
    show what the client says: where none does, they say so best.
    """

    name: str
    says: str
    means: str
    needs_caller: bool = False
    names_cause: bool = True
    after: str = ""
    follow_up: tuple[str, ...] = ()
    shown_by: tuple[str, ...] = ()


COMPLAINTS: tuple[Complaint, ...] = (
    Complaint("missed-calls", "our customers rang and nobody answered",
              "calls that should have arrived did not, or arrived and never reached an agent",
              after="lost-after-arrival",
              follow_up=("waits", "demand", "staffing", "handling", "ring-outs", "abandonment"),
              shown_by=("calls-arrived", "lost-after-arrival")),
    Complaint("long-ring", "it rings and rings before anybody answers",
              "ring time before the first pick-up (ring_s), apart from any wait after it", shown_by=("own-rings-long",)),
    Complaint("long-hold", "our callers are kept waiting",
              "any waiting after the first answer: in the greeting or queue (queue_s) or on an agent's hold (hold_s)",
              shown_by=("own-waits-long", "own-holds-long")),
    Complaint("abandoned", "our callers give up", "calls whose caller left before an agent, or that ended in an announcement",
              shown_by=("abandoned-more", "ends-in-announcement")),
    Complaint("busy", "our callers get a busy tone", "calls refused at the account's path limit, or that got no trunk",
              shown_by=("refused-busy",)),
    Complaint("dispatch", "the message never reached the right person",
              "messages taken and what became of them: attempts, times, recipients, results, the on-call roster"),
    Complaint("caller-claim", "one caller says they called", "the calls of one number, searched as a person would",
              needs_caller=True, shown_by=("caller-found",)),
    Complaint("high-bill", "our bill is too high",
              "calls, minutes, delivery attempts and calls outside coverage against the account's own earlier weeks",
              shown_by=("bill-rose",)),
    Complaint("rude-operator", "one of your operators was rude",
              "the window's calls with agent, times, who hung up, and recording", names_cause=False),
)

NAMES: tuple[str, ...] = tuple(c.name for c in COMPLAINTS)


def get(name: str) -> Complaint:
    """Return a complaint by name; UsageError naming the known ones otherwise."""
    for complaint in COMPLAINTS:
        if complaint.name == name:
            return complaint
    raise UsageError(f"there is no complaint {name!r}", expected=", ".join(NAMES))


@cache
def causes_of(complaint: str) -> tuple[str, ...]:
    """Return the causes a complaint weighs, in the order of :data:`calltrace.diagnosis.causes.NAMES`; all for ''."""
    if not complaint:
        return causes.NAMES
    return tuple(n for n in causes.NAMES if complaint in causes.get(n).complaints)
