"""Does this machine's clock agree with AWS's? A signature is refused, and a token not accepted, where it does not."""

from __future__ import annotations

from datetime import datetime
from email.utils import parsedate_to_datetime

from registrar.doctor.finding import Finding, broken, doubt, well

# AWS refuses a signature that is more than five minutes off (IAM user guide, "Signature Version 4"); a token ends
# fifteen minutes after it was signed, by the clock of the authenticator.
_BROKEN_SECONDS = 300
_DOUBTFUL_SECONDS = 30
_REMEDY = "set this machine's clock by NTP (Lambda's is right by itself)"


def clock(where: str, whose: str, date: str | None, now: datetime) -> Finding:
    """The difference between this clock and the ``Date`` header of an answer that has just come."""
    if not date:
        return doubt(where, "clock", f"{whose} answered without a Date", "compare the clocks by hand")
    skew = (now - parsedate_to_datetime(date)).total_seconds()
    detail = f"this clock is {abs(skew):.0f} s {'ahead of' if skew > 0 else 'behind'} {whose}'s"
    if abs(skew) >= _BROKEN_SECONDS:
        return broken(where, "clock", f"{detail}: signatures and tokens are refused", _REMEDY)
    if abs(skew) >= _DOUBTFUL_SECONDS:
        return doubt(where, "clock", detail, _REMEDY)
    return well(where, "clock", detail)
