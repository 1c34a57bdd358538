"""``calltrace drill``: a complaint to practise on, with logs of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from calltrace.cli import options, results

if TYPE_CHECKING:
    from typing import Any

    from calltrace.diagnosis.diagnosis import Diagnosis
    from calltrace.simulate.service import World

# what the client on the phone says; the true cause is never in the words
_WORDS = {
    "missed-calls": "Our callers say nobody answered. You missed our calls.",
    "long-ring": "People tell us it rings and rings before anyone picks up.",
    "long-hold": "Our callers are kept waiting on the line for ages.",
    "abandoned": "Far too many of our callers hung up before anyone spoke to them.",
    "busy": "Our customers get a busy signal.",
    "dispatch": "A message of ours went wrong.",
    "caller-claim": "One of our customers swears they called you.",
    "high-bill": "The bill is much higher than it was. Why?",
}


@click.command("drill", short_help="Practise on an invented complaint.")
@click.option(
    "--seed", type=int, help="Which complaint; drawn where not given, and said, so that it can be repeated."
)
@click.option(
    "--complaint",
    type=options.Choice(sorted(_WORDS)),
    help="What the client complains of; drawn where not given.",
)
@click.option("--answer", metavar="CAUSE", help="Your verdict, instead of being asked for it.")
@click.option(
    "--folder",
    metavar="DIR",
    type=click.Path(file_okay=False),
    help="Where to put the logs; they are kept. A new folder of the system's temporary ones if not given.",
)
@options.tz
def command(
    seed: int | None, complaint: str | None, answer: str | None, folder: str | None, tz: str | None
) -> None:
    """Practise: logs of an invented service, a client on the phone, and your verdict.

    Look into the folder with calltrace or by hand, then name the cause. You are told the truth, and what
    calltrace makes of the same records.

    \b
    Examples:
      calltrace drill
      calltrace drill --complaint dispatch --seed 11 --answer on-call-not-updated
    """  # noqa: D301 -- click's own mark for lines to keep
    import random
    import tempfile

    from calltrace import simulate
    from calltrace.cli.simulate import unclaimed
    from calltrace.errors import UsageError

    if answer is not None and answer not in simulate.CAUSES:
        raise UsageError(f'"{answer}" is no cause', expected=", ".join(simulate.CAUSES))
    if folder:
        unclaimed(folder, "Name another folder.")
    if seed is None:
        seed = random.SystemRandom().randrange(1, 100_000)
    played = _pose(seed, complaint)
    where = folder or tempfile.mkdtemp(prefix=f"drill-{seed}-")
    simulate.write(played, where, truth=False)
    question = played.questions[0]
    truth = played.answers[question["id"]]
    posed = _told(played, question, seed, where)
    if answer is None and results.wants_json():
        results.tell("", **posed)  # a program is asked nothing: it says --answer
        return
    if not results.wants_json():
        click.echo("\n".join(_on_the_phone(posed, complaint)))
    if answer is None:
        answer = _asked(simulate.CAUSES)
    diagnosis = _investigated(where, question, tz)
    results.tell(
        "\n".join(_verdict(answer, truth, posed["zone"], diagnosis)),
        **posed,
        answer=answer,
        right=answer == truth["cause"],
        truth={"cause": truth["cause"], "party": truth["party"], "window": list(truth["window"])},
        summary=diagnosis.summary,
        ranked=[{"cause": r.cause, "party": r.party, "probability": r.probability} for r in diagnosis.ranked],
    )


def _pose(seed: int, complaint: str | None) -> World:
    """Return a world whose one question is of that complaint."""
    import random

    from calltrace import simulate
    from calltrace.errors import UsageError
    from calltrace.simulate.plan import ASKED_FOR, COMPLAINED_OF

    rng = random.Random(seed)
    fits = [c for c in simulate.CAUSES if complaint is None or complaint in COMPLAINED_OF[c]]
    causes = [c for c in fits if c not in ASKED_FOR]
    rng.shuffle(causes)
    for cause in (c for c in fits if c in ASKED_FOR):  # each as likely first as any, and the others in the order they were in
        causes.insert(rng.randint(0, len(causes)), cause)
    for cause in causes:
        try:
            played = simulate.scenario(cause, seed, days=28, accounts=14)
        except UsageError:  # a cause this small service has no place for
            continue
        if complaint is None or played.questions[0]["complaint"] == complaint:
            return played
    raise UsageError(f"no complaint of that kind for seed {seed}", fix="Try another seed.")


def _told(played: World, question: dict[str, Any], seed: int, where: str) -> dict[str, Any]:
    """Return what is told of the complaint before anybody looks: who, what, when, and where the logs are."""
    client = next(c for c in played.clients if c.account == question["account"])
    return {
        "seed": seed,
        "account": client.account,
        "name": client.name,
        "zone": client.zone,
        "complaint": question["complaint"],
        "says": _WORDS[question["complaint"]],
        "from": question["from"],
        "to": question["to"],
        "caller": question.get("caller"),
        "claim": question.get("claim"),
        "logs": str(where),
    }


def _on_the_phone(posed: dict[str, Any], complaint: str | None) -> list[str]:
    """Return the complaint as the lines of a phone call; ``complaint`` is the kind that was asked for."""
    return [
        f"{posed['name']} (account {posed['account']}, zone {posed['zone']}) is on the phone:",
        f'  "{posed["says"]}"',
        f"  from {posed['from'].replace('T', ' ')} to {posed['to'].replace('T', ' ')}, their time"
        + (f"; caller {posed['caller']}" if posed["caller"] is not None else ""),
        *([f"  claim: {posed['claim']}"] if posed["claim"] is not None else []),
        f"Logs: {posed['logs']}",
        f"Again: calltrace drill --seed {posed['seed']}" + (f" --complaint {complaint}" if complaint else ""),
    ]


def _asked(causes: tuple[str, ...]) -> str:
    """Ask for a verdict until it is one of the causes."""
    while True:
        answer = str(click.prompt("What was it? (a cause, or ? for the list)")).strip()
        if answer in causes:
            return answer
        click.echo("  " + "\n  ".join(causes))


def _investigated(where: str, question: dict[str, Any], tz: str | None) -> Diagnosis:
    """Return what the library makes of the same records."""
    from calltrace import investigate

    return investigate(
        (where,),
        account=question["account"],
        complaint=question["complaint"],
        start=question["from"],
        end=question["to"],
        caller=question.get("caller", ""),
        claim=question.get("claim", ""),
        tz=tz,
    )


def _verdict(answer: str, truth: dict[str, Any], zone: str, diagnosis: Diagnosis) -> list[str]:
    """Return, as lines, whether the answer was right, when it really was, and what the records say."""
    import textwrap
    from datetime import datetime
    from zoneinfo import ZoneInfo

    right = answer == truth["cause"]
    start, end = (
        datetime.fromisoformat(t).astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M") for t in truth["window"]
    )
    return [
        "",
        f"You said {answer}: " + ("right." if right else f"it was {truth['cause']} ({truth['party']})."),
        f"It was from {start} to {end}, their time.",
        "",
        *textwrap.wrap(f"What the records say: {diagnosis.summary}", results.terminal_width()),
        *(f"  {r.probability:4.0%}  {r.cause} ({r.party})" for r in diagnosis.ranked[:3]),
        "",
    ]
