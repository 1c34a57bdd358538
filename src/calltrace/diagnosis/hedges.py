"""The words that go before a finding's cause, by how sure it is: its sentence and its headings use the same."""

from __future__ import annotations

HEDGES = {"likely": "most likely ", "inconclusive": "not settled, perhaps "}
"""None where it is confirmed."""
