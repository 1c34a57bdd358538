"""The findings as Parquet, typed, for a data frame: the columns of :mod:`calltrace.report.render._findings`.

Instants are UTC with microseconds, several texts are a list, unknown is null. Texts stand as the records had them: a
program reads them, and escapes them when it shows them.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from calltrace.report.render._findings import COLUMNS, findings_of

if TYPE_CHECKING:
    from calltrace.report.audit import AuditReport
    from calltrace.report.report import Report


def render(report: Report | AuditReport, **_options: object) -> bytes:
    """Return the findings as one Parquet file; no option is used."""
    import pyarrow as pa  # noqa: PLC0415 - whoever asks for another form should not pay for it
    import pyarrow.parquet as pq  # noqa: PLC0415

    kinds = {
        "text": pa.string(),
        "texts": pa.list_(pa.string()),
        "number": pa.float64(),
        "count": pa.int64(),
        "flag": pa.bool_(),
        "instant": pa.timestamp("us", tz="UTC"),
    }
    schema = pa.schema([(name, kinds[kind]) for name, kind in COLUMNS.items()])
    rows = [
        {n: _unpaired(v) for n, v in row.items()} for row in findings_of(report)
    ]
    out = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows, schema=schema), out, compression="zstd")
    return out.getvalue()


def _unpaired(value: object) -> object:
    """Return a value with texts as UTF-8 can hold them: half a surrogate pair, which some logs have, is written out."""
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode("utf-8")
    return [_unpaired(v) for v in value] if isinstance(value, tuple) else value
