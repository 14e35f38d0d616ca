"""The function's clock is wrong: AWS refuses what it signs, the authenticator refuses its tokens."""

from __future__ import annotations

from fault import End, Ends, Fault

AREA = "clock"
WRONG_BY_S = 20 * 60
# Not even a dead letter can be sent.
NOTHING_WORKS = Ends(End.RETRY, End.RETRY, End.RETRY, poison=End.RETRY)

FAULTS = tuple(
    Fault(AREA, f"20 minutes {which}, {when}", NOTHING_WORKS, cold=cold, clock_wrong_by_s=seconds)
    for which, seconds in (("behind", -WRONG_BY_S), ("ahead", WRONG_BY_S))
    for when, cold in (("from the start", True), ("while it is warm", False))
)
