"""What differs between the partitions of AWS."""

from __future__ import annotations

from typing import Final

_PARTITIONS: Final = (
    ("cn-", "aws-cn"),
    ("us-gov-", "aws-us-gov"),
    ("us-isob-", "aws-iso-b"),
    ("us-isof-", "aws-iso-f"),
    ("us-iso-", "aws-iso"),
    ("eu-isoe-", "aws-iso-e"),
    ("eusc-", "aws-eusc"),
)

SNAP_START: Final = frozenset({"aws"})
"""The partitions whose Lambda has SnapStart: https://docs.aws.amazon.com/lambda/latest/dg/snapstart.html"""


def partition_of(region: str) -> str:
    """The partition of a region.

    Source: https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html
    """
    return next((partition for prefix, partition in _PARTITIONS if region.startswith(prefix)), "aws")
