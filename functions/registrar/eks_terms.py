"""EKS's own words for modes, kinds of access entries and access policies, and the time that it takes. Pure."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

CONFIG_MAP: Final = "CONFIG_MAP"
BOTH: Final = "API_AND_CONFIG_MAP"
API: Final = "API"
"""The authentication modes; a cluster goes through them in this order, and never back (EKS user guide)."""

STANDARD: Final = "STANDARD"
"""The kind of access entry that is for people; all others are for nodes."""

SETTLED_AFTER: Final = timedelta(minutes=2)
"""How long an entry stands before what it replaces may go: "several seconds" is all that EKS says of when it counts."""


def access_policy_arn(partition: str, name: str) -> str:
    """The ARN of an access policy (EKS user guide, "Review access policy permissions")."""
    return f"arn:{partition}:eks::aws:cluster-access-policy/{name}"
