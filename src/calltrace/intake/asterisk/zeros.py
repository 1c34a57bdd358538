"""Call ids that lost the zeros at their end: a spreadsheet takes ``1786279877.10`` for a number and saves 1786279877.1.

The queue_log beside it has the id as it was. The count behind the point goes up with every channel, so that an id of the
same second that differs in zeros at its end alone is the same one, where the file has no id that ends in a zero at all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from calltrace.intake.asterisk.columns import Texts

_ENDING = r"\.\d*[1-9]0+$"
_ZEROS = r"(\.\d*?[1-9])0+$"


def with_zeros(legs: pd.DataFrame, logged: Texts) -> pd.DataFrame:
    """Return the legs, their ids as the queue_log has them where a spreadsheet cut these.

    Parameters
    ----------
    legs : frame of table "asterisk-legs"
    logged : array of str
        The ids of the queue_log's calls.
    """
    if legs.empty or not len(logged) or "uniqueid" not in legs.columns:
        return legs
    whole = pd.Series(logged, dtype="string").drop_duplicates()
    whole = whole[whole.str.contains(_ENDING, regex=True).fillna(value=False)]
    if whole.empty:
        return legs
    ending = legs["uniqueid"].str.contains(_ENDING, regex=True).fillna(value=False)
    cut = ~ending.groupby(legs["source_file"], observed=True).transform("any")
    if not cut.any():
        return legs
    short = whole.str.replace(_ZEROS, r"\1", regex=True)
    single = ~short.duplicated(keep=False) & ~short.isin(pd.Series(logged, dtype="string"))
    known = dict(zip(short[single], whole[single], strict=True))
    mended = {name: legs[name].mask(cut, legs[name].map(known).astype("string").fillna(legs[name]))
              for name in ("uniqueid", "linkedid") if name in legs.columns}  # fmt: skip
    return legs.assign(**mended)
