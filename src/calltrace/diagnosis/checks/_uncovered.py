"""The calls of a window that came in because lines were forwarded which should not have been: they are no crowd.

At hours at which a client has its lines at home no call is usual, and the first few of them are many times that. They are its
office's ordinary callers, and how many of these there are by day no record says. Where such calls are usual, the coverage on
file is not how the client forwards, and nothing is said by it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from calltrace.diagnosis.complaints import causes_of
from calltrace.diagnosis.unentered import uncovered

if TYPE_CHECKING:
    from calltrace.diagnosis.checks._chance import Bools
    from calltrace.diagnosis.checks._load import Load
    from calltrace.diagnosis.scene import Scene

HARDLY = 0.05
"""Part of the account's calls at other times that may come outside its coverage for it to be how the client forwards."""


def left_on(scene: Scene, view: Load) -> Bools:
    """Return which of all calls are the account's, of the window, and well outside its coverage.

    None where the complaint does not weigh that its lines were left forwarded: whatever brought them, its callers met what it
    complains of.
    """
    found = np.zeros(len(view.bin), dtype=bool)
    if "forwarding-left-on" not in causes_of(scene.question.complaint):
        return found
    own = np.flatnonzero(view.mine)
    now = (view.bin[own] >= view.first) & (view.bin[own] < view.last)
    at = scene.case.calls["offered_at"]
    out = uncovered(scene, at.iloc[own[now]])
    if out.any() and uncovered(scene, at.iloc[own[~now]]).mean() <= HARDLY:
        found[own[now][out]] = True
    return found
