"""What differs between the partitions of AWS."""

from __future__ import annotations

from typing import Final

SNAP_START: Final = frozenset({"aws"})
"""The partitions whose Lambda has SnapStart: https://docs.aws.amazon.com/lambda/latest/dg/snapstart.html"""
