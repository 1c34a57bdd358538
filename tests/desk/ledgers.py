"""What the tests of the ledger share: its places, and a report as ``investigate --format json`` writes it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

NOW = datetime(2026, 2, 16, 13, 30, tzinfo=UTC)
NEW_YORK = "America/New_York"


def report(
    cause: str = "lines-not-forwarded",
    *,
    start: datetime = NOW - timedelta(days=3),
    hours: float = 63,
    confidence: float | None = 0.95,
    account: str = "1021",
    **more: Any,
) -> dict[str, Any]:
    """The parts of a report the ledger looks at, and whatever else a test wants kept."""
    return {
        "schema": "calltrace.report/1",
        "command": "investigate",
        "account": {"account": account, "name": "Polar Refrigeration", "numbers": ["+17175550142"]},
        "zone": NEW_YORK,
        "verdict": {
            "cause": cause,
            "party": "client",
            "confidence": confidence,
            "wording": "confirmed",
            "summary": "The client did not forward its lines.",
        },
        "window": {"start": start.isoformat(), "end": (start + timedelta(hours=hours)).isoformat()},
        **more,
    }
