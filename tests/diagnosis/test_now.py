"""When a question is asked may be said in words, or be an instant: the verbs take both."""

from __future__ import annotations

from datetime import UTC, datetime

import pandas as pd
import pytest

from audit.quiet import service
from calltrace.diagnosis.audit.run import audit
from calltrace.diagnosis.diagnose import ask
from support import at


@pytest.mark.parametrize("now", ["2026-06-29 06:00", at(28, 6), at(28, 6).tz_convert("Asia/Kolkata"),
                                 datetime(2026, 6, 29, 6, tzinfo=UTC), pd.Timestamp("2026-06-29 06:00")], ids=repr)  # fmt: skip
def test_now_is_words_or_an_instant(now: str | pd.Timestamp) -> None:
    records = service()
    assert ask(records, account="2", now=now).now == at(28, 6)
    assert audit(records, start="2026-06-28", checks=["busy"], now=now).end == at(28, 6)
